"""Points of a program of large arrays: the numbers of its outputs, and their derivatives in the elements that move."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.nodes_by_label import find_node
from cgraph_cli.core.tensor import Tensor, show_index, show_shape
from cgraph_cli.evaluation.inputs import check_settable
from cgraph_cli.results.array_report import ArrayReport, estimate_work, report_arrays
from cgraph_cli.results.over_ranges.points import Found, numbers_of
from cgraph_cli.results.over_ranges.ranges import InputRange, grid, grid_size
from cgraph_cli.results.report import Column
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.matrices.array_gradients import expand_arrays
from cgraph_cli.trust.verdicts import Checked, Verdict


class ArrayPoints:
    """A program of arrays whose inputs are given, to be taken to points by the elements `moving`."""

    def __init__(self, graph: ArrayGraph, inputs: Mapping[str, Any], moving: Sequence[str], request: Request) -> None:
        self.graph = graph = expand_arrays(graph)
        self.inputs = inputs
        self.places = {name: self._place(name, "--over") for name in moving}
        for name, (node, _) in self.places.items():
            if graph.operations[node] != INPUT:
                check_settable(graph, graph.names[node] or name)
        of = request.of or [graph.labels()[graph.output]]
        self.outputs = {name: self._place(name, "--of") for name in of}
        self.wrt = {name: self._place(name, "--wrt") for name in request.wrt or moving}
        self.request = Request(of, list(self.wrt), arithmetic=request.arithmetic)

    def _place(self, name: str, option: str) -> tuple[int, int]:
        """Find the array of a number or of an element, and the element's place. Raises `RequestError` for an array."""
        assert self.graph.arrays is not None
        found = self.graph.arrays.find(name)
        node = find_node(self.graph, name if found is None else name.partition("[")[0], option)
        assert found is not None
        if found.shape:
            first = f"{name}{show_index((0,) * len(found.shape))}"
            what = f"`{name}` is an array of {show_shape(found.shape)}, and `{option}` takes one number of it"
            raise RequestError(what, help=f"write `{option} {first}{'=…' if option == '--over' else ''}`")
        return node, found.item - self.graph.arrays.elements[node].items[0]

    def find(self, ranges: Sequence[InputRange], advance: Callable[[int, int], None]) -> Iterator[Found]:
        """Compute the points of a grid in their order, each when it is asked for."""
        size = grid_size(ranges)
        for at, point in enumerate(grid(ranges)):
            yield point, numbers_of(self.at(point))
            advance(at, size)

    def at(self, point: Mapping[str, float]) -> PointNumbers:
        """Evaluate the program at a point."""
        moved: dict[str, Any] = {}
        for name, number in point.items():
            node, place = self.places[name]
            label = self.graph.names[node] or ""
            if label not in moved:
                given = self.inputs.get(label, self.graph.tensor(node) or self.graph.numbers[node])
                items = given.items if isinstance(given, Tensor) else given
                moved[label] = np.array(items, dtype=float).reshape(self.graph.shapes[node])
            moved[label].flat[place] = number
        found = {name: x if x.shape else float(x) for name, x in moved.items()}
        return PointNumbers(self, report_arrays(self.graph, {**self.inputs, **found}, self.request))


class ArrayProbe:
    """A probe of a program of large arrays, with the face of `Probe`; the first of `wrt` is what moves."""

    def __init__(self, points: ArrayPoints, wrt: Sequence[str]) -> None:
        self.points = points
        self.outputs = range(len(points.outputs))
        self.wrt = [list(points.wrt).index(name) for name in wrt]
        self.size = estimate_work(points.graph)
        self.work = 0

    def branches(self) -> tuple[Any, ...]:
        """Find nothing: the branches of so many elements change at almost every point."""
        return ()

    def at(self, inputs: Mapping[str, float], *, thorough: bool = False) -> list[tuple[Checked, tuple[Checked, ...]]]:
        """Find for each output its value and its derivatives; arrays have no look that is more `thorough`."""
        self.work += 1
        numbers = self.points.at(inputs)
        return [
            (numbers.checked(output), tuple(column.checked(numbers.wrt[at]) for at in self.wrt))
            for output, column in zip(numbers.outputs, numbers.gradients, strict=True)
        ]


class PointNumbers:
    """The numbers at one point as the report of a program of numbers has them: `outputs` and `wrt` are its nodes."""

    def __init__(self, points: ArrayPoints, report: ArrayReport) -> None:
        self.report = report
        self.places = [*points.outputs.values(), *points.wrt.values()]
        self.names = [*points.outputs, *points.wrt]
        self.outputs = range(len(points.outputs))
        self.wrt = range(len(points.outputs), len(self.names))
        numbers = [report.elements.starts[node] + place for node, place in self.places]
        self.values = [report.values[number] for number in numbers]
        self.verdicts = [report.verdict(number) for number in numbers]
        self.gradients: list[Column] = []
        for column in report.gradients:
            derivatives = [column.values[number] for number in numbers]
            mine = Column(column.label, column.heading, derivatives)
            mine.verdicts = {
                at: column.verdict(number) for at, number in enumerate(numbers) if number in column.verdicts
            }
            self.gradients.append(mine)

    @property
    def graph(self) -> PointNumbers:
        """The graph of the report, which is one of its numbers."""
        return self

    def labels(self) -> list[str]:
        """List the labels of the numbers."""
        return self.names

    def checked(self, at: int) -> Checked:
        """Give a value with its verdict."""
        return Checked(self.values[at], self.verdicts[at])

    def verdict(self, at: int) -> Verdict:
        """Give the verdict of a value."""
        return self.verdicts[at]

    def is_finite(self) -> bool:
        """Tell whether every number that is shown is finite and known."""
        return self.report.is_finite()
