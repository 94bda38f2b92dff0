"""The sweeps: both modes against each other, against published numbers, and in IEEE arithmetic."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.program import INPUTS, program
from cgraph_cli import InputError, evaluate, parse, sweep_forward, sweep_reverse
from cgraph_cli.core.graph import LEAVES
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import Kernel
from cgraph_cli.evaluation.sweeps import Evaluation
from tests.conftest import ROOT
from tests.needs import need_file
from tests.programs import points, programs

CORPUS = ROOT.parent / "shared" / "corpora" / "feynman_gradients.jsonl"


def both_modes(text: str, **inputs: float) -> tuple[float, dict[str, float], dict[str, float]]:
    """Compute a program's value, and its gradient in reverse and forward."""
    graph = parse(text)
    evaluation = evaluate(graph, inputs)
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    reverse, forward = {}, {}
    for node in graph.inputs():
        name = graph.names[node] or ""
        reverse[name] = adjoints[node] or 0.0
        forward[name] = sweep_forward(evaluation, {node: 1.0})[graph.output] or 0.0
    return evaluation.values[graph.output], reverse, forward


def test_olah() -> None:
    """Every value, gradient and edge of the figures in "Calculus on Computational Graphs" (a = 2, b = 1)."""
    graph = parse("c = a + b; d = b + 1; e = c*d")
    evaluation = evaluate(graph, {"a": 2, "b": 1})
    assert [evaluation.value(name) for name in "abcde"] == [2, 1, 3, 2, 6]
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    assert [adjoints[graph.find(name)] for name in "abcde"] == [2, 5, 2, 3, 1]
    tangents = sweep_forward(evaluation, {graph.find("b"): 1.0})
    assert [tangents[graph.find(name)] for name in "abcde"] == [None, 1, 1, 1, 5]
    labels = graph.labels()
    edges = {
        (labels[graph.operands[edge]], labels[node]): evaluation.partials[edge]
        for node in range(len(graph))
        for edge in range(graph.starts[node], graph.starts[node + 1])
    }
    assert edges == {("a", "c"): 1, ("b", "c"): 1, ("b", "d"): 1, ("1", "d"): 1, ("c", "e"): 2, ("d", "e"): 3}


@pytest.mark.parametrize(
    ("text", "inputs", "gradient"),
    [
        ("x*x", {"x": 3.0}, {"x": 6.0}),
        ("x^3", {"x": -2.0}, {"x": 12.0}),
        ("x^0", {"x": 0.0}, {"x": 0.0}),
        ("2^x", {"x": 3.0}, {"x": 8 * math.log(2)}),
        ("abs(x)", {"x": 0.0}, {"x": 0.0}),
        ("relu(x)", {"x": 0.0}, {"x": 0.0}),
        ("max(x, y)", {"x": 1.0, "y": 1.0}, {"x": 0.5, "y": 0.5}),
        ("max(x, y, z)", {"x": 1.0, "y": 1.0, "z": 1.0}, dict.fromkeys("xyz", 1 / 3)),
        ("where(x > 0, log(x), 0)", {"x": -1.0}, {"x": 0.0}),
        ("where(x > 0, sqrt(x), x)", {"x": 0.0}, {"x": 1.0}),
        ("where(x > 0, 1/x, 0*x)", {"x": 0.0}, {"x": 0.0}),
        ("max(1, log(x))", {"x": 0.0}, {"x": 0.0}),
        ("floor(1/x)", {"x": 0.0}, {"x": 0.0}),
        ("prod(x, y, z)", {"x": 0.0, "y": 2.0, "z": 3.0}, {"x": 6.0, "y": 0.0, "z": 0.0}),
        ("norm(x, y)", {"x": 3.0, "y": 4.0}, {"x": 0.6, "y": 0.8}),
        ("x % y", {"x": 7.0, "y": 3.0}, {"x": 1.0, "y": -2.0}),
        ("tanh(x)", {"x": 35.0}, {"x": 1.5901798943634587e-30}),
        ("sigmoid(x)", {"x": 35.0}, {"x": 6.305116760146985e-16}),
        ("expm1(x)", {"x": -40.0}, {"x": 4.248354255291589e-18}),
        ("d = c; d + c", {"c": 1.0}, {"c": 2.0}),
        ("2*3", {}, {}),
    ],
)
def test_gradient(text: str, inputs: dict[str, float], gradient: dict[str, float]) -> None:
    _, reverse, forward = both_modes(text, **inputs)
    assert reverse == pytest.approx(gradient, rel=1e-14, abs=0)
    assert forward == pytest.approx(gradient, rel=1e-14, abs=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/0", math.inf),
        ("-1/0", -math.inf),
        ("0/0", math.nan),
        ("log(0)", -math.inf),
        ("log(-1)", math.nan),
        ("exp(1000)", math.inf),
        ("1e308*10", math.inf),
        ("inf - inf", math.nan),
        ("(-8)^(1/3)", math.nan),
        ("0^-1", math.inf),
        ("inf", math.inf),
        ("sin(inf)", math.nan),
        ("5 % 0", math.nan),
        ("gamma(200)", math.inf),
        ("sum(inf, -inf)", math.nan),
        ("sum(1e308, 1e308, -1e308)", 1e308),
        ("max(1, 0/0)", math.nan),
    ],
)
def test_arithmetic_is_ieee(text: str, expected: float) -> None:
    value, _, _ = both_modes(text)
    assert repr(value) == repr(expected)


def test_seeds_in_the_middle() -> None:
    """A tangent that is given to a computed node takes the place of what its operands would give it."""
    graph = parse("c = a*b; e = c*a")
    evaluation = evaluate(graph, {"a": 2, "b": 3})
    tangents = sweep_forward(evaluation, {graph.find("c"): 1.0})
    assert tangents[graph.output] == 2
    assert sweep_reverse(evaluation, {graph.output: 0.5, graph.find("c"): 10.0})[graph.find("b")] == 22


def test_inputs_are_checked() -> None:
    graph = parse("k = 2*pi; b = 1; c = alpha + beta + k + b")
    with pytest.raises(InputError, match="`alpha`, `beta` have no value"):
        evaluate(graph)
    with pytest.raises(InputError, match="did you mean `alpha`"):
        evaluate(graph, {"alhpa": 1})
    with pytest.raises(InputError, match="`k` is computed"):
        evaluate(graph, {"k": 1})
    assert evaluate(graph, {"alpha": 1, "beta": 1}).value("c") == 3 + math.tau
    assert evaluate(graph, {"alpha": 1, "beta": 1, "b": 2}).value("c") == 4 + math.tau


def sizes(evaluation: Evaluation, output: int) -> list[float]:
    """Sum for each node over all paths to the output the products of absolute partials."""
    graph = evaluation.graph
    result: list[float | None] = [None] * len(graph)
    result[output] = 1.0
    for node in range(output, -1, -1):
        size = result[node]
        for edge in range(graph.starts[node], graph.starts[node + 1]):
            partial = evaluation.partials[edge]
            if partial is not None and size is not None:
                result[graph.operands[edge]] = (result[graph.operands[edge]] or 0.0) + size * abs(partial)
    return [size or 0.0 for size in result]


@given(st.data())
def test_forward_equals_reverse(data: st.DataObject) -> None:
    """They agree to the last few bits of the terms that they add up."""
    graph = parse(data.draw(programs()))
    inputs = list(graph.inputs())
    evaluation = evaluate(graph, data.draw(points([graph.names[node] or "" for node in inputs])))
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    bounds = sizes(evaluation, graph.output)
    for node in inputs:
        reverse = adjoints[node]
        forward = sweep_forward(evaluation, {node: 1.0})[graph.output]
        if reverse is None or forward is None:
            assert reverse is forward
        elif math.isfinite(bounds[node]):
            assert abs(forward - reverse) <= 2.0**-50 * len(graph) * bounds[node]
        # Past the largest double one order of the products may overflow where the other does not.


def test_feynman() -> None:
    """100 formulas of physics at 3 points each, with true gradients to 25 digits."""
    need_file(CORPUS, "the corpus of Feynman's formulas, which is not part of the project")
    records = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    assert len(records) == 300
    for record in records:
        value, reverse, forward = both_modes(record["formula"], **record["point"])
        assert value == pytest.approx(float(record["value"]), rel=1e-12, abs=0), record
        truth = {name: float(number) for name, number in record["grad"].items()}
        assert reverse == pytest.approx(truth, rel=1e-12, abs=0), record
        assert forward == pytest.approx(truth, rel=1e-12, abs=0), record


def test_work_is_linear() -> None:
    """A chain of n products visits each edge once, which shows in how often a kernel is called."""
    counts = []
    for length in (100, 1000):
        graph = parse("; ".join(["x0 = a"] + [f"x{k} = x{k - 1}*a" for k in range(1, length)]))
        counts.append(len(evaluate(graph, {"a": 1}).partials))
    assert counts == [199, 1999]


class Counted(float):
    """A double that counts its multiplications."""

    multiplied = 0

    def __mul__(self, other: float) -> Counted:
        Counted.multiplied += 1
        return Counted(float(self) * other)

    def __add__(self, other: float) -> Counted:
        return Counted(float(self) + other)


def test_the_work_is_a_step_a_node_and_a_product_an_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = parse(program(3000))
    calls = 0

    def counting(kernel: Kernel) -> Kernel:
        def count(*operands: float) -> Sequence[float]:
            nonlocal calls
            calls += 1
            return kernel(*operands)

        return count

    real = DOUBLE.kernel
    monkeypatch.setattr(DOUBLE, "kernel", lambda name: counting(real(name)))
    evaluation = evaluate(graph, INPUTS)
    assert calls == sum(operation not in LEAVES for operation in graph.operations)
    Counted.multiplied = 0
    adjoints = sweep_reverse(evaluation, {graph.output: Counted(1.0)})
    assert Counted.multiplied <= len(graph.operands)
    plain = sweep_reverse(evaluation, {graph.output: 1.0})
    assert [a and repr(float(a)) for a in adjoints] == [a and repr(a) for a in plain]
    Counted.multiplied = 0
    x = graph.find("x")
    sweep_forward(
        Evaluation(graph, DOUBLE, evaluation.values, [p and Counted(p) for p in evaluation.partials]), {x: 1.0}
    )
    assert Counted.multiplied <= len(graph.operands)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/-0", -math.inf),
        ("1/(-0.0)", -math.inf),
        ("1/--0", math.inf),
        ("atan2(-0, -1)", -math.pi),
        ("x = -0; 1/x", -math.inf),
        ("f(x) = x*-0; 1/f(3)", -math.inf),
        ("x = 1; y = x*-0; 1/grad(y, x)", -math.inf),
    ],
)
def test_the_sign_of_a_zero(text: str, value: float) -> None:
    """`-0` is IEEE's, as a literal, as a default, in a function and in a derivative."""
    graph = parse(text)
    assert evaluate(graph).values[graph.output] == value
