"""Folding: a graph of arrays with calls, such as `softmax(x)`, as operations, and with its gradients written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cgraph_cli.core.array_graph import ArrayGraph, joined, split
from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.core.reach import ancestors
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.matrices.matrix_sweep import MatrixSweep

_FOLDED = frozenset({"outer", "diag", "trace", "dot", "softmax", "log_softmax", "cross_entropy"})
"""Calls with a transpose of their own; others are differentiated by their definitions."""


def fold(arrays: ArrayGraph, letters: Mapping[int, str]) -> tuple[MatrixGraph, dict[int, int]]:
    """Copy a program's graph with calls as operations; gives the new place of each node."""
    graph = MatrixGraph(arrays.source, arrays.max_nodes)
    graph.letters, graph.constants = dict(letters), set(arrays.constants)
    became: dict[int, int] = {}

    wanted = {node for node, name in enumerate(arrays.names) if name is not None}
    wanted.update(arrays.outputs, [arrays.output])
    for node in sorted(ancestors(arrays, wanted, lambda node: folded_operands(arrays, node))):
        copy = became[node] = copy_operation(
            arrays, node, graph, [became[each] for each in folded_operands(arrays, node)]
        )
        name = arrays.names[node]
        if name is not None and "[" not in name and graph.operations[copy] != INPUT:
            if graph.names[copy] is not None:
                copy = became[node] = graph.append("identity", (copy,), arrays.offsets[node])
            graph.name(copy, name, arrays.definitions[node])
    graph.output = became[arrays.output]
    graph.outputs = [became[node] for node in arrays.outputs]
    return graph, became


def folded_operands(arrays: ArrayGraph, node: int) -> Sequence[int]:
    """List the operands of a node in the graph with calls as operations."""
    return arrays.calls[node][1] if _is_folded(arrays, node) else arrays.operands_of(node)


def _is_folded(arrays: ArrayGraph, node: int) -> bool:
    if node not in arrays.calls:
        return False
    operation, called = arrays.calls[node]
    name, _ = split(operation)
    shapes = [arrays.shapes[each] for each in called]
    if name == "cross_entropy":
        return [len(shape) for shape in shapes] == [2, 1]
    return name in _FOLDED and (name not in ("diag", "trace") or len(set(shapes[0])) == 1)


def copy_operation(arrays: ArrayGraph, node: int, graph: MatrixGraph, operands: list[int]) -> int:
    """Copy a node to a graph with calls as operations."""
    operation, offset = arrays.operations[node], arrays.offsets[node]
    shape, number = arrays.shapes[node], arrays.numbers[node]
    if node in arrays.gradients:
        of, wrt = operands
        sweep = MatrixSweep(graph, of, [wrt], offset)
        sweep.run()
        return graph.append("identity", (sweep.derivative(wrt),), offset)
    if _is_folded(arrays, node):
        name = arrays.calls[node][0]
        return graph.append("@" if name == "dot" else name, operands, offset)
    tensor = arrays.tensor(node)
    if operation == CONSTANT and tensor is not None:
        leaf = _leaf(tensor)
        if leaf:
            return graph.append(leaf, (), offset)
    elif operation == CONSTANT and number in graph.letters and number is not None:
        return graph.append(joined("size", (int(number),)), (), offset)
    copy = graph.append_array(operation, operands, offset, shape, number)
    if node in arrays.spellings:
        graph.spellings[copy] = arrays.spellings[node]
    if operation == INPUT:
        graph.name(copy, arrays.names[node] or "", arrays.definitions[node])
    return copy


def _leaf(tensor: Tensor[float]) -> str:
    """Name a constant array that the language has a word for."""
    shape, items = tensor.shape, tensor.items
    if not items:
        return ""
    if all(item == items[0] for item in items) and items[0] in (0, 1):
        return joined("ones" if items[0] else "zeros", shape)
    if len(shape) == 1 and list(items) == list(map(float, range(len(items)))):
        return joined("range", shape)
    if len(shape) == 2 and shape[0] == shape[1]:
        size = shape[0]
        if all(item == (at // size == at % size) for at, item in enumerate(items)):
            return joined("eye", shape[:1])
    return ""
