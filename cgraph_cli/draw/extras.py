"""Libraries that only drawings need, installed by extras."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cgraph_cli.core.errors import RequestError

_INSTEAD = "`-o graph.svg`, `page.html` and the formats of text do without"


def load(name: str, what: str = "a picture", extra: str = "pictures", instead: str = _INSTEAD) -> Any:
    """Import a library of an extra for a purpose, `what`.

    Raises `RequestError` where it is not installed, with the command that installs it and an alternative.
    """
    try:
        return import_module(name)
    except ImportError:
        raise RequestError(
            f"{what} needs the library {name}, which is not installed",
            help=f"install it: `pip install 'cgraph-cli[{extra}]'`\n{instead}",
        ) from None
