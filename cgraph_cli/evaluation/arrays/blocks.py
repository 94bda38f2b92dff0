"""Elementwise functions of large arrays, a block of elements at a time.

The results of their steps stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_BLOCK = 16384
"""The elements of a block: a few arrays of so many fit into the second cache of a processor."""


def apply_in_blocks(function: Callable[..., Any], *operands: Any) -> Any:
    """Compute an elementwise function of arrays of one shape and of numbers; of other operands, or few, at once."""
    if all(getattr(each, "size", 1) < 2 * _BLOCK for each in operands):
        return function(*operands)
    shape: tuple[int, ...] = ()
    flat: list[Any] = []
    for each in operands:
        if not np.ndim(each):
            flat.append(each)
        elif not any(each.strides) and each.size:  # a number that was broadcast
            flat.append(float(each[(0,) * each.ndim]))
            shape = shape or each.shape
        elif each.flags.c_contiguous and (not shape or each.shape == shape):
            flat.append(each.reshape(-1))
            shape = each.shape
        else:
            return function(*operands)
    arrays = [np.ndim(each) > 0 for each in flat]
    if not any(arrays):
        return function(*operands)
    found = np.empty(shape)
    into = found.reshape(-1)
    for start in range(0, found.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        into[block] = function(*(each[block] if many else each for each, many in zip(flat, arrays, strict=True)))
    return found
