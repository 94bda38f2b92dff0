"""Texts that look like values side by side and mean something else: `x^2 at x = 3`, `d/dx x^2`, `5 choose 2`."""

from __future__ import annotations

import re

from cgraph_cli.core.primitives import function
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.language.foreign_calls import Rewritten
from cgraph_cli.language.foreign_functions import CALLS

_VALUE = r"[^\W\d]\w*\([^()\n]{0,60}\)|[\w.]{1,40}|\([^()\n]{0,60}\)"
_MOST = 300
"""The most characters of a statement that are looked through."""

_POINT = re.compile(
    r"(?P<body>[^\n;]{1,120}?)\s+(?:evaluated\s+)?(?:where|at|when|with|given|for)\s+"
    r"(?P<name>[^\W\d]\w*)\s*=\s*(?P<number>[^;=\n]{1,40})"
)
_DERIVATIVE = re.compile(r"\bd\s?/\s?d([^\W\d]\w*)\s+([^;=\n]{1,80})")
_OPERATION = re.compile(rf"({_VALUE})\s+([^\W\d]\w*)\s+({_VALUE})")
_TRANSPOSED = re.compile(r"([^\W\d]\w*)\s?\^\s?T\s+([^\W\d]\w*)")
_SUM = re.compile(r"Σ\s*(?:_\w+\s+)?([^\W\d][^\W_]*)(?:_\w+)?")
_INVERSE = re.compile(r"([^\W\d]\w*)\s?(?:\^|\*\*)\s?(?:-\s?1|\(\s?-\s?1\s?\))\s?(\([^()\n]{0,60}\))")
_CHOICE = re.compile(
    r"(?:case\s+when|if)\s+([^\n;]{1,60}?)\s*(?:\bthen\b|:)\s*([^\n;]{1,60}?)\s*\belse\b\s*:?\s*([^\n;]{1,60}?)(?:\s+end)?",
    re.IGNORECASE,
)
_PERCENTAGE = re.compile(rf"({_VALUE})\s?(?:%|percent)\s+of\s+({_VALUE})")
_LAMBDA = re.compile(r"(?:\b([^\W\d]\w{0,40})[ \t]*=[ \t]*)?\blambda[ \t]+(\w[\w, ]{0,40}):[ \t]*([^;:\n]{1,80})")
_COMMENT = re.compile(r"(?<=[\w)\]])[ \t]*--[ \t]+[^;\n]*")

_OPERATORS = {
    "mod": "%", "rem": "%", "times": "*", "plus": "+", "minus": "-", "over": "/", "div": "/", "pow": "^",
    "equals": "==", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip
"""Operators in words."""


def instead_of_neighbours(text: str, start: int, error: int) -> Rewritten | None:
    """Advise on a statement with two values side by side at an offset; None where they are nothing known."""
    end = next((at for at in range(error, min(len(text), error + _MOST)) if text[at] in ";\n"), len(text))
    if end - start > _MOST:
        return None
    start += len(text[start:end]) - len(text[start:end].lstrip())
    if point := _POINT.fullmatch(text, start, end):
        number = point["number"].strip()
        number = number if re.fullmatch(r"-?[\w.]+", number) else f'"{number}"'
        option = f"--{point['name']} {number}"
        return Rewritten(start, end, f"write `{point['body']}` alone, and give the input as an option: `{option}`")
    if (head := re.compile(r"\b(?:case|if)\b", re.IGNORECASE).search(text, start, end)) and (
        choice := _CHOICE.fullmatch(text, head.start(), end)
    ):
        advice = f"to choose between two values, write `where({', '.join(choice.groups())})`"
        return Rewritten(*choice.span(), advice)
    found = ((pattern, match) for pattern in _PATTERNS for match in pattern.finditer(text, start, end))
    for pattern, match in found:
        if match.start() <= error <= match.end() and (advice := _PATTERNS[pattern](match)):
            return Rewritten(match.start(), match.end(), advice)
    return None


def write_rows(text: str, start: int) -> Rewritten | None:
    """Advise on an array that begins at an offset with blanks or a `;` in it, as `[1 2; 3, 4]`; None for any other."""
    found = re.compile(r"\[([^\[\]\n]{1,120})\]").match(text, start)
    if found is None:
        return None
    rows = [re.split(r"[ \t]*,[ \t]*|[ \t]+", row.strip()) for row in found[1].split(";")]
    if not all(re.fullmatch(r"-?\w[\w.()*/^+-]*", cell) for row in rows for cell in row):
        return None
    written = [f"[{', '.join(row)}]" for row in rows]
    if len(written) == 1:
        return Rewritten(*found.span(), f"an array is written with commas: `{written[0]}`")
    return Rewritten(*found.span(), f"a matrix is written by its rows: `[{', '.join(written)}]`")


def _of_derivative(found: re.Match[str]) -> str:
    return f"a derivative is written `grad({found[2].strip()}, {found[1]})`"


def _of_percentage(found: re.Match[str]) -> str:
    part = f"{found[1]}/100*{found[2]}"
    is_torn = found.string[: found.start()].rstrip(" \t").endswith(("/", "^", "**", "%"))
    return f"for a percentage, write `({part})`" if is_torn else f"for a percentage, write `{part}`"


def _of_inverse(found: re.Match[str]) -> str:
    name, argument = found.groups()
    if function(f"a{name}"):
        return f"for the inverse function, write `a{name}{argument}`; the reciprocal is `1/{name}{argument}`"
    return f"for the reciprocal, write `1/{name}{argument}`" if function(name) else ""


def _of_transposed(found: re.Match[str]) -> str:
    left, right = found.groups()
    if left[0].isupper():
        return f"for the matrix product, write `{left}.T @ {right}`"
    return f"for the product of two vectors, write `{left} @ {right}`"


def _of_operation(found: re.Match[str]) -> str:
    left, word, right = found.groups()
    if sign := _OPERATORS.get(word):
        return f"write `{left} {sign} {right}`"
    definition = CALLS.get(word)
    if definition is not None and len(definition.parameters) == 2:
        return f"write `{definition.call([left, right])}`"
    return f"write `{word}({left}, {right})`" if word in STRUCTURAL and len(STRUCTURAL[word].parameters) == 2 else ""


_PATTERNS = {
    _LAMBDA: lambda found: f"a function is written `{found[1] or 'f'}({found[2]}) = {found[3].strip()}`",
    _COMMENT: lambda _: "a comment starts with `#`",
    _DERIVATIVE: _of_derivative,
    _INVERSE: _of_inverse,
    _PERCENTAGE: _of_percentage,
    _TRANSPOSED: _of_transposed,
    _SUM: lambda found: f"for the sum of an array, write `sum({found[1]})`",
    _OPERATION: _of_operation,
}
"""Patterns, and functions that write the advice on what they match."""
