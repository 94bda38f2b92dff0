"""Simplification: a smaller graph that computes the same, for programs that were derived and not written.

*The same* means: at every finite point where the original has a value, the simplified has it too, equal up to rounding
in the last digits; where the original is outside its domain, so is the simplified, special points included (`x/x`
stays, as it has no value at 0). What doubles make of a pole is kept with that: where the original comes to a number by
way of an infinity, as `1/log(x)` at 0, so does the simplified, and `tanh(x/x^2)`, undefined at 0, does not become
`tanh(1/x)`, which is 1 there. The sign of a zero is not kept.

There are two ways. People read a derivative with its terms and factors collected, `x/(y*z)` for `x/y/z`. That is the
same for numbers without end; of doubles, `y*z` may overflow where the quotients do not. `cgraph eval` looks into what
is too large or too small for a double, and so shows the same numbers for both. What runs in doubles alone, such as
emitted code, is simplified without regrouping: sums and products stay as they are computed, and every double, to the
ends of their range, stays what it was, with the sign of a zero.

Rounding includes that of an exponent: `y*x^(y - 1)`, for a y that is not a number, may be off by log(x) units.

What is rewritten is in `table.py`, row by row. The work is linear in the graph, and nothing recurses over it.

Imports the rest of `symbolic` and what `symbolic` may import.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.symbolic.simplify.forms import NAMED, NUMBER, PRODUCT, SUM, SYMBOL, Forms
from cgraph_cli.symbolic.simplify.numbers import ONE, ZERO, Exact, exact
from cgraph_cli.symbolic.simplify.products import factors, multiply
from cgraph_cli.symbolic.simplify.rebuild import Writer
from cgraph_cli.symbolic.simplify.regions import PRODUCTS, SUMS, Regions
from cgraph_cli.symbolic.simplify.rewriting import apply
from cgraph_cli.symbolic.simplify.sums import add

_MOST_ROUNDS = 20


def simplify(
    graph: Graph, keep: Sequence[int], *, expand: bool = False, regroup: bool = True
) -> tuple[Graph, list[int]]:
    """A smaller graph that computes the nodes `keep`, and where each of them is in it.

    Inputs, and named nodes that are still used, keep their names. A named node is a word of its own, which is not
    looked into, unless `expand` asks for closed expressions: then only inputs and the named nodes in `keep` keep
    their names. Without `regroup` sums and products stay as they are computed, for those who run them in doubles.
    """
    keep = list(keep)
    for _ in range(_MOST_ROUNDS):
        simplified, positions, _ = simplify_once(graph, keep, expand, regroup)
        done = _same(simplified, graph) and positions == keep
        graph, keep = simplified, positions
        if done:
            break
    return graph, keep


def _same(one: Graph, other: Graph) -> bool:
    return one.operations == other.operations and one.operands == other.operands and one.numbers == other.numbers


def simplify_once(
    graph: Graph, keep: Sequence[int], expand: bool = False, regroup: bool = True
) -> tuple[Graph, list[int], int]:
    """One round of `simplify`; says also how much work it was."""
    reader = _Reader(graph, keep, expand, regroup)
    reader.read()
    reader.forms.plain = False  # what was kept apart is not put together in writing
    writer = Writer(graph, reader.forms, reader.named)
    for node in reader.regions.order:
        if graph.operations[node] == INPUT:
            writer.write(reader.became[node])
    positions = []
    for node in keep:
        form = reader.became[reader.regions.same[node]]
        position = writer.write(form)
        name = graph.names[node]
        if name is not None and graph.operations[node] != INPUT and writer.graph.names[position] != name:
            position = writer.graph.nodes.get(name, -1)
            if position < 0:
                position = writer.name(node, form)
        positions.append(position)
    simplified = writer.graph
    if positions:
        simplified.output, simplified.outputs = positions[-1], list(positions)
    return simplified, positions, reader.forms.work + reader.regions.work


class _Reader:
    """Reads a graph's nodes into forms."""

    def __init__(self, graph: Graph, keep: Sequence[int], expand: bool, regroup: bool) -> None:
        self.graph = graph
        self.regions = Regions(graph, keep, expand, regroup)
        self.forms = Forms(regroup)
        self.became: dict[int, int] = {}
        self.named: dict[int, int] = {}

    def read(self) -> None:
        """Read all nodes that are needed."""
        graph, forms, regions = self.graph, self.forms, self.regions
        for node in regions.order:
            if node in regions.absorbed:
                continue
            forms.offset, forms.plain = graph.offsets[node], node in regions.plain
            form = self._form(node)
            is_word = forms.operations[form] not in (NUMBER, SYMBOL, INPUT, NAMED)
            if regions.is_named(node) and (is_word or graph.names[node] in graph.constants):
                self.named[node] = form
                word = forms.leaf(NAMED, node)
                forms.ranges[word], forms.needs[word] = forms.ranges[form], forms.needs[form]
                forms.gives[word], forms.poles[word] = forms.gives[form], forms.poles[form]
                form = word
            self.became[node] = form

    def _form(self, node: int) -> int:
        graph, forms = self.graph, self.forms
        operation = graph.operations[node]
        if operation == INPUT:
            return forms.leaf(INPUT, node)
        if operation == CONSTANT:
            return self._constant(node)
        region = self.regions.of.get(node)
        if region == SUMS:
            return self._sum(node)
        if region == PRODUCTS:
            return self._product(node)
        return apply(forms, operation, tuple(self.became[operand] for operand in self.regions.operands(node)))

    def _constant(self, node: int) -> int:
        number = self.graph.constant(node)
        spelling = self.graph.spellings.get(node, "")
        is_minus_zero = not self.forms.regroup and str(number) == "-0.0"
        if spelling in CONSTANTS or not isfinite(number) or is_minus_zero:
            return self.forms.leaf(SYMBOL, number, spelling)
        return self.forms.number(exact(number))

    def _sum(self, root: int) -> int:
        """All terms of a sum at once, whatever its parentheses."""
        constant, terms, forms = ZERO, [], self.forms
        stack = [(root, ONE)]
        while stack:
            node, number = stack.pop()
            if node == root or node in self.regions.absorbed:
                operands = self.regions.operands(node)
                operation = self.graph.operations[node]
                signs = (ONE, -ONE) if operation == "-" else (-ONE,) if operation == "neg" else (ONE, ONE)
                stack += reversed([(operand, number * sign) for operand, sign in zip(operands, signs, strict=True)])
                continue
            form = self.became[node]
            if forms.operations[form] == SUM and not self.regions.is_shared(node):
                more, items = forms.parts[form]
                constant += number * more
                terms += [(term, number * factor) for term, factor in items]
            else:
                terms.append((form, number))
        return add(forms, constant, terms)

    def _product(self, root: int) -> int:
        """All factors of a product at once, above and below the line."""
        number, items, forms = ONE, list[tuple[int, Exact]](), self.forms
        stack = [(root, ONE)]
        while stack:
            node, exponent = stack.pop()
            if node == root or node in self.regions.absorbed:
                operands = self.regions.operands(node)
                operation = self.graph.operations[node]
                if operation == "neg":
                    number = -number
                signs = (ONE, -ONE) if operation == "/" else (ONE, ONE)
                stack += reversed([(operand, exponent * sign) for operand, sign in zip(operands, signs, strict=False)])
                continue
            form = self.became[node]
            if forms.operations[form] == PRODUCT and self.regions.is_shared(node) and len(forms.parts[form][1]) > 1:
                items.append((form, exponent))
                continue
            coefficient, others = factors(forms, form, exponent)
            items += [(forms.number(coefficient), ONE), *others]
        return multiply(forms, number, items)
