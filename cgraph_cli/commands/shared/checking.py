"""What `check` and `compare` share: their options, and how outcomes are shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import click

from cgraph_cli.checks.outcomes import Outcome
from cgraph_cli.checks.sampling import DEFAULT_RANGE, Sampling
from cgraph_cli.commands.shared.inputs import constant, names
from cgraph_cli.commands.shared.options import OUTPUT, Function, Option, color_option, format_option, together
from cgraph_cli.commands.shared.terminal import wants_color
from cgraph_cli.core.errors import RequestError
from cgraph_cli.render.checks import FORMATS, Style, write

FINE, FAILED, WRONG = 0, 1, 2
"""The statuses that the commands exit with."""


CHECK = "What to check"
"""The group of the options that say so."""

tolerance_options = together(
    click.option(
        "--rtol", cls=Option, group=CHECK, metavar="NUMBER", default="1e-9",
        help="How far off a number may be, as a part of what it should be. Default: 1e-9.",
    ),
    click.option(
        "--atol", cls=Option, group=CHECK, metavar="NUMBER", default="0",
        help="How far off a number may be besides, as a difference. Default: 0.",
    ),
)  # fmt: skip

outcome_options = together(
    format_option(
        FORMATS,
        "How to write the result; `junit` is XML, and `github` annotates a change. Default: text.",
        metavar=None,
    ),
    click.option("-q", "--quiet", cls=Option, group=OUTPUT, is_flag=True, help="Show only what fails."),
    color_option,
)


def tolerance(text: str, option: str) -> float:
    """The number that a tolerance option gives. Raises `RequestError` for one that is negative or
    infinite."""
    number = float(constant(text, option))
    if not 0 <= number < float("inf"):
        raise RequestError(f"`{option} {text}` is not a tolerance", help=f"write a number from 0 up: `{option} 1e-9`")
    return number


def show(outcomes: Sequence[Outcome], format: str, quiet: bool, color: str) -> int:
    """Write outcomes to stdout. Gives the exit status."""
    painted = wants_color(color, sys.stdout)
    write(outcomes, format, Style(quiet, _paint if painted else _plain), sys.stdout)
    if any(outcome.error is not None for outcome in outcomes):
        return WRONG
    return FINE if all(outcome.passed for outcome in outcomes) else FAILED


def _paint(text: str, color: str) -> str:
    return click.style(text, fg=color)


def _plain(text: str, color: str) -> str:
    return text


def sampling_options(default: str, kept: str = "") -> Callable[[Function], Function]:
    """`--samples`, `--range` and `--seed`; `default` says what happens without the first, `kept` what else is set."""
    low, high = DEFAULT_RANGE
    group = "Random points"
    return together(
        click.option(
            "--samples", cls=Option, group=group, metavar="N", type=click.IntRange(min=1),
            help=f"Choose the inputs at random, so many times, but for those that are set{kept}. {default}",
        ),
        click.option(
            "--range", "range_", cls=Option, group=group, metavar="NAME=LOW:HIGH,…", multiple=True,
            help=f"Where to choose an input. Default: {low:g}:{high:g}.",
        ),
        click.option(
            "--seed", cls=Option, group=group, metavar="N", type=int,
            help="Another seed gives other points. Default: 1.",
        ),
    )  # fmt: skip


def sampling_of(
    samples: int | None, ranges: Sequence[str], seed: int | None, default: int | None = None
) -> Sampling | None:
    """The points that the options ask for; None where they ask for none and there is no default."""
    count = samples or default
    found = {}
    if ranges:
        from cgraph_cli.results.over_ranges.ranges import parse_bounds

        found = dict(parse_bounds(part, "--range", constant) for part in names(ranges))
    if count is None:
        for option, given in (("--range", found), ("--seed", seed is not None)):
            if given:
                raise RequestError(f"`{option}` chooses random points, and none are wanted", help="add `--samples 100`")
        return None
    return Sampling(count, found, 1 if seed is None else seed)
