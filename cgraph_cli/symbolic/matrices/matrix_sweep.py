"""Reverse accumulation over arrays: elementwise by the table's rules, and structural operations by their transposes."""

from __future__ import annotations

from cgraph_cli.core.array_graph import ELEMENTS, split
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.symbolic.differentiate import Adjoint, DerivativeNames, ReverseAccumulation
from cgraph_cli.symbolic.graph_builder import Value
from cgraph_cli.symbolic.inlining import Inlined
from cgraph_cli.symbolic.matrices.links import Link, NoArrayForm
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.matrices.transposes import TRANSPOSES

_FEW = 4
"""The most elements for each picked one of an array whose adjoint lists all of them."""


class MatrixSweep(ReverseAccumulation):
    """A sweep over a graph of arrays.

    An adjoint may have fewer axes than its node, and then means an array that repeats it. `placed` has the adjoints of
    places of an array along its first axis, where an index picked one.
    """

    graph: MatrixGraph
    nodes: MatrixBuilder
    builder = MatrixBuilder

    def __init__(self, graph: MatrixGraph, of: int, wrt: list[int], offset: int | None = None) -> None:
        super().__init__(graph, of, wrt, offset)
        self.placed: dict[int, dict[int, Value]] = {}

    def run(self, names: DerivativeNames | None = None) -> None:
        """Find the adjoints of all nodes between; `names` names those of named nodes."""
        for node in sorted(self.active, reverse=True):
            self._stand_at(node)
            if node in self.placed:
                self._gather(node)
            if node not in self.adjoints:
                continue
            if names is not None and node != self.of:
                adjoint = self.adjoints[node]
                if self.nodes.shape(adjoint.value) == self.graph.shapes[node]:
                    self.adjoints[node] = names.give(self.nodes, node, adjoint)
            self._pass_on(node)

    def derivative(self, node: int) -> int:
        """Return the derivative with respect to a node, in the node's shape."""
        self._stand_at(node)
        return self.nodes.full(super().derivative(node), self.graph.shapes[node])

    def _pass_on(self, node: int) -> None:
        graph = self.graph
        operands = graph.operands_of(node)
        if not any(operand in self.active for operand in operands):
            return
        if graph.operations[node] in PRIMITIVES:
            self._pass_elements(node)
            return
        name, args = split(graph.operations[node])
        value = self._everywhere(self.adjoints[node])
        for position, operand in enumerate(operands):
            if operand not in self.active:
                continue
            if name in ("array", ELEMENTS):
                found: Value = value
                own = self.nodes.shape(value)
                if len(own) == len(graph.shapes[node]):
                    place = position if own[0] > 1 else 0  # all places have the same
                    found = self.nodes.index(self.nodes.node(value), [place, *self.nodes.whole(own[1:])])
            elif name == "index" and args and isinstance(args[0], int):
                self._place(node, operand, args, value)
                continue
            else:
                rule = TRANSPOSES.get(name)
                if rule is None:
                    raise NoArrayForm(name)
                found = rule(Link(self.nodes, node, position, args, value))
            self._bring(operand, found)

    def _bring(self, operand: int, found: Value) -> None:
        """Add a term, valid everywhere, to an adjoint."""
        term = Adjoint(found, False, self.ever, True)
        before = self.adjoints.get(operand)
        self.adjoints[operand] = term if before is None else self._add(before, term)

    def _pass_elements(self, node: int) -> None:
        """Add the terms of an elementwise operation's operands."""
        graph, shape = self.graph, self.graph.shapes[node]
        adjoint, inlined = self.adjoints[node], Inlined(self.nodes, node, self.in_steps)
        for position, operand in enumerate(inlined.operands):
            partial = inlined.partial(position) if operand in self.active else None
            if partial is None:
                continue
            term = self._times(adjoint, partial)
            if graph.shapes[operand] != shape:
                value = self.nodes.narrowed(self._everywhere(term), shape, graph.shapes[operand])
                self._bring(operand, value)
                continue
            before = self.adjoints.get(operand)
            self.adjoints[operand] = term if before is None else self._add(before, term)

    def _place(self, node: int, operand: int, args: tuple[object, ...], value: Value) -> None:
        """Keep the adjoint of a place of an array along its first axis."""
        graph, (at, *rest) = self.graph, args
        assert isinstance(at, int)
        inner = graph.shapes[operand][1:]
        if rest and list(rest) != self.nodes.whole(inner):
            full = self.nodes.full(value, graph.shapes[node])
            link = Link(self.nodes, node, 0, tuple(rest), full)
            value = TRANSPOSES["index"](link._replace(inner=inner))
        places = self.placed.setdefault(operand, {})
        places[at] = self.nodes.emit("+", places[at], value) if at in places else value

    def _gather(self, node: int) -> None:
        """Make an array of the adjoints of its places."""
        places, (size, *inner) = self.placed.pop(node), self.graph.shapes[node]
        if size in self.graph.letters or size > _FEW * len(places):
            for at, value in places.items():
                part = self.nodes.full(value, tuple(inner))
                self._bring(node, self.nodes.unit(part, size, at))
            return
        parts = [self.nodes.full(places[at], tuple(inner)) if at in places else None for at in range(size)]
        zeros = self.nodes.zeros(tuple(inner))
        array = self.nodes.raw("array", *(zeros if part is None else part for part in parts))
        self._bring(node, array)
