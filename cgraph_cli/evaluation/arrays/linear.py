"""Linear maps: the local partials of structural operations.

The sweeps write `partial*tangent` and `adjoint*partial`. Between arrays these are two maps, of which the second is the
transpose of the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cgraph_cli.evaluation.arrays.derivatives import Array, Map, Masked, Scattered, Shape, widen

Function = Callable[[Array], Any]
Reach = Callable[[], tuple[Function, Function]]

EVERYWHERE = np.True_
"""The dependence of all elements."""


class Linear(Map):
    """The partial of a result of one `shape` with respect to an operand of the shape `like`.

    `push` maps a tangent, and `pull` an adjoint. `reach` gives the same maps for dependence, 1 or 0, where those of the
    numbers would not map ones and zeros so. Those of a map that `mixes` map booleans, and tell of `EVERYWHERE`: few
    elements have no dependence after it, and a look takes little beside the map itself.
    """

    __slots__ = ("like", "mixes", "pull", "push", "reach", "shape")

    def __init__(
        self,
        shape: Shape,
        like: Shape,
        push: Function,
        pull: Function,
        reach: Reach | None = None,
        *,
        mixes: bool = False,
    ) -> None:
        self.shape = shape
        self.like = like
        self.push = push
        self.pull = pull
        self.reach = reach or (lambda: (push, pull))
        self.mixes = mixes

    def __mul__(self, tangent: Any) -> Any:
        """Map a tangent of the operand to one of the result."""
        return self._apply(self.push, 0, tangent, self.like)

    def __rmul__(self, adjoint: Any) -> Any:
        """Map an adjoint of the result to one of the operand."""
        return self._apply(self.pull, 1, adjoint, self.shape)

    def _apply(self, function: Function, side: int, derivative: Any, shape: Shape) -> Any:
        """Map a derivative of an array of a shape, by the push on side 0 or the pull on side 1."""
        if isinstance(derivative, Scattered):
            derivative = derivative.gathered()
        if not isinstance(derivative, Masked):
            return function(widen(derivative, shape))
        numbers = function(widen(derivative.numbers, shape))
        if self.mixes:
            mask = self.reach()[side](widen(derivative.mask, shape))
            return numbers if mask is EVERYWHERE else Masked(numbers, mask, are_zero=True)

        def dependence() -> Any:
            return self.reach()[side](widen(derivative.mask, shape) * 1.0)

        if isinstance(numbers, Scattered):
            ((place, part),) = numbers.parts
            ((_, holds),) = dependence().parts
            return Scattered(numbers.shape, place, Masked(part, np.asarray(holds) != 0))
        if isinstance(numbers, Masked):
            return Masked(numbers.numbers, lambda: numbers.mask & (np.asarray(dependence()) != 0), are_zero=True)
        return Masked(numbers, lambda: np.asarray(dependence()) != 0, are_zero=True)


class Rearrangement(Linear):
    """The partial of an array that has the elements of the operand in other places."""

    __slots__ = ()

    def _apply(self, function: Function, side: int, derivative: Any, shape: Shape) -> Any:
        """Rearrange numbers and dependence alike."""
        if isinstance(derivative, Scattered):
            derivative = derivative.gathered()
        if not isinstance(derivative, Masked):
            return function(widen(derivative, shape))
        return derivative.moved(lambda each: function(widen(each, shape)))


class Inclusion(Linear):
    """The partial of an array with respect to an operand that is a part of it, at a `place`."""

    __slots__ = ("place",)

    def __init__(self, shape: Shape, like: Shape, place: Any) -> None:
        super().__init__(shape, like, lambda t: Scattered(shape, place, t), lambda g: g[place])
        self.place = place

    def __rmul__(self, adjoint: Any) -> Any:
        """Pick the part of an adjoint, of which nothing else is looked at: an array may have very many parts."""
        if isinstance(adjoint, Scattered):
            adjoint = adjoint.gathered()
        if not isinstance(adjoint, Masked):
            return super().__rmul__(adjoint)
        numbers, mask = (widen(each, self.shape)[self.place] for each in (adjoint.numbers, adjoint.mask))
        return numbers if mask.all() else Masked(numbers, mask)
