"""Cells: a table of text before it is drawn, shared by the formats for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TextIO, TypeVar

from cgraph_cli.core.errors import columns_of
from cgraph_cli.render.view import View

Item = TypeVar("Item")

MOST_ROWS = 1000
"""A table of more rows shows its ends only."""

END_ROWS = 20
"""The rows at each end of a shortened table."""

MARKS = {"input": "in", "constant": "", "intermediate": "", "output": "out"}


class CellRow(NamedTuple):
    """A row: a kind of node, its texts and its numbers, and whether it is marked as changed."""

    kind: str
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    changed: bool = False


class Cells(NamedTuple):
    """A table: headings of its text columns and of its number columns, and its rows.

    Where `status` is set, the last of the number columns holds words about the numbers. `left_out` rows are missing at
    the position `gap`.
    """

    text_headings: tuple[str, ...]
    number_headings: tuple[str, ...]
    rows: list[CellRow]
    status: bool = False
    gap: int = 0
    left_out: int = 0

    def note(self) -> str:
        """Write the line that stands for the missing rows."""
        return f"… {self.left_out:,} rows left out (--all shows them) …"


def ends(items: Iterable[Item], count: int, view: View) -> tuple[list[Item], int, int]:
    """Choose the rows of a table that a view shows: all, or both ends.

    Gives them with the position and the length of the gap.
    """
    if view.all or count <= MOST_ROWS:
        return list(items), 0, 0
    shown = [item for at, item in enumerate(items) if at < END_ROWS or at >= count - END_ROWS]
    return shown, END_ROWS, count - 2 * END_ROWS


def aligned(
    texts: tuple[str, ...], numbers: Sequence[str], rows: list[CellRow], status: bool, gap: int, left_out: int
) -> Cells:
    """Make a table with its numbers padded: decimal points stand below one another."""
    cells = Cells(texts, tuple(numbers), rows, status, gap, left_out)
    columns = [align([row.numbers[at] for row in cells.rows]) for at in range(len(cells.number_headings))]
    if cells.status:
        columns[-1] = [row.numbers[-1].ljust(len(cells.number_headings[-1])) for row in cells.rows]
        widest = max(len(text) for text in columns[-1])
        columns[-1] = [text.ljust(widest) for text in columns[-1]]
    rows = [row._replace(numbers=tuple(c[at] for c in columns)) for at, row in enumerate(cells.rows)]
    return cells._replace(rows=rows)


def align(numbers: Sequence[str]) -> list[str]:
    """Pad numbers to bring their decimal points into one column; the lines of arrays begin in one column."""
    if any("[" in number for number in numbers):
        plain = iter(align([number for number in numbers if "[" not in number]))
        numbers = [number if "[" in number else next(plain) for number in numbers]
        widest = max(width_of("", number.split("\n")) for number in numbers)
        return ["\n".join(line.ljust(widest) for line in number.split("\n")) for number in numbers]
    parts = [_at_point(number) for number in numbers]
    left = max((len(whole) for whole, _ in parts), default=0)
    right = max((len(rest) for _, rest in parts), default=0)
    return [whole.rjust(left) + rest.ljust(right) for whole, rest in parts]


def _at_point(number: str) -> tuple[str, str]:
    for at, character in enumerate(number):
        if character == "." or (character == "e" and number[at - 1].isdigit()):
            return number[:at], number[at:]
    return number, ""


def on_one_line(number: str) -> str:
    """Join the lines of an array."""
    return " ".join(line.strip() for line in number.split("\n")) if "\n" in number else number


def width_of(heading: str, texts: Sequence[str]) -> int:
    """Measure how wide a column of text is on a terminal."""
    return max([columns_of(heading), *(columns_of(line) for text in texts for line in text.split("\n"))])


def write_apart(tables: Iterable[Cells], stream: TextIO, write: Callable[[Cells, TextIO], None]) -> None:
    """Write tables with a blank line between them."""
    for at, cells in enumerate(tables):
        if at:
            stream.write("\n")
        write(cells, stream)
