"""JSON, always of the same shape; strict, so that what is not finite is a string."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any, TextIO

from cgraph_cli.graph import INPUT
from cgraph_cli.render.view import View, exact_number
from cgraph_cli.report import Report


def write(report: Report, view: View, stream: TextIO, format: str) -> None:
    """Write `{"outputs": …, "nodes": …}`, a line a node, as it is made."""
    encode = encoder(stream)
    stream.write('{\n  "outputs": ' + encode(_outputs(report, view)) + ',\n  "nodes": [')
    for at, node in enumerate(nodes(report, view)):
        stream.write((",\n    " if at else "\n    ") + encode(node))
    stream.write("\n  ]\n}\n")


def encoder(stream: TextIO) -> Callable[[object], str]:
    """What turns an entry into a line that the stream can show."""
    unicode = (stream.encoding or "utf-8").lower().startswith("utf")
    return json.JSONEncoder(ensure_ascii=not unicode, allow_nan=False).encode


def nodes(report: Report, view: View) -> Iterator[dict[str, Any]]:
    """Every node that is shown, as JSON has it."""
    graph, labels, partials = report.graph, report.graph.labels(), report.evaluation.partials
    for node in report.rows(view.named):
        operation = graph.operations[node]
        edges = range(graph.starts[node], graph.starts[node + 1])
        line, column = graph.place(node)
        entry: dict[str, Any] = {
            "name": labels[node],
            "kind": report.kind(node),
            "expression": graph.expression(node),
            "operation": operation if operation != INPUT else None,
            "operands": [labels[graph.operands[edge]] for edge in edges],
            "partials": [number(partials[edge] or 0.0, view) for edge in edges],
            "value": number(report.values[node], view),
        }
        if report.gradients:
            shown = report.gradients if report.shows_gradient(node) else []
            entry["gradient"] = {c.label: number(c.at(node), view) for c in shown}
        if report.tangents:
            entry["tangent"] = {c.label: number(c.at(node), view) for c in report.tangents}
        entry["line"] = line
        entry["column"] = column
        yield entry


def _outputs(report: Report, view: View) -> dict[str, Any]:
    labels = report.graph.labels()
    outputs = {}
    for output in report.outputs:
        derivatives = {labels[node]: report.gradient(output, node) for node in report.wrt}
        entry = {
            "value": number(report.values[output], view),
            "gradient": {name: number(d, view) for name, d in derivatives.items() if d is not None},
        }
        if report.request.direction:
            entry["tangent"] = {c.label: number(c.at(output), view) for c in report.tangents}
        outputs[labels[output]] = entry
    return outputs


def number(value: float, view: View) -> float | str:
    """A number as strict JSON has it."""
    return exact_number(value, view.digits) if isfinite(value) else repr(value)
