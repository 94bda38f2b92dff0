"""The transposes of structural operations: the adjoint of each operand from the result's.

Sources: Petersen and Pedersen, The Matrix Cookbook, 2; Giles, Collected Matrix Derivative Results (2008); for the
Cholesky factor Murray, Differentiation of the Cholesky decomposition (2016), 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgraph_cli.core.array_graph import joined, split
from cgraph_cli.symbolic.graph_builder import ZERO, Number, Value
from cgraph_cli.symbolic.matrices.links import Link, NoArrayForm
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder
from cgraph_cli.symbolic.matrices.reductions import REDUCTIONS


def _product(link: Link) -> Value:
    nodes, (x, y) = link.nodes, link.operands
    a, b = nodes.shape(x), nodes.shape(y)
    if len(a) > 2 or len(b) > 2:
        return _stacked_product(link)
    if len(a) == len(b) == 1:
        return nodes.emit("*", link.value, y if link.position == 0 else x)
    g = link.full
    if link.position == 0:
        if len(a) == 1:
            return nodes.product(y, g)
        return nodes.outer(g, y) if len(b) == 1 else nodes.product(g, nodes.transpose(y))
    if len(b) == 1:
        return nodes.product(nodes.transpose(x), g)
    return nodes.outer(x, g) if len(a) == 1 else nodes.product(nodes.transpose(x), g)


def _stacked_product(link: Link) -> Value:
    """Multiply by the transposes of the other stack, and add up where an operand is the same for all of a stack.

    A vector is a matrix of one row at the left, and of one column at the right.
    """
    nodes, (x, y) = link.nodes, link.operands
    a, b, g = nodes.shape(x), nodes.shape(y), link.full
    if len(a) == 1:
        x = nodes.index(x, [None, (0, a[0], 1)])
        own = nodes.shape(g)
        g = nodes.index(g, [*nodes.whole(own[:-1]), None, *nodes.whole(own[-1:])])
    if len(b) == 1:
        y = nodes.index(y, [(0, b[0], 1), None])
        g = nodes.index(g, [*nodes.whole(nodes.shape(g)), None])
    found = nodes.product(nodes.flipped(x), g) if link.position else nodes.product(g, nodes.flipped(y))
    own = nodes.shape((x, y)[link.position])
    if nodes.shape(found) != own:
        found = nodes.full(nodes.narrowed(found, nodes.shape(found), own), own)
    if len(own) > len(link.shape):
        found = nodes.index(found, [(0, b[0], 1), 0] if link.position else [0, (0, a[0], 1)])
    return found


def _transpose(link: Link) -> Value:
    nodes, axes = link.nodes, link.args
    if not nodes.shape(link.value):
        return link.value
    return nodes.permuted(link.full, [axes.index(axis) for axis in range(len(axes))])


def _reshape(link: Link) -> Value:
    return link.nodes.reshape(link.full, link.shape) if link.nodes.shape(link.value) else link.value


def _index(link: Link) -> Value:
    """Transpose an index: zeros around slices, rows of the identity at places."""
    nodes, shape = link.nodes, link.shape
    specs = [spec for spec in link.args if spec is not None]
    g: Value = link.full if link.inner is None else link.value
    if len(specs) < len(link.args):
        if specs == nodes.whole(shape):
            return nodes.index(nodes.node(g), [0 if spec is None else spec for spec in link.args])
        kept = tuple(size for size, spec in zip(nodes.shape(g), _staying(link.args), strict=True) if spec is not None)
        g = nodes.reshape(nodes.node(g), kept)
    for axis, (spec, size) in enumerate(zip(specs, shape, strict=True)):
        own = nodes.shape(g)
        after = len([each for each in specs[axis + 1 :] if not isinstance(each, int)])
        if isinstance(spec, int):
            row = nodes.index(nodes.leaf("eye", (size,)), [spec, (0, size, 1)])
            wide: Value = row
            if after:
                wide = nodes.index(row, [(0, size, 1), *[None] * after])
            if own:
                g = nodes.index(nodes.node(g), [*nodes.whole(own[:axis]), None, *nodes.whole(own[axis:])])
            g = nodes.emit("*", g, wide)
        elif spec != (0, size, 1):
            g = _spread_along(nodes, nodes.node(g), axis, spec, size)
    return g


def _staying(specs: tuple[Any, ...]) -> list[Any]:
    return [spec for spec in specs if not isinstance(spec, int)]


def _spread_along(nodes: MatrixBuilder, g: int, axis: int, spec: Any, size: int) -> int:
    """Spread places along an axis among all."""
    own = nodes.shape(g)
    if isinstance(spec, tuple) and spec[2] == 1:
        start, count, _ = spec
        parts = [
            nodes.zeros((*own[:axis], before, *own[axis + 1 :])) if before else -1
            for before in (start, size - start - count)
        ]
        found = [each for each in (parts[0], g, parts[1]) if each >= 0]
        return nodes.raw(joined("concat", (axis,)), *found)
    if len(own) > 2:
        raise NoArrayForm("an index with steps of an array of more than two axes")
    rows = nodes.index(nodes.leaf("eye", (size,)), [spec, (0, size, 1)])
    back = nodes.transpose(rows)
    return nodes.product(back, g) if axis == 0 else nodes.product(g, rows)


def _pieces(link: Link) -> Value:
    """Take the part of an adjoint at the place of an operand of `concat`."""
    nodes, (axis,) = link.nodes, link.args
    start = sum(nodes.shape(each)[axis] for each in link.operands[: link.position])
    specs = nodes.whole(nodes.shape(link.full))
    specs[axis] = (start, link.shape[axis], 1)
    return nodes.index(link.full, specs)


def _layers(link: Link) -> Value:
    nodes, (axis,) = link.nodes, link.args
    specs = nodes.whole(nodes.shape(link.full))
    specs[axis] = link.position
    return nodes.index(link.full, specs)


def _outer(link: Link) -> Value:
    nodes, (x, y) = link.nodes, link.operands
    return nodes.product(link.full, y) if link.position == 0 else nodes.product(nodes.transpose(link.full), x)


def _diag(link: Link) -> Value:
    nodes, shape = link.nodes, link.shape
    if len(shape) == 1:
        return nodes.diag(link.full)
    if shape[0] == shape[1]:
        return nodes.diag(link.full)
    raise NoArrayForm("the diagonal of a matrix that is not square")


def _trace(link: Link) -> Value:
    if link.shape[0] != link.shape[1]:
        raise NoArrayForm("the trace of a matrix that is not square")
    return link.nodes.emit("*", link.value, link.nodes.leaf("eye", link.shape[:1]))


def _cumsum(link: Link) -> Value:
    nodes = link.nodes
    (size,) = link.shape
    back = [(size - 1, size, -1)]
    return nodes.index(nodes.raw("cumsum", nodes.index(link.full, back)), back)


def _along(link: Link, value: Value) -> Value:
    """Sum along the axis of a call, or the last, and restore that axis."""
    nodes, shape = link.nodes, link.shape
    axis = link.args[0] if link.args else len(shape) - 1
    found = nodes.total(value, axis)
    return nodes.column(found, axis, shape) if len(shape) > 1 else found


def _softmax(link: Link) -> Value:
    nodes, f = link.nodes, link.node
    scaled = nodes.emit("*", link.full, f)
    return nodes.emit("*", f, nodes.emit("-", link.full, _along(link, scaled)))


def _log_softmax(link: Link) -> Value:
    nodes, g = link.nodes, link.full
    chances = nodes.raw(joined("softmax", link.args), link.operand)
    return nodes.emit("-", g, nodes.emit("*", chances, _along(link, g)))


def _classes(link: Link) -> Value:
    """Differentiate the cross entropy in the logits; the whole numbers, as `eye(n)[k]`, have no derivative."""
    nodes, (z, k) = link.nodes, link.operands
    if link.position:
        return ZERO
    hot = nodes.raw(joined("onehot", (link.shape[-1],)), k)
    error = nodes.emit("-", nodes.raw("softmax", z), hot)
    count = nodes.count(*nodes.shape(k))
    return nodes.emit("/", nodes.emit("*", link.value, error), count)


def _solve(link: Link) -> Value:
    nodes, (matrix, right) = link.nodes, link.operands
    back = nodes.raw("solve", nodes.transpose(matrix), link.full)
    if link.position:
        return back
    back = nodes.node(nodes.emit("neg", back))
    if len(nodes.shape(right)) == 1:
        return nodes.outer(back, link.node)
    return nodes.product(back, nodes.transpose(link.node))


def _inv(link: Link) -> Value:
    nodes = link.nodes
    flipped = nodes.transpose(link.node)
    found = nodes.product(nodes.product(flipped, link.full), flipped)
    return nodes.emit("neg", found)


def _logdet(link: Link) -> Value:
    nodes = link.nodes
    return nodes.emit("*", link.value, nodes.transpose(nodes.raw("inv", link.operand)))


def _det(link: Link) -> Value:
    graph, adjoint = link.nodes.graph, link.value
    if isinstance(adjoint, int) and graph.operations[adjoint] == "/" and graph.operands_of(adjoint)[1] == link.node:
        rest = graph.operands_of(adjoint)[0]  # the slope of log(det(A)) is inv(A).T, which has no value at 0 either
        return _logdet(link._replace(value=rest))
    return link.nodes.emit("*", link.node, _logdet(link))


def _cholesky(link: Link) -> Value:
    nodes, lower = link.nodes, link.node
    (size, _) = link.shape
    numbers = nodes.raw(joined("range", (size,)))
    column = nodes.column(numbers, 1, link.shape)
    below = nodes.emit(">", column, numbers)
    mask = nodes.emit("+", below, nodes.emit("*", Number(0.5), nodes.leaf("eye", (size,))))
    flipped = nodes.transpose(lower)
    inner = nodes.node(nodes.emit("*", nodes.product(flipped, link.full), mask))
    left = nodes.raw("solve", flipped, inner)
    found = nodes.transpose(nodes.raw("solve", flipped, nodes.transpose(left)))
    return nodes.emit("*", Number(0.5), nodes.emit("+", found, nodes.transpose(found)))


def _conv(link: Link) -> Value:
    nodes, (x, w), name = link.nodes, link.operands, nodes_name(link)
    if link.position:
        return nodes.raw(name, x, link.full)
    padded, back = link.full, []
    for axis, size in enumerate(nodes.shape(w)):
        if size > 1:
            own = nodes.shape(padded)
            edge = nodes.zeros((*own[:axis], size - 1, *own[axis + 1 :]))
            padded = nodes.raw(joined("concat", (axis,)), edge, padded, edge)
        back.append((size - 1, size, -1))
    return nodes.raw(name, padded, nodes.index(w, back))


def nodes_name(link: Link) -> str:
    """Name the operation of a link's node."""
    return split(link.nodes.graph.operations[link.node])[0]


TRANSPOSES: dict[str, Callable[[Link], Value]] = {
    "@": _product,
    "transpose": _transpose,
    "reshape": _reshape,
    "index": _index,
    "concat": _pieces,
    "stack": _layers,
    **REDUCTIONS,
    "outer": _outer,
    "diag": _diag,
    "trace": _trace,
    "cumsum": _cumsum,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "cross_entropy": _classes,
    "onehot": lambda link: ZERO,
    "solve": _solve,
    "inv": _inv,
    "logdet": _logdet,
    "det": _det,
    "cholesky": _cholesky,
    "conv1d": _conv,
    "conv2d": _conv,
}
"""The transposes by the name of a structural operation."""
