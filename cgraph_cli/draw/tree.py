"""A tree for the terminal that stays a graph: each node is drawn once, below one that uses it, and elsewhere named.

    out  e = c * d
         ├─ c = a + b
    in   │  ├─ a
    in   │  └─ b
         └─ d = b + 1
    in      └─ b ↑

An arrow says whether the node itself is drawn further up or down. What would stand too far to the right is drawn
further down, from the margin, so that a chain of any length stays on the page. Beside the tree stand each edge's
partial and each node's numbers.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from cgraph_cli.draw import Look
from cgraph_cli.draw.boxes import shorten
from cgraph_cli.draw.drawing import GRADIENTS, PARTIALS, VALUES, Drawing, Edge, Node
from cgraph_cli.errors import columns_of
from cgraph_cli.render.cells import MARKS, MOST_ROWS, align

_LINES = {False: ("├─ ", "└─ ", "│  ", "   "), True: ("|- ", "`- ", "|  ", "   ")}
_ARROWS = {False: (" ↑", " ↓", " …"), True: (" (above)", " (below)", " ...")}

_STYLES = {"input": "cyan", "intermediate": "bold", "output": "bold green"}

_WIDTH = 80
"""The columns that are reckoned with where there is no terminal."""

_STATEMENT = 24
"""The columns that the deepest statement is left, at least."""

_SHOWN = 200
"""The lines of a tree too long to be read that are shown."""


class Row(NamedTuple):
    """A line of the tree: what leads to the node, the node, the edge that it hangs by, and what follows its name.

    `drawn` is false where the node is only named.
    """

    stem: str
    node: Node
    edge: Edge | None
    arrow: str
    drawn: bool


def write(drawing: Drawing, look: Look) -> str:
    """The tree with its numbers, and the notes below it."""
    numbers = 2 + sum(len(heading) + 3 for heading in drawing.headings) + 20 * bool(drawing.shown)
    room = (look.width or _WIDTH) - numbers
    deepest = max(4, (room - _STATEMENT) // 3)
    found: list[Row | None] = []
    left_out = 0
    for row in _rows(drawing, deepest, look.ascii):
        if look.all or len(found) < MOST_ROWS:
            found.append(row)
        else:
            left_out += 1
    if left_out:
        left_out += len(found) - _SHOWN
        del found[_SHOWN:]
    lines = _lines(found, drawing, look)
    if left_out:
        lines.append([(f"… {left_out:,} lines left out (--all shows them) …", "dim")])
    lines += [[(note, "yellow")] for note in drawing.notes]
    return _print(lines, look.color)


def _rows(drawing: Drawing, deepest: int, ascii: bool) -> Iterator[Row | None]:
    """The lines of the tree; None stands for an empty one, before what starts at the margin again."""
    branch, last_branch, beam, nothing = _LINES[ascii]
    above, below, cut = _ARROWS[ascii]
    operands = drawing.operands()
    drawn = [False] * len(drawing.nodes)
    used = {edge.source for edge in drawing.edges}
    roots = deque(drawing.outputs)
    roots.extend(
        position
        for position in range(len(drawing.nodes) - 1, -1, -1)
        if position not in used and position not in drawing.outputs
    )
    started = False
    while roots:
        root = roots.popleft()
        if drawn[root]:
            continue
        if started:
            yield None
        started = True
        postponed: list[int] = []
        stack: list[tuple[int, Edge | None, str, str, int]] = [(root, None, "", "", 0)]
        while stack:
            position, edge, stem, under, depth = stack.pop()
            node = drawing.nodes[position]
            if drawn[position]:
                yield Row(stem, node, edge, above, False)
                continue
            if depth and (depth >= deepest or position in drawing.outputs) and operands[position]:
                yield Row(stem, node, edge, below, False)
                postponed.append(position)
                continue
            drawn[position] = True
            yield Row(stem, node, edge, cut if node.hidden else "", True)
            for at in range(len(operands[position]) - 1, -1, -1):
                below_it = drawing.edges[operands[position][at]]
                final = at == len(operands[position]) - 1
                stack.append(
                    (
                        below_it.source,
                        below_it,
                        under + (last_branch if final else branch),
                        under + (nothing if final else beam),
                        depth + 1,
                    )
                )
        roots.extendleft(reversed(postponed))


def _lines(rows: list[Row | None], drawing: Drawing, look: Look) -> list[list[tuple[str, str]]]:
    """The rows as pieces of text with their styles, in columns."""
    headings, columns, styles = _columns(rows, drawing)
    widths = [
        max(columns_of(text) for text in [heading, *column]) for heading, column in zip(headings, columns, strict=True)
    ]
    most = max(_STATEMENT, (look.width or 10**9) - 5 - sum(width + 2 for width in widths))
    statements = []
    for row in rows:
        if row is None:
            statements.append(("", "", ""))
            continue
        name = row.node.label
        text = row.node.statement() if row.drawn else name
        whole = shorten(text, max(8, most - len(row.stem) - len(row.arrow)))
        statements.append((row.stem, whole[: len(name)], whole[len(name) :] + row.arrow))
    widest = max((columns_of("".join(statement)) for statement in statements), default=0)
    lines = []
    if headings:
        words = "  ".join(heading.rjust(width) for heading, width in zip(headings, widths, strict=True))
        lines.append([(f"     {'node':{widest}}  {words}".rstrip(), "bold")])
    for at, (row, (stem, name, rest)) in enumerate(zip(rows, statements, strict=True)):
        if row is None:
            lines.append([])
            continue
        style = _STYLES[row.node.kind] if row.drawn else "dim"
        pieces = [
            (f"{MARKS[row.node.kind]:5}", "dim"),
            (stem, "dim"),
            (name, style),
            (rest, "" if row.drawn else "dim"),
        ]
        filler = " " * (widest - columns_of(stem + name + rest))
        for column, width, style in zip(columns, widths, styles, strict=True):
            text = column[at]
            pieces.append((f"{filler}  {' ' * (width - columns_of(text))}{text}", style))
            filler = ""
        lines.append(_stripped(pieces))
    return lines


def _columns(rows: list[Row | None], drawing: Drawing) -> tuple[list[str], list[list[str]], list[str]]:
    """The columns of numbers: their headings, their texts, and their styles."""
    drawn = [row.node if row and row.drawn else None for row in rows]
    headings, columns, styles = [], [], []
    if PARTIALS in drawing.shown:
        partials = [row.edge.partial if row and row.edge else None for row in rows]
        headings.append("partial")
        columns.append(["" if partial is None else drawing.number(partial) for partial in partials])
        styles.append("magenta")
    if VALUES in drawing.shown:
        headings.append("value")
        columns.append(["" if node is None else drawing.number(node.value) for node in drawn])
        styles.append("")
    if GRADIENTS in drawing.shown:
        for at, heading in enumerate(drawing.headings):
            shown = [node.derivatives[at] if node and at < len(node.derivatives) else None for node in drawn]
            headings.append(heading)
            columns.append(["" if each is None else drawing.number(each.number) for each in shown])
            styles.append("red")
    columns = [align(column) for column in columns]
    statuses = ["; ".join(node.statuses()) if node else "" for node in drawn]
    if any(statuses):
        headings.append("status")
        widest = max(map(len, statuses))
        columns.append([status.ljust(widest) for status in statuses])
        styles.append("yellow")
    return headings, columns, styles


def _stripped(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    while pieces and not pieces[-1][0].strip():
        pieces.pop()
    if pieces:
        pieces[-1] = (pieces[-1][0].rstrip(), pieces[-1][1])
    return pieces


def _print(lines: list[list[tuple[str, str]]], color: bool) -> str:
    if not color:
        return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)
    from rich.text import Text

    from cgraph_cli.render.table import NO_LIMIT, console_for

    stream = io.StringIO()
    console = console_for(stream, True, NO_LIMIT)
    for line in lines:
        console.print(Text.assemble(*line), no_wrap=True, crop=False, overflow="ignore")
    return stream.getvalue()
