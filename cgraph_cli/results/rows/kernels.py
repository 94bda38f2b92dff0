"""Kernels: the quantities of many rows in doubles, and the detection of rows in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.straight_line import compile_graph
from cgraph_cli.results.rows.certificate import certify
from cgraph_cli.results.rows.quantities import Quantities

BLOCK = 16_384
"""The rows of a block: their numbers stay in the processor's cache."""

MOST_NODES = 5_000
"""The most nodes of a program that gets a certificate, within seconds; of a larger one every row is in doubt."""

Column = Any
"""The numbers of an input, a row each: a list of doubles or an array; or one double for all rows."""


class Computed(NamedTuple):
    """The columns of quantities, the positions of the rows in doubt, and of those where it is digits alone."""

    numbers: list[Any]
    doubts: list[int]
    regular: frozenset[int] = frozenset()


class Kernel(Protocol):
    """A way to compute the quantities of rows; `trouble` is the reason for which it has given up another."""

    trouble: str

    def compute(self, columns: Sequence[Column], size: int) -> Computed:
        """Compute the quantities of some rows from the inputs, in their order."""


class ScalarKernel:
    """The quantities row by row, by the standard library alone. Raw doubles are never in doubt."""

    trouble = ""

    def __init__(self, quantities: Quantities, *, checked: bool = True) -> None:
        self._checked = checked
        self._certified = checked and len(quantities.program) <= MOST_NODES
        graph, nodes = quantities.program, quantities.nodes
        if self._certified:
            certificate = certify(graph, nodes, quantities.derived)
            graph, nodes = certificate.graph, [*certificate.nodes, certificate.doubt, certificate.event]
        self._count = len(nodes)
        self._run = compile_graph(graph, nodes, DOUBLE)

    def compute(self, columns: Sequence[Column], size: int) -> Computed:
        """Compute the quantities of some rows from the inputs, in their order."""
        wide = [[column] * size if isinstance(column, float) else column for column in columns]
        rows = list(map(self._run, *wide)) if wide else [self._run()] * size
        numbers: list[Any] = list(map(list, zip(*rows, strict=True))) or [[] for _ in range(self._count)]
        if not self._certified:
            return Computed(numbers, list(range(size)) if self._checked else [])
        *numbers, doubt, event = numbers
        doubts = [at for at, truth in enumerate(doubt) if truth]
        return Computed(numbers, doubts, frozenset(at for at in doubts if not event[at]))


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
        if self._certified:
            self._loose = self._compile(loose=True)
        else:
            from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee

            with ieee():
                self._raw = compile_graph(quantities.program, quantities.nodes, ARRAYS, frees=True)

    def _compile(self, *, loose: bool) -> Any:
        from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee

        quantities = self.quantities
        certificate = certify(quantities.program, quantities.nodes, quantities.derived, loose=loose)
        with ieee():
            doubts = [certificate.doubt] if loose else [certificate.doubt, certificate.event]
            return compile_graph(certificate.graph, [*certificate.nodes, *doubts], ARRAYS, frees=True)

    @cached_property
    def _tight(self) -> Any:
        return self._compile(loose=False)

    def compute(self, columns: Sequence[Column], size: int) -> Computed:
        """Compute the quantities of some rows from the inputs, in their order."""
        import numpy as np

        numbers = [np.empty(size) for _ in self.quantities.nodes]
        doubtful: list[Any] = []
        for start in range(0, size, BLOCK):
            end = min(start + BLOCK, size)
            found, doubt = self._compute_block(_rows_of(columns, slice(start, end)))
            for column, each in zip(numbers, found, strict=True):
                column[start:end] = each
            if np.any(doubt):
                doubtful.append(np.flatnonzero(np.broadcast_to(doubt, (end - start,))) + start)
        rows = np.concatenate(doubtful) if doubtful else np.zeros(0, dtype=int)
        return self._test(columns, rows, numbers) if self._certified else Computed(numbers, rows.tolist())

    def _test(self, columns: Sequence[Column], rows: Any, numbers: list[Any]) -> Computed:
        """Find those of some rows that stay in doubt."""
        doubts: list[int] = []
        regular: list[int] = []
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            found = self.compute_closely(_rows_of(columns, block), len(block))
            doubts += block[found.doubts].tolist()
            regular += block[list(found.regular)].tolist()
        return Computed(numbers, doubts, frozenset(regular))

    def compute_closely(self, columns: Sequence[Column], size: int) -> Computed:
        """Compute rows of which most are in doubt."""
        import numpy as np

        from cgraph_cli.evaluation.arrays.algebra import ieee

        with ieee():
            *numbers, doubt, event = self._tight(*columns)
        doubts = np.flatnonzero(np.broadcast_to(doubt, (size,)))
        regular = doubts[~np.broadcast_to(event, (size,))[doubts].astype(bool)]
        return Computed(numbers, doubts.tolist(), frozenset(regular.tolist()))

    def _compute_block(self, block: Sequence[Column]) -> tuple[Sequence[Any], Any]:
        """Compute a block, and which rows are in doubt: truths, or one for all of them."""
        import numpy as np

        from cgraph_cli.evaluation.arrays.algebra import ieee

        if not self._certified:
            with ieee():
                return self._raw(*block), self._checked
        raised: list[str] = []
        flagging = [np.float64(column) if isinstance(column, float) else column for column in block]
        with np.errstate(all="call", call=lambda kind, _: raised.append(kind)):
            *numbers, doubt = self._loose(*flagging)
        if raised:
            return numbers, True
        with ieee():
            for column in block:
                if not np.isfinite(np.add.reduce(column)):  # of some that are finite, too
                    doubt = np.logical_or(doubt, ~np.isfinite(column))
        return numbers, doubt


def _rows_of(columns: Sequence[Column], rows: Any) -> list[Column]:
    return [column if isinstance(column, float) else column[rows] for column in columns]
