"""`cgraph repl`: a prompt at which a program grows by statements.

Imports `commands.shared` and the rooms below `commands`.
"""

from __future__ import annotations

import sys

import click

from cgraph_cli.commands.repl.prompt import LineReader, edited_lines, piped_lines, typed_lines
from cgraph_cli.commands.repl.repl import Repl
from cgraph_cli.commands.repl.session import Session
from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.options import FINE, OUTPUT, WRONG, Option, echo
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.core.version import __version__


@click.command(cls=ProgramCommand)
@program_options
@click.option(
    "--color",
    cls=Option,
    group=OUTPUT,
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colour the output; `auto` does on a terminal, and heeds NO_COLOR and FORCE_COLOR.",
)
@click.pass_context
def repl_command(
    ctx: click.Context,
    problem: Problem,
    color: str,
) -> int:
    """Write a program statement by statement, and see its numbers change.

    \b
      cgraph repl
      cgraph repl model.cg --a 3
      printf 'c = a + b\\na = 3; b = 1\\n:explain b\\n' | cgraph repl

    Statements accumulate. `a = 3` sets an input, again and again; a name that is assigned again changes its meaning.
    The table is drawn after each change; changed numbers have a `*` and a colour. A wrong statement changes nothing.
    `:help` lists the commands: `:graph`, `:explain b`, `:save f.cg` and others. The session begins with PROGRAM, if
    one is given.

    History, completion (Tab) and coloured input need the extra `repl`: `pip install 'cgraph-cli[repl]'`. Ctrl-C drops
    the line, Ctrl-D leaves. Piped lines do the same, and the table is drawn once after them.

    Exit status after piped lines: 0 fine; 1 a check failed; 2 a line was wrong, or an input is without a value.
    """  # fmt: skip
    session = Session(problem.max_nodes)
    interactive = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    repl = Repl(ctx, session, color=color, eager=interactive)
    if problem.has_program:
        repl.begin(problem.source().text, lambda graph: dict(problem.values(graph)))
    lines = _typed(repl, color) if interactive else piped_lines()
    repl.draw()
    for line in lines:
        try:
            if line is not None and not repl.run(line):
                break
        except KeyboardInterrupt:
            if not interactive:
                raise
            echo("interrupted")
    repl.draw()
    if interactive:
        return FINE
    return WRONG if session.missing() else repl.status


def _typed(repl: Repl, color: str) -> LineReader:
    """Read the lines of a terminal, by prompt_toolkit where it is installed and the terminal can move its cursor."""
    echo(f"cgraph {__version__}: write statements such as `c = a + b` and `a = 3`; :help, :quit")
    if terminal.is_dumb():
        return typed_lines()
    try:
        return edited_lines(repl.session, repl.commands, terminal.wants_color(color, sys.stdout))
    except ImportError:
        echo("history, completion and colours: `pip install 'cgraph-cli[repl]'`")
        return typed_lines()
