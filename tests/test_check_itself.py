"""A planted wrong rule, sweep or convention: `cgraph check` finds it, and names the operation at fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from cgraph_cli import parse
from cgraph_cli.checks.gradients import check
from cgraph_cli.checks.outcomes import agreed_digits
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.trust import checked_point as points_module
from tests.conftest import Run, cases_of
from tests.test_check import messages

PROGRAMS = {
    "polygamma": "x = 2.5; y = polygamma(1, x)",
    "^": "x = 1.5; z = 2.5; y = x^z",
    "%": "x = 7.3; z = 2.5; y = x % z",
    "where": "c = 1; x = 2; z = 3; y = where(c, x, z)",
    "heaviside": "x = 1.5; h = 0.25; y = heaviside(x, h)",
    "clip": "x = 1.5; lo = 1; hi = 2; y = clip(x, lo, hi)",
    "asin": "x = 0.4; y = asin(x)",
    "acos": "x = 0.4; y = acos(x)",
    "atanh": "x = 0.4; y = atanh(x)",
    "logit": "x = 0.4; y = logit(x)",
    "identity": "x = 1.5; y = x",
    "neg": "x = 1.5; y = -x",
    "not": "x = 1.5; y = not x",
    "round": "x = 1.25; y = round(x)",
    "leaky_relu": "x = -1.5; a = 0.1; y = leaky_relu(x, a)",
    "elu": "x = -1.5; a = 0.7; y = elu(x, a)",
    "relu": "x = 1.5; y = relu(x)",
}
"""A program of one operation for each primitive that does not fit the two forms below."""


def program_of(name: str) -> str:
    """Write a program whose output is one operation, at an ordinary point."""
    row = PRIMITIVES[name]
    if name in PROGRAMS:
        return PROGRAMS[name]
    if row.notation == "infix":
        return f"x = 1.5; z = 2.25; y = x {name} z"
    if row.variadic:
        return f"x = 1.5; z = 2.25; w = -0.5; y = {name}(x, z, w)"
    names = [f"x{at}" for at in range(len(row.parameters))]
    inputs = "; ".join(f"{given} = {1.5 + 0.75 * at}" for at, given in enumerate(names))
    return f"{inputs}; y = {name}({', '.join(names)})"


Plant = Callable[[list[Any]], Sequence[Any]]


def plant(monkeypatch: pytest.MonkeyPatch, name: str, change: Plant) -> None:
    """Give a primitive other local partials in doubles."""
    kernel = DOUBLE.kernel(name)
    monkeypatch.setitem(DOUBLE._kernels, name, lambda *xs: (kernel(*xs)[0], *change(list(kernel(*xs)[1:]))))


@pytest.mark.parametrize("name", PRIMITIVES)
def test_no_wrong_rule_goes_unnoticed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    graph = parse(program_of(name))
    right = check(graph)
    assert right.passed, messages(right)
    wrongs: list[Plant] = [lambda partials: [None if p is None else p * 1.0005 for p in partials]]
    wrongs.append(lambda partials: [p if p else 0.5 for p in partials])
    wrongs.append(lambda partials: partials[::-1])
    wrongs.append(lambda partials: [None if p is None else -p for p in partials])
    edges = range(graph.starts[graph.find("y")], graph.starts[graph.find("y") + 1])
    partials = [right.cases and _partial(graph, edge) for edge in edges]
    tried = 0
    for wrong in wrongs:
        changed = list(wrong(list(partials)))
        pairs = list(zip(changed, partials, strict=True))
        same = [(a or 0.0) == (b or 0.0) or (a != a and b != b) for a, b in pairs]
        if all(same) or any(a != a and b == b for a, b in pairs):
            continue
        tried += 1
        with monkeypatch.context() as patch:
            plant(patch, name, wrong)
            outcome = check(graph)
        case = cases_of(outcome, "differences")[0]
        assert case.failures, f"{name}: {partials} became {changed}"
        assert f"`{name}` is at fault: in `y = " in case.failures[0].notes[0]
        assert not cases_of(outcome, "forward")[0].failures, "both sweeps go by the same rules"
    assert tried >= 1


def _partial(graph: Any, edge: int) -> float | None:
    from cgraph_cli import evaluate

    partial: float | None = evaluate(graph).partials[edge]
    return partial


def test_the_operation_at_fault(monkeypatch: pytest.MonkeyPatch, cgraph: Run) -> None:
    """The first one whose own partial is wrong, in the midst of a program whose gradients are all off."""
    plant(monkeypatch, "tanh", lambda partials: [partials[0] * 1.01])
    outcome = check(parse("x = 1; w = 0.5; h = exp(w*x); t = tanh(h)\ny = sin(t)*h"))
    case = cases_of(outcome, "differences")[0]
    assert [failure.message for failure in case.failures] == [
        "∂y/∂x is not the derivative",
        "∂y/∂w is not the derivative",
    ]
    (failure, _) = case.failures
    assert failure.notes[0].startswith("`tanh` is at fault: in `t = tanh(h)` its partial with respect to `h` is 0.13")
    assert failure.spans[0].source.place(failure.spans[0].start) == (1, 35)


def test_a_wrong_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reverse sweep that loses a path differs from the forward one, and from the differences."""

    def forgetful(evaluation: Any, seeds: Any, **_: Any) -> list[float | None]:
        graph, adjoints = evaluation.graph, [None] * len(evaluation.graph)
        adjoints[next(iter(seeds))] = 1.0
        for node in range(len(graph) - 1, -1, -1):
            for edge in range(graph.starts[node], graph.starts[node + 1]):
                if adjoints[node] is not None:
                    adjoints[graph.operands[edge]] = adjoints[node] * evaluation.partials[edge]
        return adjoints

    monkeypatch.setattr(points_module, "sweep_reverse", forgetful)
    outcome = check(parse("a = 2; b = 1; c = a + b; d = b + 1; e = c*d"))
    assert messages(outcome) == ["forward and reverse disagree on ∂e/∂b", "∂e/∂b is not the derivative"]
    both = cases_of(outcome, "forward")[0].failures[0]
    assert (both.sides, both.expected, both.got) == (("reverse", "forward"), 2.0, 5.0)
    assert "the partials of each operation by itself are right" in outcome.cases[1].failures[0].notes[0]


def test_a_convention_outside_of_the_kink(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, "abs", lambda partials: [7.0])
    outcome = check(parse("x = 0; y = abs(x) + 0*x"))
    assert outcome.passed, "high precision has corrected it"
    from cgraph_cli.trust.checked_point import Point
    from cgraph_cli.trust.verdicts import Checked, Status, Verdict

    shown = Checked(7.0, Verdict(Status.KINK, (-1.0, 1.0)))
    monkeypatch.setattr(Point, "gradient", lambda *_: shown)
    monkeypatch.setattr(Point, "tangent", lambda *_: shown)
    case = cases_of(check(parse("x = 0; y = abs(x)")), "differences")[0]
    assert case.failures[0].expected == 1.0
    assert "the gradient is at a kink, between -1 and 1" in case.failures[0].notes


@pytest.mark.parametrize(
    ("apart", "size", "digits"),
    [(0.0, 1.0, 15), (1e-9, 1.0, 9), (5e-324, 1e300, 15), (5e-324, 1e-320, 3), (2.0, 1.0, 0), (1e-5, 0.0, 0)],
)
def test_digits_are_counted_over_the_range_of_doubles(apart: float, size: float, digits: int) -> None:
    assert agreed_digits(apart, size) == digits
