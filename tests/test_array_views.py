"""Programs of arrays in the commands that show them: ranges, directions, checks, files and sessions."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from pathlib import Path

import numpy
import pytest
from hypothesis import strategies as st

from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.sweeps import evaluate, sweep_forward
from cgraph_cli.results.request import find_direction
from cgraph_cli.symbolic.line import along_line
from tests.conftest import Run, explore
from tests.test_array_programs import shaped

LAYER = "s = softmax(W @ x + b); L = -log(s[1])"
POINT = {"W": [[1, 2], [3, 4], [0, -1]], "x": [1, 0.5], "b": [0, 0, 0]}
WORDS = [f"--{name}={value}" for name, value in POINT.items()]


# Ranges and directions


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[float], list[float], float]:
    numbers = st.floats(-3, 3, allow_subnormal=False)
    size = draw(st.integers(1, 4))
    vector = st.lists(numbers, min_size=size, max_size=size)
    return draw(vector), draw(vector), draw(numbers)


@explore(60, 3_000, lines())
def test_a_program_along_a_line_is_the_program_there(line: tuple[list[float], list[float], float]) -> None:
    """Its value at t is the program's at x + t*v, and its slope the tangent there in the direction v."""
    start, speed, t = line
    text = "y = sum(sin(x)*x) + exp(x[0]); z = x^2"
    graph, numbers = shaped(text, {"x": numpy.array(start)})
    way = along_line(graph, find_direction(graph, {"x": Tensor((len(speed),), speed)}, "--tangent"), "t")
    along = evaluate(way.graph, way.inputs(numbers) | {"t": t})
    place = {f"x[{at}]": x + v * t for at, (x, v) in enumerate(zip(start, speed, strict=True))}
    there = evaluate(graph, place)
    seeds = {graph.find(f"x[{at}]"): v for at, v in enumerate(speed)}
    slopes, tangents = sweep_forward(along, {way.graph.find("t"): 1.0}), sweep_forward(there, seeds)
    for name in ("y", *(f"z[{at}]" for at in range(len(start)))):
        here, node = way.graph.find(name), graph.find(name)
        assert math.isclose(along.values[here], there.values[node], rel_tol=1e-12, abs_tol=1e-12)
        assert math.isclose(slopes[here] or 0.0, tangents[node] or 0.0, rel_tol=1e-12, abs_tol=1e-12)


def rows_of(text: str) -> list[list[float]]:
    return [[float(cell) for cell in line.split(",")[::1] if cell != "ok"] for line in text.splitlines()[1:]]


def test_sweeps_over_an_element_and_along_a_direction(cgraph: Run) -> None:
    found = cgraph("sweep", "y = x^2", "--x", "[1, 2]", "--over", "x[ 0 ]=0:2:1", "-o", "csv").stdout
    assert rows_of(found) == [[a, a**2, 2 * a, 4, 0] for a in (0.0, 1.0, 2.0)]
    found = cgraph("sweep", "y = sum(x^2)", "--x", "[1, 2]", "--tangent", "x=[1,2]", "--over", "t=0:2:1", "-o", "csv")
    assert rows_of(found.stdout) == [[t, 5 * (1 + t) ** 2, 10 * (1 + t)] for t in (0.0, 1.0, 2.0)]
    found = cgraph("sweep", "y = a*b", "--a=1", "--b=2", "--tangent=a=3,b=1", "--over=s=0:2:1", "-o", "csv")
    assert rows_of(found.stdout) == [[s, (1 + 3 * s) * (2 + s), 7 + 6 * s] for s in (0.0, 1.0, 2.0)]
    drawn = cgraph("plot", "y = abs(x)", "--x", "[1, 2]", "--over", "t=-2:2", "--tangent", "x=[1,2]").stdout
    assert "kink at t = -1, slopes -1 and 1 (y[0])" in drawn
    assert "kink at t = -1, slopes -2 and 2 (y[1])" in drawn


def test_taylor_in_an_element_and_in_a_direction(cgraph: Run) -> None:
    def coefficients(*words: str) -> list[float]:
        lines = cgraph("taylor", "y = sum(x^3)", "--x", "[1, 2]", "--order=3", "-o", "csv", *words).stdout
        return [float(line.split(",")[1]) for line in lines.splitlines()[1:]]

    assert coefficients("--wrt", "x[1]") == [9, 12, 6, 1]
    assert coefficients("--tangent", "x=[1,2]") == [9, 27, 27, 9]
    exact = cgraph("taylor", "y = sin(x)*t", "--x=1", "--t=0.1", "--tangent", "x=1,t=2", "--precision=30", "--order=1")
    assert "0.084147098480789650665250232163" in exact.stdout
    assert "1.736972200202606985045098304" in exact.stdout  # 2 sin(1) + 0.1 cos(1)


# Checks


def test_checks_of_arrays(cgraph: Run) -> None:
    fine = ["W.grad[0,1]=4", "W[1,1].grad=8,W.grad=[[2,4],[6,8]],y=30", "W=[[1,2],[3,4]]", "W[0, 1]=2"]
    words = [word for each in fine for word in ("--expect", each)]
    assert cgraph("check", "y = sum(W^2)", "--W=[[1,2],[3,4]]", *words).returncode == 0
    for wrong in ("W.grad[0,1]=5", "W.grad=[[2,4],[6,9]]", "W=2"):
        done = cgraph("check", "y = sum(W^2)", "--W=[[1,2],[3,4]]", "--expect", wrong)
        assert done.returncode == 1, wrong
    torch = ["--a=[2, 3]", "--b=[6, 4]"]  # the published example: the external gradient is that of the sum
    expected = "a.grad=[36, 81],b.grad=[-12, -8],Q=[-12, 65]"
    assert cgraph("check", "Q = 3*a^3 - b^2", *torch, "--expect", expected).returncode == 0
    done = cgraph("check", "Q = 3*a^3 - b^2", *torch, "--expect", "b.grad=[-12, -8.5]")
    assert "∂ΣQ/∂b[1] is not -8.5" in done.stdout
    program = "x : [3]; y = sum(x^2); assert grad(y, x) == 2*x; assert y >= 0"
    assert cgraph("check", program, "--samples", "5").returncode == 0


def test_ranges_of_arrays_and_of_elements(cgraph: Run) -> None:
    program = "W : [2, 2]; y = sum(W); assert W >= 1 and W <= 6; assert W[0, 0] >= 5"
    assert cgraph("check", program, "--samples=20", "--range", "W=1:2", "--range", "W[0, 0]=5:6").returncode == 0
    assert cgraph("check", program, "--samples=20", "--range", "W=1:2").returncode == 1
    assert cgraph("check", "W : [2]; y = sum(sqrt(W))", "--samples=9", "--range", "W=1:2").returncode == 0


def test_arrays_of_one_sum_are_not_the_same(cgraph: Run) -> None:
    assert cgraph("compare", "x^2", "x*x", "--x=[1, 2]").returncode == 0
    assert cgraph("compare", "x : [3]; x", "x : [3]; x[::-1]").returncode == 1
    assert cgraph("compare", "x : [3]; y = x", "x : [3]; y = x[::-1]", "--of", "y").returncode == 1
    assert cgraph("compare", "A : [2, 2]; y = A.T @ A", "A : [2, 2]; y = (A.T @ A).T").returncode == 0


def test_the_elements_of_an_output_are_outputs_in_every_format(cgraph: Run) -> None:
    words = ["eval", "t = x^2; y = 2*t", "--x=[1, 2]", "-o", "csv"]
    for more, expected in (([], {"y"}), (["--of=t"], {"t"}), (["--of=t,y"], {"t", "y"}), (["--seed=y=[1,3]"], {"y"})):
        rows = [line.split(",") for line in cgraph(*words, *more).stdout.splitlines()[1:]]
        assert {row[0].partition("[")[0] for row in rows if row[1] == "output"} == expected, more
    rows = cgraph("eval", "x*2", "--x=[1, 2]", "-o", "csv").stdout.splitlines()[1:]
    assert [row.split(",")[1] for row in rows] == ["input", "input", "output", "output"]


# Files


def test_inputs_from_a_file_of_arrays(cgraph: Run, tmp_path: Path) -> None:
    weights = numpy.array([[1.5, -2.0], [0.25, 3.0]])
    numpy.savez(tmp_path / "point.npz", W=weights, x=numpy.arange(2), k=numpy.float64(3), other=numpy.array(["a"]))
    done = cgraph("eval", "y = k*(W @ x)", "--inputs", "point.npz", "--get", "y,W.grad", cwd=tmp_path)
    first, second = done.stdout.splitlines()
    assert json.loads(first) == (3 * weights @ [0, 1]).tolist()
    assert json.loads(second) == [[0.0, 3.0], [0.0, 3.0]]
    assert cgraph("eval", "y = other*1", "--inputs", "point.npz", cwd=tmp_path).returncode == 2


def test_a_template_is_filled_in_and_read_again(cgraph: Run, tmp_path: Path) -> None:
    program = "W : [2, 3]; x = [1, 2, 3]; b : [n]; y = W @ x + b*k"
    made = json.loads(cgraph("eval", program, "--template").stdout)
    assert made == {"W": [[None] * 3] * 2, "x": [1.0, 2.0, 3.0], "b": None, "k": None}
    made |= {"W": [[1, 0, 0], [0, 1, 0]], "b": [1, 1], "k": 10}
    (tmp_path / "point.json").write_text(json.dumps(made))
    assert cgraph("eval", program, "--inputs", "point.json", "--get", "y", cwd=tmp_path).stdout == "[11, 12]\n"
    given = json.loads(cgraph("eval", program, "--W", "ones(2, 3)", "--template").stdout)
    assert given["W"] == [[1.0] * 3] * 2


def test_help_lists_arrays_with_their_shapes(cgraph: Run) -> None:
    page = cgraph("eval", "W : [n, 3]; x = [1, 2, 3]; y = W @ x + digits*k", "--help").stdout
    assert re.search(r"--W ARRAY +of \[n, 3\]; required; first used at 1:1", page)
    assert re.search(r"--x ARRAY +of \[3\]; default \[1, 2, 3\]", page)
    assert re.search(r"--set digits=VALUE +required", page)


@pytest.mark.parametrize(
    "program", ["X : [5, 3]; y = sum(X) + z", "digits : [2]; y = sum(digits)", "a : [2, 2]; b : [2]; c; a @ b*c"]
)
def test_what_a_missing_array_is_given_by_works(cgraph: Run, program: str) -> None:
    import shlex

    missing = cgraph("eval", program)
    assert missing.returncode == 2
    (help,) = [line for line in missing.stderr.splitlines() if line.startswith("help: give")]
    assert cgraph("eval", program, *shlex.split(help.partition(": give ")[2].partition(": ")[2])).returncode == 0


# Sessions


def test_a_session_with_arrays(cgraph: Run) -> None:
    done = cgraph("repl", stdin="w = [1,2]\ny = sum(w^2)\nw = [3,-1]\nw\ny\nw[1]\nw = 2*ones(3)\n:list\n")
    assert "w = [3, -1]\n∂y/∂w = [6, -2]\n" in done.stdout
    assert "y = 10, ∂y/∂y = 1\n" in done.stdout
    assert "w[1] = -1, ∂y/∂w[1] = -2\n" in done.stdout
    assert "w = [2, 2, 2]\ny = sum(w^2)\n" in done.stdout
    begun = cgraph("repl", "Q = 3*a^3 - b^2", "--a", "[2, 3]", "--b", "[6, 4]", stdin="a\n")
    assert "∂ΣQ/∂a = [36, 81]" in begun.stdout
    declared = cgraph("repl", stdin="W : [2, 2]\nz = W @ W\nW = eye(2)\n:of z\nz\n:undo\n:undo\n:table\n")
    assert "z = [[1, 0], [0, 1]]" in declared.stdout
    assert "write `W = ones(2, 2)`" in declared.stderr


def test_places_that_are_written_in_the_call(cgraph: Run) -> None:
    text = "A = [[1, 2], [3, 4]]; y = sum(pick(A, [0, 1])^2)"
    assert cgraph("eval", text, "--get", "y,A.grad").stdout == "17\n[[2, 0], [0, 8]]\n"
    assert "∂y/∂A" in cgraph("explain", text).stdout


@pytest.mark.parametrize(
    ("text", "array"),
    [
        ("1,2,\n3,4,\n", [[1, 2], [3, 4]]),
        ("a,b\n1,2\n\n3,4\n", [[1, 2], [3, 4]]),
        ("1  2\n3 4 \n", [[1, 2], [3, 4]]),
        ("1;2\n3;4\n", [[1, 2], [3, 4]]),
        ("1\n2\n", [1, 2]),
        ("1,,3\n,5,6\n", None),
        ("1,2\n3,\n", None),
    ],
)
def test_no_cell_of_a_file_takes_the_place_of_another(text: str, array: object, cgraph: Run, tmp_path: Path) -> None:
    """An end of every line in a comma is no cell, and a cell that is empty is no number."""
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    done = cgraph("eval", "A*1", "--A", "@a.csv", "--get", "value", cwd=tmp_path)
    assert (done.stdout == f"{array}\n") if array else "has an empty cell" in done.stderr


def test_a_status_names_its_elements(cgraph: Run) -> None:
    """A vector has one pair of brackets for all, a matrix one for each, as its elements are written."""
    vector = cgraph("eval", "y = sum(abs(x))", "--x=[0, 1, 0, 2]", "-o", "markdown").stdout
    assert "| kink [-1, 1] at [0, 2] |" in vector
    matrix = cgraph("eval", "y = sum(abs(x))", "--x=[[0, 1], [1, 0]]", "-o", "markdown").stdout
    assert "kink [-1, 1] at [0,0], [1,1]" in matrix


# Edges


@pytest.mark.parametrize("more", [[], ["--precision", "20"]])
def test_edges_lead_from_elements_to_elements_and_make_the_jacobian(cgraph: Run, more: list[str]) -> None:
    given = ["--A", "[[2, 1], [0.5, 3]]", "--x", "[1, -2]"]
    done = cgraph("eval", "y = solve(A, tanh(A @ x))", *given, "--edges", "-o", "csv", *more)
    edges = list(csv.DictReader(io.StringIO(done.stdout)))
    partials = {(row["from"], row["to"]): float(row["partial"]) for row in edges}
    assert len(partials) == len(edges) == 2 * 4 + 2 + 2 * 6
    assert all(re.fullmatch(r"(A|x|y|%\d)\[[\d,]+\]", name) for pair in partials for name in pair)
    done = cgraph("jacobian", "y = solve(A, tanh(A @ x))", *given, "-o", "csv")
    for row in csv.DictReader(io.StringIO(done.stdout)):
        for name in ("A[0,0]", "A[1,0]", "x[1]"):
            paths = [(f"%1[{at}]", f"%2[{at}]") for at in (0, 1)]
            along = [partials.get((name, z), 0.0) * partials[z, t] * partials[t, row["node"]] for z, t in paths]
            whole = sum(along) + partials.get((name, row["node"]), 0.0)
            assert whole == pytest.approx(float(row[name]), rel=1e-12)
