"""Rows with their new columns as text, by the standard library: CSV, TSV and JSON lines.

Texts are made column by column, and joined row by row, by what Python has in C.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from json.encoder import encode_basestring
from math import isfinite
from operator import itemgetter
from typing import Any, TextIO

from cgraph_cli.commands.rows.plain_batches import PlainBatch
from cgraph_cli.commands.rows.plain_tables import headings
from cgraph_cli.commands.rows.tables import SEPARATORS, NewColumns

_ENCODE = json.JSONEncoder(ensure_ascii=False, default=str).encode


class PlainWriter:
    """A writer of text; `kept` are the columns that pass through."""

    def __init__(self, stream: TextIO, format: str, kept: Sequence[str]) -> None:
        self.stream = stream
        self.kept = kept
        self._separator = SEPARATORS.get(format, "")
        self._is_first = True

    def write(self, batch: PlainBatch, new: NewColumns) -> None:
        """Write rows with their new columns."""
        places = [batch.columns.index(name) for name in self.kept]
        names = [*self.kept, *headings(new)]
        if self._separator:
            self._write_words(batch, new, places, names)
        else:
            columns = _interleaved(new, batch.size, _numbers_of_json, '"ok"', "null", encode_basestring)
            keys = [encode_basestring(name).replace("%", "%%") for name in names]
            if batch.objects is not None and len(places) == len(batch.columns):  # which go on
                columns.insert(0, [text[:-1] for text in batch.objects])
                members = ["%s", *(f"{key}: %s" for key in keys[len(places) :])]
            else:
                columns = [*(_members(list(map(itemgetter(at), batch.rows))) for at in places), *columns]
                members = [f"{key}: %s" for key in keys]
                members[0] = f"{{{members[0]}"
            line = f"{', '.join(members)}}}\n"
            self.stream.writelines(map(line.__mod__, _shown(zip(*columns, strict=True), new)))

    def _write_words(self, batch: PlainBatch, new: NewColumns, places: Sequence[int], names: Sequence[str]) -> None:
        writer = csv.writer(self.stream, delimiter=self._separator, lineterminator="\n")
        if self._is_first:
            writer.writerow(names)
        self._is_first = False
        columns = _interleaved(new, batch.size, _words, "ok", "", str)
        lines = batch.lines(self._separator, places)
        if lines is None:
            rows = ([row[at] for at in places] for row in batch.rows)
            together = ([*row, *words] for row, words in zip(rows, zip(*columns, strict=True), strict=True))
            writer.writerows(_shown(together, new))
            return
        if places:
            columns.insert(0, lines)
        joined = map(self._separator.join, _shown(zip(*columns, strict=True), new))
        self.stream.write("\n".join([*joined, ""]))


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
    return list(map(_ENCODE, values))


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
