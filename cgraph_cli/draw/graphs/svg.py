"""SVG: the laid-out drawing, with selectable text, and titles and roles for screen readers.

Nodes are `<g class="node input" data-node="n0" data-name="a">`, edges `<g class="edge" data-edge="e0" data-from="n0"
data-to="n2">`, for a page around the drawing to find.
"""

from __future__ import annotations

import re
from html import escape

from cgraph_cli.draw.drawing import Drawing, Edge, Node
from cgraph_cli.draw.labels import description, printable, spoken, spoken_edge, title
from cgraph_cli.draw.layout.boxes import LEADING, PADDING, SIZE, SMALL, BoxLine, Contents, width_of
from cgraph_cli.draw.layout.layout import Box, Layout, Route, coordinate, lay_out
from cgraph_cli.draw.themes import DARK, FACES, LIGHT, Palette
from cgraph_cli.render.view import View

_ROUND = {"input": 16, "intermediate": 7, "output": 7}
"""The corner radii of boxes: kinds of nodes differ without colour too."""


def write(drawing: Drawing, view: View) -> str:
    """Write the drawing as an SVG file."""
    return svg(drawing, lay_out(drawing, view.direction), view.theme)


def svg(drawing: Drawing, layout: Layout, theme: str = "auto", faces: str = FACES) -> str:
    """Write a whole SVG file. `theme` is one of `THEMES`; `faces` are its typefaces."""
    return figure(drawing, layout, f"<style>\n{style(theme, faces)}</style>")


def figure(drawing: Drawing, layout: Layout, *head: str) -> str:
    """Write the SVG element, with the elements `head` before those of the graph."""
    width, height = coordinate(layout.width), coordinate(layout.height)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="cgraph" role="graphics-document document" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
            f"<title>{_text(title(drawing))}</title>",
            f"<desc>{_text(description(drawing))}</desc>",
            *head,
            f'<rect class="paper" width="{width}" height="{height}" rx="10"/>',
            *elements(drawing, layout),
            "</svg>\n",
        ]
    )


def elements(drawing: Drawing, layout: Layout) -> list[str]:
    """Write the nodes and edges alone, for a drawing inside a page."""
    pairs = zip(drawing.edges, layout.routes, strict=True)
    boxes = zip(drawing.nodes, layout.boxes, layout.contents, strict=True)
    return [
        *(_edge(edge, route, drawing) for edge, route in pairs),
        *(_node(node, box, contents, drawing) for node, box, contents in boxes),
    ]


def style(theme: str, faces: str = FACES) -> str:
    """Write the style sheet: the rules for any light, and the colours for one theme or for both."""
    sheet = shapes(faces) + colours(DARK if theme == "dark" else LIGHT)
    if theme == "auto":
        sheet += f"@media (prefers-color-scheme: dark) {{\n{colours(DARK)}}}\n"
    return sheet


def shapes(faces: str = FACES) -> str:
    """Write the rules for any light."""
    return (
        f".cgraph text {{ font: {SIZE:g}px {faces}; white-space: pre }}\n"
        f".cgraph .partial, .cgraph .status {{ font-size: {SMALL:g}px }}\n"
        ".cgraph .name { font-weight: bold }\n"
        ".cgraph .edge path { fill: none; stroke-width: 1.4 }\n"
        ".cgraph .node rect { stroke-width: 1.4 }\n"
        ".cgraph .output rect { stroke-width: 2.6 }\n"
        ".cgraph .cut rect { stroke-dasharray: 5 4 }\n"
    )


def colours(palette: Palette) -> str:
    """Write the rules for the colours of one palette."""
    rules = [
        (".paper", f"fill: {palette.paper}"),
        ("text", f"fill: {palette.ink}"),
        (".expression", f"fill: {palette.muted}"),
        (".gradient", f"fill: {palette.gradient}"),
        (".status", f"fill: {palette.status}"),
        (".edge path", f"stroke: {palette.edge}"),
        (".edge polygon", f"fill: {palette.edge}"),
        (".edge .partial", f"fill: {palette.partial}"),
    ]
    for kind, (fill, line, name) in palette.kinds.items():
        rules.append((f".{kind} rect", f"fill: {fill}; stroke: {line}"))
        rules.append((f".{kind} .name", f"fill: {name}"))
    return "".join(f".cgraph {selector} {{ {rule} }}\n" for selector, rule in rules)


def _node(node: Node, box: Box, contents: Contents, drawing: Drawing) -> str:
    x, y, width, height = map(coordinate, box)
    classes = f"node {node.kind}" + (" cut" if node.hidden else "")
    top = box.y + (box.height - contents.height) / 2
    middle = box.x + (box.width - contents.width) / 2 + contents.middle
    said = _text(spoken(node, drawing))
    return (
        f'<g class="{classes}" role="graphics-object group" data-node="{node.key}" data-name="{_text(node.label)}" '
        f'aria-label="{said}"><title>{said}</title>'
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{_ROUND[node.kind]}"/>'
        + "".join(
            _line(line, box.middle[0], middle, top + PADDING - 4 + LEADING * at + 13.5)
            for at, line in enumerate(contents.lines)
        )
        + "</g>"
    )


def _line(line: BoxLine, centre: float, middle: float, y: float) -> str:
    space = width_of(" ") / 2
    if not line.right:
        role = "name" if line.role == "statement" else line.role
        return _words(role, centre, y, "middle", line.left)
    left = "gradient" if line.role == "gradient" else "name"
    right = "expression" if line.role in ("statement", "shape") else line.role
    words = _words(left, middle - space, y, "end", line.left) if line.left else ""
    return words + _words(right, middle + space, y, "start", line.right)


def _words(role: str, x: float, y: float, anchor: str, text: str) -> str:
    anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
    spaced = re.sub("^ +|  +", lambda match: "\xa0" * len(match[0]), _text(text))
    return f'<text class="{role}" x="{coordinate(x)}" y="{coordinate(y)}"{anchored}>{spaced}</text>'


def _edge(edge: Edge, route: Route, drawing: Drawing) -> str:
    source, target = drawing.nodes[edge.source], drawing.nodes[edge.target]
    said = _text(spoken_edge(edge, drawing))
    label = ""
    if route.label is not None:
        x, y = route.label.middle
        label = _words("partial", x, y + 4, "middle", drawing.number(edge.partial))
    head = " ".join(f"{coordinate(x)},{coordinate(y)}" for x, y in route.head)
    return (
        f'<g class="edge" role="graphics-symbol img" data-edge="{edge.key}" data-from="{source.key}" '
        f'data-to="{target.key}" aria-label="{said}"><title>{said}</title>'
        f'<path d="{route.path()}"/><polygon points="{head}"/>{label}</g>'
    )


def _text(text: str) -> str:
    return escape(printable(text))
