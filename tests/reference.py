"""A reference for the table of primitives: every value and every local partial by another route.

It shares nothing with the table. It has only the value of each primitive, in several hundred digits. A partial is the
central difference of that value: its step is so small, and its digits so many, that about 50 of them are right.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import mpmath
from mpmath import mp, mpf

from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import TEMPLATES, Kernel
from cgraph_cli.evaluation.rule_parser import CONDITIONS, condition
from cgraph_cli.evaluation.sweeps import evaluate

Operands = tuple[float, ...]
inf, nan = math.inf, math.nan

UNIT = 2.0**-53
"""The largest cost of one rounding, as a relative error."""
LARGEST = mpf(2) ** 1024 * (1 - mpf(2) ** -54)
"""The least number that rounds to infinity."""
SUBNORMAL = 2.3e-308
"""The least number with 53 digits: below it the error is absolute."""
PARTIAL_TOLERANCE = 1e-14
VALUE_TOLERANCE = 1e-13
VALUE_FLOORS = {"lgamma": 1e-14}
"""Absolute errors of Python's own `math`: its `lgamma` adds terms of either sign, and keeps no digits at its zeros,
which are 1, 2, and two in each interval below −2.
"""

PARTIAL_FLOORS = {"sinc": 8e-15}
"""Absolute errors of partials that no closed form avoids: the slope of `sinc` at 0 is the difference of two similar
terms.
"""


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


def true_polygamma(n: mpf, x: mpf) -> mpf:
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
    "polygamma": true_polygamma,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": _softplus,
    "logsigmoid": lambda x: -_softplus(-x),
    "relu": lambda x: x if x > 0 else mpf(0),
    "leaky_relu": lambda x, a: x if x > 0 else a * x,
    "elu": lambda x, a: x if x > 0 else a * (mp.exp(x) - 1),
    "sinc": mp.sincpi,
    "degrees": lambda x: x * 180 / mp.pi,
    "radians": lambda x: x * mp.pi / 180,
    "normcdf": lambda x: _erfc(-x / mp.sqrt(2)) / 2,
    "normpdf": lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "logit": lambda x: mp.log(x / (1 - x)) if 0 < x < 1 else mp.nan if not 0 <= x <= 1 else mp.inf * (2 * x - 1),
    "gelu": lambda x: x * _erfc(-x / mp.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "bce_with_logits": lambda z, y: _softplus(z) - y * z,
}

DISCRETE: dict[tuple[str, int], Callable[..., Any]] = {
    ("%", 0): lambda x, y: mpf(1),
    ("%", 1): lambda x, y: -mp.floor(x / y),
}
"""Partials beyond differences of values: jumps are closer together than any step."""


def has_no_partial(name: str, operands: Operands, index: int) -> bool:
    """Tell whether the domain has no neighbours in the direction of an operand: no derivative is right there."""
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
        """Compute Σ |operand · ∂value/∂operand / value|."""
        moves = sum(abs(x * self.partial(i)) for i, x in enumerate(self.operands) if self._matters(i))
        return moves / abs(self.value())

    def condition_of_partial(self, index: int) -> Any:
        """Compute Σ |operand · ∂partial/∂operand / partial|."""
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
    """The distance of one number from the truth: `error` is relative, and right up to `allowed`."""

    error: float
    allowed: float
    text: str

    @property
    def wrong(self) -> bool:
        return not self.error <= self.allowed


def compare(found: float, true: Any, tolerance: float, conditioning: Callable[[], Any], text: str) -> Finding:
    """Compare one number with its truth."""

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
    """Compare each partial at each point."""
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
                tolerance = PARTIAL_TOLERANCE
                if primitive.name in PARTIAL_FLOORS and 0 < abs(true) < 1:
                    floor = PARTIAL_FLOORS[primitive.name] / max(float(abs(true)), SUBNORMAL)
                    tolerance = max(tolerance, floor)
                yield compare(partial, true, tolerance, lambda t=truth, i=i: t.condition_of_partial(i), text)


def check_values(primitive: Primitive, kernel: Kernel, points: Iterable[Operands]) -> Iterator[Finding]:
    """Compare the value at each point."""
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
    """Tell whether a condition of the row holds at a point."""
    graph = condition(primitive, column)
    if graph is None:
        return column == "domain"
    value = DOUBLE.function(primitive.name)(*operands) if primitive.name not in TEMPLATES else nan
    scope = dict(zip(primitive.parameters, operands, strict=False))
    scope |= {"f": value, "n": float(len(operands)), "ties": float(operands.count(value))}
    inputs = {graph.names[node]: scope[graph.names[node]] for node in graph.inputs()}
    return evaluate(graph, inputs).values[graph.output] != 0


def differentiable(primitive: Primitive, operands: Operands) -> bool:
    """Tell whether a point is in the domain, and away from every kink, jump and pole."""
    return holds(primitive, "domain", operands) and not any(
        holds(primitive, column, operands) for column in CONDITIONS if column != "domain"
    )


def report(findings: Iterable[Finding]) -> str:
    """Describe the first few wrong ones among the findings."""
    wrong = [finding for finding in findings if finding.wrong]
    shown = [f"{finding.text} ({finding.error:.2g}, {finding.allowed:.2g} allowed)" for finding in wrong[:6]]
    return "\n".join([f"{len(wrong)} wrong", *shown]) if wrong else ""


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
"""The numbers of points other than `COUNT`: these references cost more."""


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
def points_of(name: str, share: int = 4) -> tuple[Operands, ...]:
    """Choose one in `share` points of the domain where a primitive is differentiable, the same ones every time."""
    primitive = PRIMITIVES[name]
    rng = random.Random(name)
    drawn = (_draw(primitive, rng) for _ in range(20_000))
    good = (operands for operands in drawn if differentiable(primitive, operands))
    return (*ENDS.get(name, ()), *itertools.islice(good, COUNTS.get(name, COUNT) // share))
