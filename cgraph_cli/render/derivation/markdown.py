"""A derivation as Markdown, with formulas between dollar signs, as notebooks, GitHub and Pandoc read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from cgraph_cli.render.view import View
from cgraph_cli.render.wording.array_derivation import program_of, sections_of
from cgraph_cli.render.wording.derivation import Equation, Passage
from cgraph_cli.render.wording.notation import LatexNotation
from cgraph_cli.results.array_derivation import ArrayDerivation
from cgraph_cli.results.derivation import Derivation
from cgraph_cli.results.notes import notes


def write(derivation: Derivation | ArrayDerivation, view: View, stream: TextIO) -> None:
    """Write a derivation as headings, and lists of formulas and sentences."""
    notation = LatexNotation(view.digits, list(program_of(derivation).nodes))
    for at, section in enumerate(sections_of(derivation, notation, view.most_paths)):
        stream.write("\n" * bool(at) + f"## {section.title}\n\n")
        for words, label, written in notation.legend(program_of(derivation).labels()) if at == 0 else ():
            stream.write(f"{words}, such as `{label}`, is written ${written}$.\n\n")
        for line in _lines(section.items, 0):
            stream.write(line + "\n")
    for note in notes(derivation.report):
        stream.write(f"\n{note.strip()}\n")


def _lines(items: Sequence[Passage], depth: int) -> Iterator[str]:
    for item in items:
        content = item.content
        yield "  " * depth + "- " + (content if isinstance(content, str) else _equation(content))
        yield from _lines(item.below, depth + 1)


def _equation(equation: Equation) -> str:
    left, parts, after, colon = equation
    word, space, rest = left.partition(" ")
    spoken = space and word in ("but", "together")
    before, left = (f"{word} ", rest) if spoken else ("", left)
    if left == "together":
        return f"together ${' = '.join(parts)}${after}"
    if colon:
        left = "directly" if left == r"\text{directly}" else f"${left}$"
        return f"{left}: ${' = '.join(parts)}${after}"
    return f"{before}${' = '.join([left, *parts])}${after}"
