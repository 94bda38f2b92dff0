"""Rich's console and the lines of its tables, which several formats share."""

from __future__ import annotations

from typing import TextIO

from rich import box
from rich.console import Console

NO_LIMIT = 1_000_000
"""A width beyond any line."""


class _Console(Console):
    """A console that leaves a broken pipe to the caller; Rich's own points the process's stdout elsewhere."""

    def on_broken_pipe(self) -> None:
        """Raise the error again."""
        raise


def console_for(stream: TextIO, color: bool, width: int) -> Console:
    """Make a console that takes nothing from the environment."""
    return _Console(
        file=stream,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        width=width,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )


def box_for(ascii: bool) -> box.Box:
    """Choose the lines of a table."""
    return box.ASCII if ascii else box.ROUNDED
