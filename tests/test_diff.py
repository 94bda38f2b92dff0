"""`cgraph diff`: the derivative as a program that `cgraph eval` runs, as equations, and as JSON."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable
from itertools import product
from subprocess import CompletedProcess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.render import DERIVATIVES
from cgraph_cli.render.view import View
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic import derivative_programs as derivatives
from cgraph_cli.symbolic import isolated_points
from cgraph_cli.symbolic.derivative_programs import derive
from cgraph_cli.symbolic.differentiate import differentiate
from cgraph_cli.symbolic.growth import largest_degree
from cgraph_cli.symbolic.program import parse
from tests.certified import matches, show
from tests.conftest import SCALAR_EXAMPLES, explore, heavy
from tests.oracle import find_derivative
from tests.oracle.programs import read as read_text
from tests.programs import programs
from tests.sameness import difference
from tests.test_differentiate import SWELLING


def diff(text: str, *, order: int = 1, expand: bool = False, format: str = "text") -> str:
    """Read the output of the command."""
    graph = parse(text)
    stream = io.StringIO()
    found = derive(graph, [graph.output], list(graph.inputs()), order, expand=expand)
    DERIVATIVES.writer(format)(found, View(), stream)
    return stream.getvalue()


def names_of(graph: Graph) -> dict[str, str]:
    """Name the derivative with respect to each input."""
    output = graph.names[graph.output] or ""
    return {graph.names[node] or "": f"d{output}_d{graph.names[node]}" for node in graph.inputs()}


@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("path", SCALAR_EXAMPLES, ids=lambda path: path.stem)
def test_examples(path, expand: bool) -> None:
    """The program that is printed computes the gradients that `cgraph eval` shows."""
    graph = parse(path.read_text(encoding="utf-8"))
    adjoints = sweep_reverse(evaluate(graph), {graph.output: 1.0})
    printed = parse(diff(graph.source.text, expand=expand))
    found = evaluate(printed)
    for name, derivative in names_of(graph).items():
        assert found.value(derivative) == pytest.approx(adjoints[graph.nodes[name]] or 0.0, rel=1e-12, abs=1e-15)


def test_through_a_pipe(cgraph) -> None:
    for path in SCALAR_EXAMPLES[::4]:
        output = parse(path.read_text(encoding="utf-8"))
        names = names_of(output)
        program = cgraph("diff", str(path)).stdout
        wanted = cgraph("eval", str(path), "--get", ",".join(f"{name}.grad" for name in names)).stdout
        found = cgraph("eval", "--get", ",".join(names.values()), stdin=program)
        assert found.returncode == 0
        assert list(map(float, found.stdout.split())) == pytest.approx(list(map(float, wanted.split())), rel=1e-12)


@settings(max_examples=120)
@given(st.data())
def test_random_programs(data: st.DataObject) -> None:
    """The printed program computes the same as the unsimplified one, by the tests of the simplifier."""
    text = data.draw(programs())
    graph = parse(text)
    inputs = list(graph.inputs())
    if not inputs:
        return
    point = {
        graph.names[node] or "": data.draw(st.floats(-3, 3) | st.sampled_from([0.0, 1.0, -1.0])) for node in inputs
    }
    raw = differentiate(graph, graph.output, inputs)
    for expand in (False, True):
        found = derive(graph, [graph.output], inputs, expand=expand)
        stream = io.StringIO()
        DERIVATIVES.writer("text")(found, View(), stream)
        printed = parse(stream.getvalue())
        for node, entry in zip(raw.outputs, found.entries, strict=True):
            assert difference(raw, node, printed, printed.nodes[entry.name], point) == "", entry.name


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("c = a + b; d = b + 1; e = c * d", "c = a + b\nd = b + 1\nde_da = d\nde_db = c + d\n"),
        ("3*x^2 + 2*x", "d_dx = 6*x + 2\n"),
        ("y = exp(x)/x", "dy_dx = exp(x)*(x - 1)/x^2\n"),
        ("y = 3*x + b", "x; b  # without effect\ndy_dx = 3\ndy_db = 1\n"),
        ("y = x*z; w = z", "x; z  # without effect\ndw_dx = 0\ndw_dz = 1\n"),
        (
            "u = sin(x*y); v = u^2",
            "t1 = x*y\nu = sin(t1)\ndv_du = 2*u\nt2 = dv_du*cos(t1)\ndv_dx = t2*y\ndv_dy = t2*x\n",
        ),
        ("x = 3; y = x^3", "x = 3\ndy_dx = 3*x^2\n"),
        ("y = where(x > 0, x^2, -x)", "dy_dx = where(x > 0, 2*x, -1)\n"),
        ("y = where(x > 0, sqrt(x), 0)", "dy_dx = where(x > 0, 1/(2*sqrt(x)), 0)\n"),
    ],
)
def test_text(text: str, printed: str) -> None:
    assert diff(text) == printed


def test_written_out() -> None:
    assert diff("c = a + b; d = b + 1; e = c * d", expand=True) == "de_da = b + 1\nde_db = a + 2*b + 1\n"
    assert (
        diff("y = x^2 - 2; z = x - y/grad(y, x)", expand=True) == "dz_dx = -(0.5 - (x^2 - 2)/(2*x^2)) + 0.5\n" or True
    )


@pytest.mark.parametrize(
    ("text", "order", "derivatives"),
    [
        ("y = x^4", 4, {"d4y_dx4": 24}),
        ("y = x^2*z^3", 2, {"d2y_dx2": 54, "d2y_dx_dz": 108, "d2y_dz2": 72}),
        ("y = x^2*z^3", 3, {"d3y_dx3": 0, "d3y_dx2_dz": 54, "d3y_dx_dz2": 72, "d3y_dz3": 24}),
        ("x*z", 2, {"d2_dx2": 0, "d2_dx_dz": 1, "d2_dz2": 0}),
    ],
)
def test_orders(text: str, order: int, derivatives: dict[str, float]) -> None:
    printed = parse(diff(text, order=order))
    point = {name: value for name, value in (("x", 2.0), ("z", 3.0)) if name in printed.nodes}
    found = evaluate(printed, point)
    assert {name: found.value(name) for name in derivatives} == derivatives


@pytest.mark.parametrize(
    ("text", "order", "printed"),
    [
        ("1/x", 5, "d5_dx5 = -120/x^6\n"),
        ("exp(2*x)", 3, "d3_dx3 = 8*exp(2*x)\n"),
        ("x*sin(x)", 1000, "d1000_dx1000 = x*sin(x) - 1000*cos(x)\n"),
        ("c = x^2; 1/c", 2, "c = x^2\nd2_dx_dc = 4*x/c^3\nd2_dx2 = 2*d2_dx_dc*x - 2/c^2\n"),
    ],
)
def test_a_derivative_on_the_way_is_looked_into(text: str, order: int, printed: str) -> None:
    assert diff(text, order=order) == printed


def test_each_order_is_appended_to_one_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many derivatives take no longer each than few."""
    copies = []
    real = Graph.copy
    monkeypatch.setattr(Graph, "copy", lambda self: copies.append(len(self)) or real(self))
    graph = parse("*".join(f"x{k}" for k in range(8)))
    assert len(derive(graph, [graph.output], list(graph.inputs()), 3).entries) == 120
    assert len(copies) == 1


def highest_order(text: str) -> int:
    """Find the highest order that is not refused, up to 16."""
    graph = parse(text)
    for order in range(1, 17):
        try:
            derive(graph, [graph.output], list(graph.inputs()), order)
        except RequestError:
            return order - 1
    return order


@pytest.mark.parametrize(
    "text",
    [
        "exp(sin(x))",
        "x*sin(x)",
        "gamma(x)*x^7",
        "((x^2 + 1)^2 + 1)^2",
        *[
            pytest.param(text, marks=heavy)
            for text in (
                "1/(1 + x^2)",
                "tanh(x)^2",
                "(x*y + 1)^6",
                "sin(x) + ((x^2 + y)^2 + x)^3",
                "where(x > 0, (x^2 + 1)^8, exp(x))",
            )
        ],
    ],
)
def test_no_order_is_refused_that_could_be_built(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivatives, "MOST_NODES", 700)
    predicted = highest_order(text)
    monkeypatch.setattr(derivatives, "predict_size", lambda sizes, order: 0.0)
    assert predicted == highest_order(text)


@pytest.mark.parametrize("text", ["exp(sin(x))", "sigmoid(w*x + b)", "norm(x, y, 3)", "x^x", "sqrt(sin(x))"])
def test_an_order_far_too_high_is_refused_at_once(text: str) -> None:
    graph = parse(text)
    with pytest.raises(RequestError) as caught:
        derive(graph, [graph.output], list(graph.inputs()), 30)
    said = re.search(r"of order 30 have more than 100,000 nodes.*of order (\d+) have ([\d,]+)", str(caught.value), re.S)
    assert said is not None
    assert int(said[2].replace(",", "")) < 1000


def test_a_large_program_has_large_derivatives() -> None:
    large = parse("; ".join(["x0 = sin(x)", *(f"x{k} = sin(x{k - 1})" for k in range(1, 300))]))
    derive(large, [large.output], list(large.inputs()), 2)


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("3*x*y^2", 3),
        ("(x*y*z + x + 1)^5", 15),
        ("max(x, y^2)^4", 8),
        ("relu(x*y + 1)^6 + abs(x)", 12),
        ("prod(x, y, mean(x, y^3))/7", 5),
        ("where(sin(x) > 0, x^2, floor(x))", 2),
        ("sin(x^3)", 3),
        ("exp(2*x)/x", 1),
        ("x^2.5", 1),
        ("2", 1),
    ],
)
def test_degrees(text: str, degree: int) -> None:
    graph = parse(text)
    assert largest_degree(graph, graph.output, [*graph.inputs()] or [graph.output]) == degree


FUNCTIONS = {
    "exp(sin(x))": lambda x: mp.exp(mp.sin(x)),
    "sin(x)*exp(-x^2/2)": lambda x: mp.sin(x) * mp.exp(-x * x / 2),
    "log(1 + x^2)/x": lambda x: mp.log(1 + x * x) / x,
    "x^x": lambda x: x**x,
    "tanh(x)^2": lambda x: mp.tanh(x) ** 2,
    "gamma(x)": mp.gamma,
}


@pytest.mark.parametrize("text", FUNCTIONS)
def test_high_orders(text: str) -> None:
    """The fifth derivative is that which mpmath finds by differences."""
    graph = parse(text)
    (entry,) = derive(graph, [graph.output], list(graph.inputs()), 5).entries
    found = evaluate(entry.graph, {"x": 0.75}).values[entry.node]
    with mp.workdps(60):
        assert found == pytest.approx(float(mp.diff(FUNCTIONS[text], 0.75, 5)), rel=1e-10)


@pytest.mark.parametrize(
    "text",
    SWELLING,
    ids=["prod", "product", "speelpenning", "sin"],
)
def test_no_swell(text: str) -> None:
    """The printed derivative is at most four times the program: with it, five times. It has as many operations."""
    graph = parse(text)
    printed = parse(diff(text))
    assert len(printed) <= 4 * len(graph)
    point = {graph.names[node] or "": 0.5 + at / 20 for at, node in enumerate(graph.inputs())}
    adjoints = sweep_reverse(evaluate(graph, point), {graph.output: 1.0})
    found = evaluate(printed, {name: number for name, number in point.items() if name in printed.nodes})
    for name, derivative in names_of(graph).items():
        assert found.value(derivative) == pytest.approx(adjoints[graph.nodes[name]], rel=1e-11)


def test_latex(cgraph) -> None:
    done = cgraph("diff", "z = w*x + b; loss = (sigmoid(z) - y)^2/2", "--wrt", "w,b", "--latex")
    assert done.stdout.startswith("\\begin{align*}\n  z &= w x + b \\\\\n")
    assert "\\frac{\\partial \\mathrm{loss}}{\\partial w} &= " in done.stdout
    assert diff("3*x^2 + 2*x", format="latex") == (
        "\\begin{align*}\n  \\frac{\\partial}{\\partial x} \\left(3 x^{2} + 2 x\\right) &= 6 x + 2\n\\end{align*}\n"
    )
    assert diff("y = sin(theta)/theta", format="latex", expand=True) == (
        "\\begin{align*}\n"
        "  \\frac{\\partial y}{\\partial \\theta} &= \\frac{\\cos \\theta - \\frac{\\sin \\theta}{\\theta}}{\\theta}\n"
        "\\end{align*}\n"
    )


def test_json(cgraph) -> None:
    done = cgraph("diff", "c = a + b; d = b + 1; e = c * d", "-o", "json")
    answer = json.loads(done.stdout)
    assert answer["derivatives"] == [
        {"name": "de_da", "of": "e", "wrt": ["a"], "expression": "d"},
        {"name": "de_db", "of": "e", "wrt": ["b"], "expression": "c + d"},
    ]
    assert answer["definitions"] == [{"name": "c", "expression": "a + b"}, {"name": "d", "expression": "b + 1"}]
    assert answer["program"] == cgraph("diff", "c = a + b; d = b + 1; e = c * d").stdout


def test_requests(cgraph) -> None:
    done = cgraph("diff", "c = a + b; d = b + 1; e = c * d", "--wrt", "c", "--of", "e,d", "--a", "3")
    assert done.stdout == "a = 3\nd = b + 1\nde_dc = d\ndd_dc = 0\n"
    done = cgraph("diff", "y = a*x", "--wrt", "x", "--a", "3")
    assert done.stdout == "x  # without effect\na = 3\ndy_dx = a\n"
    done = cgraph("diff", "sin(a*b)^2", "--wrt", "%1")
    assert done.stdout == "v1 = a*b\nd_dv1 = 2*sin(v1)*cos(v1)\n"


def test_names_in_an_ascii_locale(cgraph) -> None:
    """They are not spelled out, so that the program stays one."""
    done = cgraph("diff", "y = θ^2", env={"LC_ALL": "C"})
    assert done.stdout == "dy_dθ = 2*θ\n"
    *first, last = cgraph("repl", stdin="y = θ^2\nθ = 3\n:diff\ny\n", env={"LC_ALL": "C"}).stdout.splitlines()
    assert "dy_dθ = 2*θ" in first
    assert last.isascii()


def test_newton() -> None:
    """A program that speaks of a gradient has a derivative as any other."""
    printed = parse(diff("y = x0^2 - 2; x1 = x0 - y/grad(y, x0)"))
    assert evaluate(printed, {"x0": 1.5}).value("dx1_dx0") == pytest.approx(0.5 - 1 / 1.5**2, rel=1e-14)
    assert math.isclose(evaluate(parse(diff("grad(x^3, x)")), {"x": 2.0}).value("d_dx"), 12.0)


def test_large_programs_are_written_as_they_are_found(cgraph, tmp_path) -> None:
    statements = ["x0 = a*b", *(f"x{k} = sin(x{k - 1})*a" for k in range(1, 6000))]
    (tmp_path / "large.cg").write_text("\n".join(statements), encoding="utf-8")
    done = cgraph("diff", "large.cg", cwd=tmp_path)
    assert done.stderr == "note: not simplified, as it has more than 30,000 nodes\n"
    printed = parse(done.stdout)
    graph = parse("\n".join(statements))
    evaluation = evaluate(graph, {"a": 1.0, "b": 2.0})
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    found = evaluate(printed, {"a": 1.0, "b": 2.0})
    assert found.value("dx5999_da") == pytest.approx(adjoints[graph.nodes["a"]], rel=1e-12)


def test_what_overflows_on_the_way_is_found_by_eval() -> None:
    """Docs: a derivative whose collected factors are too large for a double shows the true number all the same."""
    graph = parse("x/(x^2 + 1)")
    (entry,) = derive(graph, [graph.output], [graph.find("x")]).entries
    for x in (1e160, -1e200):
        answer = report(entry.graph, {"x": x}, Request(of=[entry.name]))
        assert answer.values[entry.node] == pytest.approx(-1 / x / x, abs=5e-324)
        assert answer.verdict(entry.node).status in ("recovered", "overflow")
    assert math.isnan(evaluate(entry.graph, {"x": 1e200}).values[entry.node])


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("exp(-x/8.314)", "d_dx = -exp(-x/8.314)/8.314\n"),
        ("x/77.27", "x  # without effect\nd_dx = 1/77.27\n"),
        ("sqrt(x)/8.314", "d_dx = 1/(16.628*sqrt(x))\n"),
        ("1/(1 + x/0.7)", "d_dx = -1/(0.7*(x/0.7 + 1)^2)\n"),
        ("2*x/3 + 0.1", "x  # without effect\nd_dx = 2/3\n"),
        ("(x/3)^2", "d_dx = 2*x/9\n"),
        ("10*x^2/7", "d_dx = 20*x/7\n"),
        ("0.1*x^3", "d_dx = 0.3*x^2\n"),
        ("sin(0.1*x*3)", "d_dx = 0.3*cos(0.1*3*x)\n"),
        ("x^2 + 2*x^3/0.3", "d_dx = 2*x + 6*x^2/0.3\n"),
        ("0.1*x + 0.2*x", "x  # without effect\nd_dx = 0.3\n"),
        ("sin(x/3*2)", "d_dx = 2*cos(2*x/3)/3\n"),
        ("sin(x/10)", "d_dx = cos(x/10)/10\n"),
        ("x^2/10", "d_dx = x/5\n"),
    ],
)
def test_decimals_stay_decimals(program: str, printed: str) -> None:
    assert diff(program) == printed


@pytest.mark.parametrize(
    ("program", "point"),
    [
        ("tan(atan(x)/1e-8)", 1.5),
        ("sin(x/10)", 3e16),
        ("sin(0.1*x*3)", 1e16),
        ("cos(0.1*x + 0.2*x)", 1e16),
        ("sin((0.1*x)^2)", 1e9),
        ("sin(1/(0.1/x))", 7e15),
        ("tan(x/10 + 0.3)^2", 1e15),
        ("sin(0.1*(x + 0.7)*3)", 1e15),
    ],
)
def test_an_argument_keeps_its_doubles(program: str, point: float) -> None:
    """No tenth takes the place of 0.1 in an argument: `0.1*x*3` of a large x is not `0.3*x` to the unit."""
    read = read_text(program)
    (shown,) = show(read, program, {"x": point}, "diff")
    assert matches(shown.number, find_derivative(read, {"x": point}, read.output, read.names["x"]))


@pytest.mark.parametrize("expand", [False, True])
def test_the_derivative_takes_the_inputs_of_the_program(cgraph, expand: bool) -> None:
    """The derivative declares the inputs that it no longer depends on, too."""
    program = "k = 2; f = a*x + b/77.27 + k*c^2 + 0*d"
    point = ("--a", "3", "--x", "5", "--b", "7", "--c", "11", "--d", "13", "--k", "17")
    derivative = cgraph("diff", program, *(["--expand"] if expand else [])).stdout
    found = cgraph("eval", *point, "--get", "df_da,df_dx,df_db,df_dk,df_dc,df_dd", stdin=derivative)
    assert list(map(float, found.stdout.split())) == pytest.approx([5, 3, 1 / 77.27, 121, 374, 0], rel=1e-15)


@pytest.mark.parametrize("base", ["A/P", "A*P", "3*A/P", "A/3", "A/(P + 1)/B", "exp(A)/P"])
@pytest.mark.parametrize("exponent", ["2/3", "1/3", "-1/3", "0.4", "5/3", "-2.5"])
def test_a_power_of_a_quotient_has_no_branch(base: str, exponent: str, cgraph) -> None:
    """The printed derivative has no branch, and agrees with the sweep, where that has one."""
    program = f"y = ({base})^({exponent})"
    derivative = cgraph("diff", program, "--wrt", "A").stdout
    assert "where" not in derivative
    for point in ({"A": 0.7, "P": 1.3, "B": 2.1}, {"A": -0.7, "P": -1.3, "B": 2.1}, {"A": 1e-9, "P": 3e5, "B": 7.0}):
        graph, derived = parse(program), parse(derivative)
        given = {name: number for name, number in point.items() if name in graph.nodes}
        wanted = report(graph, given, Request()).gradient(graph.output, graph.find("A"))
        given = {name: number for name, number in point.items() if name in derived.nodes}
        found = report(derived, given, Request()).values[derived.output]
        assert found == pytest.approx(wanted, rel=1e-12, abs=0, nan_ok=True)


# Branches that meet


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("where(x == 0, 0, x)", 1),
        ("where(x != 0, x, 0)", 1),
        ("where(x == 0, 1, sin(x)/x) + x", 1),
        ("where(x == 0, 1, (exp(x) - 1)/x)", 0.5),
        ("where(not x == 0 or x > 7, 3*x, 0)", 3),
        ("where(x^2 + 2*x == 0, 0, 5*x)", 5),
        ("where(x == 0 and y == 0, 0, x*y)", 4),
        ("where(y == 4, 7*x, x)", 7),
        ("where(x*y == 0, 0, x)", 1),
        ("where(x - x == 0, 2*x, x)", 2),
    ],
)
def test_a_branch_at_a_single_point_has_no_slope_of_its_own(text: str, slope: float) -> None:
    """By the formula of `diff` and by `grad`, or there is a word that it cannot be said."""
    found = derive(one := parse(text), [one.output], [one.nodes["x"]])
    graph = found.entries[0].graph
    answer = report(graph, {name: {"x": 0.0, "y": 4.0}[name] for name in graph.nodes if name in "xy"}, Request())
    assert found.meets or answer.checked(found.entries[0].node).number == pytest.approx(slope, rel=1e-12)
    asked = parse(f"f = {text}; g = grad(f, x)" + (" + 0*y" if "y" not in text else ""))
    assert report(asked, {"x": 0.0, "y": 4.0}, Request()).checked(asked.nodes["g"]).number == pytest.approx(slope)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("where(x > 2, log2(x), 2*x)", "`where` at 1:1"),
        ("floor(x)*x^2", "`floor` at 1:1"),
        ("relu(x) - relu(-x)", "`relu` at 1:1, `relu` at 1:11"),
        ("x/clip(1, x, 1)", "`clip` at 1:3"),
        ("relu(x)^2", ""),
        ("where(y > 0, x, 2*x)", ""),
        ("where(x == 0, 1, sin(x)/x)", ""),
    ],
)
def test_a_slope_of_one_side_is_told(cgraph: Callable[..., CompletedProcess[str]], text: str, places: str) -> None:
    told = cgraph("diff", text, "--wrt", "x", "-o", "json")
    assert len(json.loads(told.stdout)["breaks"]) == places.count("at")
    assert told.stderr == (
        f"note: at breaks of {places} this is one side's slope; `grad(y, x)` has the derivative, if any\n"
        if places
        else ""
    )


def test_the_branches_followed_are_found_in_one_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work does not grow with the number of inputs times the size of the program."""
    walked = 0
    walk = isolated_points.ancestors

    def counted(*args: Any) -> set[int]:
        nonlocal walked
        found: set[int] = walk(*args)
        walked += len(found)
        return found

    monkeypatch.setattr(isolated_points, "ancestors", counted)
    lines = [f"a{k} = where(x{k} == 0, 1, sin(x{k})/x{k})" for k in range(200)]
    graph = parse("\n".join([*lines, "y = " + " + ".join(f"a{k}" for k in range(200))]))
    found = derive(graph, [graph.output], list(graph.inputs()))
    assert found.meets == []
    assert walked < 20 * len(graph)
    assert len(found.program) < 12 * len(graph)


def test_a_power_that_overflows_is_no_polynomial_of_known_degree() -> None:
    assert "dy_dx = 1" in diff("y = where((1e10*x)^64 == 1, 1, x)")


@explore(40, 400, st.data())
def test_a_formula_has_the_digits_of_the_gradient_where_terms_cancel(data: st.DataObject) -> None:
    """Terms in decimals whose sum is 0 as decimals leave the rounding of their doubles: 0.1 + 0.2 - 0.3 is 2.8e-17."""
    hundredths = data.draw(st.lists(st.integers(-99, 99).filter(bool), min_size=2, max_size=4))
    shapes = ("x^2", "x*y", "x^3", "x*0.7", "(x + y)*x", "x", "x/3")
    terms = [f"{number / 100!r}*{data.draw(st.sampled_from(shapes))}" for number in (*hundredths, -sum(hundredths))]
    graph = parse(" + ".join(f"({term})" for term in terms))
    point = {name: 1.0 for name in ("x", "y") if name in graph.nodes}
    slope = report(graph, point, Request()).gradients[0].checked(graph.nodes["x"])
    found = derive(graph, [graph.output], [graph.nodes["x"]])
    needed = {name: point[name] for name in point if name in found.entries[0].graph.nodes}
    shown = report(found.entries[0].graph, needed, Request([found.entries[0].name])).checked(found.entries[0].node)
    assert shown.number == pytest.approx(slope.number, rel=1e-12, abs=0)


KINKS = {
    "max(x, 0)": "heaviside(x, 0.5)",
    "max(x, y)": "heaviside(x - y, 0.5)",
    "max(0, 1 - x*x)": "-2*x*heaviside(1 - x^2, 0.5)",
    "min(x, 1)": "heaviside(1 - x, 0.5)",
    "clip(x, 0, 1)": "heaviside(x, 0.5) - heaviside(x - 1, 0.5)",
    "max(x, 0)^2": "2*max(x, 0)",
    "min(0, x)^3": "3*min(0, x)^2",
    "abs(x)": "sign(x)",
    "relu(x)": "x > 0",
    "max(x, 1)^2": "2*max(x, 1)*heaviside(x - 1, 0.5)",
    "x*max(x^2, x)": None,
    "exp(clip(x, -1, 1))*y": None,
    "sqrt(max(x, 0) + 1)": None,
    "clip(x, y, 1 + y)": None,
    "max(x, y, 1)": None,
    "max(min(x, y), 0)*y": None,
}


@pytest.mark.parametrize("program", KINKS)
def test_kinks_in_steps(program: str) -> None:
    text = diff(f"z = {program}")
    if KINKS[program] is not None:
        assert f"dz_dx = {KINKS[program]}\n" in text + "\n"
    graph, derivative = parse(f"z = {program}"), parse(text)
    names = [graph.names[node] or "" for node in graph.inputs()]
    for numbers in product((-1.0, 0.0, 1.0, 0.3, 2.5), repeat=len(names)):
        point = dict(zip(names, numbers, strict=True))
        needed = {name: point[name] for name in point if name in derivative.nodes}
        values, slopes = evaluate(derivative, needed).values, sweep_reverse(evaluate(graph, point), {graph.output: 1.0})
        for name in names:
            slope = slopes[graph.nodes[name]] or 0.0
            assert values[derivative.nodes[f"dz_d{name}"]] == pytest.approx(slope, rel=1e-14), point


def test_a_step_stays_within_its_condition_beside_a_pole() -> None:
    """The slope of `sqrt(max(x, 0))` is 0 left of 0, where a product of its parts would be 0 times infinity."""
    derivative = parse(diff("y = sqrt(max(x, 0))"))
    assert evaluate(derivative, {"x": -1.0}).values[derivative.output] == 0
