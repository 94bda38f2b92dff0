"""Random programs without errors, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from cgraph_cli.core.primitives import PRIMITIVES

_NAMES = ["a", "b", "c", "x", "y", "θ", "Δx", "w_1", "e", "gamma", "sum"]
_CALLS = [row for row in PRIMITIVES.values() if row.notation == "call" and row.name != "polygamma"]
_INFIX = ["+", "-", "*", "/", "%", "^", "**", "×", "·", "÷", "−", "<", "<=", "==", "!=", ">", ">=", "and", "or"]
_SIGNS = ["+", "-", "−"]

NUMBERS = st.one_of(
    st.sampled_from(["0", "1", "2", "3", "0.5", ".25", "1e-3", "1_000", "1e300", "1e-300", "5e-324", "pi", "inf"]),
    st.integers(0, 20).map(str),
    st.floats(0, 1e6, allow_nan=False).map(repr),
)

VALUES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e300, -1e300, 1e-300, 5e-324, float("inf"), float("-inf")]),
    st.floats(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
)


@st.composite
def expressions(draw: st.DrawFn, values: list[str], functions: dict[str, int], depth: int = 3) -> str:
    """Draw the text of an expression over the given names and functions."""
    choice = draw(st.integers(0, 9)) if depth else draw(st.integers(0, 2))
    inner = expressions(values, functions, depth - 1)
    if choice <= 1 and values:
        return draw(st.sampled_from(values))
    if choice <= 2:
        return draw(NUMBERS)
    if choice <= 5:
        sign = draw(st.sampled_from(_INFIX))
        before = draw(st.sampled_from([" "] * 9 + ["\n  ", "\n\n", "  # so far\n\t# and on\n"]))
        after = draw(st.sampled_from([" "] * 9 + ["\n", " # and on\n\n  "]))
        return f"{draw(inner)}{before if sign not in _SIGNS else ' '}{sign}{after}{draw(inner)}"
    if choice == 6:
        return f"({draw(inner)})" + draw(st.sampled_from(["", "", "²", "³"]))
    if choice == 7:
        sign = draw(st.sampled_from(["-", "+", "−", "not "]))
        return f"({sign}{draw(inner)})"
    if choice == 8 and functions:
        name = draw(st.sampled_from(sorted(functions)))
        return f"{name}({', '.join(draw(inner) for _ in range(functions[name]))})"
    row = draw(st.sampled_from(_CALLS))
    if row.variadic:
        count = draw(st.integers(1, 4))
    else:
        count = len(row.parameters) - draw(st.integers(0, len(row.defaults)))
    return f"{row.name}({', '.join(draw(inner) for _ in range(count))})"


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Draw the text of a program, in every form of the language."""
    inputs = draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=4))
    values, functions, statements = list(inputs), {}, []
    for name in inputs:
        if draw(st.booleans()):
            statements.append(f"{name} = {draw(st.sampled_from(['', '-', '+']))}{draw(st.integers(0, 9))}")
    for position in range(draw(st.sampled_from([0, 0, 1, 2]))):
        constants = [name for name in values if name.startswith("k")]
        statements.append(f"const k{position} = {draw(expressions(constants, {}, 1))}")
        values.append(f"k{position}")
    for position in range(draw(st.integers(0, 2))):
        parameters = draw(st.lists(st.sampled_from(_NAMES), unique=True, min_size=1, max_size=3))
        body = draw(expressions([*parameters, *values], functions, 2))
        statements.append(f"f{position}({', '.join(parameters)}) = {body}")
        functions[f"f{position}"] = len(parameters)
    for position in range(draw(st.integers(1, 5))):
        text = draw(expressions(values, functions))
        if draw(st.integers(0, 4)):
            statements.append(f"n{position} = {text}")
            values.append(f"n{position}")
        else:
            statements.append(text)
        if not draw(st.integers(0, 5)):
            statements.append(f"assert {draw(expressions(values, functions, 1))} within 1e-6")
    separator = st.sampled_from(["; ", "\n", ";\n", "  # a comment; with = signs\n", "\r\n", "\n\n"])
    return "".join(statement + draw(separator) for statement in statements)


_LITERALS = st.sampled_from(["0", "1", "2", "3", "4", "0.5", "0.1", "-1", "pi"])
_EXPONENTS = st.sampled_from(["0", "1", "2", "3", "(-1)", "(-2)", "0.5", "1.5", "(1/3)"])
_FUNCTIONS = st.sampled_from(
    "sin cos exp log sqrt tanh abs sinh cosh asin atan relu sigmoid max min".split(" ")  # noqa: SIM905
)


@st.composite
def formulas(draw: st.DrawFn, depth: int = 3) -> str:
    """Draw an expression in x and y of the kind that simplifies."""
    kind = draw(st.integers(0, 11)) if depth else 0
    inner = formulas(depth - 1)
    if kind <= 1:
        return draw(st.one_of(st.sampled_from(["x", "x", "y"]), _LITERALS))
    if kind <= 6:
        return f"({draw(inner)} {draw(st.sampled_from('+-*/*/'))} {draw(inner)})"
    if kind <= 8:
        return f"({draw(inner)})^{draw(_EXPONENTS)}"
    if kind == 9:
        comparison = draw(st.sampled_from(["<", "==", ">="]))
        return f"where({draw(inner)} {comparison} {draw(_LITERALS)}, {draw(inner)}, -{draw(inner)})"
    return f"{draw(_FUNCTIONS)}({draw(inner)})"


SPECIAL = [0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 1e-300, -1e300, 5e-324, 1e300, 1e-8, 1e8, 1e-160, 1e160]
"""Numbers at which wrong simplifications fail."""


@st.composite
def points(draw: st.DrawFn, names: list[str]) -> dict[str, float]:
    """Draw a value for each name, the special ones among them."""
    return {name: draw(VALUES) for name in names}
