"""`cgraph emit`: a program and its gradient as a function in another language."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import destination
from cgraph_cli.commands.shared.options import COMPUTE, OUTPUT, READ, SETTINGS, FileName, Option, of_option, wrt_option
from cgraph_cli.commands.shared.problem import Problem, check_nodes
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError
from cgraph_cli.emit import DIALECTS, TARGETS, emit, load, meant_target, targets_with
from cgraph_cli.render import Format, Formats
from cgraph_cli.results.settings import names

CODE = Formats("emit.targets", *(Format(name, (target.ending,)) for name, target in TARGETS.items()))
"""The targets as formats."""

_USAGE = f"write `cgraph emit python PROGRAM`, or `-o model.py`; the targets are {', '.join(TARGETS)}"


_OF_TARGETS = ("target", "lang", "language", "to", "backend", "framework", "as")
"""Options for the target in other programs."""


class EmitCommand(ProgramCommand):
    """A command on a target and a program; `-o` may name the target in place of the word."""

    def programs_of(self, words: Sequence[str]) -> Sequence[str]:
        """Choose the words after the target."""
        return words[1:] if words and _is_target(words[0]) else words

    def check_programs(self, ctx: click.Context, programs: Sequence[str]) -> None:
        """Raise `RequestError` for more programs than one, and for a target after the program."""
        if len(programs) == 2 and programs[1] in TARGETS:
            what = f"the target `{programs[1]}` stands after the program"
            raise RequestError(what, help=f"write `cgraph emit {programs[1]} {quote(programs[0])}`")
        super().check_programs(ctx, programs)


def _is_target(word: str) -> bool:
    """Tell a target, even a misspelt one, from a program."""
    return word.isidentifier()


MOST_NODES = 100_000
"""The most nodes of a program to emit: more take many seconds, and a file of megabytes."""


@click.command(cls=EmitCommand)
@click.argument("target", required=False, metavar="[TARGET]")
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
    "-o",
    "--output",
    cls=Option,
    group=OUTPUT,
    metavar="WHAT",
    type=FileName(),
    help="The file to write, whole or not at all, as in `-o model.py`. Its ending names the target where "
    "TARGET does not, and so does a target's name, as in `-o c`.",
)
@click.option(
    "--name",
    cls=Option,
    group=OUTPUT,
    metavar="NAME",
    default="f",
    help="The name of the function, or in SQL of the table with the inputs. Default: f, and `inputs`.",
)
@click.option(
    "--dialect", cls=Option, group=OUTPUT, type=click.Choice(DIALECTS), help="The dialect of SQL. Default: duckdb."
)
@click.option(
    "--test",
    cls=Option,
    group=OUTPUT,
    is_flag=True,
    help=f"Add a test that autograd agrees, which runs when the file does ({', '.join(targets_with('has_test'))}).",
)
def emit_command(
    problem: Problem,
    target: str | None,
    of: Sequence[str],
    wrt: Sequence[str],
    no_gradient: bool,
    hessian: bool,
    every_node: bool,
    output: str | None,
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
    if target is not None and not target.isidentifier():
        problem, target = problem.with_program(target), None
    if target is not None:
        load(target)
    elif output is None:
        raise RequestError("there is no target", help=_instead_of_options(problem) or _USAGE)
    place = destination(CODE, output, target, "TARGET")
    place.read = problem.ctx.meta.setdefault(READ, [])
    if no_gradient and hessian:
        raise RequestError("`--hessian` needs the gradient, and `--no-gradient` leaves it out", help="give one of them")
    from cgraph_cli.core.nodes_by_label import find_arrays, find_nodes

    with terminal.progress_bar() as stage:
        graph = problem.set_defaults(problem.large_arrays(stage) or problem.graph(stage))
        find = find_arrays if isinstance(graph, ArrayGraph) else find_nodes
        check_nodes(graph, MOST_NODES, "emitted code")
        text = emit(
            graph,
            place.format,
            of=find(graph, names(of), "--of"),
            wrt=find(graph, names(wrt), "--wrt") if wrt else None,
            gradient=not no_gradient,
            hessian=hessian,
            everything=every_node,
            name=name,
            dialect=dialect or "",
            test=test,
        )
    with place.opened(graph.source.text) as stream:
        stream.write(text)
    if "\nfrom scipy import" in text:
        click.echo("note: the code needs SciPy beside NumPy", err=True)
    return 0


emit_command.help = (emit_command.help or "").replace("{targets}", ", ".join(TARGETS))


def _instead_of_options(problem: Problem) -> str:
    """Advise on a target that stands in an option, as in `--target c`; empty where none does."""
    words = [text for _, name, text in problem.ctx.meta.get(SETTINGS, ()) if name in _OF_TARGETS]
    return next((f"write `cgraph emit {meant} PROGRAM`" for word in words if (meant := meant_target(word))), "")
