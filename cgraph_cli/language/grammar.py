"""The grammar, the single source of truth for the language."""

from __future__ import annotations

from collections.abc import Callable

from cgraph_cli.core import resources

Progress = Callable[[int, int], None]
"""Told of work done and of the work in all, now and then."""


def grammar() -> str:
    """The text of the grammar."""
    return resources.read("grammars", "cgraph.lark")
