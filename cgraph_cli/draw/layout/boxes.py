"""The contents of boxes, line by line, and the sizes that they need.

Type is monospaced, so that a text's size follows from its columns whichever face a reader has: the faces that the
stylesheet names are 0.6 em wide or narrower, and the room is for 0.61.
"""

from __future__ import annotations

from typing import NamedTuple

from cgraph_cli.core.errors import columns_of
from cgraph_cli.draw.drawing import Drawing, Node

SIZE = 13.0
"""Type size of the lines in a box."""

SMALL = 11.0
"""Type size of edge labels and of statuses."""

LEADING = 18.0
"""From one line of a box to the next."""

PADDING = 12.0
"""Room around the lines, at the sides; above and below it is a bit less."""

MOST_COLUMNS = 36
"""An expression of more columns than this is cut short in a box; its title has all of it."""

_ADVANCE = 0.61


class BoxLine(NamedTuple):
    """A line of a box: `left` ends and `right` begins at the middle, where the equals signs stand below one another.

    `role` is `statement`, `value`, `gradient` or `status`; a status, and a name alone, stand by themselves (`right`
    is empty).
    """

    role: str
    left: str
    right: str


class Contents(NamedTuple):
    """The lines of a box, its size, and where its equals signs stand from its left edge."""

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
    """
    lines = []
    name = shorten(node.label, MOST_COLUMNS)
    value = None if node.value is None else drawing.number(node.value)
    if node.expression:
        lines.append(BoxLine("statement", name, f"= {shorten(node.expression, MOST_COLUMNS)}"))
        if value is not None:
            lines.append(BoxLine("value", "", f"= {value}"))
    elif value is not None and node.label != value:
        lines.append(BoxLine("value", name, f"= {value}"))
    else:
        lines.append(BoxLine("statement", name, ""))
    for heading, found in node.derivatives:
        lines.append(BoxLine("gradient", shorten(heading, MOST_COLUMNS), f"= {drawing.number(found.number)}"))
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


def _size(line: BoxLine) -> float:
    return SMALL if line.role == "status" else SIZE
