"""Kernels: the quantities of many rows in doubles, and the detection of rows in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.straight_line import compile_graph
from cgraph_cli.results.rows.certificate import certify
from cgraph_cli.results.rows.computed import BLOCK, Column, Computed, rows_of
from cgraph_cli.results.rows.quantities import Quantities

if TYPE_CHECKING:
    from cgraph_cli.results.rows.doubtful_rows import DoubtfulRows

MOST_NODES = 5_000
"""The most nodes of a program that gets a certificate, within seconds; of a larger one every row is in doubt."""


class ScalarKernel:
    """The quantities row by row, by the standard library alone. Raw doubles are never in doubt."""

    trouble = ""

    def __init__(self, quantities: Quantities, *, checked: bool = True) -> None:
        self._checked = checked
        self._certified = checked and len(quantities.program) <= MOST_NODES
        graph, nodes = quantities.program, quantities.nodes
        if self._certified:
            certificate = certify(graph, nodes, quantities.derived, decisive=quantities.decisive)
            graph, nodes, *told = certificate
            nodes = [*nodes, *told]
        self._count = len(nodes)
        self._run = compile_graph(graph, nodes, DOUBLE)

    def compute(self, columns: Sequence[Column], size: int) -> Computed:
        """Compute the quantities of some rows from the inputs, in their order."""
        wide = [[column] * size if isinstance(column, float) else column for column in columns]
        rows = list(map(self._run, *wide)) if wide else [self._run()] * size
        numbers: list[Any] = list(map(list, zip(*rows, strict=True))) or [[] for _ in range(self._count)]
        if not self._certified:
            return Computed(numbers, list(range(size)) if self._checked else [])
        *numbers, doubt, event, undefined = numbers
        doubts = [at for at, truth in enumerate(doubt) if truth]
        regular = frozenset(at for at in doubts if not event[at])
        return Computed(numbers, doubts, regular, undefined=frozenset(at for at in doubts if undefined[at]))


class ArrayKernel:
    """The quantities of blocks of rows, by NumPy.

    The processor reports every underflow, overflow and invalid operation to NumPy. The `loose` certificate is enough
    for a block without one, and the tight one is asked only for the rows that this doubts.
    """

    trouble = ""

    def __init__(self, quantities: Quantities, *, checked: bool = True) -> None:
        self.quantities = quantities
        self._checked = checked
        self._certified = checked and len(quantities.program) <= MOST_NODES
        from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee

        graph, nodes = quantities.program, quantities.nodes
        if self._certified:
            graph, nodes, doubt, *_ = certify(graph, nodes, quantities.derived, loose=True)
            nodes = [*nodes, doubt]
        with ieee():
            self._run = compile_graph(graph, nodes, ARRAYS, reuses=True)

    @cached_property
    def doubtful_rows(self) -> DoubtfulRows:
        """The look at the rows that the loose certificate doubts."""
        from cgraph_cli.results.rows.doubtful_rows import DoubtfulRows

        return DoubtfulRows(self.quantities)

    def compute(self, columns: Sequence[Column], size: int) -> Computed:
        """Compute the quantities of some rows from the inputs, in their order."""
        import numpy as np

        numbers = [np.empty(size) for _ in self.quantities.nodes]
        doubtful: list[Any] = []
        for start in range(0, size, BLOCK):
            end = min(start + BLOCK, size)
            found, doubt = self._compute_block(rows_of(columns, slice(start, end)))
            for column, each in zip(numbers, found, strict=True):
                column[start:end] = each
            if np.any(doubt):
                doubtful.append(np.flatnonzero(np.broadcast_to(doubt, (end - start,))) + start)
        rows = np.concatenate(doubtful) if doubtful else np.zeros(0, dtype=int)
        if not self._certified:
            return Computed(numbers, rows.tolist())
        return self.doubtful_rows.settle(columns, rows, numbers)

    def _compute_block(self, block: Sequence[Column]) -> tuple[Sequence[Any], Any]:
        """Compute a block, and which rows are in doubt: truths, or one for all of them."""
        import numpy as np

        from cgraph_cli.evaluation.arrays.algebra import ieee

        if not self._certified:
            with ieee():
                return self._run(*block), self._checked
        raised: list[str] = []
        flagging = [np.float64(column) if isinstance(column, float) else column for column in block]
        with np.errstate(all="call", call=lambda kind, _: raised.append(kind)):
            *numbers, doubt = self._run(*flagging)
        if raised:
            return numbers, True
        with ieee():
            for column in block:
                if not np.isfinite(np.add.reduce(column)):  # of some that are finite, too
                    doubt = np.logical_or(doubt, ~np.isfinite(column))
        return numbers, doubt
