"""Products: a coefficient, and each base once above and once below the line.

Powers of one base are added up only where that loses no domain. `x/x^2` is `1/x`, but `x^2/x` stays unless x is known
not to be zero. `sqrt(x)*sqrt(x)` becomes `sqrt(x)^2`, and `x` only where x is known not to be negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import isqrt
from operator import mul, sub

from cgraph_cli.symbolic.rewriting.expressions import NUMBER
from cgraph_cli.symbolic.rewriting.numbers import ONE, ZERO, Exact, is_exact, ratio, whole
from cgraph_cli.symbolic.simplify.forms import NONE, PRODUCT, SUM, Conditions, Forms, Items

_HIGHEST = 1024  # the greatest exponent that a number is raised to


def split(forms: Forms, form: int) -> tuple[Exact, Items]:
    """Return a form as a coefficient and unchanged factors."""
    if forms.operations[form] == NUMBER:
        return forms.parts[form][0], ()
    if forms.operations[form] == PRODUCT:
        coefficient, items = forms.parts[form]
        return coefficient, items
    return ONE, ((form, ONE),)


def scaled(forms: Forms, number: Exact, form: int) -> int:
    """Return a number times a form."""
    coefficient, items = split(forms, form)
    return multiply(forms, number, [*items], coefficient)


def power(forms: Forms, base: int, exponent: Exact) -> int:
    """Return a form raised to a number."""
    if exponent == 0:
        return forms.number(ONE)
    coefficient, items = split(forms, base)
    if exponent == 1:
        return base
    if not items:
        number = _number_power(forms, coefficient, exponent)
        return forms.number(number) if number is not None else _raised(forms, ONE, base, exponent)
    outside = _number_power(forms, coefficient, exponent)
    if outside is None or (coefficient <= 0 and exponent.denominator != 1):
        return _raised(forms, ONE, base, exponent)
    if len(items) == 1:
        (inner, first) = items[0]
        both = _power_of_power(forms, inner, first, exponent)
        if both is not None:
            return multiply(forms, outside, [both])
    elif exponent == -1:
        return multiply(forms, outside, [(inner, -first) for inner, first in items])
    return _raised(forms, outside, base if coefficient == 1 else forms.product(ONE, items), exponent)


def _raised(forms: Forms, coefficient: Exact, base: int, exponent: Exact) -> int:
    return forms.product(coefficient, ((base, exponent),))


def _power_of_power(forms: Forms, base: int, first: Exact, then: Exact) -> tuple[int, Exact] | None:
    """Return `(x^a)^b` as one power, or None where it is not one."""
    both = whole(first * then)
    if not forms.may_write(both, mul, first, then):
        return None
    if first == 1 or (first.denominator == 1 and then.denominator == 1):
        return base, both
    positive = forms.holds(frozenset([(">=", base)]))
    if positive:
        return base, both
    if first.denominator == 1 and first % 2 == 0:  # sqrt(x^2) is abs(x)
        return forms.call("abs", (base,)), both
    if both.denominator != 1:
        return base, both
    return None


def same_power(forms: Forms, condition: int, one: int, other: int) -> int | None:
    """Write `where(x == 0, y*x^(y - 1), y*x^y/x)` as `y*x^(y - 1)` for a fraction y, x being a product; else None.

    The powers of any other x are collected already.
    """
    if forms.operations[condition] != "==" or not forms.plain:
        return None
    base, zero = forms.parts[condition]
    number, items = split(forms, one)
    if forms.value(zero) != 0 or len(items) != 1 or items[0][0] != base or items[0][1].denominator == 1:
        return None
    coefficient, others = split(forms, other)
    exponent = sum((power for each, power in others if each == base), ZERO)
    rest = {each: power for each, power in others if each != base}
    own, inside = split(forms, base)
    left = whole(items[0][1] - exponent)  # the other factors have to be the base to this whole number
    if left.denominator != 1 or own == 0 or not -_HIGHEST <= left <= _HIGHEST:
        return None
    if rest != ({each: whole(power * left) for each, power in inside} if left else {}):
        return None
    return one if coefficient == whole(number * Fraction(own) ** int(left)) else None


def _number_power(forms: Forms, number: Exact, exponent: Exact) -> Exact | None:
    """Return a number to a power, or None where the result cannot be written."""
    if number == 1:
        return ONE
    if not -_HIGHEST <= exponent <= _HIGHEST or (number == 0 and exponent < 0):
        return None
    if exponent.denominator == 2 and number >= 0 and forms.is_plain_number(number):
        roots = ratio(isqrt(number.numerator), isqrt(number.denominator))
        if roots * roots != number:
            return None
        number, exponent = roots, exponent * 2
    if exponent.denominator != 1:
        return None
    length = max(number.numerator.bit_length(), number.denominator.bit_length())
    if length * abs(int(exponent)) > 8 * _HIGHEST:
        return None
    result = whole(Fraction(number) ** int(exponent))
    is_same = forms.may_write(result, lambda base: Fraction(base) ** int(exponent), number)
    return result if is_same else None


def factors(forms: Forms, form: int, exponent: Exact = ONE) -> tuple[Exact, Items]:
    """Return the coefficient and the factors of a form raised to 1 or −1."""
    return split(forms, form if exponent == 1 else power(forms, form, exponent))


def multiply(
    forms: Forms,
    number: Exact,
    items: Iterable[tuple[int, Exact]],
    coefficient: Exact = ONE,
    given: Conditions = NONE,
) -> int:
    """Return the product of two numbers and of powers. `given` holds wherever the whole has a value."""
    exponents: dict[int, list[Exact]] = {}
    total = number
    for base, exponent in ((forms.number(coefficient), ONE), *items) if coefficient != 1 else items:
        forms.work += 1
        factor = forms.value(base) if exponent == 1 else None
        if factor is not None and is_exact(factor) and forms.may_write(whole(total * factor), mul, total, factor):
            total = whole(total * factor)
        else:  # a number stays separate where its product with the others would have to be rounded
            exponents.setdefault(base, []).append(exponent)
    collected: list[tuple[int, Exact]] = []
    for base, powers in exponents.items():
        if len(powers) == 1:
            collected.append((base, powers[0]))
        else:

            def context(base: int = base) -> Conditions:
                return given | _given_by_others(forms, exponents, base) if forms.plain else NONE

            collected += _collect(forms, base, powers, context)
    if total == 0:
        lost = [item for item in collected if not forms.holds(item_needs(forms, *item), given)]
        return forms.product(ZERO, tuple(lost)) if lost else forms.number(ZERO)
    return _finish(forms, total, collected)


def _given_by_others(forms: Forms, exponents: dict[int, list[Exact]], base: int) -> Conditions:
    conditions: set[tuple[str, int]] = set()
    for other, powers in exponents.items():
        if other != base and len(exponents) <= 16:
            conditions |= forms.gives[other] if powers[0] > 0 else forms.through(other)
    return frozenset(conditions)


def item_needs(forms: Forms, base: int, exponent: Exact) -> Conditions | None:
    """Find the conditions under which a power has a value; None where they are too many."""
    needs = forms.needs[base]
    return None if needs is None else needs | forms.power_needs(base, exponent)


def _collect(
    forms: Forms, base: int, powers: list[Exact], context: Callable[[], Conditions]
) -> list[tuple[int, Exact]]:
    """Collect powers of one base into few powers."""
    above = [e for e in powers if e > 0]
    below = [-e for e in powers if e < 0]
    over, kept_over = _one_side(forms, base, above, context)
    under, kept_under = _one_side(forms, base, below, context)
    kept = kept_over + [(form, -exponent) for form, exponent in kept_under]
    if over and under and _may_cancel(forms, base, over, under, context):
        over, under = whole(max(over - under, ZERO)), whole(max(under - over, ZERO))
    return kept + [(base, e) for e in (over, -under) if e]


def _one_side(
    forms: Forms, base: int, powers: list[Exact], context: Callable[[], Conditions]
) -> tuple[Exact, list[tuple[int, Exact]]]:
    """Add up exponents on one side of the line; roots whose sum would lose their domain stay powers of a root."""
    roots = [e for e in powers if e.denominator != 1]
    of_roots = sum(roots, ZERO)
    total = whole(sum(powers, ZERO))
    if not forms.may_write(total, _total, *powers):
        return ZERO, _apart(forms, base, powers)
    if not roots or of_roots.denominator != 1 or forms.holds(frozenset([(">=", base)]), context()):
        return total, []
    return whole(total - of_roots), _apart(forms, base, roots)


def _total(*numbers: Exact) -> Exact:
    return sum(numbers, ZERO)


def _apart(forms: Forms, base: int, powers: list[Exact]) -> list[tuple[int, Exact]]:
    """List powers that are not added up: a repeated base of its own for each."""
    counts: dict[Exact, int] = {}
    for exponent in powers:
        counts[exponent] = counts.get(exponent, 0) + 1
    return [(power(forms, base, exponent), count) for exponent, count in counts.items()]


def _may_cancel(forms: Forms, base: int, over: Exact, under: Exact, context: Callable[[], Conditions]) -> bool:
    """Tell whether `x^a/x^b` may be written as one power."""
    needed: set[tuple[str, int]] = set()
    if not forms.may_write(whole(over - under), sub, over, under):
        return False
    if over >= under or not forms.plain:  # x/x^2 is undefined at 0, where 1/x is infinite
        needed.add(("!=", base))
    if over == under or forms.poles[base]:
        needs = forms.needs[base]
        if needs is None:
            return False
        needed |= needs
    if (over - under).denominator == 1 and over.denominator != 1:
        needed.add((">=", base))
    return not needed or forms.holds(frozenset(needed)) or forms.holds(frozenset(needed), context())


def _finish(forms: Forms, coefficient: Exact, items: list[tuple[int, Exact]]) -> int:
    """Return the form of a product of collected factors."""
    if not items:
        return forms.number(coefficient)
    if coefficient == 1 and len(items) == 1 and items[0][1] == 1:
        return items[0][0]
    if coefficient == -1:
        for position, (base, exponent) in enumerate(items):
            turned = _turned(forms, base) if exponent.denominator == 1 and exponent % 2 else None
            if turned is not None and (exponent > 0 or any(e > 0 for _, e in items)):
                items = [*items[:position], (turned, exponent), *items[position + 1 :]]
                return _finish(forms, ONE, items)
    branch = _into_branch(forms, coefficient, items)
    return forms.product(coefficient, tuple(items)) if branch is None else branch


def _turned(forms: Forms, form: int) -> int | None:
    """Turn all signs of a sum that has a minus: `b - a` for `a - b`; None for any other form."""
    if forms.operations[form] != SUM:
        return None
    constant, items = forms.parts[form]
    if constant >= 0 and all(number > 0 for _, number in items):
        return None
    return forms.sum(-constant, tuple((term, -number) for term, number in items))


def _into_branch(forms: Forms, coefficient: Exact, items: list[tuple[int, Exact]]) -> int | None:
    """Write `where(c, 1, 0)*x` as `where(c, x, 0)`, where x has a value everywhere; None elsewhere."""
    if (coefficient == 1 and len(items) == 1) or len(items) > 16:
        return None
    for position, (base, exponent) in enumerate(items):
        if forms.operations[base] == "where" and exponent == 1:
            condition, one, other = forms.parts[base]
            numbers = forms.value(one), forms.value(other)
            if numbers[0] is None or numbers[1] is None or ZERO not in numbers:
                continue
            others = [*items[:position], *items[position + 1 :]]
            if not all(forms.holds(item_needs(forms, *item)) for item in others):
                continue
            branches = tuple(multiply(forms, coefficient, others, number) for number in numbers if number is not None)
            return forms.call("where", (condition, *branches))
    return None
