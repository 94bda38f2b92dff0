"""Kinks, jumps and poles of an output beside the estimate, which spoil linear propagation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import hypot
from random import Random

from cgraph_cli.core.graph import Graph
from cgraph_cli.results.over_ranges.samples import Break, Explorer
from cgraph_cli.results.uncertainty.propagation import Budgets, Contribution
from cgraph_cli.trust.probe import Probe
from cgraph_cli.trust.verdicts import Status

REACH = 2.0
"""The standard uncertainties from the estimate within which a kink or a jump of an output is a reason."""

REACH_OF_POLES = 5.0
"""The standard uncertainties within which a pole is a reason: it acts from further off."""

MOST_WORK = 1_000_000
"""The most evaluations of a node in the search for breaks of an output: a second or two."""

_SAMPLE = 100
"""A sample's work besides the evaluation of its nodes, in evaluations of a node."""

_POINTS = 81
"""The first points of a range."""

_DIRECTIONS = 24
"""The directions to search where no input alone leads to a break."""

_SHOWN = 3
"""The most inputs of a direction that a message names."""

NOUNS = {Status.KINK: "kink", Status.JUMP: "jump", Status.POLE: "pole", Status.UNDEFINED: "missing derivative"}


class _Looks:
    """A bound on the samples of a search."""

    def __init__(self, most: int) -> None:
        self.left = most

    @property
    def is_spent(self) -> bool:
        """Tell whether no sample is left."""
        return self.left <= 0


def find_breaks(budgets: Budgets, at: int, inputs: Mapping[str, float]) -> Iterator[str]:
    """Describe the breaks of an output, by its position, within a few standard uncertainties of its inputs.

    Each input moves alone; if that finds nothing, all move together, in the steepest direction and in random ones.
    """
    graph, output = budgets.report.graph, budgets.report.outputs[at]
    moving = [each for each in budgets.budgets[at].contributions if each.number.u]
    moving.sort(key=lambda each: -abs(each.amount))
    budget = _Looks(MOST_WORK // (len(graph) + _SAMPLE))
    is_found = False
    for each in moving:
        if budget.is_spent:
            return
        number = each.number
        for found in _explore(graph, inputs, each.label, float(number), number.u, output, budget):
            is_found = True
            away = abs(found.x - number) / number.u
            yield f"a {NOUNS[found.kind]} at {each.label} = {found.x:.6g}, {_away(away)}"
    if is_found or len(moving) < 2:
        return
    for direction in islice(_directions(moving), _DIRECTIONS):
        if budget.is_spent:
            return
        line, end = _line(graph, inputs, moving, direction, output)
        for found in _explore(line, {}, "t", 0.0, 1.0, end, budget):
            chosen = sorted(zip(moving, direction, strict=True), key=lambda pair: -abs(pair[1]))[:_SHOWN]
            point = ", ".join(f"{each.label} = {each.number + found.x * z * each.number.u:.3g}" for each, z in chosen)
            yield f"a {NOUNS[found.kind]} at {point}, {_away(abs(found.x))}"
            return


def _away(distance: float) -> str:
    return f"{distance:.2g} standard uncertainties from the estimate"


def _directions(moving: Sequence[Contribution]) -> Iterator[list[float]]:
    """Give directions of unit length, in standard uncertainties of the inputs."""
    if any(each.amount for each in moving):
        yield _unit([each.amount for each in moving])
    generator = Random(1)
    while True:
        yield _unit([generator.gauss(0.0, 1.0) for _ in moving])


def _unit(vector: Sequence[float]) -> list[float]:
    size = hypot(*vector)
    return [part / size for part in vector]


def _line(
    graph: Graph, inputs: Mapping[str, float], moving: Sequence[Contribution], direction: Sequence[float], output: int
) -> tuple[Graph, int]:
    """Make the graph with one input `t` that takes the inputs along a direction; gives the output's node there."""
    line = Graph(graph.source, graph.max_nodes + 4 * len(moving) + 1)
    t = line.append_input("t", 0)
    step = {each.label: each.number.u * part for each, part in zip(moving, direction, strict=True)}
    arguments = {}
    for node in graph.inputs():
        name = graph.names[node] or ""
        default = graph.numbers[node]
        number = float(inputs[name] if name in inputs or default is None else default)
        place = line.append_constant(number, 0)
        if name in step:
            place = line.append("+", (place, line.append("*", (t, line.append_constant(step[name], 0)), 0)), 0)
        arguments[node] = place
    end = line.inline(graph, arguments)[output]
    line.output = end
    return line, end


def _explore(
    graph: Graph, inputs: Mapping[str, float], name: str, centre: float, u: float, output: int, budget: _Looks
) -> Iterator[Break]:
    """Find the breaks within reach of the estimate, except at the estimate itself."""
    half = (_POINTS - 1) // 2
    explorer = Explorer(Probe(graph, inputs, [output], [graph.find(name)]), name)
    explorer.explore(
        [centre + REACH_OF_POLES * u * (at - half) / half for at in range(_POINTS)], lambda done, total: None
    )
    budget.left -= explorer.looks
    for found in explorer.breaks_of(0):
        if 0 < abs(found.x - centre) / u <= (REACH_OF_POLES if found.kind == Status.POLE else REACH):
            yield found
