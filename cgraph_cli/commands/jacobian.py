"""`cgraph jacobian`: the derivatives of outputs in inputs, as a matrix."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import Destination
from cgraph_cli.commands.shared.options import (
    FAILED,
    FINE,
    NOT_FINITE,
    arithmetic_option,
    mode_option,
    of_option,
    precision_option,
    wrt_option,
)
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.sheets import (
    find_pattern,
    print_agreement,
    print_uncertified,
    print_unknown,
    sheet_options,
    sparsity_option,
    write_sheet,
)
from cgraph_cli.render.contents.blocks import matrix_sheet
from cgraph_cli.results.matrices import jacobian
from cgraph_cli.results.request import Request, algebra_of
from cgraph_cli.results.settings import names


@click.command(cls=ProgramCommand)
@program_options
@of_option("The nodes to differentiate, a row each. Default: the last statement.")
@wrt_option("The nodes to differentiate with respect to, a column each. Default: the inputs.")
@mode_option("Sweep in reverse (once a row), forward (once a column), or both, and compare them. Default: the cheaper.")
@sparsity_option
@arithmetic_option
@precision_option
@sheet_options()
def jacobian_command(
    problem: Problem,
    of: Sequence[str],
    wrt: Sequence[str],
    mode: str | None,
    sparsity: bool,
    arithmetic: str,
    precision: int | None,
    output: Destination,
    digits: int | None,
    everything: bool,
    allow_nonfinite: bool,
) -> int:
    """Print a matrix of first derivatives: a row for each output, a column for each input.

    \b
      cgraph jacobian "x = r*cos(t); y = r*sin(t)" --of x,y --wrt r,t --r 2 --t pi/6

    PROGRAM and its inputs are given as to `cgraph eval`, and the numbers are the same, with their statuses.

    Exit status: 0 fine; 1 forward and reverse disagree; 2 the program or the command line is wrong; 3 a result is
    undefined, infinite or unknown.
    """  # fmt: skip
    request = Request(names(of), names(wrt), mode or "", arithmetic=arithmetic, precision=precision)
    with terminal.progress_bar() as stage:
        if sparsity:
            write_sheet(find_pattern("jacobian", problem, request, stage), output, digits, everything)
            return FINE
        large = None if precision else problem.large_arrays(stage)
        graph = large or problem.graph(stage)
        inputs = problem.inputs(graph, algebra_of(request))
        if large is not None:
            from cgraph_cli.results.array_matrices import jacobian_of_arrays

            matrix, disagreements = jacobian_of_arrays(large, inputs, request, stage)
        else:
            matrix, disagreements = jacobian(graph, inputs, request, stage)
    if large is not None and arithmetic == "checked":
        print_uncertified()
    write_sheet(matrix_sheet(matrix), output, digits or precision, everything)
    print_unknown(matrix.count_unknown(), allow_nonfinite)
    if mode == "both" and not print_agreement(graph.labels(), disagreements, output):
        return FAILED
    return FINE if allow_nonfinite or matrix.is_finite() else NOT_FINITE
