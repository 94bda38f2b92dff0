"""Rows in compiled code: the numbers of the other kernels, one library for all processes, and what is done without."""

from __future__ import annotations

import os
import random
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy
import pytest

from cgraph_cli import parse
from cgraph_cli.__main__ import run
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.results.rows import compiler, native
from cgraph_cli.results.rows.kernels import ArrayKernel, ScalarKernel
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.trust.budget import Budget
from cgraph_cli.trust.verdicts import Status
from tests.conftest import ROOT, explore, heavy
from tests.needs import need_program, posix
from tests.programs import programs

WITH_POLYGAMMA = {"polygamma", "digamma", "sinc"}
"""The rows that have it, which C has not, in their value or slope."""

PLAIN = (0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-300, 1e300, 30.0, -800.0, 5e-324)


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    need_program("gcc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def check(text: str, rows: Sequence[Sequence[float]], *, checked: bool = True) -> None:
    """Check that rows which are in doubt nowhere have the numbers of Python's functions."""
    graph = parse(text)
    quantities = Quantities(graph, [graph.labels()[node] for node in graph.default_outputs()], [])
    columns = [list(column) for column in zip(*rows, strict=True)]
    arrays = [numpy.array(column) for column in columns]
    kernel = native.NativeKernel(quantities, [], checked=checked)
    ours = kernel.compute(arrays, len(rows))
    assert not kernel.trouble
    plain = ScalarKernel(quantities).compute(columns, len(rows))
    compiled, doubted = kernel._run(arrays, len(rows))
    sure = set(range(len(rows))).difference(doubted.tolist() if checked else plain.doubts)
    for name, one, other, own in zip(quantities.names, ours.numbers, plain.numbers, compiled, strict=True):
        for at in sure.difference(plain.doubts):
            assert abs(own[at] - other[at]) <= 2e-12 * abs(other[at]), (name, rows[at])
            assert own[at] == one[at]
    names = [graph.names[node] or "" for node in graph.inputs()]
    for at in sorted(sure.intersection(plain.doubts))[:20]:  # of which compiled code alone is sure
        found = quantities.look(dict(zip(names, rows[at], strict=True)), Budget(1e8))
        for name, own, true in zip(quantities.names, compiled, found, strict=True):
            assert true.verdict.status == Status.OK, (name, rows[at])
            assert abs(own[at] - true.number) <= 2e-12 * abs(true.number), (name, rows[at])


@heavy
@pytest.mark.parametrize("name", [name for name in PRIMITIVES if name not in WITH_POLYGAMMA])
def test_every_row_of_the_table(name: str) -> None:
    row, rng = PRIMITIVES[name], random.Random(name)
    count = 3 if row.variadic else len(row.parameters)
    letters = "abcdef"[:count]
    call = {"infix": f" {name} ".join(letters), "prefix": f"-{letters}"}.get(
        row.notation, f"{name}({', '.join(letters)})"
    )
    text = f"y = {call if name != 'identity' else 'a'}"
    rows = [[rng.choice((rng.choice(PLAIN), rng.uniform(-5, 5))) for _ in letters] for _ in range(1000)]
    check(text, rows)


def test_sums_helpers_and_branches() -> None:
    rng = random.Random(1)
    text = "u = min(a, b, c) + sigmoid(a)*digamma(2 + b^2); v = where(a > b and not c > 0, log(a - b), mean(a, b, c)); "
    text += "y = sum(a, b, c)*u + a % b; z = v + logsumexp(a, b, c)*erf(c) + floor(b)^2"
    rows = [[rng.choice((rng.choice(PLAIN), rng.uniform(-5, 5))) for _ in "abc"] for _ in range(5000)]
    check(text, rows)


@explore(1, 60, programs())
def test_random_programs(text: str) -> None:
    names = [parse(text).names[node] for node in parse(text).inputs()]
    rng = random.Random(text)
    if names:
        check(text, [[rng.choice((rng.choice(PLAIN), rng.uniform(-3, 3))) for _ in names] for _ in range(1500)])


def test_a_row_has_the_same_numbers_wherever_it_stands() -> None:
    graph = parse("y = exp(sin(x))^p")
    kernel = native.NativeKernel(Quantities(graph, [], ["x"]), ["p"], checked=False)
    x = numpy.linspace(0.1, 3, 5000)
    whole = kernel.compute([x, 1.5], 5000).numbers
    for start, end in ((0, 1), (1, 1024), (3, 1030), (777, 5000)):
        part = kernel.compute([x[start:end], 1.5], end - start).numbers
        assert all((one == other[start:end]).all() for one, other in zip(part, whole, strict=True))


def test_raw_doubles() -> None:
    check("y = a*b + exp(-a^2)", [[at / 7 - 20, 2.5] for at in range(3000)], checked=False)


def test_raw_doubles_without_digits_are_no_fault_of_compiled_code() -> None:
    quantities = Quantities(parse("y = exp(x) - 1 - x"), [], [])
    rows = [numpy.geomspace(1e-9, 1, 3000)]
    assert ArrayKernel(quantities).compute(rows, 3000).recovered
    kernel = native.NativeKernel(quantities, [], checked=False)
    kernel.compute(rows, 3000)
    assert not kernel.trouble


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_raw_doubles_that_are_no_numbers(odd: float) -> None:
    quantities = Quantities(parse("y = a*b + log(a)"), [], ["a"])
    kernel = native.NativeKernel(quantities, [], checked=False)
    rows = [numpy.array([odd, 2.0, odd]), numpy.array([1.0, odd, odd])]
    ours, theirs = kernel.compute(rows, 3), ArrayKernel(quantities, checked=False).compute(rows, 3)
    assert not kernel.trouble
    assert numpy.allclose(ours.numbers, theirs.numbers, rtol=1e-14, equal_nan=True)


# The library


SCRIPT = """
import numpy
from cgraph_cli import parse
from cgraph_cli.results.rows.native import NativeKernel
from cgraph_cli.results.rows.quantities import Quantities
kernel = NativeKernel(Quantities(parse("y = x^2"), [], []), [], checked=False)
print(kernel.compute([numpy.array([3.0])], 1).numbers)
"""


def run_script(cache: Path, **more: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache), **more}
    return subprocess.Popen([sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.PIPE, text=True)


def test_processes_share_one_library(tmp_path: Path) -> None:
    for processes in ([run_script(tmp_path) for _ in range(3)], [run_script(tmp_path)]):
        assert len({process.communicate()[0] for process in processes}) == 1
        assert not any(process.returncode for process in processes)
        folder = tmp_path / "cgraph" / "compiled"
        (library,) = folder.iterdir()
        assert re.fullmatch(r"[0-9a-f]{64}\.so", library.name)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_others_can_write_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cgraph" / "compiled"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert compiler.load("int f(void) { return 3; }").f() == 3
    assert not list(folder.iterdir())


def test_a_library_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    before = run_script(tmp_path).communicate()[0]
    (kept,) = (tmp_path / "cgraph" / "compiled").iterdir()
    kept.write_bytes(b"\x7fELF")
    assert run_script(tmp_path).communicate()[0] == before
    assert kept.stat().st_size > 1000


def test_the_libraries_are_not_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(compiler, "_KEPT", 2)
    assert [compiler.load(f"int f(void) {{ return {number}; }}").f() for number in (5, 6, 7)] == [5, 6, 7]
    assert len(list((tmp_path / "cgraph" / "compiled").iterdir())) == 2


# What is done without


ROWS = "x\n" + "".join(f"{at}\n" for at in range(1, 3001))


def test_code_that_computes_something_else_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(ROWS, encoding="utf-8")
    written = native.write_columns
    monkeypatch.setattr(native, "write_columns", lambda *args: written(*args).replace("log(x)", "log(x + 1e-9)"))
    assert run(["map", "y = log(x)", "a.csv", "-o", "b.csv", "--native", "always"]) == 0
    note, summary = capsys.readouterr().err.splitlines()
    assert note.startswith("note: NumPy computed the rows: compiled code gave ")
    assert summary == "3,000 rows: 3,000 ok"
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert run(["map", "y = log(x)", "a.csv", "-o", "c.csv", "--native", "never"]) == 0
    assert Path("b.csv").read_text() == Path("c.csv").read_text()


def test_many_rows_are_compiled_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cgraph_cli.commands.rows import run as rows

    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(ROWS, encoding="utf-8")
    compiled: list[str] = []
    load = native.load
    monkeypatch.setattr(native, "load", lambda text: compiled.append(text) or load(text))
    monkeypatch.setattr(rows, "MANY_ROWS", 2900)
    assert run(["map", "y = log(x)", "a.csv", "-o", "b.csv"]) == 0
    assert len(compiled) == 1
    assert run(["map", "y = log(x)", "a.csv", "-o", "b.csv", "--limit", "2000"]) == 0
    assert run(["map", "y = log(x)", "a.csv", "-o", "b.csv", "--native", "never"]) == 0
    assert len(compiled) == 1


@posix
def test_a_compiler_that_does_not_read_its_text(tmp_path: Path) -> None:
    """A broken pipe ends the command, where it is that of its output."""
    compiler = tmp_path / "cc"
    compiler.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    compiler.chmod(0o755)
    (tmp_path / "a.csv").write_text("x\n1\n", encoding="utf-8")
    program = "; ".join(f"y{at} = exp(x + {at})" for at in range(200))  # more than a pipe holds
    words = [sys.executable, "-m", "cgraph_cli", "map", program, "a.csv", "--native", "always"]
    paths = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path)}
    outputs = ",".join(f"y{at}" for at in range(200))
    done = subprocess.run([*words, "--of", outputs], env={**os.environ, **paths}, cwd=tmp_path, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()[:1]) == (
        2, ["error: `--native always` cannot be: `cc` does not compile it: it failed"]
    )  # fmt: skip


def test_without_a_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from cgraph_cli.commands.rows import run as rows

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(rows, "MANY_ROWS", 1)
    Path("a.csv").write_text(ROWS, encoding="utf-8")
    assert run(["map", "y = log(x)", "a.csv", "-o", "b.csv"]) == 0
    assert capsys.readouterr().err == "3,000 rows: 3,000 ok\n"
    assert run(["map", "y = log(x)", "a.csv", "-o", "b.csv", "--native", "always"]) == 2
    assert "there is no C compiler `cc`" in capsys.readouterr().err
