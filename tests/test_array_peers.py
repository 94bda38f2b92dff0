"""Random programs of arrays beside PyTorch: values, and the gradients of autograd."""

from __future__ import annotations

from typing import Any

import numpy
from hypothesis import assume, given, settings

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, split
from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill, ieee
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from tests.array_programs import array_graphs
from tests.needs import need_library
from tests.test_array_algebra import KINDS


class Peer:
    """PyTorch's operations by the names of the language's."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        linear = torch.linalg
        same = (
            "tanh",
            "neg",
            "exp",
            "sin",
            "abs",
            "relu",
            "sigmoid",
            "log",
            "hypot",
            "atan2",
            "logdet",
            "det",
        )
        self.plain: dict[str, Any] = {name: getattr(torch, name) for name in same}
        self.plain |= {
            "identity": lambda x: x * 1,
            "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
            "+": torch.add,
            "-": torch.sub,
            "*": torch.mul,
            "/": torch.div,
            "min": torch.minimum,
            "max": torch.maximum,
            ">": lambda x, y: torch.gt(x, y).double(),
            "where": lambda c, x, y: torch.where(c != 0, x, y),
            "@": torch.matmul,
            "solve": linear.solve,
            "inv": linear.inv,
            "cholesky": linear.cholesky,
            "cumsum": lambda x: torch.cumsum(x, 0),
            "conv1d": lambda x, w: torch.nn.functional.conv1d(x[None, None], w[None, None])[0, 0],
            "conv2d": lambda x, w: torch.nn.functional.conv2d(x[None, None], w[None, None])[0, 0],
            "sum": lambda *x: sum(x[1:], x[0]),
            "array": lambda *x: torch.stack(x),
            ELEMENTS: lambda *x: torch.stack(x),
        }
        self.reductions: dict[str, Any] = {
            "sum": torch.sum,
            "mean": torch.mean,
            "max": torch.amax,
            "min": torch.amin,
            "norm": lambda x, axes: linear.vector_norm(x, dim=axes),
            "logsumexp": torch.logsumexp,
            "prod": lambda x, axes: x.reshape(-1).prod() if len(axes) == x.dim() else torch.prod(x, axes[0]),
        }

    def apply(self, operation: str, operands: list[Any]) -> Any:
        """Compute an operation."""
        name, args = split(operation)
        if name == "index":
            return self.pick(operands[0], args)
        if name in ("transpose", "reshape"):
            return operands[0].permute(args) if name == "transpose" else operands[0].reshape(args)
        if name in ("stack", "concat"):
            return (self.torch.stack if name == "stack" else self.torch.cat)(operands, args[0])
        if args:
            return self.reductions[name](operands[0], args[0])
        return self.plain[name](*operands)

    def pick(self, x: Any, specs: Any) -> Any:
        """Index an array, axis by axis."""
        axis = 0
        for spec in specs:
            if isinstance(spec, int):
                x = x.select(axis, spec)
                continue
            if spec is None:
                x = x.unsqueeze(axis)
            else:
                places = spec if isinstance(spec, list) else [spec[0] + spec[2] * at for at in range(spec[1])]
                x = x.index_select(axis, self.torch.tensor(places, dtype=self.torch.long))
            axis += 1
        return x


@settings(max_examples=80)
@given(array_graphs(KINDS, most=4))
def test_random_programs_have_the_gradients_of_pytorch(program: tuple[ArrayGraph, dict[str, Tensor[float]]]) -> None:
    torch = need_library("torch")
    graph, given_inputs = program
    peer, values, leaves = Peer(torch), list[Any](), dict[int, Any]()
    for node, operation in enumerate(graph.operations):
        if operation in (INPUT, CONSTANT):
            given_array = given_inputs[graph.names[node] or ""] if operation == INPUT else graph.tensor(node)
            items = graph.numbers[node] if given_array is None else list(given_array.items)
            value = torch.tensor(items, dtype=torch.float64).reshape(graph.shapes[node])
            if operation == INPUT:
                leaves[node] = value.requires_grad_()
            values.append(value)
        else:
            operands = [values[each] for each in graph.operands_of(node)]
            assume(operation != "atan2" or not any(((operands[0] == 0) & (operands[1] == 0)).reshape(-1).tolist()))
            values.append(peer.apply(operation, operands))
    theirs = torch.autograd.grad(values[graph.output], list(leaves.values()), allow_unused=True)
    with ieee():
        evaluation = evaluate(graph, given_inputs, algebra=ARRAYS)
        adjoints = sweep_reverse(evaluation, {graph.output: 1.0})
    assert numpy.allclose(evaluation.values[graph.output], values[graph.output].item(), rtol=1e-10, equal_nan=True)
    for node, other in zip(leaves, theirs, strict=True):
        mine = fill(adjoints[node], graph.shapes[node])
        expected = numpy.zeros(graph.shapes[node]) if other is None else other.numpy()
        known = numpy.isfinite(expected)  # PyTorch's own has nan behind an untaken branch
        size = max(1.0, float(numpy.abs(expected[known]).max(initial=0.0)))
        assert numpy.allclose(mine[known], expected[known], rtol=1e-9, atol=1e-10 * size), graph.operations
