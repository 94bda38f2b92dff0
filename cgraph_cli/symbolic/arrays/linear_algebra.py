"""Linear algebra in scalars: cofactors of small matrices, elimination with pivots of larger ones, Cholesky.

Known numbers at the point choose the pivots; any choice computes the same function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgraph_cli.core.tensor import Shape, Tensor
from cgraph_cli.symbolic.arrays.scalars import Nodes, Scalars

_BY_COFACTORS = 3
"""The most rows of a matrix whose determinant is written out, without a division: right for every matrix."""

Matrix = list[list[int]]


def _rows(matrix: Nodes) -> Matrix:
    size = matrix.shape[1]
    return [list(matrix.items[at : at + size]) for at in range(0, len(matrix.items), size or 1)]


def _determinant(scalars: Scalars, rows: Matrix) -> int:
    """Write a determinant by expansion along the first row."""
    if not rows:
        return scalars.constant(1.0)
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    for column, entry in enumerate(rows[0]):
        minor = _determinant(scalars, [row[:column] + row[column + 1 :] for row in rows[1:]])
        term = scalars.append("*", entry, minor)
        terms.append(scalars.append("neg", term) if column % 2 else term)
    return scalars.total(terms)


def _eliminate(scalars: Scalars, rows: Matrix, right: Matrix) -> bool:
    """Bring a matrix and right-hand sides to upper triangular form, in place; tells whether the permutation of rows is
    odd.

    Golub and Van Loan, Matrix Computations, 3.4: Gaussian elimination with partial pivoting.
    """
    odd = False
    for k in range(len(rows)):
        best = max(range(k, len(rows)), key=lambda row: _size(scalars, rows[row][k]))
        if best != k and _size(scalars, rows[best][k]) > _size(scalars, rows[k][k]):
            rows[k], rows[best] = rows[best], rows[k]
            right[k], right[best] = right[best], right[k]
            odd = not odd
        for row in range(k + 1, len(rows)):
            factor = scalars.append("/", rows[row][k], rows[k][k])
            rows[row] = rows[row][: k + 1] + [
                scalars.append("-", rows[row][at], scalars.append("*", factor, rows[k][at]))
                for at in range(k + 1, len(rows))
            ]
            right[row] = [
                scalars.append("-", mine, scalars.append("*", factor, other))
                for mine, other in zip(right[row], right[k], strict=True)
            ]
    return odd


def _size(scalars: Scalars, node: int) -> float:
    number = scalars.number(node)
    return abs(number) if number == number else 0.0


def _solve(scalars: Scalars, rows: Matrix, right: Matrix) -> Matrix:
    """Write the solution of a system, a row an unknown."""
    size, count = len(rows), len(right[0]) if right else 0
    if size <= _BY_COFACTORS:  # Cramer's rule
        whole = _determinant(scalars, rows)
        solution = []
        for unknown in range(size):
            columns = [
                _determinant(
                    scalars, [[*row[:unknown], b[at], *row[unknown + 1 :]] for row, b in zip(rows, right, strict=True)]
                )
                for at in range(count)
            ]
            solution.append([scalars.append("/", each, whole) for each in columns])
        return solution
    rows, right = [list(row) for row in rows], [list(row) for row in right]
    _eliminate(scalars, rows, right)
    solution = [[] for _ in range(size)]
    for row in reversed(range(size)):
        for at in range(count):
            known = [scalars.append("*", rows[row][k], solution[k][at]) for k in range(row + 1, size)]
            rest = scalars.append("-", right[row][at], scalars.total(known)) if known else right[row][at]
            solution[row].append(scalars.append("/", rest, rows[row][row]))
    return solution


def _solve_call(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    matrix, right = operands
    columns = right.shape[1] if len(right.shape) > 1 else 1
    sides = [list(right.items[at : at + columns]) for at in range(0, len(right.items), columns)] if columns else []
    solution = _solve(scalars, _rows(matrix), sides)
    return scalars.copied(Tensor(shape, [each for row in solution for each in row]))


def _inverse(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    (matrix,) = operands
    size = shape[0]
    one, zero = scalars.constant(1.0), scalars.constant(0.0)
    identity = [[one if row == column else zero for column in range(size)] for row in range(size)]
    solution = _solve(scalars, _rows(matrix), identity)
    return scalars.copied(Tensor(shape, [each for row in solution for each in row]))


def _pivots(scalars: Scalars, matrix: Nodes) -> tuple[list[int], bool]:
    rows = _rows(matrix)
    odd = _eliminate(scalars, rows, [[] for _ in rows])
    return [rows[at][at] for at in range(len(rows))], odd


def _det(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    (matrix,) = operands
    if matrix.shape[0] <= _BY_COFACTORS:
        found = _determinant(scalars, _rows(matrix))
        return Tensor((), [scalars.append("identity", found) if found in matrix.items else found])
    pivots, odd = _pivots(scalars, matrix)
    product = scalars.append("prod", *pivots)
    return Tensor((), [scalars.append("neg", product) if odd else product])


def _logdet(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    (matrix,) = operands
    if matrix.shape[0] <= _BY_COFACTORS:
        return Tensor((), [scalars.append("log", _determinant(scalars, _rows(matrix)))])
    pivots, odd = _pivots(scalars, matrix)
    signs = [scalars.append("sign", pivot) for pivot in pivots]
    sign = scalars.append("prod", *signs)
    sign = scalars.append("neg", sign) if odd else sign
    sizes = [scalars.append("log", scalars.append("abs", pivot)) for pivot in pivots]
    return Tensor((), [scalars.total([scalars.append("log", sign), *sizes])])


def _cholesky(scalars: Scalars, args: tuple[Any, ...], operands: list[Nodes], shape: Shape) -> Nodes:
    """Write the Cholesky factor of the symmetric part: Golub and Van Loan, Matrix Computations, 4.2."""
    rows = _rows(operands[0])
    two = scalars.constant(2.0)
    for row in range(len(rows)):
        for column in range(row):
            if rows[row][column] != rows[column][row]:
                both = scalars.append("+", rows[row][column], rows[column][row])
                rows[row][column] = scalars.append("/", both, two)
    zero = scalars.constant(0.0)
    lower: Matrix = [[zero] * len(rows) for _ in rows]
    for row in range(len(rows)):
        for column in range(row + 1):
            known = [scalars.append("*", lower[row][k], lower[column][k]) for k in range(column)]
            rest = scalars.append("-", rows[row][column], scalars.total(known)) if known else rows[row][column]
            if row == column:
                lower[row][row] = scalars.append("sqrt", rest)
            else:
                lower[row][column] = scalars.append("/", rest, lower[column][column])
    return scalars.copied(Tensor(shape, [each for row in lower for each in row]))


LINEAR_ALGEBRA: dict[str, Callable[[Scalars, tuple[Any, ...], list[Nodes], Shape], Nodes]] = {
    "solve": _solve_call,
    "inv": _inverse,
    "det": _det,
    "logdet": _logdet,
    "cholesky": _cholesky,
}
