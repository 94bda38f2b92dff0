"""NumPy's names for primitives, for its algebra and for emitted code."""

from __future__ import annotations

NUMPY_NAMES = {
    **{name: name for name in ("abs", "sign", "floor", "ceil", "trunc", "sqrt", "cbrt", "hypot", "exp", "exp2", "expm1",
                               "log", "log2", "log10", "log1p", "logaddexp", "sin", "cos", "tan", "sinh", "cosh",
                               "tanh")},
    **{f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")},
    "%": "remainder",
    "round": "rint",
    "min": "minimum",
    "max": "maximum",
}  # fmt: skip
"""NumPy's name of each primitive that it has as a function."""
