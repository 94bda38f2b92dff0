"""The gamma function and its logarithmic derivatives on arbs: Arb's own, and what they are below 0."""

from __future__ import annotations

from flint import arb

from cgraph_cli.evaluation.ball.number import UNKNOWN, Arb

MOST_ORDER = 1100
"""The language promises polygamma to order 1000; the others are for the derivatives of those."""


def is_pole(a: Arb) -> bool:
    """Whether Γ has a pole at a, exactly."""
    return bool(a.is_finite() and a <= 0 and a.is_integer())


def gamma(a: Arb) -> Arb:
    return a.gamma()


def lgamma(a: Arb) -> Arb:
    """log |Γ(a)|, below 0 by reflection, DLMF 5.5.3."""
    if not a < 0:
        return a.lgamma()
    return (arb.pi() / abs(a.sin_pi())).log() - (1 - a).lgamma()


def order_of(a: Arb) -> int | None:
    """The order of a derivative as an int; None where it is none, or not known to be one."""
    return int(a.unique_fmpz()) if a.is_integer() and 0 <= a <= MOST_ORDER else None


def may_be_order(a: Arb) -> bool:
    """Whether a ball that is no order holds one."""
    return not a.is_exact() and a.contains_integer() and not (a < 0 or a > MOST_ORDER)


def polygamma(n: int, a: Arb) -> Arb:
    """ψ⁽ⁿ⁾(a) where that is no pole.

    By Hurwitz's zeta function, DLMF 25.11.12. Below 0 by the series in 1/(a + k)ⁿ⁺¹, DLMF 5.15.1: its terms with
    a + k > 0 are those of the fraction above the integer below a, and the rest those of its complement.
    """
    if n == 0:
        return a.digamma()
    if a > 0:
        size = arb.fac_ui(n) * arb(n + 1).zeta(a)
        return size if n % 2 else -size
    below = a.floor().unique_fmpz()
    if below is None or not a < 0:
        return UNKNOWN
    fraction = polygamma(n, a - below)
    rest = polygamma(n, below + 1 - a) - polygamma(n, 1 - a)
    return fraction + rest if n % 2 else fraction - rest
