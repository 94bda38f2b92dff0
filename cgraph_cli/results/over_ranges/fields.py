"""Fields: an output, or a derivative of one, over a grid of two inputs, and its gradient at some of the points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import hypot, isfinite, nan
from typing import NamedTuple

from cgraph_cli.core.graph import Graph
from cgraph_cli.results.over_ranges.samples import Heights, heights_of
from cgraph_cli.trust.probe import Probe

_NUDGE = 1e-7
"""The distance from a point of the grid without a number to the point that replaces it, as a part of the range."""


class Arrow(NamedTuple):
    """A gradient at a point, by its two components."""

    x: float
    y: float
    across: float
    up: float


class Field(NamedTuple):
    """A number over a grid: `values[row][column]` is the number at `ys[row]` and `xs[column]`, nan where there is none.

    `names` are the two inputs, and `view` is the range of most of the numbers.
    """

    label: str
    names: tuple[str, str]
    xs: Sequence[float]
    ys: Sequence[float]
    values: list[list[float]]
    arrows: list[Arrow]
    view: Heights

    @property
    def steepest(self) -> float:
        """The length of the longest gradient among the arrows."""
        return max((hypot(arrow.across, arrow.up) for arrow in self.arrows), default=0.0)

    def extremes(self) -> list[tuple[float, float, float]]:
        """Find the least and the greatest value, each as (value, x, y); nothing where there is none."""
        found = [
            (value, x, y)
            for y, row in zip(self.ys, self.values, strict=True)
            for x, value in zip(self.xs, row, strict=True)
            if isfinite(value)
        ]
        return [min(found), max(found)] if found else []


def survey(
    graph: Graph,
    inputs: Mapping[str, float],
    names: tuple[str, str],
    xs: Sequence[float],
    ys: Sequence[float],
    outputs: Sequence[int],
    wrt: Sequence[int],
    arrows: tuple[int, int],
    progress: Callable[[int, int], None],
) -> list[Field]:
    """Compute the fields of some outputs over a grid.

    With `wrt`, those of their derivatives with respect to these nodes instead, without arrows. `arrows` are the numbers
    of arrows along the two inputs.
    """
    labels = graph.labels()
    probe = Probe(graph, inputs, outputs, wrt)
    several = max(1, len(wrt))
    grids: list[list[list[float]]] = [[] for _ in range(len(outputs) * several)]
    across, up = (0, 0) if wrt else arrows
    total = len(ys) + up
    nudges = _NUDGE * (xs[-1] - xs[0]), _NUDGE * (ys[-1] - ys[0])
    for at, y in enumerate(ys):
        for grid in grids:
            grid.append([])
        for x in xs:
            numbers = _numbers(probe, names, x, y)
            if not all(map(isfinite, numbers)):  # a pole, say, as thin as a line
                beside = _numbers(probe, names, x + nudges[0], y + nudges[1])
                numbers = [b if isfinite(b) and not isfinite(a) else a for a, b in zip(numbers, beside, strict=True)]
            for grid, number in zip(grids, numbers, strict=True):
                grid[-1].append(number if isfinite(number) else nan)
        progress(at, total)
    found: list[list[Arrow]] = [[] for _ in outputs]
    probe = Probe(graph, inputs, outputs, [graph.find(name) for name in names])
    for row in range(up):
        y = ys[0] + (ys[-1] - ys[0]) * (row + 0.5) / up
        for column in range(across):
            x = xs[0] + (xs[-1] - xs[0]) * (column + 0.5) / across
            for k, (_, derivatives) in enumerate(probe.at({names[0]: x, names[1]: y})):
                if all(isfinite(known.number) for known in derivatives):
                    found[k].append(Arrow(x, y, derivatives[0].number, derivatives[1].number))
        progress(len(ys) + row, total)
    fields = []
    for k, output in enumerate(outputs):
        for position in range(several):
            grid = grids[k * several + position]
            label = f"∂{labels[output]}/∂{labels[wrt[position]]}" if wrt else labels[output]
            view = heights_of((number for line in grid for number in line), 0.02, 1.0)
            fields.append(Field(label, names, xs, ys, grid, found[k], view))
    return fields


def _numbers(probe: Probe, names: tuple[str, str], x: float, y: float) -> list[float]:
    """Compute every output's value at a point, or with `derivatives` those."""
    looks = probe.at({names[0]: x, names[1]: y})
    return [known.number for value, found in looks for known in (found or (value,))]
