"""The layout of a drawing: a place for each box and label, and a route for each edge, such that nothing overlaps.

    layout = lay_out(drawing)
    layout.boxes[position]        x, y (its top left corner), width, height
    layout.routes[position]       the edge's curves, where its label stands, its arrowhead

The layout is made along and across rows, and then turned into one of the `DIRECTIONS`.
"""

from __future__ import annotations

from typing import NamedTuple

from cgraph_cli.draw.drawing import Drawing
from cgraph_cli.draw.layout import boxes
from cgraph_cli.draw.layout.arrangement import BOX, LABEL, arrange
from cgraph_cli.draw.layout.boxes import Contents
from cgraph_cli.draw.layout.places import place
from cgraph_cli.draw.layout.routes import ARROW, Bezier, Ports, across, route

MARGIN = 20.0
"""Room around a drawing."""

_GAP = 26.0
"""Room between boxes of a row."""

_ROW_GAP = 22.0
"""The least room between rows, for curves."""

_LINE = 12.0
"""Room for a passing line in a row."""

_PER_EDGE = 13.0
"""The breadth of a box for each edge at one of its sides, up to a bound."""

_MOST_FOR_EDGES = 420.0

Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle by its top left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """The point in its middle."""
        return self.x + self.width / 2, self.y + self.height / 2


class Route(NamedTuple):
    """An edge:

    `pieces` of cubic curves (each of four points), with a gap for its `label`, if any. `head` is the triangle of the
    arrowhead, its tip first.
    """

    pieces: list[list[tuple[Point, Point, Point, Point]]]
    label: Box | None
    head: tuple[Point, Point, Point]

    def path(self) -> str:
        """Write the route as the `d` of an SVG path."""
        words = []
        for piece in self.pieces:
            for at, (start, *rest) in enumerate(piece):
                if not at:
                    words.append(f"M{_pair(start)}")
                words.append("C" + " ".join(map(_pair, rest)))
        return "".join(words)


class Layout(NamedTuple):
    """The places of all parts; coordinates are from the top left corner, `x` to the right and `y` down."""

    width: float
    height: float
    boxes: list[Box]
    routes: list[Route]
    contents: list[Contents]


def lay_out(drawing: Drawing, direction: str = "up") -> Layout:
    """Lay a drawing out. Raises `RequestError` for a library that is not installed."""
    contents = [boxes.contents(node, drawing) for node in drawing.nodes]
    labels = [None if edge.partial is None else drawing.number(edge.partial) for edge in drawing.edges]
    sideways = direction == "right"
    outline = [_turned((each.width, each.height), sideways) for each in contents]
    label_sizes = [_label_size(label) if label else None for label in labels]
    label_outline = [_turned(size, sideways) if size else None for size in label_sizes]
    ends = [(edge.source, edge.target) for edge in drawing.edges]
    arranged = arrange(_roomy(outline, ends), ends, label_outline, _LINE)
    place(arranged, _GAP)
    ports = Ports(arranged)
    ports.settle(arranged, _GAP)
    spans = across(arranged, _ROW_GAP)
    turn = _Turn(direction, spans[-1][1] if spans else 0.0)
    places: list[Box] = [Box(0, 0, 0, 0)] * len(contents)
    label_places: dict[int, Box] = {}
    for item in (item for row in arranged.rows for item in row):
        middle = turn.point((item.at, sum(spans[item.row]) / 2))
        if item.kind == BOX:
            breadth, thickness = item.breadth, item.thickness
            places[item.number] = _around(middle, _turned((breadth, thickness), sideways))
        elif item.kind == LABEL:
            label_places[item.number] = _around(middle, label_sizes[item.number] or (0, 0))
    routes = []
    for edge, chain in enumerate(arranged.chains):
        pieces = route(chain, ports.starts[edge], ports.ends[edge], spans)
        tip = (ports.ends[edge], sum(spans[chain[-1].row]) / 2 - chain[-1].thickness / 2)
        routes.append(
            Route([[turn.curve(c) for c in piece] for piece in pieces], label_places.get(edge), turn.head(tip))
        )
    breadth = max((item.at + item.breadth / 2 for row in arranged.rows for item in row), default=0.0)
    length = spans[-1][1] if spans else 0.0
    width, height = (length, breadth) if sideways else (breadth, length)
    return Layout(width + 2 * MARGIN, height + 2 * MARGIN, places, routes, contents)


def _label_size(label: str) -> Point:
    return boxes.width_of(label, boxes.SMALL) + 6, boxes.SMALL + 5


def _turned(size: Point, sideways: bool) -> Point:
    return (size[1], size[0]) if sideways else size


def _roomy(outline: list[Point], ends: list[tuple[int, int]]) -> list[Point]:
    """Widen boxes to make room for the ends of their edges."""
    leaving, reaching = [0] * len(outline), [0] * len(outline)
    for source, target in ends:
        leaving[source] += 1
        reaching[target] += 1
    return [
        (max(breadth, min(_MOST_FOR_EDGES, _PER_EDGE * (max(out, into) + 1))), thickness)
        for (breadth, thickness), out, into in zip(outline, leaving, reaching, strict=True)
    ]


class _Turn:
    """A turn of a drawing, made across its rows from 0 on, into its direction on the page."""

    def __init__(self, direction: str, length: float) -> None:
        self.direction = direction
        self.length = length

    def point(self, point: Point) -> Point:
        along, across = point
        if self.direction == "right":
            return across + MARGIN, along + MARGIN
        return along + MARGIN, (self.length - across if self.direction == "up" else across) + MARGIN

    def curve(self, curve: Bezier) -> tuple[Point, Point, Point, Point]:
        a, b, c, d = (self.point(curve[at : at + 2]) for at in (0, 2, 4, 6))  # type: ignore[arg-type]
        return a, b, c, d

    def head(self, tip: Point) -> tuple[Point, Point, Point]:
        along, across = tip
        sides = [(along + side * ARROW * 0.42, across - ARROW) for side in (-1, 1)]
        return self.point(tip), self.point(sides[0]), self.point(sides[1])


def _around(middle: Point, size: tuple[float, float]) -> Box:
    return Box(middle[0] - size[0] / 2, middle[1] - size[1] / 2, *size)


def _pair(point: Point) -> str:
    return f"{coordinate(point[0])},{coordinate(point[1])}"


def coordinate(number: float) -> str:
    """Write a coordinate to a tenth of a unit."""
    return (
        f"{number:.1f}".removesuffix(".0").replace("-0", "0")
        if abs(number) < 0.05
        else f"{number:.1f}".removesuffix(".0")
    )
