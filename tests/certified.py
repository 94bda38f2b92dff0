"""Comparison of every number that cgraph shows for a program at a point with the reference in mpmath."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from cgraph_cli.core.errors import CgraphError
from cgraph_cli.core.graph import Graph
from cgraph_cli.results.matrices import hessian, jacobian
from cgraph_cli.results.report import Report, report
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.derivative_programs import derive
from cgraph_cli.symbolic.program import parse
from cgraph_cli.trust.verdicts import Cause, Checked
from tests.oracle import Truth, find_derivative, find_second_derivative, find_value
from tests.oracle.programs import Program

TOLERANCE = 1e-12
CERTAIN = ("ok", "recovered")
WAYS = ("reverse", "forward", "grad", "diff", "jacobian", "hessian")


class Shown(NamedTuple):
    """A number that cgraph shows: its source, its nodes, and its status.

    `is_told` says that cgraph tells that the number may be that of one side.
    """

    way: str
    of: str
    wrt: tuple[str, ...]
    number: float
    status: str
    is_told: bool = False


class Disagreement(NamedTuple):
    """A number shown as certain that is not the true one."""

    text: str
    point: Mapping[str, float]
    shown: Shown
    true: str

    def __str__(self) -> str:
        what = f"{self.shown.of}" + "".join(f" by {name}" for name in self.shown.wrt)
        point = ", ".join(f"{name} = {number!r}" for name, number in self.point.items())
        return (
            f"{self.text}  at {point}: {self.shown.way} {what} is {self.shown.number!r}, {self.shown.status}; "
            f"true: {self.true}"
        )


class Tally:
    """Counts of comparisons, and the disagreements."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.disagreements: list[Disagreement] = []

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
        statuses = ", ".join(f"{count} {status}" for status, count in self.statuses.most_common())
        return f"{counts}, {len(self.disagreements)} disagreements; statuses: {statuses}"


def matches(number: float, true: Truth) -> bool:
    """Tell whether a number is the true one to 1e-12 of itself; an exact 0 is 0."""
    if not true.is_number or number != number or abs(number) == float("inf"):
        return False
    return bool(abs(number - true.number) <= TOLERANCE * abs(true.number))


def show(program: Program, text: str, point: Mapping[str, float], way: str) -> list[Shown]:
    """List the numbers that cgraph shows of a program at a point from one source."""
    if way != "reverse" and not program.inputs:
        return []
    return list(_BY_WAY[way](program, parse(text), text, point))


def _named(program: Program, graph: Graph) -> dict[str, int]:
    """List the nodes with names, and the output, in cgraph's graph."""
    labels = {name: graph.nodes[name] for name in program.names if name in graph.nodes}
    return labels if graph.output in labels.values() else {**labels, "": graph.output}


def _shown(way: str, of: str, wrt: tuple[str, ...], checked: Checked) -> Shown:
    return Shown(way, of, wrt, checked.number, str(checked.verdict.status))


def _by_reverse(program: Program, graph: Graph, text: str, point: Mapping[str, float]) -> Iterator[Shown]:
    answer = report(graph, point, Request())
    for name, node in _named(program, graph).items():
        yield _shown("reverse", name, (), answer.checked(node))
        if node != graph.output:
            yield _shown("reverse", "", (name,), answer.gradients[0].checked(node))


def _by_forward(program: Program, graph: Graph, text: str, point: Mapping[str, float]) -> Iterator[Shown]:
    answer = report(graph, point, Request(mode="forward"))
    for column in answer.tangents:
        for name, node in _named(program, graph).items():
            if name != column.label:
                yield _shown("forward", name, (column.label,), column.checked(node))


def _by_grad(program: Program, graph: Graph, text: str, point: Mapping[str, float]) -> Iterator[Shown]:
    *before, last = text.split("; ")
    if program.output not in program.names.values():
        last = f"out = {last}"
    output = last.partition(" = ")[0]
    for name in program.inputs:
        asked = parse("; ".join((*before, last, f"slope = grad({output}, {name})")))
        answer = report(asked, point, Request())
        yield _shown("grad", "", (name,), answer.checked(asked.nodes["slope"]))


def _by_diff(program: Program, graph: Graph, text: str, point: Mapping[str, float]) -> Iterator[Shown]:
    wrt = [graph.nodes[name] for name in program.inputs]
    found = derive(graph, [graph.output], wrt)
    derivatives = found.entries[0].graph
    needed = {name: point[name] for name in program.inputs if name in derivatives.nodes}
    answer: Report = report(derivatives, needed, Request([e.name for e in found.entries]))
    causes = report(graph, point, Request()).assessment.causes.values()
    is_told = bool(found.meets) and any(cause in (Cause.KINKS, Cause.JUMPS) for cause in causes)
    for entry in found.entries:
        shown = _shown("diff", "", entry.wrt, answer.checked(entry.node))
        yield shown._replace(is_told=is_told)


def _by_jacobian(program: Program, graph: Graph, text: str, point: Mapping[str, float]) -> Iterator[Shown]:
    names = [name for name, node in _named(program, graph).items() if name and name not in program.inputs]
    matrix, _ = jacobian(graph, point, Request(names, mode=""))
    shown = {graph.labels()[graph.output]: "", **{name: name for name in names}}
    for row, entries in zip(matrix.rows, matrix.entries, strict=True):
        for column, entry in zip(matrix.columns, entries, strict=True):
            yield _shown("jacobian", shown[row], (column,), entry)


def _by_hessian(program: Program, graph: Graph, text: str, point: Mapping[str, float]) -> Iterator[Shown]:
    matrix = hessian(graph, point, Request())
    for row, entries in zip(matrix.rows, matrix.entries, strict=True):
        for column, entry in zip(matrix.columns, entries, strict=True):
            if row <= column:
                yield _shown("hessian", "", (row, column), entry)


_BY_WAY: Mapping[str, Callable[[Program, Graph, str, Mapping[str, float]], Iterator[Shown]]] = {
    "reverse": _by_reverse,
    "forward": _by_forward,
    "grad": _by_grad,
    "diff": _by_diff,
    "jacobian": _by_jacobian,
    "hessian": _by_hessian,
}


class _Truths:
    """True numbers of a program at a point, each found once."""

    def __init__(self, program: Program, point: Mapping[str, float]) -> None:
        self.program = program
        self.point = point
        self.known: dict[tuple[str, tuple[str, ...]], Truth] = {}

    @cached_property
    def _nodes(self) -> dict[str, int]:
        return {"": self.program.output, **self.program.names}

    def find(self, of: str, wrt: tuple[str, ...]) -> Truth:
        key = of, wrt
        if key not in self.known:
            nodes = [self._nodes[name] for name in (of, *wrt)]
            find = (find_value, find_derivative, find_second_derivative)[len(wrt)]
            self.known[key] = find(self.program, self.point, *nodes)
        return self.known[key]


def compare(program: Program, point: Mapping[str, float], tally: Tally, ways: Sequence[str] = WAYS) -> None:
    """Compare all numbers of a program that are shown as certain with the true ones.

    A formula of `diff` is that of the neighbouring points, and may miss a kink.
    """
    truths, text = _Truths(program, point), program.write()
    for way in ways:
        try:
            numbers = show(program, text, point, way)
        except CgraphError as error:
            tally.counts[f"refused by {way} ({error})"] += 1
            continue
        for shown in numbers:
            tally.statuses[shown.status] += 1
            if shown.status not in CERTAIN:
                continue
            true = truths.find(shown.of, shown.wrt)
            if true.kind == "unsure":
                tally.counts["unknown to the reference"] += 1
                continue
            tally.counts["numbers"] += 1
            if matches(shown.number, true):
                continue
            if shown.is_told:
                tally.counts["told to be of one side"] += 1
            elif true.is_number or way != "diff":
                said = true.digits() if true.is_number else f"none ({true.why})"
                tally.disagreements.append(Disagreement(text, point, shown, said))
