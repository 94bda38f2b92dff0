"""Where a result goes: to stdout, or whole to a file, whose ending then says the format."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence

from cgraph_cli.errors import RequestError, did_you_mean


def destination(
    output: str | None, format: str | None, default: str, formats: Sequence[str], endings: Mapping[str, str]
) -> tuple[str | None, str]:
    """The file to write, None for stdout, and the format to write.

    `output` is what `-o` was given: a file, `-` for stdout, or the name of a format, which then goes to stdout.
    Raises `RequestError` where the file's ending says no format, or another one than `--format` does.
    """
    if output is None or output == "-":
        return None, format or default
    if output in formats:
        if format not in (None, output):
            raise RequestError(
                f"`-o {output}` and `--format {format}` ask for two formats",
                help=f"write one of them, or `-o ./{output}` for a file of that name",
            )
        return None, output
    ending = os.path.splitext(output)[1].lower()
    meant = endings.get(ending)
    if meant is None and format is None:
        near = did_you_mean(output, formats) or did_you_mean(ending, endings)
        choices = f"a format is one of {', '.join(formats)}; a file ends in {', '.join(endings)}"
        what = f"the ending `{ending}` of `{output}` says" if ending else f"`-o {output}` names"
        raise RequestError(f"{what} no format", help=f"{near}\n{choices}" if near else f"{choices}, or add `--format`")
    if format is not None and meant not in (None, format):
        raise RequestError(
            f"`{output}` ends as {meant} does, and `--format` asks for {format}", help="leave `--format` out"
        )
    return output, format or meant or default


def write_output(file: str | None, data: str | bytes, format: str) -> None:
    """Write a result to a file, whole or not at all, or to stdout.

    Raises `RequestError` where the file cannot be written, and for bytes that would go to a terminal.
    """
    if file is not None:
        write_file(file, data.encode("utf-8") if isinstance(data, str) else data)
    elif isinstance(data, str):
        sys.stdout.write(data)
    elif sys.stdout.isatty():
        raise RequestError(f"a terminal cannot show {format}", help=f"write it to a file: `-o graph.{format}`")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)


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
    except FileNotFoundError:
        folder = os.path.dirname(file) or "."
        raise RequestError(
            f"there is no folder `{folder}` to write `{file}` in", help=f"make it: `mkdir -p {folder}`"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise RequestError(f"`{file}` cannot be written: {reason}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
