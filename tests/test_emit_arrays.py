"""Emitted code of programs of arrays: it runs, and computes what the sweeps do, in the shapes of the program."""

from __future__ import annotations

import math
from operator import mul
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cgraph_cli as cg
from cgraph_cli import evaluate, sweep_reverse
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.nodes_by_label import find_nodes
from cgraph_cli.core.tensor import Shape, Tensor, of_nested
from cgraph_cli.emit import emit
from cgraph_cli.emit.compiled import compile_function
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee
from cgraph_cli.symbolic.arrays import large_arrays, with_shapes
from cgraph_cli.symbolic.program import parse
from tests.emitted import same
from tests.emitted_arrays import ARRAY_RUNNERS, ArrayCase, Asked, asked, asked_of, flat, random_programs
from tests.needs import need_library
from tests.runners import load_python

W = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]
S = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.25], [0.5, -0.25, 2.0]]
X = [[0.1, 1.2, -0.3], [2.0, -0.7, 0.4], [0.9, 0.8, -1.6], [1.1, -1.3, 0.6]]

CASES = [
    ArrayCase("y = sum(x^2)", {"x": [1, 2]}),
    ArrayCase("Q = 3*a^3 - b^2", {"a": [2, 3], "b": [6, 4]}),
    ArrayCase(
        "z = x @ w + b; loss = mean(softplus(z) - y*z)",
        {"x": [0.3, -0.2], "w": W, "b": [0.1, 0.2, 0.3], "y": [0, 1, 0]},
    ),
    ArrayCase("f = sum((A @ x - b)^2)", {"A": X, "x": [1, -2, 0.5], "b": [1, 2, 3, 4]}),
    ArrayCase("y = A.T @ A", {"A": W}),
    ArrayCase("y = sum(softmax(x)*c) + sum(log_softmax(x - c))", {"x": [1000, 999.5, -2000], "c": [1, 2, -1]}),
    ArrayCase("y = [a, b*a, 3]", {"a": 2.5, "b": -1}),
    ArrayCase("y = sum(X, axis=0) * mean(X, axis=0) + max(X, axis=0) - min(X)", {"X": X}),
    ArrayCase("y = prod(X, axis=1) + prod(W)", {"X": X, "W": W}),
    ArrayCase("y = norm(X, axis=1)*logsumexp(X, axis=1) + norm(X)", {"X": X}),
    ArrayCase("y = X[1:3, 0] @ X[-1, ::2] + X[2, 1]", {"X": X}),
    ArrayCase("y = x[:, None]*x[None, :] + outer(x, x) - diag(x)", {"x": [1, 2, 3]}),
    ArrayCase("y = softmax(X) @ W.T", {"X": X, "W": W}),
    ArrayCase("l = cross_entropy(X, [0, 2, 1, 1])", {"X": X}),
    ArrayCase("l = cross_entropy(X[0], 1) + sum(log_softmax(X)*2)", {"X": X}),
    ArrayCase("y = [sum(x^i) for i in range(4)]; sum(y*y)", {"x": [0.5, -0.3]}),
    ArrayCase("h[0] = a; h[t+1] = r*h[t]*(1 - h[t]) for t in range(6)", {"a": 0.3, "r": 2.9}),
    ArrayCase("h[0] = a; h[t+1] = tanh(W @ h[t]) for t in range(3); y = sum(h[3])", {"a": [0.3, 0.1, -0.2], "W": S}),
    ArrayCase("y = solve(A, b) @ b", {"A": S, "b": [1, -1, 2]}),
    ArrayCase("y = solve(A, B)", {"A": S, "B": [[1, 2], [3, 4], [5, 6]]}),
    ArrayCase("y = inv(A)", {"A": S}),
    ArrayCase("y = det(A)*logdet(A)", {"A": S}),
    ArrayCase("y = det(A)", {"A": [[1, 2, 0, 1], [0, 1, 3, 1], [2, 1, 1, 0], [1, 1, 0, 2]]}),
    ArrayCase("y = cholesky(A)", {"A": S}),
    ArrayCase("y = cumsum(x)*x", {"x": [1, 2, 3]}),
    ArrayCase("y = concat(x, 2*x, [1, 2]) ; sum(y^2)", {"x": [1, 2, 3]}),
    ArrayCase("y = stack(x, x^2, axis=1)", {"x": [1, 2, 3]}),
    ArrayCase("y = concat(W, W*W, axis=1)", {"W": W}),
    ArrayCase("y = reshape(W, 3, 2) @ [1, -2]", {"W": W}),
    ArrayCase("y = conv1d(x, w)", {"x": [1, 2, 3, 4, 5], "w": [1, -1]}),
    ArrayCase("y = conv2d(X, w)", {"X": X, "w": [[1, -1], [2, 0.5]]}),
    ArrayCase("y = where(x > 0, sqrt(x), 0)*x", {"x": [-1.0, 2.0, 0.0]}),
    ArrayCase("y = relu(W @ x) + abs(b) + clip(b, 0, a)", {"W": W, "x": [1, 2, 3], "b": [-1, 1], "a": 0.5}),
    ArrayCase("y = max(x, 2) + atan2(x, a) + x % 0.7 + x^y2", {"x": [1.5, 2.5, 0.5], "a": 3, "y2": [1, 2, 0.5]}),
    ArrayCase("y = zeros(2, 3) + W*ones(2, 1) - eye(2) @ W", {"W": W}),
    ArrayCase("x = [1, 2]; w = [[1, 2], [3, 4]]; y = w @ x", {}),
    ArrayCase("y = sum(x) + sum(z) + sum(w)", {"x": [1], "z": [[2]], "w": [[[3, 4]]]}),
    ArrayCase("L = sum((W @ x)^2); W1 = W - 0.1*grad(L, W)", {"W": W, "x": [1, 2, 3]}),
    ArrayCase("k = [[3, 0.5], [0, 3]]*2; y = tanh([[3, 0.5], [0, 3]]) @ x + k @ x^[2, 3]", {"x": [1, 2]}),
    ArrayCase("y = digamma(x)*c + lgamma(x) + polygamma(1, x) + erf(x)", {"x": [0.5, 1.5, 3], "c": 2}),
    ArrayCase("y = trace(A @ A) + dot(A[0], A[:, 1])", {"A": S}),
    ArrayCase("lambda = np + 1; np + sum(end*lambda)", {"np": 1, "end": [1, 2]}),
    ArrayCase("k = x[t]; y = k*k", {"x": [1, 2, 3], "t": [0, 2, 0]}),
    ArrayCase("y = transpose(reshape(x, 2, 1, 3))", {"x": [1, 2, 3, 4, 5, 6]}),
    ArrayCase("y = transpose(reshape(x^2, 2, 1, 3), 1, 2, 0)", {"x": [1, 2, 3, 4, 5, 6]}),
    ArrayCase("y = softmax(X, axis=0)*X + log_softmax(X, axis=0)", {"X": X}),
    ArrayCase("B = reshape(x, 2, 3, 1); y = stack(W, W^2) @ B + (W @ B)*(x[:3] @ B)[:, None]",
              {"W": W, "x": [1, 2, 3, 4, 5, 6]}),
]  # fmt: skip


@pytest.mark.parametrize("target", ARRAY_RUNNERS)
def test_array_programs(target: str, tmp_path: Path) -> None:
    """Values and gradients are those of the scalar program."""
    cases = [asked(case, target, f"f{at}") for at, case in enumerate(CASES)]
    assert differences(cases, ARRAY_RUNNERS[target](cases, tmp_path)) == []


@pytest.mark.parametrize("target", ARRAY_RUNNERS)
def test_random_array_programs(target: str, tmp_path: Path) -> None:
    """Every structural operation, and shapes with 0 and 1 among them."""
    programs = random_programs(60)[:: 6 if target == "jax" else 1]  # which compiles each
    if target in ("c", "rust"):  # where a function of numbers has another form
        programs = [each for each in programs if any(tensor.shape for tensor in each[1].values())]
    if target == "c":  # whose arrays have elements
        programs = [each for each in programs if all(tensor.items for tensor in each[1].values())]
    cases = [asked_of(*each, target, f"f{at}") for at, each in enumerate(programs)]
    assert differences(cases, ARRAY_RUNNERS[target](cases, tmp_path)) == []


def test_compiled_programs() -> None:
    """A function of this process needs no library beside NumPy, and computes what the emitted ones do."""
    programs = [*random_programs(60)]
    for case in CASES:
        inputs = {key: of_nested(value).map(float) for key, value in case.inputs.items()}
        programs.append((with_shapes(parse(case.text), inputs), inputs))
    cases = [asked_of(*each, "python", f"f{at}") for at, each in enumerate(programs)]
    got = []
    for (graph, _), case in zip(programs, cases, strict=True):
        arrays = [np.array(tensor.items).reshape(tensor.shape) for tensor in case.inputs]
        value, gradient = compile_function(graph, name=case.name)(*arrays)
        got.append(flat([value, *gradient]))
    assert differences(cases, got) == []


@pytest.mark.parametrize("program", ["y = sum(inv(A))", "y = logdet(A)", "y = sum(solve(A.T, A[0]))"])
@pytest.mark.parametrize("is_turned", [False, True])
def test_compiled_programs_see_what_changed_in_place(program: str, is_turned: bool) -> None:
    """A step of a descent is `A -= rate*gradient`; what is known of a matrix is that of its elements before."""
    A = 2 * np.eye(60)
    function = cg.compile(program, {"A": A})
    given = A.T if is_turned else A
    function(given)
    A *= 3
    A[0] += 1
    (value, gradient), (expected, slopes) = function(given), function(given.copy())
    assert value == pytest.approx(expected, rel=1e-12)
    assert np.allclose(gradient, slopes, rtol=1e-12, atol=1e-15)


def differences(cases: list[Asked], got: list[list[float]]) -> list[str]:
    """List the unexpected results."""
    found = []
    for case, numbers in zip(cases, got, strict=True):
        assert len(numbers) == len(case.expected), case.program
        size = max([abs(x) for x in case.expected if math.isfinite(x)], default=0.0)
        for want, number in zip(case.expected, numbers, strict=True):
            if not same(want, number, 1e-11) and abs(want - number) > 1e-12 * size:
                found.append(f"{case.name} {case.program!r}: {want!r} expected, {number!r} got")
                break
    return found


LAYER = "z = x @ w + b; loss = mean(softplus(z))"
POINT = {"x": [0.3, -0.2], "w": W, "b": [0.1, 0.2, 0.3]}


def layer() -> Graph:
    return with_shapes(parse(LAYER), {name: of_nested(value).map(float) for name, value in POINT.items()})


@pytest.mark.parametrize("target", ["python", "numpy", "torch", "jax"])
def test_several_outputs_and_chosen_inputs(target: str) -> None:
    """Each output has its gradient, of an array that of its sum."""
    if target in ("torch", "jax"):
        need_library(target)
    graph = layer()
    of = [*find_nodes(graph, ["z"], "--of"), *find_nodes(graph, ["loss"], "--of")]
    wrt = find_nodes(graph, ["b", "x"], "--wrt")
    function = load_python(emit(graph, target, of=of, wrt=wrt), "f")
    (z, loss), ((dz_db, dz_dx), (dloss_db, dloss_dx)) = function(POINT["b"], POINT["x"], POINT["w"])
    want = [sum(x * row[at] for x, row in zip(POINT["x"], W, strict=True)) + POINT["b"][at] for at in range(3)]
    slopes = [1 / (1 + math.exp(-each)) / 3 for each in want]
    assert flat(z) == pytest.approx(want, rel=1e-13)
    assert float(loss) == pytest.approx(sum(math.log1p(math.exp(each)) for each in want) / 3, rel=1e-13)
    assert flat(dz_db) == [1, 1, 1]
    assert flat(dz_dx) == pytest.approx([sum(row) for row in W], rel=1e-13)
    assert flat(dloss_db) == pytest.approx(slopes, rel=1e-13)
    assert flat(dloss_dx) == pytest.approx([sum(map(mul, row, slopes)) for row in W], rel=1e-13)


@pytest.mark.parametrize("target", ["python", "numpy", "torch", "jax"])
def test_hessians_and_elements(target: str) -> None:
    """Second derivatives are a table over elements, and an element alone is an output or an input like any number."""
    if target in ("torch", "jax"):
        need_library(target)
    graph = with_shapes(parse("y = [x[0]^2*x[1], a*x[1]]; sum(y)"), {"x": of_nested([3.0, 2.0]), "a": of_nested(5.0)})
    value, gradient, hessian = load_python(emit(graph, target, hessian=True), "f")([3.0, 2.0], 5.0)
    assert float(value) == 28
    assert [flat(each) for each in gradient] == [[12, 14], [2]]
    assert [flat(row) for row in hessian] == [[4, 6, 0], [6, 0, 1], [0, 1, 0]]
    of, wrt = find_nodes(graph, ["y[0]"], "--of"), find_nodes(graph, ["x[1]"], "--wrt")
    value, gradient = load_python(emit(graph, target, of=of, wrt=wrt), "f")([3.0, 2.0], 5.0)
    assert [float(value), flat(gradient)] == [18, [9]]


@pytest.mark.parametrize("target", ["numpy", "torch", "jax", "julia", "python", "c", "rust", "javascript"])
def test_large_arrays_are_not_unrolled(target: str) -> None:
    """The text of a program is as long for a hundred rows as for two."""

    def lines(rows: int) -> int:
        inputs = {"X": of_nested([[0.1, 0.2]] * rows), "w": of_nested([0.5, 0.1]), "y": of_nested([0.0] * rows)}
        program = "X : [n, 2]; z = X @ w; loss = sum(bce_with_logits(z, y)) + sum(w^2)"
        return emit(with_shapes(parse(program), inputs), target).count("\n")

    assert lines(100) == lines(30)


def test_julia_of_arrays_is_julia() -> None:
    """There is a grammar of Julia in Python, where there is no Julia."""
    tree_sitter, grammar = need_library("tree_sitter"), need_library("tree_sitter_julia")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    for case in CASES:
        text = asked(case, "julia", "f").text
        assert not parser.parse(text.encode()).root_node.has_error, text


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_untaken_branches_of_arrays_harm_no_gradient_of_autograd(target: str, tmp_path: Path) -> None:
    """The double `where`, element by element; what is transposed in between keeps its own places."""
    need_library(target)
    text = "y = where(x > 0, sqrt(x), 0) + where(x == 0, 1, sin(x)/x); z = where(W > 0, sqrt(W.T), 0); sum(y) + sum(z)"
    inputs = {"x": of_nested([-1.0, 0.0, 4.0]), "W": of_nested([[1.0, 4.0], [9.0, 16.0]])}
    graph = with_shapes(parse(text), inputs)
    assert graph.arrays is not None
    for name, tensor in inputs.items():  # the point of the test in the text
        for node, x in zip(graph.arrays.nodes(name), tensor.items, strict=True):
            graph.numbers[node] = x
    code = emit(graph, target, test=True)
    value, (dx, dW) = load_python(code, "f", "__main__")([-1.0, 0.0, 4.0], [[1.0, 4.0], [9.0, 16.0]])
    assert float(value) == pytest.approx(2 + 2 * math.sin(1) / 1 - math.sin(1) + 1 + math.sin(4) / 4 + 10, rel=1e-13)
    assert flat(dW) == pytest.approx([1 / 2, 1 / 4, 1 / 6, 1 / 8], rel=1e-13)
    assert flat(dx)[1:] == pytest.approx([0, 1 / 4 + (4 * math.cos(4) - math.sin(4)) / 16], rel=1e-13)


def test_latex_of_matrices_and_of_elements() -> None:
    graph = with_shapes(parse("y = W @ x"), {"W": of_nested(W), "x": of_nested([1.0, 2.0, 3.0])})
    text = emit(graph, "latex")
    assert text.startswith("% derivatives of the sum of y, which is an array\n")
    assert r"y &= W x" in text
    assert r"\frac{\partial y}{\partial W} &= \mathbf{1} x^{\top}" in text
    elements = emit(graph, "latex", of=[graph.find("y[0]")], wrt=[graph.find("x[1]"), graph.find("W[0,1]")])
    assert "y_{0} &= " in elements
    assert r"\frac{\partial y_{0}}{\partial W_{0,1}} &= x_{1}" in elements
    assert "[" not in elements


def test_a_network_in_numpy_needs_nothing_else() -> None:
    inputs = {"z": of_nested(X), "k": of_nested([0.0, 2.0, 1.0, 1.0])}
    text = emit(with_shapes(parse("y = cross_entropy(z, k) + sum(softmax(z, axis=0)^2)"), inputs), "numpy")
    assert "scipy" not in text


def test_sums_of_compiled_code_read_memory_in_its_order() -> None:
    """The last index moves innermost wherever it is that of the rows; the order of the terms of a sum is the same."""
    inputs = {"A": of_nested(W), "B": of_nested(S), "v": of_nested([1.0, 2.0, 3.0])}
    text = emit(
        with_shapes(
            parse("P = A @ B; s = sum(P, axis=0); Q = B @ A.T; q = B @ v; y = sum(P) + sum(s) + sum(Q) + sum(q)"),
            inputs,
        ),
        "c",
    )
    assert "for (int j = 0; j < 3; j++) {\n                P[i][j] += A[i][k] * B[k][j];" in text
    assert "s[i] += P[j][i];" in text
    assert "total += B[i][k] * A[j][k];" in text
    assert "total += B[i][j] * v[j];" in text


def test_sql_of_numbers_inside_arrays() -> None:
    """Only inputs and outputs have to be numbers."""
    graph = with_shapes(parse("h[0] = a; h[t+1] = r*h[t] for t in range(3); h[3] + 0"), {})
    assert '"h_1"' in emit(graph, "sql") or "h_1" in emit(graph, "sql")


NETWORK = "h = tanh(X @ W1 + b1); z = h @ W2 + b2; L = cross_entropy(z, k) + sum(softmax(z)^2)/size(z)"
SHAPES = {"X": (64, 40), "W1": (40, 30), "b1": (30,), "W2": (30, 10), "b2": (10,)}


@pytest.mark.parametrize("target", ["numpy", "torch", "python", "javascript", "c", "rust"])
def test_programs_without_a_scalar_one(target: str, tmp_path: Path) -> None:
    """Linear maps of NumPy are emitted without a scalar program; the classes are an argument, without a gradient."""
    given = {name: wave(shape, at) for at, (name, shape) in enumerate(SHAPES.items())}
    others = {**given, "k": Tensor((64,), [float(row % 3) for row in range(64)])}
    emitted = large_arrays(parse(NETWORK), others)
    assert emitted is not None
    text = emit(emitted, target)
    given["k"] = Tensor((64,), [float(row * 7 % 10) for row in range(64)])
    arrays = large_arrays(parse(NETWORK), given)
    assert arrays is not None
    names = [arrays.names[node] or "" for node in arrays.inputs()]
    with ieee():
        evaluation = evaluate(arrays, given, algebra=ARRAYS)
        adjoints = sweep_reverse(evaluation, {arrays.output: 1.0})
    gradient = [adjoints[node] for node in arrays.inputs()]
    want = flat([evaluation.values[arrays.output], *map(zeros_where_none, gradient, (given[name] for name in names))])
    shapes = [(), *(given[name].shape for name in names)]
    case = Asked("f", text, NETWORK, [given[name] for name in [*names, "k"]], shapes, want)
    assert differences([case], ARRAY_RUNNERS[target]([case], tmp_path)) == []


def wave(shape: Shape, start: int) -> Tensor[float]:
    """Make numbers between -0.3 and 0.3 in a shape."""
    return Tensor(shape, [0.3 * math.sin(7 * k + start) for k in range(math.prod(shape))])


def zeros_where_none(adjoint: Any, tensor: Tensor[float]) -> Any:
    """Give the adjoint of an input, 0 where nothing depends on it."""
    return Tensor(tensor.shape, [0.0] * len(tensor.items)).nested() if adjoint is None else adjoint
