"""HTML: an interactive page in one file, which needs no network.

The page computes with the JavaScript that `emit` writes of the program, and knows no primitive itself. The files of the
folder `page` are built in. All text of the program is escaped, and a content policy lets the page run its own scripts
only, and fetch nothing.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from json import JSONEncoder
from string import Template

from cgraph_cli.core import resources
from cgraph_cli.draw.drawing import Drawing
from cgraph_cli.draw.graphs.svg import colours, figure, shapes
from cgraph_cli.draw.labels import description, printable, title
from cgraph_cli.draw.layout.boxes import BoxLine, Contents, contents
from cgraph_cli.draw.layout.layout import Layout, lay_out
from cgraph_cli.draw.page_data import Page
from cgraph_cli.draw.themes import DARK, FACES, LIGHT, Palette
from cgraph_cli.emit import emit
from cgraph_cli.render.view import View

SCRIPTS = ("numbers", "sweeps", "uncertainties", "steps", "picture", "state", "inputs", "walk", "nodes", "update")
"""The page's own scripts, in their order."""

_KEEP = ("paper", "ink", "muted", "edge", "partial", "gradient", "status")


def page_of(drawing: Drawing, ranges: Mapping[str, tuple[float, float]]) -> Page:
    """Make the page of a drawing, at the point of its report, with `ranges` of sliders by input."""
    answer = drawing.report
    if answer is None or answer.graph.arrays is None:
        return Page(drawing, drawing.graph, ranges)
    from cgraph_cli.draw.array_page import ArrayPage

    return ArrayPage(drawing, answer, answer.graph.arrays, ranges)


def write(drawing: Drawing, view: View) -> str:
    """Write the drawing as a page that starts at the point of its report."""
    page = page_of(drawing, view.ranges)
    wide = lay_out(page.wide(), view.direction)
    first = page.first()
    layout = wide._replace(contents=_filled(wide, first))
    graph, of = page.computing()
    code = emit(graph, "javascript", of=of, wrt=[], everything=True, name="evaluate")
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
    """Write the colours as variables of the page, for light and dark, by choice or by preference."""
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
    return resources.read("draw/page", name).strip()


def _text(text: str) -> str:
    return escape(printable(text))


def _script(code: str) -> str:
    """Escape code within an element: characters that HTML takes for its end can only be in a comment."""
    return re.sub(r"<(?=/|!--|script)", r"<\\", code, flags=re.IGNORECASE)


def _data(data: object) -> str:
    encode = JSONEncoder(allow_nan=False, separators=(",", ":")).encode
    return encode(data).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode()}'"
