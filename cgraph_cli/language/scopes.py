"""Scopes: the parts of a program with names of their own, as templates that are copied at each use."""

from __future__ import annotations

import re
from typing import Protocol

from cgraph_cli.core.errors import Source, Span
from cgraph_cli.core.graph import INPUT, Graph


class PlacedWord(Protocol):
    """A word of the program: a string with its place."""

    start_pos: int | None

    def __str__(self) -> str: ...


def span_of(source: Source, token: PlacedWord) -> Span:
    """Find the place of a token."""
    start = token.start_pos or 0
    return Span(source, start, start + len(str(token)))


def word_at(source: Source, offset: int, note: str = "") -> Span:
    """Find the word at an offset."""
    word = re.compile(r"\w+").match(source.text, offset)
    return Span(source, offset, word.end() if word else offset + 1, note)


class Body:
    """A body over nodes from around it.

    `parameters` are inputs of the `body`, and so are the captured nodes from around it: `captured` maps those to these.
    `result` is the body's own result.
    """

    __slots__ = ("body", "captured", "offset", "parameters", "result")

    def __init__(self, offset: int, body: Graph) -> None:
        self.offset = offset
        self.body = body
        self.parameters: list[int] = []
        self.captured: dict[int, int] = {}
        self.result = -1

    def capture(self, node: int, name: str, offset: int) -> int:
        """Give the equivalent within the body of a node around it, which may share its name with a parameter."""
        reference = self.captured.get(node)
        if reference is None:
            reference = self.captured[node] = self.body.append(INPUT, (), offset)
            self.body.names[reference] = name
        return reference


class Function(Body):
    """A function of the program: calls are inlined from its template."""

    __slots__ = ("name",)

    def __init__(self, name: str, offset: int, body: Graph) -> None:
        super().__init__(offset, body)
        self.name = name


class Loop(Body):
    """The body of a comprehension or a recurrence: its parameters are the variables.

    `domains` are the nodes of the variables' values, `indices` those of the element that a step of a recurrence
    assigns, and `before` is the input for the elements so far.
    """

    __slots__ = ("before", "domains", "indices")

    def __init__(self, offset: int, body: Graph) -> None:
        super().__init__(offset, body)
        self.domains: list[int] = []
        self.indices: list[int] = []
        self.before: int | None = None
