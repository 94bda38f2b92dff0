"""Settled inputs: those whose numbers shapes or places hang on, which are constants of the elaborated program."""

from __future__ import annotations

from cgraph_cli.core.array_graph import ArrayGraph, Use
from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.language.array_rules import AT, INDEX
from cgraph_cli.symbolic.arrays.values import Copy


class SettledInputs:
    """The inputs of a program whose numbers elaboration has asked for, each with a use of it.

    `built` is the node that is being elaborated, and `call` the call whose definition is being copied. The `classes`
    are asked for in such definitions alone.
    """

    def __init__(self, result: ArrayGraph) -> None:
        self.built: tuple[Graph, int] = (result, 0)
        self.call: Span | None = None
        self.uses: dict[int, Use] = {}
        self.classes: set[int] = set()
        self._result = result

    def ask(self, node: int, use: Use | None = None) -> None:
        """Note that shapes or places hang on the number of a node, and so on those of the inputs behind it."""
        result, pending = self._result, [node]
        while pending:
            each = pending.pop()
            pending += result.operands_of(each)
            if result.operations[each] == INPUT:
                graph, user = self.built
                if self.call is None or graph.operations[user] == INDEX:  # only a call as a whole keeps them
                    self.classes.discard(each)
                elif each not in self.uses:
                    self.classes.add(each)
                if each not in self.uses:
                    self.uses[each] = use or self._use()

    def _use(self) -> Use:
        if self.call is not None:
            return Use(self.call)
        graph, node = self.built
        if graph.operations[node] != INDEX or list(graph.details[node]) != [AT]:
            return Use(graph.span(node))
        array, place = graph.operands_of(node)
        return Use(graph.span(node), graph.names[array] or "" if graph.operations[place] == INPUT else "")

    def settle(self, frame: Copy) -> None:
        """Make constants of them, with the numbers that they have in the copy of the program.

        Raises `ProgramError` for a gradient with respect to one.
        """
        result = self._result
        asked = [(wrt, result.span(node)) for node, (_, wrt) in result.gradients.items()]
        for assertion in result.assertions:
            inner = assertion.graph
            asked += [(nodes[-1], inner.span(each)) for each, nodes in assertion.bindings.items() if len(nodes) == 2]
        for wrt, where in asked:
            if wrt in self.uses:
                name = result.names[wrt] or ""
                what = f"`{name}` decides a shape or a place, and nothing is differentiated with respect to it"
                place = self.uses[wrt].span._replace(note=f"this hangs on `{name}`")
                raise ProgramError(what, [where, place], "only what may vary has a gradient")
        for value in list(frame.values.values()):
            if value.node in self.uses and value.known is not None:
                use = self.uses.pop(value.node)
                use = Use(use.span) if value.shape else use
                result.settle(value.node, value.known, use, value.node in self.classes)
