"""Linear algebra in NumPy: the value of each operation, and its partials as linear maps.

The maps are M. Giles, Collected matrix derivative results for forward and reverse mode algorithmic differentiation,
2008, sections 2.2 and 2.3; that of the Cholesky factor is I. Murray, Differentiation of the Cholesky decomposition,
2016.

A matrix may be a stack of matrices, each by itself: those of many points at once.

NumPy has no factorisation that it solves by again. So the operations on one matrix share what each has computed of it:
of a symmetric positive definite one the Cholesky factor and its inverse, of others the inverse.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any
from weakref import ref

import numpy as np

from cgraph_cli.evaluation.arrays.derivatives import Array, Masked, Shape
from cgraph_cli.evaluation.arrays.maps import EVERYWHERE, Bound, Function, StructuralMap

_SMALL = 48
"""The rows of a triangular matrix that is inverted at once, and of a symmetric one that is treated as any other."""


class FactoredMatrix:
    """A matrix, with what was computed of it: nothing twice."""

    def __init__(self, of: Callable[[], Any]) -> None:
        self.of = of

    @cached_property
    def lower(self) -> Array:
        """The Cholesky factor of its symmetric part, `nan` where that is not positive definite."""
        return _each(np.linalg.cholesky, symmetric_part(self.of()))

    @cached_property
    def back(self) -> Array:
        """The inverse of the Cholesky factor."""
        return _invert_lower(self.lower)

    @cached_property
    def is_definite(self) -> bool:
        """True of a symmetric positive definite matrix that is large enough for that to matter."""
        matrix = self.of()
        is_symmetric = matrix.shape[-1] > _SMALL and np.array_equal(matrix, _flip(matrix))
        return is_symmetric and bool(np.isfinite(self.lower).all())

    @cached_property
    def inverse(self) -> Array:
        """The inverse, `nan` where it is singular."""
        return _flip(self.back) @ self.back if self.is_definite else _each(np.linalg.inv, self.of())

    def solve(self, right: Array) -> Array:
        """Solve a system."""
        if self.is_definite:
            return _flip(self.back) @ (self.back @ right)
        return _each(np.linalg.solve, self.of(), right)

    def solve_back(self, right: Array) -> Array:
        """Solve a system of the transpose."""
        if self.is_definite:
            return self.solve(right)
        if "inverse" in vars(self):
            return _flip(self.inverse) @ right
        return _each(np.linalg.solve, _flip(self.of()), right)

    def log_determinant(self) -> Array:
        """Find the logarithm of the determinant, -inf where that is 0 and nan where it is negative."""
        if self.is_definite:
            return 2 * np.log(np.diagonal(self.lower, axis1=-2, axis2=-1)).sum(axis=-1)
        sign, value = np.linalg.slogdet(self.of())
        return np.where(sign > 0, value, np.where(sign == 0, -np.inf, np.nan))[()]


_known: dict[int, FactoredMatrix] = {}


def _shared(matrix: Array) -> FactoredMatrix:
    """Find what is known of a matrix; it is forgotten with the matrix. A symmetric matrix is its transpose."""
    base = matrix.base
    turned = _known.get(id(base))
    if turned is not None and turned.of() is base and _is_transpose(matrix, base) and turned.is_definite:
        return turned
    key = id(matrix)
    found = _known.get(key)
    if found is None or found.of() is not matrix:
        found = _known[key] = FactoredMatrix(ref(matrix, lambda _: _known.pop(key, None)))
    return found


def forget(matrix: Array) -> None:
    """Forget what is known of a matrix, and of one that it is a view of: their elements may be others by now."""
    for each in (matrix, matrix.base):
        _known.pop(id(each), None)


def _is_transpose(matrix: Array, base: Array) -> bool:
    """Tell whether a view of a matrix is the whole of it, by columns."""
    return bool(base.flags.c_contiguous and matrix.T.flags.c_contiguous and matrix.size == base.size)


def _solve(args: tuple[Any, ...], size: Shape, shape: Shape) -> Bound:
    def compute(matrix: Array, right: Array) -> tuple[Array, tuple[Any, ...]]:
        of = _shared(matrix)
        value = of.solve(right)
        return value, (of, value, [])

    def back(g: Array, of: FactoredMatrix, value: Array, known: list[Array]) -> Array:
        """Solve by the transpose for an adjoint, which both operands' are computed from."""
        if not known or known[0] is not g:
            known[:] = [g, of.solve_back(g)]
        return known[1]

    def pull_matrix(g: Array, of: FactoredMatrix, value: Array, known: list[Array]) -> Array:
        found = back(g, of, value, known)
        return np.multiply.outer(-found, value) if len(shape) == 1 else -found @ _flip(value)

    maps = [
        _dense(size[:-2], shape, size, lambda t, of, value, known: -of.solve(t @ value), pull_matrix),
        _dense(size[:-2], shape, shape, lambda t, of, value, known: of.solve(t), back),
    ]
    return Bound(compute, maps)


def _inv(args: tuple[Any, ...], shape: Shape) -> Bound:
    def compute(matrix: Array) -> tuple[Array, tuple[Array]]:
        value = _shared(matrix).inverse
        return value, (value,)

    def pull(g: Array, value: Array) -> Array:
        return -_flip(value) @ g @ _flip(value)

    return Bound(compute, [_dense(shape[:-2], shape, shape, lambda t, value: -value @ t @ value, pull)])


def _det(args: tuple[Any, ...], shape: Shape) -> Bound:
    return Bound(lambda matrix: (np.linalg.det(matrix), (matrix,)), [_gradient(shape, _cofactors)])


def _logdet(args: tuple[Any, ...], shape: Shape) -> Bound:
    def compute(matrix: Array) -> tuple[Array, tuple[FactoredMatrix]]:
        of = _shared(matrix)
        return of.log_determinant(), (of,)

    return Bound(compute, [_gradient(shape, lambda of: _flip(of.inverse))])


def _cholesky(args: tuple[Any, ...], shape: Shape) -> Bound:
    triangle = np.broadcast_to(np.tri(shape[-1], dtype=bool), shape)  # the rest of the factor depends on nothing

    def compute(matrix: Array) -> tuple[Array, tuple[FactoredMatrix]]:
        of = _shared(matrix)
        return of.lower, (of,)

    def push(t: Array, of: FactoredMatrix) -> Masked:
        return Masked(of.lower @ _half(of.back @ symmetric_part(t) @ _flip(of.back)), triangle)

    def pull(g: Array, of: FactoredMatrix) -> Array:
        return symmetric_part(_flip(of.back) @ _half(_flip(of.lower) @ np.tril(g)) @ of.back)

    return Bound(compute, [_dense(shape[:-2], shape, shape, push, pull)])


def symmetric_part(matrix: Array) -> Array:
    """Find the symmetric matrix half way to the transpose."""
    found: Array = (matrix + _flip(matrix)) / 2
    return found


def _half(matrix: Array) -> Array:
    """Take the lower triangle, of the diagonal one half: Φ in Murray's notation."""
    found: Array = np.tril(matrix)
    places = np.arange(found.shape[-1])
    found[..., places, places] /= 2
    return found


def _flip(matrix: Array) -> Array:
    return np.swapaxes(matrix, -1, -2)


def _gradient(shape: Shape, gradient: Callable[..., Array]) -> StructuralMap:
    """Make the map of a number with respect to a matrix, which its gradient is."""
    stack = shape[:-2]

    def pull(g: Array, of: Any) -> Array:
        return np.reshape(g, (*stack, 1, 1)) * gradient(of)

    return _dense(stack, stack, shape, lambda t, of: np.sum(gradient(of) * t, axis=(-2, -1)), pull)


def _dense(stack: Shape, shape: Shape, like: Shape, push: Function, pull: Function) -> StructuralMap:
    """Make a map under which every element of the result depends on every one of the operand, in each of a stack."""

    def every(to: Shape) -> Function:
        def map_mask(mask: Array) -> Any:
            if not stack:
                return EVERYWHERE if mask.any() else np.zeros(to, dtype=bool)
            found = np.reshape(mask, (*stack, -1)).any(axis=-1)
            return np.broadcast_to(found.reshape(*stack, *(1,) * (len(to) - len(stack))), to)

        return map_mask

    return StructuralMap(shape, like, push, pull, (every(shape), every(like)), mixes=True)


def _each(function: Callable[..., Any], *operands: Array) -> Array:
    """Apply a function of matrices whose result has the last one's shape; it is `nan` for those without a result."""
    try:
        found: Array = function(*operands)
        return found
    except np.linalg.LinAlgError:
        if np.ndim(operands[0]) == 2:
            return np.full(np.shape(operands[-1]), np.nan)
        return np.array([_each(function, *each) for each in zip(*operands, strict=True)])


def _invert_lower(lower: Array) -> Array:
    """Invert a lower triangular matrix, by blocks: [[A, 0], [B, C]] gives [[A⁻¹, 0], [-C⁻¹ B A⁻¹, C⁻¹]]."""
    size = lower.shape[-1]
    if size <= _SMALL:
        return np.tril(np.linalg.inv(lower))
    half = size // 2
    first, last = _invert_lower(lower[..., :half, :half]), _invert_lower(lower[..., half:, half:])
    found = np.zeros(lower.shape)
    found[..., :half, :half], found[..., half:, half:] = first, last
    found[..., half:, :half] = -last @ lower[..., half:, :half] @ first
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
    others = _products_before(sizes) * _products_before(sizes[..., ::-1])[..., ::-1]
    return np.reshape(sign, (*sizes.shape[:-1], 1, 1)) * (left * others[..., None, :]) @ right


def _products_before(numbers: Array) -> Array:
    """Multiply the numbers before each one, along the last axis."""
    found = np.ones(numbers.shape)
    np.cumprod(numbers[..., :-1], axis=-1, out=found[..., 1:])
    return found


LINEAR_ALGEBRA: dict[str, Callable[..., Bound]] = {
    "solve": _solve,
    "inv": _inv,
    "det": _det,
    "logdet": _logdet,
    "cholesky": _cholesky,
}
"""The operations by name."""
