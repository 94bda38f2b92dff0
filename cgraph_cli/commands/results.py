"""The options that commands which print derivatives share, each with one name and one meaning."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import click

from cgraph_cli.commands.manual import Function, Option, color_option

if TYPE_CHECKING:
    from cgraph_cli.render.sheet import Sheet
    from cgraph_cli.report import Disagreement

FINE, DISAGREES, NOT_FINITE = 0, 1, 3
"""Exit statuses."""

_WHAT = "What to compute"
_OUTPUT = "Output"


def of_option(help: str) -> Callable[[Function], Function]:
    """`--of`, which outputs."""
    return click.option("--of", cls=Option, group=_WHAT, metavar="NAME,…", multiple=True, help=help)


def wrt_option(help: str) -> Callable[[Function], Function]:
    """`--wrt`, with respect to which nodes."""
    return click.option("--wrt", cls=Option, group=_WHAT, metavar="NAME,…", multiple=True, help=help)


def sparsity_option(function: Function) -> Function:
    """`--sparsity`, the pattern in place of the numbers."""
    return click.option(
        "--sparsity",
        cls=Option,
        group=_WHAT,
        is_flag=True,
        help="Print which entries can be other than 0, whatever the inputs (which need not be given): `x`, or `.`.",
    )(function)


def arithmetic_option(function: Function) -> Function:
    """`--arithmetic`, how far a number is looked into."""
    return click.option(
        "--arithmetic",
        cls=Option,
        group=_WHAT,
        type=click.Choice(["checked", "double"]),
        default="checked",
        help="`checked` finds the true number, in high precision, where doubles fail or the rules meet a kink, a jump "
        "or a pole, and says so (the default). `double` is the raw IEEE result.",
    )(function)


def precision_option(function: Function) -> Function:
    """`--precision`, the number of digits to compute in."""
    return click.option(
        "--precision",
        cls=Option,
        group=_WHAT,
        metavar="N",
        type=click.IntRange(1, 10_000),
        help="Compute everything in N decimal digits, and show all; `0.1` is then one tenth, not the double next to "
        "it.",
    )(function)


def output_options(function: Function) -> Function:
    """`--format`, `--digits`, `--all`, `--color` and `--allow-nonfinite`."""
    from cgraph_cli.render import FORMATS

    options = (
        click.option(
            "-o", "--format", "format", cls=Option, group=_OUTPUT, type=click.Choice(FORMATS), default="table",
            metavar="FORMAT", help=f"How to write the result: {', '.join(FORMATS)}. Default: table.",
        ),
        click.option(
            "--digits", cls=Option, group=_OUTPUT, metavar="N", type=click.IntRange(1, 10_000),
            help="Significant digits; a double has 17 at most. Default: 6 where people read, all of them where "
            "machines do.",
        ),
        click.option(
            "--all", "all_rows", cls=Option, group=_OUTPUT, is_flag=True, help="Show every row of a long table."
        ),
        color_option(),
        click.option(
            "--allow-nonfinite", cls=Option, group=_OUTPUT, is_flag=True,
            help="Exit with 0 where a result is undefined or infinite, in place of 3.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


def print_disagreements(labels: Sequence[str], found: Iterable[Disagreement]) -> None:
    """Write to stderr where forward and reverse differ."""
    from cgraph_cli.commands.usage import print_diagnostic
    from cgraph_cli.errors import Diagnostic

    for one in found:
        what = f"forward and reverse disagree on ∂{labels[one.output]}/∂{labels[one.wrt]}"
        print_diagnostic(Diagnostic(f"{what}: forward {one.forward!r}, reverse {one.reverse!r}"))


def print_sheet(sheet: Sheet, format: str, digits: int | None, all_rows: bool, color: str) -> None:
    """Write a sheet to stdout, as the terminal can show it."""
    from cgraph_cli.commands import terminal
    from cgraph_cli.render.sheet import write_sheet
    from cgraph_cli.render.view import View

    stdout = sys.stdout
    view = View(
        digits=digits,
        all=all_rows,
        color=terminal.wants_color(color, stdout),
        ascii=terminal.is_ascii(stdout),
        width=terminal.width_of(stdout),
    )
    write_sheet(sheet, format, view, stdout)
