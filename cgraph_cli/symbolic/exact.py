"""Exact simplification: a smaller graph that computes every double as it was.

Sums and products stay as they are computed, and every double, to the ends of their range, stays what it was, with the
sign of a zero: it is for programs that run in doubles alone, such as emitted code. The laws are the exact ones of
`symbolic/rewriting/algebra_laws.py`. The work is linear in the graph, and nothing recurses over it.
"""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.graph import Graph
from cgraph_cli.symbolic.rewriting.algebra_laws import exact_laws
from cgraph_cli.symbolic.rewriting.distinct import DistinctNodes
from cgraph_cli.symbolic.rewriting.expressions import SYMBOL, Expressions
from cgraph_cli.symbolic.rewriting.reader import Reader
from cgraph_cli.symbolic.rewriting.rewriter import Rewriter
from cgraph_cli.symbolic.rewriting.rounds import settle
from cgraph_cli.symbolic.rewriting.writer import Writer


def simplify_exactly(graph: Graph, keep: Sequence[int]) -> tuple[Graph, list[int]]:
    """Return a smaller graph that computes the nodes `keep`, and their places in it.

    Inputs, and named nodes that are still used, keep their names.
    """
    return settle(_rewrite, graph, keep)


def _rewrite(graph: Graph, keep: Sequence[int]) -> tuple[Graph, list[int]]:
    reader = Reader(DistinctNodes(graph, keep), Rewriter(_SignedExpressions(), exact_laws()))
    reader.read()
    writer = Writer(reader)
    positions = writer.write_all(keep)
    return writer.graph, positions


class _SignedExpressions(Expressions):
    """Expressions with −0 as a constant of its own."""

    def constant(self, number: float, spelling: str) -> int:
        """Make a constant as the program writes it."""
        if str(number) == "-0.0":
            return self.leaf(SYMBOL, number, spelling)
        return super().constant(number, spelling)
