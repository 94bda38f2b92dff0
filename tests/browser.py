"""A real browser: pages under watch, and their numbers against those of `cgraph eval`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cgraph_cli import Graph
from cgraph_cli.core.graph import CONSTANT
from cgraph_cli.render.numbers import read_number
from cgraph_cli.results.report import Report
from tests.needs import need_library, need_program

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


class Watched:
    """A page of a browser, its console messages, and its requests."""

    def __init__(self, page: Any, folder: Path) -> None:
        self.page = page
        self.file = folder / "page.html"
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.said.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self.said.append(request.url) if self.is_foreign(request.url) else None)

    def is_foreign(self, url: str) -> bool:
        return url.split("#")[0] != self.file.as_uri()

    def open(self, text: str, hash: str = "") -> Any:
        self.file.write_text(text, encoding="utf-8")
        self.page.goto("about:blank")
        self.page.goto(self.file.as_uri() + hash)
        return self.page

    def texts(self) -> dict[int, tuple[str, str, str]]:
        """List the texts of each box: its value, its derivative's heading, and its derivative."""
        found = self.page.evaluate(
            """() => [...document.querySelectorAll("[data-node]")].map((box) => [box.dataset.node,
                 ...[".value", ".gradient", ".gradient + .gradient"].map((role) => box.querySelector(role)?.textContent)
               ])"""
        )
        return {int(node[1:]): (value, heading, slope) for node, value, heading, slope in found}

    def numbers(self) -> dict[str, dict[int, float]]:
        """List the exact numbers of the page, by node."""
        found = self.page.evaluate(
            """() => JSON.stringify(cgraph.numbers(), (key, value) =>
                 typeof value === "number" && !Number.isFinite(value) ? String(value) : value)"""
        )
        known = json.loads(found)
        return {which: {int(node): float(x) for node, x in known[which].items()} for which in ("values", "derivatives")}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = need_library("playwright.sync_api")
    path = need_program("chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watched(browser: Any, tmp_path: Path) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    watched = Watched(context.new_page(), tmp_path)
    yield watched
    assert watched.said == []
    context.close()


def close(found: float, expected: float, scale: float) -> bool:
    if math.isnan(expected) or math.isinf(expected) or math.isnan(found):
        return found == expected or (math.isnan(found) and math.isnan(expected))
    return math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-14 * scale)


def check_numbers(watched: Watched, graph: Graph, answer: Report, exactly: bool) -> None:
    """Check that the page has the numbers of `cgraph eval`, in the same digits and under the same headings."""
    (column,) = answer.columns()
    texts, numbers, labels = watched.texts(), watched.numbers(), graph.labels()
    fixed = graph.constant_nodes()
    for node, operation in enumerate(graph.operations):
        operands = graph.operands_of(node)
        named = graph.names[node] is not None or node in graph.hidden
        if operation == CONSTANT or (operands and not named and fixed.issuperset(operands)):
            fixed.add(node)
    drawn = set(range(len(graph))).difference(fixed - {graph.output})
    assert set(texts) == drawn
    for node in drawn:
        value, heading, slope = texts[node]
        value = value.partition(" ± ")[0]  # whose numbers test_html_uncertainty looks at
        assert heading == column.heading.replace("∂node", f"∂{labels[node]}")
        for kind, text, expected in (("values", value, answer.values[node]), ("derivatives", slope, column.at(node))):
            found = numbers[kind][node]
            scale = max(abs(x) for x in numbers[kind].values() if math.isfinite(x))
            assert close(found, expected, scale), (kind, labels[node], found, expected)
            assert text == f"= {read_number(found, None)}"
            if exactly and abs(expected) > 1e-9:
                assert text == f"= {read_number(expected, None)}"
