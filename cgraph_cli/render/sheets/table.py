"""The table for a terminal, drawn by Rich: on a narrow one text wraps, and every digit stays."""

from __future__ import annotations

from typing import TextIO

from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from cgraph_cli.core.errors import columns_of
from cgraph_cli.render.cells import Cells, width_of
from cgraph_cli.render.console import NO_LIMIT, box_for, console_for
from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.view import View

_STYLES = {"input": "cyan", "constant": "", "intermediate": "", "output": "bold green"}
_LEAST_STATUS = 14
_LEAST_TEXT = 10
"""The least columns of a text column; a narrower one is left out."""


def write(sheet: Sheet, view: View, stream: TextIO) -> None:
    """Write the tables of a sheet, and its notes below them."""
    console = console_for(stream, view.color, NO_LIMIT)  # the widths are chosen here: Rich would cut cells
    for cells in sheet.cells(view):
        for block in _blocks(cells, view.width or NO_LIMIT):
            console.print(_draw(block, view))
        if cells.left_out:
            console.print(Text(cells.note(), style="dim"))
    for note in sheet.notes(view):
        from cgraph_cli.core.wrapping import wrap

        console.print(Text(wrap(note, view.width, 6), style="yellow" if note.startswith(("note:", " ")) else ""))


class _Block:
    """The columns of one drawn table: its texts and its numbers, and the width of each."""

    def __init__(self, cells: Cells, texts: dict[int, int], numbers: dict[int, int]) -> None:
        self.cells = cells
        self.texts = texts
        self.numbers = numbers

    def width(self) -> int:
        """Count the columns that the drawn table takes."""
        sizes = (*self.texts.values(), *self.numbers.values())
        return sum(sizes) + _frame(len(sizes))


def _blocks(cells: Cells, width: int) -> list[_Block]:
    """Share the columns out among as many tables as the width requires."""
    texts = {
        at: width_of(heading, [row.texts[at] for row in cells.rows])
        for at, heading in enumerate(cells.text_headings)
        if heading or any(row.texts[at] for row in cells.rows)
    }
    numbers = [
        max(
            width_of("", [row.numbers[at] for row in cells.rows]),
            min(columns_of(heading), max(_LEAST_TEXT, width // 2)),
        )
        for at, heading in enumerate(cells.number_headings)
    ]
    last = max(texts)
    wanted = sum(numbers) + _frame(len(texts) + len(numbers))
    room = width - wanted - sum(size for at, size in texts.items() if at != last)
    if room >= texts[last]:
        return [_Block(cells, texts, dict(enumerate(numbers)))]
    if room >= _LEAST_TEXT:
        return [_Block(cells, {**texts, last: room}, dict(enumerate(numbers)))]
    expression = texts.pop(last) if len(texts) > 1 and cells.text_headings[last] == "expression" else 0
    names = max(texts)
    beside = sum(size for at, size in texts.items() if at != names)
    if cells.status:  # the column of statuses is text, and wraps
        numbers[-1] = min(numbers[-1], max(_LEAST_STATUS, width - sum(texts.values()) - _frame(len(texts) + 1)))
    most = width - beside - min(texts[names], _LEAST_TEXT) - _frame(len(texts) + 1)
    if max(numbers) > most:
        cells = _folded(cells, most)
        widths = [width_of("", [row.numbers[at] for row in cells.rows]) for at in range(len(numbers))]
        numbers = [min(size, max(most, width)) for size, width in zip(numbers, widths, strict=True)]
    widest = max(numbers)
    room = width - widest - beside - _frame(len(texts) + 1)
    texts[names] = max(min(texts[names], room), min(texts[names], _LEAST_TEXT))
    blocks = [_Block(cells, texts, {})]
    room = width - sum(texts.values()) - numbers[0] - _frame(len(texts) + 2)
    if min(expression, room) >= _LEAST_TEXT:  # it stands in the first table, beside the numbers that fit
        blocks = [_Block(cells, {**texts, last: min(expression, room)}, {})]
    for at, size in enumerate(numbers):
        if len(blocks[-1].texts) + len(blocks[-1].numbers) > len(texts) and blocks[-1].width() + size + 3 > width:
            blocks.append(_Block(cells, texts, {}))
        blocks[-1].numbers[at] = size
    return blocks


def _folded(cells: Cells, room: int) -> Cells:
    """Break the lines of arrays between numbers where they are wider than the room."""
    from cgraph_cli.core.wrapping import fold_array

    rows = [row._replace(numbers=tuple(fold_array(text, room) for text in row.numbers)) for row in cells.rows]
    return cells._replace(rows=rows)


def _frame(columns: int) -> int:
    """Count the columns of the lines and the space between cells."""
    return 3 * columns + 1


def _draw(block: _Block, view: View) -> Table:
    cells = block.cells
    table = Table(box=box_for(view.ascii), header_style="bold", border_style="dim")
    for at, size in block.texts.items():
        table.add_column(cells.text_headings[at], width=size, overflow="fold")
    status = len(cells.number_headings) - 1 if cells.status else -1
    for at, size in block.numbers.items():
        side: JustifyMethod = "left" if at == status else "right"
        words = cells.number_headings[at]
        lines = [words[start : start + size] for start in range(0, len(words), size)]
        heading = Text("\n".join(lines), justify=side)
        table.add_column(heading, width=size, no_wrap=at != status, overflow="fold")
    for position, row in enumerate(cells.rows):
        style = "bold yellow" if row.changed else _STYLES[row.kind]
        texts = [Text(row.texts[at], style=style) for at in block.texts]
        numbers = [
            Text(row.numbers[at].rstrip()) if at == status else _number(row.numbers[at], size, style)
            for at, size in block.numbers.items()
        ]
        following = cells.rows[position + 1] if position + 1 < len(cells.rows) else None
        section = row.kind == "input" and following is not None and following.kind != "input"
        table.add_row(*texts, *numbers, end_section=section)
        if cells.left_out and position + 1 == cells.gap:
            table.add_row(*("…" for _ in (*texts, *numbers)), style="dim")
    return table


def _number(text: str, size: int, style: str) -> Text:
    """Write a number, or an array, at the right of its column; the lines of an array begin in one column."""
    lines = [line.rstrip() for line in text.split("\n")]
    margin = " " * (size - max(map(columns_of, lines)))
    return Text(
        "\n".join(margin + line for line in lines),
        style="bold red" if text.strip() in ("inf", "-inf", "nan") else style,
    )
