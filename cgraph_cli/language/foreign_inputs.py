"""Inputs that may mean something else: Euler's number, a differential, an index; what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cgraph_cli.core.errors import did_you_mean
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import CONSTANTS, function
from cgraph_cli.language.foreign_calls import DIFFERENTIAL, arguments_at

_MOST_SAID = 20
"""The most nodes of an exponent that a message shows."""

_LONGEST_CALL = 120
"""The most characters of a statement that a message shows."""

_MOST_TERMS = 8
"""The most terms of a sum that is written out."""

_LEAST_LETTERS = 4
"""The fewest letters of a name that may be misspelt."""

_NOT_A_NUMBER = "nan has no name: `inf - inf` computes one"

FOREIGN_NUMBERS = {
    "e": "Euler's number is `exp(1)`",
    **dict.fromkeys(("tau", "τ"), "the circle constant is `2*pi`"),
    **dict.fromkeys(("Pi", "PI"), "the circle constant is `pi`"),
    **dict.fromkeys(("nan", "NaN", "NAN"), _NOT_A_NUMBER),
    **dict.fromkeys(("Inf", "INF", "infinity", "Infinity", "infty", "oo"), "infinity is written `inf`"),
    **dict.fromkeys(("True", "true", "TRUE"), "truth is the number `1`"),
    **dict.fromkeys(("False", "false", "FALSE"), "untruth is the number `0`"),
    **dict.fromkeys(("deg", "degree"), "angles are in radians: a degree is `radians(1)`"),
}
"""Names of numbers."""

OFTEN_INPUTS = frozenset({"e", "tau", "τ", "deg", "degree"})
"""Names of numbers that are often inputs too."""

_FUNCTION_OF_NUMBER = re.compile(r"([A-Za-z]+?)_?(\d+)")


_FUNCTION_OF_LETTER = re.compile(
    r"(arc(?:sin|cos|tan)|a?(?:sin|cos|tan)h?|exp|ln|log2|log10|log|sqrt|cbrt|abs)(\d{0,4})([a-zθφαω])"
)
"""A call of a common function without parentheses, as in `sinx` and `sin2x`."""


class Advice(NamedTuple):
    """The advice on a name, and whether it cannot be an input."""

    text: str
    is_certain: bool = False


def instead_of(graph: Graph, name: str) -> Advice:
    """Advise on an input of a program that may have another meaning."""
    text = FOREIGN_NUMBERS.get(name, "")
    powers = _powers(graph, graph.nodes[name]) if name == "e" else iter(())
    for power in powers:
        return Advice(f"{text}: for the power, write `exp({power})`", True)
    if text:
        return Advice(text, name not in OFTEN_INPUTS)
    if applied := _FUNCTION_OF_NUMBER.fullmatch(name):
        primitive = function(applied[1])
        if primitive is not None and primitive.takes(1):
            return Advice(f"to call the function, write `{applied[1]}({applied[2]})`")
    if applied := _FUNCTION_OF_LETTER.fullmatch(name) if not function(name) else None:
        number, letter = applied.groups()[1:]
        return Advice(f"to call the function, write `{applied[1]}({number}{'*' * bool(number)}{letter})`")
    for advice in _ADVICE:
        if found := advice(graph, name):
            return found
    return Advice("")


def _misspelt(graph: Graph, name: str) -> Advice | None:
    """Advise on `aera`, where the program has `area`; `x2` beside `x1` is no slip."""
    letters = name.rstrip("0123456789_")
    if len(letters) < _LEAST_LETTERS:
        return None
    unset = {graph.names[node] for node in graph.inputs() if graph.numbers[node] is None}
    others = (each for each in graph.nodes if each not in unset and each.rstrip("0123456789_") != letters)
    hint = did_you_mean(name, others)
    return Advice(hint) if hint else None


def _powers(graph: Graph, base: int) -> Iterator[str]:
    """List the exponents of the powers of a node that are short enough for a message."""
    from cgraph_cli.language.write import write_expression

    for node, operation in enumerate(graph.operations):
        if operation == "^" and graph.operands_of(node)[0] == base:
            exponent = graph.operands_of(node)[1]
            if exponent - base <= _MOST_SAID:
                yield graph.names[exponent] or write_expression(graph, exponent)


def _quotient_of_differentials(graph: Graph, name: str) -> Advice | None:
    """Advise on `dy/dx`, where the program has `y` and `x`."""
    for written in (graph, *(assertion.graph for assertion in graph.assertions)):
        for quotient, operation in enumerate(written.operations):
            names = [written.names[operand] or "" for operand in written.operands_of(quotient)]
            if operation != "/" or name not in names:
                continue
            words = [DIFFERENTIAL.fullmatch(each) for each in names]
            known = [word[1] for word in words if word and word[1] in graph.nodes]
            if len(known) == 2:
                return Advice(f"a derivative is written `grad({known[0]}, {known[1]})`", True)
    return None


def _index_of_sum(graph: Graph, name: str) -> Advice | None:
    """Advise on the index of `sum(i, 1, 3, i^2)`."""
    node = graph.nodes.get(name, -1)
    for at, operation in enumerate(graph.operations):
        if operation not in ("sum", "prod") or list(graph.operands_of(at))[:1] != [node]:
            continue
        arguments, _ = arguments_at(graph.source.text, graph.offsets[at]) or ([], 0)
        if len(arguments) != 4 or not all(re.fullmatch(r"\d{1,9}", arguments[k]) for k in (1, 2)):
            continue
        first, last = int(arguments[1]), int(arguments[2])
        if first <= last:
            most = range(first, min(last + 1, first + _MOST_TERMS))
            terms = [re.sub(rf"\b{re.escape(name)}\b", str(number), arguments[3]) for number in most]
            terms += ["…"] * (last - first >= _MOST_TERMS)
            return Advice(f"`{operation}` has no index; write the terms out: `{operation}({', '.join(terms)})`", True)
    return None


def _function_alone(graph: Graph, name: str) -> Advice | None:
    """Advise on `grad(f, x)`, where the program defines `f(x)`."""
    defined = re.compile(rf"(?:^|[;\n])[ \t]*{re.escape(name)}[ \t]*\(([^()\n]{{1,60}})\)[ \t]*=(?!=)")
    if not (found := defined.search(graph.source.text)):
        return None
    parameters = found[1].strip()
    taken = re.search(rf"\bgrad\(\s*{re.escape(name)}\s*,\s*(\w+)\s*\)", graph.source.text)
    if taken and parameters.isidentifier():
        return Advice(f"a derivative is written `grad({name}({taken[1]}), {taken[1]})`", True)
    return Advice(f"`{name}` is a function: write `{name}({parameters})`", True)


def _assigned_by_arrow(graph: Graph, name: str) -> Advice | None:
    """Advise on `y <- x^2` as a statement, where nothing else is `y`."""
    arrow = re.compile(rf"(?:^|[;\n])[ \t]*{re.escape(name)}[ \t]*<-[ \t]*([^;#=<>\n]{{1,{_LONGEST_CALL}}})")
    found = arrow.search(graph.source.text)
    return Advice(f"to assign, write `{name} = {found[1].strip()}`", True) if found else None


def _after_dashes(graph: Graph, name: str) -> Advice | None:
    """Advise on `x^2 -- note`."""
    found = re.search(rf"--[ \t]+{re.escape(name)}[ \t]*(?:[;\n]|\Z)", graph.source.text)
    return Advice("a comment starts with `#`", True) if found else None


def _power_of_letter(graph: Graph, name: str) -> Advice | None:
    """Advise on `E^x`, which may mean a power of Euler's number."""
    for power in _powers(graph, graph.nodes[name]) if name == "E" and name in graph.nodes else ():
        return Advice(f"for a power of Euler's number, write `exp({power})`")
    return None


def _transposed(graph: Graph, name: str) -> Advice | None:
    """Advice for `x^T`, where `T` is nothing else."""
    if name != "T" or name not in graph.nodes:
        return None
    node = graph.nodes[name]
    for at, operation in enumerate(graph.operations):
        base, *exponent = graph.operands_of(at)[:2] or [-1]
        if operation == "^" and exponent == [node] and (label := graph.names[base]):
            return Advice(f"for the transpose, write `{label.partition('[')[0]}.T`")
    return None


def _compared_alone(graph: Graph, name: str) -> Advice | None:
    """Advise on `y == x^2` as a statement, where nothing else is `y`."""
    if name not in graph.nodes:  # an array, which its elements stand for
        return None
    start = graph.offsets[graph.nodes[name]]
    statement = re.compile(rf"{re.escape(name)}[ \t]*==[ \t]*([^;#=<>\n]{{1,{_LONGEST_CALL}}})(?=[;#\n]|\Z)")
    found = statement.match(graph.source.text, start)
    if found is None or graph.source.text[:start].rstrip(" \t")[-1:] not in ("", ";", "\n"):
        return None
    return Advice(f"to assign, write `{name} = {found[1].strip()}`")


_ADVICE = (
    _function_alone,
    _assigned_by_arrow,
    _after_dashes,
    _power_of_letter,
    _quotient_of_differentials,
    _index_of_sum,
    _compared_alone,
    _transposed,
    _misspelt,
)
"""The advice on names that mean something else where they stand, in order."""


def why_not_settable(graph: Graph, name: str) -> tuple[str, str] | None:
    """Explain why a constant or a function of the language is no input, with advice; None for other names."""
    if name in CONSTANTS:
        return f"`{name}` is a constant of the language and cannot be set", "give the input of the program another name"
    for node in graph.inputs():
        applied = _FUNCTION_OF_LETTER.fullmatch(graph.names[node] or "")
        if applied is not None and applied[3] == name and not function(applied[0]):
            what = f"the program has no input `{name}`, and `{applied[0]}` is one name"
            return what, instead_of(graph, applied[0]).text
    primitive = function(name)
    if primitive is not None and primitive.name in graph.operations:
        help = f"to multiply, write `{name}*(…)`; to keep the function, give the input another name"
        return f"`{name}` is a function that the program calls, and no input of it", help
    return None
