"""Programs of arrays against NumPy, in value and gradient, and their scalar programs as their meaning."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

import numpy
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from cgraph_cli.core.errors import ProgramError, Source
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.sweeps import evaluate, sweep_forward, sweep_reverse
from cgraph_cli.language.parse import parse
from cgraph_cli.symbolic.arrays import with_shapes
from tests.command import run_here
from tests.conftest import ROOT, explore
from tests.numpy_functions import Tie
from tests.numpy_programs import STEP, ArrayText, array_programs
from tests.programs import programs
from tests.test_examples import holds
from tests.test_tables import outcome

TOLERANCE = 1e-12


def tensor(array: Any) -> Tensor[float]:
    return Tensor(array.shape, [float(x) for x in array.ravel()])


def shaped(text: str, given: dict[str, Any]) -> tuple[Graph, dict[str, float]]:
    """Make the scalar program of a text, and the numbers of its inputs."""
    graph = with_shapes(parse(Source(text)), {name: tensor(array) for name, array in given.items()})
    assert graph.arrays is not None
    numbers: dict[str, float] = {}
    labels = graph.labels()
    for name, array in given.items():
        elements = graph.arrays.elements[graph.arrays.graph.nodes[name]]
        numbers |= {labels[each]: float(x) for each, x in zip(elements.items, array.ravel(), strict=True)}
    return graph, numbers


def read(graph: Graph, name: str, column: Any) -> Any:
    """Pick an array's numbers from a column of numbers by scalar node."""
    assert graph.arrays is not None
    elements = graph.arrays.elements[graph.arrays.graph.nodes[name]]
    return numpy.array([column[each] or 0.0 for each in elements.items]).reshape(elements.shape)


def near(found: Any, expected: Any, scale: float) -> bool:
    return found.shape == expected.shape and bool(numpy.all(abs(found - expected) <= TOLERANCE * scale))


@st.composite
def points(draw: st.DrawFn) -> tuple[ArrayText, dict[str, Any], int]:
    program = draw(array_programs())
    seed = draw(st.integers(0, 2**32 - 1))
    numbers = numpy.random.default_rng(seed)
    return program, {name: numbers.normal(size=shape) for name, shape in program.inputs.items()}, seed


@explore(150, 20_000, points())
def test_values_and_gradients_are_those_of_numpy(point: tuple[ArrayText, dict[str, Any], int]) -> None:
    program, given, seed = point
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            values = program.compute({name: array.astype(complex) for name, array in given.items()})
        except Tie:
            assume(False)
        assume(all(numpy.all(numpy.isfinite(values[name])) for name in program.computed))
        graph, inputs = shaped(program.text, given)
        evaluation = evaluate(graph, inputs)
        scale = 1 + max(abs(x) for x in evaluation.values)
        assume(scale < 1e6)
        for name in program.computed:
            assert near(read(graph, name, evaluation.values), values[name].real, scale), name
        adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
        size = 1 + max((abs(x) for x in adjoints if x and x == x), default=0.0)
        direction = {name: numpy.random.default_rng(seed).normal(size=array.shape) for name, array in given.items()}
        along = program.compute({name: x + 1j * STEP * direction[name] for name, x in given.items()})
        slope = sum(float(numpy.sum(read(graph, name, adjoints) * direction[name])) for name in given)
        assert abs(slope - along["L"].imag / STEP) <= TOLERANCE * scale * size * 10
        labels = {label: node for node, label in enumerate(graph.labels())}
        seeds = {labels[label]: 0.0 for label in inputs}
        for name in given:
            elements = graph.arrays.elements[graph.arrays.graph.nodes[name]]  # type: ignore[union-attr]
            seeds |= dict(zip(elements.items, map(float, direction[name].ravel()), strict=True))
        tangents = sweep_forward(evaluation, seeds)
        for name in program.computed:
            expected = numpy.asarray(along[name].imag / STEP)
            assert near(read(graph, name, tangents), expected, scale * size * 10), name
        for name, array in given.items():  # one element at a time, of which there are few
            gradient = read(graph, name, adjoints)
            for index in list(numpy.ndindex(array.shape))[:3]:
                moved = {each: x.astype(complex) for each, x in given.items()}
                moved[name][index] += 1j * STEP
                assert near(gradient[index], program.compute(moved)["L"].imag / STEP, scale * size * 10), (name, index)


@explore(100, 5_000, array_programs())
def test_the_tables_parse_it_as_lark_does(program: ArrayText) -> None:
    assert outcome(program.text, False) == outcome(program.text, True)


@st.composite
def shapes(draw: st.DrawFn) -> list[tuple[int, ...]]:
    return draw(st.lists(st.lists(st.sampled_from([0, 1, 2, 3]), max_size=3).map(tuple), min_size=2, max_size=3))


def broadcasts(x: tuple[int, ...], y: tuple[int, ...]) -> bool:
    """Broadcast by the rule of the language's page."""
    if len(x) == len(y):
        return all(a == b or 1 in (a, b) for a, b in zip(x, y, strict=True))
    low, high = sorted((x, y), key=len)
    return not low or low == high[-len(low) :]


@explore(200, 5_000, shapes())
def test_operands_broadcast_by_the_rule_and_then_as_in_numpy(drawn: list[tuple[int, ...]]) -> None:
    x, y = drawn[:2]
    arrays = {"x": numpy.arange(float(numpy.prod(x))).reshape(x), "y": 0.5 - numpy.ones(y)}
    if not broadcasts(x, y):
        with pytest.raises(ProgramError, match="do not fit element by element"):
            shaped("z = x*y", arrays)
        return
    graph, inputs = shaped("z = x*y", arrays)
    found = read(graph, "z", evaluate(graph, inputs).values)
    assert numpy.array_equal(found, arrays["x"] * arrays["y"])


@explore(200, 5_000, shapes())
def test_what_multiplies_is_what_multiplies_in_numpy(drawn: list[tuple[int, ...]]) -> None:
    """Vectors, matrices and stacks of matrices agree; a vector beside a stack goes with each of its matrices."""
    x, y = (shape or (2,) for shape in drawn[:2])
    arrays = {"x": numpy.arange(float(numpy.prod(x))).reshape(x), "y": 0.5 - numpy.ones(y)}
    try:
        expected = arrays["x"] @ arrays["y"]
    except ValueError:
        with pytest.raises(ProgramError, match="do not fit"):
            shaped("z = x @ y", arrays)
        return
    graph, inputs = shaped("z = x @ y", arrays)
    assert numpy.allclose(read(graph, "z", evaluate(graph, inputs).values), expected, rtol=1e-15)


@explore(100, 5_000, programs())
def test_a_program_of_numbers_is_its_own_scalar_program(text: str) -> None:
    try:
        graph = parse(Source(text))
    except ProgramError:
        return
    assert not graph.details
    scalar = with_shapes(graph, {})
    given = {graph.names[node] or "": 0.7 for node in graph.inputs()}
    before, after = evaluate(graph, given).values, evaluate(scalar, given).values
    for name, node in graph.nodes.items():
        assert repr(after[scalar.nodes[name]]) == repr(before[node])


TRAINING = """
X : [n, d]
t : [n]
W[0] = zeros(d)
loss(w) = mean(softplus(X @ w) - t*(X @ w)) + 0.05*w @ w
W[k + 1] = W[k] - rate*grad(loss(W[k]), W[k]) for k in range(3)
L = loss(W[3])
"""


@explore(20, 500, st.integers(1, 4), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_training_steps_are_statements(n: int, d: int, seed: int) -> None:
    """Gradient descent by `grad`, and the gradient of its end in the data and in the rate."""
    numbers = numpy.random.default_rng(seed)
    given = {"X": numbers.normal(size=(n, d)), "t": numbers.integers(0, 2, n).astype(float), "rate": numpy.array(0.3)}

    def train(names: dict[str, Any]) -> Any:
        x, t, w = names["X"], names["t"], numpy.zeros(d, complex)
        for _ in range(3):
            w = w - names["rate"] * (x.T @ (1 / (1 + numpy.exp(-(x @ w))) - t) / n + 0.1 * w)
        z = x @ w
        return numpy.mean(numpy.log(1 + numpy.exp(z)) - t * z) + 0.05 * w @ w

    graph, inputs = shaped(TRAINING, given)
    evaluation = evaluate(graph, inputs)
    assert abs(evaluation.values[graph.output] - train(given).real) < TOLERANCE
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    for name, array in given.items():
        gradient = read(graph, name, adjoints)
        for index in numpy.ndindex(array.shape):
            moved = {each: x.astype(complex) for each, x in given.items()}
            moved[name][index] += 1j * STEP
            assert abs(gradient[index] - train(moved).imag / STEP) < 10 * TOLERANCE


@explore(30, 500, points())
def test_assertions_over_arrays_hold_for_every_element(point: tuple[ArrayText, dict[str, Any], int]) -> None:
    """An array's numbers as NumPy has them are asserted, and one of them changed."""
    program, given, _ = point
    name = program.computed[0]
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            expected = program.compute({name: array.astype(complex) for name, array in given.items()})[name].real
        except Tie:
            assume(False)
    assume(expected.size and numpy.all(numpy.isfinite(expected)) and numpy.max(abs(expected)) < 1e6)
    for at in (None, expected.size - 1):
        changed = numpy.array(expected)
        if at is not None:
            changed.flat[at] += 1e-3
        graph, inputs = shaped(f"{program.text}; assert {name} == {changed.tolist()} within 1e-6", given)
        evaluation = evaluate(graph, inputs)
        assert len(graph.assertions) == expected.size
        assert all(holds(assertion, evaluation) for assertion in graph.assertions) == (at is None)


def test_every_structural_primitive_is_drawn() -> None:
    source = (ROOT / "tests" / "numpy_programs.py").read_text(encoding="utf-8")
    missing = [name for name in STRUCTURAL if not re.search(rf"\b{name}\b", source)]
    assert not missing


def test_an_array_is_not_taken_for_the_one_before() -> None:
    """A new array that uses the elements of another neither continues it nor names its elements."""
    graph = with_shapes(parse("A[0] = x; l[k] = 2*A[0] for k in range(2); A[1] = 3; sum(l) + A[1]"), {})
    assert set(graph.nodes) == {"x", "A[0]", "l[0]", "l[1]", "A[1]"}
    with pytest.raises(ProgramError, match=r"`A\[1\]` has no value yet"):
        with_shapes(parse("A[0] = x; l[k] = 2*A[k] for k in range(3)"), {})


@pytest.mark.parametrize(
    ("program", "axis"),
    [("sum(x, 0)", "0"), ("mean(x, 1)", "1"), ("sum(x, axis=0)", ""), ("sum(x, 2)", ""), ("max(x, 0)", ""),
     ("sum(x, a)", ""), ("sum(x[0, 0], 1)", "")],
)  # fmt: skip
def test_a_number_that_may_be_meant_as_an_axis_is_told(program: str, axis: str) -> None:
    """The note is followed: `axis=0` in the place of the number takes it away."""
    settings = ["--x", "[[1, 2], [3, 4]]", *(["--a", "1"] if ", a)" in program else [])]
    said = run_here(["eval", f"y = {program}", *settings]).stdout
    assert ("for the axis, write" in said) == bool(axis)
    if axis:
        assert f"write `axis={axis}`" in said
        meant = run_here(["eval", f"y = {program.replace(f', {axis})', f', axis={axis})')}", *settings])
        assert meant.returncode == 0
        assert "note:" not in meant.stdout


def test_scores_may_be_masked_by_minus_infinity() -> None:
    """A mask of causal attention: the first row looks at itself alone."""
    given = ["--X", "[[1, 2], [3, -1]]", "--get", "y,X.grad"]
    masked = run_here(["eval", "M = [[0, -inf], [0, 0]]; y = sum(softmax(X @ X.T + M) @ X)", *given])
    told = run_here(["eval", "y = sum(X[0, :]) + sum(softmax(X[1, :] @ X.T) @ X)", *given])
    assert masked.returncode == told.returncode == 0
    first, second = ([json.loads(line) for line in found.stdout.splitlines()] for found in (masked, told))
    assert first[0] == pytest.approx(second[0])
    assert [*first[1][0], *first[1][1]] == pytest.approx([*second[1][0], *second[1][1]])


@pytest.mark.parametrize(
    ("index", "picked"),
    [
        ("range(3)", "[1, 2, 3]"),
        ("range(1, 3)", "[2, 3]"),
        ("2 - range(3)", "[3, 2, 1]"),
        ("range(size(x))[1:]", "[2, 3]"),
    ],
)
def test_a_range_is_an_index(index: str, picked: str) -> None:
    assert run_here(["eval", f"x = [1, 2, 3]; y = x[{index}]", "--get", "y"]).stdout == f"{picked}\n"


def test_the_derivative_of_a_cross_entropy_with_a_range_of_classes_runs() -> None:
    given = ["--S", "[[1, 2], [0.5, -1]]", "--get"]
    formula = run_here(["diff", "L = cross_entropy(S, range(2))", *given[:-1]]).stdout
    expected = run_here(["eval", "L = cross_entropy(S, range(2))", *given, "S.grad"]).stdout
    assert json.loads(run_here(["eval", formula, *given, "dL_dS"]).stdout) == [
        pytest.approx(row) for row in json.loads(expected)
    ]


def test_linspace_of_one_number_is_where_it_begins() -> None:
    found = run_here(["eval", "y = sum(linspace(a, b, 1))", "--a", "3", "--b", "7", "--get", "y,a.grad"])
    assert found.stdout == "3\n1\n"


@pytest.mark.parametrize(
    "index",
    ["[0, 1], [2, 0]", "range(2), [1, 1], [0, 2]", "[1, 0, 1], 1, [0, 2, 1]", ":, [0, 2], [1, -1]", "[-1], [0, 1, 2]",
     "None, [1, 0], [2, 2], 0:2", "..., [0, 1], [1, 2]", "[1, 1], [0, 0], [2, 2]", "0, [2, 1], [0, 1]"],
)  # fmt: skip
def test_lists_of_places_are_paired_as_numpy_pairs_them(index: str) -> None:
    x = numpy.random.default_rng(3).normal(size=(2, 3, 3))
    graph, inputs = shaped(f"y = x[{index}]; s = sum(y^2)", {"x": x})
    evaluation = evaluate(graph, inputs)
    places = eval(f"numpy.index_exp[{index.replace('range(2)', '[0, 1]')}]")
    assert numpy.array_equal(read(graph, "y", evaluation.values), x[places])
    expected = numpy.zeros_like(x)
    numpy.add.at(expected, places, 2 * x[places])
    assert near(read(graph, "x", sweep_reverse(evaluation, {graph.output: 1.0})), expected, 1)
