"""The library: each function against the command of its name, what it loads, and the names that the package gives."""

from __future__ import annotations

import ast
import doctest
import json
import subprocess
import sys
from collections.abc import Callable
from math import pi
from pathlib import Path

import pytest

import cgraph_cli
import cgraph_cli as cg
from cgraph_cli import library
from tests.conftest import ROOT, Run
from tests.needs import need_library
from tests.test_architecture import loaded_by

OLAH = "c = a + b; d = b + 1; e = c * d"
POINT = {"a": 3, "b": 1}
ARGS = [OLAH, "--a", "3", "--b", "1"]


@pytest.mark.parametrize("module", [cgraph_cli, library], ids=["cgraph_cli", "library"])
def test_the_examples_of_docstrings_run(module: object) -> None:
    failed, attempted = doctest.testmod(module)  # type: ignore[arg-type]
    assert not failed
    assert attempted


FUNCTIONS = sorted(name for name in cgraph_cli.__all__ if name.islower() and name != "__version__" and name != "parse")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_an_example(name: str) -> None:
    assert ">>> " in (getattr(cgraph_cli, name).__doc__ or "")
    assert getattr(cgraph_cli, name).__module__ == "cgraph_cli.library"


# Each function answers as its command does


@pytest.mark.parametrize(
    ("args", "answer"),
    [
        (["eval", *ARGS], lambda: cg.report(OLAH, POINT)),
        (["eval", *ARGS, "--tangent", "b=2"], lambda: cg.report(OLAH, POINT, direction={"b": 2})),
        (["eval", *ARGS, "--seed", "e=2", "--wrt", "a,c"], lambda: cg.report(OLAH, POINT, seeds={"e": 2}, wrt="a,c")),
        (["eval", "x/3", "--x", "0.1", "--precision", "40"], lambda: cg.report("x/3", {"x": "0.1"}, precision=40)),
        (["eval", "log(x)", "--x", "0", "--arithmetic", "double"],
         lambda: cg.report("log(x)", {"x": 0}, arithmetic="double")),
        (["eval", "sin(x)/x", "--x", "0"], lambda: cg.report("sin(x)/x", {"x": 0})),
        (["jacobian", *ARGS, "--of", "c,d"], lambda: cg.jacobian(OLAH, POINT, of=["c", "d"])),
        (["hessian", *ARGS], lambda: cg.hessian(OLAH, POINT)),
        (["hessian", *ARGS, "--hvp", "a=1,b=2"], lambda: cg.hessian(OLAH, POINT, direction={"a": 1, "b": 2})),
        (["taylor", "sin(x)", "--x", "pi/6", "--order", "4"], lambda: cg.taylor("sin(x)", {"x": "pi/6"}, 4)),
        (["explain", *ARGS], lambda: cg.explain(OLAH, POINT)),
        (["check", OLAH, "--samples", "5"], lambda: cg.check(OLAH, samples=5)),
        (["check", *ARGS, "--expect", "a.grad=3"], lambda: cg.check(OLAH, POINT, expect={"a.grad": 3})),
        (["compare", OLAH, "e = (a + b)*b", "--samples", "5"], lambda: cg.compare(OLAH, "e = (a + b)*b", samples=5)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_function_answers_as_its_command(args: list[str], answer: Callable[[], library.Result], cgraph: Run) -> None:
    printed = json.loads(cgraph(*args, "-o", "json").stdout)
    assert json.loads(cgraph_cli.render(answer(), "json")) == printed


@pytest.mark.parametrize(
    ("args", "answer"),
    [
        (["diff", OLAH], lambda: cg.differentiate(OLAH)),
        (["diff", "x^4*y", "--order", "2", "--expand", "--y", "2"],
         lambda: cg.differentiate("x^4*y", {"y": 2}, order=2, expand=True)),
        (["diff", OLAH, "-o", "latex"], lambda: cg.differentiate(OLAH, format="latex")),
        (["emit", "c", OLAH, "--name", "model", "--hessian"],
         lambda: cg.emit(OLAH, "c", name="model", hessian=True)),
        (["emit", "python", *ARGS, "--wrt", "b"], lambda: cg.emit(OLAH, "python", POINT, wrt="b")),
        (["graph", *ARGS], lambda: cg.draw(OLAH, POINT)),
        (["graph", OLAH], lambda: cg.draw(OLAH)),
        (["graph", "b = 2; b^2"], lambda: cg.draw("b = 2; b^2")),
        (["graph", *ARGS, "-o", "dot", "--of", "c"], lambda: cg.draw(OLAH, POINT, "dot", of="c")),
        (["graph", *ARGS, "-o", "mermaid", "--mode", "forward", "--wrt", "b"],
         lambda: cg.draw(OLAH, POINT, "mermaid", mode="forward", wrt="b")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_function_writes_what_its_command_prints(args: list[str], answer: Callable[[], str], cgraph: Run) -> None:
    assert answer() == cgraph(*args).stdout


@pytest.mark.parametrize("format", ["svg", "html"])
def test_pictures_and_pages(format: str, cgraph: Run) -> None:
    need_library("igraph")
    assert cgraph_cli.draw(OLAH, None, format) == cgraph("graph", OLAH, "-o", format).stdout


def test_a_sweep_answers_as_its_command(cgraph: Run) -> None:
    rows = json.loads(cgraph("sweep", OLAH, "--over", "a=1,2", "--over", "b=0:1:3n", "-o", "json").stdout)["points"]
    found = list(cgraph_cli.sweep(OLAH, {"a": [1, 2], "b": "0:1:3n"}))
    assert [point for point, _ in found] == [row["inputs"] for row in rows]
    assert [answer.values[answer.graph.output] for _, answer in found] == [row["outputs"][0]["value"] for row in rows]


# Programs, inputs and labels


def test_a_graph_is_taken_for_a_program_and_stays_as_it_is() -> None:
    graph = cgraph_cli.parse(OLAH)
    assert cgraph_cli.report(graph, POINT).values == cgraph_cli.report(OLAH, POINT).values
    assert "3" in cgraph_cli.emit(graph, "python", {"a": 3})
    assert graph.numbers[graph.find("a")] is None


def test_an_input_may_be_a_constant_expression() -> None:
    assert cgraph_cli.evaluate("x", {"x": "2*pi"}).value("x") == 2 * pi
    with pytest.raises(cgraph_cli.InputError, match="is not a number"):
        cgraph_cli.evaluate("x", {"x": "2*y"})


@pytest.mark.parametrize("seed", ["e", 4])
def test_seeds_are_labels_or_positions(seed: str | int) -> None:
    evaluation = cgraph_cli.evaluate("c = a*b; e = c + a", {"a": 2, "b": 3})
    seed = evaluation.graph.find("e") if seed == 4 else seed
    assert cgraph_cli.sweep_reverse(evaluation, {seed: 2})[evaluation.graph.find("a")] == 8  # type: ignore[misc]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: cg.report("y = 2x"), "no operator"),
        (lambda: cg.report(OLAH, {"a": 1}), "the input `b` has no value"),
        (lambda: cg.report(OLAH, {**POINT, "q": 1}), "no input `q`"),
        (lambda: cg.report(OLAH, POINT, of="q"), "does not have"),
        (lambda: cg.report(OLAH, POINT, mode="backward"), "`mode` cannot be `backward`"),
        (lambda: cg.report(OLAH, POINT, arithmetic="decimal"), "`arithmetic` cannot be"),
        (lambda: cg.report(OLAH, POINT, precision=0), "`precision` cannot be 0"),
        (lambda: cg.report(OLAH, POINT, mode="reverse", direction={"a": 1}), "sweeps forward"),
        (lambda: cg.sweep_reverse(cg.evaluate(OLAH, POINT), {"q": 1}), "`seeds` names `q`"),
        (lambda: cg.sweep(OLAH, {"a": []}, {"b": 1}), "has no numbers"),
        (lambda: cg.sweep(OLAH, {"a": "1:2"}, POINT), "both a number and a range"),
        (lambda: cg.sweep(OLAH, {"c": [1]}), "`c` is computed"),
        (lambda: cg.taylor("x", {"x": 1}, -1), "`order` cannot be -1"),
        (lambda: cg.differentiate("1 + 1"), "no input to differentiate"),
        (lambda: cg.differentiate("x", order=0), "`order` cannot be 0"),
        (lambda: cg.emit(OLAH, "fortran"), "there is no target `fortran`"),
        (lambda: cg.emit(OLAH, "c", {"e": 1}), "`e` is computed"),
        (lambda: cg.check(OLAH, ranges={"a": (0, 1)}), "there are none"),
        (lambda: cg.check(OLAH, samples=0), "`samples` cannot be 0"),
        (lambda: cg.compare("y = x", "z = x; w = z"), "share no output"),
        (lambda: cg.draw(OLAH, POINT, "svgz"), "did you mean `svg`"),
        (lambda: cg.render(cg.jacobian(OLAH, POINT), "__init__"), "`format` cannot be `__init__`"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_an_error_in_words(wrong: Callable[[], object], words: str) -> None:
    with pytest.raises(cgraph_cli.CgraphError) as caught:
        wrong()
    assert words in str(caught.value)


# The package's names


def test_no_function_loads_click_or_rich() -> None:
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    used = [name for name in FUNCTIONS if f"{name}(" in page]
    assert used == FUNCTIONS
    code = "\n".join(block.split("```")[0] for block in page.split("```python\n")[1:])
    assert not loaded_by(code) & {"click", "rich"}


def test_what_is_not_asked_for_is_not_loaded() -> None:
    nothing = loaded_by("import cgraph_cli")
    assert {name for name in nothing if name.startswith("cgraph_cli")} == {"cgraph_cli"}
    code = "import cgraph_cli; g = cgraph_cli.parse('c = a*b'); cgraph_cli.sweep_reverse(cgraph_cli.evaluate(g, {'a': 1, 'b': 2}), {'c': 1})"
    assert not loaded_by(code) & {
        "lark",
        "flint",
        "mpmath",
        "cgraph_cli.trust",
        "cgraph_cli.render",
        "cgraph_cli.results",
    }


def test_rooms_do_not_hide_the_functions_of_their_names() -> None:
    code = (
        "import cgraph_cli.emit.targets.c, cgraph_cli.draw.drawing, cgraph_cli.render.view, cgraph_cli\n"
        "from cgraph_cli import draw, emit, render\n"
        "assert callable(draw) and callable(emit) and callable(render) and callable(cgraph_cli.emit)\n"
        "from cgraph_cli.emit import TARGETS; assert 'c' in TARGETS\n"
        "assert set(dir(cgraph_cli)) >= set(cgraph_cli.__all__)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[True]\n"


def test_types_and_names_are_the_same_list() -> None:
    """Editors and mypy read the imports for type checkers, Python the table of homes."""
    path = Path(cgraph_cli.__file__)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typed = {(f"cgraph_cli.{home}", name) for home, names in cgraph_cli._HOMES.items() for name in names}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert typed == {(node.module, alias.name) for node in imports for alias in node.names} - {
        ("typing", "TYPE_CHECKING"), ("__future__", "annotations"), ("importlib", "import_module")
    }  # fmt: skip
    assert {name for _, name in typed} | {"__version__"} == set(cgraph_cli.__all__)
    assert (path.parent / "py.typed").exists()
