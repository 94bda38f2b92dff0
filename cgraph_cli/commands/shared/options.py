"""Help pages with options in groups, and the options that many commands share, each declared once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SETTINGS = "cgraph.settings"
"""The key, in a command's context, of the inputs that options set, as (option, name, text)."""

READ = "cgraph.read"
"""The key, in a command's context, of the files that it read."""

Function = TypeVar("Function", bound=Callable[..., Any])


SETTINGS = "cgraph.settings"
"""The key, in a command's context, of the inputs that options set, as (option, name, text)."""


class FileName(click.ParamType):  # type: ignore[type-arg] # generic from click 8.4 on, and not before
    """A file's name, which a shell completes; it is first checked when the file is opened."""

    name = "file"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Leave the completion to the shell."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class Option(click.Option):
    """An option that belongs to a group of the help page."""

    def __init__(self, *args: Any, group: str = "Options", help: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group
        self.help = help  # click would load `inspect` for it, at every start

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Leave out the range that click adds in brackets: the help says it in words."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra


def echo(text: str) -> None:
    """Write a line to stdout in its own encoding (click's `echo` puts UTF-8 in the place of an ASCII stream)."""
    sys.stdout.write(text + "\n")


def show_help(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the help page and exit."""
    if asked and not ctx.resilient_parsing:
        echo(ctx.get_help())
        ctx.exit()


class ManualCommand(click.Command):
    """A command whose help page has a heading for each group of options."""

    _help: click.Option | None = None

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Make the option `--help` once; click's own looks for translations each time, and there are none."""
        if self._help is None:
            self._help = Option(
                ["show_help", *self.get_help_option_names(ctx)], is_flag=True, is_eager=True, expose_value=False,
                help="Show this message and exit.", callback=show_help,
            )  # fmt: skip
        return self._help

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                groups.setdefault(getattr(parameter, "group", "Options"), []).append(record)
        groups["Options"] = groups.pop("Options", [])
        for group, records in groups.items():
            if records:
                with formatter.section(group):
                    formatter.write_dl(records)


def together(*options: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Combine several options into one decorator, in the order of the help page."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


FINE, FAILED, WRONG, NOT_FINITE = 0, 1, 2, 3
"""The exit statuses of a command."""

COMPUTE, OUTPUT = "What to compute", "Output"
"""The groups of most options."""


def of_option(help: str, group: str = COMPUTE) -> Callable[[Function], Function]:
    """Declare `--of`, which names outputs."""
    return click.option("--of", cls=Option, group=group, metavar="NAME,…", multiple=True, help=help)


def wrt_option(help: str, group: str = COMPUTE) -> Callable[[Function], Function]:
    """Declare `--wrt`, which names the nodes to differentiate in."""
    help += " A pattern in quotes, such as `'w*'`, names the inputs that it fits."
    return click.option("--wrt", cls=Option, group=group, metavar="NAME,…", multiple=True, help=help)


def tangent_option(help: str) -> Callable[[Function], Function]:
    """Declare `--tangent`, which gives a direction."""
    return click.option("--tangent", cls=Option, group=COMPUTE, metavar="NAME=NUMBER,…", multiple=True, help=help)


def mode_option(
    help: str, group: str = COMPUTE, modes: Sequence[str] = ("reverse", "forward", "both")
) -> Callable[[Function], Function]:
    """Declare `--mode`, which chooses the sweep."""
    return click.option("--mode", cls=Option, group=group, type=click.Choice(modes), help=help)


arithmetic_option = click.option(
    "--arithmetic", cls=Option, group=COMPUTE, type=click.Choice(["checked", "double"]), default="checked",
    help="`checked` finds the true number, in high precision, where doubles fail or the rules meet a kink, a jump or "
    "a pole, and says so (the default). `double` is the raw IEEE result.",
)  # fmt: skip

precision_option = click.option(
    "--precision", cls=Option, group=COMPUTE, metavar="N", type=click.IntRange(1, 10_000),
    help="Compute everything in N decimal digits, and show all; `0.1` is then one tenth, not the double next to it.",
)  # fmt: skip


digits_option = click.option(
    "--digits", cls=Option, group=OUTPUT, metavar="N", type=click.IntRange(1, 10_000),
    help="Significant digits; a double has 17 at most. Default: 6 where people read, all of them where machines do.",
)  # fmt: skip

double_digits_option = click.option(
    "--digits", cls=Option, group=OUTPUT, metavar="N", type=click.IntRange(1, 17),
    help="Significant digits. Default: 6 where people read, all of them in JSON.",
)  # fmt: skip
"""The option `--digits` of commands whose numbers are all doubles."""


named_option = click.option(
    "--named", cls=Option, group=OUTPUT, is_flag=True,
    help="Show no node without a name (%1, %2, …): it is written out in the expressions that use it.",
)  # fmt: skip


def all_option(help: str = "Show every row of a long table.") -> Callable[[Function], Function]:
    """Declare `--all`, which leaves nothing out."""
    return click.option("--all", "everything", cls=Option, group=OUTPUT, is_flag=True, help=help)


allow_nonfinite_option = click.option(
    "--allow-nonfinite", cls=Option, group=OUTPUT, is_flag=True,
    help="Exit with 0 where a result is undefined, infinite or unknown, in place of 3.",
)  # fmt: skip
