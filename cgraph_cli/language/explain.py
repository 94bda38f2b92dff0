"""Why a program does not parse, in words that know nothing of the parser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cgraph_cli.errors import ProgramError, Source, Span
from cgraph_cli.language.build import illegal_character

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

_SIGNS = ("PLUS", "MINUS", "TIMES", "SLASH", "PERCENT", "CARET", "COMPARISON", "OR", "AND", "NOT", "EQUAL")
_ENDS = ("$END", "_SEMICOLON", "_LINE_END")
_NAMES = ("NAME", "FUNCTION")
_VALUES = (*_NAMES, "NUMBER", "LPAR")
_KEYWORDS = ("OR", "AND", "NOT", "ASSERT", "WITHIN")


def explain(source: Source, error: UnexpectedInput, lark: Lark) -> ProgramError:
    """The diagnostic for a syntax error that Lark found."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    if isinstance(error, UnexpectedCharacters):
        return _explain_character(source, error.pos_in_stream or 0)
    if not isinstance(error, UnexpectedToken):  # pragma: no cover - Lark's LALR parser raises nothing else
        return ProgramError(f"the program cannot be read: {error}")
    token: Token = error.token
    at = len(source.text.rstrip()) if token.type == "$END" else token.start_pos or 0
    before = _tokens_before(source, lark, at)
    return _Scene(source, token, at, before, error.accepts or error.expected).explain()


def _tokens_before(source: Source, lark: Lark, end: int) -> list[Token]:
    tokens: list[Token] = []
    try:
        for token in lark.lex(source.text):
            if (token.start_pos or 0) >= end:
                break
            tokens.append(token)
    except Exception:  # the words before an error have been read once already; keep those that read again
        pass
    return tokens


def _explain_character(source: Source, offset: int) -> ProgramError:
    character = source.text[offset]
    if character == ".":
        return ProgramError(
            "`.` is not a number",
            [Span(source, offset, offset + 1)],
            "numbers are written `3`, `0.5`, `.5` or `1e-3`; names have no dots",
        )
    return illegal_character(source, offset)


class _Scene:
    """The place of an error: the token that does not fit, and what stands before it."""

    def __init__(self, source: Source, token: Token, at: int, before: list[Token], expected: set[str]) -> None:
        self.source = source
        self.token = token
        self.kind = token.type
        self.here = Span(source, at, at + max(1, len(token) if self.kind not in _ENDS else 1))
        self.previous = next((t for t in reversed(before) if t.type != "_LINE_END"), None)
        if before and before[-1].type == "_LINE_END":
            self.previous = None
        self.expected = expected
        self.open: list[tuple[Token, Token | None]] = []
        last: Token | None = None
        for earlier in before:
            if earlier.type == "LPAR":
                self.open.append((earlier, last))
            elif earlier.type == "RPAR" and self.open:
                self.open.pop()
            last = earlier

    def explain(self) -> ProgramError:
        if self.kind in _ENDS and self.open:
            return self._never_closed()
        if self.kind == "RPAR" and not self.open:
            return self._error("`)` closes nothing", "take it out, or add the `(` that it belongs to")
        if self.previous is not None and self.previous.type == "FUNCTION" or self._in_header():
            return self._bad_parameter()
        if self.expected & {"NAME", "NUMBER"}:
            return self._no_value()
        return self._no_operator()

    # A value was due

    def _no_value(self) -> ProgramError:
        previous, kind, word = self.previous, self.kind, str(self.token)
        binary = previous is not None and previous.type in _SIGNS
        if kind in _ENDS:
            if previous is not None and previous.type == "ASSERT":
                return self._error("`assert` has no condition", "write one, such as `assert e == 8`", previous)
            return self._error(f"`{previous}` has no value on its right", "write the value, or take the sign out", previous)
        if kind == "RPAR":
            if binary:
                return self._error(f"`{previous}` has no value on its right", "write the value, or take the sign out", previous)
            if previous is not None and previous.type == "COMMA":
                return self._error("an argument is missing after `,`", "write it, or take the comma out", previous)
            opened, name = self.open[-1]
            span = Span(self.source, opened.start_pos or 0, self.here.end)
            if name is not None and name.type in _NAMES and name.end_pos == opened.start_pos:
                return self._error(f"`{name}()` has no arguments", "write at least one between the parentheses", span)
            return self._error("there is nothing between the parentheses", "write an expression, or take them out", span)
        if kind == "COMMA":
            return self._error("an argument is missing before `,`", "write it, or take the comma out")
        if kind in ("ASSERT", "WITHIN"):
            return self._keyword()
        if kind == "NOT" and binary:
            return self._error(f"`not` cannot follow `{previous}`", f"write `{previous} (not …)`")
        if kind == "EQUAL" and (previous is None or previous.type in _ENDS):
            return self._error("`=` has no name on its left", "write `name = expression`")
        if binary:
            help = "`**` and `^` are the power" if (str(previous), word) == ("*", "*") else "write it, or take one of them out"
            if {str(previous), word} <= {"=", "<", ">"}:
                help = "comparisons are written `<=`, `>=`, `==` and `!=`"
            span = Span(self.source, previous.start_pos or 0, self.here.end) if previous is not None else self.here
            return self._error(f"a value is missing between `{previous}` and `{word}`", help, span)
        return self._error(f"`{word}` has no value on its left", "write the value, or take the sign out")

    # A value stood complete

    def _no_operator(self) -> ProgramError:
        previous, kind, word = self.previous, self.kind, str(self.token)
        if kind == "EQUAL":
            return self._bad_assignment()
        if kind in _VALUES and previous is not None:
            if self.open and self._lines_between(self.open[-1][0]) and self._lines_between(previous):
                return self._never_closed()
            return self._side_by_side(previous)
        if kind == "COMMA":
            return self._error("`,` stands outside a call", "commas separate arguments, as in `max(a, b)`; write `;` between statements")
        if kind in _KEYWORDS:
            return self._keyword()
        if kind == "RAISED":
            return self._error(f"`{word}` has no value on its left", "write the value that it raises")
        return self._error(f"`{word}` does not fit here", "")

    def _side_by_side(self, previous: Token) -> ProgramError:
        start = previous.start_pos or 0
        run = re.compile(r"[0-9](?:[eE][+-]?(?=[0-9.])|[\w.])*|\.[\w.]+").match(self.source.text, start)
        if previous.end_pos == self.token.start_pos and previous.type == "NUMBER" and run and re.fullmatch(r"[0-9._]+(?:[eE][+-]?[0-9._]*)?|0[xXbBoO]\w*", run[0]):
            bad = run[0]
            if bad not in (str(previous), f"{previous}e", f"{previous}E"):
                return self._error(
                    f"`{bad}` is not a number",
                    "numbers are written `3`, `0.5`, `.5`, `1e-3` or `1_000`",
                    Span(self.source, start, start + len(bad)),
                )
        left, right = str(previous), str(self.token)
        shown = self.source.text[start : self.here.end]
        if previous.type in ("NUMBER", *_NAMES) and self.kind in ("NUMBER", *_NAMES):
            help = f"to multiply, write `{left}*{right}`"
        else:
            help = f"to multiply, write `{left} * {right}`"
        return self._error(f"there is no operator in `{shown}`", help, Span(self.source, start, self.here.end))

    def _bad_assignment(self) -> ProgramError:
        if self.open:
            return self._error("`=` cannot stand inside parentheses", "to compare, write `==`")
        start = self._statement_start()
        left = self.source.text[start : self.here.start].strip()
        span = Span(self.source, start, start + len(left))
        if left.startswith("assert"):
            return self._error("`=` assigns and does not compare", "to compare, write `==`")
        if "=" in re.sub(r"[=!<>]=", "", left):
            return self._error("there is a second `=` in one statement", "assign one name a statement; to compare, write `==`")
        return self._error(
            f"`{left}` cannot be assigned" if len(left) <= 40 else "an expression cannot be assigned",
            "only a name can, as in `c = a + b`; to compare, write `==`",
            span,
        )

    def _keyword(self) -> ProgramError:
        word = str(self.token)
        if self.kind == "WITHIN":
            return self._error("`within` belongs to an `assert`", "write `assert e == 8 within 1e-9`")
        if self.kind == "ASSERT":
            return self._error("`assert` begins a statement of its own", "put a `;` or a line end before it; it cannot be a name")
        return self._error(f"`{word}` cannot stand here", "it is a word of the language and cannot be a name")

    # Parentheses and headers

    def _never_closed(self) -> ProgramError:
        opened, _ = self.open[-1]
        start = opened.start_pos or 0
        return self._error("`(` is never closed", "add the `)`", Span(self.source, start, start + 1))

    def _in_header(self) -> bool:
        return bool(self.open) and (name := self.open[-1][1]) is not None and name.type == "FUNCTION" and self.expected <= {"NAME", "COMMA", "RPAR"}

    def _bad_parameter(self) -> ProgramError:
        if self.kind == "RPAR":
            return self._error("a function has at least one parameter", "write `f(x) = …`, or `k = …` for a constant")
        return self._error(f"`{self.token}` cannot be a parameter", "the parameters of a function are names, as in `f(x, y) = x*y`")

    # Helpers

    def _lines_between(self, token: Token) -> bool:
        return "\n" in self.source.text[token.start_pos or 0 : self.here.start]

    def _statement_start(self) -> int:
        text = self.source.text
        start = max(text.rfind("\n", 0, self.here.start), text.rfind(";", 0, self.here.start)) + 1
        return start + len(text[start : self.here.start]) - len(text[start : self.here.start].lstrip())

    def _error(self, message: str, help: str, where: Span | Token | None = None) -> ProgramError:
        if where is None:
            span = self.here
        elif isinstance(where, Span):
            span = where
        else:
            start = where.start_pos or 0
            span = Span(self.source, start, start + len(str(where)))
        return ProgramError(message, [span], help)
