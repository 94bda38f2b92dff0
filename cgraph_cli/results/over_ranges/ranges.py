"""Ranges: the numbers that an input is taken through, as people write them, and the grid of several.

    x=-3:3           from -3 to 3, in as many points as the command likes
    a=0:10:0.5       by steps of 0.5
    a=0:1:11n        in 11 points
    a=1e-4:1:*10     by a factor of 10 each time
    a=1,2,5          these

Bounds, steps and numbers are constant expressions, such as `-2*pi:2*pi`. The points are computed in decimal, each by
itself from the first, so that nothing drifts: `0:1:0.1` has 11 points, one of them is 0.3, and the last one is 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from itertools import product
from math import inf, isfinite, log

from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import show_number
from cgraph_cli.core.tensor import element_label
from cgraph_cli.language.numbers import split_parts

ReadNumber = Callable[[str, str], float]
"""A reader of constant expressions: a function of the expression and the name of its use."""

MOST_POINTS = 10_000_000
"""The bound on the points of a grid."""

LARGEST = 1e307
"""The largest number of a drawing, with room left to compute."""

MOST_WORK = 8_000_000
"""The most evaluations of a node for a plot, half of them between the points of the range."""

_NEAR = 1e-9
"""The part of a step by which the last step may miss the end, and counts as the end."""

_DECIMAL = Context(prec=60)
_EXAMPLES = "write `{option} x=-3:3`, `x=0:10:0.5` (a step), `x=0:1:11n` (a count) or `x=1,2,5`"


class InputRange(Sequence[float]):
    """The name of an input and its points in order, computed on demand.

    `low` and `high` are the first and the last as written, and `spacing` is `step`, `factor` or `list`. `is_counted` is
    true where the writer chose the number of points.
    """

    __slots__ = ("_first", "_listed", "_move", "_parts", "high", "is_counted", "low", "name", "size", "spacing")

    def __init__(self, name: str, low: float, high: float, count: int, *, is_counted: bool = True) -> None:
        self.name = name
        self.low = low
        self.high = high
        self.size = count
        self.is_counted = is_counted
        self.spacing = "step"
        self._listed: Sequence[float] = ()
        self._first = _decimal(low)
        self._move = _DECIMAL.subtract(_decimal(high), self._first)
        self._parts = Decimal(max(1, count - 1))

    @classmethod
    def by_step(cls, name: str, low: float, high: float, step: float) -> InputRange:
        """Make the range `low`, `low + step`, … up to `high`."""
        count = int((high - low) / step + _NEAR) + 1
        found = cls(name, low, high, count)
        if abs((high - low) / step - (count - 1)) > _NEAR * count:  # the steps miss the end
            found._move, found._parts = _decimal(step), Decimal(1)
            found.high = found._point(count - 1)
        return found

    @classmethod
    def by_factor(cls, name: str, low: float, high: float, factor: float) -> InputRange:
        """Make the range `low`, `low·factor`, `low·factor²`, … up to `high`."""
        steps = _count_factors(low, high, factor)
        found = cls(name, low, high, int(steps + _NEAR) + 1)
        found.spacing, found._move = "factor", _decimal(factor)
        if abs(steps - (found.size - 1)) > _NEAR * found.size:
            found.high = found._point(found.size - 1)
        return found

    @classmethod
    def of(cls, name: str, numbers: Sequence[float]) -> InputRange:
        """Make the range of these numbers."""
        found = cls(name, numbers[0], numbers[-1], len(numbers))
        found.spacing, found._listed = "list", numbers
        return found

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, at: int) -> float:  # type: ignore[override] # a slice is not asked for
        if self._listed:
            return self._listed[at]
        if not -self.size <= at < self.size:
            raise IndexError(at)
        at %= self.size
        return self.low if at == 0 else self.high if at == self.size - 1 else self._point(at)

    def _point(self, at: int) -> float:
        if self.spacing == "factor":
            return float(_DECIMAL.multiply(self._first, _DECIMAL.power(self._move, Decimal(at))))
        moved = _DECIMAL.divide(_DECIMAL.multiply(self._move, Decimal(at)), self._parts)
        return float(_DECIMAL.add(self._first, moved))

    def __repr__(self) -> str:
        return f"<InputRange of {self.size} points of {self.name} from {self.low} to {self.high}>"


def _decimal(number: float) -> Decimal:
    """Give the decimal number that a double is shown as: 0.1 is one tenth."""
    return Decimal(repr(float(number)))


def _count_factors(low: float, high: float, factor: float) -> float:
    """Count the factors from one number to another of the same sign."""
    ratio = high / low
    size = log(ratio) if 0 < ratio < inf else log(abs(high)) - log(abs(low))
    return size / log(factor)


def grid(ranges: Sequence[InputRange]) -> Iterator[dict[str, float]]:
    """Combine the points of some ranges in every way, by name; the last range changes fastest."""
    for numbers in product(*ranges):
        yield {taken.name: number for taken, number in zip(ranges, numbers, strict=True)}


def grid_size(ranges: Sequence[InputRange]) -> int:
    """Count the points of a grid."""
    size = 1
    for taken in ranges:
        size *= len(taken)
    return size


def parse_ranges(texts: Sequence[str], option: str, count: int, number: ReadNumber) -> list[InputRange]:
    """Parse the ranges in the values of an option, such as `x=-3:3`, several in one or one in each.

    `count` is the number of points of a range that states none. Raises `RequestError` for any other text.
    """
    found: dict[str, InputRange] = {}
    for name, text in _by_name(texts, option):
        if name in found:
            raise RequestError(f"`{option}` gives `{name}` two ranges", help="leave one of them out")
        found[name] = _parse(name, text, option, count, number)
    return list(found.values())


def check_size(ranges: Sequence[InputRange], option: str, most: int = MOST_POINTS) -> None:
    """Raise `RequestError` where the grid of some ranges has more than `most` points."""
    if grid_size(ranges) > most:
        longest = max(ranges, key=len)
        names = name_list([taken.name for taken in ranges])
        ends = f"{show_number(longest.low)}:{show_number(longest.high)}"
        raise RequestError(
            f"the {'range' if len(ranges) == 1 else 'grid'} of {names} has {grid_size(ranges):,} points, "
            f"and {most:,} are the most here",
            help=f"a count keeps it small: `{option} {longest.name}={ends}:100n`",
        )


def check_free(ranges: Sequence[InputRange], fixed: Mapping[str, float], option: str) -> None:
    """Raise `RequestError` for an input that has both a range and, in `fixed`, a number."""
    for taken in ranges:
        if taken.name in fixed:
            raise RequestError(
                f"`{taken.name}` has both a number and a range",
                help=f"leave out `--{taken.name}` or `{option} {taken.name}=…`",
            )


def parse_bounds(texts: Sequence[str], option: str, number: ReadNumber) -> dict[str, tuple[float, float]]:
    """Parse the two ends, in order, of each `name=low:high`. Raises `RequestError` for any other text."""
    found = {}
    for name, ends in _by_name(texts, option):
        what, (low, colon, high) = f"`{option} {name}={ends}` is not a range", ends.partition(":")
        if high.count(":") == 1 and "[" not in high:
            first, _, _ = high.partition(":")
            raise RequestError(what, help=f"it has two ends alone: write `{option} {name}={low}:{first}`")
        if not colon:
            meant = instead_of_range(ends) or ("{}:{}".format(*ends.split(",")) if ends.count(",") == 1 else "-2:2")
            raise RequestError(what, help=f"write `{option} {name}={meant}`")
        bounds = number(low, option), number(high, option)
        if not -inf < bounds[0] <= bounds[1] < inf:
            raise RequestError(what, help="the numbers are finite, and the lower one comes first")
        found[name] = bounds
    return found


def _by_name(texts: Sequence[str], option: str) -> Iterator[tuple[str, str]]:
    """Split `a=0:1,b=1,2` into `a` with `0:1` and `b` with `1,2`: commas separate ranges, and the numbers of one."""
    for text in texts:
        found: list[list[str]] = []
        for part in split_parts(text, ","):
            name = re.match(r"\s*([^\W\d]\w*(?:\[[-\d\s,:]*\])?)\s*=(?!=)", part)
            if name:
                found.append([element_label(name[1]), part[name.end() :]])
            elif found:
                found[-1][1] += "," + part
            else:
                named = re.fullmatch(r"([^\W\d]\w*)\s+(\S+)\s+(\S+)", text.strip())
                meant = f"{named[1]}={named[2]}:{named[3]}" if named else ""
                if not meant and (numbers := text.strip() if ":" in text else instead_of_range(text)):
                    meant = f"x={numbers}"
                if several := re.fullmatch(r"((?:[^\W\d]\w*,)+[^\W\d]\w*)=([^=]+)", text.replace(" ", "")):
                    meant = ",".join(f"{name}={several[2]}" for name in several[1].split(","))
                help = f"write `{option} {meant}`" if meant else _EXAMPLES.format(option=option)
                raise RequestError(f"`{option} {text}` names no input", help=help)
        yield from ((name, numbers) for name, numbers in found)


def instead_of_range(text: str) -> str:
    """Advise on a range in another notation, such as `-2..2`, `-2 to 2` or `[-2, 2]`; empty for any other text."""
    text = text.strip()
    if called := re.fullmatch(r"linspace\(([^(),]+),([^(),]+),([^(),]+)\)", text):
        return "{}:{}:{}n".format(*(part.strip() for part in called.groups()))
    if ends := re.fullmatch(r"[\[(]([^\[\](),]+),([^\[\](),]+)[\])]|(.*[^.])(?:\.{2,3}|…|;|\bto\b)([^.].*)", text):
        return ":".join(part.strip() for part in ends.groups() if part)
    return ""


def _parse(name: str, text: str, option: str, count: int, number: ReadNumber) -> InputRange:
    shown = f"{option} {name}={text}"
    dashed = re.fullmatch(r"\s*([-+]?[\d.]+)-([\d.]+)\s*", text)
    if meant := ":".join(dashed.groups()) if dashed else instead_of_range(text):
        raise RequestError(f"`{shown}` is not a range", help=f"write `{option} {name}={meant}`")

    def read(part: str) -> float:
        if not part.strip():
            raise RequestError(f"a number is missing in `{shown}`", help=_EXAMPLES.format(option=option))
        value = number(part, f"{option} {name}")
        if not isfinite(value):
            raise RequestError(f"`{part.strip()}` in `{shown}` is not finite", help="a range has two ends")
        return value

    parts = split_parts(text, ":")
    if len(parts) == 1:
        return InputRange.of(name, [read(part) for part in split_parts(text, ",")])
    if len(parts) > 3:
        raise RequestError(f"`{shown}` has more than three parts", help=_EXAMPLES.format(option=option))
    low, high = read(parts[0]), read(parts[1])
    if len(parts) == 2:
        return InputRange(name, low, high, count if low != high else 1, is_counted=False)
    last = parts[2].strip()
    if counted := re.fullmatch(r"(?:n|num|count|points)\s*=\s*(\d+)|(\d+)\s*(?:points|pts|pt)", last):
        count_of = counted[1] or counted[2]
        help = f"write `{option} {name}={parts[0]}:{parts[1]}:{count_of}n`"
        raise RequestError(f"`{last}` in `{shown}` is no number of points", help=help)
    if re.fullmatch(r"\d+\s*n", last):
        digits = last[:-1].strip().lstrip("0") or "0"
        points = int(digits) if len(digits) < 10 else MOST_POINTS + 1
        if points > MOST_POINTS:
            raise RequestError(
                f"the range of `{name}` has more than {MOST_POINTS:,} points",
                help=f"write `{option} {name}={parts[0]}:{parts[1]}:100n`",
            )
        if points < 1 or (points == 1) != (low == high):
            least = f"write `{option} {name}={parts[0]}`" if low == high else "a range has two ends, so at least `2n`"
            raise RequestError(f"`{shown}` cannot have {points} point{'s' * (points != 1)}", help=least)
        return InputRange(name, low, high, points)
    if last.startswith("*"):
        return _by_factor(name, low, high, read(last[1:]), shown)
    step = read(last)
    if low != high and (step == 0 or (high - low) / step < 0):
        raise RequestError(
            f"steps of {show_number(step)} do not lead from {show_number(low)} to {show_number(high)}",
            help=f"write `{option} {name}={parts[0]}:{parts[1]}:{show_number(-step or (high - low) / 10)}`",
        )
    if low == high:
        return InputRange(name, low, high, 1)
    if not isfinite((high - low) / step) or (high - low) / step > MOST_POINTS:
        raise RequestError(
            f"the range of `{name}` has more than {MOST_POINTS:,} points",
            help=f"a count keeps it small: `{option} {name}={parts[0]}:{parts[1]}:100n`",
        )
    return InputRange.by_step(name, low, high, step)


def _by_factor(name: str, low: float, high: float, factor: float, shown: str) -> InputRange:
    right = (low > 0) == (high > 0) and low != 0 != high and factor > 0 and factor != 1
    steps = _count_factors(low, high, factor) if right else -1.0
    if steps < 0:
        raise RequestError(
            f"factors of {show_number(factor)} do not lead from {show_number(low)} to {show_number(high)}",
            help="the ends have one sign and none is 0; the factor is greater than 1 where the numbers grow",
        )
    if steps > MOST_POINTS:
        raise RequestError(f"`{shown}` has more than {MOST_POINTS:,} points", help="write a larger factor")
    return InputRange.by_factor(name, low, high, factor)
