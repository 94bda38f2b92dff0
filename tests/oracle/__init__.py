"""True values and derivatives of programs, in mpmath: a reference that shares nothing with the package.

A program is evaluated to 120 and 240 digits at once, and to more where those do not settle a number or a decision (see
`machine.Machine` for the rules). A derivative is found from values alone, by differences with steps of a quarter of the
digits and more: no rule of differentiation is used. It is a number where a longer and a shorter step agree and both
sides do; its absence (the sides differ, the quotients grow) has to be found twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.oracle.differences import Truth, first_quotients, judge, second_quotients
from tests.oracle.machine import Coarse, Machine, NoValue, Number, Unsure
from tests.oracle.points import Point
from tests.oracle.programs import Program

__all__ = ["Truth", "find_derivative", "find_second_derivative", "find_value"]

LADDER = (120, 400, 1200)
SLOW: Mapping[str, Sequence[int]] = {
    **dict.fromkeys(("gamma", "lgamma"), (120, 200, 400)),
    **dict.fromkeys(("digamma", "polygamma"), (120, 200)),
}
"""Primitives that take mpmath minutes with thousands of digits."""
SETTLED = 1e-40

_machines: dict[int, Machine] = {}


def _machine(digits: int) -> Machine:
    if digits not in _machines:
        _machines[digits] = Machine(digits)
    return _machines[digits]


UNSURE = Truth("unsure")


def _climb(program: Program, inputs: Mapping[str, float], node: int, find: Callable[[Point], Truth]) -> Truth:
    """Find the first number that settles, with more and more digits; its absence is believed the second time."""
    ladder = min((SLOW.get(program.nodes[n].operation, LADDER) for n in program.behind(node)), key=max)
    doubted: Truth | None = None
    for digits in ladder:
        try:
            found = find(Point(program, inputs, _machine(digits)))
        except NoValue:
            return Truth("none", why="no value")
        except Coarse:
            doubted = None
            continue
        except (Unsure, OverflowError, MemoryError, ZeroDivisionError, ValueError, NotImplementedError):
            return UNSURE
        if found.is_number or (doubted and doubted.why[:9] == found.why[:9]):
            return found
        doubted = found
    return UNSURE


def _settle(machine: Machine, x: Number) -> Any:
    """Find the number on which both precisions agree. Raises `Coarse`."""
    if machine.sign(x) == 0:
        return machine.hi.zero
    if abs(x.lo - x.hi) > abs(x.hi) * SETTLED:
        raise Coarse
    return x.hi


def find_value(program: Program, inputs: Mapping[str, float], node: int) -> Truth:
    """Find the true value of a node."""
    return _climb(program, inputs, node, lambda at: Truth("number", _settle(at.machine, at.number(node))))


def find_derivative(program: Program, inputs: Mapping[str, float], node: int, wrt: int) -> Truth:
    """Find the true derivative of a node with respect to another, all else held fixed."""
    if wrt == node:
        return Truth("number", 1)
    if wrt not in program.behind(node):
        return Truth("number", 0)

    def find(at: Point) -> Truth:
        at.number(node)
        if wrt not in at.known:  # in a branch that is not taken, whether it has a value or not
            return Truth("number", 0)
        return judge(at.machine, first_quotients(at, node, wrt))

    return _climb(program, inputs, node, find)


def find_second_derivative(program: Program, inputs: Mapping[str, float], node: int, one: int, other: int) -> Truth:
    """Find the true second derivative of a node with respect to two others, or one of them twice."""
    if node in (one, other) or not {one, other} <= program.behind(node):
        return Truth("number", 0)
    for wrt in (one, other):
        slope = find_derivative(program, inputs, node, wrt)
        if not slope.is_number or slope.edge:
            return slope if slope.kind == "none" else UNSURE

    def find(at: Point) -> Truth:
        found = [judge(at.machine, quotients) for quotients in second_quotients(at, node, one, other)]
        first = found[0]
        if any(truth.kind != "number" for truth in found):
            return next(truth for truth in found if truth.kind != "number")
        scale = max(abs(truth.number) for truth in found)
        if any(abs(truth.number - first.number) > scale * 1e-15 for truth in found):
            return Truth("none", why="the second differences differ from side to side")
        return min(found, key=lambda truth: bool(truth.number))

    return _climb(program, inputs, node, find)
