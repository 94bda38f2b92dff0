"""The test of linear propagation, and the reasons why it fails.

The linear interval of an output is compared with that of the Monte Carlo method, as section 8 of Supplement 1 to the
GUM does: both ends have to agree to half a unit of the last shown digit of the standard uncertainty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from math import inf, isfinite
from typing import TYPE_CHECKING

from cgraph_cli.core.graph import show_number
from cgraph_cli.core.uncertain_number import DISTRIBUTIONS
from cgraph_cli.results.uncertainty.breaks import NOUNS, find_breaks
from cgraph_cli.results.uncertainty.propagation import Agreement, Budgets, UncertaintyBudget
from cgraph_cli.results.uncertainty.second_order import SecondOrder, second_order
from cgraph_cli.trust.verdicts import Status

if TYPE_CHECKING:
    from cgraph_cli.results.uncertainty.monte_carlo import Simulation, Spread

DIGITS = 2
"""The significant digits of a shown standard uncertainty."""

MOST_DRAWS = 1_000_000
"""The most draws, unless a number is asked for."""

MOST_WORK = 400_000_000
"""The most evaluations of a node, unless a number of draws is asked for."""

SURE = 4.0
"""The standard errors between the ends of two intervals from which on they disagree."""

_MOST_DOUBT = 0.1
"""The largest standard error of draws that can agree, as a part of the standard uncertainty."""

_DRAWING = 4
"""The evaluations of a node that take as long as the draw of an input."""

_NOTABLE = 0.05
"""The least share of an input whose distribution or degrees of freedom a note names."""


def last_place(u: float, digits: int = DIGITS) -> int:
    """Find the power of ten of the last shown digit of an uncertainty above 0."""
    return Decimal(f"{u:.{digits - 1}e}").adjusted() - digits + 1  # 0.0996 is 0.10


def tolerance_of(u: float) -> float:
    """Find half a unit of the last shown digit of a standard uncertainty."""
    return 0.5 * 10.0 ** last_place(u) if 0 < u < inf else 0.0


def assess(
    budgets: Budgets,
    inputs: Mapping[str, float],
    draws: int | None = None,
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Test linear propagation to each output. Without a number of `draws` there is a bound on work."""
    simulation = budgets.simulation = None if draws == 0 else _simulate(budgets, draws, seed, progress)
    for at, budget in enumerate(budgets.budgets):
        answer = budgets.report
        second = second_order(answer.graph, inputs, budget.label, budget.u, budgets.uncertain, budgets.correlations)
        if simulation is None:
            budgets.agreements.append(Agreement(second, None, True, True, []))
            continue
        spread, line = simulation.spreads[at], simulation.linear[at]
        agrees = _agree(budget, budget.interval, spread)
        reasons = [] if agrees else list(_reasons(budgets, at, inputs, second, spread, line))
        budgets.agreements.append(Agreement(second, spread, agrees, _is_stable(budget, spread), reasons))


def _simulate(
    budgets: Budgets, draws: int | None, seed: int, progress: Callable[[int, int], None]
) -> Simulation | None:
    """Run the Monte Carlo method; None where the shortest run exceeds the bound on work."""
    graph = budgets.report.graph
    most = MOST_DRAWS if draws is None else draws
    if draws is None:
        most = min(most, MOST_WORK // (len(graph) + _DRAWING * len(budgets.uncertain)))
    from cgraph_cli.results.uncertainty import monte_carlo

    if monte_carlo.block_size(budgets.level) > most:
        budgets.remarks.append("note: no Monte Carlo run: too few draws would fall outside of so wide an interval")
        return None
    if draws is None and most < monte_carlo.LEAST_BLOCKS * monte_carlo.BLOCK:
        budgets.remarks.append("note: no Monte Carlo run: the program is large; `--draws 80000` runs one all the same")
        return None
    slopes = [
        {each.label: each.sensitivity.number for each in budget.contributions if isfinite(each.sensitivity.number)}
        for budget in budgets.budgets
    ]
    source = monte_carlo.Draws(budgets.uncertain, budgets.correlations, seed)
    numbers = {node: budgets.report.values[node] for node in graph.inputs()}

    def is_settled(at: int, spread: Spread) -> bool:
        budget = budgets.budgets[at]
        tolerance = tolerance_of(budget.u or spread.u)
        apart = zip(budget.interval, (spread.low, spread.high), spread.errors[2:], strict=True)
        return _is_stable(budget, spread) and all(
            abs(abs(ours - theirs) - tolerance) > SURE * error for ours, theirs, error in apart
        )

    outputs = budgets.report.outputs
    return monte_carlo.simulate(graph, numbers, outputs, source, budgets.level, most, is_settled, slopes, progress)


def _is_stable(budget: UncertaintyBudget, spread: Spread) -> bool:
    """Tell whether twice each standard error is within half a unit of the last shown digit (7.9 of the Supplement)."""
    tolerance = tolerance_of(spread.u)
    return all(2 * error <= tolerance for error in spread.errors)


def _agree(budget: UncertaintyBudget, interval: tuple[float, float], spread: Spread) -> bool:
    """Tell whether an interval has the ends of some draws, to the shown digits and within the errors of the draws."""
    tolerance = tolerance_of(budget.u if 0 < budget.u < inf else spread.u)
    ends = zip(interval, (spread.low, spread.high), strict=True)
    most = _MOST_DOUBT * (budget.u if 0 < budget.u < inf else spread.u)
    return not spread.lost and all(
        abs(ours - theirs) <= tolerance + min(SURE * error, most)
        for (ours, theirs), error in zip(ends, spread.errors[2:], strict=True)
    )


def _reasons(
    budgets: Budgets,
    at: int,
    inputs: Mapping[str, float],
    second: SecondOrder | None,
    spread: Spread,
    line: Spread,
) -> Iterator[str]:
    """Say why linear propagation is not good enough, the plainest reason first."""
    budget, is_smooth = budgets.budgets[at], True
    for contribution in budget.contributions:
        status = contribution.sensitivity.verdict.status
        if status in (Status.KINK, Status.JUMP, Status.POLE, Status.UNDEFINED) and contribution.number.u:
            yield f"a {NOUNS[status]} in {contribution.label}, at the estimate"
            is_smooth = False
    for found in find_breaks(budgets, at, inputs):
        yield found
        is_smooth = False
    if spread.lost:
        is_smooth = False
        yield f"no value for {show_number(float(f'{100 * spread.lost:.2g}'))} % of the draws"
    tolerance = tolerance_of(budget.u or spread.u)
    if second is not None and (second.u - budget.u > tolerance or abs(second.shift) > tolerance):
        u, shift = (show_number(float(f"{number:.3g}")).replace("e-0", "e-") for number in second)
        yield f"curvature: to second order u = {u}, and the mean is shifted by {shift}"
    elif is_smooth and not _agree(budget, (line.low, line.high), spread):
        is_second = second is not None and (second.u != budget.u or second.shift)
        yield "curvature, which skews the distribution" if is_second else "curvature of higher than second order"
    if not _agree(budget, budget.interval, line):
        yield from _distributions(budget)


def _distributions(budget: UncertaintyBudget) -> Iterator[str]:
    """Name the inputs whose distributions give the linear approximation another distribution than assumed."""
    named = [each for each in budget.contributions if abs(each.share) >= _NOTABLE]
    bounded = [each for each in named if DISTRIBUTIONS[each.number.distribution].divisor != 1]
    if bounded:
        shown = ", ".join(f"{each.label} ({each.number.distribution})" for each in bounded)
        yield f"the distribution is not normal, for much of it comes from {shown}"
    few = [each for each in named if each.number.distribution == "student"]
    if few:
        shown = ", ".join(f"{each.label} ({each.number.dof:g})" for each in few)
        yield f"few degrees of freedom: {shown}"
