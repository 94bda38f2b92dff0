"""Numbers of a report by their names: `e`, `a.grad`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.nodes_by_label import find_derivative, find_node, is_pattern, named_inputs, why_constant
from cgraph_cli.core.tensor import Tensor, find_part, show_shape
from cgraph_cli.results.report import Column, Report
from cgraph_cli.results.settings import quote_setting

if TYPE_CHECKING:
    from cgraph_cli.core.array_graph import ArrayProgram


_UNCERTAINTY = frozenset(("u", "unc", "uncertainty", "sigma", "std", "sd", "stdev", "err", "error", "s"))
"""Words for an uncertainty."""

_GRADIENT = frozenset(("tangent", "gradient", "derivative", "deriv", "adjoint", "d", "dot"))
"""Words for a derivative."""


def find_numbers(answer: Report, item: str) -> list[tuple[str, Any]]:
    """Find the numbers of a word of `--get`, with labels: one, or for a gradient one an output.

    `value` alone is the output's, and `grad` alone those of the inputs, unless a node has the name. `e.u` is the
    uncertainty of a value, where inputs have one. The numbers of an array are a `Tensor`, and `W.grad[0,1]` is one
    element's. Raises `RequestError` for any other word.
    """
    graph, labels = answer.graph, answer.graph.labels()
    if graph.arrays is not None:
        return _of_arrays(answer, graph.arrays, item)
    if item == "value" and item not in graph.nodes:
        return [(labels[output], answer.values[output]) for output in answer.outputs]
    if item == "grad" and item not in graph.nodes:
        wrt = answer.wrt if answer.request.wrt else graph.inputs()
        return [found for node in wrt for found in _gradients(answer, node)]
    label, dot, what = item.rpartition(".")
    if not dot:
        label, what = item, "value"
    known = _known(answer)
    if what not in known:
        raise RequestError(f"`--get {item}` is neither a value nor a gradient", help=_instead_of(label, what, known))
    if (called := re.fullmatch(r"(\w+)\((.+)\)", label)) and called[1].lower() in _UNCERTAINTY:
        raise RequestError(f"`--get {item}` is no name", help=_instead_of(called[2], called[1], known))
    outputs = name_list([labels[output] for output in answer.outputs])
    node = find_node(
        graph, label, "--get", first=_of_gradient(answer, label) or f"`--get value` is the output, {outputs}"
    )
    if what == "u" and answer.uncertainties is not None:
        return [(item, answer.uncertainties[node])]
    return [(item, answer.values[node])] if what == "value" else _gradients(answer, node)


def _known(answer: Report) -> Sequence[str]:
    """List the words that may stand behind the name of a node."""
    return ("value", "grad") if answer.uncertainties is None else ("value", "grad", "u")


def _instead_of(label: str, what: str, known: Sequence[str]) -> str:
    """Advise on what else may stand behind the name of a node."""
    if what.lower() in _UNCERTAINTY:
        if "u" in known:
            return f"for the uncertainty, write `--get {label}.u`"
        return 'an uncertainty needs that of an input, as in `--x "1 ± 0.1"`'
    if what in _GRADIENT:
        return f"for the derivative, write `--get {label}.grad`"
    return f"write `{label}.value` or `{label}.grad`"


def _of_gradient(answer: Report, label: str) -> str:
    """Advise on `dy/dx`; empty for any other text."""
    found = find_derivative(label)
    if found is None or not set(found) <= answer.graph.nodes.keys():
        return ""
    of = "" if answer.graph.nodes[found[0]] in answer.outputs else f" --of {found[0]}"
    return f"for the gradient, write `--get {found[1]}.grad{of}`"


def _gradients(answer: Report, node: int) -> list[tuple[str, float]]:
    """Find the gradients with respect to a node, one an output, with labels."""
    graph, labels = answer.graph, answer.graph.labels()
    label = f"{labels[node]}.grad"
    if answer.request.direction:
        return [(label, column.at(node)) for column in answer.tangents]
    several = len(answer.outputs) > 1
    gradients = [(output, answer.gradient(output, node)) for output in answer.outputs]
    found = [
        (f"{labels[output]}: {label}" if several else label, gradient)
        for output, gradient in gradients
        if gradient is not None
    ]
    if not found:
        raise _not_asked(answer, labels[node], graph.operations[node] == INPUT)
    return found


def _not_asked(answer: Report, name: str, is_input: bool) -> RequestError:
    """Make the error for the gradient with respect to a node that has none.

    That of a forward sweep may be meant the other way.
    """
    graph, whole = answer.graph, name.partition("[")[0]
    if whole in (graph if graph.arrays is None else graph.arrays.graph).constants:
        what, _, spans, help = why_constant(graph, whole)
        return RequestError(f"there is no gradient with respect to `{name}`, which {what}", spans, help)
    what = f"the gradient with respect to `{name}`, which is {'an input' if is_input else 'computed'}"
    help = f"add `{name}` to `--wrt`, or sweep in reverse"
    known = [each.name for each in named_inputs(graph)]
    if answer.request.mode == "forward" and not is_input:
        moved = next((each for each in [*answer.request.wrt, *known] if each.partition("[")[0] in known), "")
        help = f"for the gradient with respect to `{name}`, {help}"
        help = f"for ∂{name}/∂{moved}, write `--tangent {quote_setting(f'{moved}=1')}`\n{help}" if moved else help
    return RequestError(f"{what}, was not asked for", help=help)


def _of_arrays(answer: Report, arrays: ArrayProgram, item: str) -> list[tuple[str, Any]]:
    """Find the numbers of a word in a program of arrays."""
    graph, labels = arrays.graph, arrays.graph.labels()
    if item == "value" and item not in graph.nodes:
        item = labels[graph.output]
    if item == "grad" and item not in graph.nodes:
        asked = answer.request.wrt
        if asked and not any(map(is_pattern, asked)):
            return [each for label in asked for each in _of_arrays(answer, arrays, f"{label}.grad")]
        inputs = [node for node in graph.inputs() if answer.shows_any_gradient(arrays.elements[node].items)]
        return [each for node in inputs for each in _of_arrays(answer, arrays, f"{labels[node]}.grad")]
    name, bracket, index = item.partition("[")
    item = name + bracket + index.replace(" ", "")
    known = _known(answer)
    found = re.fullmatch(rf"(.*?)(?:\.({'|'.join(known)}))?((?:\[[^\]]*\])?)", item)
    label, what, index = found.groups() if found else (item, None, "")
    name = label + index
    array, elements = arrays.node(name), arrays.find(name)
    if elements is None:
        if "." in label and label.rpartition(".")[2] not in known:
            stem = label.rpartition(".")[0]
            help = _instead_of(stem, label.rpartition(".")[2], known)
            raise RequestError(f"`--get {item}` is neither a value nor a gradient", help=help)
        whole = arrays.node(label)
        if whole is None and not index and label.endswith("]"):  # `x[0].grad` is `x.grad[0]`
            label, bracket, index = label.partition("[")
            whole, index = arrays.node(label), bracket + index
        elements = None if whole is None else find_part(arrays.elements[whole], index)
        if whole is not None and elements is None:
            what = f"`--get {item}` names no element of `{label}`, which is {show_shape(graph.shapes[whole])}"
            raise RequestError(what, help="elements are counted from 0")
    if elements is None:
        first = f"`--get value` is the output, `{labels[graph.output]}`"
        elements = Tensor((), [find_node(answer.graph, name, "--get", first=first)])
    if what != "grad":
        if what == "u" and answer.uncertainties is not None:
            return [(item, _read(elements.map(answer.uncertainties.__getitem__)))]
        return [(item, _read(Tensor(elements.shape, answer.values_of(elements.items))))]
    if answer.request.direction:
        return [(item, _read(Tensor(elements.shape, column.of(elements.items)))) for column in answer.tangents]
    several = len(answer.outputs) > 1
    columns = []
    no_columns: list[Column | None] = [None] * len(answer.outputs)
    for output, column in zip(answer.outputs, answer.gradients or no_columns, strict=True):
        numbers = Tensor(elements.shape, answer.gradients_of(output, elements.items))
        if any(number is None for number in numbers.items):
            raise _not_asked(answer, name, array is not None and graph.operations[array] == INPUT)
        of = column.label if column is not None else answer.graph.labels()[output]
        columns.append((f"{of}: {item}" if several else item, _read(numbers)))
    return columns


def _read(numbers: Tensor[Any]) -> Any:
    return numbers if numbers.shape else numbers.item
