"""Columns of uncertainties: the words of `--u L=L_err`, and the inputs with an uncertainty from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cgraph_cli.commands.rows.tables import Columns, find_column, show_file
from cgraph_cli.core.errors import CgraphError, InputError, did_you_mean, name_list
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.uncertain_number import UncertainNumber, find_distribution
from cgraph_cli.language.uncertainties import read_unit
from cgraph_cli.results.rows.row_uncertainties import InputUncertainty
from cgraph_cli.results.settings import plain_constant

_HOW = "write `--u L=L_err` for a column, `--u L=0.002`, or `--u L=5%` of the number itself"


def bind_uncertainties(
    graph: Graph, given: Mapping[str, str], table: Columns, inputs: Mapping[str, float], bound: Mapping[str, str]
) -> dict[str, InputUncertainty]:
    """Find the uncertainty of each uncertain input: from `--u`, or from its number where it is no column.

    `given` are the texts by name, and `inputs` the numbers that are the same in all rows. Raises `InputError` for an
    impossible uncertainty, or one of a name that is no input.
    """
    known = [graph.names[node] or "" for node in graph.inputs()]
    named: dict[str, str] = {}
    positions: dict[str, int] = {}
    for name, text in given.items():
        elements = [each for each in known if each.startswith(f"{name}[")] if name not in known else [name]
        if name not in known:
            positions |= {each: at for at, each in enumerate(elements)}
        if not elements:
            help = did_you_mean(name, known) or f"its inputs are {name_list(known)}"
            raise InputError(f"`--u {name}={text}`: the program has no input `{name}`", help=help)
        named |= dict.fromkeys(elements, text)
    lists = table.lengths() if positions else {}
    found = {}
    for name in known:
        number = inputs.get(name)
        is_uncertain = isinstance(number, UncertainNumber)
        if name in named and is_uncertain and name not in bound:
            raise InputError(f"`{name}` has two uncertainties", help=f"leave out `--u {name}={named[name]}`, or its ±")
        if name in named:
            found[name] = _read(name, named[name], table)
            if found[name].column in lists and name in positions:
                found[name] = found[name]._replace(column=f"{found[name].column}[{positions[name]}]")
        elif isinstance(number, UncertainNumber) and name not in bound:
            found[name] = InputUncertainty(number.u)
    return found


def _read(name: str, text: str, table: Columns) -> InputUncertainty:
    """Read a column, a number, or a percentage, after which may stand a distribution and a coverage factor."""
    if column := find_column(text, table.columns):
        return InputUncertainty(1.0, column)
    words = text.split()
    at = len(words)
    while at > 1 and (find_distribution(words[at - 1]) or re.fullmatch(r"k=.*", words[at - 1])):
        at -= 1
    unit, head = read_unit(" ".join(words[at:]), name), " ".join(words[:at])
    if column := find_column(head, table.columns):
        return InputUncertainty(unit, column)
    is_relative = head.endswith("%")
    try:
        amount = plain_constant(head.removesuffix("%"), f"--u {name}")
    except CgraphError:
        near = did_you_mean(head, table.columns)
        if re.search(r"\s\w+\s*=", text):
            help = f"commas separate them: write `--u {name}={re.sub(r'(?<=[^ ]) +(?=[^ =]+=)', ',', text)}`"
            raise InputError(f"`--u {name}={text}` is no list of uncertainties", help=help) from None
        help = f"{near}\n{_HOW}" if near else f"its columns are {name_list(list(table.columns))}\n{_HOW}"
        raise InputError(f"`--u {name}={text}`: {show_file(table.file)} has no column `{head}`", help=help) from None
    if not 0 <= amount < float("inf"):
        raise InputError(f"`--u {name}={text}`: an uncertainty is finite, and 0 or more", help=_HOW)
    return InputUncertainty(unit * amount / (100 if is_relative else 1), None, is_relative)
