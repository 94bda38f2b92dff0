"""Values and derivatives at the points of a grid: one by one, or where there are many by the kernels of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.nodes_by_label import find_outputs, is_settled
from cgraph_cli.core.tensor import Shape, show_shape
from cgraph_cli.results.over_ranges.ranges import InputRange, grid, grid_size
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request, find_asked
from cgraph_cli.trust.budget import BUDGET_OF_MANY, Budget
from cgraph_cli.trust.verdicts import Checked

if TYPE_CHECKING:
    from cgraph_cli.results.over_ranges.array_points import PointNumbers
    from cgraph_cli.results.report import Report

_KEPT = 64
"""The most programs that are kept, of those that differ from point to point."""

FEW_POINTS = 500
"""Fewer points than these take less time one by one than it takes to compile a kernel."""

Found = tuple[Mapping[str, float], Sequence[Checked]]
"""A point, by the inputs that change, and the numbers there: each output's value, and then its derivatives."""


class Points:
    """The points that a program is taken to, and what is asked of it there.

    `of` and `wrt` are the labels of the outputs and of the nodes to differentiate with respect to. Where shapes or
    places hang on inputs that change, `elaborate` makes the program of a point.
    """

    def __init__(
        self,
        graph: Graph,
        inputs: Mapping[str, float],
        ranges: Sequence[InputRange],
        of: Sequence[str],
        wrt: Sequence[str],
        *,
        checked: bool = True,
        elaborate: Callable[[Mapping[str, float]], Graph] | None = None,
    ) -> None:
        """Raises `RequestError` where `of` or `wrt` name what the program does not have."""
        self.graph = graph
        self._settled = [taken.name for taken in ranges if is_settled(graph, taken.name)]
        self._elaborate = lru_cache(_KEPT)(lambda *numbers: self._program(elaborate, numbers))
        self.inputs = inputs
        self.ranges = ranges
        self.size = grid_size(ranges)
        self.budget = Budget(BUDGET_OF_MANY)
        self._of, self._wrt = of, wrt
        if self._settled and (unnamed := next((label for label in [*of, *wrt] if label.startswith("%")), "")):
            what = f"`{unnamed}` is another expression where `{self._settled[0]}` is another number"
            raise RequestError(what, help="give the expression a name in the program")
        self._arithmetic = "checked" if checked else "double"
        self._request = self._ask(graph)
        asked = find_asked(graph, self._request)
        labels = graph.labels()
        self.of = [labels[node] for node in asked.outputs]
        if self._settled and not of and len(self.of) == 1:
            other = self._elaborate(*(list(taken)[-1] for taken in ranges if taken.name in self._settled))
            self.of = self.of if labels_of(other, of) == self.of else ["value"]
        self.wrt = [labels[node] for node in asked.wrt]

    def find(self, advance: Callable[[int, int], None]) -> Iterator[Found]:
        """Compute the points in their order, each when it is asked for, or many at once."""
        from cgraph_cli.results.rows.kernels import MOST_NODES

        if self.size < FEW_POINTS or len(self.graph) > MOST_NODES or self._settled:
            for at, point in enumerate(grid(self.ranges)):
                yield point, self._look(point)
                advance(at, self.size)
        else:
            yield from self._find_by_kernel(advance)

    def _ask(self, graph: Graph) -> Request:
        """Make the request for a program; of an array it is for each element."""
        return Request(labels_of(graph, self._of), self._wrt, arithmetic=self._arithmetic, budget=self.budget)

    def _look(self, point: Mapping[str, float]) -> list[Checked]:
        """Find the numbers at a point by itself."""
        graph, request = self.graph, self._request
        if self._settled:
            graph = self._elaborate(*(point[name] for name in self._settled))
            point = {name: number for name, number in point.items() if name not in self._settled}
            request = self._ask(graph)
        return numbers_of(report(graph, {**self.inputs, **point}, request))

    def _program(self, elaborate: Callable[[Mapping[str, float]], Graph] | None, numbers: tuple[float, ...]) -> Graph:
        """Make the program of some numbers of the inputs that shapes or places hang on.

        Raises `RequestError` where an output has another shape.
        """
        assert elaborate is not None
        point = dict(zip(self._settled, numbers, strict=True))
        graph = elaborate(point)
        names = dict.fromkeys(label.partition("[")[0] for label in [*self._of, *self._wrt])
        for name in names if self._of else ["", *names]:
            (label, first), (_, shape) = (_output(each, name) for each in (self.graph, graph))
            if first != shape:
                where = ", ".join(f"{each} = {number:g}" for each, number in point.items())
                what = f"`{label}` is {show_shape(first)} at the first point, and {show_shape(shape)} at {where}"
                raise RequestError(what, help=f"a column is one number at every point, such as `sum({label})`")
        return graph

    def _find_by_kernel(self, advance: Callable[[int, int], None]) -> Iterator[Found]:
        """Compute blocks of points, and look into those that are in doubt, as far as the budget reaches."""
        from cgraph_cli.evaluation.inputs import check_inputs
        from cgraph_cli.results.rows.computed import BLOCK
        from cgraph_cli.results.rows.engine import Engine, has_arrays
        from cgraph_cli.results.rows.quantities import Quantities
        from cgraph_cli.trust.judge import unknown

        graph, names = self.graph, [taken.name for taken in self.ranges]
        given = check_inputs(graph, {**self.inputs, **dict.fromkeys(names, 0.0)})
        fixed = {graph.names[node] or "": number for node, number in given.items()}
        fixed = {name: number for name, number in fixed.items() if name not in names}
        checked = self._arithmetic == "checked"
        quantities = Quantities(graph, self.of, self.wrt)
        engine = Engine(quantities, fixed, checked=checked, effort=0.0, arrays=has_arrays())
        points, done = grid(self.ranges), 0
        while block := list(islice(points, BLOCK)):
            columns = {name: [point[name] for point in block] for name in names}
            computed = engine.compute(columns, len(block))
            doubts = {*computed.doubts, *computed.recovered}
            rows = zip(*(numbers if isinstance(numbers, list) else numbers.tolist() for numbers in computed.numbers),
                       strict=True)  # fmt: skip
            for at, (point, numbers) in enumerate(zip(block, rows, strict=True)):
                if at not in doubts:
                    yield point, list(map(Checked, numbers))
                    continue
                yield point, list(map(unknown, numbers)) if self.budget.is_spent else self._look(point)
                advance(done + at, self.size)
            done += len(block)
            advance(done, self.size)


def _output(graph: Graph, name: str) -> tuple[str, Shape]:
    """Find an output of a name, or the last statement without one: its label and its shape."""
    assert graph.arrays is not None
    arrays = graph.arrays.graph
    node = arrays.nodes.get(name, arrays.output)
    return arrays.labels()[node], arrays.shapes[node]


def labels_of(graph: Graph, of: Sequence[str]) -> list[str]:
    """List the labels of the outputs, of an array its elements."""
    labels = graph.labels()
    return [labels[output] for output in find_outputs(graph, of)]


def numbers_of(answer: Report | PointNumbers) -> list[Checked]:
    """List the numbers of a report: each output's value, and then its derivatives."""
    found = []
    for output, column in zip(answer.outputs, answer.gradients, strict=True):
        found += [answer.checked(output), *map(column.checked, answer.wrt)]
    return found
