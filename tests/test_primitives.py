"""The table of primitives against mpmath: every value and every local partial, over each row's whole domain.

The reference shares nothing with the table. It has only the value of each primitive, by another route, in
several hundred digits; a partial is the central difference of that value, with a step so small and in so many
digits that about 50 of them are right. Every row of the table is tested: one without a reference fails.
"""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import mpmath
import pytest
from mpmath import mp, mpf

from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.high import high_precision
from cgraph_cli.evaluation.kernels import TEMPLATES, Kernel, _compile_kernel
from cgraph_cli.evaluation.rules import CONDITIONS, condition, definition
from cgraph_cli.evaluation.special import digamma, polygamma
from cgraph_cli.evaluation.sweeps import evaluate

Operands = tuple[float, ...]
inf, nan = math.inf, math.nan

UNIT = 2.0**-53
"""What one rounding may cost, as a relative error."""
LARGEST = mpf(2) ** 1024 * (1 - mpf(2) ** -54)
"""What rounds to infinity, from here on."""
SUBNORMAL = 2.3e-308
"""Below it a double has no 53 digits: the error is then absolute."""
PARTIAL_TOLERANCE = 1e-14
VALUE_TOLERANCE = 1e-13
VALUE_FLOORS = {"lgamma": 1e-14}
"""Absolute errors that Python's own `math` makes: its `lgamma` adds terms of either sign, and keeps no digits
at its zeros, which are 1, 2, and two in each interval below −2."""


# ---------------------------------------------------------------------------------------------- the reference


def _sign(x: mpf) -> mpf:
    return mpf((x > 0) - (x < 0))


def _power(x: mpf, y: mpf) -> mpf:
    if x >= 0:
        return mp.power(x, y)
    return mp.power(-x, y) * (-1 if y % 2 else 1)


def _softplus(x: mpf) -> mpf:
    return mp.log(1 + mp.exp(x))


def _erf(x: mpf) -> mpf:
    return mp.erf(x) if abs(x) < 1e50 else _sign(x)


def _erfc(x: mpf) -> mpf:
    return mp.erfc(x) if abs(x) < 1e50 else 1 - _sign(x)  # 10^(-10^100) and less, which mpmath cannot say


def _polygamma(n: mpf, x: mpf) -> mpf:
    if n == 0:
        return mp.psi(0, x)
    steps = 0 if x > 0 else 1 - int(mp.floor(x))
    terms = mp.zeta(n + 1, x + steps) + mp.fsum((x + k) ** -(n + 1) for k in range(steps))
    return (-1) ** (int(n) + 1) * mp.factorial(n) * terms


REFERENCE: dict[str, Callable[..., Any]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "%": lambda x, y: x - y * mp.floor(x / y),
    "^": _power,
    "neg": lambda x: -x,
    "identity": lambda x: x,
    "==": lambda x, y: mpf(x == y),
    "!=": lambda x, y: mpf(x != y),
    "<": lambda x, y: mpf(x < y),
    "<=": lambda x, y: mpf(x <= y),
    ">": lambda x, y: mpf(x > y),
    ">=": lambda x, y: mpf(x >= y),
    "and": lambda x, y: mpf(x != 0 and y != 0),
    "or": lambda x, y: mpf(x != 0 or y != 0),
    "not": lambda x: mpf(x == 0),
    "where": lambda c, x, y: x if c != 0 else y,
    "abs": lambda x: abs(x),
    "sign": _sign,
    "floor": lambda x: mp.floor(x),
    "ceil": lambda x: mp.ceil(x),
    "round": lambda x: mp.nint(x),
    "trunc": lambda x: _sign(x) * mp.floor(abs(x)),
    "heaviside": lambda x, h: h if x == 0 else mpf(x > 0),
    "clip": lambda x, lo, hi: lo if x < lo else hi if x > hi else x,
    "min": lambda *operands: sorted(operands)[0],
    "max": lambda *operands: sorted(operands)[-1],
    "sum": lambda *operands: mp.fsum(operands),
    "mean": lambda *operands: mp.fsum(operands) / len(operands),
    "prod": lambda *operands: mp.fprod(operands),
    "norm": lambda *operands: mp.sqrt(mp.fsum(x * x for x in operands)),
    "logsumexp": lambda *operands: mp.log(mp.fsum(mp.exp(x) for x in operands)),
    "sqrt": lambda x: mp.sqrt(x),
    "cbrt": lambda x: _sign(x) * mp.root(abs(x), 3),
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "exp": lambda x: mp.exp(x),
    "exp2": lambda x: mp.power(2, x),
    "expm1": lambda x: mp.exp(x) - 1,
    "log": lambda x: mp.log(x),
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "log1p": lambda x: mp.log(1 + x),
    "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    "xlogy": lambda x, y: x * mp.log(y),
    "sin": lambda x: mp.sin(x),
    "cos": lambda x: mp.cos(x),
    "tan": lambda x: mp.tan(x),
    "sec": lambda x: mp.sec(x),
    "csc": lambda x: mp.csc(x),
    "cot": lambda x: mp.cot(x),
    "asin": lambda x: mp.asin(x),
    "acos": lambda x: mp.acos(x),
    "atan": lambda x: mp.atan(x),
    "atan2": lambda y, x: mp.atan2(y, x),
    "sinh": lambda x: mp.sinh(x),
    "cosh": lambda x: mp.cosh(x),
    "tanh": lambda x: mp.tanh(x),
    "sech": lambda x: mp.sech(x),
    "csch": lambda x: mp.csch(x),
    "coth": lambda x: mp.coth(x),
    "asinh": lambda x: mp.asinh(x),
    "acosh": lambda x: mp.acosh(x),
    "atanh": lambda x: mp.atanh(x),
    "erf": _erf,
    "erfc": _erfc,
    "gamma": lambda x: mp.gamma(x),
    "lgamma": lambda x: mp.loggamma(x) if x > 0 else mp.log(abs(mp.gamma(x))),
    "digamma": lambda x: mp.psi(0, x),
    "polygamma": _polygamma,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": _softplus,
    "logsigmoid": lambda x: -_softplus(-x),
    "relu": lambda x: x if x > 0 else mpf(0),
    "leaky_relu": lambda x, a: x if x > 0 else a * x,
    "elu": lambda x, a: x if x > 0 else a * (mp.exp(x) - 1),
    "gelu": lambda x: x * _erfc(-x / mp.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "bce_with_logits": lambda z, y: _softplus(z) - y * z,
}

DISCRETE: dict[tuple[str, int], Callable[..., Any]] = {
    ("%", 0): lambda x, y: mpf(1),
    ("%", 1): lambda x, y: -mp.floor(x / y),
}
"""Partials that no difference of values finds, because jumps lie closer together than any step."""


def has_no_partial(name: str, operands: Operands, index: int) -> bool:
    """Where the domain has no neighbours in the direction of an operand: no derivative is right there."""
    if name == "polygamma":
        return index == 0
    return name == "^" and (operands[0] == 0 or (operands[0] < 0 and index == 1))


class Truth:
    """A primitive at a point, from its reference."""

    def __init__(self, name: str, operands: Operands) -> None:
        self.name = name
        self.operands = tuple(x if isinstance(x, mpf) else mpf(x) for x in operands)
        self.function = REFERENCE[name]
        # The function may vary over a relative distance of 1e-16 (near a pole) or 1e-300 (the sine of 1e300).
        self.scale = max(16, *(math.ceil(abs(math.log10(abs(x)))) for x in (*operands, 1.0) if x))
        # The derivative of a saturating function may be 1e-308 of it and less: so many more digits.
        self.tail = 40 if name in ("gamma", "lgamma", "digamma", "polygamma") else 370 + self.scale

    def value(self) -> Any:
        with mp.workdps(2 * self.scale + self.tail):
            return +self.function(*self.operands)

    def partial(self, index: int) -> Any:
        return self._difference(self.operands, index, self.scale + 60)

    def _difference(self, operands: Sequence[Any], index: int, digits: int) -> Any:
        with mp.workdps(digits + self.scale + self.tail):
            exact = DISCRETE.get((self.name, index))
            if exact:
                return exact(*operands)
            step = (abs(operands[index]) or mpf(1)) * mpf(10) ** -digits
            above, below = list(operands), list(operands)
            above[index] += step
            below[index] -= step
            return (self.function(*above) - self.function(*below)) / (2 * step)

    def condition_of_value(self) -> Any:
        """Σ |operand · ∂value/∂operand / value|."""
        moves = sum(abs(x * self.partial(i)) for i, x in enumerate(self.operands) if self._matters(i))
        return moves / abs(self.value())

    def condition_of_partial(self, index: int) -> Any:
        """Σ |operand · ∂partial/∂operand / partial|."""
        digits = 2 * self.scale + 90
        moves = mpf(0)
        with mp.workdps(digits + 2 * self.scale + self.tail):
            for i, x in enumerate(self.operands):
                if self._matters(i):
                    step = abs(x) * mpf(10) ** -(self.scale + 30)
                    above, below = list(self.operands), list(self.operands)
                    above[i] += step
                    below[i] -= step
                    rise = self._difference(above, index, digits) - self._difference(below, index, digits)
                    moves += abs(x * rise / (2 * step))
            return moves / abs(self.partial(index))

    def _matters(self, index: int) -> bool:
        operand = float(self.operands[index])
        return operand != 0 and not has_no_partial(self.name, tuple(map(float, self.operands)), index)


# ------------------------------------------------------------------------------------------------ the checker


class Finding(NamedTuple):
    """How far one number is from the truth: `error` is relative, and right where it is at most `allowed`."""

    error: float
    allowed: float
    text: str

    @property
    def wrong(self) -> bool:
        return not self.error <= self.allowed


def compare(found: float, true: Any, tolerance: float, conditioning: Callable[[], Any], text: str) -> Finding:
    """One number against its truth."""

    def finding(error: Any, allowed: Any = tolerance) -> Finding:
        return Finding(float(error), float(allowed), f"{text}: {found!r} for {mpmath.nstr(true, 20)}")

    if math.isnan(found):
        return finding(nan)
    if abs(true) < SUBNORMAL:
        return finding(0 if abs(mpf(found) - true) <= SUBNORMAL else inf)
    if math.isinf(found) and (found > 0) == (true > 0) and abs(true) >= LARGEST:
        return finding(0)
    with mp.workdps(30):
        error = abs((mpf(found) - true) / true)
        if error <= tolerance:
            return finding(error)
        allowed = max(mpf(tolerance), 2 * UNIT * conditioning())
        if math.isinf(found):
            near = (found > 0) == (true > 0) and abs(true) * (1 + allowed) >= LARGEST
            return finding(0 if near else inf, allowed)
        return finding(error, allowed)


def check_partials(primitive: Primitive, kernel: Kernel, points: Iterable[Operands]) -> Iterator[Finding]:
    """Each partial at each point."""
    for operands in points:
        _, *partials = kernel(*operands)
        assert len(partials) == len(operands)
        truth = Truth(primitive.name, operands)
        for i, partial in enumerate(partials):
            if has_no_partial(primitive.name, operands, i):
                continue
            text = f"partial {i} of {primitive.name}{operands}"
            true = _true_partial(truth.name, operands, i)
            if partial is None:
                yield Finding(0 if true == 0 else inf, 0, f"{text}: none for {mpmath.nstr(true, 20)}")
            else:
                yield compare(partial, true, PARTIAL_TOLERANCE, lambda t=truth, i=i: t.condition_of_partial(i), text)


def check_values(primitive: Primitive, kernel: Kernel, points: Iterable[Operands]) -> Iterator[Finding]:
    """The value at each point."""
    for operands in points:
        truth = Truth(primitive.name, operands)
        text = f"{primitive.name}{operands}"
        true = truth.value()
        tolerance = VALUE_TOLERANCE
        if primitive.name in VALUE_FLOORS and SUBNORMAL < abs(true) < 1:
            tolerance = max(tolerance, VALUE_FLOORS[primitive.name] / float(abs(true)))
        yield compare(kernel(*operands)[0], true, tolerance, truth.condition_of_value, text)


@cache
def _true_partial(name: str, operands: Operands, index: int) -> Any:
    return Truth(name, operands).partial(index)


def holds(primitive: Primitive, column: str, operands: Operands) -> bool:
    """Whether a condition of the row holds at a point."""
    graph = condition(primitive, column)
    if graph is None:
        return column == "domain"
    value = DOUBLE.function(primitive.name)(*operands) if primitive.name not in TEMPLATES else nan
    scope = dict(zip(primitive.parameters, operands, strict=False))
    scope |= {"f": value, "n": float(len(operands)), "ties": float(operands.count(value))}
    inputs = {graph.names[node]: scope[graph.names[node]] for node in graph.inputs()}
    return evaluate(graph, inputs).values[graph.output] != 0


def differentiable(primitive: Primitive, operands: Operands) -> bool:
    """Whether a point is in the domain, and away from every kink, jump and pole."""
    return holds(primitive, "domain", operands) and not any(
        holds(primitive, column, operands) for column in CONDITIONS if column != "domain"
    )


# ------------------------------------------------------------------------------------------------- the points

ENDS: dict[str, list[Operands]] = {
    "^": [
        (1e300, 0.01),
        (1e-300, -0.03),
        (1e-300, -0.028),
        (-2.0, 1e17),
        (-1.0, -1e17),
        (0.5, 1070.0),
        (3.0, 0.5),
    ],
    "prod": [(1e300, 1e300, 1e-300, 1e-300), (1e-160, 1e-160, 1e300, 3.0)],
    "logsumexp": [
        (1000.0, 970.0),
        (0.0, -40.0),
        (-1000.0, -1001.0, -1030.0),
        (300.0, 300.0, 280.0),
        (0.0, -1.0, -50.0),
    ],
    "polygamma": [(1000.0, 0.5), (1000.0, -0.5), (170.0, 60.0), (2.0, -3.5), (500.0, -20.5)],
    "tanh": [(19.0,), (350.0,)],
    "gelu": [(-8.0,), (-38.0,), (38.0,)],
    "digamma": [(1.4616321449683622,), (1.4616321449683625,), (-0.5040830082644554,)],
    "lgamma": [(1.4616321449683622,), (1.4616321449683625,), (-0.5040830082644554,)],
    "exp2": [(1023.9,), (-1022.0,)],
    "logaddexp": [(700.0, -8.0), (-700.0, 8.0)],
}
"""Points where a less careful rule, or a less careful function, was seen to lose digits."""

COUNT = 250
COUNTS = {
    **dict.fromkeys(("gamma", "lgamma", "erf", "erfc", "logaddexp", "bce_with_logits"), 150),
    **dict.fromkeys(("digamma", "logsumexp"), 80),
    "polygamma": 40,
}
"""How many points, where it is not `COUNT`: these references cost more."""


def _number(rng: random.Random) -> float:
    kind = rng.random()
    sign = rng.choice((1.0, -1.0))
    if kind < 0.35:
        return sign * 10 ** rng.uniform(-300, 300)
    if kind < 0.75:
        return sign * 10 ** rng.uniform(-3, 3)
    if kind < 0.87:
        return sign * (1 + rng.choice((1, -1)) * 10 ** rng.uniform(-16, -1))
    return sign * rng.randint(0, 12)


def _draw(primitive: Primitive, rng: random.Random) -> Operands:
    if primitive.name == "polygamma":
        order = rng.choice((0, 1, 2, 3, 4, 5, 20, 170, 1000))
        x = _number(rng)
        return float(order), (x if x > -1e3 else x % 1 - rng.randint(1, 30))
    count = rng.randint(1, 4) if primitive.variadic else len(primitive.parameters)
    operands = [_number(rng) for _ in range(count)]
    if count > 1 and rng.random() < 0.3:  # close to each other, in the sense of their quotient or of their difference
        x = operands[0]
        near = 10 ** rng.uniform(-16, 0) * rng.choice((1, -1))
        operands[1] = x * (1 + near) if rng.random() < 0.5 else x + near * 100
    if primitive.name == "clip" and rng.random() < 0.8:
        operands[1:] = sorted(operands[1:])
    if primitive.name == "^" and rng.random() < 0.3:
        operands[1] = float(rng.randint(-20, 20))
    elif primitive.name == "^" and rng.random() < 0.5 and operands[0] > 0 and operands[0] != 1:
        operands[1] = rng.uniform(-745, 709) / math.log(operands[0])  # a result from the least double to the greatest
    return tuple(operands)


@cache
def points_of(name: str) -> tuple[Operands, ...]:
    """Points of the domain of a primitive where it is differentiable, the same ones every time."""
    primitive = PRIMITIVES[name]
    rng = random.Random(name)
    drawn = (_draw(primitive, rng) for _ in range(20_000))
    good = (operands for operands in drawn if differentiable(primitive, operands))
    return (*ENDS.get(name, ()), *itertools.islice(good, COUNTS.get(name, COUNT)))


# -------------------------------------------------------------------------------------------------- the tests


def report(findings: Iterable[Finding]) -> str:
    """The wrong ones among the findings, the first few in words."""
    wrong = [finding for finding in findings if finding.wrong]
    shown = [f"{finding.text} ({finding.error:.2g}, {finding.allowed:.2g} allowed)" for finding in wrong[:6]]
    return "\n".join([f"{len(wrong)} wrong", *shown]) if wrong else ""


@pytest.mark.parametrize("name", PRIMITIVES)
def test_partials_keep_their_digits_over_the_domain(name: str) -> None:
    assert name in REFERENCE, f"`{name}` has no reference: give its value by mpmath in REFERENCE"
    points = points_of(name)
    assert len(points) >= COUNTS.get(name, COUNT), "too few of the points drawn are in the domain"
    assert not report(check_partials(PRIMITIVES[name], DOUBLE.kernel(name), points))


@pytest.mark.parametrize("name", PRIMITIVES)
def test_values_keep_their_digits_over_the_domain(name: str) -> None:
    assert name in REFERENCE, f"`{name}` has no reference: give its value by mpmath in REFERENCE"
    assert not report(check_values(PRIMITIVES[name], DOUBLE.kernel(name), points_of(name)))


def test_every_reference_is_of_a_row() -> None:
    assert set(REFERENCE) == set(PRIMITIVES)


@pytest.mark.parametrize("name", [name for name, row in PRIMITIVES.items() if row.definition])
def test_definitions_give_the_value(name: str) -> None:
    primitive = PRIMITIVES[name]
    graph = definition(primitive)
    assert graph is not None
    for operands in points_of(name):
        scope = dict(zip(primitive.parameters, operands, strict=True))
        inputs = {graph.names[node]: scope[graph.names[node]] for node in graph.inputs()}
        found = evaluate(graph, inputs).values[graph.output]
        assert found == pytest.approx(DOUBLE.function(name)(*operands), rel=1e-15, abs=SUBNORMAL, nan_ok=True)


# --------------------------------------------------------------------------------------- the tests are tested

WRONG_RULES = [
    ("/", "1/y; f/y"),
    ("/", "1/y; -x/y^2"),
    ("^", "where(y == 0, 0, y*x^(y - 1)); xlogy(f, x)"),
    ("^", "where(y == 0, 0, y*f/x); xlogy(f, x)"),
    ("%", "1; 0"),
    ("where", "0; where(c, 0, 1); where(c, 1, 0)"),
    ("clip", "where(x > lo, 1, 0); where(x < lo, 1, 0); where(x > hi, 1, 0)"),
    ("max", "where(x == f, 1.001, 0)"),
    ("min", "where(x == f, 0, 1)"),
    ("sum", "1.00000000000002"),
    ("mean", "1/(n + 1)"),
    ("prod", "f/x"),
    ("prod", "2.001*rest"),
    ("norm", "f/x"),
    ("logsumexp", "exp(x - f)"),
    ("logsumexp", "sigmoid(rest - x)"),
    ("sqrt", "1/(2.001*f)"),
    ("hypot", "y/f; x/f"),
    ("exp", "1.00000000000002*f"),
    ("logaddexp", "sigmoid(y - x); sigmoid(x - y)"),
    ("xlogy", "log(y); where(x == 0, 0, y/x)"),
    ("atanh", "1/(1 + x)/(1 + x)"),
    ("atan2", "h = hypot(x, y); y/h/h; -x/h/h"),
    ("atan2", "x/(x^2 + y^2); -y/(x^2 + y^2)"),
    ("tanh", "1 - f^2"),
    ("tanh", "0"),
    ("acosh", "1/sqrt(x^2 - 1)"),
    ("asinh", "1/sqrt(1 + x^2) + 1e-20"),
    ("sigmoid", "f*(1 - f)"),
    ("leaky_relu", "where(x > 0, 1, a); x"),
    ("bce_with_logits", "sigmoid(z) - y; z"),
    ("bce_with_logits", "sigmoid(z) - sigmoid(y); -z"),
]


@pytest.mark.parametrize(("name", "rule"), WRONG_RULES)
def test_the_checker_finds_a_wrong_rule(name: str, rule: str) -> None:
    row = PRIMITIVES[name]
    planted = Primitive(row.signature, row.summary, rule, name=name, domain=row.domain)
    assert planted.name == name
    findings = check_partials(planted, _compile_kernel(planted, DOUBLE), points_of(name))
    assert any(finding.wrong for finding in findings)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_wrong_rule_in_any_row_is_found(name: str) -> None:
    """2.001 for 2 in any partial of any row, and one half for 0: the checker says which primitive it is."""
    honest = DOUBLE.kernel(name)

    def planted(*operands: float) -> list[float]:
        value, *partials = honest(*operands)
        return [value, *(partial * 1.0005 if partial else 0.5 for partial in partials)]

    found = check_partials(PRIMITIVES[name], planted, points_of(name))
    assert name in next(finding.text for finding in found if finding.wrong)


def test_the_checker_finds_a_wrong_value() -> None:
    def kernel(x: float) -> list[float]:
        return [math.sin(x) * (1 + 1e-12), math.cos(x)]

    assert report(check_values(PRIMITIVES["sin"], kernel, points_of("sin")))
    assert not report(check_partials(PRIMITIVES["sin"], kernel, points_of("sin")))


@pytest.mark.parametrize(
    ("true", "found", "wrong"),
    [
        (mpf(1), 1.0 + 4e-15, False),
        (mpf(1), 1.0 + 4e-14, True),
        (mpf(1), nan, True),
        (mpf(1), inf, True),
        (mpf(0), 0.0, False),
        (mpf(0), 1e-300, True),
        (mpf("1e-320"), 0.0, False),
        (mpf("1e-300"), 0.0, True),
        (mpf("1e309"), inf, False),
        (mpf("1e309"), -inf, True),
        (mpf("1e309"), 1.7e308, True),
        (mpf("-1e309"), -inf, False),
        (mpf("1.7e308"), inf, True),
    ],
)
def test_compare(true: mpf, found: float, wrong: bool) -> None:
    assert compare(found, true, PARTIAL_TOLERANCE, lambda: 1, "").wrong is wrong


def test_conditioning_is_what_excuses_an_error() -> None:
    assert not compare(1.0 + 1e-10, mpf(1), PARTIAL_TOLERANCE, lambda: 1e6, "").wrong
    assert compare(1.0 + 1e-9, mpf(1), PARTIAL_TOLERANCE, lambda: 1e6, "").wrong
    near_root = Truth("log", (1.0 + 1e-10,))
    assert float(near_root.condition_of_value()) == pytest.approx(1e10, rel=1e-5)
    assert float(near_root.condition_of_partial(0)) == pytest.approx(1)
    assert float(Truth("exp", (300.0,)).condition_of_partial(0)) == pytest.approx(300)
    assert float(Truth("sin", (1e300,)).condition_of_partial(0)) > 1e290
    assert float(Truth("*", (3.0, 4.0)).condition_of_partial(1)) == pytest.approx(1)
    assert float(Truth("/", (3.0, 4.0)).condition_of_partial(1)) == pytest.approx(3)


DERIVATIVES: list[tuple[str, float, Callable[..., Any]]] = [
    ("sin", 1e300, lambda x: mp.cos(x)),
    ("exp", -700.0, lambda x: mp.exp(x)),
    ("tanh", 350.0, lambda x: 1 / mp.cosh(x) ** 2),
    ("tanh", 1e-300, lambda x: 1 / mp.cosh(x) ** 2),
    ("log1p", -1 + 2.0**-53, lambda x: 1 / (1 + x)),
    ("acosh", 1 + 2.0**-52, lambda x: 1 / mp.sqrt(x * x - 1)),
    ("softplus", -700.0, lambda x: 1 / (1 + mp.exp(-x))),
    ("atan", 1e150, lambda x: 1 / (1 + x * x)),
    ("erf", 26.0, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    ("lgamma", 1e300, lambda x: mp.psi(0, x)),
    ("gamma", -3.25, lambda x: mp.gamma(x) * mp.psi(0, x)),
    ("digamma", -12.5, lambda x: mp.psi(1, x)),
]


@pytest.mark.parametrize(("name", "x", "derivative"), DERIVATIVES)
def test_the_reference_has_fifty_digits(name: str, x: float, derivative: Callable[..., Any]) -> None:
    found = Truth(name, (x,)).partial(0)
    with mp.workdps(450):
        true = derivative(mpf(x))
        assert abs(found - true) <= abs(true) * mpf(10) ** -50


# ------------------------------------------------------------------------------------- kinks, jumps and poles


class Kink(NamedTuple):
    """A point where the slopes to the two sides differ (along the first operand), and the partials there."""

    operands: Operands
    left: float
    right: float
    partials: Operands


KINKS = {
    "abs": Kink((0.0,), -1, 1, (0,)),
    "clip": Kink((1.0, 1.0, 3.0), 0, 1, (0.5, 0.5, 0)),
    "min": Kink((2.0, 2.0), 1, 0, (0.5, 0.5)),
    "max": Kink((2.0, 1.0, 2.0, 2.0), 0, 1, (1 / 3, 0, 1 / 3, 1 / 3)),
    "norm": Kink((0.0, 0.0, 0.0), -1, 1, (0, 0, 0)),
    "hypot": Kink((0.0, 0.0), -1, 1, (0, 0)),
    "relu": Kink((0.0,), 0, 1, (0,)),
    "leaky_relu": Kink((0.0, 0.01), 0.01, 1, (0.01, 0)),
    "elu": Kink((0.0, 2.0), 2, 1, (2, 0)),
}

JUMPS = {
    "%": (4.0, 2.0),
    "==": (1.0, 1.0),
    "!=": (1.0, 1.0),
    "<": (1.0, 1.0),
    "<=": (1.0, 1.0),
    ">": (1.0, 1.0),
    ">=": (1.0, 1.0),
    "and": (0.0, 1.0),
    "or": (0.0, 0.0),
    "not": (0.0,),
    "where": (0.0, 1.0, 2.0),
    "sign": (0.0,),
    "floor": (2.0,),
    "ceil": (2.0,),
    "round": (2.5,),
    "trunc": (2.0,),
    "heaviside": (0.0, 0.5),
    "atan2": (0.0, -1.0),
}
"""Points where the value jumps as the first operand passes."""

POLES: dict[str, tuple[Operands, int, int]] = {
    "/": ((1.0, 0.0), 1, 1),
    "^": ((0.0, 0.5), 0, 1),
    "sqrt": ((0.0,), 0, 1),
    "cbrt": ((0.0,), 0, -1),
    "log": ((0.0,), 0, 1),
    "log2": ((0.0,), 0, 1),
    "log10": ((0.0,), 0, 1),
    "log1p": ((-1.0,), 0, 1),
    "xlogy": ((2.0, 0.0), 1, 1),
    "csc": ((0.0,), 0, -1),
    "cot": ((0.0,), 0, 1),
    "asin": ((1.0,), 0, -1),
    "acos": ((-1.0,), 0, 1),
    "csch": ((0.0,), 0, 1),
    "coth": ((0.0,), 0, 1),
    "acosh": ((1.0,), 0, 1),
    "atanh": ((-1.0,), 0, 1),
    "gamma": ((0.0,), 0, 1),
    "lgamma": ((-3.0,), 0, 1),
    "digamma": ((-2.0,), 0, -1),
    "polygamma": ((2.0, -3.0), 1, 1),
}
"""Points with the index of the operand that reaches the pole, and the side that it comes from."""


def rows_with(column: str) -> set[str]:
    return {name for name, row in PRIMITIVES.items() if getattr(row, column)}


def around(name: str, operands: Operands, index: int = 0) -> list[Any]:
    """The reference's values a little below a point, at it, and a little above."""
    values = []
    with mp.workdps(100):
        for step in (-(mpf(10) ** -40), mpf(0), mpf(10) ** -40):
            moved: list[Any] = [mpf(x) for x in operands]
            moved[index] += step
            values.append(REFERENCE[name](*moved))
    return values


@pytest.mark.parametrize("name", sorted(rows_with("kinks") | set(KINKS)))
def test_kinks(name: str) -> None:
    kink = KINKS[name]
    assert holds(PRIMITIVES[name], "kinks", kink.operands)
    assert not any(holds(PRIMITIVES[name], column, kink.operands) for column in ("jumps", "poles"))
    with mp.workdps(100):
        below, at, above = around(name, kink.operands)
        left, right = (at - below) * mpf(10) ** 40, (above - at) * mpf(10) ** 40
    assert (float(left), float(right)) == pytest.approx((kink.left, kink.right))
    _, *partials = DOUBLE.kernel(name)(*kink.operands)
    assert tuple(partial or 0 for partial in partials) == kink.partials


@pytest.mark.parametrize(
    ("name", "operands", "partials"),
    [
        ("clip", (3.0, 1.0, 3.0), (0.5, 0, 0.5)),
        ("clip", (0.0, 1.0, 3.0), (0, 1, 0)),
        ("clip", (2.0, 1.0, 3.0), (1, 0, 0)),
        ("clip", (4.0, 1.0, 3.0), (0, 0, 1)),
        ("heaviside", (0.0, 0.5), (0, 1)),
        ("heaviside", (1.0, 0.5), (0, 0)),
        ("relu", (-0.0,), (0,)),
        ("elu", (-0.0, 1.0), (1, 0)),
        ("sqrt", (0.0,), (inf,)),
        ("^", (0.0, 0.3), (inf, 0)),
        ("^", (0.0, 0.5), (inf, 0)),
        ("^", (0.0, 1.0), (1, 0)),
        ("^", (0.0, 2.0), (0, 0)),
        ("^", (-2.0, 3.0), (12, nan)),
        ("^", (-2.0, -1.0), (-0.25, nan)),
        ("xlogy", (0.0, 3.0), (math.log(3.0), 0)),
        ("prod", (0.0, 3.0, 4.0), (12, 0, 0)),
        ("prod", (0.0, 0.0, 4.0), (0, 0, 0)),
        ("prod", (5.0,), (1,)),
        ("logsumexp", (5.0,), (1,)),
        ("logsumexp", (inf, 0.0), (1, 0)),
        ("logsumexp", (-inf, 0.0), (0, 1)),
        ("polygamma", (1.0, inf), (nan, -0.0)),
    ],
)
def test_partials_at_particular_points(name: str, operands: Operands, partials: Operands) -> None:
    _, *found = DOUBLE.kernel(name)(*operands)
    assert [partial or 0 for partial in found] == pytest.approx(partials, rel=1e-15, abs=0, nan_ok=True)


def test_the_power_zero_has_no_slope_at_all() -> None:
    assert DOUBLE.kernel("^")(nan, 0.0)[:2] == (1.0, None)


@pytest.mark.parametrize("name", sorted(rows_with("jumps") | set(JUMPS)))
def test_jumps(name: str) -> None:
    operands = JUMPS[name]
    assert holds(PRIMITIVES[name], "jumps", operands)
    values = around(name, operands)
    assert max(values) - min(values) >= 0.5


@pytest.mark.parametrize("name", sorted(rows_with("poles") | set(POLES)))
def test_poles(name: str) -> None:
    operands, index, side = POLES[name]
    assert holds(PRIMITIVES[name], "poles", operands)
    _, *partials = DOUBLE.kernel(name)(*operands)
    assert not math.isfinite(partials[index])
    slopes = []
    for distance in (mpf(10) ** -20, mpf(10) ** -40):
        moved: list[Any] = [mpf(x) for x in operands]
        with mp.workdps(100):
            moved[index] += side * distance
        truth = Truth(name, tuple(moved))
        truth.scale = 40
        slopes.append(abs(truth.partial(index)))
    assert slopes[1] > 1e9 * slopes[0]


# -------------------------------------------------------------------------------------------- IEEE arithmetic

SPECIAL = (
    *(0.0, 1.0, 0.5, 2.0, 3.0, inf, 5e-324, 1e-300, 1e-9, 1e300, 1.7e308),
    *(-0.0, -1.0, -0.5, -2.0, -3.0, -inf, -5e-324, -1e-300, -1e-9, -1e300, -1.7e308),
    *(nan, 171.7, 710.0, -745.5, 2.0**53, 2.0**63, -(2.0**53) + 1),
)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_nothing_raises_and_every_number_is_a_double(name: str) -> None:
    primitive = PRIMITIVES[name]
    kernel = DOUBLE.kernel(name)
    for count in (1, 2, 3) if primitive.variadic else (len(primitive.parameters),):
        for operands in itertools.product(SPECIAL if count < 3 else SPECIAL[:24], repeat=count):
            value, *partials = kernel(*operands)
            assert type(value) is float, operands
            assert all(partial is None or type(partial) is float for partial in partials), operands
            assert len(partials) == count


@pytest.mark.parametrize(
    ("name", "operands", "value"),
    [
        ("/", (1.0, 0.0), inf),
        ("/", (1.0, -0.0), -inf),
        ("/", (-1.0, 0.0), -inf),
        ("/", (0.0, 0.0), nan),
        ("%", (1.0, 0.0), nan),
        ("%", (-1.0, 3.0), 2.0),
        ("^", (0.0, 0.0), 1.0),
        ("^", (0.0, -1.0), inf),
        ("^", (-0.0, -1.0), -inf),
        ("^", (-8.0, 1 / 3), nan),
        ("^", (10.0, 309.0), inf),
        ("^", (-10.0, 309.0), -inf),
        ("log", (0.0,), -inf),
        ("log", (-1.0,), nan),
        ("log1p", (-1.0,), -inf),
        ("exp", (1000.0,), inf),
        ("exp", (-1000.0,), 0.0),
        ("expm1", (1000.0,), inf),
        ("exp2", (1024.0,), inf),
        ("sqrt", (-1.0,), nan),
        ("cbrt", (-27.0,), -3.0),
        ("sinh", (-1000.0,), -inf),
        ("cosh", (-1000.0,), inf),
        ("sech", (1000.0,), 0.0),
        ("csch", (-0.0,), -inf),
        ("atanh", (-1.0,), -inf),
        ("acosh", (0.5,), nan),
        ("asin", (1.5,), nan),
        ("sin", (inf,), nan),
        ("round", (2.5,), 2.0),
        ("round", (3.5,), 4.0),
        ("trunc", (-2.5,), -2.0),
        ("floor", (-inf,), -inf),
        ("gamma", (172.0,), inf),
        ("gamma", (-1.0,), nan),
        ("lgamma", (-1.0,), inf),
        ("lgamma", (1e307,), inf),
        ("digamma", (0.0,), -inf),
        ("digamma", (-1.0,), nan),
        ("sum", (inf, -inf), nan),
        ("sum", (1e308, 1e308, -1e308), 1e308),
        ("min", (1.0, nan), nan),
        ("prod", (1e300, 1e300, 1e-300), 1e300),
        ("prod", (1e-300, 1e-300, 1e300), 1e-300),
        ("prod", (1e300, -1e300), -inf),
        ("prod", (inf, 0.0), nan),
        ("norm", (3e300, 4e300), 5e300),
        ("logsumexp", (1000.0, 1000.0), 1000 + math.log(2.0)),
        ("logsumexp", (-inf, -inf), -inf),
        ("logsumexp", (0.0, -100.0), math.exp(-100.0)),
        ("logaddexp", (-inf, 2.0), 2.0),
        ("xlogy", (0.0, 0.0), 0.0),
        ("sigmoid", (-1000.0,), 0.0),
        ("softplus", (1000.0,), 1000.0),
        ("bce_with_logits", (1000.0, 1.0), 0.0),
        ("bce_with_logits", (-1000.0, 1.0), 1000.0),
        ("bce_with_logits", (1e-5, 1e10), math.log(2.0) + 0.5e-5 - 1e5),
    ],
)
def test_values_at_particular_points(name: str, operands: Operands, value: float) -> None:
    assert DOUBLE.kernel(name)(*operands)[0] == pytest.approx(value, rel=1e-15, abs=0, nan_ok=True)


# ---------------------------------------------------------------------------------- the derivatives of lgamma


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 5, 170])
@pytest.mark.parametrize(
    "x",
    [
        *(0.5, 1.0, 2.0, 10.0, 11.999, 1e-5, 1e-300, 1e5, 1e300),
        *(1.4616, 1.4616321449683622, 1.4616321449683625, 1.211, 1.7117),
        *(-0.5, -1.5, -1e-9, -1 + 1e-9, -2 - 2.0**-40, -0.5040830082644554, -20.25, -999.5),
    ],
)
def test_digamma_and_polygamma(order: int, x: float) -> None:
    with mp.workdps(60 + 4 * order):
        true = _polygamma(mpf(order), mpf(x))
    truth = Truth("polygamma", (float(order), x))
    found = compare(polygamma(float(order), x), true, PARTIAL_TOLERANCE, truth.condition_of_value, "")
    assert not report([found])
    if order == 0:
        assert digamma(x) == polygamma(0.0, x)


@pytest.mark.parametrize("order", [0, 1, 2, 40])
def test_digamma_and_polygamma_far_out_in_high_precision(order: int) -> None:
    """Where mpmath's own fails for want of room, and on both sides of where its first term is all."""
    algebra = high_precision(50)
    ctx = algebra.number(1.0, "").context
    psi = algebra.function("polygamma")
    for magnitude in (ctx.prec - 1, ctx.prec + 1, ctx.prec + 8, 400):
        x = ctx.ldexp(ctx.mpf("1.37"), magnitude)
        with ctx.workprec(600):
            true = ctx.psi(order, x)
        assert abs(psi(ctx.mpf(order), x) - true) <= abs(true) * ctx.mpf(10) ** -49
    assert psi(ctx.mpf(0), ctx.ldexp(1, 10**40)) == ctx.ln2 * 10**40


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("x", [-1e5 - 0.125, -1e12 - 0.375, -(2.0**51) - 0.5])
def test_digamma_and_polygamma_far_below_zero(order: int, x: float) -> None:
    with mp.workdps(100):
        at = mpf(x)  # by the cotangent: (−1)ⁿψ⁽ⁿ⁾(1 − x) − ψ⁽ⁿ⁾(x) = π dⁿ/dxⁿ cot(πx)
        slope = mp.diff(lambda t: mp.cot(mp.pi * t), at % 1, order) if at % 1 != 0.5 or order % 2 else 0
        true = (-1) ** order * _polygamma(mpf(order), 1 - at) - mp.pi * slope
    assert not report([compare(polygamma(float(order), x), true, PARTIAL_TOLERANCE, lambda: 0, "")])


@pytest.mark.parametrize(
    ("order", "x", "value"),
    [
        (1.0, -1e300, inf),
        (2.0, -1e300, nan),
        (1.0, 0.0, inf),
        (1.0, inf, 0.0),
        (2.0, inf, -0.0),
        (1.0, -inf, nan),
        (1.0, nan, nan),
        (nan, 1.0, nan),
        (inf, 1.0, nan),
        (0.5, 1.0, nan),
        (-1.0, 1.0, nan),
        (1e300, 1.0, nan),
        (1000.0, 1e-300, -inf),
        (1000.0, 5e-324, -inf),
        (1000.0, -1e-300, inf),
        (1000.0, -0.3, inf),
        (999.0, -0.3, inf),
        (1000.0, 1e300, 0.0),
        (1000.0, 1.7e308, 0.0),
        (500.0, -20.5, -inf),
        (1000.0, -4e15 - 0.5, 0.0),
        (1000.0, 1000.5, None),
        (1001.0, 400.0, None),
    ],
)
def test_polygamma_is_bounded_in_time(order: float, x: float, value: float | None) -> None:
    start = time.perf_counter()
    found = polygamma(order, x)
    assert time.perf_counter() - start < 2
    assert value is None or found == pytest.approx(value, nan_ok=True)
