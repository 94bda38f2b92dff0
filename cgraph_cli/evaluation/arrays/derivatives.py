"""Derivatives of arrays, with the products and sums of the sweeps.

A derivative is an array, or a number for all its elements, that broadcasts to the shape of its node; `Masked` where
some elements have no dependence; None where none has any. A local partial is the same, or `Broadcast` where the operand
is of a smaller shape than the result.
"""

from __future__ import annotations

from typing import Any

import numpy as np

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
        self.numbers = np.where(mask, numbers, 0.0)
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


class Broadcast(Map):
    """The partial of a result of one `shape` with respect to an operand of a smaller one, `like`.

    Its product with a tangent is broadcast; its product with an adjoint is summed over the repeated axes.
    """

    __slots__ = ("like", "partial", "shape")

    def __init__(self, partial: Any, shape: Shape, like: Shape) -> None:
        self.partial = partial
        self.shape = shape
        self.like = like

    def __mul__(self, tangent: Any) -> Any:
        """Map a tangent of the operand to one of the result."""
        return self.partial * tangent

    def __rmul__(self, adjoint: Any) -> Any:
        """Map an adjoint of the result to one of the operand."""
        term = adjoint * self.partial
        if isinstance(term, Masked):
            mask = np.broadcast_to(term.mask, self.shape).any(axis=self._axes(), keepdims=True).reshape(self.like)
            return choose(mask, self._sum(term.numbers), None)
        return self._sum(term)

    def _sum(self, numbers: Array) -> Array:
        return np.broadcast_to(numbers, self.shape).sum(axis=self._axes(), keepdims=True).reshape(self.like)[()]

    def _axes(self) -> Shape:
        ahead = len(self.shape) - len(self.like)
        return tuple(at for at, size in enumerate(self.shape) if at < ahead or self.like[at - ahead] != size)


class Scattered(Map):
    """A derivative of a `shape` with few elements, the `parts`: their places and numbers.

    It grows in place as terms are added: the elements of an array that are used one by one take a time in proportion to
    their count.
    """

    __slots__ = ("parts", "shape")

    def __init__(self, shape: Shape, place: Any, numbers: Any) -> None:
        self.shape = shape
        self.parts: list[tuple[Any, Any]] = [(place, numbers)]

    def gathered(self) -> Any:
        """Write the derivative as an array, `Masked` where some elements have no dependence."""
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
