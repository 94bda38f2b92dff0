"""Programs, points and expectations for the tests of emitted code: many programs go into one file of a target."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli import Graph, RequestError, evaluate, parse
from cgraph_cli.algebras.high import high_precision
from cgraph_cli.emit import load
from cgraph_cli.emit.module import Module
from cgraph_cli.emit.plan import Plan, inputs_of
from cgraph_cli.primitives import PRIMITIVES
from tests.conftest import ROOT
from tests.programs import points, programs

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.7, 40.0, -40.0, 1e3, -1e3, 1e-9, math.inf, -math.inf, math.nan]


class Case(NamedTuple):
    """A program, and the points that it is computed at."""

    text: str
    points: list[list[float]]


@cache
def primitive_cases() -> list[Case]:
    """A program for each primitive, at special points."""
    cases = []
    for row in PRIMITIVES.values():
        if row.name in ("identity", "polygamma"):
            continue
        if row.variadic:
            cases += [Case(f"{row.name}(x, y, z)", _mixed(3)), Case(f"{row.name}(x, y)", _mixed(2))]
        elif row.notation == "call":
            cases.append(Case(f"{row.name}({', '.join('xyz'[: len(row.parameters)])})", _mixed(len(row.parameters))))
        else:
            text = {"neg": "-x", "not": "not x"}.get(row.name, f"x {row.name} y")
            cases.append(Case(text, _mixed(len(row.parameters))))
    return [*cases, *(Case(f"x^{n}", _mixed(1)) for n in ("2", "3", "0.5", "-1", "-2", "7", "1", "0", "inf"))]


@cache
def example_cases() -> list[Case]:
    """The examples at their own point, and at others."""
    cases = []
    for path in sorted((ROOT / "examples").glob("*.cg")):
        text = path.read_text(encoding="utf-8")
        graph = parse(text)
        own = [graph.numbers[node] or 0.0 for node in graph.inputs()]
        cases.append(Case(text, [own, [x + 0.25 for x in own], [0.5 * x + 1 for x in own], [0.0] * len(own)]))
    return cases


def random_cases(count: int) -> list[Case]:
    """Random programs, each at three random points with special numbers among them."""
    cases: list[Case] = []

    @settings(max_examples=count, database=None)
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        text = data.draw(programs())
        names = [name for name in map(parse(text).names.__getitem__, parse(text).inputs()) if name]
        at = [list(data.draw(points(names)).values()) for _ in range(3)]
        cases.append(Case(text, at))

    collect()
    return list({case.text: case for case in cases}.values())


def _mixed(count: int) -> list[list[float]]:
    if count == 1:
        return [[x] for x in [*SPECIAL, 0.1, 0.9, 1.1, 2.0, 5.5, -0.3, -7.2, 12.5, 171.0, 700.0]]
    shifts = [(0, 0, 0), (0, 1, 2), (0, 4, 9), (1, 0, 5), (0, 7, 3), (0, 11, 6)]
    return [[SPECIAL[(at + s) % len(SPECIAL)] for s in shift[:count]] for at in range(len(SPECIAL)) for shift in shifts]


class Emitted(NamedTuple):
    """A case in a target: its text as a function of that name, its points, and the numbers that are expected there."""

    name: str
    text: str
    points: list[list[float]]
    expected: list[list[float | None]]
    program: str
    module: Module


def emitted(cases: list[Case], target: str, dialect: str = "") -> list[Emitted]:
    """Each case that a target can say, as `f0`, `f1`, …; None is expected where doubles have no digits."""
    language = load(target)
    found = []
    for case in cases:
        graph = parse(case.text)
        plan = Plan(graph, graph.default_outputs(), inputs_of(graph))
        name = f"f{len(found)}"
        try:
            module = Module(plan, language, name, dialect=dialect)
        except RequestError:
            continue
        numbers = [expected(module, point) for point in case.points]
        found.append(Emitted(name, module.target.module(module), case.points, numbers, case.text, module))
    return found


def expected(module: Module, point: list[float]) -> list[float | None]:
    """The value and the gradient, where a computation in 30 digits confirms that the doubles have ten."""
    graph = module.graph
    inputs = dict(zip([parameter.name for parameter in module.parameters], point, strict=True))
    inputs = {name: x for name, x in inputs.items() if name in graph.nodes}
    doubles = evaluate(graph, inputs).values
    truth = evaluate(graph, inputs, algebra=high_precision(30)).values
    return [doubles[node] if same(doubles[node], float(truth[node]), 1e-10) else None for node in module.places]


def same(x: float, y: float, tolerance: float) -> bool:
    """Whether two numbers agree, the special ones exactly."""
    if x == y or (x != x and y != y):
        return True
    return math.isfinite(x) and math.isfinite(y) and abs(x - y) <= tolerance * max(abs(x), abs(y)) + 1e-300


def differences(emitted: list[Emitted], got: list[list[list[float]]]) -> list[str]:
    """What came out otherwise than expected."""
    found = []
    for one, rows in zip(emitted, got, strict=True):
        for point, want, row in zip(one.points, one.expected, rows, strict=True):
            wrong = [(x, y) for x, y in zip(want, row, strict=True) if x is not None and not same(x, y, 2e-10)]
            if wrong:
                found.append(f"{one.program!r} at {point}: {wrong[0][0]!r} expected, {wrong[0][1]!r} got")
    return found


def names_of(graph: Graph) -> list[str]:
    """The names of a program's inputs."""
    return [graph.names[node] or "" for node in graph.inputs()]
