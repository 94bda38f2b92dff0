"""Curves and fields: breaks are found where they are, between the samples too, and nothing is drawn across them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from math import asin, inf, isfinite, pi, sqrt

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import Graph
from cgraph_cli.language.parse import parse
from cgraph_cli.results.over_ranges.curves import Curve, describe, trace
from cgraph_cli.results.over_ranges.fields import Field, survey
from cgraph_cli.results.over_ranges.ranges import InputRange
from cgraph_cli.results.over_ranges.samples import Explorer, simplest_between
from cgraph_cli.trust.probe import Probe
from cgraph_cli.trust.verdicts import Status
from tests.command import run_here


def explore(
    graph: Graph,
    inputs: Mapping[str, float],
    name: str,
    xs: Sequence[float],
    outputs: Sequence[int],
    wrt: Sequence[int],
    progress: Callable[[int, int], None],
) -> list[Curve]:
    """Find the curves of some outputs, and of their derivatives in some nodes, over points of one input."""
    explorer = Explorer(Probe(graph, inputs, outputs, [graph.find(name), *wrt]), name)
    labels = graph.labels()
    return trace(explorer, xs, [labels[each] for each in outputs], [labels[each] for each in wrt], progress)


def ignore(done: int, total: int) -> None:
    pass


def curves(
    program: str, low: float = -3.0, high: float = 3.0, count: int = 401, of: tuple[str, ...] = (), **inputs: float
) -> list[Curve]:
    graph = parse(Source(program))
    outputs = [graph.find(name) for name in of] or [graph.output]
    return explore(graph, inputs, "x", list(InputRange("x", low, high, count)), outputs, [graph.find("x")], ignore)


def breaks(curve: Curve) -> list[tuple[str, float]]:
    return [(at.kind, at.x) for at in curve.breaks]


ZEROS_OF_SINE = [k * pi / 10 for k in range(-9, 10)]

KNOWN = {
    "x^3 - 2*x": [],
    "tanh(100*x)": [],
    "exp(10*x)": [],
    "sin(40*x)": [],
    "sin(x)/x": [],
    "log(1 + exp(500*x))": [],
    "hypot(x, 0.01)": [],
    "abs(x)": [("kink", 0.0)],
    "abs(x - 0.1)": [("kink", 0.1)],
    "abs(x^2 - 2)": [("kink", -sqrt(2)), ("kink", sqrt(2))],
    "abs(sin(10*x))": [("kink", zero) for zero in ZEROS_OF_SINE],
    "sqrt(x^2)": [("kink", 0.0)],
    "hypot(x, 0)": [("kink", 0.0)],
    "max(x, 1 - x)": [("kink", 0.5)],
    "clip(x, -pi/2, 1/3)": [("kink", -pi / 2), ("kink", 1 / 3)],
    "relu(x) + 1/(x - 2)": [("kink", 0.0), ("pole", 2.0)],
    "floor(x/sqrt(2)) + x": [("jump", k * sqrt(2)) for k in range(-2, 3)],
    "round(x)": [("jump", k + 0.5) for k in range(-3, 3)],
    "atan(1/x)": [("jump", 0.0)],
    "where(x < 0.3, sin(x), 2)": [("jump", 0.3)],
    "1/x": [("pole", 0.0)],
    "1/x^2": [("pole", 0.0)],
    "1/(x - sqrt(2))": [("pole", sqrt(2))],
    "1/(x - 0.7)^2": [("pole", 0.7)],
    "tan(x)": [("pole", -pi / 2), ("pole", pi / 2)],
    "gamma(x + 0.05)": [("pole", -k - 0.05) for k in (2, 1, 0)],
    "log(x)": [("pole", 0.0)],
    "log(x - sqrt(2))": [("pole", sqrt(2))],
    "where(x > 0, log(x), x)": [("pole", 0.0)],
    "sqrt(x)": [("pole", 0.0)],
    "cbrt(x)": [("pole", 0.0)],
    "asin(x)": [("pole", -1.0), ("pole", 1.0)],
}


@cache
def known(program: str) -> list[Curve]:
    return curves(program)


@pytest.mark.parametrize("program", KNOWN)
def test_breaks(program: str) -> None:
    value, derivative = known(program)
    expected = KNOWN[program]
    assert [kind for kind, _ in breaks(value)] == [kind for kind, _ in expected]
    assert [x for _, x in breaks(value)] == pytest.approx([x for _, x in expected], abs=1e-9)
    assert breaks(derivative) == breaks(value)


@pytest.mark.parametrize("program", KNOWN)
@pytest.mark.parametrize("order", [0, 1])
def test_nothing_is_drawn_across_a_break(program: str, order: int) -> None:
    curve = known(program)[order]
    parting = ("jump", "pole") if order == 0 else ("kink", "jump", "pole")
    for piece in curve.pieces:
        assert [x for x, _ in piece] == sorted(x for x, _ in piece)
        for (left, _), (right, _) in pairwise(piece):
            assert not any(left < at.x < right for at in curve.breaks if at.kind in parting)


@pytest.mark.parametrize("program", ["sin(x)*exp(-x)", "abs(x^2 - 2)", "tan(x)", "gamma(x + 0.05)", "1/(x - 0.7)^2"])
def test_points_and_slopes_are_the_functions(program: str) -> None:
    value, derivative = curves(program, count=51)
    function = eval(  # one of the programs above
        f"lambda x: {program.replace('^', '**').replace('abs', 'fabs')}", dict(vars(mpmath))
    )
    for curve, order in ((value, 0), (derivative, 1)):
        points = [point for piece in curve.pieces for point in piece[1:-1]]
        for x, number in points[:: max(1, len(points) // 25)]:
            if min((abs(x - at.x) for at in curve.breaks), default=1.0) > 0.01:
                assert number == pytest.approx(float(mpmath.diff(function, x, order)), rel=1e-6, abs=1e-9)


def test_poles_lead_out_of_sight() -> None:
    (value, derivative) = curves("1/x")
    assert [piece[-1] for piece in value.pieces] == [(0.0, -inf), (3.0, 1 / 3)]
    assert [piece[0] for piece in value.pieces] == [(-3.0, -1 / 3), (0.0, inf)]
    assert [piece[0][1] for piece in derivative.pieces] == [-1 / 9, -inf]
    (value, derivative) = curves("sqrt(x)")
    assert isfinite(value.pieces[0][0][1])
    assert derivative.pieces[0][0] == (0.0, inf)
    assert describe(value.breaks[0], "x") == "pole of the slope at x = 0"
    assert curves("tan(x)")[0].view.high < 10


def test_a_kink_tells_its_slopes() -> None:
    ((at,), _) = (curve.breaks for curve in curves("2*max(x, 0) - x/2"))
    assert describe(at, "x") == "kink at x = 0, slopes -0.5 and 1.5"
    assert at.is_exact
    at = curves("abs(x^2 - 2)", 0.0)[0].breaks[0]
    assert at.sides == pytest.approx((-2 * sqrt(2), 2 * sqrt(2)))
    assert not at.is_exact


def test_breaks_belong_to_their_output() -> None:
    found = curves("y = abs(x^2 - 2) + 1/x; z = floor(x) + sqrt(x)", of=("y", "z"))
    assert [curve.label for curve in found] == ["y", "z", "∂y/∂x", "∂z/∂x"]
    assert [kind for kind, _ in breaks(found[0])] == ["kink", "pole", "kink"]
    assert breaks(found[1]) == [("pole", 0.0), ("jump", 1.0), ("jump", 2.0), ("jump", 3.0)]


def test_noise_is_not_taken_for_breaks() -> None:
    terms = "x^7 - 7*x^6 + 21*x^5 - 35*x^4 + 35*x^3 - 21*x^2 + 7*x - 1"  # (x - 1)^7, of which rounding leaves nothing
    assert breaks(curves(terms, 0.99, 1.01, 101)[0]) == []


def test_work_is_bounded() -> None:
    graph = parse(Source("sin(1/x)*exp(sin(1e9*x))"))
    explorer = Explorer(Probe(graph, {}, [graph.output], [graph.find("x")]), "x")
    explorer.explore(list(InputRange("x", -1.0, 1.0, 101)), ignore)
    assert len(explorer.samples) < 101 * 60


def test_no_program_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = parse(Source("abs(x - 0.3)*tan(x)"))
    monkeypatch.setattr("cgraph_cli.language.parse.parse", None)
    assert explore(graph, {}, "x", list(InputRange("x", -2.0, 2.0, 201)), [graph.output], [0], ignore)


@settings(max_examples=40)
@given(st.floats(-2.9, 2.9), st.floats(-4, 4), st.floats(-4, 4))
def test_a_kink_anywhere_is_found(where: float, left: float, right: float) -> None:
    found = curves("where(x < k, a, b)*(x - k)", count=101, k=where, a=left, b=right)[0]
    height = max(abs(left), abs(right))
    if abs(left - right) > 0.2 * height > 0.01:
        assert [at.kind for at in found.breaks] == ["kink"]
        assert found.breaks[0].x == pytest.approx(where, abs=1e-8)
        assert found.breaks[0].sides == pytest.approx((left, right), abs=1e-9)


@settings(max_examples=40)
@given(st.floats(-2.9, 2.9), st.sampled_from(["1/(x - k)", "1/(x - k)^2", "1/abs(x - k)", "tan(x - k + pi/2)"]))
def test_a_pole_anywhere_is_found(where: float, program: str) -> None:
    found = curves(program, max(-3.0, where - 1.2), min(3.0, where + 1.2), 101, k=where)[0]
    assert [at.kind for at in found.breaks] == ["pole"]
    assert found.breaks[0].x == pytest.approx(where, abs=1e-8)
    assert len(found.pieces) == 2


@settings(max_examples=40)
@given(st.floats(-2.9, 2.9), st.floats(0.1, 4))
def test_a_jump_anywhere_is_found(where: float, height: float) -> None:
    found = curves("sin(x) + h*(x > k)", count=101, k=where, h=height)[0]
    assert [at.kind for at in found.breaks] == ["jump"]
    assert found.breaks[0].x == pytest.approx(where, abs=1e-8)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e3))
def test_the_simplest_number_lies_between(low: float, width: float) -> None:
    assert low <= simplest_between(low, low + width) <= low + width


def test_simplest_numbers() -> None:
    assert simplest_between(-1e-13, 1e-13) == 0
    assert simplest_between(0.1 - 1e-13, 0.1 + 1e-13) == 0.1
    assert simplest_between(1.99, 2.3) == 2


def field(program: str, xs: InputRange, ys: InputRange, **inputs: float) -> Field:
    graph = parse(Source(program))
    (found,) = survey(graph, inputs, ("x", "y"), list(xs), list(ys), [graph.output], [], (6, 5), ignore)
    return found


def test_a_field_and_its_arrows() -> None:
    found = field("x^2 + 3*y", InputRange("x", -1.0, 1.0, 5), InputRange("y", 0.0, 1.0, 3))
    assert found.values == [[x * x + 3 * y for x in found.xs] for y in found.ys]
    assert len(found.arrows) == 30
    assert all((arrow.across, arrow.up) == pytest.approx((2 * arrow.x, 3)) for arrow in found.arrows)
    assert found.extremes() == [(0.0, 0.0, 0.0), (4.0, 1.0, 1.0)]


def test_a_field_has_holes_where_it_is_undefined_and_none_at_a_pole() -> None:
    found = field("log(x) + 1/y", InputRange("x", -1.0, 1.0, 4), InputRange("y", -1.0, 1.0, 3))
    assert [[isfinite(number) for number in row] for row in found.values] == [[False, False, True, True]] * 3


def test_derivatives_as_fields() -> None:
    graph = parse(Source("x^2*y"))
    xs, ys = [0.0, 1.0], [2.0, 3.0]
    found = survey(graph, {}, ("x", "y"), xs, ys, [graph.output], [graph.find("x"), graph.find("y")], (3, 3), ignore)
    assert [one.label for one in found] == ["∂%2/∂x", "∂%2/∂y"]
    assert [one.values for one in found] == [[[0.0, 4.0], [0.0, 6.0]], [[0.0, 1.0], [0.0, 1.0]]]
    assert found[0].arrows == []


KINKS = [
    ("max(x, 0.37129 + 1.1*(x - 0.37129))", 0.0, 1.0, 0.37129, Status.KINK),
    ("max(x, 0.37129 + 1.001*(x - 0.37129))", 0.0, 1.0, 0.37129, Status.KINK),
    ("x + 0.01*abs(x - 0.37129)", 0.0, 1.0, 0.37129, Status.KINK),
    ("x + 0.001*relu(sin(x) - 0.3)", 0.0, 1.0, asin(0.3), Status.KINK),
    ("exp(x) + 1e-3*leaky_relu(x^3 - 0.2, 0.5)", 0.0, 1.0, 0.2 ** (1 / 3), Status.KINK),
    ("where(x < 1000, x, 1.001*x - 1)", 300.0, 2900.0, 1000.0, Status.KINK),
    ("where(x < 1000, x, x + 1)", 300.0, 2900.0, 1000.0, Status.JUMP),
    ("where(x < 1000, x, x + 1)", 300.0, 3000.0, 1000.0, Status.JUMP),
    ("x + 1e-3*floor(x*1.7 + 0.1)", 0.0, 1.0, 0.9 / 1.7, Status.JUMP),
    ("x + 1e-3*(x % 0.7)", 0.1, 1.0, 0.7, Status.JUMP),
    ("x + 1e-3*round(x)", 0.0, 1.0, 0.5, Status.JUMP),
    ("x + 1e-3*clip(x, -1, 0.61)", 0.0, 1.0, 0.61, Status.KINK),
    ("x + 1e-3*hypot(x - 0.3331, 0)", 0.0, 1.0, 0.3331, Status.KINK),
]


@pytest.mark.parametrize(("program", "low", "high", "at", "kind"), KINKS, ids=[each[0] for each in KINKS])
def test_small_breaks_are_found_by_the_conditions_of_the_table(
    program: str, low: float, high: float, at: float, kind: Status
) -> None:
    graph = parse(program)
    xs = [low + (high - low) * k / 400 for k in range(401)]
    value, slope = explore(graph, {}, "x", xs, [graph.output], [graph.find("x")], lambda done, total: None)
    for curve in (value, slope):
        assert [(found.kind, found.x) for found in curve.breaks] == [(kind, pytest.approx(at, rel=1e-9))]


@pytest.mark.parametrize(
    "program", ["x + 0*abs(x - 0.5)", "abs(x - 0.5)^3 + x", "where(x < 0.3, x, x)", "max(x, x - 1)"]
)
def test_branches_that_come_to_nothing_are_no_breaks(program: str) -> None:
    graph = parse(program)
    xs = [k / 40 for k in range(41)]
    value, _ = explore(graph, {}, "x", xs, [graph.output], [graph.find("x")], lambda done, total: None)
    assert value.breaks == []


@pytest.mark.parametrize("over", ["x=-2,2", "x=-2:2:4", "x=-2:2:2n", "x=-2,0.1,2"])
def test_a_curve_is_smooth_however_few_points_are_named(over: str) -> None:
    done = run_here(["plot", "y = x^2", "--over", over, "-o", "svg", "--only", "values"])
    paths = re.findall(r'<path[^>]* d="([^"]*)"', done.stdout) + re.findall(r'points="([^"]*)"', done.stdout)
    assert max(len(re.findall(r"-?[\d.]+[ ,]-?[\d.]+", path)) for path in paths) > 100
