"""Numbers and names as people write them in options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from cgraph_cli.core.errors import InputError, RequestError, Source, Span
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.language.numbers import does_hold, no_double

_WRITE_NUMBER = "write a number, such as `3`, `1e-3` or `2*pi`"


def constant(text: str, name: str, algebra: Algebra = DOUBLE) -> Any:
    """Compute the number that a constant expression such as `2*pi` means. `name` is what people gave it to.

    `1.000 ± 0.002` is an `UncertainNumber`; in another algebra than that of doubles it is its estimate.
    """
    source = Source(text, name)
    try:
        number = read_double(source)
        if algebra is DOUBLE or number != number or abs(number) == float("inf"):
            return number
    except ValueError:
        pass
    from cgraph_cli.evaluation.sweeps import evaluate
    from cgraph_cli.language.uncertainties import find_notation
    from cgraph_cli.language.words import instead_of
    from cgraph_cli.symbolic.program import parse

    if not text.strip():
        raise InputError(f"`{name}` has no value", help=_WRITE_NUMBER)
    if (notation := find_notation(text)) is not None:
        if algebra is DOUBLE:
            return notation.read(lambda part: float(constant(part, name)), name)
        return constant(notation.value, name, algebra)
    graph = parse(source)
    for node in graph.inputs():
        help = instead_of(graph, graph.names[node] or "").text or _WRITE_NUMBER
        raise InputError(f"`{graph.names[node]}` is not a number", [graph.span(node)], help)
    return evaluate(graph, algebra=algebra).values[graph.output]


def read_double(source: Source) -> float:
    """Read a double. Raises `ValueError` for what is no number, and `InputError` for one that no double holds."""
    text = source.text.strip()
    number = float(text)
    if not does_hold(text, number):
        what, help = no_double(text, number)
        raise InputError(what, [Span(source, 0, len(source.text))], help)
    return number


def assignments(text: str, option: str) -> dict[str, float]:
    """Read `a=1,b=0.5` as numbers by name."""
    result = {}
    for part in text.split(","):
        name, equals, number = part.partition("=")
        if not equals or not name.strip():
            raise RequestError(f"`{option} {text}` is not a list of numbers", help=f"as in `{option} a=1,b=0.5`")
        result[name.strip()] = constant(number, option)
    return result


def names(values: Sequence[str]) -> list[str]:
    """Split the values of an option that takes lists and may be repeated into names."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def has_uncertainty(graph: Graph, inputs: Mapping[str, Any]) -> bool:
    """Tell whether an input of a program, as it is given or by its default, has an uncertainty."""
    kinds = set(map(type, chain(inputs.values(), graph.numbers)))
    if kinds <= {float, type(None)}:
        return False
    from cgraph_cli.core.uncertain_number import UncertainNumber

    return UncertainNumber in kinds
