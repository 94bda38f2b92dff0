"""A graph as one Python function of its inputs, in which each distinct operation is a line."""

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
    """Compile the values of some nodes as a function of the inputs, in their order. Every node is computed.

    With `frees` a value is let go of after its last use, as is good for large ones.
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
    """Let go of each variable after the last line that has it."""
    last: dict[str, int] = {}
    for at, line in enumerate(lines):
        last.update(dict.fromkeys(_VARIABLE.findall(line), at))
    for at, line in enumerate(lines[:-1]):
        over = [name for name in dict.fromkeys(_VARIABLE.findall(line)) if last[name] == at]
        yield f"{line}; del {', '.join(over)}" if over else line
    yield lines[-1]
