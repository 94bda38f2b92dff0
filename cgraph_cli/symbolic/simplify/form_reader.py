"""Reading forms: a whole region of the graph as one sum or one product."""

from __future__ import annotations

from operator import add as plus

from cgraph_cli.symbolic.rewriting.numbers import ONE, ZERO, Exact, whole
from cgraph_cli.symbolic.rewriting.reader import Reader
from cgraph_cli.symbolic.simplify.form_rewriter import FormRewriter
from cgraph_cli.symbolic.simplify.forms import PRODUCT, SUM
from cgraph_cli.symbolic.simplify.products import factors, multiply
from cgraph_cli.symbolic.simplify.regions import PRODUCTS, SUMS, Regions
from cgraph_cli.symbolic.simplify.sums import add


class FormReader(Reader):
    """A reader of a graph's regions as forms."""

    def __init__(self, regions: Regions, rewriter: FormRewriter) -> None:
        super().__init__(regions, rewriter)
        self.regions = regions
        self.forms = rewriter.forms

    def read_node(self, node: int) -> None:
        """Read a node after its operands, unless it is read together with its user."""
        if node not in self.regions.absorbed:
            self.forms.plain = node in self.regions.plain
            self.forms.strict = node in self.regions.strict
            super().read_node(node)

    def rewrite(self, node: int) -> int:
        """Return the form of a node."""
        region = self.regions.of.get(node)
        if region is SUMS:
            return self._sum(node)
        if region is PRODUCTS:
            return self._product(node)
        return super().rewrite(node)

    def _sum(self, root: int) -> int:
        """Read all terms of a sum at once, whatever its parentheses."""
        constant, terms, forms = ZERO, [], self.forms
        stack = [(root, ONE)]
        while stack:
            node, number = stack.pop()
            if node == root or node in self.regions.absorbed:
                operands = self.regions.operands(node)
                operation = self.graph.operations[node]
                signs = zip(operands, SUMS[operation], strict=True)
                stack += reversed([(operand, number * sign) for operand, sign in signs])
                continue
            form = self.became[node]
            if forms.operations[form] == SUM and not self.regions.is_shared(node):
                more, items = forms.parts[form]
                if forms.may_write(whole(constant + number * more), plus, constant, number * more):
                    constant += number * more
                else:
                    terms.append((forms.number(more), number))
                terms += [(term, number * factor) for term, factor in items]
            else:
                terms.append((form, number))
        return add(forms, constant, terms)

    def _product(self, root: int) -> int:
        """Read all factors of a product at once, above and below the line."""
        number, items, forms = ONE, list[tuple[int, Exact]](), self.forms
        stack = [(root, ONE)]
        while stack:
            node, exponent = stack.pop()
            if node == root or node in self.regions.absorbed:
                operands = self.regions.operands(node)
                operation = self.graph.operations[node]
                if operation == "neg":
                    number = -number
                signs = zip(operands, PRODUCTS[operation], strict=True)
                stack += reversed([(operand, exponent * sign) for operand, sign in signs])
                continue
            form = self.became[node]
            if forms.operations[form] == PRODUCT and self.regions.is_shared(node) and len(forms.parts[form][1]) > 1:
                items.append((form, exponent))
                continue
            coefficient, others = factors(forms, form, exponent)
            items += [(forms.number(coefficient), ONE), *others]
        return multiply(forms, number, items)
