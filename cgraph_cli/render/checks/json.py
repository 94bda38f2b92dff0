"""Outcomes as strict JSON: a number that is not finite is a string."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite
from typing import Any, TextIO

from cgraph_cli.checks.outcomes import Case, Failure, Outcome, tally
from cgraph_cli.core.errors import Span
from cgraph_cli.render.view import View


def write(outcomes: Sequence[Outcome], view: View, stream: TextIO) -> None:
    """Write `{"passed": …, "failed": …, "errors": …, "programs": […]}`."""
    passed, failed, errors = tally(outcomes)
    shown = [_outcome(outcome) for outcome in outcomes if not (view.quiet and outcome.passed)]
    unicode = (stream.encoding or "utf-8").lower().startswith("utf")
    whole = {"passed": passed, "failed": failed, "errors": errors, "programs": shown}
    json.dump(whole, stream, indent=2, ensure_ascii=not unicode, allow_nan=False)
    stream.write("\n")


def _outcome(outcome: Outcome) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": outcome.name, "passed": outcome.passed}
    if outcome.errors:
        entry["errors"] = [
            {"message": error.message, "help": error.help, **_place(error.spans)} for error in outcome.errors
        ]
        return entry
    entry["points"] = outcome.points
    entry["silent"] = outcome.silent
    entry["undefined"] = outcome.undefined
    entry["kept"] = {name: number(x) for name, x in outcome.kept.items()}
    digits = [case.digits for case in outcome.cases if case.digits is not None]
    entry["digits"] = min(digits, default=None)
    entry["worst"] = {name: number(x) for name, x in outcome.worst.items()}
    entry["conditioning"] = None
    if outcome.conditioning is not None:
        at = {name: number(x) for name, x in outcome.conditioned.items()}
        entry["conditioning"] = {"digits_lost": round(outcome.conditioning, 2), "at": at}
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
        entry["point"] = {name: number(x) for name, x in case.point.items()}
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


def _place(spans: Sequence[Span]) -> dict[str, Any]:
    if not spans:
        return {}
    line, column = spans[0].source.place(spans[0].start)
    return {"file": spans[0].source.name, "line": line, "column": column}


def number(value: float | None) -> float | str | None:
    """Give a number as strict JSON: one that is not finite as a string."""
    return value if value is None or isfinite(value) else repr(value)
