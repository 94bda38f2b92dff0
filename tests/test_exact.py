"""The exact simplifier: every double, to the ends of their range, stays what it was."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli import evaluate, parse
from cgraph_cli.language.write import write_expression
from cgraph_cli.symbolic.differentiate import differentiate
from cgraph_cli.symbolic.exact import simplify_exactly
from cgraph_cli.symbolic.rewriting.algebra_laws import Rewrite, exact_laws
from tests.conftest import heavy
from tests.laws import concrete, names_of, values_at
from tests.programs import SPECIAL, formulas, programs

nan = math.nan

EVERYWHERE = st.one_of(
    st.sampled_from([*SPECIAL, -0.0, 1e200, -1e200, 1.7e308, 2.3e-308, nan]),
    st.floats(-4, 4),
    st.floats(),
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(formulas(), programs()), st.integers(0, 2), st.data())
def test_every_double_stays(text: str, order: int, data: st.DataObject) -> None:
    """To the ends of their range, through overflow and poles: what runs in doubles computes what it did."""
    graph = parse(text)
    inputs = list(graph.inputs())
    for _ in range(order if inputs else 0):
        if len(graph) < 150:
            graph = differentiate(graph, graph.output, [data.draw(st.sampled_from(inputs))])
    result, (position,) = simplify_exactly(graph, [graph.output])
    for _ in range(4):
        point = {graph.names[node] or "": data.draw(EVERYWHERE) for node in graph.inputs()}
        before = evaluate(graph, point).values[graph.output]
        after = evaluate(result, {name: x for name, x in point.items() if name in result.nodes}).values[position]
        same = before == after or (math.isnan(before) and math.isnan(after))
        assert same or math.isclose(before, after, rel_tol=1e-12, abs_tol=1e-320), point


DOUBLES = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.75, 1e-320, -1e-320, 1e308, -1e308, math.inf, -math.inf, nan]


@pytest.mark.parametrize("most", [3000, pytest.param(10**6, marks=heavy)])
@pytest.mark.parametrize("row", exact_laws(), ids=repr)
def test_an_exact_row_holds_for_all_doubles(row: Rewrite, most: int) -> None:
    """All of them where they are not too many, and some drawn from all otherwise."""
    finite = [x for x in DOUBLES if math.isfinite(x)]
    of = {"p": [0.0, 1.0], "q": [0.0, 1.0], "n": finite, "m": finite}
    names = names_of(row)
    points = list(itertools.product(*(of.get(name, DOUBLES) for name in names)))
    for numbers in points if len(points) <= most else random.Random(0).sample(points, most):
        values = values_at(row, dict(zip(names, numbers, strict=True)), high=False)
        assert values is None or repr(values[0]) == repr(values[1]), numbers


@pytest.mark.parametrize("row", exact_laws(), ids=repr)
def test_an_exact_row_is_used(row: Rewrite) -> None:
    texts = [concrete(row, text) for text in (row.pattern, row.replacement)]
    written = []
    for text in texts:
        graph, (node,) = simplify_exactly(one := parse(text), [one.output])
        written.append(write_expression(graph, node))
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x/y/y", {"x": 1e300, "y": 1e200}),
        ("x*y*z", {"x": 1e-200, "y": 1e300, "z": 1e200}),
        ("x/(x^2 + 1)^2", {"x": 1e160}),
        ("x*y - x*z", {"x": 1e-10, "y": 1.5e308, "z": -1.5e308}),
        ("atan(1/where(x > 0, 1, -0))", {"x": -1.0}),
        ("1/abs(min(x, 0))", {"x": 1.0}),
        ("x/max(-0.0, 0)", {"x": 1.0}),
        ("where(x == x, x, 0)", {"x": nan}),
        ("atan(1/abs(where(x > 0, 1, -0)))", {"x": -1.0}),
        ("atan(1/abs(relu(x)))", {"x": -0.0}),
        ("atan(1/abs(min(x, 0)))", {"x": 0.0}),
        ("atan(1/sign(-x))", {"x": 0.0}),
        ("atan(1/sum(x))", {"x": -0.0}),
        ("atan(1/mean(x))", {"x": -0.0}),
        ("atan(1/logsumexp(x))", {"x": -0.0}),
        ("atan(x/max(-0, 0))", {"x": 1.0}),
        ("where(1 <= abs(y) < 2^53 or x == 0, y*x^(y - 1), y*x^y/x)", {"x": 1e-310, "y": 1e-10}),
    ],
)
def test_doubles_keep_their_range(text: str, point: dict[str, float]) -> None:
    graph, (node,) = simplify_exactly(one := parse(text), [one.output])
    assert evaluate(graph, point).values[node] == evaluate(one, point).values[one.output]
