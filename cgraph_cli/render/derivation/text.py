"""A derivation as text for a terminal: chains of equations that break at their equals signs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TextIO

from rich.text import Text as Styled

from cgraph_cli.core.errors import columns_of
from cgraph_cli.render.console import NO_LIMIT, console_for
from cgraph_cli.render.view import View
from cgraph_cli.render.wording.array_derivation import sections_of
from cgraph_cli.render.wording.derivation import Equation, Passage
from cgraph_cli.render.wording.notation import TextNotation
from cgraph_cli.results.array_derivation import ArrayDerivation
from cgraph_cli.results.derivation import Derivation
from cgraph_cli.results.notes import notes

PAGE = 80
"""The columns of a page without a width of its own."""

_ASCII = str.maketrans(
    {
        "Σ": "sum ",
        "⊙": "*",
        "ᵀ": ".T",
        "⁻": "^-",
        "¹": "1",
        "∂": "d",
        "·": "*",
        "→": "->",
        "…": "...",
        "≠": "!=",
        "≤": "<=",
        "≥": ">=",
    }
)


def write(derivation: Derivation | ArrayDerivation, view: View, stream: TextIO) -> None:
    """Write a derivation, section by section, in lines that fit the view's width."""
    console = console_for(stream, view.color, NO_LIMIT)
    width = min(view.width or PAGE, 100)
    for at, section in enumerate(sections_of(derivation, TextNotation(view.digits), view.most_paths)):
        console.print(Styled("\n" * bool(at) + _plain(section.title, view), style="bold cyan"))
        for line in _spaced(section.items, view, width):
            console.print(Styled(line, style="dim" if line.lstrip().startswith(("…", "...")) else ""))
    troubles = list(notes(derivation.report))
    for at, note in enumerate(troubles):
        console.print(Styled("\n" * (at == 0) + _plain(note, view), style="yellow"))


def _plain(text: str, view: View) -> str:
    return text.replace(" · ", " @ ").replace("⁻ᵀ", "^-T").translate(_ASCII) if view.ascii else text


def _spaced(items: Sequence[Passage], view: View, width: int) -> Iterator[str]:
    """Write the lines of a section, with a blank line around each passage that has passages below it."""
    yield ""
    loose = False
    for at, item in enumerate(items):
        spacious = bool(item.below)
        if at and (spacious or loose or isinstance(item.content, str)):
            yield ""
        loose = spacious
        yield from _lines(item, view, width, 2)


def _lines(item: Passage, view: View, width: int, indent: int) -> Iterator[str]:
    content = item.content
    if isinstance(content, str):
        yield from _folded(_plain(content, view), width, indent)
    else:
        left, parts, after, colon = content
        shown = tuple(_plain(part, view) for part in parts)
        equation = Equation(_plain(left, view), shown, _plain(after, view), colon)
        yield from _chain(equation, width, indent)
    for below in item.below:
        yield from _lines(below, view, width, indent + 2)


def _chain(equation: Equation, width: int, indent: int) -> Iterator[str]:
    """Write an equation on one line, or break it before its equals signs, its sums, and its closing words."""
    left, (first, *rest), after, colon = equation
    line, lead = " " * indent + left, " " * (indent + min(columns_of(left), 12))
    parts = [f" = {first}", *(f" = {part}" for part in rest)]
    if colon:
        parts[0] = f" {first}"
        line, lead = f"{line}:", " " * (indent + 4)
    whole = line + "".join(parts)
    if columns_of(whole + after) <= width:
        yield whole + after
        return
    if columns_of(whole) <= width:
        yield whole + ":" * after.startswith(":")
    else:
        for at, part in enumerate(parts):
            if (at or colon) and columns_of(line + part) > width:
                yield line
                line = lead
            for piece in _pieces(part, width - len(lead)):
                if line.strip() and columns_of(line + piece) > width:
                    yield line
                    line = lead + "  "
                line += piece
        yield line
    if after:
        yield from _folded(after.lstrip(",: "), width, indent + 4)


def _pieces(part: str, room: int) -> list[str]:
    """Split a part of a chain, with its sign, into pieces that may stand on lines of their own."""
    return [part] if columns_of(part) <= room else re.split(r"(?= [+→] )", part)


def _folded(text: str, width: int, indent: int) -> Iterator[str]:
    """Fold a sentence into lines; the lines after an indented one are indented further."""
    indent += len(text) - len(text.lstrip(" "))
    text = text.lstrip(" ")
    line = margin = " " * indent
    for word in text.split(" "):
        if line != margin and columns_of(f"{line} {word}") > width:
            yield line
            line = margin
        line += word if line == margin else f" {word}"
    yield line
