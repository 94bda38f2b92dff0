"""Lookup: from the labels that an option names to nodes."""

from __future__ import annotations

from collections.abc import Iterable

from cgraph_cli.core.errors import RequestError, Span, name_list
from cgraph_cli.core.graph import Graph

PROGRAM = "the program"


def find_node(graph: Graph, label: str, option: str, program: str = PROGRAM, first: str = "") -> int:
    """Find the node that an option names. Raises `RequestError` where `program` does not have it.

    Its help begins with `first`.
    """
    try:
        return graph.find(label)
    except KeyError as missing:
        hint = missing.args[0]
        known = f"its nodes are {name_list(list(graph.nodes))}" if graph.nodes else "none of its nodes has a name"
        help = "\n".join(filter(None, (hint, first, known)))
        raise RequestError(f"`{option}` names `{label}`, which {program} does not have", help=help) from None


def find_nodes(graph: Graph, labels: Iterable[str], option: str) -> list[int]:
    """Find the nodes that an option names, each once. Raises `RequestError` as `find_node` does.

    Nothing is differentiated with respect to a constant: for `--wrt` it is an error, too.
    """
    nodes = {find_node(graph, label, option): label for label in labels}
    constants = graph.constant_nodes() if option == "--wrt" else ()
    for node in constants and filter(constants.__contains__, nodes):
        label, start = nodes[node], graph.definitions[node]
        raise RequestError(
            f"`{option}` names `{label}`, which is a constant",
            [Span(graph.source, start, start + len(label))],
            f"leave `const` out of its statement, so that `{label}` is an input",
        )
    return list(nodes)
