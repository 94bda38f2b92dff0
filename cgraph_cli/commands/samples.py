"""The options that choose random points, which `check` and `compare` share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from cgraph_cli.commands.manual import Option
from cgraph_cli.commands.program import constant, names
from cgraph_cli.errors import RequestError
from cgraph_cli.points import DEFAULT_RANGE, Sampling


def sampling_options(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--samples`, `--range` and `--seed`; `default` says what happens without the first."""
    low, high = DEFAULT_RANGE

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        decorators = (
            click.option(
                "--samples", cls=Option, group="Random points", metavar="N", type=click.IntRange(min=1),
                help=f"Choose the inputs that are not set at random, so many times. {default} without it.",
            ),
            click.option(
                "--range", "range_", cls=Option, group="Random points", metavar="NAME=LOW:HIGH,…", multiple=True,
                help=f"Where to choose an input. Default: {low:g}:{high:g}.",
            ),
            click.option(
                "--seed", cls=Option, group="Random points", metavar="N", type=int,
                help="Another seed gives other points. Default: 1.",
            ),
        )  # fmt: skip
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def sampling_of(samples: int | None, ranges: Sequence[str], seed: int | None, default: int | None = None) -> Sampling | None:
    """The points that the options ask for; None where they ask for none and there is no default."""
    count = samples or default
    found = {}
    for part in names(ranges):
        name, equals, text = part.partition("=")
        low, colon, high = text.partition(":")
        if not (equals and colon and name.strip()):
            raise RequestError(f"`--range {part}` is not a range", help="write `--range a=-2:2`")
        bounds = constant(low, "--range"), constant(high, "--range")
        if not float("-inf") < bounds[0] <= bounds[1] < float("inf"):
            raise RequestError(
                f"`--range {part}` is not a range", help="the numbers are finite, and the lower one comes first"
            )
        found[name.strip()] = bounds
    if count is None:
        for option, given in (("--range", found), ("--seed", seed is not None)):
            if given:
                raise RequestError(f"`{option}` chooses random points, and none are wanted", help="add `--samples 100`")
        return None
    return Sampling(count, found, 1 if seed is None else seed)
