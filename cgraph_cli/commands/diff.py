"""`cgraph diff`: the derivative of a program, as a program."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import Destination, output_options
from cgraph_cli.commands.shared.options import COMPUTE, OUTPUT, Option, of_option, wrt_option
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.core.errors import RequestError
from cgraph_cli.render import DERIVATIVES
from cgraph_cli.results.request import MOST_ORDERS
from cgraph_cli.results.settings import names

if TYPE_CHECKING:
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.symbolic.derivative_programs import Derivatives

_MOST_SHOWN = 3


@click.command(
    cls=ProgramCommand,
    options_metavar="[OPTIONS]",
    short_help="Print the derivative of a program, as a program.",
)
@program_options
@of_option("Differentiate these, in place of the last statement.")
@wrt_option("Differentiate with respect to these nodes. Default: every input.")
@click.option(
    "--order",
    cls=Option,
    group=COMPUTE,
    metavar="N",
    type=click.IntRange(1, MOST_ORDERS),
    default=1,
    help="Differentiate N times; a mixed derivative appears once. Default: 1.",
)
@click.option(
    "--expand",
    cls=Option,
    group=OUTPUT,
    is_flag=True,
    help="Write each derivative out, as one expression in the inputs.",
)
@output_options(
    DERIVATIVES,
    "How to write the result (text is a program)",
    "derivative.cg",
    click.option(
        "--latex",
        cls=Option,
        group=OUTPUT,
        is_flag=True,
        help="The same as `-o latex`.",
    ),
)
def diff_command(
    problem: Problem,
    of: Sequence[str],
    wrt: Sequence[str],
    order: int,
    expand: bool,
    output: Destination,
    latex: bool,
) -> int:
    """Print the derivative of a program, as a program.

    \b
      cgraph diff "c = a + b; d = b + 1; e = c * d"
      cgraph diff "exp(x)/x" --expand
      cgraph diff model.cg | cgraph eval

    The result is found in reverse, from the same rules as every gradient, and simplified. Parts that several
    derivatives share are computed once, under a name such as `de_dc` for ∂e/∂c. An input that is set, as with `--a 3`,
    has that number for its default in the result.
    """  # fmt: skip
    if latex and output.format != "latex":
        if not output.is_default:
            asked = output.file or output.format
            raise RequestError(f"`--latex` and `-o {asked}` ask for two formats", help="leave one of them out")
        output = Destination(DERIVATIVES, "latex")
    from cgraph_cli.symbolic.derivative_programs import MOST_SIMPLIFIED

    with terminal.progress_bar() as stage:
        graph, tensors = problem.parsed(stage)
        if tensors is not None:
            from cgraph_cli.symbolic.matrices.derivative_requests import derive_program

            problem.check_settings(graph)
            found = derive_program(graph, tensors, names(of), names(wrt), order, expand=expand)
        else:
            found = _derive_numbers(problem.set_defaults(graph), names(of), names(wrt), order, expand)
    output.write(found, output.view(), graph.source.text)
    if not found.simplified:
        sys.stderr.write(f"note: not simplified, as it has more than {MOST_SIMPLIFIED:,} nodes\n")
    if found.meets:
        sys.stderr.write(_note_of_breaks(found.program, found.meets))
    return 0


def _note_of_breaks(program: Graph, nodes: Sequence[int]) -> str:
    """Say at which breaks the rules' derivative need not be that of the function."""
    place = program.source.place
    named = list(
        dict.fromkeys("`{}` at {}:{}".format(program.operations[n], *place(program.offsets[n])) for n in nodes)
    )
    places = ", ".join(named[:_MOST_SHOWN]) + (f" and {len(named) - _MOST_SHOWN:,} more" if named[_MOST_SHOWN:] else "")
    return f"note: at breaks of {places} this is one side's slope; `grad(y, x)` has the derivative, if any\n"


def _derive_numbers(graph: Graph, of: Sequence[str], wrt: Sequence[str], order: int, expand: bool) -> Derivatives:
    """Find the derivatives of a program of numbers."""
    from cgraph_cli.core.nodes_by_label import find_nodes
    from cgraph_cli.symbolic.derivative_programs import derive

    outputs = find_nodes(graph, of, "--of") if of else graph.default_outputs()
    variables = find_nodes(graph, wrt, "--wrt") if wrt else list(graph.inputs())
    if not variables:
        raise RequestError(
            "the program has no input to differentiate with respect to",
            help="name a node with `--wrt`, or use a name that the program does not assign",
        )
    return derive(graph, outputs, variables, order, expand=expand)
