"""Rows with their new columns by Polars: CSV and TSV, and files of typed columns."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
import polars as pl

from cgraph_cli.commands.rows.plain_batches import ENCODE
from cgraph_cli.commands.rows.polars_tables import FrameBatch, FrameTable, nulled, of_one_type
from cgraph_cli.commands.rows.tables import SEPARATORS, NewColumns, Table
from cgraph_cli.trust.verdicts import STATUSES

_WORDS = list(map(str, STATUSES))
_STATUS = pl.Enum(_WORDS)
_STATUSES = pl.Series(_WORDS, dtype=_STATUS)


class Kinds:
    """The types of a text's columns, guessed from their first words; `bound` columns are doubles."""

    def __init__(self, table: Table, bound: Collection[str]) -> None:
        self.bound = bound
        self._kinds: dict[str, pl.DataType] = {}
        if table.format in SEPARATORS:  # standard input is read once, and its other columns stay words
            kinds = table.guess_types() if isinstance(table, FrameTable) else dict.fromkeys(bound, pl.Float64())
            self._kinds = {n: kind for n, kind in kinds.items() if n in bound or kind != pl.String}

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Turn words into values. Raises `RequestError` for a value of another type than the ones before it."""
        names = set(frame.columns)
        columns = [
            pl.col(name).str.strip_chars().cast(pl.Float64, strict=False)
            if name in self.bound
            else pl.col(name).cast(kind)
            for name, kind in self._kinds.items()
            if name in names
        ]
        with of_one_type():
            return frame.with_columns(columns)


def extended(batch: FrameBatch, kept: Sequence[str], new: NewColumns) -> pl.DataFrame:
    """Make the frame of some rows with their new columns."""
    columns: list[pl.Series] = []
    present = None
    if new.nulls:
        mask = np.ones(batch.size, dtype=bool)
        mask[list(new.nulls)] = False
        present = pl.Series(mask)
    names = iter(new.headings)
    for at, numbers in enumerate(new.numbers):
        columns.append(nulled(pl.Series(next(names), numbers), present))
        if new.statuses is not None:
            codes = np.zeros(batch.size, dtype=np.uint32)
            for row, statuses in new.statuses.items():
                codes[row] = _WORDS.index(statuses[at])
            columns.append(nulled(_STATUSES.gather(codes).alias(next(names)), present))
    frame = batch.frame.select(kept).with_columns(columns) if kept else pl.DataFrame(columns)
    return frame if new.shown is None else frame[list(new.shown)]


def _said(value: object) -> str:
    """Write a value that no cell of a text holds: lists and structures as JSON has them."""
    return ENCODE(value) if isinstance(value, (list, dict)) else str(value)


class FrameWriter:
    """A writer of a text, batch by batch."""

    def __init__(self, stream: BinaryIO, format: str) -> None:
        self.stream = stream
        self.separator = SEPARATORS[format]
        self._is_first = True

    def write(self, frame: pl.DataFrame) -> None:
        """Write the rows of a frame."""
        undefined = [name for name, kind in frame.schema.items() if kind.is_float() and frame[name].is_nan().any()]
        words = [pl.when(pl.col(n).is_nan()).then(pl.lit("nan")).otherwise(pl.col(n)).alias(n) for n in undefined]
        unwritable = (pl.Binary, pl.Duration)
        lists = [frame[name] for name, kind in frame.schema.items() if kind.is_nested() or kind in unwritable]
        shown = [[None if value is None else _said(value) for value in column.to_list()] for column in lists]
        said = [pl.Series(column.name, texts, pl.String) for column, texts in zip(lists, shown, strict=True)]
        frame = frame.with_columns(*words, *said)
        with _errors_of_the_system():
            frame.write_csv(self.stream, include_header=self._is_first, separator=self.separator)
        self._is_first = False


@contextmanager
def _errors_of_the_system() -> Iterator[None]:
    """Turn what Polars says of an error of the system, such as a full disk, into that error."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        if number := re.search(r"\(os error (\d+)\)", str(error)):
            raise OSError(int(number[1]), os.strerror(int(number[1]))) from None
        raise


def write_typed(frames: Iterable[pl.DataFrame], file: str, format: str) -> None:
    """Write frames to a file of typed columns, one after another."""
    from polars.io.plugins import register_io_source

    rest = iter(frames)
    first = next(rest)

    failed: list[BaseException] = []

    def source(*_: Any) -> Iterator[pl.DataFrame]:
        try:
            yield from chain([first], rest)
        except BaseException as error:
            failed.append(error)
            raise

    lazy = register_io_source(source, schema=dict(first.schema))
    try:
        with _errors_of_the_system():
            (lazy.sink_parquet if format == "parquet" else lazy.sink_ipc)(file)
    except pl.exceptions.ComputeError:  # some versions of Polars put the error of a source into one of their own
        if failed:
            raise failed[0] from None
        raise
