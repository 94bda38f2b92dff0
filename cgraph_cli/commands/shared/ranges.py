"""Options that `sweep` and `plot` share, and a problem with the ranges that its inputs are taken through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from cgraph_cli.commands.shared.options import COMPUTE, Option, of_option, together, wrt_option
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.core.errors import InputError, RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.tensor import show_shape
from cgraph_cli.evaluation.inputs import check_settable
from cgraph_cli.results.over_ranges.ranges import InputRange, check_free, parse_ranges
from cgraph_cli.results.settings import constant

if TYPE_CHECKING:
    from cgraph_cli.results.report import Stage


class RangedProblem(NamedTuple):
    """A program, the inputs that stay as they are, and the ranges of the others."""

    graph: Graph
    inputs: dict[str, float]
    ranges: list[InputRange]

    @property
    def swept(self) -> list[str]:
        """The names of the inputs that have a range."""
        return [taken.name for taken in self.ranges]


over_options = together(
    click.option(
        "--over", cls=Option, group=COMPUTE, metavar="NAME=RANGE", multiple=True,
        help="Take an input through a range: `x=-3:3`, `a=0:10:0.5` (a step), `a=0:1:11n` (a count), "
        "`a=1e-4:1:*10` (a factor) or `a=1,2,5`. Several make a grid.",
    ),
    of_option("The outputs, in place of the last statement."),
    wrt_option("Differentiate with respect to these nodes. Default: the inputs that `--over` names."),
)  # fmt: skip


def read_ranges(problem: Problem, over: Sequence[str], count: int, stage: Stage) -> RangedProblem:
    """Read a program, its inputs and its ranges; a range that does not say so has `count` points.

    Raises `RequestError` where there is no range, and `InputError` for a range of what is no input.
    """
    graph, inputs = problem.read(stage)
    if not over:
        names = [graph.names[node] for node in sorted(graph.inputs(), key=lambda node: graph.numbers[node] is not None)]
        if not names:
            raise RequestError("the program has no input to take through a range",
                               help="a name that is never assigned is an input, such as `x` in `y = x^2`")  # fmt: skip
        raise RequestError("there is no range to take an input through", help=f"write `--over {names[0]}=-3:3`")
    ranges = parse_ranges(over, "--over", count, constant)
    for taken in ranges:
        check_settable(graph, taken.name)
        if graph.arrays is not None and (array := graph.arrays.node(taken.name)) is not None:
            shape = show_shape(graph.arrays.graph.shapes[array])
            help = "write one of its elements where it is used as an input of its own, as in `x = [a, 2]`"
            raise InputError(f"`{taken.name}` is an array of {shape}, and a range is one of numbers", help=help)
    check_free(ranges, {name: 0.0 for _, name, _ in problem.settings}, "--over")
    return RangedProblem(graph, inputs, ranges)
