"""Inputs that shapes and places hang on: one number in each run, and a constant in everything that is made of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Run

VECTOR = "v = [10, 20, 30]*x^2"
"""A program whose elements differ, and whose slopes do."""

PROGRAMS = {
    "place": (f"k = 1; {VECTOR}; y = v[k]", "2"),
    "place behind a name": (f"k = 0; m = k + 1; {VECTOR}; y = v[m]", "1"),
    "place by a function": (f"k = 1; {VECTOR}; at(i) = v[i]; y = at(k)", "2"),
    "place in a loop": (f"k = 1; {VECTOR}; y = sum(v[i + k] for i in range(2))", "0"),
    "places": (f"k = [1, 0]; {VECTOR}; y = sum(v[k])", "[0, 2]"),
    "place of a place": (f"k = 1; t = [2, 0, 1]; {VECTOR}; y = v[t[k]]", "0"),
    "end of a slice": (f"k = 1; {VECTOR}; y = sum(v[:k])", "2"),
    "size": ("k = 3; y = sum(x^i for i in range(k))", "5"),
    "size of zeros": ("k = 2; y = sum(zeros(k) + x)", "4"),
    "numbers": ("k = 2; y = sum(range(k)*x)", "4"),
    "steps": ("k = 2; h[0] = x; h[t + 1] = h[t]^2 for t in range(k); y = h[k]", "3"),
    "shape": (f"k = 1; {VECTOR}; M = reshape(v, k, 3/k); y = sum(M[0])", "3"),
    "picked": ("k = [0, 1]; M = [[1, 2], [3, 4]]*x^2; y = sum(pick(M, k))", "[1, 1]"),
    "classes": ("k = [0, 1]; M = [[1, 2], [3, 4]]*x^2; y = cross_entropy(M, k)", "[1, 1]"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run the commands in a folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=PROGRAMS)
def case(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    """Give a program, another number for its `k`, and the program in which that is a constant."""
    program, number = PROGRAMS[request.param]
    return program, number, re.sub(r"k = ([^;]+);", f"const k = {number};", program, count=1)


def test_a_given_number_is_that_of_the_program(case: tuple[str, str, str], cgraph: Run) -> None:
    program, number, fixed = case
    for word in ("y", "x.grad"):
        asked = ["--x", "3", "--get", word]
        given, written = cgraph("eval", program, "--k", number, *asked), cgraph("eval", fixed, *asked)
        assert given.stdout == written.stdout != cgraph("eval", program, *asked).stdout
    for command in ("jacobian", "hessian"):
        given = cgraph(command, program, "--k", number, "--x", "3", "-o", "json")
        written = cgraph(command, fixed, "--x", "3", "-o", "json")
        found, expected = json.loads(given.stdout), json.loads(written.stdout)
        assert found["wrt"] == ["x"]
        for entry in expected.keys() - {"diagnostics"}:  # which have columns of the text
            assert found[entry] == expected[entry]


@pytest.mark.parametrize(
    "words",
    [
        ["check", "--samples", "3", "--range", "{k}=0:2"],
        ["eval", "--wrt", "k"], ["eval", "--get", "k.grad"], ["eval", "--tangent", "k=1"], ["jacobian", "--wrt", "k"],
        ["hessian", "--wrt", "k"], ["taylor", "--wrt", "{k}"], ["plot", "--over", "{k}=1:2"],
        ["check", "--rows", "rows.csv"], ["budget", "--k", "{uncertain}"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_nothing_varies_it(case: tuple[str, str, str], words: list[str], cgraph: Run, folder: Path) -> None:
    """No command shows numbers of one place under the name of another."""
    program, number, _ = case
    k, uncertain = ("k[0]", "[1 ± 0.5, 0]") if number.startswith("[") else ("k", "1 ± 0.5")
    (folder / "rows.csv").write_text(f"x,{k}\n1,0\n2,1\n")
    command, *options = [word.format(k=k, uncertain=uncertain) for word in words]
    point = [] if "rows.csv" in words or "--range" in words else ["--x", "3"]
    done = cgraph(command, program, *options, *point)
    assert done.returncode == 2, done.stdout
    assert "decides a shape or a place" in done.stderr
    assert not done.stdout


def test_emitted_code_has_no_argument_for_it(case: tuple[str, str, str], cgraph: Run) -> None:
    """The code is that of the constant, but for the text of the program in it."""
    program, number, fixed = case
    for target in ("numpy", "c", "python", "rust"):
        given = cgraph("emit", target, program, "--k", number).stdout
        assert given.replace(program, fixed) == cgraph("emit", target, fixed).stdout


def test_a_derivative_holds_for_its_number(case: tuple[str, str, str], cgraph: Run) -> None:
    program, number, fixed = case
    derivative = cgraph("diff", program, "--k", number).stdout
    found = cgraph("eval", "-", "--x", "3", "--get", "dy_dx", stdin=derivative)
    want = float(cgraph("eval", fixed, "--x", "3", "--get", "x.grad").stdout)
    assert float(found.stdout) == pytest.approx(want, rel=1e-12), derivative


def test_a_column_is_read_where_the_option_leaves_it_out(cgraph: Run, folder: Path) -> None:
    (folder / "rows.csv").write_text("x,k\n1,0\n2,1\n")
    done = cgraph("map", "k = 1; v = [10, 20, 30]*x; y = v[k]", "rows.csv", "--k", "2", "--only")
    assert [line.split(",")[1] for line in done.stdout.splitlines()] == ["y", "30.0", "60.0"]
    assert "its column is not read" in done.stderr


def test_a_sweep_makes_the_program_of_each_number(case: tuple[str, str, str], cgraph: Run) -> None:
    program, number, _ = case
    name = "k[1]" if number.startswith("[") else "k"
    numbers = ["0", "1"] if name == "k[1]" else [re.findall(r"k = (\d)", program)[0], number]
    swept = cgraph("sweep", program, "--x", "3", "--over", f"{name}={','.join(numbers)}", "--wrt", "x", "-o", "csv")
    for line, each in zip(swept.stdout.splitlines()[1:], numbers, strict=True):
        whole = re.sub(r"(k = \[\d, )\d", rf"\g<1>{each}", program)
        there = ["eval", whole, *([] if name == "k[1]" else ["--k", each]), "--x", "3", "--get"]
        found = [float(cgraph(*there, word).stdout) for word in ("y", "x.grad")]
        assert [float(cell) for cell in line.split(",")[1::2]] == pytest.approx(found, rel=1e-12)


def test_a_sweep_over_a_size_without_a_default(cgraph: Run) -> None:
    """Ten steps of descent from 1 with the rate 0.1 on x² leave 0.8^10."""
    steps = "h[0] = x; h[t + 1] = h[t] - 0.1*grad(h[t]^2, h[t]) for t in range(n); y = h[n]"
    swept = cgraph("sweep", steps, "--x", "1", "--over", "n=0:20:10", "-o", "json")
    values = [row["outputs"]["y"]["value"] for row in json.loads(swept.stdout)["rows"]]
    assert values == pytest.approx([1, 0.8**10, 0.8**20], rel=1e-12)


@pytest.mark.parametrize("default", [True, False], ids=["default", "no default"])
def test_rows_have_the_program_of_their_number(
    case: tuple[str, str, str], default: bool, cgraph: Run, folder: Path
) -> None:
    """Each row is what `eval` says of it, a default or the first row being none of them."""
    program, number, _ = case
    name = "k[1]" if number.startswith("[") else "k"
    if name == "k[1]" and not default:
        return  # the shape is not known then
    first = re.findall(r"k = (\d)", program)
    numbers = ["1", "0", "", "1"] if name == "k[1]" else [number, first[0], "", number]
    others = ["0", "0", "1", "0"]
    head = "x,k[0],k[1]" if name == "k[1]" else "x,k"
    rows = [",".join([str(at + 2), *([other] if name == "k[1]" else []), each])
            for at, (other, each) in enumerate(zip(others, numbers, strict=True))]  # fmt: skip
    (folder / "rows.csv").write_text("\n".join([head, *rows, ""]))
    written = program if default else re.sub(r"k = \d; ", "", program, count=1)
    done = cgraph("map", written, "rows.csv", "--only", "--wrt", "x")
    assert done.returncode == 0, done.stderr
    for at, (line, other, each) in enumerate(zip(done.stdout.splitlines()[1:], others, numbers, strict=True)):
        value, _, slope, _ = line.split(",")[-4:]
        if not each:
            assert not value
            continue
        given = f"[{other}, {each}]" if name == "k[1]" else each
        there = ["eval", program, "--k", given, "--x", str(at + 2), "--get"]
        found = [float(cgraph(*there, word).stdout) for word in ("y", "x.grad")]
        assert [float(value), float(slope)] == pytest.approx(found, rel=1e-12)


def test_rows_of_places_without_numpy(cgraph: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "x,k\n1,0\n2,2\n,1\n0,1\n"
    words = ["map", "k = 0; v = [abs(x), x, x^2]; y = v[k]*w", "-", "--w", "2"]
    with_numpy = cgraph(*words, stdin=rows)
    monkeypatch.setattr("cgraph_cli.results.rows.engine.has_arrays", lambda: False)
    without = cgraph(*words, stdin=rows)
    assert without.stderr == with_numpy.stderr
    assert without.stdout == with_numpy.stdout
    assert without.returncode == with_numpy.returncode


def test_rows_of_too_many_programs(folder: Path, cgraph: Run) -> None:
    (folder / "rows.csv").write_text("x,n\n" + "".join(f"1,{n}\n" for n in range(1_001)))
    done = cgraph("map", "y = sum(range(n)*x)", "rows.csv", "--no-gradient", "-o", "out.csv")
    assert done.returncode == 2
    assert "more than 1,000 different numbers" in done.stderr
    assert not (folder / "out.csv").exists()


def test_what_is_asked_for_has_one_shape_at_all_points(cgraph: Run) -> None:
    done = cgraph("sweep", "u = [x^i for i in range(n)]; sum(u)", "--x", "2", "--over", "n=2:3:1", "--wrt", "u")
    assert done.returncode == 2
    assert "`u` is [2] at the first point, and [3] at n = 3" in done.stderr


def test_an_element_that_is_not_there_is_not_swept(cgraph: Run) -> None:
    for program, name in (("k = 1; x = [1, 2]; y = x[k]*s", "k[0]"), ("t = [0, 1]; v = [1, 2]*s; v[t]", "t[5]")):
        done = cgraph("sweep", program, "--s", "2", "--over", f"{name}=0:1:1")
        assert done.returncode == 2
        assert f"has no input `{name}`" in done.stderr


def test_the_class_of_one_row_is_no_argument(cgraph: Run) -> None:
    code = cgraph("emit", "numpy", "z : [3]; y = cross_entropy(z, k)*k", "--z", "[1, 2, 3]", "--k", "1").stdout
    assert "def f(z=(1.0, 2.0, 3.0)):" in code


def test_an_assertion_does_not_differentiate_in_it(cgraph: Run) -> None:
    done = cgraph("check", "x = [1, 2, 4]; k = 1; y = x[k]*z; assert grad(y, k) == 0", "--z", "1")
    assert done.returncode == 2
    assert "nothing is differentiated with respect to it" in done.stderr


def test_a_place_that_is_computed_has_no_advice_for_another(cgraph: Run) -> None:
    done = cgraph("plot", "x = [1, 2, 4]; k = 1; y = x[k - 1]*z", "--z", "1", "--over", "k=1:2")
    assert done.returncode == 2
    assert "sum(where" not in done.stderr


def test_the_advice_for_a_place_that_varies(cgraph: Run) -> None:
    refused = cgraph("plot", f"k = 1; {VECTOR}; y = v[k]", "--x", "2", "--over", "k=0:2:1")
    advised = re.search(r"is `(sum\(where.*)`", refused.stderr)
    assert advised is not None
    done = cgraph("sweep", f"k = 1; {VECTOR}; y = {advised[1]}", "--x", "2", "--over", "k=0:2:1", "-o", "csv")
    assert [line.split(",")[1] for line in done.stdout.splitlines()[1:]] == ["40", "80", "120"]


def test_a_resumed_run_has_the_same_number(cgraph: Run, folder: Path) -> None:
    (folder / "rows.csv").write_text("x\n1\n2\n")
    words = ["map", "k = 1; v = [10, 20, 30]*x; y = v[k]", "rows.csv", "-o", "out/"]
    assert cgraph(*words, "--k", "0").returncode == 0
    assert cgraph(*words, "--k", "0", "--resume").returncode == 0
    assert cgraph(*words, "--k", "2", "--resume").returncode == 2
