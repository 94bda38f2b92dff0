"""The shape of the code: layers that import downward only, and nothing loaded that is not used."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "cgraph_cli"

LAYERS = [
    ["errors", "resources"],
    ["primitives"],
    ["graph"],
    ["language"],
    ["rules"],
    ["algebras"],
    ["simplify"],
    ["guards", "inlining", "differentiate", "expand", "derivatives"],
    ["program"],
    ["sweeps"],
    ["limits", "events"],
    ["statuses"],
    ["report"],
    ["troubles"],
    ["points", "differences", "outcomes"],
    ["assertions"],
    ["checks"],
    ["compare"],
    ["sparsity", "series", "looks"],
    ["samples"],
    ["formulas", "local", "matrices", "taylor", "paths", "explain", "ranges", "curves", "fields", "session"],
    ["emit"],
    ["render", "draw"],
    ["commands"],
    ["cli"],
    ["__main__"],
]
"""From the bottom to the top; a module may import from its own layer and from those above it in this list."""

RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))


def layer_of(module: str) -> str:
    return module.removeprefix("cgraph_cli.").split(".")[0]


def imports_of(path: Path) -> list[str]:
    """The modules that a file imports when it runs, anywhere in it; imports for type checkers only are left out."""
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
    name = path.relative_to(PACKAGE).with_suffix("").parts[0]
    if name == "__init__":  # the library's front door; its names are loaded when they are used
        return
    for module in imports_of(path):
        if module.startswith("cgraph_cli.") and not module.endswith("__version__"):
            assert RANK[layer_of(module)] <= RANK[name], f"{path.name} imports {module}"
        root = module.split(".")[0]
        assert root != "rich" or name in ("render", "draw", "commands"), f"{path.name} imports {module}"
        assert root != "click" or name in ("commands", "cli", "__main__"), f"{path.name} imports {module}"


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh Python has loaded after running some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
        env={**{name: value for name, value in os.environ.items() if name != "COLUMNS"}, "PYTHONPATH": str(ROOT)},
    )
    return set(done.stderr.split())


def test_the_library_loads_neither_click_nor_rich() -> None:
    loaded = loaded_by(
        "import cgraph_cli\n"
        "graph = cgraph_cli.parse('c = a*b')\n"
        "cgraph_cli.sweep_reverse(cgraph_cli.evaluate(graph, {'a': 1, 'b': 2}), {graph.output: 1.0})"
    )
    assert not loaded & {"click", "rich", "mpmath"}
    assert "lark" not in loaded_by("import cgraph_cli")


@pytest.mark.parametrize(
    ("args", "absent"),
    [
        (["jacobian", "a^2", "--a", "1", "-o", "json"], {"rich", "mpmath", "numpy", "csv"}),
        (["hessian", "a^2", "--a", "1", "-o", "csv"], {"rich", "mpmath", "json"}),
        (["hessian", "a^2", "--sparsity", "-o", "csv"], {"rich", "mpmath", "json"}),
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
"""What each of these loads beside what click does: our modules, and the others by their packages. A newcomer is a
failure until it is written here, with `CGRAPH_UPDATE_GOLDEN=1 python -m pytest tests/test_architecture.py`."""


def loaded_beside_click(args: list[str]) -> list[str]:
    """What a command loads: the package's modules, and the packages of all others."""
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
    if sys.version_info[:2] != (3, 11):  # which the list was made with: the library's own modules differ
        newcomers -= sys.stdlib_module_names
    assert not newcomers


def test_only_a_table_loads_rich_and_only_an_error_loads_lark() -> None:
    known = json.loads(LOADED.read_text(encoding="utf-8"))
    assert [command for command, modules in known.items() if "rich" in modules] == ["eval"]
    assert not any(
        {"lark", "mpmath", "importlib.metadata", "dataclasses"} & set(known[c]) for c in known if c != "eval"
    )
    assert "lark" in loaded_by("from cgraph_cli.__main__ import run; run(['eval', '2x'])")


def test_every_public_thing_has_a_docstring() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        private = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name.startswith("_")]
        exempt = {id(inner) for node in private for inner in ast.walk(node)}
        for node in ast.walk(tree):
            if id(node) in exempt:
                continue
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                nested = any(
                    node in ast.walk(f) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f is not node
                )
                assert nested or ast.get_docstring(node), f"{path.name}: {node.name}"
