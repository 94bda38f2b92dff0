"""Knowledge of a graph's values at a point: the numbers, their verdicts, and the means to compute more."""

from __future__ import annotations

from collections.abc import Iterable

from cgraph_cli.core.reach import ancestors
from cgraph_cli.trust.growing_precision import ExactPoint
from cgraph_cli.trust.influence import Influence
from cgraph_cli.trust.neighbourhood import Curve, Neighbourhood
from cgraph_cli.trust.verdicts import OK, Cause, Checked, Verdict


class KnownValues:
    """The corrected values of an evaluation.

    `numbers` has all of them by node, `verdicts` those other than ok. `causes` are the events, as balls see them.
    `singular` are the nodes without a derivative by the rules, `by_limit` those that depend on a limit, and `ways`
    the curves and sides of the limit. `turned` has the derivatives whose formula is another at the point than around
    it, as that of `where(x == 0, 0, x)`: for each its variable and the choices that turn there. `skipped` counts the
    unsettled values. `point` and `neighbourhood` have the corrected values.
    """

    def __init__(self, influence: Influence, causes: dict[int, Cause], point: ExactPoint) -> None:
        self.influence = influence
        self.numbers: list[float] = influence.values
        self.verdicts: dict[int, Verdict] = {}
        self.causes = causes
        self.singular: set[int] = set()
        self.ways: dict[int, list[tuple[Curve, int]]] = {}
        self.by_limit: set[int] = set()
        self.turned: dict[int, tuple[int, list[int]]] = {}
        self.skipped = 0
        self.point = point
        self.neighbourhood = Neighbourhood(point)

    def turning(self, target: int, direction: Iterable[int]) -> list[int]:
        """List the variables of the derivatives below a target whose formula at the point does not tell how they move
        in a direction, which leaves them on their branch."""
        if not self.turned:
            return []
        graph, moving, found = self.influence.graph, set(direction), []
        below = self.influence.ancestors([target])
        for node, (variable, choices) in self.turned.items():
            if node in below and variable not in moving:
                output, _ = graph.gradients[node]
                stays = any(moving.isdisjoint(ancestors(graph, [choice])) for choice in choices)
                if stays and not moving.isdisjoint(ancestors(graph, [output])):
                    found.append(variable)
        return found

    def take(self, node: int, checked: Checked) -> None:
        """Set a corrected value."""
        self.numbers[node] = checked.number
        if checked.verdict != OK:
            self.verdicts[node] = checked.verdict
