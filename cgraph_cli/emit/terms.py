"""Terms of a target: an expression as text with its precedence, and the templates that make one of operands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

ATOM = 100
"""The level of a term that never needs parentheses: a name, a number, a call."""


_PLACEHOLDER = re.compile(r"\{([\d*p])\}")


class Term(NamedTuple):
    """An expression of the target: its text, and how tightly its outermost operator binds.

    `boolean` says that it is a truth, `constant` that it is a plain number or a variable that stands for one.
    """

    text: str
    level: int = ATOM
    boolean: bool = False
    constant: bool = False


class Template:
    """The text of a primitive in a target: `{0}`, `{1}`, … are its operands, `{*}` all of them with commas between.

    `level` says how tightly the outermost operator binds, the higher the tighter. `operands` are the least levels
    that the operands need to stand without parentheses; one left out stands between brackets or commas, and needs
    none. `{p}` is the first parameter of the function at hand, whose type others may take. A template may be `boxed`:
    where it takes no plain numbers ("each"), no plain number first ("first"), or not plain numbers alone ("all"), they
    are written as the target's `box` says.
    """

    __slots__ = ("boxed", "level", "operands", "repeated", "text")

    def __init__(self, text: str, level: int = ATOM, *operands: int, boxed: str = "") -> None:
        self.text = text
        self.level = level
        self.operands = operands
        self.boxed = boxed
        found = _PLACEHOLDER.findall(text)
        self.repeated = frozenset(int(mark) for mark in found if mark.isdigit() and found.count(mark) > 1)

    def needs(self, position: int) -> int:
        """Return the least level that an operand needs to stand without parentheses."""
        return self.operands[position] if position < len(self.operands) else 0

    def fill(self, operands: Sequence[str], parameter: str) -> str:
        """Put the operands and the parameter into the text."""

        def put(found: re.Match[str]) -> str:
            what = found[1]
            return ", ".join(operands) if what == "*" else parameter if what == "p" else operands[int(what)]

        return _PLACEHOLDER.sub(put, self.text).replace("{{", "{").replace("}}", "}")


def infix(operator: str, level: int) -> Template:
    """Make the template of `x + y`, read from the left."""
    return Template(f"{{0}} {operator} {{1}}", level, level, level + 1)


def comparison(operator: str, level: int) -> Template:
    """Make the template of `x < y`, whose operands are no comparisons."""
    return Template(f"{{0}} {operator} {{1}}", level, level + 1, level + 1)


def calls(names: Mapping[str, str], boxed: str = "") -> dict[str, Template]:
    """Make a template of a call, `atan2(x, y)`, for each primitive of `names`, by the target's name for it."""
    return {primitive: Template(f"{name}({{*}})", boxed=boxed) for primitive, name in names.items()}


class Line:
    """A variable and its value; `node` is where the value stands in the lowered graph.

    Of an array that loops fill, `written` are the lines that do.
    """

    __slots__ = ("name", "node", "term", "written")

    def __init__(self, name: str, term: Term, node: int, written: Sequence[str] = ()) -> None:
        self.name = name
        self.term = term
        self.node = node
        self.written = written
