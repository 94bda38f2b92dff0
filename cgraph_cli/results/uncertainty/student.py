"""The coverage factors of Student's distribution."""

from __future__ import annotations

from math import exp, inf, lgamma, log, log1p
from statistics import NormalDist

_NEARLY_NORMAL = 2000.0
"""The degrees of freedom from which on the expansion about the normal distribution is as exact as doubles."""

_TINY = 1e-300


def coverage_factor(level: float, dof: float = inf) -> float:
    """Find the k for which the interval −k to k has the probability `level`, 0 < `level` < 1."""
    tail = (1 - level) / 2
    z = NormalDist().inv_cdf(1 - tail) if tail > 1e-3 else -NormalDist().inv_cdf(tail)
    if dof >= _NEARLY_NORMAL:
        return _near_normal(z, dof)
    low, high = 0.0, max(2 * z, 1.0)
    while upper_tail(high, dof) > tail:
        low, high = high, 2 * high
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if upper_tail(middle, dof) > tail else (low, middle)
    return (low + high) / 2


def _near_normal(z: float, dof: float) -> float:
    """Expand the factor in 1/dof about that of the normal distribution (Abramowitz & Stegun 26.7.5)."""
    if dof == inf:
        return z
    s = z * z
    terms = (
        z * (s + 1) / 4,
        z * ((5 * s + 16) * s + 3) / 96,
        z * (((3 * s + 19) * s + 17) * s - 15) / 384,
        z * ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92160,
    )
    return z + sum(term / dof**power for power, term in enumerate(terms, 1))


def upper_tail(t: float, dof: float) -> float:
    """Compute the probability above t ≥ 0: half the regularised incomplete beta function of dof/2 and ½."""
    return _incomplete_beta(dof / 2, 0.5, t * t / dof) / 2


def _incomplete_beta(a: float, b: float, ratio: float) -> float:
    """Compute I(x; a, b) at x = 1/(1 + ratio), by its continued fraction (Abramowitz & Stegun 26.5.8)."""
    x, rest = 1 / (1 + ratio), ratio / (1 + ratio)
    if not rest:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) - a * log1p(ratio) + b * (log(ratio) - log1p(ratio)))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction by Lentz's method."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or _TINY)
    value = d
    for m in range(1, 100_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + numerator * d or _TINY)
            c = 1 + numerator / c or _TINY
            value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return value
