"""Patterns of matrices of derivatives of large arrays: the entries that can be other than 0, block by block."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.array_graph import ArrayGraph, part_at
from cgraph_cli.evaluation.arrays.element_patterns import ElementPattern, find_pattern
from cgraph_cli.results.array_ends import Ends, find_ends, find_variables
from cgraph_cli.results.array_matrices import MOST_ENTRIES, append_gradient, find_gradient
from cgraph_cli.symbolic.arrays.scalar_size import MOST_SCALARS, count_scalars
from cgraph_cli.symbolic.matrices.array_gradients import expand_arrays


class BlockPattern:
    """The entries of a matrix between arrays that can be other than 0: how many in each block, and which."""

    def __init__(self, kind: str, of: Ends, wrt: Ends, entries: ElementPattern, output: str = "") -> None:
        self.kind = kind
        self.rows, self.columns = of.labels, wrt.labels
        self.row_bands, self.column_bands = of.bands(), wrt.bands()
        self.entries = entries
        self.output = output

    def count(self) -> list[list[int]]:
        """Count the entries of each block."""
        starts = ([band.start for band in bands] for bands in (self.row_bands, self.column_bands))
        found: list[list[int]] = self.entries.count(*starts).tolist()
        return found


def jacobian_blocks(graph: ArrayGraph, of: Sequence[str] = (), wrt: Sequence[str] = ()) -> BlockPattern | None:
    """Find the entries of a large Jacobian that can be other than 0 at any inputs; None of a small one.

    Raises the errors of `jacobian`.
    """
    rows, columns = _find_outputs(graph, of), find_variables(graph, wrt)
    if not _is_large(graph, rows, columns):
        return None
    graph = expand_arrays(graph)
    rows, columns = _find_outputs(graph, of), find_variables(graph, wrt)
    return BlockPattern("jacobian", rows, columns, find_pattern(graph, _places(graph, rows), _places(graph, columns)))


def hessian_blocks(graph: ArrayGraph, of: Sequence[str] = (), wrt: Sequence[str] = ()) -> BlockPattern | None:
    """Find the entries of a large Hessian that can be other than 0, as those of the gradient's Jacobian.

    None of a small one. Raises the errors of `hessian`, and `ProgramError` where the gradient has no form in arrays.
    """
    columns = find_variables(graph, wrt)
    if not _is_large(graph, columns, columns):
        return None
    label, _, graph = append_gradient(graph, of, wrt)
    columns = find_variables(graph, wrt)
    slopes = _places(graph, find_gradient(graph, columns))
    return BlockPattern("hessian", columns, columns, find_pattern(graph, slopes, _places(graph, columns)), label)


def _is_large(graph: ArrayGraph, rows: Ends, columns: Ends) -> bool:
    """Tell whether a pattern is too large to be found, or written, entry by entry."""
    return count_scalars(graph) > MOST_SCALARS or len(rows) * len(columns) > MOST_ENTRIES


def _find_outputs(graph: ArrayGraph, of: Sequence[str]) -> Ends:
    return Ends(graph, find_ends(graph, of or [graph.labels()[graph.output]], "--of"))


def _places(graph: ArrayGraph, ends: Ends) -> list[tuple[int, int]]:
    """Find where the elements are computed."""
    return [part_at(graph, end.node, place) for end, place in ends.elements()]
