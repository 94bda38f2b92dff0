"""Scopes: the parts of a program that have names of their own, as templates that are copied where they are used."""

from __future__ import annotations

from typing import Protocol

from cgraph_cli.core.graph import INPUT, Graph


class PlacedWord(Protocol):
    """A word of the program, a string that knows where it starts."""

    start_pos: int | None

    def __str__(self) -> str: ...


class Body:
    """A body over nodes from around it.

    `parameters` are inputs of the `body`, and so is what stands for the nodes around it that it names: `captured` has
    the one by the other. `result` is the node of the body that it comes to.
    """

    __slots__ = ("body", "captured", "offset", "parameters", "result")

    def __init__(self, offset: int, body: Graph) -> None:
        self.offset = offset
        self.body = body
        self.parameters: list[int] = []
        self.captured: dict[int, int] = {}
        self.result = -1

    def capture(self, node: int, name: str, offset: int) -> int:
        """What stands in the body for a node around it, which may be called like a parameter."""
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

    `domains` are the nodes of the body that the variables go through, `indices` those that tell which element of
    a recurrence a step is, and `before` what stands in the body for the elements that are there.
    """

    __slots__ = ("before", "domains", "indices")

    def __init__(self, offset: int, body: Graph) -> None:
        super().__init__(offset, body)
        self.domains: list[int] = []
        self.indices: list[int] = []
        self.before: int | None = None
