"""A closer look at the rows that a kernel of columns doubts: by a tighter certificate, and in extended precision.

Either takes some microseconds a row. Balls, which take a hundred times as long, are left with the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee
from cgraph_cli.evaluation.arrays.extended import EXTENDED, EXTENDED_UNIT, HAS_EXTENDED, NARROW, narrow, widen
from cgraph_cli.evaluation.straight_line import compile_graph
from cgraph_cli.results.rows.arithmetic import Arithmetic
from cgraph_cli.results.rows.certificate import certify
from cgraph_cli.results.rows.computed import BLOCK, Column, Computed, rows_of
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.trust.lost_digits import LOST
from cgraph_cli.trust.verdicts import Status

Array = Any

EXTENDED_PRECISION = Arithmetic(EXTENDED_UNIT, 16 * EXTENDED_UNIT, EXTENDED_UNIT, NARROW, folds=True)
"""glibc promises five units in the last place for its functions, which are ten of `EXTENDED_UNIT`."""

_SURE = LOST / 2
"""The largest relative error of a number that tells whether doubles lost its digits."""


class DoubtfulRows:
    """The rows in doubt of a kernel, which have its numbers where these prove true."""

    def __init__(self, quantities: Quantities) -> None:
        self._quantities = quantities

    def settle(
        self, columns: Sequence[Column], rows: Array, numbers: list[Any], *, is_foreign: bool = False
    ) -> Computed:
        """Settle rows as far as possible, with corrected numbers in place.

        Numbers that `is_foreign` says are not NumPy's give way to these.
        """
        doubts: list[int] = []
        regular: list[int] = []
        recovered: dict[int, Sequence[Status]] = {}
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            found = [column[block] for column in numbers]
            computed = self._settle_block(rows_of(columns, block), found, len(block), is_foreign)
            for column, better in zip(numbers, found, strict=True):
                column[block] = better
            places = block.tolist()
            doubts += (places[at] for at in computed.doubts)
            regular += (places[at] for at in computed.regular)
            recovered |= {places[at]: statuses for at, statuses in computed.recovered.items()}
        return Computed(numbers, doubts, frozenset(regular), recovered)

    def _settle_block(self, columns: Sequence[Column], numbers: list[Any], size: int, is_foreign: bool) -> Computed:
        doubtful, regular = self._test(columns, numbers, size, is_foreign)
        recovered: dict[int, Sequence[Status]] = {}
        if HAS_EXTENDED and doubtful.size:
            true = self._compute_extended(columns, doubtful)
            is_left = ~true.proves(numbers)
            recovered = true.recover(numbers, doubtful[is_left & regular])
            doubtful, regular = doubtful[is_left], regular[is_left]
        doubts = [at for at in doubtful.tolist() if at not in recovered]
        return Computed(numbers, doubts, frozenset(doubtful[regular].tolist()).difference(recovered), recovered)

    def _test(self, columns: Sequence[Column], numbers: list[Any], size: int, is_foreign: bool) -> tuple[Array, Array]:
        """Find the rows that the tight certificate doubts, and which of them for lost digits alone."""
        with ieee():
            *found, doubt, event = self._tight(*columns)
        if is_foreign:
            numbers[:] = (np.array(np.broadcast_to(column, (size,))) for column in found)
        rows = np.flatnonzero(np.broadcast_to(doubt, (size,)))
        return rows, ~np.broadcast_to(event, (size,))[rows].astype(bool)

    @cached_property
    def _tight(self) -> Any:
        quantities = self._quantities
        certificate = certify(quantities.program, quantities.nodes, quantities.derived)
        asked = [*certificate.nodes, certificate.doubt, certificate.event]
        with ieee():
            return compile_graph(certificate.graph, asked, ARRAYS, reuses=True)

    def _compute_extended(self, columns: Sequence[Column], rows: Array) -> ExtendedNumbers:
        with ieee():
            given = (widen(column) for column in rows_of(columns, rows))
            *numbers, doubt = (np.broadcast_to(each, rows.shape) for each in self._extended(*given))
        return ExtendedNumbers(rows, numbers, ~doubt.astype(bool))

    @cached_property
    def _extended(self) -> Any:
        quantities = self._quantities
        certificate = certify(
            quantities.program, quantities.nodes, quantities.derived, arithmetic=EXTENDED_PRECISION, allowed=_SURE
        )
        with ieee():
            return compile_graph(certificate.graph, [*certificate.nodes, certificate.doubt], EXTENDED, frees=True)


class ExtendedNumbers(NamedTuple):
    """The quantities of some rows in extended precision, and for which rows these are known to `_SURE`."""

    rows: Array
    numbers: list[Array]
    is_sure: Array

    def proves(self, doubles: Sequence[Array]) -> Array:
        """Tell for each row whether doubles, of all rows, have lost no digits."""
        with ieee():
            near = self.is_sure.copy()
            for double, true in zip(doubles, self.numbers, strict=True):
                near &= np.abs(true - double[self.rows]) <= (LOST - _SURE) * np.abs(true)
            return near

    def recover(self, doubles: Sequence[Array], regular: Array) -> dict[int, Sequence[Status]]:
        """Replace doubles that have lost digits for certain, and return the statuses of their rows."""
        at: Array = np.searchsorted(self.rows, regular)
        with ieee():
            sure, lost = self.is_sure[at], []
            for double, true in zip(doubles, self.numbers, strict=True):
                size, moved = np.abs(true[at]), np.abs(true[at] - double[regular])
                lost.append(moved > (LOST + _SURE) * size)
                sure &= lost[-1] | (moved <= (LOST - _SURE) * size)
                sure &= np.abs(true[at] - narrow(true[at])) <= _SURE * size  # not so of one beyond the doubles
        settled = regular[sure]
        for double, true in zip(doubles, self.numbers, strict=True):
            double[settled] = narrow(true[at[sure]]) + 0.0
        statuses = np.array(lost)[:, sure].T.tolist()
        return {
            row: [Status.RECOVERED if each else Status.OK for each in found]
            for row, found in zip(settled.tolist(), statuses, strict=True)
        }
