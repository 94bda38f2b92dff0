"""Gradients in a program: each `grad(y, x)` becomes the nodes that compute it, hidden behind its own node."""

from __future__ import annotations

from cgraph_cli.core.graph import Assertion, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import between
from cgraph_cli.symbolic.differentiate import ReverseAccumulation, append_derivatives

Sweep = type[ReverseAccumulation]


def expand(graph: Graph, blank: type[Graph] = Graph, kind: Sweep = ReverseAccumulation) -> tuple[Graph, list[int]]:
    """Return a program's graph in which each gradient is an identity of the derivative, whose nodes are hidden.

    It is a `blank` one, in which sweeps of a `kind` write. Beside it is the node there that each node became. The
    gradients of one node are found in one sweep. Raises `ProgramError` where there are too many nodes.
    """
    result, became = _expanded(graph, blank, kind)
    result.outputs = [became[node] for node in graph.outputs]
    result.output = became[graph.output] if graph.output >= 0 else -1
    for assertion in graph.assertions:
        inner, inside = _expanded(assertion.graph, blank, kind)
        inner.output = inside[assertion.graph.output]
        copy = Assertion(inner, assertion.offset)
        copy.tolerance, copy.element = assertion.tolerance, assertion.element
        for reference, bound in assertion.bindings.items():
            first, *second = (became[node] for node in bound)
            copy.bindings[inside[reference]] = (first, second[0]) if second else (first,)
        result.assertions.append(copy)
    return result, became


def _expanded(graph: Graph, blank: type[Graph], kind: Sweep) -> tuple[Graph, list[int]]:
    """Return a graph with its gradients expanded, and the node there that each of its nodes became."""
    result = blank(graph.source, graph.max_nodes)
    result.nodes_elsewhere, result.constants = graph.nodes_elsewhere, set(graph.constants)
    result.ranges = dict(graph.ranges)
    wanted: dict[int, list[int]] = {}
    for of, wrt in graph.gradients.values():
        wanted.setdefault(of, []).append(wrt)
    found: dict[tuple[int, int], int] = {}
    became: list[int] = []
    for node in range(len(graph)):
        offset = graph.offsets[node]
        if node in graph.gradients:
            of, wrt = graph.gradients[node]
            if (of, wrt) not in found:
                start = len(result)
                variables = [variable for variable in dict.fromkeys(wanted[of]) if variable < node]
                derivatives = append_derivatives(result, became[of], [became[v] for v in variables], offset, kind)
                if _has_domain(result, became[of], [became[v] for v in variables]):
                    derivatives = [_where_defined(result, became[of], d, offset) for d in derivatives]
                found |= {(of, variable): d for variable, d in zip(variables, derivatives, strict=True)}
                result.hidden.update(range(start, len(result)))
            copy = result.append("identity", (found[of, wrt],), offset)
            result.gradients[copy] = became[of], became[wrt]
        else:
            copy = result.append_copy(graph, node, [became[operand] for operand in graph.operands_of(node)])
        name = graph.names[node]
        if name is not None:
            result.name(copy, name, graph.definitions[node])
        result.definitions[copy] = graph.definitions[node]
        became.append(copy)
    return result, became


def _has_domain(graph: Graph, of: int, wrt: list[int]) -> bool:
    """Tell whether a derivative may have a number outside of the domain, as 1/x has below 0 for `log(x)`.

    An operator, such as `x^y`, has no slope there.
    """
    rows = (PRIMITIVES.get(graph.operations[node]) for node in between(graph, wrt, of))
    return any(row is not None and row.notation == "call" and row.domain for row in rows)


def _where_defined(graph: Graph, of: int, derivative: int, offset: int) -> int:
    """Make a derivative `nan` where the node is: of all numbers, only nan is not ≤ inf."""
    least = graph.append("<=", (of, graph.append_constant(float("inf"), offset)), offset)
    return graph.append("where", (least, derivative, of), offset)
