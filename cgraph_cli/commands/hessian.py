"""`cgraph hessian`: the second derivatives of an output, as a matrix or times a vector."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.inputs import assignments, names, option_names, read_inputs
from cgraph_cli.commands.shared.options import (
    COMPUTE,
    Option,
    arithmetic_option,
    of_option,
    precision_option,
    wrt_option,
)
from cgraph_cli.commands.shared.program import ProgramCommand, program_options, read_program
from cgraph_cli.commands.shared.results import (
    FINE,
    NOT_FINITE,
    output_options,
    print_sheet,
    sparsity_option,
)
from cgraph_cli.core.errors import RequestError
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.render.sheets.matrix import MatrixSheet, PatternSheet
from cgraph_cli.results.matrices import hessian, hessian_pattern
from cgraph_cli.results.report import Request, algebra_of
from cgraph_cli.symbolic.program import parse


@click.command(
    cls=ProgramCommand,
    options_metavar="[OPTIONS] [--INPUT NUMBER]...",
    short_help="Print the matrix of second derivatives.",
)
@program_options
@of_option("The output to differentiate twice. Default: the last statement.")
@wrt_option("The nodes to differentiate with respect to. Default: the inputs.")
@click.option(
    "--hvp",
    cls=Option,
    group=COMPUTE,
    metavar="NAME=NUMBER,…",
    multiple=True,
    help="The matrix times this vector, by one sweep and without the matrix; an input left out counts as 0.",
)
@sparsity_option
@arithmetic_option
@precision_option
@output_options
@click.pass_context
def hessian_command(
    ctx: click.Context,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    of: Sequence[str],
    wrt: Sequence[str],
    hvp: Sequence[str],
    sparsity: bool,
    arithmetic: str,
    precision: int | None,
    format: str,
    digits: int | None,
    everything: bool,
    color: str,
    allow_nonfinite: bool,
) -> int:
    """Print the matrix of second derivatives of an output.

    \b
      cgraph hessian "f = (1 - x)^2 + 100*(y - x^2)^2" --x -1.2 --y 1
      cgraph hessian "f = (1 - x)^2 + 100*(y - x^2)^2" --x -1.2 --y 1 --hvp x=1,y=0.5

    PROGRAM and its inputs are given as to `cgraph eval`. The gradient is written as a program, in reverse, and swept
    forward, once for each column: the numbers are exact, and the matrix is symmetric to the last bit. A status is
    that of the gradient: `jump` says that the gradient jumps, as that of `abs` does at its kink.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a result is undefined or infinite.
    """  # fmt: skip
    vector = assignments(",".join(hvp), "--hvp") if hvp else {}
    if sparsity and vector:
        raise RequestError(
            "`--hvp` is a product with numbers, and `--sparsity` has none", help="leave out one of the two"
        )
    request = Request(names(of), names(wrt), "forward", direction=vector, arithmetic=arithmetic, precision=precision)
    with terminal.progress_bar() as stage:
        graph = parse(read_program(ctx, program, file, inputs_file), max_nodes=max_nodes, progress=stage("reading"))
        if sparsity:
            print_sheet(
                PatternSheet(hessian_pattern(graph, request.of, request.wrt)), format, digits, everything, color
            )
            return FINE
        inputs = read_inputs(ctx, graph, inputs_file, algebra_of(request))
        check_inputs(graph, inputs, option_names(ctx))
        matrix = hessian(graph, inputs, request, stage)
    print_sheet(MatrixSheet(matrix), format, digits or precision, everything, color)
    return FINE if allow_nonfinite or matrix.is_finite() else NOT_FINITE
