"""LaTeX: expressions as a paper prints them."""

from __future__ import annotations

import pytest

from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.language.latex import latex_expression
from cgraph_cli.language.parse import parse
from cgraph_cli.language.symbols import symbol


def latex(text: str) -> str:
    graph = parse(text)
    return latex_expression(graph, graph.output, {})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2*sin(x)*cos(x)", r"2 \sin x \, \cos x"),
        ("sin(x)^2", r"\sin^{2} x"),
        ("sin(2*x)^2*y", r"\sin^{2}\left(2 x\right) y"),
        ("sin(x)^2*y", r"y \sin^{2} x"),
        ("-log(2)*x*3*(a + b)", r"-x \cdot 3 \left(a + b\right) \ln 2"),
        ("prod(sin(x), y)", r"y \cdot \sin x"),
        ("xlogy(x, y)*z", r"\left(x \ln y\right) z"),
        (
            "exp(e)*e + logsumexp(e, 1)",
            r"\exp\left(e\right) e + \ln\left(\exp\left(e\right) + \exp\left(1\right)\right)",
        ),
        ("1 + x % 2", r"1 + \left(x \bmod 2\right)"),
        ("1/sin(x)^-1", r"\frac{1}{\left(\sin x\right)^{-1}}"),
        ("sin(sin(x))", r"\sin\left(\sin x\right)"),
        ("exp(x)*(x - 1)/x^2", r"\frac{e^{x} \left(x - 1\right)}{x^{2}}"),
        ("exp(-x^2/2)/sqrt(2*pi)", r"\frac{e^{-\frac{x^{2}}{2}}}{\sqrt{2 \pi}}"),
        ("-a/b", r"-\frac{a}{b}"),
        ("-2*a*b/c", r"-\frac{2 a b}{c}"),
        ("-a*b/c/d*e", r"-\frac{\frac{a b}{c}}{d} e"),
        ("(b - a)/(-c)", r"\frac{b - a}{-c}"),
        ("2/x*y", r"\frac{2}{x} y"),
        ("y*(2/x)", r"y \frac{2}{x}"),
        ("-1/x", r"-\frac{1}{x}"),
        ("a - (-1/x)", r"a - \left(-\frac{1}{x}\right)"),
        ("(a/b)^2", r"\left(\frac{a}{b}\right)^{2}"),
        ("-x^2", "-x^{2}"),
        ("(-x)^2*3", r"\left(-x\right)^{2} \cdot 3"),
        ("-3*x", "-3 x"),
        ("a - -3*x", r"a - \left(-3 x\right)"),
        ("2*3*x", r"2 \cdot 3 x"),
        ("a*(b*c)", "a b c"),
        ("x^2^y", "x^{2^{y}}"),
        ("x^0.5", r"\sqrt{x}"),
        ("cbrt(x)^2", r"\left(\sqrt[3]{x}\right)^{2}"),
        ("hypot(x + 1, y)", r"\sqrt{\left(x + 1\right)^{2} + y^{2}}"),
        ("norm(x, y, z)", r"\sqrt{x^{2} + y^{2} + z^{2}}"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("(a < b)*c", r"\left[a < b\right] c"),
        ("a <= b and not c", r"a \le b \land \lnot c"),
        (
            "where(x > 0, x, where(y, -x, 0))",
            r"\begin{cases} x & \text{if } x > 0 \\ -x & \text{if } y \ne 0 \\ 0 & \text{otherwise} \end{cases}",
        ),
        ("log(x)", r"\ln x"),
        ("log10(x/y)", r"\log_{10}\left(\frac{x}{y}\right)"),
        ("abs(x)", r"\left|x\right|"),
        ("max(a, b, c)", r"\max\left(a, b, c\right)"),
        ("mean(a, b)", r"\frac{a + b}{2}"),
        ("sum(a, b)*c", r"\left(a + b\right) c"),
        ("(x % 2)*y", r"\left(x \bmod 2\right) y"),
        ("lgamma(x)", r"\ln\left|\Gamma\left(x\right)\right|"),
        ("polygamma(2, x)", r"\psi^{\left(2\right)}\left(x\right)"),
        ("leaky_relu(x)", r"\operatorname{leaky\_relu}\left(x, 0.01\right)"),
        ("1.5e-8*x + 1e10", r"1.5 \times 10^{-8} x + 10^{10}"),
        ("2*tau*inf", r"2 \tau \infty"),
        ("alpha*θ1", r"\alpha \theta_{1}"),
    ],
)
def test_expressions(text: str, shown: str) -> None:
    assert latex(text) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x", "x"),
        ("x1", "x_{1}"),
        ("w_10", "w_{10}"),
        ("w_1_2", "w_{1, 2}"),
        ("theta", r"\theta"),
        ("Omega_max", r"\Omega_{\mathrm{max}}"),
        ("λ2", r"\lambda_{2}"),
        ("Δx", r"\Delta x"),
        ("Alpha", r"\mathrm{Alpha}"),
        ("loss", r"\mathrm{loss}"),
        ("_", r"\_"),
        ("de_da", r"\frac{\partial e}{\partial a}"),
        ("dloss_dw_1", r"\frac{\partial \mathrm{loss}}{\partial w_{1}}"),
        ("d2e_da2", r"\frac{\partial^{2} e}{\partial a^{2}}"),
        ("d2e_da_db", r"\frac{\partial^{2} e}{\partial a \, \partial b}"),
        ("d2y_dx1_dx2", r"\frac{\partial^{2} y}{\partial x_{1} \, \partial x_{2}}"),
        ("d3y_dx2_dz", r"\frac{\partial^{3} y}{\partial x^{2} \, \partial z}"),
        ("d_dx", r"\frac{\partial}{\partial x}"),
        ("dx", r"\mathrm{dx}"),
    ],
)
def test_symbols(name: str, shown: str) -> None:
    assert symbol(name) == shown


@pytest.mark.parametrize("primitive", PRIMITIVES.values(), ids=lambda primitive: primitive.name)
def test_every_primitive(primitive) -> None:
    """Each is written, with its operands in it and its braces closed."""
    names = "pqrs"[: 3 if primitive.variadic else len(primitive.parameters)]
    text = f"{primitive.name}({', '.join(names)})"
    if primitive.notation == "infix":
        text = f"p {primitive.name} q"
    elif primitive.notation == "prefix":
        text = {"neg": "-p", "identity": "p", "not": "not p"}[primitive.name]
    shown = latex(text)
    assert all(name in shown for name in names)
    assert shown.count("{") == shown.count("}")
    assert shown.count(r"\left") == shown.count(r"\right")


def test_deep_and_long() -> None:
    deep = latex("sin(" * 10_000 + "x" + ")" * 10_000)
    assert deep.count(r"\sin") == 10_000
    assert latex("*".join(["x"] * 10_000)).count("x") == 10_000
    nested = "".join(f"where(x > {k}, {k}, " for k in range(10_000)) + "0" + ")" * 10_000
    assert latex(nested).count(r"\\") == 10_000
