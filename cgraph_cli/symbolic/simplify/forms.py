"""Forms: distinct expressions, each kept once, with what is known of its range, its domain and its length.

A form is a number, and its columns say what it is. Sums and products are forms of any number of parts:

    Σ   (constant, ((form, coefficient), …))    each term without a number of its own
    Π   (coefficient, ((base, exponent), …))    numerator and denominator: negative exponents

Numbers are exact: fractions, a literal being the decimal that it says (`0.1` is a tenth).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from cgraph_cli.core.primitives import PRIMITIVES, TRUTHS
from cgraph_cli.symbolic.simplify.intervals import Range, power_range, product_range, result_range, sum_range
from cgraph_cli.symbolic.simplify.numbers import ONE, Exact, as_decimal, as_float, spell

SUM = "Σ"
PRODUCT = "Π"
NUMBER = "number"
SYMBOL = "symbol"
"""A constant with a name, or one that is no fraction: `pi`, `inf`."""
NAMED = "named"
"""A node of the program that has a name, which is a word of its own and not looked into."""

Items = tuple[tuple[int, Exact], ...]

Facts = frozenset[tuple[str, int]]
"""What holds of forms: `("!=", x)` is x ≠ 0, `(">=", x)` and `(">", x)` likewise, `("ok", x)` that x has a value."""

NONE: Facts = frozenset()
LONGEST = 10**6
_MOST_FACTS = 8
_LOGARITHMS = ("log", "log2", "log10")


class Forms:
    """All forms of one graph.

    Columns, by form: `operations` and `parts` (what it is), `ranges`, `needs` (what must hold for it to have a value;
    None where that is too much to say), `gives` (what holds wherever its value is finite), `poles` (whether it may be
    infinite at a finite point), `costs` (how many operations it takes, written as a tree) and `offsets` (where it
    comes from). `work` counts what was done.

    `offset` and `plain` say of the node that is read where it stands, and whether it is all the same if it is infinite
    or undefined where it is not finite (see `Regions`). Without `regroup` sums and products are calls as any other.
    """

    def __init__(self, regroup: bool = True) -> None:
        self.regroup = regroup
        self.operations: list[str] = []
        self.parts: list[tuple] = []  # type: ignore[type-arg]
        self.ranges: list[Range] = []
        self.needs: list[Facts | None] = []
        self.gives: list[Facts] = []
        self.poles: list[bool] = []
        self.costs: list[int] = []
        self.offsets: list[int] = []
        self.offset = 0
        self.plain = True
        self.work = 0
        self._known: dict[object, int] = {}

    # Making

    def leaf(self, operation: str, *parts: object) -> int:
        """An input, a symbol or a named node."""
        known = Range(-inf, inf, True)
        if operation == SYMBOL:
            value = float(parts[0])  # type: ignore[arg-type]
            known = Range(value, value, value == 0)
        return self._intern((operation, parts), operation, parts, known, NONE, NONE, False, 0)

    def number(self, number: Exact) -> int:
        """A number."""
        value = as_float(number)
        known = Range(value, value, number == 0)
        return self._intern((NUMBER, number), NUMBER, (number,), known, NONE, NONE, False, 0)

    def call(self, operation: str, operands: tuple[int, ...]) -> int:
        """A primitive of operands, as it stands."""
        key = (operation, operands)
        if key in self._known:
            return self._known[key]
        needs, gives = self._domain(operation, operands)
        known = result_range(operation, [self.ranges[operand] for operand in operands])
        cost = 1 + sum(self.costs[operand] for operand in operands)
        poles = (
            bool(PRIMITIVES[operation].poles) or operation == "^" or any(self.poles[operand] for operand in operands)
        )
        form = self._intern(key, operation, operands, known, needs, gives, poles, cost)
        if ("ok", -1) in gives:  # a domain of its own, known by the form that has it
            own = {("ok", form)}
            needs = self.needs[form]
            self.needs[form] = None if needs is None else (needs - {("ok", -1)}) | own
            self.gives[form] = (gives - {("ok", -1)}) | own
        return form

    def sum(self, constant: Exact, items: Items) -> int:
        """A sum of at least two parts, as it stands."""
        key = (SUM, constant, frozenset(items))
        if key in self._known:
            return self._known[key]
        self.work += len(items)
        needs = self._all_needs(form for form, _ in items)
        gives = self._all_gives(form for form, _ in items)
        known = sum_range(constant, [(self.ranges[form], number) for form, number in items])
        cost = sum(self.product_cost(number, self.items(form)) for form, number in items) + len(items) - 1
        cost += constant != 0
        if constant <= 0:  # a sign of its own in front of the first, where none has a plus
            cost += all(number < 0 for _, number in items) and abs(items[0][1]) != 1
        poles = any(self.poles[form] for form, _ in items)
        return self._intern(key, SUM, (constant, items), known, needs, gives, poles, cost)

    def product(self, coefficient: Exact, items: Items) -> int:
        """A product of at least two parts, or a power, as it stands."""
        key = (PRODUCT, coefficient, frozenset(items))
        if key in self._known:
            return self._known[key]
        self.work += len(items)
        needs = self._all_needs(base for base, _ in items)
        gives = self._all_gives(base for base, exponent in items if exponent > 0)
        gives |= frozenset(fact for base, exponent in items if exponent < 0 for fact in self.through(base))
        own = frozenset(fact for base, exponent in items for fact in self.power_needs(base, exponent))
        needs = None if needs is None else needs | own
        known = product_range(coefficient, [power_range(self.ranges[base], exponent) for base, exponent in items])
        cost = self.product_cost(coefficient, items)
        poles = any(self.poles[base] or (exponent < 0 and self.ranges[base].zero) for base, exponent in items)
        return self._intern(key, PRODUCT, (coefficient, items), known, needs, gives | own, poles, cost)

    def _intern(
        self,
        key: object,
        operation: str,
        parts: tuple,  # type: ignore[type-arg]
        known: Range,
        needs: Facts | None,
        gives: Facts,
        poles: bool,
        cost: int,
    ) -> int:
        form = self._known.get(key)
        if form is None:
            form = self._known[key] = len(self.operations)
            self.work += 1
            self.operations.append(operation)
            self.parts.append(parts)
            self.ranges.append(known)
            self.needs.append(needs if needs is not None and len(needs) <= _MOST_FACTS else None)
            self.gives.append(gives if len(gives) <= _MOST_FACTS else frozenset(sorted(gives)[:_MOST_FACTS]))
            self.poles.append(poles)
            self.costs.append(min(cost, LONGEST))
            self.offsets.append(self.offset)
        return form

    # Reading

    def value(self, form: int) -> Exact | None:
        """The number that a form is, or None."""
        return self.parts[form][0] if self.operations[form] == NUMBER else None

    def items(self, form: int) -> Items:
        """The factors of a form that is a product without a coefficient, or itself the only factor."""
        if self.operations[form] == PRODUCT and self.parts[form][0] == 1:
            items: Items = self.parts[form][1]
            return items
        return ((form, ONE),)

    def is_constant(self, form: int) -> bool:
        """Whether a form is a number or a symbol, or a function of one such as `log(2)`."""
        operation, parts = self.operations[form], self.parts[form]
        if operation in (NUMBER, SYMBOL):
            return True
        if operation == PRODUCT:
            return len(parts[1]) == 1 and self.operations[parts[1][0][0]] in (NUMBER, SYMBOL)
        return PRIMITIVES.get(operation) is not None and all(
            self.operations[operand] in (NUMBER, SYMBOL) for operand in parts
        )

    def is_logic(self, form: int) -> bool:
        """Whether a form is 1 or 0: a comparison, or what `and`, `or` and `not` make."""
        return self.operations[form] in TRUTHS

    def holds(self, needs: Facts | None, given: Iterable[tuple[str, int]] = ()) -> bool:
        """Whether all that is needed holds, by the ranges or by what is given."""
        if needs is None:
            return False
        given = frozenset(given)
        return all(self._holds(kind, form, given) for kind, form in needs)

    def _holds(self, kind: str, form: int, given: Facts) -> bool:
        if (kind, form) in given:
            return True
        if kind == "ok":
            return False
        known = self.ranges[form]
        above = known.low >= 0 or (">=", form) in given or (">", form) in given
        apart = not known.zero or ("!=", form) in given or (">", form) in given
        return (above or kind == "!=") and (apart or kind == ">=")

    # Domains

    def through(self, form: int) -> Facts:
        """What still holds where a function of the form is finite: a pole may be gone, as in `exp(-1/x^2)`."""
        facts = (((">=" if kind == ">" else kind), other) for kind, other in self.gives[form] if kind != "!=")
        return frozenset(
            (kind, other) for kind, other in facts if kind != "ok" or not PRIMITIVES[self.operations[other]].poles
        )

    def power_needs(self, base: int, exponent: Exact) -> Facts:
        """What a power needs of its base."""
        if exponent.denominator == 1:
            kind = "!=" if exponent < 0 else ""
        else:
            kind = ">" if exponent < 0 else ">="
        return self._needed(kind, base) if kind else NONE

    def _needed(self, kind: str, form: int) -> Facts:
        """A need, unless it always holds."""
        return NONE if self._holds(kind, form, NONE) else frozenset([(kind, form)])

    def _domain(self, operation: str, operands: tuple[int, ...]) -> tuple[Facts | None, Facts]:
        """What a call needs, and what it gives."""
        if operation in TRUTHS:
            return NONE, NONE
        primitive = PRIMITIVES[operation]
        needs = self._all_needs(operands)
        gives = frozenset(fact for operand in operands for fact in self.through(operand))
        if operation == "where":
            return (needs if needs == NONE else None), NONE
        own: Facts = NONE
        if operation in _LOGARITHMS:
            own = self._needed(">", operands[0])
        elif primitive.domain:
            own = frozenset([("ok", -1)])
        return (None if needs is None else needs | own), gives | own

    def _all_needs(self, forms: Iterable[int]) -> Facts | None:
        facts: set[tuple[str, int]] = set()
        for form in forms:
            needs = self.needs[form]
            if needs is None:
                return None
            facts |= needs
            if len(facts) > _MOST_FACTS:
                return None
        return frozenset(facts)

    def _all_gives(self, forms: Iterable[int]) -> Facts:
        facts: set[tuple[str, int]] = set()
        for form in forms:
            facts |= self.gives[form]
            if len(facts) > _MOST_FACTS:
                break
        return frozenset(facts)

    # Length

    def product_cost(self, coefficient: Exact, items: Items) -> int:
        """How many operations a product takes."""
        sign, number, over = spell(coefficient, any(exponent > 0 for _, exponent in items))
        above = [cost for base, exponent in items if exponent > 0 for cost in (self._power_cost(base, exponent),)]
        below = [cost for base, exponent in items if exponent < 0 for cost in (self._power_cost(base, -exponent),)]
        count = sum(above) + sum(below) + sign
        count += len(above) + (number is not None) - 1
        count += len(below) + (over is not None)
        return count

    def _power_cost(self, base: int, exponent: Exact) -> int:
        return self.costs[base] + (exponent != 1) + (as_decimal(exponent) is None)
