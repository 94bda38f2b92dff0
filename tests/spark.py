"""Spark in a process of its own, which ends with its Java: programs from standard input, numbers to the output."""

from __future__ import annotations

import json
import sys
from typing import Any

BATCH = 40
"""The programs of a query: each costs planning, and too many at once cost more."""

OPTIONS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",  # it does not live long
    "spark.driver.host": "127.0.0.1",
    "spark.sql.adaptive.enabled": "false",
    "spark.ui.enabled": "false",
    # Else its optimizer would compute plain rows by itself, and not by the code that it generates for a table.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation",
}


def prepare(session: Any, name: str, text: str, inputs: list[str], points: list[list[float]]) -> None:
    """Make the view `{name}_`: the program's name, the number of a row, and its results.

    The row's number is in a column that is foreign to the program.
    """
    from pyspark.sql import functions as F

    rows = [", ".join([str(at), *(f"double('{x}')" for x in point)]) for at, point in enumerate(points)]
    columns = ", ".join(f"`{column}`" for column in ["row id", *inputs])
    session.sql(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM VALUES ({'), ('.join(rows)}) AS t({columns})")
    frame = session.sql(text)
    numbers = F.array(*(f"c{at}" for at in range(1 + len(inputs), len(frame.columns))))
    numbered = frame.toDF(*(f"c{at}" for at in range(len(frame.columns))))
    numbered.select(F.lit(name), "c0", numbers).createOrReplaceTempView(f"{name}_")


def run(programs: list[dict[str, Any]], ansi: bool) -> list[list[list[float]]]:
    """Compute each program at each of its points, with division by 0 an error, or not."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config(map=OPTIONS).getOrCreate()
    session.conf.set("spark.sql.ansi.enabled", ansi)
    found = {}
    for start in range(0, len(programs), BATCH):
        batch = programs[start : start + BATCH]
        for program in batch:
            prepare(session, **program)
        union = " UNION ALL ".join(f"TABLE {program['name']}_" for program in batch)
        found.update({(name, at): numbers for name, at, numbers in session.sql(union).collect()})
    return [[found[program["name"], at] for at in range(len(program["points"]))] for program in programs]


if __name__ == "__main__":
    programs = json.load(sys.stdin)
    json.dump([run(programs, ansi) for ansi in (True, False)], sys.stdout)
