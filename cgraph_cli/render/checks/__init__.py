"""The outcomes of checks as text: one small module a format, imported when that format is asked for.

Imports the rest of `render` and what `render` may import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from math import isfinite
from typing import NamedTuple, TextIO

from cgraph_cli.checks.outcomes import Failure, Outcome
from cgraph_cli.core.graph import show_number

FORMATS = ("text", "json", "junit", "github", "tap")
"""The formats of `check` and `compare`; each is a module here."""

MOST_CASES = 100
"""Failed cases of one program that a person is shown; the rest are counted."""

Paint = Callable[[str, str], str]
"""Gives a text a colour."""

_NEGATIONS = {"==": "not ", "!=": "", "<": ">= ", "<=": "> ", ">": "<= ", ">=": "< "}
_RELATIONS = {"==": "", "!=": "not ", "<": "< ", "<=": "<= ", ">": "> ", ">=": ">= "}


class Style(NamedTuple):
    """How outcomes are shown: only those that fail, and in which colours."""

    quiet: bool = False
    paint: Paint = lambda text, _: text


def write(outcomes: Sequence[Outcome], format: str, style: Style, stream: TextIO) -> None:
    """Write outcomes to a stream in one of the `FORMATS`."""
    import_module(f"cgraph_cli.render.checks.{'json_' if format == 'json' else format}").write(outcomes, style, stream)


def facts(failure: Failure) -> list[tuple[str, str]]:
    """What a failure has to say in numbers, as (name, number)."""
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
    """A point as it can be given on the command line again."""
    return " ".join(f"--{name} {show_number(number)}" for name, number in point.items())


def details(failure: Failure) -> list[str]:
    """A failure's numbers and notes, a line each."""
    lines = [f"{name:<12}{number}" for name, number in facts(failure)]
    return [*lines, *failure.notes]


def count(number: int, noun: str) -> str:
    """`1 assert`, `2 asserts`."""
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
