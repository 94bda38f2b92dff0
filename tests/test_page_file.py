"""The page as a file: whole, and without the network. `test_html` uses it in a browser."""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.test_html import HOSTILE, OLAH, page_of


class Outline(HTMLParser):
    """The elements of a page, and whether they close."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("text", [HOSTILE, OLAH, "3", "x", "a = 2; b = pi; b"])
def test_the_page_is_one_whole_file(text: str) -> None:
    page = page_of(text)
    outline = Outline()
    outline.feed(page)
    outline.close()
    assert outline.open == []
    tags = [tag for tag, _ in outline.found]
    assert tags.count("script") == 3
    assert not {"link", "img", "iframe", "a"} & set(tags)
    assert not any({"src", "href", "style"} & set(attributes) for _, attributes in outline.found)
    assert not any(name.startswith("on") for _, attributes in outline.found for name in attributes)
    urls = set(re.findall(r"(?:https?:)?//[a-z]+[.][^\s\"']*", page.split("<script>")[0]))
    assert urls <= {"http://www.w3.org/2000/svg"}
    ids = [attributes["id"] for _, attributes in outline.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    policy = next(a["content"] for _, a in outline.found if a.get("http-equiv") == "Content-Security-Policy") or ""
    for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL):
        assert b64encode(sha256(script.encode()).digest()).decode() in policy
    assert "unsafe" not in policy


def test_the_command(cgraph: Run, tmp_path: Path) -> None:
    def here(*args: str) -> Any:
        return cgraph("graph", *args, cwd=tmp_path)

    def inputs_of(page: str) -> Any:
        return json.loads(re.findall(r'id="graph">(.*?)</script>', page)[0])["inputs"]

    assert here(OLAH, "-o", "page.html").returncode == 0  # starts at 1
    made = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert inputs_of(made) == [[0, 1.0, "a", None], [1, 1.0, "b", None]]
    assert here(OLAH, "--range", "b=-1:2*pi", "-o", "ranged.html").returncode == 0
    assert inputs_of((tmp_path / "ranged.html").read_text(encoding="utf-8"))[1] == [1, 1.0, "b", [-1, 2 * math.pi]]
    assert here(OLAH, "--a", "3", "--b", "1", "--format", "html").stdout.startswith("<!doctype html>")
    assert here("log(x)", "-o", "page.htm", "--x", "-1").returncode == 3
    assert here("log(x - 3)", "-o", "page.htm").returncode == 0  # nobody asked for this point
    assert here(OLAH, "--a", "3", "-o", "page.html").returncode == 2
    sum_of_many = " + ".join(f"x{at}" for at in range(40))
    assert here(sum_of_many, "-o", "page.html", "--mode", "forward").returncode == 0
    long = "; ".join(f"x{at + 1} = sin(x{at})" for at in range(400))
    done = here(long, "-o", "page.html")
    assert done.returncode == 2
    assert "html is for at most 300" in done.stderr
    assert here("e = x^2*y; g = grad(e, x)*3", "--x", "3", "--y", "-1", "-o", "grad.html").returncode == 0


def test_what_was_asked_is_what_is_shown_first() -> None:
    made = page_of(OLAH, {"a": 3, "b": 1}, mode="forward", wrt=["b"])
    data = json.loads(re.findall(r'id="graph">(.*?)</script>', made)[0])
    assert (data["mode"], data["wrt"]) == ("forward", 1)
    assert ">∂e/∂b</text>" in made
    assert 'aria-label="output e = c * d; value 8; ∂e/∂b = 6"' in made
