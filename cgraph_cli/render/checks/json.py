"""Outcomes as strict JSON: a number that is not finite is a string."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, TextIO

from cgraph_cli.checks.outcomes import Case, Failure, Outcome, tally
from cgraph_cli.core.errors import Span
from cgraph_cli.render.view import View


def write(outcomes: Sequence[Outcome], view: View, stream: TextIO) -> None:
    """Write `{"passed": …, "failed": …, "errors": …, "programs": […]}`."""
    passed, failed, errors = tally(outcomes)
    shown = [_outcome(outcome, view) for outcome in outcomes if not (view.quiet and outcome.passed)]
    unicode = (stream.encoding or "utf-8").lower().startswith("utf")
    whole = {"passed": passed, "failed": failed, "errors": errors, "programs": shown}
    json.dump(whole, stream, indent=2, ensure_ascii=not unicode, allow_nan=False)
    stream.write("\n")


def _outcome(outcome: Outcome, view: View) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": outcome.name, "passed": outcome.passed}
    if outcome.errors:
        entry["errors"] = [
            {"message": error.message, "help": error.help, **_place(error.spans)} for error in outcome.errors
        ]
        return entry
    entry["points"] = outcome.points
    entry["silent"] = outcome.silent
    entry["undefined"] = outcome.undefined
    entry["kept"] = _point(outcome.kept)
    digits = [case.digits for case in outcome.cases if case.digits is not None]
    entry["digits"] = min(digits, default=None)
    entry["worst"] = _point(outcome.worst)
    entry["conditioning"] = None
    if (worst := outcome.worst_condition) is not None:
        entry["conditioning"] = {"digits_lost": number(round(worst.digits_lost, 2)), "at": _point(worst.point)}
    if view.errors:
        entry["bounds"] = {
            output: {"error": number(found.error), "value": number(found.value), "at": _point(found.point)}
            for output, found in outcome.bounds.items()
        }
        entry["conditions"] = [
            {"output": output, "input": wrt, "condition": number(found.number), "at": _point(found.point)}
            for (output, wrt), found in outcome.conditions.items()
        ]
    entry["checks"] = [_case(case) for case in outcome.cases]
    return entry


def _case(case: Case) -> dict[str, Any]:
    entry: dict[str, Any] = {"kind": case.kind, "name": case.name, "passed": case.passed}
    if case.digits is not None:
        entry["digits"] = case.digits
    if case.notes:
        entry["notes"] = case.notes
    if case.failures:
        entry["failing"] = case.failing
        entry["point"] = _point(case.point)
        entry["failures"] = [_failure(failure) for failure in case.failures]
    return entry


def _failure(failure: Failure) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": failure.message, **_place(failure.spans)}
    if failure.expected is not None and failure.got is not None:
        numbers = (failure.expected, failure.got, failure.difference, failure.tolerance)
        names = (*failure.sides, "difference", "tolerance")
        entry |= {name: number(x) for name, x in zip(names, numbers, strict=True)}
        entry["relation"] = failure.relation
    entry["notes"] = list(failure.notes)
    return entry


def _point(point: Mapping[str, float]) -> dict[str, Any]:
    return {name: number(x) for name, x in point.items()}


def _place(spans: Sequence[Span]) -> dict[str, Any]:
    if not spans:
        return {}
    line, column = spans[0].source.place(spans[0].start)
    return {"file": spans[0].source.name, "line": line, "column": column}


def number(value: float | None) -> float | str | None:
    """Give a number as strict JSON: one that is not finite as a string."""
    return value if value is None or isfinite(value) else repr(value)
