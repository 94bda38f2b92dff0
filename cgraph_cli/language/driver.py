"""The driver of the grammar's tables: one statement at a time, with a call of the builder at each reduction.

The tokens are those of Lark's contextual lexer, by this argument: a lexer takes the first terminal in one fixed order
that matches. So the first of *all* terminals that match is also the first of the expected ones, if it is among them;
only if it is not are the expected ones tried by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.tensor import MOST_AXES, check_axes
from cgraph_cli.language.build import Builder
from cgraph_cli.language.grammar import CLOSING, GO_ON, LINE_ENDS, MOST_OPEN, OPENING, RARE
from cgraph_cli.language.tables import (
    ACTIONS,
    DROPPED,
    END,
    GOTOS,
    IGNORED,
    PATTERNS,
    RULES,
    SCANNER_OF,
    SCANNERS,
    START,
)

Match = Callable[[str, int], "re.Match[str] | None"]


_AFTER_OPERATOR = frozenset(row[kind] for row in ACTIONS for kind in GO_ON if row.get(kind, -1) >= 0)
"""The states in which an operator waits for its right side."""


class Unparsed(Exception):
    """An error of a statement outside of the language; `start` is its beginning, and `error` the place of the fault."""

    def __init__(self, start: int, error: int) -> None:
        super().__init__(start, error)
        self.start = start
        self.error = error


class Word(str):
    """A token: a string with its place."""

    __slots__ = ("start_pos",)
    start_pos: int


Scanner = tuple[Match, dict[str, str]]
"""The matcher of tokens at an offset, and the terminals among the names."""

_scanners: dict[tuple[int, bool], Scanner] = {}

_RARE_SIGNS = frozenset(sign for signs in RARE.values() for sign in signs)


def scanner(number: int, *, rare: bool = True) -> Scanner:
    """Make one of the `SCANNERS` once, with the `RARE` terminals or without them."""
    made = _scanners.get((number, True)) or _scanners.get((number, rare))
    if made is None:
        names, keywords = SCANNERS[number]
        pattern = "|".join(f"(?P<{name}>{PATTERNS[name]})" for name in names if rare or name not in RARE)
        made = _scanners[number, rare] = re.compile(pattern).match, dict(keywords)
    return made


@cache
def _comments() -> Match:
    """Make the matcher of ignored text at an offset, up to a thousand pieces."""
    return re.compile(f"(?:{'|'.join(PATTERNS[name] for name in IGNORED)}){{0,1000}}").match


def after_comments(text: str, position: int) -> int:
    """Find the end of the ignored text at an offset, or of a thousand pieces of it."""
    found = _comments()(text, position)
    assert found is not None
    return found.end()


_OF_AXES = ("_sizes", "_places", "_indices")
"""The lists with an entry for each axis of an array."""

_MOST_OF_AXES = 2 * MOST_AXES
"""The entries of such a list after which no more are read: an index may have new axes beside an array's own."""

_settled: dict[tuple[int, str, str], int] = {}


def _settle(below: int, origin: str, kind: str) -> int:
    """Find the state after a nonterminal that becomes one after another without a change before its next token.

    A number is an atom, a value, a power, … and at last an expression.
    """
    while True:
        state = GOTOS[below][origin]
        action = ACTIONS[state].get(kind, 0)
        if action >= 0:
            return state
        following, size, what, *_ = RULES[~action]
        if what != "pass" or size != 1:
            return state
        origin = following


_NUMBERS = (("COMMA", "NUMBER"), ["number"]), (("COMMA", "MINUS", "NUMBER"), ["number", "prefix"])
"""The terminals of a number in a run, and the builder's methods that they call."""


@cache
def _runs() -> Match:
    """Make the matcher of a run of numbers, with a comma before and after each."""
    number = r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    return re.compile(rf"(?:,[ \t\n]*{number}[ \t\n]*){{1,5000}}(?=,)").match


@cache
def _takes_runs(below: int, origin: str) -> bool:
    """Tell whether a list takes a number after a comma, by the tables, and is then in the same state.

    Lists for axes are short, or wrong.
    """
    before = [below, GOTOS[below][origin]]
    return origin not in _OF_AXES and all(
        _follow(before, (*kinds, "COMMA")) == (before, methods) for kinds, methods in _NUMBERS
    )


def _follow(before: Sequence[int], kinds: Sequence[str]) -> tuple[list[int], list[str]]:
    """Find the states after some terminals, before the last of them is shifted, and the methods that are called."""
    states, methods = list(before), list[str]()
    for at, kind in enumerate(kinds, 1):
        while (action := ACTIONS[states[-1]].get(kind)) is not None and action < 0:
            origin, size, what, method, *_ = RULES[~action]
            del states[len(states) - size :]
            if not states:
                return [], methods
            states.append(GOTOS[states[-1]][origin])
            methods += [method] if what == "call" else []
        if action is None or at == len(kinds):
            return ([] if action is None else states), methods
        states.append(action)
    return states, methods


class Driver:
    """A parser of the statements of one text with one builder."""

    def __init__(self, text: str, builder: Builder) -> None:
        self.text = text
        self.builder = builder
        self.match, self.keywords = scanner(0, rare=any(sign in text for sign in _RARE_SIGNS))
        self.reductions = [
            (
                origin,
                size,
                what,
                getattr(builder, method) if method else None,
                kept,
                splice and (_MOST_OF_AXES if origin in _OF_AXES else MOST_OPEN + 1),  # with the function's name
                len(kept) == size,
            )
            for origin, size, what, method, kept, splice in RULES
        ]

    def statement(self, start: int) -> int:
        """Parse the statement at an offset; returns the start of the next one, or -1 after the last.

        Raises `Unparsed` for a wrong one, and the builder's errors.
        """
        text, match, keywords, reductions, settled = self.text, self.match, self.keywords, self.reductions, _settled
        loops = self.builder.loops
        states: list[int] = [START]
        values: list[Any] = []
        position, depth = start, 0
        while True:
            row = ACTIONS[states[-1]]
            found = match(text, position)
            if found is None:
                if position < len(text):
                    raise Unparsed(start, position)
                kind, following = "$END", -1
            else:
                kind = found.lastgroup or ""
                if kind in IGNORED:
                    position = found.end() if kind == "SPACE" else after_comments(text, position)
                    continue
                if kind == "NAME":
                    kind = keywords.get(found.group(), kind)
                if kind not in row and kind not in LINE_ENDS:
                    found, kind = self._expected(states[-1], position)
                    if found is None:
                        raise Unparsed(start, position)
                following = found.end()
                if kind in OPENING:
                    depth += 1
                elif kind in CLOSING:
                    depth -= 1
                elif kind in LINE_ENDS:
                    if depth > 0 or states[-1] in _AFTER_OPERATOR:
                        position = following
                        continue
                    if kind == "_LINE_END":
                        kind = "$END"
                elif kind == "_SEMICOLON":
                    kind = "$END"
            while True:
                action = ACTIONS[states[-1]].get(kind)
                if action is None:
                    raise Unparsed(start, position)
                if action >= 0:
                    states.append(action)
                    if len(states) > MOST_OPEN:
                        raise self._too_deep(position)
                    if kind in DROPPED:
                        values.append(None)
                    else:
                        word = Word(found.group())  # type: ignore[union-attr]
                        word.start_pos = position
                        values.append(word)
                    if loops and position in loops:
                        self.builder.open_loop(position)
                    position = following
                    break
                origin, size, what, method, kept, splice, whole = reductions[~action]
                children: Sequence[Any] = values[-size:] if size else ()
                if size:
                    del values[-size:], states[-size:]
                if not whole:
                    children = [children[at] for at in kept]
                if splice:
                    children = _spliced(children)
                    if len(children) > splice:
                        if splice == _MOST_OF_AXES:
                            check_axes(len(children), [Span(self.builder.source, position, position + 1)])
                        raise self._too_many(position)
                values.append(children[0] if what == "pass" else children if method is None else method(*children))
                key = states[-1], origin, kind
                state = settled.get(key)
                if state is None:
                    state = settled[key] = _settle(*key)
                states.append(state)
                if state == END:
                    return following
                if what == "gather" and kind == "COMMA" and depth > 0 and _takes_runs(states[-2], origin):
                    end = self._take_run(values[-1], position)
                    if end > position:
                        position = end
                        break

    def _take_run(self, items: list[Any], position: int) -> int:
        """Read numbers, from a comma on, as further items of a list; returns the place of the comma after them."""
        found = _runs()(self.text, position)
        nodes = self.builder.numbers(found.group(), position) if found else ()
        items += nodes
        return found.end() if found and nodes else position

    def _too_many(self, position: int) -> ProgramError:
        return ProgramError(
            f"a call has more than {MOST_OPEN:,} arguments",
            [Span(self.builder.source, position, position + 1, "the bound is passed here")],
            "call the function with a part of them at a time",
        )

    def _too_deep(self, position: int) -> ProgramError:
        return ProgramError(
            f"the expression is nested more than {MOST_OPEN:,} deep",
            [Span(self.builder.source, position, position + 1, "the bound is passed here")],
            "give the inner parts names, in statements of their own",
        )

    def _expected(self, state: int, position: int) -> tuple[re.Match[str] | None, str]:
        """Find the token at an offset among the expected ones of a state."""
        match, keywords = scanner(SCANNER_OF[state])
        found = match(self.text, position)
        if found is None:
            return None, ""
        kind = found.lastgroup or ""
        return found, keywords.get(found.group(), kind) if kind == "NAME" else kind


def _spliced(children: Sequence[Any]) -> list[Any]:
    """Splice lists among children. A first list grows in place: many cost no copies."""
    first, *others = children
    gathered: list[Any] = first if isinstance(first, list) else [first]
    for child in others:
        gathered += child if isinstance(child, list) else (child,)
    return gathered
