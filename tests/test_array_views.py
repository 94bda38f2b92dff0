"""Programs of arrays in the commands that show them: ranges, drawings, pages, derivations, checks, files."""

from __future__ import annotations

import json
import math
import re
import subprocess
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import strategies as st

from cgraph_cli.core.array_graph import program_operands
from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import CONSTANT
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.draw.array_drawing import draw_program
from cgraph_cli.draw.graphs import html
from cgraph_cli.evaluation.sweeps import evaluate, sweep_forward, sweep_reverse
from cgraph_cli.language.parse import parse
from cgraph_cli.render.view import View
from cgraph_cli.results.array_derivation import ArrayDerivation
from cgraph_cli.results.conditioning import condition_number
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request, find_direction
from cgraph_cli.symbolic.arrays import with_shapes
from cgraph_cli.symbolic.line import along_line
from cgraph_cli.symbolic.matrices.adjoint_terms import ADJOINT, adjoint_term
from tests.browser import Watched
from tests.conftest import Run, explore
from tests.needs import need_program
from tests.test_array_programs import points, shaped
from tests.test_html import browser, watched  # noqa: F401  (fixtures)

LAYER = "s = softmax(W @ x + b); L = -log(s[1])"
POINT = {"W": [[1, 2], [3, 4], [0, -1]], "x": [1, 0.5], "b": [0, 0, 0]}
WORDS = [f"--{name}={value}" for name, value in POINT.items()]


# Terms of derivations


def evaluated(text: str, arrays: dict[str, Any]) -> Any:
    """Evaluate an expression of the language, with arrays by name."""
    statements = "".join(f"{name} = {value.tolist()}\n" for name, value in arrays.items())
    graph = with_shapes(parse(Source(f"{statements}result = ({text}) + 0")), {})
    assert graph.arrays is not None
    values = evaluate(graph, {}).values
    elements = graph.arrays.elements[graph.arrays.graph.nodes["result"]]
    return numpy.array([values[each] for each in elements.items]).reshape(elements.shape)


def check_terms(text: str, given: dict[str, Any]) -> tuple[int, int]:
    """Check that each gradient is the sum of its terms, evaluated in the language; count those with all terms, and
    others.
    """
    graph, numbers = shaped(text, given)
    arrays = graph.arrays
    assert arrays is not None
    program = arrays.graph
    evaluation = evaluate(graph, numbers)
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})

    def numbers_of(node: int, column: Any) -> Any:
        items = [column[each] or 0.0 for each in arrays.elements[node].items]
        return numpy.array(items).reshape(arrays.elements[node].shape)

    if not all(map(math.isfinite, evaluation.values)) or max(map(abs, evaluation.values)) > 1e6:
        return 0, 0
    users: dict[int, set[int]] = {}
    for node in range(len(program)):
        if node not in program.hidden:
            for operand in program_operands(program, node):
                users.setdefault(operand, set()).add(node)
    whole = partly = 0
    for node, through in users.items():
        if program.operations[node] == CONSTANT or node == program.output or node in program.hidden:
            continue
        terms = [(user, adjoint_term(program, user, node)) for user in through]
        if any(term is None for _, term in terms):
            partly += 1
            continue
        total = numpy.zeros(program.shapes[node])
        for user, term in terms:
            assert term is not None
            written, values = term.text(), {"g": numbers_of(user, adjoints)}
            written = written.replace(ADJOINT, "g")
            for at, (sign, each) in enumerate(term.signs.items()):
                written = written.replace(sign, f"v{at}")
                values[f"v{at}"] = numbers_of(each, evaluation.values)
            if 0 in {size for value in values.values() for size in value.shape}:  # no literal has such a shape
                return 0, 0
            total = total + evaluated(written, values)
        expected = numbers_of(node, adjoints)
        scale = 1 + max(abs(x) for x in adjoints if x is not None)
        assert total.shape == expected.shape
        assert numpy.all(abs(total - expected) <= 1e-9 * scale), (program.labels()[node], written)
        whole += 1
    return whole, partly


@explore(60, 4_000, points())
def test_a_gradient_is_the_sum_of_the_terms_that_explain_tells(point: Any) -> None:
    program, given, _ = point
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        check_terms(program.text, given)


@pytest.mark.parametrize(
    "text",
    [
        "A = [[4, 1], [1, 3]]; v = [1, 2]; y = sum(solve(A, v)^2)", "A = [[4, 1], [1, 3]]; y = sum(inv(A)^3)",
        "A = [[4, 1], [1, 3]]; y = logdet(A)*det(A)", "A = [[4, 1], [1, 3]]; y = sum(cholesky(A)^2*[[1, 0], [2, 3]])",
        "A = [[1, 2], [3, 4]]; y = sum(softmax(A)*A.T)", "A = [[1, 2], [3, 4]]; y = sum(log_softmax(A)^2)",
        "A = [[1, 2], [3, 4]]; y = cross_entropy(A, [0, 1])*3", "v = [1, 2, 3]; y = sum(cumsum(v)^2) + norm(v)",
        "v = [1, 2, 3]; u = [1, 0, 2]; y = sum(outer(v, u)^2)*dot(v, u)", "v = [1, 2, 3]; y = prod(v) + max(v)^2",
        "v = [1, 2, 3]; y = sum(stack(v, v^2)^2) + sum(concat(v, 2*v)^3)", "v = [1, 2, 3]; y = sum(diag(v)^2)",
        "A = [[1, 2], [3, 4]]; y = trace(A)^2 + sum(reshape(A, 4)^2)", "v = [1, 2, 3, 4]; y = sum(conv1d(v, v[:2])^2)",
        "A = [[1, 2], [3, 4]]; y = sum(logsumexp(A, axis=0)^2) + sum(mean(A, axis=1)^2)",
        "A = [[1, 2], [3, 4]]; y = sum(A[:, 1]^2) + A[0, 1]^3 + sum(A[1]^2)",
        "A = [[1, 2], [3, 4]]; y = sum((A.T @ A)^2)",
        "A = [[1, 2], [3, 4]]; b = [1, -1]; y = sum(where(A > 2, A*b, b^2))",
        "x = 3; A = [[1, 2], [3, 4]]; y = sum(x*A)^2",
        "A = [[1, 2], [3, 4]]; y = sum(conv2d(A, A)^2)",
    ],
)  # fmt: skip
def test_every_kind_of_operation_has_terms(text: str) -> None:
    whole, partly = check_terms(text, {})
    assert whole >= 1
    assert partly == 0


def test_explain_says_it_as_textbooks_do(cgraph: Run) -> None:
    text = cgraph("explain", LAYER, *WORDS).stdout
    assert "∂L/∂W = ∂L/∂%1 · xᵀ, because %1 = W @ x" in text
    assert "∂L/∂x = Wᵀ · ∂L/∂%1" in text
    assert "s ⊙ (∂L/∂s - sum(s ⊙ ∂L/∂s))" in text
    rows = "z = x @ w + b; loss = mean(softplus(z) - y*z)"
    point = ["--x=ones(5)", "--y=zeros(3)", "--w=ones(5, 3)", "--b=[0.1, 0.2, 0.3]"]
    text = cgraph("explain", rows, *point).stdout
    assert "∂loss/∂w = xᵀ · ∂loss/∂%1, because %1 = x @ w" in text
    assert "    [[0.331313, 0.331505, 0.331678],\n     [0.331313" in text
    assert "∂A" in cgraph("explain", "y = inv(A)", "--A=[[2, 1], [1, 3]]").stdout
    assert "-(yᵀ · ∂Σy/∂y · yᵀ)" in cgraph("explain", "y = inv(A)", "--A=[[2, 1], [1, 3]]").stdout
    one = cgraph("explain", "y = sum(x^2)", "--x=[1, 2]", "--wrt=x[0]").stdout
    assert "∂%1[0]/∂x[0] = 2·x[0] = 2" in one


def test_explain_in_json_has_the_numbers_of_eval(cgraph: Run) -> None:
    told = json.loads(cgraph("explain", LAYER, *WORDS, "-o", "json").stdout)
    numbers = json.loads(cgraph("eval", LAYER, *WORDS, "-o", "json").stdout)
    nodes = {node["name"]: node for node in numbers["nodes"]}
    assert {step["node"]: step["value"] for step in told["forward"]} == {n: e["value"] for n, e in nodes.items()}
    backward = told["outputs"]["L"]["backward"]
    assert {step["node"]: step["gradient"] for step in backward} == {n: e["gradient"]["L"] for n, e in nodes.items()}
    rules = {step["node"]: [term["rule"] for term in step["terms"]] for step in backward}
    assert rules["W"] == ["outer(gradient, x)"]
    assert rules["x"] == ["W.T @ gradient"]


def test_explain_in_latex_is_balanced(cgraph: Run) -> None:
    for form in ("latex", "markdown"):
        text = cgraph("explain", LAYER, *WORDS, "-o", form).stdout
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
        assert text.count(r"\begin{pmatrix}") == text.count(r"\end{pmatrix}") > 8
        assert r"\frac{\partial L}{\partial W}" in text
        assert not re.search("[\ue000-\ue0ff]", text)


@explore(25, 2_000, points())
def test_any_program_is_told_and_drawn(point: Any) -> None:
    """Every format writes it; the numbers of the drawing are those of the sweeps, array by array."""
    from io import StringIO

    from cgraph_cli.draw import write
    from cgraph_cli.render import DERIVATIONS

    program, given, _ = point
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        graph, numbers = shaped(program.text, given)
        assert graph.arrays is not None
        answer = report(graph, numbers, Request())
        derivation = ArrayDerivation(answer, graph.arrays, list(graph.arrays.graph.inputs()))
        for form in ("text", "markdown", "latex", "json"):
            stream = StringIO()
            DERIVATIONS.writer(form)(derivation, View(), stream)
            assert not re.search("[\ue000-\ue0ff\x00]", stream.getvalue())
        drawing = draw_program(graph, (), answer)
        for form in ("tree", "dot", "mermaid", "json", "svg"):
            assert write(drawing, form, View(all=True))
        made = json.loads(str(write(drawing, "json", View())))
        nodes = {node["name"]: node for node in made["nodes"]}
        for name in [*given, *program.computed]:
            elements = graph.arrays.elements[graph.arrays.graph.nodes[name]]
            node = nodes[name]
            assert node.get("shape", []) == list(elements.shape)
            expected = elements.map(lambda each: answer.values[each]).nested()
            assert json.dumps(node["value"]) == json.dumps(json.loads(json.dumps(expected)))
        keys = [edge["id"] for edge in made["edges"]]
        assert len(set(keys)) == len(keys)


def test_a_box_an_array(cgraph: Run) -> None:
    made = json.loads(cgraph("graph", LAYER, *WORDS, "-o", "json").stdout)
    nodes = {node["name"]: node for node in made["nodes"]}
    assert list(nodes) == ["W", "x", "b", "%1", "%2", "s", "%3", "%4", "L"]
    ids = {node["id"]: name for name, node in nodes.items()}
    edges = {(ids[edge["from"]], ids[edge["to"]]) for edge in made["edges"]}
    chain = {("%1", "%2"), ("%2", "s"), ("s", "%3"), ("%3", "%4"), ("%4", "L")}
    assert edges == {("W", "%1"), ("x", "%1"), ("b", "%2"), *chain}
    (slope,) = [edge for edge in made["edges"] if edge["derivative"] == "∂%4/∂%3"]
    assert math.isclose(slope["partial"], 1 / nodes["%3"]["value"])
    assert [edge for edge in made["edges"] if "partial" in edge and edge["derivative"] != "∂%4/∂%3"] == [
        {**each, "partial": -1.0} for each in made["edges"] if each["derivative"] == "∂L/∂%4"
    ]
    named = json.loads(cgraph("graph", LAYER, *WORDS, "--named", "-o", "json").stdout)
    assert [node["name"] for node in named["nodes"]] == ["W", "x", "b", "s", "L"]
    assert [node["expression"] for node in named["nodes"]][3:] == ["softmax(W @ x + b)", "-log(s[1])"]
    tree = cgraph("graph", LAYER, *WORDS).stdout
    assert "W : [3, 2]" in tree
    assert "[[1, 2], [3, 4], [0, -1]]" in tree
    bare = cgraph("graph", "x : [3]; y = sum(x)").stdout
    assert "x : [3]" in bare


def test_rows_of_a_grid_stand_below_one_another(cgraph: Run) -> None:
    picture = cgraph("graph", "y = sum(W^2)", "--W=[[1, 22.5], [333, 4]]", "-o", "svg").stdout
    assert "= [[  1, 22.5],".replace("[[  ", "[[\xa0\xa0") in picture
    assert "\xa0\xa0\xa0[333,\xa0\xa04  ]]".replace("4  ", "4\xa0\xa0") in picture


def test_graphviz_reads_arrays(cgraph: Run) -> None:
    dot = need_program("dot")
    text = cgraph("graph", LAYER, *WORDS, "-o", "dot").stdout
    drawn = subprocess.run([dot, "-Tplain"], input=text, capture_output=True, text=True, check=True)
    assert drawn.stderr == ""
    assert len(re.findall("^node ", drawn.stdout, re.MULTILINE)) == 9


# The page


def page_of(text: str, given: dict[str, Any], **request: Any) -> tuple[Any, str]:
    graph, numbers = shaped(text, {name: numpy.array(value, dtype=float) for name, value in given.items()})
    answer = report(graph, numbers, Request(**request))
    return graph, html.write(draw_program(graph, request.get("of", ()), answer), View())


def check_page(watched: Watched, text: str, point: dict[str, Any], mode: str = "reverse", wrt: str = "") -> None:  # noqa: F811
    """Check that the page has the numbers of the sweeps, and shows each array as `eval` does."""
    graph, numbers = shaped(text, {name: numpy.array(value, dtype=float) for name, value in point.items()})
    assert graph.arrays is not None
    labels = graph.labels()
    request = Request(mode=mode, wrt=[wrt] if wrt else [])
    answer = report(graph, numbers, request)
    (column,) = answer.columns()
    found = watched.numbers()
    for node in range(len(graph)):
        assert math.isclose(found["values"][node], answer.values[node], rel_tol=1e-11, abs_tol=1e-13), labels[node]
        if node not in graph.hidden:
            assert math.isclose(found["derivatives"][node], column.at(node), rel_tol=1e-10, abs_tol=1e-12), labels[node]
    drawing = draw_program(graph, (), answer)
    shown = watched.page.evaluate(
        """() => [...document.querySelectorAll("[data-node]")].map((box) => [box.dataset.name,
             [...box.querySelectorAll(".value")].map((line) => line.textContent).join("\\n"),
             [...box.querySelectorAll(".gradient")].slice(1).map((line) => line.textContent).join("\\n")])"""
    )
    expected = []
    for each in drawing.nodes:
        lines = [each.value, each.derivatives[0][1].number]
        texts = [drawing.grid(x) if isinstance(x, Tensor) else drawing.number(x) for x in lines]
        expected.append([each.label, *("= " + text.replace("\n", "\n  ") for text in texts)])
    assert [[each.replace("\xa0", " ") for each in box] for box in shown] == expected


def test_the_page_of_arrays_follows_live(watched: Watched) -> None:  # noqa: F811
    _, text = page_of(LAYER, POINT)
    page = watched.open(text)
    check_page(watched, LAYER, POINT)
    fields = page.locator(".elements input")
    assert fields.count() == 11
    fields.nth(1).fill("0.25")
    moved = {**POINT, "W": [[1, 0.25], [3, 4], [0, -1]]}
    check_page(watched, LAYER, moved)
    assert page.locator("output.element").first.text_content() == "W[0,1]"
    slider = page.locator(".input input[type=range]").first
    slider.press("ArrowRight")
    moved["W"][0][1] = float(fields.nth(1).input_value())
    assert moved["W"][0][1] > 0.25
    check_page(watched, LAYER, moved)
    page.locator("input[value=forward]").check()
    page.locator("#chosen").select_option(label="x[1]")
    check_page(watched, LAYER, moved, "forward", "x[1]")
    page.locator("#reset").click()
    page.locator("input[value=reverse]").check()
    check_page(watched, LAYER, POINT)
    fields.nth(2).fill("three")
    assert "is no number" in page.locator(".wrong").first.text_content()
    check_page(watched, LAYER, POINT)


def test_the_page_walks_array_by_array(watched: Watched) -> None:  # noqa: F811
    _, text = page_of(LAYER, POINT)
    page = watched.open(text)
    said = []
    last = int(page.locator("#progress").get_attribute("max")) - 1
    for step in range(last + 1):
        page.evaluate("(step) => cgraph.go(step)", step)
        said.append(page.locator("#says").text_content())
    assert said[0].startswith("Given W = [[1, 2], [3, 4], [0, -1]], x = [1, 0.5], b = [0, 0, 0].")
    assert said[1] == "%1 = W @ x = [2, 5, -0.5]"
    assert said[7] == "∂L/∂L = 1. From here on, array by array."
    assert said[-1].startswith("∂L/∂W = ∂L/∂%1 · xᵀ = [[0.047242, 0.023621]")
    assert said[-2].startswith("∂L/∂x = Wᵀ · ∂L/∂%1 = [-0.106117, -0.113873], because %1 = W @ x")
    assert len(said) == 16


def test_the_page_of_an_array_is_of_its_sum(watched: Watched) -> None:  # noqa: F811
    _, text = page_of("y = abs(x)*2", {"x": [0, 1, -2]})
    page = watched.open(text)
    check_page(watched, "y = abs(x)*2", {"x": [0, 1, -2]})
    assert page.locator("#result").text_content() == "y = [0, 2, 4]"
    assert "∂Σy/∂x = [0, 2, -2]" in page.locator("#says").text_content()
    status = page.locator("[data-name=x] .status")
    assert status.text_content() == "kink [-2, 2] at [0]"
    assert status.is_visible()
    page.evaluate("cgraph.set('x[0]', 3)")
    assert not status.is_visible()
    check_page(watched, "y = abs(x)*2", {"x": [3, 1, -2]})


# Ranges and directions


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[float], list[float], float]:
    numbers = st.floats(-3, 3, allow_subnormal=False)
    size = draw(st.integers(1, 4))
    vector = st.lists(numbers, min_size=size, max_size=size)
    return draw(vector), draw(vector), draw(numbers)


@explore(60, 3_000, lines())
def test_a_program_along_a_line_is_the_program_there(line: tuple[list[float], list[float], float]) -> None:
    """Its value at t is the program's at x + t*v, and its slope the tangent there in the direction v."""
    start, speed, t = line
    text = "y = sum(sin(x)*x) + exp(x[0]); z = x^2"
    graph, numbers = shaped(text, {"x": numpy.array(start)})
    way = along_line(graph, find_direction(graph, {"x": Tensor((len(speed),), speed)}, "--tangent"), "t")
    along = evaluate(way.graph, way.inputs(numbers) | {"t": t})
    place = {f"x[{at}]": x + v * t for at, (x, v) in enumerate(zip(start, speed, strict=True))}
    there = evaluate(graph, place)
    seeds = {graph.find(f"x[{at}]"): v for at, v in enumerate(speed)}
    slopes, tangents = sweep_forward(along, {way.graph.find("t"): 1.0}), sweep_forward(there, seeds)
    for name in ("y", *(f"z[{at}]" for at in range(len(start)))):
        here, node = way.graph.find(name), graph.find(name)
        assert math.isclose(along.values[here], there.values[node], rel_tol=1e-12, abs_tol=1e-12)
        assert math.isclose(slopes[here] or 0.0, tangents[node] or 0.0, rel_tol=1e-12, abs_tol=1e-12)


def rows_of(text: str) -> list[list[float]]:
    return [[float(cell) for cell in line.split(",")[::1] if cell != "ok"] for line in text.splitlines()[1:]]


def test_sweeps_over_an_element_and_along_a_direction(cgraph: Run) -> None:
    found = cgraph("sweep", "y = x^2", "--x", "[1, 2]", "--over", "x[ 0 ]=0:2:1", "-o", "csv").stdout
    assert rows_of(found) == [[a, a**2, 2 * a, 4, 0] for a in (0.0, 1.0, 2.0)]
    found = cgraph("sweep", "y = sum(x^2)", "--x", "[1, 2]", "--tangent", "x=[1,2]", "--over", "t=0:2:1", "-o", "csv")
    assert rows_of(found.stdout) == [[t, 5 * (1 + t) ** 2, 10 * (1 + t)] for t in (0.0, 1.0, 2.0)]
    found = cgraph("sweep", "y = a*b", "--a=1", "--b=2", "--tangent=a=3,b=1", "--over=s=0:2:1", "-o", "csv")
    assert rows_of(found.stdout) == [[s, (1 + 3 * s) * (2 + s), 7 + 6 * s] for s in (0.0, 1.0, 2.0)]
    drawn = cgraph("plot", "y = abs(x)", "--x", "[1, 2]", "--over", "t=-2:2", "--tangent", "x=[1,2]").stdout
    assert "kink at t = -1, slopes -1 and 1 (y[0])" in drawn
    assert "kink at t = -1, slopes -2 and 2 (y[1])" in drawn


def test_taylor_in_an_element_and_in_a_direction(cgraph: Run) -> None:
    def coefficients(*words: str) -> list[float]:
        lines = cgraph("taylor", "y = sum(x^3)", "--x", "[1, 2]", "--order=3", "-o", "csv", *words).stdout
        return [float(line.split(",")[1]) for line in lines.splitlines()[1:]]

    assert coefficients("--wrt", "x[1]") == [9, 12, 6, 1]
    assert coefficients("--tangent", "x=[1,2]") == [9, 27, 27, 9]
    exact = cgraph("taylor", "y = sin(x)*t", "--x=1", "--t=0.1", "--tangent", "x=1,t=2", "--precision=30", "--order=1")
    assert "0.084147098480789650665250232163" in exact.stdout
    assert "1.736972200202606985045098304" in exact.stdout  # 2 sin(1) + 0.1 cos(1)


# Checks


def test_checks_of_arrays(cgraph: Run) -> None:
    fine = ["W.grad[0,1]=4", "W[1,1].grad=8,W.grad=[[2,4],[6,8]],y=30", "W=[[1,2],[3,4]]", "W[0, 1]=2"]
    words = [word for each in fine for word in ("--expect", each)]
    assert cgraph("check", "y = sum(W^2)", "--W=[[1,2],[3,4]]", *words).returncode == 0
    for wrong in ("W.grad[0,1]=5", "W.grad=[[2,4],[6,9]]", "W=2"):
        done = cgraph("check", "y = sum(W^2)", "--W=[[1,2],[3,4]]", "--expect", wrong)
        assert done.returncode == 1, wrong
    torch = ["--a=[2, 3]", "--b=[6, 4]"]  # the published example: the external gradient is that of the sum
    expected = "a.grad=[36, 81],b.grad=[-12, -8],Q=[-12, 65]"
    assert cgraph("check", "Q = 3*a^3 - b^2", *torch, "--expect", expected).returncode == 0
    done = cgraph("check", "Q = 3*a^3 - b^2", *torch, "--expect", "b.grad=[-12, -8.5]")
    assert "∂ΣQ/∂b[1] is not -8.5" in done.stdout
    program = "x : [3]; y = sum(x^2); assert grad(y, x) == 2*x; assert y >= 0"
    assert cgraph("check", program, "--samples", "5").returncode == 0


def test_ranges_of_arrays_and_of_elements(cgraph: Run) -> None:
    program = "W : [2, 2]; y = sum(W); assert W >= 1 and W <= 6; assert W[0, 0] >= 5"
    assert cgraph("check", program, "--samples=20", "--range", "W=1:2", "--range", "W[0, 0]=5:6").returncode == 0
    assert cgraph("check", program, "--samples=20", "--range", "W=1:2").returncode == 1
    assert cgraph("check", "W : [2]; y = sum(sqrt(W))", "--samples=9", "--range", "W=1:2").returncode == 0


def test_arrays_of_one_sum_are_not_the_same(cgraph: Run) -> None:
    assert cgraph("compare", "x^2", "x*x", "--x=[1, 2]").returncode == 0
    assert cgraph("compare", "x : [3]; x", "x : [3]; x[::-1]").returncode == 1
    assert cgraph("compare", "x : [3]; y = x", "x : [3]; y = x[::-1]", "--of", "y").returncode == 1
    assert cgraph("compare", "A : [2, 2]; y = A.T @ A", "A : [2, 2]; y = (A.T @ A).T").returncode == 0


# Files


def test_inputs_from_a_file_of_arrays(cgraph: Run, tmp_path: Path) -> None:
    weights = numpy.array([[1.5, -2.0], [0.25, 3.0]])
    numpy.savez(tmp_path / "point.npz", W=weights, x=numpy.arange(2), k=numpy.float64(3), other=numpy.array(["a"]))
    done = cgraph("eval", "y = k*(W @ x)", "--inputs", "point.npz", "--get", "y,W.grad", cwd=tmp_path)
    first, second = done.stdout.splitlines()
    assert json.loads(first) == (3 * weights @ [0, 1]).tolist()
    assert json.loads(second) == [[0.0, 3.0], [0.0, 3.0]]
    assert cgraph("eval", "y = other*1", "--inputs", "point.npz", cwd=tmp_path).returncode == 2


def test_a_template_is_filled_in_and_read_again(cgraph: Run, tmp_path: Path) -> None:
    program = "W : [2, 3]; x = [1, 2, 3]; b : [n]; y = W @ x + b*k"
    made = json.loads(cgraph("eval", program, "--template").stdout)
    assert made == {"W": [[None] * 3] * 2, "x": [1.0, 2.0, 3.0], "b": None, "k": None}
    made |= {"W": [[1, 0, 0], [0, 1, 0]], "b": [1, 1], "k": 10}
    (tmp_path / "point.json").write_text(json.dumps(made))
    assert cgraph("eval", program, "--inputs", "point.json", "--get", "y", cwd=tmp_path).stdout == "[11, 12]\n"
    given = json.loads(cgraph("eval", program, "--W", "ones(2, 3)", "--template").stdout)
    assert given["W"] == [[1.0] * 3] * 2


def test_help_lists_arrays_with_their_shapes(cgraph: Run) -> None:
    page = cgraph("eval", "W : [n, 3]; x = [1, 2, 3]; y = W @ x + digits*k", "--help").stdout
    assert re.search(r"--W ARRAY +of \[n, 3\]; required; first used at 1:1", page)
    assert re.search(r"--x ARRAY +of \[3\]; default \[1, 2, 3\]", page)
    assert re.search(r"--set digits=VALUE +required", page)


@pytest.mark.parametrize(
    "program", ["X : [5, 3]; y = sum(X) + z", "digits : [2]; y = sum(digits)", "a : [2, 2]; b : [2]; c; a @ b*c"]
)
def test_what_a_missing_array_is_given_by_works(cgraph: Run, program: str) -> None:
    import shlex

    missing = cgraph("eval", program)
    assert missing.returncode == 2
    (help,) = [line for line in missing.stderr.splitlines() if line.startswith("help: give")]
    assert cgraph("eval", program, *shlex.split(help.partition(": give ")[2].partition(": ")[2])).returncode == 0


# Sessions


def test_a_session_with_arrays(cgraph: Run) -> None:
    done = cgraph("repl", stdin="w = [1,2]\ny = sum(w^2)\nw = [3,-1]\nw\ny\nw[1]\nw = 2*ones(3)\n:list\n")
    assert "w = [3, -1]\n∂y/∂w = [6, -2]\n" in done.stdout
    assert "y = 10, ∂y/∂y = 1\n" in done.stdout
    assert "w[1] = -1, ∂y/∂w[1] = -2\n" in done.stdout
    assert "w = [2, 2, 2]\ny = sum(w^2)\n" in done.stdout
    begun = cgraph("repl", "Q = 3*a^3 - b^2", "--a", "[2, 3]", "--b", "[6, 4]", stdin="a\n")
    assert "∂ΣQ/∂a = [36, 81]" in begun.stdout
    declared = cgraph("repl", stdin="W : [2, 2]\nz = W @ W\nW = eye(2)\n:of z\nz\n:undo\n:undo\n:table\n")
    assert "z = [[1, 0], [0, 1]]" in declared.stdout
    assert "write `W = ones(2, 2)`" in declared.stderr


# Matrices


@st.composite
def matrices(draw: st.DrawFn) -> list[list[float]]:
    size = draw(st.integers(1, 4))
    number = st.integers(-5, 5).map(float)
    return draw(st.lists(st.lists(number, min_size=size, max_size=size), min_size=size, max_size=size))


@explore(100, 5_000, matrices())
def test_condition_numbers(rows: list[list[float]]) -> None:
    """Exact where NumPy's are of doubles: infinite for just those whose determinant is 0."""
    found = condition_number(rows)

    def determinant(matrix: list[list[Fraction]]) -> Fraction:
        if not matrix:
            return Fraction(1)
        first, *rest = matrix
        minors = ([[*row[:at], *row[at + 1 :]] for row in rest] for at in range(len(first)))
        return sum(
            ((-1) ** at * x * determinant(m) for at, (x, m) in enumerate(zip(first, minors, strict=True))), Fraction(0)
        )

    assert (found == math.inf) == (determinant([[Fraction(x) for x in row] for row in rows]) == 0)
    if found < 1e8:
        assert math.isclose(found, numpy.linalg.cond(numpy.array(rows), 1), rel_tol=1e-6)


def test_a_large_matrix_and_the_hilbert_matrix() -> None:
    numbers = numpy.random.default_rng(3).normal(size=(40, 40))
    assert math.isclose(condition_number(numbers.tolist()), numpy.linalg.cond(numbers, 1), rel_tol=1e-9)
    hilbert = [[1 / (i + j + 1) for j in range(5)] for i in range(5)]
    assert math.isclose(condition_number(hilbert), 943656, rel_tol=1e-6)  # known to be 943,656


def test_singular_and_nearly_singular_matrices(cgraph: Run) -> None:
    for program in ("y = inv(A)", "y = solve(A, [1, 1])", "y = solve(A, [1, 2])"):
        done = cgraph("eval", program, "--A=[[1, 2], [2, 4]]")
        assert done.returncode == 3
        assert "of a singular matrix is at a pole" in done.stdout
        found = json.loads(cgraph("eval", program, "--A=[[1, 2], [2, 4]]", "-o", "json").stdout)
        (node,) = [each for each in found["nodes"] if each["name"] == "y"]
        assert set(numpy.ravel(node["status"])) == {"pole"}
        (matrix,) = [each for each in found["nodes"] if each["name"] == "A"]
        assert set(numpy.ravel(matrix["gradient_status"]["y"])) == {"pole"}
    large = "[[1, 2, 3, 4], [2, 4, 6, 8], [1, 0, 0, 1], [0, 0, 1, 1]]"
    assert "value pole; pole" in cgraph("eval", "y = inv(A)", f"--A={large}").stdout
    near = cgraph("eval", "y = inv(A)", "--A=[[1, 2], [2, 4.00000001]]").stdout
    assert "note: `inv` at 1:5 is of a matrix with the condition number 3.6e+09" in near
    assert "condition number" not in cgraph("eval", "y = inv(A)", "--A=[[1, 2], [2, 5]]").stdout
    assert "of a matrix that is not positive definite" in cgraph("eval", "cholesky(A)", "--A=[[1, 2], [2, 1]]").stdout
    assert "with a negative determinant" in cgraph("eval", "logdet(A)", "--A=[[1, 2], [2, 1]]").stdout


def test_places_that_are_written_in_the_call(cgraph: Run) -> None:
    text = "A = [[1, 2], [3, 4]]; y = sum(pick(A, [0, 1])^2)"
    assert cgraph("eval", text, "--get", "y,A.grad").stdout == "17\n[[2, 0], [0, 8]]\n"
    assert "∂y/∂A" in cgraph("explain", text).stdout


def test_a_row_of_the_table_for_each_term() -> None:
    """The kinds of operations above are those of the table, so that a new row is told of, too."""
    (mark,) = [m for m in test_every_kind_of_operation_has_terms.pytestmark if m.name == "parametrize"]
    texts = " ".join(mark.args[1])
    plain = {"size", "range", "zeros", "ones", "eye", "linspace", "transpose", "pick"}
    assert [name for name in STRUCTURAL if name not in plain and f"{name}(" not in texts] == []


@pytest.mark.parametrize(
    ("text", "array"),
    [
        ("1,2,\n3,4,\n", [[1, 2], [3, 4]]),
        ("a,b\n1,2\n\n3,4\n", [[1, 2], [3, 4]]),
        ("1  2\n3 4 \n", [[1, 2], [3, 4]]),
        ("1;2\n3;4\n", [[1, 2], [3, 4]]),
        ("1\n2\n", [1, 2]),
        ("1,,3\n,5,6\n", None),
        ("1,2\n3,\n", None),
    ],
)
def test_no_cell_of_a_file_takes_the_place_of_another(text: str, array: object, cgraph: Run, tmp_path: Path) -> None:
    """An end of every line in a comma is no cell, and a cell that is empty is no number."""
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    done = cgraph("eval", "A*1", "--A", "@a.csv", "--get", "value", cwd=tmp_path)
    assert (done.stdout == f"{array}\n") if array else "has an empty cell" in done.stderr
