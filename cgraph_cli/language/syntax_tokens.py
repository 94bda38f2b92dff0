"""The tokens of a statement with an error, for the explanation."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from cgraph_cli.core.errors import Source, Span
from cgraph_cli.language.driver import after_comments, scanner
from cgraph_cli.language.grammar import CLOSING, GO_ON, LINE_ENDS, OPENING
from cgraph_cli.language.tables import IGNORED, PATTERNS

ENDS = frozenset({"$END", "_SEMICOLON", *LINE_ENDS})
NAMES = frozenset({"NAME", "FUNCTION"})
END_VALUE = NAMES | CLOSING | {"NUMBER", "RAISED", "TRANSPOSED", "NONE", "ELLIPSIS"}
BEGIN_VALUE = NAMES | {"NUMBER", "LPAR"}
BINARY = GO_ON - {"NOT"} | {"EQUAL"}
_AFTER_VALUE = ("or", "and", "within")
_BEFORE_NOT = OPENING | frozenset({"", "COLON", "COMMA", "EQUAL", "ASSERT", "NOT", "AND", "OR"})

_BEFORE, _FIRST, _INNERMOST = 20_000, 100, 20
"""The most tokens before the error, the most at the head of the statement, and the most open parentheses, that are
examined.
"""

_FOLLOWING = 2000
"""The most tokens after the error that are examined."""
_LONGEST_QUOTE = 30

_HEAD_OF_RANGE = re.compile(r"range[ \t]+(?!(?:and|or|for|in|within)\b)[^\W\d]").match
_RANGE = re.compile(r"range[ \t]+[^\W\d]\w*[ \t]*=(?!=)").match

ILLEGAL = ""
"""The type of a character that begins no token."""


class Lexeme(NamedTuple):
    """A word of the program: its terminal, and its place."""

    type: str
    start: int
    end: int


class StatementTokens:
    """The tokens of a statement up to an error, and some more.

    Of a long statement the middle is left out. `at` is the position of the token that does not fit; `kind` and `word`
    are its own, `before` and `previous` those of the token before it. `pairs` maps each parenthesis to its partner;
    `open` has the positions of the open ones at the error. With `whole`, the tokens reach to the end of the program.
    """

    def __init__(self, source: Source, start: int, error: int) -> None:
        """Read the tokens; `start` is the beginning of this statement, or of one before it."""
        self.source = source
        self.tokens, depth = _read_before(source.text, start, error)
        self.at = len(self.tokens)
        following = _read_inside(source.text, error, depth)
        self.tokens += islice(following, _FOLLOWING)
        self.whole = next(following, None) is None
        if self.kind_of(len(self.tokens) - 1) == ILLEGAL:  # after a second error, no more tokens are needed than these
            self.tokens.pop()
            self.whole = False
        # A keyword that was read as a name is itself the error, not the token after it.
        self.at = next((at for at in range(self.at) if not self._keyword_fits(at)), self.at)
        self.kind, self.word = self.kind_of(self.at), self.text(self.at)
        self.before, self.previous = self.kind_of(self.at - 1), self.text(self.at - 1)
        self.pairs = self._pairs()
        opened = (at for at in range(self.at) if self.kind_of(at) in OPENING)
        self.open = [at for at in opened if self.pairs.get(at, self.at) >= self.at]

    def _pairs(self) -> dict[int, int]:
        pairs: dict[int, int] = {}
        opened: list[int] = []
        for at, token in enumerate(self.tokens):
            if token.type in OPENING:
                opened.append(at)
            elif token.type in CLOSING and opened:
                start = opened.pop()
                pairs[start], pairs[at] = at, start
        return pairs

    def _keyword_fits(self, at: int) -> bool:
        kind, before = self.kind_of(at), self.kind_of(at - 1)
        if kind in ("OR", "AND", "WITHIN"):
            return before in END_VALUE
        return at == 0 if kind in ("ASSERT", "CONST", "RANGE") else kind != "NOT" or before in _BEFORE_NOT

    def kind_of(self, at: int) -> str:
        """Give the terminal of a token; empty before the first one, and the end after the last."""
        if at < 0:
            return ""
        return self.tokens[at].type if at < len(self.tokens) else "$END"

    def text(self, at: int) -> str:
        """Give the text of a token."""
        return self.source.text[self.start(at) : self.end(at)] if 0 <= at < len(self.tokens) else ""

    def start(self, at: int) -> int:
        """Give the start of a token."""
        return self.tokens[at].start if at < len(self.tokens) else len(self.source.text)

    def end(self, at: int) -> int:
        """Give the end of a token."""
        return self.tokens[at].end if at < len(self.tokens) else len(self.source.text)

    def quote(self, first: int, last: int, otherwise: str) -> str:
        """Quote the text from one token to another in backquotes, if it is short enough for a sentence."""
        start, end = self.start(first), self.end(last)
        text = self.source.text[start : min(end, start + _LONGEST_QUOTE + 1)]
        return f"`{text}`" if len(text) <= _LONGEST_QUOTE and "\n" not in text else otherwise

    def span(self, first: int, last: int) -> Span:
        """Make the span from one token to another."""
        return Span(self.source, self.start(first), self.end(last))

    def is_call(self, parenthesis: int) -> bool:
        """Tell whether a parenthesis opens the arguments of a call."""
        return self.kind_of(parenthesis) == "LPAR" and self.kind_of(parenthesis - 1) in NAMES

    def is_in_call(self) -> bool:
        """Tell whether the error is directly between the parentheses of a call, or between brackets."""
        return bool(self.open) and (self.is_call(self.open[-1]) or self.kind_of(self.open[-1]) == "LSQB")

    def first_of_value(self, at: int) -> int:
        """Find the first token of the value that ends at a token."""
        while self.kind_of(at) in ("RAISED", "TRANSPOSED"):
            at -= 1
        opened = self.pairs.get(at, at)
        if opened != at and self.kind_of(opened) == "LSQB" and self.kind_of(opened - 1) in END_VALUE:
            return self.first_of_value(opened - 1)
        return opened - 1 if opened != at and self.is_call(opened) else opened

    def last_of_value(self, at: int) -> int:
        """Find the last token of the value that starts at a token; the same one where parentheses stay open."""
        is_call = self.kind_of(at) in NAMES and self.kind_of(at + 1) == "LPAR"
        return self.pairs.get(at + is_call, at)

    def last_before(self, stops: frozenset[str]) -> int:
        """Find the last token before the next one of a stopping kind, at the error or after it."""
        at = self.at
        while self.kind_of(at) not in stops:
            at += 1
        return at - 1


def read_tokens(text: str, position: int) -> Iterator[Lexeme]:
    """Read the tokens from an offset on, each by itself; a last `ILLEGAL` is a character that begins none."""
    match, keywords = scanner(0)
    before: tuple[str, ...] = ()
    opened: list[str] = []
    while found := match(text, position):
        if found.lastgroup == "UNCERTAIN" and before != ("NAME", "EQUAL"):
            is_element = opened[-1:] == ["LSQB"] and before[-1:] in (("LSQB",), ("COMMA",))
            found = found if is_element else _expected(text, position)
        kind, end = found.lastgroup or "", found.end()
        if kind not in IGNORED:
            if kind == "NAME":
                kind = keywords.get(found.group(), kind)
                if kind == "RANGE" and not (_RANGE if before else _HEAD_OF_RANGE)(text, position):
                    kind = "NAME"
            if kind in OPENING:
                opened.append(kind)
            elif kind in CLOSING and opened:
                opened.pop()
            before = () if kind in ENDS else (*before[:2], kind)
            yield Lexeme(kind, position, end)
        position = end if kind not in IGNORED else after_comments(text, position)
    if position < len(text):
        yield Lexeme(ILLEGAL, position, position + 1)


def _expected(text: str, position: int) -> re.Match[str]:
    """Match the sign or the number at the head of an uncertain number, where none is expected."""
    found = re.compile("|".join(f"(?P<{name}>{PATTERNS[name]})" for name in ("PLUS", "MINUS", "NUMBER")))
    matched = found.match(text, position)
    assert matched is not None
    return matched


def _read_before(text: str, start: int, error: int) -> tuple[list[Lexeme], int]:
    """Read the tokens of a statement before an error; returns them with the number of open parentheses."""
    first: list[Lexeme] = []
    last: deque[Lexeme] = deque(maxlen=_BEFORE)
    opened: list[tuple[Lexeme, Lexeme]] = []
    nothing = before = Lexeme("", start, start)
    tokens = read_tokens(text, start)
    while (token := next(tokens, nothing)) is not nothing and token.start < error:
        if token.type in NAMES and before.type in END_VALUE:  # `or2` after a value
            word = next(word for word in _AFTER_VALUE if text.startswith(word, token.start))
            token = Lexeme(word.upper(), token.start, token.start + len(word))
            tokens = read_tokens(text, token.end)
        kind = token.type
        if kind in LINE_ENDS and (opened or before.type in GO_ON or (kind == "_BEFORE_SIGN" and before is nothing)):
            continue
        if kind in ENDS:
            first.clear()
            last.clear()
            opened.clear()
            before = nothing
            continue
        if kind == "FUNCTION" and before is not nothing:  # a name at the head of a definition is one
            token = token._replace(type="NAME")
        (first if len(first) < _FIRST else last).append(token)
        if kind in OPENING:
            opened.append((before, token))
        elif kind in CLOSING and opened:
            opened.pop()
        before = token
    lost = {token for pair in opened[-_INNERMOST:] for token in pair if token.type}
    return sorted(lost.union(first, last), key=attrgetter("start")), len(opened)


def _read_inside(text: str, position: int, depth: int) -> Iterator[Lexeme]:
    """Read the tokens from an offset on, within so many parentheses."""
    before = ""
    for token in read_tokens(text, position):
        if token.type in LINE_ENDS and (depth > 0 or before in GO_ON):
            continue
        depth += (token.type in OPENING) - (token.type in CLOSING)
        before = token.type
        yield token
