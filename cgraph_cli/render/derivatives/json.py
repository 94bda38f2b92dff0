"""Derivatives as JSON: the expression of each, the definitions that they share, and the program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.language.write import is_declared, statements, write_expression
from cgraph_cli.render.derivatives.text import program_text, written_out
from cgraph_cli.render.sheets.json import encoder
from cgraph_cli.render.view import View
from cgraph_cli.symbolic.derivative_programs import Derivative, Derivatives, wanted


def write(found: Derivatives, view: View, stream: TextIO) -> None:
    """Write `{"derivatives": …, "definitions": …, "program": …}`, a line an entry."""
    encode = encoder(stream)
    texts: dict[str | None, str] = {entry.name: written_out(entry) for entry in found.entries if found.expanded}
    names = {entry.name for entry in found.entries}
    definitions = []
    if not found.expanded:
        graph = found.entries[0].graph
        for statement in statements(graph, wanted(found), output=False):
            if is_declared(graph, statement.node):
                continue
            texts[statement.name] = text = write_expression(graph, statement.node, statement.names)
            if statement.name not in names:
                definitions.append({"name": statement.name, "expression": text})
    derivatives = [
        {
            "name": entry.name,
            "of": entry.of,
            "wrt": list(entry.wrt),
            **_shape(entry),
            "expression": texts[entry.name],
        }
        for entry in found.entries
    ]
    stream.write('{\n  "derivatives": ' + _listed(map(encode, derivatives)))
    stream.write(',\n  "definitions": ' + _listed(map(encode, definitions)))
    breaks = [
        {"operation": program.operations[node], "line": line, "column": column}
        for program in [found.program]
        for node in found.meets
        for line, column in [program.source.place(program.offsets[node])]
    ]
    stream.write(',\n  "breaks": ' + encode(breaks))
    stream.write(',\n  "program": ' + encode(program_text(found)) + "\n}\n")


def _shape(entry: Derivative) -> dict[str, object]:
    """Give the shape of an array's derivative, in the program's letters."""
    graph = entry.graph
    if not isinstance(graph, ArrayGraph):
        return {}
    return {"shape": [graph.letters.get(size, size) for size in graph.shapes[entry.node]]}


def _listed(entries: Iterable[str]) -> str:
    lines = ",".join(f"\n    {entry}" for entry in entries)
    return f"[{lines}\n  ]" if lines else "[]"
