"""`grad(y, x)` as an expression: Newton's step, nesting, functions, and its display."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli import evaluate, parse, sweep_forward, sweep_reverse
from cgraph_cli.checks.gradients import check
from cgraph_cli.results.matrices import hessian
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from tests.conftest import Run, find_files
from tests.programs import points, programs
from tests.test_architecture import imports_of, loaded_by
from tests.test_sweeps import sizes


def value_and_gradient(text: str, **inputs: float) -> tuple[float, dict[str, float]]:
    """Compute the output of a program and its gradient, the same forward and in reverse."""
    graph = parse(text)
    evaluation = evaluate(graph, inputs)
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    gradient = {}
    for node in graph.inputs():
        name = graph.names[node] or ""
        gradient[name] = adjoints[node] or 0.0
        forward = sweep_forward(evaluation, {node: 1.0})[graph.output] or 0.0
        assert forward == pytest.approx(gradient[name], rel=1e-12, abs=1e-12)
    return evaluation.values[graph.output], gradient


@pytest.mark.parametrize(
    ("text", "point", "value", "gradient"),
    [
        ("y = x0^2 - 2; x1 = x0 - y/grad(y, x0)", {"x0": 1.5}, 1.5 - 0.25 / 3, {"x0": 0.5 - 1 / 2.25}),
        ("y = x^3; grad(grad(y, x), x)", {"x": 2}, 12, {"x": 6}),
        ("y = x^3; grad(grad(grad(y, x), x), x)", {"x": 2}, 6, {"x": 0}),
        ("y = x^3; g = grad(y, x); h = grad(g, x)", {"x": 2}, 12, {"x": 6}),
        ("grad(sin(x)*y, x)", {"x": 0, "y": 3}, 3, {"x": 0, "y": 1}),
        ("u = x^2; y = sin(u); grad(y, u)", {"x": 0}, 1, {"x": 0}),
        ("u = x^2; y = u^3; grad(y, u)*grad(u, x)", {"x": 2}, 192, {"x": 480}),
        ("y = a*b; grad(y, a) + grad(y, b)", {"a": 2, "b": 5}, 7, {"a": 1, "b": 1}),
        ("y = a*b; c = a; grad(y, c)", {"a": 2, "b": 5}, 0, {"a": 0, "b": 0}),
        ("y = 3*x; grad(y, x)", {"x": 7}, 3, {"x": 0}),
        ("y = exp(x); y - grad(y, x)", {"x": 1}, 0, {"x": 0}),
        ("y = x*z; t = grad(y, w)", {"x": 1, "z": 1, "w": 1}, 0, {"x": 0, "z": 0, "w": 0}),
        ("x = 3; y = x*x; grad(y, x)", {}, 6, {"x": 2}),
        ("f(x, y) = grad(x*y, x); f(a, a)", {"a": 3}, 3, {"a": 1}),
        ("f(x, y) = grad(x*y, x); f(a, a^2)", {"a": 3}, 9, {"a": 6}),
        ("f(x) = x^3; d(x) = grad(f(x), x); d(d(x))", {"x": 1}, 27, {"x": 108}),
        ("f(x) = grad(grad(x^4, x), x); f(2*a)", {"a": 1}, 48, {"a": 96}),
        ("f(x) = grad(x^2, x); f(3) + 0*a", {"a": 1}, 6, {"a": 0}),
        ("where(x > 0, grad(sqrt(x), x), 5*x)", {"x": 0}, 0, {"x": 5}),
        ("y = where(x > 0, sqrt(x), 0); grad(y, x)", {"x": 0}, 0, {"x": 0}),
        ("y = max(a, b); grad(y, a)", {"a": 1, "b": 1}, 0.5, {"a": 0, "b": 0}),
        ("grad(x^2, x) < 5", {"x": 2}, 1, {"x": 0}),
    ],
)
def test_values(text: str, point: dict[str, float], value: float, gradient: dict[str, float]) -> None:
    found, slopes = value_and_gradient(text, **point)
    assert found == pytest.approx(value, rel=1e-14)
    assert slopes == pytest.approx(gradient, rel=1e-13)


@settings(max_examples=100)
@given(st.data())
def test_random_programs(data: st.DataObject) -> None:
    """The gradient that a program speaks of is the one that the sweep finds."""
    text = data.draw(programs())
    graph = parse(text)
    names = [graph.names[node] or "" for node in graph.inputs()]
    named = [name for name in graph.nodes if name not in names]
    if not names or not named:
        return
    point = data.draw(points(names))
    of, wrt = data.draw(st.sampled_from(named)), data.draw(st.sampled_from(sorted({*graph.nodes} - graph.constants)))
    evaluation = evaluate(graph, point)
    node = graph.nodes[of]
    sweep = sweep_reverse(evaluation, {node: 1.0})[graph.nodes[wrt]] or 0.0
    found = evaluate(parse(f"{text}\nresult = grad({of}, {wrt})"), point).value("result")
    bound = sizes(evaluation, node)[graph.nodes[wrt]]
    if math.isnan(evaluation.values[node]):  # outside a domain there is no derivative, whatever a rule gives
        return
    if math.isfinite(bound):
        assert found == pytest.approx(sweep, rel=1e-12, abs=1e-12 * bound + 1e-300, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("y = sin(x)*exp(-x*z); t = grad(y, x)^2 + grad(y, z)", {"x": 0.7, "z": 1.3}),
        ("y = softplus(w*x + b); l = grad(y, x)*log(y)", {"w": 0.4, "x": -1.2, "b": 0.1}),
        ("f(x, k) = x^k; g(x, k) = grad(f(x, k), x)*k; g(a, b)", {"a": 1.7, "b": 2.3}),
        ("y = prod(a, b, c, d, a); z = norm(a, b); t = grad(y, a)/grad(z, b)", {"a": 1, "b": 2, "c": 3, "d": 0}),
        ("y = logsumexp(a, b, a*b); grad(grad(y, a), b)", {"a": 0.3, "b": -0.2}),
    ],
)
def test_second_order_is_exact(text: str, point: dict[str, float]) -> None:
    """Differences in high precision find the same gradients."""
    outcome = check(parse(text), point)
    assert [failure for case in outcome.cases for failure in case.failures] == []


def test_rows_are_what_the_program_says() -> None:
    graph = parse("y = x0^2 - 2; x1 = x0 - y/grad(y, x0)")
    answer = report(graph, {"x0": 1.5}, Request())
    rows = [(graph.labels()[node], graph.expression(node)) for node in answer.rows()]
    assert rows == [
        ("x0", ""), ("%1", "x0^2"), ("y", "%1 - 2"), ("%2", "grad(y, x0)"), ("%3", "y / %2"), ("x1", "x0 - %3"),
    ]  # fmt: skip
    assert graph.span(graph.find("%2")).source.text[graph.offsets[graph.find("%2")] :].startswith("grad(")


def test_edges_are_those_between_rows() -> None:
    """The chain rule along these edges gives the gradients of the sweep over all nodes."""
    graph = parse("u = x^2; y = sin(u)*x; g = grad(y, x); z = g*u + grad(g, x)")
    answer = report(graph, {"x": 0.7}, Request())
    adjoints = {graph.output: 1.0}
    edges = sorted(answer.edges(), key=lambda edge: -edge[1])
    assert not graph.hidden & {node for operand, other, _ in edges for node in (operand, other)}
    for operand, node, partial in edges:
        adjoints[operand] = adjoints.get(operand, 0.0) + adjoints.get(node, 0.0) * partial
    found = {node: answer.gradients[0].at(node) for node in adjoints}
    assert adjoints == pytest.approx(found, rel=1e-13)


def test_json(cgraph) -> None:
    done = cgraph("eval", "y = exp(x)*x; g = grad(y, x)", "--x", "0", "-o", "json")
    nodes = {node["name"]: node for node in json.loads(done.stdout)["nodes"]}
    assert list(nodes) == ["x", "%1", "y", "g"]
    assert (nodes["g"]["operation"], nodes["g"]["expression"]) == ("grad", "grad(y, x)")
    assert dict(zip(nodes["g"]["operands"], nodes["g"]["partials"], strict=True)) == {"x": 1, "%1": 1}


def test_outside_a_domain() -> None:
    """There is no derivative where there is no value, though 1/x has one."""
    graph = parse("y = log(x); g = grad(y, x)")
    assert math.isnan(evaluate(graph, {"x": -1}).value("g"))
    assert report(graph, {"x": -1}, Request()).verdict(graph.output).status == "undefined"
    assert [evaluate(graph, {"x": x}).value("g") for x in (2, 0, math.inf)] == [0.5, math.inf, 0]
    assert value_and_gradient("y = log(x); g = grad(y, x)", x=2) == (0.5, {"x": -0.25})


def test_a_maximum_is_at_no_jump_where_nothing_ties() -> None:
    """The rule of `max` asks which operand equals the result: that changes only where two of them tie."""
    graph = parse("y = max(a, b)^2; g = grad(y, a)*a")
    assert report(graph, {"a": 1, "b": 0}, Request()).is_ok()
    tied = report(graph, {"a": 1, "b": 1}, Request())
    assert tied.gradients[0].verdict(graph.nodes["a"]).status == "jump"


def test_drawings(cgraph) -> None:
    done = cgraph("graph", "y = x0^2 - 2; x1 = x0 - y/grad(y, x0)", "--x0", "1.5", "--format", "json")
    drawing = json.loads(done.stdout)
    assert [node["name"] for node in drawing["nodes"]] == ["x0", "%1", "y", "%2", "%3", "x1"]
    assert "grad(y, x0)" in cgraph("graph", "y = x0^2 - 2; x1 = x0 - y/grad(y, x0)").stdout


def test_statuses() -> None:
    graph = parse("y = sqrt(x)^2; g = grad(y, x)")
    answer = report(graph, {"x": 0}, Request())
    assert answer.values[graph.output] == 1
    assert answer.verdict(graph.output).status == "limit"
    assert report(graph, {"x": 4}, Request()).is_ok()
    kink = parse("y = abs(x)*x; grad(y, x)")
    answer = report(kink, {"x": 0}, Request())
    assert (answer.values[kink.output], answer.gradients[0].verdict(kink.nodes["x"]).status) == (0, "kink")


def test_precision(cgraph) -> None:
    done = cgraph("eval", "y = x^2.5; g = grad(y, x)", "--x", "2", "--precision", "40", "--get", "g,x.grad")
    assert done.stdout.split() == [  # 2.5*2^1.5 and 3.75*2^0.5
        "7.071067811865475244008443621048490392848",
        "5.303300858899106433006332715786367794636",
    ]


def test_assertions(cgraph, tmp_path: Path) -> None:
    program = "f(x) = grad(x^3, x); y = f(a); g = grad(y, a); assert f(2) == 12; assert grad(g, a) == 6; assert g == 9"
    assert cgraph("check", program, "--a", "1.5").returncode == 0
    assert cgraph("check", f"{program}; assert f(a) == 1", "--a", "1.5").returncode == 1


def test_many_gradients_of_one_node_share_a_sweep() -> None:
    count = 300
    inputs = [f"x{k}" for k in range(count)]
    text = f"y = prod({', '.join(inputs)})\n" + " + ".join(f"grad(y, {name})" for name in inputs)
    graph = parse(text)
    assert len(graph) < 8 * count
    assert evaluate(graph, dict.fromkeys(inputs, 1.0)).values[graph.output] == count


def test_many_steps() -> None:
    """Newton's method for the root of 2, thousands of steps on end, costs what its steps do."""
    steps = 2000
    text = "".join(f"y{k} = x{k}^2 - 2\nx{k + 1} = x{k} - y{k}/grad(y{k}, x{k})\n" for k in range(steps))
    graph = parse(text)
    assert len(graph) < 15 * steps
    assert evaluate(graph, {"x0": 1.0}).values[graph.output] == pytest.approx(math.sqrt(2), rel=1e-15)


def test_nothing_is_loaded_for_it_elsewhere() -> None:
    code = "import cgraph_cli; cgraph_cli.parse({!r})"
    rooms = ("symbolic.differentiate", "evaluation.rule_parser", "symbolic.grad_nodes")
    modules = {f"cgraph_cli.{room}" for room in rooms}
    assert not loaded_by(code.format("y = x^2")) & modules
    assert modules <= loaded_by(code.format("y = grad(x^2, x)"))


def test_programs_are_read_in_one_way() -> None:
    """Every reader of a program reads it with its gradients: the parser below is for the table's own texts."""
    allowed = {"program.py", "rule_parser.py", "notes.py"}
    for path in find_files("cgraph_cli/**/*.py"):
        if path.parent.name != "language" and path.name not in allowed:
            assert "cgraph_cli.language.parse.parse" not in imports_of(path), path


@pytest.mark.parametrize("arguments", [[], ["--precision", "30"]])
def test_the_partials_behind_a_grad_are_true_where_they_cancel(cgraph: Run, arguments: list[str]) -> None:
    """Found by mpmath from g = sin(x)/t - 2*x*y/t, with t = x^2."""
    program = "y = (1 - cos(x))/x^2; g = grad(y, x)"
    done = cgraph("eval", program, "--x", "1e-9", "--edges", "-o", "csv", *arguments)
    found = {(row[0], row[1]): float(row[2]) for row in csv.reader(done.stdout.splitlines()[1:])}
    assert found["x", "g"] == pytest.approx(-0.4166666666666666666, rel=1e-12)
    assert found["%3", "g"] == pytest.approx(83333333.3333333281, rel=1e-12)
    assert found["y", "g"] == pytest.approx(-1999999999.99999987, rel=1e-12)


@pytest.mark.parametrize(
    "text", ["x % 2", "floor(x)^2", "x*floor(x)", "(x - 2)*abs(x - 2)", "abs(x - 2)", "(x - 2)^1.5"]
)
def test_a_gradient_has_a_derivative_where_the_second_one_is(text: str) -> None:
    second = hessian(parse(f"y = {text} + sin(z)"), {"x": 2, "z": 1}, Request(wrt=["x"])).entries[0][0]
    graph = parse(f"y = {text} + sin(z); g = grad(y, x)")
    found = report(graph, {"x": 2, "z": 1}, Request(of=["g"]))
    (column,) = found.gradients
    x = graph.nodes["x"]
    assert column.verdict(x).status == second.verdict.status
    assert column.values[x] == pytest.approx(second.number, nan_ok=True)
    assert column.verdict(graph.nodes["z"]).status == "ok"


def test_a_gradient_at_a_jump_leaves_other_derivatives_alone() -> None:
    graph = parse("g = grad(x % 2 + z % 2, x); h = grad(x % 2 + z % 2, z); s = g + 2*h")
    found = report(graph, {"x": 2, "z": 3.5}, Request(of=["s"]))
    assert [found.gradients[0].verdict(graph.nodes[name]).status for name in "xz"] == ["undefined", "ok"]
