"""The advice for two recurrences that need each other: one recurrence of rows."""

from __future__ import annotations

import re

_ROWS = "`s[t + 1] = [f(s[t, 0], s[t, 1]), g(s[t, 0], s[t, 1])] for t in range(n)`"


def advise_rows(text: str, first: str, second: str) -> str:
    """Write the two recurrences of a program as one, or how such a one looks where theirs are not alike."""
    need = f"`{first}` and `{second}` need each other, and a loop ends before the next one begins"
    found = [_assignments(text, name) for name in (first, second)]
    if found[1] and not any(re.search(rf"(?<![\w.]){re.escape(first)}\b", right) for _, _, right in found[1]):
        return f"move the assignments of `{second}` above those of `{first}`"
    are_alike = [each[:2] for each in found[0]] == [each[:2] for each in found[1]]
    if not are_alike or sum(bool(loop) for _, loop, _ in found[0]) != 1:
        return f"{need}:\nmake them one array of rows, as in {_ROWS}"
    rows = next(name for name in ("s", "state", "states", "rows_of_both") if not re.search(rf"\b{name}\b", text))
    lines = []
    for (index, loop, left), (_, _, right) in zip(*found, strict=True):
        both = ", ".join(_in_rows(each, first, second, rows) for each in (left, right))
        lines.append(f"{rows}[{index}] = [{both}]{loop}")
    at = next(index for index, loop, _ in found[0] if not loop)
    return (
        f"{need}:\nmake them one array, as in `{'; '.join(lines)}`,\n"
        f"of which `{rows}[{at}, 0]` is `{first}[{at}]`, and `{rows}[{at}, 1]` is `{second}[{at}]`"
    )


def _assignments(text: str, name: str) -> list[tuple[str, str, str]]:
    """List the assignments of an array's elements: the index, the loop or nothing, and the right side."""
    found = re.findall(rf"(?:^|[;\n])[ \t]*{re.escape(name)}\[([^\][,]*)\] *= *([^;\n#]*)", text)
    parts = [(index, *re.fullmatch(r"(.*?)( for .*)?", right.strip()).groups("")) for index, right in found]  # type: ignore[union-attr]
    return [(index, loop.rstrip(), right) for index, right, loop in parts]


def _in_rows(text: str, first: str, second: str, rows: str) -> str:
    for at, name in enumerate((first, second)):
        text = re.sub(rf"(?<![\w.]){re.escape(name)}\[([^\][]*)\]", rf"{rows}[\1, {at}]", text)
    return text
