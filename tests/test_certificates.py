"""Certificates: a row that is not in doubt has the numbers of `eval`, and all of them are ok."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy
import pytest
from flint import arb
from hypothesis import strategies as st

from cgraph_cli import parse
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee
from cgraph_cli.evaluation.arrays.extended import EXTENDED, EXTENDED_UNIT, HAS_EXTENDED, NARROW, narrow, widen
from cgraph_cli.evaluation.ball import Precision, balls
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.operation_errors import UNIT
from cgraph_cli.evaluation.rule_parser import definition
from cgraph_cli.evaluation.straight_line import compile_graph
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.results.rows.arithmetic import DOUBLES
from cgraph_cli.results.rows.certificate import certify
from cgraph_cli.results.rows.doubtful_rows import EXTENDED_PRECISION, DoubtfulRows
from cgraph_cli.results.rows.engine import Engine
from cgraph_cli.results.rows.kernels import ArrayKernel, ScalarKernel
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.symbolic.differentiate import differentiate
from cgraph_cli.trust.budget import Budget
from cgraph_cli.trust.lost_digits import LOST
from cgraph_cli.trust.verdicts import Checked, Status
from tests.conftest import explore
from tests.needs import extended_precision
from tests.programs import points, programs

SIGNS = ("+", "-", "*", "/", "%", "^")


def certified(graph: Graph, point: dict[str, float], way: str = "tight") -> tuple[list[float], bool]:
    """Compute the output and its gradient in doubles, or from `extended` ones, and whether they are in doubt."""
    inputs = list(graph.inputs())
    derived = differentiate(graph, graph.output, inputs)
    certificate = certify(
        derived, [graph.output, *derived.outputs], range(len(graph), len(derived)), loose=way == "loose",
        arithmetic=EXTENDED_PRECISION if way == "extended" else DOUBLES,
    )  # fmt: skip
    nodes = [*certificate.nodes, certificate.doubt]
    arguments = [point[graph.names[node] or ""] for node in inputs]
    if way == "tight":
        *numbers, doubt = compile_graph(certificate.graph, nodes, DOUBLE)(*arguments)
        return numbers, bool(doubt)
    if way == "extended":
        with ieee():
            *numbers, doubt = compile_graph(certificate.graph, nodes, EXTENDED)(*map(widen, arguments))
            return [float(narrow(number)) for number in numbers], bool(doubt)
    raised: list[str] = []
    with numpy.errstate(all="call", call=lambda kind, _: raised.append(kind)):
        run = compile_graph(certificate.graph, nodes, ARRAYS)  # it computes constants
        *numbers, doubt = run(*(numpy.array([x]) for x in arguments))
    is_lost = not all(map(math.isfinite, point.values()))  # as the kernel looks for
    return [float(numpy.ravel(x)[0]) for x in numbers], is_lost or bool(raised) or bool(numpy.ravel(doubt)[0])


def true_numbers(graph: Graph, point: dict[str, float]) -> list[Checked]:
    answer = report(graph, point, Request(wrt=[graph.names[node] or "" for node in graph.inputs()]))
    return [answer.checked(graph.output), *(answer.gradients[0].checked(node) for node in graph.inputs())]


def is_same(number: float, other: float) -> bool:
    return number == other or abs(number - other) <= 2e-12 * abs(other) or (math.isnan(number) and math.isnan(other))


def agree(number: float, checked: Checked, certain: Collection[Status] = (Status.OK,)) -> bool:
    return checked.verdict.status in certain and is_same(number, checked.number)


def test_a_condition_on_an_infinite_number_is_in_doubt() -> None:
    quantities = Quantities(parse("a and inf + a"), [], ["a"])
    assert ArrayKernel(quantities).compute([numpy.array([1.0, 2.0])], 2).doubts == [0, 1]


@pytest.mark.parametrize("text", ["a/b", "-(a*b)", "a*b + (-a)*b", "-(a*b)/b"])
def test_an_overflow_is_in_doubt_and_an_event(text: str) -> None:
    """A number and its negative are not finite at the same rows; one doubt of the two stays."""
    quantities = Quantities(parse(text), [], ["a", "b"])
    columns = [numpy.array([1e300, 2.0, 1e300]), numpy.array([1e-300, 3.0, 1e300])]
    numbers = ArrayKernel(quantities, checked=False).compute(columns, 3).numbers
    found = DoubtfulRows(quantities).settle(columns, numpy.arange(3), numbers)
    lost = {at for at in range(3) if not all(numpy.isfinite(column[at]) for column in found.numbers)}
    assert lost
    assert lost <= set(found.doubts) - found.regular


def test_a_difference_of_positive_numbers_is_in_doubt_where_digits_cancel() -> None:
    x = numpy.geomspace(1e-7, 1e-2, 2000)
    computed = ArrayKernel(Quantities(parse("y = (1 - exp(-x))/x"), [], [], gradient=False)).compute([x], len(x))
    true = -numpy.expm1(-x) / x
    far = numpy.flatnonzero(numpy.abs(computed.numbers[0] - true) > 1e-12 * true)
    doubted = {*computed.doubts, *computed.recovered}
    assert set(far.tolist()) <= doubted
    assert 100 < len(far) <= len(doubted) < 1500


@explore(120, 1500, st.sampled_from(["loose", "tight", *(["extended"] if HAS_EXTENDED else [])]), st.data())
def test_what_is_not_in_doubt_is_true(way: str, data: st.DataObject) -> None:
    graph = parse(data.draw(programs()))
    point = data.draw(points([graph.names[node] or "" for node in graph.inputs()]))
    numbers, doubt = certified(graph, point, way)
    if not doubt:
        certain = [Status.OK, Status.RECOVERED, Status.OVERFLOW][: 3 if way == "extended" else 1]
        for number, checked in zip(numbers, true_numbers(graph, point), strict=True):
            assert agree(number, checked, certain), (number, checked)


@extended_precision
@pytest.mark.parametrize("row", [row for row in PRIMITIVES.values() if row.notation == "call" or row.name in SIGNS],
                         ids=lambda row: row.name)  # fmt: skip
def test_the_extended_precision_keeps_its_bounds(row: Primitive) -> None:
    """The true value is as near as the certificate allows where it has no doubt."""
    names = [f"x{at}" for at in range(2 if row.variadic else len(row.parameters))]
    graph = parse(f"y = {f' {row.name} '.join(names)}" if row.name in SIGNS else f"y = {row.name}({', '.join(names)})")
    random = numpy.random.default_rng(1)
    columns = [random.choice([-1, 1], 400) * 10 ** random.uniform(-8, 3, 400) for _ in names]
    if row.name == "polygamma":
        columns[0] = numpy.floor(abs(columns[0])) % 4
    operations = definition(row).operations if definition(row) else [row.name]
    unit = UNIT if NARROW.intersection(operations) else EXTENDED_UNIT
    looked = 0
    for allowed in (33 * unit, 500 * unit):
        certificate = certify(graph, [graph.output], arithmetic=EXTENDED_PRECISION, allowed=allowed)
        with ieee():
            run = compile_graph(certificate.graph, [*certificate.nodes, certificate.doubt], EXTENDED)
            numbers, doubts = (numpy.broadcast_to(each, 400) for each in run(*map(widen, columns)))
        exact = balls(400)
        for at in numpy.flatnonzero(~doubts.astype(bool)).tolist():
            true = exact.function(row.name)(*(exact.number(float(column[at]), "") for column in columns))
            part, exponent = numpy.frexp(numbers[at])
            with Precision(400):
                number = (arb(float(part)) + float(part - float(part))) * arb(2) ** int(exponent)
                assert abs(true.arb - number) <= allowed * abs(true.arb), [column[at] for column in columns]
            looked += 1
    assert looked > 20


@pytest.mark.parametrize("text", [
    "y = (exp(x) - 1 - x)*abs(x - 2)", "y = 1 - cos(x)", "y = log(1 + x^2)*(x - 0.25)", "y = (x + 1)^7 - 1",
    "y = normcdf(x)*3 - 1.5", "y = sqrt(x + 1) - 1; z = tanh(x) - x", "y = where(x > 0.3, x, 2)*lgamma(1 + x)",
])  # fmt: skip
def test_rows_that_lost_digits_have_the_statuses_of_eval(text: str) -> None:
    quantities = Quantities(parse(text), [], [])
    rows = numpy.array([*numpy.geomspace(1e-9, 0.9, 150), 2.0, 0.3, 0.0, -0.4])
    for native in ("never", "auto"):
        engine = Engine(quantities, {}, effort=math.inf, arrays=True, native=native)
        computed = engine.compute({"x": rows}, len(rows))
        statuses = engine.settle(computed, {"x": rows}, len(rows), [])
        assert any(Status.RECOVERED in found for found in statuses.values())
        doubles = ScalarKernel(quantities, checked=False).compute([rows.tolist()], len(rows)).numbers
        for at, x in enumerate(rows.tolist()):
            true = quantities.look({"x": x}, Budget())
            found = zip(computed.numbers, doubles, true, statuses.get(at, [Status.OK] * len(true)), strict=True)
            for column, double, checked, status in found:
                assert is_same(column[at], checked.number)
                if not 0.2 < abs(double[at] - checked.number) / (abs(checked.number) or 1) / LOST < 5:
                    assert status == checked.verdict.status, x


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
