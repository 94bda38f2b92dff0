"""Calls of structural primitives, and reductions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from cgraph_cli.core.array_graph import joined
from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.structural import STRUCTURAL, Structural
from cgraph_cli.core.tensor import Ragged, Shape, Tensor, show_shape, stack
from cgraph_cli.language.array_rules import (
    ARRAY,
    PRODUCT,
    ragged,
)
from cgraph_cli.language.scopes import Function
from cgraph_cli.symbolic.arrays.indexing import find_places
from cgraph_cli.symbolic.arrays.misfits import OF_MATRIX_PRODUCT, explain_misfit, write_shortly
from cgraph_cli.symbolic.arrays.operations import Misfit, convolved_shape, product_shape, reduced
from cgraph_cli.symbolic.arrays.sizes import axis_of, shape_of
from cgraph_cli.symbolic.arrays.values import Copy, Pieces, Value

if TYPE_CHECKING:
    from cgraph_cli.symbolic.arrays.elaborate import Elaborator

_definitions: dict[str, Function] = {}


def build_call(elaborator: Elaborator, frame: Copy, node: int, operands: list[Value]) -> Value:
    """Elaborate a call of a structural primitive, by its definition if it has one."""
    graph = frame.graph
    name, offset = graph.operations[node], graph.offsets[node]
    row = STRUCTURAL[name]
    shapes = [operand.shape for operand in operands]
    try:
        if row.nested:
            return convolve(elaborator, frame, node, operands)
        if row.definitions:
            return define(elaborator, frame, node)
        if name in ("concat", "stack"):
            return join(elaborator, frame, node, operands)
        if name == "reshape":
            size = prod(shapes[0])
            shape = shape_of(elaborator, frame, node, graph.operands_of(node)[1:], size)
            if prod(shape) != size:
                help = f"the product of the sizes has to be {size}; one of them may be -1"
                raise Misfit(f"has {size} elements, and {show_shape(shape)} has {prod(shape)}", help)
            return elaborator.append(joined(name, shape), operands, offset, shape)
        if name == "pick":
            return pick_from_rows(elaborator, frame, node, operands[0])
        if name == "cumsum":
            if len(shapes[0]) != 1:
                text = write_shortly(frame, graph.operands_of(node)[0])
                raise Misfit("is no vector", f"for each row, write `[cumsum(row) for row in {text}]`")
            return elaborator.append(name, operands, offset, shapes[0])
        return elaborator.append(name, operands, offset, _square_shape(name, shapes))
    except Misfit as error:
        raise explain_misfit(elaborator, frame, node, error, operands) from None


def pick_from_rows(elaborator: Elaborator, frame: Copy, node: int, matrix: Value) -> Value:
    """Elaborate `pick(x, k)`: an index into the elements of all rows."""
    place, offset = frame.graph.operands_of(node)[1], frame.graph.offsets[node]
    chosen = elaborator.static(frame, place).shape
    if len(matrix.shape) != 2 or chosen != matrix.shape[:1]:
        help = "it takes a matrix, and a place for each of its rows"
        raise Misfit(f"the places to pick are {show_shape(chosen)}", help)
    rows, columns = matrix.shape
    places = find_places(elaborator, frame, node, place, matrix.shape, 1)
    flat = elaborator.append(joined("reshape", (rows * columns,)), [matrix], offset, (rows * columns,))
    elaborator.result.hidden.add(flat.node)
    specs = ([row * columns + at for row, at in enumerate(places)],)
    found = elaborator.append(joined("index", specs), [flat], offset, chosen)
    elaborator.result.calls[found.node] = "pick", (matrix.node, elaborator.node_of(elaborator.need(frame, place)))
    return found


def define(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Copy the definition of a primitive; its nodes are hidden behind the call's."""
    graph = frame.graph
    row, offset, start = STRUCTURAL[graph.operations[node]], graph.offsets[node], len(elaborator.result)
    positional = [word for word in row.parameters if word not in row.keywords]
    arguments = [
        Value(-1, (), elaborator.static(frame, each)) if word in row.fixed else frame.values[each]
        for word, each in zip(positional, graph.operands_of(node), strict=False)
    ]
    for value in arguments:
        if isinstance(value, Pieces):
            elaborator.gather(value)
    ranks = "".join(str(len(value.shape)) for value in arguments)
    text = row.definitions.get(ranks) or row.definitions.get("")
    if text is None or (not row.fixed - {"axis"} and ranks == "0"):
        raise _wrong_rank(elaborator, frame, node, ranks)
    called_as, rank = row.name, len(arguments[0].shape)
    if "axis" in row.keywords:
        axis = axis_of(elaborator, frame, node, rank, rank - 1)
        called_as = joined(row.name, (axis,) if axis < rank - 1 else ())
        text = text.format(axis=axis, before=":, " * axis)
    function = definition(text)
    for value in arguments:
        if not (value.node < 0 and value.known is not None and value.shape == ()):
            elaborator.node_of(value)
    start = len(elaborator.result)
    inside = Copy(function.body, dict(zip(function.parameters, arguments, strict=True)))
    settled = elaborator.settled
    around, settled.call = settled.call, settled.call or graph.span(node)
    try:
        value = elaborator.need(inside, function.result)
    except ProgramError as error:
        texts = [write_shortly(frame, each) for each in graph.operands_of(node)]
        raise _translate(error, row, texts, graph.span(node)) from None
    finally:
        settled.call = around
    result = elaborator.node_of(value)
    for each in range(start, len(elaborator.result)):
        elaborator.result.offsets[each] = elaborator.result.definitions[each] = offset
    elaborator.result.hidden.update(range(start, len(elaborator.result)))
    elaborator.result.hidden.discard(result)
    called = tuple(elaborator.node_of(value) for value in arguments)
    elaborator.result.calls[result] = called_as, called
    return value


def _check_nested(row: Structural, shapes: Sequence[Shape], texts: Sequence[str]) -> None:
    """Raise `Misfit` where the one of two parameters that has to fit into the other does not."""
    assert row.nested is not None
    at, around = map(row.parameters.index, row.nested)
    inner, outer = shapes[at], shapes[around]
    if 0 in inner:
        raise Misfit("do not fit", f"there has to be an element in `{texts[at]}`")
    if any(size > room for size, room in zip(inner, outer, strict=True)):
        help = f"along no axis may `{texts[at]}` be larger than `{texts[around]}`"
        if len(inner) == 1:
            edge = f"zeros({inner[0] - 1})"
            padded = f"concat({edge}, {texts[around]}, {edge})"
            help += f";\nwith zeros at both ends, write `{row.name}({padded}, {texts[at]})`"
        raise Misfit("do not fit", help)


def convolve(elaborator: Elaborator, frame: Copy, node: int, operands: list[Value]) -> Value:
    """Elaborate `conv1d(x, w)` and `conv2d(x, w)`."""
    graph, name = frame.graph, frame.graph.operations[node]
    shapes = [operand.shape for operand in operands]
    ranks = "".join(str(len(shape)) for shape in shapes)
    if ranks not in STRUCTURAL[name].definitions:
        raise _wrong_rank(elaborator, frame, node, ranks)
    _check_nested(STRUCTURAL[name], shapes, [write_shortly(frame, each) for each in graph.operands_of(node)])
    return elaborator.append(name, operands, graph.offsets[node], convolved_shape(*shapes))


def join(elaborator: Elaborator, frame: Copy, node: int, operands: list[Value]) -> Value:
    """Elaborate `concat(a, b)` and `stack(a, b)`."""
    graph = frame.graph
    name, offset = graph.operations[node], graph.offsets[node]
    shapes = [operand.shape for operand in operands]
    alone = graph.operands_of(node)[0]
    if len(operands) == 1 and graph.operations[alone] == ARRAY and graph.names[alone] is None:
        parts = ", ".join(write_shortly(frame, each) for each in graph.operands_of(alone)[:4])
        raise Misfit("is one array", f"write `{name}({parts})`, without brackets")
    first, ranks = shapes[0], [len(shape) for shape in shapes]
    if name == "concat" and min(ranks) < max(ranks):
        least = write_shortly(frame, graph.operands_of(node)[ranks.index(min(ranks))])
        help = f"`{least}[None]` has one axis more" if min(ranks) else f"`[{least}]` is the array of a number alone"
        raise Misfit("do not fit one after another", help)
    rank = ranks[0] + (name == "stack")
    if not rank:
        raise Misfit("cannot be put one after another", "`[a, b]` is the array of numbers, and of arrays of one shape")
    axis = axis_of(elaborator, frame, node, rank)
    for shape in shapes:
        if name == "stack" and shape != first:
            raise Misfit("differ in shape, and cannot be stacked", "to put one after another, write `concat(a, b)`")
        if name == "concat" and reduced(shape, [axis]) != reduced(first, [axis]):
            raise Misfit(f"do not fit one after another along axis {axis}", "all other sizes have to be equal")
    if name == "stack":
        shape = (*first[:axis], len(shapes), *first[axis:])
    else:
        shape = (*first[:axis], sum(each[axis] for each in shapes), *first[axis + 1 :])
    return elaborator.append(joined(name, (axis,)), operands, offset, shape)


def reduce(elaborator: Elaborator, frame: Copy, node: int, operand: Value) -> Value:
    """Elaborate a reduction of one array, over all elements or along the axis that a call names."""
    rank = len(operand.shape)
    elaborator.node_of(operand)
    axes = tuple(range(rank))
    if node in frame.graph.details:
        axes = (axis_of(elaborator, frame, node, rank),)
    name = frame.graph.operations[node]
    if not prod(operand.shape) and name not in ("sum", "prod"):
        raise ProgramError(f"`{name}` of no elements", [frame.graph.span(node)], "it takes at least one")
    shape = reduced(operand.shape, axes)
    return elaborator.append(joined(name, (axes, rank)), [operand], frame.graph.offsets[node], shape)


def build_product(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Elaborate `A @ x`."""
    operands = [frame.values[operand] for operand in frame.graph.operands_of(node)]
    for operand in operands:
        if isinstance(operand, Pieces):
            elaborator.gather(operand)
    try:
        shape = product_shape(operands[0].shape, operands[1].shape)
    except Misfit as error:
        raise explain_misfit(elaborator, frame, node, error, operands) from None
    return elaborator.append(PRODUCT, operands, frame.graph.offsets[node], shape)


def build_array(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Elaborate `[a, b]`."""
    parts = frame.graph.operands_of(node)
    return make_array(elaborator, frame, node, [frame.values[part] for part in parts], parts)


def make_array(elaborator: Elaborator, frame: Copy, node: int, items: list[Value], parts: Sequence[int] = ()) -> Value:
    """Append an array of items of one shape."""
    offset = frame.graph.offsets[node]
    nodes = [elaborator.node_of(item) for item in items]
    if not nodes:
        return Value(-1, (0,), Tensor((0,), []), offset)
    shape = items[0].shape
    for item in items:
        if item.shape != shape:
            if parts:
                raise ragged(frame.graph, parts, [each.shape for each in items], Ragged(shape, item.shape))
            what = f"the elements differ in shape: {show_shape(shape)}, and then {show_shape(item.shape)}"
            raise ProgramError(what, [frame.graph.span(node)], "each step has to give as many elements as the first")
    whole_shape, known = (len(items), *shape), None
    appended = elaborator.result.append_array(ARRAY, nodes, offset, whole_shape)
    if all(item.known is not None for item in items):
        known = stack([item.known for item in items if item.known is not None])
    return Value(appended, whole_shape, known)


def definition(text: str) -> Function:
    """Parse the definition of a structural primitive."""
    if text not in _definitions:
        from cgraph_cli.core.errors import Source
        from cgraph_cli.language.build import Builder
        from cgraph_cli.language.driver import Driver

        builder = Builder()
        builder.begin(Source(text, "definition"))
        Driver(text, builder).statement(0)
        _definitions[text] = builder.functions["f"]
    return _definitions[text]


def _square_shape(name: str, shapes: Sequence[Shape]) -> Shape:
    """Find the shape of a linear operation's result on a square matrix. Raises `Misfit` for another matrix."""
    first = shapes[0]
    if len(first) != 2 or first[0] != first[1]:
        raise Misfit("is no square matrix", "it takes a matrix of as many rows as columns")
    if name == "solve":
        if not shapes[1] or shapes[1][0] != first[0] or len(shapes[1]) > 2:
            raise Misfit("do not fit", f"the right side has as many rows as the matrix: {first[0]}")
        return shapes[1]
    return () if name in ("det", "logdet") else first


_KINDS = {"0": "a number", "1": "a vector", "2": "a matrix"}


def _wrong_rank(elaborator: Elaborator, frame: Copy, node: int, ranks: str) -> ProgramError:
    """Make the error of the first operand of a rank without a definition."""
    row = STRUCTURAL[frame.graph.operations[node]]
    known = [each for each in row.definitions if each]
    at = next((at for at in range(len(ranks)) if not any(each.startswith(ranks[: at + 1]) for each in known)), 0)
    before = ranks[:at]
    fitting = dict.fromkeys(_KINDS[each[at]] for each in known if each.startswith(before))
    takes = " or ".join(fitting) if "" not in row.definitions else "an array"
    beside = f" beside {_KINDS[before[0]]}" if before else ""
    operand = frame.graph.operands_of(node)[at]
    help = f"it is called as `{row.signature}`: {row.summary}"
    if row.name == "dot":
        factors = [write_shortly(frame, each) for each in frame.graph.operands_of(node)]
        help = f"for the product of matrices, write `{' @ '.join(factors)}`"
    factors = _factors(frame, operand)
    if len(factors) > 1 and "2" in "".join(known):
        help = f"{OF_MATRIX_PRODUCT}, write `{' @ '.join(factors)}`"
    error = Misfit(f"`{row.name}` takes {takes} there{beside}", help)
    return explain_misfit(elaborator, frame, node, error, [frame.values[operand]], [operand])


def _factors(frame: Copy, node: int) -> list[str]:
    """List the names of the factors of a product of numbers; none where there is another factor."""
    graph, factors, pending = frame.graph, [], [node]
    while pending:
        each = pending.pop()
        if graph.names[each] is not None:
            factors.append(graph.names[each] or "")
        elif graph.operations[each] != "*":
            return []
        else:
            pending += reversed(graph.operands_of(each))
    return factors


def _translate(error: ProgramError, row: Structural, texts: Sequence[str], span: Span) -> ProgramError:
    """Turn an error within a definition into one of the call: its arguments in place of the definition's names."""
    named = dict(zip(row.parameters, texts, strict=False))
    found = re.compile(rf"(?<=`)({'|'.join(map(re.escape, named))})(?=`)")
    message = found.sub(lambda each: named[each[0]], error.diagnostic.message)
    help = error.diagnostic.help
    if "`" in help and not help.startswith("give `"):  # an input of the program keeps its name
        help = ""
    return type(error)(f"`{row.name}`: {message}", [span], help or f"it is called as `{row.signature}`: {row.summary}")
