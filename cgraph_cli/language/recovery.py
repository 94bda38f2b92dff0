"""Further errors of one program: the statement of each is left out, and the rest parsed again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cgraph_cli.core.errors import CgraphError, Diagnostic, ProgramError, Source
from cgraph_cli.core.graph import DEFAULT_MAX_NODES, Graph
from cgraph_cli.language.grammar import CLOSING, GO_ON, LINE_ENDS, OPENING
from cgraph_cli.language.loop_blocks import find_block
from cgraph_cli.language.parse import parse
from cgraph_cli.language.syntax_tokens import read_tokens

MOST_ERRORS = 10
"""The most errors of one program."""

_LONGEST = 100_000
"""The most characters of a program that is parsed again and again."""

_DEFINES = re.compile(r"\s*(?:const\s+)?([^\W\d]\w*)\s*[(=:]")

_LOOPS = re.compile(r"\s*for\b")

_RANGED = re.compile(r"range (?=[^\W\d])(\w+)")


def further_errors(
    source: Source,
    first: ProgramError,
    max_nodes: int = DEFAULT_MAX_NODES,
    complete: Callable[[Graph], object] = lambda graph: None,
) -> list[Diagnostic]:
    """Find the errors of a program after the first, except for consequences of a left out statement.

    `complete` looks for errors that the whole program has once its text has none, such as shapes that do not fit.
    """
    text, error, found, lost, unused = source.text, first, list[Diagnostic](), set[str](), set[str]()
    if len(text) > _LONGEST:
        return []
    for _ in range(MOST_ERRORS):
        statement = _statement_of(text, error)
        if statement is None:
            break
        start, end = statement
        if _LOOPS.match(text, start) and (block := find_block(text, start)):
            end = max(end, block.end)
            lost.update((block.variable, *block.assigned()))
        lost.update(name[1] for name in [_DEFINES.match(text, start)] if name)
        unused.update(_words(text, error))  # an input may stand nowhere else
        left_out = re.sub(r"[^\n;]", " ", text[start:end])  # of which a number is left: it computes something
        text = text[:start] + re.sub(r"^ ", "0", left_out) + text[end:]
        is_whole = False
        try:
            graph = parse(Source(text, source.name), max_nodes=max_nodes)
            is_whole = True
            complete(graph)
            break
        except ProgramError as next_error:
            error = next_error
        except CgraphError:
            break
        said = error.diagnostic
        if not said.spans:
            break
        words = _words(text, error)
        told_of = f"`{'` `'.join(words)}`" if is_whole else said.message
        is_consequence = any(f"`{name}`" in told_of for name in lost)
        ranged = _RANGED.match(" ".join(words))
        is_consequence = is_consequence or (ranged is not None and ranged[1] in unused and not is_whole)
        if not is_consequence and text[said.spans[0].start :].strip():
            found.append(said._replace(spans=tuple(span._replace(source=source) for span in said.spans)))
    return found


def _words(text: str, error: ProgramError) -> list[str]:
    """List the words of the statement of an error."""
    start, end = _statement_of(text, error) or (0, 0)
    return re.findall(r"\w+", text[start:end])


def _statement_of(text: str, error: ProgramError) -> tuple[int, int] | None:
    """Find the statement of an error; None where its end is not known."""
    at = max(span.start for span in error.diagnostic.spans) if error.diagnostic.spans else -1
    for start, end in _statements(text):
        if start <= at < end:
            return (start, end) if end < len(text) or start > 0 else None
    return None


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """List where the statements begin and end; an open parenthesis ends with its line."""
    start = depth = 0
    before = ""
    for token in read_tokens(text, 0):
        is_line = token.type in LINE_ENDS
        if token.type == "_SEMICOLON" or (is_line and before not in GO_ON and (depth <= 0 or _begins(text, token.end))):
            yield start, token.end
            start, depth, before = token.end, 0, ""
        elif not is_line:
            depth += (token.type in OPENING) - (token.type in CLOSING)
            before = token.type
    yield start, len(text)


def _begins(text: str, at: int) -> bool:
    """Tell whether a line begins like a statement and nothing else."""
    return re.compile(r"\s*(?:const\s|assert\s|range\s+[^\W\d]|[^\W\d]\w*\s*=(?!=))").match(text, at) is not None
