"""Bounds of the errors of nodes, as nodes: those of `evaluation.bounded`, for whole columns of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.operation_errors import UNIT
from cgraph_cli.evaluation.rule_parser import definition, rule, text_graph
from cgraph_cli.results.rows.arithmetic import Arithmetic
from cgraph_cli.symbolic.graph_builder import ONE, ZERO, GraphBuilder, Number, Value
from cgraph_cli.symbolic.inlining import Inlined
from cgraph_cli.symbolic.rewriting.ranges import range_of

MARGIN = 1 + 1e-6
"""A factor that covers the rounding of a bound itself, and the products of errors; small enough for chains of 10⁵
nodes."""

_SMALL_STEP = 1e-11
"""The largest error of an operand whose square is negligible, where a primitive changes over a length of 1."""

_MOST_RATIOS = 3
"""The most ratios that are summed into one."""

_NEARLY = 0.6
"""The part of the largest factor from which a loose sum takes another for it."""

_FAR_FROM_POLES = 1e-8
"""The largest error, as a part of the result, that keeps it away from a pole of the primitive."""

NO_DOUBT: frozenset[int] = frozenset()


class Error(NamedTuple):
    """A bound of a node's error, `factor` times `size`: a node that bounds the node's size, or None for that itself.

    With a `ratio`, a node that is never negative, it is `factor` and `part` times that, as a part of the node itself.
    """

    factor: float
    size: Value | None = None
    ratio: int | None = None
    part: float = 0.0

    @property
    def is_plain(self) -> bool:
        """True where the error is a part of the node that is known ahead."""
        return self.size is None and self.ratio is None


EXACT = Error(0.0)


class _DefiningBuilder(GraphBuilder):
    """A builder that writes primitives by their definitions, as programs are certified."""

    def emit(self, operation: str, *operands: Value) -> Value:
        """Append an operation on values, or those of its definition."""
        row = PRIMITIVES[operation]
        body = definition(row)
        if body is None:
            return super().emit(operation, *operands)
        scope = dict(zip(row.parameters, operands, strict=True))
        found: list[Value] = []
        for node, inner in enumerate(body.operations):
            if inner == INPUT:
                found.append(scope[body.names[node] or ""])
            elif inner == CONSTANT:
                found.append(Number(body.constant(node), body.spellings.get(node, "")))
            else:
                found.append(self.emit(inner, *(found[operand] for operand in body.operands_of(node))))
        return found[body.output]


class ErrorWriter:
    """A writer of nodes, each with the bound of its error; the truths that it returns cast doubt on the bound."""

    def __init__(self, graph: Graph, loose: bool, arithmetic: Arithmetic) -> None:
        self.loose = loose
        self.arithmetic = arithmetic
        self.unit = arithmetic.unit
        self.graph = graph
        self.nodes: GraphBuilder = _DefiningBuilder(graph)
        self.errors: dict[int, Error] = {}
        self._smooth: dict[int, tuple[Error, frozenset[int]]] = {}
        self._positive: dict[int, bool] = {}

    def _error_of_sum(self, row: Primitive, node: int, given: Sequence[int], errors: Sequence[Error]) -> Error:
        factors, rounding = [error.factor for error in errors], self.unit * (len(given) if row.pair else 1)
        if not any(factors):
            return Error(rounding)
        if row.name != "-" and self._are_relative(errors) and all(map(self._is_positive, given)):
            return self._relative_error(max(factors) + rounding, errors, max)
        if self.loose:
            terms = [(factor + rounding, self._size(each)) for each, factor in zip(given, factors, strict=True)]
            return self._weighed(terms)
        moved = (self._bound(each) for each, factor in zip(given, factors, strict=True) if factor)
        return Error(1.0, self._sum([*moved, self._part(rounding, node)]))

    def _error_of_product(self, node: int, given: Sequence[int], errors: Sequence[Error]) -> Error:
        factor = sum(error.factor for error in errors) + self.unit * max(len(given) - 1, 1)
        if self._are_relative(errors):
            return self._relative_error(factor, errors)
        emit = self.nodes.emit
        if self.loose and (len(given) != 2 or any(error.size is None for error in errors)):
            size = reduce(lambda x, y: emit("*", x, y), map(self._size, given))
            sized = sum(error.factor for error in errors if not error.is_plain)
            if len(given) == 2 and factor > 2 * sized:
                return self._weighed([(sized, size), (factor - sized, self._absolute(node))])
            return Error(factor, size)
        x, y = given
        first, second = (error.factor > 0 for error in errors)
        terms = [emit("*", self._bound(x), self._absolute(y))] if first else []
        if second:
            around = emit("+", self._absolute(x), self._bound(x)) if first else self._absolute(x)
            terms.append(emit("*", self._bound(y), around))
        return Error(1.0, self._sum([*terms, self._part(self.unit, node)]))

    def _error_of_quotient(
        self, node: int, given: Sequence[int], errors: Sequence[Error]
    ) -> tuple[Error, frozenset[int]]:
        emit, (x, y), (above, below) = self.nodes.emit, given, errors
        factor = above.factor + below.factor + self.unit
        if self._are_relative(errors):
            return self._relative_error(factor, errors), self._unless_near(below)
        divisor = self._absolute(y)
        ratio = None if below.is_plain else emit("/", self._size(y), divisor)
        doubts = NO_DOUBT if ratio is None else self._unless_below(ratio, _FAR_FROM_POLES / below.factor)
        part = EXACT if ratio is None else Error(0.0, None, self.nodes.node(ratio), below.factor)
        if self._are_relative([above, part]):  # whatever is made of it by products and quotients has the same ratio
            return self._relative_error(above.factor + self.unit, [above, part]), doubts
        if not self.loose:
            terms = [self._bound(x)] if above.factor else []
            terms += [emit("*", self._absolute(node), self._bound(y))] if below.factor else []
            moved = self._sum(terms)
            return Error(1.0, emit("+", emit("/", moved, divisor), self._part(self.unit, node))), doubts
        size = emit("/", self._size(x), divisor)
        return Error(factor, size if ratio is None else emit("*", size, ratio)), doubts

    def _error_of_pick(self, node: int, given: Sequence[int], errors: Sequence[Error]) -> Error:
        if self._are_relative(errors):
            return self._relative_error(2 * max(error.factor for error in errors), errors, max)
        if self.loose:
            return Error(max(error.factor for error in errors), self._sum(self._size(each) for each in given))
        emit = self.nodes.emit
        return Error(1.0, self._sum(emit("where", emit("==", x, node), self._bound(x), ZERO) for x in given))

    def _smooth_error(
        self, row: Primitive, node: int, given: Sequence[int], errors: Sequence[Error]
    ) -> tuple[Error, frozenset[int]]:
        """Bound the error of a primitive by its slopes and its own rounding."""
        if node not in self._smooth:
            self._smooth[node] = self._find_smooth_error(row, node, given, errors)
        return self._smooth[node]

    def _find_smooth_error(
        self, row: Primitive, node: int, given: Sequence[int], errors: Sequence[Error]
    ) -> tuple[Error, frozenset[int]]:
        nodes = self.nodes
        rounding, own = self._rounding(row, node, given)
        factors = [error.factor for error in errors]
        if not any(factors):
            return Error(rounding, own), NO_DOUBT
        if self._are_relative(errors) and own is None:
            exponent = nodes.number(given[-1]) if row.name == "^" else None
            times = 1.0 if exponent is None else abs(exponent)
            if row.root or exponent is not None:
                _, _, ratio, part = self._relative_error(0.0, errors, max)
                error = Error(times * max(factors) + rounding, None, ratio if times else None, times * part)
                return error, self._unless_near(error)
        if not any(rule(row).depends(position) for position in range(len(given))):
            return Error(rounding), self._unless_steady(row, given, EXACT, None)
        if row.growth:
            error = Error(rounding, None, nodes.node(self._size(given[0])), row.growth * factors[0] * MARGIN)
            return error, self._unless_near(error)
        inlined = Inlined(nodes, node)
        terms: list[tuple[float, Value]] = []
        if rounding:
            terms.append((rounding, self._absolute(node) if own is None else own))
        doubts = NO_DOUBT
        for position, (operand, error) in enumerate(zip(given, errors, strict=True)):
            partial = inlined.partial(position) if error.factor else None
            if partial is not None:
                if partial.divisor == self._size(operand):  # as of a logarithm, which moves by the part
                    terms.append((error.factor * MARGIN, self._absolute(nodes.node(partial.value))))
                else:
                    factor, size = (error.factor, self._size(operand)) if self.loose else (1.0, self._bound(operand))
                    slope = self._absolute(nodes.node(inlined.whole(partial)))
                    terms.append((factor, nodes.emit("*", slope, size)))
                doubts |= self._unless_small(row, operand, error)
        error = self._weighed(terms)
        if row.harmless:
            moved = nodes.emit("*", Number(error.factor / _FAR_FROM_POLES), error.size or ONE)
            doubts |= self._unless(nodes.emit("<=", moved, self._absolute(node)))
        return error, doubts | self._unless_steady(row, given, error, node)

    def _unless_near(self, error: Error) -> frozenset[int]:
        """Doubt a number whose error may bring it near a pole."""
        if error.ratio is None:
            return NO_DOUBT
        return self._unless_below(error.ratio, (_FAR_FROM_POLES - error.factor) / error.part)

    def _unless_below(self, node: Value, limit: float) -> frozenset[int]:
        return self._unless(self.nodes.emit("<=", node, Number(limit)))

    def _unless_small(self, row: Primitive, operand: int, error: Error) -> frozenset[int]:
        """Doubt an operand whose error is large beside the length over which the primitive changes."""
        if error.is_plain and not row.period:
            return NO_DOUBT
        length = ONE if row.period else self.nodes.emit("+", ONE, self._absolute(operand))
        step = self.nodes.emit("*", Number(error.factor / _SMALL_STEP), self._size(operand))
        return self._unless(self.nodes.emit("<=", step, length))

    def _unless_steady(self, row: Primitive, given: Sequence[int], error: Error, node: int | None) -> frozenset[int]:
        """Doubt a primitive with jumps whose value changes, beyond its error, within the errors of its operands."""
        if not row.jumps:
            return NO_DOUBT
        ends = []
        for sign in ("+", "-"):
            moved = [self.nodes.emit(sign, each, self._bound(each)) for each in given]
            ends.append(self.nodes.emit(row.name, *moved))
        apart = self.nodes.emit("abs", self.nodes.emit("-", *ends))
        allowed = ZERO if node is None else self.nodes.emit("*", Number(4 * error.factor), error.size or ONE)
        return self._unless(self.nodes.emit("<=", apart, allowed))

    def _rounding(self, row: Primitive, node: int, given: Sequence[int]) -> tuple[float, Value | None]:
        """Bound the rounding of a primitive's own function: a factor, and a size if it is not the result's."""
        factor, size = self._rounding_of_table(row, node, given)
        if row.name in self.arithmetic.narrow:
            factor *= UNIT / self.unit
        elif factor and (row.notation == "call" or row.name == "^"):
            factor = max(factor, self.arithmetic.function)
        return factor, size

    def _rounding_of_table(self, row: Primitive, node: int, given: Sequence[int]) -> tuple[float, Value | None]:
        if row.exact or row.picks:
            return 0.0, None
        if not row.error:
            return 2 * self.unit, None
        text = text_graph(row.error, f"error of {row.name}")
        operands = text.operands_of(text.output)
        if text.operations[text.output] == "abs":
            return self.unit, None
        first = text.numbers[operands[0]]
        if first is not None and text.operations[operands[1]] == "abs":
            return first * self.unit, None
        scope: dict[str, Value] = {"f": node, "n": Number(float(len(given)))}
        scope |= {} if row.variadic else dict(zip(row.parameters, given, strict=True))
        found: list[Value] = []
        for inner, operation in enumerate(text.operations):
            if operation == INPUT:
                found.append(scope[text.names[inner] or ""])
            elif operation == CONSTANT:
                found.append(Number(text.constant(inner)))
            else:
                found.append(self.nodes.emit(operation, *(found[operand] for operand in text.operands_of(inner))))
        return self.unit, found[text.output]

    def _if(self, truth: Value) -> frozenset[int]:
        number = self.nodes.number(truth)
        return NO_DOUBT if number == 0 else frozenset({self.nodes.node(truth)})

    def _unless(self, truth: Value) -> frozenset[int]:
        if isinstance(truth, int) and self.graph.operations[truth] == "!=":  # a pole is doubted as that already
            return self._if(self.nodes.emit("==", *self.graph.operands_of(truth)))
        return self._if(self.nodes.emit("not", truth))

    # Sizes

    def _set(self, node: int, error: Error) -> None:
        self.errors[node] = error

    def _absolute(self, node: int) -> Value:
        if self.graph.operations[node] == "neg":
            return self._absolute(self.graph.operands_of(node)[0])
        return node if self._is_positive(node) else self.nodes.emit("abs", node)

    def _is_positive(self, node: int) -> bool:
        """Tell whether a node is never negative, from the ranges of primitives."""
        if node not in self._positive:
            operation, operands = self.graph.operations[node], self.graph.operands_of(node)
            number = self.nodes.number(node)
            if number is not None or operation == INPUT:
                found = number is not None and number >= 0
            elif operation in ("+", "*", "/"):
                found = all(map(self._is_positive, operands))
            elif operation == "^":
                exponent = self.nodes.number(operands[1])
                found = (exponent is not None and exponent % 2 == 0) or self._is_positive(operands[0])
            else:
                found = range_of(operation).low >= 0
            self._positive[node] = found
        return self._positive[node]

    def _size(self, node: int) -> Value:
        factor, size, ratio, part = self.errors[node]
        if size is not None:
            return size
        if ratio is None:
            return self._absolute(node)
        emit = self.nodes.emit
        more = emit("+", ONE, emit("*", Number(part / factor), ratio))
        return emit("*", more, self._absolute(node))

    def _bound(self, node: int) -> Value:
        factor = self.errors[node].factor
        return self.nodes.emit("*", Number(factor * MARGIN), self._size(node)) if factor else ZERO

    def _part(self, factor: float, node: int) -> Value:
        return self.nodes.emit("*", Number(factor), self._absolute(node))

    def _sum(self, terms: Iterable[Value]) -> Value:
        return reduce(lambda x, y: self.nodes.emit("+", x, y), terms)

    def _weighed(self, terms: Iterable[tuple[float, Value]]) -> Error:
        """Join errors, which are factors of sizes; a loose one leaves out factors that are nearly the largest."""
        terms = list(terms)
        most = max(factor for factor, _ in terms) if self.loose else 1.0
        return Error(
            most,
            self._sum(
                size if factor > _NEARLY * most and self.loose else self.nodes.emit("*", Number(factor / most), size)
                for factor, size in terms
            ),
        )

    def _are_relative(self, errors: Sequence[Error]) -> bool:
        """Tell whether errors are parts of their nodes, in a few ratios at most."""
        return all(error.size is None for error in errors) and len(_ratios(errors)) <= _MOST_RATIOS

    def _relative_error(
        self, factor: float, errors: Sequence[Error], join: Callable[[Iterable[float]], float] = sum
    ) -> Error:
        """Make the error with the ratios of others; `join` joins the parts of one ratio, as their factors are."""
        parts = {ratio: join(each.part for each in errors if each.ratio == ratio) for ratio in _ratios(errors)}
        if len(parts) < 2:
            return Error(factor, None, *next(iter(parts.items()), (None, 0.0)))
        terms = (self.nodes.emit("*", Number(part), ratio) for ratio, part in parts.items())
        return Error(factor, None, self.nodes.node(self._sum(terms)), MARGIN)


def _ratios(errors: Iterable[Error]) -> list[int]:
    return list(dict.fromkeys(error.ratio for error in errors if error.ratio is not None))
