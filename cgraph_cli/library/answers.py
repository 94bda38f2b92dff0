"""Numbers with their statuses: reports, sweeps over ranges, derivations, matrices and Taylor polynomials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.library.arguments import (
    Inputs,
    Labels,
    Program,
    check_least,
    check_type,
    check_word,
    make_request,
    read_labels,
    read_mapping,
    read_problem,
    read_program,
    read_range,
    read_settings,
)

if TYPE_CHECKING:
    from cgraph_cli.results.array_derivation import ArrayDerivation
    from cgraph_cli.results.derivation import Derivation
    from cgraph_cli.results.matrices import Matrix
    from cgraph_cli.results.over_ranges.ranges import InputRange
    from cgraph_cli.results.report import Report
    from cgraph_cli.results.taylor import Taylor
    from cgraph_cli.results.uncertainty.propagation import Budgets


def report(
    program: Program,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    wrt: Labels = (),
    mode: str = "",
    seeds: Mapping[str, float] | None = None,
    direction: Mapping[str, float] | None = None,
    arithmetic: str = "checked",
    precision: int | None = None,
) -> Report:
    """Compute values and gradients as `cgraph eval` does: right digits, true derivatives, a status for each number.

    `of` are the outputs (the last statement), `wrt` the nodes to differentiate with respect to (every node in reverse,
    every input forward). `mode` is `reverse`, `forward` or `both`. `seeds` are initial adjoints of outputs (1);
    `direction` asks for one tangent in that direction, by input. `arithmetic` is `checked`, or `double` for the raw
    IEEE result; `precision` computes in so many decimal digits instead.

    >>> answer = report("y = sin(x)/x", {"x": 0})
    >>> y, x = answer.graph.find("y"), answer.graph.find("x")
    >>> answer.checked(y).number, str(answer.checked(y).verdict.status)
    (1.0, 'limit')
    >>> answer.checked_gradient(y, x).number
    0.0
    """
    from cgraph_cli.results import report as room
    from cgraph_cli.results.request import algebra_of
    from cgraph_cli.results.uncertain_report import add_uncertainties

    if mode:
        check_word("mode", mode, ("reverse", "forward", "both"))
    request = make_request(of, wrt, mode, seeds, direction, arithmetic, precision)
    graph, numbers = read_problem(program, inputs, algebra_of(request), whole=precision is None)
    answer: Report
    if isinstance(graph, ArrayGraph):
        from cgraph_cli.results.array_report import report_arrays

        answer = report_arrays(graph, numbers, request)
    else:
        answer = room.report(graph, numbers, request)
    add_uncertainties(answer, numbers)
    return answer


def get(answer: Report, name: str) -> Any:
    """Pick the number of a report that `cgraph eval --get` names, such as `e`, `a.grad` or `W.grad[0,1]`.

    An array's numbers come as nested lists; of several outputs, the gradients as a dictionary. Raises `RequestError`
    for what the report does not have.

    >>> get(report("Q = 3*a^3 - b^2", {"a": [2, 3], "b": [6, 4]}), "a.grad")
    [36.0, 81.0]
    """
    from cgraph_cli.results.numbers_by_name import find_numbers
    from cgraph_cli.results.report import Report

    check_type("`answer`", answer, Report, "what `report` gives")
    check_type("`name`", name, str, "the name of one number, such as `a.grad`")
    found = {
        label: number.nested() if isinstance(number, Tensor) else number for label, number in find_numbers(answer, name)
    }
    return found if len(found) > 1 else next(iter(found.values()))


def sweep(
    program: Program,
    over: Mapping[str, str | Iterable[float]],
    inputs: Inputs = None,
    *,
    of: Labels = (),
    wrt: Labels = (),
    arithmetic: str = "checked",
) -> Iterator[tuple[dict[str, float], Report]]:
    """Compute a report at each point of a grid; each is computed when it is asked for, and comes with its point.

    `over` gives inputs numbers, or a range as the command line writes it, such as `-3:3` (11 points), `0:10:0.5` or
    `0:1:5n`; the last changes fastest. `wrt` are those inputs where nothing else is named. Raises `RequestError` for
    what is no range, and for an input that `inputs` gives a number too.

    >>> [answer.values[answer.outputs[0]] for point, answer in sweep("a*b", {"a": [1, 2], "b": "3:4:2n"})]
    [3.0, 4.0, 6.0, 8.0]
    """
    from cgraph_cli.core.nodes_by_label import is_settled
    from cgraph_cli.evaluation.inputs import check_settable
    from cgraph_cli.results.over_ranges.ranges import InputRange, check_free, check_size, grid, parse_ranges
    from cgraph_cli.results.settings import constant

    ranges = []
    over = read_mapping(over, "over")
    for name, taken in over.items():
        if isinstance(taken, str):
            ranges += parse_ranges([f"{name}={taken}"], "over", 11, constant)
        elif numbers := read_range(name, taken):
            ranges.append(InputRange.of(name, numbers))
        else:
            raise RequestError(f"the range of `{name}` has no numbers", help=f'write `over={{"{name}": "-3:3"}}`')
    check_size(ranges, "over")
    given, start = read_mapping(inputs, "inputs"), next(grid(ranges))
    whole = {name: x for name, x in start.items() if "[" not in name}
    graph, _ = read_problem(program, {**given, **whole}, whole=True)
    graph, fixed = read_problem(graph, given)
    check_free(ranges, dict.fromkeys(given, 0.0), "over")
    if isinstance(graph, ArrayGraph):
        return _sweep_arrays(graph, ranges, fixed, of, wrt, arithmetic)
    free = [name for name in over if not is_settled(graph, name)]
    for name in free:
        check_settable(graph, name)
    if len(free) < len(over):  # shapes or places differ from point to point
        graph, fixed = read_program(program), given
    wrt, points = read_labels(wrt) or free, grid(ranges)
    return ((point, report(graph, {**fixed, **point}, of=of, wrt=wrt, arithmetic=arithmetic)) for point in points)


def _sweep_arrays(
    graph: ArrayGraph,
    ranges: Sequence[InputRange],
    inputs: Mapping[str, Any],
    of: Labels,
    wrt: Labels,
    arithmetic: str,
) -> Iterator[tuple[dict[str, float], Report]]:
    """Compute a report at each point of a grid, of large arrays; ranges are of whole inputs or of their elements."""
    from cgraph_cli.results.over_ranges.array_points import ArrayPoints
    from cgraph_cli.results.over_ranges.ranges import grid

    names = [taken.name for taken in ranges]
    request = make_request(of, read_labels(wrt) or names, "reverse", arithmetic=arithmetic)
    points = ArrayPoints(graph, inputs, names, request)
    return ((point, points.at(point).report) for point in grid(ranges))


def explain(
    program: Program, inputs: Inputs = None, *, of: Labels = (), wrt: Labels = (), named: bool = False
) -> Derivation | ArrayDerivation:
    """Tell how gradients come about: the forward sweep, the backward sweep edge by edge, and the sums over paths.

    `of` are the outputs (the last statement), `wrt` the nodes whose gradients are told (every input). Where only
    `named` nodes are told, the others are written out. The steps are made when they are asked for; `render` writes them
    in words.

    >>> print(render(explain("e = a*b", {"a": 3, "b": 2}), "markdown").splitlines()[0])
    ## Forward sweep: the values up to $e$
    """
    from cgraph_cli.core.nodes_by_label import find_nodes
    from cgraph_cli.results.array_derivation import tell_arrays, tell_derivation

    names = read_labels(wrt)
    graph, numbers = read_problem(program, inputs, whole=not any("[" in name for name in names))
    if isinstance(graph, ArrayGraph):
        return tell_arrays(graph, numbers, read_labels(of), names, named=named)
    nodes = find_nodes(graph, names, "--wrt") or list(graph.inputs())
    return tell_derivation(report(graph, numbers, of=of), names, nodes, named=named)


def jacobian(
    program: Program,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    wrt: Labels = (),
    mode: str = "",
    arithmetic: str = "checked",
    precision: int | None = None,
) -> Matrix:
    """Compute the first derivatives of outputs: `entries` has a row for each of `of`, a column for each of `wrt`.

    `of` are the outputs (the last statement), `wrt` the nodes to differentiate with respect to (every input). `mode` is
    `reverse` or `forward`; where it is empty, the sweep that costs less. An entry is a number with its verdict.

    >>> matrix = jacobian("u = x*y; v = x + y", {"x": 2, "y": 3}, of="u,v")
    >>> matrix.columns, [[entry.number for entry in row] for row in matrix.entries]
    (['x', 'y'], [[3.0, 2.0], [1.0, 1.0]])
    """
    from cgraph_cli.results import matrices
    from cgraph_cli.results.request import algebra_of

    if mode:
        check_word("mode", mode, ("reverse", "forward"))
    request = make_request(of, wrt, mode, arithmetic=arithmetic, precision=precision)
    request.mode = mode  # where it is empty, the cheaper sweep is chosen
    graph, numbers = read_problem(program, inputs, algebra_of(request), whole=precision is None)
    if isinstance(graph, ArrayGraph):
        from cgraph_cli.results.array_matrices import jacobian_of_arrays

        return jacobian_of_arrays(graph, numbers, request)[0]
    return matrices.jacobian(graph, numbers, request)[0]


def hessian(
    program: Program,
    inputs: Inputs = None,
    *,
    of: str = "",
    wrt: Labels = (),
    direction: Mapping[str, float] | None = None,
    arithmetic: str = "checked",
    precision: int | None = None,
) -> Matrix:
    """Compute the second derivatives of an output, `entries` by the nodes of `wrt` twice; it is symmetric.

    `of` is the output (the last statement), `wrt` the nodes to differentiate with respect to (every input). With a
    `direction`, by input, the matrix is its product with the Hessian, of one column.

    >>> matrix = hessian("x^2*y", {"x": 2, "y": 3})
    >>> [[entry.number for entry in row] for row in matrix.entries]
    [[6.0, 4.0], [4.0, 0.0]]
    """
    from cgraph_cli.results import matrices
    from cgraph_cli.results.request import algebra_of

    request = make_request(of, wrt, "forward", None, direction, arithmetic, precision)
    graph, numbers = read_problem(program, inputs, algebra_of(request), whole=precision is None)
    if isinstance(graph, ArrayGraph):
        from cgraph_cli.results.array_matrices import hessian_of_arrays

        return hessian_of_arrays(graph, numbers, request)
    return matrices.hessian(graph, numbers, request)


def budget(
    program: Program,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    correlations: Mapping[str, float] | None = None,
    coverage: float = 0.95,
    draws: int | None = None,
    seed: int = 1,
    arithmetic: str = "checked",
) -> Budgets:
    """Propagate the uncertainties of inputs: `budgets` has the combined uncertainty of each of `of`, and its parts.

    An uncertain input is a text such as `1.000 ± 0.002`, or an `UncertainNumber`. `correlations` are by pairs:
    `{"L,T": 0.3}`. `coverage` is the probability of the interval. `draws` are the most of the Monte Carlo run, whose
    outcome `agreements` have; 0 for none.

    >>> found = budget("g = 4*pi^2*L/T^2", {"L": "1.000 ± 0.002", "T": "2.007(3)"}, draws=0)
    >>> [round(number, 4) for number in (found.budgets[0].value.number, found.budgets[0].u)]
    [9.8009, 0.0353]
    """
    from cgraph_cli.results.uncertainty.agreement import assess
    from cgraph_cli.results.uncertainty.correlations import Correlations
    from cgraph_cli.results.uncertainty.propagation import propagate

    if not 0 < coverage < 1:
        raise RequestError(f"`coverage` cannot be {coverage:g}", help="write a probability, such as 0.95")
    known = Correlations()
    if draws is not None:
        check_least("draws", draws, 0)
    for pair, coefficient in read_settings(correlations, "correlations").items():
        first, comma, second = (part.strip() for part in pair.partition(","))
        if not comma:
            raise RequestError(f"`correlations` cannot have `{pair}`", help='write `{"L,T": 0.3}`')
        known.put(first, second, coefficient)
    graph, numbers = read_problem(program, inputs)
    found = propagate(graph, numbers, make_request(of, (), "reverse", arithmetic=arithmetic), known, coverage)
    assess(found, numbers, draws, seed)
    return found


def taylor(
    program: Program,
    inputs: Inputs = None,
    order: int = 6,
    *,
    of: Labels = (),
    wrt: str = "",
    precision: int | None = None,
) -> Taylor:
    """Compute Taylor polynomials of outputs in one node about its value, all else held fixed.

    `expansions` has one for each of `of` (the last statement), whose `coefficients` are those of the orders 0 to
    `order`, each with its verdict. `wrt` may be left out where the program has one input.

    >>> [term.number for term in taylor("exp(x)", {"x": 0}, 3).expansions[0].coefficients]
    [1.0, 1.0, 0.5, 0.16666666666666666]
    """
    from cgraph_cli.results import taylor as room
    from cgraph_cli.results.request import MOST_ORDERS, algebra_of

    check_least("order", order, 0, MOST_ORDERS)
    request = make_request(of, wrt, "forward", precision=precision)
    graph, numbers = read_problem(program, inputs, algebra_of(request), whole=precision is None)
    if isinstance(graph, ArrayGraph):
        from cgraph_cli.results.array_taylor import slice_program

        part = slice_program(graph, numbers, read_labels(of), read_labels(wrt), {})
        labels = part.graph.labels()
        request = make_request(part.outputs, [labels[node] for node in part.direction], "forward")
        found = room.taylor(part.graph, {}, request, order)
        found.is_certified = False
        return found
    return room.taylor(graph, numbers, request, order)
