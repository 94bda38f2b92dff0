"""Rows with their new columns by Polars: CSV and TSV, and files of typed columns."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from typing import Any, BinaryIO

import numpy as np
import polars as pl

from cgraph_cli.commands.rows.plain_batches import ENCODE
from cgraph_cli.commands.rows.polars_tables import FrameBatch, FrameTable, framed, nulled, of_one_type, two_types
from cgraph_cli.commands.rows.tables import SEPARATORS, STDIN, NewColumns, Table
from cgraph_cli.core.errors import RequestError
from cgraph_cli.trust.verdicts import STATUSES

_SEEN_BATCHES = 2
"""The batches of JSON lines from which the types of columns are guessed."""

_TRUTHS = {"true": True, "false": False}
"""The words that are guessed to be truths."""

_WORDS = list(map(str, STATUSES))
_STATUS = pl.Enum(_WORDS)
_STATUSES = pl.Series(_WORDS, dtype=_STATUS)


class Kinds:
    """The types of the columns: those that hold the values of all tables, as far as these are known before.

    The types of a text are guessed from its first words, and its `bound` columns are doubles. A column of JSON has the
    type of its first values, if it is not bound.
    """

    def __init__(self, tables: Sequence[Table], bound: Collection[str]) -> None:
        self.bound = bound
        self._kinds: dict[str, pl.DataType] = {}
        with of_one_type():
            for table in tables:
                for name, kind in _kinds_in(table, bound).items():
                    self._kinds[name] = _wider(self._kinds.get(name, kind), kind)

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Turn values into those of the types. Raises `RequestError` for a value that the type has not."""
        columns = []
        for name, kind in frame.schema.items():
            wanted = self._kinds.setdefault(name, kind)
            if kind == pl.String and wanted == pl.Float64 and name in self.bound:
                columns.append(pl.col(name).str.strip_chars().cast(wanted, strict=False))
            elif kind == pl.String and wanted == pl.Boolean:
                truths = pl.col(name).str.strip_chars().str.to_lowercase()
                columns.append(truths.replace_strict(_TRUTHS, return_dtype=wanted))
            elif kind != wanted:
                columns.append(pl.col(name).cast(wanted))
                if kind != pl.String and _wider(kind, wanted) != wanted:
                    raise two_types(f"`{name}` has {kind} and {wanted}")
        with of_one_type():
            return frame.with_columns(columns)


def _kinds_in(table: Table, bound: Collection[str]) -> dict[str, pl.DataType]:
    """Find the types of a table's columns; those of standard input, which is read once, stay words."""
    known: dict[str, pl.DataType] = {name: pl.Float64() for name in table.columns if name in bound}
    if isinstance(table, FrameTable):
        return {**table.guess_types(), **known} if table.format in SEPARATORS else dict(table.schema)
    if table.format in SEPARATORS:
        return {**dict.fromkeys(table.columns, pl.String()), **known}
    found: dict[str, pl.DataType] = {}
    if table.file != STDIN:
        with suppress(RequestError):  # which is told when the rows are read
            for batch in islice(table.batches(), _SEEN_BATCHES):
                for name, kind in framed(batch).frame.schema.items():  # type: ignore[arg-type]
                    found[name] = _wider(found.get(name, kind), kind)
    return {**found, **known}


def _wider(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    """Find the type that holds the values of both."""
    frames = [pl.DataFrame(schema={"values": kind}) for kind in (one, other)]
    return one if one == other else pl.concat(frames, how="vertical_relaxed").schema["values"]


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
            if new.statuses:
                codes = np.zeros(batch.size, dtype=np.uint32)
                for row, statuses in new.statuses.items():
                    codes[row] = _WORDS.index(statuses[at])
                said = _STATUSES.gather(codes)
            else:
                said = _STATUSES.new_from_index(0, batch.size)
            columns.append(nulled(said.alias(next(names)), present))
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
