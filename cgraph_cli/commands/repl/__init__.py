"""`cgraph repl`: a prompt at which a program grows by statements.

Imports what `commands` may import.
"""

from __future__ import annotations

import sys

import click

from cgraph_cli import __version__
from cgraph_cli.commands.repl.directives import Desk
from cgraph_cli.commands.repl.prompt import Lines, edited_lines, piped_lines, typed_lines
from cgraph_cli.commands.repl.session import Session
from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.inputs import read_inputs
from cgraph_cli.commands.shared.options import color_option, echo
from cgraph_cli.commands.shared.program import ProgramCommand, program_options, read_program

FINE, WRONG = 0, 2


@click.command(
    cls=ProgramCommand,
    options_metavar="[OPTIONS] [--INPUT NUMBER]...",
    short_help="Write a program statement by statement, and see its numbers change.",
)
@program_options
@color_option
@click.pass_context
def repl_command(
    ctx: click.Context,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    color: str,
) -> int:
    """Write a program statement by statement, and see its numbers change.

    \b
      cgraph repl
      cgraph repl model.cg --a 3
      printf 'c = a + b\\na = 3; b = 1\\n:explain b\\n' | cgraph repl

    Statements accumulate; `a = 3` sets an input, again and again; a name that is assigned again changes its meaning.
    The table is drawn after each change, with a `*` and in colour where its numbers are not what they were. A
    statement that is wrong leaves everything as it was. `:help` lists the commands: `:graph`, `:explain b`,
    `:save f.cg` and others. With PROGRAM, it is what the session begins with.

    History, completion (Tab) and coloured input need the extra `repl`: `pip install 'cgraph-cli[repl]'`. Ctrl-C drops
    the line, Ctrl-D leaves. Lines that are piped in do the same, and the table is drawn once after them.

    Exit status: 0 fine; 2 a line that was piped in was wrong.
    """  # fmt: skip
    session = Session(max_nodes)
    interactive = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    desk = Desk(ctx, session, color=color, eager=interactive)
    if program is not None or file is not None:
        desk.begin(read_program(ctx, program, file, inputs_file).text)
        if session.graph is not None:
            session.set(read_inputs(ctx, session.graph, inputs_file))
    lines = _typed(desk, color) if interactive else piped_lines()
    desk.draw()
    for line in lines:
        try:
            if line is not None and not desk.run(line):
                break
        except KeyboardInterrupt:
            echo("interrupted")
    desk.draw()
    return WRONG if desk.wrong and not interactive else FINE


def _typed(desk: Desk, color: str) -> Lines:
    """The lines of a terminal, by prompt_toolkit where it is installed and the terminal can move its cursor."""
    echo(f"cgraph {__version__}: write statements such as `c = a + b` and `a = 3`; :help, :quit")
    if terminal.is_dumb():
        return typed_lines()
    try:
        return edited_lines(desk.session, desk.commands, terminal.wants_color(color, sys.stdout))
    except ImportError:
        echo("history, completion and colours: `pip install 'cgraph-cli[repl]'`")
        return typed_lines()
