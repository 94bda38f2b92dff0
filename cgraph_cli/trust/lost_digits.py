"""Lost digits of doubles: error bounds of values and partials in one pass, then of a sweep's derivatives.

Every bound is of the distance to the true number, to first order in the bounds themselves and safe to second (see
`evaluation.bounded`). The passes are loops over the columns of the graph, as the sweeps are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, isfinite, ulp
from typing import Any

from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.evaluation.operation_errors import PI_ERROR, TINY, product_error, sum_error
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.verdicts import Cause

LOST = 1e-12
"""The relative error from which on a shown digit may be wrong."""


def is_lost(number: float, error: float) -> bool:
    """Tell whether the error of a number may exceed `LOST` of itself."""
    return not error <= LOST * abs(number) < inf


def literal_error(number: float, spelling: str) -> float:
    """Bound the distance of a double from the decimal of its spelling."""
    if not isfinite(number) or (number.is_integer() and abs(number) < 2**53):
        return 0.0
    from decimal import Decimal

    return 0.0 if Decimal(spelling.replace("_", "") or repr(number)) == Decimal(number) else ulp(number)


class Bounds:
    """Errors of an evaluation: `values` by node, `partials` by edge; `causes` are conditions that may hold, by node."""

    __slots__ = ("causes", "partials", "values")

    def __init__(self, evaluation: Evaluation, decimal: bool = False) -> None:
        """Bound an evaluation. With `decimal`, literals and inputs are decimals, and their doubles have errors."""
        self.values: list[float] = []
        self.partials: list[float] = []
        self.causes: dict[int, str] = {}
        graph, numbers, partials = evaluation.graph, evaluation.values, evaluation.partials
        starts, operands, errors, slopes = graph.starts, graph.operands, self.values, self.partials
        compiled: dict[str, tuple[Any, ...]] = {}
        start = 0
        for node, operation in enumerate(graph.operations):
            end = starts[node + 1]
            if start == end:
                spelling = graph.spellings.get(node, "") if operation == CONSTANT else ""
                if spelling in ("pi", "π", "tau"):
                    errors.append(PI_ERROR * abs(numbers[node]))
                else:
                    errors.append(literal_error(numbers[node], spelling) if decimal else 0.0)
                continue
            f = numbers[node]
            if operation == "*":
                left, right = operands[start], operands[start + 1]
                x, y, dx, dy = numbers[left], numbers[right], errors[left], errors[right]
                error = product_error(f, x, y)
                if dx or dy:
                    error += abs(x) * dy + abs(y) * dx + dx * dy + 2 * TINY
                slopes.append(dy)
                slopes.append(dx)
            elif operation == "+" or operation == "-":
                left, right = operands[start], operands[start + 1]
                y = numbers[right]
                error = errors[left] + errors[right] + sum_error(f, numbers[left], y if operation == "+" else -y)
                slopes.append(0.0)
                slopes.append(0.0)
            else:
                given = [numbers[operand] for operand in operands[start:end]]
                around = [errors[operand] for operand in operands[start:end]]
                if operation not in compiled:
                    compiled[operation] = _compile(operation)
                error_of, cause_of, slope_errors_of = compiled[operation]
                error = error_of(f, partials[start:end], given, around)
                cause = cause_of(f, error, given, around) if cause_of is not None else ""
                if cause and not (cause == Cause.EDGES and is_inside(graph, node)):
                    self.causes[node] = cause
                    if any(around):
                        error = error if cause == Cause.KINKS else inf
                        slopes += [inf] * (end - start)
                if len(slopes) < end:
                    slopes += slope_errors_of(f, error, given, around)
            errors.append(error if error < inf and -inf < f < inf else inf)
            start = end


def is_inside(graph: Graph, node: int) -> bool:
    """Tell whether a constant whole number among a node's operands keeps those beside an edge in the domain."""
    constants = [graph.constant(each) for each in graph.operands_of(node) if graph.operations[each] == CONSTANT]
    return any(number.is_integer() for number in constants)


def _compile(operation: str) -> tuple[Callable[..., float], Callable[..., str] | None, Callable[..., Sequence[float]]]:
    """Compile a primitive's bounds: of its result, of the conditions that hold or may, and of its partials."""
    from cgraph_cli.evaluation.bounded import cause_of, error_of, slope_errors_of

    return error_of(operation), cause_of(operation), slope_errors_of(operation)


def bound_adjoints(
    evaluation: Evaluation, bounds: Bounds, seeds: Mapping[int, float], adjoints: Sequence[float | None]
) -> list[float]:
    """Bound the errors of the adjoints by `sweep_reverse` from the same seeds, by node."""
    graph, partials, slopes = evaluation.graph, evaluation.partials, bounds.partials
    operands, starts = graph.operands, graph.starts
    errors = [0.0] * len(graph)
    sums: list[float] = [0.0] * len(graph)
    for node, seed in seeds.items():
        sums[node] = seed
    for node in range(max(seeds, default=-1), -1, -1):
        adjoint, off = adjoints[node], errors[node]
        if adjoint is None:
            if not off:
                continue
            adjoint = 0.0
        for edge in range(starts[node], starts[node + 1]):
            partial, operand = partials[edge], operands[edge]
            if partial is None:
                if slopes[edge]:  # the operands do not decide whether there is a dependence
                    errors[operand] = inf
            else:
                term, wrong = adjoint * partial, slopes[edge]
                error = product_error(term, adjoint, partial)
                if wrong or off:
                    error += (abs(adjoint) + off) * wrong + off * abs(partial) + TINY
                before = sums[operand]
                total = sums[operand] = before + term
                errors[operand] += error + sum_error(total, before, term) if before else error
    return errors


def bound_tangents(
    evaluation: Evaluation, bounds: Bounds, seeds: Mapping[int, float], tangents: Sequence[float | None]
) -> list[float]:
    """Bound the errors of the tangents by `sweep_forward` from the same seeds, by node."""
    graph, partials, slopes = evaluation.graph, evaluation.partials, bounds.partials
    operands, starts = graph.operands, graph.starts
    errors: list[float] = []
    for node in range(len(graph)):
        error = total = 0.0
        for edge in range(starts[node], starts[node + 1]) if node not in seeds else ():
            partial, operand = partials[edge], operands[edge]
            tangent, off = tangents[operand], errors[operand]
            if tangent is None:
                if not off:
                    continue
                tangent = 0.0
            if partial is None:
                if slopes[edge]:  # the operands do not decide whether there is a dependence
                    error = inf
                continue
            term, before = partial * tangent, total
            total = before + term
            error += product_error(term, tangent, partial)
            wrong = slopes[edge]
            if wrong or off:
                error += (abs(tangent) + off) * wrong + off * abs(partial) + TINY
            if before:
                error += sum_error(total, before, term)
        errors.append(error)
    return errors
