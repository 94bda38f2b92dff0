"""Advice on inputs with neither value nor shape: shapes with which the program can be elaborated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import count

from cgraph_cli.core.errors import ProgramError
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.tensor import Shape, Tensor, show_shape
from cgraph_cli.symbolic.arrays.misfits import OF_MATRIX_PRODUCT, OtherAdviceError
from cgraph_cli.symbolic.arrays.undeclared import declare, find_conventional_shapes, list_free_inputs

_MOST_WORK = 200_000
"""The bound on the search: the nodes of all programs that are tried."""

_OF_A_TRY = 500
"""The work of the smallest program, in nodes."""

_MOST_GIVEN = 5
"""The most inputs whose declarations are written."""

Elaborate = Callable[[Graph, int], tuple[ProgramError | None, int]]
"""A function that elaborates a program of at most so many nodes; it gives the error, if any, and the nodes."""


def explain_missing_shapes(
    graph: Graph, given: Mapping[str, Tensor[float]], error: ProgramError, elaborate: Elaborate
) -> ProgramError:
    """Add shapes to an error that comes from the lack of them: those of textbooks, or others that fit."""
    free = {graph.names[node] or "": node for node in list_free_inputs(graph, given)}
    is_told = isinstance(error, OtherAdviceError) or error.diagnostic.help.startswith(OF_MATRIX_PRODUCT)
    if is_told or not _named(error, free):
        return error
    trials = _Trials(graph, given, free, elaborate)
    with suppress(_ExhaustedError):
        found = trials.conventional() or trials.search(error) or trials.guess() or trials.search(error, whole=False)
        if found:
            error.diagnostic = error.diagnostic._replace(help=_advise(found, _named(error, found)))
    return error


class _ExhaustedError(Exception):
    """The end of the work that a search may take."""


class _Trials:
    """Trials of a program with shapes for its `free` inputs."""

    def __init__(
        self, graph: Graph, given: Mapping[str, Tensor[float]], free: Mapping[str, int], elaborate: Elaborate
    ) -> None:
        self.graph, self.given, self.free, self.elaborate = graph, given, free, elaborate
        self.left = _MOST_WORK

    def error_with(self, shapes: Mapping[str, Shape]) -> ProgramError | None:
        """Find the error of the program with the shapes of some inputs declared."""
        if self.left <= 0:
            raise _ExhaustedError
        declared = declare(self.graph, {self.free[name]: sizes for name, sizes in shapes.items()})
        error, nodes = self.elaborate(declared, self.left)
        self.left -= max(nodes, _OF_A_TRY, len(self.graph))
        return error

    def conventional(self) -> dict[str, Shape]:
        """Find the shapes of a textbook's formula."""
        shapes = find_conventional_shapes(self.graph, self.given)
        found = {name: shapes[node] for name, node in self.free.items() if shapes.get(node)}
        numbers = _numbers(found.values())
        with_numbers = {name: tuple(numbers[size] for size in sizes) for name, sizes in found.items()}
        return {} if not found or self.error_with(with_numbers) else with_numbers

    def search(self, error: ProgramError, *, whole: bool = True) -> dict[str, Shape]:
        """Try shapes for the inputs that an error names, and for those of the errors that follow.

        Unless the `whole` program has to fit, another error may come after this one.
        """
        pending: list[tuple[dict[str, Shape], ProgramError]] = [({}, error)]
        left = self.left // 2
        while pending and self.left > left:
            shapes, last = pending.pop()
            name = next(iter(_named(last, [each for each in self.free if each not in shapes])), "")
            found = []
            for shape in _candidates(name) if name else ():
                tried = {**shapes, name: shape}
                after = self.error_with(tried)
                if after is None or not (whole or _places(after) == _places(error)):
                    return tried
                found.append((tried, after))
            pending += reversed(found)
        return {}

    def guess(self) -> dict[str, Shape]:
        """Make square matrices of the inputs, or vectors of those without a capital, and numbers where they fit."""
        for other in ((2,), (2, 2)):
            shapes: dict[str, Shape] = {name: (2, 2) if name[:1].isupper() else other for name in self.free}
            if self.error_with(shapes) is None:
                for name in self.free:
                    fewer = {each: sizes for each, sizes in shapes.items() if each != name}
                    shapes = shapes if self.error_with(fewer) else fewer
                return shapes
        return {}


def _numbers(shapes: Iterable[tuple[int | str, ...]]) -> dict[int | str, int]:
    """Give each letter of some shapes a number of its own."""
    sizes = count(2)
    found: dict[int | str, int] = {}
    for shape in shapes:
        for size in shape:
            if size not in found:
                found[size] = size if isinstance(size, int) else next(sizes)
    return found


def _candidates(name: str) -> Sequence[Shape]:
    """List the shapes to try: a name with a capital is a matrix first."""
    vectors, matrices = [(2,), (3,)], [(2, 2), (3, 2), (2, 3), (3, 3)]
    return [*matrices, *vectors] if name[:1].isupper() else [*vectors, *matrices]


def _named(error: ProgramError, names: Sequence[str] | Mapping[str, object]) -> list[str]:
    """List the inputs that an error names or points at."""
    spans = error.diagnostic.spans
    text = " ".join([error.diagnostic.message, *(span.source.text[span.start : span.end] for span in spans)])
    words = re.findall(r"\w+", text)
    return sorted((name for name in names if name in words), key=words.index)


def _places(error: ProgramError) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in error.diagnostic.spans]


def _advise(shapes: Mapping[str, Shape], first: Sequence[str]) -> str:
    """Write the shapes as an option, and as declarations."""
    names = [*first, *(name for name in shapes if name not in first)]
    help = (
        f'give `{names[0]}`, which has neither value nor shape, as in `--{names[0]} "{_example(shapes[names[0]])}"`,\n'
    )
    given = names if len(names) <= _MOST_GIVEN else names[:1]
    declared = "; ".join(f"{name} : {show_shape(shapes[name])}" for name in given)
    help += f"or declare {'its shape' if len(given) == 1 else 'the shapes'}, as in `{declared}`"
    if len(names) == 1:
        return help
    more = f"so it is with {len(names) - 1} more: " if len(given) < len(names) else ""
    return f"{help}\n{more}a file for `--inputs` gives all of them"


def _example(sizes: Sequence[int]) -> str:
    """Write an array of a shape; a square matrix is one with an inverse."""
    if len(sizes) == 1:
        return str([*range(1, sizes[0] + 1)])
    rows, columns = sizes
    if rows == columns:
        return str([[rows if row == column else 1 for column in range(columns)] for row in range(rows)])
    return str([[*range(row * columns + 1, (row + 1) * columns + 1)] for row in range(rows)])
