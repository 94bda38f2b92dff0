"""Writing forms back as the nodes of a graph, each once."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.symbolic.simplify.forms import NAMED, NUMBER, PRODUCT, SUM, SYMBOL, Forms, Items
from cgraph_cli.symbolic.simplify.numbers import HALF, ONE, ZERO, Exact, as_decimal, as_float, spell
from cgraph_cli.symbolic.simplify.products import scaled


class Writer:
    """Writes forms into a new graph.

    `named` gives, for each named node of the old graph that forms refer to, what it is.
    """

    def __init__(self, old: Graph, forms: Forms, named: dict[int, int]) -> None:
        self.old = old
        self.forms = forms
        self.named = named
        self.graph = Graph(old.source, old.max_nodes)
        self.graph.constants = set(old.constants)
        self.nodes: dict[int, int] = {}
        self.made: dict[tuple[object, ...], int] = {}
        self.offset = 0

    def write(self, form: int) -> int:
        """The node of a form, with all that it needs before it."""
        stack = [form]
        while stack:
            form = stack[-1]
            self.forms.work += 1
            if form in self.nodes:
                stack.pop()
                continue
            missing = [part for part in self._parts(form) if part not in self.nodes]
            if missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            self.offset = self.forms.offsets[form]
            self.nodes[form] = self._node(form)
        return self.nodes[form]

    def name(self, old: int, form: int) -> int:
        """A node for a named node of the old graph: the form's own, or one that is the same where that has a name."""
        node, graph = self.nodes[form], self.graph
        if self.old.operations[old] == CONSTANT:
            node = graph.append_constant(self.old.constant(old), self.old.offsets[old], self.old.spellings.get(old, ""))
        elif graph.names[node] is not None or graph.operations[node] == CONSTANT:
            node = graph.append("identity", (node,), self.old.offsets[old])
        graph.name(node, self.old.names[old] or "", self.old.definitions[old])
        return node

    def _parts(self, form: int) -> Sequence[int]:
        """The forms that a form's own nodes are written of."""
        operation, parts = self.forms.operations[form], self.forms.parts[form]
        if operation in (NUMBER, SYMBOL, INPUT):
            return ()
        if operation == NAMED:
            return (self.named[parts[0]],)
        if operation == PRODUCT:
            return [base for base, _ in self._ordered(parts[1])]
        if operation == SUM:
            return [term for term, _ in self._terms(form)]
        operands: Sequence[int] = parts
        return operands

    def _node(self, form: int) -> int:
        operation, parts = self.forms.operations[form], self.forms.parts[form]
        if operation == NUMBER:
            return self._number(parts[0])
        if operation == SYMBOL:
            return self._constant(*parts)
        if operation == INPUT:
            (old,) = parts
            node = self.graph.append_input(self.old.names[old] or "", self.old.offsets[old], self.old.numbers[old])
            self.graph.definitions[node] = self.old.definitions[old]
            return node
        if operation == NAMED:
            return self.name(parts[0], self.named[parts[0]])
        if operation == PRODUCT:
            return self._product(*parts)
        if operation == SUM:
            return self._sum(form)
        return self._append(operation, *(self.nodes[operand] for operand in parts))

    # Numbers

    def _constant(self, number: float, spelling: str) -> int:
        key = (CONSTANT, str(number), spelling)
        if key not in self.made:
            self.made[key] = self.graph.append_constant(number, self.offset, spelling)
        return self.made[key]

    def _number(self, number: Exact) -> int:
        """A number as a literal, or as a quotient of two where no literal says it: `1/3`."""
        decimal = as_decimal(number)
        if decimal is None and max(abs(number.numerator), number.denominator) <= 2**53:
            above, below = number.numerator, number.denominator
            return self._append("/", self._number(above), self._number(below))
        return self._constant(as_float(number) if decimal is None else decimal, "")

    def _append(self, operation: str, *operands: int) -> int:
        """A node without a name, the one that there is already where there is one."""
        key = (operation, *operands)
        if key not in self.made:
            self.made[key] = self.graph.append(operation, operands, self.offset)
        return self.made[key]

    # Products

    def _ordered(self, items: Items) -> Items:
        """Factors in the order in which people write them: `2*pi*x*exp(x)*(x + 1)`."""
        return tuple(sorted(items, key=lambda item: self._rank(item[0])))

    def _rank(self, base: int) -> tuple[int, int]:
        operation = self.forms.operations[base]
        if self.forms.is_constant(base):
            return 0, 0
        if operation == INPUT:  # in the order of the program
            return 3, self.forms.parts[base][0]
        return {PRODUCT: 1, NAMED: 2, SUM: 5}.get(operation, 4), 0

    def _product(self, coefficient: Exact, items: Items) -> int:
        ordered = self._ordered(items)
        above = [self._power(base, exponent) for base, exponent in ordered if exponent > 0]
        below = [self._power(base, -exponent) for base, exponent in ordered if exponent < 0]
        minus, number, over = spell(coefficient, bool(above))
        if minus:
            above[0] = self._append("neg", above[0])
        if number is not None:
            above.insert(0, self._number(number))
        if over is not None:
            below.insert(0, self._number(over))
        node = self._chain("*", above)
        return self._append("/", node, self._chain("*", below)) if below else node

    def _chain(self, operation: str, nodes: Sequence[int]) -> int:
        node = nodes[0]
        for other in nodes[1:]:
            node = self._append(operation, node, other)
        return node

    def _power(self, base: int, exponent: Exact) -> int:
        node = self.nodes[base]
        if exponent == 1:
            return node
        if exponent == HALF:
            return self._append("sqrt", node)
        return self._append("^", node, self._number(exponent))

    # Sums

    def _terms(self, form: int) -> list[tuple[int, bool]]:
        """The terms in the order in which people write them, each as a form, and whether with a minus before it.

        By falling powers of the inputs, the constant last; where a minus would come first, what has none goes before.
        """
        constant, items = self.forms.parts[form]
        ordered = sorted(items, key=lambda item: -self._degree(item[0]))
        numbers = [(number, term) for term, number in ordered]
        if constant:
            numbers.append((constant, self.forms.number(ONE)))
        first = next((at for at, (number, _) in enumerate(numbers) if number > 0), 0)
        numbers.insert(0, numbers.pop(first))
        terms = [(scaled(self.forms, abs(number), term), number < 0) for number, term in numbers[1:]]
        return [(scaled(self.forms, *numbers[0]), False), *terms]

    def _degree(self, term: int) -> Exact:
        return sum((e for base, e in self.forms.items(term) if self.forms.operations[base] in (INPUT, NAMED)), ZERO)

    def _sum(self, form: int) -> int:
        (first, _), *others = self._terms(form)
        node = self.nodes[first]
        for term, minus in others:
            node = self._append("-" if minus else "+", node, self.nodes[term])
        return node
