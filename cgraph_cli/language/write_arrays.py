"""Structural operations to text, as the language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, split
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.language.levels import ATOM, FACTOR, OR, TERM, Part


def array_parts(graph: ArrayGraph, node: int) -> tuple[int, list[Part]]:
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
        return ATOM, [(first, ATOM), ".T"]
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
    elif name in ("concat", "stack"):
        axis = args[0] or None
    return ATOM, [f"{name}(", *_listed(operands), ")" if axis is None else f", axis={axis})"]


def _left_level(graph: ArrayGraph, node: int) -> int:
    """Give the level that the left side of a product needs: `2*A @ x`, but `(A*B) @ x`."""
    operation, operands = graph.operations[node], graph.operands_of(node)
    is_plain = operation == "@" or (operation == "*" and not graph.shapes[operands[0]])
    return TERM if is_plain else FACTOR


def _listed(operands: Any) -> list[Part]:
    parts: list[Part] = []
    for operand in operands:
        parts += [", ", (operand, OR)]
    return parts[1:]


def spell_size(letters: Mapping[int, str], size: int) -> str:
    """Write a size: a letter that stands for it, or a product that has one."""
    if size in letters:
        return letters[size]
    for known, letter in letters.items():
        if size > known and size % known == 0:
            return f"{letter}*{spell_size(letters, size // known)}"
    return str(size)


def _sizes(letters: Mapping[int, str], sizes: Any) -> str:
    return ", ".join(spell_size(letters, size) for size in sizes)


def spell_places(graph: ArrayGraph, node: int) -> str:
    """Write what an index picks; whole axes at the end are left out."""
    letters, specs = graph.letters, split(graph.operations[node])[1]
    texts, sizes = list[str](), iter(graph.shapes[graph.operands_of(node)[0]])
    last = 0
    for at, spec in enumerate(specs, 1):
        size = None if spec is None else next(sizes)
        texts.append(_place(letters, spec, size))
        if texts[-1] != ":" or None in specs:
            last = at
    return ", ".join(texts[: max(last, 1)])


def _place(letters: Mapping[int, str], spec: Any, size: int | None) -> str:
    if spec is None or isinstance(spec, int):
        return str(spec)
    if isinstance(spec, list):
        return f"[{', '.join(map(str, spec))}]"
    start, count, step = spec
    stop: int | None = start + count * step
    is_first = start == (0 if step > 0 else (size or 0) - 1)
    if (stop == size and step == 1) or (size is not None and (stop or 0) >= size) or (stop or 0) < 0:
        stop = None
    first, last = (
        "" if hidden else spell_size(letters, bound or 0) for hidden, bound in ((is_first, start), (stop is None, stop))
    )
    if last.isdecimal() and step == 1 and not (first + spell_size(letters, count)).isdecimal() and first:
        last = f"{first} + {spell_size(letters, count)}"
    return f"{first}:{last}" + (f":{step}" if step != 1 else "")


def write_shape(graph: ArrayGraph, node: int) -> str:
    """Write the shape of an input, as a declaration has it."""
    return f"[{_sizes(graph.letters, graph.shapes[node])}]"


def write_tensor(tensor: Tensor[float]) -> str:
    """Write an array of numbers."""
    if 0 in tensor.shape:
        return f"zeros({', '.join(map(str, tensor.shape))})"
    return str(tensor.map(lambda x: int(x) if x == x and abs(x) < 1e15 and x == int(x) else x).nested())


def input_statement(graph: ArrayGraph, node: int) -> str:
    """Write the statement that gives an input its default, or declares its shape."""
    name = graph.names[node] or ""
    if node in graph.tensors and 0 not in graph.shapes[node]:
        return f"{name} = {write_tensor(graph.tensors[node])}"
    return f"{name} : {write_shape(graph, node)}"
