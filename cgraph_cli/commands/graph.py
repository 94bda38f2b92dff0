"""`cgraph graph`: the graph as a drawing."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.destination import destination, destination_options, picture_options
from cgraph_cli.commands.shared.inputs import SETTINGS, names, option_names, read_inputs
from cgraph_cli.commands.shared.options import (
    OUTPUT,
    Option,
    all_option,
    allow_nonfinite_option,
    color_option,
    double_digits_option,
    mode_option,
    of_option,
    wrt_option,
)
from cgraph_cli.commands.shared.program import ProgramCommand, program_options, read_program
from cgraph_cli.core.errors import RequestError, did_you_mean
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.lookup import find_nodes
from cgraph_cli.draw import BINARY, DIRECTIONS, ENDINGS, FORMATS, THEMES, Look, write
from cgraph_cli.draw.drawing import SHOWN, draw
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.results.report import Report, Request, Stage, report
from cgraph_cli.symbolic.program import parse

FINE, NOT_FINITE = 0, 3

NOTHING = "nothing"
"""What `--show` takes for the bare graph."""

PAGE = "html"
"""The format that computes by itself, so that its inputs need not be given."""

MOST_DERIVATIVES = 6
"""More derivatives than these have no room in a node."""

_WHAT = "What to draw"


@click.command(
    cls=ProgramCommand,
    options_metavar="[OPTIONS] [--INPUT NUMBER]...",
    short_help="Draw the graph: in the terminal, as a picture, or as a page to play with.",
)
@program_options
@of_option("The outputs, in place of the last statement; only what they depend on is drawn.", _WHAT)
@click.option(
    "--depth",
    cls=Option,
    group=_WHAT,
    metavar="N",
    type=click.IntRange(min=0),
    help="Draw only what is at most N edges away from the output.",
)
@wrt_option("Differentiate with respect to these nodes. Default: every node in reverse, the inputs forward.", _WHAT)
@mode_option(
    "Put ∂output/∂node into the nodes (reverse, the default) or ∂node/∂input (forward).", _WHAT, ["reverse", "forward"]
)
@click.option(
    "--show",
    cls=Option,
    group=_WHAT,
    metavar="WHAT,…",
    multiple=True,
    help="The numbers to show, of values, partials (on the edges) and gradients; or `nothing`. Default: all of them "
    "where the inputs are given, nothing where none is.",
)
@destination_options(FORMATS, "How to write the drawing: {}.", "tree", "graph.svg", "svg")
@click.option(
    "--direction",
    cls=Option,
    group=OUTPUT,
    type=click.Choice(DIRECTIONS),
    default="up",
    help="Which way a picture goes from the inputs to the output. Default: up.",
)
@picture_options(THEMES)
@double_digits_option
@all_option("Draw everything, however much it is.")
@color_option
@allow_nonfinite_option
@click.pass_context
def graph_command(
    ctx: click.Context,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    of: Sequence[str],
    depth: int | None,
    wrt: Sequence[str],
    mode: str | None,
    show: Sequence[str],
    format: str | None,
    output: str | None,
    direction: str,
    theme: str,
    scale: float,
    digits: int | None,
    everything: bool,
    color: str,
    allow_nonfinite: bool,
) -> int:
    """Draw the graph.

    \b
      cgraph graph "c = a + b; d = b + 1; e = c * d" --a 3 --b 1
      cgraph graph model.cg -o model.svg
      cgraph graph model.cg --mode forward --wrt b -o model.png
      cgraph graph model.cg -o page.html

    Nodes hold their expressions, values and gradients, edges their local partials. A program whose inputs are not
    given is drawn without numbers. In the tree that a terminal gets, each node is drawn once, below one that uses it;
    elsewhere its name and an arrow refer to it. Constants stand in the expressions that they occur in. Pictures (svg
    and png) and pages (html) need the extra `pictures`: `pip install 'cgraph-cli[pictures]'`. A page has a slider for
    each input, and walks through the sweeps step by step; inputs that are not given start at 1.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a result is undefined or infinite.
    """  # fmt: skip
    target = destination(output, format, "tree", ENDINGS, BINARY)
    shown = _shown(show)
    request = Request(names(of), names(wrt), mode or "reverse")
    stdout = sys.stdout
    with terminal.progress_bar() as stage:
        graph = parse(read_program(ctx, program, file, inputs_file), max_nodes=max_nodes, progress=stage("reading"))
        given = bool(ctx.meta.get(SETTINGS)) or inputs_file is not None
        asked = bool(mode or wrt or (show and shown))
        missing = any(graph.numbers[node] is None for node in graph.inputs())
        answer, begun = None, False
        page = target.format == PAGE
        if page or (shown and (given or asked or not missing)):
            begun = page and not given and missing
            answer = _evaluate(ctx, graph, inputs_file, request, stage, page=page, begun=begun)
        outputs = find_nodes(graph, request.of, "--of") or graph.default_outputs()
        drawing = draw(graph, outputs, answer, shown=shown, whole=not of, depth=depth, digits=digits)
        look = Look(
            theme=theme,
            direction=direction,
            scale=scale,
            color=target.file is None and terminal.wants_color(color, stdout),
            ascii=target.file is None and terminal.is_ascii(stdout),
            width=terminal.width_of(stdout) if target.file is None else None,
            all=everything,
        )
        written = write(drawing, target.format, look)
    target.write(written)
    return FINE if allow_nonfinite or answer is None or begun or answer.is_finite() else NOT_FINITE


def _shown(show: Sequence[str]) -> list[str]:
    """The numbers to show, in the order of `SHOWN`."""
    asked = names(show)
    for word in asked:
        if word not in (*SHOWN, NOTHING):
            hint = did_you_mean(word, (*SHOWN, NOTHING))
            choices = f"choose from {', '.join(SHOWN)}, or write `--show {NOTHING}`"
            raise RequestError(f"`--show` cannot be `{word}`", help=f"{hint}\n{choices}" if hint else choices)
    if NOTHING in asked and len(asked) > 1:
        raise RequestError(f"`--show {','.join(asked)}` asks for nothing and for something", help="write one of them")
    return [each for each in SHOWN if not asked or each in asked]


def _evaluate(
    ctx: click.Context,
    graph: Graph,
    inputs_file: str | None,
    request: Request,
    stage: Stage,
    *,
    page: bool,
    begun: bool,
) -> Report:
    """The numbers at the point that is given; where it is `begun`, inputs that are not get a number to start at.

    A `page` shows one derivative at a time, and has room for any number of them.
    """
    inputs = read_inputs(ctx, graph, inputs_file)
    if begun:
        from cgraph_cli.draw.html import starting_inputs

        inputs = {**starting_inputs(graph), **inputs}
    check_inputs(graph, inputs, option_names(ctx))
    forward = request.mode == "forward"
    count = len(request.wrt) or sum(1 for _ in graph.inputs()) if forward else len(request.of)
    if count > MOST_DERIVATIVES and not page:
        first = (request.wrt or [graph.names[node] or "" for node in graph.inputs()])[0] if forward else request.of[0]
        raise RequestError(
            f"a node has room for {MOST_DERIVATIVES} derivatives, and here are {count:,} for each",
            help=f"name fewer, such as `{'--wrt' if forward else '--of'} {first}`",
        )
    return report(graph, inputs, request, stage)
