"""Large programs of arrays: as arrays, they have the answers of their scalar programs."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cgraph_cli as cg
import cgraph_cli.symbolic.arrays as arrays_of_symbols
from cgraph_cli.checks.sampled_elements import check_elements
from cgraph_cli.commands import plot
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import ProgramError, Source
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.arrays import structural
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill, ieee
from cgraph_cli.evaluation.arrays.maps import Bound, StructuralMap
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.results.over_ranges import array_points
from cgraph_cli.results.over_ranges.array_points import ArrayPoints, ArrayProbe
from cgraph_cli.results.over_ranges.points_at_once import PointLine, compute_at_once
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.arrays import large_arrays
from cgraph_cli.symbolic.arrays.elaborate import elaborate
from cgraph_cli.symbolic.arrays.scalar_size import count_scalars
from cgraph_cli.symbolic.arrays.scalarize import scalarize
from cgraph_cli.symbolic.matrices.array_gradients import expand_arrays
from cgraph_cli.symbolic.program import parse
from cgraph_cli.trust.verdicts import OK
from tests.array_programs import array_graphs
from tests.command import run_here
from tests.needs import need_library
from tests.test_array_algebra import KINDS

NET = [
    "h = relu(X @ W1 + b1); z = h @ W2 + b2; loss = cross_entropy(z, k)",
    *("--X", "[[1, 2, 0.7], [0.3, -1.1, 2]]", "--W1", "[[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]]", "--b1", "[0.1, 0.2]"),
    *("--W2", "[[1, 2, 3], [0.5, -1, 0]]", "--b2", "zeros(3)", "--k", "[0, 2]"),
]
MATRIX = ["Q = 3*a^3 - b^2; s = sum(Q, axis=0)", "--a", "[[2, 3], [1, 0.5]]", "--b", "[[6, 4], [1, 2]]"]
LINEAR = ["x = solve(A, b); y = x @ x + logdet(A) + sum(cholesky(A)[:, 0])", "--A", "[[4, 1], [1, 3]]", "--b", "[1, 2]"]

STEP = [
    "loss = cross_entropy(relu(X @ W1 + b1) @ W2 + b2, k); W = W1 - 0.5*grad(loss, W1); b = b2 - 0.5*grad(loss, b2);"
    "after = cross_entropy(relu(X @ W + b1) @ W2 + b, k)",
    *NET[1:],
]
STEPS = [
    "w[0] = start; w[t + 1] = w[t] - 0.1*grad(mean((X @ w[t] - y)^2), w[t]) for t in range(3); s = sum(w[3]^2)",
    *("--X", "[[1, 2], [0.3, -1.1], [2, 0.5]]", "--y", "[1, 0, 2]", "--start", "[0.5, 0.1]"),
]
SERIES = [
    "h[0] = x; h[t + 1] = tanh(h[t]*w) for t in range(3); y = sum(h^2) + h[1] @ h[2]; g = grad(y, h); s = sum(g^3)",
    *("--x", "[0.5, -0.2]", "--w", "[1.5, 2]"),
]
TABLE = ["a[0, 0] = x; a[0, 1] = x^2; a[1, 0] = a[0, 0]*a[0, 1]; a[1, 1] = sin(a[1, 0]); y = sum(a @ a)", "--x", "1.5"]
SLOPE = ["y = logdet(A) + b @ solve(A, b) + sum(softmax(A)[:, 0]); s = sum(grad(y, A)^2)", *LINEAR[1:]]
GUARDED = ["y = log(sum(x)) + norm(x); g = grad(y, x); s = max(g)*x[0]", "--x", "[1, 3, -1]"]

COMMANDS = [
    STEP,
    STEPS,
    [*SLOPE, "--wrt", "A,b"],  # what is between has no adjoint in the scalars' elimination
    SERIES,
    [*SERIES, "--of", "y"],
    [*SERIES, "--of", "y", "--wrt", "h"],
    [*SERIES, "--of", "h"],
    TABLE,
    GUARDED,
    NET,
    [*NET, "--wrt", "W1,b2"],
    [*NET, "--tangent", "W1=[[1, 0], [0, 1], [0, 0]],b2=0.5"],
    [*NET, "--of", "z"],
    [*NET, "--of", "loss,h"],
    MATRIX,
    [*MATRIX, "--of", "Q", "--seed", "Q=[[1, 2], [3, 4]]"],
    [*MATRIX, "--of", "s", "--seed", "s=2"],
    LINEAR,
    [*LINEAR, "--arithmetic", "double"],
]


@pytest.fixture
def as_arrays(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make every program of arrays count as a large one."""
    return lambda: monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)


def near(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(near(found[key], expected[key]) for key in expected)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(near, found, expected))
    if isinstance(expected, float) and isinstance(found, float):
        return abs(found - expected) <= 1e-12 * max(1.0, abs(expected))
    return bool(found == expected)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_arrays_answer_what_scalars_answer(command: list[str], as_arrays: Any) -> None:
    scalars = run_here(["eval", *command, "-o", "json"])
    table = run_here(["eval", *command])
    as_arrays()
    found = run_here(["eval", *command, "-o", "json"])
    assert scalars.returncode == found.returncode == 0, found.stderr
    assert ("not certified" in found.stderr) == ("double" not in command)
    first, second = json.loads(scalars.stdout), json.loads(found.stdout)
    assert second.pop("certified") is False
    first.pop("certified")
    assert near(second, first), second
    assert run_here(["eval", *command]).stdout == table.stdout


def test_the_library_answers_for_arrays_what_it_answers_for_scalars(as_arrays: Any) -> None:
    """Every function, for a network whose numbers are NumPy's arrays."""
    program = NET[0]
    inputs = {
        name.removeprefix("--"): numpy.array(json.loads(text.replace("zeros(3)", "[0, 0, 0]")))
        for name, text in zip(NET[1::2], NET[2::2], strict=True)
    }

    def answers() -> list[Any]:
        answer = cg.report(program, inputs)
        found: list[Any] = [cg.get(answer, name) for name in ("loss", "h", "W1.grad", "b2.grad", "X.grad[0,1]")]
        for matrix in (cg.jacobian(program, inputs, wrt="b2"), cg.hessian(program, inputs, wrt="b1")):
            found.append([[entry.number for entry in row] for row in matrix.entries])
        series = cg.taylor(program, inputs, 2, wrt="b2[0]").expansions[0]
        found.append([term.number for term in series.coefficients])
        for point, each in cg.sweep(program, {"b2[0]": [0, 0.5]}, inputs):
            found.append([point["b2[0]"], cg.get(each, "loss"), cg.get(each, "b2[0].grad")])
        value, gradient = cg.compile(program, inputs, wrt="W1,b2")(**inputs)
        found += [float(value), *(each.tolist() for each in gradient)]
        same = program.replace("relu(X @ W1 + b1)", "max(X @ W1 + b1, 0)")
        found += [cg.check(program, inputs).passed, cg.compare(program, same, inputs).passed]
        found.append(cg.emit(program, "numpy", inputs, wrt="W1"))
        drawn = cg.draw(program, inputs, "dot")
        told = cg.render(cg.explain(program, inputs, wrt="W1"), "markdown")
        return [*found, isinstance(drawn, str) and drawn.count("->"), told.splitlines()[0]]

    scalars = answers()
    as_arrays()
    assert isinstance(cg.report(program, inputs).graph, ArrayGraph)
    assert near(answers(), scalars)
    with pytest.raises(cg.CgraphError, match="one direction"):
        cg.report(program, inputs, mode="forward")


def test_the_library_compares_a_large_program_with_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", 10)
    for new, passed in (("y = sum(x*2 + x)/3", True), ("y = sum(x*x + x)/2", False)):
        for programs in (("y = sum(x)", new), (new, "y = sum(x)")):
            assert cg.compare(*programs, {"x": [1, 2, 3, 4, 5]}).passed is passed


@pytest.mark.parametrize(
    "get",
    ["value", "grad", "W1.grad", "W1.grad[0,1]", "h", "h[0,1]", "loss", "loss.grad", "b1.grad[1]", "q", "W1.grad[7,7]",
     "W1.grad[-1]", "h[:,0]", "h[0,::-1]", "h[2]", "h[0,0,0]"],
)  # fmt: skip
def test_numbers_are_got_by_the_same_names(get: str, as_arrays: Any) -> None:
    command = ["eval", *NET, "--get", get]
    scalars = run_here(command)
    as_arrays()
    found = run_here(command)
    assert found.returncode == scalars.returncode
    if not scalars.returncode:
        numbers = [json.loads(line) for line in found.stdout.splitlines()]
        assert near(numbers, [json.loads(line) for line in scalars.stdout.splitlines()])
    else:
        assert scalars.stderr.splitlines()[0] in found.stderr


def test_a_row_of_csv_is_an_element(as_arrays: Any) -> None:
    as_arrays()
    rows = run_here(["eval", *MATRIX, "-o", "csv"]).stdout.splitlines()
    assert rows[0] == "node,kind,expression,value,status,gradient_s,gradient_status_s"
    assert rows[1] == '"a[0,0]",input,,2,ok,36,ok'
    assert len(rows) == 1 + 4 * 6 + 2  # a, b, a^3, 3*a^3, b^2, Q; s
    assert rows[-1].startswith("s[1],output,")


@pytest.mark.parametrize(
    ("command", "status", "array", "exit_status"),
    [
        (["y = sum(log(x))", "--x", "[1, 0, -1]"], ["ok", "pole", "undefined"], "%1", 3),
        (["y = sum(exp(x))", "--x", "[1, 1000, 0]"], ["ok", "overflow", "ok"], "%1", 3),
        (["y = sum(relu(x))", "--x", "[1, 0, -1]"], ["ok", "ok", "ok"], "%1", 0),
        (["y = cholesky(A); s = sum(y)", "--A", "[[1, 2], [2, 1]]"], [["ok", "ok"], ["ok", "undefined"]], "y", 3),
        (["y = inv(A); s = sum(y)", "--A", "[[1, 2], [2, 4]]"], [["pole"] * 2] * 2, "y", 3),
    ],
)
def test_elements_have_their_status(
    command: list[str], status: Any, array: str, exit_status: int, as_arrays: Any
) -> None:
    as_arrays()
    found = run_here(["eval", *command, "-o", "json"])
    nodes = {node["name"]: node for node in json.loads(found.stdout)["nodes"]}
    assert nodes[array]["status"] == status
    assert found.returncode == exit_status
    table = run_here(["eval", *command])
    assert table.returncode == exit_status


def test_a_derivative_through_a_kink_is_one_and_no_other_is(as_arrays: Any) -> None:
    as_arrays()
    found = run_here(
        ["eval", "y = sum(W @ relu(x)) + z", "--x", "[1, 0, -1]", "--W", "ones(2, 3)", "--z", "2", "-o", "json"]
    )
    nodes = {node["name"]: node for node in json.loads(found.stdout)["nodes"]}
    assert nodes["x"]["gradient_status"]["y"] == ["ok", "kink", "ok"]
    assert nodes["z"]["gradient_status"]["y"] == "ok"
    assert nodes["W"]["gradient_status"]["y"] == [["ok"] * 3] * 2


@settings(max_examples=150)
@given(array_graphs(KINDS))
def test_scalars_are_counted_without_being_written(program: tuple[ArrayGraph, dict[str, Tensor[float]]]) -> None:
    graph, given_inputs = program
    scalar, _ = scalarize(graph, given_inputs)
    linear = {"solve", "inv", "det", "logdet", "cholesky"}
    if linear.isdisjoint(graph.operations):
        assert len(scalar) <= count_scalars(graph) + len(graph)
        assert count_scalars(graph) <= 2 * len(scalar) + 20


def test_a_large_program_takes_no_scalars() -> None:
    graph = parse(Source("y = sum(tanh(A @ B))", "program"))
    shape = (1000, 1000)
    start = time.perf_counter()
    found = arrays_of_symbols.large_arrays(graph, dict.fromkeys("AB", Tensor(shape, range(10**6))))
    assert found is not None
    assert time.perf_counter() - start < 1
    assert len(found) == 5
    assert count_scalars(elaborate(graph, dict.fromkeys("AB", Tensor(shape, range(10**6))))) > 10**9


def test_a_convolution_with_a_large_kernel_takes_no_time() -> None:
    """The gradients of its sum count the places at which an element of one operand meets the other."""
    words = ["eval", "y = sum(conv2d(x, k)*w)", "--x", "ones(200, 200)", "--k", "reshape(range(225), 15, 15)"]
    start = time.perf_counter()
    found = run_here([*words, "--w", "ones(186, 186)", "-o", "json"])
    assert time.perf_counter() - start < 2
    nodes = {node["name"]: node for node in json.loads(found.stdout)["nodes"]}
    assert nodes["y"]["value"] == 186**2 * sum(range(225))
    assert nodes["k"]["gradient"]["y"] == [[186.0**2] * 15] * 15
    edges = numpy.arange(225.0).reshape(15, 15).cumsum(0).cumsum(1)
    gradient = numpy.array(nodes["x"]["gradient"]["y"])
    assert (gradient[:15, :15] == edges).all()
    assert (gradient[15:185, 15:185] == sum(range(225))).all()


def test_inputs_are_read_from_numpy_files(tmp_path: Path) -> None:
    x = numpy.random.default_rng(0).normal(size=(400, 30))
    numpy.save(tmp_path / "x.npy", x)
    found = run_here(
        [
            "eval",
            "z = X @ w; loss = mean(softplus(z))",
            "--X",
            f"@{tmp_path / 'x.npy'}",
            "--w",
            "ones(30)/10",
            "--get",
            "w.grad",
        ]
    )
    z = x @ numpy.full(30, 0.1)
    expected = x.T @ (1 / (1 + numpy.exp(-z))) / 400
    assert numpy.allclose(json.loads(found.stdout), expected, rtol=1e-12)


def test_a_network_has_the_gradients_of_pytorch() -> None:
    torch = need_library("torch")
    rng = numpy.random.default_rng(1)
    given_arrays = {
        "X": rng.normal(size=(40, 60)),
        "W1": rng.normal(size=(60, 30)) * 0.1,
        "b1": rng.normal(size=30),
        "W2": rng.normal(size=(30, 10)) * 0.1,
        "b2": rng.normal(size=10),
    }
    k = rng.integers(0, 10, 40)
    tensors = {name: torch.tensor(x, requires_grad=True) for name, x in given_arrays.items()}
    hidden = torch.relu(tensors["X"] @ tensors["W1"] + tensors["b1"])
    loss = torch.nn.functional.cross_entropy(hidden @ tensors["W2"] + tensors["b2"], torch.tensor(k))
    loss.backward()
    options = [word for name, x in {**given_arrays, "k": k}.items() for word in (f"--{name}", json.dumps(x.tolist()))]
    found = run_here(["eval", NET[0], *options, "-o", "json"])
    nodes = {node["name"]: node for node in json.loads(found.stdout)["nodes"]}
    assert math.isclose(nodes["loss"]["value"], loss.item(), rel_tol=1e-12)
    for name, tensor in tensors.items():
        assert numpy.allclose(nodes[name]["gradient"]["loss"], tensor.grad.numpy(), rtol=1e-11, atol=1e-14)


@settings(max_examples=60)
@given(array_graphs(KINDS, most=3))
def test_a_gradient_in_arrays_is_that_of_the_sweep(
    program: tuple[ArrayGraph, dict[str, Tensor[float]]],
) -> None:
    graph, given_inputs = program
    wrt = next(graph.inputs())
    shape = graph.shapes[wrt]
    with ieee():
        evaluation = evaluate(graph, given_inputs, algebra=ARRAYS)
        if not numpy.isfinite(evaluation.values[graph.output]):
            return  # no value, and in the program no gradient
        expected = fill(sweep_reverse(evaluation, {graph.output: 1.0})[wrt], shape)
        gradient = graph.append_array("grad", (graph.output, wrt), 0, shape)
        graph.gradients[gradient] = graph.output, wrt
        graph.name(gradient, "g", 0)
        try:
            expanded = expand_arrays(graph)
        except ProgramError:
            return  # an operation whose transpose is none of the language
        values = evaluate(expanded, given_inputs, algebra=ARRAYS).values
    found, known = fill(values[expanded.nodes["g"]], shape), numpy.isfinite(expected)
    size = max(1.0, float(numpy.abs(expected[known]).max(initial=0.0)))
    assert numpy.allclose(found[known], expected[known], rtol=1e-9, atol=1e-9 * size)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "min", "max", "norm", "logsumexp", "softmax", "log_softmax"]
)  # fmt: skip
def test_a_gradient_along_an_axis_is_that_of_scalars(name: str, axis: int, as_arrays: Any) -> None:
    command = ["eval", f"r = {name}(X, axis={axis}); g = grad(sum(r^2*cos(r)), X); s = sum(g^2*X)"]
    command += ["--X", "[[[1, 2], [3, 5]], [[0.5, -1], [2, 0.3]], [[1.2, 1.5], [-2, 0.7]]]", "--get", "g,X.grad"]
    scalars = run_here(command).stdout.splitlines()
    as_arrays()
    for found, expected in zip(run_here(command).stdout.splitlines(), scalars, strict=True):
        assert numpy.allclose(json.loads(found), json.loads(expected), rtol=1e-10, atol=1e-10)


def test_check_takes_large_arrays(as_arrays: Any) -> None:
    as_arrays()
    good = f"{NET[0]}; assert grad(loss, b2) == grad(loss, b2) + 1e-14; assert h >= 0; assert loss < 2 and loss > 0"
    assert run_here(["check", good, *NET[1:]]).returncode == 0
    for step in (STEP, STEPS, SERIES, TABLE):
        assert run_here(["check", *step]).returncode == 0, step
    value = json.loads(run_here(["eval", *NET, "--get", "loss"]).stdout)
    assert run_here(["check", *NET, "--expect", f"loss={value!r}"]).returncode == 0
    wrong = run_here(["check", f"{NET[0]}; assert h < 0.5", *NET[1:]])
    assert wrong.returncode == 1
    assert "`h < 0.5` does not hold at [0,1]" in wrong.stdout
    wrong = run_here(["check", *NET, "--expect", "b2.grad=[1, 2, 3],loss=7,h[0,1]=0"])
    assert wrong.returncode == 1
    assert all(what in wrong.stdout for what in ("∂loss/∂b2[0] is not 1.0", "`loss` is not 7.0", "`h[0,1]` is not 0.0"))


def test_an_assertion_on_an_array_fails_once_at_its_worst_element(as_arrays: Any) -> None:
    program = "A = outer(x, x) + [[0, 0], [0.5, 0]]; assert A == outer(x, x) within 0.1; assert A > x"
    for _ in range(2):
        found = run_here(["check", program, "--x", "[1, 2]"])
        blocks = found.stdout.split("\n\n")
        assert (found.returncode, len(blocks)) == (1, 4)
        assert blocks[0].startswith("FAIL  program  2 asserts")
        assert blocks[1].startswith("`A == outer(x, x)` does not hold at [1,0]\n")
        assert "expected    2\n  got         2.5\n" in blocks[1]
        assert "elements" not in blocks[1]
        assert blocks[2].startswith("`A > x` does not hold at [0,0]\n")
        assert blocks[2].endswith("it fails for 2 of 4 elements; this is the worst one")
        told = run_here(["eval", f"{program}; assert A < 0", "--x", "[1, 2]"]).stderr
        assert "3 asserts, the first at" in told
        as_arrays()


@pytest.mark.parametrize("mode", ["forward", "reverse", "differences"])
def test_check_finds_what_is_wrong_in_large_arrays(mode: str, as_arrays: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    as_arrays()
    rule, command = structural.STRUCTURES["cumsum"], ["check", "y = sum(cumsum(x)^2)", "--x", "[1, 2, 3]"]

    def wrong(args: Any, shape: Any) -> Bound:
        bound = rule(args, shape)
        (right,) = bound.maps

        def push(t: Any) -> Any:
            return right.push(t, ()) if mode == "reverse" else t

        def pull(g: Any) -> Any:
            return right.pull(g, ()) if mode == "forward" else g

        return bound._replace(maps=[StructuralMap(shape, shape, push, pull)])

    assert run_here(command).returncode == 0
    monkeypatch.setitem(structural.STRUCTURES, "cumsum", wrong)
    monkeypatch.setattr(ARRAYS, "_shaped", {})
    found = run_here(command)
    assert found.returncode == 1
    assert ("differences and gradient" in found.stdout) == (mode != "forward")
    assert ("reverse and forward" in found.stdout) == (mode != "differences")
    both = run_here(["eval", *command[1:], "--mode", "both"])
    assert both.returncode == (1 if mode != "differences" else 0)


def test_a_graph_of_large_arrays_has_the_numbers_of_scalars(as_arrays: Any) -> None:
    command = ["graph", *NET, "-o", "json"]
    scalars = json.loads(run_here(command).stdout)["nodes"]
    as_arrays()
    found = json.loads(run_here(command).stdout)["nodes"]
    assert [node["name"] for node in found] == [node["name"] for node in scalars]
    for mine, other in zip(found, scalars, strict=True):
        assert near(mine["value"], other["value"])
        assert near(mine["derivatives"], other["derivatives"])
    forward = run_here([*command, "--mode", "forward"])
    assert forward.returncode == 2
    assert "a reverse sweep has all gradients" in forward.stderr
    training = run_here(["graph", "L = sum(x^4); u = x - grad(L, x)/8", "--x=[2, 4]"])
    assert "shapes alone" in training.stderr


def test_large_arrays_are_explained_as_small_ones_are(as_arrays: Any) -> None:
    commands = [["explain", *NET, "-o", form] for form in ("text", "markdown", "latex", "json")]
    scalars = [run_here(command).stdout for command in commands]
    as_arrays()
    for command, expected in zip(commands, scalars, strict=True):
        found = run_here(command)
        is_same = (
            near(json.loads(found.stdout), json.loads(expected)) if "json" in command else found.stdout == expected
        )
        assert is_same, command
        assert "not certified" in found.stderr


@pytest.mark.parametrize(
    "ways",
    [
        ["--over=W1[0,1]=-1:1:3n", "--over=b2[2]=0,1"],
        ["--over=t=-1:1:3n", "--tangent", "W1=[[0, 2], [1, 0], [0, 0]],b1=0.5"],
        ["--over=t=0.5,1", "--over=b2[2]=0,1", "--tangent", "b2[0]=1,b1[1]=2", "--wrt", "b2[1],t"],
    ],
    ids=" ".join,
)
def test_a_sweep_of_an_element_or_a_direction_is_that_of_scalars(ways: list[str], as_arrays: Any) -> None:
    command = ["sweep", *NET, *ways, "--of", "loss", "-o", "csv"]
    scalars = run_here(command).stdout.splitlines()
    as_arrays()
    found = run_here(command).stdout.splitlines()
    assert found[0] == scalars[0]
    for mine, other in zip(found[1:], scalars[1:], strict=True):
        for word, expected in zip(mine.split(","), other.split(","), strict=True):
            assert word == expected or math.isclose(float(word), float(expected), rel_tol=1e-12)


def test_a_sweep_over_a_kink_below_a_matrix_that_stands_still(as_arrays: Any) -> None:
    as_arrays()
    words = ["sweep", "y = sum(relu(X @ W - 2))", "--X=ones(3, 2)", "--W=ones(2, 4)", "--over=W[0,0]=0,1,2"]
    rows = [line.split(",") for line in run_here([*words, "-o", "csv"]).stdout.splitlines()[1:]]
    assert rows == [["0", "0", "ok", "0", "ok"], ["1", "0", "ok", "0", "kink"], ["2", "3", "ok", "3", "ok"]]


def test_a_sweep_of_a_training_has_the_values_of_its_own_nodes(as_arrays: Any) -> None:
    """The nodes that compute a gradient stand before those that use it."""
    as_arrays()
    words = ["sweep", "L = sum(x^4); u = x - grad(L, x)/8; y = sum(u)", "--x=[2, 4]", "--over=x[0]=1,2", "-o", "csv"]
    rows = [line.split(",")[1:4:2] for line in run_here(words).stdout.splitlines()[1:]]
    assert [[float(cell) for cell in row] for row in rows] == [[-27.5, -0.5], [-30, -5]]


def test_a_plot_over_an_element_is_that_of_scalars(as_arrays: Any) -> None:
    words = ["plot", "y = sum(tanh(W @ x)^2)", "--W=[[1, 2], [3, 4]]", "--x=[0.5, -0.2]", "--over=W[0,1]=-3:3"]
    command = [*words, "--wrt=W[0,1],x[0]", "-o", "svg"]
    scalars = run_here(command)
    along = [*words[:-1], "--tangent=x=[1, 2],W=0.5", "--over=t=-1:1", "-o", "svg"]
    scalars_along = run_here(along)
    as_arrays()
    found = run_here(command)
    assert found.returncode == scalars.returncode == 0, found.stderr
    assert found.stdout == scalars.stdout
    assert run_here(along).stdout == scalars_along.stdout


def test_compare_takes_large_arrays(as_arrays: Any) -> None:
    other = "h = max(X @ W1 + b1, 0); z = h @ W2 + b2; loss = mean(logsumexp(z, axis=1) - pick(z, k))"
    as_arrays()
    assert run_here(["compare", NET[0], other, *NET[1:]]).returncode == 0
    assert run_here(["compare", NET[0], other, "--of", "z", *NET[1:]]).returncode == 0
    changed = run_here(["compare", NET[0], other.replace("0)", "0.05*h0)"), *NET[1:], "--h0", "1"])
    assert changed.returncode == 1
    assert "has changed" in changed.stdout


@pytest.mark.parametrize("what", ["solve(A, b)", "inv(A) @ b", "b*logdet(A)"])
def test_a_singular_matrix_is_a_pole_as_in_scalars(what: str, as_arrays: Any) -> None:
    command = ["eval", f"x = {what}; s = sum(x)", "--A", "[[1, 2], [2, 4]]", "--b", "[1, 1]", "-o", "json"]
    as_arrays()
    found = run_here(command)
    assert found.returncode == 3
    nodes = {node["name"]: node for node in json.loads(found.stdout)["nodes"]}
    assert nodes["x"]["status"] == ["pole", "pole"]
    assert nodes["s"]["status"] == "pole"
    assert nodes["A"]["gradient_status"]["s"] == [["pole", "pole"]] * 2


def test_an_ill_conditioned_matrix_is_told(as_arrays: Any) -> None:
    command = ["eval", "x = solve(A, b); s = sum(x)", "--b", "[1, 1]", "--A"]
    told = "is of a matrix with the condition number 3.6e+11"
    assert told in run_here([*command, "[[1, 2], [2, 4.0000000001]]"]).stdout
    as_arrays()
    assert told in run_here([*command, "[[1, 2], [2, 4.0000000001]]"]).stdout
    beyond = run_here([*command, "[[1, 2], [2, 4.0000000000000009]]", "-o", "json"])
    nodes = {node["name"]: node for node in json.loads(beyond.stdout)["nodes"]}
    assert nodes["s"]["status"] == "unknown"


@settings(max_examples=15)
@given(st.integers(49, 70), st.booleans())
def test_a_matrix_is_solved_by_its_cholesky_factor_as_by_any_other(size: int, is_vector: bool) -> None:
    rng = numpy.random.default_rng(size)
    x = rng.normal(size=(size, size))
    matrix = x @ x.T + size * numpy.eye(size)
    right = rng.normal(size=size) if is_vector else rng.normal(size=(size, 3))
    solved, of_matrix, of_right = ARRAYS.kernel("solve")(matrix, right)
    assert numpy.allclose(solved, numpy.linalg.solve(matrix, right), rtol=1e-12)
    g = rng.normal(size=right.shape)
    back = numpy.linalg.solve(matrix.T, g)
    assert numpy.allclose(g * of_right, back, rtol=1e-11)
    outer = numpy.outer(back, solved) if is_vector else back @ solved.T
    assert numpy.allclose(g * of_matrix, -outer, rtol=1e-11, atol=1e-15)
    value, partial = ARRAYS.kernel("logdet")(matrix)
    assert math.isclose(value, numpy.linalg.slogdet(matrix)[1], rel_tol=1e-13)
    assert numpy.allclose(numpy.float64(1) * partial, numpy.linalg.inv(matrix).T, rtol=1e-11, atol=1e-15)


def test_views_of_a_factored_matrix_have_factors_of_their_own_unless_they_are_it() -> None:
    rng = numpy.random.default_rng(3)
    x = rng.normal(size=(60, 60))
    matrix = x @ x.T + 60 * numpy.eye(60)
    for symmetric in (matrix, matrix + numpy.triu(x)):
        ARRAYS.kernel("logdet")(symmetric)
        for view in (symmetric.T, symmetric[::-1], symmetric[:, ::-1], symmetric[:50, :50].T, symmetric[::-1, ::-1].T):
            inverse, _ = ARRAYS.kernel("inv")(view)
            assert numpy.allclose(inverse @ view, numpy.eye(len(view)), atol=1e-10)


SAMPLED = [
    "y = x^2*3 - b", "y = where(x > 0, x, b)", "y = tanh(x)", "y = max(x, b)", "y = A @ x", "y = x @ A", "y = x @ b",
    "y = A @ A", "y = sum(A)", "y = mean(A, axis=1)", "y = logsumexp(A, axis=0)", "y = norm(x)", "y = prod(A, axis=1)",
    "y = min(A)", "y = solve(A, x)", "y = solve(A, A.T)", "y = inv(A)", "y = cholesky(A @ A.T)", "y = softplus(A)/b",
    "y = conv1d(x, b[:2])", "y = conv2d(A, A[1:, :2])",
]  # fmt: skip


@pytest.mark.parametrize("text", SAMPLED)
def test_sampled_elements_are_those_of_high_precision(text: str) -> None:
    """They agree as they are, and none does where an array is off by a part in 10^9."""
    numbers = {"A": [[3, 1, 0.5], [1, 4, -1], [0.25, 1, 5]], "x": [1, -2, 0.7], "b": [0.3, 1.5, 2]}
    given_inputs = {name: Tensor(numpy.shape(each), numpy.ravel(each).tolist()) for name, each in numbers.items()}
    graph = arrays_of_symbols.large_arrays(parse(Source(text)), given_inputs, always=True)
    assert graph is not None
    with ieee():
        wanted = {name: numpy.array(each) for name, each in numbers.items() if name in graph.nodes}
        values = evaluate(graph, wanted, algebra=ARRAYS).values
        assert check_elements(graph, values).passed
        assert check_elements(graph, values).spoken == 1
        wrong = list(values)
        wrong[graph.nodes["y"]] = values[graph.nodes["y"]] * (1 + 1e-9)
        failures = check_elements(graph, wrong).failures
    assert failures
    assert all("`y" in failure.message for failure in failures)


@pytest.mark.parametrize(
    ("program", "way"),
    [
        ("y = sum(tanh(W @ x)*[1, 2]) + mean(W)", "x[1]"), ("y = sum(x @ W.T @ W @ x)^2", "x[0]"),
        ("y = sum(stack(W @ W.T, eye(2)) @ x[:2] + x[2])", "x[2]"), ("y = max(x*w) + prod(x) + norm(W)", "w"),
        ("z = logsumexp(W*x, axis=1); y = z[0] - sum(concat(x, z))", "W[1,2]"), ("y = mean(softmax(x*w)*x)", "w"),
        ("h[0] = x; h[t + 1] = sin(h[t]*w) for t in range(3); y = sum(h[1:]*W[0])", "w"),
        ("y = sum([w, x[0]^2])", "x[0]"),
        ("y = relu(x[0] - 1)*sum(reshape(W, 3, 2)[[0, 2], 1])*w", "x[0]"), ("y = sum(log(x))/x[0]", "x[0]"),
        ("y = sum(x[:, None]*x[None]*w) + sum(W[:, ::-1] @ abs(x))", "t"),
        ("y = sum((W @ abs(x))^2) + where(w > 1, w, 2)", "t"), ("y = sum(grad(sum(floor(x + 0.5)*x), x))", "x[0]"),
        ("y = sum(cumsum(x*w)*x)", "x[1]"), ("y = sum(conv1d(x*w, [1, 2]))^2 + conv1d(x, w*x[1:])[0]", "w"),
        ("y = sum(conv2d(W*w, [[1, w], [2, 0.5]])^3)", "w"), ("y = sum(solve(outer(x, x) + 5*eye(3), x*w)^2)", "x[1]"),
        ("A = [[2, 1, 0], [1, 3, 1], [0, 1, 4]]; y = sum(solve(A, x*w)*x) + sum(solve(A, outer(x, x)))", "x[1]"),
        ("A = outer(x, x)*w + 9*eye(3); y = logdet(A) + det(A) + sum(inv(A)*A[0])", "w"),
        ("A = outer(x, x)*w + 9*eye(3); y = sum(cholesky(A)^2*[1, 2, 3]) + sum(solve(A, W.T))", "w"),
        ("A = outer(x, x)*w^2 + 9*eye(3); y = sum(grad(logdet(A) + x @ solve(A, x), x))", "w"),
        ("f(v) = sum((W @ v)^3); y = f(x - 0.1*grad(f(x), x))", "x[0]"), ("y = sum(grad(norm(x*w), x)) + w", "w"),
    ],
)  # fmt: skip
def test_points_at_once_are_those_that_are_computed_one_by_one(
    program: str, way: str, as_arrays: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    as_arrays()
    numbers = {"x": "[0, 1, 2]", "W": "[[1, 2, 3], [4, 5, 6]]", "w": "3"}
    command = ["plot", program, *(word for name in numbers if name in program for word in (f"--{name}", numbers[name]))]
    command += ["--tangent", "x=1,w=-0.5"] if way == "t" else []
    at_once, one_by_one = 0, ArrayProbe.at

    def compare(probe: ArrayProbe, inputs: dict[str, float], *, thorough: bool = False) -> Any:
        nonlocal at_once
        found = one_by_one(probe, inputs, thorough=thorough)
        if inputs[way] in probe._known:
            at_once += 1
            alone = probe.points.at(inputs)
            for (value, slopes), output, column in zip(found, alone.outputs, alone.gradients, strict=True):
                assert value.number == pytest.approx(alone.values[output], rel=1e-12, abs=1e-12)
                assert value.verdict == alone.verdict(output) == OK
                for slope, place in zip(slopes, probe.wrt, strict=True):
                    assert slope.number == pytest.approx(column.values[alone.wrt[place]], rel=1e-12, abs=1e-12)
                    assert slope.verdict == column.verdict(alone.wrt[place]) == OK
        return found

    monkeypatch.setattr(ArrayProbe, "at", compare)
    monkeypatch.setattr(plot, "DEFAULT_COUNT", 9)
    assert run_here([*command, "--over", f"{way}=-2:2:9n", "-o", str(tmp_path / "a.svg")]).returncode == 0
    assert at_once >= 6


@pytest.mark.parametrize(
    ("program", "ways"),
    [
        ("y = sum(solve(outer(x, x) + 4*eye(3), x*w)^2)", ["--over", "x[0]=-1:1:3n", "--over", "w=0:2:4n"]),
        ("y = sum(cumsum(relu(x))*x[0])*w", ["--over", "x[0]=-1:1:3n", "--over", "x[1]=-1:1:3n"]),
        ("y = sum(log(x))*w", ["--over", "w=0,1", "--over", "t=-1:1:5n", "--tangent", "x=[1, 2, 3]"]),
        ("y = sum(log(x))*w", ["--over", "t=-1:1:5n", "--over", "w=0,1", "--tangent", "x=[1, 2, 3]"]),
    ],
)
def test_a_sweep_in_lines_is_one_point_by_point(
    program: str, ways: list[str], as_arrays: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_arrays()
    command = ["sweep", program, "--x", "[0, 1, 2]", "--w", "3", *ways, "-o", "json", "--allow-nonfinite"]
    counted = []

    def compute(line: PointLine, xs: list[float]) -> Any:
        for part, found in compute_at_once(line, xs):
            counted.append(len(found))
            yield part, found

    monkeypatch.setattr(array_points, "compute_at_once", compute)
    in_lines = json.loads(run_here(command).stdout)
    assert sum(counted) >= 4
    monkeypatch.setattr(array_points, "compute_at_once", lambda line, xs: iter([(xs, {})]))
    assert near(json.loads(run_here(command).stdout), in_lines)


def test_a_gradient_at_a_jump_that_stays_is_no_plain_point(as_arrays: Any) -> None:
    as_arrays()
    graph = large_arrays(parse("y = grad(floor(x[0]) + w*x[0], x)[0]*w"), {"x": Tensor((2,), [2.0, 1.0])})
    assert graph is not None
    points = ArrayPoints(graph, {"x": Tensor((2,), [2.0, 1.0])}, ["w"], Request())
    assert [found for _, found in points.at_once("w", [1.0, 2.0])] == [{}]
    assert points.at({"w": 1.0}).verdicts[0] != OK


def test_the_gradient_through_a_cholesky_factor_is_that_of_the_determinant(as_arrays: Any) -> None:
    """Both are symmetric, as those of PyTorch and JAX: log(det(A)) is 2*sum(log(diag(L))), and bᵀA⁻¹b is |L⁻¹b|²."""
    matrix = numpy.array([[4, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]])
    given = ["--A", str(matrix.tolist()), "--b", "[0.1, 0.2, -0.3]"]
    inverse = numpy.linalg.inv(matrix)
    moved = inverse @ [0.1, 0.2, -0.3]
    expected = inverse - numpy.outer(moved, moved)
    for _ in range(2):
        for text in ("logdet(A) + b @ solve(A, b)", "L = cholesky(A); 2*sum(log(diag(L))) + sum(solve(L, b)^2)"):
            done = run_here(["eval", text, *given, "--get", "A.grad"])
            assert numpy.array(json.loads(done.stdout)) == pytest.approx(expected, rel=1e-12)
        assert run_here(["check", "L = cholesky(A); y = sum(L^2*[1, 2, 3])", *given[:2]]).returncode == 0
        as_arrays()


@pytest.mark.parametrize("mode", ["reverse", "both"])
def test_a_slope_behind_what_is_too_large_is_looked_into(mode: str, as_arrays: Any) -> None:
    words = ["eval", "y = sum(sqrt(x^2)*w)", "--x", "[1e200, -1e200, 3]", "--w", "[1, 2, 5]", "-o", "json"]
    as_arrays()
    done = run_here([*words, "--mode", mode])
    assert done.returncode == 0
    assert "disagree" not in done.stderr
    (x, *_) = json.loads(done.stdout)["nodes"]
    assert x["gradient"]["y"] == [1, -2, 5]
    assert x["gradient_status"]["y"] == ["recovered", "recovered", "ok"]


def test_a_pole_that_doubles_make_is_none(as_arrays: Any) -> None:
    words = ["eval", "L = -sum(log(softmax(Z))[:, 0])", "--Z", "[[0, 1000], [1, 2]]", "-o", "json"]
    as_arrays()
    done = run_here(words)
    assert done.returncode == 0
    output = json.loads(done.stdout)["outputs"]["L"]
    assert near(output["value"], 1000 + math.log(1 + math.e))
    p = 1 / (1 + math.e)
    assert near(output["gradient"]["Z"], [[-1.0, 1.0], [p - 1, 1 - p]])
    many = run_here(["eval", "s = sum(log(sigmoid(-w)))", "--w", "linspace(800, 900, 3000)", "-o", "json"])
    assert json.loads(many.stdout)["nodes"][-1]["status"] == "unknown"
