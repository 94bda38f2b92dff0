"""Derivatives of arrays, with the products and sums of the sweeps.

A derivative is an array, or a number for all its elements, that broadcasts to the shape of its node; `Masked` where
some elements depend on nothing; None where none does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, parts_of

Array = Any
"""An array of doubles, or a double."""

Shape = tuple[int, ...]

_MANY = 1000
"""The elements of an array that NumPy's overhead is little for."""


class Map:
    """A partial or a derivative with products and sums of its own, on either side of the operator."""

    __slots__ = ()
    __array_ufunc__ = None


class Masked:
    """A derivative with elements of no dependence, those where `mask` is False; their `numbers` are 0.

    An element without dependence adds nothing to a sum, and its product with any factor has none. The mask broadcasts,
    and may be a function that finds it: few ask for it. With `are_zero`, the numbers without dependence are 0 already,
    as long as all are finite; those that are `clean` are 0 in any case.
    """

    __slots__ = ("_are_zero", "_is_clean", "_mask", "_numbers")
    __array_ufunc__ = None

    def __init__(
        self, numbers: Array, mask: Array | Callable[[], Array], *, are_zero: bool = False, clean: bool = False
    ) -> None:
        self._numbers = numbers
        self._mask = mask
        self._are_zero = are_zero
        self._is_clean = clean

    @property
    def mask(self) -> Array:
        """The elements that depend on something."""
        if callable(self._mask):
            self._mask = self._mask()
        return self._mask

    @property
    def numbers(self) -> Array:
        """The derivative, 0 where there is no dependence."""
        if not self._is_clean:
            if not (self._are_zero and _are_finite(self._numbers)):
                self._numbers = pick(self.mask, self._numbers, 0.0)
            self._is_clean = True
        return self._numbers

    def moved(self, move: Callable[[Array], Array]) -> Masked:
        """Move the elements to other places."""
        return Masked(move(self.numbers), lambda: move(self.mask), clean=True)

    def __mul__(self, other: Any) -> Any:
        """Multiply element by element; an element of the product depends where both factors do."""
        if isinstance(other, Map):
            return NotImplemented
        if isinstance(other, Masked):
            product = self.numbers * other.numbers
            return Masked(product + 0.0, lambda: self.mask & other.mask, are_zero=True)
        if isinstance(self._numbers, float) and self._numbers == 1:
            return Masked(other, self._mask)
        product = self._numbers * other
        return Masked(product + 0.0 if self._are_zero else product, lambda: self.mask, are_zero=self._are_zero)

    __rmul__ = __mul__

    def __add__(self, other: Any) -> Any:
        """Add element by element; an element of the sum depends where a summand does."""
        if isinstance(other, Map):
            return NotImplemented
        if isinstance(other, Masked):
            return Masked(self.numbers + other.numbers, lambda: self.mask | other.mask, clean=True)
        return self.numbers + other

    __radd__ = __add__


def _are_finite(numbers: Array) -> bool:
    """Tell whether all numbers are finite; it may miss it of numbers near the largest double."""
    with np.errstate(all="ignore"):
        return math.isfinite(np.add.reduce(numbers, axis=None))


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
        numbers = np.zeros(self.shape)
        for place, part in self.parts:
            added = part.numbers if isinstance(part, Masked) else part
            if _is_list(place):
                np.add.at(numbers, place, added)
            else:
                numbers[place] += added
        parts = tuple(self.parts)
        return Masked(numbers, lambda: self._mask(parts), clean=True)

    def _mask(self, parts: Sequence[tuple[Any, Any]]) -> Array:
        mask = np.zeros(self.shape, dtype=bool)
        for place, part in parts:
            holds = part.mask if isinstance(part, Masked) else True
            if _is_list(place):
                np.logical_or.at(mask, place, holds)
            else:
                mask[place] |= holds
        return mask

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
    return any(isinstance(each, np.ndarray) for each in place)


def choose(condition: Array, first: Any, second: Any) -> Any:
    """Choose between two numbers or partials, element by element, by the truth of a condition."""
    if first is None and second is None:
        return None
    if first is not None and second is not None and not isinstance(first, Masked) and not isinstance(second, Masked):
        return pick(condition, first, second)
    holds = np.asarray(condition, dtype=bool)
    for number, other, is_first in ((first, second, True), (second, first, False)):
        if other is None and not isinstance(number, Masked):
            mask = holds if is_first else ~holds
            return number if mask.all() else Masked(number, mask)
    mask, numbers = pick(holds, _mask(first), _mask(second)), pick(holds, _numbers(first), _numbers(second))
    if mask.all():
        return numbers
    return Masked(numbers, mask) if mask.any() else None


def pick(condition: Array, first: Array, second: Array) -> Array:
    """Choose between two numbers, element by element, by the truth of a condition.

    Many are chosen bit by bit: NumPy's `where` takes a jump for each element, which processors guess wrong.
    """
    holds, first, second = np.asarray(condition), np.asarray(first), np.asarray(second)
    if holds.size < _MANY or holds.dtype != bool or not first.dtype == second.dtype == float:
        picked: Array = np.where(holds, first, second)
        return picked[()]
    bits = np.negative(holds.view(np.int8)).astype(np.int64)  # all of an element that holds
    other = second.view(np.int64)
    if not (other.ndim or other):
        return (bits & first.view(np.int64)).view(float)
    picked = (first.view(np.int64) ^ other) & bits
    picked ^= other
    return picked.view(float)


def fill(derivative: Any, shape: Shape) -> Array:
    """Write a derivative as an array of a shape, with 0 where there is no dependence."""
    if isinstance(derivative, Scattered):
        derivative = derivative.gathered()
    return widen(np.asarray(_numbers(derivative), dtype=float), shape)


def widen(numbers: Array, shape: Shape) -> Array:
    """Broadcast numbers to a shape, which most have: NumPy's own function takes microseconds to see it."""
    like = getattr(numbers, "shape", ())
    if like == shape:
        return numbers if shape else np.asarray(numbers)
    if like == ():
        one = np.array(numbers)
        one.setflags(write=False)  # all elements are one
        return np.ndarray(shape, one.dtype, one, 0, (0,) * len(shape))
    return np.broadcast_to(numbers, shape)


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
