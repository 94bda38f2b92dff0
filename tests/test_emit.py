"""Emitted code runs, and agrees with cgraph: each target in its own language, where that is installed."""

from __future__ import annotations

import ast
import json
import math
import os
import re
from pathlib import Path

import mpmath
import pytest

from cgraph_cli import RequestError, evaluate, parse, sweep_reverse
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.emit import DIALECTS, TARGETS, emit, load
from cgraph_cli.emit.module import Module
from cgraph_cli.emit.plan import Plan, inputs_of
from cgraph_cli.evaluation.approximations import MOST_ORDERS, defined
from tests.conftest import ROOT, SCALAR_EXAMPLES, find_files
from tests.emitted import (
    Case,
    differences,
    emitted,
    example_cases,
    expected,
    is_rest,
    ordinary,
    primitive_cases,
    random_cases,
    same,
)
from tests.needs import need_library, need_program
from tests.runners import RUNNERS, load_python, node

FOLDER = Path(__file__).with_name("emitted")

EXCEPTIONS = {
    "polars": r"x % y.*\(3.7, 1e-09\)",  # its remainder is that of a rounded quotient
    "numpy": r"gamma.*at .*(-\d+\.0|0\.0|inf)",  # SciPy has other numbers at some of the poles
    "torch": r"x\^0.5.*\(-0.0,\)",  # a square root of -0 is -0 to PyTorch's power
    "jax": r"5e-324|e-3(0[89]|1\d|2\d)",  # XLA takes subnormal numbers for zero
}
"""Programs and points at which a library itself computes something else."""


LEFT_OUT = {"sql": 1, "spark": 1, "polars": 20}
"""The most programs that a target cannot write: capitals are no difference to SQL, and Polars has no gamma function."""


@pytest.mark.parametrize("target", RUNNERS)
def test_values_and_gradients(target: str, tmp_path: Path) -> None:
    """Every primitive at special points, the examples, and random programs."""
    cases = [*primitive_cases(), *example_cases(), *random_cases(40 if target == "spark" else 120)]
    functions = emitted(cases, "sql", "spark") if target == "spark" else emitted(cases, target)
    assert len(functions) >= len(cases) - LEFT_OUT.get(target, 0)
    found = differences(functions, RUNNERS[target](functions, tmp_path))
    known = re.compile(EXCEPTIONS.get(target, r"(?!)"))
    assert [line for line in found if not known.search(line)] == []


@pytest.mark.parametrize("path", SCALAR_EXAMPLES, ids=lambda path: path.stem)
def test_examples_against_the_sweeps(path: Path) -> None:
    """Emitted code computes the numbers of `cgraph eval`."""
    graph = parse(path.read_text(encoding="utf-8"))
    evaluation = evaluate(graph)
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    value, gradient = load_python(emit(graph, "python"), "f")(*(graph.numbers[node] for node in graph.inputs()))
    assert value == pytest.approx(evaluation.values[graph.output], rel=1e-13)
    assert gradient == pytest.approx([adjoints[node] or 0.0 for node in graph.inputs()], rel=1e-12, abs=1e-13)


def test_emitted_code_is_right_to_the_ends_of_the_doubles() -> None:
    """Docs: the derivative of atan2(y, x) in y is x/h/h, as h^2 may overflow where that does not."""
    _, gradient = load_python(emit(parse("atan2(y, x)"), "python"), "f")(1e200, 1e200)
    assert gradient == pytest.approx((5e-201, -5e-201), abs=0)


# Accuracy

TRUTH = {
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "gamma": mpmath.gamma,
    "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "digamma": mpmath.digamma,
    **{f"polygamma_{n}": (lambda x, n=n: mpmath.polygamma(n, x)) for n in (1, 2, 3, 6, MOST_ORDERS)},
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "expm1": mpmath.expm1,
    "log1p": mpmath.log1p,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
}


@pytest.mark.parametrize("name", TRUTH)
def test_definitions_are_accurate(name: str) -> None:
    """A primitive that a target lacks is written out to fourteen digits."""
    graph = defined(name).graph
    ranges = {"acosh": (1, 40), "atanh": (-1, 1), "log1p": (-1, 50), "gamma": (-20, 170), "erfc": (-6, 26)}
    low, high = ranges.get(name, (-20, 40))
    near = [1e-12, 1e-5, 1.0, 1 + 1e-9, 1.4616321449683622, 1.9999, 2.0, 2 + 1e-7, 7.999, 8.0, 12.0, 0.999999]
    points = [low + (high - low) * (k + 0.3719) / 400 for k in range(400)] + [x for x in near if low < x < high]
    worst = 0.0
    with mpmath.workdps(40):
        for x in points:
            got = evaluate(graph, {"x": x}).values[graph.output]
            want = TRUTH[name](mpmath.mpf(x))
            # Left of 0 these go through zeros, and have digits as sums of larger numbers do.
            size = abs(want) if x > 0 or (name not in ("lgamma", "digamma") and "poly" not in name) else 1 + abs(want)
            worst = max(worst, float(abs(got - want) / (size or 1)))
    assert worst < 1e-14


# Shapes


POLAR = "x = r*cos(t); y = r*sin(t)"

ROSENBROCK = "(1 - x)^2 + 100*(y - x^2)^2"


@pytest.mark.parametrize("target", ["python", "numpy", "torch", "jax"])
def test_hessian(target: str) -> None:
    """Rosenbrock's function at (-1.2, 1), as published."""
    if target != "python":
        need_library(target)
    value, gradient, hessian = load_python(emit(parse(ROSENBROCK), target, hessian=True), "f")(-1.2, 1.0)
    tolerance = 1e-5 if target == "torch" else 1e-13  # PyTorch takes a plain number for single precision
    assert float(value) == pytest.approx(24.2, rel=tolerance)
    assert [float(x) for x in gradient] == pytest.approx([-215.6, -88], rel=tolerance)
    assert [[float(x) for x in row] for row in hessian] == [
        pytest.approx([1330, 480], rel=tolerance),
        pytest.approx([480, 200], rel=tolerance),
    ]


@pytest.mark.parametrize("target", ["python", "numpy", "torch", "jax"])
def test_several_outputs(target: str) -> None:
    if target != "python":
        need_library(target)
    graph = parse(POLAR)
    of = [graph.find("x"), graph.find("y")]
    values, rows = load_python(emit(graph, target, of=of, name="polar"), "polar")(2.0, 0.5)
    tolerance = 1e-6 if target == "torch" else 1e-15
    assert [float(x) for x in values] == pytest.approx([2 * math.cos(0.5), 2 * math.sin(0.5)], rel=tolerance)
    assert [[float(x) for x in row] for row in rows] == [
        pytest.approx([math.cos(0.5), -2 * math.sin(0.5)], rel=tolerance),
        pytest.approx([math.sin(0.5), 2 * math.cos(0.5)], rel=tolerance),
    ]


def test_several_outputs_and_hessians_in_javascript(tmp_path: Path) -> None:
    graph = parse(POLAR)
    text = emit(graph, "javascript", of=[graph.find("x"), graph.find("y")], hessian=True)
    printed = node(f"{text}\nconsole.log(JSON.stringify(f(2, 0.5)));", tmp_path)
    assert json.loads(printed) == _polar()


def _polar() -> dict[str, object]:
    c, s = math.cos(0.5), math.sin(0.5)
    return {
        "value": {"x": 2 * c, "y": 2 * s},
        "gradient": {"x": {"r": c, "t": -2 * s}, "y": {"r": s, "t": 2 * c}},
        "hessian": {
            "x": {"r": {"r": 0, "t": -s}, "t": {"r": -s, "t": -2 * c}},
            "y": {"r": {"r": 0, "t": c}, "t": {"r": c, "t": -2 * s}},
        },
    }


def test_several_outputs_and_hessians_in_c_and_rust(tmp_path: Path) -> None:
    from tests.runners import _output

    graph = parse(POLAR)
    of = [graph.find("x"), graph.find("y")]
    polar = _polar()
    want = [*polar["value"].values(), *(x for row in polar["gradient"].values() for x in row.values())]  # type: ignore[attr-defined]
    want += [x for rows in polar["hessian"].values() for row in rows.values() for x in row.values()]  # type: ignore[attr-defined]
    main = """
        #include <stdio.h>
        int main(void) {
            double v[2], g[2][2], h[2][2][2];
            f(2, 0.5, v, g, h);
            for (int i = 0; i < 2; i++) printf("%.17g ", v[i]);
            for (int i = 0; i < 4; i++) printf("%.17g ", g[i / 2][i % 2]);
            for (int i = 0; i < 8; i++) printf("%.17g ", h[i / 4][i / 2 % 2][i % 2]);
            return 0;
        }"""
    (tmp_path / "polar.c").write_text(emit(graph, "c", of=of, hessian=True) + main)
    _output([need_program("gcc"), "-std=c99", "-Wall", "-Werror", "polar.c", "-o", "polar", "-lm"], tmp_path)
    assert list(map(float, _output([str(tmp_path / "polar")], tmp_path).split())) == pytest.approx(want, rel=1e-15)
    main = 'fn main() { println!("{:?}", f(2.0, 0.5)); }'
    (tmp_path / "polar.rs").write_text(emit(graph, "rust", of=of, hessian=True) + main)
    _output([need_program("rustc"), "-D", "warnings", "polar.rs", "-o", "polar_rs"], tmp_path)
    printed = re.findall(r"-?\d+\.\d+", _output([str(tmp_path / "polar_rs")], tmp_path))
    assert list(map(float, printed)) == pytest.approx(want, rel=1e-15)


def test_columns_of_sql() -> None:
    duckdb = need_library("duckdb")
    graph = parse(POLAR)
    text = emit(graph, "sql", of=[graph.find("x"), graph.find("y")], wrt=[graph.find("t")], hessian=True, name="points")
    database = duckdb.connect()
    database.execute("CREATE TABLE points AS SELECT 7 AS id, 2 AS r, 0.5 AS t, 'kept' AS x1")
    relation = database.sql(text)
    assert relation.columns == ["id", "r", "t", "x1", "x", "y", "dx_dt", "dy_dt", "d2x_dt2", "d2y_dt2"]
    row = relation.fetchall()[0]
    assert row[:4] == (7, 2, row[2], "kept")
    c, s = 2 * math.cos(0.5), 2 * math.sin(0.5)
    assert row[4:] == pytest.approx((c, s, -s, c, -c, -s), rel=1e-15)
    truth = database.sql(emit(parse("x = r > t and t > 0"), "sql", name="points"))  # which becomes a number
    assert truth.columns == ["id", "r", "t", "x1", "x", "dx_dr", "dx_dt"]
    assert truth.fetchall()[0][4:] == (1, 0, 0)


@pytest.mark.parametrize(
    "text",
    ["max(x, 1)", "where(x > 0, x, 2)", "min(x, 2, 3)", "log(x)", "x or 1", "x^0", "xlogy(0, x)", "clip(x, 0, 1)"],
)
def test_null_in_null_out_of_sql(text: str) -> None:
    rows = need_library("duckdb").sql(
        "WITH points AS (SELECT NULL AS x) " + _of_points(emit(parse(text), "sql", name="points"))
    )
    assert rows.fetchall() == [(None, None, None)]


def _of_points(text: str) -> str:
    """Make a SELECT go on with the table that another statement defines."""
    return text.replace("WITH step_0", ", step_0", 1)


POLYGAMMA_POINTS = [-0.5, -1.5, -7.5, -30.5, -0.49999, -1.5001, 0.3, 100.5]


@pytest.mark.parametrize("target", ["python", "numpy"])
@pytest.mark.parametrize("order", [0, 1, 2, 4, 6])
def test_polygamma_at_negative_halves(target: str, order: int) -> None:
    """Even orders have a reflection that is 0 there, and libraries lose up to all digits beside it."""
    if target == "numpy":
        need_library("scipy")
    function = load_python(emit(parse(f"polygamma({order}, x)"), target, gradient=False), "f")
    for x in POLYGAMMA_POINTS:
        assert float(function(x)) == pytest.approx(float(mpmath.re(mpmath.psi(order, mpmath.mpf(x)))), rel=1e-13), x


@pytest.mark.parametrize("x", [1.0000001, 1.9999999, 2.0000001, 0.99999, 1.5, 0.8, 2.4999, 1, 2])
def test_lgamma_around_its_positive_zeros(x: float) -> None:
    true = float(mpmath.loggamma(mpmath.mpf(x)))
    assert float(load_python(emit(parse("lgamma(x)"), "python", gradient=False), "f")(x)) == pytest.approx(
        true, rel=1e-14, abs=0
    )


@pytest.mark.parametrize("name", ["olah", "black_scholes", "logistic_regression", "robot_arm"])
def test_every_node_in_javascript(name: str, tmp_path: Path) -> None:
    """The numbers of a page are those of the sweeps: values and adjoints by node, local partials by edge."""
    graph = parse((ROOT / "examples" / f"{name}.cg").read_text(encoding="utf-8"))
    text = emit(graph, "javascript", everything=True)
    arguments = ", ".join(repr(graph.numbers[node]) for node in graph.inputs())
    shown = json.loads(node(f"{text}\nconsole.log(JSON.stringify(f({arguments})));", tmp_path))
    evaluation = evaluate(graph)
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    zero = {"rel": 1e-13, "abs": 1e-13}
    assert shown["values"] == pytest.approx(evaluation.values, **zero)
    assert shown["adjoints"] == pytest.approx([x or 0.0 for x in adjoints], **zero)
    assert shown["partials"] == pytest.approx([x or 0.0 for x in evaluation.partials], **zero)


def test_vectorised_shapes() -> None:
    """Constants, and inputs that are broadcast, come out in the common shape."""
    numpy = need_library("numpy")
    value, (slope, other) = load_python(emit(parse("2*x + y"), "numpy"), "f")([1, 2, 3], [[10], [20]])
    assert value.tolist() == [[12, 14, 16], [22, 24, 26]]
    assert slope.tolist() == numpy.full((2, 3), 2.0).tolist()
    assert other.shape == (2, 3)


# The trap of where


TRAPS = [
    ("where(x > 0, sqrt(x), 0)", 0.0),
    ("where(x == 0, 1, sin(x)/x)", 0.0),
    ("where(x > 0, x*log(x), 0)", 0.0),
    ("where(x > 0, x*log(x), 0)", -1.0),
    ("s = x^1.5; c = x > 0; where(c, s/(1 + s), x)", 0.0),
    ("where(x < 700, exp(x), x)", 1000.0),
    ("where(x > 1, where(x < 2, acosh(x)/x, asin(x - 2)), atanh(x))", 2.5),
    ("where(x > 1, where(x < 2, acosh(x)/x, asin(x - 2)), atanh(x))", 0.5),
    ("where(x > 1 and x < 2, log(x - 1)*sqrt(2 - x), x^2)", 2.0),
    ("where(x, 1/x^2, 3*x)", 0.0),
    ("where(not x, 3*x, tan(1/x))", 0.0),
    ("where(x > 0, gamma(x), where(x < -1, x, norm(x, 2)))", 0.0),
    ("elu(x)*relu(x) + softplus(x) + gelu(x) + sigmoid(-x)", -800.0),
]


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_autograd_is_not_trapped(target: str) -> None:
    """The gradient that the framework finds through the emitted value is ours, where ours is a number."""
    library = need_library(target)
    wrong = []
    for text, x in TRAPS:
        graph = parse(text)
        want = sweep_reverse(evaluate(graph, {"x": x}), {graph.output: 1.0})[graph.find("x")] or 0.0
        function = load_python(emit(graph, target), "f")
        if target == "torch":
            point = library.tensor(x, dtype=library.float64, requires_grad=True)
            (found,) = library.autograd.grad(function(point)[0], [point])
        else:
            found = library.grad(lambda x, function=function: function(x)[0])(x)
        if not same(float(found), want, 1e-12):
            wrong.append((text, x, want, float(found)))
    assert wrong == []


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_the_emitted_test_passes(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    need_library(target)
    program = (ROOT / "examples" / "black_scholes.cg").read_text(encoding="utf-8")
    load_python(emit(parse(program), target, test=True), "f", "__main__")
    graph = parse(POLAR)
    text = emit(graph, target, of=[graph.find("x"), graph.find("y")], wrt=[graph.find("t")], hessian=True, test=True)
    load_python(text, "f", "__main__")
    assert capsys.readouterr().out == "autograd agrees\n" * 2


# Every target


@pytest.mark.parametrize("target", TARGETS)
def test_every_primitive(target: str) -> None:
    """A target writes every primitive, or says where it does not."""
    dialects = DIALECTS if target == "sql" else ("",)
    for row in PRIMITIVES.values():
        if row.notation == "call":
            graph = parse(f"{row.name}({', '.join(['x', 'y', 'z'][: 3 if row.variadic else len(row.parameters)])})")
            for dialect in dialects:
                lacks_it = target == "polars" and row.name in ("gamma", "lgamma", "digamma", "sinc")
                if lacks_it or (row.name == "polygamma" and target not in ("numpy", "julia", "latex")):
                    with pytest.raises(RequestError, match="program:1:1"):
                        emit(graph, target, dialect=dialect)
                else:
                    assert emit(graph, target, dialect=dialect)
    if target != "polars":
        assert emit(parse("polygamma(2, x)"), target)


def test_a_null_in_is_a_null_out_of_polars() -> None:
    polars = need_library("polars")
    program = "y = where(x > 0, 1, k) + max(x, k)"
    frame = polars.DataFrame({"x": [1.0, None, 2.0, None], "k": [None, 1, 3, None], "y_note": list("abcd")})
    added = load_python(emit(parse(program), "polars"), "f")
    assert added(frame).drop("x", "k", "y_note").rows() == [(None,) * 3, (None,) * 3, (4.0, 0.0, 1.0), (None,) * 3]
    assert added(frame.lazy()).collect().equals(added(frame))


@pytest.mark.parametrize("target", [*TARGETS, "spark"])
def test_text(target: str) -> None:
    """The emitted text is pinned letter for letter; CGRAPH_UPDATE_GOLDEN=1 writes it anew."""
    program = (
        "# A neuron, and how far it is from its target\n\nz = w*x + b\na = where(z > 0, z, expm1(z))\nloss = (a - y)^2"
    )
    dialect = "spark" if target == "spark" else ""
    text = emit(parse(program), "sql" if dialect else target, dialect=dialect)
    golden = FOLDER / f"{target}.txt"
    if os.environ.get("CGRAPH_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["python", "numpy", "torch", "c", "javascript", "rust", "julia", "sql", "polars"])
def test_a_deep_program_is_short_lines(target: str) -> None:
    text = emit(parse(f"k = 1\ny = {'sin(' * 1500}x*k{')' * 1500}"), target)
    body = text[text.rindex("sin(sin(sin(sin(sin(sin(x") :].splitlines()[2:] if "sin(" * 20 in text else []
    assert len(body) > 300
    assert max(map(len, body)) <= 120


def test_a_deep_program_runs() -> None:
    text = emit(parse(f"y = {'sin(' * 3000}x{')' * 3000}"), "python")
    value, (slope,) = load_python(text, "f")(0.5)
    x, slopes = 0.5, 1.0
    for _ in range(3000):
        x, slopes = math.sin(x), slopes * math.cos(x)
    assert (value, slope) == (x, pytest.approx(slopes, rel=1e-12))


def test_julia_is_julia() -> None:
    """Its grammar reads what is emitted, as Julia itself is not at hand."""
    tree_sitter = need_library("tree_sitter")
    grammar = need_library("tree_sitter_julia")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    for one in emitted([*primitive_cases(), *example_cases(), *random_cases(120)], "julia"):
        assert not parser.parse(one.text.encode()).root_node.has_error, one.text


READ_BACK = [
    "sin(x)^2",
    "exp(-x^2/2)/sqrt(2*pi)",
    "(x + y)*(y + 1)",
    "log(x/y)",
    "x^(y + 1)",
    "(x - y)/(x + y)",
    "sqrt(x^2 + y^2)",
    "atan(x)*cos(y)",
    "tanh(x)",
    "2^x",
    "x - (y - x*y)",
    "1/x^2",
    "exp(x)/x",
    "log(2)*f*(x + f)",
    "e = x + y; e^2*exp(e)",
    "Δx^2*sin(Δx)*(x + Δx % y)",
    "(x < y)*x + (not x)/y",
    "alpha*tau^2 + beta_1*w_2_3^-2",
]


def _both_signs(count: int) -> list[tuple[float, ...]]:
    """List ordinary points, the same with every second number negative, and with all."""
    some = ordinary(count)[:2]
    signs = [(1, 1), (1, -1), (-1, -1)]
    return [tuple(x * sign[at % 2] for at, x in enumerate(point)) for point in some for sign in signs]


def _symbols(module: Module) -> list[str]:
    """List the numbers of a module by their names in LaTeX, in order; a Hessian's below its diagonal are empty."""
    from cgraph_cli.language.symbols import symbol

    unnamed = "f_0" if "f" in module.program.nodes else "f"
    outputs = [unnamed if name.startswith("%") else name for name in module.outputs]
    names = [*outputs, *(f"d{y}_d{x}" for y in outputs for x in module.wrt)]
    for y in outputs[: len(module.hessian)]:
        for i, x in enumerate(module.wrt):
            names += [f"d2{y}_d{x}2" if i == j else f"d2{y}_d{x}_d{z}" * (i < j) for j, z in enumerate(module.wrt)]
    return [name and symbol(name) for name in names]


@pytest.mark.parametrize("kind", ["formulas", "primitives", "examples", "random"])
def test_sympy_reads_the_latex_back(kind: str) -> None:
    """Values, gradients and Hessians as another program understands them, wherever all of a program is finite.

    Each at six points; what doubles have no ten digits of is not compared.
    """
    need_library("sympy")
    need_library("antlr4")
    from tests.latex_reader import Equations

    texts = {
        "formulas": lambda: READ_BACK,
        "primitives": lambda: [case.text for case in primitive_cases()],
        "examples": lambda: [case.text for case in example_cases()],
        "random": lambda: [case.text for case in random_cases(400)],
    }[kind]()
    wrong, compared = [], 0
    for text in texts:
        graph = parse(text)
        plan = Plan(graph, graph.default_outputs(), inputs_of(graph), hessian=True)
        module = Module(plan, load("latex"), "f")
        labels = _symbols(module)
        equations = None
        for point in _both_signs(len(module.parameters)):
            inputs = {p.name: x for p, x in zip(module.parameters, point, strict=True) if p.name in module.graph.nodes}
            values = evaluate(module.graph, inputs).values
            if not all(map(math.isfinite, values)):  # SymPy's numbers have no infinity
                continue
            logarithms = [node for node, name in enumerate(module.graph.operations) if name == "xlogy"]
            if any(not any(values[each] for each in module.graph.operands_of(node)) for node in logarithms):
                continue  # 0·ln 0, which is 0 by convention
            if equations is None:
                equations = Equations(load("latex").module(module), list(inputs))
            try:
                found = equations.at(list(inputs.values()))
            except ZeroDivisionError:  # a difference that 30 digits do not tell from 0
                continue
            (wanted,) = expected(Case(text, (point,)), plan)
            for label, want in zip(labels, wanted, strict=True):
                if want is not None and label:
                    compared += 1
                    number = complex(found[label])
                    if number.imag or not (same(number.real, want, 1e-9) or is_rest(want, number.real, values)):
                        wrong.append((text, point, label, want, number))
    assert wrong == []
    assert compared >= {"formulas": 300, "primitives": 2000, "examples": 900, "random": 4000}[kind]


def test_names_are_checked() -> None:
    for target in TARGETS:
        language = load(target)
        if target != "latex":
            with pytest.raises(RequestError):
                emit(parse("x"), target, name="a b")
        assert language.title
    with pytest.raises(RequestError, match="cannot be a function's name in Rust"):
        emit(parse("x"), "rust", name="match")


def test_the_plan_counts() -> None:
    """Derivatives are of linear size, and second ones symmetric to the last bit."""
    graph = parse("y = exp(sin(a*b) + c*a)")
    plan = Plan(graph, graph.default_outputs(), inputs_of(graph), hessian=True)
    (rows,) = plan.hessian
    assert all(rows[i][j] == rows[j][i] for i in range(3) for j in range(3))
    module = Module(plan, load("python"), "f")
    assert len(module.lines) < 30


def test_the_imports_of_emit_run_one_way() -> None:
    """Imports that are for type checkers alone count too."""
    uses: dict[str, set[str]] = {}
    for path in find_files("cgraph_cli/emit/**/*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        uses[name] = {module for module in found if module.startswith("cgraph_cli.emit")}
    assert len(uses) > 15
    while free := [name for name, others in uses.items() if not others & uses.keys()]:
        for name in free:
            del uses[name]
    assert not uses
