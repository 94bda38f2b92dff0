"""Arguments of the library: programs, inputs, labels and words, read for the rooms below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from cgraph_cli.core.errors import InputError, RequestError, did_you_mean
from cgraph_cli.core.tensor import Ragged, Tensor, of_nested, of_numpy, show_shape

if TYPE_CHECKING:
    from cgraph_cli.checks.sampling import Sampling
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.evaluation.kernels import Algebra
    from cgraph_cli.evaluation.sweeps import Evaluation
    from cgraph_cli.results.request import Request

Program: TypeAlias = "str | Graph"
Inputs: TypeAlias = "Mapping[str, Any] | None"
Labels: TypeAlias = "str | Iterable[str]"


def read_program(program: Program, name: str = "program") -> Graph:
    """Read a program into a graph. Messages call a text by a `name`."""
    if not isinstance(program, str):
        return program
    from cgraph_cli.core.errors import Source
    from cgraph_cli.symbolic.program import parse

    return parse(Source(program, name))


def read_program_with_defaults(program: Program, inputs: Inputs) -> Graph:
    """Read a program with `inputs` as its defaults; one of large arrays stays one. A given graph is not changed."""
    from cgraph_cli.core.array_graph import ArrayGraph
    from cgraph_cli.evaluation.inputs import check_settable

    graph, numbers = read_problem(program, inputs, whole=True)
    if numbers and graph is program:
        graph = graph.copy()
    for name, number in numbers.items():
        check_settable(graph, name)
        if isinstance(number, Tensor):
            assert isinstance(graph, ArrayGraph)
            graph.hold(graph.nodes[name], number)
        else:
            graph.numbers[graph.nodes[name]] = number
    return graph


def read_numbers(inputs: Mapping[str, Any] | None, algebra: Algebra) -> dict[str, Any]:
    """Read inputs as numbers of an algebra. Raises `InputError` for a text that is no constant expression."""
    numbers = dict(inputs or {})
    if any(isinstance(number, str) for number in numbers.values()):
        from cgraph_cli.results.settings import constant

        for name, number in numbers.items():
            if isinstance(number, str):
                numbers[name] = constant(number, f"the input {name}", algebra)
    return numbers


def read_problem(
    program: Program, inputs: Inputs, algebra: Algebra | None = None, *, whole: bool = False, always: bool = False
) -> tuple[Graph, dict[str, Any]]:
    """Read a program and its inputs; of one with arrays, its scalar program and its inputs' elements.

    An array is a nested list, a NumPy array, or a text such as `[1, 2]`. A program of arrays too large for that is an
    error, or with `whole` an `ArrayGraph`, whose inputs are tensors; `always` one too that is not too large. Raises
    `InputError` for what is neither an array nor a number.
    """
    from cgraph_cli.core.array_graph import ArrayGraph
    from cgraph_cli.evaluation.double import DOUBLE

    (graph, arrays), algebra = read_arrays(program, inputs), algebra or DOUBLE
    if arrays is None:
        numbers = read_numbers(inputs, algebra)
        return graph, {n: float(x) if isinstance(x, int) else x for n, x in numbers.items()}
    from cgraph_cli.symbolic.arrays import element_inputs, large_arrays, with_shapes

    if graph.arrays is None:
        graph = (large_arrays(graph, arrays, always=always) if whole else None) or with_shapes(graph, arrays)
    numbers = {}
    for name, number in arrays.items():
        node = None if graph.arrays is None else graph.arrays.graph.nodes.get(name)
        is_array = number.shape or (node is not None and not isinstance(graph, ArrayGraph))
        numbers |= element_inputs(
            graph,
            name,
            number if is_array else number.item,
            lambda x: x if algebra is DOUBLE else algebra.number(x, ""),
        )
    return graph, numbers


def read_arrays(program: Program, inputs: Inputs) -> tuple[Graph, dict[str, Tensor[float]] | None]:
    """Read a program as written, and the inputs of one with arrays."""
    graph = read_program(program)
    given = {name: _read_array(name, number) for name, number in (inputs or {}).items()}
    if not graph.details and not any(isinstance(number, Tensor) for number in given.values()):
        return graph, None
    numbers = {name: float(x) if isinstance(x, int) else x for name, x in given.items()}
    return graph, {name: x if isinstance(x, Tensor) else Tensor((), [x]) for name, x in numbers.items()}


def _read_array(name: str, given: Any) -> Any:
    """Read an array as a `Tensor`; gives a number back."""
    if isinstance(given, str):
        from cgraph_cli.results.settings import value

        return value(given, f"the input {name}")
    is_numpy = hasattr(given, "__array_interface__") and not hasattr(given, "mask")
    if is_numpy and given.shape and given.dtype.kind in "biuf":
        return of_numpy(given)  # at once
    nested = given.tolist() if hasattr(given, "tolist") else given
    if not isinstance(nested, (list, tuple)):
        return given
    try:
        return of_nested(nested).map(lambda item: item if isinstance(item, float) else float(item))
    except Ragged as error:
        what = f"the parts of `{name}` differ in shape: {show_shape(error.first)} and {show_shape(error.second)}"
        raise InputError(what, help="every row has as many elements as the first") from None
    except (TypeError, ValueError):
        raise InputError(f"`{name}` is no array of numbers", help="its elements are real numbers") from None


def read_doubles(inputs: Mapping[str, Any] | None) -> dict[str, float]:
    """Read inputs as doubles."""
    from cgraph_cli.evaluation.double import DOUBLE

    return {name: float(number) for name, number in read_numbers(inputs, DOUBLE).items()}


def read_labels(labels: Labels) -> list[str]:
    """Read labels from a list, or from one text with commas."""
    if not isinstance(labels, str):
        return list(labels)
    from cgraph_cli.results.settings import names

    return names([labels])


def find_seeds(evaluation: Evaluation, seeds: Mapping[str, Any] | Mapping[int, Any]) -> dict[int, Any]:
    """Find the nodes of seeds, and read their numbers in the evaluation's algebra."""
    from cgraph_cli.core.nodes_by_label import find_node, spread

    graph, number = evaluation.graph, evaluation.algebra.number
    found: dict[int, Any] = {}
    for name, seed in seeds.items():
        of_array = spread(graph, name, seed, "seeds") if isinstance(name, str) else None
        if of_array is not None:
            found |= of_array
        else:
            found[find_node(graph, name, "seeds") if isinstance(name, str) else name] = seed
    return {node: number(seed, "") if isinstance(seed, (int, float)) else seed for node, seed in found.items()}


def make_request(
    of: Labels,
    wrt: Labels,
    mode: str,
    seeds: Mapping[str, float] | None = None,
    direction: Mapping[str, float] | None = None,
    arithmetic: str = "checked",
    precision: int | None = None,
) -> Request:
    """Make the request that a command makes of the options of the same names."""
    from cgraph_cli.results.request import choose_sweep

    check_word("arithmetic", arithmetic, ("checked", "double"))
    if precision is not None:
        check_least("precision", precision, 1)
    return choose_sweep(
        read_labels(of), read_labels(wrt), mode, read_doubles(seeds), read_doubles(direction), arithmetic, precision
    )


def make_sampling(samples: int, ranges: Mapping[str, tuple[float, float]] | None, seed: int) -> Sampling:
    """Make the choice of random points."""
    from cgraph_cli.checks.sampling import Sampling

    check_least("samples", samples, 1)
    return Sampling(samples, dict(ranges or {}), seed)


def check_word(what: str, word: str, words: tuple[str, ...]) -> None:
    """Check that a word is one of `words`. Raises `RequestError`."""
    if word not in words:
        hint, known = did_you_mean(word, words), f"choose from {', '.join(words)}"
        raise RequestError(f"`{what}` cannot be `{word}`", help=f"{hint}\n{known}" if hint else known)


def check_least(what: str, number: int, least: int) -> None:
    """Check that a whole number is not below `least`. Raises `RequestError`."""
    if number < least:
        raise RequestError(f"`{what}` cannot be {number}", help=f"write a whole number from {least} up")
