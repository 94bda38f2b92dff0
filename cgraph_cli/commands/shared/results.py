"""What the commands share that print a sheet of numbers: their options, their statuses, and how it is written."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from cgraph_cli.commands.shared.options import (
    COMPUTE,
    Option,
    all_option,
    allow_nonfinite_option,
    color_option,
    digits_option,
    format_option,
    together,
)
from cgraph_cli.render import FORMATS

if TYPE_CHECKING:
    from cgraph_cli.render.sheets import Sheet
    from cgraph_cli.results.report import Disagreement

FINE, DISAGREES, NOT_FINITE = 0, 1, 3
"""Exit statuses."""

sparsity_option = click.option(
    "--sparsity", cls=Option, group=COMPUTE, is_flag=True,
    help="Print which entries can be other than 0, whatever the inputs (which need not be given): `x`, or `.`.",
)  # fmt: skip

output_options = together(format_option(FORMATS), digits_option, all_option(), color_option, allow_nonfinite_option)
"""The options of what a sheet is written by."""


def print_disagreements(labels: Sequence[str], found: Iterable[Disagreement]) -> None:
    """Write to stderr where forward and reverse differ."""
    from cgraph_cli.commands.shared.usage import print_diagnostic
    from cgraph_cli.core.errors import Diagnostic

    for one in found:
        what = f"forward and reverse disagree on ∂{labels[one.output]}/∂{labels[one.wrt]}"
        print_diagnostic(Diagnostic(f"{what}: forward {one.forward!r}, reverse {one.reverse!r}"))


def print_sheet(sheet: Sheet, format: str, digits: int | None, everything: bool, color: str) -> None:
    """Write a sheet to stdout, as the terminal can show it."""
    from cgraph_cli.commands.shared import terminal
    from cgraph_cli.render.sheets import write_sheet
    from cgraph_cli.render.view import View

    stdout = sys.stdout
    view = View(
        digits=digits,
        all=everything,
        color=terminal.wants_color(color, stdout),
        ascii=terminal.is_ascii(stdout),
        width=terminal.width_of(stdout),
    )
    write_sheet(sheet, format, view, stdout)
