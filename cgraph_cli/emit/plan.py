"""The plan of emitted code: a graph with the program and its derivatives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from math import prod
from typing import NamedTuple, TypeVar

from cgraph_cli.core.graph import INPUT, LEAVES, Graph
from cgraph_cli.core.tensor import Shape, Tensor, indices, show_index

Item = TypeVar("Item")


class ElementGroup(NamedTuple):
    """A requested number or array: its label, its shape, and the nodes of its elements.

    With `is_whole`, an array is one node.
    """

    label: str
    shape: Shape
    nodes: Sequence[int]
    is_whole: bool = False

    def labels(self) -> list[str]:
        """List the labels of the elements."""
        if self.is_whole or not self.shape:
            return [self.label]
        return [f"{self.label}{show_index(index)}" for index in indices(self.shape)]


class Argument(NamedTuple):
    """An input of a program, a number or an array: its name, its shape, and its elements' defaults."""

    name: str
    shape: Shape
    defaults: Sequence[float | None]


class Plan:
    """A program with its derivatives, as nodes of one graph.

    `outputs` and `wrt` are requested nodes of `graph`; `places` are the nodes of `wrt`. `gradient[output][place]` and
    `hessian[output][place][place]` are nodes too, empty unless requested. An output that is an array is differentiated
    as its sum. With `everything`, `adjoints` have a node for each node of the program, and `partials` one for each of
    its edges; `depends` is the dependence of each edge: always or never, or where a node is not 0.
    """

    in_arrays = False

    def __init__(
        self,
        program: Graph,
        outputs: Sequence[int],
        wrt: Sequence[int] | None = None,
        *,
        gradient: bool = True,
        hessian: bool = False,
        everything: bool = False,
    ) -> None:
        self.program = program
        self.graph = program
        group = in_singles if everything else in_arrays
        self.outputs = group(program, outputs)
        if wrt is None:
            self.wrt = in_singles(program, inputs_of(program)) if everything else input_groups(program)
        else:
            self.wrt = group(program, wrt)
        self.places = [node for each in self.wrt for node in each.nodes]
        self.gradient: list[list[int]] = []
        self.hessian: list[list[list[int]]] = []
        self.adjoints: list[int] = []
        self.partials: list[int] = []
        self.depends: list[int | bool] = []
        if everything:
            self.adjoints = self._differentiate(outputs[0], range(len(program)))
            self.partials = self._partials()
        if gradient and everything:
            self.gradient.append([self.adjoints[node] for node in self.places])
        if gradient or hessian:
            for output in self.outputs[len(self.gradient) :]:
                self.gradient.append(self._differentiate(self._number(output), self.places))
        if hessian:
            self.hessian = [self._second(row) for row in self.gradient]

    def nodes(self) -> list[int]:
        """List every requested node."""
        keep = [node for output in self.outputs for node in output.nodes]
        keep += [node for row in self.gradient for node in row]
        keep += [node for rows in self.hessian for row in rows for node in row]
        if self.adjoints:
            keep += [*range(len(self.program)), *self.adjoints, *self.partials, *self.conditions()]
        return keep

    def simplified(self, *, exactly: bool) -> tuple[Graph, list[int]]:
        """Return a smaller graph, and the places of `nodes` in it; with `exactly`, every double stays the same."""
        if self.adjoints:
            return self.graph, self.nodes()
        if exactly:
            from cgraph_cli.symbolic.exact import simplify_exactly as simplify
        else:
            from cgraph_cli.symbolic.simplify import simplify
        return simplify(self.graph, self.nodes())

    def arguments(self) -> list[Argument]:
        """List the inputs, those of `wrt` first; the elements of an array are one."""
        program = self.program
        groups = in_singles(program, inputs_of(program)) if self.adjoints else input_groups(program)
        rank, last = {each.label: at for at, each in enumerate(self.wrt)}, len(self.wrt)

        def place(group: ElementGroup) -> int:
            return min(rank.get(label, last) for label in (group.label, *group.labels()))

        return [
            Argument(each.label, each.shape, [program.numbers[node] for node in each.nodes])
            for each in sorted(groups, key=place)
        ]

    def conditions(self) -> list[int]:
        """List the nodes of the edges' dependence."""
        return [node for node in self.depends if not isinstance(node, bool)]

    def _number(self, output: ElementGroup) -> int:
        """Return the node of an output that is differentiated: of an array the sum."""
        if not output.shape:
            return output.nodes[0]
        program = self.program
        if program.arrays is not None and output.nodes == program.arrays.output and program.output in program.hidden:
            return program.output
        if self.graph is program:
            self.graph = program.copy()
        return self.graph.append("sum", output.nodes, program.offsets[output.nodes[-1]])

    def _differentiate(self, output: int, wrt: Sequence[int]) -> list[int]:
        from cgraph_cli.symbolic.differentiate import differentiate

        self.graph = differentiate(self.graph, output, wrt)
        return list(self.graph.outputs)

    def _second(self, slopes: Sequence[int]) -> list[list[int]]:
        """Append the second derivatives, each pair once: the matrix is symmetric to the last bit."""
        rows: list[list[int]] = []
        for at, slope in enumerate(slopes):
            beyond = self._differentiate(slope, self.places[at:])
            rows.append([*(rows[before][at] for before in range(at)), *beyond])
        return rows

    def _partials(self) -> list[int]:
        """Append the local partial of each edge of the program, from its operation alone, with inputs for operands."""
        from cgraph_cli.symbolic.inlining import local_partials

        program, partials = self.program, []
        known: dict[tuple[str, int], tuple[Graph, list[int], list[int | bool]]] = {}
        for node, operation in enumerate(program.operations):
            operands = program.operands_of(node)
            if operation in LEAVES:
                continue
            key = (operation, len(operands))
            if key not in known:
                alone = Graph(program.source)
                places = [alone.append_input(f"x{at}", 0) for at in range(len(operands))]
                known[key] = alone, *local_partials(alone, alone.append(operation, places, 0))
            alone, slopes, depends = known[key]
            arguments = dict(enumerate(operands))
            arguments[len(operands)] = node
            became = self.graph.inline(alone, arguments)
            partials += [became[slope] for slope in slopes]
            self.depends += [each if isinstance(each, bool) else became[each] for each in depends]
        return partials


def inputs_of(graph: Graph) -> list[int]:
    """List the inputs of a program."""
    return [node for node, operation in enumerate(graph.operations) if operation == INPUT]


def input_groups(program: Graph) -> list[ElementGroup]:
    """List the inputs of a program; the elements of an array are one."""
    if program.arrays is None:
        return in_singles(program, inputs_of(program))
    arrays, elements = program.arrays.graph, program.arrays.elements
    return [
        ElementGroup(arrays.names[each] or "", arrays.shapes[each], elements[each].items) for each in arrays.inputs()
    ]


def in_singles(graph: Graph, nodes: Sequence[int]) -> list[ElementGroup]:
    """Make each node a group of its own."""
    labels = graph.labels()
    return [ElementGroup(labels[node], (), [node]) for node in nodes]


def in_arrays(graph: Graph, nodes: Sequence[int]) -> list[ElementGroup]:
    """Group the nodes that are all the elements of an array, in their order."""
    if graph.arrays is None:
        return in_singles(graph, nodes)
    labels = graph.arrays.graph.labels()
    starts: dict[int, list[tuple[str, Tensor[int]]]] = {}
    for array, elements in enumerate(graph.arrays.elements):
        if elements.shape and elements.items:
            starts.setdefault(elements.items[0], []).append((labels[array], elements))
    found, at = [], 0
    while at < len(nodes):
        fitting = [
            each for each in starts.get(nodes[at], ()) if each[1].items == list(nodes[at : at + prod(each[1].shape)])
        ]
        if fitting:
            label, elements = fitting[-1]
            found.append(ElementGroup(label, elements.shape, elements.items))
        else:
            found += in_singles(graph, nodes[at : at + 1])
        at += len(found[-1].nodes)
    return found


def shaped(groups: Iterable[ElementGroup], items: Iterable[Item]) -> list[Tensor[Item]]:
    """Give each group as many of some items as it has nodes; an array of one node gets a tensor of rank 0."""
    rest: Iterator[Item] = iter(items)
    return [Tensor(() if group.is_whole else group.shape, list(islice(rest, len(group.nodes)))) for group in groups]
