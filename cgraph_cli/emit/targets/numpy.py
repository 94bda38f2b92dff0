"""NumPy: a function of arrays, which are broadcast; special functions come from SciPy."""

from __future__ import annotations

from typing import Any

from cgraph_cli.emit.structures import along, cross_entropy, numpy_structures
from cgraph_cli.emit.targets.python_family import ARITHMETIC, LOGIC, POWERS, PRODUCT, PythonArrays, Pythonic
from cgraph_cli.emit.terms import Template, calls
from cgraph_cli.evaluation.arrays.spellings import NUMPY_NAMES

TEMPLATES = {
    **ARITHMETIC,
    **LOGIC,
    **POWERS,
    "not": Template("np.logical_not({0})"),  # a constant too, whose comparisons would be Python's own truths
    **calls({primitive: f"np.{name}" for primitive, name in NUMPY_NAMES.items()}),
    "where": Template("np.where({0}, {1}, {2})", boxed="all"),
    **calls({"erf": "special.erf", "erfc": "special.erfc", "gamma": "special.gamma", "lgamma": "special.gammaln",
             "digamma": "special.digamma", "polygamma": "special.polygamma"}),
}  # fmt: skip

STRUCTURES = numpy_structures(
    "np",
    PRODUCT,
    {
        "logsumexp": lambda args, shapes: Template(f"np.logaddexp.reduce({{0}}, axis={_axes(args)})"),
        "softmax": along("special.softmax({{0}}, axis={})"),
        "log_softmax": along("special.log_softmax({{0}}, axis={})"),
        "cross_entropy": cross_entropy("special.log_softmax({0}, axis=-1)", "np", ".astype(int)"),
        "conv2d": lambda args, shapes: Template(
            f"np.einsum('ijkl,kl->ij', np.lib.stride_tricks.sliding_window_view({{0}}, {shapes[1]}), {{1}})"
        ),
    },
)

HELPERS = {
    "logdet": """\
def logdet(x):
    \"\"\"Logarithm of the determinant, where that is positive.\"\"\"
    sign, size = np.linalg.slogdet(x)
    return np.log(sign) + size""",
    "cholesky": """\
def cholesky(x):
    \"\"\"Lower triangle whose product with its transpose is the symmetric part of a matrix.\"\"\"
    return np.linalg.cholesky((x + x.T) / 2)""",
}

NUMBERS = {"inf": "np.inf", "nan": "np.nan", "3.141592653589793": "np.pi"}


def _axes(args: tuple[Any, ...]) -> int | tuple[int, ...] | None:
    axes, rank = args
    return None if len(axes) == rank else axes[0] if len(axes) == 1 else axes


class NumPy(PythonArrays):
    """NumPy, with SciPy for special functions."""

    name = "numpy"
    title = "NumPy"
    imports = ("import numpy as np", "from scipy import special")
    decorators = ('@np.errstate(all="ignore")',)
    alias = "np"
    numbers = NUMBERS
    templates = TEMPLATES
    structures = STRUCTURES
    helpers = HELPERS
    to_number = Template("np.where({0}, 1.0, 0.0)")
    reserved = Pythonic.reserved | {"np", "special", "v"}


TARGET = NumPy()
