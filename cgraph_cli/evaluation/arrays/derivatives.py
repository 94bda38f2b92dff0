"""Derivatives of arrays, with the products and sums of the sweeps.

A derivative is an array, or a number for all its elements, that broadcasts to the shape of its node; `Masked` where
some elements depend on nothing; None where none does. A local partial is a `Map`: `Local` of an elementwise operation,
`Linear` of a structural one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, parts_of

Array = Any
"""An array of doubles, or a double."""

Shape = tuple[int, ...]


class Map:
    """A partial or a derivative with products and sums of its own, on either side of the operator."""

    __slots__ = ()
    __array_ufunc__ = None


class Masked:
    """A derivative with elements of no dependence, those where `mask` is False; their `numbers` are 0.

    An element without dependence adds nothing to a sum, and its product with any factor has none.
    """

    __slots__ = ("mask", "numbers")
    __array_ufunc__ = None

    def __init__(self, numbers: Array, mask: Array) -> None:
        self.numbers = mask * 1.0 if isinstance(numbers, float) and numbers == 1 else np.where(mask, numbers, 0.0)
        self.mask = mask

    def __mul__(self, other: Any) -> Any:
        """Multiply element by element; an element of the product depends where both factors do."""
        if isinstance(other, Map):
            return NotImplemented
        if isinstance(other, Masked):
            return Masked(self.numbers * other.numbers, self.mask & other.mask)
        return Masked(self.numbers * other, self.mask)

    __rmul__ = __mul__

    def __add__(self, other: Any) -> Any:
        """Add element by element; an element of the sum depends where a summand does."""
        if isinstance(other, Map):
            return NotImplemented
        if isinstance(other, Masked):
            return Masked(self.numbers + other.numbers, self.mask | other.mask)
        return self.numbers + other

    __radd__ = __add__


class Local(Map):
    """The partial of an elementwise result of one `shape` with respect to an operand of the shape `like`.

    It is computed when it is asked for, from what is `given`: nothing is kept but values. Its product with a tangent is
    broadcast, where the operand was; that with an adjoint is summed over what was.
    """

    __slots__ = ("compute", "given", "like", "shape")

    def __init__(self, compute: Callable[..., Any], given: Sequence[Array], shape: Shape, like: Shape) -> None:
        self.compute = compute
        self.given = given
        self.shape = shape
        self.like = like

    @property
    def partial(self) -> Any:
        """The derivative, element by element."""
        return _known(self.compute(*self.given))

    def __mul__(self, tangent: Any) -> Any:
        """Map a tangent of the operand to one of the result."""
        return _scale(tangent, self.partial)

    def __rmul__(self, adjoint: Any) -> Any:
        """Map an adjoint of the result to one of the operand."""
        term = _scale(adjoint, self.partial)
        if self.shape == self.like:
            return term
        if isinstance(term, Masked):
            mask = np.broadcast_to(term.mask, self.shape).any(axis=self._axes(), keepdims=True).reshape(self.like)
            return _known(choose(mask, self._sum(term.numbers), None))
        return self._sum(term)

    def _sum(self, numbers: Array) -> Array:
        return np.broadcast_to(numbers, self.shape).sum(axis=self._axes(), keepdims=True).reshape(self.like)[()]

    def _axes(self) -> Shape:
        ahead = len(self.shape) - len(self.like)
        return tuple(at for at, size in enumerate(self.shape) if at < ahead or self.like[at - ahead] != size)


def _known(derivative: Any) -> Any:
    """Give a derivative that can be multiplied and added, though nothing may depend on anything."""
    return Masked(0.0, np.False_) if derivative is None else derivative


def _scale(derivative: Any, partial: Any) -> Any:
    """Multiply a derivative by a partial; that of a sum is the derivative itself."""
    if isinstance(derivative, Scattered):
        derivative = derivative.gathered()
    return derivative if isinstance(partial, float) and partial == 1 else derivative * partial


class Scattered(Map):
    """A derivative of a `shape` with few elements, the `parts`: their places and numbers.

    It grows in place as terms are added, and is written as an array once: the elements of an array that are used, or
    were computed, one by one take a time in proportion to their count.
    """

    __slots__ = ("_whole", "parts", "shape")

    def __init__(self, shape: Shape, place: Any, numbers: Any) -> None:
        self.shape = shape
        self.parts: list[tuple[Any, Any]] = [(place, numbers)]
        self._whole: Any = None

    def gathered(self) -> Any:
        """Write the derivative as an array, `Masked` where some elements have no dependence."""
        if self._whole is None:
            self._whole = self._gather()
        return self._whole

    def _gather(self) -> Any:
        numbers, mask = np.zeros(self.shape), np.zeros(self.shape, dtype=bool)
        for place, part in self.parts:
            added, holds = (part.numbers, part.mask) if isinstance(part, Masked) else (part, True)
            if _is_list(place):
                np.add.at(numbers, place, added)
                np.logical_or.at(mask, place, holds)
            else:
                numbers[place] += added
                mask[place] |= holds
        return numbers[()] if mask.all() else Masked(numbers, mask)

    def __add__(self, other: Any) -> Any:
        """Add another derivative of the same array."""
        if isinstance(other, Scattered):
            self.parts += other.parts
            self._whole = None
            return self
        return self.gathered() + other

    def __radd__(self, other: Any) -> Any:
        return other + self.gathered()

    def __mul__(self, other: Any) -> Any:
        """Multiply by a partial or a derivative."""
        return self.gathered() * other

    def __rmul__(self, other: Any) -> Any:
        return other * self.gathered()


def _is_list(place: Any) -> bool:
    return any(isinstance(each, (list, np.ndarray)) for each in place)


def choose(condition: Array, first: Any, second: Any) -> Any:
    """Choose between two numbers or partials, element by element, by the truth of a condition."""
    if first is None and second is None:
        return None
    if first is not None and second is not None and not isinstance(first, Masked) and not isinstance(second, Masked):
        return pick(condition, first, second)
    holds = np.asarray(condition, dtype=bool)
    for number, other, mask in ((first, second, holds), (second, first, ~holds)):
        if other is None and not isinstance(number, Masked):
            return number if mask.all() else Masked(number, mask)
    mask, numbers = pick(holds, _mask(first), _mask(second)), pick(holds, _numbers(first), _numbers(second))
    if mask.all():
        return numbers
    return Masked(numbers, mask) if mask.any() else None


def pick(condition: Array, first: Array, second: Array) -> Array:
    """Choose between two numbers, element by element, by the truth of a condition."""
    picked: Array = np.where(condition, first, second)
    return picked[()]


def fill(derivative: Any, shape: Shape) -> Array:
    """Write a derivative as an array of a shape, with 0 where there is no dependence."""
    if isinstance(derivative, Scattered):
        derivative = derivative.gathered()
    return np.broadcast_to(np.asarray(_numbers(derivative), dtype=float), shape)


def _numbers(derivative: Any) -> Array:
    return 0.0 if derivative is None else derivative.numbers if isinstance(derivative, Masked) else derivative


def _mask(derivative: Any) -> Array:
    return False if derivative is None else derivative.mask if isinstance(derivative, Masked) else True


def find_dependence(derivative: Any) -> Array:
    """Tell for each element of a derivative whether it depends on anything."""
    return _mask(derivative.gathered() if isinstance(derivative, Scattered) else derivative)


def gather_elements(graph: ArrayGraph, adjoints: list[Any]) -> None:
    """Make the adjoint of each array of a recurrence that of its elements, which are nodes of their own."""
    for node in range(len(graph)):
        parts = parts_of(graph, node)
        if any(adjoints[part] is not None for part in parts):
            numbers = [fill(adjoints[part], graph.shapes[part]) for part in parts]
            adjoints[node] = np.array(numbers).reshape(graph.shapes[node])
