"""The README and the pages of `docs/`: every command in them is run, and its output is compared.

`CGRAPH_UPDATE_GOLDEN=1 python -m pytest tests/test_readme.py` writes the outputs into the pages; read the diff.

A block is run by its kind. `console`: each line that begins with `$` is a command, and the lines below it are its
output. `python`: the output of each `print` stands behind it as a comment. A block of any kind whose fence names a
file (as in `cgraph model.cg`) is that file, for the blocks below it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cgraph_cli.cli import COMMANDS
from tests.conftest import ROOT, find_files

README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
DOCS = find_files("docs/*.md")
PAGES = [README, CONTRIBUTING, *DOCS]

_BLOCK = re.compile(r"^```(?P<kind>\w+)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_PRINTED = re.compile(r"^print\(.*\)  # (.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SOURCE = re.compile(r"`((?:\w+/)*\w+\.(?:py|lark|js|cg))`")
_ROW = re.compile(r"^\| [^|]* \| `([\w/]+\.\w+)` \| ([^|]*) \|$", re.MULTILINE)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
every_page_of_docs = pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)


def environment(folder: Path) -> dict[str, str]:
    """Make the environment of a page's commands: `cgraph` is the one under test, in a terminal of 80 columns."""
    shim = folder / "bin" / "cgraph"
    if not shim.exists():
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cgraph_cli "$@"\n')
        shim.chmod(0o755)
    return {
        "PATH": f"{shim.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
    }


def shell(command: str, folder: Path) -> str:
    """Run a command line, whatever its exit status, and return its output and its messages."""
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
    )
    return done.stdout.decode("utf-8")


def replay(block: str, folder: Path) -> str:
    """Write a console block anew, with the outputs of its commands."""
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"{command}\n{shell(command[2:], folder)}" for command in commands)


def run_python(code: str, folder: Path) -> list[str]:
    """Run a block of Python, and return the lines that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


def run_block(block: re.Match[str], folder: Path) -> str:
    """Run a block, and return it with its right outputs."""
    kind, file, text = block["kind"], block["file"], block["text"]
    if file:
        (folder / file).write_text(text, encoding="utf-8")
    elif kind == "console":
        return block[0].replace(text, replay(text, folder))
    elif kind == "python":
        printed = iter(run_python(text, folder))
        text = _PRINTED.sub(lambda line: line[0].removesuffix(line[1]) + next(printed), text)
        assert not list(printed), "a line is printed by no `print` with a comment behind it"
        return block[0].replace(block["text"], text)
    return block[0]


def to_twelve_digits(text: str) -> str:
    """Round the numbers in full: NumPy computes a column with the processor's own instructions, to the last digit."""
    return re.sub(r"\d+\.\d{11,}(e[-+]?\d+)?", lambda number: f"{float(number[0]):.12g}", text)


@every_page
def test_the_blocks_of_a_page_say_what_happens(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = _BLOCK.sub(lambda block: run_block(block, tmp_path), text)
    if os.environ.get("CGRAPH_UPDATE_GOLDEN"):
        page.write_text(found, encoding="utf-8")
        text = found
    assert to_twelve_digits(text) == to_twelve_digits(found)


@pytest.mark.parametrize("page", [README, *DOCS], ids=lambda page: page.name)
def test_a_page_opens_with_an_example_that_runs(page: Path) -> None:
    first_screen = "\n".join(page.read_text(encoding="utf-8").splitlines()[:40])
    assert re.search(r"^```(console\n\$ |python\n)", first_screen, re.MULTILINE)


@every_page
def test_no_command_of_cgraph_stands_where_it_is_not_run(page: Path) -> None:
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        assert block["kind"] in ("console", "python", "sh", "yaml", "cgraph", "text")
        if block["kind"] not in ("console", "yaml"):
            assert not re.search(r"^\$|(^|\| )cgraph [a-z]", block["text"], re.MULTILINE), block[0]


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if not link.startswith("http"):
            file, _, heading = link.partition("#")
            target = page.parent / file if file else page
            assert target.exists(), link
            assert not heading or heading in headings_of(target), link


def headings_of(page: Path) -> list[str]:
    """List the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@every_page_of_docs
def test_every_page_stands_in_the_readmes_table_of_contents(page: Path) -> None:
    assert f"](docs/{page.name}" in README.read_text(encoding="utf-8")


def test_the_readme_is_short_and_has_its_test_command() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    assert re.search(r"<!-- test-command -->\n```sh\n.*pytest.*\n```\n", text)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_is_run_on_a_page(command: str) -> None:
    assert f"`cgraph {command}`" in README.read_text(encoding="utf-8")
    assert any(f"cgraph {command}" in block["text"] for page in PAGES for block in console_blocks(page))


def console_blocks(page: Path) -> list[re.Match[str]]:
    """List the console blocks of a page."""
    return [block for block in _BLOCK.finditer(page.read_text(encoding="utf-8")) if block["kind"] == "console"]


@pytest.mark.parametrize("page", [CONTRIBUTING, ROOT / "docs" / "architecture.md"], ids=lambda page: page.name)
def test_the_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = _SOURCE.findall(text)
    assert named, f"{page.name} names no file, or in another way"
    for name in named:
        assert source(name).exists(), name
    for pattern in re.findall(r"tests/[\w*]+\.py", text):  # those of commands to run too
        assert find_files(pattern)


def test_the_page_on_architecture_says_where_things_are() -> None:
    rows = _ROW.findall((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    assert len(rows) >= 20, "the page has its answers in no table, or in another one"
    for file, names in rows:
        text = source(file).read_text(encoding="utf-8")
        for name in re.findall(r"`([^`]+)`", names):
            definition = rf"(?:(?:def |class |function |const |self\.|\?|\"){name}|^{name})(?!\w)"
            assert re.search(definition, text, re.MULTILINE), f"{file} defines no {name}"


def source(name: str) -> Path:
    """Find a file by its name on the pages: below the package if it is there, else below the root."""
    inside = ROOT / "cgraph_cli" / name
    return inside if inside.exists() else ROOT / name
