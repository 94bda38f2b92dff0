"""Rules are functions: derivatives to third order over every row and pair of rows, against differences of values.

A program composes rows on a line through a point, where many operands are 0, 1 or equal. The truth is that of the
references of `tests/reference.py`, by one-sided differences in many digits; where those of the two sides differ, or a
row is at a kink or a jump, nothing is compared. The graphs of the derivatives are evaluated in high precision: an error
is one of a rule and not of rounding.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import mpmath
import pytest
from mpmath import mp, mpf

from cgraph_cli import parse
from cgraph_cli.core.graph import LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.emit import emit
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.symbolic.differentiate import append_named_derivatives, differentiate
from cgraph_cli.symbolic.program import parse as parse_with_grad
from tests.conftest import heavy
from tests.mpmath_algebra import high_precision
from tests.reference import REFERENCE

ORDERS = 3
NUMBERS = (0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 3.0)
PAIRS = 20_000 if os.environ.get("CGRAPH_ALL_PAIRS") else 400
HIGH = high_precision(60)


class Line(NamedTuple):
    """A program in `t`, which is 0 at the point, and the same function of mpmath's numbers."""

    text: str
    function: Callable[[mpf], Any]


def start(number: float, step: float) -> Line:
    """Begin a line: number + step·t."""
    if step == 0:
        return Line(repr(number), lambda t: mpf(number))
    return Line(f"({number!r} + {step!r}*t)", lambda t: number + step * t)


def clip(x: mpf, lo: mpf, hi: mpf) -> mpf:
    """Clip the reference to the domain."""
    return REFERENCE["clip"](x, lo, hi) if lo <= hi else mp.nan


def apply(row: Primitive, operands: list[Line]) -> Line:
    """Apply an operation to lines."""
    texts = [operand.text for operand in operands]
    if row.notation == "call":
        text = f"{row.name}({', '.join(texts)})"
    elif row.notation == "infix":
        text = f"({texts[0]} {row.name} {texts[1]})"
    else:
        text = f"({ {'neg': '-', 'identity': ''}.get(row.name, row.name + ' ') }{texts[0]})"
    reference = REFERENCE[row.name] if row.name != "clip" else clip
    return Line(text, lambda t: reference(*(operand.function(t) for operand in operands)))


def draw(row: Primitive, rng: random.Random, inner: Line | None = None) -> Line:
    """Draw a row on moving or constant numbers, and on `inner` at one of the places where it can be differentiated."""
    count = rng.randint(1, 3) if row.variadic else len(row.parameters)
    operands = [start(rng.choice(NUMBERS), rng.choice((0.0, 1.0, -2.0))) for _ in range(count)]
    if row.name == "polygamma":
        operands[0] = start(float(rng.randint(0, 2)), 0.0)
    moving = count - 1 if row.name in ("polygamma", "where") else rng.randrange(count)
    operands[moving] = inner or start(rng.choice(NUMBERS), rng.choice((1.0, -2.0)))
    return apply(row, operands)


def sides(line: Line) -> list[Any] | None:
    """Compute the value and derivatives at t = 0, where the two sides agree; None elsewhere."""
    try:
        with mp.workdps(30):
            found = []
            for order in range(ORDERS + 1):
                right, left = (mp.diff(line.function, 0, order, direction=side) for side in (1, -1))
                if not all(isinstance(x, mpf) and mp.isfinite(x) for x in (left, right)):
                    return None
                if abs(left - right) > mpf(10) ** -9 * (1 + abs(left)) or abs(left) > 1e12:
                    return None
                found.append((left + right) / 2)
            return found
    except (ValueError, ZeroDivisionError, OverflowError, TypeError, AttributeError, mpmath.libmp.NoConvergence):
        return None


def derivatives(text: str) -> tuple[Graph, list[int]]:
    """Differentiate a program with respect to t up to the highest order, as nodes of one graph."""
    graph = parse(text)
    places = [graph.output]
    (t,) = graph.inputs()
    for _ in range(ORDERS):
        graph = differentiate(graph, places[-1], [t])
        places.append(graph.outputs[0])
    return graph, places


def is_irregular(text: str) -> bool:
    """Tell whether some operation is at a kink or a jump, or outside its domain, where no rule is enough."""
    graph = parse(text)
    values = evaluate(graph, {"t": 0.0}).values
    for node, operation in enumerate(graph.operations):
        asked = None if operation in LEAVES else DOUBLE.cause(operation)
        if asked and asked(values[node], *(values[o] for o in graph.operands_of(node))) in ("kinks", "jumps", "domain"):
            return True
    return False


def wrong_orders(line: Line) -> list[str] | None:
    """List the orders whose derivative is a wrong number; None where there is no truth."""
    truth = None if is_irregular(line.text) else sides(line)
    if truth is None:
        return None
    graph, places = derivatives(line.text)
    values = evaluate(graph, {"t": 0.0}, algebra=HIGH).values
    found = []
    for order, (place, true) in enumerate(zip(places, truth, strict=True)):
        number = values[place]
        if mpmath.isfinite(number) and abs(number - true) > 1e-6 * (1 + abs(true)):
            found.append(f"order {order} of {line.text}: {mpmath.nstr(number, 8)} for {mpmath.nstr(true, 8)}")
    return found


@pytest.mark.parametrize("draws", [15, pytest.param(60, marks=heavy)])
@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_row(name: str, draws: int) -> None:
    rng = random.Random(name)
    compared, wrong = 0, []
    for _ in range(draws):
        found = wrong_orders(draw(PRIMITIVES[name], rng))
        compared += found is not None
        wrong += found or []
    assert wrong == []
    assert compared


def lines_of_pairs() -> Iterator[Line]:
    rng = random.Random("pairs")
    names = list(PRIMITIVES)
    for _ in range(PAIRS):
        outer, inner = (PRIMITIVES[rng.choice(names)] for _ in range(2))
        yield draw(outer, rng, draw(inner, rng))


def test_pairs_of_rows() -> None:
    compared, wrong = 0, []
    for line in lines_of_pairs():
        found = wrong_orders(line)
        compared += found is not None
        wrong += found or []
    assert wrong == []
    assert compared > PAIRS / 5


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("^", "where(y == 0, none, where(1 <= abs(y) < 2^53 or x == 0, y*x^(y - 1), y*f/x)); xlogy(f, x)"),
        ("xlogy", "log(y); where(x == 0, none, x/y)"),
        ("tanh", "where(x == 0, 1, sech(x)^2)"),
        ("sqrt", "where(x == 1, 0.5, 1/(2*f))"),
    ],
)
def test_a_guard_that_changes_the_slope_is_found(name: str, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = PRIMITIVES[name]
    planted = Primitive(row.signature, row.summary, rule, name=name, domain=row.domain, poles=row.poles)
    monkeypatch.setitem(PRIMITIVES, name, planted)
    rng = random.Random(name)
    assert any(wrong_orders(draw(planted, rng)) for _ in range(40))


@pytest.mark.parametrize(
    ("text", "order", "truth"),
    [
        ("hypot(t, 0)^2", 2, 2),
        ("hypot(2*t, t)^2", 2, 10),
        ("norm(t, 2*t, 0)^2", 2, 10),
        ("exp(-norm(t, t)^2/2)", 2, -2),
        ("log(1 + 3*hypot(t, t)^2)", 2, 12),
        ("h = hypot(t, 0); h*h", 2, 2),
        ("h = norm(t, t); g = h^4; g + h^2/3", 2, 4 / 3),
        ("xlogy(2*(t + 0.5) - 1, 1 + (t + 0.5)^2)", 2, 3.2),
        ("30*(t + 0.5)^(1 - t)*(0.5 - t)^(1 + t)", 1, None),
    ],
)
def test_second_derivatives_of_the_built_in_functions(text: str, order: int, truth: float | None) -> None:
    graph, places = derivatives(text)
    found = evaluate(graph, {"t": 0.0}).values[places[order]]
    if truth is None:
        truth = float(mp.diff(lambda t: 30 * (t + 0.5) ** (1 - t) * (0.5 - t) ** (1 + t), 0))
    assert found == pytest.approx(truth, rel=1e-12)


def test_the_ways_to_a_second_derivative_agree() -> None:
    """`grad(grad())`, `diff --order 2` and the Hessian of emitted code, where a guard once cut a slope off."""
    graph = parse_with_grad("grad(grad(x^y, x), y)")
    assert evaluate(graph, {"x": 2.0, "y": 0.0}).values[graph.output] == 0.5
    for program, point, truth in [
        ("x^y", (2.0, 0.0), [[0.0, 0.5], [0.5, mpmath.log(2) ** 2]]),
        ("hypot(x, y)^2", (0.0, 0.0), [[2.0, 0.0], [0.0, 2.0]]),
        ("xlogy(x, y)", (0.0, 4.0), [[0.0, 0.25], [0.25, 0.0]]),
        ("6*x^(y - 1)*(1 - x)^0", (0.5, 1.0), [[0.0, 12.0], [12.0, 6 * mpmath.log(2) ** 2]]),
    ]:
        scope: dict[str, Any] = {}
        exec(emit(parse(program), "python", hessian=True), scope)
        for row, true in zip(scope["f"](*point)[2], truth, strict=True):
            assert row == pytest.approx([float(x) for x in true], rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("row", [row for row in PRIMITIVES.values() if row.steps], ids=lambda row: row.name)
def test_a_rule_in_steps_is_the_rule(row: Primitive) -> None:
    names = [f"x{at}" for at in range(2 if row.variadic else len(row.parameters))]
    by_rule = differentiate(graph := parse(f"{row.name}({', '.join(names)})"), graph.output, list(graph.inputs()))
    in_steps = graph.copy()
    outputs = append_named_derivatives(in_steps, graph.output, list(graph.inputs()), in_steps=True)
    for numbers in product((-1.0, 0.0, 1.0, 5e-324), repeat=len(names)):
        point = dict(zip(names, numbers, strict=True))
        if row.name == "clip" and point["x1"] > point["x2"]:
            continue
        values, others = evaluate(by_rule, point).values, evaluate(in_steps, point).values
        assert [others[node] for node in outputs] == [values[node] for node in by_rule.outputs], point
