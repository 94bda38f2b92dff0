"""Emitted code: a program and its derivatives as a function in another language.

    >>> from cgraph_cli import parse
    >>> from cgraph_cli.emit import emit
    >>> print(emit(parse("c = a + b; d = b + 1; e = c * d"), "javascript"))

One module a target, imported when it is asked for.

Imports `symbolic`, `trust` and the rooms below them; `targets` has one module a language.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from cgraph_cli.core.errors import RequestError, did_you_mean

if TYPE_CHECKING:
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.emit.target import Target


class TargetSummary(NamedTuple):
    """A target's summary, and the ending of its files."""

    summary: str
    ending: str


TARGETS = {
    "python": TargetSummary("Python with nothing but `math`", ".py"),
    "numpy": TargetSummary("NumPy, for arrays", ".py"),
    "torch": TargetSummary("PyTorch, for tensors", ".py"),
    "jax": TargetSummary("JAX, for arrays", ".py"),
    "c": TargetSummary("C99, without dependencies", ".c"),
    "javascript": TargetSummary("JavaScript, for a browser or Node.js", ".js"),
    "rust": TargetSummary("Rust, without dependencies", ".rs"),
    "julia": TargetSummary("Julia", ".jl"),
    "sql": TargetSummary("a SELECT for DuckDB or Spark", ".sql"),
    "latex": TargetSummary("LaTeX, the equations of a paper", ".tex"),
}
"""The targets, each a module of `targets`; of several with one ending, a file has the first."""

DIALECTS = ("duckdb", "spark")
"""The dialects of SQL."""


def load(target: str) -> Target:
    """A target by name. Raises `RequestError` where there is none."""
    if target not in TARGETS:
        known = f"the targets are {', '.join(TARGETS)}"
        hint = did_you_mean(target, TARGETS)
        raise RequestError(f"there is no target `{target}`", help=f"{hint}\n{known}" if hint else known)
    loaded: Target = import_module(f"cgraph_cli.emit.targets.{target}").TARGET
    return loaded


def emit(
    graph: Graph,
    target: str,
    *,
    of: Sequence[int] = (),
    wrt: Sequence[int] | None = None,
    gradient: bool = True,
    hessian: bool = False,
    everything: bool = False,
    name: str = "f",
    dialect: str = "",
    test: bool = False,
) -> str:
    """A program as a function of a target language, with its gradient.

    `of` are the nodes whose values it returns, the program's output where none are given; `wrt` the nodes that it is
    differentiated with respect to, the inputs where None. `hessian` adds the second derivatives. With `everything` the
    function also returns, by the program's own numbers, every node's `values` and `adjoints` (of the first output) and
    every edge's `partials` (none where there is no dependence): for targets that can, and without simplification.
    `name` is the function's; `dialect` and `test` are for targets that know them. Raises `RequestError` for what the
    target cannot do, with the place.
    """
    from cgraph_cli.emit.module import Module
    from cgraph_cli.emit.plan import Plan, inputs_of

    language = load(target)
    language.check(name, dialect, test, everything)
    if everything and len(of) > 1:
        raise RequestError(
            "the adjoints of every node are those of one output, and there are more", help="name one with `--of`"
        )
    plan = Plan(
        graph,
        of or graph.default_outputs(),
        inputs_of(graph) if wrt is None else wrt,
        gradient=gradient,
        hessian=hessian,
        everything=everything,
    )
    module = Module(plan, language, name, dialect=dialect, test=test)
    return module.target.module(module)
