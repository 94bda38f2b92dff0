"""What `sweep` and `plot` share: their options, the program and the ranges that its inputs are taken through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import click

from cgraph_cli.commands.shared.inputs import SETTINGS, constant, option_names, read_inputs
from cgraph_cli.commands.shared.options import COMPUTE, Option, of_option, together, wrt_option
from cgraph_cli.commands.shared.program import read_program
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.inputs import check_inputs, check_settable
from cgraph_cli.results.over_ranges.ranges import Range, check_free, parse_ranges
from cgraph_cli.symbolic.program import parse

Stage = Callable[[str], Callable[[int, int], None]]


class Task(NamedTuple):
    """A program, the inputs that stay as they are, and the ranges of the others."""

    graph: Graph
    inputs: dict[str, float]
    ranges: list[Range]

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


def read_task(
    ctx: click.Context,
    program: str | None,
    file: str | None,
    inputs_file: str | None,
    max_nodes: int,
    over: Sequence[str],
    count: int,
    stage: Stage,
) -> Task:
    """The program, its inputs and its ranges; a range that does not say so has `count` points."""
    graph = parse(read_program(ctx, program, file, inputs_file), max_nodes=max_nodes, progress=stage("reading"))
    if not over:
        names = [graph.names[node] for node in sorted(graph.inputs(), key=lambda node: graph.numbers[node] is not None)]
        if not names:
            raise RequestError("the program has no input to take through a range",
                               help="a name that is never assigned is an input, such as `x` in `y = x^2`")  # fmt: skip
        raise RequestError("there is no range to take an input through", help=f"write `--over {names[0]}=-3:3`")
    ranges = parse_ranges(over, "--over", count, constant)
    for taken in ranges:
        check_settable(graph, taken.name)
    check_free(ranges, {name: 0.0 for _, name, _ in ctx.meta.get(SETTINGS, ())}, "--over")
    inputs = read_inputs(ctx, graph, inputs_file)
    check_inputs(graph, inputs | {taken.name: taken[0] for taken in ranges}, option_names(ctx))
    return Task(graph, inputs, ranges)
