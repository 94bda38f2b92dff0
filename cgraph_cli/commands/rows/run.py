"""Runs of a program over files of rows: the binding of inputs, the outputs, and the counts of rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pickle import dumps
from typing import TYPE_CHECKING, NamedTuple

from cgraph_cli.commands.rows.binding import bind_inputs
from cgraph_cli.commands.rows.file_kinds import format_of
from cgraph_cli.commands.rows.folder import Folder, part_of
from cgraph_cli.commands.rows.job import Choice, Job, kept_columns, open_table, read_columns, write_rows
from cgraph_cli.commands.rows.tables import (
    ELEMENT,
    Columns,
    Table,
    column_of,
    find_column,
    first_twice,
    shapes_in,
    show_file,
)
from cgraph_cli.commands.rows.uncertain_columns import bind_uncertainties
from cgraph_cli.commands.shared.destination import Destination, check_apart
from cgraph_cli.core.errors import InputError, RequestError, did_you_mean, name_list
from cgraph_cli.core.nodes_by_label import constant_items, is_settled, settled_inputs
from cgraph_cli.core.primitives import function
from cgraph_cli.evaluation.inputs import check_ignorable
from cgraph_cli.language.numbers import is_number
from cgraph_cli.render import TABLES

if TYPE_CHECKING:
    from cgraph_cli.commands.rows.spark import SparkTable
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.results.report import Stage
    from cgraph_cli.results.rows.engine import Engine, RowEngine
    from cgraph_cli.results.rows.row_uncertainties import InputUncertainty
    from cgraph_cli.results.uncertainty.correlations import Correlations

UNITS_A_SECOND = 1e6
"""The units of work that rows in doubt are taken to get in a second."""

MANY_ROWS = 1_000_000
"""The rows from which on code is compiled without being asked for: NumPy computes about as many in the time."""


_PACKED = re.compile(r"(\.gz|\.bz2|\.zst)?/*$")
"""The endings of files that Spark unpacks, and of folders."""


class Wanted(NamedTuple):
    """The quantities to compute, whether doubles are checked, and whether code is compiled."""

    of: Sequence[str]
    wrt: Sequence[str]
    gradient: bool
    second: bool
    checked: bool
    uncertain: Mapping[str, str]
    native: str


class Binding(NamedTuple):
    """The columns by their inputs, the numbers of the other inputs, and the nodes to differentiate in.

    `uncertain` are the uncertainties of inputs.
    """

    bound: dict[str, str]
    fixed: dict[str, float]
    wrt: Sequence[str]
    uncertain: dict[str, InputUncertainty]

    def places(self, graph: Graph) -> list[str]:
        """List the inputs with a column that shapes or places hang on."""
        return [name for name in self.bound if is_settled(graph, name)]


class Run:
    """A run over all files: its work, and the counts of rows so far.

    `first` is the first of the files, if it is open, and `settled` the given inputs that shapes or places hang on.
    `elaborate` makes the program of a row with other numbers of those that have columns.
    """

    def __init__(
        self, graph: Graph, inputs: Mapping[str, float], wanted: Wanted, mapped: Mapping[str, str], effort: float,
        choice: Choice, correlations: Correlations, first: Table | None = None, settled: Sequence[str] = (),
        elaborate: Callable[[Mapping[str, float]], Graph] | None = None,
    ) -> None:  # fmt: skip
        self.graph = graph
        self._settled = settled
        self._elaborate = elaborate
        self._first = first
        self.correlations = correlations
        self.inputs = inputs
        self.wanted = wanted
        self.mapped = _spread(graph, mapped)
        self.effort = effort
        self.choice = choice
        self.counts: Counter[str] = Counter()
        self.work: Counter[str] = Counter()
        self.trouble = ""
        self.unread: list[str] = []
        self.headless = ""
        self._engine: RowEngine | None = None
        self._binding: Binding | None = None
        self._native = ""
        _check_mapped(graph, inputs, self.mapped)

    def to_file(self, files: Sequence[str], formats: Sequence[str], output: Destination, stage: Stage) -> None:
        """Write the rows of all files to one place."""
        output.check_apart(files)
        tables = [self._open(file, format) for file, format in zip(files, formats, strict=True)]
        for table in tables[1:]:
            if table.columns != tables[0].columns:
                raise RequestError(
                    f"{show_file(table.file)} has other columns than {show_file(tables[0].file)}",
                    help="`-o folder/` writes a part for each file",
                )
        self._write(tables, output, stage)

    def to_folder(
        self, files: Sequence[str], formats: Sequence[str], output: Destination, resume: bool, stage: Stage
    ) -> None:
        """Write a part for each file that has no finished one."""
        numbers: list[object] = [*sorted((name, x, getattr(x, "u", 0.0)) for name, x in self.inputs.items())]
        numbers += [(name, *constant_items(self.graph, name)) for name in self._settled]
        work = [self.graph.source.text, numbers, sorted(self.mapped.items()), self.wanted, self.effort, self.choice,
                output.format, list(self.correlations.pairs())]  # fmt: skip
        places = [Destination(TABLES, output.format or format) for format in formats]
        for file, place in zip(files, places, strict=True):
            place.file = part_of(output.file or "", file, TABLES.formats[place.format].endings[0])
        parts = [place.file or "" for place in places]
        if len(set(parts)) < len(parts):
            raise RequestError(
                f"two of the files would both become `{first_twice(parts)}`", help="name one folder for each"
            )
        for part in parts:
            check_apart(part, files, output.file or "")
        out = Folder(output.file or "", work, resume=resume)
        for file, format, place, part in zip(files, formats, places, parts, strict=True):
            if resume and out.is_finished(file, format):
                self._count(out.parts[file]["counts"])
                continue
            out.finish(file, format, part, self._write([self._open(file, format)], place, stage))

    def _count(self, counts: Mapping[str, int]) -> None:
        from cgraph_cli.results.rows.engine import LOOKED, NONFINITE, UNLOOKED

        for name, count in counts.items():
            if name in (LOOKED, NONFINITE, UNLOOKED):
                self.work[name] += count
            else:
                self.counts[name] += count

    def _write(self, tables: Sequence[Table], output: Destination, stage: Stage) -> dict[str, int]:
        count = sum(table.estimate() for table in tables)
        if self.choice.limit is not None:
            count = min(count, self.choice.limit)
        engine, bound = self._engine_for(tables[0], count)
        job = Job(engine, tables, bound, self.choice, count, stage("computing"))
        _check_names(engine.names, job.kept, tables[0])
        write_rows(job, output)
        counts = engine.take_counts()
        self._count(counts)
        self.trouble = self.trouble or engine.trouble
        return counts

    def bind(self, table: Columns) -> Binding:
        """Bind the inputs to the columns of a table.

        Raises `InputError` for an input with neither column nor number.
        """
        wanted = self.wanted
        _check_mapped(self.graph, self.inputs, self.mapped, table.columns)
        by_place = self._elaborate is not None
        bound, fixed = bind_inputs(self.graph, self.inputs, self.mapped, table, self._settled, by_place=by_place)
        self.headless = show_file(table.file) if table.columns and all(map(is_number, table.columns)) else ""
        self.unread = [
            name
            for name in [*self.inputs, *self._settled]
            if find_column(name, table.columns) and name not in self.mapped.values()
        ]
        unused = set(table.columns).difference(column_of(name, table.columns) for name in bound.values())
        unused.difference_update(self._settled)
        check_ignorable(self.graph, sorted(name for name in unused if function(name) is None))
        uncertain = bind_uncertainties(self.graph, wanted.uncertain, table, fixed, bound)
        self.correlations.check([*bound, *fixed], uncertain)
        free = [name for name in bound if not is_settled(self.graph, name)]
        return Binding(bound, fixed, wanted.wrt or (free if wanted.gradient else []), uncertain)

    def _engine_for(self, table: Table, count: int) -> tuple[RowEngine, dict[str, str]]:
        """Make the engine for so many rows with the columns of a table, or reuse that of the last ones."""
        binding, native = self.bind(table), self._native_for(count)
        if self._engine is None or self._binding != binding or self._native != native:
            self._engine = self._make_engine(self.graph, binding, native)
            self._binding, self._native = binding, native
        return self._engine, binding.bound

    def _make_engine(self, graph: Graph, binding: Binding, native: str) -> RowEngine:
        from cgraph_cli.results.rows.engine import Engine, has_arrays
        from cgraph_cli.results.rows.quantities import Quantities
        from cgraph_cli.results.rows.row_uncertainties import RowUncertainties

        _, fixed, wrt, uncertain = binding
        wanted, places = self.wanted, binding.places(graph)
        if places and native == "auto":
            native = "never"  # each program of its own would be compiled

        def make(graph: Graph) -> Engine:
            quantities = Quantities(graph, wanted.of, wrt, gradient=wanted.gradient, second=wanted.second,
                                    moving=list(uncertain))  # fmt: skip
            more = RowUncertainties(quantities, uncertain, self.correlations) if uncertain else None
            return Engine(quantities, fixed, checked=wanted.checked, effort=self.effort, arrays=has_arrays(),
                          native=native, uncertain=more)  # fmt: skip

        elaborate = self._elaborate
        if not places or elaborate is None:
            return make(graph)
        from cgraph_cli.results.rows.places import EngineByPlace

        return EngineByPlace(make(graph), places, lambda point: make(elaborate(point)))

    def _native_for(self, count: int) -> str:
        """Choose compiled code for many rows; it hangs on the files alone, for the numbers to be the same each time."""
        if self.wanted.native != "auto":
            return self.wanted.native
        return "auto" if count >= MANY_ROWS else "never"

    def _open(self, file: str, format: str) -> Table:
        """Open a file, unless it is the one that is open already."""
        table, self._first = self._first, None
        return table if table is not None and table.file == file else open_table(file, format)

    def by_spark(self, files: Sequence[str], source: str | None, output: Destination, master: str | None) -> None:
        """Let Spark read the files, and write a folder."""
        from cgraph_cli.commands.rows import spark
        from cgraph_cli.commands.rows.arrow_batches import Work

        formats = {format_of(_PACKED.sub("", file), source) for file in files}
        if len(formats) > 1:
            raise RequestError("Spark reads files of one format", help="`--from` says which")
        (format,) = formats
        spark.kind(format)
        spark.kind(output.format or format)
        spark.check_apart(files, output.file or "")
        session = spark.begin(master)
        table = spark.SparkTable(session, files, format, self.choice.limit)
        bound, fixed, wrt, uncertain = self.bind(table)
        spark.check_lists(table, bound)
        wanted, choice = self.wanted, self.choice
        work = Work(
            dumps(self.graph), tuple(wanted.of), tuple(wrt), wanted.gradient, wanted.second, wanted.checked,
            self.effort, tuple(fixed.items()), tuple(bound.items()), (), choice.lenient, choice.only_bad,
            tuple(uncertain.items()), tuple(self.correlations.pairs()),
            self._native_by_spark(table),
        )  # fmt: skip
        engine = work.engine(work.native if table.is_here else "never")  # compiled once for all workers here
        work = work._replace(kept=tuple(kept_columns(table.columns, read_columns(bound, engine.uncertain), choice)))
        _check_names(engine.names, work.kept, table)
        counts, self.trouble = spark.run(table, work, output.file or "", output.format or format)
        self._count(counts)

    def _native_by_spark(self, table: SparkTable) -> str:
        """Choose compiled code as for files where all workers have one compiler, which decides the last digits."""
        if self.wanted.native != "auto":
            return self.wanted.native
        return "auto" if table.is_here and table.holds(MANY_ROWS) else "never"

    @property
    def has_nonfinite(self) -> bool:
        """True where a row has a number that is not finite or not known."""
        from cgraph_cli.results.rows.engine import NONFINITE

        return self.work[NONFINITE] > 0

    def left_out(self) -> str:
        """Say how many rows the effort left out, and about which effort takes all of them."""
        from cgraph_cli.results.rows.engine import LOOKED, UNLOOKED

        left, looked = self.work[UNLOOKED], self.work[LOOKED]
        if not left:
            return ""
        rows = f"{left:,} row{'s' * (left != 1)}"
        what = f"`--effort {self.effort / UNITS_A_SECOND:.4g}` left out {rows}, whose numbers are unknown"
        needed = 1.05 * self.effort / UNITS_A_SECOND * (1 + left / max(looked - 1, 0.5)) if looked else 0
        return f"{what}; about `--effort {needed:.2g}` takes all" if needed else what

    def summary(self) -> str:
        """Count the rows by their worst status."""
        counts = {name: count for name, count in self.counts.items() if count}
        total = sum(counts.values())
        parts = [f"{count:,} {name}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1])]
        return f"{total:,} row{'s' * (total != 1)}: {', '.join(parts)}" if total else "no rows"


def pairs(texts: Sequence[str], option: str = "--map", named: str = "a column") -> dict[str, str]:
    """Read `x=column,w=w1,w2` as a column for each input, and for each element of an array."""
    found: dict[str, list[str]] = {}
    for text in texts:
        columns: list[str] = []
        for part in text.split(","):
            name, equals, column = part.partition("=")
            if equals and name.strip() in found:
                raise RequestError(f"`{option}` gives `{name.strip()}` {named} twice", help="leave one of them out")
            if equals:
                columns = found.setdefault(name.strip(), [])
            columns.append((column if equals else part).strip())
        if "" in found or not found or not all(map(all, found.values())):
            help = f"an input and {named}, as in `{option} x=column`"
            if "=" not in text and ":" in text:
                help = f"write `{option} {text.replace(':', '=')}`"
            elif option == "--u" and "=" not in text:
                help += f"; `--set u={text}` sets an input `u`"
            raise RequestError(f"`{option} {text}` gives no input {named}", help=help)
    single = {name: columns[0] for name, columns in found.items() if len(columns) == 1}
    return single | {f"{n}[{at}]": c for n, columns in found.items() if n not in single for at, c in enumerate(columns)}


def shapes_of(mapped: Mapping[str, str], table: Table | None) -> dict[str, tuple[int, ...]]:
    """Find the shapes of arrays by the inputs that they are for: those in the table, and vectors of several columns."""
    shapes = {} if table is None else shapes_in(table)
    vectors = {name: shape for name, shape in shapes.items() if len(shape) == 1}
    vectors |= {name: vectors[column.strip()] for name, column in mapped.items() if column.strip() in vectors}
    for name in mapped:
        if element := ELEMENT.fullmatch(name):
            (length,) = vectors.get(element[1], (0,))
            vectors[element[1]] = (max(length, int(element[2]) + 1),)
    return shapes | vectors


def _spread(graph: Graph, mapped: Mapping[str, str]) -> dict[str, str]:
    """Give each element of an array its column: several are in the order of the elements, one is a column of lists."""
    if graph.arrays is None:
        return dict(mapped)
    found: dict[str, str] = {}
    labels = graph.labels()
    for name, column in mapped.items():
        element = ELEMENT.fullmatch(name)
        whole, part = graph.arrays.node(name), graph.arrays.node(element[1]) if element else None
        if whole is not None:
            elements = graph.arrays.elements[whole].items
            found |= {labels[each]: f"{column}[{at}]" for at, each in enumerate(elements)}
        elif element and part is not None and int(element[2]) < len(graph.arrays.elements[part].items):
            found[labels[graph.arrays.elements[part].items[int(element[2])]]] = column
        else:
            found[name] = column
    return found


def _check_mapped(
    graph: Graph, inputs: Mapping[str, float], mapped: Mapping[str, str], columns: Sequence[str] | None = None
) -> None:
    """Raise `InputError` for a column of what is no input, or has a number too.

    Whether an input stands in a column's place is known with the `columns` alone.
    """
    known = [graph.names[node] or "" for node in graph.inputs()]
    for name, column in mapped.items():
        if name not in known:
            if (column in known and columns is None) or name in settled_inputs(graph):
                continue
            help = did_you_mean(name, known) or f"its inputs are {name_list(known)}"
            if column in known and find_column(name, columns or ()):
                help = f"the input comes first: write `--map {column}={name}`"
            raise InputError(f"`--map {name}={column}`: the program has no input `{name}`", help=help)
        if name in inputs:
            raise InputError(
                f"`{name}` has both a number and a column", help=f"leave out `--{name}` or `--map {name}=…`"
            )


def _check_names(names: Sequence[str], kept: Sequence[str], table: Columns) -> None:
    if len(set(names)) < len(names):
        raise RequestError(
            f"two new columns would have the name `{first_twice(names)}`",
            help="another name in the program makes another column",
        )
    passed = set(kept)
    for name in names:
        for column in (name, f"{name}_status"):
            if column in passed:
                raise RequestError(
                    f"{show_file(table.file)} has a column `{column}` already",
                    help="another name in the program makes another column; `--only` leaves out unused ones",
                )
