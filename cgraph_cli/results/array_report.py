"""A report on a graph of arrays that is too large for its scalar program: its numbers come from NumPy.

The elements of all arrays are numbered one after another, so that whoever shows a report of a scalar program shows this
one, too.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, ArrayProgram, number_elements
from cgraph_cli.core.errors import InputError, RequestError, Span
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.nodes_by_label import find_node, find_nodes
from cgraph_cli.core.tensor import Shape, Tensor, show_shape
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill, ieee
from cgraph_cli.evaluation.sweeps import Evaluation, evaluate, sweep_forward, sweep_reverse
from cgraph_cli.results.report import Column, Report, Stage, show_step
from cgraph_cli.results.request import Asked, Request, check_array_shape
from cgraph_cli.trust.array_assessment import ArrayAssessment
from cgraph_cli.trust.verdicts import OK, Status, Verdict

__all__ = ["ArrayReport", "report_arrays"]


class Elements(Sequence[float]):
    """The elements of all arrays of a graph, one after another; 0 where there is no dependence."""

    def __init__(self, graph: ArrayGraph, starts: Sequence[int], arrays: Sequence[Any]) -> None:
        self.graph = graph
        self.starts = starts
        self.arrays = arrays

    def __len__(self) -> int:
        return self.starts[-1]

    def __getitem__(self, at: Any) -> Any:
        node = bisect_right(self.starts, at) - 1
        return float(self.array(node).flat[at - self.starts[node]])

    def array(self, node: int) -> Any:
        """Give the array of a node."""
        return fill(self.arrays[node], self.graph.shapes[node])


class ArrayReport(Report):
    """Values and derivatives of a graph of arrays at a point.

    `outputs` are nodes of the graph; every other number stands for an element.
    """

    def __init__(self, graph: ArrayGraph, evaluation: Evaluation, request: Request, asked: Asked) -> None:
        self.precise = None
        self.uncertainties = None
        self.graph = graph
        self.evaluation = evaluation
        self.request = request
        self.constants = graph.constant_nodes()
        self.outputs, self.wrt, self.asked, self.direction = asked
        self.gradients = []
        self.tangents = []
        self.assessment = None
        self.judgement = ArrayAssessment(graph, evaluation)
        self.starts = self.judgement.starts

    def is_ok(self) -> bool:
        """Tell whether every number that is shown is ok."""
        return not any([self.verdicts, *(column.verdicts for column in self.columns())])
