"""Loops: comprehensions, and arrays that are assigned element by element."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.tensor import Tensor, show_index, show_shape
from cgraph_cli.language.array_rules import (
    ASSIGN,
    MOST_NESTED,
    RECURRENCE,
)
from cgraph_cli.language.scopes import Loop
from cgraph_cli.symbolic.arrays.calls import make_array
from cgraph_cli.symbolic.arrays.indexing import pick
from cgraph_cli.symbolic.arrays.sizes import range_of, whole_number
from cgraph_cli.symbolic.arrays.values import Copy, Pieces, Value

if TYPE_CHECKING:
    from cgraph_cli.symbolic.arrays.elaborate import Elaborator

MOST_STEPS = 200_000
"""The most steps of all loops of a program together."""

MOST_TOGETHER = 20
"""The most recurrences that take their steps together."""

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
    operands = frame.graph.operands_of(node)
    elaborator.depth += 1
    for inside in iterate(elaborator, loop, enter(loop, frame, operands, map(frame.values.__getitem__, operands))):
        value = elaborator.need(inside, loop.result)
        elaborator.node_of(value)
        items.append(value)
    elaborator.depth -= 1
    return make_array(elaborator, frame, node, items)


def enter(loop: Loop, frame: Copy, operands: Sequence[int], values: Iterable[Value]) -> Copy:
    """Make the copy of a body with the nodes around it bound to their values, and no variable yet."""
    inside = loop.captured.values()
    bound = dict(zip(inside, values, strict=True))
    return Copy(loop.body, bound, frame, dict(zip(inside, operands, strict=True)))


def build_assign(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Elaborate `h[0] = h0`."""
    graph = frame.graph
    operands = graph.operands_of(node)
    rank: int = graph.details[node]
    pieces = pieces_of(elaborator, frame, node, operands[0] if len(operands) > rank + 1 else None)
    pieces.last = node
    index = tuple(whole_number(elaborator, frame, each) for each in operands[-1 - rank : -1])
    assign(elaborator, pieces, index, frame.values[operands[-1]], graph.offsets[node])
    return pieces


def build_recurrence(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Elaborate `h[t + 1] = tanh(h[t]) for t in range(n)`."""
    recurrence = _begun(elaborator, frame, node)
    if recurrence in elaborator.stepping:
        raise NotWholeError(recurrence.pieces)
    while recurrence.step(elaborator):
        pass
    recurrence.pieces.recurrence, recurrence.pieces.last = None, node
    del elaborator.recurrences[node]
    return recurrence.pieces


class Recurrence:
    """A recurrence whose steps are taken one by one, so that others can take theirs between them."""

    def __init__(self, elaborator: Elaborator, frame: Copy, node: int, pieces: Pieces) -> None:
        graph = frame.graph
        self.pieces = pieces
        self._loop: Loop = graph.details[node]
        self._offset = graph.offsets[node]
        around = graph.operands_of(node)[_goes_on(graph, node) :]
        entered = enter(self._loop, frame, around, [_value_around(elaborator, frame, each) for each in around])
        if self._loop.before is not None:
            entered = entered.bind(self._loop.before, pieces)
        self._frames = iterate(elaborator, self._loop, entered)

    def step(self, elaborator: Elaborator) -> bool:
        """Assign the next element; tell whether there is one."""
        built = elaborator.settled.built
        elaborator.stepping.append(self)
        elaborator.depth += 1
        inside = next(self._frames, None)
        if inside is not None:
            index = tuple(whole_number(elaborator, inside, each) for each in self._loop.indices)
            value = elaborator.need(inside, self._loop.result)
            assign(elaborator, self.pieces, index, value, self._offset)
        elaborator.depth -= 1
        elaborator.stepping.pop()
        elaborator.settled.built = built
        return inside is not None


def _begun(elaborator: Elaborator, frame: Copy, node: int) -> Recurrence:
    """Find a recurrence that has begun, or begin it."""
    found = elaborator.recurrences.get(node)
    if found is None:
        graph = frame.graph
        pieces = pieces_of(elaborator, frame, node, graph.operands_of(node)[0] if _goes_on(graph, node) else None)
        if len(elaborator.recurrences) >= MOST_TOGETHER or elaborator.depth > MOST_NESTED:
            what = f"more than {MOST_TOGETHER} recurrences need each other"
            if elaborator.depth > MOST_NESTED:
                what = f"recurrences that need each other, with the loops in them, are more than {MOST_NESTED} deep"
            raise ProgramError(what, [graph.span(node)], "make some of them one array, each a row of it")
        found = elaborator.recurrences[node] = pieces.recurrence = Recurrence(elaborator, frame, node, pieces)
    return found


def _value_around(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Find the value of a node around a loop; of a recurrence that has not ended, its elements so far."""
    if node not in frame.values and frame.graph.operations[node] == RECURRENCE:
        return _begun(elaborator, frame, node).pieces
    return elaborator.need(frame, node)


def find_element(elaborator: Elaborator, pieces: Pieces, index: tuple[int, ...]) -> Value | None:
    """Find an element of an array; for a step of a recurrence, those below it take theirs as far as it needs them."""
    while index not in pieces.elements and elaborator.stepping:
        recurrence = pieces.recurrence
        if recurrence is None:
            following = elaborator.next_recurrences.get(pieces.last)
            if following is None or pieces.node >= 0:  # what was made of it would change
                return None
            recurrence = _begun(elaborator, elaborator.frame, following)
        if recurrence in elaborator.stepping or not recurrence.step(elaborator):
            return None
    return pieces.elements.get(index)


def explain_missing(elaborator: Elaborator, pieces: Pieces, index: tuple[int, ...], span: Span) -> ProgramError:
    """Make the error of an element that is asked for before it is assigned."""
    missing = f"{pieces.name}{show_index(index)}"
    last = f"{pieces.name}{show_index(max(pieces.elements))}" if pieces.elements else ""
    help = f"assign it before; the last one so far is `{last}`" if last else "assign it before"
    if pieces.recurrence in elaborator.stepping[:-1]:
        other = elaborator.stepping[-1].pieces.name
        help = f"it and the next element of `{other}` need each other: let one take an earlier element"
        help += f", as `{last}`" if last else f", or assign `{missing}` before"
    return ProgramError(f"`{missing}` has no value yet", [span], help)


class NotWholeError(Exception):
    """An array that is used as a whole before its recurrence has ended."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self.pieces = pieces


def explain_not_whole(error: NotWholeError, span: Span) -> ProgramError:
    """Make the error of an array that is used as a whole at a place."""
    name = error.pieces.name
    what = f"`{name}` is used as a whole before its recurrence has ended"
    help = f"name an element, as in `{name}[0]`, or move this below the last assignment to `{name}`"
    return ProgramError(what, [span], help)


def pieces_of(elaborator: Elaborator, frame: Copy, node: int, before: int | None) -> Pieces:
    """Find the elements before an assignment, or begin with none."""
    if before is not None:
        found = elaborator.need(frame, before)
        assert isinstance(found, Pieces)
        return found
    return Pieces(elaborator.name_of_first(frame.graph, node), frame.graph.offsets[node])


def find_next_recurrences(graph: Graph) -> dict[int, int]:
    """Find the recurrence that assigns further elements of an array, by the last assignment before it."""
    found = (node for node, operation in enumerate(graph.operations) if operation == RECURRENCE)
    return {graph.operands_of(node)[0]: node for node in found if _goes_on(graph, node)}


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
            from cgraph_cli.symbolic.arrays.mixed_ranks import explain_mixed_ranks

            raise explain_mixed_ranks(elaborator, pieces, (others[0], index), (others[1], value), offset)
        raise ProgramError(what, [result.span(elaborator.node_of(others[1])), span], help)
    node = elaborator.node_of(value)
    if isinstance(value, Pieces) or result.names[node] is not None or result.operations[node] in (INPUT, CONSTANT):
        value = elaborator.append("identity", [value], offset, value.shape)
    result.name(value.node, name, offset)
    pieces.elements[index] = value
    pieces.node = -1
