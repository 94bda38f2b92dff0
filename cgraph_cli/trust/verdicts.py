"""Verdicts: the status of a number, the cause of an event, and a number with its verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf, nan
from typing import Any, ClassVar, NamedTuple


class _Enumeration(str):
    """An enumeration: each name that a class declares is a member, whose word is the name in small letters.

    It is no `Enum`, which would take a quarter of a millisecond of every start.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        for name in cls.__annotations__:
            setattr(cls, name, cls(name.lower()))


class Status(_Enumeration):
    """The standing of a number."""

    __slots__ = ()

    OK: ClassVar[Status]
    """An ordinary point: doubles suffice."""
    RECOVERED: ClassVar[Status]
    """The number exists at the point itself, but doubles lose it."""
    OVERFLOW: ClassVar[Status]
    """The number is too large or too small for a double."""
    LIMIT: ClassVar[Status]
    """Doubles fail, or the rules do, but the value or the derivative exists; the true number is shown."""
    KINK: ClassVar[Status]
    """The derivatives from the two sides differ; the convention is shown, with the interval between them."""
    JUMP: ClassVar[Status]
    """The function is discontinuous; 0 is shown where it is constant on both sides, else nan."""
    POLE: ClassVar[Status]
    """The value or the slope is infinite."""
    UNDEFINED: ClassVar[Status]
    """There is no number; nan is shown."""
    UNKNOWN: ClassVar[Status]
    """The number was not settled, or not examined."""


STATUSES: tuple[Status, ...] = tuple(getattr(Status, name) for name in Status.__annotations__)
"""All statuses."""


class Cause(_Enumeration):
    """The reason of an event: a condition of the table of primitives by the name of its column, or a failing double."""

    __slots__ = ()

    DOMAIN: ClassVar[Cause]
    KINKS: ClassVar[Cause]
    JUMPS: ClassVar[Cause]
    POLES: ClassVar[Cause]
    EDGES: ClassVar[Cause]
    OVERFLOW: ClassVar[Cause]
    UNDERFLOW: ClassVar[Cause]
    CANCELLED: ClassVar[Cause]
    INHERITED: ClassVar[Cause]


STATUS_OF: Mapping[Cause, Status] = {
    Cause.DOMAIN: Status.UNDEFINED,
    Cause.KINKS: Status.KINK,
    Cause.JUMPS: Status.JUMP,
    Cause.POLES: Status.POLE,
    Cause.EDGES: Status.LIMIT,
    Cause.OVERFLOW: Status.OVERFLOW,
    Cause.UNDERFLOW: Status.OVERFLOW,
    Cause.CANCELLED: Status.RECOVERED,
}
"""The status of each cause by itself, where nothing around it decides otherwise."""


WITHOUT_VALUE = (Status.POLE, Status.JUMP, Status.UNDEFINED, Status.UNKNOWN)
"""Statuses of a value that is none, or none that is known: it has no derivatives."""


class Verdict(NamedTuple):
    """A status with the numbers that belong to some.

    `sides` are the derivatives on the left and on the right of a kink. `text` is a number in full that no double can
    hold. `size` is the height of a jump.
    """

    status: Status
    sides: tuple[float, float] | None = None
    text: str = ""
    size: float = 0.0

    @property
    def interval(self) -> tuple[float, float] | None:
        """The interval between the derivatives of a kink, the smaller first."""
        return None if self.sides is None else (min(self.sides), max(self.sides))


OK = Verdict(Status.OK)


class Checked(NamedTuple):
    """A shown value, derivative or coefficient, with its verdict."""

    number: float
    verdict: Verdict = OK

    @property
    def is_finite(self) -> bool:
        """Tell whether the number is finite and known."""
        return abs(self.number) < inf and self.verdict.status != Status.UNKNOWN


UNDEFINED = Checked(nan, Verdict(Status.UNDEFINED))

_FROM_WORST = (Status.UNKNOWN, Status.UNDEFINED, Status.POLE, Status.JUMP, Status.KINK, Status.OVERFLOW, Status.LIMIT,
               Status.RECOVERED)  # fmt: skip


def worst_of(statuses: Collection[Status]) -> Status:
    """Choose the worst of some statuses; ok where there is none."""
    return next((status for status in _FROM_WORST if status in statuses), Status.OK)


ROUNDING = 1e-9
"""The largest relative error that counts as rounding, where nothing was lost."""


def differ_by_rounding(first: Any, second: Any, noise: Any = 0.0) -> bool:
    """Tell whether two numbers differ by rounding alone: by a part in 10⁹ of the larger, and some `noise`."""
    if first == second:
        return True
    size = max(abs(first), abs(second))
    return bool(size < inf and abs(first - second) <= ROUNDING * size + noise)
