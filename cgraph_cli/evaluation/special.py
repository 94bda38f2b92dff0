"""The logarithm of the gamma function and its derivatives, in doubles that keep their digits at positive zeros."""

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


# log Γ(2 + z) = Σ cₖ zᵏ, DLMF 5.7.3.
GAMMA_SERIES = (
    0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986,
    0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939,
    9.945751278180853e-05, -4.492623673813314e-05, 2.050721277567069e-05, -9.439488275268397e-06,
    4.374866789907488e-06, -2.039215753801366e-06, 9.55141213040742e-07, -4.492469198764566e-07,
    2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08, -2.2711094608943164e-08,
    1.0838659214896955e-08, -5.183475041970047e-09, 2.4836745438024785e-09, -1.1921401405860912e-09,
    5.731367241678862e-10, -2.7595228851242334e-10, 1.330476437424449e-10,
)  # fmt: skip


def lgamma(x: float) -> float:
    """log |Γ(x)|, which `math` knows but around 1 and 2."""
    try:
        if not 0.75 < x < 2.5:
            return math.lgamma(x)
    except (OverflowError, ValueError):
        return math.inf
    z, total = x - 2 if x > 1.5 else x - 1, 0.0
    for coefficient in reversed(GAMMA_SERIES):
        total = (total + coefficient) * z
    return total if x > 1.5 else total - math.log1p(z)


def cotangent(fraction: float) -> float:
    """cot(πx) for a fraction of at most a half; it has digits near its zero too."""
    if abs(fraction) < 0.25:
        return 1 / math.tan(math.pi * fraction)
    return math.copysign(math.tan(math.pi * (0.5 - abs(fraction))), fraction)


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
        return digamma(1 - x) - math.pi * cotangent(fraction)  # reflection, DLMF 5.5.4
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
