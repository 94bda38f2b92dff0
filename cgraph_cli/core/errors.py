"""Diagnostics: what is wrong, where, and what to write instead, in one form everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copyreg import __newobj__  # type: ignore[attr-defined]
from itertools import islice
from math import inf
from operator import itemgetter
from typing import Any, NamedTuple

SNIPPET_COLUMNS = 76
"""The most columns of a source line in a message; a longer line is cropped around its caret."""


_LONGEST_WORD, _MOST_CANDIDATES = 60, 5000
"""Bounds on the search for the meaning of an unknown word."""

_SHORTENED = 4
"""The least letters of a word that may be the beginning of a longer one."""


_LONGEST_ADVICE = 240
"""The most characters of a program in an advice, which is for copying."""

_OFTEN = 100
"""The number of questions about places after which a source remembers the starts of its lines."""


class Source:
    r"""A program's text, and its name for people.

    Line ends are normalised to `\n` and a byte-order mark is dropped: an offset into `text` means the same to the lexer
    and to a diagnostic.
    """

    __slots__ = ("_asked", "_starts", "name", "text")

    def __init__(self, text: str, name: str = "program") -> None:
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.text = text.removeprefix("\ufeff")
        self.name = show_text(name)
        self._starts: list[int] | None = None
        self._asked = 0

    def place(self, offset: int) -> tuple[int, int]:
        """Find the line and column of a character offset, both counted from 1."""
        self._asked += 1
        if self._asked < _OFTEN:  # counting lines takes no memory; their starts, once remembered, are quicker
            return self.text.count("\n", 0, offset) + 1, offset - self.text.rfind("\n", 0, offset)
        from bisect import bisect_right

        if self._starts is None:
            self._starts = [0]
            position = self.text.find("\n")
            while position >= 0:
                self._starts.append(position + 1)
                position = self.text.find("\n", position + 1)
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line_around(self, offset: int) -> tuple[int, int]:
        """Find the start and end offsets of the line around `offset`."""
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        return start, len(self.text) if end < 0 else end


class Span(NamedTuple):
    """A stretch of a source, `[start, end)` in characters, with an optional note about it."""

    source: Source
    start: int
    end: int
    note: str = ""

    def noted(self, note: str) -> Span:
        """Attach a note to the stretch."""
        return self._replace(note=note)


class Diagnostic(NamedTuple):
    """An error: a sentence on the fault, its places, and advice on what to write instead."""

    message: str
    spans: Sequence[Span] = ()
    help: str = ""

    def render(self) -> str:
        """Write the diagnostic as plain text, without a final line end."""
        lines = [f"error: {_shorten(show_text(self.message))}"]
        for span in self.spans:
            lines += _render_span(span)
        if self.help:
            first, *rest = _shorten(show_lines(self.help), _LONGEST_ADVICE).split("\n")
            lines.append(f"help: {first}")
            lines += [f"      {line}" for line in rest]
        return "\n".join(lines)


class CgraphError(Exception):
    """A mistake that a person can make, with its `diagnostic`."""

    def __init__(self, message: str, spans: Iterable[Span] = (), help: str = "") -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(show_text(message), tuple(spans), show_lines(help))

    def __str__(self) -> str:
        return self.diagnostic.render()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the error as it is: a kind of it may be made of other arguments."""
        return __newobj__, (type(self), *self.args), self.__dict__


class ProgramError(CgraphError):
    """A mistake in the program: in its syntax, or in the meaning of its names."""


class InputError(CgraphError):
    """A mistake in the inputs: one is missing, unknown, or no number."""


class RequestError(CgraphError):
    """A request that makes no sense for the program, such as the gradient of a node that it does not have."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    r"""Suggest the known word nearest to `word`: `did you mean \`x\`?`, or an empty string where none is near."""
    if len(word) > _LONGEST_WORD:
        return ""
    known = list(islice(known, _MOST_CANDIDATES))
    bare = word.lstrip("-").lower()
    most = _most_slips(len(bare))
    letters = set(bare)
    alike = [name for name in known if len(letters ^ set(name.lower()) - {"-"}) <= 2 * most]
    alike = [name for name in alike if abs(len(name.lstrip("-")) - len(bare)) <= most]
    slips = [(_count_slips(bare, name.lstrip("-").lower()), name) for name in alike]
    least, near = min(slips, key=itemgetter(0), default=(most + 1, ""))
    if least > most and len(bare) >= _SHORTENED:
        longer = [name for name in known if name.lstrip("-").lower().startswith(bare)]
        least, near = (0, longer[0]) if len(longer) == 1 else (least, near)
    return f"did you mean `{near}`?" if least <= most else ""


def _most_slips(length: int) -> float:
    """Bound the slips in a word: a farther word means another thing."""
    return 1 if length < 7 else 2 if length < 10 else 3


def _count_slips(word: str, other: str) -> float:
    """Count the slips between two words: a letter too many, too few or wrong, or two neighbours in the wrong order.

    Words of two letters differ in their order alone, or in a letter twice. A wrong letter at the beginning of a word
    of three counts twice: it makes another word.
    """
    wrong = 2 if min(len(word), len(other)) < 4 and word[:2] != other[:2] else 1
    if max(len(word), len(other)) < 3:
        return 0.0 if set(word) == set(other) else inf
    before: Sequence[float] = []
    last: Sequence[float] = range(len(other) + 1)
    for row, letter in enumerate(word, 1):
        line = [float(row)]
        for at, its in enumerate(other, 1):
            least = min(last[at] + 1, line[-1] + 1, last[at - 1] + (wrong if letter != its else 0))
            if row > 1 and at > 1 and letter == other[at - 2] and its == word[row - 2]:
                least = min(least, before[at - 2] + (letter != its))
            line.append(least)
        before, last = last, line
    return last[-1]


MOST_NAMES = 12
"""The most names in one sentence."""


def name_list(names: Sequence[str], most: int = MOST_NAMES, said: Mapping[str, str] | None = None) -> str:
    """List names in backquotes with commas, at most so many of them; the words `said` of a name follow it."""
    said = said or {}
    shown = ", ".join(f"`{name}`{said.get(name, '')}" for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def show_text(text: str) -> str:
    r"""Write others' text as one harmless line: `\x1b` for a character that a terminal or a log would obey."""
    return text if text.isprintable() else "".join(map(_show_or_escape, text))


def show_lines(text: str) -> str:
    """Write our own lines as harmless ones. A line that begins like a command to a CI log is others', and is joined."""
    if text.isprintable():
        return text
    lines = [show_text(line) for line in text.split("\n")]
    joined = lines[0]
    for line in lines[1:]:
        joined += ("\\n" if line.lstrip().startswith(("::", "##[")) else "\n") + line
    return joined


def _show_or_escape(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def show_character(character: str) -> str:
    """Show a character for a person to recognise: itself, with its code point and name if it is not ASCII."""
    import unicodedata

    if character.isascii() and character.isprintable():
        return f"`{character}`" if character != "`" else "the backquote"
    if 0xDC80 <= ord(character) <= 0xDCFF:
        return f"the byte 0x{ord(character) - 0xDC00:02X}"
    code = f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
    if unicodedata.category(character) == "Cc":
        return f"the control character {code}"
    seen = character.isprintable() and not unicodedata.combining(character)
    return f"`{character}` ({code})" if seen else code


def _shorten(sentence: str, most: int = 60) -> str:
    """Shorten very long words in backquotes."""
    import re

    return re.sub(rf"`([^`\n]{{{most}}})[^`\n]{{20,}}`", r"`\1…`", sentence)


def columns_of(text: str) -> int:
    """Count the terminal columns that `text` takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    import unicodedata

    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _visible(text: str) -> str:
    """Write text as one line that moves no cursor: any space is one space, and any invisible character a `�`."""
    return "".join(" " if c.isspace() else c if c.isprintable() else "\ufffd" for c in text)


def _render_span(span: Span) -> list[str]:
    source, start, end, note = span
    line, column = source.place(start)
    first, last = source.line_around(start)
    end = max(start + 1, min(end, last))
    around = source.text[max(first, start - SNIPPET_COLUMNS) : min(last, start + SNIPPET_COLUMNS)]
    width = SNIPPET_COLUMNS // (2 if columns_of(around) > len(around) else 1)
    left = first
    if last - first > width:
        left = max(first, min(start - width // 3, last - width))
    right = min(last, left + width)
    end = min(end, max(right, start + 1))
    before = ("…" if left > first else "") + _visible(source.text[left:start])
    shown = before + _visible(source.text[start:right]) + ("…" if right < last else "")
    marks = "^" * max(1, columns_of(_visible(source.text[start : min(end, last)].rstrip())))
    gutter = str(line)
    return [
        f"  --> {source.name}:{line}:{column}" + (f" ({note})" if note else ""),
        f"  {gutter} | {shown}".rstrip(),
        f"  {' ' * len(gutter)} | {' ' * columns_of(before)}{marks}",
    ]
