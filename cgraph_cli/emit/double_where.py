"""The double `where`: operations that only an untaken branch needs get operands at which they are harmless.

The gradient of `where(x > 0, sqrt(x), 0)` at 0 is 0 in cgraph. PyTorch and JAX differentiate both branches and drop
one: the zero that the root's branch gets is multiplied by the root's infinite slope, which is `nan`. Their users write
`where(x > 0, sqrt(where(x > 0, x, 1)), 0)` in its place, and so does this module.
"""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.emit.lower import live_nodes
from cgraph_cli.graph import CONSTANT, LEAVES, Graph
from cgraph_cli.primitives import PRIMITIVES

_DEEPEST = 24
"""How many nested branches are heeded; an operation deeper inside is made safe by the outer ones alone."""

_STEEP = frozenset({"exp", "exp2", "expm1", "sinh", "cosh", "hypot", "norm", "tan", "sec"})
"""Operations without a pole whose slopes are infinite all the same somewhere, or not defined."""

_POSITION = {"/": 1, "%": 1, "xlogy": 1, "polygamma": 1}
_SAFE = {"asin": 0.0, "acos": 0.0, "atanh": 0.0, "acosh": 2.0}


class _Branch:
    """The branch of a `where` that is taken where `condition` is nonzero, or is zero; within another, or None."""

    __slots__ = ("condition", "depth", "holds", "outer")

    def __init__(self, outer: _Branch | None, condition: int, holds: bool) -> None:
        self.outer = outer
        self.condition = condition
        self.holds = holds
        self.depth: int = 1 if outer is None else outer.depth + 1


def guard_branches(graph: Graph, keep: Sequence[int]) -> tuple[Graph, list[int]]:
    """The same graph with a double `where` at every operation that could spoil a gradient from an untaken branch."""
    branches = _branches(graph, keep)
    if not any(branches):
        return graph, list(keep)
    guarded = _Guarding(graph, branches)
    return guarded.graph, [guarded.became[node] for node in keep]


def _branches(graph: Graph, keep: Sequence[int]) -> list[_Branch | None]:
    """For each node the innermost branch that all its uses are in; None where it is used outside of branches."""
    live = live_nodes(graph, keep)
    found: list[_Branch | None] = [None] * len(graph)
    seen = bytearray(len(graph))
    for node in keep:
        seen[node] = 1
    known: dict[tuple[int, int, bool], _Branch] = {}
    for node in range(len(graph) - 1, -1, -1):
        if not live[node]:
            continue
        here = found[node]
        operands = graph.operands_of(node)
        for position, operand in enumerate(operands):
            use = here
            if graph.operations[node] == "where" and position and (here is None or here.depth < _DEEPEST):
                key = (id(here), operands[0], position == 1)
                use = known.setdefault(key, _Branch(here, operands[0], position == 1))
            found[operand] = _common(found[operand], use) if seen[operand] else use
            seen[operand] = 1
    return found


def _common(first: _Branch | None, second: _Branch | None) -> _Branch | None:
    """The innermost branch that two are in."""
    while first is not second:
        if first is None or second is None:
            return None
        if first.depth >= second.depth:
            first = first.outer
        else:
            second = second.outer
    return first


class _Guarding:
    """Copies a graph; a condition comes before whatever it guards."""

    def __init__(self, graph: Graph, branches: Sequence[_Branch | None]) -> None:
        self.program = graph
        self.branches = branches
        self.graph = Graph(graph.source, graph.max_nodes)
        self.became = [-1] * len(graph)
        self._conditions: dict[_Branch, int] = {}
        for node in graph.inputs():
            self.became[node] = self.graph.append_input(
                graph.names[node] or "", graph.offsets[node], graph.numbers[node]
            )
        for node in range(len(graph)):
            self._copy_all(node)

    def _copy_all(self, node: int) -> None:
        """Copy a node after whatever it needs."""
        stack = [node]
        while stack:
            top = stack[-1]
            missing = [] if self.became[top] >= 0 else [n for n in self._needs(top) if self.became[n] < 0]
            if missing:
                stack += reversed(missing)
                continue
            stack.pop()
            if self.became[top] < 0:
                self.became[top] = self._copy(top)

    def _needs(self, node: int) -> list[int]:
        needed = list(self.program.operands_of(node))
        if self._is_steep(node):
            branch = self.branches[node]
            while branch is not None:
                needed.append(branch.condition)
                branch = branch.outer
        return needed

    def _is_steep(self, node: int) -> bool:
        operation = self.program.operations[node]
        if operation in LEAVES or operation == "clip" or self.branches[node] is None:
            return False
        operand = self.program.operands_of(node)[_POSITION.get(operation, 0)]
        if self.program.operations[operand] == CONSTANT:
            return False
        row = PRIMITIVES.get(operation)
        return row is None or bool(row.domain or row.poles) or operation in _STEEP

    def _copy(self, node: int) -> int:
        program, graph = self.program, self.graph
        operation, offset = program.operations[node], program.offsets[node]
        operands = [self.became[operand] for operand in program.operands_of(node)]
        branch = self.branches[node]
        if branch is not None and self._is_steep(node):
            position = _POSITION.get(operation, 0)
            safe = graph.append_constant(_SAFE.get(operation, 1.0), offset)
            operands[position] = graph.append("where", (self._condition(branch), operands[position], safe), offset)
        copy = graph.append(operation, operands, offset, program.numbers[node])
        name = program.names[node]
        if name is not None:
            graph.name(copy, name, program.definitions[node])
        return copy

    def _condition(self, branch: _Branch) -> int:
        """A node that is nonzero where a branch and all around it are taken."""
        chain = []
        at: _Branch | None = branch
        while at is not None and at not in self._conditions:
            chain.append(at)
            at = at.outer
        for step in reversed(chain):
            offset = self.program.offsets[step.condition]
            condition = self.became[step.condition]
            if not step.holds:
                condition = self.graph.append("not", (condition,), offset)
            if step.outer is not None:
                condition = self.graph.append("and", (self._conditions[step.outer], condition), offset)
            self._conditions[step] = condition
        return self._conditions[branch]
