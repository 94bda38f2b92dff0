"""Phrases that failures share: the name of a program, the place of a node, a verdict and a gradient in words."""

from __future__ import annotations

from cgraph_cli.core.errors import Span
from cgraph_cli.core.graph import LEAVES, Graph
from cgraph_cli.core.nodes_by_label import PROGRAM
from cgraph_cli.trust.verdicts import Checked, Status, Verdict

UNSETTLED = "was not settled within the bound on work"


def program_name(graph: Graph) -> str:
    """Name a program in a message: by its file, where it has one."""
    return PROGRAM if graph.source.name == "program" else graph.source.name


def name_span(graph: Graph, node: int) -> Span:
    """Find the place of a node: its name in a statement, or else its expression."""
    name = graph.names[node]
    if name is None or graph.operations[node] in LEAVES:
        return graph.span(node)
    start = graph.definitions[node]
    return Span(graph.source, start, start + len(name.partition("[")[0]))  # an element has the place of its array


def everywhere(points: int) -> str:
    """Say that something holds at all of some points."""
    return f"at all of the {points:,} points" if points > 1 else "at the only point"


def notes_on(number: Checked, what: str = "gradient") -> tuple[str, ...]:
    """Describe anything unusual about a gradient or a value."""
    words = describe(number.verdict)
    return (f"the {what} is {words}",) if words else ()


def describe(verdict: Verdict) -> str:
    """Put a verdict into words that go on after "is"; none for an ordinary point."""
    if verdict.interval is not None:
        low, high = verdict.interval
        return f"at a kink, between {low:.6g} and {high:.6g}"
    if verdict.status in (Status.KINK, Status.JUMP, Status.POLE):
        return f"at a {verdict.status}"
    if verdict.text:
        return f"{verdict.text}, which no double can hold"
    return {Status.LIMIT: "a limit", Status.UNDEFINED: "undefined"}.get(verdict.status, "")
