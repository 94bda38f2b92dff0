"""Comparison of the values and gradients that two programs compute."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from cgraph_cli.checks.gradients import SWEEP_ROUNDING, Settings, digits_agreed, program_name
from cgraph_cli.checks.outcomes import Case, Failure, Outcome
from cgraph_cli.checks.sampling import Sampling, check_ranges, input_names
from cgraph_cli.core.errors import InputError, RequestError, name_list
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.lookup import find_node
from cgraph_cli.evaluation.high import high_precision
from cgraph_cli.evaluation.inputs import check_settable
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.trust.point import Point
from cgraph_cli.trust.verdicts import Checked

DIGITS = 60
"""Digits in which programs are compared where doubles give different numbers."""

ROUNDED = "differ by rounding only"
"""The note on numbers that high precision has found to be the same."""


def compare(
    old: Graph, new: Graph, inputs: Mapping[str, float] | None = None, settings: Settings | None = None
) -> Outcome:
    """Compare two programs in the outputs that they share, at random points where `inputs` does not fix them.

    The outputs are those of `shared_outputs`, or those that the settings name. An input that only one program
    has is one on which the other does not depend. Where doubles give different numbers, high precision
    decides (60 digits, in which `0.1` is a tenth): a program may round in another way, but not compute
    something else.

    Raises `InputError` and `RequestError` as `check` does.
    """
    settings = settings or Settings()
    sampling = settings.sampling or Sampling(100, {})
    outputs = shared_outputs(old, new)
    if settings.of:
        outputs = {name: (_find(old, name), _find(new, name)) for name in settings.of}
    fixed = dict(inputs or {})
    known = input_names([old, new])
    for name in fixed:
        if name not in known:
            check_settable(old, name)
    if all(name in fixed for name in known):
        sampling = sampling._replace(samples=1)
    check_ranges([old, new], sampling, fixed)
    for graph in (old, new):
        computed = [n for n in known if n in graph.nodes and graph.operations[graph.nodes[n]] != INPUT]
        if computed:
            span = graph.span(graph.nodes[computed[0]])
            raise InputError(
                f"`{computed[0]}` is computed in {graph.source.name}, and is an input of the other program",
                [span._replace(start=graph.definitions[graph.nodes[computed[0]]])],
                "the programs have to agree on what their inputs are",
            )
    outcome = Outcome(f"{old.source.name} → {new.source.name}", True)
    comparer = _Comparer(old, new, outputs, known, settings)
    for place in sampling.points(known, fixed):
        cases = comparer.cases(place)
        if cases is None:
            outcome.undefined += 1
        else:
            outcome.add(cases, place)
    if not outcome.points:
        outcome.give_up(
            f"the values are undefined or infinite at all of the {outcome.undefined} points",
            "`--range a=0:1` samples an input elsewhere",
        )
    return outcome


def shared_outputs(old: Graph, new: Graph) -> dict[str, tuple[int, int]]:
    """Find the outputs that two programs share, by name, each as its node in the old one and in the new one.

    An output is a node that has a name and that no other node uses, or the last statement; it is shared where
    the other program computes a node of that name. Two last statements are compared also where one has no
    name. Raises `RequestError` where nothing is shared."""
    names = [name for graph in (old, new) for node in _ends(graph) if (name := graph.names[node])]
    shared = {
        name: (old.nodes[name], new.nodes[name])
        for name in dict.fromkeys(names)
        if all(name in graph.nodes and _is_output(graph, graph.nodes[name]) for graph in (old, new))
    }
    last = old.output, new.output
    if None in (old.names[old.output], new.names[new.output]) and last not in shared.values():
        shared[old.names[old.output] or new.names[new.output] or old.labels()[old.output]] = last
    if not shared:
        lists = [name_list([graph.labels()[node] for node in _ends(graph)]) for graph in (old, new)]
        raise RequestError(
            f"the programs share no output: {old.source.name} has {lists[0]}, and {new.source.name} {lists[1]}",
            help="call what is the same in both by one name; `--of` compares any node that both have",
        )
    return shared


def _find(graph: Graph, name: str) -> int:
    return find_node(graph, name, "--of", program_name(graph))


def _is_computed(graph: Graph, node: int) -> bool:
    return graph.operations[node] != INPUT and graph.names[node] not in graph.constants


def _is_output(graph: Graph, node: int) -> bool:
    return _is_computed(graph, node) or node == graph.output


def _ends(graph: Graph) -> list[int]:
    used = bytearray(len(graph))
    for operand in graph.operands:
        used[operand] = 1
    ends = [n for n, name in enumerate(graph.names) if name and not used[n] and _is_computed(graph, n)]
    return list(dict.fromkeys([*ends, graph.output]))


class _Comparer:
    def __init__(
        self,
        old: Graph,
        new: Graph,
        outputs: dict[str, tuple[int, int]],
        inputs: list[str],
        settings: Settings,
    ) -> None:
        self.graphs = old, new
        self.outputs = outputs
        self.inputs = inputs
        self.settings = settings

    def cases(self, place: Mapping[str, float]) -> list[Case] | None:
        """Compare each output at a point; None where all are undefined in both programs."""
        points = [Point(graph, _its_own(graph, place)) for graph in self.graphs]
        defined = [point.is_defined([pair[at] for pair in self.outputs.values()]) for at, point in enumerate(points)]
        if not any(defined):
            return None
        exact: dict[tuple[str, str], Any] = {}
        cases = []
        for name, pair in self.outputs.items():
            case = Case("compare", name)
            values = [point.value(node) for point, node in zip(points, pair, strict=True)]
            bound = _value_bound(points[0], pair[0])
            self._compare(case, f"`{name}`", (name, ""), values, bound, place, exact)
            for wrt in self.inputs:
                gradients = [_gradient(point, node, wrt) for point, node in zip(points, pair, strict=True)]
                bound = _bound(points[0], pair[0], wrt)
                self._compare(case, f"∂{name}/∂{wrt}", (name, wrt), gradients, bound, place, exact)
            cases.append(case)
        return cases

    def _compare(
        self,
        case: Case,
        what: str,
        key: tuple[str, str],
        found: list[Checked],
        bound: float,
        place: Mapping[str, float],
        exact: dict[tuple[str, str], Any],
    ) -> None:
        old, new = (known.number for known in found)
        if old != old and new != new:
            return
        if old == new or abs(old - new) <= self._tolerance(old, new) < inf:
            case.agree(digits_agreed(new, old, bound))
            return
        if not exact:
            exact.update(self._exactly(place))
        first, second = exact[key]
        tolerance = self._tolerance(first, second) + SWEEP_ROUNDING * bound
        spans = tuple(graph.span(pair) for graph, pair in zip(self.graphs, self.outputs[key[0]], strict=True))
        failure = Failure(
            f"{what} has changed", spans, old, new, float(self._tolerance(old, new)), sides=("old", "new")
        )
        if not abs(first - second) <= tolerance < inf:
            case.failures.append(failure)
        elif abs(new - second) <= max(tolerance, 16 * abs(old - first)):
            case.agree(digits_agreed(new, old, bound))
            case.note(ROUNDED)
        else:
            note = "both compute the same in 60 digits, but the new program loses in doubles what the old one keeps"
            case.failures.append(failure._replace(message=f"{what} has lost digits", notes=(note,)))

    def _tolerance(self, first: Any, second: Any) -> Any:
        return self.settings.atol + self.settings.rtol * max(abs(first), abs(second))

    def _exactly(self, place: Mapping[str, float]) -> dict[tuple[str, str], Any]:
        """Compute values and derivatives of both programs in high precision, by output and input."""
        algebra = high_precision(DIGITS, decimal=True)
        nothing = algebra.number(0, "")
        numbers: list[dict[tuple[str, str], Any]] = []
        for at, graph in enumerate(self.graphs):
            evaluation = evaluate(graph, _its_own(graph, place), algebra=algebra)
            its: dict[tuple[str, str], Any] = {}
            for name, pair in self.outputs.items():
                its[name, ""] = evaluation.values[pair[at]]
                adjoints = sweep_reverse(evaluation, {pair[at]: algebra.number(1, "")})
                for wrt in self.inputs:
                    adjoint = adjoints[graph.nodes[wrt]] if wrt in graph.nodes else None
                    its[name, wrt] = nothing if adjoint is None else adjoint
            numbers.append(its)
        return {key: (numbers[0][key], numbers[1][key]) for key in numbers[0]}


def _its_own(graph: Graph, place: Mapping[str, float]) -> dict[str, float]:
    return {name: number for name, number in place.items() if name in graph.nodes}


def _gradient(point: Point, output: int, wrt: str) -> Checked:
    return point.gradient(output, point.graph.nodes[wrt]) if wrt in point.graph.nodes else Checked(0.0)


def _bound(point: Point, output: int, wrt: str) -> float:
    return point.bound(output, point.graph.nodes[wrt]) if wrt in point.graph.nodes else 0.0


def _value_bound(point: Point, output: int) -> float:
    """Add up |gradient · value| over the nodes: the effect of one rounding at each on an output, in roundings."""
    values = point.evaluation.values
    total: float = sum(
        size
        for node in range(output + 1)
        if values[node] and (size := point.bound(output, node) * abs(values[node])) < float("inf")
    )
    return total
