"""The prose inside the code: docstrings begin with a verb or a noun, and name only modules that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, find_files

PACKAGE = find_files("cgraph_cli/**/*.py")
HELPERS = [*find_files("tests/**/*.py"), *find_files("benchmarks/*.py")]

CLAUSES = {
    "What",
    "Whatever",
    "Those",
    "That",
    "Which",
    "Where",
    "When",
    "How",
    "Who",
    "Why",
    "If",
    "As",
    "It",
    "Whether",
}
"""Words that begin a clause in the place of a noun."""

NO_VERBS = CLAUSES | {"The", "A", "An", "Each", "Every", "All", "One", "Two", "Some", "Its", "Their", "This", "These"}


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each docstring with its kind: `function` for one that has to begin with a verb, else `thing`.

    A property is a thing, and so is a test: its docstring states the fact that it tests.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            is_thing = node.name.startswith("test_") or any(
                "propert" in ast.unparse(each) for each in node.decorator_list
            )
            kind = "thing" if is_thing else "function"
        elif isinstance(node, (ast.ClassDef, ast.Module)):
            kind = "thing"
        else:
            continue
        if said := ast.get_docstring(node):
            yield kind, said


@pytest.mark.parametrize("files", [PACKAGE, HELPERS], ids=["package", "tests"])
def test_docstrings_begin_with_a_verb_or_a_noun(files: list[Path]) -> None:
    wrong = []
    for path in files:
        for kind, said in docstrings(path):
            first = re.split(r"\W", said, maxsplit=1)[0]
            if first in (NO_VERBS if kind == "function" else CLAUSES):
                wrong.append(f"{path.relative_to(ROOT)}: {said}")
    assert not wrong


def is_there(name: str) -> bool:
    """Tell whether a dotted name is that of a module, or of something in one."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        place = ROOT.joinpath("cgraph_cli", *parts[:count])
        module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if module.exists():
            return count == len(parts) or parts[count] in module.read_text(encoding="utf-8")
    return False


def test_docstrings_name_modules_that_exist() -> None:
    rooms = {path.name for path in (ROOT / "cgraph_cli").iterdir() if path.is_dir()}
    for path in PACKAGE:
        for _, said in docstrings(path):
            for name in re.findall(r"`(?:cgraph_cli\.)?([a-z_]+(?:\.\w+)+)`", said):
                assert name.split(".")[0] not in rooms or is_there(name), f"{path}: {name}"
            for name in re.findall(r"`((?:[a-z_]+/)+\w+\.py)`", said):
                assert (ROOT / name).exists() or (ROOT / "cgraph_cli" / name).exists(), f"{path}: {name}"
