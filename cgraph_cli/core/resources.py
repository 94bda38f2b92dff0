"""Files that ship with the package: the grammars and the example programs."""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# A wheel carries the folders inside the package; an editable install leaves them beside it, in the checkout.
_ROOTS = (_PACKAGE, os.path.dirname(_PACKAGE))


def folder(name: str) -> str:
    """Find a shipped folder, `grammars` or `examples`.

    Raises `FileNotFoundError` where the installation lacks it.
    """
    for root in _ROOTS:
        path = os.path.join(root, name)
        if os.path.isdir(path):
            return path
    raise FileNotFoundError(f"cgraph's {name} folder is missing from {_PACKAGE}: reinstall cgraph-cli")


def read(name: str, file: str) -> str:
    """Read the text of a shipped file."""
    with open(os.path.join(folder(name), file), encoding="utf-8") as stream:
        return stream.read()
