"""Rows by Spark: `map`'s kernels beside the SQL that is emitted for the same program, in one session.

`python -m benchmarks.spark_jobs ROWS [FILE.sql …]` writes the seconds of each, and of other SQL, as JSON.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from cgraph_cli import parse
from cgraph_cli.commands.rows import spark
from cgraph_cli.commands.rows.arrow_batches import Work
from cgraph_cli.core.graph import Graph
from cgraph_cli.emit import emit

PROGRAM = Path(__file__).parent.parent / "examples" / "black_scholes.cg"
RANGES = {"S": (80.0, 120.0), "K": (80.0, 120.0), "r": (0.0, 0.08), "T": (0.25, 2.0), "sigma": (0.15, 0.6)}

_RUNS = 3
"""The runs of which the median is taken."""


def measure(rows: int, texts: Sequence[str] = (), master: str = "local[2]") -> dict[str, float]:
    """Find the median seconds from Parquet to Parquet, by each way in turn; a first run on fewer rows is left out.

    `texts` are files of SQL for the same columns.
    """
    graph = parse(PROGRAM.read_text(encoding="utf-8"))
    session = spark.begin(master)
    jobs = {"map, checked": _map(graph, True), "map, checked, compiled": _map(graph, True, "always")}
    jobs["map, doubles"] = _map(graph, False)
    jobs["emitted SQL"] = _sql(emit(graph, "sql", dialect="spark"))
    jobs |= {os.path.basename(text): _sql(Path(text).read_text(encoding="utf-8")) for text in texts}
    found: dict[str, list[float]] = {name: [] for name in jobs}
    with tempfile.TemporaryDirectory() as folder:
        for at, count in enumerate([rows // 10] + [rows] * _RUNS):
            source = os.path.join(folder, f"in{count}")
            if not os.path.exists(source):
                _write(source, count)
            for name, job in jobs.items():
                begun = time.perf_counter()
                job(session, source, os.path.join(folder, f"{name}{at}"))
                found[name].append(time.perf_counter() - begun)
    return {name: median(seconds[1:]) for name, seconds in found.items()}


def _write(folder: str, count: int) -> None:
    """Write numbers at random within the ranges, in four parts."""
    import pandas

    chance = random.Random(1)
    frame = pandas.DataFrame({name: [chance.uniform(*ends) for _ in range(count)] for name, ends in RANGES.items()})
    os.makedirs(folder)
    step = -(-count // 4)
    for at in range(4):
        frame[at * step : (at + 1) * step].to_parquet(os.path.join(folder, f"part{at}.parquet"))


def _map(graph: Graph, checked: bool, native: str = "never") -> Callable[[Any, str, str], None]:
    names = tuple(RANGES)
    bound = tuple((name, name) for name in names)
    work = Work(
        pickle.dumps(graph), (), names, True, False, checked, 60e6, (), bound, names, False, False, native=native
    )

    def job(session: Any, source: str, target: str) -> None:
        spark.run(spark.SparkTable(session, [source], "parquet", None), work, target, "parquet")

    return job


def _sql(text: str) -> Callable[[Any, str, str], None]:
    def job(session: Any, source: str, target: str) -> None:
        session.read.parquet(source).createOrReplaceTempView("inputs")
        session.sql(text.rstrip().rstrip(";")).write.parquet(target)

    return job


if __name__ == "__main__":
    json.dump(measure(int(sys.argv[1]), sys.argv[2:]), sys.stdout)
