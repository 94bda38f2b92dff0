"""Taylor polynomials of a program's nodes in one of them, each coefficient with its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Context
from math import nan
from typing import Any, NamedTuple

from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.nodes_by_label import find_nodes, no_variables
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.evaluation.series.coefficients import Irregular, Judgement, Series
from cgraph_cli.evaluation.sweeps import Progress
from cgraph_cli.results.matrices import hessian
from cgraph_cli.results.notes import find_troubles, remark_lines, skipped_line, trouble_lines
from cgraph_cli.results.report import Report, Stage, report
from cgraph_cli.results.request import MOST_PRECISION, Request
from cgraph_cli.trust.verdicts import OK, UNDEFINED, Cause, Checked, Status, Verdict, differ_by_rounding

_JUMP = Verdict(Status.JUMP)

_UNKNOWN = Verdict(Status.UNKNOWN)
_UNSETTLED = "unsettled"
"""The cause of a side that no precision settles, beside those of the table."""

WORK = 4_000_000.0
"""The bound on work for the series, in the units of `trust.budget`; past it, doubles compute them."""


class Expansion:
    """The Taylor polynomial of a node: its coefficients from order 0 on.

    Where the two sides of the point differ, `sides` are the coefficients on the left and on the right.
    """

    def __init__(self, label: str, coefficients: list[Checked]) -> None:
        self.label = label
        self.coefficients = coefficients
        self.sides: tuple[list[Any], list[Any]] | None = None


class Taylor:
    """The Taylor polynomials of some nodes in the distance of the node `wrt` from its value, `center`.

    `stops` are the nodes that have no series there, or none of so high an order. `skipped` is true where rounding was
    not examined; then the digits are not certified.
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
        self.is_certified = not skipped and (answer.precise is not None or answer.is_certified)

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
        """Write the lines below a table."""
        yield from remark_lines(self.report.graph)
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
    more of them at high orders. Raises the errors of `report`, and `RequestError` where `request.wrt` is not one node.
    """
    wrt = _variable(graph, request.wrt)
    label = graph.labels()[wrt]
    asked = Request(request.of, [label], "forward", precision=request.precision, outputs_only=True)
    answer = report(graph, inputs, asked, stage)
    progress = stage("series") if stage else None
    found = _exactly(answer, wrt, order, progress)
    skipped = found is None
    if found is None:
        values = [nan] * len(graph) if answer.precise else answer.evaluation.values
        found = _both_sides(graph, values, DOUBLE, wrt, answer.outputs, order, progress)
    expansions = []
    for output, sides in zip(answer.outputs, found, strict=True):
        point = answer.checked(output)
        slope = answer.tangents[0].checked(output)
        expansion = _expansion(graph.labels()[output], order, sides, point, slope)
        has_slope = slope.verdict.status in (Status.OK, Status.RECOVERED, Status.LIMIT)
        if order > 1 and has_slope and all(len(side.coefficients) < 2 for side in sides):
            _follow(expansion, graph, inputs, asked)
        if skipped:
            expansion.coefficients[2:] = [Checked(c.number, _UNKNOWN) for c in expansion.coefficients[2:]]
        expansions.append(expansion)
    stops = sorted({side.stop for sides in found for side in sides if side.stop >= 0})
    return Taylor(label, answer.values[wrt], expansions, stops, answer, skipped)


def _follow(expansion: Expansion, graph: Graph, inputs: Mapping[str, float], asked: Request) -> None:
    """Find the coefficient of order 2 where a node's series stops before the derivatives do, as that of `1/x` at 0."""
    rest = expansion.coefficients[2:]
    if asked.precision is None and asked.arithmetic == "checked":
        ((second,),) = hessian(graph, inputs, Request([expansion.label], asked.wrt)).entries
        if second.verdict.status in (Status.OK, Status.RECOVERED, Status.LIMIT):
            rest[0] = Checked(second.number / 2, Verdict(Status.LIMIT))
        elif second.verdict.status != Status.UNKNOWN:
            return
        else:
            rest[0] = Checked(nan, _UNKNOWN)
    expansion.coefficients[2:] = [rest[0], *(Checked(nan, _UNKNOWN) for _ in rest[1:])]


class _SideSeries(NamedTuple):
    """The coefficients on one side, up to the cause that stops them and the node where it holds.

    `tied` is true where the other side may differ. `beyond` are the verdicts of coefficients beyond the doubles.
    """

    coefficients: list[Any]
    cause: str = ""
    stop: int = -1
    tied: bool = False
    beyond: Mapping[int, Verdict] = {}


_Sides = tuple[_SideSeries, _SideSeries]


def _both_sides(
    graph: Graph,
    values: Sequence[Any],
    algebra: Algebra,
    wrt: int,
    outputs: Sequence[int],
    order: int,
    progress: Progress | None = None,
    judgement: Judgement | None = None,
) -> list[_Sides]:
    """Compute the coefficients of the outputs on the right and on the left, as powers of the same distance."""
    series = Series(graph, values, algebra, wrt, order, 1, judgement)
    right = [_side(series, output, order, progress) for output in outputs]
    if not series.tied and not any(side.cause for side in right):
        return [(side, side) for side in right]
    other = Series(graph, values, algebra, wrt, order, -1, judgement)
    left = []
    for output in outputs:
        side = _side(other, output, order)
        left.append(side._replace(coefficients=[-c if k % 2 else c for k, c in enumerate(side.coefficients)]))
    tied = series.tied or other.tied
    return [(first._replace(tied=tied), second) for first, second in zip(right, left, strict=True)]


def _side(series: Series, output: int, order: int, progress: Progress | None = None) -> _SideSeries:
    found: list[Any] = []
    try:
        for k in range(order + 1):
            coefficient = series.coefficient(output, k)
            if coefficient != coefficient:
                return _SideSeries(found, Cause.DOMAIN)
            found.append(coefficient)
            if progress:
                progress(k * k, order * order)
    except Irregular as irregular:
        return _SideSeries(found, irregular.cause, irregular.node)
    except ArithmeticError:  # undecided balls
        return _SideSeries(found, _UNSETTLED)
    return _SideSeries(found)


def _exactly(answer: Report, wrt: int, order: int, progress: Progress | None) -> list[_Sides] | None:
    """Compute the coefficients in balls, in growing precision until each is settled; None past the bound on work."""
    if answer.precise is not None:
        point = answer.precise.point
    elif answer.assessment is not None and answer.assessment.is_certified:
        point = answer.assessment.exact
    else:
        return None
    from cgraph_cli.evaluation.ball import Precision, Undecided, balls
    from cgraph_cli.trust.budget import Budget, OutOfWork
    from cgraph_cli.trust.series import BallJudgement

    graph, found = answer.graph, list[_Sides]()
    point.budget = Budget(WORK)
    for bits in point.ladder:
        try:
            with Precision(bits):
                values = point.values(range(len(graph)), bits)
                numbers = [values[node] for node in range(len(graph))]
                judgement = BallJudgement(point, bits)
                sides = _both_sides(graph, numbers, balls(bits), wrt, answer.outputs, order, progress, judgement)
        except Undecided:
            continue
        except OutOfWork:
            return None
        found = [(_round(right, answer, point.settled), _round(left, answer, point.settled)) for right, left in sides]
        if not any(side.cause == _UNSETTLED for both in found for side in both):
            break
    return found or [(_SideSeries([], _UNSETTLED), _SideSeries([], _UNSETTLED)) for _ in answer.outputs]


def _round(side: _SideSeries, answer: Report, bits: int) -> _SideSeries:
    """Round the settled coefficients of a side to so many bits."""
    from cgraph_cli.trust.growing_precision import is_settled
    from cgraph_cli.trust.judge import judge, nearest

    numbers: list[Any] = []
    beyond = {}
    for k, ball in enumerate(side.coefficients):
        if not is_settled(ball, bits):
            return side._replace(coefficients=numbers, cause=_UNSETTLED)
        if answer.precise:
            numbers.append(answer.precise.round(ball))
            continue
        number, verdict = judge(ball, nearest(ball))
        numbers.append(number)
        if verdict.status == Status.OVERFLOW:
            beyond[k] = verdict
    return side._replace(coefficients=numbers, beyond=beyond)


def _expansion(label: str, order: int, both: _Sides, point: Checked, slope: Checked) -> Expansion:
    """Choose the coefficients of one output. `point` and `slope` are its value and derivative in a report."""
    present = [side for side in both if side.cause != Cause.DOMAIN]
    sides = present or [both[0]]
    right, left = sides[0].coefficients, sides[-1].coefficients
    known = min(len(right), len(left)) if present else min(len(right), 1)
    nothing = _UNKNOWN if any(side.cause == _UNSETTLED for side in both) else UNDEFINED.verdict
    said: Verdict | None = None
    coefficients: list[Checked] = []
    for k in range(order + 1):
        if k >= known:
            found = (point, slope)[k] if k < 2 else Checked(nan, said or nothing)
            said = said or (_JUMP if found.verdict.status == Status.JUMP else None)
        elif k == 0 and point.number == point.number:
            if both[0].tied and not all(_are_same(side[0], point.number) for side in (right, left)):
                said = _JUMP
            found = Checked(point.number if said else right[0], said or point.verdict)
        elif said == _JUMP:
            found = Checked(nan, said)
        else:
            found = _coefficient(right[k], left[k], said, sides[0].beyond.get(k, OK))
            if found.verdict.status == Status.KINK:
                said = found.verdict
                if k == 1 and slope.verdict.status == Status.KINK:  # the report follows the table's convention
                    found = slope
            elif found.verdict == OK and len(sides) == 1:
                found = found._replace(verdict=Verdict(Status.LIMIT))
            elif found.verdict == OK and k == 1 and slope.verdict.status in (Status.LIMIT, Status.RECOVERED):
                found = found._replace(verdict=slope.verdict)
        coefficients.append(found)
    expansion = Expansion(label, coefficients)
    if said is not None and known == order + 1:
        expansion.sides = left, right
    return expansion


def _are_same(first: Any, second: Any) -> bool:
    return bool(first == second) or differ_by_rounding(float(first), float(second))


def _coefficient(right: Any, left: Any, said: Verdict | None, verdict: Verdict) -> Checked:
    """Join the coefficients of the two sides, if the lower ones agree or `said` already tells that they differ."""
    if said is None and _are_same(right, left):
        return Checked(right, verdict)
    low, high = sorted((right, left))
    if isinstance(low, float):
        middle = (low + high) / 2
    else:
        exact = Context(prec=2 * MOST_PRECISION)
        middle = exact.divide(exact.add(low, high), 2)
    return Checked(middle, Verdict(Status.KINK, (left, right) if low < high else None))


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
        raise no_variables(graph, "to expand in", "`--wrt` names another node")
    raise RequestError(
        f"the program has {len(nodes)} inputs, and a Taylor polynomial is in one of them: {named}",
        help=f"write `--wrt {graph.labels()[nodes[0]]}`; the others keep their values",
    )
