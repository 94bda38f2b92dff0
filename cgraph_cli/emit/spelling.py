"""The spelling of a target: its templates with their precedences, its numbers, names and lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from textwrap import wrap
from typing import Any

from cgraph_cli.core.array_graph import split
from cgraph_cli.core.graph import LEAVES, Graph, show_number
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Shape, Tensor
from cgraph_cli.emit.loop_syntax import LoopSyntax
from cgraph_cli.emit.terms import ATOM, Line, Template, Term

Structure = Callable[[tuple[Any, ...], Sequence[Shape]], Template]
"""A function of a structural operation's static arguments and its operands' shapes, which makes its template."""


class Spelling:
    """The terms, names and lines of a target; most of it is the same for every target.

    `templates` gives the primitives that are an expression of the target. `^2` and the like are powers with that
    constant exponent; `^c`, `/c` and the like have some constant for the second operand, here a finite one and not 0; a
    name with a `…` at its end takes any number of operands. `helpers` gives the primitives that are a function in the
    target, with its source, `variadic` those of them with any number of operands. A primitive in neither is written out
    by its definition, as a function with `functions`, else in place. `structures` are the target's structural
    operations, as calls or in `loops` over elements. `reserved` are words that cannot name a variable, and `kept` the
    beginnings of such words. With `runs` a machine computes with the text, in doubles: sums and products keep their
    order. `longest` is the most characters that the operands of an operation have together before the longest becomes a
    variable.
    """

    name = ""
    title = ""
    indent = "    "
    width = 100
    longest = 72
    runs = True
    functions = True
    templates: Mapping[str, Template] = {}
    helpers: Mapping[str, str] = {}
    names: Mapping[str, str] = {}
    variadic: frozenset[str] = frozenset()
    structures: Mapping[str, Any] = {}
    loops: LoopSyntax | None = None
    reserved: frozenset[str] = frozenset()
    kept: re.Pattern[str] | None = None
    ascii_names = False
    numbers: Mapping[str, str] = {"inf": "Infinity", "nan": "NaN"}
    negative = ATOM - 10
    to_number: Template | None = None
    to_boolean: Template | None = None
    box: Template | None = None
    guarded = False

    def template(self, operation: str, second: float | None) -> Template | None:
        """Return the template of an operation whose `second` operand is a given number; None for a function."""
        if second is not None and second == second:
            special = self.templates.get(f"{operation}{show_number(second)}")
            if special is None and (operation not in ("^", "/") or (isfinite(second) and (second or operation == "^"))):
                special = self.templates.get(f"{operation}c")
            if special is not None:
                return special
        return self.templates.get(operation) or self.templates.get(f"{operation}…")

    def is_structural(self, operation: str) -> bool:
        """Tell whether an operation is a structural one of the target."""
        return operation not in PRIMITIVES and split(operation)[0] in self.structures

    def can_write(self, graph: Graph) -> bool:
        """Tell whether the target has all structural operations of a graph, or expansions of them."""
        from cgraph_cli.emit.expansions import EXPANSIONS

        names = {split(operation)[0] for operation in set(graph.operations) if operation not in PRIMITIVES}
        return names <= {*self.structures, *EXPANSIONS, *LEAVES}

    def number(self, number: float) -> Term:
        """Write a double as a literal; `numbers` spells the ones that have names."""
        sign = "-" if str(number).startswith("-") else ""
        text = repr(abs(number))
        text = self.numbers.get(text) or (text if sign and not number else self.literal(text))
        return Term(f"{sign}{text}", self.negative if sign else ATOM, constant=True)

    def floating(self, number: float) -> str:
        """Write a number as a floating-point one, where the language has integers."""
        return self.number(number).text

    def literal(self, text: str) -> str:
        """Write a finite and positive number, from its shortest text that reads back as the same double."""
        return text.removesuffix(".0")

    def boxed(self, term: Term, parameter: str) -> Term:
        """Wrap a plain number where none is taken; `parameter` is the first one of the enclosing function."""
        return term if self.box is None else Term(self.box.fill([term.text], parameter), term.level)

    def helper_name(self, primitive: str) -> str:
        """Return the name of a primitive's function."""
        return self.names.get(primitive) or _NAMES.get(primitive, primitive)

    def identifier(self, name: str) -> str:
        """Turn a program's name into one of the target, apart from its reserved words."""
        if self.ascii_names and not name.isascii():
            name = "".join(map(_in_ascii, unicodedata.normalize("NFD", name)))
        if self.kept is None or not self.kept.match(name):
            return name
        return f"v{name}" if name.startswith("_") else f"{name}_"

    def suffixed(self, name: str) -> str:
        """Make another name from one that is taken."""
        return f"{name}_"

    def same_name(self, name: str) -> str:
        """Return a key that two names share if the target does not distinguish them."""
        return name

    def element(self, array: str, index: Sequence[int | str]) -> str:
        """Write an element of an array."""
        return array + "".join(f"[{at}]" for at in index)

    def nested(self, tensor: Tensor[str], brackets: str = "[]") -> str:
        """Write an array of texts; at rank 0 the text itself."""

        def written(part: Any) -> str:
            if isinstance(part, str):
                return part
            only = "," if brackets == "()" and len(part) == 1 else ""
            return f"{brackets[0]}{', '.join(map(written, part))}{only}{brackets[1]}"

        return written(tensor.nested())

    def known_array(self, tensor: Tensor[str]) -> str:
        """Write an array of the texts of its elements."""
        return self.nested(tensor)

    def constant_array(self, tensor: Tensor[float]) -> Term:
        """Write an array of numbers."""
        raise NotImplementedError

    def statement(self, name: str, term: Term) -> str:
        """Write the line that names a value."""
        raise NotImplementedError

    def function(self, name: str, parameters: Sequence[str], lines: Sequence[Line], result: Term, about: str) -> str:
        """Write a definition as a function; `about` is its comment."""
        raise NotImplementedError

    def statements(self, lines: Sequence[Line]) -> list[str]:
        """Write the lines that compute a graph."""
        return [text for line in lines for text in line.written or [self.statement(line.name, line.term)]]

    def block(self, lines: Sequence[str]) -> list[str]:
        """Indent lines, and fold the long ones."""
        return self.wrapped([f"{self.indent}{line}" for line in lines])

    def wrapped(self, lines: Sequence[str]) -> list[str]:
        """Fold long lines at their spaces."""
        folded: list[str] = []
        for line in lines:
            if len(line) <= self.width or line.lstrip().startswith(("*", "/", "#", "-")):
                folded.append(line)
            else:
                start = " " * (len(line) - len(line.lstrip()))
                folded += wrap(
                    line, self.width, subsequent_indent=start + 2 * self.indent,
                    break_long_words=False, break_on_hyphens=False,
                )  # fmt: skip
        return folded


_NAMES = {"^": "power", "%": "remainder", "/": "divide", "min": "minimum", "max": "maximum", "round": "round_even"}


def _in_ascii(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.combining(character):
        return ""
    greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)(?: SYMBOL)?", unicodedata.name(character, ""))
    if greek:
        return greek[2].lower() if greek[1] == "SMALL" else greek[2].capitalize()
    return f"u{ord(character):04x}"
