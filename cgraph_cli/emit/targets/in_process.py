"""NumPy in this process: the functions of the array algebra in place of SciPy's, and of those that NumPy is slow at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cgraph_cli.emit.module import Module
from cgraph_cli.emit.spelling import Structure
from cgraph_cli.emit.structures import along, axis, call
from cgraph_cli.emit.targets.numpy import HELPERS, SPECIAL, STRUCTURES, TEMPLATES, NumPy
from cgraph_cli.emit.targets.python_family import Pythonic
from cgraph_cli.emit.terms import Template, calls
from cgraph_cli.evaluation.arrays.algebra import ARRAYS
from cgraph_cli.evaluation.arrays.derivatives import Array, Shape, pick, widen
from cgraph_cli.evaluation.arrays.linear_algebra import LINEAR_ALGEBRA, forget
from cgraph_cli.evaluation.arrays.reductions import below_most, softmax


def _read(given: Any, shape: Shape) -> Array:
    """Read an input as an array of doubles; it may have changed in place since the last call."""
    array = np.asarray(given, dtype=float)
    forget(array)
    return widen(array, shape)


def _product(x: Array, y: Array) -> Array:
    """Multiply matrices; a transpose by the product of the transposes, at which BLAS is faster."""
    if x.ndim == y.ndim == 2 and x.flags.f_contiguous and not x.flags.c_contiguous:
        return np.matmul(y.T, x.T).T
    return np.matmul(x, y)


def _log_softmax(x: Array, axis: int = -1) -> Array:
    below = below_most(x, axis)
    return below - np.log(np.add.reduce(np.exp(below), axis, keepdims=True))


def _cross_entropy(z: Array, k: Array) -> Array:
    below = below_most(z, 1)
    sums = np.log(np.add.reduce(np.exp(below), 1)) - below[np.arange(len(k)), k.astype(int)]
    return np.add.reduce(sums) / len(k)


def _value_of(operation: str) -> Callable[..., Array]:
    """Make the function of a structural operation's value; those on one matrix share its factors."""
    kernel = ARRAYS.kernel(operation)
    return lambda *operands: kernel(*operands)[0]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "where": pick,
    "product": _product,
    "read": _read,
    "softmax": softmax,
    "log_softmax": _log_softmax,
    "cross_entropy": _cross_entropy,
    **{each: ARRAYS.function(each) for each in SPECIAL},
    **{each: _value_of(each) for each in LINEAR_ALGEBRA},
}

SCOPE: dict[str, Any] = {f"_{name}": function for name, function in _FUNCTIONS.items()}
"""The names that the code has to find."""

_TEMPLATES = {**TEMPLATES, **calls({each: f"_{each}" for each in ("where", *SPECIAL)})}

_STRUCTURES: dict[str, Structure] = {
    **STRUCTURES,
    "@": call("_product({0}, {1})"),
    "softmax": along("_softmax({{0}}, {})"),
    "log_softmax": along("_log_softmax({{0}}, {})"),
    "cross_entropy": call("_cross_entropy({0}, {1})"),
    "sum": lambda args, shapes: Template(f"np.add.reduce({{0}}{axis(args) or ', axis=None'})"),
    **{each: call(f"_{each}({{*}})") for each in LINEAR_ALGEBRA},
}

_HELPERS = {name: source for name, source in HELPERS.items() if name not in _FUNCTIONS}


class _InProcess(NumPy):
    """NumPy and the functions of the array algebra."""

    templates = _TEMPLATES
    structures = _STRUCTURES
    helpers = _HELPERS
    reserved = Pythonic.reserved | {"np", *SCOPE}

    def opening(self, module: Module) -> list[str]:
        """Write the lines that make the inputs arrays of doubles of their shapes; numbers may be arrays of any."""
        line = "_read({0}, {1})" if module.has_arrays else "np.asarray({0}, dtype=float)"
        return [f"{p.variable} = {line.format(p.variable, p.shape)}" for p in module.parameters]

    def literal(self, text: str) -> str:
        """Write a number as a double: arrays of whole numbers are others."""
        return text


TARGET = _InProcess()
