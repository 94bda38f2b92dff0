"""Comma- or tab-separated values: one table, so the edges take the place of the nodes where they are asked for."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from cgraph_cli.render.view import View, write_number
from cgraph_cli.report import Report


def write(report: Report, view: View, stream: TextIO, format: str) -> None:
    """Write the rows as they are made, with a header line."""
    write_rows(_edges(report, view) if view.edges else _nodes(report, view), stream, format)


def write_rows(rows: Iterable[Sequence[str]], stream: TextIO, format: str) -> None:
    """Write rows as `csv` or `tsv`."""
    dialect = "excel-tab" if format == "tsv" else "excel"
    csv.writer(stream, dialect, lineterminator="\n").writerows(rows)


def _nodes(report: Report, view: View) -> Iterator[list[str]]:
    graph, labels = report.graph, report.graph.labels()
    gradients, tangents = report.gradients, report.tangents
    yield [
        *("node", "kind", "expression", "value", "status"),
        *(f"{what}_{column.label}" for column in gradients for what in ("gradient", "gradient_status")),
        *(f"{what}_{column.label}" for column in tangents for what in ("tangent", "tangent_status")),
    ]
    for node in report.rows(view.named):
        shown = report.shows_gradient(node)
        row = [labels[node], report.kind(node), graph.expression(node)]
        row += [_number(report.values[node], view), report.verdict(node).status]
        for column in gradients:
            row += [_number(column.at(node), view), column.verdict(node).status] if shown else ["", ""]
        for column in tangents:
            row += [_number(column.at(node), view), column.verdict(node).status]
        yield row


def _edges(report: Report, view: View) -> Iterator[list[str]]:
    labels, partials = report.graph.labels(), report.evaluation.partials
    yield ["from", "to", "partial"]
    for edge, operand, node in report.edges():
        yield [labels[operand], labels[node], _number(partials[edge] or 0.0, view)]


def _number(number: float, view: View) -> str:
    return write_number(number, view.digits)
