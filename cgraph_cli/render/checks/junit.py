"""Outcomes as the JUnit XML that CI servers read: a suite a program, a case a check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO
from xml.etree import ElementTree

from cgraph_cli.checks.outcomes import Case, Failure, Outcome, tally
from cgraph_cli.core.errors import Diagnostic
from cgraph_cli.render.view import View
from cgraph_cli.render.wording.outcomes import details, show_point

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(outcomes: Sequence[Outcome], view: View, stream: TextIO) -> None:
    """Write `<testsuites>`; every program is in it, quiet or not."""
    suites = ElementTree.Element("testsuites", name="cgraph")
    for outcome in outcomes:
        _suite(suites, outcome)
    _, _, errors = tally(outcomes)
    tests = sum(max(1, len(outcome.cases)) for outcome in outcomes)
    failures = sum(len(outcome.failed_cases) for outcome in outcomes)
    for name, number in (("tests", tests), ("failures", failures), ("errors", errors)):
        suites.set(name, str(number))
    suites.set("time", f"{sum(outcome.seconds for outcome in outcomes):.3f}")
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode")
    ascii_only = not (stream.encoding or "utf-8").lower().startswith("utf")
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
    stream.write((text.encode("ascii", "xmlcharrefreplace").decode() if ascii_only else text) + "\n")


def _suite(suites: ElementTree.Element, outcome: Outcome) -> None:
    suite = ElementTree.SubElement(suites, "testsuite", name=_clean(outcome.name))
    suite.set("tests", str(max(1, len(outcome.cases))))
    suite.set("failures", str(len(outcome.failed_cases)))
    suite.set("errors", str(int(bool(outcome.errors))))
    suite.set("time", f"{outcome.seconds:.3f}")
    for case in outcome.cases:
        _case(suite, case, outcome)
    if outcome.errors:
        entry = ElementTree.SubElement(suite, "testcase", name="program", classname=_clean(outcome.name), time="0.000")
        error = ElementTree.SubElement(entry, "error", message=_joined(outcome.errors), type="error")
        error.text = _clean("\n".join(each.render() for each in outcome.errors))


def _case(suite: ElementTree.Element, case: Case, outcome: Outcome) -> None:
    seconds = f"{outcome.seconds / len(outcome.cases):.3f}"  # one sweep finds all cases of a program
    of = _clean(outcome.name)
    entry = ElementTree.SubElement(suite, "testcase", name=_clean(case.name), classname=of, time=seconds)
    if case.span is not None:
        entry.set("file", _clean(case.span.source.name))
        entry.set("line", str(case.span.source.place(case.span.start)[0]))
    if case.failures:  # servers expect one element a case
        element = ElementTree.SubElement(entry, "failure", message=_joined(case.failures), type=case.kind)
        lines: list[str] = []
        for failure in case.failures:
            lines += [
                Diagnostic(failure.message, failure.spans).render().removeprefix("error: "),
                *details(failure),
            ]
        if outcome.sampled and case.point:
            lines.append(f"at {show_point(case.point)}; fails at {case.failing} of {outcome.points} points")
        element.text = _clean("\n".join(lines))


def _joined(found: Sequence[Diagnostic | Failure]) -> str:
    return _clean("; ".join(each.message for each in found))


def _clean(text: str) -> str:
    """Replace the characters that XML forbids."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
