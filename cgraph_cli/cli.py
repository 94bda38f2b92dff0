"""The command line: the group of commands, each imported on its call."""

from __future__ import annotations

from importlib import import_module

import click

from cgraph_cli.commands.shared.options import ManualCommand, Option, echo
from cgraph_cli.core.version import __version__

COMMANDS = {
    "eval": "Print every node's value and gradient.",
    "check": "Check gradients and assertions.",
    "compare": "Check that two programs compute the same.",
    "graph": "Draw the graph: in the terminal, as a picture, or as a page to play with.",
    "explain": "Tell how the gradients come about, step by step.",
    "plot": "Plot values and derivatives over a range.",
    "sweep": "Print values and derivatives over a range.",
    "map": "Print values and derivatives at every row of files.",
    "repl": "Write a program statement by statement, and see its numbers change.",
    "diff": "Print the derivative of a program, as a program.",
    "jacobian": "Print a matrix of first derivatives.",
    "hessian": "Print the matrix of second derivatives.",
    "budget": "Print the uncertainty of an output, and what each input brings to it.",
    "taylor": "Print the Taylor polynomial.",
    "emit": "Write a program and its gradient in another language.",
    "functions": "List the functions with their derivative rules.",
    "examples": "List and print ready programs.",
}
"""The commands with a line on each. A command `x` is `x_command` in the module `commands.x`."""


def show_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the version and exit."""
    if asked and not ctx.resilient_parsing:
        echo(f"cgraph {__version__}")
        ctx.exit()


class Commands(ManualCommand, click.Group):
    """A group that imports a command's module when it is called, but not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names, in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command by its name."""
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"cgraph_cli.commands.{name}"), f"{name}_command")
        command.short_help = COMMANDS[name]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a line; `help eval` is `eval --help`."""
        if args[0] == "help" and args[1:2] and args[1] in COMMANDS:
            args = [args[1], "--help"]
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and the commands without importing them."""
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-V",
    "--version",
    cls=Option,
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Differentiate expressions: every node's value and gradient.

    \b
      cgraph eval "c = a + b; d = b + 1; e = c * d" --a 3 --b 1

    A program is a list of statements such as `c = a + b`, separated by semicolons or line ends. cgraph computes each
    statement's value in a forward sweep, and its gradient, the derivative of the last statement with respect to it,
    in a reverse sweep.

    `cgraph COMMAND --help` explains a command. `cgraph examples` has programs to start from.
    """  # fmt: skip
