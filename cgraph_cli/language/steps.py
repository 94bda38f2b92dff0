"""Assignments in the manner of other languages: updates such as `w = w - 0.1*grad(L, w)`, and several in one."""

from __future__ import annotations

import re

from cgraph_cli.language.numbers import split_parts

LONGEST = 240
"""The longest program that is written out."""

_STATEMENT = re.compile(r"([^\W\d]\w*)\s*=(?!=)\s*(.+)")


def instead_of_update(text: str, start: int, name: str) -> str:
    """Advise on `w = w - 0.1*grad(L, w)` at an offset; empty where the right side is not of the name itself."""
    found = re.compile(rf"{re.escape(name)}[ \t]*=(?!=)[ \t]*([^;\n#]+)").match(text, start)
    if found is None or not _uses(found[1], name):
        return ""
    return f"for many steps, the program is `{write_steps(text[:start], name, found[1].strip())}`"


def instead_of_several(statement: str) -> str:
    """Advise on several assignments in one, such as `a, b = 1, 2`, with their loop; empty for any other statement."""
    left, sign, right = statement.partition("=")
    loop = re.search(r"\sfor\s+\w+\s+in\s.*$", right)
    sides = (left, right[: loop.start()] if loop else right)
    names, values = ([part.strip() for part in split_parts(side)] for side in sides)
    if not sign or len(names) != len(values) or not all(re.match(r"[^\W\d]\w*(?:\[.*\])?$", each) for each in names):
        return ""
    end = f" {loop[0].strip()}" if loop else ""
    if end:  # of a name alone, the values are collected
        values = [
            f"{value}{end}" if name.endswith("]") else f"[{value}{end}]"
            for name, value in zip(names, values, strict=True)
        ]
    written = "; ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
    return f"for several names, write `{written}`" if all(values) and len(written) <= LONGEST else ""


def write_steps(before: str, name: str, value: str, index: str = "k", steps: str = "range(10)") -> str:
    """Write a program whose recurrence computes a name anew, from the program before it and the new value.

    Names that are computed from this one become functions of it. A name without a value before stays an input, from
    which an array of another name begins.
    """
    array, first = f"{name}_k", name
    found: list[str] = []
    computed: list[str] = []
    for statement in filter(None, map(str.strip, re.split(r"[;\n]", re.sub(r"#[^\n]*", "", before)))):
        parts = _STATEMENT.fullmatch(statement)
        if parts is None and any(_uses(statement, each) for each in (name, *computed)):
            return _pattern(name, value, index, steps)
        if parts is None:
            found.append(statement)
        elif parts[1] == name:
            array, first = name, parts[2]
        elif any(_uses(parts[2], each) for each in (name, *computed)):
            found.append(f"{parts[1]}({name}) = {_called(parts[2], computed, name)}")
            computed.append(parts[1])
        else:
            found.append(statement)
    now, then = places_of_steps(index, steps)
    element = f"{array}[{now}]"
    step = _called(_replaced(value, name, element), computed, element)
    program = "; ".join([*found, f"{array}[0] = {first}", f"{array}[{then}] = {step} for {index} in {steps}"])
    is_short = len(program) <= LONGEST and not any(_uses(first, each) for each in computed)
    return program if is_short else _pattern(name, value, index, steps)


def places_of_steps(index: str, steps: str) -> tuple[str, str]:
    """Write the places of an array before and after a step of a loop, counted from 0."""
    from_first = re.fullmatch(r"range\((\d+),[^,]+(, -1)?\)", steps)
    if from_first is None or from_first[1] == "0":
        return index, f"{index} + 1"
    if from_first[2]:
        return f"{from_first[1]} - {index}", f"{int(from_first[1]) + 1} - {index}"
    first = int(from_first[1])
    return f"{index} - {first}", f"{index} - {first - 1}" if first > 1 else index


def _pattern(name: str, value: str, index: str, steps: str) -> str:
    """Write the recurrence alone, without its beginning."""
    now, then = places_of_steps(index, steps)
    return f"{name}[0] = …; {name}[{then}] = {_replaced(value, name, f'{name}[{now}]')} for {index} in {steps}"


def _uses(text: str, name: str) -> bool:
    return bool(re.search(_word(name), text))


def _replaced(text: str, name: str, by: str) -> str:
    return re.sub(_word(name), lambda _: by, text)


def _called(text: str, names: list[str], argument: str) -> str:
    for name in names:
        text = _replaced(text, name, f"{name}({argument})")
    return text


def _word(name: str) -> str:
    return rf"(?<![\w.]){re.escape(name)}(?![\w\[(])"
