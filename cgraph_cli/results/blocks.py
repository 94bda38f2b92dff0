"""Blocks: rows and columns of a matrix of derivatives that together are the elements of one array."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple, TypeVar

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.tensor import Shape, Tensor

Item = TypeVar("Item")


class Band(NamedTuple):
    """Neighbouring rows or columns of one array: its label, its shape, and the first of them."""

    label: str
    shape: Shape
    start: int

    @property
    def places(self) -> range:
        """The rows or columns of the band."""
        return range(self.start, self.start + prod(self.shape))


def find_bands(graph: Graph, nodes: Sequence[int]) -> list[Band]:
    """Find the arrays whose elements some nodes are, in order; a number is a band of one place.

    The array of a recurrence comes before the elements that it is made of. A program without arrays has none.
    """
    if graph.arrays is None:
        return []
    arrays, labels, own = graph.arrays, graph.labels(), graph.arrays.graph.labels()
    starting: dict[int, list[int]] = {}
    for array, elements in enumerate(arrays.elements):
        if elements.shape and elements.items and array not in arrays.graph.hidden:
            starting.setdefault(elements.items[0], []).append(array)
    bands: list[Band] = []
    at = 0
    while at < len(nodes):
        band = Band(labels[nodes[at]], (), at)
        for array in starting.get(nodes[at], ()):
            elements = arrays.elements[array]
            is_longer = len(elements.items) > len(band.places) or not band.shape
            if is_longer and list(nodes[at : at + len(elements.items)]) == elements.items:
                band = Band(own[array], elements.shape, at)
        bands.append(band)
        at += len(band.places)
    return bands


def cut(entries: Sequence[Sequence[Item]], row: Band, column: Band) -> Tensor[Item]:
    """Cut a block out of a matrix: an array with the axes of both bands."""
    items = [entries[at][place] for at in row.places for place in column.places]
    return Tensor((*row.shape, *column.shape), items)
