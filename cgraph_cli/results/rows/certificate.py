"""Certificates: a program that computes beside its numbers whether doubles are sure of them.

The bounds are those of `trust.bounds` as nodes of the graph, so that every algebra and target computes them. A node's
error is a factor, which is known before any number is, times a size: that of the node itself where nothing cancels,
so that a product needs no bound at run time. Elsewhere a `loose` certificate sums the sizes of the terms, which costs
an operation or two, and a tight one the errors of the terms. A certificate may doubt too much, and never too little:
the rows in doubt of the first are put to the second, and those in doubt of that to `report`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from functools import reduce
from math import inf
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES, TRUTHS, Primitive
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.kernels import ASKED
from cgraph_cli.evaluation.operation_errors import NORMAL, PI_ERROR, UNIT
from cgraph_cli.evaluation.rule_parser import condition, definition, rule, text_graph
from cgraph_cli.symbolic.graph_builder import ONE, ZERO, GraphBuilder, Number, Value
from cgraph_cli.symbolic.inlining import Inlined
from cgraph_cli.trust.lost_digits import LOST

_MARGIN = 1.01
"""Covers the rounding of the bounds themselves, and their products."""

_SMALL_STEP = 1e-8
"""An error of an operand up to which the square of it is no matter, where a primitive changes over a length of 1."""

_FAR_FROM_POLES = 1e-4
"""The part of a result up to which an error keeps it away from a pole of the primitive."""


_MOST_DOUBTS = 16
"""The doubts of a node that stand apart, so that two nodes which share some join them once."""


class Error(NamedTuple):
    """A bound of a node's error, `factor` times `size`: a node no smaller than the node's size, or None for that."""

    factor: float
    size: Value | None = None


class Role(Enum):
    """Where an operation stands, and so what of it casts doubt.

    In the program: its row's conditions, and its truths where they change or are undecided. In a definition or a
    rule, whose branches join: its row's domain and poles. In a condition: its truths where they are undecided.
    """

    PROGRAM = ASKED
    RULE = ("poles", "domain")
    CONDITION = ()


class Doubted(NamedTuple):
    """A node of the certified program, and the truths that cast doubt on it where they hold."""

    node: int
    doubts: frozenset[int]


EXACT = Error(0.0)
_NO_DOUBT: frozenset[int] = frozenset()


class Certificate(NamedTuple):
    """A program with its doubts: `nodes` are the numbers asked for, and `doubt` is nonzero where one is in doubt."""

    graph: Graph
    nodes: list[int]
    doubt: int


def certify(graph: Graph, nodes: Sequence[int], derived: Collection[int] = (), *, loose: bool = False) -> Certificate:
    """Write a program that computes some nodes, and whether they are in doubt.

    `derived` are nodes of derivatives: what their rules compare is no event of its own, as a rule changes its branch
    only where the primitive's own conditions hold. A `loose` certificate holds where nothing underflowed, overflowed or
    was invalid, which is left to others to watch.
    """
    certifier = _Certifier(graph, loose)
    hidden = graph.hidden.union(derived)
    live = ancestors(graph, nodes)
    known: dict[int, Doubted] = {}
    for node in graph.inputs():
        known[node] = certifier.append_input(node)
    for node, operation in enumerate(graph.operations):
        if node in live and operation == CONSTANT:
            known[node] = certifier.append_constant(graph.constant(node), graph.spellings.get(node, ""))
        elif node in live and operation != INPUT:
            operands = [known[operand] for operand in graph.operands_of(node)]
            known[node] = certifier.write(operation, operands, Role.RULE if node in hidden else Role.PROGRAM)
    asked = [known[node] for node in nodes]
    doubts = frozenset().union(*(each.doubts | certifier.final_doubts(each.node) for each in asked))
    return Certificate(certifier.graph, [each.node for each in asked], certifier.any_of(doubts))


class _Certifier:
    """Writes nodes with their errors and doubts."""

    def __init__(self, program: Graph, loose: bool) -> None:
        self.program = program
        self.loose = loose
        self.graph = Graph(program.source, program.max_nodes)
        self.nodes = GraphBuilder(self.graph)
        self.errors: dict[int, Error] = {}
        self.known: set[int] = set()
        self._smooth: dict[int, tuple[Error, frozenset[int]]] = {}

    def append_input(self, node: int) -> Doubted:
        """Append an input, which is in doubt where it is not finite."""
        copy = self.graph.append_input(self.program.names[node] or "", 0, self.program.numbers[node])
        self.errors[copy] = EXACT
        return Doubted(copy, frozenset({self._not_finite(copy)}))

    def append_constant(self, number: float, spelling: str) -> Doubted:
        """Append a constant; of the named ones π has an error."""
        node = self.nodes.node(Number(number, spelling))
        self.errors[node] = Error(PI_ERROR) if spelling in ("pi", "π") else EXACT
        self.known.add(node)
        return Doubted(node, _NO_DOUBT)

    def write(self, operation: str, operands: Sequence[Doubted], role: Role) -> Doubted:
        """Write an operation that stands in some role."""
        if operation == "identity":
            return operands[0]
        row = PRIMITIVES[operation]
        if operation == "where":
            return self._where(operands, role)
        body = definition(row)
        if body is not None:
            scope = dict(zip(row.parameters, operands, strict=True))
            result = self._inline(body, scope, Role.RULE)
        else:
            result = self._primitive(row, operands)
        doubts = self._joined(result.doubts.union(*(operand.doubts for operand in operands)))
        if row.is_truth:
            doubts |= self._undecided(operation, operands, role)
        else:
            for column in role.value:
                doubts |= self._condition(row, column, result.node, operands)
        return Doubted(result.node, doubts)

    def final_doubts(self, node: int) -> frozenset[int]:
        """Return what casts doubt on a number that is asked for: its digits, and whether it is finite."""
        doubts = frozenset({self._not_finite(node)})
        error = self.errors[node]
        if error.size is None and error.factor * _MARGIN <= LOST:
            return doubts
        allowed = self.nodes.emit("*", Number(error.factor * _MARGIN / LOST), self._size(node))
        return doubts | self._unless(self.nodes.emit("<=", allowed, self._absolute(node)))

    def _joined(self, doubts: frozenset[int]) -> frozenset[int]:
        """Join doubts that are many into one, so that a long chain carries few."""
        return doubts if len(doubts) <= _MOST_DOUBTS else frozenset({self.any_of(doubts)})

    def any_of(self, doubts: Iterable[int]) -> int:
        """Join doubts into one."""
        joined: Value = ZERO
        for doubt in sorted(doubts):
            joined = self.nodes.emit("or", joined, doubt)
        return self.nodes.node(joined)

    # Values

    def _inline(self, body: Graph, scope: Mapping[str, Doubted], role: Role) -> Doubted:
        """Write a text of the table."""
        became: list[Doubted] = []
        for node, operation in enumerate(body.operations):
            if operation == INPUT:
                became.append(scope[body.names[node] or ""])
            elif operation == CONSTANT:
                became.append(self.append_constant(body.constant(node), body.spellings.get(node, "")))
            else:
                operands = [became[operand] for operand in body.operands_of(node)]
                became.append(self.write(operation, operands, role))
        return became[body.output]

    def _where(self, operands: Sequence[Doubted], role: Role) -> Doubted:
        asked, first, second = operands
        nodes = self.nodes
        number = nodes.number(asked.node)
        if number is not None:
            taken = first if number else second
            return Doubted(taken.node, taken.doubts | asked.doubts)
        node = nodes.node(nodes.emit("where", asked.node, first.node, second.node))
        errors = [self.errors[first.node], self.errors[second.node]]
        size = None
        if any(error.size is not None for error in errors):
            choose = self._size if self.loose else self._bound
            size = nodes.emit("where", asked.node, choose(first.node), choose(second.node))
        tight = size is not None and not self.loose
        self._set(node, Error(1.0 if tight else max(error.factor for error in errors), size))
        both = first.doubts & second.doubts
        doubts = asked.doubts | both
        if not self._is_truth(asked.node):
            doubts |= self._undecided("not", [asked], role)
        sides = [(asked.node, first.doubts - both), (nodes.emit("not", asked.node), second.doubts - both)]
        for side, inner in sides:
            if inner:
                doubts |= {nodes.node(nodes.emit("and", side, self.any_of(inner)))}
        return Doubted(node, doubts)

    def _primitive(self, row: Primitive, operands: Sequence[Doubted]) -> Doubted:
        given = [operand.node for operand in operands]
        node = self.nodes.node(self.nodes.emit(row.name, *given))
        if row.is_truth and node in given and not self._is_truth(node):
            node = self.nodes.node(self.nodes.emit("!=", node, ZERO))  # `x and 1`, which is x to a condition
        if self.graph.operations[node] in (CONSTANT, INPUT) or node in given:
            self.errors.setdefault(node, EXACT)
            return Doubted(node, _NO_DOUBT)
        errors = [self.errors[each] for each in given]
        doubts = _NO_DOUBT
        if row.is_truth:
            error = EXACT
        elif row.name in ("neg", "abs"):
            error = errors[0]
        elif "+" in (row.pair, row.name) or row.name == "-":
            error = self._error_of_sum(node, given, errors)
        elif "*" in (row.pair, row.name) and (self.loose or len(given) == 2 or self._are_plain(errors)):
            error = self._error_of_product(node, given, errors)
        elif row.name == "/":
            error, doubts = self._error_of_quotient(node, given, errors)
        elif row.picks:
            error = self._error_of_pick(node, given, errors)
        else:
            error, doubts = self._smooth_error(row, node, given, errors)
        self._set(node, error)
        return Doubted(node, doubts | self._range_doubts(row, node, given))

    def _error_of_sum(self, node: int, given: Sequence[int], errors: Sequence[Error]) -> Error:
        factors, rounding = [error.factor for error in errors], UNIT * max(len(given) - 1, 1)
        if not any(factors):
            return Error(rounding)
        if self.loose:
            return Error(max(factors) + rounding, self._sum(self._size(each) for each in given))
        return Error(1.0, self._sum([*map(self._bound, given), self._part(rounding, node)]))

    def _error_of_product(self, node: int, given: Sequence[int], errors: Sequence[Error]) -> Error:
        factor = sum(error.factor for error in errors) + UNIT * max(len(given) - 1, 1)
        if self._are_plain(errors):
            return Error(factor)
        emit = self.nodes.emit
        if self.loose:
            return Error(factor, reduce(lambda x, y: emit("*", x, y), map(self._size, given)))
        x, y = given
        around = emit("+", self._absolute(x), self._bound(x))
        terms = [
            emit("*", self._bound(x), self._absolute(y)),
            emit("*", self._bound(y), around),
            self._part(UNIT, node),
        ]
        return Error(1.0, self._sum(terms))

    def _error_of_quotient(
        self, node: int, given: Sequence[int], errors: Sequence[Error]
    ) -> tuple[Error, frozenset[int]]:
        emit, (x, y), (above, below) = self.nodes.emit, given, errors
        factor = above.factor + below.factor + UNIT
        if self._are_plain(errors):
            return Error(factor), _NO_DOUBT
        divisor, doubts = self._absolute(y), _NO_DOUBT
        if below.size is not None:
            ratio = emit("/", self._size(y), divisor)
            doubts = self._unless(emit("<=", ratio, Number(_FAR_FROM_POLES / below.factor)))
        if not self.loose:
            moved = emit("+", self._bound(x), emit("*", self._absolute(node), self._bound(y)))
            return Error(1.0, emit("+", emit("/", moved, divisor), self._part(UNIT, node))), doubts
        size = emit("/", self._size(x), divisor)
        return Error(factor, size if below.size is None else emit("*", size, ratio)), doubts

    def _error_of_pick(self, node: int, given: Sequence[int], errors: Sequence[Error]) -> Error:
        if self._are_plain(errors):
            return Error(2 * max(error.factor for error in errors))
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
            return Error(rounding, own), _NO_DOUBT
        if self._are_plain(errors) and own is None:
            if row.root:
                return Error(max(factors) + rounding), _NO_DOUBT
            exponent = nodes.number(given[-1])
            if row.name == "^" and exponent is not None:
                return Error(abs(exponent) * factors[0] + rounding), _NO_DOUBT
        if not any(rule(row).depends(position) for position in range(len(given))):
            return Error(rounding), self._unless_steady(row, given, EXACT, None)
        inlined = Inlined(nodes, node)
        terms: list[Value] = []
        if rounding:
            size = self._absolute(node) if own is None else own
            terms.append(size if self.loose else self.nodes.emit("*", Number(rounding), size))
        doubts = _NO_DOUBT
        for position, (operand, error) in enumerate(zip(given, errors, strict=True)):
            partial = inlined.partial(position) if error.factor else None
            if partial is not None:
                slope = self._absolute(nodes.node(inlined.whole(partial)))
                terms.append(nodes.emit("*", slope, self._size(operand) if self.loose else self._bound(operand)))
                doubts |= self._unless_small(row, operand, error)
        error = Error(max(*factors, rounding) if self.loose else 1.0, self._sum(terms))
        if row.harmless:
            moved = nodes.emit("*", Number(error.factor / _FAR_FROM_POLES), error.size or ONE)
            doubts |= self._unless(nodes.emit("<=", moved, self._absolute(node)))
        return error, doubts | self._unless_steady(row, given, error, node)

    def _unless_small(self, row: Primitive, operand: int, error: Error) -> frozenset[int]:
        """Doubt an operand's error that is not small beside the length over which the primitive changes."""
        if error.size is None and not row.period:
            return _NO_DOUBT
        length = ONE if row.period else self.nodes.emit("+", ONE, self._absolute(operand))
        step = self.nodes.emit("*", Number(error.factor / _SMALL_STEP), self._size(operand))
        return self._unless(self.nodes.emit("<=", step, length))

    def _unless_steady(self, row: Primitive, given: Sequence[int], error: Error, node: int | None) -> frozenset[int]:
        """Doubt a primitive with jumps that has another value, beyond its error, where its operands are off."""
        if not row.jumps:
            return _NO_DOUBT
        ends = []
        for sign in ("+", "-"):
            moved = [self.nodes.emit(sign, each, self._bound(each)) for each in given]
            ends.append(self.nodes.emit(row.name, *moved))
        apart = self.nodes.emit("abs", self.nodes.emit("-", *ends))
        allowed = ZERO if node is None else self.nodes.emit("*", Number(4 * error.factor), error.size or ONE)
        return self._unless(self.nodes.emit("<=", apart, allowed))

    def _rounding(self, row: Primitive, node: int, given: Sequence[int]) -> tuple[float, Value | None]:
        """Bound the rounding of a primitive's own function: a factor, and a size other than the result's."""
        if row.exact or row.picks:
            return 0.0, None
        if not row.error:
            return 2 * UNIT, None
        text = text_graph(row.error, f"error of {row.name}")
        operands = text.operands_of(text.output)
        if text.operations[text.output] == "abs":
            return UNIT, None
        first = text.numbers[operands[0]]
        if first is not None and text.operations[operands[1]] == "abs":
            return first * UNIT, None
        scope = {parameter: Doubted(each, _NO_DOUBT) for parameter, each in zip(row.parameters, given)}  # noqa: B905
        scope |= {"f": Doubted(node, _NO_DOUBT), "n": self.append_constant(float(len(given)), "")}
        self.errors.setdefault(node, EXACT)
        return UNIT, self._inline(text, scope, Role.RULE).node

    # Doubts

    def _undecided(self, operation: str, operands: Sequence[Doubted], role: Role) -> frozenset[int]:
        """Doubt a truth where its operands' errors do not decide it, and where it changes where that is an event."""
        if role is Role.RULE:
            return _NO_DOUBT
        nodes, given = self.nodes, [operand.node for operand in operands]
        if operation in ("and", "or", "not"):
            pairs: list[tuple[int, Value]] = [(each, ZERO) for each in given if not self._is_truth(each)]
        else:
            pairs = [(given[0], given[1])]
        doubts = _NO_DOUBT
        for x, y in pairs:
            other = nodes.node(y)
            if operation == "==" and self._is_pick_of(other, x):
                continue  # only where that ties, which is a kink of its own
            errors = [self.errors[x], self.errors.setdefault(other, EXACT)]
            if not any(error.factor for error in errors):
                if role is Role.PROGRAM and None in (nodes.number(x), nodes.number(other)) and x != other:
                    doubts |= self._if(nodes.emit("==", x, other))
                continue
            apart = (
                self._absolute(nodes.node(nodes.emit("-", x, other))) if nodes.number(other) != 0 else self._absolute(x)
            )
            off = self._sum(self._bound(each) for each, error in zip((x, other), errors, strict=True) if error.factor)
            doubts |= self._unless(nodes.emit(">", apart, off))
        return doubts

    def _condition(self, row: Primitive, column: str, node: int, operands: Sequence[Doubted]) -> frozenset[int]:
        """Doubt a result where a condition of its row holds, or may hold."""
        text = condition(row, column)
        if text is None:
            return _NO_DOUBT
        scope = {"f": Doubted(node, _NO_DOUBT)}
        if row.variadic:
            scope |= {"n": self.append_constant(float(len(operands)), "")}
            if "ties" in text.nodes:
                if len(operands) == 1:
                    return _NO_DOUBT
                scope["ties"] = self._ties(node, [operand.node for operand in operands])
        else:
            scope |= {p: Doubted(o.node, _NO_DOUBT) for p, o in zip(row.parameters, operands, strict=True)}
        held = self._inline(text, scope, Role.CONDITION)
        return held.doubts | (self._unless(held.node) if column == "domain" else self._if(held.node))

    def _ties(self, node: int, given: Sequence[int]) -> Doubted:
        """Count the operands that are, or may be, equal to the result."""
        equal: list[Value] = []
        for each in given:
            if self.errors[each].factor or self.errors[node].factor:
                off = self.nodes.emit("+", self._bound(each), self._bound(node))
                apart = self.nodes.emit("abs", self.nodes.emit("-", each, node))
                equal.append(self.nodes.emit("<=", apart, off))
            else:
                equal.append(self.nodes.emit("==", each, node))
        count = self.nodes.node(self._sum(equal))
        self.errors[count] = EXACT
        return Doubted(count, _NO_DOUBT)

    def _range_doubts(self, row: Primitive, node: int, given: Sequence[int]) -> frozenset[int]:
        """Doubt what passes the largest double, or what lost digits below the smallest normal one."""
        if self.known.issuperset(given):  # computed ahead, where nobody watches
            self.known.add(node)
        elif self.loose:
            return _NO_DOUBT
        if row.exact or row.is_truth or row.picks:
            return _NO_DOUBT
        doubts = frozenset({self._not_finite(node)})
        if row.name in ("+", "-"):
            return doubts
        small: Value = self.nodes.emit("<", self._absolute(node), Number(NORMAL))
        for each in given:
            small = self.nodes.emit("and", small, self.nodes.emit("!=", each, ZERO))
        return doubts | self._if(small)

    def _not_finite(self, node: int) -> int:
        return self.nodes.node(self.nodes.emit("not", self.nodes.emit("<", self._absolute(node), Number(inf))))

    def _if(self, truth: Value) -> frozenset[int]:
        number = self.nodes.number(truth)
        return _NO_DOUBT if number == 0 else frozenset({self.nodes.node(truth)})

    def _unless(self, truth: Value) -> frozenset[int]:
        return self._if(self.nodes.emit("not", truth))

    # Sizes

    def _set(self, node: int, error: Error) -> None:
        self.errors[node] = error

    def _absolute(self, node: int) -> Value:
        return self.nodes.emit("abs", node)

    def _size(self, node: int) -> Value:
        size = self.errors[node].size
        return self._absolute(node) if size is None else size

    def _bound(self, node: int) -> Value:
        factor = self.errors[node].factor
        return self.nodes.emit("*", Number(factor * _MARGIN), self._size(node)) if factor else ZERO

    def _part(self, factor: float, node: int) -> Value:
        return self.nodes.emit("*", Number(factor), self._absolute(node))

    def _sum(self, terms: Iterable[Value]) -> Value:
        return reduce(lambda x, y: self.nodes.emit("+", x, y), terms)

    def _are_plain(self, errors: Sequence[Error]) -> bool:
        return all(error.size is None for error in errors)

    def _is_pick_of(self, node: int, operand: int) -> bool:
        row = PRIMITIVES.get(self.graph.operations[node])
        return row is not None and row.picks and operand in self.graph.operands_of(node)

    def _is_truth(self, node: int) -> bool:
        return self.graph.operations[node] in TRUTHS
