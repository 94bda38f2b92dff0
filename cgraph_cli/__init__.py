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
    from cgraph_cli.core.errors import CgraphError, InputError, ProgramError, RequestError
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.evaluation.sweeps import Evaluation, evaluate, sweep_forward, sweep_reverse
    from cgraph_cli.symbolic.program import parse

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
    "CgraphError": "cgraph_cli.core.errors",
    "InputError": "cgraph_cli.core.errors",
    "ProgramError": "cgraph_cli.core.errors",
    "RequestError": "cgraph_cli.core.errors",
    "Graph": "cgraph_cli.core.graph",
    "parse": "cgraph_cli.symbolic.program",
    "Evaluation": "cgraph_cli.evaluation.sweeps",
    "evaluate": "cgraph_cli.evaluation.sweeps",
    "sweep_forward": "cgraph_cli.evaluation.sweeps",
    "sweep_reverse": "cgraph_cli.evaluation.sweeps",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
