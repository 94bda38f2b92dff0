"""Axes: the places of the ticks and their numbers."""

from __future__ import annotations

from math import ceil, floor, gcd, inf, log10, pi
from typing import NamedTuple


class Tick(NamedTuple):
    """A place on an axis, and its label."""

    at: float
    label: str


class Axis(NamedTuple):
    """A stretch of numbers with ticks in it."""

    low: float
    high: float
    ticks: list[Tick]

    def part(self, number: float) -> float:
        """Place a number on the axis, from 0 at the low end to 1 at the high one."""
        return (number - self.low) / (self.high - self.low)


def axis(low: float, high: float, most: int, *, room: float = 0.0, angles: bool = False) -> Axis:
    """Make an axis of at most `most` ticks at round numbers; `room` is the part that stays free at each end.

    With `angles`, a range whose ends are quarters of π has its ticks at parts of π.
    """
    spare = (high - low) * room
    low, high = low - spare, high + spare
    ticks = (_angles(low, high, most) if angles else []) or _decimals(low, high, most)
    return Axis(low, high, ticks)


def _decimals(low: float, high: float, most: int) -> list[Tick]:
    if not 1e-290 < high - low < inf:  # it has no round numbers
        return []
    power = floor(log10((high - low) / max(1, most))) - 1
    while True:
        for digit in (1, 2, 5):
            unit = digit * 10.0**power
            first, last = ceil(low / unit - 1e-9), floor(high / unit + 1e-9)
            if last - first < most:
                numbers = [at * digit for at in range(first, last + 1)]
                return [Tick(float(f"{number}e{power}"), _label(number, power)) for number in numbers]
        power += 1


def _label(number: int, power: int) -> str:
    """Write `number`·10^`power`, with the decimals of the step."""
    if number == 0:
        return "0"
    size = floor(log10(abs(number))) + power
    if -5 < size < 6:
        return f"{float(f'{number}e{power}'):.{max(0, -power)}f}"
    mantissa = f"{float(f'{number}e{power}'):.{max(0, size - power)}e}"
    digits, _, exponent = mantissa.partition("e")
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}e{int(exponent)}"


def _angles(low: float, high: float, most: int) -> list[Tick]:
    quarters = [low / (pi / 4), high / (pi / 4)]
    if any(abs(number - round(number)) > 1e-9 for number in quarters) or not 1 <= quarters[1] - quarters[0] <= 200:
        return []
    for over, times in ((12, 1), (6, 1), (4, 1), (2, 1), (1, 1), (1, 2), (1, 4), (1, 8), (1, 16)):
        step = times * pi / over
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        if last - first + 1 <= most + 1:
            return [Tick(at * step, _angle(at * times, over)) for at in range(first, last + 1)]
    return []


def _angle(number: int, over: int) -> str:
    if number == 0:
        return "0"
    common = gcd(number, over)
    number, over = number // common, over // common
    sign, size = "-" if number < 0 else "", abs(number)
    return f"{sign}{size if size != 1 else ''}π" + (f"/{over}" if over != 1 else "")
