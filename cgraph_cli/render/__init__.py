"""Results as text, and the one table of the formats of results.

Each format is a module in the folder of its kind and a line of the table below; it is imported when it is asked for.

Imports `results`, `checks`, `emit` and the rooms below them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Format:
    """A format: its name, the endings of its files, and whether it is bytes, or data for programs."""

    __slots__ = ("endings", "is_binary", "is_data", "name")

    def __init__(
        self, name: str, endings: tuple[str, ...] = (), *, is_binary: bool = False, is_data: bool = False
    ) -> None:
        self.name = name
        self.endings = endings
        self.is_binary = is_binary
        self.is_data = is_data


class Formats:
    """The formats of one kind of result, the default first; `folder` holds the modules that write them.

    A kind that `also` has the formats of another puts these before its own.
    """

    def __init__(self, folder: str, *formats: Format, also: Formats | None = None) -> None:
        self.folder = folder
        self.also = also
        self.own = {format.name: format for format in formats}
        self.formats: dict[str, Format] = {**(also.formats if also else {}), **self.own}

    @property
    def default(self) -> str:
        """Name the format of a result for which none was chosen."""
        return next(iter(self.formats))

    def endings(self) -> dict[str, str]:
        """Map the endings of files to formats; an ending of two formats means the first."""
        found: dict[str, str] = {}
        for format in self.formats.values():
            for ending in format.endings:
                found.setdefault(ending, format.name)
        return found

    def module(self, name: str) -> Any:
        """Import the module that writes a format."""
        if self.also is not None and name not in self.own:
            return self.also.module(name)
        return import_module(f"cgraph_cli.{self.folder}.{name}")

    def writer(self, name: str) -> Any:
        """Find the function that writes a format: `write(result, view, stream)`.

        The functions of `draw` return their drawing and take no stream.
        """
        return self.module(name).write


_TEXT, _JSON, _MARKDOWN, _LATEX = (".txt",), (".json",), (".md",), (".tex",)

SHEETS = Formats(
    "render.sheets",
    Format("table", _TEXT),
    Format("plain"),
    Format("json", _JSON, is_data=True),
    Format("jsonl", (".jsonl", ".ndjson"), is_data=True),
    Format("csv", (".csv",), is_data=True),
    Format("tsv", (".tsv",), is_data=True),
    Format("markdown", _MARKDOWN),
)
BUDGETS = Formats("draw.budgets", Format("svg", (".svg",)), also=SHEETS)
OUTCOMES = Formats(
    "render.checks",
    Format("text", _TEXT),
    Format("json", _JSON),
    Format("junit", (".xml",)),
    Format("github"),
    Format("tap", (".tap",)),
)
DERIVATIONS = Formats(
    "render.derivation",
    Format("text", _TEXT),
    Format("markdown", _MARKDOWN),
    Format("latex", _LATEX),
    Format("json", _JSON),
)
DERIVATIVES = Formats(
    "render.derivatives", Format("text", (".cg", ".txt")), Format("latex", _LATEX), Format("json", _JSON)
)
FUNCTIONS = Formats("render.functions", Format("table", _TEXT), Format("json", _JSON))
EXAMPLES = Formats("render.examples", Format("text", (".cg", ".txt")))
GRAPHS = Formats(
    "draw.graphs",
    Format("tree", _TEXT),
    Format("dot", (".dot", ".gv")),
    Format("mermaid", (".mmd", ".mermaid")),
    Format("svg", (".svg",)),
    Format("png", (".png",), is_binary=True),
    Format("html", (".html", ".htm")),
    Format("json", _JSON),
)
CHARTS = Formats(
    "draw.charts", Format("terminal", _TEXT), Format("svg", (".svg",)), Format("png", (".png",), is_binary=True)
)
TABLES = Formats(
    "commands.rows",
    Format("csv", (".csv",)),
    Format("tsv", (".tsv",)),
    Format("jsonl", (".jsonl", ".ndjson")),
    Format("parquet", (".parquet",), is_binary=True),
    Format("arrow", (".arrow", ".feather", ".ipc"), is_binary=True),
)
"""The formats of files of rows, which `commands.rows` reads and writes; the binary ones need Polars."""

FORMATS = (SHEETS, BUDGETS, OUTCOMES, DERIVATIONS, DERIVATIVES, FUNCTIONS, EXAMPLES, GRAPHS, CHARTS)
"""The kinds of results. The targets of `cgraph emit` are formats too, and stand in `emit.TARGETS`."""

# fmt: off
OTHER_ENDINGS = frozenset(
    [".xlsx", ".xls", ".ods", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx", ".jpg", ".jpeg", ".gif", ".bmp",
     ".webp", ".tif", ".tiff", ".eps", ".ps", ".npy", ".npz", ".mat", ".h5", ".hdf5", ".pkl", ".pickle", ".zip", ".gz",
     ".bz2", ".xz", ".zst", ".db", ".sqlite", ".yaml", ".yml", ".toml", ".ipynb"]
)
# fmt: on
"""Endings of files that other programs write, in formats that no command writes."""


def content_of(ending: str) -> str:
    """Name the content that an ending promises: a format, or the ending itself; empty for any other ending.

    The ending of any text promises nothing.
    """
    from cgraph_cli.emit import TARGETS

    if ending in OTHER_ENDINGS:
        return ending[1:]
    if ending in _TEXT:
        return ""
    kinds = (each.endings() for each in (*FORMATS, TABLES))
    targets = {listing.ending: name for name, listing in reversed(TARGETS.items())}
    return next((endings[ending] for endings in kinds if ending in endings), targets.get(ending, ""))
