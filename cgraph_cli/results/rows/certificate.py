"""Certificates: programs that compute, beside their numbers, whether doubles may be wrong.

The bounds are those of `evaluation.bounded` as nodes of the graph, for every algebra and target. A node's error is a
static factor times a size: that of the node itself where nothing cancels, so that a product needs no bound at run time.
Elsewhere a `loose` certificate sums the sizes of the terms, which costs an operation or two, and a tight one the errors
of the terms. A certificate may doubt too much, and never too little: the tight one tests the rows in doubt of the loose
one, and `report` the rows still in doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from functools import reduce
from math import inf, isfinite
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES, TRUTHS, Primitive
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import ASKED
from cgraph_cli.evaluation.operation_errors import NORMAL, UNIT
from cgraph_cli.evaluation.rule_parser import condition, definition, rule
from cgraph_cli.results.rows.arithmetic import DOUBLES, Arithmetic
from cgraph_cli.results.rows.error_writer import EXACT, MARGIN, NO_DOUBT, Error, ErrorWriter
from cgraph_cli.symbolic.graph_builder import ONE, ZERO, Number, Value
from cgraph_cli.trust.lost_digits import LOST

_MOST_DOUBTS = 16
"""The most doubts of a node that stay apart; more are joined into one, which several users then share."""


class Role(Enum):
    """The role of an operation, which determines its doubts.

    In the program: its row's conditions, and its truths where they change or are undecided. In a definition or a
    rule, whose branches join: its row's domain and poles. In a condition: its truths where they are undecided.
    """

    PROGRAM = ASKED
    RULE = ("poles", "domain")
    CONDITION = ()


class Doubted(NamedTuple):
    """A node of the certified program, and the truths that cast doubt on it."""

    node: int
    doubts: frozenset[int]


class Certificate(NamedTuple):
    """A program with its doubts: `nodes` are the requested numbers, and `doubt` is nonzero where one is in doubt.

    `event` is nonzero where it may be more than digits that are lost. A loose one, or one without flags, does not tell.
    """

    graph: Graph
    nodes: list[int]
    doubt: int
    event: int


def certify(
    graph: Graph, nodes: Sequence[int], derived: Collection[int] = (), *, loose: bool = False,
    arithmetic: Arithmetic = DOUBLES, allowed: float = LOST,
) -> Certificate:  # fmt: skip
    """Write a program that computes some nodes, and whether they are in doubt.

    `derived` are nodes of derivatives: the comparisons of their rules are no events, as a rule changes its branch only
    where the primitive's own conditions hold. A `loose` certificate presumes that the inputs are finite, that nothing
    underflowed, overflowed or was invalid, and that no divisor was 0, for others to detect, unless the arithmetic has
    no flags. A relative error beyond `allowed` is a doubt.
    """
    certifier = _Certifier(graph, loose, arithmetic, allowed)
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
    events = certifier.take_apart(
        frozenset().union(
            certifier.input_doubts(), *(each.doubts | certifier.finite_doubts(each.node) for each in asked)
        )
    )
    event = certifier.any_of(certifier.strictest(events))
    lost = frozenset().union(*(certifier.lost_digits(each.node) for each in asked)).difference(events)
    if loose or not arithmetic.flags:
        doubt = event = certifier.any_of(certifier.strictest({*events, *lost}))
    else:
        doubt = certifier.any_of({*lost, event} if events else lost)
    needed = [*(each.node for each in asked), doubt, event]
    pruned, kept = certifier.graph.part([*certifier.graph.inputs(), *needed])
    places = {node: at for at, node in enumerate(kept)}
    *became, doubt, event = (places[node] for node in needed)
    return Certificate(pruned, became, doubt, event)


class _Certifier(ErrorWriter):
    """A writer of nodes with their errors and doubts."""

    def __init__(self, program: Graph, loose: bool, arithmetic: Arithmetic, allowed: float) -> None:
        super().__init__(Graph(program.source, program.max_nodes), loose, arithmetic)
        self._allowed = allowed
        self.program = program
        self.known: dict[int, float] = {}
        self._inputs: list[int] = []
        self._presumes_finite = loose and arithmetic.flags
        self._joins: dict[int, frozenset[int]] = {}
        self._finite: dict[int, int] = {}

    def append_input(self, node: int) -> Doubted:
        """Append an input."""
        copy = self.graph.append_input(self.program.names[node] or "", 0, self.program.numbers[node])
        self.errors[copy] = EXACT
        self._inputs.append(copy)
        return Doubted(copy, NO_DOUBT)

    def append_constant(self, number: float, spelling: str) -> Doubted:
        """Append a constant; of the named ones π has an error."""
        node = self.nodes.node(Number(number, spelling))
        self.errors[node] = Error(self.arithmetic.pi) if spelling in ("pi", "π") else EXACT
        self.known[node] = number
        self._presumes_finite = self._presumes_finite and isfinite(number)  # no flag tells of what comes from this
        return Doubted(node, NO_DOUBT)

    def write(self, operation: str, operands: Sequence[Doubted], role: Role) -> Doubted:
        """Write an operation in some role."""
        if operation == "identity":
            return operands[0]
        row = PRIMITIVES[operation]
        if operation == "where":
            return self._where(operands, role)
        body = definition(row)
        if body is not None:
            scope = dict(zip(row.parameters, operands, strict=True))
            result = self._inline(body, scope, Role.RULE)
        elif self.arithmetic.folds and row.pair and not row.picks and len(operands) > 2:
            result = self._fold(row, operands)
        else:
            result = self._primitive(row, operands)
        doubts = self._joined(result.doubts.union(*(operand.doubts for operand in operands)))
        if row.is_truth:
            doubts |= self._undecided(operation, operands, role)
        else:
            for column in role.value:
                doubts |= self._condition(row, column, result.node, operands)
        return Doubted(result.node, doubts)

    def finite_doubts(self, node: int) -> frozenset[int]:
        """Return the doubt whether a requested number is finite."""
        return NO_DOUBT if self._presumes_finite else frozenset({self._not_finite(node)})

    def input_doubts(self) -> frozenset[int]:
        """Return the doubts whether the inputs are finite."""
        return NO_DOUBT if self._presumes_finite else frozenset(map(self._not_finite, self._inputs))

    def lost_digits(self, node: int) -> frozenset[int]:
        """Return the doubt on the digits of a requested number."""
        error = self.errors[node]
        if error.is_plain and error.factor * MARGIN <= self._allowed:
            return NO_DOUBT
        if error.ratio is not None:
            return self._unless_below(error.ratio, (self._allowed / MARGIN - error.factor) / error.part)
        allowed = self.nodes.emit("*", Number(error.factor * MARGIN / self._allowed), self._size(node))
        return self._unless(self.nodes.emit("<=", allowed, self._absolute(node)))

    def strictest(self, doubts: set[int]) -> set[int]:
        """Keep, of the doubts that a node is no larger than a number, the one with the least number."""
        limits: dict[int, tuple[float, int]] = {}
        kept = set[int]()
        for doubt in sorted(doubts):
            truth = self.graph.operands_of(doubt)[0] if self.graph.operations[doubt] == "not" else doubt
            node, limit = self.graph.operands_of(truth) if self.graph.operations[truth] == "<=" else (truth, truth)
            number = self.nodes.number(limit)
            if truth == doubt or number is None:
                kept.add(doubt)
            else:
                limits[node] = min(limits.get(node, (inf, doubt)), (number, doubt))
        return kept.union(doubt for _, doubt in limits.values())

    def _joined(self, doubts: frozenset[int]) -> frozenset[int]:
        """Join many doubts into one, so that a long chain carries few."""
        if len(doubts) <= _MOST_DOUBTS:
            return doubts
        joined = self.any_of(doubts)
        if self.nodes.number(joined) is None:  # one that holds always stays
            self._joins[joined] = doubts
        return frozenset({joined})

    def any_of(self, doubts: Iterable[int]) -> int:
        """Join doubts into one: not all of the truths whose absence is a doubt, or any other doubt."""
        joined: Value = ZERO
        needed: Value = ONE
        for doubt in sorted(doubts):
            if self.graph.operations[doubt] == "not" and self._is_truth(self.graph.operands_of(doubt)[0]):
                needed = self.nodes.emit("and", needed, self.graph.operands_of(doubt)[0])
            else:
                joined = self.nodes.emit("or", joined, doubt)
        return self.nodes.node(self.nodes.emit("or", joined, self.nodes.emit("not", needed)))

    def take_apart(self, doubts: Iterable[int]) -> set[int]:
        """Take joined doubts apart, and leave out those of nodes that are not finite only where another one is not."""
        found, pending = set[int](), list(doubts)
        while pending:
            doubt = pending.pop()
            if doubt not in found:
                found.add(doubt)
                pending += self._joins.get(doubt, ())
        found.difference_update(self._joins)
        finite = {node: doubt for node, doubt in self._finite.items() if doubt in found}
        covered, kept = set[int](), set[int]()
        for node in reversed(range(len(self.graph))):
            if node in finite and node not in covered:
                kept.add(finite[node])  # x and -x share one
            if node in covered or node in finite:
                covered.update(self._spreading(node))
        return found - (set(finite.values()) - kept)

    def _spreading(self, node: int) -> Sequence[int]:
        """List the operands which, where they are not finite, make a node so too."""
        operation = self.graph.operations[node]
        operands = self.graph.operands_of(node)
        if operation == "/":
            return operands[:1]
        return operands if operation in ("+", "-", "*", "neg") else ()

    # Values

    def _inline(self, body: Graph, scope: Mapping[str, Doubted], role: Role) -> Doubted:
        """Write an expression of the table."""
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

    def _fold(self, row: Primitive, operands: Sequence[Doubted]) -> Doubted:
        """Write many operands two at a time."""
        result = reduce(lambda x, y: self.write(row.pair, [x, y], Role.RULE), operands)
        if rule(row).uses("n"):  # a mean
            result = self.write("/", [result, self.append_constant(float(len(operands)), "")], Role.RULE)
        return result

    def _where(self, operands: Sequence[Doubted], role: Role) -> Doubted:
        asked, first, second = operands
        nodes = self.nodes
        number = nodes.number(asked.node)
        if number is not None:
            taken = first if number else second
            return Doubted(taken.node, taken.doubts | asked.doubts)
        node = nodes.node(nodes.emit("where", asked.node, first.node, second.node))
        errors = [self.errors[first.node], self.errors[second.node]]
        factor = max(error.factor for error in errors)
        if self._are_relative(errors):
            error = self._relative_error(factor, errors, max)
        else:
            choose = self._size if self.loose else self._bound
            size = nodes.emit("where", asked.node, choose(first.node), choose(second.node))
            error = Error(factor if self.loose else 1.0, size)
        self._set(node, error)
        both = first.doubts & second.doubts
        doubts = asked.doubts | both
        if not self._is_truth(asked.node):
            doubts |= self._undecided("not", [asked], role)
        sides = [(asked.node, first.doubts - both), (nodes.emit("not", asked.node), second.doubts - both)]
        for side, inner in sides:
            if inner:
                doubts |= {nodes.node(nodes.emit("and", side, self.any_of(inner)))}
        return Doubted(node, doubts)

    def _rounded_to_double(self, node: int) -> int:
        """Append an operand as the double that a narrow function makes of it."""
        if self.graph.operations[node] in (CONSTANT, INPUT) and not self.errors[node].factor:
            return node
        rounded = self.graph.append("identity", [node], self.graph.offsets[node])
        error = self.errors[node]
        if error.size is None:
            self.errors[rounded] = self._relative_error(error.factor + UNIT, [error])
        else:
            self.errors[rounded] = Error(1.0, self._sum([self._bound(node), self._part(UNIT, node)]))
        return rounded

    def _primitive(self, row: Primitive, operands: Sequence[Doubted]) -> Doubted:
        given = [operand.node for operand in operands]
        if row.name in self.arithmetic.narrow:
            given = [self._rounded_to_double(each) for each in given]
        if row.is_truth and self.known.keys() >= set(given):
            return self.append_constant(float(DOUBLE.function(row.name)(*(self.known[each] for each in given))), "")
        node = self.nodes.node(self.nodes.emit(row.name, *given))
        if row.is_truth and node in given and not self._is_truth(node):
            node = self.nodes.node(self.nodes.emit("!=", node, ZERO))  # `x and 1` has the truth of x
        if self.graph.operations[node] in (CONSTANT, INPUT) or node in given:
            self.errors.setdefault(node, EXACT)
            return Doubted(node, NO_DOUBT)
        errors = [self.errors[each] for each in given]
        doubts = NO_DOUBT
        if row.is_truth:
            error = EXACT
        elif row.name in ("neg", "abs"):
            error = errors[0]
        elif "+" in (row.pair, row.name) or row.name == "-":
            error = self._error_of_sum(row, node, given, errors)
        elif "*" in (row.pair, row.name) and (self.loose or len(given) == 2 or self._are_relative(errors)):
            error = self._error_of_product(node, given, errors)
        elif row.name == "/":
            error, doubts = self._error_of_quotient(node, given, errors)
        elif row.picks:
            error = self._error_of_pick(node, given, errors)
        else:
            error, doubts = self._smooth_error(row, node, given, errors)
        self._set(node, error)
        return Doubted(node, doubts | self._range_doubts(row, node, given))

    # Doubts

    def _undecided(self, operation: str, operands: Sequence[Doubted], role: Role) -> frozenset[int]:
        """Doubt a truth that its operands' errors do not decide, and one that changes where a change is an event."""
        if role is Role.RULE:
            return NO_DOUBT
        nodes, given = self.nodes, [operand.node for operand in operands]
        if operation in ("and", "or", "not"):
            pairs: list[tuple[int, Value]] = [(each, ZERO) for each in given if not self._is_truth(each)]
        else:
            pairs = [(given[0], given[1])]
        doubts = NO_DOUBT
        for x, y in pairs:
            other = nodes.node(y)
            if operation == "==" and self._is_pick_of(other, x):
                continue  # a tie is a kink of its own
            errors = [self.errors[x], self.errors.setdefault(other, EXACT)]
            if nodes.number(other) == 0 and errors[0].size is None and 0 < errors[0].factor * MARGIN < 1:
                doubts |= self._if(nodes.emit("==", x, other))  # a part of a finite number is never as large
                doubts |= {self._not_finite(x)}
                continue
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
        if text is None or (column == "edges" and self._keeps_inside(operands)):
            return NO_DOUBT
        if row.name == "/" and self._keeps_from_poles(operands[1].node):
            return NO_DOUBT
        scope = {"f": Doubted(node, NO_DOUBT)}
        if row.variadic:
            scope |= {"n": self.append_constant(float(len(operands)), "")}
            if "ties" in text.nodes:
                if len(operands) == 1:
                    return NO_DOUBT
                scope["ties"] = self._ties(node, [operand.node for operand in operands])
        else:
            scope |= {p: Doubted(o.node, NO_DOUBT) for p, o in zip(row.parameters, operands, strict=True)}
        held = self._inline(text, scope, Role.CONDITION)
        return held.doubts | (self._unless(held.node) if column == "domain" else self._if(held.node))

    def _keeps_from_poles(self, divisor: int) -> bool:
        """Tell whether a divisor of 0 is detected without its condition: by the processor, or by its error."""
        return self._presumes_finite or (not self.arithmetic.flags and self.errors[divisor].size is not None)

    def _keeps_inside(self, operands: Sequence[Doubted]) -> bool:
        """Tell whether a constant whole number among the operands keeps those beside an edge in the domain."""
        return any(operand.node in self.known and self.known[operand.node].is_integer() for operand in operands)

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
        return Doubted(count, NO_DOUBT)

    def _range_doubts(self, row: Primitive, node: int, given: Sequence[int]) -> frozenset[int]:
        """Doubt a number beyond the largest double, or with digits lost below the smallest normal one."""
        if self.known.keys() >= set(given):  # computed ahead, and so beyond the processor's flags
            numbers = [self.known[each] for each in given]
            found = self.known[node] = float(DOUBLE.function(row.name)(*numbers))
            if row.exact or row.is_truth or row.picks or NORMAL <= abs(found) < inf or (not found and 0 in numbers):
                return NO_DOUBT
        elif self.loose and self.arithmetic.flags:
            return NO_DOUBT
        if row.exact or row.is_truth or row.picks:
            return NO_DOUBT
        doubts = frozenset({self._not_finite(node)})
        if row.name in ("+", "-"):
            return doubts
        small: Value = self.nodes.emit("<", self._absolute(node), Number(NORMAL))
        moving = [self.nodes.emit("!=", each, ZERO) for each in given]
        join = "and" if "*" in (row.pair, row.name) or row.name in ("/", "^") else "or"  # a zero makes a product one
        nonzero = reduce(lambda x, y: self.nodes.emit(join, x, y), moving)
        return doubts | self._if(self.nodes.emit("and", small, nonzero))

    def _not_finite(self, node: int) -> int:
        if node not in self._finite:
            truth = self.nodes.emit("<", self._absolute(node), Number(inf))
            self._finite[node] = self.nodes.node(self.nodes.emit("not", truth))
        return self._finite[node]

    def _is_pick_of(self, node: int, operand: int) -> bool:
        row = PRIMITIVES.get(self.graph.operations[node])
        return row is not None and row.picks and operand in self.graph.operands_of(node)

    def _is_truth(self, node: int) -> bool:
        return self.graph.operations[node] in TRUTHS
