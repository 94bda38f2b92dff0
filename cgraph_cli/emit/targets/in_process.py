"""NumPy in this process: the functions of the array algebra in place of SciPy's, and of those that NumPy is slow at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cgraph_cli.core.tensor import show_shape
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


def _product(x: Array, y: Array) -> Array:
    """Multiply matrices; a transpose by the product of the transposes, at which BLAS is faster."""
    if x.ndim == y.ndim == 2 and x.flags.f_contiguous and not x.flags.c_contiguous:
        return np.matmul(y.T, x.T).T
    return np.matmul(x, y)


def _log_softmax(x: Array, axis: int = -1) -> Array:
    below = below_most(x, axis)
    return below - np.log(np.add.reduce(np.exp(below), axis, keepdims=True))


def _cross_entropy(z: Array, k: Array) -> Array:
    below, places = below_most(z, 1), k.astype(int)
    try:
        chosen = below[np.arange(len(k)), places]
    except IndexError:
        chosen = None
    if chosen is None or (np.minimum.reduce(places, initial=0) < 0) or not (k == places).all():
        raise ValueError(f"classes are whole numbers from 0 to {z.shape[1] - 1}")
    sums = np.log(np.add.reduce(np.exp(below), 1)) - chosen
    return np.add.reduce(sums) / len(k)


def _read(given: Any, name: str, shape: Shape | None) -> Array:
    """Read an argument as doubles of a `shape`, or of any; it may have changed in place since the last call."""
    numbers = np.asarray(given)
    if numbers.dtype != float:
        is_real = numbers.dtype.kind in "biuf"
        try:
            numbers = (
                numbers.astype(float) if is_real else np.reshape([*map(float, numbers.ravel().tolist())], numbers.shape)
            )
        except (TypeError, ValueError):
            raise TypeError(f"`{name}` is no array of real numbers") from None
    forget(numbers)
    try:
        return numbers if shape is None else widen(numbers, shape)
    except ValueError:
        what = f"`{name}` is {show_shape(numbers.shape)}, and the function takes {show_shape(shape or ())}"
        raise ValueError(what) from None


def _own(results: tuple[Any, ...], *arguments: Array) -> tuple[Any, ...]:
    """Copy each result that has the memory of an argument or of another result: all may be changed in place."""
    seen = {id(_root(each)) for each in arguments}

    def own(result: Any) -> Any:
        if isinstance(result, tuple):
            return tuple(map(own, result))
        if not isinstance(result, np.ndarray) or not result.ndim:
            return result[()] if isinstance(result, np.ndarray) else result
        root = id(_root(result))
        if root in seen or 0 in result.strides:
            return result.copy()
        seen.add(root)
        return result

    return tuple(map(own, results))


def _root(array: Any) -> Any:
    """Find the array that has the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _value_of(operation: str) -> Callable[..., Array]:
    """Make the function of a structural operation's value; those on one matrix share its factors."""
    kernel = ARRAYS.kernel(operation)
    return lambda *operands: kernel(*operands)[0]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "where": pick,
    "product": _product,
    "read": _read,
    "own": _own,
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
        return [
            f"{p.variable} = _read({p.variable}, {p.name!r}, {p.shape if module.has_arrays else None})"
            for p in module.parameters
        ]

    def ending(self, module: Module, results: str) -> str:
        """Write the last line of the function, which makes the results arrays of their own."""
        named = "".join(f", {p.variable}" for p in module.parameters)
        is_one = not (module.gradient or module.hessian)
        return f"return _own(({results},){named})[0]" if is_one else f"return _own(({results}){named})"

    def literal(self, text: str) -> str:
        """Write a number as a double: arrays of whole numbers are others."""
        return text


TARGET = _InProcess()
