"""Options that `check` and `compare` share, and the output of their outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from cgraph_cli.checks.outcomes import Outcome
from cgraph_cli.checks.sampling import DEFAULT_RANGE, Sampling
from cgraph_cli.commands.shared.destination import Destination, output_options
from cgraph_cli.commands.shared.options import FAILED, FINE, OUTPUT, WRONG, Function, Option, together
from cgraph_cli.core.errors import RequestError
from cgraph_cli.render import OUTCOMES
from cgraph_cli.results.settings import plain_constant

CHECK = "What to check"
"""The group of these options."""

tolerance_options = together(
    click.option(
        "--rtol", cls=Option, group=CHECK, metavar="NUMBER", default="1e-9",
        help="The relative tolerance, as a part of the right number. Default: 1e-9.",
    ),
    click.option(
        "--atol", cls=Option, group=CHECK, metavar="NUMBER", default="0",
        help="The absolute tolerance, added to the relative one. Default: 0.",
    ),
)  # fmt: skip

outcome_options = output_options(
    OUTCOMES,
    "How to write the result (`github` annotates a change, `junit` is XML)",
    "outcome.xml",
    click.option("-q", "--quiet", cls=Option, group=OUTPUT, is_flag=True, help="Show only what fails."),
)


def tolerance(text: str, option: str) -> float:
    """Read a tolerance. Raises `RequestError` for a negative or an infinite one."""
    number = plain_constant(text, option)
    if not 0 <= number < float("inf"):
        raise RequestError(f"`{option} {text}` is not a tolerance", help=f"write a number from 0 up: `{option} 1e-9`")
    return number


def write_outcomes(outcomes: Sequence[Outcome], output: Destination, quiet: bool, *, errors: bool = False) -> int:
    """Write outcomes to their destination, with the `errors` of doubles if asked for, and find the exit status."""
    output.write(outcomes, output.view(quiet=quiet, errors=errors))
    if any(outcome.errors for outcome in outcomes):
        return WRONG
    return FINE if all(outcome.passed for outcome in outcomes) else FAILED


def sampling_options(default: str, kept: str = "") -> Callable[[Function], Function]:
    """Declare `--samples`, `--range` and `--seed`.

    `default` says what happens without the first, and `kept` which inputs it leaves alone besides those that are set.
    """
    low, high = DEFAULT_RANGE
    group = "Random points"
    return together(
        click.option(
            "--samples", cls=Option, group=group, metavar="N", type=click.IntRange(min=1),
            help=f"Choose the inputs at random, so many times, but for those that are set{kept}. {default}",
        ),
        click.option(
            "--range", "range_", cls=Option, group=group, metavar="NAME=LOW:HIGH,…", multiple=True,
            help=f"The range of an input that is chosen. Default: the program's `range`, or {low:g}:{high:g}.",
        ),
        click.option(
            "--seed", cls=Option, group=group, metavar="N", type=int,
            help="The seed of the random points. Default: 1.",
        ),
    )  # fmt: skip


def sampling_of(
    samples: int | None, ranges: Sequence[str], seed: int | None, default: int | None = None
) -> Sampling | None:
    """Choose the points of the options; None where these ask for none and there is no default."""
    count = samples or default
    found = {}
    if ranges:
        from cgraph_cli.results.over_ranges.ranges import parse_bounds

        found = parse_bounds(ranges, "--range", plain_constant)
    if count is None:
        for option, given in (("--range", found), ("--seed", seed is not None)):
            if given:
                raise RequestError(f"`{option}` is for random points, and there are none", help="add `--samples 100`")
        return None
    return Sampling(count, found, 1 if seed is None else seed)
