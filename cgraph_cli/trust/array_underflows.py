"""Underflows in arrays: elements that are 0 in doubles, or have lost digits near 0, where the true number is no 0."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import split
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill
from cgraph_cli.evaluation.arrays.derivatives import Array
from cgraph_cli.evaluation.arrays.maps import StructuralMap
from cgraph_cli.evaluation.arrays.reductions import compile_reduced_condition, lay_out

TINY = 1e-300
"""A number for each that is too small for doubles: it is larger, by far, and vanishes beside all that are not so."""

MOST_TINY = 1e10
"""So many times a number that is too small is one, too."""

LEAST_NORMAL = float(np.finfo(float).tiny)
"""The least double with all its digits."""


def evaluate_condition(name: str, args: tuple[Any, ...], column: str, value: Array, operands: Sequence[Array]) -> Any:
    """Evaluate a condition of the row of an operation, also of a reduction; None where the row has none."""
    if not args:
        test = ARRAYS.condition(name, column)
        return None if test is None else test(value, *operands)
    reduced = compile_reduced_condition(ARRAYS, name, column)
    if reduced is None:
        return None
    lanes, axis = lay_out(operands[0], *args)
    return np.any(reduced(lanes, np.expand_dims(value, axis), axis), axis=axis)


def find_underflows(operation: str, value: Array, operands: Sequence[Array]) -> Array:
    """Tell which elements of an operation's result have underflowed, or may have, if doubles count as exact."""
    value = np.asarray(value)
    small = np.abs(value) < LEAST_NORMAL
    if not operands or not small.any():
        return np.zeros(value.shape, dtype=bool)
    name, args = split(operation)
    if name not in PRIMITIVES:
        return small & _may_underflow(operation, operands)
    zeros = evaluate_condition(name, args, "zeros", value, operands)
    if zeros is None:
        has_zero = None if args else evaluate_condition(name, args, "range", np.zeros(value.shape), operands)
        if has_zero is None:
            return np.zeros(value.shape, dtype=bool)
        return small & (np.asarray(has_zero) == 0) & reduce(np.logical_and, map(np.isfinite, operands))
    return small & (np.asarray(zeros) == 0)


def _may_underflow(operation: str, operands: Sequence[Array]) -> Any:
    """Tell which elements of a bilinear result have terms other than 0, if a product of two elements underflows."""
    if len(operands) != 2:
        return False
    sizes = [np.abs(operand) for operand in operands]
    if not find_least(sizes[0]) * find_least(sizes[1]) < LEAST_NORMAL:
        return False
    value, *partials = ARRAYS.kernel(operation)(*[(size > 0) * 1.0 for size in sizes])
    bilinear = all(partial is not None and isinstance(partial.map, StructuralMap) for partial in partials)
    return np.asarray(value) != 0 if bilinear else False


def find_least(sizes: Array) -> float:
    """Find the least of some sizes that is not 0; infinity where all are."""
    return float(np.min(sizes, where=sizes > 0, initial=np.inf))


def replace_tiny(value: Array, is_tiny: Array) -> Array:
    """Put numbers of the size of `TINY`, each another one, in the place of those that have underflowed."""
    if not np.any(is_tiny):
        return value
    others = TINY * (1 + 0.618 * np.arange(np.size(value)) % 1)
    return np.where(is_tiny, others.reshape(np.shape(value)), fill(value, np.shape(value)))
