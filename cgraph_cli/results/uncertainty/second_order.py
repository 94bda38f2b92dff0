"""The second order of the propagation of uncertainty, from the exact Hessian (GUM 5.1.2 and H.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, hypot, isfinite, sqrt
from typing import NamedTuple

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.uncertain_number import DISTRIBUTIONS, UncertainNumber
from cgraph_cli.results.matrices import hessian
from cgraph_cli.results.request import Request
from cgraph_cli.results.uncertainty.correlations import Correlations

MOST_WORK = 1_000_000
"""The most nodes times inputs for which the Hessian is computed."""


class SecondOrder(NamedTuple):
    """The effect of the quadratic terms on an output: the standard uncertainty with them, and the shift of its mean."""

    u: float
    shift: float


def second_order(
    graph: Graph,
    inputs: Mapping[str, float],
    label: str,
    u: float,
    uncertain: Mapping[str, UncertainNumber],
    correlations: Correlations,
) -> SecondOrder | None:
    """Find the mean and the standard deviation of an output's Taylor polynomial of second order.

    `u` is the uncertainty of first order. With H the Hessian and Σ the inputs' covariances, the variance of the
    quadratic terms of normal inputs is tr(HΣHΣ)/2, and their mean is tr(HΣ)/2. For independent inputs the kurtosis of
    each distribution counts. None where a second derivative does not exist, or would take too long.
    """
    moving = {name: number for name, number in uncertain.items() if number.u}
    if not moving:
        return SecondOrder(u, 0.0)
    if len(graph) * len(moving) > MOST_WORK:
        return None
    matrix = hessian(graph, inputs, Request([label], list(moving), "forward"))
    if not matrix.is_finite():
        return None
    scaled = [
        [entry.number * row.u * column.u for entry, column in zip(entries, moving.values(), strict=True)]
        for entries, row in zip(matrix.entries, moving.values(), strict=True)
    ]
    if not all(isfinite(number) for row in scaled for number in row):
        return None
    mean, deviation = _quadratic_terms(scaled, list(moving), moving, correlations)
    return SecondOrder(hypot(u, deviation), mean)


def _quadratic_terms(
    scaled: Sequence[Sequence[float]],
    names: Sequence[str],
    numbers: Mapping[str, UncertainNumber],
    correlations: Correlations,
) -> tuple[float, float]:
    """Find the mean and the standard deviation of ½·zᵀSz, where z has unit variances."""
    count = range(len(names))
    size = max((abs(number) for row in scaled for number in row), default=0.0)
    if not size:
        return 0.0, 0.0
    unit = [[number / size for number in row] for row in scaled]
    if not correlations:
        kurtosis = [DISTRIBUTIONS[numbers[name].distribution].kurtosis for name in names]
        mean = fsum(unit[i][i] for i in count) / 2
        variance = fsum((kurtosis[i] - 1) * unit[i][i] ** 2 / 4 for i in count)
        variance += fsum(unit[i][j] ** 2 for i in count for j in range(i))
        return mean * size, size * sqrt(variance)
    r = [[correlations.between(first, second) for second in names] for first in names]
    product = [[fsum(unit[i][k] * r[k][j] for k in count if unit[i][k]) for j in count] for i in count]
    mean = fsum(product[i][i] for i in count) / 2
    variance = fsum(product[i][j] * product[j][i] for i in count for j in count) / 2
    return mean * size, size * sqrt(max(0.0, variance))
