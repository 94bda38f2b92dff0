"""Primitives for people: a table of several, a page for one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TextIO

from cgraph_cli.core.primitives import ALIASES, Primitive
from cgraph_cli.core.structural import Structural
from cgraph_cli.evaluation.rule_parser import CONDITIONS, partials_of
from cgraph_cli.render.view import View
from cgraph_cli.trust.verdicts import STATUS_OF, Cause

_PIPE_WIDTH = 120
_HEADINGS = "local partials", "domain, kinks, jumps, poles"
_ARRAY_HEADINGS = "what it is", "definition, by the ranks of the operands"
_ARRAYS = "arrays"


def write(rows: Sequence[Primitive | Structural], view: View, stream: TextIO) -> None:
    """Write several rows of the table under the headings of their groups, or one in full."""
    if len(rows) == 1:
        (row,) = rows
        page = _array_page(row) if isinstance(row, Structural) else _page(row)
        stream.write("".join(f"{line}\n" for line in page))
    else:
        _write_table(rows, view, stream)


def _write_table(rows: Sequence[Primitive | Structural], view: View, stream: TextIO) -> None:
    """Write a table whose long rules and conditions wrap."""
    from rich.table import Table
    from rich.text import Text

    from cgraph_cli.render.console import box_for, console_for

    console = console_for(stream, view.color, view.width or _PIPE_WIDTH)
    for at, (group, members) in enumerate(groupby(rows, key=_group)):
        table = Table(box=box_for(view.ascii), header_style="bold", border_style="dim")
        table.add_column("function", no_wrap=True)
        for heading in _ARRAY_HEADINGS if group == _ARRAYS else _HEADINGS:
            table.add_column(heading, overflow="fold")
        for row in members:
            if isinstance(row, Structural):
                cells = [row.summary], [definition for _, definition in _definitions(row)]
            else:
                cells = list(_partials(row)), list(_conditions(row))
            table.add_row(Text(row.signature), *(Text("\n".join(lines)) for lines in cells))
        console.print(Text(("\n" if at else "") + group, style="bold cyan"))
        console.print(table)


def _group(row: Primitive | Structural) -> str:
    return _ARRAYS if isinstance(row, Structural) else row.group


def _definitions(row: Structural) -> Iterable[tuple[str, str]]:
    """List a row's definitions, each with the ranks of its operands."""
    for ranks, definition in row.shown_definitions().items():
        yield ", ".join(ranks), definition


def _array_page(row: Structural) -> Iterable[str]:
    """Describe a function of arrays in full."""
    yield f"{row.signature}  {row.summary}"
    for ranks, definition in _definitions(row):
        yield f"  {f'rank {ranks}' if ranks else 'any rank':<12}{definition}"
    if fixed := [name for name in row.parameters if name in row.fixed]:
        yield f"  {'known':<12}{', '.join(fixed)}: before the first number is computed"
    yield f"  {'partials':<12}those of its elements"


def _partials(row: Primitive) -> Iterable[str]:
    for parameter, partial in zip(row.parameters, partials_of(row.name), strict=True):
        yield f"∂/∂{parameter}: {partial}"


def _conditions(row: Primitive) -> Iterable[str]:
    for column in CONDITIONS:
        condition = getattr(row, column)
        if condition:
            yield condition if column == Cause.DOMAIN else f"{STATUS_OF[Cause(column)]}: {condition}"


def _page(row: Primitive) -> Iterable[str]:
    """Describe one row of the table in full."""
    yield f"{row.signature}  {row.summary}"
    for parameter, partial in zip(row.parameters, partials_of(row.name), strict=True):
        yield f"  {f'∂f/∂{parameter}':<12}{partial}"
    if row.variadic:
        yield "              for each operand x of n; f is the result"
        yield f"              of one array its elements, or those along an axis: {row.name}(x, axis=0)"
        if "ties" in row.rule:
            yield "              ties: how many operands equal f"
        if "rest" in row.rule:
            yield f"              rest: {row.name} of all the other operands"
    yield f"  {'domain':<12}{row.domain or 'everywhere'}"
    for column in CONDITIONS[1:]:
        if condition := getattr(row, column):
            yield f"  {column:<12}{condition}"
    if row.definition:
        yield f"  {'is':<12}{row.definition}"
    aliases = [alias for alias, name in ALIASES.items() if name == row.name]
    if aliases:
        yield f"  {'also':<12}{', '.join(aliases)}"
    if row.defaults:
        pairs = zip(row.parameters[-len(row.defaults) :], row.defaults, strict=True)
        yield f"  {'default':<12}{', '.join(f'{name} = {value:g}' for name, value in pairs)}"
    if re.search(r"\bf\b", row.rule) and not row.variadic:
        yield f"  {'f':<12}the result, {row.signature}"
