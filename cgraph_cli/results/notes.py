"""Troubles: the nodes where a report's numbers first went wrong, in words, with a stable form where one is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from math import isfinite, log10
from typing import TYPE_CHECKING, NamedTuple

from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph, show_number
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.language.parse import parse
from cgraph_cli.results.report import Column, Report
from cgraph_cli.trust.verdicts import OK, STATUS_OF, Cause, Status, Verdict

if TYPE_CHECKING:
    from cgraph_cli.results.conditioning import MatrixUse

STABLE_FORMS = (
    ("log(1 + exp(x))", "softplus(x)"),
    ("log(exp(x) + exp(y))", "logaddexp(x, y)"),
    ("log(sigmoid(x))", "logsigmoid(x)"),
    ("1/(1 + exp(-x))", "sigmoid(x)"),
    ("exp(x)/(1 + exp(x))", "sigmoid(x)"),
    ("exp(x)/(exp(x) + exp(y))", "sigmoid(x - y)"),
    ("exp(x) - 1", "expm1(x)"),
    ("exp(x)/exp(y)", "exp(x - y)"),
    ("log(1 + x)", "log1p(x)"),
    ("x*log(y)", "xlogy(x, y)"),
    ("sqrt(x^2 + y^2)", "hypot(x, y)"),
    ("sqrt(x*x + y*y)", "hypot(x, y)"),
    ("sqrt(x^2)", "abs(x)"),
    ("sqrt(x*x)", "abs(x)"),
)
"""Common expressions, each with an equivalent that keeps its digits; operands of + and * in either order."""

_LOST_DIGITS = (Cause.POLES, Cause.OVERFLOW, Cause.UNDERFLOW)
"""The causes that a stable form mends."""

_COMMUTE = ("+", "*")
_MOST_SHOWN = 5


class Trouble(NamedTuple):
    """One place where numbers went wrong: the node, the cause, and a message about it."""

    label: str
    operation: str
    cause: Cause
    operands: tuple[float, ...]
    line: int
    column: int
    message: str
    suggestion: str


def find_troubles(report: Report) -> Iterator[Trouble]:
    """Find the nodes at which the numbers of a report first went wrong, and did not inherit it."""
    assessment, graph = report.assessment, report.graph
    if assessment is None or (report.is_ok() and report.is_finite()):
        return
    reach = assessment.influence.ancestors(report.outputs)
    uses = _matrix_uses(report)
    for event in assessment.events:
        if event.node not in reach:
            continue
        place = "{}:{}".format(*graph.source.place(graph.offsets[event.node]))
        if place in uses and event.node not in graph.gradients:
            yield _trouble_of_matrix(report, uses[place], event.node, event.cause)
            continue
        operation = graph.operations[event.node]
        operands = tuple(report.values[operand] for operand in graph.operands_of(event.node))
        line, column = graph.source.place(graph.offsets[event.node])
        yield Trouble(
            graph.labels()[event.node],
            operation,
            event.cause,
            operands,
            line,
            column,
            _message(report, event.node, event.cause, f"{line}:{column}"),
            _suggestion(graph, event.node, reach) if event.cause in _LOST_DIGITS else "",
        )


def _matrix_uses(report: Report) -> dict[str, MatrixUse]:
    """Find the operations on matrices by their places."""
    if report.graph.arrays is None:
        return {}
    from cgraph_cli.results.conditioning import find_matrix_uses

    return {use.place: use for use in find_matrix_uses(report)}


def _trouble_of_matrix(report: Report, use: MatrixUse, node: int, cause: Cause) -> Trouble:
    """Name the matrix behind the trouble inside an operation on a matrix."""
    assert report.graph.arrays is not None
    line, _, column = use.place.partition(":")
    matrix = "a singular matrix" if use.is_singular else f"a matrix with the condition number {use.condition:.3g}"
    what = "is at a pole: its value or its slope is infinite"
    if cause == Cause.CANCELLED:
        kept = digits_kept(report.evaluation.values[node], report.values[node])
        what = f"cancels: doubles keep {kept} of 16 digits here"
    elif cause == Cause.DOMAIN and use.operation in ("cholesky", "logdet"):
        lacks = "that is not positive definite" if use.operation == "cholesky" else "with a negative determinant"
        matrix, what = f"a matrix {lacks}", "is outside its domain"
    elif cause in (Cause.OVERFLOW, Cause.UNDERFLOW):
        what = f"is too {'large' if cause == Cause.OVERFLOW else 'small'} for a double"
    label = report.graph.arrays.graph.labels()[use.array]
    message = f"`{use.operation}` at {use.place} of {matrix} {what}"
    return Trouble(label, use.operation, cause, (), int(line), int(column), message, "")


def notes(report: Report) -> Iterator[str]:
    """Write the lines below a table."""
    if report.graph.arrays is not None:
        from cgraph_cli.results.conditioning import conditioning_lines

        yield from conditioning_lines(report)
    yield from remark_lines(report.graph)
    yield from trouble_lines(find_troubles(report))
    yield from skipped_line(report)


def remark_lines(graph: Graph) -> Iterator[str]:
    """Write the remarks on calls that may be meant otherwise as lines of text."""
    if graph.arrays is not None:
        from cgraph_cli.results.meanings import find_remarks

        for remark in find_remarks(graph.arrays.graph):
            yield f"note: {remark.message}; {remark.suggestion}"


def trouble_lines(troubles: Iterable[Trouble]) -> Iterator[str]:
    """Write troubles as lines of text, each message once."""
    found = list({trouble.message: trouble for trouble in troubles}.values())
    for trouble in found[:_MOST_SHOWN]:
        yield f"note: {trouble.message}"
        if trouble.suggestion:
            yield f"      {trouble.suggestion}"
    if len(found) > _MOST_SHOWN:
        yield f"note: and {len(found) - _MOST_SHOWN:,} more places like these"


def skipped_line(report: Report) -> Iterator[str]:
    """Write the line with the number of unsettled numbers, if there are any."""
    if report.assessment is not None and report.assessment.skipped:
        why = "the graph is too large" if not report.assessment.is_certified else "that would take too long"
        yield f"note: {report.assessment.skipped:,} numbers near such places were not looked into: {why}"


def _message(report: Report, node: int, cause: Cause, place: str) -> str:
    graph = report.graph
    operation = graph.operations[node]
    operands = [report.values[operand] for operand in graph.operands_of(node)]
    written = [show_number(operand + 0.0).replace("e+", "e") for operand in operands[:_MOST_SHOWN]]
    shown = ", ".join([*written, "…"] if len(operands) > _MOST_SHOWN else written)
    name = "-" if operation == "neg" else operation
    subject = (
        f"`{name}` of {shown} in the `grad` at {place}"
        if _is_of_gradient(graph, node)
        else f"`{name}` at {place} of {shown}"
    )
    if cause == Cause.DOMAIN:
        return f"{subject} is outside its domain, {PRIMITIVES[operation].domain}"
    if cause == Cause.EDGES:
        return f"{subject} is at the edge of its domain: beside it, on one side or both, there is no value"
    if cause in (Cause.OVERFLOW, Cause.UNDERFLOW):
        return f"{subject} is too {'large' if cause == Cause.OVERFLOW else 'small'} for a double"
    if cause == Cause.CANCELLED:
        text = f"`{_written(graph, node)}`" if not _is_of_gradient(graph, node) else f"the `grad`'s `{name}`"
        kept = digits_kept(report.evaluation.values[node], report.values[node])
        is_sum = operation in ("+", "-") or PRIMITIVES[operation].pair == "+"
        why = "cancels" if is_sum else "magnifies the rounding of its operand"
        return f"{text} at {place} {why}: doubles keep {kept} of 16 digits here"
    if cause == Cause.POLES and report.checked(node).verdict.status == Status.LIMIT:
        return f"{subject} has no value: shown is the limit"
    more = ": its value or its slope is infinite" if cause == Cause.POLES else _beside(report, node, STATUS_OF[cause])
    return f"{subject} is at a {STATUS_OF[cause]}{more}"


def _written(graph: Graph, node: int) -> str:
    """Write a node by its operands; inside an operation on arrays, whose parts have no names, by that operation."""
    text, labels = graph.expression(node), graph.labels()
    if graph.arrays is not None and any(labels[each].startswith("inner.") for each in graph.operands_of(node)):
        arrays, offset = graph.arrays.graph, graph.offsets[node]
        return next((arrays.operations[each] for each, at in enumerate(arrays.offsets) if at == offset), text)
    return text


def _beside(report: Report, node: int, status: Status) -> str:
    """Say how large a jump is, or the slopes on the left and on the right of a kink."""
    labels = report.graph.labels()
    alike = [end for column in report.columns() for end in _ends(report, column) if end[2].status == status]
    below = ancestors(report.graph, [node]) if alike else ()
    output, variable, verdict = next((end for end in alike if end[1] in below), (0, 0, OK))
    if verdict.sides is not None:
        left, right = (f"{slope + 0.0:.6g}" for slope in verdict.sides)
        return f": ∂{labels[output]}/∂{labels[variable]} is {left} on the left, {right} on the right"
    return f": {labels[output]} jumps by {verdict.size:.6g}" if verdict.size else ""


def _ends(report: Report, column: Column) -> Iterator[tuple[int, int, Verdict]]:
    """List the verdicts of a column that are of an output in an input, each with both."""
    if column in report.gradients:
        output = report.outputs[report.gradients.index(column)]
        yield from ((output, node, verdict) for node, verdict in column.verdicts.items() if node in report.wrt)
    elif not report.request.direction:
        variable = report.wrt[report.tangents.index(column)]
        yield from ((node, variable, verdict) for node, verdict in column.verdicts.items() if node in report.outputs)


def _is_of_gradient(graph: Graph, node: int) -> bool:
    """Tell whether a node computes part of a `grad(y, x)`, outside every expression."""
    return node in graph.hidden and graph.arrays is None


def digits_kept(number: float, true: float) -> int:
    """Count the leading digits that a double shares with the true number, 16 at most."""
    if number == true:
        return 16
    apart = abs(number - true) / abs(true) if true and isfinite(number) else 1.0
    return max(0, min(16, int(-log10(apart)))) if apart else 16


def _suggestion(graph: Graph, event: int, reach: set[int]) -> str:
    """Suggest a stable form for an expression that contains the event."""
    labels = graph.labels()
    for node in range(event, min(event + 50, len(graph))):
        if node not in reach:
            continue
        for written, stable in STABLE_FORMS:
            pattern = _pattern(written)
            matched: dict[int, int] = {}
            if _match(graph, node, pattern, pattern.output, matched) and event in matched.values():
                names = {pattern.names[k]: labels[n] for k, n in matched.items() if pattern.operations[k] == INPUT}
                return f"`{_fill(stable, names)}` in place of `{_fill(written, names)}` keeps its digits"
    return ""


@cache
def _pattern(text: str) -> Graph:
    return parse(Source(text, "stable form"))


def _match(graph: Graph, node: int, pattern: Graph, at: int, matched: dict[int, int]) -> bool:
    """Tell whether a node is an instance of a pattern; `matched` then maps the pattern's nodes to the graph's."""
    operation = pattern.operations[at]
    if operation == INPUT:
        return matched.setdefault(at, node) == node
    if graph.operations[node] != operation:
        return False
    if operation == CONSTANT:
        return graph.numbers[node] == pattern.numbers[at]
    matched[at] = node
    mine, theirs = list(graph.operands_of(node)), list(pattern.operands_of(at))
    for order in (mine, mine[::-1]) if operation in _COMMUTE else (mine,):
        attempt = dict(matched)
        if all(_match(graph, n, pattern, k, attempt) for n, k in zip(order, theirs, strict=True)):
            matched.update(attempt)
            return True
    return False


def _fill(text: str, names: dict[str | None, str]) -> str:
    return "".join(names.get(c, c) if not text[k - 1 : k].isalpha() and not text[k + 1 : k + 2].isalpha() else c
                   for k, c in enumerate(text))  # fmt: skip
