"""Notations of mathematics and of other languages, with their equivalents here: `√2`, `|x|`, `n!`, `y.grad`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import hypot

from cgraph_cli.core.errors import Source
from cgraph_cli.core.primitives import CONSTANTS, function
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.language.foreign_calls import Rewritten, arguments_at, instead_of_call
from cgraph_cli.language.foreign_functions import is_simple
from cgraph_cli.language.methods import MODULES, WITHOUT_EFFECT, instead_of_method
from cgraph_cli.language.symbols import GREEK
from cgraph_cli.language.transposed_products import find_transposed_product

_AROUND = 150
"""The characters on each side of an illegal one that are searched for its notation."""

_NAME = r"[^\W\d]\w{0,40}"
_VALUE = rf"{_NAME}\([^()\n]{{0,60}}\)|[\w.]{{1,40}}|\([^()\n]{{0,60}}\)"
_SIDE = r"(?:[^;=\n≈(){}]|\([^()\n]{0,60}\)|[=!<>]=){1,80}"
_CHOSEN = r"(?:[^;:=\n?(),]|\([^()\n]{0,60}\)|[=!<>]=){1,60}"

_BARE, _INSIDE = r"^\((.*)\)$", r"\1"
_GRAD_OF_FUNCTION = (
    rf"(?:{_NAME}\.){{1,4}}(?:value_and_)?grad\(\s?({_NAME})(?:,[^()\n]{{0,40}})?\)(?:\(([^()\n]{{0,40}})\))?"
)
"""A derivative as a function, as in `jax.grad(f)(x)`."""

_TWO_UNCERTAINTIES = r"([-+]?[\d.]+)\s?±\s?(\d+\.?\d*)\s?±\s?(\d+\.?\d*)"
"""A number with two uncertainties."""

_EINSUM = (
    (
        rf"(?:{_NAME}\.)?einsum\(\s{{0,3}}['\"][^'\"\n]{{0,60}}['\"][^()\n]{{0,60}}\)",
        "[sum(A[i, j]*x[j] for j in range(…)) for i in range(…)]",
    ),
)


def _without_signs(number: str) -> str:
    return number.replace("'", "")


def _inverse_of(name: str) -> str:
    return f"inv({name})`, and by element `1/{name}" if name[0].isupper() else f"1/{name}`, or of a matrix `inv({name})"


def _nearly_equal(left: str, right: str) -> str:
    right = right.strip()
    return f"abs({left.strip()} - {right if is_simple(right) else f'({right})'}) < 1e-6"


def _inverse(name: str, argument: str) -> str:
    return f"a{name}({re.sub(_BARE, _INSIDE, argument)})"


_PLOT = "{0}`, and draw it by `cgraph plot PROGRAM --over {1}={2}:{3}"
_WORDS_OF_LATEX = {
    **dict.fromkeys(("le", "leq"), "<="),
    **dict.fromkeys(("ge", "geq"), ">="),
    **dict.fromkeys(("ne", "neq"), "!="),
    "land": "and",
    "lor": "or",
    "lnot": "not",
}


def _of_index(name: str, index: str, first: str, last: str, letter: str, body: str) -> str:
    """Write a sum of LaTeX, `\\sum_{i=1}^{3} i`, as one of a loop."""
    last = last or letter
    stop = str(int(last) + 1) if last.isdigit() else f"{last} + 1"
    loop = f"{body.strip()} for {index} in range({first}, {stop})"
    return f"{name}({loop})" if name else f"[{loop}]"


_LOOPS = {"Sum": "sum", "Product": "prod", "Table": ""}
"""The functions of Mathematica over an index, by their names here."""


_LATEX = "|".join((*GREEK, "cdot", "times", "frac", "sqrt", "infty", "partial", "left", "right", "text", "pm"))
"""A pattern of commands of LaTeX."""

_OF_MONEY = (
    (r"([$€£¥])\s?(\d[\d.]{0,40})", "{1}` alone, without its unit `{0}"),
    (r"(\d[\d.]{0,40})\s?([$€£¥])", "{0}` alone, without its unit `{1}"),
)

_TEMPLATES: Mapping[str, Sequence[tuple[str, str | Callable[..., str]]]] = {
    ".": (*_EINSUM, (r"\.([*/^])", "{0}")),
    "√": ((rf"√\s{{0,3}}({_VALUE})", "sqrt({bare})"),),
    "∛": ((rf"∛\s{{0,3}}({_VALUE})", "cbrt({bare})"),),
    "|": ((r"\|\|([^|\n;=]{1,60})\|\|", "norm({0})"), (r"\|\|", "or"), (r"\|([^|\n;=]{1,60})\|", "abs({0})")),
    "≈": (
        (r"assert\s+([^;\n≈#]{1,80}?)\s*≈\s*([^;\n≈#]{1,80})", "assert {0} == {1} within 1e-6"),
        (rf"({_SIDE})\s?≈\s?({_SIDE})", _nearly_equal),
    ),
    "⁻": ((rf"(sinh?|cosh?|tanh?)⁻¹\s?({_VALUE})", _inverse), (rf"(?<!\w)({_NAME})⁻¹(?!\w)", _inverse_of)),
    "‖": ((r"‖([^‖\n;=]{1,60})‖", "norm({0})"),),
    "~": ((r"~=", "!="), (rf"({_SIDE})\s~\s({_SIDE})", _nearly_equal)),
    "{": (
        (r"[Pp]lot\[([^{}\n]{1,60}),\s?\{(\w{1,40}),\s?([^,{}\n]{1,20}),\s?([^,{}\n]{1,20})\}\]", _PLOT),
        (
            r"(Sum|Product|Table)\[([^{}\[\]\n]{1,60}),\s?\{(\w{1,40}),\s?(\w{1,9}),\s?(\w{1,9})\}\]",
            lambda name, body, index, first, last: _of_index(_LOOPS[name], index, first, last, "", body),
        ),
        (r"\^\{([^{}\n;]{1,60})\}", lambda power: f"^{power}" if is_simple(power) else f"^({power})"),
        (r"_\{(\w{1,40})\}", "_{0}"),
        (rf"(?<!\w)({_NAME})\{{([^{{}}\n;]{{1,60}})\}}", "{0}({1})"),
        (
            rf"if\s*\(({_SIDE})\)\s*\{{\s*({_NAME}\s*=\s*)?({_SIDE});?\s*\}}\s*"
            rf"else\s*\{{\s*(?:{_NAME}\s*=\s*)?({_SIDE});?\s*\}}",
            "{1} where({0}, {2}, {3})",
        ),
        (r"\{([^{},;:=\n]{1,60})\}", "({0})"),
        (r"\{([^{};:=\n]{1,60})\}", "[{0}]"),
    ),
    "&": ((r"&&", "and"),),
    "!": (
        (r"!\s{1,3}=(?!=)|(?<![<>=!])=!(?=\s)", "!="),
        (rf"!!({_VALUE})", "(not not {0})"),
        (rf"({_VALUE})!", "gamma({bare} + 1)"),
        (rf"!({_VALUE})", "(not {0})"),
    ),
    "°": (
        (r"([\d.]{1,40})\s?°\s?([CF])(?!\w)", "{0}` alone, without its unit `°{1}"),
        (rf"({_VALUE})\s?°", "radians({bare})"),
    ),
    **dict.fromkeys("€£¥", _OF_MONEY),
    "∂": ((rf"∂({_NAME})\s{{0,3}}/\s{{0,3}}∂({_NAME})", "grad({0}, {1})"),),
    "?": ((rf"({_CHOSEN}?)\s?\?\s?({_CHOSEN}?)\s?:\s?({_CHOSEN})", "where({0}, {1}, {2})"),),
    "'": (
        *_EINSUM,
        (r"norm\(([^(),\n]{1,40}),\s?(?:ord\s?=\s?)?'fro'\)", "norm({0})"),
        (rf"({_NAME})'\(({_NAME})\)", "grad({0}({1}), {1})"),
        (rf"({_NAME})'\(([-+\d.]{{1,40}})\)", "grad({0}(x), x)`, and give the point as an option: `--x {1}"),
        (r"(?<![\w.])(\d{1,3}(?:'\d{3})+)(?!\d)", _without_signs),
        (r"(?<![\w)'])'([^'\n]{1,100})'", "{0}"),
        (rf"({_NAME})'(?!\w)", "{0}.T`; the derivative of a number `y` is `grad(y, x)"),
    ),
    '"': (
        *_EINSUM,
        (r'"([^"\n]{1,100})"', "{0}"),
    ),
    "`": ((r"`([^`\n]{1,100})`", "{0}"),),
    "’": ((rf"({_NAME})’\(({_NAME})\)", "grad({0}({1}), {1})"),),
    "$": ((r"\$([^$\n]{1,100})\$", "{0}"), *_OF_MONEY),
    "\\": (
        (r"\\left[ \t]?[(\[]([^\n]{1,80}?)\\right[ \t]?[)\]]", "({0})"),
        (r"\\left[ \t]?\|([^\n]{1,80}?)\\right[ \t]?\|", "abs({0})"),
        (r"\\(sum|prod)_\{(\w{1,9})=(\w{1,9})\}\^(?:\{([^{}\n]{1,20})\}|(\w))\s?([^;=\n+-]{1,60})", _of_index),
        (r"\\sqrt\[3\]\{([^{}\n]{1,60})\}", "cbrt({0})"),
        (r"\\sqrt\[(\d{1,3})\]\{([^{}\n]{1,60})\}", "({1})^(1/{0})"),
        (r"\\(?:text|mathrm|mathit|mathbf|operatorname)\{(\w{1,40})\}", "{0}"),
        (r"\\(leq?|geq?|neq?|land|lor|lnot)(?!\w)", lambda word: _WORDS_OF_LATEX[word]),
        (r"\\[,:;!]", "*"),
        (r"\\\|([^|\\\n]{1,60})\\\|", "norm({0})"),
        (r"\\[dt]?frac\{([^{}\n]{1,60})\}\{([^{}\n]{1,60})\}", "(({0})/({1}))"),
        (r"\\sqrt\{([^{}\n]{1,60})\}", "sqrt({0})"),
        (r"\\(?:cdot|times)(?!\w)", "*"),
        (rf"({_VALUE})\s{{0,3}}\\\s{{0,3}}(?!(?:{_LATEX})\b)({_VALUE})", "solve({0}, {1})"),
        (rf"(\d[\d.]*)\s?\\({'|'.join(GREEK)})\b", "{0}*{1}"),
        (rf"\\({_NAME})", "{0}"),
    ),
}
"""By an illegal character: patterns of the notations that it is part of, and their equivalents."""


def notation_at(source: Source, offset: int) -> Rewritten | None:
    """Find the notation around the illegal character at an offset."""
    if source.text[offset] == "'" and (product := find_transposed_product(source.text, offset)):
        return Rewritten(product.start, product.end, product.advice())
    for pattern, template in _TEMPLATES.get(source.text[offset], ()):
        if found := _around(pattern, source, offset):
            parts = [part.strip() for part in found.groups("")]
            if any(part.count("(") != part.count(")") for part in parts):
                continue
            bare = re.sub(_BARE, _INSIDE, parts[0]) if parts else ""
            instead = template.format(*parts, bare=bare) if isinstance(template, str) else template(*parts)
            return Rewritten(*found.span(), f"write `{instead.strip()}`")
    if source.text[offset] == "±" and (found := _around(_TWO_UNCERTAINTIES, source, offset)):
        value, *both = found.groups()
        return Rewritten(*found.span(), f"for independent ones, write `{value} ± {hypot(*map(float, both)):.6g}`")
    return _dotted(source, offset) if source.text[offset] == "." else None


def _dotted(source: Source, offset: int) -> Rewritten | None:
    """Advise on `np.exp(x)`, `x.exp()`, `math.pi` and `y.grad`."""
    if method := instead_of_method(source.text, offset):
        return method
    if taken := _around(_GRAD_OF_FUNCTION, source, offset):
        name, argument = taken.groups("x")
        argument = argument if argument.isidentifier() else "x"
        return Rewritten(*taken.span(), f"a derivative is written `grad({name}({argument}), {argument})`")
    word = _around(rf"(?<![\w.])({_NAME})\.(?:{_NAME}\.){{0,4}}({_NAME})", source, offset)
    return _of_module(source, word) if word is not None else None


def _of_module(source: Source, word: re.Match[str]) -> Rewritten | None:
    """Advise on a name with the name of a module, or of a node, before it."""
    text, (first, name), (start, end) = source.text, word.groups(), word.span()
    constant = next((each for each in (name, name.lower()) if each in CONSTANTS), "")
    if text[end : end + 1] != "(":
        if name in ("e", "E") and first in MODULES:
            power = re.compile(rf"\s?(?:\^|\*\*)\s?({_VALUE})").match(text, end)
            instead = f"exp({re.sub(_BARE, _INSIDE, power[1])})" if power else "exp(1)"
            return Rewritten(start, power.end() if power else end, f"write `{instead}`")
        if first not in MODULES and (function(name) or name in STRUCTURAL) and word[0] == f"{first}.{name}":
            return Rewritten(start, end, f"write `{name}({first})`")
        if function(name) or constant or name in STRUCTURAL:
            return Rewritten(start, end, f"write `{constant or name}`")
        if name == "grad":
            return Rewritten(start, end, f"write `{_gradient(source, word[0].removesuffix('.grad'), start)}`")
        return None
    if name in WITHOUT_EFFECT:
        _, last = arguments_at(text, word.start(2)) or ([], end)
        return Rewritten(start, last, "leave it out: all gradients are computed")
    if name == "dot" and first in MODULES and (called := instead_of_call(text, word.start(2), "matmul", start)):
        return called
    if function(name) or constant or name in STRUCTURAL:
        return Rewritten(start, end, f"write `{constant or name}`")
    if function(name.lower()):
        return Rewritten(start, end, f"write `{name.lower()}`")
    return instead_of_call(text, word.start(2), name, start)


def _gradient(source: Source, name: str, start: int) -> str:
    """Advise on `y.grad`: the gradient of the last name assigned before, or of `y` in a name that is not assigned."""
    text = source.text[:10_000]
    before = text[: max(text.rfind(";", 0, start), text.rfind("\n", 0, start), 0)]
    assigned = re.findall(rf"(?:^|[;\n])\s*({_NAME})\s*=(?!=)", before)
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
