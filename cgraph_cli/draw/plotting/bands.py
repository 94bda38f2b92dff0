"""Bands: the heights of a map in one colour, between round numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import floor, isfinite, log10

from cgraph_cli.draw.plotting.axes import Axis, Tick, axis
from cgraph_cli.results.over_ranges.fields import Field

MOST = 10

_CROWDED = 0.45
"""The largest part of a map that one of equal bands may cover; beyond it the bands have equal shares of the map."""


class Bands:
    """Heights between `ticks`; below the first and above the last is a band too."""

    def __init__(self, ticks: Sequence[Tick]) -> None:
        self.ticks = list(ticks)
        self._levels = [tick.at for tick in ticks]

    @property
    def size(self) -> int:
        """The number of bands."""
        return len(self.ticks) + 1

    def band(self, value: float) -> int:
        """Find the band that a value lies in, from 0."""
        return bisect_right(self._levels, value)

    def part(self, band: int) -> float:
        """Place a band on the way from the lowest, 0, to the highest, 1."""
        return band / max(1, self.size - 1)


def bands(field: Field) -> Bands:
    """Choose the bands of a field: equal steps, or about equal shares where most of the map would have one colour."""
    values = sorted(value for row in field.values for value in row if isfinite(value))
    if not values:
        return Bands([])
    scale = axis(field.view.low, field.view.high, MOST)
    even = Bands([tick for tick in scale.ticks if scale.low < tick.at < scale.high])
    shares = [0] * even.size
    for value in values:
        shares[even.band(value)] += 1
    if max(shares) <= _CROWDED * len(values):
        return even
    return Bands(_shares(values)) or even


def _shares(values: Sequence[float]) -> list[Tick]:
    """Round numbers near the tenths of some values in order, each once."""
    found: dict[float, Tick] = {}
    for at in range(1, MOST):
        value = values[len(values) * at // MOST]
        for digits in (1, 2, 3):
            number = float(f"{value:.{digits}g}")
            near = bisect_right(values, number) / len(values)
            if abs(near - at / MOST) < 0.04:
                break
        if values[0] < number < values[-1]:
            found.setdefault(number, Tick(number, _label(number)))
    return [found[number] for number in sorted(found)]


def _label(number: float) -> str:
    size = floor(log10(abs(number))) if number else 0
    return f"{number:.6g}" if -5 < size < 6 else f"{number:.3g}".replace("e+0", "e").replace("e-0", "e-")


def limits(field: Field, shown: Bands) -> Axis:
    """Choose the heights at which a map is cut off, beyond the first and the last of its bands."""
    values = [value for row in field.values for value in row if isfinite(value)] or [0.0]
    low = min([field.view.low, *(tick.at for tick in shown.ticks)])
    high = max([field.view.high, *(tick.at for tick in shown.ticks)])
    room = (high - low) * 0.05 or 1.0
    return Axis(max(min(values), low - room) - room, min(max(values), high + room) + room, shown.ticks)
