"""`cgraph budget` at the command line: statuses, formats and the picture."""

from __future__ import annotations

import json
import os
from xml.etree import ElementTree

import pytest

from tests.budgets import given_as, output
from tests.command import run_here
from tests.conftest import ROOT, heavy


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


def test_zero_uncertainty_is_exact() -> None:
    found = output("x*y", *given_as(x="2 ± 0", y="3"))
    assert (found["u"], found["agrees"]) == (0, True)


def test_of_many_exact_inputs_the_first_are_named() -> None:
    numbers = ", ".join(map(str, range(1, 51)))
    done = run_here(["budget", "y = sum(x)", "--x", f"[1.0(1), {numbers}]", "--draws", "0"])
    assert "exact: x[1], x[2], " in done.stdout
    assert ", x[12] and 38 more\n" in done.stdout


@pytest.mark.parametrize(("program", "x"), [("sqrt(x)", "0 ± 0.1"), ("log(x)", "-1 ± 0.1"), ("1/x", "0 ± 0.1")])
def test_a_sensitivity_that_is_infinite_or_undefined_exits_with_3(program: str, x: str) -> None:
    assert run_here(["budget", program, "--x", x]).returncode == 3
    assert run_here(["budget", program, "--x", x, "--allow-nonfinite"]).returncode == 0
    for format in ("plain", "markdown", "csv", "tsv", "jsonl"):
        assert run_here(["budget", program, "--x", x, "-o", format]).returncode == 3


@heavy
def test_the_formats_say_the_same() -> None:
    args = ["budget", "p = a*b; q = a - b", "--of", "p,q", "--a", "2 ± 0.1", "--b", "3 ± 0.2 uniform dof=7"]
    args += ["--draws", "80000"]
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


def test_a_result_that_differs_in_its_last_digit_is_no_alarm() -> None:
    """The mean is shifted by a sixtieth of u; a curve that shifts it by a third is an alarm."""
    near = run_here(["budget", "R = U/I", "--U", "5.02 ± 0.01", "--I", "0.0251 ± 0.0004"]).stdout
    assert "differs in the digits that are shown: R = 200.0(32)" in near
    far = run_here(["budget", "R = U/I", "--U", "5.02 ± 0.01", "--I", "0.0251 ± 0.008"]).stdout
    assert "not good enough for R" in far
