"""The algebra of balls against mpmath, which shares no code with Arb: every row, at points and over wide balls.

The references are those of `tests/reference.py`, whose values come by another route (definitions, differences), in so
many digits that their own error is far below the balls'.
"""

from __future__ import annotations

import itertools
import math
import os
import random
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from flint import arb, ctx
from mpmath import mp, mpf

from cgraph_cli.core.errors import Source
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.ball import Ball, Precision, accuracy, as_double, balls
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import evaluate, sweep_forward, sweep_reverse
from cgraph_cli.language.parse import parse
from tests.reference import COUNT, COUNTS, REFERENCE, Truth, has_no_partial, points_of

inf, nan = math.inf, math.nan
EVERY = int(os.environ.get("CGRAPH_BALLS", "16"))
"""The inverse share of the points to test; 1 is all."""
COSTLY = {"gamma", "lgamma", "digamma", "polygamma"}
"""Primitives whose references take seconds in hundreds of digits."""


def some_points(name: str, share: int) -> list[tuple[float, ...]]:
    """Choose the points of a row where doubles lose digits, and a share of the random ones."""
    points = points_of(name)
    ends = len(points) - COUNTS.get(name, COUNT)
    return [*points[: max(0, ends)], *points[max(0, ends) :: share * EVERY]]


def make(bits: int, *operands: Any) -> list[Ball]:
    return [balls(bits).number(operand, "") for operand in operands]


def exactly(x: mpf) -> Any:
    """Turn a number of mpmath into an arb, without rounding."""
    sign, mantissa, exponent, _ = x._mpf_
    assert mantissa or x == 0, x
    return arb((-int(mantissa) if sign else int(mantissa), int(exponent)))


def encloses(ball: Ball, true: Any, margin: Any) -> bool:
    """Tell whether a ball holds a number of mpmath that is known to within a margin; an unknown ball holds all."""
    if not mp.isfinite(true):
        return ball.is_unknown or as_double(ball) == float(true) or (ball.is_nan and mp.isnan(true))
    with Precision(4000):
        known = exactly(true) + arb(0, exactly(margin))
    return ball.is_unknown or bool(ball.is_finite and ball.arb.overlaps(known))


# ---------------------------------------------------------------------------------------------------- at points


def reference(name: str, operands: Sequence[float], bits: int) -> tuple[Any, Any]:
    """Compute a value and the margin of its error, far below `bits` bits."""
    truth = Truth(name, tuple(operands))
    digits = 2 * truth.scale + truth.tail + bits // 3 + 40
    with mp.workdps(digits):
        value = REFERENCE[name](*map(mpf, operands))
        unit = mp.factorial(operands[0]) if name == "polygamma" else 1
        return value, abs(value) * mpf(2) ** -(bits + 64) + unit * mpf(10) ** (truth.scale - digits)


@pytest.mark.parametrize(("bits", "share"), [(53, 1), (200, 4), (600, 12), (2000, 40)])
@pytest.mark.parametrize("name", PRIMITIVES)
def test_values_are_enclosed(name: str, bits: int, share: int) -> None:
    points = some_points(name, share)
    for operands in points[-1:] if name in COSTLY and bits > 600 else points:
        ball = balls(bits).function(name)(*make(bits, *operands))
        true, margin = reference(name, operands, bits)
        assert encloses(ball, true, margin), (operands, ball)
        assert not ball.is_unknown, operands
        with mp.workdps(1000):  # and no other number
            beside = true * (1 + mpf(2) ** -(bits - 24))
        assert accuracy(ball) < bits - 20 or margin > abs(true - beside) / 2 or not encloses(ball, beside, margin)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_balls_shrink_as_fast_as_the_precision_grows(name: str) -> None:
    for operands in some_points(name, 1):
        few, many = (accuracy(balls(bits).function(name)(*make(bits, *operands))) for bits in (1200, 2000))
        lost = max(0, 1200 - few)
        assert many >= 2000 - lost - 20 or few <= 0, (operands, few, many)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_balls_are_as_small_as_the_condition_allows(name: str) -> None:
    bits = 300
    for operands in some_points(name, 4):
        ball = balls(bits).function(name)(*make(bits, *operands))
        if accuracy(ball) < bits - 16:
            truth = Truth(name, operands)
            lost = mp.log(truth.condition_of_value(), 2) if truth.value() else inf  # the reference has underflowed
            assert accuracy(ball) >= bits - 16 - max(0, lost), (operands, ball, lost)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_partials_are_enclosed(name: str) -> None:
    bits = 60 if name in COSTLY else 120
    for operands in some_points(name, 2):
        _, *partials = balls(bits).kernel(name)(*make(bits, *operands))
        truth = Truth(name, operands)
        size = max(1, abs(truth.value()))
        for index, partial in enumerate(partials):
            if has_no_partial(name, operands, index):
                continue
            true = truth.partial(index)
            if partial is None:
                assert true == 0, (operands, index)
                continue
            margin = abs(true) * mpf(10) ** -45 + size / (abs(operands[index]) or 1) * mpf(10) ** (30 - truth.tail)
            assert encloses(partial, true, margin), (operands, index, partial, mpmath.nstr(true, 20))
            assert not partial.is_unknown, (operands, index)


# The functions below are too small for the references' differences: their leading terms are their own.
TAILS: list[tuple[str, tuple[float, ...], Callable[[], Any]]] = [
    ("logsigmoid", (2000.0,), lambda: -mp.exp(-2000)),
    ("softplus", (-2000.0,), lambda: mp.exp(-2000)),
    ("logaddexp", (-2000.0, 0.0), lambda: mp.exp(-2000)),
    ("logsumexp", (0.0, -3000.0, -2000.0), lambda: mp.exp(-2000)),
    ("bce_with_logits", (-2000.0, 0.0), lambda: mp.exp(-2000)),
    ("sigmoid", (-1e300,), lambda: mp.exp(mpf(-1e300))),
    ("sech", (5000.0,), lambda: 2 * mp.exp(-5000)),
    ("csch", (-5000.0,), lambda: -2 * mp.exp(-5000)),
    ("exp", (1e300,), lambda: mp.exp(mpf(1e300))),
    ("^", (3.0, 1e300), lambda: mp.exp(mpf(1e300) * mp.log(3))),
    ("^", (-3.0, 1e15 + 1), lambda: -mp.exp(mpf(1e15 + 1) * mp.log(3))),
    ("erfc", (1e10,), lambda: mp.exp(-(mpf(1e10) ** 2)) / (mpf(1e10) * mp.sqrt(mp.pi)) * (1 - mpf(1e-20) / 2)),
    ("gelu", (-1e5,), lambda: -mp.exp(-mpf(1e10) / 2) / mp.sqrt(2 * mp.pi) * (1 - mpf(10) ** -10 + 3 * mpf(10) ** -20)),
    ("gamma", (1e30,), lambda: mp.exp(mp.loggamma(mpf(1e30)))),
    ("gamma", (-1e5 - 0.5,), lambda: -mp.pi / mp.sinpi(mpf(0.5)) / mp.exp(mp.loggamma(mpf(1e5 + 1.5)))),
    ("lgamma", (1e300,), lambda: mpf(1e300) * (mp.log(mpf(1e300)) - 1)),
    ("digamma", (1e300,), lambda: mp.log(mpf(1e300))),
    ("digamma", (-1e15 - 0.5,), lambda: mp.log(mpf(1e15 + 1.5)) - 1 / mpf(2e15)),
    ("polygamma", (3.0, 1e200), lambda: 2 / mpf(1e200) ** 3),
    ("polygamma", (1000.0, 1e-300), lambda: -mp.factorial(1000) * mpf(1e-300) ** -1001),
    ("polygamma", (1.0, -1e9 - 0.5), lambda: mp.pi**2 - 1 / mpf(1e9 + 1)),
    ("sin", (1e300,), lambda: mp.sin(mpf(1e300))),
    ("%", (1e300, 3e-300), lambda: mpf(int(Fraction(1e300) % Fraction(3e-300) * 2**1100)) / mpf(2) ** 1100),
    ("cbrt", (-27.0,), lambda: mpf(-3)),
]


@pytest.mark.parametrize(("name", "operands", "true"), TAILS)
@pytest.mark.parametrize("bits", [60, 1000])
def test_tails(name: str, operands: tuple[float, ...], true: Callable[[], Any], bits: int) -> None:
    ball = balls(bits).function(name)(*make(bits, *operands))
    with mp.workdps(1500):
        expected = true()
        assert encloses(ball, expected, abs(expected) * mpf(2) ** -55), (ball, mpmath.nstr(expected, 20))
    assert accuracy(ball) > 30 if bits == 1000 else not ball.is_unknown


EXACT = [
    ("sin", (0.0,), 0),
    ("log", (1.0,), 0),
    ("lgamma", (2.0,), 0),
    ("-", (0.1, 0.1), 0),
    ("log2", (2.0**-40,), -40),
    ("log10", (1000.0,), 3),
    ("exp2", (-3.0,), 0.125),
    ("cbrt", (-0.125,), -0.5),
    ("hypot", (3.0, -4.0), 5),
    ("norm", (0.0, -1e-320, 0.0), 1e-320),
    ("^", (4.0, -1.5), 0.125),
    ("^", (2.0, -1074.0), 5e-324),
    ("gamma", (5.0,), 24),
    ("acosh", (1.0,), 0),
    ("cosh", (0.0,), 1),
    ("erfc", (0.0,), 1),
    ("round", (2.5,), 2),
    ("round", (-3.5,), -4),
    ("round", (0.49999999999999994,), 0),
    ("round", (2.0**52 + 1,), 2**52 + 1),
    ("floor", (-5e-324,), -1),
    ("floor", (1e300,), 1e300),
    ("%", (-1.0, 3.0), 2),
    ("%", (1e300, 0.75), Fraction(1e300) % Fraction(3, 4)),
    ("%", (5.5, -2.0), -0.5),
    ("atan2", (0.0, 2.0), 0),
]


@pytest.mark.parametrize(("name", "operands", "true"), EXACT)
def test_what_is_exact_stays_exact(name: str, operands: tuple[float, ...], true: float) -> None:
    ball = balls(64).function(name)(*make(64, *operands))
    assert ball.is_exact
    assert as_double(ball) == float(true)


SPECIAL = [0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0, -1.5, inf, -inf, nan, 5e-324, -5e-324, 1.7976931348623157e308]
SPECIAL.append(-SPECIAL[-1])


def is_its_own(name: str, operands: tuple[float, ...]) -> bool:
    """Tell whether a double differs from a ball by right: IEEE's `hypot` and power of infinities, lost digits."""
    if name in ("norm", "hypot"):
        return any(math.isnan(x) for x in operands)
    return (name == "^" and operands[0] == -inf) or (name == "gelu" and operands[0] > 1e308)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_special_operands_have_the_manners_of_doubles(name: str) -> None:
    row = PRIMITIVES[name]
    count = 2 if row.variadic else len(row.parameters)
    some = SPECIAL if count < 3 else [0.0, 1.0, -1.5, inf, -inf, nan]
    for operands in itertools.product(some, repeat=count):
        double = DOUBLE.function(name)(*operands)
        ball = balls(100).function(name)(*make(100, *operands))
        if is_its_own(name, operands):
            continue
        if math.isfinite(double):
            assert ball.is_finite, (operands, ball)
            assert abs(ball.arb - double) <= 4e-15 * abs(double) + 2.0**-1074, (operands, ball)
        else:
            assert str(as_double(ball)) == str(double), (operands, ball)


# ------------------------------------------------------------------------------------------------ over wide balls

DOMAINS: dict[str, Callable[..., bool]] = {
    "/": lambda x, y: y != 0,
    "%": lambda x, y: y != 0,
    "^": lambda x, y: x > 0 or (x == 0 and y >= 0) or (x < 0 and mp.isint(y)),
    "clip": lambda x, lo, hi: lo <= hi,
    **dict.fromkeys(("csc", "cot", "csch", "coth"), lambda x: x != 0),
    **dict.fromkeys(("log", "log2", "log10"), lambda x: x > 0),
    **dict.fromkeys(("asin", "acos"), lambda x: abs(x) <= 1),
    **dict.fromkeys(("gamma", "lgamma", "digamma"), lambda x: x > 0 or not mp.isint(x)),
    "polygamma": lambda n, x: n >= 0 and mp.isint(n) and (x > 0 or not mp.isint(x)),
    "sqrt": lambda x: x >= 0,
    "log1p": lambda x: x > -1,
    "xlogy": lambda x, y: y > 0,
    "acosh": lambda x: x >= 1,
    "atanh": lambda x: abs(x) < 1,
}


def draw_wide(name: str, rng: random.Random) -> list[Ball]:
    """Draw operands as balls: of any size and width, about 0 and about whole numbers, some of them exact."""
    row = PRIMITIVES[name]
    operands = []
    for _ in range(rng.randint(1, 4) if row.variadic else len(row.parameters)):
        middle = rng.choice((rng.uniform(-4, 4), rng.randint(-3, 3), 10 ** rng.uniform(-8, 2), rng.uniform(-40, 40)))
        radius = rng.choice((0, abs(middle), 1)) * 2 ** rng.uniform(-50, 0.3)
        operands.append(Ball(arb(middle, radius), 80))
    if name == "polygamma":
        operands[0] = Ball(arb(rng.randint(0, 4)), 80)
    if name == "^" and rng.random() < 0.5:
        operands[1] = Ball(arb(rng.randint(-5, 5)), 80)
    if name == "clip":
        operands[1:] = sorted(operands[1:], key=lambda ball: float(ball.arb.mid()))
    return operands


def inside(ball: Ball, share: float) -> Any:
    """Choose a point of a ball, `share` of the way from one end to the other."""
    ends = []
    for end in (ball.arb.mid() - ball.arb.rad(), ball.arb.mid() + ball.arb.rad()):
        mantissa, exponent = end.man_exp()
        ends.append(mp.ldexp(mpf(int(mantissa)), int(exponent)))
    return ends[0] + (ends[1] - ends[0]) * mpf(share)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_wide_balls_enclose_the_images_of_their_points(name: str) -> None:
    rng = random.Random(name)
    domain = DOMAINS.get(name, lambda *_: True)
    known, tried = 0, (12 if name in COSTLY else 75) * 16 // EVERY
    for _ in range(tried):
        with Precision(400):
            operands = draw_wide(name, rng)
            with mp.workdps(110):
                points = [[inside(x, share) for x in operands] for share in (0, 1, 0.5)]
                points += [[inside(x, rng.random()) for x in operands] for _ in range(3)]
        ball = balls(80).function(name)(*operands)
        known += not (ball.is_unknown or ball.is_nan)
        for point in points:
            with mp.workdps(110):
                if not domain(*point):
                    assert not ball.is_finite, (operands, point, ball)
                    continue
                true = REFERENCE[name](*point)
                margin = abs(true) * mpf(10) ** -70 + mpf(10) ** -60 * (name in CANCELLING)
            assert encloses(ball, true, margin), (operands, list(map(mpmath.nstr, point)), ball)
    assert known > tried / 5


CANCELLING = {"expm1", "log1p", "logsumexp", "logaddexp", "softplus", "logsigmoid", "bce_with_logits", "elu", "gelu"}
CANCELLING |= {"erfc", "%", "lgamma", "digamma", "polygamma"}
"""Their references lose digits to their own size: so the margin is absolute."""


# --------------------------------------------------------------------------------------------- whole programs

LOSSES: list[tuple[str, dict[str, float], int, float, dict[str, float]]] = [
    ("(1 - cos(x))/x^2", {"x": 1e-9}, 200, 0.5, {"x": -8.333333333333333e-11}),
    ("(a + b) - a", {"a": 1e16, "b": 1.0}, 60, 1.0, {"a": 0.0, "b": 1.0}),
    (
        "333.75*b^6 + a^2*(11*a^2*b^2 - b^6 - 121*b^4 - 2) + 5.5*b^8 + a/(2*b)",
        {"a": 77617.0, "b": 33096.0},
        200,
        -0.8273960599468214,
        {},
    ),
    ("exp(x) + 1 - exp(x)", {"x": 800.0}, 1300, 1.0, {}),
    ("(1 + 1/n)^n", {"n": 1e15}, 200, 2.7182818284590438762, {}),
    ("sin(pi)", {}, 60, 0.0, {}),
]


@pytest.mark.parametrize(("text", "inputs", "bits", "value", "slopes"), LOSSES)
def test_programs_that_doubles_lose(
    text: str, inputs: dict[str, float], bits: int, value: float, slopes: dict[str, float]
) -> None:
    graph, algebra = parse(Source(text, "a test")), balls(bits)
    evaluation = evaluate(graph, inputs, algebra=algebra)
    adjoints = sweep_reverse(evaluation, {graph.output: algebra.number(1.0, "")})
    found = evaluation.values[graph.output]
    assert as_double(found) == value or (value == 0 and found.contains_zero and found.arb.abs_upper() < 2.0**-50)
    for name, slope in slopes.items():
        adjoint = adjoints[graph.find(name)]
        tangent = sweep_forward(evaluation, {graph.find(name): algebra.number(1.0, "")})[graph.output]
        assert as_double(adjoint) == pytest.approx(slope, rel=1e-15)
        assert as_double(tangent) == pytest.approx(slope, rel=1e-15)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_the_precision_of_others_is_left_alone(name: str) -> None:
    operands = make(300, *points_of(name)[-1])
    with Precision(77):
        found = balls(300).kernel(name)(*operands)[0]
        assert found.is_exact or accuracy(found) > 200
        assert accuracy(found * found / 3) > 200 or found == 0
        assert accuracy(-(found - 1)) > 200 or not found.is_exact
        assert ctx.prec == 77
    with Precision(77), pytest.raises(TypeError):
        balls(300).function("log")(*operands, *operands, *operands)
    with Precision(77), pytest.raises(ValueError, match="arb"):
        balls(300).number(0.5, "") + "no number"
    assert ctx.prec == 53


@pytest.mark.parametrize("bits", [60, 1000])
def test_literals(bits: int) -> None:
    exact, decimal = balls(bits), balls(bits, decimal=True)
    assert exact.number(0.1, "0.1").arb == arb(0.1)
    tenth = decimal.number(0.1, "0.1")
    with Precision(2 * bits):
        assert tenth.arb.contains(arb(1) / 10)
        assert not tenth.arb.contains(arb(0.1)) or bits < 60
        assert decimal.number(0.1, "").arb.contains(arb(1) / 10)
        for algebra in (exact, decimal):
            assert algebra.number(math.pi, "pi").arb.overlaps(arb.pi())
            assert algebra.number(math.pi, "π").arb.overlaps(arb.pi())
            assert algebra.number(inf, "inf").is_infinite
            assert algebra.number(nan, "").is_nan
    assert decimal.number(1000.0, "1_000").arb == 1000
    assert decimal.number(5e-324, "").arb.overlaps(arb("5e-324"))


HARD = [1e-300, -1e-300, 1e5, 1e15, 1e300, -1e5 - 0.25, -1e15 - 0.5, -3 + 1e-10, -0.5, 1 + 1e-15, 30.5, 0.3, 171.5]


@pytest.mark.parametrize("name", PRIMITIVES)
def test_no_point_takes_long(name: str) -> None:
    row = PRIMITIVES[name]
    if name == "polygamma":
        points = [(float(n), x) for n in (0, 1, 2, 10, 500, 1000) for x in HARD]
    else:
        points = list(itertools.product(HARD, repeat=2 if row.variadic else len(row.parameters)))
    for operands in random.Random(name).sample(points, min(60, len(points))):
        started = time.process_time()
        balls(1000).kernel(name)(*make(1000, *operands))
        assert time.process_time() - started < 1, operands
