"""A graph as one Python function of its inputs, a line for each distinct operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.kernels import Algebra, KernelWriter

_VARIABLE = re.compile(r"\bt\d+\b")
_ARITHMETIC = re.compile(r"(t\d+) = (\S+) ([-+*]) (\S+)")


def compile_graph(
    graph: Graph, nodes: Sequence[int], algebra: Algebra, *, frees: bool = False, reuses: bool = False
) -> Callable[..., tuple[Any, ...]]:
    """Compile the values of some nodes as a function of the inputs, in their order.

    Every node is computed. With `frees`, for large values, each is freed after its last use. With `reuses`, for arrays
    of one shape and type and numbers beside them, its memory takes the result of that use where it can.
    """
    writer = KernelWriter(algebra)
    inputs = {node: f"x{at}" for at, node in enumerate(graph.inputs())}
    names = writer.write(graph, inputs)
    result = ", ".join(writer.as_number(names[node], graph.operations[node]) for node in nodes)
    writer.result(f"({result}{',' * (len(nodes) == 1)})")
    if frees or reuses:
        writer.lines = list(_freed(writer.lines, reuses))
    return writer.compile(f"def function({', '.join(inputs.values())}):", "function")


def _freed(lines: Sequence[str], reuses: bool) -> Iterator[str]:
    """Free each variable after its last line, or write the result of that line over it."""
    last: dict[str, int] = {}
    for at, line in enumerate(lines):
        last.update(dict.fromkeys(_VARIABLE.findall(line), at))
    fresh = set[str]()  # of arrays that no other variable has
    for at, line in enumerate(lines[:-1]):
        over = [name for name in dict.fromkeys(_VARIABLE.findall(line)) if last[name] == at]
        if arithmetic := _ARITHMETIC.fullmatch(line):
            result, first, sign, second = arithmetic.groups()
            fresh.add(result)
            if reuses and sign != "-" and not {first}.intersection(fresh, over):
                first, second = second, first
            if reuses and {first}.intersection(fresh, over):
                line = f"{first} {sign}= {second}; {result} = {first}"
        yield f"{line}; del {', '.join(over)}" if over else line
    yield lines[-1]
