"""Verdicts: what is known of one number besides itself."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """What is known of one number besides itself."""

    status: str
    interval: tuple[float, float] | None = None


OK = Verdict("ok")
