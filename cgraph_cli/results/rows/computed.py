"""Results of kernels: the quantities of rows, and the rows in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from cgraph_cli.trust.verdicts import Status

BLOCK = 16_384
"""The rows of a block: their numbers stay in the processor's cache."""

Column = Any
"""The numbers of an input, a row each: a list of doubles or an array; or one double for all rows."""


class Computed(NamedTuple):
    """The columns of quantities, the positions of the rows in doubt, and of those where it is digits alone.

    `recovered` has the statuses of rows whose digits doubles had lost, and which are in doubt no more. In those that
    are `undefined` no output has a number, all around the point.
    """

    numbers: list[Any]
    doubts: list[int]
    regular: frozenset[int] = frozenset()
    recovered: Mapping[int, Sequence[Status]] = {}
    undefined: frozenset[int] = frozenset()


class Kernel(Protocol):
    """A way to compute the quantities of rows; `trouble` is the reason for which it has given up another."""

    trouble: str

    def compute(self, columns: Sequence[Column], size: int) -> Computed:
        """Compute the quantities of some rows from the inputs, in their order."""


def rows_of(columns: Sequence[Column], rows: Any) -> list[Column]:
    """Take some rows of the columns that have one number a row."""
    return [column if isinstance(column, float) else column[rows] for column in columns]
