"""`cgraph sweep`: values and derivatives at many points, as rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence

import click

from cgraph_cli.commands import terminal
from cgraph_cli.commands.inputs import names
from cgraph_cli.commands.manual import Option, color_option
from cgraph_cli.commands.over import over_options, read_task
from cgraph_cli.commands.program import ProgramCommand, program_options
from cgraph_cli.ranges import check_size, grid, grid_size
from cgraph_cli.render import rows
from cgraph_cli.render.view import View
from cgraph_cli.report import Report, Request, report

FINE, NOT_FINITE = 0, 3

DEFAULT_COUNT = 11
"""How many points a range has that does not say so."""


@click.command(
    cls=ProgramCommand,
    options_metavar="[OPTIONS] [--INPUT NUMBER]...",
    short_help="Print values and derivatives over a range.",
)
@program_options
@over_options
@click.option(
    "--arithmetic",
    cls=Option,
    group="What to compute",
    type=click.Choice(["checked", "double"]),
    default="checked",
    help="`checked` finds the true number, in high precision, where doubles fail or the rules meet a kink, a jump or "
    "a pole, and says so (the default). `double` is the raw IEEE result.",
)
@click.option(
    "-o",
    "--format",
    "format",
    cls=Option,
    group="Output",
    type=click.Choice(rows.FORMATS),
    default="table",
    metavar="FORMAT",
    help=f"How to write the rows: {', '.join(rows.FORMATS)}. Default: table.",
)
@click.option(
    "--digits",
    cls=Option,
    group="Output",
    metavar="N",
    type=click.IntRange(1, 10_000),
    help="Significant digits; a double has 17 at most. Default: 6 where people read, all of them where machines do.",
)
@click.option("--all", "all_rows", cls=Option, group="Output", is_flag=True, help="Show every row of a long table.")
@color_option()
@click.option(
    "--allow-nonfinite",
    cls=Option,
    group="Output",
    is_flag=True,
    help="Exit with 0 where a result is undefined or infinite, in place of 3.",
)
@click.pass_context
def sweep_command(
    ctx: click.Context,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    over: Sequence[str],
    of: Sequence[str],
    wrt: Sequence[str],
    arithmetic: str,
    format: str,
    digits: int | None,
    all_rows: bool,
    color: str,
    allow_nonfinite: bool,
) -> int:
    """Print values and derivatives over a range of an input.

    \b
      cgraph sweep "y = x^3 - 2*x" --over x=-2:2:0.5
      cgraph sweep "e = (a + b)*(b + 1)" --over a=0:10:0.5 --over b=1,2,5 -o csv

    One row a point: the inputs that `--over` names, each output's value, and its derivatives. Several `--over` make
    a grid, of which the last changes fastest. A range without a step or a count has 11 points. Other inputs are set
    as in `cgraph eval`: `--a 3`. The formats for machines (csv, tsv, jsonl, json) write each row as it is computed.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a result is undefined or infinite.
    """  # fmt: skip
    finite = True
    with terminal.progress_bar() as stage:
        task = read_task(ctx, program, file, inputs_file, max_nodes, over, DEFAULT_COUNT, stage)
        check_size(task.ranges, "--over")
        request = Request(names(of), names(wrt) or task.swept, arithmetic=arithmetic)
        count = grid_size(task.ranges)
        advance = stage("sweeping")

        def reports() -> Iterator[tuple[Mapping[str, float], Report]]:
            nonlocal finite
            for at, point in enumerate(grid(task.ranges)):
                answer = report(task.graph, task.inputs | point, request)
                finite = finite and answer.is_finite()
                yield point, answer
                advance(at, count)

        stdout = sys.stdout
        view = View(
            digits=digits,
            all=all_rows,
            color=terminal.wants_color(color, stdout),
            ascii=terminal.is_ascii(stdout),
            width=terminal.width_of(stdout),
        )
        rows.write(rows.Rows(reports(), count), format, view, stdout)
    return FINE if finite or allow_nonfinite else NOT_FINITE
