"""Dependence between elements of arrays: those that move with some, and of them those that others are made from."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Shape
from cgraph_cli.evaluation.arrays.derivatives import Array
from cgraph_cli.evaluation.arrays.reductions import lay_out
from cgraph_cli.evaluation.arrays.sources import GATHERS, find_gathered

Masks = Mapping[int, Array]


def find_moving(graph: ArrayGraph, moving: Mapping[int, Collection[int]], last: int) -> dict[int, Array]:
    """Mark the elements, up to a last node, that depend on `moving` ones."""
    found: dict[int, Array] = {}
    for node in range(min(moving), last + 1):
        if node in moving:
            found[node] = _mark(graph.shapes[node], moving[node])
        elif any(operand in found for operand in graph.operands_of(node)):
            mask = np.broadcast_to(_push(graph, node, found), graph.shapes[node])
            if mask.any():
                found[node] = mask
    return found


def find_needed(
    graph: ArrayGraph, moving: Masks, sources: Container[int], targets: Mapping[int, Collection[int] | None]
) -> dict[int, Array]:
    """Mark the `moving` elements that `targets` are made from, in the order of the nodes; nothing is behind `sources`.

    The places of a target may be None, for all.
    """
    found: dict[int, Array] = {}
    for node in sorted(moving, reverse=True):
        if node in targets:
            found[node] = found.get(node, False) | moving[node] & _mark(graph.shapes[node], targets[node])
        if node not in found or not found[node].any():
            found.pop(node, None)
        elif node not in sources:
            _pull(graph, node, moving, found)
    return dict(sorted(found.items()))


def _mark(shape: Shape, places: Collection[int] | None) -> Array:
    found = np.full(shape, places is None)
    if places is not None:
        found.flat[list(places)] = True
    return found


def _push(graph: ArrayGraph, node: int, moving: Masks) -> Any:
    """Mark the elements of a node that are made from moving ones."""
    name, args = split(graph.operations[node])
    operands = graph.operands_of(node)
    if name in GATHERS:
        return _joined(graph, operands, moving)[find_gathered(graph, node)].reshape(graph.shapes[node])
    masks = {at: moving[operand] for at, operand in enumerate(operands) if operand in moving}
    if name in PRIMITIVES:
        if not args:
            return np.logical_or.reduce([np.broadcast_to(mask, graph.shapes[node]) for mask in masks.values()])
        lanes, axis = lay_out(masks[0], *args)
        return lanes.any(axis=axis)
    if name == "@":
        lanes = {at: mask.any(axis=_inner(at, mask.ndim)) for at, mask in masks.items()}
        wide = [np.expand_dims(lane, _outer(graph, operands, at)) for at, lane in lanes.items()]
        return np.logical_or.reduce([np.broadcast_to(each, graph.shapes[node]) for each in wide])
    if name in ("conv1d", "conv2d"):
        stretches = _stretches(graph.shapes[node], graph.shapes[operands[1]])
        return 1 in masks or np.logical_or.reduce([masks[0][stretch] for stretch in stretches])
    if name == "cumsum":
        return np.logical_or.accumulate(masks[0])
    if name == "solve" and 0 not in masks:
        return masks[1].any(axis=0)
    return True


def _pull(graph: ArrayGraph, node: int, moving: Masks, needed: dict[int, Array]) -> None:
    """Mark the moving elements that those of a node are made from that are needed."""
    name, args = split(graph.operations[node])
    operands, mask = graph.operands_of(node), needed[node]
    joined = np.zeros(0, dtype=bool)
    if name in GATHERS:
        joined = np.zeros(sum(prod(graph.shapes[operand]) for operand in operands), dtype=bool)
        joined[find_gathered(graph, node)[mask.ravel()]] = True
    start = 0
    for at, operand in enumerate(operands):
        shape = graph.shapes[operand]
        end = start + prod(shape)
        if operand in moving:
            if name in GATHERS:
                found: Any = joined[start:end].reshape(shape)
            elif name in PRIMITIVES and not args:
                found = fold(mask, shape)
            elif name in PRIMITIVES:
                axes, rank = args
                found = mask if len(axes) == rank else np.expand_dims(mask, axes[0])
            elif name == "@":
                lanes = mask.any(axis=_outer(graph, operands, at))
                inner = np.expand_dims(lanes, _inner(at, len(shape)))
                found = fold(np.broadcast_to(inner, np.broadcast_shapes(inner.shape, shape)), shape)
            elif name == "cumsum":
                found = np.logical_or.accumulate(mask[::-1])[::-1]
            elif name in ("conv1d", "conv2d") and at == 0:
                found = np.zeros(shape, dtype=bool)
                for stretch in _stretches(mask.shape, graph.shapes[operands[1]]):
                    found[stretch] |= mask
            else:
                found = True
            needed[operand] = needed.get(operand, False) | moving[operand] & found
        start = end


def _joined(graph: ArrayGraph, operands: Sequence[int], masks: Masks) -> Array:
    """Lay the masks of some operands one after another."""
    parts = [np.ravel(np.broadcast_to(masks.get(each, False), graph.shapes[each])) for each in operands]
    return np.concatenate(parts)


def _stretches(shape: Shape, window: Shape) -> list[tuple[slice, ...]]:
    """List the parts of a convolution's operand that each place in its window goes over."""
    return [
        tuple(slice(start, start + size) for start, size in zip(place, shape, strict=True))
        for place in np.ndindex(window)
    ]


def _inner(at: int, rank: int) -> int:
    """Find the axis of a matrix product's operand over which it sums."""
    return -1 if at == 0 or rank == 1 else -2


def _outer(graph: ArrayGraph, operands: Sequence[int], at: int) -> tuple[int, ...]:
    """Find the axis of a matrix product that an operand does not have; none where the other one is a vector."""
    other = len(graph.shapes[operands[1 - at]])
    own = len(graph.shapes[operands[at]])
    if other == 1:
        return ()
    return (-1,) if at == 0 else (-2,) if own > 1 else (-1,)


def fold(mask: Array, like: Shape) -> Array:
    """Tell for the elements of an operand whether any of their copies, by broadcasting, is marked."""
    ahead = mask.ndim - len(like)
    axes = tuple(at for at, size in enumerate(mask.shape) if at < ahead or like[at - ahead] != size)
    found: Array = mask.any(axis=axes, keepdims=True).reshape(like)
    return found
