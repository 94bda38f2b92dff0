"""Outcomes in words: the numbers of a failure, a point, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from cgraph_cli.checks.outcomes import Failure
from cgraph_cli.core.graph import show_number

MOST_CASES = 100
"""The most failed cases of one program that a person is shown."""

_NEGATIONS = {"==": "not ", "!=": "", "<": ">= ", "<=": "> ", ">": "<= ", ">=": "< "}
_RELATIONS = {"==": "", "!=": "not ", "<": "< ", "<=": "<= ", ">": "> ", ">=": ">= "}


def facts(failure: Failure) -> list[tuple[str, str]]:
    """List the numbers of a failure, as (name, number)."""
    if failure.expected is None or failure.got is None:
        return []
    negated = failure.relation.startswith("not ")
    relation = (_NEGATIONS if negated else _RELATIONS)[failure.relation.removeprefix("not ")]
    found = [
        (failure.sides[0], relation + show_number(failure.expected)),
        (failure.sides[1], show_number(failure.got)),
    ]
    if relation == "":
        difference = failure.difference or 0.0
        if isfinite(difference):
            found.append(("difference", f"{difference:.3g}"))
        if failure.tolerance is not None and isfinite(failure.tolerance):
            found.append(("tolerance", f"{failure.tolerance:.3g}"))
    return found


def show_point(point: Mapping[str, float]) -> str:
    """Write a point as the options of a command line."""
    return " ".join(f"--{name} {show_number(number)}" for name, number in point.items())


def details(failure: Failure) -> list[str]:
    """List the numbers and notes of a failure, a line each."""
    lines = [f"{name:<12}{number}" for name, number in facts(failure)]
    return [*lines, *failure.notes]


def count(number: int, noun: str) -> str:
    """Write a number of things: `1 assert`, `2 asserts`."""
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
