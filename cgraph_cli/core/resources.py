"""Files that ship with the package: the grammars, the example programs, and what drawings are made of.

The package may stand in an archive: a wheel runs as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# A wheel carries the folders inside the package; an editable install leaves them beside it, in the checkout.
_ROOTS = (_PACKAGE, os.path.dirname(_PACKAGE))


def folder(name: str) -> str:
    """Find a shipped folder, such as `grammars` or `draw/page`.

    Raises `FileNotFoundError` where the installation lacks it.
    """
    if _archive() is not None:
        return os.path.join(_PACKAGE, *name.split("/"))
    for root in _ROOTS:
        path = os.path.join(root, name)
        if os.path.isdir(path):
            return path
    raise FileNotFoundError(f"cgraph's {name} folder is missing from {_PACKAGE}: reinstall cgraph-cli")


def read(name: str, file: str) -> str:
    """Read the text of a shipped file."""
    path, archive = os.path.join(folder(name), file), _archive()
    if archive is not None:
        text: str = archive.get_data(path).decode("utf-8")
        return text
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def list_files(name: str) -> list[str]:
    """List the files of a shipped folder."""
    archive = _archive()
    if archive is None:
        return sorted(os.listdir(folder(name)))
    from zipfile import ZipFile

    start = f"{os.path.basename(_PACKAGE)}/{name}/"
    with ZipFile(archive.archive) as opened:
        return sorted(each.removeprefix(start) for each in opened.namelist() if each.startswith(start))


@contextmanager
def on_disk(name: str) -> Iterator[str]:
    """Give the path of a shipped folder whose files other programs read: of one in an archive that of a copy, which is
    removed at the end."""
    archive = _archive()
    if archive is None:
        yield folder(name)
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as copy:
        for file in list_files(name):
            with open(os.path.join(copy, file), "wb") as stream:
                stream.write(archive.get_data(os.path.join(folder(name), file)))
        yield copy


def _archive() -> Any:
    """Give the importer of the archive that the package is in; None where it is in a folder."""
    importer = globals().get("__loader__")
    return importer if hasattr(importer, "archive") else None
