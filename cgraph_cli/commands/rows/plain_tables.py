"""Tables of text by the standard library: CSV, TSV and JSON lines, from files and from standard input."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from math import isfinite
from typing import IO, Any, TextIO

from cgraph_cli.commands.rows.tables import NULLS, SEPARATORS, STDIN, NewColumns, Numbers, not_a_number
from cgraph_cli.core.errors import RequestError

_ROWS = 8192
"""The rows of a batch."""

_SEEN = 100_000
"""The bytes by which the length of a row is estimated."""


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
        self._stream: IO[str] = sys.stdin
        if file != STDIN:  # which is read to its end, and so long as the table is
            self._stream = open(file, encoding="utf-8-sig", newline="")  # noqa: SIM115
        self._started: Iterator[Sequence[Any]]
        if format == "jsonl":
            lines = self._objects()
            first = next(lines, {})
            self.columns: Sequence[str] = list(first)
            self._started = chain([list(first.values())] if first else [], self._values(lines))
        else:
            reader = csv.reader(self._stream, delimiter=SEPARATORS[format])
            self.columns = next(reader, [])
            self._started = self._lines(reader)
        if not self.columns:
            raise RequestError(f"{'standard input' if file == STDIN else f'`{file}`'} has no rows")

    def estimate(self) -> int:
        """Estimate the rows from the size of the file and the length of the first of them."""
        if self.file == STDIN:
            return 0
        with open(self.file, "rb") as stream:
            seen = stream.read(_SEEN)
        return int(os.path.getsize(self.file) / len(seen) * seen.count(b"\n")) if seen else 0

    def batches(self) -> Iterator[PlainBatch]:
        """Read the rows in their order."""
        try:
            rows, first = list(islice(self._started, _ROWS)), 0
            yield PlainBatch(self.file, self.columns, rows, first)
            while rows:
                first += len(rows)
                if rows := list(islice(self._started, _ROWS)):
                    yield PlainBatch(self.file, self.columns, rows, first)
        finally:
            if self.file != STDIN:
                self._stream.close()

    def _lines(self, reader: Iterable[list[str]]) -> Iterator[Sequence[str]]:
        count = len(self.columns)
        for at, row in enumerate(reader, 1):
            if len(row) == count:
                yield row
            elif row:
                raise RequestError(f"row {at:,} of `{self.file}` has {len(row)} columns, and the heading {count}")

    def _objects(self) -> Iterator[dict[str, Any]]:
        for at, line in enumerate(self._stream, 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except ValueError:
                found = None
            if not isinstance(found, dict):
                raise RequestError(f"line {at:,} of `{self.file}` is no JSON object", help='as in `{"x": 1.5}`')
            yield found

    def _values(self, objects: Iterable[dict[str, Any]]) -> Iterator[Sequence[Any]]:
        known = set(self.columns)
        for each in objects:
            if not known.issuperset(each):
                new = next(name for name in each if name not in known)
                raise RequestError(f"the first line of `{self.file}` has no `{new}`, and a later one has it")
            yield [each.get(name) for name in self.columns]


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
                self.stream.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")

    @staticmethod
    def _word(number: float) -> str:
        text = repr(number)
        return text[:-2] if text.endswith(".0") else text


def headings(new: NewColumns) -> list[str]:
    """List the names of new columns, a status beside each number where there are statuses."""
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
