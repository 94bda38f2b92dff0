"""Statuses: which numbers of a report are true derivatives, which are conventions, and which are none.

A report in doubles is gone through once for *events*: an operand on a kink, a jump, a pole or outside a domain (the
conditions of the table of primitives), a result that is not finite, a product that underflows. Where there are none
every number is `ok`, and nothing more is done. Where there are, the numbers that an event can reach are found anew
in high precision, at the point or as one-sided limits in the one node that the derivative is taken in, and
classified:

    ok         an ordinary point
    kink       the derivatives from the two sides differ; the convention is shown, with the interval between them
    jump       the function is discontinuous; 0 is shown where it is constant on both sides, else nan
    pole       the value or the slope is infinite
    limit      doubles fail, or the rules do, but the value or the derivative exists; the true number is shown
    undefined  there is no number; nan is shown
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from math import inf, isfinite, isnan, log10, nan
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.graph import INPUT, LEAVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.evaluation.rules import CONDITIONS
from cgraph_cli.evaluation.sweeps import Evaluation, sweep_forward, sweep_reverse
from cgraph_cli.trust.events import SMALLEST, Event, can_change, find_events
from cgraph_cli.trust.verdicts import OK, Verdict

if TYPE_CHECKING:
    from cgraph_cli.trust.limits import Limits

MOST_NODES = 20_000
"""A graph of more nodes than this is not looked into in high precision; a note says so where it matters."""

MOST_WORK = 60_000
"""How many evaluations of one node in hundreds of digits are spent on limits: some seconds."""

POINT_DIGITS = (60, 700)
"""Digits of an evaluation at the point itself, at least and at most: the last hold a sum of any two doubles."""

FAR_DIGITS = 1500
"""The most digits where a number is too large or too small for a double: `exp(x) + 1 - exp(x)` at 3000 has 1303."""


class Assessment:
    """What the statuses of a report are.

    `values` are the nodes' numbers, as corrected; `verdicts` those of them that are not ok. `events` are the nodes
    that an irregular point was met at, in order. `skipped` says how many numbers were not looked into. Where `only`
    is given, no more is looked into than can change the values of those nodes.
    """

    def __init__(self, evaluation: Evaluation, only: Sequence[int] | None = None) -> None:
        self.evaluation = evaluation
        self.graph = evaluation.graph
        self.values: list[float] = list(evaluation.values)
        self.verdicts: dict[int, Verdict] = {}
        self.skipped = 0
        self.cause: dict[int, str] = dict(find_events(self.graph, evaluation))
        if only is not None:
            wanted = self.reach(only)
            self.cause = {node: cause for node, cause in self.cause.items() if node in wanted}
        self._shaky: set[int] = set()
        self._singular: set[int] = set()
        self._columns: dict[tuple[Any, ...], list[list[Any]]] = {}
        self._kept: Limits | None = None
        if self.cause and not self.is_too_large:
            self._find_values()
        elif self.cause:
            self.skipped = len(self.cause)
        # Without an event only an input can be other than finite.
        for node in range(len(self.values)) if self.cause else self.graph.inputs():
            value = self.values[node]
            if isnan(value):
                self.verdicts.setdefault(node, Verdict("undefined"))
            elif self.is_too_large and abs(value) == inf:
                self.verdicts[node] = Verdict("pole")

    @cached_property
    def _digits(self) -> int:
        """The digits that a sum of products of any three numbers, 1 among them, has: none is lost where others cancel.

        In a large graph, no more than take the time that the largest does.
        """
        least, most = POINT_DIGITS
        sizes = [1.0, *(abs(value) for value in self.evaluation.values if value and isfinite(value))]
        orders = log10(min(sizes)), log10(max(sizes))
        if not {"overflow", "underflow"}.isdisjoint(self.cause.values()):
            from cgraph_cli.trust.limits import SLOW, order

            found = self._limits.at_point(range(len(self.graph)), least).values()
            beyond = [order(abs(value)) for value in found if 0 < abs(value) < inf]
            orders = min(orders[0], *beyond), max(orders[1], *beyond)
            most = most if not SLOW.isdisjoint(self.graph.operations) else FAR_DIGITS
        wanted = 20 + 3 * int(min(orders[1] - orders[0], most))
        return max(least, min(most, wanted, int(least * (MOST_NODES / len(self.graph)) ** (2 / 3))))

    @property
    def is_too_large(self) -> bool:
        """Whether the graph has more nodes than are looked into."""
        return len(self.graph) > MOST_NODES

    @property
    def _limits(self) -> Limits:
        if self._kept is None:
            from cgraph_cli.trust.limits import Limits

            operations, values = self.graph.operations, self.evaluation.values
            numbers = {node: values[node] for node, operation in enumerate(operations) if operation == INPUT}
            self._kept = Limits(self.graph, numbers, MOST_WORK)
        return self._kept

    @property
    def events(self) -> list[Event]:
        """Where it went wrong first: the events whose operands had nothing wrong with them."""
        return [
            Event(node, cause)
            for node, cause in sorted(self.cause.items())
            if cause != "inherited" and not any(isnan(self.values[o]) for o in self.graph.operands_of(node))
        ]

    def reach(self, outputs: Sequence[int]) -> set[int]:
        """The nodes that can change the value of an output from here."""
        return ancestors(self.graph, outputs, self._influences)

    # Derivatives

    def reverse(self, output: int, seed: float, adjoints: Sequence[float | None], nodes: Iterator[int]) -> Findings:
        """Look at a column of adjoints of one output: the derivatives with respect to `nodes`."""
        touched = {} if self.is_too_large else self._touched_before(output, adjoints)
        found = Findings()
        for node in nodes:
            number = adjoints[node]
            if node not in touched and (number is None or -inf < number < inf):
                continue
            if node != output:
                singular = touched.get(node, False)
                exact = None if singular else lambda: self._adjoint(output, seed, node)  # noqa: B023
                self._decide(found, node, {node: 1.0}, output, number, seed, exact)
        return found

    def forward(
        self, direction: Mapping[int, float], tangents: Sequence[float | None], nodes: Iterator[int]
    ) -> Findings:
        """Look at a column of tangents in one direction: the derivatives of `nodes`."""
        touched = {} if self.is_too_large else self._touched_after(direction, tangents)
        found = Findings()
        for node in nodes:
            number = tangents[node]
            if node not in touched and (number is None or -inf < number < inf):
                continue
            if node not in direction:
                singular = touched.get(node, False)
                exact = None if singular else lambda: self._tangent(direction, node)  # noqa: B023
                self._decide(found, node, direction, node, number, 1.0, exact)
        return found

    def _decide(
        self,
        found: Findings,
        key: int,
        direction: Mapping[int, float],
        target: int,
        raw: float | None,
        seed: float,
        exact: Callable[[], float | None] | None,
    ) -> None:
        """Find one derivative, at the point where `exact` can, else as a limit from both sides."""
        from cgraph_cli.trust.limits import OutOfWork

        number = raw or 0.0
        if seed == 0:
            found.numbers[key] = 0.0
            return
        by_its_face = Verdict("ok" if isfinite(number) else "undefined" if isnan(number) else "pole")
        if self.is_too_large:
            found.verdicts[key] = by_its_face
            self.skipped += 1
            return
        point = self._limits.at_point(direction, self._digits)
        if not all(abs(point[node]) < inf for node in direction):  # there are no points beside an infinity
            if by_its_face != OK:
                found.verdicts[key] = by_its_face
            return
        there = exact() if exact is not None else None
        if there is not None:
            found.numbers[key] = there
            if not _same(there, number) or not isfinite(there):
                found.verdicts[key] = Verdict("limit")
            return
        try:
            shown, verdict = self._classify(direction, target, number, seed)
        except OutOfWork:
            self.skipped += 1
            if by_its_face != OK:
                found.verdicts[key] = by_its_face
            return
        if verdict.status == "limit" and raw is not None and _same(shown, raw):
            verdict = OK
        found.numbers[key] = shown
        if verdict.status != "ok":
            found.verdicts[key] = verdict

    def _classify(
        self, direction: Mapping[int, float], target: int, number: float, seed: float
    ) -> tuple[float, Verdict]:
        """The definition at the head of this module, for one derivative."""
        from cgraph_cli.evaluation.high import as_double
        from cgraph_cli.trust.limits import UNSETTLED

        below, above = self._limits.sides(direction, target)
        sides = [side for side in (below, above) if side[0] is not None and side[1] is not None]
        here = self._limits.here(target)
        if not sides or any(UNSETTLED in side for side in sides) or isnan(self.values[target]):
            slopes = [side[1] for side in sides if side[1] is not UNSETTLED]
            if slopes and not isfinite(self.values[target]) and all(s in (inf, -inf) for s in slopes):
                return number, Verdict("pole")
            return nan, Verdict("undefined")
        slopes = [seed * as_double(slope) for _, slope in sides]
        if any(not isfinite(slope) and slope == slope for slope in (side[1] for side in sides)):
            agreed = slopes[0] if slopes[0] == slopes[-1] else nan
            return (number if number in (inf, -inf) and isnan(agreed) else agreed), Verdict("pole")
        if any(not _near(value, here) for value, _ in sides):
            return (0.0 if not any(slopes) else nan), Verdict("jump")
        if len(sides) == 1 or _close(sides[0][1], sides[1][1]):
            return slopes[-1], Verdict("limit")
        low, high = min(slopes), max(slopes)
        return (number if low <= number <= high else (low + high) / 2), Verdict("kink", (low, high))

    def _adjoint(self, output: int, seed: float, node: int) -> float | None:
        return self._exact(("adjoint", output), node, lambda point: sweep_reverse(point, {output: seed}))

    def _tangent(self, direction: Mapping[int, float], node: int) -> float | None:
        key = ("tangent", *sorted(direction.items()))
        return self._exact(key, node, lambda point: sweep_forward(point, dict(direction)))

    def _exact(self, key: tuple[Any, ...], node: int, sweep: Callable[[Evaluation], list[Any]]) -> float | None:
        """A derivative at the point itself, to the last digit; None where it cannot be had there."""
        from cgraph_cli.evaluation.high import as_double

        digits = self._digits
        if key not in self._columns:
            points = [self._high_point(digits), self._high_point(2 * digits)]
            sizes = [None if partial is None else abs(partial) for partial in points[0].partials]
            points.append(Evaluation(self.graph, points[0].algebra, points[0].values, sizes))
            self._columns[key] = [sweep(point) for point in points]
        coarse, fine, size = (column[node] for column in self._columns[key])
        if coarse is None or fine is None:
            return 0.0
        if not all(abs(number) < inf for number in (coarse, fine)):
            return None
        if abs(coarse - fine) <= abs(fine) * 10.0**-20:
            return as_double(fine)
        noise = abs(size) * (coarse * 0 + 10) ** (20 - digits)
        return 0.0 if abs(coarse) <= noise and abs(fine) <= noise else None  # terms that cancel

    def _high_point(self, digits: int) -> Evaluation:
        from cgraph_cli.evaluation.high import high_precision

        graph, algebra = self.graph, high_precision(digits)
        found = self._limits.at_point(range(len(graph)), digits)
        values = [found[node] for node in range(len(graph))]
        partials: list[Any] = []
        for node, operation in enumerate(graph.operations):
            if operation not in LEAVES:
                partials += algebra.kernel(operation)(*(values[o] for o in graph.operands_of(node)))[1:]
        return Evaluation(graph, algebra, values, partials)

    # Values

    def _find_values(self) -> None:
        """Correct the values that an event reaches, in digits that are enough for all of them."""
        causes = dict(self.cause)
        for digits in sorted({self._digits, max(self._digits, POINT_DIGITS[1])}):
            self.cause, self.verdicts, self.values = dict(causes), {}, list(self.evaluation.values)
            self._shaky, self._singular, self._kept, self._digits = set(), set(), None, digits
            self._find_values_in(digits)
            unsure = [node for node in sorted(self._shaky) if not self._is_sure(node)]
            if not unsure:
                return
        for node in unsure:
            self.values[node], self.verdicts[node] = nan, Verdict("undefined")

    def _is_sure(self, node: int) -> bool:
        """Whether twice the digits give the same value."""
        from cgraph_cli.evaluation.high import as_double

        coarse, fine = (self._limits.at_point([node], digits)[node] for digits in (self._digits, 2 * self._digits))
        if coarse == fine or coarse != coarse or abs(coarse) == inf:
            return True
        if as_double(coarse) == as_double(fine) in (inf, -inf):  # 2^1e300, to whatever digits of its exponent
            return True
        if abs(fine) <= abs(coarse) * 10.0**-20:  # terms that cancel
            self.values[node] = 0.0
            return True
        return bool(abs(coarse - fine) <= abs(fine) * 10.0**-20)

    def _find_values_in(self, digits: int) -> None:
        """Correct the values that an event reaches, in order, each from the corrected ones before it."""
        from cgraph_cli.evaluation.high import as_double, high_precision

        algebra = high_precision(digits)
        failing = {node for node, cause in self.cause.items() if cause in ("poles", "domain", "overflow", "underflow")}
        for node in range(len(self.graph)):
            operands = list(self._influences(node))
            if node not in failing and not any(operand in self._shaky for operand in operands):
                if self.cause.get(node) in CONDITIONS:
                    self._singular.add(node)
                continue
            self._shaky.add(node)
            exact = self._limits.at_point([node, *self.graph.operands_of(node)], digits)
            value = exact[node]
            cause = self._cause_in(algebra, node, exact)
            if cause:
                self._singular.add(node)
                self.cause[node] = cause
            elif self.cause.get(node) in CONDITIONS:
                self.cause[node] = "underflow"
            beyond = any(not abs(exact[o]) < inf for o in operands)
            outside = cause == "domain" or value != value
            if outside or (beyond and abs(value) < inf):
                value = self._value_by_limits(node, value, outside)
                self._limits.learn(node, value, digits)
            self._set_value(node, as_double(value), value)
            if not abs(value) < inf:
                self._singular.add(node)

    def _set_value(self, node: int, number: float, exact: Any) -> None:
        before = self.evaluation.values[node]
        if node in self.verdicts:  # found by limits
            return
        if isnan(number):
            self.values[node] = nan
            self.verdicts[node] = Verdict("undefined")
        elif abs(exact) == inf:
            self.values[node] = before if before in (inf, -inf) else number
            self.verdicts[node] = Verdict("pole")
        elif not _same(number, before) or abs(number) == inf:
            self.values[node] = number
            self.verdicts[node] = Verdict("limit")

    def _value_by_limits(self, node: int, value: Any, outside: bool) -> Any:
        """The value that a node comes to along lines from every side: along each of its inputs, and across them."""
        from cgraph_cli.evaluation.high import as_double
        from cgraph_cli.trust.limits import UNSETTLED, OutOfWork

        self._singular.add(node)
        inputs = [
            other
            for other in sorted(ancestors(self.graph, [node], self._influences))
            if self.graph.operations[other] == INPUT and isfinite(self.values[other])
        ]
        lines = [{other: 1.0} for other in inputs]
        if len(inputs) > 1:
            lines += [
                {other: (-1) ** (at * sign) * (1 + 0.37 * at) for at, other in enumerate(inputs)} for sign in (0, 1)
            ]
        found = []
        for line in lines:
            try:
                found += [side[0] for side in self._limits.sides(line, node) if side[0] is not None]
            except OutOfWork:
                self.skipped += 1
                found.append(UNSETTLED)
        if not found or any(limit is UNSETTLED for limit in found):
            return value * nan if outside else value
        if all(_close(limit, found[0]) for limit in found):
            self.values[node] = as_double(found[0])
            if abs(found[0]) == inf:
                self.verdicts[node] = Verdict("pole")
            elif not _same(self.values[node], self.evaluation.values[node]):
                self.verdicts[node] = Verdict("limit")
            return found[0]
        if all(abs(limit) == inf for limit in found):
            self.verdicts[node] = Verdict("pole")
        elif not outside:
            self.verdicts[node] = Verdict("jump")
        return value * nan if outside else value

    def _cause_in(self, algebra: Algebra, node: int, values: Mapping[int, Any]) -> str:
        operation = self.graph.operations[node]
        if operation in LEAVES or not can_change(self.graph, node, operation):
            return ""
        cause = algebra.cause(operation)
        return cause(values[node], *[values[o] for o in self.graph.operands_of(node)]) if cause else ""

    # What reaches what

    def _influences(self, node: int) -> Sequence[int]:
        """The operands that can change a node's value from here: all but the untaken branch of a `where`."""
        operands = self.graph.operands_of(node)
        if self.graph.operations[node] == "where":
            condition, first, second = operands
            return (condition, first if self.evaluation.values[condition] else second)
        return operands

    def _touched_before(self, output: int, adjoints: Sequence[float | None]) -> dict[int, bool]:
        """The nodes whose derivative of the output goes through an event; True where through a singular one."""
        touched: dict[int, bool] = {}
        reach: dict[int, bool | None] = {output: None}
        for node in range(output, -1, -1):
            if node not in reach:
                continue
            passed = self._pass(reach[node], node)
            influences = self._influences(node)
            for edge in range(self.graph.starts[node], self.graph.starts[node + 1]):
                operand = self.graph.operands[edge]
                if operand in influences:
                    lost = False if _is_lost(self.evaluation.partials[edge], adjoints[node]) else None
                    state = reach[operand] = _worse(reach.get(operand), _worse(passed, lost))
                    if state is not None:
                        touched[operand] = state
        return touched

    def _touched_after(self, direction: Mapping[int, float], tangents: Sequence[float | None]) -> dict[int, bool]:
        """The nodes whose derivative in a direction goes through an event; True where through a singular one."""
        touched: dict[int, bool] = {}
        reach: dict[int, bool | None] = dict.fromkeys(direction, None)
        for node in range(min(direction, default=0), len(self.graph)):
            influences = self._influences(node)
            if node in direction or not any(operand in reach for operand in influences):
                continue
            state: bool | None = None
            for edge in range(self.graph.starts[node], self.graph.starts[node + 1]):
                operand = self.graph.operands[edge]
                if operand in reach and operand in influences:
                    lost = False if _is_lost(self.evaluation.partials[edge], tangents[operand]) else None
                    state = _worse(state, _worse(reach[operand], lost))
            state = reach[node] = self._pass(state, node)
            if state is not None:
                touched[node] = state
        return touched

    def _pass(self, state: bool | None, node: int) -> bool | None:
        """What a derivative has met once it is through a node: None nothing, False an event, True a singularity."""
        if node in self._singular:
            return True
        return _worse(state, False if node in self.cause or node in self._shaky else None)


class Findings:
    """Corrected numbers, and verdicts that are not ok, by node."""

    def __init__(self) -> None:
        self.numbers: dict[int, float] = {}
        self.verdicts: dict[int, Verdict] = {}


def _is_lost(partial: float | None, derivative: float | None) -> bool:
    """Whether the product of two factors is outside the range in which a double has all its digits."""
    if not partial or not derivative:
        return False
    return not SMALLEST <= abs(partial * derivative) < inf


def _worse(first: bool | None, second: bool | None) -> bool | None:
    if first is None or second is None:
        return second if first is None else first
    return first or second


def _same(first: float, second: float) -> bool:
    """Whether a double is right, to what rounding along the way leaves of it."""
    return first == second or abs(first - second) <= 1e-9 * abs(first)


def _close(first: Any, second: Any) -> bool:
    """Whether two limits are one."""
    if first == second:
        return True
    size = max(abs(first), abs(second))
    return bool(size != inf and abs(first - second) <= max(size * 10.0**-20, 1e-300))


def _near(value: Any, here: Any) -> bool:
    """Whether a limit is the value at the point."""
    return abs(value) == inf == abs(here) or _close(value, here)
