"""Derivatives of a program of arrays, as a program of arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.graph import CONSTANT, INPUT, LEAVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.symbolic.derivative_programs import MOST_SIMPLIFIED, Derivative, Derivatives, check_length
from cgraph_cli.symbolic.differentiate import append_named_derivatives, derivative_name, free_name
from cgraph_cli.symbolic.matrices.element_builder import ElementBuilder
from cgraph_cli.symbolic.matrices.folding import fold
from cgraph_cli.symbolic.matrices.links import NoArrayForm
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.matrices.matrix_simplify import simplify_arrays
from cgraph_cli.symbolic.matrices.matrix_sweep import MatrixSweep
from cgraph_cli.symbolic.matrices.second_derivatives import append_block

FoundDerivative = tuple[str, tuple[int, ...], int]
"""A derivative: the label of the output, the positions of the variables in `wrt`, and the node."""


MissingDerivative = tuple[int, str, tuple[int, ...], str]
"""A derivative without an array form: its place, the label of the output, the variables' positions, and its name."""


def derive_arrays(
    arrays: ArrayGraph,
    outputs: Sequence[int],
    wrt: Sequence[int],
    letters: Mapping[int, str],
    order: int = 1,
    *,
    expand: bool = False,
    by_element: Callable[[], Derivatives] | None = None,
    picked: Sequence[int] = (),
) -> Derivatives:
    """Find the derivatives of some nodes, or of the sums of their elements, with respect to others.

    Outputs that are `picked` are elements of an array, and are differentiated by its operation. The second order is
    found between vectors and numbers; `by_element` finds it between others. Raises `NoArrayForm` for an operation
    without a form in the language.
    """
    labels = arrays.labels()
    graph, became = fold(arrays, letters)
    for output in picked:
        became[output] = _written_out(graph, became[output], [became[node] for node in wrt])
    variables = [became[node] for node in wrt]
    for node, variable in zip(wrt, variables, strict=True):  # an element of a recurrence
        if "[" in (arrays.names[node] or "") and graph.names[variable] is None:
            word = re.sub(r"\W+", "_", arrays.names[node] or "").rstrip("_")
            graph.name(variable, free_name(graph, word), graph.offsets[variable])
    own = {name for node, name in enumerate(graph.names) if name is not None}
    found: list[FoundDerivative] = []
    for output in outputs:
        label = f"Σ{labels[output]}" if arrays.shapes[output] else labels[output]
        derivatives = append_named_derivatives(graph, became[output], variables, kind=MatrixSweep, in_steps=True)
        found += [(label, (at,), node) for at, node in enumerate(derivatives)]
    for output in outputs:
        node = became[output]
        if output not in wrt and node not in graph.operands and graph.operations[node] != INPUT:
            graph.names[node] = None
    missing: list[MissingDerivative] = []
    if order == 2:
        graph, found, missing = _second(graph, variables, found, own)
        if missing and (by_element is None or not found):
            raise NoArrayForm("a second derivative with more than two axes")
    called = [graph.names[node] or "" for *_, node in found]
    if expand:
        graph.names = [name if graph.operations[node] == INPUT else None for node, name in enumerate(graph.names)]
    simplified = len(graph) <= MOST_SIMPLIFIED
    if simplified:
        graph, kept = simplify_arrays(graph, [node for *_, node in found])
        graph, kept = with_factors(graph, kept)
        found = [(label, path, node) for (label, path, _), node in zip(found, kept, strict=True)]
    if missing and by_element is not None:
        others = {(entry.of, entry.wrt): entry for entry in by_element().entries}
        for place, label, path, name in missing:
            other = others[label, tuple(labels[wrt[at]] for at in path)]
            node = graph.append("identity", (_copy_into(graph, other),), 0)
            graph.name(node, free_name(graph, name), 0)
            found.insert(place, (label, path, node))
            called.insert(place, graph.names[node] or "")
    for name, (*_, node) in zip(called, found, strict=True):
        if expand:
            check_length(graph, node, name)
    entries = [
        Derivative(name, label, tuple(labels[wrt[at]] for at in path), graph, node)
        for name, (label, path, node) in zip(called, found, strict=True)
    ]
    return Derivatives(arrays, entries, expand, simplified)


def _written_out(graph: MatrixGraph, node: int, wrt: Sequence[int]) -> int:
    """Write an element of an array, under its name, by what the array is computed from, unless that is in `wrt`."""
    name, array, (operation, places) = graph.names[node], graph.operands_of(node)[0], split(graph.operations[node])
    if name is None or array in wrt or operation != "index" or not all(isinstance(place, int) for place in places):
        return node
    nodes = MatrixBuilder(graph)
    nodes.offset = graph.offsets[node]
    found = nodes.node(ElementBuilder(nodes).written(array, places))
    if graph.names[found] is not None or graph.operations[found] in LEAVES or found < node:
        found = graph.append("identity", (found,), nodes.offset)
    graph.names[node] = None
    graph.name(found, name, graph.definitions[node])
    return found


def _copy_into(graph: MatrixGraph, entry: Derivative) -> int:
    """Copy the nodes behind a derivative into another graph of the same inputs; returns its node there."""
    source, became = entry.graph, dict[int, int]()
    assert isinstance(source, MatrixGraph)
    for node in sorted(ancestors(source, [entry.node])):
        operation, offset, name = source.operations[node], source.offsets[node], source.names[node]
        if operation == INPUT and name is not None:
            became[node] = graph.nodes[name]
        else:
            operands = [became[each] for each in source.operands_of(node)]
            shape, number = source.shapes[node], source.numbers[node]
            became[node] = graph.append_array(operation, operands, offset, shape, number)
            if node in source.spellings:
                graph.spellings[became[node]] = source.spellings[node]
    return became[entry.node]


def _second(
    graph: MatrixGraph, variables: list[int], found: list[FoundDerivative], own: set[str]
) -> tuple[MatrixGraph, list[FoundDerivative], list[MissingDerivative]]:
    """Differentiate first derivatives once more, each pair of variables once; lists those without an array form."""
    if any(graph.names[node] is None for node in variables):
        raise NoArrayForm("second derivatives with respect to what has no name")
    called = {graph.names[node] or "" for *_, node in found}
    graph, kept = simplify_arrays(graph, [*variables, *(node for *_, node in found)])
    variables, firsts = kept[: len(variables)], kept[len(variables) :]
    blocks: list[FoundDerivative] = []
    missing: list[MissingDerivative] = []
    for (label, path, _), gradient in zip(found, firsts, strict=True):
        for at in range(path[0], len(variables)):
            name = derivative_name(graph, gradient, variables[at])
            try:
                block = append_block(graph, gradient, variables[at], at == path[0])
            except NoArrayForm:
                missing.append((len(blocks) + len(missing), label, (*path, at), name))
                continue
            if graph.names[block] is not None or graph.operations[block] in LEAVES:
                block = graph.append("identity", (block,), graph.offsets[gradient])
            graph.name(block, free_name(graph, name), graph.offsets[gradient])
            blocks.append((label, (*path, at), block))
    said = {node for *_, node in blocks}
    for node, known in enumerate(graph.names):
        if known is not None and node not in said and (known in called or known not in own):
            graph.names[node] = None
            graph.nodes.pop(known, None)
    return graph, blocks, missing


def with_factors(graph: MatrixGraph, keep: Sequence[int]) -> tuple[MatrixGraph, list[int]]:
    """Move the number before a matrix product to its first matrix, as people write it: `2*A.T @ x`."""
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
        if node in graph.spellings:
            result.spellings[copy] = graph.spellings[node]
        name = graph.names[node]
        if name is not None:
            result.name(copy, name, graph.definitions[node])
        became.append(copy)
    return result, [became[node] for node in keep]


def _product_of(graph: MatrixGraph, node: int, uses: Sequence[int]) -> int | None:
    """Find the matrix product that a node multiplies by a number, if it has no other use."""
    operation, operands = graph.operations[node], graph.operands_of(node)
    if operation not in ("*", "neg") or (operation == "*" and graph.shapes[operands[0]]):
        return None
    product = operands[-1]
    alone = uses[product] == 1 and graph.names[product] is None
    return product if alone and graph.operations[product] == "@" and graph.shapes[product] else None


def _scaled(
    nodes: MatrixBuilder, became: Sequence[int], graph: MatrixGraph, product: int, operation: str, operands: list[int]
) -> int:
    """Multiply the first matrix of a product by the number of the whole product."""
    rights, first = [], product
    while graph.operations[first] == "@" and graph.names[first] is None:
        first, right = graph.operands_of(first)
        rights.append(became[right])
    result = nodes.graph
    copy = result.append(operation, [*operands[:-1], became[first]], nodes.offset)
    for right in reversed(rights):
        copy = result.append("@", [copy, right], nodes.offset)
    return copy
