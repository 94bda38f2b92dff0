"""`cgraph map --u`: at every row the uncertainty and the shares that `eval` and `budget` find there."""

from __future__ import annotations

import csv
import json
import math
import pickle
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli import parse
from cgraph_cli.__main__ import run
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.uncertain_number import UncertainNumber
from cgraph_cli.results.request import Request
from cgraph_cli.results.uncertainty.correlations import Correlations
from cgraph_cli.results.uncertainty.node_uncertainties import find_uncertainties
from cgraph_cli.results.uncertainty.propagation import propagate
from cgraph_cli.trust.verdicts import Status, worst_of
from tests.accumulator import Accumulator
from tests.needs import need_library
from tests.programs import VALUES, programs


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def read(file: str) -> list[dict[str, str]]:
    with open(file, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


Rows = list[dict[str, float]]


TAME = st.recursive(
    st.sampled_from(["x", "y", "z", "1.5"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner)
        | st.builds("{}({})".format, st.sampled_from(["sin", "exp", "atan", "abs", "sqrt", "tanh", "floor"]), inner)
    ),
    max_leaves=8,
)


@st.composite
def tables(draw: st.DrawFn, tame: bool) -> tuple[str, Graph, Rows]:
    text = f"x = 1; y = 2; z = 3; f = x + {draw(TAME)} - y*{draw(TAME)}" if tame else draw(programs())
    graph = parse(text)
    names = [graph.names[node] or "" for node in graph.inputs()]
    finite = st.floats(-3, 3) if tame else VALUES.filter(math.isfinite)
    sizes = st.one_of(st.sampled_from([0.0, 1.0] if tame else [0.0, 1.0, 1e-300, 1e300]), st.floats(0.1, 2))
    rows = [
        {**{name: draw(finite) for name in names}, **{f"err {name}": draw(sizes) for name in names}}
        for _ in range(draw(st.integers(1, 4)))
    ]
    return text, graph, rows


@settings(max_examples=30)
@given(st.one_of(tables(True), tables(True), tables(False)), st.floats(-0.9, 0.9))
def test_every_row_has_the_uncertainty_that_eval_shows(table: tuple[str, Graph, Rows], r: float) -> None:
    text, graph, rows = table
    names = [graph.names[node] or "" for node in graph.inputs()]
    label = graph.labels()[graph.output]
    if not names or label in names:
        return
    Path("model.cg").write_text(text, encoding="utf-8")
    Path("in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    words = ["map", "model.cg", "in.jsonl", "--u", ",".join(f"{name}=err {name}" for name in names)]
    correlations = Correlations()
    if len(names) > 1:
        correlations.put(names[0], names[1], r)
        words += ["--corr", f"{names[0]},{names[1]}={r!r}"]
    assert run([*words, "--no-gradient", "-o", "out.csv"]) in (0, 3)
    for row, found in zip(rows, read("out.csv"), strict=True):
        inputs = {name: UncertainNumber(row[name], row[f"err {name}"]) for name in names}
        budget = propagate(graph, inputs, Request(), correlations).budgets[0]
        status = worst_of([each.sensitivity.verdict.status for each in budget.contributions if each.number.u])
        said = found[f"u_{label}_status"]
        assert said == status or (status == Status.OK and not 1e-290 < budget.u < math.inf)
        assert is_close(float(found[f"u_{label}"]), budget.u, 1e-300)
        for each in budget.contributions:
            share = float(found[f"share_{label}_{each.label}"])
            assert is_close(share, each.share, 1e-9) or not 1e-290 < budget.u < math.inf
        if status == Status.OK and 1e-290 < budget.u < math.inf:
            of_nodes = find_uncertainties(graph, inputs, correlations)
            assert of_nodes is not None
            assert is_close(float(found[f"u_{label}"]), of_nodes[graph.output], 0.0)


def is_close(found: float, expected: float, tiny: float) -> bool:
    return found == expected or repr(found) == repr(expected) or abs(found - expected) <= 4e-12 * abs(expected) + tiny


LAB = "L,T,L_err\n1,2,0.002\n1.5,2.5,0\n2,3,\n"


@pytest.mark.parametrize("polars", [True, False], ids=["polars", "standard library"])
def test_columns_numbers_and_percentages(polars: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from cgraph_cli.commands.rows import job

    if polars:
        need_library("polars")
    else:
        monkeypatch.setattr(job, "has_polars", lambda: False)
    Path("a.csv").write_text(LAB, encoding="utf-8")
    program = "g = k*pi^2*L/T^2"
    words = ["map", program, "a.csv", "--k", "4.00(2)", "--u", "L=L_err", "--u", "T=1 % uniform"]
    assert run([*words, "--only", "-o", "b.csv"]) == 0
    first, second, third = read("b.csv")
    assert list(first) == [
        "L", "T", "L_err",
        *(f"{name}{end}" for name in ("g", "dg_dL", "dg_dT", "u_g", "share_g_k", "share_g_L", "share_g_T")
          for end in ("", "_status")),
    ]  # fmt: skip
    parts = [0.02 / 4, 0.002, 2 * 0.01 / math.sqrt(3)]
    for row, relative in ((first, parts), (second, [parts[0], 0, parts[2]])):
        whole = math.hypot(*relative)
        assert float(row["u_g"]) == pytest.approx(float(row["g"]) * whole, rel=1e-14)
        shares = [float(row[f"share_g_{name}"]) for name in "kLT"]
        assert shares == pytest.approx([(part / whole) ** 2 for part in relative])
    assert {third[name] for name in third if "g" in name} == {""}


def test_correlation_through_the_graph_is_exact_in_every_row() -> None:
    Path("a.csv").write_text("x,e\n3,0.1\n0,2\n", encoding="utf-8")
    assert (
        run(["map", "y = x*x - x^2; z = x*x; q = abs(x)", "a.csv", "--of", "y,z,q", "--u", "x=e", "-o", "b.csv"]) == 0
    )
    first, second = read("b.csv")
    assert [float(first[name]) for name in ("u_y", "u_z", "u_q")] == [0, 6 * 0.1, 0.1]
    assert [second[f"u_{name}_status"] for name in "yzq"] == ["ok", "ok", "kink"]


def test_a_derivative_plays_no_part_where_its_input_is_exact() -> None:
    Path("a.csv").write_text("x,z,e\n0,3,0\n0,3,0.5\n", encoding="utf-8")
    assert run(["map", "y = abs(x) + 2*z", "a.csv", "--u", "x=e,z=0.1", "-o", "b.csv"]) == 0
    assert [row["u_y"] for row in read("b.csv")] == ["0.2", "0.2"]
    assert [row["dy_dx_status"] for row in read("b.csv")] == ["kink", "kink"]
    assert [row["u_y_status"] for row in read("b.csv")] == ["ok", "kink"]


def test_elements_of_an_array_have_uncertainties() -> None:
    Path("a.csv").write_text("a,b,ea,eb\n1,2,0.1,0.2\n", encoding="utf-8")
    words = ["map", "w : [2]; y = sum(w^2)", "a.csv", "--map", "w=a,b", "--no-gradient", "-o", "b.csv"]
    assert run([*words, "--u", "w=ea,eb"]) == 0
    assert float(read("b.csv")[0]["u_y"]) == pytest.approx(math.hypot(2 * 0.1, 4 * 0.2))
    assert run([*words, "--u", "w=10 %", "--corr", "w[0],w[1]=1"]) == 0
    assert float(read("b.csv")[0]["u_y"]) == pytest.approx(2 * 0.1 + 4 * 0.2)


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_column_of_lists_has_the_uncertainties_of_a_vector(ending: str) -> None:
    Path("a.jsonl").write_text('{"w": [1, 2], "e": [0.1, 0.2]}\n{"w": [1, 2], "e": null}\n', encoding="utf-8")
    if ending == "parquet":
        need_library("polars").read_ndjson("a.jsonl").write_parquet("a.parquet")
    words = ["map", "y = sum(w^2)", f"a.{ending}", "--no-gradient", "-o", "b.csv", "--u"]
    assert run([*words, "w=e"]) == 0
    assert float(read("b.csv")[0]["u_y"]) == pytest.approx(math.hypot(2 * 0.1, 4 * 0.2))
    assert read("b.csv")[1]["u_y"] == ""
    assert run([*words, "w=e k=2"]) == 0
    assert float(read("b.csv")[0]["u_y"]) == pytest.approx(math.hypot(0.1, 2 * 0.2))


def test_a_row_with_a_wrong_uncertainty_has_no_results() -> None:
    Path("a.csv").write_text("x,e\n3,-0.1\n3,inf\n3,nan\n3,0.1\n", encoding="utf-8")
    assert run(["map", "y = x^2", "a.csv", "--u", "x=e"]) == 2
    assert run(["map", "y = x^2", "a.csv", "--u", "x=e", "--on-error", "null", "-o", "b.csv"]) == 0
    assert [row["u_y"] for row in read("b.csv")][:3] == ["", "", ""]


def test_what_no_double_holds_is_said() -> None:
    Path("a.csv").write_text("x,e\n1e200,1e200\n1e-200,1e-200\n1,0\ninf,0.1\n", encoding="utf-8")
    assert run(["map", "y = x^2/2", "a.csv", "--u", "x=e", "--no-gradient", "-o", "b.csv"]) == 3
    assert [row["u_y_status"] for row in read("b.csv")][:3] == ["overflow", "overflow", "ok"]
    assert run(["map", "y = x^2/2", "a.csv", "--u", "x=e", "--arithmetic", "double", "-o", "b.csv"]) == 3
    assert "u_y_status" not in read("b.csv")[0]


def test_batches_of_arrow_have_the_same() -> None:
    pyarrow = need_library("pyarrow")
    from cgraph_cli.commands.rows.arrow_batches import Work, compute
    from cgraph_cli.results.rows.row_uncertainties import InputUncertainty

    generator = random.Random(3)
    rows = [[generator.uniform(0.5, 2) for _ in range(4)] for _ in range(50)]
    names = ["x", "z", "ex", "ez"]
    program = "y = log(x)*z"
    uncertain = ("x", InputUncertainty(1.0, "ex")), ("z", InputUncertainty(0.5, "ez"))
    work = Work(
        pickle.dumps(parse(program)), (), ("x", "z"), True, False, True, 60e6, (), (("x", "x"), ("z", "z")),
        tuple(names), False, False, uncertain, (("x", "z", 0.4),),
    )  # fmt: skip
    batch = pyarrow.RecordBatch.from_arrays([pyarrow.array(c) for c in zip(*rows, strict=True)], names=names)
    (found,) = compute(work, Accumulator(), [batch])
    text = "\n".join([",".join(names), *(",".join(map(repr, row)) for row in rows), ""])
    Path("a.csv").write_text(text, encoding="utf-8")
    words = ["--u", "x=ex,z=ez k=2", "--corr", "x,z=0.4", "-o", "b.csv"]
    assert run(["map", program, "a.csv", *words]) == 0
    for name in ("u_y", "share_y_x", "share_y_z"):
        column = found.column(found.schema.get_field_index(name)).to_pylist()
        assert column == [float(row[name]) for row in read("b.csv")]
