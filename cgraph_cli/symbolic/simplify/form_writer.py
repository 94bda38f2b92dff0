"""Writing forms: sums and products as the nodes of a graph."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.graph import INPUT
from cgraph_cli.symbolic.rewriting.expressions import NAMED
from cgraph_cli.symbolic.rewriting.numbers import HALF, ONE, ZERO, Exact, spell
from cgraph_cli.symbolic.rewriting.writer import Writer
from cgraph_cli.symbolic.simplify.form_reader import FormReader
from cgraph_cli.symbolic.simplify.forms import PRODUCT, SUM, Forms, Items
from cgraph_cli.symbolic.simplify.products import scaled


class FormWriter(Writer):
    """A writer of forms, with sums and products in the usual order of people."""

    def __init__(self, reader: FormReader) -> None:
        super().__init__(reader)
        self.forms: Forms = reader.forms

    def parts(self, expression: int) -> Sequence[int]:
        """List the forms in a form's own nodes."""
        operation, parts = self.forms.operations[expression], self.forms.parts[expression]
        if operation == PRODUCT:
            return [base for base, _ in self._ordered(parts[1])]
        if operation == SUM:
            return [term for term, _ in self._terms(expression)]
        return super().parts(expression)

    def write_node(self, expression: int) -> int:
        """Write a form whose parts were written."""
        operation, parts = self.forms.operations[expression], self.forms.parts[expression]
        if operation == PRODUCT:
            return self._product(*parts)
        if operation == SUM:
            return self._sum(expression)
        return super().write_node(expression)

    # Products

    def _ordered(self, items: Items) -> Items:
        """Sort factors into the usual order: `2*pi*x*exp(x)*(x + 1)`."""
        return tuple(sorted(items, key=lambda item: self._rank(item[0])))

    def _rank(self, base: int) -> tuple[int, int]:
        operation = self.forms.operations[base]
        if self.forms.is_constant(base):
            return 0, 0
        if operation == INPUT:  # in the order of the program
            return 3, self.forms.parts[base][0]
        return {PRODUCT: 1, NAMED: 2, SUM: 5}.get(operation, 4), 0

    def _product(self, coefficient: Exact, items: Items) -> int:
        above, below = list[int](), list[int]()
        for base, exponent in self._ordered(items):
            over = self._divisor(base) if exponent == 1 else None
            if over is not None:
                below.append(self.write_number(over))
            else:
                (above if exponent > 0 else below).append(self._power(base, max(exponent, -exponent)))
        minus, number, over = spell(coefficient, bool(above), self.forms.decimals)
        if minus:
            above[0] = self.append("neg", above[0])
        if number is not None:
            above.insert(0, self.write_number(number))
        if over is not None:
            below.insert(0, self.write_number(over))
        node = self._chain("*", above)
        return self.append("/", node, self._chain("*", below)) if below else node

    def _divisor(self, base: int) -> Exact | None:
        """Return the divisor of a number that stays apart and is written as `1/0.3`, or None."""
        value = self.forms.value(base)
        minus, number, over = (False, ONE, None) if value is None else spell(value, True, self.forms.decimals)
        return None if minus or number is not None else over

    def _chain(self, operation: str, nodes: Sequence[int]) -> int:
        node = nodes[0]
        for other in nodes[1:]:
            node = self.append(operation, node, other)
        return node

    def _power(self, base: int, exponent: Exact) -> int:
        node = self.nodes[base]
        if exponent == 1:
            return node
        if exponent == HALF:
            return self.append("sqrt", node)
        return self.append("^", node, self.write_number(exponent))

    # Sums

    def _terms(self, form: int) -> list[tuple[int, bool]]:
        """List the terms in the usual order, each with a flag for a minus before it.

        The powers of the inputs fall, and the constant is last; a term without a minus goes first, where there is one.
        """
        constant, items = self.forms.parts[form]
        ordered = sorted(items, key=lambda item: -self._degree(item[0]))
        numbers = [(number, term) for term, number in ordered]
        if constant:
            numbers.append((constant, self.forms.number(ONE)))
        first = next((at for at, (number, _) in enumerate(numbers) if number > 0), 0)
        numbers.insert(0, numbers.pop(first))
        terms = [(scaled(self.forms, abs(number), term), number < 0) for number, term in numbers[1:]]
        return [(scaled(self.forms, *numbers[0]), False), *terms]

    def _degree(self, term: int) -> Exact:
        return sum((e for base, e in self.forms.items(term) if self.forms.operations[base] in (INPUT, NAMED)), ZERO)

    def _sum(self, form: int) -> int:
        (first, _), *others = self._terms(form)
        node = self.nodes[first]
        for term, minus in others:
            node = self.append("-" if minus else "+", node, self.nodes[term])
        return node
