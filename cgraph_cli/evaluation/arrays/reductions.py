"""Reductions: a variadic primitive over the elements of one array, with the rule of its row.

Along the reduced axes, the row's text sees the element as `x`, the result as `f`, and the further names in scope of a
variadic row: `n`, `ties`, `rest`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.arrays.derivatives import Array, Masked, Shape, widen
from cgraph_cli.evaluation.arrays.maps import Bound, StructuralMap
from cgraph_cli.evaluation.kernels import Algebra, KernelWriter
from cgraph_cli.evaluation.rule_parser import condition, rule

Reduce = Callable[[Array, int], Array]


def compile_reduction(algebra: Algebra, name: str, axes: tuple[int, ...], rank: int) -> Callable[..., Bound]:
    """Return the operation of a reduction over all axes, or over one."""
    by_parts, value_of, by_rule = _BY_PARTS.get(name), VALUES[name], _compile_partial(algebra, name)

    def bind(shape: Shape) -> Bound:
        is_whole = len(axes) == rank
        axis = 0 if is_whole else axes[0]
        size = (prod(shape),) if is_whole else shape
        result = (*size[:axis], *size[axis + 1 :])
        along = (*size[:axis], 1, *size[axis + 1 :])  # of a result beside the elements

        def compute(x: Array) -> tuple[Array, tuple[Any, ...]]:
            lanes = np.asarray(x).reshape(size)
            value, slope = by_parts(lanes, axis) if by_parts else (value_of(lanes, axis), None)
            return value, (lanes, value, slope)

        def partial(lanes: Array, value: Array, slope: Callable[[], Array] | None) -> Any:
            return slope() if slope else by_rule(lanes, np.asarray(value).reshape(along), axis)

        def push(t: Array, *given: Any) -> Any:
            found = partial(*given) * t.reshape(size)
            if isinstance(found, Masked):
                mask = widen(found.mask, size).any(axis=axis)
                return Masked(widen(found.numbers, size).sum(axis=axis), mask, clean=True)
            return found.sum(axis=axis)

        def pull(g: Array, *given: Any) -> Any:
            found = g.reshape(along) * partial(*given)
            if isinstance(found, Masked):
                mask = widen(found.mask, size).reshape(shape)
                return Masked(widen(found.numbers, size).reshape(shape), mask, clean=True)
            if found.size == 1:
                return float(found.item())
            return found.reshape(shape) if is_whole else found

        reach = (
            lambda mask: mask.reshape(size).any(axis=axis),
            lambda mask: widen(mask.reshape(along), size).reshape(shape),
        )
        return Bound(compute, [StructuralMap(result, shape, push, pull, reach)])

    return bind


def lay_out(x: Array, axes: tuple[int, ...], rank: int) -> tuple[Array, int]:
    """Move the reduced axes into one, and give the elements with it."""
    return (np.reshape(x, -1), 0) if len(axes) == rank else (np.asarray(x), axes[0])


def _compile_partial(algebra: Algebra, name: str) -> Callable[[Array, Array, int], Any]:
    """Compile the rule of a row as a function of the elements, the result, and the reduced axis."""
    local = rule(PRIMITIVES[name])
    find = _compile_text(algebra, name, local.graph, lambda writer, names: writer.choice(local.branches(0), names))

    def partial(lanes: Array, wide: Array, axis: int) -> Any:
        found = find(lanes, wide, axis)
        return Masked(0.0, np.False_) if found is None else found

    return partial


def compile_reduced_condition(algebra: Algebra, name: str, column: str) -> Callable[[Array, Array, int], Any] | None:
    """Compile a condition of a row in the same way; None where the row has none."""
    graph = condition(PRIMITIVES[name], column)
    if graph is None:
        return None
    return _compile_text(algebra, name, graph, lambda writer, names: names[graph.output])


def _compile_text(
    algebra: Algebra, name: str, graph: Graph, result: Callable[[KernelWriter, Sequence[str]], str]
) -> Callable[[Array, Array, int], Any]:
    """Compile a text of a row, with the names in scope of a variadic one."""
    writer = KernelWriter(algebra)
    writer.result(result(writer, writer.write(graph)))
    (x,) = PRIMITIVES[name].parameters
    inner = writer.compile(f"def text({x}, f, n, ties, rest):", "text")

    def find(lanes: Array, wide: Array, axis: int) -> Any:
        ties = (lanes == wide).sum(axis=axis, keepdims=True) * 1.0 if "ties" in graph.nodes else None
        rest = _OTHERS[name](lanes, axis) if "rest" in graph.nodes else None
        return inner(lanes, wide, float(lanes.shape[axis]), ties, rest)

    return find


def _mean(x: Array, axis: int) -> Array:
    """Sum, and divide; where the sum leaves the doubles, the mean need not."""
    found = np.add.reduce(x, axis) / x.shape[axis]
    return (
        found if np.isfinite(found).all() else np.where(np.isinf(found), np.add.reduce(x / x.shape[axis], axis), found)
    )


def _prod(x: Array, axis: int) -> Array:
    """Multiply along an axis; exponents are separate where doubles might leave their range."""
    fraction, exponent = np.frexp(np.moveaxis(x, axis, 0))
    if np.all(np.abs(exponent).sum(axis=0) < 1000):
        return np.prod(x, axis=axis)
    while len(fraction) > 1:
        odd, last = fraction[len(fraction) // 2 * 2 :], exponent[len(fraction) // 2 * 2 :]
        product, shift = np.frexp(fraction[:-1:2] * fraction[1::2])
        exponent = np.concatenate((exponent[:-1:2] + exponent[1::2] + shift, last))
        fraction = np.concatenate((product, odd))
    return np.ldexp(fraction[0], exponent[0])


def _norm(x: Array, axis: int) -> Array:
    found = np.sqrt(np.sum(x * x, axis=axis))
    if np.all((found > 1e-140) & (found < 1e150)):
        return found
    most = np.max(np.abs(x), axis=axis, keepdims=True, initial=0.0)
    scale = np.where((most > 0) & (most < np.inf), most, 1.0)
    return np.squeeze(scale, axis) * np.sqrt(np.sum((x / scale) ** 2, axis=axis))


def below_most(x: Array, axis: int) -> Array:
    """Subtract the largest element along an axis, where that is finite."""
    most = np.maximum.reduce(x, axis, keepdims=True)
    is_finite = np.isfinite(most)
    return x - (most if is_finite.all() else np.where(is_finite, most, 0.0))


def softmax(x: Array, axis: int = -1) -> Array:
    """Compute the exponentials over their sum along an axis."""
    terms = np.exp(below_most(x, axis))
    terms /= np.add.reduce(terms, axis, keepdims=True)
    return terms


def _logsumexp(x: Array, axis: int) -> Array:
    return _logsumexp_by_parts(x, axis)[0]


def _logsumexp_by_parts(x: Array, axis: int) -> tuple[Array, Callable[[], Array] | None]:
    """Compute `logsumexp`, and its slope as the exponentials over their sum.

    The slope has no difference of large numbers but those from the largest element.
    """
    most = np.maximum.reduce(x, axis, keepdims=True)
    is_finite = np.isfinite(most)
    shift = most if is_finite.all() else np.where(is_finite, most, 0.0)
    total = np.add.reduce(np.exp(x - shift), axis, keepdims=True)
    value = np.squeeze(np.log(total) + shift, axis)
    if shift is not most:
        return np.where(np.squeeze(is_finite, axis), value, np.squeeze(most, axis))[()], None

    def slope() -> Array:
        terms = np.exp(x - shift)
        terms /= total
        return terms

    return value[()], slope


def _prod_others(x: Array, axis: int) -> Array:
    lanes = np.moveaxis(x, axis, -1)
    fraction, exponent = np.frexp(lanes)
    if np.any(np.abs(exponent).sum(axis=-1) >= 1000):
        return np.moveaxis(_multiply_others(fraction, exponent), -1, axis)
    ones = np.ones((*lanes.shape[:-1], 1))
    before = np.concatenate((ones, np.cumprod(lanes, axis=-1)[..., :-1]), axis=-1)
    after = np.concatenate((ones, np.cumprod(lanes[..., ::-1], axis=-1)[..., :-1]), axis=-1)[..., ::-1]
    return np.moveaxis(before * after, -1, axis)


def _multiply_others(fraction: Array, exponent: Array) -> Array:
    """Multiply all but each along the last axis, fractions and exponents apart: no product leaves the doubles."""
    count = fraction.shape[-1]
    parts = []
    for places in (range(count - 1), range(count - 1, 0, -1)):
        product, shift = np.ones_like(fraction), np.zeros_like(exponent)
        step = places.step
        for at in places:
            product[..., at + step], more = np.frexp(product[..., at] * fraction[..., at])
            shift[..., at + step] = shift[..., at] + exponent[..., at] + more
        parts.append((product, shift))
    (before, first), (after, second) = parts
    return np.asarray(np.ldexp(before * after, first + second))


def _logsumexp_others(x: Array, axis: int) -> Array:
    """Compute each result without one element: the whole without its term, or for the largest element the sum of the
    others.
    """
    most = np.max(x, axis=axis, keepdims=True)
    at = np.argmax(x, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(most), most, 0.0)
    terms = np.exp(x - shift)
    found = shift + np.log(terms.sum(axis=axis, keepdims=True) - terms)
    without = np.array(x)
    np.put_along_axis(without, at, -np.inf, axis)
    np.put_along_axis(found, at, np.expand_dims(_logsumexp(without, axis), axis), axis)
    return found


VALUES: Mapping[str, Reduce] = {
    "sum": lambda x, axis: np.add.reduce(x, axis),
    "mean": _mean,
    "min": lambda x, axis: np.minimum.reduce(x, axis),
    "max": lambda x, axis: np.maximum.reduce(x, axis),
    "prod": _prod,
    "norm": _norm,
    "logsumexp": _logsumexp,
}
"""The value of each variadic primitive along an axis."""

_OTHERS: Mapping[str, Reduce] = {
    "prod": _prod_others,
    "logsumexp": _logsumexp_others,
}
"""The values with each element left out in turn, for the rows that use them."""

_BY_PARTS: Mapping[str, Callable[[Array, int], tuple[Array, Callable[[], Array] | None]]] = {
    "logsumexp": _logsumexp_by_parts,
}
"""The values with a partial that takes fewer steps than the rule and loses no more digits, where there is one."""
