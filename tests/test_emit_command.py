"""The command `cgraph emit`: its programs, its options and its text."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from cgraph_cli import parse
from cgraph_cli.__main__ import run
from cgraph_cli.emit import emit
from tests.command import run_here
from tests.runners import load_python

# The command


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emit", "python", "y = a*b + log(a)", "--b", "2*3", "--name", "model"]) == 0
    model = load_python(capsys.readouterr().out, "model")
    assert model(2.0) == (12 + math.log(2), (6.5, 2.0))
    assert run(["emit", "python", "y = a*b", "--no-gradient"]) == 0
    assert load_python(capsys.readouterr().out, "f")(2.0, 3.0) == 6


def test_command_reads_programs_as_others_do(cgraph, tmp_path: Path) -> None:
    (tmp_path / "model.cg").write_text("y = a*b")
    texts = {
        cgraph("emit", "c", "y = a*b").stdout,
        cgraph("emit", "c", "-f", "model.cg", cwd=tmp_path).stdout,
        cgraph("emit", "c", "model.cg", cwd=tmp_path).stdout,
        cgraph("emit", "c", stdin="y = a*b").stdout,
        cgraph("emit", "c", "-", stdin="y = a*b", env={"PYTHONHASHSEED": "7"}).stdout,
    }
    assert len(texts) == 1
    assert "double f(double a, double b, double gradient[2])" in texts.pop()


def test_a_helper_says_what_it_computes() -> None:
    """The comment is a sentence, unless a formula comes first."""
    code = emit(parse("xlogy(x, y) + erf(x) + leaky_relu(x)"), "javascript")
    for comment in ("x*log(y), and 0 where x is 0.", "Error function.", "x above 0, a*x below."):
        assert f"/** {comment} */" in code


def test_command_in_an_ascii_locale(cgraph) -> None:
    """Words outside of the program are spelled out; names are not, as they would be no code."""
    assert cgraph("emit", "python", "y = a*b", env={"LC_ALL": "C"}).stdout.isascii()
    function = load_python(cgraph("emit", "python", "y = θ^2", env={"LC_ALL": "C"}).stdout, "f")
    assert function(θ=3.0) == (9.0, (6.0,))


def test_command_says_what_a_program_needs(cgraph) -> None:
    shown = cgraph("emit", "python", "y = alpha*b", "--help").stdout
    assert "--alpha NUMBER" in shown
    assert "--python" not in shown


def test_code_that_needs_scipy_says_so() -> None:
    assert "SciPy" in run_here(["emit", "numpy", "y = erf(x)"]).stderr
    assert not run_here(["emit", "numpy", "y = x^2"]).stderr
