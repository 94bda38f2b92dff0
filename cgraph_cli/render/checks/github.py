"""Failures as the lines that GitHub turns into annotations on a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from cgraph_cli.checks.outcomes import Outcome
from cgraph_cli.core.errors import Span
from cgraph_cli.render.view import View
from cgraph_cli.render.wording.outcomes import MOST_CASES, count, details, show_point

_NO_FILES = ("program", "old", "new", "<stdin>")


def write(outcomes: Sequence[Outcome], view: View, stream: TextIO) -> None:
    """Write an `::error` line for each failure and each error of a program, and a summary."""
    for outcome in outcomes:
        for error in outcome.errors:
            body = "\n".join(filter(None, [error.message, error.help]))
            stream.write(_line(error.spans, error.message, body))
        failures = outcome.failed_cases
        for case in failures[:MOST_CASES]:
            for failure in case.failures:
                lines = [failure.message, *details(failure)]
                if outcome.sampled and case.point:
                    lines.append(f"at {show_point(case.point)}; fails at {case.failing} of {outcome.points} points")
                stream.write(
                    _line(failure.spans or _whole(case.span), f"{outcome.name}: {case.name}", "\n".join(lines))
                )
        if len(failures) > MOST_CASES:
            stream.write(f"{outcome.name}: {len(failures) - MOST_CASES:,} more fail\n")
    failed = sum(not outcome.passed for outcome in outcomes)
    if not view.quiet or failed:
        stream.write(f"cgraph: {count(len(outcomes), 'program')} checked, {failed:,} failed\n")


def _whole(span: Span | None) -> Sequence[Span]:
    return () if span is None else (span,)


def _line(spans: Sequence[Span], title: str, message: str) -> str:
    fields = []
    if spans:
        source, start, end, _ = spans[0]
        line, column = source.place(start)
        fields = [f"file={_property(source.name)}"] if source.name not in _NO_FILES else []
        fields += [f"line={line}", f"col={column}"]
        last = source.line_around(start)[1]
        fields.append(f"endColumn={column + max(1, min(end, last) - start)}")
    fields.append(f"title={_property(title)}")
    return f"::error {','.join(fields)}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
