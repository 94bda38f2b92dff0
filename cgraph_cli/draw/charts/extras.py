"""The libraries that only charts need, in the extra `plot`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cgraph_cli.errors import RequestError


def load(name: str, what: str, instead: str) -> Any:
    """A library of the extra. Raises `RequestError` that says how to install it, and what does without it."""
    try:
        return import_module(name)
    except ImportError:
        raise RequestError(
            f"{what} needs the library {name}, which is not installed",
            help=f"install it: `pip install 'cgraph-cli[plot]'`\n{instead}",
        ) from None
