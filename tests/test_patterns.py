"""No pattern of the package backtracks: each is driven with long runs of possible input, as the code uses it."""

from __future__ import annotations

import ast
import gc
import re
import time
from collections.abc import Iterator

import pytest

from tests.conftest import find_files

LENGTH = 5_000
SECONDS = 0.125

RUNS = [" ", "\n", "\t ", "\n ", "a", "A_", "_", "_d", "_dx", "d_d_", "0", "1.", "1e", "1_", ".", "a.", "(", ")", "()"]
RUNS += ["[", "{", "{}", '"', '"\\', "'", "`", "` ", "#", "# \n", ";", "=", "= ", "a=", "<", "-", "+ ", "^", "%1", "%"]
RUNS += ["\\frac{", "\\frac{a}{", "\\left(", "<1>", "θ", "é", ":", "::", "x is not ", "| ", "\x1b[0m", "\x1b[", ","]
"""Repeated texts; each is followed by one that ends no pattern."""

_SEARCHES = ("search", "sub", "subn", "findall", "finditer", "split")


def patterns() -> Iterator[tuple[str, str, str, int]]:
    """List each pattern of the code, with its place, its use, and its flags."""
    for path in find_files("cgraph_cli/**/*.py"):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        named = {
            call.value: target.id
            for call in ast.walk(tree)
            if isinstance(call, ast.Assign)
            for target in call.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(tree):
            function = call.func if isinstance(call, ast.Call) else None
            if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)):
                continue
            assert isinstance(call, ast.Call)
            if function.value.id != "re" or not call.args or not isinstance(call.args[0], ast.Constant):
                continue
            if function.attr == "escape":
                continue
            use = function.attr
            if use == "compile":
                name = named.get(call, "")
                searched = any(f"{name}.{method}(" in text for method in _SEARCHES) if name else ").search" in text
                use = "search" if searched else "match"
            flags = re.MULTILINE if "MULTILINE" in ast.unparse(call) else 0
            yield f"{path.stem}:{call.lineno}", str(call.args[0].value), use, flags


FOUND = sorted(set(patterns()))


def test_there_are_many() -> None:
    assert len(FOUND) > 40


@pytest.fixture
def without_collections() -> Iterator[None]:
    """Keep the collector, which takes long after many tests, out of what is timed."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(("place", "pattern", "use", "flags"), FOUND, ids=[place for place, *_ in FOUND])
def test_a_pattern_takes_long_runs(place: str, pattern: str, use: str, flags: int, without_collections: None) -> None:
    compiled = re.compile(pattern, flags)
    for run in RUNS:
        for text in (run * (LENGTH // len(run)), run * (LENGTH // len(run)) + "\x00", "x" + run * (LENGTH // len(run))):
            started = time.process_time()
            if use in ("match", "fullmatch"):
                getattr(compiled, use)(text)
            else:
                list(compiled.finditer(text))
            assert time.process_time() - started < SECONDS, (place, pattern, run)
