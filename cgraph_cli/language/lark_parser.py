"""Lark's own parser of the grammar: what the tables are made from, what they are tested against, and what finds
out where a program is wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from cgraph_cli.core.errors import ProgramError, Source
from cgraph_cli.core.graph import DEFAULT_MAX_NODES, Graph
from cgraph_cli.language.build import Builder
from cgraph_cli.language.grammar import Progress, grammar

if TYPE_CHECKING:
    from lark import Lark, Token

_TOKENS_A_REPORT = 8192
_parsing = threading.Lock()


class LineEnds:
    """Drops line ends inside parentheses, so that an expression may go on over several lines."""

    always_accept = ("_LINE_END",)

    def __init__(self) -> None:
        self.progress: Progress | None = None

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens that the grammar sees."""
        depth = countdown = 0
        for token in stream:
            kind = token.type
            if kind == "LPAR":
                depth += 1
            elif kind == "RPAR":
                depth -= 1
            elif kind == "_LINE_END" and depth > 0:
                continue
            countdown -= 1
            if countdown < 0:
                countdown = _TOKENS_A_REPORT
                if self.progress:
                    self.progress(token.end_pos or 0, 0)
            yield token


class Language:
    """Lark's parser for the grammar, and the builder and filter that it calls."""

    def __init__(self) -> None:
        from lark import Lark

        self.builder = Builder()
        self.line_ends = LineEnds()
        self.lark: Lark = Lark(
            grammar(),
            parser="lalr",
            transformer=_inline(self.builder),
            postlex=self.line_ends,
            maybe_placeholders=False,
        )


@cache
def language() -> Language:
    """The one Lark of this process. It builds one graph at a time."""
    return Language()


def parse_with_lark(source: Source, *, max_nodes: int = DEFAULT_MAX_NODES, progress: Progress | None = None) -> Graph:
    """A program's graph, as `language.parse.parse` makes it, by Lark's LALR parser with the builder inline."""
    from lark.exceptions import UnexpectedInput

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

            raise explain(source, error, _recogniser(), source.text) from None


def explain_statement(source: Source, start: int) -> ProgramError:
    """The error of the statement that starts at an offset and does not parse, where all before it does.

    What stands before is passed over, but for the line end or semicolon right before it.
    """
    from lark.exceptions import UnexpectedInput

    from cgraph_cli.language.syntax_errors import explain

    lark = _recogniser()
    shown = max(0, start - 1)
    text = " " * shown + source.text[shown:]
    try:
        lark.parse(text)
    except UnexpectedInput as error:
        return explain(source, error, lark, text)
    raise AssertionError(f"the tables do not know a statement that the grammar does: {source.text[start:][:80]!r}")


@cache
def _recogniser() -> Lark:
    """Lark without the builder."""
    from lark import Lark

    return Lark(grammar(), parser="lalr", postlex=LineEnds(), maybe_placeholders=False)


def _inline(builder: Builder) -> object:
    """The builder as Lark wants a transformer: callbacks that take a rule's children one by one."""
    from lark import Transformer, v_args

    rules = {
        name: (lambda method: lambda _, *children: method(*children))(getattr(builder, name))
        for name in dir(builder)
        if not name.startswith("_") and callable(getattr(builder, name))
    }
    return v_args(inline=True)(type("Rules", (Transformer,), rules))()
