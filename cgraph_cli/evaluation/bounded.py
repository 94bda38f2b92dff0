"""Doubles with a bound of their rounding error: rules and conditions compiled for pairs (number, error bound).

A pair (v, e) means that the true number lies within e of the double v. The bounds are running error bounds (N. J.
Higham, *Accuracy and Stability of Numerical Algorithms*, section 3.3), with the slope over the whole interval in place
of that at its middle. A truth is a pair as well: (1, 0) and (0, 0) are certain, and an error of 1 means that the
operands do not decide it. A bound that is not finite means that nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import inf
from typing import Any

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import ASKED, TEMPLATES, bind
from cgraph_cli.evaluation.operation_errors import (
    NORMAL,
    PI_ERROR,
    TINY,
    UNIT,
    product_error,
    quotient_error,
    sum_error,
)
from cgraph_cli.evaluation.rule_parser import Branch, condition, definition, rule, text_graph

MOST_OTHERS = 64
"""The most operands of a product whose partials have bounds: these take the square of that."""

SlopeErrors = Callable[..., Sequence[float]]
"""A function of a node's result, its error, the operands and theirs, which returns the errors of the partials."""


def carry(
    name: str, result: float, partials: Sequence[float | None], operands: Sequence[float], errors: Sequence[float]
) -> float:
    """Bound the change of a result by the errors of its operands.

    The slope over the interval is that at its middle plus four times its change to either end. Over a sixteenth of a
    period that holds for the periodic primitives, over the distance to a pole for the others.
    """
    kernel = DOUBLE.kernel(name)
    if not all(error < inf for error in errors):
        return inf
    period = PRIMITIVES[name].period
    if period and not errors[0] < period / 16:
        return inf
    above = kernel(*[x + e for x, e in zip(operands, errors, strict=True)])
    below = kernel(*[x - e for x, e in zip(operands, errors, strict=True)])
    moved = max(abs(above[0] - result), abs(below[0] - result))
    slopes = 0.0
    for position, (partial, error) in enumerate(zip(partials, errors, strict=True), 1):
        if error:
            slope = partial or 0.0
            change = max(abs((above[position] or 0.0) - slope), abs((below[position] or 0.0) - slope))
            if not change < inf:
                return inf
            slopes += (abs(slope) + 4 * change) * error
    return max(moved, slopes) + TINY if moved < inf else inf


def truth_error(x: float, error: float) -> float:
    """Give the error of a number's truth: 1 where it may or may not be 0."""
    return 0.0 if error == 0 or abs(x) > error else 1.0


def order_error(x: float, y: float, error: float) -> float:
    """Give the error of a comparison of two numbers that together are off by `error`: 1 where it is undecided."""
    return 0.0 if error == 0 or abs(x - y) > error else 1.0


# The errors of the results of TEMPLATES: {0}, {1} are operands, {d0}, {d1} their errors, {f} the result.
_ERRORS = {
    "+": "{d0} + {d1} + sum_error({f}, {0}, {1})",
    "-": "{d0} + {d1} + sum_error({f}, {0}, -{1})",
    "*": "(abs({0})*{d1} + abs({1})*{d0} + {d0}*{d1} + 2*TINY if {d0} or {d1} else 0.0) + product_error({f}, {0}, {1})",
    "neg": "{d0}",
    "identity": "{d0}",
    "where": "({d1} if {0} else {d2}) if truth_error({0}, {d0}) == 0 else inf",
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), "order_error({0}, {1}, {d0} + {d1})"),
    "and": "0.0 if ({d0} == 0 and not {0}) or ({d1} == 0 and not {1}) "
    "else max(truth_error({0}, {d0}), truth_error({1}, {d1}))",
    "or": "0.0 if ({d0} == 0 and {0}) or ({d1} == 0 and {1}) "
    "else max(truth_error({0}, {d0}), truth_error({1}, {d1}))",
    "not": "truth_error({0}, {d0})",
    "/": "(0.0 if not ({d0} or {d1}) else ({d0} + abs({f})*{d1} + TINY)/(abs({1}) - {d1}) + TINY "
    "if {d1} < abs({1}) else inf) + quotient_error({f}, {0}, {1})",
}  # fmt: skip

_NAMESPACE: dict[str, Any] = {
    "inf": inf, "carry": carry, "sum_error": sum_error, "product_error": product_error, "TINY": TINY,
    "quotient_error": quotient_error, "truth_error": truth_error, "order_error": order_error, "one": 1.0, "zero": 0.0,
}  # fmt: skip


@cache
def error_of(name: str) -> Callable[..., float]:
    """Make the function that bounds a primitive's error, by the result, the partials, the operands and their errors."""
    writer = PairWriter(PRIMITIVES[name])
    writer.error()
    writer.line("return df")
    return writer.compile("def bound(f, partials, operands, errors):")


@cache
def cause_of(name: str) -> Callable[..., str] | None:
    """Make the function that finds the condition of a primitive's row that holds or may hold.

    It takes the result, its error, the operands and theirs; it is None where the row has no condition.
    """
    primitive = PRIMITIVES[name]
    asked = [(column, graph) for column in ASKED if (graph := condition(primitive, column)) is not None]
    if not asked:
        return None
    writer = PairWriter(primitive)
    for column, graph in asked:
        value, error = writer.write(graph)[graph.output]
        holds = f"{value} or {error}"
        if column == "domain":  # a nan comes from outside of an earlier domain
            holds = f"(not {value} or {error}) and all(x == x for x in operands)"
        writer.line(f"if {holds}: return {column!r}")
    writer.line("return ''")
    return writer.compile("def bound(f, df, operands, errors):")


@cache
def slope_errors_of(name: str) -> SlopeErrors:
    """Make the function that bounds the errors of a primitive's partials, compiled from the rule."""
    primitive = PRIMITIVES[name]
    writer = PairWriter(primitive)
    local = rule(primitive)
    if not primitive.variadic:
        pairs = writer.write(local.graph)
        writer.line(f"return {''.join(f'{writer.choice(branches, pairs)}, ' for branches in local.partials)}")
        return writer.compile("def bound(f, df, operands, errors):")
    (operand,) = primitive.parameters
    writer.line("slopes = []")
    over = f"for {operand}, d{operand} in zip(operands, errors):"
    if local.uses("rest"):
        others = bind(writer.namespace, lambda operands, errors: _others(name, operands, errors))
        over = f"for {operand}, d{operand}, (rest, drest) in zip(operands, errors, {others}(operands, errors)):"
    writer.line(over)
    writer.indent = "        "
    pairs = writer.write(local.graph)
    writer.line(f"slopes.append({writer.choice(local.partials[0], pairs)})")
    writer.indent = "    "
    writer.line("return slopes")
    return writer.compile("def bound(f, df, operands, errors):")


def _others(name: str, operands: Sequence[float], errors: Sequence[float]) -> list[tuple[float, float]]:
    """Apply a variadic primitive to all operands but one, for each of them, with its error."""
    values = DOUBLE.others(name)(operands)
    if len(operands) > MOST_OTHERS:
        return [(value, inf) for value in values]
    error, found = error_of(name), []
    for at, value in enumerate(values):
        rest, around = [*operands[:at], *operands[at + 1 :]], [*errors[:at], *errors[at + 1 :]]
        found.append((value, error(value, DOUBLE.kernel(name)(*rest)[1:], rest, around) if rest else 0.0))
    return found


class PairWriter:
    """A writer of graphs as lines of Python: for each node a variable for its number and one for its error."""

    def __init__(self, primitive: Primitive) -> None:
        self.lines: list[str] = []
        self.indent = "    "
        self.namespace = dict(_NAMESPACE)
        self.count = 0
        self.primitive = primitive
        self.scope = {**{parameter: f"d{parameter}" for parameter in primitive.parameters}, "f": "df"}
        if primitive.variadic:
            self.scope |= {"n": "0.0", "ties": "0.0", "rest": "drest"}
            self.line("n = float(len(operands))")
            self.line("ties = float(sum(not abs(x - f) > dx for x, dx in zip(operands, errors)))")
        else:
            self.line(f"{', '.join(primitive.parameters)}, = operands")
            self.line(f"{', '.join('d' + parameter for parameter in primitive.parameters)}, = errors")

    def line(self, text: str) -> None:
        """Append a line."""
        self.lines.append(f"{self.indent}{text}")

    def error(self) -> None:
        """Write the error `df` of the result, from the operands' errors and its own rounding."""
        primitive, name = self.primitive, self.primitive.name
        if name in _ERRORS:
            parts = {f"d{at}": f"d{parameter}" for at, parameter in enumerate(primitive.parameters)}
            self.line(f"df = {_ERRORS[name].format(*primitive.parameters, f='f', **parts)}")
            return
        graph = definition(primitive)
        if graph is not None:
            self.line(f"df = {self.write(graph)[graph.output][1]}")
            return
        self.line(f"df = carry({name!r}, f, partials, operands, errors) if any(errors) else 0.0")
        if not (primitive.exact or primitive.picks):
            self.line(f"df += {bind(self.namespace, _rounding_of(primitive))}(f, partials, operands)")

    def write(self, graph: Graph) -> list[tuple[str, str]]:
        """Write the nodes of a graph; returns for each the names of its number and of its error."""
        pairs: list[tuple[str, str]] = []
        for node, operation in enumerate(graph.operations):
            mine = [pairs[operand] for operand in graph.operands_of(node)]
            if operation == INPUT:
                name = graph.names[node] or ""
                pairs.append((name, self.scope[name]))
            elif operation == CONSTANT:
                spelled = graph.spellings.get(node, "")
                error = repr(PI_ERROR * abs(graph.constant(node))) if spelled in ("pi", "π") else "0.0"
                pairs.append((bind(self.namespace, graph.constant(node)), error))
            else:
                self.count += 1
                value, error = f"v{self.count}", f"e{self.count}"
                self.node(operation, mine, value, error)
                pairs.append((value, error))
        return pairs

    def node(self, operation: str, operands: Sequence[tuple[str, str]], value: str, error: str) -> None:
        """Write one operation of pairs."""
        numbers = [number for number, _ in operands]
        errors = [each for _, each in operands]
        if operation in _ERRORS:
            text = TEMPLATES.get(operation)
            function = "" if text else bind(self.namespace, DOUBLE.function(operation))
            computed = text.format(*numbers) if text else f"{function}({', '.join(numbers)})"
            self.line(f"{value} = {computed}")
            parts = {f"d{at}": each for at, each in enumerate(errors)}
            self.line(f"{error} = {_ERRORS[operation].format(*numbers, f=value, **parts)}")
            return
        apply = bind(self.namespace, _pair_function(operation))
        self.line(f"{value}, {error} = {apply}(({', '.join(numbers)},), ({', '.join(errors)},))")

    def choice(self, branches: Sequence[Branch], pairs: Sequence[tuple[str, str]]) -> str:
        """Write the error of a partial as text; it is not finite where the operands do not decide the branch."""
        text = ""
        for asked, partial in reversed(branches):
            here = "0.0" if partial is None else pairs[partial][1]
            if asked is None:
                text = here
            else:
                truth, doubt = pairs[asked]
                text = f"(({here}) if {truth} else ({text})) if truth_error({truth}, {doubt}) == 0 else inf"
        return text

    def compile(self, head: str) -> Callable[..., Any]:
        """Compile the function with the lines for its body."""
        exec("\n".join([head, *self.lines]), self.namespace)
        function: Callable[..., Any] = self.namespace["bound"]
        return function


def _pair_function(name: str) -> Callable[[Sequence[float], Sequence[float]], tuple[float, float]]:
    """Make a primitive a function of pairs."""
    kernel = DOUBLE.kernel(name)

    def apply(operands: Sequence[float], errors: Sequence[float]) -> tuple[float, float]:
        value, *partials = kernel(*operands)
        return value, error_of(name)(value, partials, operands, errors)

    return apply


def _rounding_of(primitive: Primitive) -> Callable[[float, Sequence[float | None], Sequence[float]], float]:
    """Bound the error of a primitive's own kernel in doubles, from its result, partials and operands.

    A result of 0 is a true zero where the operand is 0, or where the primitive crosses 0 there with a slope; elsewhere
    an underflow left it.
    """
    text = primitive.error
    unary = len(primitive.parameters) == 1 and not primitive.variadic
    measure = None
    if text:
        measure = DOUBLE.expression(primitive, text_graph(text, f"error of {primitive.name}"))

    def rounding(f: float, partials: Sequence[float | None], operands: Sequence[float]) -> float:
        size = abs(f)
        error = UNIT * (2 * size if measure is None else measure(f, *operands))
        if size > NORMAL or (unary and (operands[0] == 0 or abs((partials[0] or 0.0) * operands[0]) > NORMAL)):
            return error
        return error + TINY

    return rounding
