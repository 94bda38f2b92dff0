"""Derivatives as a program that computes them."""

from __future__ import annotations

from typing import TextIO

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.reach import ancestors
from cgraph_cli.language.write import write_expression, write_program
from cgraph_cli.render.view import View
from cgraph_cli.symbolic.derivative_programs import Derivative, Derivatives, wanted


def write(found: Derivatives, view: View, stream: TextIO) -> None:
    """Write the needed statements, each once; or each derivative by itself, written out."""
    stream.write(program_text(found))


def program_text(found: Derivatives) -> str:
    """Write derivatives as the text of a program."""
    if found.expanded:
        lines = "".join(f"{line}\n" for line in (*_defaults(found), *map(_equation, found.entries)))
    else:
        lines = write_program(found.entries[0].graph, wanted(found), output=False)
    return sums(found) + _inputs_without_effect(found) + lines


def sums(found: Derivatives) -> str:
    """Write a comment for an output that is an array: the derivatives are its sum's."""
    names = dict.fromkeys(entry.of[1:] for entry in found.entries if entry.of.startswith("Σ"))
    return "".join(f"# of the sum of {'the output' if of.startswith('%') else of}, which is an array\n" for of in names)


def _inputs_without_effect(found: Derivatives) -> str:
    """Write statements that keep the inputs without effect on the derivatives, so that they can still be set."""
    program, used = found.program, set[str | None]()
    written = found.entries[0].graph
    if isinstance(written, ArrayGraph):  # which declares all arrays, and writes all defaults
        used.update(written.names[node] for node in ancestors(written, [entry.node for entry in found.entries]))
        numbers = (node for node in written.inputs() if not written.shapes[node] and written.numbers[node] is None)
        free = [name for node in numbers if (name := written.names[node] or "") not in used]
        return f"{'; '.join(free)}  # without effect\n" if free else ""
    for graph in {id(entry.graph): entry.graph for entry in found.entries}.values():
        kept = wanted(found) if not found.expanded else [entry.node for entry in found.entries if entry.graph is graph]
        used.update(graph.names[node] for node in ancestors(graph, kept))
    unused = [node for node in program.inputs() if program.names[node] not in used]
    free = [program.names[node] or "" for node in unused if program.numbers[node] is None]
    defaults = [node for node in unused if program.numbers[node] is not None]
    first = f"{'; '.join(free)}  # without effect\n" if free else ""
    return first + (write_program(program, defaults, output=False) if defaults else "")


def written_out(entry: Derivative) -> str:
    """Write a derivative as one expression."""
    return write_expression(entry.graph, entry.node, {})


def _defaults(found: Derivatives) -> list[str]:
    """Write the statements that give the inputs of expanded derivatives their defaults."""
    program = found.program
    graph = found.entries[0].graph
    if isinstance(graph, ArrayGraph):
        return write_program(graph, list(graph.inputs()), output=False).splitlines()
    used = {name for entry in found.entries for name in entry.graph.nodes}
    with_default = [
        node for node in program.inputs() if program.numbers[node] is not None and program.names[node] in used
    ]
    return write_program(program, with_default, output=False).splitlines() if with_default else []


def _equation(entry: Derivative) -> str:
    return f"{entry.name} = {written_out(entry)}"
