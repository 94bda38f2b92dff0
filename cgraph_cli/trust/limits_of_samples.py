"""Limits from samples: the law that numbers at a few shrinking distances obey, and the limit that it gives them.

Each law is fitted to three of the samples and must hold for the others. Written with ℓ, the logarithm of the distance:

    constant    all samples are the same number                     tends to it
    decay       each sample is smaller than the one before          tends to 0
                by a tenth of the distance's own decades or more
    power       log|v| = c + a·ℓ + b·log|ℓ|                         tends to 0 or ±inf by the signs of a and b
    logarithm   v = (A + B·ℓ)/(C + ℓ), or v = A + B·ℓ               tends to B, or to ±inf

Samples that obey none of these are `UNSETTLED`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from itertools import pairwise
from math import log, log2
from typing import Any

from cgraph_cli.evaluation.ball import Ball, Precision, accuracy
from cgraph_cli.evaluation.ball.number import INF, magnitude


class Side(Enum):
    """Answers in place of a limit."""

    UNSETTLED = "the function is there, but obeys no law"
    ABSENT = "the function is not defined there"


UNSETTLED, ABSENT = Side.UNSETTLED, Side.ABSENT
Sample = Ball | Side

AGREEMENT_BITS = 100
"""The certain bits in which two numbers have to agree to count as one."""

_DECAY = 0.1
_POWER = 1e-3
_LOG_POWER = 0.1
_FIT = 0.02


def agree(first: Ball, second: Ball) -> bool:
    """Tell whether two numbers are the same to `AGREEMENT_BITS`."""
    if not (first.is_finite and second.is_finite):
        return first.is_infinite and second.is_infinite and bool(first.arb == second.arb)
    with Precision(max(first.bits, second.bits)):
        apart = first.arb - second.arb
    if apart.is_zero():
        return True
    return magnitude(apart) <= max(magnitude(first.arb), magnitude(second.arb)) - AGREEMENT_BITS


def find_limit(samples: Sequence[Sample], distances: Sequence[Ball]) -> Sample:
    """Find the limit of samples at five distances, the nearest last."""
    with Precision(distances[0].bits):
        return _find_limit(samples, distances)


def is_squeezed(around: Sequence[Ball], exponents: Sequence[int]) -> bool:
    """Tell whether enclosures of stretches at distances 10^-exponent shrink to 0, by the law of a decay."""
    if len(around) < len(exponents) or not all(ball.is_finite for ball in around):
        return False
    sizes = [magnitude(ball.arb) for ball in around]
    gaps = [(near - far) * log2(10) for far, near in pairwise(exponents)]
    return all(before - after > _DECAY * gap for (before, after), gap in zip(pairwise(sizes), gaps, strict=True))


def _find_limit(samples: Sequence[Sample], distances: Sequence[Ball]) -> Sample:
    if any(sample is UNSETTLED for sample in samples):
        return UNSETTLED
    balls = [sample for sample in samples if isinstance(sample, Ball)]
    if len(balls) < len(samples):
        return UNSETTLED if balls else ABSENT
    last = balls[-1]
    if all(agree(ball, last) for ball in balls):
        return _around(last, balls[-2])
    if any(ball.is_infinite for ball in balls):
        return UNSETTLED
    sizes = [_log_size(ball) for ball in balls]
    logarithms = [_log_size(distance) for distance in distances]
    gaps = [far - near for far, near in pairwise(logarithms)]
    if all(before - after > _DECAY * gap for before, after, gap in zip(sizes, sizes[1:], gaps, strict=False)):
        return Ball(last.arb * 0, last.bits)
    by_logarithm = _logarithm(balls, distances)
    if by_logarithm is not None:
        return by_logarithm
    signs = {ball.arb > 0 for ball in balls if not ball.contains_zero}
    tendency = _power(sizes, logarithms) if len(signs) == 1 and not any(b.contains_zero for b in balls) else 0
    if tendency:
        return Ball(last.arb * 0 if tendency < 0 else INF if True in signs else -INF, last.bits)
    return UNSETTLED


def _around(last: Ball, before: Ball) -> Ball:
    """Make the ball around the last sample that reaches as far as the one before it: the limit is no sample.

    A double in it is taken for the limit.
    """
    if not last.is_finite:
        return last
    kind = type(last.arb)
    around = last.arb + (last.arb - before.arb) * kind(0, 1)
    double = float(around.mid())
    return Ball(kind(double) if around.contains(double) else around, last.bits)


def _log_size(ball: Ball) -> float:
    """Compute the natural logarithm of |v|; that of 0 is below all others."""
    mantissa, exponent = (int(part) for part in ball.arb.mid().man_exp())
    if not mantissa:
        return -1e305
    shift = max(0, abs(mantissa).bit_length() - 60)
    exponent += shift
    if abs(exponent) > 10**300:  # beyond the doubles their order is all that counts
        return 1e300 * exponent.bit_length() * (1 if exponent > 0 else -1)
    return log(abs(mantissa) >> shift) + exponent * log(2)


def _power(sizes: Sequence[float], logarithms: Sequence[float]) -> int:
    """Fit a power of the distance and of its logarithm: -1 for one that tends to 0, 1 for infinity, 0 for no fit."""
    steps = [after - before for before, after in pairwise(sizes)]
    gaps = [far - near for far, near in pairwise(logarithms)]
    if all(step > 1e3 * gap for step, gap in zip(steps, gaps, strict=True)):  # such as exp(1/x)
        return 1
    rows = [(1.0, at, log(abs(at))) for at in logarithms]
    chosen = [0, len(rows) // 2, len(rows) - 1]
    solved = _solve([rows[k] for k in chosen], [sizes[k] for k in chosen])
    if solved is None:
        return 0
    for row, size in zip(rows, sizes, strict=True):
        if abs(sum(c * x for c, x in zip(solved, row, strict=True)) - size) > _FIT + 1e-9 * abs(size):
            return 0
    _, a, b = solved
    if abs(a) > _POWER:
        return -1 if a > 0 else 1
    if abs(a) < _POWER / 10 and abs(b) > _LOG_POWER:
        return 1 if b > 0 else -1
    return 0


def _solve(rows: Sequence[tuple[float, float, float]], right: Sequence[float]) -> tuple[float, float, float] | None:
    """Solve three equations, whose first coefficients are 1, by elimination."""
    (_, a1, b1), (_, a2, b2), (_, a3, b3) = rows
    y1, y2, y3 = right
    p2, q2, z2 = a2 - a1, b2 - b1, y2 - y1
    p3, q3, z3 = a3 - a1, b3 - b1, y3 - y1
    determinant = p2 * q3 - p3 * q2
    if not determinant:
        return None
    a, b = (z2 * q3 - z3 * q2) / determinant, (p2 * z3 - p3 * z2) / determinant
    return y1 - a * a1 - b * b1, a, b


def _logarithm(balls: Sequence[Ball], distances: Sequence[Ball]) -> Ball | None:
    """Fit a quotient of linear functions of the logarithm of the distance; None for a bad fit.

    The equations A + B·ℓ - C·v = v·ℓ are linear in the unknowns; eliminating A and B leaves one in C.
    """
    values = [ball.arb for ball in balls]
    ells = [distance.arb.log() for distance in distances]

    def slopes(column: Sequence[Any]) -> list[Any]:
        """Compute the divided differences of a column over ℓ."""
        return [(b - a) / (v - u) for a, b, u, v in zip(column, column[1:], ells, ells[1:], strict=False)]

    by_ell, by_both = slopes(values), slopes([v * at for v, at in zip(values, ells, strict=True)])
    if _same(by_ell, 60) and abs(by_ell[-1] * ells[-1]) > abs(values[-1]) * _POWER:
        return Ball(INF if by_ell[-1] < 0 else -INF, balls[-1].bits)
    turns = [
        (q2 - q1) / (p2 - p1) if not (p2 - p1).contains(0) else None
        for p1, p2, q1, q2 in zip(by_ell, by_ell[1:], by_both, by_both[1:], strict=False)
    ]
    turn = turns[-1]
    if turn is None or any(other is None for other in turns) or not _same(turns, 40):
        return None
    if not abs(turn) < abs(ells[0]):  # a power so small that it looks like a quotient
        return None
    limit = by_both[-1] - turn * by_ell[-1]
    found = Ball(limit, balls[-1].bits)
    if found.contains_zero:
        is_small = magnitude(found.arb) < magnitude(values[-1]) - 60
        return Ball(values[-1] * 0, found.bits) if is_small else None
    return found if accuracy(found) > 60 else None


def _same(numbers: Sequence[Any], bits: int) -> bool:
    """Tell whether numbers agree with the last of them, which is not 0, to so many bits."""
    last = numbers[-1]
    return not last.contains(0) and all(magnitude(number - last) <= magnitude(last) - bits for number in numbers)
