"""Comma- or tab-separated values: one table, so the edges take the place of the nodes where they are asked for."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from cgraph_cli.graph import show_number
from cgraph_cli.render.view import View, exact_number
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
        *("node", "kind", "expression", "value"),
        *(f"gradient_{column.label}" for column in gradients),
        *(f"tangent_{column.label}" for column in tangents),
    ]
    for node in report.rows(view.named):
        shown = report.shows_gradient(node)
        yield [
            *(labels[node], report.kind(node), graph.expression(node), _number(report.values[node], view)),
            *(_number(column.at(node), view) if shown else "" for column in gradients),
            *(_number(column.at(node), view) for column in tangents),
        ]


def _edges(report: Report, view: View) -> Iterator[list[str]]:
    labels, partials = report.graph.labels(), report.evaluation.partials
    yield ["from", "to", "partial"]
    for edge, operand, node in report.edges():
        yield [labels[operand], labels[node], _number(partials[edge] or 0.0, view)]


def _number(number: float, view: View) -> str:
    return show_number(exact_number(number, view.digits))
