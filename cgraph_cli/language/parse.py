"""Text to graph, by Lark's LALR parser with the builder as its inline transformer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from cgraph_cli import resources
from cgraph_cli.errors import Source
from cgraph_cli.graph import DEFAULT_MAX_NODES, Graph
from cgraph_cli.language.build import Builder

if TYPE_CHECKING:
    from lark import Lark, Token

Progress = Callable[[int, int], None]
"""Told of work done and of the work in all, now and then."""

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
            resources.read("grammars", "cgraph.lark"),
            parser="lalr",
            transformer=_inline(self.builder),
            postlex=self.line_ends,
            maybe_placeholders=False,
        )


@cache
def language() -> Language:
    """The one parser of this process. It builds one graph at a time."""
    return Language()


def parse(text: str | Source, *, max_nodes: int = DEFAULT_MAX_NODES, progress: Progress | None = None) -> Graph:
    """Parse a program into its graph.

    `progress(done, total)` is called now and then, in characters. Raises `ProgramError` for a program that is
    wrong or that has more than `max_nodes` nodes.
    """
    from lark.exceptions import UnexpectedInput

    source = text if isinstance(text, Source) else Source(text)
    total = len(source.text)
    with _parsing:
        lark, builder = language().lark, language().builder
        language().line_ends.progress = progress and (lambda done, _: progress(done, total))
        builder.begin(source, max_nodes)
        try:
            lark.parse(source.text)
            return builder.finish()
        except UnexpectedInput as error:
            from cgraph_cli.language.explain import explain

            raise explain(source, error, lark) from None


def _inline(builder: Builder) -> object:
    """The builder as Lark wants a transformer: callbacks that take a rule's children one by one."""
    from lark import Transformer, v_args

    rules = {
        name: (lambda method: lambda _, *children: method(*children))(getattr(builder, name))
        for name in dir(builder)
        if not name.startswith("_") and callable(getattr(builder, name))
    }
    return v_args(inline=True)(type("Rules", (Transformer,), rules))()
