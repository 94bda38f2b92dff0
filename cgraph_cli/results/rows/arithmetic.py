"""Arithmetics in which kernels compute rows: the errors of their operations."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from cgraph_cli.evaluation.operation_errors import PI_ERROR, UNIT


class Arithmetic(NamedTuple):
    """A way to compute numbers: the errors of its operations, and what is known of them.

    `unit` is the largest relative error of rounding, `function` the least bound of that of a function and a power, and
    `pi` the relative error of π. `narrow` functions are computed in doubles, of operands that are rounded to these.
    With `folds`, sums are taken two operands at a time. With `flags`, the processor tells of numbers that are lost.
    """

    unit: float = UNIT
    function: float = 0.0
    pi: float = PI_ERROR / 3
    narrow: Collection[str] = ()
    folds: bool = False
    flags: bool = True


DOUBLES = Arithmetic()
"""The functions of the table."""

VECTORS = Arithmetic(function=10 * UNIT, folds=True, flags=False)
"""A library's functions for vectors: glibc promises four units in the last place, which are eight of 2⁻⁵³, and an
operation may follow."""
