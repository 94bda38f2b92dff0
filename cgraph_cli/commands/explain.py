"""`cgraph explain`: how the gradients come about, in words and numbers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from io import StringIO

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.destination import destination, destination_options
from cgraph_cli.commands.shared.inputs import names, option_names, read_inputs
from cgraph_cli.commands.shared.options import (
    OUTPUT,
    Option,
    all_option,
    allow_nonfinite_option,
    color_option,
    double_digits_option,
    of_option,
    wrt_option,
)
from cgraph_cli.commands.shared.program import ProgramCommand, program_options, read_program
from cgraph_cli.core.lookup import find_nodes
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.evaluation.paths import MOST_PATHS
from cgraph_cli.render.view import View
from cgraph_cli.results.derivation import Derivation
from cgraph_cli.results.report import Request, report
from cgraph_cli.symbolic.program import parse

FORMATS = ("text", "markdown", "latex", "json")

ENDINGS = {".txt": "text", ".md": "markdown", ".tex": "latex", ".json": "json"}
"""The formats that a file's ending says."""

FINE, NOT_FINITE = 0, 3

_WHAT = "What to explain"


@click.command(
    cls=ProgramCommand,
    options_metavar="[OPTIONS] [--INPUT NUMBER]...",
    short_help="Tell how the gradients come about, step by step.",
)
@program_options
@of_option("The outputs, in place of the last statement; each has a backward sweep of its own.", _WHAT)
@wrt_option(
    "Differentiate with respect to these nodes, and leave out what they play no part in. Default: the inputs.", _WHAT
)
@click.option(
    "--paths",
    "most_paths",
    cls=Option,
    group=OUTPUT,
    metavar="N",
    type=click.IntRange(min=0, max=10_000),
    default=MOST_PATHS,
    help=f"List at most N paths from each node; all of them are counted. Default: {MOST_PATHS}.",
)
@destination_options(FORMATS, "How to write the derivation: {}.", "text", "notes.tex", "markdown")
@double_digits_option
@all_option("Tell every step of a long program.")
@color_option
@allow_nonfinite_option
@click.pass_context
def explain_command(
    ctx: click.Context,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    of: Sequence[str],
    wrt: Sequence[str],
    most_paths: int,
    format: str | None,
    output: str | None,
    digits: int | None,
    everything: bool,
    color: str,
    allow_nonfinite: bool,
) -> int:
    """Tell how the gradients come about, step by step.

    \b
      cgraph explain "c = a + b; d = b + 1; e = c * d" --a 3 --b 1

    The forward sweep, line by line; the backward sweep, with the rule, the number and the product on each edge; and
    the same gradients as sums over all the paths from an input to the output, with what factoring those sums saves.
    The rules are those that the numbers are computed by: `cgraph functions` lists them.

    `--format markdown` is for notes and notebooks, with formulas between dollar signs; `--format latex` for a
    document that uses the package amsmath.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a result is undefined or infinite.
    """  # fmt: skip
    target = destination(output, format, "text", ENDINGS)
    with terminal.progress_bar() as stage:
        graph = parse(read_program(ctx, program, file, inputs_file), max_nodes=max_nodes, progress=stage("reading"))
        inputs = read_inputs(ctx, graph, inputs_file)
        check_inputs(graph, inputs, option_names(ctx))
        nodes = find_nodes(graph, names(wrt), "--wrt") or list(graph.inputs())
        answer = report(graph, inputs, Request(names(of)), stage)
        derivation = Derivation(answer, nodes, everything)
    whole = target.file is not None
    stream = StringIO() if whole else sys.stdout
    view = View(
        digits=digits,
        all=everything,
        color=not whole and terminal.wants_color(color, sys.stdout),
        ascii=not whole and terminal.is_ascii(sys.stdout),
        width=None if whole else terminal.width_of(sys.stdout),
    )
    import_module(f"cgraph_cli.render.derivation.{'json_' if target.format == 'json' else target.format}").write(
        derivation, view, stream, most_paths
    )
    if isinstance(stream, StringIO):
        target.write(stream.getvalue())
    return FINE if allow_nonfinite or derivation.is_finite() else NOT_FINITE
