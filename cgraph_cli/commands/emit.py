"""`cgraph emit`: a program and its gradient as a function in another language."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.inputs import names, read_inputs
from cgraph_cli.commands.shared.options import COMPUTE, OUTPUT, Option, of_option, wrt_option
from cgraph_cli.commands.shared.program import ProgramCommand, program_options, read_program
from cgraph_cli.core.errors import RequestError
from cgraph_cli.emit import DIALECTS, TARGETS, emit, load, targets_with

_USAGE = f"write `cgraph emit python PROGRAM`; the targets are {', '.join(TARGETS)}"


class EmitCommand(ProgramCommand):
    """A command on a target and a program."""

    words_before = 1


@click.command(
    cls=EmitCommand,
    short_help="Write a program and its gradient in another language.",
)
@click.argument("target", required=False, metavar="TARGET")
@program_options
@of_option("The values to return, in place of the last statement's; each with its gradient.")
@wrt_option("Differentiate with respect to these nodes. Default: every input.")
@click.option("--no-gradient", cls=Option, group=COMPUTE, is_flag=True, help="Compute the value alone.")
@click.option("--hessian", cls=Option, group=COMPUTE, is_flag=True, help="Compute second derivatives too.")
@click.option(
    "--every-node",
    cls=Option,
    group=COMPUTE,
    is_flag=True,
    help="Return the values and adjoints of all nodes too, and the local partials of all edges "
    f"({', '.join(targets_with('has_every_node'))}).",
)
@click.option(
    "--name",
    cls=Option,
    group=OUTPUT,
    metavar="NAME",
    default="f",
    help="What to call the function, or in SQL the table that has the inputs. Default: f, and `inputs`.",
)
@click.option(
    "--dialect", cls=Option, group=OUTPUT, type=click.Choice(DIALECTS), help="Which SQL to write. Default: duckdb."
)
@click.option(
    "--test",
    cls=Option,
    group=OUTPUT,
    is_flag=True,
    help=f"Add a test that autograd agrees, which runs when the file does ({', '.join(targets_with('has_test'))}).",
)
@click.pass_context
def emit_command(
    ctx: click.Context,
    target: str | None,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    of: Sequence[str],
    wrt: Sequence[str],
    no_gradient: bool,
    hessian: bool,
    every_node: bool,
    name: str,
    dialect: str | None,
    test: bool,
) -> int:
    """Write a program and its gradient as a function in another language.

    \b
      cgraph emit python "c = a + b; d = b + 1; e = c * d"
      cgraph emit c -f model.cg --name model --hessian

    TARGET is one of {targets}.
    The function takes the inputs, and returns the value and the gradient; its comment says in what form. An input
    that is set, as with `--a 3`, has that number for its default, where the language has such a thing.
    """  # fmt: skip
    if target is None:
        raise RequestError("there is no target", help=_USAGE)
    load(target)
    if no_gradient and hessian:
        raise RequestError("`--hessian` needs the gradient, and `--no-gradient` leaves it out", help="give one of them")
    from cgraph_cli.results.report import find_nodes
    from cgraph_cli.symbolic.program import parse

    with terminal.progress_bar() as stage:
        graph = parse(read_program(ctx, program, file, inputs_file), max_nodes=max_nodes, progress=stage("reading"))
        for label, number in read_inputs(ctx, graph, inputs_file).items():
            graph.numbers[graph.nodes[label]] = number
        text = emit(
            graph,
            target,
            of=find_nodes(graph, names(of), "--of"),
            wrt=find_nodes(graph, names(wrt), "--wrt") if wrt else None,
            gradient=not no_gradient,
            hessian=hessian,
            everything=every_node,
            name=name,
            dialect=dialect or "",
            test=test,
        )
    with terminal.names_kept(graph.source.text):
        sys.stdout.write(text)
    return 0


emit_command.help = (emit_command.help or "").replace("{targets}", ", ".join(TARGETS))
