"""The law of propagation of uncertainty (GUM, JCGM 100:2008): the budget of each output, and their covariances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor, fsum, hypot, inf, isfinite, nan, sqrt
from typing import TYPE_CHECKING, NamedTuple

from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.nodes_by_label import find_outputs
from cgraph_cli.core.uncertain_number import UncertainNumber
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.results.notes import Trouble, find_troubles, remark_lines, trouble_lines
from cgraph_cli.results.report import Report, Stage, report
from cgraph_cli.results.request import Request
from cgraph_cli.results.uncertainty.correlations import Correlations
from cgraph_cli.results.uncertainty.student import coverage_factor
from cgraph_cli.trust.verdicts import OK, Checked

if TYPE_CHECKING:
    from cgraph_cli.results.uncertainty.monte_carlo import Simulation, Spread
    from cgraph_cli.results.uncertainty.second_order import SecondOrder

LEVEL = 0.95
"""The default coverage probability of an interval."""


class Contribution(NamedTuple):
    """The contribution of an input to the uncertainty of an output.

    `amount` is sensitivity times standard uncertainty, in the output's unit and with the sensitivity's sign. `share` is
    the part of the output's variance. With correlations it is the part of the terms with the input, where a term of two
    inputs goes half to each. The shares add up to 1.
    """

    label: str
    number: UncertainNumber
    sensitivity: Checked
    amount: float
    share: float


class UncertaintyBudget(NamedTuple):
    """The uncertainty budget of one output.

    `u` is the combined standard uncertainty, `dof` its effective degrees of freedom (Welch–Satterthwaite), nan where
    the formula does not hold. `expanded` is `factor` times `u`, the half-width of an interval with the probability
    `level`.
    """

    label: str
    value: Checked
    contributions: list[Contribution]
    u: float
    dof: float
    level: float
    factor: float

    @property
    def expanded(self) -> float:
        """The expanded uncertainty."""
        return self.factor * self.u

    @property
    def interval(self) -> tuple[float, float]:
        """The coverage interval about the value."""
        return self.value.number - self.expanded, self.value.number + self.expanded

    def is_finite(self) -> bool:
        """Tell whether the value and its uncertainty are finite and known."""
        known = all(contribution.sensitivity.is_finite for contribution in self.contributions)
        return self.value.is_finite and isfinite(self.u) and known

    def is_ok(self) -> bool:
        """Tell whether the value and every sensitivity are those of an ordinary point."""
        return self.value.verdict == OK and all(each.sensitivity.verdict == OK for each in self.contributions)


class Agreement(NamedTuple):
    """The outcome of the test of linear propagation to an output.

    `second` is None where a second derivative does not exist, `spread` where nothing was drawn. `agrees` tells whether
    the two intervals have the same shown digits, and `reasons` why they differ.
    """

    second: SecondOrder | None
    spread: Spread | None
    agrees: bool
    is_stable: bool
    reasons: list[str]


class Budgets:
    """The budgets of some outputs at a point, with the covariances between the outputs.

    `uncertain` are the numbers of the inputs with an uncertainty, by name, and `exact` the names of the others.
    `agreements` are the tests of linear propagation to each output, and `simulation` is the Monte Carlo run, after the
    tests. `remarks` are lines below a table.
    """

    def __init__(
        self,
        answer: Report,
        uncertain: Mapping[str, UncertainNumber],
        exact: Sequence[str],
        correlations: Correlations,
        level: float,
    ) -> None:
        self.report = answer
        self.uncertain = uncertain
        self.exact = exact
        self.correlations = correlations
        self.level = level
        self.agreements: list[Agreement] = []
        self.simulation: Simulation | None = None
        self.remarks: list[str] = []
        self.budgets = [_budget(answer, output, uncertain, correlations, level) for output in answer.outputs]

    def covariance(self, first: int, second: int) -> float:
        """Give the covariance of two outputs, by their positions."""
        return self._product(first, second, 1.0, 1.0)

    def correlation(self, first: int, second: int) -> float:
        """Give the correlation coefficient of two outputs; nan where one has no uncertainty."""
        sizes = self.budgets[first].u, self.budgets[second].u
        if first == second or not all(0 < size < inf for size in sizes):
            return 1.0 if first == second else nan
        return max(-1.0, min(1.0, self._product(first, second, *sizes)))

    def _product(self, first: int, second: int, unit: float, other_unit: float) -> float:
        """Add up the products of two outputs' contributions, each in a unit of its own."""
        if first == second:
            size = self.budgets[first].u
            return size / unit * (size / other_unit)
        ours, others = self.budgets[first].contributions, self.budgets[second].contributions
        amounts, beside = {each.label: each.amount / other_unit for each in others}, self.correlations.beside
        return fsum(
            one.amount / unit * (amounts[one.label] + fsum(r * amounts[name] for name, r in beside(one.label).items()))
            for one in ours
            if one.amount
        )

    def is_finite(self) -> bool:
        """Tell whether all budgets are finite."""
        return all(budget.is_finite() for budget in self.budgets)

    def is_ok(self) -> bool:
        """Tell whether all budgets are ok."""
        return all(budget.is_ok() for budget in self.budgets)

    def troubles(self) -> list[Trouble]:
        """List the places where values or sensitivities went wrong."""
        return [] if self.is_ok() and self.is_finite() else list(find_troubles(self.report))

    def notes(self) -> Iterator[str]:
        """Write the lines below a table."""
        yield from remark_lines(self.report.graph)
        yield from trouble_lines(self.troubles())
        if without := [name for name, number in self.uncertain.items() if number.u == 0]:
            percent = ": a percentage of 0 is 0" if not all(map(self.uncertain.get, without)) else ""
            yield f"note: the uncertainty of {name_list(without)} is 0{percent}"
        yield from self.remarks


def propagate(
    graph: Graph,
    inputs: Mapping[str, float],
    request: Request,
    correlations: Correlations | None = None,
    level: float = LEVEL,
    stage: Stage | None = None,
) -> Budgets:
    """Propagate the uncertainties of the inputs to the outputs `request.of`, by exact sensitivities.

    Correlation through the graph is exact: `x - x` has the uncertainty 0. Raises the errors of `report`, and
    `RequestError` where no input has an uncertainty.
    """
    given, correlations = check_inputs(graph, inputs), correlations or Correlations()
    numbers = {graph.names[node] or "": given[node] for node in graph.inputs()}
    uncertain = {name: number for name, number in numbers.items() if isinstance(number, UncertainNumber)}
    correlations.check(numbers, uncertain)
    if not uncertain:
        first = next(iter(numbers), "")
        raise RequestError(
            "no input has an uncertainty",
            help=f"write `--{first} '{float(numbers[first]):g} ± 0.1'`" if first else "the program has no inputs",
        )
    of: Sequence[str] = request.of
    if graph.arrays is not None:  # whose elements are outputs, and not their sum
        of = [graph.labels()[node] for node in find_outputs(graph, request.of)]
    asked = Request(of, list(uncertain), "reverse", arithmetic=request.arithmetic)
    answer = report(graph, inputs, asked, stage)
    return Budgets(answer, uncertain, [name for name in numbers if name not in uncertain], correlations, level)


def _budget(
    answer: Report, output: int, uncertain: Mapping[str, UncertainNumber], correlations: Correlations, level: float
) -> UncertaintyBudget:
    sensitivities = {
        name: answer.checked_gradient(output, answer.graph.nodes[name]) or Checked(0.0) for name in uncertain
    }
    amounts = {name: _amount(sensitivities[name], number.u) for name, number in uncertain.items()}
    u, shares = combine(amounts, correlations)
    contributions = [
        Contribution(name, number, sensitivities[name], amounts[name], shares[name])
        for name, number in uncertain.items()
    ]
    dof = effective_dof(amounts, {name: number.dof for name, number in uncertain.items()}, u, correlations)
    factor = coverage_factor(level, inf if dof != dof else max(floor(dof + 1e-9), 1) if 1 <= dof < inf else dof)
    return UncertaintyBudget(
        answer.graph.labels()[output], answer.checked(output), contributions, u, dof, level, factor
    )


def _amount(sensitivity: Checked, u: float) -> float:
    """Multiply a sensitivity by a standard uncertainty; 0 gives 0, whatever the sensitivity."""
    return sensitivity.number * u if u else 0.0


def combine(amounts: Mapping[str, float], correlations: Correlations) -> tuple[float, dict[str, float]]:
    """Combine contributions to a standard uncertainty, and find the share of each in the variance."""
    size = max(map(abs, amounts.values()), default=0.0)
    if not size or not isfinite(size):
        whole = hypot(*amounts.values())
        return whole, dict.fromkeys(amounts, nan if whole else 0.0)
    scaled = {name: amount / size for name, amount in amounts.items()}  # no square overflows or vanishes
    parts = {
        name: amount * (amount + fsum(r * scaled.get(other, 0.0) for other, r in correlations.beside(name).items()))
        for name, amount in scaled.items()
    }
    variance = max(0.0, fsum(parts.values()))
    return size * sqrt(variance), {name: part / variance + 0.0 if variance else nan for name, part in parts.items()}


def effective_dof(
    amounts: Mapping[str, float], dofs: Mapping[str, float], u: float, correlations: Correlations
) -> float:
    """Find the effective degrees of freedom by the Welch–Satterthwaite formula (GUM, G.2b).

    Correlated inputs with the same degrees of freedom, such as joint readings, count as one component. With different
    ones the formula does not hold, and the number is nan.
    """
    if not u or not isfinite(u):
        return inf
    parts = []
    for group in correlations.groups(list(amounts)):
        members = {name: amounts[name] for name in group if amounts[name]}
        known = {dofs[name] for name in members}
        if len(known) > 1:
            return nan
        for dof in known:
            part, _ = combine(members, correlations)
            parts.append((part / u) ** 4 / dof)
    whole = fsum(parts)
    return 1 / whole if whole else inf
