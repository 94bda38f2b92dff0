"""Certificates: a row that is not in doubt has the numbers of `eval`, and all of them are ok."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import strategies as st

from cgraph_cli import parse
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.arrays.algebra import ARRAYS
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.straight_line import compile_graph
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.results.rows.certificate import certify
from cgraph_cli.results.rows.kernels import ArrayKernel, ScalarKernel
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.symbolic.differentiate import differentiate
from cgraph_cli.trust.budget import Budget
from cgraph_cli.trust.verdicts import Checked, Status
from tests.conftest import explore
from tests.programs import points, programs


def certified(graph: Graph, point: dict[str, float], *, loose: bool = False) -> tuple[list[float], bool]:
    """Compute the output and its gradient in doubles, and whether they are in doubt."""
    inputs = list(graph.inputs())
    derived = differentiate(graph, graph.output, inputs)
    certificate = certify(derived, [graph.output, *derived.outputs], range(len(graph), len(derived)), loose=loose)
    nodes = [*certificate.nodes, certificate.doubt]
    arguments = [point[graph.names[node] or ""] for node in inputs]
    if not loose:
        *numbers, doubt = compile_graph(certificate.graph, nodes, DOUBLE)(*arguments)
        return numbers, bool(doubt)
    raised: list[str] = []
    with numpy.errstate(all="call", call=lambda kind, _: raised.append(kind)):
        run = compile_graph(certificate.graph, nodes, ARRAYS)  # it computes constants
        *numbers, doubt = run(*(numpy.array([x]) for x in arguments))
    is_lost = not all(map(math.isfinite, point.values()))  # as the kernel looks for
    return [float(numpy.ravel(x)[0]) for x in numbers], is_lost or bool(raised) or bool(numpy.ravel(doubt)[0])


def true_numbers(graph: Graph, point: dict[str, float]) -> list[Checked]:
    answer = report(graph, point, Request(wrt=[graph.names[node] or "" for node in graph.inputs()]))
    return [answer.checked(graph.output), *(answer.gradients[0].checked(node) for node in graph.inputs())]


def agree(number: float, checked: Checked) -> bool:
    return checked.verdict.status == Status.OK and abs(number - checked.number) <= 2e-12 * abs(checked.number)


def test_a_condition_on_an_infinite_number_is_in_doubt() -> None:
    quantities = Quantities(parse("a and inf + a"), [], ["a"])
    assert ArrayKernel(quantities).compute([numpy.array([1.0, 2.0])], 2).doubts == [0, 1]


@pytest.mark.parametrize("text", ["a/b", "-(a*b)", "a*b + (-a)*b", "-(a*b)/b"])
def test_an_overflow_is_in_doubt_and_an_event(text: str) -> None:
    """A number and its negative are not finite at the same rows; one doubt of the two stays."""
    quantities = Quantities(parse(text), [], ["a", "b"])
    columns = [numpy.array([1e300, 2.0, 1e300]), numpy.array([1e-300, 3.0, 1e300])]
    found = ArrayKernel(quantities).compute_closely(columns, 3)
    lost = {at for at in range(3) if not all(numpy.isfinite(column[at]) for column in found.numbers)}
    assert lost
    assert lost <= set(found.doubts) - found.regular


def test_a_difference_of_positive_numbers_is_in_doubt_where_digits_cancel() -> None:
    x = numpy.geomspace(1e-7, 1e-2, 2000)
    computed = ArrayKernel(Quantities(parse("y = (1 - exp(-x))/x"), [], [], gradient=False)).compute([x], len(x))
    true = -numpy.expm1(-x) / x
    far = numpy.flatnonzero(numpy.abs(computed.numbers[0] - true) > 1e-12 * true)
    assert set(far.tolist()) <= set(computed.doubts)
    assert 100 < len(far) <= len(computed.doubts) < 1500


@explore(80, 1000, st.booleans(), st.data())
def test_what_is_not_in_doubt_is_true(loose: bool, data: st.DataObject) -> None:
    graph = parse(data.draw(programs()))
    point = data.draw(points([graph.names[node] or "" for node in graph.inputs()]))
    numbers, doubt = certified(graph, point, loose=loose)
    if not doubt:
        for number, checked in zip(numbers, true_numbers(graph, point), strict=True):
            assert agree(number, checked), (number, checked)


def test_the_bounds_of_long_chains_grow_by_rounding_alone() -> None:
    graph = parse("; ".join(["x0 = x", *(f"x{at + 1} = x{at} + 0.1" for at in range(1500))]))
    numbers, doubt = certified(graph, {"x": 0.5})
    assert (numbers, doubt) == ([pytest.approx(150.5, rel=1e-12), 1.0], False)


def test_a_base_of_zero_is_an_event_beside_which_it_has_no_power() -> None:
    for text, expected in [("x^1.5", True), ("x^3", False), ("x^n", True), ("x^(2 + x)", True), ("(x - 1)^1.5", False)]:
        _, doubt = certified(parse(text), {"x": 0.0 if "1)" not in text else 2.0, "n": 2.0})
        assert doubt is expected, text


@pytest.mark.parametrize("kernel", [ScalarKernel, ArrayKernel])
def test_digits_alone_are_found_in_balls_as_eval_finds_them(kernel: type[ScalarKernel | ArrayKernel]) -> None:
    quantities = Quantities(parse("y = (exp(x) - 1 - x)*abs(x - 2)"), [], [])
    rows = [1e-6, 0.5, 2.0, -3e-7]
    column = rows if kernel is ScalarKernel else numpy.array(rows)
    computed = kernel(quantities).compute([column], len(rows))
    assert (sorted(computed.doubts), sorted(computed.regular)) == ([0, 2, 3], [0, 3])  # and a kink
    for at in computed.regular:
        before = [float(column[at]) for column in computed.numbers]
        found = quantities.look_in_balls({"x": rows[at]}, before, Budget())
        assert found is not None
        for one, other in zip(found, quantities.look({"x": rows[at]}, Budget()), strict=True):
            assert agree(one.number, other) or one == other
            assert one.verdict.status == other.verdict.status
