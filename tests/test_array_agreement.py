"""Programs of arrays by each way to their derivatives: the sweeps of the scalar program, `diff`, and emitted code."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import Phase, assume, given, settings

from cgraph_cli.core.errors import ProgramError, RequestError
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.language.parse import parse
from cgraph_cli.render.derivatives.text import program_text
from cgraph_cli.results.matrices import hessian, jacobian
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.arrays import with_shapes
from cgraph_cli.symbolic.matrices.derivative_requests import derive_program
from tests.conftest import explore, heavy
from tests.emitted_arrays import ARRAY_RUNNERS, asked_of
from tests.numpy_programs import ArrayText
from tests.test_array_programs import points, shaped, tensor
from tests.test_emit_arrays import differences

Point = tuple[ArrayText, dict[str, Any], int]


def gradient_of(graph: Any, inputs: dict[str, float]) -> tuple[list[float], list[float | None]]:
    evaluation = evaluate(graph, inputs)
    return evaluation.values, sweep_reverse(evaluation, {graph.output: 1.0})


def ordinary(values: list[float], adjoints: list[float | None]) -> bool:
    """Tell whether nothing is infinite, unknown, very large, or at a kink that two ways may round apart."""
    return all(math.isfinite(x) and abs(x) < 1e5 for x in values) and all(
        x is None or (math.isfinite(x) and abs(x) < 1e5) for x in adjoints
    )


@explore(30, 120, points())
def test_diff(point: Point) -> None:
    """The program that `diff` writes computes the gradient of every input."""
    program, given, _ = point
    graph, inputs = shaped(program.text, given)
    values, adjoints = gradient_of(graph, inputs)
    assume(inputs and ordinary(values, adjoints))
    tensors = {name: tensor(array) for name, array in given.items()}
    found = derive_program(parse(program.text), tensors, ["L"], list(given))
    printed = with_shapes(parse(program_text(found)), {})
    computed = evaluate(printed, {})
    scale = 1 + max((abs(x) for x in adjoints if x), default=0.0) * (1 + max(map(abs, values)))
    for entry in found.entries:
        nodes = graph.arrays.elements[graph.arrays.graph.nodes[entry.wrt[0]]].items  # type: ignore[union-attr]
        items = printed.arrays.elements[printed.arrays.graph.nodes[entry.name]].items  # type: ignore[union-attr]
        for node, item in zip(nodes, items, strict=True):
            assert abs(computed.values[item] - (adjoints[node] or 0.0)) <= 1e-12 * scale, (entry.name, program.text)


@explore(10, 100, points())
def test_jacobian_and_hessian(point: Point) -> None:
    """A row of the Jacobian is a gradient, and the Hessian is symmetric and the Jacobian of the gradient."""
    program, given, _ = point
    graph, inputs = shaped(program.text, given)
    values, adjoints = gradient_of(graph, inputs)
    names = list(inputs)[:4]
    assume(names and len(graph) < 1500 and ordinary(values, adjoints))
    scale = 1 + max((abs(x) for x in adjoints if x), default=0.0) * (1 + max(map(abs, values)))
    for mode in ("forward", "reverse"):
        matrix, _ = jacobian(graph, inputs, Request(["L"], names, mode))
        row = [entry.number for entry in matrix.entries[0]]
        expected = [adjoints[graph.nodes[name]] or 0.0 for name in names]
        assert all(abs(x - y) <= 1e-12 * scale for x, y in zip(row, expected, strict=True))
    square = hessian(graph, inputs, Request(["L"], names))
    numbers = numpy.array([[entry.number for entry in row] for row in square.entries])
    assume(numpy.isfinite(numbers).all())
    assert (numbers == numbers.T).all()


@heavy
@pytest.mark.parametrize("target", ["python", "numpy", "c", "rust", "javascript"])
def test_emit(target: str, tmp_path: Path) -> None:
    """Emitted code computes the same as the sweeps, for programs with loops, indices and linear algebra."""
    cases: list[Any] = []

    @settings(max_examples=60, database=None, derandomize=True, phases=[Phase.generate], deadline=None)
    @given(points())
    def collect(point: Point) -> None:
        program, arrays, _ = point
        graph, inputs = shaped(program.text, arrays)
        if not inputs or not ordinary(*gradient_of(graph, inputs)) or len(graph) > 3000:
            return
        if target in ("c", "rust") and not any(array.shape for array in arrays.values()):
            return  # a function of numbers has another form there
        assert graph.arrays is not None
        if target in ("c", "rust") and any(0 in shape for shape in graph.arrays.graph.shapes):
            return  # ISO C has no arrays without elements, and compilers warn of functions for them alone
        tensors: dict[str, Tensor[float]] = {name: tensor(array) for name, array in arrays.items()}
        try:
            cases.append(asked_of(graph, tensors, target, f"f{len(cases)}"))
        except (ProgramError, RequestError) as error:  # too long for the target
            raise AssertionError(program.text) from error

    collect()
    assert len(cases) > 20
    assert differences(cases, ARRAY_RUNNERS[target](cases, tmp_path)) == []
