"""The grammar, the single source of truth for the language."""

from __future__ import annotations

from collections.abc import Callable

from cgraph_cli.core import resources

Progress = Callable[[int, int], None]
"""A function that is told of the work done and of the work in all, now and then."""


GO_ON = frozenset({"PLUS", "MINUS", "TIMES", "SLASH", "PERCENT", "AT", "CARET", "COMPARISON", "OR", "AND", "NOT"})
"""The terminals of operators: after one a statement goes on with the next line."""

OPENING, CLOSING = frozenset({"LPAR", "LSQB"}), frozenset({"RPAR", "RSQB"})
"""The terminals of brackets: a line end between them ends nothing."""

LINE_ENDS = ("_LINE_END", "_BEFORE_SIGN")
"""The terminals of line ends; the parser gets only those that end a statement."""

RARE = {
    "UNCERTAIN": ("±", "+-", "-+", "+/-", *(f"{digit}(" for digit in range(10))),
    "CONTINUED": ("\n",),
    "_BEFORE_SIGN": ("\n",),
    "_LINE_END": ("\n",),
    "ELEMENT": ("[",),
}
"""Terminals that take long to compile, each with strings: one of them stands in every text where it matches.

A text without these strings is read without these terminals.
"""

MOST_OPEN = 1_000_000
"""The most parentheses, calls and operators open at one place of a program, and the most arguments of a call."""


_PRIME = 2**61 - 1


def grammar() -> str:
    """Read the text of the grammar."""
    return resources.read("grammars", "cgraph.lark")


def checksum() -> int:
    """Compute a number that identifies the text of the grammar: its remainder by a prime, as one number.

    A checksum of the standard library would load its module at every start.
    """
    return int.from_bytes(grammar().encode(), "big") % _PRIME
