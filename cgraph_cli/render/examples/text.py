"""Examples as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from cgraph_cli.render.view import View


def write(examples: Mapping[str, str], view: View, stream: TextIO) -> None:
    """Write the program of one example as it is, or a list of several with their subjects and results."""
    if len(examples) == 1:
        stream.write(next(iter(examples.values())))
        return
    for title, text in examples.items():
        shows, _, expects = text.split("\n", 1)[0].lstrip("# ").partition("; ")
        stream.write(f"{title}\n  {shows};\n  {expects}\n" if expects else f"{title}\n  {shows}\n")
