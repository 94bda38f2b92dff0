"""`cgraph check`: tests of gradients and assertions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from cgraph_cli.checks.expectations import Expectation
from cgraph_cli.checks.gradients import Settings, check
from cgraph_cli.checks.outcomes import Outcome
from cgraph_cli.checks.sampling import input_names
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
from cgraph_cli.commands.shared.files import is_file_name
from cgraph_cli.commands.shared.options import OUTPUT, WRONG, Option, of_option
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.usage import print_diagnostic
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import CgraphError, Diagnostic, RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.results.settings import names, plain_value

if TYPE_CHECKING:
    from cgraph_cli.commands.rows.tables import Table

_MOST_ROWS = 100_000
"""More rows than any program is checked at."""


class CheckCommand(ProgramCommand):
    """A command on any number of programs in files."""

    def check_programs(self, ctx: click.Context, programs: Sequence[str]) -> None:
        """Raise `RequestError` for several programs outside files."""
        if not all(program == "-" or is_file_name(program) for program in programs):
            super().check_programs(ctx, programs)


@click.command(cls=CheckCommand)
@click.argument("programs", nargs=-1, type=click.Path(), metavar="[PROGRAM]...")
@click.option(
    "-f",
    "--file",
    "files",
    cls=Option,
    group="Program and inputs",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="Read a program from a file; may be given several times.",
)
@input_options
@of_option("The outputs whose gradients are checked, in place of the last statement.", CHECK)
@click.option(
    "--expect",
    cls=Option,
    group=CHECK,
    metavar="NAME[.grad]=NUMBER,…",
    multiple=True,
    help="Check a node's value (`e=8`) or gradient (`a.grad=2`) as well.",
)
@tolerance_options
@click.option(
    "--rows",
    cls=Option,
    group=CHECK,
    metavar="FILE",
    help="Check at the rows of a table (CSV, TSV, JSON lines, Parquet, Arrow; `-` for standard input). Its columns are "
    "inputs by their names.",
)
@sampling_options("Without it, one point is checked, and has to be given.", " or have a default and no range")
@click.option(
    "--errors",
    cls=Option,
    group=OUTPUT,
    is_flag=True,
    help="Add a bound of the error of plain doubles in each output, and its condition number in each input, the "
    "largest of all points (text, json, tap).",
)
@outcome_options
def check_command(
    problem: Problem,
    programs: Sequence[str],
    files: Sequence[str],
    of: Sequence[str],
    expect: Sequence[str],
    rtol: str,
    atol: str,
    rows: str | None,
    samples: int | None,
    range_: Sequence[str],
    seed: int | None,
    errors: bool,
    output: Destination,
    quiet: bool,
) -> int:
    """Check gradients and assertions.

    \b
      cgraph check model.cg layer.cg --samples 100
      cgraph check "e = (a + b)*(b + 1)" --a 3 --b 1 --expect a.grad=2
      cgraph check black_scholes.cg --rows trades.csv

    A PROGRAM is a file that ends in .cg, `-` for standard input, or a text. For each, three things are checked. The
    gradients of the forward and of the reverse sweep agree. Both agree with differences of the value, which use no rule
    for derivatives. Every `assert` holds. True numbers are compared, within the tolerance alone, and a number that
    cannot be settled fails. In an `assert`, `==` without `within` means a relative 1e-9, and `grad(e, a)` is ∂e/∂a.

    With `--samples`, all of it is checked at random points, the assertions too. Inputs that are set keep their numbers,
    and so do inputs with a default, unless `--range` or a `range` of the program names them. With `--rows`, it is
    checked at the rows of a file. A gradient that no double holds at any of these points fails: `--atol 1e-300` takes 0
    for a smaller number.

    Exit status: 0 all is right; 1 a check failed; 2 a program or the command line is wrong.
    """  # fmt: skip
    if rows is not None and (samples is not None or range_):
        option = "--samples" if samples is not None else "--range"
        raise RequestError(f"`--rows` and `{option}` choose other points", help="leave one of them out")
    sampling = sampling_of(samples, range_, seed)
    settings = Settings(
        names(of), _expectations(expect), tolerance(rtol, "--rtol"), tolerance(atol, "--atol"), sampling
    )
    problems = [problem.with_program(program) for program in programs]
    problems += [problem.with_program(None, file) for file in files]
    problems = problems or [problem]
    read_from_stdin = "-" in programs or "-" in files or not problems[0].has_program
    if rows == "-" and (len(problems) > 1 or read_from_stdin):
        raise RequestError("standard input holds the rows of one program, and nothing else", help="name a file of rows")
    if rows is not None and rows != "-":
        from cgraph_cli.commands.rows.tables import shapes_in

        with suppress(CgraphError):  # which is told with the program
            shapes = shapes_in(next(_tables(rows)))
            for each in problems:
                each.shapes = shapes
    alone = len(problems) == 1 and output.format == "text"
    read: list[tuple[str, Graph | list[Diagnostic]]] = []
    outcomes: list[Outcome] = []
    with terminal.progress_bar() as stage:
        for each in problems:
            name = each.file or each.program or "-"
            try:
                read.append((name, each.large_arrays(stage, f"reading {name}") or each.graph(stage)))
            except CgraphError as error:
                found = [error.diagnostic, *each.further_errors(error)]
                found.sort(key=lambda said: said.spans[0].start if said.spans else -1)
                if alone:
                    return _print_all(found)
                read.append((name, found))
        graphs = [graph for _, graph in read if isinstance(graph, Graph)]
        for name, graph in read:
            if not isinstance(graph, Graph):
                outcomes.append(Outcome(name, errors=graph))
                continue
            try:
                begun = perf_counter()
                if errors and isinstance(graph, ArrayGraph):
                    what = "arrays of this size have no bounds of the errors of doubles"
                    raise RequestError(what, help="leave `--errors` out; `cgraph eval` tells ill-conditioned matrices")
                inputs = problem.inputs(graph, others=graphs)
                chosen = _settings_for(graph, graphs, settings)
                if rows is not None:
                    chosen = chosen._replace(places=_places(rows, graph, inputs, problem.settled(graph)))
                outcomes.append(_check(graph, inputs, chosen, stage(f"checking {name}")))
                outcomes[-1].seconds = perf_counter() - begun
            except CgraphError as error:
                if alone:
                    raise
                outcomes.append(Outcome(name, errors=[error.diagnostic]))
    status = write_outcomes(outcomes, output, quiet, errors=errors)
    for outcome in outcomes:
        _print_all(outcome.errors)
    return status


def _check(
    graph: Graph, inputs: Mapping[str, Any], settings: Settings, progress: Callable[[int, int], None]
) -> Outcome:
    """Check a program by its elements, or where these are too many by its arrays."""
    if isinstance(graph, ArrayGraph):
        from cgraph_cli.checks.array_checks import check_arrays

        return check_arrays(graph, inputs, settings)
    return check(graph, inputs, settings, progress)


def _print_all(errors: Sequence[Diagnostic]) -> int:
    """Write the errors of a program to stderr, and give the exit status."""
    for diagnostic in errors:
        print_diagnostic(diagnostic)
    return WRONG


def _places(
    file: str, graph: Graph, inputs: Mapping[str, float], settled: Sequence[str]
) -> list[Mapping[str, float] | None]:
    """Read the rows of a file, or of those that a pattern names, as points; too many are not all read."""
    from cgraph_cli.commands.rows.binding import read_points
    from cgraph_cli.commands.rows.tables import show_file

    if isinstance(graph, ArrayGraph):
        what = "arrays of this size are not checked at the rows of a table"
        raise RequestError(what, help="leave `--rows` out, and give one point")
    points = (read_points(table, graph, inputs, settled) for table in _tables(file))
    found: list[Mapping[str, float] | None] = list(islice(chain.from_iterable(points), _MOST_ROWS))
    if not found:
        raise RequestError(f"{show_file(file)} has no rows", help="the first line names the columns, and rows follow")
    return found


def _tables(file: str) -> Iterator[Table]:
    """Open a file of rows, or those that a pattern names."""
    from cgraph_cli.commands.rows.file_kinds import format_of
    from cgraph_cli.commands.rows.job import open_table
    from cgraph_cli.commands.rows.tables import expand

    return (open_table(each, format_of(each)) for each in expand([file]))


def _settings_for(graph: Graph, graphs: Sequence[Graph], settings: Settings) -> Settings:
    """Leave out the ranges of inputs that this program lacks and another one has."""
    if settings.sampling is None:
        return settings
    others = set(input_names(graphs)).difference(input_names([graph]))
    return settings._replace(sampling=settings.sampling.over_elements(graphs).without(others))


def _expectations(texts: Sequence[str]) -> list[Expectation]:
    expectations = []
    for part in names(texts):
        label, equals, number = (word.strip() for word in part.partition("="))
        found = re.fullmatch(r"([^.]+?)(?:\.(grad|value))?(\[[^\]]*\])?", label)
        if not equals or found is None:
            raise RequestError(
                f"`--expect {part}` is not a node and the number to expect of it",
                help="a value is expected as in `--expect e=8`, and a gradient as in `--expect a.grad=2`",
            )
        if number.startswith("="):
            raise RequestError(
                f"`--expect {part}` has a second `=`", help=f"write `--expect {label}={number.lstrip('= ')}`"
            )
        stem, what, index = found.groups("")
        within = f"write `--expect {label}={{value}} --atol {{u}}`"
        wanted = plain_value(number, f"--expect {label}", within)
        expectations.append(Expectation(stem + index, what == "grad", wanted))
    return expectations
