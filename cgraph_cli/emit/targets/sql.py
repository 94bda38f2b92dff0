"""SQL: a SELECT that adds the value and the gradient as columns, for DuckDB or Spark."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cgraph_cli.core.errors import RequestError
from cgraph_cli.emit.columns_of_frames import check_columns, columns_of, steps_of
from cgraph_cli.emit.module import Module, listed, prose
from cgraph_cli.emit.target import Target
from cgraph_cli.emit.terms import ATOM, Template, Term, calls, infix

OR, AND, NOT, COMPARISON, SUM, PRODUCT, UNARY = range(1, 8)

_NAN = "CAST('NaN' AS DOUBLE)"
_INF = "CAST('Infinity' AS DOUBLE)"


def _guarded(call: str, domain: str, pole: str = "", at_pole: str = "") -> Template:
    """Make a template that calls a function in its domain only: outside it is NaN, and infinite at its pole."""
    middle = f" WHEN {pole} THEN {at_pole}" if pole else ""
    return Template(f"CASE WHEN {domain} THEN {call}{middle} ELSE {_NAN} END")


def _logarithms(names: Mapping[str, str]) -> dict[str, Template]:
    return {
        primitive: _guarded(f"{name}({{0}})", "{0} > 0", "{0} = 0", f"-{_INF}") for primitive, name in names.items()
    }


# In both databases NaN equals itself and is greater than every number; in cgraph it is neither.
_COMPARISONS = {
    "<": Template("{0} < {1} AND NOT isnan({1})", AND, SUM, SUM),
    "<=": Template("{0} <= {1} AND NOT isnan({1})", AND, SUM, SUM),
    ">": Template("{0} > {1} AND NOT isnan({0})", AND, SUM, SUM),
    ">=": Template("{0} >= {1} AND NOT isnan({0})", AND, SUM, SUM),
    "==": Template("{0} = {1} AND NOT isnan({0})", AND, SUM, SUM),
    "!=": Template("{0} <> {1} OR isnan({0})", OR, SUM, SUM),
    "<c": Template("{0} < {1}", COMPARISON, SUM, SUM),
    "<=c": Template("{0} <= {1}", COMPARISON, SUM, SUM),
    "==c": Template("{0} = {1}", COMPARISON, SUM, SUM),
    "!=c": Template("{0} <> {1}", COMPARISON, SUM, SUM),
}

_COMMON = {
    "+": infix("+", SUM),
    "-": infix("-", SUM),
    "*": infix("*", PRODUCT),
    "neg": Template("-{0}", UNARY, UNARY + 1),
    "/c": infix("/", PRODUCT),
    "%": Template(
        f"CASE WHEN {{1}} = 0 THEN {_NAN} WHEN {{0}} % {{1}} = 0 THEN 0e0 / {{1}} "
        "WHEN ({0} % {1} < 0) <> ({1} < 0) THEN {0} % {1} + {1} ELSE {0} % {1} END"
    ),
    "^2": Template("{0} * {0}", PRODUCT, PRODUCT, PRODUCT + 1),
    **_COMPARISONS,
    "and": infix("AND", AND),
    "or": infix("OR", OR),
    "not": Template("NOT {0}", NOT, NOT),
    "where": Template("CASE WHEN {0} THEN {1} ELSE {2} END", boxed="all"),
    "min": Template(f"CASE WHEN isnan({{0}}) OR isnan({{1}}) THEN {_NAN} ELSE least({{0}}, {{1}}) END"),
    **calls({"max": "greatest", "abs": "abs", "cbrt": "cbrt", "exp": "exp", "atan": "atan", "atan2": "atan2",
             "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "asinh"}),
    **_logarithms({"log": "ln", "log2": "log2", "log10": "log10"}),
    "acosh": _guarded("acosh({0})", "{0} >= 1"),
}  # fmt: skip

_FINITE = f"abs({{0}}) < {_INF}"

DUCKDB = {
    **_COMMON,
    "/": infix("/", PRODUCT),
    "^": Template("pow({0}, {1})"),
    **calls({"floor": "floor", "ceil": "ceil", "trunc": "trunc"}),
    "round": Template("round_even({0}, 0)"),
    "sqrt": _guarded("sqrt({0})", "{0} >= 0"),
    **{name: _guarded(f"{name}({{0}})", _FINITE) for name in ("sin", "cos", "tan")},
    **{name: _guarded(f"{name}({{0}})", "abs({0}) <= 1") for name in ("asin", "acos")},
    "atanh": _guarded("atanh({0})", "abs({0}) < 1", "abs({0}) = 1", f"{{0}} * {_INF}"),
}

_WHOLE = (
    "CASE WHEN abs({{0}}) >= 4503599627370496 THEN {{0}} "  # past it, Spark's whole numbers overflow
    "WHEN {0}({{0}}) = 0 THEN 0e0 * {{0}} ELSE CAST({0}({{0}}) AS DOUBLE) END"  # as one, a zero has no sign
)

SPARK = {
    **_COMMON,
    # Division by 0 is an error there, or NULL; the power knows the sign of a zero.
    "/": Template("CASE WHEN {1} <> 0 THEN {0} / {1} ELSE {0} * pow({1}, -1) END", ATOM, PRODUCT, PRODUCT + 1),
    "^": Template(f"CASE WHEN {{0}} = 1 OR ({{0}} = -1 AND abs({{1}}) = {_INF}) THEN 1 ELSE pow({{0}}, {{1}}) END"),
    "^c": Template("pow({0}, {1})"),
    # Its own does not know that sign.
    "atan2": Template(
        "CASE WHEN {0} = 0 AND pow({0}, -1) < 0 THEN -atan2(-{0}, {1}) ELSE atan2({0}, {1}) END", ATOM, UNARY + 1
    ),
    "floor": Template(_WHOLE.format("floor")),
    "ceil": Template(_WHOLE.format("ceil")),
    **calls({"round": "rint", "sqrt": "sqrt", "hypot": "hypot", "expm1": "expm1", "sin": "sin", "cos": "cos",
             "tan": "tan", "asin": "asin", "acos": "acos", "atanh": "atanh"}),
    "log1p": _guarded("log1p({0})", "{0} > -1", "{0} = -1", f"-{_INF}"),
}  # fmt: skip

NUMBERS = {"inf": _INF, "nan": _NAN}

_FILLS = re.compile(r"\b(CASE|AND|OR|greatest|least)\b")
"""Words that may make a number of a NULL."""

MOST_OF_SPARK = 150
"""The most operations that fit into the 8 kB of a Java method which HotSpot still compiles; Black-Scholes has 425."""

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")

_KEYWORDS = (
    "all analyze and any array as asc asymmetric between both by case cast check collate column constraint create "
    "cross current_date current_time current_timestamp default deferrable desc describe distinct do else end except "
    "exclude exists false fetch filter for foreign from full grant group having in initially inner intersect into is "
    "isnull join lambda lateral leading left like limit natural not notnull null offset on only or order outer over "
    "pivot placing primary qualify references returning right row select show similar some summarize symmetric table "
    "then to trailing true union unique unpivot using variadic when where window with"
)


class Sql(Target):
    """SQL in the dialect of DuckDB; `Spark` is the other."""

    name = "sql"
    title = "SQL"
    indent = "  "
    longest = 240
    functions = False
    negative = UNARY
    templates = DUCKDB
    numbers = NUMBERS
    to_number = Template("CAST({0} AS DOUBLE)")
    to_boolean = Template("{0} <> 0", COMPARISON, SUM)
    box = Template("CAST({0} AS DOUBLE)")
    quote = '"'
    whole_row = "{table}"
    keywords = frozenset(_KEYWORDS.split())

    def in_dialect(self, dialect: str) -> Target:
        """Return this target, or Spark's."""
        return Spark() if dialect == "spark" else self

    def literal(self, text: str) -> str:
        """Write a number; one with many digits as a double, where it would be a decimal."""
        text = text.removesuffix(".0")
        return f"{text}e0" if "e" not in text and len(text) > 12 else text

    def identifier(self, name: str) -> str:
        """Write a name, between quotes where it needs them."""
        if _PLAIN.fullmatch(name) and name not in self.keywords:
            return name
        return f"{self.quote}{name}{self.quote}"

    def suffixed(self, name: str) -> str:
        """Make another name from one that is taken."""
        return f"{name[:-1]}_{self.quote}" if name.endswith(self.quote) else f"{name}_"

    def same_name(self, name: str) -> str:
        """Return a name in small letters: neither capitals nor quotes count."""
        return name.strip(self.quote).lower()

    def module(self, module: Module) -> str:
        """Write the steps, each of which uses the columns of the step before, and the SELECT."""
        table = self.identifier("inputs" if module.name == "f" else module.name)
        check_columns(module)
        _check_columns(module)
        names = [p.variable for p in module.parameters]
        columns = [(self._named(name, term, module), term) for name, term in columns_of(module)]
        point = module.names.named("point")
        source = alias = table
        if any(self.same_name(table) == self.same_name(self.identifier(p.name)) for p in module.parameters):
            alias = module.names.named("the_row")  # the name alone would be the column's
            source = f"{table} AS {alias}"
        row = self.whole_row.format(table=alias)
        inputs = [f"CAST({self.identifier(p.name)} AS DOUBLE) AS {p.variable}" for p in module.parameters]
        steps = [[f"{row} AS {point}", *inputs]]
        for level in steps_of(module):
            steps.append(["*", *(f"{self._result(line.term)} AS {line.name}" for line in level)])
        added = f"Adds the columns {listed([name for name, _ in columns])} to the table {table}"
        has = f", which has the columns {listed([self.identifier(p.name) for p in module.parameters])}" if names else ""
        about = [
            module.about(),
            "",
            "The program:",
            "",
            *(f"    {line}" for line in module.source_lines()),
            "",
            *prose([f"{added}{has}.", *module.remarks(), *self.advice(module)]),
        ]
        lines = [f"-- {line}".rstrip() for line in about]
        for at, step in enumerate(steps):
            lines.append(f"{'WITH' if not at else '),'} step_{at} AS (")
            lines += self._select(step, f"step_{at - 1}" if at else source, self.indent)
        lines.append(")")
        missing = " OR ".join(f"{variable} IS NULL" for variable in names)
        written = "\n".join([*(line for step in steps[1:] for line in step), *(term.text for _, term in columns)])
        is_filled = _FILLS.search(written) or any(term.constant for _, term in columns[: len(module.outputs)])
        if not names or not is_filled:
            results = [name if name == term.text else f"{self._result(term)} AS {name}" for name, term in columns]
        else:
            results = [f"CASE WHEN {missing} THEN NULL ELSE {self._result(t)} END AS {name}" for name, t in columns]
        lines += self._select([f"{point}.*", *results], f"step_{len(steps) - 1}", "")
        return "\n".join(lines) + ";\n"

    def advice(self, module: Module) -> list[str]:
        """Say what else to use where this is not the best."""
        return []

    def wrapped(self, lines: Sequence[str]) -> list[str]:
        """Fold long lines, but not within a cast."""
        kept = [re.sub(r"CAST\([^ ()]+ AS DOUBLE\)", lambda cast: cast[0].replace(" ", "\xa0"), line) for line in lines]
        return [line.replace("\xa0", " ") for line in super().wrapped(kept)]

    def _named(self, name: str, term: Term, module: Module) -> str:
        """Name a column: that of its variable, also where this is a truth, or a new one."""
        known = self.identifier(name)
        return known if term.text in (known, f"CAST({known} AS DOUBLE)") else module.names.named(name)

    def _result(self, term: Term) -> str:
        return f"CAST({term.text} AS DOUBLE)" if term.constant else term.text

    def _select(self, items: Sequence[str], table: str, start: str) -> list[str]:
        lines = [f"{start}SELECT"]
        lines += self.wrapped([f"{start}{self.indent}{item}," for item in items[:-1]])
        lines += self.wrapped([f"{start}{self.indent}{items[-1]}"])
        return [*lines, f"{start}FROM {table}"]


class Spark(Sql):
    """SQL in the dialect of Spark."""

    title = "Spark SQL"
    templates = SPARK
    quote = "`"
    whole_row = "struct(*)"

    def advice(self, module: Module) -> list[str]:
        """Say that a program is too large for one method, which Java then interprets."""
        if len(module.lowered) <= MOST_OF_SPARK:
            return []
        return [
            f"This is {len(module.lowered):,} operations. Spark computes more than about {MOST_OF_SPARK} slowly: "
            "`cgraph map --engine spark` adds the same columns, and is faster from there on."
        ]


def _check_columns(module: Module) -> None:
    """Raise `RequestError` for two inputs with one column."""
    known: dict[str, str] = {}
    for parameter in module.parameters:
        name = parameter.name
        other = known.setdefault(name.lower(), name)
        if other != name:
            raise RequestError(
                f"the inputs `{other}` and `{name}` are one column to SQL",
                [module.program.span(module.program.nodes[label]) for label in (other, name)],
                "capitals make no difference there: give one of them another name",
            )


TARGET = Sql()
