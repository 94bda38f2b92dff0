"""Errors of elements of one array that are assigned by different numbers of indices, with advice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.tensor import show_index
from cgraph_cli.language.foreign_functions import is_simple
from cgraph_cli.symbolic.arrays.values import Pieces, Value

if TYPE_CHECKING:
    from cgraph_cli.symbolic.arrays.elaborate import Elaborator

_STATEMENT = re.compile(r"([^\W\d]\w*)\[([^\]\n]*)\]\s*=(?!=)\s*([^;\n#]{1,120})")
_LETTERS = "ijkmpqrs"


def explain_mixed_ranks(
    elaborator: Elaborator,
    pieces: Pieces,
    indices: tuple[tuple[int, ...], tuple[int, ...]],
    values: tuple[Value, Value],
    offset: int,
) -> ProgramError:
    """Make the error of two elements: of an assigned one, and of another whose value or use stands at an offset."""
    result = elaborator.result
    names = [f"{pieces.name}{show_index(index)}" for index in indices]
    starts = (result.definitions[elaborator.node_of(values[0])], offset)
    spans = [Span(result.source, start, start + len(pieces.name)) for start in starts]
    shorter = 0 if len(indices[0]) < len(indices[1]) else 1
    row, of_other, missing = values[shorter].shape, values[1 - shorter].shape, abs(len(indices[0]) - len(indices[1]))
    sizes = [str(size) for size in row]
    if not row:  # a number for all of them
        sizes = _sizes_beside(spans[1 - shorter], missing)
    written = ""
    if len(sizes) == missing and not of_other:
        written = _write(spans[shorter], sizes, is_number=not row) or _write_row(spans[1 - shorter])
    what = f"`{names[0]}` and `{names[1]}` differ in their number of indices"
    return ProgramError(what, spans, f"write `{written}`" if written else "an array has one rank")


def _write(span: Span, sizes: Sequence[str], *, is_number: bool) -> str:
    """Write the assignment of a row at a place as one of its elements; empty where it is long, or of other rows."""
    found = _STATEMENT.match(span.source.text, span.start)
    if found is None:
        return ""
    name, places, value = found.groups()
    value, loops = re.fullmatch(r"(.*?)((?:\s+for\s+\w+\s+in\s+.*)?)", value.strip()).groups()  # type: ignore[union-attr]
    if re.search(rf"(?<![\w.]){name}\[", value):
        return ""
    letters = [letter for letter in _LETTERS if not re.search(rf"\b{letter}\b", found[0])][: len(sizes)]
    if not is_number:
        value = f"{value if is_simple(value) else f'({value})'}[{', '.join(letters)}]"
    more = "".join(f" for {letter} in range({size})" for letter, size in zip(letters, sizes, strict=False))
    return f"{name}[{', '.join([places, *letters])}] = {value}{loops}{more}"


def _write_row(span: Span) -> str:
    """Write the assignment of the elements of a row at a place as one of the row; empty for any other."""
    found = _STATEMENT.match(span.source.text, span.start)
    if found is None:
        return ""
    right = found[3].strip()
    loops = [loop.start() for loop in re.finditer(r"\bfor\b", right)]
    places, _, last = found[2].rpartition(",")
    if len(loops) != 1:
        return ""
    value, loop = right[: loops[0]].rstrip(), right[loops[0] :]
    if loop.split()[1:3] != [last.strip(), "in"] or f"{found[1]}[" in value:
        return ""
    return f"{found[1]}[{places}] = [{value} {loop}]"


def _sizes_beside(span: Span, count: int) -> list[str]:
    """Find the lengths of the last loops of the other assignment, whose variables are its last indices."""
    text = span.source.text
    start = max(text.rfind(sign, 0, span.start) for sign in ";\n") + 1
    found = _STATEMENT.match(text, start + len(text[start:]) - len(text[start:].lstrip()))
    if found is None:
        return []
    loops = dict(re.findall(r"\sfor\s+(\w+)\s+in\s+range\(([^(),]*)\)", found[3]))
    places = [part.strip() for part in found[2].split(",")][-count:]
    return [loops[place] for place in places if place in loops]
