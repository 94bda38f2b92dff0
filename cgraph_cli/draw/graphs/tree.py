"""A tree for the terminal that stays a graph: each node is drawn once, below one that uses it, and elsewhere named.

    out  e = c * d
         ├─ c = a + b
    in   │  ├─ a
    in   │  └─ b
         └─ d = b + 1
    in      └─ b ↑

An arrow says whether the node itself is drawn further up or down. A node too far to the right is drawn further down,
from the margin: a chain of any length stays on the page. Beside the tree stand each edge's partial and each node's
numbers.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from cgraph_cli.core.errors import columns_of
from cgraph_cli.core.wrapping import wrap
from cgraph_cli.draw.drawing import PARTIALS, VALUES, Drawing, Edge, Node
from cgraph_cli.draw.layout.boxes import shorten
from cgraph_cli.render.array_text import ROOM
from cgraph_cli.render.cells import MARKS, MOST_ROWS, align
from cgraph_cli.render.view import View

_LINES = {False: ("├─ ", "└─ ", "│  ", "   "), True: ("|- ", "`- ", "|  ", "   ")}
_ARROWS = {False: (" ↑", " ↓", " …"), True: (" (above)", " (below)", " ...")}

_STYLES = {"input": "cyan", "intermediate": "bold", "output": "bold green"}

_WIDTH = 80
"""The columns without a terminal."""

NO_LIMIT = 1_000_000
"""A width beyond any line."""

_STATEMENT = 24
"""The least columns of the deepest statement."""

_SHOWN = 200
"""The most lines of a tree; a longer one is cut."""


_MARGIN = " " * 5
"""The margin for the marks `in` and `out`."""

StyledLine = list[tuple[str, str]]
"""A line as pieces of text, each with its style."""


class SideColumn(NamedTuple):
    """A column beside the tree: its heading, a text for each line, their style, and its width."""

    heading: str
    texts: list[str]
    style: str
    width: int


class TreeLine(NamedTuple):
    """A line of the tree: the branches before the node, the node, its edge to the node above, the text after its name.

    `drawn` is false for a node that is only named.
    """

    stem: str
    node: Node
    edge: Edge | None
    arrow: str
    drawn: bool


def write(drawing: Drawing, view: View) -> str:
    """Write the tree with its numbers, and the notes below it."""
    numbers = 2 + sum(len(heading) + 3 for heading in drawing.headings) + 20 * bool(drawing.shown)
    room = (view.width or _WIDTH) - numbers
    deepest = max(4, (room - _STATEMENT) // 3)
    found: list[TreeLine | None] = []
    left_out = 0
    for row in _rows(drawing, deepest, view.ascii):
        if view.all or len(found) < MOST_ROWS:
            found.append(row)
        else:
            left_out += 1
    if left_out:
        left_out += len(found) - _SHOWN
        del found[_SHOWN:]
    lines: list[StyledLine] = []
    for block in _blocks(found, drawing, view):
        lines += [[], *block] if lines else block
    if left_out:
        lines.append([(f"… {left_out:,} lines left out (--all shows them) …", "dim")])
    notes = (wrap(note, view.width, 6) for note in drawing.notes)
    lines += [[(line, "yellow")] for note in notes for line in note.split("\n")]
    return _print(lines, view.color)


def _rows(drawing: Drawing, deepest: int, ascii: bool) -> Iterator[TreeLine | None]:
    """Lay out the lines of the tree; None is an empty one, before a node that starts at the margin again."""
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
                yield TreeLine(stem, node, edge, above, False)
                continue
            if depth and (depth >= deepest or position in drawing.outputs) and operands[position]:
                yield TreeLine(stem, node, edge, below, False)
                postponed.append(position)
                continue
            drawn[position] = True
            yield TreeLine(stem, node, edge, cut if node.hidden else "", True)
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


def _statements(rows: list[TreeLine | None], most: int, *, names: bool = False) -> list[tuple[str, str, str]]:
    """Fit each row's stem, name, and the rest of its statement, unless `names` alone, into so many columns in all."""
    statements = []
    for row in rows:
        if row is None:
            statements.append(("", "", ""))
            continue
        name = row.node.label
        text = row.node.statement() if row.drawn and not names else name
        whole = shorten(text, max(8, most - len(row.stem) - len(row.arrow)))
        statements.append((row.stem, whole[: len(name)], whole[len(name) :] + row.arrow))
    return statements


def _blocks(rows: list[TreeLine | None], drawing: Drawing, view: View) -> Iterator[list[StyledLine]]:
    """Write the tree beside as many columns of numbers as fit, and again beside the next ones."""
    room = (view.width or NO_LIMIT) - len(_MARGIN)
    names = False
    left = _columns(rows, drawing, room - 2 - _least(rows), room - 2 - _least(rows, names=True))
    while True:
        least = _least(rows, names=names)
        taken = left[:1]
        while len(taken) < len(left) and least + sum(column.width + 2 for column in left[: len(taken) + 1]) <= room:
            taken = left[: len(taken) + 1]
        left = left[len(taken) :]
        most = max(least, room - sum(column.width + 2 for column in taken))
        yield _lines(rows, _statements(rows, most, names=names), taken)
        if not left:
            return
        names = True  # the statements stand in the first block


def _least(rows: list[TreeLine | None], *, names: bool = False) -> int:
    """Find the least columns that statements, or names alone, may be fitted into."""
    needed = _widest(_statements(rows, NO_LIMIT, names=names))
    return needed if needed <= _STATEMENT else _widest(_statements(rows, _STATEMENT, names=names))


def _widest(statements: list[tuple[str, str, str]]) -> int:
    return max((columns_of("".join(statement)) for statement in statements), default=0)


def _lines(
    rows: list[TreeLine | None], statements: list[tuple[str, str, str]], columns: list[SideColumn]
) -> list[StyledLine]:
    """Write lines as pieces of text with their styles."""
    widest = _widest(statements)
    lines: list[StyledLine] = []
    if columns:
        words = "  ".join(column.heading.rjust(column.width) for column in columns)
        lines.append([(f"{_MARGIN}{'node':{widest}}  {words}".rstrip(), "bold")])
    for at, (row, (stem, name, rest)) in enumerate(zip(rows, statements, strict=True)):
        if row is None:
            lines.append([])
            continue
        style = _STYLES[row.node.kind] if row.drawn else "dim"
        mark = f"{MARKS[row.node.kind]:{len(_MARGIN)}}"
        pieces = [(mark, "dim"), (stem, "dim"), (name, style), (rest, "" if row.drawn else "dim")]
        filler = " " * (widest - columns_of(stem + name + rest))
        for column in columns:
            text = column.texts[at]
            pieces.append((f"{filler}  {' ' * (column.width - columns_of(text))}{text}", column.style))
            filler = ""
        lines.append(_stripped(pieces))
    return lines


def _columns(rows: list[TreeLine | None], drawing: Drawing, first: int, room: int) -> list[SideColumn]:
    """Make the columns of numbers and of their statuses; the `first` has room of its own for arrays."""
    drawn = [row.node if row and row.drawn else None for row in rows]
    columns: list[SideColumn] = []

    def write(number: Any) -> str:
        return "" if number is None else drawing.number(number, min(ROOM, room if columns else first))

    if PARTIALS in drawing.shown:
        partials = [row.edge.partial if row and row.edge else None for row in rows]
        texts = [write(partial) for partial in partials]
        columns.append(_column("partial", align(texts), "magenta"))
    if VALUES in drawing.shown:
        texts = ["" if node is None else write(node.value) for node in drawn]
        columns.append(_column("value", align(texts), ""))
        if any(node.uncertainty is not None for node in drawing.nodes):
            texts = ["" if node is None else write(node.uncertainty) for node in drawn]
            columns.append(_column("±", align(texts), ""))
    for at, heading in enumerate(drawing.headings):
        shown = [node.derivatives[at][1] if node and node.derivatives else None for node in drawn]
        texts = ["" if each is None else write(each.number) for each in shown]
        columns.append(_column(heading, align(texts), "red"))
    statuses = ["; ".join(node.statuses()) if node else "" for node in drawn]
    if any(statuses):
        widest = max(map(len, statuses))
        columns.append(_column("status".ljust(widest), [status.ljust(widest) for status in statuses], "yellow"))
    return columns


def _column(heading: str, texts: list[str], style: str) -> SideColumn:
    return SideColumn(heading, texts, style, max(columns_of(text) for text in [heading, *texts]))


def _stripped(pieces: StyledLine) -> StyledLine:
    while pieces and not pieces[-1][0].strip():
        pieces.pop()
    if pieces:
        pieces[-1] = (pieces[-1][0].rstrip(), pieces[-1][1])
    return pieces


def _print(lines: list[StyledLine], color: bool) -> str:
    if not color:
        return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)
    from rich.text import Text

    from cgraph_cli.render.console import console_for

    stream = io.StringIO()
    console = console_for(stream, True, NO_LIMIT)
    for line in lines:
        console.print(Text.assemble(*line), no_wrap=True, crop=False, overflow="ignore")
    return stream.getvalue()
