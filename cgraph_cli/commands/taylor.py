"""`cgraph taylor`: the Taylor polynomial of a program in one of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    tangent_option,
    wrt_option,
)
from cgraph_cli.commands.shared.problem import Problem, check_nodes
from cgraph_cli.commands.shared.ranges import read_line
from cgraph_cli.commands.shared.sheets import print_uncertified, sheet_options, write_sheet
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.nodes_by_label import find_outputs
from cgraph_cli.render.contents.taylor import TaylorSheet
from cgraph_cli.results.request import MOST_ORDERS, Request, algebra_of
from cgraph_cli.results.settings import assignments, names
from cgraph_cli.results.taylor import taylor
from cgraph_cli.symbolic.differentiate import free_name
from cgraph_cli.symbolic.line import along_line

MOST_NODES = 50_000
"""The most nodes of a program that is expanded: some seconds of work."""


@click.command(cls=ProgramCommand)
@program_options
@of_option("The outputs to expand, in place of the last statement.")
@wrt_option("The node to expand in, about its value. Default: the input, where there is only one.")
@tangent_option("Expand in the distance along this direction, such as `x=[1,2]`, in place of one node.")
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
    tangent: Sequence[str],
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
      cgraph taylor "y = sum(x^3)" --x "[1, 2]" --tangent "x=[1,1]"

    PROGRAM and its inputs are given as to `cgraph eval`. The coefficients come from series arithmetic on the graph,
    not from repeated differentiation; the polynomial is printed as an expression that `cgraph eval` runs. At a kink or
    a jump each side has its own coefficients. A coefficient that does not exist is left out.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a coefficient is undefined, infinite or unknown.
    """  # fmt: skip
    if wrt and tangent:
        what = "a Taylor polynomial is in one variable: that of `--wrt` or the way along `--tangent`"
        raise RequestError(what, help="leave one of them out")
    with terminal.progress_bar() as stage:
        large = None if precision else problem.large_arrays(stage)
        direction = assignments(tangent, "--tangent", problem.input_names)
        if large is not None:
            from cgraph_cli.results.array_taylor import slice_program

            part = slice_program(large, problem.inputs(large), names(of), names(wrt), direction, stage)
            graph, of = part.graph, part.outputs
            inputs = dict[str, Any]()
            if tangent:
                line = along_line(graph, part.direction, free_name(large, "t"))
        else:
            graph, inputs = problem.read(stage, algebra_of(Request(precision=precision)))
            check_nodes(graph, MOST_NODES, "a Taylor polynomial")
            of = [graph.labels()[output] for output in find_outputs(graph, names(of))]
            if tangent:
                line = read_line(graph, inputs, direction, free_name(graph, "t"))
        if tangent:
            graph, inputs, wrt = line.graph, line.inputs(inputs), [line.step]
        elif large is not None:
            wrt = [graph.labels()[node] for node in part.direction]
        request = Request(of, names(wrt) if large is None else wrt, "forward", precision=precision)
        found = taylor(graph, inputs, request, order, stage)
        found.is_certified = found.is_certified and large is None
    if large is not None:
        print_uncertified()
    write_sheet(TaylorSheet(found), output, digits or precision, everything)
    return FINE if allow_nonfinite or found.is_finite() else NOT_FINITE
