"""Routes of the edges: smooth curves between the rows and straight lines within them, clear of all boxes.

Along a route the way across the rows only grows, and between two rows a curve stays between its ends: it is a cubic
whose slopes are at most that of its chord, where three times that would do (Fritsch and Carlson 1980). All boxes and
labels stand within rows, where a line keeps to its place.
"""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.draw.layout.arrangement import BOX, LABEL, LINE, Arrangement, RowItem
from cgraph_cli.draw.layout.places import free, isotonic

ARROW = 8.0
"""Length of an arrowhead."""

_PORT = 12.0
"""Room between the ends of edges at a box."""

_REACH = 0.62
"""The reach of the ends of edges from the middle of a box, as a share of half its breadth."""

_CORNER = 17.0
"""The room that edges leave at the rounded corners of a box, if possible."""

_NEARLY = 4.0
"""The longest move that brings a part into line; ends of edges stay apart."""

Bezier = tuple[float, float, float, float, float, float, float, float]
"""A cubic Bézier curve, as the (along, across) of its four points."""


class Ports:
    """The places along the rows at which edges leave and reach the boxes."""

    __slots__ = ("ends", "starts")

    def __init__(self, arranged: Arrangement) -> None:
        self.starts = [0.0] * len(arranged.chains)
        self.ends = [0.0] * len(arranged.chains)
        leaving: dict[int, list[int]] = {}
        reaching: dict[int, list[int]] = {}
        for edge, chain in enumerate(arranged.chains):
            leaving.setdefault(chain[0].number, []).append(edge)
            reaching.setdefault(chain[-1].number, []).append(edge)
        boxes = {item.number: item for row in arranged.rows for item in row if item.kind == BOX}
        for node, edges in leaving.items():
            self._share(boxes[node], edges, [arranged.chains[edge][1].at for edge in edges], self.starts)
        for node, edges in reaching.items():
            self._share(boxes[node], edges, [arranged.chains[edge][-2].at for edge in edges], self.ends)

    def settle(self, arranged: Arrangement, gap: float) -> None:
        """Straighten nearly straight edges: a label moves between the ends of its edge, and the ends into line."""
        for edge, chain in enumerate(arranged.chains):
            inner = chain[1:-1]
            if len(inner) == 1:
                low, high = free(inner[0], arranged.rows, gap)
                inner[0].at = max(low, min(high, (self.starts[edge] + self.ends[edge]) / 2))
            last, first = (inner[-1].at, inner[0].at)
            if abs(self.ends[edge] - last) < _NEARLY:
                self.ends[edge] = last
            if abs(self.starts[edge] - first) < _NEARLY:
                self.starts[edge] = first

    @staticmethod
    def _share(box: RowItem, edges: Sequence[int], towards: Sequence[float], ports: list[float]) -> None:
        order = sorted(range(len(edges)), key=lambda at: (towards[at], edges[at]))
        half = box.breadth / 2
        room = min(_PORT, 0.9 * box.breadth / len(edges))
        wanted = [
            max(-_REACH * half, min(_REACH * half, towards[at] - box.at)) - room * k for k, at in enumerate(order)
        ]
        most = min(half - 6, max(half - _CORNER, room * (len(order) - 1) / 2))
        for k, (at, offset) in enumerate(zip(order, isotonic(wanted, [1.0] * len(order)), strict=True)):
            low, high = -most + room * k, most - room * (len(order) - 1 - k)
            ports[edges[at]] = box.at + (max(low, min(high, offset + room * k)) if low <= high else offset + room * k)


def across(arranged: Arrangement, gap: float) -> list[tuple[float, float]]:
    """Place the rows across the drawing: the further edges go between two rows, the more room there."""
    spans: list[tuple[float, float]] = []
    end = 0.0
    for at, row in enumerate(arranged.rows):
        start = end
        if at:
            furthest = max((abs(item.at - other.at) for item in row for other in item.before), default=0.0)
            room = gap + min(72.0, 0.14 * furthest)
            start += room if _is_empty(row) or _is_empty(arranged.rows[at - 1]) else room + 2
        end = start + max((item.thickness for item in row), default=0.0)
        spans.append((start, end))
    return spans


def _is_empty(row: Sequence[RowItem]) -> bool:
    return not any(item.thickness for item in row)


def route(
    chain: Sequence[RowItem], start: float, end: float, spans: Sequence[tuple[float, float]]
) -> list[list[Bezier]]:
    """Route an edge from port `start` to port `end`, with a gap for its label, and short of an arrowhead."""
    source, target = chain[0], chain[-1]
    first = sum(spans[source.row]) / 2 + source.thickness / 2
    last = sum(spans[target.row]) / 2 - target.thickness / 2 - ARROW
    stops: list[tuple[RowItem, float, float]] = []  # an item, and the ends of the line within its row
    knots = [(start, first), (start, spans[source.row][1])]
    for item in chain[1:-1]:
        enters, leaves = spans[item.row]
        stops.append((item, enters, leaves))
    slopes = _slopes(stops, (start, spans[source.row][1]), (end, spans[target.row][0]))
    pieces: list[list[Bezier]] = [[_straight(knots[0], knots[1])] if first < spans[source.row][1] else []]
    here, slope = knots[1], 0.0
    for (item, enters, leaves), rate in zip(stops, slopes, strict=True):
        half, middle = (leaves - enters) / 2, (enters + leaves) / 2
        arrival, departure = (item.at - rate * half, enters), (item.at + rate * half, leaves)
        pieces[-1].append(_cubic(here, slope, arrival, rate))
        if item.kind == LABEL:
            ahead = item.thickness / 2
            if ahead < half:
                pieces[-1].append(_straight(arrival, (item.at - rate * ahead, middle - ahead)))
            pieces.append([_straight((item.at + rate * ahead, middle + ahead), departure)] if ahead < half else [])
        elif half:
            pieces[-1].append(_straight(arrival, departure))
        here, slope = departure, rate
    brink = min(spans[target.row][0], last)
    pieces[-1].append(_cubic(here, slope, (end, brink), 0.0))
    if brink < last:
        pieces[-1].append(_straight((end, brink), (end, last)))
    return pieces


def _slopes(
    stops: Sequence[tuple[RowItem, float, float]], start: tuple[float, float], end: tuple[float, float]
) -> list[float]:
    """Choose the slope of the line at each stop: it stays in its place, and never turns back between two."""
    slopes = []
    for at, (item, enters, leaves) in enumerate(stops):
        middle = (enters + leaves) / 2
        before = (stops[at - 1][0].at, stops[at - 1][2]) if at else start
        after = (stops[at + 1][0].at, stops[at + 1][1]) if at + 1 < len(stops) else end
        one = (item.at - before[0]) / (middle - before[1])
        other = (after[0] - item.at) / (after[1] - middle)
        slope = 0.0
        if one * other > 0:
            slope = min(one, other, key=abs)
        half = max((leaves - enters) / 2, 1e-9)
        room = item.breadth / 2 * (0.6 if item.kind == LABEL else 0.4)
        if item.kind == LINE and item.row % 2 == 0:
            slope = 0.0
        slopes.append(max(-room / half, min(room / half, slope)))
    return slopes


def _cubic(start: tuple[float, float], rate: float, end: tuple[float, float], other: float) -> Bezier:
    third = (end[1] - start[1]) / 3
    return (*start, start[0] + rate * third, start[1] + third, end[0] - other * third, end[1] - third, *end)


def _straight(start: tuple[float, float], end: tuple[float, float]) -> Bezier:
    rate = (end[0] - start[0]) / ((end[1] - start[1]) or 1.0)
    return _cubic(start, rate, end, rate)
