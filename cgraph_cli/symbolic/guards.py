"""Guards: the conditions under which a derivative has a meaning, carried beside it.

The untaken branch of a `where` has no part in a derivative, whatever it computes: its slope may be `nan`. A sweep over
numbers leaves it out; a program has to compute something there, and to choose later. So an adjoint in a program has a
guard: where the guard does not hold, the adjoint's number means nothing and must not be looked at.

A guard is a conjunction of *literals*, each a condition (a node) that holds or does not. Guards that begin alike share
their beginning, so that the literals of one beyond another are at its end.
"""

from __future__ import annotations

from typing import NamedTuple

_FAR = 32
"""The literals up to which one guard is looked for in another; not to find it costs some nodes, and no more."""


class Literal(NamedTuple):
    """A condition and whether it is to hold. The condition is a node, or two guards one of which has to hold."""

    condition: int | tuple[Guard, Guard]
    holds: bool

    def opposite(self) -> Literal:
        """Return the literal that holds where this one does not."""
        return Literal(self.condition, not self.holds)


class Guard:
    """A conjunction: the `before` part, and one `literal` more. Equal guards are the same object."""

    __slots__ = ("_after", "before", "literal")

    def __init__(self, before: Guard | None = None, literal: Literal | None = None) -> None:
        self.before = before
        self.literal = literal
        self._after: dict[Literal, Guard] = {}

    def parts(self) -> list[Guard]:
        """List the guards that this one is made of."""
        parts = [self.before] if self.before is not None else []
        if self.literal is not None and isinstance(self.literal.condition, tuple):
            parts += self.literal.condition
        return parts

    def when(self, literal: Literal) -> Guard:
        """Return this guard with one literal more."""
        found = self._after.get(literal)
        if found is None:
            found = self._after[literal] = Guard(self, literal)
        return found

    def beyond(self, other: Guard) -> list[Literal] | None:
        """List the literals that this guard has beyond another, from the outermost; None where it may not imply it."""
        literals: list[Literal] = []
        here: Guard | None = self
        while here is not None and here is not other and len(literals) < _FAR:
            if here.literal is not None:
                literals.append(here.literal)
            here = here.before
        return literals[::-1] if here is other else None

    def is_opposite(self, other: Guard) -> bool:
        """Tell whether two guards differ in their last literal only, so that one holds wherever both begin."""
        return (
            self.before is not None
            and self.before is other.before
            and self.literal is not None
            and self.literal.opposite() == other.literal
        )
