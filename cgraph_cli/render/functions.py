"""The table of primitives, drawn for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TextIO

from rich.table import Table
from rich.text import Text

from cgraph_cli.core.primitives import Primitive
from cgraph_cli.evaluation.rules import CONDITIONS, partials_of
from cgraph_cli.render.table import box_for, console_for
from cgraph_cli.trust.verdicts import STATUS_OF, Cause

_PIPE_WIDTH = 120


def write(rows: Iterable[Primitive], stream: TextIO, *, color: bool, ascii: bool, width: int | None) -> None:
    """Write the rows under the headings of their groups; long rules and conditions wrap."""
    console = console_for(stream, color, width or _PIPE_WIDTH)
    for at, (group, members) in enumerate(groupby(rows, key=lambda row: row.group)):
        table = Table(box=box_for(ascii), header_style="bold", border_style="dim")
        table.add_column("function", no_wrap=True)
        table.add_column("local partials", overflow="fold")
        table.add_column("domain, kinks, jumps, poles", overflow="fold")
        for row in members:
            table.add_row(row.signature, Text("\n".join(_partials(row))), Text("\n".join(_conditions(row))))
        console.print(Text(("\n" if at else "") + group, style="bold cyan"))
        console.print(table)


def _partials(row: Primitive) -> Iterable[str]:
    for parameter, partial in zip(row.parameters, partials_of(row.name), strict=True):
        yield f"∂/∂{parameter}: {partial}"


def _conditions(row: Primitive) -> Iterable[str]:
    for column in CONDITIONS:
        condition = getattr(row, column)
        if condition:
            yield condition if column == Cause.DOMAIN else f"{STATUS_OF[Cause(column)]}: {condition}"
