"""The logarithmic derivatives of the gamma function, in doubles. Python's `math` stops at `lgamma`."""

from __future__ import annotations

import math

ROOT = 1.4616321449683622
ROOT_REST = 9.549995429965697e-17
"""The positive root of digamma is `ROOT + ROOT_REST`."""

# ψ⁽ᵏ⁾(root)/k! for k = 1, 2, …: around its root digamma has digits only as a series in the distance to it.
SERIES = (
    0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652, 0.10782405069126237,
    -0.07219956125645471, 0.04880428816414311, -0.03316112647484736, 0.022597648232218104, -0.01542476590494896,
    0.010538791616612175, -0.007204534386356869, 0.004926781395729853, -0.003369801655439328,
    0.002305126326734928, -0.0015769367714301972, 0.0010788252019162967, -0.0007380709389960052,
    0.000504953265834602, -0.0003454680251063077, 0.00023635601564027053, -0.00016170622091974803,
)  # fmt: skip

# B₂ₖ/(2k) for k = 1, 2, …: the asymptotic series of digamma, DLMF 5.11.2.
BERNOULLI = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160)


def digamma(x: float) -> float:
    """Compute ψ(x) = Γ′(x)/Γ(x): `-inf` at +0, `inf` at −0, `nan` at the negative integers."""
    if not math.isfinite(x):
        return x if x > 0 else math.nan
    if x <= 0:
        if x == 0:
            return math.copysign(math.inf, -x)
        fraction = x - round(x)  # exact, and tan has period π
        if fraction == 0:
            return math.nan
        return digamma(1 - x) - math.pi / math.tan(math.pi * fraction)  # reflection, DLMF 5.5.4
    distance = (x - ROOT) - ROOT_REST
    if abs(distance) < 0.25:
        total = 0.0
        for coefficient in reversed(SERIES):
            total = (total + coefficient) * distance
        return total
    terms = []
    while x < 12:  # recurrence, DLMF 5.5.2
        terms.append(-1 / x)
        x += 1
    square, power = 1 / x / x, 1.0
    for coefficient in BERNOULLI:
        power *= square
        terms.append(-coefficient * power)
    return math.fsum([math.log(x), -0.5 / x, *terms])


def polygamma(order: float, x: float) -> float:
    """Compute ψ⁽ⁿ⁾(x), the n-th derivative of digamma, for a whole order n from 0 to 1100; otherwise `nan`.

    The language promises orders up to 1000; the others are for the derivatives of those.
    """
    if not 0 <= order <= 1100 or order != int(order) or x != x or x == -math.inf:
        return math.nan
    n = int(order)
    if n == 0:
        return digamma(x)
    sign = 1.0 if n % 2 else -1.0
    if x == math.inf:
        return sign * 0.0
    if x <= 0 and x == math.floor(x):
        return math.inf if n % 2 else math.nan
    from cgraph_cli.evaluation.ball import as_double, balls

    for bits in (128, 256, 512, 1024):  # half-way between integers terms cancel for an even n
        algebra = balls(bits)
        ball = algebra.function("polygamma")(algebra.number(order, ""), algebra.number(x, ""))
        double = as_double(ball)
        if double is not None:
            return double
    return float(ball.arb.mid())
