"""Linear algebra in NumPy: the value of each operation, and its partials as linear maps.

The maps are M. Giles, Collected matrix derivative results for forward and reverse mode algorithmic differentiation,
2008, sections 2.2 and 2.3; that of the Cholesky factor is I. Murray, Differentiation of the Cholesky decomposition,
2016.

NumPy has no factorisation that it solves by again. So the operations on one matrix share what each has computed of it:
of a symmetric positive definite one the Cholesky factor and its inverse, of others the inverse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any
from weakref import ref

import numpy as np

from cgraph_cli.evaluation.arrays.derivatives import Array, Masked, Shape
from cgraph_cli.evaluation.arrays.linear import EVERYWHERE, Function, Linear

Found = Sequence[Any]


_SMALL = 48
"""The rows of a triangular matrix that is inverted at once, and of a symmetric one that is treated as any other."""


class FactoredMatrix:
    """A matrix, with what was computed of it: nothing twice."""

    def __init__(self, of: Callable[[], Any]) -> None:
        self.of = of

    @cached_property
    def lower(self) -> Array:
        """The Cholesky factor of its symmetric part, `nan` where that is not positive definite."""
        matrix = symmetric_part(self.of())
        try:
            return np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            return np.full(np.shape(matrix), np.nan)

    @cached_property
    def back(self) -> Array:
        """The inverse of the Cholesky factor."""
        return _invert_lower(self.lower)

    @cached_property
    def is_definite(self) -> bool:
        """True of a symmetric positive definite matrix that is large enough for that to matter."""
        matrix = self.of()
        is_symmetric = len(matrix) > _SMALL and np.array_equal(matrix, matrix.T)
        return is_symmetric and bool(np.isfinite(self.lower).all())

    @cached_property
    def inverse(self) -> Array:
        """The inverse, `nan` where it is singular."""
        if self.is_definite:
            return self.back.T @ self.back
        matrix = self.of()
        try:
            return np.linalg.inv(matrix)
        except np.linalg.LinAlgError:
            return np.full(np.shape(matrix), np.nan)

    def solve(self, right: Array) -> Array:
        """Solve a system."""
        return self.back.T @ (self.back @ right) if self.is_definite else _solution(self.of(), right)

    def solve_back(self, right: Array) -> Array:
        """Solve a system of the transpose."""
        if self.is_definite:
            return self.solve(right)
        return self.inverse.T @ right if "inverse" in vars(self) else _solution(self.of().T, right)

    def log_determinant(self) -> Array:
        """Find the logarithm of the determinant, -inf where that is 0 and nan where it is negative."""
        if self.is_definite:
            return 2 * np.log(np.diag(self.lower)).sum()
        sign, value = np.linalg.slogdet(self.of())
        return value if sign > 0 else np.float64(-np.inf if sign == 0 else np.nan)


_known: dict[int, FactoredMatrix] = {}


def _shared(matrix: Array) -> FactoredMatrix:
    """Find what is known of a matrix; it is forgotten with the matrix."""
    key = id(matrix)
    found = _known.get(key)
    if found is None or found.of() is not matrix:
        found = _known[key] = FactoredMatrix(ref(matrix, lambda _: _known.pop(key, None)))
    return found


def _solve(args: tuple[Any, ...], matrix: Array, right: Array) -> Found:
    shape, size, of = np.shape(right), np.shape(matrix), _shared(matrix)
    value = of.solve(right)
    known: list[Array] = []  # of an adjoint, that both operands' are computed from

    def back(g: Array) -> Array:
        if not known or known[0] is not g:
            known[:] = [g, of.solve_back(g)]
        return known[1]

    def pull_matrix(g: Array) -> Array:
        found = back(g)
        return np.multiply.outer(-found, value) if len(shape) == 1 else -found @ value.T

    return (
        value,
        _dense(shape, size, lambda t: -of.solve(t @ value), pull_matrix),
        _dense(shape, shape, of.solve, back),
    )


def _inv(args: tuple[Any, ...], matrix: Array) -> Found:
    shape = np.shape(matrix)
    value = _shared(matrix).inverse
    return value, _dense(shape, shape, lambda t: -value @ t @ value, lambda g: -value.T @ g @ value.T)


def _det(args: tuple[Any, ...], matrix: Array) -> Found:
    value = np.linalg.det(matrix)
    return value, _gradient(np.shape(matrix), lambda: _cofactors(matrix))


def _logdet(args: tuple[Any, ...], matrix: Array) -> Found:
    of = _shared(matrix)
    return of.log_determinant(), _gradient(np.shape(matrix), lambda: of.inverse.T)


def _cholesky(args: tuple[Any, ...], matrix: Array) -> Found:
    shape, of = np.shape(matrix), _shared(matrix)
    lower = of.lower
    triangle = np.tri(len(lower), dtype=bool)  # the rest of the factor depends on nothing

    def push(t: Array) -> Masked:
        return Masked(lower @ _half(of.back @ symmetric_part(t) @ of.back.T), triangle)

    def pull(g: Array) -> Array:
        return symmetric_part(of.back.T @ _half(lower.T @ np.tril(g)) @ of.back)

    return lower, _dense(shape, shape, push, pull)


def symmetric_part(matrix: Array) -> Array:
    """Find the symmetric matrix half way to the transpose."""
    found: Array = (matrix + matrix.T) / 2
    return found


def _half(matrix: Array) -> Array:
    """Take the lower triangle, of the diagonal one half: Φ in Murray's notation."""
    found: Array = np.tril(matrix)
    found[np.diag_indices_from(found)] /= 2
    return found


def _gradient(shape: Shape, gradient: Callable[[], Array]) -> Linear:
    """Make the partial of a number with respect to a matrix, which its gradient is."""
    return _dense((), shape, lambda t: np.sum(gradient() * t), lambda g: g * gradient())


def _dense(shape: Shape, like: Shape, push: Function, pull: Function) -> Linear:
    """Make a partial under which every element of the result depends on every one of the operand."""

    def every(to: Shape) -> Function:
        return lambda mask: EVERYWHERE if mask.any() else np.zeros(to, dtype=bool)

    return Linear(shape, like, push, pull, lambda: (every(shape), every(like)), mixes=True)


def _solution(matrix: Array, right: Array) -> Array:
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return np.full(np.shape(right), np.nan)


def _invert_lower(lower: Array) -> Array:
    """Invert a lower triangular matrix, by blocks: [[A, 0], [B, C]] gives [[A⁻¹, 0], [-C⁻¹ B A⁻¹, C⁻¹]]."""
    size = len(lower)
    if size <= _SMALL:
        return np.tril(np.linalg.inv(lower))
    half = size // 2
    first, last = _invert_lower(lower[:half, :half]), _invert_lower(lower[half:, half:])
    found = np.zeros((size, size))
    found[:half, :half], found[half:, half:] = first, last
    found[half:, :half] = -last @ lower[half:, :half] @ first
    return found


def invert(matrix: Array) -> Array:
    """Invert a matrix, `nan` where it is singular; what is known of a matrix is not computed again."""
    return _shared(matrix).inverse


def estimate_condition(matrix: Array) -> float:
    """Compute the condition number of the 1-norm in doubles; inf of a matrix that is singular to them."""
    if not np.isfinite(matrix).all() or not np.size(matrix):
        return 1.0
    inverse = invert(matrix)
    found = float(np.abs(matrix).sum(axis=0).max() * np.abs(inverse).sum(axis=0).max())
    return found if found == found else float("inf")


def _cofactors(matrix: Array) -> Array:
    """Find the gradient of the determinant, of a singular matrix too: by its singular values."""
    if not np.isfinite(matrix).all():
        return np.full(np.shape(matrix), np.nan)
    left, sizes, right = np.linalg.svd(matrix)
    sign = np.linalg.det(left) * np.linalg.det(right)
    before = np.concatenate(([1.0], np.cumprod(sizes)[:-1]))
    after = np.concatenate((np.cumprod(sizes[::-1])[:-1][::-1], [1.0]))
    return sign * (left * (before * after)[: len(sizes)]) @ right


LINEAR_ALGEBRA: dict[str, Callable[..., Found]] = {
    "solve": _solve,
    "inv": _inv,
    "det": _det,
    "logdet": _logdet,
    "cholesky": _cholesky,
}
"""The operations by name."""
