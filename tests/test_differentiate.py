"""The derivative as a program: it computes the numbers of the sweeps, and is no larger than necessary."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.language.parse import parse
from cgraph_cli.symbolic.differentiate import differentiate
from cgraph_cli.symbolic.graph_builder import GraphBuilder, Number
from tests.conftest import SCALAR_EXAMPLES, heavy
from tests.programs import points, programs
from tests.reference import REFERENCE
from tests.test_sweeps import sizes


def derivatives(graph: Graph, inputs: Mapping[str, float], wrt: Sequence[int] | None = None) -> list[float]:
    """Compute the derivative of a program by its program."""
    result = differentiate(graph, graph.output, list(graph.inputs()) if wrt is None else wrt)
    values = evaluate(result, inputs).values
    return [values[node] for node in result.outputs]


def gradient(text: str, **inputs: float) -> dict[str, float]:
    graph = parse(text)
    names = [graph.names[node] or "" for node in graph.inputs()]
    return dict(zip(names, derivatives(graph, inputs), strict=True))


def agree(program: float, sweep: float, bound: float, nodes: int) -> bool:
    """Tell whether two derivatives agree, to the rounding of the products in their sums."""
    if program == sweep or (math.isnan(program) and math.isnan(sweep)):
        return True
    if not math.isfinite(bound):  # a product overflows in one order of its factors, and need not in another
        return True
    return abs(program - sweep) <= 2.0**-48 * nodes * bound + 1e-300


@pytest.mark.parametrize("path", SCALAR_EXAMPLES, ids=lambda path: path.stem)
def test_examples(path) -> None:
    graph = parse(path.read_text(encoding="utf-8"))
    wrt = list(range(len(graph)))
    evaluation = evaluate(graph)
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    assert derivatives(graph, {}, wrt) == pytest.approx(
        [adjoint or 0.0 for adjoint in adjoints], rel=1e-13, abs=0, nan_ok=True
    )


@settings(max_examples=300)
@given(st.data())
def test_random_programs(data: st.DataObject) -> None:
    """With respect to every node, special points included."""
    graph = parse(data.draw(programs()))
    point = data.draw(points([graph.names[node] or "" for node in graph.inputs()]))
    evaluation = evaluate(graph, point)
    adjoints, bounds = sweep_reverse(evaluation, {graph.output: 1.0}), sizes(evaluation, graph.output)
    found = derivatives(graph, point, list(range(len(graph))))
    for node, (program, sweep) in enumerate(zip(found, adjoints, strict=True)):
        if sweep is None:
            assert program == 0, (node, program)
        else:
            assert agree(program, sweep, bounds[node], len(graph)), (node, program, sweep)


# ------------------------------------------------------------------------------------------- special points


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("where(x > 0, sqrt(x), 0)", {"x": 0}, {"x": 0}),
        ("where(x > 0, sqrt(x), 0)", {"x": 4}, {"x": 0.25}),
        ("where(x > 0, 3*exp(sqrt(x)) - sqrt(x), 7*x)", {"x": 0}, {"x": 7}),
        ("where(x > 0, log(x), x) + log(x + 1)", {"x": 0}, {"x": 2}),
        ("y = sqrt(x); where(x > 0, y, 0) + 0*x", {"x": 0}, {"x": 0}),
        ("where(x > 0, log(x), where(x > -1, log(x + 1)/x^0, x^2))", {"x": -1}, {"x": -2}),
        ("y = 1/x; where(x > 0, y, where(x < 0, -y, x))", {"x": 0}, {"x": 1}),
        ("y = 1/x; where(a, y, 0) + where(b, y, 0)", {"x": 0, "a": 0, "b": 0}, {"x": 0, "a": 0, "b": 0}),
        ("y = 1/x; where(a, y, 0) + where(b, y, 0)", {"x": 2, "a": 1, "b": 1}, {"x": -0.5, "a": 0, "b": 0}),
        ("y = 1/x; where(a, y, 0) + where(b, y, 0)", {"x": 2, "a": 0, "b": 1}, {"x": -0.25, "a": 0, "b": 0}),
        ("where(a, where(b, 1/x, x), x^2)", {"x": 0, "a": 1, "b": 0}, {"x": 1, "a": 0, "b": 0}),
        ("where(a, where(b, 1/x, x), x^2)", {"x": 3, "a": 0, "b": 1}, {"x": 6, "a": 0, "b": 0}),
        ("relu(sqrt(x))", {"x": 0}, {"x": 0}),
        ("max(sqrt(x), 1)", {"x": 0}, {"x": 0}),
        ("min(a, b, sqrt(x))", {"a": -1, "b": -1, "x": 0}, {"a": 0.5, "b": 0.5, "x": 0}),
        ("clip(sqrt(x), 1, 2)", {"x": 0}, {"x": 0}),
        ("clip(x, 0, y)", {"x": 0, "y": 1}, {"x": 0.5, "y": 0}),
        ("norm(x, y)", {"x": 0, "y": 0}, {"x": 0, "y": 0}),
        ("norm(sqrt(x), sqrt(y))", {"x": 0, "y": 0}, {"x": 0, "y": 0}),
        ("sqrt(x)^0", {"x": 0}, {"x": 0}),
        ("x^n", {"x": 0, "n": 2}, {"x": 0, "n": 0}),
        ("prod(a, b, c)", {"a": 0, "b": 2, "c": 3}, {"a": 6, "b": 0, "c": 0}),
        ("prod(a, b, c, d, g)", {"a": 0, "b": 2, "c": 3, "d": 1, "g": 5}, {"a": 30, "b": 0, "c": 0, "d": 0, "g": 0}),
        ("prod(a, b, c, d, g)", {"a": 0, "b": 2, "c": 3, "d": 1, "g": 0}, dict.fromkeys("abcdg", 0.0)),
        ("leaky_relu(x, 0)", {"x": -1}, {"x": 0}),
        ("xlogy(a, x)", {"a": 0, "x": 0}, {"a": -math.inf, "x": 0}),
        ("abs(x)", {"x": 0}, {"x": 0}),
        ("floor(1/x)", {"x": 0}, {"x": 0}),
    ],
)
def test_no_branch_leaks(text: str, point: dict[str, float], expected: dict[str, float]) -> None:
    """An untaken branch has no part in the program's derivative either: a slope of `inf` there is not met."""
    graph = parse(text)
    assert gradient(text, **point) == expected
    adjoints = sweep_reverse(evaluate(graph, point), {graph.output: 1.0})
    assert {name: adjoints[graph.nodes[name]] or 0.0 for name in point} == expected


@st.composite
def branches(draw: st.DrawFn, depth: int = 4) -> str:
    """Draw an expression of branches in branches, with poles in them and shared parts."""
    inner = branches(depth - 1)
    leaf = st.sampled_from(["x", "y", "u", "v", "w", "sqrt(x)", "1/y", "log(x)", "2"])
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(leaf)
    choice = draw(st.integers(0, 6))
    if choice <= 3:
        condition = draw(st.sampled_from(["x > 0", "y > 0", "a", "b", "x == y", "not a", "u > 1"]))
        return f"where({condition}, {draw(inner)}, {draw(inner)})"
    if choice == 4:
        return f"{draw(st.sampled_from(['relu', 'sqrt', 'log', 'abs']))}({draw(inner)})"
    return f"({draw(inner)} {draw(st.sampled_from(['+', '*', '-', '/']))} {draw(inner)})"


@heavy
@settings(max_examples=300)
@given(branches(), branches(), st.data())
def test_random_branches(first: str, second: str, data: st.DataObject) -> None:
    """Every way that guards can meet: nested, opposite, one in the other, and unrelated."""
    text = f"u = sqrt(x); v = 1/y; w = where(a, u, v) + where(x > 0, log(x), v*y); {first} + ({second})"
    graph = parse(text)
    number = st.sampled_from([0.0, 1.0, 2.0, -1.0])
    point = {name: data.draw(number) for name in ("x", "y", "a", "b")}
    point = {name: value for name, value in point.items() if name in graph.nodes}
    adjoints = sweep_reverse(evaluate(graph, point), {graph.output: 1.0})
    wrt = [graph.nodes[name] for name in graph.nodes]
    for node, program in zip(wrt, derivatives(graph, point, wrt), strict=True):
        sweep = adjoints[node] or 0.0
        assert program == pytest.approx(sweep, rel=1e-12, abs=1e-12, nan_ok=True), (graph.names[node], text)


# ------------------------------------------------------------------------------------------- second order


OPERANDS = {
    "acosh": [(1.7,), (3.1,)],
    "clip": [(0.4, 0.1, 0.9), (-0.4, 0.1, 0.9), (1.4, 0.1, 0.9)],
    "polygamma": [(2.0, 0.7), (0.0, 2.3)],
    "where": [(1.0, 0.3, 0.7), (-0.5, 0.3, 0.7)],
    "^": [(0.7, 2.3), (1.3, -0.6), (2.1, 2.0), (0.4, 0.5), (-1.3, 3.0)],
}
"""Ordinary points of the primitives whose domain leaves out the usual ones."""

USUAL = [(0.37, 0.61, 0.83), (0.83, 0.29, 0.47)]
NEGATIVE = [(-0.41, 0.73, -0.67), (-1.3, -0.7, 1.9)]


def points_for(primitive: Primitive) -> list[tuple[float, ...]]:
    """List ordinary points, of either sign where the domain has both."""
    if primitive.name in OPERANDS:
        return OPERANDS[primitive.name]
    count = 3 if primitive.variadic else len(primitive.parameters)
    domain = DOUBLE.condition(primitive.name, "domain")
    points = [point[:count] for point in (*USUAL, *NEGATIVE)]
    return [point for point in points if domain is None or domain(DOUBLE.function(primitive.name)(*point), *point)]


def graph_of(primitive: Primitive, count: int) -> Graph:
    """Make a graph of one operation on so many inputs."""
    graph = Graph(Source(""))
    operands = [graph.append_input(f"x{at}", 0) for at in range(count)]
    graph.output = graph.append(primitive.name, operands, 0)
    return graph


@pytest.mark.parametrize("primitive", PRIMITIVES.values(), ids=lambda primitive: primitive.name)
def test_second_order(primitive: Primitive) -> None:
    """Differentiated twice, every primitive gives the second differences of its value in 300 digits."""
    points = points_for(primitive)
    assert points
    for point in points:
        graph = graph_of(primitive, len(point))
        first = differentiate(graph, graph.output, range(len(point)))
        for i in range(len(point)):
            second = differentiate(first, first.outputs[i], range(len(point)))
            values = evaluate(second, {f"x{at}": number for at, number in enumerate(point)}).values
            for j in range(len(point)):
                whole = {"polygamma": 0, "^": 1 if point[0] < 0 else -1}.get(primitive.name)
                if whole in (i, j):
                    continue  # whole numbers only: there is no derivative
                found, true = values[second.outputs[j]], second_difference(primitive.name, point, i, j)
                assert found == pytest.approx(float(true), rel=1e-11, abs=1e-13), (point, i, j)


def second_difference(name: str, point: tuple[float, ...], i: int, j: int) -> Any:
    """Compute a second derivative by differences of values, without any rule."""
    with mp.workdps(300):
        step = mp.mpf(10) ** -70
        total = mp.mpf(0)
        for first, second in itertools.product((-1, 1), repeat=2):
            operands = [mp.mpf(number) for number in point]
            operands[i] += first * step
            operands[j] += second * step
            total += first * second * REFERENCE[name](*operands)
        return total / (4 * step * step)


# ------------------------------------------------------------------------------------------- size


def ratio(text: str) -> float:
    """Compute how much larger a program is with its gradient."""
    graph = parse(text)
    return len(differentiate(graph, graph.output, list(graph.inputs()))) / len(graph)


SPEELPENNING = "p1 = x1*x2" + "".join(f"; p{k} = p{k - 1}*x{k + 1}" for k in range(2, 20))

SWELLING = [
    f"prod({', '.join(f'x{k}' for k in range(20))})",
    "*".join(f"x{k}" for k in range(20)),
    SPEELPENNING,
    "sin(" * 1000 + "x" + ")" * 1000,
]
"""Programs whose derivatives are long where nothing is shared."""


@pytest.mark.parametrize(
    "text",
    [
        *SWELLING,
        "*".join(f"sin(x{k})" for k in range(100)),
        "log(" + " + ".join(f"exp(x{k})" for k in range(100)) + ")",
        "+".join(f"x{k}^2" for k in range(100)),
        "; ".join(["x1 = exp(x0)/x0", *(f"x{k + 1} = x{k}*x{k} - sin(x{k})" for k in range(1, 100))]),
    ],
    ids=["prod", "product", "speelpenning", "sin", "sines", "logsumexp", "squares", "iterated"],
)
def test_no_swell(text: str) -> None:
    """The cheap-gradient bound: a program and its whole gradient is at most 5 times the program."""
    assert ratio(text) <= 5


@pytest.mark.parametrize("name", [name for name, row in PRIMITIVES.items() if row.variadic])
def test_many_operands(name: str) -> None:
    """Linear in the number of operands, and right."""
    sizes_of = []
    for count in (50, 500):
        graph = graph_of(PRIMITIVES[name], count)
        point = {f"x{at}": 0.5 + (at * 7 % count) / count for at in range(count)}
        sizes_of.append(len(differentiate(graph, graph.output, range(count))))
        adjoints = sweep_reverse(evaluate(graph, point), {graph.output: 1.0})
        assert derivatives(graph, point) == pytest.approx(
            [adjoint or 0.0 for adjoint in adjoints[:count]], rel=1e-12, abs=0
        )
    assert sizes_of[1] < 11 * sizes_of[0]


@heavy
def test_deep_and_long() -> None:
    """Nothing recurses over a program: chains, branches in branches, and sums of many terms."""
    deep = 4_000
    assert gradient("sin(" * deep + "x" + ")" * deep, x=1.0)["x"] > 0
    nested = "".join(f"where(x > {deep - k}, x*{deep - k}, " for k in range(deep)) + "sqrt(x)" + ")" * deep
    assert [gradient(nested, x=x)["x"] for x in (5.5, 0.25)] == [5, 1]
    summed = " + ".join(f"where(c{k % 3} > {k}, u, 0)" for k in range(deep))
    assert gradient(f"u = sqrt(x); {summed}", x=0.0, c0=0.0, c1=0.0, c2=0.0)["x"] == 0


def test_names() -> None:
    graph = parse("c = sin(a)*b; d = c + de_db; e = c*d")
    result = differentiate(graph, graph.output, [graph.nodes[name] for name in ("a", "b", "a", "c", "e")])
    assert result.operations[: len(graph)] == graph.operations
    assert result.names[: len(graph)] == graph.names
    assert [result.names[node] for node in result.outputs] == ["de_da", "de_db_2", "de_da_2", "de_dc", "de_de"]
    assert len(set(result.outputs)) == 5
    second = differentiate(result, result.nodes["de_da"], [result.nodes["a"]])
    assert second.names[second.output] == "d2e_da2"
    third = differentiate(second, second.output, [second.nodes["b"], second.nodes["a"]])
    assert [third.names[node] for node in third.outputs] == ["d3e_da2_db", "d3e_da3"]


def test_constants_are_appended_once() -> None:
    nodes = GraphBuilder(Graph(Source("")))
    numbers = [Number(0.0), Number(-0.0), Number(math.pi, "pi"), Number(0.0)]
    assert [nodes.node(number) for number in numbers] == [0, 1, 2, 0]
    assert list(map(str, nodes.graph.numbers)) == ["0.0", "-0.0", str(math.pi)]
