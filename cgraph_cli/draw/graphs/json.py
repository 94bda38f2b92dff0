"""JSON: the drawing itself with full numbers, for other programs to draw."""

from __future__ import annotations

from json import JSONEncoder
from typing import Any

from cgraph_cli.core.tensor import Tensor
from cgraph_cli.draw.drawing import ArrayPartial, Drawing, Edge, Node
from cgraph_cli.render.sheets.json import number
from cgraph_cli.render.view import View
from cgraph_cli.trust.verdicts import Checked


def write(drawing: Drawing, view: View) -> str:
    """Write `{"outputs": …, "nodes": …, "edges": …, "notes": …}`, a line an entry, as strict JSON."""
    encode = JSONEncoder(ensure_ascii=view.ascii, allow_nan=False).encode
    view = View(digits=drawing.digits)
    outputs = [drawing.nodes[position].key for position in drawing.outputs]
    parts = [f'{{\n  "outputs": {encode(outputs)}']
    for name, entries in (
        ("nodes", [_node(node, view) for node in drawing.nodes]),
        ("edges", [_edge(edge, drawing, view) for edge in drawing.edges]),
        ("notes", drawing.notes),
    ):
        lines = ",\n    ".join(map(encode, entries))
        parts.append(f'"{name}": [\n    {lines}\n  ]' if entries else f'"{name}": []')
    return ",\n  ".join(parts) + "\n}\n"


def _node(node: Node, view: View) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": node.key,
        "name": node.label,
        "kind": node.kind,
        "expression": node.expression,
        "hidden_operands": node.hidden,
    }
    if node.shape:
        entry["shape"] = list(node.shape)
    if node.said:
        entry["statuses"] = list(node.said)
    if node.value is not None:
        entry |= _known(Checked(node.value, node.verdict), view)
    if node.uncertainty is not None:
        entry["u"] = _numbers(node.uncertainty, view)
    if node.derivatives:
        entry["derivatives"] = [{"derivative": heading, **_known(found, view)} for heading, found in node.derivatives]
    return entry


def _known(found: Checked, view: View) -> dict[str, Any]:
    if isinstance(found.number, Tensor):
        return {"value": _numbers(found.number, view)}
    entry: dict[str, Any] = {"value": number(found.number, view), "status": found.verdict.status}
    if found.verdict.interval is not None:
        entry["interval"] = [number(bound, view) for bound in found.verdict.interval]
    return entry


def _numbers(found: Any, view: View) -> Any:
    """Write a number, or nested lists of those of an array."""
    return found.map(lambda each: number(each, view)).nested() if isinstance(found, Tensor) else number(found, view)


def _edge(edge: Edge, drawing: Drawing, view: View) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": edge.key,
        "from": drawing.nodes[edge.source].key,
        "to": drawing.nodes[edge.target].key,
        "derivative": edge.heading,
    }
    if isinstance(edge.partial, ArrayPartial):
        entry["map"] = {"from": list(edge.partial.source), "to": list(edge.partial.target)}
        if edge.partial.is_diagonal:
            entry["map"]["diagonal"] = True
        if edge.partial.numbers is not None:
            entry["partial"] = _numbers(edge.partial.numbers, view)
    elif edge.partial is not None:
        entry["partial"] = number(edge.partial, view)
    return entry
