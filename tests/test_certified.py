"""Every number that is shown as certain is true: against a reference in mpmath that shares nothing with the package.

`CGRAPH_CERTIFIED=10000 python -m pytest -s -n 2 tests/test_certified.py` drives that many random programs, and prints
what it looked at and what disagrees.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from cgraph_cli.results.matrices import hessian
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.program import parse
from cgraph_cli.trust.verdicts import Checked
from tests.certified import CERTAIN, TOLERANCE, WAYS, Shown, Tally, compare, matches, show
from tests.conftest import heavy
from tests.known_losses import LOSSES, SINGULAR, Loss, Singular
from tests.oracle import find_derivative, find_second_derivative, find_value
from tests.oracle.programs import OPERATIONS, draw_point, draw_program, read

PROGRAMS = int(os.environ.get("CGRAPH_CERTIFIED", "15"))
BLOCK = max(15, PROGRAMS // 40)


def _describe(case: Loss | Singular) -> str:
    at = ",".join(f"{name}={number:.4g}" for name, number in case.point.items())
    return f"{case.text[:60]} at {at}"


# The reference itself


@heavy
@pytest.mark.parametrize("case", LOSSES, ids=_describe)
def test_the_reference_stands_by_its_numbers(case: Loss) -> None:
    program = read(case.text)
    assert matches(case.value, find_value(program, case.point, program.output))
    for name, slope in case.gradient.items():
        assert matches(slope, find_derivative(program, case.point, program.output, program.names[name])), name
    for pair, slope in case.second.items():
        one, other = (program.names[name] for name in pair.split())
        assert matches(slope, find_second_derivative(program, case.point, program.output, one, other)), pair


def test_a_text_that_is_written_and_read_is_the_same_program() -> None:
    for seed in range(200):
        program = draw_program(random.Random(seed))
        again = read(program.write())
        assert again.write() == program.write()


def test_the_random_programs_have_every_primitive() -> None:
    from cgraph_cli.core.primitives import PRIMITIVES

    drawn = {node.operation for seed in range(3000) for node in draw_program(random.Random(seed)).nodes}
    assert drawn - {"input", "constant"} == OPERATIONS
    assert set(PRIMITIVES) - OPERATIONS == {"identity"}  # which a statement `y = x` makes


# Named programs


def _true(case: Loss, shown: Shown) -> float | None:
    """Find the true number of a shown one, if the case gives it."""
    output = shown.of in ("", "call")
    if not shown.wrt:
        return case.value if output else None
    if not output:
        return None
    if len(shown.wrt) == 1:
        return case.gradient.get(shown.wrt[0])
    return case.second.get(" ".join(shown.wrt), case.second.get(" ".join(reversed(shown.wrt))))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", LOSSES, ids=_describe)
def test_known_losses(case: Loss, way: str) -> None:
    if (way == "hessian" and not case.second) or (way in ("diff", "hessian") and case.pieces):
        return
    wrong = []
    for shown in show(read(case.text), case.text, case.point, way):
        true = _true(case, shown)
        if true is not None:
            is_true = abs(shown.number - true) <= TOLERANCE * abs(true)
            if not is_true or shown.status not in CERTAIN:
                wrong.append((shown, true))
    assert not wrong


def _answers(case: Singular) -> Iterator[tuple[str, Checked]]:
    """List the answers at a singular point, from each source."""
    graph = parse(case.text)
    wrt = [graph.nodes[name] for name in case.wrt.split()]
    if len(wrt) == 2:
        matrix = hessian(
            graph, case.point, Request(wrt=case.wrt.split() if wrt[0] != wrt[1] else [case.wrt.split()[0]])
        )
        yield "hessian", matrix.entries[0][-1]
        return
    answer = report(graph, case.point, Request(mode="both"))
    if not wrt:
        yield "value", answer.checked(graph.output)
        return
    yield "reverse", answer.gradients[0].checked(wrt[0])
    if wrt[0] in answer.wrt:
        yield "forward", answer.tangents[answer.wrt.index(wrt[0])].checked(graph.output)


@pytest.mark.parametrize("case", SINGULAR, ids=lambda case: f"{_describe(case)} {case.wrt or 'value'}")
def test_singular_points(case: Singular) -> None:
    for way, checked in _answers(case):
        said = way, checked.number, str(checked.verdict.status), checked.verdict.sides
        assert str(checked.verdict.status) in case.statuses.split(), said
        if case.number is not None:
            assert checked.number == pytest.approx(case.number, rel=TOLERANCE, abs=0), said
        if case.sides is not None:
            assert checked.verdict.sides == case.sides, said


@pytest.mark.parametrize("text", ["u = 1/x; x/u", "u = 1/x^2; atan(u)", "u = log(x); 1/u", "u = csc(x); x/u"])
def test_an_infinite_node_is_no_place_for_a_derivative_by_it(text: str) -> None:
    graph = parse(text)
    status = report(graph, {"x": 0.0}, Request()).gradients[0].verdict(graph.nodes["u"]).status
    assert str(status) in ("pole", "undefined")


def test_a_limit_needs_values_beside_the_point() -> None:
    """A negative number has real powers at whole exponents alone, also where it is a limit."""
    graph = parse("u = -x/x; v = u^x; z*v")
    answer = report(graph, {"x": 0.0, "z": 2.0}, Request(mode="both"))
    assert str(answer.verdict(graph.output).status) not in CERTAIN
    assert str(answer.gradients[0].verdict(graph.nodes["z"]).status) not in CERTAIN


# Random programs


@pytest.mark.parametrize("first", range(0, PROGRAMS, BLOCK))
def test_random_programs(first: int) -> None:
    tally = Tally()
    for seed in range(first, min(first + BLOCK, PROGRAMS)):
        source = random.Random(seed)
        program = draw_program(source)
        compare(program, draw_point(source, program), tally)
    print(f"\nprograms {first} to {first + BLOCK - 1}: {tally}", *tally.disagreements, sep="\n")
    assert not tally.disagreements
