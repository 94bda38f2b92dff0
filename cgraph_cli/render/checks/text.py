"""Outcomes as a line a program, with the failures in full, like a test runner's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TextIO

from cgraph_cli.checks.outcomes import Case, Failure, Outcome, tally
from cgraph_cli.core.errors import Diagnostic, columns_of
from cgraph_cli.core.graph import show_number
from cgraph_cli.core.wrapping import wrap
from cgraph_cli.render.view import View
from cgraph_cli.render.wording.outcomes import MOST_CASES, accuracies, count, details, show_point

MOST_FAILURES = 10
"""The most failures of one kind that are shown in full."""

MOST_KEPT = 3
"""The most inputs that are named for keeping their defaults."""

ILL_CONDITIONED = 3
"""The least number of lost digits at which a problem is called ill-conditioned."""

_MOST_NAME = 40
_COLORS = {"red": 31, "green": 32}


def write(outcomes: Sequence[Outcome], view: View, stream: TextIO) -> None:
    """Write a line for each program, each failure with its numbers and place, and the number that passed."""
    shown = [outcome for outcome in outcomes if not (view.quiet and outcome.passed)]
    width = min(_MOST_NAME, max((columns_of(outcome.name) for outcome in shown), default=0))
    for outcome in shown:
        mark, color = ("ok   ", "green") if outcome.passed else ("ERROR" if outcome.errors else "FAIL ", "red")
        name = outcome.name + " " * (width - columns_of(outcome.name))
        stream.write(f"{_paint(mark, color, view)} {name}  {headline(outcome)}".rstrip() + "\n")
        for line in accuracies(outcome) if view.errors else ():
            stream.write(f"  {line}\n")
        failed = outcome.failed_cases
        for case in failed[:MOST_CASES]:
            for failure in case.failures[:MOST_FAILURES]:
                stream.write("\n" + "\n".join(_failure(failure, case, outcome, view)) + "\n")
            if len(case.failures) > MOST_FAILURES:
                stream.write(f"\n… and {len(case.failures) - MOST_FAILURES:,} more\n")
        if len(failed) > MOST_CASES:
            stream.write(f"\n… and {len(failed) - MOST_CASES:,} more that fail; `-o json` has all\n")
        if not outcome.passed:
            stream.write("\n")
    passed, wrong, errors = tally(outcomes)
    parts = [(wrong, f"{wrong:,} failed", "red"), (errors, count(errors, "error"), "red")]
    parts.append((passed, f"{passed:,} passed", "green"))
    if not (view.quiet and passed == len(outcomes)):
        stream.write(", ".join(_paint(text, color, view) for number, text, color in parts if number) + "\n")


def headline(outcome: Outcome) -> str:
    """Sum up an outcome in a line."""
    if outcome.errors:
        more = len(outcome.errors) - 1
        return outcome.errors[0].message + (f", and {count(more, 'more error')}" if more else "")
    return ", ".join(_summary(outcome) if outcome.passed else _what_failed(outcome))


def _summary(outcome: Outcome) -> Iterator[str]:
    if outcome.sampled:
        yield count(outcome.points, "point")
    if outcome.silent and outcome.sampled:
        yield f"{outcome.silent:,} of them with nothing to compare"
    if outcome.undefined:
        yield f"{outcome.undefined:,} more undefined"
    if outcome.kept:
        names = list(outcome.kept)
        more = f" and {len(names) - MOST_KEPT:,} more" if len(names) > MOST_KEPT else ""
        yield f"{', '.join(f'{name} = {show_number(outcome.kept[name])}' for name in names[:MOST_KEPT])}{more} kept"
    kinds = [case.kind for case in outcome.cases]
    if "forward" in kinds:
        yield "forward = reverse"
    if any(case.kind == "elements" and case.spoken for case in outcome.cases):
        yield "sampled elements = high precision"
    digits = [case.digits for case in outcome.cases if case.digits is not None]
    if digits:
        worst = "at worst" if outcome.sampled and min(digits) < 15 else ""
        yield f"{count(min(digits), 'digit')} {worst}".rstrip()
    for kind, noun in (("assert", "assert"), ("expect", "expectation"), ("compare", "output")):
        if kind in kinds:
            yield count(kinds.count(kind), noun)
    for case in outcome.cases:
        for words, number in case.notes.items():
            yield f"{count(number, 'gradient' if case.kind == 'differences' else 'number')} {words}"
    if digits and min(digits) < 12 and outcome.worst and outcome.sampled:
        yield f"worst at {show_point(outcome.worst)}"
    condition = outcome.worst_condition
    if condition is not None and condition.digits_lost >= ILL_CONDITIONED:
        place = f" at {show_point(condition.point)}" if outcome.sampled else ""
        lost = f"{int(condition.digits_lost)}" if isfinite(condition.number) else "all"
        yield f"the problem itself loses {lost} digits{place}"


def _what_failed(outcome: Outcome) -> Iterator[str]:
    asserts = [case.span for case in outcome.failed_cases if case.kind == "assert" and case.span is not None]
    if asserts:
        line, column = asserts[0].source.place(asserts[0].start)
        yield f"{count(len(asserts), 'assert')}, {'first ' * (len(asserts) > 1)}at {line}:{column}"
    for case in outcome.failed_cases:
        failure = case.failures[0]
        if case.kind == "assert":
            continue
        if case.kind in ("forward", "differences", "elements", "compare") and len(case.failures) > 1:
            yield f"{failure.message}, and {len(case.failures) - 1:,} more"
        else:
            yield failure.message


def _failure(failure: Failure, case: Case, outcome: Outcome, view: View) -> Iterator[str]:
    first, *place = Diagnostic(failure.message, failure.spans).render().split("\n")
    yield _paint(wrap(first.removeprefix("error: "), view.width, 2), "red", view)
    yield from place
    for line in details(failure):
        yield wrap(f"  {line}", view.width, 4)
    if outcome.sampled and case.point:
        of = f"; fails at {case.failing:,} of {count(outcome.points, 'point')}"
        yield wrap(f"  at {show_point(case.point)}{of}", view.width, 5)


def _paint(text: str, color: str, view: View) -> str:
    """Colour a text, where the view has colours."""
    return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if view.color else text
