"""NumPy: a function of arrays, which are broadcast; special functions come from SciPy."""

from __future__ import annotations

from cgraph_cli.emit.targets.python_family import ARITHMETIC, LOGIC, POWERS, PythonArrays, Pythonic
from cgraph_cli.emit.terms import Template, calls
from cgraph_cli.evaluation.arrays.spellings import NUMPY_NAMES

TEMPLATES = {
    **ARITHMETIC,
    **LOGIC,
    **POWERS,
    "not": Template("np.logical_not({0})"),  # of a constant too, whose comparisons are Python's own truths
    **calls({primitive: f"np.{name}" for primitive, name in NUMPY_NAMES.items()}),
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
