"""Files of readings: repeated measurements of one input, or simultaneous ones of several."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import click

from cgraph_cli.commands.shared.files import STDIN, decode, read_bytes, read_cells, read_stdin
from cgraph_cli.core.errors import InputError, name_list
from cgraph_cli.core.uncertain_number import UncertainNumber
from cgraph_cli.language.numbers import is_number
from cgraph_cli.language.uncertainties import mean_of_readings

_HOW = "write one number a line, or columns with a header"


def read_columns(ctx: click.Context, file: str) -> dict[str, list[float]]:
    """Read the columns of a file of numbers by their headings, an empty one where it has none.

    Columns are separated by commas, or by tabs in a `.tsv` file. Raises `InputError` for a cell that is no number.
    """
    name = STDIN if file == "-" else file
    text = decode(read_stdin(ctx) if file == "-" else read_bytes(ctx, file), name)
    delimiter = "\t" if os.path.splitext(file)[1].lower() == ".tsv" else ","
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    rows = [[cell.strip() for cell in row] for row in read_cells(lines, delimiter, name)]
    first = rows[0] if rows else []
    has_header = not all(map(is_number, first))
    headings = first if has_header else [""] * min(1, len(first))
    columns: dict[str, list[float]] = {heading: [] for heading in headings}
    if len(columns) < len(first):
        raise InputError(f"`{name}` has {len(first)} columns that no header tells apart", help=_HOW)
    for row in rows[has_header:]:
        for heading, cell in zip(headings, row, strict=False):
            if not is_number(cell):
                raise InputError(f"`{cell}` in `{name}` is not a number", help=_HOW)
            columns[heading].append(float(cell))
    return columns


def read_mean(ctx: click.Context, file: str, name: str) -> UncertainNumber:
    """Read the readings of one input, and make their mean with its standard uncertainty.

    Of several columns it is that with the input's name. Raises `InputError` where there is none.
    """
    columns = read_columns(ctx, file)
    numbers = columns.get(name)
    if numbers is None:
        if len(columns) > 1:
            raise InputError(f"`{file}` has no column `{name}`", help=f"its columns are {name_list(list(columns))}")
        numbers = next(iter(columns.values()), [])
    return mean_of_readings(name, numbers)


def check_joint(columns: Mapping[str, Sequence[float]], file: str) -> None:
    """Raise `InputError` unless all columns have the same number of readings."""
    counts = {len(numbers) for numbers in columns.values()}
    if len(counts) > 1:
        few, many = min(counts), max(counts)
        raise InputError(f"the columns of `{file}` have {few} to {many} readings", help="joint readings are whole rows")
