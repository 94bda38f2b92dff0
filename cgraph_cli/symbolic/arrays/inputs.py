"""Inputs: their shapes by declaration, by default, or by their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.tensor import Shape, Tensor, show_shape
from cgraph_cli.language.array_rules import Sizes
from cgraph_cli.symbolic.arrays.values import Value

if TYPE_CHECKING:
    from cgraph_cli.symbolic.arrays.elaborate import Elaborator


def bind_letters(elaborator: Elaborator) -> None:
    """Find the sizes of letters from the given inputs."""
    graph = elaborator.graph
    for node, sizes in graph.details.items():
        name = graph.names[node] or ""
        if not isinstance(sizes, Sizes) or name not in elaborator.given:
            continue
        shape = elaborator.given[name].shape
        declared = f"`{name}` is declared as {show_shape(sizes.sizes)}"
        if len(shape) != len(sizes.sizes):
            what = f"{declared}, and given is {show_shape(shape)}"
            raise ProgramError(what, [_declared(elaborator, node)], f"give {_of_rank(len(sizes.sizes))}")
        for size, length, offset in zip(sizes.sizes, shape, sizes.offsets, strict=True):
            span = Span(graph.source, offset, offset + len(str(size)), f"this is {length}")
            if isinstance(size, int):
                if size != length:
                    what = f"{declared}, and given is {show_shape(shape)}"
                    raise ProgramError(what, [span], "give an array of that shape, or change the declaration")
                continue
            known = elaborator.letters.setdefault(size, (length, span))
            if known[0] != length:
                what = f"`{size}` is {known[0]} in one shape and {length} in another"
                raise ProgramError(what, [known[1], span], "a letter is the same size wherever it stands")


def _declared(elaborator: Elaborator, node: int) -> Span:
    name, start = elaborator.graph.names[node] or "", elaborator.graph.definitions[node]
    return Span(elaborator.graph.source, start, start + len(name))


def build_input(elaborator: Elaborator, node: int) -> Value:
    """Elaborate an input, with the shape of its numbers, of its default, or of its declaration."""
    graph = elaborator.graph
    name, details, number = graph.names[node] or "", graph.details.get(node), graph.numbers[node]
    known = elaborator.given.get(name)
    default = details if isinstance(details, Tensor) else None
    if default is None and number is not None:
        default = Tensor((), [number])
    shape: Shape = ()
    if known is not None:
        shape = known.shape
    elif default is not None:
        shape = default.shape
    elif isinstance(details, Sizes):
        for size, offset in zip(details.sizes, details.offsets, strict=True):
            if isinstance(size, str) and size not in elaborator.letters:
                span = Span(graph.source, offset, offset + len(size))
                what = f"the size `{size}` of `{name}` is not known"
                raise ProgramError(what, [span], f"give `{name}`, or declare it with numbers")
        shape = tuple(elaborator.letters[size][0] if isinstance(size, str) else size for size in details.sizes)
    offset = graph.offsets[node]
    scalar = default.item if default is not None and not default.shape and not shape else None
    result = elaborator.result.append_array(INPUT, (), offset, shape, scalar)
    elaborator.result.name(result, name, graph.definitions[node])
    if default is not None and default.shape == shape and shape:
        elaborator.result.hold(result, default)
    return Value(result, shape, known or default)


def _of_rank(rank: int) -> str:
    return {0: "a number", 1: "a vector, such as `[1, 2]`", 2: "a matrix, such as `[[1, 2], [3, 4]]`"}.get(
        rank, f"an array of rank {rank}"
    )
