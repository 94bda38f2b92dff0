"""Structural operations by others, for targets that lack them: means by sums, `softmax` by exponentials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from cgraph_cli.core.array_graph import joined
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph

Expansion = Callable[[MatrixGraph, tuple[Any, ...], Sequence[int], int], int]
"""A function of a graph, static arguments, operands and an offset, which appends the equivalent of an operation."""


def _mean(graph: MatrixGraph, args: tuple[Any, ...], operands: Sequence[int], offset: int) -> int:
    axes, _ = args
    count = prod(graph.shapes[operands[0]][axis] for axis in axes)
    total = graph.append(joined("sum", args), operands, offset)
    return graph.append("/", (total, graph.append_constant(float(count), offset)), offset)


def _log_softmax(graph: MatrixGraph, args: tuple[Any, ...], operands: Sequence[int], offset: int) -> int:
    shape = graph.shapes[operands[0]]
    rank = len(shape)
    axis = args[0] if args else rank - 1
    total = graph.append(joined("logsumexp", ((axis,), rank)), operands, offset)
    if rank > 1:
        kept: list[Any] = [(0, size, 1) for size in graph.shapes[total]]
        total = graph.append(joined("index", (*kept[:axis], None, *kept[axis:])), (total,), offset)
    return graph.append("-", (operands[0], total), offset)


def _softmax(graph: MatrixGraph, args: tuple[Any, ...], operands: Sequence[int], offset: int) -> int:
    return graph.append("exp", (_log_softmax(graph, args, operands, offset),), offset)


def _cross_entropy(graph: MatrixGraph, args: tuple[Any, ...], operands: Sequence[int], offset: int) -> int:
    logits, classes = operands
    chances = _log_softmax(graph, (), (logits,), offset)
    hot = graph.append(joined("onehot", graph.shapes[logits][-1:]), (classes,), offset)
    total = graph.append(joined("sum", ((0, 1), 2)), (graph.append("*", (hot, chances), offset),), offset)
    count = graph.append_constant(-float(graph.shapes[logits][0]), offset)
    return graph.append("/", (total, count), offset)


EXPANSIONS: dict[str, Expansion] = {
    "mean": _mean,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "cross_entropy": _cross_entropy,
}
"""The expansions by the name of the operation."""
