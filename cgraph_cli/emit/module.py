"""A program in a target's spelling, ready for the target's text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import wrap

from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import CONSTANT
from cgraph_cli.core.tensor import Tensor, indices, show_index, show_shape
from cgraph_cli.emit.called_functions import Helpers, called
from cgraph_cli.emit.expressions import Names, Walk
from cgraph_cli.emit.loops import LoopWalk
from cgraph_cli.emit.lower import lower
from cgraph_cli.emit.plan import Argument, Plan, shaped
from cgraph_cli.emit.spelling import Spelling
from cgraph_cli.emit.terms import Line, Term

_LONGEST_DEFAULT = 16
"""The most elements of an array that is a parameter's default."""


class Parameter:
    """An input: its `name` in the program, its `variable`, its default or None, and its shape.

    The default of an array is its `elements`.
    """

    __slots__ = ("default", "elements", "name", "shape", "variable")

    def __init__(self, argument: Argument, variable: str) -> None:
        self.name = argument.name
        self.variable = variable
        self.shape = argument.shape
        self.default: float | None = None if self.shape else argument.defaults[0]
        self.elements: Tensor[float] | None = None
        numbers = [number for number in argument.defaults if number is not None]
        if numbers and self.shape and len(numbers) == len(argument.defaults) <= _LONGEST_DEFAULT:
            self.elements = Tensor(self.shape, numbers)

    @property
    def has_default(self) -> bool:
        """Tell whether the parameter has a default."""
        return self.default is not None or self.elements is not None


class Module:
    """A program and its derivatives in a target's spelling.

    `name` is the function's; `helpers` are the sources of the functions that it calls. `lines` compute `values[output]`
    and `gradient[output][wrt]`, tensors of terms, and the terms `hessian[output][row][column]`; the last two may be
    empty. `outputs` and `wrt` are their labels in the program. `every` has, on request, the values and adjoints of all
    nodes and the partials of all edges, and `depends` the dependence of each edge: always, never, or where something
    holds. `names` has all used names; `lowered` is the graph of the lines. `graph` is the graph before, and `places`
    are its requested nodes, in the order of `Plan.nodes`. `test` asks for a test.
    """

    def __init__(self, plan: Plan, target: Spelling, name: str, *, test: bool = False) -> None:
        program = plan.program
        graph, keep = plan.simplified(exactly=target.runs)
        self.graph = graph
        self.places = keep
        lowered, places = lower(graph, keep, target)
        needed = called(lowered, places, target)
        helpers = Helpers(needed, target)
        if name in helpers.names:
            raise RequestError(
                f"`{name}` is a function that the emitted code calls, and cannot be its name",
                help="give another with `--name`",
            )
        names = Names(target, [name, *helpers.names])
        arguments = plan.arguments()
        arrays = {each.name: names.named(each.name) for each in arguments if each.shape}
        write = LoopWalk if plan.in_arrays and target.loops else Walk
        walk = write(lowered, places, target, names, _texts(arguments, arrays, plan, target))
        self.counters = walk.counters if isinstance(walk, LoopWalk) else None
        count = len(places) - len(plan.conditions())
        terms = iter([walk.term(place) for place in places[:count]])
        self.target = target
        self.name = name
        self.test = test
        self.program = program
        self.helpers: Sequence[str] = list(helpers.sources.values())
        self.names = names
        self.lowered = lowered
        self.lines: Sequence[Line] = walk.lines
        known = dict(zip(walk.inputs, walk.parameters, strict=True))
        self.parameters = [
            Parameter(each, arrays.get(each.name) or known.get(each.name) or names.named(each.name))
            for each in arguments
        ]
        self.has_arrays = bool(arrays) or any(output.shape for output in plan.outputs)
        self.outputs = [output.label for output in plan.outputs]
        self.wrt = [each.label for each in plan.wrt]
        self.quantities = plan.outputs
        self.sources = plan.wrt
        self.values: list[Tensor[Term]] = shaped(plan.outputs, terms)
        self.gradient: list[list[Tensor[Term]]] = [shaped(plan.wrt, terms) for _ in plan.gradient]
        self.hessian = [[[next(terms) for _ in row] for row in rows] for rows in plan.hessian]
        self.every: tuple[list[Term], list[Term], list[Term]] | None = None
        self.depends: list[Term | bool] = []
        if plan.adjoints:
            self.every = (
                [next(terms) for _ in range(len(program))],
                [next(terms) for _ in plan.adjoints],
                [next(terms) for _ in plan.partials],
            )
            conditions = iter(places[count:])
            self.depends = [d if isinstance(d, bool) else _truth(walk, next(conditions)) for d in plan.depends]

    def terms(self) -> list[Term]:
        """List every returned number."""
        found = [term for tensor in self.values for term in tensor.items]
        found += [term for row in self.gradient for tensor in row for term in tensor.items]
        return found + [term for rows in self.hessian for row in rows for term in row]

    def words(self) -> set[str]:
        """Collect every name in the lines and in the returned numbers."""
        texts = [text for line in self.lines for text in [line.term.text, *line.written]]
        return set(re.findall(r"\w+", " ".join([*texts, *(term.text for term in self.terms())])))

    def source_lines(self) -> list[str]:
        """Return the program's lines without characters that are invisible or move the cursor."""
        return [
            "".join(
                c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in line
            ).rstrip()
            for line in self.program.source.text.strip("\n").split("\n")
        ]

    def labels(self) -> list[str]:
        """Return the names of the values; one without a name has the function's."""
        if len(self.outputs) == 1 and self.outputs[0].startswith("%"):
            return [self.name]
        return self.outputs

    def position_of(self, name: str) -> int:
        """Return the position of an input of the program among the parameters."""
        return next(at for at, parameter in enumerate(self.parameters) if parameter.name == name)

    def slopes(self) -> list[list[str]]:
        """Return the names of the derivatives, by output."""
        labels = [f"Σ{x}" if of.shape else x for of, x in zip(self.quantities, self.labels(), strict=True)]
        return [[f"∂{label}/∂{name}" for name in self.wrt] for label in labels]

    def about(self) -> str:
        """List in a sentence the numbers that the function computes."""
        what = listed(self.labels())
        if not self.gradient:
            return f"The value of {what}."
        second = ", its gradient and its Hessian" if self.hessian else " and its gradient"
        if len(self.outputs) > 1:
            second = ", their gradients and their Hessians" if self.hessian else " and their gradients"
        return f"{what}{second} in {listed(self.wrt)}." if self.wrt else f"{what}{second}."

    def remarks(self) -> list[str]:
        """Note the inputs with another name in the target, and the shapes of arrays."""
        renamed = [p for p in self.parameters if p.variable.strip('"`') != p.name]
        shapes = [f"{p.variable} is {show_shape(p.shape)}" for p in self.parameters if p.shape]
        shapes += [
            f"{name} is {show_shape(of.shape)}"
            for of, name in zip(self.quantities, self.labels(), strict=True)
            if of.shape
        ]
        found = [f"{p.variable} is the program's {p.name}." for p in renamed]
        return [*found, f"Shapes: {', '.join(shapes)}."] if shapes else found


def _truth(walk: Walk, node: int) -> Term | bool:
    """Write a node as a condition; True or False where it is a constant."""
    if walk.graph.operations[node] == CONSTANT:
        return walk.graph.numbers[node] != 0
    return walk.term(node, boolean=True)


def listed(names: Sequence[str]) -> str:
    """List names as in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def prose(sentences: Sequence[str]) -> list[str]:
    """Wrap sentences for a comment, each from a line of its own on."""
    return [line for sentence in sentences for line in wrap(sentence, 96, break_long_words=False)]


def _texts(arguments: Sequence[Argument], arrays: Mapping[str, str], plan: Plan, target: Spelling) -> dict[str, str]:
    """Write the expressions for inputs that are arrays, or for their elements, by their labels."""
    if plan.in_arrays:
        return dict(arrays)
    return {
        f"{each.name}{show_index(index)}": target.element(arrays[each.name], index)
        for each in arguments
        if each.shape
        for index in indices(each.shape)
    }
