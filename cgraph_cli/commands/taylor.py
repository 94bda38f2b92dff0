"""`cgraph taylor`: the Taylor polynomial of a program in one of its inputs."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import Destination
from cgraph_cli.commands.shared.options import (
    COMPUTE,
    FINE,
    NOT_FINITE,
    Option,
    of_option,
    precision_option,
    wrt_option,
)
from cgraph_cli.commands.shared.problem import Problem, check_nodes
from cgraph_cli.commands.shared.sheets import sheet_options, write_sheet
from cgraph_cli.render.contents.taylor import TaylorSheet
from cgraph_cli.results.request import Request, algebra_of
from cgraph_cli.results.settings import names
from cgraph_cli.results.taylor import taylor

MOST_ORDERS = 1000


MOST_NODES = 50_000
"""The most nodes of a program that is expanded: some seconds of work."""


@click.command(cls=ProgramCommand)
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
@sheet_options()
def taylor_command(
    problem: Problem,
    of: Sequence[str],
    wrt: Sequence[str],
    order: int,
    precision: int | None,
    output: Destination,
    digits: int | None,
    everything: bool,
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
        graph, inputs = problem.read(stage, algebra_of(request))
        check_nodes(graph, MOST_NODES, "a Taylor polynomial")
        found = taylor(graph, inputs, request, order, stage)
    write_sheet(TaylorSheet(found), output, digits or precision, everything)
    return FINE if allow_nonfinite or found.is_finite() else NOT_FINITE
