"""`cgraph sweep`: values and derivatives at many points, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.inputs import names
from cgraph_cli.commands.shared.options import arithmetic_option
from cgraph_cli.commands.shared.program import ProgramCommand, program_options
from cgraph_cli.commands.shared.ranges import over_options, read_task
from cgraph_cli.commands.shared.results import FINE, NOT_FINITE, output_options, print_sheet
from cgraph_cli.results.over_ranges.ranges import check_size, grid, grid_size
from cgraph_cli.results.report import Request, report

if TYPE_CHECKING:
    from cgraph_cli.results.report import Report

DEFAULT_COUNT = 11
"""How many points a range has that does not say so."""


@click.command(
    cls=ProgramCommand,
    options_metavar="[OPTIONS] [--INPUT NUMBER]...",
    short_help="Print values and derivatives over a range.",
)
@program_options
@over_options
@arithmetic_option
@output_options
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
    everything: bool,
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
    from cgraph_cli.render.sheets.rows import RowsSheet

    finite = True
    with terminal.progress_bar() as stage:
        task = read_task(ctx, program, file, inputs_file, max_nodes, over, DEFAULT_COUNT, stage)
        check_size(task.ranges, "--over")
        request = Request(names(of), names(wrt) or task.swept, arithmetic=arithmetic)
        size = grid_size(task.ranges)
        advance = stage("sweeping")

        def reports() -> Iterator[tuple[Mapping[str, float], Report]]:
            nonlocal finite
            for at, point in enumerate(grid(task.ranges)):
                answer = report(task.graph, task.inputs | point, request)
                finite = finite and answer.is_finite()
                yield point, answer
                advance(at, size)

        print_sheet(RowsSheet(reports(), size), format, digits, everything, color)
    return FINE if finite or allow_nonfinite else NOT_FINITE
