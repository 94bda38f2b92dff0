"""Lark's own parser of the grammar, the source of the tables and the reference of their tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import DEFAULT_MAX_NODES, Graph
from cgraph_cli.language.build import Builder
from cgraph_cli.language.grammar import CLOSING, GO_ON, LINE_ENDS, OPENING, Progress, grammar

if TYPE_CHECKING:
    from lark import Lark, Token

_TOKENS_A_REPORT = 8192
_parsing = threading.Lock()


class LineEnds:
    """A filter that drops line ends inside brackets and after an operator, where a statement goes on with the next
    line.

    It tells the builder of the beginnings of loops' bodies, too.
    """

    always_accept = LINE_ENDS

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.progress: Progress | None = None

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Yield the tokens of the grammar."""
        depth = countdown = 0
        before = ""
        for token in stream:
            kind = token.type
            if kind in OPENING:
                depth += 1
            elif kind in CLOSING:
                depth -= 1
            elif kind in LINE_ENDS and (depth > 0 or before in GO_ON):
                continue
            before = kind
            countdown -= 1
            if countdown < 0:
                countdown = _TOKENS_A_REPORT
                if self.progress:
                    self.progress(token.end_pos or 0, 0)
            yield token
            if token.start_pos in self.builder.loops:  # the parser has taken the token when it requests another
                self.builder.open_loop(token.start_pos or 0)


class Language:
    """Lark's parser for the grammar, with its builder and its filter."""

    def __init__(self) -> None:
        from lark import Lark

        self.builder = Builder()
        self.line_ends = LineEnds(self.builder)
        self.lark: Lark = Lark(
            grammar(),
            parser="lalr",
            transformer=_inline(self.builder),
            postlex=self.line_ends,
            maybe_placeholders=False,
        )


@cache
def language() -> Language:
    """Return the only Lark of this process. It builds one graph at a time."""
    return Language()


def parse_with_lark(source: Source, *, max_nodes: int = DEFAULT_MAX_NODES, progress: Progress | None = None) -> Graph:
    """Parse a program into the graph of `language.parse.parse`, by Lark's LALR parser with the builder inline."""
    from lark.exceptions import UnexpectedInput, UnexpectedToken

    total = len(source.text)
    with _parsing:
        lark, builder = language().lark, language().builder
        language().line_ends.progress = progress and (lambda done, _: progress(done, total))
        builder.begin(source, max_nodes)
        try:
            lark.parse(source.text)
            return builder.finish()
        except UnexpectedInput as error:
            from cgraph_cli.language.syntax_errors import explain

            at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
            raise explain(source, 0, total if at_end else error.pos_in_stream or 0) from None


def _inline(builder: Builder) -> object:
    """Wrap the builder as a transformer of Lark: callbacks that take a rule's children one by one."""
    from lark import Transformer, v_args

    rules = {
        name: (lambda method: lambda _, *children: method(*children))(getattr(builder, name))
        for name in dir(builder)
        if not name.startswith("_") and callable(getattr(builder, name))
    }
    return v_args(inline=True)(type("Rules", (Transformer,), rules))()
