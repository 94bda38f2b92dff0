"""The plan of emitted code in arrays: a graph of arrays with the program and its derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.emit.plan import Argument, ElementGroup, Plan, in_arrays
from cgraph_cli.emit.target import Target
from cgraph_cli.symbolic.differentiate import append_named_derivatives
from cgraph_cli.symbolic.matrices.folding import fold
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.matrices.matrix_sweep import MatrixSweep


class ArrayPlan(Plan):
    """A program of arrays with its derivatives, each array a node.

    `defaults` are those of the inputs' elements, by name. Raises `NoArrayForm` for a derivative without one.
    """

    in_arrays = True

    def __init__(
        self,
        arrays: ArrayGraph,
        outputs: Sequence[int],
        wrt: Sequence[int],
        defaults: Mapping[str, Sequence[float | None]],
        *,
        gradient: bool = True,
    ) -> None:
        self.program = arrays = arrays.with_classes()
        self.graph, became = fold(arrays, {})
        self.defaults = defaults
        labels, shapes = arrays.labels(), arrays.shapes
        self.outputs = [ElementGroup(labels[each], shapes[each], [became[each]], True) for each in outputs]
        self.wrt = [ElementGroup(labels[each], shapes[each], [became[each]], True) for each in wrt]
        self.places = list(wrt)
        self.gradient = []
        self.hessian = []
        self.adjoints = []
        self.partials = []
        self.depends = []
        if gradient:
            places = [became[each] for each in wrt]
            for output in outputs:
                self.gradient.append(append_named_derivatives(self.graph, became[output], places, kind=MatrixSweep))

    def simplified(self, *, exactly: bool) -> tuple[Graph, list[int]]:
        """Return a smaller graph, and the places of `nodes` in it; with `exactly`, elementwise doubles stay."""
        from cgraph_cli.symbolic.exact import simplify_exactly
        from cgraph_cli.symbolic.matrices.matrix_derivatives import with_factors
        from cgraph_cli.symbolic.matrices.matrix_simplify import simplify_arrays

        assert isinstance(self.graph, MatrixGraph)
        if exactly:
            return simplify_arrays(self.graph, self.nodes(), simplify_exactly)
        return with_factors(*simplify_arrays(self.graph, self.nodes()))

    def arguments(self) -> list[Argument]:
        """List the inputs, those of `wrt` first."""
        program = self.program
        assert isinstance(program, ArrayGraph)
        nodes = [node for node in [*self.places, *program.inputs()] if program.operations[node] == INPUT]
        names = {program.names[node] or "": program.shapes[node] for node in nodes}
        return [Argument(name, shape, self.defaults.get(name, [None])) for name, shape in names.items()]


def plan_in_arrays(
    graph: Graph, of: Sequence[int], wrt: Sequence[int] | None, target: Target, *, gradient: bool
) -> ArrayPlan | None:
    """Plan the code of a program in arrays.

    None for a request of other nodes than arrays, or without an array form that the target can write.
    """
    from cgraph_cli.symbolic.matrices.links import NoArrayForm

    assert graph.arrays is not None
    arrays = graph.arrays.graph
    outputs = _arrays_of(graph, of) if of else [arrays.output]
    sources = list(arrays.inputs()) if wrt is None else _arrays_of(graph, wrt)
    if not target.structures or -1 in (*outputs, *sources):
        return None
    if not any(arrays.shapes[node] for node in [*arrays.inputs(), *outputs]):
        return None  # a function of numbers, which targets such as NumPy broadcast
    try:
        plan = ArrayPlan(arrays, outputs, sources, _defaults_of(graph), gradient=gradient)
    except NoArrayForm:
        return None
    return plan if target.can_write(plan.graph) else None


def _arrays_of(graph: Graph, nodes: Sequence[int]) -> list[int]:
    """Find the arrays whose elements some nodes of a scalar program are, all of each; -1 for any other node."""
    if isinstance(graph, ArrayGraph) or graph.arrays is None:
        return list(nodes)
    labels = {label: node for node, label in enumerate(graph.arrays.graph.labels())}
    return [labels.get(group.label, -1) for group in in_arrays(graph, nodes)]


def _defaults_of(graph: Graph) -> dict[str, Sequence[float | None]]:
    assert graph.arrays is not None
    arrays, found = graph.arrays.graph, dict[str, Sequence[float | None]]()
    for node in arrays.with_classes().inputs():
        name = arrays.names[node] or ""
        if arrays is not graph and name not in arrays.classes:
            found[name] = [graph.numbers[each] for each in graph.arrays.elements[node].items]
        else:
            tensor = arrays.tensor(node)
            found[name] = [arrays.numbers[node]] if tensor is None else tensor.items
    return found
