"""A program with its gradient as a function of this process: emitted code that is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cgraph_cli.core.graph import Graph
from cgraph_cli.emit import emit
from cgraph_cli.emit.target import Target


def compile_function(
    graph: Graph, *, of: Sequence[int] = (), wrt: Sequence[int] | None = None, gradient: bool = True, name: str = "f"
) -> Callable[..., Any]:
    """Make the function that `emit` writes, in Python for numbers, in NumPy for arrays. Raises the errors of `emit`."""
    target: str | Target = "python"
    scope: dict[str, Any] = {}
    if graph.arrays is not None:
        from cgraph_cli.emit.targets.in_process import SCOPE, TARGET

        target, scope = TARGET, dict(SCOPE)
    exec(emit(graph, target, of=of, wrt=wrt, gradient=gradient, name=name), scope)
    function: Callable[..., Any] = scope[name]
    return function
