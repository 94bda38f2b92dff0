"""Pictures of graphs: SVG, PNG, and those of the docs."""

from __future__ import annotations

import os
import re
import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from cgraph_cli.__main__ import run
from cgraph_cli.draw import themes
from tests.conftest import ROOT, Run
from tests.needs import need_library
from tests.test_graph import AT, OLAH, SVG, drawing_of

FIGURES = {
    "olah-bare.svg": [],
    "olah-values.svg": [*AT, "--show", "values"],
    "olah-partials.svg": [*AT, "--show", "values,partials"],
    "olah-forward.svg": [*AT, "--mode", "forward", "--wrt", "b"],
    "olah.svg": AT,
}

# Pictures


@pytest.fixture
def picture() -> str:
    need_library("igraph")
    from cgraph_cli.draw.graphs.svg import svg
    from cgraph_cli.draw.layout.layout import lay_out

    drawing = drawing_of("c = a + b; d = b < 1; e = c * abs(d); θ = e * a", {"a": 2.0, "b": 1.0})
    return svg(drawing, lay_out(drawing))


def test_svg_says_everything(picture: str) -> None:
    root = ET.fromstring(picture)
    assert root.attrib["role"] == "graphics-document document"
    assert root.findtext(f"{SVG}title") == "Computational graph of θ = e * a"
    assert root.findtext(f"{SVG}desc", "").startswith("7 nodes, 2 inputs, 8 edges; values in the nodes")
    nodes = {group.attrib["data-name"]: group for group in root.iter(f"{SVG}g") if "data-node" in group.attrib}
    edges = [group for group in root.iter(f"{SVG}g") if "data-edge" in group.attrib]
    assert list(nodes) == ["a", "b", "c", "d", "%1", "e", "θ"]
    assert nodes["c"].attrib["class"] == "node intermediate"
    assert nodes["c"].attrib["aria-label"] == "intermediate c = a + b; value 3; ∂θ/∂c = 0"
    assert [text.text for text in nodes["d"].iter(f"{SVG}text")][:3] == ["d", "= b < 1", "= 0"]
    assert [text.text for text in nodes["d"].iter(f"{SVG}text")][-1] == "kink [-6, 6]"
    keys = {group.attrib["data-node"] for group in nodes.values()}
    for edge in edges:
        assert {edge.attrib["data-from"], edge.attrib["data-to"]} <= keys
        assert edge.findtext(f"{SVG}title") == edge.attrib["aria-label"]
        assert edge.find(f"{SVG}path") is not None
    assert {edge.findtext(f"{SVG}text") for edge in edges if edge.attrib["aria-label"].startswith("∂c/")} == {"1"}
    assert "prefers-color-scheme: dark" in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("palette", [themes.LIGHT, themes.DARK], ids=["light", "dark"])
def test_type_stands_out_from_what_is_behind_it(palette: themes.Palette) -> None:
    """The contrast that WCAG 2 asks for: 4.5 for text, 3 for what has to be seen."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: str, other: str) -> float:
        low, high = sorted((luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)

    assert contrast(palette.partial, palette.paper) >= 4.5
    assert contrast(palette.edge, palette.paper) >= 2.9
    for fill, line, name in palette.kinds.values():
        for ink in (palette.ink, palette.muted, palette.gradient, palette.status, name):
            assert contrast(ink, fill) >= 4.5
        assert contrast(line, palette.paper) >= 1.9


def test_png(picture: str) -> None:
    """The size asked for, and the type of its own: as large without a font on the machine as with all of them."""
    need_library("resvg_py")
    from cgraph_cli.draw.raster import FACE, png

    picture = re.sub(r"font: 13px [^;]*;", f'font: 13px "{FACE}";', picture)
    width, height = (float(ET.fromstring(picture).attrib[name]) for name in ("width", "height"))
    for scale in (1.0, 2.5):
        data = png(picture, scale)
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        size = struct.unpack(">II", data[16:24])
        assert all(abs(got - scale * asked) <= 1 for got, asked in zip(size, (width, height), strict=True))
    wordless = re.sub(r"<text.*?</text>", "", picture)
    assert len(png(picture)) > 1.3 * len(png(wordless))
    assert png(picture) == png(picture)


@pytest.mark.parametrize("name", FIGURES)
def test_the_pictures_of_the_docs_are_current(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_library("igraph")
    monkeypatch.chdir(tmp_path)
    assert run(["graph", OLAH, *FIGURES[name], "-o", name]) == 0
    drawn = (tmp_path / name).read_text(encoding="utf-8")
    kept = ROOT / "docs" / name
    if os.environ.get("CGRAPH_UPDATE_GOLDEN"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(drawn, encoding="utf-8")
    assert kept.read_text(encoding="utf-8") == drawn


def test_more_nodes_than_a_picture_holds_are_drawn_when_asked(cgraph: Run) -> None:
    need_library("igraph")
    text = "; ".join(f"y{at} = {f'y{at - 1}' if at else 'x'} + 1" for at in range(301))
    assert cgraph("graph", text, "-o", "svg").returncode == 2
    assert cgraph("graph", text, "-o", "svg", "--all").stdout.count("data-node") == 302
    assert cgraph("graph", text, "-o", "svg", "--depth", "5").stdout.count("data-node") == 6
