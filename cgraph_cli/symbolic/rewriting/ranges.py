"""Ranges: the interval of a primitive's result, from its row and its operands' intervals.

The row states it as its `range`, or its `definition` implies it; elsewhere the result may be any number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import inf, nextafter

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.rule_parser import definition, text_graph
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.symbolic.rewriting.intervals import (
    ANY,
    Interval,
    between,
    power_interval,
    product_interval,
    sum_interval,
)
from cgraph_cli.symbolic.rewriting.numbers import ONE, ZERO


def result_interval(operation: str, operands: Sequence[Interval]) -> Interval:
    """Return the interval of a primitive's result, wherever it has a value."""
    law = _FROM_OPERANDS.get(operation)
    return range_of(operation) if law is None else law(operands)


@cache
def range_of(operation: str) -> Interval:
    """Return the interval of a primitive's result, for any operands."""
    row = PRIMITIVES[operation]
    if row.is_truth:
        return Interval(0.0, 1.0, True)
    if row.range:
        stated = text_graph(row.range, f"range of {operation}")
        return _stated(stated, stated.output)
    inside = definition(row)
    if inside is None:
        return ANY
    low, high, zero = _interval_of(inside)
    return Interval(low, high, zero or low < 0 < high)  # the formula 1/tan(x) is never 0, and cot(x) is


def _stated(graph: Graph, node: int) -> Interval:
    """Return the interval of the numbers `f` for which a condition holds."""
    operation = graph.operations[node]
    left, right = graph.operands_of(node)
    if operation in ("and", "or"):
        one, other = _stated(graph, left), _stated(graph, right)
        if operation == "and":
            return between(max(one.low, other.low), min(one.high, other.high), one.zero and other.zero)
        return between(min(one.low, other.low), max(one.high, other.high), one.zero or other.zero)
    if graph.operations[left] != INPUT:
        left, right, operation = right, left, _MIRRORED[operation]
    low, high = _bounds(graph, right)
    return between(
        -inf if operation.startswith("<") else low,
        inf if operation.startswith(">") else high,
        "=" in operation or low != 0,
    )


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


def _bounds(graph: Graph, node: int) -> tuple[float, float]:
    """Return two doubles around a constant, equal where it is a double."""
    number = evaluate(graph, {"f": 0.0}).values[node]
    if graph.operations[node] == CONSTANT and node not in graph.spellings:
        return number, number
    return nextafter(number, -inf), nextafter(number, inf)


def _interval_of(graph: Graph) -> Interval:
    """Return the interval of a graph's output, for any inputs."""
    intervals: list[Interval] = []
    for node, operation in enumerate(graph.operations):
        operands = [intervals[operand] for operand in graph.operands_of(node)]
        if operation == INPUT:
            intervals.append(ANY)
        elif operation == CONSTANT:
            number = graph.constant(node)
            intervals.append(Interval(number, number, number == 0))
        else:
            law = _ARITHMETIC.get(operation)
            intervals.append(result_interval(operation, operands) if law is None else law(operands))
    return intervals[graph.output]


IntervalLaw = Callable[[Sequence[Interval]], Interval]


def _of_branches(operands: Sequence[Interval]) -> Interval:
    _, one, other = operands
    return between(min(one.low, other.low), max(one.high, other.high), one.zero or other.zero)


def _of_power(operands: Sequence[Interval]) -> Interval:
    base, _ = operands
    return Interval(0.0, inf, False) if base.low >= 0 and not base.zero else ANY


_FROM_OPERANDS: dict[str, IntervalLaw] = {
    "abs": lambda operands: range_of("abs")._replace(zero=operands[0].zero),
    "min": lambda operands: between(min(each.low for each in operands), min(each.high for each in operands)),
    "max": lambda operands: between(max(each.low for each in operands), max(each.high for each in operands)),
    "where": _of_branches,
    "^": _of_power,
}
"""The laws of primitives whose interval depends on those of their operands."""

_ARITHMETIC: dict[str, IntervalLaw] = {
    "identity": lambda operands: operands[0],
    "neg": lambda operands: product_interval(-ONE, operands),
    "+": lambda operands: sum_interval(ZERO, [(each, ONE) for each in operands]),
    "-": lambda operands: sum_interval(ZERO, [(operands[0], ONE), (operands[1], -ONE)]),
    "*": lambda operands: product_interval(ONE, operands),
    "/": lambda operands: product_interval(ONE, [operands[0], power_interval(operands[1], -ONE)]),
}
"""The laws of sums and products; outside definitions, these are collected first, or opaque."""
