"""Programs, points and expectations for the tests of emitted code: many programs go into one file of a target."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from itertools import product
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli import RequestError, evaluate, parse, sweep_reverse
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.emit import load
from cgraph_cli.emit.module import Module
from cgraph_cli.emit.plan import Plan, inputs_of
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import Algebra
from tests.conftest import SCALAR_EXAMPLES
from tests.mpmath_algebra import as_double, high_precision
from tests.programs import points, programs

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.7, 40.0, -40.0, 1e3, -1e3, 1e-9, math.inf, -math.inf, math.nan]

Numbers = tuple[float, ...]

NAMES = """# A name of each kind that some language keeps for itself; */ /* </script> \\ \""" ''' */
lambda = double*let + np + t1 + end + order
def = lambda*f - gradient/value + math*Math + θ^2*Δx - A*a_
erf(def/100)*sqrt(point) + gamma(1 + t2^2/100) + None*int
"""

MORE = [
    NAMES,
    "where(x > 0, sqrt(x), 0) + where(x == 0, 1, sin(x)/x)",
    "f(x) = x/(1 + abs(x)); k = 2*pi; z = f(f(x) - k) % 0.75; z/k",
    "-(-x) - -(x - (y - x)) - (x + y)*-y/(x/y) - -x^2^y + (-x)^2 + (not x)",
    "a = x < y; b = a and not (x == 0 or y); where(b, a + 1, (x > 0) * (y > 0) - (x <= y)) + (a == b) * x",
    "k = 3; m = -k; max(x, k, m) + min(k, x, y) + atan2(k, x) + hypot(x, m) + xlogy(k, y) + k^x + clip(x, m, k)",
    "polygamma(1, x) + polygamma(2, x + 3) + digamma(y)*lgamma(y)",
    "mean(x, y, 3, x*y) + norm(x, y, 4) + logsumexp(x, y, x - y, 1) + prod(x, y, x + y) + sum(x, y, -x)",
    "x1^y2 + hypot(x1, y2)*sqrt(x1) + where(y2 > 0, x1, y2)",
    "unused = 4; x",
    "heaviside(2, x) + elu(-1, x) + where(not heaviside(3, y), x, y)",
    "3",
]


class Case(NamedTuple):
    """A program, and its points."""

    text: str
    points: tuple[Numbers, ...]


@cache
def primitive_cases() -> list[Case]:
    """Make a program for each primitive, at special points."""
    cases = []
    for row in PRIMITIVES.values():
        count = 3 if row.variadic else len(row.parameters)
        if row.name in ("identity", "polygamma"):
            continue
        if row.notation == "call":
            text = f"{row.name}({', '.join('xyz'[:count])})"
        else:
            text = {"neg": "-x", "not": "not x"}.get(row.name, f"x {row.name} y")
        cases.append(Case(text, _special(count)))
    cases += [Case(f"x^{n}", _special(1)) for n in ("2", "3", "0.5", "-1", "-2", "7", "1", "0", "inf")]
    for text in MORE:
        names = [name for name in _inputs(text) if name]
        cases.append(Case(text, _special(len(names)) if len(names) <= 2 else ordinary(len(names))))
    return cases


@cache
def example_cases() -> list[Case]:
    """List the examples at their own points, and at others."""
    cases = []
    for path in SCALAR_EXAMPLES:
        text = path.read_text(encoding="utf-8")
        graph = parse(text)
        own = tuple(graph.numbers[node] or 0.0 for node in graph.inputs())
        others = tuple(x + 0.25 for x in own), tuple(0.5 * x + 1 for x in own), (0.0,) * len(own)
        cases.append(Case(text, (own, *others)))
    return cases


@cache
def random_cases(count: int) -> list[Case]:
    """Make random programs, each at three random points with special numbers among them."""
    cases: dict[str, Case] = {}
    if not count:
        return []

    @settings(max_examples=count, database=None)
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        text = data.draw(programs())
        at = tuple(tuple(data.draw(points(_inputs(text))).values()) for _ in range(3))
        cases[text] = Case(text, at)

    collect()
    return list(cases.values())


def _inputs(text: str) -> list[str]:
    graph = parse(text)
    return [graph.names[node] or "" for node in graph.inputs()]


def _special(count: int) -> tuple[Numbers, ...]:
    if count == 1:
        return tuple((x,) for x in [*SPECIAL, 0.1, 0.9, 1.1, 2.0, 5.5, -0.3, -7.2, 12.5, 171.0, 700.0])
    if count == 2:
        return tuple(product(SPECIAL, repeat=2))
    shifts = [(0, 0, 0), (0, 1, 2), (0, 4, 9), (1, 0, 5), (0, 7, 3), (0, 11, 6)]
    some = range(len(SPECIAL))
    return tuple(tuple(SPECIAL[(at + s) % len(SPECIAL)] for s in shift[:count]) for at in some for shift in shifts)


def ordinary(count: int) -> tuple[Numbers, ...]:
    """Make points without special numbers."""
    return tuple(tuple(0.3 + 0.17 * ((k * step) % 11) for k in range(count)) for step in (1, 3, 7))


class Emitted(NamedTuple):
    """A case in a target: its text as a function of that name, and its results at each of its points.

    A result is None where doubles have no digits.
    """

    name: str
    text: str
    points: tuple[Numbers, ...]
    expected: list[list[float | None]]
    program: str
    module: Module


def emitted(cases: list[Case], target: str, dialect: str = "") -> list[Emitted]:
    """Emit each case as `f0`, `f1`, …; the ones that the target refuses are left out."""
    language = load(target).in_dialect(dialect)
    found = []
    for case in cases:
        graph = parse(case.text)
        plan = Plan(graph, graph.default_outputs(), inputs_of(graph))
        name = f"f{len(found)}"
        try:
            module = Module(plan, language, name)
            text = language.module(module)
        except RequestError:
            continue
        found.append(Emitted(name, text, case.points, expected(case, plan), case.text, module))
    return found


_EXPECTED: dict[Case, list[list[float | None]]] = {}


def expected(case: Case, plan: Plan) -> list[list[float | None]]:
    """Compute values and gradients by the sweeps, confirmed to ten digits by a computation in 30.

    One in 12 digits confirms that this is not luck, which another library's rounding would not share. Neither has more
    than one zero, and so neither confirms a sign that comes from the sign of a zero.
    """
    if case not in _EXPECTED:
        names = [plan.program.names[node] or "" for node in plan.program.inputs()]
        rows = _EXPECTED[case] = []
        for point in case.points:
            inputs = dict(zip(names, point, strict=True))
            found, true, rough = (
                _swept(plan, inputs, each) for each in (DOUBLE, high_precision(30), high_precision(12))
            )
            rows.append(
                [
                    x if same(abs(x), abs(y), 1e-10) and same(abs(y), abs(z), 1e-7) else None
                    for x, y, z in zip(found, true, rough, strict=True)
                ]
            )
    return _EXPECTED[case]


def _swept(plan: Plan, inputs: dict[str, float], algebra: Algebra) -> list[float]:
    """Sweep for the output's value, its gradient, and the second derivatives, from the gradient's program."""
    program = plan.program
    evaluation = evaluate(program, inputs, algebra=algebra)
    adjoints = sweep_reverse(evaluation, {program.output: algebra.number(1.0, "")})
    found = [evaluation.values[program.output], *(adjoints[node] for node in plan.places)]
    if plan.hessian:
        beyond = evaluate(plan.graph, inputs, algebra=algebra).values
        found += [beyond[node] for node in plan.nodes()[len(found) :]]
    return [0.0 if x is None else as_double(x) for x in found]


def same(x: float, y: float, tolerance: float) -> bool:
    """Tell whether two numbers agree, the special ones exactly."""
    if x == y or (x != x and y != y):
        return True
    return math.isfinite(x) and math.isfinite(y) and abs(x - y) <= tolerance * max(abs(x), abs(y)) + 1e-300


def is_rest(x: float, y: float, numbers: Iterable[float]) -> bool:
    """Tell whether a 0 is the rest of terms that cancel in another order, beside the numbers on the way."""
    return x == 0 and abs(y) <= 1e-13 * max((abs(number) for number in numbers if math.isfinite(number)), default=0.0)


def differences(functions: list[Emitted], got: list[list[Numbers]]) -> list[str]:
    """List the unexpected results; a database's NULL is always one."""
    found = []
    for one, rows in zip(functions, got, strict=True):
        for point, want, row in zip(one.points, one.expected, rows, strict=True):
            pairs = zip(want, row, strict=True)
            wrong = [(x, y) for x, y in pairs if y is None or (x is not None and not same(x, y, 2e-10))]
            if any(y for x, y in wrong if not x):
                graph, given = one.module.graph, zip(one.module.parameters, point, strict=True)
                numbers = evaluate(graph, {p.name: x for p, x in given if p.name in graph.nodes}).values
                wrong = [(x, y) for x, y in wrong if y is None or x is None or not is_rest(x, y, numbers)]
            if wrong:
                found.append(f"{one.program!r} at {point}: {wrong[0][0]!r} expected, {wrong[0][1]!r} got")
    return found
