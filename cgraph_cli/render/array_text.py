"""Arrays as text for people: a row a line, aligned, with the middle of large ones left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cgraph_cli.core.tensor import Tensor, indices, show_index
from cgraph_cli.render.cells import align
from cgraph_cli.render.numbers import read_status
from cgraph_cli.render.view import View
from cgraph_cli.trust.verdicts import Verdict

Item = TypeVar("Item")

_MOST = 6
"""Elements along an axis that are shown all; of more, both ends are."""

_ENDS = 2

_ROOM = 60
"""Characters of an array on one line that is shown as a whole."""

_MOST_PLACES = 3
"""Elements with one status that are named."""


def write_array(texts: Tensor[str], view: View) -> str:
    """Write an array of numbers, which are texts already: `[[1, 2],` and below it ` [3, 4]]`."""
    if not texts.shape:
        return texts.item
    if 0 in texts.shape:
        return str(texts.nested())
    most = max(texts.shape) if view.all else _MOST
    return "\n".join(_lines(texts, most, view.ascii))


def write_on_a_line(texts: Tensor[str]) -> str:
    """Write an array on one line; of a long one only the ends along each axis."""
    if 0 in texts.shape:
        return str(texts.nested())
    whole = _joined(texts.nested(), max(texts.shape))
    return whole if len(whole) <= _ROOM else _joined(texts.nested(), 2)


def _joined(nested: Sequence[Any], most: int) -> str:
    parts = [part if isinstance(part, str) else _joined(part, most) for part in nested]
    if len(parts) > most:
        parts = [parts[0], "…", parts[-1]]
    return f"[{', '.join(parts)}]"


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


def array_statuses(name: str, elements: Tensor[int], verdict: Callable[[int], Verdict]) -> str:
    """Say the statuses of an array's elements that are not ok, with their indices."""
    found: dict[str, list[str]] = {}
    for index, each in zip(indices(elements.shape), elements.items, strict=True):
        status = read_status(verdict(each))
        if status:
            found.setdefault(status, []).append(show_index(index) if index else "")
    said = []
    for status, places in found.items():
        if len(places) == len(elements.items):
            said.append(f"{name} {status}".strip())
            continue
        more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
        said.append(f"{name} {status} at {', '.join(places[:_MOST_PLACES])}{more}".strip())
    return "; ".join(said)
