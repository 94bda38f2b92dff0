"""`cgraph map`: values and derivatives at every row of files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cgraph_cli.commands.rows.tables import STDIN
from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import Destination, output_options
from cgraph_cli.commands.shared.options import (
    COMPUTE,
    FINE,
    NOT_FINITE,
    OUTPUT,
    FileName,
    Option,
    allow_nonfinite_option,
    arithmetic_option,
    of_option,
    wrt_option,
)
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.core.errors import InputError, RequestError, did_you_mean, name_list
from cgraph_cli.render import TABLES
from cgraph_cli.results.settings import names

if TYPE_CHECKING:
    from cgraph_cli.commands.rows.job import Choice
    from cgraph_cli.commands.rows.tables import Table
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.results.report import Stage
    from cgraph_cli.results.rows.engine import Engine

ROWS = "Rows"

_EFFORT = 60.0
_UNITS_A_SECOND = 1e6


class MapCommand(ProgramCommand):
    """A command on a program and files of rows."""

    def check_programs(self, programs: Sequence[str]) -> None:
        """Take every word after the program for a file."""

    def invoke(self, ctx: click.Context) -> Any:
        """Take the first word for a file too, where the program is an option's."""
        if ctx.params.get("file") is not None and ctx.params.get("program") is not None:
            ctx.params["tables"] = (ctx.params["program"], *ctx.params["tables"])
            ctx.params["program"] = None
        return super().invoke(ctx)


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
    help="Take an input from a column of another name. Default: from the column of its own name.",
)
@click.option(
    "--from",
    "source",
    cls=Option,
    group=ROWS,
    type=click.Choice(list(TABLES.formats)),
    metavar="FORMAT",
    help="The format of what is read, where no ending says it.",
)
@click.option(
    "--limit",
    cls=Option,
    group=ROWS,
    metavar="N",
    type=click.IntRange(min=1),
    help="Read the first N rows only.",
)
@click.option(
    "--on-error",
    cls=Option,
    group=ROWS,
    type=click.Choice(["stop", "null"]),
    default="stop",
    help="What to do with a row that has a word where a number should be: stop (the default), or leave its results "
    "empty, as those of a row without a number.",
)
@click.option(
    "--effort",
    cls=Option,
    group=ROWS,
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=_EFFORT,
    help="The work that may go into rows of which doubles are not sure, about so many seconds; those beyond are "
    f"`unknown`. Default: {_EFFORT:.0f}.",
)
@of_option("The outputs, in place of the last statement.")
@wrt_option("Differentiate with respect to these nodes. Default: the inputs that are columns.")
@click.option("--no-gradient", cls=Option, group=COMPUTE, is_flag=True, help="Compute the outputs' values alone.")
@click.option("--hessian", cls=Option, group=COMPUTE, is_flag=True, help="Add the second derivatives.")
@arithmetic_option
@click.option("--only", cls=Option, group=OUTPUT, is_flag=True, help="Leave out columns that nothing here uses.")
@click.option("--where-bad", cls=Option, group=OUTPUT, is_flag=True, help="Write only the rows that are not all ok.")
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
    arithmetic: str,
    output: Destination,
    source: str | None,
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
    from cgraph_cli.commands.rows.job import Choice
    from cgraph_cli.commands.rows.tables import expand, format_of

    if where_bad and arithmetic == "double":
        raise RequestError("`--where-bad` asks for statuses, and raw doubles have none", help="leave one of them out")
    if no_gradient and (hessian or wrt):
        raise RequestError(f"`--no-gradient` and `{'--hessian' if hessian else '--wrt'}` ask for opposite things")
    files = expand(tables) if tables else [STDIN]
    if STDIN in files and (not problem.has_program or STDIN in (problem.program, problem.file)):
        raise RequestError("the program and the rows cannot both be read from standard input", help="name a file")
    with terminal.progress_bar() as stage:
        graph, inputs = problem.read(stage)
        wanted = _Wanted(names(of), names(wrt), not no_gradient, hessian, arithmetic == "checked")
        formats = [format_of(file, source) for file in files]
        choice = Choice(on_error == "null", limit, only, where_bad)
        run = _Run(graph, inputs, wanted, _pairs(mapped), effort * _UNITS_A_SECOND, choice)
        if output.file is not None and (output.file.endswith(os.sep) or os.path.isdir(output.file)):
            run.to_folder(files, formats, output, resume, stage)
        elif resume:
            raise RequestError("`--resume` goes on in a folder", help="name one, as in `-o parts/`")
        else:
            run.to_file(files, formats, output, stage)
    if wanted.checked:
        click.echo(run.summary(), err=True)
    return NOT_FINITE if run.nonfinite and not allow_nonfinite else FINE


class _Wanted(NamedTuple):
    """The quantities to compute, and whether doubles are to be checked."""

    of: Sequence[str]
    wrt: Sequence[str]
    gradient: bool
    second: bool
    checked: bool


class _Run:
    """A run over all files: what is computed, and the counts of rows so far."""

    def __init__(
        self, graph: Graph, inputs: Mapping[str, float], wanted: _Wanted, mapped: Mapping[str, str], effort: float,
        choice: Choice,
    ) -> None:  # fmt: skip
        self.graph = graph
        self.inputs = inputs
        self.wanted = wanted
        self.mapped = mapped
        self.effort = effort
        self.choice = choice
        self.counts: Counter[str] = Counter()
        self.nonfinite = 0
        self._engine: Engine | None = None
        _check_mapped(graph, inputs, mapped)

    def to_file(self, files: Sequence[str], formats: Sequence[str], output: Destination, stage: Stage) -> None:
        """Write the rows of all files to one place."""
        from cgraph_cli.commands.rows.job import open_table

        tables = [open_table(file, format) for file, format in zip(files, formats, strict=True)]
        for table in tables[1:]:
            if table.columns != tables[0].columns:
                raise RequestError(
                    f"`{table.file}` has other columns than `{tables[0].file}`",
                    help="`-o folder/` writes a part for each file",
                )
        self._write(tables, output, stage)

    def to_folder(
        self, files: Sequence[str], formats: Sequence[str], output: Destination, resume: bool, stage: Stage
    ) -> None:
        """Write a part for each file, but for those that are finished."""
        from cgraph_cli.commands.rows.folder import Folder
        from cgraph_cli.commands.rows.job import open_table

        work = [self.graph.source.text, sorted(self.inputs.items()), sorted(self.mapped.items()), self.wanted,
                self.effort, self.choice, output.format]  # fmt: skip
        out = Folder(output.file or "", work, resume=resume)
        places = [Destination(TABLES, output.format or format) for format in formats]
        for file, place in zip(files, places, strict=True):
            place.file = out.part(file, TABLES.formats[place.format].endings[0])
        parts = [place.file or "" for place in places]
        if len(set(parts)) < len(parts):
            twice = next(part for part in parts if parts.count(part) > 1)
            raise RequestError(f"two of the files would both become `{twice}`", help="name one folder for each")
        for file, format, place, part in zip(files, formats, places, parts, strict=True):
            if resume and out.is_finished(file):
                self._count(out.parts[file]["counts"])
                continue
            out.finish(file, part, self._write([open_table(file, format)], place, stage))

    def _count(self, counts: Mapping[str, int]) -> None:
        self.nonfinite += counts["nonfinite"]
        self.counts.update({name: count for name, count in counts.items() if name != "nonfinite"})

    def _write(self, tables: Sequence[Table], output: Destination, stage: Stage) -> dict[str, int]:
        from cgraph_cli.commands.rows.job import Job, write_rows

        engine, bound = self._engine_for(tables[0])
        engine.counts.clear()
        engine.nonfinite = 0
        job = Job(engine, tables, bound, self.choice, stage("computing"))
        _check_names(engine.quantities.names, job.kept, tables[0])
        write_rows(job, output)
        counts = {**engine.counts, "nonfinite": engine.nonfinite}
        self._count(counts)
        return counts

    def _engine_for(self, table: Table) -> tuple[Engine, dict[str, str]]:
        """Bind the inputs to the columns of a table, and make the engine for it, or take that of the last table."""
        from cgraph_cli.commands.rows.tables import bind
        from cgraph_cli.evaluation.inputs import check_inputs
        from cgraph_cli.results.rows.engine import Engine, has_arrays
        from cgraph_cli.results.rows.quantities import Quantities

        graph, wanted = self.graph, self.wanted
        inputs = [graph.names[node] or "" for node in graph.inputs()]
        bound = bind(table, [name for name in inputs if name not in self.inputs], self.mapped)
        missing = [name for name in inputs if name not in bound and name not in self.inputs]
        missing = [name for name in missing if graph.numbers[graph.nodes[name]] is None]
        if missing:
            raise _missing(graph, missing, table)
        given = {**dict.fromkeys(bound, 0.0), **self.inputs}
        fixed = {graph.names[node] or "": x for node, x in check_inputs(graph, given).items()}
        fixed = {name: number for name, number in fixed.items() if name not in bound}
        if self._engine is None or self._engine.fixed != fixed:
            wrt = wanted.wrt or (list(bound) if wanted.gradient else [])
            quantities = Quantities(graph, wanted.of, wrt, gradient=wanted.gradient, second=wanted.second)
            arrays, checked = has_arrays(), wanted.checked
            self._engine = Engine(quantities, fixed, checked=checked, effort=self.effort, arrays=arrays)
        return self._engine, bound

    def summary(self) -> str:
        """Count the rows by their worst status."""
        counts = {name: count for name, count in self.counts.items() if count}
        total = sum(counts.values())
        parts = [f"{count:,} {name}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1])]
        return f"{total:,} row{'s' * (total != 1)}: {', '.join(parts)}" if total else "no rows"


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        for part in text.split(","):
            name, equals, column = part.partition("=")
            if not (equals and name.strip() and column.strip()):
                raise RequestError(
                    f"`--map {text}` binds no input to a column", help="an input and a column, as in `--map x=column`"
                )
            if name.strip() in found:
                raise RequestError(f"`--map` gives `{name.strip()}` two columns", help="leave one of them out")
            found[name.strip()] = column.strip()
    return found


def _check_mapped(graph: Graph, inputs: Mapping[str, float], mapped: Mapping[str, str]) -> None:
    known = [graph.names[node] or "" for node in graph.inputs()]
    for name, column in mapped.items():
        if name not in known:
            help = did_you_mean(name, known) or f"its inputs are {name_list(known)}"
            raise InputError(f"`--map {name}={column}`: the program has no input `{name}`", help=help)
        if name in inputs:
            raise InputError(
                f"`{name}` has both a number and a column", help=f"leave out `--{name}` or `--map {name}=…`"
            )


def _missing(graph: Graph, missing: Sequence[str], table: Table) -> InputError:
    name = missing[0]
    near = did_you_mean(name, table.columns)
    help = f"{near}\n" if near else ""
    help += f"a column of another name is bound by `--map {name}=COLUMN`, and `--{name} 3` sets it for all rows"
    shown = "standard input" if table.file == STDIN else f"`{table.file}`"
    what = f"{shown} has no column `{name}`, which the program needs"
    if len(missing) > 1:
        what = f"{shown} has no columns {name_list(missing)}, which the program needs"
    help += "" if near else f"\nthe columns are {name_list(list(table.columns))}"
    return InputError(what, [graph.span(graph.nodes[name])], help)


def _check_names(names: Sequence[str], kept: Sequence[str], table: Table) -> None:
    for name in names:
        for column in (name, f"{name}_status"):
            if column in kept:
                raise RequestError(
                    f"`{table.file}` has a column `{column}` already",
                    help="another name in the program makes another column; `--only` leaves out unused ones",
                )
