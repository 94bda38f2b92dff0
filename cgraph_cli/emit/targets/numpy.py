"""NumPy: a function of arrays, which are broadcast; special functions come from SciPy."""

from __future__ import annotations

from cgraph_cli.emit.targets.python_family import ARITHMETIC, LOGIC, POWERS, PythonArrays, Pythonic
from cgraph_cli.emit.terms import Template, calls

_NUMPY = {
    **{name: name for name in ("abs", "sign", "floor", "ceil", "trunc", "sqrt", "cbrt", "hypot", "exp", "exp2", "expm1",
                               "log", "log2", "log10", "log1p", "logaddexp", "sin", "cos", "tan", "sinh", "cosh",
                               "tanh")},
    **{name: f"arc{name[1:]}" for name in ("asin", "acos", "atan", "atan2", "asinh", "acosh", "atanh")},
    "%": "remainder",
    "round": "rint",
    "min": "minimum",
    "max": "maximum",
}  # fmt: skip

TEMPLATES = {
    **ARITHMETIC,
    **LOGIC,
    **POWERS,
    "not": Template("np.logical_not({0})"),  # of a constant too, whose comparisons are Python's own truths
    **calls({primitive: f"np.{name}" for primitive, name in _NUMPY.items()}),
    "where": Template("np.where({0}, {1}, {2})", boxed="all"),
    **calls({"erf": "special.erf", "erfc": "special.erfc", "gamma": "special.gamma", "lgamma": "special.gammaln",
             "digamma": "special.digamma", "polygamma": "special.polygamma"}),
}  # fmt: skip

NUMBERS = {"inf": "np.inf", "nan": "np.nan", "3.141592653589793": "np.pi"}


class NumPy(PythonArrays):
    """NumPy, with SciPy for special functions."""

    name = "numpy"
    title = "NumPy"
    imports = ("import numpy as np", "from scipy import special")
    decorators = ('@np.errstate(all="ignore")',)
    alias = "np"
    numbers = NUMBERS
    templates = TEMPLATES
    to_number = Template("np.where({0}, 1.0, 0.0)")
    reserved = Pythonic.reserved | {"np", "special", "v"}


TARGET = NumPy()
