"""Budgets of `cgraph budget` for its tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.command import run_here


def budget(*args: str, status: int = 0, cwd: Path | None = None) -> dict[str, Any]:
    """Read the result of the command from its JSON."""
    done = run_here(["budget", *args, "-o", "json"], cwd=cwd)
    assert done.returncode == status, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def output(*args: str, status: int = 0) -> dict[str, Any]:
    """Read the one output of the result."""
    (found,) = budget(*args, status=status)["outputs"].values()
    return found  # type: ignore[no-any-return]


def given_as(**inputs: str) -> list[str]:
    return [word for name, text in inputs.items() for word in (f"--{name}", text)]


def published(number: float, text: str) -> None:
    """Assert that a number is the published one, to the digits printed."""
    places = len(text.partition(".")[2].partition("e")[0])
    exponent = int(text.partition("e")[2] or 0)
    assert abs(number - float(text)) <= 0.5000001 * 10.0 ** (exponent - places), (number, text)
