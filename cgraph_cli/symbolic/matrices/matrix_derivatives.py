"""Derivatives of a program of arrays, as a program of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.symbolic.derivative_programs import MOST_SIMPLIFIED, Derivative, Derivatives
from cgraph_cli.symbolic.differentiate import append_named_derivatives
from cgraph_cli.symbolic.matrices.folding import fold
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.matrices.matrix_simplify import simplify_arrays
from cgraph_cli.symbolic.matrices.matrix_sweep import MatrixSweep


def derive_arrays(
    arrays: ArrayGraph,
    outputs: Sequence[int],
    wrt: Sequence[int],
    letters: Mapping[int, str],
    *,
    expand: bool = False,
) -> Derivatives:
    """Find the derivatives of some nodes, or of the sums of their elements, with respect to others."""
    labels = arrays.labels()
    graph, became = fold(arrays, letters)
    variables = [became[node] for node in wrt]
    found = []
    for output in outputs:
        of, label = became[output], labels[output]
        derivatives = append_named_derivatives(graph, of, variables, kind=MatrixSweep)
        found += [(f"Σ{label}" if arrays.shapes[output] else label, at, node) for at, node in enumerate(derivatives)]
    for output in outputs:
        node = became[output]
        if output not in wrt and node not in graph.operands and graph.operations[node] != INPUT:
            graph.names[node] = None
    called = [graph.names[node] or "" for *_, node in found]
    if expand:
        graph.names = [
            name if graph.operations[node] == INPUT else None for node, name in enumerate(graph.names)
        ]
    simplified = len(graph) <= MOST_SIMPLIFIED
    if simplified:
        graph, kept = simplify_arrays(graph, [*variables, *(node for *_, node in found)])
        found = [(label, at, node) for (label, at, _), node in zip(found, kept[len(wrt) :], strict=True)]
        graph, kept = with_factors(graph, [node for *_, node in found])
        found = [(label, at, node) for (label, at, _), node in zip(found, kept, strict=True)]
    entries = [
        Derivative(name, label, (labels[wrt[at]],), graph, node)
        for name, (label, at, node) in zip(called, found, strict=True)
    ]
    return Derivatives(arrays, entries, expand, simplified)


def with_factors(graph: MatrixGraph, keep: Sequence[int]) -> tuple[MatrixGraph, list[int]]:
    """Write the number before a matrix product as a factor of its first matrix, as people do: `2*A.T @ x`."""
    uses = [0] * len(graph)
    for operand in graph.operands:
        uses[operand] += 1
    result = MatrixGraph(graph.source, graph.max_nodes)
    result.letters, result.constants = graph.letters, graph.constants
    nodes, became = MatrixBuilder(result), list[int]()
    for node, operation in enumerate(graph.operations):
        operands = [became[each] for each in graph.operands_of(node)]
        nodes.offset = graph.offsets[node]
        product = _product_of(graph, node, uses)
        if not operands and operation in (INPUT, CONSTANT):
            copy = result.append_array(operation, (), graph.offsets[node], graph.shapes[node], graph.numbers[node])
        elif product is not None:
            copy = _scaled(nodes, became, graph, product, operation, operands)
        else:
            copy = result.append(operation, operands, graph.offsets[node])
        if node in graph.tensors:
            result.tensors[copy] = graph.tensors[node]
        if node in graph.spellings:
            result.spellings[copy] = graph.spellings[node]
        name = graph.names[node]
        if name is not None:
            result.name(copy, name, graph.definitions[node])
        became.append(copy)
    return result, [became[node] for node in keep]


def _product_of(graph: MatrixGraph, node: int, uses: Sequence[int]) -> int | None:
    """Find the matrix product that a node multiplies by a number, if it is used for that only."""
    operation, operands = graph.operations[node], graph.operands_of(node)
    if operation not in ("*", "neg") or (operation == "*" and graph.shapes[operands[0]]):
        return None
    product = operands[-1]
    alone = uses[product] == 1 and graph.names[product] is None
    return product if alone and graph.operations[product] == "@" and graph.shapes[product] else None


def _scaled(
    nodes: MatrixBuilder, became: Sequence[int], graph: MatrixGraph, product: int, operation: str, operands: list[int]
) -> int:
    """Multiply the first matrix of a product, in place of the product."""
    rights, first = [], product
    while graph.operations[first] == "@" and graph.names[first] is None:
        first, right = graph.operands_of(first)
        rights.append(became[right])
    result = nodes.graph
    copy = result.append(operation, [*operands[:-1], became[first]], nodes.offset)
    for right in reversed(rights):
        copy = result.append("@", [copy, right], nodes.offset)
    return copy
