"""The library: a function for each command, from a program to the object that holds the answer.

A `program` is a text or a `Graph`. `inputs` are by name, each a number or a constant expression such as `2*pi`. Nodes
are labels, in a list or separated by commas: `wrt="a,b"`. Every function raises a `CgraphError` for what is wrong: a
`ProgramError` for the program, an `InputError` for its inputs, a `RequestError` for the rest. Messages have the words
of the command line: `--of` is `of`, `--tangent` is `direction`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from cgraph_cli.core.errors import RequestError, did_you_mean

if TYPE_CHECKING:
    from cgraph_cli.checks.outcomes import Outcome
    from cgraph_cli.checks.sampling import Sampling
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.evaluation.kernels import Algebra
    from cgraph_cli.evaluation.sweeps import Evaluation
    from cgraph_cli.render import Formats
    from cgraph_cli.results.derivation import Derivation
    from cgraph_cli.results.matrices import Matrix
    from cgraph_cli.results.report import Report
    from cgraph_cli.results.request import Request
    from cgraph_cli.results.taylor import Taylor

Program: TypeAlias = "str | Graph"
Inputs: TypeAlias = "Mapping[str, float | str] | None"
Labels: TypeAlias = "str | Iterable[str]"
Result: TypeAlias = "Report | Matrix | Taylor | Derivation | Outcome"

# Doubles as they come


def evaluate(
    program: Program,
    inputs: Inputs = None,
    *,
    algebra: Algebra | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Compute every node's value and every edge's local partial, in plain IEEE doubles.

    `values` of the result has a number for each node, `partials` one for each edge, None where there is no dependence.
    Another `algebra` computes with other numbers. `progress(done, total)` is called now and then. Raises `InputError`
    for inputs that are missing or unknown.

    >>> evaluate("c = a + b; d = b + 1; e = c*d", {"a": 3, "b": 1}).value("e")
    8.0
    """
    from cgraph_cli.evaluation import sweeps
    from cgraph_cli.evaluation.double import DOUBLE

    algebra = algebra or DOUBLE
    return sweeps.evaluate(_graph(program), _numbers(inputs, algebra), algebra=algebra, progress=progress)


def sweep_reverse(evaluation: Evaluation, seeds: Mapping[str, Any] | Mapping[int, Any]) -> list[Any]:
    """Compute adjoints: for each node, the derivative of Σ seed·output with respect to it (a VJP).

    `seeds` give outputs their initial adjoint, by label or by position. The result has an entry for each node, None
    where no seeded node depends on it. Raises `RequestError` for a label that the program does not have.

    >>> evaluation = evaluate("e = a*b", {"a": 3, "b": 2})
    >>> sweep_reverse(evaluation, {"e": 1})
    [2.0, 3.0, 1.0]
    """
    from cgraph_cli.evaluation import sweeps

    return sweeps.sweep_reverse(evaluation, _nodes(evaluation, seeds))


def sweep_forward(evaluation: Evaluation, seeds: Mapping[str, Any] | Mapping[int, Any]) -> list[Any]:
    """Compute tangents: for each node, its derivative in the direction of `seeds` (a JVP).

    `seeds` give nodes their tangent, by label or by position, in place of what their operands would give them. The
    result has an entry for each node, None where it depends on no seeded node. Raises `RequestError` for a label that
    the program does not have.

    >>> evaluation = evaluate("e = a*b", {"a": 3, "b": 2})
    >>> sweep_forward(evaluation, {"a": 1})
    [1.0, None, 2.0]
    """
    from cgraph_cli.evaluation import sweeps

    return sweeps.sweep_forward(evaluation, _nodes(evaluation, seeds))


# Numbers with their statuses


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

    if mode:
        _choose("mode", mode, ("reverse", "forward", "both"))
    request = _request(of, wrt, mode, seeds, direction, arithmetic, precision)
    return room.report(_graph(program), _numbers(inputs, algebra_of(request)), request)


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
    from cgraph_cli.evaluation.inputs import check_settable
    from cgraph_cli.results.over_ranges.ranges import InputRange, check_free, check_size, grid, parse_ranges
    from cgraph_cli.results.settings import constant

    graph, fixed = _graph(program), _doubles(inputs)
    ranges = []
    for name, taken in over.items():
        check_settable(graph, name)
        if isinstance(taken, str):
            ranges += parse_ranges([f"{name}={taken}"], "over", 11, constant)
        elif numbers := [float(number) for number in taken]:
            ranges.append(InputRange.of(name, numbers))
        else:
            raise RequestError(f"the range of `{name}` has no numbers", help=f'write `over={{"{name}": "-3:3"}}`')
    check_free(ranges, fixed, "over")
    check_size(ranges, "over")
    wrt = _names(wrt) or list(over)
    points = grid(ranges)
    return ((point, report(graph, {**fixed, **point}, of=of, wrt=wrt, arithmetic=arithmetic)) for point in points)


def explain(program: Program, inputs: Inputs = None, *, of: Labels = (), wrt: Labels = ()) -> Derivation:
    """Tell how gradients come about: the forward sweep, the backward sweep edge by edge, and the sums over paths.

    `of` are the outputs (the last statement), `wrt` the nodes whose gradients are told (every input). The steps are
    made when they are asked for; `render` writes them in words.

    >>> print(render(explain("e = a*b", {"a": 3, "b": 2}), "markdown").splitlines()[0])
    ## Forward sweep: the values up to $e$
    """
    from cgraph_cli.core.nodes_by_label import find_nodes
    from cgraph_cli.results.derivation import Derivation

    graph = _graph(program)
    nodes = find_nodes(graph, _names(wrt), "--wrt") or list(graph.inputs())
    return Derivation(report(graph, inputs, of=of), nodes)


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
        _choose("mode", mode, ("reverse", "forward"))
    request = _request(of, wrt, mode, arithmetic=arithmetic, precision=precision)
    request.mode = mode  # where it is empty, the cheaper sweep is chosen
    return matrices.jacobian(_graph(program), _numbers(inputs, algebra_of(request)), request)[0]


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

    request = _request(of, wrt, "forward", None, direction, arithmetic, precision)
    return matrices.hessian(_graph(program), _numbers(inputs, algebra_of(request)), request)


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
    from cgraph_cli.results.request import algebra_of

    _check_least("order", order, 0)
    request = _request(of, wrt, "forward", precision=precision)
    return room.taylor(_graph(program), _numbers(inputs, algebra_of(request)), request, order)


# Programs and code


def differentiate(
    program: Program,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    wrt: Labels = (),
    order: int = 1,
    expand: bool = False,
    format: str = "text",
) -> str:
    """Write the derivatives of outputs as a program that computes them.

    `of` are the outputs (the last statement), `wrt` the nodes to differentiate with respect to (every input). `inputs`
    become the result's defaults. `order` differentiates so many times; `expand` writes each derivative out, as one
    expression. `format` is `text`, `latex` or `json`.

    >>> print(differentiate("y = x^3"), end="")
    dy_dx = 3*x^2
    """
    from cgraph_cli.core.nodes_by_label import find_nodes, find_outputs
    from cgraph_cli.render import DERIVATIVES
    from cgraph_cli.symbolic.derivative_programs import derive

    _check_least("order", order, 1)
    graph = _graph_with_defaults(program, inputs)
    outputs = find_outputs(graph, _names(of))
    variables = find_nodes(graph, _names(wrt), "--wrt") or list(graph.inputs())
    if not variables:
        raise RequestError("the program has no input to differentiate with respect to", help="name a node with `wrt`")
    return _written(DERIVATIVES, format, derive(graph, outputs, variables, order, expand=expand), {})


def emit(
    program: Program,
    target: str,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    wrt: Labels = (),
    gradient: bool = True,
    hessian: bool = False,
    every_node: bool = False,
    name: str = "f",
    dialect: str = "",
    test: bool = False,
) -> str:
    """Write a program and its gradient as a function in another language.

    `target` is one of `cgraph_cli.emit.TARGETS`: `python`, `numpy`, `torch`, `jax`, `c`, `javascript`, `rust`, `julia`,
    `sql` or `latex`. `of` are the values it returns (the last statement), `wrt` the nodes to differentiate with respect
    to (every input). `inputs` become defaults, where the language has such a thing. `name` is the function's.

    >>> code = {}
    >>> exec(emit("y = x^2", "python"), code)
    >>> code["f"](3.0)
    (9.0, (6.0,))
    """
    from cgraph_cli.core.nodes_by_label import find_nodes
    from cgraph_cli.emit import emit as write_function

    graph = _graph_with_defaults(program, inputs)
    return write_function(
        graph,
        target,
        of=find_nodes(graph, _names(of), "--of"),
        wrt=find_nodes(graph, _names(wrt), "--wrt") or None,
        gradient=gradient,
        hessian=hessian,
        everything=every_node,
        name=name,
        dialect=dialect,
        test=test,
    )


# Checks


def check(
    program: Program,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    expect: Mapping[str, float] | None = None,
    rtol: float = 1e-9,
    atol: float = 0.0,
    samples: int | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    seed: int = 1,
) -> Outcome:
    """Check gradients against differences in high precision, and the assertions that the program makes.

    `of` are the outputs whose gradients are checked (the last statement). `expect` gives numbers to values (`e`) and
    gradients (`a.grad`). The point is that of `inputs`; with `samples`, so many random ones, within `ranges` (−2 to 2).
    The outcome is `passed`, or has `failed_cases`, each with its `failures`.

    >>> check("y = x^3; assert grad(y, x) == 3*x^2", samples=10).passed
    True
    """
    from cgraph_cli.checks import gradients

    expectations = []
    for label, number in (expect or {}).items():
        stem, _, what = label.rpartition(".")
        is_gradient = what == "grad" and bool(stem)
        expectations.append(gradients.Expectation(stem if is_gradient else label, is_gradient, number))
    if ranges and samples is None:
        raise RequestError("`ranges` are for random points, and there are none", help="add `samples=100`")
    sampling = None if samples is None else _sampling(samples, ranges, seed)
    settings = gradients.Settings(_names(of), expectations, rtol, atol, sampling)
    return gradients.check(_graph(program), _doubles(inputs), settings)


def compare(
    old: Program,
    new: Program,
    inputs: Inputs = None,
    *,
    of: Labels = (),
    rtol: float = 1e-9,
    atol: float = 0.0,
    samples: int = 100,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    seed: int = 1,
) -> Outcome:
    """Check that two programs have the same values and gradients, at random points.

    `of` are the outputs to compare (all that the two share). `inputs` stay as they are; the others are chosen within
    `ranges` (−2 to 2), `samples` times. The outcome is that of `check`.

    >>> compare("log(1 + exp(x))", "softplus(x)").passed
    True
    """
    from cgraph_cli.checks import compare as room
    from cgraph_cli.checks.gradients import Settings

    settings = Settings(_names(of), (), rtol, atol, _sampling(samples, ranges, seed))
    return room.compare(_graph(old, "old"), _graph(new, "new"), _doubles(inputs), settings)


# Text and pictures


def draw(
    program: Program,
    inputs: Inputs = None,
    format: str = "tree",
    *,
    of: Labels = (),
    wrt: Labels = (),
    mode: str = "",
    depth: int | None = None,
    digits: int | None = None,
    all: bool = False,
    theme: str = "auto",
    direction: str = "up",
    scale: float = 2.0,
) -> str | bytes:
    """Draw the graph, with its numbers where every input has one; only `png` is bytes.

    `format` is `tree`, `dot`, `mermaid`, `svg`, `png`, `html` or `json`; png needs the extra `pictures`. A
    page (html) whose inputs are not given starts at 1. With `of`, what these outputs need is drawn, to the `depth` of
    so many edges; `all` draws it however large it is. `mode` and `wrt` choose the derivatives, as for `report`. Raises
    `RequestError` where a library is absent.

    >>> print(draw("e = a*b", {"a": 3, "b": 2}).splitlines()[0].split())
    ['node', 'partial', 'value', '∂e/∂node']
    """
    from cgraph_cli.core.nodes_by_label import find_outputs
    from cgraph_cli.draw import DIRECTIONS, THEMES, write
    from cgraph_cli.draw.drawing import draw as draw_graph
    from cgraph_cli.render import GRAPHS
    from cgraph_cli.render.view import View

    for what, word, words in (
        ("format", format, tuple(GRAPHS.formats)),
        ("theme", theme, THEMES),
        ("direction", direction, DIRECTIONS),
    ):
        _choose(what, word, words)
    graph = _graph(program)
    missing = any(graph.numbers[node] is None for node in graph.inputs())
    if format == "html" and not inputs:
        from cgraph_cli.draw.graphs.html import starting_inputs

        inputs, missing = dict(starting_inputs(graph)), False
    answer = report(graph, inputs, of=of, wrt=wrt, mode=mode) if inputs or not missing else None
    outputs = answer.outputs if answer else find_outputs(graph, _names(of))
    drawing = draw_graph(graph, outputs, answer, whole=not _names(of), depth=depth, digits=digits)
    return write(drawing, format, View(all=all, theme=theme, direction=direction, scale=scale))


def render(
    result: Result,
    format: str,
    *,
    digits: int | None = None,
    named: bool = False,
    edges: bool = False,
    all: bool = False,
) -> str:
    """Write a result as the command that it is of does.

    Reports, matrices and Taylor polynomials have the formats `plain`, `json`, `jsonl`, `csv`, `tsv`, `markdown` and
    `table`; derivations `markdown`, `latex`, `json` and `text`; outcomes `text`, `json`, `junit`, `github` and `tap`. A
    table and a derivation as text are drawn by Rich. Numbers have so many `digits`, by default those
    of the `precision` that they were computed in. Of a report, the `named` nodes
    alone are written, or the `edges` too; `all` rows, however many there are.

    >>> print(render(jacobian("y = x^2", {"x": 3}), "csv"), end="")
    node,x,status
    y,6,ok
    """
    from cgraph_cli.checks.outcomes import Outcome
    from cgraph_cli.render import DERIVATIONS, OUTCOMES, SHEETS
    from cgraph_cli.render.contents.matrix import MatrixSheet
    from cgraph_cli.render.contents.nodes import NodesSheet
    from cgraph_cli.render.contents.taylor import TaylorSheet
    from cgraph_cli.results.matrices import Matrix
    from cgraph_cli.results.report import Report
    from cgraph_cli.results.taylor import Taylor

    if digits is None and isinstance(result, (Report, Matrix, Taylor)):
        answer = (
            result if isinstance(result, Report) else result.report if isinstance(result, Taylor) else result.reports[0]
        )
        digits = answer.request.precision
    wanted = {"digits": digits, "named": named, "edges": edges, "all": all}
    if isinstance(result, Outcome):
        return _written(OUTCOMES, format, [result], wanted)
    if isinstance(result, Report):
        return _written(SHEETS, format, NodesSheet(result), wanted)
    if isinstance(result, Matrix):
        return _written(SHEETS, format, MatrixSheet(result), wanted)
    if isinstance(result, Taylor):
        return _written(SHEETS, format, TaylorSheet(result), wanted)
    from cgraph_cli.evaluation.paths import MOST_PATHS

    return _written(DERIVATIONS, format, result, {**wanted, "most_paths": MOST_PATHS})


def _graph(program: Program, name: str = "program") -> Graph:
    """Give a program's graph. A text that is no file is known by a `name`."""
    if not isinstance(program, str):
        return program
    from cgraph_cli.core.errors import Source
    from cgraph_cli.symbolic.program import parse

    return parse(Source(program, name))


def _graph_with_defaults(program: Program, inputs: Inputs) -> Graph:
    """Give a program's graph in which `inputs` are defaults; a graph that was given stays as it is."""
    from cgraph_cli.evaluation.inputs import check_settable

    graph, numbers = _graph(program), _doubles(inputs)
    if numbers and graph is program:
        graph = graph.copy()
    for name, number in numbers.items():
        check_settable(graph, name)
        graph.numbers[graph.nodes[name]] = number
    return graph


def _numbers(inputs: Mapping[str, Any] | None, algebra: Algebra) -> dict[str, Any]:
    """Give inputs as numbers of an algebra. Raises `InputError` for a text that is no constant expression."""
    numbers = dict(inputs or {})
    if any(isinstance(number, str) for number in numbers.values()):
        from cgraph_cli.results.settings import constant

        for name, number in numbers.items():
            if isinstance(number, str):
                numbers[name] = constant(number, f"the input {name}", algebra)
    return numbers


def _doubles(inputs: Mapping[str, Any] | None) -> dict[str, float]:
    from cgraph_cli.evaluation.double import DOUBLE

    return {name: float(number) for name, number in _numbers(inputs, DOUBLE).items()}


def _names(labels: Labels) -> list[str]:
    if not isinstance(labels, str):
        return list(labels)
    from cgraph_cli.results.settings import names

    return names([labels])


def _nodes(evaluation: Evaluation, seeds: Mapping[str, Any] | Mapping[int, Any]) -> dict[int, Any]:
    """Give seeds by node, as numbers of the algebra."""
    from cgraph_cli.core.nodes_by_label import find_node

    graph, number = evaluation.graph, evaluation.algebra.number
    return {
        find_node(graph, node, "seeds") if isinstance(node, str) else node: number(seed, "")
        if isinstance(seed, (int, float))
        else seed
        for node, seed in seeds.items()
    }


def _request(
    of: Labels,
    wrt: Labels,
    mode: str,
    seeds: Mapping[str, float] | None = None,
    direction: Mapping[str, float] | None = None,
    arithmetic: str = "checked",
    precision: int | None = None,
) -> Request:
    from cgraph_cli.results.request import choose_sweep

    _choose("arithmetic", arithmetic, ("checked", "double"))
    if precision is not None:
        _check_least("precision", precision, 1)
    return choose_sweep(_names(of), _names(wrt), mode, _doubles(seeds), _doubles(direction), arithmetic, precision)


def _sampling(samples: int, ranges: Mapping[str, tuple[float, float]] | None, seed: int) -> Sampling:
    from cgraph_cli.checks.sampling import Sampling

    _check_least("samples", samples, 1)
    return Sampling(samples, dict(ranges or {}), seed)


def _written(formats: Formats, format: str, result: object, wanted: Mapping[str, Any]) -> str:
    """Write a result in one of its formats."""
    from io import StringIO

    from cgraph_cli.render.view import View

    _choose("format", format, tuple(formats.formats))
    stream = StringIO()
    formats.writer(format)(result, View(**wanted), stream)
    return stream.getvalue()


def _choose(what: str, word: str, words: tuple[str, ...]) -> None:
    """Raise `RequestError` for a word that is none of those that there are."""
    if word not in words:
        hint, known = did_you_mean(word, words), f"choose from {', '.join(words)}"
        raise RequestError(f"`{what}` cannot be `{word}`", help=f"{hint}\n{known}" if hint else known)


def _check_least(what: str, number: int, least: int) -> None:
    """Raise `RequestError` for a number below the least that there is."""
    if number < least:
        raise RequestError(f"`{what}` cannot be {number}", help=f"write a whole number from {least} up")
