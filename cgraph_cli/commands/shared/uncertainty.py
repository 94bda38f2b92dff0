"""Options that correlate inputs, and a problem's measurements."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from math import inf, sqrt
from typing import TYPE_CHECKING, Any

import click

from cgraph_cli.commands.shared.files import STDIN, decode, read_bytes, read_cells
from cgraph_cli.commands.shared.options import COMPUTE, FileName, Option, together
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.core.errors import InputError, RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.results.settings import plain_constant, value

if TYPE_CHECKING:
    from cgraph_cli.evaluation.kernels import Algebra
    from cgraph_cli.results.report import Stage
    from cgraph_cli.results.uncertainty.correlations import Correlations

_MATRIX = "write the inputs' names in the first row, and a row of coefficients for each below"

correlation_option = click.option(
    "--corr", cls=Option, group=COMPUTE, metavar="NAME,NAME=NUMBER", multiple=True,
    help="The correlation coefficient of two inputs; `--corr @FILE` reads a matrix, its first row the names.",
)  # fmt: skip
"""The option that correlates pairs of inputs."""

correlation_options = together(
    correlation_option,
    click.option(
        "--cov", cls=Option, group=COMPUTE, metavar="NAME,…=MATRIX", multiple=True,
        help="The covariance matrix of inputs, or of the elements of a vector: `--cov w=@cov.csv`, or "
        "`--cov \"a,b=[[4, 1], [1, 9]]\"`.",
    ),
    click.option(
        "--readings", cls=Option, group=COMPUTE, metavar="FILE", type=FileName(),
        help="Set inputs to the means of joint readings: a CSV file with a column for each input and a row for each "
        "measurement of all of them, which gives their uncertainties and correlations too.",
    ),
)  # fmt: skip
"""The options that correlate inputs."""


def read_measurement(
    problem: Problem,
    corr: Sequence[str],
    cov: Sequence[str],
    readings: str | None,
    stage: Stage,
    algebra: Algebra = DOUBLE,
) -> tuple[Graph, dict[str, Any], Correlations | None]:
    """Read a program, its inputs, and their correlations, None where none are given.

    An option or a file of inputs overrides joint readings of an input.
    """
    graph, given = problem.read(stage, algebra)
    return graph, *correlate(problem.ctx, graph, given, corr, cov, readings)


def correlate(
    ctx: click.Context,
    graph: Graph,
    given: dict[str, Any],
    corr: Sequence[str],
    cov: Sequence[str],
    readings: str | None,
) -> tuple[dict[str, Any], Correlations | None]:
    """Give inputs the numbers and the uncertainties of the options, and read their correlations."""
    if not corr and not cov and readings is None:
        return given, None
    from cgraph_cli.results.uncertainty.correlations import Correlations

    correlations, inputs = Correlations(), {}
    if readings is not None:
        inputs = _read_joint(ctx, readings, graph, given, correlations)
    inputs |= given
    for text in cov:
        inputs |= _read_covariances(ctx, text, graph, inputs, correlations)
    read_correlations(ctx, corr, correlations)
    return inputs, correlations


def read_correlations(ctx: click.Context, corr: Sequence[str], correlations: Correlations) -> None:
    """Read the correlations of pairs, or of files with matrices of them."""
    for text in corr:
        if text.startswith("@"):
            _read_matrix(ctx, text[1:], correlations)
        else:
            _read_pair(text, correlations)


def _read_joint(
    ctx: click.Context, file: str, graph: Graph, given: Container[str], correlations: Correlations
) -> dict[str, Any]:
    """Read the means of joint readings of the inputs without a value, and add their correlations."""
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


def _read_covariances(
    ctx: click.Context, text: str, graph: Graph, inputs: Mapping[str, Any], correlations: Correlations
) -> dict[str, Any]:
    """Read the covariance matrix of some inputs, and add their correlations; gives the inputs with uncertainties."""
    from cgraph_cli.commands.shared.array_files import read_array
    from cgraph_cli.core.tensor import Tensor, show_shape
    from cgraph_cli.core.uncertain_number import UncertainNumber
    from cgraph_cli.evaluation.inputs import check_inputs

    left, equals, right = text.partition("=")
    names = [name for part in _names(left) for name in _elements(graph, part)] if equals else []
    if not names:
        raise RequestError(f"`--cov {text}` is no covariance matrix of inputs", help="write their names before a `=`")
    right = right.strip()
    matrix = read_array(ctx, right[1:], "--cov") if right.startswith("@") else value(right, "--cov")
    count = len(names)
    if not isinstance(matrix, Tensor) or matrix.shape != (count, count):
        shape = show_shape(matrix.shape) if isinstance(matrix, Tensor) else "a number"
        raise InputError(
            f"the covariance matrix of `{left.strip()}` is {shape}", help=f"it has to be {show_shape((count, count))}"
        )
    given = check_inputs(graph, dict(inputs))
    rows = [matrix.items[at * count : (at + 1) * count] for at in range(count)]
    uncertain = {}
    for at, name in enumerate(names):
        if not 0 <= rows[at][at] < inf:
            raise InputError(f"the variance of `{name}` cannot be {rows[at][at]:g}", help="it is the square of u")
        uncertain[name] = UncertainNumber(given[graph.nodes[name]], sqrt(rows[at][at]))
    for at, first in enumerate(names):
        for other, second in enumerate(names[:at]):
            size = uncertain[first].u * uncertain[second].u
            ours, theirs = (rows[at][other] / size, rows[other][at] / size) if size else (0.0, 0.0)
            correlations.put(second, first, _clamp(ours))
            correlations.put(first, second, _clamp(theirs))
    return uncertain


def _clamp(coefficient: float) -> float:
    """Clamp a coefficient that leaves [-1, 1] by the rounding of doubles alone."""
    return max(-1.0, min(1.0, coefficient)) if abs(coefficient) < 1 + 1e-12 else coefficient


def _elements(graph: Graph, name: str) -> list[str]:
    """List the inputs of a name: itself, or the elements of an array. Raises `InputError` for any other name."""
    node = None if graph.arrays is None else graph.arrays.graph.nodes.get(name)
    if graph.arrays is None or node is None or name in graph.nodes:
        from cgraph_cli.evaluation.inputs import check_settable

        check_settable(graph, name)
        return [name]
    labels = graph.labels()
    return [labels[each] for each in graph.arrays.elements[node].items]


def _names(text: str) -> list[str]:
    """Split a list of names; the comma of `W[0,1]` separates none."""
    return [name.strip() for name in re.split(r",(?![^\[\]]*\])", text) if name.strip()]


def _read_pair(text: str, correlations: Correlations) -> None:
    pair, equals, number = text.rpartition("=")
    names = _names(pair)
    if not equals or len(names) != 2:
        parts = text.replace(":", ",").split(",")
        help = "name two inputs, as in `--corr a,b=0.3`"
        if len(parts) == 3 and not equals:
            help = f"write `--corr {parts[0]},{parts[1]}={parts[2]}`"
        raise RequestError(f"`--corr {text}` is not the correlation of two inputs", help=help)
    correlations.put(names[0], names[1], plain_constant(number, "--corr"))


def _read_matrix(ctx: click.Context, file: str, correlations: Correlations) -> None:
    """Read a matrix of correlations; each row may begin with its name."""
    rows = [row for row in read_cells(decode(read_bytes(ctx, file), file).splitlines(), ",", file) if any(row)]
    names = [cell.strip() for cell in rows[0]] if rows else []
    names = names[1:] if names and not names[0] else names
    body = [row[-len(names) :] for row in rows[1:]] if names else []
    if len(body) != len(names) or not names or any(len(row) != len(names) for row in body):
        raise InputError(f"`{file}` is no square matrix of correlations", help=_MATRIX)
    for first, row in zip(names, body, strict=True):
        for second, cell in zip(names, row, strict=True):
            if cell.strip():  # one triangle is enough
                correlations.put(first, second, plain_constant(cell, f"{file}, {first}, {second}"))


def read_level(text: str) -> float:
    """Read a probability, `95%` or `0.95`. Raises `RequestError` for any other text."""
    number = text.strip()
    scale = 100 if number.endswith("%") else 1
    try:
        level = float(number.removesuffix("%")) / scale
    except ValueError:
        level = -1.0
    if not 0 < level < 1:
        raise RequestError(f"`--coverage {text}` is no probability", help="write `95%` or `0.95`")
    return level
