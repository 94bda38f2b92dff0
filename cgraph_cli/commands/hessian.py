"""`cgraph hessian`: the second derivatives of an output, as a matrix or times a vector."""

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
    arithmetic_option,
    of_option,
    precision_option,
    wrt_option,
)
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.sheets import (
    find_pattern,
    print_uncertified,
    print_unknown,
    sheet_options,
    sparsity_option,
    write_sheet,
)
from cgraph_cli.core.errors import RequestError
from cgraph_cli.render.contents.blocks import matrix_sheet
from cgraph_cli.results.matrices import hessian
from cgraph_cli.results.request import Request, algebra_of
from cgraph_cli.results.settings import assignments, names


@click.command(cls=ProgramCommand)
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
@sheet_options()
def hessian_command(
    problem: Problem,
    of: Sequence[str],
    wrt: Sequence[str],
    hvp: Sequence[str],
    sparsity: bool,
    arithmetic: str,
    precision: int | None,
    output: Destination,
    digits: int | None,
    everything: bool,
    allow_nonfinite: bool,
) -> int:
    """Print the matrix of second derivatives of an output.

    \b
      cgraph hessian "f = (1 - x)^2 + 100*(y - x^2)^2" --x -1.2 --y 1
      cgraph hessian "f = (1 - x)^2 + 100*(y - x^2)^2" --x -1.2 --y 1 --hvp x=1,y=0.5

    PROGRAM and its inputs are given as to `cgraph eval`. The gradient is written as a program, in reverse, and swept
    forward, once for each column: the numbers are exact, and the matrix is symmetric to the last bit. A status is
    the gradient's: `jump` means that the gradient jumps, as that of `abs` does at its kink.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a result is undefined, infinite or unknown.
    """  # fmt: skip
    vector = assignments(hvp, "--hvp", problem.input_names)
    if sparsity and vector:
        raise RequestError(
            "`--hvp` is a product with numbers, and `--sparsity` has none", help="leave out one of the two"
        )
    request = Request(names(of), names(wrt), "forward", direction=vector, arithmetic=arithmetic, precision=precision)
    with terminal.progress_bar() as stage:
        if sparsity:
            write_sheet(find_pattern("hessian", problem, request, stage), output, digits, everything)
            return FINE
        large = None if precision else problem.large_arrays(stage)
        graph = large or problem.graph(stage)
        inputs = problem.inputs(graph, algebra_of(request))
        if large is not None:
            from cgraph_cli.results.array_matrices import hessian_of_arrays

            matrix = hessian_of_arrays(large, inputs, request, stage)
        else:
            matrix = hessian(graph, inputs, request, stage)
    if large is not None and arithmetic == "checked":
        print_uncertified()
    write_sheet(matrix_sheet(matrix), output, digits or precision, everything)
    print_unknown(matrix.count_unknown(), allow_nonfinite)
    return FINE if allow_nonfinite or matrix.is_finite() else NOT_FINITE
