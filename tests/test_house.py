"""The picture of the house in `docs/`: the package's rooms, drawn by cgraph itself from their imports.

`CGRAPH_UPDATE_GOLDEN=1 python -m pytest tests/test_house.py` draws it anew.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from cgraph_cli.draw.drawing import Drawing, Edge, Node
from cgraph_cli.draw.graphs.svg import colours, figure, shapes
from cgraph_cli.draw.layout.layout import lay_out
from cgraph_cli.draw.themes import DARK, FACES, LIGHT
from cgraph_cli.language.parse import parse
from tests.conftest import ROOT
from tests.needs import need_library
from tests.test_architecture import FLOOR, MODULES, PACKAGE, imports_of, name_of, room_of

PICTURE = ROOT / "docs" / "house.svg"

DOORS = {"cli", "library", "__main__"}
"""The doors to the rooms, which no room imports: of a command line, of a Python program, and of a process."""

Rooms = Mapping[str, set[str]]
"""For each room, the rooms that it imports from."""


class Room(Node):
    """A room as a box: its name, and below it its purpose."""

    __slots__ = ()

    def statuses(self) -> list[str]:
        """Give the caption of the room: the head of its docstring."""
        path = PACKAGE / self.label / "__init__.py"
        if not path.exists():
            path = PACKAGE / f"{self.label}.py"
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        return [re.split(r"[:.,]", said, maxsplit=1)[0].lower()]


def imports_between_rooms() -> dict[str, set[str]]:
    """Find each room's imports from others in the code."""
    found: dict[str, set[str]] = {}
    for path in MODULES:
        room = room_of(name_of(path))
        if room in FLOOR.keys() - DOORS:
            others = {room_of(module) for module in imports_of(path) if module.startswith("cgraph_cli.")}
            found.setdefault(room, set()).update(others & FLOOR.keys() - {room})
    return found


def reached_from(room: str, rooms: Rooms) -> set[str]:
    """Find the rooms that a room imports, by way of others too."""
    return rooms[room].union(*(reached_from(other, rooms) for other in rooms[room]))


def without_detours(rooms: Rooms) -> dict[str, set[str]]:
    """Find the imports that do not follow from the others (the transitive reduction): the arrows of the picture."""
    return {
        room: {
            other for other in direct if not any(other in reached_from(between, rooms) for between in direct - {other})
        }
        for room, direct in rooms.items()
    }


def drawing_of(rooms: Rooms) -> Drawing:
    """Draw the rooms, from the ground up."""
    drawing = Drawing(parse("house = 1"), (), None)
    order = list(TopologicalSorter({room: sorted(others) for room, others in sorted(rooms.items())}).static_order())
    for room in order:
        kind = "input" if not rooms[room] else "output" if room == order[-1] else "intermediate"
        drawing.nodes.append(Room(len(drawing.nodes), room, room, "", kind))
        for other in sorted(rooms[room], key=order.index):
            drawing.edges.append(Edge(len(drawing.edges), f"{other}-{room}", order.index(other), order.index(room), ""))
    drawing.outputs = [len(order) - 1]
    return drawing


def picture_of(drawing: Drawing) -> str:
    """Write the drawing as SVG, its captions in quiet ink, for light paper and dark."""
    quiet = [f".cgraph .status {{ fill: {palette.muted} }}\n" for palette in (LIGHT, DARK)]
    light, dark = colours(LIGHT) + quiet[0], colours(DARK) + quiet[1]
    style = f"{shapes(FACES)}{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"
    svg = figure(drawing, lay_out(drawing), f"<style>\n{style}</style>")
    return re.sub(r"<title>[^<]*</title>", "<title>The rooms of cgraph, and what each imports</title>", svg, count=1)


def edges_in(svg: str) -> Iterator[tuple[str, str]]:
    """Find the arrows of a picture, each as (the room that imports, the room that it imports)."""
    for source, target in re.findall(r'data-from="(\w+)" data-to="(\w+)"', svg):
        yield target, source


def test_the_picture_is_of_todays_imports() -> None:
    need_library("igraph")
    drawn = picture_of(drawing_of(without_detours(imports_between_rooms())))
    if os.environ.get("CGRAPH_UPDATE_GOLDEN"):
        PICTURE.write_text(drawn, encoding="utf-8")
    assert PICTURE.read_text(encoding="utf-8") == drawn, (
        "the rooms have changed: CGRAPH_UPDATE_GOLDEN=1 python -m pytest tests/test_house.py draws them anew"
    )


def test_the_rooms_are_few_and_no_room_imports_a_door() -> None:
    rooms = imports_between_rooms()
    assert len(rooms) <= 11
    assert not any(others & DOORS for others in rooms.values())


def test_the_arrows_of_the_picture_say_all_imports_between_rooms() -> None:
    rooms = imports_between_rooms()
    arrows: dict[str, set[str]] = {room: set() for room in rooms}
    for room, other in edges_in(PICTURE.read_text(encoding="utf-8")):
        arrows[room].add(other)
    for room in rooms:
        assert reached_from(room, arrows) == reached_from(room, rooms)
        assert not any(other in reached_from(between, arrows) for between in arrows[room] for other in arrows[room])
