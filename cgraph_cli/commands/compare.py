"""`cgraph compare`: a test that two programs compute the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cgraph_cli.checks.compare import compare
from cgraph_cli.checks.gradients import Settings
from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.checking import (
    CHECK,
    outcome_options,
    sampling_of,
    sampling_options,
    tolerance,
    tolerance_options,
    write_outcomes,
)
from cgraph_cli.commands.shared.command_words import ProgramCommand, input_options
from cgraph_cli.commands.shared.destination import Destination
from cgraph_cli.commands.shared.options import of_option
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.core.errors import RequestError
from cgraph_cli.results.settings import names

if TYPE_CHECKING:
    from cgraph_cli.core.array_graph import ArrayGraph
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.results.report import Stage

_USAGE = "write `cgraph compare OLD.cg NEW.cg`; a program that is no file goes in quotes"


class CompareCommand(ProgramCommand):
    """A command on two programs."""

    def check_programs(self, ctx: click.Context, programs: Sequence[str]) -> None:
        """Raise `RequestError` for more than two programs."""
        if len(programs) > 2:
            raise RequestError(f"there are {len(programs)} programs, and two are compared", help=_USAGE)


@click.command(cls=CompareCommand)
@click.argument("old", required=False, type=click.Path(), metavar="OLD")
@click.argument("new", required=False, type=click.Path(), metavar="NEW")
@input_options
@of_option("The outputs to compare. Default: all that the two share.", CHECK)
@tolerance_options
@sampling_options("Default: 100 times.", " or have a default and no range")
@outcome_options
def compare_command(
    problem: Problem,
    old: str | None,
    new: str | None,
    of: Sequence[str],
    rtol: str,
    atol: str,
    samples: int | None,
    range_: Sequence[str],
    seed: int | None,
    output: Destination,
    quiet: bool,
) -> int:
    """Check that two programs compute the same.

    \b
      cgraph compare old.cg new.cg --samples 1000 --range a=0:10
      cgraph compare "log(1 + exp(x))" "softplus(x)"

    OLD and NEW are programs: files that end in .cg, `-` for standard input, or texts. Their shared outputs are the last
    statement, and names that nothing else in their program uses. Each has to have the same value, and the same gradient
    with respect to each input, at random points, within the overlap of the programs' ranges. An input that is set, as
    with `--a 3`, keeps its number, and so does one with a default and no range. True numbers are compared, in which
    `0.1` is a tenth, so that another order of rounding is no difference. A number that cannot be settled fails.

    Exit status: 0 nothing changed; 1 something did, shown at its greatest change; 2 a program or the command line is
    wrong.
    """  # fmt: skip
    if old is None or new is None:
        raise RequestError(f"there is {'one' if old else 'no'} program, and two are compared", help=_USAGE)
    if old == new == "-":
        raise RequestError("the two programs cannot both be read from standard input", help="name a file for one")
    sampling = sampling_of(samples, range_, seed, 100)
    settings = Settings(names(of), (), tolerance(rtol, "--rtol"), tolerance(atol, "--atol"), sampling)
    problems = [(problem.with_program(old), "old"), (problem.with_program(new), "new")]
    with terminal.progress_bar() as stage:
        large = _large_arrays(problems, stage)
        graphs: list[Graph] = [*large] or [each.graph(stage, f"reading {name}", name) for each, name in problems]
        inputs: dict[str, Any] = {}
        for graph in reversed(graphs):
            inputs |= problem.inputs(graph, others=graphs)
        if large:
            if samples is not None or range_:
                what = "arrays of this size are compared at one point"
                raise RequestError(what, help="leave `--samples` and `--range` out, and set every input")
            from cgraph_cli.checks.array_compare import compare_arrays

            outcome = compare_arrays(large[0], large[1], inputs, settings)
        else:
            outcome = compare(graphs[0], graphs[1], inputs, settings, stage("comparing"))
    return write_outcomes([outcome], output, quiet)


def _large_arrays(problems: Sequence[tuple[Problem, str]], stage: Stage) -> list[ArrayGraph]:
    """Parse two programs as arrays, where one of them is too large for its scalar program; nothing otherwise."""
    found = [each.large_arrays(stage, f"reading {name}", name) for each, name in problems]
    if not any(found):
        return []
    arrays = [large or each.large_arrays(always=True) for large, (each, _) in zip(found, problems, strict=True)]
    return [graph for graph in arrays if graph is not None] if all(arrays) else []
