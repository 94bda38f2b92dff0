"""The language: the meaning of each form."""

from __future__ import annotations

import math

import pytest
from hypothesis import given

from cgraph_cli import InputError, ProgramError, evaluate, parse, sweep_forward, sweep_reverse
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = 3\n  * 2", 6),
        ("y = 3 # a\n\n  # b\n  ^ 2\n\t/ 4", 9 / 4),
        ("7\n% 4\n** 2\n× 2\n· 2\n÷ 4", 7),
        ("3\n< 4\nand 1\nor 0\n!= 1", 1),
        ("1\n== 1 > 0\n>= 1", 0),
        ("y = 3 +\n  2 -  # a\n\n# b\n  1", 4),
        ("1 and\nnot\n0", 1),
        ("y = (1\n - 2\n)\n* 3", -3),
        ("y = 3;\n-y", -3),
        ("y = 3;;\n# a\n-y", -3),
        ("\n\n# a\n  -3 + 1", -2),
        ("y = 3\n;-y", -3),
        ("y = 3\nandy = 4\nandy", 4),
        ("y = 3 *\n-2", -6),
        ("assert 1\n < 2\n4\n*2", 8),
    ],
)
def test_lines_that_go_on(text: str, expected: float) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("sign", "+-−")
@pytest.mark.parametrize(
    "above", ["y = x", "y = x²", "f(x) = (x)", "assert y < 1 within 2", "const k = 2", "x # ;", "3"]
)
def test_a_line_that_begins_with_a_sign_is_an_error_and_both_ways_to_mend_it_work(above: str, sign: str) -> None:
    for between in ("\n", "\n\n  ", "  # a\n# b\n\t"):
        with pytest.raises(ProgramError, match=f"begins with `[{sign}]` could mean two things"):
            parse(f"{above}{between}{sign} 2")
    if "#" not in above:
        parse(f"{above};\n{sign} 2")
        if "within" not in above:
            head, equals, right = above.rpartition("= ")
            one = parse(f"{above} {sign}\n 2\n1")
            other = parse(f"{head}{equals}({right}\n{sign} 2)\n1")
            assert (one.operations, one.operands, one.nodes) == (other.operations, other.operands, other.nodes)


def test_the_volume_over_four_lines() -> None:
    """A formula as it is published: of a truncated cone, by the radii of its ends."""
    text = "V = pi\n    * h\n    / 3\n    * (R^2 + R*r\n       + r^2)"
    assert value(text, h=9, R=13, r=7) == pytest.approx(math.pi * 9 / 3 * (169 + 91 + 49))


def test_a_constant_is_no_input_and_has_no_gradient() -> None:
    graph = parse("const R = 8.3140; const k = 2*sqrt(R)*pi; const m = R; y = k*x^2 + R - -R + m; R")
    assert [graph.names[node] for node in graph.inputs()] == ["x"]
    assert graph.constants == {"R", "k", "m"}
    assert (graph.written(graph.find("R")), graph.operations[graph.find("R")]) == ("8.3140", CONSTANT)
    evaluation = evaluate(graph, {"x": 2})
    k = 2 * math.sqrt(8.314) * math.pi
    assert evaluation.value("y") == pytest.approx(k * 4 + 3 * 8.314)
    for name in ("R", "k", "m"):
        with pytest.raises(InputError, match="is a constant and cannot be set"):
            evaluate(graph, {"x": 2, name: 3})
    assert parse("const a = inf; const b = -3; b^a").expression(2) == "b^a"


def test_a_constant_is_printed_back_by_what_prints_programs() -> None:
    from cgraph_cli.language.write import write_program
    from cgraph_cli.symbolic.simplify import simplify

    text = "const R = 8.3140\nconst n = 2*3\nconst m = R\np = n*R*T*m\n"
    graph = parse(text)
    assert write_program(graph) == text
    simplified, (p,) = simplify(graph, [graph.find("p")])
    assert simplified.constants == graph.constants
    lines = write_program(simplified, [p]).splitlines()
    assert {"const R = 8.3140", "const n = 6", "const m = R"} < set(lines)


@pytest.mark.parametrize("text", ["x; const a = x", "const a = x", "a = 3; const b = a", "y = x; const a = 2*y + 1"])
def test_what_is_not_constant_cannot_be_a_constant(text: str) -> None:
    with pytest.raises(ProgramError, match=r"cannot be a constant, as `[axy]` is none"):
        parse(text)


def test_a_function_sees_the_names_of_the_program() -> None:
    assert value("w = 2; f(x) = w*x + u; g(w) = f(w)*w; f(1) + g(3)", u=5) == 7 + 33
    assert value("const R = 2; f(x) = x^R; h(x, R) = f(x) + R; h(3, 1)") == 10
    assert value("w = 2; f(x) = w*x; assert f(2) == 4; f(w)") == 4
    graph = parse("w = 2; y = w^2; f(x) = y*x; z = f(a)*w")
    assert nodes(graph)[-3:] == [("y", "w^2"), ("%1", "y * a"), ("z", "%1 * w")] or nodes(graph)[-2:] == [
        ("%1", "y * a"),
        ("z", "%1 * w"),
    ]
    evaluation = evaluate(graph, {"a": 5})
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    assert adjoints[graph.find("w")] == 3 * 2**2 * 5  # of w³a
    assert value("w = 2; y = w^2; f(x) = grad(y*x, w); f(5)") == 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f(x) = w*x; w = 2; f(1)", "`w` is used before it is assigned"),
        ("f(x) = x*f(x); 1", "`f` calls itself"),
        ("f(x) = g(x); g(x) = f(x); 1", "`g` is used before it is defined"),
        ("w = 2; y = w; f(x) = grad(y, w); assert f(1) == 1; 1", "`f` differentiates"),
    ],
)
def test_what_a_function_does_not_see(text: str, message: str) -> None:
    with pytest.raises(ProgramError, match=message):
        parse(text)


@pytest.mark.parametrize("text", ["1e400", "1e-400", "1" * 400, "0." + "0" * 400 + "1", "-1e309", "1_0e3_08"])
def test_a_number_that_no_double_holds_is_an_error(text: str) -> None:
    with pytest.raises(ProgramError, match=r"too (large|small) for a double"):
        parse(f"x = {text}")


@pytest.mark.parametrize("text", ["0e999", "0_0.0_0e-400", "5e-324", "1.7976931348623157e308", ".0", "0." + "0" * 400])
def test_a_number_that_a_double_holds_is_none(text: str) -> None:
    assert value(text) == float(text)


def nodes(graph: Graph) -> list[tuple[str, str]]:
    """List the nodes that people see: labels and expressions, without constants."""
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
    if not lines:  # of constants alone
        return
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
        names.get(label, label) if graph.operations[n] != CONSTANT else graph.written(n)
        for n, label in enumerate(labels)
    ]
    try:
        return graph.expression(node)
    finally:
        graph._labels = labels
