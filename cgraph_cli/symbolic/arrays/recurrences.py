"""Loops: comprehensions, and arrays that are assigned element by element."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cgraph_cli.core.errors import ProgramError, Span, show_lines
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.tensor import Tensor, show_index, show_shape
from cgraph_cli.language.array_rules import (
    ASSIGN,
    RECURRENCE,
)
from cgraph_cli.language.scopes import Loop
from cgraph_cli.symbolic.arrays.calls import make_array
from cgraph_cli.symbolic.arrays.indexing import NoValueYetError, pick
from cgraph_cli.symbolic.arrays.sizes import range_of, whole_number
from cgraph_cli.symbolic.arrays.values import Copy, Pieces, Value

if TYPE_CHECKING:
    from cgraph_cli.symbolic.arrays.elaborate import Elaborator

MOST_STEPS = 200_000
"""The most steps of all loops of a program together."""

_TRIED = 3
"""The steps of a loop after which those of the loops inside it are taken to be as many each time."""


def iterate(elaborator: Elaborator, loop: Loop, frame: Copy, at: int = 0) -> Iterator[Copy]:
    """Step through a loop: the frames of its body, one after another."""
    if at == len(loop.domains):
        yield frame
        return
    domain = loop.domains[at]
    size, values = go_through(elaborator, frame, domain)
    inner: list[int] = []  # steps of the loops inside, for each of the first values
    for value in values:
        before = elaborator.steps
        yield from iterate(elaborator, loop, frame.bind(loop.parameters[at], value), at + 1)
        if len(inner) < _TRIED:
            inner.append(elaborator.steps - before)
            if len(inner) == _TRIED and len(set(inner)) == 1 and inner[0] * size > 2 * MOST_STEPS:
                count_steps(elaborator, inner[0] * size, frame.graph.span(domain))


def go_through(elaborator: Elaborator, frame: Copy, domain: int) -> tuple[int, Iterator[Value]]:
    """Count and list the values that a variable goes through."""
    graph = frame.graph
    if graph.operations[domain] == "range":
        places = range_of(elaborator, frame, domain)
        count_steps(elaborator, len(places), graph.span(domain))
        offset = graph.offsets[domain]
        return len(places), (Value(-1, (), Tensor((), [float(place)]), offset) for place in places)
    value = elaborator.need(frame, domain)
    elaborator.node_of(value)
    if not value.shape:
        help = "write `range(n)` to count up to a number"
        raise ProgramError("a loop goes through an array, and this is a number", [graph.span(domain)], help)
    count_steps(elaborator, value.shape[0], graph.span(domain))
    rest = [(0, size, 1) for size in value.shape[1:]]
    return value.shape[0], (
        pick(elaborator, value, [place, *rest], graph.offsets[domain]) for place in range(value.shape[0])
    )


def count_steps(elaborator: Elaborator, steps: int, span: Span) -> None:
    """Count steps against the bound on all loops. Raises `ProgramError` past it."""
    elaborator.steps += steps
    if elaborator.steps > MOST_STEPS:
        what = f"a loop of {steps:,} steps is too long"
        if steps <= MOST_STEPS:
            what = f"the loops of the program have more than {MOST_STEPS:,} steps"
        help = (
            f"all together have at most {MOST_STEPS:,}; operations on whole arrays, such as `x*y` or `A @ x`, take none"
        )
        raise ProgramError(what, [span], help)


def build_comprehension(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Elaborate `[x[i]^2 for i in range(n)]`."""
    loop: Loop = frame.graph.details[node]
    items = []
    for inside in iterate(elaborator, loop, enter(loop, frame, frame.graph.operands_of(node))):
        value = elaborator.need(inside, loop.result)
        elaborator.node_of(value)
        items.append(value)
    return make_array(elaborator, frame, node, items)


def enter(loop: Loop, frame: Copy, operands: Sequence[int]) -> Copy:
    """Make the copy of a body with the nodes around it bound, and no variable yet."""
    outer_nodes = dict(zip(loop.captured.values(), operands, strict=True))
    bound = {inside: frame.values[operand] for inside, operand in outer_nodes.items()}
    return Copy(loop.body, bound, frame, outer_nodes)


def build_assign(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Elaborate `h[0] = h0`."""
    graph = frame.graph
    operands = graph.operands_of(node)
    rank: int = graph.details[node]
    pieces = pieces_of(elaborator, frame, node, operands[0] if len(operands) > rank + 1 else None)
    index = tuple(whole_number(elaborator, frame, each) for each in operands[-1 - rank : -1])
    assign(elaborator, pieces, index, frame.values[operands[-1]], graph.offsets[node])
    return pieces


def build_recurrence(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Elaborate `h[t + 1] = tanh(h[t]) for t in range(n)`."""
    graph = frame.graph
    loop: Loop = graph.details[node]
    operands = graph.operands_of(node)
    has_before = len(operands) > len(loop.captured)
    pieces = pieces_of(elaborator, frame, node, operands[0] if has_before else None)
    entered = enter(loop, frame, operands[has_before:])
    if loop.before is not None:
        entered = entered.bind(loop.before, pieces)
    for inside in iterate(elaborator, loop, entered):
        index = tuple(whole_number(elaborator, inside, each) for each in loop.indices)
        try:
            value = elaborator.need(inside, loop.result)
        except NoValueYetError as error:
            if error.name != pieces.name and error.name in graph.names[node + 1 :]:
                from cgraph_cli.symbolic.arrays.mutual_recurrences import advise_rows

                help = advise_rows(graph.source.text, pieces.name, error.name)
                error.diagnostic = error.diagnostic._replace(help=show_lines(help))
            raise
        assign(elaborator, pieces, index, value, graph.offsets[node])
    return pieces


def pieces_of(elaborator: Elaborator, frame: Copy, node: int, before: int | None) -> Pieces:
    """Find the elements before an assignment, or begin with none."""
    if before is not None:
        found = frame.values[before]
        assert isinstance(found, Pieces)
        return found
    return Pieces(elaborator.name_of_first(frame.graph, node), frame.graph.offsets[node])


def name_firsts(graph: Graph) -> dict[int, str | None]:
    """Name the nodes that assign the first elements of arrays: the name stands at the last assignment."""
    names: dict[int, str | None] = {}
    for node in range(len(graph) - 1, -1, -1):
        if _goes_on(graph, node):
            names[graph.operands_of(node)[0]] = names.get(node, graph.names[node])
    return names


def _goes_on(graph: Graph, node: int) -> bool:
    """Tell whether a node assigns further elements of an array, which is then its first operand."""
    operation, details, count = graph.operations[node], graph.details.get(node), len(graph.operands_of(node))
    if operation == RECURRENCE:
        return isinstance(details, Loop) and count > len(details.captured)
    return operation == ASSIGN and isinstance(details, int) and count > details + 1


def assign(elaborator: Elaborator, pieces: Pieces, index: tuple[int, ...], value: Value, offset: int) -> None:
    """Assign an element. Raises `ProgramError` where it does not fit the others."""
    result = elaborator.result
    name = f"{pieces.name}{show_index(index)}"
    span = Span(result.source, offset, offset + len(pieces.name))
    if min(index) < 0:
        raise ProgramError(f"`{name}` cannot be assigned", [span], "elements that are assigned count from 0")
    if index in pieces.elements:
        raise ProgramError(f"`{name}` is assigned twice", [span], "an element is assigned once")
    others = next(iter(pieces.elements.items()), None)
    if others is not None and (len(others[0]) != len(index) or others[1].shape != value.shape):
        first, shape = f"{pieces.name}{show_index(others[0])}", others[1].shape
        what = f"`{first}` is {show_shape(shape)}, and `{name}` is {show_shape(value.shape)}"
        help = "all elements of an array have one shape"
        if len(others[0]) != len(index):
            what, help = f"`{first}` and `{name}` differ in their number of indices", "an array has one rank"
        raise ProgramError(what, [result.span(elaborator.node_of(others[1])), span], help)
    node = elaborator.node_of(value)
    if isinstance(value, Pieces) or result.names[node] is not None or result.operations[node] in (INPUT, CONSTANT):
        value = elaborator.append("identity", [value], offset, value.shape)
    result.name(value.node, name, offset)
    pieces.elements[index] = value
    pieces.node = -1
