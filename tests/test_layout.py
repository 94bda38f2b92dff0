"""The layout of pictures: nothing overlaps, and edges keep off other boxes, whatever the graph."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cgraph_cli import parse
from cgraph_cli.core.errors import RequestError
from cgraph_cli.draw import DIRECTIONS
from cgraph_cli.draw.drawing import Drawing, draw
from cgraph_cli.draw.layout import arrangement, places
from cgraph_cli.draw.layout.layout import Box, Layout, Point, Route, lay_out
from cgraph_cli.draw.layout.places import isotonic
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from tests.conftest import SCALAR_EXAMPLES
from tests.needs import need_library

_STEPS = 12


@pytest.fixture(autouse=True, params=["igraph", "python"])
def layering(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose rows and orders by igraph, where it is installed, and without it."""
    if request.param == "igraph":
        need_library("igraph")
    else:
        monkeypatch.setitem(sys.modules, "igraph", None)  # type: ignore[arg-type]


def drawing_of(text: str, values: bool = True) -> Drawing:
    graph = parse(text)
    answer = None
    if values:
        inputs = {graph.names[n] or "": 0.5 + 0.37 * n for n in graph.inputs() if graph.numbers[n] is None}
        answer = report(graph, inputs, Request(arithmetic="double"))
    return draw(graph, graph.default_outputs(), answer)


def random_program(seed: int, nodes: int, far: bool) -> str:
    """Make a program of so many nodes whose operands are recent ones, or any (`far`)."""
    rng = random.Random(seed)
    names = [f"x{at}" for at in range(max(1, min(8, nodes // 3)))]
    lines = []
    for at in range(nodes - len(names)):
        pool = names if far else names[-6:]
        form = rng.choice(["{} + {}", "{} * {}", "sin({})", "exp(-{})", "max({}, {}, {})", "{} / ({} + 3)", "{} * {}"])
        lines.append(f"n{at} = " + form.format(*(rng.choice(pool) for _ in range(3))))
        names.append(f"n{at}")
    return "\n".join(lines or ["y = x0 + 1"])


def points(route: Route) -> Iterator[Point]:
    """List points of an edge, close to one another."""
    for piece in route.pieces:
        for (ax, ay), (bx, by), (cx, cy), (dx, dy) in piece:
            for step in range(_STEPS + 1):
                t = step / _STEPS
                s = 1 - t
                a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
                yield a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy


def apart(one: Box, other: Box, room: float) -> bool:
    """Tell whether two boxes have some room between them."""
    return (
        one.x + one.width + room <= other.x
        or other.x + other.width + room <= one.x
        or one.y + one.height + room <= other.y
        or other.y + other.height + room <= one.y
    )


def holds(box: Box, point: Point, room: float) -> bool:
    """Tell whether a point is in a box, or nearer to it than `room`."""
    return box.x - room < point[0] < box.x + box.width + room and box.y - room < point[1] < box.y + box.height + room


class Index:
    """The boxes of a picture by the squares that they touch, to compare few pairs."""

    def __init__(self, boxes: dict[str, Box]) -> None:
        self.boxes = boxes
        self.squares: dict[tuple[int, int], list[str]] = {}
        for name, box in boxes.items():
            for key in self.keys(box, 12):
                self.squares.setdefault(key, []).append(name)

    @staticmethod
    def keys(box: Box, room: float) -> Iterator[tuple[int, int]]:
        for x in range(int((box.x - room) // 64), int((box.x + box.width + room) // 64) + 1):
            for y in range(int((box.y - room) // 64), int((box.y + box.height + room) // 64) + 1):
                yield x, y

    def near(self, point: Point) -> list[str]:
        return self.squares.get((int(point[0] // 64), int(point[1] // 64)), [])


def faults(drawing: Drawing, layout: Layout) -> list[str]:
    """Find the overlaps in a picture, and the parts outside it."""
    boxes = {node.key: box for node, box in zip(drawing.nodes, layout.boxes, strict=True)}
    routes = {edge.key: route for edge, route in zip(drawing.edges, layout.routes, strict=True)}
    labels = {f"label {key}": route.label for key, route in routes.items() if route.label}
    found = []
    things = boxes | labels
    index = Index(things)
    for name, box in things.items():
        if not (
            box.x >= 0 and box.y >= 0 and box.x + box.width <= layout.width and box.y + box.height <= layout.height
        ):
            found.append(f"{name} is outside")
        for other in {other for key in index.keys(box, 4) for other in index.squares.get(key, [])}:
            if name < other and not apart(box, things[other], 4 if name in boxes and other in boxes else 2):
                found.append(f"{name} and {other} overlap")
    for edge in drawing.edges:
        route = routes[edge.key]
        ends = {drawing.nodes[edge.source].key, drawing.nodes[edge.target].key}
        own = f"label {edge.key}"
        for point in (*points(route), *route.head):
            if not (0 <= point[0] <= layout.width and 0 <= point[1] <= layout.height):
                found.append(f"{edge.key} goes outside")
            for name in index.near(point):
                room = -0.5 if name in ends or name == own else 2.0
                if holds(things[name], point, room):
                    found.append(f"{edge.key} crosses {name}")
    return sorted(set(found))


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("values", [True, False], ids=["values", "bare"])
@pytest.mark.parametrize("path", SCALAR_EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path, values: bool, direction: str) -> None:
    drawing = drawing_of(path.read_text(encoding="utf-8"), values)
    assert faults(drawing, lay_out(drawing, direction)) == []


@pytest.mark.parametrize("far", [False, True], ids=["near", "far"])
@pytest.mark.parametrize("nodes", [3, 4, 6, 9, 14, 22, 40, 75, 140, 300])
def test_random_graphs(nodes: int, far: bool) -> None:
    for seed in range(max(1, 40 // nodes)):
        drawing = drawing_of(random_program(seed, nodes, far), values=bool(seed % 3 != 1))
        for direction in DIRECTIONS if nodes < 40 else DIRECTIONS[:1]:
            assert faults(drawing, lay_out(drawing, direction)) == []


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "y = x*x*x*x",
        "y = x0 + x1; z = x2 * x3; x4",
        "y = sum(" + ", ".join(f"x{at}" for at in range(60)) + ")",
        "y = max(" + ", ".join(["x"] * 40) + ")",
        "数値 = 角度 * sin(角度); y = a_very_long_name_for_an_input_of_a_program_that_nobody_reads * 数値",
        "; ".join(f"y{at} = {'y' + str(at - 1) if at else 'x'} + 1" for at in range(100)),
        "y = abs(x) + sqrt(x)*log(x) + floor(x)",
    ],
    ids=["one", "parallel", "apart", "wide", "many_parallel", "names", "chain", "statuses"],
)
def test_shapes(text: str) -> None:
    for values in (True, False):
        drawing = drawing_of(text, values)
        for direction in DIRECTIONS:
            assert faults(drawing, lay_out(drawing, direction)) == []


def test_few_rounds_leave_nothing_that_overlaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drawing too large for all rounds has more crossings, and is a drawing all the same."""
    monkeypatch.setattr(arrangement, "_MOST_VISITS", 0)
    monkeypatch.setattr(places, "_MOST_VISITS", 0)
    for seed in range(3):
        drawing = drawing_of(random_program(seed, 40, far=True))
        assert faults(drawing, lay_out(drawing)) == []


def test_the_rounds_of_a_large_drawing_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each node is joined to the one before, and the first to all: edges that pass every row."""
    visited = 0
    swap = arrangement._swap

    def counted(row: list[arrangement.Item], ties: bool) -> tuple[int, int]:
        nonlocal visited
        visited += len(row)
        return swap(row, ties)

    monkeypatch.setattr(arrangement, "_swap", counted)
    monkeypatch.setattr(arrangement, "_MOST_VISITS", 40_000)
    lay_out(drawing_of("\n".join(["n0 = x", *(f"n{at} = n{at - 1}*x" for at in range(1, 100))]), values=False))
    assert 10_000 < visited < 50_000


def test_a_drawing_that_takes_too_many_places_is_refused_at_once() -> None:
    dense = ["n0 = x", *(f"n{at} = max({', '.join(f'n{k}' for k in range(at))}, x)" for at in range(1, 120))]
    drawing = drawing_of("\n".join(dense), values=False)
    with pytest.raises(RequestError, match=r"the edges of the drawing pass [\d,]+ places, .* at most 100,000"):
        lay_out(drawing)


def test_the_measure_finds_faults() -> None:
    """A box that is pushed into another, or into the way of an edge, is found."""
    drawing = drawing_of("c = a + b; d = b + 1; e = c * d")
    layout = lay_out(drawing)
    box, other = layout.boxes[0], layout.boxes[1]
    moved = layout._replace(boxes=[other._replace(x=other.x - 20), *layout.boxes[1:]])
    assert any("overlap" in fault for fault in faults(drawing, moved))
    x, y = layout.routes[2].pieces[0][0][0]
    crossing = layout._replace(boxes=[Box(x - 40, y - 30, box.width, 20.0), *layout.boxes[1:]])
    assert "e2 crosses n0" in faults(drawing, crossing)
    label = layout.routes[0].label
    assert label is not None
    far = [layout.routes[0]._replace(label=label._replace(x=-30.0)), *layout.routes[1:]]
    assert "label e0 is outside" in faults(drawing, layout._replace(routes=far))


def test_isotonic() -> None:
    assert isotonic([3, 1, 2, 6, 5, 9], [1, 1, 1, 1, 1, 1]) == [2, 2, 2, 5.5, 5.5, 9]
    assert isotonic([4, 1], [2, 1]) == [3, 3]
    assert isotonic([], []) == []
