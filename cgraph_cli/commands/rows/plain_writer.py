"""Rows with their new columns as text, by the standard library: CSV, TSV and JSON lines.

Texts are made column by column, and joined row by row, by what Python has in C.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from json.encoder import encode_basestring
from math import isfinite
from operator import itemgetter
from typing import Any, NamedTuple, TextIO

from cgraph_cli.commands.rows.plain_batches import ENCODE, PlainBatch
from cgraph_cli.commands.rows.processes import map_by_processes
from cgraph_cli.commands.rows.tables import SEPARATORS, NewColumns

MANY_ROWS = 100_000
"""The rows from which on other processes are started, which takes half a second, to write the numbers."""


class Lines(NamedTuple):
    """Rows to write: the `heads` of their lines, which have the columns that pass through, and their new columns.

    Words are separated, or are the members of objects where there is no `separator`.
    """

    size: int
    heads: Sequence[str] | None
    new: NewColumns
    separator: str


class PlainWriter:
    """A writer of text; `kept` are the columns that pass through."""

    def __init__(self, stream: TextIO, format: str, kept: Sequence[str]) -> None:
        self.stream = stream
        self.kept = kept
        self._separator = SEPARATORS.get(format, "")

    def write(self, rows: Iterable[tuple[PlainBatch, NewColumns]], count: int) -> None:
        """Write rows with their new columns, which are about as many as `count`."""
        is_large = count >= MANY_ROWS and (os.cpu_count() or 1) > 1
        for text in (map_by_processes if is_large else map)(write_lines, self._lines(rows)):
            self.stream.write(text)

    def _lines(self, rows: Iterable[tuple[PlainBatch, NewColumns]]) -> Iterator[Lines]:
        is_first = True
        for batch, new in rows:
            if self._separator and is_first:
                names = [*self.kept, *new.headings]
                csv.writer(self.stream, delimiter=self._separator, lineterminator="\n").writerow(names)
            is_first = False
            place_of = {name: at for at, name in enumerate(batch.columns)}
            places = [place_of[name] for name in self.kept]
            heads = None
            if places:
                heads = (
                    self._heads_of_words(batch, places) if self._separator else self._heads_of_objects(batch, places)
                )
            yield Lines(batch.size, heads, new, self._separator)

    def _heads_of_words(self, batch: PlainBatch, places: Sequence[int]) -> Sequence[str]:
        lines = batch.lines(self._separator, places)
        if lines is not None:
            return lines
        written: list[str] = []
        writer = csv.writer(_Words(written.append), delimiter=self._separator, lineterminator="\n")
        # A word alone would have quotes.
        writer.writerows([*(_cell(row[at]) for at in places), ""] for row in batch.rows)
        return [line[:-2] for line in written]

    def _heads_of_objects(self, batch: PlainBatch, places: Sequence[int]) -> Sequence[str]:
        if batch.objects is not None and len(places) == len(batch.columns):  # which go on
            return [text[:-1] for text in batch.objects]
        columns = (_members(list(map(itemgetter(at), batch.rows))) for at in places)
        form = "{" + ", ".join(f"{_key(name)}: %s" for name in self.kept)
        return list(map(form.__mod__, zip(*columns, strict=True)))


def _cell(value: object) -> object:
    """Write what is neither a number nor a word as JSON has it."""
    return ENCODE(value) if isinstance(value, (bool, list, dict)) else value


class _Words(NamedTuple):
    """A stream to the writer of words."""

    write: Callable[[str], object]


def write_lines(lines: Lines) -> str:
    """Write rows as a text."""
    if lines.separator:
        columns = _interleaved(lines.new, lines.size, _words, "ok", "", str)
        join: Callable[[Any], str] = lines.separator.join
    else:
        columns = _interleaved(lines.new, lines.size, _numbers_of_json, '"ok"', "null", encode_basestring)
        members = [
            "{" if lines.heads is None else "%s, ",
            ", ".join(f"{_key(n)}: %s" for n in lines.new.headings),
            "}",
        ]
        join = "".join(members).__mod__
    if lines.heads is not None:
        columns.insert(0, list(lines.heads))
    return "\n".join([*map(join, _shown(zip(*columns, strict=True), lines.new)), ""])


def _key(name: str) -> str:
    return encode_basestring(name).replace("%", "%%")


def _shown(rows: Iterable[Any], new: NewColumns) -> Iterator[Any]:
    """Choose the rows to write."""
    if new.shown is None:
        return iter(rows)
    shown = frozenset(new.shown)
    return (row for at, row in enumerate(rows) if at in shown)


def _words(numbers: Sequence[float]) -> list[str]:
    """Write numbers as words, whole ones without a point."""
    text = "\n".join(map(repr, numbers)) + "\n"
    return text.replace(".0\n", "\n").split("\n")[: len(numbers)]


def _numbers_of_json(numbers: Sequence[float]) -> list[str]:
    """Write numbers as JSON has them, and as words those that it has not."""
    if all(map(isfinite, numbers)):
        return list(map(repr, numbers))
    return [repr(number) if isfinite(number) else f'"{number!r}"' for number in numbers]


def _members(values: Sequence[Any]) -> list[str]:
    """Write values of JSON."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return list(map(encode_basestring, values))
    if kinds == {int} or (kinds == {float} and all(map(isfinite, values))):
        return list(map(repr, values))
    return list(map(ENCODE, values))


def _interleaved(
    new: NewColumns, size: int, write: Callable[[Sequence[float]], list[str]], ok: str, null: str,
    quote: Callable[[str], str],
) -> list[list[str]]:  # fmt: skip
    """Write the new columns, with a status beside each number where there are statuses."""
    columns = []
    for at, numbers in enumerate(new.numbers):
        written = write(numbers if isinstance(numbers, list) else numbers.tolist())
        for row in new.nulls:
            written[row] = null
        columns.append(written)
        if new.statuses is not None:
            said = [ok] * size
            for row, statuses in new.statuses.items():
                said[row] = quote(str(statuses[at]))
            for row in new.nulls:
                said[row] = null
            columns.append(said)
    return columns
