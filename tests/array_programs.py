"""Random programs of arrays, as graphs of arrays: every structural operation, and shapes with 0 and 1 among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from hypothesis import strategies as st

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, joined
from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.tensor import Shape, Tensor
from cgraph_cli.symbolic.arrays.operations import convolved_shape, joined_positions, picked, product_shape, reduced

Draw = Callable[..., object]

SIZES = (0, 1, 1, 2, 3, 4)
UNARY = ("tanh", "neg", "exp", "sin", "abs", "relu", "sigmoid", "identity", "softplus")
BINARY = ("+", "-", "*", "/", "hypot", "min", "max", "atan2")
NUMBERS = st.floats(-2, 2).map(lambda x: round(x, 3))
REDUCTIONS = ("sum", "mean", "prod", "min", "max", "norm", "logsumexp")


class Writer:
    """A writer of a program, step by step, each step with operands that fit."""

    def __init__(self, draw: Callable[..., object], numbers: st.SearchStrategy[float]) -> None:
        self.draw = draw
        self.numbers = numbers
        self.graph = ArrayGraph(Source("", "random arrays"))
        self.given: dict[str, Tensor[float]] = {}

    def choose(self, items: Sequence[object]) -> object:
        return self.draw(st.sampled_from(items))

    def number(self) -> float:
        return float(self.draw(self.numbers))  # type: ignore[arg-type]

    def input(self, shape: Shape) -> int:
        name = f"x{len(self.given)}"
        node = self.graph.append_array(INPUT, (), 0, shape)
        self.graph.name(node, name, 0)
        self.given[name] = Tensor(shape, [self.number() for _ in range(prod(shape))])
        return node

    def append(self, operation: str, operands: Sequence[int], shape: Shape) -> int:
        return self.graph.append_array(operation, operands, 0, shape)

    def node(self, rank: int | None = None, size: int | None = None) -> int:
        """Take a node of a rank, or make an input of it."""
        shapes = self.graph.shapes
        fitting = [n for n, s in enumerate(shapes) if (rank is None or len(s) == rank) and (not size or size in s)]
        if fitting and self.draw(st.integers(0, 3)):
            return int(self.choose(fitting))  # type: ignore[call-overload]
        rank = int(self.choose((0, 1, 2, 2, 3))) if rank is None else rank  # type: ignore[call-overload]
        return self.input(tuple(int(self.choose(SIZES)) for _ in range(rank)))  # type: ignore[call-overload]

    def well_conditioned(self, size: int) -> int:
        """Write a matrix that is far from singular, symmetric or not, and positive definite."""
        x = self.input((size, size))
        square = self.append("@", (x, self.append("transpose(1, 0)", (x,), (size, size))), (size, size))
        items = [float(row == column) * 3 for row in range(size) for column in range(size)]
        eye = self.graph.append_tensor(Tensor((size, size), items), 0)
        return self.append("+", (square, eye), (size, size))

    def specs(self, shape: Shape) -> tuple[object, ...]:
        found: list[object] = []
        for size in shape:
            if self.draw(st.integers(0, 5)) == 0:
                found.append(None)
            kind = self.draw(st.integers(0, 3))
            if kind == 0 and size:
                found.append(self.draw(st.integers(0, size - 1)))
            elif kind == 1 and size:
                found.append(self.draw(st.lists(st.integers(0, size - 1), min_size=0, max_size=4)))
            else:
                start, stop = self.draw(st.integers(0, size)), self.draw(st.integers(0, size))
                places = range(start, stop, int(self.choose((1, 2, -1))))  # type: ignore[call-overload,arg-type]
                places = range(size - 1, -1, -1) if places and max(places) >= size else places
                found.append((places.start, len(places), places.step))
        return tuple(found)

    def step(self, what: str) -> int:
        """Append a step of a kind, and return its node."""
        shapes, choose, draw = self.graph.shapes, self.choose, self.draw
        if what in UNARY:
            node = self.node()
            return self.append(what, (node,), shapes[node])
        if what in BINARY:
            node = self.node()
            shape = shapes[node]
            kind = draw(st.integers(0, 3))
            other = (
                node
                if kind == 0
                else self.input(
                    ()
                    if kind == 1
                    else shape[1:]
                    if kind == 2
                    else tuple(1 if draw(st.booleans()) else n for n in shape)
                )
            )
            pair = (node, other) if draw(st.booleans()) else (other, node)
            return self.append(what, pair, shape)
        if what == "where":
            node = self.node()
            shape = shapes[node]
            test = self.append(">", (node, self.input(())), shape)
            return self.append(what, (test, self.append("log", (node,), shape), self.input(shape)), shape)
        if what in REDUCTIONS:
            node = self.node(int(choose((1, 2, 3))))  # type: ignore[call-overload]
            shape = shapes[node]
            axes = tuple(range(len(shape))) if draw(st.booleans()) else (draw(st.integers(0, len(shape) - 1)),)
            if what not in ("sum", "prod") and not prod(shape):
                node, shape, axes = self.input((2,)), (2,), (0,)
            return self.append(joined(what, (axes, len(shape))), (node,), reduced(shape, axes))  # type: ignore[arg-type]
        if what == "index":
            node = self.node(int(choose((1, 2, 3))))  # type: ignore[call-overload]
            specs = self.specs(shapes[node])
            return self.append(joined("index", specs), (node,), picked(shapes[node], specs)[0])
        if what == "transpose":
            node = self.node(int(choose((2, 3))))  # type: ignore[call-overload]
            axes = tuple(draw(st.permutations(range(len(shapes[node])))))  # type: ignore[arg-type]
            return self.append(joined(what, axes), (node,), tuple(shapes[node][axis] for axis in axes))
        if what == "reshape":
            node = self.node()
            size = prod(shapes[node])
            to = choose([(size,), (1, size), (size, 1), tuple(reversed(shapes[node])) or (1,)])
            return self.append(joined(what, to), (node,), to)  # type: ignore[arg-type]
        if what in ("array", ELEMENTS, "stack", "concat"):
            node = self.node(int(choose((0, 1, 2)) if what != "concat" else choose((1, 2))))  # type: ignore[call-overload]
            shape = shapes[node]
            parts = [
                node if draw(st.integers(0, 3)) == 0 else self.input(shape) for _ in range(draw(st.integers(1, 3)))
            ]  # type: ignore[arg-type]
            if what in ("array", ELEMENTS):
                return self.append(what, parts, (len(parts), *shape))
            axis = draw(st.integers(0, len(shape) - (what == "concat")))
            if what == "concat":
                return self.append(f"concat({axis},)", parts, joined_positions([shape] * len(parts), axis)[0])  # type: ignore[arg-type]
            return self.append(f"stack({axis},)", parts, (*shape[:axis], len(parts), *shape[axis:]))  # type: ignore[misc]
        if what == "cumsum":
            node = self.node(1)
            return self.append(what, (node,), shapes[node])
        if what in ("conv1d", "conv2d"):
            node = self.node(int(what[4]))
            if not prod(shapes[node]):
                node = self.input((3, 2)[: int(what[4])])
            kernel = tuple(draw(st.integers(1, size)) for size in shapes[node])
            return self.append(what, (node, self.input(kernel)), convolved_shape(shapes[node], kernel))  # type: ignore[arg-type]
        if what == "@":
            node = self.node(int(choose((1, 2, 2, 3))))  # type: ignore[call-overload]
            inner = shapes[node][-1]
            batch = (shapes[node][:-2],) if len(shapes[node]) == 3 else ()
            to = choose([(inner,), (inner, 2), (inner, 1), *((*each, inner, 2) for each in batch), (2, inner, 3)])
            if len(shapes[node]) == 3 and len(to) == 3 and to[0] not in (1, shapes[node][0]):  # type: ignore[arg-type,index]
                to = (inner, 2)
            other = self.input(to)  # type: ignore[arg-type]
            return self.append(what, (node, other), product_shape(shapes[node], shapes[other]))
        size = int(choose((1, 2, 3, 4)))  # type: ignore[call-overload]
        matrix = self.well_conditioned(size)
        if what == "solve":
            right = self.input((size,) if draw(st.booleans()) else (size, 2))
            return self.append(what, (matrix, right), shapes[right])
        return self.append(what, (matrix,), () if what in ("det", "logdet") else (size, size))

    def finish(self, nodes: Sequence[int]) -> None:
        """Make the output a weighted sum of all of some nodes."""
        terms = []
        for node in nodes:
            shape = self.graph.shapes[node]
            weighted = self.append("*", (node, self.input(shape)), shape)
            terms.append(
                self.append(joined("sum", (tuple(range(len(shape))), len(shape))), (weighted,), ())
                if shape
                else weighted
            )
        self.graph.output = self.append("sum", terms, ())
        self.graph.name(self.graph.output, "total", 0)
        self.graph.outputs = [self.graph.output]


def array_graphs(
    kinds: Sequence[str], most: int = 6, numbers: st.SearchStrategy[float] = NUMBERS
) -> st.SearchStrategy[tuple[ArrayGraph, dict[str, Tensor[float]]]]:
    """Make graphs of arrays of some kinds of steps, each with its inputs, which are some of the numbers."""

    @st.composite
    def graphs(draw: Callable[..., object]) -> tuple[ArrayGraph, dict[str, Tensor[float]]]:
        writer = Writer(draw, numbers)
        steps = [writer.step(str(writer.choose(kinds))) for _ in range(int(draw(st.integers(1, most))))]  # type: ignore[call-overload]
        writer.finish(steps)
        return writer.graph, writer.given

    return graphs()
