"""JSON, always of the same shape; strict, so that what is not finite is a string."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any, TextIO

from cgraph_cli.core.graph import LEAVES
from cgraph_cli.render.view import View, exact_number, write_number
from cgraph_cli.results.report import Column, Report
from cgraph_cli.results.troubles import Trouble, find_troubles


def write(report: Report, view: View, stream: TextIO, format: str) -> None:
    """Write `{"outputs": …, "nodes": …, "diagnostics": …}`, a line an entry, as it is made."""
    diagnostics = (trouble_entry(trouble, view) for trouble in find_troubles(report))
    members = {"outputs": _outputs(report, view), "nodes": nodes(report, view), "diagnostics": diagnostics}
    write_object(members, stream)


def write_object(members: Mapping[str, object], stream: TextIO) -> None:
    """Write an object, a line a member; one that is an iterator becomes a list, a line an entry, as it is made."""
    encode = encoder(stream)
    before = "{"
    for name, member in members.items():
        stream.write(f"{before}\n  {encode(name)}: ")
        if isinstance(member, Iterator):
            last = ""
            stream.write("[")
            for entry in member:
                stream.write(f"{last}\n    {encode(entry)}")
                last = ","
            stream.write("\n  ]" if last else "]")
        else:
            stream.write(encode(member))
        before = ","
    stream.write("\n}\n")


def trouble_entry(trouble: Trouble, view: View) -> dict[str, Any]:
    """A place where numbers went wrong, as JSON has it."""
    return {
        "node": trouble.label,
        "operation": trouble.operation,
        "cause": trouble.cause,
        "operands": [number(operand, view) for operand in trouble.operands],
        "line": trouble.line,
        "column": trouble.column,
        "message": trouble.message,
        "suggestion": trouble.suggestion or None,
    }


def encoder(stream: TextIO) -> Callable[[object], str]:
    """What turns an entry into a line that the stream can show."""
    unicode = (stream.encoding or "utf-8").lower().startswith("utf")
    return json.JSONEncoder(ensure_ascii=not unicode, allow_nan=False).encode


def nodes(report: Report, view: View) -> Iterator[dict[str, Any]]:
    """Every node that is shown, as JSON has it."""
    graph, labels = report.graph, report.graph.labels()
    for node in report.rows(view.named):
        operation, local = graph.operation(node), report.local(node)
        line, column = graph.place(node)
        entry: dict[str, Any] = {
            "name": labels[node],
            "kind": report.kind(node),
            "expression": graph.expression(node),
            "operation": operation if operation not in LEAVES else None,
            "operands": [labels[operand] for operand, _ in local],
            "partials": [number(0.0 if partial is None else partial, view) for _, partial in local],
            "value": number(report.values[node], view),
            "status": report.verdict(node).status,
        }
        if report.gradients:
            _add(entry, "gradient", report.gradients if report.shows_gradient(node) else [], node, view)
        if report.tangents:
            _add(entry, "tangent", report.tangents, node, view)
        entry["line"] = line
        entry["column"] = column
        yield entry


def _add(entry: dict[str, Any], name: str, columns: list[Column], node: int, view: View) -> None:
    """The derivatives of a row: their numbers, their statuses, and the intervals of those at a kink."""
    entry[name] = {c.label: number(c.at(node), view) for c in columns}
    entry[f"{name}_status"] = {c.label: c.verdict(node).status for c in columns}
    intervals = {c.label: c.verdict(node).interval for c in columns}
    entry["interval" if name == "gradient" else "tangent_interval"] = {
        label: [number(bound, view) for bound in interval] for label, interval in intervals.items() if interval
    }


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


def number(value: Any, view: View) -> float | str:
    """A number as strict JSON has it; one of high precision, and what is not finite, as a string."""
    if isinstance(value, float) and isfinite(value):
        return exact_number(value, view.digits)
    return write_number(value, view.digits)
