"""The rules: the texts of the table of primitives, parsed into graphs by the language's own parser."""

from __future__ import annotations

from functools import cache

from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.language.parse import parse

CONDITIONS = ("domain", "kinks", "jumps", "poles")
"""The columns of the table that hold a condition."""


@cache
def text_graph(text: str, name: str) -> Graph:
    """A text of the table as a graph, whose inputs are the names in scope."""
    return parse(Source(text, name))


def rule(primitive: Primitive) -> Graph:
    """The local partials of a primitive: a graph whose outputs are the partials, in the order of the parameters."""
    return text_graph(primitive.rule, f"rule of {primitive.name}")


def definition(primitive: Primitive) -> Graph | None:
    """The value of a primitive by other primitives, or None where the row gives none."""
    if not primitive.definition:
        return None
    return text_graph(primitive.definition, f"definition of {primitive.name}")


def condition(primitive: Primitive, column: str) -> Graph | None:
    """A condition of a row, `column` being one of `CONDITIONS`; None where it is empty."""
    text = getattr(primitive, column)
    return text_graph(text, f"{column} of {primitive.name}") if text else None


def is_zero(graph: Graph, node: int) -> bool:
    """Whether a rule says `0` there in so many words: the result does not depend on that parameter."""
    if graph.operations[node] == "identity":
        (node,) = graph.operands_of(node)
    return graph.operations[node] == CONSTANT and graph.numbers[node] == 0


def partials_of(name: str) -> list[str]:
    """The partials of a primitive as text, one a parameter, as people should read them."""
    statements = [statement.strip() for statement in PRIMITIVES[name].rule.split(";")]
    local = dict(s.split(" = ", 1) for s in statements if " = " in s)
    shown = [s for s in statements if " = " not in s]
    where = "".join(f", {name} = {text}" for name, text in local.items())
    return [f"{text}{where}" for text in shown]
