"""The algebra of arrays: `evaluate(graph, inputs, algebra=ARRAYS)` with arrays that broadcast, and then the sweeps.

The arithmetic is IEEE's, as in doubles. NumPy warns where Python raises exceptions: compute within `ieee()`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import is_long, split
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.approximations import MOST_ORDERS, MissingDefinition, defined
from cgraph_cli.evaluation.arrays.blocks import apply_in_blocks
from cgraph_cli.evaluation.arrays.derivatives import Array, Shape, fill
from cgraph_cli.evaluation.arrays.derived import DERIVED
from cgraph_cli.evaluation.arrays.functions import FUNCTIONS, Function, lift, lift_others, number
from cgraph_cli.evaluation.arrays.maps import Bound, ElementwiseMap, PartialMap, by_shapes
from cgraph_cli.evaluation.arrays.reductions import compile_reduction
from cgraph_cli.evaluation.arrays.structural import STRUCTURES
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import TEMPLATES, Algebra, Kernel, KernelWriter, MissingKernel
from cgraph_cli.evaluation.rule_parser import rule
from cgraph_cli.evaluation.straight_line import compile_graph

__all__ = ["ARRAYS", "Arrays", "fill", "ieee"]

_MOST_KERNELS = 10_000
"""The most kernels that are kept."""


def ieee() -> Any:
    """Make the context in which NumPy divides by 0 without a warning."""
    return np.errstate(all="ignore")


class Arrays(Algebra):
    """Arrays that broadcast, of doubles if nothing else is said, and numbers that stand for all elements."""

    def __init__(
        self, functions: Mapping[str, Function], name: str = "arrays", number: Callable[[Any, str], Any] = number
    ) -> None:
        super().__init__(name, functions, number, {}, of_truth="({0}*1.0)")
        self._shaped: dict[str, Kernel] = {}

    def function(self, name: str) -> Callable[..., Any]:
        """Return the value of a primitive; one that NumPy lacks is approximated, or computed element by element."""
        try:
            return super().function(name)
        except MissingKernel:
            try:
                self._functions[name] = self._approximation(name)
            except MissingDefinition:
                slow = lift(DOUBLE.function(name))
                self._functions[name] = self._by_order(slow) if name == "polygamma" else slow
            return self._functions[name]

    def _approximation(self, name: str) -> Callable[..., Any]:
        body = defined(name).graph
        with ieee():  # the definition says `inf - inf` there
            run = compile_graph(body, [body.output], self, reuses=True)
        return lambda x: run(x)[0]

    def _by_order(self, slow: Callable[..., Any]) -> Callable[..., Any]:
        """Approximate `polygamma` of a literal order, away from zeros, where it would lose digits."""
        known: dict[float, Callable[..., Any]] = {}

        def call(order: Any, x: Any) -> Any:
            if not isinstance(order, float) or order not in range(1, MOST_ORDERS + 1):
                return slow(order, x)
            if order not in known:
                known[order] = self._approximation(f"polygamma_{order:.0f}")
            rest = np.less_equal(x, 0)
            found = np.array(known[order](np.where(rest, 1.0, x)))
            if rest.any():
                found[rest] = slow(order, np.asarray(x)[rest])
            return found[()]

        return call

    def others(self, name: str) -> Callable[[Sequence[Any]], list[Any]]:
        """Return the function that leaves out each operand of a variadic primitive in turn."""
        return lift_others(DOUBLE.others(name))

    def kernel(self, name: str) -> Kernel:
        """Return the kernel of an operation; its partials know the shapes of the operands and the result."""
        known = self._shaped.get(name)
        if known is None:
            known = self._structural(name) or self._elementwise(PRIMITIVES[name])
            if not is_long(name):
                if len(self._shaped) >= _MOST_KERNELS:
                    self._shaped.clear()
                self._shaped[name] = known
        return known

    def _structural(self, name: str) -> Kernel | None:
        """Return the kernel of a structural operation, whose name has its static arguments."""
        primitive, args = split(name)
        operation = STRUCTURES.get(primitive) or DERIVED.get(primitive)
        if operation is not None:
            places = (np.array(each, dtype=int) if isinstance(each, list) else each for each in args)
            return by_shapes(partial(operation, tuple(places)))
        return by_shapes(compile_reduction(self, primitive, *args)) if args else None

    def _elementwise(self, primitive: Primitive) -> Kernel:
        """Return the kernel of an elementwise operation, whose partials are computed when they are asked for."""
        if primitive.variadic:
            whole = super().kernel(primitive.name)

            def of_all(*operands: Array) -> Sequence[Any]:
                value, *partials = whole(*operands)
                shape = np.shape(value)
                maps = (ElementwiseMap(_itself, shape, np.shape(x)) for x in operands)
                return (value, *(PartialMap(map, (each,)) for map, each in zip(maps, partials, strict=True)))

            return of_all
        rules = [self._partial(primitive, position) for position in range(len(primitive.parameters))]
        function = self.function(primitive.name)
        if primitive.name not in FUNCTIONS and primitive.name not in TEMPLATES:
            function = partial(apply_in_blocks, function)

        def compute(*operands: Array) -> tuple[Array, Sequence[Array]]:
            value = function(*operands)
            if primitive.is_truth:
                value = value * 1.0
            return value, (value, *operands)

        def bind(*shapes: Shape) -> Bound:
            shape = np.broadcast_shapes(*shapes)
            maps = (
                local and ElementwiseMap(local[0], shape, x, local[1]) for local, x in zip(rules, shapes, strict=True)
            )
            return Bound(compute, list(maps))

        return by_shapes(bind)

    def _partial(self, primitive: Primitive, position: int) -> tuple[Callable[..., Any], bool] | None:
        """Compile one partial of a row as a function of the result and the operands; None where there is none.

        Returns also whether it takes steps, and every element depends: then it is computed in blocks.
        """
        local = rule(primitive)
        branches = local.branches(position)
        if all(branch.partial is None for branch in branches):
            return None
        wanted = {node for branch in branches for node in branch if node is not None}
        writer = KernelWriter(self)
        part, became = local.graph.part(wanted)
        names = dict(zip(became, writer.write(part), strict=True))
        in_blocks = bool(writer.lines) and all(branch.partial is not None for branch in branches)
        writer.result(writer.choice(branches, names))
        return writer.compile(f"def partial(f, {', '.join(primitive.parameters)}):", "partial"), in_blocks


def _itself(partial: Any) -> Any:
    return partial


ARRAYS = Arrays(FUNCTIONS)
"""The arithmetic of many numbers at once."""
