"""Writing: expressions as the nodes of a new graph, each once."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.symbolic.rewriting.expressions import NAMED, NUMBER, SYMBOL
from cgraph_cli.symbolic.rewriting.numbers import Exact, as_float, as_literal, quotient
from cgraph_cli.symbolic.rewriting.reader import Reader


class Writer:
    """A writer of a reader's expressions. `nodes` maps each written expression to its node in the new `graph`."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.old = reader.graph
        self.expressions = reader.expressions
        self.graph = Graph(self.old.source, self.old.max_nodes)
        self.graph.constants = set(self.old.constants)
        self.nodes: dict[int, int] = {}
        self.offset = 0
        self._written: dict[tuple[object, ...], int] = {}

    def write_all(self, keep: Sequence[int]) -> list[int]:
        """Write every input, and nodes of the old graph, which keep their names; returns their places."""
        old, reader = self.old, self.reader
        for node in reader.nodes.order:
            if old.operations[node] == INPUT:
                self.write(reader.became[node])
        positions = []
        for node in keep:
            expression = reader.became[reader.nodes.same[node]]
            position = self.write(expression)
            name = old.names[node]
            if name is not None and old.operations[node] != INPUT and self.graph.names[position] != name:
                position = self.graph.nodes.get(name, -1)
                if position < 0:
                    position = self._name(node, expression)
            positions.append(position)
        if positions:
            self.graph.output, self.graph.outputs = positions[-1], list(positions)
        return positions

    def write(self, expression: int) -> int:
        """Write an expression after all its parts; returns its node."""
        stack = [expression]
        while stack:
            expression = stack[-1]
            self.expressions.work += 1
            if expression in self.nodes:
                stack.pop()
                continue
            missing = [part for part in self.parts(expression) if part not in self.nodes]
            if missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            self.offset = self.expressions.offsets[expression]
            self.nodes[expression] = self.write_node(expression)
        return self.nodes[expression]

    def parts(self, expression: int) -> Sequence[int]:
        """List the expressions in an expression's own nodes."""
        operation, parts = self.expressions.operations[expression], self.expressions.parts[expression]
        if operation in (NUMBER, SYMBOL, INPUT):
            return ()
        if operation == NAMED:
            return (self.reader.named[parts[0]],)
        operands: Sequence[int] = parts
        return operands

    def write_node(self, expression: int) -> int:
        """Write an expression whose parts were written."""
        operation, parts = self.expressions.operations[expression], self.expressions.parts[expression]
        if operation == NUMBER:
            return self.write_number(parts[0])
        if operation == SYMBOL:
            return self._write_constant(*parts)
        if operation == INPUT:
            (old,) = parts
            node = self.graph.append_input(self.old.names[old] or "", self.old.offsets[old], self.old.numbers[old])
            self.graph.definitions[node] = self.old.definitions[old]
            return node
        if operation == NAMED:
            return self._name(parts[0], self.reader.named[parts[0]])
        return self.append(operation, *(self.nodes[operand] for operand in parts))

    def write_number(self, number: Exact) -> int:
        """Write a number as a literal, or as a quotient of two where there is no literal for it: `1/3`."""
        decimal = as_literal(number, self.expressions.decimals)
        if decimal is None and max(abs(number.numerator), number.denominator) <= 2**53:
            above, below = quotient(number, self.expressions.decimals)
            return self.append("/", self.write_number(above), self.write_number(below))
        return self._write_constant(as_float(number) if decimal is None else decimal, "")

    def append(self, operation: str, *operands: int) -> int:
        """Append a node without a name; returns an equal one where there is one."""
        key = (operation, *operands)
        if key not in self._written:
            self._written[key] = self.graph.append(operation, operands, self.offset)
        return self._written[key]

    def _write_constant(self, number: float, spelling: str) -> int:
        key = (CONSTANT, str(number), spelling)
        if key not in self._written:
            self._written[key] = self.graph.append_constant(number, self.offset, spelling)
        return self._written[key]

    def _name(self, old: int, meaning: int) -> int:
        """Name the node of a meaning as in the old graph; a node with a name already gets a named identity."""
        node, graph = self.nodes[meaning], self.graph
        if self.old.operations[old] == CONSTANT:
            spelling = self.old.spellings.get(old, "")
            node = graph.append_constant(self.old.constant(old), self.old.offsets[old], spelling)
        elif graph.names[node] is not None or graph.operations[node] == CONSTANT:
            node = graph.append("identity", (node,), self.old.offsets[old])
        graph.name(node, self.old.names[old] or "", self.old.definitions[old])
        return node
