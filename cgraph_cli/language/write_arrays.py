"""Structural operations to text, in the language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, is_reversal, named_axis, spell_places, spell_size, split
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.core.uncertain_number import UncertainNumber
from cgraph_cli.language.levels import ATOM, FACTOR, OR, TERM, WrittenPart
from cgraph_cli.language.uncertainties import write_uncertain


def array_parts(graph: ArrayGraph, node: int) -> tuple[int, list[WrittenPart]]:
    """Write a structural operation: its level, and its texts and operands."""
    name, args = split(graph.operations[node])
    operands = graph.operands_of(node)
    first = operands[0] if operands else -1
    if name == "@":
        return TERM, [(first, _left_level(graph, first)), " @ ", (operands[1], FACTOR)]
    if name == "size":
        return ATOM, [spell_size(graph.letters, args[0])]
    if name == "index":
        return ATOM, [(first, ATOM), f"[{spell_places(graph, node)}]"]
    if name == "transpose":
        if is_reversal(args):
            return ATOM, [(first, ATOM), ".T"]
        return ATOM, ["transpose(", (first, OR), f", {', '.join(map(str, args))})"]
    if name == "onehot":
        return ATOM, [f"eye({spell_size(graph.letters, args[0])})[", (first, OR), "]"]
    if name in ("array", ELEMENTS):
        return ATOM, ["[", *_listed(operands), "]"]
    if not operands:
        return ATOM, [f"{name}({_sizes(graph.letters, args)})"]
    if name == "reshape":
        return ATOM, [f"{name}(", (first, OR), f", {_sizes(graph.letters, args)})"]
    axis: Any = None
    if name in PRIMITIVES:
        axes, rank = args
        axis = None if len(axes) == rank else axes[0]
    else:
        axis = named_axis(graph.operations[node])
    return ATOM, [f"{name}(", *_listed(operands), ")" if axis is None else f", axis={axis})"]


def _left_level(graph: ArrayGraph, node: int) -> int:
    """Give the least level of the left side of a product: `2*A @ x`, but `(A*B) @ x`."""
    operation, operands = graph.operations[node], graph.operands_of(node)
    is_plain = operation == "@" or (operation == "*" and not graph.shapes[operands[0]])
    return TERM if is_plain else FACTOR


def _listed(operands: Any) -> list[WrittenPart]:
    parts: list[WrittenPart] = []
    for operand in operands:
        parts += [", ", (operand, OR)]
    return parts[1:]


def _sizes(letters: Mapping[int, str], sizes: Any) -> str:
    return ", ".join(spell_size(letters, size) for size in sizes)


def write_shape(graph: ArrayGraph, node: int) -> str:
    """Write the shape of an input, in the form of a declaration."""
    return f"[{_sizes(graph.letters, graph.shapes[node])}]"


def write_tensor(tensor: Tensor[float]) -> str:
    """Write an array of numbers."""
    if 0 in tensor.shape:
        return f"zeros({', '.join(map(str, tensor.shape))})"
    return _written(tensor.nested())


def _written(part: Any) -> str:
    """Write a number, or a list of parts in brackets."""
    if isinstance(part, list):
        return f"[{', '.join(map(_written, part))}]"
    if isinstance(part, UncertainNumber):
        return write_uncertain(part)
    return repr(int(part) if abs(part) < 1e15 and part == int(part) else part)


def input_statement(graph: ArrayGraph, node: int) -> str:
    """Write the statement that gives an input its default, or declares its shape."""
    name = graph.names[node] or ""
    tensor = graph.tensor(node)
    if tensor is not None and 0 not in graph.shapes[node]:
        return f"{name} = {write_tensor(tensor)}"
    return f"{name} : {write_shape(graph, node)}"
