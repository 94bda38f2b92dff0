"""`--precision`: every number to so many certain digits, against mpmath, and `unknown` where there are none."""

from __future__ import annotations

import json
import math
from math import isfinite

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from cgraph_cli import parse
from cgraph_cli.checks.compare import compare
from cgraph_cli.checks.gradients import check
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.results import precise
from cgraph_cli.results.matrices import hessian, jacobian
from cgraph_cli.results.report import Request, report
from cgraph_cli.trust.verdicts import Status
from tests.conftest import Run
from tests.known_losses import LOSSES, Loss
from tests.mpmath_algebra import high_precision
from tests.programs import expressions

CONSTANTS = {
    "sqrt(2)": lambda: mp.sqrt(2), "exp(1)": lambda: mp.e, "pi": lambda: +mp.pi, "log(2)": lambda: mp.ln2,
    "4*atan(1)": lambda: +mp.pi, "-digamma(1)": lambda: +mp.euler, "gamma(1/2)^2": lambda: +mp.pi,
    "polygamma(1, 1)": lambda: mp.zeta(2), "-polygamma(2, 1)/2": lambda: mp.zeta(3), "erf(0.5)": lambda: mp.erf(0.5),
    "(1 + sqrt(5))/2": lambda: +mp.phi, "exp(pi*sqrt(163))": lambda: mp.exp(mp.pi * mp.sqrt(163)),
    "exp(1000)": lambda: mp.exp(1000), "exp(-1000)": lambda: mp.exp(-1000), "0.1^400": lambda: mpf(10)**-400,
}  # fmt: skip


def is_right(number: object, true: mpf, digits: int) -> bool:
    """Tell whether a number is the true one to so many digits; the last may be one off, half-way between two."""
    with mp.workdps(3 * digits + 100):
        return bool(abs(mpf(str(number)) - true) <= abs(true) * mpf(10) ** (1 - digits) * mpf("0.51"))


@pytest.mark.parametrize("digits", [1, 17, 50, 400])
@pytest.mark.parametrize("text", CONSTANTS)
def test_constants(text: str, digits: int) -> None:
    answer = report(parse(f"y = 1*({text})"), {}, Request(precision=digits))
    with mp.workdps(digits + 30):
        assert is_right(answer.values[answer.outputs[0]], CONSTANTS[text](), digits)


def test_every_digit_that_may_be_asked_for() -> None:
    answer = report(parse("y = exp(1)"), {}, Request(precision=10_000))
    with mp.workdps(10_010):
        assert str(answer.values[answer.outputs[0]]) == mpmath.nstr(+mp.e, 10_000)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.text[:40])
def test_losses(loss: Loss) -> None:
    """Here the inputs are the decimals that are written."""
    graph = parse(loss.text)
    answer = report(graph, loss.point, Request(precision=25))
    with mp.workdps(600):
        evaluation = evaluate(graph, loss.point, algebra=high_precision(600, decimal=True))
        truth = evaluation.values[graph.output]
        if mp.isnan(truth):  # the root of what is exactly 0
            truth = mpf("0.0005")
        elif abs(truth) < mpf(10) ** -500:  # it is 0
            truth = mpf(0)
        assert is_right(answer.values[graph.output], truth, 25)


@settings(max_examples=150, deadline=None)
@given(expressions(["x", "z"], {}), st.floats(-3, 3).map(lambda x: round(x, 3)), st.sampled_from([20, 45]))
def test_random_programs(text: str, x: float, digits: int) -> None:
    """Values and gradients, wherever mpmath has an ordinary number in two precisions that agree."""
    graph = parse(f"y = 0 + ({text})")
    given_ = {name: x if name == "x" else 0.7 for name in ("x", "z") if name in graph.nodes}
    answer = report(graph, given_, Request(precision=digits))
    evaluations = [evaluate(graph, given_, algebra=high_precision(d, decimal=True)) for d in (90, 200)]
    sweeps = [sweep_reverse(e, {graph.output: e.algebra.number(1.0, "")}) for e in evaluations]
    pairs = [(answer.values[graph.output], [e.values[graph.output] for e in evaluations])]
    for node in graph.inputs():
        pairs.append((answer.gradients[0].at(node), [mpf(0) if s[node] is None else s[node] for s in sweeps]))
    is_finite = all(map(mp.isfinite, evaluations[1].values))  # else a tie of infinite numbers is none to mpmath
    for found, (rough, fine) in pairs:
        regular = is_finite and mp.isfinite(fine) and abs(rough - fine) <= abs(fine) * mpf(10) ** -60
        if regular and found == found:
            assert is_right(found, fine, digits), (found, fine)


def test_numbers_that_are_none_are_doubles() -> None:
    answer = report(parse("y = log(x); z = 1/x; w = log(x - 1)"), {"x": 0.0}, Request(of=["y", "z", "w"], precision=30))
    y, z, w = (answer.values[output] for output in answer.outputs)
    assert (y, z) == (float("-inf"), float("inf"))
    assert w != w
    assert not answer.is_finite()


def test_zero_is_told_by_the_rule_of_cancellation() -> None:
    answer = report(parse("y = 0.1 + 0.2 - 0.3 + sin(x) - 2*sin(x/2)*cos(x/2)"), {"x": 0.7}, Request(precision=50))
    assert answer.values[answer.outputs[0]] == 0
    assert answer.gradients[0].at(next(iter(answer.graph.inputs()))) == 0


def test_what_is_not_settled_is_unknown(cgraph: Run) -> None:
    hopeless = "y = sin(exp(exp(x)))"
    answer = report(parse(hopeless), {"x": 40.0}, Request(precision=100))
    assert answer.verdict(answer.outputs[0]).status == Status.UNKNOWN
    done = cgraph("eval", hopeless, "--x", "40", "--precision", "100", "-o", "json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["nodes"][-1]["status"] == "unknown"


def test_a_bound_that_is_reached_is_said(cgraph: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precise, "WORK", 50.0)
    done = cgraph("eval", "y = sin(x)*exp(x)", "--x", "1", "--precision", "1000", "--get", "y")
    assert (done.returncode, done.stdout) == (3, "nan\n")
    assert "unknown: the bound on work was reached" in done.stderr


def test_local_partials() -> None:
    answer = report(parse("y = sin(x) - x*cos(pi/2)"), {"x": 1}, Request(precision=40))
    labels = answer.graph.labels()
    found = {(labels[a], labels[b]): partial for a, b, partial in answer.edges()}
    with mp.workdps(60):
        assert is_right(found["x", "%1"], mp.cos(1), 40)
    assert found["x", "%4"] == 0  # the cosine is 0, which only a high precision tells


def test_matrices() -> None:
    graph = parse("y = exp(x/3)*z")
    inputs = {"x": 1.0, "z": 2.0}
    matrix, disagreements = jacobian(graph, inputs, Request(mode="both", precision=40))
    assert disagreements == []
    second = hessian(graph, inputs, Request(precision=40))
    with mp.workdps(60):
        e = mp.exp(mpf(1) / 3)
        assert is_right(matrix.entries[0][0].number, 2 * e / 3, 40)
        assert is_right(second.entries[0][0].number, 2 * e / 9, 40)
        assert is_right(second.entries[0][1].number, e / 3, 40)


def test_seeds_and_directions(cgraph: Run) -> None:
    args = ("eval", "y = exp(a)*b", "--a", "0.1", "--b", "2", "--precision", "30")
    done = cgraph(*args, "--mode", "both", "--seed", "y=0.1", "--get", "a.grad")
    with mp.workdps(50):
        assert is_right(done.stdout.split()[0], mp.exp(mpf("0.1")) * mpf("0.2"), 30)
    done = cgraph(*args, "--tangent", "a=0.1,b=0.3", "--get", "y.grad")
    with mp.workdps(50):
        assert is_right(done.stdout.split()[0], mp.exp(mpf("0.1")) * mpf("0.5"), 30)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 9, 60])
@given(st.floats(-30, 30) | st.floats(-1e15, 1e15) | st.integers(-40, 40).map(lambda n: n + 0.5))
@settings(max_examples=40, deadline=None)
def test_polygamma_in_doubles_is_the_nearest_one(order: int, x: float) -> None:
    from cgraph_cli.evaluation.special import polygamma

    found = polygamma(float(order), x)
    if not isfinite(found) or abs(x) < 1e-3 or not 1e-290 < abs(found) < 1e290 or abs(x) > 1e4:
        return
    with mp.workdps(300):
        true = mpmath.polygamma(order, mpf(x))
        assert found == float(true), (found, true)


@pytest.mark.parametrize(("text", "number"), [("exp(exp(exp(x)))", math.inf), ("-1/exp(exp(exp(x)))", -0.0)])
def test_numbers_beyond_every_decimal(text: str, number: float) -> None:
    graph = parse(f"y = {text}")
    assert report(graph, {"x": 9.0}, Request(precision=20)).values[graph.output] == number
    assert not check(graph, {"x": 9.0}).passed
    assert not compare(graph, graph, {"x": 9.0}).passed, "what cannot be written cannot be compared"
