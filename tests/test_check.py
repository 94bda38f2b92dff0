"""`cgraph check`: right programs pass, and each kind of wrong one fails in full."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from flint import arb

from cgraph_cli import parse
from cgraph_cli.checks import gradient_cases
from cgraph_cli.checks.differences import Differences
from cgraph_cli.checks.expectations import Expectation
from cgraph_cli.checks.gradients import Settings, check
from cgraph_cli.checks.outcomes import Outcome
from cgraph_cli.checks.sampling import Sampling
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.ball import Ball
from cgraph_cli.trust.problem_condition import condition_of
from tests.conftest import EXAMPLES, ROOT, Run, cases_of, heavy
from tests.known_losses import LOSSES, Loss

BAD = """a = 0
b = 2
e = abs(a) + b^2
assert e == 4
assert grad(e, b) == 5 within 1e-9
assert grad(e, a) == 1
assert e > 1 and grad(e, b) < 3 and abs(grad(e, a)) < 10
assert 1 < e < 3 or e == 7
assert not e == 4
assert where(e > 3, 0, 1)
"""

BAD_TEXT = """\
FAIL  bad.cg  6 asserts, first at 5:1

`grad(e, b) == 5` does not hold
  --> bad.cg:5:1
  5 | assert grad(e, b) == 5 within 1e-9
    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  expected    5
  got         4
  difference  1
  tolerance   1e-09

`grad(e, a) == 1` does not hold
  --> bad.cg:6:1
  6 | assert grad(e, a) == 1
    | ^^^^^^^^^^^^^^^^^^^^^^
  expected    1
  got         0
  difference  1
  tolerance   1e-09
  `grad(e, a)` is at a kink, between -1 and 1

`grad(e, b) < 3` does not hold
  --> bad.cg:7:18
  7 | assert e > 1 and grad(e, b) < 3 and abs(grad(e, a)) < 10
    |                  ^^^^^^^^^^^^^^
  expected    < 3
  got         4

`e < 3` does not hold
  --> bad.cg:8:12
  8 | assert 1 < e < 3 or e == 7
    |            ^^^^^
  expected    < 3
  got         4

`e == 7` does not hold
  --> bad.cg:8:21
  8 | assert 1 < e < 3 or e == 7
    |                     ^^^^^^
  expected    7
  got         4
  difference  3
  tolerance   7e-09

`e == 4` should not hold
  --> bad.cg:9:12
  9 | assert not e == 4
    |            ^^^^^^
  expected    not 4
  got         4

`where(e > 3, 0, 1)` should be true, and is 0
  --> bad.cg:10:1
  10 | assert where(e > 3, 0, 1)
     | ^^^^^^^^^^^^^^^^^^^^^^^^^

"""

GOOD = "a = 2; e = a^2; assert grad(e, a) == 4"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Make a folder with a program that fails and one that passes."""
    return write_programs(tmp_path)


def write_programs(folder: Path) -> Path:
    """Write the two programs to a folder."""
    (folder / "bad.cg").write_text(BAD)
    (folder / "good.cg").write_text(GOOD)
    return folder


def messages(outcome: Outcome) -> list[str]:
    """List the failures, a line each."""
    return [failure.message for case in outcome.cases for failure in case.failures]


def digits(outcome: Outcome) -> int | None:
    """Read the least agreement with the differences."""
    return cases_of(outcome, "differences")[0].digits


def notes(outcome: Outcome) -> dict[str, int]:
    """List the omissions of the differences."""
    return cases_of(outcome, "differences")[0].notes


# ------------------------------------------------------------------------------------------------------ what passes


def test_examples(cgraph: Run) -> None:
    done = cgraph("check", *(str(path.relative_to(ROOT)) for path in EXAMPLES), cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    *lines, last = done.stdout.splitlines()
    assert last == f"{len(EXAMPLES)} passed"
    assert "ok    examples/olah.cg                 forward = reverse, 15 digits, 5 asserts" in lines
    lines = [line.replace("sampled elements = high precision, ", "") for line in lines]  # of a large one
    assert all(re.search(r"1[45] digits, \d+ asserts$", line) and len(line) <= 80 for line in lines)


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("x = 3; y = 4; sqrt(x*x + y*y)", 15),
        ("x = 1000; log(1 + exp(x))", 15),
        ("x = 0; sqrt(x)^2", 15),
        ("x = 0; where(x == 0, 1, sin(x)/x)", 15),
        ("x = 400; tanh(x)", 15),
        ("x = 700; sigmoid(-x)", 15),
        ("x = 1e300; sin(x)", 15),
        ("x = 1e-300; x + 1", 15),
        ("x = -3; abs(x)*x^3 + x % 2", 14),
        ("x = 2; y = 0; prod(x, y, 3) + max(x, y)", 15),
        ("x = 1.5; gamma(x) + digamma(x)", 14),
        ("x = 1e-9; (1 - cos(x))/x^2", 15),
        ("x = 0.4; where((x + 1e16) - 1e16 > 0.2, x, 2*x)", 15),
        ("x = 1e17; sqrt(x + 1) - sqrt(x)", 15),
        ("x = 1000; exp(x)", 15),
        ("x = -1000; y = 3; exp(x)*y", 15),
        ("x = 0; sin(x)/x + x^3 + cos(x)", 15),
        ("x = 0; a = 2; a*sin(x)/x", 15),
        ("x = 0; y = 2; sin(x*y)/x", 15),
        ("x = 1e-8; exp(-1/x)", 15),
        ("a = 1; a", 15),
        ("a = 1; b = 2; a", 15),
        ("x = 2; d = x; e = d*x; assert grad(e, d) == 2; assert grad(d, e) == 0", 15),
        ("x = 2; e = x*-0; assert 1/grad(e, x) == -inf", 15),
    ],
)
def test_right_programs(text: str, least: int) -> None:
    outcome = check(parse(text))
    assert outcome.passed, messages(outcome)
    assert (digits(outcome) or 0) >= least


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss.gradient], ids=lambda loss: loss.text[:40])
def test_gradients_where_doubles_lose_digits(loss: Loss) -> None:
    outcome = check(parse(loss.text), loss.point)
    assert outcome.passed, messages(outcome)
    assert (digits(outcome) or 0) >= 11


@pytest.mark.parametrize(
    ("text", "passed_over"),
    [
        ("x = 0; abs(x)", {"at a kink": 1}),
        ("x = 0; y = 0; max(x, y)", {"at a kink": 2}),
        ("x = 2; floor(x)", {"at a jump": 1}),
        ("x = 0; sqrt(x)", {"at a pole": 1}),
        ("x = 0; 1/x", {"at a pole": 1}),
        ("x = -1; log(x)", {"undefined": 1}),
    ],
)
def test_places_without_a_plain_derivative(text: str, passed_over: dict[str, int]) -> None:
    """Kinks are compared with the two sides; what cannot be compared, or has few digits, is said."""
    outcome = check(parse(text))
    assert outcome.passed, messages(outcome)
    assert notes(outcome) == passed_over


def chain(statements: int) -> Graph:
    return parse("; ".join(["x = 0.1", "a0 = x", *(f"a{i} = a{i - 1}*0.5 + x" for i in range(1, statements))]))


@heavy
def test_large_programs() -> None:
    """A program is checked in whole up to the size to which digits are certified; beyond it is not taken for right."""
    outcome = check(chain(10_000))
    assert outcome.passed, messages(outcome)
    assert digits(outcome) == 15
    graph = chain(40_000)
    outcome = check(parse(f"{graph.source.text}; assert a39999 <= 0.2 <= a39999"))
    assert not outcome.passed
    assert [case.passed for case in cases_of(outcome, "assert")] == [True]  # by doubles
    (failure,) = cases_of(outcome, "differences")[0].failures
    assert failure.message == "∂a39999/∂x was not settled within the bound on work"
    assert failure.notes == ("the program has 119,999 nodes, and digits are certified up to 100,000",)


@pytest.mark.parametrize(
    "statement",
    [
        "assert e == 6.0000000001",
        "assert e == 6.1 within 0.11",
        "assert 1/0 == inf and 1/-0 == -inf",
        "assert grad(a, e) == 0",
        "assert 0/0 != 0/0",
        "assert 0/0 != 0/0 and e >= 6 and not (e < 6 or e > 6)",
        "assert grad(e, b) == grad(e, c) + grad(e, d) and a == 2 # a comment",
        "assert 5 < e <= 6 or e == 0",
        "assert where(e == 6.0000000001, 1, 0)",
        "assert 5.9999999999 == e == 6.0000000001",
        "assert abs(grad(e, a)) < 10",
    ],
)
def test_an_assert_that_holds(statement: str) -> None:
    assert messages(check(parse(f"a = 2; b = 1; c = a + b; d = b + 1; e = c*d; {statement}"))) == []


# -------------------------------------------------------------------------------------------------------- what fails


def test_failing_asserts_in_full(cgraph: Run, files: Path) -> None:
    done = cgraph("check", "bad.cg", cwd=files)
    assert (done.returncode, done.stdout, done.stderr) == (1, BAD_TEXT + "1 failed\n", "")
    done = cgraph("check", "bad.cg", "good.cg", cwd=files)
    assert done.stdout.endswith("\nok    good.cg  forward = reverse, 15 digits, 1 assert\n1 failed, 1 passed\n")
    assert cgraph("check", "bad.cg", "good.cg", "-q", cwd=files).stdout == BAD_TEXT + "1 failed, 1 passed\n"
    assert cgraph("check", "good.cg", "-q", cwd=files).stdout == ""


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("assert e == 7", ["`e == 7` does not hold"]),
        ("assert e == 6.0000001 within 0", ["`e == 6.0000001` does not hold"]),
        ("assert 7 == e", ["`7 == e` does not hold"]),
        ("assert 0/0 == 0/0", ["`0/0 == 0/0` does not hold"]),
        ("assert 0/0", ["`0/0` should be true, and is nan"]),
        ("assert a == 2 and (e == 7 or e == 8)", ["`e == 7` does not hold", "`e == 8` does not hold"]),
        ("assert 1 < e < 5 < 4", ["`e < 5` does not hold", "`5 < 4` does not hold"]),
        ("assert not (a and e > 5)", ["`a and e > 5` should be false, and is 1"]),
        ("assert not (a == 3 or e > 5)", ["`e > 5` should not hold"]),
        ("assert max(e == 6, 0) == 0", ["`max(e == 6, 0) == 0` does not hold"]),
        ("assert f(e)", ["`f(e)` does not hold"]),
        ("assert f(e) and a == 2", ["`f(e) and a == 2` does not hold"]),
        ("assert (e\n ==\n 7) # no", ["`(e == 7)` does not hold"]),
    ],
)
def test_the_part_that_is_false(statement: str, expected: list[str]) -> None:
    graph = parse(f"f(x) = x > 7; a = 2; b = 1; c = a + b; d = b + 1; e = c*d; {statement}")
    assert messages(check(graph)) == expected


def test_what_stands_on_the_left_is_got() -> None:
    (case,) = cases_of(check(parse("e = 6; e*1; assert 10 < e")), "assert")
    (failure,) = case.failures
    assert (failure.expected, failure.got, failure.relation) == (10, 6, ">")


def test_expectations(cgraph: Run) -> None:
    args = ("check", "e = (a + b)*(b + 1)", "--a", "3", "--b", "1")
    done = cgraph(*args, "--expect", "a.grad=2,e=8", "--expect", "b.grad=2*3", "--expect", "e.value=8")
    assert (done.returncode, done.stdout) == (
        0,
        "ok    program  forward = reverse, 15 digits, 4 expectations\n1 passed\n",
    )
    done = cgraph(*args, "--expect", "a.grad=2.1", "--expect", "e=8.1", "--atol", "0.1")
    assert done.returncode == 0
    done = cgraph(*args, "--expect", "a.grad=2.1", "--rtol", "0.01")
    assert done.returncode == 1
    assert done.stdout == (
        "FAIL  program  ∂e/∂a is not 2.1\n\n"
        "∂e/∂a is not 2.1\n"
        "  --> program:1:6\n"
        "  1 | e = (a + b)*(b + 1)\n"
        "    |      ^\n"
        "  expected    2.1\n  got         2\n  difference  0.1\n  tolerance   0.021\n\n"
        "1 failed\n"
    )


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_an_expectation_of_what_is_not_finite(number: float) -> None:
    outcome = check(parse("x = 0; y = -1/x"), settings=Settings(expectations=[Expectation("y", False, number)]))
    assert outcome.passed == (number == -math.inf)


def test_several_programs_one_of_them_wrong(cgraph: Run, files: Path) -> None:
    (files / "wrong.cg").write_text("e = 2x\n")
    done = cgraph("check", "wrong.cg", "missing.cg", "good.cg", "bad.cg", cwd=files)
    assert done.returncode == 2
    assert done.stdout.startswith("ERROR wrong.cg    there is no operator between `2` and `x`\n")
    assert done.stdout.endswith("1 failed, 2 errors, 1 passed\n")
    assert "  --> wrong.cg:1:5" in done.stderr
    assert "there is no file `missing.cg`" in done.stderr


def test_programs_that_share_inputs(cgraph: Run, files: Path) -> None:
    """An input is given to the programs that have it; one that none has is an error."""
    (files / "p.cg").write_text("x*y")
    (files / "q.cg").write_text("y^2")
    assert cgraph("check", "p.cg", "q.cg", "--x", "1", "--y", "2", cwd=files).returncode == 0
    done = cgraph("check", "p.cg", "q.cg", "--x", "1", "--y", "2", "--z", "3", cwd=files)
    assert done.returncode == 2
    assert "no input `z`" in done.stderr


def test_standard_input_and_options_for_files(cgraph: Run, files: Path) -> None:
    assert cgraph("check", stdin=GOOD).stdout.startswith("ok    <stdin>  ")
    assert cgraph("check", "-", stdin=GOOD).returncode == 0
    assert cgraph("check", "-f", "good.cg", "-f", "bad.cg", cwd=files).stdout.endswith("1 failed, 1 passed\n")
    done = cgraph("check", "good.cg", "--inputs", "-", stdin='{"a": 3}', cwd=files)
    assert "  expected    4\n  got         6\n" in done.stdout


def test_colour(cgraph: Run, files: Path) -> None:
    assert "\x1b[32mok   \x1b[0m good.cg" in cgraph("check", "good.cg", "--color", "always", cwd=files).stdout
    assert "\x1b" not in cgraph("check", "bad.cg", cwd=files).stdout


# ----------------------------------------------------------------------------------------------------------- samples


def sampled(text: str, samples: int = 50, **ranges: tuple[float, float]) -> Outcome:
    return check(parse(text), {}, Settings(sampling=Sampling(samples, ranges)))


def test_samples() -> None:
    outcome = sampled("e = tanh(a*b) + exp(a); assert grad(e, a) > 0 or b < 0")
    assert outcome.passed
    assert (outcome.points, outcome.undefined) == (50, 0)
    assert set(outcome.worst) == {"a", "b"}
    assert outcome.worst == sampled("e = tanh(a*b) + exp(a); assert grad(e, a) > 0 or b < 0").worst


def test_samples_that_are_undefined() -> None:
    outcome = sampled("log(a)")
    assert outcome.passed
    assert outcome.points + outcome.undefined == 50
    assert 10 < outcome.undefined < 40
    assert sampled("log(a)", a=(1.0, 2.0)).undefined == 0
    outcome = sampled("log(a)", a=(-2.0, -1.0))
    assert messages(outcome) == ["the value is undefined or infinite at all of the 50 points"]


def test_the_worst_point_is_where_the_failure_is_largest(cgraph: Run) -> None:
    args = ("check", "y = x + 0*k; assert y <= 1; assert y == 0 within 1", "--samples", "40", "--seed", "7", "--k=3")
    done = cgraph(*args)
    assert done.returncode == 1
    tries = cgraph(*args, "-o", "json")
    (program,) = json.loads(tries.stdout)["programs"]
    first, second = (case for case in program["checks"] if case["kind"] == "assert")
    assert first["failing"] < second["failing"] < 40
    assert abs(second["point"]["x"]) > 1.9
    assert second["point"]["k"] == 3
    found = re.findall(r"at --k 3 --x (\S+); fails at (\d+) of 40 points", done.stdout.replace("--x", "--x"))
    found = found or re.findall(r"at --x (\S+) --k 3; fails at (\d+) of 40 points", done.stdout)
    assert float(found[1][0]) == second["point"]["x"]
    assert cgraph("check", args[1], "--x", found[1][0], "--k=3").returncode == 1, "the point can be given again"
    assert cgraph(*args[:5], "8", "--k=3").stdout != done.stdout


def test_the_condition_of_a_problem_is_told_and_excuses_nothing(cgraph: Run) -> None:
    done = cgraph("check", "x - 1", "--samples", "20", "--range", "x=1.000001:1.000002")
    assert done.returncode == 0
    assert re.search(r"20 points, .*15 digits, the problem itself loses 5 digits at --x 1.000001\d*\n", done.stdout)
    assert "loses" not in cgraph("check", "(1 - cos(x))/x^2", "--samples", "20", "--range", "x=-1e-6:1e-6").stdout
    (program,) = json.loads(cgraph("check", "x - 1", "--x", "1.001", "-o", "json").stdout)["programs"]
    assert program["conditioning"] == {"digits_lost": 3.0, "at": {"x": 1.001}}


def test_points_that_say_nothing() -> None:
    """A check without a derivative to compare at any of its samples is a failure."""
    outcome = sampled("floor(x)", 40)
    assert (outcome.passed, outcome.silent) == (True, 0)
    outcome = sampled("floor(x)", 40, x=(2.0, 2.0))
    assert outcome.silent == 40
    assert messages(outcome) == ["there is no derivative to compare at any of the 40 points"]


@pytest.mark.parametrize("number", [1e-9, -1e300, 2.0])
def test_what_is_not_settled_fails(monkeypatch: pytest.MonkeyPatch, number: float) -> None:
    """An unsettled number fails in gradients, in an assert, and as an expectation, whatever its double."""
    from cgraph_cli.trust.checked_point import Point
    from cgraph_cli.trust.verdicts import Checked, Status, Verdict

    monkeypatch.setattr(Point, "gradient", lambda *_: Checked(number, Verdict(Status.UNKNOWN)))
    graph = parse(f"x = 3; y = {number!r}*x; assert grad(y, x) == {number!r}")
    outcome = check(graph, settings=Settings(expectations=[Expectation("x", True, number)]))
    said = "was not settled within the bound on work"
    assert messages(outcome) == [
        f"∂y/∂x {said}", f"∂y/∂x {said}", f"`grad(y, x)` {said}", f"∂y/∂x {said}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "holds"),
    [
        ("assert (1 - cos(x))/x^2 == 0", False),
        ("assert (1 - cos(x))/x^2 == 0.5", True),
        ("assert y == 0.5 and grad(y, x) < 0", True),
        ("assert sqrt(1e17 + 1) - sqrt(1e17) == 0", False),
        ("assert exp(1000 + x) == 1.5*exp(1000 + x)", False),
        ("assert exp(1000 + x) > 1e308", True),
        ("assert exp(-1000) == 0", False),
    ],
)
def test_an_assert_is_about_true_numbers(statement: str, holds: bool) -> None:
    outcome = check(parse(f"x = 1e-9; y = (1 - cos(x))/x^2; {statement}"))
    assert outcome.passed == holds, messages(outcome)


def test_inputs_with_defaults_are_not_sampled(cgraph: Run) -> None:
    """Inputs with defaults keep them, unless a range names them; the outcome says so."""
    done = cgraph("check", "R = 8.314; y = R*T; assert y/T == 8.314", "--samples", "30")
    assert (done.returncode, done.stdout) == (
        0, "ok    program  30 points, R = 8.314 kept, forward = reverse, 15 digits, 1 assert\n1 passed\n",
    )  # fmt: skip
    done = cgraph("check", "R = 8.314; y = R*T; assert y/T == 8.314", "--samples", "9", "--range", "R=1:2")
    assert done.returncode == 1
    done = cgraph("check", "R = 8.314; y = R*2", "--samples", "30")
    assert done.returncode == 2
    assert "`--range R=-2:2` samples it" in done.stderr


def test_a_range_of_an_input_that_one_of_several_files_lacks(cgraph: Run, files: Path) -> None:
    (files / "p.cg").write_text("log(x)*y")
    (files / "q.cg").write_text("y^2")
    assert cgraph("check", "p.cg", "q.cg", "--samples", "5", "--range", "x=1:2", cwd=files).returncode == 0
    done = cgraph("check", "p.cg", "q.cg", "--samples", "5", "--range", "z=1:2", cwd=files)
    assert done.returncode == 2
    assert "no input `z`" in done.stderr


def test_a_sample_outside_the_domain_costs_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    from cgraph_cli.trust.neighbourhood import Neighbourhood

    def refuse(*_: object) -> None:
        raise AssertionError("a search")

    monkeypatch.setattr(Neighbourhood, "value", refuse)
    outcome = sampled("y = log(x)*sin(z)", 200)
    assert outcome.passed
    assert 50 < outcome.undefined < 150


def test_the_rows_of_a_table(cgraph: Run, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("name,x,k\na,1,2\nb,0,3\nc,,4\nd,-2,5\n")
    right = "y = k*abs(x)^1.5; assert y >= 0; assert grad(y, x)*x >= 0; assert y < 10"
    done = cgraph("check", right, "--rows", "data.csv", "-o", "json", cwd=tmp_path)
    (found,) = json.loads(done.stdout)["programs"]
    assert (done.returncode, found["points"], found["undefined"]) == (1, 3, 1)
    assert [case["passed"] for case in found["checks"]] == [True, True, True, True, False]
    assert (
        "at --k 5 --x -2; fails at 1 of 3 points" in cgraph("check", right, "--rows", "data.csv", cwd=tmp_path).stdout
    )


def test_the_rows_of_a_table_with_lists(cgraph: Run, tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text('{"w": null, "k": 1}\n{"w": [3, 4], "k": 2}\n{"w": [0, 1], "k": 1}\n')
    done = cgraph("check", "y = k*norm(w); assert y < 9", "--rows", "data.jsonl", "-o", "json", cwd=tmp_path)
    (found,) = json.loads(done.stdout)["programs"]
    assert (done.returncode, found["points"], found["undefined"]) == (1, 2, 1)


TRAINING = [
    "loss = mean(bce_with_logits(X @ w, y)); v = w - 0.5*grad(loss, w); s = mean(bce_with_logits(X @ v, y)^2)",
    *("--X", "[[1, 2], [0.5, -1], [-0.2, 0.3]]", "--y", "[1, 0, 1]", "--w", "[0.3, -0.1]"),
]


def test_arrays_with_many_elements_are_compared_in_a_direction(cgraph: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An array has one difference in place of one an element; where that does not agree, the elements are asked."""
    one_by_one = cgraph("check", *TRAINING)
    monkeypatch.setattr(gradient_cases, "_MOST_ONE_BY_ONE", -1)
    asked: list[int] = []
    along = Differences.along

    def counted(self: Differences, output: int, direction: dict[int, int], guess: Ball) -> Ball | None:
        asked.append(len(direction))
        return along(self, output, direction, guess)

    monkeypatch.setattr(Differences, "along", counted)
    assert cgraph("check", *TRAINING).stdout == one_by_one.stdout
    assert sorted(asked) == [2, 3, 6]
    monkeypatch.setattr(Differences, "along", lambda *_: Ball(arb(0), 100))
    assert cgraph("check", *TRAINING).stdout == one_by_one.stdout


def test_errors_of_doubles_and_condition_numbers(cgraph: Run) -> None:
    """The largest of all points, which are `eval`'s at each of them; of a power the condition is its exponent."""
    text = ["y = x - z; w = x^3*exp(z)", "--of", "y,w", "--errors", "-o", "json"]
    (program,) = json.loads(cgraph("check", *text, "--samples", "7").stdout)["programs"]
    found = {(each["output"], each["input"]): each for each in program["conditions"]}
    assert found["w", "x"]["condition"] == pytest.approx(3)
    for output in ("y", "w"):
        at = [f"--{name}={number!r}" for name, number in found[output, "z"]["at"].items()]
        nodes = {node["name"]: node for node in json.loads(cgraph("eval", *text, *at).stdout)["nodes"]}
        assert nodes["z"]["condition"][output] == found[output, "z"]["condition"]
        at = [f"--{name}={number!r}" for name, number in program["bounds"][output]["at"].items()]
        nodes = {node["name"]: node for node in json.loads(cgraph("eval", *text, *at).stdout)["nodes"]}
        assert (nodes[output]["error"], nodes[output]["value"]) == tuple(
            program["bounds"][output][each] for each in ("error", "value")
        )
    x, z = (found["y", "z"]["at"][name] for name in ("x", "z"))
    assert found["y", "z"]["condition"] == pytest.approx(abs(z / (x - z)))
    (plain,) = json.loads(cgraph("check", *text[:3], "-o", "json", "--samples", "7").stdout)["programs"]
    assert not {"conditions", "bounds"}.intersection(plain)


@pytest.mark.parametrize(
    ("value", "derivative", "at", "true"),
    [(1e-300, 1e300, 1e-300, 1e300), (1e300, 1e300, 1e300, 1e300), (5e-324, 1, 1, math.inf), (0.0, 1, 1, math.nan),
     (2.0, 0.0, 3.0, 0.0), (-1e-308, 1e-300, 4.0, 4e8)],
)  # fmt: skip
def test_condition_numbers_whose_products_are_no_doubles(
    value: float, derivative: float, at: float, true: float
) -> None:
    assert condition_of(value, derivative, at) == pytest.approx(true, nan_ok=True)


def test_condition_numbers_in_tap(cgraph: Run) -> None:
    result = cgraph("check", "y = x - z", "--x", "2", "--z", "1", "--errors", "-o", "tap")
    assert "# condition of y in x    2\n# condition of y in z    1\nok 1" in result.stdout
