"""Advice on unknown options and commands."""

from __future__ import annotations

import re

import click

from cgraph_cli.core.errors import name_list

_OPTIONS = {
    "--forward": "--mode forward",
    "--reverse": "--mode reverse",
    "--backward": "--mode reverse",
    "--both": "--mode both",
    "--grad": "--get grad",
    "--gradient": "--get grad",
    "--value": "--get value",
    **dict.fromkeys(("-v", "--verbose"), "--all"),
    "--full": "--all",
    **dict.fromkeys(("--no-color", "--no-colour", "--nocolor"), "--color never"),
    "--samples": "--draws 100000",
    "--png": "-o graph.png",
    **dict.fromkeys(("--jvp", "--direction", "--along"), "--tangent x=1"),
    "--range": "--over x=0:1",
    **dict.fromkeys(("--n", "--degree", "--terms"), "--order 5"),
    **dict.fromkeys(("--node", "--nodes"), "--wrt NAME"),
    "--precise": "--precision 50",
    **dict.fromkeys(("--confidence", "--level", "-k", "--k"), "--coverage 95%"),
    **dict.fromkeys(("--monte-carlo", "--montecarlo", "--mc", "--trials"), "--draws 100000"),
    **dict.fromkeys(("--rows", "--nrows", "--head"), "--limit 10"),
    **dict.fromkeys(("--skip-errors", "--ignore-errors", "--lenient"), "--on-error null"),
}
"""Options of other programs, and near misses of ours."""

_COMMANDS = {
    "version": "cgraph --version",
    "help": "cgraph --help",
    **dict.fromkeys(("grad", "gradient", "run", "evaluate", "calc", "compute"), "cgraph eval"),
    **dict.fromkeys(("derive", "derivative", "differentiate", "simplify"), "cgraph diff"),
    **dict.fromkeys(("test", "verify", "gradcheck", "assert"), "cgraph check"),
    **dict.fromkeys(("draw", "show", "tree", "viz", "visualize", "svg"), "cgraph graph"),
    **dict.fromkeys(("export", "compile", "codegen", "translate", "convert"), "cgraph emit"),
    **dict.fromkeys(("table", "scan"), "cgraph sweep"),
    **dict.fromkeys(("shell", "interactive", "console", "prompt"), "cgraph repl"),
    **dict.fromkeys(("steps", "trace", "derivation"), "cgraph explain"),
    **dict.fromkeys(("uncertainty", "uncertainties", "propagate", "gum", "montecarlo"), "cgraph budget"),
    **dict.fromkeys(("apply", "rows", "batch", "csv"), "cgraph map"),
    **dict.fromkeys(("series", "expand"), "cgraph taylor"),
    **dict.fromkeys(("list", "rules"), "cgraph functions"),
}
"""Commands of other programs, and near misses of ours."""


def instead_of_option(ctx: click.Context, name: str) -> str:
    """Advise on an unknown option; empty where there is no advice."""
    known = {option: parameter for parameter in ctx.command.get_params(ctx) for option in parameter.opts}
    formats = getattr(getattr(known.get("--format"), "type", None), "choices", ())
    for format in (name.removeprefix("--"), f"{name.removeprefix('--')}l"):  # of `--json`, where rows are JSON lines
        if format in formats:
            return f"write `-o {format}`"
    instead = _OPTIONS.get(name, "")
    if instead.partition(" ")[0] in known:
        return f"write `{instead}`"
    if "--draws" in known and re.fullmatch("--(u|sigma|std|uncertainty)(_.*)?", name):
        return 'an uncertainty stands behind its number, as in `--x "1 ± 0.001"`'
    if "--order" in known and name in ("--at", "--around", "--point"):
        return "the point is the input's number, as in `--x 0`"
    if having := [f"cgraph {other}" for other in _commands_with(ctx, name)]:
        return f"`{name}` is an option of {name_list(having)}"
    if len(name) > 3 and instead and (having := _commands_with(ctx, instead.partition(" ")[0])):
        return f"for that, write `cgraph {having[0]} PROGRAM {instead}`"
    return ""


def _commands_with(ctx: click.Context, option: str) -> list[str]:
    """List the other commands that have an option."""
    root = ctx.find_root()
    if not isinstance(root.command, click.Group):
        return []
    commands = {name: root.command.get_command(root, name) for name in root.command.list_commands(root)}
    return [
        name
        for name, command in commands.items()
        if command is not None and any(option in parameter.opts for parameter in command.params)
    ]


def instead_of_command(word: str) -> str:
    """Advise on an unknown command; empty where there is no advice."""
    instead = _COMMANDS.get(word.lower(), "")
    return f"write `{instead}`" if "--" in instead else f"did you mean `{instead.split()[1]}`?" if instead else ""
