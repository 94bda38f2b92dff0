"""The loops of a program, found before parsing: a body comes before the `for` with its variable."""

from __future__ import annotations

import re

_FOR = re.compile(r"\bfor\b")


def find_loops(text: str) -> dict[int, list[tuple[str, int]]]:
    """Find each loop's body by the offset where it begins: its variables, with their offsets.

    A body begins with the bracket that it stands in, or with the element of a recurrence.
    """
    loops: dict[int, list[tuple[str, int]]] = {}
    if not _FOR.search(text):
        return loops
    from cgraph_cli.language.tables import PATTERNS

    name = PATTERNS["NAME"]
    end = rf";|\n[ \t]*{name}[ \t]*(?:,|=(?!=))"  # which begins another statement
    parts = rf"#[^\n]*|(?P<open>[(\[])|(?P<close>[)\]])|(?P<end>{end})|for\s+(?P<variable>{name})\s+in\b"
    tokens = re.compile(rf"{parts}|(?P<element>{PATTERNS['ELEMENT']})|{name}")
    opened: list[int] = []
    element = -1
    for found in tokens.finditer(text):
        kind = found.lastgroup
        if kind == "open":
            opened.append(found.start())
        elif kind == "close" and opened:
            opened.pop()
        elif kind == "end" and not opened:
            element = -1
        elif kind == "element" and not opened:
            element = found.start()
        elif kind == "variable":
            start = opened[-1] if opened else element
            if start >= 0:
                loops.setdefault(start, []).append((found["variable"], found.start("variable")))
    return loops
