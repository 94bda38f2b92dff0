"""`cgraph plot`: pictures that are whole, in bounds and legible to everyone, and plots for any terminal."""

from __future__ import annotations

import io
import os
import re
import struct
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cgraph_cli.__main__ import run
from cgraph_cli.draw.plotting.axes import axis
from cgraph_cli.draw.plotting.bands import bands
from cgraph_cli.draw.plotting.paper import LETTER
from cgraph_cli.results.over_ranges.fields import Field
from cgraph_cli.results.over_ranges.samples import Heights, heights_of
from tests.conftest import ROOT
from tests.needs import need_library
from tests.test_terminal import _ESCAPE, terminal

SVG = "{http://www.w3.org/2000/svg}"

CURVES = {
    "cubic": ["y = x^3 - 2*x", "--over", "x=-2:2:101n"],
    "everything": ["y = abs(x^2 - 2) + 1/x; z = floor(x) + sqrt(x)", "--over", "x=-3:3:101n", "--of", "y,z"],
    "angles": ["y = tan(x)", "--over", "x=-2*pi:2*pi:101n"],
    "weights": ["y = w*max(x, 0) + b*sin(3*x)", "--over", "x=-3:3:101n", "--w", "2", "--b", "0.5", "--wrt", "x,w,b"],
    "constant": ["y = 0*x + 5", "--over", "x=0:1:51n"],
    "large": ["y = 1e300*x", "--over", "x=-1e-3:1e8:51n"],
    "nothing": ["y = log(-1 - x^2)", "--over", "x=0:1:51n"],
    "names": ["θ_1 = Δx*3; é = θ_1^2", "--over", "Δx=0:1", "--of", "θ_1,é"],
}
MAPS = {
    "waves": ["z = sin(x)*cos(y)", "--over", "x=-3:3:31n", "--over", "y=-2:2:21n"],
    "valley": ["z = (1 - x)^2 + 100*(y - x^2)^2", "--over", "x=-1.5:1.5:21n", "--over", "y=-0.5:1.5:15n"],
    "holes": ["z = x^2/y + log(x + 1); w = floor(x)", "--over", "x=-3:3:13n", "--over", "y=-2:2:9n", "--of", "z,w"],
    "derivatives": ["z = x^2*y", "--over", "x=0:1:5n", "--over", "y=0:1:5n", "--only", "derivatives"],
}


@pytest.fixture
def draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ElementTree.Element]:
    """Draw a program as SVG, and parse that."""
    monkeypatch.chdir(tmp_path)

    def drawn(args: list[str], *more: str) -> ElementTree.Element:
        assert run(["plot", *args, "-o", "plot.svg", *more]) in (0, 3)
        return ElementTree.parse("plot.svg").getroot()

    return drawn


@pytest.mark.parametrize("name", [*CURVES, *MAPS])
def test_a_picture_is_in_bounds_and_can_be_heard(name: str, draw: Callable[..., ElementTree.Element]) -> None:
    if name in MAPS:
        need_library("contourpy")
    root = draw(CURVES.get(name) or MAPS[name])
    assert root.get("role") == "graphics-document document"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert title.text
    assert desc.text
    for drawing in root.iter(f"{SVG}g"):
        if drawing.get("role"):
            assert drawing.get("aria-label") == (drawing.find(f"{SVG}title").text or "")  # type: ignore[union-attr]
    width, height = float(root.get("width") or 0), float(root.get("height") or 0)
    for text in root.iter(f"{SVG}text"):
        left, right = sides(text)
        assert -1 <= left < right <= width + 1, text.text
        assert 8 < float(text.get("y") or 0) < height - 3, text.text
    whole = ElementTree.tostring(root, encoding="unicode")
    assert not re.search(
        r'"[^"]*\b(nan|inf)\b[^"]*"', re.sub(r"<(desc|title|text).*?</\1>|aria-label=\"[^\"]*\"", "", whole)
    )


def sides(text: ElementTree.Element) -> tuple[float, float]:
    """Find the beginning and the end of a line of text, by the width of the widest of the typefaces' letters."""
    letter = {"title": 9.1, "tick": LETTER, "note": LETTER, "label": LETTER}.get(text.get("class") or "", 7.9)
    size, x = letter * len(text.text or ""), float(text.get("x") or 0)
    return {None: (x, x + size), "end": (x - size, x), "middle": (x - size / 2, x + size / 2)}[text.get("text-anchor")]


@pytest.mark.parametrize("name", [*CURVES, *MAPS])
def test_words_do_not_touch(name: str, draw: Callable[..., ElementTree.Element]) -> None:
    if name in MAPS:
        need_library("contourpy")
    texts = [
        (sides(text), float(text.get("y") or 0), text.text)
        for text in draw(CURVES.get(name) or MAPS[name]).iter(f"{SVG}text")
    ]
    for (first, above, a), (second, below, b) in combinations(texts, 2):
        if abs(above - below) < 11:
            assert first[1] < second[0] or second[1] < first[0], (a, b)


def test_curves_marks_and_poles(draw: Callable[..., ElementTree.Element]) -> None:
    root = draw(CURVES["everything"])
    heard = [group.get("aria-label") for group in root.iter(f"{SVG}g") if "mark" in (group.get("class") or "")]
    assert "kink at x = -1.41421, slopes -3.32843 and 2.32843" in heard
    assert "jump at x = 1, by 1" in heard
    poles = [path for path in root.iter(f"{SVG}path") if path.get("class") == "pole"]
    assert len(poles) == 3  # y; its derivative and that of z
    curves = [group for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith("curve")]
    assert [len(re.findall("M", group.find(f"{SVG}path").get("d") or "")) for group in curves] == [2, 3, 4, 3]  # type: ignore[union-attr]
    notes = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "note"]
    assert "pole of the slope at x = 0 (z)" in notes


def test_points_of_a_table_lie_over_the_curves(draw: Callable[..., ElementTree.Element]) -> None:
    Path("data.csv").write_text("x,y,dy_dx,note\n0,5,1,a\n1,2,,b\n,9,2,c\n7,1,3,d\n-2,inf,4,e\n")
    drawn = draw(["y = x^2", "--over", "x=-2:2"], "--data", "data.csv")
    dots = [path.get("d") or "" for path in drawn.iter(f"{SVG}path") if "data" in (path.get("class") or "").split()]
    assert [path.count("h0") for path in dots] == [1, 2, 1, 2]  # in the legend of a panel, and over its curves
    words = [text.text or "" for text in drawn.iter(f"{SVG}text")]
    assert {"y (data)", "dy_dx (data)", "1 of 3 points of `y` are outside the range of `x`"} <= {*words}
    assert "5" in words  # the axis reaches to the highest point
    only = draw(["y = x^2", "--over", "x=-2:2", "--only", "derivatives"], "--data", "data.csv")
    assert "y (data)" not in [text.text for text in only.iter(f"{SVG}text")]


def test_points_come_from_standard_input_as_from_a_file(
    draw: Callable[..., ElementTree.Element], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All columns are read at once, whatever blanks stand around their names."""
    text = "x, y,dy_dx \n0,5,1\n1,2,\n,9,2\n7,1,3\n"
    Path("data.csv").write_text(text)
    words = ["y = x^2", "--over", "x=-2:2", "--data"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(text.encode()))))
    pictures = [ElementTree.tostring(draw([*words, file])) for file in ("data.csv", "-")]
    assert pictures[0] == pictures[1]


def test_themes(draw: Callable[..., ElementTree.Element]) -> None:
    styles = {}
    for theme in ("auto", "light", "dark"):
        style = draw(CURVES["cubic"], "--theme", theme).find(f"{SVG}style")
        assert style is not None
        styles[theme] = style.text or ""
    assert "prefers-color-scheme: dark" in styles["auto"]
    assert "#ffffff" in styles["light"]
    assert "#ffffff" not in styles["dark"]


def test_contours_and_arrows(draw: Callable[..., ElementTree.Element]) -> None:
    need_library("contourpy")
    root = draw(MAPS["waves"])
    kinds = [element.get("class") for element in root.iter() if element.get("class")]
    assert kinds.count("band") == 10
    assert kinds.count("arrow") == 99
    assert "arrow" not in [element.get("class") for element in draw(MAPS["waves"], "--only", "values").iter()]


def test_png(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_library("resvg_py")
    monkeypatch.chdir(tmp_path)
    assert run(["plot", *CURVES["everything"], "-o", "plot.png", "--scale", "1"]) == 0
    data = (tmp_path / "plot.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert width == 760
    assert 600 < height < 900


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plot.svg").write_text("before")
    assert run(["plot", "y = x", "--over", "x=0:1", "--of", "z", "-o", "plot.svg"]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["plot.svg"]
    assert (tmp_path / "plot.svg").read_text() == "before"


# In a terminal


@pytest.mark.parametrize("columns", [40, 200])
@pytest.mark.parametrize("name", [*CURVES, *MAPS])
def test_a_terminal_is_not_overrun(name: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    need_library("plotext")
    monkeypatch.setenv("COLUMNS", str(columns))
    run(["plot", *(CURVES.get(name) or MAPS[name])])
    lines = capsys.readouterr().out.splitlines()
    drawn = [line for line in lines if "│" in line or "┤" in line]
    assert len(drawn) >= 8
    assert max(map(len, drawn)) <= columns
    assert not any("\x1b" in line for line in lines)


@pytest.mark.parametrize("name", [*CURVES, *MAPS])
def test_an_ascii_terminal_gets_ascii(name: str, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    need_library("plotext")
    monkeypatch.setenv("TERM", "dumb")
    run(["plot", *(CURVES.get(name) or MAPS[name])])
    shown = capsys.readouterr().out
    if name != "names":
        assert re.sub("[∂π]", "", shown).isascii()
    assert "\x1b" not in shown


def test_points_in_a_terminal(cgraph, tmp_path: Path) -> None:
    (tmp_path / "data.tsv").write_text("x\ty\n0\t2.5\n1\t-2\n")
    done = cgraph(
        "plot", "y = x", "--over", "x=-3:3", "--only", "values", "--data", "data.tsv", "-o", "terminal", cwd=tmp_path
    )
    panel = [line for line in done.stdout.splitlines() if "│" in line or "┤" in line]
    assert "• y (data)" in done.stdout
    assert sum(line.count("•") for line in panel) == 2


def test_an_ascii_locale(cgraph) -> None:
    need_library("plotext")
    for args in (CURVES["everything"], MAPS["waves"]):
        done = cgraph("plot", *args, env={"LC_ALL": "C"})
        assert done.returncode == 0
        assert done.stdout.isascii()


def test_what_is_drawn(cgraph) -> None:
    need_library("plotext")
    done = cgraph("plot", "y = abs(x)", "--over", "x=-1:1", "--only", "values", env={"COLUMNS": "40"})
    lines = done.stdout.splitlines()
    assert [line for line in lines if "◆" in line]
    assert lines[-1] == "kink at x = 0, slopes -1 and 1"
    assert lines[-2].strip() == "x"


def test_colour_where_it_is_wanted() -> None:
    need_library("plotext")
    for args in (CURVES["cubic"], MAPS["waves"]):
        assert "\x1b[38;5;" in terminal(["plot", *args])
        assert "\x1b" not in terminal(["plot", *args], NO_COLOR="1")
    lines = _ESCAPE.sub("", terminal(["plot", *CURVES["everything"]])).splitlines()
    assert max(map(len, lines)) <= 80


def test_nothing_to_plot(cgraph) -> None:
    need_library("plotext")
    done = cgraph("plot", *CURVES["nothing"])
    assert done.returncode == 3
    assert "y has no value here" in done.stdout


@pytest.mark.parametrize(
    "args", [["plot", "a^2", "--over", "a=0:1", "-o", "svg"], ["sweep", "a", "--over", "a=0:1", "-o", "csv"]]
)
def test_it_loads_what_it_needs(args: list[str], cgraph) -> None:
    import subprocess

    code = f"from cgraph_cli.__main__ import run; run({args!r}); import sys; print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stderr.split()) & {"rich", "flint", "numpy", "plotext", "contourpy", "igraph", "resvg_py"}


# Axes and bands


@pytest.mark.parametrize(
    ("low", "high", "most", "labels"),
    [
        (-3, 3, 7, "-3 -2 -1 0 1 2 3"),
        (0, 1, 6, "0 0.2 0.4 0.6 0.8 1.0"),
        (-2.2, 7.9, 5, "-2 0 2 4 6"),
        (1e-9, 5e-9, 5, "1e-9 2e-9 3e-9 4e-9 5e-9"),
        (99.99, 100.01, 6, "99.990 99.995 100.000 100.005 100.010"),
        (-1e6, 3e7, 5, "0 1e7 2e7 3e7"),
    ],
)
def test_ticks(low: float, high: float, most: int, labels: str) -> None:
    ticks = axis(low, high, most).ticks
    assert " ".join(tick.label for tick in ticks) == labels
    assert [float(tick.label) for tick in ticks] == [tick.at for tick in ticks]


def test_ticks_of_angles() -> None:
    from math import pi

    assert " ".join(t.label for t in axis(-2 * pi, 2 * pi, 9, angles=True).ticks) == "-2π -3π/2 -π -π/2 0 π/2 π 3π/2 2π"
    assert " ".join(t.label for t in axis(0, pi / 2, 4, angles=True).ticks) == "0 π/6 π/3 π/2"
    assert " ".join(t.label for t in axis(0, 3, 4, angles=True).ticks) == "0 1 2 3"


def test_bands_share_a_lopsided_map() -> None:
    numbers = [10.0 ** (at / 20) for at in range(100)]
    shown = bands(Field("z", ("x", "y"), range(100), [0.0], [numbers], [], heights_of(numbers)))
    shares = [0] * shown.size
    for number in numbers:
        shares[shown.band(number)] += 1
    assert max(shares) <= 20
    assert [tick.at for tick in shown.ticks] == sorted(tick.at for tick in shown.ticks)


def test_a_view_leaves_out_what_is_far_off() -> None:
    assert heights_of([0.0, 1.0, 2.0, 3.0]) == Heights(0.0, 3.0)
    assert heights_of([*range(100), 1e9]).high < 300
    assert heights_of([5.0, 5.0]).height > 0


# Pictures of the docs

FIGURES = {
    "valley.svg": ["loss = (1 - x)^2 + 100*(y - x^2)^2", "--over", "x=-1.5:1.5", "--over", "y=-0.5:1.5"],
    "breaks.svg": ["y = abs(x^2 - 2) + 1/x", "--over", "x=-3:3"],
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_pictures_of_the_docs_are_current(name: str, tmp_path: Path) -> None:
    need_library("contourpy")
    kept, drawn = ROOT / "docs" / name, tmp_path / name
    assert run(["plot", *FIGURES[name], "-o", str(drawn)]) == 0
    if os.environ.get("CGRAPH_UPDATE_GOLDEN"):
        kept.write_bytes(drawn.read_bytes())
    number = re.compile(r"-?\d+(?:\.\d+)?")
    old, new = (path.read_text(encoding="utf-8") for path in (kept, drawn))
    assert number.sub("0", new) == number.sub("0", old)
    pairs = zip(number.findall(new), number.findall(old), strict=True)
    assert all(abs(float(a) - float(b)) <= 0.02 for a, b in pairs)
