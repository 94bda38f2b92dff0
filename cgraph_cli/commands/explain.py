"""`cgraph explain`: the computation of the gradients, in words and numbers."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import Destination, output_options
from cgraph_cli.commands.shared.options import (
    FINE,
    NOT_FINITE,
    OUTPUT,
    Option,
    all_option,
    allow_nonfinite_option,
    double_digits_option,
    named_option,
    of_option,
    wrt_option,
)
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.sheets import print_uncertified
from cgraph_cli.commands.shared.terminal import print_note
from cgraph_cli.commands.shared.uncertainty import correlation_options, read_measurement
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.nodes_by_label import find_nodes
from cgraph_cli.evaluation.paths import MOST_PATHS
from cgraph_cli.render import DERIVATIONS
from cgraph_cli.results.array_derivation import tell_arrays, tell_derivation
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.results.settings import names
from cgraph_cli.results.uncertain_report import add_uncertainties

_WHAT = "What to explain"

MOST_INPUTS = 12
"""The most inputs that are all explained by default; of more, only the first is."""


@click.command(cls=ProgramCommand)
@program_options
@of_option("The outputs, in place of the last statement; each has a backward sweep of its own.", _WHAT)
@wrt_option(
    "Differentiate with respect to these nodes, and leave out all that does not depend on them. Default: the inputs, "
    "or the first of very many.",
    _WHAT,
)
@click.option(
    "--paths",
    "most_paths",
    cls=Option,
    group=OUTPUT,
    metavar="N",
    type=click.IntRange(min=0, max=10_000),
    default=MOST_PATHS,
    help=f"List at most N paths from each node; all of them are counted. Default: {MOST_PATHS}.",
)
@correlation_options
@output_options(
    DERIVATIONS,
    "How to write the derivation",
    "notes.tex",
    double_digits_option,
    all_option("Show every step of a long program."),
    named_option,
)
@allow_nonfinite_option
def explain_command(
    problem: Problem,
    of: Sequence[str],
    wrt: Sequence[str],
    most_paths: int,
    corr: Sequence[str],
    cov: Sequence[str],
    readings: str | None,
    output: Destination,
    digits: int | None,
    everything: bool,
    named: bool,
    allow_nonfinite: bool,
) -> int:
    """Tell how the gradients come about, step by step.

    \b
      cgraph explain "c = a + b; d = b + 1; e = c * d" --a 3 --b 1

    The parts are the forward sweep, line by line; the backward sweep, with the rule, the number and the product on each
    edge; and the same gradients as sums over all the paths from an input to the output, with the products that
    factoring saves. The numbers are computed by the same rules, which `cgraph functions` lists. Arrays are explained in
    matrices: `·` is their product, `⊙` goes element by element. `--wrt "W[0,1]"` explains one element, in numbers.

    `-o markdown` is for notes and notebooks, with formulas between dollar signs; `-o latex` for a document that uses
    the package amsmath.

    Exit status: 0 fine; 2 the program or the command line is wrong; 3 a result is undefined, infinite or unknown.
    """  # fmt: skip
    with terminal.progress_bar() as stage:
        by_element = bool(corr or cov or readings or any("[" in label for label in names(wrt)))
        large = None if by_element else problem.large_arrays(stage)
        if large is not None and not large.gradients:
            told = tell_arrays(
                large, problem.inputs(large), names(of), names(wrt), everything=everything, named=named, stage=stage
            )
            output.write(told, output.view(digits=digits, all=everything))
            print_uncertified()
            return FINE if allow_nonfinite or told.report.is_finite() else NOT_FINITE
        graph, inputs, correlations = read_measurement(problem, corr, cov, readings, stage)
        nodes = find_nodes(graph, names(wrt), "--wrt") or list(graph.inputs())
        is_of_arrays = graph.arrays is not None and not any("[" in label for label in names(wrt))
        if len(nodes) > MOST_INPUTS and not wrt and not everything and not is_of_arrays:
            print_note(f"note: {_about_the_first(graph, nodes)}")
            nodes = nodes[:1]
        answer = report(graph, inputs, Request(names(of)), stage)
        note = add_uncertainties(answer, inputs, correlations)
        derivation = tell_derivation(answer, names(wrt), nodes, everything, named)
    if note:
        print_note(note)
    output.write(derivation, output.view(digits=digits, all=everything, most_paths=most_paths))
    return FINE if allow_nonfinite or derivation.is_finite() else NOT_FINITE


def _about_the_first(graph: Graph, nodes: Sequence[int]) -> str:
    """Note that only the first of many inputs is explained, and how to ask for others."""
    first, second = (graph.names[node] or "" for node in nodes[:2])
    return (
        f"of {len(nodes):,} inputs this is about the first, `{first}`: "
        f"`--wrt {second}` is about another, and `--all` about all"
    )
