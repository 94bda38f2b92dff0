"""Tensors: arrays of any items, of any rank, as a shape and a flat list."""

from __future__ import annotations

import re
from array import array as doubles
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, Generic, TypeVar

from cgraph_cli.core.errors import ProgramError, Span

Item = TypeVar("Item")
Other = TypeVar("Other")
Shape = tuple[int, ...]

MOST_AXES = 32
"""The most axes of an array; NumPy has 64, and operations add some."""


class Ragged(ValueError):
    """An error of a nested list whose parts differ in shape; `first` and `second` are two of these shapes."""

    def __init__(self, first: Shape, second: Shape) -> None:
        super().__init__(f"{show_shape(first)} and {show_shape(second)}")
        self.first = first
        self.second = second


class Tensor(Generic[Item]):
    """An array of any rank: its `shape`, and its `items` in row-major order. Rank 0 has one item."""

    __slots__ = ("items", "shape")

    def __init__(self, shape: Sequence[int], items: Sequence[Item]) -> None:
        self.shape: Shape = tuple(shape)
        self.items = items

    def __repr__(self) -> str:
        return f"Tensor({self.nested()!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tensor) and self.shape == other.shape and self.items == other.items

    __hash__ = None  # type: ignore[assignment]

    @property
    def item(self) -> Item:
        """Give the item of a tensor with only one."""
        (item,) = self.items
        return item

    def nested(self) -> Any:
        """Write the items as nested lists; at rank 0 the item itself."""
        items: list[Any] = list(self.items)
        if not self.shape:
            return items[0]
        for size in reversed(self.shape[1:]):
            items = [items[at : at + size] for at in range(0, len(items), size)] if size else items
        if 0 in self.shape[1:]:
            return _hollow(self.shape)
        return items

    def map(self, function: Callable[[Item], Other]) -> Tensor[Other]:
        """Make the tensor of a function's results on the items."""
        return Tensor(self.shape, list(map(function, self.items)))

    def take(self, shape: Sequence[int], positions: Sequence[int]) -> Tensor[Item]:
        """Make a tensor of the items at some positions."""
        return Tensor(shape, [self.items[at] for at in positions])


def of_nested(nested: object) -> Tensor[Any]:
    """Make a tensor of nested lists. Raises `Ragged` where they are of unequal shapes."""
    if not isinstance(nested, (list, tuple)):
        return Tensor((), [nested])
    return stack([of_nested(part) for part in nested]) if nested else Tensor((0,), [])


def of_numpy(array: Any) -> Tensor[float]:
    """Make a tensor of NumPy's array. Raises `ValueError` or `TypeError` for an array of anything but numbers."""
    if array.dtype.kind not in "biuf":
        raise TypeError(array.dtype)
    numbers = doubles("d")  # NumPy reads it back as it is, and it takes a quarter of a list's memory
    numbers.frombytes(array.astype("=f8", copy=False).ravel().view("B"))
    return Tensor(array.shape, numbers)


def stack(parts: Sequence[Tensor[Item]]) -> Tensor[Item]:
    """Make a tensor of tensors of one shape, along a new first axis. Raises `Ragged` where their shapes differ."""
    first = parts[0].shape
    check_axes(len(first) + 1)
    for part in parts:
        if part.shape != first:
            raise Ragged(first, part.shape)
    return Tensor((len(parts), *first), [item for part in parts for item in part.items])


def check_axes(count: int, spans: Sequence[Span] = ()) -> None:
    """Raise `ProgramError` for an array of too many axes."""
    if count > MOST_AXES:
        what = f"an array has more than {MOST_AXES} axes"
        raise ProgramError(what, spans, "write fewer axes, or fewer brackets inside one another")


def indices(shape: Sequence[int]) -> Iterator[Shape]:
    """List the indices of a tensor's items, in order."""
    return product(*map(range, shape))


def strides(shape: Sequence[int]) -> Shape:
    """Compute the distance between neighbouring items along each axis."""
    return tuple(prod(shape[at + 1 :]) for at in range(len(shape)))


def transposed(shape: Sequence[int], axes: Sequence[int]) -> tuple[Shape, list[int]]:
    """Find the shape with permuted axes, and the old position of each item."""
    steps = strides(shape)
    return gather([shape[axis] for axis in axes], [steps[axis] for axis in axes])


def gather(shape: Sequence[int], steps: Sequence[int], start: int = 0) -> tuple[Shape, list[int]]:
    """Find the positions of a tensor's items among those of another, `steps` apart along each axis."""
    positions = [start]
    for size, step in zip(shape, steps, strict=True):
        positions = [at + step * k for at in positions for k in range(size)]
    return tuple(shape), positions


def spread(shape: Shape, to: Shape) -> list[int]:
    """Find the positions of a tensor's items when it is broadcast to a shape."""
    steps = [step if size > 1 else 0 for size, step in zip(shape, strides(shape), strict=True)]
    return gather(to, [0] * (len(to) - len(shape)) + steps)[1]


def show_shape(shape: Sequence[object]) -> str:
    """Write a shape for people: `[2, 3]`, or `a number`."""
    return f"[{', '.join(map(str, shape))}]" if shape else "a number"


def show_index(index: Sequence[int]) -> str:
    """Write an index: `[0, 1]`, as labels of elements have it."""
    return f"[{','.join(map(str, index))}]"


def element_label(text: str) -> str:
    """Write the label of an element as graphs do, from typed text: `W[0, 1]` is `W[0,1]`."""
    name, bracket, index = text.strip().partition("[")
    return name + bracket + "".join(index.split())


def _hollow(shape: Sequence[int]) -> list[Any]:
    """Make nested lists of a shape that has a 0."""
    return [_hollow(shape[1:]) for _ in range(shape[0])] if shape else []


def picked(shape: Shape, specs: Sequence[Any]) -> tuple[Shape, list[int]]:
    """Find the shape of an index's result, and the positions of its elements.

    A spec is a place, None for a new axis, `(start, count, step)`, or a list of places.
    """
    sizes: list[int] = []
    kept: list[list[int]] = []
    start, axis, steps = 0, 0, strides(shape)
    for spec in specs:
        if spec is None:
            sizes.append(1)
            kept.append([0])
            continue
        step = steps[axis]
        axis += 1
        if isinstance(spec, int):
            start += spec * step
            continue
        places = spec if isinstance(spec, list) else [spec[0] + spec[2] * k for k in range(spec[1])]
        sizes.append(len(places))
        kept.append([place * step for place in places])
    positions = [start]
    for places in kept:
        positions = [at + place for at in positions for place in places]
    return tuple(sizes), positions


_PLACE = re.compile(r"-?\d+|(?:-?\d+)?:(?:-?\d+)?(?::(?:-?[1-9]\d*)?)?")
"""A place along an axis, or a slice of it."""


def find_part(elements: Tensor[Item], index: str) -> Tensor[Item] | None:
    """Find the elements at an index of numbers and slices, such as `[-1]` or `[:, 0]`; None for another index."""
    parts, shape = index[1:-1].replace(" ", "").split(","), elements.shape
    if len(parts) > len(shape) or not all(map(_PLACE.fullmatch, parts)):
        return None
    specs: list[Any] = []
    for part, size in zip(parts + [":"] * (len(shape) - len(parts)), shape, strict=True):
        if ":" in part:
            bounds = [int(bound) if bound else None for bound in part.split(":")]
            places = range(size)[slice(*bounds)]
            specs.append((places.start, len(places), places.step))
        elif -size <= int(part) < size:
            specs.append(int(part) % size)
        else:
            return None
    return elements.take(*picked(shape, specs))
