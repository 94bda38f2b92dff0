"""The statement that an error stands in, as tokens, for whoever explains the error."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from cgraph_cli.core.errors import Source, Span
from cgraph_cli.language.build import KEYWORDS

if TYPE_CHECKING:
    from lark import Lark, Token

ENDS = frozenset({"$END", "_SEMICOLON", "_LINE_END"})
NAMES = frozenset({"NAME", "FUNCTION"})
END_VALUE = NAMES | {"NUMBER", "RPAR", "RAISED"}
BINARY = frozenset({"PLUS", "MINUS", "TIMES", "SLASH", "PERCENT", "CARET", "COMPARISON", "OR", "AND", "EQUAL"})
_BEFORE_NOT = frozenset({"", "LPAR", "COMMA", "EQUAL", "ASSERT", "NOT", "AND", "OR"})

_FOLLOWING = 2000
"""How many tokens after the error are looked at."""
_LONGEST_QUOTE = 30


class StatementTokens:
    """The tokens of a statement up to an error, and some that follow.

    `at` is the position among them of the one that does not fit; `kind` and `word` say what it is, `before`
    and `previous` what stands before it. `pairs` maps each parenthesis to the one that it belongs to; `open`
    has the positions of those that are open at the error. `whole` says that the tokens reach to the end of
    the program, `follows_line` that a line end, and no semicolon, stands before the statement.
    """

    def __init__(self, source: Source, lark: Lark, text: str, error: int) -> None:
        self.source = source
        self.tokens: list[Token] = []
        self.at = 0
        self.whole, self.follows_line = True, False
        self._read(lark, text, error)
        # A keyword that was read as a name is itself the error, and not what comes after it.
        self.at = next((at for at in range(self.at) if not self._keyword_fits(at)), self.at)
        self.kind, self.word = self.kind_of(self.at), self.text(self.at)
        self.before, self.previous = self.kind_of(self.at - 1), self.text(self.at - 1)
        self.pairs = self._pairs()
        opened = (at for at in range(self.at) if self.kind_of(at) == "LPAR")
        self.open = [at for at in opened if self.pairs.get(at, self.at) >= self.at]

    def _read(self, lark: Lark, text: str, error: int) -> None:
        """Read the tokens: up to the error those that the parser takes, from there on by themselves."""
        from lark.exceptions import UnexpectedInput

        with suppress(UnexpectedInput):
            for token in lark.parse_interactive(text).iter_parse():
                if (token.start_pos or 0) >= error:
                    break
                if token.type in ENDS:
                    self.tokens.clear()
                    self.follows_line = token.type == "_LINE_END"
                else:
                    if token.type == "NAME" and token in KEYWORDS:  # which Lark reads as a name where only a name fits
                        token.type = token.upper()
                    self.tokens.append(token)
        self.at = len(self.tokens)
        kinds = [token.type for token in self.tokens]
        depth = kinds.count("LPAR") - kinds.count("RPAR")  # inside parentheses a line goes on
        stream = lark.lex(" " * (error - depth) + "(" * depth + text[error:])
        try:
            self.tokens += islice(stream, depth, depth + _FOLLOWING)
            self.whole = next(stream, None) is None
        except UnexpectedInput:  # a second error follows; what precedes it is enough for the first
            self.whole = False

    def _pairs(self) -> dict[int, int]:
        pairs: dict[int, int] = {}
        opened: list[int] = []
        for at, token in enumerate(self.tokens):
            if token.type == "LPAR":
                opened.append(at)
            elif token.type == "RPAR" and opened:
                start = opened.pop()
                pairs[start], pairs[at] = at, start
        return pairs

    def _keyword_fits(self, at: int) -> bool:
        kind, before = self.kind_of(at), self.kind_of(at - 1)
        if kind in ("OR", "AND", "WITHIN"):
            return before in END_VALUE
        return at == 0 if kind == "ASSERT" else kind != "NOT" or before in _BEFORE_NOT

    def kind_of(self, at: int) -> str:
        """The terminal that a token is; nothing before the first one, and the end after the last."""
        if at < 0:
            return ""
        return self.tokens[at].type if at < len(self.tokens) else "$END"

    def text(self, at: int) -> str:
        """A token as it is written."""
        return str(self.tokens[at]) if 0 <= at < len(self.tokens) else ""

    def start(self, at: int) -> int:
        """The offset that a token starts at."""
        return (self.tokens[at].start_pos or 0) if at < len(self.tokens) else len(self.source.text)

    def end(self, at: int) -> int:
        """The offset that a token ends before."""
        return self.start(at) + len(self.text(at))

    def quote(self, first: int, last: int, otherwise: str) -> str:
        """The text from one token to another in backquotes, where it is short enough for a sentence."""
        text = self.source.text[self.start(first) : self.end(last)]
        return f"`{text}`" if len(text) <= _LONGEST_QUOTE and "\n" not in text else otherwise

    def span(self, first: int, last: int) -> Span:
        """The place from one token to another."""
        return Span(self.source, self.start(first), self.end(last))

    def is_call(self, parenthesis: int) -> bool:
        """Whether a parenthesis opens the arguments of a call."""
        return self.kind_of(parenthesis - 1) in NAMES

    def is_in_call(self) -> bool:
        """Whether the error stands directly between the parentheses of a call."""
        return bool(self.open) and self.is_call(self.open[-1])

    def first_of_value(self, at: int) -> int:
        """The first token of the value that ends at a token."""
        while self.kind_of(at) == "RAISED":
            at -= 1
        opened = self.pairs.get(at, at)
        return opened - 1 if opened != at and self.is_call(opened) else opened

    def last_of_value(self, at: int) -> int:
        """The last token of the value that starts at a token; the same one where parentheses do not close."""
        is_call = self.kind_of(at) in NAMES and self.kind_of(at + 1) == "LPAR"
        return self.pairs.get(at + is_call, at)

    def last_before(self, stops: frozenset[str]) -> int:
        """The last token before the next one, at the error or after it, of a kind that stops."""
        at = self.at
        while self.kind_of(at) not in stops:
            at += 1
        return at - 1
