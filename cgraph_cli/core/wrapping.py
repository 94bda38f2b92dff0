"""Lines of words that fit a terminal."""

from __future__ import annotations

import re

from cgraph_cli.core.errors import columns_of

_WORDS = re.compile(r"""--[\w.\[\],-]+ (?:"[^"]*"|-?[^\s-][^\s;]*;?)|(?:`[^`]*`|\S)+""")
"""Words; code in backquotes, and an option with its value, stay in one piece."""


def wrap(line: str, width: int | None, indent: int) -> str:
    """Break a line between words where it is wider than `width`; the lines after the first are indented."""
    if width is None or columns_of(line) <= width:
        return line
    start = len(line) - len(line.lstrip(" "))
    lines = [line[:start]]
    for at, word in enumerate(_WORDS.findall(line)):
        if at and columns_of(lines[-1]) + 1 + columns_of(word) > width and lines[-1].strip():
            lines.append(" " * indent + word)
        else:
            lines[-1] += " " * bool(at) + word
    return "\n".join(lines)


def fold_array(text: str, room: int) -> str:
    """Break the lines of an array behind commas where they are wider than `room`; all rows break at the same places."""
    lines = []
    for line in text.split("\n"):
        rest = line.rstrip()
        indent = " " * (len(rest) - len(rest.lstrip(" [")) + 1)
        while len(rest) > room and (at := rest.rfind(", ", len(indent), room + 1)) > 0:
            lines.append(rest[: at + 1])
            rest = indent + rest[at + 2 :]
        lines.append(rest)
    return "\n".join(lines)
