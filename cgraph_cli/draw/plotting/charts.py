"""Charts before they are drawn: curves over one range, or maps over two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cgraph_cli.results.over_ranges.curves import Curve
from cgraph_cli.results.over_ranges.fields import Field

GridSize = tuple[int, int]
"""A number along the horizontal axis, and one along the vertical."""


class Scatter(NamedTuple):
    """Points of a table that lie over a curve; `name` is the column of their heights."""

    curve: Curve
    name: str
    points: list[tuple[float, float]]

    @property
    def label(self) -> str:
        """The name as a legend has it, where the curve's may be the same."""
        return f"{self.name} (data)"


class CurveChart(NamedTuple):
    """Curves over the input `name` from `low` to `high`, and points over them; `program` is the program's text."""

    curves: Sequence[Curve]
    name: str
    low: float
    high: float
    program: str
    scatters: Sequence[Scatter] = ()


class MapChart(NamedTuple):
    """Maps of fields; `program` is the program's text."""

    fields: Sequence[Field]
    program: str


Chart = CurveChart | MapChart
