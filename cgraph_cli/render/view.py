"""How a report is to be shown."""

from __future__ import annotations

from math import isfinite

from cgraph_cli.graph import show_number

TABLE_DIGITS = 6
"""Significant digits of a number that a person reads, where none are asked for."""


class View:
    """What a reader wants to see.

    `digits` are significant digits, None for as many as the format likes; `named` leaves out nodes without a name;
    `all` shows every row however many there are; `edges` adds the edges; `color` and `ascii` say what the terminal
    can show; `width` is its columns, None for no limit.
    """

    __slots__ = ("all", "ascii", "color", "digits", "edges", "named", "width")

    def __init__(
        self,
        *,
        digits: int | None = None,
        named: bool = False,
        all: bool = False,
        edges: bool = False,
        color: bool = False,
        ascii: bool = False,
        width: int | None = None,
    ) -> None:
        self.digits = digits
        self.named = named
        self.all = all
        self.edges = edges
        self.color = color
        self.ascii = ascii
        self.width = width


def read_number(number: float, digits: int | None) -> str:
    """A number for a person: `digits` significant digits (default 6), whole numbers in full."""
    if not isfinite(number):
        return repr(number)
    if digits is None:
        if number == int(number) and abs(number) < 1e15:
            return show_number(number)
        digits = TABLE_DIGITS
    text = f"{number:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def exact_number(number: float, digits: int | None) -> float:
    """A number for a machine: itself, or rounded to `digits` significant digits."""
    return number if digits is None or not isfinite(number) else float(f"{number:.{digits}g}")
