"""Figures of curves for a terminal, drawn by plotext in dots of braille, or in plain characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, NamedTuple

from cgraph_cli.core.errors import columns_of
from cgraph_cli.draw.extras import load
from cgraph_cli.draw.plotting.axes import Axis, Tick
from cgraph_cli.draw.plotting.figure import Figure, Panel, beside
from cgraph_cli.results.over_ranges.curves import Curve
from cgraph_cli.trust.verdicts import Status

_COLOURS = (12, 208, 34, 13, 11, 14)
_LETTERS = "*x+%~$"
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_EMPTY = re.compile(r"\x1b\[0m(?=\n|$)|^\x1b\[0m", re.MULTILINE)
_PLAIN = str.maketrans("┌┐└┘─│┤├┬┴┼╌┆◆▲●○π", "++++-|++++++:#^@op")
_DASH, _BAR = "╌", "┆"


class Screen(NamedTuple):
    """The abilities of a terminal: its columns, its rows for a panel, its colours, and characters beyond ASCII."""

    width: int
    height: int
    color: bool
    ascii: bool


def text(drawn: Figure, screen: Screen) -> str:
    """Write the figure as lines of text. Raises `RequestError` where plotext is not installed."""
    plotext = load("plotext", "a plot in the terminal", "plot", "`-o plot.svg` and `cgraph sweep` do without")
    labels = [tick.label for panel in drawn.panels for tick in panel.axis.ticks]
    margin = max(map(columns_of, labels), default=1)
    lines: list[str] = []
    for at, panel in enumerate(drawn.panels):
        is_last = at == len(drawn.panels) - 1
        lines.append(" " * (margin + 1) + "   ".join(_legend(panel, screen)))
        lines += _panel(plotext.figure, plotext, panel, drawn.axis, margin, is_last, screen).split("\n")
    lines.append(" " * (margin + 1) + drawn.name.center(screen.width - margin - 2))
    lines += drawn.notes
    shown = "\n".join(line.rstrip() for line in lines) + "\n"
    return shown.translate(_PLAIN) if screen.ascii else shown


def _legend(panel: Panel, screen: Screen) -> Iterator[str]:
    for number, curve in enumerate(panel.curves):
        if screen.color:
            yield f"\x1b[38;5;{_COLOURS[number % 6]}m━━ {curve.label}\x1b[0m"
        elif _is_dotted(panel, screen):
            yield curve.label
        else:
            yield f"{_LETTERS[number % 6]} {curve.label}"


def _is_dotted(panel: Panel, screen: Screen) -> bool:
    """Tell whether curves in dots of braille differ visibly: by colour, or because there is only one."""
    return not screen.ascii and (screen.color or len(panel.curves) == 1)


def _panel(figure: Any, plotext: Any, panel: Panel, across: Axis, margin: int, is_last: bool, screen: Screen) -> str:
    up = panel.axis
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(screen.width, screen.height + (1 if is_last else 0))

    def mark(symbol: str, colour: int) -> Any:
        return plotext.marker(symbol, pixel=(colour, None, None)) if screen.color else plotext.marker(symbol)

    if up.low < 0 < up.high:
        _draw(figure, [(across.low, 0.0), (across.high, 0.0)], mark(_DASH, 8))
    for curve in panel.curves:
        for at in curve.breaks:
            if at.kind == Status.POLE and not (curve.order == 0 and isfinite(at.value)):
                _draw(figure, [(at.x, up.low), (at.x, up.high)], mark(_BAR, 8))
    for number, curve in enumerate(panel.curves):
        symbol = "braille" if _is_dotted(panel, screen) else _LETTERS[number % 6]
        for piece in curve.pieces:
            for stretch in _inside(piece, up):
                _draw(figure, stretch, mark(symbol, _COLOURS[number % 6]))
    for number, curve in enumerate(panel.curves):
        for x, y, symbol in _marks(curve, up, across.high - across.low):
            _draw(figure, [(x, y)], mark(symbol, _COLOURS[number % 6]))
    _ruler(figure.ruler("y", "left"), up, [tick._replace(label=tick.label.rjust(margin)) for tick in up.ticks])
    _ruler(figure.ruler("x", "lower"), across, across.ticks if is_last else [])
    drawn = str(figure.build()).rstrip("\n")
    figure.clear()
    return _EMPTY.sub("", drawn) if screen.color else _ESCAPE.sub("", drawn)


def _ruler(ruler: Any, axis: Axis, ticks: Sequence[Tick]) -> None:
    ruler.lim(axis.low, axis.high)
    ruler.ticks([tick.at for tick in ticks], [tick.label for tick in ticks])


def _draw(figure: Any, points: Sequence[tuple[float, float]], marker: Any) -> None:
    signal = figure.signal([x for x, _ in points], [y for _, y in points], marker=marker)
    if len(points) > 1:
        signal.lines(True)
    figure.draw(signal)


def _inside(piece: Sequence[tuple[float, float]], up: Axis) -> Iterator[list[tuple[float, float]]]:
    """Cut a piece at the edges, into the stretches in sight."""
    stretch: list[tuple[float, float]] = []
    before: tuple[float, float] | None = None
    for point in piece:
        if up.low <= point[1] <= up.high:
            if before is not None and not stretch:
                stretch.append(_edge(point, before, up))
            stretch.append(point)
        elif stretch:
            yield [*stretch, _edge(stretch[-1], point, up)]
            stretch = []
        before = point
    if stretch:
        yield stretch


def _edge(inside: tuple[float, float], outside: tuple[float, float], up: Axis) -> tuple[float, float]:
    """Find the crossing of the edge by the line from a point in sight to one out of sight."""
    edge = up.high if outside[1] > up.high else up.low
    if not isfinite(outside[1]):
        return outside[0], edge
    part = (edge - inside[1]) / (outside[1] - inside[1])
    return inside[0] + part * (outside[0] - inside[0]), edge


def _marks(curve: Curve, up: Axis, width: float) -> Iterator[tuple[float, float, str]]:
    """List the points that show a curve's breaks, in the order of drawing."""
    for at in curve.breaks:
        sides = [y for y in beside(curve, at, width) if y is not None and up.low <= y <= up.high]
        if curve.order == 0 and at.kind in (Status.KINK, Status.POLE):
            if up.low <= at.value <= up.high:
                yield at.x, at.value, "◆" if at.kind == Status.KINK else "▲"
        elif at.kind != Status.POLE and len(sides) == 2 and abs(sides[0] - sides[1]) > 0.005 * (up.high - up.low):
            yield from ((at.x, y, "○") for y in sides)
            if curve.order == 0 and at.is_exact and up.low <= at.value <= up.high:
                yield at.x, at.value, "●"
