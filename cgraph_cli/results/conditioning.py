"""Condition numbers of the matrices that a program solves with or inverts: a cause of lost or infinite numbers.

The condition number is that of the 1-norm, ‖A‖·‖A⁻¹‖. That of a small matrix is exact for its doubles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from cgraph_cli.core.array_graph import split
from cgraph_cli.core.reach import ancestors
from cgraph_cli.trust.verdicts import Status, Verdict

if TYPE_CHECKING:
    from cgraph_cli.results.report import Report

INVERTING = ("solve", "inv")
"""The operations without a value for a singular matrix."""

OF_MATRICES = (*INVERTING, "det", "logdet", "cholesky")

ILL = 1e8
"""The least condition number that is reported: half of the digits of a matrix's elements are lost."""

_MOST_EXACT = 10
"""The most rows of a matrix that is inverted in fractions."""

_MOST_PLAIN = 30
"""The most rows of a matrix that is inverted without NumPy."""

_SINGULAR = 4e15
"""The condition number beyond which doubles do not distinguish a matrix from a singular one."""

_POLE = Verdict(Status.POLE)


class MatrixUse(NamedTuple):
    """An operation on a matrix: its array, its name, its place, and the matrix's condition number at the point."""

    array: int
    operation: str
    place: str
    condition: float

    @property
    def is_singular(self) -> bool:
        """True of a matrix without an inverse."""
        return self.condition == inf


def find_matrix_uses(report: Report, operations: Sequence[str] = OF_MATRICES) -> Iterator[MatrixUse]:
    """Find the operations on matrices of a report, except on matrices with an unknown element."""
    arrays = report.graph.arrays
    if arrays is None:
        return
    program = arrays.graph
    for node, named in enumerate(program.operations):
        operation = split(named)[0]
        if operation in operations:
            numbers = arrays.elements[program.operands_of(node)[0]].map(report.values.__getitem__)
            if all(map(isfinite, numbers.items)):
                line, column = program.source.place(program.offsets[node])
                yield MatrixUse(node, operation, f"{line}:{column}", condition_number(numbers.nested()))


def condition_number(rows: Sequence[Sequence[float]]) -> float:
    """Compute the condition number of a matrix; that of a singular one is inf."""
    if len(rows) > _MOST_PLAIN:
        import numpy

        from cgraph_cli.evaluation.arrays.linear_algebra import estimate_condition

        return estimate_condition(numpy.array(rows))
    exact = len(rows) <= _MOST_EXACT
    number: Any = Fraction if exact else float
    matrix = [[number(item) for item in row] for row in rows]
    inverse = _inverse(matrix, number)
    if inverse is None:
        return inf
    try:
        return float(_norm(matrix) * _norm(inverse))
    except OverflowError:
        return inf


def _norm(matrix: list[list[Any]]) -> Any:
    return max((sum(map(abs, column)) for column in zip(*matrix, strict=True)), default=1)


def _inverse(matrix: list[list[Any]], number: Any) -> list[list[Any]] | None:
    """Invert a matrix by elimination with pivots; None where a pivot is missing."""
    size = len(matrix)
    rows = [[*row, *(number(int(at == place)) for place in range(size))] for at, row in enumerate(matrix)]
    for k in range(size):
        best = max(range(k, size), key=lambda row: abs(rows[row][k]))
        if rows[best][k] == 0:
            return None
        rows[k], rows[best] = rows[best], rows[k]
        pivot = rows[k][k]
        rows[k] = [item / pivot for item in rows[k]]
        for row in range(size):
            factor = rows[row][k]
            if row != k and factor != 0:
                rows[row] = [item - factor * other for item, other in zip(rows[row], rows[k], strict=True)]
    return [row[size:] for row in rows]


def mark_singular(report: Report) -> None:
    """Give the status `pole` to the numbers that a singular matrix makes undefined: results, and gradients through
    them.
    """
    arrays, assessment = report.graph.arrays, report.assessment
    if arrays is None or assessment is None or report.is_ok():
        return
    open_statuses = (Status.UNDEFINED, Status.UNKNOWN)
    for use in find_matrix_uses(report, INVERTING):
        if use.condition < _SINGULAR:
            continue
        elements = arrays.elements[use.array].items
        lost = [each for each in elements if report.verdict(each).status in (*open_statuses, Status.POLE)]
        if not lost:
            continue
        above = ancestors(report.graph, elements)
        for node in {*elements, *above.difference(_behind_matrix(report, use))}:
            if report.verdict(node).status in open_statuses:
                assessment.verdicts[node] = _POLE
        for column in report.columns():
            for node in above:
                if column.verdict(node).status in open_statuses:
                    column.verdicts[node] = _POLE


def _behind_matrix(report: Report, use: MatrixUse) -> set[int]:
    """Find the nodes that an operation's operands depend on, with those of the operands themselves."""
    arrays = report.graph.arrays
    assert arrays is not None
    operands = [each for node in arrays.graph.operands_of(use.array) for each in arrays.elements[node].items]
    return ancestors(report.graph, operands)


def conditioning_lines(report: Report) -> Iterator[str]:
    """Write a line for each matrix that is ill-conditioned, and not singular."""
    return write_conditions(find_matrix_uses(report, INVERTING))


def write_conditions(uses: Iterable[MatrixUse]) -> Iterator[str]:
    """Write a line for each of some matrices that is ill-conditioned, and not singular."""
    for use in uses:
        if ILL <= use.condition < inf:
            what = f"`{use.operation}` at {use.place} is of a matrix with the condition number {use.condition:.3g}"
            yield f"note: {what}: an error in its elements grows by as much"
