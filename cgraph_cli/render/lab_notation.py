"""Results in the notation of laboratories: `9.801(35)`, rounded by the convention of the GUM (7.2.6)."""

from __future__ import annotations

from decimal import Context, Decimal
from math import isfinite

from cgraph_cli.core.graph import show_number
from cgraph_cli.results.uncertainty.agreement import DIGITS, last_place

_MOST_PLACES = 17
"""The most digits of a value."""

_WIDE = Context(prec=700)
"""Enough digits for any double, at any place."""


def write_concise(value: float, u: float, digits: int = DIGITS) -> str:
    """Write a value with its standard uncertainty in parentheses, in units of the value's last digit."""
    if not isfinite(value) or not isfinite(u):
        return f"{show_number(value)} ± {show_number(u)}"
    if not u:
        return f"{show_number(value + 0.0)} (exact)"
    place = last_place(u, digits)
    number = _to_place(value, place)
    top = max(number.adjusted() if number else place + digits - 1, place)
    if top - place > _MOST_PLACES:  # beyond the digits of a double
        return f"{show_number(value)} ± {u:.{digits - 1}e}"
    if place > 0 or top < -4:
        exponent = max(top, place + digits - 1)
        return f"{number.scaleb(-exponent, _WIDE):.{exponent - place}f}({_count(u, place)})e{exponent}"
    return f"{number:.{-place}f}({_count(u, place)})"


def write_expanded(value: float, expanded: float, digits: int = DIGITS) -> str:
    """Write a value with its expanded uncertainty after `±`, both to the same place."""
    if not isfinite(value) or not isfinite(expanded) or not expanded:
        return f"{show_number(value + 0.0)} ± {show_number(expanded)}"
    place = last_place(expanded, digits)
    if max(abs(value), expanded) > 10.0 ** min(300, place + _MOST_PLACES):
        return f"{show_number(value)} ± {expanded:.{digits - 1}e}"
    return f"{at_place(value, place)} ± {at_place(expanded, place)}"


def at_place(number: float, place: int) -> str:
    """Round a number to the place of a power of ten."""
    if not isfinite(number):
        return show_number(number)
    rounded = _to_place(number, place)
    top = rounded.adjusted() if rounded else 0
    if top > 15 or top < -4:
        return _scientific(rounded, min(place, top))
    return f"{rounded:.{max(0, -place)}f}"


def _scientific(rounded: Decimal, place: int) -> str:
    exponent = rounded.adjusted()
    return f"{rounded.scaleb(-exponent, _WIDE):.{exponent - place}f}e{exponent}"


def _to_place(number: float, place: int) -> Decimal:
    scaled = Decimal(repr(number + 0.0)).scaleb(-place)
    return Decimal(int(scaled.to_integral_value())).scaleb(place, _WIDE)


def _count(u: float, place: int) -> int:
    return int(_to_place(u, place).scaleb(-place, _WIDE))
