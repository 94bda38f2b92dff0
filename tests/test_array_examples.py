"""Every command on every example with arrays: it computes what `cgraph eval` shows, or says why it does not."""

from __future__ import annotations

import atexit
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from xml.etree import ElementTree

import numpy
import pytest

from cgraph_cli.draw.array_drawing import draw_program
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.language.write import write_program
from cgraph_cli.results.matrices import hessian
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.arrays import with_shapes
from cgraph_cli.symbolic.arrays.elaborate import elaborate
from cgraph_cli.symbolic.matrices.folding import fold
from cgraph_cli.symbolic.program import parse
from tests.command import run_here
from tests.conftest import EXAMPLES, SCALAR_EXAMPLES, Run, heavy, shorten
from tests.emitted_arrays import ARRAY_RUNNERS, ArrayCase, asked
from tests.test_emit_arrays import differences
from tests.test_layout import faults, lay_out

SHORT = Path(mkdtemp(prefix="cgraph-examples-"))
atexit.register(rmtree, SHORT, ignore_errors=True)


def shortened(path: Path) -> Path:
    """Write the example that is computed element by element to a file, if it is another one."""
    text = shorten(path)
    if text == path.read_text(encoding="utf-8"):
        return path
    (SHORT / path.name).write_text(text, encoding="utf-8")
    return SHORT / path.name


ARRAY_EXAMPLES = [shortened(path) for path in EXAMPLES if path not in SCALAR_EXAMPLES]
LONG = {"moons", "kalman_filter"}
"""Recurrences of some thousand numbers."""


def chosen(paths: list[Path]) -> Any:
    marked = [pytest.param(path, marks=heavy if path.stem in LONG else ()) for path in paths]
    return pytest.mark.parametrize("path", marked, ids=[path.stem for path in paths])


every_example = chosen(ARRAY_EXAMPLES)


@cache
def shown(path: Path) -> dict[str, Any]:
    """Read the nodes that `cgraph eval` shows, by name."""
    done = run_here(["eval", str(path), "-o", "json"])
    assert done.returncode == 0, done.stderr
    return {node["name"]: node for node in json.loads(done.stdout)["nodes"]}


def gradient_of(node: dict[str, Any]) -> Any:
    (gradient,) = node["gradient"].values()
    return numpy.array(gradient if gradient is not None else 0.0)


def inputs_of(nodes: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Read the name, value and gradient of each input."""
    for name, node in nodes.items():
        if node["kind"] == "input":
            value = numpy.array(node["value"], float)
            gradient = gradient_of(node)
            yield name, value, numpy.broadcast_to(gradient, value.shape)


def near(found: Any, expected: Any, tolerance: float = 1e-10) -> bool:
    found, expected = numpy.array(found, float), numpy.array(expected, float)
    size = max(1.0, float(numpy.abs(expected).max(initial=0.0)))
    return bool(found.shape == expected.shape and (numpy.abs(found - expected) <= tolerance * size).all())


def label(name: str, shape: tuple[int, ...]) -> str:
    """Label an array's first element, or a number."""
    return f"{name}[{','.join('0' * len(shape))}]" if shape else name


@every_example
def test_diff(path: Path, cgraph: Run) -> None:
    """The program that `diff` prints computes the gradients."""
    nodes = shown(path)
    asked_for = json.loads(cgraph("diff", str(path), "-o", "json").stdout)["derivatives"]
    names = {entry["wrt"][0]: entry["name"] for entry in asked_for}
    printed = cgraph("diff", str(path)).stdout
    found = {
        node["name"]: node["value"] for node in json.loads(cgraph("eval", "-o", "json", stdin=printed).stdout)["nodes"]
    }
    for name, _, gradient in inputs_of(nodes):
        assert near(found[names[name]], gradient), name
    assert r"\frac{\partial" in cgraph("diff", str(path), "--latex").stdout


@every_example
def test_diff_with_respect_to_elements(path: Path, cgraph: Run) -> None:
    """Each input's first element, by itself."""
    nodes = shown(path)
    asked_for = {label(name, value.shape): gradient.flat[0] for name, value, gradient in inputs_of(nodes)}
    words = ("diff", str(path), "--wrt", ",".join(asked_for))
    names = [entry["name"] for entry in json.loads(cgraph(*words, "-o", "json").stdout)["derivatives"]]
    found = cgraph("eval", "--get", ",".join(names), stdin=cgraph(*words).stdout).stdout.split()
    assert near(list(map(float, found)), list(asked_for.values()))


@every_example
def test_graph(path: Path, cgraph: Run) -> None:
    """The drawing's arrays have the values and gradients."""
    nodes = shown(path)
    drawn = json.loads(cgraph("graph", str(path), "-o", "json").stdout)["nodes"]
    assert {node["name"] for node in drawn} <= set(nodes) | {
        node["name"] for node in drawn if node["kind"] == "constant"
    }
    compared = 0
    for node in drawn:
        if node["name"] in nodes and node["derivatives"]:
            assert near(node["value"], nodes[node["name"]]["value"], 0), node["name"]
            (derivative,) = node["derivatives"]
            assert near(derivative["value"], gradient_of(nodes[node["name"]]), 0), node["name"]
            compared += 1
    assert compared > len(list(inputs_of(nodes)))
    for format in ("tree", "dot", "mermaid"):
        assert cgraph("graph", str(path), "-o", format, "--all").returncode == 0


@heavy
@chosen([path for path in ARRAY_EXAMPLES if path.stem != "kalman_filter"])
def test_pictures(path: Path, cgraph: Run, tmp_path: Path) -> None:
    """Nothing overlaps, and the files are whole."""
    scalar = with_shapes(parse(path.read_text(encoding="utf-8")), {})
    drawing = draw_program(scalar, ())
    assert faults(drawing, lay_out(drawing, "down")) == []
    assert cgraph("graph", str(path), "-o", "picture.svg", cwd=tmp_path).returncode == 0
    ElementTree.parse(tmp_path / "picture.svg")
    assert cgraph("graph", str(path), "-o", "page.html", cwd=tmp_path).returncode == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for name, value, _ in inputs_of(shown(path)):
        assert label(name, value.shape) in page


def test_a_drawing_that_is_too_large_says_what_to_do(cgraph: Run) -> None:
    (path,) = (path for path in ARRAY_EXAMPLES if path.stem == "kalman_filter")
    refused = cgraph("graph", str(path), "-o", "svg")
    assert refused.returncode == 2
    assert "--depth" in refused.stderr


@every_example
def test_explain(path: Path, cgraph: Run) -> None:
    """The derivation has the gradient of each input."""
    text = cgraph("explain", str(path)).stdout
    derived = set(re.findall(r"∂\S+/∂(\w+) = ", text))
    for name, _, gradient in inputs_of(shown(path)):
        assert name in derived or not gradient.any()


@heavy
@every_example
def test_check(path: Path, cgraph: Run) -> None:
    """The assertions hold, and forward is reverse."""
    done = cgraph("check", str(path))
    assert done.returncode == 0
    assert "forward = reverse" in done.stdout


@every_example
def test_jacobian(path: Path, cgraph: Run) -> None:
    """The row of the output is its gradient."""
    nodes = shown(path)
    found = json.loads(cgraph("jacobian", str(path), "-o", "json").stdout)
    if "blocks" not in found:  # a program of numbers, whose arrays are inside
        found["blocks"] = {"": dict(zip(found["wrt"], found["matrix"][0], strict=True))}
    (row,) = found["blocks"].values()
    for name, _, gradient in inputs_of(nodes):
        total = numpy.array(row[name], float)
        total = total.reshape(-1, *gradient.shape).sum(axis=0)
        assert near(total, gradient), name


@heavy
@every_example
def test_hessian(path: Path, cgraph: Run) -> None:
    """The product with a direction is the difference of the gradients at its two ends."""
    scalar = with_shapes(parse(path.read_text(encoding="utf-8")), {})
    output = scalar.output
    labels = scalar.labels()
    places = list(scalar.inputs())
    middle = {labels[node]: scalar.numbers[node] or 0.0 for node in places}
    direction = {name: 0.5 - (at % 4) / 4 for at, name in enumerate(middle)}
    gradients = []
    for step in (-1e-4, 1e-4):
        found = evaluate(scalar, {name: x + step * direction[name] for name, x in middle.items()})
        gradients.append([sweep_reverse(found, {output: 1.0})[node] or 0.0 for node in places])
    expected = [(after - before) / 2e-4 for before, after in zip(*gradients, strict=True)]
    matrix = hessian(scalar, {}, Request(direction=direction))
    assert near([row[0].number for row in matrix.entries], expected, 1e-5)


@heavy
@every_example
def test_taylor_and_sweep(path: Path, cgraph: Run) -> None:
    """The value and slope along an element are those that `eval` shows; a sweep goes through its points."""
    nodes = shown(path)
    output = next(name for name, node in nodes.items() if node["kind"] == "output")
    if nodes[output]["shape"]:
        return
    for name, value, gradient in inputs_of(nodes):
        element, at = label(name, value.shape), value.flat[0]
        found = json.loads(cgraph("taylor", str(path), "--wrt", element, "--order", "1", "-o", "json").stdout)
        assert near(found["outputs"][output]["coefficients"], [nodes[output]["value"], gradient.flat[0]]), element
    swept = cgraph("sweep", str(path), "--over", f"{element}={at}:{at + 1}:2", "-o", "json")
    first = json.loads(swept.stdout)["rows"][0]
    assert near(first["outputs"][output]["value"], nodes[output]["value"])


@every_example
def test_written(path: Path, cgraph: Run) -> None:
    """The program of arrays, written and parsed again, computes the same."""
    nodes = shown(path)
    graph, _ = fold(elaborate(parse(path.read_text(encoding="utf-8")), {}), {})
    again = json.loads(cgraph("eval", "-o", "json", stdin=write_program(graph)).stdout)["nodes"]
    compared = [node["name"] for node in again if node["name"] in nodes and not node["name"].startswith("%")]
    assert len(compared) > 3
    for node in again:
        if node["name"] in compared:
            assert near(node["value"], nodes[node["name"]]["value"], 1e-14), node["name"]


@pytest.mark.parametrize(
    "target", [pytest.param(each, marks=heavy if each in ("jax", "torch") else ()) for each in ARRAY_RUNNERS]
)
def test_emit(target: str, tmp_path: Path) -> None:
    paths = [path for path in ARRAY_EXAMPLES if path.stem not in LONG]
    cases = [asked(ArrayCase(path.read_text(encoding="utf-8"), {}), target, f"f{at}") for at, path in enumerate(paths)]
    assert differences(cases, ARRAY_RUNNERS[target](cases, tmp_path)) == []


@every_example
def test_formulas_and_queries(path: Path, cgraph: Run) -> None:
    """LaTeX has the program; SQL has it where it is one of numbers, and says why not elsewhere."""
    assert r"\begin{align" in cgraph("emit", "latex", str(path)).stdout
    done = cgraph("emit", "sql", str(path))
    arrays = any(node["shape"] for node in shown(path).values() if node["kind"] == "input")
    assert done.returncode == (2 if arrays else 0)
    assert ("SQL takes a number a column" in done.stderr) == arrays


def test_a_training_learns(cgraph: Run) -> None:
    """Thirty steps are computed as arrays, by each command that takes large ones."""
    (path,) = (path for path in EXAMPLES if path.stem == "moons")
    assert cgraph("check", str(path)).returncode == 0
    more = path.read_text(encoding="utf-8") + "".join(f"at{k} = loss(p[{k}])\n" for k in (0, 5, 10, 20, 30))
    found = list(map(float, cgraph("eval", "--get", "at0,at5,at10,at20,at30", stdin=more).stdout.split()))
    assert found == sorted(found, reverse=True)
    gradient = json.loads(cgraph("eval", str(path), "--of", "last", "--get", "start.grad").stdout)
    swept = cgraph("sweep", str(path), "--of", "last", "--over", "start[16]=0.7:0.8:2n", "-o", "json").stdout
    first = json.loads(swept)["rows"][0]["outputs"]["last"]
    assert near([first["value"], first["gradient"]["start[16]"]], [0.08717391538635758, gradient[16]])
