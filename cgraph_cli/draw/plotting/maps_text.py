"""Maps of fields for a terminal: a colour or a shade for each band, and the gradient as arrows uphill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import atan2, isfinite, pi

from cgraph_cli.core.errors import columns_of
from cgraph_cli.draw.plotting.axes import Axis, axis
from cgraph_cli.draw.plotting.bands import Bands, bands
from cgraph_cli.draw.plotting.palette import shade
from cgraph_cli.results.over_ranges.fields import Arrow, Field

_MARGIN = 8
_LEGEND = 12
_EVERY = (6, 3)
"""An arrow stands in every sixth column and third line."""

_ARROWS = "→↗↑↖←↙↓↘"
_ASCII_ARROWS = ">/^\\</v\\"
_SHADES = " ░▒▓█"
_ASCII_SHADES = " .:-=+*%#@"
_PLAIN = str.maketrans("┌┐└┘─│┤┬∂·π", "++++-|++d*p")


def grid_of(width: int, height: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Give the numbers of points of a map across and up for a size of the screen, a character each, and of arrows."""
    across = max(12, width - _MARGIN - 2 - _LEGEND)
    up = max(6, min(24, height - 6))
    return (across, up), (across // _EVERY[0], up // _EVERY[1])


def text(fields: Sequence[Field], width: int, height: int, color: bool, ascii: bool) -> str:
    """Write the maps as lines of text, one below the other."""
    lines = [line.rstrip() for field in fields for line in _map(field, width, height, color, ascii)]
    shown = "\n".join(lines) + "\n"
    return shown.translate(_PLAIN) if ascii else shown


def _map(field: Field, width: int, height: int, color: bool, ascii: bool) -> Iterator[str]:
    (columns, rows), _ = grid_of(width, height)
    scale = bands(field)
    across = axis(field.xs[0], field.xs[-1], max(2, columns // 8), angles=True)
    up = axis(field.ys[0], field.ys[-1], max(2, rows // 3), angles=True)
    arrows = _places(field, columns, rows, across, up)
    labels = {round((1 - up.part(tick.at)) * (rows - 1)): tick.label for tick in up.ticks}
    margin = max(map(columns_of, labels.values()), default=1)
    legend = list(_legend(scale, color, ascii))
    yield " " * (margin + 1) + field.label
    yield " " * margin + "┌" + "─" * columns + "┐"
    for row in range(rows):
        y = up.high - (up.high - up.low) * row / max(1, rows - 1)
        values = field.values[_nearest(field.ys, y)]
        cells: list[str] = []
        before = ""
        for column in range(columns):
            x = across.low + (across.high - across.low) * column / max(1, columns - 1)
            value = values[_nearest(field.xs, x)]
            code, symbol = _cell(value, arrows.get((column, row)), scale, color, ascii)
            cells.append(code * (code != before) + symbol)
            before = code
        label = labels.get(row, "")
        beside = f"  {legend[row]}" if row < len(legend) else ""
        yield label.rjust(margin) + ("┤" if label else "│") + "".join(cells) + ("\x1b[0m" * color) + "│" + beside
    yield " " * margin + "└" + _feet(across, columns) + "┘"
    yield " " * (margin + 1) + _numbers(across, columns)
    names = f"{field.names[0]} across, {field.names[1]} up"
    if field.arrows:
        a, b = field.names
        names += f"; arrows: (∂{field.label}/∂{a}, ∂{field.label}/∂{b}), the steepest is {field.steepest:.4g}"
    yield names


def _cell(value: float, arrow: Arrow | None, scale: Bands, color: bool, ascii: bool) -> tuple[str, str]:
    """Choose a character, and the control sequence for its colours."""
    symbol = " "
    if arrow is not None:
        turn = round(atan2(arrow.up, arrow.across) / (pi / 4)) % 8
        symbol = (_ASCII_ARROWS if ascii else _ARROWS)[turn] if arrow.across or arrow.up else "·"
    if not isfinite(value):
        return "\x1b[0m" * color, " "
    part = scale.part(scale.band(value))
    if color:
        ink = 15 if part < 0.6 else 16
        return f"\x1b[38;5;{ink};48;5;{_code(part)}m", symbol
    return "", symbol if symbol != " " else _shade(part, ascii)


def _shade(part: float, ascii: bool) -> str:
    shades = _ASCII_SHADES if ascii else _SHADES
    return shades[round(part * (len(shades) - 1))]


def _code(part: float) -> int:
    """Find the nearest of the 256 colours of terminals: one of the cube of six by six by six."""
    red, green, blue = (min(range(6), key=lambda at: abs((at and 55 + 40 * at) - c)) for c in shade(part))
    return 16 + 36 * red + 6 * green + blue


def _legend(scale: Bands, color: bool, ascii: bool) -> Iterator[str]:
    """List the bands from the highest, with the numbers between them."""
    for band in reversed(range(scale.size)):
        part = scale.part(band)
        box = f"\x1b[48;5;{_code(part)}m  \x1b[0m" if color else _shade(part, ascii) * 2
        yield f"{box} {'> ' + scale.ticks[band - 1].label if band else ''}"


def _places(field: Field, columns: int, rows: int, across: Axis, up: Axis) -> dict[tuple[int, int], Arrow]:
    return {
        (round(across.part(arrow.x) * (columns - 1)), round((1 - up.part(arrow.y)) * (rows - 1))): arrow
        for arrow in field.arrows
    }


def _nearest(numbers: Sequence[float], number: float) -> int:
    return min(range(len(numbers)), key=lambda at: abs(numbers[at] - number))


def _feet(across: Axis, columns: int) -> str:
    marks = {round(across.part(tick.at) * (columns - 1)) for tick in across.ticks}
    return "".join("┬" if at in marks else "─" for at in range(columns))


def _numbers(across: Axis, columns: int) -> str:
    line = ""
    for tick in across.ticks:
        start = round(across.part(tick.at) * (columns - 1)) - columns_of(tick.label) // 2
        if start >= len(line) + (1 if line else 0) or not line:
            line = line.ljust(max(0, start)) + tick.label
    return line
