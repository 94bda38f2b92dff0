"""Rows of a layered drawing: the row of each node, and the order within each row (Sugiyama, Tagawa, Toda 1981).

igraph does it where it is installed, and faster. Without it, a node goes right after its operands, and the order is by
the middles of neighbours. Rows come in pairs: the even ones hold boxes, the odd ones the labels of edges. An edge holds
a place in every row that it passes, between the boxes and labels there.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

from cgraph_cli.core.errors import RequestError

BOX, LABEL, LINE = "box", "label", "line"

_ROUNDS = 200
"""The rounds of igraph over the rows against crossings."""

_VISITS = 2_000_000
"""The most visits of items in all rounds of igraph, which answers no Ctrl-C before the last: a third of a second."""

_TURNS = 24
"""The passes over the rows without igraph."""

_SWAPS = 100
"""The most rounds of swaps after that."""

_IDLE = 12
"""The successive rounds of swaps without a gain after which they end."""


_MOST_VISITS = 3_000_000
"""The most items that all rounds of swaps visit together; a large drawing has fewer rounds."""

MOST_ITEMS = 100_000
"""The most places in rows of a drawing: an edge takes one in every row that it passes."""


class RowItem:
    """A holder of a place in a row: a box, a label, or a passing line.

    `number` is that of the node, or of the edge. `before` and `after` are the joined items in the next rows on each
    side. `breadth` is its extent along the row, `thickness` the one across it; `at` is the place of its middle along
    the row.
    """

    __slots__ = ("after", "at", "before", "breadth", "kind", "number", "row", "thickness")

    def __init__(self, kind: str, number: int, row: int, breadth: float, thickness: float) -> None:
        self.kind = kind
        self.number = number
        self.row = row
        self.breadth = breadth
        self.thickness = thickness
        self.at = 0.0
        self.before: list[RowItem] = []
        self.after: list[RowItem] = []


class Arrangement:
    """The rows from the inputs to the outputs, each in order; `chains` has each edge's items, the boxes included."""

    __slots__ = ("chains", "rows")

    def __init__(self, rows: list[list[RowItem]], chains: list[list[RowItem]]) -> None:
        self.rows = rows
        self.chains = chains


def arrange(
    boxes: Sequence[tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    labels: Sequence[tuple[float, float] | None],
    line: float,
) -> Arrangement:
    """Arrange `boxes` and `labels`, given as (breadth, thickness), and `edges`, given as (from, to), in rows.

    A label stands in the row just before the box that its edge leads to. `line` is the breadth of a line. Raises
    `RequestError` for more than `MOST_ITEMS`.
    """
    layers = _layers(len(boxes), edges)
    count = len(boxes) + sum(2 * (layers[target] - layers[source]) - 1 for source, target in edges)
    if count > MOST_ITEMS:
        raise RequestError(
            f"the edges of the drawing pass {count:,} places, and a picture is for at most {MOST_ITEMS:,}",
            help="`--depth 4` draws the nodes at most 4 edges from the output; `-o tree` and `-o dot` have no bound",
        )
    items = [RowItem(BOX, node, 2 * layers[node], *boxes[node]) for node in range(len(boxes))]
    everything = list(items)
    chains = []
    for number, (source, target) in enumerate(edges):
        chain = [items[source]]
        last = 2 * layers[target] - 1
        for row in range(2 * layers[source] + 1, last + 1):
            label = labels[number] if row == last else None
            chain.append(RowItem(LABEL, number, row, *label) if label else RowItem(LINE, number, row, line, 0.0))
        everything += chain[1:]
        chain.append(items[target])
        for one, other in pairwise(chain):
            one.after.append(other)
            other.before.append(one)
        chains.append(chain)
    rows: list[list[RowItem]] = [[] for _ in range(2 * max(layers, default=0) + 1)]
    for item, position in zip(everything, _order(everything), strict=True):
        item.at = position
        rows[item.row].append(item)
    for row_items in rows:
        row_items.sort(key=lambda item: item.at)
    _untangle(rows)
    return Arrangement(rows, chains)


def _layers(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Choose a layer for each node: edges point to later layers, and are short in sum.

    The layers begin with all the inputs. A node with more users than operands then moves next to the first of its
    users: each step makes the sum shorter by the difference. igraph's own layers are not asked for: once in some
    thousand drawings its solver ends the process (1.0.0).
    """
    layers = _longest_ways(count, edges)
    users: list[list[int]] = [[] for _ in range(count)]
    balance = [0] * count
    for source, target in edges:
        users[source].append(target)
        balance[source] += 1
        balance[target] -= 1
    for node in range(count - 1, -1, -1):
        if users[node] and balance[node] > 0:
            layers[node] = min(layers[user] for user in users[node]) - 1
    lowest = min(layers, default=0)
    return [layer - lowest for layer in layers]


def _longest_ways(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Count for each node the edges of the longest way to it."""
    layers = [0] * count
    for source, target in sorted(edges, key=lambda edge: edge[1]):  # nodes are in topological order
        layers[target] = max(layers[target], layers[source] + 1)
    return layers


def _order(items: Sequence[RowItem]) -> list[float]:
    """Order the items along their rows with few crossings of edges."""
    igraph = _igraph()
    if igraph is None:
        return _order_by_middles(items)
    number = {id(item): at for at, item in enumerate(items)}
    edges = [(at, number[id(after)]) for at, item in enumerate(items) for after in item.after]
    graph = igraph.Graph(n=len(items), edges=edges, directed=True)
    rows = [item.row for item in items]
    rounds = min(_ROUNDS, 1 + _VISITS // (1 + len(items)))
    places = graph.layout_sugiyama(layers=rows, hgap=1, vgap=1, maxiter=rounds)
    return [float(x) for x, _ in places.coords[: len(items)]]


def _order_by_middles(items: Sequence[RowItem]) -> list[float]:
    """Sort each row by the middles of its items' neighbours, there and back again, and keep the best order."""
    rows: list[list[RowItem]] = [[] for _ in range(max((item.row for item in items), default=-1) + 1)]
    for item in items:
        item.at = float(len(rows[item.row]))
        rows[item.row].append(item)
    best, fewest = [item.at for item in items], _all_crossings(rows)
    for turn in range(_TURNS):
        down = turn % 2 == 0
        for row in rows if down else reversed(rows):
            row.sort(key=lambda item: _middle(item, item.before if down else item.after))
            for at, item in enumerate(row):
                item.at = float(at)
        crossings = _all_crossings(rows)
        if crossings < fewest:
            best, fewest = [item.at for item in items], crossings
    return best


def _middle(item: RowItem, others: Sequence[RowItem]) -> float:
    return sum(other.at for other in others) / len(others) if others else item.at


def _all_crossings(rows: Sequence[Sequence[RowItem]]) -> int:
    """Count the crossings of joins between neighbouring rows."""
    crossings = 0
    for row in rows:
        ends: list[float] = []
        for item in row:
            for end in sorted(after.at for after in item.after):
                crossings += len(ends) - bisect_right(ends, end)
                insort(ends, end)
    return crossings


def _untangle(rows: list[list[RowItem]]) -> None:
    """Swap neighbours in a row where that leaves fewer crossings.

    Every other round also makes swaps that change nothing: an order gets out of a dead end in which one box and its
    labels would have to move together. The best order is kept. A row that has not changed since its last visit, nor its
    neighbours, is skipped.
    """
    for row in rows:
        for at, item in enumerate(row):
            item.at = at
    best, gained, most, idle, clock = [list(row) for row in rows], 0, 0, 0, 0
    moved = [0] * (len(rows) + 2)
    seen = {ties: [-1] * len(rows) for ties in (False, True)}
    for turn in range(min(_SWAPS, 1 + _MOST_VISITS // sum(map(len, rows)))):
        ties = turn % 2 == 1
        for number in range(len(rows)) if turn % 4 < 2 else range(len(rows) - 1, -1, -1):
            if max(moved[number : number + 3]) <= seen[ties][number]:
                continue
            seen[ties][number] = clock
            swaps, fewer = _swap(rows[number], ties)
            gained += fewer
            if swaps:
                clock += 1
                moved[number + 1] = clock
        idle += 1
        if gained > most:
            best, most, idle = [list(row) for row in rows], gained, 0
        if idle == _IDLE:
            break
    for row, order in zip(rows, best, strict=True):
        row[:] = order
        for at, item in enumerate(row):
            item.at = at


def _swap(row: list[RowItem], ties: bool) -> tuple[int, int]:
    """Swap neighbours along a row; returns the number of swaps, and by how many the crossings fell."""
    swaps = gained = 0
    for at in range(len(row) - 1):
        one, other = row[at], row[at + 1]
        fewer = _gain(one.before, other.before) + _gain(one.after, other.after)
        if fewer > 0 or (ties and not fewer):
            row[at], row[at + 1] = other, one
            one.at, other.at = at + 1, at
            gained += fewer
            swaps += 1
    return swaps, gained


def _gain(left: Sequence[RowItem], right: Sequence[RowItem]) -> int:
    """Count the crossings that a swap of two neighbours removes."""
    if len(left) == 1 == len(right):  # lines have one neighbour on each side
        first, second = left[0].at, right[0].at
        return (second < first) - (first < second)
    gain = 0
    for item in left:
        first = item.at
        for other in right:
            gain += (other.at < first) - (first < other.at)
    return gain


def _igraph() -> Any:
    """Import igraph; gives None where it is not installed."""
    try:
        return import_module("igraph")
    except ImportError:
        return None
