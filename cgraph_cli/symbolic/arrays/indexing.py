"""Indices, such as `x[0, 1:3]`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.array_graph import joined
from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import TRUTHS
from cgraph_cli.core.tensor import Shape, Tensor, picked, show_index, show_shape
from cgraph_cli.language.array_rules import (
    AT,
    INDEX,
    NEW_AXIS,
    OTHER_AXES,
    TRANSPOSE,
)
from cgraph_cli.language.foreign_calls import instead_of_brackets
from cgraph_cli.language.transposed_products import find_transposed_product
from cgraph_cli.symbolic.arrays.misfits import OtherAdviceError, explain_misfit, write_shortly
from cgraph_cli.symbolic.arrays.operations import Misfit
from cgraph_cli.symbolic.arrays.sizes import find_axes, whole_number
from cgraph_cli.symbolic.arrays.values import Copy, Pieces, Value

if TYPE_CHECKING:
    from cgraph_cli.symbolic.arrays.elaborate import Elaborator


def build_index(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Elaborate `x[0]`."""
    graph = frame.graph
    value = frame.values[graph.operands_of(node)[0]]
    if isinstance(value, Pieces):
        specs = graph.details[node]
        rank = len(next(iter(value.elements), (0,)))
        if len(specs) >= rank and all(spec == AT for spec in specs[:rank]):
            nodes = graph.operands_of(node)[1:]
            index = tuple(whole_number(elaborator, frame, each) for each in nodes[:rank])
            if min(index) < 0 and elaborator.stepping and not all(_is_written(graph, each) for each in nodes[:rank]):
                first = f"{value.name}{show_index([0] * rank)}"
                what = f"`{value.name}{show_index(index)}` is before the first element, `{first}`"
                help = "let the loop begin later, as in `range(1, 4)`, or assign the elements before it"
                raise ProgramError(what, [graph.span(node)], help)
            found = elaborator.element(value, index, graph.span(node)) if min(index) >= 0 else None
            if found is not None and len(specs) == rank:
                return found
            if found is not None:
                if not found.shape and all(spec == AT for spec in specs):
                    more = tuple(whole_number(elaborator, frame, each) for each in nodes[rank:])
                    from cgraph_cli.symbolic.arrays.mixed_ranks import explain_mixed_ranks

                    both = (index, (*index, *more)), (found, found)
                    raise explain_mixed_ranks(elaborator, value, *both, graph.offsets[node] - len(value.name))
                return pick(
                    elaborator, found, find_specs(elaborator, frame, node, found.shape, rank), graph.offsets[node]
                )
        elaborator.gather(value)
    specs = find_specs(elaborator, frame, node, value.shape)
    if sum(isinstance(spec, list) for spec in specs) > 1:
        value, specs = _paired(elaborator, frame, node, value, specs)
    return pick(elaborator, value, specs, graph.offsets[node])


def _is_written(graph: Graph, node: int) -> bool:
    """Tell whether an index is written as a number, such as `-1`, and no step counts it."""
    return all(graph.operations[each] == CONSTANT for each in graph.operands_of(node) or (node,))


def pick(elaborator: Elaborator, value: Value, specs: Sequence[Any], offset: int) -> Value:
    """Append the elements of an array at an index."""
    shape, positions = picked(value.shape, specs)
    found = elaborator.append(joined(INDEX, tuple(specs)), [value], offset, shape)
    if value.known is not None:
        found.known = value.known.take(shape, positions)
    return found


def _paired(
    elaborator: Elaborator, frame: Copy, node: int, value: Value, specs: Sequence[Any]
) -> tuple[Value, list[Any]]:
    """Join the axes of several lists of places, which are taken pair by pair as in NumPy, into one with one list.

    Raises `ProgramError` for lists of unequal length, and for those with a slice between them.
    """
    graph, shape = frame.graph, value.shape
    lists = [at for at, spec in enumerate(specs) if isinstance(spec, list)]
    first, end = lists[0], lists[-1] + 1
    together = specs[first:end]
    counts = dict.fromkeys(len(spec) for spec in together if isinstance(spec, list) and len(spec) != 1)
    is_apart = not all(isinstance(spec, (list, int)) for spec in together)
    if len(counts) > 1 or is_apart:
        what = "the lists of an index, taken pair by pair, have a slice between them"
        if not is_apart:
            what = f"the lists of an index are taken pair by pair, and have {' and '.join(map(str, counts))} places"
        help = f"for a block, take one after another, as in `{name_of(frame, node)}[i][:, j]`"
        raise ProgramError(what, [graph.span(node)], help)
    axis = sum(spec is not None for spec in specs[:first])
    sizes = shape[axis : axis + len(together)]
    places = []
    for at in range(next(iter(counts), 1)):
        place = 0
        for spec, size in zip(together, sizes, strict=True):
            place = place * size + (spec if isinstance(spec, int) else spec[at if len(spec) > 1 else 0])
        places.append(place)
    joined_shape = (*shape[:axis], prod(sizes), *shape[axis + len(together) :])
    flat = elaborator.append(joined("reshape", joined_shape), [value], graph.offsets[node], joined_shape)
    if value.known is not None:
        flat.known = Tensor(joined_shape, value.known.items)
    return flat, [*specs[:first], places, *specs[end:]]


def find_specs(elaborator: Elaborator, frame: Copy, node: int, shape: Shape, skipped: int = 0) -> list[Any]:
    """Find the places of an index in an array of a shape. Raises `ProgramError` for a place outside of it."""
    graph = frame.graph
    given: Sequence[Any] = graph.details[node]
    nodes = iter(graph.operands_of(node)[1:])
    for _ in given[:skipped]:
        next(nodes)
    given = given[skipped:]
    taken = sum(1 for spec in given if spec not in (NEW_AXIS, OTHER_AXES))
    if taken > len(shape) or given.count(OTHER_AXES) > 1:
        name = name_of(frame, node)
        what = f"`{name}` is {show_shape(shape)}, and its index has {taken} part{'s' * (taken != 1)}"
        help = f"write at most {len(shape)}, one for each axis"
        if taken <= len(shape):
            what, help = "an index has `...` twice", "it stands for all other axes: write it once"
        elif not shape:
            what = f"`{name}` is a number, and has no elements"
            help = f'give an array, as in `--{name} "[1, 2]"`'
            if graph.operations[graph.operands_of(node)[0]] != INPUT:
                help = "leave the index out"
            elif called := instead_of_brackets(graph.source.text, graph.span(node).start, name):
                raise OtherAdviceError(what, [Span(graph.source, called.start, called.end)], called.advice)
        raise ProgramError(what, [graph.span(node)], help)
    specs: list[Any] = []
    axis = 0
    for spec in given:
        if spec == NEW_AXIS:
            specs.append(None)
        elif spec == OTHER_AXES:
            for _ in range(len(shape) - taken):
                specs.append((0, shape[axis], 1))
                axis += 1
        elif spec == AT:
            specs.append(find_places(elaborator, frame, node, next(nodes), shape, axis))
            axis += 1
        else:
            bounds = [whole_number(elaborator, frame, next(nodes)) if is_given else None for is_given in spec]
            if bounds[2] == 0:
                raise ProgramError("a slice has no step 0", [graph.span(node)], "leave the step out")
            places = range(*slice(*bounds).indices(shape[axis]))
            specs.append((places.start, len(places), places.step))
            axis += 1
    return [*specs, *((0, size, 1) for size in shape[axis:])]


def find_places(elaborator: Elaborator, frame: Copy, node: int, place: int, shape: Shape, axis: int) -> Any:
    """Find the place, or the places, of an index along an axis."""
    tensor = elaborator.static(frame, place)
    offsets = frame.graph.offsets
    span = frame.graph.span(place if offsets[place] > offsets[node] else node)  # not where a name is defined
    if tensor.shape and frame.graph.operations[place] in TRUTHS:
        name = name_of(frame, node)
        help = "the number of elements cannot depend on their values;\n"
        help += f"write `where(…, {name}, 0)` for those that hold, and 0 in place of the others"
        raise ProgramError("a condition picks no elements", [span], help)
    size = shape[axis]
    found = []
    for item in tensor.items:
        at = int(item) if item == item and abs(item) < 1e18 else size
        if at != item:
            help = "elements are counted from 0, in whole numbers"
            raise ProgramError(f"{item:g} is no index", [span], help)
        if not -size <= at < size:
            along = f" along axis {axis}" if len(shape) > 1 else ""
            what = f"index {at} is out of range{along}: `{name_of(frame, node)}` is {show_shape(shape)}"
            help = f"it goes from 0 to {size - 1}, and -1 is the last" if size else "there is no element"
            raise ProgramError(what, [span], help)
        found.append(at % size)
    if len(tensor.shape) > 1:
        what = f"an index is a number or a vector, and this is {show_shape(tensor.shape)}"
        raise ProgramError(what, [span], "each axis has an index of its own: `W[i, j]`")
    return found if tensor.shape else found[0]


def name_of(frame: Copy, node: int) -> str:
    """Name the array of an index."""
    return write_shortly(frame, frame.graph.operands_of(node)[0])


def build_transpose(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Elaborate `A.T` and `transpose(A, 0, 2, 1)`."""
    operand, *named = frame.graph.operands_of(node)
    value = frame.values[operand]
    elaborator.node_of(value)
    rank = len(value.shape)
    axes = tuple(reversed(range(rank)))
    if named:
        given = [at for each in named for at in find_axes(elaborator, frame, each, operand, rank)]
        if sorted(given) != list(range(rank)):
            help = f"write each of the axes 0 to {rank - 1} once" if rank else "leave `transpose` out"
            error = Misfit(f"the new order of its {rank} ax{'i' if rank == 1 else 'e'}s has {len(given)}", help)
            if len(given) == rank:
                error = Misfit("cannot have an axis in two places", help)
            raise explain_misfit(elaborator, frame, node, error, [value])
        axes = tuple(given)
    elif rank < 2:
        help = "leave `.T` out"
        if rank:
            help += ": a vector at the left of `@` is a row\nfor a column write `x[:, None]`"
        text, offset = frame.graph.source.text, frame.graph.offsets[node]
        if rank and (product := find_transposed_product(text, offset, write_shortly(frame, operand))):
            help = f"for the product of a vector, write `{product.written}`"
        elif rank and re.compile(r"\.T\s?\*").match(text, offset):
            help = f"for a product, write `{write_shortly(frame, operand)} @ …`: a vector at the left of `@` is a row"
        error = Misfit("has no rows and columns to exchange", help)
        raise explain_misfit(elaborator, frame, node, error, [value])
    shape = tuple(value.shape[axis] for axis in axes)
    return elaborator.append(joined(TRANSPOSE, axes), [value], frame.graph.offsets[node], shape)
