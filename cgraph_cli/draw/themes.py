"""Colours: one palette for light paper and one for dark, shared by every coloured format."""

from __future__ import annotations

from typing import NamedTuple


class Palette(NamedTuple):
    """Colours by their use; a kind of node has a `fill`, a `line`, and a `name`."""

    paper: str
    ink: str
    muted: str
    edge: str
    partial: str
    gradient: str
    status: str
    kinds: dict[str, tuple[str, str, str]]


LIGHT = Palette(
    paper="#ffffff",
    ink="#1c2330",
    muted="#5b6577",
    edge="#8d97a8",
    partial="#6b3fa0",
    gradient="#b3261e",
    status="#8a5300",
    kinds={
        "input": ("#e7f0fd", "#4a86d8", "#1a56a8"),
        "intermediate": ("#f5f6f8", "#aeb6c3", "#1c2330"),
        "output": ("#e4f6ea", "#3a9a5d", "#17693a"),
    },
)

DARK = Palette(
    paper="#0e131a",
    ink="#e8ecf2",
    muted="#9aa5b6",
    edge="#6d788a",
    partial="#c4a3f2",
    gradient="#ff9d93",
    status="#f0b75e",
    kinds={
        "input": ("#14263f", "#5690de", "#8fbcf7"),
        "intermediate": ("#1a212b", "#505b6c", "#e8ecf2"),
        "output": ("#12301f", "#4bb576", "#86dba6"),
    },
)

FACES = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace'
"""The typefaces of pictures, all monospaced and of about the same width."""
