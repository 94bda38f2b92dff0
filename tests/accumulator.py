"""Spark's accumulator without Spark."""

from __future__ import annotations

from collections import Counter


class Accumulator:
    """The counts that a task of Spark adds to."""

    def __init__(self) -> None:
        self.value: Counter[str] = Counter()

    def add(self, more: Counter[str]) -> None:
        """Add the counts of some rows."""
        self.value.update(more)
