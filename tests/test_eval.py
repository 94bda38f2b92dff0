"""`cgraph eval`: the command line, the formats and the streams."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from cgraph_cli.checks import unmet
from cgraph_cli.render.cells import align
from tests.conftest import Run

SEED = "c = a + b; d = b + 1; e = c * d"


def strict(text: str) -> Any:
    """Parse JSON strictly."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_main_job(cgraph: Run) -> None:
    done = cgraph("eval", SEED, "--a", "3", "--b", "1")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]
    assert done.returncode == 0
    assert done.stderr == ""
    assert rows == [
        ["", "node", "expression", "value", "∂e/∂node"],
        ["in", "a", "", "3", "2"],
        ["in", "b", "", "1", "6"],
        ["", "c", "a + b", "4", "2"],
        ["", "d", "b + 1", "2", "4"],
        ["out", "e", "c * d", "8", "1"],
    ]


# Where the program and its inputs come from


@pytest.mark.parametrize(
    "args",
    [
        [SEED, "--a", "3", "--b", "1"],
        ["--a", "3", SEED, "--b", "1"],
        ["--a=3", "--b=1", SEED],
        ["--a", "3", "--b", "1", "--", SEED],
        ["--a", "6/2", "--b", "exp(0)", SEED],
        ["-s", "a=3", "--set", "b = 1", SEED],
        ["--set=a=3", "--b", "1", SEED],
        ["--a", "9", "--a", "3", "--b", "1", SEED],
        ["--a", "9", "-s", "a=3", "--b", "1", SEED],
        ["-s", "a=9", "--a", "3", "--b", "1", SEED],
    ],
)
def test_inputs_on_the_command_line(cgraph: Run, args: list[str]) -> None:
    assert cgraph("eval", "--get", "e", *args).stdout.startswith("8\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["--a", "-3"], "-3"), (["--a=-3"], "-3"), (["--a", "2*pi"], "6.283185307179586"), (["--a", "1e-3"], "0.001")],
)
def test_numbers(cgraph: Run, words: list[str], expected: str) -> None:
    assert cgraph("eval", "a", *words, "--get", "a").stdout == expected + "\n"


def test_a_program_may_begin_with_a_minus(cgraph: Run) -> None:
    assert cgraph("eval", "-x^2", "--x", "3", "--get", "x.grad").stdout == "-6\n"


def test_programs_from_files_and_pipes(cgraph: Run, tmp_path: Path) -> None:
    (tmp_path / "model.cg").write_text(
        "#!/usr/bin/env -S cgraph eval -f\na = 1\r\nb = 2\nc = a + θ\n", encoding="utf-8-sig"
    )
    inputs = ("--θ", "5", "--get", "c")
    for args in (["model.cg"], ["-f", "model.cg"], ["--file=model.cg"]):
        assert cgraph("eval", *args, *inputs, cwd=tmp_path).stdout == "6\n"
    text = (tmp_path / "model.cg").read_bytes()
    for args in ([], ["-"], ["-f", "-"]):
        assert cgraph("eval", *args, *inputs, stdin=text).stdout == "6\n"


def test_inputs_from_files(cgraph: Run, tmp_path: Path) -> None:
    (tmp_path / "point.json").write_text('{"a": 3, "b": "2*pi", "other": 1, "big": 1' + "0" * 5000 + "}")
    (tmp_path / "point.toml").write_text("a = 3\nb = 1.5\n")
    get = ("--get", "a", "--get", "b")
    assert cgraph("eval", "a + b", "--inputs", "point.json", *get, cwd=tmp_path).stdout == f"3\n{math.tau}\n"
    assert cgraph("eval", "a + b", "--inputs", "point.toml", *get, cwd=tmp_path).stdout == "3\n1.5\n"
    assert cgraph("eval", "a + b", "--inputs", "point.toml", "--b", "7", *get, cwd=tmp_path).stdout == "3\n7\n"
    assert cgraph("eval", "b = 4; a + b", "--inputs", "point.toml", *get, cwd=tmp_path).stdout == "3\n1.5\n"
    assert cgraph("eval", "a + b", "--inputs", "-", *get, stdin='{"a": "inf", "b": "nan"}').stdout == "inf\nnan\n"
    assert cgraph("eval", "a + b", "--inputs", "-", *get, stdin="a = 1\nb = 2").stdout == "1\n2\n"
    assert cgraph("eval", "--inputs", "-", stdin="a").returncode == 2


def test_all_missing_inputs_are_named_at_once(cgraph: Run) -> None:
    done = cgraph("eval", "x = p*q\ny = x + r; s = 1; z = y*s")
    assert done.returncode == 2
    assert "`p`, `q`, `r`" in done.stderr
    assert [f"program:{place}" in done.stderr for place in ("1:5", "1:7", "2:9")] == [True] * 3
    assert "--p 1 --q 1 --r 1" in done.stderr


def test_help_lists_the_inputs_of_a_program(cgraph: Run, tmp_path: Path) -> None:
    (tmp_path / "m.cg").write_text("a = 3; y = a*x + format")
    for args in ([tmp_path / "m.cg", "--help"], ["--help", "-f", tmp_path / "m.cg"]):
        text = cgraph("eval", *map(str, args)).stdout
        section = text[text.index("Inputs of this program:") :]
        assert "--a NUMBER" in section
        assert "default 3" in section
        assert "--x NUMBER" in section
        assert "required; first used at 1:14" in section
        assert "--set format=NUMBER" in section
    assert "Inputs of this program" not in cgraph("eval", "--help").stdout
    assert "Inputs of this program" not in cgraph("eval", "2x", "--help").stdout


# What to compute


def test_of_wrt_and_mode(cgraph: Run) -> None:
    point = ("--a", "3", "--b", "1", "-o", "json")
    answer = strict(cgraph("eval", SEED, *point, "--of", "c,e", "--wrt", "b").stdout)
    assert answer["outputs"] == {"c": {"value": 4, "gradient": {"b": 1}}, "e": {"value": 8, "gradient": {"b": 6}}}
    assert [node["gradient"] for node in answer["nodes"]] == [{}, {"c": 1, "e": 6}, {}, {}, {}]
    assert [node["kind"] for node in answer["nodes"]] == ["input", "input", "output", "intermediate", "output"]

    answer = strict(cgraph("eval", SEED, *point, "--mode", "forward").stdout)
    assert answer["outputs"] == {"e": {"value": 8, "gradient": {"a": 2, "b": 6}}}
    assert all("gradient" not in node for node in answer["nodes"])
    assert [node["tangent"]["b"] for node in answer["nodes"]] == [0, 1, 1, 1, 6]

    answer = strict(cgraph("eval", SEED, *point, "--mode", "both", "--wrt", "c").stdout)
    assert answer["outputs"]["e"]["gradient"] == {"c": 2}
    assert [node["tangent"] for node in answer["nodes"]] == [{"c": v} for v in (0, 0, 1, 0, 2)]


def test_seed_and_tangent(cgraph: Run) -> None:
    point = ("--a", "3", "--b", "1")
    assert cgraph("eval", SEED, *point, "--seed", "e=2", "--get", "a.grad,b.grad").stdout == "4\n12\n"
    assert cgraph("eval", SEED, *point, "--of", "c,e", "--seed", "c=10", "--get", "b.grad").stdout == "10\n6\n"
    assert cgraph("eval", SEED, *point, "--tangent", "a=1,b=0.5", "--get", "e.grad").stdout == "5\n"
    answer = strict(cgraph("eval", SEED, *point, "--tangent", "a=1,b=0.5", "--mode", "both", "-o", "json").stdout)
    assert answer["outputs"]["e"] == {"value": 8, "gradient": {"a": 2, "b": 6}, "tangent": {"a=1,b=0.5": 5}}


def test_forward_and_reverse_are_compared(cgraph: Run, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from cgraph_cli.__main__ import run
    from cgraph_cli.results import report

    args = ["eval", SEED, "--a", "3", "--b", "1", "--mode", "both"]
    assert "forward and reverse agree" in cgraph(*args).stdout
    honest = report.sweep_forward
    monkeypatch.setattr(report, "sweep_forward", lambda *a, **k: [t and t * 1.000001 for t in honest(*a, **k)])
    assert run(args) == 1
    assert "forward and reverse disagree on ∂e/∂a: forward 2.000002" in capsys.readouterr().err


def test_edges(cgraph: Run) -> None:
    args = ("eval", SEED, "--a", "3", "--b", "1", "--edges")
    edges = [["a", "c", "1"], ["b", "c", "1"], ["b", "d", "1"], ["c", "e", "2"], ["d", "e", "4"]]
    assert list(csv.reader(io.StringIO(cgraph(*args, "-o", "csv").stdout))) == [["from", "to", "partial"], *edges]
    assert "x,y,-0\n" in cgraph("eval", "y = x*-0", "--x", "1", "--edges", "-o", "csv").stdout.replace("\r", "")
    plain = cgraph(*args, "-o", "plain").stdout
    assert [line.split() for line in plain.split("\n\n")[1].splitlines()[1:]] == edges
    assert "∂to/∂from" in cgraph(*args).stdout


# How to show it


def test_json(cgraph: Run) -> None:
    done = cgraph("eval", SEED, "--a", "3", "--b", "1", "-o", "json", "--mode", "both")
    answer = strict(done.stdout)
    assert list(answer) == ["certified", "outputs", "nodes", "diagnostics"]
    assert answer["outputs"] == {"e": {"value": 8.0, "gradient": {"a": 2.0, "b": 6.0}}}
    assert answer["nodes"][2] == {
        "name": "c",
        "kind": "intermediate",
        "expression": "a + b",
        "operation": "+",
        "operands": ["a", "b"],
        "partials": [1.0, 1.0],
        "value": 4.0,
        "status": "ok",
        "gradient": {"e": 2.0},
        "gradient_status": {"e": "ok"},
        "interval": {},
        "tangent": {"a": 1.0, "b": 1.0},
        "tangent_status": {"a": "ok", "b": "ok"},
        "tangent_interval": {},
        "line": 1,
        "column": 1,
    }
    lines = cgraph("eval", SEED, "--a", "3", "--b", "1", "-o", "jsonl", "--mode", "both").stdout.splitlines()
    assert [strict(line) for line in lines] == answer["nodes"]


def test_what_is_not_finite(cgraph: Run) -> None:
    for text, value, gradient in [("1/x", "inf", "-inf"), ("log(-1 - x)", "nan", "nan"), ("sqrt(x)", 0.0, "inf")]:
        done = cgraph("eval", text, "--x", "0", "-o", "json")
        output = next(iter(strict(done.stdout)["outputs"].values()))
        assert output["value"] == value
        assert output["gradient"]["x"] == gradient or text.startswith("log")
        assert done.returncode == 3
        assert cgraph("eval", text, "--x", "0", "--allow-nonfinite").returncode == 0
    assert cgraph("eval", "where(x > 0, log(x), 0)", "--x", "-1").returncode == 0


def test_machine_formats_round_trip(cgraph: Run) -> None:
    number = 0.1 + 0.2
    args = ("eval", "y = a*3; exp(y)", "--a", repr(number))
    rows = list(csv.DictReader(io.StringIO(cgraph(*args, "-o", "csv").stdout)))
    assert [row["node"] for row in rows] == ["a", "y", "%1"]
    assert float(rows[0]["value"]) == number
    assert float(rows[1]["gradient_%1"]) == float(rows[2]["value"]) == math.exp(number * 3)
    assert strict(cgraph(*args, "-o", "json").stdout)["nodes"][0]["value"] == number
    tabbed = list(csv.DictReader(io.StringIO(cgraph(*args, "-o", "tsv").stdout), dialect="excel-tab"))
    assert tabbed == rows
    assert cgraph(*args, "--get", "a").stdout == f"{number!r}\n"
    assert cgraph(*args, "--get", "a", "--digits", "3").stdout == "0.3\n"
    assert strict(cgraph(*args, "-o", "json", "--digits", "2").stdout)["nodes"][1]["value"] == 0.9


def test_markdown(cgraph: Run) -> None:
    lines = cgraph("eval", SEED, "--a", "3", "--b", "1", "-o", "markdown").stdout.splitlines()
    assert lines[0] == "| node | expression | value | ∂e/∂node |"
    assert lines[1] == "|:---|:---|---:|---:|"
    assert lines[-1] == "| **`e`** | `c * d` | 8 | 1 |"
    assert len({line.count("|") for line in lines}) == 1


def test_named(cgraph: Run) -> None:
    done = cgraph("eval", "y = (a + 1)*(a + 2)", "--a", "1", "-o", "csv", "--named")
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == ["node", "a", "y"]
    done = cgraph("eval", "(a + 1)*(a + 2)", "--a", "1", "-o", "csv", "--named")
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == ["node", "a", "%3"]


def test_numbers_line_up_on_their_point() -> None:
    texts = ["3", "1000.5", "-0.25", "1e-20", "inf", "-12"]
    aligned = align(texts)
    assert [text.strip() for text in aligned] == texts
    assert len({len(text) for text in aligned}) == 1
    assert {text.index(".") for text in aligned if "." in text} == {aligned[3].index("e")}


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200, 400])
def test_no_number_is_ever_cut(cgraph: Run, width: int) -> None:
    names = ["alpha", "beta", "gamma_with_a_very_long_name_indeed"]
    program = (
        "; ".join(f"{name}_2 = {name}*{name} + sin({name})*1234.5" for name in names)
        + "; "
        + " + ".join(f"{name}_2" for name in names)
    )
    args = ["eval", program, "--mode", "both", "--digits", "17", *(w for name in names for w in (f"--{name}", "0.1"))]
    done = cgraph(*args, env={"COLUMNS": str(width)})
    exact = {node["name"]: node for node in strict(cgraph(*args, "-o", "json").stdout)["nodes"]}
    for node in exact.values():
        for number in [node["value"], *node["gradient"].values(), *node["tangent"].values()]:
            assert f"{number:.17g}".removesuffix(".0") in done.stdout
    assert "…" not in done.stdout
    widest = max(len(line) for line in done.stdout.splitlines())
    assert widest <= max(width, 60)


def test_long_tables_show_their_ends(cgraph: Run) -> None:
    program = "x0 = a\n" + "".join(f"x{k} = x{k - 1} + 1\n" for k in range(1, 3000))
    done = cgraph("eval", "-", "--a", "0", stdin=program)
    assert "… 2,961 rows left out (--all shows them) …" in done.stdout
    assert len(done.stdout.splitlines()) < 60
    assert "x2999" in done.stdout
    assert "x1500" not in done.stdout
    for format in ("plain", "markdown"):
        text = cgraph("eval", "-", "--a", "0", "-o", format, stdin=program).stdout
        assert "2,961 rows left out" in text
        assert len(text.splitlines()) < 60
    assert len(cgraph("eval", "-", "--a", "0", "-o", "plain", "--all", stdin=program).stdout.splitlines()) == 3002
    assert len(cgraph("eval", "-", "--a", "0", "-o", "csv", stdin=program).stdout.splitlines()) == 3002


def test_get(cgraph: Run) -> None:
    point = ("--a", "3", "--b", "1")
    assert cgraph("eval", SEED, *point, "--get", "a.grad").stdout == "2\n"
    assert cgraph("eval", SEED, *point, "--get", "e", "--get", "e.value,c.grad").stdout == "8\n8\n2\n"
    assert cgraph("eval", SEED, *point, "--mode", "forward", "--get", "b.grad").stdout == "6\n"
    assert cgraph("eval", "(a + b)*(b + 1)", *point, "--get", "%1.grad").stdout == "2\n"
    assert cgraph("eval", SEED, *point, "--mode", "forward", "--get", "c.grad").returncode == 2


def test_named_nodes_are_written_out(cgraph: Run) -> None:
    """A name's expression is written in names alone; parsed again it computes the same."""
    program = "z = w*x + 3; a = sigmoid(2*z)^2; a - z/(1 + w)"
    done = cgraph("eval", program, "--w", "1", "--x", "2", "--named", "-o", "json")
    nodes = {node["name"]: node for node in json.loads(done.stdout)["nodes"]}
    assert {name: node["expression"] for name, node in nodes.items()} == {
        "w": "", "x": "", "z": "w*x + 3", "a": "sigmoid(2*z)^2", "%6": "a - z/(1 + w)"
    }  # fmt: skip


def test_what_is_long_is_not_written_out(cgraph: Run) -> None:
    doubled = "f(x) = x + x/3; y = " + "f(" * 40 + "x" + ")" * 40
    done = cgraph("eval", doubled, "--x", "1", "--named", "-o", "json")
    assert all(len(node["expression"]) < 200 for node in json.loads(done.stdout)["nodes"])


@pytest.mark.parametrize(
    ("args", "printed"),
    [
        (["x^2*y", "--get", "value"], "18\n"),
        (["x^2*y", "--get", "grad"], "12\n9\n"),
        (["x^2*y", "--get", "value,grad,x", "-o", "plain"], "%2  18\nx.grad  12\ny.grad  9\nx  3\n"),
        (["x^2*y", "--get", "value", "-o", "plain"], "18\n"),
        (["value = x + y; grad = value*2", "--get", "value,grad"], "5\n10\n"),
        (["a = x*y; b = x + y", "--of", "a,b", "--get", "value,x.grad", "-o", "plain"],
         "a  6\nb  5\na: x.grad  2\nb: x.grad  1\n"),
    ],
)  # fmt: skip
def test_get_the_output_by_what_it_is(cgraph: Run, args: list[str], printed: str) -> None:
    assert cgraph("eval", *args, "--x", "3", "--y", "2").stdout == printed


def test_a_template_is_filled_in(cgraph: Run, tmp_path: Path) -> None:
    """`--template` has the inputs, with what is known of them; with numbers for the others it is read."""
    program = "y = a*b + c; c + y; k = 2.5; k*y*θ"
    template = cgraph("eval", program.replace("c + y; ", ""), "--template", "--b", "inf").stdout
    inputs = json.loads(template)
    assert inputs == {"a": None, "b": "inf", "c": None, "k": 2.5, "θ": None}
    filled = {name: 2 if number is None else number for name, number in inputs.items()} | {"b": 3, "of no use": [1]}
    (tmp_path / "inputs.json").write_text(json.dumps(filled), encoding="utf-8")
    done = cgraph("eval", program, "--inputs", "inputs.json", "--get", "value", cwd=tmp_path)
    assert done.stdout == "40\n"


def test_inputs_that_the_program_lacks_are_of_any_type(cgraph: Run, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text('{"N": 3, "y": [1, 2], "t": {"a": null}, "s": "x y", "b": true, "x": 4}')
    assert cgraph("eval", "x + 1", "--inputs", "data.json", "--get", "value", cwd=tmp_path).stdout == "5\n"


def test_a_path_that_exists_is_read(cgraph: Run, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "model").write_text("a/b")
    (tmp_path / "x").write_text("a/b")
    assert cgraph("eval", "src/model", "--a", "6", "--b", "2", "--get", "value", cwd=tmp_path).stdout == "3\n"
    assert cgraph("eval", "src/modal", "--src", "6", "--modal", "2", "--get", "value", cwd=tmp_path).stdout == "3\n"
    assert cgraph("eval", "x", "--x", "6", "--get", "value", cwd=tmp_path).stdout == "6\n"


def test_a_misspelt_path_is_no_quotient(cgraph: Run, tmp_path: Path) -> None:
    """A path in an existing folder is misspelt; with spaces or inputs, or without such a folder, it is a quotient."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "model.cg").write_text("a/b")
    for command in ("graph", "eval", "diff", "check", "emit"):
        words = [command, "c", "src/modle"] if command == "emit" else [command, "src/modle"]
        done = cgraph(*words, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith("error: there is no file `src/modle`\nhelp: did you mean `src/model.cg`?\n")
    assert cgraph("graph", "src / modle", cwd=tmp_path).returncode == 0
    assert cgraph("graph", "lib/modle", cwd=tmp_path).returncode == 0
    assert cgraph("graph", "src/2", cwd=tmp_path).returncode == 0
    assert cgraph("eval", "src/modle", "--src", "6", "--modle", "2", "--get", "value", cwd=tmp_path).stdout == "3\n"


def test_a_pattern_names_the_inputs_that_it_fits(cgraph: Run) -> None:
    """A pattern's inputs are in the order of the program, among full names; if it fits none, it names other nodes."""
    program = "w_sum = w2 + w1; y = w_sum*x*v"
    point = ("--w1", "1", "--w2", "2", "--x", "3", "--v", "4")

    def columns(*wrt: str) -> list[str]:
        done = cgraph("jacobian", program, *point, *(word for each in wrt for word in ("--wrt", each)), "-o", "csv")
        return done.stdout.split("\n")[0].split(",")[1::2]

    inputs = columns("w2", "w1")
    assert columns("w*") == inputs
    assert columns("v,w*") == columns("v", "w2", "w1")
    assert columns("w?") == inputs
    assert columns("*_sum") == columns("w_sum")


@pytest.mark.parametrize("target", ["python", "c", "javascript", "rust", "julia"])
def test_wrt_orders_the_arguments(cgraph: Run, target: str) -> None:
    """The inputs of `--wrt` are first, in its order, and the others follow in the order of the program."""
    code = cgraph("emit", target, "f = x*y + z*u", "--wrt", "u,y").stdout
    (inside,) = re.findall(r"\bf\(((?:[^()]*\bu\b)[^()]*)\)", code)[:1]
    assert [word for word in re.findall(r"\w+", inside) if word in "xyzu"] == ["u", "y", "x", "z"]


@pytest.mark.parametrize(
    ("asserts", "said"),
    [
        ("", ""),
        ("; assert e == 8 and grad(e, a) == 2", ""),
        ("; assert e == 9", "note: `assert e == 9` at 1:18 does not hold here: `cgraph check`"),
        ("; assert grad(e, a) == 3", "note: `assert grad(e, a) == 3` at 1:18 does not hold here: `cgraph check`"),
        ("; assert e > 9; assert e < 9; assert b > 1", "note: 2 asserts, the first at 1:18, do not hold here:"),
    ],
)
def test_an_assert_that_does_not_hold_is_told(cgraph: Run, asserts: str, said: str) -> None:
    done = cgraph("eval", f"e = (a + b)*2*1{asserts}", "--a", "3", "--b", "1", "--get", "e")
    assert (done.returncode, done.stdout) == (0, "8\n")
    assert done.stderr.startswith(said)
    assert bool(done.stderr) == bool(said)


def test_an_assert_is_told_by_true_numbers_and_of_large_arrays(cgraph: Run) -> None:
    assert cgraph("eval", "y = exp(-x^2); assert y > 0", "--x", "100", "--get", "y").stderr == ""
    program = "y = sum(x*x); assert x > 0.5; assert grad(y, x) == 3*x"
    done = cgraph("eval", program, "--x", "ones(60000)", "--get", "y")
    assert "note: `assert grad(y, x) == 3*x` at 1:31 does not hold here" in done.stderr


def test_asserts_beyond_the_bound_are_told(cgraph: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unmet, "_MOST", 20)
    program = "y = x^2" + "; assert y > 0; assert y < 0" * 5
    done = cgraph("eval", program, "--x", "1", "--get", "y")
    assert "asserts, the first at 1:24, do not hold here" in done.stderr
    assert "asserts are not tested here: `cgraph check` tests them" in done.stderr


def test_picked_numbers_in_formats_for_scripts(cgraph: Run) -> None:
    words = ["eval", "y = [a, b]*2; z = 1/(a - 3)", "--a", "3", "--b", "1", "--of", "y", "--get", "y,z,a.grad"]
    expected = {"y": [6.0, 2.0], "z": "inf", "a.grad": 2.0}
    assert json.loads(cgraph(*words, "-o", "json").stdout) == expected
    assert json.loads(cgraph(*words, "-o", "jsonl").stdout) == expected
    assert cgraph(*words, "-o", "csv").stdout == 'y,z,a.grad\n"[6, 2]",inf,2\n'
    assert cgraph(*words, "-o", "table").stdout == "[6, 2]\ninf\n2\n"
    assert json.loads(cgraph("eval", "x^2", "--x", "3", "--get", "value", "-o", "json").stdout) == {"%1": 9.0}
