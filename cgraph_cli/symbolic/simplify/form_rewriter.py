"""Rewriting forms: by the laws, with the terms of sums and the factors of products collected first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.symbolic.rewriting.algebra_laws import Rewrite
from cgraph_cli.symbolic.rewriting.expressions import NUMBER
from cgraph_cli.symbolic.rewriting.intervals import Interval
from cgraph_cli.symbolic.rewriting.numbers import HALF, ONE, ZERO
from cgraph_cli.symbolic.rewriting.rewriter import STEPS, Bindings, Law, Rewriter
from cgraph_cli.symbolic.simplify.forms import PRODUCT, SUM, Forms
from cgraph_cli.symbolic.simplify.products import factors, multiply, power, same_power, scaled
from cgraph_cli.symbolic.simplify.steps import step_product
from cgraph_cli.symbolic.simplify.sums import add


class FormRewriter(Rewriter):
    """A maker of forms that collects first, and then applies laws."""

    def __init__(self, forms: Forms, laws: tuple[Rewrite, ...]) -> None:
        super().__init__(forms, laws)
        self.forms = forms

    def apply(self, operation: str, operands: tuple[int, ...], steps: int = STEPS) -> int:
        """Return a primitive of operands in its simplest form."""
        collects = (same_power, step_product) if operation == "where" else filter(None, (_COLLECT.get(operation),))
        found = (collect(self.forms, *operands) for collect in collects)
        form = next((each for each in found if each is not None), None)
        return super().apply(operation, operands, steps) if form is None else form

    def may_apply(self, law: Law, bindings: Bindings) -> bool:
        """Tell whether a law's condition is known to hold, and its `defined` names to have a value everywhere."""
        defined = all(self.forms.holds(self.forms.needs[bindings[name]]) for name in law.defined)
        return defined and super().may_apply(law, bindings)

    def match(self, pattern: Graph, node: int, expression: int, bindings: Bindings) -> bool:
        """Tell whether a form matches a pattern's node, and bind its names.

        A sum or a product is compared as a form.
        """
        operation = pattern.operations[node]
        if operation in _COLLECT:
            if _are_bound(pattern, node, bindings):
                return expression == self.instantiate(pattern, node, bindings, 0)
            if operation == "neg" and _is_negative(self.forms, expression):
                (inside,) = pattern.operands_of(node)
                return self.match(pattern, inside, scaled(self.forms, -ONE, expression), bindings)
            return False
        return super().match(pattern, node, expression, bindings)

    def difference(self, one: int, other: int) -> Interval:
        """Return the interval of the difference of two forms, its terms collected."""
        return self.forms.intervals[add(self.forms, ZERO, [(one, ONE), (other, -ONE)], "")]


def _multiply(forms: Forms, one: int, other: int) -> int:
    number, items = factors(forms, one)
    coefficient, others = factors(forms, other)
    return multiply(forms, number, [*items, *others], coefficient)


def _divide(forms: Forms, above: int, below: int) -> int:
    number, items = factors(forms, above)
    coefficient, others = factors(forms, below, -ONE)
    return multiply(forms, number, [*items, *others], coefficient)


def _raise(forms: Forms, base: int, exponent: int) -> int | None:
    number = forms.value(exponent)
    return None if number is None else power(forms, base, number)


_COLLECT: Mapping[str, Callable[..., int | None]] = {
    "+": lambda forms, one, other: add(forms, ZERO, [(one, ONE), (other, ONE)]),
    "-": lambda forms, one, other: add(forms, ZERO, [(one, ONE), (other, -ONE)]),
    "neg": lambda forms, operand: scaled(forms, -ONE, operand),
    "*": _multiply,
    "/": _divide,
    "^": _raise,
    "sqrt": lambda forms, operand: power(forms, operand, HALF),
}
"""The laws of sums, products and powers: the form of each primitive of its operands, or None for a call."""


def _are_bound(pattern: Graph, node: int, bindings: Bindings) -> bool:
    """Tell whether all names in a pattern's node are bound."""
    if pattern.operations[node] == INPUT:
        return pattern.names[node] in bindings
    return all(_are_bound(pattern, operand, bindings) for operand in pattern.operands_of(node))


def _is_negative(forms: Forms, form: int) -> bool:
    """Tell whether a form is written with a minus before the whole."""
    operation, parts = forms.operations[form], forms.parts[form]
    if operation in (NUMBER, PRODUCT):
        return bool(parts[0] < 0)
    return operation == SUM and parts[0] <= 0 and all(number < 0 for _, number in parts[1])
