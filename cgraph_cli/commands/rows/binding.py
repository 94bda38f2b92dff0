"""Binding: the inputs of a program as columns of a table, and a file of rows as points of a program."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from cgraph_cli.commands.rows.tables import (
    LENIENCY,
    Batch,
    Columns,
    Table,
    bind,
    find_column,
    is_element,
    shapes_of_elements,
    show_file,
)
from cgraph_cli.core.errors import InputError, did_you_mean, name_list
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.nodes_by_label import is_settled, settled_inputs, settled_labels
from cgraph_cli.evaluation.inputs import check_inputs, check_settable
from cgraph_cli.language.numbers import is_number


def bind_inputs(
    graph: Graph,
    inputs: Mapping[str, float],
    mapped: Mapping[str, str] | None,
    table: Columns,
    settled: Collection[str] = (),
    *,
    by_place: bool = False,
) -> tuple[dict[str, str], dict[str, float]]:
    """Bind the inputs to the columns of a table; give the columns by input, and the numbers of the other inputs.

    `mapped` are columns of other names, None where a command has no option for that, and `settled` the given inputs
    that shapes or places hang on: others of them have columns only `by_place`. Raises `InputError` for an input that
    has neither column nor number, and for a column of one that may not vary.
    """
    names = [graph.names[node] or "" for node in graph.inputs()]
    for column in [*(mapped or {}), *table.columns]:
        name = column.strip().partition("[")[0]
        if name in settled_inputs(graph) and name not in settled:
            if not by_place:
                check_settable(graph, name)
            names += settled_labels(graph, name)
    bound = bind(table, [name for name in dict.fromkeys(names) if name not in inputs], mapped or {})
    missing = [name for name in names if name not in bound and name not in inputs]
    missing = [name for name in missing if graph.numbers[graph.nodes[name]] is None and not is_settled(graph, name)]
    if missing:
        raise _missing(graph, missing, names, table, mapped is not None)
    given = {**dict.fromkeys((name for name in bound if not is_settled(graph, name)), 0.0), **inputs}
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
    for batch in table.batches():
        for numbers in read_rows(batch, list(bound.values())):
            yield None if numbers is None else fixed | dict(zip(bound, numbers, strict=True))


def first_numbers(table: Table, mapped: Mapping[str, str]) -> dict[str, float]:
    """Read the numbers of the first row, by the names of the inputs that they are for."""
    batch = next(iter(table.batches()), None)
    if batch is None or not batch.size:
        return {}
    row, found = batch.head(1), dict[str, float]()
    for name, named in {**{column.strip(): column for column in table.columns}, **mapped}.items():
        if column := find_column(named, table.columns):
            read = row.read([column], lenient=True)
            found |= {} if len(read.nulls) else {name: float(read.columns[column][0])}
    return found


def read_rows(batch: Batch, names: Sequence[str]) -> Iterator[tuple[float, ...] | None]:
    """Read some columns of a batch, a row at a time; None where one has no number."""
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
    shape = shapes_of_elements(table.columns).get(name)
    near = f"declare its shape, as in `{name} : {list(shape)}`: the columns have its elements" if shape else ""
    near = near or did_you_mean(name, table.columns) or (_map_units(missing, table.columns) if renames else "")
    advice = [near] if near else _advise_on_heading(name, names, table.columns)
    own = f"a column of another name is bound by `--map {name}=COLUMN`, and " if renames and not shape else ""
    advice.append(f"{own}`--{name} 3` sets it for all rows")
    if not near:
        known = name_list(list(table.columns))
        advice.append(f"the columns are {known}" if table.columns else "it has no columns at all")
    shown = show_file(table.file)
    what = f"{shown} has no column `{name}`, which the program needs"
    if len(missing) > 1:
        what = f"{shown} has no columns {name_list(missing)}, which the program needs"
    return InputError(what, [graph.span(graph.nodes[name])], "\n".join(advice))


def _map_units(missing: Sequence[str], columns: Sequence[str]) -> str:
    """Map inputs to the columns that have their names with a unit or another remark behind, as in `L [m]`."""
    found: dict[str, str] = {}
    for name in missing:
        remarked = re.compile(rf"\s*{re.escape(name)}\s*[^\w\s|:][^=,]*")
        if column := next((each for each in columns if remarked.fullmatch(each) and not is_element(each)), ""):
            found[name] = column.strip()
    pairs = ",".join(f"{name}={column}" for name, column in found.items())
    return f'add `--map "{pairs}"`' if pairs else ""


def _advise_on_heading(missing: str, names: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Say what may be wrong with the first line of a text."""
    first = columns[0] if columns else ""
    if first.startswith(("#", "sep=")):
        remark = "a comment there, or a `#` before the names" if first.startswith("#") else f"`{first}` there"
        return [f"its first line names the columns: leave out {remark}"]
    if columns and all(map(is_number, columns)):
        words = ",".join(names[: len(columns)])
        return [f"its first line holds numbers, and should name the columns: write one above it, as in `{words}`"]
    name = re.escape(missing)
    sign = re.search(rf"\b{name}\s*([|:]|\s)|([|:]|\s)\s*{name}\b", first) if len(columns) == 1 else None
    if sign:
        mark = (sign[1] or sign[2]).strip()
        command = f"tr '{mark}' ','" if mark else "tr -s ' ' ','"
        return [f"a comma, a semicolon or a tab stands between columns; others become commas by `{command}`"]
    return []
