"""`cgraph budget`: the uncertainty of an output, and the contribution of each input."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import Destination
from cgraph_cli.commands.shared.options import COMPUTE, FINE, NOT_FINITE, Option, arithmetic_option, of_option
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.sheets import sheet_options, write_sheet
from cgraph_cli.commands.shared.uncertainty import correlation_options, read_level, read_measurement
from cgraph_cli.render import BUDGETS
from cgraph_cli.render.contents.budgets import BudgetSheet
from cgraph_cli.results.request import Request
from cgraph_cli.results.settings import names
from cgraph_cli.results.uncertainty.agreement import MOST_DRAWS, assess
from cgraph_cli.results.uncertainty.propagation import propagate


@click.command(cls=ProgramCommand)
@program_options
@of_option("The outputs, in place of the last statement; each gets a budget, and they a covariance matrix.")
@correlation_options
@click.option(
    "--coverage",
    cls=Option,
    group=COMPUTE,
    metavar="PERCENT",
    default="95%",
    callback=lambda ctx, _, given: read_level(given),
    help="The probability of the coverage interval, such as `99%` or `0.99`. Default: 95%.",
)
@click.option(
    "--draws",
    cls=Option,
    group=COMPUTE,
    metavar="N",
    type=click.IntRange(min=0),
    help="The most draws of the Monte Carlo run, which ends when its digits are settled; 0 for none. Default: "
    f"{MOST_DRAWS:,}, fewer for a large program.",
)
@click.option(
    "--seed",
    cls=Option,
    group=COMPUTE,
    metavar="N",
    type=click.IntRange(min=0),
    default=1,
    help="The seed of the Monte Carlo run. Default: 1.",
)
@arithmetic_option
@sheet_options("budget.svg", BUDGETS)
def budget_command(
    problem: Problem,
    of: Sequence[str],
    corr: Sequence[str],
    cov: Sequence[str],
    readings: str | None,
    coverage: float,
    draws: int | None,
    seed: int,
    arithmetic: str,
    output: Destination,
    digits: int | None,
    everything: bool,
    allow_nonfinite: bool,
) -> int:
    """Print the uncertainty of an output, and the contribution of each input.

    \b
      cgraph budget "g = 4*pi^2*L/T^2" --L "1.000 ± 0.002" --T "2.007 ± 0.003"

    An input is a number with its uncertainty: `1.000 ± 0.002` or `1.000+-0.002`, `1.000(2)`, `9.8 ± 5 %`. After it may
    stand a distribution, `20 ± 0.5 uniform` (a half-width; also `triangular` and `arcsine`), a coverage factor, `k=2`,
    and degrees of freedom, `dof=9`. `--L @readings.csv` is the mean of readings with its standard error. An input
    without an uncertainty is exact.

    Sensitivities are exact derivatives, and the uncertainties combine by the GUM's law of propagation. A Monte Carlo
    run tests whether that is good enough. Where it is not, its interval is the answer, and a note says why.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a result is undefined, infinite or unknown.
    """  # fmt: skip
    request = Request(names(of), arithmetic=arithmetic)
    problem.takes_readings = True
    with terminal.progress_bar() as stage:
        graph, inputs, correlations = read_measurement(problem, corr, cov, readings, stage)
        found = propagate(graph, inputs, request, correlations, coverage, stage)
        assess(found, inputs, draws, seed, stage("Monte Carlo"))
    write_sheet(BudgetSheet(found), output, digits, everything)
    return FINE if allow_nonfinite or found.is_finite() else NOT_FINITE
