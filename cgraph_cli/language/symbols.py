r"""Names and numbers in LaTeX: `theta1` as `\theta_{1}`, `1e-8` as `10^{-8}`."""

from __future__ import annotations

import re
import unicodedata

from cgraph_cli.core.graph import show_number


def number(number: float, spelling: str = "") -> str:
    r"""Write a number: `0.1`, `\pi`, `1.5 \times 10^{-8}`."""
    text = spelling or show_number(number)
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    word = {"pi": r"\pi", "π": r"\pi", "inf": r"\infty", "nan": r"\mathrm{NaN}"}.get(text)
    if word is None:
        mantissa, e, exponent = text.replace("_", "").lower().partition("e")
        word = f"0{mantissa}" if mantissa.startswith(".") else mantissa
        if e:
            power = f"10^{{{int(exponent)}}}"
            word = power if word == "1" else rf"{word} \times {power}"
    return sign + word


# fmt: off
GREEK = frozenset(
    ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
     "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
     "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"]
)
# fmt: on
"""The Greek letters with a command of LaTeX; the other capitals look like Latin ones."""


def symbol(name: str) -> str:
    r"""Write a program's name as a symbol: `theta1` is `\theta_{1}`, `W[0,1]` is `W_{0,1}`."""
    derivative = re.fullmatch(r"d(\d*)([^\W_][\w\[,\]]*?|)(_d[^\W_][\w\[,\]]*)", name)
    if derivative is not None:
        shown = _derivative(*derivative.groups())
        if shown is not None:
            return shown
    element = re.fullmatch(r"(\w+)\[([\d,]+)\]", name)
    if element is not None:
        array = symbol(element[1])
        return f"{f'{{{array}}}' if '_' in array else array}_{{{element[2]}}}"
    head, *subscripts = [part for part in name.split("_") if part] or [name]
    letters = re.fullmatch(r"(\D+?)(\d+)", head)
    if letters is not None:
        head, subscripts = letters[1], [letters[2], *subscripts]
    below = ", ".join(map(_word, subscripts))
    return f"{_word(head)}_{{{below}}}" if below else _word(head)


def _derivative(order: str, output: str, variables: str) -> str | None:
    """Write a derivative by its name; None where the order and the variables do not fit: it is just a name."""
    below = [(variable, 1) for variable in variables.split("_d")[1:]]
    if len(below) != int(order or 1):
        powers = [re.fullmatch(r"([\w\[,\]]+?)([2-9]|[1-9]\d+)", variable) for variable, _ in below]
        below = [(p[1], int(p[2])) if p else pair for p, pair in zip(powers, below, strict=True)]
    if sum(times for _, times in below) != int(order or 1):
        return None
    power = f"^{{{order}}}" if order else ""
    above = rf"\partial{power} {symbol(output)}" if output else rf"\partial{power}"
    under = r" \, ".join(rf"\partial {symbol(v)}" + (f"^{{{n}}}" if n > 1 else "") for v, n in below)
    return rf"\frac{{{above}}}{{{under}}}"


def _word(word: str) -> str:
    """Write a letter, a Greek one, a number, or an upright word."""
    if word in GREEK:
        return rf"\{word}"
    if len(word) > 1 and not word.isascii() and _letter(word[0]) != word[0]:  # Δx
        return f"{_letter(word[0])} {_word(word[1:])}"
    if len(word) == 1:
        return r"\_" if word == "_" else _letter(word)
    if word.isdecimal():
        return word
    letters = "".join(map(_letter, word))
    return rf"\mathrm{{{letters}}}"


def _letter(letter: str) -> str:
    greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", unicodedata.name(letter, "")[:60])
    if greek is None:
        return letter
    name = greek[2].lower().replace("lamda", "lambda")
    name = name if greek[1] == "SMALL" else name.capitalize()
    return rf"\{name}" if name in GREEK else letter
