"""Operands that are no number: which of them leave a result without one, whatever the other operands are."""

from __future__ import annotations

from functools import cache
from itertools import product
from math import inf, isnan, nan

from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.evaluation.double import DOUBLE

_NUMBERS = (0.0, 1.0, -1.0, 0.5, 2.0, 1e300, inf, -inf)
"""The numbers of other operands at which a primitive is tried."""

_FEW = 3
"""The operands of a primitive that are tried: further ones are like the last."""


def passes_on_nan(graph: Graph, node: int, position: int) -> bool:
    """Tell whether a node is no number wherever its operand at a position is none."""
    operands = graph.operands_of(node)[:_FEW]
    known = tuple(graph.constant(each) if graph.operations[each] == CONSTANT else None for each in operands)
    return _passes_on(graph.operations[node], min(position, _FEW - 1), known)


@cache
def _passes_on(operation: str, position: int, known: tuple[float | None, ...]) -> bool:
    """Try whether a primitive of an operand that is no number is none, whatever the others are.

    Those of them that are constants are `known`.
    """
    function = DOUBLE.function(operation)
    tried = [(nan,) if at == position else _NUMBERS if number is None else (number,) for at, number in enumerate(known)]
    return all(isnan(function(*operands)) for operands in product(*tried))
