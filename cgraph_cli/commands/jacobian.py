"""`cgraph jacobian`: the derivatives of some nodes in others, as a matrix."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.inputs import names, option_names, read_inputs
from cgraph_cli.commands.shared.options import (
    arithmetic_option,
    echo,
    mode_option,
    of_option,
    precision_option,
    wrt_option,
)
from cgraph_cli.commands.shared.program import ProgramCommand, program_options, read_program
from cgraph_cli.commands.shared.results import (
    DISAGREES,
    FINE,
    NOT_FINITE,
    output_options,
    print_disagreements,
    print_sheet,
    sparsity_option,
)
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.render.sheets.matrix import MatrixSheet, PatternSheet
from cgraph_cli.results.matrices import jacobian, jacobian_pattern
from cgraph_cli.results.report import Request, algebra_of
from cgraph_cli.symbolic.program import parse


@click.command(
    cls=ProgramCommand,
    options_metavar="[OPTIONS] [--INPUT NUMBER]...",
    short_help="Print a matrix of first derivatives.",
)
@program_options
@of_option("The nodes to differentiate, a row each. Default: the last statement.")
@wrt_option("The nodes to differentiate with respect to, a column each. Default: the inputs.")
@mode_option("Sweep in reverse (once a row), forward (once a column), or both, and compare them. Default: the cheaper.")
@sparsity_option
@arithmetic_option
@precision_option
@output_options
@click.pass_context
def jacobian_command(
    ctx: click.Context,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    of: Sequence[str],
    wrt: Sequence[str],
    mode: str | None,
    sparsity: bool,
    arithmetic: str,
    precision: int | None,
    format: str,
    digits: int | None,
    everything: bool,
    color: str,
    allow_nonfinite: bool,
) -> int:
    """Print a matrix of first derivatives: a row for each output, a column for each input.

    \b
      cgraph jacobian "x = r*cos(t); y = r*sin(t)" --of x,y --wrt r,t --r 2 --t pi/6

    PROGRAM and its inputs are given as to `cgraph eval`, and the numbers are those that it gives, with their statuses.

    Exit status: 0 fine; 1 forward and reverse disagree; 2 the program or the command line is wrong; 3 a result is
    undefined or infinite.
    """  # fmt: skip
    request = Request(names(of), names(wrt), mode or "", arithmetic=arithmetic, precision=precision)
    with terminal.progress_bar() as stage:
        graph = parse(read_program(ctx, program, file, inputs_file), max_nodes=max_nodes, progress=stage("reading"))
        if sparsity:
            print_sheet(
                PatternSheet(jacobian_pattern(graph, request.of, request.wrt)), format, digits, everything, color
            )
            return FINE
        inputs = read_inputs(ctx, graph, inputs_file, algebra_of(request))
        check_inputs(graph, inputs, option_names(ctx))
        matrix, disagreements = jacobian(graph, inputs, request, stage)
    print_sheet(MatrixSheet(matrix), format, digits or precision, everything, color)
    if mode == "both" and not disagreements and format == "table":
        echo("forward and reverse agree")
    print_disagreements(graph.labels(), disagreements)
    if disagreements:
        return DISAGREES
    return FINE if allow_nonfinite or matrix.is_finite() else NOT_FINITE
