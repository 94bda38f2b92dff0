"""JavaScript: a function for a browser or Node.js, without dependencies."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.tensor import Shape, Tensor
from cgraph_cli.emit.elimination import ELIMINATION
from cgraph_cli.emit.loop_structures import STRUCTURES
from cgraph_cli.emit.loop_syntax import LoopSyntax
from cgraph_cli.emit.module import Module, Parameter
from cgraph_cli.emit.targets.c_family import EQUALITY, OPERATORS, POWER, PRODUCT, TERNARY, UNARY, Braces, block_comment
from cgraph_cli.emit.terms import Line, Template, Term, calls, comparison

_MATH = ("abs", "ceil", "floor", "trunc", "sign", "sqrt", "cbrt", "hypot", "exp", "expm1", "log", "log2", "log10",
         "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh",
         "atanh")  # fmt: skip


TEMPLATES = {
    **OPERATORS,
    "^-1": Template("1 / {0}", PRODUCT, PRODUCT + 1),
    "^c": Template("{0} ** {1}", POWER, UNARY + 1, POWER),
    "==": comparison("===", EQUALITY),
    "!=": comparison("!==", EQUALITY),
    "exp2": Template("2 ** {0}", POWER, POWER),
    **calls({name: f"Math.{name}" for name in _MATH}),
    **calls({"min…": "Math.min", "max…": "Math.max", "norm…": "Math.hypot"}),
}

HELPERS = {
    **ELIMINATION["javascript"],
    "^": """\
/** x ** y, where 1 to any power and any number to the power 0 are 1. */
function power(x, y) {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}""",
    "%": """\
/** The remainder of x / y, with the sign of y. */
function remainder(x, y) {
  const r = x % y;
  return r === 0 ? (y < 0 ? -0 : 0) : r < 0 !== y < 0 ? r + y : r;
}""",
    "round": """\
/** The nearest integer; halves go to the even one. */
function round_even(x) {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
}""",
}

NUMBERS = {"inf": "Infinity", "nan": "NaN", "3.141592653589793": "Math.PI"}

_RESERVED = (
    "arguments await break case catch class const continue debugger default delete do else enum eval export "
    "extends false finally for function if implements import in instanceof interface let new null package "
    "private protected public return static super switch this throw true try typeof var void while with yield "
    "Infinity Math NaN Number module undefined"
)


def _zeros(shape: Shape) -> str:
    if len(shape) == 1:
        return f"new Array({shape[0]}).fill(0)"
    return f"Array.from({{ length: {shape[0]} }}, () => {_zeros(shape[1:])})"


def _call(function: str, name: str, operands: Sequence[str], shapes: Sequence[Shape]) -> list[str]:
    if function == "solve" and len(shapes[1]) == 1:
        return [f"const {name} = solve({operands[0]}, {operands[1]}.map((x) => [x])).map((row) => row[0]);"]
    return [f"const {name} = {function}({', '.join(operands)});"]


LOOPS = LoopSyntax(
    head="for (let {0} = 0; {0} < {1}; {0}++) {{",
    end="}",
    indent="  ",
    assign="{} = {};",
    increase="{} += {};",
    variable="let {} = {};",
    new=lambda name, shape: f"const {name} = {_zeros(shape)};",
    known=lambda name, shape, text: f"const {name} = {text};",
    cast="{}",
    quotient="Math.floor({} / {})",
    places="[{}][{}]",
    call=_call,
    adds_rows=True,
)


class JavaScript(Braces):
    """JavaScript, from ECMAScript 2016 on."""

    name = "javascript"
    title = "JavaScript"
    indent = "  "
    numbers = NUMBERS
    templates = TEMPLATES
    structures = STRUCTURES
    loops = LOOPS
    to_number = Template("Number({0})")
    to_boolean = Template("{0} !== 0", EQUALITY, EQUALITY + 1)
    helpers = HELPERS
    reserved = frozenset(_RESERVED.split())

    def statement(self, name: str, term: Term) -> str:
        """Write `const x = …;`."""
        return f"const {name} = {term.text};"

    def function(self, name: str, parameters: Sequence[str], lines: Sequence[Line], result: Term, about: str) -> str:
        """Write a definition as a function."""
        head = [f"/** {about} */", f"function {name}({', '.join(parameters)}) {{"]
        return "\n".join([*head, *self.block([*self.statements(lines), f"return {result.text};"]), "}"])

    def _default(self, parameter: Parameter) -> str:
        """Write a parameter's default."""
        if parameter.elements is not None:
            return self.nested(parameter.elements.map(lambda x: self.number(x).text))
        assert parameter.default is not None
        return self.number(parameter.default).text

    def module(self, module: Module) -> str:
        """Write the helpers, the function, and its export for modules."""
        parameters = [f"{p.variable} = {self._default(p)}" if p.has_default else p.variable for p in module.parameters]
        entries = _entries(module)
        shape = ", ".join(f"{key}: {shape}" for key, _, shape in entries)
        body = [*self.statements(module.lines), "return {"]
        body += [f"  {key}: {text}," for key, text, _ in entries]
        body.append("};")
        call = f"{module.name}({', '.join(p.variable for p in module.parameters)})"
        comment = block_comment(self.about(module, [f"{call} returns {{ {shape} }}."]))
        function = [f"function {module.name}({', '.join(parameters)}) {{", *self.block(body), "}"]
        export = f'if (typeof module === "object") module.exports = {{ {module.name} }};'
        parts = [*module.helpers, "\n".join(self.wrapped([*comment, *function])), export]
        return "\n\n".join(parts) + "\n"


def _entries(module: Module) -> list[tuple[str, str, str]]:
    """List the keys of the result, each with its expression and its description."""
    one = len(module.outputs) == 1

    def by_output(texts: Sequence[str]) -> str:
        return texts[0] if one else _record(module.outputs, texts)

    outputs = module.labels()
    values = [_nested(module, tensor) for tensor in module.values]
    entries = [("value", by_output(values), outputs[0] if one else _shape(outputs))]
    if module.gradient:
        rows = [_record(module.wrt, [_nested(module, tensor) for tensor in row]) for row in module.gradient]
        shapes = [_record(module.wrt, names) for names in module.slopes()]
        entries.append(("gradient", by_output(rows), by_output(shapes)))
    if module.hessian:
        names = [label for each in module.sources for label in each.labels()]
        tables = [
            _record(names, [_record(names, [term.text for term in row]) for row in rows]) for rows in module.hessian
        ]
        entries.append(("hessian", by_output(tables), "by two inputs" if one else "by output and two inputs"))
    if module.every:
        values, adjoints, partials = ([term.text for term in terms] for terms in module.every)
        partials = [_or_null(text, depends) for text, depends in zip(partials, module.depends, strict=True)]
        entries.append(("values", _list(values), "by node"))
        entries.append(("adjoints", _list(adjoints), "by node"))
        entries.append(("partials", _list(partials), "by edge, null where there is no dependence"))
    return entries


def _nested(module: Module, tensor: Tensor[Term]) -> str:
    return module.target.nested(tensor.map(lambda term: term.text))


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(texts)}]"


def _or_null(text: str, depends: Term | bool) -> str:
    """Write a local partial, or `null` where there is no dependence."""
    if isinstance(depends, bool):
        return text if depends else "null"
    condition = depends.text if depends.level > TERNARY else f"({depends.text})"
    return f"{condition} ? {text} : null"


def _shape(names: Sequence[str]) -> str:
    return _record(names, ["…"] * len(names))


def _record(names: Sequence[str], texts: Sequence[str]) -> str:
    """Write an object, `{ a: x, b }`."""
    pairs = [key if key == text else f"{key}: {text}" for key, text in zip(map(_key, names), texts, strict=True)]
    return f"{{ {', '.join(pairs)} }}" if pairs else "{}"


def _key(name: str) -> str:
    if not name.isidentifier():
        return f'"{name}"'
    return f'["{name}"]' if name == "__proto__" else name


TARGET = JavaScript()
