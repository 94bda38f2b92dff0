"""Guards: the conditions under which a derivative is valid.

The untaken branch of a `where` has no part in a derivative, whatever its own slope, even `nan`. A sweep over numbers
leaves it out; a program has to compute a number there, and to choose later. So an adjoint in a program has a guard:
where the guard does not hold, the adjoint's number must not be used. A guard is a conjunction of *literals*, each a
condition (a node) that holds or does not. Guards that begin alike share their beginning: the literals of one beyond
another are at its end.
"""

from __future__ import annotations

from typing import NamedTuple

_FAR = 32
"""The most literals of a guard in which another is looked for; a missed one only costs some nodes."""


class Literal(NamedTuple):
    """A condition, and whether it has to hold. The condition is a node, or two guards of which one has to hold."""

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
        """List the guards in this one, from the first."""
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
        """List the literals of this guard beyond another, from the outermost; None where it may not imply the other."""
        literals: list[Literal] = []
        here: Guard | None = self
        while here is not None and here is not other and len(literals) < _FAR:
            if here.literal is not None:
                literals.append(here.literal)
            here = here.before
        return literals[::-1] if here is other else None

    def is_opposite(self, other: Guard) -> bool:
        """Tell whether two guards differ in their last literal only: one holds wherever both begin."""
        return (
            self.before is not None
            and self.before is other.before
            and self.literal is not None
            and self.literal.opposite() == other.literal
        )
