"""Columns of tables: the steps in which they are added, each from those before it, and the names of the results."""

from __future__ import annotations

from cgraph_cli.core.derivative_names import name_derivative
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.tensor import show_shape
from cgraph_cli.emit.module import Module
from cgraph_cli.emit.terms import Line, Term


def steps_of(module: Module) -> list[list[Line]]:
    """Sort the lines into steps by how many others they stand on."""
    graph = module.lowered
    variables = {line.node: line for line in module.lines}
    levels = [0] * len(graph)
    steps: list[list[Line]] = []
    for node in range(len(graph)):
        level = max((levels[operand] for operand in graph.operands_of(node)), default=0)
        line = variables.get(node)
        if line is not None:
            if level == len(steps):
                steps.append([])
            steps[level].append(line)
            level += 1
        levels[node] = level
    return steps


def columns_of(module: Module) -> list[tuple[str, Term]]:
    """List the columns that are added, each with its name, as `sweep` and `map` name them."""
    labels = [label if not label.startswith("%") else "value" for label in module.outputs]
    columns = [(label, tensor.item) for label, tensor in zip(labels, module.values, strict=True)]
    for label, row in zip(labels, module.gradient, strict=False):
        columns += [(name_derivative(label, x), tensor.item) for x, tensor in zip(module.wrt, row, strict=True)]
    for label, rows in zip(labels, module.hessian, strict=False):
        for at, slopes in enumerate(rows):
            for x, term in list(zip(module.wrt, slopes, strict=True))[at:]:
                columns.append((name_derivative(label, module.wrt[at], x), term))
    return columns


def check_columns(module: Module) -> None:
    """Raise `RequestError` for an input or an output that is an array, which is no column of numbers."""
    program = module.program
    arrays = [p.name for p in module.parameters if p.shape] + [of.label for of in module.quantities if of.shape]
    if arrays and program.arrays is not None:
        graph = program.arrays.graph
        node = program.arrays.node(arrays[0])
        shape = show_shape(graph.shapes[node or 0])
        raise RequestError(
            f"{module.target.title} takes a number a column, and `{arrays[0]}` is an array of {shape}",
            [graph.span(node)] if node is not None else [],
            "`numpy`, `torch`, `jax` and most other targets take arrays",
        )
