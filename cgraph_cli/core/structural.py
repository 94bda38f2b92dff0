"""The table of structural primitives: the functions of arrays beside the elementwise rows of `primitives`.

A row with `definitions` is defined by them, in the language itself, chosen by the ranks of its operands. The others are
operations of the graph of arrays: `symbolic/arrays/operations.py` has their shapes, and `symbolic/arrays/scalarize.py`
their meaning in scalars. So are convolutions (`nested`), whose definitions would be copied for each element.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


class Structural:
    """One row: a function of arrays, the form of its call, and its definitions by the ranks of its operands.

    `keywords` are the arguments that have to be named. `fixed` are the parameters that only determine the result's
    shape, and that have to be static; `axis` is always one. A definition writes the call's axis as `{axis}`, and the
    colons before it in an index as `{before}`. `nested` are two parameters: along each axis the first is no larger
    than the second, and not empty. `axis` is the default.
    """

    __slots__ = (
        "axis",
        "definitions",
        "fixed",
        "keywords",
        "name",
        "nested",
        "parameters",
        "required",
        "signature",
        "summary",
        "variadic",
    )

    def __init__(
        self,
        signature: str,
        summary: str,
        definitions: Mapping[str, str] | None = None,
        fixed: str = "",
        nested: tuple[str, str] | None = None,
    ) -> None:
        self.signature = signature
        self.summary = summary
        self.name, inside = signature[:-1].split("(")
        words = re.findall(r"(\*?)(\w+)(=?)", re.sub(r"=-?\d", "=", inside))
        default = re.search(r"axis=(-?\d)", inside)
        self.axis = int(default[1]) if default else None
        self.variadic = any(star for star, _, _ in words)
        self.parameters = tuple(word for _, word, _ in words)
        self.keywords = frozenset(word for _, word, default in words if default)
        self.required = sum(1 for star, _, default in words if not star and not default)
        self.definitions = definitions or {}
        self.fixed = frozenset(fixed.split()) | {"axis"}
        self.nested = nested

    def shown_definitions(self) -> dict[str, str]:
        """Write the definitions as programs, by the ranks of the operands, with names, and along the default axis."""
        return {
            ranks: text.replace("f(", f"{self.name}(", 1).format(axis=self.axis, before="..., ")
            for ranks, text in self.definitions.items()
        }

    def __repr__(self) -> str:
        return f"<Structural {self.signature}>"


_Row = Structural

# fmt: off
_TABLE = [
    _Row("size(x, axis=0)", "number of elements, or of places along an axis", fixed="x"),
    _Row("range(*n)", "whole numbers from 0 up to n, or from the first to the second in steps of the third", fixed="n"),
    _Row("zeros(*n)", "array of zeros of a shape", fixed="n"),
    _Row("ones(*n)", "array of ones of a shape", fixed="n"),
    _Row("eye(*n)", "identity matrix, or of two sizes its first rows and columns", fixed="n"),
    _Row("linspace(a, b, n)", "n numbers from a to b at equal distances",
         {"000": "f(a, b, n) = a + (b - a)*(range(n)/max(n - 1, 1))",
          "": "f(a, b, n) = [a + (b - a)*(i/max(n - 1, 1)) for i in range(n)]"}, fixed="n"),
    _Row("reshape(x, *n)", "the elements in another shape; one size may be -1", fixed="n"),
    _Row("transpose(x, *axes)", "the axes in another order; without it in reverse, as `x.T`", fixed="axes"),
    _Row("concat(*x, axis=0)", "arrays one after another along an axis"),
    _Row("stack(*x, axis=0)", "arrays of one shape along a new axis"),
    _Row("diag(x)", "the diagonal of a matrix, or the matrix with a vector on its diagonal",
         {"1": "f(x) = x[:, None]*eye(size(x))",
          "2": "f(x) = [x[i, i] for i in range(min(size(x, axis=0), size(x, axis=1)))]"}),
    _Row("trace(x)", "sum of a matrix's diagonal", {"2": "f(x) = sum(diag(x))"}),
    _Row("dot(x, y)", "sum of the products of two vectors", {"11": "f(x, y) = x @ y"}),
    _Row("outer(x, y)", "matrix of all products of two vectors", {"11": "f(x, y) = x[:, None]*y[None, :]"}),
    _Row("cumsum(x)", "sums of the first 1, 2, … elements of a vector"),
    _Row("pick(x, k)", "element k[i] of row i of a matrix: x[i, k[i]]", fixed="k"),
    _Row("softmax(x, axis=-1)", "exp(x)/sum(exp(x)) along an axis, the last by default",
         {"1": "f(x) = exp(x - logsumexp(x))",
          "": "f(x) = exp(x - logsumexp(x, axis={axis})[{before}None])"}),
    _Row("log_softmax(x, axis=-1)", "logarithm of softmax",
         {"1": "f(x) = x - logsumexp(x)", "": "f(x) = x - logsumexp(x, axis={axis})[{before}None]"}),
    _Row("cross_entropy(z, k)", "mean of -log_softmax(z) at the classes k, or weighted by rows k that add up to 1",
         {"10": "f(z, k) = logsumexp(z) - z[k]",
          "11": "f(z, k) = -sum(k*log_softmax(z))",
          "21": "f(z, k) = mean(logsumexp(z, axis=-1) - pick(z, k))",
          "22": "f(z, k) = -sum(k*log_softmax(z))/size(z, axis=0)"}),
    _Row("conv1d(x, w)", "sums of the products of w with each stretch of x (no reflection, no padding)",
         {"11": "f(x, w) = [sum(x[i:i + size(w)]*w) for i in range(size(x) - size(w) + 1)]"}, nested=("w", "x")),
    _Row("conv2d(x, w)", "the same over each rectangle of a matrix",
         {"22": "f(x, w) = [[sum(x[i:i + size(w, axis=0), j:j + size(w, axis=1)]*w)"
                " for j in range(size(x, axis=1) - size(w, axis=1) + 1)]"
                " for i in range(size(x, axis=0) - size(w, axis=0) + 1)]"}, nested=("w", "x")),
    _Row("solve(A, b)", "x with A @ x = b"),
    _Row("inv(A)", "inverse of a matrix"),
    _Row("det(A)", "determinant"),
    _Row("logdet(A)", "logarithm of the determinant, where that is positive"),
    _Row("cholesky(A)", "lower triangle L with L @ L.T = (A + A.T)/2, which is A if it is symmetric"),
]
# fmt: on

STRUCTURAL: dict[str, Structural] = {row.name: row for row in _TABLE}
"""The rows by name, in the order of the table."""
