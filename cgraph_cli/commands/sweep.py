"""`cgraph sweep`: values and derivatives at many points, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import Destination
from cgraph_cli.commands.shared.options import FINE, NOT_FINITE, arithmetic_option
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.ranges import begin_ranges, over_options, read_direction, read_ranges
from cgraph_cli.commands.shared.sheets import print_unknown, sheet_options, write_sheet
from cgraph_cli.results.over_ranges.ranges import check_size, grid_size
from cgraph_cli.results.request import Request
from cgraph_cli.results.settings import names

DEFAULT_COUNT = 11
"""The number of points of a range that states none."""


@click.command(cls=ProgramCommand)
@program_options
@over_options
@arithmetic_option
@sheet_options()
def sweep_command(
    problem: Problem,
    over: Sequence[str],
    tangent: Sequence[str],
    of: Sequence[str],
    wrt: Sequence[str],
    arithmetic: str,
    output: Destination,
    digits: int | None,
    everything: bool,
    allow_nonfinite: bool,
) -> int:
    """Print values and derivatives over a range of an input.

    \b
      cgraph sweep "y = x^3 - 2*x" --over x=-2:2:0.5
      cgraph sweep "e = (a + b)*(b + 1)" --over a=0:10:0.5 --over b=1,2,5 -o csv
      cgraph sweep "sum(x^2)" --x "[1, 2]" --tangent "x=[1,1]" --over t=-1:1

    Each point has a row: the inputs that `--over` names, each output's value, and its derivatives. Several `--over`
    make a grid, of which the last changes fastest. A range without a step or a count has 11 points. Other inputs are
    set as in `cgraph eval`: `--a 3`. The formats for machines (csv, tsv, jsonl, json) write each row as it is computed.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a result is undefined, infinite or unknown.
    """  # fmt: skip
    from cgraph_cli.render.contents.points import PointsSheet
    from cgraph_cli.results.over_ranges.points import Found, Points
    from cgraph_cli.trust.verdicts import Status

    finite, unknown = True, 0

    def watch(found: Iterator[Found]) -> Iterator[Found]:
        nonlocal finite, unknown
        for point, numbers in found:
            finite = finite and all(checked.is_finite for checked in numbers)
            unknown += sum(checked.verdict.status == Status.UNKNOWN for checked in numbers)
            yield point, numbers

    with terminal.progress_bar() as stage:
        ranges = begin_ranges(problem, over, DEFAULT_COUNT)
        large = problem.large_arrays(stage) if over else None
        if large is not None:
            from cgraph_cli.results.over_ranges.array_points import ArrayPoints

            check_size(ranges, "--over")
            direction, step = read_direction(large, tangent, ranges)
            request = Request(names(of), names(wrt), direction=direction, arithmetic=arithmetic)
            arrays = ArrayPoints(large, problem.inputs(large), [taken.name for taken in ranges], request, step)
            found = arrays.find(ranges, stage("sweeping"))
            sheet = PointsSheet(watch(found), grid_size(ranges), list(arrays.outputs), list(arrays.wrt))
        else:
            graph, inputs, ranges = ranged = read_ranges(problem, ranges, tangent, DEFAULT_COUNT, stage, by_point=True)
            check_size(ranges, "--over")
            points = Points(
                graph,
                inputs,
                ranges,
                names(of),
                names(wrt) or ranged.swept,
                checked=arithmetic == "checked",
                elaborate=problem.elaborator() if ranged.swept != [taken.name for taken in ranges] else None,
            )
            sheet = PointsSheet(watch(points.find(stage("sweeping"))), points.size, points.of, points.wrt)
        write_sheet(sheet, output, digits, everything)
        is_cut_short = large is None and points.budget.is_spent
    print_unknown(unknown, allow_nonfinite, is_cut_short)
    return FINE if finite or allow_nonfinite else NOT_FINITE
