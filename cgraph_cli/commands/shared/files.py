"""Text from files and pipes: bounded, in UTF-8, with errors in words."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import BinaryIO

import click

from cgraph_cli.commands.shared.options import READ
from cgraph_cli.core.errors import InputError, RequestError, Source, Span, did_you_mean, name_list

MAX_SIZE = "cgraph.max-size"
"""The key, in a command's context, of the bound on a text's bytes."""

STDIN = "<stdin>"
"""The name of standard input in diagnostics."""

DEFAULT_MAX_SIZE = 32_000_000
"""The default bound on a text's bytes: a million statements and more."""

_DATA = (".csv", ".tsv", ".json", ".toml", ".npy", ".npz", ".txt")
"""The endings of files of numbers."""

# fmt: off
_OTHER_ENDINGS = frozenset((
    "py", "ipynb", "txt", "json", "csv", "tsv", "toml", "yml", "yaml", "md", "tex", "c", "h", "cpp", "js", "ts", "jl",
    "rs", "go", "r", "m", "dat", "xlsx", "npy", "npz", "gc",
))
# fmt: on
"""The endings of files of other kinds."""

_FILE_STEM = r"[\w./-]{1,1000}"

_LONGEST_PATH = 1000
"""The most characters of a program that may be a file's name."""


def is_file_name(program: str) -> bool:
    """Tell whether a program on the command line is a file's name: it ends in .cg, or is a path that exists.

    A name alone, such as `x`, is a program even beside a file of that name, unless a folder of programs has the name.
    """
    if program.endswith(".cg"):
        return True
    if len(program) > _LONGEST_PATH or "\0" in program or "\n" in program:
        return False
    if "/" in program or "." in program or os.sep in program:
        return os.path.exists(program)
    return program.isidentifier() and bool(programs_in(program))


def is_misspelt_path(program: str) -> bool:
    """Tell whether a program is the path of a missing file in an existing folder: `src/modle`."""
    folder, name = os.path.split(program)
    return (
        len(program) <= _LONGEST_PATH
        and bool(folder)
        and not name[:1].isdigit()
        and all(character.isalnum() or character in "._-/" for character in program)
        and os.path.isdir(folder)
    )


def is_other_file(program: str) -> bool:
    """Tell whether a program is the name of a file whose ending is of another kind: `model.py`, or `model.cgx`."""
    stem, _, ending = program.rpartition(".")
    last = stem.rpartition("/")[2]
    is_named = not all(character.isdecimal() or character in "_-" for character in last)
    is_other = ending in _OTHER_ENDINGS or (ending.startswith("cg") and 2 < len(ending) < 12 and ending.isidentifier())
    return is_other and is_named and len(stem) <= _LONGEST_PATH and re.fullmatch(_FILE_STEM, stem) is not None


def no_file(file: str, help: str = "") -> RequestError:
    """Make the error for a missing file, with a similar name that exists."""
    if not file:
        return RequestError("the name of a file is empty", help="write it, such as `model.cg` or `data.csv`")
    folder, name = os.path.split(file)
    try:
        there = os.listdir(folder or ".")
    except OSError:
        there = []
    stem, ending = os.path.splitext(name)
    ending = ending or ".cg"
    stems = {os.path.splitext(each)[0]: each for each in sorted(there, key=lambda each: each.endswith(ending))}
    near = did_you_mean(stem, stems)  # without the ending: most files share it, and it makes none alike
    if near:
        near = f"did you mean `{os.path.join(folder, stems[near.split('`')[1]])}`?"
    return RequestError(f"there is no file `{file}`", help="\n".join(filter(None, [near, help])))


def programs_in(folder: str) -> list[str]:
    """List the programs of a folder; none where the folder is missing."""
    return _files_in(folder, (".cg",))


def _files_in(folder: str, endings: tuple[str, ...]) -> list[str]:
    """List the files of a folder with an ending."""
    try:
        files = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    except OSError:
        return []
    return [os.path.join(folder, file) for file in files if file.endswith(endings)]


def decode(data: bytes, name: str) -> str:
    """Decode UTF-8 text. Raises `RequestError` with the first bad byte and its offset."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = len(Source(data[: error.start].decode("utf-8")).text)
        raise RequestError(
            f"the byte 0x{data[error.start]:02X} at offset {error.start:,} is not UTF-8",
            [span_at(Source(data.decode("utf-8", "replace"), name), offset)],
            "save the text as UTF-8",
        ) from None


def read_bytes(ctx: click.Context, file: str, is_program: bool = False) -> bytes:
    """Read a file, of numbers unless it `is_program`. Raises `RequestError` where that fails."""
    try:
        with open(file, "rb") as stream:
            ctx.meta.setdefault(READ, []).append(file)
            return _read_bounded(ctx, stream, file)
    except IsADirectoryError:
        files = programs_in(file) if is_program else _files_in(file, _DATA)
        kind = "programs" if is_program else "files of numbers"
        help = f"its {kind} are {name_list(files)}" if files else "name a file in it"
        raise RequestError(f"`{file}` is a directory", help=help) from None
    except FileNotFoundError:
        is_text = is_program and re.search(r"[=\s()]", file) is not None
        raise no_file(file, "`-f` takes a file: for a program's text, leave it out" if is_text else "") from None
    except (OSError, ValueError) as error:
        raise unreadable(f"`{file}`", error) from None


def unreadable(shown: str, error: OSError | ValueError) -> RequestError:
    """Make the error for a file that the system refuses to read."""
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return RequestError(f"{shown} cannot be read: {reason}")


def read_stdin(ctx: click.Context) -> bytes:
    """Read all of standard input."""
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        raise RequestError("there is no standard input to read")
    return _read_bounded(ctx, buffer, "standard input")


def _read_bounded(ctx: click.Context, stream: BinaryIO, name: str) -> bytes:
    most = ctx.meta.get(MAX_SIZE, DEFAULT_MAX_SIZE)
    data = stream.read(most + 1)
    if len(data) > most:
        raise RequestError(
            f"{name} has more than {most:,} bytes", help="--max-size raises the bound where that is meant"
        )
    return data


def read_cells(lines: Iterable[str], delimiter: str, name: str, *, skip_spaces: bool = False) -> list[list[str]]:
    """Read the cells of a text of rows. Raises `InputError` for text that is no rows."""
    import csv

    found: list[list[str]] = []
    try:
        found.extend(csv.reader(lines, delimiter=delimiter, skipinitialspace=skip_spaces))
    except csv.Error as error:
        help = "a cell in quotes ends with its quote, and a quote within it is written twice"
        raise InputError(f"row {len(found) + 1:,} of `{name}` {wrong_with_row(error)}", help=help) from None
    return found


def wrong_with_row(error: Exception) -> str:
    """Say why a row cannot be read."""
    import csv

    if "end of data" in str(error):
        return "has a quote that is not closed"
    if "field limit" in str(error):
        return f"has a word of more than {csv.field_size_limit():,} characters, or a quote that is not closed"
    return f"is no row of words: {error}"


def span_at(source: Source, offset: int) -> Span:
    """Make the span of one character."""
    return Span(source, offset, offset + 1)
