"""The facts of every primitive against high precision: its range, its parity, its exactness, and whether it carries
infinities and nan.

Each fact is checked in both directions over all rows of the table: it holds, and it is complete. A row with a wrong or
a missing fact fails by its name.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from mpmath import mp, mpf

from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.rule_parser import rule
from cgraph_cli.symbolic.rewriting import algebra_laws as laws
from cgraph_cli.symbolic.rewriting import facts
from cgraph_cli.symbolic.rewriting.facts import carries, is_exact, is_for_positive
from cgraph_cli.symbolic.rewriting.ranges import range_of
from tests.reference import REFERENCE, Operands, Truth, holds
from tests.sameness import HIGH

inf, nan = math.inf, math.nan

NEAR = [
    *(0.0, 0.25, 0.5, 0.7517915247235, 0.9999999999999999, 1.0, 1.278464542761, 1.5, 1.5707963267948966),
    *(1.5707963267948968, 2.0, 2.5, 3.0),
]
FAR = [3.75, 7.0, 100.5, 19.0, 40.0, 700.0, 1e5, 1e17, 1e300, 1.7e308, 1e-8, 1e-17, 1e-300, 5e-324]
MANY = [sign * x for x in (*NEAR, *FAR) for sign in (1.0, -1.0)]
SOME = [0.0, 0.5, -0.5, 1.0, -1.0, 1.7, -2.5, 0.1, -40.0, 700.0, -1e300, 1e300, -5e-324]
FEW = [0.0, 0.1, -1.0, 2.5, -1e300, 1e17]
FARTHEST = {
    **dict.fromkeys(("gamma", "lgamma", "digamma", "polygamma", "erf", "erfc", "normcdf", "gelu"), 1e5),
    **dict.fromkeys(("softplus", "logsigmoid", "logaddexp", "logsumexp", "bce_with_logits"), 700.0),
}
"""The farthest point of a reference that takes long or loses its digits beyond."""


@cache
def points_of(name: str) -> list[tuple[Operands, Any]]:
    """Choose points of a primitive's domain, extremes included, with the true values where these are finite."""
    row = PRIMITIVES[name]
    counts = (1, 2, 3) if row.variadic else (len(row.parameters),)
    points = itertools.chain.from_iterable(
        itertools.product((MANY, SOME, FEW)[count - 1], repeat=count) for count in counts
    )
    if name == "polygamma":
        points = iter([(float(order), x) for order in range(4) for x in MANY])
    found = []
    for operands in points:
        if max(map(abs, operands)) <= FARTHEST.get(name, inf) and holds(row, "domain", operands):
            value = Truth(name, operands).value()
            if mp.isfinite(value):
                found.append((operands, value))
    return found


# ------------------------------------------------------------------------------------------------- the checkers


def range_faults(row: Primitive) -> Iterator[str]:
    """Find values outside a row's range, and ends without values near them."""
    low, high, zero = range_of(row.name)
    values = [value for _, value in points_of(row.name)]
    for operands, value in points_of(row.name):
        if not low <= value <= high or (value == 0 and not zero):
            yield f"{row.name}{operands} is {mp.nstr(value, 17)}, outside {range_of(row.name)}"
            return
    least, most = min(values), max(values)
    for end, nearest in ((low, least), (high, most)):
        if abs(nearest) < 10 if math.isinf(end) else abs(nearest - end) > 0.01:
            yield f"{row.name}: no value comes near {end}, the end of its range, nearer than {mp.nstr(nearest, 17)}"
    if zero and 0 in (low, high) and 0 not in values:
        yield f"{row.name} is never 0, which its range does not say"


def exactness_faults(row: Primitive) -> Iterator[str]:
    """Find a rounded value of an exact primitive, or the lack of one of another."""
    kernel = DOUBLE.function(row.name)
    rounded = [operands for operands, value in points_of(row.name) if mpf(kernel(*operands)) != value]
    if is_exact(row.name) and rounded:
        yield f"{row.name}{rounded[0]} is rounded, and the row says that it is exact"
    if not is_exact(row.name) and not rounded:
        yield f"{row.name} is exact, and the row does not say so"


def parity_faults(row: Primitive) -> Iterator[str]:
    """Find another parity than the row's, for a function of one operand."""
    true = ""
    if row.notation == "call" and len(row.parameters) == 1 and not row.variadic:
        values = {operands[0]: value for operands, value in points_of(row.name)}
        pairs = [(value, values[-x]) for x, value in values.items() if x > 0 and -x in values]
        with mp.workdps(60):
            for sign, parity in ((1, "even"), (-1, "odd")):
                if pairs and all(abs(one - sign * other) <= abs(one) * mpf(10) ** -30 for one, other in pairs):
                    true = parity
    if row.parity != true:
        yield f"{row.name} is {true or 'neither even nor odd'}, and the row says {row.parity or 'nothing'!r}"


def growth_faults(row: Primitive) -> Iterator[str]:
    """Find a slope beyond the row's growth, or that the row has another one, for a function of one operand."""
    if row.definition or row.notation != "call" or len(row.parameters) != 1 or row.variadic:
        if row.growth:
            yield f"{row.name} has a growth, and is no function of one operand by itself"
        return
    kernel, most = HIGH.kernel(row.name), 0.0
    for (x,), _ in points_of(row.name):
        value, partial = kernel(HIGH.number(x, ""))
        if partial is None or value == 0:
            return
        if math.isfinite(ratio := float(abs(partial / value))):  # beyond this precision's exponents it is not
            most = max(most, ratio)
    if row.growth and not most <= row.growth <= 1.001 * most:
        yield f"{row.name} grows by {most} of itself, and the row says {row.growth}"
    if not row.growth and most < 10:
        yield f"{row.name} grows by {most} of itself at most, and the row does not say so"


def pair_faults(row: Primitive) -> Iterator[str]:
    """Find a value of many operands that the row's `pair` does not make."""
    if not row.variadic:
        if row.pair:
            yield f"{row.name} has two operands and no `pair`"
        return
    if row.pair not in REFERENCE:
        yield f"{row.name} has no `pair`"
        return
    for operands, value in points_of(row.name):
        if max(map(abs, operands)) > 1e5:
            continue
        if len(operands) == 1:
            found = abs(mpf(operands[0])) if range_of(row.name).low >= 0 else mpf(operands[0])
        else:
            with mp.workdps(900):
                found = mpf(operands[0])
                for operand in operands[1:]:
                    found = REFERENCE[row.pair](found, mpf(operand))
                found = found / len(operands) if rule(row).uses("n") else found
        if abs(found - value) > mpf(10) ** -12 * max(1, abs(value)):
            yield f"{row.name}{operands} is {mp.nstr(value, 17)}, and {mp.nstr(found, 17)} by `{row.pair}`"
            return


def positive_faults(row: Primitive) -> Iterator[str]:
    """Find a primitive with values exactly for a positive operand that is not known for it, or another."""
    true = False
    if len(row.parameters) == 1 and not row.variadic:
        inside = [(x, is_real(row.name, x)) for x in SOME]
        true = all(real == (x > 0) for x, real in inside)
    if is_for_positive(row.name) != true:
        yield f"{row.name} has values {'exactly' if true else 'not just'} where its operand is positive"


def is_real(name: str, x: float) -> bool:
    """Tell whether a function has a real and finite value."""
    farthest = FARTHEST.get(name, inf)
    try:
        value = Truth(name, (max(-farthest, min(x, farthest)),)).value()
    except (ValueError, ZeroDivisionError):
        return False
    return isinstance(value, mpf) and bool(mp.isfinite(value))


def carrying_faults(row: Primitive) -> Iterator[str]:
    """Find a finite value, in high precision, of an infinite or nan operand that a primitive is said to carry."""
    count = 2 if row.variadic else len(row.parameters)
    kernel, ctx = HIGH.function(row.name), HIGH.number(1.0, "").context
    others = [0.125, -0.75, 2.0, -31.0, 1e30, inf, -inf, nan]
    for at in range(count):
        if row.name == "polygamma" or not carries(row.name, at, (None,) * count):
            continue
        choices: list[list[float]] = [others] * count
        choices[at] = [inf, -inf, nan]
        for operands in itertools.product(*choices):
            value = kernel(*(HIGH.number(operand, "") for operand in operands))
            if ctx.isfinite(value):
                yield f"{row.name}{operands} is {ctx.nstr(value, 17)}, and should carry operand {at}"
                return


def zero_faults(row: Primitive) -> Iterator[str]:
    """Find a 0 that the row does not say, or one in doubles alone that nothing tells from it."""
    for operands, value in points_of(row.name):
        if any(0 < abs(x) < 1e-307 for x in operands):
            continue  # with which most rows lose digits
        found = DOUBLE.function(row.name)(*operands)
        says = any(holds(row, "zeros", each) for each in (zip(operands) if row.variadic else [operands]))
        if row.zeros and says != (value == 0):
            yield f"{row.name}{operands} is {mp.nstr(value, 17)}, and the row says {'0' if says else 'no 0'}"
            return
        if found == 0 != value and not row.zeros and range_of(row.name).zero:
            yield f"{row.name}{operands} is no 0, but one in doubles"
            return


CHECKERS: dict[str, Callable[[Primitive], Iterator[str]]] = {
    "range": range_faults,
    "zeros": zero_faults,
    "exact": exactness_faults,
    "parity": parity_faults,
    "growth": growth_faults,
    "pair": pair_faults,
    "positive": positive_faults,
    "carries": carrying_faults,
}


@pytest.mark.parametrize("fact", CHECKERS)
@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_fact_holds_and_is_all_that_holds(name: str, fact: str) -> None:
    assert list(CHECKERS[fact](PRIMITIVES[name])) == []


# ----------------------------------------------------------------------------------------- the checkers, checked


@pytest.fixture
def forget() -> Iterator[Callable[[], None]]:
    """Forget the facts found from the rows."""

    def clear() -> None:
        for found in (range_of, is_exact, is_for_positive, carries):
            found.cache_clear()

    yield clear
    clear()


def others_of(row: Primitive) -> Iterator[tuple[str, Any]]:
    """List other facts than a row's: wrong ones and missing ones."""
    if row.range:
        yield "range", ""
    if not row.is_truth:
        yield "range", "f >= 1.5" if range_of(row.name).high > 1.5 else "f < -2"
        yield "range", "-20 <= f <= 20"
    if row.zeros:
        yield "zeros", f"not ({row.zeros})"
    if not (row.is_truth or row.picks or row.definition):
        yield "exact", not row.exact
    yield from (("parity", parity) for parity in ("", "odd", "even") if parity != row.parity)
    if row.growth:
        yield from (("growth", growth) for growth in (0.0, 0.99 * row.growth, 1.1 * row.growth))
    yield from (("pair", pair) for pair in ("", "-") if pair != row.pair)
    yield from (
        ("domain", domain) for domain in ("x > 0", "x >= 0") if len(row.parameters) == 1 and domain != row.domain
    )


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_fact_that_is_planted_is_found_by_name(
    name: str, monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]
) -> None:
    row = PRIMITIVES[name]
    points_of(name)
    for column, other in list(others_of(row)):
        checker = CHECKERS["positive" if column == "domain" else column]
        if column == "domain" and not is_for_positive(name) and other != "x > 0":
            continue
        with monkeypatch.context() as patch:
            patch.setattr(row, column, other)
            forget()
            found = list(checker(row))
        forget()
        assert found, f"{column} = {other!r} in the row of {name} is not found"
        assert all(fault.startswith(name) for fault in found)


def test_a_definition_gives_a_range_and_exactness() -> None:
    assert range_of("sech") == (0.0, 1.0, False)
    assert range_of("logsigmoid").high == 0
    assert not PRIMITIVES["relu"].range
    assert range_of("relu") == (0.0, inf, True)
    assert range_of("cot") == (-inf, inf, True)
    assert is_exact("clip")
    assert not PRIMITIVES["clip"].exact


def test_a_row_brings_its_law() -> None:
    patterns = {law.pattern: law.replacement for law in laws.exact_laws()}
    odd = [name for name, row in PRIMITIVES.items() if row.parity == "odd" and facts.keeps_parity(name)]
    assert all(patterns[f"{name}(-x)"] == f"-{name}(x)" for name in odd)
    assert "sign(-x)" not in patterns  # sign(-0) is 0
    assert "sign(-x)" in {law.pattern for law in laws.all_laws()}
