"""Random programs in the whole grammar: numbers, vectors and matrices, loops, gradients, uncertainties and functions.

Most fit together, so that commands get far with them; some do not, so that errors are met too.
"""

from __future__ import annotations

import re

from hypothesis import strategies as st

SCALAR, VECTOR, MATRIX = "scalar", "vector", "matrix"
KINDS = (SCALAR, VECTOR, MATRIX)
NAMED = {SCALAR: ["x", "y", "θ", "k"], VECTOR: ["v", "w", "Δ"], MATRIX: ["A", "B"]}

NUMBERS = st.one_of(
    st.sampled_from(["0", "1", "2", "3", "0.5", "-1", "1e-9", "1e300", "1e-300", "pi", "inf", "5e-324"]),
    st.floats(-9, 9).map(lambda x: f"{x:.3g}"),
)
FUNCTIONS = st.sampled_from(
    ("sin", "exp", "log", "sqrt", "tanh", "abs", "gamma", "lgamma", "erf", "relu", "floor", "round", "sign", "sigmoid",
     "acos", "cbrt", "softplus", "digamma", "sinc", "normcdf", "logit", "sech", "cot", "acosh")
)  # fmt: skip
REDUCTIONS = st.sampled_from(("sum", "mean", "prod", "min", "max", "norm", "logsumexp", "size"))
INDICES = st.sampled_from(["0", "0", "1", "1", "-1", "2"])
OPERATORS = st.sampled_from(("+", "-", "*", "/", "^", "%", "<", "<=", "==", "and", "or", "×", "·"))

SCALARS = ("{R}({v})", "{R}({m})", "{v} @ {v}", "{v}[{i}]", "{m}[{i}, {i}]", "det({m})", "trace({m})", "dot({v}, {v})",
           "sum({s}*i for i in range({n}))", "where({s} > {s}, {s}, {s})", "max({s}, {s}, {s})", "clip({s}, 0, 1)",
           "atan2({s}, {s})", "polygamma(1, {s})", "mod({s}, {s})", "logdet({m})", "cross_entropy({v}, {i})",
           "grad({s}, x)", "hypot({s}, {s})", "f({s}, {s})")  # fmt: skip
VECTORS = ("[{s}, {s}]", "{m} @ {v}", "{m}[{i}]", "{m}[:, {i}]", "{v}[::-1]", "[{s}*i for i in range(2)]",
           "softmax({v})",
           "sum({m}, axis={i})", "solve({m}, {v})", "cumsum({v})", "linspace({s}, {s}, 2)", "ones(2)", "diag({m})",
           "{v}[[1, 0]]", "[u^2 for u in {v}]", "grad({s}, v)", "concat({v}[:1], {v}[1:])", "f({v}, {s})")  # fmt: skip
MATRICES = ("[{v}, {v}]", "{m} @ {m}", "{m}.T", "outer({v}, {v})", "inv({m})", "eye(2)", "diag({v})",
            "{v}[:, None]*{v}",
            "stack({v}, {v})", "cholesky({m} @ {m}.T + eye(2))", "reshape({m}, 2, -1)", "zeros(2, 2)",
            "[[i*j for j in range(2)] for i in range(2)]", "conv2d({m}, eye(1))")  # fmt: skip
FORMS = {SCALAR: SCALARS, VECTOR: VECTORS, MATRIX: MATRICES}


@st.composite
def expressions(draw: st.DrawFn, kind: str, names: dict[str, list[str]], depth: int = 3) -> str:
    """Draw the text of an expression of a kind over the names of each kind."""
    if not draw(st.integers(0, 60)):
        kind = draw(st.sampled_from(KINDS))  # which may not fit
    choice = draw(st.integers(0, 9)) if depth else 0
    if choice <= 2:
        known = names[kind] + (names[SCALAR] if kind == VECTOR else [])
        return draw(st.sampled_from(known)) if known and draw(st.integers(0, 3)) else draw(literals(kind))
    inner = {each: expressions(each, names, depth - 1) for each in KINDS}
    if choice <= 4:
        return f"({draw(inner[kind])} {draw(OPERATORS)} {draw(inner[kind])})"
    if choice == 5:
        return f"{draw(FUNCTIONS)}({draw(inner[kind])})"
    if choice == 6:
        return f"(-{draw(inner[kind])})" + draw(st.sampled_from(["", "²", ".T" if kind == MATRIX else ""]))
    text = draw(st.sampled_from([form for form in FORMS[kind] if "a" not in names[SCALAR] or "f(" not in form]))
    while "{" in text:
        at = text.index("{")
        what = text[at + 1]
        put = {"R": REDUCTIONS, "i": INDICES, "n": st.sampled_from(["0", "2", "3", "5"])}.get(what)
        if put is None:
            put = inner[{"s": SCALAR, "v": VECTOR, "m": MATRIX}[what]]
        text = text[:at] + draw(put) + text[at + 3 :]
    return text


@st.composite
def literals(draw: st.DrawFn, kind: str) -> str:
    """Draw a number, or an array of numbers."""
    if kind == SCALAR:
        return draw(NUMBERS)
    inside = VECTOR if kind == MATRIX else SCALAR
    return f"[{draw(literals(inside))}, {draw(literals(inside))}]"


@st.composite
def whole_programs(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """Draw a program, and texts for those of its inputs that have no default."""
    names: dict[str, list[str]] = {kind: [] for kind in KINDS}
    given: dict[str, str] = {}
    statements: list[str] = []
    for kind in KINDS:
        for name in NAMED[kind][: draw(st.integers(kind == SCALAR, len(NAMED[kind])))]:
            names[kind].append(name)
            text = draw(literals(kind))
            how = draw(st.sampled_from(["default", "given", "given", "uncertain", "const", "shape"]))
            if how in ("default", "const"):
                statements.append(f"{'const ' * (how == 'const')}{name} = {text}")
            elif how == "uncertain" and kind == SCALAR:
                statements.append(f"{name} = {text} ± {draw(st.sampled_from(['0.1', '5 %', '0', '2e-3']))}")
            else:
                given[name] = text
            if how == "shape" and kind == VECTOR:
                statements.append(f"{name} : [n]")
    statements.append(f"f(a, b) = {draw(expressions(SCALAR, {**names, SCALAR: ['a', 'b']}, 2))}")
    for at in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from([SCALAR, SCALAR, VECTOR, MATRIX]))
        text, name = draw(expressions(kind, names)), f"{kind[0]}{at}"
        form = draw(st.integers(0, 7))
        if form == 0:
            count = draw(st.integers(1, 4))
            statements += [f"{name}[0] = {text}", f"{name}[t + 1] = {name}[t]*0.5 for t in range({count})"]
            names[VECTOR] += [name] * (kind == SCALAR)
        elif form == 1:
            statements.append(text)
        else:
            statements.append(f"{name} = {text}")
            names[kind].append(name)
        if form == 2 and kind == SCALAR:
            statements.append(f"assert {name} <= {draw(NUMBERS)} within 1e-6")
    statements.append(draw(expressions(SCALAR, names)))
    program = draw(st.sampled_from(["; ", "\n"])).join(statements)
    return program, {name: text for name, text in given.items() if re.search(rf"\b{name}\b", program)}
