"""Checks of gradients and comparisons of programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError
from cgraph_cli.library.arguments import Inputs, Labels, Program, make_sampling, read_labels, read_problem, read_program

if TYPE_CHECKING:
    from cgraph_cli.checks.outcomes import Outcome


def check(
    program: Program,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    expect: Mapping[str, float] | None = None,
    rtol: float = 1e-9,
    atol: float = 0.0,
    samples: int | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    seed: int = 1,
) -> Outcome:
    """Check gradients against differences in high precision, and the assertions that the program makes.

    `of` are the outputs whose gradients are checked (the last statement). `expect` gives numbers to values (`e`) and
    gradients (`a.grad`). The point is that of `inputs`; with `samples`, so many random ones, within `ranges` (−2 to 2).
    The outcome is `passed`, or has `failed_cases`, each with its `failures`.

    >>> check("y = x^3; assert grad(y, x) == 3*x^2", samples=10).passed
    True
    """
    from cgraph_cli.checks import gradients
    from cgraph_cli.checks.expectations import Expectation

    expectations = []
    for label, number in (expect or {}).items():
        stem, _, what = label.rpartition(".")
        is_gradient = what == "grad" and bool(stem)
        expectations.append(Expectation(stem if is_gradient else label, is_gradient, number))
    if ranges and samples is None:
        raise RequestError("`ranges` are for random points, and there are none", help="add `samples=100`")
    sampling = None if samples is None else make_sampling(samples, ranges, seed)
    settings = gradients.Settings(read_labels(of), expectations, rtol, atol, sampling)
    graph, numbers = read_problem(program, inputs, whole=True)
    if isinstance(graph, ArrayGraph):
        from cgraph_cli.checks.array_checks import check_arrays

        return check_arrays(graph, numbers, settings)
    return gradients.check(graph, numbers, settings)


def compare(
    old: Program,
    new: Program,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    rtol: float = 1e-9,
    atol: float = 0.0,
    samples: int = 100,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    seed: int = 1,
) -> Outcome:
    """Check that two programs have the same values and gradients, at random points.

    `of` are the outputs to compare (all that the two share). `inputs` stay as they are; the others are chosen within
    `ranges` (−2 to 2), `samples` times. The outcome is that of `check`.

    >>> compare("log(1 + exp(x))", "softplus(x)").passed
    True
    """
    from cgraph_cli.checks import compare as room
    from cgraph_cli.checks.gradients import Settings

    settings = Settings(read_labels(of), (), rtol, atol, make_sampling(samples, ranges, seed))
    programs = read_program(old, "old"), read_program(new, "new")
    for whole, always in ((True, False), (True, True), (False, False)):  # as arrays, where one of them is too large
        (first, numbers), (second, others) = (
            read_problem(program, inputs, whole=whole, always=always) for program in programs
        )
        if isinstance(first, ArrayGraph) == isinstance(second, ArrayGraph):
            break
    if isinstance(first, ArrayGraph) and isinstance(second, ArrayGraph):
        from cgraph_cli.checks.array_compare import compare_arrays

        return compare_arrays(first, second, {**numbers, **others}, settings)
    return room.compare(first, second, {**numbers, **others}, settings)
