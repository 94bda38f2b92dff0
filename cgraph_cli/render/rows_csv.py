"""Rows as comma- or tab-separated values, each written as it comes."""

from __future__ import annotations

import csv
from typing import TextIO

from cgraph_cli.render.rows import Rows, quantities
from cgraph_cli.render.view import View, write_number


def write(rows: Rows, view: View, stream: TextIO, format: str) -> None:
    """Write a header line, and a line for each point: inputs, and each output's value and derivatives with statuses."""
    writer = csv.writer(stream, "excel-tab" if format == "tsv" else "excel", lineterminator="\n")
    header = False
    for point, report in rows.reports:
        found = list(quantities(report))
        if not header:
            writer.writerow(
                [*point, *(word for quantity in found for word in (quantity.name, f"{quantity.name}_status"))]
            )
            header = True
        row = [write_number(number, view.digits) for number in point.values()]
        for quantity in found:
            row += [write_number(quantity.number, view.digits), quantity.verdict.status]
        writer.writerow(row)
