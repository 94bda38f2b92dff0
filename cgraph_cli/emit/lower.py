"""Lowering: a graph in a target's primitives, with constants computed and without unused nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.errors import RequestError, Span, name_list
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.emit.expansions import EXPANSIONS
from cgraph_cli.emit.spelling import Spelling
from cgraph_cli.evaluation.approximations import MOST_ORDERS, defined, is_fitted
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.rule_parser import rule
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.rewriting.ranges import range_of


def lower(graph: Graph, keep: Sequence[int], target: Spelling) -> tuple[Graph, list[int]]:
    """Return the part of a graph that `keep` depends on, in the target's primitives, and the places of `keep` in it.

    Every input stays. Raises `RequestError` with the place of a primitive that the target cannot write.
    """
    if target.guarded:
        from cgraph_cli.emit.double_where import guard_branches

        graph, keep = guard_branches(graph, keep)
    live = ancestors(graph, keep)
    lowered = type(graph)(graph.source, graph.max_nodes)
    writer = _Lowering(lowered, target)
    became = [-1] * len(graph)
    for node, operation in enumerate(graph.operations):
        offset = graph.offsets[node]
        name = graph.names[node]
        if operation == INPUT:
            became[node] = lowered.append_copy(graph, node, ())
            lowered.name(became[node], name or "", offset)
            continue
        if node not in live:
            continue
        expansion = None if operation in PRIMITIVES or not target.structures else EXPANSIONS.get(split(operation)[0])
        if expansion is not None and not target.is_structural(operation):
            assert isinstance(lowered, MatrixGraph)
            operands = [became[operand] for operand in graph.operands_of(node)]
            copy = expansion(lowered, split(operation)[1], operands, offset)
            became[node] = copy if name is None else writer.named(copy, name, graph.definitions[node])
            continue
        if target.is_structural(operation) or (isinstance(graph, ArrayGraph) and graph.tensor(node) is not None):
            copy = lowered.append_copy(graph, node, [became[operand] for operand in graph.operands_of(node)])
            if name is not None:
                lowered.name(copy, name, graph.definitions[node])
            became[node] = copy
            continue
        if operation == CONSTANT:
            became[node] = copy = writer.constant(graph.constant(node), offset)
            if name is not None:
                became[node] = writer.named(copy, name, graph.definitions[node])
            continue
        operands = [became[operand] for operand in graph.operands_of(node)]
        copy = writer.write(operation, operands, offset, partial(graph.span, node))
        if name is not None:
            copy = writer.named(copy, name, graph.definitions[node])
        became[node] = copy
    return lowered, [became[node] for node in keep]


class _Lowering:
    """A builder of a graph in the primitives of a target; `numbers` has the value of each constant node."""

    def __init__(self, graph: Graph, target: Spelling) -> None:
        self.graph = graph
        self.target = target
        self.numbers: dict[int, float] = {}

    def constant(self, number: float, offset: int) -> int:
        """Append a constant."""
        node = self.graph.append_constant(number, offset)
        self.numbers[node] = number
        return node

    def named(self, node: int, name: str, definition: int) -> int:
        """Give a node its name. A leaf, or a node with another name already, gets a named identity."""
        graph = self.graph
        if graph.names[node] is not None or graph.operations[node] in (INPUT, CONSTANT):
            known = self.numbers.get(node)
            node = graph.append("identity", (node,), graph.offsets[node])
            if known is not None:
                self.numbers[node] = known
        graph.name(node, name, definition)
        return node

    def write(self, operation: str, operands: Sequence[int], offset: int, place: Callable[[], Span]) -> int:
        """Append an operation, or its equivalent in the target. `place` is the place of an error."""
        graph, target, numbers = self.graph, self.target, self.numbers
        if all(operand in numbers for operand in operands):
            return self.constant(float(DOUBLE.function(operation)(*(numbers[o] for o in operands))), offset)
        if operation == "where" and operands[0] in numbers and not isinstance(graph, ArrayGraph):
            return operands[1 if numbers[operands[0]] else 2]
        has_all = operation in target.variadic or f"{operation}…" in target.templates
        fold = "" if has_all else PRIMITIVES[operation].pair
        if fold and (operation != fold or len(operands) != 2):
            return self._fold(operation, fold, operands, offset, place)
        if operation == "polygamma":
            order = numbers.get(operands[0])
            is_known = order is not None and 0 <= order <= MOST_ORDERS and order == int(order)
            if not is_known and operation not in target.templates:
                raise RequestError(
                    f"{target.title} has no `polygamma`, and only a constant order up to {MOST_ORDERS} is written out",
                    [place()],
                    "the targets `numpy` and `julia` have it",
                )
            if is_known:  # libraries lose the digits of even orders at negative halves
                operation, operands = f"polygamma_{order:.0f}" if order else "digamma", operands[1:]
        if target.functions or operation in target.templates or operation == "identity":
            return graph.append(operation, operands, offset)
        if not target.fits and is_fitted(operation):
            has = name_list([each for each in ("numpy", "python", "sql") if each != target.name])
            raise RequestError(
                f"{target.title} has no `{operation}`, which this needs",
                [place()],
                f"the targets {has} have it, or bring it along",
            )
        definition = defined(operation)
        arguments = dict(zip(definition.parameters, operands, strict=True))
        became: list[int] = []
        body = definition.graph
        for node, inner in enumerate(body.operations):
            if inner == INPUT:
                became.append(arguments[body.names[node] or ""])
            elif inner == CONSTANT:
                became.append(self.constant(body.constant(node), offset))
            else:
                became.append(self.write(inner, [became[operand] for operand in body.operands_of(node)], offset, place))
        return became[body.output]

    def _fold(self, operation: str, fold: str, operands: Sequence[int], offset: int, place: Callable[[], Span]) -> int:
        """Write many operands two at a time."""
        if len(operands) == 1:  # itself, or its size
            return self.write("abs", operands, offset, place) if range_of(operation).low >= 0 else operands[0]
        node = reduce(lambda x, y: self.write(fold, (x, y), offset, place), operands)
        if rule(PRIMITIVES[operation]).uses("n"):  # a mean
            node = self.write("/", (node, self.constant(float(len(operands)), offset)), offset, place)
        return node
