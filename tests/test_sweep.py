"""`cgraph sweep`: the rows have the numbers of `cgraph eval` at each point, in every format."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cgraph_cli.__main__ import run
from cgraph_cli.core.errors import Source
from cgraph_cli.language.parse import parse
from cgraph_cli.render import SHEETS
from cgraph_cli.render.contents.points import PointsSheet
from cgraph_cli.render.view import View
from cgraph_cli.results.over_ranges import points
from cgraph_cli.results.over_ranges.points import Points
from cgraph_cli.results.over_ranges.ranges import InputRange, grid, grid_size
from cgraph_cli.trust.verdicts import Checked
from tests.conftest import ROOT
from tests.programs import VALUES, programs

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
            yield point, next(Points(graph, point, [], ["y"], ["x"]).find(lambda done, total: None))[1]

    SHEETS.writer(format)(PointsSheet(reports(), grid_size(ranges), ["y"], ["x"]), View(), stream)
    assert len(lengths) == 5
    assert lengths == sorted(set(lengths))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_numbers_survive_every_machine_format(numbers: list[float]) -> None:
    graph = parse(Source("y = 3*x"))
    ranges = [InputRange.of("x", numbers)]

    def text(format: str) -> str:
        stream = io.StringIO()
        found = Points(graph, {}, ranges, ["y"], ["x"]).find(lambda done, total: None)
        SHEETS.writer(format)(PointsSheet(found, len(numbers), ["y"], ["x"]), View(), stream)
        return stream.getvalue()

    lines = [json.loads(line) for line in text("jsonl").splitlines()]
    assert [line["inputs"]["x"] for line in lines] == numbers
    rows = list(csv.DictReader(io.StringIO(text("csv"))))
    assert [float(row["x"]) for row in rows] == numbers
    assert [float(row["y"]) for row in rows] == [float(line["outputs"]["y"]["value"]) for line in lines]


def test_an_example(cgraph) -> None:
    done = cgraph("sweep", str(ROOT / "examples" / "karpathy_circuit.cg"), "--over", "x=-2:2:1", "-o", "csv")
    assert done.stdout.splitlines()[1] == "-2,-12,ok,-4,ok"


@settings(max_examples=25)
@given(
    st.booleans(),
    programs(),
    st.lists(VALUES.filter(math.isfinite) | st.integers(-2, 2).map(float), min_size=1, max_size=4),
)
def test_many_points_have_the_numbers_and_verdicts_of_few(checked: bool, program: str, numbers: list[float]) -> None:
    graph = parse(Source(program))
    names = [graph.names[node] or "" for node in graph.inputs()]
    assume(names)
    ranges = [InputRange.of(name, numbers[at:] or numbers) for at, name in enumerate(names[:2])]
    inputs = dict.fromkeys(names[2:], numbers[-1])

    def find(few: int) -> list[tuple[Mapping[str, float], Sequence[Checked]]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(points, "FEW_POINTS", few)
            found = Points(graph, inputs, ranges, [graph.labels()[graph.output]], names[:2], checked=checked)
            return list(found.find(lambda done, total: None))

    for (here, one), (there, other) in zip(find(0), find(1000), strict=True):
        assert here == there
        for first, second in zip(one, other, strict=True):
            assert repr(first.verdict) == repr(second.verdict)
            assert first.number == pytest.approx(second.number, rel=1e-11, abs=0 if checked else 1e-9, nan_ok=True)


def test_past_its_budget_a_sweep_of_many_points_says_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "BUDGET_OF_MANY", 20_000.0)
    found = Points(parse(Source("y = abs(x)")), {}, [InputRange("x", 0.0, 0.0, 600)], ["y"], ["x"])
    kinds = [numbers[1].verdict.status for _, numbers in found.find(lambda done, total: None)]
    assert kinds[0] == "kink"
    assert kinds[-1] == "unknown"
    assert set(kinds) == {"kink", "unknown"}


def test_a_sweep_tells_why_numbers_are_unknown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(points, "BUDGET_OF_MANY", 20_000.0)
    assert run(["sweep", "y = abs(x - x)", "--over", "x=0:1:600n", "-o", "csv"]) == 3
    said = capsys.readouterr()
    unknown = said.out.count(",unknown")
    assert f"note: {unknown:,} numbers are unknown: the bound on work was reached" in said.err
