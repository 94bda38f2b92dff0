"""Jobs: the rows of tables through an engine, and into files that appear whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from cgraph_cli.commands.rows.ahead import map_ahead
from cgraph_cli.commands.rows.tables import (
    SEPARATORS,
    STDIN,
    TYPED,
    Batch,
    NewColumns,
    Numbers,
    Rows,
    Table,
    column_of,
    show_row,
)
from cgraph_cli.core.errors import InputError, RequestError
from cgraph_cli.results.rows.row_uncertainties import find_wrong

if TYPE_CHECKING:
    from cgraph_cli.commands.rows.plain_batches import PlainBatch
    from cgraph_cli.commands.shared.destination import Destination
    from cgraph_cli.results.rows.computed import Computed
    from cgraph_cli.results.rows.engine import RowEngine
    from cgraph_cli.results.rows.row_uncertainties import RowUncertainties


class Choice(NamedTuple):
    """The choice of the rows and columns to read and to write."""

    lenient: bool = False
    limit: int | None = None
    only_bound: bool = False
    only_bad: bool = False


def has_polars() -> bool:
    """Tell whether Polars is installed."""
    return find_spec("polars") is not None


def open_table(file: str, format: str) -> Table:
    """Open a file of rows. Raises `RequestError` for a format whose library is not installed."""
    if format in TYPED or (file != STDIN and format != "jsonl" and has_polars()):
        if file == STDIN:
            raise RequestError(f"{format} cannot be read from standard input", help="name a file")
        _need_polars(format)
        from cgraph_cli.commands.rows.polars_tables import FrameTable

        return FrameTable(file, format)
    from cgraph_cli.commands.rows.plain_tables import PlainTable

    return PlainTable(file, format)


def _need_polars(format: str) -> None:
    if not has_polars():
        raise RequestError(
            f"{format} is read and written by Polars, which is not installed",
            help="install it: `pip install 'cgraph-cli[data]'`; CSV and JSON lines need nothing",
        )


class Job:
    """The rows of some tables, through an engine, to one file.

    `bound` maps inputs to columns, and the columns `kept` pass through. The engine knows those of uncertainties. The
    rows are about as many as `count`.
    """

    def __init__(
        self, engine: RowEngine, tables: Sequence[Table], bound: Mapping[str, str], choice: Choice, count: int,
        advance: Callable[[int, int], None],
    ) -> None:  # fmt: skip
        self.engine = engine
        self.tables = tables
        self.bound = bound
        self.choice = choice
        self.count = count
        self.advance = advance
        self.read = read_columns(bound, engine.uncertain)
        self.kept = kept_columns(tables[0].columns, self.read, choice)

    def rows(self) -> Iterator[tuple[Batch, NewColumns]]:
        """Compute the new columns of each batch, in order; several batches are computed at once."""
        names, engine = self.engine.names, self.engine
        total, done = self.count, 0
        for batch, numbers, computed in self._computed():
            columns = {name: numbers.columns[column] for name, column in self.bound.items()}
            nulls = frozenset(numbers.nulls)
            statuses = engine.settle(computed, columns, batch.size, nulls, numbers.columns)
            shown = sorted(statuses) if self.choice.only_bad else None
            yield batch, NewColumns(names, computed.numbers, statuses if engine.checked else None, numbers.nulls, shown)
            done += batch.size
            self.advance(done, max(done, total))

    def _computed(self) -> Iterator[tuple[Batch, Numbers, Computed]]:
        workers = os.cpu_count() or 1
        if workers == 1 or not self.engine.is_parallel:
            yield from map(self._compute, self._batches())
            return
        yield from map_ahead(self._compute, self._batches(), workers)

    def _compute(self, batch: Batch) -> tuple[Batch, Numbers, Computed]:
        numbers = read_numbers(batch, self.read, self.engine.uncertain, self.choice.lenient)
        columns = {name: numbers.columns[column] for name, column in self.bound.items()}
        return batch, numbers, self.engine.compute(columns, batch.size)

    def _batches(self) -> Iterator[Batch]:
        left = self.choice.limit
        for table in self.tables:
            for batch in table.batches():
                if left is not None:
                    batch = batch.head(left)
                    left -= batch.size
                yield batch
                if left == 0:
                    return


def read_columns(bound: Mapping[str, str], uncertain: RowUncertainties | None) -> list[str]:
    """List the columns that are read: those of inputs, and those of their uncertainties."""
    return list(dict.fromkeys([*bound.values(), *(uncertain.columns if uncertain else ())]))


def kept_columns(columns: Sequence[str], read: Sequence[str], choice: Choice) -> list[str]:
    """List the columns that pass through: all, or those that are read."""
    used = {column_of(name, columns) for name in read}
    return [name for name in columns if not choice.only_bound or name in used]


def read_numbers(batch: Rows, columns: Sequence[str], uncertain: RowUncertainties | None, lenient: bool) -> Numbers:
    """Read some columns, of which those of uncertainties have finite numbers from 0 on.

    Raises `InputError` for others, unless `lenient`.
    """
    numbers = batch.read(columns, lenient)
    for name in uncertain.columns if uncertain else ():
        wrong = find_wrong(numbers.columns[name], numbers.nulls)
        if wrong and not lenient:
            row, number = wrong[0], float(numbers.columns[name][wrong[0]])
            raise InputError(
                f"{show_row(batch.file, batch.first + row + 1)} has the uncertainty {number:g} in `{name}`",
                help="an uncertainty is finite, and 0 or more\n`--on-error null` leaves the results of such rows empty",
            )
        numbers = numbers._replace(nulls=sorted({*numbers.nulls, *wrong}))
    return numbers


def write_rows(job: Job, output: Destination) -> None:
    """Write the rows of a job to its output, a file whole or not at all.

    Raises `RequestError` for half a character, which JSON alone can hold, by its number.
    """
    try:
        _write(job, output)
    except UnicodeEncodeError as error:
        code = f"U+{ord(error.object[error.start]):04X}"
        help = "`--only` leaves out the columns that the program does not use"
        raise RequestError(f"a word or a name has {code}, which is no character", help=help) from None


def _write(job: Job, output: Destination) -> None:
    if output.format not in TYPED:
        with output.opened() as text:
            _write_text(job, text, output.format)
        return
    _need_polars(output.format)
    from cgraph_cli.commands.rows.polars_writer import write_typed

    if output.file is not None:
        from cgraph_cli.commands.shared.whole_file import whole_file

        with whole_file(output.file) as stream:
            write_typed(_frames(job, typed=True), stream.name, output.format)
        return
    from shutil import copyfileobj
    from tempfile import NamedTemporaryFile

    from cgraph_cli.commands.shared.whole_file import removed_at_the_end

    # These formats are written to a file, for their footer.
    with NamedTemporaryFile(delete=False) as beside, removed_at_the_end(beside.name):
        write_typed(_frames(job, typed=True), beside.name, output.format)
        sys.stdout.flush()
        with open(beside.name, "rb") as written:
            copyfileobj(written, sys.stdout.buffer)


def _write_text(job: Job, stream: Any, format: str) -> None:
    from cgraph_cli.commands.rows.plain_tables import PlainTable
    from cgraph_cli.commands.rows.plain_writer import PlainWriter

    if format in SEPARATORS and not isinstance(job.tables[0], PlainTable):
        from cgraph_cli.commands.rows.polars_writer import FrameWriter

        stream.flush()
        writer = FrameWriter(stream.buffer, format)
        for frame in _frames(job, typed=False):
            writer.write(frame)
        return
    PlainWriter(stream, format, job.kept).write(_listed(job), job.count)


def _listed(job: Job) -> Iterator[tuple[PlainBatch, NewColumns]]:
    from cgraph_cli.commands.rows.plain_batches import PlainBatch

    for batch, new in job.rows():
        if not isinstance(batch, PlainBatch):
            from cgraph_cli.commands.rows.polars_tables import listed

            batch = listed(batch)  # type: ignore[arg-type]
        yield batch, new


def _frames(job: Job, *, typed: bool) -> Iterable[Any]:
    from cgraph_cli.commands.rows.plain_batches import PlainBatch
    from cgraph_cli.commands.rows.polars_tables import FrameBatch, framed
    from cgraph_cli.commands.rows.polars_writer import Kinds, extended

    kinds = Kinds(job.tables, set(job.read)) if typed else None
    for batch, new in job.rows():
        known = framed(batch) if isinstance(batch, PlainBatch) else batch
        assert isinstance(known, FrameBatch)
        frame = extended(known, job.kept, new)
        yield frame if kinds is None else kinds.apply(frame)
