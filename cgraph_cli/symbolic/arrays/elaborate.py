"""Elaboration: a program of arrays and its inputs' shapes become a graph in which every node has a shape.

Loops are unrolled, sizes and indices become numbers, and calls of primitives with a definition become what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from math import prod
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, MOST_ELEMENTS, ArrayGraph, joined, split
from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.graph import CONSTANT, INPUT, Assertion, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.core.tensor import Ragged, Shape, Tensor, show_index, show_shape, stack
from cgraph_cli.language.array_rules import (
    ARRAY,
    ASSIGN,
    AT,
    COMPREHENSION,
    INDEX,
    NEW_AXIS,
    OTHER_AXES,
    PRODUCT,
    RECURRENCE,
    TRANSPOSE,
    Sizes,
    ragged,
)
from cgraph_cli.language.scopes import Function, Loop
from cgraph_cli.symbolic.arrays.misfits import explain_misfit, explain_static
from cgraph_cli.symbolic.arrays.operations import Misfit, broadcast, picked, product_shape, reduced
from cgraph_cli.symbolic.arrays.static import Unknown, compute, whole
from cgraph_cli.symbolic.arrays.values import Copy, Pieces, Value

MOST_STEPS = 200_000
"""The most steps of all loops of a program together."""

_definitions: dict[str, Function] = {}


def elaborate(graph: Graph, given: Mapping[str, Tensor[float]]) -> ArrayGraph:
    """Make the graph of arrays of a program, with `given` inputs by name.

    An input that is not given has its declared shape, that of its default, or is a number. Raises `ProgramError` where
    shapes do not fit, and where a program has too many nodes or elements.
    """
    return Elaborator(graph, given).program()


class Elaborator:
    """Elaborates one program, or one of its assertions."""

    def __init__(self, graph: Graph, given: Mapping[str, Tensor[float]]) -> None:
        self.graph = graph
        self.given = given
        self.result = ArrayGraph(graph.source, graph.max_nodes)
        self.letters: dict[str, tuple[int, Span]] = {}
        self.steps = 0

    def program(self) -> ArrayGraph:
        """Elaborate the whole program."""
        graph, result = self.graph, self.result
        frame = Copy(graph, {})
        self._bind_letters()
        wanted = {*graph.outputs, graph.output, *graph.nodes.values()}
        for node in sorted(wanted):
            if node >= 0:
                self._place(frame, node)
        result.outputs = [self.node_of(frame.values[node]) for node in graph.outputs]
        result.output = self.node_of(frame.values[graph.output]) if graph.output >= 0 else -1
        result.constants = set(graph.constants)
        result.assertions = [self._assertion(assertion, frame) for assertion in graph.assertions]
        return result

    def _place(self, frame: Copy, node: int) -> None:
        """Elaborate a node of the program, which has a name or is an output."""
        graph, result = self.graph, self.result
        value = self.need(frame, node)
        name = graph.names[node]
        if name is None or graph.operations[node] == INPUT:
            return
        place = self.node_of(value)
        if result.names[place] is not None:
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
        copy = Assertion(inner.result, assertion.offset)
        copy.bindings, copy.tolerance = bindings, assertion.tolerance
        return copy

    # Values

    def need(self, frame: Copy, node: int) -> Value:
        """Elaborate a node of a frame, and before it what it is computed from."""
        values = frame.values
        if node not in values:
            pending, wanted = [node], set()
            while pending:
                each = pending.pop()
                if each not in values and each not in wanted:
                    wanted.add(each)
                    pending += _computed_from(frame.graph, each)
            for each in sorted(wanted):
                values[each] = self._build(frame, each)
        return values[node]

    def node_of(self, value: Value) -> int:
        """Find the node of a value, which is appended when it is first needed."""
        if isinstance(value, Pieces):
            self._gather_pieces(value)
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
        if operation == CONSTANT:
            tensor = Tensor((), [graph.constant(node)])
            return Value(self.result.append_tensor(tensor, offset, graph.spellings.get(node, "")), (), tensor)
        if operation == INPUT:
            return self._input(node)
        if node in graph.gradients:
            return self._gradient(frame, node)
        build = _BUILDERS.get(operation)
        if build is not None:
            return build(self, frame, node)
        operands = [frame.values[operand] for operand in _computed_from(graph, node)]
        for operand in operands:
            if isinstance(operand, Pieces):
                self._gather_pieces(operand)
        if operation in STRUCTURAL:
            return self._call(frame, node, operands)
        if len(operands) == 1 and operands[0].shape and PRIMITIVES[operation].variadic:
            return self._reduce(frame, node, operands[0])
        try:
            shape = broadcast([operand.shape for operand in operands])
        except Misfit as error:
            raise explain_misfit(self.result, frame, node, error, operands) from None
        return self.append(operation, operands, offset, shape)

    def _bind_letters(self) -> None:
        """Find the sizes that letters stand for from the inputs that are given."""
        graph = self.graph
        for node, sizes in graph.details.items():
            name = graph.names[node] or ""
            if not isinstance(sizes, Sizes) or name not in self.given:
                continue
            shape = self.given[name].shape
            declared = f"`{name}` is declared as {show_shape(sizes.sizes)}"
            if len(shape) != len(sizes.sizes):
                what = f"{declared}, and given is {_an_array(shape)}"
                raise ProgramError(what, [self._declared(node)], f"give {_of_rank(len(sizes.sizes))}")
            for size, length, offset in zip(sizes.sizes, shape, sizes.offsets, strict=True):
                span = Span(graph.source, offset, offset + len(str(size)), f"this is {length}")
                if isinstance(size, int):
                    if size != length:
                        raise ProgramError(f"{declared}, and given is {_an_array(shape)}", [span])
                    continue
                known = self.letters.setdefault(size, (length, span))
                if known[0] != length:
                    what = f"`{size}` is {known[0]} in one shape and {length} in another"
                    raise ProgramError(what, [known[1], span], "a letter is the same size wherever it stands")

    def _declared(self, node: int) -> Span:
        name, start = self.graph.names[node] or "", self.graph.definitions[node]
        return Span(self.graph.source, start, start + len(name))

    def _input(self, node: int) -> Value:
        graph = self.graph
        name, details, number = graph.names[node] or "", graph.details.get(node), graph.numbers[node]
        known = self.given.get(name)
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
                if isinstance(size, str) and size not in self.letters:
                    span = Span(graph.source, offset, offset + len(size))
                    what = f"the size `{size}` of `{name}` is not known"
                    raise ProgramError(what, [span], f"give `{name}`, or declare it with numbers")
            shape = tuple(self.letters[size][0] if isinstance(size, str) else size for size in details.sizes)
        offset = graph.offsets[node]
        scalar = default.item if default is not None and not default.shape and not shape else None
        result = self.result.append_array(INPUT, (), offset, shape, scalar)
        self.result.name(result, name, graph.definitions[node])
        if default is not None and default.shape == shape and shape:
            self.result.tensors[result] = default
        return Value(result, shape, known or default)

    def _gradient(self, frame: Copy, node: int) -> Value:
        """Elaborate `grad(y, x)`, an array of x's shape; of an element of x, that element of it."""
        graph = frame.graph
        of, wrt = (self.need(frame, each) for each in graph.gradients[node])
        self.node_of(of)
        if of.shape:
            help = "write `grad(sum(y), x)` for the gradient of the sum, or `cgraph jacobian` for all of them"
            raise ProgramError(f"`grad` of an array, which is {show_shape(of.shape)}", [graph.span(node)], help)
        wrt_node = self.node_of(wrt)
        specs: tuple[Any, ...] = ()
        name, args = split(self.result.operations[wrt_node])
        if name == INDEX and self.result.names[wrt_node] is None:
            (wrt_node,), specs = self.result.operands_of(wrt_node), args
        shape = self.result.shapes[wrt_node]
        result = self.result.append_array("grad", (self.node_of(of), wrt_node), graph.offsets[node], shape)
        self.result.gradients[result] = self.node_of(of), wrt_node
        found = Value(result, shape)
        if specs:
            return self.append(joined(INDEX, specs), [found], graph.offsets[node], wrt.shape)
        return found

    # Static numbers

    def static(self, frame: Copy, node: int) -> Tensor[float]:
        """Find the numbers of a node that are known before the first one is computed. Raises `ProgramError`."""
        known = frame.statics
        pending, wanted = [node], set()
        while pending:
            each = pending.pop()
            value = frame.values.get(each)
            if value is not None and value.known is not None:
                known[each] = value.known
            elif each not in known and each not in wanted:
                wanted.add(each)
                if frame.graph.operations[each] != "size":
                    pending += frame.graph.operands_of(each)
        for each in sorted(wanted):
            try:
                known[each] = self._static(frame, each)
            except Unknown:
                raise explain_static(frame, each, node) from None
        return known[node]

    def _static(self, frame: Copy, node: int) -> Tensor[float]:
        graph, operation = frame.graph, frame.graph.operations[node]
        operands = graph.operands_of(node)
        if operation == INPUT and frame.graph is self.graph:
            known = self.need(frame, node).known
            if known is not None:
                return known
        elif operation == "size":
            return Tensor((), [float(self._size(frame, node))])
        elif operation == INDEX:
            target = frame.statics[operands[0]]
            return target.take(*picked(target.shape, self._specs(frame, node, target.shape)))
        return compute(graph, node, [frame.statics[operand] for operand in operands])

    def whole(self, frame: Copy, node: int) -> int:
        """Find the whole number that a static node is."""
        tensor = self.static(frame, node)
        try:
            return whole(tensor)
        except Unknown:
            shown = show_shape(tensor.shape) if tensor.shape else f"{tensor.item:g}"
            raise ProgramError(
                f"{shown} is no whole number", [frame.graph.span(node)], "sizes, places and axes are whole numbers"
            ) from None

    def _size(self, frame: Copy, node: int) -> int:
        details, operands = frame.graph.details[node], frame.graph.operands_of(node)
        if isinstance(details, str):
            if details not in self.letters:
                what = f"the size `{details}` is not known"
                raise ProgramError(what, [frame.graph.span(node)], "give an input that has it in its shape")
            return self.letters[details][0]
        value = self.need(frame, operands[0])
        self.node_of(value)
        return value.shape[self._axis(frame, node, len(value.shape))] if details else prod(value.shape)

    def _axis(self, frame: Copy, node: int, rank: int, otherwise: int = 0) -> int:
        """Find the axis that a call names."""
        graph = frame.graph
        if not graph.details[node]:
            return otherwise
        axis = self.whole(frame, graph.operands_of(node)[-1])
        if not -rank <= axis < rank:
            axes = f"axes are 0 to {rank - 1}" if rank else "number has no axis"
            raise ProgramError(f"there is no axis {axis}", [graph.span(graph.operands_of(node)[-1])], f"its {axes}")
        return axis % rank

    def _shape_of(self, frame: Copy, node: int, sizes: Sequence[int], whole_size: int | None = None) -> Shape:
        """Read the sizes of a shape that a call gives, one by one or as an array."""
        found: list[int] = []
        for each in sizes:
            tensor = self.static(frame, each)
            for item in tensor.items:
                size = int(item) if item == item and abs(item) < 1e18 else 0
                if size != item or size < (-1 if whole_size is not None else 0):
                    raise ProgramError(f"{item:g} is no size", [frame.graph.span(each)], "a size is a whole number")
                found.append(size)
        if whole_size is not None and -1 in found:
            rest = -prod(found)
            if found.count(-1) > 1 or rest == 0 or whole_size % rest:
                what = f"{whole_size} elements do not fit {show_shape(found)}"
                raise ProgramError(what, [frame.graph.span(node)], "one size may be -1, and the others have to divide")
            found[found.index(-1)] = whole_size // rest
        self._check_count(prod(found), frame.graph.span(node))
        return tuple(found)

    def _check_count(self, count: int, span: Span) -> None:
        if count > MOST_ELEMENTS:
            help = f"an array has at most {MOST_ELEMENTS:,} elements"
            raise ProgramError(f"an array of {count:,} elements is too large", [span], help)

    # Structural operations

    def _call(self, frame: Copy, node: int, operands: list[Value]) -> Value:
        """Elaborate a call of a structural primitive, by its definition where it has one."""
        graph = frame.graph
        name, offset = graph.operations[node], graph.offsets[node]
        row = STRUCTURAL[name]
        shapes = [operand.shape for operand in operands]
        try:
            if row.definitions:
                return self._defined(frame, node)
            if name in ("concat", "stack"):
                return self._join(frame, node, operands)
            if name == "reshape":
                size = prod(shapes[0])
                shape = self._shape_of(frame, node, graph.operands_of(node)[1:], size)
                if prod(shape) != size:
                    raise Misfit(
                        f"has {size} elements, and {show_shape(shape)} has {prod(shape)}", "one size may be -1"
                    )
                return self.append(joined(name, shape), operands, offset, shape)
            if name == "cumsum":
                if len(shapes[0]) != 1:
                    raise Misfit("is no vector", "`cumsum` takes a vector: `[cumsum(row) for row in X]`")
                return self.append(name, operands, offset, shapes[0])
            return self.append(name, operands, offset, _square_shape(name, shapes))
        except Misfit as error:
            raise explain_misfit(self.result, frame, node, error, operands) from None

    def _defined(self, frame: Copy, node: int) -> Value:
        """Copy the definition of a primitive, whose nodes are hidden behind the call's."""
        graph = frame.graph
        row, offset, start = STRUCTURAL[graph.operations[node]], graph.offsets[node], len(self.result)
        arguments = [
            Value(-1, (), self.static(frame, each)) if word in row.fixed else frame.values[each]
            for word, each in zip(row.parameters, graph.operands_of(node), strict=True)
        ]
        for value in arguments:
            if isinstance(value, Pieces):
                self._gather_pieces(value)
        ranks = "".join(str(len(value.shape)) for value in arguments)
        text = row.definitions.get(ranks) or row.definitions.get("")
        if text is None or (not row.fixed - {"axis"} and ranks == "0"):
            raise Misfit("does not fit", f"`{row.signature}` takes {_ranks(row.definitions)}")
        function = definition(text)
        for value in arguments:
            if not (value.node < 0 and value.known is not None and value.shape == ()):
                self.node_of(value)
        start = len(self.result)
        inside = Copy(function.body, dict(zip(function.parameters, arguments, strict=True)))
        try:
            value = self.need(inside, function.result)
        except ProgramError as error:
            what = f"`{row.name}`: {error.diagnostic.message}"
            raise ProgramError(what, [graph.span(node)], f"`{row.signature}` takes {_ranks(row.definitions)}") from None
        result = self.node_of(value)
        for each in range(start, len(self.result)):
            self.result.offsets[each] = self.result.definitions[each] = offset
        self.result.hidden.update(range(start, len(self.result)))
        self.result.hidden.discard(result)
        called = tuple(self.node_of(value) for value in arguments)
        self.result.calls[result] = row.name, called
        return value

    def _join(self, frame: Copy, node: int, operands: list[Value]) -> Value:
        name, offset = frame.graph.operations[node], frame.graph.offsets[node]
        shapes = [operand.shape for operand in operands]
        rank = len(shapes[0]) + (name == "stack")
        axis = self._axis(frame, node, rank)
        if len(operands) == 1 and name == "stack" and not frame.graph.details[node]:
            raise Misfit("is one array", "`stack` takes several: `stack(a, b)`")
        for shape in shapes:
            if name == "stack" and shape != shapes[0]:
                raise Misfit("differ in shape, and cannot be stacked", "`stack` takes arrays of one shape")
            if name == "concat" and (not shape or reduced(shape, [axis]) != reduced(shapes[0], [axis])):
                raise Misfit(f"do not fit one after another along axis {axis}", "all other sizes have to be equal")
        first = shapes[0]
        if name == "stack":
            shape = (*first[:axis], len(shapes), *first[axis:])
        else:
            shape = (*first[:axis], sum(each[axis] for each in shapes), *first[axis + 1 :])
        return self.append(joined(name, (axis,)), operands, offset, shape)

    def _reduce(self, frame: Copy, node: int, operand: Value) -> Value:
        rank = len(operand.shape)
        axes = tuple(range(rank))
        if node in frame.graph.details:
            axes = (self._axis(frame, node, rank),)
        name = frame.graph.operations[node]
        if not prod(operand.shape) and name not in ("sum", "prod"):
            raise ProgramError(f"`{name}` of no elements", [frame.graph.span(node)], "it takes at least one")
        shape = reduced(operand.shape, axes)
        return self.append(joined(name, (axes, rank)), [operand], frame.graph.offsets[node], shape)

    # What `_BUILDERS` has: operations with operands that are not all computed

    def build_reduction(self, frame: Copy, node: int) -> Value:
        """Elaborate `sum(X, axis=0)`."""
        operand = frame.values[frame.graph.operands_of(node)[0]]
        if isinstance(operand, Pieces):
            self._gather_pieces(operand)
        if not operand.shape:
            raise ProgramError("a number has no axis", [frame.graph.span(node)], "leave `axis` out")
        return self._reduce(frame, node, operand)

    def build_index(self, frame: Copy, node: int) -> Value:
        """Elaborate `x[0]`."""
        graph = frame.graph
        value = frame.values[graph.operands_of(node)[0]]
        if isinstance(value, Pieces):
            specs = graph.details[node]
            rank = max((len(index) for index in value.elements), default=1)
            if len(specs) >= rank and all(spec == AT for spec in specs[:rank]):
                nodes = graph.operands_of(node)[1:]
                index = tuple(self.whole(frame, each) for each in nodes[:rank])
                found = value.elements.get(index)
                if found is None and min(index) >= 0:
                    what = f"`{value.name}{show_index(index)}` has no value yet"
                    raise ProgramError(what, [graph.span(node)], f"assign it before, as in `{value.name}[0] = …`")
                if found is not None and len(specs) == rank:
                    return found
                if found is not None:
                    return self._pick(found, self._specs(frame, node, found.shape, rank), graph.offsets[node])
            self._gather_pieces(value)
        return self._pick(value, self._specs(frame, node, value.shape), graph.offsets[node])

    def _pick(self, value: Value, specs: Sequence[Any], offset: int) -> Value:
        shape, positions = picked(value.shape, specs)
        found = self.append(joined(INDEX, tuple(specs)), [value], offset, shape)
        if value.known is not None:
            found.known = value.known.take(shape, positions)
        return found

    def _specs(self, frame: Copy, node: int, shape: Shape, skipped: int = 0) -> list[Any]:
        """Find what an index picks of an array of a shape. Raises `ProgramError` where that is not there."""
        graph = frame.graph
        given: Sequence[Any] = graph.details[node]
        nodes = iter(graph.operands_of(node)[1:])
        for _ in given[:skipped]:
            next(nodes)
        given = given[skipped:]
        taken = sum(1 for spec in given if spec not in (NEW_AXIS, OTHER_AXES))
        if taken > len(shape) or given.count(OTHER_AXES) > 1:
            what = f"an index of {taken} places, and `{self._named(frame, node)}` is {_an_array(shape)}"
            help = "a number has no elements; declare its shape, as in `x : [3]`, or give an array" if not shape else ""
            raise ProgramError(what, [graph.span(graph.operands_of(node)[0])], help or f"write at most {len(shape)}")
        specs: list[Any] = []
        axis = 0
        for spec in given:
            if spec == NEW_AXIS:
                specs.append(None)
            elif spec == OTHER_AXES:
                for _ in range(len(shape) - taken):
                    specs.append((0, shape[axis], 1))
                    axis += 1
            elif spec == AT:
                specs.append(self._at(frame, node, next(nodes), shape[axis], axis))
                axis += 1
            else:
                bounds = [self.whole(frame, next(nodes)) if is_given else None for is_given in spec]
                if bounds[2] == 0:
                    raise ProgramError("a slice has no step 0", [graph.span(node)], "leave the step out")
                places = range(*slice(*bounds).indices(shape[axis]))
                specs.append((places.start, len(places), places.step))
                axis += 1
        return [*specs, *((0, size, 1) for size in shape[axis:])]

    def _at(self, frame: Copy, node: int, place: int, size: int, axis: int) -> Any:
        """Find the place, or the places, that an index names along an axis."""
        tensor = self.static(frame, place)
        found = []
        for item in tensor.items:
            at = int(item) if item == item and abs(item) < 1e18 else size
            if at != item:
                help = "places are counted from 0, in whole numbers"
                raise ProgramError(f"{item:g} is no place of an array", [frame.graph.span(place)], help)
            if not -size <= at < size:
                along = f" along axis {axis}" if axis else ""
                what = f"place {at} of `{self._named(frame, node)}`, which has {size}{along}"
                help = f"its places are 0 to {size - 1}, and -1 is the last" if size else "it has no elements"
                raise ProgramError(what, [frame.graph.span(place)], help)
            found.append(at % size)
        if len(tensor.shape) > 1:
            raise ProgramError("an index is a number or a vector", [frame.graph.span(place)], "write one index an axis")
        return found if tensor.shape else found[0]

    def _named(self, frame: Copy, node: int) -> str:
        first = frame.graph.operands_of(node)[0]
        return frame.graph.names[first] or frame.graph.operations[first]

    def build_product(self, frame: Copy, node: int) -> Value:
        """Elaborate `A @ x`."""
        operands = [frame.values[operand] for operand in frame.graph.operands_of(node)]
        for operand in operands:
            if isinstance(operand, Pieces):
                self._gather_pieces(operand)
        try:
            shape = product_shape(operands[0].shape, operands[1].shape)
        except Misfit as error:
            raise explain_misfit(self.result, frame, node, error, operands) from None
        return self.append(PRODUCT, operands, frame.graph.offsets[node], shape)

    def build_transpose(self, frame: Copy, node: int) -> Value:
        """Elaborate `A.T`."""
        value = frame.values[frame.graph.operands_of(node)[0]]
        self.node_of(value)
        axes = tuple(reversed(range(len(value.shape))))
        if len(axes) < 2:
            error = Misfit(
                "has no rows and columns to exchange",
                "a vector is neither row nor column: write `x[:, None]` for a column",
            )
            raise explain_misfit(self.result, frame, node, error, [value])
        shape = tuple(value.shape[axis] for axis in axes)
        return self.append(joined(TRANSPOSE, axes), [value], frame.graph.offsets[node], shape)

    def build_array(self, frame: Copy, node: int) -> Value:
        """Elaborate `[a, b]`."""
        parts = frame.graph.operands_of(node)
        return self._array(frame, node, [frame.values[part] for part in parts], parts)

    def _array(self, frame: Copy, node: int, items: list[Value], parts: Sequence[int] = ()) -> Value:
        offset = frame.graph.offsets[node]
        nodes = [self.node_of(item) for item in items]
        if not nodes:
            return Value(-1, (0,), Tensor((0,), []), offset)
        shape = items[0].shape
        for item in items:
            if item.shape != shape:
                if parts:
                    raise ragged(frame.graph, parts, [each.shape for each in items], Ragged(shape, item.shape))
                what = f"the elements differ in shape: {_an_array(shape)}, and then {_an_array(item.shape)}"
                raise ProgramError(
                    what, [frame.graph.span(node)], "each step has to give as many elements as the first"
                )
        known = None
        if all(item.known is not None for item in items):
            known = stack([item.known for item in items if item.known is not None])
        whole_shape = (len(items), *shape)
        return Value(self.result.append_array(ARRAY, nodes, offset, whole_shape), whole_shape, known)

    def build_size(self, frame: Copy, node: int) -> Value:
        """Elaborate what is known beforehand: `size`, `range`, `zeros`, `ones`, `eye`."""
        return Value(-1, (tensor := self.static_array(frame, node)).shape, tensor, frame.graph.offsets[node])

    def static_array(self, frame: Copy, node: int) -> Tensor[float]:
        """Find the numbers of an operation that has no operands that are computed."""
        graph, name = frame.graph, frame.graph.operations[node]
        operands = graph.operands_of(node)
        if name == "size":
            return Tensor((), [float(self._size(frame, node))])
        if name == "range":
            places = self._range(frame, node)
            if len(places) > MOST_ELEMENTS:
                self._shape_of(frame, node, operands)
            return Tensor((len(places),), [float(place) for place in places])
        shape = self._shape_of(frame, node, operands)
        if name == "eye":
            rows, columns = shape if len(shape) == 2 else (shape[0], shape[0])
            self._check_count(rows * columns, graph.span(node))
            return Tensor((rows, columns), [float(row == column) for row in range(rows) for column in range(columns)])
        return Tensor(shape, [float(name == "ones")] * prod(shape))

    def _range(self, frame: Copy, node: int) -> range:
        operands = frame.graph.operands_of(node)
        numbers = [self.whole(frame, each) for each in operands]
        if len(numbers) > 3 or (len(numbers) == 3 and numbers[2] == 0):
            raise ProgramError(
                "`range` takes one to three numbers, and no step 0", [frame.graph.span(node)], "write `range(n)`"
            )
        return range(*numbers)

    # Loops

    def _iterate(self, loop: Loop, bound: Mapping[int, Value], span: Span, at: int = 0) -> Iterator[Copy]:
        """Go through the steps of a loop: the frames of its body, one after another."""
        if at == len(loop.domains):
            yield Copy(loop.body, bound)
            return
        frame = Copy(loop.body, bound)
        variable, domain = loop.parameters[at], loop.domains[at]
        offset = loop.body.offsets[domain]
        for value in self._domain(frame, domain, span):
            yield from self._iterate(loop, {**bound, variable: value}, span, at + 1)
        del offset

    def _domain(self, frame: Copy, domain: int, span: Span) -> Iterator[Value]:
        graph = frame.graph
        if graph.operations[domain] == "range":
            places = self._range(frame, domain)
            self._count(len(places), graph.span(domain))
            for place in places:
                yield Value(-1, (), Tensor((), [float(place)]), graph.offsets[domain])
            return
        value = self.need(frame, domain)
        self.node_of(value)
        if not value.shape:
            help = "write `range(n)` to count up to a number"
            raise ProgramError("a loop goes through an array, and this is a number", [graph.span(domain)], help)
        self._count(value.shape[0], graph.span(domain))
        rest = [(0, size, 1) for size in value.shape[1:]]
        for place in range(value.shape[0]):
            yield self._pick(value, [place, *rest], graph.offsets[domain])

    def _count(self, steps: int, span: Span) -> None:
        self.steps += steps
        if self.steps > MOST_STEPS:
            help = f"all loops of a program together have at most {MOST_STEPS:,} steps"
            raise ProgramError(f"a loop of {steps:,} steps is too long", [span], help)

    def build_comprehension(self, frame: Copy, node: int) -> Value:
        """Elaborate `[x[i]^2 for i in range(n)]`."""
        loop: Loop = frame.graph.details[node]
        bound = self._captured(frame, frame.graph.operands_of(node), loop)
        items = []
        for inside in self._iterate(loop, bound, frame.graph.span(node)):
            value = self.need(inside, loop.result)
            self.node_of(value)
            items.append(value)
        return self._array(frame, node, items)

    def _captured(self, frame: Copy, operands: Sequence[int], loop: Loop) -> dict[int, Value]:
        return {inside: frame.values[operand] for operand, inside in zip(operands, loop.captured.values(), strict=True)}

    def build_assign(self, frame: Copy, node: int) -> Value:
        """Elaborate `h[0] = h0`."""
        graph = frame.graph
        operands = graph.operands_of(node)
        rank: int = graph.details[node]
        pieces = self._pieces(frame, node, operands[0] if len(operands) > rank + 1 else None)
        index = tuple(self.whole(frame, each) for each in operands[-1 - rank : -1])
        self._assign(pieces, index, frame.values[operands[-1]], graph.offsets[node])
        return pieces

    def build_recurrence(self, frame: Copy, node: int) -> Value:
        """Elaborate `h[t + 1] = tanh(h[t]) for t in range(n)`."""
        graph = frame.graph
        loop: Loop = graph.details[node]
        operands = graph.operands_of(node)
        has_before = len(operands) > len(loop.captured)
        pieces = self._pieces(frame, node, operands[0] if has_before else None)
        bound = self._captured(frame, operands[has_before:], loop)
        if loop.before is not None:
            bound[loop.before] = pieces
        for inside in self._iterate(loop, bound, graph.span(node)):
            index = tuple(self.whole(inside, each) for each in loop.indices)
            self._assign(pieces, index, self.need(inside, loop.result), graph.offsets[node])
        return pieces

    def _pieces(self, frame: Copy, node: int, before: int | None) -> Pieces:
        if before is not None:
            found = frame.values[before]
            assert isinstance(found, Pieces)
            return found
        last = node
        for later in range(node + 1, len(frame.graph)):  # the name stands at the last assignment
            if frame.graph.operations[later] in (ASSIGN, RECURRENCE) and last in frame.graph.operands_of(later)[:1]:
                last = later
        return Pieces(frame.graph.names[last] or "", frame.graph.offsets[node])

    def _assign(self, pieces: Pieces, index: tuple[int, ...], value: Value, offset: int) -> None:
        result = self.result
        name = f"{pieces.name}{show_index(index)}"
        span = Span(result.source, offset, offset + len(pieces.name))
        if min(index) < 0:
            raise ProgramError(f"`{name}` cannot be assigned", [span], "elements that are assigned count from 0")
        if index in pieces.elements:
            raise ProgramError(f"`{name}` is assigned twice", [span], "an element is assigned once")
        others = next(iter(pieces.elements.items()), None)
        if others is not None and (len(others[0]) != len(index) or others[1].shape != value.shape):
            shape = value.shape if len(others[0]) == len(index) else index
            what = f"`{name}` is {_an_array(shape)}, and `{pieces.name}{show_index(others[0])}` is not"
            raise ProgramError(what, [span], "all elements of an array have one shape")
        node = self.node_of(value)
        if isinstance(value, Pieces) or result.names[node] is not None or result.operations[node] in (INPUT, CONSTANT):
            value = self.append("identity", [value], offset, value.shape)
        result.name(value.node, name, offset)
        pieces.elements[index] = value
        pieces.node = -1

    def _gather_pieces(self, pieces: Pieces) -> None:
        """Make one array of the elements of a recurrence. Raises `ProgramError` where one is missing."""
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


_Build = Callable[[Elaborator, Copy, int], Value]

_BUILDERS: dict[str, _Build] = {
    INDEX: Elaborator.build_index,
    PRODUCT: Elaborator.build_product,
    TRANSPOSE: Elaborator.build_transpose,
    ARRAY: Elaborator.build_array,
    COMPREHENSION: Elaborator.build_comprehension,
    ASSIGN: Elaborator.build_assign,
    RECURRENCE: Elaborator.build_recurrence,
    **dict.fromkeys(("size", "range", "zeros", "ones", "eye"), Elaborator.build_size),
}


def definition(text: str) -> Function:
    """Parse the definition of a structural primitive."""
    if text not in _definitions:
        from cgraph_cli.core.errors import Source
        from cgraph_cli.language.build import Builder
        from cgraph_cli.language.driver import Driver

        builder = Builder()
        builder.begin(Source(text, "definition"))
        Driver(text, builder).statement(0)
        _definitions[text] = builder.functions["f"]
    return _definitions[text]


def _computed_from(graph: Graph, node: int) -> Sequence[int]:
    """List the operands of a node that are computed: all but those that have to be known before."""
    operands, details, operation = graph.operands_of(node), graph.details.get(node), graph.operations[node]
    if details is None or operation in (INPUT, PRODUCT, TRANSPOSE, ARRAY, COMPREHENSION, RECURRENCE):
        return operands
    if operation == ASSIGN:
        before = operands[:1] if len(operands) > details + 1 else []
        return [*before, operands[-1]]
    if operation in (INDEX, "reshape") or operation in PRIMITIVES:
        return operands[:1]
    if operation in ("size", "range", "zeros", "ones", "eye"):
        return []
    row = STRUCTURAL[operation]
    positional = operands[: len(operands) - len(details)]
    return [
        each for at, each in enumerate(positional) if row.parameters[min(at, len(row.parameters) - 1)] not in row.fixed
    ]


def _square_shape(name: str, shapes: Sequence[Shape]) -> Shape:
    """Find the shape of what linear algebra makes of a square matrix. Raises `Misfit` for another."""
    first = shapes[0]
    if len(first) != 2 or first[0] != first[1]:
        raise Misfit("is no square matrix", f"`{STRUCTURAL[name].signature}` takes a matrix of as many rows as columns")
    if name == "solve":
        if not shapes[1] or shapes[1][0] != first[0] or len(shapes[1]) > 2:
            raise Misfit("do not fit", "`solve(A, b)` takes as many right-hand sides' elements as A has rows")
        return shapes[1]
    return () if name in ("det", "logdet") else first


def _an_array(shape: Sequence[object]) -> str:
    return show_shape(shape)


def _of_rank(rank: int) -> str:
    return {0: "a number", 1: "a vector, such as `[1, 2]`", 2: "a matrix, such as `[[1, 2], [3, 4]]`"}.get(
        rank, f"an array of rank {rank}"
    )


def _ranks(definitions: Mapping[str, str]) -> str:
    """Say the ranks of operands that a primitive is defined for."""
    words = {"0": "a number", "1": "a vector", "2": "a matrix"}
    known = [" and ".join(words[rank] for rank in ranks) for ranks in definitions if ranks]
    return " or ".join(known) if known and "" not in definitions else "arrays"
