"""The colours of maps, from dark to light in even steps for the eye, distinct for the colour-blind too.

They are those of viridis, by Nathaniel Smith and Stéfan van der Walt (2015, CC0), at eleven places.
"""

from __future__ import annotations

_STOPS = (
    (68, 1, 84), (72, 36, 117), (65, 68, 135), (53, 95, 141), (42, 120, 142), (33, 145, 140),
    (34, 168, 132), (68, 191, 112), (122, 209, 81), (189, 223, 38), (253, 231, 37),
)  # fmt: skip


def shade(part: float) -> tuple[int, int, int]:
    """Mix red, green and blue at a part of the way from dark, 0, to light, 1."""
    place = min(1.0, max(0.0, part)) * (len(_STOPS) - 1)
    at = min(int(place), len(_STOPS) - 2)
    low, high = _STOPS[at], _STOPS[at + 1]
    red, green, blue = (round(a + (b - a) * (place - at)) for a, b in zip(low, high, strict=True))
    return red, green, blue


def colour(part: float) -> str:
    """Write the colour at a part of the way as SVG does."""
    return "#{:02x}{:02x}{:02x}".format(*shade(part))
