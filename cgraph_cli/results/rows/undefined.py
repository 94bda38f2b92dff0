"""Undefined rows: an input that is no number leaves none to what is computed from it on every way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from math import inf, isnan, nan

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.results.rows.computed import Column

_NUMBERS = (0.0, 1.0, -1.0, 0.5, 2.0, 1e300, inf, -inf)
"""The numbers of other operands at which a primitive is tried."""

_FEW = 3
"""The operands of a primitive that are tried: further ones are like the last."""


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
        known = tuple(graph.constant(each) if graph.operations[each] == CONSTANT else None for each in operands[:_FEW])
        for position, operand in enumerate(operands):
            if operand not in seen and _passes_on(graph.operations[node], min(position, _FEW - 1), known):
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


@cache
def _passes_on(operation: str, position: int, known: tuple[float | None, ...]) -> bool:
    """Try whether a primitive of an operand that is no number is none, whatever the others are.

    Those of them that are constants are `known`.
    """
    function = DOUBLE.function(operation)
    tried = [(nan,) if at == position else _NUMBERS if number is None else (number,) for at, number in enumerate(known)]
    return all(isnan(function(*operands)) for operands in product(*tried))
