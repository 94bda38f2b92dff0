"""The table of primitives: every operation and function of the language, with its local partials.

Each row is data. Its partials are written once, in cgraph's own language, as a program whose bare expressions are
the partials in the order of the parameters; everything else (values and gradients in any arithmetic, the listing of
`cgraph functions`, the tests) is derived from the row. In scope are the parameters and

    f       the operation's own result (`1/(2*f)` for the root: one call less, and `inf` at 0)

and, in a row of any number of operands, whose single partial is that of the operand `x`,

    n       how many operands there are
    ties    how many operands equal the result
    rest    the operation applied to all the other operands

The word `none` in a rule means no dependence at all, whatever the chain brings: so the untaken branch of a `where`
stays out of both sweeps. It stands alone, or as a branch of a rule's outermost `where`s. The number `0` is a partial
like any other, which takes part in products: an infinite adjoint times 0 is nan.

A rule is a function and is differentiated again. A guard that only keeps the arithmetic from failing is therefore as
narrow as it can be: `where(y == 0 and not abs(x) > 0, none, ...)` in `x ^ y`, for a base that is 0 or nan, since
`where(y == 0, none, ...)` would take its slope 1/x away from y*x^(y - 1) at y = 0. A wider guard stands at a kink
only, where `none` is the convention.

A rule's form is chosen for its digits in the tails: `sech(x)^2` and not `1 - f^2`, which has none left at 19. Of
several branches that are one function, the last does not ask for the operation itself: `y*f/x` after `y*x^(y - 1)`.
Formulas: NIST Digital Library of Mathematical Functions (DLMF), chapters 4 (elementary), 5 (gamma; 5.5.3 for `sinc`)
and 7 (error functions).

Conditions (`domain`, `kinks`, `jumps`, `poles`, `edges`) are expressions over the same names. An empty domain means
everywhere. At a kink the left and right derivatives differ; at a jump the value does; at a pole the value or the
slope is infinite. An edge has a value and none beside it on some side, unless a whole number that is a constant, as
the exponent of `x^2`, leaves one on every side. `beside` is how the result of a row with kinks moves away from one,
where the operands move by `dx` and so on; in a row of any number of operands, by `dx` those that equal the result.

Four columns are facts about the value, to which the tests hold every row in high precision: a wrong one fails by the
row's name, and so does a missing one.

    range   the least interval that has all values, as a condition on `f`. Empty where any number is a value, where the
            interval follows from the definition, and for truths (1 or 0)
    zeros   where the value is 0, as a condition, for rows whose doubles are 0 elsewhere, too (`1e-200*1e-200`). Empty
            where the range has no 0, which tells that any is an underflow; of several operands, each is an `x`
    exact   whether doubles need no rounding: the value is an operand, its opposite or a whole number. It is not said of
            truths, of `picks`, nor where the definition has nothing but exact primitives
    error   a bound of the error of the function in doubles, in units of 2⁻⁵³, as an expression; `2*abs(f)` where it is
            empty and the row is not exact
    growth  the least bound of the size of f′/f, where there is one: the error of an operand, times that, is a part of f
    period  the period of a periodic row
    cost    how long the function and its rule take in balls of many digits, `exp` taking 1
    taught  the partial in the form that textbooks have, over `x` and `f`, where the rule has another for its digits;
            `explain` shows it
    steps   the rule in steps (`heaviside`), which says the same at finite points; in a row of any number of operands,
            where there are two. `diff` writes it
    parity  `odd` where f(−x) = −f(x), `even` where f(−x) = f(x)
"""

from __future__ import annotations


class Primitive:
    """One row of the table.

    `parameters` are names; `defaults` are the values of the last ones, where a call may leave them out. `variadic`
    rows take any number of operands, at least one. `notation` is `infix`, `prefix` or `call`. `definition`
    expresses the value by other primitives, for algebras and targets without this one.

    `truths` are the parameters of which only the truth counts. With `is_truth` the result is 1 or 0, with `picks` it is
    one of the operands. `pair` is the primitive that makes up a variadic row two operands at a time. `root` is the
    exponent if the result is a power of the operand, or of several operands' sum of squares. `harmless` is a parameter,
    by its position, and a number for it: with that number the value and the slopes are finite, whatever the other
    operands; without, one of them may be infinite or undefined somewhere.
    """

    __slots__ = (
        "beside",
        "cost",
        "defaults",
        "definition",
        "domain",
        "edges",
        "error",
        "exact",
        "group",
        "growth",
        "harmless",
        "is_truth",
        "jumps",
        "kinks",
        "name",
        "notation",
        "pair",
        "parameters",
        "parity",
        "period",
        "picks",
        "poles",
        "range",
        "root",
        "rule",
        "signature",
        "steps",
        "summary",
        "taught",
        "truths",
        "variadic",
        "zeros",
    )

    def __init__(
        self,
        signature: str,
        summary: str,
        rule: str,
        *,
        name: str = "",
        definition: str = "",
        domain: str = "",
        kinks: str = "",
        beside: str = "",
        jumps: str = "",
        poles: str = "",
        edges: str = "",
        range: str = "",
        zeros: str = "",
        exact: bool = False,
        parity: str = "",
        harmless: str = "",
        truths: str = "",
        pair: str = "",
        root: float = 0.0,
        error: str = "",
        growth: float = 0.0,
        period: float = 0.0,
        cost: float = 1.0,
        taught: str = "",
        steps: str = "",
    ) -> None:
        head, parenthesis, inside = signature.rstrip(")").partition("(")
        words = inside.split(", ") if parenthesis else head.replace("-x", "- x").split()
        if parenthesis:
            self.notation, self.name = "call", head
        elif len(words) == 3:
            self.notation, self.name = "infix", words.pop(1)
        else:
            self.notation, self.name = "prefix", name or words[0]
            words = words[-1:]
        pairs = [word.partition("=")[::2] for word in words if word != "..."]
        self.parameters = tuple(parameter for parameter, _ in pairs)
        self.defaults = tuple(float(default) for _, default in pairs if default)
        self.variadic = "..." in words
        self.signature = signature
        self.summary = summary
        self.rule = rule
        self.definition = definition
        self.domain = domain
        self.kinks = kinks
        self.beside = beside
        self.jumps = jumps
        self.poles = poles
        self.edges = edges
        self.range = range
        self.zeros = zeros
        self.exact = exact
        self.parity = parity
        self.error = error
        self.growth = growth
        self.period = period
        self.cost = cost
        self.taught = taught
        self.steps = steps
        self.pair = pair
        self.root = root
        self.truths = frozenset(self.parameters.index(parameter) for parameter in truths.split())
        self.is_truth = self.notation != "call" and set(rule.split("; ")) == {"none"}
        self.picks = "ties" in rule
        parameter, _, number = harmless.partition(" = ")
        self.harmless = (self.parameters.index(parameter), float(number)) if harmless else None
        self.group = ""

    @property
    def arity(self) -> str:
        """Give the number of arguments of a call, in words."""
        most = len(self.parameters)
        least = most - len(self.defaults)
        if self.variadic:
            return "at least 1 argument"
        if least < most:
            return f"{least} to {most} arguments"
        return f"{most} argument{'s' if most != 1 else ''}"

    def takes(self, count: int) -> bool:
        """Tell whether a call may have `count` arguments."""
        if self.variadic:
            return count >= 1
        return len(self.parameters) - len(self.defaults) <= count <= len(self.parameters)

    def __repr__(self) -> str:
        return f"<Primitive {self.signature}>"


_Row = Primitive
_PLAIN = 1 / 20  # the cost of arithmetic
_TURN = 6.283185307179586
_REGULAR = "x > 0 or x != floor(x)"  # where Γ and its logarithmic derivatives are finite

_POLES = "x <= 0 and x == floor(x)"

# fmt: off
_TABLE = {
    "arithmetic": [
        _Row("x + y", "sum", "1; 1", cost=_PLAIN),
        _Row("x - y", "difference", "1; -1", cost=_PLAIN),
        _Row("x * y", "product", "y; x", zeros="x == 0 or y == 0", cost=_PLAIN),
        _Row("x / y", "quotient", "1/y; -f/y", domain="y != 0", poles="y == 0", harmless="y = 1",
             zeros="x == 0 or abs(y) == inf", cost=2*_PLAIN),
        _Row("x % y", "remainder, with the sign of the divisor",
             "1; -round((x - f)/y)", domain="y != 0", jumps="f == 0 or f == y", harmless="y = 1", error="abs(f)"),
        _Row("x ^ y", "power",
             "where(y == 0 and not abs(x) > 0, none, where(1 <= abs(y) < 2^53 or x == 0, y*x^(y - 1), y*f/x));"
             "xlogy(f, x)",
             domain="x > 0 or y == floor(y) and (x != 0 or y >= 0) or x == 0 and y > 0",
             poles="x == 0 and y < 1 and y != 0", edges="x == 0", harmless="x = 1",
             zeros="x == 0 and y > 0 or abs(x) == inf or abs(y) == inf"),
        _Row("-x", "negative", "-1", name="neg", exact=True),
        _Row("x", "the operand itself, as a node of its own (`d = c`)", "1", name="identity", exact=True),
    ],
    "comparison and logic (1 or 0)": [
        _Row("x == y", "equal", "none; none", jumps="x == y"),
        _Row("x != y", "not equal", "none; none", jumps="x == y"),
        _Row("x < y", "less", "none; none", jumps="x == y"),
        _Row("x <= y", "less or equal", "none; none", jumps="x == y"),
        _Row("x > y", "greater", "none; none", jumps="x == y"),
        _Row("x >= y", "greater or equal", "none; none", jumps="x == y"),
        _Row("x and y", "both are nonzero", "none; none", jumps="x == 0 or y == 0", truths="x y"),
        _Row("x or y", "at least one is nonzero", "none; none", jumps="x == 0 and y == 0", truths="x y"),
        _Row("not x", "is zero", "none", jumps="x == 0", truths="x"),
        _Row("where(c, x, y)", "x where c is nonzero, else y",
             "none; where(c, 1, none); where(c, none, 1)", jumps="c == 0", exact=True, truths="c"),
    ],
    "rounding and pieces": [
        _Row("abs(x)", "absolute value", "sign(x)", kinks="x == 0", beside="abs(dx)", range="f >= 0", exact=True,
             parity="even"),
        _Row("sign(x)", "−1, 0 or 1", "none", jumps="x == 0", range="-1 <= f <= 1", exact=True, parity="odd"),
        _Row("floor(x)", "nearest integer below", "none", jumps="x == floor(x)", exact=True),
        _Row("ceil(x)", "nearest integer above", "none", jumps="x == ceil(x)", exact=True),
        _Row("round(x)", "nearest integer, halves to even", "none", jumps="x - floor(x) == 0.5",
             exact=True, parity="odd"),
        _Row("trunc(x)", "integer part", "none", jumps="x == trunc(x) and x != 0", exact=True, parity="odd"),
        _Row("heaviside(x, h=0.5)", "0 below zero, 1 above, h at zero",
             "none; where(x == 0, 1, none)", definition="where(x == 0, h, x > 0)", jumps="x == 0"),
        _Row("clip(x, lo, hi)", "x, kept between lo and hi",
             "where(lo < x < hi, 1, where(lo < hi and (x == lo or x == hi), 0.5, none));"
             "where(x == lo, 0.5, where(x < lo, 1, none)); where(x == hi, 0.5, where(x > hi, 1, none))",
             definition="min(max(x, lo), hi)", domain="lo <= hi", kinks="x == lo or x == hi",
             beside="where(lo == hi, where(dlo < dhi, min(max(dx, dlo), dhi), inf - inf),"
                    "where(x == lo, max(dx, dlo), min(dx, dhi)))",
             steps="where(lo <= x <= hi, heaviside(x - lo) - heaviside(x - hi), none);"
                   "where(x <= lo, heaviside(lo - x), none); where(x >= hi, heaviside(x - hi), none)"),
    ],
    "several operands": [
        _Row("min(x, ...)", "least operand; a tie shares the gradient",
             "where(x == f, 1/ties, none)", kinks="ties > 1", beside="min(dx)", pair="min",
             steps="where(x <= rest, heaviside(rest - x), none)"),
        _Row("max(x, ...)", "greatest operand; a tie shares the gradient",
             "where(x == f, 1/ties, none)", kinks="ties > 1", beside="max(dx)", pair="max",
             steps="where(x >= rest, heaviside(x - rest), none)"),
        _Row("sum(x, ...)", "sum, rounded once", "1", pair="+", error="abs(f)", cost=_PLAIN),
        _Row("mean(x, ...)", "arithmetic mean", "1/n", pair="+", error="2*abs(f)", cost=_PLAIN),
        _Row("prod(x, ...)", "product", "rest", pair="*", zeros="x == 0", error="n*abs(f)", cost=_PLAIN),
        _Row("norm(x, ...)", "Euclidean norm", "where(f == 0, none, x/f)", kinks="f == 0", beside="norm(dx)",
             range="f >= 0", pair="hypot", root=1/2,
             harmless="x = 1"),
        _Row("logsumexp(x, ...)", "log of the sum of exponentials", "sigmoid(x - rest)", pair="logaddexp",
             error="3*(abs(f) + log(n))", cost=20),
    ],
    "powers, exponentials and logarithms": [
        _Row("sqrt(x)", "square root", "1/(2*f)", domain="x >= 0", poles="x == 0",
             range="f >= 0", root=1/2, harmless="x = 1"),
        _Row("cbrt(x)", "cube root, of negative numbers too", "1/(3*f^2)", poles="x == 0",
             parity="odd", root=1/3, harmless="x = 1", error="4*abs(f)"),
        _Row("hypot(x, y)", "sqrt(x^2 + y^2)",
             "where(f == 0, none, x/f); where(f == 0, none, y/f)", kinks="f == 0", beside="hypot(dx, dy)",
             range="f >= 0", root=1/2, harmless="x = 1"),
        _Row("exp(x)", "exponential", "f", range="f > 0", harmless="x = 1", growth=1),
        _Row("exp2(x)", "2^x", "f*log(2)", range="f > 0", harmless="x = 1", growth=0.6931471805599454),
        _Row("expm1(x)", "exp(x) - 1, exact near 0", "exp(x)", range="f > -1", harmless="x = 1"),
        _Row("log(x)", "natural logarithm", "1/x", domain="x > 0", poles="x == 0", harmless="x = 1"),
        _Row("log2(x)", "logarithm to base 2", "1/log(2)/x", domain="x > 0", poles="x == 0", harmless="x = 1"),
        _Row("log10(x)", "logarithm to base 10", "1/log(10)/x", domain="x > 0", poles="x == 0", harmless="x = 1"),
        _Row("log1p(x)", "log(1 + x), exact near 0", "1/(1 + x)", domain="x > -1", poles="x == -1", harmless="x = 1"),
        _Row("logaddexp(x, y)", "log(exp(x) + exp(y))", "sigmoid(x - y); sigmoid(y - x)",
             error="3*(abs(f) + abs(max(x, y)))", cost=20),
        _Row("xlogy(x, y)", "x*log(y), and 0 where x is 0",
             "log(y); where(x == 0 and y == 0, none, x/y)", domain="y > 0", poles="y == 0", harmless="y = 1"),
    ],
    "trigonometry (radians)": [
        _Row("sin(x)", "sine", "cos(x)", range="-1 <= f <= 1", parity="odd", period=_TURN),
        _Row("cos(x)", "cosine", "-sin(x)", range="-1 <= f <= 1", parity="even", period=_TURN),
        _Row("tan(x)", "tangent", "1/cos(x)^2", parity="odd", harmless="x = 1", period=_TURN/2),
        _Row("sec(x)", "secant", "f*tan(x)", definition="1/cos(x)", parity="even", harmless="x = 1", period=_TURN),
        _Row("csc(x)", "cosecant", "-f*cot(x)", definition="1/sin(x)", domain="x != 0", poles="x == 0", parity="odd",
             harmless="x = 1", period=_TURN),
        _Row("cot(x)", "cotangent", "-csc(x)^2", definition="1/tan(x)", domain="x != 0", poles="x == 0", parity="odd",
             harmless="x = 1", period=_TURN/2),
        _Row("asin(x)", "inverse sine",
             "1/sqrt((1 - x)*(1 + x))", domain="-1 <= x <= 1", poles="abs(x) == 1",
             range="-pi/2 <= f <= pi/2", parity="odd", harmless="x = 0"),
        _Row("acos(x)", "inverse cosine",
             "-1/sqrt((1 - x)*(1 + x))", domain="-1 <= x <= 1", poles="abs(x) == 1",
             range="0 <= f <= pi", harmless="x = 0"),
        _Row("atan(x)", "inverse tangent", "1/(1 + x^2)", range="-pi/2 < f < pi/2", parity="odd"),
        _Row("atan2(y, x)", "angle of the point (x, y)",
             "h = hypot(x, y); x/h/h; -y/h/h", domain="x != 0 or y != 0", jumps="y == 0 and x <= 0",
             zeros="y == 0 and x > 0 or x == inf", range="-pi <= f <= pi", harmless="y = 1"),
        _Row("sinc(x)", "sin(pi*x)/(pi*x), and 1 at 0",
             "where(abs(x) >= 0.5, (1 - (pi*x*sinc(x/2))^2/2 - f)/x, f*(digamma(1 - x) - digamma(1 + x)))",
             definition="where(x == 0, 1, (1 - 2*(round(abs(x)) % 2))*sin(pi*(abs(x) - round(abs(x))))/(pi*abs(x)))",
             range="-0.2173 < f <= 1", parity="even", cost=400),
        _Row("degrees(x)", "an angle in radians, in degrees", "180/pi", definition="x*(180/pi)", parity="odd"),
        _Row("radians(x)", "an angle in degrees, in radians", "pi/180", definition="x*(pi/180)", parity="odd"),
    ],
    "hyperbolic": [
        _Row("sinh(x)", "hyperbolic sine", "cosh(x)", parity="odd", harmless="x = 1"),
        _Row("cosh(x)", "hyperbolic cosine", "sinh(x)", range="f >= 1", parity="even", harmless="x = 1",
             growth=1),
        _Row("tanh(x)", "hyperbolic tangent", "sech(x)^2", range="-1 < f < 1", parity="odd", taught="1 - f^2"),
        _Row("sech(x)", "hyperbolic secant", "-f*tanh(x)", definition="1/cosh(x)", zeros="abs(x) == inf",
             parity="even"),
        _Row("csch(x)", "hyperbolic cosecant",
             "-f*coth(x)", definition="1/sinh(x)", domain="x != 0", poles="x == 0", zeros="abs(x) == inf", parity="odd",
             harmless="x = 1"),
        _Row("coth(x)", "hyperbolic cotangent",
             "-csch(x)^2", definition="1/tanh(x)", domain="x != 0", poles="x == 0", parity="odd", harmless="x = 1"),
        _Row("asinh(x)", "inverse hyperbolic sine", "1/hypot(1, x)", parity="odd"),
        _Row("acosh(x)", "inverse hyperbolic cosine",
             "1/(sqrt(x - 1)*sqrt(x + 1))", domain="x >= 1", poles="x == 1", range="f >= 0", harmless="x = 2"),
        _Row("atanh(x)", "inverse hyperbolic tangent",
             "1/((1 - x)*(1 + x))", domain="-1 < x < 1", poles="abs(x) == 1", parity="odd", harmless="x = 0"),
    ],
    "special functions": [
        _Row("erf(x)", "error function", "2/sqrt(pi)*exp(-x^2)", range="-1 < f < 1", parity="odd",
             error="8*abs(f)", cost=20),
        _Row("erfc(x)", "1 - erf(x), exact far out", "-2/sqrt(pi)*exp(-x^2)", range="0 < f < 2",
             error="8*abs(f)", cost=20),
        _Row("normcdf(x)", "normal distribution function",
             "normpdf(x)", definition="erfc(-x/sqrt(2))/2", zeros="x == -inf", cost=20),
        _Row("normpdf(x)", "normal density", "-x*f", definition="exp(-x^2/2)/sqrt(2*pi)",
             range="0 < f <= 0.3989422804014327", parity="even"),
        _Row("gamma(x)", "gamma function", "f*digamma(x)", domain=_REGULAR, poles=_POLES, zeros="x == -inf",
             harmless="x = 1", error="20*abs(f)", cost=300),
        _Row("lgamma(x)", "log(abs(gamma(x)))", "digamma(x)", domain=_REGULAR, poles=_POLES, harmless="x = 1",
             error="20*(1 + abs(f) + abs(x)*log1p(abs(x)))", cost=300),
        _Row("digamma(x)", "derivative of log(gamma(x))",
             "polygamma(1, x)", domain=_REGULAR, poles=_POLES, harmless="x = 1",
             error="20*(1 + 2*abs(f) + log1p(abs(x)))", cost=1200),
        _Row("polygamma(n, x)", "n-th derivative of digamma, n = 0 to 1000",
             "inf - inf; polygamma(n + 1, x)", domain=f"0 <= n <= 1000 and n == floor(n) and ({_REGULAR})",
             poles=_POLES, harmless="x = 1",
             error="where(n == 0, 20*(1 + 2*abs(f) + log1p(abs(x))), 100*abs(f))", cost=2000),
    ],
    "neural networks": [
        _Row("sigmoid(x)", "1/(1 + exp(-x))",
             "f*sigmoid(-x)", definition="where(x >= 0, 1/(1 + exp(-x)), exp(x)/(1 + exp(x)))", range="0 < f < 1",
             taught="f*(1 - f)"),
        _Row("logit(x)", "log(x/(1 - x)), the inverse of sigmoid", "1/(x*(1 - x))",
             definition="where(abs(x - 0.5) < 0.25, 2*atanh(2*x - 1), log(x) - log1p(-x))",
             domain="0 < x < 1", poles="x == 0 or x == 1", harmless="x = 0.5"),
        _Row("softplus(x)", "log(1 + exp(x))", "sigmoid(x)", definition="max(x, 0) + log1p(exp(-abs(x)))",
             range="f > 0"),
        _Row("logsigmoid(x)", "log(sigmoid(x))", "sigmoid(-x)", definition="-softplus(-x)", zeros="x == inf"),
        _Row("relu(x)", "max(x, 0)", "where(x > 0, 1, none)", definition="max(x, 0)", kinks="x == 0",
             beside="max(dx, 0)"),
        _Row("leaky_relu(x, a=0.01)", "x above 0, a*x below",
             "where(x > 0, 1, a); where(x > 0, none, x)", definition="where(x > 0, x, a*x)",
             kinks="x == 0 and a != 1", beside="where(dx > 0, dx, a*dx)"),
        _Row("elu(x, a=1)", "x above 0, a*(exp(x) - 1) below",
             "where(x > 0, 1, a*exp(x)); where(x > 0, none, expm1(x))", definition="where(x > 0, x, a*expm1(x))",
             kinks="x == 0 and a != 1", beside="where(dx > 0, dx, a*dx)"),
        _Row("gelu(x)", "x times the normal distribution function at x",
             "erfc(-x/sqrt(2))/2 + x*exp(-x^2/2)/sqrt(2*pi)", definition="x*erfc(-x/sqrt(2))/2", range="f > -0.17",
             zeros="x == 0 or x == -inf"),
        _Row("silu(x)", "x*sigmoid(x), also called swish",
             "sigmoid(x)*(1 + x*sigmoid(-x))", definition="x*sigmoid(x)", range="f > -0.2785",
             zeros="x == 0 or x == -inf"),
        _Row("bce_with_logits(z, y)", "binary cross-entropy of the logit z for the target y",
             "(1 - y)*sigmoid(z) - y*sigmoid(-z); -z",
             definition="(1 - y)*max(z, 0) + y*max(-z, 0) + log1p(exp(-abs(z)))"),
    ],
}
# fmt: on


def _by_name() -> dict[str, Primitive]:
    for group, rows in _TABLE.items():
        for row in rows:
            row.group = group
    return {row.name: row for rows in _TABLE.values() for row in rows}


PRIMITIVES: dict[str, Primitive] = _by_name()
"""The rows by name, in the order of the table."""

TRUTHS = frozenset(name for name, row in PRIMITIVES.items() if row.is_truth)
"""Primitives whose result is 1 or 0."""

ALIASES = {
    "pow": "^",
    "mod": "%",
    "ln": "log",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
}
"""Other names of primitives in calls."""

CONSTANTS = {"pi": 3.141592653589793, "inf": float("inf"), "π": 3.141592653589793}
"""Named constants."""


def function(name: str) -> Primitive | None:
    """Find the primitive that a call to `name` means, or None."""
    row = PRIMITIVES.get(ALIASES.get(name, name))
    return row if row is not None and (row.notation == "call" or name in ALIASES) else None


def function_names() -> list[str]:
    """List every name that a call may use."""
    return [*(name for name, row in PRIMITIVES.items() if row.notation == "call"), *ALIASES]
