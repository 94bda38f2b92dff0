"""Sets of elements: a set is a number, and is made of other sets, so that very many that are alike take little."""

from __future__ import annotations

from hashlib import blake2b
from heapq import heappop, heappush
from math import prod

import numpy as np

from cgraph_cli.evaluation.arrays.derivatives import Array

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
