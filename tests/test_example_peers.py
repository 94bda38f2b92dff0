"""The examples with arrays as PyTorch computes them, where no one has published their numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.command import run_here
from tests.conftest import ROOT
from tests.needs import need_library

Names = dict[str, Any]


def softmax_network(torch: Any, x: Names) -> Any:
    hidden = torch.tanh(x["X"] @ x["W1"] + x["b1"])
    return torch.nn.functional.cross_entropy(hidden @ x["W2"] + x["b2"], torch.tensor([0, 1, 2, 1]))


def backprop_layers(torch: Any, x: Names) -> Any:
    a1 = torch.sigmoid(x["W1"] @ x["a0"] + x["b1"])
    return torch.sum((torch.sigmoid(x["W2"] @ a1 + x["b2"]) - x["y"]) ** 2)


def pytorch_layer(torch: Any, x: Names) -> Any:
    z = torch.matmul(x["x"], x["w"]) + x["b"]
    return torch.nn.functional.binary_cross_entropy_with_logits(z, x["y"])


def gaussian_process(torch: Any, x: Names) -> Any:
    """By PyTorch's own distribution, and not by the formula."""
    t, count = x["t"], len(x["t"])
    distances = t[:, None] - t[None, :]
    covariance = x["signal"] ** 2 * torch.exp(-(distances**2) / (2 * x["scale"] ** 2))
    covariance = covariance + x["noise"] ** 2 * torch.eye(count, dtype=torch.float64)
    return torch.distributions.MultivariateNormal(torch.zeros(count, dtype=torch.float64), covariance).log_prob(x["y"])


def moons(torch: Any, x: Names) -> Any:
    """Train by PyTorch's autograd, which differentiates its own gradients."""
    angle = torch.linspace(0, torch.pi, 6, dtype=torch.float64)
    upper = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
    lower = torch.stack([1 - torch.cos(angle), 0.5 - torch.sin(angle)], dim=1)
    points = torch.cat([upper, lower])
    label = torch.cat([torch.ones(6, dtype=torch.float64), -torch.ones(6, dtype=torch.float64)])

    def loss(p: Any) -> Any:
        score = torch.relu(points @ p[0:8].reshape(2, 4) + p[8:12]) @ p[12:16] + p[16]
        return torch.mean(torch.relu(1 - label * score)) + 1e-4 * torch.sum(p**2)

    p = x["start"]
    for k in range(30):
        (gradient,) = torch.autograd.grad(loss(p), p, create_graph=True)
        p = p - (1 - 0.9 * k / 30) * gradient
    return loss(p)


def arm_matrices(torch: Any, x: Names) -> Any:
    transform = torch.eye(3, dtype=torch.float64)
    for theta, length in zip(x["theta"], x["lengths"], strict=True):
        cos, sin, zero = torch.cos(theta), torch.sin(theta), torch.zeros((), dtype=torch.float64)
        rows = [[cos, -sin, length * cos], [sin, cos, length * sin], [zero, zero, zero + 1]]
        transform = transform @ torch.stack([torch.stack(row) for row in rows])
    return transform[1, 2]


def ridge_regression(torch: Any, x: Names) -> Any:
    """Find the first coefficient, by the least squares of the rows that the penalty adds."""
    centred = x["X"] - x["X"].mean(dim=0)
    rows = torch.cat([centred, torch.sqrt(x["alpha"]) * torch.eye(centred.shape[1], dtype=torch.float64)])
    right = torch.cat([x["y"] - x["y"].mean(), torch.zeros(centred.shape[1], dtype=torch.float64)])
    return torch.linalg.lstsq(rows, right[:, None]).solution[0, 0]


EXAMPLES: list[tuple[Callable[[Any, Names], Any], str]] = [
    (softmax_network, "loss"), (backprop_layers, "C"), (pytorch_layer, "loss"), (gaussian_process, "logp"),
    (moons, "last"), (arm_matrices, "y"), (ridge_regression, "coef[0]"),
]  # fmt: skip


@pytest.mark.parametrize(("compute", "output"), EXAMPLES, ids=[compute.__name__ for compute, _ in EXAMPLES])
def test_pytorch_has_the_same_numbers(compute: Callable[[Any, Names], Any], output: str) -> None:
    torch = need_library("torch")
    file = ROOT / "examples" / f"{compute.__name__}.cg"
    shown = json.loads(run_here(["eval", str(file), "--of", output, "-o", "json"]).stdout)
    nodes = {node["name"]: node for node in shown["nodes"]}
    given = {name: node["value"] for name, node in nodes.items() if node["kind"] == "input"}
    tensors = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in given.items()}
    value = compute(torch, tensors)
    assert float(value.detach()) == pytest.approx(shown["outputs"][output]["value"], rel=1e-12)
    value.backward()
    for name, tensor in tensors.items():
        if tensor.grad is None:
            continue
        ours = torch.tensor(nodes[name]["gradient"][output], dtype=torch.float64)
        assert torch.allclose(ours, tensor.grad, rtol=1e-10, atol=1e-12), name
