"""Rewriting: a primitive of operands as a form, by the first row of the table that fits, until none does."""

from __future__ import annotations

from functools import cache
from math import isfinite

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import TRUTHS
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.rules import text_graph
from cgraph_cli.symbolic.simplify.forms import NUMBER, PRODUCT, SUM, SYMBOL, Forms
from cgraph_cli.symbolic.simplify.numbers import HALF, ONE, ZERO, exact, is_exact
from cgraph_cli.symbolic.simplify.products import factors, multiply, power, scaled
from cgraph_cli.symbolic.simplify.sums import add
from cgraph_cli.symbolic.simplify.table import EXACT, REWRITES, Rewrite

_STEPS = 16  # rows that may be used one after another in one place: each makes it shorter, so that few are

_EXACT = TRUTHS | {
    *("where", "abs", "sign", "floor", "ceil", "round", "trunc", "min", "max", "heaviside", "clip", "relu")
}
"""Primitives whose result of numbers is exact."""

_ARITHMETIC = ("+", "-", "*", "/", "neg", "^", "sqrt")

_NUMBERS, _LOGIC = ("n", "m"), ("p", "q")

Bindings = dict[str, int]


class _Row:
    """A row of the table, read."""

    __slots__ = ("defined", "pattern", "replacement", "when")

    def __init__(self, row: Rewrite) -> None:
        name = f"rewrite {row.pattern}"
        self.pattern = text_graph(row.pattern, name)
        self.replacement = text_graph(row.replacement, name)
        self.when = text_graph(row.when, name) if row.when else None
        self.defined = row.defined


@cache
def _rows(regroup: bool) -> dict[str, list[_Row]]:
    """The rows that are used, by the primitive that their pattern is of."""
    rows: dict[str, list[_Row]] = {}
    for row in [*EXACT, *REWRITES] if regroup else EXACT:
        read = _Row(row)
        rows.setdefault(read.pattern.operations[read.pattern.output], []).append(read)
    return rows


def apply(forms: Forms, operation: str, operands: tuple[int, ...], steps: int = _STEPS) -> int:
    """A primitive of operands, in its simplest form that the table knows."""
    if operation == "identity":
        return operands[0]
    if forms.regroup and operation in _ARITHMETIC:
        form = _collected(forms, operation, operands)
        if form is not None:
            return form
    folded = _folded(forms, operation, operands)
    if folded is not None:
        return folded
    for row in _rows(forms.regroup).get(operation, ()) if steps else ():
        bindings: Bindings = {}
        forms.work += 1
        if _match_operands(forms, row.pattern, row.pattern.output, operands, bindings) and _holds(forms, row, bindings):
            return _instantiate(forms, row.replacement, row.replacement.output, bindings, steps - 1)
    return forms.call(operation, operands)


def _collected(forms: Forms, operation: str, operands: tuple[int, ...]) -> int | None:
    """A sum, a product or a power with a number as its exponent, all terms and factors collected."""
    if operation in ("+", "-"):
        return add(forms, ZERO, [(operands[0], ONE), (operands[1], ONE if operation == "+" else -ONE)])
    if operation == "neg":
        return scaled(forms, -ONE, operands[0])
    if operation in ("*", "/"):
        number, items = factors(forms, operands[0])
        other, others = factors(forms, operands[1], ONE if operation == "*" else -ONE)
        return multiply(forms, number, [*items, *others], other)
    if operation == "sqrt":
        return power(forms, operands[0], HALF)
    exponent = forms.value(operands[1])
    return None if exponent is None else power(forms, operands[0], exponent)


def _folded(forms: Forms, operation: str, operands: tuple[int, ...]) -> int | None:
    """The number that an exact primitive makes of numbers, as doubles compute it."""
    if operation not in _EXACT:
        return None
    if any(forms.operations[operand] not in (NUMBER, SYMBOL) for operand in operands):
        return None
    if any(not is_exact(forms.value(operand) or ZERO) for operand in operands):
        return None
    result = DOUBLE.function(operation)(*(float(forms.parts[operand][0]) for operand in operands))
    if str(result) == "-0.0" and not forms.regroup:
        return forms.leaf(SYMBOL, result, "")
    for operand in operands:
        if forms.value(operand) is not None and float(forms.parts[operand][0]) == result:
            return operand
    return forms.number(exact(result)) if isfinite(result) and result == int(result) else None


def _holds(forms: Forms, row: _Row, bindings: Bindings) -> bool:
    if not all(_is_defined(forms, bindings[name]) for name in row.defined):
        return False
    return row.when is None or _proved(forms, row.when, row.when.output, bindings)


def _is_defined(forms: Forms, form: int) -> bool:
    """Whether a form has a value everywhere; where nothing is regrouped, one that cannot overflow."""
    if not forms.regroup:
        return forms.operations[form] in (INPUT, NUMBER)
    return forms.holds(forms.needs[form])


def _match(forms: Forms, pattern: Graph, node: int, form: int, bindings: Bindings) -> bool:
    """Whether a form fits a pattern's node; says in `bindings` what the names stand for."""
    operation = pattern.operations[node]
    if operation == INPUT:
        name = pattern.names[node] or ""
        if name in bindings:
            return bindings[name] == form
        if name in _NUMBERS and forms.operations[form] != NUMBER:
            return False
        if name in _LOGIC and not forms.is_logic(form):
            return False
        bindings[name] = form
        return True
    if operation == CONSTANT:
        return forms.value(form) == exact(pattern.constant(node))
    if forms.regroup and operation == "neg" and not _all_bound(pattern, node, bindings):
        return _is_negative(forms, form) and _match(
            forms, pattern, pattern.operands_of(node)[0], scaled(forms, -ONE, form), bindings
        )
    if forms.regroup and operation in _ARITHMETIC:
        return _all_bound(pattern, node, bindings) and form == _instantiate(forms, pattern, node, bindings, 0)
    return forms.operations[form] == operation and _match_operands(forms, pattern, node, forms.parts[form], bindings)


def _match_operands(forms: Forms, pattern: Graph, node: int, operands: tuple[int, ...], bindings: Bindings) -> bool:
    wanted = pattern.operands_of(node)
    return len(wanted) == len(operands) and all(
        _match(forms, pattern, want, operand, bindings) for want, operand in zip(wanted, operands, strict=True)
    )


def _all_bound(pattern: Graph, node: int, bindings: Bindings) -> bool:
    if pattern.operations[node] == INPUT:
        return pattern.names[node] in bindings
    return all(_all_bound(pattern, operand, bindings) for operand in pattern.operands_of(node))


def _is_negative(forms: Forms, form: int) -> bool:
    """Whether a form is written with a minus in front of all of it."""
    operation, parts = forms.operations[form], forms.parts[form]
    if operation in (NUMBER, PRODUCT):
        return bool(parts[0] < 0)
    return operation == SUM and parts[0] <= 0 and all(number < 0 for _, number in parts[1])


def _instantiate(forms: Forms, template: Graph, node: int, bindings: Bindings, steps: int) -> int:
    """A text of the table with forms in place of its names."""
    operation = template.operations[node]
    if operation == INPUT:
        return bindings[template.names[node] or ""]
    if operation == CONSTANT:
        return forms.number(exact(template.constant(node)))
    operands = tuple(_instantiate(forms, template, operand, bindings, steps) for operand in template.operands_of(node))
    return apply(forms, operation, operands, steps)


def _proved(forms: Forms, condition: Graph, node: int, bindings: Bindings) -> bool:
    """Whether a condition holds by what is known of the ranges."""
    operation = condition.operations[node]
    left, right = condition.operands_of(node)
    if operation in ("and", "or"):
        sides = (_proved(forms, condition, side, bindings) for side in (left, right))
        return all(sides) if operation == "and" else any(sides)
    form, other = (_instantiate(forms, condition, side, bindings, 0) for side in (left, right))
    if operation == "==":
        return form == other
    difference = add(forms, ZERO, [(form, ONE), (other, -ONE)], "")
    known = forms.ranges[difference]
    if operation in ("<", "<="):
        return known.high <= 0 and (operation == "<=" or not known.zero)
    if operation in (">", ">="):
        return known.low >= 0 and (operation == ">=" or not known.zero)
    return operation == "!=" and not known.zero
