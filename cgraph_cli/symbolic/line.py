"""Programs along a line: the inputs move from a point in a direction, by a step that is an input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cgraph_cli.core.array_graph import ArrayProgram
from cgraph_cli.core.graph import Graph


class ProgramOnLine(NamedTuple):
    """A program along a line: its graph, the input of the step, and the names of its start's inputs."""

    graph: Graph
    step: str
    starts: dict[str, str]

    def inputs(self, given: Mapping[str, float]) -> dict[str, float]:
        """Map the names of the program's inputs to those of the line."""
        return {self.starts.get(name, name): number for name, number in given.items()}


def along_line(graph: Graph, direction: Mapping[int, float], step: str) -> ProgramOnLine:
    """Write a program in which each input x of a direction becomes `x + v*step`; the other nodes stay as they are."""
    result = Graph(graph.source, graph.max_nodes)
    offset = graph.offsets[next(iter(direction))]
    far = result.append_input(step, offset, 0.0)
    labels, starts, moved = [step], {}, {}
    for node, speed in direction.items():
        name = graph.names[node] or ""
        starts[name] = f"{name}.start"
        start = result.append_input(starts[name], offset, graph.numbers[node])
        way = far
        if speed != 1:
            way = result.append("*", (result.append_constant(speed, offset), far), offset)
        moved[node] = result.append("+", (start, way), offset)
        labels += [f"{name}.{part}" for part in ("start", "speed", "way")[: moved[node] - start]] + [name]
    result.hidden.update(range(1, len(result)))
    result.hidden.difference_update(moved.values())
    became = result.inline(graph, moved)
    for node, label in enumerate(graph.names):
        if label is not None:
            result.name(became[node], label, graph.definitions[node])
        result.definitions[became[node]] = graph.definitions[node]
    result.nodes.update({name: became[node] for name, node in graph.nodes.items()})
    result.hidden.update(became[node] for node in graph.hidden)
    result.outputs = [became[node] for node in graph.outputs]
    result.output = became[graph.output]
    result.constants = set(graph.constants)
    whole = ["" for _ in result.operations]
    whole[: len(labels)] = labels
    for node, shown in enumerate(graph.labels()):
        whole[became[node]] = shown
    result.label(whole)
    if graph.arrays is not None:
        arrays = graph.arrays
        result.arrays = ArrayProgram(arrays.graph, [each.map(became.__getitem__) for each in arrays.elements])
        result.arrays.summed = {became[node]: name for node, name in arrays.summed.items()}
    return ProgramOnLine(result, step, starts)
