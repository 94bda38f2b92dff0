"""`cgraph compare`: equivalent rewrites pass, and others are shown at their greatest change."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from cgraph_cli import parse
from cgraph_cli.checks.compare import compare, shared_outputs
from cgraph_cli.checks.gradients import Settings
from cgraph_cli.checks.outcomes import Outcome
from cgraph_cli.checks.sampling import Sampling, check_count
from cgraph_cli.core.errors import CgraphError, RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.trust.checked_point import Point
from tests.conftest import Run, cases_of, heavy
from tests.known_losses import LOSSES, Loss
from tests.programs import expressions, points, programs


def compared(old: str, new: str, samples: int = 50, **ranges: tuple[float, float]) -> Outcome:
    return compare(parse(old), parse(new), {}, Settings(sampling=Sampling(samples, ranges)))


def messages(outcome: Outcome) -> list[str]:
    return [failure.message for case in outcome.cases for failure in case.failures]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("e = (a + b)*(b + 1)", "c = a + b; d = b + 1; e = c*d"),
        ("log(1 + exp(x))", "softplus(x)"),
        ("x^2 - y^2", "(x - y)*(x + y)"),
        ("e = x + 0.1 + 0.2", "e = x + 0.3"),
        ("e = x*y; f = x/2", "f = 0.5*x; e = y*x"),
        ("e = x", "e = x + 0*y"),
        ("a = 1; e = a*x", "a = 2; e = x*a"),
        ("log(x)", "log(x^3)/3"),
        ("1e16 + x - 1e16", "x"),
        ("e = sin(x)^2 + cos(x)^2", "e = 1 + 0*x"),
        ("e = 2*3", "e = 6*1"),
        ("x", "1e16 + x - 1e16"),
        ("e = x; y = 0.3 - x", "e = x; y = 0.1 + 0.2 - x"),
        ("exp(x + 1000)", "exp(x)*exp(1000)"),
    ],
)
def test_rewrites_that_change_nothing(old: str, new: str) -> None:
    outcome = compared(old, new) if "x" in old + new or "a" in old else compare(parse(old), parse(new))
    assert outcome.passed, messages(outcome)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("e = a*b", "e = a*b*1.000001", ["`e` has changed", "∂e/∂a has changed", "∂e/∂b has changed"]),
        ("e = a + 1", "e = a + 1 + 0*b + (b > 3)*a", []),
        ("e = a", "e = a + 1e-6", ["`e` has changed"]),
        ("e = a; f = a*a", "e = a; f = a*abs(a)", ["`f` has changed", "∂f/∂a has changed"]),
        ("log(x)", "log(abs(x))", ["`%1` has changed", "∂%1/∂x has changed"]),
        ("e = x*k", "e = x*3", ["`e` has changed", "∂e/∂x has changed", "∂e/∂k has changed"]),
    ],
)
def test_rewrites_that_change_something(old: str, new: str, changed: list[str]) -> None:
    assert messages(compared(old, new)) == changed


def test_a_small_change_where_it_is_largest() -> None:
    outcome = compared("e = x", "e = x + 1e-6*max(x - 1.5, 0)", 200)
    value, gradient = outcome.cases[0].failures
    assert (value.message, gradient.message) == ("`e` has changed", "∂e/∂x has changed")
    assert 0 < outcome.cases[0].failing < 100
    assert outcome.cases[0].point["x"] > 1.5
    assert compared("e = x", "e = x + 1e-6*max(x - 1.5, 0)", 200, x=(-2.0, 1.0)).passed


def test_the_outputs_that_are_shared() -> None:
    old, new = parse("a = x*x; b = a + 1; c = a*2; x*3"), parse("c = 2*x^2; d = x; 3*x")
    assert list(shared_outputs(old, new)) == ["c", "%1"]
    with pytest.raises(CgraphError, match="the programs share no output"):
        shared_outputs(parse("e = x"), parse("f = x"))
    settings = Settings(of=["a"], sampling=Sampling(3, {}))
    with pytest.raises(CgraphError, match="`--of` names `a`"):
        compare(old, new, {}, settings)
    with pytest.raises(CgraphError, match="`b` is computed in program, and is an input of the other program"):
        compare(parse("b = 2*x; e = b*x"), parse("e = b*x"))


def test_the_command(cgraph: Run, tmp_path: Path) -> None:
    (tmp_path / "old.cg").write_text("k = 2\ne = k*x\n")
    (tmp_path / "new.cg").write_text("k = 2\ne = k*x + 1e-3\n")
    (tmp_path / "same.cg").write_text("k = 2\ne = x*k\n")
    done = cgraph("compare", "old.cg", "same.cg", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (
        0,
        "ok    old.cg → same.cg  100 points, k = 2 kept, 15 digits, 1 output\n1 passed\n",
    )
    assert cgraph("compare", "old.cg", "same.cg", "-q", cwd=tmp_path).stdout == ""
    done = cgraph("compare", "old.cg", "new.cg", "--k", "2", "--x", "3", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == (
        "FAIL  old.cg → new.cg  `e` has changed\n\n"
        "`e` has changed\n"
        "  --> old.cg:2:6\n  2 | e = k*x\n    |      ^\n"
        "  --> new.cg:2:9\n  2 | e = k*x + 1e-3\n    |         ^\n"
        "  old         6\n  new         6.001\n  difference  0.001\n  tolerance   6e-09\n"
        "  at --k 2 --x 3; fails at 1 of 1 point\n\n"
        "1 failed\n"
    )
    assert cgraph("compare", "old.cg", "new.cg", "--atol", "0.002", cwd=tmp_path).returncode == 0
    done = cgraph("compare", "old.cg", "new.cg", "--samples", "7", "--seed", "3", "-o", "json", cwd=tmp_path)
    (program,) = json.loads(done.stdout)["programs"]
    assert (program["name"], program["points"], program["passed"]) == ("old.cg → new.cg", 7, False)
    done = cgraph("compare", "old.cg", "-", "-o", "junit", stdin="e = 1 + 0", cwd=tmp_path)
    assert ElementTree.fromstring(done.stdout).get("failures") == "1"
    done = cgraph("compare", "log(x)", "log(x)*1", "--range", "x=-2:-1")
    assert re.match(r"FAIL  old → new  the values are undefined or infinite at all of the 100 points\n", done.stdout)


def scaled(text: str, factor: float) -> Graph:
    """Write a program whose output is that of another times a factor."""
    *before, last = text.split(";")
    _, equals, expression = last.rpartition(" = ")
    return parse(";".join([*before, f" scaled = {factor}*({expression if equals else last})"]))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.text[:40])
def test_one_and_a_half_times_a_program_is_another(loss: Loss) -> None:
    """The factor is found where doubles lose digits, and for the whole number."""
    same = compare(scaled(loss.text, 1), scaled(loss.text, 1), loss.point)
    assert same.passed, messages(same)
    outcome = compare(scaled(loss.text, 1), scaled(loss.text, 1.5), loss.point)
    assert ("`scaled` has changed" in messages(outcome)) == bool(loss.value)


@pytest.mark.parametrize(("old", "new", "x"), [
    ("y = (1 - cos(x))/x^2", "y = 0.7 + 0*x", 1e-8),
    ("y = sqrt(x + 1) - sqrt(x)", "y = 1.7/(sqrt(x + 1) + sqrt(x))", 1e17),
    ("y = exp(x)", "y = 1.5*exp(x)", 1000.0), ("y = exp(x)", "y = 1.5*exp(x)", -1000.0),
])  # fmt: skip
def test_what_doubles_could_not_tell_apart(old: str, new: str, x: float) -> None:
    assert "`y` has changed" in messages(compare(parse(old), parse(new), {"x": x}))


@heavy
@settings(max_examples=100)
@given(expressions(["x", "z"], {}), points(["x", "z"]))
def test_one_and_a_half_times_any_program_is_another(text: str, place: dict[str, float]) -> None:
    """Any factor is found, unless the value is 0, infinite or absent."""
    old, new = parse(f"y = 0 + ({text})"), parse(f"y = ({text})*1.5")
    given = {name: x for name, x in place.items() if name in old.nodes}
    outcome = compare(old, new, given)
    number, verdict = Point(old, given, decimal=True).value(old.output)
    if outcome.passed:
        assert (number, verdict.text) == (0, "")
    elif not cases_of(outcome, "points"):
        assert messages(outcome)


@settings(max_examples=50)
@given(programs())
def test_a_program_equals_itself(text: str) -> None:
    outcome = compare(parse(text), parse(text), {}, Settings(sampling=Sampling(2, {})))
    assert outcome.passed or outcome.undefined


def test_points_are_bounded_and_counted() -> None:
    """More than end soon are refused at once; a thousand are tried of a program of any size."""
    told: list[tuple[int, int]] = []
    old, new = parse("x + y"), parse("y + x")
    compare(old, new, None, Settings(sampling=Sampling(3, {})), lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3)]
    with pytest.raises(RequestError, match=r"`--samples 1000000` takes too long: .* at [\d,]+ points at most"):
        compare(old, new, None, Settings(sampling=Sampling(10**6, {})))
    check_count(Sampling(1_000, {}), 1e12)
    with pytest.raises(RequestError, match="at 1,000 points at most"):
        check_count(Sampling(1_001, {}), 1e12)
