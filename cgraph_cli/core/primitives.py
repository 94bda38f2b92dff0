"""The table of primitives: every operation and function of the language, with its local partials.

Each row is data. Its partials are written once, in cgraph's own language, as a program whose bare expressions are
the partials in the order of the parameters; everything else (values and gradients in any arithmetic, the listing of
`cgraph functions`, the tests) is derived from the row. In scope are the parameters and

    f       the operation's own result (`1/(2*f)` for the root: one call less, and `inf` at 0)

and, in a row of any number of operands, whose single partial is that of the operand `x`,

    n       how many operands there are
    ties    how many operands equal the result
    rest    the operation applied to all the other operands

A literal `0` in a rule says that the result does not depend on that parameter there, whatever the chain brings:
this is how the untaken branch of a `where` stays out of both sweeps. A rule's form is chosen for its digits in the
tails: `sech(x)^2` and not `1 - f^2`, which has none left at 19. Formulas: NIST Digital Library of Mathematical
Functions (DLMF), chapters 4 (elementary), 5 (gamma) and 7 (error functions).

Conditions (`domain`, `kinks`, `jumps`, `poles`) are expressions over the same names. An empty domain means
everywhere. At a kink the left and right derivatives differ; at a jump the value does; at a pole the value or the
slope is infinite.
"""

from __future__ import annotations


class Primitive:
    """One row of the table.

    `parameters` are names; `defaults` are the values of the last of them, where those may be left out. `variadic`
    rows take any number of operands, at least one. `notation` is `infix`, `prefix` or `call`. `definition`
    expresses the value by other primitives, for whoever lacks it.
    """

    __slots__ = (
        "defaults",
        "definition",
        "domain",
        "group",
        "jumps",
        "kinks",
        "name",
        "notation",
        "parameters",
        "poles",
        "rule",
        "signature",
        "summary",
        "variadic",
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
        jumps: str = "",
        poles: str = "",
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
        self.jumps = jumps
        self.poles = poles
        self.group = ""

    @property
    def arity(self) -> str:
        """How many arguments a call takes, in words."""
        most = len(self.parameters)
        least = most - len(self.defaults)
        if self.variadic:
            return "at least 1 argument"
        if least < most:
            return f"{least} to {most} arguments"
        return f"{most} argument{'s' if most != 1 else ''}"

    def takes(self, count: int) -> bool:
        """Whether a call with `count` arguments is right."""
        if self.variadic:
            return count >= 1
        return len(self.parameters) - len(self.defaults) <= count <= len(self.parameters)

    def __repr__(self) -> str:
        return f"<Primitive {self.signature}>"


_Row = Primitive
_REGULAR = "x > 0 or x != floor(x)"  # where Γ and its logarithmic derivatives are finite

_POLES = "x <= 0 and x == floor(x)"

# fmt: off
_TABLE = {
    "arithmetic": [
        _Row("x + y", "sum", "1; 1"),
        _Row("x - y", "difference", "1; -1"),
        _Row("x * y", "product", "y; x"),
        _Row("x / y", "quotient", "1/y; -f/y", domain="y != 0", poles="y == 0"),
        _Row("x % y", "remainder, with the sign of the divisor",
             "1; -round((x - f)/y)", domain="y != 0", jumps="f == 0"),
        _Row("x ^ y", "power",
             "where(y == 0, 0, where(1 <= abs(y) < 2^53 or x == 0, y*x^(y - 1), y*f/x)); xlogy(f, x)",
             domain="x > 0 or y == floor(y) and (x != 0 or y >= 0) or x == 0 and y > 0",
             poles="x == 0 and y < 1 and y != 0"),
        _Row("-x", "negative", "-1", name="neg"),
        _Row("x", "the operand itself, as a node of its own (`d = c`)", "1", name="identity"),
    ],
    "comparison and logic (1 or 0)": [
        _Row("x == y", "equal", "0; 0", jumps="x == y"),
        _Row("x != y", "not equal", "0; 0", jumps="x == y"),
        _Row("x < y", "less", "0; 0", jumps="x == y"),
        _Row("x <= y", "less or equal", "0; 0", jumps="x == y"),
        _Row("x > y", "greater", "0; 0", jumps="x == y"),
        _Row("x >= y", "greater or equal", "0; 0", jumps="x == y"),
        _Row("x and y", "both are nonzero", "0; 0", jumps="x == 0 or y == 0"),
        _Row("x or y", "at least one is nonzero", "0; 0", jumps="x == 0 and y == 0"),
        _Row("not x", "is zero", "0", jumps="x == 0"),
        _Row("where(c, x, y)", "x where c is nonzero, else y",
             "0; where(c, 1, 0); where(c, 0, 1)", jumps="c == 0"),
    ],
    "rounding and pieces": [
        _Row("abs(x)", "absolute value", "sign(x)", kinks="x == 0"),
        _Row("sign(x)", "−1, 0 or 1", "0", jumps="x == 0"),
        _Row("floor(x)", "nearest integer below", "0", jumps="x == floor(x)"),
        _Row("ceil(x)", "nearest integer above", "0", jumps="x == ceil(x)"),
        _Row("round(x)", "nearest integer, halves to even", "0", jumps="x - floor(x) == 0.5"),
        _Row("trunc(x)", "integer part", "0", jumps="x == trunc(x) and x != 0"),
        _Row("heaviside(x, h=0.5)", "0 below zero, 1 above, h at zero",
             "0; where(x == 0, 1, 0)", definition="where(x == 0, h, x > 0)", jumps="x == 0"),
        _Row("clip(x, lo, hi)", "x, kept between lo and hi",
             "where(lo < x < hi, 1, where(lo < hi and (x == lo or x == hi), 0.5, 0));"
             "where(x == lo, 0.5, where(x < lo, 1, 0)); where(x == hi, 0.5, where(x > hi, 1, 0))",
             definition="min(max(x, lo), hi)", domain="lo <= hi", kinks="x == lo or x == hi"),
    ],
    "several operands": [
        _Row("min(x, ...)", "least operand; a tie shares the gradient",
             "where(x == f, 1/ties, 0)", kinks="ties > 1"),
        _Row("max(x, ...)", "greatest operand; a tie shares the gradient",
             "where(x == f, 1/ties, 0)", kinks="ties > 1"),
        _Row("sum(x, ...)", "sum, rounded once", "1"),
        _Row("mean(x, ...)", "arithmetic mean", "1/n"),
        _Row("prod(x, ...)", "product", "rest"),
        _Row("norm(x, ...)", "Euclidean norm", "where(f == 0, 0, x/f)", kinks="f == 0"),
        _Row("logsumexp(x, ...)", "log of the sum of exponentials", "sigmoid(x - rest)"),
    ],
    "powers, exponentials and logarithms": [
        _Row("sqrt(x)", "square root", "1/(2*f)", domain="x >= 0", poles="x == 0"),
        _Row("cbrt(x)", "cube root, of negative numbers too", "1/(3*f^2)", poles="x == 0"),
        _Row("hypot(x, y)", "sqrt(x^2 + y^2)",
             "where(f == 0, 0, x/f); where(f == 0, 0, y/f)", kinks="f == 0"),
        _Row("exp(x)", "exponential", "f"),
        _Row("exp2(x)", "2^x", "f*log(2)"),
        _Row("expm1(x)", "exp(x) - 1, exact near 0", "exp(x)"),
        _Row("log(x)", "natural logarithm", "1/x", domain="x > 0", poles="x == 0"),
        _Row("log2(x)", "logarithm to base 2", "1/log(2)/x", domain="x > 0", poles="x == 0"),
        _Row("log10(x)", "logarithm to base 10", "1/log(10)/x", domain="x > 0", poles="x == 0"),
        _Row("log1p(x)", "log(1 + x), exact near 0", "1/(1 + x)", domain="x > -1", poles="x == -1"),
        _Row("logaddexp(x, y)", "log(exp(x) + exp(y))", "sigmoid(x - y); sigmoid(y - x)"),
        _Row("xlogy(x, y)", "x*log(y), and 0 where x is 0",
             "log(y); where(x == 0, 0, x/y)", domain="y > 0", poles="y == 0"),
    ],
    "trigonometry (radians)": [
        _Row("sin(x)", "sine", "cos(x)"),
        _Row("cos(x)", "cosine", "-sin(x)"),
        _Row("tan(x)", "tangent", "1/cos(x)^2"),
        _Row("sec(x)", "secant", "f*tan(x)", definition="1/cos(x)"),
        _Row("csc(x)", "cosecant", "-f*cot(x)", definition="1/sin(x)", domain="x != 0", poles="x == 0"),
        _Row("cot(x)", "cotangent", "-csc(x)^2", definition="1/tan(x)", domain="x != 0", poles="x == 0"),
        _Row("asin(x)", "inverse sine",
             "1/sqrt((1 - x)*(1 + x))", domain="-1 <= x <= 1", poles="abs(x) == 1"),
        _Row("acos(x)", "inverse cosine",
             "-1/sqrt((1 - x)*(1 + x))", domain="-1 <= x <= 1", poles="abs(x) == 1"),
        _Row("atan(x)", "inverse tangent", "1/(1 + x^2)"),
        _Row("atan2(y, x)", "angle of the point (x, y)",
             "h = hypot(x, y); x/h/h; -y/h/h", domain="x != 0 or y != 0", jumps="y == 0 and x <= 0"),
    ],
    "hyperbolic": [
        _Row("sinh(x)", "hyperbolic sine", "cosh(x)"),
        _Row("cosh(x)", "hyperbolic cosine", "sinh(x)"),
        _Row("tanh(x)", "hyperbolic tangent", "sech(x)^2"),
        _Row("sech(x)", "hyperbolic secant", "-f*tanh(x)", definition="1/cosh(x)"),
        _Row("csch(x)", "hyperbolic cosecant",
             "-f*coth(x)", definition="1/sinh(x)", domain="x != 0", poles="x == 0"),
        _Row("coth(x)", "hyperbolic cotangent",
             "-csch(x)^2", definition="1/tanh(x)", domain="x != 0", poles="x == 0"),
        _Row("asinh(x)", "inverse hyperbolic sine", "1/hypot(1, x)"),
        _Row("acosh(x)", "inverse hyperbolic cosine",
             "1/(sqrt(x - 1)*sqrt(x + 1))", domain="x >= 1", poles="x == 1"),
        _Row("atanh(x)", "inverse hyperbolic tangent",
             "1/((1 - x)*(1 + x))", domain="-1 < x < 1", poles="abs(x) == 1"),
    ],
    "special functions": [
        _Row("erf(x)", "error function", "2/sqrt(pi)*exp(-x^2)"),
        _Row("erfc(x)", "1 - erf(x), exact far out", "-2/sqrt(pi)*exp(-x^2)"),
        _Row("gamma(x)", "gamma function", "f*digamma(x)", domain=_REGULAR, poles=_POLES),
        _Row("lgamma(x)", "log(abs(gamma(x)))", "digamma(x)", domain=_REGULAR, poles=_POLES),
        _Row("digamma(x)", "derivative of log(gamma(x))",
             "polygamma(1, x)", domain=_REGULAR, poles=_POLES),
        _Row("polygamma(n, x)", "n-th derivative of digamma, n = 0 to 1000",
             "inf - inf; polygamma(n + 1, x)", domain=f"0 <= n <= 1000 and n == floor(n) and ({_REGULAR})",
             poles=_POLES),
    ],
    "neural networks": [
        _Row("sigmoid(x)", "1/(1 + exp(-x))",
             "f*sigmoid(-x)", definition="where(x >= 0, 1/(1 + exp(-x)), exp(x)/(1 + exp(x)))"),
        _Row("softplus(x)", "log(1 + exp(x))", "sigmoid(x)", definition="max(x, 0) + log1p(exp(-abs(x)))"),
        _Row("logsigmoid(x)", "log(sigmoid(x))", "sigmoid(-x)", definition="-softplus(-x)"),
        _Row("relu(x)", "max(x, 0)", "where(x > 0, 1, 0)", definition="max(x, 0)", kinks="x == 0"),
        _Row("leaky_relu(x, a=0.01)", "x above 0, a*x below",
             "where(x > 0, 1, a); where(x > 0, 0, x)", definition="where(x > 0, x, a*x)",
             kinks="x == 0 and a != 1"),
        _Row("elu(x, a=1)", "x above 0, a*(exp(x) - 1) below",
             "where(x > 0, 1, a*exp(x)); where(x > 0, 0, expm1(x))", definition="where(x > 0, x, a*expm1(x))",
             kinks="x == 0 and a != 1"),
        _Row("gelu(x)", "x times the normal distribution function at x",
             "erfc(-x/sqrt(2))/2 + x*exp(-x^2/2)/sqrt(2*pi)", definition="x*erfc(-x/sqrt(2))/2"),
        _Row("silu(x)", "x*sigmoid(x), also called swish",
             "sigmoid(x)*(1 + x*sigmoid(-x))", definition="x*sigmoid(x)"),
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

TRUTHS = frozenset({"==", "!=", "<", "<=", ">", ">=", "and", "or", "not"})
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
"""Other names by which a call may say a primitive."""

CONSTANTS = {"pi": 3.141592653589793, "inf": float("inf"), "π": 3.141592653589793}
"""Named constants."""


def function(name: str) -> Primitive | None:
    """The primitive that a call to `name` means, or None where there is none."""
    row = PRIMITIVES.get(ALIASES.get(name, name))
    return row if row is not None and (row.notation == "call" or name in ALIASES) else None


def function_names() -> list[str]:
    """Every name that a call may use."""
    return [*(name for name, row in PRIMITIVES.items() if row.notation == "call"), *ALIASES]
