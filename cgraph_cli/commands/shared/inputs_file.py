"""Files of inputs, in JSON, TOML or CSV."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from cgraph_cli.commands.shared.files import STDIN, decode, read_bytes, read_cells, read_stdin, span_at
from cgraph_cli.core.errors import InputError, Source, Span
from cgraph_cli.core.tensor import Ragged, Tensor, indices, of_nested, show_index, show_shape
from cgraph_cli.language.numbers import does_hold
from cgraph_cli.results.settings import constant, value

MOST_TOML = 1_000_000
"""The most characters of a file in TOML."""

MOST_PARTS = 100
"""The most parts of a key with dots."""

_WRITE_JSON = 'write `{"a": 3, "b": 1}`'
_WRITE_ROWS = "write `name,value,u` in the first row, and `a,3,0.1` in one below"
_WRITE_TOML = "write one `a = 3` a line, and each name once"


class InputsFile:
    """A file of values by name; a value is read on demand, and an unused one may be of any type."""

    def __init__(self, source: Source, table: dict[str, object], is_toml: bool) -> None:
        self.source = source
        self.table = table
        self.is_toml = is_toml

    def number(self, name: str) -> float:
        """Read a value as a number. Raises `InputError` for any other."""
        return _input_value(self.source, name, self.table[name], self.is_toml)

    def may_be_array(self, name: str) -> bool:
        """Tell whether a value is an array, or a text that may be one."""
        found = self.table[name]
        return isinstance(found, (list, Tensor)) or (isinstance(found, str) and "[" in found)

    def value(self, name: str) -> Any:
        """Read a value as a number or as a `Tensor`. Raises `InputError` for any other."""
        found = self.table[name]
        if isinstance(found, Tensor):
            return found
        if isinstance(found, str):
            return value(found, f"{name} in {self.source.name}")
        if not isinstance(found, list):
            return self.number(name)
        try:
            nested = of_nested(found)
        except Ragged as error:
            what = f"the parts of `{name}` differ in shape: {show_shape(error.first)} and {show_shape(error.second)}"
            raise InputError(what, _where(self.source, name), "every row has as many elements as the first") from None
        items = [
            item if type(item) is float else _input_value(self.source, f"{name}{show_index(at)}", item, self.is_toml)
            for at, item in zip(indices(nested.shape), nested.items, strict=True)
        ]
        return Tensor(nested.shape, items)


def read_inputs_file(ctx: click.Context, file: str) -> InputsFile:
    """Read a file of inputs. Raises `InputError` for any other file."""
    ending = os.path.splitext(file)[1].lower()
    if ending == ".npz":
        from cgraph_cli.commands.shared.array_files import read_npz

        return InputsFile(Source("", file), read_npz(ctx, file), False)
    if ending == ".npy":
        help = f"it is the value of one input, as in `--X @{file}`; a .npz file holds several by their names"
        raise InputError(f"`{file}` holds an array without a name", help=help)
    if ending in (".yaml", ".yml", ".ini", ".xml"):
        what = f"`{file}` is not read: inputs are in JSON, TOML, CSV or .npz"
        raise InputError(what, help=f"{_WRITE_JSON} in a .json file")
    if (pair := re.fullmatch(r"([^\W\d]\w*)\s*=\s*(\S+)", file)) and not os.path.exists(file):
        help = f"an input has an option of its own: write `--{pair[1]} {pair[2]}`"
        raise InputError(f"`--inputs` takes a file, and `{file}` sets an input", help=help)
    if file.lstrip().startswith("{") and not os.path.exists(file):
        help = "an input has an option of its own, as in `--x 3`; `--inputs -` reads JSON from standard input"
        raise InputError("`--inputs` takes the name of a file, and this is its content", help=help)
    name = STDIN if file == "-" else file
    source = Source(decode(read_stdin(ctx) if file == "-" else read_bytes(ctx, file), name), name)
    if not source.text.strip():
        return InputsFile(source, {}, False)
    if ending in (".csv", ".tsv"):
        return InputsFile(source, _load_rows(source, ending[1:]), False)
    begins_as_json = source.text.lstrip().startswith(("{", "["))
    is_toml = file.endswith(".toml") or (not file.endswith(".json") and not begins_as_json)
    table = _load_toml(source) if is_toml else _load_json(source)
    if not isinstance(table, dict):
        start = len(source.text) - len(source.text.lstrip())
        raise InputError("this gives no numbers by name", [span_at(source, start)], _WRITE_JSON)
    return InputsFile(source, {str(key): value for key, value in table.items()}, is_toml)


_AROUND = 200
"""The characters before an error that are looked at."""


def _double_or_text(text: str) -> float | str:
    """Read a number; one beyond the doubles stays a text, which is an error only where it is used."""
    number = float(text)
    return number if does_hold(text, number) else text


def _load_json(source: Source) -> object:
    import json

    try:
        return json.loads(
            source.text,
            parse_int=_double_or_text,
            parse_float=_double_or_text,
            object_pairs_hook=lambda pairs: _object(source, pairs),
        )
    except json.JSONDecodeError as error:
        at, help = error.pos, _WRITE_JSON
        # Python up to 3.12 points behind the comma, later ones at it.
        first = max(0, at - _AROUND)
        end = at + error.msg.startswith("Illegal trailing comma")
        if comma := re.compile(r",\s*$").search(source.text[first:end]):
            at = first + comma.start()
            help = "leave the last `,` out"
        if found := _in_double_quotes(source.text):
            at, help = source.text.index("'"), f"JSON has double quotes: {found}"
        raise InputError("this JSON cannot be read", [span_at(source, at)], help) from None
    except RecursionError:
        return None


def _in_double_quotes(text: str) -> str:
    """Advise on JSON that is whole with double quotes in the place of single ones; empty for any other text."""
    import json

    quoted = text.replace("'", '"')
    if "'" not in text or len(text) > MOST_TOML:
        return ""
    try:
        json.loads(quoted)
    except (ValueError, RecursionError):
        return ""
    return f"write `{quoted.strip()}`" if len(quoted) <= _AROUND else "put names between them"


def _object(source: Source, pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Make an object of JSON. Raises `InputError` for a key that it has twice."""
    table = dict(pairs)
    if len(table) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        places = list(re.finditer(f"{re.escape(_json_text(twice))}[ \\t\\n]*:", source.text))
        spans = [Span(source, found.start(), found.end() - 1) for found in places[:2]]
        raise InputError(f"`{twice}` stands there twice", spans, "leave one of them out")
    return table


def _json_text(key: str) -> str:
    """Write a key as JSON does."""
    import json

    return json.dumps(key, ensure_ascii=False)


def _check_toml(source: Source) -> None:
    """Raise `InputError` for TOML that takes its reader very long: the time grows with the square of a key's parts."""
    wrong = ""
    if len(source.text) > MOST_TOML:
        wrong = f"this TOML has more than {MOST_TOML:,} characters"
    else:
        strings = r'"(?:[^"\\\n]|\\.)*"?' + r"|'[^'\n]*'?"
        plain = re.sub(r"#[^\n]*", "", re.sub(strings, "", source.text))
        if max((piece.count(".") for piece in re.findall(r"[.\w\- \t]+", plain)), default=0) > MOST_PARTS:
            wrong = f"a key of this TOML has more than {MOST_PARTS} parts"
    if wrong:
        raise InputError(wrong, [span_at(source, 0)], "JSON has no such bound")


def _load_toml(source: Source) -> object:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    _check_toml(source)
    try:
        return tomllib.loads(source.text, parse_float=_double_or_text)
    except (ValueError, RecursionError) as error:
        where = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        offset = len(source.text.rstrip())
        if where:
            lines = source.text.split("\n")
            offset = sum(len(line) + 1 for line in lines[: int(where[1]) - 1]) + int(where[2]) - 1
        help = _WRITE_TOML
        if (line := source.text[:offset].rpartition("\n")[2] + source.text[offset:].partition("\n")[0]).count("±") == 1:
            name, _, number = line.partition("=")
            help = f'a number with its uncertainty is a text there: `{name.strip()} = "{number.strip()}"`'
        raise InputError("this TOML cannot be read", [span_at(source, offset)], help) from None


def _load_rows(source: Source, format: str) -> dict[str, object]:
    """Read a row an input: its name, its value, and the details of its uncertainty.

    The header names the columns: `name`, `value`, and those of an entry in JSON; and it shows the sign between them.
    """
    from cgraph_cli.commands.rows.tables import separator_of

    lines = source.text.splitlines()
    header, *rows = read_cells(lines, separator_of(lines[0], format), source.name)
    header = [word.strip() for word in header]
    if not {"name", "value"} <= set(header):
        help = _WRITE_ROWS
        if len(header) > 1 and all(word.isidentifier() for word in header):
            help += f"\nfor rows of inputs, each with a column of its own: `cgraph map PROGRAM {source.name}`"
        raise InputError("the first row does not name the columns `name` and `value`", [span_at(source, 0)], help)
    table: dict[str, object] = {}
    for row in rows:
        entry: dict[str, object] = {key: cell.strip() for key, cell in zip(header, row, strict=False) if cell.strip()}
        name = str(entry.pop("name", ""))
        if not name:
            continue
        if name in table:
            raise InputError(f"`{name}` stands there twice", help="leave one of them out")
        table[name] = entry.get("value") if entry.keys() <= {"value"} else entry
    return table


def _input_value(source: Source, key: str, given: object, is_toml: bool) -> float:
    if isinstance(given, str):
        number: float = constant(given, f"{key} in {source.name}")
        return number
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        try:
            return float(given)
        except OverflowError:
            return _input_value(source, key, str(given), is_toml)
    if isinstance(given, dict) and "value" in given:
        from cgraph_cli.language.uncertainties import read_entry

        return read_entry(key, given, lambda part: _input_value(source, key, part, is_toml))
    where = _where(source, key)
    if given is None:
        raise InputError(f"`{key}` has no value yet", where, "write a number or an array in the place of `null`")
    raise InputError(f"`{key}` is not a number", where, _WRITE_TOML if is_toml else _WRITE_JSON)


def _where(source: Source, key: str) -> list[Span]:
    """Find the place of a key, if possible."""
    word = rf"(?:{re.escape(key)}|{re.escape(key.partition('[')[0])})"
    found = re.search(rf'("{word}")\s*[:=]|^[ \t]*(?:\[[ \t]*)?({word})[ \t]*[=\]]', source.text, re.MULTILINE)
    return [Span(source, *found.span(found.lastindex or 0))] if found else []
