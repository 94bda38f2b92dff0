"""C: a function of C99 and its `math.h`, which returns the value and writes the derivatives into arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod

from cgraph_cli.core.tensor import Shape, Tensor, indices
from cgraph_cli.emit.elimination import ELIMINATION
from cgraph_cli.emit.loop_structures import STRUCTURES
from cgraph_cli.emit.loop_syntax import LoopSyntax
from cgraph_cli.emit.module import Module
from cgraph_cli.emit.targets.c_family import EQUALITY, OPERATORS, PRODUCT, UNARY, Braces, block_comment
from cgraph_cli.emit.terms import Line, Template, Term, calls

MATH = ("floor", "ceil", "trunc", "sqrt", "cbrt", "hypot", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p",
         "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
         "erf", "erfc", "lgamma")  # fmt: skip

TEMPLATES = {
    **OPERATORS,
    "^": Template("pow({0}, {1})"),
    "^2": Template("{0} * {0}", PRODUCT, PRODUCT, PRODUCT + 1),
    "^-1": Template("1.0 / {0}", PRODUCT, PRODUCT + 1),
    **calls({name: name for name in MATH}),
    **calls({"abs": "fabs", "round": "nearbyint", "gamma": "tgamma"}),
}

HELPERS = {
    **ELIMINATION["c"],
    "%": """\
/** The remainder of x / y, with the sign of y. */
static double remainder_of(double x, double y)
{
    const double r = fmod(x, y);
    return r == 0.0 ? copysign(r, y) : (r < 0.0) != (y < 0.0) ? r + y : r;
}""",
}

_RESERVED = (
    "auto break case char const continue default do double else enum extern float for goto if inline int long "
    "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma "
    "fmax fmin fmod frexp gamma hypot ilogb isfinite isinf isnan isnormal j0 j1 jn ldexp lgamma llrint llround log "
    "log10 log1p log2 logb lrint lround main modf nan nearbyint nextafter nexttoward pow remainder remquo rint round "
    "scalbln scalbn signbit signgam sin sinh sqrt tan tanh tgamma trunc y0 y1 yn value gradient hessian "
    "INFINITY NAN NULL asm inline_ linux unix i386 and or not xor true false bool typeof typeof_unqual nullptr "
    "constexpr thread_local alignas alignof static_assert errno math_errhandling fpclassify iscanonical iseqsig "
    "isgreater isgreaterequal isless islessequal islessgreater issignaling issubnormal isunordered iszero"
)

_KEPT = re.compile(r"_|(M|FP|MATH|SNAN|HUGE)_")
"""The names that the standard reserves for compilers, and the macros of `math.h`."""

NAMES = {"%": "remainder_of"}

NUMBERS = {"inf": "INFINITY", "nan": "NAN"}


def _sizes(shape: Shape) -> str:
    return "".join(f"[{size}]" for size in shape)


_LARGE = 4096
"""The most elements of an array on the stack."""


def _new(name: str, shape: Shape) -> str:
    return f"{'static ' * (prod(shape) > _LARGE)}double {name}{_sizes(shape)};"


def _call(function: str, name: str, operands: Sequence[str], shapes: Sequence[Shape]) -> list[str]:
    size, columns = shapes[0][0], prod(shapes[-1][1:])
    sizes = f"{size}, {columns}" if function == "solve" else f"{size}"
    starts = [_start(text, shape) for text, shape in zip(operands, shapes, strict=True)]
    if function in ("det", "logdet"):
        return [f"const double {name} = {function}({sizes}, {starts[0]});"]
    call = f"{function}({', '.join([sizes, *starts, _start(name, shapes[-1])])});"
    return [_new(name, shapes[-1]), call]


def _start(array: str, shape: Shape) -> str:
    """Point to the first element of an array."""
    return array if len(shape) == 1 else f"&{array}{'[0]' * len(shape)}"


LOOPS = LoopSyntax(
    head="for (int {0} = 0; {0} < {1}; {0}++) {{",
    end="}",
    indent="    ",
    assign="{} = {};",
    increase="{} += {};",
    variable="double {} = {};",
    new=_new,
    known=lambda name, shape, text: (
        f"static const double {name}{_sizes(shape)} = {text.replace('[', '{').replace(']', '}')};"
    ),
    cast="(double){}",
    quotient="{} / {}",
    places="((const int[]){{{0}}})[{1}]",
    call=_call,
    adds_rows=True,
)


class C(Braces):
    """C99."""

    name = "c"
    title = "C"
    ascii_names = True
    templates = TEMPLATES
    structures = STRUCTURES
    loops = LOOPS
    helpers = HELPERS
    names = NAMES
    numbers = NUMBERS
    to_number = Template("(double){0}", UNARY, UNARY)
    to_boolean = Template("{0} != 0.0", EQUALITY, EQUALITY + 1)
    reserved = frozenset(f"{word}{ending}" for word in _RESERVED.split() for ending in ("", "f", "l"))
    kept = _KEPT

    def literal(self, text: str) -> str:
        """Write `2.0`, since `1 / 2` is 0."""
        return text

    def statement(self, name: str, term: Term) -> str:
        """Write `const double x = …;`."""
        return f"const {'int' if term.boolean else 'double'} {name} = {term.text};"

    def function(self, name: str, parameters: Sequence[str], lines: Sequence[Line], result: Term, about: str) -> str:
        """Write a definition as a function."""
        head = f"static double {name}({', '.join(f'double {parameter}' for parameter in parameters)})"
        body = self.block([*self.statements(lines), f"return {result.text};"])
        return "\n".join([f"/** {about} */", head, "{", *body, "}"])

    def module(self, module: Module) -> str:
        """Write the header, the helpers and the function."""
        if module.has_arrays:
            return self._of_arrays(module)
        one = len(module.outputs) == 1
        sizes = f"[{len(module.outputs)}]" if not one else ""
        count = len(module.wrt)
        parameters = [f"double {p.variable}" for p in module.parameters]
        parameters += [] if one else [f"double value{sizes}"]
        parameters += [f"double gradient{sizes}[{count}]"] if module.gradient and count else []
        parameters += [f"double hessian{sizes}[{count}][{count}]"] if module.hessian and count else []
        head = f"{'double' if one else 'void'} {module.name}({', '.join(parameters) or 'void'})"
        used = module.words()
        body = [f"(void){p.variable};" for p in module.parameters if p.variable not in used]
        body += self.statements(module.lines)
        body += [] if one else [f"value[{at}] = {tensor.item.text};" for at, tensor in enumerate(module.values)]
        for at, row in enumerate(module.gradient):
            place = "gradient" if one else f"gradient[{at}]"
            body += [f"{place}[{k}] = {tensor.item.text};" for k, tensor in enumerate(row)]
        for at, rows in enumerate(module.hessian):
            place = "hessian" if one else f"hessian[{at}]"
            body += [f"{place}[{k}][{m}] = {term.text};" for k, row in enumerate(rows) for m, term in enumerate(row)]
        body += [f"return {module.values[0].item.text};"] if one else []
        returned = [f"Returns {module.labels()[0]}." if one else f"Writes {', '.join(module.labels())} into value."]
        if module.gradient and count:
            where = f"{', '.join(module.slopes()[0])} into gradient" if one else "∂value[i]/∂wrt[j] into gradient[i][j]"
            returned.append(f"Writes {where}.")
        if module.hessian and count:
            returned.append("Writes the second derivatives into hessian.")
        returned += self.defaults(module)
        return self._text(module, returned, head, body)

    def _text(self, module: Module, returned: Sequence[str], head: str, body: Sequence[str]) -> str:
        comment = block_comment(self.about(module, returned))
        kept = re.sub(r"\b(const|double) ", "\\1\xa0", head)  # a parameter stays on one line
        folded = [line.replace("\xa0", " ") for line in self.wrapped([kept])]
        text = [*comment, *folded, "{", *self.block(body), "}"]
        return "\n\n".join(["#include <math.h>", *module.helpers, "\n".join(text)]) + "\n"

    def _of_arrays(self, module: Module) -> str:
        """Write a function of arrays: each value that is an array, and each derivative, has an array for its result."""
        returns = len(module.outputs) == 1 and not module.quantities[0].shape
        parameters = [f"{'const ' * bool(p.shape)}double {p.variable}{_sizes(p.shape)}" for p in module.parameters]
        used = module.words()
        body = [f"(void){p.variable};" for p in module.parameters if p.variable not in used]
        body += self.statements(module.lines)
        returned = [f"Returns {module.labels()[0]}."] if returns else []

        def write(name: str, what: str, shape: Shape, tensor: Tensor[Term]) -> None:
            place = module.names.named(name)
            parameters.append(f"double {place}{_sizes(shape or (1,))}")
            returned.append(f"Writes {what} into {place}.")
            if shape != tensor.shape:
                at = module.counters(len(shape)) if module.counters else []
                body.extend(
                    LOOPS.over(at, shape, [f"{self.element(place, at)} = {self.element(tensor.item.text, at)};"])
                )
                return
            for index, term in zip(indices(tensor.shape or (1,)), tensor.items, strict=True):
                body.append(f"{self.element(place, index)} = {term.text};")

        labels = module.labels()
        for label, group, tensor in zip(labels, module.quantities, module.values, strict=True):
            if not returns:
                write(f"{label}_value", label, group.shape, tensor)
        for label, row, slopes in zip(labels, module.gradient, module.slopes(), strict=bool(module.gradient)):
            for group, tensor, slope in zip(module.sources, row, slopes, strict=True):
                name = f"{group.label}_gradient" if len(labels) == 1 else f"{label}_{group.label}_gradient"
                write(name, slope, group.shape, tensor)
        for label, rows in zip(labels, module.hessian, strict=bool(module.hessian)):
            table = Tensor((len(rows), len(rows)), [term for row in rows for term in row])
            write(
                "hessian_of" if len(labels) == 1 else f"{label}_hessian", "the second derivatives", table.shape, table
            )
        body += [f"return {module.values[0].item.text};"] if returns else []
        head = f"{'double' if returns else 'void'} {module.name}({', '.join(parameters) or 'void'})"
        return self._text(module, [*returned, *self.defaults(module)], head, body)


TARGET = C()
