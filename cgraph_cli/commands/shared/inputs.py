"""The numbers that a program is given: from a file of inputs, and from the command line."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from cgraph_cli.commands.shared.files import STDIN, decode, read_bytes, read_stdin, span_at
from cgraph_cli.core.errors import InputError, RequestError, Source, Span, did_you_mean
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.language.numbers import does_hold, no_double

SETTINGS = "cgraph.settings"
"""Where the command's context keeps the inputs that its options set, as (option, name, text)."""

_INPUTS = "cgraph.inputs"
_WRITE_NUMBER = "write a number, such as `3`, `1e-3` or `2*pi`"
_WRITE_JSON = 'write `{"a": 3, "b": 1}`'
_WRITE_TOML = "write one `a = 3` a line, and each name once"


def read_inputs(
    ctx: click.Context,
    graph: Graph,
    inputs_file: str | None,
    algebra: Algebra = DOUBLE,
    others: Sequence[Graph] = (),
) -> dict[str, Any]:
    """The inputs from the file and then from the command line, as numbers of an algebra.

    What is no input of `graph` may be meant for one of the `others`. Raises `InputError` for what is no number.
    """
    from cgraph_cli.evaluation.inputs import check_ignorable, check_settable

    inputs: dict[str, Any] = {}
    if inputs_file is not None:
        if _INPUTS not in ctx.meta:
            ctx.meta[_INPUTS] = _read_inputs_file(ctx, inputs_file)
        given = ctx.meta[_INPUTS]
        inputs = {name: value for name, value in given.items() if _is_input(graph, name)}
        check_ignorable(graph, [name for name in given if not any(_is_input(each, name) for each in (graph, *others))])
    options = option_names(ctx)
    for option, name, text in ctx.meta.get(SETTINGS, ()):
        if not _is_input(graph, name) and any(_is_input(other, name) for other in others):
            continue
        try:
            check_settable(graph, name)
        except InputError as error:
            from cgraph_cli.language.words import why_not_settable

            is_unknown = name not in graph.nodes and not why_not_settable(graph, name)
            hint = did_you_mean(option, options) if option == f"--{name}" and is_unknown else ""
            if hint and "did you mean" not in error.diagnostic.help:
                first = f"there is no option `{option}`, and the program has no input `{name}`"
                raise InputError(first, error.diagnostic.spans, f"{hint}\n{error.diagnostic.help}") from None
            raise
        inputs[name] = constant(text, option if option == f"--{name}" else f"{option} {name}", algebra)
    return inputs


def option_names(ctx: click.Context) -> list[str]:
    """The long options of a command."""
    return [name for parameter in ctx.command.get_params(ctx) for name in parameter.opts if name.startswith("--")]


def _is_input(graph: Graph, name: str) -> bool:
    node = graph.nodes.get(name)
    return node is not None and graph.operations[node] == INPUT


def constant(text: str, name: str, algebra: Algebra = DOUBLE) -> Any:
    """The number that a constant expression such as `2*pi` means. `name` is what people gave it to."""
    source = Source(text, name)
    try:
        number = read_double(source)
        if algebra is DOUBLE or number != number or abs(number) == float("inf"):
            return number
    except ValueError:
        pass
    from cgraph_cli.evaluation.sweeps import evaluate
    from cgraph_cli.language.words import instead_of
    from cgraph_cli.symbolic.program import parse

    if not text.strip():
        raise InputError(f"`{name}` has no value", help=_WRITE_NUMBER)
    if uncertain := re.search(r"(?<=[\d.)])\s*(?:\+-|±|\+/-|-\+)\s*(?=[\d.])", text):
        help = f"uncertainties are not known here: give the number alone, as in `{text[: uncertain.start()].strip()}`"
        raise InputError(f"`{text.strip()}` is no single number", [Span(source, *uncertain.span())], help)
    graph = parse(source)
    for node in graph.inputs():
        help = instead_of(graph, graph.names[node] or "").text or _WRITE_NUMBER
        raise InputError(f"`{graph.names[node]}` is not a number", [graph.span(node)], help)
    return evaluate(graph, algebra=algebra).values[graph.output]


def read_double(source: Source) -> float:
    """The double that a text says. Raises `ValueError` where it is no number, `InputError` where no double holds it."""
    text = source.text.strip()
    number = float(text)
    if not does_hold(text, number):
        what, help = no_double(text, number)
        raise InputError(what, [Span(source, 0, len(source.text))], help)
    return number


def assignments(text: str, option: str) -> dict[str, float]:
    """`a=1,b=0.5` as numbers by name."""
    result = {}
    for part in text.split(","):
        name, equals, number = part.partition("=")
        if not equals or not name.strip():
            raise RequestError(f"`{option} {text}` is not a list of numbers", help=f"write `{option} a=1,b=0.5`")
        result[name.strip()] = constant(number, option)
    return result


def names(values: Sequence[str]) -> list[str]:
    """Names from options that take lists and may be repeated."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _read_inputs_file(ctx: click.Context, file: str) -> dict[str, float]:
    name = STDIN if file == "-" else file
    source = Source(decode(read_stdin(ctx) if file == "-" else read_bytes(ctx, file), name), name)
    if not source.text.strip():
        return {}
    begins_as_json = source.text.lstrip().startswith(("{", "["))
    is_toml = file.endswith(".toml") or (not file.endswith(".json") and not begins_as_json)
    table = _load_toml(source) if is_toml else _load_json(source)
    if not isinstance(table, dict):
        start = len(source.text) - len(source.text.lstrip())
        raise InputError("these are not numbers by name", [span_at(source, start)], _WRITE_JSON)
    return {str(key): _input_value(source, str(key), value, is_toml) for key, value in table.items()}


def _double_or_text(text: str) -> float | str:
    """A number of a file; the text where no double holds it, which is an error where the number is used."""
    number = float(text)
    return number if does_hold(text, number) else text


def _load_json(source: Source) -> object:
    import json

    try:
        return json.loads(source.text, parse_int=_double_or_text, parse_float=_double_or_text)
    except json.JSONDecodeError as error:
        raise InputError("this JSON cannot be read", [span_at(source, error.pos)], _WRITE_JSON) from None
    except RecursionError:
        return None


def _load_toml(source: Source) -> object:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        return tomllib.loads(source.text, parse_float=_double_or_text)
    except (ValueError, RecursionError) as error:
        where = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        offset = len(source.text.rstrip())
        if where:
            lines = source.text.split("\n")
            offset = sum(len(line) + 1 for line in lines[: int(where[1]) - 1]) + int(where[2]) - 1
        raise InputError("this TOML cannot be read", [span_at(source, offset)], _WRITE_TOML) from None


def _input_value(source: Source, key: str, value: object, is_toml: bool) -> float:
    if isinstance(value, str):
        return float(constant(value, f"{key} in {source.name}"))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return _input_value(source, key, str(value), is_toml)
    word = re.escape(key)
    found = re.search(rf'("{word}")\s*[:=]|^\s*\[?\s*({word})\s*[=\]]', source.text, re.MULTILINE)
    where = [Span(source, *found.span(found.lastindex or 0))] if found else []
    raise InputError(f"`{key}` is not a number", where, _WRITE_TOML if is_toml else _WRITE_JSON)
