"""Notations of mathematics and of other languages, with their equivalents here: `√2`, `|x|`, `n!`, `y.grad`."""

from __future__ import annotations

import re
from math import hypot

from cgraph_cli.core.errors import Source
from cgraph_cli.core.primitives import CONSTANTS, function
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.language.foreign_calls import Rewritten, instead_of_call
from cgraph_cli.language.methods import instead_of_method

_AROUND = 150
"""The characters on each side of an illegal one that are searched for its notation."""

_NAME = r"[^\W\d]\w{0,40}"
_VALUE = rf"{_NAME}\([^()\n]{{0,60}}\)|[\w.]{{1,40}}|\([^()\n]{{0,60}}\)"
_CHOSEN = r"(?:[^;:=\n?(),]|\([^()\n]{0,60}\)|[=!<>]=){1,60}"

_TWO_UNCERTAINTIES = r"([-+]?[\d.]+)\s?±\s?(\d+\.?\d*)\s?±\s?(\d+\.?\d*)"
"""A number with two uncertainties."""

_EINSUM = (
    (
        rf"(?:{_NAME}\.)?einsum\(\s{{0,3}}['\"][^'\"\n]{{0,60}}['\"][^()\n]{{0,60}}\)",
        "[sum(A[i, j]*x[j] for j in range(…)) for i in range(…)]",
    ),
)

_TEMPLATES = {
    ".": (*_EINSUM, (r"\.([*/^])", "{0}")),
    "√": ((rf"√\s{{0,3}}({_VALUE})", "sqrt({bare})"),),
    "∛": ((rf"∛\s{{0,3}}({_VALUE})", "cbrt({bare})"),),
    "|": ((r"\|\|", "or"), (r"\|([^|\n;=]{1,60})\|", "abs({0})")),
    "≈": ((rf"({_VALUE})\s?≈\s?({_VALUE})", "abs({0} - {1}) < 1e-6"),),
    "&": ((r"&&", "and"),),
    "!": ((rf"({_VALUE})!", "gamma({bare} + 1)"), (rf"!({_VALUE})", "(not {0})")),
    "°": ((rf"({_VALUE})\s?°", "radians({bare})"),),
    "∂": ((rf"∂({_NAME})\s{{0,3}}/\s{{0,3}}∂({_NAME})", "grad({0}, {1})"),),
    "?": ((rf"({_CHOSEN}?)\s?\?\s?({_CHOSEN}?)\s?:\s?({_CHOSEN})", "where({0}, {1}, {2})"),),
    "'": (
        *_EINSUM,
        (rf"({_NAME})'\(({_NAME})\)", "grad({0}({1}), {1})"),
        (r"(?<![\w)'])'([^'\n]{1,100})'", "{0}"),
        (rf"({_NAME})'(?!\w)", "{0}.T`; the derivative of a number `y` is `grad(y, x)"),
    ),
    '"': (
        *_EINSUM,
        (r'"([^"\n]{1,100})"', "{0}"),
    ),
    "`": ((r"`([^`\n]{1,100})`", "{0}"),),
    "’": ((rf"({_NAME})’\(({_NAME})\)", "grad({0}({1}), {1})"),),
    "$": ((r"\$([^$\n]{1,100})\$", "{0}"),),
    "\\": (
        (r"\\frac\{([^{}\n]{1,60})\}\{([^{}\n]{1,60})\}", "(({0})/({1}))"),
        (r"\\sqrt\{([^{}\n]{1,60})\}", "sqrt({0})"),
        (r"\\(?:cdot|times)(?!\w)", "*"),
        (rf"\\({_NAME})", "{0}"),
        (rf"({_VALUE})\s{{1,3}}\\\s{{1,3}}({_VALUE})", "solve({0}, {1})"),
    ),
}
"""By an illegal character: patterns of the notations that it is part of, and their equivalents."""


def notation_at(source: Source, offset: int) -> Rewritten | None:
    """Find the notation around the illegal character at an offset."""
    for pattern, template in _TEMPLATES.get(source.text[offset], ()):
        if found := _around(pattern, source, offset):
            parts = [part.strip() for part in found.groups()]
            if any(part.count("(") != part.count(")") for part in parts):
                continue
            bare = re.sub(r"^\((.*)\)$", r"\1", parts[0]) if parts else ""
            return Rewritten(*found.span(), f"write `{template.format(*parts, bare=bare)}`")
    if source.text[offset] == "±" and (found := _around(_TWO_UNCERTAINTIES, source, offset)):
        value, *both = found.groups()
        return Rewritten(*found.span(), f"for independent ones, write `{value} ± {hypot(*map(float, both)):.6g}`")
    return _dotted(source, offset) if source.text[offset] == "." else None


def _dotted(source: Source, offset: int) -> Rewritten | None:
    """Advise on `np.exp(x)`, `x.exp()`, `math.pi` and `y.grad`."""
    if method := instead_of_method(source.text, offset):
        return method
    word = _around(rf"(?<![\w.])(?:{_NAME}\.){{1,5}}({_NAME})", source, offset)
    if word is None:
        return None
    if function(word[1]) or word[1] in CONSTANTS or word[1] in STRUCTURAL:
        return Rewritten(*word.span(), f"write `{word[1]}`")
    if source.text[word.end() : word.end() + 1] == "(":
        if function(word[1].lower()):
            return Rewritten(*word.span(), f"write `{word[1].lower()}`")
        return instead_of_call(source.text, word.start(1), word[1], word.start())
    if word[1] == "grad":
        return Rewritten(*word.span(), f"write `{_gradient(source, word[0].removesuffix('.grad'))}`")
    return None


def _gradient(source: Source, name: str) -> str:
    """Advise on `y.grad`: the gradient of the last assigned name, or of `y` in a name that is not assigned."""
    text = source.text[:10_000]
    assigned = re.findall(rf"(?:^|[;\n])\s*({_NAME})\s*=(?!=)", text)
    if assigned and assigned[-1] != name:
        return f"grad({assigned[-1]}, {name})"
    used = re.findall(rf"(?<![\w.])({_NAME})(?![\w(])(?!\s*\()", text)
    free = [word for word in used if word not in assigned and word != name and word not in CONSTANTS]
    return f"grad({name}, {free[0] if free else 'x'})"


def _around(pattern: str, source: Source, offset: int) -> re.Match[str] | None:
    """Find the match of a pattern around an offset."""
    last = source.line_around(offset)[1]
    for found in re.compile(pattern).finditer(source.text, max(0, offset - _AROUND), min(last, offset + _AROUND)):
        if found.start() <= offset < found.end():
            return found
    return None
