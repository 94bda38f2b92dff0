"""The terminal at the other end: its abilities, and the streams that lead to it."""

from __future__ import annotations

import codecs
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from typing import TextIO

import click

_ASCII = {
    "∂": "d",
    "…": "...",
    "−": "-",
    "→": "->",
    "·": "*",
    "×": "*",
    "÷": "/",
    "±": "+-",
    "π": "pi",
    "“": '"',
    "”": '"',
}

PATIENCE = 1.0
"""The seconds of work before a progress bar shows."""


def print_note(text: str) -> None:
    """Write what is said beside an answer to stderr, in lines that fit a terminal."""
    if sys.stderr.isatty():
        from cgraph_cli.core.wrapping import wrap

        text = "\n".join(wrap(line, width_of(sys.stderr), 6) for line in text.split("\n"))
    click.echo(text, err=True)


def prepare_streams() -> None:
    """Make stdout and stderr unable to fail on a character, and respect an ASCII locale.

    Output to a closed stdout fails as on a full disk; output to a closed stderr is lost.
    """
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    sys.stdout = _buffered(sys.stdout)
    codecs.register_error("cgraph", _spell_out)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if _locale_is_ascii() and "PYTHONIOENCODING" not in os.environ:
            reconfigure(encoding="ascii", errors="cgraph")
        else:
            reconfigure(errors="cgraph")


def _buffered(stream: TextIO) -> TextIO:
    """Put a line buffer under an unbuffered stream (PYTHONUNBUFFERED), which loses output on a full disk in silence."""
    if not isinstance(getattr(stream, "buffer", None), FileIO):
        return stream
    stream.flush()
    return open(  # the stream itself stays open
        stream.fileno(), "w", 1, encoding=stream.encoding, errors=stream.errors, closefd=False
    )


def _locale_is_ascii() -> bool:
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    return next((name for name in names if name), "") in ("C", "POSIX")


def _spell_out(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    spelled = (_ASCII.get(c) or c.encode("ascii", "backslashreplace").decode() for c in text)
    return "".join(spelled), error.end


@contextmanager
def names_kept(program: str) -> Iterator[None]:
    r"""Let code for a pipe or a file have a program's names in any locale: an escape `\u03b8` is no name."""
    stdout = sys.stdout
    if program.isascii() or not hasattr(stdout, "reconfigure") or stdout.isatty():
        yield
        return
    encoding, errors = stdout.encoding, stdout.errors
    stdout.reconfigure(encoding="utf-8", errors=errors)
    try:
        yield
    finally:
        stdout.reconfigure(encoding=encoding, errors=errors)


def is_ascii(stream: TextIO) -> bool:
    """Tell whether a stream can show ASCII only."""
    return is_dumb() or not (stream.encoding or "ascii").lower().startswith("utf")


def is_dumb() -> bool:
    """Tell whether the terminal declares that it understands no control sequences."""
    return os.environ.get("TERM") == "dumb"


def wants_color(choice: str, stream: TextIO) -> bool:
    """Tell whether to colour a stream: `choice` is `always`, `never` or `auto`."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and not is_dumb()


def width_of(stream: TextIO) -> int | None:
    """Find the columns of a stream; None for a pipe or a file, which have no limit."""
    if stream.isatty() or os.environ.get("COLUMNS", "").isdigit():
        from shutil import get_terminal_size

        return max(20, get_terminal_size().columns)
    return None


def height_of(stream: TextIO) -> int | None:
    """Find the lines that a stream shows at once; None for a pipe or a file."""
    if stream.isatty():
        from shutil import get_terminal_size

        return get_terminal_size().lines
    return None


@contextmanager
def progress_bar() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Show progress on stderr, if that is a terminal and the work takes longer than a second.

    Gives a function that takes the name of a stage and returns a callback for its progress: (done, total).
    """
    if not sys.stderr.isatty() or is_dumb():
        yield lambda _: _ignore
        return
    started = time.monotonic()
    bar = None

    def stage(name: str) -> Callable[[int, int], None]:
        task = None

        def advance(done: int, total: int) -> None:
            nonlocal bar, task
            if bar is None:
                if time.monotonic() - started < PATIENCE:
                    return
                from rich.console import Console
                from rich.progress import (
                    BarColumn,
                    Progress,
                    TaskProgressColumn,
                    TextColumn,
                    TimeRemainingColumn,
                )

                columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
                bar = Progress(*columns, console=Console(stderr=True), transient=True)
                bar.start()
            if task is None:
                for earlier in bar.task_ids:
                    bar.remove_task(earlier)
                task = bar.add_task(name, total=total)
            bar.update(task, completed=done)

        return advance

    try:
        yield stage
    finally:
        if bar is not None:
            bar.stop()


def _ignore(done: int, total: int) -> None:
    pass
