"""Steps: a condition around a product that is 0 anyway where the condition does not hold."""

from __future__ import annotations

from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.symbolic.rewriting.numbers import HALF, ONE, ZERO
from cgraph_cli.symbolic.simplify.forms import Forms
from cgraph_cli.symbolic.simplify.products import item_needs, multiply, split
from cgraph_cli.symbolic.simplify.sums import add


def step_product(forms: Forms, condition: int, one: int, other: int) -> int | None:
    """Write `where(x >= y, z*heaviside(x - y), 0)` without the condition, z having a value everywhere; else None.

    So is `where(lo <= x <= hi, z*(heaviside(x - lo) - heaviside(x - hi)), 0)`. Where z has the factor `max(x, 0)`, the
    step at 0 is in it.
    """
    step = _find_step(forms, condition) if forms.value(other) == 0 else None
    number, items = split(forms, one)
    if step is None or (step, ONE) not in items:
        return None
    others = [each for each in items if each[0] != step]
    if not all(forms.holds(item_needs(forms, *each)) for each in others):
        return None
    if any(exponent > 0 and _is_zero_beyond(forms, base, condition) for base, exponent in others):
        return multiply(forms, number, others)
    return one


def _find_step(forms: Forms, condition: int) -> int | None:
    """Find the sum of steps that is 0 where a condition does not hold."""
    operation, parts = forms.operations[condition], forms.parts[condition]
    if operation in (">=", "<="):
        above, below = parts if operation == ">=" else reversed(parts)
        return _step(forms, above, below)
    if operation != "and" or any(forms.operations[part] != "<=" for part in parts):
        return None
    (low, inside), (same, high) = (forms.parts[part] for part in parts)
    if inside != same or not forms.intervals[_subtract(forms, low, high)].high <= 0:
        return None
    return _subtract(forms, _step(forms, inside, low), _step(forms, inside, high))


def _step(forms: Forms, above: int, below: int) -> int:
    return forms.call("heaviside", (_subtract(forms, above, below), forms.number(HALF)))


def _subtract(forms: Forms, one: int, other: int) -> int:
    return add(forms, ZERO, [(one, ONE), (other, -ONE)])


def _is_zero_beyond(forms: Forms, base: int, condition: int) -> bool:
    """Tell whether a form is 0 where a comparison does not hold: the choice of one of its sides, or 0 for the other."""
    operation, sides = forms.operations[base], forms.parts[base]
    is_choice = operation in PRIMITIVES and PRIMITIVES[operation].picks
    return is_choice and {*sides} == {*forms.parts[condition]} and any(forms.value(side) == 0 for side in sides)
