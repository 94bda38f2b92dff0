"""Loops: a graph of arrays in a language with nothing but nested arrays and their elements.

An operation on arrays is written by its elements. It is a *view*, written into the expression of its user, or a
variable that loops fill: where it has a name, is used more than once, or accumulates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, split
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Shape, Tensor, strides
from cgraph_cli.emit.expressions import Walk
from cgraph_cli.emit.loop_syntax import LoopSyntax
from cgraph_cli.emit.terms import ATOM, Line, Term

At = Sequence[str]
"""The texts of an index."""

View = Callable[[At], Term]
"""A function from an index to the text of an array's element."""


class LoopWalk(Walk):
    """A lowered graph of arrays in a target's words, with loops."""

    graph: ArrayGraph

    def __init__(self, *args: Any, **options: Any) -> None:
        self._views: dict[int, View] = {}
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
            name, tensor = self._name(node), known or Tensor(shapes[node], [])
            text = self.target.known_array(tensor.map(lambda x: self.target.number(x).text))
            self._keep(node, name, self.loops.constant(name, shapes[node], text))
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
            STRUCTURES[name](self, node, args, operands)
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
                self._ready(operand)
                total += self._length(operand) - lengths[operand]
        parts = list(operands)
        self._views[node] = lambda at: self._fill(
            template, operation, [self.element(each, self._spread(each, at)) for each in parts]
        )

    def element(self, node: int, at: At) -> Term:
        """Write an element of an array, or a number."""
        return self._views[node](at) if self.graph.shapes[node] else self._known(node)

    def _spread(self, node: int, at: At) -> At:
        """Find the index of an operand's element in an operation that broadcasts it."""
        shape = self.graph.shapes[node]
        return ["0" if size == 1 else each for size, each in zip(shape, at[len(at) - len(shape) :], strict=True)]

    def _length(self, node: int) -> int:
        return len(self.element(node, self.counters(len(self.graph.shapes[node]))).text)

    def counters(self, count: int, after: int = 0) -> list[str]:
        """Name the variables of nested loops, inside others."""
        while len(self._counters) < count + after:
            self._counters.append(self.names.named("ijklmnpqrs"[len(self._counters) % 10]))
        return self._counters[after : count + after]

    # Variables

    def _ready(self, node: int) -> None:
        """Store an array in a variable, unless its elements are as cheap as a read."""
        if self.graph.shapes[node] and node not in self._stored:
            self._store(node)

    def whole(self, node: int) -> str:
        """Name the variable of an array."""
        if node not in self._variables and self.graph.operations[node] != INPUT:
            self._store(node)
        return self._known(node).text

    def _of_variable(self, name: str) -> View:
        return lambda at: Term(self.target.element(name, at))

    def _name(self, node: int) -> str:
        wanted = self.graph.names[node]
        return self.names.unnamed() if wanted is None else self.names.named(wanted)

    def _keep(self, node: int, name: str, lines: Sequence[str]) -> None:
        """Append the lines that compute a variable."""
        self.lines.append(Line(name, Term(name), node, lines))
        self.terms[node] = Term(name)
        self._views[node] = self._of_variable(name)
        self._stored.add(node)
        self._variables.add(node)

    def _store(self, node: int) -> None:
        """Make an array a variable."""
        shape = self.graph.shapes[node]
        at, name = self.counters(len(shape)), self._name(node)
        value = self._number(self.element(node, at))
        loops = self.loops
        place = self.target.element(name, at)
        self._keep(node, name, [*loops.array(name, shape), *loops.over(at, shape, [loops.set(place, value)])])

    def _number(self, term: Term) -> str:
        return self._as(term, False).text

    # Structural operations

    def view(self, node: int, view: View) -> None:
        """Write an operation by its elements."""
        self._views[node] = view

    def pieces(self, node: int, parts: Iterable[tuple[int, Callable[[At], At]]]) -> None:
        """Fill an array with others, each at the places of a function of its index."""
        loops, shapes, name = self.loops, self.graph.shapes, self._name(node)
        lines = list(loops.array(name, shapes[node]))
        for part, to in parts:
            at = self.counters(len(shapes[part]))
            place = self.target.element(name, to(at))
            lines += loops.over(at, shapes[part], [loops.set(place, self._number(self.element(part, at)))])
        self._keep(node, name, lines)

    def accumulate(
        self, node: int, inner: Shape, value: Callable[[At, At], Term], pair: str = "+", start: float = 0.0
    ) -> None:
        """Accumulate the values at all inner places by an operation, for each element of an array."""
        loops, shape = self.loops, self.graph.shapes[node]
        outer = self.counters(len(shape))
        within = self.counters(len(inner), len(shape))
        if 0 in inner:
            number = self.target.number(start)
            self._views[node] = lambda at: number
            self.terms[node] = number
            return
        name = self._name(node)
        total = name
        if shape:
            self._total = self._total or self.names.named("total")
            total = self._total
        found = value(outer, within)
        step = loops.add(total, self._number(found))
        if pair != "+":
            template = self._template(pair, [])
            step = loops.set(total, self._fill(template, pair, [Term(total), self._as(found, False)]).text)
        lines = [loops.number(total, self.target.floating(start)), *loops.over(within, inner, [step])]
        if shape:
            lines = [
                *loops.array(name, shape),
                *loops.over(outer, shape, [*lines, loops.set(self.target.element(name, outer), total)]),
            ]
        self._keep(node, name, lines)

    def chosen(self, condition: str, value: Term, other: float = 0.0) -> Term:
        """Write a value where a condition on indices holds, and a number elsewhere."""
        template = self.target.templates["where"]
        return self._fill(template, "where", [Term(condition, 0, boolean=True), value, self.target.number(other)])

    def filled(self, operation: str, *terms: Term) -> Term:
        """Write an elementwise operation."""
        return self._fill(self._template(operation, []), operation, list(terms))


Operands = Sequence[int]
Handler = Callable[[LoopWalk, int, tuple[Any, ...], Operands], None]


def _reduction(name: str) -> Handler:
    pair, start = PRIMITIVES[name].pair, {"prod": 1.0, "max": -inf, "min": inf, "logsumexp": -inf}.get(name, 0.0)

    def write(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
        (axes, rank), (x,) = args, operands
        shape = walk.graph.shapes[x]

        def value(outer: At, inner: At) -> Term:
            kept, gone = iter(outer), iter(inner)
            return walk.element(x, [next(gone) if axis in axes else next(kept) for axis in range(rank)])

        walk.accumulate(node, tuple(shape[axis] for axis in axes), value, pair, start)

    return write


def _product(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    x, y = operands
    walk._ready(x)
    walk._ready(y)
    a = walk.graph.shapes[x]

    def value(outer: At, inner: At) -> Term:
        rows, columns = outer[: len(a) - 1], outer[len(a) - 1 :]
        return walk.filled("*", walk.element(x, [*rows, *inner]), walk.element(y, [*inner, *columns]))

    walk.accumulate(node, a[-1:], value)


def _transpose(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    (x,) = operands
    walk.view(node, lambda at: walk.element(x, [at[args.index(axis)] for axis in range(len(args))]))


def _index(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    (x,), loops = operands, walk.loops

    def place(at: At) -> At:
        rest, found = iter(at), []
        for spec in args:
            if isinstance(spec, int):
                found.append(str(spec))
                continue
            each = next(rest)
            if isinstance(spec, list):
                found.append(loops.places.format(", ".join(map(str, spec)), each, len(spec)))
            elif spec is not None:
                found.append(_moved(each, spec[0], spec[2]))
        return found

    if walk.graph.shapes[node]:
        walk.view(node, lambda at: walk.element(x, place(at)))
    else:
        walk._ready(x)
        walk.terms[node] = walk.element(x, place([]))


def _moved(at: str, start: int, step: int) -> str:
    if step == 1:
        return f"{at} + {start}" if start else at
    at = at if at.isidentifier() or at.isdecimal() else f"({at})"
    if step == -1:
        return f"{start} - {at}"
    if step > 0:
        return f"{step} * {at} + {start}" if start else f"{step} * {at}"
    return f"{start} - {-step} * {at}"


def _reshape(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    (x,), shape = operands, walk.graph.shapes[node]
    old, loops = walk.graph.shapes[x], walk.loops

    def place(at: At) -> At:
        if [size for size in old if size != 1] == [size for size in shape if size != 1]:
            rest = iter([each for each, size in zip(at, shape, strict=True) if size != 1])
            return ["0" if size == 1 else next(rest) for size in old]
        terms = [_moved(each, 0, step) for each, step, size in zip(at, strides(shape), shape, strict=True) if size != 1]
        flat = " + ".join(terms) or "0"
        found = []
        for axis, (step, size) in enumerate(zip(strides(old), old, strict=True)):
            text = f"({flat})" if " " in flat and (step != 1 or axis) else flat
            text = loops.quotient.format(text, step) if step != 1 else text
            found.append(text if axis == 0 else f"{text} % {size}")
        return found

    if shape:
        walk.view(node, lambda at: walk.element(x, place(at)))
    else:
        _index(walk, node, (0,) * len(old), operands)


def _outer(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    x, y = operands
    walk._ready(x)
    walk._ready(y)
    walk.view(node, lambda at: walk.filled("*", walk.element(x, at[:1]), walk.element(y, at[1:])))


def _diag(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    (x,) = operands
    if len(walk.graph.shapes[x]) == 2:
        walk.view(node, lambda at: walk.element(x, [at[0], at[0]]))
    else:
        walk.view(node, lambda at: walk.chosen(f"{at[0]} == {at[1]}", walk.element(x, at[:1])))


def _trace(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    (x,) = operands
    size = min(walk.graph.shapes[x])
    walk.accumulate(node, (size,), lambda outer, inner: walk.element(x, [inner[0], inner[0]]))


def _concat(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    (axis,), start, parts = args, 0, []
    for operand in operands:
        parts.append((operand, _shifted(axis, start)))
        start += walk.graph.shapes[operand][axis]
    walk.pieces(node, parts)


def _shifted(axis: int, start: int) -> Callable[[At], At]:
    return lambda at: [*at[:axis], _moved(at[axis], start, 1), *at[axis + 1 :]]


def _stack(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    axis = args[0] if args else 0
    walk.pieces(node, [(operand, _inserted(axis, place)) for place, operand in enumerate(operands)])


def _inserted(axis: int, place: int) -> Callable[[At], At]:
    return lambda at: [*at[:axis], str(place), *at[axis:]]


def _cumsum(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    (x,), loops, name = operands, walk.loops, walk._name(node)
    shape = walk.graph.shapes[node]
    at, total = walk.counters(1), walk.names.unnamed()
    walk._keep(
        node,
        name,
        [
            *loops.array(name, shape),
            loops.number(total, walk.target.floating(0.0)),
            *loops.over(
                at,
                shape,
                [
                    loops.add(total, walk._number(walk.element(x, at))),
                    loops.set(walk.target.element(name, at), total),
                ],
            ),
        ],
    )


def _conv(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    x, w = operands
    walk._ready(x)
    walk._ready(w)

    def value(outer: At, inner: At) -> Term:
        at = [f"{i} + {j}" for i, j in zip(outer, inner, strict=True)]
        return walk.filled("*", walk.element(x, at), walk.element(w, inner))

    walk.accumulate(node, walk.graph.shapes[w], value)


def _algebra(name: str) -> Handler:
    """Call a function of linear algebra, which takes whole arrays."""

    def write(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
        shapes = walk.graph.shapes
        texts = [walk.whole(operand) for operand in operands]
        result = walk._name(node)
        walk._keep(node, result, walk.loops.call(name, result, texts, [shapes[each] for each in operands]))

    return write


def _leaf(number: float) -> Handler:
    return lambda walk, node, args, operands: walk.view(node, lambda at: walk.target.number(number))


def _eye(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    one = walk.target.number(1.0)
    walk.view(node, lambda at: walk.chosen(f"{at[0]} == {at[1]}", one))


def _counter(walk: LoopWalk, at: str) -> Term:
    return Term(walk.loops.cast.format(at if at.isidentifier() else f"({at})"), ATOM)


def _range(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    walk.view(node, lambda at: _counter(walk, at[0]))


def _onehot(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    (x,) = operands
    walk.view(node, lambda at: walk.filled("==", walk.element(x, at[:-1]), _counter(walk, at[-1])))


STRUCTURES: dict[str, Handler] = {
    **{name: _reduction(name) for name in ("sum", "prod", "max", "min", "norm", "logsumexp")},
    "@": _product,
    "transpose": _transpose,
    "index": _index,
    "reshape": _reshape,
    "outer": _outer,
    "diag": _diag,
    "trace": _trace,
    "concat": _concat,
    "stack": _stack,
    "array": _stack,
    ELEMENTS: _stack,
    "cumsum": _cumsum,
    "conv1d": _conv,
    "conv2d": _conv,
    **{name: _algebra(name) for name in ("solve", "inv", "det", "logdet", "cholesky")},
    "ones": _leaf(1.0),
    "zeros": _leaf(0.0),
    "eye": _eye,
    "range": _range,
    "onehot": _onehot,
}
"""The structural operations in loops."""

_VIEWS = frozenset({"transpose", "index", "ones", "zeros", "range"})
"""Operations whose elements are as cheap as a read."""
