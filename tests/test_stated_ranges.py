"""`range x = -2:2`: read as a statement before a name alone, computed from constants, and used where no option says
otherwise.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings

from cgraph_cli import parse
from cgraph_cli.checks.gradients import Settings, check
from cgraph_cli.checks.sampling import Sampling
from cgraph_cli.commands.repl.session import Session
from cgraph_cli.core.errors import ProgramError, Source
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.language.lark_parser import parse_with_lark
from cgraph_cli.language.recovery import further_errors
from cgraph_cli.language.write import write_program
from cgraph_cli.symbolic.arrays import with_shapes
from tests.conftest import Run
from tests.programs import expressions

AS_A_NAME = [
    "range = 3; range + 1",
    "range*2",
    "range : [2]; sum(range)",
    "f(range) = range*2; f(3)",
    "range(x) = x + 1; range(2)",
    "range(3)",
    "range = 1 ± 0.1; range^2",
    "range[0] = 1; range[t + 1] = range[t]*2 for t in range(3); range[3]",
    "a = range\nb = a",
    "sum(range*i for i in range(3))",
]


@pytest.mark.parametrize("text", AS_A_NAME)
def test_it_is_a_name_like_any_other_elsewhere(text: str) -> None:
    """The tables and Lark agree, and a program with another name for it has the same operations."""
    graph, by_lark = parse(text), parse_with_lark(Source(text))
    assert graph.ranges == {}
    assert (graph.operations, graph.names) == (by_lark.operations, by_lark.names)


def bounds(text: str) -> dict[str, tuple[float, float]]:
    """Give the ranges of a program."""
    return {name: stated.bounds for name, stated in parse(text).ranges.items()}


def test_its_ends_are_computed_from_constants() -> None:
    text = "const k = 2*pi; double(t) = 2*t; range x = -k:double(k)  # a comment\ny = sin(x)\nrange z = 1:3; z*y"
    assert bounds(text) == {"x": (-2 * math.pi, 4 * math.pi), "z": (1, 3)}
    assert bounds("slope(t) = grad(t^3, t); range x = 0:slope(2); x") == {"x": (0, 12)}
    assert bounds("const k = 2; range x = -k:k; range z = -k:k*k; x*z") == {"x": (-2, 2), "z": (-2, 4)}
    assert bounds("range range = 0:1; range^2") == {"range": (0, 1)}


def test_it_is_no_node() -> None:
    plain, ranged = parse("y = x^2; z = y*x"), parse("range x = -1:1; y = x^2; z = y*x")
    assert (ranged.operations, ranged.nodes, ranged.output) == (plain.operations, plain.nodes, plain.output)
    assert write_program(ranged) == write_program(plain)


def points(text: str, sampling: Sampling, **inputs: float) -> Graph:
    """Check that a program passes where it is sampled."""
    graph = parse(text)
    graph = with_shapes(graph, {}) if graph.details else graph
    outcome = check(graph, inputs, Settings(sampling=sampling))
    assert outcome.passed, outcome.failed_cases
    assert outcome.points == sampling.samples
    return graph


def test_samples_are_chosen_in_it() -> None:
    points("range x = 3:4; y = x^2; assert 3 <= x <= 4", Sampling(20, {}))
    points("x = 9; range x = 3:4; y = x^2; assert 3 <= x <= 4", Sampling(20, {}))
    points("range x = 3:4; y = x^2; assert 5 <= x <= 6", Sampling(20, {"x": (5, 6)}))
    points("range x = 3:4; y = x^2*a; assert x == 7", Sampling(20, {}), x=7)
    points("w : [2]; range w = 3:4; y = sum(w^2); assert 3 <= w[0] <= 4; assert 3 <= w[1] <= 4", Sampling(5, {}))
    points("w : [2]; range w = 3:4; y = sum(w^2); assert w[0] > 5; assert w[1] < 5", Sampling(5, {"w[0]": (6, 7)}))


def test_two_programs_share_the_overlap(cgraph: Run) -> None:
    result = cgraph("compare", "range x = 1:3; log(x^2)", "range x = 2:5; 2*log(x)", "-o", "json")
    assert 2 <= json.loads(result.stdout)["programs"][0]["worst"]["x"] <= 3


def test_sweeps_and_plots_go_through_it(cgraph: Run) -> None:
    rows = cgraph("sweep", "range x = 1:2; y = a*x", "--a", "3", "-o", "csv").stdout.splitlines()
    assert (rows[1].split(",")[0], rows[-1].split(",")[0], len(rows)) == ("1", "2", 12)
    assert cgraph("sweep", "range x = 1:2; y = x", "--over", "x=5,6", "-o", "csv").stdout.splitlines()[1][0] == "5"
    assert "1.2 " in cgraph("plot", "range x = 1:2; y = x^2").stdout
    assert cgraph("sweep", "range x = 1:2; y = x", "--x", "3").returncode == 2


def test_a_page_has_it_for_a_slider(cgraph: Run, tmp_path: Path) -> None:
    for text, start, ends in (
        ("range x = 4:8; y = log(x)", 6.0, [4.0, 8.0]),
        ("range x = 0:8; y = x", 1.0, [0.0, 8.0]),
    ):
        cgraph("graph", text, "-o", str(tmp_path / "page.html"))
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        data = page.split('id="graph">', 1)[1].split("</script>", 1)[0]
        assert json.loads(data)["inputs"] == [[0, start, "x", ends]]


def test_a_session_keeps_the_last_one() -> None:
    session = Session()
    session.enter("y = x^2")
    session.enter("range x = 0:1")
    session.enter("range x = 2:3; x = 4")
    assert session.text == "x = 4\ny = x^2\nrange x = 2:3\n"
    session.drop("x")
    assert session.text == "y = x^2\n"


def test_further_errors_are_told() -> None:
    source = Source("range x = 2x:3\ny = x^2\nrange y = \nz = foo(y)")
    with pytest.raises(ProgramError) as caught:
        parse(source)
    assert len(further_errors(source, caught.value)) == 2


@settings(deadline=None, max_examples=40)
@given(expressions(["pi", "k", "2"], {"f": 1}, 2), expressions(["pi", "k"], {}, 2))
def test_ends_are_what_their_expressions_compute(low: str, high: str) -> None:
    """Each end is the number of a program of it alone, by the tables and by Lark; what is no interval is refused."""
    before = "const k = 3\nf(t) = t^2 - k\n"
    ends = [evaluate(parse(f"{before}y = {text}")).value("y") for text in (low, high)]
    text = f"{before}range x = {low}:{high}\nx"
    if math.isfinite(sum(map(abs, ends))) and ends[0] < ends[1]:
        assert bounds(text) == {"x": tuple(ends)}
        by_lark = parse_with_lark(Source(text)).ranges["x"]
        assert by_lark.ends == parse(text).ranges["x"].ends
    else:
        with pytest.raises(ProgramError, match="range"):
            parse(text)
