"""The walk over a lowered graph: each node becomes a variable, assigned once, or a part of its user's expression.

A node is a variable if it has a name, is used more than once, is requested, or would make its line too long: a chain of
ten thousand operations is as many short lines, and never a deep expression.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES, TRUTHS
from cgraph_cli.core.reach import ancestors
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.emit.spelling import Spelling
from cgraph_cli.emit.terms import Line, Template, Term


def second_number(graph: Graph, operands: Sequence[int]) -> float | None:
    """Return the second operand, if it is a plain number."""
    if len(operands) < 2 or graph.operations[operands[1]] != CONSTANT:
        return None
    number = graph.numbers[operands[1]]
    return None if isinstance(number, Tensor) else number


def _truths(operation: str) -> Collection[int]:
    """Return the positions of the operands of which only the truth counts."""
    row = PRIMITIVES.get(operation)  # a definition may replace a part of a primitive
    return row.truths if row is not None else ()


class Names:
    """The names of variables: those of the program where the target accepts them, each once."""

    def __init__(self, target: Spelling, taken: Iterable[str]) -> None:
        self.target = target
        self._taken = set(map(target.same_name, [*taken, *target.reserved]))
        self._count = 0

    def named(self, wanted: str) -> str:
        """Take a program's name, with an underscore after a word that the target reserves."""
        name = self.target.identifier(re.sub(r"\W+", "_", wanted).rstrip("_") if "[" in wanted else wanted)
        while self.target.same_name(name) in self._taken:
            name = self.target.suffixed(name)
        self._taken.add(self.target.same_name(name))
        return name

    def unnamed(self) -> str:
        """Make a name, `t1`, `t2`, …"""
        while True:
            self._count += 1
            name = f"t{self._count}"
            if name not in self._taken:
                self._taken.add(name)
                return name


class Walk:
    """A graph in a target's words: `lines`, and in `terms` the name or number of each requested node."""

    def __init__(
        self,
        graph: Graph,
        keep: Sequence[int],
        target: Spelling,
        names: Names,
        elements: Mapping[str, str] | None = None,
        *,
        assign: bool = True,
    ) -> None:
        """Write a lowered graph; `keep` are the requested nodes, and `names` collects all used names.

        `elements` are the texts of inputs that are no variables of their own, by name. Without `assign`, a requested
        node need not be a variable.
        """
        self.graph = graph
        self.target = target
        self.names = names
        self.lines: list[Line] = []
        self.terms: list[Term | None] = [None] * len(graph)
        self._elements = elements or {}
        self._asked = set(keep) if assign else set()
        self._variables: set[int] = set()
        live = ancestors(graph, keep)
        self._uses = [0] * len(graph)
        for node in live:
            for operand in graph.operands_of(node):
                self._uses[operand] += 1
        self.inputs = [graph.names[node] or "" for node in graph.inputs()]
        self.parameters = [self._parameter(node) for node in graph.inputs()]
        self._first = self.parameters[0] if self.parameters else ""
        for node, operation in enumerate(graph.operations):
            if node in live and operation != INPUT:
                self._write(node, operation)

    def term(self, node: int, boolean: bool = False) -> Term:
        """Return the term of a node, as a number or as a truth."""
        return self._as(self._known(node), boolean)

    def _parameter(self, node: int) -> str:
        label = self.graph.names[node] or ""
        name = self._elements.get(label) or self.names.named(label)
        self.terms[node] = Term(name)
        return name

    def _write(self, node: int, operation: str) -> None:
        graph, target = self.graph, self.target
        if operation == CONSTANT:
            tensor = graph.tensor(node) if isinstance(graph, ArrayGraph) else None
            if tensor is not None:
                self.terms[node] = target.constant_array(tensor)
                if self._uses[node] > 1:
                    self._assign(node)
            else:
                self.terms[node] = target.number(graph.constant(node))
            return
        operands = graph.operands_of(node)
        template = self._template(operation, operands)
        repeated = template.repeated
        total = sum(len(self._text(operand)) for operand in operands)
        for position in sorted(range(len(operands)), key=lambda at: -len(self._text(operands[at]))):
            operand = operands[position]
            if position in repeated or total > target.longest:
                total -= len(self._text(operand))
                self._assign(operand)
                total += len(self._text(operand))
        term = self._fill(template, operation, [self._known(operand) for operand in operands])
        self.terms[node] = term
        if graph.names[node] is not None or self._uses[node] > 1 or node in self._asked:
            self._assign(node)

    def _text(self, node: int) -> str:
        term = self.terms[node]
        return "" if term is None else term.text

    def _assign(self, node: int) -> None:
        """Make a node a variable, unless it is one, or a number."""
        term = self._known(node)
        operation = self.graph.operations[node]
        if node in self._variables or operation == INPUT or (operation == CONSTANT and term.constant):
            return
        wanted = self.graph.names[node]
        name = self.names.unnamed() if wanted is None else self.names.named(wanted)
        self._variables.add(node)
        self.lines.append(Line(name, term, node))
        self.terms[node] = Term(name, boolean=term.boolean, constant=term.constant)

    def _template(self, operation: str, operands: Sequence[int]) -> Template:
        if operation == "identity":
            return _IDENTITY
        if isinstance(self.graph, ArrayGraph) and self.target.is_structural(operation):
            name, args = split(operation)
            found: Template = self.target.structures[name](args, [self.graph.shapes[operand] for operand in operands])
            return found
        template = self.target.template(operation, second_number(self.graph, operands))
        boxed = "each" if self.target.box else ""
        return template or Template(f"{self.target.helper_name(operation)}({{*}})", boxed=boxed)

    def _fill(self, template: Template, operation: str, operands: Sequence[Term]) -> Term:
        if operation == "identity":
            return operands[0]
        texts = []
        boxes = self._boxes(template, operation, operands)
        for position, operand in enumerate(operands):
            term = self._as(operand, position in _truths(operation))
            if position in boxes:
                term = self.target.boxed(term, self._first)
            texts.append(term.text if term.level >= template.needs(position) else f"({term.text})")
        return Term(template.fill(texts, self._first), template.level, operation in TRUTHS)

    def _boxes(self, template: Template, operation: str, operands: Sequence[Term]) -> Sequence[int]:
        """Find the positions of plain numbers where the template takes none."""
        if not template.boxed:
            return ()
        chosen = [position for position in range(len(operands)) if position not in _truths(operation)]
        plain = [position for position in chosen if operands[position].constant]
        if template.boxed == "each":
            return plain
        if template.boxed == "all":
            return plain[:1] if len(plain) == len(chosen) else ()
        return [position for position in plain if position == 0]

    def _known(self, node: int) -> Term:
        term = self.terms[node]
        assert term is not None
        return term

    def _as(self, term: Term, boolean: bool) -> Term:
        """Turn a term into a number or a truth."""
        template = self.target.to_boolean if boolean else self.target.to_number
        if term.boolean == boolean or template is None:
            return term._replace(boolean=boolean)
        return self._applied(template, term)._replace(boolean=boolean)

    def _applied(self, template: Template, term: Term) -> Term:
        text = term.text if term.level >= template.needs(0) else f"({term.text})"
        return Term(template.fill([text], self._first), template.level)


_IDENTITY = Template("{0}")
