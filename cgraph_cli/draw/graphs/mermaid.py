"""Mermaid: a flowchart for a README, which GitHub, GitLab and many others draw."""

from __future__ import annotations

import re

from cgraph_cli.draw.drawing import Drawing, Edge, Node
from cgraph_cli.draw.labels import printable
from cgraph_cli.draw.layout.boxes import BoxLine, contents
from cgraph_cli.draw.themes import DARK, LIGHT, Palette
from cgraph_cli.render.view import View

_DIRECTIONS = {"up": "BT", "down": "TB", "right": "LR"}
_SHAPES = {"input": ("([", "])"), "intermediate": ("(", ")"), "output": ("[", "]")}
_SPECIAL = re.compile(r"[^\w\s=+.,/():∂…%*^-]|(?<!\w)_+|_+(?!\w)|^[-+*](?=\s)|^\d+[.)](?=\s)")
"""Characters with a meaning in Mermaid, or in the Markdown of its labels."""


def write(drawing: Drawing, view: View) -> str:
    """Write the drawing as a `flowchart`."""
    palette = DARK if view.theme == "dark" else LIGHT
    lines = [
        f"flowchart {_DIRECTIONS[view.direction]}",
        *(_node(node, drawing) for node in drawing.nodes),
        *(_edge(edge, drawing) for edge in drawing.edges),
        *(_class(kind, palette) for kind in ("input", "intermediate", "output")),
    ]
    cut = [node.key for node in drawing.nodes if node.hidden]
    if cut:
        lines += ["  classDef cut stroke-dasharray:5 4", f"  class {','.join(cut)} cut"]
    return "\n".join(lines) + "\n"


def _node(node: Node, drawing: Drawing) -> str:
    text = "<br/>".join(_line(line) for line in contents(node, drawing).lines)
    opening, closing = _SHAPES[node.kind]
    return f'  {node.key}{opening}"{text}"{closing}:::{node.kind}'


def _line(line: BoxLine) -> str:
    return _escaped(f"{line.left} {line.right}".strip())


def _edge(edge: Edge, drawing: Drawing) -> str:
    label = "" if edge.partial is None else f'|"{_escaped(drawing.number(edge.partial))}"|'
    return f"  {drawing.nodes[edge.source].key} -->{label} {drawing.nodes[edge.target].key}"


def _class(kind: str, palette: Palette) -> str:
    fill, line, _ = palette.kinds[kind]
    heavy = ",stroke-width:3px" if kind == "output" else ""
    return f"  classDef {kind} fill:{fill},stroke:{line},color:{palette.ink}{heavy}"


def _escaped(text: str) -> str:
    """Escape text for Mermaid: special characters are written by number."""
    return _SPECIAL.sub(lambda match: "".join(f"#{ord(c)};" for c in match[0]), printable(text))
