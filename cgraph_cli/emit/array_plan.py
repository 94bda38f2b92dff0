"""The plan of emitted code in arrays: a graph of arrays that holds the program and the derivatives asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.emit.plan import Argument, ElementGroup, Plan
from cgraph_cli.symbolic.differentiate import append_named_derivatives
from cgraph_cli.symbolic.matrices.folding import fold
from cgraph_cli.symbolic.matrices.matrix_sweep import MatrixSweep


class ArrayPlan(Plan):
    """A program of arrays with its derivatives, each array a node.

    `defaults` are those of the inputs' elements, by name. Raises `NoArrayForm` where a derivative has none.
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
        self.program = arrays
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
        """Return the graph as it is: what is built in arrays is built by their laws."""
        return self.graph, self.nodes()

    def arguments(self) -> list[Argument]:
        """List the inputs, those of `wrt` first."""
        program = self.program
        assert isinstance(program, ArrayGraph)
        nodes = [node for node in [*self.places, *program.inputs()] if program.operations[node] == INPUT]
        names = {program.names[node] or "": program.shapes[node] for node in nodes}
        return [Argument(name, shape, self.defaults.get(name, [None])) for name, shape in names.items()]


def plan_in_arrays(
    graph: Graph, outputs: Sequence[ElementGroup], wrt: Sequence[ElementGroup] | None, *, gradient: bool
) -> ArrayPlan | None:
    """Plan the code of a program in arrays; None where what is asked for is no array of it, or has no array form."""
    from cgraph_cli.symbolic.matrices.links import NoArrayForm

    assert graph.arrays is not None
    arrays, defaults = graph.arrays.graph, {}
    for node in arrays.inputs():
        elements = graph.arrays.elements[node].items
        defaults[arrays.names[node] or ""] = [graph.numbers[each] for each in elements]
    labels = {label: node for node, label in enumerate(arrays.labels())}
    sources = list(arrays.inputs()) if wrt is None else [labels.get(each.label, -1) for each in wrt]
    found = [labels.get(each.label, -1) for each in outputs]
    if -1 in (*found, *sources):
        return None
    try:
        return ArrayPlan(arrays, found, sources, defaults, gradient=gradient)
    except NoArrayForm:
        return None
