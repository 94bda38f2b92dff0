"""`cgraph functions`: the table of primitives, as it stands."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.options import ManualCommand, color_option, echo, format_option
from cgraph_cli.core.errors import RequestError, did_you_mean
from cgraph_cli.core.primitives import ALIASES, PRIMITIVES, Primitive
from cgraph_cli.evaluation.rules import CONDITIONS, partials_of


@click.command(cls=ManualCommand, short_help="List the functions with their derivative rules.")
@click.argument("name", required=False)
@format_option(["table", "json"], "How to write the list. Default: table.", metavar=None)
@color_option
def functions_command(name: str | None, format: str, color: str) -> None:
    """List the functions and operators with their derivative rules.

    \b
      cgraph functions
      cgraph functions atan2

    With NAME, one of them in full. A rule is written in cgraph's own language; `f` in it is the function's own
    result. What is listed is the table that every gradient is computed from.
    """  # fmt: skip
    rows = list(PRIMITIVES.values()) if name is None else [_find(name)]
    if format == "json":
        echo(json.dumps([_entry(row) for row in rows], indent=2, ensure_ascii=terminal.is_ascii(sys.stdout)))
    elif name is None:
        from cgraph_cli.render.functions import write

        stdout = sys.stdout
        write(
            rows,
            stdout,
            color=terminal.wants_color(color, stdout),
            ascii=terminal.is_ascii(stdout),
            width=terminal.width_of(stdout),
        )
    else:
        echo("\n".join(_page(rows[0])))


def _find(name: str) -> Primitive:
    row = PRIMITIVES.get(ALIASES.get(name, "^" if name == "**" else name))
    if row is None:
        hint = did_you_mean(name, [*PRIMITIVES, *ALIASES])
        listing = "`cgraph functions` lists what there is"
        raise RequestError(f"there is no function `{name}`", help=f"{hint}\n{listing}" if hint else listing)
    return row


def _page(row: Primitive) -> Iterable[str]:
    """One row of the table in full."""
    yield f"{row.signature}  {row.summary}"
    for parameter, partial in zip(row.parameters, partials_of(row.name), strict=True):
        yield f"  {f'∂f/∂{parameter}':<12}{partial}"
    if row.variadic:
        yield "              for each operand x of n; f is the result"
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


def _entry(row: Primitive) -> dict[str, Any]:
    return {
        "name": row.name,
        "signature": row.signature,
        "summary": row.summary,
        "group": row.group,
        "parameters": list(row.parameters),
        "partials": partials_of(row.name),
        "definition": row.definition or None,
        **{column: getattr(row, column) or None for column in CONDITIONS},
        "aliases": [alias for alias, name in ALIASES.items() if name == row.name],
    }
