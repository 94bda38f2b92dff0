"""Edges between the elements of arrays, past the hidden nodes inside an operation such as `@`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cgraph_cli.results.report import Report


def find_partials(report: Report, element: int, is_end: Callable[[int], bool]) -> dict[int, Any]:
    """Find the partials of an element with respect to its operands' elements, past the hidden nodes between them."""
    found: dict[int, Any] = {}
    pending: dict[int, Any] = {}
    at, adjoint = element, None
    while True:
        for operand, partial in report.local(at):
            if adjoint is None or partial == 0:  # an infinite slope brings nothing there
                term = partial
            else:
                term = adjoint * partial if adjoint else adjoint
            side = found if is_end(operand) else pending
            before = side.get(operand)
            side[operand] = before + term if before and term else before or term
        if not pending:
            return found
        at = max(pending)
        adjoint = pending.pop(at)
