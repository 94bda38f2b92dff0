"""Local partials between arrays: linear maps at a point.

The sweeps write `partial*tangent` and `adjoint*partial`. Between arrays these are two maps, of which the second is the
transpose of the first. The facts that hang on shapes alone are found once: an operation is bound to the shapes of its
operands, and has a map for each of them. A `PartialMap` is such a map with the numbers of a point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cgraph_cli.evaluation.arrays.blocks import apply_in_blocks
from cgraph_cli.evaluation.arrays.derivatives import Array, Map, Masked, Scattered, Shape, widen
from cgraph_cli.evaluation.kernels import Kernel

Function = Callable[..., Any]

EVERYWHERE = np.True_
"""The dependence of all elements."""

_MOST_BOUND = 16
"""The most operands of an operation whose maps are kept: others may have a million."""

_MOST_KNOWN = 1000
"""The most shapes of an operation's operands whose maps are kept."""


class PartialMap(Map):
    """A local partial: a map, and the numbers that it is `given` at a point."""

    __slots__ = ("given", "map")

    def __init__(self, map: ElementwiseMap | StructuralMap, given: Sequence[Any]) -> None:
        self.map = map
        self.given = given

    def __mul__(self, tangent: Any) -> Any:
        """Map a tangent of the operand to one of the result."""
        return self.map.push(tangent, self.given)

    def __rmul__(self, adjoint: Any) -> Any:
        """Map an adjoint of the result to one of the operand."""
        return self.map.pull(adjoint, self.given)


class ElementwiseMap:
    """The map of an elementwise result of one `shape` with respect to an operand of the shape `like`.

    The derivative is computed when it is asked for, from what is given: nothing is kept but values. Its product with a
    tangent is broadcast, where the operand was; that with an adjoint is summed over what was. One of several steps, all
    of whose elements depend, is computed `in_blocks`.
    """

    __slots__ = ("axes", "compute", "in_blocks", "like", "shape")

    def __init__(self, compute: Function, shape: Shape, like: Shape, in_blocks: bool = False) -> None:
        self.compute = compute
        self.in_blocks = in_blocks
        self.shape = shape
        self.like = like
        ahead = len(shape) - len(like)
        self.axes = tuple(at for at, size in enumerate(shape) if at < ahead or like[at - ahead] != size)

    def derivative(self, given: Sequence[Any]) -> Any:
        """Compute the derivative, element by element."""
        if self.in_blocks:
            return apply_in_blocks(self.compute, *given)
        found = self.compute(*given)
        return Masked(0.0, np.False_) if found is None else found

    def push(self, derivative: Any, given: Sequence[Any]) -> Any:
        """Multiply a derivative by this one; that of a sum is the derivative itself."""
        if isinstance(derivative, Scattered):
            derivative = derivative.gathered()
        if self.in_blocks and not isinstance(derivative, Masked):
            return apply_in_blocks(lambda factor, *given: factor * self.compute(*given), derivative, *given)
        own = self.derivative(given)
        return derivative if isinstance(own, float) and own == 1 else derivative * own

    def pull(self, adjoint: Any, given: Sequence[Any]) -> Any:
        """Map an adjoint of the result to one of the operand."""
        term = self.push(adjoint, given)
        if not self.axes:
            return term
        if isinstance(term, Masked):
            return Masked(self._sum(term.numbers), lambda: self._any(term.mask), clean=True)
        return self._sum(term)

    def _sum(self, numbers: Array) -> Array:
        return np.add.reduce(widen(numbers, self.shape), axis=self.axes).reshape(self.like)[()]

    def _any(self, mask: Array) -> Array:
        return np.logical_or.reduce(widen(mask, self.shape), axis=self.axes).reshape(self.like)


class StructuralMap:
    """The map of a structural result of one `shape` with respect to an operand of the shape `like`.

    `push` maps a tangent, and `pull` an adjoint; both take what is given after it. `reach` has the same maps for
    dependence, 1 or 0, where those of the numbers would not map ones and zeros so. Those of a map that `mixes` map
    booleans, and tell of `EVERYWHERE`: few elements have no dependence after it, and a look takes little beside the map
    itself.
    """

    __slots__ = ("_pull", "_push", "_reach", "like", "mixes", "shape")

    def __init__(
        self,
        shape: Shape,
        like: Shape,
        push: Function,
        pull: Function,
        reach: tuple[Function, Function] | None = None,
        *,
        mixes: bool = False,
    ) -> None:
        self.shape = shape
        self.like = like
        self.mixes = mixes
        self._push = push
        self._pull = pull
        self._reach = reach

    def push(self, tangent: Any, given: Sequence[Any]) -> Any:
        """Map a tangent of the operand to one of the result."""
        if isinstance(tangent, (Masked, Scattered)):
            return self._map(self._push, self.reach_forward, tangent, self.like, given)
        return self._push(widen(tangent, self.like), *given)

    def pull(self, adjoint: Any, given: Sequence[Any]) -> Any:
        """Map an adjoint of the result to one of the operand."""
        if isinstance(adjoint, (Masked, Scattered)):
            return self._map(self._pull, self.reach_back, adjoint, self.shape, given)
        return self._pull(widen(adjoint, self.shape), *given)

    def reach_forward(self, mask: Array, given: Sequence[Any]) -> Any:
        """Find the elements of the result that depend on some of the operand: none is 0."""
        return self._reach[0](mask) if self._reach else self._push(mask, *given)

    def reach_back(self, mask: Array, given: Sequence[Any]) -> Any:
        """Find the elements of the operand that some of the result depend on: none is 0."""
        return self._reach[1](mask) if self._reach else self._pull(mask, *given)

    def _map(self, function: Function, reach: Function, derivative: Any, shape: Shape, given: Sequence[Any]) -> Any:
        """Map a derivative of few elements, or with some of no dependence."""
        if isinstance(derivative, Scattered):
            derivative = derivative.gathered()
        if not isinstance(derivative, Masked):
            return function(widen(derivative, shape), *given)
        numbers = function(widen(derivative.numbers, shape), *given)
        if self.mixes:
            mask = reach(widen(derivative.mask, shape), given)
            return numbers if mask is EVERYWHERE else Masked(numbers, mask, are_zero=True)

        def dependence() -> Any:
            return reach(widen(derivative.mask, shape) * 1.0, given)

        if isinstance(numbers, Scattered):
            ((place, part),) = numbers.parts
            ((_, holds),) = dependence().parts
            return Scattered(numbers.shape, place, Masked(part, np.asarray(holds) != 0))
        if isinstance(numbers, Masked):
            return Masked(numbers.numbers, lambda: numbers.mask & (np.asarray(dependence()) != 0), are_zero=True)
        return Masked(numbers, lambda: np.asarray(dependence()) != 0, are_zero=True)


class Rearrangement(StructuralMap):
    """The map of an array that has the elements of the operand in other places."""

    __slots__ = ()

    def _map(self, function: Function, reach: Function, derivative: Any, shape: Shape, given: Sequence[Any]) -> Any:
        """Rearrange numbers and dependence alike."""
        if isinstance(derivative, Scattered):
            derivative = derivative.gathered()
        if not isinstance(derivative, Masked):
            return function(widen(derivative, shape), *given)
        return derivative.moved(lambda each: function(widen(each, shape), *given))


class Inclusion(StructuralMap):
    """The map of an array with respect to an operand that is a part of it, at a `place`."""

    __slots__ = ("place",)

    def __init__(self, shape: Shape, like: Shape, place: Any) -> None:
        super().__init__(shape, like, lambda t: Scattered(shape, place, t), lambda g: g[place])
        self.place = place

    def pull(self, adjoint: Any, given: Sequence[Any]) -> Any:
        """Pick the part of an adjoint, of which nothing else is looked at: an array may have very many parts."""
        if isinstance(adjoint, Scattered):
            adjoint = adjoint.gathered()
        if not isinstance(adjoint, Masked):
            return super().pull(adjoint, given)
        numbers, mask = (widen(each, self.shape)[self.place] for each in (adjoint.numbers, adjoint.mask))
        return numbers if mask.all() else Masked(numbers, mask, clean=True)


class Bound(NamedTuple):
    """An operation on operands of known shapes.

    `compute` gives the value, and the numbers that the partials are given; `maps` has one for each operand, None where
    nothing depends on it.
    """

    compute: Callable[..., tuple[Any, Sequence[Any]]]
    maps: Sequence[ElementwiseMap | StructuralMap | None]


def by_shapes(bind: Callable[..., Bound]) -> Kernel:
    """Make the kernel of an operation that `bind` binds to the shapes of its operands, once for all alike."""
    known: dict[tuple[Shape, ...], Bound] = {}

    def kernel(*operands: Array) -> Sequence[Any]:
        shapes = tuple([getattr(x, "shape", ()) for x in operands])
        bound = known.get(shapes)
        if bound is None:
            bound = bind(*shapes)
            if len(shapes) <= _MOST_BOUND:
                if len(known) >= _MOST_KNOWN:
                    known.clear()
                known[shapes] = bound
        compute, maps = bound
        value, given = compute(*operands)
        return (value, *[map and PartialMap(map, given) for map in maps])

    return kernel
