"""`cgraph plot`: values and derivatives over a range, as a picture."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.destination import destination, destination_options, picture_options
from cgraph_cli.commands.shared.inputs import names
from cgraph_cli.commands.shared.options import COMPUTE, Option, color_option
from cgraph_cli.commands.shared.program import ProgramCommand, program_options
from cgraph_cli.commands.shared.ranges import Task, over_options, read_task
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.lookup import find_nodes
from cgraph_cli.draw import THEMES
from cgraph_cli.results.over_ranges.ranges import Range, check_size
from cgraph_cli.results.report import Stage

if TYPE_CHECKING:
    from cgraph_cli.draw.charts import Look

FINE, NOT_FINITE = 0, 3

FORMATS = ("terminal", "svg", "png")
ENDINGS = {".svg": "svg", ".png": "png", ".txt": "terminal"}
"""The formats of a plot, and that of a file by its ending."""

DEFAULT_COUNT = 401
"""How many points a range has that does not say so, where there is one range."""

MOST_POINTS = 200_000
"""More points than these are no help to a picture."""

MOST_CURVES = 24
"""More curves than this have no room in a plot."""

MOST_MAPS = 6
"""More maps than this have no room in a plot."""

_WIDTH, _HEIGHT = 80, 36
"""The columns and lines where there is no terminal."""


@click.command(
    cls=ProgramCommand,
    options_metavar="[OPTIONS] [--INPUT NUMBER]...",
    short_help="Plot values and derivatives over a range.",
)
@program_options
@over_options
@click.option(
    "--only",
    cls=Option,
    group=COMPUTE,
    type=click.Choice(["values", "derivatives"]),
    help="Plot the values alone, or the derivatives alone.",
)
@destination_options(FORMATS, "How to draw: {}.", "terminal", "plot.svg", "svg")
@picture_options(THEMES)
@color_option
@click.pass_context
def plot_command(
    ctx: click.Context,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    over: Sequence[str],
    of: Sequence[str],
    wrt: Sequence[str],
    only: str | None,
    format: str | None,
    output: str | None,
    theme: str,
    scale: float,
    color: str,
) -> int:
    """Plot values and derivatives over a range of an input.

    \b
      cgraph plot "y = x^3 - 2*x" --over x=-2:2
      cgraph plot "y = abs(x) + sin(3*x)" --over x=-pi:pi -o plot.svg
      cgraph plot "z = sin(x)*cos(y)" --over x=-3:3 --over y=-2:2 -o map.png

    The outputs' values above, their derivatives below. Kinks, jumps and poles are found wherever they are, between
    the points of the range too: they are marked, told of below the plot, and not drawn over. A second `--over` makes a
    map of each output: its contours, and its gradient as arrows that point uphill. The terminal needs the extra `plot`
    for curves, and so do PNG and the contours: `pip install 'cgraph-cli[plot]'`.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 there is nothing finite to plot.
    """  # fmt: skip
    target = destination(output, format, "terminal", ENDINGS, binary=("png",))
    look = _look(target.format, target.file is None, theme, scale, color)
    with terminal.progress_bar() as stage:
        task = read_task(ctx, program, file, inputs_file, max_nodes, over, DEFAULT_COUNT, stage)
        if len(task.ranges) > 2:
            raise RequestError(
                f"a plot has two axes, and {len(task.ranges)} inputs have a range",
                help="leave `--over` for two of them; `cgraph sweep` takes any number",
            )
        for taken in task.ranges:
            if taken[0] == taken[-1]:
                raise RequestError(
                    f"a plot needs a range of two points and more, and `{taken.name}` has one",
                    help=f"write `--over {taken.name}=-3:3`; `cgraph sweep` takes any",
                )
        draw = _curves if len(task.ranges) == 1 else _map
        written, empty = draw(task, of, wrt, only, target.format, look, stage)
    target.write(written)
    return NOT_FINITE if empty else FINE


def _look(format: str, to_stdout: bool, theme: str, scale: float, color: str) -> Look:
    from cgraph_cli.draw.charts import Look

    stdout = sys.stdout
    lines = _HEIGHT
    if to_stdout and stdout.isatty():
        import shutil

        lines = shutil.get_terminal_size().lines
    return Look(
        theme="light" if theme == "auto" and format == "png" else theme,
        scale=scale,
        width=min(120, (terminal.width_of(stdout) if to_stdout else None) or _WIDTH),
        height=lines,
        color=to_stdout and terminal.wants_color(color, stdout),
        ascii=to_stdout and terminal.is_ascii(stdout),
    )


def _curves(
    task: Task, of: Sequence[str], wrt: Sequence[str], only: str | None, format: str, look: Look, stage: Stage
) -> tuple[str | bytes, bool]:
    """A plot over one range, and whether there is nothing in it."""
    from cgraph_cli.draw.charts import draw_curves
    from cgraph_cli.results.over_ranges.curves import explore

    graph, (taken,) = task.graph, task.ranges
    outputs = find_nodes(graph, names(of), "--of") or graph.default_outputs()
    nodes = [] if only == "values" else find_nodes(graph, names(wrt) or task.swept, "--wrt")
    count = len(outputs) * (1 + len(nodes))
    if count > MOST_CURVES:
        raise RequestError(
            f"a plot has room for {MOST_CURVES} curves, and here are {count:,}",
            help="name fewer outputs (`--of`) or fewer nodes (`--wrt`); `cgraph sweep` takes any number",
        )
    check_size([taken], "--over", MOST_POINTS)
    xs = sorted(set(taken))
    curves = explore(graph, task.inputs, taken.name, xs, outputs, nodes, stage("plotting"))
    if only == "derivatives":
        curves = [curve for curve in curves if curve.order == 1]
    written = draw_curves(curves, taken.name, xs[0], xs[-1], graph.source.text, format, look)
    return written, not any(curve.pieces for curve in curves)


def _map(
    task: Task, of: Sequence[str], wrt: Sequence[str], only: str | None, format: str, look: Look, stage: Stage
) -> tuple[str | bytes, bool]:
    """A plot over two ranges, and whether there is nothing in it."""
    from cgraph_cli.draw.charts import draw_fields, grid_of
    from cgraph_cli.results.over_ranges.fields import survey

    graph = task.graph
    if wrt and only != "derivatives":
        raise RequestError(
            "`--wrt` has no part in a map: its arrows are the gradient along its two axes",
            help="add `--only derivatives` for a map of each derivative",
        )
    outputs = find_nodes(graph, names(of), "--of") or graph.default_outputs()
    nodes = find_nodes(graph, names(wrt) or task.swept, "--wrt") if only == "derivatives" else []
    count = len(outputs) * max(1, len(nodes))
    if count > MOST_MAPS:
        raise RequestError(
            f"a plot has room for {MOST_MAPS} maps, and here are {count:,}",
            help="name fewer outputs (`--of`) or fewer nodes (`--wrt`)",
        )
    sizes, arrows = grid_of(format, look)
    if only == "values":
        arrows = (0, 0)
    ranges = [
        taken if taken.is_counted else Range(taken.name, taken.low, taken.high, size)
        for taken, size in zip(task.ranges, sizes, strict=True)
    ]
    check_size(ranges, "--over", MOST_POINTS)
    xs, ys = (sorted(set(taken)) for taken in ranges)
    swept = (task.swept[0], task.swept[1])
    fields = survey(graph, task.inputs, swept, xs, ys, outputs, nodes, arrows, stage("plotting"))
    return draw_fields(fields, graph.source.text, format, look), not any(field.extremes() for field in fields)
