"""Pictures of array programs: a box an array, and the page that follows its elements."""

from __future__ import annotations

import json
import math
import re
import subprocess
import warnings
from typing import Any

import numpy

from cgraph_cli.core.array_graph import program_operands
from cgraph_cli.core.reach import ancestors
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.draw.array_drawing import draw_program
from cgraph_cli.draw.graphs import html
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.render.view import View
from cgraph_cli.results.array_derivation import ArrayDerivation
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from tests.browser import Watched
from tests.conftest import Run, explore
from tests.needs import need_program
from tests.test_array_programs import points, shaped

LAYER = "s = softmax(W @ x + b); L = -log(s[1])"
POINT = {"W": [[1, 2], [3, 4], [0, -1]], "x": [1, 0.5], "b": [0, 0, 0]}
WORDS = [f"--{name}={value}" for name, value in POINT.items()]


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
        evaluation = evaluate(graph, numbers)
        names = {node["id"]: graph.arrays.graph.labels().index(node["name"]) for node in made["nodes"]}
        for edge in made["edges"]:
            if "map" in edge and "partial" in edge:
                check_partial(graph, evaluation, names[edge["to"]], names[edge["from"]], edge)
        keys = [edge["id"] for edge in made["edges"]]
        assert len(set(keys)) == len(keys)


def check_partial(graph: Any, evaluation: Any, target: int, source: int, edge: Any) -> None:
    """Check an edge's numbers: with the other operands held, they map a change of this one to that of the result."""
    arrays = graph.arrays
    ends = {each for other in program_operands(arrays.graph, target) for each in arrays.elements[other].items}
    given, into = (arrays.elements[at].shape for at in (source, target))
    found = numpy.array(edge["partial"], float)
    if edge["map"].get("diagonal"):
        found = numpy.diag(found.ravel())
    found = found.reshape(math.prod(into), math.prod(given))
    for row, element in enumerate(arrays.elements[target].items):
        expected = held(graph, evaluation, element, ends)
        for column, each in enumerate(arrays.elements[source].items):
            slope = expected.get(each, 0.0)
            if math.isfinite(slope):
                assert math.isclose(found[row, column], slope, rel_tol=1e-9, abs_tol=1e-12), edge


def held(graph: Any, evaluation: Any, element: int, ends: set[int]) -> dict[int, float]:
    """Find the slopes of an element in the `ends`, by tangents from each."""
    inside = ancestors(graph, [element], lambda node: () if node in ends else graph.operands_of(node))
    slopes = {}
    for end in ends & inside:
        tangents = {end: 1.0}
        for node in sorted(inside - ends):
            edges = range(graph.starts[node], graph.starts[node + 1])
            pairs = [(tangents.get(graph.operands[edge], 0.0), evaluation.partials[edge]) for edge in edges]
            tangents[node] = sum(tangent * partial for tangent, partial in pairs if tangent and partial is not None)
        slopes[end] = tangents[element]
    return slopes


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
    maps = {edge["derivative"]: (edge.get("map"), edge.get("partial")) for edge in made["edges"]}
    assert maps["∂L/∂%4"] == (None, -1.0)
    assert maps["∂%1/∂W"] == ({"from": [3, 2], "to": [3]}, None)
    assert maps["∂%1/∂x"] == ({"from": [2], "to": [3]}, POINT["W"])
    assert maps["∂%2/∂b"] == ({"from": [3], "to": [3], "diagonal": True}, [1.0, 1.0, 1.0])
    assert maps["∂%3/∂s"] == ({"from": [3], "to": []}, [0.0, 1.0, 0.0])
    few = json.loads(cgraph("graph", "p = softmax(x); y = sum(p^2)", "--x=[1, 3]", "-o", "json").stdout)
    (slopes,) = [edge["partial"] for edge in few["edges"] if edge["derivative"] == "∂p/∂x"]
    first, second = 1 / (1 + math.exp(2)), 1 / (1 + math.exp(-2))
    product = first * second
    assert numpy.allclose(slopes, [[product, -product], [-product, product]], rtol=1e-14)
    named = json.loads(cgraph("graph", LAYER, *WORDS, "--named", "-o", "json").stdout)
    assert [node["name"] for node in named["nodes"]] == ["W", "x", "b", "s", "L"]
    assert [node["expression"] for node in named["nodes"]][3:] == ["softmax(W @ x + b)", "-log(s[1])"]
    tree = cgraph("graph", LAYER, *WORDS).stdout
    assert "W : [3, 2]" in tree
    assert "[[1, 2], [3, 4], [0, -1]]" in tree
    assert "[3] ← [3, 2]" in tree
    assert "⊙ [1, 1, 1]" in tree
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


def page_of(text: str, given: dict[str, Any], **request: Any) -> tuple[Any, str]:
    graph, numbers = shaped(text, {name: numpy.array(value, dtype=float) for name, value in given.items()})
    answer = report(graph, numbers, Request(**request))
    return graph, html.write(draw_program(graph, request.get("of", ()), answer), View())


def check_page(watched: Watched, text: str, point: dict[str, Any], mode: str = "reverse", wrt: str = "") -> None:
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


def test_the_page_of_arrays_follows_live(watched: Watched) -> None:
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


def test_the_page_walks_array_by_array(watched: Watched) -> None:
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


def test_the_page_of_an_array_is_of_its_sum(watched: Watched) -> None:
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
