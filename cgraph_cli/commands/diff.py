"""`cgraph diff`: the derivative of a program, as a program."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.inputs import names, read_inputs
from cgraph_cli.commands.shared.options import COMPUTE, OUTPUT, Option, format_option, of_option, wrt_option
from cgraph_cli.commands.shared.program import ProgramCommand, program_options, read_program
from cgraph_cli.core.errors import RequestError
from cgraph_cli.render.derivatives import FORMATS, write

MOST_ORDERS = 1000


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
    help="Differentiate N times; mixed derivatives are given once. Default: 1.",
)
@click.option(
    "--expand",
    cls=Option,
    group=OUTPUT,
    is_flag=True,
    help="Write each derivative out, as one expression in the inputs.",
)
@format_option(FORMATS, "How to write the result: {}. Default: text, a program.")
@click.option("--latex", cls=Option, group=OUTPUT, is_flag=True, help="The same as `--format latex`.")
@click.pass_context
def diff_command(
    ctx: click.Context,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    of: Sequence[str],
    wrt: Sequence[str],
    order: int,
    expand: bool,
    format: str,
    latex: bool,
) -> int:
    """Print the derivative of a program, as a program.

    \b
      cgraph diff "c = a + b; d = b + 1; e = c * d"
      cgraph diff "exp(x)/x" --expand
      cgraph diff model.cg | cgraph eval

    The result is found in reverse, from the same rules as every gradient, and simplified. What several derivatives
    share is computed once, under a name such as `de_dc` for ∂e/∂c. An input that is set, as with `--a 3`, has that
    number for its default in the result.
    """  # fmt: skip
    if latex and format == "json":
        raise RequestError("`--latex` and `--format json` are two formats", help="give one of them")
    from cgraph_cli.core.lookup import find_nodes
    from cgraph_cli.symbolic.derivatives import MOST_SIMPLIFIED, derive
    from cgraph_cli.symbolic.program import parse

    with terminal.progress_bar() as stage:
        graph = parse(read_program(ctx, program, file, inputs_file), max_nodes=max_nodes, progress=stage("reading"))
        for label, number in read_inputs(ctx, graph, inputs_file).items():
            graph.numbers[graph.nodes[label]] = number
        outputs = find_nodes(graph, names(of), "--of") if of else graph.default_outputs()
        variables = find_nodes(graph, names(wrt), "--wrt") if wrt else list(graph.inputs())
        if not variables:
            raise RequestError(
                "the program has no input to differentiate with respect to",
                help="name a node with `--wrt`, or use a name that the program does not assign",
            )
        found = derive(graph, outputs, variables, order, expand=expand)
    with terminal.names_kept(graph.source.text):
        write(found, "latex" if latex else format, sys.stdout)
    if not found.simplified:
        sys.stderr.write(f"note: not simplified, as it has more than {MOST_SIMPLIFIED:,} nodes\n")
    return 0
