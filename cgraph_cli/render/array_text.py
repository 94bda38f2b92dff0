"""Arrays as text for people: a row a line, aligned, with the middle of large ones left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from cgraph_cli.core.tensor import Tensor
from cgraph_cli.render.cells import align
from cgraph_cli.render.view import View

Item = TypeVar("Item")

_MOST = 6
"""Elements along an axis that are shown all; of more, both ends are."""

_ENDS = 2


def write_array(texts: Tensor[str], view: View) -> str:
    """Write an array of numbers, which are texts already: `[[1, 2],` and below it ` [3, 4]]`."""
    if not texts.shape:
        return texts.item
    if 0 in texts.shape:
        return str(texts.nested())
    most = max(texts.shape) if view.all else _MOST
    return "\n".join(_lines(texts, most, view.ascii))


def _lines(texts: Tensor[str], most: int, ascii: bool) -> list[str]:
    dots = "..." if ascii else "…"
    if len(texts.shape) == 1:
        return [f"[{', '.join(_shortened(texts.items, most, dots))}]"]
    size = len(texts.items) // texts.shape[0]
    parts = [Tensor(texts.shape[1:], texts.items[at : at + size]) for at in range(0, len(texts.items), size)]
    shown: list[Tensor[str] | None] = _shortened([*parts], most, None)
    if len(texts.shape) == 2:
        rows = [None if part is None else _shortened(part.items, most, dots) for part in shown]
        whole = [row for row in rows if row is not None]
        columns = [align([row[at] for row in whole]) for at in range(len(whole[0]))]
        aligned = iter(zip(*columns, strict=True))
        blocks = [[dots] if row is None else [f"[{', '.join(next(aligned))}]"] for row in rows]
    else:
        blocks = [[dots] if part is None else _lines(part, most, ascii) for part in shown]
    lines = []
    for at, block in enumerate(blocks):
        last = at == len(blocks) - 1
        for line, text in enumerate(block):
            start = "[" if at == line == 0 else " "
            end = "" if line < len(block) - 1 else "]" if last else ","
            lines.append(f"{start}{text}{end}")
    return lines


def _shortened(items: Sequence[Item], most: int, dots: Item) -> list[Item]:
    """Leave the middle of a long list out."""
    if len(items) <= most:
        return list(items)
    return [*items[:_ENDS], dots, *items[-_ENDS:]]
