"""Points: what is known of a program at one of them, and random ones to try it at."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from cgraph_cli.errors import RequestError, name_list
from cgraph_cli.graph import Graph
from cgraph_cli.statuses import OK, Assessment, Verdict
from cgraph_cli.sweeps import Evaluation, check_inputs, check_settable, evaluate, sweep_forward, sweep_reverse

DEFAULT_RANGE = (-2.0, 2.0)
"""Where a sampled input lies, when nobody says otherwise."""


class Known(NamedTuple):
    """A value or a derivative, as corrected, and what is known of it."""

    number: float
    verdict: Verdict = OK


def _number(derivative: float | None) -> float:
    """A derivative, which is 0 where there is no dependence at all."""
    return 0.0 if derivative is None else derivative


class Point:
    """A program at a point: values and derivatives as people are shown them, each found when it is first
    asked for."""

    def __init__(self, graph: Graph, inputs: Mapping[str, float]) -> None:
        self.graph = graph
        self.inputs = {graph.names[node] or "": x for node, x in check_inputs(graph, inputs).items()}
        self.evaluation = evaluate(graph, inputs)
        self.assessment = Assessment(self.evaluation)
        self._gradients: dict[int, dict[int, Known]] = {}
        self._adjoints: dict[int, list[float | None]] = {}
        self._tangents: dict[int, list[float | None]] = {}
        self._bounds: dict[int, list[float | None]] = {}

    def value(self, node: int) -> Known:
        """A node's value."""
        return Known(self.assessment.values[node], self.assessment.verdicts.get(node, OK))

    def gradient(self, output: int, node: int) -> Known:
        """The derivative of an output with respect to a node, by a sweep in reverse."""
        known = self._gradients.setdefault(output, {})
        if node not in known:
            nodes = [node] if known else list(dict.fromkeys((node, *self.graph.inputs())))
            if output not in self._adjoints:
                self._adjoints[output] = sweep_reverse(self.evaluation, {output: 1.0})
            adjoints = self._adjoints[output]
            found = self.assessment.reverse(output, 1.0, adjoints, iter(nodes))
            for other in nodes:
                number = found.numbers.get(other, _number(adjoints[other]))
                known[other] = Known(number, found.verdicts.get(other, OK))
        return known[node]

    def tangent(self, output: int, node: int) -> Known:
        """The same derivative by a sweep forward."""
        if node not in self._tangents:
            self._tangents = {node: sweep_forward(self.evaluation, {node: 1.0})}  # one column at a time
        tangents = self._tangents[node]
        found = self.assessment.forward({node: 1.0}, tangents, iter([output]))
        return Known(found.numbers.get(output, _number(tangents[output])), found.verdicts.get(output, OK))

    def bound(self, output: int, node: int) -> float:
        """The sum over all paths from a node to an output of the absolute products of local partials.

        A sweep adds these products up, so its rounding errors are in proportion to this sum and not to the
        derivative, which can be far smaller. 0 where the sum is not finite.
        """
        if output not in self._bounds:
            sizes = [None if partial is None else abs(partial) for partial in self.evaluation.partials]
            sized = Evaluation(self.graph, self.evaluation.algebra, self.evaluation.values, sizes)
            self._bounds[output] = sweep_reverse(sized, {output: 1.0})
        bound = self._bounds[output][node] or 0.0
        return bound if isfinite(bound) else 0.0

    def is_defined(self, outputs: Sequence[int]) -> bool:
        """Whether the outputs have finite values here."""
        return all(isfinite(self.assessment.values[output]) for output in outputs)


class Sampling(NamedTuple):
    """How random points are chosen: how many (`samples`), where, and from which seed."""

    samples: int
    ranges: Mapping[str, tuple[float, float]]
    seed: int = 1

    def points(self, names: Sequence[str], fixed: Mapping[str, float]) -> Iterator[dict[str, float]]:
        """Values for the inputs `names`: those in `fixed` as they are, the rest at random."""
        chance = random.Random(self.seed)
        for _ in range(self.samples):
            yield {
                name: fixed[name] if name in fixed else chance.uniform(*self.ranges.get(name, DEFAULT_RANGE))
                for name in names
            }


def input_names(graphs: Sequence[Graph]) -> list[str]:
    """The inputs of some programs by name, in order of their first use."""
    return list(dict.fromkeys(graph.names[node] or "" for graph in graphs for node in graph.inputs()))


def check_ranges(graphs: Sequence[Graph], sampling: Sampling, fixed: Mapping[str, float]) -> None:
    """Raise `CgraphError` for a range of what is no input of any of the programs, or is set to one number."""
    known = input_names(graphs)
    for name in sampling.ranges:
        if name not in known:
            check_settable(graphs[0], name)
        if name in fixed:
            raise RequestError(
                f"`{name}` has both a number and a range", help=f"leave out `--{name}` or `--range {name}=…`"
            )
    if not [name for name in known if name not in fixed] and sampling.samples > 1:
        what = f"the inputs are all set: {name_list(known)}" if known else "the program has no inputs"
        raise RequestError(f"`--samples` has nothing to choose, as {what}", help="leave `--samples` out")
