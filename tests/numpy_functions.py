"""Functions of the language in NumPy, also of complex numbers: analytic, except at a tie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

TIE = 1e-6
"""A distance from a kink that is too small for a derivative."""


class Tie(Exception):
    """A kink, or nearly one, where a derivative is a matter of convention."""


def sigmoid(x: Any) -> Any:
    return 1 / (1 + numpy.exp(-x))


def softplus(x: Any) -> Any:
    return numpy.log(1 + numpy.exp(x))


def absolute(x: Any) -> Any:
    if numpy.any(abs(x.real) < TIE):
        raise Tie
    return x * numpy.sign(x.real)


def largest(x: Any, axis: int | None) -> Any:
    """Find the greatest along an axis, by the real part."""
    lanes = x.reshape(-1) if axis is None else numpy.moveaxis(x, axis, -1)
    ordered = numpy.sort(lanes.real, axis=-1)
    if ordered.shape[-1] > 1 and numpy.any(ordered[..., -1] - ordered[..., -2] < TIE):
        raise Tie
    return numpy.take_along_axis(lanes, lanes.real.argmax(axis=-1)[..., None], -1)[..., 0]


def logsumexp(x: Any, axis: int | None) -> Any:
    return numpy.log(numpy.sum(numpy.exp(x), axis=axis))


def norm(x: Any, axis: int | None) -> Any:
    squares = numpy.sum(x * x, axis=axis)
    if numpy.any(squares.real < TIE):
        raise Tie
    return numpy.sqrt(squares)


def cholesky(a: Any) -> Any:
    """Compute the Cholesky factor of the symmetric part, without NumPy's conjugates."""
    a = (a + a.T) / 2
    lower = numpy.zeros_like(a)
    for i in range(len(a)):
        for j in range(i + 1):
            rest = a[i, j] - numpy.sum(lower[i, :j] * lower[j, :j])
            lower[i, j] = numpy.sqrt(rest) if i == j else rest / lower[j, j]
    return lower


def conv1d(x: Any, w: Any) -> Any:
    return numpy.array([numpy.sum(x[i : i + len(w)] * w) for i in range(len(x) - len(w) + 1)], complex)


def conv2d(x: Any, w: Any) -> Any:
    (m, n), (p, q) = x.shape, w.shape
    rows = [[numpy.sum(x[i : i + p, j : j + q] * w) for j in range(n - q + 1)] for i in range(m - p + 1)]
    return numpy.array(rows, complex).reshape(m - p + 1, n - q + 1)


def softmax(x: Any, axis: int = -1) -> Any:
    return numpy.exp(x) / numpy.sum(numpy.exp(x), axis=axis, keepdims=True)


UNARY: dict[str, Callable[[Any], Any]] = {
    "sin({})": numpy.sin,
    "tanh({})": numpy.tanh,
    "sigmoid({})": sigmoid,
    "softplus(sin({}))": lambda x: softplus(numpy.sin(x)),
    "exp(-{}^2)": lambda x: numpy.exp(-(x**2)),
    "abs({})": absolute,
    "(-{})": lambda x: -x,
    "{}²": lambda x: x**2,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "({} + {})": lambda x, y: x + y,
    "({} - {})": lambda x, y: x - y,
    "{}*{}": lambda x, y: x * y,
    "{}/(2 + sin({}))": lambda x, y: x / (2 + numpy.sin(y)),
    "atan2({}, 3 + tanh({}))": lambda x, y: numpy.arctan(x / (3 + numpy.tanh(y))),
}
REDUCTIONS: dict[str, Callable[[Any, int | None], Any]] = {
    "sum": lambda x, axis: numpy.sum(x, axis=axis),
    "prod": lambda x, axis: numpy.prod(x, axis=axis),
    "mean": lambda x, axis: numpy.mean(x, axis=axis),
    "logsumexp": logsumexp,
    "norm": norm,
    "max": largest,
    "min": lambda x, axis: -largest(-x, axis),
}
