"""Matrices of derivatives of graphs of arrays that are too large for their scalar programs: NumPy sweeps them.

A sweep goes back from one element of an output, or forward from one of an input. A Hessian is the Jacobian of the
gradient, which is written as a program of arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, joined, part_at, parts_of
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.nodes_by_label import check_elements
from cgraph_cli.core.tensor import show_shape
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, ieee
from cgraph_cli.evaluation.arrays.derivatives import fill
from cgraph_cli.evaluation.sweeps import evaluate, sweep_forward, sweep_reverse
from cgraph_cli.results.array_ends import End, Ends, find_ends, find_variables
from cgraph_cli.results.array_notes import array_notes
from cgraph_cli.results.array_report import (
    ArrayReport,
    Output,
    Targets,
    estimate_work,
    find_directions,
    leave_out,
    only,
)
from cgraph_cli.results.matrices import (
    PRODUCTS,
    Matrix,
    check_work,
    fill_hessian,
    judge_second,
    make_product,
    most_hindering,
    status_of_first,
)
from cgraph_cli.results.report import Column, Disagreement, Stage
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.matrices.array_gradients import expand_arrays
from cgraph_cli.trust.array_directions import all_move, find_slopes
from cgraph_cli.trust.array_elements import Elements
from cgraph_cli.trust.verdicts import Checked, Status

MOST_ENTRIES = 1_000_000
"""The most numbers of a matrix of large arrays."""


def jacobian_of_arrays(
    graph: ArrayGraph, inputs: Mapping[str, Any], request: Request, stage: Stage | None = None
) -> tuple[Matrix, list[Disagreement]]:
    """Compute the derivatives of some arrays in others, element by element. Raises the errors of `jacobian`."""
    graph = expand_arrays(graph)
    of = Ends(graph, find_ends(graph, request.of or [graph.labels()[graph.output]], "--of"))
    wrt = find_variables(graph, request.wrt)
    for end in of.ends:
        check_elements(end.label, end.shape)
    work = estimate_work(graph)
    if request.mode:
        mode = request.mode
    else:
        below = {end.node: estimate_work(graph, end.node + 1) for end in of.ends}
        mode = "forward" if len(wrt) * work < sum(below[end.node] * len(end.places) for end in of.ends) else "reverse"
    directions = _directions(wrt.ends) if mode == "both" else []
    sweeps = len(wrt) if mode == "forward" else len(of) * (1 + len(directions))
    _check_size("Jacobian", len(of), len(wrt), sweeps * work)
    answer = _evaluate(graph, inputs, request, stage, wrt.ends)
    advance = stage(f"{sweeps:,} sweeps") if stage else None
    found: list[list[Checked]] = []
    disagreements: list[Disagreement] = []
    with ieee():
        if mode == "forward":
            for (end, place), column in zip(wrt.elements(), _tangents(answer, wrt, advance), strict=True):
                one = of.entries(column)
                found.append(_look_along(answer, end, place, of, one) if column.verdicts else one)
            entries = [list(row) for row in zip(*found, strict=True)]
        else:
            for at, (end, place) in enumerate(of.elements()):
                seed = only(end.shape, place)
                column = _adjoints(answer, end, seed)
                found.append(wrt.entries(column))
                for direction in directions:
                    slopes = find_slopes(
                        answer.evaluation, answer.elements, direction, end.node, seed, column.values, column.verdicts
                    )
                    if not slopes.agree:
                        node = next(iter(direction))
                        disagreements.append(Disagreement(end.node, node, slopes.reverse, slopes.forward))
                if advance:
                    advance(at + 1, len(of))
            entries = found
    headings = [f"∂node/∂{label}" for label in wrt.labels]
    matrix = Matrix("jacobian", of.labels, wrt.labels, headings, entries, mode, [answer])
    values = [number for end in of.ends for number in end.pick(answer.evaluation.values[end.node])]
    matrix.values = [Checked(x, answer.verdict(at)) for x, at in zip(values, of.numbers, strict=True)]
    matrix.row_bands, matrix.column_bands = of.bands(), wrt.bands()
    matrix.remarks += array_notes(answer, is_ok=matrix.is_ok())
    return matrix, disagreements


def hessian_of_arrays(
    graph: ArrayGraph, inputs: Mapping[str, Any], request: Request, stage: Stage | None = None
) -> Matrix:
    """Compute the second derivatives of one number in arrays, or their product with a direction.

    Raises the errors of `hessian`, and `ProgramError` where the gradient has no form in arrays.
    """
    label, output, gradient = append_gradient(graph, request.of, request.wrt)
    wrt = find_variables(gradient, request.wrt)
    numbers = Ends(gradient, wrt.ends).numbers
    moving = find_directions(gradient, request.direction, "--hvp")
    sweeps = 1 if moving else len(wrt)
    if not moving:
        _check_size("Hessian", len(wrt), len(wrt), sweeps * estimate_work(gradient))
    slopes = find_gradient(gradient, wrt)
    answer = _evaluate(gradient, inputs, request, stage, wrt.ends, moving)
    advance = stage(f"{sweeps:,} sweeps") if stage else None
    with ieee():
        answer.gradients.append(_adjoints(answer, End(label, output, ()), 1.0))
        start = answer.elements.starts[output]
        firsts = [status_of_first(answer, start, number) for number in numbers]
        if moving:
            swept = [_tangent(answer, "product", moving)]
            along = [status_of_first(answer, start, each) for each in _moved(answer, moving)]
            hindering = [most_hindering(along)]
        else:
            swept, hindering = list(_tangents(answer, wrt, advance)), firsts
    columns = [
        [judge_second(x, most_hindering([one, other])) for x, other in zip(slopes.entries(column), firsts, strict=True)]
        for column, one in zip(swept, hindering, strict=True)
    ]
    if moving:
        matrix = make_product(request.direction, wrt.labels, columns[0], [answer], wrt.bands())
    else:
        headings = [f"∂²{label}/∂node∂{name}" for name in wrt.labels]
        matrix = Matrix("hessian", wrt.labels, wrt.labels, headings, [], "forward", [answer])
        matrix.row_bands = matrix.column_bands = wrt.bands()
        is_input = [gradient.operations[end.node] == INPUT for end, _ in wrt.elements()]
        given = {number for number, is_it in zip(numbers, is_input, strict=True) if is_it}
        fill_hessian(matrix, columns, numbers, given, label)
    _look_at_seconds(answer, matrix, output, list(wrt.elements()), hindering if moving else firsts, moving)
    matrix.output = label
    matrix.remarks += array_notes(answer, is_ok=matrix.is_ok())
    return matrix


def _look_at_seconds(
    answer: ArrayReport,
    matrix: Matrix,
    output: int,
    ends: Sequence[tuple[End, int]],
    hindering: Sequence[Status],
    moving: Mapping[int, Any],
) -> None:
    """Look into the entries of a Hessian that are unknown, or into those of its product with a vector."""
    at = [part_at(answer.elements.graph, end.node, place) for end, place in ends]
    for u, row in enumerate(matrix.entries):
        for v, entry in enumerate(row):
            if entry.verdict.status != Status.UNKNOWN:
                continue
            if moving:
                found = answer.looks.product(output, at[u], moving)
            elif u <= v:
                found = answer.looks.second(output, at[u], at[v])
            else:
                found = matrix.entries[v][u]
            if found is not None and found.verdict.status != Status.UNDEFINED and (moving or u <= v):
                found = judge_second(found, most_hindering([hindering[u if len(hindering) > 1 else 0], hindering[v]]))
            row[v] = found or entry


def append_gradient(graph: ArrayGraph, of: Sequence[str], wrt: Sequence[str]) -> tuple[str, int, ArrayGraph]:
    """Write a graph with the gradient of its output, the last of its `gradients`; give the output's label and node."""
    variables = dict.fromkeys(end.node for end in find_variables(graph, wrt).ends)
    outputs = list(find_ends(graph, of or [graph.labels()[graph.output]], "--of"))
    output = outputs[0]
    check_elements(output.label, output.shape)
    if len(outputs) > 1 or (output.place is None and output.shape):
        named = f"{len(outputs)} outputs" if len(outputs) > 1 else f"an array of {show_shape(output.shape)}"
        raise RequestError(
            f"a Hessian is that of one output, and `--of` names {named}"
            if of
            else f"a Hessian is that of one output, and `{output.label}` is {named}",
            help=f"write `--of {next(output.labels())}`; first derivatives of several are `cgraph jacobian`",
        )
    graph = graph.copy()
    node, offset = output.node, graph.offsets[output.node]
    if output.place is not None:
        place = np.unravel_index(output.place, output.shape)
        node = graph.append_array(joined("index", tuple(map(int, place))), (node,), offset, ())
    for each in variables:
        slope = graph.append_array("grad", (node, each), offset, graph.shapes[each])
        graph.gradients[slope] = node, each
    expanded = expand_arrays(graph)
    return output.label, next(reversed(expanded.gradients.values()))[0], expanded


def find_gradient(gradient: ArrayGraph, wrt: Ends) -> Ends:
    """Find the elements of the gradient that `append_gradient` wrote."""
    parts = list(gradient.gradients)[-len({end.node for end in wrt.ends}) :]
    part_of = {gradient.gradients[part][1]: part for part in parts}
    return Ends(gradient, (end._replace(node=part_of[end.node]) for end in wrt.ends))


def _check_size(what: str, rows: int, columns: int, work: int) -> None:
    if rows * columns > MOST_ENTRIES:
        raise RequestError(
            f"the {what} has {rows:,} × {columns:,} numbers, and {MOST_ENTRIES:,} are the most of arrays of this size",
            help=f"`--wrt` names fewer inputs, or elements such as `x[0]`; {PRODUCTS[what]} with one vector",
        )
    check_work(what, (rows, columns), work)


def _evaluate(
    graph: ArrayGraph,
    inputs: Mapping[str, Any],
    request: Request,
    stage: Stage | None,
    wrt: Iterable[End],
    moving: Iterable[int] = (),
) -> ArrayReport:
    progress = stage("evaluating") if stage else None
    asked: dict[int, set[int] | None] = dict.fromkeys(moving)
    starts = Elements(graph, ()).starts
    for end in wrt:
        others = asked.get(end.node, set[int]())
        is_whole = end.place is None or others is None
        asked[end.node] = None if is_whole else {*(others or ()), starts[end.node] + (end.place or 0)}
        asked.update(dict.fromkeys(parts_of(graph, end.node)))
    with ieee():
        evaluation = evaluate(graph, inputs, algebra=ARRAYS, progress=progress)
        answer = ArrayReport(graph, evaluation, request, Targets([], asked, {}))
        leave_out(evaluation, asked)
        return answer


def _adjoints(answer: ArrayReport, end: End, seed: Any) -> Column:
    """Sweep back from one element."""
    return answer.adjoints(Output(end.node, end.label, "", seed), sweep_reverse(answer.evaluation, {end.node: seed}))


def _tangents(answer: ArrayReport, wrt: Ends, advance: Callable[[int, int], None] | None) -> Iterator[Column]:
    """Sweep forward from each element in turn."""
    for at, (end, place) in enumerate(wrt.elements()):
        yield _tangent(answer, end.label, _start(answer.graph, end, place))
        if advance:
            advance(at + 1, len(wrt))


def _look_along(answer: ArrayReport, end: End, place: int, of: Ends, entries: list[Checked]) -> list[Checked]:
    """Look into the elements of outputs whose derivative in one element is unknown."""
    start = _start(answer.elements.graph, end, place)
    ((node, at),) = ((each, int(np.flatnonzero(step.mask)[0])) for each, step in start.items())
    for row, (output, where) in enumerate(of.elements()):
        if entries[row].verdict.status == Status.UNKNOWN:
            found = answer.looks.derivative(node, at, output.node, only(output.shape, where))
            entries[row] = found or entries[row]
    return entries


def _tangent(answer: ArrayReport, label: str, direction: Mapping[int, Any]) -> Column:
    """Sweep forward in a direction."""
    tangents = sweep_forward(answer.evaluation, direction)
    column = answer.derivatives(label, "", tangents)
    if answer.judge:
        column.verdicts = answer.judge.derivatives.judge_tangents(direction, tangents)
        answer.judge.derivatives.mark_by_values(tangents, direction, column.verdicts)
    return column


def _start(graph: Any, end: End, place: int) -> dict[int, Any]:
    """Make the direction of one element; one of a recurrence's array is an element of a part."""
    node, inside = part_at(graph, end.node, place)
    return {node: only(graph.shapes[node], inside)}


def _directions(ends: Sequence[End]) -> list[dict[int, Any]]:
    """Make a direction for each array or element: forward sweeps that are compared with those in reverse."""
    return [{end.node: all_move(end.shape) if end.place is None else only(end.shape, end.place)} for end in ends]


def _moved(answer: ArrayReport, direction: Mapping[int, Any]) -> Iterator[int]:
    """Number the elements that a direction moves."""
    for node, steps in direction.items():
        start = answer.elements.starts[node]
        yield from (start + int(at) for at in np.flatnonzero(fill(steps, answer.elements.graph.shapes[node])))
