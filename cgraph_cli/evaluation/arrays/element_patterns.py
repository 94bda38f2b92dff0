"""Patterns of arrays: the elements of some arrays that each element of others can change with, at some point.

Elements that change with the same ones share a set. A set is a number, and is made of other sets: neither a matrix nor
the members of each element are ever held, so the memory is that of the arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import CONSTANT, LEAVES
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.arrays.algebra import ARRAYS
from cgraph_cli.evaluation.arrays.derivatives import Array, Shape
from cgraph_cli.evaluation.arrays.element_sets import Sets
from cgraph_cli.evaluation.arrays.reductions import lay_out
from cgraph_cli.evaluation.arrays.sources import GATHERS, find_gathered
from cgraph_cli.evaluation.sparsity import find_dependence, find_factor, is_exact

_MOST_PAIRS = 2_000_000
"""About the most pairs of an element and a member of its set that are held at once."""

_MOST_COUNTED = 40_000_000
"""The most entries of unlike rows that are counted: some ten seconds."""

_SAMPLE = 16
"""The rows whose entries are counted to estimate those of all."""


class ElementPattern:
    """The columns that each row can change with: `rows` are the sets of the rows."""

    def __init__(self, sets: Sets, rows: Array) -> None:
        self.sets = sets
        self.rows = rows

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """List the entries, row by row, as row and column."""
        start = 0
        for pairs, end in self._batches(self.rows):
            pairs[:, 0] += start
            yield from map(tuple, pairs.tolist())
            start = end

    def count(self, row_starts: Sequence[int], column_starts: Sequence[int]) -> Array:
        """Count the entries of each block, by the first row and column of each. Raises `RequestError` for too many."""
        different, which = np.unique(self.rows, return_inverse=True)
        columns = np.zeros((len(different), len(column_starts)), dtype=int)
        expected = self._expect(different)
        if expected > _MOST_COUNTED:
            raise RequestError(
                f"about {expected:,.0f} entries can be other than 0, of rows that are all unlike: too many to count",
                help="`--of` and `--wrt` name fewer arrays, or elements such as `x[:100]`",
            )
        start = 0
        for pairs, end in self._batches(different):
            block = np.searchsorted(column_starts, pairs[:, 1], side="right") - 1
            np.add.at(columns, (pairs[:, 0] + start, block), 1)
            start = end
        counts = np.zeros((len(row_starts), len(column_starts)), dtype=int)
        blocks = np.searchsorted(row_starts, np.arange(len(self.rows)), side="right") - 1
        for at in range(len(row_starts)):
            times = np.bincount(which[blocks == at], minlength=len(different))
            counts[at] = times @ columns
        return counts

    def _expect(self, sets: Array) -> float:
        """Estimate the members of some sets together, by those of a few."""
        sample = sets[:: -(-len(sets) // _SAMPLE) or 1]
        return len(self.sets.list_members(sample)) * len(sets) / max(len(sample), 1)

    def _batches(self, sets: Array) -> Iterator[tuple[Array, int]]:
        """List the members of some sets, of so many at once that few pairs are held; gives where each batch ends."""
        start, size = 0, max(_MOST_PAIRS // max(self.sets.count, 1), 1)
        while start < len(sets):
            pairs = self.sets.list_members(sets[start : start + size])
            start = min(start + size, len(sets))
            yield pairs, start
            size = max(size * 2 if 4 * len(pairs) < _MOST_PAIRS else size // 2 if len(pairs) > _MOST_PAIRS else size, 1)


def find_pattern(graph: ArrayGraph, of: Sequence[tuple[int, int]], wrt: Sequence[tuple[int, int]]) -> ElementPattern:
    """Find what each element of `of` (a row each) can change with, among those of `wrt` (a column each).

    An element is a node and a place. The dependence is that of `sparsity.pattern`; that of linear algebra is the whole
    matrix, but for a factor's upper triangle.
    """
    sets = Sets(len(wrt))
    seeds: dict[int, Array] = {}
    for column, (node, place) in enumerate(wrt, 1):
        if node not in seeds:
            seeds[node] = np.zeros(graph.shapes[node], dtype=int)
        mine = seeds[node]
        known = mine.flat[place]  # of an element that is asked for twice
        mine.flat[place] = sets.unite(np.array([known, column])) if known else column
    found: dict[int, Array] = {}
    numbers: dict[int, Array] = {}
    for node in sorted(ancestors(graph, {node for node, _ in of})):
        shape, operands = graph.shapes[node], graph.operands_of(node)
        own = np.zeros((), dtype=int)
        if graph.operations[node] == CONSTANT:
            tensor = graph.tensor(node)
            numbers[node] = np.asarray(graph.numbers[node] if tensor is None else tensor.items, dtype=float).reshape(
                shape
            )
        elif _is_known(graph, node, numbers):
            given = (numbers.get(each, np.zeros(graph.shapes[each])) for each in operands)
            numbers[node] = ARRAYS.kernel(graph.operations[node])(*given)[0]
        elif graph.operations[node] not in LEAVES:
            own = _Reach(graph, node, sets, found, numbers).find()
        if node in seeds:
            own = sets.unite_pairs(own, seeds[node])
        found[node] = np.broadcast_to(own, shape)
    return ElementPattern(sets, np.array([found[node].flat[place] for node, place in of], dtype=int))


def _is_known(graph: ArrayGraph, node: int, numbers: Mapping[int, Array]) -> bool:
    """Tell whether a node is computed without rounding from known numbers, or from no element."""
    operands, (name, args) = graph.operands_of(node), split(graph.operations[node])
    if name in LEAVES or all(0 in graph.shapes[operand] for operand in operands):
        return name not in LEAVES
    is_rounded = name not in GATHERS and (args or name not in PRIMITIVES or not is_exact(name))
    return not is_rounded and all(operand in numbers for operand in operands)


class _Reach:
    """The sets of one node's elements, from those of its operands and the constants among these."""

    def __init__(
        self, graph: ArrayGraph, node: int, sets: Sets, found: Mapping[int, Array], numbers: Mapping[int, Array]
    ) -> None:
        self.graph = graph
        self.node = node
        self.sets = sets
        self.operands = [found[operand] for operand in graph.operands_of(node)]
        self.numbers = [numbers.get(operand) for operand in graph.operands_of(node)]

    def find(self) -> Any:
        """Find the sets."""
        name, args = split(self.graph.operations[self.node])
        if not any(each.any() for each in self.operands):
            return np.zeros((), dtype=int)
        if name in GATHERS:
            joined = np.concatenate([each.ravel() for each in self.operands])
            return joined[find_gathered(self.graph, self.node)].reshape(self.graph.shapes[self.node])
        if name in PRIMITIVES:
            return self._reduction(args) if args else self._elementwise(name)
        return _STRUCTURES.get(name, _Reach._of_all)(self)

    def _elementwise(self, name: str) -> Array:
        counting = []
        for at, (mine, counts) in enumerate(zip(self.operands, find_dependence(name, len(self.operands)), strict=True)):
            factor = find_factor(name, at)
            number = None if factor is None else self.numbers[factor]
            if counts:
                counting.append(mine if number is None else np.where(number == 0, 0, mine))
        return self.sets.unite_pairs(*counting) if counting else np.zeros((), dtype=int)

    def _reduction(self, args: tuple[Any, ...]) -> Array:
        lanes, axis = lay_out(self.operands[0], *args)
        return self.sets.unite(np.moveaxis(lanes, axis, -1))

    def _of_all(self) -> Array:
        return self.sets.unite(np.concatenate([each.ravel() for each in self.operands]))

    def _product(self) -> Array:
        x, y = (each if each.ndim > 1 else np.expand_dims(each, at) for at, each in enumerate(self.operands))
        p, q = (
            None if each is None or each.all() else each.reshape(like.shape)
            for each, like in zip(self.numbers, (x, y), strict=True)
        )
        batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
        if p is None and q is None:
            rows, columns = self.sets.unite(x), self.sets.unite(np.swapaxes(y, -1, -2))
            found = self.sets.unite_pairs(rows[..., :, None], columns[..., None, :])
        elif q is None:
            pairs = zip(_matrices(p, batch), _matrices(y, batch), strict=True)
            found = np.array([[self.sets.unite(y[row != 0].T) for row in p] for p, y in pairs], dtype=int)
        else:
            pairs = zip(_matrices(x, batch), _matrices(q, batch), strict=True)
            columns = np.array([[self.sets.unite(x[:, at != 0]) for at in q.T] for x, q in pairs], dtype=int)
            found = np.swapaxes(columns, -1, -2)
        return found.reshape(self.graph.shapes[self.node])

    def _convolution(self) -> Array:
        (x, w), (p, q) = self.operands, self.numbers

        def windows(of: Array) -> Array:
            return np.lib.stride_tricks.sliding_window_view(of, w.shape).reshape(*self.graph.shapes[self.node], w.size)

        taken = windows(x) if q is None else windows(x)[..., q.ravel() != 0]
        of_window = w.ravel() if p is None else np.where(windows(p) != 0, w.ravel(), 0)
        return self.sets.unite_pairs(self.sets.unite(taken), self.sets.unite(of_window))

    def _cumsum(self) -> Array:
        (found,) = self.operands
        step = 1
        while step < len(found):  # each is the union of its last `step` ones
            found = self.sets.unite_pairs(found, np.concatenate([np.zeros(step, dtype=int), found[:-step]]))
            step *= 2
        return found

    def _solution(self) -> Array:
        matrix, right = self.operands
        return self.sets.unite_pairs(self.sets.unite(right.T), self.sets.unite(matrix.ravel()))

    def _factor(self) -> Array:
        """Unite, for L[i, j], the leading j + 1 rows and columns, and as much of row i and column i."""
        (matrix,) = self.operands
        symmetric = self.sets.unite_pairs(matrix, matrix.T)
        found = np.zeros_like(symmetric)
        rows, leading = np.zeros(len(found), dtype=int), np.zeros((), dtype=int)
        for at in range(len(found)):
            rows = self.sets.unite_pairs(rows, symmetric[:, at])
            leading = self.sets.unite_pairs(leading, rows[at])
            found[at:, at] = self.sets.unite_pairs(leading, rows[at:])
        return found

    def _outer(self) -> Array:
        x, y = self.operands
        return self.sets.unite_pairs(x[:, None], y[None, :])

    def _diag(self) -> Array:
        return np.diag(self.operands[0])

    def _softmax(self) -> Array:
        _, args = split(self.graph.operations[self.node])
        axis = args[0] if args else -1
        lanes = self.sets.unite(np.moveaxis(self.operands[0], axis, -1))
        return np.expand_dims(lanes, axis)


def _matrices(stack: Array, batch: Shape) -> Array:
    """List the matrices of a stack that is repeated to a batch."""
    return np.broadcast_to(stack, (*batch, *stack.shape[-2:])).reshape(-1, *stack.shape[-2:])


_STRUCTURES = {
    "@": _Reach._product,
    "conv1d": _Reach._convolution,
    "conv2d": _Reach._convolution,
    "cumsum": _Reach._cumsum,
    "solve": _Reach._solution,
    "cholesky": _Reach._factor,
    "outer": _Reach._outer,
    "diag": _Reach._diag,
    "softmax": _Reach._softmax,
}
"""By the name of a structural operation; of any other, each element depends on all."""
