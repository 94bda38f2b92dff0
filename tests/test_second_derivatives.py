"""Published second derivatives: six functions of Moré, Garbow and Hillstrom at their standard starting points.

"Testing Unconstrained Optimization Software", ACM Transactions on Mathematical Software 7 (1981). The functions are
written twice, as programs and in mpmath, whose differences in 60 digits are the truth; entries that are whole numbers
or fractions were worked out by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pi
from typing import Any, NamedTuple

import mpmath
import pytest

from cgraph_cli import parse
from cgraph_cli.results.matrices import hessian
from cgraph_cli.results.request import Request


class Problem(NamedTuple):
    """A function as a program and in mpmath, its starting point, and its Hessian there, as far as it is known."""

    program: str
    function: Callable[..., Any]
    start: Sequence[float]
    known: Sequence[Sequence[float | None]]


def rosenbrock(x: Any, y: Any) -> Any:
    return 100 * (y - x**2) ** 2 + (1 - x) ** 2


def powell(a: Any, b: Any, c: Any, d: Any) -> Any:
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def wood(a: Any, b: Any, c: Any, d: Any) -> Any:
    first = 100 * (b - a**2) ** 2 + (1 - a) ** 2 + 90 * (d - c**2) ** 2 + (1 - c) ** 2
    return first + 10 * (b + d - 2) ** 2 + (b - d) ** 2 / 10


def helical_valley(x: Any, y: Any, z: Any) -> Any:
    turn = mpmath.atan(y / x) / (2 * mpmath.pi) + (0 if x > 0 else mpmath.mpf(1) / 2)
    return 100 * ((z - 10 * turn) ** 2 + (mpmath.sqrt(x**2 + y**2) - 1) ** 2) + z**2


def box(x: Any, y: Any, z: Any) -> Any:
    times = [mpmath.mpf(i) / 10 for i in range(1, 11)]
    exp = mpmath.exp
    return sum((exp(-t * x) - exp(-t * y) - z * (exp(-t) - exp(-10 * t))) ** 2 for t in times)


def beale(x: Any, y: Any) -> Any:
    return sum((c - x * (1 - y**i)) ** 2 for i, c in enumerate((1.5, 2.25, 2.625), 1))


BOX = "r(t, x, y, z) = (exp(-t*x) - exp(-t*y) - z*(exp(-t) - exp(-10*t)))^2; f = " + " + ".join(
    f"r({i}/10, x, y, z)" for i in range(1, 11)
)

PROBLEMS = {
    "rosenbrock": Problem("f = 100*(y - x^2)^2 + (1 - x)^2", rosenbrock, (-1.2, 1), [[1330, 480], [480, 200]]),
    "powell singular": Problem(
        "f = (a + 10*b)^2 + 5*(c - d)^2 + (b - 2*c)^4 + 10*(a - d)^4",
        powell,
        (3, -1, 0, 1),
        [[482, 20, 0, -480], [20, 212, -24, 0], [0, -24, 58, -10], [-480, 0, -10, 490]],
    ),
    "wood": Problem(
        "v(x, y) = (y - x^2)^2;f = 100*v(a, b) + (1 - a)^2 + 90*v(c, d) + (1 - c)^2 + 10*(b + d - 2)^2 + (b - d)^2/10",
        wood,
        (-3, -1, -3, -1),
        [[11202, 1200, 0, 0], [1200, 220.2, 0, 19.8], [0, 0, 10082, 1080], [0, 19.8, 1080, 200.2]],
    ),
    "helical valley": Problem(
        "turn = where(x > 0, atan(y/x)/(2*pi), atan(y/x)/(2*pi) + 0.5);"
        "f = 100*((z - 10*turn)^2 + (sqrt(x^2 + y^2) - 1)^2) + z^2",
        helical_valley,
        (-1, 0, 0),
        [[200, -5000 / pi, 0], [-5000 / pi, 5000 / pi**2, 1000 / pi], [0, 1000 / pi, 202]],
    ),
    "box three-dimensional": Problem(BOX, box, (0, 10, 20), [[None] * 3] * 3),
    "beale": Problem(
        "f = (1.5 - x*(1 - y))^2 + (2.25 - x*(1 - y^2))^2 + (2.625 - x*(1 - y^3))^2",
        beale,
        (1, 1),
        [[0, 27.75], [27.75, 68.5]],
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_published_hessians(name: str) -> None:
    problem = PROBLEMS[name]
    variables = problem.function.__code__.co_varnames[: len(problem.start)]
    inputs = dict(zip(variables, map(float, problem.start), strict=True))
    matrix = hessian(parse(problem.program), inputs, Request(wrt=variables))
    assert matrix.is_ok()
    with mpmath.workdps(60):
        at = tuple(mpmath.mpf(start) for start in inputs.values())
        scale = max(abs(entry.number) for entries in matrix.entries for entry in entries)
        for u, entries in enumerate(matrix.entries):
            for v, entry in enumerate(entries):
                orders = [0] * len(at)
                orders[u] += 1
                orders[v] += 1
                truth = mpmath.diff(problem.function, at, tuple(orders))
                assert entry.number == pytest.approx(float(truth), rel=1e-13, abs=1e-15 * scale)
                known = problem.known[u][v]
                assert known is None or entry.number == pytest.approx(known, rel=1e-14, abs=1e-15 * scale)
                assert entry.number == matrix.entries[v][u].number
