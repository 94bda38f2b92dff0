"""Spark's accumulator without Spark."""

from __future__ import annotations

from collections import Counter

from cgraph_cli.commands.rows.arrow_batches import RowCounts, RowCountsSum


class Accumulator:
    """The counts that tasks of Spark add to."""

    def __init__(self) -> None:
        self.value = RowCounts(Counter())

    def add(self, more: RowCounts) -> None:
        """Add the counts of some rows."""
        self.value = RowCountsSum().addInPlace(self.value, more)
