"""Sums: like terms collected, and the rest in the shortest of a few ways.

The ways are: unchanged; with the common factors in front, `x*exp(x)*(x + 2)`; over a common denominator, `(1 -
x^2)/(x^2 + 1)^2`; and with sums multiplied out, where that lets terms be collected. The fewest operations win.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, reduce
from math import gcd
from operator import add as plus
from operator import mul

from cgraph_cli.evaluation.rule_parser import text_graph
from cgraph_cli.symbolic.rewriting.algebra_laws import SQUARES
from cgraph_cli.symbolic.rewriting.numbers import ONE, ZERO, Exact, is_exact, ratio, whole
from cgraph_cli.symbolic.simplify.forms import NONE, SUM, Conditions, Forms, Items
from cgraph_cli.symbolic.simplify.products import multiply, scaled, split

_MOST_TERMS = 8  # a longer sum is not tried in other ways
_MOST_FACTORS = 16
_MOST_EXPANDED = 16
_MOST_MULTIPLIED = 4  # the longest sum that is multiplied out

EXPAND, DIVIDE, FACTOR = "edf"
ALL = EXPAND + DIVIDE + FACTOR
"""The ways to write a sum: multiplied out, over a common denominator, and with the common factors in front."""

Terms = dict[int, Exact]
"""Terms without their coefficients, each with its coefficient."""


def add(forms: Forms, constant: Exact, terms: Iterable[tuple[int, Exact]], ways: str = ALL) -> int:
    """Return the sum of a number and of forms, each with a coefficient. `ways` are the other ways to try."""
    collected: Terms = {}
    for form, number in terms:
        constant = _put(forms, constant, collected, form, number)
    constant = _cancel_in_context(forms, constant, collected)
    _drop_zeros(forms, collected)
    constant = _squares(forms, constant, collected)
    best = _as_form(forms, constant, collected)
    if not forms.plain and not forms.holds(forms.needs[best]):  # 1/x - y/x is undefined, and (1 - y)/x infinite, at 0
        return best
    if not ways or not 1 < len(collected) + (constant != 0) <= _MOST_TERMS:
        return best
    monomials = [(number, forms.items(term)) for term, number in collected.items()]
    if constant:
        monomials.append((constant, ()))
    if any(len(items) > _MOST_FACTORS for _, items in monomials):
        return best
    forms.work += sum(len(items) + 1 for _, items in monomials)
    if any(exponent < 0 and forms.poles[base] for _, items in monomials for base, exponent in items):
        ways = FACTOR  # 1/log(x) is 0 at 0, where log(x)/log(x)^2 is undefined
    if not all(forms.is_plain_number(exponent) for _, items in monomials for _, exponent in items):
        return best
    for way in ways:
        other = _WAYS[way](forms, monomials)
        if other is not None and forms.costs[other] < forms.costs[best]:
            best = other
    return best


def _put(forms: Forms, constant: Exact, collected: Terms, form: int, number: Exact) -> Exact:
    """Add a number times a form to the collected terms; returns the constant with it.

    Numbers are added up only where their sum needs no rounding.
    """
    forms.work += 1
    coefficient, items = split(forms, form)
    both = whole(number * coefficient)
    is_kept = coefficient == 1 or forms.may_write(both, mul, number, coefficient)
    if not items and is_kept and is_exact(both) and forms.may_write(whole(constant + both), plus, constant, both):
        return whole(constant + both)
    if items and coefficient != 1 and is_kept:
        form, number = multiply(forms, ONE, items), both
    before: Exact = collected.get(form, ZERO)
    total = whole(before + number)
    guarded = not forms.plain and not forms.holds(forms.needs[form])
    if guarded and ZERO in (number, total):  # 1/x - 1/x is undefined at 0, whatever is added to it
        if total == 0:
            collected.pop(form, None)
        zero = multiply(forms, ZERO, forms.items(form))
        if forms.value(zero) is None:
            collected[zero] = ONE
        return constant
    opposite = guarded and before * number < 0
    if forms.may_write(total, plus, before, number) and not opposite:
        collected[form] = total
        return constant
    if abs(number) == 1:  # 3/x - 1/x is undefined, and 2/x infinite, at 0; no double is 7.7 + 1
        number, collected[form] = before, number
    sign = ONE if number > 0 else -ONE
    apart = scaled(forms, number * sign, form)
    collected[apart] = collected.get(apart, ZERO) + sign
    return constant


def _cancel_in_context(forms: Forms, constant: Exact, collected: Terms) -> Exact:
    """Cancel by the domain of the other terms: `x/x` in `log(x) + x/x`, which has no value at zero anyway."""
    for term in [term for term in collected if _has_both_sides(forms.items(term))]:
        given = _given_by_others(forms, collected, term)
        reduced = multiply(forms, ONE, forms.items(term), given=given) if given else term
        if reduced != term:
            constant = _put(forms, constant, collected, reduced, collected.pop(term))
    return constant


def _has_both_sides(items: Items) -> bool:
    bases = [base for base, _ in items]
    return len(set(bases)) < len(bases)


def _given_by_others(forms: Forms, collected: Terms, term: int) -> Conditions:
    if len(collected) > 64 or not forms.plain:
        return NONE
    conditions: set[tuple[str, int]] = set()
    for other in collected:
        if other != term:
            conditions |= forms.gives[other]
    return frozenset(conditions)


def _drop_zeros(forms: Forms, collected: Terms) -> None:
    """Leave out vanishing terms, unless a domain would go with them."""
    for term in [term for term, number in collected.items() if number == 0]:
        if forms.holds(forms.needs[term]) or forms.holds(forms.needs[term], _given_by_others(forms, collected, term)):
            del collected[term]


def _squares(forms: Forms, constant: Exact, collected: Terms) -> Exact:
    """Write `a*sin(x)^2 + a*cos(x)^2` as a, and so on by the laws of squares."""
    partners = _partners()
    for term in list(collected):
        items = forms.items(term)
        for position, (base, exponent) in enumerate(items):
            if exponent != 2 or forms.operations[base] not in partners:
                continue
            name, sign = partners[forms.operations[base]]
            other = forms.call(name, forms.parts[base])
            rest = [*items[:position], *items[position + 1 :]]
            partner = multiply(forms, ONE, [*rest, (other, exponent)])
            number = collected.get(term)
            if number is None or collected.get(partner) != number * sign or not forms.holds(forms.needs[base]):
                continue
            left = multiply(forms, ONE, rest)
            if forms.plain or forms.holds(forms.needs[left]):
                del collected[term], collected[partner]
                constant = _put(forms, constant, collected, left, number * sign)
                break
    _drop_zeros(forms, collected)
    return constant


@cache
def _partners() -> dict[str, tuple[str, Exact]]:
    """Map each function whose square and another's add up to 1 to that one, and its square's sign: `cosh² − sinh²`."""
    partners: dict[str, tuple[str, Exact]] = {}
    for law in SQUARES:
        pattern = text_graph(law.pattern, f"rewrite {law.pattern}")
        first, second = (
            pattern.operations[pattern.operands_of(square)[0]] for square in pattern.operands_of(pattern.output)
        )
        partners[second] = first, ONE if pattern.operations[pattern.output] == "+" else -ONE
    return partners


def _as_form(forms: Forms, constant: Exact, collected: Terms) -> int:
    if not collected:
        return forms.number(constant)
    if constant == 0 and len(collected) == 1:
        ((term, number),) = collected.items()
        return scaled(forms, number, term)
    return forms.sum(constant, tuple(collected.items()))


Monomials = list[tuple[Exact, Items]]


def _with_common_factor(forms: Forms, monomials: Monomials) -> int | None:
    """Write the common factors of all terms in front: `x*exp(x)*(x + 2)`."""
    shared = dict(monomials[0][1])
    if len(shared) < len(monomials[0][1]):
        return None
    for _, items in monomials[1:]:
        others = dict(items)
        shared = {
            base: min(exponent, others[base]) if exponent > 0 else max(exponent, others[base])
            for base, exponent in shared.items()
            if base in others and (others[base] > 0) == (exponent > 0)
        }
        if not shared or len(others) < len(items):
            return None
    content: Exact = ONE
    if all(number.denominator == 1 for number, _ in monomials):
        content = reduce(gcd, (number.numerator for number, _ in monomials)) or 1
    if all(number < 0 for number, _ in monomials):
        content = -content
    rest = [
        (ratio(number, content), [(base, whole(exponent - shared.get(base, ZERO))) for base, exponent in items])
        for number, items in monomials
    ]
    return _times(forms, content, shared.items(), _added(forms, rest, ""))


def _over_common_denominator(forms: Forms, monomials: Monomials) -> int | None:
    """Write all terms over one denominator: `(1 - x^2)/(x^2 + 1)^2`."""
    below: dict[int, Exact] = {}
    for _, items in monomials:
        if _has_both_sides(items):
            return None
        for base, exponent in items:
            if exponent < 0:
                below[base] = min(exponent, below.get(base, ZERO))
    if not below:
        return None
    rest = []
    for number, items in monomials:
        exponents = dict(items)
        for base, exponent in below.items():
            exponents[base] = whole(exponents.get(base, ZERO) - exponent)
        rest.append((number, list(exponents.items())))
    expanded = _multiplied_out(forms, rest)
    if expanded is None:
        return None
    return _times(forms, ONE, below.items(), _added(forms, expanded, FACTOR))


def _expanded(forms: Forms, monomials: Monomials) -> int | None:
    """Multiply sums out, where at least one is a factor."""
    if not any(exponent == 1 and forms.operations[base] == SUM for _, items in monomials for base, exponent in items):
        return None
    expanded = _multiplied_out(forms, [(number, list(items)) for number, items in monomials])
    return None if expanded is None else _added(forms, expanded, FACTOR)


def _multiplied_out(
    forms: Forms, monomials: list[tuple[Exact, list[tuple[int, Exact]]]]
) -> list[tuple[Exact, list[tuple[int, Exact]]]] | None:
    """Multiply out, once, each factor that is a short sum; None where the result would be long."""
    done: list[tuple[Exact, list[tuple[int, Exact]]]] = []
    for number, items in monomials:
        products = [(number, [item for item in items if not _short(forms, *item)])]
        for base, _ in (item for item in items if _short(forms, *item)):
            constant, terms = forms.parts[base]
            parts = [(factor, forms.items(term)) for term, factor in terms]
            if constant:
                parts.append((constant, ()))
            if not all(forms.is_plain_number(number) for number, _ in products + parts):
                return None
            products = [(n * m, [*left, *right]) for n, left in products for m, right in parts]
            if len(products) > _MOST_EXPANDED:
                return None
        done += products
    return done if len(done) <= _MOST_EXPANDED else None


def _short(forms: Forms, base: int, exponent: Exact) -> bool:
    return exponent == 1 and forms.operations[base] == SUM and len(forms.parts[base][1]) < _MOST_MULTIPLIED


def _added(forms: Forms, monomials: Sequence[tuple[Exact, list[tuple[int, Exact]]]], ways: str) -> int | None:
    if not all(is_exact(number) and forms.is_plain_number(number) for number, _ in monomials):
        return None
    terms = [(multiply(forms, ONE, [item for item in items if item[1]]), number) for number, items in monomials]
    return add(forms, ZERO, terms, ways)


def _times(forms: Forms, number: Exact, items: Iterable[tuple[int, Exact]], rest: int | None) -> int | None:
    if rest is None:
        return None
    coefficient, others = split(forms, rest)
    return multiply(forms, number, [*items, *others], coefficient)


_WAYS = {EXPAND: _expanded, DIVIDE: _over_common_denominator, FACTOR: _with_common_factor}
