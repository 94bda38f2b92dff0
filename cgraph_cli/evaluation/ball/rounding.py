"""Numbers from balls: as many digits as are certain."""

from __future__ import annotations

from contextlib import suppress
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from math import inf, nan

from flint import arb

from cgraph_cli.evaluation.ball.number import Arb, Ball, Precision, bits_of

_GUARD = 64

MOST_EXPONENT = 10**100
"""The largest power of ten of a written number."""


def as_double(ball: Ball) -> float | None:
    """Give the double that every number of a ball rounds to, or None where there are several."""
    a = ball.arb
    if not a.is_finite():
        return nan if a.is_nan() else None if not a.is_exact() else inf if a > 0 else -inf
    if a.is_exact():
        return float(a)
    with Precision(max(ball.bits, bits_of(a)) + _GUARD):
        low, high = float(a.lower()), float(a.upper())
    return high if low == high else None


def accuracy(ball: Ball) -> int:
    """Count the certain bits of a ball, relative to its size: huge where it is exact, negative where nothing is
    certain.
    """
    return int(ball.arb.rel_accuracy_bits())


def show(ball: Ball, digits: int) -> str | None:
    """Write a ball's number to `digits` significant digits, without needless zeros; None where they are not all
    certain.

    Numbers are written as mpmath writes them: `0.5`, `1.97007e+434`, `-inf`.
    """
    a = ball.arb
    if not a.is_finite():
        return "nan" if a.is_nan() else None if not a.is_exact() else "inf" if a > 0 else "-inf"
    if a.is_zero():
        return "0.0"
    if a.contains(0):
        return None
    with Precision(max(ball.bits, bits_of(a))):  # flint rounds an absolute value too
        size = abs(a)
    found = _significant(size, digits, ball.bits)
    if found is None or abs(found[1]) > MOST_EXPONENT:
        return None
    text, exponent = found
    return ("-" if a < 0 else "") + _write(text, exponent, digits)


def as_decimal(ball: Ball, digits: int) -> Decimal | float:
    """Round a settled number to so many significant digits; a number that no decimal holds becomes a double."""
    a = ball.arb
    if not a.is_finite():
        return nan if a.is_nan() or not a.is_exact() else inf if a > 0 else -inf
    text = show(ball, digits) or show(Ball(a.mid(), ball.bits), digits)  # half-way, either is as near
    if text is not None:
        with suppress(InvalidOperation):
            return Decimal(text)
    size = inf if abs(a) > 1 else 0.0
    return -size if a < 0 else size


def write_decimal(number: Decimal, digits: int) -> str:
    """Write a decimal to so many significant digits in the form of `show`."""
    if not number:
        return "0.0"
    rounded = Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN).plus(number)
    text = f"{rounded.copy_abs():e}".partition("e")[0].replace(".", "").ljust(digits, "0")
    return ("-" if rounded < 0 else "") + _write(text, rounded.adjusted(), digits)


def _significant(a: Arb, digits: int, bits: int) -> tuple[str, int] | None:
    """Find the digits of a positive number, and the exponent of the first one."""
    with Precision(_GUARD + a.mid().man_exp()[1].bit_length()):
        exponent = int((a.mid().log() / arb(10).log()).mid().floor().unique_fmpz())
    for _ in range(3):  # the logarithm may be off by one beside a power of ten
        places = digits - 1 - exponent
        room = 3 * abs(places) if abs(places) < 5000 else 2 * places.bit_length()  # exact, where that costs little
        with Precision(max(bits, bits_of(a)) + 4 * digits + room + _GUARD):
            scale = arb(10) ** abs(places)
            scaled = a * scale if places >= 0 else a / scale
            nearest = (scaled + 0.5).floor().unique_fmpz()
            is_above = bool(scaled * 10 + 0.5 >= arb(10) ** digits)  # below a power of ten, digits are finer
        if nearest is None:
            return None
        text = str(nearest)  # not as an int: Python writes at most 4,300 digits of one
        if len(text) == digits:
            return (text, exponent) if is_above or text.strip("0") != "1" else None
        if len(text) == digits + 1 and text.strip("0") == "1":
            return text[:-1], exponent + 1
        exponent += len(text) - digits
    return None


def _write(text: str, exponent: int, digits: int) -> str:
    if min(-(digits // 3), -5) < exponent < digits:
        if exponent < 0:
            whole, rest = "0", "0" * (-exponent - 1) + text
        else:
            whole, rest = text[: exponent + 1].ljust(exponent + 1, "0"), text[exponent + 1 :]
        return f"{whole}.{rest.rstrip('0') or '0'}"
    return f"{text[0]}.{text[1:].rstrip('0') or '0'}e{exponent:+d}"
