"""Diagnostics on stderr: their one form, and click's own complaints in it."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress

import click

from cgraph_cli.commands.shared.guidance import instead_of_command, instead_of_option
from cgraph_cli.commands.shared.terminal import wants_color, width_of
from cgraph_cli.core.errors import Diagnostic, did_you_mean
from cgraph_cli.core.wrapping import wrap

_SENTENCES, _INDENT = ("error: ", "help: ", "      "), 6
"""The beginnings of the lines of a diagnostic that are sentences, and the indent of those that go on."""

_CHOICES = {
    **dict.fromkeys(("fwd", "jvp", "tangent"), "forward"),
    **dict.fromkeys(("backward", "backwards", "rev", "vjp", "backprop", "adjoint"), "reverse"),
    **dict.fromkeys(("on", "yes", "true"), "always"),
    **dict.fromkeys(("off", "no", "none", "false"), "never"),
}
"""Other words for a choice of an option."""


def print_diagnostic(diagnostic: Diagnostic) -> None:
    """Write a diagnostic to stderr, with its sentences in lines that fit a terminal."""
    width = width_of(sys.stderr) if sys.stderr.isatty() else None
    lines = diagnostic.render().split("\n")
    text = "\n".join(wrap(line, width, _INDENT) if line.startswith(_SENTENCES) else line for line in lines)
    if wants_color("auto", sys.stderr):
        text = re.sub(r"^error:", click.style("error:", fg="red", bold=True), text)
        text = re.sub(r"^help:", click.style("help:", fg="cyan", bold=True), text, flags=re.MULTILINE)
        carets = re.compile(r"^( +\| +)(\^+)$", re.MULTILINE)
        text = carets.sub(lambda m: m[1] + click.style(m[2], fg="red", bold=True), text)
    write_error(text)


def bug_diagnostic(error: Exception) -> Diagnostic:
    """Make the diagnostic of an unexpected error. Raises it where CGRAPH_DEBUG is set."""
    if os.environ.get("CGRAPH_DEBUG"):
        raise error
    return Diagnostic(
        f"cgraph itself failed: {type(error).__name__}: {error}",
        help="this is a bug in cgraph: please report it, with what you typed\nCGRAPH_DEBUG=1 shows where",
    )


def write_error(text: str) -> None:
    """Write a line to stderr, after earlier output to stdout; the exit status tells where neither can be written."""
    with suppress(OSError):
        sys.stdout.flush()
    with suppress(OSError):
        sys.stderr.write(text + "\n")


def usage_diagnostic(error: click.ClickException) -> Diagnostic:
    """Turn click's complaint about the command line into a diagnostic."""
    ctx = getattr(error, "ctx", None)
    help = f"`{ctx.command_path} --help` lists the options" if ctx is not None else "`--help` lists the options"
    if isinstance(error, click.NoSuchOption):
        known = [name for parameter in ctx.command.get_params(ctx) for name in parameter.opts] if ctx else []
        hint = (instead_of_option(ctx, error.option_name) if ctx else "") or did_you_mean(error.option_name, known)
        return Diagnostic(f"there is no option `{error.option_name}`", help=f"{hint}\n{help}" if hint else help)
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = max(error.param.opts, key=len)
        given = re.match(r"'?(.*?)'? is not ", error.message)
        if given and isinstance(error.param.type, (click.Choice, click.IntRange, click.FloatRange)):
            return _wrong_choice(name, given[1], error.param.type, ctx)
        return Diagnostic(f"`{name}`: {_sentence(error.message)}", help=help)
    message = error.format_message()
    missing = re.match(r"No such command '(.*)'", message)
    if missing and ctx is not None and isinstance(ctx.command, click.Group):
        commands = ctx.command.list_commands(ctx)
        hint = instead_of_command(missing[1]) or did_you_mean(missing[1], commands)
        listing = "`cgraph --help` lists the commands"
        if not hint and re.search(r"[=+*/^%<>() ]", missing[1]):
            hint = f'to evaluate a program, write `cgraph eval "{missing[1]}"`'
        help = listing if not hint or "`cgraph --help`" in hint else f"{hint}\n{listing}"
        return Diagnostic(f"there is no command `{missing[1]}`", help=help)
    return Diagnostic(_sentence(message), help=help)


def _wrong_choice(
    name: str, given: str, type: click.Choice[str] | click.IntRange | click.FloatRange, ctx: click.Context | None
) -> Diagnostic:
    from cgraph_cli.commands.shared.command_words import has_input

    what = f"`{name}` cannot be `{given}`"
    if ctx is not None and has_input(ctx, name.lstrip("-")):
        return Diagnostic(what, help=f"to set the input, write `--set {name.lstrip('-')}={given}`")
    if not isinstance(type, click.Choice):
        most = f"from {type.min:g} to {type.max:g}" if type.max is not None else f"of at least {type.min:g}"
        kind = "a whole number" if isinstance(type, click.IntRange) else "a number"
        return Diagnostic(what, help=f"write {kind} {most}")
    choices = [str(choice) for choice in type.choices]
    meant = _CHOICES.get(given.lower(), "")
    hint = f"did you mean `{meant}`?" if meant in choices else did_you_mean(given, choices)
    return Diagnostic(what, help=f"{hint}\n" * bool(hint) + f"choose from {', '.join(choices)}")


def _sentence(message: str) -> str:
    """Turn click's sentence into ours: in lower case, without a full stop, with backquotes."""
    message = message.strip().removesuffix(".")
    return re.sub(r"'([^']*)'", r"`\1`", message[:1].lower() + message[1:])
