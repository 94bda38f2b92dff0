"""The transposes of reductions: the adjoint of an array from that of its `sum`, `max`, `norm`, …."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cgraph_cli.core.array_graph import joined
from cgraph_cli.symbolic.arrays.operations import reduced
from cgraph_cli.symbolic.graph_builder import ONE, ZERO, Value
from cgraph_cli.symbolic.matrices.links import Link
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder


def _wide(link: Link) -> tuple[MatrixBuilder, Value, Value, int]:
    """Give the adjoint and the result of a reduction with the lost axis restored, and the count of reduced elements."""
    nodes, (axes, rank) = link.nodes, link.args
    shape = link.shape
    g, f = link.value, link.node
    if len(axes) < rank:
        if nodes.shape(g):
            g = nodes.full(g, reduced(shape, axes))
        g, result = nodes.column(g, axes[0], shape), nodes.column(f, axes[0], shape)
        return nodes, g, result, shape[axes[0]]
    return nodes, g, f, prod(shape)


def _sum(link: Link) -> Value:
    return _wide(link)[1]


def _mean(link: Link) -> Value:
    nodes, g, _, _ = _wide(link)
    axes, _ = link.args
    return nodes.emit("/", g, nodes.count(*(link.shape[axis] for axis in axes)))


def _extreme(link: Link) -> Value:
    nodes, g, f, _ = _wide(link)
    axes, rank = link.args
    tied = nodes.node(nodes.emit("==", link.operand, f))
    ties = nodes.total(tied, axes[0] if len(axes) < rank else None)
    if len(axes) < rank:
        ties = nodes.column(ties, axes[0], link.shape)
    return nodes.emit("*", g, nodes.emit("/", tied, ties))


def _norm(link: Link) -> Value:
    nodes, g, f, _ = _wide(link)
    rest = nodes.divided(g, link.node)
    if rest is not None:  # the slope of norm(x)^2 is 2*x everywhere
        return nodes.emit("*", rest, link.operand)
    partial = nodes.emit("/", link.operand, f)
    return nodes.emit("where", nodes.emit("==", f, ZERO), ZERO, nodes.emit("*", g, partial))


def _logsumexp(link: Link) -> Value:
    nodes, g, f, _ = _wide(link)
    axes, rank = link.args
    if len(axes) == 1:
        operation = joined("softmax", () if axes == (rank - 1,) else axes)
        return nodes.emit("*", g, nodes.raw(operation, link.operand))
    return nodes.emit("*", g, nodes.emit("exp", nodes.emit("-", link.operand, f)))


def _prod(link: Link) -> Value:
    """Multiply all the others: the product of an array with a 1 in place of each element in turn."""
    nodes, g, _, _ = _wide(link)
    axes, rank = link.args
    x, shape = link.operand, link.shape
    if len(axes) == rank > 1:
        x, axes, rank = nodes.reshape(x, (prod(shape),)), (0,), 1
    (axis,), inner = axes, nodes.shape(x)
    one = nodes.leaf("eye", (inner[axis],))
    mask: Value = nodes.index(one, [*nodes.whole((inner[axis],) * 2), *[None] * (rank - axis - 1)])
    own = nodes.whole(inner)
    wide: Value = nodes.index(x, [*own[:axis], None, *own[axis:]]) if axis else x
    alone = nodes.node(nodes.emit("where", mask, ONE, wide))
    rest = nodes.raw(joined("prod", ((axis + 1,), rank + 1)), alone)
    return nodes.emit("*", g, nodes.reshape(rest, shape))


REDUCTIONS: dict[str, Callable[[Link], Value]] = {
    "sum": _sum,
    "mean": _mean,
    "max": _extreme,
    "min": _extreme,
    "norm": _norm,
    "logsumexp": _logsumexp,
    "prod": _prod,
}
"""The transposes by the name of a reduction."""
