"""cgraph differentiates expressions: every node's value and gradient.

    >>> from cgraph_cli import parse, evaluate, sweep_reverse
    >>> graph = parse("c = a + b; d = b + 1; e = c * d")
    >>> evaluation = evaluate(graph, {"a": 3, "b": 1})
    >>> evaluation.value("e")
    8.0
    >>> adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    >>> adjoints[graph.find("b")]
    6.0

The names below are loaded when they are first used, so that a program that needs one of them pays for no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cgraph_cli.errors import CgraphError, InputError, ProgramError, RequestError
    from cgraph_cli.graph import Graph
    from cgraph_cli.program import parse
    from cgraph_cli.sweeps import Evaluation, evaluate, sweep_forward, sweep_reverse

__version__ = "0.1.0"

__all__ = [
    "CgraphError",
    "Evaluation",
    "Graph",
    "InputError",
    "ProgramError",
    "RequestError",
    "__version__",
    "evaluate",
    "parse",
    "sweep_forward",
    "sweep_reverse",
]

_HOMES = {
    "CgraphError": "cgraph_cli.errors",
    "InputError": "cgraph_cli.errors",
    "ProgramError": "cgraph_cli.errors",
    "RequestError": "cgraph_cli.errors",
    "Graph": "cgraph_cli.graph",
    "parse": "cgraph_cli.program",
    "Evaluation": "cgraph_cli.sweeps",
    "evaluate": "cgraph_cli.sweeps",
    "sweep_forward": "cgraph_cli.sweeps",
    "sweep_reverse": "cgraph_cli.sweeps",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
