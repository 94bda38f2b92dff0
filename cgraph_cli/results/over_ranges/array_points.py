"""Points of a program of large arrays: the numbers of its outputs, and their derivatives in what moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.nodes_by_label import find_node, is_settled
from cgraph_cli.core.tensor import Tensor, show_index, show_shape
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee
from cgraph_cli.evaluation.arrays.derivatives import fill, find_dependence
from cgraph_cli.evaluation.inputs import MissingInputError, check_settable
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.results.array_report import ArrayReport, estimate_work, find_directions, report_arrays
from cgraph_cli.results.over_ranges.points import Found, numbers_of
from cgraph_cli.results.over_ranges.points_at_once import Numbers, PointLine, compute_at_once
from cgraph_cli.results.over_ranges.ranges import InputRange, grid, grid_size
from cgraph_cli.results.report import Column
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.matrices.array_gradients import expand_arrays
from cgraph_cli.trust.budget import BUDGET_OF_MANY, Budget
from cgraph_cli.trust.verdicts import OK, Checked, Verdict

_NOWHERE: Mapping[str, float] = {}


class ArrayPoints:
    """A program of arrays whose inputs are given, to be taken to points by the elements `moving`.

    With a direction, one of `moving` is no input: the way along it, called `step`. `steps` are the direction's, by
    node, and None is the place of the way.
    """

    def __init__(
        self,
        graph: ArrayGraph,
        inputs: Mapping[str, Any],
        moving: Sequence[str],
        request: Request,
        step: str = "",
    ) -> None:
        self.graph = graph = expand_arrays(graph)
        self.inputs = inputs
        self.step = step
        self.steps = find_directions(graph, request.direction, "--tangent")
        missing = [x for x in self.steps if graph.names[x] not in inputs and graph.numbers[x] is None]
        if missing:
            raise MissingInputError(graph, missing)
        self.places = {name: self._place(name, "--over") for name in moving if name != step}
        for name, (node, place) in self.places.items():
            if is_settled(graph, name):
                what = f"`{name}` decides a shape or a place, and arrays of this size are one program at all points"
                raise RequestError(what, help=f"give `{name}` one value in each run: `--{name} 1`")
            if graph.operations[node] != INPUT:
                check_settable(graph, graph.names[node] or name)
            if node in self.steps and self._moves(node, place):
                raise RequestError(f"`{name}` has both a range and a direction", help="leave one of them out")
        of = request.of or [graph.labels()[graph.output]]
        self.outputs = {name: self._place(name, "--of") for name in of}
        wrt = request.wrt or moving
        self.wrt = {name: None if name == step else self._place(name, "--wrt") for name in wrt}
        named = [name for name in wrt if name != step]
        if None in self.wrt.values():
            named += [name.partition("[")[0] for name in request.direction]
        self.request = Request(of, named, arithmetic=request.arithmetic, budget=Budget(BUDGET_OF_MANY))

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
        """Compute the points of a grid in their order, many in a line at once."""
        size, done = grid_size(ranges), 0
        *others, last = ranges
        for fixed in grid(others):
            for part, known in self.at_once(last.name, list(last), fixed):
                for x in part:
                    point = {**fixed, last.name: x}
                    yield point, _checked(known[x]) if x in known else numbers_of(self.at(point))
                    advance(done, size)
                    done += 1

    def at(self, point: Mapping[str, float]) -> PointNumbers:
        """Evaluate the program at a point."""
        return PointNumbers(self, report_arrays(self.graph, self._inputs_at(point), self.request))

    def at_once(
        self, name: str, xs: Sequence[float], fixed: Mapping[str, float] = _NOWHERE
    ) -> Iterator[tuple[Sequence[float], dict[float, Numbers]]]:
        """Compute points in a line, by the number of an element or of the step, in parts where nothing is in doubt.

        The numbers of others are `fixed`.
        """
        start = self._arrays_at(fixed)

        def move(numbers: Any) -> Mapping[int, Any]:
            if name == self.step:
                ways = ((node, fill(steps, self.graph.shapes[node])) for node, steps in self.steps.items())
                return {
                    node: start.get(node, self._given(node)) + np.multiply.outer(numbers, way) for node, way in ways
                }
            node, place = self.places[name]
            given = start.get(node, self._given(node))
            found = np.array(np.broadcast_to(given, (len(numbers), *given.shape)))
            found.reshape(len(numbers), given.size)[:, place] = numbers
            return {node: found}

        with ieee():
            base = evaluate(self.graph, self._inputs_at({**fixed, name: xs[0]}), algebra=ARRAYS)
        ways = [self.steps if place is None else place for place in self.wrt.values()]
        return compute_at_once(PointLine(base, move, list(self.outputs.values()), ways), xs)

    def _inputs_at(self, point: Mapping[str, float]) -> dict[str, Any]:
        moved = self._arrays_at(point).items()
        return {**self.inputs, **{self.graph.names[node] or "": x if x.shape else float(x) for node, x in moved}}

    def _arrays_at(self, point: Mapping[str, float]) -> dict[int, Any]:
        """Find the inputs that move, by their nodes."""
        moved: dict[int, Any] = {}
        if self.step in point:
            for node, steps in self.steps.items():
                moved[node] = np.array(self._given(node) + point[self.step] * fill(steps, self.graph.shapes[node]))
        for name, number in point.items():
            if name != self.step:
                node, place = self.places[name]
                moved.setdefault(node, self._given(node)).flat[place] = number
        return moved

    def _moves(self, node: int, place: int) -> bool:
        """Tell whether a direction has the element at a place."""
        return bool(np.broadcast_to(find_dependence(self.steps[node]), self.graph.shapes[node]).flat[place])

    def _given(self, node: int) -> Any:
        """Copy the given numbers of an input."""
        given = self.inputs.get(self.graph.names[node] or "", self.graph.tensor(node) or self.graph.numbers[node])
        items = given.items if isinstance(given, Tensor) else given
        return np.array(items, dtype=float).reshape(self.graph.shapes[node])


class ArrayProbe:
    """A probe of a program of large arrays, with the face of `Probe`; the first of `wrt` is what moves."""

    def __init__(self, points: ArrayPoints, wrt: Sequence[str]) -> None:
        self.points = points
        self.outputs = range(len(points.outputs))
        self.wrt = [list(points.wrt).index(name) for name in wrt]
        self.size = estimate_work(points.graph)
        self.work = 0
        self._known: dict[float, Numbers] = {}
        self._ahead: set[float] = set()
        self._parts: Iterator[tuple[Sequence[float], dict[float, Numbers]]] = iter(())

    def prepare(self, name: str, xs: Sequence[float]) -> None:
        """Take points that will be looked at in this order, to compute many of them at once."""
        self._ahead = set(xs)
        self._parts = self.points.at_once(name, xs)

    def branches(self) -> tuple[Any, ...]:
        """Find nothing: the branches of so many elements change at almost every point."""
        return ()

    def at(self, inputs: Mapping[str, float], *, thorough: bool = False) -> list[tuple[Checked, tuple[Checked, ...]]]:
        """Find for each output its value and its derivatives; arrays have no look that is more `thorough`."""
        self.work += 1
        (x,) = inputs.values()
        while x in self._ahead:
            part, numbers_of_part = next(self._parts)
            self._ahead.difference_update(part)
            self._known |= numbers_of_part
        if x in self._known and not thorough:
            return [
                (Checked(value, OK), tuple(Checked(slopes[at], OK) for at in self.wrt))
                for value, slopes in self._known[x]
            ]
        numbers = self.points.at(inputs)
        return [
            (numbers.checked(output), tuple(column.checked(numbers.wrt[at]) for at in self.wrt))
            for output, column in zip(numbers.outputs, numbers.gradients, strict=True)
        ]


def _checked(numbers: Numbers) -> list[Checked]:
    """List the numbers of a point where nothing is in doubt."""
    return [Checked(number, OK) for value, slopes in numbers for number in (value, *slopes)]


def _slope(column: Column, starts: Sequence[int], way: tuple[int, int] | Mapping[int, Any]) -> tuple[float, Verdict]:
    """Find the derivative in the element at a place, or in a direction: known where that of all that moves is."""
    if isinstance(way, tuple):
        number = starts[way[0]] + way[1]
        return column.values[number], column.verdict(number)
    adjoints = column.values
    steps = {node: fill(step, adjoints.graph.shapes[node]) for node, step in way.items()}
    slope = sum(float((adjoints.array(node) * step).sum()) for node, step in steps.items())
    for at, verdict in column.verdicts.items():
        node = adjoints.node(at)
        if node in steps and steps[node].flat[at - starts[node]]:
            return slope, verdict
    return slope, OK


class PointNumbers:
    """The numbers at one point as the report of a program of numbers has them: `outputs` and `wrt` are its nodes."""

    def __init__(self, points: ArrayPoints, report: ArrayReport) -> None:
        self.report = report
        self.names = [*points.outputs, *points.wrt]
        self.outputs = range(len(points.outputs))
        self.wrt = range(len(points.outputs), len(self.names))
        starts = report.elements.starts
        numbers = [starts[node] + place for node, place in points.outputs.values()]
        self.values = [report.values[number] for number in numbers]
        self.verdicts = [report.verdict(number) for number in numbers]
        self.gradients: list[Column] = []
        for column in report.gradients:
            found: list[Any] = [None] * len(numbers)
            verdicts: dict[int, Verdict] = {}
            for at, place in enumerate(points.wrt.values(), len(numbers)):
                number, verdict = _slope(column, starts, points.steps if place is None else place)
                found.append(number)
                verdicts |= {} if verdict == OK else {at: verdict}
            self.gradients.append(Column(column.label, column.heading, found, verdicts))

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
