"""Batches of Arrow through an engine, as Spark's workers do it: all of this module can be sent to a worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pickle import loads
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cgraph_cli.commands.rows.job import read_columns, read_numbers
from cgraph_cli.commands.rows.plain_batches import PlainBatch
from cgraph_cli.commands.rows.tables import Element, NewColumns, Numbers, find_elements
from cgraph_cli.results.rows.engine import Engine
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.results.rows.row_uncertainties import InputUncertainty, RowUncertainties
from cgraph_cli.results.uncertainty.correlations import Correlations
from cgraph_cli.trust.verdicts import STATUSES, Status

if TYPE_CHECKING:
    import pyarrow as pa

WORDS: Sequence[str] = STATUSES
"""The statuses by their codes: Spark takes much longer for the words of a row than for its numbers."""

NO_WORD = -1
"""The code of the status of a row without a number."""


class Work(NamedTuple):
    """The work on every batch: a program as Python's pickle of it, the request, the inputs' numbers and columns."""

    program: bytes
    of: tuple[str, ...]
    wrt: tuple[str, ...]
    gradient: bool
    second: bool
    checked: bool
    effort: float
    fixed: tuple[tuple[str, float], ...]
    bound: tuple[tuple[str, str], ...]
    kept: tuple[str, ...]
    lenient: bool
    only_bad: bool
    uncertain: tuple[tuple[str, InputUncertainty], ...] = ()
    correlated: tuple[tuple[str, str, float], ...] = ()
    native: str = "never"

    def quantities(self) -> Quantities:
        """Make the quantities of the request."""
        return Quantities(loads(self.program), self.of, self.wrt, gradient=self.gradient, second=self.second,
                          moving=[name for name, _ in self.uncertain])  # fmt: skip

    def engine(self, native: str = "never") -> Engine:
        """Make the engine that does the work; `native` asks for compiled code."""
        quantities = _quantities(self)
        correlations = Correlations()
        for first, second, number in self.correlated:
            correlations.put(first, second, number)
        uncertain = RowUncertainties(quantities, dict(self.uncertain), correlations) if self.uncertain else None
        return Engine(quantities, dict(self.fixed), checked=self.checked, effort=self.effort, arrays=True,
                      native=native, uncertain=uncertain)  # fmt: skip


@lru_cache(maxsize=4)
def _quantities(work: Work) -> Quantities:
    return work.quantities()


class RowCounts(NamedTuple):
    """The counts of rows by status, and the reason for which compiled code was not taken after all."""

    counts: Counter[str]
    trouble: str = ""


class RowCountsSum:
    """The way in which Spark adds up the counts of its tasks."""

    def zero(self, _: RowCounts) -> RowCounts:
        """Begin to count."""
        return RowCounts(Counter())

    def addInPlace(self, found: RowCounts, more: RowCounts) -> RowCounts:
        """Add the counts of a task."""
        return RowCounts(found.counts + more.counts, found.trouble or more.trouble)


class ArrowBatch:
    """Rows as a batch of Arrow."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch
        self.file = ""  # a task knows neither its file nor the number of its first row
        self.size = batch.num_rows
        self.first = 0

    def read(self, names: Sequence[str], lenient: bool) -> Numbers:
        """Read the numbers of some columns."""
        import pyarrow as pa

        found: dict[str, Any] = {}
        nulls = np.zeros(self.size, dtype=bool)
        elements = find_elements(names, self.batch.schema.names)
        for name in dict.fromkeys(names):
            if name in elements:
                column = pa.array(self._elements(elements[name], lenient), type=pa.float64())
            else:
                column = self.batch.column(self.batch.schema.get_field_index(name))
            if pa.types.is_decimal(column.type):
                column = column.cast(pa.string())  # a cast to doubles may be off by a last digit
            if _holds_numbers(column.type):
                numbers = column.cast(pa.float64(), safe=False)  # to the nearest one, as everywhere
                absent = np.asarray(numbers.is_null())
                nulls |= absent
                found[name] = np.where(absent, 1.0, numbers.fill_null(1.0).to_numpy(zero_copy_only=False))
            else:
                said = ((None if word is None else str(word),) for word in column.to_pylist())
                read = PlainBatch(self.file, [name], list(said), 0).read([name], lenient)
                found[name] = np.array(read.columns[name], dtype=float)
                nulls[list(read.nulls)] = True
        return Numbers(found, np.flatnonzero(nulls).tolist())

    def _elements(self, element: Element, lenient: bool) -> list[float | None]:
        words = self.batch.column(self.batch.schema.get_field_index(element.column)).to_pylist()
        found = PlainBatch(self.file, [element.column], [(word,) for word in words], 0).elements(element, lenient)
        return [None if word is None else float(word) for word in found]


def _holds_numbers(kind: pa.DataType) -> bool:
    """Tell whether the values of a type are numbers or truths."""
    import pyarrow as pa

    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_null(kind))


def compute(work: Work, counts: Any, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Compute the rows of a task, batch by batch, and add to the counts at the end."""
    engine = work.engine(work.native)
    bound = dict(work.bound)
    read = read_columns(bound, engine.uncertain)
    for batch in batches:
        rows = ArrowBatch(batch)
        numbers = read_numbers(rows, read, engine.uncertain, work.lenient)
        columns = {name: numbers.columns[column] for name, column in bound.items()}
        computed = engine.compute(columns, rows.size)
        statuses = engine.settle(computed, columns, rows.size, frozenset(numbers.nulls), numbers.columns)
        new = NewColumns(engine.names, computed.numbers, statuses if work.checked else None, numbers.nulls, None)
        yield _extended(batch, work, new, statuses)
    counts.add(RowCounts(engine.take_counts(), engine.trouble))


def _extended(
    batch: pa.RecordBatch, work: Work, new: NewColumns, statuses: Mapping[int, Sequence[Status]]
) -> pa.RecordBatch:
    import pyarrow as pa

    size = batch.num_rows
    arrays = [batch.column(batch.schema.get_field_index(name)) for name in work.kept]
    absent = np.zeros(size, dtype=bool)
    absent[list(new.nulls)] = True
    for at, numbers in enumerate(new.numbers):
        arrays.append(pa.array(numbers, mask=absent, from_pandas=False))
        if new.statuses is not None:
            arrays.append(_codes(size, {row: found[at] for row, found in new.statuses.items()}, new.nulls))
    extended = pa.RecordBatch.from_arrays(arrays, names=[*work.kept, *new.headings])
    return extended.take(pa.array(sorted(statuses), type=pa.int64())) if work.only_bad else extended


def _codes(size: int, statuses: Mapping[int, str], nulls: Sequence[int]) -> pa.Array:
    """Code the statuses of rows, ok where there is none; rows without a number have no word."""
    import pyarrow as pa

    codes = np.full(size, WORDS.index(Status.OK), dtype=np.int8)
    for row, status in statuses.items():
        codes[row] = WORDS.index(status)
    codes[list(nulls)] = NO_WORD
    return pa.array(codes)
