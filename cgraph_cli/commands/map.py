"""`cgraph map`: values and derivatives at every row of files."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from glob import has_magic
from typing import Any

import click

from cgraph_cli.commands.rows.tables import STDIN
from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, has_input, program_options
from cgraph_cli.commands.shared.destination import Destination, output_options
from cgraph_cli.commands.shared.options import (
    COMPUTE,
    FINE,
    NOT_FINITE,
    OUTPUT,
    SETTINGS,
    FileName,
    Option,
    allow_nonfinite_option,
    arithmetic_option,
    of_option,
    wrt_option,
)
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.terminal import print_note
from cgraph_cli.commands.shared.uncertainty import correlation_option, read_correlations
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.language.numbers import is_number
from cgraph_cli.render import TABLES
from cgraph_cli.results.settings import names

ROWS = "Rows"

_EFFORT = 60.0


class MapCommand(ProgramCommand):
    """A command on a program and files of rows."""

    def check_programs(self, ctx: click.Context, programs: Sequence[str]) -> None:
        """Take every word after the program as a file."""

    def invoke(self, ctx: click.Context) -> Any:
        """Take the first word as a file too, where an option gives the program."""
        _check_values(ctx)
        file, program = ctx.params.get("file"), ctx.params.get("program")
        if file is not None and program is not None and _names_rows(file) and not _names_rows(program):
            what = f"`--file` names a program, and `{file}` is a file of rows"
            raise RequestError(what, help=f"write `cgraph map {_shown(program)} {_shown(file)}`")
        if file is not None and program is not None:
            ctx.params["tables"] = (ctx.params["program"], *ctx.params["tables"])
            ctx.params["program"] = None
        _check_order(ctx.params["program"], ctx.params["tables"])
        return super().invoke(ctx)


def _check_order(program: str | None, tables: Sequence[str]) -> None:
    """Raise `RequestError` for a file of rows in the program's place."""
    if program is not None and _names_rows(program):
        meant = next((word for word in tables if not _names_rows(word)), "y = …")
        words = [meant, program, *(word for word in tables if word != meant)]
        shown = " ".join(map(_shown, words))
        raise RequestError(f"`{program}` is a file of rows, and the program comes first", help=f"`cgraph map {shown}`")


def _shown(word: str) -> str:
    return word if re.fullmatch(r"[\w./-]+", word) else f'"{word}"'


def _check_values(ctx: click.Context) -> None:
    """Raise `RequestError` for the name of a column in a number's place, as in `--L Length`."""
    for option, name, text in ctx.meta.get(SETTINGS, ()):
        word = text.strip()
        if word.isidentifier() and word not in CONSTANTS and not is_number(word) and has_input(ctx, name):
            what = f"`{option}` takes a number, and `{word}` is a name"
            raise RequestError(what, help=f"for a column, write `--map {name}={word}`")


def _names_rows(word: str) -> bool:
    """Tell whether a word is the name or the pattern of files of rows."""
    ending = os.path.splitext(word)[1].lower()
    return ending in TABLES.endings() and "\0" not in word and (has_magic(word) or os.path.isfile(word))


@click.command(cls=MapCommand)
@program_options
@click.argument("tables", nargs=-1, type=FileName(), metavar="[FILE]...")
@click.option(
    "--map",
    "mapped",
    cls=Option,
    group=ROWS,
    metavar="INPUT=COLUMN,…",
    multiple=True,
    help="Take an input from a column of another name, or a vector from several (`w=w1,w2`) or from a column of lists. "
    "Default: from the column of its own name.",
)
@click.option(
    "--from",
    "source",
    cls=Option,
    group=ROWS,
    type=click.Choice(list(TABLES.formats)),
    metavar="FORMAT",
    help="The format of the files to read, where no ending names it.",
)
@click.option(
    "--limit",
    cls=Option,
    group=ROWS,
    metavar="N",
    type=click.IntRange(min=1),
    help="Read the first N rows only; with a folder out, those of each file.",
)
@click.option(
    "--on-error",
    cls=Option,
    group=ROWS,
    type=click.Choice(["stop", "null"]),
    default="stop",
    help="The reaction to a row with a word in a number's place: stop (the default), or leave its results "
    "empty, like those of a row without a number.",
)
@click.option(
    "--effort",
    cls=Option,
    group=ROWS,
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=_EFFORT,
    help="The most work on rows that doubles may have wrong, about so many seconds; further rows are "
    f"`unknown`. Default: {_EFFORT:.0f}.",
)
@of_option("The outputs, in place of the last statement.")
@wrt_option("Differentiate with respect to these nodes. Default: the inputs that are columns.")
@click.option("--no-gradient", cls=Option, group=COMPUTE, is_flag=True, help="Compute the outputs' values alone.")
@click.option("--hessian", cls=Option, group=COMPUTE, is_flag=True, help="Add the second derivatives.")
@click.option(
    "--u",
    "uncertain",
    cls=Option,
    group=COMPUTE,
    metavar="INPUT=COLUMN,…",
    multiple=True,
    help="The standard uncertainty of an input: a column, a number, or a percentage of the input, as in `--u L=2%`. "
    "Each output gets its uncertainty, and the share of each uncertain input in it.",
)
@correlation_option
@arithmetic_option
@click.option(
    "--native",
    cls=Option,
    group=ROWS,
    type=click.Choice(["auto", "never", "always"]),
    default="auto",
    help="Whether code is compiled for the program, by the machine's C compiler: where there is one and the rows are "
    "a million or more (the default), never, or always.",
)
@click.option(
    "--engine",
    cls=Option,
    group=ROWS,
    type=click.Choice(["local", "spark"]),
    default="local",
    help="The engine of the rows: this process (the default), or Spark, which then reads and writes them.",
)
@click.option(
    "--master",
    cls=Option,
    group=ROWS,
    metavar="URL",
    help="The master of Spark, as in `local[4]` or `spark://host:7077`. Default: that of Spark's settings.",
)
@click.option(
    "--only", cls=Option, group=OUTPUT, is_flag=True, help="Leave out the columns that the program does not use."
)
@click.option(
    "--where-bad", cls=Option, group=OUTPUT, is_flag=True, help="Write only the rows that are not all ok, nor null."
)
@click.option(
    "--resume",
    cls=Option,
    group=OUTPUT,
    is_flag=True,
    help="Go on in a folder, after the parts that are finished.",
)
@output_options(TABLES, "How to write the rows", "rows.parquet", folder="a part for each file, in its format")
@allow_nonfinite_option
def map_command(
    problem: Problem,
    tables: Sequence[str],
    mapped: Sequence[str],
    limit: int | None,
    on_error: str,
    effort: float,
    of: Sequence[str],
    wrt: Sequence[str],
    no_gradient: bool,
    hessian: bool,
    uncertain: Sequence[str],
    corr: Sequence[str],
    arithmetic: str,
    output: Destination,
    source: str | None,
    native: str,
    engine: str,
    master: str | None,
    only: bool,
    where_bad: bool,
    resume: bool,
    allow_nonfinite: bool,
) -> int:
    """Print values and derivatives at every row of files.

    \b
      cgraph map "rho = R*pi*d^2/(4*L)" wires.csv --R 0.1 -o rho.parquet
      cgraph map black_scholes.cg 'trades/*.parquet' -o greeks/
      head -1000 trades.csv | cgraph map model.cg > out.csv

    Each input of the program is a column of its name, or is set as in `cgraph eval`: `--R 0.1`. Every row gets the
    columns that `cgraph sweep` has: the output (`rho`), its derivatives (`drho_dd`), and a status beside each. A row
    without a number for an input has none in the results. Files are CSV, TSV, JSON lines, Parquet or Arrow; without
    one, standard input is read. A summary of the statuses goes to stderr.

    Exit status: 0 fine; 2 the program, the command line or a row is wrong; 3 a result is undefined, infinite or
    unknown.
    """  # fmt: skip
    from cgraph_cli.commands.rows.binding import first_numbers
    from cgraph_cli.commands.rows.file_kinds import format_of
    from cgraph_cli.commands.rows.job import Choice, open_table
    from cgraph_cli.commands.rows.run import UNITS_A_SECOND, Run, Wanted, pairs, shapes_of
    from cgraph_cli.commands.rows.tables import expand
    from cgraph_cli.results.uncertainty.correlations import Correlations

    if where_bad and arithmetic == "double":
        raise RequestError("`--where-bad` asks for statuses, and raw doubles have none", help="leave one of them out")
    if no_gradient and (hessian or wrt):
        raise RequestError(f"`--no-gradient` and `{'--hessian' if hessian else '--wrt'}` ask for opposite things")
    by_spark = engine == "spark"
    files = list(tables) if by_spark else expand(tables) if tables else [STDIN]
    if STDIN in files and (not problem.has_program or STDIN in (problem.program, problem.file)):
        raise RequestError("the program and the rows cannot both be read from standard input", help="name a file")
    into = (
        output.file if output.file is not None and (output.file.endswith(os.sep) or os.path.isdir(output.file)) else ""
    )
    if (resume or by_spark) and not into:
        what = "`--resume` goes on in a folder" if resume else "Spark writes to a folder"
        raise RequestError(what, help="name one, as in `-o parts/`")
    if into and STDIN in files:
        what = "a folder gets a part for each file, and standard input is none"
        raise RequestError(what, help=f"name a file in it, as in `-o {os.path.join(into, 'rows.csv')}`")
    if by_spark and (resume or not files):
        what = "Spark begins anew where it was stopped" if resume else "Spark reads files, and there is none"
        raise RequestError(what, help="leave `--resume` out" if resume else "name them after the program")
    with terminal.progress_bar() as stage:
        mapping = pairs(mapped)
        is_typed = STDIN in files and sys.stdin.isatty()  # the program is read first
        first = None if by_spark or is_typed else open_table(files[0], format_of(files[0], source))
        problem.shapes = shapes_of(mapping, first)
        by_place = not by_spark and problem.has_arrays(stage)
        if by_place and first is not None and first.file != STDIN:
            problem.start = first_numbers(open_table(files[0], format_of(files[0], source)), mapping)
        graph, inputs = problem.read(stage)
        wanted = Wanted(names(of), names(wrt), not no_gradient, hessian, arithmetic == "checked",
                        pairs(uncertain, "--u", "an uncertainty"), native)  # fmt: skip
        correlations = Correlations()
        read_correlations(problem.ctx, corr, correlations)
        choice = Choice(on_error == "null", limit, only, where_bad)
        run = Run(graph, inputs, wanted, mapping, effort * UNITS_A_SECOND, choice, correlations, first,
                  problem.settled(graph), problem.elaborator() if by_place else None)  # fmt: skip
        if by_spark:
            run.by_spark(files, source, output, master)
        else:
            formats = [format_of(file, source) for file in files]
            if into:
                run.to_folder(files, formats, output, resume, stage)
            else:
                run.to_file(files, formats, output, stage)
    if run.trouble:
        print_note(f"note: NumPy computed the rows: {run.trouble}")
    if run.headless:
        print_note(f"note: the first line of {run.headless} holds numbers, and names the columns all the same")
    for name in run.unread:
        print_note(f"note: `{name}` is set for all rows, and its column is not read")
    if wanted.checked:
        print_note(run.summary())
        if left_out := run.left_out():
            print_note(f"note: {left_out}")
    return NOT_FINITE if run.has_nonfinite and not allow_nonfinite else FINE
