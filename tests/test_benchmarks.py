"""The benchmarks run, and their peers compute what cgraph does. What they measure is no matter for a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from benchmarks import array_jobs, peers, row_jobs
from benchmarks.program import INPUTS, program
from cgraph_cli import evaluate, parse, sweep_reverse
from tests.conftest import ROOT, heavy
from tests.needs import need_library


@heavy
@pytest.mark.parametrize(
    ("part", "units"),
    [
        ("reading", ["µs", "bytes"]),
        ("text", ["MiB", "certified digits"]),
        ("rows", ["of NumPy in blocks", "certified"]),
        ("row_files", ["MiB", "with statuses"]),
    ],
)
def test_the_tables(part: str, units: list[str], tmp_path: Path) -> None:
    file = tmp_path / "tables.md"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", part, "--output", str(file)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    text = file.read_text(encoding="utf-8")
    assert f"`python -m benchmarks --quick --only {part}`" in text
    assert all(unit in text for unit in units)


@pytest.mark.parametrize("peer", sorted(array_jobs.PEERS))
def test_a_peer_has_the_gradients_of_arrays_that_cgraph_has(peer: str) -> None:
    need_library(peer)
    for name, job in array_jobs.jobs(quick=True).items():
        ours, theirs = array_jobs.cgraph(job)[1](), array_jobs.PEERS[peer](job)[1]()
        for wrt, first, second in zip(job.wrt, ours, theirs, strict=True):
            assert numpy.allclose(first, numpy.asarray(second), rtol=1e-9, atol=1e-9), (name, wrt)


@pytest.mark.parametrize("peer", [name for name in row_jobs.PEERS if "Polars" not in name])
def test_a_peer_has_the_numbers_of_rows_that_cgraph_has(peer: str) -> None:
    library, prepare = row_jobs.PEERS[peer]
    need_library(library)
    given = row_jobs.columns(50)
    ours = row_jobs.kernels()["NumPy in blocks, certified"](given)()
    for one, other in zip(ours, prepare(given)(), strict=True):
        assert numpy.allclose(one, numpy.asarray(other), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("peer", sorted(peers.PRELUDES))
def test_a_peer_computes_the_same(peer: str, tmp_path: Path) -> None:
    need_library(peer)
    script = tmp_path / "script.py"
    script.write_text("".join(peers.script(peer, 200)), encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    graph = parse(program(200))
    evaluation = evaluate(graph, INPUTS)
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    ours = [evaluation.values[graph.output], *(adjoints[graph.find(name)] for name in INPUTS)]
    theirs = [float(word) for word in done.stdout.translate(str.maketrans("[],", "   ")).split()]
    assert theirs == pytest.approx(ours, rel=1e-5)  # CasADi prints six digits


def test_sweeps_over_arrays_need_little_more_than_what_they_keep() -> None:
    need_library("numpy")
    for name, job in array_jobs.jobs(quick=True).items():
        assert array_jobs.memory(job) <= 2, name
