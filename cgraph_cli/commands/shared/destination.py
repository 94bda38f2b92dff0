"""Where a result goes: to stdout, or whole to a file, whose ending then says the format."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import click

from cgraph_cli.commands.shared.options import OUTPUT, FileName, Function, Option, together
from cgraph_cli.core.errors import RequestError, did_you_mean


class Destination(NamedTuple):
    """Where a result goes, `file` or stdout where that is None, and the `format` that it is to have there."""

    file: str | None
    format: str

    def write(self, data: str | bytes) -> None:
        """Write a result. Raises `RequestError` where the file cannot be written."""
        if self.file is not None:
            write_file(self.file, data.encode("utf-8") if isinstance(data, str) else data)
        elif isinstance(data, str):
            sys.stdout.write(data)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)


def destination_options(
    formats: Sequence[str], help: str, default: str, file: str, format: str
) -> Callable[[Function], Function]:
    """`--format` and `-o`/`--output`; `file` and `format` are examples of what the second takes.

    The `formats` stand in the help in place of `{}`; `default` is that of stdout.
    """
    listed = help.format(", ".join(formats))
    return together(
        click.option(
            "--format", "format", cls=Option, group=OUTPUT, type=click.Choice(formats), metavar="FORMAT",
            help=f"{listed} Default: what the file's ending says, else {default}.",
        ),
        click.option(
            "-o", "--output", cls=Option, group=OUTPUT, metavar="FILE", type=FileName(),
            help=f"Write a file, whole or not at all; the format follows its ending, as in `-o {file}`. A format's "
            f"name alone, as in `-o {format}`, writes that format to stdout.",
        ),
    )  # fmt: skip


def picture_options(themes: Sequence[str]) -> Callable[[Function], Function]:
    """`--theme` and `--scale`."""
    return together(
        click.option(
            "--theme", cls=Option, group=OUTPUT, type=click.Choice(themes), default="auto",
            help="Draw for light paper or dark; `auto` follows the reader's preference where the format can (SVG), and "
            "is light elsewhere.",
        ),
        click.option(
            "--scale", cls=Option, group=OUTPUT, metavar="NUMBER", type=click.FloatRange(0.1, 10), default=2.0,
            help="Pixels a unit of a PNG. Default: 2.",
        ),
    )  # fmt: skip


def destination(
    output: str | None,
    format: str | None,
    default: str,
    endings: Mapping[str, str],
    binary: Sequence[str] = (),
) -> Destination:
    """Where `-o` and `--format` say that a result goes.

    `output` is what `-o` was given: a file, `-` for stdout, or the name of a format, which then goes to stdout.
    `endings` has the format of a file by its ending; `binary` are the formats that are no text. Raises `RequestError`
    where a file's ending says no format, or another one than `--format` does, and for bytes on a terminal.
    """
    formats = list(dict.fromkeys(endings.values()))
    if output in formats:
        if format not in (None, output):
            raise RequestError(
                f"`-o {output}` and `--format {format}` ask for two formats",
                help=f"leave one of them out; `-o ./{output}` is a file of that name",
            )
        output, format = None, output
    if output is None or output == "-":
        format = format or default
        if format in binary and sys.stdout.isatty():
            raise RequestError(
                f"a terminal cannot show {format.upper()}", help=f"name a file, as in `-o graph.{format}`"
            )
        return Destination(None, format)
    ending = os.path.splitext(output)[1].lower()
    meant = endings.get(ending)
    if meant is None and format is None:
        hint = did_you_mean(output, formats) or did_you_mean(ending, endings)
        what = f"the ending `{ending}` of `{output}`" if ending else f"`-o {output}`"
        help = f"a file ends in {', '.join(endings)}, or `--format` says its format"
        raise RequestError(f"{what} names no format", help=f"{hint}\n{help}" if hint else help)
    if format is not None and meant not in (None, format):
        raise RequestError(
            f"`{output}` would be {meant}, and `--format` asks for {format}", help="leave `--format` out"
        )
    return Destination(output, format or meant or default)


def write_file(file: str, data: bytes) -> None:
    """Write a file beside its place and then put it there, so that nobody ever sees half of it.

    What is there and is no plain file, such as `/dev/stdout` or a pipe, is written to as it is.
    Raises `RequestError` in a person's words where that fails.
    """
    try:
        if os.path.exists(file) and not os.path.isfile(file):
            with open(file, "wb") as stream:
                stream.write(data)
            return
        place = os.path.realpath(file)
        mode = os.stat(place).st_mode & 0o777 if os.path.exists(place) else 0o666 & ~_umask()
        descriptor, beside = tempfile.mkstemp(prefix=".", suffix=".part", dir=os.path.dirname(place))
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
            os.chmod(beside, mode)
            os.replace(beside, place)
        except BaseException:
            os.unlink(beside)
            raise
    except IsADirectoryError:
        raise RequestError(f"`{file}` is a directory", help="name a file in it") from None
    except (OSError, ValueError) as error:
        folder = os.path.dirname(file) or "."
        if isinstance(error, FileNotFoundError) and not os.path.isdir(folder):
            raise RequestError(
                f"there is no folder `{folder}` to write `{file}` in", help=f"make it: `mkdir -p {folder}`"
            ) from None
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise RequestError(f"`{file}` cannot be written: {reason}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
