"""Samples of outputs along a range of one input, and the places where those break.

Between two samples the exact slopes leave no room for guessing: the cubic through both predicts value and slope in the
middle. If a sample in the middle agrees, the stretch is drawn as it is. If not, it is halved, which samples a sharp
bend more finely and closes in on any break. A stretch that is too narrow to halve holds a kink, a jump, a pole or the
edge of the domain: the status there tells which, or else the numbers on both sides. Nothing is joined by a line across
it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import inf, isfinite, ulp
from typing import TYPE_CHECKING, Any, NamedTuple

from cgraph_cli.results.over_ranges.ranges import LARGEST, MOST_WORK
from cgraph_cli.trust.probe import Probe
from cgraph_cli.trust.verdicts import Checked, Status

if TYPE_CHECKING:
    from cgraph_cli.results.over_ranges.array_points import ArrayProbe

KINDS = (Status.KINK, Status.JUMP, Status.POLE)
"""The statuses that break a curve, or its slope."""

_NARROW = 1e-12
"""The part of the range below which a stretch is no longer halved."""

BESIDE = 1e-9
"""The distance from an irregular point to its neighbours, as a part of the range."""

_FURTHER = 1e-5
"""The distance of the samples on the two sides of a break, as a part of the range."""

_VALUE_TOLERANCE, _SLOPE_TOLERANCE = 2e-3, 5e-3
"""The error that a prediction may have, as a part of the height in view."""

_LEAST_PART = 1e-4
"""The least part of these tolerances that a break between different branches exceeds."""

_RISE_TOLERANCE = 1e-3
"""The tolerance for an error of the value as a slope over the stretch: a kink at a sixth of it is not missed."""


class Sample(NamedTuple):
    """A point of the range: for each output its value and its derivatives, each with its verdict.

    `slopes` are the derivatives along the range, and `gradients` the requested ones. `branches` holds each node's side
    of its conditions.
    """

    x: float
    values: tuple[Checked, ...]
    slopes: tuple[Checked, ...]
    gradients: tuple[tuple[Checked, ...], ...]
    branches: tuple[Any, ...] = ()


class Break(NamedTuple):
    """A place where an output is not smooth: its kind and the value there.

    `sides` are the slopes on the left and on the right of a kink, `size` is the height of a jump.
    """

    x: float
    kind: Status
    value: float
    sides: tuple[float, float] | None
    is_exact: bool
    size: float = 0.0


class Heights(NamedTuple):
    """The heights of most of a curve."""

    low: float
    high: float

    @property
    def height(self) -> float:
        """The distance from the lowest to the highest."""
        return self.high - self.low

    def beyond(self, number: float) -> float:
        """Measure how far outside a number is."""
        return max(0.0, number - self.high, self.low - number)


def heights_of(numbers: Iterable[float], part: float = 0.05, room: float = 1.5) -> Heights:
    """Find the heights of all but a `part` of some numbers at each end, and extend them by at most `room` to the rest.

    `room` is in units of the height.
    """
    known = sorted(number for number in numbers if isfinite(number))
    if not known:
        return Heights(0.0, 1.0)
    cut = int(len(known) * part)
    low, high = known[cut], known[-1 - cut]
    beyond = room * (high - low)
    low, high = max(known[0], low - beyond, -LARGEST), min(known[-1], high + beyond, LARGEST)
    least = max(abs(low), abs(high)) * 1e-9 or 1e-300
    return Heights(low, high) if high - low > least else Heights(low - least, high + least)


class Explorer:
    """An explorer of outputs of a graph along one input.

    `even` has the requested points, `samples` all points to draw, in order, and
    `breaks` the breaks of each output. `looks` counts the points that were looked at.
    """

    def __init__(self, probe: Probe | ArrayProbe, name: str) -> None:
        """Make an explorer by a probe, whose first derivatives are those in the input."""
        self.name = name
        self.outputs = probe.outputs
        self._probe = probe
        self.even: list[Sample] = []
        self.samples: list[Sample] = []
        self.breaks: list[dict[float, Break]] = [{} for _ in self.outputs]
        self.looks = 0
        self._range = 1.0
        self._most = 0

    def explore(self, xs: Sequence[float], progress: Callable[[int, int], None]) -> None:
        """Sample at some points in rising order, and find the breaks between them."""
        self._range = (xs[-1] - xs[0]) or 1.0
        samples = []
        self._probe.prepare(self.name, [*xs, *((left + right) / 2 for left, right in pairwise(xs))])
        for at, x in enumerate(xs):
            samples.append(self.look(x))
            progress(at, 2 * len(xs))
        for at, (before, sample, after) in enumerate(zip(samples, samples[1:], samples[2:], strict=False), start=1):
            if _is_nowhere(sample) and not _is_nowhere(before) and not _is_nowhere(after):
                samples[at] = self.look(sample.x, thorough=True)
        self._probe.work = 0
        self._most = min(50 * len(xs), MOST_WORK // (2 * (self._probe.size + 100)))
        self._views = [
            (
                heights_of((s.values[k].number for s in samples), 0.1, 0.5),
                heights_of((s.slopes[k].number for s in samples), 0.1, 0.5),
            )
            for k in range(len(self.outputs))
        ]
        self.even = samples
        groups = [group for sample in samples if (group := self._around(sample, xs[0], xs[-1]))]
        self.samples = [sample for group in groups for sample in group]
        pending = deque((before[-1], after[0]) for before, after in pairwise(groups))
        while pending and self._probe.work < self._most:
            self._halve(*pending.popleft(), pending)
            progress(self._most + self._probe.work, 2 * self._most)
        self.samples.sort(key=lambda sample: sample.x)

    def breaks_of(self, k: int) -> list[Break]:
        """List the breaks of an output in order; of several in one place, the one with a status."""
        found: list[Break] = []
        for at in sorted(self.breaks[k].values()):
            if not found or at.x - found[-1].x > 2 * BESIDE * self._range:
                found.append(at)
            elif at.is_exact and not found[-1].is_exact:
                found[-1] = at
        return found

    def look(self, x: float, *, thorough: bool = False) -> Sample:
        """Sample a point of the range."""
        self.looks += 1
        found = self._probe.at({self.name: x}, thorough=thorough)
        return Sample(
            x,
            tuple(value for value, _ in found),
            tuple(derivatives[0] for _, derivatives in found),
            tuple(derivatives[1:] for _, derivatives in found),
            self._probe.branches(),
        )

    # Between the samples

    @property
    def _narrow(self) -> float:
        return self._range * _NARROW

    def _around(self, sample: Sample, first: float, last: float) -> list[Sample]:
        """Sample a point, or the points beside an irregular one, whose breaks are recorded."""
        kinds = list(map(_kind, sample.values, sample.slopes))
        if not any(kinds):
            return [sample]
        step = max(self._range * BESIDE, 4 * ulp(sample.x))
        beside = [sample.x + times * step for times in (-100, -1, 1, 100)]
        looked = [self.look(x) for x in beside if first <= x <= last]
        for k, kind in enumerate(kinds):
            value = sample.values[k].number
            if kind == Status.POLE and self._grows(k, sample.x, looked):
                value = inf
            if kind:
                verdict = sample.slopes[k].verdict
                self.breaks[k][sample.x] = Break(sample.x, kind, value, verdict.sides, True, verdict.size)
        return looked

    def _grows(self, k: int, x: float, looked: Sequence[Sample]) -> bool:
        """Tell whether the value, and not only the slope, is unbounded beside a pole."""
        view = self._views[k][0]
        left = [sample.values[k].number for sample in looked if sample.x < x]
        right = [sample.values[k].number for sample in looked if sample.x > x]
        return any(abs(max(side) - min(side)) > 0.005 * view.height for side in (left, right) if side)

    def _halve(self, left: Sample, right: Sample, pending: deque[tuple[Sample, Sample]]) -> None:
        if _is_nowhere(left) and _is_nowhere(right):
            return
        unknown = [k for k in range(len(self.outputs)) if not self._is_plain(k, left, right)]
        if not unknown:
            return
        if right.x - left.x <= max(self._narrow, 4 * ulp(left.x), 4 * ulp(right.x)):
            self._settle(unknown, left, right)
            return
        middle = self.look((left.x + right.x) / 2)
        is_one = left.branches == middle.branches == right.branches
        if is_one and all(self._is_predicted(k, left, middle, right) for k in unknown):
            if not _is_nowhere(middle):
                self.samples += self._around(middle, left.x, right.x)
            return
        found = self._around(middle, left.x, right.x)
        self.samples += found
        pending += [(left, sample) for sample in found[:1] if left.x < sample.x <= middle.x]
        pending += [(sample, right) for sample in found[-1:] if middle.x <= sample.x < right.x]

    def _is_plain(self, k: int, left: Sample, right: Sample) -> bool:
        """Tell whether a stretch is out of sight: all of it on one side, and without a turn."""
        view, _ = self._views[k]
        a, b = left.values[k].number, right.values[k].number
        if not (isfinite(a) and isfinite(b)) or not (view.beyond(a) > view.height and view.beyond(b) > view.height):
            return False
        return (a > view.high) == (b > view.high) and left.slopes[k].number * right.slopes[k].number > 0

    def _is_predicted(self, k: int, left: Sample, middle: Sample, right: Sample) -> bool:
        """Tell whether the cubic through both ends gives value and slope in the middle."""
        view, slope_view = self._views[k]
        a, m, b = (sample.values[k].number for sample in (left, middle, right))
        da, dm, db = (sample.slopes[k].number for sample in (left, middle, right))
        if not all(isfinite(number) for number in (a, m, b, da, dm, db)):
            return all(number != number for number in (a, m, b))
        width = right.x - left.x
        value = (a + b) / 2 + width * (da - db) / 8
        slope = 1.5 * (b - a) / width - (da + db) / 4
        room = view.height + max(view.beyond(a), view.beyond(b))
        slope_room = slope_view.height + max(slope_view.beyond(da), slope_view.beyond(db))
        noise = 1e-14 * (abs(a) + abs(b)) / width
        return (
            abs(value - m) <= _VALUE_TOLERANCE * room
            and abs(value - m) / width <= _RISE_TOLERANCE * slope_room + noise
            and abs(slope - dm) <= _SLOPE_TOLERANCE * slope_room + noise
        )

    def _settle(self, unknown: Sequence[int], left: Sample, right: Sample) -> None:
        """Find the breaks between two neighbouring samples, for some of the outputs."""
        x = simplest_between(left.x, right.x)
        there = self.look(x, thorough=True)
        step = self._range * _FURTHER
        before, after = self.look(left.x - step), self.look(right.x + step)
        for k in unknown:
            kind = _kind(there.values[k], there.slopes[k])
            if kind:
                verdict = there.slopes[k].verdict
                self.breaks[k][x] = Break(x, kind, there.values[k].number, verdict.sides, True, verdict.size)
                continue
            kind = self._kind_between(k, before, left, right, after)
            if kind:
                sides = (left.slopes[k].number, right.slopes[k].number) if kind == Status.KINK else None
                value = there.values[k].number
                size = abs(right.values[k].number - left.values[k].number) if kind == Status.JUMP else 0.0
                if kind == Status.POLE:
                    value = self._value_at_pole(k, before, left, right, after)
                self.breaks[k][x] = Break(x, kind, value, sides, False, size)

    def _value_at_pole(self, k: int, before: Sample, left: Sample, right: Sample, after: Sample) -> float:
        """Estimate the value at a pole of the slope; it may be infinite too."""
        height = self._views[k][0].height
        sides = [(near.values[k].number, far.values[k].number) for near, far in ((left, before), (right, after))]
        known = [(near, far) for near, far in sides if isfinite(near)]
        grows = any(not abs(near - far) <= 0.05 * height for near, far in known)
        return inf if grows or not known else known[0][0]

    def _kind_between(self, k: int, before: Sample, left: Sample, right: Sample, after: Sample) -> Status | None:
        """Name the kind of break that the numbers on both sides suggest, if any."""
        view, slope_view = self._views[k]
        far_left, near_left, near_right, far_right = (s.values[k].number for s in (before, left, right, after))
        slopes = [s.slopes[k].number for s in (before, left, right, after)]
        for near, far in ((slopes[1], slopes[0]), (slopes[2], slopes[3])):
            steep = isfinite(near) and abs(near) * self._range > 1e3 * view.height
            if steep and abs(near) > 300 * abs(far) > 0:
                return Status.POLE
        if not (isfinite(near_left) and isfinite(near_right)):
            return None  # the edge of the domain
        part = _LEAST_PART if left.branches != right.branches else 1.0
        leap = abs(near_right - near_left)
        if leap > _VALUE_TOLERANCE * part * view.height:
            settled = max(abs(near_left - far_left), abs(near_right - far_right)) < leap / 4
            if settled or part == 1:
                return Status.JUMP if settled else None
        turn = abs(slopes[2] - slopes[1])
        if turn > _SLOPE_TOLERANCE * part * slope_view.height:
            settled = max(abs(slopes[1] - slopes[0]), abs(slopes[2] - slopes[3])) < turn / 4
            return Status.KINK if settled else None
        return None


def simplest_between(low: float, high: float) -> float:
    """Find the number of fewest decimals in `[low, high]`."""
    for digits in range(18):
        number = float(f"{(low + high) / 2:.{digits}g}") if digits else 0.0
        if low <= number <= high:
            return number
    return (low + high) / 2


def _kind(value: Checked, slope: Checked) -> Status | None:
    """Name the status that breaks a curve at a point, where one does."""
    for verdict in (value.verdict, slope.verdict):
        if verdict.status in KINDS:
            return verdict.status
    return None


def _is_nowhere(sample: Sample) -> bool:
    return not any(isfinite(value.number) for value in sample.values)
