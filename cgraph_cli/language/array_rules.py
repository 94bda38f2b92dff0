"""The builder's rules for arrays: from grammar rules to the graph.

Shapes are not known yet: a program of arrays is a graph of operations whose static parts are its `details`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.core.tensor import Ragged, Tensor, check_axes, show_shape, stack
from cgraph_cli.language.name_rules import NameRules
from cgraph_cli.language.scopes import Loop, PlacedWord

ARRAY, INDEX, PRODUCT, TRANSPOSE = "array", "index", "@", "transpose"
COMPREHENSION, ASSIGN, RECURRENCE = "comprehension", "assign", "recurrence"

AT, NEW_AXIS, OTHER_AXES = "at", "new", "rest"
"""The action of an index along an axis: it picks a place, adds an axis, or keeps all remaining axes.

The other action is a slice: a triple of flags for the presence of start, stop and step.
"""

Slice = tuple[bool, bool, bool]


MOST_NESTED = 100
"""How deep loops may stand in one another."""

MOST_INDICES = 1000
"""The most indices and transposes that stand one behind another."""

MOST_ASSIGNED = 50_000
"""The most elements that the statements of a program assign one by one."""


class Keyword:
    """An argument with a name."""

    __slots__ = ("name", "node", "offset")

    def __init__(self, name: str, node: int, offset: int) -> None:
        self.name = name
        self.node = node
        self.offset = offset


class Sizes:
    """A declared shape: numbers, and letters for sizes, each of one value wherever it stands; with their offsets."""

    __slots__ = ("offsets", "sizes")

    def __init__(self, sizes: tuple[int | str, ...], offsets: tuple[int, ...]) -> None:
        self.sizes = sizes
        self.offsets = offsets


class DeclaredInput(NamedTuple):
    """An input of a program before its shape is known: its declared sizes, and its default."""

    name: str
    sizes: tuple[int | str, ...]
    default: float | Tensor[float] | None


def declared_inputs(graph: Graph) -> Iterator[DeclaredInput]:
    """List the inputs of a program, in order of their first use."""
    for node in graph.inputs():
        details = graph.details.get(node)
        sizes = details.sizes if isinstance(details, Sizes) else ()
        default = details if isinstance(details, Tensor) else graph.numbers[node]
        yield DeclaredInput(graph.names[node] or "", sizes, default)


class IndexPart:
    """The part of an index for one axis, and its nodes."""

    __slots__ = ("nodes", "spec")

    def __init__(self, spec: str | Slice, nodes: tuple[int, ...]) -> None:
        self.spec = spec
        self.nodes = nodes


class ArrayRules(NameRules):
    """The part of the builder for arrays."""

    # Statements

    def declare(self, token: PlacedWord, *sizes: PlacedWord) -> None:
        """Declare the shape of an input: `X : [n, 3]`."""
        graph, name, offset = self.program, self._name(token), token.start_pos or 0
        node = graph.nodes.get(name)
        if name in CONSTANTS:
            raise ProgramError(f"`{name}` is a constant of the language", [self._span(token)], "choose another name")
        if node is not None and (graph.operations[node] != INPUT or node in graph.details):
            start = graph.definitions[node]
            first = Span(self.source, start, start + len(name))
            if isinstance(graph.details.get(node), Sizes):
                help = "the shape of an input is declared once: take one of the two out"
                raise ProgramError(f"`{name}` is declared twice", [first, self._span(token)], help)
            help = "only an input without a default has its shape declared: take the declaration out"
            spans = [first.noted("it has a value"), self._span(token)]
            raise ProgramError(f"the shape of `{name}` follows from its value", spans, help)
        check_axes(len(sizes), [self._span(token)])
        if node is None:
            node = graph.append_input(name, offset)
        read: list[int | str] = []
        for size in sizes:
            text = str(size)
            if text[0].isdigit() or text[0] == ".":
                if not text.isdigit():
                    raise ProgramError(f"`{text}` is no size", [self._span(size)], "a size is a whole number or a name")
                read.append(int(text))
                continue
            letter = self._name(size)
            if letter in graph.nodes:
                from cgraph_cli.language.name_errors import size_and_name

                raise size_and_name(self.source, letter, size)
            self.sizes.setdefault(letter, size.start_pos or 0)
            read.append(letter)
        graph.details[node] = Sizes(tuple(read), tuple(size.start_pos or 0 for size in sizes))
        self._statement(node)

    def element(self, token: PlacedWord, *indices: int) -> tuple[PlacedWord, tuple[int, ...]]:
        """Begin an assignment to an element: `h[0] =`."""
        return token, indices

    def assign_element(self, element: tuple[PlacedWord, tuple[int, ...]], value: int) -> None:
        """Assign an element of an array: `h[0] = h0`."""
        token, indices = element
        self.assigned += 1
        if self.assigned > MOST_ASSIGNED:
            what = f"more than {MOST_ASSIGNED:,} elements are assigned one by one"
            help = "write an array of so many numbers at once, as in `x = [1, 2, 3]`, or read it: `--x @FILE`"
            raise ProgramError(what, [self._span(token)], help)
        before = self._elements(token)
        node = self.program.append(ASSIGN, (*before, *indices, value), token.start_pos or 0)
        self.program.details[node] = len(indices)
        self._name_elements(token, node, before)

    def assign_elements(
        self, element: tuple[PlacedWord, tuple[int, ...]], value: int, *loops: tuple[PlacedWord, int]
    ) -> None:
        """Assign elements by a recurrence: `h[t + 1] = tanh(W @ h[t]) for t in range(n)`."""
        token, indices = element
        body = self._close_loop(value, loops)
        before = self._elements(token)
        body.indices = list(indices)
        captured = dict(body.captured)
        body.before = captured.pop(before[0], None) if before else None
        body.captured = captured
        node = self.program.append(RECURRENCE, (*before, *captured), token.start_pos or 0)
        self.program.details[node] = body
        self._name_elements(token, node, before)

    def _elements(self, token: PlacedWord) -> list[int]:
        """List the node of the elements of a name so far, if any."""
        graph, name = self.program, self._name(token)
        node = graph.nodes.get(name)
        if node is not None and graph.operations[node] in (ASSIGN, RECURRENCE):
            return [node]
        if node is not None and node >= self.statement_start and graph.operations[node] == INPUT:
            help = f"assign the first before: `{name}[0] = …`"
            raise ProgramError(f"`{name}` has no first element", [graph.span(node)], help)
        if node is not None and node < self.statement_start:
            if graph.operations[node] == INPUT and graph.numbers[node] is None and node not in graph.details:
                from cgraph_cli.language.name_errors import assigned_before

                raise assigned_before(graph, self.statement_start, name, token)
            start = graph.definitions[node]
            first = Span(self.source, start, start + len(name), "here")
            what = f"`{name}` has a value already, and its elements cannot be assigned"
            raise ProgramError(what, [first, self._span(token)], "a name is assigned once: choose another for one")
        self._new_name(token)
        return []

    def _name_elements(self, token: PlacedWord, node: int, before: Sequence[int]) -> None:
        for last in before:
            self.program.names[last] = None
        self.program.name(node, self._name(token), token.start_pos or 0)
        self._statement(node)

    # Expressions

    def product(self, left: int, token: PlacedWord, right: int) -> int:
        """Multiply matrices: `A @ x`."""
        return self._append(PRODUCT, (left, right), token.start_pos or 0, ())

    def transpose(self, value: int, token: PlacedWord) -> int:
        """Transpose: `A.T`."""
        count = self._behind(value, token)
        return self._next(self._append(TRANSPOSE, (value,), token.start_pos or 0, ()), count)

    def array(self, token: PlacedWord, *items: int) -> int:
        """Stack: `[a, b]`."""
        return self._append(ARRAY, items, token.start_pos or 0, ())

    def index(self, value: int, token: PlacedWord, *given: int | IndexPart) -> int:
        """Index: `x[0]`, `W[:, 1]`, `x[1:3]`, `x[:, None]`."""
        axes = [IndexPart(AT, (each,)) if isinstance(each, int) else each for each in given]
        nodes = [node for axis in axes for node in axis.nodes]
        specs = tuple(axis.spec for axis in axes)
        count = self._behind(value, token)
        return self._next(self._append(INDEX, (value, *nodes), token.start_pos or 0, specs), count)

    def slice(self, *parts: int | PlacedWord) -> IndexPart:
        """Slice an axis: `1:3`, `:`, `::2`."""
        found: list[int | None] = [None]
        for part in parts:
            if isinstance(part, int):
                found[-1] = part
            else:
                found.append(None)
        found += [None] * (3 - len(found))
        start, stop, step = (node is not None for node in found)
        return IndexPart((start, stop, step), tuple(node for node in found if node is not None))

    def new_axis(self, token: PlacedWord) -> IndexPart:
        """Add an axis: `None` in an index."""
        return IndexPart(NEW_AXIS, ())

    def other_axes(self, token: PlacedWord) -> IndexPart:
        """Keep the other axes: `...` in an index."""
        return IndexPart(OTHER_AXES, ())

    def keyword(self, token: PlacedWord, node: int) -> Keyword:
        """Name an argument: `axis=0`."""
        return Keyword(self._name(token), node, token.start_pos or 0)

    def loop(self, token: PlacedWord, domain: int) -> tuple[PlacedWord, int]:
        """Give the variable and the values of a loop: `for i in range(n)`."""
        return token, domain

    def comprehension(self, value: int, *loops: tuple[PlacedWord, int]) -> int:
        """Collect over a loop, in brackets or as an argument: `x[i]^2 for i in range(n)`."""
        body = self._close_loop(value, loops)
        return self._append(COMPREHENSION, tuple(body.captured), body.offset, body)

    def open_loop(self, offset: int) -> None:
        """Begin the body of a loop, at its bracket or at the element that it assigns."""
        if len(self.scopes) >= MOST_NESTED:
            what = f"loops stand in one another more than {MOST_NESTED} deep"
            raise ProgramError(what, [Span(self.source, offset, offset + 1)], "give an inner one a name of its own")
        body = self._side_graph(offset)
        scope = Loop(offset, body)
        for variable, start in self.loops[offset]:
            span = Span(self.source, start, start + len(variable))
            if variable in CONSTANTS or variable in body.nodes:
                what = "a constant of the language" if variable in CONSTANTS else "a variable of this loop already"
                raise ProgramError(f"`{variable}` is {what}", [span], "choose another name")
            scope.parameters.append(body.append_input(variable, start))
        self.scopes.append(scope)
        self.graph = body

    def _close_loop(self, value: int, loops: Sequence[tuple[PlacedWord, int]]) -> Loop:
        scope = self.scopes.pop()
        assert isinstance(scope, Loop)
        scope.result = value
        scope.domains = [domain for _, domain in loops]
        self.program.nodes_elsewhere += len(scope.body)
        beside = self.open_assertion or self.open_range
        self.graph = self.scopes[-1].body if self.scopes else self.program if beside is None else beside.graph
        return scope

    # Helpers

    def _behind(self, value: int, token: PlacedWord) -> int:
        """Count the indices and transposes one behind another, with one more."""
        graph, last, count = self.last_index
        count = count + 1 if value == last and graph is self.graph else 1
        if count > MOST_INDICES:
            what = f"more than {MOST_INDICES:,} indices stand one behind another"
            help = "one bracket takes all axes, as in `x[0, 1]`"
            if str(token) != "[":
                what, help = f"more than {MOST_INDICES:,} transposes stand one behind another", "two of them are none"
            raise ProgramError(what, [self._span(token)], help)
        return count

    def _next(self, node: int, count: int) -> int:
        self.last_index = self.graph, node, count
        return node

    def _size_letter(self, name: str, offset: int) -> int:
        return self._append("size", (), offset, name)

    def _literal(self, value: int) -> Tensor[float] | None:
        """Read a literal array, which alone on the right of an assignment is the default of an input."""
        graph, start = self.program, self.statement_start
        if graph.operations[value] != ARRAY or not start <= value == len(graph) - 1:
            return None
        found: dict[int, Tensor[float]] = {}
        operations, spellings = graph.operations, graph.spellings
        for node in range(start, len(graph)):
            if operations[node] == CONSTANT and spellings.get(node) not in CONSTANTS:
                continue
            parts = graph.operands_of(node)
            if operations[node] != ARRAY or not all(part >= start for part in parts):
                return None
            if found.keys().isdisjoint(parts):
                found[node] = Tensor((len(parts),), [graph.constant(part) for part in parts])
                continue
            stacked = [found[part] if part in found else Tensor((), [graph.constant(part)]) for part in parts]
            check_axes(len(stacked[0].shape) + 1, [graph.span(node)])
            try:
                found[node] = stack(stacked)
            except Ragged as error:
                raise ragged(graph, parts, [part.shape for part in stacked], error) from None
        return found[value]


def bracketed(graph: Graph, node: int) -> Span:
    """Find the place of an array in brackets, with these; of another node that of the operation."""
    start, text = graph.offsets[node], graph.source.text
    if graph.operations[node] not in (ARRAY, COMPREHENSION) or not text.startswith("[", start):
        return graph.span(node)
    depth = 0
    for end in range(start, len(text)):
        depth += (text[end] in "([") - (text[end] in ")]")
        if not depth:
            return Span(graph.source, start, end + 1)
    return graph.span(node)


def ragged(graph: Graph, parts: Sequence[int], shapes: Sequence[tuple[int, ...]], error: Ragged) -> ProgramError:
    """Make the error of an array whose parts differ in shape."""
    at = next(at for at, shape in enumerate(shapes) if shape == error.second)
    spans = [bracketed(graph, parts[each]).noted(f"this is {show_shape(shapes[each])}") for each in (0, at)]
    return ProgramError("the parts of an array differ in shape", spans, "every row has as many elements as the first")
