"""The language: what each form of it means."""

from __future__ import annotations

import math

import pytest
from hypothesis import given

from cgraph_cli import ProgramError, evaluate, parse, sweep_forward, sweep_reverse
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from tests.programs import programs


def value(text: str, **inputs: float) -> float:
    graph = parse(text)
    return evaluate(graph, inputs).values[graph.output]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-2^2", -4),
        ("2^-1", 0.5),
        ("2^3^2", 512),
        ("2**3**2", 512),
        ("2^-2^0", 0.5),
        ("-3²", -9),
        ("2³", 8),
        ("2^3²", 2.0**9),
        ("7 - 2 - 1", 4),
        ("16 / 4 / 2", 2),
        ("7 % 3", 1),
        ("-7 % 3", 2),
        ("7 % -3", -2),
        ("2 × 3 · 4 ÷ 8 − 1", 2),
        ("--3", 3),
        ("+3", 3),
        ("- - -3", -3),
        ("1 < 2", 1),
        ("2 < 1", 0),
        ("1 < 2 < 3", 1),
        ("1 < 3 < 2", 0),
        ("3 > 2 > 1 > 0", 1),
        ("3 > 2 > 2 >= 2", 0),
        ("(1 < 2) < 1", 0),
        ("1 == 1 != 2", 1),
        ("not 1 == 2", 1),
        ("not not 5", 1),
        ("1 or 0 and 0", 1),
        ("(1 or 0) and 0", 0),
        ("0 or 3", 1),
        ("2 and 3", 1),
        ("1 + 1 < 3 and 2 * 2 == 4", 1),
        ("1e-3", 0.001),
        ("1E3", 1000),
        (".5", 0.5),
        ("5.", 5),
        ("1_000.5_0", 1000.5),
        ("pi", math.pi),
        ("π", math.pi),
        ("inf", math.inf),
        ("exp(1)", math.e),
        ("pow(2, 3)", 8),
        ("mod(-7, 3)", 2),
        ("ln(exp(2))", 2),
        ("arcsin(1)", math.pi / 2),
        ("max(1, 5, 3)", 5),
        ("sum(1, 2, 3)", 6),
        ("where(1 < 2, 10, 20)", 10),
        ("where(0, 10, 20)", 20),
        ("heaviside(0)", 0.5),
        ("heaviside(0, 1)", 1),
        ("elu(-1)", math.expm1(-1)),
        ("elu(-1, 2)", 2 * math.expm1(-1)),
        ("max(\n  1,\n  2\n)", 2),
        ("(1\n + 2) # and so on\n", 3),
    ],
)
def test_value(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "inputs", "expected"),
    [
        ("e = exp(1); e + e0", {"e0": 1.0}, math.e + 1),
        ("gamma * gamma(3)", {"gamma": 5.0}, 10),
        ("f(x, y) = x*sin(y); f(2, a) + f(a, 0)", {"a": math.pi / 2}, 2),
        ("f(x) = x + 1; g(x) = f(f(x)); g(g(a))", {"a": 1.0}, 5),
        ("x = 5; f(x) = x^2; f(3) + x", {}, 14),
        ("a = 3; b = a", {}, 3),
        ("a = -3; a", {}, -3),
        ("θ² + Δx", {"θ": 3.0, "Δx": 1.0}, 10),
        ("ﬁ = 3; fi", {}, 3),
        ("\ufeffa = 3 # BOM\r\nb = a\r\n", {}, 3),
        (";;\n;a;;", {"a": 1.0}, 1),
        ("x\u00a0+\u00a01", {"x": 1.0}, 2),
    ],
)
def test_value_of_program(text: str, inputs: dict[str, float], expected: float) -> None:
    assert value(text, **inputs) == pytest.approx(expected, rel=1e-15)


def nodes(graph: Graph) -> list[tuple[str, str]]:
    """The nodes that people see: labels and expressions, without constants."""
    return [
        (graph.labels()[node], graph.expression(node))
        for node in range(len(graph))
        if graph.operations[node] != CONSTANT
    ]


def test_nodes_are_in_order_and_never_merged() -> None:
    graph = parse("c = a + b; d = a + b; e = c*d")
    assert nodes(graph) == [("a", ""), ("b", ""), ("c", "a + b"), ("d", "a + b"), ("e", "c * d")]
    evaluation = evaluate(graph, {"a": 1, "b": 2})
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    assert adjoints[graph.find("c")] == adjoints[graph.find("d")] == 3
    assert adjoints[graph.find("a")] == 6


def test_unnamed_nodes_are_numbered_as_they_appear() -> None:
    graph = parse("(a + b)*(b + 1)")
    assert nodes(graph) == [("a", ""), ("b", ""), ("%1", "a + b"), ("%2", "b + 1"), ("%3", "%1 * %2")]
    assert graph.find("%2") == graph.labels().index("%2")
    assert graph.output == graph.find("%3")
    assert graph.outputs == [graph.output]


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("y = a + 2.50", "a + 2.50"),
        ("y = (-2)^a", "(-2)^a"),
        ("y = a ** -1", "a^-1"),
        ("y = -a", "-a"),
        ("y = not a", "not a"),
        ("y = 2 × π", "2 * π"),
        ("y = pow(a, 1e-3)", "a^1e-3"),
        ("y = max(a, 1, b)", "max(a, 1, b)"),
        ("y = ln(a)", "log(a)"),
        ("y = a", "a"),
        ("y = pi", "pi"),
        ("y = leaky_relu(a)", "leaky_relu(a, 0.01)"),
    ],
)
def test_expression(text: str, expression: str) -> None:
    graph = parse(text)
    assert graph.expression(graph.find("y")) == expression


def test_a_signed_literal_alone_makes_an_input() -> None:
    graph = parse("a = 3; b = -1e3; c = +2; k = 2*3; m = pi; f(x) = 4; n = f(1); d = a")
    assert {graph.names[node]: graph.numbers[node] for node in graph.inputs()} == {"a": 3, "b": -1000, "c": 2}
    assert graph.operations[graph.find("m")] == graph.operations[graph.find("n")] == "identity"
    evaluation = evaluate(graph, {"a": 7})
    assert [evaluation.value(name) for name in "abckmnd"] == [7, -1000, 2, 6, math.pi, 4, 7]


def test_a_name_that_is_never_assigned_is_an_input() -> None:
    graph = parse("c = a + b; assert z > 0; d = c*y")
    assert [graph.names[node] for node in graph.inputs()] == ["a", "b", "z", "y"]
    assert all(graph.operations[node] == INPUT and graph.numbers[node] is None for node in graph.inputs())


def test_an_identity_is_a_node_of_its_own() -> None:
    graph = parse("d = c; e = d*c")
    adjoints = sweep_reverse(evaluate(graph, {"c": 3}), {graph.output: 1.0})
    assert (adjoints[graph.find("d")], adjoints[graph.find("c")]) == (3, 6)


def test_the_output_is_the_last_statement() -> None:
    graph = parse("c = a; d = c + 1; f(x) = x; assert c == 1")
    assert graph.labels()[graph.output] == "d"
    assert parse("c = a + 1; c").output == parse("c = a + 1").output
    assert parse("3").expression(parse("3").output) == "3"


def test_assertions_are_kept_and_make_no_nodes() -> None:
    plain, asserted = (
        parse("c = a*b"),
        parse("c = a*b; assert c == 8 within 1e-3; assert abs(grad(c, a)) < 10 and 0 < a < b"),
    )
    assert len(plain) == len(asserted)
    first, second = asserted.assertions
    assert first.tolerance == 1e-3
    assert second.tolerance is None
    assert first.graph.expression(first.graph.output) == "c == 8"
    assert second.graph.operations[second.graph.output] == "and"
    c, a = asserted.find("c"), asserted.find("a")
    assert (c, a) in second.bindings.values()
    assert asserted.source.place(second.offset) == (1, 37)


def test_a_chain_evaluates_its_middle_once() -> None:
    graph = parse("a < b + 1 < c")
    assert [graph.operations[node] for node in range(len(graph))].count("+") == 1


def test_places() -> None:
    graph = parse("c = a +\tb\n  d = sin(\n    c)*2\n")
    places = {graph.labels()[node]: graph.place(node) for node in range(len(graph))}
    assert places == {"a": (1, 5), "b": (1, 9), "c": (1, 1), "%1": (2, 7), "d": (2, 3), "2": (3, 8)}


@pytest.mark.parametrize("name", ["and", "or", "not", "assert", "within", "const", "pi", "inf", "π"])
def test_reserved_words_are_no_names(name: str) -> None:
    with pytest.raises(ProgramError):
        parse(f"{name} = 3")


def test_a_sum_of_100000_terms() -> None:
    count = 100_000
    graph = parse(" + ".join(["a"] * count))
    evaluation = evaluate(graph, {"a": 2})
    assert evaluation.values[graph.output] == 2 * count
    assert sweep_reverse(evaluation, {graph.output: 1.0})[graph.find("a")] == count
    assert sweep_forward(evaluation, {graph.find("a"): 1.0})[graph.output] == count


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("(" * 10_000 + "a" + ")" * 10_000, 1),
        ("-" * 10_001 + "a", -1),
        ("sin(" * 10_000 + "a*0" + ")" * 10_000, 0),
        ("^".join(["a"] * 10_000), 1),
        ("max(" + ", ".join(["a"] * 10_000) + ")", 1),
        ("prod(" + ", ".join(["a"] * 10_000) + ")", 10_000),
    ],
)
def test_depth_is_no_limit(text: str, slope: float) -> None:
    graph = parse(text)
    evaluation = evaluate(graph, {"a": 1})
    assert sweep_reverse(evaluation, {graph.output: 1.0})[graph.find("a")] == pytest.approx(slope, rel=1e-9)


def test_the_bound_on_nodes() -> None:
    text = "f0(x) = x + x\n" + "".join(f"f{k}(x) = f{k - 1}(f{k - 1}(x))\n" for k in range(1, 60)) + "f59(a)"
    with pytest.raises(ProgramError, match="more than 100,000 nodes"):
        parse(text, max_nodes=100_000)
    with pytest.raises(ProgramError, match="more than 4 nodes"):
        parse("a + b + c", max_nodes=4)
    assert len(parse("a + b + c", max_nodes=5)) == 5


@given(programs())
def test_programs_parse(text: str) -> None:
    graph = parse(text)
    assert all(operand < node for node in range(len(graph)) for operand in graph.operands_of(node))
    assert len(graph.starts) == len(graph) + 1
    columns = (graph.names, graph.numbers, graph.offsets, graph.definitions)
    assert all(len(column) == len(graph) for column in columns)


@given(programs())
def test_expressions_read_back(text: str) -> None:
    """Printing every node as a statement of its own and parsing that gives the same values."""
    graph = parse(text)
    names = {label: f"v{node}" for node, label in enumerate(graph.labels()) if graph.operations[node] != CONSTANT}
    lines = []
    for node, operation in enumerate(graph.operations):
        if operation == CONSTANT:
            continue
        if operation == INPUT:
            lines.append(f"v{node} = {2 + node}")
            continue
        lines.append(f"v{node} = {_rename(graph, node, names)}")
    again = parse("\n".join(lines))
    inputs = {graph.names[node] or "": 2.0 + node for node in graph.inputs()}
    before = evaluate(graph, inputs).values
    after = evaluate(again)
    for node, operation in enumerate(graph.operations):
        if operation != CONSTANT:
            assert repr(after.value(f"v{node}")) == repr(before[node])


def _rename(graph: Graph, node: int, names: dict[str, str]) -> str:
    labels = graph._labels
    graph._labels = [
        names.get(label, label) if graph.operations[n] != CONSTANT else label for n, label in enumerate(labels)
    ]
    try:
        return graph.expression(node)
    finally:
        graph._labels = labels
