r"""LaTeX read back by SymPy: a formula as an expression.

SymPy's parser reads sums, products, fractions, powers, roots and the common functions. For anything else it gets a
symbol for a part read before: cases, Iverson's brackets, `\bmod`, functions by their names, and symbols of more than a
letter (`\mathrm{loss}`, `w_{1, 2}`, `\frac{\partial f}{\partial x}`). It also misreads three unambiguous things: `x
\left(y + 1\right)` as a call of x, and so it gets a dot before the parenthesis; `\sqrt[3]{x}` as a complex root where x
is negative; and the base of `e^{x}` as any letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import Any

import mpmath
import sympy
from sympy.parsing.latex import parse_latex

from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.language.symbols import symbol
from tests.mpmath_algebra import high_precision

FUNCTIONS: dict[str, Callable[..., Any]] = {
    r"\Gamma": sympy.gamma,
    r"\psi": sympy.digamma,
    r"\coth": sympy.coth,
    r"\max": sympy.Function("max"),
    r"\min": sympy.Function("min"),
    "H": sympy.Function("heaviside"),
    "sgn": sympy.sign,
    "arsinh": sympy.asinh,
    "arcosh": sympy.acosh,
    "artanh": sympy.atanh,
    "abs": sympy.Abs,
    "atan2": sympy.atan2,
    "sinc": sympy.Function("sincpi"),  # as mpmath calls it: SymPy's own is not normalized
    **{name: getattr(sympy, name) for name in ("polygamma", "sech", "csch", "erf")},
}
"""The meanings of functions' names; any other is a function of that name."""

_CALL = re.compile(
    r"(?:\\operatorname\{([\w\\]+)\}|(\\Gamma|\\psi|\\max|\\min|\\coth|\bH))(\^\{[^{}]*\})?(?=\\left\(| )"
)
_ATOM = re.compile(r" +(\\[a-zA-Z]+|[^\W\d_](?:_\{\w+\})?|\d+(?:\.\d+)?)")
_POWER_OF_TEN = re.compile(r"(?:(?<![\d.])([\d.]+) \\times )?(?<![\d.])10\^\{(-?\d+)\}")
_SIGNS = {"=": "==", r"\ne": "!=", "<": "<", r"\le": "<=", ">": ">", r"\ge": ">="}
_OPENING, _CLOSING = re.compile(r"\\left|\{"), re.compile(r"\\right|\}")

_HIGH = high_precision(30)
_OPAQUE = ("%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "not", "where")
_PLAIN = {name: f"opaque_{at}" for at, name in enumerate(_OPAQUE)}
_OTHERS = {name: _HIGH.function(name) for name in PRIMITIVES if name in ("cbrt", "erfc") or not hasattr(mpmath, name)}
_OTHERS |= {"polygamma": mpmath.psi, "max": max, "min": min, **{_PLAIN[name]: _OTHERS[name] for name in _OPAQUE}}
"""The functions that are cgraph's alone, and `erfc`, which mpmath's own does not compute of a huge number: what they
compute is not in question here, but where they stand."""


class Equations:
    """Aligned equations, parsed; each may use the inputs, and the left sides before it."""

    def __init__(self, text: str, inputs: Sequence[str]) -> None:
        lines = [line.removesuffix(r" \\").strip().split(" &= ", 1) for line in text.splitlines()[1:-1]]
        self.inputs = [symbol(name) for name in inputs]
        names = [*self.inputs, *(left for left, _ in lines)]
        assert len(set(names)) == len(names), "a symbol stands for two things"
        known = {f"s{at}": name for at, name in enumerate(names)}
        reader = Reader({name: letter for letter, name in known.items()})
        self.steps = []
        for left, right in lines:
            expression = reader.read(right)
            used = sorted(expression.free_symbols, key=str)
            function = sympy.lambdify(used, expression, modules=[_OTHERS, "mpmath"])
            self.steps.append((left, [known[str(each)] for each in used], function))

    def at(self, point: Sequence[float]) -> dict[str, Any]:
        """Compute the numbers of the symbols, in 30 digits."""
        with mpmath.workdps(30):
            found = dict(zip(self.inputs, map(mpmath.mpf, point), strict=True))
            for left, used, function in self.steps:
                found[left] = function(*(found[each] for each in used))
        return found


class Reader:
    """A reader of formulas; `symbols` maps the symbols in them to their names."""

    def __init__(self, symbols: Mapping[str, str]) -> None:
        self.known: dict[str, Any] = {}
        longest = sorted(symbols, key=lambda text: -len(text))
        self.names = {text: self._stand(sympy.Symbol(symbols[text])) for text in longest}
        bare = "|".join(re.escape(text) + (r"(?![a-zA-Z])" if text[-1:].isalpha() else "") for text in longest)
        self.symbols = re.compile(rf"(?<![a-zA-Z\\_])(?:{bare})(?!_)") if longest else re.compile(r"(?!)")

    def read(self, text: str) -> Any:
        """Parse a formula into an expression of SymPy."""
        words = re.split(r"(\\operatorname\{[^}]*\}|\\text\{[^}]*\}|\\(?:begin|end)\{cases\})", text)
        words[::2] = [self.symbols.sub(lambda found: self.names[found[0]], part) for part in words[::2]]
        return self._read("".join(words))

    def _stand(self, expression: Any) -> str:
        """Make a symbol for an expression."""
        name = f"Z_{{{len(self.known)}}}"
        self.known[name] = expression
        return f" {name} "

    def _read(self, text: str) -> Any:
        while r"\begin{cases}" in text:
            head, _, rest = text.rpartition(r"\begin{cases}")
            body, _, tail = rest.partition(r"\end{cases}")
            text = head + self._stand(self._cases(body)) + tail
        while r"\left[" in text:
            head, _, rest = text.rpartition(r"\left[")
            body, _, tail = rest.partition(r"\right]")
            text = head + self._stand(self._truth(body)) + tail
        while r"\bmod" in text:
            start, at, end = _surroundings(text, text.rindex(r"\bmod"))
            rest = _opaque("%", self._read(text[start:at]), self._read(text[at + 5 : end]))
            text = text[:start] + self._stand(rest) + text[end:]
        text = re.sub(r"\\psi\^\{\\left\((.*?)\\right\)\}\\left\(", r"\\operatorname{polygamma}\\left(\1, ", text)
        text = text.replace(r"\left|", r"\operatorname{abs}\left(").replace(r"\right|", r"\right)")
        text = _POWER_OF_TEN.sub(lambda found: self._stand(sympy.Float(float(f"{found[1] or 1}e{found[2]}"))), text)
        text = self._roots(text)
        while calls := list(_CALL.finditer(text)):
            call = calls[-1]
            arguments, end = self._arguments(text, call.end())
            name = call[1] or call[2]
            function = FUNCTIONS.get(name) or sympy.Function(name.replace("\\", ""))
            value = function(*arguments)
            power = self._read(call[3][2:-1]) if call[3] else 1
            text = text[: call.start()] + self._stand(value**power) + text[end:]
        text = re.sub(r"(?<=[\w}])(?<!\\cdot)(?<!\\ln) +\\left\(", r" \\cdot \\left(", text)
        text = text.replace(r"\,", " ").replace(r"\mathrm{NaN}", self._stand(sympy.nan))
        found = parse_latex(text.strip())
        numbers = {sympy.Symbol("e"): sympy.E, sympy.Symbol("pi"): sympy.pi}
        numbers |= {sympy.Symbol(name): value for name, value in self.known.items() if name in text}
        return found.xreplace(numbers).xreplace({sympy.zoo: sympy.nan})

    def _arguments(self, text: str, at: int) -> tuple[list[Any], int]:
        """Find the arguments of the function before a place, and their end."""
        atom = _ATOM.match(text, at)
        if atom is not None:
            return [self._read(atom[1])], atom.end()
        _, _, end = _surroundings(text, at + len(r"\left("), commas=False)
        inside = text[at + len(r"\left(") : end]
        arguments, start = [], 0
        while start <= len(inside):
            _, _, comma = _surroundings(inside, start)
            arguments.append(self._read(inside[start:comma]))
            start = comma + 1
        return arguments, end + len(r"\right)")

    def _roots(self, text: str) -> str:
        while r"\sqrt[3]" in text:
            start = text.rindex(r"\sqrt[3]")
            inner = start + len(r"\sqrt[3]{")
            _, _, end = _surroundings(text, inner, commas=False)
            root = sympy.Function("cbrt")(self._read(text[inner:end]))
            text = text[:start] + self._stand(root) + text[end + 1 :]
        return text

    def _cases(self, body: str) -> Any:
        *lines, last = body.split(r"\\")
        found = self._read(last.partition("&")[0])
        for line in reversed(lines):
            value, _, condition = line.partition("&")
            truth = self._truth(condition.strip().removeprefix(r"\text{if }"))
            found = _opaque("where", truth, self._read(value), found)
        return found

    def _truth(self, text: str) -> Any:
        """Parse a condition: `or` of `and` of comparisons, any of them in parentheses."""
        text = text.strip()
        for word, name in ((r"\lor", "or"), (r"\land", "and")):
            parts = _split(text, word)
            if len(parts) > 1:
                return reduce(partial(_opaque, name), map(self._truth, parts))
        if text.startswith(r"\lnot"):
            return _opaque("not", self._truth(text.removeprefix(r"\lnot")))
        for sign, name in _SIGNS.items():
            parts = _split(text, sign)
            if len(parts) == 2:
                return _opaque(name, *map(self._read, parts))
        if text.startswith(r"\left(") and text.endswith(r"\right)"):
            return self._truth(text[6:-7])
        return self._read(text)


def _opaque(name: str, *operands: Any) -> Any:
    """Wrap a comparison and the like as a function, opaque to SymPy."""
    return sympy.Function(_PLAIN[name])(*operands)


def _surroundings(text: str, at: int, commas: bool = True) -> tuple[int, int, int]:
    """Find the beginning of the group around a place, the place, and the end; commas separate groups too."""
    ends = []
    for step, opening, closing in ((-1, _CLOSING, _OPENING), (1, _OPENING, _CLOSING)):
        depth, k = 0, at if step > 0 else at - 1
        while 0 <= k < len(text):
            if closing.match(text, k):
                if not depth:
                    break
                depth -= 1
            elif opening.match(text, k):
                depth += 1
            elif commas and text[k] == "," and not depth:
                break
            k += step
        ends.append(k)
    start = ends[0]
    width = 0 if start < 0 else len(r"\left(") if text.startswith(r"\left", start) else 1
    return max(start, 0) + width, at, min(ends[1], len(text))


def _split(text: str, word: str) -> list[str]:
    """Split a text at each place of a word outside of all brackets."""
    parts, depth, start = [], 0, 0
    for found in re.finditer(r"\\left|\\right|[{}]|" + re.escape(word) + r"(?![a-zA-Z])", text):
        if found[0] in (r"\left", "{"):
            depth += 1
        elif found[0] in (r"\right", "}"):
            depth -= 1
        elif not depth:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]
