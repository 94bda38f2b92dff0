"""Recurrences that take their steps together, against the same elements assigned one by one."""

from __future__ import annotations

import re

import numpy
import pytest
from hypothesis import strategies as st

from cgraph_cli.core.errors import ProgramError
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.language.parse import parse
from cgraph_cli.symbolic.arrays import with_shapes
from tests.command import run_here
from tests.conftest import explore
from tests.test_array_programs import near, read, shaped

FIRST = {"a": "sin(x[0])", "b": "x*2", "c": "[x, x^2, cos(x)]", "d": "x[1]^2"}
NUMBER = {"a": "a[{}]", "b": "sum(b[{}])", "c": "c[{}][2, 1]", "d": "d[{}]"}
"""The elements, of unequal shapes, as numbers."""


@st.composite
def systems(draw: st.DrawFn) -> tuple[str, str]:
    """Draw recurrences in any order, and the same as assignments; they need elements of this step, or the last."""
    names = draw(st.permutations(sorted(FIRST)))
    steps = draw(st.integers(1, 4))
    needs = {
        name: [(other, draw(st.booleans()) and names.index(other) < at)
               for other in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))]
        for at, name in enumerate(names)
    }  # fmt: skip

    def right(name: str, k: str, following: str) -> str:
        terms = [NUMBER[other].format(following if same else k) for other, same in needs[name]]
        return f"tanh({name}[{k}]/2 + {' + '.join(terms)})"

    first = "; ".join(f"{name}[0] = {FIRST[name]}" for name in FIRST)
    last = "; ".join(f"y_{name} = sum({name})" if name in "ad" else f"y_{name} = sum({name}^2)" for name in FIRST)
    assigned = [f"{name}[{k + 1}] = {right(name, str(k), str(k + 1))}" for k in range(steps) for name in names]
    together = [
        f"{name}[k + 1] = {right(name, 'k', 'k + 1')} for k in range({steps})" for name in draw(st.permutations(names))
    ]
    total = f"y = {' + '.join(f'y_{name}' for name in FIRST)}"
    return tuple(f"{first}; {'; '.join(middle)}; {last}; {total}" for middle in (together, assigned))  # type: ignore[return-value]


@explore(20, 500, systems())
def test_recurrences_step_together(system: tuple[str, str]) -> None:
    given = {"x": numpy.array([0.3, -0.7])}
    found = []
    for text in system:
        graph, inputs = shaped(text, given)
        evaluation = evaluate(graph, inputs)
        adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
        found.append([read(graph, name, evaluation.values) for name in FIRST] + [read(graph, "x", adjoints)])
    for one, other in zip(*found, strict=True):
        assert near(one, other, 1 + abs(other).max())


GRU = {
    "z": "sigmoid(P @ x[{t}] + Q @ h[{t}])", "r": "sigmoid(Q @ x[{t}] - P @ h[{t}])",
    "n": "tanh(R @ x[{t}] + r[{t}]*(P @ h[{t}]))", "m": "n[{t}] - h[{t}]",
}  # fmt: skip
"""The intermediates of a gated recurrent unit; none has an element before its loop."""


@pytest.mark.parametrize("order", ["zrnm", "rznm", "rnmz"])
def test_intermediates_of_a_step_are_recurrences_without_a_first_element(order: str) -> None:
    random = numpy.random.default_rng(4)
    given = {name: random.normal(size=(2, 2)) for name in "PQR"} | {"x": random.normal(size=(3, 2))}
    state = "h[{u}] = h[{t}] + (1 - z[{t}])*m[{t}]"
    lines = [*(f"{name}[{{t}}] = {GRU[name]}" for name in order), state]
    loops = [f"{line.format(t='t', u='t + 1')} for t in range(3)" for line in lines]
    assigned = [line.format(t=t, u=t + 1) for t in range(3) for line in lines]

    def sigmoid(x: numpy.ndarray) -> numpy.ndarray:
        return 1 / (1 + numpy.exp(-x))

    h = numpy.array([0.1, -0.2])
    for x in given["x"]:
        z, r = sigmoid(given["P"] @ x + given["Q"] @ h), sigmoid(given["Q"] @ x - given["P"] @ h)
        h = z * h + (1 - z) * numpy.tanh(given["R"] @ x + r * (given["P"] @ h))
    found = []
    for steps in (loops, assigned):
        graph, inputs = shaped("; ".join(["h[0] = [0.1, -0.2]", *steps, "y = sum(h[3]^2)"]), given)
        evaluation = evaluate(graph, inputs)
        adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
        assert evaluation.values[graph.output] == pytest.approx(sum(h**2), rel=1e-13)
        found.append([read(graph, name, adjoints) for name in given])
    for one, other in zip(*found, strict=True):
        assert near(one, other, 1 + abs(other).max())


def test_training_has_a_recurrence_for_each_array() -> None:
    """Each weight moves against its own gradient, as in steps that are written out."""
    loss = "loss(A, c) = sum((tanh(X @ A + c) - y)^2); A[0] = A0; c[0] = c0"
    step = "{0}[{2}] = {0}[{1}] - 0.1*grad(loss(A[{1}], c[{1}]), {0}[{1}])"
    loops = [f"{step.format(name, 'k', 'k + 1')} for k in range(3)" for name in "Ac"]
    assigned = [step.format(name, k, k + 1) for k in range(3) for name in "Ac"]
    random = numpy.random.default_rng(1)
    shapes = {"X": (4, 3), "A0": (3, 2), "c0": (2,), "y": (4, 2)}
    given = {name: random.normal(size=shape) for name, shape in shapes.items()}
    values = []
    for steps in (loops, assigned):
        graph, inputs = shaped("; ".join([loss, *steps, "L = loss(A[3], c[3])"]), given)
        evaluation = evaluate(graph, inputs)
        adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
        values.append(
            [read(graph, name, column) for name in ("A", "c", "A0") for column in (evaluation.values, adjoints)]
        )
    for one, other in zip(*values, strict=True):
        assert near(one, other, 1 + abs(other).max())


UPDATES = [
    "w = 4; L = (w - 3)^2; w = w - 0.1*grad(L, w)",
    "w = 4; u = w - 3; L = u^2; w -= 0.1*grad(L, w)",
    "L = (w - 3)^2; w = w - 0.1*grad(L, w)",
    "rate = 0.1; w = 4; L = (w - 3)^2; for step in range(10): w = w - rate*grad(L, w)",
    "f(x) = (x - 3)^2; w = 4\nL = f(w) # the loss\nw = w - 0.2*(w - 3)",
]


@pytest.mark.parametrize("program", UPDATES)
def test_an_update_is_told_as_the_recurrence_that_it_means(program: str) -> None:
    """Ten steps of gradient descent on (w - 3)², from 4: each takes a fifth of the way."""
    given = [] if "w = 4" in program else ["--w", "4"]
    (told,) = re.findall(r"the program is `(.*)`", run_here(["eval", program, *given]).stderr)
    last = f"last = {'w_k' if given else 'w'}[10]"
    done = run_here(["eval", f"{told}; {last}", *given, "--get", "last"])
    assert float(done.stdout) == pytest.approx(3 + 0.8**10)


@pytest.mark.parametrize(
    ("program", "message"),
    [("a[k+1] = b[k+1] for k in range(2); b[k+1] = a[k+1] for k in range(2)", r"`a\[1\]` has no value yet"),
     ("a[k+1] = b[k] for k in range(3); b[k+1] = a[k] for k in range(1)", r"`b\[2\]` has no value yet"),
     ("a[k+1] = sum(b) + b[k] for k in range(3); b[k+1] = a[k] for k in range(3)", r"`b\[1\]` has no value yet"),
     ("a[k+1] = b[k] + sum(b) for k in range(3); b[k+1] = a[k] for k in range(3)", r"`b\[1\]` has no value yet"),
     ("a[k+1] = b[k] for k in range(3); m = sum(b); b[k+1] = a[k] for k in range(3)", "`b` is used as a whole"),
     ("a[k+1] = b[k] for k in range(3); b[k+1] = sum(a) for k in range(3)", "`a` is used as a whole"),
     ("a[k+1] = b[k] for k in range(3); m = sum(a); b[k+1] = a[k]*m for k in range(3)", "`a` is used as a whole"),
     ("m = sum(b); a[k+1] = b[k] for k in range(3); b[k+1] = a[k]*m for k in range(3)", r"`b\[1\]` has no value yet"),
     ("y = b[1]; b[k+1] = b[k] for k in range(3)", r"`b\[1\]` has no value yet")],
)  # fmt: skip
def test_an_array_is_never_taken_for_whole_before_it_is(program: str, message: str) -> None:
    with pytest.raises(ProgramError, match=message):
        with_shapes(parse(f"a[0] = x; b[0] = x; {program}; sum(a) + sum(b)"), {})


def test_a_statement_between_recurrences_has_the_elements_of_the_one_above() -> None:
    loops = "a[k+1] = 2*b[k] for k in range(3); y = sum(a); b[k+1] = 3*a[k] for k in range(3)"
    graph = with_shapes(parse(f"a[0] = x; b[0] = x; {loops}; sum(b)"), {})
    values = evaluate(graph, {"x": 1.0}).values
    assert values[graph.nodes["y"]] == 1 + 2 + 6 + 12
    assert values[graph.output] == 1 + 3 + 6 + 18
