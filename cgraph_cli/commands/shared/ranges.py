"""Options that `sweep` and `plot` share, and problems with ranges for their inputs.

A problem may also go along a line, in the direction that `--tangent` gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cgraph_cli.commands.shared.options import COMPUTE, Option, of_option, tangent_option, together, wrt_option
from cgraph_cli.commands.shared.problem import Problem, option_names
from cgraph_cli.core.errors import CgraphError, RequestError, name_list
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.nodes_by_label import has_array, is_settled
from cgraph_cli.core.tensor import show_index, show_shape
from cgraph_cli.evaluation.inputs import MissingInputError, check_settable, show_settings
from cgraph_cli.results.over_ranges.ranges import InputRange, check_free, instead_of_range, parse_ranges
from cgraph_cli.results.request import find_direction
from cgraph_cli.results.settings import assignments, plain_constant

if TYPE_CHECKING:
    from cgraph_cli.core.array_graph import ArrayGraph
    from cgraph_cli.results.report import Stage
    from cgraph_cli.symbolic.line import ProgramOnLine


class RangedProblem(NamedTuple):
    """A program, its fixed inputs, and the ranges of the others."""

    graph: Graph
    inputs: dict[str, float]
    ranges: list[InputRange]

    @property
    def swept(self) -> list[str]:
        """List the inputs with a range that are no constants at a point."""
        return [taken.name for taken in self.ranges if not is_settled(self.graph, taken.name)]


over_options = together(
    click.option(
        "--over", cls=Option, group=COMPUTE, metavar="NAME=RANGE", multiple=True,
        help="Vary an input over a range: `x=-3:3`, `a=0:10:0.5` (a step), `a=0:1:11n` (a count), "
        "`a=1e-4:1:*10` (a factor) or `a=1,2,5`. Several make a grid. An array's element is an input: `x[0]=-3:3`. "
        "Default: each input with a `range` in the program, but for those that are set.",
    ),
    tangent_option(
        "Move the inputs along a direction, such as `x=[1,2]`; a new name in `--over` is the distance along it: "
        "`--over t=-1:1`."
    ),
    of_option("The outputs, in place of the last statement."),
    wrt_option("Differentiate with respect to these nodes. Default: the inputs that `--over` names."),
)  # fmt: skip


def read_ranges(
    problem: Problem,
    over: list[InputRange],
    tangent: Sequence[str],
    count: int,
    stage: Stage,
    *,
    by_point: bool = False,
) -> RangedProblem:
    """Read a program, its inputs and its ranges: those of the program where none is `over`, with `count` points each.

    With a direction the program becomes one along the line, and a range of a new name is that of the way along it.
    Where the program may be another one at each point, `by_point`, shapes and places may hang on an input with a range:
    the program is that of the first point. Raises `RequestError` where there is no range, and `InputError` for a range
    of a name that is no input.
    """
    graph, inputs = problem.read(stage)
    ranges = over
    if not over:
        stated = [name for name in graph.ranges if name not in inputs and name in graph.nodes]
        ranges = [InputRange(name, *graph.ranges[name].bounds, count, is_counted=False) for name in stated]
    if not ranges or (tangent and not over):
        names = sorted(
            (graph.names[at] or "" for at in graph.inputs()), key=lambda name: _has_number(graph, inputs, name)
        )
        if not names:
            raise RequestError("the program has no input for a range",
                               help="a name that is never assigned is an input, such as `x` in `y = x^2`")  # fmt: skip
        way = next(name for name in ("t", "step", "way") if name not in graph.nodes)
        others = [name for name in names[1:] if not _has_number(graph, inputs, name)]
        help = f"write `{' '.join([f'--over {names[0]}=-3:3', *_settings(problem, graph, others)])}`"
        help = f"write `--over {way}=-1:1`" if tangent else help
        what = "there is no range for any input"
        for option, name, text in () if tangent else problem.settings:
            if meant := _range_of(text):
                what, help = f"`{option} {text}` is an array, and no range", f"write `--over {name}={meant}`"
        raise RequestError(what, help=help)
    for taken in ranges:
        if is_settled(graph, taken.name) and by_point and tangent:
            what = f"`{taken.name}` makes another program of each number, and a direction is that of one"
            help = f"write `--{taken.name} {next(iter(taken)):g}` in place of `--over {taken.name}=…`"
            raise RequestError(what, help=help)
        if is_settled(graph, taken.name) and not by_point:
            check_settable(graph, taken.name)
    if tangent:
        steps = [taken.name for taken in ranges if taken.name not in graph.nodes and not has_array(graph, taken.name)]
        graph, inputs = _along(graph, inputs, assignments(tangent, "--tangent", problem.input_names), steps, ranges)
    for taken in ranges:
        if not is_settled(graph, taken.name):
            check_settable(graph, taken.name)
        if graph.arrays is not None and (array := graph.arrays.node(taken.name)) is not None:
            shape = graph.arrays.graph.shapes[array]
            what = f"`{taken.name}` is an array of {show_shape(shape)}, and a range is that of one number"
            help = f"write `--over {taken.name}{show_index((0,) * len(shape))}=…`, or give a direction by `--tangent`"
            raise RequestError(what, help=help)
    check_free(ranges, {name: 0.0 for _, name, _ in problem.settings}, "--over")
    return RangedProblem(graph, inputs, ranges)


def _parse_over(problem: Problem, over: Sequence[str], count: int) -> list[InputRange]:
    """Read the ranges of `--over`. Raises `RequestError`, with the program's own names in its advice."""
    try:
        return parse_ranges(over, "--over", count, plain_constant)
    except RequestError as error:
        from cgraph_cli.commands.shared.guidance import in_own_names

        with suppress(CgraphError):
            help = in_own_names(error.diagnostic.help, problem.input_names())
            error.diagnostic = error.diagnostic._replace(help=help)
        raise


def begin_ranges(problem: Problem, over: Sequence[str], count: int) -> list[InputRange]:
    """Read the ranges of `--over`, and let the problem begin at their first point."""
    ranges = _parse_over(problem, over, count)
    problem.start = {taken.name: next(iter(taken)) for taken in ranges}
    return ranges


def _has_number(graph: Graph, inputs: Mapping[str, Any], name: str) -> bool:
    return name in inputs or graph.numbers[graph.nodes[name]] is not None


def _settings(problem: Problem, graph: Graph, names: Sequence[str]) -> list[str]:
    """Write the inputs of some names as the words that set them; none of an array, whose elements are many."""
    if not names or graph.arrays is not None:
        return []
    return [show_settings(dict.fromkeys(names, ()), option_names(problem.ctx))]


def _range_of(text: str) -> str:
    """Write the range that an array may be meant as: `[0, 10]`, `range(0, 11)`, `linspace(0, 10, 50)`."""
    steps = re.fullmatch(r"\s*range\(([^(),]+),([^(),]+)\)\s*", text)
    return f"{steps[1].strip()}:{steps[2].strip()}:1" if steps else instead_of_range(text)


def read_line(graph: Graph, inputs: dict[str, float], direction: Mapping[str, Any], step: str) -> ProgramOnLine:
    """Write the program along a line through its inputs. Raises `InputError` for an input without a value."""
    from cgraph_cli.symbolic.line import along_line

    nodes = find_direction(graph, direction, "--tangent")
    missing = [node for node in nodes if graph.names[node] not in inputs and graph.numbers[node] is None]
    if missing:
        raise MissingInputError(graph, missing)
    return along_line(graph, nodes, step)


def pick_step(steps: Sequence[str]) -> str:
    """Pick the name of the way along a direction: the only one of `--over` that is none of the program."""
    if len(steps) != 1:
        what = f"{name_list(steps)} are no inputs" if steps else "every range is that of an input"
        raise RequestError(
            f"`--tangent` gives a direction, which one name of `--over` goes along, and {what}",
            help="write `--over t=-1:1`",
        )
    return steps[0]


def read_direction(
    graph: ArrayGraph, tangent: Sequence[str], ranges: Sequence[InputRange]
) -> tuple[Mapping[str, Any], str]:
    """Read a direction of large arrays, and the name of the way along it; nothing where none is given."""
    if not tangent:
        return {}, ""
    names = (taken.name.partition("[")[0] for taken in ranges)
    return assignments(tangent, "--tangent"), pick_step([name for name in names if name not in graph.nodes])


def _along(
    graph: Graph, inputs: dict[str, float], direction: Mapping[str, Any], steps: list[str], ranges: list[InputRange]
) -> tuple[Graph, dict[str, float]]:
    """Write a ranged program along a line, with its inputs."""
    line = read_line(graph, inputs, direction, pick_step(steps))
    for taken in ranges:
        if taken.name in line.starts:
            raise RequestError(f"`{taken.name}` has both a range and a direction", help="leave one of them out")
    return line.graph, line.inputs(inputs)
