"""Files that hold one array: CSV, TSV, JSON and NumPy's own."""

from __future__ import annotations

import io
import os
from typing import Any
from zipfile import BadZipFile

import click

from cgraph_cli.commands.shared.files import decode, read_bytes, read_cells
from cgraph_cli.core.errors import InputError, Source, Span
from cgraph_cli.core.tensor import MOST_AXES, Ragged, Tensor, check_axes, of_nested, of_numpy, show_shape
from cgraph_cli.language.numbers import is_number
from cgraph_cli.results.settings import plain_constant


def read_array(ctx: click.Context, file: str, option: str) -> Any:
    """Read a file's array, or its number. Raises `InputError` for anything else.

    A CSV file of one column, or of one row, is a vector. A first row of words is a heading.
    """
    ending = os.path.splitext(file)[1].lower()
    if ending == ".npy":
        found = _read_npy(read_bytes(ctx, file), file)
    elif ending == ".json":
        found = _read_json(Source(decode(read_bytes(ctx, file), file), file))
    elif ending in (".csv", ".tsv", ".txt", ""):
        found = _read_csv(decode(read_bytes(ctx, file), file), file, "\t" if ending == ".tsv" else ",")
    else:
        help = "an array is read from a .csv, .tsv, .json or .npy file"
        raise InputError(f"`{option} @{file}` names a file of another kind", help=help)
    return found if found.shape else found.item


def _read_csv(text: str, file: str, delimiter: str) -> Tensor[float]:
    if delimiter == "," and "," not in text:
        delimiter = next((each for each in ("\t", ";", " ") if each in text.strip().split("\n")[0]), ",")
    lines = read_cells(io.StringIO(text), delimiter, file, skip_spaces=True)
    rows = [(at, [cell.strip() for cell in line]) for at, line in enumerate(lines, 1)]
    ends_so = all(cells[-1:] == [""] for _, cells in rows if any(cells))
    if delimiter == " " or ends_so:  # a delimiter after the last cell
        rows = [(at, [cell for cell in cells if cell] if delimiter == " " else cells[:-1]) for at, cells in rows]
    rows = [(at, cells) for at, cells in rows if any(cells)]
    if rows and not any(map(is_number, rows[0][1])):
        rows = rows[1:]
    found: list[list[float]] = []
    for at, cells in rows:
        if found and len(cells) != len(found[0]):
            what = f"row {at} of `{file}` differs from the first: it has {len(cells)} and not {len(found[0])}"
            raise InputError(f"{what} numbers", help="every row has as many numbers as the first")
        for cell in cells:
            if not cell:
                raise InputError(f"row {at} of `{file}` has an empty cell", help="write a number there, such as `0`")
            if not is_number(cell):
                raise InputError(f"row {at} of `{file}` has `{cell}`, which is no number", help="write numbers only")
        found.append([plain_constant(cell, file) for cell in cells])
    if not found:
        raise InputError(f"`{file}` has no numbers", help="write a row of them on each line")
    tensor = of_nested(found)
    if len(tensor.shape) == 2 and 1 in tensor.shape:
        return Tensor((len(tensor.items),), tensor.items)
    return tensor


def _read_json(source: Source) -> Tensor[float]:
    import json

    try:
        tensor = of_nested(json.loads(source.text))
    except Ragged as error:
        what = f"the parts of `{source.name}` differ in shape: {show_shape(error.first)} and {show_shape(error.second)}"
        raise InputError(what, help="every row has as many elements as the first") from None
    except RecursionError:
        check_axes(MOST_AXES + 1)
        raise
    except ValueError as error:
        at = getattr(error, "pos", -1)
        spans = [Span(source, at, at + 1)] if at >= 0 else []
        raise InputError(f"`{source.name}` is no JSON", spans, "an array is `[[1, 2], [3, 4]]` there") from None
    for item in tensor.items:
        if isinstance(item, bool) or not isinstance(item, (int, float)):
            raise InputError(f"`{source.name}` holds {json.dumps(item)[:40]}, which is no number", help="write numbers")
    return tensor.map(float)


def read_npz(ctx: click.Context, file: str) -> dict[str, object]:
    """Read the arrays of NumPy's file of several, by name. Raises `InputError` for any other file.

    An array of rank 0 is a number; one of anything but numbers is left out.
    """
    import numpy

    data = read_bytes(ctx, file)
    found: dict[str, object] = {}
    try:
        with numpy.load(io.BytesIO(data), allow_pickle=False) as arrays:
            for name in arrays:
                try:
                    tensor = of_numpy(arrays[name])
                except (ValueError, TypeError):  # objects, or text
                    found[name] = ()
                else:
                    found[name] = tensor if tensor.shape else tensor.item
    except (ValueError, TypeError, OSError, EOFError, AttributeError, BadZipFile):
        raise InputError(f"`{file}` holds no arrays by name", help="`numpy.savez` writes them") from None
    return found


def _read_npy(data: bytes, file: str) -> Tensor[float]:
    import numpy

    try:
        return of_numpy(numpy.load(io.BytesIO(data), allow_pickle=False))
    except (ValueError, TypeError, OSError, EOFError):
        raise InputError(f"`{file}` is no array of numbers", help="`numpy.save` writes one") from None
