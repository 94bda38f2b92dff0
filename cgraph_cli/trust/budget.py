"""Budgets of work in balls: of a report, and of a command on all its points."""

from __future__ import annotations

from cgraph_cli.core.primitives import PRIMITIVES

BUDGET = 2_500_000.0
"""The units of work of one report, each about a microsecond."""

BUDGET_OF_MANY = 6_000_000.0
"""The units of work for all the points of a command together."""


_WALK = 0.5
"""The units of work for a visit of a node during a walk."""


class OutOfWork(Exception):
    """A refusal: the budget of work is not enough."""


class Budget:
    """The work that is `left`, in units of an elementary operation on small balls.

    A budget may be part of the `whole` of a command.
    """

    __slots__ = ("left", "whole")

    def __init__(self, left: float = BUDGET, whole: Budget | None = None) -> None:
        self.left = left
        self.whole = whole

    def part(self) -> Budget:
        """Make the budget of one report among many that share this one."""
        return Budget(whole=self)

    @property
    def is_spent(self) -> bool:
        """True where nothing is left."""
        return self.left < 0 or (self.whole is not None and self.whole.left < 0)

    def walk(self, nodes: int) -> None:
        """Take off the cost of a visit of so many nodes of a graph. Raises `OutOfWork` like `spend`."""
        self._take(nodes * _WALK)

    def spend(self, operation: str, bits: int, times: int = 1, operands: int = 2) -> None:
        """Take off the cost of an operation. Raises `OutOfWork` for more than is left."""
        primitive = PRIMITIVES[operation]
        one = primitive.cost * (bits / 500) ** 1.6
        another = 10 if primitive.picks else 10 + one  # to pick is to compare, at any precision for little
        cost = times * (10 + one) + max(0, operands - 2) * another
        self._take(cost)

    def _take(self, cost: float) -> None:
        self.left -= cost
        if self.whole is not None:
            self.whole.left -= cost
            self.left = min(self.left, self.whole.left)
        if self.left < 0:
            raise OutOfWork
