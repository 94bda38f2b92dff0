"""Uncertainty budgets as sheets: a row an input, a table an output, and the covariances of the outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Any

from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.lab_notation import at_place, write_concise, write_expanded
from cgraph_cli.render.numbers import read_checked, read_number, read_status, write_number
from cgraph_cli.render.view import View
from cgraph_cli.results.uncertainty.agreement import last_place, tolerance_of
from cgraph_cli.results.uncertainty.propagation import Agreement, Budgets, UncertaintyBudget

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells
    from cgraph_cli.results.uncertainty.monte_carlo import Spread

_CLOSE = 0.1
"""The part of the uncertainty up to which two results are told to differ in digits alone."""

_COLUMNS = (
    *("output", "input", "value", "u", "distribution", "dof", "sensitivity", "status", "contribution", "share"),
    *("factor", "expanded", "low", "high"),
)

_MOST_EXACT = 12
"""The exact inputs that are named below a table."""

_VAGUE = 0.05
"""The largest part of u that the standard errors of the draws' mean and u may be; beyond it neither is shown."""


class BudgetSheet(Sheet):
    """The uncertainty budgets of some outputs."""

    def __init__(self, found: Budgets) -> None:
        self.found = found

    def cells(self, view: View) -> list[Cells]:
        """Make a table an output, and one of the covariances between outputs."""
        tables = [self._budget_cells(budget, view) for budget in self.found.budgets]
        return [*tables, *([self._covariance_cells(view)] if len(tables) > 1 else [])]

    def _budget_cells(self, budget: UncertaintyBudget, view: View) -> Cells:
        from cgraph_cli.render.cells import CellRow, aligned, ends

        partial = "d" if view.ascii else "∂"
        headings = ["estimate", "u", f"{partial}{budget.label}/{partial}input", f"u of {budget.label}", "share"]
        is_normal = all(each.number.distribution == "normal" for each in budget.contributions)
        has_dof = any(contribution.number.dof < inf for contribution in budget.contributions)
        if has_dof:
            headings.insert(2, "dof")
        status = not budget.is_ok()
        contributions = budget.contributions
        shown, gap, left_out = ends(contributions, len(contributions), view)
        rows = []
        for contribution in shown:
            number = contribution.number
            numbers = [
                read_number(float(number), view.digits),
                read_number(number.u, view.digits),
                *([_read_dof(number.dof, view)] if has_dof else []),
                read_checked(contribution.sensitivity, view.digits),
                read_number(abs(contribution.amount), view.digits),
                read_share(contribution.share),
                *([read_status(contribution.sensitivity.verdict)] if status else []),
            ]
            rows.append(
                CellRow("intermediate", ("", contribution.label, *[number.distribution][is_normal:]), tuple(numbers))
            )
        whole = [
            read_checked(budget.value, view.digits),
            read_number(budget.u, view.digits),
            *([_read_dof(budget.dof, view)] if has_dof else []),
            *("", read_number(budget.u, view.digits), read_share(1.0) if budget.u else ""),
            *([read_status(budget.value.verdict)] if status else []),
        ]
        rows.append(CellRow("output", ("out", budget.label, *[""][is_normal:]), tuple(whole)))
        headings += ["status"] if status else []
        texts = ("", "node", *["distribution"][is_normal:])
        return aligned(texts, headings, rows, status, gap, left_out)

    def _covariance_cells(self, view: View) -> Cells:
        from cgraph_cli.render.cells import CellRow, aligned

        found = self.found
        labels = [budget.label for budget in found.budgets]
        rows = []
        for at, label in enumerate(labels):
            numbers = [read_number(found.covariance(at, other), view.digits) for other in range(len(labels))]
            numbers += [read_number(found.correlation(at, other), view.digits) for other in range(len(labels))]
            rows.append(CellRow("output", ("", label), tuple(numbers)))
        headings = [
            *(f"covariance with {label}" for label in labels),
            *(f"correlation with {label}" for label in labels),
        ]
        return aligned(("", "node"), headings, rows, False, 0, 0)

    def notes(self, view: View) -> Iterable[str]:
        """Write each result as a laboratory does, with its interval, and the notes on it."""
        for budget, agreement in zip(self.found.budgets, self.found.agreements, strict=True):
            yield from self.result(budget, agreement)
        if self.found.exact:
            more = len(self.found.exact) - _MOST_EXACT
            shown = ", ".join(self.found.exact[:_MOST_EXACT])
            yield f"exact: {shown} and {more:,} more" if more > 0 else f"exact: {shown}"
        yield from self.found.notes()

    def result(self, budget: UncertaintyBudget, agreement: Agreement) -> Iterator[str]:
        """Write the result: of the Monte Carlo run, where the linear one disagrees with it, else the linear one."""
        spread, label, value = agreement.spread, budget.label, budget.value.number
        percent = f"{100 * budget.level:.10g} %"
        if spread is not None and not agreement.agrees:
            low, high = _read_interval((spread.low, spread.high))
            has_moments = max(spread.errors[:2]) < _VAGUE * spread.u < inf
            found = f" = {write_concise(spread.mean, spread.u)}," if has_moments else ""
            if spread.lost == 1:
                yield f"{label} has no value, by {self._run()}"
            else:
                yield f"{label}{found} by {self._run()}"
                yield f"  {percent}: {low} to {high}"
            linear = write_concise(value, budget.u)
            ends = zip(
                (value, budget.u, *budget.interval), (spread.mean, spread.u, spread.low, spread.high), strict=True
            )
            if has_moments and all(abs(ours - theirs) < _CLOSE * spread.u for ours, theirs in ends):
                yield f"note: linear propagation differs in the digits that are shown: {label} = {linear}"
            else:
                yield f"note: linear propagation is not good enough for {label}: {linear}"
            yield from (f"      {reason}" for reason in agreement.reasons)
            if not has_moments and spread.lost < 1:
                yield "note: the draws settle no mean and no standard uncertainty; the distribution may have none"
            elif has_moments and not agreement.is_stable:
                yield "note: the draws do not settle the last digit shown; `--draws` takes more of them"
            return
        yield f"{label} = {write_concise(value, budget.u)}"
        if 0 < budget.u < inf:
            kind = (
                "normal"
                if budget.dof == inf or budget.dof != budget.dof
                else f"{budget.dof:.3g} degree{'s' * (budget.dof != 1)} of freedom"
            )
            low, high = _read_interval(budget.interval)
            expanded = write_expanded(value, budget.expanded)
            yield f"  {percent}: {low} to {high}, or {expanded} (k = {budget.factor:.3g}, {kind})"
            if spread is not None:
                low, high = _read_interval((spread.low, spread.high))
                yield f"  {self._run()} agrees: {low} to {high}"
            elif agreement.second is not None and agreement.second.u - budget.u > tolerance_of(budget.u):
                yield f"  to second order: {write_concise(value + agreement.second.shift, agreement.second.u)}"

    def _run(self) -> str:
        draws = self.found.simulation.draws if self.found.simulation is not None else 0
        return f"Monte Carlo ({draws:,} draws)"

    def rows(self, view: View) -> Iterator[list[str]]:
        """Make a row a contribution, and a last row without an input's name for the output."""
        yield list(_COLUMNS)
        for budget in self.found.budgets:
            for contribution in budget.contributions:
                number = contribution.number
                numbers = (contribution.sensitivity.number, contribution.amount, contribution.share)
                sensitivity, amount, share = (write_number(each, view.digits) for each in numbers)
                yield [
                    *(budget.label, contribution.label),
                    *(write_number(float(number), view.digits), write_number(number.u, view.digits)),
                    *(number.distribution, write_number(number.dof, view.digits), sensitivity),
                    *(contribution.sensitivity.verdict.status, amount, share, "", "", "", ""),
                ]
            whole = (budget.value.number, budget.u, budget.dof, budget.u, 1.0 if budget.u else 0.0)
            value, u, dof, amount, share = (write_number(each, view.digits) for each in whole)
            ends = (budget.factor, budget.expanded, *budget.interval)
            yield [
                *(budget.label, "", value, u, "", dof, "", budget.value.verdict.status, amount, share),
                *(write_number(each, view.digits) for each in ends),
            ]

    def members(self, view: View) -> Mapping[str, object]:
        """Make the inputs with their correlations, the outputs with their budgets and covariances."""
        from cgraph_cli.render.sheets.json import number, remark_entries, trouble_entry

        found = self.found
        count = range(len(found.budgets))
        return {
            "level": found.level,
            "inputs": {
                name: {
                    "value": number(float(each), view),
                    "u": number(each.u, view),
                    "distribution": each.distribution,
                    "dof": number(each.dof, view),
                }
                for name, each in found.uncertain.items()
            },
            "exact": found.exact,
            "correlations": [
                {"inputs": [first, second], "coefficient": number(coefficient, view)}
                for first, second, coefficient in found.correlations.pairs()
            ],
            "draws": self.found.simulation.draws if self.found.simulation else 0,
            "seed": self.found.simulation.seed if self.found.simulation else None,
            "outputs": {
                budget.label: self._entry(budget, agreement, view)
                for budget, agreement in zip(found.budgets, self.found.agreements, strict=True)
            },
            "covariance": [[number(found.covariance(a, b), view) for b in count] for a in count],
            "correlation": [[number(found.correlation(a, b), view) for b in count] for a in count],
            "diagnostics": chain(
                remark_entries(found.report.graph), (trouble_entry(trouble, view) for trouble in found.troubles())
            ),
        }

    def _entry(self, budget: UncertaintyBudget, agreement: Agreement, view: View) -> dict[str, Any]:
        from cgraph_cli.render.sheets.json import number

        return {
            "value": number(budget.value.number, view),
            "status": budget.value.verdict.status,
            "u": number(budget.u, view),
            "dof": number(budget.dof, view),
            "factor": number(budget.factor, view),
            "expanded": number(budget.expanded, view),
            "interval": [number(bound, view) for bound in budget.interval],
            "concise": write_concise(budget.value.number, budget.u),
            "budget": [
                {
                    "input": each.label,
                    "sensitivity": number(each.sensitivity.number, view),
                    "status": each.sensitivity.verdict.status,
                    "contribution": number(each.amount, view),
                    "share": number(each.share, view),
                }
                for each in budget.contributions
            ],
            "second_order": agreement.second
            and {"u": number(agreement.second.u, view), "shift": number(agreement.second.shift, view)},
            "monte_carlo": agreement.spread and _spread_entry(agreement.spread, agreement.is_stable, view),
            "agrees": agreement.agrees,
            "reasons": agreement.reasons,
        }

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make an object an output."""
        for budget, agreement in zip(self.found.budgets, self.found.agreements, strict=True):
            yield {"output": budget.label, **self._entry(budget, agreement, view)}


def _spread_entry(spread: Spread, is_stable: bool, view: View) -> dict[str, Any]:
    from cgraph_cli.render.sheets.json import number

    return {
        "mean": number(spread.mean, view),
        "u": number(spread.u, view),
        "interval": [number(spread.low, view), number(spread.high, view)],
        "shortest": [number(bound, view) for bound in spread.shortest],
        "errors": [number(error, view) for error in spread.errors],
        "is_stable": is_stable,
        "lost": number(spread.lost, view),
    }


def read_share(share: float) -> str:
    """Write a part of a whole in percent, for people."""
    if share != share:
        return ""
    percent = 100 * share
    return f"{percent:.6g} %" if abs(percent - round(percent)) < 1e-9 else f"{percent:.1f} %"


def _read_interval(interval: tuple[float, float]) -> tuple[str, str]:
    """Write the ends of an interval, with two digits of its half-width."""
    low, high = interval
    half = high / 2 - low / 2
    place = last_place(half) if 0 < half < inf else 0
    return at_place(low, place), at_place(high, place)


def _read_dof(dof: float, view: View) -> str:
    """Write degrees of freedom for people."""
    if dof != dof:
        return "?"
    return ("inf" if view.ascii else "∞") if dof == inf else f"{dof:.4g}"
