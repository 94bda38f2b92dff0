"""The numbers of `range` statements."""

from __future__ import annotations

from math import isfinite

from cgraph_cli.core.errors import ProgramError
from cgraph_cli.core.graph import Graph, show_number
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.symbolic.grad_nodes import expand


def compute_ranges(graph: Graph) -> None:
    """Compute the ends of each `range` of a program. Raises `ProgramError` where these are no interval."""
    first = next(iter(graph.ranges.values()))
    computed, became = expand(first.graph)
    values = evaluate(computed).values
    for stated in graph.ranges.values():
        low, high = stated.bounds = values[became[stated.ends[0]]], values[became[stated.ends[1]]]
        name, shown = stated.name, [show_number(end) for end in (low, high)]
        if not (isfinite(low) and isfinite(high)):
            what = f"an end of the range of `{name}` is {shown[isfinite(low)]}"
            raise ProgramError(what, [stated.span], f"the ends are finite, as in `range {name} = -2:2`")
        if low == high:
            help = f"a range has a lower and a higher end; `{name} = {shown[0]}` makes an input with that number"
            raise ProgramError(f"both ends of the range of `{name}` are {shown[0]}", [stated.span], help)
        if low > high:
            what = f"the range of `{name}` begins at {shown[0]}, above its end at {shown[1]}"
            raise ProgramError(what, [stated.span], f"write `range {name} = {shown[1]}:{shown[0]}`")
