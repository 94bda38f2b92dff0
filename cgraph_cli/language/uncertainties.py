"""The notation of uncertain numbers: `1.000 ± 0.002`, `1.000(2)`, `9.8 ± 5 %`, `20 ± 0.5 uniform`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import fsum, hypot, inf, isfinite, sqrt
from typing import Any, NamedTuple

from cgraph_cli.core.errors import InputError, did_you_mean
from cgraph_cli.core.graph import show_number
from cgraph_cli.core.uncertain_number import DISTRIBUTIONS, UncertainNumber, find_distribution
from cgraph_cli.language.numbers import NO_UNITS, as_setting, is_unit

HOW = "write `1.000 ± 0.002`, `1.000(2)`, `1.000 ± 0.2 %` or `1.000 ± 0.005 uniform`"

SIGN = re.compile(r"[ \t]{0,9}(?:±|\+/-|(?<=[\d.)])[ \t]{0,9}(?:\+-|-\+)[ \t]{0,9}(?=[\d.]))[ \t]{0,9}")
"""The sign between a number and its uncertainty; `+-` is one between two numbers only, as `3 + -2` is a sum."""

MISSPELT_SIGN = (
    r"\\pm|plus[ /-]?(?:or[ -])?minus|\+ ?[/\\] ?-|\+[ \t]+-(?=[ \t])|pm|p/m|∓|~|\+_|\+/?[–—−\\|]|\+/|-/\+|\+/_"
)
"""A pattern of other texts for the sign, which mean nothing between two numbers."""

_CONCISE = re.compile(
    r"[ \t]*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\((\d+(?:\.\d*)?|\.\d+)\)([eE][+-]?\d+)?(?![\w.(*/^])[ \t,;]*", re.ASCII
)
_SPACED = re.compile(r"\s*([-+]?[\d.]+)\s+\(([\d.]+)\)\s*")
_TWICE = re.compile(r"\s*([-+]?\d+(?:\.\d*)?)\((\d+)\)\((\d+)\)\s*")
_END = re.compile(r"%|(?<=[\w.)])[ \t,;(]+(?=[^\W\d])")
"""The end of the number after `±`: a percent sign, or a word."""

_IN_PARENTHESES = re.compile(r"[ \t]*\(([^()]*)\)(?:[eE]([+-]?\d+))?((?:[ \t,;]+[^\W\d].*)?)[ \t]*")
"""An uncertain number in parentheses, times a power of ten, and the words after it."""

MOST_UNCERTAIN = 50_000
"""The most uncertain numbers of a program, which takes seconds to read."""

_WORDS = ("k", "dof")


class UncertainNotation(NamedTuple):
    """The parts of an uncertain number: the texts of its estimate and of the number after `±`, and the words.

    `is_relative` is true for a second number in percent of the first.
    """

    value: str
    amount: str
    is_relative: bool
    words: str

    def read(self, number: Callable[[str], float], name: str) -> UncertainNumber:
        """Read the uncertain number with a function that reads a number. `name` is its use, for messages."""
        self._check_single(name)
        value, amount = number(self.value), number(self.amount)
        if self.is_relative:
            amount *= abs(value) / 100
        distribution, settings = _read_words(self.words, name)
        return uncertain_number(name, value, amount, distribution, settings.get("dof"), settings.get("k"))

    def _check_single(self, name: str) -> None:
        """Raise `InputError` for two uncertainties of one number, as in `3 ± 0.1 ± 0.2`."""
        after = self.amount + self.words
        if "±" not in after and "+" not in after:  # each sign has one of these
            return
        amounts = [self.amount.strip(), *re.split(r"±|\+/?-", self.words)[1:]]
        amounts = [part.strip() for each in amounts for part in SIGN.split(each)]
        if len(amounts) < 2:
            return
        sign = "%" * self.is_relative
        quadrature = amounts[0]
        for amount in amounts[1:]:
            quadrature = f"hypot({quadrature}, {amount.removesuffix('%').strip()})"
        help = "the root of the sum of their squares is one"
        if all(amount.endswith("%") == self.is_relative for amount in amounts[1:]):
            help = f"for independent ones, write {as_setting(name, f'{self.value.strip()} ± {quadrature}{sign}')}"
        raise InputError(f"`{self.value.strip()}` has {len(amounts)} uncertainties", help=help)


def find_notation(text: str) -> UncertainNotation | None:
    """Find the parts of an uncertain number; None for any other text."""
    if whole := _IN_PARENTHESES.fullmatch(text):  # (3.0 ± 0.1)e-3
        inner, exponent, words = whole.groups(default="")
        found = find_notation(inner)
        if found is None:
            return None
        value, amount = (_scaled(part, exponent) for part in (found.value, found.amount))
        amount = found.amount if found.is_relative else amount
        return UncertainNotation(value, amount, found.is_relative, f"{found.words} {words}")
    if concise := _CONCISE.match(text):
        value, digits, exponent = concise.groups(default="")
        places = 0 if "." in digits else len(value.partition(".")[2])  # digits stand below the last ones of the value
        amount = f"{digits}e{int(exponent[1:] or 0) - places}"
        return UncertainNotation(value + exponent, amount, False, text[concise.end() :])
    sign = SIGN.search(text)
    if sign is None or not text[: sign.start()].strip():
        return None
    rest = text[sign.end() :]
    end = _END.search(rest)
    amount, words = (rest[: end.start()], rest[end.end() :]) if end else (rest, "")
    return UncertainNotation(text[: sign.start()], amount, end is not None and end[0] == "%", words)


def meant_notation(text: str) -> str:
    """Write the uncertain number that `1.00 (2)`, `3 (0.1)` and `1.00(2)(3)` are meant to be; empty for other texts."""
    if spaced := _SPACED.fullmatch(text):
        value, amount = spaced.groups()
        return f"{value} ± {amount}" if "." in amount or "." not in value else f"{value}({amount})"
    if twice := _TWICE.fullmatch(text):
        value, *digits = twice.groups()
        places = len(value.partition(".")[2])
        first, second = (float(f"{each}e-{places}") for each in digits)
        return f"{value} ± hypot({first:g}, {second:g})"
    return ""


def _scaled(number: str, exponent: str) -> str:
    """Write a number times a power of ten, which may be left out."""
    plain = number.strip()
    if not exponent:
        return plain
    return f"{plain}e{exponent}" if re.fullmatch(r"[+-]?[\d.]+", plain, re.ASCII) else f"({plain})*1e{exponent}"


def split_array(text: str) -> list[Any] | None:
    """Split an array into the texts of its elements, in nested lists; None where none is an uncertain number."""
    stack: list[list[Any]] = [[]]
    depth, start, is_uncertain = 0, 0, False
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth or character not in "[],":
            continue
        if element := text[start:at].strip():
            stack[-1].append(element)
            is_uncertain = is_uncertain or find_notation(element) is not None
        start = at + 1
        if character == "[":
            stack.append([])
        elif character == "]":
            if len(stack) < 2:
                return None
            inner = stack.pop()
            stack[-1].append(inner)
    whole = stack[0]
    if not is_uncertain or len(stack) > 1 or len(whole) != 1 or text[start:].strip():
        return None
    return list(whole[0])


def read_uncertain(text: str, name: str) -> UncertainNumber:
    """Read an uncertain number of plain numbers, as the grammar has it. Raises `InputError` for a wrong word."""
    notation = find_notation(text.replace("−", "-"))
    assert notation is not None, text
    return notation.read(lambda part: float(part.replace(" ", "")), name)


def write_uncertain(number: UncertainNumber) -> str:
    """Write an uncertain number in a form that reads back as itself."""
    text = f"{show_number(float(number))} ± {show_number(number.spread)}"
    kind = "student" if number.dof < inf else "normal"
    if number.distribution != kind:
        text += f" {number.distribution}"
    return text if number.dof == inf else f"{text} dof={show_number(number.dof)}"


def _read_words(text: str, name: str) -> tuple[str, dict[str, float]]:
    """Read the words after the number after `±`: a distribution, `k=2`, `dof=9`."""
    distribution, settings = "", dict[str, float]()
    if not text:
        return distribution, settings
    for word in re.sub(r"[ \t]*=[ \t]*", "=", re.sub(r"[,;()]", " ", text)).split():
        key, equals, number = word.partition("=")
        if not equals and not distribution and (named := find_distribution(word)):
            distribution = named.name
            continue
        try:
            if key not in _WORDS or key in settings:
                raise ValueError
            settings[key] = float(number)
        except ValueError:
            hint = did_you_mean(key, (*DISTRIBUTIONS, *_WORDS)) if key not in settings else ""
            known = f"after the uncertainty may follow {', '.join(DISTRIBUTIONS)}, `k=2` or `dof=9`"
            help = f"{hint}\n{known}" if hint else known
            if not equals and is_unit(word):
                help = f"{NO_UNITS}: leave it out, and give the number in the unit that the program expects"
            raise InputError(f"`{word}` says nothing about the uncertainty of `{name}`", help=help) from None
    return distribution, settings


def read_unit(words: str, name: str) -> float:
    """Read the words that may follow an uncertainty, and find the standard uncertainty that 1 before them means."""
    distribution, settings = _read_words(words, name)
    return uncertain_number(name, 0.0, 1.0, distribution, None, settings.get("k")).u


def uncertain_number(
    name: str, value: float, amount: float, distribution: str = "", dof: float | None = None, k: float | None = None
) -> UncertainNumber:
    """Make an uncertain number of an estimate and the number after `±`: a half-width, or k standard uncertainties.

    Without a `distribution` it is normal, or Student's where there are degrees of freedom. Raises `InputError` for an
    impossible uncertainty. `name` is its use, for messages.
    """
    if not amount >= 0 or not isfinite(amount):
        help = "write the size of the uncertainty" if amount < 0 else HOW
        raise InputError(f"the uncertainty of `{name}` cannot be {amount:g}", help=help)
    if not isfinite(value):
        raise InputError(f"`{name}` is {value:g}, which has no uncertainty", help=HOW)
    known_as = find_distribution(distribution)
    if distribution and known_as is None:
        hint = did_you_mean(distribution, DISTRIBUTIONS)
        known = f"the distributions are {', '.join(DISTRIBUTIONS)}"
        help = f"{hint}\n{known}" if hint else known
        raise InputError(f"`{name}` cannot have the distribution `{distribution}`", help=help)
    if dof is not None and not dof > 0:
        raise InputError(f"`{name}` cannot have {dof:g} degrees of freedom", help="write a number above 0: `dof=9`")
    if known_as is not None and known_as.name == "student" and dof is None:
        raise InputError(f"Student's distribution of `{name}` has no degrees of freedom", help="write `student dof=9`")
    distribution = known_as.name if known_as else "normal" if dof in (None, inf) else "student"
    divisor = DISTRIBUTIONS[distribution].divisor
    if k is not None:
        if not 0 < k < inf:
            raise InputError(f"`{name}` cannot have the coverage factor {k:g}", help="write a number above 0: `k=2`")
        if divisor != 1:
            raise InputError(
                f"`{name}` has a half-width, {amount:g}, which no coverage factor divides",
                help=f"leave out `k={k:g}`, or `{distribution}`",
            )
        divisor = k
    return UncertainNumber(value, amount / divisor, distribution, inf if dof is None else float(dof))


def read_entry(name: str, entry: Mapping[str, object], number: Callable[[object], float]) -> float:
    """Read the entry of a file of inputs: `{"value": 1, "u": 0.002, "distribution": "uniform", "dof": 9}`.

    `u` is the standard uncertainty, whatever the distribution. The `half_width` of a bounded distribution may replace
    it. Raises `InputError` for any other entry.
    """
    known = ("value", "u", "half_width", "distribution", "dof")
    for key in entry:
        if key not in known:
            hint = did_you_mean(key, known)
            said = f"an entry has {', '.join(known)}"
            raise InputError(f"`{name}` has an entry `{key}`", help=f"{hint}\n{said}" if hint else said)
    if entry.keys() == {"value"}:
        return number(entry["value"])
    if ("u" in entry) == ("half_width" in entry):
        raise InputError(
            f"`{name}` needs a `u` or a `half_width`",
            help='write `{"value": 1, "u": 0.002}`, or `{"value": 20, "half_width": 0.5, "distribution": "uniform"}`',
        )
    distribution = str(entry.get("distribution") or "")
    amount = number(entry["u"]) if "u" in entry else number(entry["half_width"])
    if "half_width" in entry and (find_distribution(distribution or "normal") or DISTRIBUTIONS["uniform"]).divisor == 1:
        raise InputError(
            f"`{name}` has a half-width, and no distribution that is bounded",
            help="add the distribution `uniform`, `triangular` or `arcsine`, or write `u`",
        )
    dof = number(entry["dof"]) if entry.get("dof") is not None else None
    made = uncertain_number(name, number(entry["value"]), amount, distribution, dof)
    return made if "half_width" in entry else UncertainNumber(made, amount, made.distribution, made.dof)


def mean_of_readings(name: str, readings: Sequence[float]) -> UncertainNumber:
    """Make the mean of independent readings, with its standard error and n − 1 degrees of freedom (type A).

    Raises `InputError` for fewer than two.
    """
    count = len(readings)
    if count < 2:
        raise InputError(
            f"`{name}` has {count or 'no'} reading{'s' * (count != 1)}, and a standard error takes two",
            help=f"write `{readings[0]:g} ± 0.1`, with the uncertainty that you know" if readings else "",
        )
    mean = _mean(readings)
    deviation = hypot(*(reading - mean for reading in readings)) / sqrt(count - 1)
    return uncertain_number(name, mean, deviation / sqrt(count), "student", count - 1)


def _mean(numbers: Sequence[float]) -> float:
    """Compute the mean, also of numbers whose sum is too large for a double."""
    try:
        return fsum(numbers) / len(numbers)
    except OverflowError:
        return fsum(number / len(numbers) for number in numbers)
