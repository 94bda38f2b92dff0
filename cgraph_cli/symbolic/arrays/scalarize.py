"""Scalarization: a graph of arrays as the scalar program that it means, an element a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import prod
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, parts_of, split
from cgraph_cli.core.graph import CONSTANT, INPUT, Assertion, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Shape, Tensor, gather, indices, show_index, spread, strides
from cgraph_cli.symbolic.arrays.linear_algebra import LINEAR_ALGEBRA
from cgraph_cli.symbolic.arrays.misfits import grad_of_array
from cgraph_cli.symbolic.arrays.operations import GATHERS, arranged, joined_positions, lanes
from cgraph_cli.symbolic.arrays.scalars import Nodes, Scalars


def scalarize(arrays: ArrayGraph, given: Mapping[str, Tensor[float]]) -> tuple[Graph, list[Nodes]]:
    """Write a graph of arrays as a scalar program; returns it with the nodes of each array's elements.

    An element of a named array has a name: `W[0,1]`. Nodes other than elements are hidden. Raises `ProgramError` for
    more than `max_nodes` nodes.
    """
    scalars = Scalars(arrays, given, any(split(each)[0] in LINEAR_ALGEBRA for each in set(arrays.operations)))
    graph = scalars.graph
    found: list[Nodes] = []
    for node, operation in enumerate(arrays.operations):
        scalars.offset = arrays.offsets[node]
        start = len(graph)
        operands = [found[operand] for operand in arrays.operands_of(node)]
        elements = _elements(scalars, node, operation, operands)
        if operation != CONSTANT or arrays.names[node] is not None:  # an empty sum is a node of its own
            elements = elements.map(
                lambda each: scalars.append("identity", each) if graph.operations[each] == CONSTANT else each
            )
        found.append(elements)
        mine = set(elements.items)
        hidden = node in arrays.hidden
        graph.hidden.update(each for each in range(start, len(graph)) if hidden or each not in mine)
        _name(graph, arrays, node, elements)
    graph.outputs = [found[node].items[-1] for node in arrays.outputs if found[node].items]
    graph.constants = {
        graph.names[each] or ""
        for name in arrays.constants
        if name in arrays.nodes
        for each in found[arrays.nodes[name]].items
    }
    if arrays.output >= 0:
        graph.output = scalars.total(found[arrays.output].items)
        if graph.output not in found[arrays.output].items:
            graph.hidden.add(graph.output)
            graph.offsets[graph.output] = arrays.offsets[arrays.output]
    graph.ranges = dict(arrays.ranges)
    for assertion in arrays.assertions:
        graph.assertions += _assertions(assertion, found)
    return graph, found


def _elements(scalars: Scalars, node: int, operation: str, operands: list[Nodes]) -> Nodes:
    """Write one array, an element a node."""
    arrays, shape = scalars.arrays, scalars.arrays.shapes[node]
    if operation == INPUT:
        return scalars.input(node)
    if operation == CONSTANT:
        tensor = arrays.tensor(node)
        if tensor is None:
            return Tensor((), [scalars.constant(arrays.constant(node), arrays.spellings.get(node, ""))])
        return tensor.map(scalars.constant)
    if node in arrays.gradients:
        return _gradient(scalars, operands)
    scalars.graph.reserve(prod(shape), arrays.offsets[node])
    if operation in PRIMITIVES:
        wide = [operand.take(shape, spread(operand.shape, shape)) for operand in operands]
        items = [scalars.append(operation, *each) for each in zip(*(operand.items for operand in wide), strict=True)]
        return Tensor(shape, items)
    name, args = split(operation)
    if name in GATHERS:
        (operand,) = operands
        found = operand.take(*arranged(name, args, operand.shape))
        return found if parts_of(arrays, node) else scalars.copied(found)
    if name in PRIMITIVES:
        (operand,) = operands
        if not prod(operand.shape):
            return Tensor(shape, [scalars.constant(float(name == "prod")) for _ in range(prod(shape))])
        places = lanes(operand.shape, args[0])
        return Tensor(shape, [scalars.append(name, *(operand.items[at] for at in lane)) for lane in places])
    return STRUCTURES[name](scalars, args, operands, shape)


def _gradient(scalars: Scalars, operands: list[Nodes]) -> Nodes:
    """Write a gradient, an element a node; `symbolic.grad_nodes` appends the nodes that compute it."""
    of, wrt = operands
    items = []
    for each in wrt.items:
        node = scalars.graph.append("grad", (of.item, each), scalars.offset)
        scalars.graph.gradients[node] = (of.item, each)
        items.append(node)
        if scalars.numbers is not None:
            scalars.numbers.append(float("nan"))
    return Tensor(wrt.shape, items)


def _product(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    """Write a matrix product; of more than two axes, one for each of the leading places."""
    x, y = operands
    rows, inner = (x.shape[-2] if len(x.shape) > 1 else 1), x.shape[-1]
    columns = y.shape[-1] if len(y.shape) > 1 else 1
    batch = shape[: len(shape) - (len(x.shape) > 1) - (len(y.shape) > 1)]
    lefts = _blocks(x, batch, rows * inner)
    rights = _blocks(y, batch, inner * columns)
    items = []
    for left, right in zip(lefts, rights, strict=True):
        for row in range(rows):
            for column in range(columns):
                pairs = ((left[row * inner + k], right[k * columns + column]) for k in range(inner))
                items.append(scalars.total([scalars.append("*", *pair) for pair in pairs]))
    return Tensor(shape, items)


def _blocks(x: Nodes, batch: Shape, size: int) -> list[list[int]]:
    """List the matrices of a stack, each as often as a batch repeats it."""
    own = x.shape[:-2]
    if size == 0:
        return [[]] * prod(batch)
    blocks = [list(x.items[at : at + size]) for at in range(0, len(x.items), size)]
    return [blocks[at] for at in spread(own, batch)]


def _array(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    return scalars.copied(_elements_in(scalars, args, operands, shape))


def _elements_in(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    return Tensor(shape, [item for operand in operands for item in operand.items])


def _concat(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    _, places = joined_positions([operand.shape for operand in operands], args[0])
    return scalars.copied(Tensor(shape, [operands[at].items[position] for at, position in places]))


def _stack(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    axis = args[0]
    wide = [Tensor((*each.shape[:axis], 1, *each.shape[axis:]), each.items) for each in operands]
    return _concat(scalars, args, wide, shape)


def _cumsum(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    sums = list(accumulate(operands[0].items, lambda total, each: scalars.append("+", total, each)))
    return scalars.copied(Tensor(shape, sums))


def _convolution(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    x, w = operands
    _, inner = gather(w.shape, strides(x.shape))
    _, starts = gather(shape, strides(x.shape))
    items = []
    for start in starts:
        pairs = ((x.items[start + step], each) for step, each in zip(inner, w.items, strict=True))
        items.append(scalars.total([scalars.append("*", *pair) for pair in pairs]))
    return Tensor(shape, items)


STRUCTURES: dict[str, Callable[[Scalars, tuple[Any, ...], list[Nodes], Shape], Nodes]] = {
    "@": _product,
    "array": _array,
    ELEMENTS: _elements_in,
    "concat": _concat,
    "stack": _stack,
    "cumsum": _cumsum,
    "conv1d": _convolution,
    "conv2d": _convolution,
    **LINEAR_ALGEBRA,
}
"""The structural operations in scalars, beside the gathers and the reductions."""


def _name(graph: Graph, arrays: ArrayGraph, node: int, elements: Nodes) -> None:
    """Name the elements of a named array that have no names of their own."""
    name = arrays.names[node]
    if name is None or arrays.operations[node] == INPUT:
        return
    for index, each in zip(indices(elements.shape), elements.items, strict=True):
        label = f"{name}{show_index(index)}" if index else name
        if label in graph.nodes:
            continue
        if graph.names[each] is None and graph.operations[each] != CONSTANT:
            graph.name(each, label, arrays.definitions[node])
        else:
            graph.nodes[label] = each


def _assertions(assertion: Assertion, found: Sequence[Nodes]) -> list[Assertion]:
    """Write an assertion over arrays as one for each element of its condition."""
    inside = assertion.graph
    assert isinstance(inside, ArrayGraph)
    graph, elements = scalarize(inside, {})
    graph.hidden.clear()
    bindings: dict[int, tuple[int] | tuple[int, int]] = {}
    for reference, bound in assertion.bindings.items():
        targets = [found[node] for node in bound]
        for at, each in enumerate(elements[reference].items):
            if len(targets) == 1:
                bindings[each] = (targets[0].items[at],)
            else:
                if targets[0].shape:
                    raise grad_of_array(targets[0].shape, inside.span(reference), True)
                bindings[each] = (targets[0].item, targets[1].items[at])
    copies = []
    conditions = elements[inside.output]
    for index, condition in zip(indices(conditions.shape), conditions.items, strict=True):
        copy = Assertion(graph.copy(), assertion.offset)
        copy.element = show_index(index) if index else ""
        copy.graph.output = condition
        copy.bindings, copy.tolerance = dict(bindings), assertion.tolerance
        copies.append(copy)
    return copies
