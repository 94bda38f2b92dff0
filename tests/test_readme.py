"""The README and the pages of `docs/`: every command in them is run, and what it prints is compared.

`CGRAPH_UPDATE_GOLDEN=1 python -m pytest tests/test_readme.py` writes the outputs into the pages; read the diff.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cgraph_cli.cli import COMMANDS
from tests.conftest import ROOT, found

README = ROOT / "README.md"
PAGES = [README, *found("docs/*.md")]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shell(command: str, folder: Path) -> str:
    """What a terminal of 80 columns shows for a command line, stderr and exit status 2 or 3 included."""
    shim = folder / "bin" / "cgraph"
    if not shim.exists():
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cgraph_cli "$@"\n')
        shim.chmod(0o755)
    environment = {
        "PATH": f"{shim.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
    )
    return done.stdout.decode("utf-8")


def replay(block: str, folder: Path) -> str:
    """A console block with the outputs that its commands give."""
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"{command}\n{shell(command[2:], folder)}" for command in commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_console_blocks(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if os.environ.get("CGRAPH_UPDATE_GOLDEN"):
        text = _BLOCK.sub(lambda match: f"```console\n{replay(match[1], tmp_path)}```", text)
        page.write_text(text, encoding="utf-8")
    blocks = _BLOCK.findall(text)
    assert page != README or len(blocks) >= 10
    for block in blocks:
        assert replay(block, tmp_path) == block


def test_python_blocks() -> None:
    for code in re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)}
        )
        assert done.stdout.split() == re.findall(r"# (.*)$", code, re.MULTILINE)[-1].split()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"$ cgraph {command}" in README.read_text(encoding="utf-8")
