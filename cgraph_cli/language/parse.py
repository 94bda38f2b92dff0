"""Text to graph: by the tables of the grammar, statement by statement, or by Lark where these are out of date."""

from __future__ import annotations

from functools import cache

from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import DEFAULT_MAX_NODES, Graph
from cgraph_cli.language.build import Builder
from cgraph_cli.language.driver import Driver, Unparsed
from cgraph_cli.language.grammar import Progress, checksum
from cgraph_cli.language.tables import CHECKSUM

SHORT = 2000
"""The characters of a program too short for the learning of shapes."""


def parse(text: str | Source, *, max_nodes: int = DEFAULT_MAX_NODES, progress: Progress | None = None) -> Graph:
    """Parse a program into its graph.

    `progress(done, total)` is called now and then, in characters. Raises `ProgramError` for a wrong program, or one of
    more than `max_nodes` nodes.
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
        from cgraph_cli.language.syntax_errors import explain

        raise explain(source, failure.start, failure.error) from None
    return builder.finish()


@cache
def is_current() -> bool:
    """Tell whether the tables are those of the current grammar."""
    return checksum() == CHECKSUM


def _read(text: str, builder: Builder, progress: Progress | None) -> None:
    """Parse a text statement by statement, by replay where it is long enough."""
    driver = Driver(text, builder)
    if len(text) > SHORT:
        from cgraph_cli.language.replay import read_long

        read_long(text, builder, driver, progress)
        return
    position = 0
    while 0 <= position < len(text):
        position = driver.statement(position)
