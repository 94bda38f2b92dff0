"""Patterns of arrays: the elements of some arrays that each element of others can change with, at some point.

Elements that change with the same ones share a set. A set is a number, and is made of other sets: neither a matrix nor
the members of each element are ever held, so the memory is that of the arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from heapq import heappop, heappush
from math import prod
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.graph import CONSTANT, LEAVES
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.arrays.algebra import ARRAYS
from cgraph_cli.evaluation.arrays.derivatives import Array
from cgraph_cli.evaluation.arrays.reductions import lay_out
from cgraph_cli.evaluation.arrays.sources import GATHERS, find_gathered
from cgraph_cli.evaluation.sparsity import find_dependence, find_factor, is_exact

_MOST_PAIRS = 2_000_000
"""About the most pairs of an element and a member of its set that are held at once."""


_MOST_BITS = 2_000_000_000
"""The most bits of the sets whose members are held: 250 MB."""

_FEW = 1000
"""The sets whose members are looked up through others, for their bits."""

_SAMPLE = 16
"""The sets whose bits are counted, of those that are made at once."""

_DENSE = 1 / 64
"""The share of members from which they are listed by their bits, and not through other sets."""


class Sets:
    """Sets of `count` members by number: 0 is empty, 1 to `count` have one member each, the others are unions.

    As far as the memory goes, a union has a bit a member, and there is one of the same members only.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._starts = [0, count + 1]
        self._parts: list[Array] = [np.zeros((0, 0), dtype=int)]
        self._bits: dict[int, Array] = {}
        self._dense = set[int]()
        self._by_bits: dict[bytes, int] = {}

    def unite(self, sets: Array) -> Array:
        """Unite the sets along the last axis."""
        *shape, count = np.shape(sets)
        rows = np.sort(np.reshape(sets, (prod(shape), count)), axis=1)
        rows[:, 1:][rows[:, 1:] == rows[:, :-1]] = 0
        rows.sort(axis=1)
        width = int(np.count_nonzero(rows, axis=1).max(initial=0))
        if width > 1:
            parts, which = _distinct(rows[:, count - width :])
            numbers = parts[:, -1].copy()
            several = parts[:, -2] != 0
            numbers[several] = self._make(parts[several])
            return numbers[which].reshape(shape)
        return (rows[:, -1] if count else np.zeros(len(rows), dtype=int)).reshape(shape)

    def unite_pairs(self, *sets: Array) -> Array:
        """Unite sets element by element; they broadcast."""
        return self.unite(np.stack(np.broadcast_arrays(*sets), axis=-1))

    def _make(self, parts: Array) -> Array:
        """Make a set of each row of parts."""
        start = self._starts[-1]
        numbers, kept = start + np.arange(len(parts)), np.arange(len(parts))
        bits = self._find_bits(parts)
        if bits is not None:
            kept = np.zeros(0, dtype=int)
            fresh: list[int] = []
            for at, row in enumerate(bits):
                numbers[at] = self._by_bits.setdefault(blake2b(row, digest_size=16).digest(), start + len(fresh))
                if numbers[at] == start + len(fresh):
                    fresh.append(at)
            kept = np.array(fresh, dtype=int)
            self._bits[len(self._parts)] = bits[kept]
            if len(kept) and np.unpackbits(bits[kept[:: -(-len(kept) // _SAMPLE)]]).mean() > _DENSE:
                self._dense.add(len(self._parts))
        self._parts.append(parts[kept])
        self._starts.append(start + len(kept))
        return numbers

    def _find_bits(self, parts: Array) -> Array | None:
        """Find the members of unions, a bit each; None where that takes too much memory or time."""
        used = sum(bits.size for bits in self._bits.values()) * 8
        if used + len(parts) * self.count > _MOST_BITS:
            return None
        if len(parts) > _FEW:
            made = set(np.unique(self._when(parts)).tolist())
            if not made <= {0, *self._bits}:
                return None
        found = np.zeros((len(parts), -(-self.count // 8)), dtype=np.uint8)
        for at, row in enumerate(parts):
            found[at] = self._unite_bits(row[row != 0])
        return found

    def _unite_bits(self, sets: Array) -> Array:
        made = self._when(sets)
        members = np.zeros(self.count, dtype=bool)
        rest = [at for at in np.unique(made[made > 0]).tolist() if at not in self._bits]
        members[sets[made == 0] - 1] = True
        if rest:
            members[self.list_members(sets[np.isin(made, rest)])[:, 1]] = True
        found = np.packbits(members)
        for each, at in zip(sets[made > 0].tolist(), made[made > 0].tolist(), strict=True):
            if at in self._bits:
                found |= self._bits[at][each - self._starts[at]]
        return found

    def _when(self, sets: Array) -> Array:
        """Find which sets were made at once with some: 0 for those of one member."""
        return np.searchsorted(self._starts, sets, side="right") - 1

    def list_members(self, sets: Array) -> Array:
        """List the members of some sets: pairs of a place among these and a member, from 0, in order."""
        places = np.flatnonzero(sets)
        pending: dict[int, list[Array]] = {}
        order: list[int] = []

        def add(pairs: Array) -> None:
            """Put pairs of a place and a set among those whose sets were made at once."""
            made = self._when(pairs[:, 1])
            for at in np.unique(made).tolist():
                if at not in pending:
                    pending[at] = []
                    heappush(order, -at)
                pending[at].append(pairs[made == at])

        add(np.stack([places, np.asarray(sets)[places]], axis=1))
        while order and order[0] < 0:  # the last sets first: their parts were made before
            at = -heappop(order)
            pairs, _ = _distinct(np.concatenate(pending.pop(at)))
            sources = pairs[:, 1] - self._starts[at]
            if at in self._dense:
                inside = np.unpackbits(self._bits[at][sources], axis=1, count=self.count).view(bool)
                rows, members = np.nonzero(inside)
                members += 1
            else:
                parts = self._parts[at][sources]
                inside = parts != 0
                rows, members = np.nonzero(inside)[0], parts[inside]
            add(np.stack([pairs[rows, 0], members], axis=1))
        pairs, _ = _distinct(np.concatenate(pending.get(0, [np.zeros((0, 2), dtype=int)])))
        return pairs - [0, 1]


def _distinct(rows: Array) -> tuple[Array, Array]:
    """Find the distinct rows in order, and which of them each row is."""
    if rows.shape[1] != 2:
        found, which = np.unique(rows, axis=0, return_inverse=True)
        return found, which.reshape(-1)
    base = int(rows[:, 1].max(initial=0)) + 1  # as one number, a pair is sorted in a tenth of the time
    codes, which = np.unique(rows[:, 0] * base + rows[:, 1], return_inverse=True)
    return np.stack(np.divmod(codes, base), axis=1), which.reshape(-1)


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
        """Count the entries of each block, by the first row and the first column of each."""
        different, which = np.unique(self.rows, return_inverse=True)
        columns = np.zeros((len(different), len(column_starts)), dtype=int)
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
        elif _is_exact(graph.operations[node]) and all(operand in numbers for operand in operands):
            numbers[node] = ARRAYS.kernel(graph.operations[node])(*(numbers[operand] for operand in operands))[0]
        elif graph.operations[node] not in LEAVES:
            own = _Reach(graph, node, sets, found, numbers).find()
        if node in seeds:
            own = sets.unite_pairs(own, seeds[node])
        found[node] = np.broadcast_to(own, shape)
    return ElementPattern(sets, np.array([found[node].flat[place] for node, place in of], dtype=int))


def _is_exact(operation: str) -> bool:
    name, args = split(operation)
    return name in GATHERS or name in _CONSTANTS or (name in PRIMITIVES and not args and is_exact(name))


_CONSTANTS = ("zeros", "ones", "eye", "range")


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
            None if each is None else np.reshape(each, like.shape)
            for each, like in zip(self.numbers, (x, y), strict=True)
        )
        whole = (*np.broadcast_shapes(x.shape[:-2], y.shape[:-2]), x.shape[-2], y.shape[-1])
        if p is not None and p.ndim == 2 == y.ndim and not p.all():
            found = np.array([self.sets.unite(y[row != 0].T) for row in p]).reshape(whole)
        elif q is not None and q.ndim == 2 == x.ndim and not q.all():
            found = np.array([self.sets.unite(x[:, column != 0]) for column in q.T]).T.reshape(whole)
        else:
            rows, columns = self.sets.unite(x), self.sets.unite(np.swapaxes(y, -1, -2))
            found = self.sets.unite_pairs(rows[..., :, None], columns[..., None, :])
        return found.reshape(self.graph.shapes[self.node])

    def _convolution(self) -> Array:
        x, w = self.operands
        windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
        every = self.sets.unite(w.ravel())
        return self.sets.unite_pairs(self.sets.unite(windows.reshape(*windows.shape[: x.ndim], -1)), every)

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
