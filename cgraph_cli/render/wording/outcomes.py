"""Outcomes in words: the numbers of a failure, a point, and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

from cgraph_cli.checks.outcomes import Failure, Outcome
from cgraph_cli.core.errors import columns_of
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


def accuracies(outcome: Outcome) -> Iterator[str]:
    """List the errors of doubles and the condition numbers of an outcome, a line each."""
    rows = [
        (f"error of {output} in doubles", f"{found.error:.3g}", f"of {found.value:.6g}", found.point)
        for output, found in outcome.bounds.items()
    ]
    rows += [
        (f"condition of {output} in {wrt}", f"{found.number:.3g}", "", found.point)
        for (output, wrt), found in outcome.conditions.items()
    ]
    width = max((columns_of(name) for name, *_ in rows), default=0)
    longest = max((columns_of(number) for _, number, *_ in rows), default=0)
    for name, number, of, point in rows:
        line = f"{name}{' ' * (width - columns_of(name))}  {number}"
        place = f"at {show_point(point)}" if outcome.sampled and point else ""
        rest = " ".join(filter(None, (of, place)))
        yield f"{line}{' ' * (longest - columns_of(number))}  {rest}".rstrip()


def count(number: int, noun: str) -> str:
    """Write a number of things: `1 assert`, `2 asserts`."""
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
