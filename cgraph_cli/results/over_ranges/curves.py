"""Curves of outputs and their derivatives over a range of one input, ready to be drawn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from math import inf, isfinite
from typing import NamedTuple

from cgraph_cli.core.graph import show_number
from cgraph_cli.results.over_ranges.samples import BESIDE, KINDS, Break, Explorer, Heights, Sample, heights_of
from cgraph_cli.trust.verdicts import Status


class Curve(NamedTuple):
    """A curve: its name, its pieces as lists of points, and the breaks between and in them.

    `order` is 0 for a value and 1 for a derivative; `output` is the position of its output. A piece that ends at a pole
    has an infinity there. `view` is the range of heights to draw.
    """

    label: str
    order: int
    output: int
    view: Heights
    pieces: list[list[tuple[float, float]]]
    breaks: list[Break]


def trace(
    explorer: Explorer,
    xs: Sequence[float],
    outputs: Sequence[str],
    wrt: Sequence[str],
    progress: Callable[[int, int], None],
) -> list[Curve]:
    """Find the curves of an explorer's outputs and derivatives, which have these labels."""
    explorer.explore(xs, progress)
    values, derivatives = [], []
    for k, output in enumerate(outputs):
        values.append(_curve(explorer, output, 0, k, lambda sample: sample.values[k].number))  # noqa: B023
        for at, node in enumerate(wrt):
            label = f"∂{output}/∂{node}"
            derivatives.append(_curve(explorer, label, 1, k, lambda sample: sample.gradients[k][at].number))  # noqa: B023
    return [*values, *derivatives]


def _curve(explorer: Explorer, label: str, order: int, k: int, number: Callable[[Sample], float]) -> Curve:
    """Make the curve of one of the numbers of a sample, of the output at position `k`."""
    breaks = explorer.breaks_of(k)
    points = [(sample.x, number(sample)) for sample in explorer.samples]
    has_pole = any(at.kind == Status.POLE for at in breaks)
    view = heights_of(map(number, explorer.even), 0.1, 0.5) if has_pole else heights_of((y for _, y in points), 0.0)
    parting = (Status.JUMP, Status.POLE) if order == 0 else KINDS
    pieces = _pieces(points, [at for at in breaks if at.kind in parting])
    near = 4 * BESIDE * (explorer.even[-1].x - explorer.even[0].x)
    for piece in pieces:
        for at in breaks:
            if at.kind == Status.POLE and not (order == 0 and isfinite(at.value)):
                _lead_to(piece, at.x, near, view)
    return Curve(label, order, k, view, pieces, breaks)


def describe(at: Break, name: str) -> str:
    """Describe a break, such as `kink at x = 0, slopes -1 and 1`."""
    what = "pole of the slope" if at.kind == Status.POLE and isfinite(at.value) else at.kind
    text = f"{what} at {name} = {show_number(at.x) if at.is_exact else f'{at.x:.6g}'}"
    if at.sides is not None:
        left, right = at.sides
        text += f", slopes {left:.6g} and {right:.6g}"
    if at.size:
        text += f", by {at.size:.6g}"
    return text


def _pieces(points: Sequence[tuple[float, float]], breaks: Sequence[Break]) -> list[list[tuple[float, float]]]:
    """Part a curve's points at some breaks, and where it has no value."""
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


def _lead_to(piece: list[tuple[float, float]], x: float, near: float, view: Heights) -> None:
    """Extend a piece that ends beside a pole at `x`, and grows towards it, to an infinity."""
    if 0 <= x - piece[-1][0] <= near and _grows(piece[-2][1], piece[-1][1], view):
        piece.append((x, inf if piece[-1][1] > piece[-2][1] else -inf))
    if 0 <= piece[0][0] - x <= near and _grows(piece[1][1], piece[0][1], view):
        piece.insert(0, (x, inf if piece[0][1] > piece[1][1] else -inf))


def _grows(before: float, beside: float, view: Heights) -> bool:
    return view.beyond(beside) > 0 or abs(beside - before) > 0.005 * view.height
