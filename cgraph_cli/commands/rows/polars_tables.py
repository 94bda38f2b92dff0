"""Tables by Polars: files of every format, read in parts that fit in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import polars as pl

from cgraph_cli.commands.rows.file_kinds import LONGEST, other_kind
from cgraph_cli.commands.rows.plain_batches import PlainBatch, lengths_in
from cgraph_cli.commands.rows.plain_tables import PlainTable
from cgraph_cli.commands.rows.tables import (
    NOT_ZERO,
    NULLS,
    SEPARATORS,
    Element,
    Numbers,
    find_elements,
    not_a_list,
    not_a_number,
    reading,
)
from cgraph_cli.core.errors import RequestError

_ROWS = 131_072
"""The rows of a batch."""

_SEEN_ROWS = 10_000
"""The rows from which the types of a text's columns are guessed."""

_SEEN_VALUES = 100
"""The values of a column among which a list is looked for."""

_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What Polars raises where it cannot read a file."""


class FrameBatch:
    """Rows as a frame of Polars."""

    def __init__(self, file: str, frame: pl.DataFrame, first: int) -> None:
        self.file = file
        self.frame = frame
        self.size = len(frame)
        self.first = first

    def head(self, size: int) -> FrameBatch:
        """Take the first rows."""
        return FrameBatch(self.file, self.frame.head(size), self.first)

    def read(self, names: Sequence[str], lenient: bool) -> Numbers:
        """Read the numbers of some columns."""
        found, nulls = {}, np.zeros(self.size, dtype=bool)
        elements = find_elements(names, self.frame.columns)
        for name in dict.fromkeys(names):
            words = self._elements(elements[name], lenient) if name in elements else self.frame[name]
            if isinstance(words.dtype, (pl.Categorical, pl.Enum)):
                words = words.cast(pl.String)
            numbers = _doubles(words)
            if numbers.null_count():
                numbers = self._carefully(name, words, numbers, lenient)
                nulls |= numbers.is_null().to_numpy()
                any_number = numbers.drop_nulls().head(1)  # that no operation warns of
                numbers = numbers.fill_null(any_number[0] if len(any_number) else 1.0)
            found[name] = numbers.to_numpy()
        return Numbers(found, np.flatnonzero(nulls).tolist())

    def _elements(self, element: Element, lenient: bool) -> pl.Series:
        """Take an element of the lists in a column, null where there is none."""
        lists = self.frame[element.column]
        if isinstance(lists.dtype, pl.Array):
            lists = lists.arr.to_list()
        if not isinstance(lists.dtype, pl.List):
            plain = PlainBatch(self.file, [element.column], [(word,) for word in lists.to_list()], self.first)
            return pl.Series(plain.elements(element, lenient), dtype=pl.Float64)
        fits = lists.list.len() == element.length
        if not lenient and not fits.all():
            at = (~fits).arg_true()[0]
            raise not_a_list(self.file, self.first + at + 1, element, lists[at].to_list())
        return pl.select(pl.when(fits).then(lists.list.get(element.at, null_on_oob=True))).to_series()

    def _carefully(self, name: str, words: pl.Series, numbers: pl.Series, lenient: bool) -> pl.Series:
        if words.dtype == pl.String:
            words = words.str.strip_chars()
            numbers = _doubles(words)
        wrong = numbers.is_null() & words.is_not_null()
        if words.dtype == pl.String:
            wrong &= ~words.is_in(list(NULLS))
        if not lenient and wrong.any():
            at = wrong.arg_true()[0]
            raise not_a_number(self.file, self.first + at + 1, name, words.slice(at, 1).to_list()[0])
        return numbers


def _doubles(words: pl.Series) -> pl.Series:
    """Read numbers, with null for each that is missing or of another type."""
    if words.dtype == pl.Float64:
        return words
    nothing = pl.repeat(None, len(words), dtype=pl.Float64, eager=True).alias(words.name)
    if words.dtype.is_nested() or words.dtype.is_temporal():  # whose number hangs on a unit
        return nothing
    try:
        numbers = words.cast(pl.Float64, strict=False)
    except pl.exceptions.PolarsError:
        return nothing
    if words.dtype != pl.String:
        return numbers
    is_odd = numbers.is_infinite() | (numbers == 0)
    if is_odd.any():  # a number that no double holds may have become infinite, or 0
        numbers = nulled(numbers, ~(is_odd & words.str.contains(NOT_ZERO)))
    return numbers


class FrameTable:
    """A file that Polars reads."""

    def __init__(self, file: str, format: str) -> None:
        self.file = file
        self.format = format
        self._text = PlainTable(file, format) if format in SEPARATORS else None
        with self._reading():
            self.scan = self._scan(infer_schema=False)  # the columns of a text are its words, unchanged
            self.schema = self.scan.collect_schema()
        self.columns: Sequence[str] = self.schema.names()

    def _scan(self, **of_text: Any) -> pl.LazyFrame:
        """Read the file lazily."""
        if self._text is not None:
            return pl.scan_csv(self.file, separator=self._text.separator, glob=False, **of_text)
        return pl.scan_parquet(self.file, glob=False) if self.format == "parquet" else pl.scan_ipc(self.file)

    def guess_types(self) -> pl.Schema:
        """Guess the types of the columns from the first words of a text; one that Polars cannot read stays words."""
        try:
            return self._scan(infer_schema_length=_SEEN_ROWS).collect_schema()
        except _ERRORS:
            return self.schema

    def lengths(self) -> dict[str, int]:
        """Find the columns of lists, and the lengths of the first ones; a text may be a list as JSON has it."""
        if self._text is not None:
            return self._text.lengths()
        names = [name for name, kind in self.schema.items() if isinstance(kind, (pl.List, pl.Array, pl.String))]
        if not names:
            return {}
        with self._reading():
            first = self.scan.select(names).head(_SEEN_ROWS).collect()
        return lengths_in({name: first[name].drop_nulls().head(_SEEN_VALUES).to_list() for name in names})

    def estimate(self) -> int:
        """Count the rows where the file records their number, and estimate them elsewhere."""
        if self._text is not None:
            return self._text.estimate()
        with self._reading():
            return int(self.scan.select(pl.len()).collect().item())

    def batches(self) -> Iterator[FrameBatch]:
        """Read the rows in their order."""
        first = 0
        try:
            for batch in self._scanned():
                yield batch
                first += batch.size
        except _ERRORS:
            if self._text is None or first:  # rows that Polars gave before may be wrong ones
                with self._reading():
                    raise
            yield from self._read_by_words(self._text)

    def _scanned(self) -> Iterator[FrameBatch]:
        first, may_be_short = 0, self._text is not None
        for frame in self.scan.collect_batches(chunk_size=_ROWS, maintain_order=True):
            if may_be_short and frame[self.columns[-1]].null_count():
                self._refuse_short_rows()
                may_be_short = False
            if len(frame):
                yield FrameBatch(self.file, frame, first)
                first += len(frame)
        if self._text is None and first < self.estimate():  # Polars ends a damaged file without an error
            raise pl.exceptions.ComputeError
        if not first:
            yield FrameBatch(self.file, pl.DataFrame(schema=self.schema), 0)

    def _read_by_words(self, text: PlainTable) -> Iterator[FrameBatch]:
        """Read rows by the standard library, with null for an empty word: it takes a quote within a word."""
        for batch in text.batches():
            empty = [pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in batch.columns]
            yield FrameBatch(self.file, framed(batch).frame.select(empty), batch.first)

    def _refuse_short_rows(self) -> None:
        """Raise `RequestError` for a row with fewer words than the heading, which Polars fills up with nulls."""
        assert self._text is not None
        line = pl.col("line")
        lines = pl.scan_csv(
            self.file, separator="\x01", quote_char=None, has_header=False, schema={"line": pl.String}, glob=False,
            truncate_ragged_lines=True,
        )  # fmt: skip
        bare = line.str.replace_all('"[^"]*"', "")
        separators = bare.str.count_matches(self._text.separator, literal=True)
        short = lines.filter((separators < len(self.columns) - 1) & (line.str.strip_chars() != ""))
        if len(short.head(1).collect()):  # perhaps within quotes, which only a reader of words knows
            for _ in self._text.batches():
                pass

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn an error of Polars into ours; for a text, the standard library finds the wrong row."""
        try:
            yield
        except _ERRORS:
            with reading(self.file), open(self.file, "rb") as stream:
                head = stream.read(LONGEST)
            if error := other_kind(self.file, head, self.format):
                raise error from None
            what, help = (
                f"cannot be read as {self.format}",
                "it is damaged, cut short, or of another format: `--from` says which",
            )
            if not head:
                what, help = "is empty", "write it again"
            elif self._text is not None:
                for _ in self._text.batches():  # which tell of a wrong row
                    pass
                what, help = (
                    "has a quote within a word, which Polars does not read",
                    f"standard input takes it: `cgraph map … < {self.file}`",
                )
            raise RequestError(f"`{self.file}` {what}", help=help) from None


@contextmanager
def of_one_type() -> Iterator[None]:
    """Make the error for a column of two types."""
    try:
        yield
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise two_types(str(error).splitlines()[0]) from None


def two_types(why: str) -> RequestError:
    """Make the error for a column of two types."""
    return RequestError(f"a column has words of two types: {why}", help="`-o rows.csv` leaves them as they are")


def framed(batch: PlainBatch) -> FrameBatch:
    """Make a frame of rows of text."""
    with of_one_type():
        frame = pl.DataFrame(batch.rows, schema=list(batch.columns), orient="row", infer_schema_length=None)
    return FrameBatch(batch.file, frame, batch.first)


def listed(batch: FrameBatch) -> PlainBatch:
    """Make lists of the rows of a frame."""
    return PlainBatch(batch.file, batch.frame.columns, batch.frame.rows(), batch.first)


def nulled(series: pl.Series, present: pl.Series | None) -> pl.Series:
    """Put null where a value is not present."""
    return series if present is None else pl.select(pl.when(present).then(series).alias(series.name)).to_series()
