"""Events: where an evaluation in doubles met an irregular point, or left what a double can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

from cgraph_cli.algebras.double import DOUBLE
from cgraph_cli.algebras.kernels import Algebra
from cgraph_cli.graph import CONSTANT, LEAVES, Graph
from cgraph_cli.sweeps import Evaluation

_SWITCHES = frozenset({"==", "!=", "<", "<=", ">", ">=", "and", "or", "not"})
"""Operations whose result is 0 or 1, so that it is locally constant but for where they jump themselves."""

_NEVER_ZERO = frozenset(
    {"*", "/", "^", "exp", "exp2", "sech", "csch", "sigmoid", "softplus", "logsigmoid", "erfc", "silu", "gelu", "prod"}
)
"""Operations that give 0 for finite operands other than 0 only because the true result is too small for a double."""

_NEVER_FLAT = frozenset(
    {"exp", "exp2", "expm1", "tanh", "erf", "erfc", "sigmoid", "softplus", "logsigmoid", "atan", "csch", "coth",
     "logaddexp", "logsumexp", "elu", "sech"}
)  # fmt: skip
"""Operations whose partial for a finite operand other than 0 is 0 only because it is too small for a double."""

CONDITIONS = ("poles", "domain", "jumps", "kinks")
"""The conditions of a primitive's row, in the order that they are asked."""


SMALLEST = 2.2250738585072014e-308
"""The smallest double that has all its digits."""

LARGEST = 1.7976931348623157e308
"""The largest double."""

_EXACT = frozenset({"identity", "neg", "abs", "min", "max", "where", "+", "-", "relu", "clip"})
"""Operations that keep every digit of a number below that."""


class Event(NamedTuple):
    """Where something went wrong first: a node, and what it met there."""

    node: int
    cause: str


def find_events(graph: Graph, evaluation: Evaluation) -> Iterator[tuple[int, str]]:
    """The events of an evaluation in doubles."""
    values, partials, starts, operands = evaluation.values, evaluation.partials, graph.starts, graph.operands
    used = set(graph.operations)
    regular = {name for name in used if name in LEAVES or not conditions_of(DOUBLE, name)}
    quiet = regular - _NEVER_FLAT  # of these, a number of ordinary size tells that nothing happened
    for node, (operation, value) in enumerate(zip(graph.operations, values, strict=True)):
        if (operation in quiet and SMALLEST <= abs(value) <= LARGEST) or operation in LEAVES:
            continue
        start, end = starts[node], starts[node + 1]
        if operation not in regular and can_change(graph, node, operation):
            cause = cause_of(DOUBLE, operation, value, [values[o] for o in operands[start:end]])
            if cause:
                yield node, cause
                continue
        if not isfinite(value):
            yield node, "overflow" if all(isfinite(values[o]) for o in operands[start:end]) else "inherited"
        elif 0 < abs(value) < SMALLEST and operation not in _EXACT:
            yield node, "underflow"
        elif (value == 0 and operation in _NEVER_ZERO) or operation in _NEVER_FLAT:
            least = all(values[o] != 0 and isfinite(values[o]) for o in operands[start:end])
            if least and (value == 0 or 0.0 in partials[start:end]):
                yield node, "underflow"


def can_change(graph: Graph, node: int, operation: str) -> bool:
    """Whether a node's conditions can hold by its operands changing: not where a switch or a constant decides."""
    if operation not in _SWITCHES and operation != "where":
        return True
    operands = graph.operands_of(node)[:1] if operation == "where" else graph.operands_of(node)
    if operation in ("where", "and", "or", "not"):
        return any(graph.operations[o] not in _SWITCHES and graph.operations[o] != CONSTANT for o in operands)
    if operation == "==" and graph.operations[operands[1]] in ("max", "min"):
        return operands[0] not in graph.operands_of(operands[1])  # only where that ties, which is a kink of its own
    return True


@lru_cache(maxsize=500)
def conditions_of(algebra: Algebra, operation: str) -> list[tuple[str, Callable[..., Any]]]:
    """The conditions that a primitive's row has, with their columns."""
    found = ((column, algebra.condition(operation, column)) for column in CONDITIONS)
    return [(column, holds) for column, holds in found if holds is not None]


def cause_of(algebra: Algebra, operation: str, value: Any, operands: Sequence[Any]) -> str:
    """Which condition of a primitive's row holds: the column, or nothing."""
    for column, holds in conditions_of(algebra, operation):
        if column == "domain" and any(operand != operand for operand in operands):
            continue  # a nan is in no domain, and was outside one before
        if bool(holds(value, *operands)) != (column == "domain"):
            return column
    return ""
