"""Polars: a function that adds the value and the gradient to a frame as columns, by Polars' own expressions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from cgraph_cli.emit.columns_of_frames import check_columns, columns_of, steps_of
from cgraph_cli.emit.module import Module, listed, prose
from cgraph_cli.emit.targets.python_family import (
    ARITHMETIC,
    BIT_AND,
    BIT_OR,
    COMPARISON,
    LOGIC,
    POWERS,
    PRODUCT,
    Pythonic,
    in_docstring,
)
from cgraph_cli.emit.terms import ATOM, Template, Term, calls, infix

_LINE = 36
"""Characters of the names that are bound on one line, which has them twice."""

_INF, _NAN = 'float("inf")', 'float("nan")'


def _guarded(operator: str, side: str, level: int = BIT_AND, guard: str = "& {}.is_not_nan()") -> Template:
    """Make the template of a comparison that is false where a side is NaN, to Polars the largest number."""
    return Template(f"({{0}} {operator} {{1}}) {guard.format(side)}", level, ATOM, ATOM, boxed="each")


_METHODS = {
    **{name: name for name in ("abs", "floor", "ceil", "sqrt", "cbrt", "exp", "log", "log10", "log1p", "sin", "cos",
                               "tan", "sinh", "cosh", "tanh", "erf", "erfc")},
    **{f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
}  # fmt: skip

TEMPLATES = {
    **ARITHMETIC,
    **LOGIC,
    **POWERS,
    "^2": Template("{0} * {0}", PRODUCT, PRODUCT, PRODUCT + 1),
    "<": _guarded("<", "{1}"),
    "<=": _guarded("<=", "{1}"),
    ">": _guarded(">", "{0}"),
    ">=": _guarded(">=", "{0}"),
    "==": _guarded("==", "{0}"),
    "!=": _guarded("!=", "{0}", BIT_OR, "| {}.is_nan()"),
    **{f"{operator}c": infix(operator, COMPARISON) for operator in ("<", "<=", "==", "!=")},
    # Its own remainder by an infinity is NaN.
    "%": Template(
        f"pl.when(({{1}}.abs() == {_INF}) & ({{0}}.abs() < {_INF}))"
        ".then(pl.when({0} * {1} < 0.0).then({1}).otherwise({0})).otherwise({0} % {1})",
        ATOM, ATOM, ATOM, boxed="each",
    ),
    "log2": Template("{0}.log(2.0)", ATOM, ATOM),
    "round": Template('{0}.round(0, mode="half_to_even")', ATOM, ATOM),
    "where": Template("pl.when({0}).then({1}).otherwise({2})"),
    **{primitive: Template(f"{{0}}.{name}()", ATOM, ATOM, boxed="each") for primitive, name in _METHODS.items()},
    **calls({"atan2": "pl.arctan2"}, boxed="each"),
}  # fmt: skip


NUMBERS = {"inf": _INF, "nan": _NAN}


class Polars(Pythonic):
    """Polars, for its frames, eager or lazy. What it has no function for cannot be said in its expressions."""

    name = "polars"
    title = "Polars"
    imports = ("import polars as pl",)
    functions = False
    fits = False
    templates = TEMPLATES
    numbers: Mapping[str, str] = NUMBERS
    to_number = Template("{0}.cast(pl.Float64)", ATOM, ATOM)
    to_boolean = Template("{0} != 0.0", COMPARISON, COMPARISON + 1)
    box = Template("pl.lit({0})")
    reserved = Pythonic.reserved | {"pl", "frame", "map"}

    def literal(self, text: str) -> str:
        """Write a number as a float, as that is what all columns are."""
        return text

    def boxed(self, term: Term, parameter: str) -> Term:
        """Make a column of a plain number; a variable is one already."""
        return term if term.text.isidentifier() else super().boxed(term, parameter)

    def _function(self, module: Module) -> str:
        """Write the function of a frame, which adds columns in steps, each of those before it."""
        check_columns(module)
        names = module.names
        point, present = names.named("point"), names.named("present")
        first = [f"pl.struct(pl.all()).alias({_quoted(point)})"]
        first += [f"pl.col({_quoted(p.name)}).cast(pl.Float64).alias({_quoted(p.variable)})" for p in module.parameters]
        steps = steps_of(module)
        columns = _apart(columns_of(module), [p.name for p in module.parameters])
        variables = [*(p.variable for p in module.parameters), *(line.name for step in steps for line in step)]
        if module.parameters:
            inputs = ", ".join(_quoted(p.name) for p in module.parameters)
            first.append(f"pl.all_horizontal(pl.col({inputs}).is_not_null()).alias({_quoted(present)})")
            variables.append(present)
        last = [_quoted(point), *(self._result_column(name, term, module, present) for name, term in columns)]
        lines = []
        for some in _in_lines(variables):
            lines.append(f"{', '.join(some)}{',' * (len(some) == 1)} = map(pl.col, {_quoted(' '.join(some))}.split())")
        lines += ["return (", f"{self.indent}frame.select(", *self._listed(first), f"{self.indent})"]
        for step in steps:
            added = [f"{self._column(line.term)}.alias({_quoted(line.name)})" for line in step]
            lines += [f"{self.indent}.with_columns(", *self._listed(added), f"{self.indent})"]
        lines += [
            f"{self.indent}.select(",
            *self._listed(last),
            f"{self.indent})",
            f"{self.indent}.unnest({_quoted(point)})",
            ")",
        ]
        has = f" that has the columns {listed([p.name for p in module.parameters])}" if module.parameters else ""
        said = f"Adds the columns {listed([name for name, _ in columns])} to a DataFrame or LazyFrame{has}."
        about = ['"""' + in_docstring(module.about()), "", "The program:", ""]
        about += [f"    {in_docstring(line)}".rstrip() for line in module.source_lines()]
        about += ["", *map(in_docstring, prose([said, *module.remarks()])), '"""']
        docstring = [f"{self.indent}{line}".rstrip() for line in about]
        return "\n".join([f"def {module.name}(frame):", *docstring, *self.block(lines)])

    def _listed(self, items: Sequence[str]) -> list[str]:
        return [f"{2 * self.indent}{item}," for item in items]

    def _column(self, term: Term) -> str:
        """Write a term so that a method can be called on it."""
        known = self.boxed(term, "") if term.constant else term
        return f"({known.text})" if known.level < ATOM else known.text

    def _result_column(self, name: str, term: Term, module: Module, present: str) -> str:
        """Write a result, which is null where an input is."""
        if not module.parameters:
            return f"{self._column(term)}.alias({_quoted(name)})"
        return f"pl.when({present}).then({term.text}).alias({_quoted(name)})"


def _apart(columns: Sequence[tuple[str, Term]], taken: Sequence[str]) -> list[tuple[str, Term]]:
    """Give each column a name of its own, beside those that are taken."""
    names = [*taken]
    for name, _ in columns:
        while name in names:
            name += "_"
        names.append(name)
    return [(name, term) for name, (_, term) in zip(names[len(taken) :], columns, strict=True)]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _in_lines(names: Sequence[str]) -> Iterator[list[str]]:
    """Part names into lines of some length."""
    line: list[str] = []
    for name in names:
        if line and len(" ".join([*line, name])) > _LINE:
            yield line
            line = []
        line.append(name)
    if line:
        yield line


TARGET = Polars()
