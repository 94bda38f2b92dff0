"""Charts before they are drawn: curves over one range, or maps over two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cgraph_cli.results.over_ranges.curves import Curve
from cgraph_cli.results.over_ranges.fields import Field

GridSize = tuple[int, int]
"""A number along the horizontal axis, and one along the vertical."""


class CurveChart(NamedTuple):
    """Curves over the input `name` from `low` to `high`; `program` is the program's text."""

    curves: Sequence[Curve]
    name: str
    low: float
    high: float
    program: str


class MapChart(NamedTuple):
    """Maps of fields; `program` is the program's text."""

    fields: Sequence[Field]
    program: str


Chart = CurveChart | MapChart
