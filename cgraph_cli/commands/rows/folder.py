"""Folders of parts: a part for each file of rows, and the record of the finished ones."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

from cgraph_cli.commands.shared.whole_file import whole_file
from cgraph_cli.core.errors import RequestError

_RECORD = ".cgraph-map.json"


class Folder:
    """An output folder, with the finished parts and the counts of their rows.

    `work` describes the computation: a part of other work is not resumed.
    """

    def __init__(self, folder: str, work: object, *, resume: bool) -> None:
        self.folder = folder
        self._work = hashlib.sha256(json.dumps(work, sort_keys=True).encode()).hexdigest()
        self.parts: dict[str, Mapping[str, Any]] = {}
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise RequestError(f"the folder `{folder}` cannot be made: {error.strerror}") from None
        if resume:
            self._read()
        else:
            self._write()

    def is_finished(self, file: str, format: str) -> bool:
        """Tell whether the part of a file is finished and as it was written, for the file as it is now."""
        known = self.parts.get(file)
        if known is None or not os.path.isfile(known["part"]):
            return False
        return known["of"] == [format, *_state(file)] and known.get("is") == _state(known["part"])

    def finish(self, file: str, format: str, part: str, counts: Mapping[str, int]) -> None:
        """Record that a part is finished."""
        self.parts = {name: known for name, known in self.parts.items() if known["part"] != part}  # it replaced theirs
        self.parts[file] = {"of": [format, *_state(file)], "part": part, "is": _state(part), "counts": dict(counts)}
        self._write()

    def _read(self) -> None:
        try:
            with open(os.path.join(self.folder, _RECORD), encoding="utf-8") as stream:
                record = json.load(stream)
        except FileNotFoundError:
            record = {"work": self._work}
        except (OSError, ValueError):
            record = None
        if not isinstance(record, dict) or record.get("work") != self._work:
            raise RequestError(
                f"`{self.folder}` was begun with another program or other options",
                help="leave out `--resume` to begin again, or name another folder",
            )
        self.parts = record.get("parts", {})

    def _write(self) -> None:
        record = {"work": self._work, "parts": self.parts}
        with whole_file(os.path.join(self.folder, _RECORD)) as stream:
            stream.write(json.dumps(record).encode())


def part_of(folder: str, file: str, ending: str) -> str:
    """Name the part of a file of rows in a folder."""
    base = os.path.splitext(os.path.basename(file))[0]
    return os.path.join(folder, base + ending)


def _state(file: str) -> list[float]:
    found = os.stat(file)
    return [found.st_size, found.st_mtime]
