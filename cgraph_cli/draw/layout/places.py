"""Places along the rows: nothing overlaps, and joined items are as nearly in line as there is room for.

Minimises Σ weight·(x - x')² over the joined items, a row at a time with the others held fixed. Items keep their order
and their distance, so a row is an isotonic regression, which pooling adjacent violators solves exactly (Ayer, Brunk,
Ewing, Reid and Silverman 1955).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from cgraph_cli.draw.layout.arrangement import BOX, LINE, Arrangement, RowItem

_SWEEPS = 24
"""Passes over the rows, there and back."""

_MOST_VISITS = 600_000
"""The most items that all passes visit together; a large drawing has fewer passes, and at least a few."""

_LEAST_SWEEPS = 6

_STIFFNESS = {0: 1.0, 1: 2.0, 2: 12.0}
"""The weight of a join by the number of its ends that are not boxes: long edges become straight."""


def place(arranged: Arrangement, gap: float) -> None:
    """Set the place of each item along its row; `gap` is the room between two boxes."""
    rows = [_PackedRow(row, gap) for row in arranged.rows]
    for row in rows:
        row.spread([item.at for item in row.items], [1.0] * len(row.items))
    sweeps = max(_LEAST_SWEEPS, min(_SWEEPS, _MOST_VISITS // max(1, sum(len(row.items) for row in rows))))
    for sweep in range(sweeps):
        both = sweep >= sweeps // 3
        for row in rows:
            row.settle(before=True, after=both)
        for row in reversed(rows):
            row.settle(before=both, after=True)
    for _ in range(_SWEEPS // 8):
        for chain in sorted(arranged.chains, key=len, reverse=True):
            _straighten(chain[1:-1], arranged.rows, gap)
    first = min((item.at - item.breadth / 2 for row in arranged.rows for item in row), default=0.0)
    for items in arranged.rows:
        for item in items:
            item.at -= first


class _PackedRow:
    """A row in its order.

    `offsets` are the least distances of its items from the first, `joins` their neighbours in the rows before and
    after, each with the weight of the join.
    """

    __slots__ = ("items", "joins", "offsets")

    def __init__(self, items: Sequence[RowItem], gap: float) -> None:
        self.items = items
        self.offsets = [0.0]
        for one, other in pairwise(items):
            self.offsets.append(self.offsets[-1] + distance(one, other, gap))
        self.joins = [(_weighted(item, item.before), _weighted(item, item.after)) for item in items]

    def settle(self, before: bool, after: bool) -> None:
        """Put the items near the means of their neighbours in the rows on the chosen sides."""
        wanted, weights = [], []
        for item, (earlier, later) in zip(self.items, self.joins, strict=True):
            pull = weight = 0.0
            if before:
                for other, stiffness in earlier:
                    pull += stiffness * other.at
                    weight += stiffness
            if after:
                for other, stiffness in later:
                    pull += stiffness * other.at
                    weight += stiffness
            wanted.append(pull / weight if weight else item.at)
            weights.append(weight or 0.01)
        self.spread(wanted, weights)

    def spread(self, wanted: Sequence[float], weights: Sequence[float]) -> None:
        """Put the items as near to their goals as possible, in order and apart."""
        goals = [at - offset for at, offset in zip(wanted, self.offsets, strict=False)]
        for item, at, offset in zip(self.items, isotonic(goals, weights), self.offsets, strict=False):
            item.at = at + offset


def _weighted(item: RowItem, others: Sequence[RowItem]) -> list[tuple[RowItem, float]]:
    return [(other, _STIFFNESS[(item.kind != BOX) + (other.kind != BOX)]) for other in others]


def isotonic(goals: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Find the nondecreasing sequence nearest to `goals`: it minimises Σ weight·(value - goal)²."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, length
    for goal, weight in zip(goals, weights, strict=True):
        mean, total, length = goal, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, heavier, longer = blocks.pop()
            mean = (mean * total + other * heavier) / (total + heavier)
            total += heavier
            length += longer
        blocks.append((mean, total, length))
    return [mean for mean, _, length in blocks for _ in range(length)]


def distance(one: RowItem, other: RowItem, gap: float) -> float:
    """Compute the least distance between the middles of neighbours in a row."""
    lines = (one.kind == LINE) + (other.kind == LINE)
    room = gap if one.kind == BOX and other.kind == BOX else gap * (0.5, 0.35, 0.0)[lines]
    return (one.breadth + other.breadth) / 2 + room


def _straighten(items: list[RowItem], rows: list[list[RowItem]], gap: float) -> None:
    """Straighten the middle of a long edge as far as its neighbours leave room."""
    run: list[RowItem] = []
    low, high = -inf, inf
    for item in items:
        left, right = free(item, rows, gap)
        if run and (max(low, left) > min(high, right)):
            _align(run, low, high)
            run, low, high = [], -inf, inf
        run.append(item)
        low, high = max(low, left), min(high, right)
    _align(run, low, high)


def _align(run: list[RowItem], low: float, high: float) -> None:
    if len(run) > 1:
        middle = sum(item.at for item in run) / len(run)
        for item in run:
            item.at = max(low, min(high, middle))


def free(item: RowItem, rows: list[list[RowItem]], gap: float) -> tuple[float, float]:
    """Find the range within which an item can move along its row without touching its neighbours."""
    row = rows[item.row]
    at = row.index(item)
    low = row[at - 1].at + distance(row[at - 1], item, gap) if at else -inf
    high = row[at + 1].at - distance(item, row[at + 1], gap) if at + 1 < len(row) else inf
    return low, high
