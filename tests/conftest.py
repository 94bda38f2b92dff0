"""What the tests share: the command as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("cgraph", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("cgraph")


def found(pattern: str) -> list[Path]:
    """The files of the checkout that match a pattern, such as `examples/*.cg`. Raises `LookupError` where none does: a
    test over no files would pass."""
    paths = sorted(ROOT.glob(pattern))
    if not paths:
        raise LookupError(f"no file matches {pattern}")
    return paths


EXAMPLES = found("examples/*.cg")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cgraph() -> Run:
    """Runs the command in a process of its own, in a clean environment: `cgraph("eval", "a", "--a", "3")`."""

    def run(
        *args: str, stdin: str | bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("NO_COLOR", "FORCE_COLOR", "TERM", "LC_ALL", "LANG", "COLUMNS", "PYTHONIOENCODING")
        }
        environment |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **(env or {})}
        done = subprocess.run(
            [sys.executable, "-m", "cgraph_cli", *args],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env=environment,
            cwd=cwd,
            check=False,
            timeout=120,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        )

    return run
