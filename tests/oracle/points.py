"""Programs at points, and values beside the points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import frexp
from typing import Any

from tests.oracle.functions import FUNCTIONS
from tests.oracle.machine import Coarse, Machine, NoValue, Number, Unsure
from tests.oracle.pieces import ASKING, DISCRETE, PICKY, TRUTHS
from tests.oracle.programs import Program

NOTHING = 1e-320
"""The least derivative that is not said to be 0."""


class Point:
    """The nodes of a program at a point, evaluated on demand; a node of `moved` has its number there.

    A node beyond the reach of the move, such as behind a `floor`, is the same object as without it.
    """

    def __init__(self, program: Program, inputs: Mapping[str, float], machine: Machine) -> None:
        self.program = program
        self.inputs = inputs
        self.machine = machine
        self.known: dict[int, Number | Exception] = {}
        self.behind = {node: program.behind(node) for node in range(len(program.nodes))}

    def number(self, node: int, moved: Mapping[int, Number] | None = None) -> Number:
        """Find a node's number. Raises `NoValue`, `Coarse`, `Unsure`."""
        if not moved:
            return self._number(node, {}, self.known)
        fresh = {n: x for n, x in self.known.items() if not any(other in self.behind[n] for other in moved)}
        return self._number(node, moved, fresh)

    def _number(self, node: int, moved: Mapping[int, Number], known: dict[int, Number | Exception]) -> Number:
        if node in moved:
            return moved[node]
        if node not in known:
            try:
                known[node] = self._compute(node, moved, known)
            except (NoValue, Coarse, Unsure) as failure:
                known[node] = failure
        found = known[node]
        if isinstance(found, Exception):
            raise found
        return found

    def _compute(self, node: int, moved: Mapping[int, Number], known: dict[int, Number | Exception]) -> Number:
        operation, operands, constant = self.program.nodes[node]
        if operation == "input":
            return self.machine.exact(self.inputs[constant])
        if operation == "constant":
            return self.machine.each(lambda ctx: +ctx.pi) if constant == "pi" else self.machine.exact(float(constant))
        try:
            if operation == "where":
                taken = 2 if self.machine.is_zero(self._asked(operands[0], moved, known)) else 1
            else:
                find = self._asked if operation in ASKING else self._number
                numbers = [find(operand, moved, known) for operand in operands]
                before = self.known.get(node) if moved else None
                if before and all(x is self.known.get(operand) for x, operand in zip(numbers, operands, strict=True)):
                    return self._number(node, {}, self.known)
                result = FUNCTIONS[operation](self.machine, *numbers)
                is_still = isinstance(before, Number) and operation in DISCRETE and result.hi == before.hi
                return before if is_still and isinstance(before, Number) else result
        except NoValue:
            if operation in PICKY and any(isinstance(known.get(operand), NoValue) for operand in operands):
                raise Unsure from None
            raise
        return self._number(operands[taken], moved, known)

    def _asked(self, node: int, moved: Mapping[int, Number], known: dict[int, Number | Exception]) -> Number:
        """Find a number that is asked for its truth: a truth value has no neighbours, so a move of it is none."""
        is_still = node in moved and self.program.nodes[node].operation in TRUTHS
        return self._number(node, {}, self.known) if is_still else self._number(node, moved, known)


class Moves:
    """Values of one node beside the point, with one or two other nodes moved by steps of their own."""

    def __init__(self, at: Point, node: int) -> None:
        self.at = at
        self.node = node
        self.machine = at.machine

    def step(self, other: int, share: float) -> Fraction:
        """Find a step of `share` of the digits, relative to a number that is not 0; a power of two, so exact.

        Raises `Unsure` for a number so small that the step's digits would fill the memory.
        """
        here = self.at.number(other)
        size = self._least if self.machine.sign(here) == 0 else int(self.machine.hi.mag(here.hi))
        if size < -(10**6):
            raise Unsure
        return Fraction(2) ** (min(size, 200) - int(share * self.machine.lo.prec))

    @property
    def _least(self) -> int:
        """The size of the smallest input, or of 1: a step from 0 must not pass it, as in `min(0, 1e-300)`."""
        return min([0, *(frexp(number)[1] for number in self.at.inputs.values() if number)])

    def value(self, *moves: tuple[int, Fraction]) -> Number | None:
        """Find the node's value after moves; None where it has none."""
        moved: dict[int, Number] = {}
        for other, by in moves:
            here = moved.get(other) or self.at.number(other)
            if self.machine.sign(here) == 0:
                here = self.machine.exact(0)
            moved[other] = self.machine.each(lambda ctx, x, by=by: x + _as(ctx, by), here)
        try:
            return self.at.number(self.node, moved)
        except NoValue:
            return None

    def combine(self, terms: Iterable[tuple[int, Number]], by: Fraction) -> Number:
        """Sum values times whole numbers, over a step."""
        terms = list(terms)
        total = self.machine.exact(0)
        if all(x is terms[0][1] for _, x in terms):
            return total
        sizes = []
        for times, x in terms:
            total = self.machine.each(lambda ctx, a, b, times=times: a + times * b, total, x)
            sizes.append(x.hi)
        m = self.machine
        if not total.hi or m.is_residue(total.hi, *sizes):
            unseen = max(abs(x) for x in sizes) * m.hi.mpf(2) ** -int(0.8 * m.hi.prec) / abs(_as(m.hi, by))
            if unseen > NOTHING or m.digits < m.ZERO:
                raise Coarse
            return m.exact(0)._replace(hidden=total.hidden)
        return self.machine.each(lambda ctx, x: x / _as(ctx, by), total)


def _as(ctx: Any, by: Fraction) -> Any:
    """Take a step: a whole number over a power of two, which mpmath would take seconds to read where it is long."""
    return ctx.ldexp(ctx.mpf(by.numerator), 1 - by.denominator.bit_length())
