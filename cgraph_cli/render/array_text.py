"""Arrays as text for people: a row a line, aligned, with the middle of large ones left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cgraph_cli.core.tensor import Tensor
from cgraph_cli.render.cells import align
from cgraph_cli.render.view import View

Item = TypeVar("Item")

_MOST = 6
"""The most elements along an axis that are all shown; a longer axis shows its ends."""

_ENDS = 2

_LEAST = 3
"""The least characters of an element on a line."""

ROOM = 60
"""The most characters of an array that stands on one line as a whole."""


def write_array(numbers: Tensor[Item], view: View, write: Callable[[Item], str]) -> str:
    """Write an array of numbers with `write` for each: `[[1, 2],` and below it ` [3, 4]]`."""
    if not numbers.shape:
        return write(numbers.item)
    if 0 in numbers.shape:
        return str(numbers.map(write).nested())
    most = max(numbers.shape) if view.all else _MOST
    return "\n".join(_lines(numbers, most, write, "..." if view.ascii else "…"))


def write_on_a_line(numbers: Tensor[Item], write: Callable[[Item], str], room: int = ROOM) -> str:
    """Write an array on one line; one without the room shows the ends along each axis, or the first element."""
    if not numbers.shape:
        return write(numbers.item)
    if 0 in numbers.shape:
        return str(numbers.map(write).nested())
    whole = [max(numbers.shape)] if _LEAST * len(numbers.items) <= room else []
    for most in (*whole, 2, 1):
        written = _joined(numbers, most, write)
        if len(written) <= room:
            break
    return written


def _joined(numbers: Tensor[Item], most: int, write: Callable[[Item], str]) -> str:
    """Write an array on a line, of each axis at most so many places: the first, and the last ones."""
    count, shape = numbers.shape[0], numbers.shape[1:]
    size = len(numbers.items) // count
    places: list[int | None] = [*range(count)] if count <= most else [0, None, *range(count + 1 - most, count)]
    parts = []
    for at in places:
        if at is None:
            parts.append("…")
        elif shape:
            parts.append(_joined(Tensor(shape, numbers.items[at * size : (at + 1) * size]), most, write))
        else:
            parts.append(write(numbers.items[at]))
    return f"[{', '.join(parts)}]"


def _lines(numbers: Tensor[Item], most: int, write: Callable[[Item], str], dots: str) -> list[str]:
    if len(numbers.shape) == 1:
        return [f"[{', '.join(_line(numbers, most, write, dots))}]"]
    size = len(numbers.items) // numbers.shape[0]
    parts = [
        None if start is None else Tensor(numbers.shape[1:], numbers.items[start : start + size])
        for start in _shortened(range(0, len(numbers.items), size), most)
    ]
    if len(numbers.shape) == 2:
        rows = [None if part is None else _line(part, most, write, dots) for part in parts]
        whole = [row for row in rows if row is not None]
        columns = [align([row[at] for row in whole]) for at in range(len(whole[0]))]
        aligned = iter(zip(*columns, strict=True))
        blocks = [[dots] if row is None else [f"[{', '.join(next(aligned))}]"] for row in rows]
    else:
        blocks = [[dots] if part is None else _lines(part, most, write, dots) for part in parts]
    lines = []
    for at, block in enumerate(blocks):
        last = at == len(blocks) - 1
        for line, text in enumerate(block):
            start = "[" if at == line == 0 else " "
            end = "" if line < len(block) - 1 else "]" if last else ","
            lines.append(f"{start}{text}{end}")
    return lines


def _line(numbers: Tensor[Item], most: int, write: Callable[[Item], str], dots: str) -> list[str]:
    """Write the numbers of a vector, without the middle of a long one."""
    items = numbers.items
    return [dots if at is None else write(items[at]) for at in _shortened(range(len(items)), most)]


def _shortened(places: range, most: int) -> list[int | None]:
    """Choose the places of an axis that are shown; None stands for a long middle."""
    return [*places] if len(places) <= most else [*places[:_ENDS], None, *places[-_ENDS:]]
