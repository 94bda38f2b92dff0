"""Values, tangents and adjoints in doubles as they come, or in another algebra."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cgraph_cli.library.arguments import Inputs, Program, find_seeds, read_problem

if TYPE_CHECKING:
    from cgraph_cli.evaluation.kernels import Algebra
    from cgraph_cli.evaluation.sweeps import Evaluation


def evaluate(
    program: Program,
    inputs: Inputs = None,
    *,
    algebra: Algebra | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Compute every node's value and every edge's local partial, in plain IEEE doubles.

    `values` of the result has a number for each node, `partials` one for each edge, None where there is no dependence.
    Another `algebra` computes with other numbers. `progress(done, total)` is called now and then. Raises `InputError`
    for inputs that are missing or unknown.

    >>> evaluate("c = a + b; d = b + 1; e = c*d", {"a": 3, "b": 1}).value("e")
    8.0
    """
    from cgraph_cli.evaluation import sweeps
    from cgraph_cli.evaluation.double import DOUBLE

    algebra = algebra or DOUBLE
    return sweeps.evaluate(*read_problem(program, inputs, algebra), algebra=algebra, progress=progress)


def sweep_reverse(evaluation: Evaluation, seeds: Mapping[str, Any] | Mapping[int, Any]) -> list[Any]:
    """Compute adjoints: for each node, the derivative of Σ seed·output with respect to it (a VJP).

    `seeds` give outputs their initial adjoint, by label or by position. The result has an entry for each node, None
    where no seeded node depends on it. Raises `RequestError` for a label that the program does not have.

    >>> evaluation = evaluate("e = a*b", {"a": 3, "b": 2})
    >>> sweep_reverse(evaluation, {"e": 1})
    [2.0, 3.0, 1.0]
    """
    from cgraph_cli.evaluation import sweeps

    return sweeps.sweep_reverse(evaluation, find_seeds(evaluation, seeds))


def sweep_forward(evaluation: Evaluation, seeds: Mapping[str, Any] | Mapping[int, Any]) -> list[Any]:
    """Compute tangents: for each node, its derivative in the direction of `seeds` (a JVP).

    `seeds` give nodes their tangent, by label or by position, in place of what their operands would give them. The
    result has an entry for each node, None where it depends on no seeded node. Raises `RequestError` for a label that
    the program does not have.

    >>> evaluation = evaluate("e = a*b", {"a": 3, "b": 2})
    >>> sweep_forward(evaluation, {"a": 1})
    [1.0, None, 2.0]
    """
    from cgraph_cli.evaluation import sweeps

    return sweeps.sweep_forward(evaluation, find_seeds(evaluation, seeds))
