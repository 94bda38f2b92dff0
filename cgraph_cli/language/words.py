"""Foreign words: names with a meaning elsewhere and none here, and their equivalents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import CONSTANTS, function
from cgraph_cli.language.numbers import NO_UNITS, is_unit

_MOST_SAID = 20
"""The most nodes of an exponent that a message shows."""

_LONGEST_CALL = 120
"""The most characters of a call that a message shows."""

_MOST_TERMS = 8
"""The most terms of a sum that is written out."""

_NOT_A_NUMBER = "nan has no name: `inf - inf` computes one"
_COMPARE = "to compare, write `==`"

_NUMBERS = {
    "e": "Euler's number is `exp(1)`",
    **dict.fromkeys(("tau", "τ"), "the circle constant is `2*pi`"),
    **dict.fromkeys(("Pi", "PI"), "the circle constant is `pi`"),
    **dict.fromkeys(("nan", "NaN", "NAN"), _NOT_A_NUMBER),
    **dict.fromkeys(("Inf", "INF", "infinity", "Infinity", "infty", "oo"), "infinity is written `inf`"),
    **dict.fromkeys(("True", "true", "TRUE"), "truth is the number `1`"),
    **dict.fromkeys(("False", "false", "FALSE"), "untruth is the number `0`"),
    **dict.fromkeys(("deg", "degree"), "angles are in radians: a degree is `radians(1)`"),
}
"""Names of numbers."""

_OFTEN_INPUTS = frozenset({"e", "tau", "τ", "deg", "degree"})
"""Names of numbers that are often inputs too."""

_DEFINITIONS = """
    if ifelse iif cond select (c, x, y): where(c, x, y)
    diff derivative deriv differentiate gradient D (y, x): grad(y, x)
    partial (y, x): grad(y, x)
    bce_logits bcewithlogits (z, y): bce_with_logits(z, y) # for a logit and a target
    bce binary_cross_entropy (p, y): -(xlogy(y, p) + xlogy(1 - y, 1 - p)) # for a probability and a target
    mse mse_loss (x, y): mean((x - y)^2)
    rmse (x, y): sqrt(mean((x - y)^2))
    mae l1_loss (x, y): mean(abs(x - y))
    squared_error (x, y): (x - y)^2
    variance var (x): mean((x - mean(x))^2) # for the whole population
    std stdev (x): sqrt(mean((x - mean(x))^2)) # for the whole population
    matmul mm mv matvec inner vdot (x, y): x @ y
    normalize (x): x/norm(x)
    gauss gaussian (x, mu, sigma): normpdf((x - mu)/sigma)/sigma # for the density
    sind (x): sin(radians(x))
    cosd (x): cos(radians(x))
    tand (x): tan(radians(x))
    asind (x): degrees(asin(x))
    acosd (x): degrees(acos(x))
    atand (x): degrees(atan(x))
    bmm (x, y): x @ y # for each matrix of a stack
    tensordot (x, y): x @ y # for a product over one axis
    vstack (x, ...): stack(x, ...)
    concatenate cat hstack (x, ...): concat(x, ...)
    arange (n): range(n)
    len shape (x): size(x, axis=0)
    numel (x): size(x)
    flatten ravel (x): reshape(x, -1)
    view (x, ...): reshape(x, ...)
    permute (x, ...): transpose(x, ...)
    identity (n): eye(n)
    full (n, x): x*ones(n)
    cumprod (x): [prod(x[:i + 1]) for i in range(size(x))]
    cross (x, y): [x[1]*y[2] - x[2]*y[1], x[2]*y[0] - x[0]*y[2], x[0]*y[1] - x[1]*y[0]]
    tril (x): x*[[i >= j for j in range(size(x, axis=1))] for i in range(size(x, axis=0))]
    triu (x): x*[[i <= j for j in range(size(x, axis=1))] for i in range(size(x, axis=0))]
    slogdet (x): logdet(x) # where the determinant is positive
    nll_loss nllloss crossentropyloss (z, k): cross_entropy(z, k) # of logits
    conv (x, w): conv1d(x, w)
    zeros_like (x): 0*x
    ones_like (x): 0*x + 1
    Phi norm_cdf normal_cdf pnorm ndtr cdf (x): normcdf(x)
    phi norm_pdf normal_pdf dnorm pdf (x): normpdf(x)
    expit logistic (x): sigmoid(x)
    rad2deg (x): degrees(x)
    deg2rad rad (x): radians(x)
    sgn signum (x): sign(x)
    square sqr (x): x^2
    cube (x): x^3
    power (x, y): x^y
    root nthroot (x, n): x^(1/n)
    fabs (x): abs(x)
    fix int (x): trunc(x)
    ceiling (x): ceil(x)
    fmod rem (x, y): x - y*trunc(x/y)
    remainder (x, y): x % y
    reciprocal (x): 1/x
    inverse pinv (x): inv(x)
    factorial fact (n): gamma(n + 1)
    binomial comb choose nCr (n, k): gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1))
    beta (a, b): gamma(a)*gamma(b)/gamma(a + b)
    loggamma gammaln lngamma (x): lgamma(x)
    psi (x): digamma(x)
    lg (x): log10(x)
    lb (x): log2(x)
    logb (x, b): log(x)/log(b)
    exp10 (x): 10^x
    tg (x): tan(x)
    ctg cotan (x): cot(x)
    arctg (x): atan(x)
    sh (x): sinh(x)
    ch (x): cosh(x)
    th (x): tanh(x)
    arsinh (x): asinh(x)
    arcosh (x): acosh(x)
    artanh (x): atanh(x)
    cosec (x): csc(x)
    cosech (x): csch(x)
    asec arcsec (x): acos(1/x)
    acsc arccsc arccosec (x): asin(1/x)
    asech arcsech (x): acosh(1/x)
    acsch arccsch (x): asinh(1/x)
    acoth arccoth (x): atanh(1/x)
    acot arccot (x): atan(1/x)
    swish (x): silu(x)
    relu6 (x): clip(x, 0, 6)
    hardtanh (x): clip(x, -1, 1)
    hardsigmoid (x): clip(x/6 + 1/2, 0, 1)
    softsign (x): x/(1 + abs(x))
    mish (x): x*tanh(softplus(x))
    erfcx (x): exp(x^2)*erfc(x) # for a small x
    logcdf log_ndtr (x): log(normcdf(x))
    trigamma (x): polygamma(1, x)
    step theta unitstep (x): heaviside(x)
    clamp (x, lo, hi): clip(x, lo, hi)
    lerp (x, y, t): x + (y - x)*t
    maximum fmax amax (x, ...): max(x, ...)
    minimum fmin amin (x, ...): min(x, ...)
    average avg (x, ...): mean(x, ...)
    product (x, ...): prod(x, ...)
    total reduce_sum (x, ...): sum(x, ...)
    reduce_mean (x, ...): mean(x, ...)
    array tensor asarray (x): x
    linear (x, W, b): W @ x + b
    add plus (x, y): x + y
    subtract sub minus (x, y): x - y
    multiply mul times (x, y): x*y
    divide div true_divide (x, y): x/y
    neg negative (x): -x
    logical_and (x, y): x and y
    logical_or (x, y): x or y
    logical_not (x): not x
    print return (x): x
"""


class _ForeignFunction(NamedTuple):
    """A function of other languages in terms of this one's."""

    parameters: list[str]
    body: str
    note: str

    def call(self, arguments: Sequence[str]) -> str:
        """Write the equivalent of a call; for another number of arguments, the definition."""
        if self.parameters[-1] == "...":
            if len(arguments) == 1 and self.body.startswith(("concat", "stack")) and arguments[0].startswith("["):
                arguments = [arguments[0].removeprefix("[").removesuffix("]")]
            return self.body.replace("x, ...", ", ".join(arguments) or "x, y")
        if len(arguments) != len(self.parameters):
            return self.body
        meant = dict(zip(self.parameters, arguments, strict=True))

        def put(name: re.Match[str]) -> str:
            text = meant.get(name[0], name[0])
            alone = name.string[: name.start()][-1:] in ("(", "") or name.string[: name.start()].endswith(", ")
            alone = alone and name.string[name.end() :][:1] in (")", ",", "")
            return text if alone or is_simple(text) else f"({text})"

        return re.sub(r"[a-z]\w*", put, self.body)


def _read_definitions(text: str) -> dict[str, _ForeignFunction]:
    found = {}
    for line in text.strip().split("\n"):
        head, _, body = line.strip().partition("): ")
        names, _, parameters = head.partition(" (")
        body, _, note = body.partition(" # ")
        found.update(dict.fromkeys(names.split(), _ForeignFunction(parameters.split(", "), body, note)))
    return found


CALLS = _read_definitions(_DEFINITIONS)
"""Functions of other languages, textbooks and calculators."""

_OTHER_ARGUMENTS = _read_definitions(
    """
    atan (y, x): atan2(y, x)
    round (x, n): round(x*10^n)/10^n
    trunc (x, n): trunc(x*10^n)/10^n
    floor (x, n): n*floor(x/n)
    ceil (x, n): n*ceil(x/n)
    sqrt (x, n): x^(1/n)
    log (x, b): log(x)/log(b)
    """
)
"""Functions of the language that take more arguments elsewhere."""

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
    "mod": "the remainder is written `a % b`",
}
"""Words that stand beside a value."""


_FUNCTION_OF_NUMBER = re.compile(r"([A-Za-z]+?)_?(\d+)")
_DIFFERENTIAL = re.compile(r"d(\w+)")


class Advice(NamedTuple):
    """The advice on a name, and whether it cannot be an input."""

    text: str
    is_certain: bool = False


def instead_of(graph: Graph, name: str) -> Advice:
    """Advise on an input of a program that may have another meaning."""
    text = _NUMBERS.get(name, "")
    powers = _powers(graph, graph.nodes[name]) if name == "e" else iter(())
    for power in powers:
        return Advice(f"{text}: for the power, write `exp({power})`", True)
    if text:
        return Advice(text, name not in _OFTEN_INPUTS)
    if applied := _FUNCTION_OF_NUMBER.fullmatch(name):
        primitive = function(applied[1])
        if primitive is not None and primitive.takes(1):
            return Advice(f"to call the function, write `{applied[1]}({applied[2]})`")
    for advice in (_quotient_of_differentials, _index_of_sum, _compared_alone, _transposed):
        if found := advice(graph, name):
            return found
    return Advice("")


def _powers(graph: Graph, base: int) -> Iterator[str]:
    """List the exponents of the powers of a node that are short enough for a message."""
    from cgraph_cli.language.write import write_expression

    for node, operation in enumerate(graph.operations):
        if operation == "^" and graph.operands_of(node)[0] == base:
            exponent = graph.operands_of(node)[1]
            if exponent - base <= _MOST_SAID:
                yield graph.names[exponent] or write_expression(graph, exponent)


def _quotient_of_differentials(graph: Graph, name: str) -> Advice | None:
    """Advise on `dy/dx`, where the program has `y` and `x`."""
    for written in (graph, *(assertion.graph for assertion in graph.assertions)):
        for quotient, operation in enumerate(written.operations):
            names = [written.names[operand] or "" for operand in written.operands_of(quotient)]
            if operation != "/" or name not in names:
                continue
            words = [_DIFFERENTIAL.fullmatch(each) for each in names]
            known = [word[1] for word in words if word and word[1] in graph.nodes]
            if len(known) == 2:
                return Advice(f"a derivative is written `grad({known[0]}, {known[1]})`", True)
    return None


def _index_of_sum(graph: Graph, name: str) -> Advice | None:
    """Advise on the index of `sum(i, 1, 3, i^2)`."""
    node = graph.nodes.get(name, -1)
    for at, operation in enumerate(graph.operations):
        if operation not in ("sum", "prod") or list(graph.operands_of(at))[:1] != [node]:
            continue
        arguments, _ = arguments_at(graph.source.text, graph.offsets[at]) or ([], 0)
        if len(arguments) != 4 or not all(re.fullmatch(r"\d{1,9}", arguments[k]) for k in (1, 2)):
            continue
        first, last = int(arguments[1]), int(arguments[2])
        if first <= last:
            most = range(first, min(last + 1, first + _MOST_TERMS))
            terms = [re.sub(rf"\b{re.escape(name)}\b", str(number), arguments[3]) for number in most]
            terms += ["…"] * (last - first >= _MOST_TERMS)
            return Advice(f"`{operation}` has no index; write the terms out: `{operation}({', '.join(terms)})`", True)
    return None


def _transposed(graph: Graph, name: str) -> Advice | None:
    """Advice for `x^T`, where `T` is nothing else."""
    if name != "T" or name not in graph.nodes:
        return None
    node = graph.nodes[name]
    for at, operation in enumerate(graph.operations):
        base, *exponent = graph.operands_of(at)[:2] or [-1]
        if operation == "^" and exponent == [node] and (label := graph.names[base]):
            return Advice(f"for the transpose, write `{label.partition('[')[0]}.T`")
    return None


def _compared_alone(graph: Graph, name: str) -> Advice | None:
    """Advise on `y == x^2` as a statement, where nothing else is `y`."""
    if name not in graph.nodes:  # an array, which its elements stand for
        return None
    start = graph.offsets[graph.nodes[name]]
    statement = re.compile(rf"{re.escape(name)}[ \t]*==[ \t]*([^;#=<>\n]{{1,{_LONGEST_CALL}}})(?=[;#\n]|\Z)")
    found = statement.match(graph.source.text, start)
    if found is None or graph.source.text[:start].rstrip(" \t")[-1:] not in ("", ";", "\n"):
        return None
    return Advice(f"to assign, write `{name} = {found[1].strip()}`")


_PLACES = "places have no derivative, and are known before the first number is computed"
_ORDER = "nothing here puts numbers in their order"
_RANDOM = "a program gives the same numbers each time: give those as an input, as in `--x @numbers.csv`"
_ELEMENTS = "write its elements, as in `[[A[i, j]*x[j] for j in range(2)] for i in range(2)]`"
_INVERSE = "there are no inverses of `erf` and `normcdf`: give the number as an input"
_INTEGRAL = "cgraph differentiates, and does not integrate: write the integral as a formula"
_ALGEBRA = "of linear algebra there are `solve inv det logdet cholesky`"

_ABSENT = {
    **dict.fromkeys(("argmax", "argmin", "argsort", "nonzero", "unique", "searchsorted"), _PLACES),
    **dict.fromkeys(("sort", "sorted", "median", "quantile", "percentile"), _ORDER),
    **dict.fromkeys(("random", "rand", "randn", "randint", "normal", "uniform", "seed"), _RANDOM),
    **dict.fromkeys(("kron", "einsum", "meshgrid", "pad", "roll", "repeat", "tile"), _ELEMENTS),
    **dict.fromkeys(
        ("erfinv", "erf_inv", "inverf", "erfcinv", "ppf", "norminv", "norm_inv", "probit", "ndtri", "qnorm"), _INVERSE
    ),
    **dict.fromkeys(("eig", "eigh", "eigvals", "svd", "qr", "lu", "expm", "lstsq"), _ALGEBRA),
    **dict.fromkeys(("integrate", "integral", "quad", "trapz", "trapezoid", "cumtrapz"), _INTEGRAL),
}
"""Functions of libraries of arrays that have no counterpart, and why."""


def why_absent(word: str) -> str:
    """Say why a function of a library of arrays is not there; nothing for any other word."""
    return _ABSENT.get(word, "")


class Rewritten(NamedTuple):
    """A piece of a program with a meaning elsewhere, and the advice on it."""

    start: int
    end: int
    advice: str


def instead_of_call(text: str, offset: int, word: str, start: int | None = None) -> Rewritten | None:
    """Advise on a call, at an offset of a program's text, of an unknown function; empty where there is no advice.

    `start` is the place of `np.square(x)`, whose word is `square`.
    """
    start = offset if start is None else start
    found = arguments_at(text, offset)
    arguments, end = found or ((), offset + len(word))
    differential = _DIFFERENTIAL.fullmatch(word)
    if differential and text[max(0, offset - 2) : offset] == "d/" and len(arguments) == 1:
        return Rewritten(offset - 2, end, f"a derivative is written `grad({arguments[0]}, {differential[1]})`")
    below = re.compile(r"\s{0,3}/\s{0,3}d(\w+)").match(text, end)
    if word == "d" and len(arguments) == 1 and below:
        return Rewritten(offset, below.end(), f"a derivative is written `grad({arguments[0]}, {below[1]})`")
    definition = CALLS.get(word) or CALLS.get(word.lower())
    if definition is None:
        return None
    instead = _beside(text, start, end, definition.call(arguments))
    return Rewritten(start, end, f"{definition.note}{', ' * bool(definition.note)}write `{instead}`")


def instead_of_arguments(text: str, offset: int, name: str) -> str:
    """Write the equivalent of a call with more arguments than the language's; empty where there is none."""
    arguments, end = arguments_at(text, offset) or ([], 0)
    definition = _OTHER_ARGUMENTS.get(name)
    if definition is None or len(arguments) != len(definition.parameters):
        return ""
    if name == "log" and function(f"log{arguments[1]}"):
        return f"log{arguments[1]}({arguments[0]})"
    return _beside(text, offset, end, definition.call(arguments))


def _beside(text: str, start: int, end: int, instead: str) -> str:
    """Put a text in parentheses where operators beside its place would tear it apart."""
    return instead if is_simple(instead) or _stands_alone(text, start, end) else f"({instead})"


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a piece of a program is an operand of nothing but a call."""
    before, after = text[max(0, start - 20) : start].rstrip(" \t"), text[end : end + 20].lstrip(" \t")
    return before[-1:] in ("", "=", "(", ",", ";", "\n") and after[:1] in ("", ")", ",", ";", "\n")


def instead_of_suffix(text: str, start: int, number: str, word: str, *, is_setting: bool = False) -> Rewritten | None:
    """Advise on a number with a word right after it, such as `1d4`, `30deg` and `3m`; empty for any other text.

    `is_setting` is true for the number of an input, which stands beside no name.
    """
    if fortran := re.compile(r"([\d.]+)[dD]([+-]?\d+)(?!\w)").match(text, start):
        return Rewritten(start, fortran.end(), f"for a power of ten, write `{fortran[1]}e{fortran[2]}`")
    if power := re.compile(r"([\d.]+)[eE](\^?)([+–−-]?)(\d{1,3})(?![\w.])").match(text, start):
        digits, caret, sign, exponent = power.groups()
        sign = "" if sign in ("", "+") else "-"
        advice = f"for a power of ten, write `{digits}e{sign}{exponent}`"
        advice += f"; for one of Euler's number, `{digits}*exp({sign}{exponent})`" if caret else ""
        return Rewritten(start, power.end(), advice)
    together = re.compile(rf"{re.escape(number)}\s{{0,9}}{re.escape(word)}").match(text, start)
    advice = _of_suffix(number, word, spaced=not text.startswith(number + word, start), is_setting=is_setting)
    return Rewritten(start, together.end(), advice) if together and advice else None


def _of_suffix(number: str, word: str, *, spaced: bool, is_setting: bool) -> str:
    if word in ("deg", "degree", "degrees"):
        return f"angles are in radians: write `radians({number})`"
    if word in ("j", "J") and not spaced:
        return f"there are no complex numbers; to multiply, write `{number}*{word}`"
    if word in ("f", "F", "L", "u") and not spaced:
        return f"for the number, write `{number}`; to multiply, `{number}*{word}`"
    if is_setting and not function(word) and word not in CONSTANTS and word not in _NUMBERS and word not in ("E", "x"):
        return f"{NO_UNITS}: write the number alone, `{number}`, in the unit that the program expects"
    if is_unit(word):
        return f"to multiply, write `{number}*{word}`; {NO_UNITS}"
    return ""


_LOOP = re.compile(
    r"for\s+([^\W\d]\w*)\s+in\s+(range\([^(),\n]{1,60}\))\s*:?\s*([^\W\d]\w*)(\[[^\[\]\n]*\])?\s*([-+*/]?)=(?!=)([^;\n]{1,120})"
)


def instead_of_loop(text: str, start: int) -> str:
    """Advise on a loop before its body: `for i in range(3): x = x + 1`."""
    found = _LOOP.match(text, start)
    if found is None or found[1] == found[3]:
        return "write `x[0] = …; x[k + 1] = … for k in range(3)`"
    index, steps, name, place, sign, value = found.groups()
    value = value.strip()
    if place:
        value = f"{name}{place} {sign} ({value})" if sign else value
        return f"write `{name}{place} = {value} for {index} in {steps}`"
    before = rf"(?<![\w.]){re.escape(name)}(?![\w\[(])"
    value = re.sub(before, f"{name}[{index}]", value)
    if sign:
        value = f"{name}[{index}] {sign} {value if is_simple(value) else f'({value})'}"
    return f"write `{name}[0] = …; {name}[{index} + 1] = {value} for {index} in {steps}`"


def arguments_at(text: str, offset: int) -> tuple[list[str], int] | None:
    """Find the arguments of the call that begins at an offset, as written, and its end.

    None where they are long or never close.
    """
    at = text.find("(", offset, offset + _LONGEST_CALL)
    if at < 0 or "\n" in text[offset:at]:
        return None
    depth, start, found = 0, at + 1, []
    for position in range(at, min(len(text), at + _LONGEST_CALL)):
        character = text[position]
        depth += (character in "([") - (character in ")]")
        if depth == 0 or (depth == 1 and character == ","):
            found.append(" ".join(text[start:position].split()))
            start = position + 1
        if depth == 0:
            return ([] if found == [""] else found), position + 1
    return None


def is_simple(text: str) -> bool:
    """Tell whether a text is a name, a number or one call, and needs no parentheses beside an operator."""
    return re.fullmatch(r"[\w.]+(\([^()]*\))?", text) is not None


def why_not_settable(graph: Graph, name: str) -> tuple[str, str] | None:
    """Explain why a constant or a function of the language is no input, with advice; None for other names."""
    if name in CONSTANTS:
        return f"`{name}` is a constant of the language and cannot be set", "give the input of the program another name"
    primitive = function(name)
    if primitive is not None and primitive.name in graph.operations:
        help = f"to multiply, write `{name}*(…)`; to keep the function, give the input another name"
        return f"`{name}` is a function that the program calls, and no input of it", help
    return None
