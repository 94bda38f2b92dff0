"""Terms of an adjoint, as expressions: the part of the gradient at an operand that comes from one of its users.

Each operation is differentiated by itself, with a further input for the gradient at its result.
"""

from __future__ import annotations

from typing import NamedTuple

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph
from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.language.latex import latex_expression
from cgraph_cli.language.write import write_expression
from cgraph_cli.symbolic.differentiate import Adjoint
from cgraph_cli.symbolic.matrices.folding import copy_operation, folded_operands
from cgraph_cli.symbolic.matrices.links import NoArrayForm
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.matrices.matrix_simplify import simplify_arrays
from cgraph_cli.symbolic.matrices.matrix_sweep import MatrixSweep

FIRST_SIGN = 0xE000
"""The first of the characters that stand for names; no program has them."""

ADJOINT = chr(FIRST_SIGN)
"""The character for the gradient at the result."""


class ArrayFormula(NamedTuple):
    """A formula, as the node of a graph of its own; `signs` are its characters for the program's arrays."""

    graph: MatrixGraph
    node: int
    signs: dict[str, int]

    def text(self) -> str:
        """Write the formula in the language."""
        return write_expression(self.graph, self.node)

    def latex(self) -> str:
        """Write the formula in LaTeX."""
        return latex_expression(self.graph, self.node)


def operation_formula_of(arrays: ArrayGraph, node: int) -> ArrayFormula | None:
    """Write the operation of an array; None for a gradient, and for a call that is no operation."""
    is_call = node in arrays.calls and folded_operands(arrays, node) is not arrays.calls[node][1]
    if node in arrays.gradients or is_call:
        return None
    formula, _ = _by_itself(arrays, node)
    return formula


def adjoint_term(arrays: ArrayGraph, user: int, operand: int, place: int | None = None) -> ArrayFormula | None:
    """Write the term of an operand's gradient that comes from `user`; None where the language has no form of it.

    The array of a recurrence has none: its gradient collects its elements' gradients, and passes nothing on. Its
    element at a `place` has one.
    """
    if user in arrays.gradients or operand not in folded_operands(arrays, user):
        return None
    if arrays.operations[user] == ELEMENTS or (arrays.operations[operand] == ELEMENTS) != (place is not None):
        return None
    (graph, node, signs), became = _by_itself(arrays, user)
    adjoint = graph.append_array(INPUT, (), arrays.offsets[user], arrays.shapes[user])
    graph.name(adjoint, ADJOINT, 0)
    sweep = MatrixSweep(graph, node, [became[operand]], arrays.offsets[user])
    if node not in sweep.adjoints:
        return None
    sweep.adjoints[node] = Adjoint(adjoint, False, sweep.ever, True)
    try:
        sweep.run()
        found = sweep.derivative(became[operand])
    except (NoArrayForm, KeyError):
        return None
    if place is not None:
        nodes = MatrixBuilder(graph)
        found = nodes.index(found, [place, *nodes.whole(arrays.shapes[operand][1:])])
    simple, (found,) = simplify_arrays(graph, [found])
    return ArrayFormula(simple, found, signs)


def _by_itself(arrays: ArrayGraph, node: int) -> tuple[ArrayFormula, dict[int, int]]:
    """Copy one operation to a graph of its own, whose inputs are its operands; gives their places in it."""
    graph = MatrixGraph(arrays.source, arrays.max_nodes)
    signs: dict[str, int] = {}
    became: dict[int, int] = {}

    def give_sign(copy: int, node: int) -> None:
        sign = chr(FIRST_SIGN + 1 + len(signs))
        signs[sign] = node
        graph.name(copy, sign, 0)

    for each in dict.fromkeys(folded_operands(arrays, node)):
        if arrays.operations[each] == CONSTANT:
            became[each] = copy_operation(arrays, each, graph, [])
        else:
            became[each] = graph.append_array(INPUT, (), arrays.offsets[each], arrays.shapes[each])
            give_sign(became[each], each)
    copy = copy_operation(arrays, node, graph, [became[each] for each in folded_operands(arrays, node)])
    give_sign(copy, node)
    return ArrayFormula(graph, copy, signs), became
