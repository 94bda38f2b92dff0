"""Uncertainty budgets as SVG: a bar an input, as long as its share of the variance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import TextIO

from cgraph_cli.draw.plotting.figure import short_program
from cgraph_cli.draw.plotting.paper import LETTER, LINE, place, sheet, words
from cgraph_cli.draw.themes import FACES
from cgraph_cli.render.contents.budgets import BudgetSheet, read_share
from cgraph_cli.render.numbers import read_number
from cgraph_cli.render.view import View
from cgraph_cli.results.uncertainty.propagation import Contribution, UncertaintyBudget

MOST_BARS = 20
"""The most inputs with a bar each; further ones share one."""

_WIDTH = 760
_BAR = 16
_STEP = 26
_EDGE = 24
_TOP = 46.0


def write(budgets: BudgetSheet, view: View, stream: TextIO) -> None:
    """Draw the budgets below one another."""
    found = budgets.found
    left = (
        _EDGE + LETTER * max((len(label) for budget in found.budgets for label, _, _ in _bars(budget)), default=0) + 12
    )
    program = short_program(found.report.graph.source.text)
    top, parts = _TOP + (LINE if program else 0), list[str]()
    for budget, agreement in zip(found.budgets, found.agreements, strict=True):
        drawn = list(_draw(budget, budgets.result(budget, agreement), left, top + LINE))
        parts += [part for part, _ in drawn]
        top = max((bottom for _, bottom in drawn), default=top) + LINE
    spoken = ". ".join(_spoken(budget) for budget in found.budgets)
    title = "Uncertainty budget of " + ", ".join(budget.label for budget in found.budgets)
    stream.write(sheet(_WIDTH, top, title, program, spoken, parts, view.theme, FACES, _EDGE))


def _draw(budget: UncertaintyBudget, lines: Iterable[str], left: float, top: float) -> Iterator[tuple[str, float]]:
    """Draw the result and the bars of an output; gives each part with its lower end."""
    for at, line in enumerate(lines):
        role = "label" if at else "result"
        yield words("note" if line.startswith(("note:", "      ")) else role, _EDGE, top, line.strip()), top + 6
        top += LINE
    top += 4
    bars = _bars(budget)
    low = min(0.0, *(share for _, share, _ in bars)) if bars else 0.0
    high = max(1.0, *(share for _, share, _ in bars)) if bars else 1.0
    scale = (_WIDTH - left - _EDGE - 8 * LETTER) / (high - low)
    zero = left - low * scale
    for label, share, spoken in bars:
        size, begin = abs(share) * scale, zero + min(0.0, share) * scale
        yield words("label", left - 10, top + 12, label, "end"), top + _BAR
        yield (
            f'<g class="{"c0" if share >= 0 else "c1"}" role="graphics-symbol img" aria-label="{escape(spoken)}">'
            f'<title>{escape(spoken)}</title><rect class="full" x="{place(begin)}" y="{place(top)}" '
            f'width="{place(max(size, 0.5))}" height="{_BAR}" rx="2"/></g>',
            top + _BAR,
        )
        yield words("tick", max(zero, begin + size) + 8, top + 12, read_share(share)), top + _BAR
        top += _STEP
    height = _STEP * len(bars)
    yield f'<path class="zero" d="M{place(zero)} {place(top - height - 4)}v{place(height)}"/>', top


def _bars(budget: UncertaintyBudget) -> list[tuple[str, float, str]]:
    """List the bars, the longest first: a label, a share, and the words beside it."""
    known = [each for each in budget.contributions if each.share == each.share]
    known.sort(key=lambda each: -abs(each.share))
    bars = [(each.label, each.share, _words(each, budget)) for each in known[:MOST_BARS]]
    if rest := known[MOST_BARS:]:
        share = sum(each.share for each in rest)
        bars.append((f"{len(rest):,} more", share, f"{len(rest):,} more inputs: {read_share(share)}"))
    return bars


def _words(contribution: Contribution, budget: UncertaintyBudget) -> str:
    number = contribution.number
    return (
        f"{contribution.label} = {read_number(float(number), None)} ± {read_number(number.u, None)} "
        f"({number.distribution}): {read_number(abs(contribution.amount), None)} of {budget.label}, "
        f"{read_share(contribution.share)}"
    )


def _spoken(budget: UncertaintyBudget) -> str:
    parts = [f"{label} {read_share(share)}" for label, share, _ in _bars(budget)]
    return f"{budget.label}: " + ", ".join(parts)
