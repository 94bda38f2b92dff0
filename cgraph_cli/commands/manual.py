"""Help pages: commands whose options stand in groups, and whose text is shown as it is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Function = TypeVar("Function", bound=Callable[..., Any])


class FileName(click.ParamType):  # type: ignore[type-arg] # generic from click 8.4 on, and not before
    """A name that a shell completes as a file's; whether it is one is seen when it is opened."""

    name = "file"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Leave it to the shell."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class Option(click.Option):
    """An option that belongs to a group of the help page."""

    def __init__(self, *args: Any, group: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group

    def get_help_extra(self, ctx: click.Context) -> Any:
        """What click adds in brackets, without the range: the help says it in words."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra


def echo(text: str) -> None:
    """Write a line to stdout as it is set up (click's own `echo` puts UTF-8 in the place of an ASCII stream)."""
    sys.stdout.write(text + "\n")


def show_help(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    """What `--help` does."""
    if asked and not ctx.resilient_parsing:
        echo(ctx.get_help())
        ctx.exit()


class ManualCommand(click.Command):
    """A command whose help page has a heading for each group of options."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option `--help`."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = show_help
        return option

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


def color_option() -> Callable[[Function], Function]:
    """`--color`, which many commands share."""
    return click.option(
        "--color",
        cls=Option,
        group="Output",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="Colour the output; `auto` does on a terminal, and heeds NO_COLOR and FORCE_COLOR.",
    )
