"""The cells of a table of text, before anything is drawn: what the formats for people share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from cgraph_cli.core.errors import columns_of
from cgraph_cli.render.view import View, read_number, read_status
from cgraph_cli.results.report import Report

Item = TypeVar("Item")

MOST_ROWS = 1000
"""A table of more rows than this shows its ends only."""

END_ROWS = 20
"""How many rows each end of a shortened table shows."""

MARKS = {"input": "in", "constant": "", "intermediate": "", "output": "out"}


class Row(NamedTuple):
    """One row: a kind of node, its texts and its numbers, and whether it is marked as changed."""

    kind: str
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    changed: bool = False


class Cells(NamedTuple):
    """A table: headings of its text columns and of its number columns, and its rows.

    Where `status` is set, the last of the number columns is not of numbers but says what is to be said of them.
    `gap` is the position at which `left_out` rows are left out.
    """

    text_headings: tuple[str, ...]
    number_headings: tuple[str, ...]
    rows: list[Row]
    status: bool = False
    gap: int = 0
    left_out: int = 0

    def note(self) -> str:
        """The line that stands for the rows that are left out."""
        return f"… {self.left_out:,} rows left out (--all shows them) …"


def node_cells(report: Report, view: View) -> Cells:
    """The table of nodes: what each is, how it is computed, its value and its derivatives."""
    graph, labels = report.graph, report.graph.labels()
    nodes, gap, left_out = ends(report.rows(view.named), sum(1 for _ in report.rows(view.named)), view)
    rows = []
    status = not report.is_ok()
    for node in nodes:
        numbers = [read_number(report.values[node], view.digits)]
        for column in report.gradients:
            shown = report.shows_gradient(node)
            numbers.append(read_number(column.at(node), view.digits) if shown else "")
        numbers += [read_number(column.at(node), view.digits) for column in report.tangents]
        if status:
            numbers.append(_status(report, node))
        kind = report.kind(node)
        changed = node in view.changed
        mark = f"{MARKS[kind]:<3} *" if changed else MARKS[kind]
        rows.append(Row(kind, (mark, labels[node], graph.short_expression(node)), tuple(numbers), changed))
    headings = ["value", *(column.heading for column in report.columns()), *(["status"] if status else [])]
    return aligned(("", "node", "expression"), headings, rows, status, gap, left_out)


def _status(report: Report, node: int) -> str:
    """What is to be said of a row's numbers: of which, where there are several."""
    said = [("value", read_status(report.verdict(node)))]
    columns = report.columns()
    for column in columns:
        name = column.heading if len(columns) > 1 else ""
        said.append((name, read_status(column.verdict(node))))
    return "; ".join(f"{name} {status}".strip() for name, status in said if status)


def edge_cells(report: Report, view: View) -> Cells:
    """The table of edges: from an operand to the node that uses it, with the local partial."""
    labels = report.graph.labels()
    edges, gap, left_out = ends(report.edges(), sum(1 for _ in report.edges()), view)
    rows = []
    for operand, node, partial in edges:
        number = read_number(partial, view.digits)
        rows.append(Row("intermediate", ("", labels[operand], labels[node]), (number,)))
    return aligned(("", "from", "to"), ("∂to/∂from",), rows, False, gap, left_out)


def tables(report: Report, view: View) -> list[Cells]:
    """The tables that a view asks for."""
    return [node_cells(report, view), *([edge_cells(report, view)] if view.edges else [])]


def ends(items: Iterable[Item], count: int, view: View) -> tuple[list[Item], int, int]:
    """The rows that a view shows of so many: all, or both ends of a long table; where the gap is, and its length."""
    if view.all or count <= MOST_ROWS:
        return list(items), 0, 0
    shown = [item for at, item in enumerate(items) if at < END_ROWS or at >= count - END_ROWS]
    return shown, END_ROWS, count - 2 * END_ROWS


def aligned(
    texts: tuple[str, ...], numbers: Sequence[str], rows: list[Row], status: bool, gap: int, left_out: int
) -> Cells:
    """A table whose numbers are padded so that their decimal points stand below one another."""
    cells = Cells(texts, tuple(numbers), rows, status, gap, left_out)
    columns = [align([row.numbers[at] for row in cells.rows]) for at in range(len(cells.number_headings))]
    if cells.status:
        columns[-1] = [row.numbers[-1].ljust(len(cells.number_headings[-1])) for row in cells.rows]
        widest = max(len(text) for text in columns[-1])
        columns[-1] = [text.ljust(widest) for text in columns[-1]]
    rows = [row._replace(numbers=tuple(c[at] for c in columns)) for at, row in enumerate(cells.rows)]
    return cells._replace(rows=rows)


def align(numbers: Sequence[str]) -> list[str]:
    """Numbers padded so that their decimal points stand in one column."""
    parts = [_at_point(number) for number in numbers]
    left = max((len(whole) for whole, _ in parts), default=0)
    right = max((len(rest) for _, rest in parts), default=0)
    return [whole.rjust(left) + rest.ljust(right) for whole, rest in parts]


def _at_point(number: str) -> tuple[str, str]:
    for at, character in enumerate(number):
        if character == "." or (character == "e" and number[at - 1].isdigit()):
            return number[:at], number[at:]
    return number, ""


def width_of(heading: str, texts: Sequence[str]) -> int:
    """The columns that a column of text takes."""
    return max([columns_of(heading), *(columns_of(text) for text in texts)])
