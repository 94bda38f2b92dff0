"""Derivatives of a program of arrays before elaboration: in arrays if possible, and by elements elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import NamedTuple

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import CgraphError, ProgramError, RequestError, Span
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.nodes_by_label import find_node, find_nodes, is_pattern
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.language.array_rules import Sizes
from cgraph_cli.language.write import write_program
from cgraph_cli.symbolic.arrays import with_shapes
from cgraph_cli.symbolic.arrays.elaborate import elaborate
from cgraph_cli.symbolic.arrays.undeclared import with_declarations
from cgraph_cli.symbolic.derivative_programs import Derivatives, wanted
from cgraph_cli.symbolic.matrices.element_derivatives import derive_elements
from cgraph_cli.symbolic.matrices.element_requests import (
    Variable,
    check_element,
    pick_elements,
    read_element,
    with_elements,
)
from cgraph_cli.symbolic.matrices.links import NoArrayForm
from cgraph_cli.symbolic.matrices.matrix_derivatives import derive_arrays

_FIRST_SIZES = (11, 17, 29, 37, 47, 53, 67, 79, 89, 103, 113, 131)
_SECOND_SIZES = (13, 31, 41, 59, 73, 83, 101, 127, 139, 149, 167, 193)
"""Second sizes for letters: a formula that fits both fits all, as no two letters differ equally in both."""


def derive_program(
    graph: Graph,
    given: Mapping[str, Tensor[float]],
    of: Sequence[str] = (),
    wrt: Sequence[str] = (),
    order: int = 1,
    *,
    expand: bool = False,
) -> Derivatives:
    """Find the derivatives of arrays, with respect to all inputs where `wrt` is empty.

    Letters of declared shapes stand for any size, unless a given input fixes it. Undeclared shapes follow textbooks
    (see `undeclared`). Raises the errors of `derive`, and `RequestError` for a derivative that depends on the size of a
    letter.
    """
    graph, wanted_of, called = with_elements(with_declarations(graph, given), of)
    request = _Request(wanted_of, wrt, order, expand, called)
    found = _derive_program(graph, given, request)
    return found._replace(entries=[entry._replace(of=called.get(entry.of, entry.of)) for entry in found.entries])


class _Request(NamedTuple):
    """The labels of the outputs and the variables, and what else is asked; `called` are outputs that are elements."""

    of: Sequence[str]
    wrt: Sequence[str]
    order: int
    expand: bool
    called: Mapping[str, str]


def _derive_program(graph: Graph, given: Mapping[str, Tensor[float]], request: _Request) -> Derivatives:
    letters = _open_letters(graph, given)
    if not letters:
        arrays = elaborate(graph, given).with_classes()
        _set_defaults(arrays, given)
        return _derive(graph, given, arrays, request, {})
    found, texts = [], []
    for sizes in (_FIRST_SIZES, _SECOND_SIZES):
        known = dict(zip(letters, _apart(graph, sizes), strict=False))
        names = {size: letter for letter, size in known.items()}
        try:
            arrays = elaborate(graph, given, known).with_classes()
            _set_defaults(arrays, given)
            found.append(_derive(graph, given, arrays, request, names))
        except ProgramError as error:
            raise _in_letters(error, names) from None
        texts.append([write_program(entry.graph, wanted(found[-1]), output=False) for entry in found[-1].entries[:1]])
    if texts[0] != texts[1]:
        raise _needs_sizes(letters, "the derivative depends on sizes")
    return found[0]


def _derive(
    graph: Graph,
    given: Mapping[str, Tensor[float]],
    arrays: ArrayGraph,
    request: _Request,
    letters: Mapping[int, str],
) -> Derivatives:
    of, wrt, order, expand, called = request
    outputs = [find_node(arrays, label, "--of") for label in of] or [arrays.output]
    asked = [found for label in wrt for found in _find_variables(arrays, label, letters)]
    asked = asked or [(node, ()) for node in arrays.inputs() if arrays.names[node] not in arrays.classes]
    variables = list(dict.fromkeys(node for node, _ in asked))
    if not variables:
        raise RequestError(
            "the program has no input to differentiate with respect to",
            help="name a node with `--wrt`, or use a name that the program does not assign",
        )

    def by_element() -> Derivatives:
        scalar = with_shapes(graph, given)
        assert scalar.arrays is not None
        _set_defaults(scalar.arrays.graph, given)
        return derive_elements(scalar, outputs, variables, order, expand=expand)

    found = None
    if order <= 2:
        other = None if letters else by_element
        picked = [node for node in outputs if arrays.names[node] in called]
        with suppress(NoArrayForm):
            found = derive_arrays(
                arrays, outputs, variables, letters, order, expand=expand, by_element=other, picked=picked
            )
    if found is None and letters:
        raise _needs_sizes(letters.values(), "the derivative is found element by element")
    found = found or by_element()
    if not any(places for _, places in asked):
        return found
    labels, shapes = arrays.labels(), arrays.shapes
    elements = [
        Variable(label or labels[node], variables.index(node), len(shapes[node]), places)
        for label, (node, places) in zip_longest(wrt, asked)
    ]
    return pick_elements(found, elements, order)


def _find_variables(arrays: ArrayGraph, label: str, letters: Mapping[int, str]) -> list[tuple[int, tuple[int, ...]]]:
    """Find the arrays of a label or of a pattern, each with the places of the element that the label is of it."""
    if is_pattern(label):
        return [(node, ()) for node in find_nodes(arrays, [label], "--wrt")]
    return [_find_variable(arrays, label, letters)]


def _find_variable(arrays: ArrayGraph, label: str, letters: Mapping[int, str]) -> tuple[int, tuple[int, ...]]:
    """Find the array of a label, and the places of the element that it is of it."""
    element = read_element(label)
    if label in arrays.nodes or element is None or element[0] not in arrays.nodes:
        return find_nodes(arrays, [label], "--wrt")[0], ()
    name, places = element
    shape = arrays.shapes[arrays.nodes[name]]
    if len(places) == len(shape) and any(at >= size in letters for at, size in zip(places, shape, strict=True)):
        raise _needs_sizes(letters.values(), f"`{label}` is an element that `{name}` may not have")
    check_element(arrays, arrays.nodes[name], places)
    return arrays.nodes[name], places


def _set_defaults(arrays: ArrayGraph, given: Mapping[str, Tensor[float]]) -> None:
    """Make the given inputs their defaults."""
    for name, tensor in given.items():
        node = arrays.nodes.get(name, -1)
        if node >= 0 and arrays.operations[node] == INPUT:
            if tensor.shape:
                arrays.hold(node, tensor)
            else:
                arrays.numbers[node] = tensor.item


def _open_letters(graph: Graph, given: Mapping[str, Tensor[float]]) -> list[str]:
    """List the letters of declared shapes that no given input fixes."""
    declared = {graph.names[node] or "": sizes for node, sizes in graph.details.items() if isinstance(sizes, Sizes)}
    letters = dict.fromkeys(size for sizes in declared.values() for size in sizes.sizes if isinstance(size, str))
    for name in given:
        for size in declared[name].sizes if name in declared else ():
            letters.pop(str(size), None)
    return list(letters)


def _apart(graph: Graph, sizes: Sequence[int]) -> Iterator[int]:
    """List the sizes that are no numbers of the program's text, and more primes after these."""
    texts = set(re.findall(r"\d+", graph.source.text))
    yield from (size for size in sizes if str(size) not in texts)


def _in_letters(error: ProgramError, names: Mapping[int, str]) -> CgraphError:
    """Write the sizes of an error as letters again."""

    def spelled(text: str) -> str:
        return re.sub(r"\b\d+\b", lambda found: names.get(int(found[0]), found[0]), text)

    said = error.diagnostic
    spans = [Span(span.source, span.start, span.end, spelled(span.note)) for span in said.spans]
    return ProgramError(spelled(said.message), spans, spelled(said.help))


def _needs_sizes(letters: Iterable[str], why: str) -> RequestError:
    shown = ", ".join(f"`{letter}`" for letter in letters)
    return RequestError(
        f"{why}, and the size of {shown} is not known", help="declare shapes with numbers, or give the inputs"
    )
