"""The structural operations in loops: each by its elements, or as a variable that loops fill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import strides
from cgraph_cli.emit.loops import At, LoopWalk, spread
from cgraph_cli.emit.terms import ATOM, Term

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

        along_rows = rank - 1 not in axes and not walk.is_turned(x)
        walk.accumulate(node, tuple(shape[axis] for axis in axes), value, pair, start, along_rows=along_rows)

    return write


def _product(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    x, y = operands
    walk.ready(x)
    walk.ready(y)
    a, b = walk.graph.shapes[x], walk.graph.shapes[y]
    stacked = len(walk.graph.shapes[node]) - (len(a) > 1) - (len(b) > 1)

    def value(outer: At, inner: At) -> Term:
        batch, rest = outer[:stacked], outer[stacked:]
        rows, columns = rest[: len(a) > 1], rest[len(a) > 1 :]
        left, right = spread(a[:-2], batch), spread(b[:-2], batch)
        return walk.filled("*", walk.element(x, [*left, *rows, *inner]), walk.element(y, [*right, *inner, *columns]))

    walk.accumulate(node, a[-1:], value, along_rows=len(b) > 1 and not walk.is_turned(y))


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
        walk.ready(x)
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
    walk.ready(x)
    walk.ready(y)
    walk.view(node, lambda at: walk.filled("*", walk.element(x, at[:1]), walk.element(y, at[1:])))


def _on_diagonal(walk: LoopWalk, at: Sequence[str], number: Term) -> Term:
    """Write a number on the diagonal, and 0 beside it."""
    return number if at[0] == at[1] else walk.chosen(f"{at[0]} == {at[1]}", number)


def _diag(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    (x,) = operands
    if len(walk.graph.shapes[x]) == 2:
        walk.view(node, lambda at: walk.element(x, [at[0], at[0]]))
    else:
        walk.view(node, lambda at: _on_diagonal(walk, at, walk.element(x, at[:1])))


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
    (x,), loops, name = operands, walk.loops, walk.new_name(node)
    shape = walk.graph.shapes[node]
    at, total = walk.counters(1), walk.names.unnamed()
    walk.keep(
        node,
        name,
        [
            *loops.array(name, shape),
            loops.number(total, walk.target.floating(0.0)),
            *loops.over(
                at,
                shape,
                [
                    loops.add(total, walk.text_of(walk.element(x, at))),
                    loops.set(walk.target.element(name, at), total),
                ],
            ),
        ],
    )


def _conv(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    x, w = operands
    walk.ready(x)
    walk.ready(w)

    def value(outer: At, inner: At) -> Term:
        at = [f"{i} + {j}" for i, j in zip(outer, inner, strict=True)]
        return walk.filled("*", walk.element(x, at), walk.element(w, inner))

    walk.accumulate(node, walk.graph.shapes[w], value)


def _algebra(name: str) -> Handler:
    """Call a function of linear algebra, which takes whole arrays."""

    def write(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
        shapes = walk.graph.shapes
        texts = [walk.whole(operand) for operand in operands]
        result = walk.new_name(node)
        walk.keep(node, result, walk.loops.call(name, result, texts, [shapes[each] for each in operands]))

    return write


def _leaf(number: float) -> Handler:
    return lambda walk, node, args, operands: walk.view(node, lambda at: walk.target.number(number))


def _eye(walk: LoopWalk, node: int, args: tuple[Any, ...], operands: Operands) -> None:
    one = walk.target.number(1.0)
    walk.view(node, lambda at: _on_diagonal(walk, at, one))


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
