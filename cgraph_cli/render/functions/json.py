"""Primitives as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from cgraph_cli.core.primitives import ALIASES, Primitive
from cgraph_cli.core.structural import Structural
from cgraph_cli.evaluation.rule_parser import CONDITIONS, partials_of
from cgraph_cli.render.view import View


def write(rows: Sequence[Primitive | Structural], view: View, stream: TextIO) -> None:
    """Write a list of the rows of the table."""
    from json import dumps

    entries = [_array_entry(row) if isinstance(row, Structural) else _entry(row) for row in rows]
    stream.write(dumps(entries, indent=2, ensure_ascii=view.ascii) + "\n")


def _entry(row: Primitive) -> dict[str, Any]:
    return {
        "name": row.name,
        "signature": row.signature,
        "summary": row.summary,
        "group": row.group,
        "parameters": list(row.parameters),
        "partials": partials_of(row.name),
        "definition": row.definition or None,
        **{column: getattr(row, column) or None for column in CONDITIONS},
        "aliases": [alias for alias, name in ALIASES.items() if name == row.name],
    }


def _array_entry(row: Structural) -> dict[str, Any]:
    return {
        "name": row.name,
        "signature": row.signature,
        "summary": row.summary,
        "group": "arrays",
        "parameters": list(row.parameters),
        "definitions": [
            {"ranks": list(map(int, ranks)) or None, "definition": definition}
            for ranks, definition in row.shown_definitions().items()
        ],
    }
