"""The notation of uncertain numbers: reading, writing, and their places."""

from __future__ import annotations

import json
from decimal import Decimal
from math import inf, sqrt
from pathlib import Path
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.uncertain_number import DISTRIBUTIONS, UncertainNumber
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.language.lark_parser import parse_with_lark
from cgraph_cli.language.uncertainties import find_notation, write_uncertain
from cgraph_cli.language.write import write_default, write_program
from cgraph_cli.render.lab_notation import write_concise, write_expanded
from cgraph_cli.results.settings import constant
from cgraph_cli.symbolic.arrays import with_shapes
from cgraph_cli.symbolic.program import parse
from tests.command import run_here

READ = [
    ("1.000 ± 0.002", 1.0, 0.002, "normal", inf),
    ("1.000±0.002", 1.0, 0.002, "normal", inf),
    ("1.000+-0.002", 1.0, 0.002, "normal", inf),
    ("1.000 +/- 0.002", 1.0, 0.002, "normal", inf),
    ("-1.5 ± .25", -1.5, 0.25, "normal", inf),
    ("1.000(2)", 1.0, 0.002, "normal", inf),
    ("1.000(12)", 1.0, 0.012, "normal", inf),
    ("1.0(12)e-3", 1e-3, 1.2e-3, "normal", inf),
    ("137(3)", 137.0, 3.0, "normal", inf),
    ("-9.8(0.2)e3", -9800.0, 200.0, "normal", inf),
    ("200 ± 5 %", 200.0, 10.0, "normal", inf),
    ("-200 ± 5%", -200.0, 10.0, "normal", inf),
    ("2*pi ± pi/100", 6.283185307179586, 0.031415926535897934, "normal", inf),
    ("20 ± 0.5 uniform", 20.0, 0.5 / sqrt(3), "uniform", inf),
    ("20 ± 0.5 (rectangular)", 20.0, 0.5 / sqrt(3), "uniform", inf),
    ("20 ± 0.5, triangular", 20.0, 0.5 / sqrt(6), "triangular", inf),
    ("20 ± 0.5 arcsine", 20.0, 0.5 / sqrt(2), "arcsine", inf),
    ("20 ± 0.5 k=2", 20.0, 0.25, "normal", inf),
    ("20 ± 5 % k=2", 20.0, 0.5, "normal", inf),
    ("20 ± 0.5 dof=9", 20.0, 0.5, "student", 9.0),
    ("20 ± 0.5 student dof = 9", 20.0, 0.5, "student", 9.0),
    ("20 ± 0.5 normal dof=9", 20.0, 0.5, "normal", 9.0),
    ("(1.5 ± 0.2)", 1.5, 0.2, "normal", inf),
    ("(1.5 ± 0.2)e-3", 1.5e-3, 0.2e-3, "normal", inf),
    ("(1.5 ± 5 %)e3", 1500.0, 75.0, "normal", inf),
    ("(2*pi ± 0.5 uniform)e1 dof=9", 62.83185307179586, 5 / sqrt(3), "uniform", 9.0),
    ("20.0(5) uniform, dof=50", 20.0, 0.5 / sqrt(3), "uniform", 50.0),
]


@pytest.mark.parametrize(("text", "value", "u", "distribution", "dof"), READ, ids=[row[0] for row in READ])
def test_a_number_is_read(text: str, value: float, u: float, distribution: str, dof: float) -> None:
    number = constant(text, "--L")
    assert isinstance(number, UncertainNumber)
    assert float(number) == value
    assert number.u == pytest.approx(u, rel=1e-15)
    assert (number.distribution, number.dof) == (distribution, dof)


@pytest.mark.parametrize("text", ["1", "2*pi", "3 - -2", "3 + 2", "max(1, 2)", "1e-3", "2(3)*4"])
def test_what_is_no_uncertain_number(text: str) -> None:
    assert find_notation(text) is None


def test_the_number_after_the_sign_is_the_spread() -> None:
    for name in set(DISTRIBUTIONS) - {"student"}:
        assert constant(f"20 ± 0.5 {name}", "x").spread == pytest.approx(0.5, rel=1e-15)


VALUES = st.floats(-1e12, 1e12, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-12)


@given(VALUES, st.floats(1e-12, 1e12))
def test_what_is_written_is_read_back_to_the_digits_shown(value: float, u: float) -> None:
    number = constant(write_concise(value, u), "x")
    assert number.u == pytest.approx(u, rel=0.051)  # two digits: 10 stands for 9.95 to 10.5
    assert abs(float(number) - value) <= 0.0503 * u + 4e-16 * abs(value)


@given(VALUES, st.floats(1e-12, 1e12))
def test_both_numbers_are_rounded_to_the_same_place(value: float, u: float) -> None:
    left, _, right = write_expanded(value, u).partition(" ± ")
    assert abs(Decimal(left) - Decimal(repr(value))) <= Decimal(u) * Decimal("0.0503")
    assert abs(Decimal(right) - Decimal(u)) <= Decimal(u) * Decimal("0.0503")


@pytest.mark.parametrize(
    ("value", "u", "written"),
    [
        (9.80092, 0.03528, "9.801(35)"),
        (100.02147, 0.00035, "100.02147(35)"),  # GUM 7.2.2
        (10.05762, 0.02712, "10.058(27)"),  # GUM 7.2.6 rounds up where it likes: 28 would be for 27.5 and more
        (50000838.0, 93.0, "50000838(93)"),
        (1234567.0, 1234.0, "1.2346(12)e6"),
        (1.5e-7, 2e-9, "1.500(20)e-7"),
        (-3.14159, 0.0999, "-3.14(10)"),
        (0.0, 0.02, "0.000(20)"),
        (3.0, 0.0, "3 (exact)"),
        (1e20, 1e-12, "1e+20 ± 1.0e-12"),
    ],
)
def test_how_a_laboratory_writes_it(value: float, u: float, written: str) -> None:
    assert write_concise(value, u) == written


def budget_of(*args: str, cwd: Path | None = None) -> dict[str, dict[str, object]]:
    done = run_here(["budget", *args, "-o", "json"], cwd=cwd)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, object]] = json.loads(done.stdout)["inputs"]
    return found


def test_files_of_inputs_have_uncertainties(tmp_path: Path) -> None:
    entries = {"a": {"value": 1, "u": 0.002}, "b": "2.0(1)", "c": {"value": 3, "half_width": 0.3,
               "distribution": "uniform", "dof": 50}, "d": {"value": 4}}  # fmt: skip
    (tmp_path / "in.json").write_text(json.dumps(entries))
    (tmp_path / "in.toml").write_text(
        'a = {value = 1, u = 0.002}\nb = "2.0(1)"\nd = 4\n'
        'c = {value = 3, half_width = 0.3, distribution = "uniform", dof = 50}\n'
    )
    (tmp_path / "in.csv").write_text(
        "name,value,u,half_width,distribution,dof\na,1,0.002,,,\nb,2.0(1),,,,\nc,3,,0.3,uniform,50\nd,4,,,,\n"
    )
    (tmp_path / "in.tsv").write_text((tmp_path / "in.csv").read_text().replace(",", "\t"))
    (tmp_path / "semicolons.csv").write_text((tmp_path / "in.csv").read_text().replace(",", ";"))
    found = [
        budget_of("a + b + c + d", "--inputs", file, cwd=tmp_path)
        for file in ("in.json", "in.toml", "in.csv", "in.tsv", "semicolons.csv")
    ]
    assert all(each == found[0] for each in found)
    assert {name: entry["u"] for name, entry in found[0].items()} == {
        "a": 0.002,
        "b": 0.1,
        "c": pytest.approx(0.3 / sqrt(3), rel=1e-15),
    }
    assert found[0]["c"]["dof"] == 50


def test_the_mean_of_readings_has_their_standard_error(tmp_path: Path) -> None:
    readings = [5.007, 4.994, 5.005, 4.990, 4.999]
    (tmp_path / "V.csv").write_text("# volts\n" + "\n".join(map(str, readings)) + "\n")
    (tmp_path / "both.csv").write_text("I,V\n" + "\n".join(f"1.0,{reading}" for reading in readings) + "\n")
    for file in ("V.csv", "both.csv"):
        (entry,) = budget_of("2*V", "--V", f"@{file}", cwd=tmp_path).values()
        assert entry["value"] == pytest.approx(mean(readings), rel=1e-15)
        assert entry["u"] == pytest.approx(stdev(readings) / sqrt(5), rel=1e-14)
        assert (entry["dof"], entry["distribution"]) == (4, "student")


@pytest.mark.parametrize("command", ["jacobian", "hessian", "taylor"])
def test_other_commands_compute_with_the_estimate(command: str) -> None:
    wrt = ["--wrt", "x"] * (command == "taylor")
    plain = run_here([command, "x^2*y", "--x", "3", "--y", "2", "-o", "json", *wrt])
    uncertain = run_here([command, "x^2*y", "--x", "3.0(1)", "--y", "2", "-o", "json", *wrt])
    assert plain.returncode == uncertain.returncode == 0
    assert json.loads(plain.stdout) == json.loads(uncertain.stdout)


PROGRAM = "c = a*b; d = c + sin(a); e = d/b"
GIVEN = ["--a", "1.30 ± 0.02", "--b", "2.1 ± 0.05"]


@pytest.mark.parametrize("corr", [[], ["--corr", "a,b=-0.4"]])
def test_eval_shows_the_uncertainty_that_a_budget_of_each_node_has(corr: list[str]) -> None:
    nodes = json.loads(run_here(["eval", PROGRAM, *GIVEN, *corr, "-o", "json"]).stdout)["nodes"]
    for node in nodes:
        whole = run_here(["budget", PROGRAM, *GIVEN, *corr, "--of", node["name"], "--draws", "0", "-o", "json"])
        assert node["u"] == pytest.approx(json.loads(whole.stdout)["outputs"][node["name"]]["u"], rel=1e-14)


@pytest.mark.parametrize("format", ["table", "plain", "markdown", "csv", "tsv", "jsonl"])
def test_eval_has_a_column_of_uncertainties_where_an_input_has_one(format: str) -> None:
    args = ["eval", "y = 2*x", "-o", format]
    assert "0.25" in run_here([*args, "--x", "1 ± 0.125"]).stdout
    plain = run_here([*args, "--x", "1"]).stdout
    assert "±" not in plain
    assert ",u" not in plain


def test_correlations_of_eval_are_checked() -> None:
    assert run_here(["eval", "a + b", "--a", "1(1)", "--b", "2", "--corr", "a,b=0.1"]).returncode == 2


# Defaults of a program


def default_of(program: str, name: str = "L") -> UncertainNumber:
    graph = parse(Source(program))
    number = graph.numbers[graph.nodes[name]]
    assert isinstance(number, UncertainNumber)
    assert graph.operations[graph.nodes[name]] == INPUT
    return number


@pytest.mark.parametrize(
    ("text", "value", "u", "distribution", "dof"),
    [row for row in READ if not any(sign in row[0] for sign in ("pi", ",", "(rect", "137", "(1.5"))],
)
@pytest.mark.parametrize("after", ["", "; y = 2*L", "  # a comment", "\ny = L"])
def test_a_default_is_read(text: str, value: float, u: float, distribution: str, dof: float, after: str) -> None:
    number = default_of(f"L = {text}{after}")
    assert (float(number), number.distribution, number.dof) == (value, distribution, dof)
    assert number.u == pytest.approx(u, rel=1e-15)


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("y = 2 +-3*x", -4),
        ("x +-2", 0),
        ("y = 2 +- x", 0),
        ("y = 2.5 - -3", 5.5),
        ("y = (1.0+-0.5)", 0.5),
        ("x1 = 3; x1+-2", 1),
    ],
)
def test_a_sum_with_a_negative_number_stays_one(program: str, value: float) -> None:
    graph = parse(Source(program))
    inputs = {"x": 2.0} if "x" in graph.nodes else {}
    assert evaluate(graph, inputs).values[graph.output] == value


SPREADS = st.builds(
    lambda value, u, kind, dof: UncertainNumber(value, u, kind, dof if kind == "student" else inf),
    st.floats(-1e9, 1e9), st.floats(0, 1e6), st.sampled_from(sorted(DISTRIBUTIONS)), st.floats(0.5, 1e3),
)  # fmt: skip


@given(st.lists(SPREADS, min_size=1, max_size=30))
def test_a_program_with_uncertain_defaults_is_read_as_it_is_written(numbers: list[UncertainNumber]) -> None:
    names = [f"x{at}" for at in range(len(numbers))]
    text = "".join(f"{name} = {write_uncertain(number)}\n" for name, number in zip(names, numbers, strict=True))
    text += "y = " + " + ".join(names)
    graph, by_lark = parse(Source(text)), parse_with_lark(Source(text))
    again = parse(Source(write_program(graph)))
    for name, number in zip(names, numbers, strict=True):
        for found in (graph, by_lark, again):
            read = found.numbers[found.nodes[name]]
            assert isinstance(read, UncertainNumber)
            assert (float(read), read.distribution, read.dof) == (float(number), number.distribution, number.dof)
            assert read.u == pytest.approx(number.u, rel=1e-15, abs=1e-320)


@given(st.lists(st.lists(st.one_of(SPREADS, st.floats(-1e9, 1e9)), min_size=2, max_size=2), min_size=1, max_size=4))
def test_arrays_of_uncertain_defaults_are_read_as_they_are_written(rows: list[list[float]]) -> None:
    texts = [[write_default(x) for x in row] for row in rows]
    text = "W = [" + ", ".join(f"[{a},\n  {b}]" for a, b in texts) + "]; y = sum(W)"
    by_lark = shaped(parse_with_lark(Source(text)))
    graph = shaped(parse(Source(text)))
    again = shaped(parse(Source(write_program(graph))))
    for found in (graph, by_lark, again):
        default = found.tensor(found.nodes["W"])
        assert default is not None
        for read, number in zip(default.items, [x for row in rows for x in row], strict=True):
            assert float(read) == float(number)
            assert getattr(read, "u", -1.0) == pytest.approx(getattr(number, "u", -1.0), rel=1e-15, abs=1e-320)


def shaped(graph: Graph) -> ArrayGraph:
    arrays = with_shapes(graph, {}).arrays
    assert arrays is not None
    return arrays.graph


def test_an_array_default_is_that_of_its_elements(tmp_path: Path) -> None:
    program = "x = [1.0(1), 2 ± 5 % uniform, 3]; y = sum(x^2)"
    by_option = budget_of("x : [3]; y = sum(x^2)", "--x", "[1.0(1), 2 ± 5 % uniform, 3]")
    assert budget_of(program) == by_option
    template = run_here(["eval", program, "--template"]).stdout
    (tmp_path / "in.json").write_text(template, encoding="utf-8")
    assert budget_of("x : [3]; y = sum(x^2)", "--inputs", "in.json", cwd=tmp_path) == by_option
    assert set(budget_of(program, "--x", "[1, 2, 3.0(1)]")) == {"x[2]"}


def test_an_option_takes_the_place_of_a_default_with_its_uncertainty() -> None:
    program = "a = 1.0(1); b = 2.0(2); a + b"
    assert set(budget_of(program)) == {"a", "b"}
    assert set(budget_of(program, "--a", "3")) == {"b"}
    assert budget_of(program, "--a", "3 ± 0.5")["a"]["u"] == 0.5


def test_a_derivative_as_a_program_keeps_the_uncertainties() -> None:
    done = run_here(["diff", "y = L^2; y", "--L", "1.5 ± 0.25 uniform"])
    assert done.stdout.splitlines()[0] == "L = 1.5 ± 0.25 uniform"


def test_a_template_and_the_help_keep_the_uncertainty_of_a_default(tmp_path: Path) -> None:
    template = run_here(["eval", "L = 1.5(5) uniform; a*L", "--template"]).stdout
    (tmp_path / "in.json").write_text(template.replace("null", "2"), encoding="utf-8")
    found = budget_of("L*a", "--inputs", "in.json", cwd=tmp_path)["L"]
    assert (found["distribution"], found["u"]) == ("uniform", pytest.approx(0.5 / sqrt(3), rel=1e-15))
    assert "default 1.5 ± 0.5 uniform" in run_here(["eval", "L = 1.5(5) uniform; a*L", "--help"]).stdout


def test_uncertainties_beside_a_higher_precision() -> None:
    for words in (["y = x^2/3", "--x", "1 ± 0.1"], ["x = 1 ± 0.1; y = x^2/3"]):
        nodes = json.loads(run_here(["eval", *words, "--precision", "40", "-o", "json"]).stdout)["nodes"]
        assert nodes[-1]["u"] == pytest.approx(0.2 / 3, rel=1e-15)
        assert len(str(nodes[-1]["value"])) > 35
        assert "  0.0666667  " in run_here(["eval", *words, "--precision", "40", "-o", "plain"]).stdout


def test_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from cgraph_cli.results.uncertainty import node_uncertainties

    monkeypatch.setattr(node_uncertainties, "MOST_WORK", 2)
    for command in ("eval", "explain", "graph"):
        done = run_here([command, "y = 2*x", "--x", "1 ± 0.125"])
        assert "±" not in done.stdout
        assert done.stderr.startswith("note: the uncertainties of the nodes are left out")
    large = run_here(["eval", "y = sum(x)", "--x", f"[1 ± 0.1{', 2' * 60_000}]", "--get", "y"])
    assert "note: the uncertainties of the nodes are left out" in large.stderr


@pytest.mark.parametrize("command", ["eval", "explain", "graph"])
def test_correlations_of_every_command_that_shows_uncertainties(command: str) -> None:
    words = [command, "y = a + b", "--a", "1 ± 0.3", "--b", "2 ± 0.4", "-o", "json"]
    u = {"": 0.5, "1": 0.7, "-1": 0.1}
    for r, expected in u.items():
        found = json.loads(run_here([*words, *(["--corr", f"a,b={r}"] if r else [])]).stdout)
        assert any(abs(number - expected) < 1e-12 for number in _all_u(found))


def _all_u(found: object) -> list[float]:
    if isinstance(found, list):
        return [u for each in found for u in _all_u(each)]
    if not isinstance(found, dict):
        return []
    return [float(v) for k, v in found.items() if k == "u"] + [u for each in found.values() for u in _all_u(each)]


def test_get_has_an_uncertainty_by_name() -> None:
    assert run_here(["eval", "y = 2*x", "--x", "1 ± 0.125", "--get", "y.u"]).stdout == "0.25\n"
    assert run_here(["eval", "y = 2*x", "--x", "1", "--get", "y.u"]).returncode == 2
    found = run_here(["eval", "y = 2*x", "--x", "[1 ± 0.125, 3]", "--get", "y.u,y.u[0],x[0].u"])
    assert found.stdout == "[0.25, 0]\n0.25\n0.125\n"


def test_a_session_shows_uncertainties_and_sets_them() -> None:
    done = run_here(["repl"], "L = 1.0 ± 0.25\ny = 2*L\n")
    assert "±" in done.stdout
    assert "0.5" in done.stdout


@pytest.mark.parametrize("format", ["tree", "dot", "mermaid", "svg", "json"])
def test_a_drawing_has_the_uncertainty_of_each_node(format: str) -> None:
    args = ["graph", "y = 2*x", "-o", format]
    assert "0.25" in run_here([*args, "--x", "1 ± 0.125"]).stdout
    assert "±" not in run_here([*args, "--x", "1"]).stdout


@pytest.mark.parametrize("format", ["text", "markdown", "latex", "json"])
def test_an_explanation_tells_the_uncertainty_of_each_value(format: str) -> None:
    args = ["explain", "y = 2*x", "-o", format]
    assert "0.25" in run_here([*args, "--x", "1 ± 0.125"]).stdout
    assert "uncertainty" not in run_here([*args, "--x", "1"]).stdout
    args = ["explain", "x : [2]; z = 2*x; y = sum(z)", "-o", format]
    assert "[0.25, 0" in run_here([*args, "--x", "[1 ± 0.125, 3]"]).stdout
    assert "uncertainty" not in run_here([*args, "--x", "[1, 3]"]).stdout
