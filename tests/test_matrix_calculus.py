"""Matrix calculus: `cgraph diff` of arrays against textbooks, and against the gradients of the scalar program."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement, product
from math import prod
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgraph_cli.core.tensor import Tensor, indices, show_index
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.render.derivatives.text import program_text
from cgraph_cli.symbolic.arrays import with_shapes
from cgraph_cli.symbolic.arrays.weighted_sum import append_sum
from cgraph_cli.symbolic.derivative_programs import derive
from cgraph_cli.symbolic.matrices.derivative_requests import derive_program
from cgraph_cli.symbolic.program import parse
from tests.command import run_here
from tests.conftest import Run

Point = Mapping[str, Tensor[float]]

TEXTBOOK = [
    ("A : [n, n]; x : [n]; x @ A @ x", {"x": "A.T @ x + A @ x", "A": "outer(x, x)"}),
    ("A : [m, n]; x : [n]; b : [m]; sum((A @ x - b)^2)",
     {"x": "2*A.T @ (A @ x - b)", "A": "2*outer(A @ x - b, x)", "b": "-2*(A @ x - b)"}),
    ("A : [m, n]; x : [n]; b : [m]; norm(A @ x - b)^2", {"x": "2*A.T @ (A @ x - b)"}),
    ("a : [n]; x : [n]; a @ x", {"x": "a", "a": "x"}),
    ("x : [n]; x @ x", {"x": "2*x"}),
    ("x : [n]; sum(x)", {"x": "ones(n)"}),
    ("x : [n]; mean(x)", {"x": "ones(n)/n"}),
    ("x : [n]; sum(exp(x))", {"x": "exp(x)"}),
    ("x : [n]; a : [n]; sum(x*a)", {"x": "a"}),
    ("a : [m]; X : [m, n]; b : [n]; a @ X @ b", {"X": "outer(a, b)", "a": "X @ b", "b": "X.T @ a"}),
    ("a : [n]; X : [m, n]; b : [m]; a @ X.T @ b", {"X": "outer(b, a)"}),
    ("X : [n, n]; logdet(X)", {"X": "inv(X).T"}),
    ("X : [n, n]; log(det(X))", {"X": "inv(X).T"}),
    ("X : [n, n]; k*log(det(X))/2", {"X": "k*inv(X).T/2"}),
    ("u : [n]; v : [n]; k*sum(eye(n)*outer(u, v))", {"u": "v*k", "k": "u @ v"}),
    ("X : [n, n]; det(X)", {"X": "det(X)*inv(X).T"}),
    ("A : [k, m]; X : [m, n]; B : [n, k]; trace(A @ X @ B)", {"X": "A.T @ B.T"}),
    ("A : [m, n]; X : [m, n]; trace(A.T @ X)", {"X": "A"}),
    ("A : [m, n]; X : [m, n]; sum(A*X)", {"X": "A"}),
    ("X : [n, n]; trace(X)", {"X": "eye(n)"}),
    ("X : [m, n]; trace(X.T @ X)", {"X": "2*X"}),
    ("X : [m, n]; sum(X^2)", {"X": "2*X"}),
    ("A : [m, m]; X : [m, n]; trace(X.T @ A @ X)", {"X": "A.T @ X + A @ X"}),
    ("A : [n, n]; X : [n, n]; trace(A @ inv(X))", {"X": "-inv(X).T @ A.T @ inv(X).T"}),
    ("a : [n]; X : [n, n]; b : [n]; a @ inv(X) @ b", {"X": "-outer(inv(X).T @ a, inv(X) @ b)"}),
    ("A : [n, n]; b : [n]; c : [n]; c @ solve(A, b)",
     {"b": "solve(A.T, c)", "A": "-outer(solve(A.T, c), solve(A, b))"}),
    ("X : [n, d]; y : [n]; w : [d]; sum(log(1 + exp(-y*(X @ w))))",
     {"w": "-X.T @ (exp(-y*(X @ w))/(exp(-y*(X @ w)) + 1)*y)"}),
    ("X : [n, d]; y : [n]; w : [d]; mean(softplus(X @ w) - y*(X @ w))", {"w": "(X.T @ (sigmoid(X @ w) - y))/n"}),
    ("X : [n, d]; y : [n]; w : [d]; k; sum((X @ w - y)^2) + k*sum(w^2)", {"w": "2*w*k + 2*X.T @ (X @ w - y)"}),
    ("z : [n]; logsumexp(z)", {"z": "softmax(z)"}),
    ("z : [n]; k = 1; cross_entropy(z, 0)", {"z": "softmax(z) - eye(n)[0]"}),
    ("W : [m, n]; x : [n]; v : [m]; v @ tanh(W @ x)",
     {"x": "W.T @ (v*sech(W @ x)^2)", "W": "outer(v*sech(W @ x)^2, x)"}),
    ("x : [n]; d : [n]; x @ diag(d) @ x", {"x": "2*x*d", "d": "x^2"}),
    ("A : [m, n]; A.T.T[0, 0]*0 + sum(A.T @ A)", {}),
]  # fmt: skip
"""Programs, and derivatives as matrixcalculus.org and the Matrix Cookbook have them."""


def numbers(text: str, point: Point) -> dict[str, list[float]]:
    """Compute the arrays of a program at a point, by name."""
    graph = parse(text)
    scalar = with_shapes(graph, point) if graph.details else graph
    if scalar.arrays is None:
        found = evaluate(scalar, {name: x.item for name, x in point.items() if name in scalar.nodes})
        return {name: [found.values[node]] for name, node in scalar.nodes.items()}
    arrays, labels = scalar.arrays, scalar.labels()
    found = evaluate(scalar, placed(scalar, point))
    assert labels
    return {
        name: [found.values[each] for each in arrays.elements[node].items] for name, node in arrays.graph.nodes.items()
    }


def placed(scalar: Any, point: Point) -> dict[str, float]:
    """Label the inputs of a scalar program as its elements."""
    labels, arrays = scalar.labels(), scalar.arrays
    return {
        labels[each]: item
        for name, tensor in point.items()
        if name in arrays.graph.nodes
        for each, item in zip(arrays.elements[arrays.graph.nodes[name]].items, tensor.items, strict=True)
    }


def gradients(text: str, point: Point) -> dict[str, list[float]]:
    """Compute the gradients of the sum of a program's output, by the sweep over its scalar program."""
    scalar = with_shapes(parse(text), point)
    arrays = scalar.arrays
    assert arrays is not None
    output = arrays.graph.output
    node = append_sum(scalar, arrays.graph.labels()[output]) if arrays.graph.shapes[output] else arrays.output[0]
    adjoints = sweep_reverse(evaluate(scalar, placed(scalar, point)), {node: 1.0})
    return {
        arrays.graph.names[each] or "": [adjoints[item] or 0.0 for item in arrays.elements[each].items]
        for each in arrays.graph.inputs()
    }


def derivative(text: str, point: Point | None = None, **options: Any) -> str:
    return program_text(derive_program(parse(text), point or {}, **options))


def close(one: Sequence[float], other: Sequence[float]) -> bool:
    size = max(1.0, *(abs(x) for x in other)) if other else 1.0
    return len(one) == len(other) and all(abs(x - y) <= 1e-9 * size for x, y in zip(one, other, strict=True))


def check_numbers(text: str, point: Point) -> str:
    """Check the derivatives of a program against the sweep; returns their program."""
    expected = gradients(text, point)
    if not all(math.isfinite(x) and abs(x) < 1e6 for each in expected.values() for x in each):
        return ""
    found = derivative(text, point)
    computed = numbers(found, point)
    named = {name.split("_d")[-1]: values for name, values in computed.items() if name.startswith("d")}
    for name, values in expected.items():
        assert close(named[name], values), f"{name} of {text}\n{found}\n{named[name]}\n{values}"
    return found


def shapes_at(text: str, sizes: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Find the declared shapes of a program's inputs, with sizes for the letters."""
    from cgraph_cli.language.array_rules import Sizes

    graph = parse(text)
    found: dict[str, tuple[int, ...]] = {}
    for node in graph.inputs():
        details = graph.details.get(node)
        declared = details.sizes if isinstance(details, Sizes) else ()
        if graph.numbers[node] is None and not isinstance(details, Tensor):
            found[graph.names[node] or ""] = tuple(sizes.get(str(size), size) for size in declared)
    return found


def random_point(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Tensor[float]]:
    chance = random.Random(seed)
    return {
        name: Tensor(shape, [round(chance.uniform(-1.5, 1.5), 3) for _ in range(prod(shape))])
        for name, shape in shapes.items()
    }


@pytest.mark.parametrize(("text", "expected"), TEXTBOOK)
def test_textbook(text: str, expected: dict[str, str]) -> None:
    """The formula is the textbook's, for any sizes."""
    lines = dict(line.split(" = ") for line in derivative(text, expand=True).splitlines() if " = " in line)
    for name, formula in expected.items():
        assert lines[f"d_d{name}"] == formula


@pytest.mark.parametrize("text", [text for text, _ in TEXTBOOK])
@pytest.mark.parametrize("seed", [1, 2])
def test_textbook_numbers(text: str, seed: int) -> None:
    """The formula computes what the sweep does."""
    check_numbers(text, random_point(shapes_at(text, {"m": 2, "n": 3, "k": 4, "d": 2}), seed))


STRUCTURAL = [
    "x : [4]; prod(x)", "X : [2, 3]; sum(prod(X, axis=0)^2)", "X : [2, 3]; sum(prod(X, axis=1)^2)",
    "X : [2, 3]; prod(X)^2", "X : [2, 3]; sum(max(X, axis=1)^2)", "X : [2, 3]; min(X)^2", "x : [3]; max(x)*sum(x)",
    "X : [2, 3]; sum(norm(X, axis=1)^3)", "X : [2, 3]; sum(norm(X, axis=0))", "X : [2, 3]; norm(X)^3",
    "X : [2, 3]; sum(logsumexp(X, axis=0)^2)", "X : [2, 3]; sum(logsumexp(X, axis=1)^2)", "X : [2, 3]; logsumexp(X)^2",
    "X : [2, 3]; sum(mean(X, axis=0)^2)",
    "X : [2, 3]; w : [2]; w @ mean(X, axis=1)", "X : [2, 3]; sum(sum(X, axis=0)^3)",
    "X : [2, 3]; W : [2, 3]; sum(softmax(X)*W)", "X : [2, 3]; W : [2, 3]; sum(log_softmax(X)*W)",
    "X : [2, 3]; W : [2, 3]; sum(softmax(X, axis=0)*W)", "X : [2, 3]; W : [2, 3]; sum(log_softmax(X, axis=0)*W)",
    "X : [2, 3, 2]; W : [2, 3, 2]; sum(softmax(X, axis=1)*W)", "X : [2, 2, 3]; sum(logsumexp(X, axis=1)^2)",
    "x : [3]; w : [3]; w @ softmax(x)", "x : [3]; w : [3]; w @ log_softmax(x)", "x : [3]; w : [3]; w @ cumsum(x^2)",
    "x : [5]; w : [2]; sum(conv1d(x, w)^2)", "X : [3, 4]; W : [2, 2]; sum(conv2d(X, W)^2)",
    "x : [3]; y : [2]; sum(concat(x, y)^3)", "x : [3]; y : [3]; w : [2, 3]; sum(stack(x, y^2)*w)",
    "x : [3]; y : [3]; w : [3, 2]; sum(stack(x, y^2, axis=1)*w)", "X : [2, 3]; Y : [2, 1]; sum(concat(X, Y, axis=1)^3)",
    "X : [2, 3]; w : [3, 2]; sum(reshape(X, 3, 2)*w^2)", "X : [2, 3]; w : [6]; w @ reshape(X^2, 6)",
    "x : [4]; x[0]*x[1]^2 + x[-1]", "x : [5]; sum(x[1:3]^3)", "x : [5]; sum(x[::2]^3)", "x : [5]; sum(x[::-1]*x^2)",
    "X : [3, 4]; sum(X[:, 1]^3)", "X : [3, 4]; sum(X[1]^3)",
    "X : [3, 4]; X[1, 2]^3*X[0, 0]", "X : [3, 4]; sum(X[1:, :2]^3)",
    "X : [3, 4]; sum(X[[0, 2, 2]]^3)", "X : [3, 4]; sum(X[:, [1, 1]]^3)", "X : [3, 4]; sum(X[:, ::2]^3)",
    "X : [3, 4]; sum(X[1, ::2]^3)", "X : [2, 3, 2]; sum(X[:, 1]^3)", "X : [2, 3, 2]; sum(X[0, :, 1]^3)",
    "X : [2, 3, 2]; sum(X[..., 1]^3)", "x : [3]; y : [2]; sum((x[:, None] + y[None, :])^3)",
    "x : [3]; y : [2]; sum((x[:, None]*y[None, :])^3)", "x : [3]; sum([x[i]^i for i in range(3)])",
    "x : [3]; sum(x[i]*x[i + 1]^2 for i in range(2))", "r; h[0] = 1; h[t + 1] = r*h[t] for t in range(5); sum(h^2)",
    "W : [2, 2]; x : [2]; h[0] = x; h[t + 1] = tanh(W @ h[t]) for t in range(3); sum(h[3]^2)",
    "A : [3, 3]; M = A @ A.T + eye(3); L = cholesky(M); W : [3, 3]; sum(L*W)",
    "A : [2, 2]; x : [2]; M = A @ A.T + eye(2); logdet(M) + x @ solve(M, x)",
    "A : [2, 2]; B : [2, 3]; sum(solve(A, B)^2)", "A : [3, 3]; sum(inv(A)^2)", "A : [4, 4]; det(A)",
    "x : [3]; y : [3]; outer(x, y) @ x", "x : [3]; sum(diag(x)^2)",
    "X : [3, 3]; sum(diag(X)^3)", "X : [2, 3]; trace(X)", "X : [3, 3]; log(det(X)^2)", "X : [3, 3]; sum(eye(3)*X^2)",
    "x : [3]; y : [3]; dot(x, y)^2", "x : [3]; c; sum(where(x > 0, x*c, x^2))", "x : [3]; sum(abs(x) + relu(x)*x)",
    "X : [2, 3]; b : [3]; c; sum((X + b)*c)",
    "X : [1, 3]; Y : [2, 1]; sum((X*Y)^2)", "x : [2]; y = grad(sum(x^3), x); sum(y^2)",
    "x : [1]; y : [3, 1]; sum(x*y)", "X : [1, 3]; Y : [2, 3]; sum(exp(X)*Y)",
    "x : [3]; sum(max(x, 0))", "x : [3]; c; sum(max(x, c))",
    "X : [2, 3, 2]; Y : [2, 2, 4]; sum((X @ Y)^2)", "X : [2, 3, 2]; Y : [1, 2, 4]; sum((X @ Y)^2)",
    "X : [3, 2]; Y : [2, 2, 4]; sum((X @ Y)^2)", "X : [2, 3, 2]; Y : [2, 4]; sum((X @ Y)^2)",
    "x : [2]; Y : [2, 2, 4]; sum((x @ Y)^2)", "X : [2, 3, 2]; y : [2]; sum((X @ y)^2)",
    "X : [2, 1, 3, 2]; Y : [4, 2, 3]; sum(X @ Y[None, :])", "X : [0, 3, 2]; Y : [2, 4]; sum((X @ Y)^2)",
    "a : [3]; v : [3]; X : [1, 3, 2]; u : [2]; sum(sin(((X @ u)*(ones(2, 3) - a)) @ v))",
    "n : [2]; sum(sin(sum([n], axis=-1))) + sum(sin(n))", "n : [2]; sum(sin(sum([n, n^2], axis=-1))) + sum(sin(n))",
    "X : [2, 3, 4]; W : [3, 4, 2]; sum(transpose(X, 1, 2, 0)^2*W)",
    "X : [2, 3, 4]; W : [4, 2, 3]; sum(transpose(transpose(X, 1, 2, 0), 1, 2, 0)*W)",
    "X : [3, 2]; k = [0, 1, 1]; cross_entropy(X, k)", "x : [3]; x*2",
    "X : [2, 3]; X.T", "x : [3]; 3", "x : [3]; y : [2]; sum(y)", "X : [2, 3]; sum(X.T @ X)", "x : [3]; mean(x)*x",
    "x : [3]; a = sum(x); b = mean(x); c = a*b; c^2*x[0]", "X : [2, 2]; sum(X^3 @ X.T)",
    "x : [0]; y : [0]; sum(x^2) + x @ y", "A : [0, 3]; x : [3]; sum((A @ x)^2)", "A : [2, 0]; sum(A @ A.T)",
    "A : [0, 0]; logdet(A + A)", "x : [1]; A : [1, 1]; x @ A @ x", "x : [1]; Y : [1, 3]; sum((x[:, None]*Y)^2)",
]  # fmt: skip


@pytest.mark.parametrize("text", STRUCTURAL)
@pytest.mark.parametrize("seed", [1, 2])
def test_structural_numbers(text: str, seed: int) -> None:
    """Every structural operation, against the sweep over the scalar program."""
    check_numbers(text, random_point(shapes_at(text, {}), seed))


MAPS = [
    "sin(%s)",
    "tanh(%s)",
    "%s^2",
    "exp(-%s^2)",
    "-%s",
    "2*%s",
    "sigmoid(%s)",
    "abs(%s)",
    "%s/3",
    "relu(%s)",
    "1 - %s",
]
"""Elementwise functions."""

PAIRS = ["%s + %s", "%s - %s", "%s*%s", "max(%s, %s)", "%s/(1 + (%s)^2)", "where(%s > 0, %s, 1)"]
"""Elementwise functions of two arrays of one shape, or of an array and a number."""

Pool = list[tuple[str, tuple[int, ...]]]


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, dict[str, tuple[int, ...]]]:
    """Draw programs of arrays, with the shapes of their inputs."""
    m, n = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    inputs = {"A": (m, n), "B": (n, n), "C": (m, n), "x": (n,), "y": (n,), "u": (m,), "s": ()}
    pool: Pool = [*inputs.items()]
    lines = [f"{name} : [{', '.join(map(str, shape))}]" for name, shape in inputs.items() if shape]
    for at in range(draw(st.integers(1, 6))):
        text, shape = draw(st.sampled_from([*steps(pool, draw)]))
        pool.append((f"v{at}", shape))
        lines.append(f"v{at} = {text}")
    used = [(name, shape) for name, shape in pool if name.startswith("v")][-2:]
    lines.append(" + ".join(f"sum({name})" if shape else name for name, shape in used))
    return "\n".join(lines), inputs


def steps(pool: Pool, draw: st.DrawFn) -> Pool:
    """List operations on two arrays of a pool."""
    (a, p), (b, q) = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
    found: Pool = [(draw(st.sampled_from(MAPS)) % a, p)]
    if p == q or () in (p, q):
        found.append((draw(st.sampled_from(PAIRS)) % (a, b), p or q))
    if p and q and p[-1] == (q[-2] if len(q) > 1 else q[0]):
        found += [(f"{a} @ {b}", (*p[:-1], *(q[1:] if len(q) > 1 else ())))] * 3
    if len(p) == 2:
        found += [(f"{a}.T", p[::-1]), (f"sum({a}, axis=0)", p[1:]), (f"mean({a}, axis=1)", p[:1]), (f"{a}[0]", p[1:])]
        found += [(f"softmax({a})", p), (f"{a}[:, 0]", p[:1]), (f"reshape({a}, {prod(p)})", (prod(p),))]
        found += [(f"{a}[::-1]", p), (f"logsumexp({a}, axis=0)", p[1:]), (f"prod({a}, axis=1)", p[:1])]
    if len(p) == 2 and q == p[1:]:
        found += [(f"{a} + {b}", p), (f"{b}*{a}", p)]
    if len(p) == 2 and p[0] == p[1]:
        found += [(f"trace({a})", ()), (f"diag({a})", p[:1]), (f"det({a})", ()), (f"inv(4*eye({p[0]}) + tanh({a}))", p)]
        found += [(f"logdet(eye({p[0]}) + {a} @ {a}.T)", ()), (f"cholesky(eye({p[0]}) + {a} @ {a}.T)", p)]
    if len(p) == 1:
        found += [(f"sum({a})", ()), (f"norm({a})", ()), (f"{a}[-1]", ()), (f"max({a})", ()), (f"cumsum({a})", p)]
        found += [
            (f"softmax({a})", p),
            (f"{a}[:, None]", (*p, 1)),
            (f"diag({a})", p * 2),
            (f"concat({a}, {a})", (2 * p[0],)),
        ]
        found += [(f"[{a}[i]*{a}[0] for i in range({p[0]})]", p), (f"prod({a})", ()), (f"{a}[1:]", (p[0] - 1,))]
    if len(p) == 1 == len(q):
        found += [(f"outer({a}, {b})", (*p, *q)), (f"{a}[:, None]*{b}[None, :]", (*p, *q))]
    if p == q and p:
        found += [(f"stack({a}, {b})", (2, *p))] if len(p) == 1 else []
    return [(text, shape) for text, shape in found if 0 not in shape and prod(shape) < 40]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), st.integers(0, 10**6))
def test_random_programs(program: tuple[str, dict[str, tuple[int, ...]]], seed: int) -> None:
    """The derivative of any program of arrays computes what the sweep does, and is not long."""
    text, shapes = program
    found = check_numbers(text, random_point(shapes, seed))
    assert len(found) < 4000


BY_ELEMENT = [
    ("X : [2, 2, 2]; Y : [2, 2, 2]; sum((X @ Y)^2)", 1),
    ("A : [2, 2]; x : [2]; sin(x @ A @ x)", 2),
    ("x : [2]; s; sum(x^3)*s^2", 3),
    ("X : [2, 3]; diag(X) @ diag(X)", 1),
    ("x : [2]; A : [2, 2]; x @ A @ x", 2),
    ("x : [2]; W : [2, 2]; v : [2]; v @ tanh(W @ x)", 2),
]
"""Programs, and an order, whose derivatives are written element by element."""


@pytest.mark.parametrize(("text", "order"), BY_ELEMENT)
@pytest.mark.parametrize("expand", [False, True])
def test_by_element(text: str, order: int, expand: bool) -> None:
    """An operation without an array form gets a program of elements, with the derivatives of each."""
    shapes = shapes_at(text, {})
    point = random_point(shapes, 3)
    found = derivative(text, point, order=order, expand=expand)
    computed = numbers(found, point)
    scalar = with_shapes(parse(text), point)
    assert scalar.arrays is not None
    output = scalar.arrays.output[0]
    inputs = list(scalar.inputs())
    entries = derive(scalar, [output], inputs, order).entries
    reference = evaluate(entries[0].graph, placed(scalar, point)).values
    by_labels = {entry.wrt: reference[entry.node] for entry in entries}
    checked = 0
    for names in combinations_with_replacement(shapes, order):
        powers = "".join(
            f"_d{name}{names.count(name) if names.count(name) > 1 else ''}" for name in dict.fromkeys(names)
        )
        block = computed[f"d{order if order > 1 else ''}{powers}"]
        places = product(*(indices(shapes[name]) for name in names))
        for item, at in zip(block, places, strict=True):
            pairs = zip(names, at, strict=True)
            labels = [f"{name}{show_index(index) if index else ''}" for name, index in pairs]
            known = {key: value for key, value in by_labels.items() if sorted(key) == sorted(labels)}
            assert close([item], list(known.values()))
            checked += 1
    assert checked >= len(by_labels)


def test_expressions_stay_short() -> None:
    """A network of two layers has no more lines than a textbook."""
    text = (
        "X : [N, d]; W1 : [d, h]; b1 : [h]; W2 : [h, k]; b2 : [k]; Y : [N, k]; H = tanh(X @ W1 + b1);"
        "Z = H @ W2 + b2; L = -sum(Y*log_softmax(Z))/N"
    )
    lines = derivative(text, wrt=["W1", "b1", "W2", "b2"]).splitlines()
    assert lines[6:] == [
        "t1 = X @ W1 + b1",
        "H = tanh(t1)",
        "Z = H @ W2 + b2",
        "dL_dZ = (softmax(Z)*sum(Y, axis=1)[:, None] - Y)/N",
        "dL_dH = dL_dZ @ W2.T",
        "t2 = dL_dH*sech(t1)^2",
        "dL_dW1 = X.T @ t2",
        "dL_db1 = sum(t2, axis=0)",
        "dL_dW2 = H.T @ dL_dZ",
        "dL_db2 = sum(dL_dZ, axis=0)",
    ]


def test_the_command(cgraph: Run) -> None:
    """Text, JSON and LaTeX of the command; what is given is a default, and the sum of an output is said."""
    program = "A : [m, n]; x : [n]; y = A @ x"
    assert cgraph("diff", program, "--wrt", "x").stdout == (
        "# of the sum of y, which is an array\nA : [m, n]\nx : [n]\ndy_dx = sum(A, axis=0)\n"
    )
    given = cgraph("diff", "y = sum((A @ x)^2)", "--A", "[[1, 2], [3, 4]]", "--x", "[1, -1]", "--wrt", "x")
    assert given.stdout == "A = [[1, 2], [3, 4]]\nx = [1, -1]\ndy_dx = 2*A.T @ (A @ x)\n"
    evaluated = cgraph("eval", "-", "--get", "dy_dx", stdin=given.stdout)
    assert evaluated.stdout == "[-8, -12]\n"
    found = json.loads(cgraph("diff", "A : [m, n]; sum(A^2)", "-o", "json").stdout)
    assert found == {
        "derivatives": [{"name": "d_dA", "of": "%2", "wrt": ["A"], "shape": ["m", "n"], "expression": "2*A"}],
        "definitions": [],
        "program": "A : [m, n]\nd_dA = 2*A\n",
        "breaks": [],
    }
    latex = cgraph("diff", "A : [m, n]; x : [n]; b : [m]; y = sum((A @ x - b)^2) + logdet(A.T @ A)", "--latex").stdout
    assert r"\frac{\partial y}{\partial x} &= 2 A^{\top} t_{1}" in latex
    assert r"\left(A^{\top} A\right)^{-1}" in latex


def test_blocks_of_a_jacobian(cgraph: Run) -> None:
    """A Jacobian of arrays is a block for each pair, with the axes of both; CSV has a row an element."""
    arguments = ["y = A @ x; z = sum(y)", "--of", "y,z", "--wrt", "x,A", "--A", "[[1, 2], [3, 4]]", "--x", "[5, 6]"]
    found = json.loads(cgraph("jacobian", *arguments, "-o", "json").stdout)
    assert found["of"] == ["y", "z"]
    assert found["wrt"] == ["x", "A"]
    assert found["values"] == [[17.0, 39.0], 56.0]
    assert found["shapes"] == {"y": [2], "z": [], "x": [2], "A": [2, 2]}
    assert found["blocks"]["y"]["x"] == [[1.0, 2.0], [3.0, 4.0]]
    assert found["blocks"]["y"]["A"] == [[[5.0, 6.0], [0.0, 0.0]], [[0.0, 0.0], [5.0, 6.0]]]
    assert found["blocks"]["z"] == {"x": [4.0, 6.0], "A": [[5.0, 6.0], [5.0, 6.0]]}
    assert found["status"]["z"]["x"] == ["ok", "ok"]
    rows = cgraph("jacobian", *arguments, "-o", "csv").stdout.splitlines()
    assert rows[1] == "y[0],1,2,5,6,0,0,ok"
    table = cgraph("jacobian", *arguments, "-o", "plain").stdout
    assert "[[1, 2]," in table
    pattern = json.loads(cgraph("jacobian", *arguments[:5], *arguments[5:], "--sparsity", "-o", "json").stdout)
    assert pattern["blocks"]["y"]["A"] == [[[1, 1], [0, 0]], [[0, 0], [1, 1]]]


@pytest.mark.parametrize(
    ("program", "formula"),
    [
        ("f = sum(max(X, 0))", "heaviside(X, 0.5)"),
        ("f = sum(max(X, 1)*X)", None),
        ("f = sum(clip(X, 0, 1))", "heaviside(X, 0.5) - heaviside(X - 1, 0.5)"),
        ("f = sum(max(X @ w - y, 0)^2)", "2*outer(max(X @ w - y, 0), w)"),
        ("f = sum(min(X @ w, y))", "outer(heaviside(y - X @ w, 0.5), w)"),
    ],
)
def test_kinks_of_arrays_in_steps(program: str, formula: str | None) -> None:
    text = run_here(["diff", program, "--wrt", "X"]).stdout
    assert formula is None or f"df_dX = {formula}\n" in text
    point = {"X": "[[0, 1], [-1, 2], [1, 1]]", "w": "[1, -1]", "y": "[0, -3, 0.5]"}
    named = [word for name in point if name in program for word in (f"--{name}", point[name])]
    whole = run_here(["eval", program, *named, "--get", "X.grad"]).stdout
    known = [word for name in point if re.search(rf"\b{name}\b", text) for word in (f"--{name}", point[name])]
    again = run_here(["eval", text, *known, "--get", "df_dX"]).stdout
    assert again == whole
