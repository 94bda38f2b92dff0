"""The command line in this process, many times faster than in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from cgraph_cli.__main__ import run

ASKED = ("NO_COLOR", "FORCE_COLOR", "TERM", "LC_ALL", "LC_CTYPE", "LANG", "COLUMNS", "PYTHONIOENCODING", "CGRAPH_DEBUG")
"""The variables that change the command's output."""


class Stream(io.TextIOWrapper):
    """A standard stream in memory, which may pass for a terminal."""

    def __init__(self, content: bytes = b"", terminal: bool = False, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO(content)
        super().__init__(self.bytes, encoding=encoding, newline="\n", write_through=True)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def text(self) -> str:
        """Return all written text."""
        self.flush()
        return self.bytes.getvalue().decode("utf-8")


def run_here(
    args: Iterable[str],
    stdin: str | bytes | Stream | None = b"",
    *,
    stdout: Stream | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    absent: Iterable[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run the command as in a shell with an ordinary environment.

    `stdin` is the piped input, or the stream itself, None for a closed one; `absent` are libraries that are not
    installed.
    """
    stdin = stdin.encode() if isinstance(stdin, str) else stdin
    encoding = (env or {}).get("PYTHONIOENCODING", "utf-8")
    streams = (
        Stream(stdin, encoding=encoding) if isinstance(stdin, bytes) else stdin,
        stdout or Stream(encoding=encoding),
        Stream(encoding=encoding),
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in ASKED:
            patch.delenv(name, raising=False)
        for name, value in {"LC_ALL": "C.UTF-8", **(env or {})}.items():
            patch.setenv(name, value)
        if cwd is not None:
            patch.chdir(cwd)
        for library in absent:
            patch.setitem(sys.modules, library, None)  # type: ignore[arg-type]
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        patch.setattr(os, "_exit", sys.exit)  # which must not end the tests
        try:
            status = run(list(args))
        except SystemExit as stop:
            status = int(stop.code or 0)
    return subprocess.CompletedProcess(args, status, streams[1].text(), streams[2].text())
