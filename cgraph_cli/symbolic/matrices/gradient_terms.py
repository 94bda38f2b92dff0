"""Terms of an adjoint that come through a `grad(y, x)`, as expressions: second derivatives, one array at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, split
from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.core.reach import ancestors, between
from cgraph_cli.symbolic.differentiate import Adjoint
from cgraph_cli.symbolic.graph_builder import ONE, Value
from cgraph_cli.symbolic.matrices.adjoint_terms import ADJOINT, FIRST_SIGN, ArrayFormula
from cgraph_cli.symbolic.matrices.folding import copy_operation, folded_operands
from cgraph_cli.symbolic.matrices.links import NoArrayForm
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.matrices.matrix_simplify import simplify_arrays
from cgraph_cli.symbolic.matrices.matrix_sweep import MatrixSweep

TermsOf = Callable[[int], "dict[int, ArrayFormula] | None"]
"""A function that finds the terms of a gradient."""


def gradient_terms(arrays: ArrayGraph, user: int, terms_of: TermsOf) -> dict[int, ArrayFormula] | None:
    """Write the terms that a gradient passes on to the arrays that it is computed from.

    `terms_of` has those of the gradients before it, which it may go through. None where an operation without a form in
    the language lies on its way.
    """
    of, wrt = arrays.gradients[user]
    operands_of = partial(_operands_of, arrays, terms_of)
    inside = between(arrays, [wrt], of, operands_of) - {wrt}
    ends = {wrt, *inside, *(operand for each in inside for operand in operands_of(each))}
    reached = sorted(ancestors(arrays, ends, lambda each: operands_of(each) if each in arrays.hidden else ()))
    if any(arrays.operations[each] == ELEMENTS for each in reached):
        return None
    if any(terms_of(each) is None for each in inside.intersection(arrays.gradients)):
        return None
    try:
        return _sweep(*_differentiate(arrays, user, inside, reached, terms_of), user)
    except (NoArrayForm, KeyError):
        return None


def _differentiate(
    arrays: ArrayGraph, user: int, inside: set[int], reached: Sequence[int], terms_of: TermsOf
) -> tuple[MatrixGraph, int, dict[int, int], dict[int, int]]:
    """Write a gradient operation by operation, so that each stands for itself; gives the nodes of the program's arrays,
    and for those of hidden ones the copies that they are written out as.

    Each array has an input in the graph, and each that is passed by a copy of its operation beside it; a gradient that
    is passed has its terms.
    """
    of, wrt = arrays.gradients[user]
    graph = MatrixGraph(arrays.source, arrays.max_nodes)
    became: dict[int, int] = {}
    written: dict[int, int] = {}
    for node in reached:
        if arrays.operations[node] == CONSTANT:
            became[node] = _copy(arrays, node, graph, became, terms_of)
        elif node in arrays.hidden:
            whole = _copy(arrays, node, graph, became, terms_of)
            became[node] = graph.append_array(INPUT, (), arrays.offsets[node], arrays.shapes[node])
            written[became[node]] = whole
        else:
            became[node] = graph.append_array(INPUT, (), arrays.offsets[node], arrays.shapes[node])
    program = {copy: node for node, copy in became.items() if node not in arrays.hidden}
    adjoints: dict[int, Value] = {of: ONE}
    for node in sorted(inside, reverse=True):
        operands = _operands_of(arrays, terms_of, node)
        if node in arrays.gradients:
            nodes = MatrixBuilder(graph)
            adjoint = nodes.full(adjoints[node], arrays.shapes[node])
            for end, formula in (terms_of(node) or {}).items():
                if end in inside or end == wrt:
                    term = _insert(formula, graph, became, adjoint)
                    adjoints[end] = nodes.emit("+", adjoints[end], term) if end in adjoints else term
            continue
        copy = written[became[node]] if node in arrays.hidden else _copy(arrays, node, graph, became, terms_of)
        if node not in arrays.hidden:
            program[copy] = node
        ends = [each for each in dict.fromkeys(operands) if each in inside or each == wrt]
        sweep = MatrixSweep(graph, copy, [became[each] for each in ends], arrays.offsets[user])
        sweep.adjoints[copy] = Adjoint(adjoints[node], False, sweep.ever, True)
        sweep.run()
        for end in ends:
            term = sweep.derivative(became[end])
            adjoints[end] = sweep.nodes.emit("+", adjoints[end], term) if end in adjoints else term
    return graph, MatrixBuilder(graph).node(adjoints[wrt]), program, written


def _insert(formula: ArrayFormula, graph: MatrixGraph, became: Mapping[int, int], adjoint: int) -> int:
    """Copy a formula to a graph, with its nodes for the program's arrays and an adjoint."""
    source, copies = formula.graph, dict[int, int]()
    for node in sorted(ancestors(source, [formula.node])):
        name = source.names[node]
        if source.operations[node] == INPUT and name is not None:
            copies[node] = adjoint if name == ADJOINT else became[formula.signs[name]]
        else:
            copies[node] = graph.append_copy(source, node, [copies[each] for each in source.operands_of(node)])
    return copies[formula.node]


def _is_written_out(arrays: ArrayGraph, node: int) -> bool:
    """Tell whether a call stands for its definition: softmax, whose slope is told by its result, as that of `exp`."""
    return node in arrays.calls and split(arrays.calls[node][0])[0] == "softmax"


def _operands_of(arrays: ArrayGraph, terms_of: TermsOf, node: int) -> Sequence[int]:
    """List the arrays that one is computed from: of a gradient those that its terms lead to, or name."""
    terms = terms_of(node) if node in arrays.gradients else None
    if terms is not None:
        named = {each for formula in terms.values() for each in formula.signs.values()}
        return sorted({*terms, *named} - {node})
    return arrays.operands_of(node) if _is_written_out(arrays, node) else folded_operands(arrays, node)


def _copy(arrays: ArrayGraph, node: int, graph: MatrixGraph, became: Mapping[int, int], terms_of: TermsOf) -> int:
    operands = [became[each] for each in _operands_of(arrays, terms_of, node)]
    if _is_written_out(arrays, node):
        return graph.append_copy(arrays, node, operands)
    return copy_operation(arrays, node, graph, operands)


def _sweep(
    graph: MatrixGraph, found: int, program: dict[int, int], written: dict[int, int], user: int
) -> dict[int, ArrayFormula]:
    """Sweep back over the nodes of a derivative alone, down to the nodes that stand for those of the `program`."""
    alone = MatrixGraph(graph.source, graph.max_nodes)
    became: dict[int, int] = {}
    inputs: dict[int, int] = {}
    signs = {chr(FIRST_SIGN + 1): user}

    def operands_of(node: int) -> Sequence[int]:
        return (written[node],) if node in written else () if node in program else graph.operands_of(node)

    for node in sorted(ancestors(graph, [found], operands_of)):
        if node in written:
            became[node] = became[written[node]]
            continue
        if node not in program or graph.operations[node] == CONSTANT:
            became[node] = alone.append_copy(graph, node, [became[each] for each in operands_of(node)])
            continue
        if program[node] in inputs:
            became[node] = inputs[program[node]]
            continue
        became[node] = inputs[program[node]] = alone.append_array(INPUT, (), graph.offsets[node], graph.shapes[node])
        sign = chr(FIRST_SIGN + 1 + len(signs))
        signs[sign] = program[node]
        alone.name(became[node], sign, 0)
    adjoint = alone.append_array(INPUT, (), graph.offsets[found], graph.shapes[found])
    alone.name(adjoint, ADJOINT, 0)
    ends = {end: node for node, end in inputs.items()}
    sweep = MatrixSweep(alone, became[found], list(ends), graph.offsets[found])
    if became[found] not in sweep.adjoints:
        return {}
    sweep.adjoints[became[found]] = Adjoint(adjoint, False, sweep.ever, True)
    sweep.run()
    terms = {node: sweep.derivative(end) for end, node in ends.items() if end in sweep.adjoints}
    simple, kept = simplify_arrays(alone, list(terms.values()))
    return {node: ArrayFormula(simple, each, signs) for node, each in zip(terms, kept, strict=True)}
