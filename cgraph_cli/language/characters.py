"""Foreign characters and numbers of a program: what they are, and what to write instead."""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

from cgraph_cli.core.errors import ProgramError, Source, Span, show_character
from cgraph_cli.core.primitives import Primitive

NUMBERS = "numbers are written `3`, `0.5`, `1e-3` or `1_000`"

MISPLACED_UNCERTAINTY = (
    "`±` can only stand after the number of an input's default",
    "write it as in `L = 1.000 ± 0.002` or `x = [1.0 ± 0.1, 2]`; for two results, write two statements, one with `+` "
    "and one with `-`",
)
"""The error of an uncertainty elsewhere, and what to write."""

_INSTEAD = {
    **dict.fromkeys("{}", "use round parentheses; an array is written `[1, 2]`"),
    ".": f"a name has letters, digits and `_`; {NUMBERS}",
    **dict.fromkeys("'’′″", "a name has letters, digits and `_`; a derivative is written `grad(y, x)`"),
    "∇": "a derivative is written `grad(y, x)`",
    "∂": "a derivative is written `grad(y, x)`",
    "∫": "there are no integrals: `grad(y, x)` is the other way round",
    **dict.fromkeys("∗⋅•∙⨯✕⊙∘", "to multiply, write `*`"),
    **dict.fromkeys("∕⁄", "to divide, write `/`"),
    **dict.fromkeys('"`', "write the expression without quotes"),
    **dict.fromkeys("~¬", "write `not a`"),
    **dict.fromkeys("&∧", "write `and`"),
    **dict.fromkeys("∨", "write `or`"),
    **dict.fromkeys("→⇒↦", "a function is written `f(x) = x^2`, and a name is assigned as in `y = x^2`"),
    "∈": "the range of an input is stated by `range x = 0:1`",
    "⊕": "of two truth values one is true where `a != b`",
    "⊗": "write `outer(a, b)`",
    **dict.fromkeys("←⟵≔", "write `=` to assign"),
    "!": "write `not a`, or `a != b`; the factorial is `gamma(n + 1)`",
    "|": "write `or`; the absolute value is `abs(x)`",
    "?": "to choose between two values, write `where(c, x, y)`",
    "√": "write `sqrt(x)`",
    "∛": "write `cbrt(x)`",
    "∑": "write `sum(a, b, c)`",
    "∏": "write `prod(a, b, c)`",
    "∞": "write `inf`",
    **dict.fromkeys("≤⩽≦", "write `<=`"),
    **dict.fromkeys("≥⩾≧", "write `>=`"),
    "≡": "to compare, write `==`",
    "≠": "write `!=`",
    **dict.fromkeys("±∓", MISPLACED_UNCERTAINTY[1]),
    **dict.fromkeys("≈≃≅∼", "to compare, write `abs(…) < 1e-6`"),
    "°": "angles are in radians: write `*pi/180`",
    "\\": "an expression goes on over lines inside parentheses",
}

_INSTEAD_OF_KIND = {
    "Pd": "write a minus, `-`",
    "Pi": "write the expression without quotes",
    "Pf": "write the expression without quotes",
    "Zs": "write an ordinary space",
    "Cf": "it cannot be seen: delete it",
    "Cc": "it cannot be seen: delete it",
    "Mn": "an accent has to be one character with its letter, as an input method types it",
    "Sc": "a name has letters, digits and `_`",
    "So": "a name has letters, digits and `_`",
    "Cs": "write the program in UTF-8",
}
"""Advice by Unicode category."""

_WRITTEN = {"<super>": "^{}", "<sub>": "_{}", "<fraction>": "({})"}
"""The advice on a form of plainer characters: those characters."""

_NUMBER_LIKE = re.compile(
    r"(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9._]+(?:[eE][+-]?[0-9._]+)?)(?![^\W_])", re.ASCII
)


def illegal_character(source: Source, offset: int) -> ProgramError:
    """Make the error of a character that has no place in a program."""
    character = source.text[offset]
    if character == "." and (wrong := _dotted_number(source, offset)):
        return wrong
    from cgraph_cli.language.notations import notation_at

    what = f"{show_character(character)} is not part of the language"
    if character == ".":
        what = "`.` can only stand in a number"
    if character == "±":
        what = MISPLACED_UNCERTAINTY[0]
    if notation := notation_at(source, offset):
        return ProgramError(what, [Span(source, notation.start, notation.end)], notation.advice)
    start = offset
    while start > 0 and unicodedata.combining(source.text[start]):  # a mark shows on the letter before it
        start -= 1
    if _form(character) == "<sub>":
        word = re.compile(r"\w{0,50}$").search(source.text, max(0, offset - 50), offset)
        start = word.start() if word else offset
    raised = takewhile(lambda each: _form(each) == "<super>", source.text[offset : offset + 10])
    end = offset + max(1, len(list(raised)))
    return ProgramError(
        what,
        [Span(source, start, end)],
        _INSTEAD.get(character)
        or _plain(source.text[start:offset], source.text[offset : offset + 10])
        or _INSTEAD_OF_KIND.get(unicodedata.category(character), ""),
    )


def bad_number(source: Source, start: int, end: int) -> ProgramError | None:
    """Make the error of a number that goes on past its end, as `1.2` does in `1.2.3`; None for a whole one."""
    word = _NUMBER_LIKE.match(source.text, start)
    return _not_a_number(source, start, word[0]) if word and word.end() > end else None


def call_of(primitive: Primitive) -> str:
    """Write a call to be typed: `leaky_relu(x, a)`, `max(x, y)`."""
    return re.sub(r"=[^,)]*", "", primitive.signature).replace("...", "y")


def _not_a_number(source: Source, start: int, word: str) -> ProgramError:
    help = NUMBERS
    if places := re.fullmatch(r"(\d{1,9})\.\.\.?(\d{1,9})", word):
        first, after = places[1], int(places[2]) + 1
        help += f"; for whole numbers from {first} to {after - 1}, write `range({first}, {after})`"
    if re.fullmatch(r"0(?:[xX][0-9a-fA-F]+|[bB][01]+|[oO][0-7]+)", word):
        help = f"numbers are decimal: write `{int(word, 0)}`"
    return ProgramError(f"`{word}` is not a number", [Span(source, start, start + len(word))], help)


def _dotted_number(source: Source, offset: int) -> ProgramError | None:
    before = re.findall(r"(?<![\w.])[\w.]*$", source.text[max(0, offset - 50) : offset])[0]
    word = before + re.findall(r"^[\w.]*", source.text[offset : offset + 50])[0]
    if word[0] in ".0123456789" and any(map(str.isdigit, word)):
        return _not_a_number(source, offset - len(before), word)
    return None


def _plain(before: str, text: str) -> str:
    """Advise on a text that begins with a form of plainer characters in Unicode: `⁴`, `x₁`, `½`, `＋`."""
    form = _form(text[0])
    alike = text[0]
    if form in ("<super>", "<sub>"):
        alike = "".join(takewhile(lambda character: _form(character) == form, text))
    plain = unicodedata.normalize("NFKC", alike).replace("−", "-").replace("⁄", "/")
    if not form or not plain.isascii() or plain.isspace():
        return ""
    return f"write `{before}{_WRITTEN.get(form, '{}').format(plain)}`"


def _form(character: str) -> str:
    return unicodedata.decomposition(character).partition(" ")[0]
