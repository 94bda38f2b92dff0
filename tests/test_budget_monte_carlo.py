"""Draws of `cgraph budget` against exact distributions, and its verdict on linear propagation."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import pytest

from cgraph_cli.core.uncertain_number import DISTRIBUTIONS, UncertainNumber
from cgraph_cli.results.uncertainty.correlations import Correlations
from tests.budgets import given_as, output
from tests.command import run_here
from tests.conftest import heavy
from tests.needs import need_library


@pytest.mark.parametrize("name", sorted(DISTRIBUTIONS))
def test_the_draws_have_the_moments_of_the_table(name: str) -> None:
    numpy = need_library("numpy")
    distribution = DISTRIBUTIONS[name]
    drawn = distribution.draw(numpy.random.default_rng(7), 400_000, 1e6) * distribution.divisor
    assert abs(drawn.mean()) < 0.01
    assert drawn.std() == pytest.approx(1, abs=0.01)
    assert (drawn**4).mean() == pytest.approx(distribution.kurtosis, rel=0.03)


def test_draws_of_correlated_inputs_are_correlated() -> None:
    numpy = need_library("numpy")
    from cgraph_cli.results.uncertainty.monte_carlo import Draws

    correlations = Correlations()
    correlations.put("a", "b", 0.7)
    numbers = {"a": UncertainNumber(1, 0.5), "b": UncertainNumber(2, 3.0, "uniform"), "c": UncertainNumber(0, 1)}
    drawn = Draws(numbers, correlations, 3).block(200_000)
    r = numpy.corrcoef([drawn["a"], drawn["b"], drawn["c"]])
    assert r == pytest.approx(numpy.array([[1, 0.7, 0], [0.7, 1, 0], [0, 0, 1]]), abs=0.01)
    assert [drawn[name].std() for name in "abc"] == pytest.approx([0.5, 3, 1], rel=0.01)


# The verdict


@pytest.mark.parametrize(
    ("program", "inputs", "mean", "u"),
    [
        ("exp(x)", {"x": "0 ± 0.5"}, math.exp(0.125), math.exp(0.125) * math.sqrt(math.expm1(0.25))),
        ("x^3", {"x": "1 ± 0.5"}, 1 + 3 * 0.25, math.sqrt(9 * 0.25 + 36 * 0.0625 + 15 * 0.5**6)),
        ("abs(x)", {"x": "0 ± 1"}, math.sqrt(2 / math.pi), math.sqrt(1 - 2 / math.pi)),
        ("max(x, y)", {"x": "0 ± 1", "y": "0 ± 1"}, 1 / math.sqrt(math.pi), math.sqrt(1 - 1 / math.pi)),
        ("x*y", {"x": "0 ± 1 uniform", "y": "0 ± 1 uniform"}, 0, 1 / 3),
    ],
)
def test_the_draws_have_the_exact_moments(program: str, inputs: dict[str, str], mean: float, u: float) -> None:
    found = output(program, *given_as(**inputs), "--draws", "1000000")["monte_carlo"]
    assert abs(found["mean"] - mean) < 4 * found["errors"][0] + 1e-12
    assert abs(found["u"] - u) < 5 * found["errors"][1]


@pytest.mark.parametrize(
    ("program", "inputs", "reason"),
    [
        ("abs(x)", {"x": "0.5 ± 1"}, "a kink at x = 0, 0.5 standard uncertainties from the estimate"),
        ("abs(x)", {"x": "0 ± 1"}, "a kink in x, at the estimate"),
        ("max(x, 2)", {"x": "3.5 ± 1"}, "a kink at x = 2, 1.5 standard uncertainties from the estimate"),
        (
            "max(x, y)",
            {"x": "1 ± 0.5", "y": "2.2 ± 0.5"},
            "a kink at x = 1.75, y = 1.75, 1.7 standard uncertainties from the estimate",
        ),
        ("exp(x)", {"x": "700 ± 50"}, "no value for 42 % of the draws"),
        ("x^2", {"x": "3 ± 0.1 uniform"}, "curvature, which skews the distribution"),
        ("floor(x)", {"x": "2.5 ± 0.5"}, "a jump at x = 2, 1 standard uncertainties from the estimate"),
        ("1/x", {"x": "1 ± 0.4"}, "a pole at x = 0, 2.5 standard uncertainties from the estimate"),
        ("x^2", {"x": "1 ± 0.4"}, "curvature: to second order u = 0.831, and the mean is shifted by 0.16"),
        ("sin(x)", {"x": "0 ± 1"}, "curvature of higher than second order"),
        (
            "x + y",
            {"x": "1 ± 1 uniform", "y": "0 ± 0.1"},
            "the distribution is not normal, for much of it comes from x (uniform)",
        ),
        ("log(x)", {"x": "1 ± 0.4"}, "no value for 0.62 % of the draws"),
    ],
)
def test_where_linear_is_not_good_enough_the_reason_is_said(program: str, inputs: dict[str, str], reason: str) -> None:
    found = output(program, *given_as(**inputs))
    assert not found["agrees"]
    assert any(said.startswith(reason[:40]) for said in found["reasons"]), found["reasons"]
    assert reason in found["reasons"] or "draws" in reason


@pytest.mark.parametrize(
    ("program", "inputs"),
    [
        ("abs(x)", {"x": "5 ± 1"}),
        ("4*pi^2*L/T^2", {"L": "1.000 ± 0.002", "T": "2.007 ± 0.003"}),
        ("2*x + 3*y", {"x": "1 ± 0.3", "y": "2 ± 0.5"}),
        ("x", {"x": "1 ± 0.5 dof=4"}),
        ("x - x", {"x": "1 ± 0.5"}),
    ],
)
def test_where_linear_is_good_enough_the_draws_agree(program: str, inputs: dict[str, str]) -> None:
    found = output(program, *given_as(**inputs))
    assert found["agrees"]
    assert found["reasons"] == []


def test_a_seed_repeats_a_run_and_another_does_not() -> None:
    inputs = given_as(x="1 ± 0.3")
    first, second, third = (output("exp(x)", *inputs, "--seed", seed)["monte_carlo"] for seed in ("5", "5", "6"))
    assert first == second
    assert first["mean"] != third["mean"]
    assert abs(first["mean"] - third["mean"]) < 5 * (first["errors"][0] + third["errors"][0])


def test_a_probability_too_near_to_one_has_no_run() -> None:
    done = run_here(["budget", "x", "--x", "1 ± 0.1", "--coverage", "99.9999999%"])
    assert "no Monte Carlo run" in done.stdout
    assert output("x", "--x", "1 ± 0.1", "--coverage", "99.9%")["agrees"]


def test_draws_without_a_value_are_said() -> None:
    done = run_here(["budget", "y = log(x)", "--x", "-1 ± 0.1", "--draws", "80000", "-o", "plain"])
    assert "\ny has no value, by Monte Carlo (80,000 draws)\n" in done.stdout
    assert "no value for 100 % of the draws" in done.stdout
    assert "inf" not in done.stdout


@pytest.mark.parametrize(
    ("program", "inputs"),
    [
        ("x^2", ["--x", "1e308±1e308"]),
        ("x*y", ["--x", "1e200±1e200", "--y", "1e200±1e200"]),
        pytest.param("gamma(x)*y", ["--x", "170±100", "--y", "1e300±1e299"], marks=heavy),
    ],
)
def test_what_overflows_warns_of_nothing_but_the_result(program: str, inputs: list[str]) -> None:
    found = run_here(["budget", program, *inputs, "--draws", "80000"])
    assert found.returncode == 3
    assert "Warning" not in found.stderr


@heavy
def test_the_search_for_breaks_stops_at_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    from cgraph_cli.results.over_ranges.samples import Explorer
    from cgraph_cli.results.uncertainty import breaks

    looks = []
    explore = Explorer.explore

    def counted(self: Explorer, *args: object) -> None:
        explore(self, *args)  # type: ignore[arg-type]
        looks.append(self.looks)

    monkeypatch.setattr(Explorer, "explore", counted)
    run_here(["budget", "gamma(x)*cot(y)", "--x", "170±1e5", "--y", "1e300±1e299", "--draws", "80000"])
    most = breaks.MOST_WORK // (4 + 100)
    assert sum(looks[:-1]) <= most


def test_readings_of_any_size_have_a_mean(tmp_path: Path) -> None:
    numbers = [1e308, 1.2e308, -0.5e308, 0.9e308]
    (tmp_path / "x.csv").write_text("".join(f"{number!r}\n" for number in numbers))
    done = run_here(["budget", "y = 1*x", "--x", f"@{tmp_path / 'x.csv'}", "-o", "json", "--draws", "0"])
    entry = json.loads(done.stdout)["outputs"]["y"]
    exact = [Fraction(number) for number in numbers]
    mean = sum(exact) / 4
    variance = sum((number - mean) ** 2 for number in exact) / 12
    assert math.isclose(entry["value"], float(mean), rel_tol=1e-14)
    assert math.isclose(entry["u"], float(math.isqrt(int(variance))), rel_tol=1e-14)
