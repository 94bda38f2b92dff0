"""`cgraph budget` against published examples, two other implementations of the GUM, and exact distributions."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli.core.errors import Source
from cgraph_cli.core.uncertain_number import DISTRIBUTIONS, UncertainNumber
from cgraph_cli.results.request import Request
from cgraph_cli.results.uncertainty.correlations import Correlations
from cgraph_cli.results.uncertainty.propagation import Budgets, propagate
from cgraph_cli.results.uncertainty.student import coverage_factor
from cgraph_cli.symbolic.program import parse
from tests.command import run_here
from tests.conftest import ROOT, heavy
from tests.needs import need_library


def budget(*args: str, status: int = 0, cwd: Path | None = None) -> dict[str, Any]:
    """Read the result of the command from its JSON."""
    done = run_here(["budget", *args, "-o", "json"], cwd=cwd)
    assert done.returncode == status, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def output(*args: str, status: int = 0) -> dict[str, Any]:
    """Read the one output of the command's result."""
    (found,) = budget(*args, status=status)["outputs"].values()
    return found  # type: ignore[no-any-return]


def given_as(**inputs: str) -> list[str]:
    return [word for name, text in inputs.items() for word in (f"--{name}", text)]


def published(number: float, text: str) -> None:
    """Assert that a number is the published one, to the digits printed."""
    places = len(text.partition(".")[2].partition("e")[0])
    exponent = int(text.partition("e")[2] or 0)
    assert abs(number - float(text)) <= 0.5000001 * 10.0 ** (exponent - places), (number, text)


# Published examples: JCGM 100:2008 (the GUM)

END_GAUGE = "l = ls + d - ls*(da*theta + as*dt)"
END_GAUGE_INPUTS = given_as(
    ls="50000623 ± 25 dof=18",
    d="215 ± 9.7 dof=25.6",
    da="0 ± 0.58e-6 normal dof=50",
    **{"theta": "-0.1 ± 0.41", "as": "11.5e-6 ± 1.2e-6", "dt": "0 ± 0.029 normal dof=2"},
)


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ("0 ± 5 %", "note: the uncertainty of `x` is 0: a percentage of 0 is 0\n"),
        ("3 ± 0", "note: the uncertainty of `x` is 0\n"),
        ("3 ± 5 %", ""),
    ],
)
def test_an_uncertainty_of_zero_is_told(given: str, note: str) -> None:
    said = run_here(["budget", "y = x + a", "--x", given, "--a", "1 ± 0.1"]).stdout
    assert (note in said) if note else ("note: the uncertainty" not in said)


def test_gum_h1_end_gauge() -> None:
    found = output(END_GAUGE, *END_GAUGE_INPUTS, "--coverage", "99%")
    published(found["value"], "50000838")
    published(found["u"], "32")
    published(found["u"], "31.71")
    assert math.floor(found["dof"]) == 16
    published(found["factor"], "2.92")
    published(found["expanded"], "93")
    published(found["second_order"]["u"], "34")
    amounts = {each["input"]: abs(each["contribution"]) for each in found["budget"]}
    for name, text in {"ls": "25", "d": "9.7", "da": "2.9", "dt": "16.7", "theta": "0", "as": "0"}.items():
        published(amounts[name], text)


H2 = "V,I,phi\n5.007,19.663e-3,1.0456\n4.994,19.639e-3,1.0438\n5.005,19.640e-3,1.0468\n4.990,19.685e-3,1.0428\n4.999,19.678e-3,1.0433\n"  # noqa: E501


def test_gum_h2_resistance_and_reactance(tmp_path: Path) -> None:
    (tmp_path / "h2.csv").write_text(H2)
    program = ["R = V/I*cos(phi); X = V/I*sin(phi); Z = V/I", "--of", "R,X,Z"]
    found = budget(*program, "--readings", "h2.csv", cwd=tmp_path)
    inputs = found["inputs"]
    for name, value, u in [("V", "4.9990", "0.0032"), ("I", "19.6610e-3", "0.0095e-3"), ("phi", "1.04446", "0.00075")]:
        published(inputs[name]["value"], value)
        published(inputs[name]["u"], u)
    r = {"".join(each["inputs"]): each["coefficient"] for each in found["correlations"]}
    assert len(r) == 3
    published(r["VI"], "-0.36")
    published(r["Vphi"], "0.86")
    published(r["Iphi"], "-0.65")
    for name, value, u in [("R", "127.732", "0.071"), ("X", "219.847", "0.295"), ("Z", "254.260", "0.236")]:
        published(found["outputs"][name]["value"], value)
        assert found["outputs"][name]["u"] == pytest.approx(float(u), abs=0.0011)  # rounded from rounded numbers
        assert found["outputs"][name]["dof"] == pytest.approx(4)
    published(found["correlation"][0][1], "-0.588")
    published(found["correlation"][0][2], "-0.485")
    published(found["correlation"][1][2], "0.993")


H3 = {21.521: -0.171, 22.012: -0.169, 22.512: -0.166, 23.003: -0.159, 23.507: -0.164, 23.999: -0.165, 24.513: -0.156,
      25.002: -0.157, 25.503: -0.159, 26.010: -0.161, 26.511: -0.160}  # fmt: skip


@heavy
def test_gum_h3_calibration_of_a_thermometer() -> None:
    names = [f"b{at}" for at in range(len(H3))]
    theta = [t - 20 for t in H3]
    weighted = ", ".join(f"{name}*({x!r})" for name, x in zip(names, theta, strict=True))
    one, two, n = math.fsum(theta), math.fsum(x * x for x in theta), len(theta)
    program = (
        f"sb = sum({', '.join(names)}); sbt = sum({weighted}); D = {n * two - one**2!r}"
        f"; y1 = (sb*{two!r} - sbt*{one!r})/D; y2 = ({n}*sbt - sb*{one!r})/D; b30 = y1 + 10*y2"
    )
    inputs = [
        w for name, b in zip(names, H3.values(), strict=True) for w in (f"--{name}", f"{b} ± 0.0035 normal dof=9")
    ]
    found = budget(program, "--of", "y1,y2,b30", *inputs)
    for name, value, u in [("y1", "-0.1712", "0.0029"), ("y2", "0.00218", "0.00067"), ("b30", "-0.1494", "0.0041")]:
        published(found["outputs"][name]["value"], value)
        published(found["outputs"][name]["u"], u)
    published(found["correlation"][0][1], "-0.930")
    line = output(
        "b = y1 + y2*(t - 20)", *given_as(y1="-0.1712 ± 0.0029 dof=9", y2="0.00218 ± 0.00067 dof=9", t="30"),
        "--corr", "y1,y2=-0.930",
    )  # fmt: skip
    published(line["u"], "0.0041")
    assert line["dof"] == pytest.approx(9)


# JCGM 101:2008 (Supplement 1), section 9; intervals are 95 %


def test_supplement_9_2_sums() -> None:
    names = "abcd"
    normal = output("a + b + c + d", *given_as(**dict.fromkeys(names, "0 ± 1")))
    published(normal["u"], "2.0")
    published(normal["interval"][1], "3.92")
    assert normal["agrees"]
    same = output("a + b + c + d", *given_as(**dict.fromkeys(names, "0 ± sqrt(3) uniform")))
    published(same["u"], "2.0")
    assert same["monte_carlo"]["interval"] == pytest.approx([-3.88, 3.88], abs=0.012)
    wide = given_as(**dict.fromkeys("abc", "0 ± sqrt(3) uniform"), d="0 ± 10*sqrt(3) uniform")
    different = output("a + b + c + d", *wide)
    published(different["u"], "10.1")
    published(different["interval"][1], "19.9")
    assert different["monte_carlo"]["interval"] == pytest.approx([-17.0, 17.0], abs=0.2)
    assert not different["agrees"]
    assert different["reasons"] == ["the distribution is not normal, for much of it comes from d (uniform)"]


def test_supplement_9_3_mass_calibration() -> None:
    inputs = given_as(
        mRc="100000 ± 0.050",
        dm="1.234 ± 0.020",
        ra="1.20 ± 0.10 uniform",
        rW="8000 ± 1000 uniform",
        rR="8000 ± 50 uniform",
    )
    found = output("m = (mRc + dm)*(1 + (ra - 1.2)*(1/rW - 1/rR)) - 100000", *inputs)
    published(found["value"], "1.2340")
    published(found["u"], "0.0539")
    published(found["interval"][0], "1.1285")
    published(found["interval"][1], "1.3395")
    published(found["second_order"]["u"], "0.0750")
    assert found["monte_carlo"]["mean"] == pytest.approx(1.2341, abs=0.0003)
    assert found["monte_carlo"]["u"] == pytest.approx(0.0754, abs=0.0002)
    assert found["monte_carlo"]["shortest"] == pytest.approx([1.0834, 1.3825], abs=0.004)
    assert not found["agrees"]
    assert found["reasons"][0].startswith("curvature")


@pytest.mark.parametrize(
    ("x", "r", "linear", "second", "mean", "u", "shortest"),
    [
        ("0", 0, (0, 0), "50", 50, 50, (0, 150)),
        ("0", 0.9, (0, 0), "67", 50, 67, (0, 185)),
        ("0.010", 0, (100, 100), "112", 150, 112, (0, 367)),
        ("0.010", 0.9, (100, 100), "121", 150, 121, (13, 398)),
        ("0.050", 0, (2500, 500), "502", 2550, 502, (1590, 3543)),
        ("0.050", 0.9, (2500, 500), "505", 2550, 505, (1628, 3555)),
    ],
)
def test_supplement_9_4_comparison_loss(
    x: str, r: float, linear: tuple[float, float], second: str, mean: float, u: float, shortest: tuple[float, float]
) -> None:
    inputs = given_as(x=f"{x} ± 0.005", y="0 ± 0.005")
    found = output("loss = 1e6*(x^2 + y^2)", *inputs, "--corr", f"x,y={r}", "--draws", "1000000")
    assert (found["value"], found["u"]) == pytest.approx(linear)
    published(found["second_order"]["u"], second)
    published(found["second_order"]["shift"], "50")
    assert found["monte_carlo"]["mean"] == pytest.approx(mean, abs=1.5)
    assert found["monte_carlo"]["u"] == pytest.approx(u, rel=0.01)
    assert found["monte_carlo"]["shortest"] == pytest.approx(shortest, abs=12)
    assert not found["agrees"]


def test_supplement_9_5_gauge_block() -> None:
    inputs = given_as(
        ls="50000623 ± 25 dof=18",
        d0="215 ± 6 dof=24",
        d1="0 ± 4 dof=5",
        d2="0 ± 7 dof=8",
        **{"as": "11.5e-6 ± 2e-6 uniform", "theta0": "-0.1 ± 0.2", "cycle": "0 ± 0.5 arcsine"},
        wa="1e-6 ± 0.1e-6 uniform",
        ra="0 ± 1 uniform",
        wt="0.050 ± 0.025 uniform",
        rt="0 ± 1 uniform",
    )  # a half-width that is uncertain itself makes the curvilinear trapezoid of the Supplement, 6.4.3
    program = "l = ls + d0 + d1 + d2 - ls*(wa*ra*(theta0 + cycle) + as*wt*rt)"
    found = output(program, *inputs, "--coverage", "99%")
    published(found["value"], "50000838")
    published(found["u"], "32")
    published(found["second_order"]["u"], "34")
    published(found["monte_carlo"]["mean"], "50000838")
    published(found["monte_carlo"]["u"], "36")


# JCGM 102:2011 (Supplement 2): polar coordinates; NIST TN 1297; EURACHEM/CITAC CG 4


@pytest.mark.parametrize("r", [pytest.param(0.0, marks=heavy), 0.9])
def test_supplement_2_polar_coordinates(r: float) -> None:
    program = ["R = hypot(x, y); theta = atan2(y, x)", "--of", "R,theta"]
    found = budget(*program, *given_as(x="0.1 ± 0.01", y="0 ± 0.01"), "--corr", f"x,y={r}")
    assert [found["outputs"][name]["u"] for name in ("R", "theta")] == pytest.approx([0.01, 0.1])
    assert found["covariance"][0][1] == pytest.approx(r * 0.01 * 0.1)
    near = budget(*program, *given_as(x="0.001 ± 0.01", y="0 ± 0.01"))["outputs"]
    rayleigh = 0.01 * math.sqrt(math.pi / 2) * (1 + (0.001 / 0.01) ** 2 / 4)  # to first order in (x/u)²
    assert near["R"]["monte_carlo"]["mean"] == pytest.approx(rayleigh, abs=3e-5)
    assert near["theta"]["u"] == pytest.approx(10)
    assert near["theta"]["monte_carlo"]["u"] == pytest.approx(math.pi / math.sqrt(3), rel=0.05)  # nearly uniform
    assert not near["R"]["agrees"]
    assert not near["theta"]["agrees"]


TN_1297 = {
    1: "1.84 6.31 12.71 13.97 63.66 235.80", 2: "1.32 2.92 4.30 4.53 9.92 19.21", 3: "1.20 2.35 3.18 3.31 5.84 9.22",
    4: "1.14 2.13 2.78 2.87 4.60 6.62", 5: "1.11 2.02 2.57 2.65 4.03 5.51", 10: "1.05 1.81 2.23 2.28 3.17 3.96",
    20: "1.03 1.72 2.09 2.13 2.85 3.42", 50: "1.01 1.68 2.01 2.05 2.68 3.16",
    100: "1.005 1.660 1.984 2.025 2.626 3.077", math.inf: "1.000 1.645 1.960 2.000 2.576 3.000",
}  # fmt: skip


@pytest.mark.parametrize("dof", TN_1297)
def test_tn_1297_coverage_factors(dof: float) -> None:
    levels = (math.erf(1 / math.sqrt(2)), 0.90, 0.95, math.erf(2 / math.sqrt(2)), 0.99, math.erf(3 / math.sqrt(2)))
    for level, factor in zip(levels, TN_1297[dof].split(), strict=True):
        published(coverage_factor(level, dof), factor)


def test_eurachem_a1_calibration_standard() -> None:
    inputs = given_as(
        m="100.28 ± 0.05", P="0.9999 ± 0.0001 uniform", flask="100.0 ± 0.1 triangular", rep="0 ± 0.02",
        temp="0 ± 0.084 uniform",
    )  # fmt: skip
    found = output("c = 1000*m*P/(flask + rep + temp)", *inputs)
    published(found["value"], "1002.7")
    assert found["u"] == pytest.approx(0.9, abs=0.07)  # published from parts that are rounded to one digit
    assert found["u"] == pytest.approx(0.835, abs=0.001)


TITRATION = {"rep": "1.0 ± 0.0005", "m": "0.3888 ± 0.00013", "P": "1.0 ± 0.00029", "M": "204.2212 ± 0.0038"}


def test_eurachem_a2_sodium_hydroxide() -> None:
    found = output("c = rep*1000*m*P/(M*V)", *given_as(**TITRATION, V="18.64 ± 0.013"))
    published(found["value"], "0.10214")
    published(found["u"], "0.00010")


def test_eurachem_a3_titration() -> None:
    volumes = {
        "V2": "14.89",
        "c2": "0 ± 0.03 triangular",
        "t2": "0 ± 15*2.1e-4*4 uniform",
        "V1": "18.64",
        "c1": "0 ± 0.03 triangular",
        "t1": "0 ± 19*2.1e-4*4 uniform",
        "V3": "15",
        "c3": "0 ± 0.02 triangular",
        "t3": "0 ± 15*2.1e-4*4 uniform",
    }
    inputs = given_as(**{**TITRATION, "rep": "1 ± 0.001"}, **volumes)
    found = output("c = rep*1000*m*P*(V2 + c2 + t2)/((V1 + c1 + t1)*M*(V3 + c3 + t3))", *inputs)
    published(found["value"], "0.10139")
    published(found["u"], "0.00018")


# Two other implementations

EXPRESSIONS = [
    "x + y", "x - y", "x*y", "x/y", "x**y", "x**2", "2**x", "x*x", "x - x", "x/x", "sin(x)", "cos(x)*y", "tan(x/y)",
    "exp(-x**2)", "log(x*y)", "log10(x)", "sqrt(x + y)", "sinh(x/3)", "cosh(y/3)", "tanh(x - y)", "asin(x/9)",
    "acos(y/9)", "atan(x*y)", "asinh(x)", "acosh(y)", "atanh(x/9)", "atan2(x, y)", "4*pi**2*x/y**2",
    "exp(-x)*cos(y*z) + z**3", "sqrt(x**2 + y**2 - 2*x*y*cos(z))", "x*y*z/(x + y + z)", "log(1 + exp(x - y))*z",
]  # fmt: skip
POINT = {"x": (1.37, 0.013), "y": (2.41, 0.027), "z": (0.83, 0.004)}


def ours(expression: str, r: float) -> tuple[float, float]:
    names = [name for name in POINT if name in expression.replace("exp", "")]
    corr = ["--corr", f"x,y={r}"] if r and {"x", "y"} <= set(names) else []
    inputs = given_as(**{name: f"{POINT[name][0]} ± {POINT[name][1]}" for name in names})
    found = output(expression, *inputs, *corr, "--draws", "0")
    return found["value"], found["u"]


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("r", [0.0, -0.6])
def test_the_library_uncertainties_finds_the_same(expression: str, r: float) -> None:
    library, umath = need_library("uncertainties"), need_library("uncertainties.umath")
    values = [library.ufloat(*numbers) for numbers in POINT.values()]
    if r:
        x, y, z = POINT.values()
        covariance = [[x[1] ** 2, r * x[1] * y[1], 0], [r * x[1] * y[1], y[1] ** 2, 0], [0, 0, z[1] ** 2]]
        values = library.correlated_values([x[0], y[0], z[0]], covariance)
    found = eval(expression, {**vars(umath), "pi": math.pi}, dict(zip(POINT, values, strict=True)))
    value, u = ours(expression, r)
    assert value == pytest.approx(found.n, rel=1e-12)
    assert u == pytest.approx(found.s, rel=1e-12 if not r else 1e-9, abs=1e-16)  # it diagonalises the covariances


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("r", [0.0, -0.6])
def test_gtc_finds_the_same(expression: str, r: float) -> None:
    gtc = need_library("GTC")
    values = {name: gtc.ureal(*numbers, independent=not r) for name, numbers in POINT.items()}
    if r:
        gtc.set_correlation(r, values["x"], values["y"])
    found = eval(expression, {**vars(gtc), "pi": math.pi}, values)
    value, u = ours(expression, r)
    assert value == pytest.approx(gtc.value(found), rel=1e-12)
    assert u == pytest.approx(gtc.uncertainty(found), rel=1e-12, abs=1e-16)


@pytest.mark.filterwarnings("ignore")
@given(
    st.lists(st.tuples(st.floats(0.01, 10), st.floats(1, 100)), min_size=1, max_size=5),
    st.sampled_from((0.9, 0.95, 0.99)),
)
def test_the_effective_degrees_of_freedom_are_those_of_gtc(parts: list[tuple[float, float]], level: float) -> None:
    gtc = need_library("GTC")
    found = sum((gtc.ureal(1, u, dof) for u, dof in parts), start=0)
    budgets = of_sum([UncertainNumber(1, u, "student", dof) for u, dof in parts], level)
    assert budgets.budgets[0].dof == pytest.approx(gtc.dof(found), rel=1e-9)


def of_sum(numbers: Sequence[UncertainNumber], level: float = 0.95) -> Budgets:
    names = [f"x{at}" for at in range(len(numbers))]
    graph = parse(Source(" + ".join(names)))
    return propagate(graph, dict(zip(names, numbers, strict=True)), Request(), Correlations(), level)


# Identities


def test_correlation_through_the_graph_is_exact() -> None:
    assert output("x - x", *given_as(x="3 ± 1"))["u"] == 0
    assert output("x*x", *given_as(x="3 ± 1"))["u"] == output("x^2", *given_as(x="3 ± 1"))["u"] == 6
    assert output("y = x/(1 + x); y + 1/(1 + x)", *given_as(x="3 ± 1"))["u"] < 1e-15


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.floats(-3, 3), min_size=3, max_size=3), min_size=4, max_size=8, unique_by=tuple))
def test_joint_readings_propagate_as_their_covariance_matrix(rows: list[list[float]]) -> None:
    numpy = need_library("numpy")
    data = numpy.array(rows)
    columns = dict(zip("abc", data.T.tolist(), strict=True))
    if min(numpy.ptp(data, axis=0)) < 1e-3:
        return
    correlations = Correlations()
    correlations.put_readings(columns)
    n = len(rows)
    numbers = {
        name: UncertainNumber(numpy.mean(column), numpy.std(column, ddof=1) / math.sqrt(n), "student", n - 1.0)
        for name, column in columns.items()
    }
    found = propagate(parse(Source("p = a*b + c; q = sin(a) - 2*c")), numbers, Request(["p", "q"]), correlations)
    a, b, _ = data.mean(axis=0)
    jacobian = numpy.array([[b, a, 1], [math.cos(a), 0, -2]])
    covariance = jacobian @ numpy.cov(data.T) @ jacobian.T / n
    size = numpy.abs(covariance).max()
    for i in range(2):
        for j in range(2):
            assert abs(found.covariance(i, j) - covariance[i, j]) <= 1e-9 * max(size, 1e-3)
    for each in found.budgets:
        assert math.isnan(sum(c.share for c in each.contributions)) or sum(
            c.share for c in each.contributions
        ) == pytest.approx(1)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=3, max_size=3))
def test_a_covariance_matrix_of_a_vector_propagates_as_a_product_of_matrices(factor: list[list[float]]) -> None:
    numpy = need_library("numpy")
    root = numpy.array(factor) + 2 * numpy.eye(3)
    matrix = root @ root.T
    matrix = (matrix + matrix.T) / 2
    args = ["y = w[0]*w[1]; z = sin(w[2]) + w[0]", "--of", "y,z", "--w", "[1, 2, 0.5]", "--draws", "0"]
    whole = budget(*args, "--cov", f"w={json.dumps(matrix.tolist())}")
    names = ["w[0]", "w[1]", "w[2]"]
    parts = budget(*args, "--cov", f"{','.join(names)}={json.dumps(matrix.tolist())}")
    assert whole["covariance"] == parts["covariance"]
    assert list(whole["inputs"]) == names
    jacobian = numpy.array([[2, 1, 0], [1, 0, math.cos(0.5)]])
    expected = jacobian @ matrix @ jacobian.T
    assert numpy.array(whole["covariance"]) == pytest.approx(expected, rel=1e-12, abs=1e-12 * numpy.abs(expected).max())


def test_elements_of_arrays_have_uncertainties(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('{"w": ["1.0(1)", {"value": 2, "u": 0.2}, 3]}', encoding="utf-8")
    args = ["y = sum(w*w)", "--corr", "w[0],w[1]=0.5", "--draws", "0"]
    by_option = budget(*args, "--w", "[1.0(1), 2.0 ± 0.2, max(1, 3)]")
    assert by_option == budget(*args, "--inputs", "in.json", cwd=tmp_path)
    assert by_option["outputs"]["y"]["u"] == pytest.approx(math.sqrt(0.2**2 + 0.8**2 + 0.2 * 0.8), rel=1e-14)
    assert by_option["exact"] == ["w[2]"]
    matrix = output("trace(W@W)", "--W", "[[1.0(1), 2], [0, 1]]", "--corr", "W[0,0],W[0,0]=1", "--draws", "0")
    assert matrix["u"] == pytest.approx(0.2)


@given(
    st.lists(st.floats(0.01, 5), min_size=2, max_size=4), st.lists(st.sampled_from(sorted(DISTRIBUTIONS)), min_size=4)
)
@settings(max_examples=20, deadline=None)
def test_second_order_is_exact_for_quadratic_functions(us: list[float], kinds: list[str]) -> None:
    """The mean and the variance of x² + xy + … follow from the moments of each distribution."""
    from cgraph_cli.results.uncertainty.second_order import second_order

    names = [f"x{at}" for at in range(len(us))]
    numbers = {
        name: UncertainNumber(0.5, u, kind, 9.0 if kind == "student" else math.inf)
        for name, u, kind in zip(names, us, kinds, strict=False)
    }
    terms = [f"{name}^2" for name in names] + [f"{x}*{y}" for x, y in pairwise(names)]
    graph = parse(Source("y = " + " + ".join(terms)))
    linear = propagate(graph, numbers, Request(), Correlations()).budgets[0]
    found = second_order(graph, numbers, "y", linear.u, numbers, Correlations())
    assert found is not None
    variance = linear.u**2
    for number in numbers.values():
        variance += (DISTRIBUTIONS[number.distribution].kurtosis - 1) * number.u**4
    for x, y in pairwise(numbers.values()):
        variance += x.u**2 * y.u**2
    assert found.u == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert found.shift == pytest.approx(sum(u * u for u in us), rel=1e-12)


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


# Statuses and exit


def test_zero_uncertainty_is_exact() -> None:
    found = output("x*y", *given_as(x="2 ± 0", y="3"))
    assert (found["u"], found["agrees"]) == (0, True)


@pytest.mark.parametrize(("program", "x"), [("sqrt(x)", "0 ± 0.1"), ("log(x)", "-1 ± 0.1"), ("1/x", "0 ± 0.1")])
def test_a_sensitivity_that_is_infinite_or_undefined_exits_with_3(program: str, x: str) -> None:
    assert run_here(["budget", program, "--x", x]).returncode == 3
    assert run_here(["budget", program, "--x", x, "--allow-nonfinite"]).returncode == 0
    for format in ("plain", "markdown", "csv", "tsv", "jsonl"):
        assert run_here(["budget", program, "--x", x, "-o", format]).returncode == 3


def test_the_formats_say_the_same() -> None:
    args = ["budget", "p = a*b; q = a - b", "--of", "p,q", "--a", "2 ± 0.1", "--b", "3 ± 0.2 uniform dof=7"]
    whole = json.loads(run_here([*args, "-o", "json"]).stdout)
    lines = [json.loads(line) for line in run_here([*args, "-o", "jsonl"]).stdout.splitlines()]
    assert {line.pop("output"): line for line in lines} == whole["outputs"]
    rows = [line.split(",") for line in run_here([*args, "-o", "csv"]).stdout.splitlines()]
    assert [len(row) for row in rows] == [len(rows[0])] * 7
    for row in rows[1:]:
        entry = dict(zip(rows[0], row, strict=True))
        found = whole["outputs"][entry["output"]]
        if entry["input"]:
            (match,) = (each for each in found["budget"] if each["input"] == entry["input"])
            assert float(entry["contribution"]) == match["contribution"]
        else:
            assert float(entry["u"]) == found["u"]
            assert [float(entry["low"]), float(entry["high"])] == found["interval"]
    for format in ("table", "plain", "markdown"):
        assert "correlation with q" in run_here([*args, "-o", format]).stdout


def test_the_picture_on_the_page_is_of_today() -> None:
    drawn = run_here(["budget", str(ROOT / "examples" / "end_gauge.cg"), "--coverage", "99%", "-o", "svg"]).stdout
    file = ROOT / "docs" / "budget.svg"
    if os.environ.get("CGRAPH_UPDATE_GOLDEN"):
        file.write_text(drawn, encoding="utf-8")
    assert drawn == file.read_text(encoding="utf-8")


def test_a_picture_has_a_bar_for_each_input_as_long_as_its_share() -> None:
    svg = ElementTree.fromstring(
        run_here(["budget", "a + 2*b", "--a", "1 ± 0.3", "--b", "1 ± 0.2", "-o", "svg"]).stdout
    )
    space = "{http://www.w3.org/2000/svg}"
    bars = [float(bar.attrib["width"]) for bar in svg.iter(f"{space}rect") if bar.attrib["class"] == "full"]
    assert bars[0] / bars[1] == pytest.approx(16 / 9, rel=1e-3)
    assert {text.text for text in svg.iter(f"{space}text")} >= {"64 %", "36 %", "a", "b"}
