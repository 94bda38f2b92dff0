"""Errors of a `:` without a place: shapes, slices, ranges, types of names, and whole numbers as elsewhere."""

from __future__ import annotations

import re

from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.primitives import function
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.language.missing_operators import MissingOperators
from cgraph_cli.language.syntax_tokens import END_VALUE, ENDS, NAMES

_MOST_CELLS = 12
"""The most cells of a spreadsheet's range that are written out."""

_MOST_PLACES = 30
"""The most characters of places that are written in brackets."""

_TYPES = frozenset(("float", "int", "double", "real", "number", "tensor", "Tensor", "array", "vector", "matrix"))
_WHOLE_NUMBERS = re.compile(r"(\[?)(\d{1,6})[ \t]?:[ \t]?(\d{1,6})(\]?)")


class ColonErrors(MissingOperators):
    """Explanations for a statement with a `:` that does not fit."""

    def _bad_colon(self) -> ProgramError:
        opened = self.open[-1] if self.open else 0
        if (
            self.is_call(opened)
            and opened in self.pairs
            and not (function(name := self.text(opened - 1)) or name in STRUCTURAL)
        ):
            places = self.source.text[self.end(opened) : self.start(self.pairs[opened])]
            if len(places) <= _MOST_PLACES and "=" not in places:
                help = f"write `{name}[{places}]`, counted from 0"
                return self._error("places in an array stand in brackets", help, opened - 1, self.pairs[opened])
        if numbers := self._whole_numbers():
            return numbers
        if self.kind == "EQUAL":
            return self._error("`:=` is not part of the language", "write `=` to assign", self.at - 1, self.at)
        if self.open and self.kind_of(self.open[-1]) == "LSQB":
            return self._error("a slice has no more than a start, a stop and a step", "write `x[1:9:2]`")
        if self.at == 2 and self.word in _TYPES and self.kind_of(3) == "EQUAL":
            text = f"{self.text(0)} ="
            return self._error("a name has no type", f"leave the type out: write `{text}`", 0, 3)
        if self.at == 2 and self.kind_of(0) in NAMES:
            return self._error("the sizes of a shape stand in brackets", f"write `{self.text(0)} : [2, 3]`")
        if cells := re.search(r"([A-Z]{1,2})(\d{1,4})\s*:\s*\1(\d{1,4})", self.source.text[self.start(0) :]):
            column, first, last = cells[1], int(cells[2]), int(cells[3])
            if first < last < first + _MOST_CELLS:
                help = f"write `{', '.join(f'{column}{row}' for row in range(first, last + 1))}`"
                return self._error(
                    "`:` has no place here",
                    help,
                    self.at - 1 - (self.kind != "COLON"),
                    self.at + 1 - (self.kind != "COLON"),
                )
        help = "a shape is declared as in `X : [2, 3]`, a slice is as in `x[1:3]`, and `where(c, x, y)` chooses"
        return self._error("`:` has no place here", help, self.at - (self.kind != "COLON"))

    def _whole_numbers(self) -> ProgramError | None:
        """Explain `1:3` and `[1:3]`, which are whole numbers elsewhere; None for any other text."""
        at = self.start(self.at)
        for found in _WHOLE_NUMBERS.finditer(self.source.text, max(0, at - 20), at + 20):
            if found.start() <= at <= found.end() and bool(found[1]) == bool(found[4]):
                first, last = int(found[2]), int(found[3])
                help = f"for whole numbers from {first} to {last}, write `range({first}, {last + 1})`"
                return ProgramError("`:` has no place here", [Span(self.source, *found.span())], help)
        return None

    def _bad_range(self) -> ProgramError | None:
        """Explain a wrong `range` statement; None where one of its ends is wrong."""
        name = self.text(1)
        help = f"write its two ends, as in `range {name} = -2:2`"
        if self.at < 3:
            return self._error("`range` takes an input, and its two ends after a `=`", f"write `range {name} = -2:2`")
        colons = [at for at in range(3, self.at) if self.kind_of(at) == "COLON" and at not in self.open]
        if colons and self.kind in ("COLON", "COMMA"):
            return self._error(f"the range of `{name}` has more than two ends", help, 1, self.last_before(ENDS))
        is_first = self.kind == "COLON" and (self.before == "EQUAL" or self.open)
        is_last = self.kind in ENDS | {"COMMA"} and (self.before == "COLON" or not colons)
        if is_first or (is_last and self.before in END_VALUE | {"COLON"}):
            return self._error(f"the range of `{name}` has one end", help, 1, self.last_before(ENDS))
        return None
