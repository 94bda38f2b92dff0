"""`python -m benchmarks`: cgraph and every installed peer, in one run, as a Markdown table.

Times are medians; the ratios are what counts. `pip install -e '.[bench]'` installs the peers on PyPI.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from importlib.util import find_spec

from benchmarks import peers
from benchmarks.measure import in_turn, machine, seconds
from benchmarks.program import INPUTS, lines, program
from cgraph_cli import evaluate, parse, sweep_reverse
from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import Graph
from cgraph_cli.language.lark_parser import parse_with_lark
from cgraph_cli.language.tables import PATTERNS, SCANNERS

CGRAPH = [os.path.join(os.path.dirname(sys.executable), "cgraph")]
JOB = [*CGRAPH, "eval", "c = a + b; d = b + 1; e = c * d", "--a", "3", "--b", "1"]
PASS = "`python -c pass`"

Table = Iterator[tuple[str, ...]]


def start_up(quick: bool) -> Table:
    """Measure the first job as a whole process."""
    yield "Start-up: a whole process", "median", f"of {PASS}"
    commands = {
        PASS: [sys.executable, "-c", "pass"],
        "`cgraph --help`": [*CGRAPH, "--help"],
        "`cgraph eval --get e`": [*JOB, "--get", "e"],
        "`cgraph eval --format json`": [*JOB, "--format", "json"],
        "`cgraph eval`, a table": JOB,
        "`import click`, for comparison": [sys.executable, "-c", "import click"],
        **peers.seed_commands(),
    }
    found = in_turn(commands, 5 if quick else 15)
    for name, measured in found.items():
        yield name, f"{measured.wall * 1e3:.0f} ms", f"{measured.wall / found[PASS].wall:.1f}×"


def reading(quick: bool) -> Table:
    """Measure text to graph."""
    count = 10_000 if quick else 100_000
    text = program(count)
    python = text.replace("^", "**")
    yield f"Reading {count:,} statements", "a statement", "of cgraph"
    # without groups, of which `findall` would make a tuple for each token
    tokens = re.compile("|".join(f"(?:{PATTERNS[name]})" for name in SCANNERS[0][0])).findall
    ways: dict[str, Callable[[], object]] = {
        "cgraph: `parse`": lambda: parse(text),
        "Lark, LALR with an inline transformer": lambda: parse_with_lark(Source(text)),
        "Python's `ast.parse`": lambda: ast.parse(python),
        "all tokens by one `re.findall`": lambda: tokens(text),
    }
    found = {name: seconds(way) for name, way in ways.items()}
    first = next(iter(found.values()))
    for name, taken in found.items():
        yield name, f"{taken / count * 1e6:.2f} µs", f"{taken / first:.1f}×"
    source = Source(text)
    tracemalloc.start()
    graph = parse(source)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield "memory of the graph", f"{held / count:.0f} bytes, peak {peak / count:.0f}", f"{held / len(graph):.0f} a node"


def sweeps(quick: bool) -> Table:
    """Measure values with local partials, and every node's gradient, by the size of the graph."""
    yield "Sweeps, a node of the graph", "forward, with partials", "reverse, all gradients", "memory of both"
    for count in (1_000, 10_000, 100_000) if quick else (1_000, 10_000, 100_000, 1_000_000):
        yield (f"{count:,} statements", *_sweeps_of(parse(Source(program(count)))))
    nodes = len(parse(Source(program(2_000))))
    for name, number in peers.versions().items():
        if name in peers.PRELUDES:
            done = subprocess.run(peers.sweeps(name, 2_000), capture_output=True, text=True, check=True)
            forward, reverse = (float(word) / nodes for word in done.stdout.split()[-2:])
            label = f"2,000 statements in {name} {number}, compiled and run"
            yield label, f"{forward * 1e6:.1f} µs", f"{reverse * 1e6:.1f} µs", ""


def _sweeps_of(graph: Graph) -> tuple[str, str, str]:
    nodes, seeds = len(graph), {graph.output: 1.0}
    evaluation = evaluate(graph, INPUTS)
    forward = seconds(lambda: evaluate(graph, INPUTS)) / nodes
    reverse = seconds(lambda: sweep_reverse(evaluation, seeds)) / nodes
    tracemalloc.start()
    kept = evaluate(graph, INPUTS)
    adjoints = sweep_reverse(kept, seeds)
    held = tracemalloc.get_traced_memory()[0] / len(adjoints)
    tracemalloc.stop()
    return f"{forward * 1e6:.2f} µs", f"{reverse * 1e6:.2f} µs", f"{held:.0f} bytes"


def arrays(quick: bool) -> Table:
    """Measure jobs with arrays, inside the process: values, and values with gradients; each in one thread."""
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    from benchmarks.array_jobs import PEERS, cgraph, compiled, jobs, memory

    versions = peers.versions()
    yield (
        "Arrays, in doubles",
        "",
        "value",
        "value and gradients",
        "gradients of value",
        "of cgraph's",
        "memory of kept",
    )
    for job_name, job in jobs(quick).items():
        ours = 0.0
        for name, prepare in {"cgraph": cgraph, "cgraph, compiled": compiled, **PEERS}.items():
            if name in PEERS and name not in versions:
                continue
            value, gradients = prepare(job)
            gradients()
            first, both = seconds(value, 9), seconds(gradients, 9)
            ours = ours or both
            shown = f"{name} {versions.get(name, '')}".strip()
            times = f"{first * 1e3:.2f} ms", f"{both * 1e3:.2f} ms", f"{(both - first) / first:.1f}×"
            peak = f"{memory(job):.1f}×" if name == "cgraph" else ""
            yield job_name, shown, *times, f"{both / ours:.1f}×", peak


def rows(quick: bool) -> Table:
    """Rows in memory, by their number: how many a second of processor time, and of which ratio."""
    from benchmarks.row_jobs import columns, kernels, peers

    sizes = [10**power for power in range(3, 5 if quick else 8)]
    heads = (f"{size:,} rows" for size in sizes)
    yield ("Rows, a value and five gradients; 10⁶ a second of the processor", *heads, "of NumPy in blocks")
    first = 0.0
    for name, prepare in {**kernels(), **peers()}.items():
        if isinstance(prepare, str):
            yield (name, *[""] * len(sizes), prepare)
            continue
        rates = []
        for size in sizes:
            way = prepare(columns(size))
            way()
            many = max(1, 20_000 // size)
            taken = seconds(lambda way=way, many=many: [way() for _ in range(many)], 5) / many  # type: ignore[misc]
            rates.append(size / taken / 1e6)
        first = first or rates[-1]
        yield (name, *(f"{rate:.2f}" for rate in rates), f"{rates[-1] / first:.1f}×")


def row_files(quick: bool) -> Table:
    """Rows from one Parquet file to another, as whole processes."""
    from benchmarks.row_jobs import file_commands, write_input

    count = 200_000 if quick else 10_000_000
    yield f"{count:,} rows, file to file", "time", "processor", "peak memory", "time of the copy of what came out"
    with tempfile.TemporaryDirectory() as folder:
        write_input(folder, count)
        found = in_turn(file_commands(CGRAPH[0], folder), 3 if quick else 1, warm_up=int(quick))
    copy = found["Polars copying what came out"]
    for name, run in found.items():
        ratio = f"{run.wall / copy.wall:.2f}×"
        yield name, f"{run.wall:.2f} s", f"{run.cpu:.2f} s", f"{run.memory:.0f} MiB", ratio


def text_to_answer(quick: bool) -> Table:
    """Measure a file to every value and gradient, against the same program as a script of a peer.

    The peers compute in doubles. The small program is also run with certified digits; a large one has none.
    """
    count = 10_000 if quick else 1_000_000
    yield f"{count:,} statements, text to answer", "time", "processor", "peak memory", "time of cgraph's"
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "big.cg")
        with open(file, "w", encoding="utf-8") as stream:
            stream.writelines(lines(count))
        settings = [word for name, value in INPUTS.items() for word in (f"--{name}", str(value))]
        command = [*CGRAPH, "eval", "-f", file, *settings, "-o", "csv"]
        commands = {"`cgraph eval -f big.cg -o csv --arithmetic double`": [*command, "--arithmetic", "double"]}
        if quick:
            commands["the same with certified digits"] = [*command, "--allow-nonfinite"]
        for name, number in peers.versions().items():
            if name in peers.PRELUDES and (quick or name == "torch"):
                script = os.path.join(folder, f"{name}_script.py")
                with open(script, "w", encoding="utf-8") as stream:
                    stream.writelines(peers.script(name, count))
                commands[f"{name} {number}, a script"] = [sys.executable, script]
        found = in_turn(commands, 3 if quick else 1, warm_up=0)
    first = next(iter(found.values()))
    for name, measured in found.items():
        times = (f"{measured.wall:.1f} s", f"{measured.cpu:.1f} s", f"{measured.memory:.0f} MiB")
        yield (name, *times, f"{measured.wall / first.wall:.1f}×")
    yield "cgraph's first row", f"{first.first:.1f} s", "", "", f"{first.first / first.wall:.2f}×"


def array_files(quick: bool) -> Table:
    """Measure jobs with arrays as whole processes, from a file of inputs to the printed gradient."""
    from benchmarks.array_jobs import jobs, scripts

    version = peers.versions().get("torch")
    yield "Arrays, text to printed gradient", "", "time", "processor", "peak memory", "time of cgraph's"
    for job_name, job in jobs(quick).items():
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = scripts(job, folder)
            commands = {"cgraph": [*CGRAPH, *ours]}
            if version:
                commands[f"torch {version}, a script"] = [sys.executable, *theirs]
            found = in_turn(commands, 3 if quick else 5)
        for name, measured in found.items():
            times = (f"{measured.wall:.2f} s", f"{measured.cpu:.2f} s", f"{measured.memory:.0f} MiB")
            yield job_name, name, *times, f"{measured.wall / found['cgraph'].wall:.1f}×"


def spark(quick: bool) -> Table:
    """Rows of Parquet by Spark."""
    count = 100_000 if quick else 2_000_000
    yield f"{count:,} rows by Spark, Parquet to Parquet", "time", "of the first"
    if find_spec("pyspark") is None:
        yield "map and the emitted SQL", "not installed", ""
        return
    command = [sys.executable, "-m", "benchmarks.spark_jobs", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    for name, taken in found.items():
        yield name, f"{taken:.1f} s", f"{taken / next(iter(found.values())):.1f}×"


def drawn(table: Table) -> str:
    """Write a table in Markdown."""
    heading, *rows = table
    lines = [heading, ("---", *["---:"] * (len(heading) - 1)), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main() -> None:
    """Measure, and print or write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n\n")[2])
    parser.add_argument("--quick", action="store_true", help="smaller programs and fewer runs: a minute")
    parser.add_argument("--output", metavar="FILE", help="write the tables to a file")
    parser.add_argument("--only", metavar="WORD", default="", help="only the parts whose name has this word in it")
    options = parser.parse_args()
    # A process counts the memory of the one that it was forked from as its own, so those parts are first.
    parts = [
        part
        for part in (start_up, text_to_answer, array_files, row_files, reading, sweeps, arrays, rows, spark)
        if options.only in part.__name__
    ]
    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
    command = re.sub(r" --output \S+", "", command)
    text = f"Measured on {time.strftime('%Y-%m-%d')} by `{command}`: {machine()}.\n"
    for part in parts:
        print(f"{part.__name__} …", file=sys.stderr)
        text += "\n" + drawn(part(options.quick))
    if options.output:
        beside = f"{options.output}.new"
        with open(beside, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(beside, options.output)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
