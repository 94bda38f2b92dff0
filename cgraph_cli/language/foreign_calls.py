"""Calls of functions that mean something elsewhere, in the text of a program: what to write instead."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import NamedTuple

from cgraph_cli.core.primitives import CONSTANTS, function
from cgraph_cli.language.foreign_functions import CALLS, OTHER_ARGUMENTS, is_simple
from cgraph_cli.language.numbers import split_parts

_LONGEST_CALL = 120
"""The most characters of a call that a message shows."""

DIFFERENTIAL = re.compile(r"d(\w+)")


class Rewritten(NamedTuple):
    """A piece of a program with a meaning elsewhere, and the advice on it."""

    start: int
    end: int
    advice: str


def instead_of_call(
    text: str, offset: int, word: str, start: int | None = None, functions: Container[str] = ()
) -> Rewritten | None:
    """Advise on a call, at an offset of a program's text, of an unknown function; empty where there is no advice.

    `start` is the place of `np.square(x)`, whose word is `square`. `functions` are those of the program.
    """
    start = offset if start is None else start
    found = arguments_at(text, offset)
    arguments, end = found or ((), offset + len(word))
    differential = DIFFERENTIAL.fullmatch(word)
    if differential and text[max(0, offset - 2) : offset] == "d/" and len(arguments) == 1:
        return Rewritten(offset - 2, end, f"a derivative is written `grad({arguments[0]}, {differential[1]})`")
    below = re.compile(r"\s{0,3}/\s{0,3}d(?:(\w+)|\((\w+)\))").match(text, end)
    if word == "d" and len(arguments) == 1 and below:
        advice = f"a derivative is written `grad({arguments[0]}, {below[1] or below[2]})`"
        return Rewritten(offset, below.end(), advice)
    definition = CALLS.get(word) or CALLS.get(word.lower())
    if definition is None:
        return None
    if "approx" in word and len(arguments) == 1 and _is_asserted(text, start):
        return Rewritten(start, end, f"write `{arguments[0]} within 1e-6`")
    if definition is CALLS["jacobian"] and len(arguments) == 2 and arguments[0] in functions:
        arguments = [f"{arguments[0]}({arguments[1]})", arguments[1]]
    meant = gradient_of(arguments[0]) if definition is CALLS["derivative"] and len(arguments) == 1 else ""
    forms = [("", meant)] if meant else definition.forms(arguments)
    advice = write_forms([(note, _beside(text, start, end, instead)) for note, instead in forms])
    if definition is CALLS["diff"] and len(arguments) == 1:
        advice += f"; a derivative names its input, as in `{gradient_of(arguments[0])}`"
    return Rewritten(start, end, advice)


def write_forms(forms: Sequence[tuple[str, str]]) -> str:
    """Write the advice to write one of some texts, each after the note on its meaning."""
    return "; ".join(f"{note}{', ' * bool(note)}write `{instead}`" for note, instead in forms)


def norm_of_order(value: str, order: str) -> str:
    """Write the norm of a vector of an order: 1, 2, `inf`, or another number."""
    known = {"1": f"sum(abs({value}))", "2": f"norm({value})", "inf": f"max(abs({value}))"}
    power = order if is_simple(order) else f"({order})"
    return known.get(order, f"sum(abs({value})^{power})^(1/{power})")


def gradient_of(value: str) -> str:
    """Write the derivative of a value with respect to its only name, or the general form where it has several."""
    names = {*re.findall(r"(?<![\w.])[^\W\d]\w*(?!\w)(?!\s*[(\w])", value)} - {*CONSTANTS}
    return f"grad({value}, {names.pop()})" if len(names) == 1 and value not in names else "grad(y, x)"


def instead_of_brackets(text: str, opening: int, name: str) -> Rewritten | None:
    """Advise on a call with brackets, as in `Sin[x]`, from the place of its `[`; None where nothing is called so."""
    start = opening - len(name)
    inside = rf"(?:[^\[\]\n]|\[[^\[\]\n]{{0,60}}\]){{1,{_LONGEST_CALL}}}"
    found = re.compile(rf"{re.escape(name)}\[({inside})\]").match(text, max(0, start))
    if found is None:
        return None
    lower = name.lower()
    definition = CALLS.get(name) or CALLS.get(lower)
    if not function(lower) and definition is None:
        return None
    instead = f"{lower}({found[1]})"
    if definition is not None:
        instead = _beside(text, start, found.end(), definition.call([part.strip() for part in split_parts(found[1])]))
    return Rewritten(start, found.end(), f"a call has round parentheses: write `{instead}`")


def instead_of_arguments(text: str, offset: int, name: str, given: Sequence[str] = ()) -> str:
    """Write the equivalent of a call with more arguments than the language's; empty where there is none.

    `given` are its arguments without their names.
    """
    arguments, end = arguments_at(text, offset) or ([], 0)
    arguments = list(given) or arguments
    definition = OTHER_ARGUMENTS.get(name)
    if definition is None or len(arguments) != len(definition.parameters):
        return ""
    if name == "log" and function(f"log{arguments[1]}"):
        return f"log{arguments[1]}({arguments[0]})"
    return _beside(text, offset, end, definition.call(arguments))


def _beside(text: str, start: int, end: int, instead: str) -> str:
    """Put a text in parentheses where operators beside its place would tear it apart."""
    return instead if is_simple(instead) or _stands_alone(text, start, end) else f"({instead})"


def _is_asserted(text: str, start: int) -> bool:
    """Tell whether an `assert … ==` stands right before a place."""
    statement = re.split(r"[;\n]", text[max(0, start - _LONGEST_CALL) : start])[-1].strip()
    return statement.startswith("assert ") and statement.endswith("==")


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a piece of a program is an operand of nothing but a call."""
    before, after = text[max(0, start - 20) : start].rstrip(" \t"), text[end : end + 20].lstrip(" \t")
    return before[-1:] in ("", "=", "(", ",", ";", "\n") and after[:1] in ("", ")", ",", ";", "\n")


def arguments_at(text: str, offset: int) -> tuple[list[str], int] | None:
    """Find the arguments of the call that begins at an offset, as written, and its end.

    None where they are long or never close.
    """
    at = text.find("(", offset, offset + _LONGEST_CALL)
    if at < 0 or "\n" in text[offset:at]:
        return None
    depth, start, found = 0, at + 1, []
    for position in range(at, min(len(text), at + _LONGEST_CALL)):
        character = text[position]
        depth += (character in "([") - (character in ")]")
        if depth == 0 or (depth == 1 and character == ","):
            found.append(" ".join(text[start:position].split()))
            start = position + 1
        if depth == 0:
            return ([] if found == [""] else found), position + 1
    return None
