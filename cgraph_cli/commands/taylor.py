"""`cgraph taylor`: the Taylor polynomial of a program in one of its inputs."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.inputs import names, option_names, read_inputs
from cgraph_cli.commands.shared.options import COMPUTE, Option, of_option, precision_option, wrt_option
from cgraph_cli.commands.shared.program import ProgramCommand, program_options, read_program
from cgraph_cli.commands.shared.results import (
    FINE,
    NOT_FINITE,
    output_options,
    print_sheet,
)
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.render.sheets.taylor import TaylorSheet
from cgraph_cli.results.report import Request, algebra_of
from cgraph_cli.results.taylor import taylor
from cgraph_cli.symbolic.program import parse

MOST_ORDERS = 1000


@click.command(
    cls=ProgramCommand,
    options_metavar="[OPTIONS] [--INPUT NUMBER]...",
    short_help="Print the Taylor polynomial.",
)
@program_options
@of_option("The outputs to expand, in place of the last statement.")
@wrt_option("The node to expand in, about its value. Default: the input, where there is only one.")
@click.option(
    "--order",
    cls=Option,
    group=COMPUTE,
    metavar="N",
    type=click.IntRange(0, MOST_ORDERS),
    default=6,
    help=f"The highest power, up to {MOST_ORDERS}. Default: 6.",
)
@precision_option
@output_options
@click.pass_context
def taylor_command(
    ctx: click.Context,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    of: Sequence[str],
    wrt: Sequence[str],
    order: int,
    precision: int | None,
    format: str,
    digits: int | None,
    everything: bool,
    color: str,
    allow_nonfinite: bool,
) -> int:
    """Print the Taylor polynomial of an output in one input, about that input's value.

    \b
      cgraph taylor "exp(sin(x))" --x 0 --order 8
      cgraph taylor "y = a*sin(x)" --wrt x --x pi/6 --a 2

    PROGRAM and its inputs are given as to `cgraph eval`. The coefficients come from series arithmetic on the graph,
    not from repeated differentiation; the polynomial is printed as an expression that `cgraph eval` runs. Where the
    function has a kink or a jump the two sides are told apart, and where it has no coefficient there is none.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a coefficient is undefined or infinite.
    """  # fmt: skip
    request = Request(names(of), names(wrt), "forward", precision=precision)
    with terminal.progress_bar() as stage:
        graph = parse(read_program(ctx, program, file, inputs_file), max_nodes=max_nodes, progress=stage("reading"))
        inputs = read_inputs(ctx, graph, inputs_file, algebra_of(request))
        check_inputs(graph, inputs, option_names(ctx))
        found = taylor(graph, inputs, request, order, stage)
    print_sheet(TaylorSheet(found), format, digits or precision, everything, color)
    return FINE if allow_nonfinite or found.is_finite() else NOT_FINITE
