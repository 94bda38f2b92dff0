"""Derivations of array programs: a formula in matrices for each term, and any program in every format."""

from __future__ import annotations

import json
import math
import re
import warnings
from typing import Any

import numpy
import pytest

from cgraph_cli.core.array_graph import ArrayGraph, program_operands
from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import CONSTANT
from cgraph_cli.core.structural import STRUCTURAL
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.language.parse import parse
from cgraph_cli.symbolic.arrays import with_shapes
from cgraph_cli.symbolic.matrices.adjoint_terms import ADJOINT, adjoint_term
from cgraph_cli.symbolic.matrices.gradient_terms import gradient_terms
from tests.command import run_here
from tests.conftest import Run, explore
from tests.test_array_programs import points, shaped

LAYER = "s = softmax(W @ x + b); L = -log(s[1])"
POINT = {"W": [[1, 2], [3, 4], [0, -1]], "x": [1, 0.5], "b": [0, 0, 0]}
WORDS = [f"--{name}={value}" for name, value in POINT.items()]


def evaluated(text: str, arrays: dict[str, Any]) -> Any:
    """Evaluate an expression of the language, with arrays by name."""
    statements = "".join(f"{name} = {value.tolist()}\n" for name, value in arrays.items())
    graph = with_shapes(parse(Source(f"{statements}result = ({text}) + 0")), {})
    assert graph.arrays is not None
    values = evaluate(graph, {}).values
    elements = graph.arrays.elements[graph.arrays.graph.nodes["result"]]
    return numpy.array([values[each] for each in elements.items]).reshape(elements.shape)


def terms_behind(program: ArrayGraph, node: int) -> dict[int, Any] | None:
    if node not in program.gradients:
        return None
    return gradient_terms(program, node, lambda inner: terms_behind(program, inner))


def check_terms(text: str, given: dict[str, Any]) -> tuple[int, int]:
    """Check that each gradient is the sum of its terms, evaluated in the language; count those with all terms, and
    others.
    """
    graph, numbers = shaped(text, given)
    arrays = graph.arrays
    assert arrays is not None
    program = arrays.graph
    evaluation = evaluate(graph, numbers)
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})

    def numbers_of(node: int, column: Any) -> Any:
        items = [column[each] or 0.0 for each in arrays.elements[node].items]
        return numpy.array(items).reshape(arrays.elements[node].shape)

    sizes = [abs(x) for x, each in zip(evaluation.values, graph.operations, strict=True) if each != CONSTANT]
    if not all(map(math.isfinite, sizes)) or max(sizes) > 1e6:
        return 0, 0
    users: dict[int, set[int]] = {}
    for node in range(len(program)):
        if node not in program.hidden:
            through = terms_behind(program, node)
            for operand in program_operands(program, node) if through is None else through:
                users.setdefault(operand, set()).add(node)
    whole = partly = 0
    for node, through in users.items():
        if program.operations[node] == CONSTANT or node == program.output or node in program.hidden:
            continue
        terms = [
            (user, adjoint_term(program, user, node) or (terms_behind(program, user) or {}).get(node))
            for user in through
        ]
        if any(term is None for _, term in terms):
            partly += 1
            continue
        total = numpy.zeros(program.shapes[node])
        for user, term in terms:
            assert term is not None
            written, values = term.text(), {"g": numbers_of(user, adjoints)}
            written = written.replace(ADJOINT, "g")
            for at, (sign, each) in enumerate(term.signs.items()):
                written = written.replace(sign, f"v{at}")
                values[f"v{at}"] = numbers_of(each, evaluation.values)
            if 0 in {size for value in values.values() for size in value.shape}:  # no literal has such a shape
                return 0, 0
            total = total + evaluated(written, values)
        expected = numbers_of(node, adjoints)
        scale = 1 + max(abs(x) for x in adjoints if x is not None)
        assert total.shape == expected.shape
        assert numpy.all(abs(total - expected) <= 1e-9 * scale), (program.labels()[node], written)
        whole += 1
    return whole, partly


@explore(60, 4_000, points())
def test_a_gradient_is_the_sum_of_the_terms_that_explain_tells(point: Any) -> None:
    program, given, _ = point
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        check_terms(program.text, given)


@pytest.mark.parametrize(
    "text",
    [
        "A = [[4, 1], [1, 3]]; v = [1, 2]; y = sum(solve(A, v)^2)", "A = [[4, 1], [1, 3]]; y = sum(inv(A)^3)",
        "A = [[4, 1], [1, 3]]; y = logdet(A)*det(A)", "A = [[4, 1], [1, 3]]; y = sum(cholesky(A)^2*[[1, 0], [2, 3]])",
        "A = [[1, 2], [3, 4]]; y = sum(softmax(A)*A.T)", "A = [[1, 2], [3, 4]]; y = sum(log_softmax(A)^2)",
        "A = [[1, 2], [3, 4]]; y = cross_entropy(A, [0, 1])*3", "v = [1, 2, 3]; y = sum(cumsum(v)^2) + norm(v)",
        "v = [1, 2, 3]; u = [1, 0, 2]; y = sum(outer(v, u)^2)*dot(v, u)", "v = [1, 2, 3]; y = prod(v) + max(v)^2",
        "v = [1, 2, 3]; y = sum(stack(v, v^2)^2) + sum(concat(v, 2*v)^3)", "v = [1, 2, 3]; y = sum(diag(v)^2)",
        "A = [[1, 2], [3, 4]]; y = trace(A)^2 + sum(reshape(A, 4)^2)", "v = [1, 2, 3, 4]; y = sum(conv1d(v, v[:2])^2)",
        "A = [[1, 2], [3, 4]]; y = sum(logsumexp(A, axis=0)^2) + sum(mean(A, axis=1)^2)",
        "A = [[1, 2], [3, 4]]; y = sum(A[:, 1]^2) + A[0, 1]^3 + sum(A[1]^2)",
        "A = [[1, 2], [3, 4]]; y = sum((A.T @ A)^2)",
        "A = [[1, 2], [3, 4]]; b = [1, -1]; y = sum(where(A > 2, A*b, b^2))",
        "x = 3; A = [[1, 2], [3, 4]]; y = sum(x*A)^2",
        "A = [[1, 2], [3, 4]]; y = sum(conv2d(A, A)^2)",
    ],
)  # fmt: skip
def test_every_kind_of_operation_has_terms(text: str) -> None:
    whole, partly = check_terms(text, {})
    assert whole >= 1
    assert partly == 0


@pytest.mark.parametrize(
    "text",
    [
        "W = [[1, 2], [3, 4]]; x = [1, 2]; z = W @ x; L = sum(z^2); y = sum(grad(L, W)^2)",
        "X = [[1, 2], [3, 4], [0, 1]]; w = [0.5, -1]; b = [1, 2, 0]; L = mean((X @ w - b)^2)"
        "; w1 = w - 0.1*grad(L, w); y = mean((X @ w1 - b)^2)",
        "W = [[1, 2], [3, 4]]; x = [1, 0.2]; L = sum(tanh(W @ x)*sigmoid(x)); y = sum(grad(L, x)^3)",
        "x = [1, 0.2]; L = sum(exp(x)/sqrt(x + 3)); y = sum(grad(L, x)^3)",
        "x = [1, 2, 3]; L = sum(x[0:2]^3)*x[2]; y = sum(grad(L, x)^2)",
        "x = [1, 2, 3]; L = x[0]^2*x[1] + sin(x[2]); y = sum(grad(L, x)^2)",
        "x = [1, 2, 3, 4]; A = reshape(x, 2, 2); L = sum((A.T @ A)^2); y = sum(grad(L, x)^2)/1e4",
        "x = [1, 2, 3]; L = sum(concat(x, 2*x)^3) + sum(stack(x, x^2)^2); y = sum(grad(L, x)^2)/1e4",
        "x = [1, 2, 3]; L = norm(x)*logsumexp(x) + prod(x) + max(x)^2; y = sum(grad(L, x)^2)",
        "A = [[1, 2], [3, 4]]; b = [1, -1]; L = sum(where(A > 2, A*b, b^2)*A); y = sum(grad(L, b)^2)",
        "A = [[1, 2], [3, 4]]; L = sum(mean(A^3, axis=0)*A[0]); y = sum(grad(L, A)^2)",
        "A = [[3, 1], [1, 2]]; v = [1, 2]; L = sum(solve(A, v)^2); y = sum(grad(L, v)^2)",
        "a = [1, 2]; x = [0.5, 2]; p = softmax(a*x); L = sum(p^2); y = sum(grad(L, x)*a)",
        "X = [[1, 2], [3, 1]]; L = sum(softmax(X)^3); y = sum(grad(L, X)^2*X)",
        "x = [1, 2, 0]; L = sum(log_softmax(x)^2); y = sum(grad(L, x)^3)",
        "x = [1, 2]; L = sum(x^3); g = grad(L, x); h = grad(sum(g^2), x); y = sum(h^2)",
        "x = [1, 0.2]; L = sum(sin(x)*x); y = sum(grad(sum(grad(L, x)*x), x)^2)",
        "W = [[1, 2], [3, 4]]; x = [1, 0.2]; L = sum(tanh(W @ x)); y = sum(grad(sum(grad(L, x)^2), W)^2)",
        "x = [1, 2]; a = grad(sum(x^5), x); b = grad(sum(a), x); c = grad(sum(b*x), x); y = sum(c*a)",
        "W = [[1, 2], [3, 1]]; x = [1, 2]; z = W @ x; L = sum(z^3); g = grad(L, W); y = sum(grad(sum(g^2)/9, W))",
        "X = [[1, 2], [3, 4], [0, 1]]; W = [[1, 2], [3, -1]]; k = [0, 1, 1]"
        "; L = cross_entropy(X @ W, k); V = W - 0.1*grad(L, W); y = cross_entropy(X @ V, k)",
    ],
)
def test_a_gradient_passes_its_terms_on(text: str) -> None:
    """All terms are known, so that each gradient is their sum."""
    whole, partly = check_terms(text, {})
    assert whole >= 2
    assert partly == 0


def test_what_a_gradient_is_computed_from_has_a_term(cgraph: Run) -> None:
    text = cgraph(
        "explain", "z = W @ x; L = sum(z^2); y = sum(grad(L, W))", "--W=[[1, 2], [3, 4]]", "--x=[1, 2]"
    ).stdout
    assert "∂y/∂x = Wᵀ · ∂y/∂z + 2·((∂y/∂%2)ᵀ · z) = [56, 68]" in text
    softmax = "p = softmax(a*x); L = sum(p^2); y = sum(grad(L, x)*a)"
    text = cgraph("explain", softmax, "--a=[1, 2]", "--x=[1, 2]").stdout
    assert "because %1 = a * x and %3 = grad(L, x)" in text


def test_explain_says_it_as_textbooks_do(cgraph: Run) -> None:
    text = cgraph("explain", LAYER, *WORDS).stdout
    assert "∂L/∂W = ∂L/∂%1 · xᵀ, because %1 = W @ x" in text
    assert "∂L/∂x = Wᵀ · ∂L/∂%1" in text
    assert "s ⊙ (∂L/∂s - sum(s ⊙ ∂L/∂s))" in text
    rows = "z = x @ w + b; loss = mean(softplus(z) - y*z)"
    point = ["--x=ones(5)", "--y=zeros(3)", "--w=ones(5, 3)", "--b=[0.1, 0.2, 0.3]"]
    text = cgraph("explain", rows, *point).stdout
    assert "∂loss/∂w = xᵀ · ∂loss/∂%1, because %1 = x @ w" in text
    assert "    [[0.331313, 0.331505, 0.331678],\n     [0.331313" in text
    assert "∂A" in cgraph("explain", "y = inv(A)", "--A=[[2, 1], [1, 3]]").stdout
    assert "-(yᵀ · ∂Σy/∂y · yᵀ)" in cgraph("explain", "y = inv(A)", "--A=[[2, 1], [1, 3]]").stdout
    one = cgraph("explain", "y = sum(x^2)", "--x=[1, 2]", "--wrt=x[0]").stdout
    assert "∂%1[0]/∂x[0] = 2·x[0] = 2" in one


def test_explain_in_json_has_the_numbers_of_eval(cgraph: Run) -> None:
    told = json.loads(cgraph("explain", LAYER, *WORDS, "-o", "json").stdout)
    numbers = json.loads(cgraph("eval", LAYER, *WORDS, "-o", "json").stdout)
    nodes = {node["name"]: node for node in numbers["nodes"]}
    assert {step["node"]: step["value"] for step in told["forward"]} == {n: e["value"] for n, e in nodes.items()}
    backward = told["outputs"]["L"]["backward"]
    assert {step["node"]: step["gradient"] for step in backward} == {n: e["gradient"]["L"] for n, e in nodes.items()}
    rules = {step["node"]: [term["rule"] for term in step["terms"]] for step in backward}
    assert rules["W"] == ["outer(gradient, x)"]
    assert rules["x"] == ["W.T @ gradient"]


def test_explain_in_latex_is_balanced(cgraph: Run) -> None:
    for form in ("latex", "markdown"):
        text = cgraph("explain", LAYER, *WORDS, "-o", form).stdout
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
        assert text.count(r"\begin{pmatrix}") == text.count(r"\end{pmatrix}") > 8
        assert r"\frac{\partial L}{\partial W}" in text
        assert not re.search("[\ue000-\ue0ff]", text)


def test_a_row_of_the_table_for_each_term() -> None:
    """The kinds of operations above are those of the table, so that a new row is told of, too."""
    (mark,) = [m for m in test_every_kind_of_operation_has_terms.pytestmark if m.name == "parametrize"]
    texts = " ".join(mark.args[1])
    plain = {"size", "range", "zeros", "ones", "eye", "linspace", "transpose", "pick"}
    assert [name for name in STRUCTURAL if name not in plain and f"{name}(" not in texts] == []


def test_of_an_element_only_what_depends_on_it_is_told() -> None:
    """Of three neurons the first is explained, and of the others no more than their part in the sum."""
    program = "z = w @ x + b; C = sum((sigmoid(z) - y)^2)"
    point = ["--w", "[[1, 2], [3, 4], [5, 6]]", "--x", "[1, 2]", "--b", "[1, 2, 3]", "--y", "[1, 0, 0]"]
    text = run_here(["explain", program, *point, "--wrt", "w[0,1]"]).stdout
    assert "w[0,1] = 2\n" in text
    assert not re.search(r"w\[[12],|b\[[12]\]", text)


@pytest.mark.parametrize("program", ["A @ x", "solve(A, x)", "softmax(A)[0]*x", "x*logsumexp(A)"])
def test_an_element_is_explained_by_elements_alone(program: str) -> None:
    words = [f"y = {program}; L = sum(y^2)", "--A", "[[2, 1], [1, 3]]", "--x", "[1, -2]"]
    said = run_here(["explain", *words, "--wrt", "A[0,1]"]).stdout
    assert "inner" not in said
    (exact,) = run_here(["eval", *words, "--get", "A.grad[0,1]"]).stdout.split()
    assert re.search(rf"∂L/∂A\[0,1\] = (?:.* = )?{float(exact):.6g}$", said.replace("\n     ", ""), re.MULTILINE)
