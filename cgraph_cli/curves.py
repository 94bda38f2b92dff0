"""Curves: outputs and their derivatives along a range of one input, with the places where they break.

Between two samples the exact slopes leave no room for guessing: the cubic through both predicts value and slope in
the middle. Where a look at the middle agrees, the stretch is drawn as it is; where it does not, it is halved, which
samples a sharp bend more finely and closes in on whatever is not smooth. What is left when a stretch is too narrow
to halve is a kink, a jump, a pole or the edge of the domain: of what kind, the status there says, or else the numbers
on both sides. Nothing is joined by a line across it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from math import inf, isfinite, nan, ulp
from typing import NamedTuple

from cgraph_cli.events import find_events
from cgraph_cli.graph import Graph, show_number
from cgraph_cli.limits import reached
from cgraph_cli.points import Known, Point
from cgraph_cli.statuses import Verdict
from cgraph_cli.sweeps import evaluate, sweep_reverse

KINDS = ("kink", "jump", "pole")
"""The statuses that break a curve, or its slope."""

_NARROW = 1e-12
"""The part of the range below which a stretch is not halved any more."""

_BESIDE = 1e-9
"""The part of the range at which the neighbours of an irregular point are looked at."""

_FURTHER = 1e-5
"""The part of the range at which it is seen what a break's two sides come from."""

_VALUE_TOLERANCE, _SLOPE_TOLERANCE = 2e-3, 5e-3
"""How far a prediction may be off, as a part of the height that is in view."""

_RISE_TOLERANCE = 1e-3
"""The same for an error of the value as a slope over the stretch: a kink at a sixth of it misses no slope."""

_THOROUGH = 50
"""How many evaluations one costs that is looked into in high precision."""

MOST_WORK = 20_000_000
"""How many evaluations of a node may be spent on what lies between the samples."""


class Sample(NamedTuple):
    """A point of the range: for each output its value and its derivatives, each with what is known of it.

    `slopes` are the derivatives along the range, and `gradients` those that are asked for.
    """

    x: float
    values: tuple[Known, ...]
    slopes: tuple[Known, ...]
    gradients: tuple[tuple[Known, ...], ...]


class Break(NamedTuple):
    """A place where an output is not smooth: of what kind, its value there, and the samples on both sides."""

    x: float
    kind: str
    value: float
    interval: tuple[float, float] | None
    is_exact: bool


class View(NamedTuple):
    """The heights that most of a curve lies between."""

    low: float
    high: float

    @property
    def height(self) -> float:
        """From the lowest to the highest."""
        return self.high - self.low

    def beyond(self, number: float) -> float:
        """How far outside a number is."""
        return max(0.0, number - self.high, self.low - number)


class Curve(NamedTuple):
    """Something to draw: what it is called, its pieces as lists of points, and the breaks between and in them.

    `order` is 0 for a value and 1 for a derivative; `output` is the position of the output that it belongs to. A
    piece that a pole ends there has an infinity for its last, or first, number. `view` is what a drawing should show.
    """

    label: str
    order: int
    output: int
    view: View
    pieces: list[list[tuple[float, float]]]
    breaks: list[Break]


def view_of(numbers: Iterable[float], part: float = 0.05, room: float = 1.5) -> View:
    """The heights that hold all but a `part` of some numbers at each end, and the rest where it is not far off.

    How far that is, `room` says in heights.
    """
    known = sorted(number for number in numbers if isfinite(number))
    if not known:
        return View(0.0, 1.0)
    cut = int(len(known) * part)
    low, high = known[cut], known[-1 - cut]
    beyond = room * (high - low)
    low, high = max(known[0], low - beyond), min(known[-1], high + beyond)
    least = max(abs(low), abs(high)) * 1e-9 or 1e-300
    return View(low, high) if high - low > least else View(low - least, high + least)


class Explorer:
    """Looks at outputs of a graph along one input.

    `wrt` are the nodes that derivatives are taken with respect to. `even` has the points that were asked for,
    `samples` all that is to be drawn, in order, and `breaks` what was found for each output.
    """

    def __init__(
        self, graph: Graph, inputs: Mapping[str, float], name: str, outputs: Sequence[int], wrt: Sequence[int]
    ) -> None:
        self.graph = graph
        self.inputs = inputs
        self.name = name
        self.node = graph.find(name)
        self.outputs = outputs
        self.wrt = wrt
        self.even: list[Sample] = []
        self.samples: list[Sample] = []
        self.breaks: list[dict[float, Break]] = [{} for _ in outputs]
        self._before = [reached([output], graph.operands_of) for output in outputs]
        self._range = 1.0
        self._work = 0

    def explore(self, xs: Sequence[float], progress: Callable[[int, int], None]) -> None:
        """Sample at some points in rising order, and find what lies between them."""
        self._range = (xs[-1] - xs[0]) or 1.0
        samples = []
        for at, x in enumerate(xs):
            samples.append(self.look(x))
            progress(at, 2 * len(xs))
        for at, (before, sample, after) in enumerate(zip(samples, samples[1:], samples[2:], strict=False), start=1):
            if _is_nowhere(sample) and not _is_nowhere(before) and not _is_nowhere(after):
                samples[at] = self.look(sample.x, thorough=True)
        self._work = max(2 * len(xs), min(50 * len(xs), MOST_WORK // (len(self.graph) + 100)))
        self._views = [
            (
                view_of((s.values[k].number for s in samples), 0.1, 0.5),
                view_of((s.slopes[k].number for s in samples), 0.1, 0.5),
            )
            for k in range(len(self.outputs))
        ]
        self.even = samples
        groups = [group for sample in samples if (group := self._around(sample, xs[0], xs[-1]))]
        self.samples = [sample for group in groups for sample in group]
        pending = deque((before[-1], after[0]) for before, after in pairwise(groups))
        total = self._work
        while pending:
            left, right = pending.popleft()
            if self._work > 0:
                self._halve(left, right, pending)
                progress(2 * total - self._work, 2 * total)
        self.samples.sort(key=lambda sample: sample.x)

    def look(self, x: float, *, thorough: bool = False) -> Sample:
        """Values and derivatives at a point.

        Where the raw result is undefined because an operand is outside its domain it is taken for that, unless it is
        to be `thorough`.
        """
        inputs = {**self.inputs, self.name: x}
        evaluation = evaluate(self.graph, inputs)
        causes = dict(find_events(self.graph, evaluation))
        point = None
        found = []
        for output, before in zip(self.outputs, self._before, strict=True):
            value = evaluation.values[output]
            met = [cause for node, cause in causes.items() if node in before]
            if value != value and "domain" in met and not thorough:
                nothing = Known(nan, Verdict("undefined"))
                found.append((nothing, nothing, (nothing,) * len(self.wrt)))
                continue
            if not met:
                adjoints = sweep_reverse(evaluation, {output: 1.0})
                slope = adjoints[self.node] or 0.0
                if isfinite(slope):
                    gradient = tuple(Known(adjoints[node] or 0.0) for node in self.wrt)
                    found.append((Known(value), Known(slope), gradient))
                    continue
            if point is None:
                self._work -= _THOROUGH
                point = Point(self.graph, inputs)
            gradient = tuple(point.gradient(output, node) for node in self.wrt)
            found.append((point.value(output), point.gradient(output, self.node), gradient))
        values, slopes, gradients = zip(*found, strict=True)
        return Sample(x, values, slopes, gradients)

    def breaks_of(self, k: int) -> list[Break]:
        """The breaks of an output in order; of several in one place, the one that a status tells of."""
        found: list[Break] = []
        for at in sorted(self.breaks[k].values()):
            if not found or at.x - found[-1].x > 2 * _BESIDE * self._range:
                found.append(at)
            elif at.is_exact and not found[-1].is_exact:
                found[-1] = at
        return found

    def curve(self, label: str, order: int, k: int, number: Callable[[Sample], float]) -> Curve:
        """What is to be drawn of one of the numbers of a sample, which belongs to an output."""
        breaks = self.breaks_of(k)
        points = [(sample.x, number(sample)) for sample in self.samples]
        even = list(map(number, self.even))
        has_pole = any(at.kind == "pole" for at in breaks)
        view = view_of(even, 0.1, 0.5) if has_pole else view_of((y for _, y in points), 0.0)
        parting = ("jump", "pole") if order == 0 else KINDS
        pieces = _pieces(points, [at for at in breaks if at.kind in parting])
        for piece in pieces:
            for at in breaks:
                if at.kind == "pole" and not (order == 0 and isfinite(at.value)):
                    _lead_to(piece, at.x, 4 * _BESIDE * self._range, view)
        return Curve(label, order, k, view, pieces, breaks)

    # Between the samples

    @property
    def _narrow(self) -> float:
        return self._range * _NARROW

    def _around(self, sample: Sample, first: float, last: float) -> list[Sample]:
        """A sample, or where it is irregular, the samples beside it; its breaks are noted."""
        kinds = list(map(_kind, sample.values, sample.slopes))
        if not any(kinds):
            return [sample]
        step = max(self._range * _BESIDE, 4 * ulp(sample.x))
        beside = [sample.x + times * step for times in (-100, -1, 1, 100)]
        looked = [self.look(x) for x in beside if first <= x <= last]
        self._work -= len(looked)
        for k, kind in enumerate(kinds):
            value = sample.values[k].number
            if kind == "pole" and self._grows(k, sample.x, looked):
                value = inf
            if kind:
                self.breaks[k][sample.x] = Break(sample.x, kind, value, sample.slopes[k].verdict.interval, True)
        return looked

    def _grows(self, k: int, x: float, looked: Sequence[Sample]) -> bool:
        """Whether a value, and not only the slope, is without bound beside a pole."""
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
        self._work -= 1
        middle = self.look((left.x + right.x) / 2)
        if all(self._is_predicted(k, left, middle, right) for k in unknown):
            if not _is_nowhere(middle):
                self.samples += self._around(middle, left.x, right.x)
            return
        found = self._around(middle, left.x, right.x)
        self.samples += found
        for pair in ((left, found[0]), (found[-1], right)):
            if pair[0].x < pair[1].x:
                pending.append(pair)

    def _is_plain(self, k: int, left: Sample, right: Sample) -> bool:
        """Whether a stretch is out of sight, on one side and without a turn, so that there is nothing to see in it."""
        view, _ = self._views[k]
        a, b = left.values[k].number, right.values[k].number
        if not (isfinite(a) and isfinite(b)) or not (view.beyond(a) > view.height and view.beyond(b) > view.height):
            return False
        return (a > view.high) == (b > view.high) and left.slopes[k].number * right.slopes[k].number > 0

    def _is_predicted(self, k: int, left: Sample, middle: Sample, right: Sample) -> bool:
        """Whether the cubic through both ends gives value and slope in the middle."""
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
        """Say what lies between two samples that are next to each other, for some of the outputs."""
        x = simplest_between(left.x, right.x)
        there = self.look(x, thorough=True)
        step = self._range * _FURTHER
        before, after = self.look(left.x - step), self.look(right.x + step)
        self._work -= 3
        for k in unknown:
            kind = _kind(there.values[k], there.slopes[k])
            if kind:
                interval = there.slopes[k].verdict.interval
                self.breaks[k][x] = Break(x, kind, there.values[k].number, interval, True)
                continue
            kind = self._kind_between(k, before, left, right, after)
            if kind:
                ends = sorted((left.slopes[k].number, right.slopes[k].number))
                interval = (ends[0], ends[1]) if kind == "kink" else None
                value, view = there.values[k].number, self._views[k][0]
                if kind == "pole" and view.beyond(value) > 1e3 * view.height:
                    value = inf
                self.breaks[k][x] = Break(x, kind, value, interval, False)

    def _kind_between(self, k: int, before: Sample, left: Sample, right: Sample, after: Sample) -> str:
        """What the numbers on both sides say: a kind, or nothing."""
        view, slope_view = self._views[k]
        far_left, near_left, near_right, far_right = (s.values[k].number for s in (before, left, right, after))
        slopes = [s.slopes[k].number for s in (before, left, right, after)]
        for near, far in ((slopes[1], slopes[0]), (slopes[2], slopes[3])):
            steep = isfinite(near) and abs(near) * self._range > 1e3 * view.height
            if steep and abs(near) > 300 * abs(far) > 0:
                return "pole"
        if not (isfinite(near_left) and isfinite(near_right)):
            return ""  # the edge of the domain
        leap = abs(near_right - near_left)
        if leap > _VALUE_TOLERANCE * view.height:
            settled = max(abs(near_left - far_left), abs(near_right - far_right)) < leap / 4
            return "jump" if settled else ""
        turn = abs(slopes[2] - slopes[1])
        if turn > _SLOPE_TOLERANCE * slope_view.height:
            settled = max(abs(slopes[1] - slopes[0]), abs(slopes[2] - slopes[3])) < turn / 4
            return "kink" if settled else ""
        return ""


def explore(
    graph: Graph,
    inputs: Mapping[str, float],
    name: str,
    xs: Sequence[float],
    outputs: Sequence[int],
    wrt: Sequence[int],
    progress: Callable[[int, int], None],
) -> list[Curve]:
    """The curves of some outputs, and of their derivatives with respect to some nodes, over points of one input."""
    explorer = Explorer(graph, inputs, name, outputs, wrt)
    explorer.explore(xs, progress)
    labels = graph.labels()
    values, derivatives = [], []
    for k, output in enumerate(outputs):
        values.append(explorer.curve(labels[output], 0, k, lambda sample: sample.values[k].number))  # noqa: B023
        for at, node in enumerate(wrt):
            label = f"∂{labels[output]}/∂{labels[node]}"
            derivatives.append(explorer.curve(label, 1, k, lambda sample: sample.gradients[k][at].number))  # noqa: B023
    return [*values, *derivatives]


def simplest_between(low: float, high: float) -> float:
    """The number of fewest decimals in `[low, high]`."""
    for digits in range(18):
        number = float(f"{(low + high) / 2:.{digits}g}") if digits else 0.0
        if low <= number <= high:
            return number
    return (low + high) / 2


def _kind(value: Known, slope: Known) -> str:
    """The status that breaks a curve at a point, or nothing."""
    for verdict in (value.verdict, slope.verdict):
        if verdict.status in KINDS:
            return verdict.status
    return ""


def _is_nowhere(sample: Sample) -> bool:
    return not any(isfinite(value.number) for value in sample.values)


def _pieces(points: Sequence[tuple[float, float]], breaks: Sequence[Break]) -> list[list[tuple[float, float]]]:
    """A curve's points, parted at some breaks and where it has no value."""
    cuts = deque(at.x for at in breaks)
    pieces: list[list[tuple[float, float]]] = [[]]
    for x, number in points:
        while cuts and cuts[0] < x:
            cuts.popleft()
            pieces.append([])
        if isfinite(number):
            pieces[-1].append((x, number))
        else:
            pieces.append([])
    return [piece for piece in pieces if len(piece) > 1]


def _lead_to(piece: list[tuple[float, float]], x: float, near: float, view: View) -> None:
    """Let a piece that grows towards a pole at `x`, and ends beside it, end in an infinity."""
    if 0 <= x - piece[-1][0] <= near and _grows(piece[-2][1], piece[-1][1], view):
        piece.append((x, inf if piece[-1][1] > piece[-2][1] else -inf))
    if 0 <= piece[0][0] - x <= near and _grows(piece[1][1], piece[0][1], view):
        piece.insert(0, (x, inf if piece[0][1] > piece[1][1] else -inf))


def _grows(before: float, beside: float, view: View) -> bool:
    return view.beyond(beside) > 0 or abs(beside - before) > 0.005 * view.height


def describe(at: Break, name: str) -> str:
    """A break in words, such as `kink at x = 0, slopes [-1, 1]`."""
    what = "pole of the slope" if at.kind == "pole" and isfinite(at.value) else at.kind
    text = f"{what} at {name} = {show_number(at.x) if at.is_exact else f'{at.x:.6g}'}"
    if at.interval is not None:
        low, high = at.interval
        text += f", slopes {low:.6g} and {high:.6g}"
    return text
