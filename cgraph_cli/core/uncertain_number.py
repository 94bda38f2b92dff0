"""Uncertain numbers: an estimate with its standard uncertainty, and the possible distributions."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, sqrt
from typing import Any, NamedTuple


class Distribution(NamedTuple):
    """A distribution that is symmetric about the estimate.

    The number after `±`, divided by `divisor`, is the standard uncertainty: of a bounded distribution that number is
    the half-width. `kurtosis` is the fourth central moment over the square of the variance. `draw(generator, size,
    dof)` draws at a random generator of NumPy, in units of the number after `±`. `also` are other names.
    """

    name: str
    divisor: float
    kurtosis: float
    draw: Callable[[Any, int, float], Any]
    also: tuple[str, ...] = ()


def _draw_arcsine(generator: Any, size: int, dof: float) -> Any:
    """Draw the first coordinate of a random point of the unit circle."""
    x, y = generator.standard_normal(size), generator.standard_normal(size)
    return x / (x * x + y * y) ** 0.5


DISTRIBUTIONS = {
    distribution.name: distribution
    for distribution in (
        Distribution("normal", 1, 3, lambda generator, size, dof: generator.standard_normal(size), ("gaussian",)),
        Distribution("uniform", sqrt(3), 1.8, lambda generator, size, dof: generator.uniform(-1, 1, size),
                     ("rectangular",)),
        Distribution("triangular", sqrt(6), 2.4, lambda generator, size, dof: generator.triangular(-1, 0, 1, size)),
        Distribution("arcsine", sqrt(2), 1.5, _draw_arcsine, ("ushaped",)),
        Distribution("student", 1, 3, lambda generator, size, dof: generator.standard_t(dof, size), ("t",)),
    )
}  # fmt: skip
"""The distributions by name. That of Student is for a standard uncertainty that is known with `dof` degrees of freedom
only; as in the GUM, the standard uncertainty is its scale, and the kurtosis that of the normal distribution."""


def find_distribution(word: str) -> Distribution | None:
    """Find a distribution by one of its names."""
    found = DISTRIBUTIONS.get(word)
    return found or next((each for each in DISTRIBUTIONS.values() if word in each.also), None)


class UncertainNumber(float):
    """A number from a measurement: a double with a standard uncertainty `u`.

    `distribution` is one of `DISTRIBUTIONS` by name, and `dof` are the degrees of freedom of `u`. Arithmetic on doubles
    uses the estimate.
    """

    __slots__ = ("distribution", "dof", "u")

    u: float
    distribution: str
    dof: float

    def __new__(cls, value: float, u: float = 0.0, distribution: str = "normal", dof: float = inf) -> UncertainNumber:
        """Make an uncertain number."""
        number = super().__new__(cls, value)
        number.u = u
        number.distribution = distribution
        number.dof = dof
        return number

    @property
    def spread(self) -> float:
        """The number after `±`: the half-width of a bounded distribution, else the standard uncertainty."""
        return self.u * DISTRIBUTIONS[self.distribution].divisor
