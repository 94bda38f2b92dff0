"""The gamma function and its logarithmic derivatives: Arb's own, extended below 0 and to the poles."""

from __future__ import annotations

from flint import arb

from cgraph_cli.evaluation.ball.elementary import exp
from cgraph_cli.evaluation.ball.lifting import monotone, real, special
from cgraph_cli.evaluation.ball.number import INF, NAN, UNKNOWN, Arb, Ball

MOST_ORDER = 1100
"""The highest order of polygamma: the language promises 1000, and derivatives need a few more."""


def is_pole(a: Arb) -> bool:
    """Tell whether Γ has a pole at a, exactly."""
    return bool(a.is_finite() and a <= 0 and a.is_integer())


_gamma = real(arb.gamma, NAN, INF)


def gamma(x: Ball) -> Ball:
    """Compute Γ(x): inf at 0, nan at the poles below it."""
    if is_pole(x.arb):
        return Ball(INF if x.arb.is_zero() else NAN, x.bits)
    result = _gamma(x)
    return exp(lgamma(x)) if result.is_unknown and x.is_finite and x.arb > 2 else result


def _log_gamma(a: Arb) -> Arb:
    """Compute log |Γ(a)|, below 0 by reflection, DLMF 5.5.3."""
    if not a < 0:
        return a.lgamma()
    return (arb.pi() / abs(a.sin_pi())).log() - (1 - a).lgamma()


_lgamma = real(_log_gamma, INF, INF)


def lgamma(x: Ball) -> Ball:
    """Compute log |Γ(x)|, inf at the poles."""
    return Ball(INF, x.bits) if is_pole(x.arb) else _lgamma(x)


def digamma(x: Ball) -> Ball:
    """Compute ψ(x), polygamma of order 0."""
    return polygamma(Ball(arb(0), x.bits), x)


def polygamma(order: Ball, x: Ball) -> Ball:
    """Compute ψ⁽ⁿ⁾(x) for a whole order.

    At the poles it is inf for an odd one, otherwise nan, but -inf for ψ(0), as from above.
    """
    result = special((order, x))
    if result is not None:
        return result
    whole, a = order.arb, x.arb
    if not (whole.is_exact() and whole.is_integer() and 0 <= whole <= MOST_ORDER):
        outside = whole.is_exact() or whole < 0 or whole > MOST_ORDER or not whole.contains_integer()
        return Ball(NAN if outside else UNKNOWN, x.bits)
    n = int(whole.unique_fmpz())
    if is_pole(a):
        return Ball(INF if n % 2 else -INF if n == 0 and a.is_zero() else NAN, x.bits)
    lift = monotone if a > 0 else real
    return lift(lambda a: _polygamma(n, a), NAN, arb(0) if n else INF)(x)


def _polygamma(n: int, a: Arb) -> Arb:
    """Compute ψ⁽ⁿ⁾(a) away from the poles, by Hurwitz's zeta function, DLMF 25.11.12.

    Below 0 by the series in 1/(a + k)ⁿ⁺¹, DLMF 5.15.1: its terms with a + k > 0 are those of the fraction above the
    integer below a, and the rest those of its complement.
    """
    if n == 0:
        return a.digamma()
    if a > 0:
        size = arb.fac_ui(n) * arb(n + 1).zeta(a)
        return size if n % 2 else -size
    below = a.floor().unique_fmpz()
    if below is None or not a < 0:
        return UNKNOWN
    if n % 2 == 0 and bool(2 * (a - below) == 1):  # the two are the same
        return _polygamma(n, 1 - a)
    fraction = _polygamma(n, a - below)
    rest = _polygamma(n, below + 1 - a) - _polygamma(n, 1 - a)
    return fraction + rest if n % 2 else fraction - rest
