"""A program in a target's words: everything that a target needs to write its text."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.emit.helpers import Helpers, called
from cgraph_cli.emit.lower import lower
from cgraph_cli.emit.plan import Plan
from cgraph_cli.emit.target import Target, Term
from cgraph_cli.emit.walk import Line, Names, Walk


class Parameter:
    """An input: its `name` in the program, the `variable` it is, and its default or None."""

    __slots__ = ("default", "name", "variable")

    def __init__(self, name: str, variable: str, default: float | None) -> None:
        self.name = name
        self.variable = variable
        self.default = default


class Module:
    """What is emitted, in a target's words.

    `name` is the function's; `helpers` are the sources of the functions that it calls. `lines` compute `values[output]`,
    `gradient[output][wrt]` and `hessian[output][row][column]`, where the last two may be empty; `outputs` and `wrt` are
    the labels of these in the program. `every` has the values and adjoints of all nodes and the partials of all edges,
    where they are asked for. `graph` is what is computed, and `places` are its nodes that are asked for, in the order
    of `Plan.nodes`. `dialect` and `test` are what the target makes of them.
    """

    def __init__(self, plan: Plan, target: Target, name: str, *, dialect: str = "", test: bool = False) -> None:
        program = plan.program
        keep = plan.nodes()
        graph = plan.graph
        if not plan.adjoints:
            try:
                from cgraph_cli.simplify import simplify

                graph, keep = simplify(graph, keep)
            except ImportError:
                pass
        self.graph = graph
        self.places = keep
        lowered, places = lower(graph, keep, target)
        needed = called(lowered, target)
        helpers = Helpers(needed, target)
        walk = Walk(lowered, places, target, Names(target, [name, *helpers.names]))
        terms = iter([walk.term(place) for place in places])
        labels = program.labels()
        self.target = target
        self.name = name
        self.dialect = dialect
        self.test = test
        self.program = program
        self.helpers: Sequence[str] = list(helpers.sources.values())
        self.lines: Sequence[Line] = walk.lines
        known = dict(zip(walk.inputs, walk.parameters, strict=True))
        self.parameters = [
            Parameter(name, known.get(name, name), program.numbers[node])
            for node in program.inputs()
            if (name := program.names[node] or "")
        ]
        self.outputs = [labels[node] for node in plan.outputs]
        self.wrt = [labels[node] for node in plan.wrt]
        self.values: list[Term] = [next(terms) for _ in plan.outputs]
        self.gradient = [[next(terms) for _ in row] for row in plan.gradient]
        self.hessian = [[[next(terms) for _ in row] for row in rows] for rows in plan.hessian]
        self.every: tuple[list[Term], list[Term], list[Term]] | None = None
        if plan.adjoints:
            self.every = (
                [next(terms) for _ in range(len(program))],
                [next(terms) for _ in plan.adjoints],
                [next(terms) for _ in plan.partials],
            )

    def source_lines(self) -> list[str]:
        """The program's text, line by line, without what does not show or moves the cursor."""
        return [
            "".join(
                c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in line
            ).rstrip()
            for line in self.program.source.text.strip("\n").split("\n")
        ]

    def about(self) -> str:
        """What the function computes, in a sentence."""
        what = _listed(self.outputs)
        if not self.gradient:
            return f"The value of {what}."
        second = ", its gradient and its Hessian" if self.hessian else " and its gradient"
        if len(self.outputs) > 1:
            second = ", their gradients and their Hessians" if self.hessian else " and their gradients"
        return f"{what}{second} in {_listed(self.wrt)}." if self.wrt else f"{what}{second}."

    def renamed(self) -> list[str]:
        """The inputs whose names the target did not take, as sentences."""
        return [f"{p.variable} is the program's {p.name}" for p in self.parameters if p.variable != p.name]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
