"""The graph: a program as columns, appended in topological order and never changed by a sweep.

Node `n` is a position in the columns. Its operands stand at `operands[starts[n]:starts[n + 1]]`; such a position `k`
is also the number of the *edge* from `operands[k]` to `n`, so that whatever belongs to an edge is one flat list.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.errors import ProgramError, Source, Span, did_you_mean
from cgraph_cli.core.primitives import PRIMITIVES

if TYPE_CHECKING:
    from cgraph_cli.core.array_graph import ArrayProgram

INPUT = "input"
CONSTANT = "constant"
LEAVES = frozenset((INPUT, CONSTANT))

_LONGEST = 100
"""The most characters of a label that is written out."""

_MOST_OPERANDS = 40
"""The most operands of a short expression."""

DEFAULT_MAX_NODES = 2_800_000
"""The default bound on a program's nodes: about 1 GB with values and gradients."""


class Assertion:
    """An `assert` statement: a condition over a program's values and gradients.

    `graph` computes the condition as its output. `bindings` map its inputs to numbers of the program: `(node,)` is a
    node's value, `(y, x)` the gradient of node `y` with respect to node `x`. `tolerance` is the number after
    `within`, or None. `offset` is the start of the statement. `element` is the index, as text, of the element of a
    condition on arrays.
    """

    __slots__ = ("bindings", "element", "graph", "offset", "tolerance")

    def __init__(self, graph: Graph, offset: int) -> None:
        self.graph = graph
        self.offset = offset
        self.bindings: dict[int, tuple[int] | tuple[int, int]] = {}
        self.tolerance: float | None = None
        self.element = ""


class StatedRange:
    """A `range` statement: the interval of an input, by `name`, for samples and drawings.

    `graph` computes the ends of all ranges of a program from constants, and `ends` are its nodes for those of this one.
    `bounds` are their numbers, the lower first. `span` is the place of the name and the ends.
    """

    __slots__ = ("bounds", "ends", "graph", "name", "span")

    def __init__(self, name: str, graph: Graph, span: Span) -> None:
        self.name = name
        self.graph = graph
        self.span = span
        self.ends = -1, -1
        self.bounds = 0.0, 0.0


class Graph:
    """A directed acyclic graph of operations.

    Columns, by node: `operations` (a primitive's name, `input` or `constant`), `starts` (into `operands`), `names`
    (None for an unnamed node), `numbers` (a constant's number, an input's default or None), `offsets` (the place in
    `source.text` of the operator, function or leaf) and `definitions` (the start of the node's statement, or the
    offset again). `nodes` maps names to nodes; `outputs` are the nodes of bare expressions; `output` is the node of the
    last statement.

    `nodes_elsewhere` counts the nodes of functions and assertions, which count against `max_nodes` too. `gradients`
    maps the nodes of the program's `grad(y, x)` to y and x; the nodes that compute them are `hidden`, without a place
    in the program. `constants` are the names of `const` statements, and `ranges` the `range` statements by the names of
    their inputs. `details` has the static parts of array operations,
    by node: a program with any has shapes only once its inputs have (`symbolic.arrays`). `arrays` is the program of
    arrays whose scalar program this is, or None.
    """

    __slots__ = (
        "_labels",
        "arrays",
        "assertions",
        "constants",
        "definitions",
        "details",
        "gradients",
        "hidden",
        "max_nodes",
        "names",
        "nodes",
        "nodes_elsewhere",
        "numbers",
        "offsets",
        "operands",
        "operations",
        "output",
        "outputs",
        "ranges",
        "source",
        "spellings",
        "starts",
    )

    def __init__(self, source: Source, max_nodes: int = DEFAULT_MAX_NODES) -> None:
        self.source = source
        self.max_nodes = max_nodes
        self.nodes_elsewhere = 0
        self.operations: list[str] = []
        self.starts = array("I", [0])
        self.operands = array("I")
        self.names: list[str | None] = []
        self.numbers: list[float | None] = []
        self.offsets = array("I")
        self.definitions = array("I")
        self.spellings: dict[int, str] = {}
        self.nodes: dict[str, int] = {}
        self.outputs: list[int] = []
        self.output = -1
        self.assertions: list[Assertion] = []
        self.gradients: dict[int, tuple[int, int]] = {}
        self.hidden: set[int] = set()
        self.constants: set[str] = set()
        self.ranges: dict[str, StatedRange] = {}
        self.details: dict[int, Any] = {}
        self.arrays: ArrayProgram | None = None
        self._labels: list[str] = []

    def __len__(self) -> int:
        return len(self.operations)

    def __repr__(self) -> str:
        return f"<Graph of {len(self)} nodes and {len(self.operands)} edges from {self.source.name}>"

    # Building

    def append(self, operation: str, operands: Sequence[int], offset: int, number: float | None = None) -> int:
        """Append a node and return it. Raises `ProgramError` past `max_nodes`."""
        node = len(self.operations)
        if node + self.nodes_elsewhere >= self.max_nodes:
            self.reserve(1, offset)
        self.operations.append(operation)
        self.operands.extend(operands)
        self.starts.append(len(self.operands))
        self.names.append(None)
        self.numbers.append(number)
        self.offsets.append(offset)
        self.definitions.append(offset)
        return node

    def reserve(self, count: int, offset: int) -> None:
        """Raise `ProgramError` unless `count` more nodes are within the bound."""
        if len(self) + count + self.nodes_elsewhere > self.max_nodes:
            raise ProgramError(
                f"the program has more than {self.max_nodes:,} nodes",
                [Span(self.source, offset, offset + 1, "the bound is passed here")],
                "functions that call one another twice double the graph at each step;\n"
                "--max-nodes raises the bound where the program means it",
            )

    def append_constant(self, number: float, offset: int, spelling: str = "") -> int:
        """Append a constant; `spelling` is its text in the program, where that is not the shortest form."""
        node = self.append(CONSTANT, (), offset, number)
        if spelling and spelling != show_number(number):
            self.spellings[node] = spelling
        return node

    def append_constants(self, numbers: Sequence[float], offsets: Sequence[int]) -> range:
        """Append constants in the shortest form. Raises `ProgramError` past `max_nodes`."""
        count, first = len(numbers), len(self)
        self.reserve(count, offsets[0])
        self.operations.extend([CONSTANT] * count)
        self.starts.extend([len(self.operands)] * count)
        self.names.extend([None] * count)
        self.numbers.extend(numbers)
        self.offsets.extend(offsets)
        self.definitions.extend(offsets)
        return range(first, first + count)

    def append_input(self, name: str, offset: int, default: float | None = None) -> int:
        """Append an input."""
        node = self.append(INPUT, (), offset, default)
        self.name(node, name, offset)
        return node

    def append_copy(self, graph: Graph, node: int, operands: Sequence[int]) -> int:
        """Append a node of another graph without its name, on operands of this one."""
        copy = self.append(graph.operations[node], operands, graph.offsets[node], graph.numbers[node])
        if node in graph.spellings:
            self.spellings[copy] = graph.spellings[node]
        return copy

    def name(self, node: int, name: str, definition: int) -> None:
        """Name a node, whose statement starts at the offset `definition`."""
        self.names[node] = name
        self.nodes[name] = node
        self.definitions[node] = definition

    def inline(self, template: Graph, arguments: dict[int, int]) -> list[int]:
        """Append a copy of `template` with `arguments` for its inputs.

        `arguments` maps input nodes of the template to nodes here. Returns, for each node of the template, its copy.
        """
        became: list[int] = []
        starts, operands = template.starts, template.operands
        for node, operation in enumerate(template.operations):
            if node in arguments:
                became.append(arguments[node])
                continue
            mine = [became[operand] for operand in operands[starts[node] : starts[node + 1]]]
            copy = self.append(operation, mine, template.offsets[node], template.numbers[node])
            if node in template.spellings:
                self.spellings[copy] = template.spellings[node]
            if node in template.gradients:
                of, wrt = template.gradients[node]
                self.gradients[copy] = became[of], became[wrt]
            if node in template.details:
                self.details[copy] = template.details[node]
            became.append(copy)
        return became

    def part(self, wanted: Iterable[int]) -> tuple[Graph, list[int]]:
        """Copy some nodes and all that they are made from; beside it are the nodes that its own are copies of."""
        found, pending = set[int](), list(wanted)
        while pending:
            node = pending.pop()
            if node not in found:
                found.add(node)
                pending += self.operands_of(node)
        copy, became, kept = type(self)(self.source, self.max_nodes), dict[int, int](), sorted(found)
        for node in kept:
            became[node] = copy.append_copy(self, node, [became[operand] for operand in self.operands_of(node)])
            name = self.names[node]
            if name is not None:
                copy.name(became[node], name, self.definitions[node])
        return copy, kept

    def truncate(self, count: int) -> None:
        """Remove the nodes after the first `count`, which have no names."""
        del self.operands[self.starts[count] :], self.starts[count + 1 :]
        for column in (self.operations, self.names, self.numbers, self.offsets, self.definitions):
            del column[count:]
        for table in (self.spellings, self.details):
            for node in [node for node in table if node >= count]:
                del table[node]

    def copy(self) -> Graph:
        """Copy the graph: the same nodes in the same positions, ready for more."""
        twin = type(self)(self.source, self.max_nodes)
        twin.nodes_elsewhere, twin.output = self.nodes_elsewhere, self.output
        twin.operations, twin.names, twin.numbers = self.operations[:], self.names[:], self.numbers[:]
        twin.starts, twin.operands = self.starts[:], self.operands[:]
        twin.offsets, twin.definitions = self.offsets[:], self.definitions[:]
        twin.spellings, twin.nodes = dict(self.spellings), dict(self.nodes)
        twin.outputs, twin.assertions = self.outputs[:], self.assertions[:]
        twin.gradients, twin.hidden = dict(self.gradients), set(self.hidden)
        twin.constants, twin.details = set(self.constants), dict(self.details)
        twin.arrays, twin.ranges = self.arrays, dict(self.ranges)
        return twin

    # Reading

    def operands_of(self, node: int) -> Sequence[int]:
        """List a node's operands."""
        return self.operands[self.starts[node] : self.starts[node + 1]]

    def constant(self, node: int) -> float:
        """Give the number of a constant."""
        number = self.numbers[node]
        assert number is not None
        return number

    def written(self, node: int) -> str:
        """Write the number of a constant in the program's spelling."""
        return self.spellings.get(node) or show_number(self.constant(node))

    def inputs(self) -> Iterator[int]:
        """List the inputs, in order of their first use."""
        return (node for node, operation in enumerate(self.operations) if operation == INPUT)

    def constant_nodes(self) -> set[int]:
        """Find the nodes of the `const` statements: the named ones, and those that they are computed from."""
        found = {self.nodes[name] for name in self.constants if name in self.nodes}
        pending = list(found)
        while pending:
            inner = [o for o in self.operands_of(pending.pop()) if o not in found and self.names[o] is None]
            found.update(inner)
            pending += inner
        return found

    def default_outputs(self) -> list[int]:
        """List the default outputs: the last statement, or the elements of its array."""
        return [self.output] if self.arrays is None else list(self.arrays.output)

    def labels(self) -> list[str]:
        """List the label of each node: its name, `%1`, `%2`, … without one, the text of a constant.

        Hidden nodes are `grad.1`, `grad.2`, …, which no program can write; a node inside a `const` statement is written
        out.
        """
        if len(self._labels) != len(self.operations):
            labels: list[str] = []
            unnamed = hidden = 0
            constants = self.constant_nodes()
            for node, name in enumerate(self.names):
                if name is None:
                    if self.operations[node] == CONSTANT:
                        name = self.written(node)
                    elif node in self.hidden:
                        hidden += 1
                        name = f"grad.{hidden}"
                    elif node in constants and len(text := next(self.expressions((node,), labels))) < _LONGEST:
                        row = PRIMITIVES.get(self.operations[node])
                        name = text if row is None or row.notation == "call" else f"({text})"
                    else:
                        unnamed += 1
                        name = f"%{unnamed}"
                labels.append(name)
            self._labels = labels
        return self._labels

    def label(self, labels: list[str]) -> None:
        """Give the nodes other labels than those of their names and places."""
        self._labels = labels

    def find(self, label: str) -> int:
        """Find the node with a label. Raises `KeyError` with a hint where there is none."""
        node = self.nodes.get(label)
        if node is None and label.startswith("%") and label in (labels := self.labels()):
            node = labels.index(label)
        if node is None:
            raise KeyError(did_you_mean(label, self.nodes))
        return node

    def operation(self, node: int) -> str:
        """Name a node's operation in the program's words: `grad` for a gradient."""
        return "grad" if node in self.gradients else self.operations[node]

    def expression(self, node: int) -> str:
        """Write a node's operation in the labels of its operands, such as `a + b`; empty for an input."""
        return next(self.expressions((node,)))

    def short_expression(self, node: int) -> str:
        """Write a node's operation for people, with an ellipsis for the middle of very many operands."""
        operands, labels = self.operands_of(node), self.labels()
        if len(operands) <= _MOST_OPERANDS:
            return self.expression(node)
        first = ", ".join(map(labels.__getitem__, operands[: _MOST_OPERANDS - 2]))
        return f"{self.operations[node]}({first}, …, {labels[operands[-1]]})"

    def expressions(self, nodes: Iterable[int], labels: Sequence[str] = ()) -> Iterator[str]:
        """Write the expression of each of some nodes, in the graph's own labels or in others."""
        labels, operations, operands, starts = labels or self.labels(), self.operations, self.operands, self.starts
        gradients = self.gradients
        for node in nodes:
            if gradients and node in gradients:
                of, wrt = gradients[node]
                yield f"grad({labels[of]}, {labels[wrt]})"
                continue
            operation, start, end = operations[node], starts[node], starts[node + 1]
            if start == end:
                yield self.written(node) if operation == CONSTANT else ""
                continue
            row = PRIMITIVES.get(operation)
            notation = "call" if row is None else row.notation
            first = labels[operands[start]]
            if notation == "infix" and operation != "^":
                yield f"{first} {operation} {labels[operands[start + 1]]}"
            elif notation == "call":
                inside = first if end - start == 1 else ", ".join(map(labels.__getitem__, operands[start:end]))
                yield f"{operation}({inside})"
            elif operation in ("^", "neg"):
                first = f"({first})" if first.startswith("-") else first
                yield f"{first}^{labels[operands[start + 1]]}" if operation == "^" else f"-{first}"
            else:
                yield first if operation == "identity" else f"{operation} {first}"

    def span(self, node: int) -> Span:
        """Find the place of a node's operation in the source."""
        name = self.names[node] if self.operations[node] == INPUT else self.operation(node)
        offset = self.offsets[node]
        length = len(name) if name and self.source.text.startswith(name, offset) else 1
        return Span(self.source, offset, offset + length)

    def place(self, node: int) -> tuple[int, int]:
        """Find the line and the column where a node is defined."""
        return self.source.place(self.definitions[node])


def show_number(number: float) -> str:
    """Write a number as the shortest text that reads back as the same double, without a needless `.0`."""
    text = repr(number)
    return text.removesuffix(".0")
