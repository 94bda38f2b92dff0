"""How mathematics is written: as text, and as LaTeX. What a derivation says in both is said by a notation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cgraph_cli.formulas import NAME, NUMBER, Formula
from cgraph_cli.paths import show_count
from cgraph_cli.render.view import read_number

_SUM, _PRODUCT, _SIGN, _POWER, _WHOLE = 5, 6, 7, 8, 9
_PRECEDENCES = {
    "or": 1, "and": 2, "not": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT, "neg": _SIGN, "^": _POWER,
}  # fmt: skip
_RIGHT_TIGHTER = ("-", "/", "%", "==", "!=", "<", "<=", ">", ">=")


class Text:
    """Mathematics as a line of text: `∂e/∂c = d`, `c·d`, `x^2`; with `ascii`, `de/dc = d`, `c*d`."""

    dot, equals, arrow, plus = "·", " = ", " → ", " + "
    infix: Mapping[str, str] = {
        "or": " or ", "and": " and ", "==": " = ", "!=": " ≠ ", "<": " < ", "<=": " ≤ ", ">": " > ", ">=": " ≥ ",
        "+": " + ", "-": " - ", "*": "·", "/": "/", "%": " % ", "^": "^",
    }  # fmt: skip

    def __init__(self, digits: int | None = None) -> None:
        self.digits = digits

    def name(self, label: str) -> str:
        """A node's name."""
        return label

    def number(self, value: Any) -> str:
        """A number to the digits that are asked for."""
        return self.numeral(read_number(value, self.digits))

    def numeral(self, text: str) -> str:
        """A number that is text already."""
        return text

    def inline(self, written: str) -> str:
        """Mathematics within a sentence."""
        return written

    def words(self, text: str) -> str:
        """Words within mathematics."""
        return text

    def count(self, count: int) -> str:
        """A count within a sentence."""
        return show_count(count)

    def derivative(self, of: str, wrt: str) -> str:
        """∂of/∂wrt."""
        return f"∂{of}/∂{wrt}"

    def product(self, factors: Sequence[Any], signed: bool = False) -> str:
        """Numbers that are multiplied; negative ones in parentheses, the first where `signed`. None is an ellipsis."""
        words = [self.ellipsis() if factor is None else self.number(factor) for factor in factors]
        first = self._signed(words[0]) if signed else words[0]
        return self.dot.join([first, *(self._signed(word) for word in words[1:])])

    def total(self, terms: Sequence[Any]) -> str:
        """Numbers that are added up."""
        words = [self.number(term) for term in terms]
        return self.plus.join([words[0], *(self._signed(word) for word in words[1:])])

    def _signed(self, word: str) -> str:
        return f"({word})" if word.startswith("-") else word

    def formula(self, formula: Formula, least: int = 0) -> str:
        """A formula, in parentheses where it binds less than `least`."""
        operation, operands, text = formula
        if operation == NAME:
            return self.name(text) if text != "…" else self.ellipsis()
        if operation == NUMBER:
            sign = text.startswith("-") and least > _SUM
            return self.parentheses(self.numeral(text)) if sign else self.numeral(text)
        precedence = _PRECEDENCES.get(operation, _WHOLE)
        if precedence == _WHOLE:
            return self.call(operation, operands)
        written = self.operator(operation, operands, precedence)
        return self.parentheses(written) if precedence < least else written

    def operator(self, operation: str, operands: Sequence[Formula], precedence: int) -> str:
        """An operator between its operands, or before its only one."""
        if operation in ("neg", "not"):
            least = _PRODUCT if operands[0].operation in ("*", "/") else precedence  # -x/y, and not -(x/y)
            return ("-" if operation == "neg" else "not ") + self.formula(operands[0], least)
        left = precedence + (operation == "^")
        right = precedence + (operation in _RIGHT_TIGHTER)
        first, second = self.formula(operands[0], left), self.formula(operands[1], right)
        if operands[1].operation == NUMBER and operands[1].text.startswith("-") and operation != "^":
            second = self.formula(operands[1], _POWER)
        return f"{first}{self.infix[operation]}{second}"

    def call(self, name: str, operands: Sequence[Formula]) -> str:
        """A function of its operands."""
        return f"{name}({', '.join(map(self.formula, operands))})"

    def parentheses(self, written: str) -> str:
        """Something in parentheses."""
        return f"({written})"

    def ellipsis(self) -> str:
        """What stands for operands that are left out."""
        return "…"


class Program(Text):
    """Mathematics in the language of cgraph, which can be evaluated."""

    dot = "*"
    infix = {operation: f" {operation} " for operation in Text.infix} | {"*": "*", "/": "/", "^": "^"}


GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
).split()
_LETTERS = {
    **dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", (f"\\{name}" for name in GREEK), strict=True)),
    "∂": r"\partial ",
}
_NAMED = {
    "sin": r"\sin", "cos": r"\cos", "tan": r"\tan", "sec": r"\sec", "csc": r"\csc", "cot": r"\cot",
    "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "sinh": r"\sinh", "cosh": r"\cosh",
    "tanh": r"\tanh", "coth": r"\coth", "exp": r"\exp", "log": r"\ln", "log2": r"\log_{2}", "log10": r"\log_{10}",
    "min": r"\min", "max": r"\max", "gamma": r"\Gamma", "digamma": r"\psi", "sigmoid": r"\sigma",
}  # fmt: skip
_ENCLOSED = {
    "sqrt": r"\sqrt{%s}",
    "cbrt": r"\sqrt[3]{%s}",
    "abs": r"\left\lvert %s\right\rvert",
    "norm": r"\left\lVert %s\right\rVert",
    "floor": r"\left\lfloor %s\right\rfloor",
    "ceil": r"\left\lceil %s\right\rceil",
}
_NOT_FINITE = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{undefined}", "…": r"\dots"}


class Latex(Text):
    """Mathematics as LaTeX: `\\frac{\\partial e}{\\partial c} = d`; needs the package amsmath.

    A node without a name is `v_{1}`, `v_{2}`, …, in a letter that no name of the program begins with.
    """

    dot, arrow = r" \cdot ", r" \to "
    infix = {
        **Text.infix, "or": r" \lor ", "and": r" \land ", "!=": r" \ne ", "<=": r" \le ", ">=": r" \ge ",
        "*": r" \cdot ", "%": r" \bmod ",
    }  # fmt: skip

    def __init__(self, digits: int | None = None, names: Sequence[str] = ()) -> None:
        super().__init__(digits)
        taken = {name[0] for name in names}
        self.unnamed = next((letter for letter in "vuwtsrqpkhgmnz" if letter not in taken), r"\nu")
        self.sigmoid = r"\operatorname{sigmoid}" if taken & {"σ"} or "sigma" in names else r"\sigma"
        self._names: dict[str, str] = {}
        for name in names:
            written = self._typeset(name)
            clash = written in self._names.values()  # `x1` and `x_1`
            self._names[name] = rf"\mathtt{{{_escaped(name)}}}" if clash else written

    def name(self, label: str) -> str:
        """A node's name: a letter as itself, a word upright, digits and what follows `_` as an index."""
        return self._names.get(label) or self._typeset(label)

    def _typeset(self, label: str) -> str:
        if label.startswith("%"):
            return f"{self.unnamed}_{{{label[1:]}}}"
        if label in _NOT_FINITE:
            return _NOT_FINITE[label]
        stem, _, index = label.partition("_")
        word = re.fullmatch(r"(.*?\D)(\d+)", stem)
        if word:
            stem, index = word[1], ", ".join(filter(None, (word[2], index)))
        written = self._word(stem)
        if not index:
            return written
        parts = [self._word(part) if part else "" for part in index.split("_")]
        return f"{written}_{{{', '.join(filter(None, parts))}}}"

    def _word(self, word: str) -> str:
        if word in GREEK:
            return f"\\{word}"
        if len(word) == 1 or re.fullmatch(r"[\d, ]+", word):
            return _LETTERS.get(word, word)
        if len(word) == 2 and word[0] == "Δ":
            return rf"\Delta {word[1]}"
        return rf"\mathrm{{{word}}}" if word.isascii() else rf"\text{{{word}}}"

    def numeral(self, text: str) -> str:
        """A number; a power of ten in full."""
        if text in _NOT_FINITE:
            return _NOT_FINITE[text]
        mantissa, e, exponent = text.partition("e")
        if e and exponent.lstrip("+-").isdigit():
            power = rf"10^{{{int(exponent)}}}"
            return power if mantissa == "1" else rf"{mantissa} \cdot {power}"
        return text

    def inline(self, written: str) -> str:
        """Mathematics within a sentence."""
        return f"${written}$"

    def words(self, text: str) -> str:
        """Words within mathematics."""
        return rf"\text{{{text}}}"

    def count(self, count: int) -> str:
        """A count within a sentence; a power of ten as mathematics."""
        about, dot, power = show_count(count).partition("·10^")
        return f"{about.replace('about ', 'about $')} \\cdot 10^{{{power}}}$" if dot else about

    def derivative(self, of: str, wrt: str) -> str:
        """A fraction of ∂s."""
        return rf"\frac{{\partial {of}}}{{\partial {wrt}}}"

    def operator(self, operation: str, operands: Sequence[Formula], precedence: int) -> str:
        """Fractions and powers as they are typeset, the rest as text has it."""
        if operation == "/":
            return rf"\frac{{{self.formula(operands[0])}}}{{{self.formula(operands[1])}}}"
        if operation == "^":
            base = self.formula(operands[0], _POWER + 1)
            if operands[0].operation in _NAMED and operands[0].operation != "exp":
                base = self.parentheses(base)
            return f"{base}^{{{self.formula(operands[1])}}}"
        if operation == "not":
            return rf"\lnot {self.formula(operands[0], precedence)}"
        return super().operator(operation, operands, precedence)

    def call(self, name: str, operands: Sequence[Formula]) -> str:
        """A function by its sign, its command or its name."""
        if name == "where":
            condition, first, second = map(self.formula, operands)
            return rf"\begin{{cases}} {first} & \text{{if }} {condition} \\ {second} & \text{{else}} \end{{cases}}"
        inside = ", ".join(map(self.formula, operands))
        if name in _ENCLOSED:
            return _ENCLOSED[name] % inside
        named = self.sigmoid if name == "sigmoid" else _NAMED.get(name)
        return (named or rf"\operatorname{{{_escaped(name)}}}") + self.parentheses(inside)

    def parentheses(self, written: str) -> str:
        """Something in parentheses of its own height."""
        return rf"\left({written}\right)" if "\\frac" in written or "\\begin" in written else f"({written})"

    def ellipsis(self) -> str:
        """What stands for operands that are left out."""
        return r"\dots"


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")
