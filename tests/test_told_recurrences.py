"""Derivations of recurrences and of gradients in a program of arrays: what is told is true."""

from __future__ import annotations

import re

from tests.command import run_here

RECURRENCE = "h[0] = a; h[t + 1] = tanh(W @ h[t]) for t in range(2); L = sum(h[2]^2) + sum(h)"
POINT = ["--a", "[0.1, 0.2]", "--W", "[[1, 0], [0, 1]]"]


def test_the_elements_of_a_recurrence_have_terms_of_their_own() -> None:
    text = run_here(["explain", RECURRENCE, *POINT]).stdout
    assert "∂L/∂h = [∂L/∂h[0], ∂L/∂h[1], ∂L/∂h[2]], because h = [h[0], h[1], h[2]]\n" in text
    assert "∂L/∂h[2] = ∂L/∂%5·ones(2) + 2·h[2] ⊙ ∂L/∂%3 = " in text
    assert "∂L/∂h[1] = Wᵀ · ∂L/∂%2 + ∂L/∂%5·ones(2) = " in text
    assert r"\left[\frac{\partial L}" not in run_here(["explain", RECURRENCE, *POINT, "-o", "latex"]).stderr


def test_a_gradient_reaches_all_that_it_is_computed_from() -> None:
    """Contributions through `grad(y, x)` have formulas beside those of other operations."""
    text = run_here(["explain", "y = x[0]^2*x[1]; L = y + sum(grad(y, x)*x)", "--x", "[1, 2]"]).stdout
    told = dict(re.findall(r"(∂L/∂\S+) = (.*?(?:\n      because .*)?)(?=\n)", text))
    for name in ("%1", "%2", "%3"):
        assert "…" not in told[f"∂L/∂{name}"], name
        assert "= grad(y, x)" in told[f"∂L/∂{name}"], name


def test_every_equation_of_numbers_holds() -> None:
    """The right side of a step between numbers that is told in full has the number behind it."""
    program = "y = x[0]^2*x[1]; u = y*x[1]; L = u + sum(grad(y, x)*x)"
    text = run_here(["explain", program, "--x", "[1, 2]"]).stdout
    values = dict(re.findall(r"^  (%\d+|y|u|L) = .*?(-?[\d.]+)$", text, re.MULTILINE))
    steps = re.findall(r"^  (∂L/∂\S+) = ([^=\n]*) = (-?[\d.]+)", text, re.MULTILINE)
    known = {name: float(number) for name, _, number in steps} | {"∂L/∂L": 1.0}
    checked = 0
    for name, formula, number in steps:
        words = re.findall(r"∂L/∂[%\w]+|%\d+|[a-z]\w*(?:\[\d\])?|…", formula)
        if "…" in words or any(word not in known and word not in values for word in words):
            continue
        for word in sorted(words, key=len, reverse=True):
            formula = formula.replace(word, str(known.get(word, values.get(word))))
        assert abs(eval(formula.replace("·", "*").replace("^", "**")) - float(number)) < 1e-9, name
        checked += 1
    assert checked
