"""Derivatives of a program of arrays before elaboration: in arrays if possible, and by elements elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import CgraphError, ProgramError, RequestError, Span, did_you_mean
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.language.array_rules import Sizes
from cgraph_cli.language.write import write_program
from cgraph_cli.symbolic.arrays import with_shapes
from cgraph_cli.symbolic.arrays.elaborate import elaborate
from cgraph_cli.symbolic.derivative_programs import Derivatives, wanted
from cgraph_cli.symbolic.matrices.element_derivatives import derive_elements
from cgraph_cli.symbolic.matrices.links import NoArrayForm
from cgraph_cli.symbolic.matrices.matrix_derivatives import derive_arrays
from cgraph_cli.symbolic.matrices.undeclared import with_declarations

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
    graph = with_declarations(graph, given)
    letters = _open_letters(graph, given)
    if not letters:
        arrays = elaborate(graph, given)
        _set_defaults(arrays, given)
        return _derive(graph, given, arrays, of, wrt, order, {}, expand)
    found, texts = [], []
    for sizes in (_FIRST_SIZES, _SECOND_SIZES):
        known = dict(zip(letters, _apart(graph, sizes), strict=False))
        names = {size: letter for letter, size in known.items()}
        try:
            arrays = elaborate(graph, given, known)
            _set_defaults(arrays, given)
            found.append(_derive(graph, given, arrays, of, wrt, order, names, expand))
        except ProgramError as error:
            raise _in_letters(error, names) from None
        texts.append([write_program(entry.graph, wanted(found[-1]), output=False) for entry in found[-1].entries[:1]])
    if texts[0] != texts[1]:
        raise _needs_sizes(letters, "the derivative is another one for each size")
    return found[0]


def _derive(
    graph: Graph,
    given: Mapping[str, Tensor[float]],
    arrays: ArrayGraph,
    of: Sequence[str],
    wrt: Sequence[str],
    order: int,
    letters: Mapping[int, str],
    expand: bool,
) -> Derivatives:
    outputs = [_find(arrays, label, "--of") for label in of] or [arrays.output]
    variables = [_find(arrays, label, "--wrt") for label in wrt] or list(arrays.inputs())
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

    if order <= 2:
        other = None if letters else by_element
        try:
            return derive_arrays(arrays, outputs, variables, letters, order, expand=expand, by_element=other)
        except NoArrayForm:
            pass
    if letters:
        raise _needs_sizes(letters.values(), "the derivative is found element by element")
    return by_element()


def _find(arrays: ArrayGraph, label: str, option: str) -> int:
    """Find an array by its label. Raises `RequestError` for an unknown one."""
    labels = arrays.labels()
    if label in arrays.nodes:
        return arrays.nodes[label]
    if label.startswith("%") and label in labels:
        return labels.index(label)
    name = label.partition("[")[0]
    if name in arrays.nodes and name != label:
        help = f"write `{option} {name}`, whose derivative has that of each element"
        raise RequestError(f"`{option}` takes an array, and `{label}` is an element", help=help)
    known = [name for name in labels if name]
    raise RequestError(
        f"there is no node `{label}`", help=did_you_mean(label, known) or "`cgraph eval` lists the nodes"
    )


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
