"""The libraries that only pictures need, in the extra `pictures`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cgraph_cli.errors import RequestError


def load(name: str) -> Any:
    """A library of the extra. Raises `RequestError` that says how to install it where it is absent."""
    try:
        return import_module(name)
    except ImportError:
        raise RequestError(
            f"a picture needs the library {name}, which is not installed",
            help="install it: `pip install 'cgraph-cli[pictures]'`\n"
            "`--format tree`, `dot`, `mermaid` and `json` do without",
        ) from None
