"""Text to graph: by the tables of the grammar, statement by statement.

Lark itself parses where the tables are not up to date, and finds the words for what does not parse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from zlib import crc32

from cgraph_cli import resources
from cgraph_cli.errors import Source
from cgraph_cli.graph import DEFAULT_MAX_NODES, Graph
from cgraph_cli.language.build import Builder
from cgraph_cli.language.driver import Driver, Unparsed
from cgraph_cli.language.shapes import LONGEST, STATEMENT, WORDS, Shapes
from cgraph_cli.language.tables import CHECKSUM

Progress = Callable[[int, int], None]
"""Told of work done and of the work in all, now and then."""

_STATEMENTS_A_REPORT = 4096


def parse(text: str | Source, *, max_nodes: int = DEFAULT_MAX_NODES, progress: Progress | None = None) -> Graph:
    """Parse a program into its graph.

    `progress(done, total)` is called now and then, in characters. Raises `ProgramError` for a program that is
    wrong or that has more than `max_nodes` nodes.
    """
    source = text if isinstance(text, Source) else Source(text)
    if not is_current():
        from cgraph_cli.language.lark_parser import parse_with_lark

        return parse_with_lark(source, max_nodes=max_nodes, progress=progress)
    builder = Builder()
    builder.begin(source, max_nodes)
    try:
        _read(source.text, builder, progress)
    except Unparsed as failure:
        from cgraph_cli.language.lark_parser import explain_statement

        raise explain_statement(source, failure.start) from None
    return builder.finish()


def grammar() -> str:
    """The text of the grammar."""
    return resources.read("grammars", "cgraph.lark")


@cache
def is_current() -> bool:
    """Whether the tables are those of the grammar as it is."""
    return crc32(grammar().encode()) == CHECKSUM


def _read(text: str, builder: Builder, progress: Progress | None) -> None:
    """Parse a text statement by statement: by replaying its shape where that is known, else by the tables."""
    driver, shapes = Driver(text, builder), Shapes(builder)
    match: Callable[[str, int], re.Match[str]] = STATEMENT.match  # type: ignore[assignment] # it matches anything
    split, recall = WORDS.split, shapes.replays.get
    position, end, countdown = 0, len(text), _STATEMENTS_A_REPORT
    while 0 <= position < end:
        found = match(text, position)
        following = found.end()
        if following - position < LONGEST:
            parts = split(found[1])
            shape = (*parts[::3], *map(bool, parts[2::3]))
            replay = recall(shape) or shapes.find(shape, parts)
            position = following if replay(parts, position) else driver.statement(position)
        else:
            position = driver.statement(position)
        countdown -= 1
        if not countdown:
            countdown = _STATEMENTS_A_REPORT
            if progress:
                progress(position, end)
