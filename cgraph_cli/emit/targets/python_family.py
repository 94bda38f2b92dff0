"""The targets in Python: their precedences, their layout, and the test against autograd."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from math import prod

from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.emit.module import Module, Parameter, prose
from cgraph_cli.emit.target import Target
from cgraph_cli.emit.terms import Line, Template, Term, comparison, infix

TERNARY, OR, AND, NOT, COMPARISON, BIT_OR, BIT_AND, SUM, PRODUCT, UNARY, POWER = range(1, 12)

ARITHMETIC = {
    "+": infix("+", SUM),
    "-": infix("-", SUM),
    "*": infix("*", PRODUCT),
    "/": infix("/", PRODUCT),
    "neg": Template("-{0}", UNARY, UNARY + 1),
    **{operator: comparison(operator, COMPARISON) for operator in ("==", "!=", "<", "<=", ">", ">=")},
}
"""Operators that are the same for numbers and arrays."""

LOGIC = {
    "and": infix("&", BIT_AND),
    "or": infix("|", BIT_OR),
    "not": Template("~{0}", UNARY, UNARY),
}
"""Logic on arrays."""

POWERS = {"^": Template("{0}**{1}", POWER, POWER + 1, UNARY)}

_BUILTINS = "abs float int max min pow round sum tuple zip range print len bool"


class Pythonic(Target):
    """Python with some library; `imports` are its lines, `decorators` those of the function."""

    imports: Sequence[str] = ()
    decorators: Sequence[str] = ()
    negative = UNARY
    arrays = ""
    to_boolean = Template("{0} != 0", COMPARISON, COMPARISON + 1)
    reserved = frozenset(["__debug__", *keyword.kwlist, *keyword.softkwlist, *_BUILTINS.split()])

    def statement(self, name: str, term: Term) -> str:
        """Write `x = …`."""
        return f"{name} = {term.text}"

    def function(self, name: str, parameters: Sequence[str], lines: Sequence[Line], result: Term, about: str) -> str:
        """Write a definition as a function."""
        body = [f'"""{about}"""', *self.statements(lines), f"return {result.text}"]
        return "\n".join([f"def {name}({', '.join(parameters)}):", *self.block(body)])

    def wrapped(self, lines: Sequence[str]) -> list[str]:
        """Fold long lines between brackets."""
        folded: list[str] = []
        for line in lines:
            found = re.match(r"( *)(\w+ = |return )(.*)", line)
            if len(line) <= self.width or found is None:
                folded.append(line)
                continue
            start, head, value = found.groups()
            closed = value if re.fullmatch(r"\((?:[^()]|\([^()]*\))*\)", value) else f"({value})"
            folded.append(f"{start}{head}(")
            folded += super().wrapped([f"{start}{self.indent}{closed[1:-1]}"])
            folded.append(f"{start})")
        return folded

    def module(self, module: Module) -> str:
        """Write the imports, the helpers, the function, and a test on request."""
        if module.test:
            self._check_test(module)
        functions = [*module.helpers, self._function(module)]
        if module.test:
            functions.append("\n".join(self.test(module)))
        text = "\n\n\n".join(functions)
        head = self.imported(text)
        return f"{head}\n\n\n{text}\n" if head else f"{text}\n"

    def imported(self, text: str) -> str:
        """Write the lines that import the names in a text; each ends with the name that it imports."""
        used = [line for line in self.imports if re.search(rf"\b{line.split()[-1]}\b", text)]
        return "\n".join(used)

    def opening(self, module: Module) -> list[str]:
        """Write the first lines of the function."""
        return []

    def ending(self, module: Module, results: str) -> str:
        """Write the last line of the function."""
        return f"return {results}"

    def result(self, module: Module, term: Term) -> str:
        """Write a returned number."""
        return term.text

    def array(self, module: Module, tensor: Tensor[Term]) -> str:
        """Write a returned number or array."""
        return self.nested(tensor.map(lambda term: self.result(module, term)))

    def _default(self, parameter: Parameter) -> str:
        if parameter.elements is not None:
            return self.nested(parameter.elements.map(self.floating), "()")
        assert parameter.default is not None
        return self.floating(parameter.default)

    def test(self, module: Module) -> list[str]:
        """Write the test that autograd agrees."""
        raise NotImplementedError

    def _function(self, module: Module) -> str:
        parameters: list[str] = []
        for p in reversed(module.parameters):  # a parameter with a default needs defaults after it
            bare = not p.has_default or any("=" not in after for after in parameters)
            parameters.insert(0, p.variable if bare else f"{p.variable}={self._default(p)}")
        head = f"def {module.name}({', '.join(parameters)}):"
        if len(head) > self.width:
            head = "\n".join([f"def {module.name}(", *(f"{self.indent}{p}," for p in parameters), "):"])
        returned = [self.array(module, tensor) for tensor in module.values]
        parts = [returned[0] if len(returned) == 1 else _tuple(returned)]
        if module.gradient:
            parts.append(_by_output([_tuple([self.array(module, t) for t in row]) for row in module.gradient]))
        if module.hessian:
            tables = [
                _tuple([_tuple([self.result(module, t) for t in row]) for row in rows]) for rows in module.hessian
            ]
            parts.append(_by_output(tables))
        about = ['"""' + in_docstring(module.about()), "", "The program:", ""]
        about += [f"    {in_docstring(line)}".rstrip() for line in module.source_lines()]
        about += ["", *map(in_docstring, self._shape(module)), '"""']
        lines = [*self.opening(module), *self.statements(module.lines), self.ending(module, ", ".join(parts))]
        docstring = [f"{self.indent}{line}".rstrip() for line in about]
        return "\n".join([*self.decorators, head, *docstring, *self.block(lines)])

    def floating(self, number: float) -> str:
        """Write a number as one of Python's floats."""
        text = repr(number)
        return self.number(number).text if text.endswith(("inf", "nan")) else text

    def _shape(self, module: Module) -> list[str]:
        values = module.labels()
        parts = [values[0] if len(values) == 1 else _tuple(values)]
        if module.gradient:
            parts.append(_by_output([_tuple(names) for names in module.slopes()]))
        if module.hessian:
            parts.append("the Hessian, row by row")
        shape = [f"{module.name}({', '.join(p.variable for p in module.parameters)}) returns {', '.join(parts)}."]
        return prose([*shape, *module.remarks(), *([self.arrays] if self.arrays and not module.has_arrays else [])])

    def _check_test(self, module: Module) -> None:
        names = {p.name for p in module.parameters}
        if not module.gradient or not names or set(module.wrt) - names:
            raise RequestError(
                "the test compares the gradient in the inputs, and here there is none",
                help="leave out `--test`, or `--no-gradient` and `--wrt`",
            )


class PythonArrays(Pythonic):
    """Python on NumPy's arrays, or on those of a similar library that is imported as `alias`."""

    alias = ""
    arrays = "Takes numbers or arrays, and broadcasts them; all results have their common shape."

    def opening(self, module: Module) -> list[str]:
        """Write the line that makes the inputs arrays of doubles, of one shape."""
        names = [p.variable for p in module.parameters]
        if module.has_arrays:
            return [
                f"{p.variable} = {self.alias}.broadcast_to({self.alias}.asarray({p.variable}, dtype=float), {p.shape})"
                for p in module.parameters
            ]
        if len(names) < 2:
            return [f"{name} = {self.alias}.asarray({name}, dtype=float)" for name in names]
        listed = ", ".join(names)
        return [f"{listed} = ({self.alias}.asarray(v, dtype=float) for v in {self.alias}.broadcast_arrays({listed}))"]

    def result(self, module: Module, term: Term) -> str:
        """Write a returned number, in the inputs' shape if it is a constant."""
        if module.parameters and term.constant and not module.has_arrays:
            return f"{self.alias}.full_like({module.parameters[0].variable}, {term.text})"
        return term.text

    def array(self, module: Module, tensor: Tensor[Term]) -> str:
        """Write a returned number or array."""
        if not tensor.items:
            return f"{self.alias}.zeros({tensor.shape})"
        text = super().array(module, tensor)
        return text if not tensor.shape else f"{self.alias}.array({text}, dtype=float)"

    def constant_array(self, tensor: Tensor[float]) -> Term:
        """Write an array of numbers."""
        return Term(f"{self.alias}.array({self.nested(tensor.map(self.floating))}, dtype=float)")

    def element(self, array: str, index: Sequence[int | str]) -> str:
        """Write an element of an array."""
        return f"{array}[{', '.join(map(str, index))}]"

    def boxed(self, term: Term, parameter: str) -> Term:
        """Write `1.0` for `1`, which would make an array of integers."""
        return term._replace(text=f"{term.text}.0") if term.text.lstrip("-").isdigit() else term


def sample(module: Module) -> list[Tensor[float]]:
    """Choose a point for the test: the defaults, and ordinary numbers where there are none."""
    found = []
    for at, p in enumerate(module.parameters):
        start = 0.5 + 0.25 * at
        other = Tensor(p.shape, [start + 0.125 * (k * 5 % 7) for k in range(prod(p.shape))])
        found.append(p.elements or (other if p.default is None else Tensor((), [p.default])))
    return found


def _tuple(texts: Sequence[str]) -> str:
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _by_output(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else _tuple(texts)


def in_docstring(line: str) -> str:
    """Write a line of a docstring."""
    return line.replace("\\", "\\\\").replace('"""', '\\"""')
