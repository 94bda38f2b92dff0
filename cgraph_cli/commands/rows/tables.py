"""Tables: files of rows, their formats, and the parts that both readers share."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from glob import glob, has_magic
from math import isinf, prod
from typing import Any, NamedTuple, Protocol

from cgraph_cli.commands.shared.files import unreadable
from cgraph_cli.core.errors import InputError, RequestError, did_you_mean, name_list
from cgraph_cli.language.uncertainties import find_notation
from cgraph_cli.render import TABLES

TYPED = tuple(name for name, format in TABLES.formats.items() if format.is_binary)
"""Formats of typed columns, which Polars reads and writes."""

SEPARATORS = {"csv": ",", "tsv": "\t"}
"""The separators of columns that a heading may show."""

NULLS = frozenset(("", "NA", "null"))
"""The words of a text that stand for a missing number."""

STDIN = "-"

MOST_COLUMNS = 200_000
"""The most columns of a text: with each, a reader has memory of its own."""

NOT_ZERO = r"^[^eE]*[1-9]"
"""The beginning of a number in digits that is not 0."""

_FLOAT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
LENIENCY = "`--on-error null` leaves the results of such rows empty"
"""The help for a word where a number should be."""

_SHORT = 40
"""Characters of a list that a message may show."""

ELEMENT = re.compile(r"(.+)\[(\d+)\]", re.DOTALL)
"""An element of a vector, by its position."""

_ELEMENT_OF_ARRAY = re.compile(r"\s*(\w+)\[(\d+(?:,\d+)*)\]\s*")

_DECIMAL_COMMA = re.compile(r"[-+]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][-+]?\d+)?")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?([eE][-+]?\d+)?")


class Numbers(NamedTuple):
    """The numbers of some rows by column, and the rows that lack one, where the column has an arbitrary number."""

    columns: Mapping[str, Any]
    nulls: Sequence[int]


class Element(NamedTuple):
    """An element of a column of lists: the column, its position, and the length that the lists should have."""

    column: str
    at: int
    length: int


def find_elements(names: Sequence[str], columns: Sequence[str]) -> dict[str, Element]:
    """Find the names that are elements of columns of lists, such as `w[0]` where the column is `w`.

    All elements of a column are asked for together, so that their number is the length.
    """
    known = set(columns)
    found = {name: match for name in names if name not in known and (match := ELEMENT.fullmatch(name))}
    lengths = Counter(match[1] for match in found.values())
    return {name: Element(match[1], int(match[2]), lengths[match[1]]) for name, match in found.items()}


def is_element(column: str) -> bool:
    """Tell whether a column is named as an element of an array."""
    return _ELEMENT_OF_ARRAY.fullmatch(column) is not None


def shapes_of_elements(columns: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Find the shapes of the arrays that have a column for each element, as `A[0,0]` and `A[0,1]` are for `A`."""
    places: dict[str, set[tuple[int, ...]]] = {}
    for column in columns:
        if (element := _ELEMENT_OF_ARRAY.fullmatch(column)) and element[1] not in columns:
            places.setdefault(element[1], set()).add(tuple(map(int, element[2].split(","))))
    shapes = {}
    for name, found in places.items():
        shape = tuple(1 + max(sizes) for sizes in zip(*found, strict=False))
        if prod(shape) == len(found) and {*map(len, found)} == {len(shape)}:
            shapes[name] = shape
    return shapes


def shapes_in(table: Columns) -> dict[str, tuple[int, ...]]:
    """Find the shapes of the arrays that a table has, in a column of lists or in one for each element."""
    shapes = shapes_of_elements(table.columns)
    return shapes | {column.strip(): (length,) for column, length in table.lengths().items()}


def column_of(name: str, columns: Sequence[str]) -> str:
    """Find the column that a name is read from: that of its own, or that of the lists which it is an element of."""
    match = ELEMENT.fullmatch(name)
    return match[1] if match and name not in columns else name


def find_column(name: str, columns: Sequence[str]) -> str:
    """Find a column, or the element of a column of lists, by a name with or without the blanks around it.

    A heading such as ` a , b` has such blanks. The result is empty where there is no such column.
    """
    for whole in (name, column_of(name, columns)):
        if whole in columns:
            return name
        alike = [column for column in columns if column.strip() == whole.strip()]
        if len(alike) == 1:
            return alike[0] + name.removeprefix(whole)
    return ""


def not_a_list(file: str, row: int, element: Element, word: object) -> InputError:
    """Make the error for what is no list of numbers, or one of another length."""
    length = f"{element.length} number{'s' * (element.length != 1)}"
    text = str(word)
    shown = text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
    what = f"{show_row(file, row)} has `{shown}` for `{element.column}`, which is no list of {length}"
    return InputError(what, help=LENIENCY)


class NewColumns(NamedTuple):
    """The columns to add to some rows: numbers by name, and words by row, for rows with a status other than ok.

    `shown` are the rows to write, or None for all.
    """

    names: Sequence[str]
    numbers: Sequence[Any]
    statuses: Mapping[int, Sequence[str]] | None
    nulls: Sequence[int]
    shown: Sequence[int] | None

    @property
    def headings(self) -> list[str]:
        """The names of the columns, with those of statuses."""
        return headings(self.names, self.statuses is not None)


def headings(names: Sequence[str], with_statuses: bool) -> list[str]:
    """List the names of new columns, with a status beside each number on request."""
    return [each for name in names for each in ((name, f"{name}_status") if with_statuses else (name,))]


class Rows(Protocol):
    """Some rows that follow each other."""

    file: str
    size: int
    first: int

    def read(self, names: Sequence[str], lenient: bool) -> Numbers:
        """Read the numbers of some columns. Raises `InputError` for a text that is no number, unless `lenient`."""


class Batch(Rows, Protocol):
    """Some rows of a file."""

    def head(self, size: int) -> Batch:
        """Take the first rows."""


class Columns(Protocol):
    """A file of rows with the names of its columns."""

    file: str
    format: str
    columns: Sequence[str]

    def lengths(self) -> dict[str, int]:
        """Find the columns of lists, and the lengths of the first ones, as far as they are known."""


class Table(Columns, Protocol):
    """A file of rows."""

    def batches(self) -> Iterator[Batch]:
        """Read the rows in their order."""

    def estimate(self) -> int:
        """Estimate the number of rows; 0 where nothing is known."""


def expand(files: Sequence[str]) -> list[str]:
    """Expand the patterns among names of files. Raises `RequestError` for a file that does not exist."""
    found: list[str] = []
    for file in files:
        if has_magic(file) and not os.path.exists(file):
            matches = sorted(glob(file, recursive=True))
            if not matches:
                raise RequestError(f"no file fits the pattern `{file}`")
            found += matches
        elif file == STDIN or os.path.isfile(file):
            found.append(file)
        elif os.path.isdir(file):
            raise RequestError(f"`{file}` is a folder", help=f"a pattern takes its files: `'{file.rstrip('/')}/*.csv'`")
        else:
            folder = os.path.dirname(file) or "."
            near = did_you_mean(os.path.basename(file), os.listdir(folder)) if os.path.isdir(folder) else ""
            if not near and re.search(r"[=,]", file):
                near = 'a word with a blank in it stands in quotes, as in `--map "L=my length"`'
            raise RequestError(f"there is no file `{file}`", help=near)
    return found


def separator_of(heading: str, format: str) -> str:
    """Find the separator of a text's columns: the one that the heading shows, or its format's."""
    bare = re.sub(r'"[^"]*"', "", heading)
    return next((sign for sign in (SEPARATORS[format], ";", "\t", ",") if sign in bare), SEPARATORS[format])


def first_twice(names: Sequence[str]) -> str:
    """Find the first of the names that stand there several times."""
    counts = Counter(names)
    return next(name for name in names if counts[name] > 1)


def show_file(file: str) -> str:
    """Name a file of rows in a sentence."""
    return "standard input" if file == STDIN else f"`{file}`"


def show_row(file: str, row: int) -> str:
    """Name a row in a sentence; rows are counted from 1, without the heading. Those of no file have no number."""
    return f"row {row:,} of {show_file(file)}" if file else "a row"


@contextmanager
def reading(file: str) -> Iterator[None]:
    """Turn a system's error while reading a file into ours."""
    try:
        yield
    except OSError as error:
        raise unreadable(show_file(file), error) from None


def is_beyond(word: object, number: float) -> bool:
    """Tell whether a word is a number that no double holds, of which `number` is what became."""
    return (number == 0 or isinf(number)) and isinstance(word, str) and re.match(NOT_ZERO, word) is not None


def not_a_number(file: str, row: int, column: str, word: object) -> InputError:
    """Make the error for a text in a number's place."""
    what, help = "is no number", LENIENCY
    text = str(word).strip()
    if _DECIMAL_COMMA.fullmatch(text):
        what = "has a decimal comma"
        meant = f"write `{text.replace('.', '').replace(',', '.')}`"
        if _THOUSANDS.fullmatch(text):
            what = "has a comma"
            meant += f", or `{text.replace(',', '')}` where the comma parts thousands"
        help = f"{meant}\n{help}"
    elif find_notation(text) is not None:
        what = "has an uncertainty"
        help = f"`--u {column}=COLUMN` takes the uncertainties from a column of their own\n{help}"
    elif _THOUSANDS.fullmatch(text):
        what = "has commas between thousands"
        help = f"write `{text.replace(',', '')}`\n{help}"
    elif file == STDIN and re.fullmatch(r"\[[^\[]*\]", text):
        help = f"for lists of one length, declare its shape, as in `{column} : [{text.count(',') + 1}]`\n{help}"
    elif _FLOAT.fullmatch(text):
        what = "no double holds"
    return InputError(f"{show_row(file, row)} has `{word}` for `{column}`, which {what}", help=help)


def bind(table: Columns, inputs: Sequence[str], mapped: Mapping[str, str]) -> dict[str, str]:
    """Bind inputs to columns: by `mapped`, or by name. Raises `InputError` for a column that does not exist."""
    bound = {}
    for name, column in mapped.items():
        if not find_column(column, table.columns):
            help = did_you_mean(column, table.columns) or f"its columns are {name_list(list(table.columns))}"
            raise InputError(f"`--map {name}={column}`: {show_file(table.file)} has no column `{column}`", help=help)
    for name in inputs:
        if column := find_column(mapped.get(name, name), table.columns):
            bound[name] = column
    return bound
