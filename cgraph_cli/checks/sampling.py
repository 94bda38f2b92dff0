"""Sampling: random points of a program."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import Graph, show_number
from cgraph_cli.core.nodes_by_label import named_inputs
from cgraph_cli.evaluation.inputs import check_settable

DEFAULT_RANGE = (-2.0, 2.0)
"""The range of a sampled input without a range of its own."""

MOST_COST = 10_000_000.0
"""The most cost of all points together, in microseconds of an ordinary machine, as `check` and `compare` estimate it.
"""

FINE_COUNT = 1_000
"""The number of points that is allowed at any cost: work beyond doubles has a bound of its own."""


class Sampling(NamedTuple):
    """A choice of random points: `samples` of them, within `ranges`, from a seed."""

    samples: int
    ranges: Mapping[str, tuple[float, float]]
    seed: int = 1

    def points(self, names: Sequence[str], fixed: Mapping[str, float]) -> Iterator[dict[str, float]]:
        """Choose values for the inputs `names`: those in `fixed` unchanged, the rest at random."""
        chance = random.Random(self.seed)
        for _ in range(self.samples):
            yield {
                name: fixed[name] if name in fixed else chance.uniform(*self.ranges.get(name, DEFAULT_RANGE))
                for name in names
            }

    def elsewhere(self, names: Sequence[str], fixed: Collection[str]) -> str:
        """Advise to choose other points, by one of the inputs `names` that are not `fixed`."""
        name = next((each for each in names if each not in fixed), "")
        return f"`--range {name}=0:1` samples `{name}` elsewhere" if name else ""

    def without(self, names: Collection[str]) -> Sampling:
        """Leave out the ranges of some inputs."""
        return self._replace(ranges={name: bounds for name, bounds in self.ranges.items() if name not in names})

    def over_elements(self, graphs: Sequence[Graph]) -> Sampling:
        """Give the range of an array to each of its elements without one."""
        ranges = dict(self.ranges)
        for graph in graphs:
            for name, shape, nodes in named_inputs(graph):
                if shape and name in self.ranges:
                    ranges.pop(name, None)
                    ranges = {graph.names[node] or "": self.ranges[name] for node in nodes} | ranges
        return self._replace(ranges=ranges)

    def with_stated(self, graphs: Sequence[Graph], fixed: Collection[str]) -> Sampling:
        """Add the `range` statements of some programs, for inputs that have no range yet and are not `fixed`.

        Two programs with ranges for one input share their overlap. Raises `RequestError` where there is none.
        """
        stated: dict[str, tuple[float, float]] = {}
        for graph in graphs:
            for name, _, nodes in named_inputs(graph):
                if name not in graph.ranges:
                    continue
                low, high = graph.ranges[name].bounds
                for label in {graph.names[node] or "" for node in nodes}.difference(self.ranges, fixed):
                    first, last = stated.get(label, (low, high))
                    stated[label] = max(low, first), min(high, last)
                    if stated[label][0] > stated[label][1]:
                        help = f"`--range {name}={show_number(low)}:{show_number(high)}` chooses one of them"
                        raise RequestError(f"the programs' ranges of `{name}` do not overlap", help=help)
        return self._replace(ranges={**self.ranges, **stated})

    def kept(self, graphs: Sequence[Graph], fixed: Mapping[str, float]) -> dict[str, float]:
        """Find the inputs that keep their default: they are not set, have no range, and one default in all programs."""
        defaults: dict[str, set[float | None]] = {}
        for graph in graphs:
            for node in graph.inputs():
                defaults.setdefault(graph.names[node] or "", set()).add(graph.numbers[node])
        return {
            name: number
            for name, (number, *others) in defaults.items()
            if number is not None and not others and name not in fixed and name not in self.ranges
        }


def input_names(graphs: Sequence[Graph]) -> list[str]:
    """List the inputs of some programs by name, in order of their first use."""
    return list(dict.fromkeys(graph.names[node] or "" for graph in graphs for node in graph.inputs()))


def most_points(cost: float) -> int:
    """Find how many points, each of this cost in microseconds, end soon: a round number."""
    most = int(MOST_COST / cost)
    return max(FINE_COUNT, int(most - most % 10 ** max(0, len(str(most)) - 2)))


def check_count(sampling: Sampling, cost: float) -> None:
    """Check that so many points, each of this cost in microseconds, end soon. Raises `RequestError`."""
    most = most_points(cost)
    if sampling.samples > most:
        raise RequestError(
            f"`--samples {sampling.samples}` takes too long: this program is tried at {most:,} points at most",
            help=f"`--samples {most}` ends soon, and another `--seed` chooses other points",
        )


def check_ranges(graphs: Sequence[Graph], sampling: Sampling, fixed: Mapping[str, float]) -> None:
    """Raise `CgraphError` for a range of a name that is no input of any program, or is set to one number."""
    known = input_names(graphs)
    for name in sampling.ranges:
        if name not in known:
            check_settable(graphs[0], name)
        if name in fixed:
            raise RequestError(
                f"`{name}` has both a number and a range", help=f"leave out `--{name}` or `--range {name}=…`"
            )
    kept = sampling.kept(graphs, fixed)
    if sampling.samples > 1 and not [name for name in known if name not in fixed and name not in kept]:
        what = f"the inputs are all set: {name_list(known)}" if known else "the program has no inputs"
        help = f"`--range {next(iter(kept))}=-2:2` samples it" if kept else "leave `--samples` out"
        raise RequestError(f"`--samples` has nothing to choose, as {what}", help=help)
