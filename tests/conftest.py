"""Fixtures of the tests: the command as a person runs it, files by a pattern, properties in two sizes.

Run the part of the tests that a change needs, from the folder of the checkout:

    pytest -n auto                               all but the heavy ones
    pytest tests/test_diff.py                    a file
    pytest -k jacobian                           what has a word in its name
    pytest "tests/test_errors.py" -k numbers/    a kind of messages, by its folder in tests/errors/
    pytest --last-failed                         what failed before
    pytest -n auto -m heavy                      the heavy ones, which .ci/run runs as well
    pytest --examples 100000 tests/test_fuzz.py  as many random examples of each property
    CGRAPH_UPDATE_GOLDEN=1 pytest FILE           writes what is printed into the golden files: read the difference

A test that needs a program or a library which is not there is skipped; `pytest -rs` tells what to install.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from cgraph_cli.checks.outcomes import Case, Outcome
from tests.command import ASKED, run_here

pytest_plugins = ["tests.browser"]

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("cgraph", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("cgraph")

heavy = pytest.mark.heavy

# Processes that tests start would otherwise compile the whole package again, each for itself.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that sets how many examples a property is tried on."""
    parser.addoption("--examples", type=int, metavar="N", help="try each property on N random examples")


def explore(
    few: int, many: int, *strategies: SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a property a test over random examples: few of them, and many among the heavy tests."""

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        @pytest.mark.parametrize("examples", [few, pytest.param(many, marks=heavy)])
        def test(examples: int, pytestconfig: pytest.Config) -> None:
            count = pytestconfig.getoption("examples") or examples
            settings(max_examples=count, report_multiple_bugs=False)(given(*strategies)(check))()

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


def find_files(pattern: str) -> list[Path]:
    """Find the files of the checkout that match a pattern, such as `examples/*.cg`.

    Raises `LookupError` where none does: a test over no files would pass.
    """
    paths = sorted(ROOT.glob(pattern))
    if not paths:
        raise LookupError(f"no file matches {pattern}")
    return paths


EXAMPLES = find_files("examples/*.cg")


def cases_of(outcome: Outcome, kind: str) -> list[Case]:
    """List the cases of one kind that a check found."""
    return [case for case in outcome.cases if case.kind == kind]


def shorten(path: Path) -> str:
    """Read an example, with a training of 4 steps for one of 30, which is computed as arrays."""
    text = path.read_text(encoding="utf-8")
    if path.stem != "moons":
        return text
    return re.sub("assert (last|sum.after).*\n", "", re.sub(r"\b30\b", "4", text))


SCALAR_EXAMPLES = [path for path in EXAMPLES if "[" not in re.sub("#.*", "", path.read_text(encoding="utf-8"))]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cgraph() -> Run:
    """Run the command in this process, in a clean environment: `cgraph("eval", "a", "--a", "3", cwd=tmp_path)`."""

    def run(*args: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return run_here(args, **options)

    return run


@pytest.fixture
def cgraph_process() -> Run:
    """Run the command in a process of its own, for tests of the process itself."""

    def run(
        *args: str, stdin: str | bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name not in ASKED}
        environment |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **(env or {})}
        done = subprocess.run(
            [sys.executable, "-m", "cgraph_cli", *args],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env=environment,
            cwd=cwd,
            check=False,
            timeout=120,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        )

    return run
