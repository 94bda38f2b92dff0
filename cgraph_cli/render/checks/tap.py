"""Outcomes in the Test Anything Protocol, version 14: a test a program, with its failures as YAML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from math import isinf, isnan
from typing import TextIO

from cgraph_cli.checks.outcomes import Case, Failure, Outcome
from cgraph_cli.core.errors import Span
from cgraph_cli.core.graph import show_number
from cgraph_cli.render.view import View
from cgraph_cli.render.wording.outcomes import accuracies, show_point

Quote = Callable[[str], str]


def write(outcomes: Sequence[Outcome], view: View, stream: TextIO) -> None:
    """Write the plan and a line a program; every program is in it, quiet or not."""
    unicode = (stream.encoding or "utf-8").lower().startswith("utf")
    stream.write(f"TAP version 14\n1..{len(outcomes)}\n")
    for number, outcome in enumerate(outcomes, start=1):
        name = " ".join(outcome.name.split()).replace("\\", "\\\\").replace("#", "\\#")
        for line in accuracies(outcome) if view.errors else ():
            stream.write(f"# {line}\n")
        stream.write(f"{'ok' if outcome.passed else 'not ok'} {number} - {name}\n")
        if not outcome.passed:
            for line in ("---", *_yaml(outcome, not unicode), "..."):
                stream.write(f"  {line}\n")


def _yaml(outcome: Outcome, ascii_only: bool) -> Iterator[str]:
    def quote(text: str) -> str:
        return json.dumps(text, ensure_ascii=ascii_only)  # a JSON string is a YAML string

    if outcome.errors:
        yield f"message: {quote('; '.join(error.message for error in outcome.errors))}"
        yield "severity: error"
        yield "errors:"
        for error in outcome.errors:
            yield f"  - message: {quote(error.message)}"
            yield from (f"    {line}" for line in _place(error.spans, quote))
        return
    yield f"message: {quote('; '.join(case.failures[0].message for case in outcome.failed_cases))}"
    yield "severity: fail"
    yield "failures:"
    for case in outcome.failed_cases:
        for failure in case.failures:
            first, *rest = _failure(failure, case, outcome, quote)
            yield f"  - {first}"
            yield from (f"    {line}" for line in rest)


def _failure(failure: Failure, case: Case, outcome: Outcome, quote: Quote) -> Iterator[str]:
    yield f"check: {quote(case.name)}"
    yield f"message: {quote(failure.message)}"
    yield from _place(failure.spans, quote)
    if failure.expected is not None and failure.got is not None:
        yield f"relation: {quote(failure.relation)}"
        names = (*failure.sides, "difference", "tolerance")
        numbers = (failure.expected, failure.got, failure.difference, failure.tolerance)
        for name, number in zip(names, numbers, strict=True):
            if number is not None:
                yield f"{name}: {_number(number)}"
    if failure.notes:
        yield "notes:"
        yield from (f"  - {quote(note)}" for note in failure.notes)
    if outcome.sampled and case.point:
        yield f"point: {quote(show_point(case.point))}"
        yield f"failing: {case.failing}"


def _place(spans: Sequence[Span], quote: Quote) -> Iterator[str]:
    if spans:
        line, column = spans[0].source.place(spans[0].start)
        yield f"at: {{file: {quote(spans[0].source.name)}, line: {line}, column: {column}}}"


def _number(number: float) -> str:
    if isnan(number):
        return ".nan"
    return f"{'-' * (number < 0)}.inf" if isinf(number) else show_number(number)
