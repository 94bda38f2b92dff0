"""Ranges: the points that people mean, exactly."""

from __future__ import annotations

from fractions import Fraction
from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgraph_cli.core.graph import show_number
from cgraph_cli.results.over_ranges.ranges import InputRange, grid, grid_size, parse_ranges
from cgraph_cli.results.settings import constant


def points(*texts: str, count: int = 11) -> dict[str, list[float]]:
    return {taken.name: list(taken) for taken in parse_ranges(texts, "--over", count, constant)}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a=0:1:0.1", "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1"),
        ("a=-3:3", "-3 -2.4 -1.8 -1.2 -0.6 0 0.6 1.2 1.8 2.4 3"),
        ("a=0:1:0.3", "0 0.3 0.6 0.9"),
        ("a=10:0:-2.5", "10 7.5 5 2.5 0"),
        ("a=0:1:6n", "0 0.2 0.4 0.6 0.8 1"),
        ("a=-1:1:7n", "-1 -0.6666666666666666 -0.3333333333333333 0 0.3333333333333333 0.6666666666666666 1"),
        ("a=1e-4:1:*10", "0.0001 0.001 0.01 0.1 1"),
        ("a=8:1:*0.5", "8 4 2 1"),
        ("a=1,2,5", "1 2 5"),
        ("a = 3", "3"),
        ("a=2:2", "2"),
        ("a=max(1,2):hypot(3,4):4n", "2 3 4 5"),
        ("a=0:1e-300:5e-301", "0 5e-301 1e-300"),
    ],
)
def test_points(text: str, shown: str) -> None:
    assert " ".join(map(show_number, points(text)["a"])) == shown


def test_a_whole_turn_ends_where_it_should() -> None:
    turn = points("x=-2*pi:2*pi:pi/2")["x"]
    assert (len(turn), turn[0], turn[4], turn[6], turn[8]) == (9, -2 * pi, 0.0, pi, 2 * pi)


def test_commas_part_ranges_and_numbers() -> None:
    assert points("a=1,2,5,b=0:1:2n", "θ=0:1:3n") == {"a": [1, 2, 5], "b": [0, 1], "θ": [0, 0.5, 1]}


def test_a_grid_counts_as_a_clock_does() -> None:
    ranges = parse_ranges(["a=0,1", "b=5,6,7"], "--over", 11, constant)
    assert grid_size(ranges) == 6
    assert [tuple(point.values()) for point in grid(ranges)] == [(a, b) for a in (0, 1) for b in (5, 6, 7)]


@given(st.integers(-1000, 1000), st.integers(1, 400), st.integers(1, 999), st.integers(0, 4))
def test_each_point_is_the_decimal_nearest_to_it(low: int, steps: int, digits: int, places: int) -> None:
    step = Fraction(digits, 10**places)
    exact = [low + step * at for at in range(steps + 1)]
    found = points(f"a={low}:{float(exact[-1])!r}:{float(step)!r}")["a"]
    assert found == [float(number) for number in exact]


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.integers(2, 300))
def test_counted_points_are_even_and_end_at_both_ends(low: float, high: float, count: int) -> None:
    found = list(InputRange("a", low, high, count))
    assert (len(found), found[0], found[-1]) == (count, low, high)
    assert found == sorted(found, reverse=high < low)
    exact = [Fraction(low) + (Fraction(high) - Fraction(low)) * at / (count - 1) for at in range(count)]
    room = max(abs(low), abs(high)) * 2.0**-52
    assert all(abs(Fraction(number) - other) <= room for number, other in zip(found, exact, strict=True))
