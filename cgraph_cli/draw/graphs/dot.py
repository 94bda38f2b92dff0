"""DOT, the language of Graphviz: boxes whose lines are aligned at the equals signs, like cgraph's own pictures."""

from __future__ import annotations

from html import escape

from cgraph_cli.draw.drawing import Drawing, Edge, Node
from cgraph_cli.draw.labels import printable, spoken, title
from cgraph_cli.draw.layout.boxes import BoxLine, contents
from cgraph_cli.draw.themes import DARK, LIGHT, Palette
from cgraph_cli.render.view import View

_RANKS = {"up": "BT", "down": "TB", "right": "LR"}


def write(drawing: Drawing, view: View) -> str:
    """Write the drawing as a `digraph`."""
    palette = DARK if view.theme == "dark" else LIGHT
    lines = [
        "digraph cgraph {",
        f"  graph [rankdir={_RANKS[view.direction]}, bgcolor={_quoted(palette.paper)}, nodesep=0.35, ranksep=0.45,"
        f" tooltip={_quoted(title(drawing))}]",
        f'  node [shape=box, style="rounded,filled", fontname="monospace", fontsize=12, margin="0.12,0.06",'
        f" penwidth=1.2, fontcolor={_quoted(palette.ink)}]",
        f'  edge [fontname="monospace", fontsize=10, arrowsize=0.7, color={_quoted(palette.edge)},'
        f" fontcolor={_quoted(palette.partial)}]",
        *(_node(node, drawing, palette) for node in drawing.nodes),
        *(_edge(edge, drawing) for edge in drawing.edges),
        "}\n",
    ]
    return "\n".join(lines)


def _node(node: Node, drawing: Drawing, palette: Palette) -> str:
    fill, line, name = palette.kinds[node.kind]
    rows = "".join(_row(each, palette, name) for each in contents(node, drawing).lines)
    dashed = ', style="rounded,filled,dashed"' if node.hidden else ""
    heavy = ", penwidth=2.4" if node.kind == "output" else ""
    return (
        f"  {node.key} [fillcolor={_quoted(fill)}, color={_quoted(line)}{dashed}{heavy},"
        f" tooltip={_quoted(spoken(node, drawing))},\n"
        f'    label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{rows}</TABLE>>]'
    )


def _row(line: BoxLine, palette: Palette, name: str) -> str:
    right = line.right.lstrip()
    left, right = _html(line.left), line.right and f"&#160;{'&#160;' * (len(line.right) - len(right))}{_html(right)}"
    if line.role in ("statement", "value") and left:
        left = f'<FONT COLOR="{name}"><B>{left}</B></FONT>'
    colour = {"gradient": palette.gradient, "status": palette.status}.get(line.role)
    if colour:
        left = left and f'<FONT COLOR="{colour}">{left}</FONT>'
        right = right and f'<FONT COLOR="{colour}">{right}</FONT>'
    if not right:
        return f'<TR><TD COLSPAN="2">{left}</TD></TR>'
    return f'<TR><TD ALIGN="RIGHT">{left}</TD><TD ALIGN="LEFT">{right}</TD></TR>'


def _edge(edge: Edge, drawing: Drawing) -> str:
    ends = f"  {drawing.nodes[edge.source].key} -> {drawing.nodes[edge.target].key}"
    if edge.partial is None:
        return ends
    number = drawing.number(edge.partial)
    return f"{ends} [label={_quoted(f' {number} ')}, tooltip={_quoted(f'{edge.heading} = {number}')}]"


def _quoted(text: str) -> str:
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _html(text: str) -> str:
    return escape(printable(text))
