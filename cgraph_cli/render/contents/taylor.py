"""Taylor polynomials as sheets: a row an order, and the polynomial as a program of the language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.numbers import read_checked, read_number, read_status, write_number
from cgraph_cli.render.view import View
from cgraph_cli.results.taylor import Expansion, Taylor

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells

Show = Callable[[Any, "int | None"], str]
"""A function that writes a number to a number of digits."""


class TaylorSheet(Sheet):
    """The coefficients of each output, a row an order."""

    def __init__(self, found: Taylor) -> None:
        self.found = found

    def cells(self, view: View) -> list[Cells]:
        """Make the table of coefficients."""
        from cgraph_cli.render.cells import CellRow, aligned, ends

        expansions = self.found.expansions
        status = not self.found.is_ok()
        orders = len(expansions[0].coefficients)
        shown, gap, left_out = ends(range(orders), orders, view)
        rows = []
        for order in shown:
            numbers = [read_checked(e.coefficients[order], view.digits) for e in expansions]
            said = [self._status(order)] if status else []
            rows.append(CellRow("intermediate", ("", str(order)), (*numbers, *said)))
        headings = [f"coefficient of {e.label}" for e in expansions] if len(expansions) > 1 else ["coefficient"]
        return [aligned(("", "order"), [*headings, *(["status"] if status else [])], rows, status, gap, left_out)]

    def _status(self, order: int) -> str:
        expansions = self.found.expansions
        found = [(e.label, read_status(e.coefficients[order].verdict)) for e in expansions]
        return "; ".join(f"{label} {status}" if len(found) > 1 else status for label, status in found if status)

    def notes(self, view: View) -> Iterable[str]:
        """Write the polynomials, and name the places where the numbers went wrong."""
        for expansion in self.found.expansions:
            text = polynomial(self.found, expansion, read_number, view.digits)
            if text:
                yield text if expansion.label.startswith("%") else f"{expansion.label} = {text}"
        yield from self.found.notes()

    def rows(self, view: View) -> Iterator[list[str]]:
        """Make the rows of coefficients, with their statuses."""
        expansions = self.found.expansions
        yield ["order", *(f"{what}_{e.label}" for e in expansions for what in ("coefficient", "coefficient_status"))]
        for order in range(len(expansions[0].coefficients)):
            row = [str(order)]
            for expansion in expansions:
                number, verdict = expansion.coefficients[order]
                row += [write_number(number, view.digits), verdict.status]
            yield row

    def members(self, view: View) -> Mapping[str, object]:
        """Make the point, and the coefficients and the polynomial of each output."""
        from cgraph_cli.render.sheets.json import number, remark_entries, trouble_entry
        from cgraph_cli.results.notes import find_troubles

        found = self.found
        troubles = [] if found.is_ok() else find_troubles(found.report)
        return {
            "wrt": found.wrt,
            "center": number(found.center, view),
            "order": len(found.expansions[0].coefficients) - 1,
            "certified": found.is_certified,
            "outputs": {
                expansion.label: {
                    "coefficients": [number(c.number, view) for c in expansion.coefficients],
                    "status": [c.verdict.status for c in expansion.coefficients],
                    "sides": [[number(c, view) for c in side] for side in expansion.sides] if expansion.sides else None,
                    "polynomial": polynomial(found, expansion, write_number, view.digits) or None,
                }
                for expansion in found.expansions
            },
            "diagnostics": chain(
                remark_entries(found.report.graph), (trouble_entry(trouble, view) for trouble in troubles)
            ),
        }

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make an object an order."""
        from cgraph_cli.render.sheets.json import number

        expansions = self.found.expansions
        for order in range(len(expansions[0].coefficients)):
            yield {
                "order": order,
                "coefficient": {e.label: number(e.coefficients[order].number, view) for e in expansions},
                "status": {e.label: e.coefficients[order].verdict.status for e in expansions},
                "intervals": {
                    e.label: [number(bound, view) for bound in interval]
                    for e in expansions
                    if (interval := e.coefficients[order].verdict.interval)
                },
            }


def polynomial(found: Taylor, expansion: Expansion, show: Show, digits: int | None) -> str:
    """Write the polynomial as an expression of the language; empty where a coefficient is missing."""
    center = write_number(found.center, digits if not isinstance(found.center, float) else None)
    variable = _distance(found.wrt, center)
    if expansion.sides is not None:
        left, right = (_sum(side, variable, show, digits) for side in expansion.sides)
        point = expansion.coefficients[0].number
        if not (left and right):
            return ""
        if left != right:
            less = "<=" if point == expansion.sides[0][0] != expansion.sides[1][0] else "<"
            right = f"where({found.wrt} {less} {center}, {left}, {right})"
        if point in (expansion.sides[0][0], expansion.sides[1][0]):
            return right
        return f"where({found.wrt} == {center}, {show(point, digits)}, {right})"
    return _sum([coefficient.number for coefficient in expansion.coefficients], variable, show, digits)


def _distance(wrt: str, center: str) -> str:
    if center in ("0", "0.0", "-0"):
        return wrt
    return f"({wrt} + {center[1:]})" if center.startswith("-") else f"({wrt} - {center})"


def _sum(coefficients: Sequence[Any], variable: str, show: Show, digits: int | None) -> str:
    text = ""
    for order, coefficient in enumerate(coefficients):
        if not abs(coefficient) < float("inf"):
            return ""
        if coefficient == 0:
            continue
        number = show(abs(coefficient), digits)
        power = variable if order == 1 else f"{variable}^{order}"
        term = number if order == 0 else power if number in ("1", "1.0") else f"{number}*{power}"
        sign = "-" if coefficient < 0 else "+"
        text += f" {sign} {term}" if text else f"-{term}" if coefficient < 0 else term
    return text or "0"
