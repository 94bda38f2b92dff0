"""The parser of rules: the texts of the table (`core.primitives`) as graphs, each rule in one normal form, `Rule`.

Every module that differentiates reads that form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.core.reach import ancestors
from cgraph_cli.language.parse import parse

CONDITIONS = ("domain", "kinks", "jumps", "poles", "edges")
"""The columns of conditions in the table."""

NONE = "none"
"""The word of a rule for no dependence."""


class Branch(NamedTuple):
    """A local partial under a condition, both as nodes of the rule's graph.

    The condition of the last branch is None: it holds at every other point. A partial of None is no dependence.
    """

    condition: int | None
    partial: int | None


class Rule:
    """The local partials of a primitive in normal form.

    `partials` has a list of branches for each parameter, and one list in a row of any number of operands. The first
    branch whose condition holds is the partial. `graph` computes the conditions and the partials of the branches, and
    nothing else; its inputs are the names in scope.
    """

    __slots__ = ("graph", "partials")

    def __init__(self, graph: Graph, partials: Sequence[Sequence[Branch]]) -> None:
        self.graph = graph
        self.partials = partials

    def uses(self, name: str) -> bool:
        """Tell whether the rule mentions a name in scope."""
        return name in self.graph.nodes

    def branches(self, position: int) -> Sequence[Branch]:
        """Return the branches of the partial with respect to the operand at a position."""
        return self.partials[min(position, len(self.partials) - 1)]

    def depends(self, position: int) -> bool:
        """Tell whether the result depends anywhere on the operand at a position."""
        return any(branch.partial is not None for branch in self.branches(position))


@cache
def text_graph(text: str, name: str) -> Graph:
    """Parse a text of the table into a graph, whose inputs are the names in scope."""
    return parse(Source(text, name))


@cache
def rule(primitive: Primitive) -> Rule:
    """Return the rule of a primitive. Raises `ValueError` with the primitive's name for a text that is no rule."""
    return _read(primitive, primitive.rule)


@cache
def step_rule(primitive: Primitive, count: int) -> Rule | None:
    """Return the rule in steps of a primitive of `count` operands; None where it has none."""
    if not primitive.steps or (primitive.variadic and count != 2):
        return None
    return _read(primitive, primitive.steps)


def _read(primitive: Primitive, written: str) -> Rule:
    """Read the partials of a primitive."""
    text = text_graph(written, f"rule of {primitive.name}")
    if len(text.outputs) != len(primitive.parameters):
        raise ValueError(f"the rule of `{primitive.name}` has not one partial for each parameter: {written}")
    graph = text.copy()
    partials = [list(_branches(graph, output)) for output in text.outputs]
    nodes = [node for branches in partials for branch in branches for node in branch if node is not None]
    kept, became = _part(graph, nodes)
    if NONE in kept.nodes:
        raise ValueError(f"the rule of `{primitive.name}` computes with `{NONE}`: {written}")
    return Rule(
        kept,
        [
            [Branch(*(None if node is None else became[node] for node in branch)) for branch in branches]
            for branches in partials
        ],
    )


def _branches(graph: Graph, node: int) -> Iterable[Branch]:
    """Flatten the nested `where`s of a partial, in the order of their conditions."""
    while graph.operations[node] == "identity":
        (node,) = graph.operands_of(node)
    if graph.operations[node] != "where":
        yield Branch(None, None if node == graph.nodes.get(NONE) else node)
        return
    condition, first, second = graph.operands_of(node)
    for inner, partial in _branches(graph, first):
        yield Branch(condition if inner is None else graph.append("and", (condition, inner), 0), partial)
    yield from _branches(graph, second)


def _part(graph: Graph, nodes: Iterable[int]) -> tuple[Graph, list[int]]:
    """Copy the nodes of a graph that some nodes depend on. Returns also the place of each node of the whole in it."""
    live = ancestors(graph, nodes)
    part, became = Graph(graph.source, graph.max_nodes), [-1] * len(graph)
    for node, operation in enumerate(graph.operations):
        if node not in live:
            continue
        if operation == INPUT:
            became[node] = part.append_input(graph.names[node] or "", graph.offsets[node])
        elif operation == CONSTANT:
            spelling = graph.spellings.get(node, "")
            became[node] = part.append_constant(graph.constant(node), graph.offsets[node], spelling)
        else:
            operands = [became[operand] for operand in graph.operands_of(node)]
            became[node] = part.append(operation, operands, graph.offsets[node])
    return part, became


def definition(primitive: Primitive) -> Graph | None:
    """Return the definition of a primitive by others, or None where the row has none."""
    if not primitive.definition:
        return None
    return text_graph(primitive.definition, f"definition of {primitive.name}")


def condition(primitive: Primitive, column: str) -> Graph | None:
    """Return a condition of a row, `column` being one of `CONDITIONS`; None where it is empty."""
    text = getattr(primitive, column)
    return text_graph(text, f"{column} of {primitive.name}") if text else None


def partials_of(name: str) -> list[str]:
    """Return the partials of a primitive as text for people, one a parameter."""
    statements = [statement.strip() for statement in PRIMITIVES[name].rule.split(";")]
    local = dict(s.split(" = ", 1) for s in statements if " = " in s)
    shown = [s for s in statements if " = " not in s]
    where = "".join(f", {name} = {text}" for name, text in local.items())
    return ["undefined" if text == "inf - inf" else f"{text}{where}" for text in shown]
