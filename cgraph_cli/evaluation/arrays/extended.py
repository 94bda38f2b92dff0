"""The algebra of columns in the processor's extended precision, NumPy's `longdouble`.

A function that NumPy has in doubles alone rounds its operands to these. Some platforms have no such precision.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, Arrays
from cgraph_cli.evaluation.arrays.functions import FUNCTIONS
from cgraph_cli.evaluation.rule_parser import definition

EXTENDED_UNIT = float(np.finfo(np.longdouble).eps) / 2
"""The largest relative error of rounding in the extended precision."""

HAS_EXTENDED = EXTENDED_UNIT in (2.0**-64, 2.0**-113)
"""Whether the extended precision is there. That of two doubles does not round as IEEE's do."""

NARROW = frozenset(name for name, row in PRIMITIVES.items() if row.notation == "call" and definition(row) is None)
NARROW -= FUNCTIONS.keys()
"""The functions that are computed in doubles."""

_PI = np.longdouble("3.14159265358979323846264338327950288419716939937510582")


def widen(column: Any) -> Any:
    """Turn doubles into numbers of the extended precision."""
    return np.asarray(column, dtype=np.longdouble)[()]


def narrow(column: Any) -> Any:
    """Round numbers of the extended precision to doubles."""
    return np.asarray(column, dtype=float)[()]


def _number(number: float, spelling: str) -> Any:
    return _PI if spelling in ("pi", "π") else np.longdouble(number)


def _folded(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Make a function of several operands that takes two at a time."""
    return lambda *operands: reduce(function, operands)


class _Extended(Arrays):
    """Columns in the extended precision."""

    def function(self, name: str) -> Callable[..., Any]:
        """Return the value of a primitive, which a narrow function computes in doubles."""
        if name not in NARROW:
            return super().function(name)
        compute = ARRAYS.function(name)
        return lambda *operands: widen(compute(*map(narrow, operands)))


EXTENDED = _Extended(
    {
        **FUNCTIONS,
        "sum": _folded(np.add),
        "mean": lambda *operands: _folded(np.add)(*operands) / len(operands),
        "prod": _folded(np.multiply),
        "norm": lambda *operands: _folded(np.hypot)(0.0, *operands),
        "logsumexp": _folded(np.logaddexp),
    },
    "extended",
    _number,
)
"""The arithmetic of many numbers at once, with some more digits than doubles have."""
