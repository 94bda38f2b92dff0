"""Honest gradients: the acceptance table, each row in both modes, and its surroundings."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any, NamedTuple

import mpmath
import pytest

from cgraph_cli.language.parse import parse
from cgraph_cli.results.matrices import hessian
from cgraph_cli.results.report import Report, report
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.program import parse as parse_program
from cgraph_cli.trust import classify
from cgraph_cli.trust.neighbourhood import Neighbourhood
from cgraph_cli.trust.verdicts import OK, UNDEFINED, Checked, Status, Verdict
from tests.command import run_here
from tests.conftest import Run, heavy

INF, NAN = math.inf, math.nan


class Case(NamedTuple):
    """A program at a point, the output's value, and the derivatives with their statuses."""

    text: str
    point: dict[str, float]
    value: float
    gradient: dict[str, tuple[float, str]]
    interval: tuple[float, float] | None = None
    value_status: str = "ok"


def x(text: str, at: float, value: float, slope: float, status: str, *rest: object) -> Case:
    """Make a case with the one input `x`."""
    return Case(text, {"x": at}, value, {"x": (slope, status)}, *rest)  # type: ignore[arg-type]


def xy(text: str, at: tuple[float, float], value: float, *slopes: tuple[float, str], **rest: object) -> Case:
    """Make a case with the inputs `x` and `y`."""
    return Case(text, dict(zip("xy", at, strict=True)), value, dict(zip("xy", slopes, strict=True)), **rest)  # type: ignore[arg-type]


DENORMAL = float("5.07595889754945676e-435")

CASES = [
    x("sqrt(x)", 0, 0, INF, "pole"),
    x("x^0.5", 0, 0, INF, "pole"),
    x("sqrt(x)^2", 0, 0, 1, "limit"),
    x("sqrt(x^2)", 0, 0, 0, "kink", (-1, 1)),
    x("abs(x)", 0, 0, 0, "kink", (-1, 1)),
    x("relu(x)", 0, 0, 0, "kink", (0, 1)),
    x("relu(x) - relu(-x)", 0, 0, 1, "recovered"),
    x("exp(x - inf)", 1, 0, 0, "ok"),
    x("exp(where(x > 2, x, -inf)) + relu(x)", 0, 0, 0, "kink", (0, 1)),
    x("x/(x + inf)", 2, 0, 0, "ok"),
    x("logsumexp(x, x - inf, 2*x)", 0, math.log(2), 1.5, "ok"),
    x("max(x, 0)", 0, 0, 0.5, "kink", (0, 1)),
    xy("max(x, y)", (1, 1), 1, (0.5, "kink"), (0.5, "kink"), interval=(0, 1)),
    x("clip(x, 0, 1)", 0, 0, 0.5, "kink", (0, 1)),
    x("sign(x)", 0, 0, 0, "jump"),
    x("floor(x)", 2, 2, 0, "jump"),
    x("x^0", 0, 1, 0, "ok"),
    xy("x^y", (0, 2), 0, (0, "ok"), (0, "ok")),
    xy("x^y", (0, 1.5), 0, (0, "limit"), (0, "ok")),
    x("x^1.5", 0, 0, 0, "limit"),
    x("x^(2 + x)", 0, 0, 0, "limit"),
    x("(x^2)^1.5", 0, 0, 0, "ok"),
    x("(-(x^2))^1.5", 0, 0, NAN, "undefined"),
    x("(-(x^2))^(3 + x)", 0, 0, NAN, "undefined"),
    x("(0*x)^(3 + x)", 0, 0, 0, "ok"),
    xy("x^y", (0, 1), 0, (1, "ok"), (0, "ok")),
    xy("x^y", (0, 0.5), 0, (INF, "pole"), (0, "ok")),
    x("0^x", 2, 0, 0, "ok"),
    xy("x^y", (-2, 3), -8, (12, "ok"), (NAN, "undefined")),
    x("x^3", -2, -8, 12, "ok"),
    x("cbrt(x)", -8, -2, 1 / 12, "ok"),
    x("cbrt(x)", 0, 0, INF, "pole"),
    x("log(x)", 0, -INF, INF, "pole", None, "pole"),
    x("log(x)", -1, NAN, NAN, "undefined", None, "undefined"),
    x("x*log(x)", 0, 0, -INF, "pole", None, "limit"),
    xy("xlogy(x, y)", (0, 2), 0, (math.log(2), "ok"), (0, "ok")),
    x("x/x", 0, 1, 0, "limit", None, "limit"),
    x("sin(x)/x", 0, 1, 0, "limit", None, "limit"),
    x("1/x", 0, INF, -INF, "pole", None, "pole"),
    x("1/(1/x)", 0, 0, 1, "limit", None, "limit"),
    xy("x/y", (1, 0), INF, (INF, "pole"), (-INF, "pole"), value_status="pole"),  # and not a slope of 0 in x
    xy("1/(x + y + 1)", (1e-160, -1), 1e160, (-INF, "overflow"), (-INF, "overflow"), value_status="recovered"),
    xy("(x + y)/(x*y)", (-2.5, 5e-324), INF, (-0.16, "recovered"), (-INF, "overflow"), value_status="overflow"),
    xy("y*x/(0.1 + x)", (1e160, 1e300), 1e300, (1e-21, "recovered"), (1, "ok"), value_status="recovered"),
    xy("asin(x + y)", (-1e-300, 1), math.pi / 2, (5e149 * 2**0.5, "recovered"), (5e149 * 2**0.5, "recovered")),
    xy("atan2(y, x)", (0, 0), NAN, (NAN, "undefined"), (NAN, "undefined"), value_status="undefined"),
    xy("hypot(x, y)", (0, 0), 0, (0, "kink"), (0, "kink"), interval=(-1, 1)),
    x("where(x > 0, sqrt(x), 0)", -1, 0, 0, "ok"),
    x("where(x > 0, log(x), 0)", -1, 0, 0, "ok"),
    x("where(x == 0, 1, sin(x)/x)", 0, 1, 0, "ok"),
    x("asin(x)", 1, math.pi / 2, INF, "pole"),
    x("acos(cos(x))", 0, 0, 0, "kink", (-1, 1)),
    x("where(x > 0, x, -x)", 0, 0, -1, "kink", (-1, 1)),
    x("where(x > 0, x^2, 0)", 0, 0, 0, "ok"),
    x("sqrt(1 - x^2)", 1, 0, -INF, "pole"),
    x("log(1 + exp(x))", 1000, 1000, 1, "recovered", None, "recovered"),
    x("1/(1 + exp(-x))", -1000, DENORMAL, DENORMAL, "overflow", None, "overflow"),
    x("-log(sigmoid(x))", -1000, 1000, -1, "recovered", None, "recovered"),
    x("exp(x)/exp(x)", 1000, 1, 0, "recovered", None, "recovered"),
    x("exp(-1/x^2)", 0, 0, 0, "limit", None, "limit"),
    x("exp(log(x))", 0, 0, 1, "limit", None, "limit"),
    xy("mod(x, y)", (6, 2), 0, (1, "jump"), (NAN, "jump")),
    x("tanh(x)", 35, 1, 1.5901798943634587e-30, "ok"),
    x("sigmoid(x)", 35, 0.9999999999999994, 6.305116760146981e-16, "ok"),
    x("expm1(x)", -40, -1, 4.248354255291589e-18, "ok"),
    x("gamma(x)", 0.5, 1.772453850905516, -3.4802309069132620, "ok"),
    x("gamma(x)", 10, 362880, 817115.9795205316, "ok"),
    x("gamma(x)", -1.5, 2.3632718012073547, 1.6617502606685963, "ok"),
    x("gamma(x)", 0, INF, -INF, "pole", None, "pole"),
    x("gamma(x)", -1, NAN, INF, "pole", None, "pole"),
    x("lgamma(x)", 0.5, 0.5723649429247001, -1.9635100260214235, "ok"),
    x("lgamma(x)", 10, 12.801827480081469, 2.2517525890667211, "ok"),
    x("lgamma(x)", -1.5, 0.8600470153764810, 0.7031566406452432, "ok"),
    x("lgamma(x)", 0, INF, -INF, "pole", None, "pole"),
    x("digamma(x)", 0.5, -1.9635100260214235, math.pi**2 / 2, "ok"),
    x("digamma(x)", 10, 2.2517525890667211, 0.1051663356816857, "ok"),
    x("digamma(x)", -1.5, 0.7031566406452432, 9.3792466449891237, "ok"),
    x("digamma(x)", 0, -INF, INF, "pole", None, "pole"),
    # beyond the table
    x("sqrt(x*x)", 1e-200, 1e-200, 1, "recovered", None, "recovered"),
    x("atan(1/x)", 0, math.pi / 2, -1, "jump", None, "jump"),
    x("x^2*sin(1/x)", 0, 0, 0, "limit", None, "limit"),
    x("(1 - cos(x))/x^2", 0, 0.5, 0, "limit", None, "limit"),
    x("(x - sin(x))/x^3", 0, 1 / 6, 0, "limit", None, "limit"),
    x("exp(x)*exp(-x)", 800, 1, 0, "recovered", None, "recovered"),
    x("abs((1/3)*3 - 1 + x)", 0, 0, 0, "kink", (-1, 1)),
    x("where(x, 1, 2)", 0, 2, 0, "jump"),
    x("x^x", 0, 1, -INF, "pole"),
    x("tanh(1/x)", 0, 1, 0, "jump", None, "jump"),
    xy("sin(x)/x + y", (0, 1), 2, (0, "limit"), (1, "limit"), value_status="limit"),
    xy("log(sigmoid(x)) + relu(y)", (-800, 0), -800, (1, "recovered"), (0, "kink"), value_status="recovered"),
    xy("x*y + abs(y)", (3, 2), 8, (2, "ok"), (4, "ok")),
    x("((x*1e200)*1e-200)*1e-200", 1e100, 1e-100, 1e-200, "any"),
    x("((x*1e-200)*1e200)*1e200", 1e-100, 1e100, 1e200, "any"),
    x("sin(exp(x))", 1000, -0.9068741707219151, -INF, "overflow", None, "recovered"),
    x("x*x/x", 3e-162, 3e-162, 1, "recovered", None, "recovered"),
    x("sqrt(x*x)", 1e-160, 1e-160, 1, "recovered", None, "recovered"),
    x("(x^0.1)^10", 0, 0, NAN, "unknown"),
    x("abs(round(1/x) - 1/x)", 0, NAN, NAN, "unknown", None, "unknown"),
    x("clip(x, x, x)", 0, 0, 1, "ok"),
    x("where(x and 2*x, x, 5)", 0, 5, 1, "jump"),
    x("exp(x)/exp(x - 1)", 1000, math.e, 0, "recovered", None, "recovered"),
    x("where(x, x/x - x, 95)", 0, 95, -1, "jump"),
    x("sqrt(x)^2.1", 0, 0, 0, "limit"),
    x("x^0.999", 0, 0, INF, "pole"),
    x("x - x", INF, NAN, NAN, "undefined", None, "undefined"),
    xy("x*y/(x^2 + y^2)", (0, 0), NAN, (NAN, "undefined"), (NAN, "undefined"), value_status="undefined"),
    xy("sqrt(x*y)", (0, 1), 0, (INF, "pole"), (0, "recovered")),
    xy("(x + y)^(x*y)", (0, 0), 1, (0, "recovered"), (0, "recovered")),
    xy("where(y, y, x)", (0, 0), 0, (1, "ok"), (1, "recovered")),
    xy(
        "hypot(x*1e300, y*1e300)/1e300",
        (1e10, 1e10),
        14142135623.730951,
        (0.5**0.5, "recovered"),
        (0.5**0.5, "recovered"),
        value_status="recovered",
    ),
]


def equals(found: float, wanted: float) -> bool:
    if math.isnan(wanted):
        return math.isnan(found)
    return found == pytest.approx(wanted, rel=4e-15, abs=0)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("case", CASES, ids=[f"{c.text}@{','.join(f'{v:g}' for v in c.point.values())}" for c in CASES])
def test_acceptance(case: Case, mode: str) -> None:
    graph = parse(case.text)
    answer = report(graph, case.point, Request(mode=mode))
    output = graph.output
    assert equals(answer.values[output], case.value)
    assert answer.verdict(output).status == case.value_status
    for name, (slope, status) in case.gradient.items():
        node = graph.find(name)
        verdict = verdict_of(answer, output, node)
        assert status in (verdict.status, "any")  # `any`: one order of the products loses digits, and one does not
        assert equals(answer.gradient(output, node) or 0.0, slope)
        if status == "kink":
            assert verdict.interval == (case.interval or (0, 1))


def verdict_of(answer: Report, output: int, node: int) -> Verdict:
    if answer.gradients:
        return answer.gradients[0].verdict(node)
    return answer.tangents[answer.wrt.index(node)].verdict(output)


def test_the_raw_result_is_there_too(cgraph: Run) -> None:
    args = ("eval", "log(1 + exp(x))", "--x", "1000", "--get", "%3", "--get", "x.grad")
    assert cgraph(*args).stdout == "1000\n1\n"
    raw = cgraph(*args, "--arithmetic", "double")
    assert (raw.stdout, raw.returncode) == ("inf\nnan\n", 3)


def test_precision(cgraph: Run) -> None:
    """Against constants to 50 digits, from OEIS A002193, A000796 and their functions."""
    get = ("--precision", "50", "--get")
    assert cgraph("eval", "sqrt(2)", *get, "%1").stdout.startswith("1.414213562373095048801688724209698078569671875376")
    assert cgraph("eval", "x = pi", *get, "x").stdout.startswith("3.14159265358979323846264338327950288419716939937")
    assert cgraph("eval", "y = 3*x", "--x", "0.1", *get, "y").stdout == "0.3\n"
    assert cgraph("eval", "y = log(x)", "--x", "1/3", *get, "x.grad").stdout == "3.0\n"


def test_the_first_node_that_went_wrong_is_named(cgraph: Run) -> None:
    done = cgraph("eval", "a = x - 2\nb = 3*log(a)\nc = b + exp(b)", "--x", "1", stdin="")
    assert done.returncode == 3
    notes = [line for line in done.stdout.splitlines() if line.startswith("note:")]
    assert notes == ["note: `log` at 2:7 of -1 is outside its domain, x > 0"]
    answer = json.loads(cgraph("eval", "y = log(1 + exp(x))", "--x", "1000", "-o", "json").stdout)
    assert [d["message"] for d in answer["diagnostics"]] == ["`exp` at 1:13 of 1000 is too large for a double"]
    assert answer["diagnostics"][0]["suggestion"] == "`softplus(x)` in place of `log(1 + exp(x))` keeps its digits"
    assert answer["nodes"][-1]["status"] == "recovered"
    assert answer["nodes"][0]["gradient_status"] == {"y": "recovered"}


@pytest.mark.parametrize(
    ("text", "at", "stable"),
    [
        ("log(exp(x) + 1)", "1000", "softplus(x)"),
        ("log(sigmoid(x))", "-1000", "logsigmoid(x)"),
        ("x*log(x)", "0", "xlogy(x, x)"),
        ("1/(1 + exp(-x))", "-1000", "sigmoid(x)"),
        ("sqrt(x^2)", "0", "abs(x)"),
        ("exp(x) - 1", "1000", "expm1(x)"),
    ],
)
def test_stable_forms_are_suggested(cgraph: Run, text: str, at: str, stable: str) -> None:
    assert f"`{stable}` in place of" in cgraph("eval", text, "--x", at, "-o", "plain").stdout


def test_a_where_that_is_not_taken_is_no_trouble(cgraph: Run) -> None:
    done = cgraph("eval", "where(x > 0, log(x), 0)", "--x", "-1")
    assert "note:" not in done.stdout
    assert done.returncode == 0


def test_a_graph_past_the_bound_says_that_it_was_not_looked_into(cgraph: Run) -> None:
    program = "x0 = abs(a)\n" + "".join(f"x{k} = x{k - 1} + 1\n" for k in range(1, 100_100))
    done = cgraph("eval", "-", "--a", "0", stdin=program)
    assert "were not looked into: the graph is too large" in done.stdout
    assert done.returncode == 3


def test_ordinary_points_load_no_balls() -> None:
    code = "from cgraph_cli.__main__ import run; import sys; run(['eval', 'a*sin(b)', '--a=1', '--b=2']);"
    code += "assert 'flint' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_place_is_named_once(cgraph: Run) -> None:
    done = cgraph("eval", "f(a) = abs(a); y = f(x) + f(-x)", "--x", "0", "-o", "plain")
    assert done.stdout.count("note:") == 1


def test_a_seed_of_zero(cgraph: Run) -> None:
    assert cgraph("eval", "y = sqrt(x)", "--x", "0", "--seed", "y=0", "--get", "x.grad").stdout == "0\n"


def test_the_search_is_bounded(cgraph: Run) -> None:
    """A deep network at a kink of each of its units ends within the bound on work, and says what it left out."""
    program = "h0 = x\n" + "".join(f"h{k} = relu(tanh(h{k - 1}))\n" for k in range(1, 300))
    done = cgraph("eval", "-", "--x", "0", "-o", "plain", stdin=program)
    assert "were not looked into: that would take too long" in done.stdout


def test_the_limit_of_a_system_at_its_singular_point_is_within_the_bound() -> None:
    """The solution is x/(abs(x[0]) + x @ x), by the formula of Sherman and Morrison: at x[0] = 0 it has a kink."""
    words = ["eval", "y = solve(outer(x, x) + eye(3)*abs(x[0]), x)[1]", "--x", "[0, 1, 2]", "-o", "json"]
    found = json.loads(run_here(words).stdout)
    x, y = found["nodes"][0], found["nodes"][-1]
    assert (y["value"], y["status"]) == (pytest.approx(0.2, rel=1e-15), "limit")
    assert x["gradient"]["y"] == pytest.approx([0, 0.12, -0.16], rel=1e-15)
    assert x["gradient_status"]["y"] == ["kink", "limit", "limit"]


def test_a_number_with_an_exponent_beyond_doubles_is_given_up(cgraph) -> None:
    done = cgraph("eval", "y = softplus(a * 0.5^c)", "--a", "1", "--c", "-1e300")
    assert "cgraph itself failed" not in done.stderr
    assert done.returncode in (0, 3)


def test_a_power_whose_exponent_takes_hundreds_of_digits_is_no_cancellation(cgraph) -> None:
    done = cgraph("eval", "y = 0.5^c", "--c", "-1e300", "--get", "y")
    assert (done.returncode, done.stdout) == (3, "inf\n")


def test_an_input_that_is_no_number_is_undefined_where_nothing_else_happens() -> None:
    for text, point in (("a", {"a": NAN}), ("where(1, b, a)", {"a": NAN, "b": 2.0})):
        answer = report(parse(text), point, Request())
        assert answer.verdict(answer.graph.find("a")) == UNDEFINED.verdict
        assert not answer.is_ok()


@pytest.mark.parametrize(
    ("text", "point", "slope"),
    [
        ("logaddexp(y/y, y*x)", {"x": 1e16, "y": 5e-324}, 1e16 / (1 + math.e)),
        ("u = x/y; sqrt(u)*(3*u)^-0.5 + y", {"x": 3e7, "y": 1e-300}, 1.0),
        ("a = abs(y); (a - a + a*a)/a", {"y": 5e-324}, 1.0),
    ],
)
def test_digits_suffice_where_only_slopes_are_out_of_range(text: str, point: dict[str, float], slope: float) -> None:
    answer = report(parse(text), point, Request())
    assert answer.gradients[0].at(answer.graph.find("y")) == pytest.approx(slope)


@pytest.mark.parametrize("x", [5e-324, 1e-300, 1e-100, 3.0])
def test_slopes_are_found_however_near_the_samples_have_to_be(x: float) -> None:
    graph = parse("digamma(3 + x) + 0*(x == a)")  # looked for by samples, for the comparison
    found = report(graph, {"x": x, "a": x}, Request()).checked_gradient(graph.output, graph.find("x"))
    assert found is not None
    assert (found.number, found.verdict.status) == (pytest.approx(float(mpmath.psi(1, 3 + x)), rel=1e-14), Status.OK)


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">="])
def test_a_number_beside_itself_never_jumps(sign: str) -> None:
    answer = report(parse(f"y = (x {sign} x)*x^2"), {"x": 3.0}, Request())
    assert answer.is_ok()
    assert answer.assessment is not None
    assert not answer.assessment.causes


def test_a_second_derivative_beside_infinity_is_looked_for() -> None:
    graph = parse("y = lgamma(floor(x)/pi)")
    assert hessian(graph, {"x": math.inf}, Request([], ["x"])).entries[0][0].verdict == UNDEFINED.verdict


@pytest.mark.parametrize("x", [800.0, 1600.0, 3000.0])
def test_digits_suffice_where_numbers_that_cancel_are_out_of_range(x: float) -> None:
    answer = report(parse("exp(x) + 1 - exp(x) + 2*x"), {"x": x}, Request())
    assert answer.values[answer.graph.output] == pytest.approx(1 + 2 * x)
    assert answer.gradients[0].at(answer.graph.find("x")) == pytest.approx(2)


@pytest.mark.parametrize("how", [["--get", "x.grad"], ["-o", "csv"], ["-o", "json"], ["-o", "table"]])
def test_what_is_unknown_is_said_on_stderr(cgraph: Run, how: list[str]) -> None:
    done = cgraph("eval", "y = (x^0.1)^10", "--x", "0", *how)
    assert done.returncode == 3
    assert done.stderr.endswith("note: 1 number is unknown: looked for, and not settled\n")
    done = cgraph("eval", "y = (x^0.1)^10", "--x", "0", *how, "--allow-nonfinite")
    assert (done.returncode, done.stderr) == (0, "")


@heavy
@pytest.mark.parametrize("function", ["max", "min", "norm"])
def test_the_work_of_many_operands_is_counted(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By samples few operands that tie are settled, very many are not, after bounded work; by the table both are."""
    swept = 0
    sweep = Neighbourhood._sweep

    def counted(self: Neighbourhood, *args: Any) -> Any:
        nonlocal swept
        swept += len(self.graph.operands)
        return sweep(self, *args)

    many = parse(f"y = {function}({', '.join(['x'] * 40_000)})")
    by_table = report(many, {"x": 0.0}, Request())
    assert by_table.checked_gradient(by_table.outputs[0], many.find("x")).verdict.status != Status.UNKNOWN
    monkeypatch.setattr(Neighbourhood, "_sweep", counted)
    monkeypatch.setattr(classify, "approach_kinks", lambda *_: [])
    for count, is_known in ((2_000, True), (40_000, False)):
        swept = 0
        answer = report(parse(f"y = {function}({', '.join(['x'] * count)})"), {"x": 0.0}, Request())
        found = answer.checked_gradient(answer.outputs[0], answer.graph.find("x"))
        assert (found.verdict.status != Status.UNKNOWN) == is_known
        assert swept < 400_000


@pytest.mark.parametrize("text", ["x*tan(1/x)", "x^2*sec(1/x)", "x*cot(1/x)", "exp(-1/x^2)*tan(1/x)", "x*gamma(-1/x)"])
def test_no_limit_is_found_among_poles(text: str) -> None:
    """Docs: tan(1/x) has a pole in every stretch beside 0, where no sample meets it."""
    answer = report(parse(f"y = {text}"), {"x": 0.0}, Request())
    assert answer.verdict(answer.outputs[0]).status == Status.UNKNOWN


@pytest.mark.parametrize(
    ("text", "limit"), [("x*sin(1/x)", 0.0), ("x/tan(x)", 1.0), ("tan(x)/x", 1.0), ("x*csc(x)", 1.0)]
)
def test_a_limit_beside_one_pole_or_none_is_found(text: str, limit: float) -> None:
    answer = report(parse(f"y = {text}"), {"x": 0.0}, Request())
    assert answer.checked(answer.outputs[0]) == Checked(limit, Verdict(Status.LIMIT))


@pytest.mark.parametrize("text", ["where(x > 1000, 3*x*0.1, 0.3*x)", "where(x > 1000, (0.1 + 0.2)*x, 0.3*x)"])
def test_a_turn_as_small_as_rounding_is_no_kink(text: str) -> None:
    answer = report(graph := parse(text), {"x": 1000.0}, Request())
    assert answer.gradients[0].checked(graph.nodes["x"]) == (pytest.approx(0.3, rel=1e-15), OK)


WITHOUT_VALUE = [
    ("1^log(x) + y", "undefined", "undefined"),
    ("where(log(x) > 1, 2, 3) + y", "undefined", "undefined"),
    ("log(x) + where(3, x, y)", "undefined", "undefined"),
    ("erf(log(0)) + x + y", "jump", "undefined"),
    ("atan(log(0*x)) + y", "jump", "undefined"),
    ("exp(-1/(x + 1)) + y", "jump", "undefined"),
    ("sin(x + 1)/(x + 1) + y", "limit", "limit"),
    ("acos(floor(x + 3)) + y", "limit", "limit"),
    ("(x + 1)*atan(1/(x + 1)) + y", "limit", "limit"),
]


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize(("text", "value", "slope"), WITHOUT_VALUE)
def test_what_has_no_value_has_no_derivative(text: str, value: str, slope: str, mode: str) -> None:
    """In an input too that moves nothing, or something else."""
    graph = parse(f"f = {text}")
    answer = report(graph, {"x": -1.0, "y": 2.0}, Request(mode=mode))
    checked = answer.checked_gradient(graph.output, graph.nodes["y"])
    assert checked is not None
    assert (answer.verdict(graph.output).status, checked.verdict.status) == (value, slope)


@pytest.mark.parametrize(
    ("text", "point", "true"),
    [
        ("log(1 - cos(x))", {"x": 1e-9}, [-1e-9, -1.0, 1.9999999999999998e18]),
        ("sqrt((a + b) - a)", {"a": 1e16, "b": 1.0}, [1.0, 1.0, 1.0, -1.0, 0.5]),
        ("1/(1 - tanh(x))", {"x": 30.0}, [3.5026043050786075e-26, -1.0, -3.2604521959840806e51]),
    ],
)
def test_local_partials_are_certified(text: str, point: dict[str, float], true: list[float]) -> None:
    answer = report(parse(text), point, Request())
    assert [partial for *_, partial in answer.edges()] == pytest.approx(true, rel=1e-12)
    assert list(answer.corrected.partials) == list(answer.partials)


@pytest.mark.parametrize(
    ("text", "value", "slope"),
    [
        ("(x + x^2)/x - 1", (0.0, "limit"), (1.0, "limit")),  # not the last sample's 1e-900
        ("log((x + x^2)/x)", (0.0, "limit"), (1.0, "limit")),
        ("log(x*gamma(x))/x", (-0.5772156649015329, "limit"), (0.8224670334241132, "limit")),
        ("gamma(x)*(x*digamma(x) + 1)", (-0.5772156649015329, "limit"), (1.978111990655945, "limit")),
        ("acos(sin(x)/x)", (0.0, "limit"), (0.0, "kink")),
        ("floor(sin(x)/x)", (0.0, "limit"), (0.0, "limit")),
        ("floor((x + x^2)/x)", (NAN, "undefined"), (NAN, "undefined")),  # 0 on the left, 1 on the right
        ("floor((x + x^2)/x - 1)", (NAN, "undefined"), (NAN, "undefined")),
        ("floor(x/x)", (1.0, "limit"), (0.0, "limit")),
        ("where(x*gamma(x) == 1, 2, 3)", (3.0, "limit"), (0.0, "limit")),
        ("where(x/x == 1, 2, 3)", (2.0, "limit"), (0.0, "limit")),
        ("log(x)/log(2*x) - 1", (0.0, "limit"), (INF, "pole")),
        ("clip((exp(x) - 1)/x, 0, 1)", (1.0, "limit"), (0.25, "kink")),  # doubles know no convention here
        ("max((x + x^2)/x, 1)", (1.0, "limit"), (0.5, "kink")),
    ],
)
def test_a_limit_is_none_of_its_samples(text: str, value: tuple[float, str], slope: tuple[float, str]) -> None:
    answer = report(graph := parse(f"y = {text}"), {"x": 0.0}, Request())
    for checked, (number, status) in (
        (answer.checked(graph.output), value),
        (answer.gradients[0].checked(graph.nodes["x"]), slope),
    ):
        assert equals(checked.number, number)
        assert checked.verdict.status == status


@pytest.mark.parametrize(
    ("text", "slope"),
    [("max(z, sin(x)/x)", 0.5), ("relu(sin(x)/x - z)", 0.0), ("clip(sin(x)/x, 0, z)", 0.5), ("relu(z - 1) + x/x", 0.0)],
)
def test_conventions_hold_at_a_limit(text: str, slope: float) -> None:
    answer = report(graph := parse(f"y = {text}"), {"x": 0.0, "z": 1.0}, Request())
    checked = answer.gradients[0].checked(graph.nodes["z"])
    assert (checked.number, checked.verdict.status) == (slope, Status.KINK)


def test_a_value_from_both_sides_is_no_limit_of_an_equation() -> None:
    """An equation with a maximum holds on the right of 0, and not on the left."""
    answer = report(graph := parse("t = (x^2 + x)/x; y = t == max(t, 1)"), {"x": 0.0}, Request())
    assert answer.checked(graph.output) == UNDEFINED
    text = "y = x/(1 - exp(-x/z)); g = grad(y, x)"  # 1 on the right of z = 0, 0 on the left
    answer = report(graph := parse_program(text), {"x": 1.0, "z": 0.0}, Request())
    assert answer.checked(graph.output) == UNDEFINED


@pytest.mark.parametrize(
    ("text", "slope", "mixed"),
    [
        ("where(x == 2, 4, x^2)*z", (12.0, "recovered"), 4.0),
        ("where(x == 2, z, (exp((x - 2)*z) - 1)/(x - 2))", (4.5, "recovered"), 3.0),
    ],
)
def test_the_slope_at_a_single_point_moves_like_those_beside_it(
    text: str, slope: tuple[float, str], mixed: float
) -> None:
    graph = parse_program(f"y = {text}; g = grad(y, x); h = grad(g, z)")
    answer = report(graph, {"x": 2.0, "z": 3.0}, Request())
    assert answer.checked(graph.nodes["g"]) == (pytest.approx(slope[0], rel=1e-15), Verdict(Status(slope[1])))
    assert answer.checked(graph.output) == (pytest.approx(mixed, rel=1e-15), Verdict(Status.RECOVERED))
    matrix = hessian(parse(f"y = {text}"), {"x": 2.0, "z": 3.0}, Request(wrt=["x", "z"]))
    assert matrix.entries[0][1] == matrix.entries[1][0] == answer.checked(graph.output)


@pytest.mark.parametrize(
    ("text", "sides"), [("sqrt((x - 1)^2)", (-1.0, 1.0)), ("sqrt((x^2 + 1)/2 - ((x + 1)/2)^2)", (-0.5, 0.5))]
)
def test_grad_has_the_kink_of_a_root(text: str, sides: tuple[float, float]) -> None:
    answer = report(graph := parse_program(f"y = {text}; g = grad(y, x)"), {"x": 1.0}, Request())
    assert answer.checked(graph.output) == Checked(0.0, Verdict(Status.KINK, sides))


@pytest.mark.parametrize(
    ("text", "second"), [("coth(x) - 1/x", 0.0), ("1/x - 1/sin(x)", 0.0), ("digamma(x) + 1/x", -2.4041138063191886)]
)
def test_a_second_derivative_where_poles_cancel(text: str, second: float) -> None:
    """The gradient is not made from the output, whose poles cancel."""
    matrix = hessian(parse(f"y = {text}"), {"x": 0.0}, Request())
    assert matrix.entries == [[Checked(second, Verdict(Status.LIMIT))]]


@pytest.mark.parametrize(
    "text",
    [
        "L = cholesky(A); sum(solve(L, b)^2) + sum(log(diag(L)))",
        "y = log(b[0] - 3)*A[0,0] + tanh(sqrt(-A[1,1]))*b[1]",
        "y = where(b[0] > 0, log(-b[0]), 2)*max(A[0,1], 1)",
    ],
)
def test_what_has_no_number_all_around_is_undefined_without_a_search(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(Neighbourhood, "value", search)
    monkeypatch.setattr(Neighbourhood, "approach", search)
    done = run_here(["eval", text, "--A", "[[1, 2, 0], [2, 1, 0], [0, 0, 1]]", "--b", "[1, 2, 3]", "-o", "json"])
    assert "undefined" in done.stdout
    assert not any(word in done.stdout + done.stderr for word in ("unknown", "limit", "failed"))


@pytest.mark.parametrize("terms", [1, 2, 4])
def test_a_term_has_the_status_that_it_has_alone(terms: int) -> None:
    names = [f"x{at}" for at in range(terms)]
    text = "; ".join([*(f"s{at} = sin({name})" for at, name in enumerate(names)), "b"])
    text += "; " + " + ".join([*(f"s{at}/{name}" for at, name in enumerate(names)), "b"])
    answer = report(parse(text), {**dict.fromkeys(names, 0.0), "b": 1.0}, Request())
    nodes = [answer.graph.nodes[f"s{at}"] for at in range(terms)]
    found = {
        (verdict_of(answer, answer.outputs[0], node).status, answer.gradient(answer.outputs[0], node)) for node in nodes
    }
    assert found == {(Status.POLE, INF)}


def test_what_cancels_beside_a_kink_is_no_jump() -> None:
    graph = parse("abs(a) + sum(b, c, abs(d), max(b, b))")
    point = {"a": 0.0, "b": 1e200, "c": -2e200, "d": 3.0}
    answer = report(graph, point, Request())
    found = {name: answer.checked_gradient(graph.output, graph.nodes[name]) for name in point}
    assert found["a"] == Checked(0.0, Verdict(Status.KINK, (-1.0, 1.0)))
    assert found["b"] == Checked(2.0)
    assert found["d"] == Checked(1.0)
