"""JSON of one fixed shape, and strict: a number that is not finite is a string."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, TextIO

from cgraph_cli.render.numbers import exact_number, write_number

if TYPE_CHECKING:
    from cgraph_cli.core.graph import Graph
    from cgraph_cli.render.contents import Sheet
    from cgraph_cli.render.view import View
    from cgraph_cli.results.notes import Trouble


def write(sheet: Sheet, view: View, stream: TextIO) -> None:
    """Write the members of a sheet as an object."""
    write_object(sheet.members(view), stream)


def write_object(members: Mapping[str, object], stream: TextIO) -> None:
    """Write an object, a line a member; an iterator becomes a list, each entry written when it is made."""
    encode = encoder(stream)
    before = "{"
    for name, member in members.items():
        stream.write(f"{before}\n  {encode(name)}: ")
        if isinstance(member, Iterator):
            last = ""
            stream.write("[")
            for entry in member:
                stream.write(f"{last}\n    {encode(entry)}")
                last = ","
            stream.write("\n  ]" if last else "]")
        else:
            stream.write(encode(member))
        before = ","
    stream.write("\n}\n")


def trouble_entry(trouble: Trouble, view: View) -> dict[str, Any]:
    """Describe a place where numbers went wrong, as an object."""
    return {
        "node": trouble.label,
        "operation": trouble.operation,
        "cause": trouble.cause,
        "operands": [number(operand, view) for operand in trouble.operands],
        "line": trouble.line,
        "column": trouble.column,
        "message": trouble.message,
        "suggestion": trouble.suggestion or None,
    }


def remark_entries(graph: Graph) -> Iterator[dict[str, Any]]:
    """Describe the calls that may be meant otherwise, as objects."""
    if graph.arrays is None:
        return
    from cgraph_cli.results.meanings import find_remarks

    for remark in find_remarks(graph.arrays.graph):
        yield {
            "node": remark.label,
            "operation": remark.operation,
            "cause": None,
            "operands": [],
            "line": remark.line,
            "column": remark.column,
            "message": remark.message,
            "suggestion": remark.suggestion,
        }


def encoder(stream: TextIO) -> Callable[[object], str]:
    """Make the function that encodes an entry as a line in the stream's characters."""
    unicode = (stream.encoding or "utf-8").lower().startswith("utf")
    return json.JSONEncoder(ensure_ascii=not unicode, allow_nan=False).encode


def number(value: Any, view: View) -> float | str:
    """Give a number as strict JSON: one of high precision, or one that is not finite, is a string."""
    if isinstance(value, float) and isfinite(value):
        return exact_number(value, view.digits)
    return write_number(value, view.digits)
