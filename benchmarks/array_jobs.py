"""Jobs with arrays, each as a program and in the words of its peers' documentation."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

import cgraph_cli
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import Source
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill, ieee
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.results.array_report import leave_out
from cgraph_cli.symbolic.arrays.elaborate import elaborate
from cgraph_cli.symbolic.program import parse


class Job(NamedTuple):
    """A program, its inputs, the ones to differentiate in, and the same in Python.

    `python` is an expression over the inputs and over `np`, `relu`, `softplus`, `cross_entropy` and `gaussian`, the
    likelihood of a process, which each peer spells in its own way.
    """

    program: str
    inputs: Mapping[str, Any]
    wrt: tuple[str, ...]
    python: str


def jobs(quick: bool) -> dict[str, Job]:
    """Make the jobs, smaller ones for a quick run."""
    rng = np.random.default_rng(0)
    rows, side, points = (10_000, 300, 200) if quick else (100_000, 1000, 500)
    return {
        "784-100-10 network, batch of 128": Job(
            "h = relu(X @ W1 + b1); loss = cross_entropy(h @ W2 + b2, k)",
            {
                "X": rng.random((128, 784)),
                "W1": rng.normal(size=(784, 100)) * 0.05,
                "b1": np.zeros(100),
                "W2": rng.normal(size=(100, 10)) * 0.1,
                "b2": np.zeros(10),
                "k": rng.integers(0, 10, 128).astype(float),
            },
            ("W1", "b1", "W2", "b2"),
            "cross_entropy(relu(X @ W1 + b1) @ W2 + b2, k)",
        ),
        f"logistic regression of {rows:,}×100": Job(
            "z = X @ w + b; loss = mean(softplus(z) - y*z)",
            {
                "X": rng.normal(size=(rows, 100)),
                "w": rng.normal(size=100) * 0.1,
                "b": np.float64(0.1),
                "y": rng.integers(0, 2, rows).astype(float),
            },
            ("w", "b"),
            "(softplus(X @ w + b) - y*(X @ w + b)).mean()",
        ),
        f"tanh of a {side}×{side} product": Job(
            "loss = sum(tanh(A @ B))",
            {"A": rng.normal(size=(side, side)) * 0.03, "B": rng.normal(size=(side, side)) * 0.03},
            ("A", "B"),
            "np.tanh(A @ B).sum()",
        ),
        f"Gaussian process of {points} points": Job(
            f"d = x[:, None] - x[None, :]; K = s^2*exp(-d^2/(2*l^2)) + v*eye({points});"
            " nll = 0.5*(y @ solve(K, y)) + 0.5*logdet(K)",
            {
                "x": np.sort(rng.random(points) * 10),
                "y": rng.normal(size=points),
                "s": np.float64(1.0),
                "l": np.float64(1.0),
                "v": np.float64(0.1),
            },
            ("s", "l", "v"),
            f"gaussian(s**2*np.exp(-(x[:, None] - x[None, :])**2/(2*l**2)) + v*np.eye({points}), y)",
        ),
    }


Ways = tuple[Callable[[], Any], Callable[[], Any]]
"""The function of the value of a job, and that of the value with the gradients."""


def cgraph(job: Job) -> Ways:
    """Make ready what cgraph does inside its process."""
    graph, nodes, given = _read(job)

    def value() -> Any:
        with ieee():
            return evaluate(graph, given, algebra=ARRAYS)

    def gradients() -> Any:
        with ieee():
            evaluation = evaluate(graph, given, algebra=ARRAYS)
            leave_out(evaluation, nodes)
            adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
            return [fill(adjoints[node], graph.shapes[node]) for node in nodes]

    return value, gradients


def compiled(job: Job) -> Ways:
    """Compile a job into a function of its inputs."""
    value, gradients = (
        cgraph_cli.compile(job.program, job.inputs, wrt=job.wrt, gradient=gradient) for gradient in (False, True)
    )
    return lambda: value(**job.inputs), lambda: gradients(**job.inputs)


def _read(job: Job) -> tuple[ArrayGraph, list[int], dict[str, Any]]:
    """Read the program of a job, the nodes to differentiate in, and the numbers of the inputs that it has then."""
    shapes = {name: Tensor(np.shape(x), np.ravel(x).tolist()) for name, x in job.inputs.items()}
    graph = elaborate(parse(Source(job.program, "job")), shapes)
    given = {name: number for name, number in job.inputs.items() if name not in graph.settled}
    return graph, [graph.nodes[name] for name in job.wrt], given


def memory(job: Job) -> float:
    """Measure cgraph's peak of memory as a multiple of the arrays that stay: inputs, values and adjoints."""
    graph, nodes, inputs = _read(job)
    given = sum(np.asarray(x).nbytes for x in job.inputs.values())
    cgraph(job)[1]()  # whatever is compiled once is compiled now
    tracemalloc.start()
    with ieee():
        evaluation = evaluate(graph, inputs, algebra=ARRAYS)
        leave_out(evaluation, nodes)
        adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(adjoints) == len(evaluation.values)
    return (given + peak) / (given + kept)


def torch(job: Job) -> Ways:
    """Prepare PyTorch, which computes at once."""
    import torch as library
    from torch.nn import functional

    scope = {
        "np": library,
        "relu": library.relu,
        "softplus": functional.softplus,
        "cross_entropy": lambda z, k: functional.cross_entropy(z, k.long()),
        "gaussian": lambda K, y: 0.5 * (y @ library.linalg.solve(K, y)) + 0.5 * library.logdet(K),
        **{
            name: library.tensor(x, dtype=library.float64, requires_grad=name in job.wrt)
            for name, x in job.inputs.items()
        },
    }
    library.set_default_dtype(library.float64)
    code = compile(job.python, "job", "eval")
    return lambda: eval(code, scope), lambda: library.autograd.grad(eval(code, scope), [scope[w] for w in job.wrt])


TORCH_SCRIPT = """
import numpy, torch
from torch.nn import functional
torch.set_default_dtype(torch.float64)
np, relu, softplus = torch, torch.relu, functional.softplus
def cross_entropy(z, k): return functional.cross_entropy(z, k.long())
def gaussian(K, y): return 0.5*(y @ torch.linalg.solve(K, y)) + 0.5*torch.logdet(K)
given = numpy.load({file!r})
{inputs}
gradients = torch.autograd.grad({expression}, [{wrt}])
print(*gradients)
"""
"""A job as a script of PyTorch, which prints the gradients: as cgraph does, large ones in short form."""


def scripts(job: Job, folder: str) -> tuple[list[str], list[str]]:
    """Write the files of a job; gives the words after `cgraph`, and those after Python for PyTorch."""
    file, model, script = (os.path.join(folder, name) for name in ("inputs.npz", "model.cg", "script.py"))
    np.savez(file, **job.inputs)
    inputs = "\n".join(f"{x} = torch.tensor(given[{x!r}], requires_grad={x in job.wrt})" for x in job.inputs)
    text = TORCH_SCRIPT.format(file=file, inputs=inputs, expression=job.python, wrt=", ".join(job.wrt))
    for name, content in ((model, job.program), (script, text)):
        with open(name, "w", encoding="utf-8") as stream:
            stream.write(content)
    return ["eval", model, "--inputs", file, "--max-size", "1000000000", "--wrt", ",".join(job.wrt)], [script]


def autograd(job: Job) -> Ways:
    """Prepare HIPS autograd."""
    import autograd.numpy as library
    from autograd import grad

    return _functional(job, library, grad)


def jax(job: Job) -> Ways:
    """Prepare JAX, after its compilation."""
    import jax as library

    library.config.update("jax_enable_x64", True)

    def differentiate(function: Any, at: tuple[int, ...]) -> Any:
        return library.jit(library.grad(function, at))

    value, gradients = _functional(job, library.numpy, differentiate, library.jit)
    return lambda: library.block_until_ready(value()), lambda: library.block_until_ready(gradients())


def _functional(job: Job, library: Any, grad: Any, compiled: Any = lambda function: function) -> Ways:
    """Make a function of the inputs to differentiate in, for packages in NumPy's image."""

    def cross_entropy(z: Any, k: Any) -> Any:
        most = library.max(z, axis=1)
        total = library.log(library.sum(library.exp(z - most[:, None]), axis=1)) + most
        return library.mean(total - z[np.arange(len(k)), np.asarray(job.inputs["k"], int)])

    def gaussian(K: Any, y: Any) -> Any:
        return 0.5 * (y @ library.linalg.solve(K, y)) + 0.5 * library.linalg.slogdet(K)[1]

    scope = {
        "np": library,
        "relu": lambda x: library.maximum(x, 0.0),
        "softplus": lambda x: library.logaddexp(x, 0.0),
        "cross_entropy": cross_entropy,
        "gaussian": gaussian,
        **job.inputs,
    }
    code = compile(job.python, "job", "eval")
    given = [job.inputs[name] for name in job.wrt]

    def function(*numbers: Any) -> Any:
        return eval(code, {**scope, **dict(zip(job.wrt, numbers, strict=True))})

    value, gradients = compiled(function), grad(function, tuple(range(len(given))))
    return lambda: value(*given), lambda: gradients(*given)


PEERS: Mapping[str, Callable[[Job], Ways]] = {"torch": torch, "jax": jax, "autograd": autograd}
"""The peers that compute with arrays."""
