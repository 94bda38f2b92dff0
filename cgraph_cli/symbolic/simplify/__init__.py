"""Simplification: a smaller graph that computes the same, for programs that were derived and not written.

*The same* means: at every finite point where the original has a value, the simplified has it too, equal up to rounding
in the last digits; where the original is outside its domain, so is the simplified, special points included (`x/x`
stays, as it has no value at 0). The behaviour of doubles at a pole is kept too: where the original reaches a number
through an infinity, as `1/log(x)` at 0, so does the simplified, and `tanh(x/x^2)`, undefined at 0, does not become
`tanh(1/x)`, which is 1 there. The sign of a zero is not kept.

People read a derivative with its terms and factors collected, `x/(y*z)` for `x/y/z`. These are equal for real numbers;
in doubles, `y*z` may overflow where the quotients do not. `cgraph eval` corrects numbers beyond the doubles, and so
shows the same for both. Code that runs in doubles alone is simplified by `symbolic/exact.py`.

Rounding includes that of an exponent: `y*x^(y - 1)`, for a y that is not a number, may be off by log(x) units.

The laws are rows of `symbolic/rewriting/algebra_laws.py`. The work is linear in the graph, without recursion over it.

Imports the rest of `symbolic` and the rooms below it.
"""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.symbolic.rewriting.algebra_laws import all_laws
from cgraph_cli.symbolic.rewriting.rounds import settle
from cgraph_cli.symbolic.simplify.form_reader import FormReader
from cgraph_cli.symbolic.simplify.form_rewriter import FormRewriter
from cgraph_cli.symbolic.simplify.form_writer import FormWriter
from cgraph_cli.symbolic.simplify.forms import Forms
from cgraph_cli.symbolic.simplify.regions import Regions


def simplify(graph: Graph, keep: Sequence[int], *, expand: bool = False) -> tuple[Graph, list[int]]:
    """Return a smaller graph that computes the nodes `keep`, and their places in it.

    Inputs, and named nodes that are still used, keep their names. A named node is opaque, unless `expand` asks for
    closed expressions: then only inputs and the named nodes in `keep` keep their names.
    """
    if expand:
        graph = _without_names(graph, keep)
    return settle(lambda before, kept: simplify_once(before, kept)[:2], graph, keep)


def simplify_once(graph: Graph, keep: Sequence[int]) -> tuple[Graph, list[int], int]:
    """Simplify in one round; returns the amount of work too."""
    regions, forms = Regions(graph, keep), Forms()
    reader = FormReader(regions, FormRewriter(forms, all_laws()))
    reader.read()
    forms.plain, forms.strict = False, True  # writing keeps separate parts separate
    writer = FormWriter(reader)
    positions = writer.write_all(keep)
    return writer.graph, positions, forms.work + regions.work


def _without_names(graph: Graph, keep: Sequence[int]) -> Graph:
    """Copy a graph; only inputs and the nodes `keep` retain their names."""
    kept, twin = set(keep), graph.copy()
    twin.names = [
        name if node in kept or twin.operations[node] == INPUT else None for node, name in enumerate(twin.names)
    ]
    return twin
