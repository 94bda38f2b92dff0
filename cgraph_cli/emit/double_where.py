"""The double `where`: operations that only an untaken branch needs get harmless operands.

The gradient of `where(x > 0, sqrt(x), 0)` at 0 is 0 in cgraph. PyTorch and JAX differentiate both branches and drop
one: the root's branch gets a zero, which the root's infinite slope makes `nan`. Their users write `where(x > 0,
sqrt(where(x > 0, x, 1)), 0)` in its place, and so does this module.
"""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors

_DEEPEST, _MOST = 24, 4
"""The most branches, nested and side by side, that guard an operation; it is left without the guards beyond."""


class _WhereBranch:
    """The branch of a `where` that is taken where `condition` is nonzero, or is zero; within another, or None."""

    __slots__ = ("condition", "depth", "holds", "outer")

    def __init__(self, outer: _WhereBranch | None, condition: int, holds: bool) -> None:
        self.outer = outer
        self.condition = condition
        self.holds = holds
        self.depth: int = 1 if outer is None else outer.depth + 1

    def is_within(self, other: _WhereBranch) -> bool:
        """Tell whether another branch is around this one."""
        at = self.outer
        while at is not None and at is not other:
            at = at.outer
        return at is not None

    def conditions(self) -> list[int]:
        """List the conditions of this branch and of all around it, the innermost first."""
        found, at = [], self
        while True:
            found.append(at.condition)
            if at.outer is None:
                return found
            at = at.outer


_WhereBranches = tuple[_WhereBranch, ...]


def guard_branches(graph: Graph, keep: Sequence[int]) -> tuple[Graph, list[int]]:
    """Copy a graph with a double `where` at every operation that could spoil a gradient from an untaken branch."""
    branches = _branches(graph, keep)
    if not any(branches):
        return graph, list(keep)
    guarded = _Guarding(graph, branches)
    return guarded.graph, [guarded.became[node] for node in keep]


def _branches(graph: Graph, keep: Sequence[int]) -> list[_WhereBranches]:
    """Find for each node the branches of its uses; none for a node with a use outside of branches."""
    live = ancestors(graph, keep)
    found: list[_WhereBranches] = [()] * len(graph)
    seen = bytearray(len(graph))
    for node in keep:
        seen[node] = 1
    known: dict[tuple[_WhereBranch | None, int, bool], _WhereBranch] = {}
    for node in range(len(graph) - 1, -1, -1):
        if node not in live:
            continue
        operands = graph.operands_of(node)
        for position, operand in enumerate(operands):
            # An index or a sum has its elements in other places than the branch.
            uses = found[node] if graph.operations[node] in PRIMITIVES else ()
            if graph.operations[node] == "where" and position:
                literals = _literals(graph, operands[0], position == 1)
                inner = [_inside(outer, literals, known) for outer in uses or (None,)]
                uses = tuple(branch for branch in dict.fromkeys(inner) if branch is not None)
            found[operand] = _either(found[operand], uses, operand) if seen[operand] else uses
            seen[operand] = 1
    return found


def _literals(graph: Graph, condition: int, holds: bool) -> list[tuple[int, bool]]:
    """Split a condition that holds or does not into conditions that follow from it: `a and not b` into a, and not b."""
    literals, rest = [], [(condition, holds)]
    while rest:
        node, truth = rest.pop()
        operation = graph.operations[node]
        if operation == ("and" if truth else "or"):
            rest += [(operand, truth) for operand in reversed(graph.operands_of(node))]
        elif operation == "not":
            rest.append((graph.operands_of(node)[0], not truth))
        else:
            literals.append((node, truth))
    return literals


def _inside(
    outer: _WhereBranch | None,
    literals: list[tuple[int, bool]],
    known: dict[tuple[_WhereBranch | None, int, bool], _WhereBranch],
) -> _WhereBranch | None:
    """Return the branch within another where the literals hold too."""
    for condition, holds in literals:
        if outer is None or outer.depth < _DEEPEST:
            key = (outer, condition, holds)
            outer = known.setdefault(key, _WhereBranch(*key))
    return outer


def _either(first: _WhereBranches, second: _WhereBranches, node: int) -> _WhereBranches:
    """Join the branches of a node with uses in several.

    Several count only where their conditions come before the node, and so cannot depend on it.
    """
    if not first or not second:
        return ()
    union = list(dict.fromkeys((*first, *second)))
    union = [branch for branch in union if not any(branch.is_within(other) for other in union)]
    if len(union) == 1:
        return tuple(union)
    if len(union) <= _MOST and all(condition < node for branch in union for condition in branch.conditions()):
        return tuple(union)
    common: _WhereBranch | None = union[0]
    for branch in union[1:]:
        common = _common(common, branch)
    return () if common is None else (common,)


def _common(first: _WhereBranch | None, second: _WhereBranch | None) -> _WhereBranch | None:
    """Find the innermost branch around two."""
    while first is not second:
        if first is None or second is None:
            return None
        if first.depth >= second.depth:
            first = first.outer
        else:
            second = second.outer
    return first


class _Guarding:
    """A copier of graphs that guards nodes by conditions."""

    def __init__(self, graph: Graph, branches: list[_WhereBranches]) -> None:
        self.program = graph
        self.branches = branches
        self.graph = type(graph)(graph.source, graph.max_nodes)
        self.became = [-1] * len(graph)
        self._conditions: dict[_WhereBranch, int] = {}
        for node in graph.inputs():
            self.became[node] = self.graph.append_copy(graph, node, ())
            self.graph.name(self.became[node], graph.names[node] or "", graph.offsets[node])
        for node in range(len(graph)):
            self._copy_all(node)

    def _copy_all(self, node: int) -> None:
        """Copy a node after all its operands."""
        stack, waiting = [node], {node}
        while stack:
            top = stack[-1]
            missing = [] if self.became[top] >= 0 else [n for n in self._needs(top) if self.became[n] < 0]
            if any(n in waiting for n in missing):
                self.branches[top] = ()  # a condition that depends on the node that it would guard
            elif missing:
                stack += reversed(missing)
                waiting.add(missing[0])
            else:
                stack.pop()
                waiting.discard(top)
                if self.became[top] < 0:
                    self.became[top] = self._copy(top)
                if stack:
                    waiting.add(stack[-1])

    def _needs(self, node: int) -> list[int]:
        needed = list(self.program.operands_of(node))
        if self._harmless(node):
            for branch in self.branches[node]:
                needed += branch.conditions()
        return needed

    def _harmless(self, node: int) -> tuple[int, float] | None:
        """Return the operand to guard of an operation that only branches use, and its number; None for none."""
        operation = self.program.operations[node]
        found = None if operation not in PRIMITIVES or not self.branches[node] else PRIMITIVES[operation].harmless
        if found is None or self.program.operations[self.program.operands_of(node)[found[0]]] == CONSTANT:
            return None
        return found if self._fits(node, found[0]) else None

    def _fits(self, node: int, position: int) -> bool:
        """Tell whether the conditions on an operand are of its shape, or numbers."""
        program = self.program
        if not isinstance(program, ArrayGraph):
            return True
        shape = program.shapes[program.operands_of(node)[position]]
        conditions = [each for branch in self.branches[node] for each in branch.conditions()]
        return all(program.shapes[each] in ((), shape) for each in conditions)

    def _copy(self, node: int) -> int:
        program, graph = self.program, self.graph
        offset = program.offsets[node]
        operands = [self.became[operand] for operand in program.operands_of(node)]
        harmless = self._harmless(node)
        if harmless is not None:
            position, number = harmless
            condition, *others = [self._condition(branch) for branch in self.branches[node]]
            for other in others:
                condition = graph.append("or", (condition, other), offset)
            sides = [operands[position], graph.append_constant(number, offset)]
            if graph.operations[condition] == "not":
                (condition,) = graph.operands_of(condition)
                sides.reverse()
            operands[position] = graph.append("where", (condition, *sides), offset)
        copy = graph.append_copy(program, node, operands)
        name = program.names[node]
        if name is not None:
            graph.name(copy, name, program.definitions[node])
        return copy

    def _condition(self, branch: _WhereBranch) -> int:
        """Return a node that is nonzero where a branch and all around it are taken."""
        chain = []
        at: _WhereBranch | None = branch
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
