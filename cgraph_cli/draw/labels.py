"""Words about a drawing and its parts: titles, and texts for screen readers."""

from __future__ import annotations

from cgraph_cli.draw.drawing import Drawing, Edge, Node

_NUMBERS = {"values": "values in the nodes", "gradients": "derivatives in the nodes", "partials": "partials on edges"}


def title(drawing: Drawing) -> str:
    """Name the subject of the drawing, in a line."""
    outputs = ", ".join(drawing.nodes[position].statement() for position in drawing.outputs)
    return f"Computational graph of {outputs}"


def description(drawing: Drawing) -> str:
    """Describe the drawing in a sentence."""
    inputs = sum(node.kind == "input" for node in drawing.nodes)
    words = [_count(len(drawing.nodes), "node"), _count(inputs, "input"), _count(len(drawing.edges), "edge")]
    numbers = [_NUMBERS[each] for each in drawing.shown]
    return f"{', '.join(words)}" + (f"; {', '.join(numbers)}" if numbers else "") + "."


def spoken(node: Node, drawing: Drawing) -> str:
    """Describe a node with its numbers in a sentence."""
    words = [f"{node.kind} {node.statement()}"]
    if node.value is not None:
        words.append(f"value {drawing.value(node)}")
    words += [f"{heading} = {drawing.number(found.number)}" for heading, found in node.derivatives]
    words += node.statuses()
    if node.hidden:
        words.append(f"{_count(node.hidden, 'operand')} not drawn")
    return "; ".join(words)


def spoken_edge(edge: Edge, drawing: Drawing) -> str:
    """Describe an edge with its partial."""
    if edge.partial is not None:
        return f"{edge.heading} = {drawing.number(edge.partial)}"
    return f"{drawing.nodes[edge.source].label} → {drawing.nodes[edge.target].label}"


def printable(text: str) -> str:
    """Replace the invisible characters of a text by a `�`."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
