"""Comparison of the values and gradients of two programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cgraph_cli.checks.gradients import Settings, work_of
from cgraph_cli.checks.outcomes import Case, Failure, Outcome
from cgraph_cli.checks.phrases import UNSETTLED, everywhere, program_name
from cgraph_cli.checks.sampling import Sampling, check_count, check_ranges, input_names
from cgraph_cli.checks.true_numbers import are_same, count_digits, is_held, is_known, true_number
from cgraph_cli.core.errors import InputError, RequestError, name_list
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.nodes_by_label import find_outputs, settled_inputs, why_constant
from cgraph_cli.core.tensor import show_shape
from cgraph_cli.evaluation.inputs import check_settable
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.probe import is_outside
from cgraph_cli.trust.verdicts import Checked

SIDES = ("old", "new")

_COST = 12.0
"""The microseconds for each node of the two programs at a point."""


def compare(
    old: Graph,
    new: Graph,
    inputs: Mapping[str, float] | None = None,
    settings: Settings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Compare two programs in their shared outputs, at random points where `inputs` does not fix them.

    The outputs are those of `shared_outputs`, or those of the settings. An input of only one program has no effect on
    the other. True numbers are compared, in which `0.1` is a tenth: another order of rounding passes, another function
    fails. Raises the `InputError` and `RequestError` of `check`.
    """
    settings = settings or Settings()
    fixed = dict(inputs or {})
    sampling = (settings.sampling or Sampling(100, {})).over_elements([old, new]).with_stated([old, new], fixed)
    outputs = shared_outputs(old, new)
    if settings.of:
        outputs = {label: pair for name in settings.of for label, pair in _find(old, new, name)}
    known = input_names([old, new])
    for name in fixed:
        if name not in known:
            check_settable(old, name)
    kept = sampling.kept([old, new], fixed)
    if all(name in fixed or name in kept for name in known):
        sampling = sampling._replace(samples=1)
    check_ranges([old, new], sampling, fixed)
    check_count(sampling, _COST * (8 + len(old) + len(new)))
    for graph in (old, new):
        given = settled_inputs(graph).keys() & fixed.keys()
        computed = [
            n for n in known if n in graph.nodes and n not in given and graph.operations[graph.nodes[n]] != INPUT
        ]
        if computed:
            span = graph.span(graph.nodes[computed[0]])
            spans = [span._replace(start=graph.definitions[graph.nodes[computed[0]]])]
            what, help = "is computed", "the programs have to agree on what their inputs are"
            if computed[0] in settled_inputs(graph):
                what, _, spans, help = why_constant(graph, computed[0])
            raise InputError(
                f"`{computed[0]}` {what} in {graph.source.name}, and is an input of the other program", spans, help
            )
    outcome = Outcome(f"{old.source.name} → {new.source.name}", True)
    outcome.kept = kept
    fixed_before = settled_inputs(old).keys() | settled_inputs(new).keys()
    varied = [name for name in known if name not in fixed_before]
    comparer = _Comparer(old, new, outputs, varied, settings, sampling.samples)
    for at, place in enumerate(sampling.points(known, fixed | kept)):
        if progress:
            progress(at, sampling.samples)
        cases = comparer.cases(place)
        if cases is None:
            outcome.undefined += 1
        else:
            outcome.add(cases, place)
    if not outcome.points:
        outcome.give_up(
            f"the values are undefined or infinite {everywhere(outcome.undefined)}",
            sampling.elsewhere(known, fixed | kept),
        )
    return outcome


def shared_outputs(old: Graph, new: Graph) -> dict[str, tuple[int, int]]:
    """Find the shared outputs of two programs, by name, each as its node in the old one and in the new one.

    An output is a named node without users, or the last statement; it is shared where the other program has a node of
    that name. Two last statements are compared even if one has no name. Raises `RequestError` where nothing is shared.
    """
    names = [name for graph in (old, new) for node in _ends(graph) if (name := graph.names[node])]
    shared = {
        name: (old.nodes[name], new.nodes[name])
        for name in dict.fromkeys(names)
        if all(name in graph.nodes and _is_output(graph, graph.nodes[name]) for graph in (old, new))
    }
    last = old.default_outputs(), new.default_outputs()
    if len(last[0]) == len(last[1]):
        for pair in zip(*last, strict=True):
            called = old.names[pair[0]], new.names[pair[1]]
            if None in called and pair not in shared.values():
                shared[called[0] or called[1] or old.labels()[pair[0]]] = pair
    if not shared:
        for graph in (old, new):
            if graph.arrays is not None and not graph.arrays.output:
                shape = show_shape(graph.arrays.graph.shapes[graph.arrays.graph.output])
                what = f"the output of {graph.source.name} is {shape}, and has no elements to compare"
                raise RequestError(what, help="give arrays with elements")
        lists = [name_list([graph.labels()[node] for node in _ends(graph)]) for graph in (old, new)]
        raise RequestError(
            f"the programs share no output: {old.source.name} has {lists[0]}, and {new.source.name} {lists[1]}",
            help="give the same output one name in both; `--of` compares any node that both have",
        )
    return shared


def _find(old: Graph, new: Graph, name: str) -> list[tuple[str, tuple[int, int]]]:
    """Find a node of `--of` in both programs, of an array each element, with labels."""
    nodes = [find_outputs(graph, [name], program_name(graph)) for graph in (old, new)]
    labels = [[graph.labels()[node] for node in its] for graph, its in zip((old, new), nodes, strict=True)]
    if len(labels[0]) != len(labels[1]):
        what = f"`{name}` has {len(labels[0])} elements in {old.source.name}, and {len(labels[1])} in {new.source.name}"
        raise RequestError(what, help="arrays of one shape are compared")
    return list(zip(labels[0], zip(*nodes, strict=True), strict=True))


def _is_computed(graph: Graph, node: int) -> bool:
    return graph.operations[node] != INPUT and graph.names[node] not in graph.constants


def _is_output(graph: Graph, node: int) -> bool:
    return _is_computed(graph, node) or node == graph.output


def _ends(graph: Graph) -> list[int]:
    used = bytearray(len(graph))
    for operand in graph.operands:
        used[operand] = 1
    ends = [n for n, name in enumerate(graph.names) if name and not used[n] and _is_computed(graph, n)]
    return list(dict.fromkeys([*ends, *graph.default_outputs()]))


class _Comparer:
    def __init__(
        self,
        old: Graph,
        new: Graph,
        outputs: dict[str, tuple[int, int]],
        inputs: list[str],
        settings: Settings,
        points: int,
    ) -> None:
        self.graphs = old, new
        self.outputs = outputs
        self.inputs = inputs
        self.settings = settings
        self.work = [work_of(graph, points) for graph in self.graphs]

    def cases(self, place: Mapping[str, float]) -> list[Case] | None:
        """Compare each output at a point; None where the programs have no value."""
        given = [{name: x for name, x in place.items() if name in graph.nodes} for graph in self.graphs]
        nodes = [[pair[at] for pair in self.outputs.values()] for at in range(2)]
        if all(map(is_outside, self.graphs, given, nodes)):
            return None
        points = [
            Point(graph, its, work=work, decimal=True)
            for graph, its, work in zip(self.graphs, given, self.work, strict=True)
        ]
        if not any(point.has_value(its) for point, its in zip(points, nodes, strict=True)):
            return None
        cases = []
        for name, pair in self.outputs.items():
            case = Case("compare", name)
            values = [point.value(node) for point, node in zip(points, pair, strict=True)]
            self._compare(case, f"`{name}`", name, values)
            for wrt in self.inputs:
                gradients = [_gradient(point, node, wrt) for point, node in zip(points, pair, strict=True)]
                self._compare(case, f"∂{name}/∂{wrt}", name, gradients)
            cases.append(case)
        return cases

    def _compare(self, case: Case, what: str, name: str, found: list[Checked]) -> None:
        spans = tuple(graph.span(node) for graph, node in zip(self.graphs, self.outputs[name], strict=True))
        rtol, atol = self.settings.rtol, self.settings.atol
        if not all(map(is_known, found)):
            sides = [side for side, number in zip(SIDES, found, strict=True) if not is_known(number)]
            case.failures.append(Failure(f"{what} {UNSETTLED} in the {' and the '.join(sides)} program", spans))
            return
        old, new = map(true_number, found)
        if old.is_nan and new.is_nan:
            return
        if are_same(old, new, rtol, atol) or are_same(new, old, rtol, atol):
            case.agree(count_digits(new, old))
            if not all(is_held(number, rtol, atol) for number in found):
                case.note("beyond the doubles")
            return
        first, second = (number.number for number in found)
        tolerance = atol + rtol * max(abs(first), abs(second))
        notes = tuple(
            f"{side} is {number.verdict.text}, which no double can hold"
            for side, number in zip(SIDES, found, strict=True)
            if number.verdict.text
        )
        case.failures.append(Failure(f"{what} has changed", spans, first, second, tolerance, notes=notes, sides=SIDES))


def _gradient(point: Point, output: int, wrt: str) -> Checked:
    return point.gradient(output, point.graph.nodes[wrt]) if wrt in point.graph.nodes else Checked(0.0)
