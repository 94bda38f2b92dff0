"""Comprehensions as Python, Julia and MATLAB write them, and what to write for them: pairs, counts, conditions."""

from __future__ import annotations

import re

from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.language.foreign_calls import arguments_at
from cgraph_cli.language.foreign_functions import is_simple
from cgraph_cli.language.loop_blocks import write_range
from cgraph_cli.language.syntax_tokens import StatementTokens

LOOPS = "as in `[x[i]^2 for i in range(3)]`, or as in `h[t + 1] = h[t]^2 for t in range(3)`"
"""The advice on loops."""

_LOOP_ALONE = "a loop stands in brackets, or behind an element that is assigned"

_NAME = r"[^\W\d]\w{0,40}"
_LOOP = re.compile(
    rf"for\s+(?:(?P<one>{_NAME})|(?P<open>\(?)\s*(?P<first>{_NAME})\s*,\s*(?P<second>{_NAME})\s*(?P<close>\)?))\s+in\s+"
    r"(?P<rest>[^\n;]{1,200})"
)
_PAIRS = re.compile(r"zip\b|enumerate\b")
_STEPS = re.compile(r"(-?\w+)[ \t]*:[ \t]*(-?\w+)(?:[ \t]*:[ \t]*(-?\w+))?$")
_CONDITION = re.compile(r"(?P<steps>[^\n;]{1,120}?)\s+if\s+(?P<condition>[^\n;]{1,120})$")
_NEXT_LOOP = re.compile(rf"\s*,\s*(?:for\s+)?({_NAME}\s+in\b)")

_LONGEST = 200
"""The most characters of a body that is written anew."""

_NEUTRAL = {"sum": "0", "": "0", "prod": "1", "max": "-inf", "min": "inf"}
"""The values that change nothing: of a step of a reduction, and of an element that a condition leaves out."""


class ComprehensionErrors(StatementTokens):
    """Explanations for a statement with a loop that does not fit."""

    def _foreign_comprehension(self) -> ProgramError | None:
        """Explain a comprehension that is none of the language, as that over pairs; None for anything else."""
        begin = self.open[-1] if self.open else -1
        at = begin + 1
        while at < self.at and self.kind_of(at) != "FOR":
            at = max(at, self.pairs.get(at, at)) + 1
        if at >= self.at or (self.open and begin not in self.pairs):
            return None
        end = self.start(self.pairs[begin]) if self.open else self.start(0) + len(self._statement().rstrip())
        start = self.end(begin) if self.open else self.start(0)
        is_call = self.open and self.is_call(begin)
        text, loop = self.source.text, Span(self.source, self.start(at), end)
        reduction = self.text(begin - 1) if is_call else ""
        written = instead_of_comprehension(text[start : loop.start], text[loop.start : end], reduction)
        if not written:
            return None
        first = self.start(begin - bool(is_call)) if self.open else start
        behind = self.end(self.pairs[begin]) if self.open else end
        whole = f"{text[first:start]}{written}{text[end:behind]}"
        return ProgramError(
            "a loop has one name, and goes over all of an array or `range(n)`", [loop], f"write `{whole}`"
        )

    def _loop_alone(self) -> ProgramError:
        """Explain a loop behind a value that is not in brackets."""
        looped = r"(?:[^\W\d]\w*\s*=(?!=)\s*)?([^=]{1,100}?\sfor\s+\w+\s+in\s+.{1,60})"
        whole = re.fullmatch(looped, self._statement().strip())
        help = f"for an array, write `[{whole[1]}]`" if whole and not self.open else LOOPS
        return ProgramError(_LOOP_ALONE, [self.span(self.at, self.at)], help)

    def _statement(self) -> str:
        """Give the text of the statement."""
        text, start = self.source.text, self.start(0)
        ends = (at for at in (text.find(sign, start) for sign in ";\n#") if at >= 0)
        return text[start : min(ends, default=len(text))]


def instead_of_comprehension(body: str, loop: str, reduction: str) -> str:
    """Write a comprehension of another language; empty where it is one of this language, or nothing known.

    `reduction` is the function that takes its steps, empty for an array.
    """
    found = _LOOP.fullmatch(loop)
    if found is None or len(body) > _LONGEST:
        return ""
    body, rest = body.strip(), found["rest"].strip()
    if found["first"] and bool(found["open"]) == bool(found["close"]):
        return _of_pairs(body, found["first"], found["second"], rest)
    if not found["one"]:
        return ""
    if condition := _CONDITION.fullmatch(rest):
        neutral = _NEUTRAL.get(reduction)
        chosen = f"where({condition['condition']}, {body}, {neutral})"
        return "" if neutral is None else f"{chosen} for {found['one']} in {condition['steps']}"
    if steps := _STEPS.fullmatch(rest):
        first, second, third = steps.groups()
        ends = (second, "") if third is None else (third, second)
        return f"{body} for {found['one']} in {write_range(first, *ends)}"
    further = _NEXT_LOOP.sub(r" for \1", rest)
    return f"{body} for {found['one']} in {further}" if further != rest else ""


def _of_pairs(body: str, first: str, second: str, rest: str) -> str:
    """Write a loop over `zip(x, w)` or `enumerate(x)` as one over places."""
    pairs, called = _PAIRS.match(rest), arguments_at(rest, 0)
    if pairs is None or called is None or rest[called[1] :].strip():
        return ""
    arrays = called[0]
    if len(arrays) != (2 if pairs[0] == "zip" else 1):
        return ""
    is_free = [name for name in "ijkn" if not re.search(rf"\b{name}\b", body + rest)]
    place, names = (is_free[0] if is_free else "place", (first, second)) if pairs[0] == "zip" else (first, (second,))
    elements = {
        name: f"{array if is_simple(array) else f'({array})'}[{place}]"
        for name, array in zip(names, arrays, strict=True)
    }
    named = re.compile(rf"(?<![\w.])({'|'.join(elements)})(?![\w(])")
    body = named.sub(lambda found: elements[found[1]], body)
    return f"{body} for {place} in range(size({arrays[0]}, axis=0))"
