"""`cgraph graph`: the graph as a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import Destination, output_options, picture_options
from cgraph_cli.commands.shared.options import (
    FINE,
    NOT_FINITE,
    OUTPUT,
    Option,
    all_option,
    allow_nonfinite_option,
    double_digits_option,
    mode_option,
    named_option,
    of_option,
    wrt_option,
)
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.sheets import print_uncertified
from cgraph_cli.commands.shared.terminal import print_note
from cgraph_cli.commands.shared.uncertainty import correlate, correlation_options
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError, did_you_mean
from cgraph_cli.core.graph import Graph
from cgraph_cli.draw import DIRECTIONS, THEMES, write
from cgraph_cli.draw.array_drawing import draw_program
from cgraph_cli.draw.drawing import SHOWN
from cgraph_cli.evaluation.inputs import check_settable
from cgraph_cli.render import GRAPHS
from cgraph_cli.results.report import Report, Stage, report
from cgraph_cli.results.request import Request
from cgraph_cli.results.settings import names, plain_constant
from cgraph_cli.results.uncertain_report import add_uncertainties

NOTHING = "nothing"
"""The word of `--show` for the bare graph."""

PAGE = "html"
"""The format that computes by itself, and needs no numbers for the inputs."""

MOST_DERIVATIVES = 6
"""The most derivatives in a node: there is no room for more."""

_WHAT = "What to draw"


@click.command(cls=ProgramCommand)
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
@correlation_options
@output_options(
    GRAPHS,
    "How to write the drawing",
    "graph.svg",
    click.option(
        "--direction",
        cls=Option,
        group=OUTPUT,
        type=click.Choice(DIRECTIONS),
        default="up",
        help="The direction of a picture from the inputs to the output. Default: up.",
    ),
    picture_options(THEMES),
    click.option(
        "--range",
        "range_",
        cls=Option,
        group=OUTPUT,
        metavar="NAME=LOW:HIGH,…",
        multiple=True,
        help="The range of an input's slider on a page. Default: the program's `range`, or both ways from its number.",
    ),
    double_digits_option,
    named_option,
    all_option("Draw everything, however large."),
)
@allow_nonfinite_option
def graph_command(
    problem: Problem,
    of: Sequence[str],
    depth: int | None,
    wrt: Sequence[str],
    mode: str | None,
    show: Sequence[str],
    corr: Sequence[str],
    cov: Sequence[str],
    readings: str | None,
    output: Destination,
    direction: str,
    theme: str,
    scale: float,
    range_: Sequence[str],
    digits: int | None,
    named: bool,
    everything: bool,
    allow_nonfinite: bool,
) -> int:
    """Draw the graph.

    \b
      cgraph graph "c = a + b; d = b + 1; e = c * d" --a 3 --b 1
      cgraph graph model.cg -o model.svg
      cgraph graph model.cg --mode forward --wrt b -o model.png
      cgraph graph model.cg -o page.html

    Nodes hold their expressions, values and gradients, edges their local partials; an array is one node. A program
    without numbers for its inputs is drawn without numbers. In the tree for a terminal, each node is drawn once, below
    one that uses it; elsewhere its name and an arrow refer to it. Constants are part of the expressions that use them.
    A png needs the extra `pictures`: `pip install 'cgraph-cli[pictures]'`, which lays large graphs out faster, too. A
    page (html) has a slider for each input, and walks through the sweeps step by step; an input without a number starts
    at 1, or in the middle of the program's `range` if that is elsewhere.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a result is undefined, infinite or unknown.
    """  # fmt: skip
    if named and output.format == PAGE:
        raise RequestError("a page walks through every node, and `--named` leaves some out", help="leave `--named` out")
    ranges = _ranges(range_, output.format)
    shown = _shown(show)
    request = Request(names(of), names(wrt), mode or "reverse")
    with terminal.progress_bar() as stage:
        large = problem.large_arrays(stage)
        if large is not None and output.format == PAGE:
            raise _no_page()
        if large is not None and large.gradients:
            _check_shapes_only(asked=bool(mode or wrt or (show and shown)))
            shown = []
        graph: Graph = large or problem.graph(stage)
        for name in ranges:
            check_settable(graph, name)
        if output.format == PAGE:
            ranges = {name: stated.bounds for name, stated in graph.ranges.items()} | ranges
        given = problem.has_inputs or readings is not None
        asked = bool(mode or wrt or (show and shown))
        missing = any(graph.numbers[node] is None for node in graph.inputs())
        answer, begun, note = None, False, ""
        page = output.format == PAGE
        if page or (shown and (given or asked or not missing)):
            begun = page and not given and missing
            inputs, correlations = correlate(problem.ctx, graph, problem.inputs(graph), corr, cov, readings)
            answer = _evaluate(graph, inputs, request, stage, page=page, begun=begun)
            graph = answer.graph
            note = add_uncertainties(answer, inputs, correlations)
        drawing = draw_program(graph, request.of, answer, shown=shown, depth=depth, digits=digits, named=named)
        view = output.view(theme=theme, direction=direction, scale=scale, all=everything, ranges=ranges)
        written = write(drawing, output.format, view)
    if note:
        print_note(note)
    output.put(written)
    return FINE if allow_nonfinite or answer is None or begun or answer.is_finite() else NOT_FINITE


def _no_page() -> RequestError:
    """Make the error for arrays of too many elements to be computed one by one in a page."""
    return RequestError(
        "a page computes every number by itself, and arrays of this size have too many of them",
        help="`-o graph.svg` draws a box an array, with its numbers, and `cgraph explain` tells the sweeps;\n"
        "`cgraph plot` follows one element, `--over A[0,0]=-3:3`, or a direction;\n"
        "a page takes inputs of fewer elements, such as a file's first rows",
    )


def _check_shapes_only(*, asked: bool) -> None:
    """Say that a program with gradients of large arrays is drawn without numbers.

    Raises `RequestError` where these are asked for.
    """
    if asked:
        raise RequestError(
            "a program with a `grad` of arrays of this size is drawn without numbers",
            help="without numbers there is a box an array, with its shape; `cgraph eval` has the numbers",
        )
    click.echo(
        "note: with a `grad`, arrays of this size are drawn with their shapes alone; `cgraph eval` has the numbers",
        err=True,
    )


def _ranges(texts: Sequence[str], format: str) -> dict[str, tuple[float, float]]:
    """Read the ranges of a page's sliders."""
    if not texts:
        return {}
    if format != PAGE:
        raise RequestError("`--range` is for the sliders of a page", help="write `-o page.html`")
    from cgraph_cli.results.over_ranges.ranges import parse_bounds

    return parse_bounds(texts, "--range", plain_constant)


def _shown(show: Sequence[str]) -> list[str]:
    """Choose the numbers to show, in the order of `SHOWN`."""
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
    graph: Graph,
    inputs: Mapping[str, Any],
    request: Request,
    stage: Stage,
    *,
    page: bool,
    begun: bool,
) -> Report:
    """Evaluate at the given point; where it is `begun`, the other inputs get a starting number.

    A `page` shows one derivative at a time, and has room for any number of them.
    """
    if begun:
        from cgraph_cli.draw.page_data import starting_inputs

        inputs = {**starting_inputs(graph), **inputs}
    forward = request.mode == "forward"
    count = len(request.wrt) or sum(1 for _ in graph.inputs()) if forward else len(request.of)
    if count > MOST_DERIVATIVES and not page:
        first = (request.wrt or [graph.names[node] or "" for node in graph.inputs()])[0] if forward else request.of[0]
        raise RequestError(
            f"a node has room for {MOST_DERIVATIVES} derivatives, and here are {count:,} for each",
            help=f"name fewer, such as `{'--wrt' if forward else '--of'} {first}`",
        )
    if isinstance(graph, ArrayGraph):
        from cgraph_cli.results.array_report import report_arrays

        if request.mode == "forward":
            what = "a forward sweep has one number for each input, and arrays of this size have too many of them"
            raise RequestError(what, help="leave `--mode forward` out: a reverse sweep has all gradients")
        print_uncertified()
        return report_arrays(graph, inputs, request, stage)
    return report(graph, inputs, request, stage)
