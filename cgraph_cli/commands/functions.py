"""`cgraph functions`: the table of primitives."""

from __future__ import annotations

import click

from cgraph_cli.commands.shared.destination import Destination, output_options
from cgraph_cli.commands.shared.options import ManualCommand
from cgraph_cli.core.errors import RequestError, did_you_mean
from cgraph_cli.core.primitives import ALIASES, PRIMITIVES, Primitive
from cgraph_cli.core.structural import STRUCTURAL, Structural
from cgraph_cli.render import FUNCTIONS


@click.command(cls=ManualCommand)
@click.argument("name", required=False)
@output_options(FUNCTIONS, "How to write the list", "functions.json")
def functions_command(name: str | None, output: Destination) -> None:
    """List the functions and operators with their derivative rules.

    \b
      cgraph functions
      cgraph functions atan2

    NAME shows one of them in full. A rule is written in cgraph's own language; `f` in it is the function's own result.
    Every gradient is computed from this table. Functions of arrays follow.
    """  # fmt: skip
    rows = [*PRIMITIVES.values(), *STRUCTURAL.values()] if name is None else [_find(name)]
    output.write(rows, output.view())


def _find(name: str) -> Primitive | Structural:
    row = PRIMITIVES.get(ALIASES.get(name, "^" if name == "**" else name)) or STRUCTURAL.get(name)
    if row is None:
        hint = did_you_mean(name, [*PRIMITIVES, *ALIASES, *STRUCTURAL])
        listing = "`cgraph functions` lists them"
        raise RequestError(f"there is no function `{name}`", help=f"{hint}\n{listing}" if hint else listing)
    return row
