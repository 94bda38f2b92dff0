"""Assertions: the `assert` statements of a program, judged part by part at a point."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from functools import cached_property
from itertools import groupby
from math import isfinite, isnan, nan, ulp
from typing import NamedTuple

from cgraph_cli.checks.outcomes import Case, Failure
from cgraph_cli.checks.phrases import UNSETTLED, describe
from cgraph_cli.checks.true_conditions import RELATIVE, TrueCondition
from cgraph_cli.core.errors import Span
from cgraph_cli.core.graph import INPUT, Assertion, Graph, show_number
from cgraph_cli.core.reach import ancestors, descendants
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.trust.assessment import Assessment
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.judge import nearest
from cgraph_cli.trust.lost_digits import LOST
from cgraph_cli.trust.verdicts import OK, Checked, Status

_UNTOLD = "untold"
"""The relation of an undecided part."""

MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WORDS = re.compile(r"#[^\n]*|\n|==|!=|<=|>=|[<>();,]|[^\W\d]\w*|[ \t]+|[\w.]+|.")
_LOOSER_THAN_OR = frozenset({"assert", "within", "(", ")", ","})
_LOOSER_THAN_AND = _LOOSER_THAN_OR | {"or"}
_LOOSER = _LOOSER_THAN_AND | {"and", "not", *MIRRORED}


class Part(NamedTuple):
    """A part of a condition that fails.

    In a comparison `got` should have the `relation` to `expected`. Any other part should be true or false, and its
    `relation` is empty; an undecided part has `_UNTOLD`. `notes` explain its numbers.
    """

    text: str
    span: Span
    relation: str
    expected: float
    got: float
    tolerance: float | None
    notes: tuple[str, ...]


def gradients_of(graph: Graph) -> Iterator[tuple[int, int]]:
    """List the gradients in a program's assertions, as (output, node)."""
    for assertion in graph.assertions:
        for bound in assertion.bindings.values():
            if len(bound) == 2:
                yield bound


def are_close(left: float, right: float, tolerance: float | None) -> bool:
    """Judge `==` in an assertion: within an absolute tolerance, or else a relative 1e-9; never for `nan`."""
    if left == right:
        return True
    most = RELATIVE * max(abs(left), abs(right)) if tolerance is None else tolerance
    return abs(left - right) <= most < float("inf")


def _are_near(left: float, right: float, apart: float) -> bool:
    """Tell whether doubles do not say if true numbers are as far `apart` from each other."""
    size = max(abs(left), abs(right))
    return isfinite(size) and abs(abs(left - right) - apart) <= 2 * LOST * size


def check_assertions(graph: Graph, point: Point) -> Iterator[Case]:
    """Check that each `assert` of a program holds at a point; of one on arrays, the worst element fails."""
    for _, elements in groupby(graph.assertions, key=lambda assertion: assertion.offset):
        assertions = list(elements)
        span = statement(assertions[0])
        text = " ".join(span.source.text[span.start : span.end].split())
        case = Case("assert", text, span)
        found = [_failures(assertion, point, text, span) for assertion in assertions]
        failing = [failures for failures in found if failures]
        if failing:
            first, *others = max(failing, key=lambda failures: max(failure.size for failure in failures))
            notes = (*first.notes, *count_elements(len(failing), len(assertions)))
            case.failures = [first._replace(notes=notes), *others]
        yield case


def count_elements(failing: int, count: int) -> tuple[str, ...]:
    """Say for how many elements an assertion fails, where there are several."""
    return (f"it fails for {failing:,} of {count:,} elements; this is the worst one",) if failing > 1 else ()


def _failures(assertion: Assertion, point: Point, text: str, span: Span) -> list[Failure]:
    parts = failing_parts(assertion, point)
    whole = len(parts) == 1 and text.split(" ", 1)[1].partition(" within ")[0] == parts[0].text
    return [_unmet(part, span if whole else part.span, assertion.element) for part in parts]


def _unmet(part: Part, span: Span, element: str) -> Failure:
    """Make a failure of a part that fails."""
    where = f" at {element}" if element else ""
    if part.relation == _UNTOLD:
        return Failure(f"`{part.text}`{where} {UNSETTLED}", (span,), notes=part.notes)
    if part.relation in ("", "not"):
        what = f"should be {'true' if part.relation == '' else 'false'}{where}, and is {show_number(part.got)}"
        return Failure(f"`{part.text}` {what}", (span,), notes=part.notes)
    negated = part.relation.startswith("not ")
    message = f"`{part.text}` {'should' if negated else 'does'} not hold{where}"
    return Failure(message, (span,), part.expected, part.got, part.tolerance, part.relation, part.notes)


def failing_parts(assertion: Assertion, point: Point) -> list[Part]:
    """Find the parts of an assertion that make it fail at a point; none where it holds."""
    judged = _Judged(assertion, point)
    output = assertion.graph.output
    return judged.unsettled() or ([] if judged.holds(output) else list(judged.explain(output)))


def is_unmet(assertion: Assertion, point: Point) -> bool:
    """Tell whether an assertion does not hold at a point for sure: some part is decided, and fails."""
    return any(part.relation != _UNTOLD for part in failing_parts(assertion, point))


def statement(assertion: Assertion) -> Span:
    """Find the place of an assertion, from `assert` to the end."""
    words = _words(assertion)
    return Span(assertion.graph.source, assertion.offset, words[-1].end)


class _AssertionWord(NamedTuple):
    text: str
    start: int
    end: int
    depth: int


class _Judged:
    """An assertion with its numbers at a point.

    The condition is a program of its own, with the numbers of the other for inputs: its numbers are true ones too.
    """

    def __init__(self, assertion: Assertion, point: Point) -> None:
        self.assertion = assertion
        self.point = point
        self.graph = graph = assertion.graph
        self.known: dict[int, tuple[str, Checked]] = {}
        self.values: list[float] = []
        labels = point.graph.labels()
        for node, operation in enumerate(graph.operations):
            if operation == INPUT:
                bound = assertion.bindings[node]
                if len(bound) == 1:
                    self.known[node] = labels[bound[0]], point.value(bound[0])
                else:
                    self.known[node] = f"grad({labels[bound[0]]}, {labels[bound[1]]})", point.gradient(*bound)
        given = copy(graph)
        given.numbers = [self.known[n][1].number if n in self.known else x for n, x in enumerate(graph.numbers)]
        self.own = Assessment(evaluate(given), work=point.assessment.work)
        nodes = range(len(graph))
        self._loose = descendants(graph, [node for node in nodes if graph.operations[node] in MIRRORED])
        self._beyond = descendants(graph, [node for node in nodes if self._status(node) == Status.OVERFLOW])
        self._settled: set[int] = set()  # in balls
        self._open: set[int] = set()  # comparisons that neither doubles nor balls decide
        self._tiny: set[int] = set()  # numbers that are 0 as doubles, and not truly
        for node, operation in enumerate(graph.operations):
            operands = graph.operands_of(node)
            if operation in MIRRORED:
                self.values.append(float(self._compare(node, operation)))
                continue
            value = self.own.values[node]
            if node in self._loose:
                numbers = (ulp(0.0) if o in self._tiny else self.values[o] for o in operands)
                value = float(DOUBLE.function(operation)(*numbers))
            self.values.append(self._true_value(node, value) if node in self._beyond else value)

    @cached_property
    def _true(self) -> TrueCondition:
        return TrueCondition(self.assertion, self.point, {node: checked for node, (_, checked) in self.known.items()})

    def _compare(self, node: int, operation: str) -> bool:
        """Decide a comparison: by the doubles where they suffice, or else in balls if these settle it."""
        first, second = self.graph.operands_of(node)
        left, right = self.values[first], self.values[second]
        is_equality = operation in ("==", "!=")
        tolerance = self.assertion.tolerance
        apart = (RELATIVE * max(abs(left), abs(right)) if tolerance is None else tolerance) if is_equality else 0.0
        is_certified, is_beyond = self.point.assessment.is_certified, node in self._beyond
        is_near = is_certified and _are_near(left, right, apart)
        found = self._true.compare(node) if is_near or (is_certified and is_beyond) else None
        if found is not None:
            self._settled.add(node)
            return found
        if is_near or (is_beyond and left == right):
            self._open.add(node)
        if is_equality:
            return are_close(left, right, tolerance) == (operation == "==")
        return bool(DOUBLE.function(operation)(left, right))

    def _true_value(self, node: int, value: float) -> float:
        """Find the double of a number that depends on one beyond the doubles."""
        true = self._true.number(node) if self.point.assessment.is_certified else None
        if true is None:
            return value
        self._settled.add(node)
        found = nearest(true)
        if found == 0 and not true.contains_zero:
            self._tiny.add(node)
        return found

    def unsettled(self) -> list[Part]:
        """Find the undecided parts: of unknown numbers, or of numbers that may be equal only as doubles."""
        graph, found = self.graph, list[Part]()
        for node in sorted(ancestors(graph, [graph.output])):
            if node in self._settled:
                continue
            is_unknown = self._status(node) == Status.UNKNOWN and node not in self._loose
            if is_unknown or node in self._open:
                found.append(Part(*self._place(node), _UNTOLD, nan, nan, None, self._notes(node)))
        return found

    def _status(self, node: int) -> Status:
        if node in self.known:
            return self.known[node][1].verdict.status
        return self.own.verdicts.get(node, OK).status

    def holds(self, node: int) -> bool:
        """Tell whether a part is true: a number other than 0."""
        return node in self._tiny or (self.values[node] != 0 and not isnan(self.values[node]))

    def explain(self, node: int, should: bool = True) -> Iterator[Part]:
        """Find the smallest parts that keep a part from being true, or with `should` off, from being false."""
        operation, operands = self.graph.operations[node], self.graph.operands_of(node)
        if operation == "not":
            yield from self.explain(operands[0], not should)
        elif operation in ("and", "or") and (should or operation == "or"):
            for operand in operands:
                if self.holds(operand) != should:
                    yield from self.explain(operand, should)
        elif operation in MIRRORED:
            yield self._comparison(node, operation, should)
        else:
            text, span = self._place(node)
            relation = "" if should else "not"
            yield Part(text, span, relation, 0.0, self.values[node], None, self._notes(node))

    def _comparison(self, node: int, operation: str, should: bool) -> Part:
        left, right = self.graph.operands_of(node)
        if self._varies(right) and not self._varies(left):
            left, right, operation = right, left, MIRRORED[operation]
        got, expected = self.values[left], self.values[right]
        tolerance = None
        if operation in ("==", "!="):
            tolerance = self.assertion.tolerance
            if tolerance is None:
                tolerance = RELATIVE * max(abs(got), abs(expected))
        text, span = self._place(node)
        notes = self._notes(node)
        if got == expected and node in self._settled and self._true.apart[node]:
            notes += (f"the two sides are {self._true.apart[node]} apart, which doubles do not show",)
        return Part(text, span, operation if should else f"not {operation}", expected, got, tolerance, notes)

    def _varies(self, node: int) -> bool:
        return any(self.graph.operations[other] == INPUT for other in ancestors(self.graph, [node]))

    def _notes(self, node: int) -> tuple[str, ...]:
        known = dict(self.known[other] for other in sorted(ancestors(self.graph, [node])) if other in self.known)
        return tuple(f"`{label}` is {words}" for label, (_, verdict) in known.items() if (words := describe(verdict)))

    def _place(self, node: int) -> tuple[str, Span]:
        """Find the text and the place of a part; those of the whole condition for a part without its own."""
        source = self.graph.source
        words = _words(self.assertion)
        at = next((at for at, word in enumerate(words) if word.start == self.graph.offsets[node]), None)
        if at is None or at == 0 or node == self.graph.output:
            first, last = 1, len(words)
            within = [at for at, word in enumerate(words) if word.text == "within"]
            last = within[0] if within else last
        else:
            first, last = at, at + 1
            depth = words[at].depth
            looser = {"and": _LOOSER_THAN_AND, "or": _LOOSER_THAN_OR}.get(words[at].text, _LOOSER)
            while first > 1 and not _ends(words[first - 1], depth, looser):
                first -= 1
            while last < len(words) and not _ends(words[last], depth, looser):
                last += 1
        start, end = words[first].start, words[last - 1].end
        return " ".join(source.text[start:end].split()), Span(source, start, end)


def _ends(word: _AssertionWord, depth: int, looser: frozenset[str]) -> bool:
    """Tell whether a part inside so many parentheses ends before a word."""
    return word.depth < depth or (word.depth == depth and word.text in looser)


def _words(assertion: Assertion) -> list[_AssertionWord]:
    """Split an assertion's statement into words, `assert` first, each with the number of parentheses around it."""
    words: list[_AssertionWord] = []
    depth = 0
    for match in _WORDS.finditer(assertion.graph.source.text, assertion.offset):
        text = match[0]
        if depth == 0 and (text in ";\n" or text.startswith("#")):
            break
        if text.isspace() or text.startswith("#"):
            continue
        depth -= text == ")"
        words.append(_AssertionWord(text, match.start(), match.end(), depth + (text in "()")))
        depth += text == "("
    return words
