"""Places along the rows: nothing overlaps, and what is joined stands as nearly in line as there is room for.

Minimises Σ weight·(x - x')² over the joined items, a row at a time with the others held fixed. Items keep their order
and their distance, so a row is an isotonic regression, which pooling adjacent violators solves exactly (Ayer, Brunk,
Ewing, Reid and Silverman 1955).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from cgraph_cli.draw.layout.arrangement import BOX, LINE, Arrangement, Item

_SWEEPS = 24
"""Passes over the rows, there and back."""

_STIFFNESS = {0: 1.0, 1: 2.0, 2: 12.0}
"""Weight of a join, by how many of its two ends are not boxes: a long edge is to be straight."""


def place(arranged: Arrangement, gap: float) -> None:
    """Set where each item is along its row; `gap` is the room between two boxes."""
    for row in arranged.rows:
        _spread(row, [item.at for item in row], [1.0] * len(row), gap)
    for sweep in range(_SWEEPS):
        both = sweep >= _SWEEPS // 3
        for row in arranged.rows:
            _settle(row, gap, before=True, after=both)
        for row in reversed(arranged.rows):
            _settle(row, gap, before=both, after=True)
    for _ in range(_SWEEPS // 8):
        for chain in sorted(arranged.chains, key=len, reverse=True):
            _straighten(chain[1:-1], arranged.rows, gap)
    first = min((item.at - item.breadth / 2 for row in arranged.rows for item in row), default=0.0)
    for row in arranged.rows:
        for item in row:
            item.at -= first


def _settle(row: list[Item], gap: float, before: bool, after: bool) -> None:
    wanted, weights = [], []
    for item in row:
        pull = weight = 0.0
        for others in (item.before if before else (), item.after if after else ()):
            for other in others:
                stiffness = _STIFFNESS[(item.kind != BOX) + (other.kind != BOX)]
                pull += stiffness * other.at
                weight += stiffness
        wanted.append(pull / weight if weight else item.at)
        weights.append(weight or 0.01)
    _spread(row, wanted, weights, gap)


def _spread(row: Sequence[Item], wanted: Sequence[float], weights: Sequence[float], gap: float) -> None:
    """Put the items of a row as near as may be to where they are wanted, in order and apart."""
    offsets = [0.0]
    for one, other in pairwise(row):
        offsets.append(offsets[-1] + distance(one, other, gap))
    goals = [at - offset for at, offset in zip(wanted, offsets, strict=False)]
    for item, at, offset in zip(row, isotonic(goals, weights), offsets, strict=False):
        item.at = at + offset


def isotonic(goals: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Find the sequence that never falls and is nearest to `goals`: it minimises Σ weight·(value - goal)²."""
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


def distance(one: Item, other: Item, gap: float) -> float:
    """Compute how far apart the middles of neighbours in a row have to be."""
    lines = (one.kind == LINE) + (other.kind == LINE)
    room = gap if one.kind == BOX and other.kind == BOX else gap * (0.5, 0.35, 0.0)[lines]
    return (one.breadth + other.breadth) / 2 + room


def _straighten(items: list[Item], rows: list[list[Item]], gap: float) -> None:
    """Put the middle of a long edge in as few straight lines as its neighbours leave room for."""
    run: list[Item] = []
    low, high = -inf, inf
    for item in items:
        left, right = free(item, rows, gap)
        if run and (max(low, left) > min(high, right)):
            _align(run, low, high)
            run, low, high = [], -inf, inf
        run.append(item)
        low, high = max(low, left), min(high, right)
    _align(run, low, high)


def _align(run: list[Item], low: float, high: float) -> None:
    if len(run) > 1:
        middle = sum(item.at for item in run) / len(run)
        for item in run:
            item.at = max(low, min(high, middle))


def free(item: Item, rows: list[list[Item]], gap: float) -> tuple[float, float]:
    """Find from where to where an item can move along its row without touching its neighbours."""
    row = rows[item.row]
    at = row.index(item)
    low = row[at - 1].at + distance(row[at - 1], item, gap) if at else -inf
    high = row[at + 1].at - distance(item, row[at + 1], gap) if at + 1 < len(row) else inf
    return low, high
