"""Programs of arrays for the tests of emitted code, their results by the sweeps, and by each target."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy
from hypothesis import Phase, given, settings

from cgraph_cli import evaluate, sweep_reverse
from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, ArrayProgram
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.tensor import Shape, Tensor, of_nested
from cgraph_cli.emit import emit
from cgraph_cli.symbolic.arrays import with_shapes
from cgraph_cli.symbolic.arrays.scalarize import scalarize
from cgraph_cli.symbolic.program import parse
from tests.array_programs import BINARY, REDUCTIONS, UNARY, array_graphs
from tests.needs import need_library, need_program
from tests.runners import load_python

Numbers = list[float]


class ArrayCase(NamedTuple):
    """A program with the numbers of its inputs, by name."""

    text: str
    inputs: dict[str, Any]


class Asked(NamedTuple):
    """A case in a target: the text of the function `name`, and its results: the value and then the gradient.

    `inputs` and `shapes` are in the order of the parameters and of the results.
    """

    name: str
    text: str
    program: str
    inputs: list[Tensor[float]]
    shapes: list[Shape]
    expected: Numbers


def asked(case: ArrayCase, target: str, name: str) -> Asked:
    """Emit a case in a target, and compute its expected results by the sweeps."""
    inputs = {key: of_nested(value).map(float) for key, value in case.inputs.items()}
    return asked_of(with_shapes(parse(case.text), inputs), inputs, target, name)


def asked_of(graph: Graph, inputs: dict[str, Tensor[float]], target: str, name: str) -> Asked:
    """Emit the scalar program of a program of arrays."""
    arrays = graph.arrays
    assert arrays is not None
    names = [arrays.graph.names[node] or "" for node in arrays.graph.inputs()]
    tensors = [inputs[key] if key in inputs else _default(arrays, key) for key in names]
    values, gradient = swept(graph, dict(zip(names, tensors, strict=True)))
    shapes = [arrays.graph.shapes[arrays.graph.output], *(tensor.shape for tensor in tensors)]
    text = emit(graph, target, name=name)
    return Asked(name, text, graph.source.text, tensors, shapes, [*values, *gradient])


@cache
def random_programs(count: int) -> list[tuple[Graph, dict[str, Tensor[float]]]]:
    """Make scalar programs of random graphs of arrays, with their inputs."""
    found = []

    @settings(max_examples=count, database=None, derandomize=True, phases=[Phase.generate], deadline=None)
    @given(array_graphs(KINDS))
    def collect(case: tuple[ArrayGraph, dict[str, Tensor[float]]]) -> None:
        arrays, inputs = case
        graph, elements = scalarize(arrays, inputs)
        graph.arrays = ArrayProgram(arrays, elements)
        found.append((graph, inputs))

    collect()
    return found


KINDS = (
    *UNARY, *BINARY, *REDUCTIONS, "where", "index", "index", "transpose", "reshape", "array", ELEMENTS, "stack",
    "concat", "cumsum", "conv1d", "conv2d", "@", "@", "solve", "inv", "det", "logdet", "cholesky",
)  # fmt: skip


def swept(graph: Graph, inputs: dict[str, Tensor[float]]) -> tuple[Numbers, Numbers]:
    """Compute the elements of a scalar program's output, and the gradient of their sum."""
    arrays = graph.arrays
    assert arrays is not None
    nodes = [node for name in inputs for node in arrays.elements[arrays.graph.nodes[name]].items]
    labels = graph.labels()
    point = {labels[node]: x for node, x in zip(nodes, (x for t in inputs.values() for x in t.items), strict=True)}
    evaluation = evaluate(graph, point)
    adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    return [evaluation.values[node] for node in arrays.output], [adjoints[node] or 0.0 for node in nodes]


def _default(arrays: ArrayProgram, name: str) -> Tensor[float]:
    node = arrays.graph.nodes[name]
    return arrays.graph.tensor(node) or Tensor((), [arrays.graph.numbers[node] or 0.0])


def flat(nested: Any) -> Numbers:
    """List the numbers of nested lists, in order."""
    if hasattr(nested, "tolist"):
        nested = nested.tolist()
    if isinstance(nested, dict):
        nested = list(nested.values())
    return [x for part in nested for x in flat(part)] if isinstance(nested, (list, tuple)) else [float(nested)]


def shape_of(nested: Any) -> Shape:
    """Find the shape of an array, or of nested lists."""
    return tuple(nested.shape) if hasattr(nested, "shape") else of_nested(nested).shape


def run_python_like(cases: Sequence[Asked], array: Callable[[Tensor[float]], Any]) -> list[Numbers]:
    """Call functions in Python with the arrays of a library, and check the shapes of their results."""
    found = []
    for case in cases:
        value, gradient = load_python(case.text, case.name)(*map(array, case.inputs))
        results = [value, *gradient]
        for each, shape in zip(results, case.shapes, strict=True):
            is_list = isinstance(each, list)  # no axis after one without elements is known
            assert shape_of(each) == (
                of_nested(Tensor(shape, [0.0] * prod(shape)).nested()).shape if is_list else shape
            ), case.text
        found.append(flat(results))
    return found


def run_python(cases: Sequence[Asked], folder: Path) -> list[Numbers]:
    """Run Python, with nested lists."""
    return run_python_like(cases, Tensor.nested)


def run_numpy(cases: Sequence[Asked], folder: Path) -> list[Numbers]:
    """Run NumPy."""
    need_library("scipy")
    return run_python_like(cases, lambda tensor: numpy.array(tensor.items).reshape(tensor.shape))


def run_torch(cases: Sequence[Asked], folder: Path) -> list[Numbers]:
    """Run PyTorch."""
    torch = need_library("torch")
    return run_python_like(cases, lambda tensor: torch.tensor(tensor.items, dtype=torch.float64).reshape(tensor.shape))


def run_jax(cases: Sequence[Asked], folder: Path) -> list[Numbers]:
    """Run JAX, each program compiled."""
    jax = need_library("jax")
    jax.config.update("jax_enable_x64", True)
    return run_python_like(cases, lambda tensor: jax.numpy.array(tensor.items, dtype=float).reshape(tensor.shape))


def run_javascript(cases: Sequence[Asked], folder: Path) -> list[Numbers]:
    """Run JavaScript in Node.js, each program in a scope of its own."""
    parts = [f"const {one.name} = (module => {{ {one.text}\nreturn {one.name}; }})();" for one in cases]
    parts.append("const show = (_, x) => typeof x !== 'number' || Number.isFinite(x) ? x : String(x);")
    for one in cases:
        arguments = ", ".join(json.dumps(tensor.nested()) for tensor in one.inputs)
        parts.append(f"console.log(JSON.stringify({one.name}({arguments}), show));")
    (folder / "arrays.js").write_text("\n".join(parts), encoding="utf-8")
    lines = _output([need_program("node"), "arrays.js"], folder).splitlines()
    return [flat(json.loads(line.replace("Infinity", "inf"))) for line in lines]


def _braced(nested: Any) -> str:
    return f"{{{', '.join(map(_braced, nested))}}}" if isinstance(nested, list) else repr(nested)


def _sizes(shape: Shape) -> str:
    return "".join(f"[{size}]" for size in shape)


def run_c(cases: Sequence[Asked], folder: Path) -> list[Numbers]:
    """Run C, each function in a file of its own, with strict warnings as errors."""
    names = []
    main = ["#include <stdio.h>"]
    calls = []
    for one in cases:
        (folder / f"{one.name}.c").write_text(one.text, encoding="utf-8")
        names.append(f"{one.name}.c")
        kinds = [f"{'const ' * bool(t.shape)}double {_sizes(t.shape)}" for t in one.inputs]
        first, *rest = one.shapes
        outs = [*([first] if first else []), *(shape or (1,) for shape in rest)]
        kinds += [f"double {_sizes(shape)}" for shape in outs]
        main.append(f"{'void' if first else 'double'} {one.name}({', '.join(kinds) or 'void'});")
        lines = [f"double in{at}{_sizes(t.shape)} = {_braced(t.nested())};" for at, t in enumerate(one.inputs)]
        lines += [f"double out{at}{_sizes(shape)};" for at, shape in enumerate(outs)]
        casts = [
            f"(const double (*){_sizes(t.shape[1:])})in{at}" if len(t.shape) > 1 else f"in{at}"
            for at, t in enumerate(one.inputs)
        ]
        call = f"{one.name}({', '.join([*casts, *(f'out{at}' for at in range(len(outs)))])})"
        lines.append(f"{call};" if first else f'printf("%.17g ", {call});')
        for at in range(len(outs)):
            lines.append(
                f'for (size_t k = 0; k < sizeof(out{at})/sizeof(double); k++) printf("%.17g ", ((double *)out{at})[k]);'
            )
        calls.append("\n".join(["{", *lines, 'printf("\\n");', "}"]))
    main += ["int main(void) {", *calls, "return 0; }"]
    (folder / "main.c").write_text("\n".join(main), encoding="utf-8")
    strict = ("-std=c99", "-O0", "-Wall", "-Wextra", "-pedantic", "-Werror")
    _output([need_program("gcc"), *strict, "main.c", *names, "-o", "arrays", "-lm"], folder)
    return [list(map(float, line.split())) for line in _output([str(folder / "arrays")], folder).splitlines()]


def run_rust(cases: Sequence[Asked], folder: Path) -> list[Numbers]:
    """Run Rust, each program a module of one file, with each warning an error."""
    text, calls = ["#![allow(mixed_script_confusables, uncommon_codepoints)]", TRAIT], []
    for one in cases:
        text.append(f"mod module_{one.name} {{\n{one.text}}}")
        arguments = ", ".join(("&" * bool(t.shape)) + json.dumps(t.nested()) for t in one.inputs)
        gradients = [f"g{at}" for at in range(len(one.shapes) - 1)]
        parts = "".join(f"{each}.show();" for each in gradients)
        pattern = f"(v, ({', '.join(gradients)}{',' * (len(gradients) == 1)}))"
        call = f"module_{one.name}::{one.name}({arguments})"
        calls.append(f"{{ let {pattern} = {call}; v.show(); {parts} println!(); }}")
    text += ["fn main() {", *calls, "}"]
    (folder / "arrays.rs").write_text("\n".join(text), encoding="utf-8")
    strict = ("-D", "warnings", "-C", "opt-level=0", "-C", "debuginfo=0")
    _output([need_program("rustc"), *strict, "arrays.rs", "-o", "arrays"], folder)
    return [list(map(float, line.split())) for line in _output([str(folder / "arrays")], folder).splitlines()]


TRAIT = """
trait Show { fn show(&self); }
impl Show for f64 { fn show(&self) { print!("{:e} ", self); } }
impl<T: Show, const N: usize> Show for [T; N] { fn show(&self) { for x in self { x.show(); } } }
"""


def _output(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[:4000]
    return done.stdout


ARRAY_RUNNERS = {
    "python": run_python,
    "numpy": run_numpy,
    "torch": run_torch,
    "jax": run_jax,
    "javascript": run_javascript,
    "c": run_c,
    "rust": run_rust,
}
