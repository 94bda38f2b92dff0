"""Verdicts of derivatives of arrays: one through an element where a condition holds is unknown, unless looked into."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import nan
from typing import Any

import numpy as np

from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.arrays.algebra import fill
from cgraph_cli.evaluation.arrays.dependence import fold
from cgraph_cli.evaluation.arrays.derivatives import Array, Masked, find_dependence
from cgraph_cli.evaluation.arrays.maps import PartialMap, StructuralMap
from cgraph_cli.trust.array_elements import Asked, Elements, JudgedArrays, number_at_kink, set_verdict
from cgraph_cli.trust.array_lost_adjoints import LostAdjoints
from cgraph_cli.trust.array_standings import Standing
from cgraph_cli.trust.verdicts import OK, STATUSES, UNDEFINED, WITHOUT_VALUE, Status, Verdict

_WITH_VALUE = frozenset(status for status in STATUSES if status not in WITHOUT_VALUE)

_LASTING = frozenset(STATUSES).difference((Status.OK, Status.RECOVERED))  # beside a limit

_UNKNOWN, _POLE, _LIMIT = (Verdict(status) for status in (Status.UNKNOWN, Status.POLE, Status.LIMIT))


class DerivativeJudge:
    """A judge of the derivatives of arrays whose values are `judged`, also as long as only those before a node are."""

    def __init__(self, judged: JudgedArrays) -> None:
        self.judged = judged
        self.graph = judged.graph

    @property
    def values(self) -> Elements:
        """The values of all elements."""
        return self.judged.values

    def judge_adjoints(self, output: int, adjoints: Sequence[Any], asked: Asked = None) -> dict[int, Verdict]:
        """Find the verdicts other than ok of a column of adjoints, or of those that are asked for."""
        graph, partials = self.graph, self.judged.evaluation.partials
        through: list[Any] = [None] * len(graph)
        behind: list[Any] = [None] * len(graph)  # of a value that is made from one that is none
        for node in range(output, -1, -1) if self.judged.events or self.judged.returned else ():
            operands = graph.operands_of(node)
            if not operands or (adjoints[node] is None and through[node] is None and behind[node] is None):
                continue
            shape = graph.shapes[node]
            nothing = np.zeros(shape, dtype=bool)
            mine, back = (nothing if each[node] is None else each[node] for each in (through, behind))
            depends = np.broadcast_to(find_dependence(adjoints[node]), shape)
            events, returned = self.judged.events.get(node, nothing), self.judged.returned.get(node, nothing)
            reached = mine | back if _is_truth(self.graph, node) and through[node] is not None else depends | back
            is_lost = back & (self.judged.standings.of(node) == Standing.OVERFLOW)  # with it its slope
            events, returned = events & reached | is_lost, returned & depends | back
            if not (mine.any() or events.any() or returned.any()):
                continue
            if node in graph.gradients and events.shape == graph.shapes[graph.gradients[node][1]]:
                wrt = graph.gradients[node][1]  # in which its formula may have no dependence, as in ties
                through[wrt] = _joined(through[wrt], events)
            for edge in range(graph.starts[node], graph.starts[node + 1]):
                operand = graph.operands[edge]
                partial, like = partials[edge], graph.shapes[operand]
                if partial is None and graph.operations[node] not in PRIMITIVES:
                    continue  # a matrix that depends on no input that moves
                if _is_structural(partial):
                    found = fill(partial.map.reach_back((mine | events) * 1.0, partial.given), like) != 0
                    other = fill(partial.map.reach_back(returned * 1.0, partial.given), like) != 0
                else:
                    found = fold(mine & _depends(partial) | events, like)
                    other = fold(returned, like)
                through[operand] = _joined(through[operand], found)
                behind[operand] = _joined(behind[operand], other & (self.judged.standings.of(operand) != Standing.FINE))
        verdicts = self._judge(adjoints, through, {output}, asked)
        self._mark_lost(output, adjoints, verdicts, asked)
        for at in self._infinite(adjoints, output):
            verdicts[at] = _POLE  # it has no points beside it
        return verdicts

    def _mark_lost(self, output: int, adjoints: Sequence[Any], verdicts: dict[int, Verdict], asked: Asked) -> None:
        """Judge the adjoints that have lost something by an underflow, and have no verdict yet."""
        lost = LostAdjoints(self.judged.evaluation, self.judged.standings, output, adjoints)
        for node in lost.bounds:
            if node != output and (asked is None or node in asked):
                for status, places in lost.statuses(node).items():
                    for number in (self.values.starts[node] + np.flatnonzero(places)).tolist():
                        verdicts.setdefault(number, Verdict(status))

    def _infinite(self, adjoints: Sequence[Any], output: int) -> Iterator[int]:
        """List the elements that are infinite, and have an adjoint."""
        for node in range(output):
            infinite = np.asarray(self.judged.standings.of(node) == Standing.POLE)
            if infinite.any():
                depends = np.broadcast_to(find_dependence(adjoints[node]), infinite.shape)
                yield from (self.values.starts[node] + np.flatnonzero(infinite & depends)).tolist()

    def judge_tangents(self, sources: Mapping[int, Any], tangents: Sequence[Any]) -> dict[int, Verdict]:
        """Find the verdicts other than ok of a column of tangents."""
        graph, partials = self.graph, self.judged.evaluation.partials
        through: list[Any] = [None] * len(graph)
        for node in range(len(graph)) if self.judged.events or self.judged.returned else ():
            if node in sources:
                continue
            shape, row = graph.shapes[node], PRIMITIVES.get(graph.operations[node])
            events = self.judged.events.get(node)
            if node in self.judged.returned:
                events = self.judged.returned[node] | (False if events is None else events)
            if node in graph.gradients and events is not None and shape == graph.shapes[graph.gradients[node][1]]:
                found = events & find_dependence(tangents[graph.gradients[node][1]])
                through[node] = found if found.any() else None
            for edge in range(graph.starts[node], graph.starts[node + 1]):
                operand = graph.operands[edge]
                partial, moved = partials[edge], tangents[operand]
                if moved is None and through[operand] is None:
                    continue
                mine, like = through[operand], graph.shapes[operand]
                found = np.zeros(shape, dtype=bool)
                if _is_structural(partial):
                    if mine is not None:
                        found = fill(partial.map.reach_forward(mine * 1.0, partial.given), shape) != 0
                    if events is not None:
                        depends = np.broadcast_to(find_dependence(moved), like) * 1.0
                        found = found | (events & (fill(partial.map.reach_forward(depends, partial.given), shape) != 0))
                else:
                    if mine is not None:
                        found = found | (mine & _depends(partial))
                    if events is not None:
                        moves = find_dependence(moved)
                        if mine is not None and row is not None and edge - graph.starts[node] in row.truths:
                            moves = moves | mine
                        found = found | (events & moves)
                if found.any():
                    through[node] = found if through[node] is None else through[node] | found
        return self._judge(tangents, through, set(sources))

    def correct_adjoints(self, output: int, seed: Any, adjoints: list[Any], asked: Asked) -> dict[int, Verdict]:
        """Correct a column of adjoints by looks into those that are shown, and find the verdicts other than ok."""
        verdicts = self.judge_adjoints(output, adjoints, asked)
        found: dict[int, dict[int, float]] = {}
        shown = [node for node in asked or range(len(self.graph)) if node not in self.graph.hidden]
        looks = self.judged.looks
        for node in shown if looks and verdicts else ():
            if self.graph.operations[node] == CONSTANT:
                continue
            for number in (asked and asked[node]) or self.values.numbers(node):
                if looks and not looks.is_over and verdicts.get(number, OK).status == Status.UNKNOWN:
                    at = number - self.values.starts[node]
                    slope = looks.derivative(node, at, output, seed)
                    if slope is not None:
                        before = float(np.ravel(fill(adjoints[node], self.graph.shapes[node]))[at])
                        found.setdefault(node, {})[at] = number_at_kink(slope, before)
                        set_verdict(verdicts, number, slope.verdict)
        for node, numbers in found.items():
            depends = np.array(np.broadcast_to(find_dependence(adjoints[node]), self.graph.shapes[node]))
            depends.flat[list(numbers)] = True
            adjoints[node] = Masked(Elements(self.graph, adjoints).replaced(node, numbers), depends)
        self._mark_by_output(output, seed, adjoints, verdicts)
        self._mark_poles(verdicts)
        return verdicts

    def _mark_poles(self, verdicts: dict[int, Verdict]) -> None:
        if self.judged.singular:
            mark_poles(self.values, verdicts, ancestors(self.graph, self.judged.singular))

    def _mark_by_output(self, output: int, seed: Any, adjoints: list[Any], verdicts: dict[int, Verdict]) -> None:
        """Judge the adjoints by the output: where that has no value they are none, and where it is a limit they are."""
        start, weights = self.values.starts[output], fill(seed, self.graph.shapes[output])
        places = range(start, start + weights.size)
        told = {each.status for at, each in self.judged.verdicts.items() if at in places and weights.flat[at - start]}
        if output in self.graph.gradients and not (self.judged.standings.of(output) == Standing.BY_LIMIT).any():
            told.discard(Status.LIMIT)  # of a gradient alone, as that of x^1.5 at 0
        if not told.isdisjoint(WITHOUT_VALUE):
            for node, wrt, leaps in self._find_leaps():
                depends = leaps & (weights != 0 if node == output else find_dependence(adjoints[node]))
                adjoints[wrt] = self._mark_by_value({Status.UNDEFINED}, wrt, adjoints[wrt], depends, verdicts)
        if not told.isdisjoint((*WITHOUT_VALUE, Status.LIMIT)):
            infinite = dict.fromkeys(self._infinite(adjoints, output), _POLE)
            if not _WITH_VALUE.issuperset(told):
                for at in infinite:
                    verdicts.pop(at, None)
            for node, depends in self._find_influence(output, weights != 0):
                if self.graph.operations[node] != CONSTANT and (node != output or weights.shape):
                    adjoints[node] = self._mark_by_value(told, node, adjoints[node], depends, verdicts)

    def _find_leaps(self) -> list[tuple[int, int, Array]]:
        """List the gradients of the program, what they are by, and their elements at a jump: no formula knows it."""
        found: dict[int, Array] = {}
        for number, verdict in self.judged.verdicts.items() if self.graph.gradients else ():
            node = self.values.node(number) if verdict.status == Status.JUMP else -1
            if node in self.graph.gradients:
                leaps = found.setdefault(node, np.zeros(self.graph.shapes[node], dtype=bool))
                leaps.flat[number - self.values.starts[node]] = True
        pairs = ((node, self.graph.gradients[node][1], leaps) for node, leaps in found.items())
        return [(node, wrt, leaps) for node, wrt, leaps in pairs if leaps.shape == self.graph.shapes[wrt]]

    def _find_influence(self, output: int, mask: Array) -> Iterator[tuple[int, Array]]:
        """Find the elements that some elements of an output are made from, at the point or elsewhere, by node."""
        graph, found = self.graph, {output: mask}
        for node in range(output, -1, -1):
            if node not in found:
                continue
            yield node, found[node]
            for edge in range(graph.starts[node], graph.starts[node + 1]):
                operand, partial = graph.operands[edge], self.judged.evaluation.partials[edge]
                like = graph.shapes[operand]
                if _is_structural(partial):
                    reached = fill(partial.map.reach_back(found[node] * 1.0, partial.given), like) != 0
                elif graph.operations[node] in PRIMITIVES:
                    reached = fold(found[node], like)
                else:
                    continue
                found[operand] = found[operand] | reached if operand in found else reached
            del found[node]

    def _mark_by_value(
        self, told: Collection[Status], node: int, derivative: Any, depends: Array, verdicts: dict[int, Verdict]
    ) -> Any:
        """Judge derivatives by the statuses of what is differentiated, unless they have a worse one of their own."""
        numbers = self.values.starts[node] + np.flatnonzero(depends)
        has_value = Status.UNDEFINED not in told and (Status.UNKNOWN in told or _WITH_VALUE.issuperset(told))
        if Status.UNDEFINED not in told:
            own = _LASTING if has_value else WITHOUT_VALUE  # a kink or a limit needs a value
            numbers = numbers[[at not in verdicts or verdicts[at].status not in own for at in numbers.tolist()]]
        if has_value:
            verdicts.update(dict.fromkeys(numbers.tolist(), _UNKNOWN if Status.UNKNOWN in told else _LIMIT))
            return derivative
        verdicts.update(dict.fromkeys(numbers.tolist(), UNDEFINED.verdict))
        found = np.array(fill(derivative, depends.shape))
        found.flat[numbers - self.values.starts[node]] = nan
        return Masked(found, np.broadcast_to(find_dependence(derivative), depends.shape) | depends)

    def mark_by_values(self, tangents: list[Any], but: Collection[int], verdicts: dict[int, Verdict]) -> None:
        """Judge tangents by the values that they are derivatives of, and by singular matrices."""
        self._mark_poles(verdicts)
        start_of, statuses = self.values.starts, {*WITHOUT_VALUE, Status.LIMIT}
        told: dict[tuple[int, Status], list[int]] = {}
        for at, verdict in self.judged.verdicts.items():
            node = self.values.node(at)
            if verdict.status in statuses and node not in but and tangents[node] is not None:
                told.setdefault((node, verdict.status), []).append(at - start_of[node])
        for node, wrt, leaps in self._find_leaps():
            depends = leaps & find_dependence(tangents[wrt])
            tangents[node] = self._mark_by_value({Status.UNDEFINED}, node, tangents[node], depends, verdicts)
        for (node, status), places in told.items():
            depends = np.broadcast_to(find_dependence(tangents[node]), self.graph.shapes[node])
            mask = np.zeros(depends.shape, dtype=bool)
            mask.flat[places] = True
            tangents[node] = self._mark_by_value({status}, node, tangents[node], mask & depends, verdicts)

    def _judge(
        self, derivatives: Sequence[Any], through: Sequence[Any], but: set[int], asked: Asked = None
    ) -> dict[int, Verdict]:
        verdicts: dict[int, Verdict] = {}
        for node, derivative in enumerate(derivatives):
            if (
                (derivative is None and through[node] is None)
                or node in but
                or (asked is not None and node not in asked)
            ):
                continue
            doubt = ~np.isfinite(fill(derivative, self.graph.shapes[node]))
            if through[node] is not None:
                doubt = doubt | through[node]
            if doubt.any():
                start, elements = self.values.starts[node], asked and asked[node]
                found = (start + np.flatnonzero(doubt)).tolist()
                if elements is not None:
                    found = [number for number in elements if doubt.flat[number - start]]
                verdicts.update(dict.fromkeys(found, _UNKNOWN))
        return verdicts


def mark_poles(values: Elements, verdicts: dict[int, Verdict], nodes: Collection[int]) -> None:
    """Give the status `pole` to what a singular matrix leaves without a number."""
    for at, verdict in verdicts.items():
        if verdict.status in (Status.UNDEFINED, Status.UNKNOWN) and values.node(at) in nodes:
            verdicts[at] = _POLE


def _is_truth(graph: Graph, node: int) -> bool:
    row = PRIMITIVES.get(graph.operations[node])
    return row is not None and row.is_truth


def _is_structural(partial: PartialMap | None) -> bool:
    return partial is not None and isinstance(partial.map, StructuralMap)


def _depends(partial: Any) -> Array:
    return find_dependence(partial and partial.map.derivative(partial.given))


def _joined(first: Any, second: Array) -> Any:
    """Join two masks; None where nothing is marked."""
    if not second.any():
        return first
    return second if first is None else first | second
