"""Static numbers, which are known before evaluation: sizes, places, axes."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Tensor, spread, stack
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.symbolic.arrays.operations import broadcast
from cgraph_cli.symbolic.arrays.values import Copy


class Unknown(Exception):
    """An error of a number that is not static."""


class UnknownNode(Exception):
    """An error of a copy's node whose number is not static."""

    def __init__(self, frame: Copy, node: int) -> None:
        super().__init__()
        self.frame = frame
        self.node = node


def whole(tensor: Tensor[float]) -> int:
    """Read a whole number. Raises `Unknown` for anything else."""
    if tensor.shape or tensor.item != tensor.item or abs(tensor.item) > 1e18 or tensor.item != int(tensor.item):
        raise Unknown
    return int(tensor.item)


def compute(graph: Graph, node: int, operands: Sequence[Tensor[float]]) -> Tensor[float]:
    """Compute a node from known operands. Raises `Unknown` for an operation that is not static."""
    operation = graph.operations[node]
    if operation == CONSTANT:
        return Tensor((), [graph.constant(node)])
    if operation == "array":
        return stack(operands)
    if operation not in PRIMITIVES or node in graph.details:
        raise Unknown
    function = DOUBLE.function(operation)
    if len(operands) == 1 and PRIMITIVES[operation].variadic:
        return Tensor((), [function(*operands[0].items)])
    shape = broadcast([operand.shape for operand in operands])
    wide = [operand.take(shape, spread(operand.shape, shape)) for operand in operands]
    return Tensor(shape, [function(*each) for each in zip(*(operand.items for operand in wide), strict=True)])
