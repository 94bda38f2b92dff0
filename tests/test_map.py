"""`cgraph map`: at every row the numbers of `eval`, from any file, and whole or not at all."""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import json
import math
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgraph_cli import parse
from cgraph_cli.__main__ import run
from cgraph_cli.core.errors import InputError
from cgraph_cli.core.graph import Graph
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.results.rows import engine, kernels
from cgraph_cli.results.rows.engine import LOOKED, NONFINITE, NULL
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.trust.budget import Budget
from cgraph_cli.trust.verdicts import Status
from tests.accumulator import Accumulator
from tests.conftest import ROOT, explore, heavy
from tests.needs import full_disk, need_library, posix
from tests.programs import VALUES, programs

Row = dict[str, Any]


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def write(file: str, text: str) -> str:
    Path(file).write_text(text, encoding="utf-8")
    return file


def read(file: str) -> list[Row]:
    """Read a file's rows as Python's values: numbers, words, and None for nothing."""
    if file.endswith((".parquet", ".arrow")):
        polars = need_library("polars")
        frame = polars.read_parquet(file) if file.endswith(".parquet") else polars.read_ipc(file)
        return [{name: _read(value) for name, value in row.items()} for row in frame.iter_rows(named=True)]
    text = Path(file).read_text(encoding="utf-8")
    if file.endswith(".jsonl"):
        return [{name: _read(value) for name, value in json.loads(line).items()} for line in text.splitlines()]
    rows = csv.DictReader(text.splitlines(), delimiter="\t" if file.endswith(".tsv") else ",")
    return [{name: _read(value) for name, value in row.items()} for row in rows]


def _read(value: Any) -> Any:
    if value is None or value == "":
        return None
    try:
        return float(value)
    except ValueError:
        return value


def alike(one: list[Row], other: list[Row]) -> bool:
    return [list(row.items()) for row in one].__repr__() == [list(row.items()) for row in other].__repr__()


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, Graph, list[dict[str, float | None]]]:
    text = draw(programs())
    graph = parse(text)
    names = [graph.names[node] or "" for node in graph.inputs()]
    values = st.one_of(VALUES, st.just(math.nan), st.none())
    return text, graph, [{name: draw(values) for name in names} for _ in range(draw(st.integers(1, 5)))]


@explore(20, 100, tables())
def test_every_way_gives_the_numbers_of_eval(table: tuple[str, Graph, list[dict[str, float | None]]]) -> None:
    need_library("polars")
    text, graph, rows = table
    names = list(rows[0])
    labels = graph.labels()
    new = [labels[graph.output], *(f"d{labels[graph.output]}_d{name}" for name in names)]
    if not names or not {*new, *(f"{name}_status" for name in new)}.isdisjoint(names):
        return
    write("model.cg", text)
    lines = [json.dumps({k: v if v is None or math.isfinite(v) else repr(v) for k, v in row.items()}) for row in rows]
    words = [",".join("" if row[name] is None else repr(row[name]) for name in names) for row in rows]
    write("in.jsonl", "".join(f"{line}\n" for line in lines))
    write("in.csv", "\n".join([",".join(names), *words, ""]))
    found = []
    for source, target in (
        ("in.csv", "a.csv"),
        ("in.csv", "a.parquet"),
        ("a.parquet", "b.arrow"),
        ("in.jsonl", "c.jsonl"),
        ("-", "d.csv"),
    ):
        more = ["--only"] if source == "a.parquet" else []
        if source == "a.parquet":  # which has the new columns already
            need_library("polars").read_parquet(source).select(names).write_parquet(source)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(Path("in.csv").read_bytes()))))
            assert run(["map", "model.cg", source, "-o", target, *more]) in (0, 3)
        found.append([{name: row[name] for row_name in new for name in (row_name, f"{row_name}_status")}
                      for row in read(target)])  # fmt: skip
    found += rows_of_a_spark_task(graph, names, rows, new)
    assert all(alike(found[0], other) for other in found[1:])
    budget = Budget(60e6)
    for row, result in zip(rows, found[0], strict=True):
        if None in row.values():
            assert set(result.values()) == {None}
            continue
        answer = report(graph, {k: float(v or 0.0) for k, v in row.items()}, Request(wrt=names, budget=budget))
        nodes = [graph.nodes[name] for name in names]
        truth = [answer.checked(graph.output), *(answer.gradients[0].checked(node) for node in nodes)]
        for name, checked in zip(new, truth, strict=True):
            assert result[f"{name}_status"] == checked.verdict.status
            assert is_close(result[name], checked.number), name


def rows_of_a_spark_task(graph: Graph, names: list[str], rows: list[dict[str, Any]], new: list[str]) -> list[list[Row]]:
    """Compute the rows as a worker of Spark does, in two batches; nothing where Arrow is not installed."""
    if find_spec("pyarrow") is None:
        return []
    import pyarrow

    from cgraph_cli.commands.rows.arrow_batches import WORDS, Work, compute

    bound, wrt = tuple(zip(names, names, strict=True)), tuple(names)
    work = Work(pickle.dumps(graph), (), wrt, True, False, True, 60e6, (), bound, (), False, False)
    schema = pyarrow.schema([(name, pyarrow.float64()) for name in names])
    parts = [pyarrow.RecordBatch.from_pylist(part, schema) for part in (rows[:2], rows[2:]) if part]
    all_of_them = Accumulator()
    computed = [row for batch in compute(work, all_of_them, parts) for row in batch.to_pylist()]
    counts = all_of_them.value.counts
    assert sum(counts.values()) - counts[NONFINITE] - counts[LOOKED] == len(rows)
    bad = Accumulator()  # of which only some rows are shown, and all are counted
    shown = sum(batch.num_rows for batch in compute(work._replace(only_bad=True), bad, parts))
    assert bad.value == all_of_them.value
    assert shown == len(rows) - counts[Status.OK] - counts[NULL]
    said = dict(enumerate(WORDS))
    return [
        [{k: v for name in new for k, v in ((name, row[name]), (f"{name}_status", said.get(row[f"{name}_status"])))}
         for row in computed]
    ]  # fmt: skip


def is_close(found: float, expected: float) -> bool:
    return found == expected or repr(found) == repr(expected) or abs(found - expected) <= 2e-12 * abs(expected)


@given(tables())
def test_the_kernels_of_python_and_of_numpy_agree(table: tuple[str, Graph, list[dict[str, float | None]]]) -> None:
    _, graph, rows = table
    names = [graph.names[node] or "" for node in graph.inputs()]
    quantities = Quantities(graph, [], [], gradient=bool(names))
    columns = [[1.0 if row[name] is None else float(row[name] or 0.0) for row in rows] for name in names]
    plain = kernels.ScalarKernel(quantities).compute(columns, len(rows))
    blocks = kernels.ArrayKernel(quantities).compute([numpy.array(column) for column in columns], len(rows))
    for at in set(range(len(rows))).difference(plain.doubts, blocks.doubts):
        for one, other in zip(plain.numbers, blocks.numbers, strict=True):
            assert is_close(one[at], float(other[at]))


WIRES = "wire,d,L\na,1e-3,2\nb,0.002,3.5\nc,,1\nd,0,1\n"


@pytest.mark.parametrize(
    "absent", [(), ("polars",), ("polars", "numpy")], ids=lambda names: "without " + " ".join(names)
)
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_text_needs_no_library(absent: tuple[str, ...], ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from cgraph_cli.commands.rows import job

    if "polars" in absent:
        monkeypatch.setattr(job, "has_polars", lambda: False)
    if "numpy" in absent:
        monkeypatch.setattr(engine, "has_arrays", lambda: False)
    file = write("wires.csv", WIRES)
    assert run(["map", "y = log(d) + L", file, "-o", f"out.{ending}"]) == 3
    first, second, third, fourth = read(f"out.{ending}")
    assert (first["y"], first["dy_dd"], first["y_status"]) == (pytest.approx(math.log(1e-3) + 2), 1000, "ok")
    assert second["wire"] == "b"
    assert (third["d"], third["y"], third["y_status"], third["dy_dL"]) == (None, None, None, None)
    assert (fourth["y"], fourth["y_status"]) == (-math.inf, "pole")


@pytest.mark.parametrize("polars", [True, False])
def test_a_blank_line_is_a_row_without_numbers(polars: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from cgraph_cli.commands.rows import job

    if not polars:
        monkeypatch.setattr(job, "has_polars", lambda: False)
    for text in ("x\n\n1\n", "x,z\n\n1,2\n", "x\n  \n1\n", "x\n NA \n1\n", "x,z\n  \n1,2\n"):
        assert run(["map", "y = 2*x", write("a.csv", text), "-o", "b.jsonl"]) == 0
        assert [row["y"] for row in read("b.jsonl")] == [None, 2]


def test_standard_input_is_read_and_written(capsys: pytest.CaptureFixture[str]) -> None:
    for text, option in ((WIRES, "csv"), ('{"d": 1e-3, "L": 2}\n', "jsonl")):
        done = subprocess.run(
            [sys.executable, "-m", "cgraph_cli", "map", "y = d*L", "-o", option],
            input=text, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        write(f"out.{option}", done.stdout)
        assert read(f"out.{option}")[0]["y"] == 2e-3
        assert done.stderr.endswith(" 1 null\n" if option == "csv" else "1 row: 1 ok\n")


def test_a_word_where_a_number_should_be(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("a.csv", "x\n1\n 2 \nabc\n4\n")
    assert run(["map", "y = x^2", file]) == 2
    assert "row 3 of `a.csv` has `abc` for `x`" in capsys.readouterr().err
    assert run(["map", "y = x^2", file, "--on-error", "null", "-o", "b.csv"]) == 0
    assert [row["y"] for row in read("b.csv")] == [1, 4, None, 16]
    assert "4 rows: 3 ok, 1 null" in capsys.readouterr().err


def test_a_number_in_place_of_a_column_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    write("in.csv", "L,T\n1,2\n")
    assert run(["map", "y = L*T", "in.csv", "--L", "3"]) == 0
    said = capsys.readouterr()
    assert said.out.split()[1].startswith("1,2,6")
    assert said.err == "note: `L` is set for all rows, and its column is not read\n1 row: 1 ok\n"


def test_options_of_rows_and_columns() -> None:
    file = write("a.csv", "x,name,w\n1,p,7\n0,q,8\n-2,r,9\n")
    assert run(["map", "y = abs(x) + b", file, "--b", "1", "--map", "x=w", "--limit", "2", "-o", "b.csv"]) == 0
    assert [row["y"] for row in read("b.csv")] == [8, 9]
    assert run(["map", "y = abs(x)", file, "--where-bad", "--only", "-o", "b.csv"]) == 0
    assert read("b.csv") == [{"x": 0, "y": 0, "y_status": "ok", "dy_dx": 0, "dy_dx_status": "kink"}]
    assert run(["map", "y = x^3", file, "--hessian", "--only", "-o", "b.csv"]) == 0
    assert [(row["dy_dx"], row["d2y_dx2"]) for row in read("b.csv")] == [(3, 6), (0, 0), (12, -12)]
    assert run(["map", "y = x^3; z = 2*y", file, "--of", "y,z", "--no-gradient", "--only", "-o", "b.csv"]) == 0
    assert list(read("b.csv")[0]) == ["x", "y", "y_status", "z", "z_status"]
    assert run(["map", "y = x^3", file, "--arithmetic", "double", "--wrt", "y", "--only", "-o", "b.csv"]) == 0
    assert read("b.csv")[2] == {"x": -2, "y": -8, "dy_dy": 1}


@pytest.mark.parametrize("polars", [True, False])
def test_blanks_around_the_names_of_columns(polars: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from cgraph_cli.commands.rows import job

    if polars:
        need_library("polars")
    else:
        monkeypatch.setattr(job, "has_polars", lambda: False)
    file = write("a.csv", ' a , b, w , "a e"\n2,3,"[1, 2]",0.5\n')
    for words in ([], ["--map", "a= a ,b= b"], ["--map", "a=a,b=b"]):
        assert run(["map", "y = a*b + sum(w)", file, *words, "--no-gradient", "-o", "b.csv"]) == 0
        (row,) = read("b.csv")
        assert (row["y"], row[" a "], row[" b"]) == (9, 2, 3)
    assert run(["map", "y = a", file, "--u", "a=b", "-o", "b.csv"]) == 0
    assert read("b.csv")[0]["u_y"] == 3


@posix
def test_no_name_of_a_file_that_is_read_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """Links, hard links and parts of a folder are other names of the same content, which stays."""
    content = "a,b\n1,2\n4,5\n"
    file = write("a.csv", content)
    os.mkdir("parts")
    os.symlink(os.path.abspath(file), "parts/a.csv")
    os.link(file, "other.csv")
    for words in (["-o", "other.csv"], ["-o", "parts/a.csv"], ["-o", "parts/"], ["-o", "parts/", "--resume"]):
        assert run(["map", "y = sqrt(a - 2)*b", file, "--where-bad", *words]) == 2
        assert "and its content would be lost" in capsys.readouterr().err
        assert Path("other.csv").read_text() == content
    assert os.listdir("parts") == ["a.csv"]
    assert run(["map", "y = a*b", file, "-o", "new.csv"]) == 0


def test_rows_of_the_same_numbers_are_looked_at_once() -> None:
    """The budget is for some rows only, and 0 and -0 are two numbers."""
    file = write("a.csv", "x,w\n" + "0,2\n" * 5000 + "-0,2\n" * 5000)
    assert run(["map", "y = w/x", file, "--effort", "0.005", "-o", "b.csv", "--only"]) == 3
    rows = read("b.csv")
    assert {(row["y"], row["y_status"], row["dy_dx_status"]) for row in rows[:5000]} == {(math.inf, "pole", "pole")}
    assert {(row["y"], row["y_status"], row["dy_dx_status"]) for row in rows[5000:]} == {(-math.inf, "pole", "pole")}


def test_rows_past_the_effort_are_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("a.csv", "x,b\n" + "".join(f"0,{at}\n" for at in range(50)))
    assert run(["map", "y = sin(x)/x + b", file, "--effort", "0.01", "-o", "b.csv"]) == 3
    statuses = [row["y_status"] for row in read("b.csv")]
    assert statuses[0] == "limit"
    assert statuses[-1] == "unknown"
    assert statuses == sorted(statuses)
    said = capsys.readouterr().err
    assert f"note: `--effort 0.01` left out {statuses.count('unknown')} rows" in said
    enough = said.split("about `--effort ")[1].split("`")[0]
    assert run(["map", "y = sin(x)/x + b", file, "--effort", enough, "-o", "b.csv"]) == 0
    assert "note" not in capsys.readouterr().err


def test_a_file_that_fails_leaves_nothing() -> None:
    rows = "".join(f"{at}\n" for at in range(200_000))
    for ending in ("csv", "parquet", "jsonl"):
        file = write("a.csv", f"x\n{rows}abc\n")
        assert run(["map", "y = x^2", file, "-o", f"b.{ending}"]) == 2
        assert sorted(os.listdir()) == ["a.csv"]


@heavy
def test_a_large_file_streams_in_order() -> None:
    need_library("polars")
    count = 300_000
    write("a.csv", "i,x\n" + "".join(f"{at},{at % 1000 - 500}\n" for at in range(count)))
    assert run(["map", "y = abs(x)*i", "a.csv", "-o", "b.parquet"]) == 0
    rows = read("b.parquet")
    assert [row["i"] for row in rows] == list(range(count))
    assert all(row["y"] == abs(row["x"]) * row["i"] for row in rows)
    assert {row["dy_dx_status"] for row in rows if row["x"]} == {"ok"}
    assert {row["dy_dx_status"] for row in rows if not row["x"]} == {"kink"}


def test_a_run_that_is_killed_goes_on_with_every_row_once() -> None:
    need_library("polars")
    count = 60_000
    for part in range(6):
        write(f"in{part}.csv", "x\n" + "".join(f"{part * count + at}\n" for at in range(count)))
    words = [sys.executable, "-m", "cgraph_cli", "map", "y = gamma(1 + 1/(1 + x)) + atan(x)", "in*.csv", "-o", "out/"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)
    while process.poll() is None and len(list(Path().glob("out/in*.csv"))) < 2:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {path.name: path.stat().st_mtime_ns for path in Path().glob("out/in*.csv")}
    done = subprocess.run([*words, "--resume"], env=environment, stderr=subprocess.PIPE, text=True, check=True)
    assert done.stderr == "360,000 rows: 360,000 ok\n"
    kept = [name for name, written in before.items() if Path("out", name).stat().st_mtime_ns == written]
    assert kept  # it did not begin again
    found = [row["x"] for part in range(6) for row in read(f"out/in{part}.csv")]
    assert found == list(range(6 * count))


def test_several_columns_are_an_array() -> None:
    file = write("a.csv", "a,b,c\n1,2,3\n4,5,6\n")
    program = "w : [2]; k = [10, 20]; y = sum(k*w^2) + norm(w)*c"
    assert run(["map", program, file, "--map", "w=a,b", "-o", "b.csv"]) == 0
    for row in read("b.csv"):
        size = math.hypot(row["a"], row["b"])
        assert row["y"] == pytest.approx(10 * row["a"] ** 2 + 20 * row["b"] ** 2 + size * row["c"], rel=1e-14)
        assert row["dy_dw[1]"] == pytest.approx(40 * row["b"] + row["c"] * row["b"] / size, rel=1e-14)


LISTS = [None, [1.0, 2.0, 3.0], [4.0, -5.0, 6.0], [7.0, None, 9.0]]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "texts.parquet", "parquet", "arrow"])
def test_a_column_of_lists_is_a_vector(ending: str) -> None:
    polars = need_library("polars")
    if ending == "jsonl":
        write("a.jsonl", "".join(json.dumps({"w": row, "k": 2}) + "\n" for row in LISTS))
    elif ending in ("csv", "texts.parquet"):
        frame = polars.DataFrame({"w": [None if row is None else json.dumps(row) for row in LISTS], "k": [2] * 4})
        (frame.write_csv if ending == "csv" else frame.write_parquet)(f"a.{ending}")
    else:
        frame = polars.DataFrame(
            {"w": LISTS, "k": [2] * 4}, schema={"w": polars.List(polars.Float64), "k": polars.Int8}
        )
        (frame.write_parquet if ending == "parquet" else frame.write_ipc)(f"a.{ending}")
    for program, more in (
        ("y = k*sum(w^2) + norm(w)", []),
        ("v : [n]; y = k*sum(v^2) + norm(v)", ["--map", "v=w"]),
    ):
        assert run(["map", program, f"a.{ending}", *more, "-o", "b.csv", "--only"]) == 0
        rows = read("b.csv")
        names = [name for name in rows[0] if name.startswith("dy_d") and name.endswith("]")]
        assert len(names) == 3
        for row, numbers in zip(rows, LISTS, strict=True):
            if numbers is None or None in numbers:
                assert row["y"] is None
                continue
            size = math.hypot(*numbers)
            assert row["y"] == pytest.approx(2 * size**2 + size, rel=1e-14)
            assert [row[name] for name in names] == pytest.approx([4 * x + x / size for x in numbers], rel=1e-14)


@pytest.mark.parametrize("by_stdin", [False, True])
def test_columns_of_the_names_of_elements_are_an_undeclared_array(
    by_stdin: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'k,x[1], x[0] ,"A[0,1]","A[0,0]"\n2,3,5,7,11\n4,6,8,9,10\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(text.encode()))))
    file = "-" if by_stdin else write("a.csv", text)
    assert run(["map", "y = k*(A @ x)", file, "-o", "b.csv", "--only"]) == 0
    rows = read("b.csv")
    assert [row["y[0]"] for row in rows] == [2 * (11 * 5 + 7 * 3), 4 * (10 * 8 + 9 * 6)]
    assert [row["dy[0]_dx[1]"] for row in rows] == [2 * 7, 4 * 9]
    if not by_stdin:
        assert run(["map", "y = k*x", file, "--x", "3", "-o", "c.csv", "--only"]) == 0
        assert [row["y"] for row in read("c.csv")] == [6, 12]


def test_several_columns_are_an_undeclared_vector_or_a_matrix() -> None:
    file = write("a.csv", "a,b,c,d\n1,2,3,4\n4,5,6,7\n")
    assert run(["map", "y = sum(w^2)", file, "--map", "w=a,c,d", "-o", "b.csv", "--only"]) == 0
    assert [row["y"] for row in read("b.csv")] == [26, 101]
    assert run(["map", "W : [2, 2]; y = det(W)", file, "--map", "W=a,b,c,d", "-o", "b.csv", "--hessian"]) == 0
    assert run(["map", "z = 2*w^2", file, "--map", "w=a,b", "-o", "c.csv", "--only"]) == 0
    assert [(row["z[0]"], row["z[1]"], row["dz[1]_dw[1]"]) for row in read("c.csv")] == [(2, 8, 8), (32, 50, 20)]
    found = [(row["y"], row["dy_dW[0,1]"], row["d2y_dW[0,1]_dW[1,0]"]) for row in read("b.csv")]
    assert found == [(-2, -3, -1), (-2, -6, -1)]


def test_every_row_of_a_large_program_is_looked_into() -> None:
    write("chain.cg", "; ".join(["x0 = a", *(f"x{at} = sin(x{at - 1} + 1)" for at in range(1, 3000))]))
    file = write("a.csv", "a\n1\n2\n")
    assert run(["map", "chain.cg", file, "-o", "b.csv"]) == 0
    assert [row["x2999_status"] for row in read("b.csv")] == ["ok", "ok"]
    assert run(["map", "chain.cg", file, "--effort", "0", "-o", "c.csv"]) == 3
    assert [row["x2999_status"] for row in read("c.csv")] == ["ok", "unknown"]
    assert [row["x2999"] for row in read("c.csv")] == [row["x2999"] for row in read("b.csv")]


def test_what_polars_cannot_read_is_said_in_our_words(capsys: pytest.CaptureFixture[str]) -> None:
    polars = need_library("polars")
    polars.DataFrame({"x": [{"a": 1.0}, None], "y": [1.0, 2.0]}).write_parquet("record.parquet")
    assert run(["map", "z = x^2", "record.parquet"]) == 2
    assert "row 1 of `record.parquet` has `{'a': 1.0}` for `x`" in capsys.readouterr().err
    assert run(["map", "z = x^2", "record.parquet", "--on-error", "null", "-o", "b.arrow"]) == 0
    assert polars.read_ipc("b.arrow")["z"].to_list() == [None, None]
    for ending in ("parquet", "arrow"):
        frame = polars.DataFrame({"x": [float(at) for at in range(5000)]})
        frame.write_parquet("a.parquet") if ending == "parquet" else frame.write_ipc("a.arrow")
        whole = Path(f"a.{ending}").read_bytes()
        middle = len(whole) // 2
        for damaged in (whole[:middle], whole[: len(whole) - 40] + b"Z" * 30 + whole[-10:], whole[middle:]):
            Path(f"a.{ending}").write_bytes(damaged)
            assert run(["map", "z = x^2", f"a.{ending}", "-o", "c.csv"]) == 2
            assert f"error: `a.{ending}` cannot be read as {ending}\n" in capsys.readouterr().err
    assert not os.path.exists("c.csv")


@pytest.mark.parametrize("wrong", ["1,2,3", '1,"2', "1,\udce9"], ids=["wide", "unclosed", "latin-1"])
@pytest.mark.parametrize("target", ["b.csv", *(pytest.param(file, marks=heavy) for file in ("b.jsonl", "b.parquet"))])
def test_a_wrong_row_far_down_is_named(wrong: str, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["x,y", *(f"{at},{at}" for at in range(1, 100_001)), wrong]
    Path("a.csv").write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    assert run(["map", "z = x*y", "a.csv", "-o", target]) == 2
    place = "line 100,002" if "\udce9" in wrong else "row 100,001"
    assert f"error: {place} of `a.csv` " in capsys.readouterr().err
    assert os.listdir() == ["a.csv"]


@pytest.mark.parametrize("has_polars", [True, False], ids=["polars", "standard library"])
def test_quotes_within_words(
    has_polars: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from cgraph_cli.commands.rows import job

    if has_polars:
        need_library("polars")
    else:
        monkeypatch.setattr(job, "has_polars", lambda: False)
    file = write("a.csv", 'pipe,x\n5",2\n,3\n"6"" wide, long",4\n')
    for target in ["b.csv", "b.jsonl", *["b.parquet"] * has_polars]:
        assert run(["map", "y = x^2", file, "-o", target]) == 0
        assert [(row["pipe"], row["y"]) for row in read(target)] == [('5"', 4), (None, 9), ('6" wide, long', 16)]
    capsys.readouterr()
    assert run(["map", "y = x^2", write("a.csv", 'x,pipe\n1,a\n"2,b"\n')]) == 2
    assert "row 2 of `a.csv` has 1 column, and the heading 2" in capsys.readouterr().err


def test_a_quote_within_a_word_far_down_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Polars gives wrong rows before it refuses such a file; if it gives none before, the standard library reads it."""
    need_library("polars")
    rows = (f'{at},5" wide\n' if at in (133_926, 187_975) else f"{at},w{at}\n" for at in range(300_000))
    write("a.csv", "".join(["x,pipe\n", *rows]))
    if run(["map", "y = 2*x", "a.csv", "-o", "b.csv", "--no-gradient"]) == 2:
        assert "`cgraph map … < a.csv`" in capsys.readouterr().err
        assert os.listdir() == ["a.csv"]
    else:
        assert [row["y"] for row in read("b.csv")] == [2 * at for at in range(300_000)]


@pytest.mark.parametrize("has_polars", [True, False], ids=["polars", "standard library"])
@pytest.mark.parametrize("sign", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_the_heading_shows_the_sign_between_columns(
    has_polars: bool, sign: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cgraph_cli.commands.rows import job

    if has_polars:
        need_library("polars")
    else:
        monkeypatch.setattr(job, "has_polars", lambda: False)
    rows = [["x", '"of, the; day\t"', "y"], ["1", '"a,b;c\td"', "2"], ["3", "e", " 4"]]
    file = write(f"a.{ending}", "\n" + "".join(f"{sign.join(row)}\n" for row in rows))
    for target in ["b.csv", "b.tsv", "b.jsonl", *["b.parquet"] * has_polars]:
        assert run(["map", "z = x*y", file, "-o", target]) == 0
        assert [(row["x"], row["y"], row["z"]) for row in read(target)] == [(1, 2, 2), (3, 4, 12)]
        assert [row["of, the; day\t"] for row in read(target)] == ["a,b;c\td", "e"]


def test_columns_of_any_type_pass_through(capsys: pytest.CaptureFixture[str]) -> None:
    polars = need_library("polars")
    day = datetime.date(2020, 1, 31)
    rows = {"x": [1.0, 2.0], "d": [day, None], "b": [b"ab", None], "l": [[1, None], None], "s": [{"a": 1}, {"a": 2}],
            "t": [datetime.timedelta(seconds=90), None]}  # fmt: skip
    polars.DataFrame(rows).write_parquet("a.parquet")
    for target in ("b.csv", "b.jsonl", "b.parquet", "b.arrow"):
        assert run(["map", "y = x^2", "a.parquet", "-o", target]) == 0
    first, second = list(csv.DictReader(Path("b.csv").read_text(encoding="utf-8").splitlines()))
    assert (first["d"], first["l"], first["s"], first["y"]) == ("2020-01-31", "[1, null]", '{"a": 1}', "1.0")
    assert (first["t"], second["t"]) == ("0:01:30", "")
    assert (second["d"], second["b"], second["l"]) == ("", "", "")
    first, second = map(json.loads, Path("b.jsonl").read_text(encoding="utf-8").splitlines())
    assert (first["d"], first["l"], first["s"], first["y"]) == ("2020-01-31", [1, None], {"a": 1}, 1)
    for file in ("b.parquet", "b.arrow"):
        frame = polars.read_parquet(file) if file == "b.parquet" else polars.read_ipc(file)
        assert {name: frame[name].to_list() for name in rows} == rows
    write("c.jsonl", '{"x": 1, "s": [1]}\n{"x": 2, "s": {"a": 1}}\n')
    assert run(["map", "y = x^2", "c.jsonl", "-o", "c.csv"]) == 0
    assert [row["s"] for row in read("c.csv")] == ["[1]", '{"a": 1}']
    assert run(["map", "y = x^2", "c.jsonl", "-o", "c.parquet"]) == 2
    assert "error: a column has words of two types: " in capsys.readouterr().err


@pytest.mark.parametrize("target", ["b.parquet", "b.arrow"])
@pytest.mark.parametrize("first", [0, 1, 2])
def test_tables_of_other_types_come_together(first: int, target: str) -> None:
    """Whole numbers, others and words, of typed columns and of texts, in whatever order they come."""
    polars = need_library("polars")
    polars.DataFrame({"x": [1, 2], "k": [3, 4], "s": ["a", None]}).write_parquet("whole.parquet")
    polars.DataFrame({"x": [1.5], "k": [0.5], "s": ["b"]}).write_parquet("half.parquet")
    write("text.csv", "x,k,s\n2.5,7,c\n")
    write("long.jsonl", "".join(f'{{"x": {at}, "k": {at}, "s": null}}\n' for at in range(9000)))
    files = ["whole.parquet", "half.parquet", "text.csv"]
    files = [*files[first:], *files[:first], "long.jsonl"]
    assert run(["map", "y = 2*x", *files, "-o", target, "--no-gradient"]) == 0
    frame = polars.read_parquet(target) if target == "b.parquet" else polars.read_ipc(target)
    assert dict(frame.schema) | {"y_status": None} == {
        "x": polars.Float64, "k": polars.Float64, "s": polars.String, "y": polars.Float64, "y_status": None
    }  # fmt: skip
    assert (frame["y"] == 2 * frame["x"]).all()
    assert sorted(frame["k"].head(4)) == [0.5, 3, 4, 7]
    assert frame["k"].tail(9000).to_list() == list(range(9000))


def test_truths_in_a_text_are_truths_in_a_typed_column(capsys: pytest.CaptureFixture[str]) -> None:
    polars = need_library("polars")
    assert run(["map", "y = 2*x", write("a.csv", "x,t\n1,true\n2,FALSE\n3,\n"), "-o", "b.parquet"]) == 0
    assert polars.read_parquet("b.parquet")["t"].to_list() == [True, False, None]
    lines = "".join("1,true\n" for _ in range(10_001))
    assert run(["map", "y = 2*x", write("a.csv", f"x,t\n{lines}2,maybe\n"), "-o", "c.parquet"]) == 2
    assert "error: a column has words of two types: " in capsys.readouterr().err


def test_members_of_other_types_far_down(capsys: pytest.CaptureFixture[str]) -> None:
    polars = need_library("polars")
    lines = [f'{{"x": 1, "k": {at}}}\n' for at in range(20_000)]
    lines[9000] = '{"x": 0.5, "k": 0.5}\n'
    assert run(["map", "y = 2*x", write("a.jsonl", "".join(lines)), "-o", "b.parquet"]) == 0
    assert polars.read_parquet("b.parquet")["k"].to_list() == [at if at != 9000 else 0.5 for at in range(20_000)]
    lines[19_000] = '{"x": 1, "k": ["a"]}\n'
    assert run(["map", "y = 2*x", write("a.jsonl", "".join(lines)), "-o", "c.parquet"]) == 2
    assert "error: a column has words of two types: " in capsys.readouterr().err
    assert not os.path.exists("c.parquet")


def test_values_of_every_type_are_numbers_to_all_readers_or_to_none() -> None:
    """The number of a date hangs on a unit, and that of a category on the order of the categories."""
    polars, pyarrow = need_library("polars"), need_library("pyarrow")
    from cgraph_cli.commands.rows.arrow_batches import ArrowBatch
    from cgraph_cli.commands.rows.polars_tables import FrameBatch

    tenth = decimal.Decimal("12345678901234567.1")
    numbers = {
        "whole": ([2**63 - 1, None], [float(2**63 - 1)]), "truth": ([True, None], [1.0]),
        "decimal": ([tenth, None], [float(tenth)]), "nothing": ([None, None], []),
    }  # fmt: skip
    frame = polars.DataFrame({name: values for name, (values, _) in numbers.items()})
    categories = polars.Series("category", ["1.5", None], polars.Categorical)
    frame = frame.with_columns(categories, categories.cast(polars.Enum(["1.5"])).alias("enum"))
    numbers |= dict.fromkeys(("category", "enum"), (["1.5", None], [1.5]))
    dates = {"day": datetime.date(2020, 1, 31), "moment": datetime.datetime(2020, 1, 31), "time": datetime.time(1, 2),
             "span": datetime.timedelta(1), "bytes": b"1.5", "list": [1.0], "record": {"a": 1.0}}  # fmt: skip
    frame = frame.with_columns(polars.Series(name, [value, None]) for name, value in dates.items())
    (batch,) = pyarrow.Table.from_batches(frame.to_arrow().to_batches()).combine_chunks().to_batches()
    for rows in (FrameBatch("a.parquet", frame, 0), ArrowBatch(batch)):
        for name, (values, expected) in numbers.items():
            found = rows.read([name], False)
            assert list(found.nulls) == [at for at, value in enumerate(values) if value is None]
            assert found.columns[name][: len(expected)].tolist() == expected
        for name, value in dates.items():
            with pytest.raises(InputError, match=f"`{name}`, which is no number"):
                rows.read([name], False)
            assert list(rows.read([name], True).nulls) == [0, 1], value


def test_a_part_of_another_file_is_not_taken_for_finished() -> None:
    """Nor one that was changed since: two files have parts of one name in turn."""
    for folder, x in (("one", 1), ("two", 2)):
        Path(folder).mkdir()
        write(f"{folder}/a.csv", f"x\n{x}\n")
    for folder, y in (("one", 2), ("two", 4), ("one", 2)):
        assert run(["map", "y = 2*x", f"{folder}/a.csv", "-o", "out/", "--resume"]) == 0
        assert [row["y"] for row in read("out/a.csv")] == [y]
    write("out/a.csv", "")
    assert run(["map", "y = 2*x", "one/a.csv", "-o", "out/", "--resume"]) == 0
    assert [row["y"] for row in read("out/a.csv")] == [2]


def from_file_and_pipe(monkeypatch: pytest.MonkeyPatch, text: str, *args: str) -> list[int]:
    """Run the command on a CSV that is read by name, and on the same text from standard input."""
    statuses = [run(["map", args[0], write("a.csv", text), *args[1:]])]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(text.encode()))))
    return [*statuses, run(["map", args[0], "-", *args[1:]])]


@full_disk
@pytest.mark.parametrize("target", ["b.csv", "b.parquet", "b.arrow"])
def test_a_full_disk_is_told(target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Polars writes to a device that is always full, in the place of the file that would become the output."""
    need_library("polars")
    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert run(["map", "y = 2*x", write("a.csv", "x\n1\n"), "-o", target]) == 2
    assert capsys.readouterr().err == f"error: `{target}` cannot be written: No space left on device\n"


def full(suffix: str, prefix: str, dir: str) -> tuple[int, str]:
    """Make a temporary file that is a link to the device."""
    file = os.path.join(dir, f"{prefix}full{suffix}")
    os.symlink("/dev/full", file)
    return os.open(file, os.O_RDWR), file


@pytest.mark.parametrize("word", ["1_000", "١", "1e4_0", "é"])
def test_a_word_is_a_number_to_all_readers_or_to_none(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    need_library("polars")
    assert from_file_and_pipe(monkeypatch, f"x\n1\n{word}\n", "y = 2*x") == [2, 2]
    assert capsys.readouterr().err.count(f"has `{word}` for `x`, which is no number") == 2


def test_raw_doubles_that_are_not_finite_are_in_the_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    assert from_file_and_pipe(monkeypatch, "x\n1\n0\n", "y = 1/x", "--arithmetic", "double") == [3, 3]
    assert from_file_and_pipe(monkeypatch, "x\n1\n\n", "y = 1/x", "--arithmetic", "double") == [0, 0]


def test_the_columns_of_inputs_are_typed_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    polars = need_library("polars")
    text = "x,y\n1,2\n"
    assert run(["map", "z = x*y", write("a.csv", text), "-o", "file.parquet"]) == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(text.encode()))))
    assert run(["map", "z = x*y", "-", "-o", "pipe.parquet"]) == 0
    assert polars.read_parquet("file.parquet").schema == polars.read_parquet("pipe.parquet").schema
