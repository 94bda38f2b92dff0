"""Binding: the inputs of a program as columns of a table, and a file of rows as points of a program."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from cgraph_cli.commands.rows.tables import LENIENCY, Columns, Table, bind, show_file
from cgraph_cli.core.errors import InputError, did_you_mean, name_list
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.nodes_by_label import settled_inputs
from cgraph_cli.evaluation.inputs import check_inputs, check_settable
from cgraph_cli.language.numbers import is_number


def bind_inputs(
    graph: Graph,
    inputs: Mapping[str, float],
    mapped: Mapping[str, str] | None,
    table: Columns,
    settled: Collection[str] = (),
) -> tuple[dict[str, str], dict[str, float]]:
    """Bind the inputs to the columns of a table; give the columns by input, and the numbers of the other inputs.

    `mapped` are columns of other names, None where a command has no option for that, and `settled` the given inputs
    that shapes or places hang on. Raises `InputError` for an input that has neither column nor number, and for a column
    of one that may not vary.
    """
    for column in [*(mapped or {}), *table.columns]:
        name = column.strip().partition("[")[0]
        if name in settled_inputs(graph) and name not in settled:
            check_settable(graph, name)
    names = [graph.names[node] or "" for node in graph.inputs()]
    bound = bind(table, [name for name in names if name not in inputs], mapped or {})
    missing = [name for name in names if name not in bound and name not in inputs]
    missing = [name for name in missing if graph.numbers[graph.nodes[name]] is None]
    if missing:
        raise _missing(graph, missing, names, table, mapped is not None)
    given = {**dict.fromkeys(bound, 0.0), **inputs}
    numbers = {graph.names[node] or "": x for node, x in check_inputs(graph, given).items()}
    return bound, {name: number for name, number in numbers.items() if name not in bound}


def read_points(
    table: Table, graph: Graph, inputs: Mapping[str, float], settled: Collection[str]
) -> Iterator[dict[str, float] | None]:
    """Read the rows of a table as points of a program, None for a row without a number.

    Raises `InputError` for an input without a column, and for a text that is no number.
    """
    bound, fixed = bind_inputs(graph, inputs, None, table, settled)
    if not bound:
        columns = name_list(list(table.columns))
        raise InputError(f"no input of the program is a column of {show_file(table.file)}", help=f"they are {columns}")
    for numbers in read_columns(table, list(bound.values())):
        yield None if numbers is None else fixed | dict(zip(bound, numbers, strict=True))


def read_columns(table: Table, names: Sequence[str]) -> Iterator[tuple[float, ...] | None]:
    """Read some columns of a table, a row at a time; None where one has no number."""
    for batch in table.batches():
        try:
            read = batch.read(names, lenient=False)
        except InputError as error:
            what, spans, help = error.diagnostic
            raise InputError(what, spans, help.replace(LENIENCY, "a row with an empty cell is left out")) from None
        nulls = set(read.nulls)
        columns = [list(map(float, read.columns[name])) for name in names]
        for at, row in enumerate(zip(*columns, strict=True)):
            yield None if at in nulls else row


def _missing(graph: Graph, missing: Sequence[str], names: Sequence[str], table: Columns, renames: bool) -> InputError:
    name = missing[0]
    near = did_you_mean(name, table.columns)
    help = f"{near}\n" if near else ""
    if "".join(table.columns[:1]).startswith("#"):
        help += "its first line names the columns: leave out a comment there, or a `#` before the names\n"
    if all(map(is_number, table.columns)):
        words = ",".join(names[: len(table.columns)])
        help += f"its first line holds numbers, and should name the columns: write one above it, as in `{words}`\n"
    help += f"a column of another name is bound by `--map {name}=COLUMN`, and " if renames else ""
    help += f"`--{name} 3` sets it for all rows"
    shown = show_file(table.file)
    what = f"{shown} has no column `{name}`, which the program needs"
    if len(missing) > 1:
        what = f"{shown} has no columns {name_list(missing)}, which the program needs"
    help += "" if near else f"\nthe columns are {name_list(list(table.columns))}"
    return InputError(what, [graph.span(graph.nodes[name])], help)
