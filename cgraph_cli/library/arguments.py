"""Arguments of the library: programs, inputs, labels and words, read for the rooms below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from cgraph_cli.core.errors import InputError, RequestError, did_you_mean
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.tensor import Ragged, Tensor, of_nested, of_numpy, show_shape

if TYPE_CHECKING:
    from cgraph_cli.checks.sampling import Sampling
    from cgraph_cli.evaluation.kernels import Algebra
    from cgraph_cli.evaluation.sweeps import Evaluation
    from cgraph_cli.results.request import Request

Program: TypeAlias = "str | Graph"
Inputs: TypeAlias = "Mapping[str, Any] | None"
Labels: TypeAlias = "str | Iterable[str]"


def read_program(program: Program, name: str = "program") -> Graph:
    """Read a program into a graph. Messages call a text by a `name`."""
    if not isinstance(program, str):
        check_type(f"`{name}`", program, Graph, "a text, which a file gives by `path.read_text()`, or a `Graph`")
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


def read_numbers(inputs: Inputs, algebra: Algebra) -> dict[str, Any]:
    """Read inputs as numbers of an algebra. Raises `InputError` for a text that is no constant expression."""
    numbers = read_mapping(inputs, "inputs")
    for name, number in numbers.items():
        if isinstance(number, str):
            from cgraph_cli.results.settings import constant

            numbers[name] = constant(number, f"the input {name}", algebra)
        else:
            numbers[name] = read_value(name, number, algebra)
    return numbers


def read_mapping(given: Mapping[str, Any] | None, what: str) -> dict[str, Any]:
    """Read a mapping from names. Raises `RequestError` for anything else."""
    if given is None:
        return {}
    how = f'a mapping from names, such as `{what}={{"x": 2}}`'
    if not hasattr(given, "items"):
        check_type(f"`{what}`", given, Mapping, how)
    named: dict[str, Any] = dict(given.items())
    for name in named:
        check_type(f"a name in `{what}`", name, str, how)
    return named


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

    algebra = algebra or DOUBLE
    graph, arrays = read_arrays(program, inputs, algebra)
    if arrays is None:
        return graph, read_numbers(inputs, algebra)
    from cgraph_cli.symbolic.arrays import element_inputs, large_arrays, with_shapes

    if graph.arrays is None:
        graph = (large_arrays(graph, arrays, always=always) if whole else None) or with_shapes(graph, arrays)
    numbers: dict[str, Any] = {}
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


def read_arrays(
    program: Program, inputs: Inputs, algebra: Algebra | None = None
) -> tuple[Graph, dict[str, Tensor[float]] | None]:
    """Read a program as written, and the inputs of one with arrays."""
    graph = read_program(program)
    given = {name: read_value(name, number, algebra) for name, number in read_mapping(inputs, "inputs").items()}
    if not graph.details and not any(isinstance(number, Tensor) for number in given.values()):
        return graph, None
    return graph, {name: x if isinstance(x, Tensor) else Tensor((), [x]) for name, x in given.items()}


def read_value(name: str, given: Any, algebra: Algebra | None = None) -> Any:
    """Read an array as a `Tensor`, and a number; other numbers than doubles are an `algebra`'s.

    Raises `InputError` for what is neither.
    """
    if isinstance(given, Tensor):
        return given
    is_array = hasattr(given, "__array_interface__") and not hasattr(given, "mask")
    if is_array and given.shape and given.dtype.kind in "biuf":
        return of_numpy(given)  # at once
    nested = _nest(given)
    if isinstance(nested, str):
        from cgraph_cli.results.settings import value

        return value(nested, f"the input {name}")
    try:
        if isinstance(nested, list):
            return of_nested(nested).map(lambda item: item if isinstance(item, float) else float(item))
        return _read_number(name, nested, algebra)
    except Ragged as error:
        what = f"the parts of `{name}` differ in shape: {show_shape(error.first)} and {show_shape(error.second)}"
        raise InputError(what, help="every row has as many elements as the first") from None
    except (TypeError, ValueError):
        raise InputError(f"`{name}` is no array of numbers", help="its elements are real numbers") from None
    except OverflowError:
        what = f"a number of `{name}` is too large for a double"
        raise InputError(what, help="the largest is 1.7976931348623157e308; infinity is written `inf`") from None


def _nest(given: Any) -> Any:
    """Make nested lists of arrays, of others' too, and of lists of them; gives a number back."""
    if isinstance(given, (float, str)):
        return given
    if hasattr(given, "tolist"):
        given = given.tolist()
    elif hasattr(given, "__array__"):
        import numpy as np

        given = np.asarray(given).tolist()
    return [_nest(each) for each in given] if isinstance(given, (list, tuple, range)) else given


def _read_number(name: str, given: Any, algebra: Algebra | None) -> Any:
    """Read a number: whole ones as doubles. What has no double is left to an algebra other than that of doubles."""
    from cgraph_cli.evaluation.double import DOUBLE

    if isinstance(given, int):
        return float(given) if algebra in (None, DOUBLE) else algebra.number(float(given), str(int(given)))
    if hasattr(type(given), "__float__") or algebra not in (None, DOUBLE):
        return given
    what = f"`{name}` is neither a number nor an array of numbers, but of the type `{type(given).__name__}`"
    raise InputError(what, help="write a number, a nested list of numbers, or an array of NumPy")


def read_settings(given: Mapping[str, Any] | None, what: str) -> dict[str, Any]:
    """Read numbers and arrays by name, as doubles."""
    read = {name: read_value(name, number) for name, number in read_mapping(given, what).items()}
    return {name: number if isinstance(number, Tensor) else float(number) for name, number in read.items()}


def read_range(name: str, given: Any) -> list[float]:
    """Read the numbers of an input's range. Raises `InputError` for what is no list of numbers."""
    read = read_value(name, list(given) if isinstance(given, Iterable) else given)
    if not isinstance(read, Tensor) or len(read.shape) != 1:
        raise InputError(f"the range of `{name}` is no list of numbers", help=f'write `over={{"{name}": "-3:3"}}`')
    return [float(number) for number in read.items]


def read_labels(labels: Labels) -> list[str]:
    """Read labels from a list, or from one text with commas. Raises `RequestError` for anything else."""
    if not isinstance(labels, str):
        read = list(labels) if isinstance(labels, Iterable) else [labels]
        for label in read:
            check_type("a label", label, str, 'labels, such as `["a", "b"]`; that of a node is `graph.labels()[node]`')
        return read
    from cgraph_cli.results.settings import names

    return names([labels])


def find_seeds(evaluation: Evaluation, seeds: Mapping[str, Any] | Mapping[int, Any]) -> dict[int, Any]:
    """Find the nodes of seeds, and read their numbers in the evaluation's algebra."""
    from cgraph_cli.core.nodes_by_label import find_node, spread
    from cgraph_cli.evaluation.sweeps import Evaluation

    check_type("`evaluation`", evaluation, Evaluation, "what `evaluate` gives")
    check_type("`seeds`", seeds, Mapping, 'a mapping from labels or nodes, such as `{"y": 1}`')
    graph, number = evaluation.graph, evaluation.algebra.number
    found: dict[int, Any] = {}
    for name, given in seeds.items():
        seed = read_value(str(name), given, evaluation.algebra)
        of_array = spread(graph, name, seed, "seeds") if isinstance(name, str) else None
        if of_array is not None:
            found |= of_array
        else:
            if not isinstance(name, str):
                check_least("a node of seeds", name, 0, len(graph) - 1)
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
    from cgraph_cli.results.request import MOST_PRECISION, choose_sweep

    check_word("arithmetic", arithmetic, ("checked", "double"))
    if precision is not None:
        check_least("precision", precision, 1, MOST_PRECISION)
    return choose_sweep(
        read_labels(of),
        read_labels(wrt),
        mode,
        read_settings(seeds, "seeds"),
        read_settings(direction, "direction"),
        arithmetic,
        precision,
    )


def make_sampling(samples: int, ranges: Mapping[str, tuple[float, float]] | None, seed: int) -> Sampling:
    """Make the choice of random points."""
    from cgraph_cli.checks.sampling import Sampling

    check_least("samples", samples, 1)
    return Sampling(samples, read_bounds(ranges), seed)


def read_bounds(ranges: Mapping[str, Any] | None) -> dict[str, tuple[float, float]]:
    """Read the least and the largest number of each input. Raises `RequestError` for what are no two numbers."""
    found = {}
    for name, bounds in read_mapping(ranges, "ranges").items():
        read = read_value(name, bounds)
        if not isinstance(read, Tensor) or read.shape != (2,):
            raise RequestError(
                f"the range of `{name}` is not two numbers", help=f'write `ranges={{"{name}": (-1, 1)}}`'
            )
        found[name] = (float(read.items[0]), float(read.items[1]))
    return found


def check_word(what: str, word: str, words: tuple[str, ...]) -> None:
    """Check that a word is one of `words`. Raises `RequestError`."""
    if word not in words:
        hint, known = did_you_mean(word, words), f"choose from {', '.join(words)}"
        raise RequestError(f"`{what}` cannot be `{word}`", help=f"{hint}\n{known}" if hint else known)


def check_type(what: str, given: object, wanted: type | tuple[type, ...], how: str) -> None:
    """Check that an argument is of one of some types, with `how` to write it. Raises `RequestError`."""
    if not isinstance(given, wanted):
        raise RequestError(f"{what} cannot be of the type `{type(given).__name__}`", help=f"write {how}")


def check_least(what: str, number: int, least: int, most: int | None = None) -> None:
    """Check that a number is whole, not below `least`, and not above `most`. Raises `RequestError`."""
    if not hasattr(number, "__index__") or number < least or (most is not None and number > most):
        to = "up" if most is None else f"to {most}"
        raise RequestError(f"`{what}` cannot be {number!r}", help=f"write a whole number from {least} {to}")
