"""The algebra of arrays: element by element the scalar sweeps, in both modes."""

from __future__ import annotations

import gc
import itertools
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from weakref import ref

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from cgraph_cli import parse
from cgraph_cli.core.array_graph import joined
from cgraph_cli.core.graph import LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.arrays import blocks, maps
from cgraph_cli.evaluation.arrays import derivatives as array_derivatives
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, Arrays, fill, ieee
from cgraph_cli.evaluation.arrays.derivatives import Masked, Shape, choose
from cgraph_cli.evaluation.arrays.functions import FUNCTIONS, lift
from cgraph_cli.evaluation.arrays.maps import Bound, PartialMap
from cgraph_cli.evaluation.arrays.spellings import NUMPY_NAMES
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import TEMPLATES
from cgraph_cli.evaluation.rule_parser import definition, rule, text_graph
from cgraph_cli.evaluation.sweeps import Evaluation, evaluate, sweep_forward, sweep_reverse
from tests.conftest import Run
from tests.programs import VALUES, programs
from tests.reference import UNIT, Truth

inf, nan = math.inf, math.nan
NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, 0.1, -2.5, 7.3, 40.0, -700.0, 1e300, -1e300, 1e-300, 5e-324,
           inf, -inf, nan]  # fmt: skip
"""Ties, kinks, poles, the ends of the doubles, and ordinary numbers."""

EXACT = Arrays({**{name: lift(DOUBLE.function(name)) for name in PRIMITIVES}, "where": choose})
"""Arrays whose elements are computed as doubles are: results of whole programs are the same to the bit."""


def points_of(name: str) -> list[tuple[float, ...]]:
    row = PRIMITIVES[name]
    counts = (1, 2, 3) if row.variadic else (len(row.parameters),)
    return [p for count in counts for p in itertools.product(NUMBERS if count < 3 else NUMBERS[::2], repeat=count)]


@cache
def scalars(name: str) -> dict[tuple[float, ...], Sequence[float | None]]:
    return {repr(point): DOUBLE.kernel(name)(*point) for point in points_of(name)}  # type: ignore[misc]


def is_same(found: float, expected: float, tolerance: float = 0.0, floor: float = 0.0) -> bool:
    if found == expected or (found != found and expected != expected):
        return True
    return math.isfinite(expected) and abs(found - expected) <= tolerance * abs(expected) + floor


def tolerances(name: str) -> tuple[float, float]:
    """Choose tolerances: two roundings, or 1e-13 for approximations of functions that NumPy lacks."""
    row = PRIMITIVES[name]
    graphs = [rule(row).graph, definition(row)]
    used = {name}.union(*(graph.operations for graph in graphs if graph)) - LEAVES
    approximated = any(not PRIMITIVES[each].definition and each not in {*FUNCTIONS, *TEMPLATES} for each in used)
    return (1e-13, 2e-14) if approximated else (4.5e-16, 0.0)


def elements(derivative: Any, count: int) -> list[float | None]:
    """List the elements of a derivative or of a partial, None where there is no dependence."""
    derivative = derivative.map.derivative(derivative.given) if isinstance(derivative, PartialMap) else derivative
    mask = derivative is not None if not isinstance(derivative, Masked) else derivative.mask
    numbers = fill(derivative, (count,)).tolist()
    return [x if depends else None for x, depends in zip(numbers, numpy.broadcast_to(mask, (count,)), strict=True)]


def test_numpy_has_every_name() -> None:
    assert set(NUMPY_NAMES) <= set(PRIMITIVES)
    assert all(callable(getattr(numpy, name)) for name in NUMPY_NAMES.values())


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_row_is_what_it_is_in_doubles(name: str) -> None:
    """Values and partials within two roundings, infinities, nan and no dependence where doubles have them."""
    by_count: dict[int, list[tuple[float, ...]]] = {}
    for point in points_of(name):
        by_count.setdefault(len(point), []).append(point)
    for points in by_count.values():
        with ieee():
            found = ARRAYS.kernel(name)(*map(numpy.array, zip(*points, strict=True)))
            columns = [elements(each, len(points)) for each in found]
        for at, point in enumerate(points):
            for column, expected in zip(columns, scalars(name)[repr(point)], strict=True):
                element = column[at]
                if element is None or expected is None:
                    assert element is expected, point
                else:
                    assert is_same(element, expected, *tolerances(name)), (point, element, expected)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_row_takes_numbers_for_arrays(name: str) -> None:
    """A number stands for all elements; a result of numbers alone is one."""
    for point in points_of(name)[:: max(1, len(points_of(name)) // 40)]:
        with ieee():
            value, *partials = ARRAYS.kernel(name)(*point)
            found = [value, *(each and each.map.derivative(each.given) for each in partials)]
        for element, expected in zip(found, scalars(name)[repr(point)], strict=True):
            assert numpy.shape(element) == ()
            (number,) = elements(element, 1)
            assert (
                number is expected
                if number is None or expected is None
                else is_same(number, expected, *tolerances(name))
            )


def test_many_elements_are_what_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of elements, numbers chosen bit by bit and masks found late change no bit, nor the sign of a zero."""
    rows = [row for row in PRIMITIVES.values() if not row.variadic and len(row.parameters) < 3]
    columns = {row.name: [*map(numpy.array, zip(*points_of(row.name), strict=True))] for row in rows}

    def compute(name: str) -> list[Any]:
        value, *partials = ARRAYS.kernel(name)(*columns[name])
        adjoint = numpy.arange(float(len(value))) + 1
        products = [adjoint * each for each in partials if each is not None]
        return [fill(each, value.shape).tolist() for each in (value, *products)]

    with ieee():
        few = {row.name: compute(row.name) for row in rows}
        monkeypatch.setattr(blocks, "_BLOCK", 7)
        monkeypatch.setattr(array_derivatives, "_MANY", 1)
        many = {row.name: compute(row.name) for row in rows}
    assert repr(many) == repr(few)


def derivatives(graph: Graph, evaluation: Evaluation, nodes: Sequence[int]) -> list[Any]:
    """Compute the adjoints of some nodes, then the output's tangent in each input."""
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    tangents = [sweep_forward(evaluation, {node: 1.0})[graph.output] for node in graph.inputs()]
    return [*(adjoints[node] for node in nodes), *tangents]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Graph, list[dict[str, float]]]:
    graph = parse(draw(programs()))
    names = [graph.names[node] or "" for node in graph.inputs()]
    size = draw(st.integers(1, 4))
    return graph, [{name: draw(st.one_of(VALUES, st.just(nan))) for name in names} for _ in range(size)]


def columns_of(rows: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    return {name: numpy.array([row[name] for row in rows]) for name in rows[0]}


@given(tables())
def test_a_program_is_its_scalar_program_at_each_element(table: tuple[Graph, list[dict[str, float]]]) -> None:
    graph, rows = table
    with ieee():
        evaluation = evaluate(graph, columns_of(rows), algebra=EXACT)
        changing = [node for node, value in enumerate(evaluation.values) if numpy.shape(value)]
        found = [*evaluation.values, *derivatives(graph, evaluation, changing)]  # of a constant it is a sum over rows
        columns = [elements(each, len(rows)) for each in found]
    for at, row in enumerate(rows):
        scalar = evaluate(graph, row)
        for column, expected in zip(columns, [*scalar.values, *derivatives(graph, scalar, changing)], strict=True):
            element = column[at]
            if element is None or expected is None:
                assert element is expected
            else:
                assert is_same(element, expected), (element, expected)


@given(st.data())
def test_what_is_broadcast_is_summed(data: st.DataObject) -> None:
    """An input of a smaller shape is one leaf: its adjoint is the sum over the elements that it went into."""
    graph = parse("sum(where(a > b, a*b, none0), abs(a - b), min(a, b, c), c^2)".replace("none0", "0"))
    numbers = st.floats(-3, 3).map(lambda x: round(x, 1))
    matrix = numpy.array(data.draw(st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=2, max_size=2)))
    vector = numpy.array(data.draw(st.lists(numbers, min_size=3, max_size=3)))
    number = data.draw(numbers)
    with ieee():
        evaluation = evaluate(graph, {"a": matrix, "b": vector, "c": number}, algebra=ARRAYS)
        adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
        tangent = fill(sweep_forward(evaluation, {graph.find("b"): numpy.ones(3)})[graph.output], (2, 3))
    expected = {"a": numpy.zeros((2, 3)), "b": numpy.zeros(3), "c": numpy.zeros(())}
    for row, column in itertools.product(range(2), range(3)):
        point = {"a": float(matrix[row, column]), "b": float(vector[column]), "c": number}
        scalar = evaluate(graph, point)
        assert evaluation.values[graph.output][row, column] == pytest.approx(scalar.values[graph.output])
        one = sweep_reverse(scalar, {graph.output: 1.0})
        expected["a"][row, column] += one[graph.find("a")] or 0.0
        expected["b"][column] += one[graph.find("b")] or 0.0
        expected["c"] += one[graph.find("c")] or 0.0
        assert tangent[row, column] == pytest.approx(one[graph.find("b")] or 0.0)
    for name, numbers_ in expected.items():
        assert fill(adjoints[graph.find(name)], numbers_.shape) == pytest.approx(numbers_)


def test_an_untaken_branch_brings_nothing() -> None:
    graph = parse("where(x > 0, sqrt(x), 0) + 0*y")
    with ieee():
        evaluation = evaluate(graph, {"x": numpy.array([-1.0, 0.0, 4.0]), "y": 1.0}, algebra=ARRAYS)
        adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    assert fill(adjoints[graph.find("x")], (3,)).tolist() == [0, 0, 0.25]


def test_own_functions_are_rows_of_the_table() -> None:
    assert set(FUNCTIONS) <= set(PRIMITIVES)


@pytest.mark.parametrize("name", ["erf", "erfc", "gamma", "lgamma", "digamma"])
@given(x=st.floats(-30, 170))
def test_an_approximation_is_within_the_bound_of_its_row(name: str, x: float) -> None:
    """The bound that the certificates of digits rely on, whoever computes the function."""
    row = PRIMITIVES[name]
    with ieee():
        found = float(ARRAYS.function(name)(numpy.array([x]))[0])
    if math.isfinite(found) and abs(found) > 1e-290:
        bound = DOUBLE.expression(row, text_graph(row.error, f"error of {name}"))(found, x)
        with mp.workdps(50):
            assert abs(Truth(name, (x,)).value() - found) <= UNIT * bound


@given(order=st.integers(1, 13), x=st.floats(-9, 200))
def test_polygamma_is_within_the_bound_of_its_row(order: int, x: float) -> None:
    with ieee():
        found = float(ARRAYS.function("polygamma")(float(order), numpy.array([x]))[0])
    expected = DOUBLE.function("polygamma")(float(order), x)
    assert is_same(found, expected, 100 * UNIT)


def test_another_name_of_an_array_of_expressions(cgraph: Run) -> None:
    done = cgraph("eval", "A = [x, 2]; B = A; sum(B)", "--x", "3", "--get", "B", "--get", "x.grad")
    assert (done.stdout, done.stderr) == ("[3, 2]\n1\n", "")


def test_what_is_known_of_operations_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are picked at random are others in each step of a descent."""
    kernel = ref(ARRAYS.kernel(joined("index", ([*range(300)],))))
    gc.collect()
    assert kernel() is None
    assert ref(ARRAYS.kernel("transpose(1, 0)"))() is not None
    monkeypatch.setattr(maps, "_MOST_KNOWN", 2)
    found, bound = list[Any](), list[Any]()

    def bind(shape: Shape) -> Bound:
        bound.append(ref(compute := lambda x: (x.sum(), ())))
        return Bound(compute, [])

    total = maps.by_shapes(bind)
    for size in (1, 2, 3, 2, 3, 4):
        found += total(numpy.ones(size))
    gc.collect()
    assert found == [1, 2, 3, 2, 3, 4]
    assert sum(each() is not None for each in bound) <= 2


def test_a_number_for_all_elements_is_not_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        array_derivatives.widen(2.0, (3,))[0] = 1.0
