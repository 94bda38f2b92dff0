"""Derivatives as programs, and code in other languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.library.arguments import (
    Inputs,
    Labels,
    Program,
    check_least,
    read_arrays,
    read_labels,
    read_program_with_defaults,
)
from cgraph_cli.library.output import write_text


def differentiate(
    program: Program,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    wrt: Labels = (),
    order: int = 1,
    expand: bool = False,
    format: str = "text",
) -> str:
    """Write the derivatives of outputs as a program that computes them.

    `of` are the outputs (the last statement), `wrt` the nodes to differentiate with respect to (every input). `inputs`
    become the result's defaults. `order` differentiates so many times; `expand` writes each derivative out, as one
    expression. `format` is `text`, `latex` or `json`.

    >>> print(differentiate("y = x^3"), end="")
    dy_dx = 3*x^2
    >>> print(differentiate("A : [m, n]; x : [n]; y = sum((A @ x)^2)", wrt="x"), end="")
    A : [m, n]
    x : [n]
    dy_dx = 2*A.T @ (A @ x)
    """
    from cgraph_cli.core.nodes_by_label import find_nodes, find_outputs
    from cgraph_cli.render import DERIVATIVES
    from cgraph_cli.symbolic.derivative_programs import derive

    check_least("order", order, 1)
    whole, arrays = read_arrays(program, inputs)
    if arrays is not None and whole.arrays is None:
        from cgraph_cli.evaluation.inputs import check_settable
        from cgraph_cli.symbolic.matrices.derivative_requests import derive_program

        for input_name in arrays:
            check_settable(whole, input_name)
        found = derive_program(whole, arrays, read_labels(of), read_labels(wrt), order, expand=expand)
        return write_text(DERIVATIVES, format, found, {})
    graph = read_program_with_defaults(program, inputs)
    outputs = find_outputs(graph, read_labels(of))
    variables = find_nodes(graph, read_labels(wrt), "--wrt") or list(graph.inputs())
    if not variables:
        raise RequestError("the program has no input to differentiate with respect to", help="name a node with `wrt`")
    return write_text(DERIVATIVES, format, derive(graph, outputs, variables, order, expand=expand), {})


def emit(
    program: Program,
    target: str,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    wrt: Labels = (),
    gradient: bool = True,
    hessian: bool = False,
    every_node: bool = False,
    name: str = "f",
    dialect: str = "",
    test: bool = False,
) -> str:
    """Write a program and its gradient as a function in another language.

    `target` is one of `cgraph_cli.emit.TARGETS`: `python`, `numpy`, `torch`, `jax`, `c`, `javascript`, `rust`, `julia`,
    `sql` or `latex`. `of` are the values it returns (the last statement), `wrt` the nodes to differentiate with respect
    to (every input). `inputs` become defaults, where the language has such a thing. `name` is the function's.

    >>> code = {}
    >>> exec(emit("y = x^2", "python"), code)
    >>> code["f"](3.0)
    (9.0, (6.0,))
    """
    from cgraph_cli.emit import emit as write_function

    graph = read_program_with_defaults(program, inputs)
    return write_function(
        graph,
        target,
        of=_find(graph, of, "--of") or (),
        wrt=_find(graph, wrt, "--wrt"),
        gradient=gradient,
        hessian=hessian,
        everything=every_node,
        name=name,
        dialect=dialect,
        test=test,
    )


def compile(
    program: Program,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    wrt: Labels = (),
    gradient: bool = True,
    name: str = "f",
) -> Callable[..., Any]:
    """Compile a program and its gradient into a function of its inputs.

    The function is the one that `emit` writes, in Python for numbers and in NumPy for arrays; its docstring says its
    arguments, those of `wrt` first, and its results. It computes plain IEEE doubles, without statuses. `of` are the
    values it returns (the last statement), `wrt` the nodes to differentiate with respect to (every input). `inputs`
    become defaults; arrays have shapes only with theirs.

    >>> f = compile("y = x^2 + a", {"a": 1}, wrt="x")
    >>> f(3.0)
    (10.0, (6.0,))
    """
    from cgraph_cli.emit.compiled import compile_function

    graph = read_program_with_defaults(program, inputs)
    outputs, nodes = _find(graph, of, "--of") or (), _find(graph, wrt, "--wrt")
    return compile_function(graph, of=outputs, wrt=nodes, gradient=gradient, name=name)


def _find(graph: Graph, labels: Labels, option: str) -> list[int] | None:
    """Find the nodes of a program, of large arrays whole ones; None where none is named."""
    from cgraph_cli.core.nodes_by_label import find_arrays, find_nodes

    names = read_labels(labels)
    find = find_arrays if isinstance(graph, ArrayGraph) else find_nodes
    return find(graph, names, option) if names else None
