"""Graph to text: a program that parses into the same operations, with the fewest parentheses.

Named nodes are statements; an unnamed node is written at its use, or gets a name (`t1`, `t2`, …) if it has several.
Constants keep their spelling.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import NamedTuple

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph, show_number
from cgraph_cli.core.primitives import CONSTANTS, PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.language.levels import AND, ATOM, COMPARISON, FACTOR, NOT, OR, POWER, SUM, TERM, WrittenPart

LEVELS: dict[str, tuple[int, ...]] = {
    "or": (OR, OR, AND),
    "and": (AND, AND, NOT),
    "not": (NOT, NOT),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), (COMPARISON, SUM, SUM)),
    **dict.fromkeys(("+", "-"), (SUM, SUM, TERM)),
    **dict.fromkeys(("*", "/", "%"), (TERM, TERM, FACTOR)),
    "neg": (FACTOR, FACTOR),
    "^": (POWER, ATOM, FACTOR),
}
"""By operator: its own level, and the least levels of its operands without parentheses."""

MOST_WRITTEN = 40
"""The most nodes of a readable expression."""

TIGHT = frozenset({"*", "/", "^"})
"""Operators without spaces around them."""


def write_program(graph: Graph, wanted: Sequence[int] | None = None, *, output: bool = True) -> str:
    """Write a graph as the text of a program, one statement a line.

    `wanted` are the nodes to compute; the last of them is its output, unless `output` is off and any may be. Without
    them the whole program is written: every named node, the bare expressions, and the output last. Nodes that nothing
    wanted depends on are left out, and so are assertions. A derivative that is a plain number, such as `de_da = 3`,
    reads as an input with that default.
    """
    lines: list[str] = []
    for statement in statements(graph, wanted, output=output):
        text = statement.name or ""
        if isinstance(graph, ArrayGraph) and is_declared(graph, statement.node):
            from cgraph_cli.language.write_arrays import input_statement

            text = input_statement(graph, statement.node)
        elif not statement.is_again:
            is_constant = statement.name in graph.constants
            number = None if is_constant else _alone(graph, statement.node)
            right = (
                write_expression(graph, statement.node, statement.names) if number is None else write_default(number)
            )
            text = f"{'const ' * is_constant}{text} = {right}" if text else right
        if lines and text.startswith("-"):  # a line that begins with a sign could go on with the one above
            text = f"({text})"
        lines.append(text)
    return "".join(f"{line}\n" for line in lines)


class WrittenStatement(NamedTuple):
    """A statement of a written program: the node, its name, and the names of all nodes before.

    With `is_again` it only names a node of an earlier statement, which makes it the output.
    """

    node: int
    name: str | None
    names: Mapping[int, str | None]
    is_again: bool = False


def statements(graph: Graph, wanted: Sequence[int] | None = None, *, output: bool = True) -> Iterator[WrittenStatement]:
    """List the statements of `write_program` for some nodes; inputs have one for their default."""
    if wanted is None:
        inputs = {node for node in graph.inputs() if graph.numbers[node] is None}
        kept = {node for node, name in enumerate(graph.names) if name is not None}.difference(inputs)
        wanted = [*sorted(kept.union(graph.outputs)), graph.output]
    needed = _in_order(graph, wanted)
    uses = _uses(graph, needed, wanted)
    names, fresh, alone = dict(enumerate(graph.names)), _fresh(graph), set(wanted)
    for node in needed:
        operation = graph.operations[node]
        if operation == INPUT:
            if graph.numbers[node] is not None or is_declared(graph, node):
                yield WrittenStatement(node, names[node], names)
        elif names[node] is not None:
            yield WrittenStatement(node, names[node], names)
        elif uses[node] > 1 and operation != CONSTANT and not _is_short(graph, node, names):
            names[node] = next(fresh)
            yield WrittenStatement(node, names[node], names)
        elif node in alone:
            yield WrittenStatement(node, None, names)
    last = wanted[-1]
    if not output:
        return
    if needed[-1] != last or (graph.operations[last] == INPUT and graph.numbers[last] is None):
        yield WrittenStatement(last, names[last], names, is_again=names[last] is not None)


def written_out(
    graph: Graph, nodes: Iterable[int], kept: Container[int] = (), others: Mapping[int, str | None] | None = None
) -> Iterator[str]:
    """Write the expression of each of some nodes, with unnamed operands that are not `kept` written out.

    A long one, or one that depends on a gradient, has labels for operands. `others` are names in place of the graph's.
    """
    labels, sizes = graph.labels(), [0.0] * len(graph)
    known = graph.names if others is None else list(others.values())
    names = [labels[node] if node in kept else name for node, name in enumerate(known)]
    names_of = dict(enumerate(names))
    for node in range(len(graph)):
        inside = 1.0 + sum(1.0 if names[o] is not None else sizes[o] for o in graph.operands_of(node))
        sizes[node] = inside if node not in graph.gradients else inf
    for node in nodes:
        operands = graph.operands_of(node)
        is_plain = all(names[o] is not None or graph.operations[o] == CONSTANT for o in operands)
        if is_plain or sizes[node] > MOST_WRITTEN:
            yield graph.short_expression(node)
        else:
            yield write_expression(graph, node, names_of)


def write_expression(graph: Graph, node: int, names: Mapping[int, str | None] | None = None) -> str:
    """Write a node's operation as an expression, with named nodes by their names.

    `names` are names of nodes, in place of those of the graph; inputs always have theirs. Unnamed operands are written
    out, at each use.
    """
    called = graph.names.__getitem__ if names is None else names.get
    pieces: list[str] = []
    pending: list[WrittenPart] = [(node, OR)]
    operations = graph.operations
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        at, level = item
        operation = operations[at]
        while operation == "identity" and (at == node or called(at) is None):
            (at,) = graph.operands_of(at)
            operation = operations[at]
        name = called(at) if at != node else None
        if operation == INPUT:
            pieces.append(graph.names[at] or "")
        elif name is not None:
            pieces.append(name)
        elif (text := _signed(graph, at, called)) is not None:
            pieces.append(f"({text})" if text.startswith("-") and level > FACTOR else text)
        else:
            pending += reversed(_parts(graph, at, level))
    return "".join(pieces)


def is_declared(graph: Graph, node: int) -> bool:
    """Tell whether a node is an input that is an array, whose shape a program declares."""
    return isinstance(graph, ArrayGraph) and graph.operations[node] == INPUT and graph.shapes[node] != ()


def _is_short(graph: Graph, node: int, names: Mapping[int, str | None]) -> bool:
    """Tell whether an operation of arrays is as short as a name: `A.T`, `x[0]`, `ones(3)`."""
    if not isinstance(graph, ArrayGraph) or graph.operations[node] in PRIMITIVES:
        return False
    operands = graph.operands_of(node)
    named = all(names[each] is not None for each in operands)
    return not operands or (named and graph.operations[node].startswith(("transpose(", "index(")))


def _signed(graph: Graph, node: int, called: Callable[[int], str | None]) -> str | None:
    """Write a constant, or the negative of a literal as the literal that is read for it: `3` for `--3`; else None."""
    inner, flips = node, 0
    while graph.operations[inner] == "neg" and (inner == node or called(inner) is None):
        (inner,) = graph.operands_of(inner)
        flips += 1
    if graph.operations[inner] != CONSTANT or (inner != node and called(inner) is not None):
        return None
    text = _constant(graph, inner)
    if flips and not text.strip("-")[0].isdecimal() and not text.strip("-").startswith("."):
        return None
    flips += text.startswith("-")
    return "-" * (flips % 2) + text.removeprefix("-")


def _constant(graph: Graph, node: int) -> str:
    """Write a constant in the program's spelling, in full."""
    tensor = graph.tensor(node) if isinstance(graph, ArrayGraph) else None
    if tensor is None:
        return graph.written(node)
    from cgraph_cli.language.write_arrays import write_tensor

    return write_tensor(tensor)


def _parts(graph: Graph, node: int, level: int) -> list[WrittenPart]:
    """Split an operation into texts and operands, each operand with its least level without parentheses."""
    operation, operands = graph.operations[node], graph.operands_of(node)
    parts: list[WrittenPart] = []
    if isinstance(graph, ArrayGraph) and operation not in PRIMITIVES:
        from cgraph_cli.language.write_arrays import array_parts

        own, parts = array_parts(graph, node)
        return ["(", *parts, ")"] if own < level else parts
    if operation not in LEVELS:
        for operand in operands:
            parts += [", ", (operand, OR)]
        return [f"{operation}(", *parts[1:], ")"]
    own, *needed = LEVELS[operation]
    if PRIMITIVES[operation].notation == "prefix":
        parts = ["-" if operation == "neg" else f"{operation} ", (operands[0], needed[0])]
    else:
        sign = operation if operation in TIGHT else f" {operation} "
        if needed[0] == TERM and graph.operations[operands[0]] == "@":  # `(A @ x)*y`: it reads as two things
            needed[0] = FACTOR
        parts = [(operands[0], needed[0]), sign, (operands[1], needed[1])]
    return ["(", *parts, ")"] if own < level else parts


def write_default(number: float) -> str:
    """Write the default of an input, with its uncertainty, if any."""
    if type(number) is float:
        return show_number(number)
    from cgraph_cli.core.uncertain_number import UncertainNumber
    from cgraph_cli.language.uncertainties import write_uncertain

    return write_uncertain(number) if isinstance(number, UncertainNumber) else show_number(number)


def _alone(graph: Graph, node: int) -> float | None:
    """Give the number of a statement that is nothing but a number; such a statement makes an input."""
    while graph.operations[node] == "identity":
        (node,) = graph.operands_of(node)
        if graph.operations[node] == INPUT or graph.names[node] is not None:
            return None
    is_tensor = isinstance(graph, ArrayGraph) and graph.tensor(node) is not None
    return None if is_tensor or graph.spellings.get(node) in CONSTANTS else graph.numbers[node]


def _in_order(graph: Graph, wanted: Sequence[int]) -> list[int]:
    """List the ancestors of some nodes, each after its operands: those of the first first, then that itself."""
    found: list[int] = []
    seen: set[int] = set()

    def unseen(node: int) -> list[int]:
        return [operand for operand in graph.operands_of(node) if operand not in seen]

    for node in wanted:
        if node not in seen:
            new = ancestors(graph, [node], unseen)
            seen.update(new)
            found += sorted(new)
    return found


def _uses(graph: Graph, needed: Sequence[int], wanted: Sequence[int]) -> dict[int, int]:
    """Count how often each node is written: as an operand, and by itself where it is wanted."""
    uses = dict.fromkeys(needed, 0)
    for node in needed:
        for operand in graph.operands_of(node):
            uses[operand] += 1
    for node in set(wanted):
        uses[node] += 1
    return uses


def _fresh(graph: Graph) -> Iterator[str]:
    """Make names that the program does not have."""
    count = 0
    while True:
        count += 1
        name = f"t{count}"
        if name not in graph.nodes and name not in CONSTANTS:
            yield name
