"""Options by which inputs are correlated, and what they say of a problem."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any

import click

from cgraph_cli.commands.shared.files import STDIN, decode, read_bytes
from cgraph_cli.commands.shared.options import COMPUTE, FileName, Option, together
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.core.errors import InputError, RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.results.settings import constant

if TYPE_CHECKING:
    from cgraph_cli.evaluation.kernels import Algebra
    from cgraph_cli.results.report import Stage
    from cgraph_cli.results.uncertainty.correlations import Correlations

_MATRIX = "write the inputs' names in the first row, and a row of coefficients for each below"

correlation_options = together(
    click.option(
        "--corr", cls=Option, group=COMPUTE, metavar="NAME,NAME=NUMBER", multiple=True,
        help="The correlation coefficient of two inputs; `--corr @FILE` reads a matrix, its first row the names.",
    ),
    click.option(
        "--readings", cls=Option, group=COMPUTE, metavar="FILE", type=FileName(),
        help="Set inputs to the means of joint readings: a CSV file with a column for each input and a row for each "
        "measurement of all of them, which gives their uncertainties and correlations too.",
    ),
)  # fmt: skip
"""The options by which inputs are correlated."""


def read_measurement(
    problem: Problem, corr: Sequence[str], readings: str | None, stage: Stage, algebra: Algebra = DOUBLE
) -> tuple[Graph, dict[str, Any], Correlations | None]:
    """Read a program, its inputs, and their correlations, None where none are given.

    An option or a file of inputs sets an input anew that has joint readings.
    """
    graph, given = problem.read(stage, algebra)
    if not corr and readings is None:
        return graph, given, None
    from cgraph_cli.results.uncertainty.correlations import Correlations

    correlations, inputs = Correlations(), {}
    if readings is not None:
        inputs = _read_joint(problem.ctx, readings, graph, given, correlations)
    for text in corr:
        if text.startswith("@"):
            _read_matrix(problem.ctx, text[1:], correlations)
        else:
            _read_pair(text, correlations)
    return graph, {**inputs, **given}, correlations


def _read_joint(
    ctx: click.Context, file: str, graph: Graph, given: Container[str], correlations: Correlations
) -> dict[str, Any]:
    """Read the means of joint readings of the inputs that are not given, and take their correlations."""
    from cgraph_cli.commands.shared.readings import check_joint, read_columns
    from cgraph_cli.evaluation.inputs import check_settable
    from cgraph_cli.language.uncertainties import mean_of_readings

    columns = {name: numbers for name, numbers in read_columns(ctx, file).items() if name not in given}
    for name in columns:
        check_settable(graph, name)
    inputs = {name: mean_of_readings(name, numbers) for name, numbers in columns.items()}
    check_joint(columns, STDIN if file == "-" else file)
    correlations.put_readings(columns)
    return inputs


def _read_pair(text: str, correlations: Correlations) -> None:
    pair, equals, number = text.rpartition("=")
    names = [name.strip() for name in pair.split(",")]
    if not equals or len(names) != 2 or not all(names):
        raise RequestError(f"`--corr {text}` is not the correlation of two inputs", help="write `--corr L,T=0.3`")
    correlations.put(names[0], names[1], float(constant(number, "--corr")))


def _read_matrix(ctx: click.Context, file: str, correlations: Correlations) -> None:
    """Read a matrix of correlations; each row may begin with the name that it is of."""
    import csv

    rows = [row for row in csv.reader(decode(read_bytes(ctx, file), file).splitlines()) if any(row)]
    names = [cell.strip() for cell in rows[0]] if rows else []
    names = names[1:] if names and not names[0] else names
    body = [row[-len(names) :] for row in rows[1:]] if names else []
    if len(body) != len(names) or not names or any(len(row) != len(names) for row in body):
        raise InputError(f"`{file}` is no square matrix of correlations", help=_MATRIX)
    for first, row in zip(names, body, strict=True):
        for second, cell in zip(names, row, strict=True):
            if cell.strip():  # one triangle is enough
                correlations.put(first, second, float(constant(cell, f"{file}, {first}, {second}")))


def read_level(text: str) -> float:
    """Read a probability, `95%` or `0.95`. Raises `RequestError` for what is none."""
    number = text.strip()
    scale = 100 if number.endswith("%") else 1
    try:
        level = float(number.removesuffix("%")) / scale
    except ValueError:
        level = -1.0
    if not 0 < level < 1:
        raise RequestError(f"`--coverage {text}` is no probability", help="write `95%` or `0.95`")
    return level
