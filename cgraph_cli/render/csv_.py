"""Comma- or tab-separated values: one table, so the edges take the place of the nodes where they are asked for."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TextIO

from cgraph_cli.render.view import View, write_number, write_numbers
from cgraph_cli.results.report import Report
from cgraph_cli.trust.verdicts import OK, Verdict

_ROWS_AT_ONCE = 4096
"""Rows that are made together, column by column, which is faster than one by one."""


def write(report: Report, view: View, stream: TextIO, format: str) -> None:
    """Write the rows as they are made, with a header line."""
    if view.edges:
        write_rows(_edges(report, view), stream, format)
        return
    delimiter = write_rows([_heading(report)], stream, format)
    for columns in _columns(report, view):
        # Of these texts only an expression can hold a delimiter, and none holds a quote: to join them is all that the
        # writer would do, and takes a fifth of its time.
        columns[2] = [f'"{text}"' if delimiter in text else text for text in columns[2]]
        stream.write("\n".join(map(delimiter.join, zip(*columns, strict=True))) + "\n")


def write_rows(rows: Iterable[Sequence[str]], stream: TextIO, format: str) -> str:
    """Write rows as `csv` or `tsv`; returns the delimiter."""
    writer = csv.writer(stream, "excel-tab" if format == "tsv" else "excel", lineterminator="\n")
    writer.writerows(rows)
    return writer.dialect.delimiter


def _heading(report: Report) -> list[str]:
    return [
        *("node", "kind", "expression", "value", "status"),
        *(f"{what}_{column.label}" for column in report.gradients for what in ("gradient", "gradient_status")),
        *(f"{what}_{column.label}" for column in report.tangents for what in ("tangent", "tangent_status")),
    ]


def _columns(report: Report, view: View) -> Iterator[list[list[str]]]:
    """The columns of some rows, and then of some more."""
    labels, values, digits = report.graph.labels(), report.values, view.digits
    verdicts = {} if report.assessment is None else report.assessment.verdicts
    rows = report.rows(view.named)
    while nodes := list(islice(rows, _ROWS_AT_ONCE)):
        columns = [
            [labels[node] for node in nodes],
            report.kinds(nodes),
            list(report.graph.expressions(nodes)),
            write_numbers([values[node] for node in nodes], digits),
            _statuses(verdicts, nodes),
        ]
        for column in report.columns():
            numbers = column.values
            columns.append(write_numbers([0.0 if (n := numbers[node]) is None else n for node in nodes], digits))
            columns.append(_statuses(column.verdicts, nodes))
        if report.asked is not None or report.constants:
            shown = [report.shows_gradient(node) for node in nodes]
            for at in range(5, 5 + 2 * len(report.gradients)):
                columns[at] = [text if show else "" for show, text in zip(shown, columns[at], strict=True)]
        yield columns


def _statuses(verdicts: Mapping[int, Verdict], nodes: Sequence[int]) -> list[str]:
    if not verdicts:
        return [OK.status] * len(nodes)
    return [verdicts.get(node, OK).status for node in nodes]


def _edges(report: Report, view: View) -> Iterator[Sequence[str]]:
    labels = report.graph.labels()
    yield ["from", "to", "partial"]
    for operand, node, partial in report.edges():
        yield [labels[operand], labels[node], write_number(0.0 if partial is None else partial, view.digits)]
