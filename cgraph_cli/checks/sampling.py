"""Sampling: random points to try a program at."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.inputs import check_settable

DEFAULT_RANGE = (-2.0, 2.0)
"""Where a sampled input lies, when nobody says otherwise."""


class Sampling(NamedTuple):
    """A choice of random points: `samples` of them, within `ranges`, from a seed."""

    samples: int
    ranges: Mapping[str, tuple[float, float]]
    seed: int = 1

    def points(self, names: Sequence[str], fixed: Mapping[str, float]) -> Iterator[dict[str, float]]:
        """Choose values for the inputs `names`: those in `fixed` as they are, the rest at random."""
        chance = random.Random(self.seed)
        for _ in range(self.samples):
            yield {
                name: fixed[name] if name in fixed else chance.uniform(*self.ranges.get(name, DEFAULT_RANGE))
                for name in names
            }


def input_names(graphs: Sequence[Graph]) -> list[str]:
    """List the inputs of some programs by name, in order of their first use."""
    return list(dict.fromkeys(graph.names[node] or "" for graph in graphs for node in graph.inputs()))


def defaults_kept(graph: Graph, sampling: Sampling, fixed: Mapping[str, float]) -> dict[str, float]:
    """Find the defaults of the inputs that are neither set nor have a range: they are not sampled."""
    defaults = {graph.names[node] or "": graph.numbers[node] for node in graph.inputs()}
    unnamed = {*fixed, *sampling.ranges}
    return {name: number for name, number in defaults.items() if number is not None and name not in unnamed}


def check_ranges(graphs: Sequence[Graph], sampling: Sampling, fixed: Mapping[str, float]) -> None:
    """Raise `CgraphError` for a range of a name that is no input of any of the programs, or is set to one number."""
    known = input_names(graphs)
    for name in sampling.ranges:
        if name not in known:
            check_settable(graphs[0], name)
        if name in fixed:
            raise RequestError(
                f"`{name}` has both a number and a range", help=f"leave out `--{name}` or `--range {name}=…`"
            )
    if not [name for name in known if name not in fixed] and sampling.samples > 1:
        what = f"the inputs are all set: {name_list(known)}" if known else "the program has no inputs"
        raise RequestError(f"`--samples` has nothing to choose, as {what}", help="leave `--samples` out")
