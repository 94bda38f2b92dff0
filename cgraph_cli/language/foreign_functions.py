"""Functions of other languages, textbooks and calculators, and their equivalents here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_DEFINITIONS = """
    if ifelse iif cond select (c, x, y): where(c, x, y)
    derivative deriv differentiate gradient D (y, x): grad(y, x)
    diff (y, x): grad(y, x)
        | (x): x[{before}1:{behind}] - x[{before}:-1{behind}] # for the differences of neighbours
    partial (y, x): grad(y, x)
    jacobian jacfwd jacrev (y, x): [grad(y[i], x) for i in range(size(y))]
        # `cgraph jacobian PROGRAM` computes it; for one in a program
    bce_logits bcewithlogits (z, y): bce_with_logits(z, y) # for a logit and a target
    bce binary_cross_entropy (p, y): -(xlogy(y, p) + xlogy(1 - y, 1 - p)) # for a probability and a target
    mse mse_loss (x, y): mean((x - y)^2{axis})
    rmse (x, y): sqrt(mean((x - y)^2{axis}))
    mae l1_loss (x, y): mean(abs(x - y){axis})
    squared_error (x, y): (x - y)^2
    variance var (x): mean((x - mean(x{axis}){back})^2{axis}) # for the whole population
        | sum((x - mean(x{axis}){back})^2{axis})/(size(x{axis}) - 1) # for a sample
    std stdev sd (x): sqrt(mean((x - mean(x{axis}){back})^2{axis})) # for the whole population
        | sqrt(sum((x - mean(x{axis}){back})^2{axis})/(size(x{axis}) - 1)) # for a sample
    matmul mmult mm mv matvec inner vdot (x, y): x @ y
    normalize (x): x/norm(x{axis}){back}
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
    zip (x, ...): stack(x, ..., axis=1) # for vectors
    concatenate cat hstack (x, ...): concat(x, ...)
    arange (n): range(n)
    len length shape (x): size(x, axis=0)
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
    tr Tr (x): trace(x)
    slogdet (x): logdet(x) # where the determinant is positive
    nll_loss nllloss crossentropyloss (z, k): cross_entropy(z, k) # of logits
    conv (x, w): conv1d(x, w)
    zeros_like (x): 0*x
    ones_like (x): 0*x + 1
    Phi norm_cdf normal_cdf pnorm ndtr cdf (x): normcdf(x)
    phi norm_pdf normal_pdf dnorm pdf (x): normpdf(x)
    expit logistic sigma σ (x): sigmoid(x)
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
    inverse (x): inv(x)
    pinv (x): inv(x.T @ x) @ x.T # where the columns are independent
    lstsq (x, y): solve(x.T @ x, x.T @ y) # where the columns are independent
    flip flipud reverse reversed (x): x[::-1]
    fliplr (x): x[:, ::-1]
    roll (x): concat(x[-1:], x[:-1]) # by one place
    squeeze (x): x[0] # for a first axis of one element
    unsqueeze expand_dims (x): x[None]
    atleast_2d (x): x[None]
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
    array tensor list tuple asarray float double real (x): x
    all (x): min(x{axis})
    any (x): max(x{axis})
    approx isclose allclose almostEqual (x, y): abs(x - y) < 1e-6
    sumproduct (x, y): dot(x, y)
    sumsq (x): sum(x^2{axis})
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


_NAMED = re.compile(r"^\w+\s*=(?!=)\s*")
_OF_AXES = re.compile(r"(?:axis|axes|dims?|keepdims?)\s*=(?!=)")
_DEGREES = re.compile(r"(?:ddof|correction|unbiased)\s*=\s*")
_WHOLE_NUMBER = re.compile(r"-?\d")


class ForeignFunction(NamedTuple):
    """A function of other languages in terms of this one's."""

    parameters: list[str]
    body: str
    note: str
    others: tuple[ForeignFunction, ...] = ()

    def forms(self, arguments: Sequence[str]) -> list[tuple[str, str]]:
        """Write each equivalent of a call, with its note: those of as many arguments, if there are any."""
        whole, degrees = (self, *self.others), "".join(each for each in arguments if _DEGREES.match(each))
        given = without_names(arguments)
        if len(whole) > 1 and degrees:  # as in `ddof=1`, which tells a sample from a population
            whole = whole[-1:] if _DEGREES.sub("", degrees).strip() in ("1", "True") else whole[:1]
        fitting = [each for each in whole if len(each.parameters) == len(given)]
        return [(each.note, each.call(arguments)) for each in fitting or whole]

    def call(self, arguments: Sequence[str]) -> str:
        """Write the equivalent of a call; for another number of arguments, the definition."""
        if "{" in self.body:
            along, arguments = _along_axis(arguments, len(self.parameters))
            return self._replace(body=self.body.format_map(along)).call(arguments)
        if self.parameters[-1] == "...":
            if len(arguments) == 1 and self.body.startswith(("concat", "stack")) and arguments[0].startswith("["):
                arguments = [arguments[0].removeprefix("[").removesuffix("]")]
            return self.body.replace("x, ...", ", ".join(arguments) or "x, y")
        arguments = without_names(arguments)
        if len(arguments) != len(self.parameters):
            return self.body
        meant = dict(zip(self.parameters, arguments, strict=True))

        def put(name: re.Match[str]) -> str:
            text = meant.get(name[0], name[0])
            alone = name.string[: name.start()][-1:] in ("(", "") or name.string[: name.start()].endswith(", ")
            alone = alone and name.string[name.end() :][:1] in (")", ",", "")
            return text if alone or is_simple(text) else f"({text})"

        return re.sub(r"[a-z]\w*", put, self.body)


def without_names(arguments: Sequence[str]) -> list[str]:
    """List the values of the arguments of a call elsewhere, without its axis and how it treats it."""
    return [_NAMED.sub("", each) for each in arguments if not _OF_AXES.match(each) and not _DEGREES.match(each)]


def _along_axis(arguments: Sequence[str], count: int) -> tuple[dict[str, str], list[str]]:
    """Write the parts of a definition that follow from the axis of a call; with the arguments but the axis."""
    values = without_names(arguments)
    named = [_NAMED.sub("", each) for each in arguments if _OF_AXES.match(each) and not each.startswith("keep")]
    if not named and len(values) == count + 1 and _WHOLE_NUMBER.fullmatch(values[-1]):
        named = [values.pop()]
    if not named or named[0] == "None":
        return {"axis": "", "back": "", "before": "", "behind": ""}, values
    if not _WHOLE_NUMBER.fullmatch(named[0]):  # its axes stand nowhere to be counted
        return {"axis": f", axis={named[0]}", "back": "[…]", "before": "…", "behind": ""}, values
    axis = int(named[0])
    before, behind = (":, " * axis, "") if axis >= 0 else ("..., ", ", :" * (-1 - axis))
    back = f"[{before}None{behind}]" if axis else ""
    return {"axis": f", axis={axis}", "back": back, "before": before, "behind": behind}, values


def _read_definitions(text: str) -> dict[str, ForeignFunction]:
    found = {}
    for line in re.sub(r"\n *([|#]) ", r" \1 ", text.strip()).split("\n"):
        head, _, bodies = line.strip().partition("): ")
        names, _, parameters = head.partition(" (")
        forms = []
        for each in bodies.split(" | "):
            body, _, note = each.partition(" # ")
            if "): " in body:
                parameters, _, body = body[1:].partition("): ")
            forms.append(ForeignFunction(parameters.split(", "), body, note))
        found.update(dict.fromkeys(names.split(), forms[0]._replace(others=tuple(forms[1:]))))
    return found


CALLS = _read_definitions(_DEFINITIONS)
"""Functions of other languages, textbooks and calculators."""

OTHER_ARGUMENTS = _read_definitions(
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
    **dict.fromkeys(("kron", "einsum", "meshgrid", "pad", "repeat", "tile"), _ELEMENTS),
    **dict.fromkeys(
        ("erfinv", "erf_inv", "inverf", "erfcinv", "ppf", "norminv", "norm_inv", "probit", "ndtri", "qnorm"), _INVERSE
    ),
    **dict.fromkeys(("onehot", "one_hot"), "for n classes, write `eye(n)[k]`"),
    **dict.fromkeys(("eig", "eigh", "eigvals", "svd", "qr", "lu", "expm"), _ALGEBRA),
    **dict.fromkeys(("hessian", "hess"), "`cgraph hessian PROGRAM` has all, and `grad(grad(y, x), x)` is one"),
    **dict.fromkeys(("taylor", "series"), "`cgraph taylor PROGRAM` writes the polynomial"),
    "plot": "`cgraph plot PROGRAM --over x=0:1` draws",
    **dict.fromkeys(("integrate", "integral", "quad", "trapz", "trapezoid", "cumtrapz"), _INTEGRAL),
}
"""Functions of libraries of arrays that have no counterpart, and why."""


def why_absent(word: str) -> str:
    """Say why a function of a library of arrays is not there; nothing for any other word."""
    return _ABSENT.get(word) or _ABSENT.get(word.lower(), "")


def is_simple(text: str) -> bool:
    """Tell whether a text is a name, a number or one call, and needs no parentheses beside an operator."""
    return re.fullmatch(r"[\w.]+(\([^()]*\))?", text) is not None
