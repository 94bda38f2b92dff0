"""Raster pictures: an SVG drawn by resvg in cgraph's own typeface, the same on every machine.

The library answers no signal while it draws. It has a process of its own, which a Ctrl-C ends at once.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from math import sqrt

from cgraph_cli.core import resources
from cgraph_cli.draw.extras import load

FACE = "DejaVu Sans Mono"
"""The typeface of PNG pictures; its files are in the folder `faces`."""

_MOST_PIXELS = 3e7
"""The most pixels of a picture; a larger one, which would take seconds and gigabytes, is drawn smaller."""

_SIZE = re.compile(r'viewBox="0 0 (\S+) (\S+)"')
_CARRIED = re.compile(r"[\x00-\u017f\u0384-\u03ce\u0400-\u045f\u2013\u2014\u2026\u2190-\u2213]*")
"""The characters of the typeface's files; the machine's fonts have the others."""

_PROGRAM = """
import json, sys
sys.path[:], asked = json.load(sys.stdin)
import resvg_py
sys.stdout.buffer.write(bytes(resvg_py.svg_to_bytes(**asked)))
"""


def png(picture: str, scale: float = 2.0) -> bytes:
    """Draw an SVG text in the typeface `FACE` as a PNG, at `scale` pixels a unit, or fewer for a very large one.

    Raises `RequestError` where the library is not installed.
    """
    size = _SIZE.search(picture)
    units = float(size[1]) * float(size[2]) if size else 1.0
    load("resvg_py")
    with resources.on_disk("draw/faces") as faces:
        asked = {
            "svg_string": picture,
            "zoom": min(scale, sqrt(_MOST_PIXELS / units)),
            "skip_system_fonts": _CARRIED.fullmatch(picture) is not None,
            "font_files": [os.path.join(faces, f"DejaVuSansMono{weight}.ttf") for weight in ("", "-Bold")],
            "font_family": FACE,
            "monospace_family": FACE,
        }
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            input=json.dumps([sys.path, asked]).encode("ascii"),
            capture_output=True,
            check=False,
        )
    if done.returncode < 0:
        raise MemoryError
    if done.returncode:
        raise RuntimeError(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])
    return done.stdout
