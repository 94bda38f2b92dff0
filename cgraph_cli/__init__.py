"""cgraph differentiates expressions: every node's value and gradient.

    >>> from cgraph_cli import jacobian, parse, report
    >>> graph = parse("c = a + b; d = b + 1; e = c * d")
    >>> answer = report(graph, {"a": 3, "b": 1})
    >>> answer.values[graph.output], answer.gradient(graph.output, graph.find("b"))
    (8.0, 6.0)

The names below are loaded when they are used, so that a program that needs one of them pays for no other.
"""

from __future__ import annotations

import sys

from cgraph_cli.core.version import __version__

TYPE_CHECKING = False  # that of `typing`, which takes some milliseconds to import

if TYPE_CHECKING:
    from cgraph_cli.checks.outcomes import Outcome
    from cgraph_cli.core.errors import CgraphError, InputError, ProgramError, RequestError
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.core.uncertain_number import UncertainNumber
    from cgraph_cli.evaluation.sweeps import Evaluation
    from cgraph_cli.library import (
        budget,
        check,
        compare,
        compile,
        differentiate,
        draw,
        emit,
        evaluate,
        explain,
        get,
        hessian,
        jacobian,
        render,
        report,
        sweep,
        sweep_forward,
        sweep_reverse,
        taylor,
    )
    from cgraph_cli.results.derivation import Derivation
    from cgraph_cli.results.matrices import Matrix
    from cgraph_cli.results.report import Report
    from cgraph_cli.results.taylor import Taylor
    from cgraph_cli.results.uncertainty.propagation import Budgets
    from cgraph_cli.symbolic.program import parse
    from cgraph_cli.trust.verdicts import Checked, Status, Verdict

__all__ = [
    "Budgets",
    "CgraphError",
    "Checked",
    "Derivation",
    "Evaluation",
    "Graph",
    "InputError",
    "Matrix",
    "Outcome",
    "ProgramError",
    "Report",
    "RequestError",
    "Status",
    "Taylor",
    "UncertainNumber",
    "Verdict",
    "__version__",
    "budget",
    "check",
    "compare",
    "compile",
    "differentiate",
    "draw",
    "emit",
    "evaluate",
    "explain",
    "get",
    "hessian",
    "jacobian",
    "parse",
    "render",
    "report",
    "sweep",
    "sweep_forward",
    "sweep_reverse",
    "taylor",
]

_HOMES = {
    "core.errors": ("CgraphError", "InputError", "ProgramError", "RequestError"),
    "core.graph": ("Graph",),
    "core.uncertain_number": ("UncertainNumber",),
    "symbolic.program": ("parse",),
    "evaluation.sweeps": ("Evaluation",),
    "trust.verdicts": ("Checked", "Status", "Verdict"),
    "results.report": ("Report",),
    "results.matrices": ("Matrix",),
    "results.taylor": ("Taylor",),
    "results.uncertainty.propagation": ("Budgets",),
    "results.derivation": ("Derivation",),
    "checks.outcomes": ("Outcome",),
    "library": (
        *("budget", "check", "compare", "compile", "differentiate", "draw", "emit", "evaluate", "explain", "get"),
        *("hessian", "jacobian", "render", "report", "sweep", "sweep_forward", "sweep_reverse", "taylor"),
    ),
}


class _Name:
    """A name of the package that is loaded on its first use.

    It goes before the room of the same name (`draw`, `emit`, `render`), which the import system puts into the package.
    """

    def __init__(self, home: str, name: str) -> None:
        self.home = home
        self.name = name

    def __get__(self, package: object, _: type) -> object:
        from importlib import import_module

        return getattr(import_module(f"cgraph_cli.{self.home}"), self.name)

    def __set__(self, package: object, room: object) -> None:
        """Ignore the room, which `sys.modules` has all the same."""


class _Package(type(sys)):  # type: ignore[misc] # a module
    """The package, with names that are loaded on their first use."""

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *__all__})


for _home, _names in _HOMES.items():
    for _name in _names:
        setattr(_Package, _name, _Name(_home, _name))
sys.modules[__name__].__class__ = _Package
