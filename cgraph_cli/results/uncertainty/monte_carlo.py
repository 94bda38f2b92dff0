"""The propagation of distributions by a Monte Carlo method (GUM Supplement 1, JCGM 101:2008), adaptive and seeded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, inf, sqrt
from typing import Any, NamedTuple

import numpy as np

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.reach import ancestors
from cgraph_cli.core.uncertain_number import DISTRIBUTIONS, UncertainNumber
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee
from cgraph_cli.results.uncertainty.correlations import Correlations

BLOCK = 10_000
"""The least draws of a block (7.9.4 of the Supplement); the number grows with the coverage probability."""

LEAST_BLOCKS = 8
"""The least number of blocks; the spread among them gives the standard errors."""

MOST_NUMBERS = 40_000_000
"""The most numbers of outputs that are kept."""


class Spread(NamedTuple):
    """The distribution of an output's draws.

    `low` and `high` end the probabilistically symmetric coverage interval, `shortest` is the shortest. `errors` are the
    standard errors of mean, u, low and high, from the blocks. `lost` is the part of the draws without a finite value,
    which are left out of all else.
    """

    mean: float
    u: float
    low: float
    high: float
    shortest: tuple[float, float]
    errors: tuple[float, float, float, float]
    lost: float


class Simulation(NamedTuple):
    """A Monte Carlo run: the spread of each output, and that of each output's linear approximation."""

    draws: int
    seed: int
    spreads: list[Spread]
    linear: list[Spread]


class Draws:
    """A source of random inputs: `block(size)` draws each uncertain input so many times."""

    def __init__(self, uncertain: Mapping[str, UncertainNumber], correlations: Correlations, seed: int) -> None:
        self.uncertain = uncertain
        self.seed = seed
        self._generator = np.random.default_rng(seed)
        groups = correlations.groups([name for name, number in uncertain.items() if number.u])
        self._groups = [(group, np.array(correlations.factor(group))) for group in groups]

    def block(self, size: int) -> dict[str, Any]:
        """Draw deviations from the estimates.

        Correlated inputs are jointly normal (6.4.8 of the Supplement), or jointly Student's where they have the same
        degrees of freedom.
        """
        deviations: dict[str, Any] = {}
        for group, factor in self._groups:
            if len(group) == 1:
                number = self.uncertain[group[0]]
                draw = DISTRIBUTIONS[number.distribution].draw
                deviations[group[0]] = number.spread * draw(self._generator, size, number.dof)
                continue
            joint = factor @ self._generator.standard_normal((len(group), size))
            dofs = {self.uncertain[name].dof for name in group if self.uncertain[name].distribution == "student"}
            if len(dofs) == 1 and all(self.uncertain[name].distribution == "student" for name in group):
                (dof,) = dofs
                joint = joint * np.sqrt(dof / self._generator.chisquare(dof, size))
            for name, row in zip(group, joint, strict=True):
                deviations[name] = self.uncertain[name].u * row
        return deviations


def block_size(level: float) -> int:
    """Count the draws of a block: some hundred fall outside of the interval (7.9.4 of the Supplement)."""
    return max(BLOCK, ceil(100 / (1 - level) - 1e-6))


def simulate(
    graph: Graph,
    inputs: Mapping[int, float],
    outputs: Sequence[int],
    draws: Draws,
    level: float,
    most: int,
    is_settled: Callable[[int, Spread], bool],
    slopes: Sequence[Mapping[str, float]],
    progress: Callable[[int, int], None],
) -> Simulation:
    """Draw blocks until `is_settled` holds for every output, by position; `most` draws at most.

    `slopes` are the sensitivities of each output: its linear approximation is drawn too, about the value at the
    estimates.
    """
    size = block_size(level)
    count = max(LEAST_BLOCKS, ceil(min(most, MOST_NUMBERS // (2 * len(outputs))) / size))
    plan = _EvaluationOrder(graph, outputs)
    centre = plan.values(inputs)
    values: list[list[Any]] = [[] for _ in outputs]
    lines: list[list[Any]] = [[] for _ in outputs]
    done, is_done = 0, False
    while not is_done:
        with ieee():
            deviations = draws.block(size)
            moved = {graph.nodes[name]: inputs[graph.nodes[name]] + each for name, each in deviations.items()}
            for at, found in enumerate(plan.values({**inputs, **moved})):
                values[at].append(np.broadcast_to(found, size))
                terms = (slope * deviations[name] for name, slope in slopes[at].items() if name in deviations)
                lines[at].append(np.broadcast_to(sum(terms, start=centre[at]), size))
        done += 1
        progress(done, count)
        if done >= LEAST_BLOCKS and (done & (done - 1) == 0 or done >= count):  # each test sorts all draws
            spreads = [_spread(blocks, level) for blocks in values]
            is_done = done >= count or all(is_settled(at, spread) for at, spread in enumerate(spreads))
    return Simulation(done * size, draws.seed, spreads, [_spread(blocks, level) for blocks in lines])


class _EvaluationOrder:
    """The nodes that some outputs depend on, each with the operands to free after it, their last user."""

    def __init__(self, graph: Graph, outputs: Sequence[int]) -> None:
        self.graph = graph
        self.outputs = outputs
        self.nodes = sorted(ancestors(graph, outputs))
        self.spent: dict[int, list[int]] = {}
        seen = set(outputs)
        for node in reversed(self.nodes):
            self.spent[node] = [operand for operand in {*graph.operands_of(node)} if operand not in seen]
            seen.update(self.spent[node])

    def values(self, inputs: Mapping[int, Any]) -> list[Any]:
        """Compute the outputs at arrays of inputs."""
        graph = self.graph
        values: dict[int, Any] = {}
        with ieee():
            for node in self.nodes:
                operation = graph.operations[node]
                if operation == INPUT:
                    values[node] = inputs[node]
                elif operation == CONSTANT:
                    values[node] = graph.constant(node)
                else:
                    values[node] = ARRAYS.function(operation)(*(values[operand] for operand in graph.operands_of(node)))
                for operand in self.spent[node]:
                    del values[operand]
        return [values[output] for output in self.outputs]


def _statistics(ordered: Any, level: float) -> tuple[float, float, float, float]:
    """Find mean, standard deviation and the ends of the symmetric interval of numbers in rising order."""
    count = len(ordered)
    if count < 2:
        return (inf, inf, -inf, inf)
    with ieee():
        return (float(ordered.mean()), float(ordered.std(ddof=1)), *symmetric(ordered, level))


def symmetric(ordered: Any, level: float) -> tuple[float, float]:
    """Find the ends of the probabilistically symmetric interval of numbers in rising order (7.7 of the Supplement)."""
    count = len(ordered)
    inside = min(count - 1, int(level * count + 0.5))
    first = (count - inside + 1) // 2
    return float(ordered[max(0, first - 1)]), float(ordered[min(count - 1, first - 1 + inside)])


def _shortest(ordered: Any, level: float) -> tuple[float, float]:
    """Find the ends of the shortest interval of numbers in rising order (7.7 of the Supplement)."""
    count = len(ordered)
    inside = min(count - 1, int(level * count + 0.5))
    with ieee():
        at = int(np.argmin(ordered[inside:] - ordered[: count - inside]))
    return float(ordered[at]), float(ordered[at + inside])


def _spread(blocks: Sequence[Any], level: float) -> Spread:
    numbers = np.concatenate(blocks)
    finite = numbers[np.isfinite(numbers)]
    lost = 1 - len(finite) / len(numbers)
    if len(finite) < 2:
        return Spread(inf, inf, -inf, inf, (-inf, inf), (inf, inf, inf, inf), lost)
    finite.sort()
    table = [_statistics(np.sort(block[np.isfinite(block)]), level) for block in blocks]
    with ieee():
        errors = np.std(np.array(table), axis=0, ddof=1) / sqrt(len(table))
    first, second, third, fourth = (float(error) if error == error else inf for error in errors)
    return Spread(*_statistics(finite, level), _shortest(finite, level), (first, second, third, fourth), lost)
