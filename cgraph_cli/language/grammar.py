"""The grammar, the single source of truth for the language."""

from __future__ import annotations

from collections.abc import Callable

from cgraph_cli.core import resources

Progress = Callable[[int, int], None]
"""Told of work done and of the work in all, now and then."""


GO_ON = frozenset({"PLUS", "MINUS", "TIMES", "SLASH", "PERCENT", "AT", "CARET", "COMPARISON", "OR", "AND", "NOT"})
"""The terminals that are operators: after one a statement goes on with the next line."""

OPENING, CLOSING = frozenset({"LPAR", "LSQB"}), frozenset({"RPAR", "RSQB"})
"""The terminals that open and close brackets, between which a line end ends nothing."""

LINE_ENDS = ("_LINE_END", "_BEFORE_SIGN")
"""The terminals that end a line; the parser is not told of those that end no statement."""

MOST_OPEN = 1_000_000
"""Parentheses, calls and operators that may wait for their end at one place of a program, and arguments of a call."""


_PRIME = 2**61 - 1


def grammar() -> str:
    """The text of the grammar."""
    return resources.read("grammars", "cgraph.lark")


def checksum() -> int:
    """A number that tells the text of the grammar from any other: its remainder by a prime, as one number.

    A checksum of the standard library's would have its module loaded at every start.
    """
    return int.from_bytes(grammar().encode(), "big") % _PRIME
