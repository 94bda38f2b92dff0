"""Gradients that doubles hold, and those beyond them at every point of a check, about which nothing is said."""

from __future__ import annotations

from collections.abc import Mapping

from cgraph_cli.checks.outcomes import Outcome
from cgraph_cli.checks.phrases import everywhere
from cgraph_cli.checks.true_numbers import is_held
from cgraph_cli.trust.verdicts import Checked

Pair = tuple[int, int]
"""An output and a node."""


class HeldGradients:
    """A record of gradients, by pair, over the points of a check; within the tolerances a double may stand for a
    number that it does not hold.
    """

    def __init__(self, rtol: float, atol: float) -> None:
        self.rtol = rtol
        self.atol = atol
        self._held: set[Pair] = set()
        self._beyond: dict[Pair, tuple[Checked, Mapping[str, float]]] = {}

    def take(self, pair: Pair, shown: Checked, point: Mapping[str, float]) -> bool:
        """Record a gradient at a point, and tell whether its double holds it."""
        if is_held(shown, self.rtol, self.atol):
            self._held.add(pair)
            return True
        self._beyond.setdefault(pair, (shown, point))
        return False

    def conclude(self, outcome: Outcome, labels: list[str], help: str) -> None:
        """Fail where a gradient was beyond the doubles at every point; `help` says how to find others."""
        lost = [pair for pair in self._beyond if pair not in self._held]
        if not lost:
            return
        (output, node), more = lost[0], ""
        if len(lost) > 1:
            more = f", and so {'is' if len(lost) == 2 else 'are'} {len(lost) - 1:,} more"
        shown, point = self._beyond[lost[0]]
        notes = [f"it is {shown.verdict.text}"] if shown.verdict.text else []
        if shown.number == 0:
            notes.append("`--atol 1e-300` takes 0 for a number as small")
        what = f"∂{labels[output]}/∂{labels[node]} is beyond the doubles {everywhere(outcome.points)}{more}"
        outcome.give_up(what, *notes, help, point=point)
