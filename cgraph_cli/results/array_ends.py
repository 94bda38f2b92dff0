"""Rows and columns of matrices of derivatives of large arrays: arrays, numbers and elements, by their labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.nodes_by_label import find_node, find_nodes, no_variables
from cgraph_cli.core.tensor import Shape, indices, show_index
from cgraph_cli.evaluation.arrays.derivatives import fill
from cgraph_cli.results.array_report import find_element
from cgraph_cli.results.blocks import Band
from cgraph_cli.results.report import Column
from cgraph_cli.trust.array_elements import Elements
from cgraph_cli.trust.verdicts import OK, Checked


class End(NamedTuple):
    """Rows or columns of a matrix: all elements of an array, a number, or one element at a `place`."""

    label: str
    node: int
    shape: Shape
    place: int | None = None

    @property
    def places(self) -> Sequence[int]:
        """The elements, by their places in the array."""
        return range(prod(self.shape)) if self.place is None else (self.place,)

    def labels(self) -> Iterator[str]:
        """Label the elements."""
        if self.place is not None or not self.shape:
            yield self.label
        else:
            yield from (f"{self.label}{show_index(index)}" for index in indices(self.shape))

    def pick(self, derivative: Any) -> list[float]:
        """Give the derivatives of the elements."""
        numbers = fill(derivative, self.shape).ravel()
        found: list[float] = (numbers if self.place is None else numbers[self.place :][:1]).tolist()
        return found


class Ends:
    """All rows or all columns of a matrix."""

    def __init__(self, graph: ArrayGraph, ends: Iterable[End]) -> None:
        self.ends = list(ends)
        self.labels = [label for end in self.ends for label in end.labels()]
        starts = Elements(graph, ()).starts
        self.numbers = [starts[end.node] + place for end in self.ends for place in end.places]

    def __len__(self) -> int:
        return len(self.labels)

    def bands(self) -> list[Band]:
        """Give the arrays of the rows or columns."""
        bands, start = [], 0
        for end in self.ends:
            bands.append(Band(end.label, end.shape if end.place is None else (), start))
            start += len(end.places)
        return bands

    def elements(self) -> Iterator[tuple[End, int]]:
        """List the elements: of which array, and at which place."""
        return ((end, place) for end in self.ends for place in end.places)

    def entries(self, column: Column) -> list[Checked]:
        """Pick the derivatives of a sweep, with their verdicts."""
        found = [number for end in self.ends for number in end.pick(column.values.arrays[end.node])]
        if not column.verdicts:
            return [Checked(number, OK) for number in found]
        return [Checked(x, column.verdict(at)) for x, at in zip(found, self.numbers, strict=True)]


def find_ends(graph: ArrayGraph, names: Sequence[str], option: str) -> Iterator[End]:
    """Find the arrays, numbers and elements of labels, of slices, or of patterns, in an option, each once."""
    assert graph.arrays is not None
    labels = graph.labels()
    seen = set[tuple[int, int | None]]()
    for name in (each for given in names for each in _elements_of(graph, given)):
        node, number = find_element(graph, name, option) if "[" in name else (-1, None)
        for each in find_nodes(graph, [name], option) if number is None else [node]:
            place = None if number is None else number - graph.arrays.elements[each].items[0]
            if (each, place) not in seen:
                seen.add((each, place))
                yield End(labels[each] if place is None else name, each, graph.shapes[each], place)


def _elements_of(graph: ArrayGraph, name: str) -> Sequence[str]:
    """List the labels of a slice's elements; of anything else the name itself."""
    assert graph.arrays is not None
    part = graph.arrays.find_part(name)
    if part is None:
        return [name]
    whole, _, _ = name.partition("[")
    elements = graph.arrays.elements[find_node(graph, whole, "")]
    places = np.unravel_index(np.array(part.items, dtype=int) - elements.items[0], elements.shape)
    return [f"{whole}{show_index(tuple(map(int, index)))}" for index in zip(*places, strict=True)]


def find_variables(graph: ArrayGraph, names: Sequence[str]) -> Ends:
    """Find the elements to differentiate with respect to, the inputs by default. Raises `RequestError` for none."""
    labels = graph.labels()
    found = Ends(graph, find_ends(graph, names or [labels[node] for node in graph.inputs()], "--wrt"))
    if not len(found):
        raise no_variables(graph, "to differentiate with respect to", "`--wrt` names other nodes")
    return found
