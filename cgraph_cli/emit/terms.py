"""Terms of a target: an expression as text with its precedence, and the templates that make one from operands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

ATOM = 100
"""The level of a term that never needs parentheses: a name, a number, a call."""


_PLACEHOLDER = re.compile(r"\{([\d*p])\}")


class Term(NamedTuple):
    """An expression of the target: its text, and the precedence of its outermost operator.

    A `boolean` term is a truth, a `constant` one a plain number or a variable of one.
    """

    text: str
    level: int = ATOM
    boolean: bool = False
    constant: bool = False


class Template:
    """The text of a primitive in a target: `{0}`, `{1}`, … are its operands, `{*}` all of them with commas between.

    `level` is the precedence of the outermost operator, higher for tighter. `operands` are the least levels of operands
    without parentheses; one left out stands between brackets or commas, and needs none. `{p}` is the first parameter of
    the enclosing function, whose type other numbers may take. A template may be `boxed`: where it takes no plain
    numbers ("each"), no plain number first ("first"), or not plain numbers alone ("all"), they are written by the
    target's `box`.
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
        """Return the least level of an operand without parentheses."""
        return self.operands[position] if position < len(self.operands) else 0

    def fill(self, operands: Sequence[str], parameter: str) -> str:
        """Put the operands and the parameter into the text."""

        def put(found: re.Match[str]) -> str:
            what = found[1]
            return ", ".join(operands) if what == "*" else parameter if what == "p" else operands[int(what)]

        return _PLACEHOLDER.sub(put, self.text).replace("{{", "{").replace("}}", "}")


def infix(operator: str, level: int) -> Template:
    """Make the template of `x + y`, which associates to the left."""
    return Template(f"{{0}} {operator} {{1}}", level, level, level + 1)


def comparison(operator: str, level: int) -> Template:
    """Make the template of `x < y`, whose operands are no comparisons."""
    return Template(f"{{0}} {operator} {{1}}", level, level + 1, level + 1)


def calls(names: Mapping[str, str], boxed: str = "") -> dict[str, Template]:
    """Make a template of a call, `atan2(x, y)`, for each primitive of `names`, by the target's name for it."""
    return {primitive: Template(f"{name}({{*}})", boxed=boxed) for primitive, name in names.items()}


class Line:
    """A variable and its value; `node` is the node of the value in the lowered graph.

    An array that loops fill has the lines that are `written` for it.
    """

    __slots__ = ("name", "node", "term", "written")

    def __init__(self, name: str, term: Term, node: int, written: Sequence[str] = ()) -> None:
        self.name = name
        self.term = term
        self.node = node
        self.written = written
