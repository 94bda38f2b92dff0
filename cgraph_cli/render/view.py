"""Views: the choice of the parts of a result to show, and their look."""

from __future__ import annotations

from collections.abc import Container, Mapping


class View:
    """A choice of the parts to show and of their look; each format uses the fields that concern it.

    Parts: `all` rows however many, `edges` too, `named` nodes only, failures only (`quiet`), at most `most_paths`
    paths from a node, the errors of doubles alone (`errors`), and the nodes whose rows a table marks as `changed`.
    Numbers: the significant `digits`, None for the format's own choice.
    Text: `color` or none, `ascii` only, and the `width` and `height` in columns and lines, None for no limit.
    Pictures: the `theme`, the `direction`, the `scale` in pixels a unit, and the `ranges` of a page's sliders.
    """

    __slots__ = (
        *(
            "all",
            "ascii",
            "changed",
            "color",
            "digits",
            "direction",
            "edges",
            "errors",
            "height",
            "most_paths",
            "named",
            "quiet",
        ),
        *("ranges", "scale", "theme", "width"),
    )

    def __init__(
        self,
        *,
        digits: int | None = None,
        named: bool = False,
        all: bool = False,
        edges: bool = False,
        errors: bool = False,
        color: bool = False,
        ascii: bool = False,
        width: int | None = None,
        height: int | None = None,
        changed: Container[int] = (),
        quiet: bool = False,
        most_paths: int = 0,
        theme: str = "auto",
        direction: str = "up",
        scale: float = 2.0,
        ranges: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        self.digits = digits
        self.named = named
        self.all = all
        self.edges = edges
        self.errors = errors
        self.color = color
        self.ascii = ascii
        self.width = width
        self.height = height
        self.changed = changed
        self.quiet = quiet
        self.most_paths = most_paths
        self.theme = theme
        self.direction = direction
        self.scale = scale
        self.ranges = ranges or {}
