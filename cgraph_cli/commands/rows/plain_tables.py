"""Tables of text by the standard library: CSV, TSV and JSON lines, from files and from standard input."""

from __future__ import annotations

import csv
import json
import os
import sys
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from operator import methodcaller
from typing import IO, Any

from cgraph_cli.commands.rows.file_kinds import LONGEST, other_kind
from cgraph_cli.commands.rows.plain_batches import ODD, LineBatch, PlainBatch, lengths_in
from cgraph_cli.commands.rows.tables import (
    MOST_COLUMNS,
    STDIN,
    first_twice,
    is_beyond,
    reading,
    separator_of,
    show_file,
)
from cgraph_cli.commands.shared.files import wrong_with_row
from cgraph_cli.core.errors import RequestError

_ROWS = 8192
"""The rows of a batch."""

_BYTES = 1 << 16
"""The bytes, about, that are read at once."""

_JSON_SPACES = " \t\r\n"

_SEEN = 100_000
"""The bytes from which the length of a row is estimated."""


_OBJECT = 'a line is an object, as in `{"x": 1.5}`'


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
        if len(self.columns) > MOST_COLUMNS:
            help = "take out columns that the program does not need, as `cut` does: `cut -d , -f 1-100`"
            raise RequestError(f"{self._shown} has more than {MOST_COLUMNS:,} columns", help=help)
        named = [name for name in self.columns if name]
        if len(set(named)) < len(named):
            raise RequestError(
                f"{self._shown} has two columns `{first_twice(named)}`", help="give one of them another name"
            )

    @contextmanager
    def _opened(self) -> Iterator[Iterator[Any]]:
        """Open the file after the names of its columns, before its batches; standard input continues where it is."""
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
        done, head = 0, b""
        for lines in iter(lambda: stream.readlines(_BYTES), []):
            try:
                if not done:
                    head = lines[0][:LONGEST]
                    lines[0] = lines[0].removeprefix(BOM_UTF8)
                yield from map(bytes.decode, lines)
            except UnicodeDecodeError:
                if error := other_kind(self.file, head):
                    raise error from None
                at = next(at for at, line in enumerate(lines, done + 1) if not _is_utf8(line))
                raise RequestError(
                    f"line {at:,} of {self._shown} is not UTF-8", help="save the text as UTF-8"
                ) from None
            done += len(lines)

    def _read(self, lines: Iterator[str]) -> Iterator[Any]:
        """Read the names of the columns and then the rows, batch by batch."""
        return self._of_objects(lines) if self.format == "jsonl" else self._of_words(lines)

    def lengths(self) -> dict[str, int]:
        """Find the columns of lists, and the lengths of the first ones. Standard input is read once, and has none."""
        if self.file == STDIN:
            return {}
        try:
            batch = next(self.batches())
        except RequestError:  # which is told when the rows are read
            return {}
        return lengths_in(dict(zip(self.columns, zip(*batch.rows, strict=False), strict=False)))

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
            first = next(source, None)
            yield PlainBatch(self.file, self.columns, [], 0) if first is None else first
            yield from source

    def _of_objects(self, lines: Iterator[str]) -> Iterator[Any]:
        counted = enumerate(lines, 1)
        heading = next((pair for pair in counted if pair[1].strip()), None)
        if heading is None:
            return
        yield next(self._objects([heading]))
        first, chunk = 0, [heading, *islice(counted, _ROWS - 1)]
        while chunk:
            batch = self._together([line.strip(_JSON_SPACES) for _, line in chunk], first)
            if batch is None:
                break
            yield batch
            first += batch.size
            chunk = list(islice(counted, _ROWS))
        rows = self._objects(chain(chunk, counted), self.columns)
        while found := list(islice(rows, _ROWS)):
            yield PlainBatch(self.file, self.columns, found, first)
            first += len(found)

    def _together(self, texts: Sequence[str], first: int) -> PlainBatch | None:
        """Read objects at once, unless one has other members than the first, or holds more than words and numbers.

        No object goes on in the next line then: it would have a newline in a word, or a member that is an object.
        """
        if any(text[:1] != "{" or text[-1:] != "}" for text in texts):
            return None
        try:
            found = json.loads("[" + ",\n".join(texts) + "]")
        except (ValueError, RecursionError):
            return None
        columns = list(self.columns)
        if len(found) != len(texts) or any(list(each) != columns for each in found):
            return None
        if {dict, list} & set(map(type, chain.from_iterable(map(dict.values, found)))):
            return None
        for at, each in enumerate(found):
            if not ODD.isdisjoint(each.values()):
                found[at] = json.loads(texts[at], parse_float=_number)
        rows = [tuple(each.values()) for each in found]
        return PlainBatch(self.file, self.columns, rows, first, texts)

    def _of_words(self, lines: Iterator[str]) -> Iterator[Any]:
        heading = next(filter(str.strip, lines), "")
        self.separator = separator_of(heading, self.format)
        columns: list[str] = []
        try:
            columns = next(self._reader(chain([heading], lines)), [])
        except csv.Error as error:
            raise self._unreadable("the heading", error) from None
        yield columns
        first = 0
        while found := list(islice(lines, _ROWS)):
            batch = self._split(found, len(columns), first)
            if batch is None:
                yield from self._carefully(self._reader(chain(found, lines)), len(columns), first)
                return
            yield batch
            first += batch.size

    def _split(self, lines: Sequence[str], count: int, first: int) -> LineBatch | None:
        """Take lines for rows, unless there is a quote in them, or a row without as many words as there are columns."""
        text = "".join(lines).replace("\r\n", "\n")
        if '"' in text or "\r" in text:
            return None
        rows = text.removesuffix("\n").split("\n")
        if set(map(methodcaller("count", self.separator), rows)) != {count - 1} or "" in rows:
            return None
        return LineBatch(self.file, self.columns, rows, self.separator, first)

    def _carefully(self, reader: Iterator[list[str]], count: int, first: int) -> Iterator[PlainBatch]:
        """Read rows word by word."""
        while True:
            rows: list[list[str]] = []
            try:  # rows before one that cannot be read stay
                rows.extend(islice((_filled(row, count) for row in reader), _ROWS))
            except csv.Error as error:
                self._check_sizes(rows, first, count)
                raise self._unreadable(f"row {first + len(rows) + 1:,}", error) from None
            self._check_sizes(rows, first, count)
            if not rows:
                return
            yield PlainBatch(self.file, self.columns, rows, first)
            first += len(rows)

    def _reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self.separator, strict=True)

    def _unreadable(self, where: str, error: csv.Error) -> RequestError:
        if "new-line character" in str(error):
            what = "has a carriage return in it, which ends no line"
            command = "tr '\\r' '\\n'" + ("" if self.file == STDIN else f" < {self.file}")
            return RequestError(f"{where} of {self._shown} {what}", help=f"`{command}` ends lines there")
        help = "a word in quotes ends with its quote, and a quote within it is written twice"
        return RequestError(f"{where} of {self._shown} {wrong_with_row(error)}", help=help)

    def _check_sizes(self, rows: Sequence[Sequence[str]], done: int, expected: int) -> None:
        """Raise `RequestError` for a row that has other columns than the heading."""
        for at, row in enumerate(rows, done + 1):
            if len(row) != expected:
                raise self._ragged(at, len(row), expected)

    def _ragged(self, at: int, size: int, expected: int) -> RequestError:
        what = f"row {at:,} of {self._shown} has {size} column{'s' * (size != 1)}, and the heading {expected}"
        if size < expected:
            return RequestError(what, help="a column without a number is left empty, with its separator")
        return RequestError(what, help="a word with the separator in it stands in quotes; a number has a decimal point")

    def _objects(self, lines: Iterable[tuple[int, str]], known: Sequence[str] = ()) -> Iterator[Sequence[Any]]:
        """Read numbered lines as objects, one by one: the names of their members, if these are not known, and rows."""
        columns = list(known)
        decode = json.JSONDecoder(parse_float=_number, parse_int=_whole).raw_decode
        for at, line in lines:
            text = line.strip(_JSON_SPACES)
            if not text.strip():
                continue
            try:
                found, end = decode(text)
            except (ValueError, RecursionError):
                found, end = None, 0
            if not isinstance(found, dict) or end < len(text):
                help = f"{_OBJECT}\n`jq -c '.[]'` makes lines of a list" if text[:1] == "[" else _OBJECT
                raise RequestError(f"line {at:,} of {self._shown} is no JSON object", help=help)
            if not columns:
                columns = list(found)
                yield columns
            elif list(found) == columns:
                yield tuple(found.values())
                continue
            elif new := next((name for name in found if name not in columns), ""):
                what = f"line {at:,} of {self._shown} has `{new}`, and the first line has not"
                raise RequestError(
                    what, help=f"the first line names the columns: it takes `{json.dumps(new)}: null` there"
                )
            yield [found.get(name) for name in columns]

    @property
    def _shown(self) -> str:
        return show_file(self.file)


def _filled(row: list[str], count: int) -> list[str]:
    """Fill a blank line up to a row without numbers."""
    return [*(row or [""]), *[""] * (count - 1)] if not "".join(row).strip() and len(row) <= 1 else row


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _whole(text: str) -> int | str:
    """Read a whole number; one of more digits than Python reads stays a text."""
    try:
        return int(text)
    except ValueError:
        return text


def _number(text: str) -> float | str:
    """Read a number; one that no double holds stays a text."""
    number = float(text)
    return text if is_beyond(text, number) else number
