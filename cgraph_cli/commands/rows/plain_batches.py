"""Batches of rows of text: words by row, or lines that are taken as they stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import filterfalse
from math import inf
from operator import itemgetter
from typing import Any

from cgraph_cli.commands.rows.tables import (
    NULLS,
    Element,
    Numbers,
    find_elements,
    is_beyond,
    not_a_list,
    not_a_number,
)

ODD = frozenset((0.0, inf, -inf))
"""What becomes of the words of numbers that no double holds."""


ENCODE = json.JSONEncoder(ensure_ascii=False, default=str).encode
"""The writer of values of JSON; values of other types are their words."""


def list_in(text: str) -> object:
    """Read a list as JSON has it; any other text stays one."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def is_absent(value: object) -> bool:
    """Tell whether a value stands for a missing number."""
    return value is None or (isinstance(value, str) and value.strip() in NULLS)


def lengths_in(columns: Mapping[str, Iterable[Any]]) -> dict[str, int]:
    """Find the columns of lists, by the first value of each that is there, and the lengths of these."""
    firsts = {name: next(filterfalse(is_absent, values), None) for name, values in columns.items()}
    lists = {name: list_in(first) if isinstance(first, str) else first for name, first in firsts.items()}
    return {name: len(first) for name, first in lists.items() if isinstance(first, list)}


class PlainBatch:
    """Rows as lists of words, or of JSON's values; `objects` are the texts that have these, where they are known."""

    objects: Sequence[str] | None = None

    def __init__(
        self, file: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], first: int,
        objects: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        self.file = file
        self.columns = columns
        self.rows = rows
        self.size = len(rows)
        self.first = first
        self.objects = objects

    def lines(self, separator: str, places: Sequence[int]) -> list[str] | None:
        """Join the words of some columns, unless one of them is none, or needs quotes."""
        rows = self.rows if len(places) == len(self.columns) else [[row[at] for at in places] for row in self.rows]
        try:
            lines = list(map(separator.join, rows))
        except TypeError:
            return None
        text = "\n".join(lines)
        signs = len(rows) * (len(places) - 1)
        is_plain = '"' not in text and "\r" not in text
        return lines if is_plain and text.count(separator) <= signs and text.count("\n") < len(rows) else None

    def _words(self) -> Callable[[int], Sequence[Any]]:
        return lambda at: list(map(itemgetter(at), self.rows))

    def head(self, size: int) -> PlainBatch:
        """Take the first rows."""
        objects = None if self.objects is None else self.objects[:size]
        return PlainBatch(self.file, self.columns, self.rows[:size], self.first, objects)

    def read(self, names: Sequence[str], lenient: bool) -> Numbers:
        """Read the numbers of some columns."""
        found, nulls, words_of = {}, set[int](), self._words()
        elements = find_elements(names, self.columns)
        for name in dict.fromkeys(names):
            is_element = name in elements
            words = self.elements(elements[name], lenient) if is_element else words_of(self.columns.index(name))
            try:
                numbers = found[name] = list(map(float, words))
                if _is_odd(words) or (not ODD.isdisjoint(numbers) and any(map(is_beyond, words, numbers))):
                    raise ValueError
            except (TypeError, ValueError, OverflowError):
                found[name] = self._carefully(name, words, lenient, nulls)
        return Numbers(found, sorted(nulls))

    def elements(self, element: Element, lenient: bool) -> list[Any]:
        """Take an element of the lists in a column, None where there is none."""
        at, found = self.columns.index(element.column), []
        for row, line in enumerate(self.rows):
            word = line[at]
            if isinstance(word, str):  # a text holds lists as JSON has them
                word = None if word.strip() in NULLS else list_in(word)
            if isinstance(word, list) and len(word) == element.length:
                found.append(word[element.at])
            elif word is None or lenient:
                found.append(None)
            else:
                raise not_a_list(self.file, self.first + row + 1, element, line[at])
        return found

    def _carefully(self, name: str, words: Sequence[Any], lenient: bool, nulls: set[int]) -> list[float]:
        numbers = []
        for at, word in enumerate(words):
            if is_absent(word):
                nulls.add(at)
                numbers.append(0.0)
                continue
            try:
                number = float(word)
                if (isinstance(word, str) and _is_odd(word.strip())) or is_beyond(word, number):
                    raise ValueError
                numbers.append(number)
            except (TypeError, ValueError, OverflowError):
                if not lenient:
                    raise not_a_number(self.file, self.first + at + 1, name, word) from None
                nulls.add(at)
                numbers.append(0.0)
        return numbers


def _is_odd(words: Sequence[Any]) -> bool:
    """Tell whether Python may read a word as a number that is none to a file: `1_000`, or digits of other scripts."""
    try:
        text = "".join(words)
    except TypeError:  # numbers of JSON are among them
        text = "".join(word for word in words if isinstance(word, str))
    return "_" in text or not text.isascii()


class LineBatch(PlainBatch):
    """Rows as lines without quotes, each with as many words as there are columns."""

    def __init__(self, file: str, columns: Sequence[str], lines: list[str], separator: str, first: int) -> None:
        self.file = file
        self.columns = columns
        self.size = len(lines)
        self.first = first
        self._lines = lines
        self._separator = separator

    @cached_property
    def rows(self) -> Sequence[Sequence[str]]:  # type: ignore[override]
        """The words of each row."""
        return [line.split(self._separator) for line in self._lines]

    def head(self, size: int) -> LineBatch:
        """Take the first rows."""
        return LineBatch(self.file, self.columns, self._lines[:size], self._separator, self.first)

    def lines(self, separator: str, places: Sequence[int]) -> list[str] | None:
        """Join the words of some columns, as they stand in the text where they are all."""
        if separator == self._separator and len(places) == len(self.columns):
            return self._lines
        return super().lines(separator, places)

    def _words(self) -> Callable[[int], Sequence[str]]:
        words = self._separator.join(self._lines).split(self._separator)
        return lambda at: words[at :: len(self.columns)]
