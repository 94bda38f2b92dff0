"""The elements of the arrays of a graph, and what is known of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from math import prod
from typing import Any, Protocol

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.reach import descendants
from cgraph_cli.evaluation.arrays.algebra import fill
from cgraph_cli.evaluation.arrays.derivatives import Array
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.array_standings import Standings
from cgraph_cli.trust.verdicts import OK, Checked, Status, Verdict


class Elements(Sequence[float]):
    """The elements of all arrays of a graph, one after another; 0 where there is no dependence.

    Their numbers begin behind those of the nodes, and a node's is its whole array. `starts` has the number of the first
    element of each node.
    """

    def __init__(self, graph: ArrayGraph, arrays: Sequence[Any]) -> None:
        self.graph = graph
        self.arrays = arrays
        self.starts = list(accumulate(map(prod, graph.shapes), initial=len(graph)))
        self._start = 0
        self._items: Any = ()  # the elements of the last requested array

    def __len__(self) -> int:
        return self.starts[-1]

    def __getitem__(self, at: Any) -> Any:
        if at < len(self.graph):
            whole = self.array(at)
            return whole if self.graph.shapes[at] else float(whole)
        if not self._start <= at < self._start + len(self._items):
            node = self.node(at)
            self._start, self._items = self.starts[node], self.array(node).ravel()
        return float(self._items[at - self._start])

    def pick(self, numbers: Sequence[int]) -> list[float]:
        """Give some elements, at once where they are of one array."""
        if not numbers:
            return []
        node = self.node(numbers[0])
        start, end = self.starts[node], self.starts[node + 1]
        places = np.asarray(numbers) - start
        if places.min() < 0 or places.max() >= end - start:
            return [self[number] for number in numbers]
        found: list[float] = self.array(node).ravel()[places].tolist()
        return found

    def node(self, at: int) -> int:
        """Find the node of an element; a node is its own."""
        return at if at < len(self.graph) else bisect_right(self.starts, at) - 1

    def verdict(self, verdicts: Mapping[int, Verdict], at: int) -> Verdict:
        """Find the verdict of an element; of a node, the first of its elements' that is not ok."""
        if at < len(self.graph) and verdicts:
            return next((verdicts[number] for number in self.numbers(at) if number in verdicts), OK)
        return verdicts.get(at, OK)

    def array(self, node: int) -> Any:
        """Give the array of a node."""
        return fill(self.arrays[node], self.graph.shapes[node])

    def numbers(self, node: int) -> range:
        """Number the elements of a node among those of all."""
        return range(self.starts[node], self.starts[node + 1])

    def replaced(self, node: int, numbers: Mapping[int, float]) -> Any:
        """Give the array of a node with other numbers at some places."""
        found = np.array(self.array(node))
        found.flat[list(numbers)] = list(numbers.values())
        return found


Asked = Mapping[int, "Collection[int] | None"] | None
"""The nodes whose derivatives are asked for, with the numbers of the elements, None for all; None for all nodes."""


class Looking(Protocol):
    """A way to look into single elements in doubt, each by node and place; None where no look is to be had."""

    @property
    def is_over(self) -> bool:
        """True where no more elements are looked into."""

    def leave_out(self, node: int, lost: Array) -> None:
        """Leave out the elements of an array that are 0 in doubles alone: nothing that is made from one is known."""

    def value(self, known: Evaluation, node: int, at: int) -> Checked | None:
        """Look into a value; of the `known` evaluation, what is in doubt is nan."""

    def derivative(self, node: int, at: int, output: int, seed: Any) -> Checked | None:
        """Look into a derivative of the weighted sum of an output."""


class JudgedArrays:
    """The elements of an evaluation's arrays, as far as they are judged.

    `events` has for each node the elements at which a condition of the table holds, and `said` the first one's status.
    `returned` are the finite values that are made from some that are none. `verdicts` are those of the values that are
    not ok, by the number that an element has among those of all. `singular` are the nodes of a singular matrix, and
    `moving` those that depend on an input. The `looks` settle numbers in doubt.
    """

    def __init__(self, values: Elements, evaluation: Evaluation, looks: Looking | None = None) -> None:
        self.values = values
        self.graph = values.graph
        self.evaluation = evaluation
        self.looks = looks
        self.events: dict[int, Array] = {}
        self.said: dict[int, Status] = {}
        self.returned: dict[int, Array] = {}
        self.verdicts: dict[int, Verdict] = {}
        self.standings = Standings(evaluation)
        self.singular: list[int] = []
        self.moving = descendants(self.graph, list(self.graph.inputs()))


def number_at_kink(checked: Checked, before: float) -> float:
    """Choose the number of a derivative that was looked into: at a kink the convention of all ties, that of doubles."""
    sides = checked.verdict.sides
    return before if sides is not None and min(sides) <= before <= max(sides) else checked.number


def set_verdict(verdicts: dict[int, Verdict], number: int, verdict: Verdict) -> None:
    """Set a verdict among those that are not ok."""
    verdicts.pop(number, None)
    if verdict != OK:
        verdicts[number] = verdict
