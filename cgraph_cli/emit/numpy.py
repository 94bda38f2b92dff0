"""NumPy: a function of arrays, which are broadcast; special functions come from SciPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgraph_cli.emit.pythonic import ARITHMETIC, LOGIC, POWERS, Pythonic
from cgraph_cli.emit.target import Template, Term, calls

if TYPE_CHECKING:
    from cgraph_cli.emit.module import Module

_NUMPY = {
    **{name: name for name in ("abs", "sign", "floor", "ceil", "trunc", "sqrt", "cbrt", "hypot", "exp", "exp2", "expm1",
                               "log", "log2", "log10", "log1p", "logaddexp", "sin", "cos", "tan", "sinh", "cosh",
                               "tanh")},
    **{name: f"arc{name[1:]}" for name in ("asin", "acos", "atan", "atan2", "asinh", "acosh", "atanh")},
    "%": "remainder",
    "round": "rint",
    "min": "minimum",
    "max": "maximum",
    "where": "where",
}  # fmt: skip

TEMPLATES = {
    **ARITHMETIC,
    **LOGIC,
    **POWERS,
    **calls({primitive: f"np.{name}" for primitive, name in _NUMPY.items()}),
    **calls({"erf": "special.erf", "erfc": "special.erfc", "gamma": "special.gamma", "lgamma": "special.gammaln",
             "digamma": "special.digamma", "polygamma": "special.polygamma"}),
}  # fmt: skip

NUMBERS = {"inf": "np.inf", "nan": "np.nan", "3.141592653589793": "np.pi"}


class NumPy(Pythonic):
    """NumPy, with SciPy for special functions."""

    name = "numpy"
    title = "NumPy"
    imports = ("import numpy as np", "from scipy import special")
    decorators = ('@np.errstate(all="ignore")',)
    arrays = "Takes numbers or arrays, and broadcasts them; all results have their common shape."
    numbers = NUMBERS
    templates = TEMPLATES
    to_number = Template("{0}.astype(float)", 100, 100)
    reserved = Pythonic.reserved | {"np", "special", "v"}

    def opening(self, module: Module) -> list[str]:
        """Inputs become arrays of doubles, of one shape."""
        names = [p.variable for p in module.parameters]
        if len(names) < 2:
            return [f"{name} = np.asarray({name}, dtype=float)" for name in names]
        listed = ", ".join(names)
        return [f"{listed} = (np.asarray(v, dtype=float) for v in np.broadcast_arrays({listed}))"]

    def result(self, module: Module, term: Term) -> str:
        """A number that is returned, of the inputs' shape where it is a constant."""
        if module.parameters and term.constant:
            return f"np.full_like({module.parameters[0].variable}, {term.text})"
        return term.text


TARGET = NumPy()
