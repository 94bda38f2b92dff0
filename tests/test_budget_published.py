"""`cgraph budget` against published examples: the GUM and its supplements, NIST TN 1297, EURACHEM."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from cgraph_cli.results.uncertainty.student import coverage_factor
from tests.budgets import budget, given_as, output, published
from tests.conftest import heavy

# JCGM 100:2008 (the GUM)

END_GAUGE = "l = ls + d - ls*(da*theta + as*dt)"
END_GAUGE_INPUTS = given_as(
    ls="50000623 ± 25 dof=18",
    d="215 ± 9.7 dof=25.6",
    da="0 ± 0.58e-6 normal dof=50",
    **{"theta": "-0.1 ± 0.41", "as": "11.5e-6 ± 1.2e-6", "dt": "0 ± 0.029 normal dof=2"},
)


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


H5 = [172, 116, 13, 144, 106, 31, 60, 125, 163, 41]
"""The daily means of a standard's voltage, in µV above 10 V."""
H5_DEVIATIONS = [60, 77, 111, 101, 67, 93, 80, 73, 88, 86]
"""The standard deviations of each day's five readings."""


def test_gum_h5_components_of_variance_of_a_voltage(tmp_path: Path) -> None:
    lines = "".join(f"{10 + at * 1e-6:.6f}\n" for at in H5)
    (tmp_path / "days.csv").write_text(f"V\n{lines}")
    found = budget("mean = V", "--V", "@days.csv", "--draws", "0", cwd=tmp_path)["outputs"]["mean"]
    published(found["value"], "10.000097")
    published(found["u"] * math.sqrt(10), "57e-6")  # of a day's mean
    published(found["u"], "18e-6")
    assert found["dof"] == pytest.approx(9)
    names = [f"V{at}" for at in range(10)]
    inputs = given_as(**{n: f"{v} ± {s}/sqrt(5) dof=4" for n, v, s in zip(names, H5, H5_DEVIATIONS, strict=True)})
    within = output(f"mean = ({' + '.join(names)})/10", *inputs, "--draws", "0")
    published(within["value"], "97")
    published(within["u"] * math.sqrt(50), "85")  # the pooled standard deviation within the days
    assert within["dof"] < 40  # those of a pooled one: Welch and Satterthwaite take the days for different
    pooled = output("mean = V", "--V", "97.1 ± sqrt((9*128^2 + 40*85^2)/49/50) dof=49", "--draws", "0")
    published(pooled["u"], "13")


def test_gum_h6_hardness_on_a_reference_scale() -> None:
    """In units of the scale, 0.002 mm; what the calibration of the machine brings is too little to be in the result."""
    inputs = given_as(
        d="36.0 ± 0.45/sqrt(5)", display="0 ± 0.05 uniform", block="0 ± 0.015*36/2 triangular", scale="0 ± 0.5"
    )
    found = output("h = 100 - (d + display) - block - scale", *inputs)
    published(found["value"], "64.0")
    published(found["u"], "0.55")
    published(found["u"] * 0.002, "0.0011")
    amounts = {each["input"]: abs(each["contribution"]) for each in found["budget"]}
    for name, text in {"d": "0.20", "block": "0.11", "scale": "0.5"}.items():
        published(amounts[name], text)


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


POLAR = ["R = hypot(x, y); theta = atan2(y, x)", "--of", "R,theta"]


@pytest.mark.parametrize("r", [0.0, 0.9])
def test_supplement_2_polar_coordinates(r: float) -> None:
    inputs = given_as(x="0.1 ± 0.01", y="0 ± 0.01")
    found = budget(*POLAR, *inputs, "--corr", f"x,y={r}", "--draws", "0")
    assert [found["outputs"][name]["u"] for name in ("R", "theta")] == pytest.approx([0.01, 0.1])
    assert found["covariance"][0][1] == pytest.approx(r * 0.01 * 0.1)


@heavy
def test_supplement_2_polar_coordinates_near_the_origin() -> None:
    near = budget(*POLAR, *given_as(x="0.001 ± 0.01", y="0 ± 0.01"))["outputs"]
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
    parts = given_as(flask="100.0 ± 0.1 triangular", rep="0 ± 0.02", temp="0 ± 100*2.1e-4*4 uniform")
    volume = output("V = flask + rep + temp", *parts)
    published(volume["u"], "0.07")
    found = output("c = 1000*m*P/V", *given_as(m="100.28 ± 0.05", P="0.9999 ± 0.0001 uniform", V="100.0 ± 0.07"))
    published(found["value"], "1002.7")
    published(found["u"], "0.9")
    published(found["u"] / found["value"], "0.0009")


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
