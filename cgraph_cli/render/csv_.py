"""Comma- or tab-separated values: one table, so the edges take the place of the nodes where they are asked for."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from cgraph_cli.render.view import View, write_number
from cgraph_cli.report import Report


def write(report: Report, view: View, stream: TextIO, format: str) -> None:
    """Write the rows as they are made, with a header line."""
    dialect = "excel-tab" if format == "tsv" else "excel"
    writer = csv.writer(stream, dialect, lineterminator="\n")
    writer.writerows(_edges(report, view) if view.edges else _nodes(report, view))


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
    labels = report.graph.labels()
    yield ["from", "to", "partial"]
    for operand, node, partial in report.edges():
        yield [labels[operand], labels[node], _number(partial or 0.0, view)]


def _number(number: float, view: View) -> str:
    return write_number(number, view.digits)
