"""Jacobians, Hessians and their patterns: against the sweeps, differences in high precision, and each other."""

from __future__ import annotations

import csv
import io
import json
from math import inf, isfinite
from pathlib import Path

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli import evaluate, parse, sweep_forward
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.results.matrices import cheaper, hessian, hessian_pattern, jacobian, jacobian_pattern
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from tests.conftest import SCALAR_EXAMPLES, Run, heavy
from tests.mpmath_algebra import high_precision
from tests.programs import programs
from tests.test_taylor import call_of

every_example = pytest.mark.parametrize("path", SCALAR_EXAMPLES, ids=lambda path: path.stem)

ROSENBROCK = "f = 100*(y - x^2)^2 + (1 - x)^2"
POLAR = "x = r*cos(t); y = r*sin(t)"


def load(path: Path) -> Graph:
    return parse(path.read_text(encoding="utf-8"))


def names_of(graph: Graph) -> list[str]:
    return [graph.names[node] or "" for node in graph.inputs()]


# Jacobians


@every_example
def test_jacobians_are_what_a_report_has(path: Path) -> None:
    graph = load(path)
    of = [name for node, name in enumerate(graph.names) if name and node not in set(graph.inputs())]
    answer = report(graph, {}, Request(of, names_of(graph), "both"))
    for mode in ("", "reverse", "forward", "both"):
        matrix, disagreements = jacobian(graph, {}, Request(of, (), mode))
        assert disagreements == []
        assert (matrix.rows, matrix.columns) == (of, names_of(graph))
        for row, output in zip(matrix.entries, answer.outputs, strict=True):
            for entry, node in zip(row, answer.wrt, strict=True):
                expected = answer.gradient(output, node)
                assert entry.number == pytest.approx(expected, rel=1e-12, abs=1e-13)


def test_the_cheaper_sweep_is_taken() -> None:
    many = parse("a = x1*x2*x3*x4")
    assert cheaper(many, [many.output], list(many.inputs())) == "reverse"
    tall = parse("a = x^2; b = x^3; c = x^4; d = x^5; a + b + c + d")
    of = [tall.find(name) for name in "abcd"]
    assert cheaper(tall, of, [tall.find("x")]) == "forward"
    assert cheaper(tall, of[:1], [tall.find("x")]) == "reverse"  # whose sweep begins early in the program


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_statuses_are_those_of_a_report(mode: str) -> None:
    program = "u = abs(x)*y; v = log(1 + exp(z)); w = sqrt(x); k = log(y - 5)"
    request = Request(["u", "v", "w", "k"], ["x", "y", "z"], mode)
    matrix, _ = jacobian(parse(program), {"x": 0.0, "y": 2.0, "z": 1000.0}, request)
    found = [[entry.verdict.status for entry in row] for row in matrix.entries]
    assert found == [
        ["kink", "ok", "ok"],
        ["ok", "ok", "recovered"],
        ["pole", "ok", "ok"],
        ["ok", "undefined", "ok"],
    ]
    assert matrix.entries[0][0].verdict.interval == (-2.0, 2.0)
    assert matrix.entries[1][2].number == 1
    notes = list(matrix.notes())
    assert notes[0] == "note: `abs` at 1:5 of 0 is at a kink: ∂u/∂x is -2 on the left, 2 on the right"
    assert not matrix.is_finite()


# Hessians


def second(graph: Graph, inputs: dict[str, float], first: str, other: str) -> float:
    """Compute ∂²/∂first∂other of a graph's output, by differences of values in high precision."""
    algebra = high_precision(90)
    context = algebra.number(0.0, "").context
    step = context.mpf(10) ** -20

    def value(*steps: tuple[str, int]) -> object:
        point = {name: context.mpf(number) for name, number in inputs.items()}
        for name, count in steps:
            point[name] += count * step
        return evaluate(graph, point, algebra=algebra).values[graph.output]

    corners = [value((first, i), (other, j)) * i * j for i in (-1, 1) for j in (-1, 1)]
    return float(sum(corners) / (4 * step**2))


@every_example
def test_hessians_of_the_examples(path: Path) -> None:
    graph = load(path)
    names = names_of(graph)
    inputs = {name: graph.numbers[graph.find(name)] or 0.0 for name in names}
    matrix = hessian(graph, {}, Request())
    size = max(abs(entry.number) for row in matrix.entries for entry in row)
    for u, first in enumerate(names):
        for v, other in enumerate(names):
            entry = matrix.entries[u][v]
            assert entry.number == matrix.entries[v][u].number
            assert entry.number == pytest.approx(second(graph, inputs, first, other), rel=1e-11, abs=1e-13 * size)
    vector = {name: 0.5 - at for at, name in enumerate(names)}
    product = hessian(graph, {}, Request(direction=vector))
    for row, entries in zip(matrix.entries, product.entries, strict=True):
        expected = sum(entry.number * step for entry, step in zip(row, vector.values(), strict=True))
        assert entries[0].number == pytest.approx(expected, rel=1e-12, abs=1e-12 * size)


@pytest.mark.parametrize("row", PRIMITIVES.values(), ids=lambda row: row.name)
def test_second_derivative_of_every_primitive(row: object) -> None:
    text = call_of(row)  # type: ignore[arg-type]
    graph = parse(text.replace("- 1", "- z").replace("+ 0.1", "+ z/10").replace("1.5", "1.5*z"))
    inputs = {"x": 0.37 if text != "acosh(x)" else 1.7, "z": 1.0}
    inputs = {name: inputs[name] for name in names_of(graph)}
    if not isfinite(evaluate(graph, inputs).values[graph.output]):
        inputs["x"] = 2.7
    matrix = hessian(graph, inputs, Request())
    for first, entries in zip(matrix.rows, matrix.entries, strict=True):
        for other, entry in zip(matrix.columns, entries, strict=True):
            assert entry.verdict.status == "ok"
            assert entry.number == pytest.approx(second(graph, inputs, first, other), rel=1e-12, abs=1e-13)


@settings(max_examples=60)
@given(programs(), st.lists(st.floats(-3, 3), min_size=8, max_size=8))
def test_hessians_of_random_programs_are_symmetric_and_within_their_pattern(program: str, values: list[float]) -> None:
    graph = parse(program)
    names = names_of(graph)[:3]
    if not names:
        return
    inputs = dict(zip(names_of(graph), values, strict=False))
    request = Request(wrt=names, arithmetic="double")
    matrix = hessian(graph, inputs, request)
    pattern = hessian_pattern(graph, (), names)
    for u in range(len(names)):
        for v in range(len(names)):
            number, mirrored = matrix.entries[u][v].number, matrix.entries[v][u].number
            assert number == mirrored or number != number != mirrored
            assert pattern.entries[u][v] == pattern.entries[v][u]
            assert pattern.entries[u][v] or number == 0
    first, _ = jacobian(graph, inputs, request)
    entries = jacobian_pattern(graph, (), names).entries
    assert all(known or entry.number == 0 for known, entry in zip(entries[0], first.entries[0], strict=True))


@pytest.mark.parametrize(
    ("program", "expected", "statuses"),
    [
        ("abs(x)", 0, "jump"),
        ("relu(x)", 0, "jump"),
        ("where(x == 0, 1, sin(x)/x)", -1 / 3, "recovered"),
        ("log(1 + exp(x + 1000))", 0, "overflow"),
        ("x^1.5", inf, "pole"),
        ("sqrt(x)", -inf, "pole"),
        ("log(x - 1)", None, "undefined"),
        ("where(x > 1, sqrt(x - 2), x^3)", 0, "ok"),
        ("where(x > 0, sqrt(x), 0)*0 + x^2", None, None),
        ("abs(x)*x", None, "kink"),
    ],
)
def test_second_derivatives_where_rules_or_doubles_fail(
    program: str, expected: float | None, statuses: str | None
) -> None:
    ((entry,),) = hessian(parse(program), {"x": 0.0}, Request()).entries
    assert statuses is None or entry.verdict.status == statuses
    assert expected is None or entry.number == pytest.approx(expected, rel=1e-15)
    if statuses == "kink":
        assert entry.verdict.interval == (-2.0, 2.0)


def test_where_the_order_of_differentiation_matters() -> None:
    """Peano's example: its second derivatives at 0 depend on which is taken first, and none is to be trusted."""
    program = "where(x == 0 and y == 0, 0, x*y*(x^2 - y^2)/(x^2 + y^2))"
    matrix = hessian(parse(program), {"x": 0.0, "y": 0.0}, Request())
    assert [[entry.verdict.status for entry in row] for row in matrix.entries] == [
        ["ok", "undefined"],
        ["undefined", "ok"],
    ]
    assert list(matrix.notes())[-1] == ("note: the order matters here: ∂/∂y of ∂%13/∂x is -1, and ∂/∂x of ∂%13/∂y is 1")


def test_a_hessian_in_an_intermediate() -> None:
    matrix = hessian(parse("c = exp(a); e = c^2*a"), {"a": 0.5}, Request(wrt=["a", "c"]))
    c = mpmath.exp(0.5)
    assert matrix.entries[1][1].number == pytest.approx(2 * 0.5)  # ∂²e/∂c², as if c were free
    assert matrix.entries[0][1].number == matrix.entries[1][0].number
    assert matrix.entries[0][1].number == pytest.approx(float(2 * c + 2 * 0.5 * c))  # d/da of ∂e/∂c = 2*c*a
    assert matrix.entries[0][0].number == pytest.approx(float(4 * c**2 + 4 * 0.5 * c**2))


@heavy
def test_nothing_recurses() -> None:
    chain = "y0 = sin(x)\n" + "\n".join(f"y{k} = sin(y{k - 1})" for k in range(1, 10_000))
    graph = parse(chain)
    ((entry,),) = hessian(graph, {"x": 0.5}, Request()).entries
    evaluation = evaluate(graph, {"x": 0.5})
    slope = sweep_forward(evaluation, {graph.find("x"): 1.0})[graph.output]
    assert abs(entry.number) < inf
    assert entry.number != slope
    assert hessian_pattern(graph).entries == [[True]]


# Patterns


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("a*b + c", ".x. x.. ..."),
        ("a + b + c", "... ... ..."),
        ("a^2 + sin(b) + abs(c)", "x.. .x. ..."),
        ("sum(a*b, b*c, c)", ".x. x.x .x."),
        ("a/b + floor(c)", ".x. xx. ..."),
        ("where(c > 0, a*a, b)", "x.. ... ..."),
        ("prod(a, b) + (c > 1)", ".x. x.. ..."),
    ],
)
def test_patterns_of_hessians(program: str, expected: str) -> None:
    entries = hessian_pattern(parse(program), (), ("a", "b", "c")).entries
    assert " ".join("".join(".x"[entry] for entry in row) for row in entries) == expected


def test_patterns_of_jacobians() -> None:
    graph = parse("u = a*b; v = where(b > 0, c, 1); w = floor(a) + c; t = u + 2*v")
    entries = jacobian_pattern(graph, ("u", "v", "w", "t"), ("a", "b", "c", "u")).entries
    assert ["".join(".x"[entry] for entry in row) for row in entries] == ["xx.x", "..x.", "..x.", "xxxx"]


# What is printed


def test_formats_of_a_jacobian(cgraph: Run) -> None:
    args = ("jacobian", "x = r^2*t; y = abs(t - 1)", "--of", "x,y", "--r", "3", "--t", "1")
    assert cgraph(*args).stdout == (
        "╭──────┬──────────┬──────────┬───────────────────────╮\n"
        "│ node │ ∂node/∂r │ ∂node/∂t │ status                │\n"
        "├──────┼──────────┼──────────┼───────────────────────┤\n"
        "│ x    │        6 │        9 │                       │\n"
        "│ y    │        0 │        0 │ ∂node/∂t kink [-1, 1] │\n"
        "╰──────┴──────────┴──────────┴───────────────────────╯\n"
        "note: `abs` at 1:16 of 0 is at a kink: ∂y/∂t is -1 on the left, 1 on the right\n"
    )
    rows = list(csv.reader(io.StringIO(cgraph(*args, "-o", "csv").stdout)))
    assert rows == [["node", "r", "t", "status"], ["x", "6", "9", "ok"], ["y", "0", "0", "t kink [-1, 1]"]]
    assert cgraph(*args, "-o", "tsv").stdout.startswith("node\tr\tt\tstatus\nx\t6\t9\tok\n")
    whole = json.loads(cgraph(*args, "-o", "json").stdout)
    assert whole["matrix"] == [[6.0, 9.0], [0.0, 0.0]]
    assert whole["status"] == [["ok", "ok"], ["ok", "kink"]]
    assert whole["intervals"] == [{"row": "y", "column": "t", "interval": [-1.0, 1.0]}]
    assert (whole["of"], whole["wrt"], whole["values"], whole["mode"]) == (
        ["x", "y"],
        ["r", "t"],
        [9.0, 0.0],
        "reverse",
    )
    assert [trouble["cause"] for trouble in whole["diagnostics"]] == ["kinks"]
    last = cgraph(*args, "-o", "jsonl").stdout.splitlines()[1]
    assert json.loads(last)["intervals"] == {"t": [-1.0, 1.0]}
    assert "| `y` | 0 | 0 | ∂node/∂t kink [-1, 1] |\n" in cgraph(*args, "-o", "markdown").stdout


def test_formats_of_a_hessian(cgraph: Run) -> None:
    args = ("hessian", ROSENBROCK, "--x", "-1.2", "--y", "1")
    assert cgraph(*args, "-o", "plain").stdout == (
        "node  ∂²f/∂node∂y  ∂²f/∂node∂x\ny             200          480\nx             480         1330\n"
    )
    whole = json.loads(cgraph(*args, "-o", "json").stdout)
    assert (whole["kind"], whole["of"], whole["wrt"]) == ("hessian", "f", ["y", "x"])
    assert whole["matrix"] == [[200.0, 480.0], [480.0, 1330.0]]
    product = json.loads(cgraph(*args, "--hvp", "x=1,y=0.5", "-o", "json").stdout)
    assert (product["kind"], product["vector"], product["product"]) == (
        "product",
        {"x": 1.0, "y": 0.5},
        [580.0, 1570.0],
    )


def test_sparsity_needs_no_inputs(cgraph: Run) -> None:
    done = cgraph("hessian", f"{ROSENBROCK} + z", "--wrt", "x,y,z", "--sparsity", "-o", "plain")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == [
        "x     x  x  .",
        "y     x  x  .",
        "z     .  .  .",
        "4 of 9 can be other than 0",
    ]
    done = cgraph("jacobian", POLAR, "--of", "x,y", "--sparsity", "-o", "json")
    assert json.loads(done.stdout) == {
        "kind": "jacobian",
        "of": ["x", "y"],
        "wrt": ["r", "t"],
        "pattern": [[1, 1], [1, 1]],
    }
    assert cgraph("jacobian", POLAR, "--sparsity", "-o", "csv").stdout == "node,r,t\ny,1,1\n"


def test_exit_statuses(cgraph: Run) -> None:
    assert cgraph("jacobian", "sqrt(x)", "--x", "0").returncode == 3
    assert cgraph("jacobian", "sqrt(x)", "--x", "0", "--allow-nonfinite").returncode == 0
    assert cgraph("hessian", "log(x)", "--x", "-1").returncode == 3
    assert cgraph("hessian", "abs(x)", "--x", "0").returncode == 0
    done = cgraph("jacobian", POLAR, "--of", "x,y", "--r", "2", "--t", "1", "--mode", "both")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "forward and reverse agree")


def test_precision(cgraph: Run) -> None:
    done = cgraph("hessian", "exp(x/3)", "--x", "1", "--precision", "40", "-o", "csv")
    number = done.stdout.splitlines()[1].split(",")[1]
    with mpmath.workdps(60):
        assert abs(mpmath.mpf(number) - mpmath.exp(mpmath.mpf(1) / 3) / 9) < mpmath.mpf(10) ** -39


def test_a_plain_locale(cgraph: Run) -> None:
    done = cgraph("hessian", ROSENBROCK, "--x", "-1.2", "--y", "1", env={"LC_ALL": "C"})
    assert done.stdout.startswith("+-----")
    assert "| node | d2f/dnodedy | d2f/dnodedx |\n" in done.stdout


def test_gradients_in_the_language() -> None:
    matrix = hessian(parse("y = x^4*z; grad(y, x) + z^2"), {"x": 2.0, "z": 3.0}, Request())
    assert [[entry.number for entry in row] for row in matrix.entries] == [[144.0, 48.0], [48.0, 2.0]]
    entries = jacobian_pattern(parse("y = x^2*z; g = grad(y, x); h = grad(y, z)"), ("g", "h")).entries
    assert entries == [[True, True], [True, False]]
