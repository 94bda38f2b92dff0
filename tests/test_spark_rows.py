"""`cgraph map` by Spark: bit for bit the results of one machine, even where a task fails and is repeated."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from cgraph_cli import parse
from cgraph_cli.commands.rows.arrow_batches import Work, compute
from cgraph_cli.commands.rows.spark import in_words
from cgraph_cli.results.rows.engine import LOOKED, Engine
from cgraph_cli.results.rows.quantities import Quantities
from tests.accumulator import Accumulator
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

def failing_once(work, tally, place, batches):
    from pyspark import TaskContext
    open(os.path.join(place, f"ran{os.getppid()}"), "w").close()  # the parent of a worker's tasks is its own
    if TaskContext.get().attemptNumber() == 0:
        open(os.path.join(place, f"failed{TaskContext.get().partitionId()}"), "w").close()
        raise OSError("planted")
    return compute(work, tally, batches)

place, program = sys.argv[1:]
session = spark.begin("local-cluster[2,1,1024]")
table = spark.SparkTable(session, [os.path.join(place, "in.csv")], "csv", None)
table.frame = table.frame.repartition(4)
spark.task = lambda work, tally: partial(failing_once, work, tally, place)
bound = ("x", "x"), ("z", "z")
work = Work(pickle.dumps(parse(program)), (), ("x", "z"), True, False, True, 60e6, (), bound, ("x", "z"), False, False)
print(spark.run(table, work, os.path.join(place, "again"), "csv"))
"""


WORKER = """[PYTHON_EXCEPTION] An exception was thrown from the Python worker:
Traceback (most recent call last):
  File "worker.py", line 7, in main
    command = loads(text)
%s

\tat org.apache.spark.api.python.BasePythonRunner
java.lang.IllegalStateException: closed
"""


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("ModuleNotFoundError: No module named 'cgraph_cli'", "ModuleNotFoundError: No module named 'cgraph_cli'"),
        ("cgraph_cli.core.errors.InputError: error: row 3 has `a` for `x`", "error: row 3 has `a` for `x`"),
    ],
)
def test_the_error_of_a_worker_is_told(raised: str, said: str) -> None:
    error = in_words(RuntimeError(WORKER % raised), "out")
    first, _, help = error.diagnostic
    assert f"error: {first}".endswith(said)
    assert help.startswith("the workers need") == ("No module" in said)


JAVA = """An error occurred while calling o110.save.
: org.apache.spark.SparkException: [FAILED_READ_FILE.NO_HINT] Encountered error while reading file file:///a.csv.
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.cannotReadFilesError(QueryExecutionErrors.scala:920)
Caused by: org.apache.spark.SparkException: %s
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.here(QueryExecutionErrors.scala:920)
"""


@pytest.mark.parametrize(
    ("text", "said", "advice"),
    [
        (
            WORKER
            % "cgraph_cli.core.errors.InputError: error: a row has `1,5` for `x`\nhelp: write `1.5`\n      or so",
            "a row has `1,5` for `x`",
            "write `1.5`\nor so",
        ),
        (JAVA % "[X] Malformed records are detected in record parsing: [3,4].", "a row does not fit", "a row has as"),
        (JAVA % "[X] Malformed records are detected in record parsing: _corrupt_record.", "a line is no JSON", ""),
        ("[PATH_NOT_FOUND] Path does not exist: file:/tmp/a.csv. SQLSTATE: 42K03", "there is no file `/tmp/a.csv`", ""),
        (
            "[PATH_NOT_FOUND] Path does not exist: s3a://a/b.csv. SQLSTATE: 42K03",
            "there is no file `s3a://a/b.csv`",
            "",
        ),
        (JAVA % "a.csv is not a Parquet file", "Spark failed: a.csv is not a Parquet file", ""),
    ],
)
def test_the_error_of_spark_is_told(text: str, said: str, advice: str) -> None:
    first, _, help = in_words(RuntimeError(text), "out").diagnostic
    assert (first[: len(said)], help[: len(advice)]) == (said, advice)


def test_workers_take_compiled_code_where_they_are_asked_to() -> None:
    """Bit for bit what compiled code gives here."""
    pyarrow, numpy = need_library("pyarrow"), need_library("numpy")
    need_program("cc")
    x, z = numpy.linspace(0.1, 5, 1000), numpy.linspace(-3, 3, 1000)
    graph = parse(PROGRAM)
    engine = Engine(Quantities(graph, [], ["x", "z"]), {}, effort=60e6, arrays=True, native="always")
    here = engine.compute({"x": x, "z": z}, 1000)
    engine.settle(here, {"x": x, "z": z}, 1000, ())
    bound = ("x", "x"), ("z", "z")
    work = Work(pickle.dumps(graph), (), ("x", "z"), True, False, True, 60e6, (), bound, ("x",), False, False)
    tally = Accumulator()
    batch = pyarrow.RecordBatch.from_arrays([pyarrow.array(x), pyarrow.array(z)], names=["x", "z"])
    for way in ("always", "never"):
        (found,) = compute(work._replace(native=way), tally, [batch])
        same = [numpy.array_equal(found.column(n), each) for n, each in zip(engine.names, here.numbers, strict=True)]
        assert all(same) == (way == "always")
    counts = tally.value.counts
    assert sum(counts.values()) - counts[LOOKED] == 2000


def environment() -> dict[str, str]:
    """Make an environment in which Java begins soon, rather than run fast for long."""
    quick = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    return {**os.environ, "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1", "JAVA_TOOL_OPTIONS": quick}


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


TEXTS = """
import json, sys
from cgraph_cli.__main__ import run
for at, words in enumerate(json.loads(sys.argv[1])):
    print(run([*words, "-o", f"text{at}/", "--engine", "spark", "--master", "local[2]"]))
"""


@heavy
def test_texts_are_to_spark_what_they_are_here(place: Path) -> None:
    """One session reads them all: other signs between columns, quotes, and rows that do not fit the heading."""
    (place / "signs.csv").write_text('x;y;words\n1.5;2;"a ""b"" \\\\"\n3;NA;c\n\n')
    (place / "wide.csv").write_text("x,y\n1,2\n3,4,5\n")
    (place / "ends.csv").write_text('x,y,words\n1,2,"a\nb"\n')
    (place / "large.jsonl").write_text('{"x": 9007199254740993, "y": true}\n')
    (place / "list.jsonl").write_text('{"x": [1, 2], "y": 1}\n')
    (place / "order.csv").write_text("y,x\n1,2\n")
    (place / "fits.csv").write_text("x,y\n1,2\n")
    files = "signs.csv", "wide.csv", "ends.csv", "large.jsonl", "absent.csv", "list.jsonl", "fits.csv order.csv"
    runs = [["map", "z = x*y", "--no-gradient", *some.split()] for some in files]
    done = subprocess.run([sys.executable, "-c", TEXTS, json.dumps(runs)], cwd=place, env=environment(),
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.stdout.split() == ["0", "2", "2", "0", "2", "2", "2"], done.stderr
    assert rows_of(place / "text0") == ['1.5,2,"a ""b"" \\\\",3.0,ok', "3,NA,c,,"]
    (large,) = (line for part in (place / "text3").glob("part-*") for line in part.read_text().splitlines())
    assert json.loads(large)["z"] == 9007199254740992
    said = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    for line, expected in zip(said, ("[3,4]", "null", "absent.csv", "column of lists", "other columns"), strict=True):
        assert expected in line


@heavy
def test_spark_on_one_machine_compiles_for_many_rows_as_one_machine_does(place: Path) -> None:
    need_program("cc")
    polars, numpy = need_library("polars"), need_library("numpy")
    x = numpy.random.default_rng(0).normal(size=1_000_001)
    polars.DataFrame({"x": x}).write_parquet(place / "many.parquet")
    words = [sys.executable, "-m", "cgraph_cli", "map", "y = exp(-x^2/2)", "many.parquet", "--format", "parquet"]
    ways = {
        "here.many": [],
        "numpy.many": ["--native", "never"],
        "there": ["--engine", "spark", "--master", "local[2]"],
        "few": ["--engine", "spark", "--master", "local[2]", "--limit", "999999"],
    }
    found = {}
    for name, more in ways.items():
        output = f"{name}-many/" if "--engine" in more else name
        done = subprocess.run([*words, "-o", output, *more], cwd=place, env=environment(), capture_output=True)
        assert done.returncode == 0, done.stderr
        rows = polars.read_parquet(place / output / "*.parquet" if "--engine" in more else place / output)
        found[name] = rows.sort("x")["dy_dx"].to_numpy()
    assert numpy.array_equal(found["here.many"], found["there"])
    assert not numpy.array_equal(found["here.many"], found["numpy.many"])  # the last digits of exp
    assert numpy.isin(found["few"], found["numpy.many"]).all()


@heavy
def test_two_workers_do_a_task_that_fails_again(place: Path) -> None:
    (place / "retried.py").write_text(RETRIED)
    done = subprocess.run(
        [sys.executable, "retried.py", str(place), PROGRAM],
        cwd=place, env={**environment(), "PYTHONPATH": f"{ROOT}:{place}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert list(place.glob("failed*"))
    assert len(list(place.glob("ran*"))) == 2
    assert len(rows_of(place / "again")) == len((place / "in.csv").read_text().splitlines()) - 1
    assert "'null': 3" in done.stdout
