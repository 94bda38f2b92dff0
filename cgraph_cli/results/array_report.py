"""Reports on graphs of arrays too large for their scalar programs: the numbers come from NumPy.

The elements of all arrays are numbered one after another, as the nodes of a scalar program are: the formats show both
kinds of reports alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, parts_of
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.core.nodes_by_label import check_elements, check_shape, find_node, find_nodes
from cgraph_cli.core.tensor import Shape, Tensor
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee
from cgraph_cli.evaluation.arrays.derivatives import Masked, gather_elements
from cgraph_cli.evaluation.sweeps import Evaluation, evaluate, sweep_forward, sweep_reverse
from cgraph_cli.results.array_looks import Looks
from cgraph_cli.results.report import Column, Disagreement, Report, Stage, show_step
from cgraph_cli.results.request import Asked, Request, check_moves, check_seed
from cgraph_cli.symbolic.matrices.array_gradients import expand_arrays
from cgraph_cli.trust.array_assessment import ArrayAssessment
from cgraph_cli.trust.array_directions import all_move, find_slopes
from cgraph_cli.trust.array_elements import Elements, number_at_kink, set_verdict
from cgraph_cli.trust.verdicts import Status, Verdict

_NODES_OF_AN_ARRAY, _ELEMENTS_OF_A_NODE = 30, 15
"""The work on an array, and on its elements, in nodes of a program of numbers."""


def estimate_work(graph: ArrayGraph, end: int | None = None) -> int:
    """Estimate the work on the nodes of a graph, up to an `end`, in nodes of a program of numbers."""
    shapes = graph.shapes[:end]
    return len(shapes) * _NODES_OF_AN_ARRAY + sum(map(prod, shapes)) // _ELEMENTS_OF_A_NODE


class ArrayColumn(Column):
    """A column of derivatives of arrays."""

    __slots__ = ()

    def of(self, nodes: Sequence[int]) -> list[Any]:
        """Give the derivatives at some elements."""
        found: list[Any] = self.values.pick(nodes)
        return found

    def verdict(self, node: int) -> Verdict:
        """Give the verdict of the derivative at an element or a node."""
        found: Verdict = self.values.verdict(self.verdicts, node)
        return found


class ArrayReport(Report):
    """Values and derivatives of a graph of arrays at a point.

    `outputs` and the keys of `asked` are nodes of the graph; each key maps to the requested elements, None for all.
    Every other number stands for an element, or for a node, whose numbers are an array.
    """

    def __init__(self, graph: ArrayGraph, evaluation: Evaluation, request: Request, asked: Targets) -> None:
        self.elements = Elements(graph, evaluation.values)
        self.judge: ArrayAssessment | None = None
        self.looks = Looks(evaluation, request.budget)
        super().__init__(evaluation, request, Asked([output.node for output in asked.outputs], [], None, {}))
        self.asked_of_arrays = asked.wrt
        self.seeds = [output.seed for output in asked.outputs]
        self.steps = asked.direction

    def _assess(self, evaluation: Evaluation) -> None:
        self.judge = ArrayAssessment(self.elements, evaluation, self.looks)
        self.elements = self.judge.values = Elements(self.elements.graph, evaluation.values)

    @property
    def values(self) -> Any:
        """The values of all elements."""
        return self.elements

    @property
    def verdicts(self) -> Mapping[int, Verdict]:
        """The verdicts other than ok of the elements' values."""
        return self.judge.verdicts if self.judge else {}

    def verdict(self, node: int) -> Verdict:
        """Give the verdict of the value of an element or a node."""
        return self.elements.verdict(self.verdicts, node)

    def shows_gradient(self, node: int) -> bool:
        """Tell whether an element has a requested gradient, and is no constant."""
        array = self.elements.node(node)
        if self.asked_of_arrays is None:
            return array not in self.constants
        elements = self.asked_of_arrays.get(array, ())
        return array not in self.constants and (elements is None or node in elements)

    def values_of(self, nodes: Sequence[int]) -> list[Any]:
        """Give the values of some elements."""
        return self.elements.pick(nodes)

    def shows_any_gradient(self, nodes: Sequence[int]) -> bool:
        """Tell whether any of some elements of an array has a requested gradient."""
        return self.shows_gradient(nodes[0]) if self._are_alike(nodes) else super().shows_any_gradient(nodes)

    def _are_alike(self, nodes: Sequence[int]) -> bool:
        """Tell whether the gradients of some elements of an array were all asked for, or none."""
        asked = self.asked_of_arrays
        return bool(nodes) and (asked is None or asked.get(self.elements.node(nodes[0])) is None)

    def gradients_of(self, output: int, nodes: Sequence[int]) -> list[Any]:
        """Give the derivatives of an output with respect to some elements, None where there is none."""
        if not self.gradients or not self._are_alike(nodes) or not self.shows_gradient(nodes[0]):
            return super().gradients_of(output, nodes)
        return self.gradients[self.outputs.index(output)].of(nodes)

    def derivatives(self, label: str, heading: str, arrays: Sequence[Any]) -> Column:
        """Make a column of derivatives of or with respect to all arrays."""
        return ArrayColumn(label, heading, Elements(self.elements.graph, arrays))

    def adjoints(self, output: Output, adjoints: list[Any]) -> Column:
        """Make the column of an output's adjoints. The elements of a recurrence are those of its array."""
        graph, starts = self.elements.graph, self.elements.starts
        verdicts: dict[int, Verdict] = {}
        if self.judge:
            verdicts = self.judge.derivatives.correct_adjoints(output.node, output.seed, adjoints, self.asked_of_arrays)
        for node in range(len(graph)) if verdicts else ():
            places = [range(starts[part], starts[part + 1]) for part in parts_of(graph, node)]
            told = [verdicts.get(at) for place in places for at in place]
            verdicts |= {starts[node] + at: each for at, each in enumerate(told) if each is not None}
        gather_elements(graph, adjoints)
        column = self.derivatives(output.label, output.heading, adjoints)
        column.verdicts = verdicts
        return column

    def look_along(self, direction: Mapping[int, Any], column: Column) -> None:
        """Look into the elements that are shown and whose derivative in a direction is unknown.

        Those of values that are limits are limits, too, and of what has no value there is none.
        """
        starts, found = self.elements.starts, dict[int, dict[int, float]]()
        for number, verdict in list(column.verdicts.items()):
            node = self.elements.node(number)
            if verdict.status != Status.UNKNOWN or node in self.graph.hidden or self.looks.is_over:
                continue
            slope = self.looks.along(direction, node, number - starts[node])
            if slope is not None:
                before = float(column.values.array(node).flat[number - starts[node]])
                found.setdefault(node, {})[number - starts[node]] = number_at_kink(slope, before)
                set_verdict(column.verdicts, number, slope.verdict)
        for node, numbers in found.items():
            column.values.arrays[node] = column.values.replaced(node, numbers)
        if self.judge:
            self.judge.derivatives.mark_by_values(column.values.arrays, direction, column.verdicts)

    def disagreements(self) -> list[Disagreement]:
        """Find where forward and reverse differ: the adjoints' products with a direction, and the tangents' in it.

        Without a direction of the request, each input in turn moves, by another number for each element. Rounding is
        taken for a part of the largest sum of products that any one node has.
        """
        graph, found = self.elements.graph, list[Disagreement]()
        wanted = self.asked_of_arrays or dict.fromkeys(graph.inputs())
        inputs = [node for node in wanted if graph.operations[node] == INPUT]
        directions = [self.steps] if self.steps else [{node: all_move(graph.shapes[node])} for node in inputs]
        for direction in directions:
            for output, seed, column in zip(self.outputs, self.seeds, self.gradients, strict=True):
                with ieee():
                    slopes = find_slopes(
                        self.evaluation, self.elements, direction, output, seed, column.values, column.verdicts
                    )
                if not slopes.agree:
                    found.append(Disagreement(output, next(iter(direction)), slopes.reverse, slopes.forward))
        return found

    def is_ok(self) -> bool:
        """Tell whether every number that is shown is ok."""
        return next(self._told(), None) is None

    def count_unknown(self) -> int:
        """Count the numbers that are shown, and are not known."""
        return sum(verdict.status == Status.UNKNOWN for verdict in self._told())

    @property
    def is_cut_short(self) -> bool:
        """True where more elements were in doubt than were looked into."""
        return self.looks.is_cut_short

    def _told(self) -> Iterator[Verdict]:
        graph, node = self.graph, self.elements.node
        unseen = {*graph.hidden, *(each for each, operation in enumerate(graph.operations) if operation == CONSTANT)}
        for verdicts in (self.verdicts, *(column.verdicts for column in self.columns())):
            yield from (verdict for at, verdict in verdicts.items() if node(at) not in unseen)

    def is_finite(self) -> bool:
        """Tell whether every requested number is finite and known: the outputs', and the inputs' derivatives."""
        if not all(self._are_finite(self.values, self.verdicts, output) for output in self.outputs):
            return False
        if self.tangents:
            return all(self._are_finite(c.values, c.verdicts, o) for c in self.tangents for o in self.outputs)
        wanted = self.graph.inputs() if self.asked_of_arrays is None else self.asked_of_arrays
        return all(self._are_finite(c.values, c.verdicts, node) for node in wanted for c in self.gradients)

    def _are_finite(self, numbers: Any, verdicts: Mapping[int, Verdict], node: int) -> bool:
        known = not any(v.status == Status.UNKNOWN and self.elements.node(at) == node for at, v in verdicts.items())
        return known and bool(np.isfinite(numbers.array(node)).all())


class Output(NamedTuple):
    """An output: its node, its label, the heading of its gradients, and the initial adjoint of its sweep."""

    node: int
    label: str
    heading: str
    seed: Any


class Targets(NamedTuple):
    """The outputs of a request, the elements of each node with a requested gradient, and the direction by node."""

    outputs: list[Output]
    wrt: dict[int, set[int] | None] | None
    direction: dict[int, Any]


def report_arrays(
    graph: ArrayGraph, inputs: Mapping[str, Any], request: Request, stage: Stage | None = None
) -> ArrayReport:
    """Evaluate a graph of arrays and sweep it: in reverse, or forward in a direction. Raises the errors of `report`."""
    if not request.sweeps_arrays:
        what = "a forward sweep takes arrays of this size in one direction"
        raise RequestError(what, help="`--tangent W=1` moves every element of W; a reverse sweep has all gradients")
    begin = stage or (lambda _: lambda done, total: None)
    graph = expand_arrays(graph)
    asked = _find_asked(graph, request)
    with ieee():
        evaluation = evaluate(graph, inputs, algebra=ARRAYS, progress=begin("evaluating"))
        answer = ArrayReport(graph, evaluation, request, asked)
        if asked.wrt is not None:
            leave_out(evaluation, asked.wrt)
        judge = answer.judge
        if asked.direction:
            tangents = sweep_forward(evaluation, asked.direction, progress=begin("tangent"))
            name = ",".join(f"{label}={show_step(step)}" for label, step in request.direction.items())
            column = answer.derivatives(name, f"tangent ({name})", tangents)
            column.verdicts = judge.derivatives.judge_tangents(asked.direction, tangents) if judge else {}
            answer.look_along(asked.direction, column)
            answer.tangents.append(column)
        for output in asked.outputs if request.mode != "forward" else ():
            progress = begin(f"gradient of {output.label}")
            adjoints = sweep_reverse(evaluation, {output.node: output.seed}, progress=progress)
            answer.gradients.append(answer.adjoints(output, adjoints))
    return answer


def leave_out(evaluation: Evaluation, wrt: Iterable[int]) -> None:
    """Leave the partials out that lead to nothing whose gradient was asked for."""
    graph = evaluation.graph
    assert isinstance(graph, ArrayGraph)
    wanted = {each for node in wrt for each in (node, *parts_of(graph, node))}
    partials, start = evaluation.partials, 0
    for node, end in enumerate(islice(graph.starts, 1, None)):
        for edge in range(start, end):
            if graph.operands[edge] in wanted:
                wanted.add(node)
            else:
                partials[edge] = None
        start = end


def _find_asked(graph: ArrayGraph, request: Request) -> Targets:
    assert graph.arrays is not None
    labels = graph.labels()
    outputs = [_find_output(graph, name, request.seeds) for name in request.of or [labels[graph.output]]]
    for name, seed in request.seeds.items():
        find_node(graph, name, "--seed")
        check_seed(name, seed, [output.label for output in outputs])
    wrt: dict[int, set[int] | None] | None = {} if request.wrt else None
    for name in request.wrt:
        if graph.arrays.find(name) is None or "[" not in name:
            nodes = find_nodes(graph, [name], "--wrt")
            wrt = {
                **(wrt or {}),
                **dict.fromkeys([*nodes, *(part for node in nodes for part in parts_of(graph, node))]),
            }
        else:
            node, element = find_element(graph, name, "--wrt")
            assert wrt is not None
            assert element is not None
            others = wrt.get(node, set[int]())
            wrt[node] = None if others is None else others | {element}
    direction = find_directions(graph, request.direction, "--tangent")
    return Targets(outputs, wrt, direction)


def find_directions(graph: ArrayGraph, given: Mapping[str, Any], option: str) -> dict[int, Any]:
    """Find the steps of a direction by node. Raises an error for a node that is no input."""
    direction: dict[int, Any] = {}
    for name, step in given.items():
        node, element = find_element(graph, name, option)
        check_moves(graph, node, name, option)
        steps = _spread(graph, node, element, name, step, option)
        direction[node] = direction[node] + steps if node in direction else steps
    return direction


def _find_output(graph: ArrayGraph, name: str, seeds: Mapping[str, Any]) -> Output:
    node, element = find_element(graph, name, "--of")
    shape, given = graph.shapes[node], seeds.get(name)
    check_elements(name, shape)
    seed = _spread(graph, node, element, name, 1.0 if given is None else given, "--seed")
    if shape and element is None:
        heading = f"∂Σ{name}/∂node" if given is None else f"∂(seed·{name})/∂node"
    else:
        heading = f"∂{name}/∂node" if given in (None, 1.0) else f"{given:.6g}·∂{name}/∂node"
    return Output(node, name, heading, seed)


def only(shape: Shape, place: int) -> Masked:
    """Make the derivative 1 of the element at a place of an array; no other element depends on it."""
    numbers = np.zeros(shape)
    numbers.flat[place] = 1.0
    return Masked(numbers, numbers != 0, are_zero=True)


def find_element(graph: ArrayGraph, name: str, option: str) -> tuple[int, int | None]:
    """Find the node of a label, and the number of the element that the label names, if any."""
    assert graph.arrays is not None
    found = graph.arrays.find(name) if "[" in name else None
    if found is None:
        return find_node(graph, name, option), None
    return find_node(graph, name.partition("[")[0], option), found.item


def _spread(graph: ArrayGraph, node: int, element: int | None, name: str, given: Any, option: str) -> Any:
    """Make an array of an option's value for a node: an array, or a number for all its elements or for one."""
    assert graph.arrays is not None
    shape = graph.shapes[node]
    if element is not None and not isinstance(given, Tensor):
        place = element - graph.arrays.elements[node].items[0]
        return given * only(shape, place)
    check_shape(name, given, shape if element is None else (), option)
    return np.asarray(given.items, dtype=float).reshape(shape) if isinstance(given, Tensor) else np.full(shape, given)
