"""The walk over a lowered graph: each node becomes a variable, assigned once, or a part of the expression that uses it.

A node is a variable where it has a name, is used more than once, is asked for, or would make its line too long, so
that a chain of ten thousand operations is as many short lines, and never a deep expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite

from cgraph_cli.emit.lower import live_nodes
from cgraph_cli.emit.target import Target, Template, Term
from cgraph_cli.graph import CONSTANT, INPUT, Graph, show_number

LONGEST = 72
"""How many characters the operands of an operation may have together before the longest becomes a variable."""

_BOOLEAN = frozenset({"==", "!=", "<", "<=", ">", ">=", "and", "or", "not"})
_LOGIC = frozenset({"and", "or", "not"})


class Names:
    """The names of variables: those of the program where the target takes them, each of them once."""

    def __init__(self, target: Target, taken: Iterable[str]) -> None:
        self.target = target
        self.taken = {*taken, *target.reserved}
        self._count = 0

    def named(self, wanted: str) -> str:
        """A program's name, with an underscore after it where the target keeps it for itself."""
        name = self.target.identifier(wanted)
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def unnamed(self) -> str:
        """`t1`, `t2`, …"""
        while True:
            self._count += 1
            name = f"t{self._count}"
            if name not in self.taken:
                self.taken.add(name)
                return name


class Line:
    """A variable and its value; `node` is where the value stands in the lowered graph."""

    __slots__ = ("name", "node", "term")

    def __init__(self, name: str, term: Term, node: int) -> None:
        self.name = name
        self.term = term
        self.node = node


class Walk:
    """A graph in a target's words: `lines`, and what each node that was asked for is called in `terms`."""

    def __init__(self, graph: Graph, keep: Sequence[int], target: Target, names: Names, *, assign: bool = True) -> None:
        """`graph` is lowered for the target; `keep` are the nodes asked for; `names` gets every name that is used.

        Without `assign`, a node that is asked for need not be a variable.
        """
        self.graph = graph
        self.target = target
        self.names = names
        self.lines: list[Line] = []
        self.terms: list[Term | None] = [None] * len(graph)
        self._asked = set(keep) if assign else set()
        self._variables: set[int] = set()
        live = live_nodes(graph, keep)
        self._uses = [0] * len(graph)
        for node in range(len(graph)):
            if live[node]:
                for operand in graph.operands_of(node):
                    self._uses[operand] += 1
        self.inputs = [graph.names[node] or "" for node in graph.inputs()]
        self.parameters = [self._parameter(node) for node in graph.inputs()]
        for node, operation in enumerate(graph.operations):
            if live[node] and operation != INPUT:
                self._write(node, operation)

    def term(self, node: int, boolean: bool = False) -> Term:
        """What stands for a node, as a number or as a truth."""
        term = self.terms[node]
        assert term is not None
        return self._as(term, boolean)

    def _parameter(self, node: int) -> str:
        name = self.names.named(self.graph.names[node] or "")
        self.terms[node] = Term(name)
        return name

    def _write(self, node: int, operation: str) -> None:
        graph, target = self.graph, self.target
        if operation == CONSTANT:
            self.terms[node] = target.number(graph.numbers[node] or 0.0)
            return
        operands = graph.operands_of(node)
        template = self._template(node, operation, operands)
        repeated = template.repeated
        total = sum(len(self._text(operand)) for operand in operands)
        for position in sorted(range(len(operands)), key=lambda at: -len(self._text(operands[at]))):
            operand = operands[position]
            if position in repeated or total > LONGEST:
                total -= len(self._text(operand))
                self._assign(operand)
                total += len(self._text(operand))
        term = self._fill(template, operation, operands)
        self.terms[node] = term
        if graph.names[node] is not None or self._uses[node] > 1 or node in self._asked:
            self._assign(node)

    def _text(self, node: int) -> str:
        term = self.terms[node]
        return "" if term is None else term.text

    def _assign(self, node: int) -> None:
        """Make a node a variable, unless it is one, or a number."""
        term = self.terms[node]
        assert term is not None
        if node in self._variables or self.graph.operations[node] in (CONSTANT, INPUT):
            return
        wanted = self.graph.names[node]
        name = self.names.unnamed() if wanted is None else self.names.named(wanted)
        self._variables.add(node)
        self.lines.append(Line(name, term, node))
        self.terms[node] = Term(name, boolean=term.boolean)

    def _template(self, node: int, operation: str, operands: Sequence[int]) -> Template:
        templates = self.target.templates
        if operation == "identity":
            return _IDENTITY
        if operation == "^" and self.graph.operations[operands[1]] == CONSTANT:
            exponent = self.graph.numbers[operands[1]] or 0.0
            special = templates.get(f"^{show_number(exponent)}") or (
                templates.get("^c") if isfinite(exponent) else None
            )
            if special is not None:
                return special
        template = templates.get(operation) or templates.get(f"{operation}…")
        return template or Template(f"{self.target.helper_name(operation)}({{*}})", boxed=self.target.box is not None)

    def _fill(self, template: Template, operation: str, operands: Sequence[int]) -> Term:
        texts = []
        for position, operand in enumerate(operands):
            term = self.terms[operand]
            assert term is not None
            if operation != "identity":
                term = self._as(term, operation in _LOGIC or (operation == "where" and position == 0))
            if template.boxed and self.graph.operations[operand] == CONSTANT and self.target.box is not None:
                term = Term(self.target.box.fill([term.text]))
            texts.append(term.text if term.level >= template.needs(position) else f"({term.text})")
        if operation == "identity":
            return Term(texts[0], term.level, term.boolean)
        return Term(template.fill(texts), template.level, operation in _BOOLEAN)

    def _as(self, term: Term, boolean: bool) -> Term:
        """A term as a number or as a truth."""
        if term.boolean == boolean:
            return term
        template = self.target.to_boolean if boolean else self.target.to_number
        if template is None:
            return term._replace(boolean=boolean)
        text = term.text if term.level >= template.needs(0) else f"({term.text})"
        return Term(template.fill([text]), template.level, boolean)


_IDENTITY = Template("{0}")
