"""Outcomes of checks, for every format of `check` and `compare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isnan, log10
from typing import NamedTuple

from cgraph_cli.core.errors import Diagnostic, Span, show_text

MOST_DIGITS = 15
"""The digits of any double; a longer agreement counts as this."""


def agreed_digits(apart: float, size: float) -> int:
    """Count the digits in which numbers of a size agree that are `apart`, by logarithms: a quotient may underflow."""
    if not apart:
        return MOST_DIGITS
    return int(max(0.0, min(float(MOST_DIGITS), log10(size) - log10(apart)))) if size else 0


class Failure(NamedTuple):
    """A wrong number: `got`, which should have the `relation` to `expected`.

    `sides` are the names of the two. Both numbers are None for a condition other than a comparison.
    """

    message: str
    spans: tuple[Span, ...]
    expected: float | None = None
    got: float | None = None
    tolerance: float | None = None
    relation: str = "=="
    notes: tuple[str, ...] = ()
    sides: tuple[str, str] = ("expected", "got")

    @property
    def difference(self) -> float | None:
        """The distance between the two numbers."""
        if self.expected is None or self.got is None:
            return None
        return 0.0 if self.expected == self.got else abs(self.expected - self.got)

    @property
    def size(self) -> float:
        """The difference as a multiple of the tolerance."""
        difference = self.difference
        if difference is None or isnan(difference):
            return inf
        return difference / self.tolerance if self.tolerance else difference or inf


class Case:
    """One kind of check of a program, over all its points.

    `kind` is `forward`, `differences`, `elements`, `assert`, `expect`, `points` or `compare`; `name` is its name
    for people. `span` is its place in a program. `failures` are those at the worst point, `point`; `failing` counts
    the points that have any. `digits` is the least agreement, None where nothing was compared, and `spoken` counts
    the points where something was. `notes` count the omissions.
    """

    __slots__ = ("digits", "failing", "failures", "kind", "name", "notes", "point", "span", "spoken")

    def __init__(self, kind: str, name: str, span: Span | None = None) -> None:
        self.kind = kind
        self.name = name
        self.span = span
        self.failures: list[Failure] = []
        self.failing = 0
        self.point: Mapping[str, float] = {}
        self.digits: int | None = None
        self.spoken = 0
        self.notes: dict[str, int] = {}

    @property
    def passed(self) -> bool:
        """True where nothing failed."""
        return not self.failures

    @property
    def size(self) -> float:
        """The size of the worst failure."""
        return max((failure.size for failure in self.failures), default=0.0)

    def note(self, words: str) -> None:
        """Count an omission."""
        self.notes[words] = self.notes.get(words, 0) + 1

    def speak(self) -> None:
        """Record a comparison."""
        self.spoken = 1

    def agree(self, digits: int) -> None:
        """Record an agreement in so many digits."""
        self.speak()
        self.digits = digits if self.digits is None else min(digits, self.digits)

    def merge(self, other: Case) -> None:
        """Add the findings of the same case at another point."""
        self.failing += other.failing
        spoken = self.spoken + other.spoken
        if other.failures and (not self.failures or other.size > self.size):
            self.failures, self.point = other.failures, other.point
        if other.digits is not None:
            self.agree(other.digits)
        for words, count in other.notes.items():
            self.notes[words] = self.notes.get(words, 0) + count
        self.spoken = spoken


class Condition(NamedTuple):
    """A condition number of an output in an input, at a point."""

    number: float
    point: Mapping[str, float]

    @property
    def digits_lost(self) -> float:
        """The digits of the input that the output loses."""
        return max(log10(self.number), 0.0) if self.number else 0.0


class ErrorBound(NamedTuple):
    """A bound of the error that plain doubles make in a value, at a point."""

    error: float
    value: float
    point: Mapping[str, float]

    @property
    def size(self) -> float:
        """The error as a part of the value."""
        return self.error / abs(self.value)


class Outcome:
    """All checks of a program, or of a pair of them.

    `points` counts the points, of which `silent` had nothing to compare, and `undefined` the further ones without a
    value. With `sampled` they were chosen at random, except for the inputs in `kept`, which kept their defaults.
    `worst` is the point that failed most, or else agreed in the fewest digits. `conditions` are the largest condition
    numbers, by output and input, and `bounds` the largest errors of doubles, by output. A program with `errors` of its
    own was not checked. `seconds` is the time that it took.
    """

    __slots__ = (
        "_digits",
        "bounds",
        "cases",
        "conditions",
        "errors",
        "kept",
        "name",
        "points",
        "sampled",
        "seconds",
        "silent",
        "undefined",
        "worst",
    )

    def __init__(self, name: str, sampled: bool = False, errors: Sequence[Diagnostic] = ()) -> None:
        self.name = show_text(name)
        self.cases: list[Case] = []
        self.errors = errors
        self.points = 0
        self.sampled = sampled
        self.seconds = 0.0
        self.silent = 0
        self.undefined = 0
        self.kept: Mapping[str, float] = {}
        self.worst: Mapping[str, float] = {}
        self.conditions: dict[tuple[str, str], Condition] = {}
        self.bounds: dict[str, ErrorBound] = {}
        self._digits = MOST_DIGITS + 1

    @property
    def passed(self) -> bool:
        """True where every case passed."""
        return not self.errors and all(case.passed for case in self.cases)

    @property
    def failed_cases(self) -> list[Case]:
        """List the failed cases."""
        return [case for case in self.cases if not case.passed]

    def add(self, cases: Sequence[Case], point: Mapping[str, float]) -> None:
        """Add the findings of the cases at one point."""
        self.points += 1
        digits = min((case.digits for case in cases if case.digits is not None), default=MOST_DIGITS)
        for case in cases:
            case.failing, case.point = int(not case.passed), point
        if not self.cases:
            self.cases = list(cases)
        else:
            for mine, other in zip(self.cases, cases, strict=True):
                mine.merge(other)
        if digits < self._digits:
            self._digits, self.worst = digits, point
        failed = max(self.failed_cases, key=lambda case: case.size, default=None)
        if failed is not None:
            self.worst = failed.point

    def condition(self, output: str, wrt: str, found: Condition) -> None:
        """Record the condition of an output in an input at a point."""
        if found.number == found.number:
            known = self.conditions.get((output, wrt))
            self.conditions[output, wrt] = found if known is None or found.number > known.number else known

    def bound(self, output: str, found: ErrorBound) -> None:
        """Record the error of doubles in an output at a point."""
        known = self.bounds.get(output)
        self.bounds[output] = found if known is None or found.size > known.size else known

    @property
    def worst_condition(self) -> Condition | None:
        """The largest condition number, None where there is none."""
        return max(self.conditions.values(), key=lambda found: found.number, default=None)

    def give_up(self, message: str, *notes: str, point: Mapping[str, float] | None = None) -> None:
        """Fail, as no point had anything to compare; `point` is one of them."""
        case = Case("points", "defined points")
        case.failing, case.point = self.points, point or {}
        case.failures = [Failure(message, (), notes=tuple(filter(None, notes)))]
        self.cases.append(case)


class Tally(NamedTuple):
    """The numbers of programs that passed, failed, and could not be checked."""

    passed: int
    failed: int
    errors: int


def tally(outcomes: Sequence[Outcome]) -> Tally:
    """Count outcomes."""
    errors = sum(bool(outcome.errors) for outcome in outcomes)
    passed = sum(outcome.passed for outcome in outcomes)
    return Tally(passed, len(outcomes) - passed - errors, errors)
