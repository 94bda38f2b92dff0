"""Products with a transposed factor in MATLAB's notation, as in `x'*A*x`, and what to write for them."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = r"[^\W\d]\w{0,40}"
_GROUP = r"\((?:[^()\n]|\([^()\n]{0,60}\)){0,60}\)"
_FACTOR = rf"(?:{_NAME}(?:{_GROUP})?|\d[\d.]*|{_GROUP})(?:'|\.T\b)?"
_PRODUCT = re.compile(
    rf"(?<![\w.^'*/\\])(?<![*/] ){_FACTOR}(?:\s?\*\s?{_FACTOR}){{1,8}}(?!\s?[*^\\]|\s?\.[*/\\^]|['\w.(\[²³])"
)
"""A whole product: what a power or an index follows is another one."""
_ONE = re.compile(rf"({_NAME}(?:{_GROUP})?|\d[\d.]*|{_GROUP})('|\.T\b)?")
_OF_MATRICES = re.compile(r"(?:inv|diag|eye|outer|cholesky)\(")
_AROUND = 150
"""The characters on each side of a transpose that are searched for its product."""


class TransposedProduct(NamedTuple):
    """A product with its place, as it is written here; `of_matrices` is that of matrices of the same names, if told."""

    start: int
    end: int
    written: str
    of_matrices: str

    def advice(self) -> str:
        """Say what to write for the product."""
        if self.of_matrices == self.written:
            return f"write `{self.written}`"
        usual = f"for vectors, write `{self.written}`; that of matrices is `{self.of_matrices}`"
        return f"{usual};\nthe derivative of a number `y` is `grad(y, x)`"


class _Factor(NamedTuple):
    text: str
    is_transposed: bool
    rank: int


def find_transposed_product(text: str, offset: int, vector: str = "") -> TransposedProduct | None:
    """Find the product around a transpose at an offset, and write it; None for one that has no single meaning.

    `vector` is a factor that is known to be one.
    """
    for found in _PRODUCT.finditer(text, max(0, offset - _AROUND), offset + _AROUND):
        if found.start() <= offset < found.end():
            factors = [_factor(text, *one.groups()) for one in _ONE.finditer(found[0])]
            factors = [each._replace(rank=1) if each.text == vector else each for each in factors]
            written = _write(factors) if sum(each.rank > 0 for each in factors) > 1 else ""
            of_matrices = _write([each._replace(rank=each.rank and 2) for each in factors])
            is_told = all(not each.rank or each.text == vector or _told_rank(text, each.text) for each in factors)
            return TransposedProduct(*found.span(), written, written if is_told else of_matrices) if written else None
    return None


def _factor(text: str, value: str, sign: str | None) -> _Factor:
    if value.startswith("(") and "*" in value:  # a product of matrices within
        within = re.sub(rf"(?<=[\w)])\s?\*\s?(?=[^\W\d])(?!{_NAME}\()", " @ ", value)
        value = within if re.search(r"[A-Z]", value) else value
    return _Factor(value, bool(sign), _told_rank(text, value) or _usual_rank(value))


def _told_rank(text: str, name: str) -> int:
    """Find the rank of a name that a program declares or gives a literal value; 0 where it does neither."""
    declared = re.search(rf"(?<![\w.]){re.escape(name)}[ \t]*(?::[ \t]*\[([^\]\n]*)\]|=[ \t]*(\[\[?))", text)
    if declared is None:
        return 0
    return len(declared[2]) if declared[2] else declared[1].count(",") + 1


def _usual_rank(value: str) -> int:
    """Guess the rank by the letter: capitals are matrices, small letters vectors."""
    if value[0].isdigit():
        return 0
    inside = value[value.find("(") + 1 :] if "(" in value else value
    return 2 if _OF_MATRICES.match(value) or inside.lstrip("(")[:1].isupper() else 1


def _write(factors: list[_Factor]) -> str:
    """Write a product of factors of known ranks, from the left; empty where a vector is a column in its middle."""
    written, rank = "", 0
    for at, (value, is_transposed, of) in enumerate(factors):
        last = at == len(factors) - 1
        if of == 2 and is_transposed:
            value += ".T"
        if at == 0:
            written, rank = value, of
            is_before_row = not last and factors[1].is_transposed and factors[1].rank == 1
            if of == 1 and not is_transposed and is_before_row:  # a column, or of three factors a number
                if len(factors) == 2:
                    return f"outer({value}, {factors[1].text})"
                rank = 0
        elif not rank or not of:
            written, rank = f"{written}*{value}", max(rank, of)
        elif is_transposed and of == 1:
            return ""
        else:
            written, rank = f"{written} @ {value}", rank + of - 2
    return written
