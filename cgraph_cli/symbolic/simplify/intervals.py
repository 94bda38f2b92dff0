"""What is known of a value's range, wherever there is a value: intervals, and whether zero is in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import inf
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.evaluation.rules import text_graph
from cgraph_cli.symbolic.simplify.numbers import Exact
from cgraph_cli.symbolic.simplify.table import RANGES


class Range(NamedTuple):
    """From `low` to `high`, both included; `zero` says whether the value may be zero."""

    low: float
    high: float
    zero: bool


ANY = Range(-inf, inf, True)


def between(low: float, high: float, zero: bool = True) -> Range:
    """The range from `low` to `high`, whatever of the two is not known being `nan`."""
    low = -inf if low != low else low
    high = inf if high != high else high
    return Range(low, high, zero and low <= 0 <= high)


def sum_range(constant: Exact, terms: Sequence[tuple[Range, Exact]]) -> Range:
    """The range of a constant and terms, each with its coefficient."""
    low = high = _float(constant)
    apart = constant != 0
    for known, number in terms:
        ends = sorted((_times(known.low, _float(number)), _times(known.high, _float(number))))
        low, high = low + ends[0], high + ends[1]
        apart = apart or not known.zero
    # a sum of what is never negative is zero only where all of it is; rounding must not decide
    if _one_sided(constant, terms):
        return between(low, high, not apart)
    return between(low - 1e-9 * abs(low), high + 1e-9 * abs(high))


def _one_sided(constant: Exact, terms: Sequence[tuple[Range, Exact]]) -> bool:
    signs = {constant > 0} if constant else set()
    for known, number in terms:
        if known.low >= 0:
            signs.add(number > 0)
        elif known.high <= 0:
            signs.add(number < 0)
        else:
            return False
    return len(signs) == 1


def product_range(coefficient: Exact, factors: Sequence[Range]) -> Range:
    """The range of a product."""
    low = high = _float(coefficient)
    zero = coefficient == 0
    for known in factors:
        ends = [_times(a, b) for a in (low, high) for b in (known.low, known.high)]
        low, high = min(ends), max(ends)
        zero = zero or known.zero
    return between(low, high, zero)


def power_range(base: Range, exponent: Exact) -> Range:
    """The range of a power, wherever it has a value."""
    if exponent == 1:
        return base
    zero = base.zero and exponent > 0
    if exponent.denominator == 1 and exponent % 2 and base.low < 0:
        return between(-inf, 0.0 if base.high <= 0 else inf, zero)
    if exponent.denominator == 1 and base.low < 0:
        return between(0.0, inf, zero)
    low, high = max(base.low, 0.0), max(base.high, 0.0)
    if exponent > 0:
        return between(_power(low, exponent), _power(high, exponent), zero)
    return between(_power(high, exponent), _power(low, exponent), zero)


def result_range(operation: str, operands: Sequence[Range]) -> Range:
    """The range of a primitive's result."""
    if operation in ("min", "max"):
        pick = min if operation == "min" else max
        return between(pick(known.low for known in operands), pick(known.high for known in operands))
    if operation == "where":
        _, one, other = operands
        return between(min(one.low, other.low), max(one.high, other.high), one.zero or other.zero)
    if operation == "^" and (operands[0].low > 0 or (operands[0].low >= 0 and not operands[0].zero)):
        return Range(0.0, inf, False)
    known = _table_range(operation)
    return known._replace(zero=operands[0].zero) if operation == "abs" else known


@cache
def _table_range(operation: str) -> Range:
    """The range that the table says of a primitive's result."""
    if operation not in RANGES:
        return ANY
    graph = text_graph(RANGES[operation], f"range of {operation}")
    low, high, zero = -inf, inf, True
    for node, comparison in enumerate(graph.operations):
        if comparison in (INPUT, CONSTANT, "and"):
            continue
        left, right = graph.operands_of(node)
        number, flipped = _bound(graph, left), True
        if number is None:
            number, flipped = _bound(graph, right) or 0.0, False
        if comparison.startswith(">") != flipped:
            low = number
        else:
            high = number
        zero = zero and not (number == 0 and "=" not in comparison)
    return between(low, high, zero)


def _bound(graph: Graph, node: int) -> float | None:
    return graph.numbers[node] if graph.operations[node] == CONSTANT else None


def _float(number: Exact) -> float:
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def _times(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y


def _power(x: float, exponent: Exact) -> float:
    try:
        return float(x ** _float(exponent))
    except ZeroDivisionError:
        return inf
    except OverflowError:
        return inf
