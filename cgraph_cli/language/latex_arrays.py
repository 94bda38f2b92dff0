r"""Structural operations in LaTeX: `A^{\top} x`, `A^{-1}`, `I`, `\begin{pmatrix} … \end{pmatrix}`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, is_reversal, named_axis, spell_places, spell_size, split
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.language.levels import ATOM, FACTOR, POWER, SUM, TERM, WrittenPart
from cgraph_cli.language.symbols import number, symbol

Called = Callable[[int], "str | None"]


def array_latex(graph: ArrayGraph, node: int, called: Called) -> tuple[int, list[WrittenPart]]:
    """Write a structural operation: its level, and its texts and operands."""
    name, args = split(graph.operations[node])
    operands = list(graph.operands_of(node))
    first = operands[0] if operands else -1
    if name == "@":
        left, right = operands
        parts = [*_transposed(left), " "] if len(graph.shapes[left]) == 1 else [(left, factor_level(graph, left)), " "]
        return TERM, [*parts, (right, factor_level(graph, right))]
    if name == "transpose" and not is_reversal(args):
        return ATOM, [r"\operatorname{transpose}\left(", (first, SUM), rf", {', '.join(map(str, args))}\right)"]
    if name == "transpose":
        if graph.operations[first] == "inv" and called(first) is None:
            return POWER, [(graph.operands_of(first)[0], ATOM), r"^{-\top}"]
        return POWER, _transposed(first)
    if name == "inv":
        return POWER, [(first, ATOM), "^{-1}"]
    if name == "solve":
        is_flipped = graph.operations[first].startswith("transpose") and called(first) is None
        matrix = graph.operands_of(first)[0] if is_flipped else first
        power = r"^{-\top} " if is_flipped else "^{-1} "
        return TERM, [(matrix, ATOM), power, (operands[1], factor_level(graph, operands[1]))]
    if name == "outer":
        return TERM, [(first, factor_level(graph, first)), " ", *_transposed(operands[1])]
    if name in ("eye", "ones", "zeros"):
        return ATOM, [{"eye": "I", "ones": r"\mathbf{1}", "zeros": r"\mathbf{0}"}[name]]
    if name == "size":
        return ATOM, [symbol(spell_size(graph.letters, args[0]))]
    if name == "index":
        return POWER, [(first, ATOM), f"_{{{spell_places(graph, node)}}}"]
    if name == "onehot":
        return POWER, ["I_{", (first, SUM), "}"]
    if name == "norm" and len(args[0]) == args[1]:
        return ATOM, [r"\left\|", (first, SUM), r"\right\|"]
    if name in ("array", ELEMENTS):
        return ATOM, [r"\begin{pmatrix} ", *_rows(graph, operands, called), r" \end{pmatrix}"]
    words = {"trace": "tr", "det": "det", "logdet": r"ln\,det"}.get(name, name.replace("_", r"\_"))
    axis: Any = None if name in PRIMITIVES or name == "reshape" else named_axis(graph.operations[node])
    if name in PRIMITIVES and len(args[0]) < args[1]:
        axis = args[0][0]
    head = rf"\operatorname{{{words}}}" + ("" if axis is None else f"_{{{axis}}}")
    inside: list[WrittenPart] = []
    for operand in operands:
        inside += [", ", (operand, SUM)]
    return ATOM, [rf"{head}\left(", *inside[1:], r"\right)"]


def _transposed(node: int) -> list[WrittenPart]:
    return [(node, ATOM), r"^{\top}"]


def factor_level(graph: ArrayGraph, node: int) -> int:
    """Give the least level of a factor of a matrix product; an elementwise product needs parentheses there."""
    operands = graph.operands_of(node)
    is_mixed = graph.operations[node] == "*" and all(graph.shapes[each] for each in operands)
    return FACTOR if is_mixed else TERM


def _rows(graph: ArrayGraph, operands: Sequence[int], called: Called) -> list[WrittenPart]:
    parts: list[WrittenPart] = []
    for operand in operands:
        parts.append(r" \\ ")
        if graph.operations[operand] == "array" and called(operand) is None:
            entries: list[WrittenPart] = []
            for each in graph.operands_of(operand):
                entries += [" & ", (each, SUM)]
            parts += entries[1:]
        else:
            parts.append((operand, SUM))
    return parts[1:]


def tensor_latex(tensor: Tensor[float]) -> str:
    """Write an array of numbers as a matrix; a vector is a column."""
    columns = tensor.shape[-1] if len(tensor.shape) > 1 else 1
    texts = [number(item, "") for item in tensor.items]
    rows = [" & ".join(texts[at : at + columns]) for at in range(0, len(texts), columns or 1)]
    inside = r" \\ ".join(rows)
    return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"
