"""Matrices of derivatives: Jacobians, Hessians, Hessian-vector products, and their patterns.

A Hessian is the Jacobian of a gradient: reverse accumulation writes the gradient as a graph (`differentiate`), and
forward sweeps through that graph give its columns. The gradient's graph is an ordinary one, so that second derivatives
get the statuses at kinks, and the true numbers where doubles fail (see `trust`), that first ones get.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from math import nan
from typing import Any, NamedTuple

from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import Graph, show_number
from cgraph_cli.core.nodes_by_label import find_nodes, no_variables
from cgraph_cli.evaluation.sparsity import pattern
from cgraph_cli.results.blocks import Band, find_bands
from cgraph_cli.results.notes import Trouble, find_troubles, remark_lines, skipped_line, trouble_lines
from cgraph_cli.results.report import Column, Disagreement, Report, Stage, report, show_step
from cgraph_cli.results.request import Request, find_direction
from cgraph_cli.symbolic.differentiate import differentiate
from cgraph_cli.trust.budget import Budget
from cgraph_cli.trust.verdicts import OK, UNDEFINED, Checked, Status, Verdict, differ_by_rounding

_LONG = 40
"""Characters of a vector that is too long for a heading."""

_IRREGULAR = (Status.KINK, Status.JUMP, Status.POLE, Status.UNKNOWN)
"""Statuses of an entry that hold for both orders of differentiation, though only one order meets them."""


class Matrix:
    """A matrix with a label for each row and each column.

    `kind` is `jacobian`, `hessian` or `product`. `headings` name the derivative of a row's node that each column holds.
    `values` are the values of the rows' nodes, or None where the rows are no nodes. `mode` is the sweep. `reports` are
    the sources of the numbers, the program's own first. `output` is the node of a Hessian, and `direction` its factor.
    `remarks` are lines below a table. `row_bands` and `column_bands` are the arrays of the rows and columns, in a
    program of arrays.
    """

    def __init__(
        self,
        kind: str,
        rows: Sequence[str],
        columns: Sequence[str],
        headings: Sequence[str],
        entries: list[list[Checked]],
        mode: str,
        reports: Sequence[Report],
    ) -> None:
        self.kind = kind
        self.rows = rows
        self.columns = columns
        self.headings = headings
        self.entries = entries
        self.mode = mode
        self.reports = reports
        self.values: list[Checked] | None = None
        self.row_bands: Sequence[Band] = ()
        self.column_bands: Sequence[Band] = ()
        self.output = ""
        self.direction: Mapping[str, Any] = {}
        self.remarks: list[str] = []

    def is_ok(self) -> bool:
        """Tell whether every verdict is ok."""
        return all(entry.verdict == OK for entry in self._numbers())

    def is_finite(self) -> bool:
        """Tell whether every number is finite and known."""
        return all(entry.is_finite for entry in self._numbers())

    @property
    def is_certified(self) -> bool:
        """True where every digit is bounded."""
        return all(answer.is_certified for answer in self.reports)

    def count_unknown(self) -> int:
        """Count the unknown numbers."""
        return sum(entry.verdict.status == Status.UNKNOWN for entry in self._numbers())

    def _numbers(self) -> Iterator[Checked]:
        for row in self.entries:
            yield from row
        yield from self.values or ()

    def troubles(self) -> list[Trouble]:
        """List the places where the numbers went wrong, each place of the source once, in the program's own terms."""
        found: dict[tuple[int, int], Trouble] = {}
        if not (self.is_ok() and self.is_finite()):
            program = set(self.reports[0].graph.labels())
            for answer in self.reports:
                for trouble in find_troubles(answer):
                    if trouble.label not in program:
                        trouble = trouble._replace(message=f"in the gradient, {trouble.message}")
                    found.setdefault((trouble.line, trouble.column), trouble)
        return list(found.values())

    def notes(self) -> Iterator[str]:
        """Write the lines below a table."""
        yield from remark_lines(self.reports[0].graph)
        yield from trouble_lines(self.troubles())
        for answer in self.reports:
            yield from skipped_line(answer)
        yield from self.remarks


class Pattern(NamedTuple):
    """The entries of a matrix that can be other than 0."""

    kind: str
    rows: Sequence[str]
    columns: Sequence[str]
    entries: list[list[bool]]
    output: str = ""
    row_bands: Sequence[Band] = ()
    column_bands: Sequence[Band] = ()


_MOST_EDGES = 300_000_000
"""The edges that all sweeps of a matrix may visit: some minutes of an ordinary machine."""

_EDGES_OF_A_GRADIENT = 4
"""The edges of a gradient's program, for each one of the program itself."""


def jacobian(
    graph: Graph, inputs: Mapping[str, float], request: Request, stage: Stage | None = None
) -> tuple[Matrix, list[Disagreement]]:
    """Compute the derivatives of some nodes in others.

    An empty `request.mode` chooses the cheaper sweep. `both` modes also find where the two disagree. Raises the errors
    of `report`, and `RequestError` where there is nothing to differentiate in.
    """
    of, wrt = _ends(graph, request.of, request.wrt)
    mode = request.mode or cheaper(graph, of, wrt)
    sweeps = len(wrt) if mode == "forward" else len(of)
    check_work("Jacobian", (len(of), len(wrt)), sweeps * len(graph.operands))
    labels = graph.labels()
    names = [labels[node] for node in wrt]
    outputs = request.of if graph.arrays is None else [labels[output] for output in of]
    asked = Request(outputs, names, mode, arithmetic=request.arithmetic, precision=request.precision, outputs_only=True)
    answer = report(graph, inputs, asked, stage)
    if mode == "forward":
        columns = [_entries(column, of) for column in answer.tangents]
        entries = [[column[at] for column in columns] for at in range(len(of))]
    else:
        entries = [_entries(column, wrt) for column in answer.gradients]
    rows = [labels[output] for output in of]
    matrix = Matrix("jacobian", rows, names, [f"∂node/∂{name}" for name in names], entries, mode, [answer])
    matrix.values = [answer.checked(output) for output in of]
    matrix.row_bands, matrix.column_bands = find_bands(graph, of), find_bands(graph, wrt)
    return matrix, answer.disagreements() if mode == "both" else []


PRODUCTS = {"Jacobian": "`cgraph eval --tangent` has its product", "Hessian": "`--hvp` is its product"}
"""The way to the product of a matrix with a vector, which takes one sweep."""


def check_work(what: str, shape: tuple[int, int], edges: int) -> None:
    """Raise `RequestError` at once for a matrix of too many sweeps, which visit so many `edges` in all."""
    rows, columns = shape
    if edges > _MOST_EDGES:
        raise RequestError(
            f"the {what} has {rows:,} × {columns:,} numbers, which take too many sweeps of a program of this size",
            help=f"`--wrt` names fewer inputs, or elements such as `x[0]`; {PRODUCTS[what]} with one vector",
        )


def _entries(column: Column, nodes: Sequence[int]) -> list[Checked]:
    return [column.checked(node) for node in nodes]


def cheaper(graph: Graph, of: Sequence[int], wrt: Sequence[int]) -> str:
    """Choose the cheaper sweep by the edges that it visits.

    Forward takes one sweep over the whole graph for each of `wrt`; reverse takes one from each of `of` down.
    """
    forward = len(wrt) * len(graph.operands)
    reverse = sum(graph.starts[output + 1] for output in of)
    return "forward" if forward < reverse else "reverse"


def hessian(
    graph: Graph,
    inputs: Mapping[str, float],
    request: Request,
    stage: Stage | None = None,
) -> Matrix:
    """Compute the second derivatives of one output, or with `request.direction` their product with that vector.

    Entry (u, v) differentiates the gradient with respect to one node in the direction of the other, which comes first
    in the program: one number for each pair, so that the matrix is symmetric to the last bit. An entry whose other
    order gives another number says so. Raises the errors of `report`.
    """
    (output,), wrt = _ends(graph, request.of, request.wrt, one=True)
    direction = find_direction(graph, request.direction, "--hvp")
    if not direction:
        work = _EDGES_OF_A_GRADIENT * len(graph.operands) * len(wrt)
        check_work("Hessian", (len(wrt), len(wrt)), work)
    label, labels = graph.labels()[output], graph.labels()
    names = [labels[node] for node in wrt]
    arithmetic, precision = request.arithmetic, request.precision
    budget = request.budget or Budget()
    first = Request(
        [label], names, "reverse", arithmetic=arithmetic, precision=precision, outputs_only=True, budget=budget
    )
    answer = report(graph, inputs, first, stage)
    gradient = differentiate(graph, output, wrt)
    parts = [gradient.labels()[node] for node in gradient.outputs]
    gradient.gradients = dict(zip(gradient.outputs, ((output, node) for node in wrt), strict=True))
    asked = Request(
        parts, names, "forward", None, request.direction, arithmetic, precision, outputs_only=True, budget=budget
    )
    swept = report(gradient, inputs, asked, stage)
    firsts = [status_of_first(answer, output, node) for node in wrt]
    columns = []
    moving = firsts
    if direction:
        moved = [status_of_first(answer, output, node) for node, step in direction.items() if step]
        moving = [most_hindering(moved)]
    for column, along in zip(swept.tangents, moving, strict=True):
        found = _entries(column, gradient.outputs)
        columns.append(
            [judge_second(entry, most_hindering([along, first])) for entry, first in zip(found, firsts, strict=True)]
        )
    if direction:
        matrix = make_product(request.direction, names, columns[0], [answer, swept], find_bands(graph, wrt))
    else:
        headings = [f"∂²{label}/∂node∂{name}" for name in names]
        matrix = Matrix("hessian", names, names, headings, [], "forward", [answer, swept])
        matrix.row_bands = matrix.column_bands = find_bands(graph, wrt)
        fill_hessian(matrix, columns, wrt, set(swept.graph.inputs()), label)
    matrix.output = label
    return matrix


def make_product(
    vector: Mapping[str, Any], rows: Sequence[str], column: list[Checked], reports: Sequence[Report], bands: list[Band]
) -> Matrix:
    """Make the product of a Hessian with a vector."""
    written = ",".join(f"{name}={show_step(step)}" for name, step in vector.items())
    heading = f"H·({written})" if len(written) < _LONG else "H·v"
    matrix = Matrix("product", rows, ["product"], [heading], [[entry] for entry in column], "forward", reports)
    matrix.direction = vector
    matrix.row_bands, matrix.column_bands = bands, [Band("product", (), 0)]
    return matrix


_HINDRANCES = (Status.LIMIT, Status.KINK, Status.UNKNOWN, Status.POLE, Status.UNDEFINED)
"""Statuses of a first derivative, without which there is no second one, from the least to the most."""


def _rank(status: Status) -> int:
    return _HINDRANCES.index(status) if status in _HINDRANCES else -1


def status_of_first(answer: Report, output: int, node: int) -> Status:
    """Find what hinders a second derivative: an output or a first derivative that is none."""
    status = answer.gradients[0].verdict(node).status
    lost = (Status.UNDEFINED, Status.JUMP)
    return Status.UNDEFINED if answer.verdict(output).status in lost or status in lost else status


def most_hindering(statuses: Iterable[Status]) -> Status:
    """Choose the status that hinders a second derivative most; ok where none does."""
    return max(statuses, key=_rank, default=Status.OK)


def judge_second(entry: Checked, first: Status) -> Checked:
    """Judge a second derivative by the first: what its formula gives means nothing where that does not exist."""
    if first == Status.UNDEFINED:
        return UNDEFINED
    if first not in _HINDRANCES or entry.verdict.status in _IRREGULAR:
        return entry
    return UNDEFINED if first == Status.POLE else Checked(entry.number, Verdict(first))


def fill_hessian(
    matrix: Matrix, columns: list[list[Checked]], wrt: Sequence[int], inputs: Container[int], label: str
) -> None:
    """Fill in a Hessian with one number for both orders of a pair; where the orders differ, it is undefined."""
    for u, row in enumerate(wrt):
        entries = []
        for v, column in enumerate(wrt):
            first, second = (u, v) if row < column else (v, u)
            entry, other = columns[first][second], columns[second][first]
            if entry.verdict.status == Status.UNDEFINED or (
                other.verdict.status in _IRREGULAR
                and (entry.verdict.status not in _IRREGULAR or (other.verdict.sides and not entry.verdict.sides))
            ):
                entry, other = other, entry
            is_sure = entry.verdict == OK == other.verdict or other.verdict.status == Status.UNDEFINED
            same = differ_by_rounding(entry.number, other.number)
            if not is_sure and Status.UNKNOWN in (entry.verdict.status, other.verdict.status) and not same:
                entry = Checked(nan, Verdict(Status.UNKNOWN))
            elif not is_sure and max(row, column) in inputs and not same:
                if u < v:
                    names = matrix.rows[u], matrix.rows[v]
                    numbers = columns[v][u].number, columns[u][v].number
                    matrix.remarks.append(_order_matters(label, names, numbers))
                entry = UNDEFINED
            entries.append(entry)
        matrix.entries.append(entries)


def _order_matters(label: str, names: tuple[str, str], numbers: tuple[float, float]) -> str:
    shown = [show_number(number + 0.0) for number in numbers]
    return (
        f"note: the order matters here: ∂/∂{names[1]} of ∂{label}/∂{names[0]} is {shown[0]}, "
        f"and ∂/∂{names[0]} of ∂{label}/∂{names[1]} is {shown[1]}"
    )


def jacobian_pattern(graph: Graph, of: Sequence[str] = (), wrt: Sequence[str] = ()) -> Pattern:
    """Find the entries of a Jacobian that can be other than 0 at any inputs. Raises the errors of `jacobian`."""
    outputs, nodes = _ends(graph, of, wrt)
    labels = graph.labels()
    names = [labels[node] for node in nodes]
    rows = [labels[output] for output in outputs]
    entries = pattern(graph, outputs, nodes)
    return Pattern("jacobian", rows, names, entries, "", find_bands(graph, outputs), find_bands(graph, nodes))


def hessian_pattern(graph: Graph, of: Sequence[str] = (), wrt: Sequence[str] = ()) -> Pattern:
    """Find the entries of a Hessian that can be other than 0 at any inputs.

    It is the pattern of the gradient's Jacobian; an entry and its mirror image are both in it or neither is. Raises the
    errors of `hessian`.
    """
    (output,), nodes = _ends(graph, of, wrt, one=True)
    labels = graph.labels()
    names = [labels[node] for node in nodes]
    gradient = differentiate(graph, output, nodes)
    found = pattern(gradient, gradient.outputs, nodes)
    entries = [
        [
            found[u][v] if row > column else found[v][u] if row < column else found[u][u]
            for v, column in enumerate(nodes)
        ]
        for u, row in enumerate(nodes)
    ]
    bands = find_bands(graph, nodes)
    return Pattern("hessian", names, names, entries, labels[output], bands, bands)


def _ends(graph: Graph, of: Sequence[str], wrt: Sequence[str], one: bool = False) -> tuple[list[int], list[int]]:
    outputs = find_nodes(graph, of, "--of") if of else graph.default_outputs()
    nodes = find_nodes(graph, wrt, "--wrt") if wrt else list(graph.inputs())
    labels = graph.labels()
    if one and len(outputs) > 1:
        named = name_list([labels[output] for output in outputs])
        raise RequestError(
            f"a Hessian is that of one output, and {'`--of` names' if of else 'there are'} {len(outputs)}: {named}",
            help=f"write `--of {labels[outputs[0]]}`; first derivatives of several are `cgraph jacobian`",
        )
    if not nodes:
        raise no_variables(graph, "to differentiate with respect to", "`--wrt` names other nodes")
    return outputs, nodes
