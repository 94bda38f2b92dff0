"""The derivative of a program as a program: reverse accumulation, with the rules of the table inlined as nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cgraph_cli.graph import CONSTANT, LEAVES, Graph
from cgraph_cli.guards import Guard, Literal
from cgraph_cli.inlining import ONE, ZERO, Inlined, Nodes, Partial, Value


class Adjoint(NamedTuple):
    """The derivative of the output with respect to a node, ±value, where the guard holds.

    Elsewhere there is no dependence, and the value means nothing; it is 0 there where `clean` says so.
    """

    value: Value
    negative: bool
    guard: Guard
    clean: bool


def differentiate(graph: Graph, of: int, wrt: Sequence[int]) -> Graph:
    """A graph that computes the derivatives of the node `of` with respect to the nodes `wrt`.

    It begins with the program's own nodes, each in its place. The nodes of the adjoints follow, each once, and at most
    a few for each edge of the program. `outputs` are the derivatives, in the order of `wrt`; they are called `de_da`,
    or the like where that name is taken. The derivative of a named node on the way has a name too, where it is a node
    of its own. What is found can be differentiated again.
    """
    sweep = _Sweep(graph, of, wrt)
    for node in range(of, -1, -1):
        if sweep.adjoints[node] is not None:
            sweep.pass_on(node)
    result = sweep.graph
    result.outputs = [sweep.output(node) for node in wrt]
    result.output = result.outputs[-1] if wrt else graph.output
    return result


class _Sweep:
    """The sweep from the output back, as it writes what a sweep over numbers would compute."""

    def __init__(self, program: Graph, of: int, wrt: Sequence[int]) -> None:
        self.program = program
        self.graph = program.copy()
        self.of = of
        self.nodes = Nodes(self.graph)
        self.active = _active(program, wrt)
        self.ever = Guard()
        self.adjoints: list[Adjoint | None] = [None] * len(program)
        self.taken: set[int] = set()
        if self.active[of]:
            self.adjoints[of] = Adjoint(ONE, False, self.ever, True)

    def pass_on(self, node: int) -> None:
        """Add to the adjoints of a node's operands what they get through it."""
        graph = self.graph
        self.nodes.offset = graph.offsets[node]
        adjoint = self.adjoints[node]
        assert adjoint is not None
        if graph.names[node] is not None and node != self.of:
            adjoint = self.adjoints[node] = self._name(node, adjoint)
        if graph.operations[node] in LEAVES:
            return
        inlined = Inlined(self.nodes, node)
        for position, operand in enumerate(inlined.operands):
            if self.active[operand]:
                partial = inlined.partial(position)
                if partial is not None:
                    term = self._times(adjoint, partial)
                    before = self.adjoints[operand]
                    self.adjoints[operand] = term if before is None else self._add(before, term)

    def output(self, node: int) -> int:
        """The derivative with respect to a node, as a named node that is no other's."""
        adjoint, graph = self.adjoints[node], self.graph
        self.nodes.offset = graph.offsets[node]
        value: Value = ZERO
        if adjoint is not None:
            value = self.nodes.signed(adjoint.value, adjoint.negative)
            literals = adjoint.guard.beyond(self.ever)
            if not adjoint.clean:
                guard = [Literal(self.nodes.guard(adjoint.guard), True)]
                value = self.nodes.only_where(literals or guard, value)
        found = self.nodes.node(value)
        name = derivative_name(self.program, self.of, node)
        is_it = found >= self.nodes.first and graph.names[found] == name
        if found in self.taken or not (is_it or self._is_free(found)):
            found = graph.append("identity", (found,), self.nodes.offset)
        if graph.names[found] is None:
            graph.name(found, free_name(graph, name), self.nodes.offset)
        self.taken.add(found)
        return found

    def _is_free(self, value: Value) -> bool:
        """Whether a value is a node of this sweep that can have a name."""
        graph = self.graph
        if not isinstance(value, int) or value < self.nodes.first or graph.operations[value] == CONSTANT:
            return False
        return graph.names[value] is None

    def _name(self, node: int, adjoint: Adjoint) -> Adjoint:
        """Give the adjoint of a named node its name, where it means something everywhere and is not named yet."""
        graph = self.graph
        name = derivative_name(self.program, self.of, node)
        if not adjoint.clean or not self._is_free(adjoint.value) or name in graph.nodes:
            return adjoint
        value = self.nodes.node(self.nodes.signed(adjoint.value, adjoint.negative))
        if graph.names[value] is None:
            graph.name(value, name, graph.offsets[value])
        return adjoint._replace(value=value, negative=False)

    def _times(self, adjoint: Adjoint, partial: Partial) -> Adjoint:
        """What an operand gets: the adjoint times the partial, in the form that rounds least."""
        emit, number = self.nodes.emit, self.nodes.number
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

    def _add(self, first: Adjoint, second: Adjoint) -> Adjoint:
        """The sum of two adjoints, each of which is looked at only where its guard holds."""
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
        """Two adjoints of which one has a meaning wherever one is asked for: a choice, and no sum."""
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
        """An adjoint that is 0 where some of the literals of its guard do not hold."""
        if adjoint.clean:
            return adjoint
        return adjoint._replace(value=self.nodes.only_where(literals, adjoint.value), clean=True)


def _active(graph: Graph, wrt: Sequence[int]) -> bytearray:
    """For each node whether it depends on one of `wrt`, or is one."""
    active = bytearray(len(graph))
    for node in wrt:
        active[node] = 1
    starts, operands = graph.starts, graph.operands
    for node in range(min(wrt, default=len(graph)), len(graph)):
        if not active[node] and any(active[operands[k]] for k in range(starts[node], starts[node + 1])):
            active[node] = 1
    return active


def derivative_name(graph: Graph, of: int, wrt: int) -> str:
    """What the derivative of a node with respect to another is called: `de_da`, and for that of `de_da` `d2e_da2`."""
    output, variable = graph.names[of] or "", graph.names[wrt] or graph.labels()[wrt].removeprefix("%")
    known = re.fullmatch(r"d(\d*)(\w*?)((?:_d\w+?)+)", output)
    if known is None or (known[2] and known[2] not in graph.nodes):
        return f"d{output}_d{variable}"
    order = int(known[1] or 1) + 1
    before, _, last = known[3].rpartition("_d")
    times = last.removeprefix(variable)
    if last == variable or (last.startswith(variable) and times.isdecimal()):
        return f"d{order}{known[2]}{before}_d{variable}{int(times or 1) + 1}"
    return f"d{order}{known[2]}{known[3]}_d{variable}"


def free_name(graph: Graph, name: str) -> str:
    """A name that no node has: the one that is wanted, or one with a number at its end."""
    found, count = name, 1
    while found in graph.nodes:
        count += 1
        found = f"{name}_{count}"
    return found
