"""The point itself in balls: values and derivatives in a precision that grows until each number is settled.

A number is settled where its ball is exact or has `SETTLED_BITS` certain bits. Balls never prove equality: that terms
cancel to 0, or that a quotient of logarithms is whole. So from the precision on that holds three times the span of the
program's numbers, a ball becomes the double in it if it is narrower than half of the precision allows, measured by the
numbers that it is computed from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from flint import arb

from cgraph_cli.core.graph import CONSTANT, INPUT, LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.ball import Ball, Precision, Undecided, accuracy, balls
from cgraph_cli.evaluation.ball.number import NAN, UNKNOWN, magnitude
from cgraph_cli.evaluation.rule_parser import condition
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.budget import Budget
from cgraph_cli.trust.lost_digits import is_inside
from cgraph_cli.trust.verdicts import Cause

FIRST_BITS = 128
"""The first precision to try."""

MOST_BITS = 20_000
"""The last precision to try: a sum of any two doubles is exact in a tenth of it."""

LEAST_WHOLE_BITS = 3072
"""The least precision that recognizes a zero: past the smallest part that a saturated double hides, 1 - sigmoid(1000).
"""

LEAST_SIZE = -(10**6)
"""The base-2 logarithm below which no number is told from 0: balls have lost it to the size of their exponents."""

_AROUND, _AROUND_ZERO = 2.0**-40, 2.0**-1000
"""The distance around a number, as a part of it, and around 0, in which all its neighbours are."""

SETTLED_BITS = 64
"""The certain bits of a settled number: it has one double, with digits to spare."""


class ExactPoint:
    """A graph at one point in balls.

    `numbers` are the inputs, by node: doubles, or balls. `known` are limits, by node, in place of these nodes' values
    at the point. A number is settled where it has `settled` certain bits. With `decimal`, literals and inputs are
    decimals: `0.1` is a tenth.
    """

    def __init__(
        self,
        graph: Graph,
        numbers: Mapping[int, Any],
        budget: Budget,
        span: float,
        *,
        settled: int = SETTLED_BITS,
        decimal: bool = False,
    ) -> None:
        """Start at a point. `span` is the base-2 logarithm of the program's largest number over its smallest."""
        self.graph = graph
        self.numbers = numbers
        self.budget = budget
        self.settled = settled
        self.decimal = decimal
        self.known: dict[int, Ball] = {}
        self.doubtful: set[int] = set()  # nodes whose number is that of a convention, and no value
        self.endless = {node for node, each in enumerate(graph.operations) if each in LEAVES}  # if they are infinite
        self.ladder: list[int] = []
        self.whole_bits = 0
        self._values: dict[int, dict[int, Ball]] = {}
        self._locals: dict[int, dict[int, Sequence[Ball | None]]] = {}
        self.widen(span)

    def widen(self, span: float) -> None:
        """Choose the precisions for numbers of so large a span: those below `whole_bits` cannot recognize a zero."""
        first = self.settled + FIRST_BITS - SETTLED_BITS
        most = max(MOST_BITS, 16 * first)
        self.whole_bits = int(min(most, max(3 * span + 4 * first, LEAST_WHOLE_BITS)))
        before = [bits for bits in (first, 3 * first, 12 * first) if 2 * bits <= self.whole_bits]
        after = [times * self.whole_bits for times in (4, 16) if times * self.whole_bits <= most]
        self.ladder = [*before, self.whole_bits, *after]

    def span(self, nodes: Iterable[int]) -> float:
        """Find the span of the nodes' true numbers, also of those beyond the doubles. Raises `OutOfWork`."""
        found = self.values(nodes, FIRST_BITS).values()
        sizes = [0, *(magnitude(ball.arb) for ball in found if ball.is_finite and not ball.contains_zero)]
        return max(sizes) - min(sizes)

    def ball(self, number: float) -> Ball:
        """Make the ball of one double."""
        return balls(FIRST_BITS).number(number, "")  # type: ignore[no-any-return]

    def learn(self, node: int, limit: Ball) -> None:
        """Take a limit as a node's value from now on."""
        self.known[node] = limit
        self._values.clear()
        self._locals.clear()

    def values(self, nodes: Iterable[int], bits: int) -> dict[int, Ball]:
        """Compute some nodes, and all that they depend on, in a precision. Raises `OutOfWork`."""
        values = self._values.setdefault(bits, {})
        wanted = [node for node in nodes if node not in values]
        if wanted:
            self.budget.walk(0)  # nothing is left for a walk that ends in a refusal
            operands_of = self.graph.operands_of
            below = ancestors(self.graph, wanted, lambda n: () if n in values or n in self.known else operands_of(n))
            self.budget.walk(len(below))
            with Precision(bits):
                for node in sorted(below.difference(values)):
                    values[node] = self._value(node, values, bits)
        return values

    def _value(self, node: int, values: Mapping[int, Ball], bits: int) -> Ball:
        graph, algebra, operation = self.graph, balls(bits, decimal=self.decimal), self.graph.operations[node]
        known = self.known.get(node)
        if known is not None:
            return Ball(known.arb, bits)
        if operation == CONSTANT:
            return algebra.number(graph.constant(node), graph.spellings.get(node, ""))  # type: ignore[no-any-return]
        if operation == INPUT:
            return algebra.number(self.numbers[node], "")  # type: ignore[no-any-return]
        self.budget.spend(operation, bits, operands=len(self.graph.operands_of(node)))
        is_whole = bits >= self.whole_bits
        operands = self._operands(node, values, is_whole)
        if is_whole and operation == "%":  # its quotient may be whole, as that of 1 % (1/1000)
            operands.append(snap(algebra.function("/")(*operands), operands))
        try:
            ball: Ball = algebra.function(operation)(*operands)
        except Undecided:
            return Ball(UNKNOWN, bits)
        return snap(ball, operands) if is_whole else ball

    def _operands(self, node: int, values: Mapping[int, Ball], is_whole: bool) -> list[Ball]:
        operands = [values[operand] for operand in self.graph.operands_of(node)]
        return unify(operands, operands[0].bits // 2) if is_whole and 2 <= len(operands) <= 8 else operands

    def settle(self, nodes: Sequence[int]) -> dict[int, Ball]:
        """Find some nodes' values, each in the first precision that settles it; unknown where none does."""
        found: dict[int, Ball] = {}
        for bits in self.ladder:
            pending = [node for node in nodes if node not in found]
            if not pending:
                break
            values = self.values(pending, bits)
            found.update({node: values[node] for node in pending if is_settled(values[node], self.settled)})
        unknown = Ball(UNKNOWN, self.ladder[-1])
        return {node: found.get(node, unknown) for node in nodes}

    def cause(self, node: int) -> str:
        """Find the condition of a node's row that holds at the point, if any. Raises `Undecided`, `OutOfWork`."""
        operands = self.graph.operands_of(node)
        for bits in self.ladder:
            values = self.values([node, *operands], bits)
            ask = balls(bits).cause(self.graph.operations[node])
            given = self._operands(node, values, bits >= self.whole_bits)
            try:
                with Precision(bits):
                    held = ask(values[node], *given) if ask else ""
                    return "" if held == Cause.EDGES and is_inside(self.graph, node) else held
            except Undecided:
                if bits == self.ladder[-1]:
                    raise
        raise AssertionError("the ladder of precisions has a last step")

    def is_far_outside(self, node: int) -> bool:
        """Tell whether a node is outside of its domain at all points around. Raises `OutOfWork`."""
        operands = self.graph.operands_of(node)
        row, bits = PRIMITIVES[self.graph.operations[node]], self.ladder[0]
        domain = condition(row, "domain")
        values = self.values(operands, bits)
        given = [values[operand] for operand in operands]
        if domain is None or not all(ball.is_finite for ball in given):
            return False
        with Precision(bits):
            around = [Ball(ball.arb * arb(1, _AROUND) + arb(0, _AROUND_ZERO), bits) for ball in given]
            holds = balls(bits).expression(row, domain)(Ball(NAN, bits), *around)
        return bool(holds.arb == 0)

    # Derivatives

    def adjoints(
        self, output: int, seed: Any, nodes: Sequence[int], inside: Collection[int] | None = None
    ) -> dict[int, Ball]:
        """Find the derivatives of seed·output with respect to some nodes; unknown where they do not settle.

        Where nodes `inside` are given, what they are made from is held fixed.
        """

        def sweep(point: Evaluation, start: Any) -> list[Any]:
            from cgraph_cli.evaluation.sweeps import restrict, sweep_reverse

            return sweep_reverse(point if inside is None else restrict(point, inside), {output: start})

        return self._derivatives([output], seed, nodes, sweep)

    def tangents(self, direction: Mapping[int, Any], nodes: Sequence[int]) -> dict[int, Ball]:
        """Find the derivatives of some nodes in a direction; unknown where they do not settle."""

        def sweep(point: Evaluation, start: Any) -> list[Any]:
            from cgraph_cli.evaluation.sweeps import sweep_forward

            return sweep_forward(point, {node: start * step for node, step in direction.items()})

        return self._derivatives(nodes, 1.0, nodes, sweep)

    def _derivatives(
        self, tops: Sequence[int], seed: Any, nodes: Sequence[int], sweep: Callable[[Evaluation, Any], list[Any]]
    ) -> dict[int, Ball]:
        """Sweep in growing precision until the derivatives at some nodes are settled."""
        found: dict[int, Ball] = {}
        for bits in self.ladder:
            pending = [node for node in nodes if node not in found]
            if not pending:
                break
            with Precision(bits):
                point = self.evaluation(tops, bits)
                start = balls(bits).number(seed, "")
                swept = sweep(point, start)
                is_whole = bits >= self.whole_bits
                sizes = sweep(_sized(point), abs(start)) if is_whole else []
                zero = balls(bits).number(0.0, "")
                for node in pending:
                    derivative = zero if swept[node] is None else swept[node]
                    if is_whole and not is_settled(derivative, self.settled) and sizes[node] is not None:
                        derivative = snap(derivative, [sizes[node]])
                    if is_settled(derivative, self.settled):
                        found[node] = derivative
        unknown = Ball(UNKNOWN, self.ladder[-1])
        return {node: found.get(node, unknown) for node in nodes}

    def evaluation(self, tops: Sequence[int], bits: int) -> Evaluation:
        """Evaluate the ancestors of some nodes, with the local partials among them; None elsewhere."""
        graph, algebra = self.graph, balls(bits)
        values = self.values(tops, bits)
        below = ancestors(graph, tops)
        self.values(below, bits)  # also below a limit
        partials: list[Any] = []
        for node, operation in enumerate(graph.operations):
            if operation in LEAVES or node not in below:
                partials += [None] * (graph.starts[node + 1] - graph.starts[node])
            else:
                partials += self._local_partials(node, values, bits)
        return Evaluation(graph, algebra, [values.get(node) for node in range(len(graph))], partials)

    def local_partials(self, nodes: Sequence[int]) -> dict[int, Sequence[Ball | None]]:
        """Find nodes' local partials; unknown where they do not settle, None where there is no dependence."""
        found: dict[int, Sequence[Ball | None]] = {}
        pending = list(nodes)
        for bits in self.ladder:
            is_whole = bits >= self.whole_bits
            values = self.values([*pending, *(o for node in pending for o in self.graph.operands_of(node))], bits)
            with Precision(bits):
                for node in pending:
                    given = self._operands(node, values, is_whole)
                    local = self._local_partials(node, values, bits)
                    found[node] = [snap(p, given) if is_whole and p is not None else p for p in local]
            pending = [node for node in pending if not all(p is None or self._is_settled(p) for p in found[node])]
            if not pending:
                break
        for node in pending:
            found[node] = [p if p is None or self._is_settled(p) else Ball(UNKNOWN, p.bits) for p in found[node]]
        return found

    def _is_settled(self, ball: Ball) -> bool:
        return is_settled(ball, self.settled)

    def _local_partials(self, node: int, values: Mapping[int, Ball], bits: int) -> Sequence[Ball | None]:
        known = self._locals.setdefault(bits, {})
        if node not in known:
            operation, operands = self.graph.operations[node], self.graph.operands_of(node)
            self.budget.spend(operation, bits, operands=len(operands))
            try:
                kernel = balls(bits).kernel(operation)
                known[node] = kernel(*self._operands(node, values, bits >= self.whole_bits))[1:]
            except Undecided:
                known[node] = [Ball(UNKNOWN, bits)] * len(operands)
        return known[node]


def _sized(point: Evaluation) -> Evaluation:
    """Replace the partials by their sizes: a sweep then adds up absolute terms."""
    sizes = [None if partial is None else abs(partial) for partial in point.partials]
    return Evaluation(point.graph, point.algebra, point.values, sizes)


def is_settled(ball: Ball, bits: int = SETTLED_BITS) -> bool:
    """Tell whether a number is known: undefined, infinite, exact, or certain to so many bits."""
    if not ball.is_finite:
        return not ball.is_unknown
    return ball.is_exact or accuracy(ball) >= bits


def snap(ball: Ball, terms: Sequence[Ball]) -> Ball:
    """Replace a ball by the double in it, if it is narrower than half of its precision allows for the `terms` and for
    1.
    """
    if ball.is_exact or not ball.is_finite:
        return ball
    size = max((magnitude(term.arb) for term in (*terms, ball) if term.is_finite), default=0)
    if size < LEAST_SIZE:
        return ball
    if magnitude(ball.arb.rad()) > min(size, 0) - ball.bits // 2:
        return ball
    middle = Ball(ball.arb.mid(), ball.bits)
    double = 0.0 if ball.contains_zero else float(middle.arb)
    return Ball(type(ball.arb)(double), ball.bits) if ball.arb.contains(double) else ball


def unify(operands: Sequence[Ball], bits: int) -> list[Ball]:
    """Replace overlapping operands that agree to so many bits by one ball: nothing distinguishes these numbers."""
    unified: list[Ball] = []
    for ball in operands:
        twin = next((other for other in unified if _is_same(ball, other, bits)), ball)
        unified.append(twin)
    return unified


def _is_same(first: Ball, second: Ball, bits: int) -> bool:
    if first is second:
        return True
    if not (first.is_finite and second.is_finite) or (first.is_exact and second.is_exact):
        return False
    apart = first.arb - second.arb
    size = max(magnitude(first.arb), magnitude(second.arb))
    return bool(apart.contains(0)) and magnitude(apart) <= size - bits
