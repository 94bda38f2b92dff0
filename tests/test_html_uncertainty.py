"""Uncertainties on the page and in pictures: those of `eval` at every point that the sliders come to."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from cgraph_cli import parse
from cgraph_cli.__main__ import run
from cgraph_cli.core.uncertain_number import UncertainNumber
from cgraph_cli.results.uncertainty.correlations import Correlations
from cgraph_cli.results.uncertainty.node_uncertainties import find_uncertainties
from tests.browser import Watched

MODEL = "a = L1*W1; b = exp(-L2)*W2; net = a - b"
INPUTS = {"L1": (3.0, 0.1), "W1": (2.0, 0.2), "L2": (0.5, 0.03), "W2": (4.0, 0.0)}


def page_at(tmp_path: Path, *words: str) -> str:
    assert run(["graph", *words, "-o", str(tmp_path / "made.html")]) == 0
    return (tmp_path / "made.html").read_text(encoding="utf-8")


def check(page: Any, point: dict[str, tuple[float, float]], correlations: Correlations) -> None:
    graph = parse(MODEL)
    expected = find_uncertainties(graph, {name: UncertainNumber(*x) for name, x in point.items()}, correlations)
    assert expected is not None
    found = page.evaluate("() => cgraph.numbers().uncertainties")
    assert found == pytest.approx(expected, rel=1e-12)
    net, u = graph.nodes["net"], expected[graph.nodes["net"]]
    shown = page.locator(f"[data-node=n{net}] .value").text_content()
    assert shown.endswith(f" ± {page.evaluate('(u) => cgraph.show(u)', u)}")
    assert shown.removeprefix("= ") in page.locator("#result").text_content()


@pytest.mark.parametrize("r", [0.0, 0.7])
def test_uncertainties_follow_the_sliders(watched: Watched, tmp_path: Path, r: float) -> None:
    words = [word for name, (x, u) in INPUTS.items() for word in (f"--{name}", f"{x} ± {u}" if u else str(x))]
    correlations = Correlations()
    correlations.put("L1", "L2", r)
    page = watched.open(page_at(tmp_path, MODEL, *words, *(["--corr", f"L1,L2={r}"] if r else [])))
    point = dict(INPUTS)
    check(page, point, correlations)
    for at, (name, moved) in enumerate({"L1": -1.5, "W1": 0.25, "L2": 2.0, "W2": 3.5}.items()):
        page.locator(f"#input-{at}").fill(str(moved))
        point[name] = (moved, point[name][1])
        check(page, point, correlations)
    page.locator("#reset").click()
    check(page, dict(INPUTS), correlations)
    assert page.locator("#inputs .input").nth(0).text_content().count("± 0.1") == 1
    assert "±" not in page.locator("#inputs .input").nth(3).text_content()


def test_the_elements_of_arrays_have_theirs_on_the_page(watched: Watched, tmp_path: Path) -> None:
    page = watched.open(page_at(tmp_path, "x = [1 ± 0.1, 2.0(2)]; W = [[1, 2], [3, 4]]; y = W @ x"))
    lines = page.locator(".uncertainty").all_text_contents()
    assert [line.replace("\xa0", " ") for line in lines] == ["± [0.1, 0.2]", "± [0.412311, 0.8544]"]
    page.locator("[aria-label='x[0]']").fill("5")
    found = page.evaluate("() => cgraph.numbers().uncertainties")
    assert any(u == pytest.approx(0.17**0.5, rel=1e-12) for u in found)


def test_a_page_without_uncertainties_says_nothing_of_them(tmp_path: Path) -> None:
    assert '"uncertain":null' in page_at(tmp_path, "a*b", "--a", "1", "--b", "2")


def test_pictures_of_arrays_have_uncertainties(tmp_path: Path) -> None:
    program = "x = [1 ± 0.1, 2]; y = sum(x)*b"
    for format in ("svg", "dot", "mermaid", "json"):
        assert run(["graph", program, "--b", "3.0(5)", "--format", format, "-o", str(tmp_path / format)]) == 0
        text = (tmp_path / format).read_text(encoding="utf-8")
        text = unescape(re.sub(r"#(\d+);", r"&#\1;", text)).replace("\xa0", " ")
        if format == "json":
            assert re.search(r'"u": \[\s*0\.1,\s*0(\.0)?\s*\]', text)
        else:
            assert "± [0.1, 0]" in text
            assert "3 ± 0.5" in text
