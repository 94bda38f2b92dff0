"""A derivation as LaTeX, for lecture notes: a fragment to `\\input`, in a document that uses the package amsmath."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from cgraph_cli.explain import Derivation
from cgraph_cli.render.derivation import Equation, Item, Writer
from cgraph_cli.render.notation import Latex
from cgraph_cli.render.view import View
from cgraph_cli.troubles import notes

_ROW = 64
"""About how many characters fit on a row of a page."""

_SPECIAL = {character: f"\\{character}" for character in "&%$#_{}"} | {
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": "$<$", ">": "$>$",
}  # fmt: skip


def write(derivation: Derivation, view: View, stream: TextIO, most_paths: int) -> None:
    """Write a derivation as sections of aligned equations, and sentences between them."""
    notation = Latex(view.digits, list(derivation.graph.nodes))
    stream.write("% Needs \\usepackage{amsmath} in the preamble.\n")
    if any(label.startswith("%") for label in derivation.graph.labels()):
        stream.write(f"% A step without a name, such as %1, is written {notation.name('%1')}.\n")
    for section in Writer(derivation, notation, most_paths).sections():
        stream.write(f"\n\\subsection*{{{_prose(section.title)}}}\n")
        equations: list[Equation] = []
        for content in _in_line(section.items):
            if isinstance(content, Equation):
                equations.append(content)
                continue
            _write_equations(equations, stream)
            stream.write(f"\n{_prose(content)}\n")
        _write_equations(equations, stream)
    for note in notes(derivation.report):
        stream.write(f"\n{_escaped(note.strip())}\n")


def _in_line(items: list[Item]) -> Iterator[Equation | str]:
    """The items and what stands under them, one after the other."""
    for item in items:
        yield item.content
        yield from _in_line(list(item.below))


def _write_equations(equations: list[Equation], stream: TextIO) -> None:
    """An aligned display, and nothing where there are no equations."""
    if equations:
        stream.write("\\begin{align*}\n" + " \\\\\n".join(map(_aligned, equations)) + "\n\\end{align*}\n")
        equations.clear()


def _aligned(equation: Equation) -> str:
    """An equation in one row, or in several where it is long."""
    left, parts, after, colon = equation
    pieces = after.split("$")  # words and mathematics in turn
    words = "".join(piece if at % 2 else rf"\text{{{piece}}}" for at, piece in enumerate(pieces) if piece)
    left = f"  {left} &: \\quad " if colon else f"  {_worded(left)} &= "
    breadths = [_breadth(part) + 3 for part in (left, *parts)]
    between = " = "
    if sum(breadths) > _ROW:
        between = " \\\\\n  &\\phantom{:} \\quad = " if colon else " \\\\\n  &= "
        breadths = breadths[-1:]
    if words and sum(breadths) + _breadth(words) > _ROW:
        words = rf" \\{chr(10)}  &\quad {words.replace(', because', 'because', 1)}"
    return left + between.join(parts) + words


def _breadth(written: str) -> int:
    """About how many characters wide something is once it is set."""
    over = re.sub(r"\\frac\{([^{}]*(?:\{[^{}]*\})?[^{}]*)\}\{[^{}]*(?:\{[^{}]*\})?[^{}]*\}", r"\1", written)
    return len(re.sub(r"\\(?:left|right|mathrm|text|operatorname|quad)|[{}$\\ ]|(?<=\\)[a-z]+", "", over))


def _worded(left: str) -> str:
    """The left side of an equation, with the word before it set as one."""
    word, space, rest = left.partition(" ")
    return rf"\text{{{word} }}{rest}" if space and word in ("but", "together") else left


def _prose(sentence: str) -> str:
    return sentence.replace("…", r"\dots{}").replace("--", "-{}-")


def _escaped(note: str) -> str:
    """Plain text; what stands between backquotes is typed."""
    text = "".join(_SPECIAL.get(character, character) for character in note)
    pieces = text.split("`")
    return "".join(rf"\texttt{{{piece}}}" if at % 2 else piece for at, piece in enumerate(pieces))
