"""Numbers in text, and those beyond the doubles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf

_SHOWN = 40

NO_UNITS = "units are not known here"
_UNITS = r"[kMGcmunµ]?(?:m|g|s|N|J|W|Pa|V|A|Hz|L|bar|mol)|min|h|K|C|rad|eV|ft|in|lb"


def does_hold(text: str, number: float) -> bool:
    """Tell whether a double holds the number of a text: it is neither too large for one nor too small."""
    if 0 < abs(number) < inf:
        return True
    if number == 0:
        return text.lstrip("+-0_.")[:1] in ("", "e", "E")
    return not any(map(str.isdigit, text[:3]))  # `inf` and `nan`


def no_double(text: str, number: float) -> tuple[str, str]:
    """Explain that no double holds a number, and advise on it."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    if number:
        what, help = "large", "the largest is 1.7976931348623157e308; infinity is written `inf`"
    else:
        what, help = "small", "the smallest is 5e-324; for nothing at all, write `0`"
    return f"`{shown}` is too {what} for a double", help


def split_parts(text: str, separator: str = ",") -> list[str]:
    """Split a text at the separators outside of brackets."""
    found, depth = [""], 0
    for character in text:
        depth += (character in "[(") - (character in "])")
        if character == separator and depth <= 0:
            found.append("")
        else:
            found[-1] += character
    return found


def join_at_commas(parts: Sequence[str]) -> list[str]:
    """List the numbers that a text with commas between its parts may be, as in `1,234.5`, `1.234,5` and `0,5`."""
    text, found = ",".join(parts), []
    if re.fullmatch(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+", text):
        return [text.replace(".", "").replace(",", ".")]
    if re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", text):
        found.append("".join(parts))
    if re.fullmatch(r"[-+]?\d+,\d+", text):
        found.append(text.replace(",", "."))
    return found


_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_WITH_UNIT = re.compile(
    rf"({_NUMBER})\s*(?:1\s*)?/\s*([^\W\d]+)[\w/*^·.-]*|([-+]?\d+(?:[.,]\d+)+)\s*[^\W\d][\w/*^·.-]*"
)
_ABOUT = re.compile(rf"(?:~|≈|[<>]=?|[≤≥])\s*({_NUMBER})")
_UNCERTAIN_WITH_COMMAS = re.compile(r"[-+]?\d+,\d+\s*(?:±|\+/?-|-\+)\s*\d+,\d+")
_MIXED = re.compile(r"([-+]?)(\d+)\s+(\d+)\s?/\s?(\d+)")


def instead_of_value(text: str) -> str:
    """Advise on the value of an input that is a number with something around it: `5 1/mol`, `1,5 m`, `~5`, `1 1/2`.

    Empty for any other value.
    """
    if (found := _WITH_UNIT.fullmatch(text)) and (found[3] or is_unit(found[2])):
        numbers = join_at_commas(found[3].split(",")) if found[3] else [found[1]]
        alone = " or ".join(f"`{number}`" for number in numbers)
        return f"{NO_UNITS}: write the number alone, {alone}, in the unit that the program expects" if alone else ""
    if found := _UNCERTAIN_WITH_COMMAS.fullmatch(text):
        return f"a decimal point is a `.`: write `{found[0].replace(',', '.')}`"
    if found := _ABOUT.fullmatch(text):
        return f"write the number alone: `{found[1]}`"
    if found := _MIXED.fullmatch(text):
        sign, whole, above, below = found.groups()
        return f"a fraction beside a whole number is added: write `{sign}({whole} + {above}/{below})`"
    return ""


def is_number(text: str) -> bool:
    """Tell whether a text is a number for Python."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def as_setting(option: str, text: str) -> str:
    """Write a value in backquotes, with its option where it has one: `--x "[1, 2]"`."""
    return f'`{option} "{text}"`' if re.fullmatch(r"--\w+", option) else f"`{text}`"


def is_unit(word: str) -> bool:
    """Tell whether a word is the sign of a common unit."""
    return re.fullmatch(_UNITS, word) is not None
