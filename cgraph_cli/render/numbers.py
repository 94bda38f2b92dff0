"""Numbers and verdicts as text, for people and for machines."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from cgraph_cli.core.graph import show_number
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.trust.verdicts import OK, Checked, Verdict

_MOST_DIGITS = 17
"""The significant digits that tell every double from its neighbours."""

TABLE_DIGITS = 6
"""The default number of significant digits for people."""


def read_status(verdict: Verdict) -> str:
    """Write a verdict for a person, such as `kink [-1, 1]`; `ok` is an empty text."""
    if verdict == OK:
        return ""
    if verdict.interval is None:
        return verdict.status
    low, high = (read_number(bound, None) for bound in verdict.interval)
    return f"{verdict.status} [{low}, {high}]"


def read_checked(checked: Checked, digits: int | None) -> str:
    """Write a number with a verdict for a person: in full, even beyond the range of doubles."""
    text = checked.verdict.text
    return shorten(text, digits) if text else read_number(checked.number, digits)


def shorten(text: str, digits: int | None = None) -> str:
    """Round a number in scientific notation, of any exponent, to `digits` significant digits."""
    from decimal import Decimal

    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    shown = f"{Decimal(mantissa):.{min(digits or TABLE_DIGITS, 17) - 1}f}"
    if shown.lstrip("-").startswith("10"):  # 9.9999996e+400 to six digits
        shown, exponent = shown.replace("10", "1", 1), f"{int(exponent) + 1:+d}"
    return f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown}e{exponent}"


def read_number(number: Any, digits: int | None) -> str:
    """Write a number for a person: `digits` significant digits (default 6), whole numbers in full."""
    if not isinstance(number, float):
        return _of_decimal(number, digits)
    if not isfinite(number):
        return repr(number)
    if digits is None:
        if number == int(number) and abs(number) < 1e15:
            return show_number(number + 0.0)
        digits = TABLE_DIGITS
    text = f"{number + 0.0:.{min(digits, _MOST_DIGITS)}g}"  # and not -0
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def read_uncertainty(u: float, digits: int | None) -> str:
    """Write a standard uncertainty for a person, which no further digits of the value make better known."""
    return read_number(u, None if digits is not None and digits > _MOST_DIGITS else digits)


def write_number(number: Any, digits: int | None) -> str:
    """Write a number for a machine: the shortest text that reads back as the same double, or `digits` significant
    digits.
    """
    if not isinstance(number, float):
        return _of_decimal(number, digits)
    return show_number(exact_number(number, digits))


def write_numbers_of(number: Any, digits: int | None) -> str:
    """Write a number, or an array as JSON does."""
    if not isinstance(number, Tensor):
        return write_number(number, digits)
    texts = number.map(lambda item: write_number(item, digits))
    return str(texts.nested()).replace("'", "")


def write_numbers(numbers: Sequence[Any], digits: int | None) -> list[str]:
    """Write many numbers at once, like `write_number`."""
    if digits is None and set(map(type, numbers)) <= {float}:
        return [text[:-2] if text.endswith(".0") else text for text in map(repr, numbers)]
    return [write_number(number, digits) for number in numbers]


def exact_number(number: float, digits: int | None) -> float:
    """Round a number to `digits` significant digits, or leave it where none are given."""
    if digits is None or not isfinite(number):
        return number
    rounded = float(f"{number:.{min(digits, 17)}g}")
    return rounded if isfinite(rounded) else number  # 1.5e308 to one digit exceeds the doubles


def _of_decimal(number: Any, digits: int | None) -> str:
    from cgraph_cli.evaluation.ball import write_decimal

    return write_decimal(number, digits or TABLE_DIGITS)
