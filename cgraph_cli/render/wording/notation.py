"""Notations of mathematics in a derivation: text, LaTeX, and the language itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cgraph_cli.core.primitives import TRUTHS
from cgraph_cli.evaluation.paths import show_count
from cgraph_cli.language import symbols
from cgraph_cli.language.latex import latex_expression
from cgraph_cli.language.write import LEVELS, write_expression
from cgraph_cli.render.numbers import read_number
from cgraph_cli.symbolic.formulas import NAME, NUMBER, Formula, graph_of

_SIGNS = str.maketrans({"*": "·"})

_KINDS = {"%": "A step without a name", "grad.": "A step of a `grad`"}
"""The first characters of the labels of unnamed nodes, and the kinds of such nodes."""


class Notation:
    """Mathematics in the language of cgraph, which `cgraph eval` reads."""

    dot, arrow, plus, equals, sigma = "*", " -> ", " + ", " == ", "Σ"

    def __init__(self, digits: int | None = None) -> None:
        self.digits = digits

    def name(self, label: str) -> str:
        """Write a node's name."""
        return label

    def number(self, value: Any) -> str:
        """Write a number to the digits that are asked for."""
        return self.numeral(read_number(value, self.digits))

    def numeral(self, text: str) -> str:
        """Write a number that is already text."""
        return text

    def inline(self, written: str) -> str:
        """Write mathematics within a sentence."""
        return written

    def words(self, text: str) -> str:
        """Write words within mathematics."""
        return text

    def ellipsis(self) -> str:
        """Write the sign for an omission."""
        return "…"

    def count(self, count: int) -> str:
        """Write a count within a sentence."""
        return show_count(count)

    def derivative(self, of: str, wrt: str) -> str:
        """Write ∂of/∂wrt."""
        return f"∂{of}/∂{wrt}"

    def product(self, factors: Sequence[Any], signed: bool = False) -> str:
        """Write a product; negative factors are in parentheses, the first only where `signed`. None is an ellipsis."""
        words = [self.ellipsis() if factor is None else self.number(factor) for factor in factors]
        first = _in_parentheses(words[0]) if signed else words[0]
        return self.dot.join([first, *map(_in_parentheses, words[1:])])

    def total(self, terms: Sequence[Any]) -> str:
        """Write a sum of numbers."""
        words = [self.number(term) for term in terms]
        return self.plus.join([words[0], *map(_in_parentheses, words[1:])])

    def formula(self, formula: Formula) -> str:
        """Write a formula."""
        graph = graph_of(formula)
        return write_expression(graph, graph.output)

    def side(self, formula: Formula) -> str:
        """Write a formula for one side of an equation; a comparison needs parentheses there: `t = (x < y)`."""
        return f"({self.formula(formula)})" if formula.operation in TRUTHS else self.formula(formula)


class TextNotation(Notation):
    """Mathematics as a line of text: `∂e/∂c = d`, `c·d`, `x ≤ 0`."""

    dot, arrow, equals = "·", " → ", " = "

    def formula(self, formula: Formula) -> str:
        """Write a formula with the signs of print."""
        if formula.operation == NUMBER:
            return formula.text
        text = super().formula(_with_signs_apart(formula)).translate(_SIGNS)
        for typed, sign in (("==", "="), ("!=", "≠"), ("<=", "≤"), (">=", "≥")):
            text = text.replace(typed, sign)
        return text


class LatexNotation(Notation):
    r"""Mathematics as LaTeX: `\frac{\partial e}{\partial c} = d`; needs the package amsmath.

    `names` are the program's. A node without a name is `v_{1}`, `v_{2}`, …, and a step of a `grad` `u_{1}`, …, in
    letters that no name begins with.
    """

    dot, arrow, equals, sigma = r" \cdot ", r" \to ", " = ", r"\Sigma "

    def __init__(self, digits: int | None = None, names: Sequence[str] = ()) -> None:
        super().__init__(digits)
        taken = {name[0] for name in names}
        free = [letter for letter in "vuwtsrqpkhgmnz" if letter not in taken]
        self.letters = dict(zip(_KINDS, [*free, "nu", "mu"], strict=False))
        self.called: dict[str, str] = {}
        written: set[str] = set()
        for name in names:
            apart = name
            while symbols.symbol(apart) in written:  # `x1` and `x_1` would look alike
                apart += "'"
            written.add(symbols.symbol(apart))
            self.called[name] = apart

    def _call(self, label: str) -> str:
        for kind, letter in self.letters.items():
            if label.startswith(kind):
                return f"{letter}_{label.removeprefix(kind)}"
        return self.called.get(label, label)

    def legend(self, labels: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """List the kinds of unnamed nodes among labels, as (words, an example, its writing)."""
        for kind, words in _KINDS.items():
            if any(label.startswith(kind) for label in labels):
                yield words, f"{kind}1", self.name(f"{kind}1")

    def name(self, label: str) -> str:
        """Write a node's name: a letter as itself, a word upright, digits and the part after `_` as an index."""
        return symbols.symbol(self._call(label))

    def numeral(self, text: str) -> str:
        """Write a number, a power of ten in full."""
        return symbols.number(0.0, text)

    def inline(self, written: str) -> str:
        """Write mathematics within a sentence."""
        return f"${written}$"

    def words(self, text: str) -> str:
        """Write words within mathematics."""
        return rf"\text{{{text}}}"

    def ellipsis(self) -> str:
        """Write the sign of what is left out."""
        return r"\dots"

    def count(self, count: int) -> str:
        """Write a count within a sentence; a power of ten as mathematics."""
        about, dot, power = show_count(count).partition("·10^")
        return rf"{about.replace('about ', 'about $')} \times 10^{{{power}}}$" if dot else about

    def derivative(self, of: str, wrt: str) -> str:
        """Write a fraction of ∂s."""
        return rf"\frac{{\partial {of}}}{{\partial {wrt}}}"

    def formula(self, formula: Formula) -> str:
        """Write a formula as a paper prints it."""
        if formula.operation == NUMBER:
            return self.numeral(formula.text)
        if formula.operation == NAME:
            return self.ellipsis() if formula.text == "…" else self.name(formula.text)
        labels = {label: self._call(label) for label in _names(formula)}
        graph = graph_of(formula, labels)
        return latex_expression(graph, graph.output).replace("…", r"\dots")

    def side(self, formula: Formula) -> str:
        """Write a formula for one side of an equation, a truth value in Iverson's brackets."""
        return rf"\left[{self.formula(formula)}\right]" if formula.operation in TRUTHS else self.formula(formula)


def _in_parentheses(word: str) -> str:
    return f"({word})" if word.startswith("-") else word


def _names(formula: Formula) -> set[str]:
    if formula.operation == NAME:
        return {formula.text}
    return set().union(*map(_names, formula.operands))


def _with_signs_apart(formula: Formula, follows: bool = False) -> Formula:
    """Write a formula with negative numbers in parentheses after an operator, as in `3·(-2)`.

    A minus before a product or a quotient goes to its first factor, where it needs no parentheses.
    """
    operation, operands, text = formula
    if operation == NUMBER and follows and text.startswith("-"):
        return Formula(NAME, (), f"({text})")
    if operation == "neg" and operands[0].operation in ("*", "/"):
        first, second = operands[0].operands
        operation, operands = operands[0].operation, (Formula("neg", (first,)), second)
    after = operation in LEVELS
    apart = (_with_signs_apart(each, after and (at > 0 or operation == "neg")) for at, each in enumerate(operands))
    return Formula(operation, tuple(apart), text)
