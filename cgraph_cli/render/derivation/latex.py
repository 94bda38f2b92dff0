r"""A derivation as LaTeX, for lecture notes: a fragment to `\input`, which needs the package amsmath."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from cgraph_cli.render.view import View
from cgraph_cli.render.wording.array_derivation import program_of, sections_of
from cgraph_cli.render.wording.derivation import Equation, Passage
from cgraph_cli.render.wording.notation import LatexNotation
from cgraph_cli.results.array_derivation import ArrayDerivation
from cgraph_cli.results.derivation import Derivation
from cgraph_cli.results.notes import notes

_ROW = 54
"""The characters that fit on a row of a page, roughly."""

_NEXT = " \\\\\n  "
"""The separator between the rows of a display."""

_SPECIAL = {character: f"\\{character}" for character in "&%$#_{}"} | {
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": "$<$", ">": "$>$",
}  # fmt: skip


def write(derivation: Derivation | ArrayDerivation, view: View, stream: TextIO) -> None:
    """Write a derivation as sections of aligned equations, and sentences between them."""
    notation = LatexNotation(view.digits, list(program_of(derivation).nodes))
    stream.write("% Needs \\usepackage{amsmath} in the preamble.\n\\begingroup\\allowdisplaybreaks\n")
    for words, label, written in notation.legend(program_of(derivation).labels()):
        stream.write(f"% {words}, such as {label}, is written {written}.\n")
    for section in sections_of(derivation, notation, view.most_paths):
        stream.write(f"\n\\subsection*{{{_prose(section.title)}}}\n")
        equations: list[Equation] = []
        for content in _in_line(section.items):
            if isinstance(content, Equation):
                equations.append(content)
                continue
            _write_equations(equations, stream)
            stream.write(f"\n\\noindent {_prose(content)}\n")
        _write_equations(equations, stream)
    for note in notes(derivation.report):
        stream.write(f"\n\\noindent {_escaped(note.strip())}\n")
    stream.write("\n\\endgroup\n")


def _in_line(items: list[Passage]) -> Iterator[Equation | str]:
    """List the passages, each before the ones below it."""
    for item in items:
        yield item.content
        yield from _in_line(list(item.below))


def _write_equations(equations: list[Equation], stream: TextIO) -> None:
    """Write an aligned display of the equations, if any."""
    if equations:
        stream.write("\\begin{align*}\n" + " \\\\\n".join(map(_aligned, equations)) + "\n\\end{align*}\n")
        equations.clear()


def _aligned(equation: Equation) -> str:
    """Write an equation in one row, or in several where it is long."""
    left, parts, after, colon = equation
    pieces = after.split("$")  # words and mathematics in turn
    words = "".join(piece if at % 2 else rf"\text{{{piece}}}" for at, piece in enumerate(pieces) if piece)
    loose = colon or left.startswith("together")  # equations stand at the left, whatever their length
    row = f"  & {_worded(left)}" if loose else f"  {left if left[:3] != 'but' else _worded(left)} &"
    row += r": \quad " if colon else " = " if loose else "= "
    breadths = [_breadth(part) + 3 for part in (left, *parts)]
    margin = f"{_NEXT}& " + r"\quad " * loose
    if sum(breadths) <= _ROW:
        written = row + " = ".join(parts)
    else:  # a long equation breaks before its equals signs and within its sums
        first, *rest = (_folded(part, margin) for part in parts)
        start = row.removesuffix(r"\quad ") + margin if colon else row
        rows = [start + first]
        for part in rest:
            if _breadth(f"{rows[-1].rpartition(margin)[2]} = {part}") <= _ROW:
                rows[-1] += f" = {part}"
            else:
                rows.append(f"= {part}")
        written = margin.join(rows)
        breadths = [_breadth(written.rpartition(margin)[2])]
    if words and sum(breadths) + _breadth(words) > _ROW:
        words = rf"{margin}\quad {words.replace(', because', 'because', 1)}"
    return written + words


def _folded(part: str, margin: str) -> str:
    """Fold a sum that exceeds a row."""
    if _breadth(part) <= _ROW - 10 or "\\begin" in part:
        return part
    terms, depth = [""], 0
    for piece in re.split(r"(\\left\W|\\right\W|[{}]| \+ )", part):
        depth += (piece == "{" or piece.startswith("\\left")) - (piece == "}" or piece.startswith("\\right"))
        if piece == " + " and depth == 0:
            terms.append("+ ")
        else:
            terms[-1] += piece
    rows = [terms[0]]
    for term in terms[1:]:
        if _breadth(rows[-1] + term) > _ROW - 10:
            rows.append(rf"\quad {{}}{term}")
        else:
            rows[-1] += f" {term}"
    return margin.join(rows)


def _breadth(written: str) -> int:
    """Estimate the breadth of LaTeX in characters, once it is set."""
    over = re.sub(r"\\frac\{((?:[^{}]|\{[^{}]*\})*)\}\{(?:[^{}]|\{[^{}]*\})*\}", r"\1", written)
    over = over.replace(r"\cdot", "xx").replace(r"\to", "xxx").replace(r"\partial", "d")
    return len(re.sub(r"\\(?:left|right|mathrm|text|operatorname|quad)|[{}$\\_ ]|(?<=\\)[a-z]+", "", over))


def _worded(left: str) -> str:
    """Set the word before the left side of an equation as text."""
    word, space, rest = left.partition(" ")
    return rf"\text{{{word} }}{rest}" if space and word in ("but", "together") else left


def _prose(sentence: str) -> str:
    return sentence.replace("…", r"\dots{}").replace("--", "-{}-")


def _escaped(note: str) -> str:
    """Escape plain text; text between backquotes is set as typed."""
    text = "".join(_SPECIAL.get(character, character) for character in note)
    pieces = text.split("`")
    return "".join(rf"\texttt{{{piece}}}" if at % 2 else piece for at, piece in enumerate(pieces))
