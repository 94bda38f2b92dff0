"""Elaboration: from a program of arrays and its inputs' shapes to a graph in which every node has a shape.

Loops are unrolled, sizes and indices become numbers, and calls of primitives become copies of their definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import count
from math import prod
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, joined, parts_of, split
from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.graph import CONSTANT, INPUT, Assertion, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.core.tensor import Shape, Tensor, picked
from cgraph_cli.language.array_rules import (
    ARRAY,
    ASSIGN,
    COMPREHENSION,
    INDEX,
    PRODUCT,
    RECURRENCE,
    TRANSPOSE,
)
from cgraph_cli.symbolic.arrays.calls import build_array, build_call, build_product, reduce
from cgraph_cli.symbolic.arrays.indexing import build_index, build_transpose, find_specs
from cgraph_cli.symbolic.arrays.inputs import bind_letters, build_input
from cgraph_cli.symbolic.arrays.misfits import explain_misfit, explain_static, grad_of_array
from cgraph_cli.symbolic.arrays.operations import Misfit, broadcast
from cgraph_cli.symbolic.arrays.recurrences import (
    NotWholeError,
    Recurrence,
    build_assign,
    build_comprehension,
    build_recurrence,
    explain_missing,
    explain_not_whole,
    find_element,
    find_next_recurrences,
    name_firsts,
)
from cgraph_cli.symbolic.arrays.settled import SettledInputs
from cgraph_cli.symbolic.arrays.sizes import build_size, static_array
from cgraph_cli.symbolic.arrays.static import Unknown, UnknownNode, compute
from cgraph_cli.symbolic.arrays.values import Copy, Pieces, Value

_MOST_NODES, _SHARE = 500_000, 10
"""The most nodes of a program of arrays, and its share of a bound on nodes that was raised: an array's node, with its
shape and its arithmetic, takes ten times the time and the memory of a number's."""


def elaborate(graph: Graph, given: Mapping[str, Tensor[float]], sizes: Mapping[str, int] | None = None) -> ArrayGraph:
    """Make the graph of arrays of a program, with `given` inputs by name, and `sizes` of letters that they leave open.

    An input without a number has its declared shape, or that of its default, or is a number. Raises `ProgramError`
    where shapes do not fit, and where a program has too many nodes or elements.
    """
    try:
        return Elaborator(graph, given, sizes).program()
    except ProgramError as error:
        from cgraph_cli.symbolic.arrays.missing_shapes import explain_missing_shapes

        def elaborate_again(declared: Graph, most: int) -> tuple[ProgramError | None, int]:
            again = Elaborator(declared, given, sizes)
            again.result.max_nodes = min(again.result.max_nodes, most)
            try:
                again.program()
            except ProgramError as other:
                return other, len(again.result)
            return None, len(again.result)

        raise explain_missing_shapes(graph, given, error, elaborate_again) from None


class Elaborator:
    """An elaborator of one program, or of one of its assertions."""

    def __init__(
        self, graph: Graph, given: Mapping[str, Tensor[float]], sizes: Mapping[str, int] | None = None
    ) -> None:
        self.graph = graph
        self.sizes = sizes or {}
        self.given = given
        self.result = ArrayGraph(graph.source, min(graph.max_nodes, max(_MOST_NODES, graph.max_nodes // _SHARE)))
        self.letters: dict[str, tuple[int, Span]] = {}
        self.steps = 0
        self.frame = Copy(graph, {})
        self.recurrences: dict[int, Recurrence] = {}
        self.stepping: list[Recurrence] = []
        self.depth = 0
        self.settled = SettledInputs(self.result)
        self._firsts: dict[int, dict[int, str | None]] = {}

    def program(self) -> ArrayGraph:
        """Elaborate the whole program."""
        graph, result, frame = self.graph, self.result, self.frame
        bind_letters(self)
        for letter, size in self.sizes.items():
            self.letters.setdefault(letter, (size, Span(graph.source, 0, 0)))
        wanted = {*graph.outputs, graph.output, *graph.nodes.values()}
        for node in sorted(wanted):
            if node >= 0:
                self._place(frame, node)
        outputs = {node: self._output(frame, node) for node in {*graph.outputs, graph.output} if node >= 0}
        result.outputs = [outputs[node] for node in graph.outputs]
        result.output = outputs.get(graph.output, -1)
        result.constants, result.ranges = set(graph.constants), dict(graph.ranges)
        result.assertions = [self._assertion(assertion, frame) for assertion in graph.assertions]
        result.max_nodes = graph.max_nodes
        self.settled.settle(frame)
        return result

    def _output(self, frame: Copy, node: int) -> int:
        """Find the node of an output; an array of constants is one by an identity, which has a label."""
        result, value = self.result, frame.values[node]
        place = self.node_of(value)
        if value.shape and result.operations[place] == CONSTANT:
            place = result.append_array("identity", (place,), self.graph.offsets[node], value.shape)
        return place

    def _place(self, frame: Copy, node: int) -> None:
        """Elaborate a node of the program that has a name or is an output."""
        graph, result = self.graph, self.result
        value = self.need(frame, node)
        name = graph.names[node]
        if name is None or graph.operations[node] == INPUT:
            return
        place = self.node_of(value)
        if result.names[place] is not None or result.operations[place] == CONSTANT:
            place = value.node = result.append_array("identity", (place,), graph.offsets[node], value.shape)
        result.name(place, name, graph.definitions[node])

    def _assertion(self, assertion: Assertion, frame: Copy) -> Assertion:
        """Elaborate an assertion over the program's values."""
        inner = Elaborator(assertion.graph, {})
        inner.letters, inner.steps = self.letters, self.steps
        bound: dict[int, Value] = {}
        bindings: dict[int, tuple[int] | tuple[int, int]] = {}
        for reference, nodes in assertion.bindings.items():
            values = [self.node_of(self.need(frame, node)) for node in nodes]
            shape = self.result.shapes[values[-1]]
            offset = assertion.graph.offsets[reference]
            node = inner.result.append_array(INPUT, (), offset, shape)
            inner.result.name(node, assertion.graph.names[reference] or "", offset)
            known = frame.values[nodes[0]].known if len(nodes) == 1 else None
            bound[reference] = Value(node, shape, known)
            bindings[node] = (values[0],) if len(values) == 1 else (values[0], values[1])
        inside = Copy(assertion.graph, bound)
        inner.result.output = inner.node_of(inner.need(inside, assertion.graph.output))
        for node, use in inner.settled.uses.items():
            self.settled.ask(bindings[node][-1], use)
        copy = Assertion(inner.result, assertion.offset)
        copy.bindings, copy.tolerance = bindings, assertion.tolerance
        return copy

    def name_of_first(self, graph: Graph, node: int) -> str:
        """Name the array whose first element a node of the program, or of a loop's body, assigns."""
        firsts = self._firsts.get(id(graph))
        if firsts is None:
            firsts = self._firsts[id(graph)] = name_firsts(graph)
        return firsts.get(node, graph.names[node]) or ""

    @cached_property
    def next_recurrences(self) -> dict[int, int]:
        """The recurrences of the program, by the node of the assignment that each continues."""
        return find_next_recurrences(self.graph)

    def element(self, pieces: Pieces, index: tuple[int, ...], span: Span) -> Value:
        """Find an assigned element. Raises `ProgramError` for one without a value yet."""
        found = find_element(self, pieces, index)
        if found is None:
            raise explain_missing(self, pieces, index, span)
        return found

    # Values

    def need(self, frame: Copy, node: int) -> Value:
        """Elaborate a node of a frame, after the nodes that it depends on."""
        values = frame.values
        if node not in values:
            pending, wanted = [node], set()
            while pending:
                each = pending.pop()
                if each not in values and each not in wanted:
                    wanted.add(each)
                    pending += _computed_from(frame.graph, each)
            for each in sorted(wanted):
                if each not in values:  # nor has a recurrence further above needed it
                    try:
                        values[each] = self._build(frame, each)
                    except NotWholeError as error:
                        raise explain_not_whole(error, frame.graph.span(each)) from None
        return values[node]

    def node_of(self, value: Value) -> int:
        """Find the node of a value, which is appended on its first use."""
        if isinstance(value, Pieces):
            self.gather(value)
        if value.node < 0:
            assert value.known is not None
            value.node = self.result.append_tensor(value.known, value.offset)
        return value.node

    def append(self, operation: str, operands: Sequence[Value], offset: int, shape: Shape) -> Value:
        """Append a node."""
        nodes = [self.node_of(operand) for operand in operands]
        return Value(self.result.append_array(operation, nodes, offset, shape), shape)

    def _build(self, frame: Copy, node: int) -> Value:
        graph, operation = frame.graph, frame.graph.operations[node]
        offset = graph.offsets[node]
        self.settled.built = graph, node
        if operation == CONSTANT:
            tensor = Tensor((), [graph.constant(node)])
            return Value(self.result.append_tensor(tensor, offset, graph.spellings.get(node, "")), (), tensor)
        if operation == INPUT:
            return build_input(self, node)
        if node in graph.gradients:
            return self._gradient(frame, node)
        build = _BUILDERS.get(operation)
        if build is not None:
            return build(self, frame, node)
        operands = [frame.values[operand] for operand in _computed_from(graph, node)]
        for operand in operands:
            if isinstance(operand, Pieces):
                self.gather(operand)
        if operation in STRUCTURAL:
            return build_call(self, frame, node, operands)
        if len(operands) == 1 and PRIMITIVES[operation].variadic and (operands[0].shape or node in graph.details):
            return reduce(self, frame, node, operands[0])
        try:
            shape = broadcast([operand.shape for operand in operands])
        except Misfit as error:
            raise explain_misfit(self, frame, node, error, operands) from None
        return self.append(operation, operands, offset, shape)

    def static(self, frame: Copy, node: int) -> Tensor[float]:
        """Find the numbers of a node that are known before evaluation. Raises `ProgramError` for any others."""
        try:
            return self._known(frame, node)
        except UnknownNode as unknown:
            raise explain_static(self.result, unknown.frame, unknown.node, frame, node) from None

    def _known(self, frame: Copy, node: int) -> Tensor[float]:
        known = frame.statics
        pending, wanted = [node], set()
        while pending:
            each = pending.pop()
            value = frame.values.get(each)
            if value is not None and value.known is not None:
                known[each] = value.known
                if value.node >= 0:
                    self.settled.ask(value.node)
            elif each in frame.outer_nodes and frame.outer is not None:
                known[each] = self._known(frame.outer, frame.outer_nodes[each])
            elif each not in known and each not in wanted:
                wanted.add(each)
                if frame.graph.operations[each] != "size":
                    pending += frame.graph.operands_of(each)
        for each in sorted(wanted):
            try:
                known[each] = self._static(frame, each)
            except Unknown:
                raise UnknownNode(frame, each) from None
        return known[node]

    def _static(self, frame: Copy, node: int) -> Tensor[float]:
        graph, operation = frame.graph, frame.graph.operations[node]
        operands = graph.operands_of(node)
        if operation == INPUT and frame.graph is self.graph:
            known = self.need(frame, node).known
            if known is not None:
                return known
        elif operation in _STATIC:
            return static_array(self, frame, node)
        elif operation == INDEX:
            target = frame.statics[operands[0]]
            return target.take(*picked(target.shape, find_specs(self, frame, node, target.shape)))
        return compute(graph, node, [frame.statics[operand] for operand in operands])

    def gather(self, pieces: Pieces) -> None:
        """Make one array of the elements of a recurrence. Raises `ProgramError` for a missing one."""
        if pieces.recurrence is not None and pieces.recurrence not in self.stepping[-1:]:
            raise NotWholeError(pieces)
        if pieces.node >= 0:
            return
        indices = sorted(pieces.elements)
        sizes = tuple(max(index[axis] for index in indices) + 1 for axis in range(len(indices[0])))
        if len(indices) != prod(sizes):
            missing = next(f"[{at}]" for at in count() if (at,) not in pieces.elements) if len(sizes) == 1 else ""
            span = Span(self.result.source, pieces.offset, pieces.offset + len(pieces.name))
            what = (
                f"`{pieces.name}{missing}` is never assigned" if missing else f"elements of `{pieces.name}` are missing"
            )
            raise ProgramError(what, [span], "assign every element up to the last")
        values = [pieces.elements[index] for index in indices]
        operation, shape = ELEMENTS, (*sizes, *values[0].shape)
        nodes = [value.node for value in values]
        if len(sizes) > 1:
            flat = self.result.append_array(ELEMENTS, nodes, pieces.offset, (len(nodes), *values[0].shape))
            self.result.hidden.add(flat)
            operation, nodes = joined("reshape", shape), [flat]
        pieces.node = self.result.append_array(operation, nodes, pieces.offset, shape)
        pieces.shape = shape

    def _gradient(self, frame: Copy, node: int) -> Value:
        """Elaborate `grad(y, x)`, an array of x's shape; with respect to an element of x, the gradient's element."""
        graph = frame.graph
        of, wrt = (self.need(frame, each) for each in graph.gradients[node])
        self.node_of(of)
        if of.shape:
            raise grad_of_array(of.shape, graph.span(node))
        wrt_node = self.node_of(wrt)
        specs: tuple[Any, ...] = ()
        name, args = split(self.result.operations[wrt_node])
        if name == INDEX and self.result.names[wrt_node] is None:
            (wrt_node,), specs = self.result.operands_of(wrt_node), args
        shape, offset = self.result.shapes[wrt_node], graph.offsets[node]
        parts = parts_of(self.result, wrt_node)
        if parts:
            found = self._gradients_of_parts(self.node_of(of), wrt_node, parts, offset)
        else:
            found = Value(self._append_gradient(self.node_of(of), wrt_node, offset), shape)
        if specs:
            return self.append(joined(INDEX, specs), [found], offset, wrt.shape)
        return found

    def _append_gradient(self, of: int, wrt: int, offset: int) -> int:
        result = self.result.append_array("grad", (of, wrt), offset, self.result.shapes[wrt])
        self.result.gradients[result] = of, wrt
        return result

    def _gradients_of_parts(self, of: int, wrt: int, parts: Sequence[int], offset: int) -> Value:
        """Make the gradient with respect to the array of a recurrence of those with respect to its elements."""
        result, shape = self.result, self.result.shapes[wrt]
        start = len(result)
        nodes = [self._append_gradient(of, part, offset) for part in parts]
        flat = (len(parts), *result.shapes[parts[0]])
        node = result.append_array(ARRAY, nodes, offset, flat)
        if shape != flat:
            node = result.append_array(joined("reshape", shape), (node,), offset, shape)
        result.hidden.update(range(start, node))
        result.calls[node] = "grad", (of, wrt)
        return Value(node, shape)


_STATIC = frozenset({"size", "range", "zeros", "ones", "eye"})
"""The operations without computed operands, whose numbers are known beforehand."""

Build = Callable[[Elaborator, Copy, int], Value]

_BUILDERS: dict[str, Build] = {
    INDEX: build_index,
    PRODUCT: build_product,
    TRANSPOSE: build_transpose,
    ARRAY: build_array,
    COMPREHENSION: build_comprehension,
    ASSIGN: build_assign,
    RECURRENCE: build_recurrence,
    **dict.fromkeys(_STATIC, build_size),
}


def _computed_from(graph: Graph, node: int) -> Sequence[int]:
    """List the operands of a node that are computed, which leaves out static ones."""
    operands, details, operation = graph.operands_of(node), graph.details.get(node), graph.operations[node]
    if details is None or operation in (INPUT, PRODUCT, ARRAY, COMPREHENSION, RECURRENCE):
        return operands
    if operation == ASSIGN:
        before = operands[:1] if len(operands) > details + 1 else []
        return [*before, operands[-1]]
    if operation in (INDEX, TRANSPOSE, "reshape") or operation in PRIMITIVES:
        return operands[:1]
    if operation in _STATIC:
        return []
    row = STRUCTURAL[operation]
    positional = operands[: len(operands) - len(details)]
    if row.variadic:
        return positional
    return [each for at, each in enumerate(positional) if row.parameters[at] not in row.fixed]
