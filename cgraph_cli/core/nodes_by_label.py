"""Lookup: from labels in options to nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cgraph_cli.core.errors import RequestError, Span, name_list
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.tensor import Shape, Tensor, show_index, show_shape

if TYPE_CHECKING:
    from cgraph_cli.core.array_graph import Use

PROGRAM = "the program"

_PATTERN = frozenset("*?")
"""The special characters of a pattern, as in a shell."""


class NamedInput(NamedTuple):
    """An input in the program's own terms: its name, its shape, and its nodes, one an element."""

    name: str
    shape: Shape
    nodes: Sequence[int]


def named_inputs(graph: Graph) -> list[NamedInput]:
    """List the inputs of a program; an array counts once."""
    if graph.arrays is None:
        return [NamedInput(graph.names[node] or "", (), (node,)) for node in graph.inputs()]
    arrays = graph.arrays.graph
    return [
        NamedInput(arrays.names[node] or "", arrays.shapes[node], graph.arrays.elements[node].items)
        for node in arrays.inputs()
    ]


def settled_inputs(graph: Graph) -> Mapping[str, Use]:
    """Find the inputs that shapes or places were computed from, each with one of these uses."""
    found: Mapping[str, Use] = getattr(_written(graph), "settled", {})
    return found


def is_settled(graph: Graph, label: str) -> bool:
    """Tell whether shapes or places were computed from the input, or the input's element, of a label."""
    name = label.partition("[")[0]
    return name in settled_inputs(graph) and (label == name or label in settled_labels(graph, name))


def settled_labels(graph: Graph, name: str) -> list[str]:
    """List the labels of a settled input's elements, of a number its name."""
    found = None if graph.arrays is None else graph.arrays.find(name)
    labels = graph.labels()
    return [name] if found is None else [labels[each] for each in found.items]


def _written(graph: Graph) -> Graph:
    """Give the program with its arrays, where it has any."""
    return graph if graph.arrays is None else graph.arrays.graph


def constant_items(graph: Graph, name: str) -> list[float]:
    """List the elements of a settled input, of a number the one."""
    written = _written(graph)
    number: Any = written.numbers[written.nodes[name]]
    return list(number.items) if isinstance(number, Tensor) else [number]


def why_constant(graph: Graph, label: str) -> tuple[str, str, list[Span], str]:
    """Say what a constant of a program is and cannot be, where, and what to write for its values."""
    written = _written(graph)
    name = label if label in written.nodes else label.partition("[")[0]
    start = written.definitions[written.nodes[name]]
    place, use = Span(graph.source, start, start + len(name)), settled_inputs(graph).get(name)
    if use is None:
        help = f"leave `const` out of its statement, so that `{name}` is an input"
        return "is a constant", "cannot be set", [place], help
    help = f"give `{name}` one value in each run: shapes and places are known before the first number is computed\n"
    help += f"`cgraph sweep --over {label}=…` takes several values, and makes the program of each"
    if use.picked:
        varying = f"sum(where(range(size({use.picked})) == {name}, {use.picked}, 0))"
        help += f"\nthe element at a place that varies is `{varying}`"
    spans = [use.span._replace(note=f"this hangs on `{name}`")]
    if place.start < use.span.start:  # its default, and no use
        spans.insert(0, place)
    return "decides a shape or a place", "cannot vary", spans, help


def has_array(graph: Graph, label: str) -> bool:
    """Tell whether a program has an array of a label."""
    return graph.arrays is not None and graph.arrays.node(label) is not None


def find_node(graph: Graph, label: str, option: str, program: str = PROGRAM, first: str = "") -> int:
    """Find the node of a label in an option.

    Raises `RequestError` where `program` lacks it, with help that begins with `first`.
    """
    try:
        return graph.find(label)
    except KeyError as missing:
        hint = elements_of(graph, label) or missing.args[0]
        names = list(graph.nodes if graph.arrays is None else graph.arrays.graph.nodes)
        known = f"its nodes are {name_list(names)}" if names else "none of its nodes has a name"
        several = re.split(r"[\s;]+", label.strip())
        if len(several) > 1 and all(name in names for name in several):
            hint = f"several names have commas between them: write `{option} {','.join(several)}`"
        help = "\n".join(filter(None, (hint, first, known)))
        raise RequestError(f"`{option}` names `{label}`, which {program} does not have", help=help) from None


def elements_of(graph: Graph, label: str) -> str:
    """Name the elements of an array, where a label such as `x[5]` is none of them; empty for any other label."""
    name, bracket, _ = label.partition("[")
    node = graph.arrays.node(name) if graph.arrays is not None and bracket else None
    if graph.arrays is None or node is None:
        return ""
    shape = graph.arrays.graph.shapes[node]
    if 0 in shape:
        return f"`{name}` is {show_shape(shape)}, and has no elements"
    first, last = show_index([0] * len(shape)), show_index([size - 1 for size in shape])
    return f"`{name}` is {show_shape(shape)}: its elements are `{name}{first}` to `{name}{last}`"


def find_derivative(label: str) -> tuple[str, str] | None:
    """Find the names in a label such as `dy/dx` `dy_dx` or `grad(y, x)`; None for any other label."""
    found = re.fullmatch(r"[d∂](\w+)\s*/\s*[d∂](\w+)|d([^\W_]+)_d([^\W_]+)|grad\((\w+),\s*(\w+)\)", label)
    if found is None:
        return None
    output, name = (part for part in found.groups() if part)
    return output, name


def _named(graph: Graph, label: str, option: str, program: str) -> list[tuple[int, str]]:
    """Find the nodes of a label, or of a pattern, with their names."""
    if graph.arrays is not None and graph.arrays.graph is not graph and has_array(graph, label):
        labels = graph.labels()
        return [(node, labels[node]) for node in graph.arrays.nodes(label)]
    if not is_pattern(label):
        part = None if graph.arrays is None or graph.arrays.graph is graph else graph.arrays.find_part(label)
        if part is not None:
            labels = graph.labels()
            return [(node, labels[node]) for node in part.items]
        return [(find_node(graph, label, option, program), label)]
    from fnmatch import fnmatchcase

    pattern = label.replace("[", "[[]")  # of an element, and no set of characters
    fitting = [(node, name) for name, node in graph.nodes.items() if fnmatchcase(name, pattern)]
    inputs = [(node, name) for node, name in fitting if graph.operations[node] == INPUT]
    if not fitting:
        known = f"its nodes are {name_list(list(graph.nodes))}" if graph.nodes else "none of its nodes has a name"
        raise RequestError(f"`{option}` names `{label}`, which no node of the program fits", help=known)
    return sorted(inputs or fitting)


def is_pattern(label: str) -> bool:
    """Tell whether a label is a pattern such as `y*`."""
    return not _PATTERN.isdisjoint(label)


def spread(graph: Graph, name: str, number: Any, option: str) -> dict[int, Any] | None:
    """Pair the elements of an array with numbers, or with the one number for all; None for a name of no array.

    Raises `RequestError` for an array of another shape.
    """
    array = None if graph.arrays is None else graph.arrays.node(name)
    if graph.arrays is None or array is None:
        return None
    elements = graph.arrays.elements[array]
    check_shape(name, number, elements.shape, option)
    numbers = number.items if isinstance(number, Tensor) else [number] * len(elements.items)
    return dict(zip(elements.items, numbers, strict=True))


def find_outputs(graph: Graph, labels: Sequence[str], program: str = PROGRAM) -> list[int]:
    """Find the nodes of `--of`, or of the last statement without it; of an array its elements."""
    return find_nodes(graph, labels, "--of", program) if labels else graph.default_outputs()


def check_shape(name: str, given: object, shape: Shape, option: str) -> None:
    """Raise `RequestError` for numbers that do not fit an array."""
    if isinstance(given, Tensor) and given.shape != shape:
        what = f"`{option} {name}` gives {show_shape(given.shape)}, and `{name}` is {show_shape(shape)}"
        raise RequestError(what, help="give an array of its shape, or one number for all of it")


def find_nodes(graph: Graph, labels: Iterable[str], option: str, program: str = PROGRAM) -> list[int]:
    """Find the nodes of labels in an option, each once, in its order. Raises the `RequestError` of `find_node`.

    A pattern such as `y*` names the inputs that it fits, or if none the other nodes. Nothing is differentiated with
    respect to a constant: in `--wrt` it is an error, too.
    """
    nodes = {node: each for label in labels for node, each in _named(graph, label, option, program)}
    constants = graph.constant_nodes() if option == "--wrt" else ()
    for node in constants and filter(constants.__contains__, nodes):
        what, _, spans, help = why_constant(graph, nodes[node])
        raise RequestError(f"`{option}` names `{nodes[node]}`, which {what}", spans, help)
    return list(nodes)


def find_arrays(graph: Graph, labels: Iterable[str], option: str) -> list[int]:
    """Find the nodes of a graph of arrays for labels in an option, each once, in its order.

    Raises `RequestError` for a part of an array.
    """
    return list(dict.fromkeys(_find_array(graph, label, option) for label in labels))


def _find_array(graph: Graph, label: str, option: str) -> int:
    arrays, (name, bracket, _) = graph.arrays, label.partition("[")
    if arrays is not None and bracket and label not in graph.nodes and (arrays.find(label) or arrays.find_part(label)):
        what = f"`{option}` names `{label}`, and arrays of this size are taken as a whole"
        raise RequestError(what, help=f"write `{option} {name}`")
    return find_node(graph, label, option)


def no_variables(graph: Graph, purpose: str, help: str) -> RequestError:
    """Make the error for a program without inputs, or without elements of these, such as `to expand in`."""
    empty = [f"`{each.name}` is {show_shape(each.shape)}" for each in named_inputs(graph) if not each.nodes]
    if empty:
        return RequestError(f"{empty[0]}, and has no elements {purpose}", help="give an array with elements")
    return RequestError(f"the program has no inputs {purpose}", help=help)


def check_elements(name: str, shape: Shape) -> None:
    """Raise `RequestError` for an output without elements."""
    if 0 in shape:
        what = f"`{name}` is {show_shape(shape)}, and has no elements to differentiate"
        raise RequestError(what, help=f"`sum({name})` is 0, and has a gradient")
