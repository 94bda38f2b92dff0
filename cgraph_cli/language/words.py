"""Foreign words beside a value, such as `if` and `3 m`, and what to write instead."""

from __future__ import annotations

import re
import unicodedata

from cgraph_cli.core.primitives import CONSTANTS, function
from cgraph_cli.language.foreign_calls import Rewritten
from cgraph_cli.language.foreign_functions import CALLS
from cgraph_cli.language.foreign_inputs import FOREIGN_NUMBERS
from cgraph_cli.language.numbers import NO_UNITS, is_unit

_COMPARE = "to compare, write `==`"

WORDS = {
    **dict.fromkeys(("if", "else", "then", "elif"), "to choose between two values, write `where(c, x, y)`"),
    **dict.fromkeys(("def", "lambda", "function", "fn"), "a function is written `f(x) = x^2`"),
    **dict.fromkeys(("let", "var", "return", "print"), "leave it out: write `c = a + b`, or only `a + b`"),
    **dict.fromkeys(
        ("import", "from", "include", "using", "require"), "nothing is imported: `cgraph functions` lists the functions"
    ),
    "for": "a loop stands behind its body: `[x[i]^2 for i in range(3)]`, `h[t + 1] = h[t]^2 for t in range(3)`",
    "while": "there is no `while`, as every program ends: a recurrence has a number of steps",
    "is": _COMPARE,
    **dict.fromkeys(("xor", "XOR"), "of two truth values one is true where `a != b`"),
    "where": "a choice is written `where(x > 0, x, 0)`",
    **dict.fromkeys(("at", "when", "given", "with"), "an input is given as an option: `--x 3`"),
    **dict.fromkeys(("lim", "limit"), "a limit needs no word: `sin(x)/x` has it where `--x 0` leaves no value"),
    "mod": "the remainder is written `a % b`",
}
"""Words that stand beside a value."""


_TIMES_TEN = re.compile(r"[\d.]+\s?[x×*·]\s?10(?:\s?(?:\^|\*\*)\s?\(?([-+−]?\d{1,3})\)?|([⁺⁻]?[⁰¹²³⁴-⁹]{1,3}))")
"""A number times a power of ten, as in `3 x 10^5` and `3·10⁵`."""

_PREFIXES = {"k": 3, "G": 9, "T": 12, "n": -9, "p": -12, "u": -6, "µ": -6, "μ": -6}
"""Letters for powers of ten that are no unit alone."""


def instead_of_suffix(text: str, start: int, number: str, word: str, *, is_setting: bool = False) -> Rewritten | None:
    """Advise on a number with a word right after it, such as `1d4`, `30deg` and `3m`; empty for any other text.

    `is_setting` is true for the number of an input, which stands beside no name.
    """
    if fortran := re.compile(r"([\d.]+)[dD]([+-]?\d+)(?!\w)").match(text, start):
        return Rewritten(start, fortran.end(), f"for a power of ten, write `{fortran[1]}e{fortran[2]}`")
    if ten := _TIMES_TEN.match(text, start):
        exponent = unicodedata.normalize("NFKC", ten[1] or ten[2]).replace("−", "-")
        return Rewritten(start, ten.end(), f"for a power of ten, write `{number}e{exponent}`")
    power = re.compile(r"([\d.]+)[eE](\^?)([+–−-]?)(\d{1,3})(?![\w.])").match(text, start)
    if power and power.end() > start + len(number):
        digits, caret, sign, exponent = power.groups()
        sign = "" if sign in ("", "+") else "-"
        advice = f"for a power of ten, write `{digits}e{sign}{exponent}`"
        advice += f"; for one of Euler's number, `{digits}*exp({sign}{exponent})`" if caret else ""
        return Rewritten(start, power.end(), advice)
    if raised := re.compile(r"[⁰¹⁴-⁹]{1,9}").fullmatch(word):
        advice = f"write `{number}^{unicodedata.normalize('NFKC', raised[0])}`"
        return Rewritten(start, start + len(number) + raised.end(), advice)
    rest = r"[^\s;,±+]{0,60}" if is_setting else ""
    together = re.compile(rf"{re.escape(number)}\s{{0,9}}{re.escape(word)}{rest}").match(text, start)
    advice = _of_suffix(number, word, spaced=not text.startswith(number + word, start), is_setting=is_setting)
    return Rewritten(start, together.end(), advice) if together and advice else None


def _of_suffix(number: str, word: str, *, spaced: bool, is_setting: bool) -> str:
    if word in ("deg", "degree", "degrees"):
        return f"angles are in radians: write `radians({number})`"
    if chosen := re.fullmatch(r"C_?(\d{1,3})", word):
        return f"to multiply, write `{number}*{word}`; for the binomial, `{CALLS['nCr'].call([number, chosen[1]])}`"
    if word in ("j", "J") and not spaced:
        return f"there are no complex numbers; to multiply, write `{number}*{word}`"
    if word in ("f", "F", "L", "u") and not spaced:
        return f"for the number, write `{number}`; to multiply, `{number}*{word}`"
    if is_setting and word in _PREFIXES:
        return f"for a power of ten, write `{number}e{_PREFIXES[word]}`; {NO_UNITS}"
    if (
        is_setting
        and not function(word)
        and word not in CONSTANTS
        and word not in FOREIGN_NUMBERS
        and word not in ("e", "E", "x")
    ):
        return f"{NO_UNITS}: write the number alone, `{number}`, in the unit that the program expects"
    if is_unit(word):
        return f"to multiply, write `{number}*{word}`; {NO_UNITS}"
    return ""
