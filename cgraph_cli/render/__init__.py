"""Reports as text: one small module a format, imported when that format is asked for.

Imports `results`, `checks`, `emit` and the rooms below them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TextIO

from cgraph_cli.render.view import View
from cgraph_cli.results.report import Report

FORMATS = ("table", "plain", "json", "jsonl", "csv", "tsv", "markdown")
"""The formats that a report can be written in; each but `tsv`, which `csv` writes, is a module here."""

_MODULES = {"json": "json_", "tsv": "csv_", "csv": "csv_"}


def write(report: Report, format: str, view: View, stream: TextIO) -> None:
    """Write a report to a stream in one of the `FORMATS`."""
    module = import_module(f"cgraph_cli.render.{_MODULES.get(format, format)}")
    module.write(report, view, stream, format)
