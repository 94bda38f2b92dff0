r"""Equations: nodes of a graph as the aligned equations of a paper, for `\usepackage{amsmath}`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cgraph_cli.core.graph import INPUT, LEAVES, Graph
from cgraph_cli.language.latex import latex_number
from cgraph_cli.language.symbols import symbol
from cgraph_cli.language.write import statements


def equations(graph: Graph, wanted: Sequence[tuple[str, int]], left: Mapping[str, str] | None = None) -> str:
    """Write nodes of a graph as aligned equations, each with its name at the left: `de_da` is ∂e/∂a.

    A shared part has an equation of its own before. `left` maps names to other left sides than their symbols.
    """
    left = left or {}
    graph = graph.copy()
    for name, node in wanted:
        known = graph.names[node]
        if graph.operations[node] not in LEAVES and (known is None or re.match(r"d\d*_d", known)):
            graph.name(node, name, graph.definitions[node])
    shown: dict[str, str] = {}
    for statement in statements(graph, [node for _, node in wanted], output=False):
        name = statement.name or ""
        if name and graph.operations[statement.node] != INPUT:
            shown[left.get(name) or symbol(name)] = latex_number(graph, statement.node, statement.names)
    for name, node in wanted:
        known = graph.names[node]
        right = latex_number(graph, node) if known is None else symbol(known)
        if right != symbol(name):
            shown.setdefault(left.get(name) or symbol(name), right)
    return aligned(list(shown.items()))


def aligned(lines: Sequence[tuple[str, str]]) -> str:
    """Align equations at their signs, in amsmath's `align*`."""
    text = " \\\\\n".join(f"  {left} &= {right}" for left, right in lines)
    return f"\\begin{{align*}}\n{text}\n\\end{{align*}}\n"
