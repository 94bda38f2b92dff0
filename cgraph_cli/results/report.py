"""Reports: the numbers that answer a request to a program at a point, for every output format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import inf, nan
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.graph import CONSTANT, INPUT, LEAVES, Graph
from cgraph_cli.core.reach import split_gradient
from cgraph_cli.evaluation.sweeps import Evaluation, evaluate, restrict, sweep_forward, sweep_reverse
from cgraph_cli.results.request import Asked, Request, find_asked
from cgraph_cli.trust.assessment import Assessment, Corrections
from cgraph_cli.trust.verdicts import OK, Checked, Status, Verdict

if TYPE_CHECKING:
    from cgraph_cli.results.precise import Precise

Stage = Callable[[str], Callable[[int, int], None]]
"""A function that names a stretch of work, and gives the callback for its progress."""

_EPSILON = 2.0**-52


class Column:
    """A column of derivatives: `values[node]`, None where there is no dependence.

    `label` is the output's (in reverse), the input's (forward) or the direction's. `heading` names the derivative in
    the column, of or with respect to `node`. `verdicts` are those of its numbers that are not ok.
    """

    __slots__ = ("heading", "label", "values", "verdicts")

    def __init__(self, label: str, heading: str, values: Any, verdicts: dict[int, Verdict] | None = None) -> None:
        self.label = label
        self.heading = heading
        self.values = values
        self.verdicts = verdicts or {}

    def correct(self, corrections: Corrections) -> None:
        """Take over the corrections of the column."""
        for node, number in corrections.numbers.items():
            self.values[node] = number
        self.verdicts = corrections.verdicts

    def verdict(self, node: int) -> Verdict:
        """Give the verdict of the derivative at a node."""
        return self.verdicts.get(node, OK)

    def at(self, node: int) -> Any:
        """Give the derivative at a node; where there is no dependence it is 0."""
        value = self.values[node]
        return 0.0 if value is None else value

    def of(self, nodes: Sequence[int]) -> list[Any]:
        """Give the derivatives at some nodes."""
        return [self.at(node) for node in nodes]

    def checked(self, node: int) -> Checked:
        """Give the derivative at a node with its verdict."""
        return Checked(self.at(node), self.verdict(node))


class Disagreement:
    """A derivative whose forward and reverse results differ."""

    __slots__ = ("forward", "output", "reverse", "wrt")

    def __init__(self, output: int, wrt: int, reverse: Any, forward: Any) -> None:
        self.output = output
        self.wrt = wrt
        self.reverse = reverse
        self.forward = forward


class Report:
    """Values and derivatives of a graph at a point.

    `outputs` and `wrt` are nodes. `gradients` are the columns of the reverse sweeps, one an output; `tangents` those
    of the forward sweeps, one a node of `wrt`, or one for the direction. `asked` holds the nodes whose gradients
    were asked for by name, or is None for all. `uncertainties` are those of the nodes' values, where inputs have one;
    `measured` are the uncertain inputs, and their correlations.
    """

    def __init__(self, evaluation: Evaluation, request: Request, asked: Asked, precise: Precise | None = None) -> None:
        graph = evaluation.graph
        self.precise = precise
        self.graph = graph
        self.evaluation = evaluation
        self.request = request
        self.constants = graph.constant_nodes()
        self.outputs, self.wrt, self.asked, self.direction = asked
        self.gradients: list[Column] = []
        self.tangents: list[Column] = []
        self.uncertainties: list[float] | None = None
        self.measured: tuple[Mapping[str, float], Sequence[tuple[str, str, float]]] = {}, ()
        checked = request.arithmetic == "checked" and request.precision is None
        self.assessment = self._assess(evaluation) if checked else None

    def _assess(self, evaluation: Evaluation) -> Assessment | None:
        """Judge the numbers of the evaluation."""
        only = self.outputs if self.request.outputs_only else None
        work = None if self.request.budget is None else self.request.budget.part()
        return Assessment(evaluation, only, work=work)

    @property
    def values(self) -> list[Any]:
        """The values of all nodes."""
        known = self.precise or self.assessment or self.evaluation
        return known.values

    @property
    def partials(self) -> Sequence[Any]:
        """The local partials by edge, None where there is no dependence; balls where numbers are precise."""
        known = self.precise or self.assessment or self.evaluation
        return known.partials

    @property
    def corrected(self) -> Evaluation:
        """The evaluation with its numbers as they are shown."""
        return Evaluation(self.graph, self.evaluation.algebra, self.values, list(self.partials))

    @property
    def verdicts(self) -> Mapping[int, Verdict]:
        """The verdicts other than ok of the values."""
        known = self.precise or self.assessment
        return known.verdicts if known else {}

    def verdict(self, node: int) -> Verdict:
        """Give the verdict of a node's value."""
        return self.verdicts.get(node, OK)

    def checked(self, node: int) -> Checked:
        """Give a node's value with its verdict."""
        return Checked(self.values[node], self.verdict(node))

    def columns(self) -> list[Column]:
        """List the columns of derivatives, those of the reverse sweeps first."""
        return [*self.gradients, *self.tangents]

    @property
    def is_certified(self) -> bool:
        """True where every digit is bounded: neither for raw doubles, nor for a program too large for the bounds."""
        return self.assessment is not None and self.assessment.is_certified

    def is_ok(self) -> bool:
        """Tell whether every shown number is ok."""
        told = [self.verdicts, *(column.verdicts for column in self.columns())]
        return all(self.graph.hidden.issuperset(verdicts) for verdicts in told)

    def count_unknown(self) -> int:
        """Count the shown numbers that are unknown."""
        told = [self.verdicts, *(column.verdicts for column in self.columns())]
        return sum(
            verdict.status == Status.UNKNOWN and node not in self.graph.hidden
            for verdicts in told
            for node, verdict in verdicts.items()
        )

    @property
    def is_cut_short(self) -> bool:
        """True where some numbers were not examined, as the bound on work was reached."""
        if self.precise is not None:
            return self.precise.is_cut_short
        return self.assessment is not None and self.assessment.skipped > 0

    def kind(self, node: int) -> str:
        """Give `input`, `constant`, `intermediate` or `output`; the first two have priority over the last."""
        return self.kinds((node,))[0]

    def kinds(self, nodes: Sequence[int]) -> list[str]:
        """List the kinds of some nodes; the elements of an array whose sum is an output are outputs."""
        operations, outputs, arrays = self.graph.operations, set(self.outputs), self.graph.arrays
        if arrays is not None:
            for output in outputs.intersection(arrays.summed):
                outputs.update(arrays.nodes(arrays.summed[output]))
        kinds = [
            INPUT if operations[node] == INPUT else "output" if node in outputs else "intermediate" for node in nodes
        ]
        if self.constants:
            kinds = [CONSTANT if n in self.constants else kind for n, kind in zip(nodes, kinds, strict=True)]
        return kinds

    def rows(self, named: bool = False) -> Iterator[int]:
        """List the shown nodes: the inputs, the constants with a name, and the rest in order."""
        graph = self.graph
        inner = (node for node, operation in enumerate(graph.operations) if operation not in LEAVES)
        if graph.hidden:
            inner = (node for node in inner if node not in graph.hidden)
        if named:
            inner = (node for node in inner if graph.names[node] is not None or node in self.outputs)
        if not self.constants:
            return chain(graph.inputs(), inner)
        constants = (node for node in sorted(self.constants) if graph.names[node] is not None)
        return chain(graph.inputs(), constants, (node for node in inner if node not in self.constants))

    def shows_gradient(self, node: int) -> bool:
        """Tell whether a node has a requested gradient, and is no constant."""
        return (self.asked is None or node in self.asked) and node not in self.constants

    def shows_any_gradient(self, nodes: Sequence[int]) -> bool:
        """Tell whether any of some nodes has a requested gradient."""
        return any(map(self.shows_gradient, nodes))

    def gradient(self, output: int, wrt: int) -> Any:
        """Give the derivative of an output with respect to a node, from either sweep; None where there is none."""
        found = self.checked_gradient(output, wrt)
        return None if found is None else found.number

    def values_of(self, nodes: Sequence[int]) -> list[Any]:
        """Give the values of some nodes."""
        return [self.values[node] for node in nodes]

    def gradients_of(self, output: int, nodes: Sequence[int]) -> list[Any]:
        """Give the derivatives of an output with respect to some nodes, None where there is none."""
        return [self.gradient(output, node) for node in nodes]

    def checked_gradient(self, output: int, wrt: int) -> Checked | None:
        """Give the same derivative with its verdict."""
        position = self.outputs.index(output)
        if self.gradients and self.shows_gradient(wrt):
            return self.gradients[position].checked(wrt)
        if self.tangents and not self.request.direction and wrt in self.wrt:
            return self.tangents[self.wrt.index(wrt)].checked(output)
        return None

    def error(self, node: int) -> float:
        """Bound the error of a node's value in doubles; inf where there is no bound, nan where none was asked for."""
        bounds = None if self.assessment is None else self.assessment.bounds
        return nan if bounds is None else float(bounds.values[node])

    def condition(self, output: int, node: int) -> float:
        """Give the condition number |x·∂y/∂x / y| of an output y in a node x: the growth of a relative error."""
        value, derivative = self.values[output], self.gradient(output, node)
        if derivative is None or not value:
            return nan
        from cgraph_cli.trust.problem_condition import condition_of

        return condition_of(float(value), float(derivative), float(self.values[node]))

    def edges(self) -> Iterator[tuple[int, int, Any]]:
        """List the shown edges, as (operand, node, partial), without those from constants."""
        graph = self.graph
        for node in range(len(graph)):
            if node not in graph.hidden and node not in self.constants:
                is_passed = graph.arrays is not None and not graph.hidden.isdisjoint(graph.operands_of(node))
                for operand, partial in self._past(node) if is_passed else self.local(node):
                    if graph.operations[operand] != CONSTANT and operand not in self.constants:
                        yield operand, node, partial

    def _past(self, node: int) -> Iterable[tuple[int, Any]]:
        """List the elements behind one, past the nodes inside an operation on arrays, each with the partial."""
        from cgraph_cli.results.array_edges import find_partials

        return sorted(find_partials(self, node, lambda end: end not in self.graph.hidden).items())

    def local(self, node: int) -> list[tuple[int, Any]]:
        """List a node's operands, each with the local partial, which is 0 where there is no dependence.

        The operands of a `grad(y, x)` are the nodes that its derivative depends on.
        """
        graph, partials = self.graph, self.partials
        if node in graph.gradients:
            local = list(self._behind(node))
        else:
            local = [
                (graph.operands[edge], partials[edge]) for edge in range(graph.starts[node], graph.starts[node + 1])
            ]
        if self.precise is not None:
            return [(operand, 0.0 if partial is None else self.precise.round(partial)) for operand, partial in local]
        return [(operand, 0.0 if partial is None else partial) for operand, partial in local]

    def _behind(self, node: int) -> Iterator[tuple[int, Any]]:
        """List the nodes that a gradient depends on, by a sweep in reverse over its hidden nodes."""
        graph = self.graph
        inside, ends = split_gradient(graph, node)
        adjoints: Mapping[int, Any] | Sequence[Any]
        if self.precise is not None:
            adjoints = self.precise.point.adjoints(node, 1.0, ends, inside)
        elif self.assessment is not None:
            adjoints = self.assessment.adjoints_within(node, inside, ends)
        else:
            adjoints = sweep_reverse(restrict(self.evaluation, inside), {node: 1.0})
        for end in ends:
            if graph.operations[end] != CONSTANT:
                yield end, adjoints[end]

    def is_finite(self) -> bool:
        """Tell whether every requested number is finite and known: the outputs' values, and their derivatives."""
        if not all(self.checked(output).is_finite for output in self.outputs):
            return False
        if self.request.direction:
            return all(column.checked(output).is_finite for column in self.tangents for output in self.outputs)
        derivatives = (self.checked_gradient(output, node) for output in self.outputs for node in self.wrt)
        return all(derivative is None or derivative.is_finite for derivative in derivatives)

    def disagreements(self) -> list[Disagreement]:
        """Find where forward and reverse differ by more than rounding explains.

        The two add and multiply the same numbers in another order. So each is off by at most about one part in 2⁵² an
        edge of the sum of the absolute products over all paths, which one more sweep computes.
        """
        if self.precise is not None:
            return list(self._precise_disagreements(self.precise))
        graph, found = self.graph, []
        sizes = [None if partial is None else abs(partial) for partial in self.evaluation.partials]
        sized = Evaluation(graph, self.evaluation.algebra, self.values, sizes)
        unit = _EPSILON * (16 + len(graph.operands))
        for output, column in zip(self.outputs, self.gradients, strict=True):
            seed = self.request.seeds.get(column.label, 1.0)
            bounds = sweep_reverse(sized, {output: abs(seed)})
            pairs = [(node, column.at(node), seed * self._forward(output, node), bounds[node]) for node in self.wrt]
            if self.request.direction:
                reverse = sum(column.at(node) * step for node, step in self.direction.items())
                bound = sum((bounds[node] or 0.0) * abs(step) for node, step in self.direction.items())
                pairs = [(self.wrt[0], reverse, seed * self.tangents[0].at(output), bound)]
            for node, reverse, forward, bound in pairs:
                same = reverse == forward or (reverse != reverse and forward != forward)
                near = abs(reverse - forward) <= _EPSILON * abs(reverse)  # both have high precision
                if not same and not near and not abs(reverse - forward) <= unit * (bound or 0.0) < inf:
                    found.append(Disagreement(output, node, reverse, forward))
        return found

    def _precise_disagreements(self, precise: Precise) -> Iterator[Disagreement]:
        """Find where forward and reverse differ in their certain digits."""
        direction = self.direction
        for output, column in zip(self.outputs, self.gradients, strict=True):
            seed = precise.exactly(self.request.seeds.get(column.label, 1.0))
            if direction:
                terms = [precise.exactly(column.at(node)) * precise.exactly(x) for node, x in direction.items()]
                pairs = [(self.wrt[0], sum(terms, precise.exactly(0.0)), precise.exactly(self.tangents[0].at(output)))]
            else:
                forward = [precise.exactly(self._forward(output, node)) for node in self.wrt]
                reverse = [precise.exactly(column.at(node)) for node in self.wrt]
                pairs = list(zip(self.wrt, reverse, forward, strict=True))
            for node, first, second in pairs:
                if not precise.are_same(first, seed * second):
                    yield Disagreement(output, node, precise.round(first), precise.round(seed * second))

    def _forward(self, output: int, node: int) -> Any:
        return 0.0 if self.request.direction else self.tangents[self.wrt.index(node)].at(output)


def show_step(step: Any) -> str:
    """Write a component of a direction, a number or an array."""
    return f"{step:.6g}" if isinstance(step, float) else str(step.map(lambda x: float(f"{x:.6g}")).nested())


def report(graph: Graph, inputs: Mapping[str, float], request: Request, stage: Stage | None = None) -> Report:
    """Evaluate a graph and sweep it as requested.

    Raises `InputError` for inputs that are missing, unknown or computed, and `RequestError` for nodes that the program
    lacks.
    """
    begin = stage or (lambda _: lambda done, total: None)
    asked = find_asked(graph, request)
    answer = _evaluated(graph, inputs, request, asked, begin)
    labels = graph.labels()
    if request.mode != "forward":
        for output in answer.outputs:
            label = labels[output]
            seed = request.seeds.get(label, 1.0)
            factor = "" if seed == 1 else f"{seed:.6g}·"
            progress = begin(f"gradient of {label}")
            heading = f"{factor}∂{label}/∂node"
            label = label if graph.arrays is None else graph.arrays.summed.get(output, label)
            if answer.precise:
                answer.gradients.append(Column(label, heading, *answer.precise.adjoints(output, seed)))
                continue
            adjoints = sweep_reverse(answer.evaluation, {output: seed}, progress=progress)
            column = Column(label, heading, adjoints)
            if answer.assessment:
                rows = answer.rows()
                is_whole = answer.asked is None and not answer.constants
                nodes = rows if is_whole else (node for node in rows if answer.shows_gradient(node))
                column.correct(answer.assessment.correct_adjoints(output, seed, adjoints, nodes))
            answer.gradients.append(column)
    if request.direction:
        name = ",".join(f"{label}={show_step(step)}" for label, step in request.direction.items())
        answer.tangents.append(_tangent(answer, asked.direction, name, f"tangent ({name})", begin("tangent")))
    elif request.mode != "reverse":
        for node in answer.wrt:
            label = labels[node]
            column = _tangent(answer, {node: 1.0}, label, f"∂node/∂{label}", begin(f"tangent of {label}"))
            answer.tangents.append(column)
    if graph.arrays is not None and not answer.is_ok():
        from cgraph_cli.results.conditioning import mark_singular

        mark_singular(answer)
    return answer


def _evaluated(
    graph: Graph,
    inputs: Mapping[str, Any],
    request: Request,
    asked: Asked,
    begin: Callable[[str], Callable[[int, int], None]],
) -> Report:
    progress = begin("evaluating")
    if request.precision is None:
        return Report(evaluate(graph, inputs, progress=progress), request, asked)
    from cgraph_cli.results.precise import Precise

    precise = Precise(graph, inputs, request.precision)
    return Report(precise.evaluation(), request, asked, precise)


def _tangent(
    answer: Report, direction: Mapping[int, float], label: str, heading: str, progress: Callable[[int, int], None]
) -> Column:
    if answer.precise:
        return Column(label, heading, *answer.precise.tangents(direction))
    tangents = sweep_forward(answer.evaluation, direction, progress=progress)
    column = Column(label, heading, tangents)
    if answer.assessment:
        nodes: Iterable[int] = answer.outputs
        if not answer.request.outputs_only:
            nodes = dict.fromkeys([*answer.rows(), *answer.outputs])  # the sum of an array is no row
        column.correct(answer.assessment.correct_tangents(direction, tangents, nodes))
    return column
