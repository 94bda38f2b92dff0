r"""LaTeX: a program and its derivatives as the aligned equations of a paper, for `\usepackage{amsmath}`."""

from __future__ import annotations

from cgraph_cli.core.derivative_names import name_derivative
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.emit.equations import equations
from cgraph_cli.emit.expansions import EXPANSIONS
from cgraph_cli.emit.loop_structures import STRUCTURES
from cgraph_cli.emit.module import Module
from cgraph_cli.emit.target import Target
from cgraph_cli.emit.terms import Template, Term

_ANY = Template("{*}")


class Latex(Target):
    """LaTeX, whose expressions are written from the graph itself: nothing is lowered, and nothing is computed."""

    name = "latex"
    title = "LaTeX"
    runs = False
    functions = False
    structures = dict.fromkeys((*STRUCTURES, *EXPANSIONS), lambda args, shapes: _ANY)
    templates = {name: _ANY for row in PRIMITIVES.values() for name in (row.name, f"{row.name}…")}  # noqa: RUF012

    def constant_array(self, tensor: Tensor[float]) -> Term:
        """Give a placeholder for an array of numbers, which is written from the graph."""
        return Term("")

    def module(self, module: Module) -> str:
        """Write the values, then the gradient, then the Hessian."""
        several = len(module.outputs) > 1
        outputs, values, sums = [], [], []
        for at, quantity in enumerate(module.quantities):
            name = quantity.label
            if name.startswith("%"):
                name = f"{module.name}{at + 1}" if several else module.name
                while name in module.program.nodes:
                    name = f"{name}_0"
            outputs.append(name)
            if quantity.shape and module.gradient:
                sums.append(f"% derivatives of the sum of {name}, which is an array\n")
            values += quantity._replace(label=name).labels()
        wrt = [name.removeprefix("%") for each in module.sources for name in each.labels()]
        names = [*values, *(name_derivative(y, x) for y in outputs[: len(module.gradient)] for x in wrt)]
        for y in outputs[: len(module.hessian)]:
            names += [name_derivative(y, x, z) if i <= j else "" for i, x in enumerate(wrt) for j, z in enumerate(wrt)]
        pairs = zip(names, module.places, strict=True)
        return "".join(sums) + equations(module.graph, [(name, node) for name, node in pairs if name])


TARGET = Latex()
