"""The plan of emitted code: a graph that holds the program and the derivatives asked for, as nodes."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.graph import INPUT, LEAVES, Graph


class Plan:
    """A program with its derivatives, as nodes of one graph.

    `outputs` and `wrt` are nodes of `graph`, as `gradient[output][wrt]` and `hessian[output][row][column]` are;
    these two are empty where they are not asked for. With `everything`, `values` and `adjoints` have a node for each
    node of the program, and `partials` one for each of its edges; `depends` says for each edge whether there is a
    dependence at all: always or never, or where a node is not 0.
    """

    def __init__(
        self,
        program: Graph,
        outputs: Sequence[int],
        wrt: Sequence[int],
        *,
        gradient: bool = True,
        hessian: bool = False,
        everything: bool = False,
    ) -> None:
        self.program = program
        self.graph = program
        self.outputs = list(outputs)
        self.wrt = list(wrt)
        self.gradient: list[list[int]] = []
        self.hessian: list[list[list[int]]] = []
        self.adjoints: list[int] = []
        self.partials: list[int] = []
        self.depends: list[int | bool] = []
        if everything:
            self.adjoints = self._differentiate(self.outputs[0], range(len(program)))
            self.partials = self._partials()
        if gradient and everything:
            self.gradient.append([self.adjoints[node] for node in self.wrt])
        if gradient or hessian:
            for output in self.outputs[len(self.gradient) :]:
                self.gradient.append(self._differentiate(output, self.wrt))
        if hessian:
            self.hessian = [self._second(row) for row in self.gradient]

    def nodes(self) -> list[int]:
        """List every node that is asked for."""
        keep = [*self.outputs, *(node for row in self.gradient for node in row)]
        keep += [node for rows in self.hessian for row in rows for node in row]
        if self.adjoints:
            keep += [*range(len(self.program)), *self.adjoints, *self.partials, *self.conditions()]
        return keep

    def conditions(self) -> list[int]:
        """List the nodes that say whether there is a dependence."""
        return [node for node in self.depends if not isinstance(node, bool)]

    def _differentiate(self, output: int, wrt: Sequence[int]) -> list[int]:
        from cgraph_cli.symbolic.differentiate import differentiate

        self.graph = differentiate(self.graph, output, wrt)
        return list(self.graph.outputs)

    def _second(self, slopes: Sequence[int]) -> list[list[int]]:
        """Append the second derivatives, each pair once: the matrix is symmetric to the last bit."""
        rows: list[list[int]] = []
        for at, slope in enumerate(slopes):
            beyond = self._differentiate(slope, self.wrt[at:])
            rows.append([*(rows[before][at] for before in range(at)), *beyond])
        return rows

    def _partials(self) -> list[int]:
        """Append the local partial of each edge of the program, from an operation alone on operands that are inputs."""
        from cgraph_cli.symbolic.inlining import local_partials

        program, partials = self.program, []
        known: dict[tuple[str, int], tuple[Graph, list[int], list[int | bool]]] = {}
        for node, operation in enumerate(program.operations):
            operands = program.operands_of(node)
            if operation in LEAVES:
                continue
            key = (operation, len(operands))
            if key not in known:
                alone = Graph(program.source)
                places = [alone.append_input(f"x{at}", 0) for at in range(len(operands))]
                known[key] = alone, *local_partials(alone, alone.append(operation, places, 0))
            alone, slopes, depends = known[key]
            arguments = dict(enumerate(operands))
            arguments[len(operands)] = node
            became = self.graph.inline(alone, arguments)
            partials += [became[slope] for slope in slopes]
            self.depends += [each if isinstance(each, bool) else became[each] for each in depends]
        return partials


def inputs_of(graph: Graph) -> list[int]:
    """List the inputs of a program."""
    return [node for node, operation in enumerate(graph.operations) if operation == INPUT]
