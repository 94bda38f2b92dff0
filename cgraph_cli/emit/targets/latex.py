r"""LaTeX: a program and its derivatives as the aligned equations of a paper, for `\usepackage{amsmath}`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cgraph_cli.core.graph import INPUT, LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.emit.target import Target
from cgraph_cli.emit.terms import Template
from cgraph_cli.language.latex import latex_number
from cgraph_cli.language.symbols import symbol
from cgraph_cli.language.write import statements

if TYPE_CHECKING:
    from cgraph_cli.emit.module import Module


def equations(graph: Graph, wanted: Sequence[tuple[str, int]], left: Mapping[str, str] | None = None) -> str:
    """Nodes of a graph as aligned equations, each with the name that stands at its left: `de_da` is ∂e/∂a.

    What they share has an equation of its own before. `left` gives what stands there in place of a name's symbol.
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
    r"""Equations with their signs below one another, in amsmath's `align*`."""
    text = " \\\\\n".join(f"  {left} &= {right}" for left, right in lines)
    return f"\\begin{{align*}}\n{text}\n\\end{{align*}}\n"


class Latex(Target):
    """LaTeX, whose expressions are written from the graph itself: nothing is lowered, and nothing is computed."""

    name = "latex"
    title = "LaTeX"
    runs = False
    functions = False
    templates = {name: Template("{*}") for row in PRIMITIVES.values() for name in (row.name, f"{row.name}…")}  # noqa: RUF012

    def module(self, module: Module) -> str:
        """The values, then the gradient, then the Hessian."""
        several = len(module.outputs) > 1
        outputs = []
        for at, name in enumerate(module.outputs):
            if name.startswith("%"):
                name = f"{module.name}{at + 1}" if several else module.name
                while name in module.program.nodes:
                    name = f"{name}_0"
            outputs.append(name)
        wrt = [name.removeprefix("%") for name in module.wrt]
        names = [*outputs, *(f"d{y}_d{x}" for y in outputs[: len(module.gradient)] for x in wrt)]
        for y in outputs[: len(module.hessian)]:
            names += [
                f"d2{y}_d{x}2" if x == z else f"d2{y}_d{x}_d{z}" * (i < j)
                for i, x in enumerate(wrt)
                for j, z in enumerate(wrt)
            ]
        pairs = zip(names, module.places, strict=True)
        return equations(module.graph, [(name, node) for name, node in pairs if name])


TARGET = Latex()
