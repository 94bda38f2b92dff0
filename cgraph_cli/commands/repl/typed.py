"""Statements as they are typed at the prompt: their kinds, and the names and elements that they define."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from cgraph_cli.language.statements import leading_operator

_NAME = r"[^\W\d²³](?:[^\W²³]|[\u0300-\u036f])*"
ASSIGNED = re.compile(rf"\s*({_NAME})\s*=(?!=)\s*(.*)", re.DOTALL)
"""An assignment: the name, and the expression."""

OF_ELEMENT = re.compile(rf"\s*({_NAME})\s*(\[[^\[\]=]+\])\s*=(?!=)\s*(.*)", re.DOTALL)
"""An assignment of elements: the name, the place in brackets, and the expression."""

_DEFINED = re.compile(rf"\s*({_NAME})\s*\([^()]*\)\s*=(?!=)")
_RANGED = re.compile(rf"\s*range\s+({_NAME})\s*=(?!=)")
_ASSERTED = re.compile(r"\s*assert\b(?!\s*=(?!=))")
_CONSTANT = re.compile(rf"\s*const\s+({_NAME})\s*=(?!=)")
_DECLARED = re.compile(rf"\s*({_NAME})\s*:\s*\[")
_COMMENT = re.compile(r"#[^\n]*")

SIGNS = ("+", "-", "−")
"""The operators that may also begin a statement."""

ASSIGNMENT, DEFINITION, ASSERTION, RANGE, EXPRESSION = "assignment", "definition", "assertion", "range", "expression"
ELEMENT = "element"
"""The kinds of statements."""


class TypedStatement(NamedTuple):
    """A statement as it was typed: its kind, one of the above, and the name that it defines, or an empty string."""

    text: str
    kind: str
    name: str

    @property
    def place(self) -> str:
        """The place of an element, as written: `[t+1]`."""
        found = OF_ELEMENT.match(without_comments(self.text))
        return re.sub(r"\s", "", found[2]) if found else ""

    def uses(self, name: str) -> bool:
        """Tell whether the statement uses a name."""
        code = without_comments(self.text)
        head, body = code, code
        if self.kind == DEFINITION:
            head, _, body = code.partition("=")
            if name in _names(head):
                return False
        return name in _names(body)


def without_comments(text: str) -> str:
    """Remove the comments from a text."""
    return _COMMENT.sub("", text)


def _names(text: str) -> set[str]:
    return {unicodedata.normalize("NFKC", word) for word in re.findall(_NAME, text)}


def compute_anything(statements: Sequence[TypedStatement]) -> bool:
    """Tell whether some of the statements make a node."""
    return any(statement.kind in (ASSIGNMENT, ELEMENT, EXPRESSION) for statement in statements)


def find_elements(statements: Sequence[TypedStatement], name: str) -> list[int]:
    """Find the statements that assign elements of an array."""
    return [at for at, other in enumerate(statements) if (other.kind, other.name) == (ELEMENT, name)]


def join_statements(statements: Sequence[TypedStatement]) -> str:
    """Make a program of statements; a `;` goes before one that begins with a sign."""
    return "".join(f"{'; ' * bool(leading_operator(text))}{text}\n" for text, *_ in statements)


def classify(text: str) -> TypedStatement:
    """Find the kind of a statement."""
    code = without_comments(text)
    if _ASSERTED.match(code):
        return TypedStatement(text, ASSERTION, "")
    for pattern, kind in (
        (_CONSTANT, ASSIGNMENT),
        (_RANGED, RANGE),
        (ASSIGNED, ASSIGNMENT),
        (_DECLARED, ASSIGNMENT),
        (_DEFINED, DEFINITION),
        (OF_ELEMENT, ELEMENT),
    ):
        match = pattern.match(code)
        if match:
            return TypedStatement(text, kind, unicodedata.normalize("NFKC", match[1]))
    return TypedStatement(text, EXPRESSION, "")
