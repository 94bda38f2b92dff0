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
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.graph import LEAVES
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors, descendants
from cgraph_cli.core.tensor import Shape
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill
from cgraph_cli.evaluation.arrays.derivatives import Array, Local, Masked, find_dependence
from cgraph_cli.evaluation.arrays.linear import Linear
from cgraph_cli.evaluation.arrays.linear_algebra import estimate_condition
from cgraph_cli.evaluation.arrays.reductions import compile_reduced_condition, lay_out
from cgraph_cli.evaluation.kernels import ASKED
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.events import can_change
from cgraph_cli.trust.verdicts import OK, STATUS_OF, Cause, Status, Verdict

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

    def replaced(self, node: int, numbers: Mapping[int, float]) -> Any:
        """Give the array of a node with other numbers at some places."""
        found = np.array(self.array(node))
        found.flat[list(numbers)] = list(numbers.values())
        return found


class ArrayAssessment:
    """The verdicts of the elements of an evaluation's arrays.

    `events` has for each node the elements at which a condition of the table holds, and `said` the first one's status.
    `verdicts` are those of the values that are not ok, by the number that an element has among those of all.
    `conditions` are the condition numbers of the matrices that are solved with or inverted.
    """

    is_certified = False

    def __init__(self, values: Elements, evaluation: Evaluation) -> None:
        self.values = values
        self.graph = values.graph
        self.evaluation = evaluation
        self.events: dict[int, Array] = {}
        self.said: dict[int, Status] = {}
        self.verdicts: dict[int, Verdict] = {}
        self.conditions: dict[int, float] = {}
        self._moving = descendants(self.graph, list(self.graph.inputs()))
        self._changed = set[int]()
        for node in range(len(self.graph)):
            self._assess(node)
        doubtful = [node for node, condition in self.conditions.items() if _SINGULAR <= condition < inf]
        for node in descendants(self.graph, doubtful):
            self._tell(node, np.isfinite(np.broadcast_to(values.arrays[node], self.graph.shapes[node])), _UNKNOWN)
        for node in doubtful:
            self.events[node], self.said[node] = np.ones(self.graph.shapes[node], dtype=bool), Status.UNKNOWN
        poles = [node for node, status in self.said.items() if status == Status.POLE]
        self._singular = [node for node in poles if split(self.graph.operations[node])[0] in _BY_VALUE]
        if self._singular:
            self._mark_poles(self.verdicts, descendants(self.graph, self._singular))

    def _assess(self, node: int) -> None:
        graph, values = self.graph, self.evaluation.values
        shape, operands = graph.shapes[node], [values[operand] for operand in graph.operands_of(node)]
        if not self._changed.isdisjoint(graph.operands_of(node)):
            self._compute_again(node, operands)
        value = values[node]
        holds = np.zeros(shape, dtype=bool)
        for cause, mask in self._causes(node, operands):
            fresh = np.broadcast_to(mask, shape) & ~holds
            if fresh.any():
                holds |= fresh
                self.said.setdefault(node, STATUS_OF[cause])
                if cause == Cause.POLES or (cause == Cause.JUMPS and self._is_truth(node)):
                    fresh &= ~np.isfinite(value)  # a root has a pole at 0, and is 0 there
                if cause not in (Cause.KINKS, Cause.EDGES):  # it has a value
                    self._tell(node, fresh, Verdict(STATUS_OF[cause]))
                if cause == Cause.DOMAIN and np.isfinite(value[fresh] if shape else value).any():
                    values[node] = value = np.where(fresh, nan, value)  # a convention of the doubles
                    self._changed.add(node)
        row = PRIMITIVES.get(graph.operations[node])
        for position in row.truths if row else ():  # where a condition changes, the other side counts, too
            operand = graph.operands_of(node)[position]
            if operand in self.events:
                holds = holds | np.broadcast_to(self.events[operand], shape)
                self.said.setdefault(node, self.said[operand])
        rest = ~np.isfinite(value) & ~holds
        if rest.any():
            is_leaf = graph.operations[node] in LEAVES
            is_inherited = is_leaf or any(np.isnan(operand).any() for operand in operands)
            self._tell(node, rest & np.isnan(value), Verdict(Status.UNDEFINED) if is_inherited else _UNKNOWN)
            if not is_leaf:
                is_finite = all(np.isfinite(operand).all() for operand in operands)
                self._tell(node, rest & np.isinf(value), Verdict(Status.OVERFLOW) if is_finite else _UNKNOWN)
        if holds.any():
            self.events[node] = holds

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

    def doubts(self) -> Iterator[tuple[int, int]]:
        """List the elements in doubt that may have a value or a limit, by array and place.

        A pole that is infinite has none, and neither has an element outside of a domain.
        """
        for node in range(len(self.graph)) if self.verdicts else ():
            if self.graph.operations[node] in LEAVES:
                continue
            shape, start = self.graph.shapes[node], self.values.starts[node]
            value, events = self.values.array(node), np.broadcast_to(self.events.get(node, False), shape)
            for at in map(int, np.flatnonzero(np.where(events, ~np.isinf(value), ~np.isfinite(value)))):
                status = self.verdicts.get(start + at, OK).status
                is_end = status == Status.UNDEFINED and events.flat[at]
                if not is_end and status not in (Status.OK, Status.OVERFLOW):
                    yield node, at

    def _mark_poles(self, verdicts: dict[int, Verdict], nodes: Collection[int]) -> None:
        """Give the status `pole` to what a singular matrix leaves without a number."""
        for at, verdict in verdicts.items():
            if verdict.status in (Status.UNDEFINED, Status.UNKNOWN) and self.values.node(at) in nodes:
                verdicts[at] = _POLE

    def _tell(self, node: int, mask: Array, verdict: Verdict) -> None:
        start = self.values.starts[node]
        self.verdicts.update(dict.fromkeys((start + np.flatnonzero(mask)).tolist(), verdict))

    def _causes(self, node: int, operands: Sequence[Array]) -> Iterator[tuple[Cause, Array]]:
        """Find the elements at which each condition holds."""
        graph, value = self.graph, self.evaluation.values[node]
        name, args = split(graph.operations[node])
        if name in PRIMITIVES and operands and can_change(graph, node):
            known = ~reduce(np.logical_or, map(np.isnan, operands)) if not args else ~np.isnan(value)
            for column in ASKED:
                if column == Cause.EDGES and self._is_inside(node):
                    continue
                found = self._condition(name, args, column, value, operands)
                if found is not None:
                    holds = np.asarray(found) != 0
                    yield Cause(column), known & ~holds if column == "domain" else holds
        elif name in _BY_VALUE and np.isfinite(operands[0]).all():
            if name in ("solve", "inv") and (len(operands[0]) <= _MOST_ROWS or not np.isfinite(value).all()):
                self.conditions[node] = estimate_condition(operands[0])
            for cause, test in _BY_VALUE[name]:
                yield cause, test(np.asarray(value))

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

    def judge_adjoints(self, output: int, adjoints: Sequence[Any]) -> dict[int, Verdict]:
        """Find the verdicts other than ok of a column of adjoints."""
        graph, partials = self.graph, self.evaluation.partials
        through: list[Any] = [None] * len(graph)
        for node in range(output, -1, -1) if self.events else ():
            if (adjoints[node] is None and through[node] is None) or not graph.operands_of(node):
                continue
            events = self.events.get(node)
            if events is not None and through[node] is not None and self._is_truth(node):
                events = events & through[node]
            elif events is not None:
                events = events & np.broadcast_to(find_dependence(adjoints[node]), graph.shapes[node])
            if events is None and through[node] is None:
                continue
            nothing = np.zeros(graph.shapes[node], dtype=bool)
            mine, events = (nothing if each is None else each for each in (through[node], events))
            for edge in range(graph.starts[node], graph.starts[node + 1]):
                operand = graph.operands[edge]
                partial, like = partials[edge], graph.shapes[operand]
                if partial is None and graph.operations[node] not in PRIMITIVES:
                    continue  # a matrix that depends on no input that moves
                if isinstance(partial, Linear):
                    found = fill(partial.reach()[1]((mine | events) * 1.0), like) != 0
                else:
                    found = _fold(mine & _depends(partial) | events, like)
                if found.any():
                    through[operand] = found if through[operand] is None else through[operand] | found
        return self._judge(adjoints, through, {output})

    def judge_tangents(self, sources: Mapping[int, Any], tangents: Sequence[Any]) -> dict[int, Verdict]:
        """Find the verdicts other than ok of a column of tangents."""
        graph, partials = self.graph, self.evaluation.partials
        through: list[Any] = [None] * len(graph)
        for node in range(len(graph)) if self.events else ():
            if node in sources:
                continue
            shape, row = graph.shapes[node], PRIMITIVES.get(graph.operations[node])
            events = self.events.get(node)
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

    def mark_by_output(self, output: int, seed: Any, adjoints: list[Any], verdicts: dict[int, Verdict]) -> None:
        """Judge the adjoints by the output: where that is undefined they are, too, and where it is a limit they are."""
        start, weights = self.values.starts[output], fill(seed, self.graph.shapes[output])
        places = range(start, start + weights.size)
        told = {each.status for at, each in self.verdicts.items() if at in places and weights.flat[at - start]}
        is_lost = Status.UNDEFINED in told
        if not is_lost and Status.LIMIT not in told:
            return
        for node, adjoint in enumerate(adjoints):
            if adjoint is None or node == output:
                continue
            depends = np.broadcast_to(find_dependence(adjoint), self.graph.shapes[node])
            numbers = (self.values.starts[node] + np.flatnonzero(depends)).tolist()
            if is_lost:
                adjoints[node] = Masked(np.full(depends.shape, nan), depends)
                verdicts.update(dict.fromkeys(numbers, Verdict(Status.UNDEFINED)))
            else:
                verdicts.update({at: _LIMIT for at in numbers if at not in verdicts})

    def _judge(self, derivatives: Sequence[Any], through: Sequence[Any], but: set[int]) -> dict[int, Verdict]:
        verdicts: dict[int, Verdict] = {}
        for node, derivative in enumerate(derivatives):
            if (derivative is None and through[node] is None) or node in but:
                continue
            doubt = ~np.isfinite(fill(derivative, self.graph.shapes[node]))
            if through[node] is not None:
                doubt = doubt | through[node]
            if doubt.any():
                found = (self.values.starts[node] + np.flatnonzero(doubt)).tolist()
                verdicts.update(dict.fromkeys(found, _UNKNOWN))
        if self._singular:
            self._mark_poles(verdicts, ancestors(self.graph, self._singular))
        return verdicts


def _depends(partial: Any) -> Array:
    return find_dependence(partial.partial if isinstance(partial, Local) else partial)


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
