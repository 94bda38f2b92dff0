"""`cgraph sweep`: the rows have the numbers of `cgraph eval` at each point, in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgraph_cli.core.errors import Source
from cgraph_cli.language.parse import parse
from cgraph_cli.render import SHEETS
from cgraph_cli.render.contents.points import PointsSheet
from cgraph_cli.render.view import View
from cgraph_cli.results.over_ranges.ranges import InputRange, grid, grid_size
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from tests.conftest import ROOT

PROGRAM = "c = a + b; d = b + 1; e = c*d"


def test_a_table(cgraph) -> None:
    done = cgraph("sweep", PROGRAM, "--over", "a=0:1:0.5", "--b", "1")
    assert done.stdout == (
        "╭─────┬───┬───────╮\n"
        "│ a   │ e │ ∂e/∂a │\n"
        "├─────┼───┼───────┤\n"
        "│ 0   │ 2 │     2 │\n"
        "│ 0.5 │ 3 │     2 │\n"
        "│ 1   │ 4 │     2 │\n"
        "╰─────┴───┴───────╯\n"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_rows_are_what_eval_says(cgraph) -> None:
    done = cgraph("sweep", PROGRAM, "--over", "a=-1:1:3n", "--over", "b=1,2", "--wrt", "a,b,c", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["a"], row["b"]) for row in rows] == [(a, b) for a in ("-1", "0", "1") for b in ("1", "2")]
    for row in rows:
        gets = ["--get", "e,a.grad,b.grad,c.grad"]
        numbers = cgraph("eval", PROGRAM, f"--a={row['a']}", "--b", row["b"], *gets).stdout.split()
        assert [row["e"], row["de_da"], row["de_db"], row["de_dc"]] == numbers
        assert {row["e_status"], row["de_da_status"]} == {"ok"}


def test_statuses_and_exit_status(cgraph) -> None:
    args = ("sweep", "y = log(x) + abs(x - 1)", "--over", "x=-1:1:3n")
    done = cgraph(*args, "-o", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["outputs"]["y"]["status"] for row in rows] == ["undefined", "pole", "ok"]
    assert rows[2]["outputs"]["y"]["gradient_status"] == {"x": "kink"}
    assert rows[2]["outputs"]["y"]["interval"] == {"x": [0.0, 2.0]}
    assert rows[1]["outputs"]["y"]["value"] == "-inf"
    assert done.returncode == 3
    assert cgraph(*args, "--allow-nonfinite").returncode == 0
    assert json.loads(cgraph(*args, "-o", "json").stdout) == {"rows": rows}
    table = cgraph(*args, "-o", "plain").stdout.splitlines()
    assert table[1].split() == ["-1", "nan", "nan", "y", "undefined;", "∂y/∂x", "undefined"]
    assert table[3].split() == ["1", "0", "1", "∂y/∂x", "kink", "[0,", "2]"]


def test_inputs_come_from_everywhere(cgraph, tmp_path: Path) -> None:
    (tmp_path / "line.cg").write_text("m = 2\ny = m*x + k\n")
    (tmp_path / "at.json").write_text('{"k": 10, "x": 99}')
    done = cgraph("sweep", "line.cg", "--inputs", "at.json", "--over", "x=0,1", "-o", "tsv", cwd=tmp_path)
    assert [line.split("\t")[:2] for line in done.stdout.splitlines()] == [["x", "y"], ["0", "10"], ["1", "12"]]


def test_long_tables_show_their_ends(cgraph) -> None:
    done = cgraph("sweep", "y = 2*x", "--over", "x=1:5000:1", "-o", "plain")
    lines = done.stdout.splitlines()
    assert len(lines) == 42
    assert lines[-1].split()[:2] == ["5000", "10000"]
    assert any("4,960 rows left out" in line for line in lines)
    assert len(cgraph("sweep", "y = 2*x", "--over", "x=1:5000:1", "-o", "plain", "--all").stdout.splitlines()) == 5001


@pytest.mark.parametrize("format", ["csv", "tsv", "json", "jsonl"])
def test_rows_are_written_as_they_come(format: str) -> None:
    graph = parse(Source("y = x^2"))
    ranges = [InputRange("x", 0.0, 1.0, 5)]
    stream = io.StringIO()
    lengths = []

    def reports():
        for point in grid(ranges):
            lengths.append(len(stream.getvalue()))
            yield point, report(graph, point, Request(wrt=["x"]))

    SHEETS.writer(format)(PointsSheet(reports(), grid_size(ranges)), View(), stream)
    assert len(lengths) == 5
    assert lengths == sorted(set(lengths))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_numbers_survive_every_machine_format(numbers: list[float]) -> None:
    graph = parse(Source("y = 3*x"))
    ranges = [InputRange.of("x", numbers)]

    def text(format: str) -> str:
        stream = io.StringIO()
        found = ((point, report(graph, point, Request(wrt=["x"]))) for point in grid(ranges))
        SHEETS.writer(format)(PointsSheet(found, grid_size(ranges)), View(), stream)
        return stream.getvalue()

    lines = [json.loads(line) for line in text("jsonl").splitlines()]
    assert [line["inputs"]["x"] for line in lines] == numbers
    rows = list(csv.DictReader(io.StringIO(text("csv"))))
    assert [float(row["x"]) for row in rows] == numbers
    assert [float(row["y"]) for row in rows] == [float(line["outputs"]["y"]["value"]) for line in lines]


def test_an_example(cgraph) -> None:
    done = cgraph("sweep", str(ROOT / "examples" / "karpathy_circuit.cg"), "--over", "x=-2:2:1", "-o", "csv")
    assert done.stdout.splitlines()[1] == "-2,-12,ok,-4,ok"
