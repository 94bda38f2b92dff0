"""Derivatives as the equations of a paper."""

from __future__ import annotations

from typing import TextIO

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.emit.equations import aligned, equations
from cgraph_cli.language.latex import latex_expression, latex_number
from cgraph_cli.language.symbols import symbol
from cgraph_cli.render.derivatives.text import sums
from cgraph_cli.render.view import View
from cgraph_cli.symbolic.derivative_programs import Derivatives, wanted

_SHORT = 60
"""The most characters of LaTeX of an unnamed output that stands beside the sign of its derivative."""


def write(found: Derivatives, view: View, stream: TextIO) -> None:
    """Write an equation for each statement that is needed, or for each derivative, written out."""
    stream.write("".join(f"% {line[2:]}" for line in sums(found).splitlines(keepends=True)))
    left = {entry.name: _operator(found, entry.name, entry.of) for entry in found.entries}
    if found.expanded:
        pairs = [(left[entry.name], latex_number(entry.graph, entry.node, {})) for entry in found.entries]
        stream.write(aligned(pairs))
        return
    graph = found.entries[0].graph
    stream.write(equations(graph, [(graph.names[node] or "", node) for node in wanted(found)], left))


def _operator(found: Derivatives, name: str, of: str) -> str:
    """Write the left side: the derivative's sign, and beside it an output without a name."""
    if not of.startswith("%") or isinstance(found.program, ArrayGraph):
        return symbol(name)
    output = latex_expression(found.program, found.program.find(of), {})
    if len(output) > _SHORT:
        return symbol(name)
    return rf"{symbol(name)} \left({output}\right)"
