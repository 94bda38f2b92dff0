"""Remarks on calls that compute something else than the same ones elsewhere: `sum(x, 0)`, `norm(x, 2)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import CONSTANT
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import MOST_AXES
from cgraph_cli.language.foreign_calls import arguments_at, norm_of_order


class Remark(NamedTuple):
    """One such call: its node and place, the meaning that it has, and what to write for the other."""

    label: str
    operation: str
    line: int
    column: int
    message: str
    suggestion: str


def find_remarks(graph: ArrayGraph) -> Iterator[Remark]:
    """Find the numbers beside arrays that may be meant as axes, or as the order of a norm.

    `max(x, 0)`, which compares, is an ordinary use and gets none.
    """
    for node, operation in enumerate(graph.operations):
        primitive, operands = PRIMITIVES.get(operation), graph.operands_of(node)
        if primitive is None or len(operands) != 2 or "..." not in primitive.signature or "ties" in primitive.kinks:
            continue
        array, other = operands
        if graph.operations[other] != CONSTANT or graph.names[other] or not graph.shapes[array]:
            continue
        number = graph.constant(other)
        if suggestion := _suggest(graph, node, operation, number):
            line, column = graph.source.place(graph.offsets[node])
            what = f"`{operation}` at {line}:{column} takes {number:g} as a number beside each element"
            yield Remark(graph.labels()[node], operation, line, column, what, suggestion)


def _suggest(graph: ArrayGraph, node: int, operation: str, number: float) -> str:
    """Say what to write for the axis, for the norm, or for all elements; empty for a number that is none of these."""
    array = graph.operands_of(node)[0]
    rank = len(graph.shapes[array])
    if number in range(-rank, rank):
        return f"for the axis, write `axis={number:g}`"
    arguments, _ = arguments_at(graph.source.text, graph.offsets[node]) or ([], 0)
    text = arguments[0] if len(arguments) == 2 else graph.names[array] or "x"
    if operation == "norm" and rank == 1 and number > 0:
        return f"for the norm of that order, write `{norm_of_order(text, f'{number:g}')}`"
    is_axis = number in range(-MOST_AXES, MOST_AXES)
    return f"for one number of all elements, write `{operation}({text})`" if is_axis or operation == "norm" else ""
