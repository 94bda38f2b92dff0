"""What the rules of the grammar that are about arrays do to the graph.

Shapes are not known yet: a program of arrays is a graph of operations whose static parts are its `details`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cgraph_cli.core.errors import ProgramError, Source, Span, did_you_mean, name_list
from cgraph_cli.core.graph import CONSTANT, INPUT, Assertion, Graph
from cgraph_cli.core.primitives import CONSTANTS, function
from cgraph_cli.core.tensor import Ragged, Tensor, show_shape, stack
from cgraph_cli.language.scopes import Body, Function, Loop, PlacedWord

ARRAY, INDEX, PRODUCT, TRANSPOSE = "array", "index", "@", "transpose"
COMPREHENSION, ASSIGN, RECURRENCE = "comprehension", "assign", "recurrence"

AT, NEW_AXIS, OTHER_AXES = "at", "new", "rest"
"""What an index does along an axis: it picks a place, adds an axis, or keeps all axes that are left. Or it is a slice:
a triple that says which of start, stop and step are given."""

Slice = tuple[bool, bool, bool]


class Keyword:
    """An argument with a name."""

    __slots__ = ("name", "node", "offset")

    def __init__(self, name: str, node: int, offset: int) -> None:
        self.name = name
        self.node = node
        self.offset = offset


class Sizes:
    """A declared shape: numbers, and letters that stand for one size wherever they stand; with their offsets."""

    __slots__ = ("offsets", "sizes")

    def __init__(self, sizes: tuple[int | str, ...], offsets: tuple[int, ...]) -> None:
        self.sizes = sizes
        self.offsets = offsets


class DeclaredInput(NamedTuple):
    """An input of a program whose shapes are not known: its declared sizes, and its default."""

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
    """What an index says of an axis, and the nodes that it takes."""

    __slots__ = ("nodes", "spec")

    def __init__(self, spec: str | Slice, nodes: tuple[int, ...]) -> None:
        self.spec = spec
        self.nodes = nodes


class ArrayRules:
    """The part of the builder that knows of arrays."""

    source: Source
    program: Graph
    graph: Graph
    functions: dict[str, Function]
    open_assertion: Assertion | None
    scopes: list[Body]
    loops: dict[int, list[tuple[str, int]]]
    sizes: dict[str, int]
    statement_start: int

    # Statements

    def declare(self, token: PlacedWord, *sizes: PlacedWord) -> None:
        """`X : [n, 3]`, the shape of an input."""
        graph, name, offset = self.program, self._name(token), token.start_pos or 0
        node = graph.nodes.get(name)
        if name in CONSTANTS or (node is not None and (graph.operations[node] != INPUT or node in graph.details)):
            what = "a constant of the language" if name in CONSTANTS else "not an input without a shape"
            raise ProgramError(f"`{name}` is {what}", [self._span(token)], "declare an input once: `X : [n, 3]`")
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
                raise self._is_size(letter, size)
            self.sizes.setdefault(letter, size.start_pos or 0)
            read.append(letter)
        graph.details[node] = Sizes(tuple(read), tuple(size.start_pos or 0 for size in sizes))
        self._statement(node)

    def element(self, token: PlacedWord, *indices: int) -> tuple[PlacedWord, tuple[int, ...]]:
        """`h[0] =`."""
        return token, indices

    def assign_element(self, element: tuple[PlacedWord, tuple[int, ...]], value: int) -> None:
        """`h[0] = h0`: an array that is given element by element."""
        token, indices = element
        before = self._elements(token)
        node = self.program.append(ASSIGN, (*before, *indices, value), token.start_pos or 0)
        self.program.details[node] = len(indices)
        self._name_elements(token, node, before)

    def assign_elements(
        self, element: tuple[PlacedWord, tuple[int, ...]], value: int, *loops: tuple[PlacedWord, int]
    ) -> None:
        """`h[t + 1] = tanh(W @ h[t]) for t in range(n)`, a recurrence."""
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
        """List the node that has the elements of a name so far, where it has any."""
        graph, name = self.program, self._name(token)
        node = graph.nodes.get(name)
        if node is not None and graph.operations[node] in (ASSIGN, RECURRENCE):
            return [node]
        if node is not None and node >= self.statement_start and graph.operations[node] == INPUT:
            shown = self._name(token)
            help = f"assign the first before: `{shown}[0] = …`"
            raise ProgramError(f"`{shown}` has no first element", [graph.span(node)], help)
        self._new_name(token)
        return []

    def _name_elements(self, token: PlacedWord, node: int, before: Sequence[int]) -> None:
        for last in before:
            self.program.names[last] = None
        self.program.name(node, self._name(token), token.start_pos or 0)
        self._statement(node)

    # Expressions

    def product(self, left: int, token: PlacedWord, right: int) -> int:
        """`A @ x`."""
        return self._append(PRODUCT, (left, right), token.start_pos or 0, ())

    def transpose(self, value: int, token: PlacedWord) -> int:
        """`A.T`."""
        return self._append(TRANSPOSE, (value,), token.start_pos or 0, ())

    def array(self, *items: int) -> int:
        """`[a, b]`."""
        return self._append(ARRAY, items, self.graph.offsets[items[0]], ())

    def index(self, value: int, *given: int | IndexPart) -> int:
        """`x[0]`, `W[:, 1]`, `x[1:3]`, `x[:, None]`."""
        axes = [IndexPart(AT, (each,)) if isinstance(each, int) else each for each in given]
        nodes = [node for axis in axes for node in axis.nodes]
        specs = tuple(axis.spec for axis in axes)
        return self._append(INDEX, (value, *nodes), self.graph.offsets[value], specs)

    def slice(self, *parts: int | PlacedWord) -> IndexPart:
        """`1:3`, `:`, `::2`."""
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
        """`None` in an index."""
        return IndexPart(NEW_AXIS, ())

    def other_axes(self, token: PlacedWord) -> IndexPart:
        """`...` in an index."""
        return IndexPart(OTHER_AXES, ())

    def keyword(self, token: PlacedWord, node: int) -> Keyword:
        """`axis=0`."""
        return Keyword(self._name(token), node, token.start_pos or 0)

    def loop(self, token: PlacedWord, domain: int) -> tuple[PlacedWord, int]:
        """`for i in range(n)`."""
        return token, domain

    def comprehension(self, value: int, *loops: tuple[PlacedWord, int]) -> int:
        """`x[i]^2 for i in range(n)`, in brackets or as an argument."""
        body = self._close_loop(value, loops)
        return self._append(COMPREHENSION, tuple(body.captured), body.offset, body)

    def open_loop(self, offset: int) -> None:
        """Begin the body of a loop, at the bracket that it stands in or at the element that it gives."""
        body = Graph(self.source, self.program.max_nodes)
        body.spent = self.program.spent + len(self.program)
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
        self.program.spent += len(scope.body)
        outside = self.open_assertion.graph if self.open_assertion is not None else self.program
        self.graph = self.scopes[-1].body if self.scopes else outside
        return scope

    def _structural_call(self, token: PlacedWord, given: Sequence[int | Keyword]) -> int | None:
        """Append a call of a structural primitive, or of a reduction along an axis; None for any other function."""
        from cgraph_cli.core.structural import STRUCTURAL

        name, offset = self._name(token), token.start_pos or 0
        row, reduction = STRUCTURAL.get(name), function(name)
        words = [each for each in given if isinstance(each, Keyword)]
        nodes = [each for each in given if isinstance(each, int)]
        if row is None and (reduction is None or not reduction.variadic or {word.name for word in words} != {"axis"}):
            return None
        if len(words) < len(given) and any(isinstance(each, Keyword) for each in given[: len(nodes)]):
            raise ProgramError("arguments with names come last", [self._span(token)], "write them after the others")
        if row is None:
            assert reduction is not None
            if len(nodes) != 1 or [word.name for word in words] != ["axis"]:
                if len(nodes) > 1 and words[0].name == "axis":
                    what = f"`{name}` of several operands goes element by element, and has no `axis`"
                    raise ProgramError(what, [self._span(token)], f"write `{name}([a, b], axis=0)` for one of an array")
                return None
            return self._append(reduction.name, (nodes[0], words[0].node), offset, ("axis",))
        for word in words:
            if word.name not in row.keywords:
                raise self._no_keyword(name, given)
        least, most = row.required, len(row.parameters) - len(row.keywords)
        if len(nodes) < max(least, row.variadic) or (len(nodes) > most and not row.variadic):
            verb = "is" if len(nodes) == 1 else "are"
            takes = f"at least {max(least, 1)}" if row.variadic else str(least)
            what = f"`{name}` takes {takes} argument{'' if takes == '1' else 's'}, and {len(nodes)} {verb} given"
            raise ProgramError(what, [self._span(token)], f"write `{row.signature.replace('*', '')}`")
        return self._append(name, (*nodes, *(word.node for word in words)), offset, tuple(word.name for word in words))

    # Helpers

    def _append(self, operation: str, operands: Sequence[int], offset: int, details: object) -> int:
        node = self.graph.append(operation, operands, offset)
        self.graph.details[node] = details
        return node

    def _size_letter(self, name: str, offset: int) -> int:
        return self._append("size", (), offset, name)

    def _literal(self, value: int) -> Tensor[float] | None:
        """Read a literal array, which alone on the right of an assignment is the default of an input."""
        graph, start = self.program, self.statement_start
        if graph.operations[value] != ARRAY or value != len(graph) - 1:
            return None
        found: dict[int, Tensor[float]] = {}
        for node in range(start, len(graph)):
            if graph.operations[node] == CONSTANT and graph.spellings.get(node) not in CONSTANTS:
                found[node] = Tensor((), [graph.constant(node)])
            elif graph.operations[node] == ARRAY and all(operand >= start for operand in graph.operands_of(node)):
                try:
                    found[node] = stack([found[operand] for operand in graph.operands_of(node)])
                except Ragged as error:
                    raise self._ragged(
                        graph, graph.operands_of(node), [found[o].shape for o in graph.operands_of(node)], error
                    ) from None
            else:
                return None
        return found[value]

    def _ragged(
        self, graph: Graph, parts: Sequence[int], shapes: Sequence[tuple[int, ...]], error: Ragged
    ) -> ProgramError:
        return ragged(graph, parts, shapes, error)

    def _is_size(self, name: str, token: PlacedWord) -> ProgramError:
        return ProgramError(
            f"`{name}` is a size of a declared shape, and a name of a value too",
            [self._span(token)],
            "choose another letter for one of the two",
        )

    def _no_keyword(self, name: str, given: Sequence[int | Keyword]) -> ProgramError:
        from cgraph_cli.core.structural import STRUCTURAL

        words = [each for each in given if isinstance(each, Keyword)]
        row = STRUCTURAL.get(name)
        known = sorted(row.keywords) if row else []
        word = next(word for word in words if word.name not in known)
        span = Span(self.source, word.offset, word.offset + len(word.name))
        help = "its arguments have no names; to compare, write `==`"
        if known:
            help = did_you_mean(word.name, known) or f"it knows {name_list(known)}"
        return ProgramError(f"`{name}` has no argument called `{word.name}`", [span], help)

    # What the builder has

    def _name(self, token: PlacedWord) -> str:
        raise NotImplementedError

    def _new_name(self, token: PlacedWord) -> str:
        raise NotImplementedError

    def _span(self, token: PlacedWord) -> Span:
        raise NotImplementedError

    def _statement(self, value: int) -> None:
        raise NotImplementedError


def ragged(graph: Graph, parts: Sequence[int], shapes: Sequence[tuple[int, ...]], error: Ragged) -> ProgramError:
    """Make the error of an array whose parts differ in shape."""
    at = next(at for at, shape in enumerate(shapes) if shape == error.second)
    first, second = (f"{show_shape(shape)}" for shape in (error.first, error.second))
    spans = [graph.span(parts[0]).noted(f"this is {first}"), graph.span(parts[at]).noted(f"this is {second}")]
    return ProgramError("the parts of an array differ in shape", spans, "every row has as many elements as the first")
