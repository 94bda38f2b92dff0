"""HTML: a page of its own to play with, which needs no network and nothing beside it.

The page computes with the JavaScript that `emit` writes of the program, and knows no primitive itself. What it brings
along are the files of the folder `page`. Everything that comes from the program is escaped, and a content policy
lets the page run its own scripts only, and fetch nothing.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from json import JSONEncoder
from string import Template

from cgraph_cli.core.errors import columns_of
from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.draw.drawing import GRADIENTS, Drawing, Edge, Node
from cgraph_cli.draw.graphs.svg import colours, figure, shapes
from cgraph_cli.draw.labels import description, printable, title
from cgraph_cli.draw.layout.boxes import BoxLine, Contents, contents, shorten
from cgraph_cli.draw.layout.layout import Layout, lay_out
from cgraph_cli.draw.themes import DARK, FACES, LIGHT, Palette
from cgraph_cli.emit import emit
from cgraph_cli.evaluation.rule_parser import rule
from cgraph_cli.language.write import written_out
from cgraph_cli.render.numbers import read_status
from cgraph_cli.render.sheets.json import number
from cgraph_cli.render.view import View
from cgraph_cli.results.report import Column, Report, report
from cgraph_cli.results.request import Request
from cgraph_cli.trust.verdicts import OK, Checked, Verdict

START = 1.0
"""The number that an input without a default starts at."""

SCRIPTS = ("numbers", "sweeps", "steps", "picture", "state", "inputs", "walk", "nodes", "update")
"""The page's own scripts, in the order in which they are put together."""

_WIDE, _WIDE_PARTIAL = -0.123457, -0.12345
"""Boxes and labels have room for these; what needs more is drawn closer in the page."""

_MOST_HEADING = 24
"""A derivative of more columns than this is drawn closer or cut short."""


_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "page")

_KEEP = ("paper", "ink", "muted", "edge", "partial", "gradient", "status")


def starting_inputs(graph: Graph) -> dict[str, float]:
    """Give each input without a default the number that the page starts at."""
    return {graph.names[node] or "": START for node in graph.inputs() if graph.numbers[node] is None}


def write(drawing: Drawing, view: View) -> str:
    """Write the drawing as a page, which starts at the point of its report."""
    page = _Page(drawing, view.ranges)
    wide = lay_out(page.wide(), view.direction)
    first = page.first()
    layout = wide._replace(contents=_filled(wide, first))
    code = emit(page.graph, "javascript", of=page.outputs[:1], wrt=[], everything=True, name="evaluate")
    program = f"const evaluate = (() => {{\n{_script(code)}\nreturn evaluate;\n}})();"
    scripts = "\n".join(_read(f"{name}.js") for name in SCRIPTS)
    behaviour = f'(() => {{\n"use strict";\n{scripts}\n}})();'
    style = f"{_variables()}\n{shapes(FACES)}{colours(_named())}\n{_read('page.css')}"
    return Template(_read("page.html")).substitute(
        policy="; ".join(
            (
                "default-src 'none'",
                f"script-src {_hash(program)} {_hash(behaviour)}",
                f"style-src {_hash(style)}",
                "base-uri 'none'",
                "form-action 'none'",
            )
        ),
        theme=view.theme,
        title=_text(title(drawing)),
        heading=_text(", ".join(map(page.statement, drawing.outputs))),
        description=_text(description(page.counted())),
        style=style,
        figure=figure(first, layout),
        source="\n".join(_text(line) for line in page.graph.source.text.strip("\n").split("\n")),
        data=_data(page.data()),
        program=program,
        behaviour=behaviour,
    )


class _Page:
    """A page: a drawing, with the derivatives of every mode at its point, and `ranges` of sliders by input."""

    def __init__(self, drawing: Drawing, ranges: Mapping[str, tuple[float, float]]) -> None:
        self.drawing = drawing
        self.ranges = ranges
        self.graph = graph = drawing.graph
        self.outputs = [drawing.nodes[position].number for position in drawing.outputs]
        asked = drawing.report.request if drawing.report else Request()
        labels = graph.labels()
        if drawing.report:
            values = drawing.report.values
            start = {labels[node]: values[node] for node in graph.inputs()}
        else:
            start = starting_inputs(graph)
        of = [labels[output] for output in self.outputs]
        self.reverse = report(graph, start, Request(of))
        self.sources = list(dict.fromkeys([*self.reverse.wrt, *(graph.find(label) for label in asked.wrt)]))
        wrt = [labels[source] for source in self.sources]
        self.forward: Report | None = report(graph, start, Request(of, wrt, "forward")) if wrt else None
        self.mode = asked.mode if self.forward else "reverse"
        self.wrt = graph.find(asked.wrt[0]) if asked.wrt else next(iter(self.sources), -1)

    def columns(self, mode: str) -> list[tuple[int, Column]]:
        """List the columns of a mode, each with the node that it is of or with respect to."""
        if mode == "reverse":
            return list(zip(self.outputs, self.reverse.gradients, strict=True))
        return list(zip(self.sources, self.forward.tangents, strict=True)) if self.forward else []

    def first(self) -> Drawing:
        """Draw with the derivatives that the page starts with."""
        chosen = self.outputs[0] if self.mode == "reverse" else self.wrt
        column = dict(self.columns(self.mode))[chosen]

        def derivative(node: Node) -> tuple[str, Checked]:
            heading = column.heading.replace("∂node", f"∂{node.label}")
            return heading, column.checked(node.number)

        return self._with([self._node(node, derivative(node)) for node in self.drawing.nodes], self.drawing.edges)

    def wide(self) -> Drawing:
        """Draw with the longest texts that the page may show."""
        columns = [column for mode in ("reverse", "forward") for _, column in self.columns(mode)]

        def derivative(node: Node) -> tuple[str, Checked]:
            headings = [column.heading.replace("∂node", f"∂{node.label}") for column in columns]
            verdicts = [column.verdict(node.number) for column in columns]
            longest: Verdict = max(verdicts, key=lambda verdict: len(read_status(verdict)))
            return shorten(max(headings, key=columns_of), _MOST_HEADING), Checked(_WIDE, longest)

        def widened(node: Node) -> Node:
            node = self._node(node, derivative(node))
            constant = self.graph.operations[node.number] == CONSTANT or node.value is None
            return node if constant else node._replace(value=_WIDE)

        def labelled(edge: Edge) -> Edge:
            if edge.partial is None or self._is_fixed(edge):
                return edge
            return edge._replace(partial=_WIDE_PARTIAL)

        return self._with(list(map(widened, self.drawing.nodes)), list(map(labelled, self.drawing.edges)))

    def statement(self, position: int) -> str:
        """Write an output as the program does, with what has no name written out unless that is too long."""
        graph, node = self.graph, self.drawing.nodes[position]
        if graph.names[node.number] is None:
            return node.statement()
        (expression,) = written_out(graph, [node.number])
        return f"{node.label} = {expression}" if expression else node.label

    def counted(self) -> Drawing:
        """Copy the drawing without its numbers."""
        twin = self._with(self.drawing.nodes, self.drawing.edges)
        twin.shown = ()
        return twin

    def _node(self, node: Node, derivative: tuple[str, Checked]) -> Node:
        return node._replace(derivatives=(derivative,) if GRADIENTS in self.drawing.shown else ())

    def _with(self, nodes: list[Node], edges: list[Edge]) -> Drawing:
        twin = Drawing(self.graph, self.drawing.shown, self.drawing.digits)
        twin.nodes, twin.edges, twin.outputs = nodes, edges, self.drawing.outputs
        return twin

    def _is_fixed(self, edge: Edge) -> bool:
        """Tell whether an edge has the same local partial at every point, as those of a sum have."""
        target = self.drawing.nodes[edge.target].number
        local = rule(PRIMITIVES[self.graph.operations[target]])
        (_, node), *others = local.branches(edge.number - self.graph.starts[target])
        while node is not None and local.graph.operations[node] == "neg":
            (node,) = local.graph.operands_of(node)
        return not others and (node is None or local.graph.operations[node] == CONSTANT)

    def data(self) -> dict[str, object]:
        """Collect what the scripts need: the program's graph, and the numbers at the point that the page starts at."""
        graph, labels, view = self.graph, self.graph.labels(), View()
        marks = [
            labels[node] if operation == CONSTANT else f"\x00{node}\x00"
            for node, operation in enumerate(graph.operations)
        ]
        expressions = graph.expressions(range(len(graph)), marks)
        nodes = []
        for node, (operation, expression) in enumerate(zip(graph.operations, expressions, strict=True)):
            parts = [int(part) if at % 2 else part for at, part in enumerate(expression.split("\x00"))]
            kind = operation if operation == CONSTANT else self.reverse.kind(node)
            nodes.append([printable(labels[node]), kind, parts if kind not in (CONSTANT, "input") else []])
        known = {
            node: [number(self.reverse.values[node], view), read_status(verdict)]
            for node in range(len(graph))
            if (verdict := self.reverse.verdict(node)) != OK
        }
        return {
            "nodes": nodes,
            "starts": list(graph.starts),
            "operands": list(graph.operands),
            "inputs": [
                [node, number(self.reverse.values[node], view), name := graph.names[node] or "", self.ranges.get(name)]
                for node in graph.inputs()
            ],
            "outputs": self.outputs,
            "sources": self.sources,
            "mode": self.mode,
            "wrt": self.wrt,
            "digits": self.drawing.digits,
            "values": known,
            "derivatives": {
                mode: {which: self._known(column, view) for which, column in self.columns(mode)}
                for mode in ("reverse", "forward")
            },
            "notes": [printable(note) for note in self.drawing.notes],
        }

    @staticmethod
    def _known(column: Column, view: View) -> dict[int, list[object]]:
        return {
            node: [number(column.at(node), view), read_status(verdict)] for node, verdict in column.verdicts.items()
        }


def _filled(layout: Layout, drawing: Drawing) -> list[Contents]:
    """Fill the boxes of a layout with the texts of a drawing, line for line; further lines stay empty."""
    filled = []
    for box, node in zip(layout.contents, drawing.nodes, strict=True):
        lines = list(contents(node, drawing).lines)
        texts = []
        for line in box.lines:
            same = next((each for each in lines if each.role == line.role), None)
            if same:
                lines.remove(same)
            texts.append(same or BoxLine(line.role, "", ""))
        filled.append(box._replace(lines=tuple(texts)))
    return filled


def _variables() -> str:
    """Write the colours as variables of the page, for light and dark, whichever is asked for or preferred."""
    light, dark = _values(LIGHT), _values(DARK)
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ color-scheme: dark; {dark} }} }}\n'
        f':root[data-theme="dark"] {{ color-scheme: dark; {dark} }}'
    )


def _values(palette: Palette) -> str:
    found = {name: getattr(palette, name) for name in _KEEP}
    for kind, (fill, line, name) in palette.kinds.items():
        found |= {f"{kind}-fill": fill, f"{kind}-line": line, f"{kind}-name": name}
    return " ".join(f"--{name}: {colour};" for name, colour in found.items())


def _named() -> Palette:
    """Make a palette of the variables."""
    kinds = {kind: (f"var(--{kind}-fill)", f"var(--{kind}-line)", f"var(--{kind}-name)") for kind in LIGHT.kinds}
    return Palette(**{name: f"var(--{name})" for name in _KEEP}, kinds=kinds)


def _read(name: str) -> str:
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as stream:
        return stream.read().strip()


def _text(text: str) -> str:
    return escape(printable(text))


def _script(code: str) -> str:
    """Escape code that stands in an element: characters that HTML takes for its end can only be in a comment."""
    return re.sub(r"<(?=/|!--|script)", r"<\\", code, flags=re.IGNORECASE)


def _data(data: object) -> str:
    encode = JSONEncoder(allow_nan=False, separators=(",", ":")).encode
    return encode(data).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode()}'"
