"""The contents of boxes, line by line, and their sizes.

Type is monospaced, so that a text's size follows from its columns in any face: the faces that the stylesheet names are
0.6 em wide or narrower, and the room is for 0.61.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cgraph_cli.core.errors import columns_of
from cgraph_cli.core.tensor import Tensor, show_shape
from cgraph_cli.draw.drawing import Drawing, Node

SIZE = 13.0
"""Type size of the lines in a box."""

SMALL = 11.0
"""Type size of edge labels and of statuses."""

LEADING = 18.0
"""The distance from one line of a box to the next."""

PADDING = 12.0
"""Room around the lines, at the sides; above and below it is a bit less."""

MOST_COLUMNS = 36
"""The most columns of an expression in a box; a longer one is cut short, and the box's title has all of it."""

_ADVANCE = 0.61


class BoxLine(NamedTuple):
    """A line of a box: `left` ends and `right` begins at the middle, and the equals signs are aligned there.

    `role` is `statement`, `shape`, `value`, `uncertainty`, `gradient` or `status`. A status, and a name alone, have an
    empty `right`.
    """

    role: str
    left: str
    right: str


class Contents(NamedTuple):
    """The lines of a box, its size, and the distance of its equals signs from its left edge."""

    lines: tuple[BoxLine, ...]
    width: float
    height: float
    middle: float


def width_of(text: str, size: float = SIZE) -> float:
    """Bound the width of a text at a type size."""
    return columns_of(text) * size * _ADVANCE


def shorten(text: str, most: int) -> str:
    """Shorten a text to at most so many columns, with `…` at its end."""
    if columns_of(text) <= most:
        return text
    kept = ""
    for character in text:
        if columns_of(kept + character) >= most:
            break
        kept += character
    return f"{kept.rstrip()}…"


def contents(node: Node, drawing: Drawing) -> Contents:
    """List what stands in the box of a node.

        c = a + b
          = 4
    ∂e/∂c = 2

    The rows of an array stand below one another.
    """
    lines = []
    name = shorten(node.label, MOST_COLUMNS)
    value = None if node.value is None or node.shape else drawing.value(node)
    if node.expression:
        lines.append(BoxLine("statement", name, f"= {shorten(node.expression, MOST_COLUMNS)}"))
        if value is not None:
            lines.append(BoxLine("value", "", f"= {value}"))
    elif node.shape:
        lines.append(BoxLine("shape", name, f": {show_shape(node.shape)}"))
    elif value is not None and node.label != value:
        lines.append(BoxLine("value", name, f"= {value}"))
    else:
        lines.append(BoxLine("statement", name, ""))
    if node.shape:
        lines += [BoxLine("shape", "", f": {show_shape(node.shape)}")] * bool(node.expression)
        lines += _rows("value", "", node.value, drawing) if node.value is not None else []
        lines += _rows("uncertainty", "", node.uncertainty, drawing, "±") if node.is_uncertain else []
    for heading, found in node.derivatives:
        lines += _rows("gradient", shorten(heading, MOST_COLUMNS), found.number, drawing)
    lines += [BoxLine("status", status, "") for status in node.statuses()]
    left = max((width_of(line.left) for line in lines if line.right), default=0.0)
    right = max((width_of(line.right) for line in lines), default=0.0)
    space = width_of(" ") if right and left else 0.0
    alone = max((width_of(line.left, _size(line)) for line in lines if not line.right), default=0.0)
    inner = max(left + space + right, alone)
    slack = (inner - left - space - right) / 2
    width = max(inner + 2 * PADDING, 44.0)
    extra = (width - inner - 2 * PADDING) / 2
    return Contents(
        tuple(lines), width, LEADING * len(lines) + 2 * PADDING - 8, PADDING + extra + slack + left + space / 2
    )


def _rows(role: str, left: str, number: Any, drawing: Drawing, sign: str = "=") -> list[BoxLine]:
    """Set a number, or the rows of an array, after a sign."""
    if not isinstance(number, Tensor):
        return [BoxLine(role, left, f"{sign} {drawing.number(number)}")]
    first, *others = drawing.grid(number).split("\n")
    return [BoxLine(role, left, f"{sign} {first}"), *(BoxLine(role, "", f"  {other}") for other in others)]


def _size(line: BoxLine) -> float:
    return SMALL if line.role == "status" else SIZE
