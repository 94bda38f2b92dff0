"""The two forms of the package on a disk: a checkout, and an installed wheel."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from cgraph_cli import __version__
from cgraph_cli.core import resources
from tests import needs
from tests.conftest import ROOT, Run, find_files
from tests.needs import EXTRAS, PROGRAMS, need_library, need_program

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def test_the_checkout_has_its_files_beside_the_package() -> None:
    assert Path(resources.folder("grammars")) == ROOT / "grammars"
    assert "start:" in resources.read("grammars", "cgraph.lark")


def test_a_wheel_has_them_inside(tmp_path: Path) -> None:
    """A copy by pyproject.toml's force-include is complete; a build would need the network, and .ci/run does it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in ("grammars", "examples"):
        assert f'{name} = "cgraph_cli/{name}"' in text
        shutil.copytree(ROOT / name, tmp_path / "cgraph_cli" / name)
    shutil.copytree(ROOT / "cgraph_cli", tmp_path / "cgraph_cli", dirs_exist_ok=True)
    (tmp_path / "grammars").mkdir()  # somebody else's folder beside the package is not ours
    done = subprocess.run(
        [
            sys.executable,
            "-P" if sys.version_info >= (3, 11) else "-B",
            "-m",
            "cgraph_cli",
            "eval",
            "olah.cg",
            "--get",
            "e",
        ],
        cwd=ROOT / "examples",
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("6\n", "")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an archive of the package, like a wheel."""
    wheel = tmp_path_factory.mktemp("wheels") / "cgraph_cli-1-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        for folder, _, files in os.walk(ROOT / "cgraph_cli"):
            for file in files:
                if not file.endswith(".pyc"):
                    archive.write(os.path.join(folder, file), os.path.relpath(os.path.join(folder, file), ROOT))
        for name in ("grammars", "examples"):
            for file in os.listdir(ROOT / name):
                archive.write(ROOT / name / file, f"cgraph_cli/{name}/{file}")
    return wheel


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize(
    "args",
    [
        ["eval", "c = a + b; d = b + 1; e = c * d", "--a", "3", "--b", "1"],
        ["eval", "2x"],
        ["examples"],
        ["examples", "olah"],
        ["graph", "c = a + b", "--a", "1", "--b", "2", "-o", "html"],
        ["graph", "c = a + b", "--a", "1", "--b", "2", "-o", "png"],
    ],
    ids=" ".join,
)
def test_an_archive_runs_as_it_is(args: list[str], by_name: bool, wheel: Path, tmp_path: Path) -> None:
    if "png" in args:
        need_library("resvg_py")

    def run(*start: str, path: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, *start, *args]
        env = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, check=False)

    packed = run("-m", "cgraph_cli", path=str(wheel)) if by_name else run(str(wheel / "cgraph_cli"), path="")
    plain = run("-m", "cgraph_cli", path=str(ROOT))
    assert (packed.returncode, packed.stderr, packed.stdout) == (plain.returncode, plain.stderr, plain.stdout)


def test_a_broken_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_ROOTS", (str(tmp_path),))
    with pytest.raises(FileNotFoundError, match="reinstall"):
        resources.folder("grammars")


def test_version(cgraph: Run) -> None:
    assert cgraph("--version").stdout == f"cgraph {__version__}\n"
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8") or "Unreleased" in (
        ROOT / "CHANGELOG.md"
    ).read_text(encoding="utf-8")


def test_what_tests_need_is_brought_by_what_they_name() -> None:
    """The extras of pyproject.toml bring the libraries, and .ci/run the programs."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    brought = {"antlr4": "antlr4-python3-runtime", "playwright.sync_api": "playwright", "resvg_py": "resvg-py"}
    for extra, libraries in EXTRAS.items():
        names = {re.split("[><=[ ]", each)[0] for each in extras[extra]}
        for library in libraries:
            package = library.partition(".")[0]
            assert {package, package.replace("_", "-"), brought.get(library)} & names, (extra, library)
    installed = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for name, how in PROGRAMS.items():
        assert f"{name}:{re.findall('`apt install (.+?)`', how)[0]}" in installed


def test_what_is_skipped_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every reason comes from `needs`, and has a command for a newcomer to paste."""
    own = Path(needs.__file__)
    for path in find_files("tests/*.py"):
        if path not in (own, Path(__file__)):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            assert not called & {"skip", "skipif", "importorskip"}, path.name
    for libraries in EXTRAS.values():
        for library in libraries:
            monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CGRAPH_CHROMIUM", raising=False)
    asked = [(need_library, name, "pip") for names in EXTRAS.values() for name in names]
    asked += [(need_program, name, "apt") for name in PROGRAMS]
    for need, name, installer in asked:
        with pytest.raises(pytest.skip.Exception, match=rf"needs .*: `{installer} install "):
            need(name)
    for mark in (needs.posix, needs.full_disk, needs.extended_precision):
        assert re.match("needs Linux", mark.mark.kwargs["reason"])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(cgraph: Run, shell: str) -> None:
    done = cgraph(env={"_CGRAPH_COMPLETE": f"{shell}_source"})
    assert "_CGRAPH_COMPLETE" in done.stdout
    words = {"COMP_WORDS": "cgraph ev", "COMP_CWORD": "1" if shell != "fish" else "ev"}
    assert "eval" in cgraph(env={"_CGRAPH_COMPLETE": f"{shell}_complete", **words}).stdout
    words = {"COMP_WORDS": "cgraph eval a*b --a 3 --mo", "COMP_CWORD": "5" if shell != "fish" else "--mo"}
    done = cgraph(env={"_CGRAPH_COMPLETE": f"{shell}_complete", **words})
    assert "--mode" in done.stdout
    assert done.stderr == ""
