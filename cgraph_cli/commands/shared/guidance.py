"""Advice on unknown options and commands."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from math import erf, sqrt

import click

from cgraph_cli.commands.shared.options import SETTINGS
from cgraph_cli.core.errors import name_list
from cgraph_cli.language.numbers import is_number
from cgraph_cli.results.settings import quote_setting

_LARGEST_SCALE = 10
"""The largest `--scale`; a larger number is one of pixels."""

_OPTIONS = {
    "--forward": "--mode forward",
    "--reverse": "--mode reverse",
    "--backward": "--mode reverse",
    "--both": "--mode both",
    "--grad": "--get grad",
    "--gradient": "--get grad",
    "--value": "--get value",
    **dict.fromkeys(("-v", "--verbose", "--full"), "--all"),
    **dict.fromkeys(("--no-color", "--no-colour", "--nocolor"), "--color never"),
    **dict.fromkeys(("--jvp", "--direction", "--along"), "--tangent x=1"),
    **dict.fromkeys(("--vjp", "--external-gradient", "--external_gradient", "--cotangent"), "--seed y=1"),
    **dict.fromkeys(("--grad-output", "--grad_output", "--grad-outputs", "--grad_outputs", "--upstream"), "--seed y=1"),
    "--range": "--over x=0:1",
    **dict.fromkeys(("--heatmap", "--contour", "--contours", "--surface"), "--over x=0:1 --over y=0:1"),
    **dict.fromkeys(("--out", "--outfile", "--save", "--write"), "-o FILE"),
    **dict.fromkeys(("--tol", "--tolerance", "--eps", "--epsilon"), "--rtol 1e-6"),
    **dict.fromkeys(("--degree", "--terms"), "--order 5"),
    **dict.fromkeys(("--node", "--nodes", "--var", "--variable", "--by"), "--wrt NAME"),
    "--precise": "--precision 50",
    **dict.fromkeys(("--confidence", "--level"), "--coverage 95%"),
    **dict.fromkeys(("--monte-carlo", "--montecarlo", "--mc"), "--draws 100000"),
    **dict.fromkeys(("--nrows", "--head"), "--limit 10"),
    **dict.fromkeys(("--skip-errors", "--ignore-errors", "--lenient"), "--on-error null"),
    **dict.fromkeys(("--round", "--decimals", "--places", "--sig", "--sigfigs"), "--digits 6"),
    **dict.fromkeys(("--layout", "--rankdir", "--orientation", "--horizontal", "--dir"), "--direction right"),
    **dict.fromkeys(("--size", "--dpi", "--zoom"), "--scale 2"),
    **dict.fromkeys(("--columns", "--column", "--cols", "--rename", "--bind", "--alias"), "--map x=COLUMN"),
}
"""Options of other programs, and near misses of ours, with the options that are meant."""

_COUNTS = {
    **dict.fromkeys(("-n", "--n", "--num", "--count", "--number"), ("--order 5", "--samples 100", "--limit 10")),
    **dict.fromkeys(("--random", "--repeat", "--times", "--points"), ("--samples 100",)),
    **dict.fromkeys(("--samples", "--trials"), ("--samples 100", "--draws 100000")),
    "--rows": ("--limit 10",),
}
"""Options of numbers that have one of several meanings, by command."""

_UNCERTAINTY = r"u|sigma|sd|std|unc|err|error|errors|uncertainty|uncertainties"
_OF_UNCERTAINTY = re.compile(
    rf"--(?:{_UNCERTAINTY})(?:[_-](?P<after>\w+))?|--(?P<before>\w+?)[_.-](?:{_UNCERTAINTY})"
    r"|--(?:d|delta_?|Δ)(?P<delta>\w+)"
)
_RANGE = re.compile(r"--(?:x?lim|domain|interval|from|start|xmin|x-min|min|to|stop|end|xmax|x-max|max)")
_BOTH = ("lim", "xlim", "domain", "interval")
_LOW = ("from", "start", "xmin", "x-min", "min")
_HIGH = ("to", "stop", "end", "xmax", "x-max", "max")
_POINT = ("--at", "--around", "--point", "--where")

_LEFT_OUT = {
    **dict.fromkeys(("--pretty", "--table", "--show", "--print"), "the output is for people to read already"),
    **dict.fromkeys(("--simplify", "--symbolic"), "a formula is simplified already"),
    **dict.fromkeys(("--sep", "--separator", "--delimiter", "--delim"), "the heading shows the sign between columns"),
    **dict.fromkeys(("--header", "--no-header"), "the first line of a file names the columns"),
    "--eval": "numbers are computed where inputs are given",
}
"""Options of other programs that nothing replaces, and why."""

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


def instead_of_option(ctx: click.Context, name: str, value: str = "") -> str:
    """Advise on an unknown option, with the `value` that it was given; empty where there is no advice."""
    known = {option: parameter for parameter in ctx.command.get_params(ctx) for option in parameter.opts}
    formats = getattr(getattr(known.get("--format"), "type", None), "choices", ())
    for format in (name.removeprefix("--"), f"{name.removeprefix('--')}l"):  # of `--json`, where rows are JSON lines
        if format in formats:
            return f"write `-o {format}`"
    if name in ("--png", "--svg", "--html", "--dot", "--mermaid"):
        return f"for a picture, write `cgraph graph PROGRAM -o graph.{name[2:]}`"
    if instead := _of_uncertainty(ctx, known, name, value):
        return instead
    if name in _POINT:
        return _of_point(ctx, value)
    if name in ("-k", "--k") and "--coverage" in known:
        covered = erf(float(value) / sqrt(2)) if is_number(value) else 0.95
        return f"write `--coverage {100 * covered:.4g}%`"
    if "--over" in known:
        if _RANGE.fullmatch(name):
            return _of_bounds(ctx)
        if name in ("--n", "--num", "--count", "--points", "--samples", "--resolution", "--step", "--steps"):
            return "the number of points, or the step, stands in the range: `--over x=0:1:100n`, `--over x=0:1:0.01`"
    several = _COUNTS.get(name, ())
    instead = next((each for each in several if each.partition(" ")[0] in known), _OPTIONS.get(name, ""))
    if instead.partition(" ")[0] in known:
        return f"write `{_with_value(instead, value)}`"
    if having := [f"cgraph {other}" for other in _commands_with(ctx, name)]:
        return f"`{name}` is an option of {name_list(having)}"
    if len(name) > 3 and instead and (having := _commands_with(ctx, instead.partition(" ")[0])):
        return f"for that, write `cgraph {having[0]} PROGRAM {_with_value(instead, value)}`"
    if name in ("--simplify", "--symbolic", "--formula") and ctx.info_name != "diff":
        return "for a formula, write `cgraph diff PROGRAM`"
    return f"leave `{name}` out: {_LEFT_OUT[name]}" if name in _LEFT_OUT else ""


def in_own_names(advice: str, inputs: Sequence[str], output: str = "", value: str = "") -> str:
    """Put names of the program into the examples of an advice, and the given value of a seed or a tangent."""
    number = value if re.fullmatch(r"[-+.\d\[\], e]+", value) else "1"
    for option, example, name in (("--seed", "y", output), ("--tangent", "x", next(iter(inputs), ""))):
        if name.isidentifier():
            advice = advice.replace(f"`{option} {example}=1`", f"`{option} {quote_setting(f'{name}={number}')}`")
    if inputs and "x" not in inputs:
        advice = re.sub(r"`(--(?:over|u|map)) x=", rf"`\1 {inputs[0]}=", advice)
        advice = advice.replace("`--x ", f"`--{inputs[0]} ")
    if len(inputs) > 1 and "y" not in inputs:
        advice = advice.replace(" --over y=", f" --over {inputs[1]}=")
    return advice


def _with_value(instead: str, value: str) -> str:
    """Put a given value in the place of an example's of its kind: a number, or a name with a value."""
    option, _, example = instead.partition(" ")
    if option == "--coverage" and is_number(value):
        return f"{option} {value}" if float(value) < 1 else f"{option} {value}%"
    takes = is_number(example) and is_number(value) and (not example.isdecimal() or value.isdecimal())
    settings = re.split(r"(?<![,;\s])[,;\s]+(?=[^\W\d]\w*=)", value)
    takes = takes or ("=" in example and all(re.fullmatch(r"[^\W\d]\w*=[^=]+", each) for each in settings))
    takes = takes or (example in ("NAME", "FILE") and re.fullmatch(r"[\w./,-]+", value) is not None)
    if option == "--scale" and takes and float(value) > _LARGEST_SCALE:
        return instead
    if takes and option == "--over":
        return " ".join(f"{option} {each}" for each in settings)
    return f"{option} {value}" if takes else instead


def _of_uncertainty(ctx: click.Context, known: Container[str], name: str, value: str) -> str:
    """Advise on an option for an uncertainty, such as `--u x=0.001`, `--sigma_x 0.1` and `--x_err 0.1`."""
    settings = {name: text for _, name, text in ctx.meta.get(SETTINGS, ())}
    whole = _OF_UNCERTAINTY.fullmatch(name)
    if whole is not None and whole["delta"] and whole["delta"] not in settings:
        return ""
    if whole is None or ("--corr" not in known and "--u" not in known):
        return ""
    meant, _, amount = value.rpartition("=")
    meant = whole["after"] or whole["before"] or whole["delta"] or meant
    if "--u" in known:
        return f"write `--u {meant}={amount}`" if meant and amount else "write `--u x=0.001`"
    if meant in settings and amount:
        return f'an uncertainty stands behind its number: write `--{meant} "{settings[meant]} ± {amount}"`'
    return 'an uncertainty stands behind its number, as in `--x "1 ± 0.001"`'


def _of_point(ctx: click.Context, value: str) -> str:
    """Advise on an option for a point, such as `--at x=2`."""
    name, equals, number = value.partition("=")
    if equals and name.isidentifier():
        return f"the point is the input's number: write `--{name} {number}`"
    return f"the point is the input's number, as in `--x {value or 0}`"


def _of_bounds(ctx: click.Context) -> str:
    """Advise on options for the two ends of a range, such as `--from 0 --to 5`, or `--xlim 0,5`."""
    given = {name: text for _, name, text in ctx.meta.get(SETTINGS, ())}
    low = next((given[name] for name in _LOW if name in given), "")
    high = next((given[name] for name in _HIGH if name in given), "")
    both = next((re.split(r"[,:; ]+", given[name].strip("()[] ")) for name in _BOTH if name in given), [])
    low, high = both if len(both) == 2 else (low or "0", high or "1")
    return f"a range stands in `--over`, as in `--over x={low}:{high}`"


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
