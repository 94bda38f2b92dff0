"""Derivatives as text: a program that computes them, the equations of a paper, or JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from cgraph_cli.emit.equations import aligned, equations
from cgraph_cli.language.latex import latex_expression, latex_number
from cgraph_cli.language.symbols import symbol
from cgraph_cli.language.write import statements, write_expression, write_program
from cgraph_cli.render.json_ import encoder
from cgraph_cli.symbolic.derivatives import Derivative, Derivatives, wanted

FORMATS = ("text", "latex", "json")
"""The formats that derivatives can be written in."""

_SHORT = 60
"""Characters of LaTeX of an output without a name that stands beside the sign of its derivative."""


def write(found: Derivatives, format: str, stream: TextIO) -> None:
    """Write derivatives to a stream in one of the `FORMATS`."""
    if format == "json":
        _write_json(found, stream)
    else:
        stream.write(_latex(found) if format == "latex" else _text(found))


def _text(found: Derivatives) -> str:
    """A program: the statements that are needed, each once; or each derivative by itself, written out."""
    if found.expanded:
        return "".join(f"{line}\n" for line in (*_defaults(found), *map(_equation, found.entries)))
    return write_program(found.entries[0].graph, wanted(found), output=False)


def _latex(found: Derivatives) -> str:
    left = {entry.name: _operator(found, entry.name, entry.of) for entry in found.entries}
    if found.expanded:
        return aligned([(left[entry.name], latex_number(entry.graph, entry.node, {})) for entry in found.entries])
    graph = found.entries[0].graph
    return equations(graph, [(graph.names[node] or "", node) for node in wanted(found)], left)


def _operator(found: Derivatives, name: str, of: str) -> str:
    """The left side: the derivative's sign, and for an output without a name also what it is the derivative of."""
    if not of.startswith("%"):
        return symbol(name)
    output = latex_expression(found.program, found.program.find(of), {})
    if len(output) > _SHORT:
        return symbol(name)
    return rf"{symbol(name)} \left({output}\right)"


def _write_json(found: Derivatives, stream: TextIO) -> None:
    """Write `{"derivatives": …, "definitions": …, "program": …}`, a line an entry."""
    encode = encoder(stream)
    texts: dict[str | None, str] = {entry.name: _written_out(entry) for entry in found.entries if found.expanded}
    names = {entry.name for entry in found.entries}
    definitions = []
    if not found.expanded:
        graph = found.entries[0].graph
        for statement in statements(graph, wanted(found), output=False):
            texts[statement.name] = text = write_expression(graph, statement.node, statement.names)
            if statement.name not in names:
                definitions.append({"name": statement.name, "expression": text})
    derivatives = [
        {"name": entry.name, "of": entry.of, "wrt": list(entry.wrt), "expression": texts[entry.name]}
        for entry in found.entries
    ]
    stream.write('{\n  "derivatives": ' + _listed(map(encode, derivatives)))
    stream.write(',\n  "definitions": ' + _listed(map(encode, definitions)))
    stream.write(',\n  "program": ' + encode(_text(found)) + "\n}\n")


def _listed(entries: Iterable[str]) -> str:
    lines = ",".join(f"\n    {entry}" for entry in entries)
    return f"[{lines}\n  ]" if lines else "[]"


def _defaults(found: Derivatives) -> list[str]:
    """The statements that give the inputs of expanded derivatives their defaults."""
    program = found.program
    used = {name for entry in found.entries for name in entry.graph.nodes}
    with_default = [
        node for node in program.inputs() if program.numbers[node] is not None and program.names[node] in used
    ]
    return write_program(program, with_default, output=False).splitlines() if with_default else []


def _equation(entry: Derivative) -> str:
    return f"{entry.name} = {_written_out(entry)}"


def _written_out(entry: Derivative) -> str:
    return write_expression(entry.graph, entry.node, {})
