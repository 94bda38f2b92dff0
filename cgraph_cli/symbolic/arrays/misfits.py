"""Errors of shapes: both shapes with their places, and advice, which is tested before it is given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Shape, show_shape
from cgraph_cli.language.array_rules import ARRAY, COMPREHENSION, INDEX, PRODUCT, TRANSPOSE, bracketed
from cgraph_cli.language.foreign_calls import arguments_at
from cgraph_cli.language.foreign_functions import is_simple
from cgraph_cli.symbolic.arrays.operations import Misfit, broadcast, product_shape
from cgraph_cli.symbolic.arrays.values import Copy, Value

if TYPE_CHECKING:
    from cgraph_cli.symbolic.arrays.elaborate import Elaborator

OF_MATRIX_PRODUCT = "for the matrix product"
"""The beginning of the advice where elements were multiplied, and perhaps not meant."""

_SIZES_FIT = "sizes fit where they are equal or one is 1; of two ranks, the lower has the last sizes of the higher"


class OtherAdviceError(ProgramError):
    """An error whose advice a shape of an input would not replace."""


def explain_misfit(
    elaborator: Elaborator,
    frame: Copy,
    node: int,
    error: Misfit,
    values: Sequence[Value],
    operands: Sequence[int] = (),
) -> ProgramError:
    """Make the error of operands whose shapes do not fit: a node's first two, or the given ones."""
    graph, operation = frame.graph, frame.graph.operations[node]
    operands = operands or graph.operands_of(node)[: len(values)]
    texts = [write_shortly(frame, operand) for operand in operands]
    shapes = [value.shape for value in values]
    shown = [f"`{text}` is {show_shape(shape)}" for text, shape in zip(texts, shapes, strict=True)][:4]
    joint = "which" if len(shown) > 1 else "and"
    what = f"{', '.join(shown[:-1])}{' and ' * (len(shown) > 1)}{shown[-1]}, {joint} {error.what}"
    places = dict(zip(operands, shapes, strict=True)).items()
    spans = [_place(frame, node, operand).noted(show_shape(shape)) for operand, shape in places][:4]
    help = error.help
    if len(shapes) == 2:
        help = "\n".join(dict.fromkeys(_advice(operation, texts, shapes))) or help or _rule(operation, shapes)
    elif operation in PRIMITIVES:
        help = help or _SIZES_FIT
    return ProgramError(what, spans, help)


def explain_static(result: ArrayGraph, frame: Copy, unknown: int, where: Copy, wanted: int) -> OtherAdviceError:
    """Make the error of a size or an index, `wanted` somewhere, that depends on a number of the inputs."""
    name, value = frame.graph.names[unknown], frame.values.get(unknown)
    what = "a size or an index has to be known before the first number is computed"
    span = where.graph.span(wanted) if where is not frame else frame.graph.span(unknown)
    is_input = value is None or value.node < 0 or result.operations[value.node] == INPUT
    if frame.graph.operations[unknown] == INPUT and name and is_input:
        from cgraph_cli.language.foreign_inputs import FOREIGN_NUMBERS, OFTEN_INPUTS

        help = f"give `{name}` a value: `--{name} 3`, or `{name} = 3` in the program"
        if name in FOREIGN_NUMBERS and name not in OFTEN_INPUTS:
            help = FOREIGN_NUMBERS[name]
        if name == "end":
            help = "for the last place, write `-1`"
        given = result.names[value.node] if value is not None and value.node >= 0 else name
        if given and given != name:  # the parameter of a definition
            help = f'give `{given}` a value, as in `--{given} 1` or `--{given} "[0, 1, 0]"`'
        return OtherAdviceError(f"{what}, and `{name}` has no value", [span], help)
    return OtherAdviceError(what, [span], "use numbers, loop variables, `size(x)` and inputs that are given")


def grad_of_array(shape: Shape, span: Span, is_asserted: bool = False) -> ProgramError:
    """Make the error of the gradient of an array."""
    (of, wrt), _ = arguments_at(span.source.text, span.start) or (["y", "x"], 0)
    help = f"write `grad(sum({of}), {wrt})` for the gradient of the sum of `{of}`"
    letters = [letter for letter in "ijkmpq" if not re.search(rf"\b{letter}\b", f"{of} {wrt}")][: len(shape)]
    if len(letters) == len(shape):
        each = f"grad({of if is_simple(of) else f'({of})'}[{', '.join(letters)}], {wrt})"
        for letter, size in zip(letters[::-1], shape[::-1], strict=True):
            each = f"[{each} for {letter} in range({size})]"
        help = f"for that of each element, write `{each}`;\n{help}"
    if is_asserted:
        help = "assert that of a sum with a name, as in `s = sum(y)` and `grad(s, x)`"
    return ProgramError(f"`grad` takes the gradient of a number, and this is {show_shape(shape)}", [span], help)


def write_shortly(frame: Copy, node: int) -> str:
    """Write an operand shortly: its name, or its operation."""
    graph = frame.graph
    operation, name = graph.operations[node], graph.names[node]
    if name is not None:
        return name
    if operation == CONSTANT:
        return graph.written(node)
    operands = [
        graph.names[each] or (graph.written(each) if graph.operations[each] == CONSTANT else "…")
        for each in graph.operands_of(node)
    ]
    if operation == TRANSPOSE:
        return f"{operands[0]}.T"
    if operation == INDEX:
        return f"{operands[0]}[…]"
    if operation in (ARRAY, COMPREHENSION):
        return f"[{', '.join(operands)}]" if operation == ARRAY and len(operands) < 4 else "[…]"
    if len(operands) == 2 and not operation[0].isalpha():
        return f"{operands[0]} {operation} {operands[1]}"
    return f"{operation}({', '.join(operands[:3])}{', …' * (len(operands) > 3)})"


def _place(frame: Copy, node: int, operand: int) -> Span:
    """Find the place of an operand; of a name, its nearest use on its side of the operation."""
    graph = frame.graph
    name, here = graph.names[operand], graph.offsets[node]
    if name is None:
        return bracketed(graph, operand)
    is_first = graph.operands_of(node)[0] == operand and not graph.source.text[here : here + 1].isalpha()
    found = [each.start() for each in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", graph.source.text)]
    before, after = [at for at in found if at < here], [at for at in found if at >= here]
    near = (before[-1:] if is_first else after[:1]) or found[:1]
    return Span(graph.source, near[0], near[0] + len(name)) if near else graph.span(operand)


def _rule(operation: str, shapes: Sequence[Shape]) -> str:
    """State the rule of shapes, where there is no short advice."""
    if operation not in PRIMITIVES:
        return ""
    for which, changed in (("second", (shapes[0], _column(shapes[1]))), ("first", (_column(shapes[0]), shapes[1]))):
        if _broadcast(*changed) is not None:
            column = changed[0] if which == "first" else changed[1]
            return f"with `[:, None]` behind it, the {which} is {show_shape(column or ())}, and fits"
    return _SIZES_FIT


def _advice(operation: str, texts: Sequence[str], shapes: Sequence[Shape]) -> Iterator[str]:
    """Find a similar operation whose shapes fit."""
    (left, right), (x, y) = texts, shapes
    if not re.fullmatch(r"[\w.]+", left) or not re.fullmatch(r"[\w.]+", right):
        return
    if operation == PRODUCT:
        found = False
        for one, other, first, second in (
            (f"{left}.T", right, _flipped(x), y),
            (left, f"{right}.T", x, _flipped(y)),
            (right, left, y, x),
        ):
            if (shape := _product(first, second)) is not None:
                found = True
                yield f"write `{one} @ {other}`, which is {show_shape(shape)}"
        if (shape := _broadcast(x, y)) is not None:
            found = True
            yield f"to multiply element by element, write `{left}*{right}`, which is {show_shape(shape)}"
        if not found and x and y:
            sizes = f"{_count(x, -1, 'column')} of `{left}`, {_count(y, -2, 'row')} of `{right}`"
            yield f"the sizes that are multiplied have to be equal: {sizes}"
        return
    if operation not in PRIMITIVES:
        return
    if operation == "*" and (shape := _product(x, y)) is not None:
        yield f"{OF_MATRIX_PRODUCT}, write `{left} @ {right}`, which is {show_shape(shape)}"
    others: list[tuple[str, str, str, Shape | None, Shape | None]] = [
        ("", f"{left}[:, None]", right, _column(x), y),
        ("", left, f"{right}[:, None]", x, _column(y)),
        ("", f"{left}[:, 0]", right, _vector(x), y),
        ("", left, f"{right}[:, 0]", x, _vector(y)),
        ("for all pairs, ", f"{left}[:, None]", f"{right}[None, :]", _column(x), _row(y)),
        ("for all pairs, ", left, f"{right}[None, :]", x if x[1:] == (1,) else None, _row(y)),
        ("for all pairs, ", f"{left}[None, :]", right, _row(x), y if y[1:] == (1,) else None),
        ("", f"{left}.T", right, _flipped(x), y),
        ("", left, f"{right}.T", x, _flipped(y)),
    ]
    for aim, one, other, first, second in others:
        if (shape := _broadcast(first, second)) is not None:
            written = f"{operation}({one}, {other})" if operation[0].isalpha() else f"{one} {operation} {other}"
            yield f"{aim}write `{written}`, which is {show_shape(shape)}"


def _count(shape: Shape, axis: int, word: str) -> str:
    size = shape[axis] if len(shape) > 1 else shape[0]
    word = word if len(shape) > 1 else "element"
    return f"{size} {word}{'s' * (size != 1)}"


def _flipped(shape: Shape) -> Shape | None:
    return shape[::-1] if len(shape) == 2 else None


def _column(shape: Shape) -> Shape | None:
    return (*shape, 1) if len(shape) == 1 else None


def _row(shape: Shape) -> Shape | None:
    return (1, *shape) if len(shape) == 1 else None


def _vector(shape: Shape) -> Shape | None:
    return shape[:1] if shape[1:] == (1,) else None


def _broadcast(x: Shape | None, y: Shape | None) -> Shape | None:
    try:
        return broadcast([x, y]) if x is not None and y is not None else None
    except Misfit:
        return None


def _product(x: Shape | None, y: Shape | None) -> Shape | None:
    try:
        return product_shape(x, y) if x is not None and y is not None else None
    except Misfit:
        return None
