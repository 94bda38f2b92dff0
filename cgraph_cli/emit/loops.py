"""Loops: a graph of arrays in a language with nothing but nested arrays and their elements.

An operation on arrays is written by its elements. It is a *view*, written into the expression of its user, or a
variable that loops fill: where it has a name, is used more than once, or accumulates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.tensor import Shape, Tensor
from cgraph_cli.emit.expressions import Walk
from cgraph_cli.emit.loop_syntax import LoopSyntax
from cgraph_cli.emit.terms import Line, Term

At = Sequence[str]
"""The texts of an index."""

TermAt = Callable[[At], Term]
"""A function from an index to the term of an array's element."""

_VIEWS = frozenset({"transpose", "index", "ones", "zeros", "range"})
"""Operations whose elements are as cheap as a read."""


class LoopWalk(Walk):
    """A lowered graph of arrays in a target's words, with loops."""

    graph: ArrayGraph

    def __init__(self, *args: Any, **options: Any) -> None:
        self._views: dict[int, TermAt] = {}
        self._stored: set[int] = set()
        self._counters: list[str] = []
        self._total = ""
        super().__init__(*args, **options)

    def term(self, node: int, boolean: bool = False) -> Term:
        """Return the term of a node; a requested array gets a variable of its own."""
        if self.graph.shapes[node] and node not in self._variables:
            self._store(node)
        return super().term(node, boolean)

    @property
    def loops(self) -> LoopSyntax:
        """Give the target's loops."""
        assert self.target.loops is not None
        return self.target.loops

    # Writing

    def _parameter(self, node: int) -> str:
        name = super()._parameter(node)
        if self.graph.shapes[node]:
            self._stored.add(node)
            self._views[node] = self._of_variable(name)
        return name

    def _write(self, node: int, operation: str) -> None:
        graph, shapes = self.graph, self.graph.shapes
        operands = graph.operands_of(node)
        known = graph.tensor(node)
        if known is not None or 0 in shapes[node]:
            name, tensor = self.new_name(node), known or Tensor(shapes[node], [])
            text = self.target.known_array(tensor.map(lambda x: self.target.number(x).text))
            self.keep(node, name, self.loops.constant(name, shapes[node], text))
            return
        structural = self.target.is_structural(operation)
        if not structural and not shapes[node]:
            super()._write(node, operation)
            return
        for operand in operands:
            if not shapes[operand] and not self._known(operand).constant:
                self._assign(operand)
        if structural:
            name, args = split(operation)
            self.target.structures[name](self, node, args, operands)
        else:
            self._elementwise(node, operation, operands)
        if not shapes[node] and node not in self._variables:
            if graph.names[node] is not None or self._uses[node] > 1 or node in self._asked:
                self._assign(node)
        elif node not in self._stored:
            is_view = split(operation)[0] in _VIEWS and set(operands) <= self._stored
            if graph.names[node] is not None or node in self._asked or (self._uses[node] > 1 and not is_view):
                self._store(node)
            elif is_view:
                self._stored.add(node)

    def _elementwise(self, node: int, operation: str, operands: Sequence[int]) -> None:
        """Write an elementwise operation."""
        shape, shapes, template = self.graph.shapes[node], self.graph.shapes, self._template(operation, operands)
        lengths = {operand: self._length(operand) for operand in operands}
        total = sum(lengths[operand] for operand in operands)
        for position in sorted(range(len(operands)), key=lambda at: -lengths[operands[at]]):
            operand = operands[position]
            repeats = position in template.repeated or shapes[operand] != shape
            if repeats or total > self.target.longest:
                self.ready(operand)
                total += self._length(operand) - lengths[operand]
        parts = list(operands)
        self._views[node] = lambda at: self._fill(
            template, operation, [self.element(each, spread(shapes[each], at)) for each in parts]
        )

    def element(self, node: int, at: At) -> Term:
        """Write an element of an array, or a number."""
        return self._views[node](at) if self.graph.shapes[node] else self._known(node)

    def _length(self, node: int) -> int:
        return len(self.element(node, self.counters(len(self.graph.shapes[node]))).text)

    def counters(self, count: int, after: int = 0) -> list[str]:
        """Name the variables of nested loops, inside others."""
        while len(self._counters) < count + after:
            self._counters.append(self.names.named("ijklmnpqrs"[len(self._counters) % 10]))
        return self._counters[after : count + after]

    # Variables

    def ready(self, node: int) -> None:
        """Store an array in a variable, unless its elements are as cheap as a read."""
        if self.graph.shapes[node] and node not in self._stored:
            self._store(node)

    def whole(self, node: int) -> str:
        """Name the variable of an array."""
        if node not in self._variables and self.graph.operations[node] != INPUT:
            self._store(node)
        return self._known(node).text

    def _of_variable(self, name: str) -> TermAt:
        return lambda at: Term(self.target.element(name, at))

    def new_name(self, node: int) -> str:
        """Choose a name for the variable of a node."""
        wanted = self.graph.names[node]
        return self.names.unnamed() if wanted is None else self.names.named(wanted)

    def keep(self, node: int, name: str, lines: Sequence[str]) -> None:
        """Append the lines that compute a variable."""
        self.lines.append(Line(name, Term(name), node, lines))
        self.terms[node] = Term(name)
        self._views[node] = self._of_variable(name)
        self._stored.add(node)
        self._variables.add(node)

    def _store(self, node: int) -> None:
        """Make an array a variable."""
        shape = self.graph.shapes[node]
        at, name = self.counters(len(shape)), self.new_name(node)
        value = self.text_of(self.element(node, at))
        loops = self.loops
        place = self.target.element(name, at)
        self.keep(node, name, [*loops.array(name, shape), *loops.over(at, shape, [loops.set(place, value)])])

    def text_of(self, term: Term) -> str:
        """Write a term as a number."""
        return self._as(term, False).text

    # Structural operations

    def view(self, node: int, view: TermAt) -> None:
        """Write an operation by its elements."""
        self._views[node] = view

    def pieces(self, node: int, parts: Iterable[tuple[int, Callable[[At], At]]]) -> None:
        """Fill an array with others, each at the places of a function of its index."""
        loops, shapes, name = self.loops, self.graph.shapes, self.new_name(node)
        lines = list(loops.array(name, shapes[node]))
        for part, to in parts:
            at = self.counters(len(shapes[part]))
            place = self.target.element(name, to(at))
            lines += loops.over(at, shapes[part], [loops.set(place, self.text_of(self.element(part, at)))])
        self.keep(node, name, lines)

    def accumulate(
        self,
        node: int,
        inner: Shape,
        value: Callable[[At, At], Term],
        pair: str = "+",
        start: float = 0.0,
        *,
        along_rows: bool = False,
    ) -> None:
        """Accumulate the values at all inner places by an operation, for each element of an array.

        The values may lie along the rows of the array: then compiled code adds row to row, in the order of memory.
        """
        loops, shape = self.loops, self.graph.shapes[node]
        outer = self.counters(len(shape))
        within = self.counters(len(inner), len(shape))
        if 0 in inner:
            number = self.target.number(start)
            self._views[node] = lambda at: number
            self.terms[node] = number
            return
        name = self.new_name(node)
        if shape and along_rows and loops.adds_rows and pair == "+":
            place, last = self.target.element(name, outer), (outer[-1:], shape[-1:])
            add = loops.add(place, self.text_of(value(outer, within)))
            row = [*loops.over(*last, [loops.set(place, self.target.floating(start))])]
            row += loops.over(within, inner, loops.over(*last, [add]))
            self.keep(node, name, [*loops.array(name, shape), *loops.over(outer[:-1], shape[:-1], row)])
            return
        total = name
        if shape:
            self._total = self._total or self.names.named("total")
            total = self._total
        found = value(outer, within)
        step = loops.add(total, self.text_of(found))
        if pair != "+":
            template = self._template(pair, [])
            step = loops.set(total, self._fill(template, pair, [Term(total), self._as(found, False)]).text)
        lines = [loops.number(total, self.target.floating(start)), *loops.over(within, inner, [step])]
        if shape:
            lines = [
                *loops.array(name, shape),
                *loops.over(outer, shape, [*lines, loops.set(self.target.element(name, outer), total)]),
            ]
        self.keep(node, name, lines)

    def is_turned(self, node: int) -> bool:
        """Tell whether the elements of a matrix are read from a variable whose rows are its columns."""
        name, args = split(self.graph.operations[node])
        return name == "transpose" and node not in self._variables and args[-1] != len(args) - 1

    def chosen(self, condition: str, value: Term, other: float = 0.0) -> Term:
        """Write a value where a condition on indices holds, and a number elsewhere."""
        template = self.target.templates["where"]
        return self._fill(template, "where", [Term(condition, 0, boolean=True), value, self.target.number(other)])

    def filled(self, operation: str, *terms: Term) -> Term:
        """Write an elementwise operation."""
        return self._fill(self._template(operation, []), operation, list(terms))


def spread(shape: Shape, at: At) -> At:
    """Find the index of an operand's element in an operation that broadcasts its shape."""
    return ["0" if size == 1 else each for size, each in zip(shape, at[len(at) - len(shape) :], strict=True)]
