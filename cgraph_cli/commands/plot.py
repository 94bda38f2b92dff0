"""`cgraph plot`: values and derivatives over a range, as a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import Destination, output_options, picture_options
from cgraph_cli.commands.shared.options import COMPUTE, FINE, NOT_FINITE, Option
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.ranges import RangedProblem, begin_ranges, over_options, read_direction, read_ranges
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import InputError, RequestError, did_you_mean, name_list
from cgraph_cli.core.nodes_by_label import find_nodes, find_outputs
from cgraph_cli.draw import THEMES
from cgraph_cli.draw.plotting.charts import Chart, CurveChart, GridSize, MapChart, Scatter
from cgraph_cli.render import CHARTS
from cgraph_cli.results.over_ranges.curves import Curve
from cgraph_cli.results.over_ranges.ranges import LARGEST, MOST_WORK, InputRange, check_size
from cgraph_cli.results.report import Stage
from cgraph_cli.results.request import Request
from cgraph_cli.results.settings import names

if TYPE_CHECKING:
    from cgraph_cli.results.over_ranges.array_points import ArrayProbe
    from cgraph_cli.trust.probe import Probe

DEFAULT_COUNT = 401
"""The number of points of a single range that states none."""

LEAST_COUNT = 41
"""The number of points of such a range where the program is large."""

MOST_POINTS = 200_000
"""The most points of a picture: more do not help it."""

MOST_CURVES = 24
"""The most curves of a plot: there is no room for more."""

MOST_MAPS = 6
"""The most maps of a plot: there is no room for more."""


@click.command(cls=ProgramCommand)
@program_options
@over_options
@click.option(
    "--only",
    cls=Option,
    group=COMPUTE,
    type=click.Choice(["values", "derivatives"]),
    help="Plot the values alone, or the derivatives alone.",
)
@click.option(
    "--data",
    cls=Option,
    group=COMPUTE,
    metavar="FILE",
    help="Lay the points of a table over the curves. One column is the input of `--over`, by its name; the others are "
    "outputs (`y`) or derivatives (`dy_dx`).",
)
@output_options(CHARTS, "How to draw", "plot.svg", picture_options(THEMES))
def plot_command(
    problem: Problem,
    over: Sequence[str],
    tangent: Sequence[str],
    of: Sequence[str],
    wrt: Sequence[str],
    only: str | None,
    data: str | None,
    output: Destination,
    theme: str,
    scale: float,
) -> int:
    """Plot values and derivatives over a range of an input.

    \b
      cgraph plot "y = x^3 - 2*x" --over x=-2:2
      cgraph plot "y = abs(x) + sin(3*x)" --over x=-pi:pi -o plot.svg
      cgraph plot "y = a*exp(-x/b)" --a 2 --b 3 --over x=0:10 --data decay.csv
      cgraph plot "z = sin(x)*cos(y)" --over x=-3:3 --over y=-2:2 -o map.png

    The outputs' values are above, their derivatives below. Kinks, jumps and poles are found between the points of the
    range too. The curve breaks there, at a mark, and a line below the plot names the place. A second `--over` makes a
    map of each output: its contours, and its gradient as arrows that point uphill. The terminal needs the extra `plot`
    for curves, and so do PNG and the contours: `pip install 'cgraph-cli[plot]'`.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 there is nothing finite to plot.
    """  # fmt: skip
    view = output.view(theme=theme, scale=scale)
    with terminal.progress_bar() as stage:
        ranges = begin_ranges(problem, over, DEFAULT_COUNT)
        large = problem.large_arrays(stage) if over else None
        ranged = None if large is not None else read_ranges(problem, ranges, tangent, DEFAULT_COUNT, stage)
        ranges = ranged.ranges if ranged else ranges
        if len(ranges) > 2:
            raise RequestError(
                f"a plot has two axes, and {len(ranges)} inputs have a range",
                help=("leave" if over else "write") + " `--over` for two of them; `cgraph sweep` takes any number",
            )
        for taken in ranges:
            if taken[0] == taken[-1]:
                counted = next(filter(None, (re.fullmatch(r"(.+=[^:]+:[^:]+:\d+)", text) for text in over)), None)
                meant = f"{counted[1]}n` for that many points" if counted else f"{taken.name}=-3:3`"
                raise RequestError(
                    f"a plot needs a range of two points and more, and `{taken.name}` has one",
                    help=f"write `--over {meant}; `cgraph sweep` takes any",
                )
        if large is not None:
            if len(ranges) > 1:
                what = "arrays of this size are plotted over one element or one direction, and not over two"
                raise RequestError(what, help="leave one `--over` out; `cgraph sweep` takes both")
            direction, step = read_direction(large, tangent, ranges)
            request = Request(names(of), names(wrt), direction=direction)
            curved = _arrays_over(large, problem.inputs(large), ranges[0], request, step, only)
            chart, is_empty = _curves(curved, only, data, stage)
        elif ranged is not None and len(ranges) == 1:
            chart, is_empty = _curves(_numbers_over(ranged, of, wrt, only), only, data, stage)
        elif data is not None:
            what = "`--data` lies over curves, and two ranges make a map"
            raise RequestError(what, help="leave one `--over` out, or `--data`")
        else:
            assert ranged is not None
            chart, is_empty = _map(ranged, of, wrt, only, CHARTS.module(output.format).grid_of(view), stage)
        written = CHARTS.writer(output.format)(chart, view)
    output.put(written)
    return NOT_FINITE if is_empty else FINE


def _check_work(size: int, points: int) -> None:
    """Raise `RequestError` for a plot that would take too long."""
    if size * points > MOST_WORK:
        raise RequestError(
            f"a plot of {size:,} nodes at {points:,} points takes {size * points:,} evaluations of a node, "
            f"and {MOST_WORK:,} are the most",
            help="fewer points do with less, as in `--over x=-3:3:50n`; `cgraph sweep` has no such bound",
        )


def _points(taken: InputRange) -> list[float]:
    """List the points of a range in rising order, each once. Raises `RequestError` for more than there is room for."""
    points = sorted(set(taken))
    if max(-points[0], points[-1]) > LARGEST:
        raise RequestError(
            f"a plot reaches from {-LARGEST:g} to {LARGEST:g}, and `{taken.name}` goes beyond",
            help="`cgraph sweep` has no such bounds",
        )
    return points


class _Curved(NamedTuple):
    """A program to be plotted over a range: the labels of the outputs and of the nodes of the derivatives, its probe
    and its text.
    """

    taken: InputRange
    of: list[str]
    wrt: list[str]
    probe: Probe | ArrayProbe
    text: str


def _numbers_over(ranged: RangedProblem, of: Sequence[str], wrt: Sequence[str], only: str | None) -> _Curved:
    from cgraph_cli.trust.probe import Probe

    graph, (taken,) = ranged.graph, ranged.ranges
    outputs = find_outputs(graph, names(of))
    nodes = [] if only == "values" else find_nodes(graph, names(wrt) or ranged.swept, "--wrt")
    labels = graph.labels()
    probe = Probe(graph, ranged.inputs, outputs, [graph.find(taken.name), *nodes])
    return _Curved(
        taken, [labels[node] for node in outputs], [labels[node] for node in nodes], probe, graph.source.text
    )


def _arrays_over(
    graph: ArrayGraph,
    inputs: Mapping[str, Any],
    taken: InputRange,
    request: Request,
    step: str,
    only: str | None,
) -> _Curved:
    from cgraph_cli.results.over_ranges.array_points import ArrayPoints, ArrayProbe

    shown = [] if only == "values" else [*(request.wrt or [taken.name])]
    asked = Request(request.of, [taken.name, *shown], direction=request.direction)
    points = ArrayPoints(graph, inputs, [taken.name], asked, step)
    return _Curved(taken, [*points.outputs], shown, ArrayProbe(points, [taken.name, *shown]), graph.source.text)


def _curves(curved: _Curved, only: str | None, data: str | None, stage: Stage) -> tuple[Chart, bool]:
    """Make a chart over one range, and tell whether it is empty."""
    from cgraph_cli.results.over_ranges.curves import trace
    from cgraph_cli.results.over_ranges.samples import Explorer

    taken, outputs, nodes, size = curved.taken, curved.of, curved.wrt, curved.probe.size
    count = len(outputs) * (1 + len(nodes))
    if count > MOST_CURVES:
        raise RequestError(
            f"a plot has room for {MOST_CURVES} curves, and here are {count:,}",
            help="name fewer outputs (`--of`) or fewer nodes (`--wrt`); `cgraph sweep` takes any number",
        )
    count = min(DEFAULT_COUNT, max(LEAST_COUNT, MOST_WORK // (2 * size)))
    if not taken.is_counted:
        taken = InputRange(taken.name, taken.low, taken.high, count)
    check_size([taken], "--over", MOST_POINTS)
    xs = _points(taken)
    if len(xs) < count:  # a curve is smooth, even from few points
        xs = sorted({*xs, *InputRange(taken.name, xs[0], xs[-1], count)})
    _check_work(size, len(xs))
    curves = trace(Explorer(curved.probe, taken.name), xs, outputs, nodes, stage("plotting"))
    columns = [*outputs, *(f"d{output}_d{node}" for output in outputs for node in nodes)]
    drawn = [pair for pair in zip(columns, curves, strict=True) if only != "derivatives" or pair[1].order == 1]
    scatters = [] if data is None else _read_scatters(data, taken.name, dict(drawn))
    curves = [curve for _, curve in drawn]
    chart = CurveChart(curves, taken.name, xs[0], xs[-1], curved.text, scatters)
    return chart, not any(curve.pieces for curve in curves) and not any(scatter.points for scatter in scatters)


def _read_scatters(file: str, name: str, curves: Mapping[str, Curve]) -> list[Scatter]:
    """Read the points of a table that lie over curves, which are given by the columns of their heights.

    Raises `InputError` where the table lacks a column.
    """
    from cgraph_cli.commands.rows.binding import read_rows
    from cgraph_cli.commands.rows.file_kinds import format_of
    from cgraph_cli.commands.rows.job import open_table
    from cgraph_cli.commands.rows.tables import expand, find_column

    found = {column: Scatter(curve, column, []) for column, curve in curves.items()}
    for each in expand([file]):
        table = open_table(each, format_of(each))
        along = find_column(name, table.columns)
        named = {column: at for column in found if (at := find_column(column, table.columns))}
        missing = [*([] if along else [name]), *([] if named else list(found)[:1])]
        if missing:
            near = did_you_mean(missing[0], table.columns)
            help = f"its columns are {name_list(list(table.columns))}"
            what = f"`{each}` has no column{'s' * (len(missing) - 1)} {name_list(missing)}, which the plot needs"
            raise InputError(what, help=f"{near}\n{help}" if near else help)
        for batch in table.batches():
            for column, at in named.items():
                rows = read_rows(batch, [along, at])
                found[column].points.extend((x, y) for x, y in filter(None, rows) if isfinite(x) and isfinite(y))
    return [scatter for scatter in found.values() if scatter.points]


def _map(
    ranged: RangedProblem,
    of: Sequence[str],
    wrt: Sequence[str],
    only: str | None,
    grid: tuple[GridSize, GridSize],
    stage: Stage,
) -> tuple[Chart, bool]:
    """Make a chart over two ranges, of so many points and arrows, and tell whether it is empty."""
    from cgraph_cli.results.over_ranges.fields import survey

    graph = ranged.graph
    if wrt and only != "derivatives":
        raise RequestError(
            "`--wrt` has no part in a map: its arrows are the gradient along its two axes",
            help="add `--only derivatives` for a map of each derivative",
        )
    outputs = find_outputs(graph, names(of))
    nodes = find_nodes(graph, names(wrt) or ranged.swept, "--wrt") if only == "derivatives" else []
    count = len(outputs) * max(1, len(nodes))
    if count > MOST_MAPS:
        raise RequestError(
            f"a plot has room for {MOST_MAPS} maps, and here are {count:,}",
            help="name fewer outputs (`--of`) or fewer nodes (`--wrt`)",
        )
    sizes, arrows = grid
    if only == "values":
        arrows = (0, 0)
    ranges = [
        taken if taken.is_counted else InputRange(taken.name, taken.low, taken.high, size)
        for taken, size in zip(ranged.ranges, sizes, strict=True)
    ]
    check_size(ranges, "--over", MOST_POINTS)
    xs, ys = map(_points, ranges)
    _check_work(len(graph), len(xs) * len(ys))
    swept = (ranged.swept[0], ranged.swept[1])
    fields = survey(graph, ranged.inputs, swept, xs, ys, outputs, nodes, arrows, stage("plotting"))
    return MapChart(fields, graph.source.text), not any(field.extremes() for field in fields)
