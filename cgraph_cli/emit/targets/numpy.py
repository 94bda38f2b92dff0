"""NumPy: a function of arrays, which are broadcast; special functions come from SciPy."""

from __future__ import annotations

from typing import Any

from cgraph_cli.emit.structures import along, call, numpy_structures
from cgraph_cli.emit.targets.python_family import ARITHMETIC, LOGIC, POWERS, PRODUCT, PythonArrays, Pythonic
from cgraph_cli.emit.terms import Template, calls
from cgraph_cli.evaluation.arrays.spellings import NUMPY_NAMES

SPECIAL = {
    "erf": "special.erf", "erfc": "special.erfc", "gamma": "special.gamma", "lgamma": "special.gammaln",
    "digamma": "special.digamma", "polygamma": "special.polygamma",
}  # fmt: skip
"""The primitives that SciPy has."""

TEMPLATES = {
    **ARITHMETIC,
    **LOGIC,
    **POWERS,
    "not": Template("np.logical_not({0})"),  # a constant too, whose comparisons would be Python's own truths
    **calls({primitive: f"np.{name}" for primitive, name in NUMPY_NAMES.items()}),
    "where": Template("np.where({0}, {1}, {2})", boxed="all"),
    **calls(SPECIAL),
}

STRUCTURES = numpy_structures(
    "np",
    PRODUCT,
    {
        "logsumexp": lambda args, shapes: Template(f"np.logaddexp.reduce({{0}}, axis={_axes(args)})"),
        "softmax": along("softmax({{0}}, axis={})"),
        "log_softmax": along("log_softmax({{0}}, axis={})"),
        "cross_entropy": call("cross_entropy({0}, {1})"),
        "conv2d": lambda args, shapes: Template(
            f"np.einsum('ijkl,kl->ij', np.lib.stride_tricks.sliding_window_view({{0}}, {shapes[1]}), {{1}})"
        ),
    },
)

HELPERS = {
    "softmax": """\
def softmax(x, axis=-1):
    \"\"\"exp(x)/sum(exp(x)) along an axis.\"\"\"
    most = np.max(x, axis=axis, keepdims=True)
    terms = np.exp(x - np.where(np.isfinite(most), most, 0))
    return terms / np.sum(terms, axis=axis, keepdims=True)""",
    "log_softmax": """\
def log_softmax(x, axis=-1):
    \"\"\"Logarithm of softmax.\"\"\"
    most = np.max(x, axis=axis, keepdims=True)
    x = x - np.where(np.isfinite(most), most, 0)
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))""",
    "cross_entropy": """\
def cross_entropy(z, k):
    \"\"\"Mean of -log_softmax(z) at the classes k.\"\"\"
    return -np.mean(log_softmax(z)[np.arange(len(k)), k.astype(int)])""",
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
