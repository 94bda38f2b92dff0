"""Numbers and names as people write them in options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cgraph_cli.core.errors import InputError, RequestError, Source
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import Algebra


def constant(text: str, name: str, algebra: Algebra = DOUBLE) -> Any:
    """Compute the number that a constant expression such as `2*pi` means. `name` is what people gave it to."""
    try:
        number = float(text)
        if algebra is DOUBLE or number != number or abs(number) == float("inf"):
            return number
    except ValueError:
        pass
    from cgraph_cli.evaluation.sweeps import evaluate
    from cgraph_cli.symbolic.program import parse

    source = Source(text, name)
    if not text.strip():
        raise InputError(f"`{name}` has no value", help="write a number, such as `3`, `1e-3` or `2*pi`")
    graph = parse(source)
    for node in graph.inputs():
        raise InputError(
            f"`{graph.names[node]}` is not a number",
            [graph.span(node)],
            "write a number, such as `3`, `1e-3` or `2*pi`",
        )
    return evaluate(graph, algebra=algebra).values[graph.output]


def assignments(text: str, option: str) -> dict[str, float]:
    """Read `a=1,b=0.5` as numbers by name."""
    result = {}
    for part in text.split(","):
        name, equals, number = part.partition("=")
        if not equals or not name.strip():
            raise RequestError(f"`{option} {text}` is not a list of numbers", help=f"write `{option} a=1,b=0.5`")
        result[name.strip()] = constant(number, option)
    return result


def names(values: Sequence[str]) -> list[str]:
    """Split the values of an option that takes lists and may be repeated into names."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()]
