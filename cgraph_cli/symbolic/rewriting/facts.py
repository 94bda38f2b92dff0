"""Facts from a primitive's row: by reading its columns, or by asking its kernel for doubles."""

from __future__ import annotations

from functools import cache
from itertools import product
from math import inf, isfinite, nan

from cgraph_cli.core.graph import LEAVES
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.rule_parser import condition, definition

_NOT_FINITE = (inf, -inf, nan)
_BESIDE = (0.0, 0.5, -0.5, 3.0, -3.0, 1e300, -1e300, *_NOT_FINITE)
"""Sample numbers for the operands beside the one in question."""

_EITHER_SIDE = (0.0, 0.25, 0.5, 0.75, 1.5, 2.5)


@cache
def is_exact(operation: str) -> bool:
    """Tell whether a primitive of doubles is computed without rounding, by its row or its definition."""
    row = PRIMITIVES[operation]
    inside = definition(row)
    if inside is None:
        return row.exact or row.is_truth or row.picks
    return all(other in LEAVES or is_exact(other) for other in inside.operations)


@cache
def carries(operation: str, position: int, beside: tuple[float | None, ...]) -> bool:
    """Tell whether a primitive's result is not finite wherever its operand at a position is not.

    `beside` has the numbers of constant operands, and None for the others.
    """
    kernel = DOUBLE.function(operation)
    choices: list[tuple[float, ...]] = [_BESIDE if number is None else (number,) for number in beside]
    choices[position] = _NOT_FINITE
    return not any(isfinite(kernel(*operands)) for operands in product(*choices))


@cache
def is_for_positive(operation: str) -> bool:
    """Tell whether a primitive of one operand has a value exactly where that is positive."""
    domain = condition(PRIMITIVES[operation], "domain")
    if domain is None or len(PRIMITIVES[operation].parameters) != 1 or domain.operations[domain.output] != ">":
        return False
    _, bound = domain.operands_of(domain.output)
    return domain.numbers[bound] == 0


@cache
def keeps_parity(operation: str) -> bool:
    """Tell whether doubles keep the parity of a primitive's row, to the sign of a zero."""
    kernel, sign = DOUBLE.function(operation), -1.0 if PRIMITIVES[operation].parity == "odd" else 1.0
    return all(repr(kernel(-x)) == repr(sign * kernel(x)) for x in _EITHER_SIDE)
