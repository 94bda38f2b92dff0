"""Events: where an evaluation in doubles met an irregular point, or left what a double can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT, LEAVES, Graph
from cgraph_cli.core.primitives import TRUTHS
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.verdicts import Cause

_NEVER_ZERO = frozenset(
    {"*", "/", "^", "exp", "exp2", "sech", "csch", "sigmoid", "softplus", "logsigmoid", "erfc", "silu", "gelu", "prod"}
)
"""Operations that give 0 for finite operands other than 0 only because the true result is too small for a double."""

_NEVER_FLAT = frozenset(
    {"exp", "exp2", "expm1", "tanh", "erf", "erfc", "sigmoid", "softplus", "logsigmoid", "atan", "csch", "coth",
     "logaddexp", "logsumexp", "elu", "sech"}
)  # fmt: skip
"""Operations whose partial for a finite operand other than 0 is 0 only because it is too small for a double."""

SMALLEST = 2.2250738585072014e-308
"""The smallest double that has all its digits."""

LARGEST = 1.7976931348623157e308
"""The largest double."""

_EXACT = frozenset({"identity", "neg", "abs", "min", "max", "where", "+", "-", "relu", "clip"})
"""Operations that keep every digit of a number below that."""


MOST_NODES = 20_000
"""The most nodes of a graph whose events are looked into in high precision; a note says so where it matters."""


class Event(NamedTuple):
    """A node, and the cause for which its number is not to be relied on."""

    node: int
    cause: Cause


def find_events(graph: Graph, evaluation: Evaluation) -> Iterator[Event]:
    """Find the events of an evaluation in doubles."""
    values, partials, starts, operands = evaluation.values, evaluation.partials, graph.starts, graph.operands
    used = set(graph.operations)
    conditions = {name: asked for name in used.difference(LEAVES) if (asked := DOUBLE.cause(name))}
    quiet = used - conditions.keys() - _NEVER_FLAT  # of these, a number of ordinary size tells that nothing happened
    for node, (operation, value) in enumerate(zip(graph.operations, values, strict=True)):
        is_ordinary = SMALLEST <= abs(value) <= LARGEST
        if (is_ordinary and operation in quiet) or operation in LEAVES:
            continue
        start, end = starts[node], starts[node + 1]
        if is_ordinary and operation not in conditions and 0.0 not in partials[start:end]:
            continue
        given = [values[operand] for operand in operands[start:end]]
        cause: str = ""
        if operation in conditions and can_change(graph, node, operation):
            cause = conditions[operation](value, *given)
        if not cause and not isfinite(value):
            cause = Cause.OVERFLOW if all(map(isfinite, given)) else Cause.INHERITED
        elif not cause and _underflows(operation, value, given, partials[start:end]):
            cause = Cause.UNDERFLOW
        if cause:
            yield Event(node, Cause(cause))


def _underflows(operation: str, value: float, operands: Sequence[float], partials: Sequence[float | None]) -> bool:
    """Tell whether a finite result, or its slope, is too small for a double."""
    if 0 < abs(value) < SMALLEST and operation not in _EXACT:
        return True
    vanished = value == 0 and operation in _NEVER_ZERO
    flat = operation in _NEVER_FLAT and (value == 0 or 0.0 in partials)
    return (vanished or flat) and all(operand != 0 and isfinite(operand) for operand in operands)


def can_change(graph: Graph, node: int, operation: str) -> bool:
    """Tell whether a node's conditions can hold by its operands changing: not where a switch or a constant decides."""
    if operation not in TRUTHS and operation != "where":
        return True
    operands = graph.operands_of(node)[:1] if operation == "where" else graph.operands_of(node)
    if operation in ("where", "and", "or", "not"):
        return any(graph.operations[o] not in TRUTHS and graph.operations[o] != CONSTANT for o in operands)
    if operation == "==" and graph.operations[operands[1]] in ("max", "min"):
        return operands[0] not in graph.operands_of(operands[1])  # only where that ties, which is a kink of its own
    return True
