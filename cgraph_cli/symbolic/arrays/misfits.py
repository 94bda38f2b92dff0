"""Errors of shapes: both shapes with their places, and what to write instead, which is tried before it is advised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.tensor import Shape, show_shape
from cgraph_cli.symbolic.arrays.operations import Misfit, broadcast, product_shape
from cgraph_cli.symbolic.arrays.values import Copy, Value


def explain_misfit(result: ArrayGraph, frame: Copy, node: int, error: Misfit, values: Sequence[Value]) -> ProgramError:
    """Make the error of operands whose shapes do not fit."""
    graph, operation = frame.graph, frame.graph.operations[node]
    operands = list(graph.operands_of(node))[: len(values)]
    texts = [_text(frame, operand) for operand in operands]
    shapes = [value.shape for value in values]
    shown = [f"`{text}` is {show_shape(shape)}" for text, shape in zip(texts, shapes, strict=True)][:4]
    joint = "" if error.what.startswith("and ") else "which " if len(shown) > 1 else "and "
    what = f"{' and '.join(shown)}, {joint}{error.what}"
    spans = [graph.span(node)] if operation in ("@", "transpose") or not texts[0] else []
    spans = [
        _place(frame, node, operand).noted(show_shape(shape))
        for operand, shape in dict(zip(operands, shapes, strict=True)).items()
    ][:2] or spans
    help = error.help
    if len(shapes) == 2:
        help = "\n".join(dict.fromkeys(_advice(operation, texts, shapes))) or help
    for operand, value in zip(operands, values, strict=True):
        name = graph.names[operand] or ""
        if value.node >= 0 and not value.shape and result.operations[value.node] == INPUT and value.known is None:
            help = f'`{name}` has neither value nor shape: give it, as in `--{name} "[1, 2]"`,\n'
            help += f"or declare its shape, as in `{name} : [2]`"
            break
    return ProgramError(what, spans, help)


def explain_static(frame: Copy, unknown: int, wanted: int) -> ProgramError:
    """Make the error of a size or a place that is not known before the first number is computed."""
    graph = frame.graph
    name = graph.names[unknown]
    what = "a size or a place has to be known before the first number is computed"
    if graph.operations[unknown] == INPUT and name:
        help = f"give `{name}` a value: `--{name} 3`, or `{name} = 3` in the program"
        return ProgramError(f"{what}, and `{name}` has no value", [graph.span(unknown)], help)
    return ProgramError(what, [graph.span(wanted)], "use numbers, loop variables, `size(x)` and inputs that are given")


def _text(frame: Copy, node: int) -> str:
    """Write an operand shortly: its name, or what it computes."""
    graph = frame.graph
    name = graph.names[node]
    if name is not None:
        return name
    if graph.operations[node] == "constant":
        return graph.written(node)
    operands = [graph.names[operand] or "…" for operand in graph.operands_of(node)]
    operation = graph.operations[node]
    if operation == "transpose":
        return f"{operands[0]}.T"
    if len(operands) == 2 and not operation[0].isalpha():
        return f"{operands[0]} {operation} {operands[1]}"
    return f"{operation}({', '.join(operands[:3])})" if operation[0].isalpha() else operation


def _place(frame: Copy, node: int, operand: int) -> Span:
    """Find the place of an operand: of a name, that nearest to the operation, on its side."""
    graph = frame.graph
    name, here = graph.names[operand], graph.offsets[node]
    if name is None:
        return graph.span(operand)
    is_first = graph.operands_of(node)[0] == operand and not graph.operations[node][0].isalpha()
    found = [each.start() for each in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", graph.source.text)]
    before, after = [at for at in found if at < here], [at for at in found if at >= here]
    near = (before[-1:] if is_first else after[:1]) or found[:1]
    return Span(graph.source, near[0], near[0] + len(name)) if near else graph.span(operand)


def _advice(operation: str, texts: Sequence[str], shapes: Sequence[Shape]) -> Iterator[str]:
    """Find what may have been meant, of what does fit."""
    (left, right), (x, y) = texts, shapes
    plain = all(text.isidentifier() for text in texts)
    if operation == "@":
        if len(x) == 2 and _multiplies(x[::-1], y) and plain:
            yield f"write `{left}.T @ {right}`, which is {show_shape(product_shape(x[::-1], y))}"
        if len(y) == 2 and _multiplies(x, y[::-1]) and plain:
            yield f"write `{left} @ {right}.T`, which is {show_shape(product_shape(x, y[::-1]))}"
        if _multiplies(y, x) and plain:
            yield f"write `{right} @ {left}`, which is {show_shape(product_shape(y, x))}"
        if _fits(x, y):
            yield f"to multiply element by element, write `{left} * {right}`"
        return
    sign = operation if not operation[0].isalpha() else ","
    if operation == "*" and _multiplies(x, y):
        yield f"for the matrix product, write `{left} @ {right}`"
    for at, (text, shape) in enumerate(zip(texts, shapes, strict=True)):
        if not text.isidentifier():
            continue
        if len(shape) == 1 and _fits(*_replaced(shapes, at, (*shape, 1))):
            wide = show_shape(broadcast(_replaced(shapes, at, (*shape, 1))))
            yield f"write `{text}[:, None]` to repeat `{text}` along the last axis: the result is {wide}"
        if len(shape) == 2 and _fits(*_replaced(shapes, at, shape[::-1])):
            yield f"write `{_written(texts, at, f'{text}.T', sign)}` with the transpose"
        if len(shape) == 2 and shape[1] == 1 and _fits(*_replaced(shapes, at, shape[:1])):
            yield f"write `{text}[:, 0]` for the column as a vector"


def _written(texts: Sequence[str], at: int, text: str, sign: str) -> str:
    return f" {sign} ".join(_replaced(texts, at, text))


def _replaced(items: Sequence[object], at: int, item: object) -> list:  # type: ignore[type-arg]
    return [item if position == at else each for position, each in enumerate(items)]


def _fits(*shapes: Shape) -> bool:
    try:
        broadcast(shapes)
    except Misfit:
        return False
    return True


def _multiplies(x: Shape, y: Shape) -> bool:
    try:
        product_shape(x, y)
    except Misfit:
        return False
    return True
