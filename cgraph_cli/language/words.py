"""Names that mean a number elsewhere and are ordinary here: what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import CONSTANTS, function

_MOST_SAID = 20
"""Nodes of an exponent that is short enough to be said."""

_NOT_A_NUMBER = "what is no number has no name: `inf - inf` computes one"

_INSTEAD = {
    "e": "Euler's number is `exp(1)`",
    "tau": "the circle constant is `2*pi`",
    "τ": "the circle constant is `2*pi`",
    "Pi": "the circle constant is `pi`",
    "PI": "the circle constant is `pi`",
    "nan": _NOT_A_NUMBER,
    "NaN": _NOT_A_NUMBER,
    "NAN": _NOT_A_NUMBER,
    **dict.fromkeys(("Inf", "INF", "infinity", "Infinity", "oo"), "infinity is written `inf`"),
}


_OFTEN_INPUTS = frozenset({"e", "tau", "τ"})


class Advice(NamedTuple):
    """What to write instead of a name, and whether it cannot have been meant as an input."""

    text: str
    is_certain: bool = False


def instead_of(graph: Graph, name: str) -> Advice:
    """What to write for an input of a program that may be meant as the number that it is elsewhere."""
    text = _INSTEAD.get(name, "")
    powers = _powers(graph, graph.nodes[name]) if name == "e" else iter(())
    for power in powers:
        return Advice(f"{text}: for the power, write `exp({power})`", True)
    return Advice(text, bool(text) and name not in _OFTEN_INPUTS)


def _powers(graph: Graph, base: int) -> Iterator[str]:
    """The exponents of the powers of a node, where they are short enough to be said."""
    from cgraph_cli.language.write import write_expression

    for node, operation in enumerate(graph.operations):
        if operation == "^" and graph.operands_of(node)[0] == base:
            exponent = graph.operands_of(node)[1]
            if exponent - base <= _MOST_SAID:
                yield graph.names[exponent] or write_expression(graph, exponent)


def why_not_settable(graph: Graph, name: str) -> tuple[str, str] | None:
    """Why the name of a constant or a function of the language is no input of a program, and what to do; or nothing."""
    if name in CONSTANTS:
        return f"`{name}` is a constant of the language and cannot be set", "give the input of the program another name"
    primitive = function(name)
    if primitive is not None and primitive.name in graph.operations:
        help = f"to multiply, write `{name}*(…)`; to keep the function, give the input another name"
        return f"`{name}` is a function that the program calls, and no input of it", help
    return None
