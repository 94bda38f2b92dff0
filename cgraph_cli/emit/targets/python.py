"""Python with `math` alone; cgraph's own functions are included where `math` raises an exception."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping, Sequence

from cgraph_cli.core.tensor import Shape
from cgraph_cli.emit.elimination import ELIMINATION
from cgraph_cli.emit.loop_structures import STRUCTURES
from cgraph_cli.emit.loop_syntax import LoopSyntax
from cgraph_cli.emit.targets.python_family import AND, ARITHMETIC, NOT, OR, PRODUCT, TERNARY, Pythonic
from cgraph_cli.emit.terms import Template, calls, infix
from cgraph_cli.evaluation import double, special
from cgraph_cli.evaluation.double import DOUBLE

_MATH = ("hypot", "atan", "atan2", "tanh", "asinh", "erf", "erfc")

TEMPLATES = {
    **{operator: template for operator, template in ARITHMETIC.items() if operator != "/"},
    "/c": Template("{0} / {1}", PRODUCT, PRODUCT, PRODUCT + 1),
    "^2": Template("{0} * {0}", PRODUCT, PRODUCT, PRODUCT + 1),
    "and": infix("and", AND),
    "or": infix("or", OR),
    "not": Template("not {0}", NOT, NOT),
    "where": Template("{1} if {0} else {2}", TERNARY, OR, OR, TERNARY),
    "abs": Template("abs({0})"),
    **calls({name: f"math.{name}" for name in _MATH}),
    "norm…": Template("math.hypot({*})"),
}

_OWN = (
    "/ % ^ sign floor ceil round trunc min max clip sum mean prod logsumexp logaddexp xlogy sqrt cbrt exp exp2 expm1 "
    "log log2 log10 log1p sin cos tan asin acos sinh cosh acosh atanh gamma lgamma digamma"
)


def _sources() -> dict[str, str]:
    """Read the functions and numbers of cgraph's doubles from its source, by name."""
    sources: dict[str, str] = {}
    for module in (special, double):
        text = inspect.getsource(module)
        lines = text.split("\n")
        for node in ast.parse(text).body:
            name = getattr(node, "name", "")
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
            if name and name not in ("DOUBLE", "polygamma", "_number"):
                sources[name] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return sources


NUMBERS = {"inf": "math.inf", "nan": "math.nan", "3.141592653589793": "math.pi"}


def _zeros(shape: Shape) -> str:
    text = f"[0.0] * {shape[-1]}"
    for size in reversed(shape[:-1]):
        text = f"[{text} for _ in range({size})]"
    return text


def _call(function: str, name: str, operands: Sequence[str], shapes: Sequence[Shape]) -> list[str]:
    if function == "solve" and len(shapes[1]) == 1:
        return [f"{name} = [row[0] for row in solve({operands[0]}, [[x] for x in {operands[1]}])]"]
    return [f"{name} = {function}({', '.join(operands)})"]


LOOPS = LoopSyntax(
    head="for {} in range({}):",
    end="",
    indent="    ",
    assign="{} = {}",
    increase="{} += {}",
    variable="{} = {}",
    new=lambda name, shape: f"{name} = {_zeros(shape)}",
    known=lambda name, shape, text: f"{name} = {text}",
    cast="float({})",
    quotient="{} // {}",
    places="({},)[{}]",
    call=_call,
)


class Python(Pythonic):
    """Python from 3.10 on."""

    name = "python"
    title = "Python"
    imports = ("import math", "from collections.abc import Sequence", "from functools import reduce",
               "from itertools import accumulate")  # fmt: skip
    numbers = NUMBERS
    templates = TEMPLATES
    structures = STRUCTURES
    loops = LOOPS
    variadic = frozenset({"min", "max", "sum", "mean", "prod", "logsumexp"})
    to_number = Template("float({0})")
    reserved = Pythonic.reserved | {"math", "Sequence", "reduce", "accumulate", "copysign", "inf", "isfinite", "nan"}

    def __init__(self) -> None:
        sources = _sources()
        self.names: Mapping[str, str] = {name: DOUBLE.function(name).__name__ for name in _OWN.split()}
        self.helpers = {name: sources.pop(self.names[name]) for name in self.names} | sources | ELIMINATION["python"]

    def imported(self, text: str) -> str:
        """Write the lines that import the names in a text."""
        loose = re.findall(r"(?<![.\w])(copysign|inf|isfinite|nan)(?!\w)", re.sub(r'""".*?"""|#.*', "", text))
        names = ", ".join(sorted(set(loose)))
        lines = super().imported(re.sub(r'""".*?"""', "", text))
        return "\n".join(filter(None, [lines, f"from math import {names}" if names else ""]))


TARGET = Python()
