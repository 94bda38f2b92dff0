"""The formats of `cgraph check`: JSON, JUnit, GitHub and TAP."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import Run
from tests.test_check import write_programs


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Make a folder with a program that fails and one that passes."""
    return write_programs(tmp_path)


def test_json(cgraph: Run, files: Path) -> None:
    done = cgraph("check", "bad.cg", "good.cg", "-o", "json", "--expect", "e=inf", cwd=files)
    assert done.returncode == 1

    def refuse(word: str) -> None:
        raise AssertionError(word)

    answer = json.loads(done.stdout, parse_constant=refuse)
    assert [answer[key] for key in ("passed", "failed", "errors")] == [0, 2, 0]
    bad, good = answer["programs"]
    assert (bad["name"], bad["passed"], bad["digits"], bad["worst"]) == ("bad.cg", False, 15, {"a": 0, "b": 2})
    kink = next(case for case in bad["checks"] if case["name"] == "assert grad(e, a) == 1")
    assert kink["failures"] == [
        {
            "message": "`grad(e, a) == 1` does not hold",
            "file": "bad.cg",
            "line": 6,
            "column": 1,
            "expected": 1.0,
            "got": 0.0,
            "difference": 1.0,
            "tolerance": 1e-09,
            "relation": "==",
            "notes": ["`grad(e, a)` is at a kink, between -1 and 1"],
        }
    ]
    assert good["checks"][-1]["failures"][0]["expected"] == "inf"
    quiet = cgraph("check", "bad.cg", "good.cg", "-o", "json", "-q", cwd=files)
    assert [program["name"] for program in json.loads(quiet.stdout)["programs"]] == ["bad.cg"]
    assert done.stdout.isascii() or json.loads(done.stdout)


def test_junit(cgraph: Run, files: Path) -> None:
    (files / "wrong.cg").write_text('e = "<&>\x00]]>')
    done = cgraph("check", "bad.cg", "good.cg", "wrong.cg", "-o", "junit", cwd=files)
    assert done.returncode == 2
    suites = ElementTree.fromstring(done.stdout)
    times = [float(element.attrib.pop("time")) for element in suites.iter() if "time" in element.attrib]
    assert times[0] == pytest.approx(sum(times) / 3, abs=0.02)  # the whole, the programs, their cases
    assert times[0] > 0
    assert (suites.tag, suites.attrib) == (
        "testsuites",
        {"name": "cgraph", "tests": "13", "failures": "6", "errors": "1"},
    )
    bad, good, wrong = suites
    assert [suite.get("name") for suite in suites] == ["bad.cg", "good.cg", "wrong.cg"]
    assert bad.get("failures") == "6"
    assert len(bad.findall("testcase/failure")) == 6
    case = bad.findall("testcase")[4]
    assert case.attrib == {
        "name": "assert grad(e, a) == 1", "classname": "bad.cg", "file": "bad.cg", "line": "6",
    }  # fmt: skip
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib == {"message": "`grad(e, a) == 1` does not hold", "type": "assert"}
    assert "    | ^^^^^^^^^^^^^^^^^^^^^^\nexpected    1\n" in (failure.text or "")
    assert good.get("failures") == "0"
    assert [len(case) for case in good.findall("testcase")] == [0, 0, 0]
    assert wrong.find("testcase/error") is not None
    ascii_only = cgraph("check", "x = 1; y = x", "--expect", "x.grad=2", "-o", "junit", env={"LC_ALL": "C"})
    assert ascii_only.stdout.isascii()
    assert "∂y/∂x is not 2" in (ElementTree.fromstring(ascii_only.stdout).find(".//failure").get("message") or "")


def test_github(cgraph: Run, files: Path) -> None:
    (files / "a,b%.cg").write_text("x = 1; y = x % 7; assert y == 2 and x == 1")
    done = cgraph("check", "bad.cg", "good.cg", "a,b%.cg", "-o", "github", cwd=files)
    lines = done.stdout.splitlines()
    assert lines[-1] == "cgraph: 3 programs checked, 2 failed"
    assert lines[0] == (
        "::error file=bad.cg,line=5,col=1,endColumn=35,title=bad.cg%3A assert grad(e%2C b) == 5 within 1e-9::"
        "`grad(e, b) == 5` does not hold%0Aexpected    5%0Agot         4%0Adifference  1%0Atolerance   1e-09"
    )
    assert len(lines) == 9
    assert lines[-2].startswith("::error file=a%2Cb%25.cg,line=1,col=26,")
    assert all(re.fullmatch(r"::error [^:]*::.*", line) for line in lines[:-1])
    wrong = cgraph("check", "e = 2x", "-o", "github")
    assert wrong.returncode == 2
    assert wrong.stdout.startswith("::error line=1,col=5,endColumn=7,title=there is no operator between `2` and `x`::")


def test_every_format_has_all_errors_of_a_program(cgraph: Run, files: Path) -> None:
    """Every format lists the errors of stderr, each with its place."""
    (files / "wrong.cg").write_text("a = 3 +* 2\nb = sqr(3)\nc = 2x\nd = 1\n")
    wanted = {
        1: "a value is missing between `+` and `*`",
        2: "there is no function `sqr`",
        3: "there is no operator between `2` and `x`",
    }

    def checked(format: str) -> str:
        done = cgraph("check", "wrong.cg", "good.cg", "-o", format, cwd=files)
        assert done.returncode == 2
        assert re.findall(r"error: (.*)\n  --> wrong.cg:(\d)", done.stderr) == [(m, str(n)) for n, m in wanted.items()]
        return done.stdout

    answer = json.loads(checked("json"))
    assert answer["errors"] == 1
    assert {each["line"]: each["message"] for each in answer["programs"][0]["errors"]} == wanted
    annotations = re.findall(r"::error file=wrong.cg,line=(\d),.*?::(.*?)%0A", checked("github"))
    assert {int(line): message for line, message in annotations} == wanted
    (error,) = ElementTree.fromstring(checked("junit")).iter("error")
    assert error.get("message") == "; ".join(wanted.values())
    assert all(f"{message}\n  --> wrong.cg:{line}:" in (error.text or "") for line, message in wanted.items())
    found = re.findall(r'- message: "(.*)"\n +at: {file: "wrong.cg", line: (\d)', checked("tap"))
    assert {int(line): message for message, line in found} == wanted
    assert f"{wanted[1]}, and 2 more errors\n" in checked("text")


def test_tap(cgraph: Run, files: Path) -> None:
    (files / "a#b.cg").write_text("x = 1; y = x % 7; assert y == 2 and x == 1")
    done = cgraph("check", "good.cg", "bad.cg", "a#b.cg", "-o", "tap", cwd=files)
    lines = done.stdout.splitlines()
    assert lines[:4] == ["TAP version 14", "1..3", "ok 1 - good.cg", "not ok 2 - bad.cg"]
    assert lines[4] == "  ---"
    assert "not ok 3 - a\\#b.cg" in lines
    assert [line for line in lines if line in ("  ---", "  ...")] == ["  ---", "  ..."] * 2
    at = lines.index('    - check: "assert grad(e, a) == 1"')
    assert lines[at : at + 9] == [
        '    - check: "assert grad(e, a) == 1"',
        '      message: "`grad(e, a) == 1` does not hold"',
        '      at: {file: "bad.cg", line: 6, column: 1}',
        '      relation: "=="',
        "      expected: 1",
        "      got: 0",
        "      difference: 1",
        "      tolerance: 1e-09",
        "      notes:",
    ]
    assert all(re.match(r"(not )?ok \d+ - |TAP|1\.\.|  ", line) for line in lines)
