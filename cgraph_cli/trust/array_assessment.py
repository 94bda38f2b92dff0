"""Assessment of the numbers of a graph of arrays, element by element, by the conditions of the table of primitives.

It is for programs too large for the certification of their digits: doubles count as exact. An element where a condition
holds has that condition's status, and a derivative through it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import parts_of, split
from cgraph_cli.core.graph import LEAVES
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors, descendants
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill
from cgraph_cli.evaluation.arrays.derivatives import Array
from cgraph_cli.evaluation.arrays.sources import MOST_ROWS
from cgraph_cli.evaluation.sweeps import Evaluation, sweep_reverse
from cgraph_cli.trust.array_derivative_judge import DerivativeJudge, mark_poles
from cgraph_cli.trust.array_elements import Elements, JudgedArrays, Looking, set_verdict
from cgraph_cli.trust.array_events import ArrayEvents, is_of_matrix
from cgraph_cli.trust.array_standings import STATUS_OF_STANDING, Standing, find_standing
from cgraph_cli.trust.array_underflows import find_underflows
from cgraph_cli.trust.verdicts import OK, STATUS_OF, Cause, Checked, Status, Verdict

_SINGULAR = 4e15
"""A condition number past which doubles do not tell a matrix from a singular one."""

_MOST_ROUNDED = 100
"""The most poles of rounded operands in an array that are looked into."""


class ArrayAssessment(JudgedArrays):
    """The verdicts of the elements of an evaluation's arrays, and the judge of their `derivatives`.

    `conditions` are the condition numbers of the matrices that are solved with or inverted. Numbers in doubt that are
    settled are corrected, and so is what is computed from them.
    """

    is_certified = False

    def __init__(self, values: Elements, evaluation: Evaluation, looks: Looking | None = None) -> None:
        super().__init__(values, evaluation, looks)
        self.derivatives = DerivativeJudge(self)
        self._found = ArrayEvents(evaluation, self.moving, self.events)
        self.conditions = self._found.conditions
        self._hidden = Evaluation(self.graph, ARRAYS, list(evaluation.values), [])
        self._changed = set[int]()
        self._adjoints: tuple[int, list[Any]] = (-1, [])  # the last that were swept for
        for node in range(len(self.graph)):
            self._assess(node)
        if self.singular:
            mark_poles(self.values, self.verdicts, descendants(self.graph, self.singular))

    def _assess(self, node: int) -> None:
        graph, values = self.graph, self.evaluation.values
        shape, operands = graph.shapes[node], [values[operand] for operand in graph.operands_of(node)]
        if not self._changed.isdisjoint(graph.operands_of(node)):
            self._compute_again(node, operands)
        holds, outside = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        for cause, mask in self._found.causes(node, operands):
            fresh = np.broadcast_to(mask, shape) & ~holds
            if fresh.any():
                holds |= fresh
                self.said.setdefault(node, STATUS_OF[cause])
                if cause == Cause.DOMAIN:
                    outside = outside | fresh
        if outside.any() and np.isfinite(np.asarray(values[node])[outside]).any():
            values[node] = np.where(outside, nan, values[node])  # a convention of the doubles
            self._changed.add(node)
        row, endless = PRIMITIVES.get(graph.operations[node]), holds & ~np.isfinite(values[node])
        rounded = endless & self._rounded(node) if endless.any() else endless
        poles, outside = endless & np.isinf(values[node]) & ~rounded, outside & ~rounded
        for position in row.truths if row else ():  # where a condition changes, the other side counts, too
            operand = graph.operands_of(node)[position]
            if operand in self.events and operand in self.moving:
                holds = holds | np.broadcast_to(self.events[operand], shape)
                self.said.setdefault(node, self.said[operand])
        if _SINGULAR <= self.conditions.get(node, 0.0) < inf:
            holds, self.said[node] = np.ones(shape, dtype=bool), Status.UNKNOWN
        if holds.any():
            self.events[node] = holds
        if self.said.get(node) == Status.POLE and is_of_matrix(graph.operations[node]):
            self.singular.append(node)
        self._find_standings(node, holds, outside, poles, rounded)
        if rounded.any() and np.array_equal(rounded, holds):
            is_settled = not np.any(np.broadcast_to(self.standings.of(node), shape)[rounded])
            self.said[node] = Status.RECOVERED if is_settled else Status.UNKNOWN
        if node in graph.gradients:
            self._judge_gradient(node)
        self._hidden.values[node] = self.standings.hide(node)

    def _rounded(self, node: int) -> Array:
        """Tell where an operand is no number that it ever has: `exp(-1000)` is 0 in doubles alone."""
        graph, values = self.graph, self.evaluation.values
        found = np.zeros(graph.shapes[node], dtype=bool)
        for operand in graph.operands_of(node):
            found |= self.standings.of(operand) == Standing.TINY
            name, args = split(graph.operations[operand])
            is_inside = ARRAYS.condition(name, "range") if name in PRIMITIVES and not args else None
            if is_inside is not None and operand in self.moving:
                given = [values[each] for each in graph.operands_of(operand)]
                found |= (np.asarray(is_inside(values[operand], *given)) == 0) & np.isfinite(values[operand])
        return found

    def _find_standings(self, node: int, holds: Array, outside: Array, poles: Array, rounded: Array) -> None:
        """Find the standings of a node's values: from where they are infinite or nan, and from what they are made."""
        value, worst = self.values.array(node), self.standings.find_worst(node)
        operation, operands = self.graph.operations[node], self.graph.operands_of(node)
        given = [self.evaluation.values[operand] for operand in operands]
        finite, fresh = np.isfinite(value), find_underflows(operation, value, given)
        is_leaf, is_lost = operation in LEAVES, self.said.get(node) == Status.UNKNOWN
        if not np.any(worst) and finite.all() and not is_lost and not fresh.any():
            return
        worst = np.array(np.broadcast_to(worst, value.shape))
        tiny = self.standings.find_tiny(node, worst)
        worst[finite & (worst == Standing.TINY)] = Standing.FINE
        worst[finite & ((worst == Standing.ENDLESS) | self.standings.settle_overflow(node, worst))] = Standing.FINE
        infinite, missing, certain = np.isinf(value), np.isnan(value), outside & (worst == Standing.FINE)
        is_factored, is_summed = is_of_matrix(operation), self._is_summed(operation)
        if is_factored:
            certain = np.zeros(value.shape, dtype=bool)  # a zero or a limit of a factor may be lost with the others
        standings = np.zeros(value.shape, dtype=np.int8)
        standings[finite & (worst != Standing.FINE)] = Standing.UNKNOWN
        standings[finite & (worst == Standing.BY_LIMIT) & ~holds] = Standing.BY_LIMIT
        standings[finite & (worst == Standing.UNDEFINED)] = Standing.UNDEFINED
        np.maximum(standings, tiny, out=standings)
        fresh &= standings == Standing.FINE
        standings[fresh] = Standing.UNKNOWN
        if split(operation)[0] in PRIMITIVES:
            standings[fresh & (value == 0)] = Standing.TINY
        standings[infinite] = Standing.UNKNOWN
        if not is_summed:  # of a sum, other terms may bring it back
            standings[infinite & (worst <= Standing.BY_LIMIT)] = Standing.OVERFLOW
        standings[infinite & (worst == Standing.ENDLESS)] = Standing.ENDLESS
        standings[infinite & (poles | (worst == Standing.POLE))] = Standing.POLE
        standings[missing | rounded] = Standing.UNKNOWN
        standings[missing & (outside | (worst == Standing.UNDEFINED))] = Standing.UNDEFINED
        if is_leaf:
            standings[missing], standings[infinite] = Standing.UNDEFINED, Standing.ENDLESS
        elif is_lost:
            standings[finite] = Standing.UNKNOWN
        doubtful = (standings == Standing.UNKNOWN) | (standings == Standing.UNDEFINED)
        undefined = missing & (worst == Standing.UNDEFINED)
        settled = (worst == Standing.UNKNOWN) | undefined | (missing & certain)
        if undefined.any():
            settled &= ~(undefined & self.standings.find_annulled(node))
        if np.count_nonzero(rounded) > _MOST_ROUNDED:
            settled |= rounded
        self._tell(node, standings, is_leaf)
        is_too_large = is_factored and len(self.evaluation.values[self.graph.operands_of(node)[0]]) > MOST_ROWS
        if self.looks and not is_leaf and not is_lost and not is_too_large:
            self._settle(node, standings, np.flatnonzero(doubtful & ~settled))
        value = self.values.array(node)
        is_back = (worst > Standing.BY_LIMIT) | (tiny == Standing.UNKNOWN)
        returned = np.isfinite(value) & is_back  # perhaps by the look
        if returned.any():
            self.returned[node] = returned
        if ((standings == Standing.UNDEFINED) & np.isfinite(value)).any():
            self._replace(node, np.where(standings == Standing.UNDEFINED, nan, value))
        self.standings.set(node, standings)
        if self.looks and (lost := standings == Standing.TINY).any():
            self.looks.leave_out(node, lost)

    @staticmethod
    def _is_summed(operation: str) -> bool:
        """Tell whether an operation adds up several terms: more than two, or products."""
        name, _ = split(operation)
        return PRIMITIVES[name].pair == "+" if name in PRIMITIVES else True

    def _judge_gradient(self, node: int) -> None:
        """Judge a gradient of the program as the derivative that it is, whatever its formula gives."""
        (output, wrt), graph = self.graph.gradients[node], self.graph
        doubtful = {*self.events, *self.standings.nodes()}
        if parts_of(graph, wrt) or doubtful.isdisjoint(ancestors(graph, [output])):
            return
        seed, numbers = np.ones(graph.shapes[output]), self.values.numbers(wrt)
        if self._adjoints[0] != output:
            self._adjoints = output, sweep_reverse(self.evaluation, {output: seed})
        adjoints = list(self._adjoints[1])
        told = self.derivatives.correct_adjoints(output, seed, adjoints, {wrt: None})
        slopes = fill(adjoints[wrt], graph.shapes[wrt]).ravel()
        found = {at: Checked(float(slopes[at]), told[number]) for at, number in enumerate(numbers) if number in told}
        standings = np.array(np.broadcast_to(self.standings.of(node), graph.shapes[node]))
        self._take(node, standings, found)
        standings[standings == Standing.JUMP] = Standing.UNKNOWN  # looks know its formula, which is that of one side
        if not any(self.verdicts.get(at, OK).status == Status.LIMIT for at in self.values.numbers(output)):
            standings[standings == Standing.BY_LIMIT] = Standing.FINE
        self.standings.set(node, standings)
        self._hidden.values[node] = self.standings.hide(node)
        if found:
            events = np.zeros(graph.shapes[node], dtype=bool)
            events.flat[list(found)] = True
            self.events[node] = self.events.get(node, False) | events
            self.said.setdefault(node, next(iter(found.values())).verdict.status)

    def _tell(self, node: int, standings: Array, is_leaf: bool) -> None:
        start = self.values.starts[node]
        for standing, status in STATUS_OF_STANDING.items():
            if not is_leaf or standing == Standing.UNDEFINED:
                places = start + np.flatnonzero(standings == standing)
                self.verdicts.update(dict.fromkeys(places.tolist(), Verdict(status)))

    def _settle(self, node: int, standings: Array, places: Array) -> None:
        """Look into the values at some places of a node, and correct them."""
        assert self.looks is not None
        found = {}
        for at in places.tolist():
            checked = self.looks.value(self._hidden, node, at)
            if checked is not None:
                found[at] = checked
        self._take(node, standings, found)

    def _take(self, node: int, standings: Array, found: Mapping[int, Checked]) -> None:
        """Take numbers in place of those at some places of a node, with their standings and verdicts."""
        for at, checked in found.items():
            standings.flat[at] = find_standing(checked)
            set_verdict(self.verdicts, self.values.starts[node] + at, checked.verdict)
        if found:
            self._replace(node, self.values.replaced(node, {at: each.number for at, each in found.items()}))

    def _replace(self, node: int, numbers: Array) -> None:
        if not np.array_equal(numbers, self.evaluation.values[node], equal_nan=True):
            self.evaluation.values[node] = numbers
            self._changed.add(node)

    def _compute_again(self, node: int, operands: Sequence[Array]) -> None:
        """Compute an array again, an operand of which has lost a number that was none."""
        graph, evaluation = self.graph, self.evaluation
        evaluation.values[node], *partials = ARRAYS.kernel(graph.operations[node])(*operands)
        for edge, partial in zip(range(graph.starts[node], graph.starts[node + 1]), partials, strict=True):
            evaluation.partials[edge] = None if evaluation.partials[edge] is None else partial
        self._changed.add(node)
