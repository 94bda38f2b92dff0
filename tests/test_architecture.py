"""The shape of the code: layers that import downward only, and nothing loaded that is not used."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Container
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT, find_files

PACKAGE = ROOT / "cgraph_cli"

ROOMS = [
    ["core"],
    ["language"],
    ["evaluation"],
    ["symbolic", "trust"],
    ["emit"],
    ["checks", "results"],
    ["render"],
    ["draw"],
    ["commands"],
    ["cli", "library"],
    ["__main__"],
]
"""The floors, from the ground up: a room may import from the floors below its own, and from no other room of its floor.
"""

FLOOR = {name: floor for floor, names in enumerate(ROOMS) for name in names}
MODULES = find_files("cgraph_cli/**/*.py")


def room_of(module: str) -> str:
    return module.removeprefix("cgraph_cli.").split(".")[0]


def name_of(path: Path) -> str:
    """Give the dotted name of the module in a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports_of(path: Path) -> list[str]:
    """List the modules that a file imports when it runs, anywhere in it, without imports for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downward(path: Path) -> None:
    if path == PACKAGE / "__init__.py":  # the library's front door; its names are loaded when they are used
        return
    room = room_of(name_of(path))
    for module in imports_of(path):
        if module.startswith("cgraph_cli."):
            other = room_of(module)
            assert other == room or FLOOR[other] < FLOOR[room], f"{path.name} imports {module}"
        root = module.split(".")[0]
        assert root != "rich" or room in ("render", "draw", "commands"), f"{path.name} imports {module}"
        assert root != "click" or room in ("commands", "cli", "__main__"), f"{path.name} imports {module}"


def test_every_room_stands() -> None:
    standing = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert standing == FLOOR.keys() - {"cli", "__main__"}


def test_every_room_says_what_it_is_for_and_what_it_imports() -> None:
    for folder in find_files("cgraph_cli/**/__init__.py"):
        said = ast.get_docstring(ast.parse(folder.read_text(encoding="utf-8"))) or ""
        assert folder.parent == PACKAGE or "\n\nImports " in said, folder


def test_no_module_imports_itself_by_way_of_others() -> None:
    paths = {name_of(path): path for path in MODULES if path != PACKAGE / "__init__.py"}
    uses = {
        name: {known for module in imports_of(path) if (known := nearest(module, paths)) and known != name}
        for name, path in paths.items()
    }
    while free := [name for name in uses if not uses[name]]:
        for name in free:
            del uses[name]
        for others in uses.values():
            others.difference_update(free)
    assert not uses, f"these import each other in a circle: {uses}"


def nearest(module: str, known: Container[str]) -> str:
    """Find the module of an imported name; empty for names outside of the package."""
    while module and module not in known:
        module = module.rpartition(".")[0]
    return module


def loaded_by(code: str) -> set[str]:
    """List the modules that a fresh Python has loaded after running some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
        env={**{name: value for name, value in os.environ.items() if name != "COLUMNS"}, "PYTHONPATH": str(ROOT)},
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("args", "absent"),
    [
        (["jacobian", "a^2", "--a", "1", "-o", "json"], {"rich", "flint", "numpy", "csv"}),
        (["hessian", "a^2", "--a", "1", "-o", "csv"], {"rich", "flint", "json"}),
        (["hessian", "a^2", "--sparsity", "-o", "csv"], {"rich", "flint", "json"}),
        (["taylor", "sin(a)", "--a", "1", "-o", "json"], {"rich", "numpy", "csv"}),
    ],
)
def test_a_matrix_loads_what_it_needs(args: list[str], absent: set[str]) -> None:
    assert not loaded_by(f"from cgraph_cli.__main__ import run; run({args!r})") & absent


SEED = ["eval", "c = a + b; d = b + 1; e = c * d", "--a", "3", "--b", "1"]
COMMANDS = {
    "eval -o json": [*SEED, "-o", "json"],
    "eval -o csv": [*SEED, "-o", "csv"],
    "eval --get": [*SEED, "--get", "e"],
    "eval": SEED,
    "--help": ["--help"],
    "--version": ["--version"],
    "examples": ["examples"],
    "functions": ["functions", "-o", "json"],
}
LOADED = ROOT / "tests" / "loaded.json"
"""The modules that each command loads beside click's: ours, and the others by their packages.

A newcomer is a failure until it is written here, with `CGRAPH_UPDATE_GOLDEN=1 python -m pytest
tests/test_architecture.py`.
"""


def loaded_beside_click(args: list[str]) -> list[str]:
    """List the modules that a command loads beside click's: the package's own, and the packages of all others."""
    loaded = loaded_by(f"from cgraph_cli.__main__ import run; run({args!r})")
    packages = {name.split(".")[0] for name in loaded - loaded_by("import click")}
    ours = {name for name in loaded if name.startswith("cgraph_cli")}
    return sorted(ours | {name for name in packages if not name.startswith(("_", "cgraph_cli"))})


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_what_it_needs(command: str) -> None:
    loaded = loaded_beside_click(COMMANDS[command])
    known = json.loads(LOADED.read_text(encoding="utf-8")) if LOADED.exists() else {}
    if os.environ.get("CGRAPH_UPDATE_GOLDEN"):
        known[command] = loaded
        LOADED.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    newcomers = set(loaded) - set(known[command])
    if sys.version_info[:2] != (3, 11):  # the list was made with it: the library's own modules differ
        newcomers -= sys.stdlib_module_names
    assert not newcomers


@pytest.mark.parametrize("command", ["eval --get", "--version"])
def test_click_gets_inspect_later(command: str) -> None:
    run = f"import sys; sys.argv[1:] = {COMMANDS[command]!r}; from cgraph_cli import __main__ as m"
    stop = "m.os._exit = lambda status: None"  # the process has to tell what it loaded
    assert "tokenize" not in loaded_by(f"{run}; {stop}; m.start()")
    assert "tokenize" in loaded_by(f"{run}; {stop}; m.start(); import inspect; inspect.cleandoc('')")


def test_only_a_table_loads_rich_and_nothing_loads_lark() -> None:
    known = json.loads(LOADED.read_text(encoding="utf-8"))
    assert [command for command, modules in known.items() if "rich" in modules] == ["eval"]
    assert not any({"lark", "flint", "importlib.metadata", "dataclasses"} & set(known[c]) for c in known if c != "eval")
    assert "lark" not in loaded_by("from cgraph_cli.__main__ import run; run(['eval', '2x'])")


def test_every_public_thing_has_a_docstring() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        exempt: set[ast.AST] = set()  # what stands in a function, or in a private class
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) or (isinstance(node, ast.ClassDef) and node.name.startswith("_")):
                exempt.update(inner for inner in ast.walk(node) if inner is not node)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not (node.name.startswith("_") or node in exempt):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


def test_no_two_classes_share_a_name() -> None:
    found: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def test_no_two_modules_of_a_room_share_a_name() -> None:
    from cgraph_cli.render import FORMATS

    folders = {PACKAGE.joinpath(*formats.folder.split(".")) for formats in FORMATS}
    found: dict[tuple[str, str], list[str]] = {}
    for path in MODULES:
        if path.stem != "__init__" and path.parent not in folders:  # where each is named after its format
            found.setdefault((room_of(name_of(path)), path.stem), []).append(str(path.relative_to(PACKAGE)))
    assert {key: paths for key, paths in found.items() if len(paths) > 1} == {}
