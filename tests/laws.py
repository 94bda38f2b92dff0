"""The rows of the table of laws for the tests."""

from __future__ import annotations

import re
from typing import Any

from cgraph_cli import evaluate, parse
from cgraph_cli.symbolic.rewriting.algebra_laws import Rewrite
from tests.sameness import HIGH


def names_of(row: Rewrite) -> list[str]:
    """List the names in a pattern."""
    graph = parse(row.pattern)
    return [graph.names[node] or "" for node in graph.inputs()]


def values_at(row: Rewrite, point: dict[str, float], high: bool = True) -> tuple[float, float] | None:
    """Compute a pattern and its replacement at a point where the row's condition holds."""
    algebra = {"algebra": HIGH} if high else {}
    results = []
    for text in (row.when or "1", row.pattern, row.replacement):
        graph = parse(text)
        given = {name: number for name, number in point.items() if name in graph.nodes}
        results.append(evaluate(graph, given, **algebra).values[graph.output])
    holds, before, after = results
    return (before, after) if holds else None


def largest(row: Rewrite, point: dict[str, float]) -> Any:
    """Compute the largest number on the way to a pattern's value, which may cancel."""
    values = evaluate(parse(row.pattern), point, algebra=HIGH).values
    return max(abs(value) for value in values if value.context.isfinite(value))


def concrete(row: Rewrite, text: str, **others: str) -> str:
    """Write a text of a row with expressions for its names that prove its condition."""
    shown = {"p": "(u < v)", "q": "(v < w)", "n": "0" if "n == 0" in row.when else "2", **others}
    if re.search(r"-1 <= x <= 1", row.when):
        shown.setdefault("x", "sin(x)")
    elif re.search(r"x (>|!=)", row.when):
        shown.setdefault("x", "exp(x)")
    elif re.search(r"x <", row.when):
        shown.setdefault("x", "(-exp(x))")
    elif re.search(r"y >", row.when):
        shown.setdefault("y", "exp(y)")
    return re.sub(r"\b[a-z]\b(?!\()", lambda name: shown.get(name.group(), name.group()), text)
