"""Julia: a function of numbers, which returns a tuple; special functions come from SpecialFunctions.jl."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cgraph_cli.core.tensor import Shape, Tensor, transposed
from cgraph_cli.emit.loop_structures import STRUCTURES
from cgraph_cli.emit.loop_syntax import LoopSyntax
from cgraph_cli.emit.module import Module, Parameter, prose
from cgraph_cli.emit.target import Target
from cgraph_cli.emit.targets.c_family import AND, EQUALITY, OR, PRODUCT, SUM, TERNARY
from cgraph_cli.emit.terms import ATOM, Line, Template, Term, calls, comparison, infix

UNARY, POWER = ATOM - 20, ATOM - 10

_SAME = ("abs", "sign", "floor", "ceil", "round", "trunc", "cbrt", "hypot", "exp", "exp2", "expm1", "atan", "sinh",
         "cosh", "tanh", "asinh", "sech", "csch", "coth", "min", "max")  # fmt: skip

TEMPLATES = {
    "+": infix("+", SUM),
    "-": infix("-", SUM),
    "*": infix("*", PRODUCT),
    "/": infix("/", PRODUCT),
    "neg": Template("-{0}", UNARY, UNARY + 1),
    **{operator: comparison(operator, EQUALITY) for operator in ("==", "!=", "<", "<=", ">", ">=")},
    "and": infix("&&", AND),
    "or": Template("{0} || {1}", OR, EQUALITY, EQUALITY),
    "not": Template("!{0}", UNARY, UNARY + 1),
    "where": Template("{0} ? {1} : {2}", TERNARY, OR, OR, TERNARY),
    **{f"^{n}": Template(f"{{0}}^{n}", POWER, POWER + 1) for n in (*range(2, 14), *range(-13, -1))},
    "^-1": Template("inv({0})"),
    **calls({name: name for name in _SAME}),
    **calls({"%": "mod", "atan2": "atan", "erf": "erf", "erfc": "erfc", "digamma": "digamma"}),
    "polygamma": Template("polygamma(Int({0}), {1})"),
    "min…": Template("min({*})"),
    "max…": Template("max({*})"),
    "norm…": Template("hypot({*})"),
}

_DOMAINS = {
    "sqrt": "x < 0",
    "log": "x < 0",
    "log2": "x < 0",
    "log10": "x < 0",
    "log1p": "x < -1",
    "sin": "isinf(x)",
    "cos": "isinf(x)",
    "tan": "isinf(x)",
    "asin": "abs(x) > 1",
    "acos": "abs(x) > 1",
    "acosh": "x < 1",
    "atanh": "abs(x) > 1",
    "gamma": "x < 0 && x == floor(x)",
}
"""Conditions under which Julia raises a `DomainError`, and cgraph has `nan`."""

HELPERS = {
    **{
        name: f'"`{name}(x)`, and NaN outside its domain."\nnan_{name}(x) = {domain} ? NaN : {name}(x)'
        for name, domain in _DOMAINS.items()
    },
    "^": '"`x^y`, and NaN where it is not real."\nnan_power(x, y) = x < 0 && isfinite(x) && y != round(y) ? NaN : x^y',
    "solve": '"The matrix or vector whose product with a is b."\nsolve(a, b) = a \\ b',
    "logdet": (
        '"The logarithm of the determinant of a, where that is positive."\n'
        "log_of_det(a) = ((size, sign) = logabsdet(a); sign < 0 ? NaN : size)"
    ),
    "cholesky": (
        '"The lower triangle whose product with its transpose is the symmetric part of a."\n'
        "lower_of(a) = cholesky(Hermitian((a + transpose(a)) / 2)).L"
    ),
    "lgamma": '"log(abs(gamma(x)))"\nlog_gamma(x) = isinf(x) || x <= 0 && x == floor(x) ? Inf : logabsgamma(x)[1]',
}

NAMES = {
    **{name: f"nan_{name}" for name in _DOMAINS},
    "^": "nan_power",
    "lgamma": "log_gamma",
    "logdet": "log_of_det",
    "cholesky": "lower_of",
}

NUMBERS = {"inf": "Inf", "nan": "NaN", "3.141592653589793": "Float64(π)"}

ALGEBRA = ("det", "logabsdet", "cholesky", "Hermitian")

SPECIAL = ("erf", "erfc", "gamma", "logabsgamma", "digamma", "polygamma")

_RESERVED = (
    "baremodule begin break catch const continue do else elseif end export false finally for function global if import "
    "let local macro module quote return struct true try using while in isa where abstract mutable primitive type "
    "Inf NaN Float64 float pi π mod inv isinf isfinite gamma logabsgamma digamma polygamma erf erfc Int"
)


def _call(function: str, name: str, operands: Sequence[str], shapes: Sequence[Shape]) -> list[str]:
    return [f"{name} = {function}({', '.join(operands)})"]


LOOPS = LoopSyntax(
    head="for {} in 0:{} - 1",
    end="end",
    indent="    ",
    assign="{} = {}",
    increase="{} += {}",
    variable="{} = {}",
    new=lambda name, shape: f"{name} = zeros({', '.join(map(str, shape))})",
    known=lambda name, shape, text: f"{name} = {text}",
    cast="Float64({})",
    quotient="div({}, {})",
    places="[{}][{} + 1]",
    call=_call,
)


class Julia(Target):
    """Julia from 1.6 on."""

    name = "julia"
    title = "Julia"
    negative = UNARY
    templates = TEMPLATES
    structures = STRUCTURES
    loops = LOOPS
    helpers = HELPERS
    names = NAMES
    numbers = NUMBERS
    to_number = Template("Float64({0})")
    to_boolean = Template("{0} != 0", EQUALITY, EQUALITY + 1)
    reserved = frozenset([*_RESERVED.split(), *_SAME, *_DOMAINS])
    kept = re.compile("_")

    def statement(self, name: str, term: Term) -> str:
        """Write `x = …`."""
        return f"{name} = {term.text}"

    def function(self, name: str, parameters: Sequence[str], lines: Sequence[Line], result: Term, about: str) -> str:
        """Write a definition as a function."""
        body = self.block([*self.statements(lines), f"return {result.text}"])
        return "\n".join([f'"{about}"', f"function {name}({', '.join(parameters)})", *body, "end"])

    def wrapped(self, lines: Sequence[str]) -> list[str]:
        """Fold long lines between brackets."""
        folded: list[str] = []
        for line in lines:
            head, equals, value = line.partition(" = ")
            if len(line) > self.width and equals and head.strip().isidentifier():
                line = f"{head} = ({value})"
            folded += super().wrapped([line])
        return folded

    def element(self, array: str, index: Sequence[int | str]) -> str:
        """Write an element of an array; the first has the index 1."""
        return f"{array}[{', '.join(_from_one(str(at)) for at in index)}]"

    def known_array(self, tensor: Tensor[str]) -> str:
        """Write an array of the texts of its elements."""
        return _array(tensor.map(Term))

    def _default(self, parameter: Parameter) -> str:
        """Write a parameter's default."""
        if parameter.elements is not None:
            return _array(parameter.elements.map(self.number))
        assert parameter.default is not None
        return self.number(parameter.default).text

    def module(self, module: Module) -> str:
        """Write the import, the helpers and the function."""
        import re

        one = len(module.outputs) == 1
        row = _tuple if module.has_arrays else _list
        values = [_array(tensor) for tensor in module.values]
        parts = [values[0] if one else row(values)]
        shapes = [module.labels()[0] if one else row(module.labels())]
        if module.gradient:
            rows = [row(list(map(_array, each))) for each in module.gradient]
            parts.append(rows[0] if one else _list(rows))
            slopes = [row(each) for each in module.slopes()]
            shapes.append(slopes[0] if one else _list(slopes))
        if module.hessian:
            tables = [f"[{'; '.join(' '.join(_cell(t) for t in row) for row in rows)}]" for rows in module.hessian]
            parts.append(tables[0] if one else f"[{', '.join(tables)}]")
            shapes.append("the Hessian" if one else "the Hessians")
        names = [p.variable for p in module.parameters]
        bare = [not p.has_default for p in module.parameters]
        parameters = [
            p.variable if any(bare[at:]) else f"{p.variable}={self._default(p)}"
            for at, p in enumerate(module.parameters)
        ]
        about = [
            f"    {module.name}({', '.join(names)})",
            "",
            module.about(),
            "",
            "The program:",
            "",
            *(f"    {line}".rstrip() for line in module.source_lines()),
            "",
            *prose([f"Returns {', '.join(shapes)}.", *module.remarks()]),
        ]
        lines = [f"{', '.join(names)} = {', '.join(f'float({name})' for name in names)}"] if names else []
        lines += [*self.statements(module.lines), f"return {', '.join(parts)}"]
        text = [
            'raw"""',
            *(line.replace('"""', "'''") for line in about),
            '"""',
            *self.wrapped([f"function {module.name}({', '.join(parameters)})"]),
            *self.block(lines),
            "end",
        ]
        function = "\n".join(text)
        code = "\n".join([*module.helpers, *self.block(lines)])
        special = [name for name in SPECIAL if re.search(rf"(?<![\w]){name}\(", code)]
        algebra = [name for name in ALGEBRA if re.search(rf"(?<![\w]){name}\(", code)]
        head = [f"using SpecialFunctions: {', '.join(special)}"] if special else []
        head += [f"using LinearAlgebra: {', '.join(algebra)}"] if algebra else []
        return "\n\n".join([*head, *module.helpers, function]) + "\n"


def _from_one(place: str) -> str:
    """Count a place from 1."""
    return str(int(place) + 1) if place.isdecimal() else f"{place} + 1"


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(texts)}]"


def _tuple(texts: Sequence[str]) -> str:
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _array(tensor: Tensor[Term]) -> str:
    """Write a number or an array; of several axes, the first is the fastest in Julia."""
    texts = [term.text for term in tensor.items]
    if not tensor.shape:
        return texts[0]
    if not texts:
        return f"zeros({', '.join(map(str, tensor.shape))})"
    if len(tensor.shape) > 1:
        _, positions = transposed(tensor.shape, tuple(reversed(range(len(tensor.shape)))))
        return f"reshape([{', '.join(texts[at] for at in positions)}], {', '.join(map(str, tensor.shape))})"
    return _list(texts)


def _cell(term: Term) -> str:
    """Write an entry of a matrix, where spaces separate the columns."""
    return term.text if " " not in term.text and not term.text.startswith("-") else f"({term.text})"


TARGET = Julia()
