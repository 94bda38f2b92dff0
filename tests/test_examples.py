"""The example programs: each computes the numbers of its source, by its own assertions and by a separate table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from cgraph_cli import evaluate, parse, sweep_forward, sweep_reverse
from cgraph_cli.core.graph import CONSTANT, INPUT, Assertion, Graph
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.symbolic.arrays import with_shapes
from tests.conftest import EXAMPLES, ROOT, Run

every_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)

STEP = {"a": 0.99895, "b": 2.00315, "c": -2.99895, "x": -0.99895, "y": 3.0021}
"""Karpathy's neuron after a step of 0.01 along the gradient."""

# File, inputs other than the defaults, node, what its gradient is taken in (None for the value), expected
# number, tolerance. Numbers of few digits are as published. Those of many digits were computed apart from
# cgraph, by mpmath with 30 digits: values from the formulas, gradients as numerical derivatives of them.
# fmt: off
EXPECTED: list[tuple[str, dict[str, float], str, str | None, float, float]] = [
    # Olah, Calculus on Computational Graphs: Backpropagation
    ("olah", {}, "c", None, 3, 0),
    ("olah", {}, "d", None, 2, 0),
    ("olah", {}, "e", None, 6, 0),
    ("olah", {}, "e", "c", 2, 0),
    ("olah", {}, "e", "d", 3, 0),
    ("olah", {}, "e", "a", 2, 0),
    ("olah", {}, "e", "b", 5, 0),
    # PyTorch, A Gentle Introduction to torch.autograd: 9a² and −2b for a = [2, 3] and b = [6, 4]
    ("pytorch_q", {}, "Q", None, -12, 0),
    ("pytorch_q", {}, "Q", "a", 36, 0),
    ("pytorch_q", {}, "Q", "b", -12, 0),
    ("pytorch_q", {"a": 3, "b": 4}, "Q", None, 65, 0),
    ("pytorch_q", {"a": 3, "b": 4}, "Q", "a", 81, 0),
    ("pytorch_q", {"a": 3, "b": 4}, "Q", "b", -8, 0),
    # Binary cross-entropy: σ(z) − y at the logit; linear in the logit where that is large
    ("pytorch_bce", {}, "loss", None, 1.313261687518222834, 1e-14),
    ("pytorch_bce", {}, "loss", "x", 0.36552928931500243963, 1e-14),
    ("pytorch_bce", {}, "loss", "y", -1, 1e-14),
    ("pytorch_bce", {}, "loss", "w", 1.4621171572600097585, 1e-14),
    ("pytorch_bce", {}, "loss", "b", 0.73105857863000487925, 1e-14),
    ("pytorch_bce", {"b": 1000}, "loss", None, 1001, 1e-10),
    ("pytorch_bce", {"b": 1000}, "loss", "b", 1, 1e-14),
    # Karpathy, Hacker's guide to Neural Networks
    ("karpathy_circuit", {}, "f", None, -12, 0),
    ("karpathy_circuit", {}, "f", "x", -4, 0),
    ("karpathy_circuit", {}, "f", "y", -4, 0),
    ("karpathy_circuit", {}, "f", "z", 3, 0),
    ("karpathy_neuron", {}, "s", None, 0.8808, 0.00005),
    ("karpathy_neuron", {}, "s", "a", -0.105, 0.0005),
    ("karpathy_neuron", {}, "s", "b", 0.315, 0.0005),
    ("karpathy_neuron", {}, "s", "c", 0.105, 0.0005),
    ("karpathy_neuron", {}, "s", "x", 0.105, 0.0005),
    ("karpathy_neuron", {}, "s", "y", 0.210, 0.0005),
    ("karpathy_neuron", {}, "s", "b", 0.31498075621051955205, 1e-14),
    ("karpathy_neuron", STEP, "s", None, 0.8825, 0.0001),
    # Sanderson, Backpropagation calculus: a network of three weights and three biases, at numbers of our own
    ("backprop_chain", {}, "C", None, 0.0971255387983462342922, 1e-14),
    ("backprop_chain", {}, "C", "w1", 0.0089001253272602294058, 1e-14),
    ("backprop_chain", {}, "C", "b1", 0.014833542212100382343, 1e-14),
    ("backprop_chain", {}, "C", "w2", -0.027160430420856054171, 1e-14),
    ("backprop_chain", {}, "C", "b2", -0.049846728880505634458, 1e-14),
    ("backprop_chain", {}, "C", "w3", -0.061723430383494976372, 1e-14),
    ("backprop_chain", {}, "C", "b3", -0.1337127865142224448, 1e-14),
    # The mean log loss of the AND gate; with weights of 0 it is log 2, and the gradient the mean of (½ − y)·x
    ("logistic_regression", {}, "loss", None, 0.61164964165984086849, 1e-14),
    ("logistic_regression", {}, "loss", "w1", 0.095199269494470611015, 1e-14),
    ("logistic_regression", {}, "loss", "w2", 0.15296391415197183083, 1e-14),
    ("logistic_regression", {}, "loss", "b", 0.34519926949447061101, 1e-14),
    ("logistic_regression", {"w1": 0, "w2": 0, "b": 0}, "loss", None, math.log(2), 1e-14),
    ("logistic_regression", {"w1": 0, "w2": 0, "b": 0}, "loss", "w1", 0, 1e-14),
    ("logistic_regression", {"w1": 0, "w2": 0, "b": 0}, "loss", "b", 0.25, 1e-14),
    # Hull, Options, Futures, and Other Derivatives
    ("black_scholes", {}, "d1", None, 0.7693, 0.00005),
    ("black_scholes", {}, "d2", None, 0.6278, 0.00005),
    ("black_scholes", {}, "call", None, 4.76, 0.005),
    ("black_scholes", {}, "call", None, 4.7594223928715332196, 1e-12),
    ("black_scholes", {}, "call", "S", 0.77913129094266894042, 1e-12),
    ("black_scholes", {}, "call", "K", -0.69910229566801405695, 1e-12),
    ("black_scholes", {}, "call", "r", 13.982045913360281139, 1e-12),
    ("black_scholes", {}, "call", "sigma", 8.8134150596028513379, 1e-12),
    ("black_scholes", {}, "call", "T", 4.5590921945926264954, 1e-12),
    # Moré, Garbow and Hillstrom, Testing Unconstrained Optimization Software: the standard starting points
    ("rosenbrock", {}, "f", None, 24.2, 1e-13),
    ("rosenbrock", {}, "f", "x", -215.6, 1e-12),
    ("rosenbrock", {}, "f", "y", -88, 1e-13),
    ("rosenbrock", {"x": 1}, "f", "x", 0, 0),
    ("helical_valley", {}, "f", None, 2500, 0),
    ("helical_valley", {}, "f", "x", 0, 0),
    ("helical_valley", {}, "f", "y", -1591.5494309189534, 1e-11),
    ("helical_valley", {}, "f", "z", -1000, 0),
    ("helical_valley", {"x": 1}, "f", "y", 0, 0),
    ("wood", {}, "f", None, 19192, 0),
    ("wood", {}, "f", "x1", -12008, 0),
    ("wood", {}, "f", "x2", -2080, 0),
    ("wood", {}, "f", "x3", -10808, 0),
    ("wood", {}, "f", "x4", -1880, 0),
    # Lynch and Park, Modern Robotics, chapter 5: the Jacobian at (0, π/4) and at (0, 3π/4)
    ("robot_arm", {}, "x", "theta1", -0.71, 0.005),
    ("robot_arm", {}, "x", "theta2", -0.71, 0.005),
    ("robot_arm", {}, "y", "theta1", 1.71, 0.005),
    ("robot_arm", {}, "y", "theta2", 0.71, 0.005),
    ("robot_arm", {"elbow": 135}, "x", "theta1", -0.71, 0.005),
    ("robot_arm", {"elbow": 135}, "x", "theta2", -0.71, 0.005),
    ("robot_arm", {"elbow": 135}, "y", "theta1", 0.29, 0.005),
    ("robot_arm", {"elbow": 135}, "y", "theta2", -0.71, 0.005),
    ("robot_arm", {}, "distance", None, 0.76536686473017954346, 1e-14),
    ("robot_arm", {}, "distance", "theta1", -1.3065629648763765279, 1e-14),
    ("robot_arm", {}, "distance", "theta2", -0.92387953251128675613, 1e-14),
    # A pendulum; the end gauge of the GUM, H.1: its estimate and sensitivities
    ("pendulum", {}, "g", None, 9.80087819298063019475, 1e-14),
    ("pendulum", {}, "g", "L", 9.80087819298063019475, 1e-14),
    ("pendulum", {}, "g", "T", -9.76669476131602411036, 1e-14),
    ("end_gauge", {}, "l", None, 50000838, 0),
    ("end_gauge", {}, "l", "ls", 1, 0),
    ("end_gauge", {}, "l", "d", 1, 0),
    ("end_gauge", {}, "l", "da", 5000062.3, 1e-8),
    ("end_gauge", {}, "l", "dt", -575.0071645, 1e-12),
    ("end_gauge", {}, "l", "theta", 0, 0),
    ("end_gauge", {}, "l", "as", 0, 0),
    # Resistance and reactance, GUM H.2; a weight, Supplement 1 to the GUM, 9.3
    ("impedance", {}, "R", None, 127.732169928102087790, 1e-13),
    ("impedance", {}, "X", None, 219.846511912638425708, 1e-13),
    ("impedance", {}, "R", "phi", -219.846511912638425708, 1e-13),
    ("impedance", {}, "R", "V", 25.5515442944793134206, 1e-14),
    ("impedance", {}, "X", "I", -11181.8580902618598092, 1e-11),
    ("mass_calibration", {}, "dm", None, 1.2340, 1e-15),
    ("mass_calibration", {}, "dm", "ref", 1, 0),
    ("mass_calibration", {}, "dm", "rho_air", 0, 0),
    ("mass_calibration", {}, "dm", "rho_w", 0, 0),
    # PyTorch's tutorials with arrays, their own numbers; then a layer with weights of our own
    ("pytorch_arrays", {}, "Q[1]", "a[1]", 81, 0),
    ("pytorch_arrays", {}, "Q[0]", "b[0]", -12, 0),
    ("pytorch_arrays", {}, "Q[0]", "a[1]", 0, 0),
    ("pytorch_arrays", {}, "out", None, 27, 0),
    ("pytorch_arrays", {}, "out", "x[1,0]", 4.5, 0),
    ("pytorch_arrays", {}, "of_u", "u[0,0]", 102.4, 1e-12),
    ("pytorch_arrays", {}, "of_u", "u[0,2]", 0.1024, 1e-12),
    ("pytorch_arrays", {}, "of_squares", "inp[1,1]", 4, 0),
    ("pytorch_arrays", {}, "of_squares", "inp[1,4]", 2, 0),
    # Computed apart by NumPy, from the formulas; gradients by a step of 1e-40 along the imaginary axis
    ("pytorch_layer", {}, "loss", None, 1.1287771749533237, 1e-12),
    ("pytorch_layer", {}, "loss", "w[0,0]", 0.22999149370920416, 1e-12),
    ("pytorch_layer", {}, "loss", "w[4,2]", 0.20748644373395156, 1e-12),
    ("pytorch_layer", {}, "loss", "b[1]", 0.23698316754166798, 1e-12),
    ("pytorch_layer", {}, "loss", "x[2]", -0.007398617236029691, 1e-12),
    ("backprop_layers", {}, "C", None, 0.2740443546710476, 1e-12),
    ("backprop_layers", {}, "C", "W1[0,0]", -0.04480851933864944, 1e-12),
    ("backprop_layers", {}, "C", "W1[3,2]", -0.05370609080065368, 1e-12),
    ("backprop_layers", {}, "C", "W2[1,2]", 0.09413625755991448, 1e-12),
    ("backprop_layers", {}, "C", "b1[1]", 0.06077489906720059, 1e-12),
    ("backprop_layers", {}, "C", "a0[0]", -0.15217643463659883, 1e-12),
    ("softmax_network", {}, "loss", None, 1.3356201883237262, 1e-12),
    ("softmax_network", {}, "loss", "X[2,1]", -0.03327352886747635, 1e-12),
    ("softmax_network", {}, "loss", "W1[1,3]", -0.11448705747786898, 1e-12),
    ("softmax_network", {}, "loss", "b1[0]", 0.17216436989076034, 1e-12),
    ("softmax_network", {}, "loss", "W2[3,0]", -0.05601146722420501, 1e-12),
    ("softmax_network", {}, "loss", "b2[2]", 0.025300766189609518, 1e-12),
    ("gaussian_process", {}, "logp", None, -5.518612064304505, 1e-12),
    ("gaussian_process", {}, "logp", "scale", 1.8694749670612774, 1e-12),
    ("gaussian_process", {}, "logp", "signal", -1.9850666295304218, 1e-12),
    ("gaussian_process", {}, "logp", "noise", -1.3171792856541444, 1e-12),
    ("gaussian_process", {}, "logp", "t[2]", -0.9240359343396118, 1e-12),
    ("gaussian_process", {}, "logp", "y[0]", 1.1852340042495753, 1e-12),
    ("moons", {}, "first", None, 1.3681254779227912, 1e-12),
    ("moons", {}, "last", None, 0.08717391538635758, 1e-12),
    ("moons", {}, "last", "start[0]", 0.047552314296949005, 1e-12),
    ("moons", {}, "last", "start[16]", 0.08312260654593613, 1e-12),
    # scikit-learn's user guide, Linear Models: Ridge(alpha=.5)
    ("ridge_regression", {}, "coef[0]", None, 0.34545455, 5e-9),
    ("ridge_regression", {}, "intercept", None, 0.13636363636363641, 1e-15),
    # The log likelihood of the local level model of the Nile, at its maximum
    ("kalman_filter", {}, "logL", None, -632.5456, 5e-5),
    ("kalman_filter", {}, "logL", "eps", 0, 1e-8),
    ("kalman_filter", {}, "logL", "eta", 0, 1e-8),
    # Karim, Illustrated: Self-Attention
    ("attention", {}, "outputs[0,1]", None, 6.6831, 5e-5),
    ("attention", {}, "outputs[2,2]", None, 0.3584, 5e-5),
    # Lynch and Park's arm again, as a product of matrices
    ("arm_matrices", {}, "x", "theta[0]", -0.71, 0.005),
    ("arm_matrices", {}, "y", "theta[0]", 1.71, 0.005),
    ("arm_matrices", {}, "y", "theta[1]", 0.71, 0.005),
]
# fmt: on


def load(path: Path) -> Graph:
    return read(path.read_text(encoding="utf-8"))


def read(text: str) -> Graph:
    """Parse a program into its graph, with arrays into its scalar program's."""
    graph = parse(text)
    return with_shapes(graph, {}) if graph.details else graph


def gradient(evaluation: Evaluation, y: int, x: int) -> float:
    return sweep_reverse(evaluation, {y: 1.0})[x] or 0.0


def holds(assertion: Assertion, evaluation: Evaluation) -> bool:
    """Tell whether an assertion holds: an `==` within its tolerance, or a relative 1e-9 without one."""
    graph, values = assertion.graph, []
    for node, operation in enumerate(graph.operations):
        if operation == INPUT:
            bound = assertion.bindings[node]
            values.append(evaluation.values[bound[0]] if len(bound) == 1 else gradient(evaluation, *bound))
        elif operation == CONSTANT:
            values.append(graph.numbers[node])
        else:
            operands = [values[operand] for operand in graph.operands_of(node)]
            values.append(DOUBLE.kernel(operation)(*operands)[0])
    pending = [graph.output]
    while pending:
        node = pending.pop()
        if graph.operations[node] == "and":
            pending.extend(graph.operands_of(node))
        elif graph.operations[node] == "==":
            left, right = (values[operand] for operand in graph.operands_of(node))
            relative, absolute = (1e-9, 0.0) if assertion.tolerance is None else (0.0, assertion.tolerance)
            if not math.isclose(left, right, rel_tol=relative, abs_tol=absolute):
                return False
        elif not values[node]:
            return False
    return True


def failures(graph: Graph, inputs: Mapping[str, float] | None = None) -> list[str]:
    """List the lines of the failing assertions."""
    evaluation = evaluate(graph, inputs)
    lines = graph.source.text.split("\n")
    return [
        lines[graph.source.place(assertion.offset)[0] - 1]
        for assertion in graph.assertions
        if not holds(assertion, evaluation)
    ]


def test_there_is_an_expectation_for_every_example() -> None:
    assert {row[0] for row in EXPECTED} == {path.stem for path in EXAMPLES}


@every_example
def test_first_line_says_what_to_expect(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first = text.split("\n")[0]
    assert first.startswith("# ")
    assert "; expects " in first
    assert first.isascii(), "it is listed on any terminal"
    assert all(len(line) <= 110 and line == line.rstrip() for line in text.split("\n"))
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@every_example
def test_assertions_hold(path: Path) -> None:
    graph = load(path)
    assert all(math.isfinite(value) for value in evaluate(graph).values)
    assert len(graph.assertions) >= 2
    assert failures(graph) == []


@every_example
def test_assertions_notice_a_change_of_any_input(path: Path) -> None:
    graph = load(path)
    for node in graph.inputs():
        name, default = graph.names[node] or "", graph.numbers[node] or 0.0
        changed = default + 0.01 * max(1.0, abs(default))
        assert failures(graph, {name: changed}), f"another {name} goes unnoticed"


@every_example
def test_command_needs_no_options(path: Path, cgraph: Run) -> None:
    graph = load(path)
    done = cgraph("eval", str(path))
    assert done.returncode == 0, done.stderr
    assert (graph.names[graph.output] or "?") in done.stdout


@every_example
def test_both_sweeps_agree(path: Path) -> None:
    graph = load(path)
    evaluation = evaluate(graph)
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    for node in range(len(graph)) if len(graph) < 2000 else graph.inputs():
        adjoint = adjoints[node]
        tangent = sweep_forward(evaluation, {node: 1.0})[graph.output]
        # A constant exponent of a negative base has a gradient too, which is nan.
        expected = pytest.approx(adjoint or 0.0, rel=1e-12, abs=1e-13, nan_ok=True)
        assert (tangent or 0.0) == expected, graph.labels()[node]


@pytest.mark.parametrize(("name", "inputs", "node", "wrt", "expected", "tolerance"), EXPECTED)
def test_expected(
    name: str, inputs: dict[str, float], node: str, wrt: str | None, expected: float, tolerance: float
) -> None:
    graph = load(ROOT / "examples" / f"{name}.cg")
    evaluation = evaluate(graph, inputs)
    if wrt is None:
        actual = evaluation.value(node)
    else:
        actual = gradient(evaluation, graph.find(node), graph.find(wrt))
    assert actual == pytest.approx(expected, rel=0, abs=tolerance)


OLAH = "a = 2; b = 1; c = a + b; d = b + 1; e = c*d; "


@pytest.mark.parametrize(
    "statement",
    [
        "assert e == 6",
        "assert e == 6.0000000001",
        "assert e == 6.1 within 0.11",
        "assert grad(e, b) == 5",
        "assert grad(a, e) == 0",
        "assert grad(e, b) == grad(e, c) + grad(e, d)",
        "assert grad(e, a) == 2 and grad(e, b) == 5 and a == 2",
        "assert 5 < e <= 6 or e == 0",
        "assert not e == 7",
    ],
)
def test_helper_accepts(statement: str) -> None:
    assert failures(parse(OLAH + statement)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "assert e == 7",
        "assert e == 6.0000001",
        "assert e == 6.1 within 0.09",
        "assert e == 6.0000001 within 0",
        "assert grad(e, b) == 2",
        "assert grad(a, e) == 1",
        "assert grad(e, b) == grad(e, a) + grad(e, d) + 1",
        "assert grad(e, a) == 2 and grad(e, b) == 5 and a == 3",
        "assert grad(e, a) == 3 and grad(e, b) == 5 and a == 2",
        "assert e < 6",
        "assert e == 0/0",
        "assert not e == 6",
    ],
)
def test_helper_refuses(statement: str) -> None:
    assert failures(parse(OLAH + statement)) != []


@every_example
def test_helper_refuses_a_wrong_number(path: Path) -> None:
    graph = load(path)
    label = graph.labels()[graph.output]
    value = evaluate(graph).values[graph.output]
    text = path.read_text(encoding="utf-8")
    assert failures(read(f"{text}assert {label} == {value!r}")) == []
    assert failures(read(f"{text}assert {label} == {value * 1.000001!r}")) != []
