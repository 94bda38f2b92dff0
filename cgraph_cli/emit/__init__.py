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

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError, did_you_mean

if TYPE_CHECKING:
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.emit.target import Target


class Listing(NamedTuple):
    """An entry of the list of targets, known before its module is loaded, with the ending of its files.

    `has_test` and `has_every_node` tell whether the target can write a test, and a function that returns the numbers of
    every node.
    """

    about: str
    ending: str
    has_test: bool = False
    has_every_node: bool = False
    dialects: Sequence[str] = ()


TARGETS = {
    "python": Listing("Python with nothing but `math`", ".py"),
    "numpy": Listing("NumPy, for arrays", ".py"),
    "torch": Listing("PyTorch, for tensors", ".py", has_test=True),
    "jax": Listing("JAX, for arrays", ".py", has_test=True),
    "c": Listing("C99, without dependencies", ".c"),
    "javascript": Listing("JavaScript, for a browser or Node.js", ".js", has_every_node=True),
    "rust": Listing("Rust, without dependencies", ".rs"),
    "julia": Listing("Julia", ".jl"),
    "polars": Listing("Polars expressions, for a frame", ".py"),
    "sql": Listing("a SELECT for DuckDB or Spark", ".sql", dialects=("duckdb", "spark")),
    "latex": Listing("LaTeX, the equations of a paper", ".tex"),
}
"""The targets by name, each a module of `targets` with its `TARGET`.

The ending of a file means the first target that has it.
"""

DIALECTS = tuple(dialect for listing in TARGETS.values() for dialect in listing.dialects)
"""The dialects of all targets."""


def targets_with(what: str) -> list[str]:
    """List the targets whose listing has something, such as `has_test`."""
    return [name for name, listing in TARGETS.items() if getattr(listing, what)]


_OTHER_NAMES = {"cpp": "c", "c++": "c", "cxx": "c", "pytorch": "torch", "node": "javascript", "tex": "latex"}
"""Other names of targets, or of near ones."""


def meant_target(word: str) -> str:
    """Find the target that a word means: its name, the end of its files, or another name; empty for none."""
    word = word.lower()
    of_ending = (name for name, listing in TARGETS.items() if listing.ending == f".{word}")
    return word if word in TARGETS else next(of_ending, _OTHER_NAMES.get(word, ""))


def load(target: str) -> Target:
    """Load a target by name. Raises `RequestError` for an unknown one."""
    if target not in TARGETS:
        known = f"the targets are {', '.join(TARGETS)}"
        meant = meant_target(target)
        hint = f"did you mean `{meant}`?" if meant else did_you_mean(target, TARGETS)
        raise RequestError(f"there is no target `{target}`", help=f"{hint}\n{known}" if hint else known)
    loaded: Target = import_module(f"cgraph_cli.emit.targets.{target}").TARGET
    return loaded


def emit(
    graph: Graph,
    target: str | Target,
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
    """Write a program as a function of a target language, by name or loaded, with its gradient.

    `of` are the nodes of the returned values, by default the program's output; `wrt` are the nodes to differentiate in,
    by default the inputs. `hessian` adds the second derivatives. With `everything` the function also returns, by the
    program's own numbers, every node's `values` and `adjoints` (of the first output) and every edge's `partials` (none
    where there is no dependence), without simplification, if the target can. `name` is the function's; `dialect` and
    `test` are for targets that have them. Raises `RequestError` for a request beyond the target, with the place.
    """
    from cgraph_cli.emit.module import Module
    from cgraph_cli.emit.plan import Plan

    language = load(target) if isinstance(target, str) else target
    if isinstance(target, str):
        _check_options(TARGETS[target], language.title, dialect=dialect, test=test, everything=everything)
    if everything and len(of) > 1:
        raise RequestError(
            "the adjoints of every node are those of one output, and there are more", help="name one with `--of`"
        )
    language = language.in_dialect(dialect)
    language.check_name(name)
    plan: Plan | None = None
    if graph.arrays is not None and not (hessian or everything):
        from cgraph_cli.emit.array_plan import plan_in_arrays

        plan = plan_in_arrays(graph, of, wrt, language, gradient=gradient)
    if plan is None and isinstance(graph, ArrayGraph):
        raise RequestError(
            f"{language.title} would have this element by element, and the program is too large for that",
            help="values and gradients of whole arrays are written as arrays or loops, but not as columns",
        )
    if plan is None:
        outputs = of or graph.default_outputs()
        plan = Plan(graph, outputs, wrt, gradient=gradient, hessian=hessian, everything=everything)
    module = Module(plan, language, name, test=test)
    return language.module(module)


def _check_options(listing: Listing, title: str, *, dialect: str, test: bool, everything: bool) -> None:
    """Raise `RequestError` for options that a target lacks."""
    if dialect and dialect not in listing.dialects:
        raise RequestError(
            f"{title} has no dialect `{dialect}`", help=f"`--dialect` is for the target {_listed('dialects')}"
        )
    if test and not listing.has_test:
        raise RequestError(f"there is no test to emit in {title}", help=f"{_listed('has_test')} have one")
    if everything and not listing.has_every_node:
        raise RequestError(
            f"{title} returns the values of the outputs only", help=f"`--every-node` is for {_listed('has_every_node')}"
        )


def _listed(what: str) -> str:
    return " and ".join(f"`{name}`" for name in targets_with(what))
