"""Loops before what they repeat, as Python, Julia and MATLAB have them, and what to write for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cgraph_cli.language.foreign_functions import is_simple
from cgraph_cli.language.steps import LONGEST, places_of_steps, write_steps

_NAME = r"[^\W\d]\w{0,40}"
_END = r"-?\w{1,40}"
_HEAD = re.compile(
    rf"for\s+\(?({_NAME})\s*(?:\bin\b|=)\s*"
    rf"(?:(range\((?:[^()\n]|\([^()\n]{{0,60}}\)){{1,60}}\))|({_END})[ \t]*:[ \t]*({_END})(?:[ \t]*:[ \t]*({_END}))?)"
    r"[ \t]*\)?[ \t]*[:,]?[ \t]*(?:do\b[ \t]*)?(?:#[^\n]*)?"
)
_OTHER_HEAD = re.compile(rf"for\s+\(?({_NAME})\b[^:;,\n]*[:,]?[ \t]*")
_WITHIN = re.compile(rf"(?<=[;,:\n \t])(?:(for)\s+\(?{_NAME}\s*(?:in\b|=)|end(?:for)?(?=[ \t]*(?:[;,\n#]|$)))")
"""The beginnings of loops, and the ends of blocks."""
_ASSIGNED = re.compile(rf"({_NAME})(\[[^\[\]\n]*\]|\([^()\n]*\))?\s*([-+*/]?)=(?!=)\s*(\S.*)", re.DOTALL)
_MOST = 2000
"""The most characters of a block that are looked through."""


class Block(NamedTuple):
    """A loop with the statements that follow its head.

    `steps` are empty where they are no whole numbers. `is_several` tells that the body has lines, or ends with a word.
    """

    variable: str
    steps: str
    body: list[str]
    end: int
    is_several: bool

    def assigned(self) -> set[str]:
        """List the names that the statements assign, whole or by elements."""
        return {parts[1] for each in self.body if (parts := _ASSIGNED.search(each))}


def find_block(text: str, start: int) -> Block | None:
    """Find the loop at an offset, with its body: the rest of the line, the lines within, or all up to an `end`."""
    start += len(text[start:]) - len(text[start:].lstrip())
    head = _HEAD.match(text, start) or _OTHER_HEAD.match(text, start)
    if head is None:
        return None
    variable, steps, first, second, third = (*head.groups(), "", "", "", "")[:5]
    if first:
        steps = write_range(first, *((second, "") if third is None else (third, second)))
    line_end = _find(text, "\n", head.end())
    within = _end_of_lines(text, start, line_end)
    if (last := _find_last(text, head.end())) is not None:
        return Block(variable, steps, list(_statements(text[head.end() : last.start()])), last.end(), True)
    if text[head.end() : line_end].strip():
        end = min(line_end, _find(text, ";", head.end()))
        return Block(variable, steps, list(_statements(text[head.end() : end])), end, False)
    return Block(variable, steps, list(_statements(text[line_end:within])), within, True)


def instead_of_loop(text: str, start: int) -> str:
    """Advise on a loop before its body: `for i in range(3): x = x + 1`."""
    block = find_block(text, start)
    if block is None or not block.steps:
        return "write `x[0] = …; x[k + 1] = … for k in range(3)`"
    index, steps = block.variable, block.steps
    parts = [_ASSIGNED.fullmatch(each) for each in block.body]
    only = parts[0] if len(parts) == 1 else None
    if only and not only[2] and only[1] != index:
        name, _, sign, value = only.groups()
        if sign:
            value = f"{name} {sign} {value if is_simple(value) else f'({value})'}"
        program = write_steps(text[:start], name, value.strip(), index, steps)
        return f"write `{program}`" if "…" in program else f"the program is `{program}`"
    written = _write_elements(block)
    if not written:
        first = "x[0] = …; " if block.body else ""
        return f"write `{first}x[{places_of_steps(index, steps)[1]}] = … for {index} in {steps}`"
    if not block.is_several:
        return f"write `{written}`"
    program = "; ".join([*_statements(text[:start]), written, *_statements(text[block.end :])])
    return f"the program is `{program}`" if len(program) <= LONGEST else f"write `{written}`"


def _find_last(text: str, start: int) -> re.Match[str] | None:
    """Find the `end` of a loop whose body begins at an offset; None where it has none."""
    depth = 1
    for found in _WITHIN.finditer(text, start, min(len(text), start + _MOST)):
        depth += 1 if found[1] else -1
        if not depth:
            return found
    return None


def _write_elements(block: Block) -> str:
    """Write each assignment of an element with its loop, and the values of other names in their places."""
    values: dict[str, str] = {}
    used: set[str] = set()
    written = []
    for statement in block.body:
        parts = _ASSIGNED.fullmatch(statement)
        if parts is None or (parts[2] and parts[3]):
            return ""
        name, place, _, value = parts.groups()
        if place and place.startswith("("):
            place, value = f"[{place[1:-1]}]", re.sub(rf"(?<!\w){name}\(([^()]*)\)", rf"{name}[\1]", value)
        words = {*re.findall(r"[^\W\d]\w*", value)}
        used |= words & {*values}
        for each in values:
            value = re.sub(rf"(?<![\w.]){each}(?![\w(\[])", lambda _, each=each: values[each], value)
        if not place and (parts[3] or name in words or name in values or name == block.variable):
            return ""
        if place:
            value = value[1:-1] if parts[4] in values and value.startswith("(") else value
            written.append(f"{name}{place} = {value} for {block.variable} in {block.steps}")
        else:
            values[name] = value if is_simple(value) else f"({value})"
    return "; ".join(written) if used == {*values} else ""


def write_range(first: str, last: str, step: str) -> str:
    """Write the whole numbers from a first to a last, both included, as a `range`."""
    by = int(step) if re.fullmatch(r"-?\d+", step) else 1
    past = 1 if by > 0 else -1
    stop = str(int(last) + past) if re.fullmatch(r"-?\d+", last) else f"{last} {'+' if by > 0 else '-'} 1"
    if step and by != 1:
        return f"range({first}, {stop}, {step})"
    return f"range({stop})" if first == "0" else f"range({first}, {stop})"


def _end_of_lines(text: str, start: int, line_end: int) -> int:
    """Find the end of the lines that are indented more than the one of an offset."""
    begun = text.rfind("\n", 0, start) + 1
    indent = len(text[begun:start]) - len(text[begun:start].lstrip())
    end = line_end
    while end < len(text):
        next_end = _find(text, "\n", end + 1)
        line = text[end + 1 : next_end]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        end = next_end
    return end


def _statements(text: str) -> Iterator[str]:
    """List the statements of a text without its comments."""
    text, depth, begun = re.sub(r"#[^\n]*", "", text), 0, 0
    for at, sign in enumerate(f"{text};"):
        depth += (sign in "([") - (sign in ")]")
        if sign in ";\n" and depth <= 0:
            if part := " ".join(text[begun:at].split()).strip(","):
                yield part.strip()
            begun = at + 1


def _find(text: str, sign: str, start: int) -> int:
    at = text.find(sign, start)
    return len(text) if at < 0 else at
