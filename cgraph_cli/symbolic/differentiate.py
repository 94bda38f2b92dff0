"""Differentiation of a program to a program: reverse accumulation, with the rules of the table inlined as nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cgraph_cli.core.errors import ProgramError, RequestError
from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.nodes_by_label import has_array
from cgraph_cli.core.reach import between
from cgraph_cli.symbolic.graph_builder import ONE, ZERO, GraphBuilder, Value
from cgraph_cli.symbolic.guards import Guard, Literal
from cgraph_cli.symbolic.inlining import Inlined, Partial
from cgraph_cli.symbolic.isolated_points import find_followed, share_followed


class Adjoint(NamedTuple):
    """A derivative of the output with respect to a node: ±value, where the guard holds.

    Elsewhere there is no dependence, and the value means nothing, unless it is `clean`: then it is 0 there.
    """

    value: Value
    negative: bool
    guard: Guard
    clean: bool


def differentiate(graph: Graph, of: int, wrt: Sequence[int]) -> Graph:
    """Return a graph that computes the derivatives of the node `of` with respect to the nodes `wrt`.

    It begins with the program's own nodes, each in its place. The nodes of the adjoints follow, each once, and at most
    a few for each edge of the program. `outputs` are the derivatives, in the order of `wrt`; they are called `de_da`,
    or the like where that name is taken. The derivative of a named intermediate node has a name too, if it is a new
    node. The result can be differentiated again. Raises `RequestError` past `max_nodes`.
    """
    result = graph.copy()
    result.outputs = append_named_derivatives(result, of, wrt, graph)
    result.output = result.outputs[-1] if wrt else graph.output
    return result


def append_named_derivatives(
    graph: Graph,
    of: int,
    wrt: Sequence[int],
    program: Graph | None = None,
    kind: type[ReverseAccumulation] | None = None,
    around: bool = False,
    in_steps: bool = False,
) -> list[int]:
    """Append to a graph the nodes that `differentiate` appends to a copy; returns the derivatives.

    The names are those of the nodes in `program`, the graph itself where none is given. With `around`, a branch that
    holds at single points has no part in it (`isolated_points`). `in_steps` are the rules that people
    read. Raises `RequestError` past `max_nodes`.
    """
    sweeps: dict[frozenset[tuple[int, int]], ReverseAccumulation] = {}
    names, found = DerivativeNames(program or graph, graph, of), []
    followed = share_followed(graph, find_followed(graph, [of], wrt) if around else {node: {} for node in wrt})
    try:
        for node in wrt:
            key = frozenset(followed[node].items())
            if key not in sweeps:
                alike = [other for other in wrt if followed[other] == followed[node]]
                sweeps[key] = (kind or ReverseAccumulation)(graph, of, alike)
                sweeps[key].followed = followed[node]
                sweeps[key].in_steps = in_steps
                sweeps[key].run(names)
            found.append(names.output(node, sweeps[key].derivative(node)))
        return found
    except ProgramError:
        what = f"the program and its derivatives have more than {graph.max_nodes:,} nodes"
        raise RequestError(what, help="`--max-nodes` raises the bound") from None


def append_derivatives(
    graph: Graph, of: int, wrt: Sequence[int], offset: int, kind: type[ReverseAccumulation] | None = None
) -> list[int]:
    """Append nodes without names that compute the derivatives of the node `of`; returns these.

    Several may be one node, or an old one. `offset` is the place in the source of the new nodes. The cost is that of
    the nodes between `of` and `wrt`.
    """
    sweep = (kind or ReverseAccumulation)(graph, of, wrt, offset)
    sweep.run()
    return [sweep.derivative(node) for node in wrt]


class ReverseAccumulation:
    """A reverse sweep that writes nodes in place of numbers."""

    builder = GraphBuilder

    def __init__(self, graph: Graph, of: int, wrt: Sequence[int], offset: int | None = None) -> None:
        self.graph = graph
        self.of = of
        self.offset = offset
        self.nodes = self.builder(graph)
        self.active = between(graph, wrt, of)
        self.ever = Guard()
        self.adjoints: dict[int, Adjoint] = {}
        self.followed: Mapping[int, int] = {}
        self.in_steps = False
        if of in self.active:
            self.adjoints[of] = Adjoint(ONE, False, self.ever, True)

    def run(self, names: DerivativeNames | None = None) -> None:
        """Find the adjoints of all nodes between; `names` names those of named nodes."""
        for node in sorted(self.active, reverse=True):
            if node in self.adjoints:
                self._stand_at(node)
                if names is not None and node != self.of:
                    self.adjoints[node] = names.give(self.nodes, node, self.adjoints[node])
                self._pass_on(node)

    def _stand_at(self, node: int) -> None:
        """Give the next nodes their place in the source."""
        self.nodes.offset = self.graph.offsets[node] if self.offset is None else self.offset

    def _pass_on(self, node: int) -> None:
        """Add a node's terms to the adjoints of its operands."""
        if not any(operand in self.active for operand in self.graph.operands_of(node)):
            return
        adjoint = self.adjoints[node]
        inlined = Inlined(self.nodes, node, self.in_steps)
        for position, operand in enumerate(inlined.operands):
            if operand in self.active:
                partial = inlined.partial(position)
                if node in self.followed:
                    partial = Partial(ONE) if position == self.followed[node] else None
                if partial is not None:
                    term = self._times(adjoint, partial)
                    before = self.adjoints.get(operand)
                    self.adjoints[operand] = term if before is None else self._add(before, term)

    def derivative(self, node: int) -> int:
        """Return the derivative with respect to a node, as a node that is valid everywhere."""
        adjoint = self.adjoints.get(node)
        self._stand_at(node)
        return self.nodes.node(ZERO if adjoint is None else self._everywhere(adjoint))

    def _everywhere(self, adjoint: Adjoint) -> Value:
        """Turn an adjoint into a value that is valid everywhere."""
        value = self.nodes.signed(adjoint.value, adjoint.negative)
        if adjoint.clean:
            return value
        literals = adjoint.guard.beyond(self.ever)
        return self.nodes.only_where(literals or [Literal(self.nodes.guard(adjoint.guard), True)], value)

    def _times(self, adjoint: Adjoint, partial: Partial) -> Adjoint:
        """Multiply an adjoint by a partial, in the order with the least rounding."""
        emit, number = self.nodes.emit, self.nodes.number
        rest = self._cancelled(adjoint, partial)
        if rest is not None:
            value = emit("*", rest, partial.value)
            return Adjoint(value, adjoint.negative != partial.negative, adjoint.guard, adjoint.guard is self.ever)
        if number(adjoint.value) == 1 or number(partial.value) == 1:
            value = emit("/", emit("*", adjoint.value, partial.value), partial.divisor)
        else:
            value = emit("*", adjoint.value, emit("/", partial.value, partial.divisor))
        guard = adjoint.guard
        for literal in partial.literals:
            guard = guard.when(literal)
        plain = partial.divisor == ONE and number(partial.value) is not None
        clean = guard is self.ever or (adjoint.clean and plain and not partial.literals)
        return Adjoint(value, adjoint.negative != partial.negative, guard, clean)

    def _cancelled(self, adjoint: Adjoint, partial: Partial) -> Value | None:
        """Return an adjoint without the divisor of a partial that is guarded against it; None where it is no factor.

        The slope of `hypot(x, y)^2` is 2*f*(x/f) where f is not 0, and 2*x everywhere.
        """
        divisor = partial.divisor
        if len(partial.literals) != 1 or not isinstance(divisor, int):
            return None
        condition, holds = partial.literals[0]
        if holds or not isinstance(condition, int) or self.graph.operations[condition] != "==":
            return None
        left, right = self.graph.operands_of(condition)
        if left != divisor or self.nodes.number(right) != 0:
            return None
        return self.nodes.divided(adjoint.value, divisor)

    def _add(self, first: Adjoint, second: Adjoint) -> Adjoint:
        """Add two adjoints, each valid only where its guard holds."""
        if first.guard is second.guard:
            return self._sum(first, second, first.guard)
        if first.guard.is_opposite(second.guard):
            return self._either(first, second)
        for weak, strong in ((first, second), (second, first)):
            literals = strong.guard.beyond(weak.guard)
            if literals is not None:
                narrow = self._only_where(strong, literals)._replace(clean=strong.clean)
                return self._sum(*((narrow, weak) if strong is first else (weak, narrow)), weak.guard)
        parts = first.guard, second.guard
        terms = [self._only_where(each, [Literal(self.nodes.guard(each.guard), True)]) for each in (first, second)]
        return self._sum(terms[0], terms[1], self.ever.when(Literal(parts, True)))

    def _sum(self, first: Adjoint, second: Adjoint, guard: Guard) -> Adjoint:
        value, negative = self.nodes.add(first[:2], second[:2])
        return Adjoint(value, negative, guard, guard is self.ever or (first.clean and second.clean))

    def _either(self, first: Adjoint, second: Adjoint) -> Adjoint:
        """Choose between two adjoints, of which one is valid wherever their guards hold."""
        literal, before = first.guard.literal, first.guard.before
        assert literal is not None
        assert before is not None
        yes, no = (first, second) if literal.holds else (second, first)
        negative = yes.negative and no.negative
        sides = [self.nodes.signed(each.value, each.negative and not negative) for each in (yes, no)]
        condition = self.nodes.literal(literal._replace(holds=True))
        value = self.nodes.emit("where", condition, *sides)
        return Adjoint(value, negative, before, before is self.ever or (yes.clean and no.clean))

    def _only_where(self, adjoint: Adjoint, literals: Sequence[Literal]) -> Adjoint:
        """Return an adjoint that is 0 where any of some literals of its guard fails."""
        if adjoint.clean:
            return adjoint
        return adjoint._replace(value=self.nodes.only_where(literals, adjoint.value), clean=True)


class DerivativeNames:
    """Names for the derivatives of the node `of` of a program, in the graph that gets them."""

    def __init__(self, program: Graph, graph: Graph, of: int) -> None:
        self.program = program
        self.graph = graph
        self.of = of
        self.first = len(graph)
        self.taken: set[int] = set()

    def give(self, nodes: GraphBuilder, node: int, adjoint: Adjoint) -> Adjoint:
        """Name the adjoint of a named node, if it is valid everywhere and has no name yet."""
        graph = self.graph
        if graph.names[node] is None or not adjoint.clean or not self._is_free(adjoint.value):
            return adjoint
        name = derivative_name(self.program, self.of, node)
        if name in graph.nodes:
            return adjoint
        value = nodes.node(nodes.signed(adjoint.value, adjoint.negative))
        if graph.names[value] is None:
            graph.name(value, name, graph.offsets[value])
        return adjoint._replace(value=value, negative=False)

    def output(self, node: int, found: int) -> int:
        """Return the derivative with respect to a node as a node with a name of its own."""
        graph, name = self.graph, derivative_name(self.program, self.of, node)
        is_it = found >= self.first and graph.names[found] == name
        if found in self.taken or not (is_it or self._is_free(found)):
            found = graph.append("identity", (found,), graph.offsets[node])
        if graph.names[found] is None:
            graph.name(found, free_name(graph, name), graph.offsets[node])
        self.taken.add(found)
        return found

    def _is_free(self, value: Value) -> bool:
        """Tell whether a value is a new node without a name."""
        graph = self.graph
        if not isinstance(value, int) or value < self.first or graph.operations[value] == CONSTANT:
            return False
        return graph.names[value] is None


def derivative_name(graph: Graph, of: int, wrt: int) -> str:
    """Name the derivative of a node with respect to another: `de_da`, and for `de_da` in turn `d2e_da2`."""
    output, variable = graph.names[of] or "", graph.names[wrt] or re.sub(r"\W", "", graph.labels()[wrt])
    head, _, variables = output.partition("_d")
    known = re.fullmatch(r"d(\d*)(\w*)", head)
    if known is None or not all(
        re.sub(r"(?<!\d)\d+$", "", v) in graph.nodes or v in graph.nodes for v in variables.split("_d")
    ):
        return f"d{output}_d{variable}"
    order = int(known[1] or 1) + 1
    before, _, last = f"_d{variables}".rpartition("_d")
    times = last.removeprefix(variable)
    if last == variable or (last.startswith(variable) and times.isdecimal()):
        return f"d{order}{known[2]}{before}_d{variable}{int(times or 1) + 1}"
    return f"d{order}{known[2]}_d{variables}_d{variable}"


def free_name(graph: Graph, name: str) -> str:
    """Return an unused name: the wanted one, or one with a number at its end."""
    found, count = name, 1
    while found in graph.nodes or has_array(graph, found):
        count += 1
        found = f"{name}_{count}"
    return found
