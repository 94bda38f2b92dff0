"""`cgraph map` by Spark: bit for bit the results of one machine, even where a task fails and is repeated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, heavy
from tests.needs import need_library, need_program

PROGRAM = "y = log(x)*abs(z - 1) + erf(x*z)/(1 + exp(-z))"

RETRIED = """
import os, pickle, sys
from collections.abc import Iterable, Iterator
from functools import partial
from cgraph_cli import parse
from cgraph_cli.commands.rows import spark
from cgraph_cli.commands.rows.arrow_batches import Work, compute

def failing_once(work, place, batches):
    from pyspark import TaskContext
    if TaskContext.get().attemptNumber() == 0:
        open(os.path.join(place, f"failed{TaskContext.get().partitionId()}"), "w").close()
        raise OSError("planted")
    return compute(work, batches)

place, program = sys.argv[1:]
session = spark.begin("local[2,3]")
table = spark.SparkTable(session, [os.path.join(place, "in.csv")], "csv", None)
spark.task = lambda work: partial(failing_once, work, place)
bound = ("x", "x"), ("z", "z")
work = Work(pickle.dumps(parse(program)), (), ("x", "z"), True, False, True, 60e6, (), bound, ("x", "z"), False, False)
print(*spark.run(table, work, os.path.join(place, "again"), "csv"))
"""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"}


def rows_of(folder: Path) -> list[str]:
    """List the lines of all parts below their headings, sorted."""
    return sorted(line for part in folder.glob("part-*.csv") for line in part.read_text().splitlines()[1:])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in ("pyspark", "pandas", "pyarrow", "polars"):
        need_library(name)
    need_program("java")
    folder = tmp_path_factory.mktemp("spark")
    numbers = [0.0, 1.0, -1.0, 2.5, 1e-300, 1e300, float("inf"), float("nan")]
    lines = [f"{x!r},{z!r}" for x in numbers for z in numbers] + [",1", "2,", "3,NA"]
    lines += [f"{0.01 * at!r},{3 - 0.01 * at!r}" for at in range(1, 500)]
    (folder / "in.csv").write_text("\n".join(["x,z", *lines, ""]))
    return folder


@heavy
def test_spark_gives_what_one_machine_gives(place: Path) -> None:
    words = [sys.executable, "-m", "cgraph_cli", "map", PROGRAM, "in.csv", "--u", "x=2%,z=0.1"]
    here = subprocess.run(
        [*words, "-o", "here.parquet"], cwd=place, env=environment(), capture_output=True, text=True, check=False
    )
    there = subprocess.run(
        [*words, "-o", "there/", "--format", "parquet", "--engine", "spark", "--master", "local[2]"],
        cwd=place, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (here.returncode, there.returncode) == (3, 3), there.stderr
    assert there.stderr.splitlines()[-1] == here.stderr.splitlines()[-1]
    polars = need_library("polars")
    one = polars.read_parquet(place / "here.parquet").with_columns(polars.col("^.*_status$").cast(polars.String))
    other = polars.read_parquet(place / "there" / "*.parquet").with_columns(
        polars.col("x", "z").cast(polars.Float64, strict=False)
    )
    new = [name for name in one.columns if name not in ("x", "z")]
    assert repr(sorted(map(repr, one.select(new).rows()))) == repr(sorted(map(repr, other.select(new).rows())))
    assert len(one) == len(other)


@heavy
def test_a_task_that_fails_is_done_again(place: Path) -> None:
    (place / "retried.py").write_text(RETRIED)
    done = subprocess.run(
        [sys.executable, "retried.py", str(place), PROGRAM],
        cwd=place, env={**environment(), "PYTHONPATH": f"{ROOT}:{place}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert list(place.glob("failed*"))
    assert len(rows_of(place / "again")) == len((place / "in.csv").read_text().splitlines()) - 1
    assert "'null': 3" in done.stdout
