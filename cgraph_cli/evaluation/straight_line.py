"""A graph as one Python function of its inputs, a line for each distinct operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.kernels import Algebra, KernelWriter

_VARIABLE = re.compile(r"\bt\d+\b")


def compile_graph(
    graph: Graph, nodes: Sequence[int], algebra: Algebra, *, frees: bool = False
) -> Callable[..., tuple[Any, ...]]:
    """Compile the values of some nodes as a function of the inputs, in their order.

    Every node is computed. With `frees`, for large values, each is freed after its last use.
    """
    writer = KernelWriter(algebra)
    inputs = {node: f"x{at}" for at, node in enumerate(graph.inputs())}
    names = writer.write(graph, inputs)
    result = ", ".join(writer.as_number(names[node], graph.operations[node]) for node in nodes)
    writer.result(f"({result}{',' * (len(nodes) == 1)})")
    if frees:
        writer.lines = list(_freed(writer.lines))
    return writer.compile(f"def function({', '.join(inputs.values())}):", "function")


def _freed(lines: Sequence[str]) -> Iterator[str]:
    """Free each variable after its last line."""
    last: dict[str, int] = {}
    for at, line in enumerate(lines):
        last.update(dict.fromkeys(_VARIABLE.findall(line), at))
    for at, line in enumerate(lines[:-1]):
        over = [name for name in dict.fromkeys(_VARIABLE.findall(line)) if last[name] == at]
        yield f"{line}; del {', '.join(over)}" if over else line
    yield lines[-1]
