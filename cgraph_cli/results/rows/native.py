"""Native kernels: the quantities of many rows by a program's own C, compiled where there is a compiler."""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Sequence
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np

from cgraph_cli.core.errors import RequestError
from cgraph_cli.emit.columns import BLOCK_ROWS, write_columns
from cgraph_cli.emit.targets.c import MATH
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee
from cgraph_cli.evaluation.straight_line import compile_graph
from cgraph_cli.results.rows.arithmetic import VECTORS
from cgraph_cli.results.rows.certificate import certify
from cgraph_cli.results.rows.compiler import CompilerError, load
from cgraph_cli.results.rows.computed import Column, Computed
from cgraph_cli.results.rows.kernels import ArrayKernel
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.trust.lost_digits import LOST

Array = Any

_MOST_NODES = 1_000
"""The most nodes of a program that is compiled, which takes seconds; of twice as many it takes half a minute."""

_COMPARED = 8192
"""The most rows that are compared with NumPy's."""


class NoNativeKernel(Exception):
    """The reason for which there is no native kernel, in words."""


class NativeKernel:
    """The quantities of blocks of rows, by C that was compiled for this processor.

    The first rows are computed by NumPy too. Where the two differ by more than their bounds, NumPy computes all rows,
    and `trouble` says so.
    """

    def __init__(self, quantities: Quantities, fixed: Collection[str], *, checked: bool) -> None:
        """Compile the kernel; `fixed` are inputs with one number for all rows. Raises `NoNativeKernel`."""
        if len(quantities.program) > _MOST_NODES:
            raise NoNativeKernel(f"the program has more than {_MOST_NODES:,} nodes with its derivatives")
        program = quantities.graph
        self.trouble = ""
        self._quantities = quantities
        self._is_fixed = [(program.names[node] or "") in fixed for node in program.inputs()]
        self._checked = checked
        self._lock = Lock()
        self._is_compared = False
        graph, nodes, doubt = quantities.program, quantities.nodes, None
        self._certificate = certify(graph, nodes, quantities.derived, arithmetic=VECTORS)
        if checked:
            graph, nodes, doubt, *_ = self._certificate
        try:
            self._library = load(write_columns(graph, nodes, doubt, fixed, _vectors()))
        except RequestError as error:
            raise NoNativeKernel(error.diagnostic.message) from None
        except CompilerError as error:
            raise NoNativeKernel(str(error)) from None

    def compute(self, columns: Sequence[Column], size: int) -> Computed:
        """Compute the quantities of some rows from the inputs, in their order."""
        if size and not self._is_compared:
            with self._lock:
                if not self._is_compared:
                    self._compare(columns, min(size, _COMPARED))
                    self._is_compared = True
        return self._arrays.compute(columns, size) if self.trouble else self._compute(columns, size)

    @cached_property
    def _arrays(self) -> ArrayKernel:
        return ArrayKernel(self._quantities, checked=self._checked)

    def _compare(self, columns: Sequence[Column], size: int) -> None:
        """Compare some rows with those of NumPy: they are the same to the last digits where neither is in doubt.

        Raw doubles are in doubt as others are.
        """
        rows = [column if isinstance(column, float) else column[:size] for column in columns]
        ours, doubtful = self._run(rows, size)
        graph, nodes, doubt, *_ = self._certificate
        with ieee():
            found = compile_graph(graph, [*nodes, doubt], ARRAYS)(*rows)
            *theirs, doubts = (np.broadcast_to(each, (size,)) for each in found)
        sure = ~doubts.astype(bool)
        sure[doubtful] = False
        for name, one, other in zip(self._quantities.names, ours, theirs, strict=True):
            with np.errstate(all="ignore"):
                far = sure & ~(np.abs(one - other) <= 2 * LOST * np.abs(other))
            if far.any():
                at = int(np.flatnonzero(far)[0])
                self.trouble = f"compiled code gave {one[at]} for `{name}` where NumPy gives {other[at]}"
                return

    def _compute(self, columns: Sequence[Column], size: int) -> Computed:
        """Compute some rows; those in doubt by NumPy, which has smaller errors."""
        numbers, doubtful = self._run(columns, size)
        if not doubtful.size:
            return Computed(numbers, [])
        return self._arrays.doubtful_rows.settle(columns, doubtful, numbers, is_foreign=True)

    def _run(self, columns: Sequence[Column], size: int) -> tuple[list[Array], Array]:
        """Run the compiled function on whole blocks of rows, and on the rest in a block that is filled."""
        whole, rest = size - size % BLOCK_ROWS, size % BLOCK_ROWS
        given = [
            np.array([column]) if is_fixed else np.ascontiguousarray(np.broadcast_to(column, (size,)), dtype=float)
            for column, is_fixed in zip(columns, self._is_fixed, strict=True)
        ]
        found = [np.empty(size) for _ in self._quantities.names]
        doubts = np.zeros(size, dtype=np.bool_)
        self._call(whole, given, found, doubts)
        if rest:
            filled = [
                each if is_fixed else _fill(each[whole:]) for each, is_fixed in zip(given, self._is_fixed, strict=True)
            ]
            last, still = [np.empty(BLOCK_ROWS) for _ in found], np.zeros(BLOCK_ROWS, dtype=np.bool_)
            self._call(BLOCK_ROWS, filled, last, still)
            for column, end in zip([*found, doubts], [*last, still], strict=True):
                column[whole:] = end[:rest]
        return found, np.flatnonzero(doubts)

    def _call(self, size: int, given: Sequence[Array], found: Sequence[Array], doubts: Array) -> None:
        blocks = ctypes.c_long(size // BLOCK_ROWS)
        self._library.compute(blocks, _places(given), _places(found), ctypes.c_void_p(doubts.ctypes.data))


def _fill(column: Array) -> Array:
    """Fill a block with the last of its rows."""
    return np.concatenate([column, np.full(BLOCK_ROWS - len(column), column[-1])])


def _places(arrays: Sequence[Array]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*(each.ctypes.data for each in arrays))


def _vectors() -> dict[str, int]:
    """Find the functions that glibc has for vectors, with the numbers that they take."""
    try:
        library = ctypes.CDLL("libmvec.so.1")
    except OSError:
        return {}
    found = {}
    for name in ("pow", *MATH):
        for count in (1, 2):
            if any(hasattr(library, f"_ZGV{letter}N2{'v' * count}_{name}") for letter in "bn"):
                found[name] = count
    return found
