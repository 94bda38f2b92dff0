"""`cgraph eval`: every node's value and gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, prod
from typing import TYPE_CHECKING, Any

import click

from cgraph_cli.commands.shared import terminal
from cgraph_cli.commands.shared.command_words import ProgramCommand, program_options
from cgraph_cli.commands.shared.destination import Destination
from cgraph_cli.commands.shared.options import (
    COMPUTE,
    FAILED,
    FINE,
    NOT_FINITE,
    OUTPUT,
    Option,
    arithmetic_option,
    mode_option,
    named_option,
    of_option,
    precision_option,
    tangent_option,
    wrt_option,
)
from cgraph_cli.commands.shared.problem import Problem
from cgraph_cli.commands.shared.sheets import print_agreement, print_uncertified, print_unknown, sheet_options
from cgraph_cli.commands.shared.terminal import print_note
from cgraph_cli.commands.shared.uncertainty import correlation_options, read_measurement
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.language.array_rules import declared_inputs
from cgraph_cli.render.numbers import write_numbers_of
from cgraph_cli.results.numbers_by_name import find_numbers
from cgraph_cli.results.report import Report, report
from cgraph_cli.results.request import algebra_of, choose_sweep
from cgraph_cli.results.settings import assignments, names
from cgraph_cli.results.uncertain_report import add_uncertainties
from cgraph_cli.trust.events import MOST_NODES

if TYPE_CHECKING:
    from cgraph_cli.core.array_graph import ArrayGraph


_LONGEST_ASSERT = 60
"""The most characters of an assert that a note shows."""


@click.command(cls=ProgramCommand)
@program_options
@of_option("The outputs, in place of the last statement; each gets a column of gradients.")
@wrt_option("Differentiate with respect to these nodes. Default: every node in reverse, the inputs forward.")
@mode_option("Sweep in reverse (∂output/∂node, the default), forward (∂node/∂input), or both, and compare them.")
@click.option(
    "--seed",
    cls=Option,
    group=COMPUTE,
    metavar="NAME=NUMBER,…",
    multiple=True,
    help="Start the reverse sweep from this number at an output, in place of 1: its gradients are multiplied by it.",
)
@tangent_option("Sweep forward once, with the inputs moving at these rates; an input left out does not move.")
@correlation_options
@arithmetic_option
@precision_option
@click.option(
    "--edges",
    cls=Option,
    group=OUTPUT,
    is_flag=True,
    help="Add the edges with their local partials (CSV and TSV: in place of the nodes).",
)
@click.option(
    "--errors",
    cls=Option,
    group=OUTPUT,
    is_flag=True,
    help="Add a bound of the error of plain doubles, and the condition number of each output in each node.",
)
@click.option(
    "--get",
    cls=Option,
    group=OUTPUT,
    metavar="NAME[.grad],…",
    multiple=True,
    help="Print only a number: a node's value (`e` or `e.value`), gradient (`a.grad`) or uncertainty (`e.u`); one a "
    "line, which `-o plain`, `json` and `csv` label. `value` is the output's, and `grad` those of the inputs.",
)
@named_option
@click.option(
    "--template",
    cls=Option,
    group=OUTPUT,
    is_flag=True,
    help="Print the inputs only, as a JSON file to fill in and to give with `--inputs`.",
)
@sheet_options("numbers.csv")
def eval_command(
    problem: Problem,
    of: Sequence[str],
    wrt: Sequence[str],
    mode: str | None,
    seed: Sequence[str],
    tangent: Sequence[str],
    corr: Sequence[str],
    cov: Sequence[str],
    readings: str | None,
    arithmetic: str,
    precision: int | None,
    edges: bool,
    errors: bool,
    get: Sequence[str],
    named: bool,
    template: bool,
    output: Destination,
    digits: int | None,
    everything: bool,
    allow_nonfinite: bool,
) -> int:
    """Print every node's value and gradient.

    \b
      cgraph eval "c = a + b; d = b + 1; e = c * d" --a 3 --b 1

    PROGRAM is the text of a program, the name of a file that ends in .cg, or `-` for standard input. A name that the
    program never assigns is an input: `--a 3` sets it, before or after the program. Its value is a number, an array
    such as `"[1, 2]"`, a constant expression such as `2*pi`, a file of an array such as `@data.csv`, or a number with
    its uncertainty, `"1.0 ± 0.1"`. `cgraph eval PROGRAM --help` lists the inputs of a program.

    `grad(y, x)` in a program is the derivative of y with respect to the node called x, and an expression like any
    other. An `assert` that does not hold here is told on standard error; `cgraph check` tests it with an exit status.

    Every digit that is shown is right, or the status says why not: where doubles lose digits, the number is found in
    higher precision.

    Exit status: 0 fine; 1 forward and reverse disagree; 2 the program or the command line is wrong; 3 a result is
    undefined, infinite or unknown.
    """  # fmt: skip
    if template:
        if not output.is_default and output.format != "json":
            what = f"`--template` writes JSON, and `-o` asks for {output.format}"
            raise RequestError(what, help="write `-o inputs.json`, or leave `-o` out")
        output.put(_template(problem))
        return FINE
    request = choose_sweep(
        names(of),
        names(wrt),
        mode or "",
        assignments(seed, "--seed", problem.output_names),
        assignments(tangent, "--tangent", problem.input_names),
        arithmetic,
        precision,
    )
    with terminal.progress_bar() as stage:
        large = None if corr or cov or readings else problem.large_arrays(stage)
        if large is not None and (edges or errors or precision):
            _check_by_element(large, edges=edges, errors=errors)
            large = None
        if large is not None:
            from cgraph_cli.results.array_report import report_arrays

            graph: Graph = large
            inputs, correlations = problem.inputs(graph), None
            answer: Report = report_arrays(large, inputs, request, stage)
        else:
            graph, inputs, correlations = read_measurement(problem, corr, cov, readings, stage, algebra_of(request))
            answer = report(graph, inputs, request, stage)
        if precision is not None:  # the numbers of another algebra have no uncertainty
            inputs = {**problem.inputs(graph), **{name: x for name, x in inputs.items() if isinstance(x, float)}}
        note = add_uncertainties(answer, inputs, correlations)
        disagreements = answer.disagreements() if request.mode == "both" else []
        said = [note, _note_of_asserts(graph, inputs)]
    for each in filter(None, said):
        print_note(each)
    if answer.assessment is not None and not answer.is_certified:
        print_note(f"note: the program has more than {MOST_NODES:,} nodes: its digits are not certified")
    if answer.graph.arrays is not None and (note := _note_of_brackets(answer.graph.arrays.graph)):
        print_note(note)
    if large is not None and request.arithmetic == "checked":
        print_uncertified()
    if get:
        _write_picked([each for item in names(get) for each in find_numbers(answer, item)], digits or precision, output)
    else:
        from cgraph_cli.render.contents.report_sheets import sheet_of

        view = output.view(digits=digits or precision, named=named, all=everything, edges=edges, errors=errors)
        output.write(sheet_of(answer), view)
    is_data = output.formats.formats[output.format].is_data and output.format != "json"
    if answer.graph.arrays is not None and (get or is_data):  # which have no room for remarks
        from cgraph_cli.results.notes import remark_lines

        for line in remark_lines(answer.graph):
            print_note(line)
    if get and not allow_nonfinite and not answer.is_finite():
        from cgraph_cli.results.notes import find_troubles, trouble_lines

        for line in trouble_lines(find_troubles(answer)):
            print_note(line)
    print_unknown(answer.count_unknown(), allow_nonfinite, answer.is_cut_short)
    if request.mode == "both" and not print_agreement(answer.graph.labels(), disagreements, None if get else output):
        return FAILED
    return FINE if allow_nonfinite or answer.is_finite() else NOT_FINITE


def _write_picked(found: Sequence[tuple[str, Any]], digits: int | None, output: Destination) -> None:
    if output.formats.formats[output.format].is_data:
        from cgraph_cli.render.contents.picked import PickedSheet

        output.write(PickedSheet(found), output.view(digits=digits))
        return
    labelled = output.format == "plain" and len(found) > 1
    lines = (f"{label}  " * labelled + write_numbers_of(number, digits) for label, number in found)
    output.put("".join(f"{line}\n" for line in lines))


def _note_of_brackets(graph: ArrayGraph) -> str:
    """Say that brackets around one term make a vector, where arithmetic takes them for parentheses; else empty."""
    rows = map(PRIMITIVES.get, graph.operations)
    infix = [node for node, row in enumerate(rows) if row is not None and row.notation == "infix"]
    for node in dict.fromkeys(operand for user in infix for operand in graph.operands_of(user)):
        if graph.operations[node] == "array" and graph.shapes[node] == (1,) and graph.names[node] is None:
            (term,) = graph.operands_of(node)
            if term in infix and graph.names[term] is None and not graph.shapes[term]:
                place = ":".join(map(str, graph.place(node)))
                return f"note: the brackets at {place} make a vector of one element: to group, write parentheses"
    return ""


def _note_of_asserts(graph: Graph, inputs: Mapping[str, Any]) -> str:
    """Say that asserts of the program do not hold at this point; empty where all do."""
    if not graph.assertions:
        return ""
    from cgraph_cli.checks.unmet import find_unmet

    unmet, untested = find_unmet(graph, inputs)
    lines = []
    if unmet:
        place = ":".join(map(str, unmet[0].source.place(unmet[0].start)))
        text = " ".join(unmet[0].source.text[unmet[0].start : unmet[0].end].split())
        first = f"`{text}` at {place} does" if len(text) <= _LONGEST_ASSERT else f"the assert at {place} does"
        what = first if len(unmet) == 1 else f"{len(unmet):,} asserts, the first at {place}, do"
        lines.append(f"note: {what} not hold here: `cgraph check` shows why, and exits with 1")
    if untested:
        lines.append(f"note: {untested:,} asserts are not tested here: `cgraph check` tests them")
    return "\n".join(lines)


def _check_by_element(graph: ArrayGraph, *, edges: bool, errors: bool) -> None:
    """Raise `RequestError` for arrays of too many elements to go through them one by one."""
    from cgraph_cli.symbolic.arrays.scalar_size import count_scalars

    if count_scalars(graph) <= graph.max_nodes:
        return
    option = "--edges" if edges else "--errors" if errors else "--precision"
    help = "`cgraph check` compares elements of each array with high precision"
    if edges:
        help = "`cgraph graph -o json` has the edges between whole arrays, with the shapes of their linear maps"
    raise RequestError(f"`{option}` goes number by number, and arrays of this size have too many of them", help=help)


def _template(problem: Problem) -> str:
    """Write the inputs as JSON with their numbers, and `null` for an input without one."""
    import json

    from cgraph_cli.language.write import write_default

    graph = problem.parse(problem.source())
    given = dict(problem.values(graph))
    rows = []
    for name, sizes, default in declared_inputs(graph):
        known = given.get(name, default)
        shape = [size for size in sizes if isinstance(size, int)]
        blank = Tensor(shape, [None] * prod(shape)) if len(shape) == len(sizes) else Tensor((), [None])
        tensor = known if isinstance(known, Tensor) else blank if known is None else Tensor((), [known])
        nested = tensor.map(
            lambda x: x if x is None or (type(x) is float and isfinite(x)) else write_default(x)
        ).nested()
        rows.append(f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(nested, ensure_ascii=False)}")
    return "{\n" + ",\n".join(rows) + "\n}\n"
