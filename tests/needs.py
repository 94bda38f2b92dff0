"""The needs of some tests besides cgraph and pytest.

A test that lacks one is skipped, with the command that installs it.
"""

from __future__ import annotations

import importlib
import os
import shutil
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from cgraph_cli.evaluation.arrays.extended import HAS_EXTENDED
from tests.conftest import ROOT

EXTRAS = {
    "pictures": ["igraph", "resvg_py"],
    "plot": ["contourpy", "plotext"],
    "repl": ["prompt_toolkit"],
    "browser": ["playwright.sync_api"],
    "data": ["polars"],
    "spark": ["pandas", "pyarrow"],
    "peers": ["antlr4", "duckdb", "GTC", "jax", "numpy", "pyspark", "scipy", "sympy", "torch",
              "tree_sitter", "tree_sitter_julia"],
    "bench": ["autograd", "casadi", "numba", "numexpr"],
    "test": ["uncertainties", "uncertainties.umath"],
}  # fmt: skip
"""The libraries that tests import, by the extra of pyproject.toml that brings them."""

PROGRAMS = {
    "chromium": "Chromium: `apt install chromium`, or name the program in CGRAPH_CHROMIUM",
    "dot": "Graphviz: `apt install graphviz`",
    "gcc": "a C compiler: `apt install gcc`",
    "java": "Java: `apt install openjdk-17-jre-headless`",
    "node": "Node.js: `apt install nodejs`",
    "rustc": "a Rust compiler: `apt install rustc`",
    "tmux": "tmux: `apt install tmux`",
}
"""The programs that tests run, and how Debian installs them; `.ci/run` installs those that it can."""

NODE_MODULES = Path(os.environ.get("CGRAPH_NODE_MODULES", ROOT / "node_modules"))


def need_library(name: str, has: str = "") -> Any:
    """Import a library by its name in Python. Skips the test where it is not installed, or `has` no such attribute."""
    extra = next(extra for extra, names in EXTRAS.items() if name in names)
    try:
        library = importlib.import_module(name)
        attrgetter(has)(library) if has else None
    except (ModuleNotFoundError, AttributeError):
        pytest.skip(f"needs {name.partition('.')[0]}: `pip install -U '.[{extra}]'`", allow_module_level=True)
    return library


def need_program(name: str) -> str:
    """Find the path of a program. Skips the test where it is not installed."""
    folders = [os.environ.get("PATH", os.defpath), str(Path.home() / ".cargo" / "bin")]
    wanted = os.environ.get("CGRAPH_CHROMIUM", name) if name == "chromium" else name
    if path := shutil.which(wanted, path=os.pathsep.join(folders)):
        return path
    pytest.skip(f"needs {PROGRAMS[name]}")


def need_node_modules(*names: str) -> Path:
    """Find the folder of packages for Node.js. Skips the test where one is missing, or Node.js is."""
    need_program("node")
    if all((NODE_MODULES / name).is_dir() for name in names):
        return NODE_MODULES.resolve()
    what, how = " and ".join(names), " ".join(names)
    pytest.skip(f"needs {what}: `npm install {how}`, or name the folder that has them in CGRAPH_NODE_MODULES")


def need_file(path: Path, why: str) -> Path:
    """Find a file beside the project. Skips the test where it is missing."""
    if not path.exists():
        pytest.skip(f"needs {why}: there is no {path.name}")
    return path


posix = pytest.mark.skipif(os.name == "nt", reason="needs Linux or macOS: Windows has no such shell, pipes or signals")
extended_precision = pytest.mark.skipif(
    not HAS_EXTENDED, reason="needs Linux on a processor that has more digits than doubles: x86_64, for example"
)
full_disk = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux: only it has /dev/full")
