"""What the commands on a program share: where its text comes from, and how its inputs are given."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

import click

from cgraph_cli.algebras.double import DOUBLE
from cgraph_cli.algebras.kernels import Algebra
from cgraph_cli.commands.manual import FileName, ManualCommand, Option
from cgraph_cli.errors import CgraphError, InputError, RequestError, Source, Span, did_you_mean
from cgraph_cli.graph import DEFAULT_MAX_NODES, INPUT, Graph, show_number

_SETTINGS = "cgraph.settings"
_PROGRAM = "cgraph.program"
_MAX_SIZE = "cgraph.max-size"
_GROUP = "Program and inputs"
_STDIN = "<stdin>"

DEFAULT_MAX_SIZE = 32_000_000
"""The bound on the bytes that are read, where none is given: a million statements and more."""

_WRITE_JSON = 'write `{"a": 3, "b": 1}`'
_WRITE_TOML = "write one `a = 3` a line, and each name once"
_FILE = "cgraph.file"
_INPUTS = "cgraph.inputs"


class ProgramCommand(ManualCommand):
    """A command on a program. Any option that it does not know, such as `--a 3`, sets an input of that name."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Sort the words into options, the program and the settings of inputs, wherever they stand."""
        if ctx.resilient_parsing:  # a shell asks for completions of half a line
            return super().parse_args(ctx, [word for word in args if word.startswith("-")])
        takes_value = {
            name: isinstance(parameter, click.Option) and not (parameter.is_flag or parameter.count)
            for parameter in self.get_params(ctx)
            for name in (*parameter.opts, *parameter.secondary_opts)
            if isinstance(parameter, click.Option)
        }
        options: list[str] = []
        programs: list[str] = []
        settings: list[tuple[str, str, str]] = []
        words = iter(args)
        for word in words:
            name, equals, value = word.partition("=")
            if word == "--":
                programs += words
            elif not re.match(r"--?[^\W\d]", word) or (not word.startswith("--") and word not in takes_value):
                programs.append(word)
            elif name in takes_value:
                options.append(word)
                if takes_value[name] and not equals:
                    following = next(words, None)
                    if following is None:
                        raise RequestError(
                            f"`{name}` has no value", help=f"`{ctx.command_path} --help` says what it takes"
                        )
                    options.append(following)
                    value = following
                elif not equals:
                    value = ""
                if name in ("--file", "-f"):
                    ctx.meta[_FILE] = value
                if name in ("--set", "-s"):
                    setting, equals, number = value.partition("=")
                    if not equals or not setting.strip():
                        raise InputError(f"`{name} {value}` does not set an input", help="write `--set a=3`")
                    settings.append((name, setting.strip(), number))
            else:
                if not equals:
                    value = next(words, "--")
                    if re.match(r"--(?:[^\W\d]|$)", value):
                        raise InputError(f"`{name}` has no value", help=self._unset_help(name, takes_value))
                settings.append((name, name[2:], value))
        ctx.meta[_SETTINGS] = settings
        ctx.meta[_PROGRAM] = programs
        self.check_programs(programs)
        return super().parse_args(ctx, [*options, "--", *programs])

    def check_programs(self, programs: Sequence[str]) -> None:
        """Raise `RequestError` for more programs than the command takes."""
        if len(programs) > 1:
            raise _two_programs(programs)

    def _unset_help(self, name: str, known: Mapping[str, Any]) -> str:
        hint = did_you_mean(name, known) if len(name) > len("--a") else ""
        return f"{hint}\n" * bool(hint) + f"to set an input, write `{name} 3`"

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """After the options, the inputs of the program that stands beside `--help`."""
        rows = _inputs_of_help(self, ctx)
        if rows:
            with formatter.section("Inputs of this program"):
                formatter.write_dl(rows)
        super().format_epilog(ctx, formatter)


def _keep_max_size(ctx: click.Context, _: click.Parameter, size: int) -> None:
    ctx.meta[_MAX_SIZE] = size


def program_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a program and its inputs are given."""
    file = click.option(
        "-f", "--file", cls=Option, group=_GROUP, metavar="FILE", type=FileName(), help="Read the program from a file.",
    )  # fmt: skip
    return click.argument("program", required=False, type=FileName())(file(input_options(function)))


def input_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which inputs are given."""
    decorators = (
        click.option(
            "-s", "--set", "setting", cls=Option, group=_GROUP, metavar="NAME=NUMBER", multiple=True,
            expose_value=False,
            help="Set an input whose name is an option's too, as in `--set format=3`.",
        ),
        click.option(
            "--inputs", "inputs_file", cls=Option, group=_GROUP, metavar="FILE", type=FileName(),
            help="Read inputs from a JSON or TOML file, `-` for standard input; names that it lacks are ignored.",
        ),
        click.option(
            "--max-nodes", cls=Option, group=_GROUP, metavar="N", type=click.IntRange(min=1), default=DEFAULT_MAX_NODES,
            help=f"Refuse a program of more than N nodes. Default: {DEFAULT_MAX_NODES:,}.",
        ),
        click.option(
            "--max-size", cls=Option, group=_GROUP, metavar="N", type=click.IntRange(min=1), default=DEFAULT_MAX_SIZE,
            expose_value=False, callback=_keep_max_size,
            help=f"Refuse a program or a file of inputs of more than N bytes. Default: {DEFAULT_MAX_SIZE:,}.",
        ),
    )  # fmt: skip
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def read_program(ctx: click.Context, program: str | None, file: str | None, inputs_file: str | None = None) -> Source:
    """The text of the program: an argument, a file, or standard input. Raises `RequestError` where there is none."""
    if file is not None and program is not None:
        raise RequestError(
            f"there are two programs: {_shown(program)} and the file `{file}`",
            help="give one of them; an input is set as `--a 3`",
        )
    if program == "-" or file == "-" or (program is None and file is None):
        if inputs_file == "-":
            raise RequestError("the program and the inputs cannot both be read from standard input")
        if program is None and file is None and (sys.stdin is None or sys.stdin.isatty()):
            raise RequestError(
                "there is no program", help=f'write `{ctx.command_path} "c = a + b" --a 3 --b 1`, or `-f FILE`'
            )
        return Source(decode(_read_stdin(ctx), _STDIN), _STDIN)
    if file is None and program is not None and program.endswith(".cg"):
        file = program
    if file is None and re.fullmatch(r"[^\s;=+*^()]*\.[A-Za-z]\w*", program or "") and os.path.isfile(program or ""):
        raise RequestError(
            f"{_shown(program or '')} is a file, not a program", help=f"to read it, write `-f {program}`"
        )
    if file is None:
        return Source(program or "", "program")
    return Source(decode(read_bytes(ctx, file), file), file)


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
    from cgraph_cli.sweeps import check_settable

    inputs: dict[str, Any] = {}
    if inputs_file is not None:
        if _INPUTS not in ctx.meta:
            ctx.meta[_INPUTS] = _read_inputs_file(ctx, inputs_file)
        inputs = {name: value for name, value in ctx.meta[_INPUTS].items() if _is_input(graph, name)}
    options = option_names(ctx)
    for option, name, text in ctx.meta.get(_SETTINGS, ()):
        if not _is_input(graph, name) and any(_is_input(other, name) for other in others):
            continue
        try:
            check_settable(graph, name)
        except InputError as error:
            hint = did_you_mean(option, options) if option == f"--{name}" and name not in graph.nodes else ""
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
    try:
        number = float(text)
        if algebra is DOUBLE or number != number or abs(number) == float("inf"):
            return number
    except ValueError:
        pass
    from cgraph_cli.language.parse import parse
    from cgraph_cli.sweeps import evaluate

    source = Source(text, name)
    if not text.strip():
        raise InputError(f"`{name}` has no value", help="write a number, such as `3`, `1e-3` or `2*pi`")
    graph = parse(source)
    for node in graph.inputs():
        raise InputError(
            f"`{graph.names[node]}` is not a number",
            [graph.span(node)],
            "write a number, such as `3`, `1e-3` or `2*pi`",
        )
    return evaluate(graph, algebra=algebra).values[graph.output]


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


def decode(data: bytes, name: str) -> str:
    """UTF-8 text. Raises `RequestError` that shows the first bad byte and gives its offset."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = len(Source(data[: error.start].decode("utf-8")).text)
        raise RequestError(
            f"the byte 0x{data[error.start]:02X} at offset {error.start:,} is not UTF-8",
            [_span(Source(data.decode("utf-8", "replace"), name), offset)],
            "save the text as UTF-8",
        ) from None


def read_bytes(ctx: click.Context, file: str) -> bytes:
    """A file's bytes. Raises `RequestError` in a person's words."""
    try:
        with open(file, "rb") as stream:
            return _read_bounded(ctx, stream, file)
    except IsADirectoryError:
        raise RequestError(f"`{file}` is a directory", help="name a file in it") from None
    except FileNotFoundError:
        folder = os.path.dirname(file) or "."
        near = did_you_mean(os.path.basename(file), os.listdir(folder)) if os.path.isdir(folder) else ""
        raise RequestError(f"there is no file `{file}`", help=near) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise RequestError(f"`{file}` cannot be read: {reason}") from None


def _read_stdin(ctx: click.Context) -> bytes:
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        raise RequestError("there is no standard input to read")
    return _read_bounded(ctx, buffer, "standard input")


def _read_bounded(ctx: click.Context, stream: BinaryIO, name: str) -> bytes:
    most = ctx.meta.get(_MAX_SIZE, DEFAULT_MAX_SIZE)
    data = stream.read(most + 1)
    if len(data) > most:
        raise RequestError(
            f"{name} has more than {most:,} bytes", help="--max-size raises the bound where that is meant"
        )
    return data


def _read_inputs_file(ctx: click.Context, file: str) -> dict[str, float]:
    name = _STDIN if file == "-" else file
    source = Source(decode(_read_stdin(ctx) if file == "-" else read_bytes(ctx, file), name), name)
    if not source.text.strip():
        return {}
    begins_as_json = source.text.lstrip().startswith(("{", "["))
    is_toml = file.endswith(".toml") or (not file.endswith(".json") and not begins_as_json)
    table = _load_toml(source) if is_toml else _load_json(source)
    if not isinstance(table, dict):
        start = len(source.text) - len(source.text.lstrip())
        raise InputError("these are not numbers by name", [_span(source, start)], _WRITE_JSON)
    return {str(key): _input_value(source, str(key), value, is_toml) for key, value in table.items()}


def _load_json(source: Source) -> object:
    import json

    try:
        return json.loads(source.text, parse_int=float)
    except json.JSONDecodeError as error:
        raise InputError("this JSON cannot be read", [_span(source, error.pos)], _WRITE_JSON) from None
    except RecursionError:
        return None


def _load_toml(source: Source) -> object:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        return tomllib.loads(source.text)
    except (ValueError, RecursionError) as error:
        where = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        offset = len(source.text.rstrip())
        if where:
            lines = source.text.split("\n")
            offset = sum(len(line) + 1 for line in lines[: int(where[1]) - 1]) + int(where[2]) - 1
        raise InputError("this TOML cannot be read", [_span(source, offset)], _WRITE_TOML) from None


def _span(source: Source, offset: int) -> Span:
    return Span(source, offset, offset + 1)


def _input_value(source: Source, key: str, value: object, is_toml: bool) -> float:
    if isinstance(value, str):
        return float(constant(value, f"{key} in {source.name}"))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    word = re.escape(key)
    found = re.search(rf'("{word}")\s*[:=]|^\s*\[?\s*({word})\s*[=\]]', source.text, re.MULTILINE)
    where = [Span(source, *found.span(found.lastindex or 0))] if found else []
    raise InputError(f"`{key}` is not a number", where, _WRITE_TOML if is_toml else _WRITE_JSON)


def _two_programs(programs: Sequence[str]) -> RequestError:
    for word in programs:
        if re.fullmatch(r"-[^\W\d]\w*", word):
            return RequestError(f"there is no option `{word}`", help=f"an input is set with two dashes: `-{word} 3`")
    shown = ", ".join(map(_shown, programs[:3])) + ", …" * (len(programs) > 3)
    whole = " ".join(programs)
    help = "put the program in quotes; an input is set as `--a 3`"
    if " " not in programs[0] and re.fullmatch(r"[^\n\"`$]{1,40}", whole):
        help = f'put the program in quotes: `"{whole}"`'
    return RequestError(f"there is more than one program: {shown}", help=help)


def _shown(program: str) -> str:
    line = " ".join(program.split())
    return f"`{line[:29]}…`" if len(line) > 30 else f"`{line}`"


def _inputs_of_help(command: click.Command, ctx: click.Context) -> list[tuple[str, str]]:
    programs = ctx.meta.get(_PROGRAM, [])
    file = ctx.meta.get(_FILE)
    if not programs and file is None:
        return []
    try:
        from cgraph_cli.language.parse import parse

        graph = parse(read_program(ctx, programs[0] if programs else None, file))
    except CgraphError:  # the page is about the command; running it says what is wrong with the program
        return []
    rows = []
    taken = {name for parameter in command.get_params(ctx) for name in parameter.opts}
    for node in graph.inputs():
        name, default = graph.names[node] or "", graph.numbers[node]
        line, column = graph.place(node)
        option = f"--set {name}=NUMBER" if f"--{name}" in taken else f"--{name} NUMBER"
        rows.append(
            (
                option,
                f"default {show_number(default)}"
                if default is not None
                else f"required; first used at {line}:{column}",
            )
        )
    return rows
