"""Errors of names and calls of a program, with advice; loaded where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cgraph_cli.core.errors import ProgramError, Source, Span, did_you_mean, name_list
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.primitives import CONSTANTS, function_names
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.language.foreign_calls import arguments_at, instead_of_call
from cgraph_cli.language.foreign_functions import why_absent
from cgraph_cli.language.scopes import Function, PlacedWord, span_of, word_at
from cgraph_cli.language.steps import instead_of_update


def assigned_before(graph: Graph, statement_start: int, name: str, token: PlacedWord) -> ProgramError:
    """Make the error of a second assignment of a name, or of a use before its assignment."""
    first = graph.nodes[name]
    here = span_of(graph.source, token)
    there = word_at(graph.source, graph.definitions[first])
    steps = instead_of_update(graph.source.text, here.start, name)
    steps = f"\n{steps}" if steps else ""
    if graph.operations[first] != INPUT or graph.numbers[first] is not None:
        return ProgramError(
            f"`{name}` is assigned twice",
            [here, there.noted("first assigned here")],
            f"a name is assigned once: choose another for the second{steps}",
        )
    if first >= statement_start:
        return ProgramError(
            f"`{name}` is used in its own definition",
            [there],
            f"a name is assigned once: give the new value another name, such as `{name}1`{steps}",
        )
    if first in graph.details and not steps and first not in graph.operands:
        help = "only an input without a default has its shape declared: take the declaration out"
        spans = [here.noted("it has a value"), there]
        return ProgramError(f"the shape of `{name}` follows from its value", spans, help)
    return ProgramError(
        f"`{name}` is used before it is assigned",
        [there, here.noted("assigned here")],
        f"move the assignment of `{name}` up, or choose another name for one of the two{steps}",
    )


def gradient_in_assertion(program: Graph, token: PlacedWord, function: Function) -> ProgramError:
    """Make the error of a function in an `assert` that differentiates nodes of the program."""
    names = [program.names[node] or "" for node in function.captured]
    return ProgramError(
        f"`{function.name}` differentiates nodes of the program, and an `assert` adds none to it",
        [
            span_of(program.source, token),
            word_at(program.source, function.offset, f"it uses {name_list(names)} of the program"),
        ],
        f"give the value a name before, as in `v = {function.name}(…)`, and assert that",
    )


_PLACE = re.compile(r"\d+|[i-nt]([ \t]*[-+][ \t]*\d+)?")
"""An argument that looks like a place in an array."""


def unknown_function(
    name: str,
    token: PlacedWord,
    graph: Graph,
    program: Graph,
    functions: Mapping[str, Function],
    open_function: Function | None,
) -> ProgramError:
    """Make the error of a call of a function that is not there, with the one that may be meant."""
    here = span_of(program.source, token)
    if open_function is not None and open_function.name == name:
        return ProgramError(
            f"`{name}` calls itself",
            [here],
            "every program ends, so functions cannot be recursive: write the steps out",
        )
    head = rf"(?:^|;)[ \t]*({re.escape(str(token))})[ \t]*\([^()]*\)[ \t]*=(?!=)"
    if later := re.compile(head, re.MULTILINE).search(program.source.text, here.end):
        return ProgramError(
            f"the function `{name}` is used before it is defined",
            [here, Span(program.source, *later.span(1), "defined here")],
            f"move the definition of `{name}` up; functions cannot be recursive",
        )
    text, offset = program.source.text, here.start
    arguments, end = arguments_at(text, offset) or ([], 0)
    if sign := re.compile(r"[ \t]{0,9}(:=|≔)").match(text, end):
        what, span = f"`{sign[1]}` is not part of the language", Span(program.source, *sign.span(1))
        return ProgramError(what, [span], "write `=` to assign")
    inside = arguments[0] if len(arguments) == 1 else "…"
    multiply = f"to multiply, write `{name}*({inside})`"
    if name in graph.nodes or name in program.nodes or name in CONSTANTS:
        node = program.nodes.get(name)
        if node in program.details and inside.isdigit():
            multiply = f"for an element, counted from 0, write `{name}[{inside}]`; {multiply}"
        return ProgramError(f"`{name}` is a value and not a function", [here], multiply)
    hint = did_you_mean(name, functions)
    if not hint and (written := instead_of_call(text, offset, name, functions=functions)):
        span = Span(program.source, written.start, written.end)
        return ProgramError(f"there is no function `{name}`", [span], written.advice)
    hint = hint or why_absent(name) or did_you_mean(name, (*function_names(), *STRUCTURAL))
    define = f"to define it, write `{name}({', '.join('xyzuvw'[: len(arguments)] or 'x')}) = …` before"
    element = ""
    if arguments and all(map(_PLACE.fullmatch, arguments)):
        element = f"for an element, counted from 0, write `{name}[{', '.join(arguments)}]`; "
    here = Span(program.source, offset, end) if element and not hint else here
    help = hint or element + (define if len(arguments) > 1 else f"{multiply}; {define}")
    help += "\n`cgraph functions` lists the functions"
    if functions:
        help += f"; the program defines {name_list(list(functions))}"
    return ProgramError(f"there is no function `{name}`", [here], help)


def size_and_name(source: Source, name: str, token: PlacedWord) -> ProgramError:
    """Make the error of a name for both a size and a value."""
    what = f"`{name}` is a size of a declared shape, and a name of a value too"
    return ProgramError(what, [span_of(source, token)], "write the number, or choose another letter for one of the two")
