"""Rust: a function of `f64` and the standard library alone, which returns a tuple."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cgraph_cli.core.tensor import Shape
from cgraph_cli.emit.elimination import ELIMINATION
from cgraph_cli.emit.loop_structures import STRUCTURES
from cgraph_cli.emit.loop_syntax import LoopSyntax
from cgraph_cli.emit.module import Module
from cgraph_cli.emit.targets.c_family import EQUALITY, OPERATORS, TERNARY, Braces, nested
from cgraph_cli.emit.terms import ATOM, Line, Template, Term

_METHODS = {
    **{name: name for name in ("abs", "floor", "ceil", "trunc", "sqrt", "cbrt", "exp", "exp2", "log2", "log10", "sin",
                               "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh")},
    "round": "round_ties_even",
    "expm1": "exp_m1",
    "log": "ln",
    "log1p": "ln_1p",
}  # fmt: skip

TEMPLATES = {
    **OPERATORS,
    "where": Template("if {0} {{ {1} }} else {{ {2} }}", TERNARY, boxed="all"),
    **{primitive: Template(f"{{0}}.{name}()", ATOM, ATOM, boxed="each") for primitive, name in _METHODS.items()},
    **{name: Template(f"{{0}}.{name}({{1}})", ATOM, ATOM, boxed="first") for name in ("hypot", "atan2")},
    "^": Template("{0}.powf({1})", ATOM, ATOM, boxed="first"),
    "^2": Template("{0}.powi(2)", ATOM, ATOM),
    "^3": Template("{0}.powi(3)", ATOM, ATOM),
    "^-1": Template("{0}.recip()", ATOM, ATOM),
}

HELPERS = {
    **ELIMINATION["rust"],
    "%": """\
/// The remainder of x / y, with the sign of y.
fn remainder(x: f64, y: f64) -> f64 {
    let r = x % y;
    if r == 0.0 { r.copysign(y) } else if (r < 0.0) != (y < 0.0) { r + y } else { r }
}""",
}

_RESERVED = (
    "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move "
    "mut pub ref return self Self static struct super trait true type union unsafe use where while abstract become "
    "box do final gen macro override priv try typeof unsized virtual yield f64 std main None Some Ok Err"
)

NUMBERS = {"inf": "f64::INFINITY", "nan": "f64::NAN", "3.141592653589793": "std::f64::consts::PI"}


def _kind(shape: Shape) -> str:
    """Write the type of a number or an array."""
    kind = "f64"
    for size in reversed(shape):
        kind = f"[{kind}; {size}]"
    return kind


def _call(function: str, name: str, operands: Sequence[str], shapes: Sequence[Shape]) -> list[str]:
    if function in ("det", "logdet"):
        return [f"let {name}: f64 = {function}(&{operands[0]});"]
    if function == "solve":
        kind = _kind(shapes[1])
        if len(shapes[1]) == 1:
            return [f"let {name}: {kind} = solve(&{operands[0]}, &{operands[1]}.map(|x| [x])).map(|row| row[0]);"]
        return [f"let {name}: {kind} = solve(&{operands[0]}, &{operands[1]});"]
    return [f"let {name}: {_kind(shapes[0])} = {function}(&{operands[0]});"]


LOOPS = LoopSyntax(
    head="for {} in 0..{} {{",
    end="}",
    indent="    ",
    assign="{} = {};",
    increase="{} += {};",
    variable="let mut {}: f64 = {};",
    new=lambda name, shape: f"let mut {name}: {_kind(shape)} = {_kind(shape).replace('f64', '0.0')};",
    known=lambda name, shape, text: f"let {name}: {_kind(shape)} = {text};",
    cast="f64::from({} as u32)",
    quotient="{} / {}",
    places="([{0}] as [usize; {2}])[{1}]",
    call=_call,
    adds_rows=True,
)


class Rust(Braces):
    """Rust from 1.77 on."""

    name = "rust"
    title = "Rust"
    templates = TEMPLATES
    structures = STRUCTURES
    loops = LOOPS
    helpers = HELPERS
    numbers = NUMBERS
    to_number = Template("f64::from({0})")
    to_boolean = Template("{0} != 0.0", EQUALITY, EQUALITY + 1)
    reserved = frozenset(_RESERVED.split())
    kept = re.compile("_")

    def boxed(self, term: Term, parameter: str) -> Term:
        """Write `2.0_f64`, where nothing else determines the type."""
        return term._replace(text=f"{term.text}_f64") if term.text[0].isdigit() else term

    def literal(self, text: str) -> str:
        """Write `2.0`, since `2` is an integer."""
        return text

    def statement(self, name: str, term: Term) -> str:
        """Write `let x = …;`."""
        return f"let {name}: {'bool' if term.boolean else 'f64'} = {term.text};"

    def function(self, name: str, parameters: Sequence[str], lines: Sequence[Line], result: Term, about: str) -> str:
        """Write a definition as a function."""
        head = f"fn {name}({', '.join(f'{parameter}: f64' for parameter in parameters)}) -> f64 {{"
        body = self.block([*self.statements(lines), result.text])
        return "\n".join([f"/// {about}", head, *body, "}"])

    def module(self, module: Module) -> str:
        """Write the helpers and the function."""
        one, outputs = len(module.outputs) == 1, len(module.outputs)
        row = _tuple if module.has_arrays else _list
        values = [self.nested(tensor.map(_text)) for tensor in module.values]
        kinds = [_kind(each.shape) for each in module.quantities]
        shapes = [module.labels()[0] if one else row(module.labels())]
        types = [kinds[0] if one else _tuple(kinds) if module.has_arrays else _kind((outputs,))]
        parts = [values[0] if one else row(values)]
        if module.gradient:
            kinds = [_kind(each.shape) for each in module.sources]
            types.append(_array(_tuple(kinds) if module.has_arrays else _kind((len(kinds),)), outputs, one))
            rows = [row([self.nested(tensor.map(_text)) for tensor in each]) for each in module.gradient]
            parts.append(rows[0] if one else _list(rows))
            slopes = [row(each) for each in module.slopes()]
            shapes.append(slopes[0] if one else _list(slopes))
        if module.hessian:
            count = len(module.hessian[0])
            types.append(_array(_kind((count, count)), outputs, one))
            tables = [nested([[t.text for t in row] for row in rows], "[]", False) for rows in module.hessian]
            parts.append(tables[0] if one else f"[{', '.join(tables)}]")
            shapes.append("the Hessian" if one else "the Hessians")
        result, returned = parts[0], types[0]
        if len(parts) > 1:
            result, returned = f"({', '.join(parts)})", f"({', '.join(types)})"
        returns = f"Returns {shapes[0]}." if len(shapes) == 1 else f"Returns ({', '.join(shapes)})."
        about = self.about(module, [returns, *self.defaults(module)])
        parameters = ", ".join(f"{p.variable}: {'&' * bool(p.shape)}{_kind(p.shape)}" for p in module.parameters)
        head = f"pub fn {module.name}({parameters}) -> {returned} {{"
        text = [
            *(f"/// {line}".rstrip() for line in about),
            "#[allow(non_snake_case, unused_variables)]",
            *self.wrapped([head]),
            *self.block([*self.statements(module.lines), result]),
            "}",
        ]
        return "\n\n".join([*module.helpers, "\n".join(text)]) + "\n"


def _text(term: Term) -> str:
    return term.text


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(texts)}]"


def _tuple(texts: Sequence[str]) -> str:
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _array(kind: str, count: int, one: bool) -> str:
    return kind if one else f"[{kind}; {count}]"


TARGET = Rust()
