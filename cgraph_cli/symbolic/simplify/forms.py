"""Forms: distinct expressions, each kept once, with its interval, its domain and its length.

Sums and products are forms of any number of parts:

    Σ   (constant, ((form, coefficient), …))    each term without a number of its own
    Π   (coefficient, ((base, exponent), …))    numerator and denominator: negative exponents

Numbers are exact: fractions, a literal being the decimal that it says (`0.1` is a tenth). Its double is another number,
by 1e-16 of it: a factor of a result may be off by that, but no argument, as that of `tan(x/1e-8)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite

from cgraph_cli.core.primitives import PRIMITIVES, TRUTHS
from cgraph_cli.symbolic.rewriting.expressions import NUMBER, SYMBOL, Expressions
from cgraph_cli.symbolic.rewriting.facts import is_for_positive
from cgraph_cli.symbolic.rewriting.intervals import Interval, power_interval, product_interval, sum_interval
from cgraph_cli.symbolic.rewriting.numbers import ONE, Exact, as_decimal, as_written, is_exact, spell

SUM = "Σ"
PRODUCT = "Π"

Items = tuple[tuple[int, Exact], ...]

Conditions = frozenset[tuple[str, int]]
"""Conditions on forms: `("!=", x)` is x ≠ 0, `(">=", x)` and `(">", x)` likewise; `("ok", x)`: x has a value."""

NONE: Conditions = frozenset()
LONGEST = 10**6
_MOST_CONDITIONS = 8


class Forms(Expressions):
    """All forms of one graph: expressions, with their sums and products collected.

    Columns beside those of expressions: `needs` (the conditions for a form to have a value; None where they are too
    many), `gives` (the conditions that hold wherever its value is finite), `poles` (whether it may be infinite at a
    finite point) and `costs` (the number of its operations, written as a tree). `plain` is true while the node that is
    read has no use for the difference between infinite and undefined, and `strict` while it is a part of an argument
    (see `Regions`).
    """

    def __init__(self) -> None:
        super().__init__()
        self.needs: list[Conditions | None] = []
        self.gives: list[Conditions] = []
        self.poles: list[bool] = []
        self.costs: list[int] = []
        self.plain = True
        self.strict = False

    # Making

    def word(self, node: int, meaning: int) -> int:
        """Make a word for a named node of the graph, with the domain and the poles of its meaning."""
        word = super().word(node, meaning)
        self.needs[word], self.gives[word] = self.needs[meaning], self.gives[meaning]
        self.poles[word] = self.poles[meaning]
        return word

    def call(self, operation: str, operands: tuple[int, ...]) -> int:
        """Make a primitive of operands, unchanged."""
        key = (operation, operands)
        if key in self._known:
            return self._known[key]
        form = super().call(operation, operands)
        needs, gives = self._domain(form, operation, operands)
        poles = bool(PRIMITIVES[operation].poles) or any(self.poles[operand] for operand in operands)
        return self._describe(form, needs, gives, poles, 1 + sum(self.costs[operand] for operand in operands))

    def sum(self, constant: Exact, items: Items) -> int:
        """Make a sum of at least two parts, unchanged."""
        key = (SUM, constant, frozenset(items))
        if key in self._known:
            return self._known[key]
        self.work += len(items)
        needs = self._all_needs(form for form, _ in items)
        gives = self._all_gives(form for form, _ in items)
        interval = sum_interval(constant, [(self.intervals[form], number) for form, number in items])
        cost = sum(self.product_cost(number, self.items(form)) for form, number in items) + len(items) - 1
        cost += constant != 0
        if constant <= 0:  # a sign before the first, where none has a plus
            cost += all(number < 0 for _, number in items) and abs(items[0][1]) != 1
        poles = any(self.poles[form] for form, _ in items)
        return self._describe(self._intern(key, SUM, (constant, items), interval), needs, gives, poles, cost)

    def product(self, coefficient: Exact, items: Items) -> int:
        """Make a product of at least two parts, or a power, unchanged."""
        key = (PRODUCT, coefficient, frozenset(items))
        if key in self._known:
            return self._known[key]
        self.work += len(items)
        needs = self._all_needs(base for base, _ in items)
        gives = self._all_gives(base for base, exponent in items if exponent > 0)
        gives |= frozenset(condition for base, exponent in items if exponent < 0 for condition in self.through(base))
        own = frozenset(condition for base, exponent in items for condition in self.power_needs(base, exponent))
        needs = None if needs is None else needs | own
        interval = product_interval(
            coefficient, [power_interval(self.intervals[base], exponent) for base, exponent in items]
        )
        cost = self.product_cost(coefficient, items)
        poles = any(self.poles[base] or (exponent < 0 and self.intervals[base].zero) for base, exponent in items)
        form = self._intern(key, PRODUCT, (coefficient, items), interval)
        return self._describe(form, needs, gives | own, poles, cost)

    def _intern(self, key: object, operation: str, parts: tuple, interval: Interval) -> int:  # type: ignore[type-arg]
        form = super()._intern(key, operation, parts, interval)
        if form == len(self.costs):
            endless = operation == SYMBOL and not isfinite(parts[0])  # no condition makes `inf - inf` a number
            self.needs.append(None if endless else NONE)
            self.gives.append(NONE)
            self.poles.append(endless)
            self.costs.append(0)
        return form

    def _describe(self, form: int, needs: Conditions | None, gives: Conditions, poles: bool, cost: int) -> int:
        """Fill in a form's columns; returns the form."""
        self.needs[form] = needs if needs is not None and len(needs) <= _MOST_CONDITIONS else None
        self.gives[form] = gives if len(gives) <= _MOST_CONDITIONS else frozenset(sorted(gives)[:_MOST_CONDITIONS])
        self.poles[form] = poles
        self.costs[form] = min(cost, LONGEST)
        return form

    # Reading

    def items(self, form: int) -> Items:
        """Return the factors of a product without a coefficient; of any other form, itself."""
        if self.operations[form] == PRODUCT and self.parts[form][0] == 1:
            items: Items = self.parts[form][1]
            return items
        return ((form, ONE),)

    def is_constant(self, form: int) -> bool:
        """Tell whether a form is a number or a symbol, or a function of one such as `log(2)`."""
        operation, parts = self.operations[form], self.parts[form]
        if operation in (NUMBER, SYMBOL):
            return True
        if operation == PRODUCT:
            return len(parts[1]) == 1 and self.operations[parts[1][0][0]] in (NUMBER, SYMBOL)
        return PRIMITIVES.get(operation) is not None and all(
            self.operations[operand] in (NUMBER, SYMBOL) for operand in parts
        )

    def holds(self, needs: Conditions | None, given: Iterable[tuple[str, int]] = ()) -> bool:
        """Tell whether all needs hold, by the intervals or by given conditions."""
        if needs is None:
            return False
        given = frozenset(given)
        return all(self._holds(kind, form, given) for kind, form in needs)

    def _holds(self, kind: str, form: int, given: Conditions) -> bool:
        if (kind, form) in given:
            return True
        if kind == "ok":
            return False
        known = self.intervals[form]
        above = known.low >= 0 or (">=", form) in given or (">", form) in given
        apart = not known.zero or ("!=", form) in given or (">", form) in given
        return (above or kind == "!=") and (apart or kind == ">=")

    # Domains

    def through(self, form: int) -> Conditions:
        """Return the conditions that hold where a function of the form is finite; a pole may be gone: `exp(-1/x^2)`."""
        conditions = (((">=" if kind == ">" else kind), other) for kind, other in self.gives[form] if kind != "!=")
        return frozenset(
            (kind, other) for kind, other in conditions if kind != "ok" or not PRIMITIVES[self.operations[other]].poles
        )

    def power_needs(self, base: int, exponent: Exact) -> Conditions:
        """Return the needs of a power on its base."""
        if exponent.denominator == 1:
            kind = "!=" if exponent < 0 else ""
        else:
            kind = ">" if exponent < 0 else ">="
        return self._needed(kind, base) if kind else NONE

    def _needed(self, kind: str, form: int) -> Conditions:
        """Return a need, unless it always holds."""
        return NONE if self._holds(kind, form, NONE) else frozenset([(kind, form)])

    def _domain(self, form: int, operation: str, operands: tuple[int, ...]) -> tuple[Conditions | None, Conditions]:
        """Return the needs of a call, and the conditions that it gives."""
        if operation in TRUTHS:
            return NONE, NONE
        needs = self._all_needs(operands)
        gives = frozenset(condition for operand in operands for condition in self.through(operand))
        if operation == "where":
            return (needs if needs == NONE else None), NONE
        own: Conditions = NONE
        if is_for_positive(operation):
            own = self._needed(">", operands[0])
        elif PRIMITIVES[operation].domain:
            own = frozenset([("ok", form)])
        return (None if needs is None else needs | own), gives | own

    def _all_needs(self, forms: Iterable[int]) -> Conditions | None:
        conditions: set[tuple[str, int]] = set()
        for form in forms:
            needs = self.needs[form]
            if needs is None:
                return None
            conditions |= needs
            if len(conditions) > _MOST_CONDITIONS:
                return None
        return frozenset(conditions)

    def _all_gives(self, forms: Iterable[int]) -> Conditions:
        conditions: set[tuple[str, int]] = set()
        for form in forms:
            conditions |= self.gives[form]
            if len(conditions) > _MOST_CONDITIONS:
                break
        return frozenset(conditions)

    # Numbers

    def may_write(self, number: Exact, of: Callable[..., Exact], *numbers: Exact) -> bool:
        """Tell whether a number that is made of others may be written in their place."""
        if not is_exact(number):
            return False
        if not self.strict or all(isinstance(each, int) and abs(each) <= 2**53 for each in (number, *numbers)):
            return True
        return of(*(as_written(each, self.decimals) for each in numbers)) == as_written(number, self.decimals)

    def is_plain_number(self, number: Exact) -> bool:
        """Tell whether arithmetic with a number, as it is written, is that of its fraction."""
        return not self.strict or as_written(number, self.decimals) == number

    # Length

    def product_cost(self, coefficient: Exact, items: Items) -> int:
        """Count the operations of a product."""
        sign, number, over = spell(coefficient, any(exponent > 0 for _, exponent in items), self.decimals)
        above = [cost for base, exponent in items if exponent > 0 for cost in (self._power_cost(base, exponent),)]
        below = [cost for base, exponent in items if exponent < 0 for cost in (self._power_cost(base, -exponent),)]
        count = sum(above) + sum(below) + sign
        count += len(above) + (number is not None) - 1
        count += len(below) + (over is not None)
        return count

    def _power_cost(self, base: int, exponent: Exact) -> int:
        return self.costs[base] + (exponent != 1) + (as_decimal(exponent) is None)
