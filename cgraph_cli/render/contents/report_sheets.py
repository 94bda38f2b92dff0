"""The sheet of a report on a program of numbers or of arrays."""

from __future__ import annotations

from cgraph_cli.render.contents.nodes import NodesSheet
from cgraph_cli.results.report import Report


def sheet_of(report: Report) -> NodesSheet:
    """Make the sheet of a report: a row a node, or a row an array."""
    arrays = report.graph.arrays
    if arrays is None:
        return NodesSheet(report)
    if arrays.graph is report.graph:
        from cgraph_cli.render.contents.large_arrays import large_sheet_of

        return large_sheet_of(report)
    from cgraph_cli.render.contents.arrays import ArraysSheet

    return ArraysSheet(report, arrays)
