"""The graph of arrays: every node has a shape, and the static arguments of an operation are part of its name."""

from __future__ import annotations

from array import array
from ast import literal_eval
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

from cgraph_cli.core.errors import ProgramError, Source, Span
from cgraph_cli.core.graph import CONSTANT, DEFAULT_MAX_NODES, INPUT, Graph, show_number
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import shown_operands
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.core.tensor import Shape, Tensor, check_axes, find_part, show_shape, strides

ELEMENTS = "elements"
"""The array of a recurrence, whose elements are nodes with gradients of their own."""

_LONG = 200
"""The characters of an operation with a list of some fifty places."""

_FEW_ITEMS = 1000
"""The items of a constant array that are a list; more of them are doubles in a row, which NumPy takes as they are."""

MOST_ELEMENTS = 10_000_000
"""The most elements of one array: 80 MB of doubles."""


def split(operation: str) -> tuple[str, tuple[Any, ...]]:
    """Split an operation's name into the primitive's and its static arguments: `transpose(1, 0)`."""
    return (_split_long if is_long(operation) else _split)(operation)


def is_long(operation: str) -> bool:
    """Tell whether an operation has a list of many places, such as that of random rows: it may never come again."""
    return len(operation) > _LONG


def _split_once(operation: str) -> tuple[str, tuple[Any, ...]]:
    name, bracket, rest = operation.partition("(")
    return name, literal_eval(f"({rest}") if bracket else ()


_split = lru_cache(100_000)(_split_once)
_split_long = lru_cache(100)(_split_once)


def joined(name: str, args: tuple[Any, ...] = ()) -> str:
    """Name an operation with its static arguments."""
    return f"{name}{args!r}" if args else name


def is_reversal(axes: Sequence[int]) -> bool:
    """Tell whether an order of axes is the reverse of their own."""
    return list(axes) == list(range(len(axes) - 1, -1, -1))


def show_tensor(tensor: Tensor[float]) -> str:
    """Write an array as the language does, or the shape of a large one."""
    if len(tensor.items) > 10:
        return f"array of {show_shape(tensor.shape)}"
    return str(tensor.map(lambda x: int(x) if x.is_integer() else x).nested())


class Use(NamedTuple):
    """A use of an input's number for a shape or a place: where it is, and the array whose element is picked there."""

    span: Span
    picked: str = ""


class ArrayGraph(Graph):
    """A graph whose nodes are arrays; a number is one of rank 0.

    `shapes` has the shape of each node. A constant's number, and an input's default, may be an array (`tensor`).
    `calls` maps the result of a structural primitive with a definition to the primitive's name and its arguments; the
    nodes that compute it are `hidden`. `letters` are the names of sizes that stand for any, as in `X : [n, 3]`.
    `settled` are the inputs whose numbers decide shapes and places, each with one of its uses: they are constants here.
    `classes` are those of them that do so in calls of primitives alone, as in `cross_entropy(z, k)`.
    """

    __slots__ = ("calls", "classes", "letters", "settled", "shapes")

    def __init__(self, source: Source, max_nodes: int = DEFAULT_MAX_NODES) -> None:
        super().__init__(source, max_nodes)
        self.shapes: list[Shape] = []
        self.calls: dict[int, tuple[str, tuple[int, ...]]] = {}
        self.letters: dict[int, str] = {}
        self.settled: dict[str, Use] = {}
        self.classes: set[str] = set()

    def append_array(
        self, operation: str, operands: Sequence[int], offset: int, shape: Shape, number: Any = None
    ) -> int:
        """Append a node of a shape. Raises `ProgramError` past `max_nodes` and for a too large array."""
        check_axes(len(shape), [Span(self.source, offset, offset + 1)])
        if prod(shape) > MOST_ELEMENTS:
            raise ProgramError(
                f"an array of {prod(shape):,} elements is too large",
                [Span(self.source, offset, offset + 1, f"its shape is {show_shape(shape)}")],
                f"an array has at most {MOST_ELEMENTS:,}",
            )
        node = self.append(operation, operands, offset, number)
        self.shapes.append(shape)
        return node

    def append_tensor(self, tensor: Tensor[float], offset: int, spelling: str = "") -> int:
        """Append a constant, a number or an array."""
        if not tensor.shape:
            node = self.append_array(CONSTANT, (), offset, (), tensor.item)
            if spelling and spelling != show_number(tensor.item):
                self.spellings[node] = spelling
            return node
        if len(tensor.items) > _FEW_ITEMS and isinstance(tensor.items, list):
            tensor = Tensor(tensor.shape, array("d", tensor.items))
        return self.append_array(CONSTANT, (), offset, tensor.shape, tensor)

    def default_outputs(self) -> list[int]:
        """List the output, a whole array."""
        return [self.output]

    def copy(self) -> ArrayGraph:
        """Copy the graph: the same nodes in the same positions, ready for more."""
        twin = super().copy()
        assert isinstance(twin, ArrayGraph)
        twin.shapes, twin.calls, twin.letters = self.shapes[:], dict(self.calls), dict(self.letters)
        twin.settled, twin.classes = dict(self.settled), set(self.classes)
        return twin

    def settle(self, node: int, number: Tensor[float], use: Use, is_class: bool) -> None:
        """Make an input a constant: shapes or places were computed from its number."""
        name = self.names[node] or ""
        self.settled[name] = use
        self.classes.update([name] if is_class else [])
        self.constants.add(name)
        self.operations[node] = CONSTANT
        if number.shape:
            self.hold(node, number)
        else:
            self.numbers[node] = number.item

    def hold(self, node: int, tensor: Tensor[float]) -> None:
        """Set an array as the number of a constant, or as the default of an input."""
        numbers: list[Any] = self.numbers
        numbers[node] = tensor

    def tensor(self, node: int) -> Tensor[float] | None:
        """Give the array of a constant, or of an input's default; None where it is a number or there is none."""
        number: Any = self.numbers[node]
        return number if isinstance(number, Tensor) else None

    def with_classes(self) -> ArrayGraph:
        """Make the same graph with the `classes` as inputs, for operations that take them as such."""
        if not self.classes:
            return self
        twin = self.copy()
        for name in self.classes:
            twin.operations[self.nodes[name]] = INPUT
            twin.constants.discard(name)
        return twin

    def append_copy(self, graph: Graph, node: int, operands: Sequence[int]) -> int:
        """Append a node of another graph of arrays, in its shape there."""
        assert isinstance(graph, ArrayGraph)
        operation, number = graph.operations[node], graph.numbers[node]
        copy = self.append_array(operation, operands, graph.offsets[node], graph.shapes[node], number)
        if node in graph.spellings:
            self.spellings[copy] = graph.spellings[node]
        return copy

    def written(self, node: int) -> str:
        """Write a constant as the program does."""
        tensor = self.tensor(node)
        return super().written(node) if tensor is None else show_tensor(tensor)

    def expressions(self, nodes: Iterable[int], labels: Sequence[str] = ()) -> Iterator[str]:
        """Write the expression of each of some nodes."""
        labels = labels or self.labels()
        for node in nodes:
            operation = self.operations[node]
            operands = [labels[operand] for operand in self.operands_of(node)]
            if node in self.calls:
                name, called = self.calls[node]
                yield spell_call(name, [labels[each] for each in called])
            elif operation in PRIMITIVES or not operands or node in self.gradients:
                yield from super().expressions((node,), labels)
            else:
                yield _write_operation(self, node, operands)


def program_operands(graph: ArrayGraph, node: int) -> Sequence[int]:
    """List the nodes that a program shows as an array's operands: those of a call of a function the arguments."""
    if node in graph.gradients:
        return graph.gradients[node]
    return graph.calls[node][1] if node in graph.calls else shown_operands(graph, node)


def operands_behind(program: ArrayGraph, node: int, kept: Container[int]) -> Iterator[int]:
    """List the nearest `kept` arrays among the operands of one, through the others."""
    pending, seen = list(program_operands(program, node)), set()
    while pending:
        operand = pending.pop(0)
        if operand in seen:
            continue
        seen.add(operand)
        if operand in kept:
            yield operand
        else:
            pending[:0] = program_operands(program, operand)


def parts_of(graph: ArrayGraph, node: int) -> Sequence[int]:
    """List the nodes that the array of a recurrence is made of, which are its elements; none for another array."""
    if split(graph.operations[node])[0] == "reshape" and graph.operands_of(node)[0] in graph.hidden:
        (node,) = graph.operands_of(node)  # the elements have several indices
    return graph.operands_of(node) if graph.operations[node] == ELEMENTS else ()


def part_at(graph: ArrayGraph, node: int, place: int) -> tuple[int, int]:
    """Find where an element of an array is computed, as node and place: one of a recurrence's in a part of its own."""
    parts = parts_of(graph, node)
    if not parts:
        return node, place
    part, inside = divmod(place, prod(graph.shapes[parts[0]]))
    return parts[part], inside


def number_elements(graph: ArrayGraph) -> list[Tensor[int]]:
    """Number the elements of all arrays one after another, in place of the nodes of a scalar program."""
    start = 0
    found: list[Tensor[int]] = []
    for shape in graph.shapes:
        found.append(Tensor(shape, range(start, start + prod(shape))))
        start += prod(shape)
    return found


class ArrayProgram:
    """A program of arrays, and the nodes of its scalar program for each array's elements.

    `summed` names the arrays that some of its nodes are sums over, for their gradients.
    """

    __slots__ = ("elements", "graph", "summed")

    def __init__(self, graph: ArrayGraph, elements: list[Tensor[int]]) -> None:
        self.graph = graph
        self.elements = elements
        self.summed: dict[int, str] = {}

    def node(self, name: str) -> int | None:
        """Find the array of a label; None for a number."""
        node = self._labelled(name)
        return node if node is not None and self.graph.shapes[node] else None

    def find(self, label: str) -> Tensor[int] | None:
        """Find the scalar nodes of a label: of an array, of a number, or of an element of an array."""
        name, bracket, index = label.partition("[")
        whole = self._labelled(label) if bracket else None  # an element of a recurrence, or an array of constants
        if whole is not None:
            return self.elements[whole]
        node = self._labelled(name)
        if node is None:
            return None
        shape, elements = self.graph.shapes[node], self.elements[node]
        if not bracket:
            return elements
        places = [int(place) if place.isdecimal() else -1 for place in index[:-1].split(",")]
        if len(places) != len(shape) or not all(0 <= at < size for at, size in zip(places, shape, strict=True)):
            return None
        return Tensor((), [elements.items[sum(at * step for at, step in zip(places, strides(shape), strict=True))]])

    def find_part(self, label: str) -> Tensor[int] | None:
        """Find the scalar nodes of a row, or another slice, of an array: `W[0]`, `W[:, 1]`; None for another label."""
        name, bracket, index = label.partition("[")
        node = self._labelled(name)
        if node is None or not bracket or self.find(label) is not None or not self.graph.shapes[node]:
            return None
        return find_part(self.elements[node], bracket + index)

    def _labelled(self, name: str) -> int | None:
        """Find the array or the number of a label; None where there is none."""
        node = self.graph.nodes.get(name)
        if node is None and name.startswith("%") and name in (labels := self.graph.labels()):
            node = labels.index(name)
        return node

    def nodes(self, name: str) -> Sequence[int]:
        """List the scalar nodes of the array of a label."""
        node = self.node(name)
        assert node is not None
        return self.elements[node].items

    def arrays_of(self, names: Sequence[str]) -> list[int]:
        """Find the arrays and numbers of some labels, or of their elements; without labels, of the output."""
        labels = self.graph.labels()
        found = [labels.index(name if name in labels else name.partition("[")[0]) for name in names]
        return list(dict.fromkeys(found)) or [self.graph.output]

    def holding(self, nodes: Sequence[int]) -> list[int]:
        """Find the first array, or number, of which each of some scalar nodes is an element."""
        owner: dict[int, int] = {}
        for at, elements in enumerate(self.elements):
            for each in elements.items:
                owner.setdefault(each, at)
        return list(dict.fromkeys(owner[node] for node in nodes))

    @property
    def output(self) -> Sequence[int]:
        """The scalar nodes of the output."""
        return self.elements[self.graph.output].items


def _write_operation(graph: ArrayGraph, node: int, operands: Sequence[str]) -> str:
    """Write a structural operation of labels, with an ellipsis for the middle of many."""
    name, args = split(graph.operations[node])
    first, *others = operands
    if name == "@":
        return f"{first} @ {others[0]}"
    if name == "index":
        return f"{first}[{spell_places(graph, node)}]"
    if name == "transpose":
        return f"{first}.T" if is_reversal(args) else f"{name}({first}, {', '.join(map(str, args))})"
    if name in ("array", ELEMENTS):
        return f"[{', '.join(operands)}]" if len(operands) <= 8 else f"[{first}, {others[0]}, …, {others[-1]}]"
    if name == "reshape":
        return f"reshape({first}, {', '.join(map(str, args))})"
    if name in PRIMITIVES:  # a reduction
        axes, rank = args
        return f"{name}({first})" if len(axes) == rank else f"{name}({first}, axis={axes[0]})"
    return spell_call(graph.operations[node], operands if len(operands) <= 8 else [first, "…", others[-1]])


def spell_call(operation: str, texts: Sequence[str]) -> str:
    """Write a call of a structural primitive, with the axis that is not the one that is meant without it."""
    name, _ = split(operation)
    axis = named_axis(operation)
    return f"{name}({', '.join(texts)}{'' if axis is None else f', axis={axis}'})"


def named_axis(operation: str) -> int | None:
    """Give the axis of a structural primitive that a call of it names; None of one that is meant without."""
    name, args = split(operation)
    return args[0] if args and args[0] != STRUCTURAL[name].axis else None


def spell_size(letters: Mapping[int, str], size: int) -> str:
    """Write a size: its letter, or a product with one."""
    if size in letters:
        return letters[size]
    for known, letter in letters.items():
        if size > known and size % known == 0:
            return f"{letter}*{spell_size(letters, size // known)}"
    return str(size)


def spell_places(graph: ArrayGraph, node: int) -> str:
    """Write the places of an index; whole axes at the end are left out."""
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
