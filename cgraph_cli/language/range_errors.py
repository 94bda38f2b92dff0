"""Errors of `range` statements, with advice; loaded where a program has any."""

from __future__ import annotations

from cgraph_cli.core.errors import ProgramError, Span, did_you_mean, name_list
from cgraph_cli.core.graph import INPUT, Graph, StatedRange
from cgraph_cli.language.scopes import word_at


def check_inputs(graph: Graph) -> None:
    """Raise `ProgramError` for the range of a name that is no input."""
    for stated in graph.ranges.values():
        name = stated.name
        node = graph.nodes.get(name)
        here = Span(graph.source, stated.span.start, stated.span.start + len(name))
        if node is None:
            inputs = [graph.names[each] or "" for each in graph.inputs()]
            known = f"its inputs are {name_list(inputs)}" if inputs else "it has no inputs"
            hint = did_you_mean(name, inputs)
            raise ProgramError(f"the program has no input `{name}`", [here], f"{hint}\n{known}" if hint else known)
        if graph.operations[node] != INPUT:
            there = word_at(graph.source, graph.definitions[node])
            if name in graph.constants:
                what = f"`{name}` is a constant, and a range is that of an input"
                help = f"leave `const` out of its statement, so that `{name}` is an input"
            else:
                what = f"`{name}` is computed, and a range is that of an input"
                help = f"`assert -2 <= {name} <= 2` checks where it lies"
            raise ProgramError(what, [here, there.noted(f"`{name}` is defined here")], help)


def ranged_twice(first: StatedRange, second: StatedRange) -> ProgramError:
    """Make the error of a second range of an input."""
    spans = [second.span, first.span.noted("first stated here")]
    return ProgramError(f"`{first.name}` has two ranges", spans, "leave one of them out")


def arrays_at_ends(stated: StatedRange) -> ProgramError:
    """Make the error of an end that is an array, or made from one."""
    what = f"the ends of the range of `{stated.name}` are made from arrays"
    help = "an end is a number, or computed from numbers; the range of an array is that of each element"
    return ProgramError(what, [stated.span], help)


def not_constant(graph: Graph, stated: StatedRange, name: str, here: Span) -> ProgramError:
    """Make the error of an end that depends on something else than constants."""
    what = f"the ends of the range of `{stated.name}` are constants, and `{name}` is none"
    node = graph.nodes.get(name)
    if node is None or (graph.operations[node] == INPUT and graph.numbers[node] is None):
        return ProgramError(what, [here], f"write a number, or make `{name}` a constant before: `const {name} = …`")
    help = f"make `{name}` a constant with `const {name} = …`"
    return ProgramError(what, [here, word_at(graph.source, graph.definitions[node])], help)
