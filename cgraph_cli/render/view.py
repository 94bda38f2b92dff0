"""Views: the parts of a result that are shown, and their look."""

from __future__ import annotations

from collections.abc import Container, Mapping


class View:
    """A choice of the parts that are shown and of their look; a format heeds what concerns it.

    Which parts: `all` rows however many there are, `edges` too, only `named` nodes, only what fails (`quiet`), at most
    so many paths from a node (`most_paths`), the errors of doubles alone (`errors`), and the nodes whose rows a table
    marks as `changed`. Numbers have so many significant `digits`, None for as many as the format likes. Where text
    goes: whether it can show `color`, whether it is `ascii` only, and its `width` and `height`, None for no limit.
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
