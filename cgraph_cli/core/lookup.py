"""Nodes by their labels, as people name them in options."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import Graph


def find_nodes(graph: Graph, labels: Sequence[str], option: str, program: str = "the program") -> list[int]:
    """Find the nodes that an option names, each once. Raises `RequestError` for a label that no node has."""
    return list(dict.fromkeys(find_node(graph, label, option, program) for label in labels))


def find_node(graph: Graph, label: str, option: str, program: str = "the program") -> int:
    """Find the node that an option names. Raises `RequestError` where there is none."""
    try:
        return graph.find(label)
    except KeyError as missing:
        hint = missing.args[0]
        known = f"its nodes are {name_list(list(graph.nodes))}" if graph.nodes else "none of its nodes has a name"
        raise RequestError(
            f"`{option}` names `{label}`, which {program} does not have", help=f"{hint}\n{known}" if hint else known
        ) from None
