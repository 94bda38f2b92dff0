"""Numbers as they are written, and those that no double can hold."""

from __future__ import annotations

import re
from math import inf

_ZERO = re.compile(r"[-+]?[0_]*\.?[0_]*(?![1-9.])", re.ASCII)
_SHOWN = 40


def does_hold(text: str, number: float) -> bool:
    """Whether a double holds the number that a text of digits says: it is neither too large for one nor too small."""
    if 0 < abs(number) < inf:
        return True
    return _ZERO.match(text) is not None if number == 0 else not any(map(str.isdigit, text[:3]))


def no_double(text: str, number: float) -> tuple[str, str]:
    """What is wrong with a number that no double holds, and what to write."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    if number:
        what, help = "large", "the largest is 1.7976931348623157e308; infinity is written `inf`"
    else:
        what, help = "small", "the smallest is 5e-324; for nothing at all, write `0`"
    return f"`{shown}` is too {what} for a double", help
