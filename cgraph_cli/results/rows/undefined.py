"""Undefined rows: an input that is no number leaves none to what is computed from it on every way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.evaluation.undefined_operands import passes_on_nan
from cgraph_cli.results.rows.computed import Column


def find_decisive(graph: Graph, output: int) -> frozenset[str]:
    """Find the inputs that leave an output, and its derivatives, without a number wherever they are none.

    The output that is an input itself has the derivative 1 all the same.
    """
    if graph.operations[output] == INPUT:
        return frozenset()
    found, pending, seen = set[str](), [output], {output}
    while pending:
        node = pending.pop()
        if graph.operations[node] == INPUT:
            found.add(graph.names[node] or "")
        operands = graph.operands_of(node)
        for position, operand in enumerate(operands):
            if operand not in seen and passes_on_nan(graph, node, position):
                seen.add(operand)
                pending.append(operand)
    return frozenset(found)


def find_undefined(decisive: Sequence[frozenset[str]], columns: Mapping[str, Column]) -> frozenset[int]:
    """Find the rows in which each output has an input that is no number, out of those that are `decisive` for it."""
    rows: frozenset[int] | None = None
    lost: dict[str, frozenset[int]] = {}
    for inputs in decisive:
        mine = frozenset[int]()
        for name in inputs & columns.keys():
            if name not in lost:
                lost[name] = _rows_without(columns[name])
            mine |= lost[name]
        rows = mine if rows is None else rows & mine
        if not rows:
            break
    return rows or frozenset()


def _rows_without(column: Column) -> frozenset[int]:
    if isinstance(column, float):
        return frozenset()
    if isinstance(column, list):
        return frozenset(at for at, number in enumerate(column) if isnan(number))
    import numpy as np

    return frozenset(np.flatnonzero(np.isnan(column)).tolist())
