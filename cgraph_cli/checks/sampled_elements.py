"""Elements of a large program beside high precision: some of each array, computed in balls from its operands' doubles.

An element of a product or of a reduction takes a row of numbers, never the whole of an array. An inverse, a solution
and a Cholesky factor are multiplied by what they belong to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import starmap
from math import isfinite, prod
from random import Random
from typing import Any

import numpy as np

from cgraph_cli.checks.outcomes import Case, Failure
from cgraph_cli.checks.phrases import name_span
from cgraph_cli.checks.true_numbers import BITS, count_digits
from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.graph import LEAVES
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import show_index
from cgraph_cli.evaluation.arrays.algebra import fill
from cgraph_cli.evaluation.arrays.reductions import lay_out
from cgraph_cli.evaluation.ball import Ball, Precision, balls
from cgraph_cli.trust.judge import nearest

_ELEMENTS = 2
"""The elements of each array that are sampled."""

_MOST_WORK = 100_000
"""The most numbers that the sampled elements take in all; an array whose elements take more than is left has none."""

_LOSS = 1e-13
"""The part of an element, or of the sum of its terms' sizes, that NumPy may lose: some hundred roundings."""

SampledNumber = tuple[Ball, float, float]
"""A sampled element: in balls, in doubles, and the size that its rounding is a part of."""


def check_elements(graph: ArrayGraph, values: Sequence[Any]) -> Case:
    """Compare sampled elements of all arrays with their numbers in high precision."""
    case, random, left = Case("elements", "elements = high precision"), Random(0), _MOST_WORK
    for node, operation in enumerate(graph.operations):
        if operation in LEAVES or not prod(graph.shapes[node]):
            continue
        operands = graph.operands_of(node)
        arrays = [fill(values[each], graph.shapes[each]) for each in operands]
        sampler = _ElementSampler(operation, fill(values[node], graph.shapes[node]), arrays)
        if _ELEMENTS * sampler.work > left:
            continue
        left -= _ELEMENTS * sampler.work
        for _ in range(_ELEMENTS):
            index = tuple(random.randrange(size) for size in graph.shapes[node])
            for true, got, size in sampler.samples(index):
                if true.is_finite and isfinite(got):
                    _compare(case, graph, node, index, (true, got, size))
    return case


def _compare(case: Case, graph: ArrayGraph, node: int, index: tuple[int, ...], sample: SampledNumber) -> None:
    true, got, size = sample
    with Precision(BITS):
        apart = abs(nearest(Ball(true.arb - got, BITS)))
    if apart <= _LOSS * size:
        case.speak()
        if size == abs(got):
            case.agree(count_digits(Ball(_arb(got), BITS), true))
        return
    label = graph.labels()[node] + (show_index(index) if index else "")
    message = f"`{label}` is not what its operands give in high precision"
    sides = ("high precision", "arrays")
    case.failures.append(Failure(message, (name_span(graph, node),), nearest(true), got, _LOSS * size, sides=sides))


class _ElementSampler:
    """A sampler of the elements of one array; `work` is the count of the numbers that an element takes."""

    def __init__(self, operation: str, value: Any, operands: Sequence[Any]) -> None:
        self.name, self.args = split(operation)
        self.value = value
        self.operands = operands
        self.algebra = balls(BITS)
        self.work = 0
        if operation in PRIMITIVES:
            self.work = len(operands)
        elif self.name in PRIMITIVES:
            lanes, axis = lay_out(operands[0], *self.args)
            self.work = lanes.shape[axis]
        elif self.name in _PRODUCTS and max(each.ndim for each in operands) <= 2:
            self.work = 2 * (operands[0].shape[-1] if self.name not in _CONVOLUTIONS else operands[1].size)

    def samples(self, index: tuple[int, ...]) -> Iterator[SampledNumber]:
        """Compute an element; yields nothing for an operation that only moves elements, and a few others."""
        if not self.work:
            return
        got = float(self.value[index])
        if self.name not in PRIMITIVES:
            yield self._product(*_PRODUCTS[self.name](self.value, self.operands, index))
        elif self.args:
            lanes, axis = lay_out(self.operands[0], *self.args)
            lane = [float(x) for x in np.moveaxis(lanes, axis, -1)[index]]
            true = self.algebra.function(self.name)(*map(self._ball, lane))
            yield true, got, max(abs(got), sum(map(abs, lane)) if self.name in ("sum", "mean") else 0.0)
        else:
            given = [float(np.broadcast_to(each, self.value.shape)[index]) for each in self.operands]
            yield self.algebra.kernel(self.name)(*map(self._ball, given))[0], got, abs(got)

    def _product(self, left: Any, right: Any, expected: Any) -> SampledNumber:
        """Compute the product of two rows of numbers."""
        pairs = [(float(a), float(b)) for a, b in zip(left, right, strict=True)]
        terms = list(starmap(lambda a, b: self._ball(a) * self._ball(b), pairs))
        size = sum(abs(a * b) for a, b in pairs) + abs(float(expected))
        return self.algebra.function("sum")(*terms), float(expected), size * (1 + len(pairs) / 100)

    def _ball(self, number: float) -> Ball:
        found: Ball = self.algebra.number(number, "")
        return found


def _matmul(value: Any, operands: Sequence[Any], index: tuple[int, ...]) -> tuple[Any, Any, Any]:
    x, y = operands
    row = x if x.ndim == 1 else x[index[0]]
    return row, y if y.ndim == 1 else y[:, index[-1]], value[index]


def _solution(value: Any, operands: Sequence[Any], index: tuple[int, ...]) -> tuple[Any, Any, Any]:
    matrix, right = operands
    return matrix[index[0]], value if value.ndim == 1 else value[:, index[1]], right[index]


def _inverse(value: Any, operands: Sequence[Any], index: tuple[int, ...]) -> tuple[Any, Any, Any]:
    row, column = index
    return operands[0][row], value[:, column], float(row == column)


def _factor(value: Any, operands: Sequence[Any], index: tuple[int, ...]) -> tuple[Any, Any, Any]:
    row, column = index
    return value[row], value[column], (operands[0][row, column] + operands[0][column, row]) / 2


def _stretch(value: Any, operands: Sequence[Any], index: tuple[int, ...]) -> tuple[Any, Any, Any]:
    x, w = operands
    place = tuple(slice(at, at + size) for at, size in zip(index, w.shape, strict=True))
    return x[place].ravel(), w.ravel(), value[index]


_CONVOLUTIONS = ("conv1d", "conv2d")
_PRODUCTS = {
    "@": _matmul,
    **dict.fromkeys(_CONVOLUTIONS, _stretch),
    "solve": _solution,
    "inv": _inverse,
    "cholesky": _factor,
}
"""The rows of numbers whose product is an element, or is what an element belongs to."""


def _arb(number: float) -> Any:
    from flint import arb

    return arb(number)
