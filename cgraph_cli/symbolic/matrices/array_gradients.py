"""Gradients in a program of arrays, written out as arrays."""

from __future__ import annotations

from cgraph_cli.core.array_graph import ArrayGraph, ArrayProgram, number_elements
from cgraph_cli.core.errors import ProgramError
from cgraph_cli.symbolic.grad_nodes import expand
from cgraph_cli.symbolic.matrices.links import NoArrayForm
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.matrices.matrix_sweep import MatrixSweep


def expand_arrays(arrays: ArrayGraph) -> ArrayGraph:
    """Return a graph of arrays in which each `grad(y, x)` is the nodes that compute it, which are hidden.

    Its elements are numbered. A graph whose gradients are written out is returned as it is. Raises `ProgramError`
    where a gradient has no form in arrays.
    """
    graphs = (arrays, *(assertion.graph for assertion in arrays.assertions))
    if not any(graph.operations[node] == "grad" for graph in graphs for node in graph.gradients):
        return arrays
    try:
        result, became = expand(arrays, MatrixGraph, MatrixSweep)
    except NoArrayForm as error:
        spans = [arrays.span(node) for node in list(arrays.gradients)[:1]]
        what = f"the gradient goes through {error}, which is not known for large arrays"
        help = "smaller arrays are computed element by element: give inputs of fewer elements"
        raise ProgramError(what, spans, help) from None
    assert isinstance(result, ArrayGraph)
    result.hidden.update(became[node] for node in arrays.hidden)
    result.letters = dict(arrays.letters)
    result.calls = {
        became[node]: (name, tuple(became[each] for each in called)) for node, (name, called) in arrays.calls.items()
    }
    result.arrays = ArrayProgram(result, number_elements(result))
    return result
