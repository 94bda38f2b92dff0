"""Taylor polynomials of a program's nodes in one of them, each coefficient with its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf, nan
from typing import Any, NamedTuple

from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.lookup import find_nodes
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.evaluation.series import Irregular, Series
from cgraph_cli.evaluation.sweeps import Progress, evaluate
from cgraph_cli.results.report import Report, Request, Stage, algebra_of, report
from cgraph_cli.results.troubles import find_troubles, skipped_line, trouble_lines
from cgraph_cli.trust.verdicts import OK, UNDEFINED, Cause, Checked, Status, Verdict, differ_by_rounding

_JUMP = Verdict(Status.JUMP)

MOST_WORK = 1_000_000
"""Up to so many products of coefficients are made in high precision; what would take more is left to doubles."""

_CANCELLED = 1e-20
_EPSILON = 1e-15

DIGITS = (40, 80, 160, 320, 640, 1280)
"""Digits that are tried in turn."""


class Expansion:
    """A node's Taylor polynomial: its coefficients from order 0 on.

    Where the two sides of the point differ, `sides` are the coefficients on the left and on the right.
    """

    def __init__(self, label: str, coefficients: list[Checked]) -> None:
        self.label = label
        self.coefficients = coefficients
        self.sides: tuple[list[Any], list[Any]] | None = None


class Taylor:
    """The Taylor polynomials of some nodes in the distance of the node `wrt` from its value, `center`.

    `stops` are the nodes that have no series there, or none of so high an order. `skipped` says that rounding was not
    looked into.
    """

    def __init__(
        self, wrt: str, center: Any, expansions: list[Expansion], stops: list[int], answer: Report, skipped: bool
    ) -> None:
        self.wrt = wrt
        self.center = center
        self.expansions = expansions
        self.stops = stops
        self.report = answer
        self.skipped = skipped

    def is_ok(self) -> bool:
        """Tell whether every verdict is ok."""
        return all(coefficient.verdict == OK for coefficient in self._coefficients())

    def is_finite(self) -> bool:
        """Tell whether every coefficient is finite and known."""
        return all(coefficient.is_finite for coefficient in self._coefficients())

    def _coefficients(self) -> Iterator[Checked]:
        for expansion in self.expansions:
            yield from expansion.coefficients

    def notes(self) -> Iterator[str]:
        """Write the lines for under a table."""
        if not self.is_ok():
            troubles = list(find_troubles(self.report))
            yield from trouble_lines(troubles)
            said = {(trouble.line, trouble.column) for trouble in troubles}
            graph = self.report.graph
            for node in self.stops:
                line, column = graph.source.place(graph.offsets[node])
                if (line, column) not in said:
                    place = f"`{graph.operation(node)}` at {line}:{column}"
                    yield f"note: {place} has no power series here beyond these terms"
            yield from skipped_line(self.report)
        if self.skipped:
            yield "note: computed in doubles, whose rounding was not looked into: that would take too long"


def taylor(
    graph: Graph, inputs: Mapping[str, float], request: Request, order: int, stage: Stage | None = None
) -> Taylor:
    """Compute the coefficients up to an order of the outputs, in the one node of `request.wrt`, all else held fixed.

    They are the true ones, rounded once: doubles would lose digits where a quotient is small (`sin(x)/x` beside 0), and
    high orders more of them than low ones. Raises errors as `report` does, and `RequestError` where `request.wrt` is
    not one node.
    """
    wrt = _variable(graph, request.wrt)
    label = graph.labels()[wrt]
    asked = Request(request.of, [label], "forward", precision=request.precision, outputs_only=True)
    answer = report(graph, inputs, asked, stage)
    algebra = algebra_of(request)
    values = answer.evaluation.values
    progress = stage("series") if stage else None
    found = _both_sides(graph, values, algebra, wrt, answer.outputs, order, progress)
    precise, skipped = found, False
    if answer.assessment is not None:
        skipped = _work(graph, answer.outputs, order) > MOST_WORK
        if not skipped:
            precise = _precisely(graph, inputs, wrt, answer.outputs, order, found)
    noise = _EPSILON * max((abs(value) for value in values if abs(value) < inf), default=0)
    expansions = []
    for output, sides in zip(answer.outputs, precise, strict=True):
        point = answer.checked(output)
        slope = answer.tangents[0].checked(output)
        expansions.append(_expansion(graph.labels()[output], order, sides, point, slope, noise))
    stops = sorted({side.stop for sides in precise for side in sides if side.stop >= 0})
    return Taylor(label, values[wrt], expansions, stops, answer, skipped)


class _Side(NamedTuple):
    """The coefficients on one side, as far as there are any, the cause that stops them and the node that it is met at.

    `tied` says that the other side may differ.
    """

    coefficients: list[Any]
    cause: str = ""
    stop: int = -1
    tied: bool = False


_Sides = tuple[_Side, _Side]


def _both_sides(
    graph: Graph,
    values: Sequence[Any],
    algebra: Algebra,
    wrt: int,
    outputs: Sequence[int],
    order: int,
    progress: Progress | None = None,
) -> list[_Sides]:
    """Compute the coefficients of the outputs on the right and on the left, as powers of the same distance."""
    series = Series(graph, values, algebra, wrt, order)
    right = [_side(series, output, order, progress) for output in outputs]
    if not series.tied and not any(side.cause for side in right):
        return [(side, side) for side in right]
    other = Series(graph, values, algebra, wrt, order, -1)
    left = []
    for output in outputs:
        side = _side(other, output, order)
        left.append(side._replace(coefficients=[-c if k % 2 else c for k, c in enumerate(side.coefficients)]))
    tied = series.tied or other.tied
    return [(first._replace(tied=tied), second) for first, second in zip(right, left, strict=True)]


def _side(series: Series, output: int, order: int, progress: Progress | None = None) -> _Side:
    found: list[Any] = []
    try:
        for k in range(order + 1):
            coefficient = series.coefficient(output, k)
            if coefficient != coefficient:
                return _Side(found, Cause.DOMAIN)
            found.append(coefficient)
            if progress:
                progress(k * k, order * order)
    except Irregular as irregular:
        return _Side(found, irregular.cause, irregular.node)
    return _Side(found)


def _work(graph: Graph, outputs: Sequence[int], order: int) -> int:
    """Estimate the number of products that the series take."""
    return len(ancestors(graph, outputs)) * (order + 1) ** 2


def _precisely(
    graph: Graph, inputs: Mapping[str, float], wrt: int, outputs: Sequence[int], order: int, rough: list[_Sides]
) -> list[_Sides]:
    """Compute the coefficients to the last digit of a double, in more digits until twice as many change nothing.

    `rough` are those that doubles give; where they tell two sides apart and exact numbers do not, they decide, since
    it is in doubles that a program compares.
    """
    from cgraph_cli.evaluation.high import high_precision

    before: list[_Sides] = []
    found: list[_Sides] | None = None
    for digits in DIGITS:
        algebra = high_precision(digits)
        values = evaluate(graph, inputs, algebra=algebra).values
        sides = _both_sides(graph, values, algebra, wrt, outputs, order)
        after = [(_as_doubles(right), _as_doubles(left)) for right, left in sides]
        found = _settled(before, after)
        if found is not None:
            break
        before = after
    if found is None:
        found = [(right._replace(coefficients=[]), left._replace(coefficients=[])) for right, left in before]
    pairs = zip(rough, found, strict=True)
    return [coarse if _is_tied(coarse) and not _is_tied(fine) else fine for coarse, fine in pairs]


def _is_tied(sides: _Sides) -> bool:
    return sides[0].tied and not any(side.cause for side in sides)


def _as_doubles(side: _Side) -> _Side:
    from cgraph_cli.evaluation.high import as_double

    return side._replace(coefficients=[as_double(coefficient) for coefficient in side.coefficients])


def _settled(before: list[_Sides], after: list[_Sides]) -> list[_Sides] | None:
    """Take the coefficients in more digits, where fewer give the same; None where they do not.

    What shrinks as digits are added is what is left of terms that cancel, and is 0.
    """
    if not before:
        return None
    found = []
    for coarse, fine in zip(before, after, strict=True):
        both = []
        for first, second in zip(coarse, fine, strict=True):
            pairs = list(zip(first.coefficients, second.coefficients, strict=False))
            if len(first.coefficients) != len(second.coefficients):
                return None
            if not all(a == b or abs(a - b) <= 1e-15 * abs(b) or abs(b) <= _CANCELLED * abs(a) for a, b in pairs):
                return None
            numbers = [b if a == b or abs(b) > _CANCELLED * abs(a) else 0.0 for a, b in pairs]
            both.append(second._replace(coefficients=numbers))
        found.append((both[0], both[1]))
    return found


def _expansion(label: str, order: int, both: _Sides, point: Checked, slope: Checked, noise: Any) -> Expansion:
    """Choose one output's coefficients. `point` and `slope` are its value and derivative as a report has them.

    `noise` is what rounding may have made of the value.
    """
    sides = [side for side in both if side.cause != Cause.DOMAIN] or [both[0]]
    right, left = sides[0].coefficients, sides[-1].coefficients
    known = min(len(right), len(left))
    said: Verdict | None = None
    coefficients: list[Checked] = []
    for k in range(order + 1):
        if k >= known:
            found = (point, slope)[k] if k < 2 else Checked(nan, said or UNDEFINED.verdict)
            said = said or (found.verdict if found.verdict == _JUMP else None)
        elif k == 0 and point.number == point.number:
            if both[0].tied and not all(differ_by_rounding(side[0], point.number, noise) for side in (right, left)):
                said = _JUMP
            found = Checked(point.number if said else right[0], said or point.verdict)
        elif said == _JUMP:
            found = Checked(nan, said)
        else:
            found = _coefficient(right[k], left[k], said)
            if found.verdict.status == Status.KINK:
                said = found.verdict
                if k == 1 and slope.verdict.status == Status.KINK:  # which follows the table's convention
                    found = slope
            elif found.verdict == OK and (len(sides) == 1 or (k == 1 and slope.verdict.status == Status.LIMIT)):
                found = found._replace(verdict=Verdict(Status.LIMIT))
        coefficients.append(found)
    expansion = Expansion(label, coefficients)
    if said is not None and known == order + 1:
        expansion.sides = left, right
    return expansion


def _coefficient(right: Any, left: Any, said: Verdict | None) -> Checked:
    """Join the coefficients of the two sides, where the lower ones are the same or `said` says that they are not."""
    if said is None and differ_by_rounding(right, left):
        return Checked(right, OK if abs(right) < inf else Verdict(Status.POLE))
    low, high = sorted((right, left))
    return Checked((low + high) / 2, Verdict(Status.KINK, (low, high) if low < high else None))


def _variable(graph: Graph, wrt: Sequence[str]) -> int:
    nodes = find_nodes(graph, wrt, "--wrt") if wrt else list(graph.inputs())
    if len(nodes) == 1:
        return nodes[0]
    named = name_list([graph.labels()[node] for node in nodes])
    if wrt:
        raise RequestError(
            f"a Taylor polynomial is in one variable, and `--wrt` names {len(nodes)}: {named}",
            help=f"write `--wrt {graph.labels()[nodes[0]]}`; the others keep their values",
        )
    if not nodes:
        raise RequestError("the program has no input to expand in", help="`--wrt` names another node")
    raise RequestError(
        f"the program has {len(nodes)} inputs, and a Taylor polynomial is in one of them: {named}",
        help=f"write `--wrt {graph.labels()[nodes[0]]}`; the others keep their values",
    )
