"""Tables of text by the standard library: CSV, TSV and JSON lines, from files and from standard input."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from math import isfinite
from typing import IO, Any, TextIO

from cgraph_cli.commands.rows.tables import (
    NULLS,
    SEPARATORS,
    STDIN,
    NewColumns,
    Numbers,
    not_a_number,
    reading,
    separator_of,
    show_file,
)
from cgraph_cli.core.errors import RequestError

_ROWS = 8192
"""The rows of a batch."""

_SEEN = 100_000
"""The bytes from which the length of a row is estimated."""


_OBJECT = 'a line is an object, as in `{"x": 1.5}`'


class PlainBatch:
    """Rows as lists of words, or of JSON's values."""

    def __init__(self, file: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], first: int) -> None:
        self.file = file
        self.columns = columns
        self.rows = rows
        self.size = len(rows)
        self.first = first

    def head(self, size: int) -> PlainBatch:
        """Take the first rows."""
        return PlainBatch(self.file, self.columns, self.rows[:size], self.first)

    def read(self, names: Sequence[str], lenient: bool) -> Numbers:
        """Read the numbers of some columns."""
        found, nulls = {}, set[int]()
        for name in dict.fromkeys(names):
            at = self.columns.index(name)
            words = [row[at] for row in self.rows]
            try:
                found[name] = list(map(float, words))
            except (TypeError, ValueError):
                found[name] = self._carefully(name, words, lenient, nulls)
        return Numbers(found, sorted(nulls))

    def _carefully(self, name: str, words: Sequence[Any], lenient: bool, nulls: set[int]) -> list[float]:
        numbers = []
        for at, word in enumerate(words):
            if word is None or word in NULLS:
                nulls.add(at)
                numbers.append(0.0)
                continue
            try:
                numbers.append(float(word))
            except (TypeError, ValueError):
                if not lenient:
                    raise not_a_number(self.file, self.first + at + 1, name, word) from None
                nulls.add(at)
                numbers.append(0.0)
        return numbers


class PlainTable:
    """A file of text, or standard input."""

    def __init__(self, file: str, format: str) -> None:
        self.file = file
        self.format = format
        self.separator = ""
        self.columns: Sequence[str] = ()
        with self._opened() as rows:
            self.columns = next(rows, ())
        if not self.columns:
            help = _OBJECT if format == "jsonl" else "the first line names the columns, and rows follow"
            raise RequestError(f"{self._shown} has no rows", help=help)
        named = [name for name in self.columns if name]
        if len(set(named)) < len(named):
            twice = next(name for name in named if named.count(name) > 1)
            raise RequestError(f"{self._shown} has two columns `{twice}`", help="give one of them another name")

    @contextmanager
    def _opened(self) -> Iterator[Iterator[Sequence[Any]]]:
        """Open the file after the names of its columns; standard input continues where it is."""
        if self.file == STDIN:
            if not self.columns:
                self._rest = self._read(self._decoded(sys.stdin.buffer))
            yield self._rest
            return
        with reading(self.file), open(self.file, "rb") as stream:
            rows = self._read(self._decoded(stream))
            if self.columns:
                next(rows)
            yield rows

    def _decoded(self, stream: IO[bytes]) -> Iterator[str]:
        """Decode the lines of a stream, which stays open."""
        for at, line in enumerate(stream, 1):
            try:
                yield line.decode("utf-8-sig" if at == 1 else "utf-8")
            except UnicodeDecodeError:
                raise RequestError(
                    f"line {at:,} of {self._shown} is not UTF-8", help="save the text as UTF-8"
                ) from None

    def _read(self, lines: Iterator[str]) -> Iterator[Sequence[Any]]:
        """Read the names of the columns and then the rows."""
        return self._objects(lines) if self.format == "jsonl" else self._lines(lines)

    def estimate(self) -> int:
        """Estimate the rows from the size of the file and the length of the first rows."""
        if self.file == STDIN:
            return 0
        with open(self.file, "rb") as stream:
            seen = stream.read(_SEEN)
        return int(os.path.getsize(self.file) / len(seen) * seen.count(b"\n")) if seen else 0

    def batches(self) -> Iterator[PlainBatch]:
        """Read the rows in their order."""
        with self._opened() as source:
            rows, first = list(islice(source, _ROWS)), 0
            yield PlainBatch(self.file, self.columns, rows, first)
            while rows:
                first += len(rows)
                if rows := list(islice(source, _ROWS)):
                    yield PlainBatch(self.file, self.columns, rows, first)

    def _lines(self, lines: Iterator[str]) -> Iterator[Sequence[str]]:
        heading = next(filter(str.strip, lines), "")
        self.separator = separator_of(heading, self.format)
        reader = csv.reader(chain([heading], lines), delimiter=self.separator, strict=True)
        columns: list[str] = []
        at = 0
        try:
            columns = next(reader, [])
            yield columns
            for at, row in enumerate(reader, 1):
                if len(row) == len(columns):
                    yield row
                elif row:
                    raise self._ragged(at, len(row), len(columns))
        except csv.Error as error:
            where = f"row {at + 1:,}" if columns else "the heading"
            help = "a word in quotes ends with its quote, and a quote within it is written twice"
            raise RequestError(f"{where} of {self._shown} {_wrong_with(error)}", help=help) from None

    def _ragged(self, at: int, size: int, expected: int) -> RequestError:
        what = f"row {at:,} of {self._shown} has {size} columns, and the heading {expected}"
        if size < expected:
            return RequestError(what, help="a column without a number is left empty, with its separator")
        return RequestError(what, help="a word with the separator in it stands in quotes; a number has a decimal point")

    def _objects(self, lines: Iterator[str]) -> Iterator[Sequence[Any]]:
        columns: list[str] = []
        for at, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except ValueError:
                found = None
            if not isinstance(found, dict):
                raise RequestError(f"line {at:,} of {self._shown} is no JSON object", help=_OBJECT)
            if not columns:
                columns = list(found)
                yield columns
            elif new := next((name for name in found if name not in columns), ""):
                raise RequestError(f"line {at:,} of {self._shown} has `{new}`, and the first line has not")
            yield [found.get(name) for name in columns]

    @property
    def _shown(self) -> str:
        return show_file(self.file)


def _wrong_with(error: csv.Error) -> str:
    if "end of data" in str(error):
        return "has a quote that is not closed"
    if "field limit" in str(error):
        return f"has a word of more than {csv.field_size_limit():,} characters, or a quote that is not closed"
    return f"is no row of words: {error}"


class PlainWriter:
    """A writer of text; `kept` are the columns that pass through."""

    def __init__(self, stream: TextIO, format: str, kept: Sequence[str]) -> None:
        self.stream = stream
        self.format = format
        self.kept = kept
        self._csv = None if format == "jsonl" else csv.writer(stream, delimiter=SEPARATORS[format], lineterminator="\n")
        self._is_first = True

    def write(self, batch: PlainBatch, new: NewColumns) -> None:
        """Write rows with their new columns."""
        places = [batch.columns.index(name) for name in self.kept]
        names = [*self.kept, *headings(new)]
        if self._is_first and self._csv is not None:
            self._csv.writerow(names)
        self._is_first = False
        all_kept = len(places) == len(batch.columns)
        columns = _interleaved(new, batch.size, self._word if self._csv else _member)
        rows = zip(batch.rows, zip(*columns, strict=True), strict=True)
        found = (
            [*(row if all_kept else (row[at] for at in places)), *numbers]
            for at, (row, numbers) in enumerate(rows)
            if new.shown is None or at in new.shown
        )
        if self._csv is not None:
            self._csv.writerows(found)
        else:
            for row in found:
                self.stream.write(
                    json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str) + "\n"
                )

    @staticmethod
    def _word(number: float) -> str:
        text = repr(number)
        return text[:-2] if text.endswith(".0") else text


def headings(new: NewColumns) -> list[str]:
    """List the names of the new columns, with a status beside each number where statuses are asked for."""
    if new.statuses is None:
        return list(new.names)
    return [name for each in new.names for name in (each, f"{each}_status")]


def _member(number: float) -> float | str:
    return number if isfinite(number) else repr(number)


def _interleaved(new: NewColumns, size: int, write: Any) -> list[list[Any]]:
    columns = []
    for at, numbers in enumerate(new.numbers):
        written = list(map(write, numbers if isinstance(numbers, list) else numbers.tolist()))
        for row in new.nulls:
            written[row] = None
        columns.append(written)
        if new.statuses is not None:
            said: list[str | None] = ["ok"] * size
            for row, statuses in new.statuses.items():
                said[row] = statuses[at]
            for row in new.nulls:
                said[row] = None
            columns.append(said)
    return columns
