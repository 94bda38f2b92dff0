"""Runners of emitted code: for each target, a function that computes many programs at their points."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.emitted import Emitted, Numbers
from tests.needs import need_library, need_program

Results = list[list[Numbers]]
"""For each program and each of its points: the value, and then the gradient."""


def load_python(text: str, name: str, run_as: str = "emitted") -> Any:
    """Load a function of emitted Python; the code outside of it runs too."""
    namespace: dict[str, Any] = {"__name__": run_as}
    exec(compile(text, name, "exec"), namespace)
    return namespace[name]


def run_python(functions: list[Emitted], folder: Path) -> Results:
    """Run Python, a point at a time."""
    results = []
    for one in functions:
        function = load_python(one.text, one.name)
        rows = [function(*point) for point in one.points]
        results.append([(value, *gradient) for value, gradient in rows])
    return results


def run_numpy(functions: list[Emitted], folder: Path) -> Results:
    """Run NumPy, all points at once."""
    numpy = need_library("numpy")
    need_library("scipy")
    return [_rows(one, load_python(one.text, one.name)(*_columns(one, numpy.array))) for one in functions]


def run_torch(functions: list[Emitted], folder: Path) -> Results:
    """Run PyTorch, all points at once."""
    torch = need_library("torch")

    def tensor(column: list[float]) -> Any:
        return torch.tensor(column, dtype=torch.float64)

    return [_rows(one, load_python(one.text, one.name)(*_columns(one, tensor))) for one in functions]


def run_jax(functions: list[Emitted], folder: Path) -> Results:
    """Run JAX, all points at once, each program compiled by its decorator."""
    jax = need_library("jax")
    return [_rows(one, load_python(one.text, one.name)(*_columns(one, jax.numpy.array))) for one in functions]


def _columns(one: Emitted, array: Any) -> list[Any]:
    """Make an array of the points for each input."""
    return [array(list(column)) for column in zip(*one.points, strict=True)]


def _rows(one: Emitted, result: Any) -> list[Numbers]:
    """Make a row for each point, from a value and a gradient of arrays, or of numbers common to all points."""
    value, gradient = result
    count = len(one.points)
    columns = [x.tolist() if getattr(x, "ndim", 0) else [float(x)] * count for x in (value, *gradient)]
    return list(zip(*columns, strict=True))


def run_javascript(functions: list[Emitted], folder: Path) -> Results:
    """Run JavaScript in Node.js, each program in a scope of its own."""
    parts = [f"const {one.name} = (module => {{ {one.text}\nreturn {one.name}; }})();" for one in functions]
    calls = [{"f": one.name, "points": [[repr(x) for x in point] for point in one.points]} for one in functions]
    parts.append(f"const functions = {{ {', '.join(one.name for one in functions)} }};")
    parts.append(
        f"""
        const read = s => Number(s.replace("inf", "Infinity"));
        const show = x => Object.is(x, -0) ? "-0.0" : String(x).replace("Infinity", "inf");
        const at = (f, point) => f(...point.map(read));
        const numbers = ({{ value, gradient }}) => [value, ...Object.values(gradient)].map(show);
        const results = {json.dumps(calls)}.map(c => c.points.map(p => numbers(at(functions[c.f], p))));
        console.log(JSON.stringify(results));"""
    )
    results = json.loads(node("\n".join(parts), folder))
    return [[tuple(map(float, row)) for row in rows] for rows in results]


def node(text: str, folder: Path) -> str:
    """Run a script, and read its output."""
    program = need_program("node")
    (folder / "emitted.js").write_text(text, encoding="utf-8")
    return _output([program, "emitted.js"], folder)


def run_c(functions: list[Emitted], folder: Path) -> Results:
    """Run C, all functions in one file, with each warning an error."""
    text = ["#include <math.h>", "#include <stdio.h>", "#include <stdlib.h>"]
    text += _once(functions, r"\n\n(?=/\*\*)", "#include")
    text += ["static double *p, g[64];"]
    for one in functions:
        arguments = [f"p[{at}]" for at in range(len(one.module.parameters))] + ["g"] * bool(one.module.wrt)
        text.append(f"static double call_{one.name}(void) {{ return {one.name}({', '.join(arguments)}); }}")
    table = ", ".join(f"{{call_{one.name}, {len(one.module.wrt)}}}" for one in functions)
    text.append(
        f"""
        static const struct {{ double (*call)(void); int count; }} table[] = {{ {table} }};
        int main(void) {{
            double point[64];
            int which;
            char word[64];
            p = point;
            while (scanf("%d", &which) == 1) {{
                for (int k = 0; k < table[which].count && scanf("%63s", word) == 1; k++) point[k] = strtod(word, NULL);
                printf("%.17g", table[which].call());
                for (int k = 0; k < table[which].count; k++) printf(" %.17g", g[k]);
                printf("\\n");
            }}
            return 0;
        }}"""
    )
    (folder / "emitted.c").write_text("\n".join(text), encoding="utf-8")
    strict = ("-std=c99", "-O0", "-Wall", "-Wextra", "-pedantic", "-Werror")
    _output([need_program("gcc"), *strict, "emitted.c", "-o", "emitted", "-lm"], folder)
    return _read(functions, _output([str(folder / "emitted")], folder, _points(functions)))


def run_rust(functions: list[Emitted], folder: Path) -> Results:
    """Run Rust, all functions in one file, with each warning an error."""
    text = ["#![allow(mixed_script_confusables, uncommon_codepoints)]", *_once(functions, r"\n\n(?=///)")]
    arms = []
    for at, one in enumerate(functions):
        arguments = ", ".join(f"p[{k}]" for k in range(len(one.module.parameters)))
        arms.append(f"{at} => {{ let (v, g) = {one.name}({arguments}); (v, g.to_vec()) }}")
    text.append(
        f"""
        fn call(which: usize, p: &[f64]) -> (f64, Vec<f64>) {{ match which {{ {" ".join(arms)} _ => panic!() }} }}
        fn main() {{
            for line in std::io::stdin().lines() {{
                let line = line.unwrap();
                let mut words = line.split_whitespace();
                let which: usize = words.next().unwrap().parse().unwrap();
                let point: Vec<f64> = words.map(|word| word.parse().unwrap()).collect();
                let (value, gradient) = call(which, &point);
                print!("{{:e}}", value);
                for x in gradient {{ print!(" {{:e}}", x); }}
                println!();
            }}
        }}"""
    )
    (folder / "emitted.rs").write_text("\n".join(text), encoding="utf-8")
    strict = ("-D", "warnings", "-C", "opt-level=0", "-C", "debuginfo=0")
    _output([need_program("rustc"), *strict, "emitted.rs", "-o", "emitted"], folder)
    return _read(functions, _output([str(folder / "emitted")], folder, _points(functions)))


def run_polars(functions: list[Emitted], folder: Path) -> Results:
    """Polars, a frame a program, with a column that the program knows nothing of."""
    polars = need_library("polars", "Expr.erf")
    results = []
    for one in functions:
        names = [parameter.name for parameter in one.module.parameters]
        columns = zip(*one.points, strict=True) if names else ()
        frame = polars.DataFrame({"row id": range(len(one.points)), **dict(zip(names, columns, strict=True))})
        added = load_python(one.text, one.name)(frame).drop("row id", *names)
        results.append(added.rows())
    return results


def run_sql(functions: list[Emitted], folder: Path) -> Results:
    """Run DuckDB, a table a program, with a column that is foreign to the program."""
    duckdb = need_library("duckdb")
    database = duckdb.connect()
    results = []
    for one in functions:
        names = [parameter.name for parameter in one.module.parameters]
        cells = [[str(at), *(f"CAST('{x}' AS DOUBLE)" for x in point)] for at, point in enumerate(one.points)]
        rows = [f"({', '.join(row)})" for row in cells]
        columns = ", ".join(f'"{name}"' for name in ["row id", *names])
        database.execute(f"CREATE TABLE {one.name} AS SELECT * FROM (VALUES {', '.join(rows)}) AS t({columns})")
        found = sorted(database.execute(one.text).fetchall(), key=lambda row: int(row[0]))
        results.append([tuple(row[1 + len(names) :]) for row in found])
    return results


def run_spark(functions: list[Emitted], folder: Path) -> Results:
    """Run Spark, whose answers are the same whether division by 0 is an error to it or not."""
    need_library("pyspark")
    need_program("java")
    programs = [
        {"name": one.name, "text": one.text, "inputs": [p.name for p in one.module.parameters], "points": one.points}
        for one in functions
    ]
    command = [sys.executable, str(Path(__file__).with_name("spark.py"))]
    strict, lenient = json.loads(_output(command, folder, json.dumps(programs), timeout=400))
    assert repr(strict) == repr(lenient)
    return [[tuple(row) for row in rows] for rows in strict]


RUNNERS = {
    "python": run_python,
    "numpy": run_numpy,
    "torch": run_torch,
    "jax": run_jax,
    "c": run_c,
    "javascript": run_javascript,
    "rust": run_rust,
    "polars": run_polars,
    "sql": run_sql,
    "spark": run_spark,
}


def _output(command: Sequence[str], folder: Path, stdin: str = "", timeout: float = 120) -> str:
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        timeout=timeout,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr[:4000]
    return done.stdout


def _once(functions: list[Emitted], separator: str, without: str = "\0") -> list[str]:
    """Collect the functions of all texts, each distinct one once."""
    found: dict[str, None] = {}
    for one in functions:
        for part in re.split(separator, one.text):
            if not part.startswith(without):
                found[part.strip()] = None
    return list(found)


def _points(functions: list[Emitted]) -> str:
    lines = []
    for at, one in enumerate(functions):
        lines += [" ".join([str(at), *map(_word, point)]) for point in one.points]
    return "\n".join(lines) + "\n"


def _word(x: float) -> str:
    return "NaN" if math.isnan(x) else repr(x)


def _read(functions: list[Emitted], text: str) -> Results:
    lines = iter(text.splitlines())
    return [[tuple(map(float, next(lines).split())) for _ in one.points] for one in functions]
