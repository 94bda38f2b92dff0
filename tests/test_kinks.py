"""The points where a primitive is irregular: its kinks, jumps and poles, and the conventions there."""

from __future__ import annotations

import math
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st
from mpmath import mp, mpf

from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.program import parse
from cgraph_cli.trust import classify, kinks
from cgraph_cli.trust.verdicts import Status
from tests.conftest import explore
from tests.reference import REFERENCE, Operands, Truth, holds, inf, nan


class Kink(NamedTuple):
    """A point where the slopes to the two sides differ (along the first operand), and the partials there."""

    operands: Operands
    left: float
    right: float
    partials: Operands


KINKS = {
    "abs": Kink((0.0,), -1, 1, (0,)),
    "clip": Kink((1.0, 1.0, 3.0), 0, 1, (0.5, 0.5, 0)),
    "min": Kink((2.0, 2.0), 1, 0, (0.5, 0.5)),
    "max": Kink((2.0, 1.0, 2.0, 2.0), 0, 1, (1 / 3, 0, 1 / 3, 1 / 3)),
    "norm": Kink((0.0, 0.0, 0.0), -1, 1, (0, 0, 0)),
    "hypot": Kink((0.0, 0.0), -1, 1, (0, 0)),
    "relu": Kink((0.0,), 0, 1, (0,)),
    "leaky_relu": Kink((0.0, 0.01), 0.01, 1, (0.01, 0)),
    "elu": Kink((0.0, 2.0), 2, 1, (2, 0)),
}

JUMPS = {
    "%": (4.0, 2.0),
    "==": (1.0, 1.0),
    "!=": (1.0, 1.0),
    "<": (1.0, 1.0),
    "<=": (1.0, 1.0),
    ">": (1.0, 1.0),
    ">=": (1.0, 1.0),
    "and": (0.0, 1.0),
    "or": (0.0, 0.0),
    "not": (0.0,),
    "where": (0.0, 1.0, 2.0),
    "sign": (0.0,),
    "floor": (2.0,),
    "ceil": (2.0,),
    "round": (2.5,),
    "trunc": (2.0,),
    "heaviside": (0.0, 0.5),
    "atan2": (0.0, -1.0),
}
"""Points where the value jumps as the first operand passes."""

POLES: dict[str, tuple[Operands, int, int]] = {
    "/": ((1.0, 0.0), 1, 1),
    "^": ((0.0, 0.5), 0, 1),
    "sqrt": ((0.0,), 0, 1),
    "cbrt": ((0.0,), 0, -1),
    "log": ((0.0,), 0, 1),
    "log2": ((0.0,), 0, 1),
    "log10": ((0.0,), 0, 1),
    "log1p": ((-1.0,), 0, 1),
    "logit": ((0.0,), 0, 1),
    "xlogy": ((2.0, 0.0), 1, 1),
    "csc": ((0.0,), 0, -1),
    "cot": ((0.0,), 0, 1),
    "asin": ((1.0,), 0, -1),
    "acos": ((-1.0,), 0, 1),
    "csch": ((0.0,), 0, 1),
    "coth": ((0.0,), 0, 1),
    "acosh": ((1.0,), 0, 1),
    "atanh": ((-1.0,), 0, 1),
    "gamma": ((0.0,), 0, 1),
    "lgamma": ((-3.0,), 0, 1),
    "digamma": ((-2.0,), 0, -1),
    "polygamma": ((2.0, -3.0), 1, 1),
}
"""Points with the index of the operand that reaches the pole, and the side that it comes from."""


def rows_with(column: str) -> set[str]:
    return {name for name, row in PRIMITIVES.items() if getattr(row, column)}


def around(name: str, operands: Operands, index: int = 0) -> list[Any]:
    """Compute the reference's values a little below a point, at it, and a little above."""
    values = []
    with mp.workdps(100):
        for step in (-(mpf(10) ** -40), mpf(0), mpf(10) ** -40):
            moved: list[Any] = [mpf(x) for x in operands]
            moved[index] += step
            values.append(REFERENCE[name](*moved))
    return values


@pytest.mark.parametrize("name", sorted(rows_with("kinks") | set(KINKS)))
def test_kinks(name: str) -> None:
    kink = KINKS[name]
    assert holds(PRIMITIVES[name], "kinks", kink.operands)
    assert not any(holds(PRIMITIVES[name], column, kink.operands) for column in ("jumps", "poles"))
    with mp.workdps(100):
        below, at, above = around(name, kink.operands)
        left, right = (at - below) * mpf(10) ** 40, (above - at) * mpf(10) ** 40
    assert (float(left), float(right)) == pytest.approx((kink.left, kink.right))
    _, *partials = DOUBLE.kernel(name)(*kink.operands)
    assert tuple(partial or 0 for partial in partials) == kink.partials


@pytest.mark.parametrize("name", sorted(rows_with("kinks") | rows_with("beside")))
def test_the_motion_beside_a_kink_is_that_of_the_reference(name: str) -> None:
    row, operands, random = PRIMITIVES[name], KINKS[name].operands, Random(2)
    moving = range(1 if name in ("leaky_relu", "elu") else len(operands))  # the slope `a` is no operand of the kink
    for _ in range(20):
        motion = [random.uniform(-2, 2) if at in moving else 0.0 for at in range(len(operands))]
        with mp.workdps(100):
            step = mpf(10) ** -40
            near, at = (REFERENCE[name](*(mpf(x) + h * d for x, d in zip(operands, motion, strict=True)))
                        for h in (step, 0))  # fmt: skip
            true = float((near - at) / step)
        scope = dict(zip(row.parameters, operands, strict=False))
        scope |= {f"d{parameter}": d for parameter, d in zip(row.parameters, motion, strict=False)}
        if row.variadic:
            tied = [d for x, d in zip(operands, motion, strict=True) if x == at]
            scope = {f"d{at}": d for at, d in enumerate(tied)}
            found = evaluate(parse(row.beside.replace("dx", ", ".join(scope))), scope)
        else:
            graph = parse(row.beside)
            found = evaluate(graph, {each: scope[each] for each in graph.nodes})
        assert found.values[-1] == pytest.approx(true), motion


KINKED = st.recursive(
    st.sampled_from(["x", "y", "z", "0", "2*x", "x - y", "sin(x)", "x*z", "exp(y) - 1", "1"]),
    lambda inner: st.one_of(
        st.builds(
            "{}({})".format, st.sampled_from(["abs", "relu", "leaky_relu", "elu", "exp", "tanh", "sin", "cbrt"]), inner
        ),
        st.builds("{}({}, {})".format, st.sampled_from(["max", "min", "hypot", "norm"]), inner, inner),
        st.builds("clip({}, 0, 2)".format, inner),
        st.builds("clip({}, {}, 0)".format, inner, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
    ),
    max_leaves=6,
)


@explore(60, 1500, KINKED, st.lists(st.sampled_from([0.0, 0.0, 1.0, -1.5, -5e-324]), min_size=3, max_size=3))
def test_sides_by_the_table_are_those_of_samples(text: str, point: list[float]) -> None:
    graph = parse(text)
    given = {name: x for name, x in zip("xyz", point, strict=True) if name in graph.nodes}
    asked = Request(wrt=list(given))
    answers = []
    for find in (kinks.approach_kinks, lambda *_: []):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(classify, "approach_kinks", find)
            answer = report(graph, given, asked)
            answers.append([answer.gradients[0].checked(graph.nodes[name]) for name in given])
    for short, sampled in zip(*answers, strict=True):
        if sampled.verdict.status != Status.UNKNOWN:
            assert short.verdict.status == sampled.verdict.status
            assert short.number == pytest.approx(sampled.number, rel=1e-12, abs=1e-300, nan_ok=True)
            sides = short.verdict.sides or ()
            assert sides == pytest.approx(sampled.verdict.sides or (), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("text", ["y = norm(x)", "y = norm(x, 0*x)", "y = hypot(x, 0)", "y = abs(x)", "y = max(x, -x)"])
def test_the_smallest_numbers_are_beside_a_kink_and_not_at_it(text: str) -> None:
    graph = parse(text)
    for x in (5e-324, -5e-324, 1e-310):
        checked = report(graph, {"x": x}, Request()).gradients[0].checked(graph.nodes["x"])
        assert (checked.number, checked.verdict.status) == (math.copysign(1, x), Status.OK)


@pytest.mark.parametrize(
    ("name", "operands", "partials"),
    [
        ("clip", (3.0, 1.0, 3.0), (0.5, 0, 0.5)),
        ("clip", (0.0, 1.0, 3.0), (0, 1, 0)),
        ("clip", (2.0, 1.0, 3.0), (1, 0, 0)),
        ("clip", (4.0, 1.0, 3.0), (0, 0, 1)),
        ("heaviside", (0.0, 0.5), (0, 1)),
        ("heaviside", (1.0, 0.5), (0, 0)),
        ("relu", (-0.0,), (0,)),
        ("elu", (-0.0, 1.0), (1, 0)),
        ("sqrt", (0.0,), (inf,)),
        ("^", (0.0, 0.3), (inf, 0)),
        ("^", (0.0, 0.5), (inf, 0)),
        ("^", (0.0, 1.0), (1, 0)),
        ("^", (0.0, 2.0), (0, 0)),
        ("^", (-2.0, 3.0), (12, nan)),
        ("^", (-2.0, -1.0), (-0.25, nan)),
        ("xlogy", (0.0, 3.0), (math.log(3.0), 0)),
        ("prod", (0.0, 3.0, 4.0), (12, 0, 0)),
        ("prod", (0.0, 0.0, 4.0), (0, 0, 0)),
        ("prod", (5.0,), (1,)),
        ("logsumexp", (5.0,), (1,)),
        ("logsumexp", (inf, 0.0), (1, 0)),
        ("logsumexp", (-inf, 0.0), (0, 1)),
        ("polygamma", (1.0, inf), (nan, -0.0)),
    ],
)
def test_partials_at_particular_points(name: str, operands: Operands, partials: Operands) -> None:
    _, *found = DOUBLE.kernel(name)(*operands)
    assert [partial or 0 for partial in found] == pytest.approx(partials, rel=1e-15, abs=0, nan_ok=True)


def test_the_power_zero_has_no_slope_at_all() -> None:
    assert DOUBLE.kernel("^")(nan, 0.0)[:2] == (1.0, None)


@pytest.mark.parametrize("name", sorted(rows_with("jumps") | set(JUMPS)))
def test_jumps(name: str) -> None:
    operands = JUMPS[name]
    assert holds(PRIMITIVES[name], "jumps", operands)
    values = around(name, operands)
    assert max(values) - min(values) >= 0.5


@pytest.mark.parametrize("name", sorted(rows_with("poles") | set(POLES)))
def test_poles(name: str) -> None:
    operands, index, side = POLES[name]
    assert holds(PRIMITIVES[name], "poles", operands)
    _, *partials = DOUBLE.kernel(name)(*operands)
    assert not math.isfinite(partials[index])
    slopes = []
    for distance in (mpf(10) ** -20, mpf(10) ** -40):
        moved: list[Any] = [mpf(x) for x in operands]
        with mp.workdps(100):
            moved[index] += side * distance
        truth = Truth(name, tuple(moved))
        truth.scale = 40
        slopes.append(abs(truth.partial(index)))
    assert slopes[1] > 1e9 * slopes[0]


@pytest.mark.parametrize("program", ["where(x > 2, log2(x), 2*x)", "x^2*sign(x - 2)"])
def test_a_hessian_at_a_jump_is_told(program: str, cgraph) -> None:
    answer = cgraph("hessian", program, "--x", "2")
    assert answer.returncode == 3
    assert "undefined" in answer.stdout
    assert "is at a jump" in answer.stdout + answer.stderr
