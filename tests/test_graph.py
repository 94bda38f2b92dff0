"""`cgraph graph`: every format has the numbers, is valid in its own language, and is written whole or not at all."""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli import parse
from cgraph_cli.__main__ import run
from cgraph_cli.core.errors import CgraphError, columns_of
from cgraph_cli.core.graph import CONSTANT
from cgraph_cli.draw.drawing import Drawing, draw
from cgraph_cli.draw.graphs import dot, mermaid, tree
from cgraph_cli.draw.graphs import json as graph_json
from cgraph_cli.render.view import View
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from tests.conftest import ROOT, SCALAR_EXAMPLES, Run
from tests.needs import need_node_modules, need_program
from tests.programs import programs

OLAH = "c = a + b; d = b + 1; e = c * d"
AT = ["--a", "2", "--b", "1"]
SVG = "{http://www.w3.org/2000/svg}"

"""The pictures of `docs/`, Olah's figures in his order, and the arguments of `cgraph graph` for each."""

every_example = pytest.mark.parametrize("path", SCALAR_EXAMPLES, ids=lambda path: path.stem)


def drawing_of(text: str, inputs: dict[str, float] | None = None, **wants: object) -> Drawing:
    graph = parse(text)
    answer = None if inputs is None else report(graph, inputs, Request())
    return draw(graph, graph.default_outputs(), answer, **wants)  # type: ignore[arg-type]


# The tree


def test_the_tree(cgraph: Run) -> None:
    assert cgraph("graph", OLAH, *AT).stdout == (
        "     node          partial  value  ∂e/∂node\n"
        "out  e = c * d                  6         1\n"
        "     ├─ c = a + b        2      3         2\n"
        "in   │  ├─ a             1      2         2\n"
        "in   │  └─ b             1      1         5\n"
        "     └─ d = b + 1        3      2         3\n"
        "in      └─ b ↑           1\n"
    )


def test_the_bare_tree_in_ascii(cgraph: Run) -> None:
    assert cgraph("graph", OLAH, env={"LC_ALL": "C"}).stdout == (
        "out  e = c * d\n     |- c = a + b\nin   |  |- a\nin   |  `- b\n     `- d = b + 1\nin      `- b (above)\n"
    )


def test_statuses_and_notes_in_the_tree(cgraph: Run) -> None:
    done = cgraph("graph", "y = abs(x)", "--x", "0")
    assert "kink [-1, 1]" in done.stdout
    assert "note: `abs` at 1:5 of 0 is at a kink" in done.stdout


def test_colour_changes_nothing_but_colour(cgraph: Run) -> None:
    plain = cgraph("graph", OLAH, *AT).stdout
    coloured = cgraph("graph", OLAH, *AT, "--color", "always").stdout
    assert coloured != plain
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", coloured).splitlines()]
    assert lines == plain.splitlines()


def test_a_long_chain_stays_on_the_page() -> None:
    count = 10_000
    chain = "\n".join(f"y{at} = sin({f'y{at - 1}' if at else 'x'})" for at in range(count))
    drawing = drawing_of(chain, {"x": 1.0})
    lines = tree.write(drawing, View(all=True)).splitlines()
    assert max(map(columns_of, lines)) <= 80
    assert sum(" = sin(" in line for line in lines) == count
    shown = tree.write(drawing, View()).splitlines()
    assert len(shown) < 1000
    assert shown[-1].endswith("lines left out (--all shows them) …")


@settings(max_examples=60)
@given(programs(), st.booleans())
def test_the_tree_is_the_graph(text: str, values: bool) -> None:
    """Each node is drawn once, each edge has a line of its own, and each arrow leads where it says."""
    try:
        graph = parse(text)
        inputs = {graph.names[node] or "": 0.5 for node in graph.inputs() if graph.numbers[node] is None}
        answer = report(graph, inputs, Request(arithmetic="double")) if values else None
    except CgraphError:
        return
    drawing = draw(graph, graph.default_outputs(), answer)
    rows = [row for row in tree._rows(drawing, 4, False) if row is not None]
    drawn = [row.node.number for row in rows if row.drawn]
    assert sorted(drawn) == [node.number for node in drawing.nodes]
    assert sorted(row.edge.number for row in rows if row.edge) == sorted(edge.number for edge in drawing.edges)
    at = {row.node.number: position for position, row in enumerate(rows) if row.drawn}
    for position, row in enumerate(rows):
        assert len(row.stem) <= 3 * 4
        if not row.drawn:
            assert row.arrow == (" ↑" if at[row.node.number] < position else " ↓")


# The drawing


def constant_names(nodes: list[dict[str, Any]]) -> set[str]:
    """Find the nodes that depend on no input: constants, and unnamed nodes that depend on constants alone."""
    found: set[str] = {node["name"] for node in nodes if node["kind"] == "constant"}
    known = {node["name"] for node in nodes}
    for node in nodes:
        if node["name"].startswith("%") and all(o in found or o not in known for o in node["operands"]):
            found.add(node["name"])
    return found


def test_constants_are_labels(cgraph: Run) -> None:
    """A node that depends on constants alone is written at its use, and is no node with a gradient."""
    done = cgraph("graph", "y = x*(2*pi)^2; z = sqrt(2)*y", "--x", "3", "-o", "json")
    nodes = {node["name"]: node["expression"] for node in json.loads(done.stdout)["nodes"]}
    assert nodes == {"x": "", "y": "x*(2*pi)^2", "z": "sqrt(2)*y"}


def test_named_nodes_alone(cgraph: Run) -> None:
    """An edge past nodes without a name has the derivative along all ways past them."""
    program = "z = w*x + 3; a = sigmoid(2*z)*z; b = a^2 - exp(z/2) + a*z"
    point = ("--w", "0.5", "--x", "-3")
    drawn = json.loads(cgraph("graph", program, *point, "--named", "-o", "json").stdout)
    names = {node["id"]: node["name"] for node in drawn["nodes"]}
    assert {node["name"]: node["expression"] for node in drawn["nodes"]} == {
        "w": "", "x": "", "z": "w*x + 3", "a": "sigmoid(2*z)*z", "b": "a^2 - exp(z/2) + a*z"
    }  # fmt: skip
    for edge in drawn["edges"]:
        source, target = names[edge["from"]], names[edge["to"]]
        alone = next(node["expression"] for node in drawn["nodes"] if node["name"] == target)
        values = {node["name"]: node["value"] for node in drawn["nodes"]}
        free = [f"--{name}={values[name]!r}" for name in values if name in re.findall(r"\w+", alone)]
        slope = cgraph("eval", alone, *free, "--get", f"{source}.grad").stdout
        assert edge["partial"] == pytest.approx(float(slope), rel=1e-14)
    assert len(drawn["edges"]) == 5


@every_example
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_json_has_the_numbers_of_eval(path: Path, mode: str, capsys: pytest.CaptureFixture[str]) -> None:
    wrt = ["--wrt", (graph := parse(path.read_text(encoding="utf-8"))).names[next(graph.inputs())]]
    args = [str(path), "--mode", mode, *(wrt if mode == "forward" else [])]
    assert run(["eval", *args, "-o", "json"]) in (0, 3)
    expected = json.loads(capsys.readouterr().out)
    assert run(["graph", *args, "-o", "json"]) in (0, 3)
    found = json.loads(capsys.readouterr().out)
    nodes = {node["id"]: node for node in found["nodes"]}
    fixed = constant_names(expected["nodes"])
    assert {node["name"] for node in expected["nodes"]} == {node["name"] for node in nodes.values()} | fixed
    partials: dict[str, list[object]] = {}
    for edge in found["edges"]:
        partials.setdefault(nodes[edge["to"]]["name"], []).append((nodes[edge["from"]]["name"], edge["partial"]))
    for node in expected["nodes"]:
        if node["name"] in fixed:
            continue
        mine = next(each for each in nodes.values() if each["name"] == node["name"])
        for what in ("kind", "expression", "value", "status"):
            assert mine[what] == node[what] or (what == "expression" and fixed.intersection(node["operands"]))
        column = node["gradient" if mode == "reverse" else "tangent"]
        assert [each["value"] for each in mine["derivatives"]] == list(column.values())
        operands = zip(node["operands"], node["partials"], strict=True)
        assert partials.get(node["name"], []) == [pair for pair in operands if pair[0] in
                                                  {each["name"] for each in nodes.values()}]  # fmt: skip


def test_headings_of_derivatives() -> None:
    graph = parse(OLAH)
    answer = report(graph, {"a": 2, "b": 1}, Request(mode="forward", wrt=["b"]))
    nodes = {node.label: node for node in draw(graph, graph.default_outputs(), answer).nodes}
    assert [(heading, found.number) for heading, found in nodes["d"].derivatives] == [("∂d/∂b", 1)]
    assert [(heading, found.number) for heading, found in nodes["a"].derivatives] == [("∂a/∂b", 0)]
    answer = report(graph, {"a": 2, "b": 1}, Request(of=["e", "c"]))
    drawing = draw(graph, answer.outputs, answer)
    assert [heading for heading, _ in drawing.nodes[1].derivatives] == ["∂e/∂b", "∂c/∂b"]


def test_constants_are_no_nodes_unless_they_are_the_output() -> None:
    assert [node.label for node in drawing_of("y = 2*x + pi").nodes] == ["x", "%1", "y"]
    graph = parse("3")
    only = [node for node, operation in enumerate(graph.operations) if operation == CONSTANT]
    assert [node.statement() for node in draw(graph, only, whole=False).nodes] == ["3"]


def test_of_and_depth_cut_the_graph(cgraph: Run) -> None:
    def names(*args: str) -> list[str]:
        return [node["name"] for node in json.loads(cgraph("graph", OLAH, *args, "-o", "json").stdout)["nodes"]]

    assert names("--of", "d") == ["b", "d"]
    assert names("--depth", "1") == ["c", "d", "e"]
    assert names("--depth", "0") == ["e"]
    cut = json.loads(cgraph("graph", OLAH, "--depth", "1", "-o", "json").stdout)["nodes"]
    assert [node["hidden_operands"] for node in cut] == [2, 1, 0]
    assert cgraph("graph", OLAH, "--depth", "1").stdout.count("…") == 2


def test_show(cgraph: Run) -> None:
    def heads(*args: str) -> str:
        return cgraph("graph", OLAH, *AT, *args).stdout.splitlines()[0]

    assert heads("--show", "values").split() == ["node", "value"]
    assert heads("--show", "values,partials").split() == ["node", "partial", "value"]
    assert heads("--show", "gradients").split() == ["node", "∂e/∂node"]
    assert cgraph("graph", OLAH, *AT, "--show", "nothing").stdout == cgraph("graph", OLAH).stdout


def test_a_program_with_defaults_is_drawn_with_its_numbers(cgraph: Run) -> None:
    assert "∂e/∂node" in cgraph("graph", str(ROOT / "examples" / "olah.cg")).stdout


def test_exit_status(cgraph: Run) -> None:
    assert cgraph("graph", "log(x)", "--x", "-1").returncode == 3
    assert cgraph("graph", "log(x)", "--x", "-1", "--allow-nonfinite").returncode == 0
    assert cgraph("graph", "log(x)").returncode == 0


# Labels that other languages would misread

NASTY = [
    "数 = θ_1 % 3 + a__b__; y = where(数 <= 2 and not θ_1 == 1, -a__b__, max(数, 1e-300)); end = y >= 2",
    "graph = x^2; subgraph = -graph; style = subgraph * graph; click = style - 1; end = click / 2",
    "default = x; o = default; x1 = o; node = x1 * -x1; edge = node; strict = edge; digraph = strict",
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_graphviz_reads_dot(theme: str) -> None:
    for text in [*NASTY, *(path.read_text(encoding="utf-8") for path in SCALAR_EXAMPLES)]:
        graph = parse(text)
        inputs = {graph.names[node] or "": 2.0 for node in graph.inputs() if graph.numbers[node] is None}
        drawing = drawing_of(text, inputs)
        written = dot.write(drawing, View(theme=theme))
        done = subprocess.run(
            [need_program("dot"), "-Tsvg"],
            input=written.encode(),
            capture_output=True,
            check=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        assert not re.search("syntax|Error", done.stderr.decode())
        texts = [element.text for element in ET.fromstring(done.stdout).iter(f"{SVG}text")]
        for node in drawing.nodes:
            assert node.label in texts
            if node.expression:
                assert f"\xa0= {node.expression}" in texts


MERMAID = """
import { JSDOM } from 'jsdom';
import { readFileSync } from 'node:fs';
const { window } = new JSDOM('');
globalThis.window = window;
globalThis.document = window.document;
const mermaid = (await import('mermaid')).default;
const answers = [];
for (const text of JSON.parse(readFileSync(0, 'utf8'))) {
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const nodes = [...db.getVertices().values()].map(({ id, text }) => [id, text]);
  answers.push([nodes, db.getEdges().map(({ start, end, text }) => [start, end, text])]);
}
console.log(JSON.stringify(answers));
"""


def test_mermaid_reads_mermaid(tmp_path: Path) -> None:
    """Mermaid's own parser agrees."""
    (tmp_path / "node_modules").symlink_to(need_node_modules("mermaid", "jsdom"))
    (tmp_path / "parse.mjs").write_text(MERMAID)
    drawings = []
    for text in [*NASTY, *(path.read_text(encoding="utf-8") for path in SCALAR_EXAMPLES)]:
        graph = parse(text)
        inputs = {graph.names[node] or "": 2.0 for node in graph.inputs() if graph.numbers[node] is None}
        drawings += [drawing_of(text, inputs), drawing_of(text)]
    texts = json.dumps([mermaid.write(drawing, View()) for drawing in drawings])
    done = subprocess.run(
        ["node", "parse.mjs"], cwd=tmp_path, input=texts, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    for drawing, (nodes, edges) in zip(drawings, json.loads(done.stdout), strict=True):
        read = {key: re.sub(r"ﬂ°°(\d+)¶ß", lambda match: chr(int(match[1])), text) for key, text in nodes}
        assert list(read) == [node.key for node in drawing.nodes]
        for node in drawing.nodes:
            first, *rest = re.split("<br ?/?>", read[node.key])
            value = [] if node.value is None else [f"= {drawing.number(node.value)}"]
            assert first == (node.statement() if node.expression or not value else f"{node.label} {value[0]}")
            assert rest[: len(value)] == (value if node.expression else rest[: len(value)])
        for edge, (start, end, label) in zip(drawing.edges, edges, strict=True):
            assert (start, end) == (drawing.nodes[edge.source].key, drawing.nodes[edge.target].key)
            assert label == ("" if edge.partial is None else drawing.number(edge.partial))


def test_json_is_strict_and_ascii_where_it_must() -> None:
    drawing = drawing_of("log(θ)", {"θ": 0.0})
    text = graph_json.write(drawing, View(ascii=True))
    assert text.isascii()
    found = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert found["nodes"][1]["value"] == "-inf"
