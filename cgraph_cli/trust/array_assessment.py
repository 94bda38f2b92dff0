"""Assessment of the numbers of a graph of arrays, element by element, by the conditions of the table of primitives.

It is for programs too large for the certification of their digits: doubles count as exact. An element where a condition
holds has that condition's status, and a derivative through it is unknown.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import reduce
from itertools import accumulate
from math import inf, nan, prod
from typing import Any, Protocol

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, parts_of, split
from cgraph_cli.core.graph import CONSTANT, LEAVES
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors, descendants
from cgraph_cli.core.tensor import Shape
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill
from cgraph_cli.evaluation.arrays.derivatives import Array, Local, Masked, find_dependence
from cgraph_cli.evaluation.arrays.linear import Linear
from cgraph_cli.evaluation.arrays.linear_algebra import estimate_condition
from cgraph_cli.evaluation.arrays.reductions import compile_reduced_condition, lay_out
from cgraph_cli.evaluation.kernels import ASKED
from cgraph_cli.evaluation.sweeps import Evaluation, sweep_reverse
from cgraph_cli.trust.array_standings import STATUS_OF_STANDING, Standing, Standings, find_standing
from cgraph_cli.trust.events import can_change
from cgraph_cli.trust.verdicts import OK, STATUS_OF, STATUSES, UNDEFINED, WITHOUT_VALUE, Cause, Checked, Status, Verdict

_WITH_VALUE = frozenset(status for status in STATUSES if status not in WITHOUT_VALUE)

_UNKNOWN, _POLE, _LIMIT = (Verdict(status) for status in (Status.UNKNOWN, Status.POLE, Status.LIMIT))

_MOST_ROWS = 1000
"""The rows of a matrix whose condition number is found for its own sake."""

_SINGULAR = 4e15
"""A condition number past which doubles do not tell a matrix from a singular one."""


class Elements(Sequence[float]):
    """The elements of all arrays of a graph, one after another; 0 where there is no dependence.

    `starts` has the number of the first element of each node.
    """

    def __init__(self, graph: ArrayGraph, arrays: Sequence[Any]) -> None:
        self.graph = graph
        self.arrays = arrays
        self.starts = list(accumulate(map(prod, graph.shapes), initial=0))
        self._start = 0
        self._items: Any = ()  # the elements of the last requested array

    def __len__(self) -> int:
        return self.starts[-1]

    def __getitem__(self, at: Any) -> Any:
        if not self._start <= at < self._start + len(self._items):
            node = self.node(at)
            self._start, self._items = self.starts[node], self.array(node).ravel()
        return float(self._items[at - self._start])

    def node(self, at: int) -> int:
        """Find the node of an element."""
        return bisect_right(self.starts, at) - 1

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

    def value(self, known: Evaluation, node: int, at: int) -> Checked | None:
        """Look into a value; of the `known` evaluation, what is in doubt is nan."""

    def derivative(self, node: int, at: int, output: int, seed: Any) -> Checked | None:
        """Look into a derivative of the weighted sum of an output."""


class ArrayAssessment:
    """The verdicts of the elements of an evaluation's arrays.

    `events` has for each node the elements at which a condition of the table holds, and `said` the first one's status.
    `verdicts` are those of the values that are not ok, by the number that an element has among those of all.
    `conditions` are the condition numbers of the matrices that are solved with or inverted. The `looks` settle numbers
    in doubt, which are then corrected, and so is what is computed from them.
    """

    is_certified = False

    def __init__(self, values: Elements, evaluation: Evaluation, looks: Looking | None = None) -> None:
        self.values = values
        self.graph = values.graph
        self.evaluation = evaluation
        self.events: dict[int, Array] = {}
        self.said: dict[int, Status] = {}
        self.verdicts: dict[int, Verdict] = {}
        self.conditions: dict[int, float] = {}
        self._standings = Standings(evaluation)
        self._looks = looks
        self._hidden = Evaluation(self.graph, ARRAYS, list(evaluation.values), [])
        self._returned: dict[int, Array] = {}  # the finite values that are made from some that are none
        self._moving = descendants(self.graph, list(self.graph.inputs()))
        self._changed = set[int]()
        self._singular: list[int] = []
        for node in range(len(self.graph)):
            self._assess(node)
        if self._singular:
            self._mark_poles(self.verdicts, descendants(self.graph, self._singular))

    def _assess(self, node: int) -> None:
        graph, values = self.graph, self.evaluation.values
        shape, operands = graph.shapes[node], [values[operand] for operand in graph.operands_of(node)]
        if not self._changed.isdisjoint(graph.operands_of(node)):
            self._compute_again(node, operands)
        holds, outside = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        for cause, mask in self._causes(node, operands):
            fresh = np.broadcast_to(mask, shape) & ~holds
            if fresh.any():
                holds |= fresh
                self.said.setdefault(node, STATUS_OF[cause])
                if cause == Cause.DOMAIN:
                    outside = outside | fresh
        if np.isfinite(np.asarray(values[node])[outside]).any():
            values[node] = np.where(outside, nan, values[node])  # a convention of the doubles
            self._changed.add(node)
        row, poles = PRIMITIVES.get(graph.operations[node]), holds & np.isinf(values[node])
        for position in row.truths if row else ():  # where a condition changes, the other side counts, too
            operand = graph.operands_of(node)[position]
            if operand in self.events and operand in self._moving:
                holds = holds | np.broadcast_to(self.events[operand], shape)
                self.said.setdefault(node, self.said[operand])
        if _SINGULAR <= self.conditions.get(node, 0.0) < inf:
            holds, self.said[node] = np.ones(shape, dtype=bool), Status.UNKNOWN
        if holds.any():
            self.events[node] = holds
        if self.said.get(node) == Status.POLE and split(graph.operations[node])[0] in _BY_VALUE:
            self._singular.append(node)
        self._find_standings(node, holds, outside, poles)
        if node in graph.gradients:
            self._judge_gradient(node)
        self._hidden.values[node] = self._standings.hide(node)

    def _find_standings(self, node: int, holds: Array, outside: Array, poles: Array) -> None:
        """Find the standings of a node's values: from where they are infinite or nan, and from what they are made."""
        value, worst = self.values.array(node), self._standings.find_worst(node)
        finite = np.isfinite(value)
        is_leaf, is_lost = self.graph.operations[node] in LEAVES, self.said.get(node) == Status.UNKNOWN
        if not np.any(worst) and finite.all() and not is_lost:
            return
        worst = np.array(np.broadcast_to(worst, value.shape))
        worst[finite & ((worst == Standing.ENDLESS) | self._standings.settle_overflow(node, worst))] = Standing.FINE
        infinite, missing, certain = np.isinf(value), np.isnan(value), outside & (worst == Standing.FINE)
        standings = np.zeros(value.shape, dtype=np.int8)
        standings[finite & (worst != Standing.FINE)] = Standing.UNKNOWN
        standings[finite & (worst == Standing.BY_LIMIT) & ~holds] = Standing.BY_LIMIT
        standings[finite & (worst == Standing.UNDEFINED)] = Standing.UNDEFINED
        standings[infinite] = Standing.UNKNOWN
        standings[infinite & (worst <= Standing.BY_LIMIT)] = Standing.OVERFLOW
        standings[infinite & (worst == Standing.ENDLESS)] = Standing.ENDLESS
        standings[infinite & (poles | (worst == Standing.POLE))] = Standing.POLE
        standings[missing] = Standing.UNKNOWN
        standings[missing & (outside | (worst == Standing.UNDEFINED))] = Standing.UNDEFINED
        if is_leaf:
            standings[missing], standings[infinite] = Standing.UNDEFINED, Standing.ENDLESS
        elif is_lost:
            standings[finite] = Standing.UNKNOWN
        doubtful = (standings == Standing.UNKNOWN) | (standings == Standing.UNDEFINED)
        settled = (worst == Standing.UNKNOWN) | (missing & ((worst == Standing.UNDEFINED) | certain))
        returned = finite & (worst > Standing.BY_LIMIT)
        if returned.any():
            self._returned[node] = returned
        self._tell(node, standings, is_leaf)
        if self._looks and not is_leaf and not is_lost:
            self._settle(node, standings, np.flatnonzero(doubtful & ~settled))
        value = self.values.array(node)
        if ((standings == Standing.UNDEFINED) & np.isfinite(value)).any():
            self._replace(node, np.where(standings == Standing.UNDEFINED, nan, value))
        self._standings.set(node, standings)

    def _judge_gradient(self, node: int) -> None:
        """Judge a gradient of the program as the derivative that it is, whatever its formula gives."""
        (output, wrt), graph = self.graph.gradients[node], self.graph
        if parts_of(graph, wrt) or not (self.events or self._standings):
            return
        seed, numbers = np.ones(graph.shapes[output]), self.values.numbers(wrt)
        adjoints = sweep_reverse(self.evaluation, {output: seed})
        told = self.correct_adjoints(output, seed, adjoints, {wrt: None})
        slopes = fill(adjoints[wrt], graph.shapes[wrt]).ravel()
        found = {at: Checked(float(slopes[at]), told[number]) for at, number in enumerate(numbers) if number in told}
        standings = np.array(np.broadcast_to(self._standings.of(node), graph.shapes[node]))
        self._take(node, standings, found)
        standings[standings == Standing.JUMP] = Standing.UNKNOWN  # looks know its formula, which is that of one side
        if not any(self.verdicts.get(at, OK).status == Status.LIMIT for at in self.values.numbers(output)):
            standings[standings == Standing.BY_LIMIT] = Standing.FINE
        self._standings.set(node, standings)
        self._hidden.values[node] = self._standings.hide(node)
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
        assert self._looks is not None
        found = {}
        for at in places.tolist():
            checked = self._looks.value(self._hidden, node, at)
            if checked is not None:
                found[at] = checked
        self._take(node, standings, found)

    def _take(self, node: int, standings: Array, found: Mapping[int, Checked]) -> None:
        """Take numbers in place of those at some places of a node, with their standings and verdicts."""
        for at, checked in found.items():
            standings.flat[at] = find_standing(checked)
            _set(self.verdicts, self.values.starts[node] + at, checked.verdict)
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

    def _is_truth(self, node: int) -> bool:
        row = PRIMITIVES.get(self.graph.operations[node])
        return row is not None and row.is_truth

    def _mark_poles(self, verdicts: dict[int, Verdict], nodes: Collection[int]) -> None:
        """Give the status `pole` to what a singular matrix leaves without a number."""
        for at, verdict in verdicts.items():
            if verdict.status in (Status.UNDEFINED, Status.UNKNOWN) and self.values.node(at) in nodes:
                verdicts[at] = _POLE

    def _causes(self, node: int, operands: Sequence[Array]) -> Iterator[tuple[Cause, Array]]:
        """Find the elements at which each condition holds."""
        graph, value = self.graph, self.evaluation.values[node]
        name, args = split(graph.operations[node])
        if name in PRIMITIVES and operands and can_change(graph, node):
            known = ~reduce(np.logical_or, map(np.isnan, operands)) if not args else ~np.isnan(value)
            ties = self._find_ties(node)
            for column in ASKED:
                if column == Cause.EDGES and self._is_inside(node):
                    continue
                found = self._condition(name, args, column, value, operands)
                if found is not None:
                    holds = np.asarray(found) != 0
                    yield Cause(column), known & ~holds if column == "domain" else holds & ties
        elif name in _BY_VALUE and np.isfinite(operands[0]).all():
            if name in ("solve", "inv") and (len(operands[0]) <= _MOST_ROWS or not np.isfinite(value).all()):
                self.conditions[node] = estimate_condition(operands[0])
            for cause, test in _BY_VALUE[name]:
                yield cause, test(np.asarray(value))

    def _find_ties(self, node: int) -> Array:
        """Tell where an equation can change: one with the greatest or least of several elements, only at their ties."""
        graph = self.graph
        if graph.operations[node] != "==":
            return True
        array, most = graph.operands_of(node)
        moves = []
        while split(graph.operations[most])[0] in ("index", "reshape"):
            moves.append(graph.operations[most])
            (most,) = graph.operands_of(most)
        if split(graph.operations[most])[0] not in ("max", "min") or array not in graph.operands_of(most):
            return True
        ties = np.broadcast_to(self.events.get(most, False), graph.shapes[most])
        for move in reversed(moves):
            ties = np.asarray(ARRAYS.kernel(move)(ties * 1.0)[0]) != 0
        return ties

    def _is_inside(self, node: int) -> bool:
        """Tell whether constant whole numbers among a node's operands keep those beside an edge in the domain."""
        values = self.evaluation.values
        constants = [each for each in self.graph.operands_of(node) if each not in self._moving]
        return any(bool(np.all(np.equal(np.mod(values[each], 1), 0))) for each in constants)

    @staticmethod
    def _condition(name: str, args: tuple[Any, ...], column: str, value: Array, operands: Sequence[Array]) -> Any:
        if not args:
            test = ARRAYS.condition(name, column)
            return None if test is None else test(value, *operands)
        reduced = compile_reduced_condition(ARRAYS, name, column)
        if reduced is None:
            return None
        lanes, axis = lay_out(operands[0], *args)
        return np.squeeze(reduced(lanes, np.expand_dims(value, axis), axis), axis)

    # Derivatives

    def judge_adjoints(self, output: int, adjoints: Sequence[Any], asked: Asked = None) -> dict[int, Verdict]:
        """Find the verdicts other than ok of a column of adjoints, or of those that are asked for."""
        graph, partials = self.graph, self.evaluation.partials
        through: list[Any] = [None] * len(graph)
        behind: list[Any] = [None] * len(graph)  # of a value that is made from one that is none
        for node in range(output, -1, -1) if self.events or self._returned else ():
            operands = graph.operands_of(node)
            if not operands or (adjoints[node] is None and through[node] is None and behind[node] is None):
                continue
            shape = graph.shapes[node]
            nothing = np.zeros(shape, dtype=bool)
            mine, back = (nothing if each[node] is None else each[node] for each in (through, behind))
            depends = np.broadcast_to(find_dependence(adjoints[node]), shape)
            events, returned = self.events.get(node, nothing), self._returned.get(node, nothing)
            reached = mine | back if self._is_truth(node) and through[node] is not None else depends | back
            events, returned = events & reached, returned & depends | back
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
                if isinstance(partial, Linear):
                    pull = partial.reach()[1]
                    found = fill(pull((mine | events) * 1.0), like) != 0
                    other = fill(pull(returned * 1.0), like) != 0
                else:
                    found = _fold(mine & _depends(partial) | events, like)
                    other = _fold(returned, like)
                through[operand] = _joined(through[operand], found)
                behind[operand] = _joined(behind[operand], other & (self._standings.of(operand) != Standing.FINE))
        verdicts = self._judge(adjoints, through, {output}, asked)
        for at in self._infinite(adjoints, output):
            verdicts[at] = _POLE  # it has no points beside it
        return verdicts

    def _infinite(self, adjoints: Sequence[Any], output: int) -> Iterator[int]:
        """List the elements that are infinite, and have an adjoint."""
        for node in range(output):
            infinite = np.asarray(self._standings.of(node) == Standing.POLE)
            if infinite.any():
                depends = np.broadcast_to(find_dependence(adjoints[node]), infinite.shape)
                yield from (self.values.starts[node] + np.flatnonzero(infinite & depends)).tolist()

    def judge_tangents(self, sources: Mapping[int, Any], tangents: Sequence[Any]) -> dict[int, Verdict]:
        """Find the verdicts other than ok of a column of tangents."""
        graph, partials = self.graph, self.evaluation.partials
        through: list[Any] = [None] * len(graph)
        for node in range(len(graph)) if self.events or self._returned else ():
            if node in sources:
                continue
            shape, row = graph.shapes[node], PRIMITIVES.get(graph.operations[node])
            events = self.events.get(node)
            if node in self._returned:
                events = self._returned[node] | (False if events is None else events)
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
                if isinstance(partial, Linear):
                    push = partial.reach()[0]
                    if mine is not None:
                        found = fill(push(mine * 1.0), shape) != 0
                    if events is not None:
                        depends = np.broadcast_to(find_dependence(moved), like) * 1.0
                        found = found | (events & (fill(push(depends), shape) != 0))
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
        looks = self._looks
        for node in shown if looks and verdicts else ():
            if self.graph.operations[node] == CONSTANT:
                continue
            for number in (asked and asked[node]) or self.values.numbers(node):
                if looks and not looks.is_over and verdicts.get(number, OK).status == Status.UNKNOWN:
                    at = number - self.values.starts[node]
                    slope = looks.derivative(node, at, output, seed)
                    if slope is not None:
                        found.setdefault(node, {})[at] = slope.number
                        _set(verdicts, number, slope.verdict)
        for node, numbers in found.items():
            depends = np.array(np.broadcast_to(find_dependence(adjoints[node]), self.graph.shapes[node]))
            depends.flat[list(numbers)] = True
            adjoints[node] = Masked(Elements(self.graph, adjoints).replaced(node, numbers), depends)
        self._mark_by_output(output, seed, adjoints, verdicts)
        return verdicts

    def _mark_by_output(self, output: int, seed: Any, adjoints: list[Any], verdicts: dict[int, Verdict]) -> None:
        """Judge the adjoints by the output: where that has no value they are none, and where it is a limit they are."""
        start, weights = self.values.starts[output], fill(seed, self.graph.shapes[output])
        places = range(start, start + weights.size)
        told = {each.status for at, each in self.verdicts.items() if at in places and weights.flat[at - start]}
        if output in self.graph.gradients and not (self._standings.of(output) == Standing.BY_LIMIT).any():
            told.discard(Status.LIMIT)  # of a gradient alone, as that of x^1.5 at 0
        if not told.isdisjoint((*WITHOUT_VALUE, Status.LIMIT)):
            infinite = dict.fromkeys(self._infinite(adjoints, output), _POLE)
            if not _WITH_VALUE.issuperset(told):
                for at in infinite:
                    verdicts.pop(at)
            for node, depends in self._find_influence(output, weights != 0):
                if node in self._moving and (node != output or weights.shape):
                    adjoints[node] = self._mark_by_value(told, node, adjoints[node], depends, verdicts)

    def _find_influence(self, output: int, mask: Array) -> Iterator[tuple[int, Array]]:
        """Find the elements that some elements of an output are made from, at the point or elsewhere, by node."""
        graph, found = self.graph, {output: mask}
        for node in range(output, -1, -1):
            if node not in found:
                continue
            yield node, found[node]
            for edge in range(graph.starts[node], graph.starts[node + 1]):
                operand, partial = graph.operands[edge], self.evaluation.partials[edge]
                like = graph.shapes[operand]
                if isinstance(partial, Linear):
                    reached = fill(partial.reach()[1](found[node] * 1.0), like) != 0
                elif graph.operations[node] in PRIMITIVES:
                    reached = _fold(found[node], like)
                else:
                    continue
                found[operand] = found[operand] | reached if operand in found else reached
            del found[node]

    def _mark_by_value(
        self, told: Collection[Status], node: int, derivative: Any, depends: Array, verdicts: dict[int, Verdict]
    ) -> Any:
        """Judge derivatives by the statuses of what is differentiated, unless they have a worse one of their own."""
        numbers = self.values.starts[node] + np.flatnonzero(depends)
        if Status.UNDEFINED not in told:
            numbers = numbers[[at not in verdicts for at in numbers.tolist()]]
        if Status.UNDEFINED not in told and (Status.UNKNOWN in told or _WITH_VALUE.issuperset(told)):
            verdicts.update(dict.fromkeys(numbers.tolist(), _UNKNOWN if Status.UNKNOWN in told else _LIMIT))
            return derivative
        verdicts.update(dict.fromkeys(numbers.tolist(), UNDEFINED.verdict))
        found = np.array(fill(derivative, depends.shape))
        found.flat[numbers - self.values.starts[node]] = nan
        return Masked(found, np.broadcast_to(find_dependence(derivative), depends.shape) | depends)

    def mark_by_values(self, tangents: list[Any], but: Collection[int], verdicts: dict[int, Verdict]) -> None:
        """Judge tangents by the values that they are derivatives of."""
        start_of, statuses = self.values.starts, {*WITHOUT_VALUE, Status.LIMIT}
        told: dict[tuple[int, Status], list[int]] = {}
        for at, verdict in self.verdicts.items():
            node = self.values.node(at)
            if verdict.status in statuses and node not in but and tangents[node] is not None:
                told.setdefault((node, verdict.status), []).append(at - start_of[node])
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
        if self._singular:
            self._mark_poles(verdicts, ancestors(self.graph, self._singular))
        return verdicts


def _set(verdicts: dict[int, Verdict], number: int, verdict: Verdict) -> None:
    """Set a verdict among those that are not ok."""
    verdicts.pop(number, None)
    if verdict != OK:
        verdicts[number] = verdict


def _depends(partial: Any) -> Array:
    return find_dependence(partial.partial if isinstance(partial, Local) else partial)


def _joined(first: Any, second: Array) -> Any:
    """Join two masks; None where nothing is marked."""
    if not second.any():
        return first
    return second if first is None else first | second


def _fold(mask: Array, like: Shape) -> Array:
    """Tell for the elements of an operand whether any of their copies, by broadcasting, is marked."""
    ahead = mask.ndim - len(like)
    axes = tuple(at for at, size in enumerate(mask.shape) if at < ahead or like[at - ahead] != size)
    found: Array = mask.any(axis=axes, keepdims=True).reshape(like)
    return found


_BY_VALUE: Mapping[str, Sequence[tuple[Cause, Callable[[Array], Array]]]] = {
    "solve": [(Cause.POLES, lambda value: ~np.isfinite(value))],
    "inv": [(Cause.POLES, lambda value: ~np.isfinite(value))],
    "logdet": [(Cause.POLES, np.isinf), (Cause.DOMAIN, np.isnan)],
    "cholesky": [(Cause.DOMAIN, np.isnan)],
}
"""The causes of a bad matrix, by the results of linear algebra on it."""
