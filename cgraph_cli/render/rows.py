"""A program at many points as rows: inputs, outputs and derivatives, with what is to be said of them.

The formats for machines write each row as it comes; those for people have to know all the numbers of a column first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import NamedTuple, TextIO

from cgraph_cli.render.cells import END_ROWS, MOST_ROWS, Cells, Row, align, aligned
from cgraph_cli.render.view import View, read_number, read_status
from cgraph_cli.report import Report
from cgraph_cli.statuses import Verdict

FORMATS = ("table", "plain", "json", "jsonl", "csv", "tsv", "markdown")
"""The formats that rows can be written in; each module here writes one or two of them."""

_MODULES = {"json": "rows_json", "jsonl": "rows_json", "csv": "rows_csv", "tsv": "rows_csv"}


class Rows(NamedTuple):
    """The points that a program is taken to, with the report at each, and how many there are."""

    reports: Iterator[tuple[Mapping[str, float], Report]]
    size: int


class Quantity(NamedTuple):
    """A value or a derivative at a point: what people and machines call it, the number, what is known of it."""

    heading: str
    name: str
    number: float
    verdict: Verdict


def write(rows: Rows, format: str, view: View, stream: TextIO) -> None:
    """Write rows to a stream in one of the `FORMATS`."""
    if format in _MODULES:
        import_module(f"cgraph_cli.render.{_MODULES[format]}").write(rows, view, stream, format)
        return
    cells = row_cells(rows, view)
    writers: dict[str, Callable[[], None]] = {
        "table": lambda: _write_table(cells, view, stream),
        "plain": lambda: _write_plain(cells, stream),
        "markdown": lambda: _write_markdown(cells, stream),
    }
    writers[format]()


def quantities(report: Report) -> Iterator[Quantity]:
    """An output's value and then its derivatives, for each output."""
    labels = report.graph.labels()
    for output, column in zip(report.outputs, report.gradients, strict=True):
        label = labels[output]
        yield Quantity(label, label, report.values[output], report.verdict(output))
        for node in report.wrt:
            heading, name = f"∂{label}/∂{labels[node]}", f"d{label}_d{labels[node]}"
            yield Quantity(heading, name, column.at(node), column.verdict(node))


def row_cells(rows: Rows, view: View) -> Cells:
    """The table of the rows: the inputs lead each, and a status column ends it where there is something to say."""
    shown, headings, swept = [], [], []
    left_out = 0 if view.all or rows.size <= MOST_ROWS else rows.size - 2 * END_ROWS
    for at, (point, report) in enumerate(rows.reports):
        if not left_out or at < END_ROWS or at >= rows.size - END_ROWS:
            found = list(quantities(report))
            swept, headings = list(point), [quantity.heading for quantity in found]
            said = ((quantity.heading, read_status(quantity.verdict)) for quantity in found)
            numbers = [read_number(quantity.number, view.digits) for quantity in found]
            inputs = [read_number(number, view.digits) for number in point.values()]
            shown.append((inputs, numbers, "; ".join(f"{name} {status}" for name, status in said if status)))
    columns = [align([inputs[at] for inputs, _, _ in shown]) for at in range(len(swept))]
    status = any(said for *_, said in shown)
    table = [
        Row("intermediate", tuple(column[at] for column in columns), (*numbers, said) if status else tuple(numbers))
        for at, (_, numbers, said) in enumerate(shown)
    ]
    words = (*headings, *(["status"] if status else []))
    return aligned(Cells(tuple(swept), words, table, status, END_ROWS if left_out else 0, left_out))


def _write_table(cells: Cells, view: View, stream: TextIO) -> None:
    from cgraph_cli.render.table import write_cells

    write_cells(cells, view, stream)


def _write_plain(cells: Cells, stream: TextIO) -> None:
    from cgraph_cli.render.plain import write_cells

    write_cells(cells, stream)


def _write_markdown(cells: Cells, stream: TextIO) -> None:
    headings = [*cells.text_headings, *cells.number_headings]
    rules = ["---:"] * (len(headings) - cells.status) + [":---"] * cells.status
    stream.write(f"| {' | '.join(headings)} |\n|{'|'.join(rules)}|\n")
    for position, row in enumerate(cells.rows):
        stream.write(f"| {' | '.join(word.strip() for word in (*row.texts, *row.numbers))} |\n")
        if cells.left_out and position + 1 == cells.gap:
            stream.write("|" + f" {cells.note()} |" + " |" * (len(headings) - 1) + "\n")
