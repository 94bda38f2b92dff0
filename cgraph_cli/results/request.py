"""Requests: the derivatives and options that are asked of a program, and their nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cgraph_cli.core.errors import InputError, RequestError, Span, name_list
from cgraph_cli.core.graph import INPUT, Graph, show_number
from cgraph_cli.core.nodes_by_label import (
    check_elements,
    check_shape,
    find_node,
    find_nodes,
    named_inputs,
    spread,
    why_constant,
)
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.results.settings import quote_setting
from cgraph_cli.trust.budget import Budget

MOST_PRECISION = 10_000
"""The most decimal digits of a request."""

MOST_ORDERS = 1000
"""The most orders of derivatives of a request."""


class Request:
    """A choice of outputs, of nodes to differentiate with respect to, and of the sweep.

    `of` and `wrt` are labels of nodes (empty: the program's output; every node in reverse, the inputs forward).
    `mode` is `reverse`, `forward` or `both`. `seeds` are the initial adjoints of outputs, 1 where not given.
    `direction`, where given, asks for one tangent in that direction, by input. Those of an array are a `Tensor`, or one
    number for all of it. `arithmetic` is `checked`, doubles
    whose irregular points are looked into (see `trust`), or `double`, the raw IEEE result. `precision`, where
    given, computes everything in so many decimal digits instead, as it is. `outputs_only` says that of a forward
    sweep no more than the outputs' tangents will be shown, so that only those are looked into. `budget` is shared by
    the reports of several points.
    """

    def __init__(
        self,
        of: Sequence[str] = (),
        wrt: Sequence[str] = (),
        mode: str = "reverse",
        seeds: Mapping[str, Any] | None = None,
        direction: Mapping[str, Any] | None = None,
        arithmetic: str = "checked",
        precision: int | None = None,
        outputs_only: bool = False,
        budget: Budget | None = None,
    ) -> None:
        self.of = of
        self.wrt = wrt
        self.mode = mode
        self.seeds = seeds or {}
        self.direction = direction or {}
        self.arithmetic = arithmetic
        self.precision = precision
        self.outputs_only = outputs_only
        self.budget = budget

    @property
    def sweeps_arrays(self) -> bool:
        """True where few sweeps in doubles answer it, which arrays can do."""
        return self.precision is None and (self.mode != "forward" or bool(self.direction))


def choose_sweep(
    of: Sequence[str],
    wrt: Sequence[str],
    mode: str,
    seeds: Mapping[str, Any],
    direction: Mapping[str, Any],
    arithmetic: str,
    precision: int | None,
) -> Request:
    """Make the request for a `mode`; an empty one means forward with a direction, else reverse.

    Raises `RequestError` for a direction or for seeds that the sweep does not use.
    """
    if direction and mode == "reverse":
        raise RequestError(
            "`--tangent` sweeps forward, and `--mode reverse` does not",
            help="leave `--mode` out, or write `--mode both`",
        )
    if seeds and (mode == "forward" or (direction and not mode)):
        raise RequestError("`--seed` is for the reverse sweep, and there is none here", help="write `--mode both`")
    chosen = mode or ("forward" if direction else "reverse")
    return Request(of, wrt, chosen, seeds, direction, arithmetic, precision)


def algebra_of(request: Request) -> Algebra:
    """Choose the algebra of the answer, and of the inputs."""
    if request.precision is None:
        return DOUBLE
    from cgraph_cli.results.precise import inputs_algebra

    return inputs_algebra(request.precision)


def find_direction(graph: Graph, direction: Mapping[str, Any], option: str) -> dict[int, float]:
    """Find the nodes of a direction by name. Raises an error for a node that is no input."""
    nodes: dict[int, float] = {}
    for name, step in direction.items():
        steps = spread(graph, name, step, option)
        if steps is not None:
            for each, part in steps.items():
                nodes |= find_direction(graph, {graph.labels()[each]: part}, option)
            continue
        node = find_node(graph, name, option)
        check_moves(graph, node, name, option)
        check_shape(name, step, (), option)
        nodes[node] = step
    return nodes


def check_moves(graph: Graph, node: int, name: str, option: str) -> None:
    """Raise `InputError` for a direction of a node that is no input."""
    if graph.operations[node] != INPUT:
        first = next((each.name for each in named_inputs(graph)), "")
        what, spans = "is computed", [Span(graph.source, graph.definitions[node], graph.definitions[node] + len(name))]
        help = f"a direction is given by inputs{f', such as `{option} {first}=1`' if first else ', and there are none'}"
        if node in graph.constant_nodes():
            what, _, spans, help = why_constant(graph, name)
        raise InputError(f"`{option}` names `{name}`, which {what}", spans, help)


class Asked(NamedTuple):
    """The nodes of a request: the outputs, those to differentiate in, and the direction.

    `named` are the nodes whose gradients were asked for by name, or None for all.
    """

    outputs: list[int]
    wrt: list[int]
    named: set[int] | None
    direction: dict[int, float]


def _find_outputs(graph: Graph, request: Request) -> list[int]:
    """Find the outputs of a request; an array's is its sum, weighted by its seeds."""
    arrays = graph.arrays
    if arrays is None:
        return find_nodes(graph, request.of, "--of") if request.of else graph.default_outputs()
    outputs: list[int] = []
    for name in request.of or [arrays.graph.labels()[arrays.graph.output]]:
        array = arrays.node(name)
        if array is None:
            found = arrays.find(name)  # a number that no array's element is may be a constant, whose label is another
            outputs += find_nodes(graph, [name], "--of") if found is None else found.items
            continue
        seed: Any = request.seeds.get(name)
        check_elements(name, arrays.elements[array].shape)
        if seed is not None:
            check_shape(name, seed, arrays.elements[array].shape, "--seed")
            shape, count = arrays.elements[array].shape, len(arrays.elements[array].items)
            seed = seed if isinstance(seed, Tensor) else Tensor(shape, [seed] * count)
        if seed is None and array == arrays.graph.output:
            outputs.append(graph.output)
        else:
            from cgraph_cli.symbolic.arrays.weighted_sum import append_sum

            outputs.append(append_sum(graph, name, seed))
    return list(dict.fromkeys(outputs))


def _is_summed(graph: Graph, name: str, request: Request) -> bool:
    """Tell whether an array is one of the outputs."""
    assert graph.arrays is not None
    return graph.arrays.node(name) in map(graph.arrays.node, request.of) or (
        not request.of and graph.arrays.node(name) == graph.arrays.graph.output
    )


def check_seed(name: str, seed: Any, outputs: Sequence[str]) -> None:
    """Raise `RequestError` for a seed of a node that is no output."""
    if name not in outputs:
        help = f"the output is {name_list(outputs)}; `--of {name}` makes it `{name}`"
        if len(outputs) == 1 and outputs[0].isidentifier():
            shown = seed.map(show_number).nested() if isinstance(seed, Tensor) else show_number(seed)
            setting = quote_setting(f"{outputs[0]}={shown}".replace("'", ""))
            help = f"write `--seed {setting}`, as the output is `{outputs[0]}`"
            help += "" if name == f"Σ{outputs[0]}" else f"; `--of {name}` makes it `{name}`"
        raise RequestError(f"`--seed` names `{name}`, which is not an output here", help=help)


def find_asked(graph: Graph, request: Request) -> Asked:
    """Find the nodes of a request, each once. Raises `RequestError` and `InputError` for contradictions."""
    outputs = _find_outputs(graph, request)
    named = find_nodes(graph, request.wrt, "--wrt") if request.wrt else None
    direction = find_direction(graph, request.direction, "--tangent")
    summed = graph.arrays.summed if graph.arrays is not None else {}
    names = [summed.get(output, graph.labels()[output]) for output in outputs]
    sums = {f"Σ{name}" for name in summed.values()}
    find_nodes(graph, [name for name in request.seeds if name not in sums], "--seed")
    for name, seed in request.seeds.items():
        if graph.arrays is not None and graph.arrays.node(name) is not None and _is_summed(graph, name, request):
            continue
        check_seed(name, seed, names)
        check_shape(name, seed, (), "--seed")
    wrt = list(graph.inputs()) if named is None else named
    return Asked(outputs, wrt, None if named is None else set(named), direction)
