"""Graphs as text: the written program parses into the same."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.language.parse import parse
from cgraph_cli.language.write import write_expression, write_program
from cgraph_cli.symbolic.differentiate import differentiate
from tests.conftest import SCALAR_EXAMPLES, explore
from tests.programs import points, programs


def assert_same(graph: Graph, again: Graph, point: dict[str, float]) -> None:
    """Assert that two graphs compute the same, under the same names, to the last bit and the sign of 0."""
    known = {name: point[name] for name in point if name in again.nodes}
    first, second = evaluate(graph, point), evaluate(again, known)
    for name in again.nodes:
        if name in graph.nodes:
            assert repr(first.value(name)) == repr(second.value(name)), name
    assert repr(first.values[graph.output]) == repr(second.values[again.output])


@explore(150, 1000, st.data())
def test_parse_and_write(data: st.DataObject) -> None:
    """Parsed again, a written program has the same names and values, and is written the same."""
    graph = parse(data.draw(programs()))
    point = data.draw(points([graph.names[node] or "" for node in graph.inputs()]))
    text = write_program(graph)
    again = parse(text)
    assert write_program(again) == text
    assert {name for name in graph.nodes if graph.operations[graph.nodes[name]] != "input"} <= set(again.nodes)
    assert_same(graph, again, point)


@explore(80, 500, st.data())
def test_derivatives(data: st.DataObject) -> None:
    """A program with its derivatives is written and parsed alike."""
    graph = parse(data.draw(programs()))
    point = data.draw(points([graph.names[node] or "" for node in graph.inputs()]))
    graph = differentiate(graph, graph.output, list(graph.inputs()))
    again = parse(write_program(graph))
    assert_same(graph, again, point)


@pytest.mark.parametrize(
    ("argument", "written"),
    [("0", "y = -0/x"), ("-0", "y = 0/x"), ("-(-3.50)", "y = -3.50/x"), ("f(-3)", "y = -3/x"), ("-pi", "y = --pi/x")],
)
def test_the_negative_of_a_literal_is_a_literal(argument: str, written: str) -> None:
    graph = parse(f"f(a) = -a; y = f({argument})/x")
    again = parse(write_program(graph))
    assert write_program(graph).strip() == write_program(again).strip() == written
    assert_same(graph, again, {"x": 2.0})


@pytest.mark.parametrize("path", SCALAR_EXAMPLES, ids=lambda path: path.stem)
def test_examples(path) -> None:
    graph = parse(path.read_text(encoding="utf-8"))
    assert_same(graph, parse(write_program(graph)), {})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("((a + (b*c)))", "a + b*c"),
        ("(a + b)*c", "(a + b)*c"),
        ("a - (b - c)", "a - (b - c)"),
        ("(a - b) - c", "a - b - c"),
        ("a/(b*c)", "a/(b*c)"),
        ("a/b*c", "a/b*c"),
        ("a^(b^c)", "a^b^c"),
        ("(a^b)^c", "(a^b)^c"),
        ("(-a)^2", "(-a)^2"),
        ("-a^2", "-a^2"),
        ("(-2)^a", "(-2)^a"),
        ("a^-b", "a^-b"),
        ("a*-3", "a*-3"),
        ("-(a*b)", "-(a*b)"),
        ("-a*b", "-a*b"),
        ("2*pi*a", "2*pi*a"),
        ("1_000*a + 0.10", "1_000*a + 0.10"),
        ("a and (b or not c)", "a and (b or not c)"),
        ("(a < b)*c", "(a < b)*c"),
        ("not a == b", "not a == b"),
        ("max(a, b + 1, -c) % 2", "max(a, b + 1, -c) % 2"),
        ("log(a)", "log(a)"),
        ("pow(a, 2) ÷ b", "a^2/b"),
        ("a = -3; b = a", "a = -3\nb = a"),
        ("a = inf; -a", "a = inf\n(-a)"),
        ("k = 2*pi; k*r^2", "k = 2*pi\nk*r^2"),
        ("f(x) = x*x; f(a + 1)", "t1 = a + 1\nt1*t1"),
        ("c = a + b; c", "c = a + b"),
        ("c = a + b; d = c*c; c", "c = a + b\nd = c*c\nc"),
        ("3", "3"),
        ("c = 2*a; a", "c = 2*a\na"),
        ("a < b + 1 < c", "t1 = b + 1\na < t1 and t1 < c"),
    ],
)
def test_parentheses(text: str, written: str) -> None:
    assert write_program(parse(text)) == f"{written}\n"


def test_expression() -> None:
    graph = parse("c = a + b; d = b + 1; e = c*d")
    assert write_expression(graph, graph.output) == "c*d"
    assert write_expression(graph, graph.output, {}) == "(a + b)*(b + 1)"


def test_what_is_wanted() -> None:
    graph = parse("c = a + b; d = b + 1; e = c*d; g = exp(c)")
    assert write_program(graph, [graph.nodes["g"], graph.nodes["d"]]) == "c = a + b\ng = exp(c)\nd = b + 1\n"
    assert write_program(graph, [graph.nodes["d"], graph.nodes["c"], graph.nodes["d"]]) == "d = b + 1\nc = a + b\nd\n"


def test_deep() -> None:
    deep = "sin(-(" * 10_000 + "x" + "))" * 10_000
    graph = parse(deep)
    assert len(parse(write_program(graph))) == len(graph)
