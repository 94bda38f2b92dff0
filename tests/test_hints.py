"""Advice that works: that of every message of `tests/errors/` is followed, and the error is gone."""

from __future__ import annotations

import json
import math
import re
import statistics
from pathlib import Path
from typing import Any

import pytest

from cgraph_cli.core.primitives import function
from cgraph_cli.language.foreign_functions import CALLS
from tests.command import run_here
from tests.hints import Followed, Given, follow
from tests.test_errors import CASES, Case, _bytes

ANOTHER_ERROR = {
    "asserts/within_bad_number": "the numbers are examples",
    "arrays/for_first_of_several_elements": "another statement is wrong",
    "bounds/over_grid_too_large": "a million points take their time",
    "bounds/emit_too_many_nodes": "a command is named, and its program is left out",
    "bounds/large_arrays_one_by_one": "commands are named, and their programs are left out",
    "bounds/large_arrays_taylor_all": "a command is named, and its program is left out",
    "bounds/large_arrays_page": "commands are named, and their programs are left out",
    "bounds/large_arrays_drawn_with_numbers": "a command is named, and its program is left out",
    "bounds/large_arrays_edges": "a command is named, and its program is left out",
    "bounds/large_arrays_precision": "a command is named, and its program is left out",
    "bounds/plot_too_much_work": "a table of that many points and nodes takes its time",
    "calls/comma_in_parentheses": "`;` is for between statements",
    "checks/range_without_samples": "`--x` is set, so that there is nothing to choose",
    "checks/seed_without_samples": "`--x` is set, so that there is nothing to choose",
    "functions/in_assignment": "the program has no `f`",
    "inputs/unknown_to_both_programs": "no colour is called 3",
    "options/of_check_in_eval": "`--x` is set, and `compare` has a second program",
    "repl/no_command": "there is nothing to draw yet",
    "arrays/keyword_unknown": "`x` is a vector, and the second advice is for a matrix",
    "rows/incomplete_elements": "the columns are listed",
    "rows/over_itself_by_spark": "Spark may not be installed",
    "uncertainties/word_misspelt_in_a_program": "the word may be one of several",
    "uncertainties/word_misspelt_in_an_array_of_a_program": "the word may be one of several",
    "uncertainties/joint_readings_of_no_input": "the name stands in a file",
    "layout/old_mac_line_ends": "`b` is used in its own definition",
}
"""Cases that are wrong in another way, too, and so not followed."""

NO_VALUE = ("has no value", "have no value")


def cases() -> list[tuple[str, Given, Followed]]:
    """List every complete piece of advice of the golden messages."""
    found: dict[tuple[str, str], tuple[str, Given, Followed]] = {}
    for name in sorted({*CASES}.difference(ANOTHER_ERROR)):
        case = Case(name)
        if case.stdin in ("closed", "terminal") or case.absent or case.terminal:
            continue
        files = {file: content.decode("utf-8", "replace") for file, content in case.files.items()}
        given = Given(case.args, _bytes(case.stdin).decode("utf-8", "replace"), files)
        for followed in follow(given, case.expected):
            _, _, before = found.setdefault((name, followed.advice), (name, given, followed._replace(ways=[])))
            before.ways.extend(followed.ways)
    return list(found.values())


@pytest.mark.parametrize(
    ("name", "given", "followed"), [pytest.param(*case, id=f"{case[0]}: {case[2].advice}") for case in cases()]
)
def test_advice_works(name: str, given: Given, followed: Followed, tmp_path: Path) -> None:
    said = [run(way, Case(name), tmp_path) for way in followed.ways]
    assert any(not err for err in said), said


_VECTOR, _MATRIX = "[0.5, 0.25]", "[[2, 0.5], [0.5, 1]]"
TAKEN = {
    "y[2]": "[1, 2, 3]", "[:, ": _MATRIX, "solve": _MATRIX, "x[::": _VECTOR, "x[0]": _VECTOR,
    "axis=1": _MATRIX, "transpose": _MATRIX, "trace(": _MATRIX, "inv": _MATRIX, "logdet": _MATRIX,
    "cross_entropy": _MATRIX, "dot(": _VECTOR, "size": _VECTOR, "conv1d": _VECTOR, "@": _VECTOR, "concat": _VECTOR,
    "eye": "2", "ones(n)": "2", "range": "2", "": "0.5",
}  # fmt: skip
"""The arguments for a function, by a part of its text."""


@pytest.mark.parametrize("word", CALLS)
def test_a_foreign_function_is_written_as_its_hint_says(word: str, tmp_path: Path) -> None:
    """Each call of the table, with names for arguments, is an error whose advice is a program."""
    assert function(word) is None, "the language has it now: take it out of the table"
    parameters = [name for name in CALLS[word].parameters if name != "..."]
    program = f"out = {word}({', '.join(parameters)})"
    value = next(value for part, value in TAKEN.items() if part in CALLS[word].body)
    given = Given(["eval", program, "--get", "out", *(f"--{name}={value}" for name in parameters)], "", {})
    advised = list(follow(given, run_here(given.args).stderr))
    assert len(advised) == 1 + len(CALLS[word].others) or word == "diff"
    for followed in advised:
        results = [run_here(way.args) for way in followed.ways]
        assert any(done.returncode in (0, 3) and done.stdout for done in results), results


MEANT = {
    "if(x > 0, x, 1)": 0.5,
    "1 + if(x > 1, x, 1)": 2,
    "x if x > 1 else 3": 3,
    "x > 1 ? 2 : 3": 3,
    "x == 0.5 ? 2 : 3": 2,
    "1 + (x > 1 ? 2 : 3)": 4,
    "diff(x^2, x)": 1,
    "d/dx(x^2)": 1,
    "3*d(x^2)/dx": 3,
    "y = x^2; ∂y/∂x": 1,
    "y = x^2; dy/dx": 1,
    "y = x^2; y.grad": 1,
    "y = x^2; z = 3*y; y.grad": 3,
    "f(t) = t^3; f'(x)": 0.75,
    "Phi(x)": statistics.NormalDist().cdf(0.5),
    "phi(x)": statistics.NormalDist().pdf(0.5),
    "bce(x, 1)": math.log(2),
    "binomial(5, 2)": 10,
    "square(x + 1)": 2.25,
    "2*square(x + 1)^1": 4.5,
    "divide(1, x + 1)": 1 / 1.5,
    "average(x, 1)": 0.75,
    "30deg": math.pi / 6,
    "sin(30°)": 0.5,
    "1d4 + x": 10_000.5,
    "1.5d-2 + x": 0.515,
    "1.5f": 1.5,
    "log(x, 10)": math.log10(0.5),
    "log(x + 1, 2)": math.log2(1.5),
    "log(x, 3)": math.log(0.5, 3),
    "ln2*x": math.log(2) / 2,
    "e^(-x)": math.exp(-0.5),
    "2*add(x, 1)": 3,
    "sum(i, 1, 3, i^2)": 14,
    "prod(k, 1, 4, k)": 24,
    "sin^2(x)": math.sin(0.5) ** 2,
    "sin²(x)": math.sin(0.5) ** 2,
    "√x": math.sqrt(0.5),
    "mse([x, 1], [0, 0])": 0.625,
    "2*np.matmul([x, 1], [x, 2])": 4.5,
    "np.square(x)": 0.25,
    "f(t) := t^2; f(x)": 0.25,
    "√(x + 1)": math.sqrt(1.5),
    "|x - 1|": 0.5,
    "5!": 120,
    "np.exp(x)": math.exp(0.5),
    "x.exp()": math.exp(0.5),
    "math.pi": math.pi,
    "$x^2$": 0.25,
    "\\frac{1}{x}": 2,
    "2x": 1,
    "x(x + 1)": 0.75,
    "x > 0 && x < 1": 1,
    "'x + 1'": 1.5,
    "x₁ = x; x₁": 0.5,
    "10 000": 10_000,
    "2 x^2": 0.5,
    "x => 1": 0,
    "x = 0,5": 0.5,
    "s = 0; for t in 1:3 s += x*t^2 end": 7,
    "s = 1; for t = 3:-1:1, s = t - s*x, end": 1 - (2 - (3 - 0.5) / 2) / 2,
    "h[0] = 1; for t=0:2, a = 2*h[t]; h[t+1] = a + x*t; end; h[3]": 10,
    "atan(1, x)": math.atan2(1, 0.5),
    "3*round(x + 0.126, 2)": 1.89,
    "sind(30)": 0.5,
    "PI()*x": math.pi / 2,
    "norm(normalize([x, 3]))": 1,
    "[x, 3].pow(2).sum()": 9.25,
    "u = [x, 1]; 2*u.exp().sum()": 2 * (math.exp(0.5) + math.e),
    "1.5E−2*x": 0.0075,
    "1e^3*x": 500,
    "x AND 2": 1,
    "1,234.5*x": 617.25,
    "1.234,5*x": 617.25,
    "0x1F + x": 31.5,
    "gauss(x, 0.5, 2)": 1 / math.sqrt(8 * math.pi),
    "sigma(x)": 1 / (1 + math.exp(-0.5)),
    "3*σ(x)^2": 3 / (1 + math.exp(-0.5)) ** 2,
    "float(x)": 0.5,
    "tan^-1(x)": math.atan(0.5),
    "2*sin⁻¹(x)": 2 * math.asin(0.5),
    "5 choose 2": 10,
    "x*5%": 0.025,
    "2*math.e^x": 2 * math.exp(0.5),
    "Math.sqrt(x) + Math.PI": math.sqrt(0.5) + math.pi,
    "2*Sin[x]": 2 * math.sin(0.5),
    "D[x^2, x]": 1,
    "log(x, base=2)": -1,
    "f(t) = t^2; 3*grad(f, x)": 3,
    "f(t) = t^2; jax.grad(f)(x)": 1,
    "y <- x^2": 0.25,
    "if (x > 1) { y = x } else { y = 2*x }": 1,
    "y = x =< 1": 1,
    "my-var = x^2": 0.25,
    "z: float = x": 0.5,
    "d/dx x^2": 1,
    "y = x^2; d(y)/d(x)": 1,
    "2\\pi*x": math.pi,
    "x ~= 2": 1,
    "x + 1 ≈ 3*x": 1,
    "A = [[x, 2], [3, 4]]; b = [1, 2]; sum(transpose(A) b)": 16.5,
    "A = [[2, 0], [0, 4]]; b = [1, x]; sum(A\\b)": 0.625,
    "np.dot([x, 1], [x, 2])": 2.25,
    "u = [x, 1]; Σ u_i": 1.5,
    "x_{1} = x; x_{1}": 0.5,
    "2*5% + x": 0.6,
    "4²³*x": 2**45,
    "2*||[x, 0]||": 1,
    "A = [[x, 0], [0, 1]]; sum(A.inv)": 3,
    "v = [1:3]; x*sum(v)": 3,
    "x*sum(i^2 for i in 1:3)": 7,
    "2*Sum[i^2*x, {i, 1, 3}]": 14,
    "all([x, 2] > 0)": 1,
    "2*any([x, 2] > 1)": 2,
    "y = if x > 1 then 1 else 2": 2,
    "case when x > 0 then 1 else 2 end": 1,
    "D[Sin[x], x]": math.cos(0.5),
    "2*\\sin{x}": 2 * math.sin(0.5),
    "e^{-x}": math.exp(-0.5),
    "3*x^{2}": 0.75,
    "a_{max} = 3; a_{max}": 3,
    "\\sum_{i=1}^{3} i*x": 3,
    "2*\\left( x + 1 \\right)": 3,
    "\\left| x - 1 \\right|": 0.5,
    "\\operatorname{relu}(x)": 0.5,
    "x \\leq 2": 1,
    "\\sqrt[3]{x}": 0.5 ** (1 / 3),
    "\\dfrac{1}{x}": 2,
    "5C2": 10,
    "a = [x, 2, 3]; a(2)": 3,
    "grad(x^3)": 0.75,
    "2*derivative(x^2 + sin(x))": 2 * (1 + math.cos(0.5)),
    "2*grad x^2": 2,
    "2*{x}": 1,
    "sum({x, 1})": 1.5,
    "2*log2x + x": -1.5,
    "x^2% - 1": -0.9975,
    "3 % - (x + 1)": -1.47,
    "3/x%": 600,
    "1/20% of x": 10,
    "sin 2*x + 1": math.sin(1) + 1,
    "2*sin x^2": 2 * math.sin(0.25),
    "max x, 1/3": 0.5,
    "2 sin cos x": 2 * math.sin(math.cos(0.5)),
    "f(t) = t^2; 3*f x": 0.75,
    "sin 30 deg": 0.5,
    "sin^2 x": math.sin(0.5) ** 2,
    "y = x >< 1": 1,
    "x =/= 1": 1,
    "y = x =/= 1": 1,
    "x ! = 1": 1,
    "x > = 0.5": 1,
    "x ~ 0.5": 1,
    "!!x": 1,
    "3 x 10^5*x": 150_000,
    "10⁵*x": 50_000,
    "25 °C + x": 25.5,
    "$5*x": 2.5,
}
"""Programs with an ordinary mistake, and the intended number, at x = 0.5."""


@pytest.mark.parametrize("program", MEANT)
def test_a_hint_leads_to_what_was_meant(program: str) -> None:
    """The advice is taken until nothing is wrong any more, at most three times."""
    settings = ["--x", "0.5"] if re.search(r"(?<![a-z])x|x₁", program) else []
    given = [Given(["eval", program, "--get", "value", *settings], "", {})]
    for _ in range(4):
        results = [(way, run_here(way.args)) for way in given]
        if right := [done.stdout for _, done in results if done.returncode == 0]:
            assert any(math.isclose(last(json.loads(text)), MEANT[program]) for text in right), (given, right)
            return
        given = [way for had, done in results for followed in follow(had, done.stderr) for way in followed.ways]
    raise AssertionError(results)


def last(found: Any) -> float:
    """Give a number, or the last one of a recurrence."""
    return float(found[-1] if isinstance(found, list) else found)


def run(given: Given, case: Case, folder: Path) -> str:
    """Run a command; return its error, unless it is only a missing input."""
    case.prepare(folder)
    for file, text in given.files.items():
        (folder / file).write_text(text, encoding="utf-8")
    done = run_here(given.args, given.stdin, cwd=folder)
    if done.returncode != 2 or any(what in done.stderr.split("\n")[0] for what in NO_VALUE):
        return ""
    return done.stderr
