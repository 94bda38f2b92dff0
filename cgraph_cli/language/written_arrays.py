"""Arrays as expressions, in which arrays without a name are written out."""

from __future__ import annotations

from collections.abc import Container

from cgraph_cli.core.array_graph import ArrayGraph, program_operands, split
from cgraph_cli.language.levels import ATOM, OR
from cgraph_cli.language.write import LEVELS

_OPERATORS = LEVELS | {"@": LEVELS["*"]}
"""The levels of the operators, those between arrays included."""

MOST_WRITTEN = 60
"""The most characters of an unnamed array's expression that is written out in its user."""


class Written:
    """The arrays of a program as expressions; unnamed ones that are not `kept` are written out.

    These are `opened`, each with its text in parentheses; a long one is not.
    """

    def __init__(self, program: ArrayGraph, kept: Container[int]) -> None:
        self.program = program
        self._labels = list(program.labels())
        self.opened: dict[int, str] = {}
        for node in range(len(program)):
            if node in kept or program.names[node] is not None or not program.operands_of(node):
                continue
            text = self.expression(node)
            if len(text) <= MOST_WRITTEN:
                self._labels[node] = text
                self.opened[node] = f"({text})"

    def expression(self, node: int) -> str:
        """Write the operation of an array, with the fewest parentheses."""
        program, labels = self.program, self._labels
        if any(operand in self.opened for operand in program_operands(program, node)):
            labels = list(labels)
            for at, operand in enumerate(program_operands(program, node)):
                if operand in self.opened and self._level(operand) < self._needed(node, at):
                    labels[operand] = self.opened[operand]
        (text,) = program.expressions((node,), labels)
        return text

    def _level(self, node: int) -> int:
        """Give the level of an operation; anything but an operator has the highest."""
        operation = self.program.operations[node]
        return ATOM if node in self.program.calls else _OPERATORS.get(operation, (ATOM,))[0]

    def _needed(self, node: int, at: int) -> int:
        """Give the lowest level at which an operand stands without parentheses."""
        operation = self.program.operations[node]
        if node not in self.program.calls and operation in _OPERATORS:
            return _OPERATORS[operation][min(at + 1, len(_OPERATORS[operation]) - 1)]
        return ATOM if split(operation)[0] in ("index", "transpose") else OR
