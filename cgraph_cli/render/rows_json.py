"""Rows as strict JSON, each a line, written as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from cgraph_cli.render.json_ import encoder, number
from cgraph_cli.render.rows import Rows
from cgraph_cli.render.view import View
from cgraph_cli.report import Report


def write(rows: Rows, view: View, stream: TextIO, format: str) -> None:
    """Write `{"rows": …}`, or for `jsonl` the rows alone; a row is `{"inputs": …, "outputs": …}`."""
    encode = encoder(stream)
    if format == "jsonl":
        for point, report in rows.reports:
            stream.write(encode(_row(point, report, view)) + "\n")
        return
    stream.write('{\n  "rows": [')
    last = ""
    for point, report in rows.reports:
        stream.write(f"{last}\n    {encode(_row(point, report, view))}")
        last = ","
    stream.write("\n  ]\n}\n")


def _row(point: Mapping[str, float], report: Report, view: View) -> dict[str, Any]:
    labels = report.graph.labels()
    outputs = {}
    for output, column in zip(report.outputs, report.gradients, strict=True):
        verdicts = {labels[node]: column.verdict(node) for node in report.wrt}
        outputs[labels[output]] = {
            "value": number(report.values[output], view),
            "status": report.verdict(output).status,
            "gradient": {labels[node]: number(column.at(node), view) for node in report.wrt},
            "gradient_status": {label: verdict.status for label, verdict in verdicts.items()},
            "interval": {
                label: [number(bound, view) for bound in verdict.interval]
                for label, verdict in verdicts.items()
                if verdict.interval
            },
        }
    return {"inputs": {name: number(value, view) for name, value in point.items()}, "outputs": outputs}
