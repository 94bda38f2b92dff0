"""Runs of numbers in a list make the graph that they make one by one, and that Lark's parser makes."""

from __future__ import annotations

import random

import pytest

from cgraph_cli.core.errors import ProgramError, Source
from cgraph_cli.core.graph import Graph
from cgraph_cli.language import driver
from cgraph_cli.language.build import Builder
from cgraph_cli.language.lark_parser import parse_with_lark
from cgraph_cli.language.parse import parse
from cgraph_cli.language.scopes import Loop

LISTS = [
    "x = [1, -2.50, 3e2, .5, 7., -0, 0.1, 1e-3]",
    "x = [[1, 2, 3, 4], [5, 6,\n 7, -8]]; y = x*2",
    "y = max(1, 2, 3, 4.50, a) + sum([1, 2, 3, 4])",
    "y = [1, 2, 3, a, 5, 6, -7, 8*b, 9]",
    "y = x[[0, 1, 2, 3]] + z[0, 1, 2, 3]",
    "f(a) = sum([1, 2, 3, 4, a]); y = f(2)",
    "y = sum([1, 2, 3, 4, 5]*i for i in range(3))",
    "x = [1, 2, 3, pi, 5]; y = [1, 2, -inf, 3, 4, 5]",
    "x = [1, 2, 3, 4 # four\n, 5, 6, 1_000, 7, 8]",
]
WRONG = [
    "x = [1, 2, 3, 1e400, 5, 6]",
    "x = [1, 2, 3, 4 5, 6]",
    "x = [[1, 2, 3, 4], [1, 2, 3]]",
    "x = [1, 2, 3, 1e-400, 4]",
]


def columns_of(graph: Graph) -> list[object]:
    """List all that a graph has, and the bodies of its loops."""
    names = [name for name in Graph.__slots__ if name not in ("source", "details")]
    loops = [columns_of(each.body) for each in graph.details.values() if isinstance(each, Loop)]
    details = {node: each for node, each in graph.details.items() if not isinstance(each, Loop)}
    return [*(getattr(graph, name) for name in names), details, loops]


def read(text: str) -> list[object] | str:
    """Read a program: its graph, or its error."""
    try:
        return columns_of(parse(Source(text)))
    except ProgramError as error:
        return str(error) + repr([(span.start, span.end) for span in error.diagnostic.spans])


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the numbers of each run."""
    found: list[int] = []
    numbers = Builder.numbers

    def counted(builder: Builder, run: str, start: int) -> object:
        nodes = numbers(builder, run, start)
        found.append(len(nodes))
        return nodes

    monkeypatch.setattr(Builder, "numbers", counted)
    return found


@pytest.mark.parametrize("text", LISTS + WRONG)
def test_a_run_makes_what_its_numbers_make_one_by_one(
    text: str, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = read(text)
    assert taken
    if text in LISTS:
        assert columns_of(parse_with_lark(Source(text))) == at_once
    monkeypatch.setattr(driver, "_takes_runs", lambda below, origin: False)
    assert read(text) == at_once


def test_long_lists_are_runs(taken: list[int]) -> None:
    rng = random.Random(1)
    numbers = [rng.choice((rng.random(), -rng.random(), rng.randint(-9, 9), rng.gauss(0, 1e-9))) for _ in range(20_000)]
    graph = parse(Source(f"x = {numbers}"))
    assert graph.details[graph.nodes["x"]].items == numbers
    assert sum(taken) > 19_900
    assert len(taken) < 10


def test_the_bound_on_nodes_holds_within_a_run() -> None:
    source = Source(f"y = sum([{', '.join(map(str, range(100)))}]*x)")
    with pytest.raises(ProgramError, match="more than 50 nodes") as raised:
        parse(source, max_nodes=50)
    assert source.text[raised.value.diagnostic.spans[0].start :].startswith("50,")
